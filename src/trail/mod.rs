//! What led to what: secrets and where they were first seen, and the memory of the session.
//!
//! The [`Mask`] keeps the values of secrets out of everything that is written or drawn. The [`Trail`] remembers what the
//! session did, so that a finding can name the events that explain it. Both are told; neither asks.
#![forbid(unsafe_code)]

mod claim;
mod coded;
mod content;
mod created;
mod environment;
mod event;
mod explain;
mod fetched;
mod identity;
pub mod images;
mod known;
mod making;
mod mask;
mod memory;
pub mod names;
mod outline;
mod paths;
mod printers;
mod purpose;
mod reading;
mod result;
mod scan;
mod secret;
pub mod shapes;
mod source;
mod stream;
mod taken;
mod text;
mod told;

pub use claim::Claim;
pub use created::{
    WHOLE, at_port, composed, created, destroying_plan, is_work_folder, made_thing, parts_of, remote, saves_all,
    scaffolded, starred, workspace, worktree,
};
pub use environment::{Environment, host_of, is_local_host};
pub use explain::Explained;
pub use fetched::{fetched, is_cloned_by, may_bring};
pub use making::{Handled, described, makes, unmakes};
pub use mask::Mask;
pub use memory::{TRAIL_BYTES_MAX, Trail};
pub use outline::is_sender;
pub use paths::made_paths;
pub use printers::prints_secret;
pub use secret::{Origin, Secret};
pub use stream::{Masker, WITHHELD_BYTES_MAX};

#[cfg(test)]
mod tests;

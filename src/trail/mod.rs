//! What led to what: secrets and where they were first seen, and the memory of the session.
#![forbid(unsafe_code)]

mod environment;
mod mask;
pub mod names;
mod scan;
mod secret;
pub mod shapes;
mod stream;

pub use environment::{Environment, host_of, is_local_host};
pub use mask::Mask;
pub use secret::{Origin, Secret};
pub use stream::Masker;

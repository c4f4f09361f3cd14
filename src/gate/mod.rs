//! The kernel gate: notifications become Actions, Actions become Holds, Holds end in a Reply.
//!
//! The life of a held call: the [`Decoder`] reads it out of the caller's memory, the judge answers, the [`Freezer`]
//! stops the tree, the [`Hold`] waits. Let through, it is compared with what was read at its exec event
//! ([`let_through`]), before the new program runs an instruction. [`Handshake`] is how the listener comes to us, and
//! [`probe`] says whether it can.
#![forbid(unsafe_code)]

mod decode;
mod expect;
mod filecall;
mod files;
mod freezer;
mod ground;
mod handshake;
mod hold;
mod origins;
mod paths;
mod perform;
mod probe;
mod reach;
mod reap;
mod resolve;
mod sight;
mod verify;
mod view;
mod walk;
mod whose;
mod words;

pub use decode::{Decoder, Depth, Passage, Reading};
pub use expect::{Difference, Expected, Form};
pub use files::{FileGate, FileLook, Performer};
pub use freezer::{FreezeError, Freezer, Frozen, KERNEL_PATIENCE};
pub use ground::Ground;
pub use handshake::{Going, Handshake, HandshakeError, Stage};
pub use hold::Hold;
pub use perform::{Does, Doing, Performed, Pipe};
pub use probe::{Footing, NoGate, probe};
pub use reach::{Reached, Signalled};
pub use reap::{AgentLife, prepare_supervisor, reap_orphans};
pub use sight::{Change, Mark, Sight};
pub use verify::{ExecOutcome, Verified, let_through};
pub use view::{Base, View, session_begins};
pub use walk::{Found, Walker};
pub use words::tell;

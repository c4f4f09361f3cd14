//! The kernel gate: notifications become Actions, Actions become Holds, Holds end in a Reply.
#![forbid(unsafe_code)]

mod handshake;
mod probe;

pub use handshake::{Going, Handshake, HandshakeError, Stage};
pub use probe::{Footing, NoGate, probe};

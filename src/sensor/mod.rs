//! Output bytes and hook messages to Cues and Actions; one file per agent dialect.
//!
//! The sensor reads the bytes that the screen gets. Events of a stream are told from text for people; in the text it
//! hears sentences, announced calls and failures, each once however often it is redrawn. What a sentence means is the
//! judge's to say: see [`Heard::cue`].
#![forbid(unsafe_code)]

pub mod dialect;
mod drawn;
mod echo;
mod events;
mod generic;
mod heard;
pub mod hooks;
mod json;
mod lines;
mod listen;
mod marks;
mod memory;
mod reader;
mod stream;
mod tap;
pub mod tools;
mod typed;

pub use heard::{Heard, HeardKind};
pub use listen::{SETTLE_AFTER, Sensor};
pub use typed::Typed;

#[cfg(test)]
mod tests;

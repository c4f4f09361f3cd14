//! The append-only record of a session: `journal.jsonl`, a chained list of entries, and `screen.cast`.
//!
//! This module writes onto any [`std::io::Write`] and reads from any [`std::io::Read`]; files are opened in
//! `runtime` and `cli`.
#![forbid(unsafe_code)]

mod entry;

pub use entry::{Body, Entry, Gate};

//! The append-only record of a session: `journal.jsonl`, a chained list of entries, and `screen.cast`.
//!
//! This module writes onto any [`std::io::Write`] and reads from any [`std::io::BufRead`]; files are opened in
//! `runtime` and `cli`.
//!
//! A journal is one JSON object a line: `seq` counts from 1, so it is the line's number; `t` is seconds since
//! the session's start; `type` says what happened; `prev` is the SHA-256 of the line before without its newline,
//! in hexadecimal, and 64 zeros on the first line. Whoever knows the last line's hash can tell whether anything
//! before it was changed. The recording is tied to the chain by `screen_mark` entries; a session that ended by
//! itself has one for the whole recording right before its `exit`.
#![forbid(unsafe_code)]

mod acts;
mod cast;
mod entry;
mod escape;
mod hash;
mod reader;
mod recording;
#[cfg(test)]
mod samples;
mod summary;
mod tally;
mod verify;
mod writer;

pub use acts::{Act, Acts};
pub use cast::{CastError, CastEvent, CastEventKind, CastReader};
pub use entry::{Body, Entry, Gate};
pub use hash::{Hash, ParseHashError};
pub use reader::{Content, Flaw, LINE_BYTES_MAX, Line, Lost, ReadError, Reader};
pub use recording::{CAST_BYTES_MAX, CastHeader, Mark, RecordError, Recording};
pub use summary::{Decided, Summary};
pub use tally::{HASTY, RuleTally, Tally, WouldHaveAsked};
pub use verify::{Fault, Report, VerifyError, verify};
pub use writer::{ARGUMENT_BYTES_MAX, Appended, Durable, WriteError, Writer};

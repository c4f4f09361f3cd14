//! Reads journals, of every version and in every state.

use std::borrow::Cow;
use std::io::{self, BufRead, Read};

use serde::Deserialize;

use super::entry::Entry;
use super::hash::Hash;
use crate::model::Moment;

/// No line is longer, its newline included. Two MiB of arguments that are no text fit three times.
pub const LINE_BYTES_MAX: usize = 32 << 20;

/// The line buffer keeps at most so many bytes between two lines.
const BUFFER_BYTES_KEPT: usize = 64 << 10;

/// Reads a journal line by line, checking numbers and chain as it goes.
///
/// Memory is bounded by one line. At the end of the input it stops; when the input has grown it goes on, so it
/// can follow a running session.
#[derive(Debug)]
pub struct Reader<R> {
    input: R,
    line: Vec<u8>,
    is_given: bool,
    is_skipping: bool,
    offset: u64,
    number: u64,
    seq: u64,
    prev: Hash,
}

/// One whole line.
#[derive(Debug, Clone, PartialEq)]
pub struct Line<'a> {
    /// Which line it is, from 1.
    pub number: u64,
    /// How many bytes of the journal are before it.
    pub offset: u64,
    /// It, without its newline. Empty if it was too long.
    pub raw: &'a [u8],
    /// Its hash.
    pub hash: Hash,
    /// What it says.
    pub content: Content,
    /// What is wrong with it.
    pub flaw: Option<Flaw>,
}

/// What a line says.
#[allow(clippy::large_enum_variant, reason = "entries are handled one at a time; a box would only be in the way")]
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// What happened.
    Entry(Entry),
    /// An entry of a kind or form that this version does not know: to be kept and passed over.
    Unknown {
        /// When it happened.
        t: Moment,
        /// Its `type`.
        kind: String,
    },
    /// No entry at all; the line's flaw says why.
    Unreadable,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// It is no entry.
    #[error("line {line} is no entry: {why}")]
    NoEntry {
        /// Which line.
        line: u64,
        /// Why.
        why: String,
    },
    /// It is longer than any that was ever written.
    #[error("line {line} is longer than {LINE_BYTES_MAX} bytes")]
    TooLong {
        /// Which line.
        line: u64,
    },
    /// It has another number than the one after the line before it.
    #[error("line {line} has number {found} where {expected} should be: lines are missing, added or moved")]
    Number {
        /// Which line.
        line: u64,
        /// The number it should have.
        expected: u64,
        /// The number it has.
        found: u64,
    },
    /// It names another hash than the line before it has.
    #[error("line {line} does not continue the line before it: that has hash {expected}, it names {found}")]
    Chain {
        /// Which line.
        line: u64,
        /// The hash of the line before.
        expected: Hash,
        /// What it names, at most 64 characters of it.
        found: String,
    },
}

/// The end of a file that is no whole line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {line} is cut off: {bytes} bytes at offset {offset} are lost")]
pub struct Lost {
    /// Which line.
    pub line: u64,
    /// How many bytes are before it.
    pub offset: u64,
    /// How many bytes of it there are.
    pub bytes: u64,
}

/// A journal that cannot be read at all.
#[derive(Debug, thiserror::Error)]
#[error("line {line} cannot be read: {error}")]
pub struct ReadError {
    /// Which line.
    pub line: u64,
    /// What the system says.
    pub error: io::Error,
}

/// The part of a line that every version has.
#[derive(Deserialize)]
struct Frame<'a> {
    seq: u64,
    t: Moment,
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    prev: Cow<'a, str>,
}

impl<R: BufRead> Reader<R> {
    /// Reads from the journal's beginning.
    pub fn new(input: R) -> Self {
        Self {
            input,
            line: Vec::new(),
            is_given: false,
            is_skipping: false,
            offset: 0,
            number: 0,
            seq: 0,
            prev: Hash::NONE,
        }
    }

    /// The next whole line; `None` where there is none, or not yet.
    ///
    /// # Errors
    /// What the system says; a flawed line is no error.
    pub fn next_line(&mut self) -> Result<Option<Line<'_>>, ReadError> {
        self.let_go();
        let number = self.number + 1;
        let is_too_long = loop {
            let room = LINE_BYTES_MAX.saturating_sub(self.line.len());
            let mut limited = (&mut self.input).take(room as u64);
            limited.read_until(b'\n', &mut self.line).map_err(|error| ReadError { line: number, error })?;
            if self.line.last() == Some(&b'\n') {
                break self.is_skipping;
            }
            if self.line.len() < LINE_BYTES_MAX {
                return Ok(None);
            }
            self.offset += self.line.len() as u64;
            self.line.clear();
            self.is_skipping = true;
        };
        (self.is_given, self.is_skipping, self.number) = (true, false, number);
        if is_too_long {
            self.offset += self.line.len() as u64;
            self.line.clear();
        }
        Ok(Some(self.judge_line(is_too_long)))
    }

    /// The hash of the last whole line; 64 zeros before the first.
    #[must_use]
    pub fn last_hash(&self) -> Hash {
        self.prev
    }

    /// How many whole lines there were.
    #[must_use]
    pub fn lines(&self) -> u64 {
        self.number
    }

    /// What comes after the last whole line. Ask after [`Reader::next_line`] gave `None`.
    #[must_use]
    pub fn lost(&self) -> Option<Lost> {
        let is_empty = self.is_given || (self.line.is_empty() && !self.is_skipping);
        (!is_empty).then(|| Lost { line: self.number + 1, offset: self.offset, bytes: self.line.len() as u64 })
    }

    /// Forgets the line that was given last.
    fn let_go(&mut self) {
        if self.is_given {
            self.offset += self.line.len() as u64;
            self.line.clear();
            self.line.shrink_to(BUFFER_BYTES_KEPT);
            self.is_given = false;
        }
    }

    /// Reads and checks the line in `self.line`.
    fn judge_line(&mut self, is_too_long: bool) -> Line<'_> {
        let raw = self.line.strip_suffix(b"\n").unwrap_or(&self.line);
        let (number, offset, hash) = (self.number, self.offset, Hash::of(raw));
        let (expected, prev) = (self.seq.saturating_add(1), self.prev);
        (self.seq, self.prev) = (expected, hash);
        let mut line = Line { number, offset, raw, hash, content: Content::Unreadable, flaw: None };
        if is_too_long {
            line.flaw = Some(Flaw::TooLong { line: number });
            return line;
        }
        let frame = match serde_json::from_slice::<Frame<'_>>(raw) {
            Ok(frame) => frame,
            Err(error) => {
                line.flaw = Some(Flaw::NoEntry { line: number, why: error.to_string() });
                return line;
            }
        };
        self.seq = frame.seq;
        line.flaw = frame.flaw(number, expected, prev);
        line.content = serde_json::from_slice(raw)
            .map_or_else(|_| Content::Unknown { t: frame.t, kind: frame.kind.into_owned() }, Content::Entry);
        line
    }
}

impl Frame<'_> {
    fn flaw(&self, line: u64, expected: u64, prev: Hash) -> Option<Flaw> {
        if self.seq != expected {
            return Some(Flaw::Number { line, expected, found: self.seq });
        }
        let is_chained = self.prev == prev.to_string();
        let found = || self.prev.chars().take(64).collect();
        (!is_chained).then(|| Flaw::Chain { line, expected: prev, found: found() })
    }
}

impl Content {
    /// When it happened, if the line says so.
    #[must_use]
    pub fn moment(&self) -> Option<Moment> {
        match self {
            Self::Entry(entry) => Some(entry.t),
            Self::Unknown { t, .. } => Some(*t),
            Self::Unreadable => None,
        }
    }

    /// What happened, if this version knows it.
    #[must_use]
    pub fn entry(&self) -> Option<&Entry> {
        match self {
            Self::Entry(entry) => Some(entry),
            Self::Unknown { .. } | Self::Unreadable => None,
        }
    }
}

#[cfg(test)]
mod tests;

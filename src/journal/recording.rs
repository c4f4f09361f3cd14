//! Writes what the agent drew: `screen.cast`, asciicast version 3.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::entry::Body;
use super::escape::{Visible, push_escaped};
use super::hash::Hash;
use crate::model::{Moment, unfinished_char};

/// A recording grows to so many bytes: what floods its terminal must not fill the disk that the journal needs.
pub const CAST_BYTES_MAX: u64 = 4 << 30;

/// The line buffer keeps at most so many bytes between two events.
const BUFFER_BYTES_KEPT: usize = 1 << 20;

/// What a recording says of itself in its first line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CastHeader {
    /// The terminal's columns at the start.
    pub cols: u16,
    /// The terminal's rows at the start.
    pub rows: u16,
    /// Seconds since 1970 at second 0.
    pub timestamp: Option<u64>,
    /// What it shows.
    pub title: Option<String>,
    /// The command that was recorded.
    pub command: Option<String>,
}

/// How far a recording has come: what a `screen_mark` ties to the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// How many bytes there are.
    pub offset: u64,
    /// Their SHA-256.
    pub hash: Hash,
}

/// Writes a recording.
///
/// Text comes as bytes split anywhere: the beginning of a character waits for its rest, and what is no UTF-8 is
/// recorded as U+FFFD. Secrets are masked by the caller, before. Each event is handed to `W` in one call; when
/// it reaches the disk is up to the caller, who has to flush `W` before a [`Mark`] is journalled.
pub struct Recording<W> {
    out: W,
    offset: u64,
    hasher: Sha256,
    clock: Moment,
    carry: Vec<u8>,
    line: Vec<u8>,
    poison: Option<String>,
}

/// An event that could not be recorded.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The system refused it. A part of it may be written; nothing can follow.
    #[error("the recording was not written at offset {offset}: {error}")]
    Write {
        /// How many whole bytes there are.
        offset: u64,
        /// Why.
        error: io::Error,
    },
    /// It has become as long as it may. Output is no longer recorded; the rest is.
    #[error("the recording has {offset} bytes and takes no more output than {CAST_BYTES_MAX}")]
    Full {
        /// How many bytes there are.
        offset: u64,
    },
    /// An earlier event was not written.
    #[error("the recording broke at offset {offset} and takes no more: {why}")]
    Poisoned {
        /// How many whole bytes there are.
        offset: u64,
        /// Why.
        why: String,
    },
}

/// The first line as version 3 has it.
#[derive(Serialize, Deserialize)]
pub(super) struct HeaderLine {
    pub version: u32,
    pub term: Term,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// The terminal as version 3 has it.
#[derive(Serialize, Deserialize)]
pub(super) struct Term {
    pub cols: u16,
    pub rows: u16,
}

impl Mark {
    /// The journal's entry for it.
    #[must_use]
    pub fn entry(self) -> Body {
        Body::ScreenMark { offset: self.offset, hash: self.hash.to_string() }
    }
}

impl<W: Write> Recording<W> {
    /// Starts a recording on `out`, which is empty, and writes its first line.
    ///
    /// # Errors
    /// [`RecordError::Write`] if the system refuses.
    pub fn start(out: W, header: &CastHeader) -> Result<Self, RecordError> {
        let mut recording = Self {
            out,
            offset: 0,
            hasher: Sha256::new(),
            clock: Moment::ZERO,
            carry: Vec::new(),
            line: Vec::new(),
            poison: None,
        };
        let header = HeaderLine {
            version: 3,
            term: Term { cols: header.cols, rows: header.rows },
            timestamp: header.timestamp,
            command: header.command.clone(),
            title: header.title.clone(),
        };
        header
            .serialize(&mut serde_json::Serializer::with_formatter(&mut recording.line, Visible))
            .map_err(|error| RecordError::Write { offset: 0, error: error.into() })?;
        recording.line.push(b'\n');
        recording.write_line()?;
        Ok(recording)
    }

    /// Records what the agent wrote to its terminal.
    ///
    /// # Errors
    /// [`RecordError::Write`] the first time the system refuses, [`RecordError::Poisoned`] ever after, and
    /// [`RecordError::Full`]: of these bytes nothing is recorded.
    pub fn output(&mut self, at: Moment, bytes: &[u8]) -> Result<(), RecordError> {
        self.check()?;
        if self.offset >= CAST_BYTES_MAX {
            return Err(RecordError::Full { offset: self.offset });
        }
        if self.carry.is_empty() {
            return self.write_output(at, bytes);
        }
        let mut joined = std::mem::take(&mut self.carry);
        joined.extend_from_slice(bytes);
        self.write_output(at, &joined)
    }

    /// Records that the agent's terminal got another size.
    ///
    /// # Errors
    /// As [`Recording::output`].
    pub fn resize(&mut self, at: Moment, cols: u16, rows: u16) -> Result<(), RecordError> {
        self.write_event(at, 'r', &format!("{cols}x{rows}"))
    }

    /// Records a marker that players can jump to, such as `c7 held: deletes a volume`.
    ///
    /// # Errors
    /// As [`Recording::output`].
    pub fn marker(&mut self, at: Moment, label: &str) -> Result<(), RecordError> {
        self.write_event(at, 'm', label)
    }

    /// Records the agent's end with its exit status. A character that never became whole is recorded as U+FFFD.
    ///
    /// # Errors
    /// As [`Recording::output`].
    pub fn exit(&mut self, at: Moment, status: i32) -> Result<(), RecordError> {
        if !self.carry.is_empty() {
            self.carry.clear();
            self.write_event(at, 'o', "\u{FFFD}")?;
        }
        self.write_event(at, 'x', &status.to_string())
    }

    /// Hands everything on to the system.
    ///
    /// # Errors
    /// As [`Recording::output`].
    pub fn flush(&mut self) -> Result<(), RecordError> {
        self.check()?;
        let flushed = self.out.flush();
        flushed.map_err(|error| self.broken(error))
    }

    /// How far it has come. After an error: up to the last whole event.
    #[must_use]
    pub fn mark(&self) -> Mark {
        Mark { offset: self.offset, hash: Hash::finish(self.hasher.clone()) }
    }

    /// What it is written to.
    #[must_use]
    pub fn get_ref(&self) -> &W {
        &self.out
    }

    /// What it is written to, to sync it. Whoever writes to it breaks the recording.
    pub fn get_mut(&mut self) -> &mut W {
        &mut self.out
    }

    fn check(&self) -> Result<(), RecordError> {
        match &self.poison {
            None => Ok(()),
            Some(why) => Err(RecordError::Poisoned { offset: self.offset, why: why.clone() }),
        }
    }

    fn broken(&mut self, error: io::Error) -> RecordError {
        self.poison = Some(error.to_string());
        RecordError::Write { offset: self.offset, error }
    }

    /// Writes all whole characters of `bytes` as one event and keeps the rest.
    fn write_output(&mut self, at: Moment, bytes: &[u8]) -> Result<(), RecordError> {
        self.open_line(at, 'o');
        let opened = self.line.len();
        let (whole, carry) = bytes.split_at(bytes.len() - unfinished_char(bytes));
        self.carry = carry.to_vec();
        let mut rest = whole;
        loop {
            let error = match std::str::from_utf8(rest) {
                Ok(text) => {
                    push_escaped(&mut self.line, text);
                    break;
                }
                Err(error) => error,
            };
            let (valid, after) = rest.split_at_checked(error.valid_up_to()).unwrap_or_default();
            push_escaped(&mut self.line, std::str::from_utf8(valid).unwrap_or_default());
            push_escaped(&mut self.line, "\u{FFFD}");
            // A character's beginning here is no longer at the end: its rest will not come.
            rest = error.error_len().and_then(|invalid| after.get(invalid..)).unwrap_or_default();
        }
        if self.line.len() == opened {
            return Ok(());
        }
        self.close_line(at)
    }

    fn write_event(&mut self, at: Moment, code: char, data: &str) -> Result<(), RecordError> {
        self.check()?;
        self.open_line(at, code);
        push_escaped(&mut self.line, data);
        self.close_line(at)
    }

    /// Puts an event's beginning into `self.line`: times are relative to the event before.
    fn open_line(&mut self, at: Moment, code: char) {
        let micros = at.0.saturating_sub(self.clock.0);
        self.line.clear();
        let start = format!("[{}.{:06},\"{code}\",\"", micros / 1_000_000, micros % 1_000_000);
        self.line.extend_from_slice(start.as_bytes());
    }

    fn close_line(&mut self, at: Moment) -> Result<(), RecordError> {
        self.line.extend_from_slice(b"\"]\n");
        self.clock = self.clock.max(at);
        self.write_line()
    }

    fn write_line(&mut self) -> Result<(), RecordError> {
        self.out.write_all(&self.line).map_err(|error| self.broken(error))?;
        self.hasher.update(&self.line);
        self.offset += self.line.len() as u64;
        self.line.clear();
        self.line.shrink_to(BUFFER_BYTES_KEPT);
        Ok(())
    }
}

#[cfg(test)]
mod tests;

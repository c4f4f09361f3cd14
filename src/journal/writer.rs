//! Appends entries to a journal.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::Serialize;

use super::entry::{Body, Entry};
use super::escape::Visible;
use super::hash::Hash;
use super::reader::LINE_BYTES_MAX;
use crate::model::{Action, ActionKind, Exec, Untrusted};

/// Arguments and changed environment of one act are journalled whole up to so many bytes, and so is a text;
/// what is beyond is cut with a mark. The kernel's own limit for a program start is about 2 MiB.
pub const ARGUMENT_BYTES_MAX: usize = 2 << 20;

/// The line buffer keeps at most so many bytes between two lines.
const BUFFER_BYTES_KEPT: usize = 64 << 10;

/// Appends entries as chained lines.
///
/// Each line is handed to `W` whole, in one call: give it the file itself, not a buffer, or a crash loses lines.
/// After the first error the writer is poisoned: what became of that line is not known, so none may follow it.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    seq: u64,
    prev: Hash,
    line: Vec<u8>,
    poison: Option<Poison>,
}

/// The line that broke a writer, and how.
#[derive(Debug, Clone)]
struct Poison {
    seq: u64,
    why: String,
}

/// A line that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// Its number, from 1.
    pub seq: u64,
    /// Its hash, which the next line names; of the last line, what the operator is shown at the end.
    pub hash: Hash,
}

/// Something whose written bytes can be forced to the disk.
pub trait Durable {
    /// Blocks until all that was written is on the disk.
    ///
    /// # Errors
    /// What the system says. What is on the disk is then not known.
    fn sync_data(&mut self) -> io::Result<()>;
}

/// An entry that could not be journalled.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// It could not be put into JSON. Nothing was written; the writer goes on.
    #[error("journal entry {seq} has no JSON form: {error}")]
    Encode {
        /// The number it would have had.
        seq: u64,
        /// Why.
        error: serde_json::Error,
    },
    /// It is longer than any reader reads. Nothing was written; the writer goes on.
    #[error("journal entry {seq} has {bytes} bytes, more than {LINE_BYTES_MAX}")]
    TooLong {
        /// The number it would have had.
        seq: u64,
        /// Its length.
        bytes: usize,
    },
    /// The system refused it. A part of it may be written; nothing can follow.
    #[error("journal entry {seq} was not written: {error}")]
    Write {
        /// Its number.
        seq: u64,
        /// Why.
        error: io::Error,
    },
    /// An earlier entry was not written.
    #[error("the journal broke at entry {seq} and takes no more: {why}")]
    Poisoned {
        /// The first entry that was not written.
        seq: u64,
        /// Why it was not.
        why: String,
    },
}

impl Durable for std::fs::File {
    fn sync_data(&mut self) -> io::Result<()> {
        Self::sync_data(self)
    }
}

impl Durable for Vec<u8> {
    /// Memory is as safe as it gets.
    fn sync_data(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<D: Durable + ?Sized> Durable for &mut D {
    fn sync_data(&mut self) -> io::Result<()> {
        (**self).sync_data()
    }
}

impl<D: Durable + ?Sized> Durable for Box<D> {
    fn sync_data(&mut self) -> io::Result<()> {
        (**self).sync_data()
    }
}

impl<W: Write> Writer<W> {
    /// Starts a journal on `out`, which is empty.
    pub fn new(out: W) -> Self {
        Self { out, seq: 0, prev: Hash::NONE, line: Vec::new(), poison: None }
    }

    /// Writes one entry. It is the system's then, not yet on the disk.
    ///
    /// # Errors
    /// [`WriteError::Write`] the first time the system refuses, [`WriteError::Poisoned`] ever after.
    pub fn append(&mut self, entry: &Entry) -> Result<Appended, WriteError> {
        self.check()?;
        let seq = self.seq + 1;
        self.encode(seq, entry)?;
        let hash = Hash::of(&self.line);
        self.line.push(b'\n');
        let written = self.out.write_all(&self.line).and_then(|()| self.out.flush());
        self.line.clear();
        self.line.shrink_to(BUFFER_BYTES_KEPT);
        written.map_err(|error| self.broken(seq, error))?;
        (self.seq, self.prev) = (seq, hash);
        Ok(Appended { seq, hash })
    }

    /// The last line that was written; before the first, number 0 and 64 zeros.
    #[must_use]
    pub fn last(&self) -> Appended {
        Appended { seq: self.seq, hash: self.prev }
    }

    /// What the lines go to.
    #[must_use]
    pub fn get_ref(&self) -> &W {
        &self.out
    }

    /// Gives back what the lines went to.
    #[must_use]
    pub fn into_inner(self) -> W {
        self.out
    }

    fn check(&self) -> Result<(), WriteError> {
        match &self.poison {
            None => Ok(()),
            Some(Poison { seq, why }) => Err(WriteError::Poisoned { seq: *seq, why: why.clone() }),
        }
    }

    fn broken(&mut self, seq: u64, error: io::Error) -> WriteError {
        self.poison = Some(Poison { seq, why: error.to_string() });
        WriteError::Write { seq, error }
    }

    /// Puts the line, without its newline, into `self.line`.
    fn encode(&mut self, seq: u64, entry: &Entry) -> Result<(), WriteError> {
        let entry = cut(entry);
        let framed = Framed { seq, entry: &entry, prev: self.prev };
        self.line.clear();
        framed
            .serialize(&mut serde_json::Serializer::with_formatter(&mut self.line, Visible))
            .map_err(|error| WriteError::Encode { seq, error })?;
        if self.line.len() < LINE_BYTES_MAX {
            return Ok(());
        }
        let bytes = self.line.len();
        self.line = Vec::new();
        Err(WriteError::TooLong { seq, bytes })
    }
}

impl<W: Write + Durable> Writer<W> {
    /// Writes one entry and blocks until it, and all before it, is on the disk.
    ///
    /// # Errors
    /// As [`Writer::append`]; a disk that refuses poisons the writer as well.
    pub fn append_synced(&mut self, entry: &Entry) -> Result<Appended, WriteError> {
        let appended = self.append(entry)?;
        self.sync()?;
        Ok(appended)
    }

    /// Blocks until every entry is on the disk.
    ///
    /// # Errors
    /// As [`Writer::append_synced`].
    pub fn sync(&mut self) -> Result<(), WriteError> {
        self.check()?;
        let seq = self.seq;
        self.out.sync_data().map_err(|error| self.broken(seq, error))
    }
}

/// A line as it is written.
#[derive(Serialize)]
struct Framed<'a> {
    seq: u64,
    #[serde(flatten)]
    entry: &'a Entry,
    prev: Hash,
}

/// The entry with everything that is too long cut, and marked as cut.
fn cut(entry: &Entry) -> Cow<'_, Entry> {
    let (action, text) = match &entry.body {
        Body::Action { action, .. } | Body::Hold { action, .. } => (Some(action), None),
        Body::Cue { cue } => (None, Some(&cue.text)),
        Body::SessionStart { .. }
        | Body::Finding { .. }
        | Body::Shown { .. }
        | Body::Decision { .. }
        | Body::Freeze { .. }
        | Body::Thaw {}
        | Body::Withdrawn { .. }
        | Body::OutputGap { .. }
        | Body::ScreenMark { .. }
        | Body::Resize { .. }
        | Body::Warning { .. }
        | Body::Order { .. }
        | Body::OrderOver { .. }
        | Body::Scope { .. }
        | Body::Grant { .. }
        | Body::Revoke { .. }
        | Body::Release { .. }
        | Body::ReleaseStopped { .. }
        | Body::Exit { .. } => (None, None),
    };
    let bytes = action.map_or(0, action_bytes).max(text.map_or(0, |text| text.as_bytes().len()));
    if bytes <= ARGUMENT_BYTES_MAX {
        return Cow::Borrowed(entry);
    }
    let mut entry = entry.clone();
    match &mut entry.body {
        Body::Action { action, .. } | Body::Hold { action, .. } => cut_action(action),
        Body::Cue { cue } => cue.text = cut_text(&cue.text, ARGUMENT_BYTES_MAX),
        _ => {}
    }
    Cow::Owned(entry)
}

fn action_bytes(action: &Action) -> usize {
    match &action.kind {
        ActionKind::Exec(exec) => {
            let words = words_bytes(&exec.argv);
            let env: usize =
                exec.env_changed.iter().map(|(name, value)| name.as_bytes().len() + value.as_bytes().len()).sum();
            words + env
        }
        ActionKind::Text(text) => text.text.as_bytes().len(),
        ActionKind::Tool(tool) => tool.bytes(),
        ActionKind::File(file) => file.text_bytes(),
        ActionKind::Connect(connect) => words_bytes(&connect.command),
        ActionKind::Kill(kill) => words_bytes(&kill.command),
    }
}

fn cut_action(action: &mut Action) {
    match &mut action.kind {
        ActionKind::Exec(exec) => cut_exec(exec),
        ActionKind::Text(text) => text.text = cut_text(&text.text, ARGUMENT_BYTES_MAX),
        ActionKind::Tool(tool) => tool.each_text(&mut |text| *text = cut_text(text, ARGUMENT_BYTES_MAX)),
        ActionKind::File(file) => cut_words(&mut file.command),
        ActionKind::Connect(connect) => cut_words(&mut connect.command),
        ActionKind::Kill(kill) => cut_words(&mut kill.command),
    }
}

fn words_bytes(words: &[Untrusted]) -> usize {
    words.iter().map(|word| word.as_bytes().len()).sum()
}

/// Keeps the first words, as far as they fit.
fn cut_words(words: &mut Vec<Untrusted>) {
    let mut room = ARGUMENT_BYTES_MAX;
    words.retain_mut(|word| keep(word, &mut room));
}

/// Keeps arguments first, then variables, as far as they fit.
fn cut_exec(exec: &mut Exec) {
    let mut room = ARGUMENT_BYTES_MAX;
    exec.is_cut = true;
    exec.argv.retain_mut(|word| keep(word, &mut room));
    exec.env_changed.retain_mut(|(name, value)| keep(name, &mut room) && keep(value, &mut room));
}

/// Whether there is room for any of it; what does not fit is cut off it.
fn keep(word: &mut Untrusted, room: &mut usize) -> bool {
    let had = *room;
    *room = room.saturating_sub(word.as_bytes().len().max(1));
    if word.as_bytes().len() > had {
        *word = cut_text(word, had);
    }
    had > 0
}

/// The first `bytes_kept` bytes or a few less, and how many were cut off.
fn cut_text(text: &Untrusted, bytes_kept: usize) -> Untrusted {
    let all = text.as_bytes();
    let mut to = bytes_kept.min(all.len());
    while to > 0 && bytes_kept - to < 4 && all.get(to).is_some_and(|b| b & 0xC0 == 0x80) {
        to -= 1;
    }
    let mut kept = all.get(..to).unwrap_or_default().to_vec();
    kept.extend_from_slice(format!("[cut: {} bytes more]", all.len() - to).as_bytes());
    Untrusted::new(kept)
}

#[cfg(test)]
mod tests;

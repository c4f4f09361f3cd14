//! The record of a session as it is written: journal, recording, and the marks that tie them.

use std::fs::File;
use std::io;
use std::time::Duration;

use crate::journal::{Body, CastHeader, Durable, Entry, Recording, Writer};
use crate::model::Moment;
use crate::trail::{Mask, Masker};

/// Output is on its way to the disk at most this long after it was drawn (`PROMISES.md`, 4).
pub const FLUSH_AFTER: Duration = Duration::from_millis(100);
/// How much of the recording may pass before a mark ties it to the journal, in bytes.
const MARK_EVERY_BYTES: u64 = 1 << 20;

/// A journal's file, whose lines can be forced to the disk.
#[derive(Debug)]
pub struct JournalFile(pub File);

/// Writes a session's journal and recording. Secrets are masked on their way in.
pub struct Recorder {
    journal: Writer<JournalFile>,
    cast: Option<Recording<io::BufWriter<File>>>,
    masker: Masker,
    masked: Vec<u8>,
    flush_at: Option<Moment>,
    marked: u64,
}

impl Durable for JournalFile {
    fn sync_data(&mut self) -> io::Result<()> {
        self.0.sync_data()
    }
}

impl io::Write for JournalFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Recorder {
    /// Starts both files with their first lines.
    ///
    /// # Errors
    /// What could not be written, in words.
    pub fn start(journal: File, cast: File, header: &CastHeader, mask: &Mask) -> Result<Self, String> {
        let mut cast = Recording::start(io::BufWriter::new(cast), header).map_err(|error| error.to_string())?;
        // Whoever follows the session from its beginning finds the first line there.
        cast.flush().map_err(|error| error.to_string())?;
        Ok(Self {
            journal: Writer::new(JournalFile(journal)),
            cast: Some(cast),
            masker: Masker::new(mask.clone()),
            masked: Vec::new(),
            flush_at: None,
            marked: 0,
        })
    }

    /// Appends one entry.
    ///
    /// # Errors
    /// Why it is not in the journal; no entry after it will be.
    pub fn append(&mut self, at: Moment, body: Body) -> Result<(), String> {
        self.journal.append(&Entry { t: at, body }).map(|_| ()).map_err(|error| error.to_string())
    }

    /// Forces the journal to the disk. Blocks for as long as the disk takes.
    ///
    /// # Errors
    /// Why it may not be there.
    pub fn sync(&mut self) -> Result<(), String> {
        self.journal.sync().map_err(|error| error.to_string())
    }

    /// Records output.
    ///
    /// # Errors
    /// Why the recording has ended; the journal goes on without it.
    pub fn output(&mut self, at: Moment, bytes: &[u8]) -> Result<(), String> {
        self.flush_at.get_or_insert(at.plus(FLUSH_AFTER));
        self.masker.feed(bytes, &mut self.masked);
        self.write_masked(at)
    }

    /// Records another size of the agent's terminal.
    ///
    /// # Errors
    /// As [`Recorder::output`].
    pub fn resize(&mut self, at: Moment, cols: u16, rows: u16) -> Result<(), String> {
        self.with_cast(|cast| cast.resize(at, cols, rows))
    }

    /// Puts a marker into the recording.
    ///
    /// # Errors
    /// As [`Recorder::output`].
    pub fn marker(&mut self, at: Moment, label: &str) -> Result<(), String> {
        self.with_cast(|cast| cast.marker(at, label))
    }

    /// When [`Recorder::flush`] is next wanted.
    #[must_use]
    pub fn flush_at(&self) -> Option<Moment> {
        self.flush_at
    }

    /// Hands what waits to the system, and ties the recording to the journal when enough has passed.
    ///
    /// # Errors
    /// As [`Recorder::output`].
    pub fn flush(&mut self, at: Moment) -> Result<(), String> {
        self.flush_at = None;
        self.masker.flush(&mut self.masked);
        self.write_masked(at)?;
        self.with_cast(Recording::flush)?;
        let offset = self.cast.as_ref().map_or(0, |cast| cast.mark().offset);
        if offset >= self.marked + MARK_EVERY_BYTES { self.mark(at) } else { Ok(()) }
    }

    /// Ends the recording with the agent's exit status and a last mark.
    ///
    /// # Errors
    /// As [`Recorder::output`].
    pub fn finish(&mut self, at: Moment, status: i32) -> Result<(), String> {
        self.masker.finish(&mut self.masked);
        self.write_masked(at)?;
        self.with_cast(|cast| {
            cast.exit(at, status)?;
            cast.flush()
        })?;
        self.mark(at)
    }

    /// The journal's last hash, which is shown to the operator at the end.
    #[must_use]
    pub fn last_hash(&self) -> String {
        self.journal.last().hash.to_string()
    }

    fn write_masked(&mut self, at: Moment) -> Result<(), String> {
        let masked = std::mem::take(&mut self.masked);
        let written = if masked.is_empty() { Ok(()) } else { self.with_cast(|cast| cast.output(at, &masked)) };
        self.masked = masked;
        self.masked.clear();
        written
    }

    fn mark(&mut self, at: Moment) -> Result<(), String> {
        let Some(mark) = self.cast.as_ref().map(Recording::mark) else { return Ok(()) };
        self.marked = mark.offset;
        self.append(at, mark.entry())
    }

    /// Does something with the recording; an error ends it, once, and the operator is told.
    fn with_cast(
        &mut self,
        act: impl FnOnce(&mut Recording<io::BufWriter<File>>) -> Result<(), crate::journal::RecordError>,
    ) -> Result<(), String> {
        let Some(cast) = &mut self.cast else { return Ok(()) };
        act(cast).map_err(|error| {
            self.cast = None;
            error.to_string()
        })
    }
}

//! The record of a session as it is written: journal, recording, and the marks that tie them.

use std::fs::File;
use std::io;
use std::sync::Arc;

use super::app_loop::AppLoop;
use super::backlog::Waiting;
use super::clock::Clock;
use super::scribe::{Desk, Order, Scribe, Told};
use crate::app::Event;
use crate::journal::{Body, CastHeader, Durable, Entry, Writer};
use crate::model::Moment;
use crate::trail::Mask;

/// A journal's file, whose lines can be forced to the disk.
#[derive(Debug)]
pub struct JournalFile(pub File);

/// Writes a session's journal, and has its recording written.
pub struct Recorder {
    journal: Writer<JournalFile>,
    recording: Tape,
}

/// Who writes the recording.
enum Tape {
    /// Nobody yet: the agent has not been started.
    Waits(Box<Scribe>),
    /// A thread.
    Runs(Desk),
    /// It is finished, or could not be written any more.
    Over,
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
        let scribe = Scribe::start(cast, header, mask).map_err(|error| error.to_string())?;
        Ok(Self { journal: Writer::new(JournalFile(journal)), recording: Tape::Waits(Box::new(scribe)) })
    }

    /// Has the recording written on a thread from now on.
    ///
    /// # Errors
    /// What the system says when no thread can be started.
    pub fn run(&mut self, clock: Clock) -> io::Result<()> {
        self.recording = match std::mem::replace(&mut self.recording, Tape::Over) {
            Tape::Waits(scribe) => Tape::Runs(scribe.work(clock)?),
            other => other,
        };
        Ok(())
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
    pub fn output(&self, at: Moment, bytes: Arc<[u8]>) {
        self.order(Order::Output(at, bytes));
    }

    /// Records another size of the agent's terminal.
    pub fn resize(&self, at: Moment, cols: u16, rows: u16) {
        self.order(Order::Resize(at, cols, rows));
    }

    /// Puts a marker into the recording.
    pub fn marker(&self, at: Moment, label: String) {
        self.order(Order::Marker(at, label));
    }

    /// How much output waits to be recorded.
    pub(super) fn waiting(&self) -> Option<Arc<Waiting>> {
        match &self.recording {
            Tape::Runs(desk) => Some(desk.waiting()),
            Tape::Waits(_) | Tape::Over => None,
        }
    }

    /// What the thread has to say next.
    pub(super) async fn next(&mut self) -> Option<Told> {
        match &mut self.recording {
            Tape::Runs(desk) => desk.next().await,
            Tape::Waits(_) | Tape::Over => None,
        }
    }

    /// Journals how far the recording has come.
    ///
    /// # Errors
    /// Why the recording has ended, or why that is not in the journal.
    pub(super) fn tie(&mut self, at: Moment, told: Told) -> Result<(), String> {
        match told {
            Told::Came(mark) => self.append(at, mark.entry()),
            Told::Lost(why) => Err(why),
        }
    }

    /// Ends the recording with the agent's exit status and a last mark. Blocks until it is written.
    ///
    /// # Errors
    /// As [`Recorder::tie`].
    pub fn finish(&mut self, at: Moment, status: i32) -> Result<(), String> {
        let order = Order::Finish(at, status);
        let told = match std::mem::replace(&mut self.recording, Tape::Over) {
            Tape::Waits(mut scribe) => {
                scribe.take(order)?;
                scribe.mark().map(Told::Came).into_iter().collect()
            }
            Tape::Runs(mut desk) => {
                desk.order(order);
                desk.end()
            }
            Tape::Over => Vec::new(),
        };
        told.into_iter().try_for_each(|told| self.tie(at, told))
    }

    /// The journal's last hash, which is shown to the operator at the end.
    #[must_use]
    pub fn last_hash(&self) -> String {
        self.journal.last().hash.to_string()
    }

    fn order(&self, order: Order) {
        if let Tape::Runs(desk) = &self.recording {
            desk.order(order);
        }
    }
}

impl AppLoop {
    /// Takes what the thread that records had to say.
    pub(super) fn take_told(&mut self, told: Told) {
        let now = self.clock.now();
        let tied = self.recorder.tie(now, told);
        self.recorded(tied);
    }

    /// Tells the state when the recording has broken. The session goes on; its journal says so.
    pub(super) fn recorded(&mut self, result: Result<(), String>) {
        if let Err(why) = result {
            self.take(Event::OutputLost { bytes: 0, why });
        }
    }
}

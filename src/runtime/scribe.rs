//! Writes the recording on a thread of its own: what is drawn need not wait for it.

use std::fs::File;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::sync::mpsc;

use super::backlog::Waiting;
use super::clock::Clock;
use crate::journal::{CastHeader, Mark, RecordError, Recording};
use crate::model::Moment;
use crate::trail::{Mask, Masker};

/// Output is on its way to the disk at most this long after it was drawn (`PROMISES.md`, 4).
const FLUSH_AFTER: Duration = Duration::from_millis(100);
/// How much of the recording may pass before a mark ties it to the journal, in bytes.
const MARK_EVERY_BYTES: u64 = 1 << 20;
/// How much output may wait to be recorded, in bytes. With more the agent's terminal is not read.
const WAITING_BYTES_MAX: usize = 1 << 20;

/// What is to be recorded.
pub(super) enum Order {
    /// The agent wrote this.
    Output(Moment, Arc<[u8]>),
    /// Its terminal has another size.
    Resize(Moment, u16, u16),
    /// A marker that players can jump to.
    Marker(Moment, String),
    /// The agent ended with this status; nothing follows.
    Finish(Moment, i32),
}

/// What the thread has to say.
#[derive(Debug)]
pub(super) enum Told {
    /// So far the recording has come, and so much of it is with the system.
    Came(Mark),
    /// It has ended, and why.
    Lost(String),
}

/// The recording as it is written. Secrets are masked on their way in.
pub(super) struct Scribe {
    cast: Option<Recording<io::BufWriter<File>>>,
    masker: Masker,
    masked: Vec<u8>,
    flush_at: Option<Moment>,
    marked: u64,
}

/// The way to the thread.
pub(super) struct Desk {
    orders: Option<Sender<Order>>,
    told: mpsc::UnboundedReceiver<Told>,
    waiting: Arc<Waiting>,
    thread: Option<JoinHandle<()>>,
}

impl Scribe {
    /// Begins a recording with its first line.
    ///
    /// # Errors
    /// [`RecordError`] if that cannot be written.
    pub(super) fn start(cast: File, header: &CastHeader, mask: &Mask) -> Result<Self, RecordError> {
        let mut cast = Recording::start(io::BufWriter::new(cast), header)?;
        // Whoever follows the session from its beginning finds the first line there.
        cast.flush()?;
        Ok(Self { cast: Some(cast), masker: Masker::new(mask.clone()), masked: Vec::new(), flush_at: None, marked: 0 })
    }

    /// Goes on recording on a thread.
    ///
    /// # Errors
    /// What the system says when no thread can be started.
    pub(super) fn work(self, clock: Clock) -> io::Result<Desk> {
        let (orders, inbox) = channel();
        let (sink, told) = mpsc::unbounded_channel();
        let waiting = Waiting::up_to(WAITING_BYTES_MAX);
        let worker = Worker { scribe: self, inbox, sink, waiting: Arc::clone(&waiting), clock };
        let thread = thread::Builder::new().name("recording".to_owned()).spawn(move || worker.work())?;
        Ok(Desk { orders: Some(orders), told, waiting, thread: Some(thread) })
    }

    /// Does what is ordered; after an error the recording has ended.
    ///
    /// # Errors
    /// Why, once.
    pub(super) fn take(&mut self, order: Order) -> Result<(), String> {
        match order {
            Order::Output(at, bytes) => {
                self.flush_at.get_or_insert(at.plus(FLUSH_AFTER));
                self.masker.feed(&bytes, &mut self.masked);
                self.write_masked(at)
            }
            Order::Resize(at, cols, rows) => self.with_cast(|cast| cast.resize(at, cols, rows)),
            Order::Marker(at, label) => self.with_cast(|cast| cast.marker(at, &label)),
            Order::Finish(at, status) => {
                self.masker.finish(&mut self.masked);
                self.write_masked(at)?;
                self.with_cast(|cast| {
                    cast.exit(at, status)?;
                    cast.flush()
                })
            }
        }
    }

    /// How far it has come, where it is still written.
    pub(super) fn mark(&mut self) -> Option<Mark> {
        let mark = self.cast.as_ref().map(Recording::mark)?;
        self.marked = mark.offset;
        Some(mark)
    }

    /// Hands what waits to the system, and says how far it has come when enough has passed.
    fn flush(&mut self, at: Moment) -> Result<Option<Mark>, String> {
        self.flush_at = None;
        self.masker.flush(&mut self.masked);
        self.write_masked(at)?;
        self.with_cast(Recording::flush)?;
        let offset = self.cast.as_ref().map_or(0, |cast| cast.mark().offset);
        Ok(if offset >= self.marked + MARK_EVERY_BYTES { self.mark() } else { None })
    }

    fn write_masked(&mut self, at: Moment) -> Result<(), String> {
        let masked = std::mem::take(&mut self.masked);
        let written = if masked.is_empty() { Ok(()) } else { self.with_cast(|cast| cast.output(at, &masked)) };
        self.masked = masked;
        self.masked.clear();
        written
    }

    /// Does something with the recording; an error ends it.
    fn with_cast(
        &mut self,
        act: impl FnOnce(&mut Recording<io::BufWriter<File>>) -> Result<(), RecordError>,
    ) -> Result<(), String> {
        let Some(cast) = &mut self.cast else { return Ok(()) };
        act(cast).map_err(|error| {
            self.cast = None;
            error.to_string()
        })
    }
}

impl Desk {
    /// Hands an order over. Once the thread has ended there is nothing left to record with, which it has told.
    pub(super) fn order(&self, order: Order) {
        if let Order::Output(_, bytes) = &order {
            self.waiting.gave(bytes.len());
        }
        if let Some(orders) = &self.orders {
            let _ = orders.send(order);
        }
    }

    /// How much waits to be recorded.
    pub(super) fn waiting(&self) -> Arc<Waiting> {
        Arc::clone(&self.waiting)
    }

    /// The next thing it has to say; never, once it has ended.
    pub(super) async fn next(&mut self) -> Option<Told> {
        self.told.recv().await
    }

    /// Waits until all is written that was handed over, and says what was not told yet.
    pub(super) fn end(&mut self) -> Vec<Told> {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            // A panic over there has been told already.
            let _ = thread.join();
        }
        std::iter::from_fn(|| self.told.try_recv().ok()).collect()
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.end();
    }
}

/// The thread's own.
struct Worker {
    scribe: Scribe,
    inbox: Receiver<Order>,
    sink: mpsc::UnboundedSender<Told>,
    waiting: Arc<Waiting>,
    clock: Clock,
}

impl Worker {
    fn work(mut self) {
        loop {
            let next = match self.scribe.flush_at {
                Some(at) => self.inbox.recv_timeout(at.since(self.clock.now())),
                None => self.inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            let done = match next {
                Ok(order @ Order::Finish(..)) => {
                    let finished = self.scribe.take(order).map(|()| self.scribe.mark());
                    self.tell(finished);
                    return;
                }
                Ok(order) => {
                    let bytes = if let Order::Output(_, bytes) = &order { bytes.len() } else { 0 };
                    let taken = self.scribe.take(order);
                    self.waiting.took(bytes);
                    taken
                }
                Err(RecvTimeoutError::Timeout) => Ok(()),
                Err(RecvTimeoutError::Disconnected) => {
                    let flushed = self.scribe.flush(self.clock.now());
                    self.tell(flushed);
                    return;
                }
            };
            self.tell(done.map(|()| None));
            // While output keeps coming nothing times out.
            let now = self.clock.now();
            if self.scribe.flush_at.is_some_and(|at| at <= now) {
                let flushed = self.scribe.flush(now);
                self.tell(flushed);
            }
        }
    }

    fn tell(&self, outcome: Result<Option<Mark>, String>) {
        let told = match outcome {
            Ok(mark) => mark.map(Told::Came),
            Err(why) => Some(Told::Lost(why)),
        };
        // Who has gone wants to know nothing.
        let _ = told.map(|told| self.sink.send(told));
    }
}

impl Drop for Worker {
    /// Nobody records any more: output need not wait for it, and after a panic the journal shall know.
    fn drop(&mut self) {
        if thread::panicking() {
            let _ = self.sink.send(Told::Lost("the thread that records has failed".to_owned()));
        }
        self.waiting.end();
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::journal::Hash;

    fn scribe(path: &Path) -> io::Result<Scribe> {
        let file = File::options().append(true).create(true).open(path)?;
        Scribe::start(file, &CastHeader { cols: 80, rows: 24, ..CastHeader::default() }, &Mask::new([0; 32]))
            .map_err(io::Error::other)
    }

    fn output(text: &str) -> Order {
        Order::Output(Moment::ZERO, Arc::from(text.as_bytes()))
    }

    #[test]
    fn what_is_ordered_is_recorded_in_its_order_and_the_last_mark_speaks_for_all_of_it() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("screen.cast");
        let mut desk = scribe(&path)?.work(Clock::start())?;
        desk.order(output("before\r\n"));
        desk.order(Order::Resize(Moment::ZERO, 100, 30));
        desk.order(Order::Marker(Moment::ZERO, "c1 held".to_owned()));
        desk.order(output("after\r\n"));
        desk.order(Order::Finish(Moment::ZERO, 3));
        let told = desk.end();
        let text = fs::read_to_string(&path)?;
        let places: Vec<_> =
            ["before", "100x30", "c1 held", "after", "\"x\""].iter().map(|part| text.find(part)).collect();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{text}");
        let [Told::Came(mark)] = told.as_slice() else { panic!("{told:?}") };
        assert_eq!((mark.offset, mark.hash), (text.len() as u64, Hash::of(text.as_bytes())));
        Ok(())
    }

    #[test]
    fn a_long_recording_is_tied_while_it_is_written() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("screen.cast");
        let mut desk = scribe(&path)?.work(Clock::start())?;
        let line = "x".repeat(64 * 1024);
        let told = loop {
            desk.order(output(&line));
            while desk.waiting().is_full() {
                thread::yield_now();
            }
            if let Ok(told) = desk.told.try_recv() {
                break told;
            }
        };
        let Told::Came(mark) = told else { panic!("{told:?}") };
        desk.end();
        let bytes = fs::read(&path)?;
        let upto = usize::try_from(mark.offset).map_err(io::Error::other)?;
        assert!(mark.offset >= MARK_EVERY_BYTES, "{mark:?}");
        assert_eq!(bytes.get(..upto).map(Hash::of), Some(mark.hash));
        Ok(())
    }

    #[test]
    fn what_was_handed_over_is_written_where_the_session_ends_without_its_last_line() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("screen.cast");
        let desk = scribe(&path)?.work(Clock::start())?;
        desk.order(output("the last words\r\n"));
        drop(desk);
        assert!(fs::read_to_string(&path)?.contains("the last words"));
        Ok(())
    }

    #[test]
    fn a_full_disk_is_told_once_and_nothing_waits_for_it() -> io::Result<()> {
        let full = File::options().write(true).open("/dev/full")?;
        let folder = tempfile::tempdir()?;
        let mut scribe = scribe(&folder.path().join("screen.cast"))?;
        scribe.cast = Recording::start(io::BufWriter::new(full), &CastHeader::default()).ok();
        let mut desk = scribe.work(Clock::start())?;
        for _ in 0..40 {
            desk.order(output(&"y".repeat(64 * 1024)));
        }
        desk.order(Order::Finish(Moment::ZERO, 0));
        let waiting = desk.waiting();
        let told = desk.end();
        assert!(matches!(told.as_slice(), [Told::Lost(why)] if why.contains("No space left")), "{told:?}");
        assert!(!waiting.is_full());
        Ok(())
    }

    #[test]
    fn a_thread_that_fails_is_told_and_nothing_waits_for_it() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let (_orders, inbox) = channel();
        let (sink, mut told) = mpsc::unbounded_channel();
        let waiting = Waiting::up_to(1);
        waiting.gave(1);
        let scribe = scribe(&folder.path().join("screen.cast"))?;
        let worker = Worker { scribe, inbox, sink, waiting: Arc::clone(&waiting), clock: Clock::start() };
        let failed = thread::spawn(move || {
            let _worker = worker;
            panic!("a fault of ours");
        });
        assert!(failed.join().is_err());
        assert!(matches!(told.try_recv(), Ok(Told::Lost(_))) && !waiting.is_full());
        Ok(())
    }
}

//! What the agent says, heard in its output and judged, on a thread of its own: an echo need not wait for it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};

use tokio::sync::mpsc;

use super::app_loop::AppLoop;
use super::clock::Clock;
use super::gate_loop::GateOrder;
use super::judging::Note;
use crate::app::Event;
use crate::judge::prose;
use crate::model::{Cue, Moment};
use crate::sensor::{Heard, Sensor};
use crate::trail::Mask;

/// How much output may wait to be heard, in bytes. What a flood brings beyond that is not listened to, and counted: no
/// agent says so much, and what it says never permits anything.
const WAITING_BYTES_MAX: usize = 4 << 20;

/// The way to the thread that hears.
pub(super) struct Hearing {
    output: Option<Sender<(Moment, Vec<u8>)>>,
    cues: mpsc::UnboundedReceiver<Cue>,
    waiting: Arc<AtomicUsize>,
    missed: u64,
    thread: Option<JoinHandle<()>>,
}

/// The thread's own: the sensor, with the mask that its words go through before anybody keeps them.
struct Ear {
    sensor: Sensor,
    mask: Mask,
    clock: Clock,
    output: Receiver<(Moment, Vec<u8>)>,
    cues: mpsc::UnboundedSender<Cue>,
    waiting: Arc<AtomicUsize>,
}

impl Hearing {
    /// Hears from the beginning.
    ///
    /// # Errors
    /// What the system says when no thread can be started.
    pub(super) fn start(mask: Mask, clock: Clock) -> io::Result<Self> {
        let (output, inbox) = channel();
        let (heard, cues) = mpsc::unbounded_channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let ear = Ear { sensor: Sensor::new(), mask, clock, output: inbox, cues: heard, waiting: Arc::clone(&waiting) };
        let thread = thread::Builder::new().name("hearing".to_owned()).spawn(move || ear.listen())?;
        Ok(Self { output: Some(output), cues, waiting, missed: 0, thread: Some(thread) })
    }

    /// The next thing that was heard.
    pub(super) async fn next(&mut self) -> Option<Cue> {
        self.cues.recv().await
    }
}

impl Ear {
    fn listen(mut self) {
        loop {
            let next = match self.sensor.settles_at() {
                Some(at) => self.output.recv_timeout(at.since(self.clock.now())),
                None => self.output.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            let (heard, is_last) = match next {
                Ok((at, bytes)) => {
                    self.waiting.fetch_sub(bytes.len(), Ordering::Relaxed);
                    (self.sensor.feed(&bytes, at), false)
                }
                Err(RecvTimeoutError::Timeout) => (self.sensor.settle(self.clock.now()), false),
                Err(RecvTimeoutError::Disconnected) => (self.sensor.settle(self.clock.now()), true),
            };
            if !self.tell(&heard) || is_last {
                return;
            }
        }
    }

    /// Passes on what counts; whether anybody still wants it.
    fn tell(&self, heard: &[Heard]) -> bool {
        let mut cues = heard.iter().filter_map(|heard| heard.cue(prose::cue));
        cues.all(|cue| self.cues.send(self.mask.cue(&cue)).is_ok())
    }
}

impl AppLoop {
    /// Hands output over to be heard.
    pub(super) fn hear(&mut self, bytes: &[u8], now: Moment) {
        let hearing = &mut self.hearing;
        let Some(output) = &hearing.output else { return };
        if hearing.waiting.load(Ordering::Relaxed) > WAITING_BYTES_MAX {
            let is_first = hearing.missed == 0;
            hearing.missed += bytes.len() as u64;
            if is_first {
                self.take(Event::Warned("output comes faster than it can be listened to".to_owned()));
            }
            return;
        }
        hearing.waiting.fetch_add(bytes.len(), Ordering::Relaxed);
        // Without its thread the session goes on unheard; only a panic, which is told on standard error, ends it.
        let _ = output.send((now, bytes.to_vec()));
    }

    /// Takes what was heard.
    pub(super) fn take_cue(&mut self, cue: Cue) {
        self.order(GateOrder::Note(Note::Said(cue.clone())));
        self.take(Event::Said(cue));
    }

    /// The agent has ended: takes what it said last. Blocks for as long as what waits takes to be heard.
    pub(super) fn hear_last(&mut self) {
        self.hearing.output = None;
        if let Some(thread) = self.hearing.thread.take() {
            // A panic over there has been told already.
            let _ = thread.join();
        }
        while let Ok(cue) = self.hearing.cues.try_recv() {
            self.take_cue(cue);
        }
        if self.hearing.missed > 0 {
            let text = format!("{} bytes of output were not listened to", self.hearing.missed);
            self.take(Event::Warned(text));
        }
    }
}

//! What the agent says, heard in its output and judged, on a thread of its own: an echo need not wait for it.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};

use tokio::sync::mpsc;

use super::app_loop::AppLoop;
use super::clock::Clock;
use super::gate_loop::GateOrder;
use super::judging::Note;
use crate::app::Event;
use crate::journal::Body;
use crate::judge::prose;
use crate::model::{Cue, Moment};
use crate::sensor::{Heard, Sensor};
use crate::trail::Mask;

/// How much output is listened to at once, in bytes. A busy screen of an agent draws a tenth of it in a second.
const BURST_BYTES: u64 = 1 << 20;
/// How much is listened to in a second beyond that, in bytes. What a flood brings is passed over and counted: nobody says
/// so much, and what an agent says never permits anything.
const BYTES_PER_SEC: u64 = 1 << 20;

/// The way to the thread that hears.
pub(super) struct Hearing {
    output: Option<Sender<(Moment, Vec<u8>)>>,
    cues: mpsc::UnboundedReceiver<Cue>,
    /// How many bytes may be heard now, as of the moment beside it.
    room: (u64, Moment),
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
}

impl Hearing {
    /// Hears from the beginning.
    ///
    /// # Errors
    /// What the system says when no thread can be started.
    pub(super) fn start(mask: Mask, clock: Clock) -> io::Result<Self> {
        let (output, inbox) = channel();
        let (heard, cues) = mpsc::unbounded_channel();
        let ear = Ear { sensor: Sensor::new(), mask, clock, output: inbox, cues: heard };
        let thread = thread::Builder::new().name("hearing".to_owned()).spawn(move || ear.listen())?;
        Ok(Self { output: Some(output), cues, room: (BURST_BYTES, Moment::ZERO), missed: 0, thread: Some(thread) })
    }

    /// Whether so many bytes can be listened to now.
    fn has_room(&mut self, bytes: usize, now: Moment) -> bool {
        let (room, since) = self.room;
        let grown =
            u64::try_from(now.since(since).as_millis()).unwrap_or(u64::MAX).saturating_mul(BYTES_PER_SEC) / 1000;
        let room = room.saturating_add(grown).min(BURST_BYTES);
        let left = u64::try_from(bytes).ok().and_then(|bytes| room.checked_sub(bytes));
        self.room = (left.unwrap_or(room), if grown > 0 { now } else { since });
        left.is_some()
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
                Ok((at, bytes)) => (self.sensor.feed(&bytes, at), false),
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
        if !self.hearing.has_room(bytes.len(), now) {
            self.hearing.missed = self.hearing.missed.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
            return;
        }
        let Some(output) = &self.hearing.output else { return };
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
            let text = format!("{} bytes of output came too fast to be listened to", self.hearing.missed);
            self.append(Body::Warning { text });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_heard_and_a_flood_is_passed_over_until_time_has_passed() -> io::Result<()> {
        let mut hearing = Hearing::start(Mask::new([0; 32]), Clock::start())?;
        let half = 1 << 19;
        let at = |secs| Moment::from_secs(secs);
        let heard: Vec<bool> =
            [0.0, 0.0, 0.0, 0.1, 0.6, 0.7, 9.0, 9.0, 9.0].map(|secs| hearing.has_room(half, at(secs))).into();
        assert_eq!(heard, [true, true, false, false, true, false, true, true, false]);
        Ok(())
    }
}

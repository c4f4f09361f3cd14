//! The sensor: the agent's output taken apart into what it says.

use std::time::Duration;

use super::events::{Events, Told};
use super::heard::{Heard, HeardKind};
use super::lines::Lines;
use super::stream::{Piece, Stream};
use super::tap::Tap;
use crate::model::{Dialect, Moment};

/// How long the agent must be quiet before what it drew counts as said.
pub const SETTLE_AFTER: Duration = Duration::from_millis(150);
/// How much text is listened to at once, in bytes. A busy screen of an agent draws a tenth of it in a second.
const BURST_BYTES: u64 = 1 << 20;
/// How much is listened to in a second beyond that, in bytes. What a flood of text brings is passed over and counted:
/// nobody says so much, and what an agent says never permits anything. Events of a stream are never passed over.
const BYTES_PER_SEC: u64 = 1 << 20;

/// Hears what the agent says, from the bytes it draws.
pub struct Sensor {
    stream: Stream,
    events: Events,
    text: Text,
    last: Option<Moment>,
    /// How many events were too long or broken, and are heard in part.
    cut: u64,
}

/// What is no event: text for people.
struct Text {
    parser: vte::Parser,
    tap: Tap,
    lines: Lines,
    room: Room,
}

/// How much text may be listened to.
#[derive(Debug)]
struct Room {
    bytes: u64,
    since: Moment,
    /// How many bytes came when there was no room.
    missed: u64,
}

impl Sensor {
    /// A sensor at the beginning of a `dialect`'s output.
    #[must_use]
    pub fn new(dialect: Dialect) -> Self {
        Self {
            stream: Stream::default(),
            events: Events::new(dialect),
            text: Text {
                parser: vte::Parser::new(),
                tap: Tap::default(),
                lines: Lines::default(),
                room: Room { bytes: BURST_BYTES, since: Moment::ZERO, missed: 0 },
            },
            last: None,
            cut: 0,
        }
    }

    /// Takes the next bytes, cut anywhere, and gives what was completed by them.
    pub fn feed(&mut self, bytes: &[u8], at: Moment) -> Vec<Heard> {
        if bytes.is_empty() {
            return Vec::new();
        }
        self.last = Some(at);
        let mut heard = Vec::new();
        let Self { stream, events, text, cut, .. } = self;
        stream.feed(bytes, &mut |piece| take(piece, events, text, cut, at, &mut heard));
        heard
    }

    /// When what was drawn last counts as said, if anything still waits.
    #[must_use]
    pub fn settles_at(&self) -> Option<Moment> {
        self.last.map(|last| last.plus(SETTLE_AFTER))
    }

    /// The agent is quiet: gives what waited for that.
    pub fn settle(&mut self, at: Moment) -> Vec<Heard> {
        self.last = None;
        let mut heard = Vec::new();
        let mut told = Vec::new();
        self.events.flush(&mut told);
        told.into_iter().for_each(|told| self.text.told(told, at, &mut heard));
        let line = self.text.tap.unfinished();
        if !line.is_empty() {
            self.text.lines.line(line, at, &mut heard);
        }
        self.text.lines.settle(at, &mut heard);
        heard
    }

    /// The output has ended: gives all that waited.
    pub fn finish(&mut self, at: Moment) -> Vec<Heard> {
        let mut heard = Vec::new();
        let Self { stream, events, text, cut, .. } = self;
        stream.finish(&mut |piece| take(piece, events, text, cut, at, &mut heard));
        heard.extend(self.settle(at));
        heard
    }

    /// The line that has not ended.
    #[cfg(test)]
    pub(super) fn unfinished(&self) -> &str {
        self.text.tap.unfinished()
    }

    /// What was not heard, or not whole, in words for the journal.
    #[must_use]
    pub fn missed(&self) -> Vec<String> {
        let mut missed = Vec::new();
        if self.text.room.missed > 0 {
            missed.push(format!("{} bytes of output came too fast to be listened to", self.text.room.missed));
        }
        if self.cut > 0 {
            missed.push(format!("{} events of the agent's stream were too long or broken: heard in part", self.cut));
        }
        missed
    }

    /// What listens, in words for the status.
    #[must_use]
    pub fn listening(&self) -> Vec<String> {
        let stream = self.stream.has_events().then(|| "stream of events".to_owned());
        stream.into_iter().chain(["lines of any agent".to_owned()]).collect()
    }
}

/// Takes a piece of the output.
fn take(piece: Piece<'_>, events: &mut Events, text: &mut Text, cut: &mut u64, at: Moment, heard: &mut Vec<Heard>) {
    match piece {
        Piece::Text(bytes) => text.feed(bytes, at, heard),
        Piece::Event(event, is_cut) => {
            *cut += u64::from(is_cut);
            let mut told = Vec::new();
            events.read(&event, &mut told);
            told.into_iter().for_each(|told| text.told(told, at, heard));
        }
    }
}

impl Text {
    fn feed(&mut self, bytes: &[u8], at: Moment, heard: &mut Vec<Heard>) {
        if !self.room.take(bytes.len(), at) {
            return;
        }
        let Self { parser, tap, lines, .. } = self;
        tap.advance(parser, bytes, &mut |line: &str| lines.line(line, at, heard));
    }

    /// Takes what an event says.
    fn told(&mut self, told: Told, at: Moment, heard: &mut Vec<Heard>) {
        match told {
            Told::Prose(text) => self.lines.prose(&text, at, heard),
            Told::Call(tool) => heard.push(Heard::call(tool, at)),
            Told::Result { tool, text, is_error } => {
                let kind = if is_error { HeardKind::Failure } else { HeardKind::Result };
                heard.push(Heard { tool, ..Heard::words(kind, &text, at) });
            }
            Told::Mode(mode) => heard.push(Heard::words(HeardKind::Mode, &mode, at)),
            Told::Task(task) => heard.push(Heard::words(HeardKind::Task, &task, at)),
            Told::Failure(text) => self.lines.failure(&text, at, heard),
        }
    }
}

impl Room {
    /// Takes room for so many bytes, if there is any.
    fn take(&mut self, bytes: usize, now: Moment) -> bool {
        let millis = u64::try_from(now.since(self.since).as_millis()).unwrap_or(u64::MAX);
        let grown = millis.saturating_mul(BYTES_PER_SEC) / 1000;
        if grown > 0 {
            self.bytes = self.bytes.saturating_add(grown).min(BURST_BYTES);
            self.since = now;
        }
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let Some(left) = self.bytes.checked_sub(bytes) else {
            self.missed = self.missed.saturating_add(bytes);
            return false;
        };
        self.bytes = left;
        true
    }
}

impl std::fmt::Debug for Sensor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sensor").field("last", &self.last).finish_non_exhaustive()
    }
}

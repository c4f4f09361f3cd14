//! The sensor: the agent's output taken apart into what it says.

use std::time::Duration;

use super::dialect::{RunMode, Started};
use super::drawn::{Drawn, END_AFTER};
use super::echo::Echo;
use super::events::{Events, Told};
use super::heard::{Heard, HeardKind};
use super::lines::{Lines, Listener};
use super::marks;
use super::memory::Memory;
use super::reader::Reader;
use super::stream::{Piece, Stream};
use super::tap::Tap;
use crate::model::Moment;

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
    /// How many times it has been quiet since then.
    quiet: u8,
    /// How many events were too long or broken, and are heard in part.
    cut: u64,
    has_warned: bool,
}

/// What is no event: text for people.
struct Text {
    eye: Eye,
    lines: Lines,
    memory: Memory,
    room: Room,
    echo: Echo,
    /// A second reading, as long as it differs: without what is taken for the echo of what the operator typed.
    bare: Option<Bare>,
    /// What either reading has given while there are two.
    given: Memory,
}

/// What is read of the output without its echoes.
enum Bare {
    Lines(Box<(Tap, Lines)>),
    Screen(Box<(Drawn, Reader)>),
}

/// How text is read.
enum Eye {
    /// As lines, the way any agent prints them.
    Lines(Box<Tap>),
    /// As the screen of a dialect.
    Screen(Box<(Drawn, Reader)>),
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
    /// A sensor at the beginning of the output of what was started, on a terminal of so many columns and rows.
    #[must_use]
    pub fn new(started: &Started, size: (u16, u16)) -> Self {
        let dialect = started.dialect;
        let has_screen = started.mode == RunMode::Interactive && marks::known_version(dialect).is_some();
        let eye = if has_screen {
            Eye::Screen(Box::new((Drawn::new(size), Reader::new(dialect))))
        } else {
            Eye::Lines(Box::default())
        };
        let room = Room { bytes: BURST_BYTES, since: Moment::ZERO, missed: 0 };
        let text = Text {
            eye,
            lines: Lines::default(),
            memory: Memory::default(),
            room,
            echo: Echo::default(),
            bare: None,
            given: Memory::default(),
        };
        Self {
            stream: Stream::default(),
            events: Events::new(dialect),
            text,
            last: None,
            quiet: 0,
            cut: 0,
            has_warned: false,
        }
    }

    /// Whether it sees on the screen what the operator asks for.
    #[must_use]
    pub fn sees_tasks(&self) -> bool {
        matches!(self.text.eye, Eye::Screen(_))
    }

    /// The agent's terminal has another size.
    pub fn resize(&mut self, cols: u16, rows: u16) {
        if let Eye::Screen(screen) = &mut self.text.eye {
            screen.0.resize(cols, rows);
        }
        if let Some(Bare::Screen(screen)) = &mut self.text.bare {
            screen.0.resize(cols, rows);
        }
    }

    /// The operator types into a terminal that echoes: tells it before the echo can come.
    pub fn typed(&mut self, bytes: &[u8], at: Moment) {
        self.text.echo.typed(bytes, at);
    }

    /// Takes the next bytes, cut anywhere, and gives what was completed by them.
    pub fn feed(&mut self, bytes: &[u8], at: Moment) -> Vec<Heard> {
        if bytes.is_empty() {
            return Vec::new();
        }
        self.last = Some(at);
        self.quiet = 0;
        let mut heard = Vec::new();
        let Self { stream, events, text, cut, .. } = self;
        stream.feed(bytes, &mut |piece| take(piece, events, text, cut, at, &mut heard));
        heard
    }

    /// When what was drawn last counts as said, if anything still waits.
    #[must_use]
    pub fn settles_at(&self) -> Option<Moment> {
        let after = if self.quiet == 0 { SETTLE_AFTER } else { END_AFTER };
        self.last.map(|last| last.plus(after))
    }

    /// The agent is quiet: gives what waited for that.
    pub fn settle(&mut self, at: Moment) -> Vec<Heard> {
        let mut heard = Vec::new();
        let mut told = Vec::new();
        self.events.flush(&mut told);
        told.into_iter().for_each(|told| self.text.told(told, at, &mut heard));
        self.text.settle(at, &mut heard);
        // A screen is looked at once more when the ends of its texts have stood for long.
        self.quiet += 1;
        if self.quiet > 1 || matches!(self.text.eye, Eye::Lines(..)) {
            self.last = None;
        }
        heard
    }

    /// The output has ended: gives all that waited.
    pub fn finish(&mut self, at: Moment) -> Vec<Heard> {
        let mut heard = Vec::new();
        let Self { stream, events, text, cut, .. } = self;
        stream.finish(&mut |piece| take(piece, events, text, cut, at, &mut heard));
        heard.extend(self.settle(at));
        heard.extend(self.settle(at.plus(END_AFTER)));
        heard
    }

    /// The line that has not ended.
    #[cfg(test)]
    pub(super) fn unfinished(&self) -> &str {
        match &self.text.eye {
            Eye::Lines(lines) => lines.unfinished(),
            Eye::Screen(_) => "",
        }
    }

    /// Whether no second reading goes on.
    #[cfg(test)]
    pub(super) fn text_is_read_once(&self) -> bool {
        self.text.bare.is_none()
    }

    /// What the journal should know of, once.
    pub fn warning(&mut self) -> Option<String> {
        let Eye::Screen(screen) = &self.text.eye else { return None };
        if self.has_warned || !screen.1.is_strange() {
            return None;
        }
        self.has_warned = true;
        Some(screen.1.name())
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
        let text = match &self.text.eye {
            Eye::Lines(..) => "lines of any agent".to_owned(),
            Eye::Screen(screen) => screen.1.name(),
        };
        stream.into_iter().chain([text]).collect()
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
        let without_echo = self.echo.without(bytes, at);
        if without_echo.is_some() && self.bare.is_none() {
            self.bare = Some(self.eye.bare(&self.lines));
        }
        let before = heard.len();
        let Self { eye, lines, memory, bare, .. } = self;
        let mut listener = Listener { memory, at, heard };
        match eye {
            Eye::Lines(plain) => plain.advance(bytes, &mut |line: &str| lines.line(line, &mut listener)),
            Eye::Screen(screen) => {
                let (drawn, reader) = &mut **screen;
                drawn.feed(bytes, at, &mut |rows| reader.read(rows, at, listener.heard));
            }
        }
        let bytes = without_echo.as_deref().unwrap_or(bytes);
        match bare {
            Some(Bare::Lines(reading)) => {
                let (plain, lines) = &mut **reading;
                plain.advance(bytes, &mut |line: &str| lines.line(line, &mut listener));
            }
            Some(Bare::Screen(screen)) => {
                let (drawn, reader) = &mut **screen;
                drawn.feed(bytes, at, &mut |rows| reader.read(rows, at, listener.heard));
            }
            None => {}
        }
        self.join(before, heard);
    }

    fn settle(&mut self, at: Moment, heard: &mut Vec<Heard>) {
        let before = heard.len();
        let Self { eye, lines, memory, bare, .. } = self;
        let mut listener = Listener { memory, at, heard };
        match eye {
            Eye::Lines(plain) => settle_line(plain, lines, &mut listener),
            Eye::Screen(screen) => {
                let (drawn, reader) = &mut **screen;
                drawn.settle(at, &mut |rows| reader.read(rows, at, listener.heard));
            }
        }
        match bare {
            Some(Bare::Lines(reading)) => {
                let (plain, lines) = &mut **reading;
                settle_line(plain, lines, &mut listener);
                lines.settle(&mut listener);
            }
            Some(Bare::Screen(screen)) => {
                let (drawn, reader) = &mut **screen;
                drawn.settle(at, &mut |rows| reader.read(rows, at, listener.heard));
            }
            None => {}
        }
        lines.settle(&mut listener);
        self.join(before, heard);
    }

    /// Leaves out what both readings gave since there were `before` things, and ends the second once they are alike.
    fn join(&mut self, before: usize, heard: &mut Vec<Heard>) {
        if self.bare.is_none() {
            return;
        }
        let fresh = heard.split_off(before);
        heard.extend(fresh.into_iter().filter(|heard| self.given.is_new(&(heard.kind, heard.text.as_bytes()))));
        let is_same = match (&self.bare, &self.eye) {
            (Some(Bare::Lines(reading)), Eye::Lines(plain)) => reading.0 == **plain && reading.1 == self.lines,
            (Some(Bare::Screen(bare)), Eye::Screen(screen)) => bare.0.is_like(&screen.0),
            (Some(_), _) | (None, _) => false,
        };
        if is_same {
            self.bare = None;
            self.given = Memory::default();
        }
    }

    /// Takes what an event says.
    fn told(&mut self, told: Told, at: Moment, heard: &mut Vec<Heard>) {
        let mut listener = Listener { memory: &mut self.memory, at, heard };
        match told {
            Told::Prose(text) => self.lines.prose(&text, &mut listener),
            Told::Call(tool) => heard.push(Heard::call(tool, at)),
            Told::Result { tool, text, is_error } => {
                let kind = if is_error { HeardKind::Failure } else { HeardKind::Result };
                heard.push(Heard { tool, ..Heard::words(kind, &text, at) });
            }
            Told::Mode(mode) => heard.push(Heard::words(HeardKind::Mode, &mode, at)),
            Told::Task(task) => heard.push(Heard::words(HeardKind::Task, &task, at)),
            Told::Failure(text) => listener.failure(&text),
        }
    }
}

/// Reads a line that has not ended.
fn settle_line(plain: &Tap, lines: &mut Lines, listener: &mut Listener<'_>) {
    let line = plain.unfinished();
    if !line.is_empty() {
        lines.line(line, listener);
    }
}

impl Eye {
    /// A second reading that begins where this one stands.
    fn bare(&mut self, lines: &Lines) -> Bare {
        match self {
            Self::Lines(plain) => Bare::Lines(Box::new(((**plain).clone(), lines.clone()))),
            Self::Screen(screen) => Bare::Screen(Box::new((screen.0.copy(), screen.1.clone()))),
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

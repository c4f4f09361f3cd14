//! What an agent draws, as lines that have settled.
//!
//! A screen of its own follows the output. It is looked at a few times a second: a row that is the same at two looks
//! has settled; a spinner's never has. Lines that scroll off are as settled as they will be.

use std::collections::VecDeque;
use std::time::Duration;

use crate::model::Moment;
use crate::term::Screen;

/// How often the screen is looked at while it is drawn on.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How long the end of a text must stand before it counts as its end.
pub(super) const END_AFTER: Duration = Duration::from_millis(600);
/// How many lines that have scrolled off are kept to be read together with the screen.
const PAST_LINES: usize = 200;
/// With so many lines that have scrolled off the screen is looked at at once.
const PAST_LINES_MAX: usize = 600;
/// How many lines of scrollback the screen keeps between two pieces of output; more than a piece can scroll off.
const SCROLLBACK_LINES: usize = 4_200;
/// How much output is followed between two looks at what has scrolled off, in bytes.
const PIECE_BYTES: usize = 4_096;
/// Leaves the alternate screen: what stands there is gone with the next byte.
const LEAVES: &[u8] = b"\x1b[?1049l";

/// A line of the screen or above it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// Its text, without the blanks at its end.
    pub text: String,
    /// Whether it goes on in the next one because the terminal broke it.
    pub is_wrapped: bool,
    /// How it stands.
    pub standing: Standing,
}

/// How long a line has been as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// It is being drawn.
    Moving,
    /// It is as it was at the last look.
    Settled,
    /// It has been so for long, or has scrolled off.
    Final,
}

/// Follows what is drawn.
pub(super) struct Drawn {
    screen: Screen,
    /// Lines that have scrolled off, the oldest first.
    past: VecDeque<(String, bool)>,
    /// The rows at the last look, with the moment since when they are so.
    rows: Vec<(String, Moment)>,
    looked: Moment,
    last: Moment,
    /// The beginning of a sequence that may be [`LEAVES`].
    carry: Vec<u8>,
}

impl Drawn {
    /// An empty screen of this size.
    pub fn new((cols, rows): (u16, u16)) -> Self {
        Self {
            screen: Screen::new(cols, rows, SCROLLBACK_LINES),
            past: VecDeque::new(),
            rows: Vec::new(),
            looked: Moment::ZERO,
            last: Moment::ZERO,
            carry: Vec::new(),
        }
    }

    /// Another like this one, to follow other output from here on.
    pub fn copy(&mut self) -> Self {
        let (cols, rows) = self.screen.size();
        let mut copy = Self { rows: self.rows.clone(), ..Self::new((cols, rows)) };
        copy.screen.restore(&self.screen.snapshot());
        copy.past.clone_from(&self.past);
        copy.carry.clone_from(&self.carry);
        (copy.looked, copy.last) = (self.looked, self.last);
        copy
    }

    /// Whether the same stands on both, and what comes next will stand in the same place.
    pub fn is_like(&self, other: &Self) -> bool {
        let place = |drawn: &Self| (drawn.screen.cursor().map(|(column, row, _)| (column, row)), drawn.carry.clone());
        place(self) == place(other) && self.screen.wrapped_rows().eq(other.screen.wrapped_rows())
    }

    /// The terminal has another size.
    pub fn resize(&mut self, cols: u16, rows: u16) {
        self.screen.resize(cols, rows);
        self.take_past();
    }

    /// Follows the next bytes; shows all lines to `look` whenever it is time.
    pub fn feed(&mut self, bytes: &[u8], at: Moment, look: &mut impl FnMut(&[Row])) {
        // What came at one moment is one, however it was cut: only what came before is looked at.
        if at > self.last && at.since(self.looked) >= LOOK_EVERY {
            self.look(at, false, look);
        }
        self.last = at;
        let mut joined = std::mem::take(&mut self.carry);
        joined.extend_from_slice(bytes);
        let mut bytes = joined.as_slice();
        while let Some(found) = memchr::memmem::find(bytes, LEAVES) {
            let (before, rest) = bytes.split_at(found);
            self.follow(before, at, look);
            self.look(at, true, look);
            let (leaves, rest) = rest.split_at(LEAVES.len());
            self.screen.feed(leaves);
            bytes = rest;
        }
        let kept = (1..LEAVES.len()).rev().find(|len| bytes.ends_with(LEAVES.get(..*len).unwrap_or_default()));
        let (before, carry) = bytes.split_at(bytes.len() - kept.unwrap_or(0));
        self.carry = carry.to_vec();
        self.follow(before, at, look);
    }

    /// Nothing is being drawn: all lines have settled.
    pub fn settle(&mut self, at: Moment, look: &mut impl FnMut(&[Row])) {
        let carry = std::mem::take(&mut self.carry);
        self.screen.feed(&carry);
        self.screen.expire_sync();
        self.take_past();
        self.look(at, true, look);
    }

    fn follow(&mut self, bytes: &[u8], at: Moment, look: &mut impl FnMut(&[Row])) {
        for piece in bytes.chunks(PIECE_BYTES) {
            self.screen.feed(piece);
            let _ = (self.screen.take_replies(), self.screen.take_events());
            self.take_past();
            if self.past.len() > PAST_LINES_MAX {
                self.look(at, false, look);
            }
        }
    }

    fn take_past(&mut self) {
        self.past.extend(self.screen.take_scrolled());
    }

    fn look(&mut self, at: Moment, is_quiet: bool, look: &mut impl FnMut(&[Row])) {
        self.looked = at;
        let mut all: Vec<Row> = self
            .past
            .iter()
            .map(|(text, is_wrapped)| Row { text: text.clone(), is_wrapped: *is_wrapped, standing: Standing::Final })
            .collect();
        let mut rows = Vec::new();
        for (number, (text, is_wrapped)) in self.screen.wrapped_rows().enumerate() {
            let before = self.rows.get(number).filter(|(before, _)| *before == text).map(|(_, since)| *since);
            let since = before.unwrap_or(self.last);
            let standing = match before {
                Some(since) if at.since(since) >= END_AFTER => Standing::Final,
                Some(_) => Standing::Settled,
                None if is_quiet => Standing::Settled,
                None => Standing::Moving,
            };
            rows.push((text.clone(), since));
            all.push(Row { text, is_wrapped, standing });
        }
        self.rows = rows;
        look(&all);
        let extra = self.past.len().saturating_sub(PAST_LINES);
        self.past.drain(..extra);
    }
}

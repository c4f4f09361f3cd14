//! What the Screen has to say: bytes for the agent, events for whoever holds it.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use alacritty_terminal::event::{Event, EventListener};

/// The most bytes of replies that wait to be taken.
const REPLY_BYTES_MAX: usize = 64 * 1024;

/// The most events that wait to be taken; titles and bells that nobody took are merged.
const EVENTS_MAX: usize = 64;

/// Something that happened on the Screen besides cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScreenEvent {
    /// The agent rang the bell, once or more often.
    Bell,
    /// The agent named its window: cleaned, at most 120 characters.
    Title(String),
    /// The agent wants these bytes in the clipboard. Never passed on unasked.
    ClipboardWrite(Vec<u8>),
    /// Something did not go as it should.
    Fault(Fault),
}

/// What did not go as it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The emulator panicked and was reset: the Screen is empty until the agent draws it again.
    Panicked,
    /// An escape sequence was longer than its limit and left out.
    SequenceTooLong,
    /// The agent asked more than it was answered: replies were left out.
    RepliesDropped,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Panicked => "the emulator failed and begins again with an empty screen",
            Self::SequenceTooLong => "an escape sequence was too long and left out",
            Self::RepliesDropped => "the agent asked too much at once; some answers were left out",
        })
    }
}

/// Red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rgb(pub u8, pub u8, pub u8);

/// The operator's colours, for agents that ask. What is not known is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Colors {
    /// The colour of text.
    pub foreground: Option<Rgb>,
    /// The colour behind it.
    pub background: Option<Rgb>,
    /// The cursor's.
    pub cursor: Option<Rgb>,
    /// The sixteen that have names.
    pub ansi: Option<[Rgb; 16]>,
}

#[derive(Debug, Default)]
struct Waiting {
    replies: Vec<u8>,
    events: Vec<ScreenEvent>,
}

/// A shared handle to what waits to be taken: the emulator owns one, the Screen the other.
#[derive(Debug, Clone, Default)]
pub(super) struct Outbox(Arc<Mutex<Waiting>>);

impl Outbox {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues bytes for the agent, whole or not at all.
    pub(super) fn reply(&self, text: &str) {
        let mut waiting = self.waiting();
        if waiting.replies.len() + text.len() > REPLY_BYTES_MAX {
            waiting.push(ScreenEvent::Fault(Fault::RepliesDropped));
        } else {
            waiting.replies.extend_from_slice(text.as_bytes());
        }
    }

    /// Queues an event; one that repeats or replaces the last one takes its place.
    pub(super) fn event(&self, event: ScreenEvent) {
        self.waiting().push(event);
    }

    pub(super) fn take_replies(&self) -> Vec<u8> {
        std::mem::take(&mut self.waiting().replies)
    }

    pub(super) fn take_events(&self) -> Vec<ScreenEvent> {
        std::mem::take(&mut self.waiting().events)
    }

    /// Takes the faults out of the queue and leaves the rest.
    pub(super) fn take_faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        self.waiting().events.retain(|event| match event {
            ScreenEvent::Fault(fault) => {
                faults.push(*fault);
                false
            }
            ScreenEvent::Bell | ScreenEvent::Title(_) | ScreenEvent::ClipboardWrite(_) => true,
        });
        faults
    }
}

impl Waiting {
    fn push(&mut self, event: ScreenEvent) {
        let same = |old: &ScreenEvent| match (old, &event) {
            (ScreenEvent::Title(_), ScreenEvent::Title(_))
            | (ScreenEvent::ClipboardWrite(_), ScreenEvent::ClipboardWrite(_)) => true,
            (old, new) => old == new,
        };
        // The last word counts: an older title, clipboard or bell that nobody took is not worth a place.
        self.events.retain(|old| !same(old));
        if self.events.len() < EVENTS_MAX {
            self.events.push(event);
        }
    }
}

impl EventListener for Outbox {
    fn send_event(&self, event: Event) {
        match event {
            Event::PtyWrite(text) => self.reply(&text),
            Event::Bell => self.event(ScreenEvent::Bell),
            Event::ClipboardStore(_, text) => self.event(ScreenEvent::ClipboardWrite(text.into_bytes())),
            // Colours, sizes and titles are answered in front of the emulator; the rest concerns a window.
            Event::ColorRequest(..)
            | Event::TextAreaSizeRequest(_)
            | Event::ClipboardLoad(..)
            | Event::Title(_)
            | Event::ResetTitle
            | Event::MouseCursorDirty
            | Event::CursorBlinkingChange
            | Event::Wakeup
            | Event::Exit
            | Event::ChildExit(_) => {}
        }
    }
}

impl Colors {
    /// What says whether the ground is dark or light, where it is known.
    pub(super) fn ground_report(self) -> Option<&'static str> {
        let Rgb(r, g, b) = self.background?;
        let is_light = u32::from(r) * 299 + u32::from(g) * 587 + u32::from(b) * 114 > 127_500;
        Some(if is_light { "\x1b[?997;2n" } else { "\x1b[?997;1n" })
    }

    /// The colour with this number: 0 to 255 as in OSC 4, then foreground, background and cursor.
    pub(super) fn get(&self, index: usize) -> Option<Rgb> {
        match index {
            0..=15 => self.ansi.and_then(|ansi| ansi.get(index).copied()),
            16..=231 => {
                let level = |n: usize| u8::try_from(if n == 0 { 0 } else { 55 + 40 * n }).unwrap_or(u8::MAX);
                let cube = index - 16;
                Some(Rgb(level(cube / 36), level(cube / 6 % 6), level(cube % 6)))
            }
            232..=255 => {
                let grey = u8::try_from(8 + 10 * (index - 232)).unwrap_or(u8::MAX);
                Some(Rgb(grey, grey, grey))
            }
            256 => self.foreground,
            257 => self.background,
            258 => self.cursor.or(self.foreground),
            _ => None,
        }
    }
}

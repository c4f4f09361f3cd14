//! Copies of a Screen, so that a replay can go back without beginning again.
//!
//! The emulator cannot be copied as a whole: its grids can, its modes and colours can be read, and the rest is kept
//! beside it ([`Beside`]) and set again by the calls the parser would make.

use std::fmt;

use alacritty_terminal::Term;
use alacritty_terminal::grid::{Cursor, Dimensions, Grid};
use alacritty_terminal::term::TermMode;
use alacritty_terminal::term::cell::Cell;
use alacritty_terminal::term::color::{COUNT, Colors as Overrides};
use alacritty_terminal::vte::ansi::{CursorStyle, Handler, NamedMode, NamedPrivateMode as Private, Processor};

use super::outbox::Outbox;
use super::scan::Scanner;
use super::screen::{Screen, Size, new_term};
use super::tap::{Beside, set_tab_stops};

/// A Screen as it was at one moment, without what waited to be taken.
///
/// It takes 24 bytes for each cell of screen and scrollback: give a Screen that makes many a short scrollback.
pub struct Keyframe {
    size: Size,
    scrollback: usize,
    shown: Grid<Cell>,
    hidden: Hidden,
    mode: TermMode,
    colors: Overrides,
    cursor_style: CursorStyle,
    beside: Beside,
    scanner: Scanner,
    carry: Vec<u8>,
    held: Option<Vec<u8>>,
    updates: u64,
}

/// What matters of the screen that is not shown.
enum Hidden {
    /// The alternate one: it is emptied when it is shown, only its saved cursor stays.
    Alternate(Cursor<Cell>),
    /// The main one.
    Main(Box<Grid<Cell>>),
}

impl Keyframe {
    /// How much memory its cells take, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let of = |grid: &Grid<Cell>| grid.total_lines() * grid.columns() * size_of::<Cell>();
        of(&self.shown)
            + match &self.hidden {
                Hidden::Alternate(_) => 0,
                Hidden::Main(main) => of(main),
            }
    }
}

impl fmt::Debug for Keyframe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyframe").field("size", &self.size).finish_non_exhaustive()
    }
}

/// A parser's other end that does nothing.
struct Nobody;

impl Handler for Nobody {}

impl Screen {
    /// Copies the Screen as it is, in the middle of a sequence or an update as well.
    ///
    /// What waits to be taken is not copied, and all is damaged afterwards.
    pub fn snapshot(&mut self) -> Keyframe {
        let shown = self.term.grid().clone();
        let mode = *self.term.mode();
        let hidden = if mode.contains(TermMode::ALT_SCREEN) {
            self.term.swap_alt();
            let main = Box::new(self.term.grid().clone());
            self.term.swap_alt();
            *self.term.grid_mut() = shown.clone();
            Hidden::Main(main)
        } else {
            let saved = self.term.grid().saved_cursor.clone();
            self.term.swap_alt();
            let alternate = self.term.grid().saved_cursor.clone();
            self.term.swap_alt();
            self.term.grid_mut().saved_cursor = saved;
            Hidden::Alternate(alternate)
        };
        self.tap().0.apply_kitty();
        Keyframe {
            size: Size { columns: self.term.columns(), rows: self.term.screen_lines() },
            scrollback: self.scrollback,
            shown,
            hidden,
            mode,
            colors: *self.term.colors(),
            cursor_style: self.term.cursor_style(),
            beside: self.beside.clone(),
            scanner: self.scanner.clone(),
            carry: self.carry.clone(),
            held: self.held.clone(),
            updates: self.updates,
        }
    }

    /// Makes the Screen what it was when `keyframe` was taken, its size included. What waits to be taken is dropped.
    pub fn restore(&mut self, keyframe: &Keyframe) {
        self.guarded(|screen| screen.become_again(keyframe));
    }

    fn become_again(&mut self, keyframe: &Keyframe) {
        let mut term = new_term(keyframe.size, keyframe.scrollback, self.outbox.clone());
        set_modes(&mut term, keyframe.mode);
        for index in 0..COUNT {
            if let Some(color) = keyframe.colors[index] {
                Handler::set_color(&mut term, index, color);
            }
        }
        Handler::set_cursor_style(&mut term, Some(keyframe.cursor_style));
        Handler::set_active_charset(&mut term, keyframe.beside.charset);
        if let Some((top, bottom)) = keyframe.beside.region {
            Handler::set_scrolling_region(&mut term, top, bottom);
        }
        set_tab_stops(&mut term, &keyframe.beside.tabs);
        match &keyframe.hidden {
            Hidden::Alternate(saved) => {
                term.swap_alt();
                term.grid_mut().saved_cursor = saved.clone();
                term.swap_alt();
            }
            Hidden::Main(main) => {
                *term.grid_mut() = (**main).clone();
                term.swap_alt();
            }
        }
        *term.grid_mut() = keyframe.shown.clone();
        self.term = term;
        self.scrollback = keyframe.scrollback;
        self.beside = keyframe.beside.clone();
        self.scanner = keyframe.scanner.clone();
        self.carry.clone_from(&keyframe.carry);
        self.held = keyframe.held.clone();
        self.updates = keyframe.updates;
        self.tap().0.apply_kitty();
        self.renew_parser();
        // The parser stands before an open update, in text; only the scanner is ahead of it.
        if self.held.is_none() {
            let partial = self.scanner.partial().to_vec();
            let (mut tap, processor) = self.tap();
            processor.advance(&mut tap, &partial);
        }
        drop((self.outbox.take_replies(), self.outbox.take_events()));
    }

    /// A fresh parser that would repeat the same character as the old one.
    pub(super) fn renew_parser(&mut self) {
        self.processor = Processor::new();
        if let Some(last) = self.beside.last {
            self.processor.advance(&mut Nobody, last.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }

    /// After a change of size, the main screen's saved cursor follows its cursor while the alternate screen is shown,
    /// as it does when that is entered. A copy could not tell them apart.
    pub(super) fn settle_hidden_screen(&mut self) {
        if self.term.mode().contains(TermMode::ALT_SCREEN) {
            let shown = self.term.grid().clone();
            self.term.swap_alt();
            self.term.swap_alt();
            *self.term.grid_mut() = shown;
            self.tap().0.apply_kitty();
        }
    }
}

/// Gives a fresh emulator these modes; which screen is shown and the keyboard's flags are set apart.
fn set_modes(term: &mut Term<Outbox>, wanted: TermMode) {
    let private = [
        (TermMode::SHOW_CURSOR, Private::ShowCursor),
        (TermMode::APP_CURSOR, Private::CursorKeys),
        (TermMode::MOUSE_REPORT_CLICK, Private::ReportMouseClicks),
        (TermMode::MOUSE_DRAG, Private::ReportCellMouseMotion),
        (TermMode::MOUSE_MOTION, Private::ReportAllMouseMotion),
        (TermMode::BRACKETED_PASTE, Private::BracketedPaste),
        (TermMode::SGR_MOUSE, Private::SgrMouse),
        (TermMode::UTF8_MOUSE, Private::Utf8Mouse),
        (TermMode::LINE_WRAP, Private::LineWrap),
        (TermMode::ORIGIN, Private::Origin),
        (TermMode::FOCUS_IN_OUT, Private::ReportFocusInOut),
        (TermMode::ALTERNATE_SCROLL, Private::AlternateScroll),
        (TermMode::URGENCY_HINTS, Private::UrgencyHints),
    ];
    for (bit, mode) in private {
        if wanted.contains(bit) {
            term.set_private_mode(mode.into());
        } else {
            term.unset_private_mode(mode.into());
        }
    }
    for (bit, mode) in
        [(TermMode::INSERT, NamedMode::Insert), (TermMode::LINE_FEED_NEW_LINE, NamedMode::LineFeedNewLine)]
    {
        if wanted.contains(bit) {
            term.set_mode(mode.into());
        }
    }
    if wanted.contains(TermMode::APP_KEYPAD) {
        term.set_keypad_application_mode();
    }
}

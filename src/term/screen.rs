//! The agent's terminal as a value.

use std::cell::Cell as Flag;
use std::fmt;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use alacritty_terminal::grid::{Dimensions, Scroll};
use alacritty_terminal::index::{Column, Line};
use alacritty_terminal::term::cell::{Cell as Inner, Flags};
use alacritty_terminal::term::{Config, Osc52, Term, TermDamage};
use alacritty_terminal::vte::ansi::{Processor, Timeout};

use super::cell::{Cell, cells, text};
use super::modes::{CursorShape, Modes, MouseMode};
use super::outbox::{Colors, Fault, Outbox, ScreenEvent};
use super::scan::{Mark, Piece, Scanner};
use super::tap::{Beside, Tap};
use crate::model::unfinished_char;

/// How long a synchronized update may keep the last frame on show. The caller has the clock: see
/// [`Screen::expire_sync`].
pub const SYNC_PATIENCE: Duration = Duration::from_millis(150);

/// How many bytes a synchronized update may hold back before it is shown as it is.
pub const SYNC_BYTES_MAX: usize = 2 * 1024 * 1024;

/// The most columns and rows a Screen has.
const SIDE_MAX: usize = 4096;

/// The most cells a Screen has, several times what a large display shows: a recording may name any size.
const CELLS_MAX: usize = 1 << 20;

/// The size of a cell in pixels, until the caller says better. Agents that ask want a ratio.
const CELL_PIXELS: (u16, u16) = (8, 16);

/// Ends a sequence without carrying it out.
const CANCEL: &[u8] = b"\x18";

thread_local! {
    static FEEDING: Flag<bool> = const { Flag::new(false) };
}

/// Whether this thread is inside a Screen's boundary, where a panic is caught and told by [`ScreenEvent::Fault`].
/// A panic hook that restores the terminal should do nothing then.
#[must_use]
pub fn is_feeding() -> bool {
    FEEDING.get()
}

/// The agent's terminal: cells, cursor, modes, scrollback.
pub struct Screen {
    pub(super) term: Term<Outbox>,
    pub(super) processor: Processor<NoTimeout>,
    pub(super) scanner: Scanner,
    pub(super) beside: Beside,
    pub(super) outbox: Outbox,
    colors: Colors,
    cell_pixels: (u16, u16),
    pub(super) scrollback: usize,
    /// The beginning of a character whose end has not come.
    pub(super) carry: Vec<u8>,
    /// Bytes of the open synchronized update, if one is open.
    pub(super) held: Option<Vec<u8>>,
    /// How many updates were opened.
    pub(super) updates: u64,
}

/// Rows and columns as the emulator wants them told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) columns: usize,
    pub(super) rows: usize,
}

/// Tells the parser never to hold anything back: synchronized updates are ours.
#[derive(Debug, Default)]
pub(super) struct NoTimeout;

/// What must be painted again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Damage {
    /// Everything.
    Full,
    /// These rows, in order, none twice. May be empty.
    Rows(Vec<Range<u16>>),
}

impl fmt::Debug for Screen {
    /// Size, title and text: what a failing test needs to show.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Screen")
            .field("size", &self.size())
            .field("title", &self.beside.title)
            .field("text", &self.text())
            .field("modes", &self.modes())
            .finish_non_exhaustive()
    }
}

impl Timeout for NoTimeout {
    fn set_timeout(&mut self, _: Duration) {}
    fn clear_timeout(&mut self) {}
    fn pending_timeout(&self) -> bool {
        false
    }
}

impl Size {
    fn clamped(cols: u16, rows: u16) -> Self {
        let columns = usize::from(cols).clamp(2, SIDE_MAX);
        Self { columns, rows: usize::from(rows).clamp(1, SIDE_MAX.min(CELLS_MAX / columns)) }
    }
}

impl Dimensions for Size {
    fn total_lines(&self) -> usize {
        self.rows
    }
    fn screen_lines(&self) -> usize {
        self.rows
    }
    fn columns(&self) -> usize {
        self.columns
    }
}

impl Screen {
    /// An empty Screen of `cols` by `rows` cells, at least 2 by 1, that keeps `scrollback_lines` lines.
    #[must_use]
    pub fn new(cols: u16, rows: u16, scrollback_lines: usize) -> Self {
        let size = Size::clamped(cols, rows);
        let outbox = Outbox::default();
        Self {
            term: new_term(size, scrollback_lines, outbox.clone()),
            processor: Processor::new(),
            scanner: Scanner::default(),
            beside: Beside::new(size.columns),
            outbox,
            colors: Colors::default(),
            cell_pixels: CELL_PIXELS,
            scrollback: scrollback_lines,
            carry: Vec::new(),
            held: None,
            updates: 0,
        }
    }

    /// Follows what the agent wrote. Where the stream is cut into calls makes no difference.
    ///
    /// Does not panic: if the emulator does, it is reset and [`Fault::Panicked`] says so.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.guarded(|screen| screen.follow(bytes));
    }

    /// Changes the size, at least 2 by 1. Long lines are wrapped again on the main screen.
    ///
    /// An open synchronized update is shown first; it was meant for the old size.
    pub fn resize(&mut self, cols: u16, rows: u16) {
        let size = Size::clamped(cols, rows);
        if (size.columns, size.rows) == (self.term.columns(), self.term.screen_lines()) {
            return;
        }
        self.guarded(|screen| {
            screen.release();
            screen.term.resize(size);
            screen.beside.resize(size.columns);
            screen.settle_hidden_screen();
        });
    }

    /// Columns and rows.
    #[must_use]
    pub fn size(&self) -> (u16, u16) {
        (narrow(self.term.columns()), narrow(self.term.screen_lines()))
    }

    /// Answers to the agent's questions, to be written to its terminal. Takes them.
    #[must_use]
    pub fn take_replies(&mut self) -> Vec<u8> {
        self.outbox.take_replies()
    }

    /// What happened besides cells since the last call, oldest first.
    #[must_use]
    pub fn take_events(&mut self) -> Vec<ScreenEvent> {
        self.outbox.take_events()
    }

    /// The faults among the events, taken out of them.
    #[must_use]
    pub fn take_faults(&mut self) -> Vec<Fault> {
        self.outbox.take_faults()
    }

    /// Tells the operator's colours, for agents that ask for them. Who wants to be told when the terminal turns dark or
    /// light (mode 2031) is told with the next [replies](Self::take_replies).
    pub fn set_colors(&mut self, colors: Colors) {
        let before = std::mem::replace(&mut self.colors, colors).ground_report();
        let now = colors.ground_report().filter(|now| before != Some(*now));
        if let Some(report) = now.filter(|_| self.beside.wants_ground) {
            self.outbox.reply(report);
        }
    }

    /// Tells a cell's width and height in pixels, for agents that ask for them.
    pub fn set_cell_pixels(&mut self, width: u16, height: u16) {
        self.cell_pixels = (width, height);
    }

    /// The window's title, cleaned; empty if the agent gave none.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.beside.title
    }

    /// The modes in force.
    #[must_use]
    pub fn modes(&self) -> Modes {
        let mut modes = Modes::read(*self.term.mode(), CursorShape::from(self.term.cursor_style().shape));
        modes.synchronized = self.held.is_some();
        if modes.mouse == MouseMode::Off && self.beside.press_only {
            modes.mouse = MouseMode::Press;
        }
        modes
    }

    /// The cells of row `row` of what is on show, from the left. A row that does not exist has none.
    pub fn row(&self, row: u16) -> impl Iterator<Item = Cell<'_>> {
        self.line(self.shown_line(row))
    }

    /// The cells of line `line`: 0 is the top of the screen, -1 the newest line of the scrollback.
    fn line(&self, line: Option<i32>) -> impl Iterator<Item = Cell<'_>> {
        cells(self.inner_row(line), self.term.colors())
    }

    /// The emulator's own cells of a line; none of one that does not exist.
    fn inner_row(&self, line: Option<i32>) -> &[Inner] {
        let oldest = -i32::try_from(self.term.history_size()).unwrap_or(i32::MAX);
        let line = line.filter(|line| *line >= oldest);
        let row = line.map(|line| &self.term.grid()[Line(line)]);
        row.map_or(&[][..], |row| &row[Column(0)..Column(self.term.columns())])
    }

    /// The emulator's line that row `row` of what is on show is.
    fn shown_line(&self, row: u16) -> Option<i32> {
        let offset = i32::try_from(self.scroll_offset()).unwrap_or(i32::MAX);
        i32::from(row).checked_sub(offset).filter(|_| usize::from(row) < self.term.screen_lines())
    }

    /// Column, row and shape of the cursor; none while it is hidden or scrolled out of view.
    #[must_use]
    pub fn cursor(&self) -> Option<(u16, u16, CursorShape)> {
        let modes = self.modes();
        let point = self.term.grid().cursor.point;
        let row = usize::try_from(point.line.0).ok()?.checked_add(self.scroll_offset())?;
        (modes.cursor_visible && row < self.term.screen_lines())
            .then(|| (narrow(point.column.0), narrow(row), modes.cursor_shape))
    }

    /// What must be painted again since the last call. The cursor's old and new rows are among it.
    #[must_use]
    pub fn take_damage(&mut self) -> Damage {
        let damage = match self.term.damage() {
            TermDamage::Full => Damage::Full,
            TermDamage::Partial(lines) => {
                let mut rows: Vec<Range<u16>> = Vec::new();
                for line in lines {
                    let row = narrow(line.line);
                    match rows.last_mut() {
                        Some(last) if last.end == row => last.end = row + 1,
                        _ => rows.push(row..row + 1),
                    }
                }
                Damage::Rows(rows)
            }
        };
        self.term.reset_damage();
        damage
    }

    /// Scrolls what is on show by `lines`: up into the scrollback if positive, down if negative.
    pub fn scroll(&mut self, lines: i32) {
        self.term.scroll_display(Scroll::Delta(lines));
    }

    /// Shows the newest lines again.
    pub fn scroll_to_bottom(&mut self) {
        self.term.scroll_display(Scroll::Bottom);
    }

    /// How many lines what is on show lies above the newest.
    #[must_use]
    pub fn scroll_offset(&self) -> usize {
        self.term.grid().display_offset()
    }

    /// How many lines the scrollback holds. The alternate screen has none.
    #[must_use]
    pub fn history_len(&self) -> usize {
        self.term.history_size()
    }

    /// The text of row `row` of what is on show, without the blanks at its end.
    #[must_use]
    pub fn text_row(&self, row: u16) -> String {
        text(self.inner_row(self.shown_line(row)))
    }

    /// The text of all rows on show.
    #[must_use]
    pub fn text(&self) -> Vec<String> {
        (0..self.size().1).map(|row| self.text_row(row)).collect()
    }

    /// The text of every line, the oldest of the scrollback first, the screen's last row last.
    pub fn lines(&self) -> impl DoubleEndedIterator<Item = String> {
        let oldest = -i32::try_from(self.term.history_size()).unwrap_or(i32::MAX);
        let rows = i32::try_from(self.term.screen_lines()).unwrap_or(i32::MAX);
        (oldest..rows).map(|line| text(self.inner_row(Some(line))))
    }

    /// The cells of a line, 0 the oldest of the scrollback. A line that does not exist has none.
    pub fn cells_of(&self, line: usize) -> impl Iterator<Item = Cell<'_>> {
        self.line(self.inner_line(line))
    }

    /// Whether a line, 0 the oldest of the scrollback, goes on in the next because it was too long.
    #[must_use]
    pub fn goes_on(&self, line: usize) -> bool {
        self.inner_line(line).is_some_and(|line| self.wrapped_line(line).1)
    }

    /// A line counted from the oldest, as the emulator counts.
    fn inner_line(&self, line: usize) -> Option<i32> {
        let last = self.term.history_size() + self.term.screen_lines();
        let history = i32::try_from(self.term.history_size()).ok()?;
        i32::try_from(line).ok().filter(|_| line < last)?.checked_sub(history)
    }

    /// The text of the screen's rows, each with whether it goes on in the next one because it was too long.
    pub fn wrapped_rows(&self) -> impl Iterator<Item = (String, bool)> {
        (0..i32::from(narrow(self.term.screen_lines()))).map(|line| self.wrapped_line(line))
    }

    /// The same for the lines of the scrollback, oldest first, which are taken out of it.
    pub fn take_scrolled(&mut self) -> Vec<(String, bool)> {
        let oldest = -i32::try_from(self.term.history_size()).unwrap_or(i32::MAX);
        let lines = (oldest..0).map(|line| self.wrapped_line(line)).collect();
        if oldest < 0 {
            self.term.grid_mut().clear_history();
        }
        lines
    }

    fn wrapped_line(&self, line: i32) -> (String, bool) {
        let last = Column(self.term.columns().saturating_sub(1));
        let is_wrapped = self.term.grid()[Line(line)][last].flags.contains(Flags::WRAPLINE);
        (text(self.inner_row(Some(line))), is_wrapped)
    }

    /// Where the link at this cell of what is on show leads. It is text of the agent's.
    #[must_use]
    pub fn link(&self, column: u16, row: u16) -> Option<String> {
        let (columns, rows) = self.size();
        if column >= columns || row >= rows {
            return None;
        }
        let line = i32::from(row) - i32::try_from(self.scroll_offset()).ok()?;
        let cell = &self.term.grid()[Line(line)][Column(usize::from(column))];
        cell.hyperlink().map(|link| link.uri().to_owned())
    }

    /// How long an open synchronized update may last, counted from the feed that opened it; `None` if none is open.
    ///
    /// [`sync_serial`](Self::sync_serial) tells whether it is still the same one.
    #[must_use]
    pub fn sync_deadline(&self) -> Option<Duration> {
        self.held.as_ref().map(|_| SYNC_PATIENCE)
    }

    /// The number of the open synchronized update; it grows with each.
    #[must_use]
    pub fn sync_serial(&self) -> Option<u64> {
        self.held.as_ref().map(|_| self.updates)
    }

    /// Shows what an open synchronized update holds back; call it when [`SYNC_PATIENCE`] is over.
    pub fn expire_sync(&mut self) {
        self.guarded(Self::release);
    }

    /// Runs `body`; if it panics, starts again with an empty emulator of the same size.
    pub(super) fn guarded(&mut self, body: impl FnOnce(&mut Self)) {
        let outer = FEEDING.replace(true);
        let ended = catch_unwind(AssertUnwindSafe(|| body(self)));
        FEEDING.set(outer);
        if ended.is_err() {
            let (cols, rows) = self.size();
            let fresh = Self::new(cols, rows, self.scrollback);
            let broken = std::mem::replace(self, fresh);
            self.outbox = broken.outbox.clone();
            self.term = new_term(Size::clamped(cols, rows), self.scrollback, self.outbox.clone());
            self.colors = broken.colors;
            self.cell_pixels = broken.cell_pixels;
            self.updates = broken.updates;
            self.outbox.event(ScreenEvent::Fault(Fault::Panicked));
        }
    }

    pub(super) fn tap(&mut self) -> (Tap<'_>, &mut Processor<NoTimeout>) {
        let tap = Tap {
            term: &mut self.term,
            beside: &mut self.beside,
            outbox: &self.outbox,
            colors: &self.colors,
            cell_pixels: self.cell_pixels,
        };
        (tap, &mut self.processor)
    }

    fn follow(&mut self, bytes: &[u8]) {
        let mut joined = std::mem::take(&mut self.carry);
        let mut bytes = if joined.is_empty() {
            bytes
        } else {
            joined.extend_from_slice(bytes);
            &joined
        };
        while !bytes.is_empty() {
            let used = if self.held.is_some() { self.hold(bytes) } else { self.pass(bytes) };
            bytes = bytes.get(used..).unwrap_or_default();
        }
    }

    /// Follows `bytes` up to the next mark; returns how many were used.
    fn pass(&mut self, bytes: &[u8]) -> usize {
        let begins = if self.scanner.is_in_text() { Self::parse_from_text } else { Self::parse };
        let piece = self.scanner.next(bytes);
        let used = bytes.get(..piece.len()).unwrap_or_default();
        match piece {
            Piece::Pass(_) if self.scanner.is_in_text() => self.parse_text(used, begins),
            Piece::Pass(_) => begins(self, used),
            Piece::Skip(_) => {}
            Piece::Cancel(_) => {
                begins(self, used);
                self.cancel();
            }
            Piece::Act(_, Mark::Repeat) => self.repeat(used, begins),
            Piece::Act(_, mark) => {
                begins(self, used);
                self.act(mark);
            }
        }
        used.len()
    }

    /// Has the parser follow bytes, wherever it stands.
    pub(super) fn parse(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let (mut tap, processor) = self.tap();
        processor.advance(&mut tap, bytes);
    }

    /// Parses bytes that end in text and keeps the beginning of a character back: the parser loses what follows
    /// a character that it gets in two pieces.
    fn parse_text(&mut self, bytes: &[u8], begins: fn(&mut Self, &[u8])) {
        let text = self.scanner.text_len().min(bytes.len());
        let (head, mut text) = bytes.split_at(bytes.len() - text);
        let (whole, carry) = text.split_at(text.len() - unfinished_char(text));
        self.carry = carry.to_vec();
        text = whole;
        // What is unfinished now will never be finished: a character begins right after it.
        let mut broken = 0;
        while unfinished_char(text) > 0 {
            text = text.split_at(text.len() - unfinished_char(text)).0;
            broken += 1;
        }
        begins(self, bytes.get(..head.len() + text.len()).unwrap_or_default());
        (0..broken).for_each(|_| self.parse("\u{fffd}".as_bytes()));
    }

    /// Repeats the last character for two rows at most: a few bytes must not keep us busy for long.
    fn repeat(&mut self, bytes: &[u8], begins: fn(&mut Self, &[u8])) {
        let (_, unended) = bytes.split_last().unwrap_or((&0, &[]));
        begins(self, unended);
        self.parse(CANCEL);
        self.parse(format!("\x1b[{}b", self.term.columns() * 2).as_bytes());
    }

    fn act(&mut self, mark: Mark) {
        match mark {
            Mark::Open => {
                self.updates += 1;
                self.held = Some(Vec::new());
            }
            Mark::Close | Mark::Reset | Mark::Repeat => {}
            Mark::Version => self.outbox.reply(concat!("\x1bP>|holdpoint ", env!("CARGO_PKG_VERSION"), "\x1b\\")),
            Mark::CellSize => {
                let (width, height) = self.cell_pixels;
                self.outbox.reply(&format!("\x1b[6;{height};{width}t"));
            }
            Mark::Darkness => {
                if let Some(report) = self.colors.ground_report() {
                    self.outbox.reply(report);
                }
            }
        }
    }

    /// Forgets a sequence that grew too long: what it says so far must not be acted on.
    fn cancel(&mut self) {
        self.renew_parser();
        self.outbox.event(ScreenEvent::Fault(Fault::SequenceTooLong));
    }

    /// Keeps `bytes` back up to the end of the open update; returns how many were used.
    fn hold(&mut self, bytes: &[u8]) -> usize {
        let room = SYNC_BYTES_MAX.saturating_sub(self.held.as_ref().map_or(0, Vec::len));
        let piece = self.scanner.next(bytes.get(..room.min(bytes.len())).unwrap_or_default());
        let used = piece.len();
        let Some(held) = &mut self.held else { return used };
        held.extend_from_slice(bytes.get(..used).unwrap_or_default());
        if held.len() >= SYNC_BYTES_MAX || matches!(piece, Piece::Act(_, Mark::Close | Mark::Reset)) {
            self.release();
        }
        used
    }

    /// Shows what was held back.
    fn release(&mut self) {
        let Some(held) = self.held.take() else { return };
        let mut bytes = held.as_slice();
        self.scanner = Scanner::default();
        while !bytes.is_empty() {
            let used = self.pass(bytes);
            bytes = bytes.get(used..).unwrap_or_default();
            // Updates opened within it do not count: one frame was held, one is shown.
            self.held = None;
        }
    }
}

pub(super) fn new_term(size: Size, scrollback: usize, outbox: Outbox) -> Term<Outbox> {
    let config =
        Config { scrolling_history: scrollback, kitty_keyboard: true, osc52: Osc52::OnlyCopy, ..Config::default() };
    Term::new(config, &size, outbox)
}

fn narrow(cells: usize) -> u16 {
    u16::try_from(cells).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests;

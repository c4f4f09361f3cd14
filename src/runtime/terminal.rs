//! The operator's terminal: taken over, drawn on, and given back on every end.

use std::io::{self, BufWriter, Stdout, Write};
use std::ops::Range;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor::{Hide, MoveTo, SetCursorStyle, Show};
use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste, EnableFocusChange,
    EnableMouseCapture, KeyboardEnhancementFlags, PopKeyboardEnhancementFlags, PushKeyboardEnhancementFlags,
};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, SetTitle,
};
use crossterm::{execute, queue};
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Rect};

use unicode_width::UnicodeWidthStr;

use super::depth::Depth;

/// How much of a frame is gathered before it is written, in bytes.
const FRAME_BYTES: usize = 64 * 1024;

/// Whether the terminal is ours now, so that a panic or a signal knows whether to give it back.
static IS_TAKEN: AtomicBool = AtomicBool::new(false);
static PANIC_HOOK: Once = Once::new();

/// The operator's terminal while it is ours; dropping it gives it back.
pub struct OperatorTerminal {
    backend: CrosstermBackend<BufWriter<Stdout>>,
    /// What is on the screen.
    front: Buffer,
    /// What the frame before had; painted over by the next.
    back: Buffer,
    has_mouse: bool,
    depth: Depth,
    ambiguous_columns: u16,
}

/// Where the cursor is after a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CursorAt {
    /// Its column.
    pub column: u16,
    /// Its row.
    pub row: u16,
}

impl OperatorTerminal {
    /// Takes the terminal over: raw mode, alternate screen, bracketed paste, focus reports, mouse, key reports. `depth`
    /// says which colours it has, `ambiguous_columns` how wide it draws characters of ambiguous width.
    ///
    /// # Errors
    /// What the terminal says; it has been given back by then.
    pub fn take(depth: Depth, ambiguous_columns: u16) -> io::Result<Self> {
        give_back_on_panic();
        crossterm::terminal::enable_raw_mode()?;
        IS_TAKEN.store(true, Ordering::SeqCst);
        let result = Self::set_up(depth, ambiguous_columns);
        if result.is_err() {
            give_back();
        }
        result
    }

    fn set_up(depth: Depth, ambiguous_columns: u16) -> io::Result<Self> {
        let mut out = BufWriter::with_capacity(FRAME_BYTES, io::stdout());
        queue!(
            out,
            EnterAlternateScreen,
            EnableBracketedPaste,
            EnableFocusChange,
            EnableMouseCapture,
            // Terminals that do not know this ignore it. Event types tell a repeated key from a pressed one.
            PushKeyboardEnhancementFlags(
                KeyboardEnhancementFlags::DISAMBIGUATE_ESCAPE_CODES | KeyboardEnhancementFlags::REPORT_EVENT_TYPES
            ),
        )?;
        out.flush()?;
        let backend = CrosstermBackend::new(out);
        Ok(Self {
            backend,
            front: Buffer::default(),
            back: Buffer::default(),
            has_mouse: true,
            depth,
            ambiguous_columns,
        })
    }

    /// The whole window, as the last frame had it.
    #[must_use]
    pub fn area(&self) -> Rect {
        self.front.area
    }

    /// Draws one frame, wrapped in a synchronized update.
    ///
    /// # Errors
    /// What the terminal says.
    pub fn draw(&mut self, paint: impl FnOnce(&mut Buffer) -> Option<CursorAt>) -> io::Result<()> {
        queue!(self.backend, BeginSynchronizedUpdate)?;
        let area = Rect::from((Position::ORIGIN, self.backend.size()?));
        if area != self.front.area {
            self.backend.clear()?;
            self.front = Buffer::empty(area);
            self.back.resize(area);
        }
        self.back.reset();
        let cursor = paint(&mut self.back);
        self.depth.fit(&mut self.back);
        draw_cells(&mut self.backend, self.front.diff(&self.back), self.ambiguous_columns)?;
        std::mem::swap(&mut self.front, &mut self.back);
        self.finish(cursor)
    }

    /// Draws these rows of `room` again, counted from its first; the rest of the window stays as it is. `paint` is
    /// given the window and, for each run of rows, a buffer of just them.
    ///
    /// # Errors
    /// What the terminal says.
    pub fn draw_rows(
        &mut self,
        room: Rect,
        rows: &[Range<u16>],
        mut paint: impl FnMut(Rect, &mut Buffer) -> Option<CursorAt>,
    ) -> io::Result<()> {
        let window = self.area();
        queue!(self.backend, BeginSynchronizedUpdate)?;
        // Where no row changed, the cursor may have.
        let mut cursor = paint(window, &mut Buffer::default());
        for rows in rows {
            let strip = Rect { y: room.y.saturating_add(rows.start), height: rows.end - rows.start, ..room };
            let strip = strip.intersection(room);
            let (mut before, mut after) = (Buffer::empty(strip), Buffer::empty(strip));
            cursor = paint(window, &mut after);
            self.depth.fit(&mut after);
            for position in strip.positions() {
                if let (Some(old), Some(shown)) = (before.cell_mut(position), self.front.cell(position)) {
                    old.clone_from(shown);
                }
            }
            draw_cells(&mut self.backend, before.diff(&after), self.ambiguous_columns)?;
            for position in strip.positions() {
                if let (Some(shown), Some(new)) = (self.front.cell_mut(position), after.cell(position)) {
                    shown.clone_from(new);
                }
            }
        }
        self.finish(cursor)
    }

    /// Puts the cursor where it belongs and hands the frame over, in one write: the backend's own ways flush each.
    fn finish(&mut self, cursor: Option<CursorAt>) -> io::Result<()> {
        match cursor {
            Some(cursor) => queue!(self.backend, MoveTo(cursor.column, cursor.row), Show)?,
            None => queue!(self.backend, Hide)?,
        }
        execute!(self.backend, EndSynchronizedUpdate)
    }

    /// Takes the mouse, or leaves it to the terminal for selecting.
    ///
    /// # Errors
    /// What the terminal says.
    pub fn set_mouse(&mut self, is_ours: bool) -> io::Result<()> {
        if is_ours == self.has_mouse {
            return Ok(());
        }
        self.has_mouse = is_ours;
        if is_ours { execute!(self.backend, EnableMouseCapture) } else { execute!(self.backend, DisableMouseCapture) }
    }

    /// Sets the window's title; `title` is clean text.
    ///
    /// # Errors
    /// What the terminal says.
    pub fn set_title(&mut self, title: &str) -> io::Result<()> {
        execute!(self.backend, SetTitle(title))
    }

    /// Rings and notifies, by the bytes that a [`Notice`](super::notice::Notice) has made.
    ///
    /// # Errors
    /// What the terminal says.
    pub fn ring(&mut self, notice: &[u8]) -> io::Result<()> {
        self.backend.write_all(notice)?;
        io::Write::flush(&mut self.backend)
    }

    /// Puts `text` on the operator's clipboard (OSC 52), where the terminal allows it.
    ///
    /// # Errors
    /// What the terminal says.
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        use base64::Engine as _;
        let encoded = base64::engine::general_purpose::STANDARD.encode(text);
        write!(self.backend, "\x1b]52;c;{encoded}\x07")?;
        io::Write::flush(&mut self.backend)
    }
}

/// Draws cells, each in its own column: after one that the terminal draws wider than the buffer says, the place of the next is
/// told anew.
fn draw_cells(
    backend: &mut impl Backend<Error = io::Error>,
    cells: Vec<(u16, u16, &Cell)>,
    ambiguous_columns: u16,
) -> io::Result<()> {
    if ambiguous_columns < 2 {
        return backend.draw(cells.into_iter());
    }
    let is_wider = |cell: &Cell| cell.symbol().width_cjk() > cell.symbol().width();
    cells.chunk_by(|(_, _, cell), _| !is_wider(cell)).try_for_each(|run| backend.draw(run.iter().copied()))
}

impl Drop for OperatorTerminal {
    fn drop(&mut self) {
        give_back();
    }
}

/// Gives the terminal back, once. Errors have nobody to go to: the terminal is what would show them.
pub fn give_back() {
    if !IS_TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = io::stdout();
    let _ = execute!(
        out,
        EndSynchronizedUpdate,
        PopKeyboardEnhancementFlags,
        DisableMouseCapture,
        DisableFocusChange,
        DisableBracketedPaste,
        SetCursorStyle::DefaultUserShape,
        Show,
        LeaveAlternateScreen,
    );
    let _ = crossterm::terminal::disable_raw_mode();
}

fn give_back_on_panic() {
    PANIC_HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            // A panic of the emulator is caught, and the session goes on.
            if crate::term::is_feeding() {
                return;
            }
            give_back();
            before(panic);
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is written for a row of two characters, one in each column.
    fn written(first: &str, second: &str, ambiguous_columns: u16) -> io::Result<String> {
        let (mut one, mut other) = (Cell::default(), Cell::default());
        one.set_symbol(first);
        other.set_symbol(second);
        let mut out = Vec::new();
        draw_cells(&mut CrosstermBackend::new(&mut out), vec![(0, 0, &one), (1, 0, &other)], ambiguous_columns)?;
        Ok(String::from_utf8_lossy(&out).into_owned())
    }

    #[test]
    fn after_a_character_that_is_drawn_wider_than_it_is_counted_the_place_is_told_anew() -> io::Result<()> {
        let moved = "\x1b[1;2H";
        assert!(!written("…", "b", 1)?.contains(moved));
        assert!(written("…", "b", 2)?.contains(moved));
        assert!(!written("a", "b", 2)?.contains(moved), "and only there");
        Ok(())
    }
}

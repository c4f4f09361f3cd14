//! The operator's terminal: taken over, drawn on, and given back on every end.

use std::io::{self, Write};
use std::ops::Range;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor::{Hide, MoveTo, SetCursorStyle, Show};
use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste, EnableFocusChange,
    EnableMouseCapture, KeyboardEnhancementFlags, PopKeyboardEnhancementFlags, PushKeyboardEnhancementFlags,
};
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    SetTitle,
};
use crossterm::{execute, queue};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::depth::Depth;
use super::ink;

/// The buffer of a frame keeps at most so many bytes for the next one.
const FRAME_BYTES_KEPT: usize = 1 << 20;

/// Whether the terminal is ours now, so that a panic or a signal knows whether to give it back.
static IS_TAKEN: AtomicBool = AtomicBool::new(false);
static PANIC_HOOK: Once = Once::new();

/// The operator's terminal while it is ours; dropping it gives it back.
pub struct OperatorTerminal {
    /// What is gathered until a frame is whole, so that it is written in one go.
    frame: Vec<u8>,
    /// What is on the screen.
    front: Buffer,
    /// What the frame before had; painted over by the next.
    back: Buffer,
    /// The rows that are drawn again, as they were and as they will be: kept, so that no frame asks the system for memory.
    strips: [Buffer; 2],
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
        let mut frame = Vec::new();
        queue!(
            frame,
            EnterAlternateScreen,
            EnableBracketedPaste,
            EnableFocusChange,
            EnableMouseCapture,
            // Terminals that do not know this ignore it. Event types tell a repeated key from a pressed one.
            PushKeyboardEnhancementFlags(
                KeyboardEnhancementFlags::DISAMBIGUATE_ESCAPE_CODES | KeyboardEnhancementFlags::REPORT_EVENT_TYPES
            ),
        )?;
        let mut terminal = Self {
            frame,
            front: Buffer::default(),
            back: Buffer::default(),
            strips: [Buffer::default(), Buffer::default()],
            has_mouse: true,
            depth,
            ambiguous_columns,
        };
        terminal.flush()?;
        Ok(terminal)
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
        queue!(self.frame, BeginSynchronizedUpdate)?;
        let (width, height) = crate::sys::window_size()?;
        let area = Rect { x: 0, y: 0, width, height };
        if area != self.front.area {
            queue!(self.frame, Clear(ClearType::All))?;
            self.front = Buffer::empty(area);
            self.back.resize(area);
        }
        self.back.reset();
        let cursor = paint(&mut self.back);
        self.depth.fit(&mut self.back);
        ink::draw(self.front.diff_iter(&self.back), self.ambiguous_columns, &mut self.frame);
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
        queue!(self.frame, BeginSynchronizedUpdate)?;
        // Where no row changed, the cursor may have.
        let mut cursor = paint(window, &mut Buffer::default());
        for rows in rows {
            let strip = Rect { y: room.y.saturating_add(rows.start), height: rows.end - rows.start, ..room };
            let strip = strip.intersection(room);
            let [before, after] = &mut self.strips;
            before.resize(strip);
            after.resize(strip);
            after.reset();
            cursor = paint(window, after);
            self.depth.fit(after);
            for position in strip.positions() {
                if let (Some(old), Some(shown)) = (before.cell_mut(position), self.front.cell(position)) {
                    old.clone_from(shown);
                }
            }
            ink::draw(before.diff_iter(after), self.ambiguous_columns, &mut self.frame);
            for position in strip.positions() {
                if let (Some(shown), Some(new)) = (self.front.cell_mut(position), after.cell(position)) {
                    shown.clone_from(new);
                }
            }
        }
        self.finish(cursor)
    }

    /// Puts the cursor where it belongs and hands the frame over.
    fn finish(&mut self, cursor: Option<CursorAt>) -> io::Result<()> {
        match cursor {
            Some(cursor) => queue!(self.frame, MoveTo(cursor.column, cursor.row), Show)?,
            None => queue!(self.frame, Hide)?,
        }
        queue!(self.frame, EndSynchronizedUpdate)?;
        self.flush()
    }

    /// Writes what is gathered.
    fn flush(&mut self) -> io::Result<()> {
        let mut out = io::stdout().lock();
        let written = out.write_all(&self.frame).and_then(|()| out.flush());
        self.frame.clear();
        self.frame.shrink_to(FRAME_BYTES_KEPT);
        written
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
        if is_ours {
            queue!(self.frame, EnableMouseCapture)?
        } else {
            queue!(self.frame, DisableMouseCapture)?
        }
        self.flush()
    }

    /// Sets the window's title; `title` is clean text.
    ///
    /// # Errors
    /// What the terminal says.
    pub fn set_title(&mut self, title: &str) -> io::Result<()> {
        queue!(self.frame, SetTitle(title))?;
        self.flush()
    }

    /// Rings and notifies, by the bytes that a [`Notice`](super::notice::Notice) has made.
    ///
    /// # Errors
    /// What the terminal says.
    pub fn ring(&mut self, notice: &[u8]) -> io::Result<()> {
        self.frame.extend_from_slice(notice);
        self.flush()
    }

    /// Puts `text` on the operator's clipboard (OSC 52), where the terminal allows it.
    ///
    /// # Errors
    /// What the terminal says.
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        use base64::Engine as _;
        let encoded = base64::engine::general_purpose::STANDARD.encode(text);
        write!(self.frame, "\x1b]52;c;{encoded}\x07")?;
        self.flush()
    }
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

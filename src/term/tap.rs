//! What stands between the parser and the emulator.
//!
//! [`Tap`] forwards every call and adds what the emulator does not do or does not show: limits, the kitty keyboard
//! stacks (the emulator's own panics when it is full), titles, replies that need to know the operator's colours, and
//! a record of the state that has no getter, so that a Screen can be copied.

use alacritty_terminal::event::EventListener;
use alacritty_terminal::grid::Dimensions;
use alacritty_terminal::index::{Column, Line};
use alacritty_terminal::term::cell::Flags;
use alacritty_terminal::term::{Term, TermMode};
use alacritty_terminal::vte::ansi::{
    Attr, CharsetIndex, ClearMode, CursorShape, CursorStyle, Handler, Hyperlink, KeyboardModes,
    KeyboardModesApplyBehavior, LineClearMode, Mode, ModifyOtherKeys, NamedPrivateMode, PrivateMode, Rgb, ScpCharPath,
    ScpUpdateMode, StandardCharset, TabulationClearMode, cursor_icon::CursorIcon,
};
use unicode_width::UnicodeWidthChar;

use super::clean;
use super::modes::kitty_flags;
use super::outbox::{Colors, Outbox, ScreenEvent};

/// The most keyboard modes that can be saved; the oldest is forgotten first, as the protocol asks.
const KITTY_DEPTH_MAX: usize = 64;

/// The most titles that can be saved.
const TITLE_DEPTH_MAX: usize = 16;

/// The most marks over one character. The longest family of emoji has 9, a flag 6.
const MARKS_MAX: usize = 16;

/// The mode in which the agent is told that the terminal turned dark or light.
const GROUND_MODE: u16 = 2031;

/// Columns between tab stops until the agent sets its own.
const TAB_COLUMNS: usize = 8;

/// The emulator with what we know beside it, as the parser sees it.
pub(super) struct Tap<'a> {
    pub(super) term: &'a mut Term<Outbox>,
    pub(super) beside: &'a mut Beside,
    pub(super) outbox: &'a Outbox,
    pub(super) colors: &'a Colors,
    /// A cell's width and height in pixels.
    pub(super) cell_pixels: (u16, u16),
}

/// State of the terminal that the emulator does not keep, or does not show.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Beside {
    pub(super) title: String,
    pub(super) titles: Vec<String>,
    /// Keyboard modes of the main screen and of the alternate one.
    pub(super) kitty: [Kitty; 2],
    pub(super) tabs: Vec<bool>,
    pub(super) charset: CharsetIndex,
    /// The scroll region as it was last set; `None`: the whole screen.
    pub(super) region: Option<(usize, Option<usize>)>,
    /// What a repetition would repeat.
    pub(super) last: Option<char>,
    /// Mode 9: presses only.
    pub(super) press_only: bool,
    /// Mode 2031: the agent wants to be told when the terminal turns dark or light.
    pub(super) wants_ground: bool,
}

/// The kitty keyboard flags of one screen.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Kitty {
    pub(super) flags: KeyboardModes,
    saved: Vec<KeyboardModes>,
}

impl Beside {
    pub(super) fn new(columns: usize) -> Self {
        Self {
            title: String::new(),
            titles: Vec::new(),
            kitty: [Kitty::default(), Kitty::default()],
            tabs: default_tabs(columns),
            charset: CharsetIndex::G0,
            region: None,
            last: None,
            press_only: false,
            wants_ground: false,
        }
    }

    /// Follows the emulator through a change of size.
    pub(super) fn resize(&mut self, columns: usize) {
        let known = self.tabs.len();
        self.tabs.extend((known..columns).map(|column| column % TAB_COLUMNS == 0));
        self.tabs.truncate(columns);
        self.region = None;
    }
}

fn default_tabs(columns: usize) -> Vec<bool> {
    (0..columns).map(|column| column % TAB_COLUMNS == 0).collect()
}

impl Tap<'_> {
    fn is_alternate(&self) -> bool {
        self.term.mode().contains(TermMode::ALT_SCREEN)
    }

    fn columns(&self) -> u16 {
        u16::try_from(self.term.columns()).unwrap_or(u16::MAX)
    }

    fn kitty(&mut self) -> &mut Kitty {
        let [main, alternate] = &mut self.beside.kitty;
        if self.term.mode().contains(TermMode::ALT_SCREEN) { alternate } else { main }
    }

    /// Brings the emulator's keyboard flags in line with the shown screen's.
    pub(super) fn apply_kitty(&mut self) {
        let flags = self.kitty().flags;
        Handler::set_keyboard_mode(self.term, flags, KeyboardModesApplyBehavior::Replace);
    }

    /// Whether the cell a mark would go to already has as many as it may.
    fn is_marked_enough(&self) -> bool {
        let grid = self.term.grid();
        let (point, waits) = (grid.cursor.point, grid.cursor.input_needs_wrap);
        let mut column = if waits { point.column } else { Column(point.column.0.saturating_sub(1)) };
        if grid[point.line][column].flags.contains(Flags::WIDE_CHAR_SPACER) {
            column = Column(column.0.saturating_sub(1));
        }
        grid[point.line][column].zerowidth().is_some_and(|marks| marks.len() >= MARKS_MAX)
    }

    /// Old programs switch screens by other numbers, and save the cursor apart.
    fn set_old_mode(&mut self, number: u16, on: bool) {
        let screen = PrivateMode::Named(NamedPrivateMode::SwapScreenAndSetRestoreCursor);
        match (number, on) {
            (47 | 1047, true) => self.set_private_mode(screen),
            (47 | 1047, false) => self.unset_private_mode(screen),
            (1048, true) => self.save_cursor_position(),
            (1048, false) => self.restore_cursor_position(),
            (9, _) => self.beside.press_only = on,
            (GROUND_MODE, _) => self.beside.wants_ground = on,
            _ => {}
        }
    }

    fn set_title_to(&mut self, title: String) {
        if self.beside.title != title {
            self.outbox.event(ScreenEvent::Title(title.clone()));
            self.beside.title = title;
        }
    }
}

/// Passes calls on unchanged.
macro_rules! forward {
    ($($name:ident($($arg:ident: $ty:ty),*);)*) => {
        $(
            #[inline]
            fn $name(&mut self, $($arg: $ty),*) {
                Handler::$name(self.term, $($arg),*);
            }
        )*
    };
}

impl Handler for Tap<'_> {
    forward! {
        set_cursor_style(style: Option<CursorStyle>);
        set_cursor_shape(shape: CursorShape);
        goto(line: i32, column: usize);
        goto_line(line: i32);
        goto_col(column: usize);
        insert_blank(count: usize);
        move_up(rows: usize);
        move_down(rows: usize);
        identify_terminal(intermediate: Option<char>);
        device_status(arg: usize);
        move_forward(columns: usize);
        move_backward(columns: usize);
        move_down_and_cr(rows: usize);
        move_up_and_cr(rows: usize);
        put_tab(count: u16);
        backspace();
        carriage_return();
        linefeed();
        bell();
        substitute();
        newline();
        scroll_up(rows: usize);
        scroll_down(rows: usize);
        insert_blank_lines(rows: usize);
        delete_lines(rows: usize);
        erase_chars(count: usize);
        delete_chars(count: usize);
        save_cursor_position();
        restore_cursor_position();
        clear_line(mode: LineClearMode);
        reverse_index();
        terminal_attribute(attr: Attr);
        set_mode(mode: Mode);
        unset_mode(mode: Mode);
        report_mode(mode: Mode);
        set_keypad_application_mode();
        unset_keypad_application_mode();
        configure_charset(index: CharsetIndex, charset: StandardCharset);
        set_color(index: usize, color: Rgb);
        reset_color(index: usize);
        clipboard_store(clipboard: u8, base64: &[u8]);
        clipboard_load(clipboard: u8, terminator: &str);
        decaln();
        text_area_size_chars();
        set_hyperlink(link: Option<Hyperlink>);
        set_mouse_cursor_icon(icon: CursorIcon);
        set_modify_other_keys(mode: ModifyOtherKeys);
        report_modify_other_keys();
        set_scp(path: ScpCharPath, update: ScpUpdateMode);
    }

    #[inline]
    fn input(&mut self, c: char) {
        self.beside.last = Some(c);
        if !clean::is_plainly_spacing(c)
            && (clean::is_disruptive(c) || (c.width() == Some(0) && self.is_marked_enough()))
        {
            return;
        }
        Handler::input(self.term, c);
    }

    /// The emulator leaves the first row as it is when the cursor is in the second.
    fn clear_screen(&mut self, mode: ClearMode) {
        if matches!(mode, ClearMode::Above) && self.term.grid().cursor.point.line == Line(1) {
            self.term.grid_mut().reset_region(..Line(1));
        }
        Handler::clear_screen(self.term, mode);
    }

    /// The emulator still wraps before the next character, although the cursor has left the last column.
    fn move_backward_tabs(&mut self, count: u16) {
        Handler::move_backward_tabs(self.term, count.min(self.columns()));
        self.term.grid_mut().cursor.input_needs_wrap = false;
    }

    fn move_forward_tabs(&mut self, count: u16) {
        Handler::move_forward_tabs(self.term, count.min(self.columns()));
        self.term.grid_mut().cursor.input_needs_wrap = false;
    }

    fn set_horizontal_tabstop(&mut self) {
        let column = self.term.grid().cursor.point.column.0;
        if let Some(tab) = self.beside.tabs.get_mut(column) {
            *tab = true;
        }
        Handler::set_horizontal_tabstop(self.term);
    }

    fn clear_tabs(&mut self, mode: TabulationClearMode) {
        let column = self.term.grid().cursor.point.column.0;
        match mode {
            TabulationClearMode::Current => {
                if let Some(tab) = self.beside.tabs.get_mut(column) {
                    *tab = false;
                }
            }
            TabulationClearMode::All => self.beside.tabs.fill(false),
        }
        Handler::clear_tabs(self.term, mode);
    }

    /// The emulator has no such call of its own: all stops are cleared and set one by one.
    fn set_tabs(&mut self, interval: u16) {
        let columns = self.term.columns();
        let wanted: Vec<bool> = (0..columns).map(|column| column % usize::from(interval.max(1)) == 0).collect();
        set_tab_stops(self.term, &wanted);
        self.beside.tabs = wanted;
    }

    fn reset_state(&mut self) {
        let (title, last) = (std::mem::take(&mut self.beside.title), self.beside.last);
        *self.beside = Beside { title, last, ..Beside::new(self.term.columns()) };
        Handler::reset_state(self.term);
    }

    fn set_private_mode(&mut self, mode: PrivateMode) {
        if let PrivateMode::Unknown(number) = mode {
            return self.set_old_mode(number, true);
        }
        let was_alternate = self.is_alternate();
        Handler::set_private_mode(self.term, mode);
        self.after_mode(mode, was_alternate);
    }

    fn unset_private_mode(&mut self, mode: PrivateMode) {
        if let PrivateMode::Unknown(number) = mode {
            return self.set_old_mode(number, false);
        }
        let was_alternate = self.is_alternate();
        Handler::unset_private_mode(self.term, mode);
        self.after_mode(mode, was_alternate);
    }

    fn report_private_mode(&mut self, mode: PrivateMode) {
        if mode != PrivateMode::Unknown(GROUND_MODE) {
            return Handler::report_private_mode(self.term, mode);
        }
        let state = if self.beside.wants_ground { 1 } else { 2 };
        self.outbox.reply(&format!("\x1b[?{GROUND_MODE};{state}$y"));
    }

    fn set_scrolling_region(&mut self, top: usize, bottom: Option<usize>) {
        if top < bottom.unwrap_or_else(|| self.term.screen_lines()) {
            self.beside.region = Some((top, bottom));
        }
        Handler::set_scrolling_region(self.term, top, bottom);
    }

    fn set_active_charset(&mut self, index: CharsetIndex) {
        self.beside.charset = index;
        Handler::set_active_charset(self.term, index);
    }

    fn dynamic_color_sequence(&mut self, prefix: String, index: usize, terminator: &str) {
        let set = (index < 259).then(|| self.term.colors()[index]).flatten();
        let color = set.map(|rgb| super::Rgb(rgb.r, rgb.g, rgb.b)).or_else(|| self.colors.get(index));
        if let Some(super::Rgb(r, g, b)) = color {
            self.outbox.reply(&format!("\x1b]{prefix};rgb:{r:02x}{r:02x}/{g:02x}{g:02x}/{b:02x}{b:02x}{terminator}"));
        }
    }

    fn set_title(&mut self, title: Option<String>) {
        self.set_title_to(clean::title(&title.unwrap_or_default()));
    }

    fn push_title(&mut self) {
        if self.beside.titles.len() >= TITLE_DEPTH_MAX {
            self.beside.titles.remove(0);
        }
        self.beside.titles.push(self.beside.title.clone());
    }

    fn pop_title(&mut self) {
        if let Some(title) = self.beside.titles.pop() {
            self.set_title_to(title);
        }
    }

    fn text_area_size_pixels(&mut self) {
        let (width, height) = (usize::from(self.cell_pixels.0), usize::from(self.cell_pixels.1));
        let (width, height) = (width * self.term.columns(), height * self.term.screen_lines());
        self.outbox.reply(&format!("\x1b[4;{height};{width}t"));
    }

    fn report_keyboard_mode(&mut self) {
        self.outbox.reply(&format!("\x1b[?{}u", kitty_flags(*self.term.mode())));
    }

    fn push_keyboard_mode(&mut self, mode: KeyboardModes) {
        let kitty = self.kitty();
        if kitty.saved.len() >= KITTY_DEPTH_MAX {
            kitty.saved.remove(0);
        }
        kitty.saved.push(kitty.flags);
        kitty.flags = mode;
        self.apply_kitty();
    }

    fn pop_keyboard_modes(&mut self, count: u16) {
        let kitty = self.kitty();
        for _ in 0..usize::from(count).min(KITTY_DEPTH_MAX) {
            kitty.flags = kitty.saved.pop().unwrap_or_default();
        }
        self.apply_kitty();
    }

    fn set_keyboard_mode(&mut self, mode: KeyboardModes, behavior: KeyboardModesApplyBehavior) {
        let kitty = self.kitty();
        kitty.flags = match behavior {
            KeyboardModesApplyBehavior::Replace => mode,
            KeyboardModesApplyBehavior::Union => kitty.flags | mode,
            KeyboardModesApplyBehavior::Difference => kitty.flags - mode,
        };
        self.apply_kitty();
    }
}

impl Tap<'_> {
    /// What a mode changes beside the emulator.
    fn after_mode(&mut self, mode: PrivateMode, was_alternate: bool) {
        match mode {
            PrivateMode::Named(NamedPrivateMode::ColumnMode) => self.beside.region = None,
            PrivateMode::Named(
                NamedPrivateMode::ReportMouseClicks
                | NamedPrivateMode::ReportCellMouseMotion
                | NamedPrivateMode::ReportAllMouseMotion,
            ) => self.beside.press_only = false,
            _ => {}
        }
        if was_alternate != self.is_alternate() {
            self.apply_kitty();
        }
    }
}

/// Gives the emulator exactly these tab stops; the cursor stays where it is.
pub(super) fn set_tab_stops<L: EventListener>(term: &mut Term<L>, wanted: &[bool]) {
    let column = term.grid().cursor.point.column;
    Handler::clear_tabs(term, TabulationClearMode::All);
    for (stop, _) in wanted.iter().enumerate().filter(|(_, wanted)| **wanted) {
        term.grid_mut().cursor.point.column = Column(stop);
        Handler::set_horizontal_tabstop(term);
    }
    term.grid_mut().cursor.point.column = column;
}

#[cfg(test)]
mod tests;

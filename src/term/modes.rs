//! What the agent asked its terminal to do.

use alacritty_terminal::term::TermMode;
use alacritty_terminal::vte::ansi::CursorShape as AnsiShape;

/// The modes that are in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is a mode of its own; that is what terminals have")]
pub struct Modes {
    /// The alternate screen is shown; it has no scrollback.
    pub alternate: bool,
    /// Pastes are to be put between marks.
    pub bracketed_paste: bool,
    /// Which mouse events are wanted.
    pub mouse: MouseMode,
    /// How they are to be written.
    pub mouse_encoding: MouseEncoding,
    /// Gain and loss of focus are wanted.
    pub focus_events: bool,
    /// Arrow keys are to be written in their application form.
    pub app_cursor: bool,
    /// Keypad keys are to be written in their application form.
    pub app_keypad: bool,
    /// The flags of the kitty keyboard protocol, 0 where it is off.
    pub kitty_flags: u8,
    /// A synchronized update is open: what is shown is the frame before it.
    pub synchronized: bool,
    /// The cursor is shown.
    pub cursor_visible: bool,
    /// The cursor's shape.
    pub cursor_shape: CursorShape,
    /// The wheel is to be written as arrow keys while the alternate screen is shown and no mouse event is wanted.
    pub alternate_scroll: bool,
}

/// Which mouse events the agent wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum MouseMode {
    /// None.
    #[default]
    Off,
    /// Presses only, without modifiers (mode 9).
    Press,
    /// Presses, releases and the wheel (mode 1000).
    Click,
    /// Also moves with a button held (mode 1002).
    Drag,
    /// Also moves with none (mode 1003).
    Motion,
}

/// How mouse events are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum MouseEncoding {
    /// One byte for each number; nothing beyond column or row 223.
    #[default]
    Legacy,
    /// One UTF-8 character for each number (mode 1005); nothing beyond column or row 2015.
    Utf8,
    /// Decimal numbers (mode 1006).
    Sgr,
}

/// The cursor's shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum CursorShape {
    /// A full cell.
    #[default]
    Block,
    /// A line below.
    Underline,
    /// A line before.
    Bar,
}

impl From<AnsiShape> for CursorShape {
    fn from(shape: AnsiShape) -> Self {
        match shape {
            AnsiShape::Underline => Self::Underline,
            AnsiShape::Beam => Self::Bar,
            AnsiShape::Block | AnsiShape::HollowBlock | AnsiShape::Hidden => Self::Block,
        }
    }
}

impl Default for Modes {
    /// The modes of a terminal nobody has written to.
    fn default() -> Self {
        Self::read(TermMode::default(), CursorShape::Block)
    }
}

impl Modes {
    /// Reads what the emulator knows; mode 9 and open updates are not among it.
    pub(super) fn read(mode: TermMode, cursor_shape: CursorShape) -> Self {
        let has = |flag| mode.contains(flag);
        Self {
            alternate: has(TermMode::ALT_SCREEN),
            bracketed_paste: has(TermMode::BRACKETED_PASTE),
            mouse: if has(TermMode::MOUSE_MOTION) {
                MouseMode::Motion
            } else if has(TermMode::MOUSE_DRAG) {
                MouseMode::Drag
            } else if has(TermMode::MOUSE_REPORT_CLICK) {
                MouseMode::Click
            } else {
                MouseMode::Off
            },
            mouse_encoding: if has(TermMode::SGR_MOUSE) {
                MouseEncoding::Sgr
            } else if has(TermMode::UTF8_MOUSE) {
                MouseEncoding::Utf8
            } else {
                MouseEncoding::Legacy
            },
            focus_events: has(TermMode::FOCUS_IN_OUT),
            app_cursor: has(TermMode::APP_CURSOR),
            app_keypad: has(TermMode::APP_KEYPAD),
            kitty_flags: kitty_flags(mode),
            synchronized: false,
            cursor_visible: has(TermMode::SHOW_CURSOR),
            cursor_shape,
            alternate_scroll: has(TermMode::ALTERNATE_SCROLL),
        }
    }
}

/// The kitty keyboard flags as the protocol numbers them.
pub(super) fn kitty_flags(mode: TermMode) -> u8 {
    let bits =
        (mode & TermMode::KITTY_KEYBOARD_PROTOCOL).bits() >> TermMode::DISAMBIGUATE_ESC_CODES.bits().trailing_zeros();
    u8::try_from(bits).unwrap_or_default()
}

//! The operator's keys, from the terminal library's events to ours. One thread; it only reads.

use std::io;
use std::thread;
use std::time::Duration;

use crossterm::event::{
    Event as Raw, KeyCode as RawCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton as RawButton, MouseEvent,
    MouseEventKind,
};
use tokio::sync::mpsc;

use super::clock::Clock;
use super::colors::{Asks, TerminalColors, ask_terminal};
use crate::model::{Key, KeyCode, Mods, Moment, Mouse, MouseButton, MouseKind};

/// How many unread inputs may wait. A paste is one; at a full queue the reader waits, and the terminal with it.
const WAITING_MAX: usize = 256;

/// How long the operator must be quiet after coming back before the terminal is asked: a click or a paste that brought him
/// back is not to fall among its answers.
const QUIET_BEFORE_ASKING: Duration = Duration::from_millis(300);

/// What the operator did, before the keymap has seen it.
#[derive(Debug, Clone)]
pub enum RawInput {
    /// Pressed a key.
    Key {
        /// The key.
        key: Key,
        /// Whether it repeats by itself.
        is_repeat: bool,
        /// When it arrived, however late it is looked at.
        at: Moment,
    },
    /// Typed a line, where lines are read.
    Line {
        /// The line, without its end.
        text: String,
        /// When it arrived.
        at: Moment,
    },
    /// Pasted.
    Paste(String),
    /// Used the mouse.
    Mouse(Mouse),
    /// Resized the window.
    Resized(u16, u16),
    /// Came, or left.
    Focused(bool),
    /// The terminal told of its colours.
    Told(TerminalColors),
    /// The terminal is gone.
    Lost,
}

/// Starts the reader, which notes by `clock` when each key arrived. It ends when the terminal or the receiver is gone. The
/// terminal is asked for its colours first where `asks` says so.
///
/// # Errors
/// What the system says when no thread can be started.
pub fn read_terminal(clock: Clock, asks: Asks) -> io::Result<mpsc::Receiver<RawInput>> {
    let (sender, receiver) = mpsc::channel(WAITING_MAX);
    thread::Builder::new().name("input".to_owned()).spawn(move || {
        // A terminal that cannot be asked is like one that does not answer.
        let mut reader = Reader { clock, sender, asks, has_answered: false, is_to_ask: false };
        if reader.ask().is_some() {
            while reader.next().is_some() {}
        }
    })?;
    Ok(receiver)
}

/// Who reads the terminal. Its ways return `None` when there is nobody to read for any more.
struct Reader {
    clock: Clock,
    sender: mpsc::Sender<RawInput>,
    asks: Asks,
    /// Whether the terminal has told of its colours: then it does so again.
    has_answered: bool,
    /// Whether the operator came back, and the colours may have changed meanwhile.
    is_to_ask: bool,
}

impl Reader {
    /// Asks the terminal for its colours and sends what it told, and what was typed meanwhile.
    fn ask(&mut self) -> Option<()> {
        let Ok((told, typed)) = ask_terminal(self.asks) else { return Some(()) };
        let is_answer = told != TerminalColors::default();
        let at = self.clock.now();
        // What it told before still counts where it does not answer in time.
        if is_answer || !self.has_answered {
            self.send(RawInput::Told(told))?;
        }
        self.has_answered |= is_answer;
        typed.into_iter().try_for_each(|key| self.send(RawInput::Key { key, is_repeat: false, at }))
    }

    /// Reads one event and sends what it means. When the operator came back and has been quiet for a moment, the terminal
    /// is asked anew: its report of a changed colour scheme (mode 2031) is nothing that the terminal library can read.
    fn next(&mut self) -> Option<()> {
        if self.is_to_ask && matches!(crossterm::event::poll(QUIET_BEFORE_ASKING), Ok(false)) {
            self.is_to_ask = false;
            return self.ask();
        }
        let input = match crossterm::event::read() {
            Ok(raw) => translate(raw, self.clock.now()),
            Err(_) => Some(RawInput::Lost),
        };
        let Some(input) = input else { return Some(()) };
        // Over a network keys would wait for the answer.
        self.is_to_ask |= matches!(input, RawInput::Focused(true)) && self.has_answered && self.asks == Asks::Terminal;
        let is_last = matches!(input, RawInput::Lost);
        self.send(input)?;
        (!is_last).then_some(())
    }

    fn send(&self, input: RawInput) -> Option<()> {
        self.sender.blocking_send(input).ok()
    }
}

fn translate(raw: Raw, at: Moment) -> Option<RawInput> {
    match raw {
        Raw::Key(key) => translate_key(key, at),
        Raw::Paste(text) => Some(RawInput::Paste(text)),
        Raw::Mouse(mouse) => Some(RawInput::Mouse(translate_mouse(mouse))),
        Raw::Resize(cols, rows) => Some(RawInput::Resized(cols, rows)),
        Raw::FocusGained => Some(RawInput::Focused(true)),
        Raw::FocusLost => Some(RawInput::Focused(false)),
    }
}

fn translate_key(raw: KeyEvent, at: Moment) -> Option<RawInput> {
    if raw.kind == KeyEventKind::Release {
        return None;
    }
    let code = match raw.code {
        RawCode::Char(c) => KeyCode::Char(c),
        RawCode::Enter => KeyCode::Enter,
        RawCode::Esc => KeyCode::Esc,
        RawCode::Tab => KeyCode::Tab,
        RawCode::BackTab => KeyCode::BackTab,
        RawCode::Backspace => KeyCode::Backspace,
        RawCode::Delete => KeyCode::Delete,
        RawCode::Insert => KeyCode::Insert,
        RawCode::Up => KeyCode::Up,
        RawCode::Down => KeyCode::Down,
        RawCode::Left => KeyCode::Left,
        RawCode::Right => KeyCode::Right,
        RawCode::Home => KeyCode::Home,
        RawCode::End => KeyCode::End,
        RawCode::PageUp => KeyCode::PageUp,
        RawCode::PageDown => KeyCode::PageDown,
        RawCode::F(n) => KeyCode::F(n),
        _ => return None,
    };
    let mut mods = translate_mods(raw.modifiers);
    let mut code = code;
    if code == KeyCode::BackTab {
        mods.shift = false;
    }
    // Legacy terminals send Ctrl-] as 0x1d, which the library reads as Ctrl-5 (and Ctrl-\ as Ctrl-4, Ctrl-_ as Ctrl-7).
    if let (KeyCode::Char(c @ ('4' | '5' | '6' | '7')), true) = (code, mods.ctrl) {
        code = KeyCode::Char(match c {
            '4' => '\\',
            '5' => ']',
            '6' => '^',
            _ => '_',
        });
    }
    Some(RawInput::Key { key: Key { code, mods }.settled(), is_repeat: raw.kind == KeyEventKind::Repeat, at })
}

fn translate_mods(raw: KeyModifiers) -> Mods {
    Mods {
        ctrl: raw.contains(KeyModifiers::CONTROL),
        alt: raw.intersects(KeyModifiers::ALT | KeyModifiers::META),
        shift: raw.contains(KeyModifiers::SHIFT),
        logo: raw.intersects(KeyModifiers::SUPER | KeyModifiers::HYPER),
    }
}

fn translate_mouse(raw: MouseEvent) -> Mouse {
    let button = |raw| match raw {
        RawButton::Left => MouseButton::Left,
        RawButton::Middle => MouseButton::Middle,
        RawButton::Right => MouseButton::Right,
    };
    let kind = match raw.kind {
        MouseEventKind::Down(b) => MouseKind::Down(button(b)),
        MouseEventKind::Up(b) => MouseKind::Up(button(b)),
        MouseEventKind::Drag(b) => MouseKind::Drag(button(b)),
        MouseEventKind::Moved => MouseKind::Moved,
        MouseEventKind::ScrollUp => MouseKind::ScrollUp,
        MouseEventKind::ScrollDown => MouseKind::ScrollDown,
        MouseEventKind::ScrollLeft => MouseKind::ScrollLeft,
        MouseEventKind::ScrollRight => MouseKind::ScrollRight,
    };
    Mouse { kind, column: raw.column, row: raw.row, mods: translate_mods(raw.modifiers) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_is_the_prefix_however_the_terminal_sends_it() {
        for (code, mods) in [('5', KeyModifiers::CONTROL), (']', KeyModifiers::CONTROL)] {
            let raw = KeyEvent::new(RawCode::Char(code), mods);
            let Some(RawInput::Key { key, is_repeat: false, .. }) = translate_key(raw, Moment::ZERO) else {
                panic!("no key")
            };
            assert_eq!(key.to_string(), "Ctrl-]");
        }
    }

    #[test]
    fn a_shifted_letter_is_its_upper_case() {
        for raw in [
            KeyEvent::new(RawCode::Char('A'), KeyModifiers::SHIFT),
            KeyEvent::new(RawCode::Char('a'), KeyModifiers::SHIFT),
            KeyEvent::new(RawCode::Char('A'), KeyModifiers::NONE),
        ] {
            let Some(RawInput::Key { key, .. }) = translate_key(raw, Moment::ZERO) else { panic!("no key") };
            assert_eq!(key, Key::char('A'));
        }
    }
}

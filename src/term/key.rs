//! Keys as the agent asked to read them: xterm's bytes, or the kitty keyboard protocol's.

use crate::model::{Key, KeyCode, Mods};

use super::modes::Modes;

/// Flags of the kitty keyboard protocol. Releases (2) are not told to us, so they are never written.
const DISAMBIGUATE: u8 = 1;
const ALTERNATE_KEYS: u8 = 4;
const ALL_AS_ESCAPES: u8 = 8;
const ASSOCIATED_TEXT: u8 = 16;

/// The code of F13 in the kitty protocol; the next ones follow it.
const KITTY_F13: u32 = 57376;

/// The last function key there is.
const LAST_F: u8 = 35;

/// How a key without text is written.
enum Form {
    /// `CSI letter`, `CSI 1 ; mods letter`.
    Letter(char),
    /// The same, but `SS3 letter` alone.
    Ss3(char),
    /// `CSI number ~`, `CSI number ; mods ~`.
    Tilde(u8),
    /// `CSI code u`, `CSI code ; mods u`.
    Code(u32),
    /// It cannot be written.
    None,
}

/// The bytes that tell the agent of a key; empty if there are none for it.
#[must_use]
pub fn encode_key(key: Key, modes: Modes) -> Vec<u8> {
    let kitty = modes.kitty_flags & (DISAMBIGUATE | ALL_AS_ESCAPES) != 0;
    match key.code {
        KeyCode::Char(c) if kitty => kitty_char(c, key.mods, modes.kitty_flags),
        KeyCode::Char(c) => legacy_char(c, key.mods),
        KeyCode::Enter | KeyCode::Esc | KeyCode::Tab | KeyCode::BackTab | KeyCode::Backspace if kitty => {
            kitty_text_key(key, modes.kitty_flags)
        }
        KeyCode::Enter => with_alt(b"\r", key.mods),
        KeyCode::Esc => with_alt(b"\x1b", key.mods),
        KeyCode::Tab if key.mods.shift => with_alt(b"\x1b[Z", key.mods),
        KeyCode::Tab => with_alt(b"\t", key.mods),
        KeyCode::BackTab => with_alt(b"\x1b[Z", key.mods),
        KeyCode::Backspace if key.mods.ctrl => with_alt(b"\x08", key.mods),
        KeyCode::Backspace => with_alt(b"\x7f", key.mods),
        code => written(&form(code, kitty, modes.app_cursor), key.mods),
    }
}

fn form(code: KeyCode, kitty: bool, app_cursor: bool) -> Form {
    let cursor = |letter| if app_cursor && !kitty { Form::Ss3(letter) } else { Form::Letter(letter) };
    match code {
        KeyCode::Up => cursor('A'),
        KeyCode::Down => cursor('B'),
        KeyCode::Right => cursor('C'),
        KeyCode::Left => cursor('D'),
        KeyCode::Home => cursor('H'),
        KeyCode::End => cursor('F'),
        KeyCode::Insert => Form::Tilde(2),
        KeyCode::Delete => Form::Tilde(3),
        KeyCode::PageUp => Form::Tilde(5),
        KeyCode::PageDown => Form::Tilde(6),
        KeyCode::F(n) => function(n, kitty),
        KeyCode::Char(_) | KeyCode::Enter | KeyCode::Esc | KeyCode::Tab | KeyCode::BackTab | KeyCode::Backspace => {
            Form::None
        }
    }
}

fn function(n: u8, kitty: bool) -> Form {
    match (n, kitty) {
        // `CSI R` would be taken for a report of the cursor.
        (3, true) => Form::Tilde(13),
        (1 | 2 | 4, true) => Form::Letter(char::from(b'P' + n - 1)),
        (1..=4, false) => Form::Ss3(char::from(b'P' + n - 1)),
        (5, _) => Form::Tilde(15),
        (6..=10, _) => Form::Tilde(n + 11),
        (11 | 12, _) => Form::Tilde(n + 12),
        (13..=LAST_F, true) => Form::Code(KITTY_F13 + u32::from(n - 13)),
        (13 | 14, false) => Form::Tilde(n + 12),
        (15 | 16, false) => Form::Tilde(n + 13),
        (17..=20, false) => Form::Tilde(n + 14),
        _ => Form::None,
    }
}

fn written(form: &Form, mods: Mods) -> Vec<u8> {
    let mods = mods_number(mods);
    match (form, mods) {
        (Form::None, _) => String::new(),
        (Form::Letter(letter), 1) => format!("\x1b[{letter}"),
        (Form::Ss3(letter), 1) => format!("\x1bO{letter}"),
        (Form::Letter(letter) | Form::Ss3(letter), _) => format!("\x1b[1;{mods}{letter}"),
        (Form::Tilde(number), 1) => format!("\x1b[{number}~"),
        (Form::Tilde(number), _) => format!("\x1b[{number};{mods}~"),
        (Form::Code(code), 1) => format!("\x1b[{code}u"),
        (Form::Code(code), _) => format!("\x1b[{code};{mods}u"),
    }
    .into_bytes()
}

/// One more than the sum of shift 1, alt 2, control 4 and super 8.
fn mods_number(mods: Mods) -> u8 {
    1 + u8::from(mods.shift) + 2 * u8::from(mods.alt) + 4 * u8::from(mods.ctrl) + 8 * u8::from(mods.logo)
}

fn with_alt(bytes: &[u8], mods: Mods) -> Vec<u8> {
    let mut written = if mods.alt { vec![0x1b] } else { Vec::new() };
    written.extend_from_slice(bytes);
    written
}

fn legacy_char(c: char, mods: Mods) -> Vec<u8> {
    match control(c).filter(|_| mods.ctrl) {
        Some(byte) => with_alt(&[byte], mods),
        None => with_alt(c.encode_utf8(&mut [0; 4]).as_bytes(), mods),
    }
}

/// The control character that a terminal makes of a character typed with control. Digits are what some keyboards and
/// readers say for the marks above them.
fn control(c: char) -> Option<u8> {
    match c {
        ' ' | '@' | '2' => Some(0),
        'a'..='z' | 'A'..='Z' => u8::try_from(c).ok().map(|byte| byte & 0x1f),
        '[' | '3' => Some(0x1b),
        '\\' | '4' => Some(0x1c),
        ']' | '5' => Some(0x1d),
        '^' | '6' | '~' => Some(0x1e),
        '_' | '/' | '-' | '7' => Some(0x1f),
        '?' | '8' => Some(0x7f),
        _ => None,
    }
}

/// A key that has text of its own in the kitty protocol.
fn kitty_char(c: char, mods: Mods, flags: u8) -> Vec<u8> {
    let lower = single(c.to_lowercase()).unwrap_or(c);
    let is_text = !(mods.ctrl || mods.alt || mods.logo);
    if is_text && flags & ALL_AS_ESCAPES == 0 {
        return c.encode_utf8(&mut [0; 4]).as_bytes().to_vec();
    }
    let mods = Mods { shift: mods.shift || lower != c, ..mods };
    let mut code = u32::from(lower).to_string();
    if flags & ALTERNATE_KEYS != 0 && lower != c {
        code = format!("{code}:{}", u32::from(c));
    }
    let text = (is_text && flags & ASSOCIATED_TEXT != 0).then(|| format!(";{}", u32::from(c)));
    let number = mods_number(mods);
    let number = match (number, &text) {
        (1, None) => String::new(),
        (1, Some(_)) => ";".to_owned(),
        (number, _) => format!(";{number}"),
    };
    format!("\x1b[{code}{number}{}u", text.unwrap_or_default()).into_bytes()
}

/// Enter, Esc, Tab and Backspace in the kitty protocol. Without modifiers all but Esc stay what they were, so that
/// `reset` can be typed after a program that died with the protocol on.
fn kitty_text_key(key: Key, flags: u8) -> Vec<u8> {
    let mods = Mods { shift: key.mods.shift || key.code == KeyCode::BackTab, ..key.mods };
    let (code, legacy): (u32, &[u8]) = match key.code {
        KeyCode::Enter => (13, b"\r"),
        KeyCode::Tab | KeyCode::BackTab => (9, b"\t"),
        KeyCode::Backspace => (127, b"\x7f"),
        _ => (27, b""),
    };
    if mods == Mods::default() && flags & ALL_AS_ESCAPES == 0 && !legacy.is_empty() {
        return legacy.to_vec();
    }
    written(&Form::Code(code), mods)
}

fn single(mut chars: impl Iterator<Item = char>) -> Option<char> {
    let first = chars.next()?;
    chars.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests;

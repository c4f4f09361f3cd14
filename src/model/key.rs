//! Keys and mouse events, independent of any terminal library.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A key with its modifiers. Written `Ctrl-]`, `A`, `F12`, `Alt-x`, `PgUp`, `Space`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// Which key. Shifted letters are their upper case, without the modifier.
    pub code: KeyCode,
    /// What was held down with it.
    pub mods: Mods,
}

/// Which key it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyCode {
    /// A character as typed.
    Char(char),
    /// Enter or Return.
    Enter,
    /// Escape.
    Esc,
    /// Tab.
    Tab,
    /// Shift and Tab.
    BackTab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Insert.
    Insert,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// A function key, from 1.
    F(u8),
}

/// What is held down with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Mods {
    /// Control.
    pub ctrl: bool,
    /// Alt, or Meta.
    pub alt: bool,
    /// Shift, where the character does not say it already.
    pub shift: bool,
    /// Super, or the logo key.
    pub logo: bool,
}

/// A mouse event in cells, counted from 0 at the top left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Mouse {
    /// What happened.
    pub kind: MouseKind,
    /// The column.
    pub column: u16,
    /// The row.
    pub row: u16,
    /// What was held down with it.
    pub mods: Mods,
}

/// What the mouse did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MouseKind {
    /// A button went down.
    Down(MouseButton),
    /// A button went up.
    Up(MouseButton),
    /// It moved with a button held.
    Drag(MouseButton),
    /// It moved with none.
    Moved,
    /// The wheel went up.
    ScrollUp,
    /// The wheel went down.
    ScrollDown,
    /// The wheel went left.
    ScrollLeft,
    /// The wheel went right.
    ScrollRight,
}

/// A mouse button.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MouseButton {
    /// The left one.
    Left,
    /// The middle one.
    Middle,
    /// The right one.
    Right,
}

/// A text that names no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a key; keys are written as `Ctrl-]`, `Alt-x`, `F12`, `PgUp`, `Space` or a character")]
pub struct ParseKeyError(pub String);

/// Names that are not single characters, the written form first.
const NAMED: &[(&str, KeyCode)] = &[
    ("Enter", KeyCode::Enter),
    ("Esc", KeyCode::Esc),
    ("Tab", KeyCode::Tab),
    ("BackTab", KeyCode::BackTab),
    ("Backspace", KeyCode::Backspace),
    ("Delete", KeyCode::Delete),
    ("Insert", KeyCode::Insert),
    ("Up", KeyCode::Up),
    ("Down", KeyCode::Down),
    ("Left", KeyCode::Left),
    ("Right", KeyCode::Right),
    ("Home", KeyCode::Home),
    ("End", KeyCode::End),
    ("PgUp", KeyCode::PageUp),
    ("PgDn", KeyCode::PageDown),
    ("Space", KeyCode::Char(' ')),
];

impl Mods {
    /// Nothing held down.
    pub const NONE: Self = Self { ctrl: false, alt: false, shift: false, logo: false };
    /// Control alone.
    pub const CTRL: Self = Self { ctrl: true, ..Self::NONE };
    /// Alt alone.
    pub const ALT: Self = Self { alt: true, ..Self::NONE };
}

impl Key {
    /// A key with nothing held down.
    #[must_use]
    pub const fn plain(code: KeyCode) -> Self {
        Self { code, mods: Mods::NONE }
    }

    /// A character with nothing held down.
    #[must_use]
    pub const fn char(c: char) -> Self {
        Self::plain(KeyCode::Char(c))
    }

    /// A character with Control.
    #[must_use]
    pub const fn ctrl(c: char) -> Self {
        Self { code: KeyCode::Char(c), mods: Mods::CTRL }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (is_held, name) in [
            (self.mods.ctrl, "Ctrl-"),
            (self.mods.alt, "Alt-"),
            (self.mods.logo, "Super-"),
            (self.mods.shift, "Shift-"),
        ] {
            if is_held {
                f.write_str(name)?;
            }
        }
        if let Some((name, _)) = NAMED.iter().find(|(_, code)| *code == self.code) {
            return f.write_str(name);
        }
        match self.code {
            KeyCode::Char(c) => write!(f, "{c}"),
            KeyCode::F(n) => write!(f, "F{n}"),
            _ => write!(f, "{:?}", self.code),
        }
    }
}

impl FromStr for Key {
    type Err = ParseKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut mods = Mods::NONE;
        let mut rest = text;
        loop {
            let (held, after) = if let Some(after) = rest.strip_prefix("Ctrl-").or_else(|| rest.strip_prefix("C-")) {
                (&mut mods.ctrl, after)
            } else if let Some(after) = rest.strip_prefix("Alt-").or_else(|| rest.strip_prefix("M-")) {
                (&mut mods.alt, after)
            } else if let Some(after) = rest.strip_prefix("Super-") {
                (&mut mods.logo, after)
            } else if let Some(after) = rest.strip_prefix("Shift-").or_else(|| rest.strip_prefix("S-")) {
                (&mut mods.shift, after)
            } else {
                break;
            };
            if after.is_empty() {
                break;
            }
            *held = true;
            rest = after;
        }
        let code = key_code(rest).ok_or_else(|| ParseKeyError(text.to_owned()))?;
        Ok(Self { code, mods }.settled())
    }
}

fn key_code(name: &str) -> Option<KeyCode> {
    if let Some((_, code)) = NAMED.iter().find(|(named, _)| named.eq_ignore_ascii_case(name)) {
        return Some(*code);
    }
    let mut chars = name.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) => Some(KeyCode::Char(c)),
        (Some('F' | 'f'), Some(_)) => name.get(1..)?.parse().ok().filter(|n| (1..=35).contains(n)).map(KeyCode::F),
        _ => None,
    }
}

impl Key {
    /// The one way to write it: a shifted letter is its upper case, Control with a letter its lower case.
    #[must_use]
    pub fn settled(mut self) -> Self {
        if let KeyCode::Char(c) = self.code {
            if self.mods.ctrl {
                self.code = KeyCode::Char(c.to_ascii_lowercase());
            } else if self.mods.shift {
                self.mods.shift = false;
                self.code = KeyCode::Char(c.to_uppercase().next().unwrap_or(c));
            }
        } else if self.code == KeyCode::Tab && self.mods.shift {
            self.mods.shift = false;
            self.code = KeyCode::BackTab;
        }
        self
    }
}

impl Serialize for Key {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_key_reads_back_in_its_one_form() {
        for (written, one_form) in [
            ("Ctrl-]", "Ctrl-]"),
            ("C-]", "Ctrl-]"),
            ("F12", "F12"),
            ("A", "A"),
            ("Shift-a", "A"),
            ("M-x", "Alt-x"),
            ("Ctrl-A", "Ctrl-a"),
            ("pgup", "PgUp"),
            ("Space", "Space"),
            ("S-Tab", "BackTab"),
            ("S-F3", "Shift-F3"),
            ("-", "-"),
            ("Ctrl--", "Ctrl--"),
            ("C-Space", "Ctrl-Space"),
        ] {
            assert_eq!(written.parse::<Key>().map(|key| key.to_string()), Ok(one_form.to_owned()));
        }
        for wrong in ["", "Ctrl-", "F0", "F99", "Return!", "ab"] {
            assert_eq!(wrong.parse::<Key>(), Err(ParseKeyError(wrong.to_owned())));
        }
    }
}

//! What calls the operator from another window: the bell, and a notification in the words of the terminal.

use crate::model::{Noun, Untrusted, counted};

/// The longest project's name in a notification, in characters.
const NAME_CHARS_MAX: usize = 40;

/// The escape that a terminal takes a notification by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialect {
    /// OSC 99, kitty's.
    Kitty,
    /// OSC 777, urxvt's, VTE's, foot's and Ghostty's.
    Titled,
    /// OSC 9, iTerm2's, WezTerm's and Windows Terminal's.
    Plain,
}

/// How this terminal is notified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notice {
    dialect: Option<Dialect>,
    is_in_tmux: bool,
}

impl Notice {
    /// By the variables that terminals set; `get` gives one that is set and not empty.
    #[must_use]
    pub fn of(get: impl Fn(&str) -> Option<String>) -> Self {
        let term = get("TERM").unwrap_or_default();
        let program = get("TERM_PROGRAM").unwrap_or_default();
        let dialect = if get("KITTY_WINDOW_ID").is_some() || term == "xterm-kitty" {
            Some(Dialect::Kitty)
        } else if get("VTE_VERSION").is_some()
            || term.starts_with("foot")
            || term.starts_with("rxvt")
            || program.eq_ignore_ascii_case("ghostty")
        {
            Some(Dialect::Titled)
        } else if program == "iTerm.app" || program == "WezTerm" || get("WT_SESSION").is_some() {
            Some(Dialect::Plain)
        } else {
            None
        };
        Self { dialect, is_in_tmux: get("TMUX").is_some() }
    }

    /// The bytes that ring, and notify where the terminal can: nothing in them but how many cases wait, and where.
    #[must_use]
    pub fn bytes(self, open: usize, folder: &Untrusted) -> Vec<u8> {
        let folder = folder.lossy().into_owned();
        let name = folder.rsplit('/').find(|part| !part.is_empty()).unwrap_or_default();
        let name: String =
            name.chars().filter(|c| c.is_alphanumeric() || "-_. ".contains(*c)).take(NAME_CHARS_MAX).collect();
        let cases = counted(open, Noun::Case);
        let text = if name.is_empty() { format!("watch: {cases}") } else { format!("watch: {cases} in {name}") };
        let escape = match self.dialect {
            None => String::new(),
            Some(Dialect::Kitty) => format!("\x1b]99;i=holdpoint;{text}\x1b\\"),
            Some(Dialect::Titled) => format!("\x1b]777;notify;watch;{text}\x1b\\"),
            Some(Dialect::Plain) => format!("\x1b]9;{text}\x1b\\"),
        };
        let escape = if self.is_in_tmux && !escape.is_empty() {
            format!("\x1bPtmux;{}\x1b\\", escape.replace('\x1b', "\x1b\x1b"))
        } else {
            escape
        };
        [b"\x07", escape.as_bytes()].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(set: &[(&str, &str)]) -> Notice {
        Notice::of(|name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn each_terminal_is_notified_in_its_words_and_always_rung() {
        let shop = Untrusted::from("/home/dev/shop/");
        for (set, bytes) in [
            (&[("TERM", "xterm-kitty")][..], "\x07\x1b]99;i=holdpoint;watch: 1 case in shop\x1b\\"),
            (&[("VTE_VERSION", "7600")], "\x07\x1b]777;notify;watch;watch: 1 case in shop\x1b\\"),
            (&[("TERM_PROGRAM", "WezTerm")], "\x07\x1b]9;watch: 1 case in shop\x1b\\"),
            (&[("TERM", "xterm")], "\x07"),
            (&[("TERM", "tmux"), ("TMUX", "/tmp/x")], "\x07"),
            (
                &[("TERM_PROGRAM", "iTerm.app"), ("TMUX", "/tmp/x")],
                "\x07\x1bPtmux;\x1b\x1b]9;watch: 1 case in shop\x1b\x1b\\\x1b\\",
            ),
        ] {
            assert_eq!(String::from_utf8(notice(set).bytes(1, &shop)).unwrap(), bytes, "{set:?}");
        }
    }

    #[test]
    fn no_name_of_a_folder_ends_the_escape() {
        let hostile = Untrusted::from("/tmp/a\x1b\\\x07b;c\u{202e}d");
        let bytes = notice(&[("TERM", "xterm-kitty")]).bytes(3, &hostile);
        assert_eq!(String::from_utf8(bytes).unwrap(), "\x07\x1b]99;i=holdpoint;watch: 3 cases in abcd\x1b\\");
    }
}

//! Shows what the operator's terminal sends for each key, so that a keymap can be chosen for it (`UX.md`, K4).

use std::io::{self, Write};

use crossterm::event::{KeyboardEnhancementFlags, PopKeyboardEnhancementFlags, PushKeyboardEnhancementFlags};
use crossterm::execute;

use super::clock::Clock;
use super::colors::Asks;
use super::input::{RawInput, read_terminal};
use crate::app::Resolved;
use crate::model::{Key, Mode};
use crate::ui::Keymap;

/// The terminal while its keys are read one by one; dropping it gives it back.
struct RawTerminal;

impl RawTerminal {
    fn take() -> io::Result<Self> {
        crossterm::terminal::enable_raw_mode()?;
        let flags = KeyboardEnhancementFlags::DISAMBIGUATE_ESCAPE_CODES | KeyboardEnhancementFlags::REPORT_EVENT_TYPES;
        execute!(io::stdout(), PushKeyboardEnhancementFlags(flags))?;
        Ok(Self)
    }
}

impl Drop for RawTerminal {
    fn drop(&mut self) {
        // What cannot be given back to a terminal that is gone is nobody's.
        let _ = execute!(io::stdout(), PopKeyboardEnhancementFlags);
        let _ = crossterm::terminal::disable_raw_mode();
    }
}

/// Prints each key as it arrives and what it means to `watch`, until Ctrl-C. Blocks.
///
/// # Errors
/// What the terminal says.
pub fn show_keys(keymap: &Keymap) -> io::Result<()> {
    let _taken = RawTerminal::take()?;
    let mut inputs = read_terminal(Clock::start(), Asks::Nobody)?;
    let mut pending: Vec<Key> = Vec::new();
    let mut out = io::stdout();
    while let Some(input) = inputs.blocking_recv() {
        let said = match input {
            RawInput::Key { key, .. } if key == Key::ctrl('c') => return Ok(()),
            RawInput::Key { key, is_repeat, .. } => {
                let means = meaning(keymap, &mut pending, key);
                format!("{key}{}  {means}", if is_repeat { " (repeats)" } else { "" })
            }
            RawInput::Paste(text) => format!("a paste of {} characters", text.chars().count()),
            RawInput::Lost => return Ok(()),
            RawInput::Line { .. }
            | RawInput::Mouse(_)
            | RawInput::Resized(..)
            | RawInput::Focused(_)
            | RawInput::Told(_) => continue,
        };
        write!(out, "{said}\r\n")?;
        out.flush()?;
    }
    Ok(())
}

/// What a key does where the agent has the keyboard, after the keys of the sequence before it.
fn meaning(keymap: &Keymap, pending: &mut Vec<Key>, key: Key) -> String {
    match keymap.resolve(Mode::Agent, pending, key) {
        Resolved::Pending => {
            pending.push(key);
            "begins a command of watch".to_owned()
        }
        Resolved::Command(command) => {
            pending.clear();
            format!("{command}: {}", command.help())
        }
        Resolved::Unbound if pending.is_empty() => "goes to the agent".to_owned(),
        Resolved::Unbound => {
            pending.clear();
            "does nothing after that; nothing is sent".to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn k4_what_a_key_does_is_said_for_each_key_of_a_sequence() {
        let keymap = Keymap::shipped("default").unwrap();
        let mut pending = Vec::new();
        let mut say = |key: &str| meaning(&keymap, &mut pending, key.parse().unwrap());
        assert_eq!(say("x"), "goes to the agent");
        assert_eq!(say("F12"), "begins a command of watch");
        assert_eq!(say("h"), "open-case: open the worst case");
        assert_eq!(say("Ctrl-]"), "begins a command of watch");
        assert_eq!(say("F5"), "does nothing after that; nothing is sent");
        assert_eq!(say("A"), "goes to the agent");
    }
}

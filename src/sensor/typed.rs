//! The first line that the operator types and sends: best guess at what the agent is asked.

use crate::model::{Key, KeyCode};

/// The shortest line that can be a task, in words; menus and yes-or-no are answered by less.
const WORDS_MIN: usize = 2;
/// The longest line that is followed, in bytes.
const LINE_BYTES_MAX: usize = 16 * 1024;

/// Follows what is typed until a line is sent.
#[derive(Debug, Default)]
pub struct Typed {
    line: String,
    is_done: bool,
}

impl Typed {
    /// A pressed key; gives the line if it was sent by it.
    pub fn key(&mut self, key: Key) -> Option<String> {
        if self.is_done {
            return None;
        }
        match key.code {
            KeyCode::Enter if key.mods.alt || key.mods.shift => self.push("\n"),
            KeyCode::Enter => return self.send(),
            KeyCode::Char('u' | 'c') if key.mods.ctrl => self.line.clear(),
            KeyCode::Char('w') if key.mods.ctrl => {
                let kept = self.line.trim_end().rfind(' ').map_or(0, |at| at + 1);
                self.line.truncate(kept);
            }
            KeyCode::Char('j') if key.mods.ctrl => self.push("\n"),
            KeyCode::Char(c) if !key.mods.ctrl && !key.mods.alt => self.push(c.encode_utf8(&mut [0; 4])),
            KeyCode::Backspace => {
                self.line.pop();
            }
            KeyCode::Esc => self.line.clear(),
            _ => {}
        }
        None
    }

    /// A paste.
    pub fn paste(&mut self, text: &str) {
        if !self.is_done {
            self.push(text);
        }
    }

    fn push(&mut self, text: &str) {
        if self.line.len() + text.len() <= LINE_BYTES_MAX {
            self.line.push_str(text);
        }
    }

    /// A line that is no answer and no command of the agent's own.
    fn send(&mut self) -> Option<String> {
        let line = std::mem::take(&mut self.line);
        let text = line.trim();
        let is_task = text.split_whitespace().count() >= WORDS_MIN && !text.starts_with(['/', '!', '#']);
        self.is_done = is_task;
        is_task.then(|| text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: &str) -> Vec<String> {
        let mut typed = Typed::default();
        let keys = keys.chars().map(|c| match c {
            '\r' => Key { code: KeyCode::Enter, ..Key::char(' ') },
            '\u{8}' => Key { code: KeyCode::Backspace, ..Key::char(' ') },
            c => Key::char(c),
        });
        keys.filter_map(|key| typed.key(key)).collect()
    }

    #[test]
    fn the_first_line_that_is_no_answer_is_the_task() {
        assert_eq!(typed("y\r1\r/model x\rfix the  loginn\u{8} page\rand more words\r"), ["fix the  login page"]);
        assert_eq!(typed("\r\r"), [""; 0]);
    }
}

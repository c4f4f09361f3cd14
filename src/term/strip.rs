//! Output as the lines that it says, for whoever hears them one after the other: no escapes, no redrawing.

use super::clean::is_drawable_mark;

/// The longest line that is kept, in characters.
const LINE_CHARS_MAX: usize = 4_000;

/// Takes bytes and gives lines.
#[derive(Debug, Clone, Default)]
pub struct Stripper {
    at: Place,
    line: String,
    /// Bytes of a character that is not whole yet.
    part: Vec<u8>,
    /// The line goes back to its beginning, unless it ends at once.
    has_returned: bool,
}

/// Where in an escape the next byte is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Place {
    #[default]
    Text,
    Escape,
    /// `ESC [ …`, up to a final byte.
    Control,
    /// `ESC ] …` and its like, up to BEL or `ESC \`.
    String,
    /// `ESC (` and its like: one byte more.
    Charset,
}

impl Stripper {
    /// Takes output, and gives each line that ended in it. A line that was drawn over is given as it was last.
    pub fn take(&mut self, bytes: &[u8], lines: &mut Vec<String>) {
        for byte in bytes {
            self.byte(*byte, lines);
        }
    }

    /// What has been said without a line's end.
    #[must_use]
    pub fn rest(&mut self) -> Option<String> {
        let line = std::mem::take(&mut self.line);
        (!line.trim().is_empty()).then(|| line.trim_end().to_owned())
    }

    fn byte(&mut self, byte: u8, lines: &mut Vec<String>) {
        self.at = match (self.at, byte) {
            (Place::String, 0x07) => Place::Text,
            (_, 0x1b) => Place::Escape,
            (Place::Text, _) => {
                self.text(byte, lines);
                Place::Text
            }
            (Place::Escape, b'[') => Place::Control,
            (Place::Escape, b']' | b'P' | b'X' | b'^' | b'_') => Place::String,
            (Place::Escape, b'(' | b')' | b'*' | b'+' | b'#' | b'%') => Place::Charset,
            (Place::Escape | Place::Charset, _) => Place::Text,
            (Place::Control, 0x40..=0x7e) => Place::Text,
            (at @ (Place::Control | Place::String), _) => at,
        };
    }

    fn text(&mut self, byte: u8, lines: &mut Vec<String>) {
        match byte {
            b'\n' => {
                self.has_returned = false;
                if let Some(line) = self.rest() {
                    lines.push(line);
                }
            }
            b'\r' => self.has_returned = true,
            0x08 => {
                self.line.pop();
            }
            _ => self.character(byte),
        }
    }

    fn character(&mut self, byte: u8) {
        if std::mem::take(&mut self.has_returned) {
            self.line.clear();
        }
        if byte.is_ascii() {
            self.part.clear();
            self.push(if byte == b'\t' { ' ' } else { char::from(byte) });
            return;
        }
        self.part.push(byte);
        match std::str::from_utf8(&self.part) {
            Ok(text) => {
                let whole = text.chars().next();
                self.part.clear();
                whole.into_iter().for_each(|c| self.push(c));
            }
            Err(error) if error.error_len().is_some() => self.part.clear(),
            Err(_) => {}
        }
    }

    fn push(&mut self, c: char) {
        if is_drawable_mark(c) && self.line.len() < LINE_CHARS_MAX {
            self.line.push(c);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Vec<String> {
        let (mut stripper, mut all) = (Stripper::default(), Vec::new());
        stripper.take(bytes, &mut all);
        all.extend(stripper.rest());
        all
    }

    #[test]
    fn lines_are_what_was_said_whatever_was_drawn() {
        assert_eq!(lines(b"\x1b[31mred\x1b[0m one\r\n\x1b]0;title\x07two\x1b(B\n\nthree"), ["red one", "two", "three"]);
        assert_eq!(lines(b" 10 %\r 50 %\r100 %\n"), ["100 %"], "what is drawn over is said once");
        assert_eq!(lines("naïve 漢字\n\u{202e}x\n".as_bytes()), ["naïve 漢字", "x"]);
        assert_eq!(lines(b"\x1bP1$r q\x1b\\ok\x1b]8;;http://x\x1b\\link\n"), ["oklink"]);
    }

    #[test]
    fn cutting_the_bytes_anywhere_gives_the_same_lines() {
        let bytes = "a\x1b[1;31mb\x1b]2;t\x1b\\é\r\nc\rd\n".as_bytes();
        for cut in 0..bytes.len() {
            let (mut stripper, mut all) = (Stripper::default(), Vec::new());
            stripper.take(&bytes[..cut], &mut all);
            stripper.take(&bytes[cut..], &mut all);
            all.extend(stripper.rest());
            assert_eq!(all, ["abé", "d"], "{cut}");
        }
    }
}

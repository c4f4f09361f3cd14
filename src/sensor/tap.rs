//! Lines of text out of terminal output, without keeping a screen.
//!
//! Text is a line until a newline or a vertical motion ends it. A carriage return followed by text starts the line
//! again, so that a spinner's redraws leave only what stood there last. Plain text is taken a run at a time: what a
//! terminal obeys is rare, and all else is copied whole.

/// The longest line, in bytes; what comes after is dropped.
pub(super) const LINE_BYTES_MAX: usize = 4096;
/// The widest gap that a motion to the right leaves, in columns.
const GAP_MAX: usize = 400;
/// How many bytes of a control sequence are read; what is longer is no sequence we know.
const SEQUENCE_BYTES_MAX: usize = 64;
/// The longest character, in bytes.
const CHAR_BYTES_MAX: usize = 4;

/// The line that is being drawn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tap {
    line: String,
    /// A carriage return came; the next text starts the line again.
    is_returned: bool,
    state: State,
    /// What stands between `ESC [` and the final byte.
    sequence: Vec<u8>,
    /// The beginning of a character that was cut.
    begun: Vec<u8>,
}

/// Where in the stream a byte stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    Text,
    /// After ESC.
    Escape,
    /// After `ESC [`.
    Sequence,
    /// In a string that BEL or `ESC \` ends: a title, a link.
    String,
    /// In such a string, after ESC.
    StringEscape,
}

impl Tap {
    /// Reads the next bytes, cut anywhere, and gives each line that ends to `emit`.
    pub fn advance(&mut self, bytes: &[u8], emit: &mut impl FnMut(&str)) {
        let mut rest = bytes;
        while let Some(&byte) = rest.first() {
            if self.state == State::Text {
                let run = rest.iter().position(|byte| *byte < b' ' || *byte == 0x7f).unwrap_or(rest.len());
                let (text, after) = rest.split_at_checked(run).unwrap_or((rest, &[]));
                self.text(text);
                rest = after;
                if let Some((&control, after)) = rest.split_first() {
                    self.control(control, emit);
                    rest = after;
                }
            } else if self.state == State::Sequence && (b' '..=b'?').contains(&byte) {
                let run = rest.iter().position(|byte| !(b' '..=b'?').contains(byte)).unwrap_or(rest.len());
                let room = SEQUENCE_BYTES_MAX.saturating_sub(self.sequence.len()).min(run);
                self.sequence.extend_from_slice(rest.get(..room).unwrap_or_default());
                rest = rest.get(run..).unwrap_or_default();
            } else {
                self.step(byte, emit);
                rest = rest.get(1..).unwrap_or_default();
            }
        }
    }

    /// The line that has not ended; it goes on being drawn.
    pub fn unfinished(&self) -> &str {
        &self.line
    }

    /// One byte of a control sequence.
    fn step(&mut self, byte: u8, emit: &mut impl FnMut(&str)) {
        match (self.state, byte) {
            (State::String, 0x07) | (State::StringEscape, b'\\') | (_, 0x18 | 0x1a) => self.state = State::Text,
            (State::String, 0x1b) => self.state = State::StringEscape,
            (State::String, _) => {}
            // Any other escape ends the string, and begins anew.
            (State::StringEscape | State::Escape, b'[') => {
                self.sequence.clear();
                self.state = State::Sequence;
            }
            (State::StringEscape | State::Escape, b']' | b'P' | b'X' | b'^' | b'_') => self.state = State::String,
            (State::StringEscape | State::Escape | State::Sequence, 0x1b) => self.state = State::Escape,
            (State::Escape | State::Sequence, 0..=0x1f) => self.within(byte, emit),
            (State::StringEscape | State::Escape, b' '..=b'/') => self.state = State::Escape,
            (State::StringEscape | State::Escape, _) => self.state = State::Text,
            (State::Sequence, 0x40..=0x7e) => {
                self.state = State::Text;
                self.obey(byte, emit);
            }
            (State::Sequence, _) => {
                if self.sequence.len() < SEQUENCE_BYTES_MAX {
                    self.sequence.push(byte);
                }
            }
            (State::Text, _) => self.control(byte, emit),
        }
    }

    /// A control character within a sequence is obeyed at once, and the sequence goes on.
    fn within(&mut self, byte: u8, emit: &mut impl FnMut(&str)) {
        let state = self.state;
        self.control(byte, emit);
        self.state = state;
    }

    /// Text without control characters.
    fn text(&mut self, text: &[u8]) {
        if text.is_empty() {
            return;
        }
        if self.begun.is_empty() {
            self.decode(text);
            return;
        }
        let mut whole = std::mem::take(&mut self.begun);
        whole.extend_from_slice(text);
        self.decode(&whole);
    }

    fn decode(&mut self, text: &[u8]) {
        let mut rest = text;
        loop {
            match std::str::from_utf8(rest) {
                Ok(valid) => return self.push(valid),
                Err(error) => {
                    let (valid, after) = rest.split_at_checked(error.valid_up_to()).unwrap_or((rest, &[]));
                    self.push(std::str::from_utf8(valid).unwrap_or_default());
                    let Some(wrong) = error.error_len() else {
                        self.begun.extend_from_slice(after.get(..after.len().min(CHAR_BYTES_MAX)).unwrap_or_default());
                        return;
                    };
                    self.push("\u{fffd}");
                    rest = after.get(wrong..).unwrap_or_default();
                }
            }
        }
    }

    fn push(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if self.is_returned {
            self.line.clear();
            self.is_returned = false;
        }
        let room = LINE_BYTES_MAX.saturating_sub(self.line.len());
        if text.len() <= room {
            self.line.push_str(text);
        } else if room > 0 {
            // A character that begins within the limit is kept whole.
            let end = (room..=text.len()).find(|end| text.is_char_boundary(*end)).unwrap_or(text.len());
            self.line.push_str(text.get(..end).unwrap_or_default());
        }
    }

    /// A character that was cut and does not go on is none.
    fn end_text(&mut self) {
        if !self.begun.is_empty() {
            self.begun.clear();
            self.push("\u{fffd}");
        }
    }

    fn control(&mut self, byte: u8, emit: &mut impl FnMut(&str)) {
        self.end_text();
        match byte {
            0x1b => self.state = State::Escape,
            b'\n' | 0x0b | 0x0c => self.end_line(emit),
            b'\r' => self.is_returned = true,
            b'\t' => self.push(" "),
            0x08 => {
                self.line.pop();
            }
            _ => {}
        }
    }

    fn end_line(&mut self, emit: &mut impl FnMut(&str)) {
        emit(&self.line);
        self.line.clear();
        self.is_returned = false;
    }

    /// The cursor goes elsewhere: what was drawn is a line, but an empty one says nothing.
    fn leave(&mut self, emit: &mut impl FnMut(&str)) {
        if !self.line.is_empty() {
            self.end_line(emit);
        }
        self.is_returned = false;
    }

    fn gap(&mut self, columns: usize) {
        for _ in 0..columns.min(GAP_MAX) {
            self.push(" ");
        }
    }

    /// A control sequence that ended with `action`.
    fn obey(&mut self, action: u8, emit: &mut impl FnMut(&str)) {
        if action == b'm' || self.sequence.iter().any(|byte| !matches!(byte, b'0'..=b'9' | b';' | b':')) {
            return;
        }
        let digits = self.sequence.iter().take_while(|byte| byte.is_ascii_digit());
        let first = digits.fold(0usize, |sum, digit| sum.saturating_mul(10).saturating_add(usize::from(digit - b'0')));
        let first = first.min(usize::from(u16::MAX));
        let count = first.max(1);
        match action {
            b'H' | b'f' | b'A' | b'B' | b'E' | b'F' | b'd' | b'L' | b'M' | b'S' | b'T' => self.leave(emit),
            b'C' | b'a' => self.gap(count),
            b'D' => {
                for _ in 0..count.min(LINE_BYTES_MAX) {
                    self.line.pop();
                }
            }
            b'G' | b'`' => {
                let drawn = self.line.chars().count();
                if count <= 1 {
                    self.is_returned = true;
                } else if count > drawn {
                    self.gap(count - 1 - drawn);
                }
            }
            b'K' if first == 2 => self.line.clear(),
            b'J' => self.line.clear(),
            _ => {}
        }
    }
}

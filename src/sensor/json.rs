//! One JSON value out of bytes as they come, in bounded memory.
//!
//! A value of a hundred megabytes is read like a short one: long strings keep their beginning and their end, and what
//! goes beyond the limits is read and left out. What was left out is told by [`Json::is_cut`].

use memchr::memchr3;
use serde_json::{Map, Number, Value};

/// How much of a string's beginning is kept, in bytes.
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// How much of a longer string's end is kept, in bytes: that is where errors stand.
const TAIL_BYTES_MAX: usize = 4 * 1024;
/// How much of all strings of a value is kept, in bytes. Beyond it a string keeps [`LATE_BYTES_MAX`].
const KEPT_BYTES_MAX: usize = 1024 * 1024;
/// How much of a string is kept once [`KEPT_BYTES_MAX`] are full, in bytes: enough for names, numbers and commands.
const LATE_BYTES_MAX: usize = 512;
/// How many values are kept in one. The values near the top are kept for as many again, and its own names always:
/// what a line is may stand at its end.
const NODES_MAX: usize = 16 * 1024;
/// How deep values are kept.
const DEPTH_MAX: usize = 24;
/// How deep values are kept when there are too many.
const TOP_DEPTH: usize = 2;
/// The longest number or word, in bytes.
const WORD_BYTES_MAX: usize = 64;
/// The longest name, in bytes.
const NAME_BYTES_MAX: usize = 256;
/// How many newlines of somebody else's text are borne within a string.
const NEWLINES_MAX: usize = 8;

/// What came of some bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The value goes on.
    More,
    /// It has ended after so many of the bytes.
    Done(usize),
    /// It is no JSON; the byte with this number does not belong to it.
    Broken(usize),
}

/// A value that is being read.
#[derive(Debug)]
pub(super) struct Json {
    state: State,
    frames: Vec<Frame>,
    /// Open containers below [`DEPTH_MAX`], whether they are objects: they are read, not kept.
    deep: Vec<bool>,
    string: Text,
    root: Option<Value>,
    kept: usize,
    nodes: usize,
    newlines: usize,
    is_cut: bool,
    /// Whether a newline within a string may be somebody else's.
    is_patient: bool,
}

#[derive(Debug)]
enum Frame {
    Object(Map<String, Value>, String),
    Array(Vec<Value>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Value,
    /// A value or the end of an array that has just begun.
    FirstItem,
    FirstName,
    Name,
    Colon,
    Next,
    String {
        is_name: bool,
    },
    Escape {
        is_name: bool,
    },
    Unicode {
        is_name: bool,
        digits: u8,
        code: u32,
    },
    Word,
    Done,
}

/// A string that is being read: its beginning and its end.
#[derive(Debug, Default)]
struct Text {
    head: Vec<u8>,
    tail: Vec<u8>,
    head_max: usize,
    has_gap: bool,
    /// The first half of a character that is written as two.
    high: Option<u32>,
}

impl Text {
    fn begin(&mut self, head_max: usize) {
        self.head.clear();
        self.tail.clear();
        self.head_max = head_max;
        self.has_gap = false;
        self.high = None;
    }

    fn push(&mut self, bytes: &[u8]) {
        self.lone_half();
        let room = self.head_max.saturating_sub(self.head.len());
        if room >= bytes.len() && self.tail.is_empty() {
            self.head.extend_from_slice(bytes);
            return;
        }
        let (head, rest) = bytes.split_at(if self.tail.is_empty() { room.min(bytes.len()) } else { 0 });
        self.head.extend_from_slice(head);
        let rest_from = rest.len().saturating_sub(TAIL_BYTES_MAX);
        self.has_gap |= rest_from > 0;
        self.tail.extend_from_slice(rest.get(rest_from..).unwrap_or_default());
        if self.tail.len() > 2 * TAIL_BYTES_MAX {
            self.has_gap = true;
            self.tail.drain(..self.tail.len() - TAIL_BYTES_MAX);
        }
    }

    fn push_char(&mut self, c: char) {
        let mut buffer = [0; 4];
        self.push(c.encode_utf8(&mut buffer).as_bytes());
    }

    /// A character by its number in UTF-16.
    fn push_code(&mut self, code: u32) {
        match (self.high.take(), code) {
            (Some(high), 0xdc00..=0xdfff) => {
                let code = 0x1_0000 + ((high - 0xd800) << 10) + (code - 0xdc00);
                self.push_char(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            (before, 0xd800..=0xdbff) => {
                self.high = before;
                self.lone_half();
                self.high = Some(code);
            }
            (before, code) => {
                self.high = before;
                self.push_char(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
        }
    }

    fn lone_half(&mut self) {
        if self.high.take().is_some() {
            self.push_char(char::REPLACEMENT_CHARACTER);
        }
    }

    fn is_cut(&self) -> bool {
        self.has_gap
    }

    /// The text, with a mark where something was left out.
    fn take(&mut self) -> String {
        self.lone_half();
        let mut text = String::from_utf8_lossy(&self.head).into_owned();
        if self.is_cut() {
            text.push('…');
        }
        text.push_str(&String::from_utf8_lossy(&self.tail));
        text
    }
}

impl Json {
    /// The beginning of a value. One that is `patient` bears text of others between its lines.
    pub fn new(is_patient: bool) -> Self {
        Self {
            state: State::Value,
            frames: Vec::new(),
            deep: Vec::new(),
            string: Text::default(),
            root: None,
            kept: 0,
            nodes: 0,
            newlines: 0,
            is_cut: false,
            is_patient,
        }
    }

    /// Whether anything was left out.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// The text by this name in the object itself, if it has been read.
    pub fn top(&self, name: &str) -> Option<&str> {
        match self.frames.first() {
            Some(Frame::Object(map, _)) => map.get(name)?.as_str(),
            _ => None,
        }
    }

    /// The value, as far as it was read: what is open is closed.
    pub fn take(mut self) -> Option<Value> {
        if self.state != State::Done {
            self.is_cut = true;
            if let State::String { is_name: false } | State::Escape { is_name: false } = self.state {
                let text = self.string.take();
                self.give(Value::String(text));
            }
            while !self.frames.is_empty() {
                self.deep.clear();
                self.close();
            }
        }
        self.root
    }

    /// Reads on. `Done` and `Broken` are the end: no more may be fed.
    pub fn feed(&mut self, bytes: &[u8]) -> Step {
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            let used = match self.state {
                State::String { is_name } => self.string_bytes(bytes.get(at..).unwrap_or_default(), is_name),
                State::Word => self.word_byte(byte).ok_or(0),
                _ => self.byte(byte).then_some(1).ok_or(0),
            };
            match used {
                Ok(used) => at += used,
                Err(used) => return Step::Broken(at + used),
            }
            if self.state == State::Done {
                return Step::Done(at);
            }
        }
        Step::More
    }

    /// Reads text up to a quote, an escape or a newline; how many bytes it took. The error has how many it took of what
    /// then turned out to be no text of JSON: as many as it would have, had they come one by one.
    fn string_bytes(&mut self, bytes: &[u8], is_name: bool) -> Result<usize, usize> {
        let end = memchr3(b'"', b'\\', b'\n', bytes).unwrap_or(bytes.len());
        let (text, rest) = bytes.split_at(end);
        // A terminal is being drawn on: this is no stream.
        if let Some(escape) = memchr::memchr(0x1b, text) {
            self.string.push(text.get(..escape).unwrap_or_default());
            return Err(escape);
        }
        self.string.push(text);
        match rest.first() {
            None => {}
            Some(b'"') => {
                self.end_string(is_name);
                return Ok(end + 1);
            }
            Some(b'\\') => {
                self.state = State::Escape { is_name };
                return Ok(end + 1);
            }
            Some(_) => {
                self.newlines += 1;
                if !self.is_patient || is_name || self.newlines > NEWLINES_MAX {
                    return Err(end);
                }
                self.is_cut = true;
                self.string.push(b"\n");
                return Ok(end + 1);
            }
        }
        Ok(end)
    }

    fn end_string(&mut self, is_name: bool) {
        let cut = self.string.is_cut();
        self.is_cut |= cut;
        let text = self.string.take();
        if !is_name {
            self.give(Value::String(text));
            return;
        }
        if let (true, Some(Frame::Object(_, name))) = (self.deep.is_empty(), self.frames.last_mut()) {
            *name = text;
        }
        self.state = State::Colon;
    }

    /// Takes one byte outside strings and words; whether it belongs there.
    fn byte(&mut self, byte: u8) -> bool {
        let is_blank = matches!(byte, b' ' | b'\t' | b'\r');
        match (self.state, byte) {
            (State::Escape { is_name }, _) => return self.escape(byte, is_name),
            (State::Unicode { is_name, digits, code }, _) => return self.unicode(byte, is_name, digits, code),
            // A raw newline or another control character ends a value that is written on one line.
            _ if is_blank && !self.is_at_start() => {}
            (State::Value | State::FirstItem, b'{') => self.open(true),
            (State::Value | State::FirstItem, b'[') if !self.is_at_start() => self.open(false),
            (State::Value | State::FirstItem, b'"') if !self.is_at_start() => self.begin_string(false),
            (State::FirstItem, b']') | (State::FirstName, b'}') => self.close(),
            (State::FirstName | State::Name, b'"') => self.begin_string(true),
            (State::Colon, b':') => self.state = State::Value,
            (State::Next, b',') => self.state = if self.is_in_object() { State::Name } else { State::Value },
            (State::Next, b'}') if self.is_in_object() => self.close(),
            (State::Next, b']') if !self.is_in_object() => self.close(),
            (State::Value | State::FirstItem, b'-' | b'0'..=b'9' | b't' | b'f' | b'n') if !self.is_at_start() => {
                self.string.begin(WORD_BYTES_MAX);
                self.string.push(&[byte]);
                self.state = State::Word;
            }
            _ => return false,
        }
        true
    }

    /// Only objects are lines of a stream.
    fn is_at_start(&self) -> bool {
        self.frames.is_empty()
    }

    fn is_in_object(&self) -> bool {
        self.deep.last().copied().unwrap_or(matches!(self.frames.last(), Some(Frame::Object(..))))
    }

    fn begin_string(&mut self, is_name: bool) {
        let room = if is_name {
            NAME_BYTES_MAX
        } else if !self.keeps() {
            0
        } else if self.kept < KEPT_BYTES_MAX {
            HEAD_BYTES_MAX
        } else {
            LATE_BYTES_MAX
        };
        self.string.begin(room);
        self.state = State::String { is_name };
    }

    fn escape(&mut self, byte: u8, is_name: bool) -> bool {
        let plain = match byte {
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'"' | b'\\' | b'/' => char::from(byte),
            b'u' => {
                self.state = State::Unicode { is_name, digits: 0, code: 0 };
                return true;
            }
            _ => return false,
        };
        self.string.push_char(plain);
        self.state = State::String { is_name };
        true
    }

    fn unicode(&mut self, byte: u8, is_name: bool, digits: u8, code: u32) -> bool {
        let Some(digit) = char::from(byte).to_digit(16) else { return false };
        let code = code * 16 + digit;
        if digits < 3 {
            self.state = State::Unicode { is_name, digits: digits + 1, code };
        } else {
            self.string.push_code(code);
            self.state = State::String { is_name };
        }
        true
    }

    /// Takes a byte of a number or a word; one that ends it is not taken.
    fn word_byte(&mut self, byte: u8) -> Option<usize> {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.') {
            self.string.push(&[byte]);
            return Some(1);
        }
        let word = self.string.take();
        let value = match word.as_str() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" => Value::Null,
            word if word.starts_with(|c: char| c == '-' || c.is_ascii_digit()) => {
                word.parse::<Number>().map_or(Value::Null, Value::Number)
            }
            _ => return None,
        };
        self.give(value);
        Some(0)
    }

    fn open(&mut self, is_object: bool) {
        if self.frames.len() >= DEPTH_MAX || !self.deep.is_empty() {
            self.is_cut = true;
            self.deep.push(is_object);
        } else if is_object {
            self.frames.push(Frame::Object(Map::new(), String::new()));
        } else {
            self.frames.push(Frame::Array(Vec::new()));
        }
        self.state = if is_object { State::FirstName } else { State::FirstItem };
    }

    fn close(&mut self) {
        if self.deep.pop().is_some() {
            self.state = State::Next;
            return;
        }
        match self.frames.pop() {
            Some(Frame::Object(map, _)) => self.give(Value::Object(map)),
            Some(Frame::Array(values)) => self.give(Value::Array(values)),
            None => {}
        }
    }

    /// Whether there is room for another value here.
    fn keeps(&self) -> bool {
        let is_near_top = match self.frames.as_slice() {
            [] => true,
            [Frame::Object(map, _)] => map.len() < NODES_MAX,
            frames => frames.len() <= TOP_DEPTH && self.nodes < 2 * NODES_MAX,
        };
        self.deep.is_empty() && (self.nodes < NODES_MAX || is_near_top)
    }

    /// Puts a value where it belongs.
    fn give(&mut self, value: Value) {
        self.state = State::Next;
        if self.frames.is_empty() {
            self.root = Some(value);
            self.state = State::Done;
            return;
        }
        if !self.keeps() {
            self.is_cut = true;
            return;
        }
        self.nodes += 1;
        self.kept += value.as_str().map_or(0, str::len);
        match self.frames.last_mut() {
            Some(Frame::Object(map, name)) => {
                map.insert(std::mem::take(name), value);
            }
            Some(Frame::Array(values)) => values.push(value),
            None => {}
        }
    }
}

#[cfg(test)]
mod tests;

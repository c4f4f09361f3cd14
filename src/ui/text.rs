//! Text from the agent made safe to draw, and text cut or wrapped to a width.

use unicode_segmentation::UnicodeSegmentation;

use super::canvas::{cells, width};
use crate::model::must_be_escaped;

/// How many marks a character may carry before the rest is written out.
const MARKS_MAX: usize = 2;
/// How a mask begins and ends.
const MASK: (&str, char) = ("‹secret ", '›');
/// The longest mask there is, in bytes.
const MASK_BYTES_MAX: usize = 120;

/// A part of a text from the agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    /// Safe to draw.
    pub(super) text: String,
    pub(super) kind: Kind,
    /// Which bytes of the text it stands for.
    pub(super) from: usize,
    pub(super) to: usize,
}

/// What kind of part it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Drawn as it is, byte for byte.
    Plain,
    /// Written out, such as `<U+202E>`.
    Escape,
    /// A mask in place of a secret, byte for byte.
    Secret,
}

/// Splits a text from the agent into parts that are safe to draw on one line (`UX.md`, R4).
///
/// Beyond what [`Untrusted::shown`](crate::model::Untrusted::shown) escapes, this writes out blanks that are no
/// space, marks piled on one character, and letters of other scripts amid Latin ones.
pub(super) fn pieces(bytes: &[u8]) -> Vec<Piece> {
    let mut out = Pieces::default();
    let mut at = 0;
    for chunk in bytes.utf8_chunks() {
        let text = chunk.valid();
        out.valid(text, at);
        at += text.len();
        for byte in chunk.invalid() {
            out.escape(format!("<0x{byte:02X}>"), at, 1);
            at += 1;
        }
    }
    out.list
}

#[derive(Default)]
struct Pieces {
    list: Vec<Piece>,
    marks: usize,
}

impl Pieces {
    fn valid(&mut self, text: &str, offset: usize) {
        let mut rest = text;
        let mut at = offset;
        let mut before = None;
        while let Some(c) = rest.chars().next() {
            if let Some(mask) = mask(rest) {
                self.list.push(Piece { text: mask.to_owned(), kind: Kind::Secret, from: at, to: at + mask.len() });
                at += mask.len();
                rest = rest.get(mask.len()..).unwrap_or_default();
                before = None;
                continue;
            }
            let plain = rest.bytes().take_while(|b| (0x20..0x7f).contains(b)).count();
            // The last letter of a run may be followed by a look-alike, so it is looked at by itself.
            let step = if plain > 1 { plain - 1 } else { c.len_utf8() };
            let (now, later) = rest.split_at_checked(step).unwrap_or((rest, ""));
            let is_odd = plain == 0 && self.is_odd(c, before, later.chars().next());
            if is_odd {
                self.escape(format!("<U+{:04X}>", u32::from(c)), at, step);
            } else {
                self.plain(now, at);
            }
            before = now.chars().next_back();
            at += step;
            rest = later;
        }
    }

    fn is_odd(&mut self, c: char, before: Option<char>, after: Option<char>) -> bool {
        let is_mark = cells(c.encode_utf8(&mut [0; 4])) == 0;
        self.marks = if is_mark { self.marks + 1 } else { 0 };
        let is_latin = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphabetic());
        must_be_escaped(c)
            || (c.is_whitespace() && c != ' ')
            || c == '\u{2800}'
            || self.marks > MARKS_MAX
            || (is_mark && before.is_none())
            || (looks_latin(c) && (is_latin(before) || is_latin(after)))
            || ('\u{FF01}'..='\u{FF5E}').contains(&c)
    }

    fn plain(&mut self, text: &str, at: usize) {
        match self.list.last_mut() {
            Some(last) if last.kind == Kind::Plain && last.to == at => {
                last.text.push_str(text);
                last.to += text.len();
            }
            _ => self.list.push(Piece { text: text.to_owned(), kind: Kind::Plain, from: at, to: at + text.len() }),
        }
    }

    fn escape(&mut self, text: String, at: usize, bytes: usize) {
        self.list.push(Piece { text, kind: Kind::Escape, from: at, to: at + bytes });
    }
}

/// A mask at the beginning of a text.
fn mask(text: &str) -> Option<&str> {
    let (begin, end) = MASK;
    if !text.starts_with(begin) {
        return None;
    }
    let length = text.find(end)? + end.len_utf8();
    text.get(..length).filter(|mask| mask.len() <= MASK_BYTES_MAX && !mask.chars().any(must_be_escaped))
}

/// Letters of scripts that have letters like the Latin ones.
fn looks_latin(c: char) -> bool {
    matches!(c, '\u{0370}'..='\u{03FF}' | '\u{0400}'..='\u{052F}' | '\u{0531}'..='\u{058F}' | '\u{13A0}'..='\u{13FF}'
        | '\u{2C80}'..='\u{2CFF}' | '\u{A4D0}'..='\u{A4FF}' | '\u{1D400}'..='\u{1D7FF}')
}

/// A long name cut in the middle, so that both its ends stay.
pub(super) fn cut_middle(text: &str, room: usize, cut: &str) -> String {
    let room = u16::try_from(room).unwrap_or(u16::MAX);
    if width(text) <= room {
        return text.to_owned();
    }
    let keep = room.saturating_sub(width(cut));
    let head = keep.div_ceil(2);
    let front = take(text.graphemes(true), head);
    let back: String = take(text.graphemes(true).rev(), keep - head).graphemes(true).rev().collect();
    take(format!("{front}{cut}{back}").graphemes(true), room)
}

/// A text cut at its end.
pub(super) fn cut_end(text: &str, room: usize, cut: &str) -> String {
    let room = u16::try_from(room).unwrap_or(u16::MAX);
    // Not measured as a whole: of a long text only what fits is looked at.
    let whole = take(text.graphemes(true), room);
    if whole.len() == text.len() {
        return whole;
    }
    let kept = take(text.graphemes(true), room.saturating_sub(width(cut)));
    take(format!("{kept}{cut}").graphemes(true), room)
}

/// As many graphemes as fit.
fn take<'a>(graphemes: impl Iterator<Item = &'a str>, room: u16) -> String {
    let mut left = room;
    let mut out = String::new();
    for grapheme in graphemes {
        let wide = cells(grapheme);
        if wide > left {
            break;
        }
        left -= wide;
        out.push_str(grapheme);
    }
    out
}

/// A number of bytes for people, such as `1.5 KiB`.
#[must_use]
pub fn bytes_told(bytes: u64) -> String {
    let units = ["KiB", "MiB", "GiB"];
    let mut tenths = bytes.saturating_mul(10) / 1024;
    for unit in units {
        if tenths < 10_240 || unit == "GiB" {
            return format!("{}.{} {unit}", tenths / 10, tenths % 10);
        }
        tenths /= 1024;
    }
    String::new()
}

/// Prose wrapped at its blanks; a word longer than a line is broken.
pub(super) fn wrap(text: &str, room: usize) -> Vec<String> {
    let room = u16::try_from(room).unwrap_or(u16::MAX).max(1);
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let mut word = word.to_owned();
        let used = lines.last().map_or(0, |line| width(line));
        if used > 0 && used.saturating_add(1 + width(&word)) <= room {
            if let Some(line) = lines.last_mut() {
                line.push(' ');
                line.push_str(&word);
            }
            continue;
        }
        if used > 0 {
            lines.push(String::new());
        }
        while width(&word) > room {
            let head = take(word.graphemes(true), room);
            if head.is_empty() {
                break;
            }
            word = word.get(head.len()..).unwrap_or_default().to_owned();
            if let Some(line) = lines.last_mut() {
                line.push_str(&head);
            }
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(&word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &[u8]) -> String {
        pieces(text).into_iter().map(|piece| piece.text).collect()
    }

    #[test]
    fn r04_what_misleads_the_eye_is_written_out_and_nothing_is_dropped() {
        for (raw, safe) in [
            ("rm -rf \u{202e}txt", "rm -rf <U+202E>txt"),
            ("a\x1b[2J\rb", "a<U+001B>[2J<U+000D>b"),
            ("curl ex\u{0430}mple.com", "curl ex<U+0430>mple.com"),
            ("\u{0430}pple", "<U+0430>pple"),
            ("привет мир", "привет мир"),
            ("a\u{a0}b\u{3000}c\u{2800}", "a<U+00A0>b<U+3000>c<U+2800>"),
            ("e\u{301}", "e\u{301}"),
            ("e\u{301}\u{301}\u{301}\u{301}", "e\u{301}\u{301}<U+0301><U+0301>"),
            ("\u{301}x", "<U+0301>x"),
            ("漢字 ok ünï", "漢字 ok ünï"),
            ("ｒｍ", "<U+FF52><U+FF4D>"),
            ("tag\u{e0041}", "tag<U+E0041>"),
        ] {
            assert_eq!(shown(raw.as_bytes()), safe);
        }
        assert_eq!(shown(b"ok\xff\xfe"), "ok<0xFF><0xFE>");
    }

    #[test]
    fn every_byte_belongs_to_exactly_one_piece() {
        for text in ["", "a", "ab\u{430}c\x1bd", "Bearer ‹secret A: tok_…3f9a› \u{202e}", "‹secret never ends"]
        {
            let mut at = 0;
            for piece in pieces(text.as_bytes()) {
                assert_eq!(piece.from, at);
                at = piece.to;
                assert!(piece.kind == Kind::Escape || text.get(piece.from..piece.to) == Some(piece.text.as_str()));
            }
            assert_eq!(at, text.len());
        }
    }

    #[test]
    fn a_mask_is_one_piece_and_hides_nothing_that_must_be_escaped() {
        let list = pieces("x ‹secret A: tok_…3f9a› y".as_bytes());
        assert_eq!(list.iter().map(|p| p.kind).collect::<Vec<_>>(), [Kind::Plain, Kind::Secret, Kind::Plain]);
        assert!(shown("‹secret \u{202e}›".as_bytes()).contains("<U+202E>"));
    }

    #[test]
    fn long_names_are_cut_in_the_middle_and_prose_is_wrapped() {
        assert_eq!(cut_middle("infra/production/domains.env", 13, "…"), "infra/…ns.env");
        assert_eq!(cut_middle("abc", 3, "…"), "abc");
        assert_eq!(cut_middle("漢字漢字漢字", 5, "…"), "漢…字");
        assert_eq!(cut_middle("abc", 0, "…"), "");
        assert_eq!(cut_end("abcdef", 4, ".."), "ab..");
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij kl", 4), ["abcd", "efgh", "ij", "kl"]);
        assert_eq!(wrap("", 4), [""]);
    }
}

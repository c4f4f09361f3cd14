//! JSON strings in which nothing is left that a terminal would obey or a reader would not see.

use std::io;

use serde_json::ser::Formatter;

use crate::model::must_be_escaped;

/// Text is looked at in blocks of so many bytes, without a branch for each byte.
const BLOCK_BYTES: usize = 32;

/// Writes JSON on one line, with C1, DEL, bidi, zero-width and other format characters as `\uXXXX`.
///
/// The compact form otherwise; C0, quotes and backslashes are escaped by `serde_json` itself.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Visible;

impl Formatter for Visible {
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        if plain_ascii(fragment.as_bytes()) == fragment.len() {
            return writer.write_all(fragment.as_bytes());
        }
        let mut escaped = Vec::with_capacity(fragment.len() + 16);
        push_escaped(&mut escaped, fragment);
        writer.write_all(&escaped)
    }
}

/// Appends `text` to `out` as the inside of a JSON string.
pub(super) fn push_escaped(out: &mut Vec<u8>, text: &str) {
    let mut rest = text;
    loop {
        let (plain, after) = rest.split_at(plain_run(rest));
        out.extend_from_slice(plain.as_bytes());
        let mut chars = after.chars();
        let Some(c) = chars.next() else { return };
        push_escape(out, c);
        rest = chars.as_str();
    }
}

/// How many bytes from the start need no escape; ends at a character's boundary.
fn plain_run(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    loop {
        // Text in other alphabets is one such character after the other: nothing to look for in between.
        if bytes.get(at).is_some_and(u8::is_ascii) {
            at += plain_ascii(bytes.get(at..).unwrap_or_default());
        }
        let Some(&lead) = bytes.get(at) else { return at };
        let length = match lead {
            0..0x80 => return at,
            0x80..0xE0 => 2,
            0xE0..0xF0 => 3,
            0xF0.. => 4,
        };
        if may_hide(lead, bytes.get(at + 1).copied()) {
            let next = text.get(at..).and_then(|rest| rest.chars().next());
            if next.is_none_or(must_be_escaped) {
                return at;
            }
        }
        at += length;
    }
}

/// How many bytes from the start are ASCII that stands for itself in a JSON string.
fn plain_ascii(bytes: &[u8]) -> usize {
    let (blocks, _) = bytes.as_chunks::<BLOCK_BYTES>();
    let whole = blocks.iter().take_while(|block| is_plain_block(block)).count() * BLOCK_BYTES;
    whole + bytes.iter().skip(whole).take_while(|&&b| is_plain(b)).count()
}

/// Whether every byte of the block stands for itself. No early exit: so it becomes a few wide instructions.
fn is_plain_block(block: &[u8; BLOCK_BYTES]) -> bool {
    block.iter().fold(true, |all, &b| all & is_plain(b))
}

/// Whether the byte is an ASCII character that stands for itself in a JSON string.
fn is_plain(b: u8) -> bool {
    (0x20..0x7F).contains(&b) & (b != b'"') & (b != b'\\')
}

/// Whether a character that starts so could be one that [`must_be_escaped`]. Never a wrong no: a test asks for
/// every character.
fn may_hide(lead: u8, second: Option<u8>) -> bool {
    match lead {
        0xE2 => matches!(second, Some(0x80 | 0x81)),
        0xE3 => second == Some(0x85),
        0xEF => matches!(second, Some(0xBB | 0xBE | 0xBF)),
        0xC2 | 0xCD | 0xD8 | 0xE1 | 0xF0 | 0xF3 => true,
        _ => false,
    }
}

/// Appends the JSON escape of `c`.
fn push_escape(out: &mut Vec<u8>, c: char) {
    let short = match c {
        '"' => b'"',
        '\\' => b'\\',
        '\n' => b'n',
        '\r' => b'r',
        '\t' => b't',
        '\u{8}' => b'b',
        '\u{c}' => b'f',
        _ => {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.extend_from_slice(b"\\u");
                for shift in [12, 8, 4, 0] {
                    let digit = u32::from(*unit >> shift & 0xF);
                    out.extend(char::from_digit(digit, 16).map(|c| c as u8));
                }
            }
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

#[cfg(test)]
mod tests {
    use serde::Serialize;

    use super::*;

    fn escaped(text: &str) -> String {
        let mut out = b"\"".to_vec();
        push_escaped(&mut out, text);
        out.push(b'"');
        String::from_utf8(out).unwrap()
    }

    fn formatted(text: &str) -> String {
        let mut out = Vec::new();
        text.serialize(&mut serde_json::Serializer::with_formatter(&mut out, Visible)).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_character_reads_back_and_no_hidden_one_is_raw() {
        for c in (0..=0x10_FFFF).filter_map(char::from_u32) {
            let text = c.to_string();
            let json = escaped(&text);
            assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text, "U+{:04X}", u32::from(c));
            assert!(!json.contains(must_be_escaped), "U+{:04X}", u32::from(c));
            assert_eq!(json, formatted(&text), "both ways of writing agree on U+{:04X}", u32::from(c));
        }
    }

    #[test]
    fn a_hidden_character_is_found_wherever_it_stands() {
        for length in 0..100 {
            for hidden in ["\u{202e}", "\x1b", "\u{7f}", "\u{9b}", "\"", "\u{e0041}", "┌\u{200b}"] {
                let text = format!("{}{hidden}{}", "a".repeat(length), "─b".repeat(length / 2));
                let json = escaped(&text);
                assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
                assert!(!json.contains(must_be_escaped), "{json}");
            }
        }
    }
}

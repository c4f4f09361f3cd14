//! Text that came from the agent and has not been made safe to draw.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Bytes of the agent's choosing: arguments, paths, prose.
///
/// It has no `Display`: to draw it call [`Untrusted::shown`], which leaves nothing in it that a
/// terminal would obey or a reader would not see (`UX.md`, R4).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Untrusted(Vec<u8>);

impl Untrusted {
    /// Takes the bytes as they are.
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// The bytes, unchanged.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text for parsers and matchers: invalid UTF-8 becomes U+FFFD, nothing is escaped.
    #[must_use]
    pub fn lossy(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.0)
    }

    /// Whether there are no bytes at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text made safe to draw on one line.
    ///
    /// Control characters (C0, DEL, C1), bidi marks, zero-width and other invisible format characters,
    /// tag characters and line separators appear as `<U+202E>`, bytes that are no UTF-8 as `<0xFF>`.
    /// Everything else stays. Newlines and tabs are escaped as well: callers that lay out several
    /// lines split first.
    #[must_use]
    pub fn shown(&self) -> String {
        let mut out = String::with_capacity(self.0.len());
        for chunk in self.0.utf8_chunks() {
            for c in chunk.valid().chars() {
                if must_be_escaped(c) {
                    out.push_str(&format!("<U+{:04X}>", u32::from(c)));
                } else {
                    out.push(c);
                }
            }
            for byte in chunk.invalid() {
                out.push_str(&format!("<0x{byte:02X}>"));
            }
        }
        out
    }
}

/// Whether a terminal would obey this character, or a reader would not see it: control characters, bidi
/// marks, zero-width and other invisible format characters, tag characters, line separators.
#[must_use]
pub fn must_be_escaped(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF9}'..='\u{FFFB}'
            | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

/// How many bytes at the end of `text` are the beginning of a character of which the rest is not there.
#[must_use]
pub fn unfinished_char(text: &[u8]) -> usize {
    let last = text.get(text.len().saturating_sub(3)..).unwrap_or_default();
    let lead = last.iter().rposition(|b| *b >= 0xc0).and_then(|lead| last.get(lead..)).unwrap_or_default();
    match std::str::from_utf8(lead) {
        Err(error) if error.error_len().is_none() => lead.len(),
        _ => 0,
    }
}

impl fmt::Debug for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Untrusted({:?})", self.shown())
    }
}

impl From<&str> for Untrusted {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}

impl From<String> for Untrusted {
    fn from(text: String) -> Self {
        Self(text.into_bytes())
    }
}

impl From<Vec<u8>> for Untrusted {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl From<&[u8]> for Untrusted {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }
}

/// UTF-8 is written as a string, anything else as `{"bytes": [..]}`; both read back to the same bytes.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Wire {
    Text(String),
    Raw { bytes: Vec<u8> },
}

impl Serialize for Untrusted {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(&self.0) {
            Ok(text) => serializer.serialize_str(text),
            Err(_) => Wire::Raw { bytes: self.0.clone() }.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Untrusted {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Wire::deserialize(deserializer)? {
            Wire::Text(text) => Self(text.into_bytes()),
            Wire::Raw { bytes } => Self(bytes),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_made_visible() {
        for (raw, shown) in [
            ("plain ünïcode 漢字", "plain ünïcode 漢字"),
            ("a\x1b[2Kb", "a<U+001B>[2Kb"),
            ("x\r\n\ty", "x<U+000D><U+000A><U+0009>y"),
            ("del\x7f csi\u{9b}", "del<U+007F> csi<U+009B>"),
            ("\u{202e}txt.exe", "<U+202E>txt.exe"),
            ("zero\u{200b}width\u{feff}", "zero<U+200B>width<U+FEFF>"),
            ("tag\u{e0041}", "tag<U+E0041>"),
        ] {
            assert_eq!(Untrusted::from(raw).shown(), shown);
        }
        assert_eq!(Untrusted::new(b"ok\xff\xfe".to_vec()).shown(), "ok<0xFF><0xFE>");
    }

    #[test]
    fn bytes_survive_json_even_when_they_are_no_text() -> Result<(), serde_json::Error> {
        for bytes in [b"text".to_vec(), b"\xff\x00\x1b".to_vec(), Vec::new()] {
            let value = Untrusted::new(bytes);
            let json = serde_json::to_string(&value)?;
            assert_eq!(serde_json::from_str::<Untrusted>(&json)?, value);
        }
        Ok(())
    }
}

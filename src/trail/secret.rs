//! A credential's value, known by its digest and by the place it was first seen.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use super::known::FORM_BYTES_MIN;
use super::scan::VALUE_BYTES_MAX;
use crate::model::{SecretHandle, SecretId, Untrusted};

/// Where a value was first seen.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    /// The file, or the command that printed it.
    pub place: Untrusted,
    /// The line within it, from 1; 0 where there are no lines.
    pub line: u32,
}

/// A credential. Its value stays in the [`super::Mask`], in memory only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// The letter it goes by.
    pub id: SecretId,
    /// What it is: "GitHub token".
    pub kind: String,
    /// How it is shown: `ghp_…3f9a`.
    pub handle: String,
    /// The name it stood under, such as `RAILWAY_TOKEN`.
    pub name: Option<Untrusted>,
    /// Where it was first seen, if that is known.
    pub origin: Option<Origin>,
    /// Hex of the keyed digest of its value; what the journal may hold.
    pub digest: String,
}

impl Secret {
    /// What stands for its value in texts: `‹secret A: tok_…3f9a›`.
    #[must_use]
    pub fn mark(&self) -> String {
        format!("‹secret {}: {}›", self.id, self.handle)
    }

    /// What is shown of it in a case.
    #[must_use]
    pub fn into_handle(self) -> SecretHandle {
        let seen = self.origin.map(|origin| Untrusted::from(origin.to_string()));
        SecretHandle { id: self.id, kind: self.kind, handle: self.handle, seen, digest: self.digest }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => f.write_str(&self.place.shown()),
            line => write!(f, "{}:{line}", self.place.shown()),
        }
    }
}

/// HMAC-SHA-256 of a value's first [`VALUE_BYTES_MAX`] bytes, in hex.
pub(super) fn digest(key: &[u8; 32], value: &[u8]) -> String {
    const BLOCK: usize = 64;
    let pad = |with: u8| -> Vec<u8> {
        key.iter().copied().chain(std::iter::repeat(0)).take(BLOCK).map(|byte| byte ^ with).collect()
    };
    let head = value.get(..value.len().min(VALUE_BYTES_MAX)).unwrap_or_default();
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(head).finalize();
    let outer = Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize();
    outer.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The forms in which a value is looked for: itself, base64 at each of three positions, percent-encoded, hex.
pub(super) fn forms(value: &[u8]) -> Vec<Vec<u8>> {
    let head = value.get(..value.len().min(VALUE_BYTES_MAX)).unwrap_or_default();
    let mut forms = vec![head.to_vec()];
    if head.len() >= FORM_BYTES_MIN {
        for shift in 0..3 {
            for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
                forms.push(base64_core(head, shift, engine));
            }
        }
        forms.push(head.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into_bytes());
    }
    let encoded: String = head
        .iter()
        .map(|&byte| match byte {
            b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
            _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect();
    forms.push(encoded.into_bytes());
    let escaped: Vec<u8> = String::from_utf8_lossy(head).replace('\\', r"\\").replace('"', "\\\"").into_bytes();
    forms.push(escaped);
    forms.sort();
    forms.dedup();
    forms.retain(|form| form.len() >= FORM_BYTES_MIN.min(head.len()));
    forms
}

/// The base64 characters that depend on the value alone when `shift` unknown bytes stand before it.
fn base64_core(value: &[u8], shift: usize, engine: &impl Engine) -> Vec<u8> {
    let mut padded = vec![0; shift];
    padded.extend_from_slice(value);
    let text = engine.encode(&padded).into_bytes();
    let skip = (shift * 8).div_ceil(6);
    let whole = padded.len() * 8 / 6;
    text.get(skip..whole.min(text.len())).unwrap_or_default().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_recognised_within_base64_whatever_stands_before_and_after_it() {
        let value = b"tok-9Zk3_Qm71x";
        let forms = forms(value);
        for before in ["", "u", "me", "abc", "user:"] {
            for after in ["", "x", "yz"] {
                let encoded = STANDARD_NO_PAD.encode([before.as_bytes(), value, after.as_bytes()].concat());
                assert!(forms.iter().any(|f| encoded.contains(&*String::from_utf8_lossy(f))), "{before}{after}");
            }
        }
    }

    #[test]
    fn a_digest_depends_on_the_key_and_is_hmac_sha_256() {
        assert_ne!(digest(&[0; 32], b"x"), digest(&[1; 32], b"x"));
        assert_eq!(digest(&[0; 32], b""), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
    }
}

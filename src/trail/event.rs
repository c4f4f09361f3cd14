//! What happened in a session, as a chain shows it, and what lines of text tell of it.

use super::text::{cut, has_word};
use crate::model::{Link, LinkKind, Moment, Untrusted};

/// How much of a line that would destroy something is shown, in bytes.
const WOULD_BYTES_MAX: usize = 120;

/// Something that happened, as a chain shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Event {
    pub at: Moment,
    /// How many acts there were before it.
    pub act: u64,
    pub kind: EventKind,
    /// What happened, masked.
    pub what: Untrusted,
    pub note: String,
}

/// What kind of event it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum EventKind {
    /// An authorisation failed.
    Failure,
    /// Credentials were looked for.
    Hunt,
    /// A secret was read.
    SecretRead,
    /// A file was written.
    Wrote,
    /// The agent guessed about something that matters.
    Guess,
    /// The agent claimed to have done or checked something.
    Claim,
    /// An environment was chosen.
    Environment,
    /// Something was looked at: a list, a description, a status.
    Looked,
    /// An act was refused.
    Refused,
}

impl Event {
    pub(super) fn link(&self) -> Link {
        let kind = match self.kind {
            EventKind::Guess | EventKind::Claim => LinkKind::Said,
            EventKind::SecretRead => LinkKind::Read,
            EventKind::Failure | EventKind::Hunt | EventKind::Wrote | EventKind::Environment | EventKind::Looked => {
                LinkKind::Run
            }
            EventKind::Refused => LinkKind::Exec,
        };
        Link { at: self.at, kind, what: self.what.clone(), note: self.note.clone() }
    }
}

/// The first line of a file that would destroy something.
pub(super) fn would(content: &str) -> Option<&str> {
    let words = [
        "rm -",
        "rmtree",
        "rmSync",
        "unlink",
        "shred ",
        "truncate",
        "TRUNCATE ",
        "DROP ",
        "drop ",
        "DELETE ",
        "-delete",
        "delete(",
        "destroy",
        "Delete(",
        "mkfs",
        "dd if=",
        "push --force",
        "push -f",
        "reset --hard",
        "volumeDelete",
    ];
    let line = content.lines().map(str::trim).find(|line| words.iter().any(|word| line.contains(word)))?;
    Some(cut(line, WOULD_BYTES_MAX))
}

/// What a line says of a failed authorisation.
pub(super) fn failure(line: &str) -> Option<&'static str> {
    let lower = line.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if has(&["mismatch"]) && has(&["credential", "token", "401", "auth"]) {
        return Some("401 mismatch");
    }
    if has_word(&lower, "401") && has(&["http", "status", "error", "unauthor", "code"])
        || has(&["unauthorized", "unauthorised"])
    {
        return Some("401");
    }
    if has_word(&lower, "403") && has(&["http", "status", "error", "forbidden", "code"])
        || has(&["forbidden", "access denied", "accessdenied", "not authorized", "authentication error"])
        || has(&["permission to"]) && has(&["denied to"])
    {
        return Some("403");
    }
    has(&[
        "invalid token",
        "bad credentials",
        "authentication failed",
        "token expired",
        "invalid api key",
        "permission denied",
    ])
    .then_some("refused")
}

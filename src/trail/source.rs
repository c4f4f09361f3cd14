//! Where a secret comes from: what an invocation reads, prints or looks for.

use super::names::{self, SecretFile};
use crate::shell::{self, Invocation, Reading, Stdin, Word};

/// Programs that print what is in a file.
pub(super) const READERS: [&str; 28] = [
    "cat", "head", "tail", "less", "more", "bat", "grep", "egrep", "rg", "ag", "sed", "awk", "cut", "jq", "yq",
    "strings", "xxd", "od", "base64", "sort", "uniq", "tac", "nl", "source", ".", "openssl", "tee", "dotenv",
];
/// How many stages of a pipe are followed back to where a secret comes from.
const STAGES_MAX: usize = 16;

/// Where a secret comes from.
pub(super) enum SourceOf {
    File(String),
    Command(String),
    Hunt(String),
}

/// The secret that an invocation reads or prints, if it does.
pub(super) fn source_of(invocation: &Invocation) -> Option<SourceOf> {
    let program = invocation.program();
    let line = || invocation.words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
    if super::printers::prints_secret(&invocation.words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>()) {
        return Some(SourceOf::Command(line()));
    }
    let is_search = matches!(program, "grep" | "egrep" | "rg" | "ag" | "ack");
    // A search of one secret file reads it.
    let is_wide = invocation.has_any(&["-r", "-R", "--recursive"]) || matches!(program, "rg" | "ag" | "ack");
    let read = invocation.operands(&[]).into_iter().skip(1).find(|word| names::secret_file(&word.text).is_some());
    if let Some(word) = read.filter(|_| is_search && !is_wide) {
        return Some(SourceOf::File(invocation.path(word).unwrap_or_else(|| word.text.clone())));
    }
    if is_search && searches_secrets(invocation) {
        return Some(SourceOf::Hunt(line()));
    }
    if program == "find"
        && invocation.args().iter().any(|word| {
            names::secret_file(word.text.trim_matches('*')).is_some() || word.text == "*.pem" || word.text == "*.env*"
        })
    {
        return Some(SourceOf::Hunt(line()));
    }
    if !READERS.contains(&program) {
        return match &invocation.stdin {
            Stdin::File(word) if names::secret_file(&word.text).is_some() => {
                Some(SourceOf::File(invocation.path(word).unwrap_or_else(|| word.text.clone())))
            }
            Stdin::File(_) | Stdin::Inherited | Stdin::Text(_) | Stdin::From(_) => None,
        };
    }
    let files: Vec<&Word> = invocation.args().iter().filter(|word| !word.is_flag()).collect();
    let is_filter =
        is_search || matches!(program, "jq" | "yq" | "sed" | "awk") && !invocation.has_any(&["-e", "-f", "--file"]);
    let secret = files.iter().skip(usize::from(is_filter)).find(|word| {
        matches!(names::secret_file(&word.text), Some(SecretFile::Values | SecretFile::Key | SecretFile::Environment))
    });
    if let Some(word) = secret {
        return Some(SourceOf::File(invocation.path(word).unwrap_or_else(|| word.text.clone())));
    }
    let selects = files.first().is_some_and(|word| selects_secret(&word.text));
    let file = files.get(1..).and_then(<[&Word]>::last);
    match file {
        Some(word) if selects && !is_search => {
            Some(SourceOf::File(invocation.path(word).unwrap_or_else(|| word.text.clone())))
        }
        _ => None,
    }
}

/// Where the output of an invocation comes from, if from a secret: its own reading, or that of a stage before it.
pub(super) fn source_through(reading: &Reading, index: usize, stage: usize) -> Option<String> {
    let invocation = reading.invocations.get(index).filter(|_| stage < STAGES_MAX)?;
    match source_of(invocation) {
        Some(SourceOf::File(place) | SourceOf::Command(place)) => Some(place),
        hunt_or_none => {
            let before = match &invocation.stdin {
                Stdin::From(before) => before.iter().find_map(|before| source_through(reading, *before, stage + 1)),
                Stdin::Inherited | Stdin::Text(_) | Stdin::File(_) => None,
            };
            before.or(match hunt_or_none {
                Some(SourceOf::Hunt(place)) => Some(place),
                Some(SourceOf::File(_) | SourceOf::Command(_)) | None => None,
            })
        }
    }
}

/// Whether a filter takes a field whose name says secret: `.token`, `s/TOKEN=//p`, `/API_KEY/`.
fn selects_secret(filter: &str) -> bool {
    filter
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-'))
        .any(|word| word.len() > 3 && names::is_secret_variable(word))
}

/// Whether a search is for credentials: a pattern that names them, over more than code.
fn searches_secrets(invocation: &Invocation) -> bool {
    let lower = invocation.operands(&[]).first().map(|word| word.text.to_ascii_lowercase()).unwrap_or_default();
    let exact = [
        "token",
        "secret",
        "password",
        "passwd",
        "credential",
        "api[_-]?key",
        "api_key",
        "apikey",
        "akia",
        "ghp_",
        "bearer",
        "private key",
    ];
    let is_symbol = lower.contains("parse")
        || lower.contains("class ")
        || lower.contains("fn ")
        || lower.contains("stream")
        || lower.contains("kind");
    exact.iter().any(|word| lower.contains(word)) && !is_symbol
}

/// Whether a place lies outside of the project in `cwd`.
pub(super) fn is_foreign(place: &str, cwd: &str) -> bool {
    let path = place
        .rsplit_once(':')
        .filter(|(_, line)| line.bytes().all(|b| b.is_ascii_digit()))
        .map_or(place, |(path, _)| path);
    let path =
        shell::joined_path(Some(cwd).filter(|_| path.starts_with("..")), path).unwrap_or_else(|| path.to_owned());
    path.starts_with('/') && !cwd.is_empty() && !path.starts_with(&format!("{}/", cwd.trim_end_matches('/')))
}

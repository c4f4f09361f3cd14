//! Called with the habits of the system's periodic-run tool, we hand over to it.

use std::ffi::{OsStr, OsString};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};

use crate::model::Dialect;
use crate::runtime::recognised;
use crate::sensor::dialect::Errand;

/// The name we share with the system's tool.
const SHARED_NAME: &str = "watch";
/// Options that the system's tool has and we have not.
const THEIR_SHORT: &[u8] = b"bcCdegnpqrtwx";
const THEIR_LONG: &[&str] = &[
    "beep",
    "color",
    "no-color",
    "differences",
    "errexit",
    "chgexit",
    "equexit",
    "exec",
    "interval",
    "precise",
    "no-linewrap",
    "no-wrap",
    "no-rerun",
    "no-title",
];

/// Shells, which nobody wants started anew every two seconds.
const SHELLS: &[&str] = &["bash", "zsh", "fish", "sh", "dash", "ksh", "nu"];

/// Whose arguments these are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meant {
    /// Ours.
    Ours,
    /// The system's tool's: its options, or a command that is none of ours, and no `--` of ours.
    Theirs,
    /// Ours, but the `--` is missing: the system's tool would start an agent that nobody watches.
    Agents,
}

/// Whose arguments these are, without the program's name. A single word that is neither a command of `ours` nor a program
/// in `path` is a mistyped one of ours.
#[must_use]
pub fn meant(arguments: &[OsString], ours: &[&str], path: &OsStr) -> Meant {
    if arguments.iter().any(|argument| argument == "--") {
        return Meant::Ours;
    }
    let Some(first) = arguments.first().map(|first| first.to_string_lossy().into_owned()) else { return Meant::Ours };
    let is_theirs = if let Some(long) = first.strip_prefix("--") {
        THEIR_LONG.contains(&long.split('=').next().unwrap_or(long))
    } else if let Some(short) = first.strip_prefix('-') {
        short.bytes().next().is_some_and(|letter| THEIR_SHORT.contains(&letter))
    } else if starts_agent(arguments, path) {
        return Meant::Agents;
    } else {
        let is_word = first.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        !ours.contains(&first.as_str()) && (!is_word || find(path, &first).is_some())
    };
    if is_theirs { Meant::Theirs } else { Meant::Ours }
}

/// Whether a command starts an agent, or a shell to work in.
fn starts_agent(words: &[OsString], path: &OsStr) -> bool {
    let is_shell = |word: &OsString| SHELLS.iter().any(|shell| word == shell);
    let started = recognised(words, Path::new("."), path);
    matches!(words, [only] if is_shell(only))
        || started.dialect != Dialect::Generic && started.errand == Errand::Session
}

/// The program that a name leads to.
fn find(path: &OsStr, name: &str) -> Option<PathBuf> {
    std::env::split_paths(path).map(|folder| folder.join(name)).find(|candidate| is_program(candidate))
}

/// The system's tool: the first `watch` in `path` that is not this program.
#[must_use]
pub fn find_theirs(path: &OsStr) -> Option<PathBuf> {
    let own = identity(Path::new("/proc/self/exe"))?;
    std::env::split_paths(path)
        .map(|folder| folder.join(SHARED_NAME))
        .find(|candidate| is_program(candidate) && identity(candidate) != Some(own))
}

/// The `watch` that a shell would find in `path`, and whether it is this program.
#[must_use]
pub fn found_by_shell(path: &OsStr) -> Option<(PathBuf, bool)> {
    let own = identity(Path::new("/proc/self/exe"));
    let found = std::env::split_paths(path).map(|folder| folder.join(SHARED_NAME)).find(|path| is_program(path))?;
    let is_ours = identity(&found) == own;
    Some((found, is_ours))
}

/// Becomes the system's tool; comes back only with an error.
#[allow(clippy::disallowed_methods, reason = "this is the one place that becomes another program")]
#[must_use]
pub fn become_theirs(program: &Path, arguments: &[OsString]) -> std::io::Error {
    std::process::Command::new(program).arg0(SHARED_NAME).args(arguments).exec()
}

fn is_program(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.mode() & 0o111 != 0)
}

fn identity(path: &Path) -> Option<(u64, u64)> {
    path.metadata().ok().map(|metadata| (metadata.dev(), metadata.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn habits_of_the_systems_tool_are_its_own_and_ours_are_ours() {
        for (line, expected) in [
            ("-n1 date", Meant::Theirs),
            ("-d -n 2 ls", Meant::Theirs),
            ("--interval=2 ls", Meant::Theirs),
            ("ls", Meant::Theirs),
            ("ls -l", Meant::Theirs),
            ("ls;pwd", Meant::Theirs),
            ("sh ./poll.sh", Meant::Theirs),
            ("claude --version", Meant::Theirs),
            ("", Meant::Ours),
            ("status", Meant::Ours),
            ("statu", Meant::Ours),
            ("--version", Meant::Ours),
            ("--help", Meant::Ours),
            ("-- bash", Meant::Ours),
            ("--theme dark -- bash", Meant::Ours),
            ("-n1 -- date", Meant::Ours),
            ("--bogus", Meant::Ours),
            ("claude", Meant::Agents),
            ("/opt/bin/codex exec tidy", Meant::Agents),
            ("npx @anthropic-ai/claude-code", Meant::Agents),
            ("bash", Meant::Agents),
        ] {
            let arguments: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
            let folder = tempfile::tempdir().unwrap();
            for name in ["ls", "claude", "sh", "bash"] {
                std::os::unix::fs::symlink("/bin/sh", folder.path().join(name)).unwrap();
            }
            assert_eq!(meant(&arguments, &["status", "demo"], folder.path().as_os_str()), expected, "{line}");
        }
    }
}

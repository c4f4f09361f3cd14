//! Called with the habits of the system's periodic-run tool, we hand over to it.

use std::ffi::{OsStr, OsString};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};

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

/// Whether the arguments, without the program's name, are meant for the system's tool: its options, or a command
/// that is none of ours, and no `--` of ours.
#[must_use]
pub fn is_theirs(arguments: &[OsString], ours: &[&str]) -> bool {
    if arguments.iter().any(|argument| argument == "--") {
        return false;
    }
    let Some(first) = arguments.first().map(|first| first.to_string_lossy().into_owned()) else { return false };
    if let Some(long) = first.strip_prefix("--") {
        let name = long.split('=').next().unwrap_or(long);
        return THEIR_LONG.contains(&name);
    }
    if let Some(short) = first.strip_prefix('-') {
        return short.bytes().next().is_some_and(|letter| THEIR_SHORT.contains(&letter));
    }
    !ours.contains(&first.as_str())
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
        for (line, theirs) in [
            ("-n1 date", true),
            ("-d -n 2 ls", true),
            ("--interval=2 ls", true),
            ("date", true),
            ("ls -l", true),
            ("", false),
            ("status", false),
            ("--version", false),
            ("--help", false),
            ("-- bash", false),
            ("--theme dark -- bash", false),
            ("-n1 -- date", false),
            ("--bogus", false),
        ] {
            let arguments: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
            assert_eq!(is_theirs(&arguments, &["status", "demo"]), theirs, "{line}");
        }
    }
}

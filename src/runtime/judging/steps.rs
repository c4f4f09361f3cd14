//! The steps of a tool's own work: what `git stash` or `git gc` starts of git is a part of that command, which was judged.

use crate::model::{Action, Untrusted};
use crate::sys::{self, ProcId};

/// How much of a process's command line is looked at, in bytes.
const CMDLINE_BYTES_MAX: usize = 16 * 1024;

/// Verbs of git that do their work by further git commands. What they are given to run goes through a shell, and is
/// none of their steps.
const VERBS: [&str; 23] = [
    "am",
    "bisect",
    "checkout",
    "cherry-pick",
    "clone",
    "commit",
    "fetch",
    "gc",
    "maintenance",
    "merge",
    "prune",
    "pull",
    "push",
    "rebase",
    "receive-pack",
    "remote",
    "repack",
    "revert",
    "sparse-checkout",
    "stash",
    "submodule",
    "switch",
    "worktree",
];

/// Options of git before its verb that take the next word.
const WITH_VALUE: [&str; 6] = ["-C", "-c", "--exec-path", "--git-dir", "--work-tree", "--namespace"];

/// Whether a program start is a step of the git command that makes it: git itself, before anything else has run.
pub(super) fn is_step(action: &Action) -> bool {
    let Some(exec) = action.as_exec().filter(|_| action.caller.program.as_bytes() == b"git") else { return false };
    let is_git = exec.resolved.as_ref().is_some_and(|file| {
        let own = sys::link(ProcId(action.caller.pid.0), "exe").unwrap_or_default();
        file.as_bytes() == own || is_helper(file)
    });
    if !is_git {
        return false;
    }
    let bytes = sys::cmdline(ProcId(action.caller.pid.0), CMDLINE_BYTES_MAX).unwrap_or_default();
    let words: Vec<String> = bytes.split(|byte| *byte == 0).map(|w| String::from_utf8_lossy(w).into_owned()).collect();
    verb(&words).is_some_and(|verb| VERBS.contains(&verb))
}

/// Whether it is one of git's own programs, wherever they are installed.
fn is_helper(file: &Untrusted) -> bool {
    let path = file.lossy();
    path.rsplit_once('/').is_some_and(|(folder, name)| folder.ends_with("/git-core") && name.starts_with("git"))
}

/// The verb of a git command line; `git-VERB` has it in its name.
fn verb(words: &[String]) -> Option<&str> {
    let name = words.first()?.rsplit('/').next()?;
    if let Some(verb) = name.strip_prefix("git-") {
        return Some(verb);
    }
    let mut rest = words.get(1..)?.iter();
    while let Some(word) = rest.next() {
        if WITH_VALUE.contains(&word.as_str()) {
            rest.next();
        } else if !word.starts_with('-') {
            return Some(word);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verb_stands_behind_the_options_of_git_itself() {
        for (line, expected) in [
            ("git stash -q", Some("stash")),
            ("git -C site -c user.name=x gc --auto", Some("gc")),
            ("git --git-dir .git rebase main", Some("rebase")),
            ("/usr/lib/git-core/git-receive-pack /srv/x", Some("receive-pack")),
            ("git --version", None),
            ("git", None),
        ] {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            assert_eq!(verb(&words), expected, "{line}");
        }
    }

    #[test]
    fn only_the_programs_of_git_are_its_helpers() {
        for (file, expected) in [
            ("/usr/lib/git-core/git", true),
            ("/usr/lib/git-core/git-remote-https", true),
            ("/usr/bin/git", false),
            ("/tmp/git-core/rm", false),
        ] {
            assert_eq!(is_helper(&Untrusted::from(file)), expected, "{file}");
        }
    }
}

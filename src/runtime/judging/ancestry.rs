//! Which process is below which.

use crate::sys::{self, ProcId};

/// How far up the ancestry is looked.
const ANCESTORS_MAX: usize = 64;

/// A process. Its number alone may be given out again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Process {
    /// Its number.
    pub(super) id: i32,
    /// When it started, in clock ticks since boot.
    pub(super) started: u64,
}

/// A process and those above it, nearest first. Empty where it is gone.
pub(super) fn ancestors(process: i32) -> Vec<Process> {
    let mut chain = Vec::new();
    let mut current = process;
    while chain.len() < ANCESTORS_MAX && current > 0 {
        let Ok(stat) = sys::stat(ProcId(current)) else { break };
        chain.push(Process { id: current, started: stat.started });
        current = stat.parent.0;
    }
    chain
}

/// The process that a hook's question speaks for: whoever started the hook, a shell in between passed over.
///
/// A shell that only runs the hook is gone when its question is answered; what the call does comes from above it.
pub(super) fn asker(caller: i32, agent: i32) -> Option<Process> {
    let chain = ancestors(caller);
    let is_go_between = |process: &&Process| {
        let words = sys::cmdline(ProcId(process.id), CMDLINE_BYTES_MAX).unwrap_or_default();
        let mut words = words.split(|byte| *byte == 0);
        let program = words.next().unwrap_or_default();
        let name = program.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        let has_text = words.any(|word| word.starts_with(b"-") && word.ends_with(b"c"));
        process.id != agent && has_text && matches!(name, b"sh" | b"bash" | b"dash" | b"zsh")
    };
    chain.iter().find(|process| !is_go_between(process)).or(chain.first()).copied()
}

/// How much of a command line is looked at, in bytes.
const CMDLINE_BYTES_MAX: usize = 4096;

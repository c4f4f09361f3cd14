//! Which command each process of the tree runs: recorded when its program starts, inherited by what it forks.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use crate::model::{Exec, Pid, Untrusted};
use crate::sys::{self, Deadline, ProcId};

/// Processes that are remembered; beyond, the one that was met first is forgotten, and read anew when it is met again.
const PROCESSES_MAX: usize = 4096;
/// Words of a command that are kept.
const WORDS_MAX: usize = 256;
/// Bytes of a command that are kept.
const COMMAND_BYTES_MAX: usize = 16 * 1024;
/// How long it holds what a process runs: its number is not given out again so soon.
const KNOWN_FOR: Duration = Duration::from_millis(100);
/// How far up a command is looked for.
const ANCESTORS_MAX: usize = 64;

/// The commands of the tree's processes.
#[derive(Debug, Default)]
pub(super) struct Commands {
    known: HashMap<Pid, Known>,
    /// Processes in the order in which they were first met.
    met: VecDeque<Pid>,
    /// The process that was asked about last.
    last: Option<(Pid, Arc<[Untrusted]>, Deadline)>,
}

#[derive(Debug)]
struct Known {
    /// Tells the process from a later one of its number.
    birth: u64,
    words: Arc<[Untrusted]>,
}

impl Commands {
    /// Remembers that `process` runs `exec` from now on.
    pub(super) fn runs(&mut self, process: Pid, exec: &Exec) {
        self.last = None;
        let Ok(birth) = sys::birth_of(ProcId(process.0)) else { return };
        self.insert(process, birth, cut(exec.argv.iter().cloned()));
    }

    /// The arguments of the command that `process` runs: its own, or that of the process it was forked from.
    pub(super) fn of(&mut self, process: Pid) -> Arc<[Untrusted]> {
        if let Some((last, words, until)) = &self.last
            && *last == process
            && !until.is_over()
        {
            return Arc::clone(words);
        }
        let words = self.looked_up(process);
        self.last = Some((process, Arc::clone(&words), Deadline::after(KNOWN_FOR)));
        words
    }

    fn looked_up(&mut self, process: Pid) -> Arc<[Untrusted]> {
        let Ok(birth) = sys::birth_of(ProcId(process.0)) else { return Arc::default() };
        if let Some(words) = self.get(process, birth) {
            return words;
        }
        let words = self.inherited(process).unwrap_or_else(|| read(process));
        self.insert(process, birth, Arc::clone(&words));
        words
    }

    fn get(&self, process: Pid, birth: u64) -> Option<Arc<[Untrusted]>> {
        self.known.get(&process).filter(|known| known.birth == birth).map(|known| Arc::clone(&known.words))
    }

    /// What the nearest process above runs, of which that is known.
    fn inherited(&self, process: Pid) -> Option<Arc<[Untrusted]>> {
        let mut current = ProcId(process.0);
        for _ in 0..ANCESTORS_MAX {
            let (_, parent) = sys::kin_of(current).ok()?;
            if let Some(known) = self.known.get(&Pid(parent.0)) {
                return sys::birth_of(parent).is_ok_and(|birth| birth == known.birth).then(|| Arc::clone(&known.words));
            }
            current = parent;
        }
        None
    }

    fn insert(&mut self, process: Pid, birth: u64, words: Arc<[Untrusted]>) {
        if self.known.insert(process, Known { birth, words }).is_none() {
            self.met.push_back(process);
        }
        if self.met.len() > PROCESSES_MAX
            && let Some(first) = self.met.pop_front()
        {
            self.known.remove(&first);
        }
    }
}

/// What the process itself says that it runs: its parent is gone, or was never met.
fn read(process: Pid) -> Arc<[Untrusted]> {
    let bytes = sys::cmdline(ProcId(process.0), COMMAND_BYTES_MAX).unwrap_or_default();
    let whole = bytes.strip_suffix(b"\0").unwrap_or(&bytes);
    cut(whole.split(|byte| *byte == 0).map(Untrusted::new))
}

fn cut(words: impl Iterator<Item = Untrusted>) -> Arc<[Untrusted]> {
    let mut room = COMMAND_BYTES_MAX;
    words
        .take(WORDS_MAX)
        .take_while(|word| {
            let fits = word.as_bytes().len() < room;
            room = room.saturating_sub(word.as_bytes().len() + 1);
            fits
        })
        .collect()
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "a test starts processes to have some")]
mod tests {
    use super::*;
    use std::process::{Child, Command, Stdio};

    fn exec(words: &[&str]) -> Exec {
        Exec { argv: words.iter().map(|word| Untrusted::from(*word)).collect(), ..Exec::default() }
    }

    fn words(found: &[Untrusted]) -> Vec<String> {
        found.iter().map(Untrusted::shown).collect()
    }

    fn pid(child: &Child) -> Pid {
        Pid(i32::try_from(child.id()).unwrap())
    }

    /// A process that waits until its input ends.
    fn waiting() -> Child {
        let child = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        // Its command line is there a moment after its start.
        while sys::cmdline(sys::ProcId(pid(&child).0), 16).is_ok_and(|line| line.is_empty()) {
            std::thread::yield_now();
        }
        child
    }

    fn end(mut child: Child) {
        drop(child.stdin.take());
        child.wait().unwrap();
    }

    #[test]
    fn what_is_forked_runs_its_parents_command_until_it_starts_its_own() {
        let child = waiting();
        let us = Pid(sys::self_id().0);
        let mut commands = Commands::default();
        commands.runs(us, &exec(&["make", "-j8"]));
        assert_eq!(words(&commands.of(pid(&child))), ["make", "-j8"]);
        commands.runs(pid(&child), &exec(&["cc", "a.c"]));
        assert_eq!(words(&commands.of(pid(&child))), ["cc", "a.c"]);
        assert_eq!(words(&commands.of(us)), ["make", "-j8"]);
        end(child);
    }

    #[test]
    fn what_nobody_told_is_read_from_the_process() {
        let child = waiting();
        assert_eq!(words(&Commands::default().of(pid(&child))), ["cat"]);
        end(child);
    }

    #[test]
    fn a_number_that_is_given_out_again_does_not_inherit() {
        let child = waiting();
        let mut commands = Commands::default();
        commands.insert(pid(&child), 0, cut([Untrusted::from("rm")].into_iter()));
        assert_eq!(words(&commands.of(pid(&child))), ["cat"]);
        end(child);
    }

    #[test]
    fn the_memory_is_bounded() {
        let mut commands = Commands::default();
        for number in 0..2 * i32::try_from(PROCESSES_MAX).unwrap() {
            commands.insert(Pid(number), 1, Arc::default());
        }
        assert_eq!((commands.known.len(), commands.met.len()), (PROCESSES_MAX, PROCESSES_MAX));
        assert_eq!(cut((0..10_000).map(|_| Untrusted::from("word"))).len(), WORDS_MAX);
        assert_eq!(cut((0..9).map(|_| Untrusted::from("w".repeat(4000)))).len(), 4);
    }
}

//! Who takes a whole folder away, known before its first file: libraries try to remove the folder, find that it is not
//! empty, and begin with what is in it.

use std::collections::HashMap;
use std::time::Duration;

use crate::model::Pid;
use crate::sys::Deadline;

/// How long a folder that was tried is what its process takes away.
const TRIED_FOR: Duration = Duration::from_secs(10);
/// Processes that are remembered.
const PROCESSES_MAX: usize = 256;
/// Folders of one process in which it removed something.
const FOLDERS_MAX: usize = 64;

/// What is remembered of removals.
#[derive(Debug, Default)]
pub(super) struct Trees {
    tried: HashMap<Pid, (Vec<u8>, Deadline)>,
    /// The folders in which each process removed something.
    emptied: HashMap<Pid, Vec<Vec<u8>>>,
}

impl Trees {
    /// A process tried to remove a folder that is not empty. Who has begun with what is in it only tidies up.
    pub(super) fn tried(&mut self, process: Pid, folder: Vec<u8>) {
        let has_begun = self.emptied.get(&process).is_some_and(|all| all.iter().any(|known| is_in(known, &folder)));
        if has_begun || self.of(process, &folder).is_some() {
            return;
        }
        if self.tried.len() >= PROCESSES_MAX {
            self.tried.clear();
        }
        self.tried.insert(process, (folder, Deadline::after(TRIED_FOR)));
    }

    /// A process removed something in a folder.
    pub(super) fn removed(&mut self, process: Pid, folder: &[u8]) {
        if self.emptied.len() >= PROCESSES_MAX && !self.emptied.contains_key(&process) {
            self.emptied.clear();
        }
        let all = self.emptied.entry(process).or_default();
        if all.last().is_some_and(|last| last == folder) || all.iter().any(|known| known == folder) {
            return;
        }
        if all.len() >= FOLDERS_MAX {
            all.remove(0);
        }
        all.push(folder.to_vec());
    }

    /// The folder that a process takes away with this in it.
    pub(super) fn of(&self, process: Pid, path: &[u8]) -> Option<&[u8]> {
        let (folder, until) = self.tried.get(&process)?;
        (!until.is_over() && is_in(path, folder)).then_some(folder)
    }
}

fn is_in(path: &[u8], folder: &[u8]) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_that_was_tried_first_goes_with_all_that_is_in_it() {
        let mut trees = Trees::default();
        let of = |trees: &Trees, pid, path: &str| trees.of(Pid(pid), path.as_bytes()).map(<[u8]>::to_vec);
        trees.tried(Pid(7), b"/w/src".to_vec());
        trees.tried(Pid(7), b"/w/src/a".to_vec());
        assert_eq!(of(&trees, 7, "/w/src/a/1"), Some(b"/w/src".to_vec()));
        assert_eq!(of(&trees, 7, "/w/srcs/1"), None);
        assert_eq!(of(&trees, 8, "/w/src/a/1"), None);
        // Who removes first and tries the folder then leaves what else is in it.
        trees.removed(Pid(9), b"/w/src/a");
        trees.tried(Pid(9), b"/w/src/a".to_vec());
        trees.tried(Pid(9), b"/w/src".to_vec());
        assert_eq!(of(&trees, 9, "/w/src/a/2"), None);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut trees = Trees::default();
        for number in 0..2000 {
            trees.tried(Pid(number), b"/w".to_vec());
            trees.removed(Pid(number), b"/w");
            trees.removed(Pid(1), number.to_string().as_bytes());
        }
        assert!(trees.tried.len() <= PROCESSES_MAX && trees.emptied.len() <= PROCESSES_MAX);
        assert!(trees.emptied.values().all(|all| all.len() <= FOLDERS_MAX));
    }
}

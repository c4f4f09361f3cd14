//! The paths of the folders that calls are made in, known for a moment: who takes a thousand files from a folder asks a
//! thousand times in a row.

use std::collections::HashMap;
use std::time::Duration;

use crate::gate::view::View;
use crate::sys::{Deadline, FileId, ProcId};

/// How long a path is known: a thread's number is not given out again so soon.
const KNOWN_FOR: Duration = Duration::from_millis(100);
/// Folders that are known at once.
const FOLDERS_MAX: usize = 64;

/// Paths of folders, as threads see them that have our own view.
#[derive(Debug, Default)]
pub(super) struct Folders {
    known: HashMap<(ProcId, FileId), (View, Vec<u8>, Deadline)>,
}

impl Folders {
    /// The path of a folder that a thread named a moment ago, and how it sees the file system.
    pub(super) fn of(&self, thread: ProcId, folder: FileId) -> Option<(View, &[u8])> {
        let (view, path, until) = self.known.get(&(thread, folder))?;
        (!until.is_over()).then_some((*view, path))
    }

    /// A thread named a folder. One that has another root may have several paths for it.
    pub(super) fn names(&mut self, thread: ProcId, folder: FileId, view: View, path: &[u8]) {
        if !view.is_ours() {
            return;
        }
        if self.known.len() >= FOLDERS_MAX {
            self.known.clear();
        }
        self.known.insert((thread, folder), (view, path.to_vec(), Deadline::after(KNOWN_FOR)));
    }

    /// A folder gets another name: what lies below it has another path from then on.
    pub(super) fn forget(&mut self) {
        self.known.clear();
    }
}

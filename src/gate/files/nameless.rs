//! Files whose names were taken away: whoever holds one open can still empty it, and with it the second name by which it
//! was kept.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::sys::{FileId, Place};

/// Files that are remembered.
const FILES_MAX: usize = 1 << 15;
/// What the kernel puts behind the path of a name that is gone.
const GONE: &[u8] = b" (deleted)";

/// The last paths of files whose names were taken away.
#[derive(Debug, Default)]
pub(super) struct Nameless {
    paths: HashMap<FileId, Vec<u8>>,
}

impl Nameless {
    /// A name of a file goes, which had this path when the session began.
    pub(super) fn goes(&mut self, id: FileId, path: Vec<u8>) {
        if self.paths.len() >= FILES_MAX {
            self.paths.clear();
        }
        self.paths.insert(id, path);
    }

    /// The path that is meant where the kernel shows this one for a file that is held open: `None` unless it was opened
    /// by a name that is gone.
    pub(super) fn path_of(&self, id: FileId, shown: &[u8]) -> Option<Vec<u8>> {
        let stripped = shown.strip_suffix(GONE)?;
        let is_there = Place::open(Path::new(OsStr::from_bytes(shown)))
            .and_then(|place| place.facts())
            .is_ok_and(|facts| facts.id == id);
        (!is_there).then(|| self.paths.get(&id).cloned().unwrap_or_else(|| stripped.to_vec()))
    }
}

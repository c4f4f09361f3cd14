//! The names that keep-stores give to files: links under which nobody works.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::budget::{segments, stores};
use super::store::KeepStore;
use crate::sys::FileId;

/// How many names each file has in the stores of all sessions; looked up when somebody first asks.
#[derive(Debug, Default)]
pub(super) struct Names(Option<HashMap<FileId, u64>>);

impl Names {
    /// A file got one more name. Those that go again are not taken off: a count too high asks, one too low loses.
    pub fn add(&mut self, id: FileId) {
        if let Some(known) = &mut self.0 {
            *known.entry(id).or_insert(0) += 1;
        }
    }

    fn of(&mut self, id: FileId, stores: impl FnOnce() -> Vec<PathBuf>) -> u64 {
        self.0.get_or_insert_with(|| names(&stores())).get(&id).copied().unwrap_or(0)
    }
}

impl KeepStore {
    /// How many of a file's names are links in keep-stores, this session's or another's. A file that was kept for an act
    /// that then was denied has one, and no name fewer to lose for that.
    ///
    /// Blocks at the first call as long as it takes to look at all that is kept.
    #[must_use]
    pub fn names_of(&self, id: FileId) -> u64 {
        self.inner().names.of(id, || stores(self.options.sessions.as_deref(), &self.path))
    }

    /// How many names each file has in this store.
    pub(super) fn names(&self) -> HashMap<FileId, u64> {
        names(std::slice::from_ref(&self.path))
    }
}

fn names(stores: &[PathBuf]) -> HashMap<FileId, u64> {
    let mut names = HashMap::new();
    let entries = |path: &Path| fs::read_dir(path).into_iter().flatten().flatten();
    for (_, path, _) in stores.iter().flat_map(|store| segments(store).unwrap_or_default()) {
        for about in entries(&path).filter_map(|entry| entry.metadata().ok()) {
            *names.entry(FileId { device: about.dev(), inode: about.ino() }).or_insert(0) += 1;
        }
    }
    names
}

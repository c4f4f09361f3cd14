//! Word of files that change in a folder, from inotify.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::path::Path;

use rustix::fs::inotify::{CreateFlags, WatchFlags, add_watch, init};

/// How much word is read at once, in bytes: more than one change with the longest name has.
const WORD_BYTES: usize = 4 * 1024;

/// Tells that files in some folders have changed, not which.
#[derive(Debug)]
pub struct Changes {
    inotify: OwnedFd,
}

impl Changes {
    /// Begins to hear; of no folder yet.
    ///
    /// # Errors
    /// What the system says; an operator may have no more of these.
    pub fn hear() -> io::Result<Self> {
        Ok(Self { inotify: init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)? })
    }

    /// Hears of a folder too: files written, moved, made and removed. Again for one that is heard of changes nothing.
    ///
    /// # Errors
    /// What the system says; the folder may not be there.
    pub fn of(&self, folder: &Path) -> io::Result<()> {
        let wanted = WatchFlags::CLOSE_WRITE
            | WatchFlags::CREATE
            | WatchFlags::DELETE
            | WatchFlags::MOVED_FROM
            | WatchFlags::MOVED_TO
            | WatchFlags::ONLYDIR;
        add_watch(&self.inotify, folder, wanted)?;
        Ok(())
    }

    /// Takes all word that waits.
    pub fn drain(&self) {
        let mut word = [0; WORD_BYTES];
        while rustix::io::read(&self.inotify, &mut word).is_ok_and(|count| count > 0) {}
    }
}

impl AsRawFd for Changes {
    fn as_raw_fd(&self) -> RawFd {
        self.inotify.as_raw_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_told(changes: &Changes) -> bool {
        let mut word = [0; WORD_BYTES];
        rustix::io::read(&changes.inotify, &mut word).is_ok_and(|count| count > 0)
    }

    #[test]
    fn a_file_that_is_written_in_a_folder_is_told_and_one_elsewhere_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let other = tempfile::tempdir().unwrap();
        let changes = Changes::hear().unwrap();
        changes.of(folder.path()).unwrap();
        std::fs::write(other.path().join("a"), "x").unwrap();
        assert!(!is_told(&changes));
        std::fs::write(folder.path().join("a"), "x").unwrap();
        changes.drain();
        assert!(!is_told(&changes), "all word was taken");
        std::fs::write(folder.path().join("a"), "y").unwrap();
        assert!(is_told(&changes));
        assert!(changes.of(&folder.path().join("no such")).is_err());
    }
}

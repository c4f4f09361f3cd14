//! A session's folder: made, locked to the operator, and its two files opened.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// The record's file in a session's folder.
pub const JOURNAL_FILE: &str = "journal.jsonl";
/// The recording's file in a session's folder.
pub const CAST_FILE: &str = "screen.cast";

/// The operator alone: folders.
const FOLDER_MODE: u32 = 0o700;
/// The operator alone: files.
const FILE_MODE: u32 = 0o600;

/// A session's folder with its files open for appending.
#[derive(Debug)]
pub struct SessionFolder {
    /// The folder, absolute.
    pub path: PathBuf,
    /// `journal.jsonl`.
    pub journal: File,
    /// `screen.cast`.
    pub cast: File,
}

/// Why a session's folder cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// A folder cannot be made or opened.
    #[error("the session's folder {path}: {error}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// There is a session in it already.
    #[error("{0} holds a session already; name another folder, or none to get a new one")]
    Taken(PathBuf),
}

impl SessionFolder {
    /// Makes the folder and opens its files, which must not be there yet.
    ///
    /// # Errors
    /// [`FolderError`] says which folder, and what the system said of it.
    pub fn create(path: &Path) -> Result<Self, FolderError> {
        let wrap = |error| FolderError::Folder { path: path.to_owned(), error };
        make_private(path).map_err(wrap)?;
        let path = path.canonicalize().map_err(wrap)?;
        let journal = open_new(&path.join(JOURNAL_FILE)).map_err(|error| taken(&path, error))?;
        // Held for as long as the session lives: this is how others tell a running session from an ended one.
        journal.try_lock().map_err(|error| FolderError::Folder { path: path.clone(), error: error.into() })?;
        let cast = open_new(&path.join(CAST_FILE)).map_err(|error| taken(&path, error))?;
        Ok(Self { path, journal, cast })
    }
}

/// Makes a folder and its parents; the folder itself is the operator's alone.
///
/// # Errors
/// What the system says.
pub fn make_private(path: &Path) -> io::Result<()> {
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty() && !parent.exists()) {
        DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(parent)?;
    }
    match DirBuilder::new().mode(FOLDER_MODE).create(path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => {
            fs::set_permissions(path, fs::Permissions::from_mode(FOLDER_MODE))
        }
        Err(error) => Err(error),
    }
}

fn open_new(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create_new(true).mode(FILE_MODE).open(path)
}

fn taken(path: &Path, error: io::Error) -> FolderError {
    if error.kind() == io::ErrorKind::AlreadyExists {
        FolderError::Taken(path.to_owned())
    } else {
        FolderError::Folder { path: path.to_owned(), error }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_the_operators_alone_and_is_never_written_over() -> Result<(), Box<dyn std::error::Error>> {
        let dir = tempfile::tempdir()?;
        let path = dir.path().join("a/b/session");
        let folder = SessionFolder::create(&path)?;
        assert_eq!(fs::metadata(&folder.path)?.permissions().mode() & 0o777, FOLDER_MODE);
        assert_eq!(folder.journal.metadata()?.permissions().mode() & 0o777, FILE_MODE);
        assert!(matches!(SessionFolder::create(&path), Err(FolderError::Taken(_))));
        Ok(())
    }
}

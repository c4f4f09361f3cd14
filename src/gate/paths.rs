//! Paths of file calls: where their last name begins, and what becomes of a call whose path leads nowhere.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;

use super::files::FileLook;
use crate::sys::Errno;

/// A path's folder, empty for the one it is relative to, and its last name; `None` for a path that names no name.
pub(super) fn split(path: &[u8]) -> Option<(&[u8], &OsStr)> {
    let end = path.iter().rposition(|byte| *byte != b'/')? + 1;
    let path = path.get(..end)?;
    let (folder, name) = match path.iter().rposition(|byte| *byte == b'/') {
        Some(at) => (path.get(..at.max(1))?, path.get(at + 1..)?),
        None => (&[][..], path),
    };
    (!matches!(name, b"." | b"..")).then_some((folder, OsStr::from_bytes(name)))
}

/// What a caller gets whose path leads nowhere. Under another root we may fail where the kernel would not: it fails all the same.
pub(super) fn not_found(is_ours: bool, error: &io::Error) -> FileLook {
    match Errno::of(error) {
        Some(errno @ (Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::NAMETOOLONG | Errno::ACCES)) if is_ours => {
            FileLook::Fails(errno)
        }
        Some(errno @ (Errno::NOENT | Errno::NOTDIR | Errno::ACCES)) => FileLook::Fails(errno),
        _ => unreadable("the path", error),
    }
}

pub(super) fn unreadable(what: &str, error: &io::Error) -> FileLook {
    match Errno::of(error) {
        Some(Errno::SRCH) => FileLook::Gone,
        _ => FileLook::Unreadable(format!("{what}: {error}")),
    }
}

pub(super) fn fault(error: &io::Error) -> FileLook {
    match Errno::of(error) {
        Some(Errno::FAULT) => FileLook::Fails(Errno::FAULT),
        _ => unreadable("the path", error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_split_at_its_last_name() {
        for (path, parts) in [
            ("name", Some(("", "name"))),
            ("a/b/name", Some(("a/b", "name"))),
            ("/name", Some(("/", "name"))),
            ("/a/name//", Some(("/a", "name"))),
            ("a//name", Some(("a/", "name"))),
            ("", None),
            ("/", None),
            (".", None),
            ("a/..", None),
        ] {
            let expected = parts.map(|(folder, name)| (folder.as_bytes(), OsStr::new(name)));
            assert_eq!(split(path.as_bytes()), expected, "{path}");
        }
    }
}

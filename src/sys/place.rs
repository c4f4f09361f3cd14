//! Looking at a file without opening it: what it is, where it is, and a little of what it holds.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rustix::fs::{CWD, FileType, Mode, OFlags, ResolveFlags};

use super::proc::FileId;

/// A place in the file system, held open so that it stays the same while we look; nothing has been read or changed.
#[derive(Debug)]
pub struct Place(pub(super) OwnedFd);

/// What is at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlaceFact {
    /// Which file it is.
    pub id: FileId,
    /// What kind of file it is.
    pub kind: PlaceKind,
    /// Its size in bytes.
    pub bytes: u64,
}

/// The kinds of files that matter to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PlaceKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// Anything else.
    Other,
}

impl Place {
    /// The place that `path` leads to, links followed, as we see it.
    ///
    /// # Errors
    /// Those of `open`: `ENOENT`, `ENOTDIR`, `EACCES`, `ELOOP` …
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(rustix::fs::openat(CWD, path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())?))
    }

    /// The same, from a folder, where no part of the path is a link of the kernel's to a thing itself, such as
    /// `/proc/PID/cwd`.
    ///
    /// # Errors
    /// Those of `openat2`; `ELOOP` where one is.
    pub fn open_plain(from: Option<&Self>, path: &Path) -> io::Result<Self> {
        Self::open_resolved(from, path, ResolveFlags::NO_MAGICLINKS)
    }

    /// The same where no part is any link.
    ///
    /// # Errors
    /// Those of `openat2`; `ELOOP` where one is.
    pub fn open_unlinked(from: Option<&Self>, path: &Path) -> io::Result<Self> {
        Self::open_resolved(from, path, ResolveFlags::NO_SYMLINKS)
    }

    fn open_resolved(from: Option<&Self>, path: &Path, resolve: ResolveFlags) -> io::Result<Self> {
        let flags = OFlags::PATH | OFlags::CLOEXEC;
        let from = from.map_or(CWD, |place| place.0.as_fd());
        Ok(Self(rustix::fs::openat2(from, path, flags, Mode::empty(), resolve)?))
    }

    /// What has this name here, a link itself.
    ///
    /// # Errors
    /// `ENOENT`, `ENOTDIR`, `EACCES`.
    pub fn step(&self, name: &OsStr) -> io::Result<Self> {
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(Self(rustix::fs::openat(&self.0, name, flags, Mode::empty())?))
    }

    /// What the link of this name leads to, by whatever the kernel follows.
    ///
    /// # Errors
    /// `ENOENT`, `EACCES`.
    pub fn follow(&self, name: &OsStr) -> io::Result<Self> {
        Ok(Self(rustix::fs::openat(&self.0, name, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())?))
    }

    /// Whether it lies in the kernel's own folder of processes.
    #[must_use]
    pub fn is_of_processes(&self) -> bool {
        rustix::fs::fstatfs(&self.0).is_ok_and(|system| system.f_type == rustix::fs::PROC_SUPER_MAGIC)
    }

    /// Whether it lies among the kernel's control groups, of either version.
    #[must_use]
    pub fn is_of_groups(&self) -> bool {
        const MAGICS: [i64; 2] = [0x0027_e0eb, 0x6367_7270];
        rustix::fs::fstatfs(&self.0).is_ok_and(|system| MAGICS.contains(&system.f_type))
    }

    /// The place that `path` leads to for somebody whose root folder this is; links cannot leave it.
    ///
    /// # Errors
    /// Those of `openat2`; `ELOOP` also for the magic links of `/proc`.
    pub fn open_inside(&self, path: &Path) -> io::Result<Self> {
        let flags = OFlags::PATH | OFlags::CLOEXEC;
        Ok(Self(rustix::fs::openat2(&self.0, path, flags, Mode::empty(), ResolveFlags::IN_ROOT)?))
    }

    /// What is there.
    ///
    /// # Errors
    /// The file system's.
    pub fn fact(&self) -> io::Result<PlaceFact> {
        let stat = rustix::fs::fstat(&self.0)?;
        let kind = match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => PlaceKind::File,
            FileType::Directory => PlaceKind::Folder,
            _ => PlaceKind::Other,
        };
        let id = FileId { device: stat.st_dev, inode: stat.st_ino };
        Ok(PlaceFact { id, kind, bytes: u64::try_from(stat.st_size).unwrap_or(0) })
    }

    /// The folder above this one; the root's is itself.
    ///
    /// # Errors
    /// `ENOTDIR` for what is no folder, `EACCES` where we may not pass.
    pub fn above(&self) -> io::Result<Self> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Self(rustix::fs::openat(&self.0, "..", flags, Mode::empty())?))
    }

    pub(super) fn own_link(&self) -> PathBuf {
        Path::new("/proc/self/fd").join(self.0.as_raw_fd().to_string())
    }

    /// Its path, as the kernel gives it.
    ///
    /// # Errors
    /// The kernel's.
    pub fn path(&self) -> io::Result<Vec<u8>> {
        Ok(std::fs::read_link(self.own_link())?.as_os_str().as_bytes().to_vec())
    }

    /// At most `max_bytes` of a regular file's beginning.
    ///
    /// # Errors
    /// `EACCES` where we may not read, `InvalidInput` for what is no regular file.
    pub fn head(&self, max_bytes: usize) -> io::Result<Vec<u8>> {
        if self.fact()?.kind != PlaceKind::File {
            return Err(io::Error::from(io::ErrorKind::InvalidInput));
        }
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        let file = File::from(rustix::fs::openat(CWD, self.own_link(), flags, Mode::empty())?);
        let mut bytes = Vec::with_capacity(max_bytes);
        file.take(max_bytes as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// When it came into being.
    ///
    /// # Errors
    /// `Unsupported` where the file system keeps no such time.
    pub fn born(&self) -> io::Result<SystemTime> {
        std::fs::metadata(self.own_link())?.created()
    }

    /// When its content last changed: seconds and nanoseconds since 1970.
    ///
    /// # Errors
    /// The file system's.
    pub fn changed(&self) -> io::Result<(i64, u32)> {
        let stat = rustix::fs::fstat(&self.0)?;
        Ok((stat.st_mtime, u32::try_from(stat.st_mtime_nsec).unwrap_or(0)))
    }

    /// Whether it and all that lies below it came into being at `since` or later; links are not followed, and what is
    /// mounted below counts as old. `None` where that is more than `entries_max` entries, or cannot be told.
    ///
    /// Blocks as long as it takes to look at so many entries.
    #[must_use]
    pub fn is_all_since(&self, since: SystemTime, entries_max: usize) -> Option<bool> {
        if self.born().ok()? < since {
            return Some(false);
        }
        let device = self.fact().ok()?.id.device;
        let mut left = entries_max;
        let mut folders = vec![self.own_link()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).ok()? {
                left = left.checked_sub(1)?;
                let path = entry.ok()?.path();
                let about = std::fs::symlink_metadata(&path).ok()?;
                if about.created().ok()? < since || about.dev() != device {
                    return Some(false);
                }
                if about.is_dir() {
                    folders.push(path);
                }
            }
        }
        Some(true)
    }

    /// The names in this folder, at most `max`, and whether each is a folder or a link.
    ///
    /// # Errors
    /// `EACCES` where we may not read, `ENOTDIR` for what is no folder.
    pub fn names(&self, max: usize) -> io::Result<Vec<(Vec<u8>, bool)>> {
        let named = |entry: io::Result<std::fs::DirEntry>| {
            let entry = entry?;
            Ok((entry.file_name().into_vec(), !entry.file_type()?.is_file()))
        };
        std::fs::read_dir(self.own_link())?.take(max).map(named).collect()
    }

    /// Whether nothing is in this folder.
    ///
    /// # Errors
    /// `EACCES` where we may not read, `ENOTDIR` for what is no folder.
    pub fn is_empty_folder(&self) -> io::Result<bool> {
        Ok(std::fs::read_dir(self.own_link())?.next().is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_place_knows_what_it_is_without_changing_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().canonicalize().unwrap();
        fs::write(path.join("file"), "#!/bin/sh\n").unwrap();
        fs::create_dir_all(path.join("in/etc")).unwrap();
        fs::write(path.join("in/etc/inner"), "").unwrap();
        std::os::unix::fs::symlink("/etc/inner", path.join("in/link")).unwrap();
        let file = Place::open(&path.join("in/../file")).unwrap();
        assert_eq!(file.path().unwrap(), path.join("file").as_os_str().as_bytes());
        assert_eq!((file.fact().unwrap().kind, file.fact().unwrap().bytes), (PlaceKind::File, 10));
        assert_eq!(file.head(5).unwrap(), b"#!/bi");
        let root = Place::open(&path.join("in")).unwrap();
        assert!(!root.is_empty_folder().unwrap());
        let inner = root.open_inside(Path::new("link")).unwrap();
        assert_eq!(inner.path().unwrap(), path.join("in/etc/inner").as_os_str().as_bytes());
        assert!(root.open_inside(Path::new("../file")).is_err());
        assert!(Place::open(Path::new("/dev/null")).unwrap().head(1).is_err());
    }
}

//! What can be done to the names in a folder that is held open, and what is known of what they lead to.
//!
//! Every call takes a folder and one name in it and follows no link at that name, so that nobody can put another path
//! under it between two looks.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use rustix::fs::{
    AtFlags, CWD, FallocateFlags, FileType, Gid, Mode, OFlags, RenameFlags, ResolveFlags, SeekFrom, StatxFlags,
    StatxTimestamp, Timespec, Timestamps, Uid, XattrFlags,
};
use rustix::io::Errno;

use super::place::Place;
use super::proc::FileId;

/// The longest value of an extended attribute that Linux takes, and the longest list of their names, in bytes.
const ATTRIBUTE_BYTES_MAX: usize = 64 << 10;

/// What a file system knows of a file, its content aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// Which file it is.
    pub id: FileId,
    /// What kind of file it is.
    pub kind: FileKind,
    /// Its permission bits, with set-user-id, set-group-id and the sticky bit.
    pub mode: u32,
    /// Who owns it.
    pub owner: u32,
    /// Which group it belongs to.
    pub group: u32,
    /// How many names it has.
    pub links: u64,
    /// Its length in bytes.
    pub bytes: u64,
    /// The bytes it takes on the disk: fewer than its length where it has holes.
    pub disk_bytes: u64,
    /// When it was last read.
    pub read: Stamp,
    /// When its content last changed.
    pub written: Stamp,
    /// When anything about it last changed. Nobody can set this.
    pub changed: Stamp,
    /// When it came into being, where the file system keeps that.
    pub born: Option<Stamp>,
}

/// A file's time: seconds since 1970, and nanoseconds.
pub type Stamp = (i64, u32);

/// All kinds of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// A named pipe.
    Pipe,
    /// A socket.
    Socket,
    /// A device, of characters or of blocks.
    Device,
}

/// What a rename does where the new name is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfTaken {
    /// It fails with `EEXIST`.
    Fail,
    /// What has the name loses it.
    Replace,
    /// The two trade names.
    Exchange,
}

/// How much a disk can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiskSpace {
    /// All of it, in bytes.
    pub total_bytes: u64,
    /// What is left for us, in bytes.
    pub free_bytes: u64,
}

impl Place {
    /// The folder `path`, no part of which may be a symbolic link.
    ///
    /// # Errors
    /// Those of `openat2`; `ELOOP` where a part of it is a link, `ENOTDIR` where it is no folder.
    pub fn open_folder(path: &Path) -> io::Result<Self> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Self(rustix::fs::openat2(CWD, path, flags, Mode::empty(), ResolveFlags::NO_SYMLINKS)?))
    }

    /// All facts of the place itself.
    ///
    /// # Errors
    /// The file system's.
    pub fn facts(&self) -> io::Result<Facts> {
        statx(self.0.as_fd(), OsStr::new(""), AtFlags::EMPTY_PATH)
    }

    /// All facts of what has this name here.
    ///
    /// # Errors
    /// `ENOENT` where nothing has.
    pub fn facts_of(&self, name: &OsStr) -> io::Result<Facts> {
        statx(self.0.as_fd(), name, AtFlags::SYMLINK_NOFOLLOW)
    }

    /// Gives what has this name here a second name there.
    ///
    /// # Errors
    /// `EEXIST` where that is taken, `EXDEV` on another file system or mount, `EPERM` where links to it are forbidden,
    /// `EMLINK` where it has too many names.
    pub fn link(&self, name: &OsStr, to: &Self, new_name: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::linkat(&self.0, name, &to.0, new_name, AtFlags::empty())?)
    }

    /// Renames.
    ///
    /// # Errors
    /// `EEXIST` where the new name is taken and may not be, `EXDEV` on another file system.
    pub fn rename(&self, name: &OsStr, to: &Self, new_name: &OsStr, if_taken: IfTaken) -> io::Result<()> {
        let flags = match if_taken {
            IfTaken::Fail => RenameFlags::NOREPLACE,
            IfTaken::Replace => RenameFlags::empty(),
            IfTaken::Exchange => RenameFlags::EXCHANGE,
        };
        Ok(rustix::fs::renameat_with(&self.0, name, &to.0, new_name, flags)?)
    }

    /// Opens the regular file of this name for reading, its time of last reading left alone where we may.
    ///
    /// # Errors
    /// `ELOOP` for a link, `EACCES` where we may not read it.
    pub fn read_file(&self, name: &OsStr) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::NOFOLLOW;
        quietly(flags, |flags| rustix::fs::openat(&self.0, name, flags, Mode::empty()))
    }

    /// Opens this regular file for reading, its time of last reading left alone where we may.
    ///
    /// # Errors
    /// `EACCES` where we may not read it.
    pub fn read_this(&self) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        quietly(flags, |flags| rustix::fs::openat(CWD, self.own_link(), flags, Mode::empty()))
    }

    /// Opens the regular file of this name for writing, its content left as it is.
    ///
    /// # Errors
    /// `ELOOP` for a link, `EACCES` where we may not write it, `ETXTBSY` while it runs.
    pub fn write_file(&self, name: &OsStr) -> io::Result<File> {
        let flags = OFlags::WRONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::NOFOLLOW;
        Ok(File::from(rustix::fs::openat(&self.0, name, flags, Mode::empty())?))
    }

    /// Makes an empty file that nobody but us may read, and opens it for reading and writing.
    ///
    /// # Errors
    /// `EEXIST` where the name is taken.
    pub fn create_file(&self, name: &OsStr) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        Ok(File::from(rustix::fs::openat(&self.0, name, flags, Mode::RUSR | Mode::WUSR)?))
    }

    /// Makes a folder that nobody but us may enter.
    ///
    /// # Errors
    /// `EEXIST` where the name is taken.
    pub fn create_folder(&self, name: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::mkdirat(&self.0, name, Mode::RWXU)?)
    }

    /// Makes a symbolic link.
    ///
    /// # Errors
    /// `EEXIST` where the name is taken.
    pub fn create_link(&self, name: &OsStr, target: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::symlinkat(target, &self.0, name)?)
    }

    /// Makes a named pipe that nobody but us may use.
    ///
    /// # Errors
    /// `EEXIST` where the name is taken.
    pub fn create_pipe(&self, name: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::mknodat(&self.0, name, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0)?)
    }

    /// Where the symbolic link of this name leads to.
    ///
    /// # Errors
    /// `EINVAL` where it is none.
    pub fn link_target(&self, name: &OsStr) -> io::Result<OsString> {
        Ok(OsString::from_vec(rustix::fs::readlinkat(&self.0, name, Vec::new())?.into_bytes()))
    }

    /// Takes this name from whatever has it, a folder excepted.
    ///
    /// # Errors
    /// `EISDIR` for a folder.
    pub fn remove(&self, name: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.0, name, AtFlags::empty())?)
    }

    /// Removes the empty folder of this name.
    ///
    /// # Errors
    /// `ENOTEMPTY` where it is not.
    pub fn remove_folder(&self, name: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.0, name, AtFlags::REMOVEDIR)?)
    }

    /// Sets the owner and group of what has this name.
    ///
    /// # Errors
    /// `EPERM` where we may not.
    pub fn set_owner(&self, name: &OsStr, owner: u32, group: u32) -> io::Result<()> {
        let (owner, group) = (Uid::from_raw(owner), Gid::from_raw(group));
        Ok(rustix::fs::chownat(&self.0, name, Some(owner), Some(group), AtFlags::SYMLINK_NOFOLLOW)?)
    }

    /// Sets the permission bits of the file, folder or pipe of this name; a symbolic link has none of its own.
    ///
    /// # Errors
    /// `EPERM` where we may not.
    pub fn set_mode(&self, name: &OsStr, mode: u32) -> io::Result<()> {
        // Neither kernel nor library could do this without following a link, so the thing itself is held by a descriptor.
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let held = Self(rustix::fs::openat(&self.0, name, flags, Mode::empty())?);
        if held.facts()?.kind == FileKind::Link {
            return Ok(());
        }
        Ok(rustix::fs::chmodat(CWD, held.own_link(), Mode::from_raw_mode(mode), AtFlags::empty())?)
    }

    /// Sets when what has this name was last read and last written.
    ///
    /// # Errors
    /// `EPERM` where we may not.
    pub fn set_times(&self, name: &OsStr, read: Stamp, written: Stamp) -> io::Result<()> {
        let spec = |(seconds, nanos): Stamp| Timespec { tv_sec: seconds, tv_nsec: nanos.into() };
        let times = Timestamps { last_access: spec(read), last_modification: spec(written) };
        Ok(rustix::fs::utimensat(&self.0, name, &times, AtFlags::SYMLINK_NOFOLLOW)?)
    }

    /// The extended attributes of what has this name, or with an empty name of the place itself: those we may read, POSIX
    /// access lists among them.
    ///
    /// # Errors
    /// The file system's. One that has none of them gives an empty list.
    pub fn attributes(&self, name: &OsStr) -> io::Result<Vec<(OsString, Vec<u8>)>> {
        let path = self.path_of(name);
        // An empty name is the place itself, which only its link leads to.
        let names = if name.is_empty() { names_of(&path, Followed::Yes)? } else { names_of(&path, Followed::No)? };
        let mut found = Vec::new();
        for each in names {
            let mut value = Vec::with_capacity(ATTRIBUTE_BYTES_MAX);
            let room = rustix::buffer::spare_capacity(&mut value);
            let read = if name.is_empty() {
                rustix::fs::getxattr(&path, each.as_os_str(), room)
            } else {
                rustix::fs::lgetxattr(&path, each.as_os_str(), room)
            };
            match read {
                Ok(_) => found.push((each, value)),
                // Gone in between, or not ours to read.
                Err(Errno::NODATA | Errno::PERM | Errno::ACCESS | Errno::OPNOTSUPP) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(found)
    }

    /// Sets an extended attribute of what has this name.
    ///
    /// # Errors
    /// `EPERM` where we may not, `EOPNOTSUPP` where the file system has none.
    pub fn set_attribute(&self, name: &OsStr, attribute: &OsStr, value: &[u8]) -> io::Result<()> {
        Ok(rustix::fs::lsetxattr(self.path_of(name), attribute, value, XattrFlags::empty())?)
    }

    fn path_of(&self, name: &OsStr) -> PathBuf {
        if name.is_empty() { self.own_link() } else { self.own_link().join(name) }
    }
}

/// Whether the last part of a path is followed where it is a link.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Followed {
    Yes,
    No,
}

/// The names of all extended attributes.
fn names_of(path: &Path, followed: Followed) -> io::Result<Vec<OsString>> {
    let mut list = Vec::with_capacity(ATTRIBUTE_BYTES_MAX);
    let room = rustix::buffer::spare_capacity(&mut list);
    let read = match followed {
        Followed::Yes => rustix::fs::listxattr(path, room),
        Followed::No => rustix::fs::llistxattr(path, room),
    };
    match read {
        Err(Errno::OPNOTSUPP) => return Ok(Vec::new()),
        read => read?,
    };
    let names = list.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    Ok(names.map(|name| OsString::from_vec(name.to_vec())).collect())
}

/// Opens without changing the time of last reading; where that is not ours to ask for, with.
fn quietly(flags: OFlags, open: impl Fn(OFlags) -> Result<OwnedFd, Errno>) -> io::Result<File> {
    match open(flags | OFlags::NOATIME) {
        Err(Errno::PERM) => Ok(File::from(open(flags)?)),
        opened => Ok(File::from(opened?)),
    }
}

fn statx(folder: BorrowedFd<'_>, name: &OsStr, flags: AtFlags) -> io::Result<Facts> {
    let found = rustix::fs::statx(folder, name, flags, StatxFlags::BASIC_STATS | StatxFlags::BTIME)?;
    let kind = match FileType::from_raw_mode(found.stx_mode.into()) {
        FileType::RegularFile => FileKind::File,
        FileType::Directory => FileKind::Folder,
        FileType::Symlink => FileKind::Link,
        FileType::Fifo => FileKind::Pipe,
        FileType::Socket => FileKind::Socket,
        _ => FileKind::Device,
    };
    let stamp = |time: StatxTimestamp| (time.tv_sec, time.tv_nsec);
    let has_birth = StatxFlags::from_bits_retain(found.stx_mask).contains(StatxFlags::BTIME);
    Ok(Facts {
        id: FileId { device: rustix::fs::makedev(found.stx_dev_major, found.stx_dev_minor), inode: found.stx_ino },
        kind,
        mode: u32::from(found.stx_mode) & 0o7777,
        owner: found.stx_uid,
        group: found.stx_gid,
        links: found.stx_nlink.into(),
        bytes: found.stx_size,
        disk_bytes: found.stx_blocks.saturating_mul(512),
        read: stamp(found.stx_atime),
        written: stamp(found.stx_mtime),
        changed: stamp(found.stx_ctime),
        born: has_birth.then(|| stamp(found.stx_btime)),
    })
}

/// All facts of an open file.
///
/// # Errors
/// The file system's.
pub fn facts(file: &File) -> io::Result<Facts> {
    statx(file.as_fd(), OsStr::new(""), AtFlags::EMPTY_PATH)
}

/// Makes the empty file `to` share the blocks of `from`: a copy that costs nothing until one of them changes.
///
/// # Errors
/// `EOPNOTSUPP`, `EXDEV`, `EINVAL` or `ENOTTY` where the file system cannot.
pub fn share_blocks(from: &File, to: &File) -> io::Result<()> {
    Ok(rustix::fs::ioctl_ficlone(to, from)?)
}

/// The parts of a file that hold data, as offset and length, holes left out; the whole of it where the file system knows of
/// no holes. `None` where there are more than `parts_max`.
///
/// # Errors
/// The file system's.
pub fn data_parts(file: &File, parts_max: usize) -> io::Result<Option<Vec<(u64, u64)>>> {
    let end = facts(file)?.bytes;
    let mut parts = Vec::new();
    let mut at = 0;
    while at < end {
        let from = match rustix::fs::seek(file, SeekFrom::Data(at)) {
            Ok(from) => from,
            Err(Errno::NXIO) => break,
            Err(Errno::INVAL) => return Ok(Some(vec![(0, end)])),
            Err(error) => return Err(error.into()),
        };
        let to = rustix::fs::seek(file, SeekFrom::Hole(from))?.min(end);
        if to <= from {
            break;
        }
        if parts.len() == parts_max {
            return Ok(None);
        }
        parts.push((from, to - from));
        at = to;
    }
    Ok(Some(parts))
}

/// Sets disk space aside for a file without making it longer, so that writing so much cannot fail for lack of it.
///
/// # Errors
/// `ENOSPC` where there is not so much; `EOPNOTSUPP` where the file system cannot.
pub fn set_aside(file: &File, bytes: u64) -> io::Result<()> {
    Ok(rustix::fs::fallocate(file, FallocateFlags::KEEP_SIZE, 0, bytes)?)
}

/// How much the disk that `path` is on can hold.
///
/// # Errors
/// The file system's.
pub fn disk_space(path: &Path) -> io::Result<DiskSpace> {
    let found = rustix::fs::statvfs(path)?;
    let bytes = |blocks: u64| blocks.saturating_mul(found.f_frsize);
    Ok(DiskSpace { total_bytes: bytes(found.f_blocks), free_bytes: bytes(found.f_bavail) })
}

/// Whether an error says that the disk, or our share of it, is full.
#[must_use]
pub fn is_disk_full(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::NOSPC | Errno::DQUOT))
}

/// Whether an error says that a link cannot be made where a copy can.
#[must_use]
pub fn is_link_refused(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::XDEV | Errno::PERM | Errno::MLINK | Errno::OPNOTSUPP))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::{Read, Seek, Write};
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{FileExt, MetadataExt, symlink};

    fn name(text: &str) -> &OsStr {
        OsStr::new(text)
    }

    #[test]
    fn a_name_is_looked_at_and_changed_without_following_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().canonicalize().unwrap();
        fs::write(path.join("file"), "content").unwrap();
        symlink("file", path.join("link")).unwrap();
        let place = Place::open_folder(&path).unwrap();
        let file = place.facts_of(name("file")).unwrap();
        let std = fs::metadata(path.join("file")).unwrap();
        assert_eq!((file.id.device, file.id.inode, file.bytes), (std.dev(), std.ino(), 7));
        assert_eq!((file.kind, file.written), (FileKind::File, (std.mtime(), std.mtime_nsec() as u32)));
        assert_eq!(place.facts_of(name("link")).unwrap().kind, FileKind::Link);
        assert_eq!(place.link_target(name("link")).unwrap(), "file");
        place.set_times(name("link"), (1, 2), (3, 4)).unwrap();
        place.set_mode(name("link"), 0o777).unwrap();
        assert_eq!(place.facts_of(name("link")).unwrap().written, (3, 4));
        assert_eq!(place.facts_of(name("file")).unwrap(), file);
        assert!(place.read_file(name("link")).is_err());
        assert!(Place::open_folder(&path.join("link")).is_err());
    }

    #[test]
    fn a_rename_replaces_only_what_it_may() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().canonicalize().unwrap();
        fs::write(path.join("a"), "a").unwrap();
        fs::write(path.join("b"), "b").unwrap();
        let place = Place::open_folder(&path).unwrap();
        let refused = place.rename(name("a"), &place, name("b"), IfTaken::Fail).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        place.rename(name("a"), &place, name("b"), IfTaken::Exchange).unwrap();
        assert_eq!(fs::read(path.join("a")).unwrap(), b"b");
        place.rename(name("a"), &place, name("b"), IfTaken::Replace).unwrap();
        assert_eq!(fs::read(path.join("b")).unwrap(), b"b");
        assert!(!path.join("a").exists());
    }

    #[test]
    fn holes_are_no_data() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sparse");
        let file = File::create_new(&path).unwrap();
        file.set_len(8 << 20).unwrap();
        assert_eq!(data_parts(&file, 4).unwrap().unwrap().iter().map(|part| part.1).sum::<u64>(), 0);
        file.write_at(b"x", 4 << 20).unwrap();
        let parts = data_parts(&file, 4).unwrap().unwrap();
        assert_eq!(parts.len(), 1);
        assert!(parts[0].0 <= 4 << 20 && parts[0].0 + parts[0].1 > 4 << 20 && parts[0].1 <= 64 << 10);
        file.write_at(b"x", 0).unwrap();
        assert_eq!(data_parts(&file, 1).unwrap(), None);
        let mut end = String::new();
        let mut file = File::open(&path).unwrap();
        file.seek(io::SeekFrom::Start((4 << 20) + 1)).unwrap();
        file.take(1).read_to_string(&mut end).unwrap();
        assert_eq!(end, "\0");
    }

    #[test]
    #[allow(clippy::disallowed_methods, reason = "a skipped test fails where that variable says so")]
    fn attributes_are_listed_and_set_without_opening() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().canonicalize().unwrap();
        File::create(path.join("file")).unwrap().write_all(b"x").unwrap();
        let place = Place::open_folder(&path).unwrap();
        if let Err(error) = place.set_attribute(name("file"), name("user.mark"), b"\0\xff") {
            assert_ne!(std::env::var("WATCH_REQUIRE_KERNEL").as_deref(), Ok("1"), "no attributes here: {error}");
            println!("skipped: the temporary folder takes no attributes: {error}");
            return;
        }
        let expected = vec![(OsString::from("user.mark"), b"\0\xff".to_vec())];
        let marks = |found: Vec<(OsString, Vec<u8>)>| {
            found.into_iter().filter(|(name, _)| name.as_bytes().starts_with(b"user.")).collect::<Vec<_>>()
        };
        assert_eq!(marks(place.attributes(name("file")).unwrap()), expected);
        let file = Place::open(&path.join("file")).unwrap();
        assert_eq!(marks(file.attributes(OsStr::new("")).unwrap()), expected);
    }
}

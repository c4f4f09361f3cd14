//! Opening, cutting and punching files in somebody else's place, with what was judged and not what its memory says by now.

use std::ffi::OsStr;
use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;

use rustix::fs::{CWD, FallocateFlags, FileType, Mode, OFlags};

use super::place::Place;
use super::proc::FileId;
use super::process::{Pidfd, ProcId, checked};
use super::seccomp::ClosesOnExec;

/// The device of every process's own terminal, and the major number of those that have a name in `/dev/pts`.
const OWN_TERMINAL: (u32, u32) = (5, 0);
const PTS: u32 = 136;

/// How a file is to be opened: the caller's flags, and the mode of what is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    flags: OFlags,
    mode: u32,
}

impl Wanted {
    /// As the registers of `open` say.
    #[must_use]
    pub fn new(flags: u32, mode: u32) -> Self {
        Self { flags: OFlags::from_bits_retain(flags), mode }
    }

    /// As `creat` means.
    #[must_use]
    pub fn created(mode: u32) -> Self {
        Self { flags: OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC, mode }
    }

    /// Whether it only names a file, and opens nothing.
    #[must_use]
    pub fn only_names(self) -> bool {
        self.flags.contains(OFlags::PATH)
    }

    /// Whether a file that is not there is made.
    #[must_use]
    pub fn makes(self) -> bool {
        self.flags.contains(OFlags::CREATE)
    }

    /// Whether it fails where the last name is a link.
    #[must_use]
    pub fn stops_at_links(self) -> bool {
        self.flags.contains(OFlags::NOFOLLOW)
    }

    /// Whether the descriptor is closed when another program starts.
    #[must_use]
    pub fn closes_on_exec(self) -> ClosesOnExec {
        if self.flags.contains(OFlags::CLOEXEC) { ClosesOnExec::Yes } else { ClosesOnExec::No }
    }

    /// Whether a pipe that nobody reads is waited for.
    #[must_use]
    pub fn waits(self) -> bool {
        !self.flags.contains(OFlags::NONBLOCK)
    }

    /// The flags that mean something for a file that was found.
    fn of_what_is_there(self) -> OFlags {
        let of_names = OFlags::CREATE | OFlags::EXCL | OFlags::TRUNC | OFlags::NOFOLLOW;
        (self.flags - of_names) | OFlags::NOCTTY | OFlags::CLOEXEC
    }

    fn writes(self) -> bool {
        self.flags.intersects(OFlags::WRONLY | OFlags::RDWR)
    }
}

impl Place {
    /// The same place, held once more.
    ///
    /// # Errors
    /// `EMFILE` where we hold too many.
    pub fn again(&self) -> io::Result<Self> {
        Ok(Self(self.0.try_clone()?))
    }

    /// What has this name here, a link itself.
    ///
    /// # Errors
    /// `ENOENT` where nothing has.
    pub fn place_of(&self, name: &OsStr) -> io::Result<Self> {
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(Self(rustix::fs::openat(&self.0, name, flags, Mode::empty())?))
    }

    /// Opens what is here as its caller wants it, and empties a regular file. A pipe is never waited for.
    ///
    /// # Errors
    /// Those of `open`; `ENXIO` for a pipe that nobody reads.
    pub fn open_emptied(&self, wanted: Wanted) -> io::Result<OwnedFd> {
        let flags = wanted.of_what_is_there();
        let mode = Mode::from_raw_mode(wanted.mode);
        let fd = rustix::fs::openat(CWD, self.own_link(), flags | OFlags::NONBLOCK, mode)?;
        let kind = FileType::from_raw_mode(rustix::fs::fstat(&self.0)?.st_mode);
        if matches!(kind, FileType::RegularFile | FileType::Directory) && !flags.contains(OFlags::TMPFILE) {
            if wanted.writes() { rustix::fs::ftruncate(&fd, 0)? } else { self.cut(0)? }
        }
        if wanted.waits() {
            rustix::fs::fcntl_setfl(&fd, flags - OFlags::CLOEXEC)?;
        }
        Ok(fd)
    }

    /// Makes a regular file as its caller wants it, whose `umask` it is.
    ///
    /// # Errors
    /// `EEXIST` where the name is taken.
    pub fn make_wanted(&self, name: &OsStr, wanted: Wanted, umask: u32) -> io::Result<OwnedFd> {
        let flags = wanted.of_what_is_there() | OFlags::CREATE | OFlags::EXCL;
        let own = rustix::process::umask(Mode::from_raw_mode(umask));
        let made = rustix::fs::openat(&self.0, name, flags, Mode::from_raw_mode(wanted.mode & 0o7777));
        rustix::process::umask(own);
        Ok(made?)
    }

    /// Cuts what is here to a length, or lengthens it.
    ///
    /// # Errors
    /// Those of `truncate`.
    pub fn cut(&self, length: u64) -> io::Result<()> {
        let fd = rustix::fs::openat(CWD, self.own_link(), OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty())?;
        Ok(rustix::fs::ftruncate(&fd, length)?)
    }

    /// Whether it is the device that is every process's own terminal.
    #[must_use]
    pub fn is_own_terminal(&self) -> bool {
        let Ok(stat) = rustix::fs::fstat(&self.0) else { return false };
        FileType::from_raw_mode(stat.st_mode) == FileType::CharacterDevice
            && (rustix::fs::major(stat.st_rdev), rustix::fs::minor(stat.st_rdev)) == OWN_TERMINAL
    }
}

/// The terminal that a thread's `/dev/tty` is; `None` where it has none that has a name.
#[must_use]
pub fn terminal_of(thread: ProcId) -> Option<PathBuf> {
    let device = super::proc::stat(thread).ok()?.terminal;
    // As the kernel has packed it: eight bits of the minor number, the major one, the rest.
    let (major, minor) = ((device >> 8) & 0xfff, (device & 0xff) | ((device >> 12) & 0xfff00));
    (major == PTS).then(|| PathBuf::from(format!("/dev/pts/{minor}")))
}

/// The mask of permissions that a thread's new files do not get.
///
/// # Errors
/// `ENOENT` or `ESRCH` when it is gone.
pub fn umask_of(thread: ProcId) -> io::Result<u32> {
    let text = std::fs::read_to_string(format!("/proc/{thread}/status"))?;
    let mask = text.lines().find_map(|line| line.strip_prefix("Umask:"));
    mask.and_then(|mask| u32::from_str_radix(mask.trim(), 8).ok())
        .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))
}

/// Gives the calling thread a mask and a folder of its own, so that it can make files with another's mask.
///
/// # Errors
/// The kernel's.
pub fn own_folder_and_mask() -> io::Result<()> {
    // SAFETY: unshare takes one integer; with CLONE_FS alone it changes nothing but what this thread shares.
    checked(unsafe { libc::unshare(libc::CLONE_FS) }.into()).map(drop)
}

/// A copy of a process's descriptor, if it is still the file that was looked at.
fn same(process: ProcId, fd: i32, id: FileId) -> io::Result<OwnedFd> {
    let copy = Pidfd::open(process)?.copy_fd(fd)?;
    let stat = rustix::fs::fstat(&copy)?;
    let found = FileId { device: stat.st_dev, inode: stat.st_ino };
    if found == id { Ok(copy) } else { Err(io::Error::from_raw_os_error(libc::ESTALE)) }
}

/// Cuts the file that a process holds open under this number, if it is still `id`.
///
/// # Errors
/// `ESTALE` where it is another by now; those of `ftruncate`.
pub fn cut_of(process: ProcId, fd: i32, id: FileId, length: u64) -> io::Result<()> {
    Ok(rustix::fs::ftruncate(same(process, fd, id)?, length)?)
}

/// Frees, zeroes or shifts a part of the file that a process holds open under this number, if it is still `id`.
///
/// # Errors
/// `ESTALE` where it is another by now; those of `fallocate`.
pub fn punch_of(process: ProcId, fd: i32, id: FileId, (mode, at, length): (u32, u64, u64)) -> io::Result<()> {
    let file = same(process, fd, id)?;
    Ok(rustix::fs::fallocate(&file, FallocateFlags::from_bits_retain(mode), at, length)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, File};
    use std::io::Write;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    #[test]
    fn what_is_opened_for_another_is_as_it_wants_it() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("there"), "content").unwrap();
        let place = Place::open(folder.path()).unwrap();
        let name = OsStr::new("there");
        let appends = Wanted::new(0o1 | 0o1000 | 0o2000, 0);
        let mut file = File::from(place.place_of(name).unwrap().open_emptied(appends).unwrap());
        file.write_all(b"new").unwrap();
        assert_eq!(fs::read(folder.path().join("there")).unwrap(), b"new");
        let flags = rustix::fs::fcntl_getfl(&file).unwrap();
        assert!(flags.contains(OFlags::APPEND) && !flags.contains(OFlags::NONBLOCK));
        // A read-only open that empties, too.
        place.place_of(name).unwrap().open_emptied(Wanted::new(0o1000, 0)).unwrap();
        assert_eq!(fs::read(folder.path().join("there")).unwrap(), b"");
        let made = |name: &str, umask| {
            place.make_wanted(OsStr::new(name), Wanted::created(0o666), umask).unwrap();
            fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777
        };
        assert_eq!((made("a", 0o027), made("b", 0), made("c", 0o077)), (0o640, 0o666, 0o600));
        assert!(place.make_wanted(name, Wanted::created(0o666), 0).is_err());
        let here = place.open_emptied(Wanted::new(0o1001, 0)).unwrap_err();
        assert_eq!(here.raw_os_error(), Some(libc::EISDIR));
    }

    #[test]
    fn a_descriptor_that_is_another_file_by_now_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "0123456789").unwrap();
        let file = File::options().write(true).open(&path).unwrap();
        let id = super::super::proc::file_id(&path).unwrap();
        let fd = std::os::fd::AsRawFd::as_raw_fd(&file);
        let us = super::super::process::self_id();
        cut_of(us, fd, id, 4).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"0123");
        let other = FileId { inode: id.inode + 1, ..id };
        assert_eq!(cut_of(us, fd, other, 0).unwrap_err().raw_os_error(), Some(libc::ESTALE));
        assert_eq!(fs::read(&path).unwrap(), b"0123");
    }

    #[test]
    fn the_terminal_of_everybody_is_told_from_others() {
        assert!(Place::open(Path::new("/dev/tty")).is_ok_and(|place| place.is_own_terminal()));
        assert!(!Place::open(Path::new("/dev/null")).unwrap().is_own_terminal());
        assert!(umask_of(super::super::process::self_id()).unwrap() <= 0o777);
    }
}

//! What `/proc` tells about processes. Everything in here may be outdated when it is read.

use std::fs;
use std::io::{self, Read};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::OnceLock;

use rustix::fs::{AtFlags, CWD, StatxFlags, statx};

use super::process::ProcId;

/// Which file something is, whatever it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FileId {
    /// The device it is on.
    pub device: u64,
    /// Its number on that device.
    pub inode: u64,
}

/// What `/proc/ID/stat` says of a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    /// One letter: `R` runs, `S` and `D` wait, `T` is stopped, `t` is stopped by a tracer, `Z` and `X` are dead.
    pub state: char,
    /// Its parent process.
    pub parent: ProcId,
    /// The number of its terminal's device, 0 without one.
    pub terminal: u32,
    /// When it started, in clock ticks since boot; with the number, its identity.
    pub started: u64,
}

/// What `/proc/ID/status` says of a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// The process it belongs to.
    pub process: ProcId,
    /// That process's parent.
    pub parent: ProcId,
    /// Who traces it; 0 for nobody.
    pub tracer: ProcId,
    /// Signals that wait for this thread, one bit each, signal 1 lowest.
    pub pending: u64,
    /// How many seccomp filters it has.
    pub filters: u32,
}

/// A whole file of `/proc`, at most `max_bytes` of it.
fn read(path: &str, max_bytes: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(max_bytes as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A short file of `/proc` that the kernel writes in one go: one read is all of it.
fn read_short(path: &str) -> io::Result<Vec<u8>> {
    const SHORT_BYTES_MAX: usize = 4096;
    let mut bytes = vec![0; SHORT_BYTES_MAX];
    let count = fs::File::open(path)?.read(&mut bytes)?;
    bytes.truncate(count);
    Ok(bytes)
}

fn garbled() -> io::Error {
    io::Error::from(io::ErrorKind::InvalidData)
}

/// One line about a thread or process.
///
/// # Errors
/// `ENOENT` or `ESRCH` when it is gone.
pub fn stat(id: ProcId) -> io::Result<Stat> {
    parse_stat(&read_short(&format!("/proc/{id}/stat"))?).ok_or_else(garbled)
}

/// The same about one thread of a process.
///
/// # Errors
/// `ENOENT` or `ESRCH` when it is gone.
pub fn thread_stat(process: ProcId, thread: ProcId) -> io::Result<Stat> {
    parse_stat(&read_short(&format!("/proc/{process}/task/{thread}/stat"))?).ok_or_else(garbled)
}

/// The name in the second field may hold blanks and parentheses; the last one closes it.
fn parse_stat(line: &[u8]) -> Option<Stat> {
    let close = line.iter().rposition(|b| *b == b')')?;
    let rest = std::str::from_utf8(line.get(close + 1..)?).ok()?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    Some(Stat {
        state: fields.first()?.chars().next()?,
        parent: ProcId(fields.get(1)?.parse().ok()?),
        terminal: fields.get(4)?.parse::<i32>().ok()?.cast_unsigned(),
        started: fields.get(19)?.parse().ok()?,
    })
}

/// Whether a line of a `stat` file, whatever numbering it is in, is about a thread of ours.
#[must_use]
pub fn is_stat_of_ours(line: &[u8]) -> bool {
    let number = line.split(|byte| *byte == b' ').next().and_then(|word| std::str::from_utf8(word).ok()?.parse().ok());
    let (Some(number), Some(told)) = (number.map(ProcId), parse_stat(line)) else { return false };
    thread_stat(super::process::self_id(), number).is_ok_and(|own| own.started == told.started)
}

/// More about a thread or process.
///
/// # Errors
/// `ENOENT` or `ESRCH` when it is gone.
pub fn status(id: ProcId) -> io::Result<Status> {
    parse_status(&read_short(&format!("/proc/{id}/status"))?).ok_or_else(garbled)
}

/// The number that a thread or process has in its own numbering; `None` when it is gone.
#[must_use]
pub fn innermost(id: ProcId) -> Option<ProcId> {
    let text = read_short(&format!("/proc/{id}/status")).ok()?;
    let line = text.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(b"NSpid:"))?;
    std::str::from_utf8(line).ok()?.split_ascii_whitespace().next_back()?.parse().ok().map(ProcId)
}

fn parse_status(text: &[u8]) -> Option<Status> {
    // The fields come in this order, so each is looked for only in what is left.
    let mut lines = text.split(|b| *b == b'\n');
    let mut field = |name: &str| -> Option<&str> {
        let value = lines.find_map(|line| line.strip_prefix(name.as_bytes()))?;
        std::str::from_utf8(value).ok().map(str::trim)
    };
    Some(Status {
        process: ProcId(field("Tgid:")?.parse().ok()?),
        parent: ProcId(field("PPid:")?.parse().ok()?),
        tracer: ProcId(field("TracerPid:")?.parse().ok()?),
        pending: u64::from_str_radix(field("SigPnd:")?, 16).ok()?,
        filters: field("Seccomp_filters:").and_then(|n| n.parse().ok()).unwrap_or(0),
    })
}

/// What a thread may do to files.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FileRights {
    /// Its user there.
    pub(super) user: u32,
    /// Its group there.
    pub(super) group: u32,
    /// Its further groups.
    pub(super) groups: Vec<u32>,
    /// Its effective capabilities.
    pub(super) capabilities: u64,
}

/// What a thread may do to files; `None` where it is gone.
pub(super) fn file_rights(id: &str) -> Option<FileRights> {
    parse_rights(&read_short(&format!("/proc/{id}/status")).ok()?)
}

fn parse_rights(status: &[u8]) -> Option<FileRights> {
    let text = std::str::from_utf8(status).ok()?;
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
    // The fourth number is the one for files.
    let on_files = |name: &str| field(name)?.split_ascii_whitespace().nth(3)?.parse().ok();
    let groups = field("Groups:")?.split_ascii_whitespace().map(str::parse).collect::<Result<_, _>>().ok()?;
    let capabilities = u64::from_str_radix(field("CapEff:")?.trim(), 16).ok()?;
    Some(FileRights { user: on_files("Uid:")?, group: on_files("Gid:")?, groups, capabilities })
}

/// How many seccomp filters a process has; 0 if it is gone.
#[must_use]
pub fn seccomp_filters(id: ProcId) -> u32 {
    status(id).map_or(0, |status| status.filters)
}

/// What in the kernel a thread waits for, such as `kernel_clone`; empty if the kernel does not say.
#[must_use]
pub fn wchan(process: ProcId, thread: ProcId) -> String {
    read_short(&format!("/proc/{process}/task/{thread}/wchan"))
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .unwrap_or_default()
}

fn ids_in(folder: &str) -> io::Result<Vec<ProcId>> {
    let mut ids = Vec::new();
    for entry in fs::read_dir(folder)? {
        if let Some(id) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) {
            ids.push(ProcId(id));
        }
    }
    Ok(ids)
}

/// The threads of a process; empty if it is gone.
#[must_use]
pub fn tasks_of(process: ProcId) -> Vec<ProcId> {
    ids_in(&format!("/proc/{process}/task")).unwrap_or_default()
}

/// Whether `thread` is one of ours.
#[must_use]
pub fn is_our_thread(thread: ProcId) -> bool {
    Path::new(&format!("/proc/self/task/{thread}")).exists()
}

/// Every process there is.
#[must_use]
pub fn process_ids() -> Vec<ProcId> {
    ids_in("/proc").unwrap_or_default()
}

/// The children of every thread of a process, zombies included; empty if it is gone.
#[must_use]
pub fn children_of(process: ProcId) -> Vec<ProcId> {
    const CHILDREN_BYTES_MAX: usize = 1 << 20;
    let mut children = Vec::new();
    for task in tasks_of(process) {
        let list = read(&format!("/proc/{process}/task/{task}/children"), CHILDREN_BYTES_MAX).unwrap_or_default();
        let words = list.split(u8::is_ascii_whitespace).filter_map(|word| std::str::from_utf8(word).ok());
        children.extend(words.filter_map(|word| word.parse().ok()).map(ProcId));
    }
    children
}

/// A process's arguments as they lie in its memory, each followed by a NUL; at most `max_bytes`.
///
/// # Errors
/// `ENOENT` or `ESRCH` when it is gone.
pub fn cmdline(process: ProcId, max_bytes: usize) -> io::Result<Vec<u8>> {
    read(&format!("/proc/{process}/cmdline"), max_bytes)
}

/// A process's environment as it lies in its memory, each variable followed by a NUL; at most `max_bytes`.
///
/// # Errors
/// `EACCES` if we may not look, `ENOENT` or `ESRCH` when it is gone.
pub fn environ(process: ProcId, max_bytes: usize) -> io::Result<Vec<u8>> {
    read(&format!("/proc/{process}/environ"), max_bytes)
}

/// Where a link of `/proc/ID/` leads, such as `cwd`, `exe` or `root`.
///
/// # Errors
/// `EACCES` if we may not look, `ENOENT` or `ESRCH` when it is gone.
pub fn link(id: ProcId, name: &str) -> io::Result<Vec<u8>> {
    Ok(fs::read_link(format!("/proc/{id}/{name}"))?.into_os_string().into_vec())
}

/// Where a descriptor leads, such as a path, `pipe:[4711]` or `/memfd:x (deleted)`.
///
/// # Errors
/// `ENOENT` if it is not open, `EACCES` if we may not look.
pub fn fd_link(id: ProcId, fd: i32) -> io::Result<Vec<u8>> {
    link(id, &format!("fd/{fd}"))
}

/// Where the open descriptors of a process lead, at most `max` of them; empty if it is gone.
#[must_use]
pub fn fd_links(process: ProcId, max: usize) -> Vec<Vec<u8>> {
    let descriptors = ids_in(&format!("/proc/{process}/fd")).unwrap_or_default();
    descriptors.into_iter().take(max).filter_map(|fd| fd_link(process, fd.0).ok()).collect()
}

/// The process that descriptor `fd` of a thread stands for; `None` where it stands for none, or for one that is gone.
///
/// A folder of `/proc` stands for its process too.
#[must_use]
pub fn pidfd_names(id: ProcId, fd: i32) -> Option<ProcId> {
    let info = read_short(&format!("/proc/{id}/fdinfo/{fd}")).ok()?;
    let named = info.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(b"Pid:"));
    let number = match named {
        Some(number) => String::from_utf8_lossy(number).trim().to_owned(),
        None => String::from_utf8(fd_link(id, fd).ok()?).ok()?.strip_prefix("/proc/")?.to_owned(),
    };
    number.parse().ok().filter(|number| *number > 0).map(ProcId)
}

/// Which file `path` leads to, links followed.
///
/// # Errors
/// Those of `stat`.
pub fn file_id(path: &Path) -> io::Result<FileId> {
    let meta = fs::metadata(path)?;
    Ok(FileId { device: meta.dev(), inode: meta.ino() })
}

/// Which file a process runs.
///
/// # Errors
/// `EACCES` if we may not look, `ENOENT` or `ESRCH` when it is gone.
pub fn exe_id(process: ProcId) -> io::Result<FileId> {
    file_id(Path::new(&format!("/proc/{process}/exe")))
}

/// Whether a thread sees the same files under the same paths as we do: same root, same mounts.
///
/// A mount's number belongs to one mount table, so the same root on the same mount means the same table as well.
#[must_use]
pub fn is_same_view(id: ProcId) -> bool {
    /// Our own root; we never leave it.
    static OURS: OnceLock<Option<RootId>> = OnceLock::new();
    let ours = OURS.get_or_init(|| root_id("/proc/self/root"));
    ours.is_some() && root_id(&format!("/proc/{id}/root")) == *ours
}

/// A root folder and the mount it is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct RootId {
    device: (u32, u32),
    inode: u64,
    mount: u64,
}

fn root_id(link: &str) -> Option<RootId> {
    let mask = StatxFlags::INO | StatxFlags::MNT_ID;
    let found = statx(CWD, link, AtFlags::empty(), mask).ok()?;
    let device = (found.stx_dev_major, found.stx_dev_minor);
    let has_mount = found.stx_mask & StatxFlags::MNT_ID.bits() != 0;
    has_mount.then_some(RootId { device, inode: found.stx_ino, mount: found.stx_mnt_id })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::self_id;

    #[test]
    fn a_name_with_parentheses_does_not_shift_the_fields() {
        let tail = "S 7 1 1 34816 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 88123 1 1";
        for name in ["sh", "a b", ") R 1 (", "((", ""] {
            let stat = parse_stat(format!("42 ({name}) {tail}").as_bytes());
            assert_eq!(stat, Some(Stat { state: 'S', parent: ProcId(7), terminal: 34816, started: 88123 }));
        }
        for broken in ["", "42 sh S 7", "42 (sh)", "42 (sh) S x"] {
            assert_eq!(parse_stat(broken.as_bytes()), None);
        }
    }

    #[test]
    fn rights_are_read_whole() {
        let text = b"Name:\tx\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\nGroups:\t9 10 \nCapEff:\t00000000000000ff\n";
        let rights = FileRights { user: 4, group: 8, groups: vec![9, 10], capabilities: 0xff };
        assert_eq!(parse_rights(text), Some(rights));
        assert_eq!(parse_rights(b"Uid:\t1\n"), None);
    }

    #[test]
    fn a_descriptor_of_a_process_tells_which() {
        let pidfd = crate::sys::Pidfd::open(self_id()).unwrap();
        let folder = fs::File::open(format!("/proc/{}", self_id())).unwrap();
        let other = fs::File::open("/proc/self/status").unwrap();
        let number = |fd: std::os::fd::BorrowedFd| std::os::fd::AsRawFd::as_raw_fd(&fd);
        use std::os::fd::AsFd;
        assert_eq!(pidfd_names(self_id(), number(pidfd.as_fd())), Some(self_id()));
        assert_eq!(pidfd_names(self_id(), number(folder.as_fd())), Some(self_id()));
        assert_eq!(pidfd_names(self_id(), number(other.as_fd())), None);
        assert_eq!(pidfd_names(self_id(), -1), None);
    }

    #[test]
    fn what_is_said_of_ourselves_is_true() {
        let status = status(self_id()).unwrap();
        assert_eq!((status.process, status.parent), (self_id(), crate::sys::parent_id()));
        assert_eq!(stat(self_id()).unwrap().parent, crate::sys::parent_id());
        assert!(tasks_of(self_id()).contains(&self_id()));
        assert!(is_same_view(self_id()));
        assert_eq!(exe_id(self_id()).unwrap(), file_id(&std::env::current_exe().unwrap()).unwrap());
    }
}

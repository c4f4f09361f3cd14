//! Processes: what we set on ourselves, signals, descriptors of processes, and the last step, exec.

use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::raw::{c_char, c_int, c_long, c_ulong};
use std::sync::OnceLock;
use std::time::Duration;

use super::filter::Program;
use super::handshake::Number;
use super::seccomp;
use super::wake::wait_readable;

/// A process or thread number as the kernel gives it to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProcId(pub i32);

/// An error number that a refused call returns to its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Errno(i32);

/// The few signals that we send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Signal {
    /// Stop; cannot be caught.
    Stop,
    /// Go on after a stop.
    Cont,
    /// Your terminal is gone.
    Hup,
    /// Please end.
    Term,
    /// End; cannot be caught.
    Kill,
}

impl Errno {
    /// "Permission denied": what a refused call returns.
    pub const ACCES: Self = Self(libc::EACCES);
    /// "Operation not permitted".
    pub const PERM: Self = Self(libc::EPERM);
    /// "No such file or directory".
    pub const NOENT: Self = Self(libc::ENOENT);
    /// "Not a directory".
    pub const NOTDIR: Self = Self(libc::ENOTDIR);
    /// "Bad address".
    pub const FAULT: Self = Self(libc::EFAULT);
    /// "Function not implemented".
    pub const NOSYS: Self = Self(libc::ENOSYS);
    /// "Device or resource busy".
    pub const BUSY: Self = Self(libc::EBUSY);
    /// "Invalid argument".
    pub const INVAL: Self = Self(libc::EINVAL);
    /// "File name too long".
    pub const NAMETOOLONG: Self = Self(libc::ENAMETOOLONG);
    /// "Too many levels of symbolic links".
    pub const LOOP: Self = Self(libc::ELOOP);
    /// "No such process".
    pub const SRCH: Self = Self(libc::ESRCH);
    /// "Is a directory".
    pub const ISDIR: Self = Self(libc::EISDIR);
    /// "Bad file descriptor".
    pub const BADF: Self = Self(libc::EBADF);
    /// "No such device or address".
    pub const NXIO: Self = Self(libc::ENXIO);
    /// "Stale file handle".
    pub const STALE: Self = Self(libc::ESTALE);
    /// "Connection refused".
    pub const CONNREFUSED: Self = Self(libc::ECONNREFUSED);

    /// The error number inside an I/O error, if it came from the kernel.
    #[must_use]
    pub fn of(error: &io::Error) -> Option<Self> {
        error.raw_os_error().map(Self)
    }

    /// The bare number.
    #[must_use]
    pub fn number(self) -> i32 {
        self.0
    }
}

impl std::fmt::Display for ProcId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// The result of a libc call that returns -1 and sets errno.
pub(super) fn checked(result: c_long) -> io::Result<c_long> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

/// Our own process number.
#[must_use]
pub fn self_id() -> ProcId {
    ProcId(nix::unistd::getpid().as_raw())
}

/// Our parent's process number.
#[must_use]
pub fn parent_id() -> ProcId {
    ProcId(nix::unistd::getppid().as_raw())
}

/// The process group that `process` is in.
///
/// # Errors
/// `ESRCH` when it is gone.
pub fn group_of(process: ProcId) -> io::Result<ProcId> {
    Ok(ProcId(nix::unistd::getpgid(Some(nix::unistd::Pid::from_raw(process.0)))?.as_raw()))
}

/// Whether an exec failed because the kernel does not know the file's format.
#[must_use]
pub fn is_unknown_format(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::ENOEXEC)
}

fn prctl(option: c_int, value: c_ulong) -> io::Result<()> {
    // SAFETY: the options used in this file take one integer and read or write no memory.
    let result = unsafe { libc::prctl(option, value, 0 as c_ulong, 0 as c_ulong, 0 as c_ulong) };
    checked(result.into()).map(drop)
}

/// Makes orphaned descendants our children, so that no daemon of the agent leaves the tree.
///
/// # Errors
/// The kernel's, if it refuses.
pub fn become_subreaper() -> io::Result<()> {
    prctl(libc::PR_SET_CHILD_SUBREAPER, 1)
}

/// Makes our memory and our descriptors unreadable for processes of the same owner (no core dumps either).
///
/// # Errors
/// The kernel's, if it refuses.
pub fn forbid_reading_us() -> io::Result<()> {
    prctl(libc::PR_SET_DUMPABLE, 0)
}

/// Sets no_new_privs: no program started from here gains privileges, and filters need none.
///
/// # Errors
/// The kernel's, if it refuses.
pub fn forbid_new_privileges() -> io::Result<()> {
    prctl(libc::PR_SET_NO_NEW_PRIVS, 1)
}

/// Has the kernel kill us when the thread that started us ends.
///
/// # Errors
/// The kernel's, if it refuses.
pub fn die_with_parent() -> io::Result<()> {
    #[allow(clippy::cast_sign_loss, reason = "signal numbers are small and positive")]
    prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL as c_ulong)
}

/// Gives the signal that Rust's start-up ignores its default meaning back, before an exec that would inherit it.
pub fn reset_signals() {
    // SAFETY: setting a disposition to the default installs no code and touches no memory of ours.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
}

/// Has the kernel tell us only of children that ended: it tells a tracer of every stop of what it traces otherwise, and
/// each program start that is verified has one. Call it once somebody hears the signal.
///
/// # Errors
/// The kernel's, if it refuses.
pub fn hear_ends_only() -> io::Result<()> {
    // SAFETY: an all-zero action is a valid value of that plain structure.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    // SAFETY: `action` outlives the call, which fills it with what is in force.
    checked(unsafe { libc::sigaction(libc::SIGCHLD, std::ptr::null(), &raw mut action) }.into())?;
    action.sa_flags |= libc::SA_NOCLDSTOP;
    // SAFETY: what was in force stays so but for one flag, which runs no code.
    checked(unsafe { libc::sigaction(libc::SIGCHLD, &raw const action, std::ptr::null_mut()) }.into()).map(drop)
}

/// Makes `fd` our standard input.
///
/// # Errors
/// The kernel's, such as a bad descriptor.
pub fn replace_stdin(fd: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: both are open descriptors; whoever held number 0 keeps a valid number with a new meaning.
    let result = unsafe { libc::dup2(fd.as_raw_fd(), 0) };
    checked(result.into()).map(drop)
}

/// Replaces our program. Returns only if that did not work.
#[must_use]
pub fn exec(path: &CStr, argv: &[CString], env: &[CString]) -> io::Error {
    let pointers = |list: &[CString]| -> Vec<*const c_char> {
        list.iter().map(|word| word.as_ptr()).chain([std::ptr::null()]).collect()
    };
    let (argv, env) = (pointers(argv), pointers(env));
    // SAFETY: the path and both lists are NUL-terminated, end in a null pointer and outlive the call.
    unsafe { libc::execve(path.as_ptr(), argv.as_ptr(), env.as_ptr()) };
    io::Error::last_os_error()
}

/// The number of `signal`.
fn number(signal: Signal) -> c_int {
    match signal {
        Signal::Stop => libc::SIGSTOP,
        Signal::Cont => libc::SIGCONT,
        Signal::Hup => libc::SIGHUP,
        Signal::Term => libc::SIGTERM,
        Signal::Kill => libc::SIGKILL,
    }
}

/// Sends a signal to one thread of a process.
///
/// # Errors
/// `ESRCH` when it is gone.
pub fn send_thread_signal(process: ProcId, thread: ProcId, signal: Signal) -> io::Result<()> {
    // SAFETY: tgkill takes three integers.
    let result = unsafe { libc::syscall(libc::SYS_tgkill, process.0, thread.0, number(signal)) };
    checked(result).map(drop)
}

/// Sends a signal to a process.
///
/// # Errors
/// `ESRCH` when it is gone.
pub fn send_signal(process: ProcId, signal: Signal) -> io::Result<()> {
    if process.0 <= 0 {
        return Err(io::Error::from(io::ErrorKind::InvalidInput));
    }
    // SAFETY: kill takes two integers; the number is positive, so it names one process and no group.
    let result = unsafe { libc::kill(process.0, number(signal)) };
    checked(result.into()).map(drop)
}

/// Sends every process of a group the signal of this number. The group must not be ours.
///
/// # Errors
/// `ESRCH` when there is none, `InvalidInput` for our own group and for what is no group's number.
pub fn signal_group(group: ProcId, signal: i32) -> io::Result<()> {
    if group.0 <= 1 || group_of(self_id())? == group {
        return Err(io::Error::from(io::ErrorKind::InvalidInput));
    }
    // SAFETY: kill takes two integers; the number is below -1, so it names one group.
    let result = unsafe { libc::kill(-group.0, signal) };
    checked(result.into()).map(drop)
}

/// Whether a process or thread of that number exists, a zombie included.
#[must_use]
pub fn is_alive(process: ProcId) -> bool {
    // SAFETY: kill with signal 0 only asks.
    process.0 > 0 && unsafe { libc::kill(process.0, 0) } == 0
}

/// A descriptor that stands for one process and never for a later one with its number.
#[derive(Debug)]
pub struct Pidfd(OwnedFd);

impl Pidfd {
    /// Opens the process `id`; `id` must be a process, not a thread of one.
    ///
    /// # Errors
    /// `ESRCH` when it is gone, `EINVAL` for a thread that leads no process.
    pub fn open(id: ProcId) -> io::Result<Self> {
        let pid = rustix::process::Pid::from_raw(id.0).ok_or(io::ErrorKind::InvalidInput)?;
        Ok(Self(rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty())?))
    }

    /// A copy of the process's descriptor number `fd`, sharing its open file.
    ///
    /// # Errors
    /// `EBADF` when it has none of that number, `EPERM` when we may not look.
    pub fn copy_fd(&self, fd: i32) -> io::Result<OwnedFd> {
        Ok(rustix::process::pidfd_getfd(&self.0, fd, rustix::process::PidfdGetfdFlags::empty())?)
    }

    /// A copy of the descriptor that it has told the number of.
    ///
    /// # Errors
    /// Those of [`Self::copy_fd`].
    pub fn fetch(&self, told: Number) -> io::Result<OwnedFd> {
        self.copy_fd(told.0)
    }

    /// Sends it the signal of this number, as whoever may send it one could have done.
    ///
    /// # Errors
    /// `ESRCH` when it is gone, `EINVAL` for a number that is no signal.
    pub fn send(&self, signal: i32) -> io::Result<()> {
        let nothing: *const u8 = std::ptr::null();
        // SAFETY: pidfd_send_signal with a null siginfo takes three integers and reads nothing.
        let result = unsafe { libc::syscall(libc::SYS_pidfd_send_signal, self.0.as_raw_fd(), signal, nothing, 0) };
        checked(result).map(drop)
    }

    /// Waits until the process has ended, or `patience` is over; says whether it has ended.
    /// It is not reaped, and the stops of a traced process are not consumed.
    ///
    /// # Errors
    /// The kernel's, if polling fails.
    pub fn wait_ended(&self, patience: Option<Duration>) -> io::Result<bool> {
        let ready = wait_readable(&[self.0.as_fd()], patience)?;
        Ok(ready.first().is_some_and(|r| r.is_readable))
    }
}

impl AsFd for Pidfd {
    /// Readable once the process has ended.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Which process a thread belongs to, and that one's parent.
///
/// Asks a descriptor of the thread (Linux 6.13), which costs a tenth of a first look into `/proc`; older kernels are
/// asked there.
///
/// # Errors
/// `ESRCH` or `ENOENT` when it is gone.
pub fn kin_of(thread: ProcId) -> io::Result<(ProcId, ProcId)> {
    kin_by_descriptor(thread).or_else(|_| super::proc::status(thread).map(|status| (status.process, status.parent)))
}

fn kin_by_descriptor(thread: ProcId) -> io::Result<(ProcId, ProcId)> {
    const PIDFD_THREAD: c_long = libc::O_EXCL as c_long;
    /// The first version of the kernel's answer, which every later one begins with.
    #[repr(C)]
    #[derive(Default)]
    struct Info {
        mask: u64,
        cgroup: u64,
        thread: u32,
        process: u32,
        parent: u32,
        ids: [u32; 8],
        exit_code: i32,
    }
    const { assert!(size_of::<Info>() == 64) };
    /// `_IOWR(0xFF, 11, struct pidfd_info)` for 64 bytes.
    const GET_INFO: u32 = 0xC040_FF0B;
    /// The numbers were filled in.
    const HAS_IDS: u64 = 1;
    // SAFETY: pidfd_open takes two integers.
    let fd = owned(checked(unsafe { libc::syscall(libc::SYS_pidfd_open, thread.0, PIDFD_THREAD) })?)?;
    let mut info = Info { mask: HAS_IDS, ..Info::default() };
    // SAFETY: `info` outlives the call and is as long as the request's number says.
    let result = unsafe { libc::ioctl(fd.as_raw_fd(), GET_INFO as _, &raw mut info) };
    checked(result.into())?;
    if info.mask & HAS_IDS == 0 || info.process == 0 {
        return Err(io::Error::from(io::ErrorKind::Unsupported));
    }
    Ok((ProcId(info.process.cast_signed()), ProcId(info.parent.cast_signed())))
}

/// A number that tells a process from any other that has or will have its process number while the machine runs.
///
/// That is the number of its descriptor's file (Linux 6.9), or else when it started.
///
/// # Errors
/// `ESRCH` or `ENOENT` when it is gone.
pub fn birth_of(process: ProcId) -> io::Result<u64> {
    /// Whether the descriptor of each process is a file of its own: one file system holds all of them.
    static HAVE_FILES: OnceLock<bool> = OnceLock::new();
    const PID_FS_MAGIC: i64 = 0x5049_4446;
    let pidfd = Pidfd::open(process)?;
    let have_files =
        HAVE_FILES.get_or_init(|| rustix::fs::fstatfs(&pidfd.0).is_ok_and(|found| found.f_type == PID_FS_MAGIC));
    if *have_files {
        return Ok(rustix::fs::fstat(&pidfd.0)?.st_ino);
    }
    Ok(super::proc::stat(process)?.started)
}

/// Reaps our child `id` if it has ended, and says whether it did.
///
/// Looks before it takes: a plain non-blocking wait would swallow the stops of a process that another of our
/// threads traces.
///
/// # Errors
/// `ECHILD` when it is no child of ours.
pub fn reap_if_ended(id: ProcId) -> io::Result<bool> {
    // SAFETY: an all-zero siginfo is a valid value of that plain structure.
    let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
    let flags = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
    #[allow(clippy::cast_sign_loss, reason = "process numbers are positive")]
    // SAFETY: `info` outlives the call and has the type that waitid fills.
    let result = unsafe { libc::waitid(libc::P_PID, id.0 as libc::id_t, &raw mut info, flags) };
    checked(result.into())?;
    if !matches!(info.si_code, libc::CLD_EXITED | libc::CLD_KILLED | libc::CLD_DUMPED) {
        return Ok(false);
    }
    // SAFETY: a null status pointer is allowed; the process has ended, so nothing but its end is taken.
    let result = unsafe { libc::waitpid(id.0, std::ptr::null_mut(), libc::WNOHANG) };
    Ok(checked(result.into())? == c_long::from(id.0))
}

/// Writes `line` to `fd` if that can be done at once and the file is no regular one; says how many bytes went.
///
/// # Errors
/// The kernel's, such as a pipe without reader (no signal is raised for us, Rust ignores SIGPIPE).
pub fn say_to(fd: BorrowedFd<'_>, line: &[u8]) -> io::Result<usize> {
    let kind = rustix::fs::FileType::from_raw_mode(rustix::fs::fstat(fd)?.st_mode);
    if matches!(kind, rustix::fs::FileType::RegularFile | rustix::fs::FileType::Directory) {
        return Ok(0);
    }
    let mut polled = [nix::poll::PollFd::new(fd, nix::poll::PollFlags::POLLOUT)];
    let count = nix::poll::poll(&mut polled, nix::poll::PollTimeout::ZERO)?;
    let is_writable =
        count == 1 && polled.iter().all(|p| p.revents().is_some_and(|r| r.contains(nix::poll::PollFlags::POLLOUT)));
    if is_writable { Ok(nix::unistd::write(fd, line)?) } else { Ok(0) }
}

/// Tries the gate in a throw-away child: no_new_privs, then the filter with a listener.
///
/// # Errors
/// The error number that `seccomp` or `fork` gave: `EBUSY` under another listener, `EINVAL` where the kernel is
/// too old for killable waits, `ENOSYS` without seccomp.
pub fn probe_gate(program: &Program) -> io::Result<()> {
    const UNKNOWN: c_int = 255;
    // SAFETY: the child calls only prctl, seccomp and _exit, which need no lock another thread could hold.
    let child = unsafe { libc::fork() };
    checked(child.into())?;
    if child == 0 {
        let status = match forbid_new_privileges().and_then(|()| seccomp::install(program)) {
            Ok(listener) => {
                std::mem::forget(listener);
                0
            }
            Err(error) => error.raw_os_error().filter(|n| (1..UNKNOWN).contains(n)).unwrap_or(UNKNOWN),
        };
        // SAFETY: _exit ends the child without running anything of the parent's.
        unsafe { libc::_exit(status) };
    }
    let mut status = 0;
    loop {
        // SAFETY: `status` outlives the call.
        let result = unsafe { libc::waitpid(child, &raw mut status, 0) };
        match checked(result.into()) {
            Ok(_) => break,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    match (libc::WIFEXITED(status), libc::WEXITSTATUS(status)) {
        (true, 0) => Ok(()),
        (true, n) if n != UNKNOWN => Err(io::Error::from_raw_os_error(n)),
        _ => Err(io::Error::other("the probe ended without an answer")),
    }
}

/// Takes ownership of a descriptor that a system call has just returned.
pub(super) fn owned(raw: c_long) -> io::Result<OwnedFd> {
    let raw = c_int::try_from(raw).map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
    // SAFETY: the kernel has just given us this descriptor and nobody else knows its number.
    Ok(unsafe { OwnedFd::from_raw_fd(raw) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::disallowed_methods, reason = "the child that is stopped is the test's own")]
    fn a_child_that_stops_is_not_told_of() {
        use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal as Name, sigaction};
        use nix::sys::wait::{Id, WaitPidFlag, waitid};
        use std::sync::atomic::{AtomicI32, Ordering};
        static STOPPED: AtomicI32 = AtomicI32::new(0);
        extern "C" fn told(_: c_int, info: *mut libc::siginfo_t, _: *mut libc::c_void) {
            // SAFETY: the kernel hands a valid structure to a handler that asked for it.
            let info = unsafe { *info };
            if info.si_code == libc::CLD_STOPPED {
                // SAFETY: a child's signal names the child.
                STOPPED.store(unsafe { info.si_pid() }, Ordering::SeqCst);
            }
        }
        let handler = SigHandler::SigAction(told);
        let action = SigAction::new(handler, SaFlags::SA_SIGINFO | SaFlags::SA_RESTART, SigSet::empty());
        // SAFETY: the handler only stores a number.
        unsafe { sigaction(Name::SIGCHLD, &action) }.unwrap();
        hear_ends_only().unwrap();
        let mut child = std::process::Command::new("cat").stdin(std::process::Stdio::piped()).spawn().unwrap();
        let id = i32::try_from(child.id()).unwrap();
        send_signal(ProcId(id), Signal::Stop).unwrap();
        let stops = WaitPidFlag::WSTOPPED | WaitPidFlag::WNOWAIT;
        waitid(Id::Pid(nix::unistd::Pid::from_raw(id)), stops).unwrap();
        send_signal(ProcId(id), Signal::Kill).unwrap();
        child.wait().unwrap();
        assert_ne!(STOPPED.load(Ordering::SeqCst), id);
    }

    #[test]
    fn a_birth_belongs_to_one_process() {
        let ours = birth_of(self_id()).unwrap();
        assert_eq!(birth_of(self_id()).unwrap(), ours);
        assert_ne!(birth_of(parent_id()).unwrap(), ours);
        assert!(birth_of(ProcId(i32::MAX)).is_err());
    }

    #[test]
    fn kin_is_the_same_by_descriptor_and_by_proc() {
        let check = || {
            let thread = ProcId(nix::unistd::gettid().as_raw());
            assert_eq!(kin_of(thread).unwrap(), (self_id(), parent_id()));
            if let Ok(kin) = kin_by_descriptor(thread) {
                assert_eq!(kin, (self_id(), parent_id()));
            }
        };
        check();
        std::thread::spawn(check).join().unwrap();
        assert!(kin_of(ProcId(i32::MAX)).is_err());
    }
}

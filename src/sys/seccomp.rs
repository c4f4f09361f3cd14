//! The listener: installing the filter, receiving notifications, answering them.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use super::bpf::{Arch, Call};
use super::filter::Program;
use super::process::{Errno, ProcId, checked, owned};

/// Wake the waiting thread on the processor of the one that answers (Linux 6.6).
const SYNC_WAKE_UP: u64 = 1;

/// Receives the calls that the filter holds, and answers them. May be shared by threads.
#[derive(Debug)]
pub struct Listener(OwnedFd);

/// One held call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notification {
    /// The kernel's number for it, never given twice by one listener.
    pub id: u64,
    /// The thread that waits in it; 0 if it lives in a pid namespace we cannot see into.
    pub thread: ProcId,
    /// Which call it is; `None` for one that the filter does not hold.
    pub call: Option<Call>,
    /// Its arguments.
    pub args: [u64; 6],
}

/// The answer to a held call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// The kernel goes on with the call; it reads the caller's memory again.
    Continue,
    /// The call returns 0 without being made: we have made it.
    Done,
    /// The call fails with this error.
    Fail(Errno),
}

/// Whether a descriptor that is given is closed when another program starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClosesOnExec {
    /// It is.
    Yes,
    /// It goes over to the other program.
    No,
}

/// What became of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a call that is gone was not answered"]
pub enum Sent {
    /// The call has it.
    Answered,
    /// The call is gone: its caller died or was interrupted.
    Gone,
}

/// Installs `program` on the calling thread, with a listener whose waits only a deadly signal ends.
/// `no_new_privs` must be set.
///
/// # Errors
/// `EBUSY` if a listener is over us already, `EINVAL` if the kernel is older than 5.19.
pub fn install(program: &Program) -> io::Result<OwnedFd> {
    let mut insns = program.raw();
    let count = u16::try_from(insns.len()).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
    let raw = libc::sock_fprog { len: count, filter: insns.as_mut_ptr() };
    let flags = libc::SECCOMP_FILTER_FLAG_NEW_LISTENER | libc::SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
    // SAFETY: `raw` points to `insns`, both outlive the call, and the kernel copies the program.
    let fd = unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, flags, &raw const raw) };
    owned(checked(fd)?)
}

impl Listener {
    /// Takes a listener that was handed over.
    #[must_use]
    pub fn new(fd: OwnedFd) -> Self {
        Self(fd)
    }

    /// Asks the kernel to hand the processor over together with each notification and answer.
    ///
    /// # Errors
    /// `EINVAL` before Linux 6.6; it is only slower then.
    pub fn wake_in_step(&self) -> io::Result<()> {
        // SAFETY: the request takes its flags by value.
        let result = unsafe { libc::ioctl(self.0.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_SET_FLAGS as _, SYNC_WAKE_UP) };
        checked(result.into()).map(drop)
    }

    /// The next held call; `None` if it went away in between. Blocks if none is waiting.
    ///
    /// # Errors
    /// The kernel's; an interrupted wait counts as `None`.
    pub fn receive(&self) -> io::Result<Option<Notification>> {
        // SAFETY: an all-zero structure is a valid value, and the one the kernel asks for.
        let mut raw: libc::seccomp_notif = unsafe { std::mem::zeroed() };
        // SAFETY: `raw` outlives the call and has the layout that the kernel fills.
        let result = unsafe { libc::ioctl(self.0.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_RECV as _, &raw mut raw) };
        match checked(result.into()) {
            Ok(_) => {}
            Err(error) if matches!(error.raw_os_error(), Some(libc::ENOENT | libc::EINTR)) => return Ok(None),
            Err(error) => return Err(error),
        }
        let call = Arch::native().and_then(|arch| arch.call(raw.data.nr.cast_unsigned()));
        Ok(Some(Notification { id: raw.id, thread: ProcId(raw.pid.cast_signed()), call, args: raw.data.args }))
    }

    /// Answers the held call `id`.
    ///
    /// # Errors
    /// The kernel's; a call that is gone is no error.
    pub fn reply(&self, id: u64, reply: Reply) -> io::Result<Sent> {
        #[allow(clippy::cast_possible_truncation, reason = "the flag is bit 0")]
        let (error, flags) = match reply {
            Reply::Continue => (0, libc::SECCOMP_USER_NOTIF_FLAG_CONTINUE as u32),
            Reply::Done => (0, 0),
            Reply::Fail(errno) => (-errno.number(), 0),
        };
        let raw = libc::seccomp_notif_resp { id, val: 0, error, flags };
        // SAFETY: `raw` outlives the call and has the layout that the kernel reads.
        let send = || unsafe { libc::ioctl(self.0.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_SEND as _, &raw const raw) };
        match checked(uninterrupted(send).into()) {
            Ok(_) => Ok(Sent::Answered),
            Err(error) if error.raw_os_error() == Some(libc::ENOENT) => Ok(Sent::Gone),
            Err(error) => Err(error),
        }
    }

    /// Answers the held call `id` with a descriptor of ours, which its caller gets under a number of its own.
    ///
    /// # Errors
    /// `EMFILE` where the caller can have no more of them; a call that is gone is no error.
    pub fn give(&self, id: u64, fd: BorrowedFd<'_>, closes_on_exec: ClosesOnExec) -> io::Result<Sent> {
        #[allow(clippy::cast_possible_truncation, reason = "the flag is bit 1")]
        let flags = libc::SECCOMP_ADDFD_FLAG_SEND as u32;
        let newfd_flags = match closes_on_exec {
            ClosesOnExec::Yes => libc::O_CLOEXEC.cast_unsigned(),
            ClosesOnExec::No => 0,
        };
        let raw = libc::seccomp_notif_addfd { id, flags, srcfd: fd.as_raw_fd().cast_unsigned(), newfd: 0, newfd_flags };
        // SAFETY: `raw` outlives the call and has the layout that the kernel reads.
        let send = || unsafe { libc::ioctl(self.0.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_ADDFD as _, &raw const raw) };
        match checked(uninterrupted(send).into()) {
            Ok(_) => Ok(Sent::Answered),
            Err(error) if error.raw_os_error() == Some(libc::ENOENT) => Ok(Sent::Gone),
            Err(error) => Err(error),
        }
    }

    /// Whether the call `id` still waits. Ask after reading the caller's memory: its number may be another's by now.
    #[must_use]
    pub fn is_waiting(&self, id: u64) -> bool {
        // SAFETY: `id` outlives the call, which only reads it.
        let ask = || unsafe { libc::ioctl(self.0.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_ID_VALID as _, &raw const id) };
        uninterrupted(ask) == 0
    }
}

/// Asks again while a signal of our own comes between: the kernel waits interruptibly for its list of calls
/// (`seccomp_notify_send` in `kernel/seccomp.c`), and a call that is taken for gone would be refused or never answered.
fn uninterrupted(ask: impl Fn() -> libc::c_int) -> libc::c_int {
    loop {
        let result = ask();
        if result != -1 || io::Error::last_os_error().kind() != io::ErrorKind::Interrupted {
            return result;
        }
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

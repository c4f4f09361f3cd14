//! Tracing one thread through one call. A tracer is a thread: seize and wait on the same one.

use std::io;
use std::os::raw::{c_int, c_long, c_uint, c_ulong};

use super::process::{ProcId, checked};

/// A thread that the calling thread traces. Not `Send`: the kernel ties it to this thread.
///
/// Dropped without being let go, the tracee is killed when the tracing thread ends (`EXITKILL`).
#[derive(Debug)]
pub struct Traced {
    thread: ProcId,
    tied: std::marker::PhantomData<*const ()>,
}

/// Why a traced thread stopped, or that it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TraceStop {
    /// A new program is loaded in this process and has not run an instruction.
    Exec(ProcId),
    /// The interruption, or a stop of its whole group: it is on its way back from the call.
    Interrupted(ProcId),
    /// A signal is about to be delivered to it.
    Signalled(ProcId, i32),
    /// It has ended and was reaped.
    Ended(ProcId),
    /// It has ended and is left for its parent, which is us as well.
    LeftForParent(ProcId),
    /// There is nothing to wait for any more.
    Nothing,
}

/// `PTRACE_EVENT_STOP`.
const EVENT_STOP: c_int = 128;

fn ptrace(request: c_uint, thread: ProcId, data: c_ulong) -> io::Result<()> {
    // SAFETY: the requests used here (seize, interrupt, cont, detach) take integers only.
    let result = unsafe { libc::ptrace(request as _, thread.0, 0 as c_ulong, data) };
    checked(result as c_long).map(drop)
}

impl Traced {
    /// Starts tracing `thread`; it does not stop. It dies if the tracing thread does.
    ///
    /// # Errors
    /// `EPERM` if another traces it or we may not, `ESRCH` if it is gone.
    pub fn seize(thread: ProcId) -> io::Result<Self> {
        #[allow(clippy::cast_sign_loss, reason = "the options are positive")]
        let options = (libc::PTRACE_O_TRACEEXEC | libc::PTRACE_O_EXITKILL) as c_ulong;
        ptrace(libc::PTRACE_SEIZE as c_uint, thread, options)?;
        Ok(Self { thread, tied: std::marker::PhantomData })
    }

    /// Has it stop as soon as it is about to return from the kernel.
    ///
    /// # Errors
    /// `ESRCH` if it is gone.
    pub fn interrupt(&self) -> io::Result<()> {
        ptrace(libc::PTRACE_INTERRUPT as c_uint, self.thread, 0)
    }

    /// Waits for what happens next to whatever the calling thread traces: an exec from a thread that is not the
    /// first reports under the process's number. `spare` names the tracee's process if that is a child of ours
    /// whose end somebody else waits for. Blocks.
    ///
    /// # Errors
    /// The kernel's.
    pub fn wait(&self, spare: Option<ProcId>) -> io::Result<TraceStop> {
        loop {
            if let Some(spare) = spare
                && let Some(ended) = peek_end(spare)?
            {
                return Ok(ended);
            }
            let mut status = 0;
            // SAFETY: `status` outlives the call. Only what this very thread traces or has forked is waited for.
            let result = unsafe { libc::waitpid(-1, &raw mut status, libc::__WALL | libc::__WNOTHREAD) };
            let id = match checked(result.into()) {
                Ok(id) => ProcId(i32::try_from(id).unwrap_or(0)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) if error.raw_os_error() == Some(libc::ECHILD) => return Ok(TraceStop::Nothing),
                Err(error) => return Err(error),
            };
            return Ok(if !libc::WIFSTOPPED(status) {
                TraceStop::Ended(id)
            } else if status >> 16 == libc::PTRACE_EVENT_EXEC {
                TraceStop::Exec(id)
            } else if status >> 16 == EVENT_STOP {
                TraceStop::Interrupted(id)
            } else {
                TraceStop::Signalled(id, libc::WSTOPSIG(status))
            });
        }
    }

    /// Lets the stopped thread `id` go, delivering `signal` (0 for none).
    ///
    /// # Errors
    /// `ESRCH` if it is gone.
    pub fn detach(self, id: ProcId, signal: i32) -> io::Result<()> {
        #[allow(clippy::cast_sign_loss, reason = "signal numbers are positive")]
        ptrace(libc::PTRACE_DETACH as c_uint, id, signal as c_ulong)
    }
}

/// Looks, without taking anything, until something happens to `id`; an end is left where it is.
fn peek_end(id: ProcId) -> io::Result<Option<TraceStop>> {
    loop {
        // SAFETY: an all-zero siginfo is a valid value of that plain structure.
        let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
        let flags = libc::WEXITED | libc::WSTOPPED | libc::WNOWAIT | libc::__WALL | libc::__WNOTHREAD;
        // SAFETY: `info` outlives the call and has the type that waitid fills.
        let result = unsafe { libc::waitid(libc::P_ALL, 0, &raw mut info, flags) };
        match checked(result.into()) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) if error.raw_os_error() == Some(libc::ECHILD) => return Ok(Some(TraceStop::Nothing)),
            Err(error) => return Err(error),
        }
        let is_end = matches!(info.si_code, libc::CLD_EXITED | libc::CLD_KILLED | libc::CLD_DUMPED);
        return Ok(is_end.then_some(TraceStop::LeftForParent(id)));
    }
}

//! Ends of processes: the agent's, and those of daemons that became our children.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use crate::model::Pid;
use crate::sys::{self, Pidfd, ProcId};

/// Reaps every child of ours that has ended, except `agent`, and says which.
///
/// A plain `waitpid(-1)` would take ends and stops from the verifier; this looks first and takes ends only. Call it
/// on SIGCHLD, or now and then.
#[must_use]
pub fn reap_orphans(agent: Pid) -> Vec<Pid> {
    let is_zombie = |id: &ProcId| sys::stat(*id).is_ok_and(|stat| stat.state == 'Z');
    sys::children_of(sys::self_id())
        .into_iter()
        .filter(|id| id.0 != agent.0 && is_zombie(id))
        .filter(|id| sys::reap_if_ended(*id).unwrap_or(false))
        .map(|id| Pid(id.0))
        .collect()
}

/// Tells when the agent has ended, without taking anything.
///
/// Wait for this before any `wait` or `try_wait` of the standard library or the PTY: while the agent lives, those
/// would take the verifier's stops for the agent's end.
#[derive(Debug)]
pub struct AgentLife(Pidfd);

impl AgentLife {
    /// Watches the agent's first process.
    ///
    /// # Errors
    /// `ESRCH` when it is gone and reaped.
    pub fn of(agent: Pid) -> io::Result<Self> {
        Ok(Self(Pidfd::open(ProcId(agent.0))?))
    }

    /// Waits until it has ended, at most for `patience`; says whether it has. It is still to be waited for.
    ///
    /// # Errors
    /// The kernel's.
    pub fn wait_ended(&self, patience: Option<Duration>) -> io::Result<bool> {
        self.0.wait_ended(patience)
    }
}

impl AsFd for AgentLife {
    /// Readable once the agent has ended.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Makes this process fit to supervise: nobody of the same owner can read it, and orphans of the tree come to it.
/// Call it once, before the agent is started.
///
/// # Errors
/// The kernel's.
pub fn prepare_supervisor() -> io::Result<()> {
    sys::forbid_reading_us()?;
    sys::become_subreaper()
}

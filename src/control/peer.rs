//! Who is at the other end of a socket: outside the tree where it rules, inside it where it asks.

use std::io;
use std::os::fd::AsFd;

use crate::model::Pid;
use crate::sys::{self, ProcId};

/// How far up the ancestry is followed before a peer counts as ours.
const ANCESTORS_MAX: usize = 256;

/// A peer that may ask and rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// Its process.
    pub pid: Pid,
}

/// Why a peer may neither ask nor rule.
#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    /// The kernel does not say who it is, or it is gone already.
    #[error("who asks is not known: {0}")]
    Unknown(#[from] io::Error),
    /// It is another user's.
    #[error("process {pid} belongs to user {uid}, not to the operator")]
    OtherUser {
        /// The process.
        pid: Pid,
        /// Its user.
        uid: u32,
    },
    /// It descends from the supervisor.
    #[error("process {0} is inside the supervised tree; what is approved cannot approve")]
    Supervised(Pid),
    /// It does not descend from the supervisor.
    #[error("process {0} is not in the supervised tree")]
    Elsewhere(Pid),
    /// It is under a filter that the supervisor is not under.
    #[error("process {0} runs under a filter as the agent does; what is approved cannot approve")]
    Filtered(Pid),
}

/// Checks that whoever is at the other end of `socket` is the operator, outside the tree of `supervisor`.
///
/// # Errors
/// [`PeerError`] says why it may not ask. Everything that cannot be found out is a reason.
pub fn check_peer(socket: impl AsFd, supervisor: Pid) -> Result<Peer, PeerError> {
    let (process, uid) = sys::peer_credentials(socket)?;
    let pid = Pid(process.0);
    let own = sys::rights(ProcId(supervisor.0))?;
    if uid != own.uid && uid != 0 {
        return Err(PeerError::OtherUser { pid, uid });
    }
    let status = sys::rights(process)?;
    if status.seccomp_filters > own.seccomp_filters || (status.no_new_privs && !own.no_new_privs) {
        return Err(PeerError::Filtered(pid));
    }
    let mut current = pid;
    for _ in 0..ANCESTORS_MAX {
        if current == supervisor {
            return Err(PeerError::Supervised(pid));
        }
        if current.0 <= 1 {
            return Ok(Peer { pid });
        }
        current = Pid(sys::rights(ProcId(current.0))?.parent.0);
    }
    Err(PeerError::Supervised(pid))
}

/// Checks that whoever is at the other end of `socket` is in the tree of `supervisor`, and so may ask what a hook asks.
/// Where we connected it ourselves something has to be readable there, and senders told ([`sys::tell_senders`]).
///
/// # Errors
/// [`PeerError`] says why it may not. Everything that cannot be found out is a reason.
pub fn check_asker(socket: impl AsFd, supervisor: Pid) -> Result<Peer, PeerError> {
    let (mut process, mut uid) = sys::peer_credentials(&socket)?;
    if process.0 == supervisor.0 {
        // In `strict` the gate connects in its caller's place: then it is whoever sends.
        (process, uid) = sys::sender(&socket)?;
    }
    let pid = Pid(process.0);
    if uid != sys::rights(ProcId(supervisor.0))?.uid {
        return Err(PeerError::OtherUser { pid, uid });
    }
    let mut current = sys::rights(process)?.parent;
    for _ in 0..ANCESTORS_MAX {
        if current.0 == supervisor.0 {
            return Ok(Peer { pid });
        }
        if current.0 <= 1 {
            break;
        }
        current = sys::rights(current)?.parent;
    }
    Err(PeerError::Elsewhere(pid))
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn a_process_of_the_tree_may_not_ask_and_one_outside_may() -> io::Result<()> {
        let (ours, _theirs) = UnixStream::pair()?;
        let this = Pid(i32::try_from(std::process::id()).unwrap_or(0));
        let parent = Pid(sys::rights(ProcId(this.0))?.parent.0);
        assert!(matches!(check_peer(&ours, this), Err(PeerError::Supervised(_))));
        assert!(matches!(check_peer(&ours, parent), Err(PeerError::Supervised(_))));
        assert!(matches!(check_asker(&ours, parent), Ok(Peer { pid }) if pid == this));
        #[allow(clippy::disallowed_methods, reason = "a test's own stand-in for a supervisor elsewhere")]
        let mut child = std::process::Command::new("sleep").arg("60").spawn()?;
        let elsewhere = Pid(i32::try_from(child.id()).unwrap_or(0));
        let answer = check_peer(&ours, elsewhere);
        let asked = check_asker(&ours, elsewhere);
        child.kill()?;
        child.wait()?;
        assert!(matches!(answer, Ok(Peer { pid }) if pid == this), "{answer:?}");
        assert!(matches!(asked, Err(PeerError::Elsewhere(_))), "{asked:?}");
        Ok(())
    }
}

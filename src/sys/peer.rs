//! Who a process is, for the decision socket.

use std::io;
use std::os::fd::{AsFd, AsRawFd};

use nix::sys::socket::sockopt::PassCred;
use nix::sys::socket::{ControlMessageOwned, MsgFlags, UnixCredentials, recvmsg, setsockopt};

use super::ProcId;

/// What `/proc/PID/status` says of a process's rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rights {
    /// Its real user.
    pub uid: u32,
    /// Its parent.
    pub parent: ProcId,
    /// Whether it can gain no rights by exec.
    pub no_new_privs: bool,
    /// How many seccomp filters it is under.
    pub seccomp_filters: u32,
}

/// The process and the user at the other end of a Unix socket.
///
/// # Errors
/// What the kernel says.
pub fn peer_credentials(socket: impl AsFd) -> io::Result<(ProcId, u32)> {
    let credentials = rustix::net::sockopt::socket_peercred(socket)?;
    Ok((ProcId(credentials.pid.as_raw_nonzero().get()), credentials.uid.as_raw()))
}

/// Has the sender of each message told to [`sender`], also of those who connect to `socket` later.
///
/// # Errors
/// What the kernel says.
pub fn tell_senders(socket: impl AsFd) -> io::Result<()> {
    Ok(setsockopt(&socket, PassCred, &true)?)
}

/// Who sent what is to be read next from a Unix socket, after [`tell_senders`]. Does not block.
///
/// # Errors
/// `WouldBlock` when nothing is there yet, `NotFound` when the kernel does not say.
pub fn sender(socket: impl AsFd) -> io::Result<(ProcId, u32)> {
    let (mut byte, mut control) = ([0], nix::cmsg_space!(UnixCredentials));
    let mut parts = [io::IoSliceMut::new(&mut byte)];
    let flags = MsgFlags::MSG_PEEK | MsgFlags::MSG_DONTWAIT;
    let message = recvmsg::<()>(socket.as_fd().as_raw_fd(), &mut parts, Some(&mut control), flags)?;
    let told = message.cmsgs()?.find_map(|part| match part {
        ControlMessageOwned::ScmCredentials(who) if who.pid() > 0 => Some((ProcId(who.pid()), who.uid())),
        _ => None,
    });
    told.ok_or_else(|| io::ErrorKind::NotFound.into())
}

/// Reads a process's rights.
///
/// # Errors
/// What the system says when `/proc/PID/status` cannot be read, or `InvalidData` when a field is missing.
pub fn rights(pid: ProcId) -> io::Result<Rights> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let field = |name: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(name))
            .and_then(|rest| rest.split_ascii_whitespace().next())
            .and_then(|word| word.parse::<u32>().ok())
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, format!("/proc/{pid}/status has no {name}")))
    };
    Ok(Rights {
        uid: field("Uid:")?,
        parent: ProcId(i32::try_from(field("PPid:")?).unwrap_or(0)),
        no_new_privs: field("NoNewPrivs:")? != 0,
        // Kernels before 5.9 do not count filters; there the mode says whether there is one.
        seccomp_filters: field("Seccomp_filters:").or_else(|_| field("Seccomp:"))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_rights_can_be_read() -> io::Result<()> {
        let own = crate::sys::self_id();
        assert_eq!(rights(own)?.uid, nix::unistd::getuid().as_raw());
        assert!(rights(ProcId(i32::MAX)).is_err());
        Ok(())
    }
}

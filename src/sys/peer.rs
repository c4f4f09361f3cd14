//! Who a process is, for the decision socket.

use std::io;
use std::os::fd::AsFd;

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

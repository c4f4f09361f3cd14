//! What a system call would reach beyond the calling process: a socket's other end, another process.

use serde::{Deserialize, Serialize};

use super::{Pid, Untrusted};

/// A connection, or a message, to somebody outside the calling process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connect {
    /// The call's name: `connect`, `sendto`, `unshare`.
    pub call: String,
    /// Who is at the other end.
    pub peer: Peer,
    /// The arguments that the calling process was started with, as far as they were read.
    pub command: Vec<Untrusted>,
    /// The folder the process works in.
    pub cwd: Untrusted,
}

/// The other end of a socket.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "peer", rename_all = "snake_case")]
pub enum Peer {
    /// A socket that has a path.
    Socket {
        /// Where that leads, absolute and as the caller's root sees it.
        path: Untrusted,
    },
    /// A socket with a name in the kernel alone.
    Abstract {
        /// Its name, without the leading zero byte.
        name: Untrusted,
    },
    /// An address of the internet protocols, of this machine or another.
    Address {
        /// The address as numbers, such as `127.0.0.1` or `::1`.
        host: String,
        /// The port.
        port: u16,
    },
    /// A family of addresses that is none of these.
    Other {
        /// Its number, `AF_…`.
        family: u16,
    },
    /// No socket: a user namespace that the process makes, in which it is its own root.
    Namespace,
}

/// A signal to another process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kill {
    /// The call's name, such as `kill`.
    pub call: String,
    /// The signal's number.
    pub signal: i32,
    /// Whom it is for.
    pub to: Receiver,
    /// What the receiver runs, where it is one process that can be looked at.
    pub program: Untrusted,
    /// The arguments that the calling process was started with, as far as they were read.
    pub command: Vec<Untrusted>,
    /// The folder the process works in.
    pub cwd: Untrusted,
}

/// Whom a signal is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "to", rename_all = "snake_case")]
pub enum Receiver {
    /// One process.
    Process {
        /// Its number.
        pid: Pid,
    },
    /// A process group.
    Group {
        /// Its number, positive.
        pid: Pid,
    },
    /// Every process that the caller may signal.
    All,
}

impl Peer {
    /// Who it is, safe to draw.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::Socket { path } => path.shown(),
            Self::Abstract { name } => format!("@{}", name.shown()),
            Self::Address { host, port } if host.contains(':') => format!("[{host}]:{port}"),
            Self::Address { host, port } => format!("{host}:{port}"),
            Self::Other { family } => format!("address family {family}"),
            Self::Namespace => "a user namespace of its own".to_owned(),
        }
    }
}

impl Connect {
    /// One line that says what it is, safe to draw.
    #[must_use]
    pub fn shown(&self) -> String {
        let verb = match self.peer {
            Peer::Namespace => "makes",
            _ if self.call == "connect" => "connects to",
            _ => "sends to",
        };
        format!("{verb} {}", self.peer.shown())
    }
}

impl Kill {
    /// One line that says what it is, safe to draw.
    #[must_use]
    pub fn shown(&self) -> String {
        match self.to {
            Receiver::Process { pid } if self.program.is_empty() => format!("signal {} to process {pid}", self.signal),
            Receiver::Process { pid } => {
                format!("signal {} to process {pid} ({})", self.signal, self.program.shown())
            }
            Receiver::Group { pid } => format!("signal {} to process group {pid}", self.signal),
            Receiver::All => format!("signal {} to every process", self.signal),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_end_is_written_as_people_write_it() {
        for (peer, shown) in [
            (Peer::Socket { path: "/run/docker.sock".into() }, "/run/docker.sock"),
            (Peer::Abstract { name: "/tmp/.X11-unix/X0".into() }, "@/tmp/.X11-unix/X0"),
            (Peer::Address { host: "127.0.0.1".into(), port: 80 }, "127.0.0.1:80"),
            (Peer::Address { host: "::1".into(), port: 443 }, "[::1]:443"),
            (Peer::Other { family: 40 }, "address family 40"),
            (Peer::Namespace, "a user namespace of its own"),
        ] {
            assert_eq!(peer.shown(), shown);
        }
    }

    #[test]
    fn a_signal_says_to_whom() {
        let kill = |to, program: &str| Kill {
            call: "kill".into(),
            signal: 9,
            to,
            program: program.into(),
            command: Vec::new(),
            cwd: "/".into(),
        };
        assert_eq!(kill(Receiver::Process { pid: Pid(7) }, "postgres").shown(), "signal 9 to process 7 (postgres)");
        assert_eq!(kill(Receiver::Group { pid: Pid(7) }, "").shown(), "signal 9 to process group 7");
        assert_eq!(kill(Receiver::All, "").shown(), "signal 9 to every process");
    }
}

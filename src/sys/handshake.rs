//! The messages between supervisor and launcher, one per packet.
//!
//! ```text
//! launcher                          supervisor
//!    connect ───────────────────────▶ accept, check who it is
//!    ◀───────────────────────── Setup
//!    Ready (with the listener, or its number) ▶   or Mishap, and the end
//!    ◀──────────────────────────── Go (perhaps with a standard input)
//!    exec: the socket closes ───────▶       or Mishap, and the end
//! ```

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::channel::Channel;
use super::landlock::Scopes;

/// What the launcher has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setup {
    /// Whether to install the gate; without it the launcher only execs.
    pub is_gated: bool,
    /// Whether the gate holds opens that only read, too.
    pub sees_reads: bool,
    /// Whether it holds new processes, and messages that may carry an address.
    pub is_strict: bool,
}

/// What the supervisor says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub enum ToStage {
    /// The first message.
    Setup(Setup),
    /// Go. A descriptor that comes along becomes the agent's standard input.
    Go,
}

/// What the launcher says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub enum FromStage {
    /// The gate is in (the listener comes along), or none was asked for.
    Ready {
        /// What Landlock keeps inside the tree.
        scopes: Scopes,
        /// Where the listener is to be fetched, if it does not come along: once messages are held, none can carry it.
        listener: Option<Number>,
    },
    /// Something did not work, and the launcher ends.
    Mishap(Mishap),
}

/// The number of a descriptor in the process that tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Number(pub(super) i32);

impl Number {
    /// Of a descriptor of ours.
    #[must_use]
    pub fn of(fd: BorrowedFd<'_>) -> Self {
        Self(fd.as_raw_fd())
    }
}

/// Something that did not work in the launcher.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mishap {
    /// Where.
    pub step: Step,
    /// What kind of failure it is.
    pub kind: MishapKind,
    /// The kernel's error number, if it gave one.
    pub errno: Option<i32>,
    /// What it was about or what was said, such as the path that was tried.
    pub what: String,
}

/// The launcher's steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Reading its own arguments.
    Arguments,
    /// Finding the program.
    Find,
    /// Tying its life to the supervisor's.
    Tie,
    /// Landlock.
    Landlock,
    /// no_new_privs.
    NoNewPrivileges,
    /// The filter and its listener.
    Filter,
    /// Handing the listener over, or waiting for go.
    HandOver,
    /// Taking the standard input that came with go.
    Stdin,
    /// Starting the program.
    Exec,
}

/// What a mishap means for the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MishapKind {
    /// There is no such program: status 127.
    NotFound,
    /// There is one, and it cannot be run: status 126.
    CannotRun,
    /// The gate cannot be had, or something of ours failed: status 125.
    Ours,
}

impl MishapKind {
    /// The exit status that tells it.
    #[must_use]
    pub fn status(self) -> u8 {
        match self {
            Self::NotFound => 127,
            Self::CannotRun => 126,
            Self::Ours => 125,
        }
    }
}

impl std::fmt::Display for Mishap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let step = match self.step {
            Step::Arguments => "reading the launcher's arguments",
            Step::Find => "finding the program",
            Step::Tie => "tying the launcher to the supervisor",
            Step::Landlock => "confining by Landlock",
            Step::NoNewPrivileges => "setting no_new_privs",
            Step::Filter => "installing the filter",
            Step::HandOver => "handing the listener over",
            Step::Stdin => "taking the standard input",
            Step::Exec => "starting the program",
        };
        f.write_str(step)?;
        if !self.what.is_empty() {
            write!(f, ": {}", self.what)?;
        }
        match self.errno {
            Some(errno) => write!(f, ": {}", io::Error::from_raw_os_error(errno)),
            None => Ok(()),
        }
    }
}

/// Sends one message.
///
/// # Errors
/// The channel's.
pub fn send_message<T: Serialize>(channel: &Channel, message: &T, fds: &[BorrowedFd<'_>]) -> io::Result<()> {
    channel.send(&serde_json::to_vec(message)?, fds)
}

/// Receives one message; `None` when the other side is gone.
///
/// # Errors
/// The channel's; `InvalidData` for something that is no such message.
pub fn receive_message<T: DeserializeOwned>(
    channel: &Channel,
    patience: Option<Duration>,
) -> io::Result<Option<(T, Vec<OwnedFd>)>> {
    let parcel = match channel.receive(patience) {
        Ok(parcel) => parcel,
        Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(None),
        Err(error) => return Err(error),
    };
    if parcel.bytes.is_empty() {
        return Ok(None);
    }
    Ok(Some((serde_json::from_slice(&parcel.bytes)?, parcel.fds)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_arrives_as_it_was_sent() {
        let (a, b) = Channel::pair().unwrap();
        let setup = |is_gated, sees_reads| ToStage::Setup(Setup { is_gated, sees_reads, is_strict: sees_reads });
        for message in [setup(true, true), setup(true, false), setup(false, false), ToStage::Go] {
            send_message(&a, &message, &[]).unwrap();
            assert_eq!(receive_message::<ToStage>(&b, None).unwrap().unwrap().0, message);
        }
        let scopes = Scopes { signals: true, abstract_sockets: true, tracing: false };
        let mishap = Mishap { step: Step::Exec, kind: MishapKind::CannotRun, errno: Some(13), what: "x".into() };
        let ready = |listener| FromStage::Ready { scopes, listener };
        for message in [ready(None), ready(Some(Number(7))), FromStage::Mishap(mishap)] {
            send_message(&b, &message, &[]).unwrap();
            assert_eq!(receive_message::<FromStage>(&a, None).unwrap().unwrap().0, message);
        }
        drop(a);
        assert_eq!(receive_message::<ToStage>(&b, None).unwrap().map(|m| m.0), None);
    }

    #[test]
    fn what_is_no_message_is_an_error() {
        let (a, b) = Channel::pair().unwrap();
        for bytes in [&b"{}"[..], b"go", b"{\"say\":\"leave\"}", b"\xff"] {
            a.send(bytes, &[]).unwrap();
            assert!(receive_message::<ToStage>(&b, None).is_err());
        }
    }

    #[test]
    fn a_mishap_says_where_what_and_why() {
        let mishap = Mishap { step: Step::Find, kind: MishapKind::NotFound, errno: Some(2), what: "nosuch".into() };
        assert_eq!(mishap.to_string(), "finding the program: nosuch: No such file or directory (os error 2)");
        let mishap = Mishap { step: Step::Landlock, kind: MishapKind::Ours, errno: None, what: "refused".into() };
        assert_eq!(mishap.to_string(), "confining by Landlock: refused");
    }
}

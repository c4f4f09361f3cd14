//! The supervisor's side of the launch: wait for the stage, take its listener, tell it to go.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::model::Pid;
use crate::sys::{self, Channel, Doorway, FromStage, Listener, Mishap, Pidfd, ProcId, Scopes, Setup, ToStage};

/// The socket's name in its folder.
const SOCKET_NAME: &str = "launch";

/// What can go wrong between supervisor and stage.
#[derive(Debug, thiserror::Error)]
pub enum HandshakeError {
    /// The socket cannot be made.
    #[error("{path}: making the launcher's socket: {source}")]
    Bind {
        /// Where it should be.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The stage ended, or hung up, before it was its turn.
    #[error("the launcher (process {0}) ended before it was ready")]
    Vanished(Pid),
    /// Nothing came for too long.
    #[error("the launcher (process {pid}) said nothing for {millis} ms")]
    Silent {
        /// The stage.
        pid: Pid,
        /// How long we waited.
        millis: u128,
    },
    /// The stage said what went wrong.
    #[error("{0}")]
    Mishap(Mishap),
    /// It said it was ready and sent no listener.
    #[error("the launcher (process {0}) sent no listener")]
    NoListener(Pid),
    /// The conversation broke.
    #[error("talking to the launcher (process {pid}): {source}")]
    Talk {
        /// The stage.
        pid: Pid,
        /// Why.
        source: io::Error,
    },
}

/// Waits for the stage to knock.
#[derive(Debug)]
pub struct Handshake {
    door: Doorway,
}

/// A stage that is ready and waits for go. Dropped, it ends without having started anything.
#[derive(Debug)]
#[must_use = "a stage that nobody lets go ends"]
pub struct Stage {
    pid: Pid,
    channel: Channel,
    listener: Option<Listener>,
    scopes: Scopes,
}

/// A stage on its way to becoming the agent.
#[derive(Debug)]
pub struct Going {
    pid: Pid,
    channel: Channel,
}

impl Handshake {
    /// Makes the socket in `folder`, which only the operator may enter.
    ///
    /// # Errors
    /// [`HandshakeError::Bind`].
    pub fn bind(folder: &Path) -> Result<Self, HandshakeError> {
        let path = folder.join(SOCKET_NAME);
        let door = Doorway::open(&path).map_err(|source| HandshakeError::Bind { path, source })?;
        Ok(Self { door })
    }

    /// The path to give to the stage: `watch __launch PATH -- PROGRAM ARG…`.
    ///
    /// Start it from a thread that lives as long as the session: the stage, and the agent it becomes, is killed when
    /// the thread that started it ends, not only when the process does.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.door.path()
    }

    /// Waits until the process `expected`, our child, has knocked and is ready; others that knock are sent away.
    /// Blocks for at most twice `patience`.
    ///
    /// # Errors
    /// What the stage says went wrong, or that it ended or kept silent.
    pub fn accept(self, expected: Pid, setup: Setup, patience: Duration) -> Result<Stage, HandshakeError> {
        let talk = |source| HandshakeError::Talk { pid: expected, source };
        let life = Pidfd::open(ProcId(expected.0)).map_err(|_| HandshakeError::Vanished(expected))?;
        let channel = loop {
            let ready = sys::wait_readable(&[self.door.as_fd(), life.as_fd()], Some(patience)).map_err(talk)?;
            match (ready.first().is_some_and(|r| r.is_readable), ready.get(1).is_some_and(|r| r.is_readable)) {
                (true, _) => {
                    let channel = self.door.accept().map_err(talk)?;
                    if channel.peer().map_err(talk)? == ProcId(expected.0) {
                        break channel;
                    }
                }
                (false, true) => return Err(HandshakeError::Vanished(expected)),
                (false, false) => {
                    return Err(HandshakeError::Silent { pid: expected, millis: patience.as_millis() });
                }
            }
        };
        drop(self.door);
        sys::send_message(&channel, &ToStage::Setup(setup), &[]).map_err(talk)?;
        let (scopes, number, fds) = match hear(&channel, expected, Some(patience))? {
            Some((FromStage::Ready { scopes, listener }, fds)) => (scopes, listener, fds),
            Some((FromStage::Mishap(mishap), _)) => return Err(HandshakeError::Mishap(mishap)),
            None => return Err(HandshakeError::Vanished(expected)),
        };
        let fetched = number.map(|number| life.fetch(number)).transpose().map_err(talk)?;
        let listener = fds.into_iter().next().or(fetched).map(Listener::new);
        if setup.is_gated && listener.is_none() {
            return Err(HandshakeError::NoListener(expected));
        }
        Ok(Stage { pid: expected, channel, listener, scopes })
    }
}

impl Stage {
    /// The stage's process, which will be the agent's.
    #[must_use]
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// Takes the listener; `None` the second time, or without gate.
    pub fn take_listener(&mut self) -> Option<Listener> {
        self.listener.take()
    }

    /// What Landlock keeps inside the tree.
    #[must_use]
    pub fn scopes(&self) -> Scopes {
        self.scopes
    }

    /// Lets it go, with `stdin` as its standard input if there is one. Its exec is held until the gate loop answers,
    /// so that loop must run by now.
    ///
    /// # Errors
    /// [`HandshakeError::Talk`].
    pub fn go(self, stdin: Option<BorrowedFd<'_>>) -> Result<Going, HandshakeError> {
        let fds: Vec<BorrowedFd<'_>> = stdin.into_iter().collect();
        sys::send_message(&self.channel, &ToStage::Go, &fds)
            .map_err(|source| HandshakeError::Talk { pid: self.pid, source })?;
        Ok(Going { pid: self.pid, channel: self.channel })
    }
}

impl Going {
    /// Waits until it has become the agent. Blocks for at most `patience`, if there is one.
    ///
    /// # Errors
    /// [`HandshakeError::Mishap`] when the program could not be started; its kind gives the exit status.
    pub fn outcome(self, patience: Option<Duration>) -> Result<(), HandshakeError> {
        match hear(&self.channel, self.pid, patience)? {
            Some((FromStage::Mishap(mishap), _)) => Err(HandshakeError::Mishap(mishap)),
            Some((FromStage::Ready { .. }, _)) => {
                let source = io::Error::from(io::ErrorKind::InvalidData);
                Err(HandshakeError::Talk { pid: self.pid, source })
            }
            None => Ok(()),
        }
    }
}

impl AsFd for Going {
    /// Readable when the outcome is known.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.channel.as_fd()
    }
}

type Heard = Option<(FromStage, Vec<std::os::fd::OwnedFd>)>;

fn hear(channel: &Channel, pid: Pid, patience: Option<Duration>) -> Result<Heard, HandshakeError> {
    sys::receive_message(channel, patience).map_err(|source| match (source.kind(), patience) {
        (io::ErrorKind::TimedOut, Some(time)) => HandshakeError::Silent { pid, millis: time.as_millis() },
        _ => HandshakeError::Talk { pid, source },
    })
}

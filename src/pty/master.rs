//! Our end of the pseudo-terminal.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};

use portable_pty::{MasterPty, PtySize, native_pty_system};

use super::child::{Child, Exit};
use super::command::{Command, SpawnError};
use crate::sys;

/// What the kernel answers on our end when nobody holds the other one any more.
const EIO: i32 = 5;

/// Our end of the agent's pseudo-terminal, and the process at the other.
///
/// Dropping it hangs up on the agent; it neither waits for it nor ends it.
pub struct Pty {
    master: Box<dyn MasterPty + Send>,
    /// A descriptor of our own for reading and writing, without waiting.
    file: File,
    child: Child,
}

impl fmt::Debug for Pty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pty").field("file", &self.file).field("child", &self.child).finish_non_exhaustive()
    }
}

impl Pty {
    /// Opens a pseudo-terminal and starts `command` in it as the leader of a new session.
    ///
    /// Every descriptor above 2 is closed in the new process. A program that cannot be executed once it was found is
    /// not told apart from one that ended at once: the library closes the channel that would tell.
    ///
    /// # Errors
    /// [`SpawnError`]: no folder, no terminal, no program.
    pub fn spawn(command: &Command, cols: u16, rows: u16) -> Result<Self, SpawnError> {
        let builder = command.builder()?;
        let pair =
            native_pty_system().openpty(cells(cols, rows)).map_err(|e| SpawnError::NoTerminal(io::Error::other(e)))?;
        let raw = pair.master.as_raw_fd().ok_or_else(|| SpawnError::NoTerminal(io::Error::other("no descriptor")))?;
        let fd = sys::duplicate(raw).map_err(SpawnError::NoTerminal)?;
        sys::set_nonblocking(&fd).map_err(SpawnError::NoTerminal)?;
        sys::set_utf8_input(&fd).map_err(SpawnError::NoTerminal)?;
        let not_started = |reason: String| SpawnError::NotStarted { program: command.program.clone(), reason };
        let child = pair.slave.spawn_command(builder).map_err(|e| not_started(format!("{e:#}")))?;
        let child = Child::new(child).map_err(|e| not_started(e.to_string()))?;
        Ok(Self { master: pair.master, file: File::from(fd), child })
    }

    /// Reads what the agent wrote. `Ok(0)`: nobody holds the other end any more; nothing will come.
    ///
    /// # Errors
    /// `WouldBlock` where there is nothing to read now; otherwise what the system says.
    pub fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match (&self.file).read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.raw_os_error() == Some(EIO) => return Ok(0),
                result => return result,
            }
        }
    }

    /// Writes as much of `bytes` as the terminal takes now and returns how much that was.
    ///
    /// # Errors
    /// `WouldBlock` where it takes nothing now; otherwise what the system says.
    pub fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match (&self.file).write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }

    /// Gives the terminal another size; its foreground processes are told by signal.
    ///
    /// # Errors
    /// What the system says.
    pub fn resize(&self, cols: u16, rows: u16) -> io::Result<()> {
        self.master.resize(cells(cols, rows)).map_err(io::Error::other)
    }

    /// The number of the process that was started; it leads its session.
    #[must_use]
    pub fn pid(&self) -> i32 {
        self.child.pid()
    }

    /// How the process ended, or `None` while it runs. Never blocks; once it has ended the answer stays the same.
    ///
    /// # Errors
    /// What the system says; `ECHILD` if somebody else has waited for it, as a loop over all children would.
    pub fn try_wait(&mut self) -> io::Result<Option<Exit>> {
        self.child.try_wait()
    }

    /// Whether the terminal itself shows what is typed: no program in it has turned that off.
    #[must_use]
    pub fn is_echoing(&self) -> bool {
        crate::sys::is_echoing(&self.file)
    }

    /// The group of processes in the terminal's foreground, if there is one.
    #[must_use]
    pub fn foreground_group(&self) -> Option<i32> {
        self.master.process_group_leader()
    }
}

impl AsFd for Pty {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

impl AsRawFd for Pty {
    fn as_raw_fd(&self) -> RawFd {
        self.file.as_raw_fd()
    }
}

/// A size as the library wants it; pixels are not known.
fn cells(cols: u16, rows: u16) -> PtySize {
    PtySize { rows: rows.max(1), cols: cols.max(1), pixel_width: 0, pixel_height: 0 }
}

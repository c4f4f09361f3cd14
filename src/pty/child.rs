//! The process at the other end, and its end.

use std::io;
use std::os::unix::process::ExitStatusExt;

/// The process that was started.
#[derive(Debug)]
pub(super) struct Child {
    pid: i32,
    inner: Box<dyn portable_pty::Child + Send + Sync>,
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exit {
    /// The status it gave, if it ended by itself.
    pub status: Option<i32>,
    /// The signal that ended it, if one did.
    pub signal: Option<i32>,
}

impl Child {
    pub(super) fn new(inner: Box<dyn portable_pty::Child + Send + Sync>) -> io::Result<Self> {
        let pid = inner.process_id().and_then(|pid| i32::try_from(pid).ok());
        Ok(Self { pid: pid.ok_or_else(|| io::Error::other("the process has no number"))?, inner })
    }

    pub(super) fn pid(&self) -> i32 {
        self.pid
    }

    pub(super) fn try_wait(&mut self) -> io::Result<Option<Exit>> {
        let inner: &mut dyn portable_pty::Child = &mut *self.inner;
        let Some(child) = inner.downcast_mut::<std::process::Child>() else {
            let status = inner.try_wait()?;
            return Ok(status.map(|status| Exit { status: i32::try_from(status.exit_code()).ok(), signal: None }));
        };
        Ok(child.try_wait()?.map(|status| Exit { status: status.code(), signal: status.signal() }))
    }
}

impl Exit {
    /// The status a shell would give: 128 and the signal where one ended it.
    #[must_use]
    pub fn shell_status(self) -> i32 {
        self.status.or_else(|| self.signal.map(|signal| 128 + signal)).unwrap_or(1)
    }
}

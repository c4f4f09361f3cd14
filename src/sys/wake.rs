//! Waiting for descriptors, and waking who waits.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::eventfd::{EfdFlags, EventFd};

/// Wakes a loop that waits in [`wait_readable`]; copies wake the same loop.
#[derive(Debug, Clone)]
pub struct Wake(Arc<EventFd>);

/// What a wait found out about one descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Readiness {
    /// Something can be read.
    pub is_readable: bool,
    /// The other side is gone.
    pub is_hung_up: bool,
}

impl Wake {
    /// A new one that nobody has rung yet.
    ///
    /// # Errors
    /// The kernel's, when descriptors have run out.
    pub fn new() -> io::Result<Self> {
        let flags = EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK;
        Ok(Self(Arc::new(EventFd::from_value_and_flags(0, flags)?)))
    }

    /// Wakes the loop. Never blocks; a full counter has woken it already.
    pub fn ring(&self) {
        let _ = self.0.write(1);
    }

    /// Forgets the rings so far.
    pub fn hush(&self) {
        let _ = self.0.read();
    }

    /// A descriptor of its own for the same bell, for other event loops to wait on.
    ///
    /// # Errors
    /// The kernel's, when descriptors have run out.
    pub fn try_clone_fd(&self) -> io::Result<OwnedFd> {
        self.0.as_fd().try_clone_to_owned()
    }
}

impl AsFd for Wake {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Waits until one of the descriptors has something to read or lost its other side, or `patience` is over.
/// Blocks; a signal that arrives ends the wait early with nothing ready.
///
/// # Errors
/// The kernel's, such as for a descriptor that is not open.
pub fn wait_readable(fds: &[BorrowedFd<'_>], patience: Option<Duration>) -> io::Result<Vec<Readiness>> {
    let mut polled: Vec<PollFd<'_>> = fds.iter().map(|fd| PollFd::new(*fd, PollFlags::POLLIN)).collect();
    let timeout = match patience {
        None => PollTimeout::NONE,
        // Rounded up: a wait of part of a millisecond must not spin.
        Some(time) => PollTimeout::try_from(time.as_micros().div_ceil(1000)).unwrap_or(PollTimeout::MAX),
    };
    match poll(&mut polled, timeout) {
        Ok(_) | Err(nix::errno::Errno::EINTR) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(polled
        .iter()
        .map(|p| {
            let events = p.revents().unwrap_or(PollFlags::empty());
            Readiness {
                is_readable: events.contains(PollFlags::POLLIN),
                is_hung_up: events.intersects(PollFlags::POLLHUP | PollFlags::POLLERR | PollFlags::POLLNVAL),
            }
        })
        .collect())
}

impl PartialEq for Wake {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_raw_fd() == other.0.as_raw_fd()
    }
}

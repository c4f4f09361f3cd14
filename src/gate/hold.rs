//! What waits for our answer.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use crate::model::HoldId;
use crate::sys::{ClosesOnExec, Errno, Listener, Notification, ProcId, Reply, Sent};

/// A held call. It ends once: answered, or refused because it was dropped.
#[derive(Debug)]
#[must_use = "a hold that is dropped is refused"]
pub struct Hold {
    listener: Arc<Listener>,
    call: Notification,
    is_open: bool,
}

impl Hold {
    /// Takes over the answer to `call`.
    pub fn new(listener: Arc<Listener>, call: Notification) -> Self {
        Self { listener, call, is_open: true }
    }

    /// Its number.
    #[must_use]
    pub fn id(&self) -> HoldId {
        HoldId(self.call.id)
    }

    /// The call.
    #[must_use]
    pub fn call(&self) -> &Notification {
        &self.call
    }

    /// The thread that waits.
    #[must_use]
    pub fn thread(&self) -> ProcId {
        self.call.thread
    }

    /// Whether the kernel took it back: its process died or was interrupted.
    #[must_use]
    pub fn is_withdrawn(&self) -> bool {
        !self.listener.is_waiting(self.call.id)
    }

    /// Answers with a descriptor of ours, of which the caller gets a copy.
    pub fn give(mut self, fd: OwnedFd, closes_on_exec: ClosesOnExec) -> Sent {
        self.is_open = false;
        match self.listener.give(self.call.id, fd.as_fd(), closes_on_exec) {
            Ok(sent) => sent,
            Err(error) => self.fail(Errno::of(&error).unwrap_or(Errno::ACCES)),
        }
    }

    fn fail(&self, errno: Errno) -> Sent {
        self.listener.reply(self.call.id, Reply::Fail(errno)).unwrap_or(Sent::Gone)
    }

    /// Answers. A listener that can no longer answer has nobody waiting.
    pub fn reply(mut self, reply: Reply) -> Sent {
        self.is_open = false;
        self.listener.reply(self.call.id, reply).unwrap_or(Sent::Gone)
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if self.is_open {
            let _ = self.fail(Errno::ACCES);
        }
    }
}

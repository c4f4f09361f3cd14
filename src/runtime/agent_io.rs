//! Bytes from and to the agent's terminal.

use std::io;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::app_loop::AppLoop;
use crate::app::Event;
use crate::model::Moment;
use crate::term::SYNC_PATIENCE;

/// How many rounds of output are taken after the agent's end; what its children write later is theirs.
const DRAIN_ROUNDS_MAX: usize = 256;
/// More than a terminal of Linux holds of what was written to it and not read, in bytes: the line discipline's 4 KiB and
/// the buffers behind it, 64 KiB, each piece of which may be a third larger (`drivers/tty/tty_buffer.c`).
const TERMINAL_BYTES_MAX: usize = 128 * 1024;
/// How much may wait to be typed into the agent, in bytes; a longer paste into an agent that does not read is cut.
const TYPED_BYTES_MAX: usize = 4 << 20;

impl AppLoop {
    /// Takes what the agent has written, up to one round's worth, and says how many bytes that was.
    pub(super) fn read_pty(&mut self) -> usize {
        let mut filled = 0;
        while let Some(room) = self.buffer.get_mut(filled..).filter(|room| !room.is_empty()) {
            match self.pty.get_ref().read(room) {
                Ok(0) => {
                    self.is_pty_closed = true;
                    break;
                }
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.clear_readable();
                    break;
                }
                Err(_) => {
                    self.is_pty_closed = true;
                    break;
                }
            }
        }
        if filled > 0 {
            let buffer = std::mem::take(&mut self.buffer);
            self.take_output(buffer.get(..filled).unwrap_or_default());
            self.buffer = buffer;
        }
        filled
    }

    /// Takes what the agent has written by now, and more only as it happens to come with it.
    pub(super) fn read_printed(&mut self) {
        let mut left = TERMINAL_BYTES_MAX;
        while left > 0 && !self.is_pty_closed {
            match self.read_pty() {
                0 => break,
                count => left = left.saturating_sub(count),
            }
        }
    }

    /// Takes all that the agent wrote before it ended.
    pub(super) fn drain_pty(&mut self) {
        let mut left = DRAIN_ROUNDS_MAX;
        while left > 0 && !self.is_pty_closed && self.read_pty() > 0 {
            left -= 1;
        }
    }

    fn take_output(&mut self, bytes: &[u8]) {
        let now = self.clock.now();
        if let Err(error) = self.face.output(bytes) {
            self.take(Event::Warned(format!("standard output takes no more: {error}")));
        }
        self.take(Event::Output(bytes.to_vec()));
        self.watch_sync(now);
        // What the operator waits for comes first; to record and to hear it is the work of other threads.
        self.draw_if_due();
        let shared: Arc<[u8]> = Arc::from(bytes);
        self.recorder.output(now, Arc::clone(&shared));
        self.hear(shared, now);
    }

    /// Queues bytes for the agent and writes what goes at once.
    pub(super) fn type_in(&mut self, bytes: &[u8]) {
        if self.is_pty_closed {
            return;
        }
        if self.pty.get_ref().is_echoing() {
            self.hearing.typed(bytes, self.clock.now());
        }
        let room = TYPED_BYTES_MAX.saturating_sub(self.to_pty.len());
        self.to_pty.extend_from_slice(bytes.get(..room.min(bytes.len())).unwrap_or_default());
        self.write_pty();
    }

    /// Writes what is queued, as far as the agent reads.
    pub(super) fn write_pty(&mut self) {
        while !self.to_pty.is_empty() {
            match self.pty.get_ref().write(&self.to_pty) {
                Ok(count) => {
                    self.to_pty.drain(..count);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.clear_writable();
                    return;
                }
                Err(_) => {
                    self.to_pty.clear();
                    return;
                }
            }
        }
    }

    /// Tells tokio that reading would block, so that the next readiness is a new one.
    fn clear_readable(&mut self) {
        let mut context = Context::from_waker(Waker::noop());
        if let Poll::Ready(Ok(mut guard)) = self.pty.poll_read_ready(&mut context) {
            guard.clear_ready();
        }
    }

    /// The same for writing.
    fn clear_writable(&mut self) {
        let mut context = Context::from_waker(Waker::noop());
        if let Poll::Ready(Ok(mut guard)) = self.pty.poll_write_ready(&mut context) {
            guard.clear_ready();
        }
    }

    /// Notes when a synchronized update was opened.
    fn watch_sync(&mut self, now: Moment) {
        let serial = self.state.screen.sync_serial();
        if self.sync.map(|(serial, _)| serial) != serial {
            self.sync = serial.map(|serial| (serial, now.plus(SYNC_PATIENCE)));
        }
    }

    /// An update that the agent does not close is shown when its time is over.
    pub(super) fn expire_sync(&mut self, now: Moment) {
        if self.sync.take_if(|(_, until)| *until <= now).is_some() {
            self.state.screen.expire_sync();
            if let Some(screen) = self.face.as_screen() {
                screen.touch();
            }
        }
    }
}

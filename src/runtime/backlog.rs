//! How much of the agent's output waits for a thread that works on it: with too much its terminal is not read.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::sync::Notify;

/// How much output waits, counted by those who hand it over and those who take it.
#[derive(Debug)]
pub(super) struct Waiting {
    most: usize,
    bytes: AtomicUsize,
    is_over: AtomicBool,
    drained: Notify,
}

/// Something taken that still counts as waiting until this is dropped, so that nothing piles up behind the thread either.
#[derive(Debug, Clone)]
pub struct Backlog(#[allow(dead_code, reason = "it is there to be dropped")] Arc<Share>);

#[derive(Debug)]
struct Share {
    waiting: Arc<Waiting>,
    bytes: usize,
}

impl Drop for Share {
    fn drop(&mut self) {
        self.waiting.took(self.bytes);
    }
}

impl Waiting {
    /// Nothing waits yet; with `most` bytes it is full.
    pub(super) fn up_to(most: usize) -> Arc<Self> {
        Arc::new(Self {
            most,
            bytes: AtomicUsize::default(),
            is_over: AtomicBool::default(),
            drained: Notify::default(),
        })
    }

    /// So many bytes are handed over.
    pub(super) fn gave(&self, bytes: usize) {
        self.bytes.fetch_add(bytes, Ordering::AcqRel);
    }

    /// So many bytes were taken.
    pub(super) fn took(&self, bytes: usize) {
        let before = self.bytes.fetch_sub(bytes, Ordering::AcqRel);
        if before >= self.most {
            self.drained.notify_one();
        }
    }

    /// So many bytes are handed over and count until what is returned is dropped.
    pub(super) fn backlog(self: &Arc<Self>, bytes: usize) -> Backlog {
        self.gave(bytes);
        Backlog(Arc::new(Share { waiting: Arc::clone(self), bytes }))
    }

    /// Nobody takes anything any more: nobody need wait for it.
    pub(super) fn end(&self) {
        self.is_over.store(true, Ordering::Release);
        self.drained.notify_one();
    }

    /// Whether nobody takes anything any more.
    pub(super) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Acquire)
    }

    /// Whether so much waits that no more should be read.
    pub(super) fn is_full(&self) -> bool {
        self.bytes.load(Ordering::Acquire) >= self.most && !self.is_over()
    }

    /// Ends when there is room again.
    pub(super) async fn drained(&self) {
        while self.is_full() {
            self.drained.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_waits_while_it_is_not_taken_and_goes_on_when_nobody_takes_it() {
        let waiting = Waiting::up_to(100);
        waiting.gave(100);
        assert!(waiting.is_full());
        waiting.took(1);
        assert!(!waiting.is_full());
        waiting.gave(1);
        assert!(waiting.is_full());
        waiting.end();
        assert!(!waiting.is_full() && waiting.is_over());
    }

    #[test]
    fn a_backlog_counts_until_its_last_copy_is_dropped() {
        let waiting = Waiting::up_to(100);
        let backlog = waiting.backlog(100);
        let other = backlog.clone();
        drop(backlog);
        assert!(waiting.is_full());
        drop(other);
        assert!(!waiting.is_full());
    }
}

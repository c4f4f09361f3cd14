//! The monotonic clock, for waits that have an end.

use std::time::{Duration, Instant};

/// A moment after which waiting is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline {
    begun: Instant,
    patience: Duration,
}

impl Deadline {
    /// The moment that is `patience` away from now.
    #[must_use]
    pub fn after(patience: Duration) -> Self {
        #[allow(clippy::disallowed_methods, reason = "sys may look at a clock")]
        let begun = Instant::now();
        Self { begun, patience }
    }

    /// The same, put off by `more`.
    #[must_use]
    pub fn and(self, more: Duration) -> Self {
        Self { patience: self.patience + more, ..self }
    }

    /// How long it has been since it was set.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    /// How much of it is left; zero when it is over.
    #[must_use]
    pub fn left(&self) -> Duration {
        self.patience.saturating_sub(self.elapsed())
    }

    /// Whether it is over.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.left().is_zero()
    }
}

//! The session's clock.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::model::Moment;

/// Counts from the session's start; cheap to copy and to share.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    started: Instant,
}

impl Clock {
    /// A clock that shows zero now.
    #[must_use]
    #[allow(clippy::disallowed_methods, reason = "this is the clock that everybody else is handed")]
    pub fn start() -> Self {
        Self { started: Instant::now() }
    }

    /// How long ago the session started.
    #[must_use]
    pub fn now(&self) -> Moment {
        Moment::from_duration(self.started.elapsed())
    }

    /// The instant of a moment, for timers.
    #[must_use]
    pub fn instant(&self, moment: Moment) -> Instant {
        self.started + Duration::from_micros(moment.0)
    }
}

/// The time by the wall clock, to compare files' times with.
#[must_use]
#[allow(clippy::disallowed_methods, reason = "the wall clock is read once, at the session's start")]
pub fn wall_time() -> SystemTime {
    SystemTime::now()
}

/// Seconds since 1970, by the wall clock.
#[must_use]
pub fn wall_secs() -> u64 {
    wall_time().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

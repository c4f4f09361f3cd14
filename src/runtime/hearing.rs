//! What the agent says.

use crate::model::Moment;
use crate::trail::Mask;

use super::app_loop::AppLoop;

/// Hears.
pub(super) struct Hearing {}

impl Hearing {
    pub(super) fn new(_mask: Mask) -> Self {
        Self {}
    }

    pub(super) fn settles_at(&self) -> Option<Moment> {
        None
    }
}

impl AppLoop {
    pub(super) fn hear(&mut self, _bytes: &[u8], _now: Moment) {}

    pub(super) fn hear_settled(&mut self, _now: Moment) {}
}

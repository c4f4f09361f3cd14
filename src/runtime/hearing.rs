//! What the agent says, heard in its output and judged.

use super::app_loop::AppLoop;
use super::gate_loop::GateOrder;
use super::judging::Note;
use crate::app::Event;
use crate::judge::prose;
use crate::model::Moment;
use crate::sensor::{Heard, Sensor};
use crate::trail::Mask;

/// The sensor, with the mask that its words go through before anybody keeps them.
pub(super) struct Hearing {
    sensor: Sensor,
    mask: Mask,
}

impl Hearing {
    /// Hears from the beginning.
    pub(super) fn new(mask: Mask) -> Self {
        Self { sensor: Sensor::new(), mask }
    }

    /// When what was drawn last counts as said.
    pub(super) fn settles_at(&self) -> Option<Moment> {
        self.sensor.settles_at()
    }
}

impl AppLoop {
    /// Hears what is complete in these bytes.
    pub(super) fn hear(&mut self, bytes: &[u8], now: Moment) {
        let heard = self.hearing.sensor.feed(bytes, now);
        self.take_heard(&heard);
    }

    /// The agent is quiet: what it drew last counts as said.
    pub(super) fn hear_settled(&mut self, now: Moment) {
        if self.hearing.settles_at().is_some_and(|at| at <= now) {
            let heard = self.hearing.sensor.settle(now);
            self.take_heard(&heard);
        }
    }

    fn take_heard(&mut self, heard: &[Heard]) {
        for heard in heard {
            let Some(cue) = heard.cue(prose::cue) else { continue };
            let cue = self.hearing.mask.cue(&cue);
            self.order(GateOrder::Note(Note::Said(cue.clone())));
            self.take(Event::Said(cue));
        }
    }
}

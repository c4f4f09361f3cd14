//! A screen that goes through a recording by itself: to make copies, to look for a text, to trace what was drawn.

use super::super::Event;
use super::super::recorded::{Recorded, StepKind};
use super::{SCROLLBACK_LINES, Sync};
use crate::model::Moment;
use crate::term::Screen;

/// The agent's screen after some of a recording's steps.
pub(super) struct Scout {
    pub(super) screen: Screen,
    pub(super) sync: Sync,
    /// How many steps were taken.
    pub(super) next: usize,
}

impl Scout {
    /// Before the first step.
    pub(super) fn new(recorded: &Recorded, scrollback_lines: usize) -> Self {
        let screen = Screen::new(recorded.size.0, recorded.size.1, scrollback_lines);
        Self { screen, sync: Sync::default(), next: 0 }
    }

    /// Takes one step; how much work it was, in bytes that were drawn and at least 1. `None` at the end.
    pub(super) fn step(&mut self, recorded: &Recorded) -> Option<usize> {
        let step = recorded.steps.get(self.next)?;
        self.sync.expire(&mut self.screen, step.at);
        let bytes = match &step.kind {
            StepKind::Output(from, to) => {
                self.screen.feed(recorded.output.get(*from..*to).unwrap_or_default());
                drop((self.screen.take_replies(), self.screen.take_events(), self.screen.take_faults()));
                to - from
            }
            StepKind::Event(event) => {
                if let Event::AgentResized(cols, rows) = **event {
                    self.screen.resize(cols, rows);
                }
                0
            }
        };
        self.sync.follow(&self.screen, step.at);
        self.next += 1;
        Some(bytes.max(1))
    }
}

impl Recorded {
    /// Shows the agent's screen after each thing that was drawn, with its moment and that of the next.
    pub fn trace(&self, mut each: impl FnMut(Moment, &mut Screen, Option<Moment>)) {
        let mut scout = Scout::new(self, SCROLLBACK_LINES);
        while let Some(step) = self.steps.get(scout.next) {
            scout.step(self);
            if step.draws() {
                let next = self.steps.get(scout.next..).unwrap_or_default().iter().find(|step| step.draws());
                each(step.at, &mut scout.screen, next.map(|step| step.at));
            }
        }
    }
}

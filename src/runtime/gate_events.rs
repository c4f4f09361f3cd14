//! What the gate loop tells, as events of the session; secrets are masked here.

use std::time::Duration;

use super::app_loop::AppLoop;
use super::gate_loop::GateEvent;
use crate::app::Event;
use crate::gate::ExecOutcome;
use crate::model::{Tree, Untrusted};

/// As much of a command line as a tree shows.
const COMMAND_BYTES_MAX: usize = 200;
/// The tree is looked at so long after something started, at most this often.
const TREE_AFTER: Duration = Duration::from_millis(500);

impl AppLoop {
    /// Takes what the gate loop told.
    pub(super) fn take_gate(&mut self, told: GateEvent) {
        if let GateEvent::Waits(mark) = told {
            return self.hear_until(mark);
        }
        if let Some(text) = self.hooks.missed(&told) {
            self.take(Event::Warned(text));
        }
        if let Some(event) = self.as_event(told) {
            self.take(event);
        }
        if self.face.as_screen().is_some() && self.tree_at.is_none() {
            self.tree_at = Some(self.clock.now().plus(TREE_AFTER));
        }
    }

    fn as_event(&self, told: GateEvent) -> Option<Event> {
        Some(match told {
            GateEvent::Judged { action, judgement, covered_by } => {
                let (action, judgement) = self.mask.held(&action, &judgement);
                Event::Judged { action, judgement, covered_by }
            }
            GateEvent::Held { hold, action, judgement, tree, frozen } => {
                let (action, judgement) = self.mask.held(&action, &judgement);
                Event::Held { hold, action, judgement, tree: self.masked(tree), frozen }
            }
            GateEvent::Withdrawn(hold) => Event::Withdrawn(hold),
            GateEvent::LetThrough { outcome: ExecOutcome::Ran, .. } => return None,
            GateEvent::LetThrough { outcome: ExecOutcome::Refused(why), .. } => {
                Event::Warned(format!("an approved act was refused all the same: {why}"))
            }
            GateEvent::LetThrough { outcome, .. } => {
                Event::Warned(format!("an approved program start did not happen: {outcome:?}"))
            }
            GateEvent::Changed { hold: Some(hold), why, .. } => Event::Voided { hold, why: self.mask.words(&why) },
            GateEvent::Changed { hold: None, why, .. } => {
                let why = self.mask.words(&why);
                Event::Warned(format!("a program start was not what was judged and was ended before it ran: {why}"))
            }
            GateEvent::Unverified { why, .. } => {
                Event::Warned(format!("a program start went on without the second look: {why}"))
            }
            GateEvent::Refused { count, why } => Event::Refused { count, why },
            GateEvent::NotKept { count, why } => {
                let times = if count == 1 { String::new() } else { format!(" ({count} times so far)") };
                Event::Warned(format!("what an act destroys could not be kept: {}{times}", self.mask.words(&why)))
            }
            GateEvent::Froze(tree) => Event::Froze(self.masked(tree)),
            GateEvent::Unfrozen(why) => Event::Warned(format!("the tree could not be stopped: {why}")),
            GateEvent::Thawed => Event::Thawed,
            GateEvent::Deserted | GateEvent::Waits(_) => return None,
        })
    }
    /// A tree whose command lines have no secret in them, cut to what is shown.
    pub(super) fn masked(&self, mut tree: Tree) -> Tree {
        for node in &mut tree.nodes {
            let mut command = self.mask.untrusted(&node.command).as_bytes().to_vec();
            command.truncate(COMMAND_BYTES_MAX);
            while command.last().is_some_and(|byte| !byte.is_ascii()) && std::str::from_utf8(&command).is_err() {
                command.pop();
            }
            node.command = Untrusted::new(command);
        }
        tree
    }
}

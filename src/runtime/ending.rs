//! How a session is ended: asked first, then made to.

use std::time::Duration;

use super::app_loop::{AppLoop, Sources};
use crate::model::{Moment, Tree};
use crate::sys::{self, ProcId, Signal};

/// How long what is asked to end may take before it is ended (`CONTRACT.md`).
const PATIENCE: Duration = Duration::from_secs(2);

/// How far the end has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Ending {
    /// Nobody asked.
    #[default]
    No,
    /// Everything was asked; what still lives at this moment is ended.
    Asked(Moment),
    /// Everything was ended; it is looked at again at this moment.
    Forced(Moment),
}

impl Ending {
    /// When there is something to do about it.
    pub(super) fn due(self) -> Option<Moment> {
        match self {
            Self::No => None,
            Self::Asked(at) | Self::Forced(at) => Some(at),
        }
    }

    /// Asked a second time: what was given time gets none. Whether it had been asked before.
    pub(super) fn hurry(&mut self, now: Moment) -> bool {
        match self {
            Self::No => false,
            Self::Asked(at) => {
                *at = now;
                true
            }
            Self::Forced(_) => true,
        }
    }
}

impl AppLoop {
    /// Asks the agent to end, as a terminal that is closed does.
    pub(super) fn end_agent(&mut self) {
        self.ask_all(&[Signal::Hup, Signal::Term]);
    }

    /// Asks what the agent left running to end.
    pub(super) fn end_survivors(&mut self) {
        self.ask_all(&[Signal::Term]);
    }

    fn ask_all(&mut self, signals: &[Signal]) {
        if self.ending != Ending::No {
            return;
        }
        self.ending = Ending::Asked(self.clock.now().plus(PATIENCE));
        let tree = self.living_tree();
        for signal in signals {
            send_all(&tree, *signal);
        }
        send_all(&tree, Signal::Cont);
    }

    /// The time is over: whatever still lives is ended.
    pub(super) fn go_on_ending(&mut self, now: Moment, sources: &mut Sources) {
        send_all(&self.living_tree(), Signal::Kill);
        self.ending = Ending::Forced(now.plus(PATIENCE));
        self.look_for_survivors(sources);
    }
}

/// Sends a signal to every process of the tree. One that is gone already needs none.
fn send_all(tree: &Tree, signal: Signal) {
    for node in &tree.nodes {
        let _ = sys::send_signal(ProcId(node.pid.0), signal);
    }
}

//! Keeping what is large: it may have to be copied, and the gate loop must not wait for that.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use super::gate_port::{Keeper, Losing};
use crate::gate::{Hold, Sight};
use crate::model::{Action, ActionId, CaseId, Judgement, Keep, Moment, Untrusted};
use crate::sys::Wake;

/// A held file call whose target is kept before it may go on.
pub(super) struct Errand {
    pub(super) hold: Hold,
    pub(super) sight: Box<Sight>,
    /// What the process runs.
    pub(super) program: Untrusted,
    pub(super) after: After,
}

/// What becomes of the call once its target is kept.
pub(super) enum After {
    /// It passes as others of its kind before, by the approval of a case where it has one.
    Passes(ActionId, Moment, Option<CaseId>),
    /// It was judged, and may go on.
    Goes(Box<Going>),
}

/// A judged call on its way.
pub(super) struct Going {
    pub(super) action: Action,
    pub(super) judgement: Judgement,
    pub(super) covered_by: Option<CaseId>,
}

impl Errand {
    /// Has it kept.
    pub(super) fn run(&self, keeper: &dyn Keeper) -> Keep {
        let (action, case) = match &self.after {
            After::Passes(action, _, case) => (*action, *case),
            After::Goes(going) => (going.action.id, going.covered_by),
        };
        keeper.keep(&Losing { action, case, program: &self.program, sight: &self.sight })
    }
}

/// The thread.
pub(super) struct Keepers {
    jobs: Sender<Errand>,
    done: Receiver<(Errand, Keep)>,
    thread: JoinHandle<()>,
}

impl Keepers {
    /// Starts it. `wake` is rung for every answer.
    ///
    /// # Errors
    /// The system's, when threads have run out.
    pub(super) fn start(keeper: Arc<dyn Keeper>, wake: &Wake) -> io::Result<Self> {
        let ((jobs, queue), (report, done), wake) = (channel::<Errand>(), channel(), wake.clone());
        let thread = std::thread::Builder::new().name("keeper".into()).spawn(move || {
            while let Ok(errand) = queue.recv() {
                let keep = errand.run(&*keeper);
                if report.send((errand, keep)).is_err() {
                    return;
                }
                wake.ring();
            }
        })?;
        Ok(Self { jobs, done, thread })
    }

    /// Has something kept. Without the thread its hold is dropped, and so refused.
    pub(super) fn take(&self, errand: Errand) {
        let _ = self.jobs.send(errand);
    }

    /// The next answer, if there is one.
    pub(super) fn next_done(&self) -> Option<(Errand, Keep)> {
        self.done.try_recv().ok()
    }

    /// Ends the thread once it has kept what it was given. Blocks that long.
    pub(super) fn stop(self) {
        drop(self.jobs);
        let _ = self.thread.join();
    }
}

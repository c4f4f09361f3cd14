//! The exec verifiers: a few threads, because a tracer is a thread and an exec may take its time.

use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use crate::gate::{ExecOutcome, Expected, Hold, let_through};
use crate::model::{ActionId, HoldId, Pid};
use crate::sys::Wake;

/// How many execs can be on their way at once.
const VERIFIERS: usize = 4;

/// An exec to let through.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) hold: Hold,
    pub(super) expected: Box<Expected>,
    pub(super) action: ActionId,
    /// The caller's process.
    pub(super) caller: Pid,
    /// It waited for the operator, or is the agent's own start: the gate loop wants to hear how it went.
    pub(super) why: Why,
}

/// Why an exec was let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// The judge let it pass, or an approval covered it.
    Judged,
    /// The operator approved it.
    Approved(HoldId),
    /// It is the agent's own start.
    First,
}

/// How an exec went.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) action: ActionId,
    pub(super) caller: Pid,
    pub(super) why: Why,
    pub(super) outcome: ExecOutcome,
}

/// The threads.
#[derive(Debug)]
pub(super) struct Verifiers {
    jobs: Option<Sender<Job>>,
    done: Receiver<Done>,
    threads: Vec<JoinHandle<()>>,
}

impl Verifiers {
    /// Starts them. `agent` is the process whose end the PTY waits for; `wake` is rung for every answer.
    ///
    /// # Errors
    /// The system's, when threads have run out.
    pub(super) fn start(agent: Pid, wake: &Wake) -> io::Result<Self> {
        let (jobs, queue) = channel::<Job>();
        let (report, done) = channel();
        let queue = Arc::new(Mutex::new(queue));
        let threads = (0..VERIFIERS)
            .map(|_| {
                let (queue, report, wake) = (Arc::clone(&queue), report.clone(), wake.clone());
                std::thread::Builder::new()
                    .name("verifier".into())
                    .spawn(move || verify_all(&queue, agent, &report, &wake))
            })
            .collect::<io::Result<Vec<_>>>()?;
        Ok(Self { jobs: Some(jobs), done, threads })
    }

    /// Lets an exec through on one of the threads. Without threads the hold is dropped, and so refused.
    pub(super) fn take(&self, job: Job) {
        if let Some(jobs) = &self.jobs {
            let _ = jobs.send(job);
        }
    }

    /// The next answer, if there is one.
    pub(super) fn next_done(&self) -> Option<Done> {
        self.done.try_recv().ok()
    }

    /// Ends the threads once their execs are through. Blocks that long.
    pub(super) fn stop(mut self) {
        self.jobs = None;
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn verify_all(queue: &Mutex<Receiver<Job>>, agent: Pid, report: &Sender<Done>, wake: &Wake) {
    loop {
        let next = match queue.lock() {
            Ok(queue) => queue.recv(),
            Err(_) => return,
        };
        let Ok(Job { hold, expected, action, caller, why }) = next else { return };
        let spare = (caller == agent).then_some(agent);
        let verified = let_through(hold, &expected, spare);
        let is_news = why != Why::Judged || !matches!(verified.outcome, ExecOutcome::Ran | ExecOutcome::Failed);
        if is_news && report.send(Done { action, caller, why, outcome: verified.outcome }).is_ok() {
            wake.ring();
        }
        if verified.must_retire {
            return;
        }
    }
}

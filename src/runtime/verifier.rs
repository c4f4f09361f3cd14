//! The exec verifiers: a few threads, because a tracer is a thread and an exec may take its time.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SendError, Sender, channel};
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
    workers: Vec<Worker>,
    done: Receiver<Done>,
}

/// One thread, with a queue of its own: a shared one would wake two threads for each exec.
#[derive(Debug)]
struct Worker {
    jobs: Sender<Job>,
    /// How many execs it has been given and has not let through yet.
    load: Arc<AtomicUsize>,
    thread: JoinHandle<()>,
}

impl Verifiers {
    /// Starts them. `agent` is the process whose end the PTY waits for; `wake` is rung for every answer.
    ///
    /// # Errors
    /// The system's, when threads have run out.
    pub(super) fn start(agent: Pid, wake: &Wake) -> io::Result<Self> {
        let (report, done) = channel();
        let workers = (0..VERIFIERS)
            .map(|_| {
                let (jobs, queue) = channel();
                let load = Arc::new(AtomicUsize::new(0));
                let (report, wake, left) = (report.clone(), wake.clone(), Arc::clone(&load));
                let thread = std::thread::Builder::new()
                    .name("verifier".into())
                    .spawn(move || verify_all(&queue, agent, (&report, &wake), &left))?;
                Ok(Worker { jobs, load, thread })
            })
            .collect::<io::Result<Vec<_>>>()?;
        Ok(Self { workers, done })
    }

    /// Lets an exec through on the least busy thread, the first of several: it is the warmest. Without threads the
    /// hold is dropped, and so refused.
    pub(super) fn take(&mut self, job: Job) {
        let mut job = job;
        loop {
            let lightest =
                self.workers.iter().enumerate().min_by_key(|(_, worker)| worker.load.load(Ordering::Relaxed));
            let Some((at, worker)) = lightest else { return };
            worker.load.fetch_add(1, Ordering::Relaxed);
            match worker.jobs.send(job) {
                Ok(()) => return,
                // It has retired.
                Err(SendError(unsent)) => {
                    self.workers.swap_remove(at);
                    job = unsent;
                }
            }
        }
    }

    /// The next answer, if there is one.
    pub(super) fn next_done(&self) -> Option<Done> {
        self.done.try_recv().ok()
    }

    /// Waits for the next answer; `None` when no thread is left to give one.
    pub(super) fn wait_done(&self) -> Option<Done> {
        self.done.recv().ok()
    }

    /// Ends the threads once their execs are through. Blocks that long.
    pub(super) fn stop(self) {
        for Worker { jobs, thread, .. } in self.workers {
            drop(jobs);
            let _ = thread.join();
        }
    }
}

fn verify_all(queue: &Receiver<Job>, agent: Pid, (report, wake): (&Sender<Done>, &Wake), load: &AtomicUsize) {
    while let Ok(Job { hold, expected, action, caller, why }) = queue.recv() {
        let spare = (caller == agent).then_some(agent);
        let verified = let_through(hold, &expected, spare);
        load.fetch_sub(1, Ordering::Relaxed);
        let is_news = why != Why::Judged || !matches!(verified.outcome, ExecOutcome::Ran | ExecOutcome::Failed);
        if is_news && report.send(Done { action, caller, why, outcome: verified.outcome }).is_ok() {
            wake.ring();
        }
        if verified.must_retire {
            return;
        }
    }
}

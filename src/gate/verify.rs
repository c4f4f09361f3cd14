//! Letting an exec through and looking again before the new program runs an instruction.

use super::expect::{Difference, Expected};
use super::hold::Hold;
use crate::model::Pid;
use crate::sys::{self, Errno, ProcId, Reply, Sent, Signal, TraceStop, Traced};

/// What became of an exec that was let through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExecOutcome {
    /// The program runs, and it is the one that was judged.
    Ran,
    /// The kernel could not start it; the caller has its error.
    Failed,
    /// It was not what was judged and was killed before it ran.
    Changed(Difference),
    /// It went on without a second look, because of what is said here.
    Unverified(String),
    /// It was refused, because a second look was not to be had.
    Refused(String),
    /// The caller is gone.
    Gone,
}

/// What became of it, and whether this thread may verify others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// What became of it.
    pub outcome: ExecOutcome,
    /// The agent itself died under our eyes. Its end belongs to whoever waits for it: this thread must end, so
    /// that the kernel hands it over.
    pub must_retire: bool,
}

/// Lets the held exec through and compares the new program with what was judged.
///
/// Blocks until the exec has happened or failed, usually well under a millisecond. Call it on a thread that has
/// no children of its own and traces nothing else. `spare` is the caller's process if that is a child of ours whose
/// end somebody else waits for, as the PTY does for the agent's first process.
#[must_use]
pub fn let_through(hold: Hold, expected: &Expected, spare: Option<Pid>) -> Verified {
    let stays = |outcome| Verified { outcome, must_retire: false };
    let (thread, spare) = (hold.thread(), spare.map(|pid| ProcId(pid.0)));
    let traced = match Traced::seize(thread) {
        Ok(traced) => traced,
        Err(error) => return stays(without_trace(hold, &error)),
    };
    if let Err(error) = traced.interrupt() {
        drop(hold);
        return finish(traced, Some(ExecOutcome::Refused(error.to_string())), expected, spare);
    }
    let early = match hold.reply(Reply::Continue) {
        Sent::Answered => None,
        Sent::Gone => Some(ExecOutcome::Gone),
    };
    finish(traced, early, expected, spare)
}

/// Another traces the caller already: from within the tree, a debugger or a sanitizer does that.
fn without_trace(hold: Hold, error: &std::io::Error) -> ExecOutcome {
    let thread = hold.thread();
    let tracer = sys::status(thread).map_or(ProcId(0), |status| status.tracer);
    match Errno::of(error) {
        Some(Errno::SRCH) => {
            drop(hold);
            ExecOutcome::Gone
        }
        Some(Errno::PERM) if tracer.0 != 0 => {
            let why = format!("process {tracer} traces it");
            match hold.reply(Reply::Continue) {
                Sent::Answered => ExecOutcome::Unverified(why),
                Sent::Gone => ExecOutcome::Gone,
            }
        }
        _ => {
            drop(hold);
            ExecOutcome::Refused(format!("tracing it: {error}"))
        }
    }
}

/// Waits for the stop that tells how the exec went, compares, and lets go.
fn finish(traced: Traced, early: Option<ExecOutcome>, expected: &Expected, spare: Option<ProcId>) -> Verified {
    let stays = |outcome| Verified { outcome, must_retire: false };
    let stop = match traced.wait(spare) {
        Ok(stop) => stop,
        // The tracee dies with this thread, so it does not run unseen.
        Err(error) => {
            return Verified { outcome: ExecOutcome::Refused(error.to_string()), must_retire: true };
        }
    };
    match stop {
        TraceStop::Exec(process) => match expected.difference(process) {
            None => {
                let _ = traced.detach(process, 0);
                stays(early.unwrap_or(ExecOutcome::Ran))
            }
            Some(difference) => kill(&traced, process, ExecOutcome::Changed(difference), spare),
        },
        TraceStop::Interrupted(thread) => {
            let _ = traced.detach(thread, 0);
            stays(early.unwrap_or(ExecOutcome::Failed))
        }
        TraceStop::Signalled(thread, signal) => {
            let _ = traced.detach(thread, signal);
            stays(early.unwrap_or(ExecOutcome::Failed))
        }
        TraceStop::Ended(_) | TraceStop::Nothing => stays(ExecOutcome::Gone),
        TraceStop::LeftForParent(_) => Verified { outcome: ExecOutcome::Gone, must_retire: true },
    }
}

/// Kills the new program where it stands, and takes its end if that is ours to take.
fn kill(traced: &Traced, process: ProcId, outcome: ExecOutcome, spare: Option<ProcId>) -> Verified {
    let _ = sys::send_signal(process, Signal::Kill);
    loop {
        match traced.wait(spare) {
            Ok(TraceStop::Ended(_) | TraceStop::Nothing) => return Verified { outcome, must_retire: false },
            Ok(TraceStop::LeftForParent(_)) | Err(_) => return Verified { outcome, must_retire: true },
            Ok(TraceStop::Exec(_) | TraceStop::Interrupted(_) | TraceStop::Signalled(..)) => {}
        }
    }
}

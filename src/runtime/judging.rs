//! The session's judge: rules, policy, trail and what approvals cover.

use std::collections::VecDeque;

use super::gate_loop::Judging;
use crate::gate::View;
use crate::judge::{Judge, covers};
use crate::model::{
    Action, ActionId, Blind, CaseId, Cue, CueKind, Grant, GrantId, Judgement, Oracle, Pid, StandingOrder, Term, Text,
    TextKind, Untrusted, Verdict,
};
use crate::sensor::Heard;
use crate::sys::{self, ProcId};
use crate::trail::{Mask, Trail};

/// Approvals whose announced acts may still come.
const COVERS_MAX: usize = 256;
/// Threads whose refused act is known again when they try the next folder of `PATH`.
const REFUSED_MAX: usize = 256;
/// How far up the ancestry an announced act's process may be.
const ANCESTORS_MAX: usize = 64;

/// Judgements on held acts that are kept until the act's ruling.
const HELD_MAX: usize = 64;

/// What the judge is told between acts.
#[derive(Debug, Clone)]
pub enum Note {
    /// The agent said something.
    Said(Cue),
    /// A standing order holds from now on.
    Ordered(StandingOrder),
    /// An order is over: the agent has left the mode that it came with.
    OrderOver(StandingOrder),
    /// The operator has given a grant.
    Granted(Box<Grant>),
    /// The operator has taken a grant back.
    Revoked(GrantId),
}

/// Judges for the gate loop.
pub struct SessionJudge {
    judge: Judge,
    mask: Mask,
    agent: Pid,
    /// The shell in which the agent reads its own environment.
    getting_ready: Option<Pid>,
    /// What the session did before.
    trail: Trail,
    /// What was judged and has not gone on.
    held: VecDeque<(ActionId, Judgement)>,
    covers: Vec<Cover>,
    /// The acts that were refused last, one for each thread that asked.
    refused: Vec<Action>,
}

/// What an approval covers: the program starts that its text announced, below the process that was approved.
struct Cover {
    case: CaseId,
    /// The process's number and when it started: a number alone may be given out again.
    process: (i32, u64),
    judgement: Judgement,
    action: Action,
    term: Term,
}

impl SessionJudge {
    /// A judge for one session.
    #[must_use]
    pub fn new(judge: Judge, mask: Mask, agent: Pid) -> Self {
        let trail = Trail::new(mask.clone());
        Self {
            judge,
            mask,
            agent,
            getting_ready: None,
            trail,
            held: VecDeque::new(),
            covers: Vec::new(),
            refused: Vec::new(),
        }
    }

    /// The session's secrets.
    #[must_use]
    pub fn mask(&self) -> &Mask {
        &self.mask
    }
}

impl SessionJudge {
    /// Whether the agent itself is getting ready: Claude Code reads a shell's environment by exactly this command, which
    /// tells it nothing that it was not started with. What its model asks for comes wrapped in `eval`.
    fn is_start_noise(&mut self, action: &Action) -> bool {
        let Some(exec) = action.as_exec() else { return false };
        let words: Vec<_> = exec.argv.iter().skip(1).map(Untrusted::as_bytes).collect();
        let reads_environment = exec.name() == "bash" && words == [b"-c".as_slice(), b"env"];
        if reads_environment && action.caller.program.as_bytes() == b"claude" {
            self.getting_ready = Some(action.caller.pid);
            return true;
        }
        exec.name() == "env" && words.is_empty() && self.getting_ready == Some(action.caller.pid)
    }

    /// A file that the agent reads with its own tool starts no program: only its words tell of it.
    fn read_announced(&mut self, cue: &Cue) {
        let call = cue.text.lossy();
        let Some(path) = Heard::read_path(&call).filter(|_| cue.kind == CueKind::ToolCall) else { return };
        let cwd = sys::link(ProcId(self.agent.0), "cwd").ok().map(Untrusted::from);
        let view = View::of(ProcId(self.agent.0), ProcId(self.agent.0));
        let text = Text { kind: TextKind::FileRead, text: Untrusted::from(path), cwd };
        self.trail.prior(&text, cue.at, &view);
    }
}

impl Judging for SessionJudge {
    type Note = Note;

    fn judge(&mut self, action: &Action, oracle: &dyn Oracle) -> Judgement {
        let mut judgement = self.judge.judge(action, &self.trail, oracle);
        if judgement.verdict.waits() && self.is_start_noise(action) {
            judgement.verdict = Verdict::Log;
        }
        match judgement.verdict {
            Verdict::Allow | Verdict::Log => self.trail.act(action, oracle),
            Verdict::Hold | Verdict::Confirm | Verdict::Deny => {
                // What it would read may be printed once it is approved: the mask has to know it before.
                self.trail.foresee(action, oracle);
                if self.held.len() == HELD_MAX {
                    self.held.pop_front();
                }
                self.held.push_back((action.id, judgement.clone()));
            }
        }
        judgement
    }

    fn covered(&mut self, action: &Action, _judgement: &Judgement) -> Option<CaseId> {
        let exec = action.as_exec()?;
        let ancestors = ancestors(action.caller.pid.0);
        self.covers
            .iter()
            .find(|cover| {
                let is_below = ancestors.contains(&cover.process);
                let is_same = cover.term == Term::Session && cover.action.as_exec() == Some(exec);
                is_same || (is_below && covers(&cover.judgement.announced, exec))
            })
            .map(|cover| cover.case)
            .inspect(|_| self.trail.act(action, &Blind))
    }

    fn approved(&mut self, case: CaseId, action: &Action, judgement: &Judgement, term: Term) {
        if self.covers.len() == COVERS_MAX {
            self.covers.remove(0);
        }
        self.trail.act(action, &Blind);
        let Some(process) = ancestors(action.caller.pid.0).first().copied() else { return };
        self.covers.push(Cover { case, process, judgement: judgement.clone(), action: action.clone(), term });
    }

    fn refused(&mut self, action: &Action) {
        if let Some((_, judgement)) = self.held.iter().rev().find(|(id, _)| *id == action.id) {
            self.trail.refused(action, judgement);
        }
        self.refused.retain(|refused| refused.caller.tid != action.caller.tid);
        if self.refused.len() == REFUSED_MAX {
            self.refused.remove(0);
        }
        self.refused.push(action.clone());
    }

    fn is_refused_again(&mut self, action: &Action) -> bool {
        let Some(at) = self.refused.iter().position(|refused| refused.caller.tid == action.caller.tid) else {
            return false;
        };
        let refused = self.refused.swap_remove(at);
        let (Some(before), Some(now)) = (refused.as_exec(), action.as_exec()) else { return false };
        let is_again = before.argv == now.argv && before.cwd == now.cwd && before.path != now.path;
        if is_again {
            self.refused.push(action.clone());
        }
        is_again
    }

    fn note(&mut self, note: Note) {
        match note {
            Note::Said(cue) => {
                self.read_announced(&cue);
                self.trail.said(&cue);
            }
            Note::Ordered(order) => self.judge.order(order),
            Note::OrderOver(order) => self.judge.order_over(&order),
            Note::Granted(grant) => self.judge.grant(*grant),
            Note::Revoked(grant) => self.judge.revoke(grant),
        }
    }
}

/// A process and those above it, nearest first: their numbers and when they started.
fn ancestors(process: i32) -> Vec<(i32, u64)> {
    let mut chain = Vec::new();
    let mut current = process;
    while chain.len() < ANCESTORS_MAX && current > 0 {
        let Ok(stat) = sys::stat(ProcId(current)) else { break };
        chain.push((current, stat.started));
        current = stat.parent.0;
    }
    chain
}

//! The session's judge: rules, policy, trail, what the agent announced and what approvals cover.
//!
//! One act is one Case, however many sensors and gates see it. What the agent's hook asks, what its stream tells and
//! what the kernel is asked for are joined by their text, their time and their place in the tree: a ruling on the
//! announcement covers the facts it announced, and a fact beyond it is a new Case that says how it differs.

mod ancestry;
mod covers;
mod file_calls;
#[cfg(test)]
mod file_tests;
mod files;
mod intents;
mod noise;
mod scope;
mod scripts;
mod seen;
mod steps;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::time::Duration;

use ancestry::{ancestors, asker};
use covers::{BEYOND, Covers, Fact};
use files::Files;
use intents::Intents;
use noise::Noise;
use scope::Outcome;
use scripts::Scripts;

use super::backlog::Backlog;
use super::clock::Clock;
use super::gate_loop::Judging;
use super::gate_port::{FileKey, Pass};
use crate::gate::View;
use crate::judge::{Judge, Profile, looks, tool_texts};
use crate::model::{
    Action, ActionId, ActionKind, Announced, Blind, CaseId, Class, Cue, CueKind, Exec, FileDeed, Finding, Grant,
    GrantId, Judgement, Moment, Oracle, Peer, Pid, Ruling, Source, Span, StandingOrder, Term, Text, TextKind, Tier,
    ToolDeed, Undo, Untrusted, Verdict, Word,
};
use crate::sensor::Heard;
use crate::sys::{self, ProcId};
use crate::trail::{Mask, Trail, is_sender};

/// Threads whose refused act is known again when they try the next folder of `PATH`.
const REFUSED_MAX: usize = 256;
/// Judgements on held acts that are kept until the act's ruling.
const HELD_MAX: usize = 64;

/// The way back from what is kept before it goes (`UX.md`, R6).
const KEPT_FIRST: &str = "watch undo brings back what can be kept";

/// How long an approved tool call covers what the agent does to its files.
const TOOL_REACHES: Duration = Duration::from_secs(60);

/// What the judge is told between acts.
#[derive(Debug, Clone)]
pub enum Note {
    /// The agent said something; it counts as waiting until it has been taken.
    Said(Cue, Backlog),
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
    /// The agent's own preparations.
    noise: Noise,
    /// What the session did before.
    trail: Trail,
    /// What was judged and has not gone on.
    held: VecDeque<(ActionId, Judgement)>,
    /// What approvals cover.
    covers: Covers,
    /// What the agent announced.
    intents: Intents,
    /// What is remembered of file calls.
    files: Files,
    /// The session's clock; without one, the acts' own moments count.
    clock: Option<Clock>,
    /// The acts that were refused last, one for each thread that asked.
    refused: Vec<Action>,
    /// What was asked about whole scripts.
    scripts: Scripts,
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
            noise: Noise::of(agent),
            trail,
            held: VecDeque::new(),
            covers: Covers::default(),
            intents: Intents::default(),
            files: Files::default(),
            clock: None,
            refused: Vec::new(),
            scripts: Scripts::default(),
        }
    }

    /// The session's secrets.
    #[must_use]
    pub fn mask(&self) -> &Mask {
        &self.mask
    }
}

impl SessionJudge {
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

impl SessionJudge {
    /// The same judge with the session's clock: it tells when a ruling was given.
    #[must_use]
    pub fn timed(mut self, clock: Clock) -> Self {
        self.clock = Some(clock);
        self
    }

    fn now(&self, action: &Action) -> Moment {
        self.clock.map_or(action.at, |clock| clock.now())
    }

    /// A program start joins what was announced of it; whether the operator denied it a moment ago.
    fn join(&mut self, action: &Action, exec: &Exec, judgement: &mut Judgement) {
        if self.intents.is_empty() {
            return;
        }
        let chain = ancestors(action.caller.pid.0);
        self.intents.started(exec, &chain, action.at);
        if !judgement.verdict.waits() {
            return;
        }
        let (intent, is_denied) = {
            let fact = Fact { exec, judgement, ancestors: &chain, now: action.at, least: self.least() };
            let weigh = |start: &Announced| self.weigh(action, exec, start);
            (self.intents.of(&fact, &weigh), self.intents.is_denied(&fact, &weigh))
        };
        if let Some(differs) = intent.as_ref().and_then(|intent| intent.differs.as_ref()).filter(|_| !is_denied) {
            judgement.findings.push(goes_beyond(&differs.shown()));
        }
        judgement.intent = intent.map(Box::new);
        if is_denied {
            judgement.findings.insert(0, runs_denied(judgement));
            judgement.verdict = Verdict::Deny;
        }
    }

    /// The tier from which on something waits for the operator.
    fn least(&self) -> Tier {
        let profile = self.judge.policy().profile;
        Tier::ALL.into_iter().find(|tier| profile.verdict(*tier).waits()).unwrap_or(Tier::Critical)
    }

    /// A command that is held for nothing but what the gate sees when it is done, and keeps or judges, is not asked about;
    /// `strict` asks all the same. Of any other it is told what way back there will be, where the rules know of no better
    /// one than ours.
    fn leave_to_the_gate(&self, action: &Action, judgement: &mut Judgement, oracle: &dyn Oracle) {
        if !judgement.verdict.waits() || !is_command(action) {
            return;
        }
        let account = self.judge.account(action, &self.trail, oracle);
        let least = self.least();
        let may_go = judgement.verdict == Verdict::Hold && self.judge.policy().profile == Profile::Balanced;
        if may_go && seen::is_left_to_the_gate(judgement, least, &account) {
            judgement.verdict = Verdict::Log;
        } else if seen::is_kept_first(judgement, least, &account) {
            judgement.blast.undo = Undo::By(KEPT_FIRST.to_owned());
        }
    }

    /// What a program start that a text announces would be by itself.
    fn weigh(&self, action: &Action, exec: &Exec, start: &Announced) -> Judgement {
        let words = start.words.iter().map(|word| match word {
            Word::Literal(text) => text.clone(),
            Word::Glob(pattern) => Untrusted::from(pattern.as_str()),
            Word::Open => Untrusted::from("$"),
        });
        let argv: Vec<Untrusted> = words.collect();
        let path = argv.first().cloned().unwrap_or_default();
        let start = Exec { path, argv, cwd: exec.cwd.clone(), ..Exec::default() };
        let start = Action { kind: ActionKind::Exec(start), ..action.clone() };
        self.judge.judge(&start, &self.trail, &Blind)
    }

    /// A program start goes on: its process is another command's from now on.
    fn begins(&mut self, action: &Action) {
        if action.as_exec().is_some() {
            self.files.started(action);
        }
    }

    /// Whether what is held is the door of certain programs, so that their command line told of it.
    fn is_named(&self, judgement: &Judgement) -> bool {
        let door = |finding: &Finding| self.judge.doors().all().iter().find(|door| door.id == finding.rule);
        judgement.findings.iter().all(|finding| door(finding).is_some_and(|door| !door.programs().is_empty()))
    }

    /// Remembers what goes on.
    fn remember(&mut self, action: &Action, oracle: &dyn Oracle) {
        // What anybody can claim must not make a later act look prepared.
        if action.source == Source::Claimed || is_part(action) {
            return;
        }
        let ActionKind::Tool(tool) = &action.kind else { return self.trail.act(action, oracle) };
        if matches!(tool.deed, ToolDeed::Shell { .. }) {
            // The fact follows, and is remembered.
            return;
        }
        self.trail.act(action, oracle);
        if tool.text().is_none() {
            for text in tool_texts(tool) {
                self.trail.prior(&text, action.at, oracle);
            }
        }
        if let Some(what) = looks(tool) {
            self.trail.looked(&what, action.at);
        }
    }
}

/// Whether an act is a command line, of which the gate sees the single calls later.
fn is_command(action: &Action) -> bool {
    match &action.kind {
        ActionKind::Exec(_) => true,
        ActionKind::Tool(tool) => matches!(tool.deed, ToolDeed::Shell { .. }),
        ActionKind::Text(_) | ActionKind::File(_) | ActionKind::Connect(_) | ActionKind::Kill(_) => false,
    }
}

/// Whether an act is a part of a program's act, which is remembered: what is read of secrets is told by no other.
fn is_part(action: &Action) -> bool {
    matches!(&action.kind, ActionKind::File(file) if file.deed != FileDeed::Read)
}

/// What is said of a fact that is not what was announced (`UX.md`, R3).
fn goes_beyond(differs: &str) -> Finding {
    let title = "differs from what was announced";
    Finding::new(BEYOND, Class::Unverified, Tier::Medium, Span(0, 0), title, differs)
}

/// What is said of a call that was denied and runs all the same.
fn runs_denied(judgement: &Judgement) -> Finding {
    let why = "The operator denied this call a moment ago; do not retry or work around it, report and wait";
    let title = "runs although it was denied";
    let worst = judgement.worst();
    let tier = worst.map_or(Tier::High, |worst| worst.tier.max(Tier::High));
    let finding = Finding::new("session/denied", Class::Tampering, tier, Span(0, 0), title, why);
    Finding { target: worst.and_then(|worst| worst.target.clone()), ..finding }
}

/// Whether a command line says that something is to be signalled.
fn is_to_kill(command: &[Untrusted]) -> bool {
    command.iter().any(|word| word.lossy().contains("kill"))
}

/// Whether a process tries once more to reach what it was refused: by the other name of the same socket, or with a
/// stronger signal. There is nothing new to ask about.
fn reaches_again(refused: &Action, action: &Action) -> bool {
    let name = |peer: &Peer| match peer {
        Peer::Socket { path } => Some(path.clone()),
        Peer::Abstract { name } => Some(name.clone()),
        Peer::Address { .. } | Peer::Other { .. } | Peer::Namespace => None,
    };
    refused.caller.pid == action.caller.pid
        && match (&refused.kind, &action.kind) {
            (ActionKind::Connect(one), ActionKind::Connect(other)) => {
                one.peer == other.peer || name(&one.peer).is_some() && name(&one.peer) == name(&other.peer)
            }
            (ActionKind::Kill(one), ActionKind::Kill(other)) => one.to == other.to,
            _ => false,
        }
}

impl Judging for SessionJudge {
    type Note = Note;

    fn judge(&mut self, action: &Action, oracle: &dyn Oracle) -> Judgement {
        let mut judgement = match &action.kind {
            ActionKind::File(file) => self.file_call(action, file, oracle),
            ActionKind::Exec(_)
            | ActionKind::Text(_)
            | ActionKind::Tool(_)
            | ActionKind::Connect(_)
            | ActionKind::Kill(_) => self.judge.judge(action, &self.trail, oracle),
        };
        if judgement.verdict.waits() && (self.noise.is_it(action) || steps::is_step(action)) {
            judgement.verdict = Verdict::Log;
        }
        self.leave_to_the_gate(action, &mut judgement, oracle);
        match &action.kind {
            ActionKind::Exec(exec) => self.join(action, exec, &mut judgement),
            ActionKind::Tool(tool) if action.source == Source::Hook => {
                let by = asker(action.caller.pid.0, self.agent.0);
                self.intents.asked(action, tool, &judgement, by);
            }
            ActionKind::Tool(_)
            | ActionKind::Text(_)
            | ActionKind::File(_)
            | ActionKind::Connect(_)
            | ActionKind::Kill(_) => {}
        }
        self.ask_for_script(action, &mut judgement, oracle);
        if !matches!(judgement.verdict, Verdict::Allow | Verdict::Log) {
            // What it would read may be printed once it is approved: the mask has to know it before.
            if !is_part(action) {
                self.trail.foresee(action, oracle);
            }
            self.held.retain(|(id, _)| *id != action.id);
            if self.held.len() == HELD_MAX {
                self.held.pop_front();
            }
            self.held.push_back((action.id, judgement.clone()));
        }
        judgement
    }

    fn hangs_on_words(&self, action: &Action, judgement: &Judgement) -> bool {
        match &action.kind {
            ActionKind::Exec(exec) => !judgement.findings.is_empty() || is_sender(&exec.name()),
            ActionKind::Connect(_) => !judgement.findings.is_empty(),
            // What is announced comes as a fact later; files and signals are not explained by words.
            ActionKind::Tool(_) | ActionKind::Text(_) | ActionKind::File(_) | ActionKind::Kill(_) => false,
        }
    }

    fn goes_on(&mut self, action: &Action, judgement: &Judgement, oracle: &dyn Oracle) {
        // Who reads what is its own has learnt nothing.
        if judgement.verdict == Verdict::Allow && matches!(action.kind, ActionKind::File(_)) {
            return;
        }
        self.begins(action);
        self.remember(action, oracle);
    }

    fn covered(&mut self, action: &Action, judgement: &Judgement) -> Option<CaseId> {
        let case = match &action.kind {
            ActionKind::Exec(exec) => {
                let chain = ancestors(action.caller.pid.0);
                let fact = Fact { exec, judgement, ancestors: &chain, now: action.at, least: self.least() };
                let mut covers = std::mem::take(&mut self.covers);
                let case = covers.of_fact(&fact, &|start| self.weigh(action, exec, start));
                self.covers = covers;
                case
            }
            ActionKind::Tool(_) if action.source == Source::Claimed => None,
            ActionKind::Tool(tool) => {
                let by = asker(action.caller.pid.0, self.agent.0)?;
                self.covers.of_tool(tool, by, action.at)
            }
            ActionKind::File(file) => self.file_covered(action, file),
            ActionKind::Connect(connect) if connect.peer == Peer::Namespace => self.covers.of_maker(action.caller.pid),
            ActionKind::Connect(connect) if self.is_named(judgement) => {
                self.covers.of_command(&connect.command, &ancestors(action.caller.pid.0))
            }
            ActionKind::Kill(kill) if is_to_kill(&kill.command) => {
                self.covers.of_command(&kill.command, &ancestors(action.caller.pid.0))
            }
            ActionKind::Text(_) | ActionKind::Connect(_) | ActionKind::Kill(_) => None,
        };
        if let Some(case) = case {
            self.begins(action);
            self.remember(action, &Blind);
            if action.as_exec().is_some() {
                self.start_ruled(case, action, judgement);
            }
        }
        case
    }

    fn approved(&mut self, case: CaseId, action: &Action, judgement: &Judgement, term: Term) {
        let now = self.now(action);
        self.begins(action);
        self.remember(action, &Blind);
        if term == Term::Session {
            // What was granted on the screen has its secrets masked; the judge compares with what is true.
            self.judge.grant_is(case, &action.kind, &judgement.findings);
        }
        // A grant is what is remembered, and can be taken back; the approval itself is for once.
        match &action.kind {
            ActionKind::Tool(_) if action.source == Source::Claimed => {}
            ActionKind::Tool(tool) => {
                self.tool_ruled(case, action, tool, judgement, now);
                self.intents.ruled(action.id, Some(case), Ruling::Approve, now);
                if let Some(asker) = asker(action.caller.pid.0, self.agent.0) {
                    self.covers.announcement(case, action, judgement, asker, now);
                }
            }
            ActionKind::File(file) => {
                let outcome = Outcome::Approved(case, Box::new(judgement.clone()));
                self.file_ruled(action, file, judgement, outcome);
            }
            ActionKind::Connect(connect) if connect.peer == Peer::Namespace => {
                self.covers.maker(case, action.caller.pid);
            }
            ActionKind::Connect(_) | ActionKind::Kill(_) => {}
            ActionKind::Exec(_) | ActionKind::Text(_) => {
                self.start_ruled(case, action, judgement);
                let own = || ancestors(action.caller.pid.0).first().copied();
                let Some(process) = self.scripts.take(action.id).or_else(own) else { return };
                self.covers.call(case, action, judgement, process);
            }
        }
    }

    fn refused(&mut self, action: &Action) {
        let held = self.held.iter().rev().find(|(id, _)| *id == action.id).map(|(_, judgement)| judgement.clone());
        if let Some(judgement) = &held {
            self.trail.refused(action, judgement);
        }
        if let ActionKind::File(file) = &action.kind {
            if let Some(judgement) = held.filter(|judgement| judgement.verdict.waits()) {
                self.file_ruled(action, file, &judgement, Outcome::Refused);
            }
            return;
        }
        if matches!(action.kind, ActionKind::Tool(_)) {
            let now = self.now(action);
            return self.intents.ruled(action.id, None, Ruling::Deny, now);
        }
        self.refused.retain(|refused| refused.caller.tid != action.caller.tid);
        if self.refused.len() == REFUSED_MAX {
            self.refused.remove(0);
        }
        self.refused.push(action.clone());
    }

    fn is_refused_again(&mut self, action: &Action) -> bool {
        if self.refused.iter().any(|refused| reaches_again(refused, action)) {
            return true;
        }
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

    fn passing(&mut self, key: &FileKey) -> Option<Pass> {
        self.files.passing(key, self.clock.map(|clock| clock.now()))
    }

    fn concerns(&self, deed: FileDeed, path: &[u8]) -> bool {
        let path = String::from_utf8_lossy(path);
        let is_found = || deed == FileDeed::Read && self.judge.policy().sees_reads() && self.trail.holds_secret(&path);
        self.judge.file_concerns(deed, &path) || is_found()
    }

    fn note(&mut self, note: Note) {
        if !matches!(note, Note::Said(..)) {
            self.files.forget();
        }
        match note {
            Note::Said(cue, backlog) => {
                self.read_announced(&cue);
                if let Some(tool) = cue.tool.as_deref().filter(|_| cue.kind == CueKind::ToolCall) {
                    self.intents.heard(tool, cue.at);
                }
                self.trail.said(&cue);
                drop(backlog);
            }
            Note::Ordered(order) => self.judge.order(order),
            Note::OrderOver(order) => self.judge.order_over(&order),
            Note::Granted(grant) => self.judge.grant(*grant),
            Note::Revoked(grant) => self.judge.revoke(grant),
        }
    }
}

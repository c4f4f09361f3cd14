//! The gate loop: receives held calls, has them judged, answers or parks them, and stops and thaws the tree.
//!
//! It runs on a thread of its own and never waits for the app loop. What it cannot report it refuses.

use std::collections::{HashSet, VecDeque};
use std::io;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::gate_port::Asker;
pub use super::gate_port::{Answer, FileKey, GateEvent, GateHandle, GateOrder, GateSetup, Judging, Pass, Sink};
use super::verifier::{Done, Job, Verifiers, Why};
use crate::gate::{Decoder, Depth, Difference, ExecOutcome, Expected, Freezer, Frozen, Hold, Reading, Walker, tell};
use crate::model::{Action, ActionId, CaseId, Grip, HoldId, Judgement, Moment, Pid, Tree, Untrusted, Verdict};
use crate::sys::{self, Deadline, Errno, Listener, ProcId, Reply, Wake};

/// How long a tree may take to stop.
pub const FREEZE_PATIENCE: Duration = Duration::from_millis(500);
/// How often parked calls are looked after: nothing tells us that a held caller died.
const LOOK_AFTER: Duration = Duration::from_millis(200);
/// How long a thaw waits for approved execs that are on their way.
const THAW_PATIENCE: Duration = Duration::from_secs(2);
/// Calls that may wait for the operator at once; more are refused.
pub(super) const PARKED_MAX: usize = 256;
/// Notifications that are received before orders are looked at again.
const BURST_MAX: usize = 64;

/// Starts the gate loop on a thread of its own. Do it before the launcher is told to go.
///
/// # Errors
/// The system's, when threads or descriptors have run out.
pub fn start<J: Judging + 'static>(setup: GateSetup<J>) -> io::Result<GateHandle<J::Note>>
where
    J::Note: 'static,
{
    let (orders, inbox) = channel();
    let wake = Wake::new()?;
    let verifiers = Verifiers::start(setup.agent, &wake)?;
    // Slower without, nothing else.
    let _ = setup.listener.wake_in_step();
    let decoder = Decoder::with_start_of(setup.agent);
    let freezer = Freezer::new(Walker::new(setup.agent, &setup.except));
    let run = GateLoop {
        listener: Arc::new(setup.listener),
        agent: setup.agent,
        grip: setup.grip,
        judge: setup.judge,
        sink: setup.sink,
        clock: setup.clock,
        number: setup.number,
        wake: wake.clone(),
        verifiers,
        decoder,
        freezer,
        is_started: false,
        parked: Vec::new(),
        frozen: None,
        on_their_way: 0,
        thaw_due: None,
        refused: 0,
        refusing: None,
        unreported: VecDeque::new(),
        is_deserted: false,
        questions: 0,
    };
    let thread = std::thread::Builder::new().name("gate".into()).spawn(move || run.run(&inbox))?;
    Ok(GateHandle { orders, wake, thread: Some(thread) })
}

/// An act that waits for the operator.
pub(super) struct Parked {
    pub(super) held: Held,
    pub(super) action: Action,
    pub(super) judgement: Judgement,
}

/// What waits for the answer.
pub(super) enum Held {
    /// A system call, and what its new image has to look like.
    Call(Hold, Box<Expected>),
    /// The agent's hook.
    Question(HoldId, Asker),
}

impl Held {
    pub(super) fn id(&self) -> HoldId {
        match self {
            Self::Call(hold, _) => hold.id(),
            Self::Question(id, _) => *id,
        }
    }

    /// The thread that the kernel holds for us, and that so stands still already.
    fn thread(&self) -> Option<ProcId> {
        match self {
            Self::Call(hold, _) => Some(hold.thread()),
            Self::Question(..) => None,
        }
    }

    fn is_withdrawn(&self) -> bool {
        match self {
            Self::Call(hold, _) => hold.is_withdrawn(),
            Self::Question(_, asker) => asker.is_gone(),
        }
    }
}

pub(super) struct GateLoop<J: Judging> {
    listener: Arc<Listener>,
    agent: Pid,
    pub(super) grip: Grip,
    pub(super) judge: J,
    pub(super) sink: Sink,
    pub(super) clock: Box<dyn Fn() -> Moment + Send>,
    pub(super) number: Box<dyn FnMut() -> ActionId + Send>,
    wake: Wake,
    verifiers: Verifiers,
    decoder: Decoder,
    pub(super) freezer: Freezer,
    /// The agent's own start went through.
    is_started: bool,
    pub(super) parked: Vec<Parked>,
    pub(super) frozen: Option<Frozen>,
    /// Approved execs that have not happened yet.
    on_their_way: usize,
    pub(super) thaw_due: Option<Deadline>,
    pub(super) refused: u64,
    /// Why every call is refused, if it is.
    pub(super) refusing: Option<String>,
    /// Events that must not be lost and found no room; tried again.
    unreported: VecDeque<GateEvent>,
    is_deserted: bool,
    /// How many questions of hooks were kept: their holds have numbers of our own.
    pub(super) questions: u64,
}

/// Whether the loop goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Go {
    On,
    Out,
}

impl<J: Judging> GateLoop<J> {
    fn run(mut self, inbox: &Receiver<GateOrder<J::Note>>) {
        while self.turn(inbox) == Go::On {}
        drop(std::mem::take(&mut self.parked));
        self.frozen = None;
        self.verifiers.stop();
    }

    /// Waits for something, and deals with all there is.
    fn turn(&mut self, inbox: &Receiver<GateOrder<J::Note>>) -> Go {
        let needs_looking_after = !self.parked.is_empty() || !self.unreported.is_empty();
        let patience = match &self.thaw_due {
            Some(due) => Some(due.left().min(LOOK_AFTER)),
            None => needs_looking_after.then_some(LOOK_AFTER),
        };
        let listener = Arc::clone(&self.listener);
        let mut fds = vec![self.wake.as_fd()];
        if !self.is_deserted {
            fds.push(listener.as_fd());
        }
        let Ok(ready) = sys::wait_readable(&fds, patience) else { return Go::Out };
        self.wake.hush();
        while let Some(done) = self.verifiers.next_done() {
            self.on_done(done);
        }
        while let Ok(order) = inbox.try_recv() {
            if self.on_order(order) == Go::Out {
                return Go::Out;
            }
        }
        let listener_ready = ready.get(1).copied().unwrap_or_default();
        if listener_ready.is_readable {
            self.receive();
        } else if listener_ready.is_hung_up {
            self.is_deserted = true;
            self.report(GateEvent::Deserted);
        }
        self.look_after();
        Go::On
    }

    /// Receives what waits, a bounded number of calls.
    fn receive(&mut self) {
        let listener = Arc::clone(&self.listener);
        for _ in 0..BURST_MAX {
            match listener.receive() {
                Ok(Some(call)) => self.on_call(Hold::new(Arc::clone(&listener), call)),
                Ok(None) => {}
                Err(_) => return,
            }
            let ready = sys::wait_readable(&[listener.as_fd()], Some(Duration::ZERO));
            if !ready.is_ok_and(|ready| ready.iter().any(|r| r.is_readable)) {
                return;
            }
        }
    }

    fn on_call(&mut self, hold: Hold) {
        let stamp = ((self.number)(), (self.clock)());
        let (action, expected, view) = match self.decoder.read(&self.listener, hold.call(), stamp, Depth::Quick) {
            Reading::Exec(action, expected, view) => (action, expected, view),
            Reading::Fails(errno) => {
                let _ = hold.reply(Reply::Fail(errno));
                return;
            }
            Reading::Unreadable(why) => return self.refuse(hold, &format!("what it asked for is unreadable: {why}")),
            Reading::Gone => return,
        };
        if !self.is_started && action.caller.pid == self.agent {
            return self.let_go((hold, *action, expected), Judgement::default(), None, Why::First);
        }
        if let Some(words) = &self.refusing {
            tell(action.caller.pid, words);
            let words = words.clone();
            return self.refuse(hold, &words);
        }
        // The same act in another folder of `PATH`: what there is to say of it was said.
        if self.judge.is_refused_again(&action) {
            let judgement = Judgement { verdict: Verdict::Deny, ..Judgement::default() };
            let _ = hold.reply(Reply::Fail(Errno::ACCES));
            return self.report(GateEvent::Judged { action: *action, judgement, covered_by: None });
        }
        let judgement = self.judge.judge(&action, &view);
        match judgement.verdict {
            Verdict::Allow | Verdict::Log => self.let_go((hold, *action, expected), judgement, None, Why::Judged),
            Verdict::Deny => self.deny(hold, *action, judgement),
            Verdict::Hold | Verdict::Confirm => match self.judge.covered(&action, &judgement) {
                Some(case) => self.let_go((hold, *action, expected), judgement, Some(case), Why::Judged),
                None => self.keep(hold, stamp),
            },
        }
    }

    /// Reports an act and lets it through; what cannot be reported does not happen.
    fn let_go(
        &mut self,
        (hold, action, expected): (Hold, Action, Box<Expected>),
        judgement: Judgement,
        covered_by: Option<CaseId>,
        why: Why,
    ) {
        let (id, caller) = (action.id, action.caller.pid);
        if (self.sink)(GateEvent::Judged { action, judgement, covered_by }).is_err() {
            return self.refuse(hold, "events are not taken fast enough");
        }
        self.verifiers.take(Job { hold, expected, action: id, caller, why });
    }

    /// A rule refuses it.
    fn deny(&mut self, hold: Hold, action: Action, judgement: Judgement) {
        let words = judgement.worst().map_or_else(
            || "watch: denied by the rules".into(),
            |finding| format!("watch: denied by the rules: {}: {}", finding.rule.0, finding.why),
        );
        tell(action.caller.pid, &words);
        self.judge.refused(&action);
        let _ = hold.reply(Reply::Fail(Errno::ACCES));
        self.report(GateEvent::Judged { action, judgement, covered_by: None });
    }

    /// Stops the tree, reads and judges again, and parks the call.
    fn keep(&mut self, hold: Hold, stamp: (ActionId, Moment)) {
        if self.parked.len() >= PARKED_MAX {
            return self.refuse(hold, "too many calls wait for the operator");
        }
        if self.grip == Grip::Frozen
            && let Err(why) = self.freeze(Some(hold.thread()))
        {
            return self.refuse(hold, &why);
        }
        let (action, expected, view) = match self.decoder.read(&self.listener, hold.call(), stamp, Depth::Full) {
            Reading::Exec(action, expected, view) => (*action, expected, view),
            Reading::Fails(errno) => {
                let _ = hold.reply(Reply::Fail(errno));
                return self.thaw_if_idle();
            }
            Reading::Unreadable(why) => {
                self.refuse(hold, &format!("what it asked for is unreadable: {why}"));
                return self.thaw_if_idle();
            }
            Reading::Gone => return self.thaw_if_idle(),
        };
        let judgement = self.judge.judge(&action, &view);
        match judgement.verdict {
            Verdict::Hold | Verdict::Confirm => {}
            Verdict::Allow | Verdict::Log => {
                self.let_go((hold, action, expected), judgement, None, Why::Judged);
                return self.thaw_if_idle();
            }
            Verdict::Deny => {
                self.deny(hold, action, judgement);
                return self.thaw_if_idle();
            }
        }
        let event = GateEvent::Held {
            hold: hold.id(),
            action: action.clone(),
            judgement: judgement.clone(),
            tree: self.tree(Some(hold.thread())),
            frozen: self.frozen.as_ref().map(Frozen::took),
        };
        if (self.sink)(event).is_err() {
            self.refuse(hold, "events are not taken fast enough");
            return self.thaw_if_idle();
        }
        // What waited for the thaw waits longer.
        self.thaw_due = None;
        self.parked.push(Parked { held: Held::Call(hold, expected), action, judgement });
    }

    /// Stops the tree, or what of it still runs.
    pub(super) fn freeze(&mut self, newly_held: Option<ProcId>) -> Result<(), String> {
        let held = self.held_threads(newly_held);
        let was_frozen = self.frozen.is_some();
        match self.freezer.freeze(&held, self.frozen.take(), FREEZE_PATIENCE) {
            Ok(frozen) => {
                self.frozen = Some(frozen);
                Ok(())
            }
            Err(error) => {
                if was_frozen {
                    self.report(GateEvent::Thawed);
                }
                Err(error.to_string())
            }
        }
    }

    fn held_threads(&self, newly_held: Option<ProcId>) -> HashSet<ProcId> {
        self.parked.iter().filter_map(|parked| parked.held.thread()).chain(newly_held).collect()
    }

    /// The tree as it stands.
    pub(super) fn tree(&self, newly_held: Option<ProcId>) -> Tree {
        self.freezer.walker().tree(&self.held_threads(newly_held))
    }

    /// Lets the tree go on if it was stopped for a call that has just ended otherwise.
    pub(super) fn thaw_if_idle(&mut self) {
        if self.parked.is_empty() {
            self.frozen = None;
        }
    }

    fn refuse(&mut self, hold: Hold, why: &str) {
        drop(hold);
        self.count_refused(why);
    }

    /// Tells that something was refused without a question.
    pub(super) fn count_refused(&mut self, why: &str) {
        self.refused += 1;
        let event = GateEvent::Refused { count: self.refused, why: why.to_owned() };
        // Only the newest count matters.
        self.unreported.retain(|event| !matches!(event, GateEvent::Refused { .. }));
        self.report(event);
    }

    /// Reports what must not be lost.
    pub(super) fn report(&mut self, event: GateEvent) {
        if !self.unreported.is_empty() {
            self.unreported.push_back(event);
        } else if let Err(event) = (self.sink)(event) {
            self.unreported.push_back(event);
        }
    }

    fn on_order(&mut self, order: GateOrder<J::Note>) -> Go {
        match order {
            GateOrder::Reply { hold, answer } => self.reply(hold, answer),
            GateOrder::Thaw => {
                self.thaw_due = Some(Deadline::after(THAW_PATIENCE));
                self.thaw_when_through();
            }
            GateOrder::FreezeAll => match self.freeze(None) {
                Ok(()) => {
                    self.thaw_due = None;
                    let tree = self.tree(None);
                    self.report(GateEvent::Froze(tree));
                }
                Err(why) => self.report(GateEvent::Unfrozen(why)),
            },
            GateOrder::Ask(question) => self.on_question(*question),
            GateOrder::RefuseAll(words) => {
                for Parked { held, action, .. } in std::mem::take(&mut self.parked) {
                    match held {
                        Held::Call(hold, _) => {
                            tell(action.caller.pid, &words);
                            drop(hold);
                        }
                        Held::Question(_, asker) => asker.deny(words.clone()),
                    }
                }
                self.refusing = Some(words);
            }
            GateOrder::Note(note) => self.judge.note(note),
            GateOrder::Stop => return Go::Out,
        }
        Go::On
    }

    fn reply(&mut self, id: HoldId, answer: Answer) {
        let Some(at) = self.parked.iter().position(|parked| parked.held.id() == id) else {
            return self.report(GateEvent::Withdrawn(id));
        };
        let Parked { held, action, judgement } = self.parked.swap_remove(at);
        match answer {
            Answer::Approve { case, term } => {
                self.judge.approved(case, &action, &judgement, term);
                match held {
                    Held::Call(hold, expected) => {
                        self.on_their_way += 1;
                        let caller = action.caller.pid;
                        self.verifiers.take(Job { hold, expected, action: action.id, caller, why: Why::Approved(id) });
                    }
                    Held::Question(_, asker) => {
                        asker.pass();
                    }
                }
            }
            Answer::Refuse { words } => {
                self.judge.refused(&action);
                match held {
                    Held::Call(hold, _) => {
                        if let Some(words) = words {
                            tell(action.caller.pid, &words);
                        }
                        let _ = hold.reply(Reply::Fail(Errno::ACCES));
                    }
                    Held::Question(_, asker) => asker.deny(words.unwrap_or_default()),
                }
            }
        }
    }

    fn on_done(&mut self, done: Done) {
        let hold = match done.why {
            Why::Approved(hold) => {
                self.on_their_way = self.on_their_way.saturating_sub(1);
                Some(hold)
            }
            Why::First => {
                self.is_started |= matches!(done.outcome, ExecOutcome::Ran | ExecOutcome::Unverified(_));
                None
            }
            Why::Judged => None,
        };
        match (&done.outcome, hold) {
            (ExecOutcome::Changed(difference), _) => {
                let why = format!("process {}: {}", done.caller, described(difference));
                self.report(GateEvent::Changed { action: done.action, hold, why });
            }
            (ExecOutcome::Unverified(why), _) => {
                self.report(GateEvent::Unverified { action: done.action, why: why.clone() });
            }
            (ExecOutcome::Refused(why), None) => {
                self.refused += 1;
                self.report(GateEvent::Refused { count: self.refused, why: why.clone() });
            }
            (ExecOutcome::Refused(_) | ExecOutcome::Ran | ExecOutcome::Failed | ExecOutcome::Gone, _) => {}
        }
        if let Some(hold) = hold {
            self.report(GateEvent::LetThrough { hold, outcome: done.outcome });
        }
        self.thaw_when_through();
    }

    /// Thaws if that is due and no approved exec is on its way any more, or has taken too long.
    fn thaw_when_through(&mut self) {
        if self.thaw_due.is_some_and(|due| self.on_their_way == 0 || due.is_over()) {
            self.thaw_due = None;
            if self.frozen.take().is_some() {
                self.report(GateEvent::Thawed);
            }
        }
    }

    /// Finds held calls that are gone, and tries again what could not be reported.
    fn look_after(&mut self) {
        self.thaw_when_through();
        while let Some(event) = self.unreported.pop_front() {
            if let Err(event) = (self.sink)(event) {
                self.unreported.push_front(event);
                break;
            }
        }
        let (gone, parked) = std::mem::take(&mut self.parked).into_iter().partition(|p| p.held.is_withdrawn());
        self.parked = parked;
        let gone: Vec<Parked> = gone;
        for parked in gone {
            self.report(GateEvent::Withdrawn(parked.held.id()));
        }
    }
}

fn described(difference: &Difference) -> String {
    match difference {
        Difference::Arguments(found) => {
            let words = Untrusted::new(found.strip_suffix(b"\0").unwrap_or(found)).shown();
            format!("its arguments were changed to `{}`", words.replace("<U+0000>", " "))
        }
        Difference::File => "another file was put in the program's place".into(),
        Difference::Unreadable => "it could not be read at its exec".into(),
    }
}

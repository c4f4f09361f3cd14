//! The gate loop: receives held calls, has them judged, answers or parks them, and stops and thaws the tree.
//!
//! It runs on a thread of its own and never waits for the app loop. What it cannot report it refuses.

use std::collections::{HashSet, VecDeque};
use std::io;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::aside::Aside;
use super::commands::Commands;
use super::gate_calls::Waiting;
pub use super::gate_port::{
    Answer, FileKey, GateEvent, GateHandle, GateOrder, GateSetup, Judging, Keeper, Losing, Pass, Sink,
};
use super::gate_port::{Asker, Mark};
use super::keepers::Keepers;
use super::passed::Passed;
use super::verifier::Verifiers;
use crate::gate::{Decoder, FileGate, Freezer, Frozen, Hold, Passage, Performer, Walker, tell};
use crate::model::{Action, ActionId, Grip, HoldId, Judgement, Moment, Pid, Tree};
use crate::sys::{self, Deadline, Listener, ProcId, Wake};

/// How long a tree may take to stop: on a machine whose processors are all taken its threads have to get one first.
const FREEZE_PATIENCE: Duration = Duration::from_secs(2);
/// How often parked calls are looked after: nothing tells us that a held caller died.
const LOOK_AFTER: Duration = Duration::from_millis(200);
/// How long a call waits until the words before it are heard.
pub const HEARING_PATIENCE: Duration = Duration::from_secs(20);
/// How long a thaw waits for approved execs that are on their way.
const THAW_PATIENCE: Duration = Duration::from_secs(2);
/// Calls that may wait for the operator at once; more are refused.
pub(super) const PARKED_MAX: usize = 256;
/// Calls that may wait for the thaw at once; more are refused.
pub(super) const STANDING_MAX: usize = 4096;

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
    let keepers = setup.keeper.as_ref().map(|keeper| Keepers::start(Arc::clone(keeper), &wake)).transpose()?;
    // Slower without, nothing else.
    let _ = setup.listener.wake_in_step();
    let decoder = Decoder::with_start_of(setup.agent, setup.performer);
    let freezer = Freezer::new(Walker::new(setup.agent, &setup.except));
    let run = GateLoop {
        listener: Arc::new(setup.listener),
        agent: setup.agent,
        grip: setup.grip,
        hearing: setup.hearing,
        judge: setup.judge,
        sink: setup.sink,
        clock: setup.clock,
        number: setup.number,
        wake: wake.clone(),
        verifiers,
        aside: Aside::default(),
        decoder,
        freezer,
        start: Start::Awaited,
        parked: Vec::new(),
        received: VecDeque::new(),
        standing: Vec::new(),
        waiting: Vec::new(),
        marks: Mark::default(),
        frozen: None,
        on_their_way: 0,
        thaw_due: None,
        look_due: Deadline::after(LOOK_AFTER),
        commands: Commands::default(),
        files: FileGate::new(setup.ground, setup.performer),
        keeper: setup.keeper,
        keepers,
        passed: Passed::default(),
        not_kept: 0,
        not_kept_again: None,
        refused: 0,
        refusing: None,
        unreported: VecDeque::new(),
        is_deserted: false,
        questions: 0,
    };
    let performer = setup.performer;
    let begin = move || {
        if performer == Performer::Supervisor {
            // Without it files are made under a mask that all of our threads have for that moment.
            let _ = sys::own_folder_and_mask();
        }
        run.run(&inbox)
    };
    let thread = std::thread::Builder::new().name("gate".into()).spawn(begin)?;
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
    /// A system call, and how it goes on once it may.
    Call(Hold, Passage),
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
    pub(super) listener: Arc<Listener>,
    pub(super) agent: Pid,
    pub(super) grip: Grip,
    pub(super) hearing: Duration,
    pub(super) judge: J,
    pub(super) sink: Sink,
    pub(super) clock: Box<dyn Fn() -> Moment + Send>,
    pub(super) number: Box<dyn FnMut() -> ActionId + Send>,
    wake: Wake,
    pub(super) verifiers: Verifiers,
    /// Calls whose other end takes its time.
    pub(super) aside: Aside,
    pub(super) decoder: Decoder,
    pub(super) freezer: Freezer,
    /// The launcher's exec, which makes it the agent.
    pub(super) start: Start,
    pub(super) parked: Vec<Parked>,
    /// Calls that are received and not looked at yet.
    pub(super) received: VecDeque<Hold>,
    /// Calls that came while the tree stood still; they are taken up when it goes on.
    pub(super) standing: Vec<Hold>,
    /// Calls that are judged once more when the agent's words before them are heard.
    pub(super) waiting: Vec<Waiting>,
    /// The last mark that was given out.
    pub(super) marks: Mark,
    pub(super) frozen: Option<Frozen>,
    /// Approved execs that have not happened yet.
    pub(super) on_their_way: usize,
    pub(super) thaw_due: Option<Deadline>,
    look_due: Deadline,
    /// What each process runs.
    pub(super) commands: Commands,
    pub(super) files: FileGate,
    pub(super) keeper: Option<Arc<dyn Keeper>>,
    pub(super) keepers: Option<Keepers>,
    pub(super) passed: Passed,
    /// How much could not be kept.
    pub(super) not_kept: u64,
    /// When that may be told again.
    pub(super) not_kept_again: Option<Deadline>,
    pub(super) refused: u64,
    /// Why every call is refused, if it is.
    pub(super) refusing: Option<String>,
    /// Events that must not be lost and found no room; tried again.
    pub(super) unreported: VecDeque<GateEvent>,
    is_deserted: bool,
    /// How many questions of hooks were kept: their holds have numbers of our own.
    pub(super) questions: u64,
}

/// How far the agent's start has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// The process is our launcher still.
    Awaited,
    /// Its exec was let through, and how that went has not been heard.
    OnItsWay,
    /// The process is the agent.
    Over,
}

/// Whether the loop goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Go {
    On,
    Out,
}

impl<J: Judging> GateLoop<J> {
    /// Runs until it is told to stop; what could not be told by then.
    fn run(mut self, inbox: &Receiver<GateOrder<J::Note>>) -> Vec<GateEvent> {
        while self.turn(inbox) == Go::On {}
        self.tell_all();
        let (parked, waiting) = (std::mem::take(&mut self.parked), std::mem::take(&mut self.waiting));
        drop((parked, waiting, std::mem::take(&mut self.standing), std::mem::take(&mut self.received)));
        self.frozen = None;
        self.verifiers.stop();
        if let Some(keepers) = self.keepers.take() {
            keepers.stop();
        }
        let unreported = std::mem::take(&mut self.unreported).into();
        // The program ends with its session: giving thousands of pieces of the rules back one by one would be for nothing.
        std::mem::forget(self.judge);
        unreported
    }

    /// Tells what passed and waits to be told together.
    fn tell_all(&mut self) {
        for event in self.passed.all() {
            self.report(event);
        }
    }

    /// Waits for something, and deals with it. Gated calls come one a turn: each has its own answer to wait for.
    fn turn(&mut self, inbox: &Receiver<GateOrder<J::Note>>) -> Go {
        let listener = Arc::clone(&self.listener);
        let mut fds = vec![self.wake.as_fd()];
        if !self.is_deserted {
            fds.push(listener.as_fd());
        }
        let Ok(ready) = sys::wait_readable(&fds, self.patience()) else { return Go::Out };
        let [woken, called] = [0, 1].map(|at| ready.get(at).copied().unwrap_or_default());
        if woken.is_readable {
            self.wake.hush();
            while let Some(done) = self.verifiers.next_done() {
                self.on_done(done);
            }
            while let Some((errand, keep)) = self.keepers.as_ref().and_then(Keepers::next_done) {
                self.on_kept(errand, keep);
            }
            while let Ok(order) = inbox.try_recv() {
                if self.on_order(order) == Go::Out {
                    return Go::Out;
                }
            }
        }
        if let Some(hold) = self.received.pop_front() {
            self.on_call(hold);
        } else if called.is_readable {
            if let Ok(Some(call)) = listener.receive() {
                self.on_call(Hold::new(listener, call));
            }
        } else if called.is_hung_up {
            self.is_deserted = true;
            self.tell_all();
            self.report(GateEvent::Deserted);
        }
        self.settle();
        self.thaw_when_through();
        self.take_standing();
        if self.look_due.is_over() {
            self.look_after();
            self.look_due = Deadline::after(LOOK_AFTER);
        }
        Go::On
    }

    /// Receives what waits for that. Of what is received a stop, and a signal that comes with the thaw, does not end the
    /// wait.
    fn receive_all(&mut self) {
        let is_called = |listener: &Listener| {
            let ready = sys::wait_readable(&[listener.as_fd()], Some(Duration::ZERO)).unwrap_or_default();
            ready.first().is_some_and(|ready| ready.is_readable)
        };
        while self.received.len() < STANDING_MAX && is_called(&self.listener) {
            if let Ok(Some(call)) = self.listener.receive() {
                self.received.push_back(Hold::new(Arc::clone(&self.listener), call));
            }
        }
    }

    /// How long the loop may wait before it has to look after something.
    fn patience(&self) -> Option<Duration> {
        if !self.received.is_empty() {
            return Some(Duration::ZERO);
        }
        let needs_looking_after = !self.parked.is_empty() || !self.waiting.is_empty() || !self.unreported.is_empty();
        let look = needs_looking_after.then(|| self.look_due.left());
        let dues = [self.thaw_due.map(|due| due.left()), self.passed.left(), look];
        dues.into_iter().flatten().min()
    }

    /// Stops the tree, or what of it still runs.
    pub(super) fn freeze(&mut self, newly_held: Option<ProcId>) -> Result<(), String> {
        self.receive_all();
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
        let parked = self.parked.iter().filter_map(|parked| parked.held.thread());
        let waiting = self.waiting.iter().map(|waiting| waiting.hold.thread());
        let standing = self.standing.iter().chain(&self.received).map(Hold::thread);
        parked.chain(waiting).chain(standing).chain(newly_held).collect()
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
            GateOrder::Heard(mark) => self.on_heard(mark),
            GateOrder::Stop => return Go::Out,
        }
        Go::On
    }

    /// Thaws if that is due and no approved exec is on its way any more, or has taken too long.
    pub(super) fn thaw_when_through(&mut self) {
        if self.thaw_due.is_some_and(|due| self.on_their_way == 0 || due.is_over()) {
            self.thaw_due = None;
            if self.frozen.take().is_some() {
                self.report(GateEvent::Thawed);
            }
        }
    }

    /// Finds held calls that are gone, or that waited too long for words, and tries again what could not be reported.
    fn look_after(&mut self) {
        self.judge_unheard(LOOK_AFTER);
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

//! What passes between the gate loop and the rest: the judge it asks, the events it tells, the orders it takes.

use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::gate::{ExecOutcome, Ground, Performer, Sight};
use crate::model::{
    Action, ActionId, Caller, CaseId, FileDeed, Grip, HoldId, Judgement, Keep, Moment, Oracle, Pid, Term, Tool, Tree,
    Untrusted,
};
use crate::sys::{FileId, Listener, Wake};

/// What judges acts for the gate loop.
pub trait Judging: Send {
    /// What it can be told between acts: cues, grants, a new policy.
    type Note: Send;

    /// The judgement on `action`; `oracle` sees the file system as the caller does.
    fn judge(&mut self, action: &Action, oracle: &dyn Oracle) -> Judgement;

    /// Whether what the agent said last could change this judgement, so that it has to be heard first.
    fn hangs_on_words(&self, action: &Action, judgement: &Judgement) -> bool {
        let _ = (action, judgement);
        false
    }

    /// An act was judged and goes on without a question: what follows is judged with it in mind.
    fn goes_on(&mut self, action: &Action, judgement: &Judgement, oracle: &dyn Oracle) {
        let _ = (action, judgement, oracle);
    }

    /// The case whose approval covers this act, which would otherwise be held.
    fn covered(&mut self, action: &Action, judgement: &Judgement) -> Option<CaseId>;

    /// What was judged of such a file call before, where that still holds. Asked before the whole act is read, for every
    /// call: it takes about a microsecond.
    fn passing(&mut self, key: &FileKey) -> Option<Pass> {
        let _ = key;
        None
    }

    /// Whether a file at this absolute path is one whose reading or whose change in place is judged at all.
    fn concerns(&self, deed: FileDeed, path: &[u8]) -> bool {
        let _ = (deed, path);
        false
    }

    /// The operator approved this act; what it announced is covered from now on.
    fn approved(&mut self, case: CaseId, action: &Action, judgement: &Judgement, term: Term);

    /// The operator refused this act, or it expired.
    fn refused(&mut self, action: &Action);

    /// Whether this is the refused act itself in another try, such as the next folder of a search in `PATH`.
    fn is_refused_again(&mut self, action: &Action) -> bool;

    /// Takes a note.
    fn note(&mut self, note: Self::Note);
}

/// A file call as it is known before its whole act is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileKey<'a> {
    /// The process that calls.
    pub process: Pid,
    /// What it would do.
    pub deed: FileDeed,
    /// The folder that the target lies in, absolute, as the caller's root sees it.
    pub folder: &'a [u8],
}

/// What becomes of a file call that needs no judgement of its own.
///
/// The same holds for what is judged: `allow` goes on as it is; `log` is kept first, and where it cannot be kept it is
/// judged once more, as lost; what was held is kept once it is approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pass {
    /// It goes on; nothing is lost, or it is made again.
    Free,
    /// It goes on once what it destroys is kept. What cannot be kept is judged.
    Kept,
    /// The same, because the approval of this case reaches it.
    Covered(CaseId),
    /// It is refused: the operator refused what this command does there.
    Refused,
}

/// What keeps what is about to be destroyed.
pub trait Keeper: Send + Sync {
    /// Keeps it, and says how that went; nothing is tried for what is lost to nobody. Blocks as long as copying takes.
    fn keep(&self, losing: &Losing<'_>) -> Keep;

    /// Whether everything is kept there that goes, even what lies elsewhere too; it is, unless a keeper says otherwise.
    fn keeps_always(&self, _path: &[u8]) -> bool {
        true
    }

    /// How many of a file's names are only ours: links to what was kept for an act that did not happen.
    fn names_of(&self, file: FileId) -> u64;
}

/// What is about to be destroyed, by what.
#[derive(Debug, Clone, Copy)]
pub struct Losing<'a> {
    /// The act.
    pub action: ActionId,
    /// The case whose approval it has, if one does.
    pub case: Option<CaseId>,
    /// What the process runs.
    pub program: &'a Untrusted,
    /// The thing itself, held open.
    pub sight: &'a Sight,
}

/// A point in what the agent prints: all of it until the app loop took the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Mark(pub u64);

/// What the gate loop tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GateEvent {
    /// A call waits until all is heard that the agent has printed by now: [`GateOrder::Heard`] answers, after the notes
    /// that follow from it.
    Waits(Mark),
    /// An act was judged and goes on, or was refused by a rule. The agent's own start is the first, with no finding.
    Judged {
        /// The act.
        action: Action,
        /// What the judge said.
        judgement: Judgement,
        /// The case whose approval covered it, if one did.
        covered_by: Option<CaseId>,
    },
    /// An act is held; the tree stands still where `frozen` says so.
    Held {
        /// What waits for the answer.
        hold: HoldId,
        /// The act, read again after the tree stood still.
        action: Action,
        /// What the judge said of that.
        judgement: Judgement,
        /// The tree as it was stopped.
        tree: Tree,
        /// How long stopping it took; `None` where nothing was stopped.
        frozen: Option<Duration>,
    },
    /// A held call was taken back by the kernel, because its process died or was interrupted, or a hook no longer waits
    /// for its answer. The tree stays as it is.
    Withdrawn(HoldId),
    /// An approved act was let through.
    LetThrough {
        /// The hold it was.
        hold: HoldId,
        /// How it went.
        outcome: ExecOutcome,
    },
    /// An act that was let through was not what was judged, and was killed before it ran.
    Changed {
        /// The act.
        action: ActionId,
        /// The hold it was, if the operator approved it.
        hold: Option<HoldId>,
        /// How it differed.
        why: String,
    },
    /// An act went on without the second look.
    Unverified {
        /// The act.
        action: ActionId,
        /// Why.
        why: String,
    },
    /// A call was refused without a question.
    Refused {
        /// How many so far in this session.
        count: u64,
        /// Why.
        why: String,
    },
    /// What an act destroyed could not be kept.
    NotKept {
        /// How many so far in this session.
        count: u64,
        /// Why, this time.
        why: String,
    },
    /// The tree was stopped by an order.
    Froze(Tree),
    /// The tree could not be stopped by an order; it goes on.
    Unfrozen(String),
    /// The tree goes on.
    Thawed,
    /// No process is left that could be held.
    Deserted,
}

/// What the app loop orders.
#[derive(Debug)]
pub enum GateOrder<N> {
    /// Answer a held call. The journal has the decision by now.
    Reply {
        /// Which.
        hold: HoldId,
        /// The answer.
        answer: Answer,
    },
    /// Judge what the agent's hook asks about, and answer it or keep it as a held call is kept.
    Ask(Box<Question>),
    /// Let the tree go on, once the approved execs are through.
    Thaw,
    /// Stop the tree although nothing is held, or more of it.
    FreezeAll,
    /// Refuse every held call and every later one, and tell the callers why.
    RefuseAll(String),
    /// Tell the judge something.
    Note(N),
    /// All was heard that was printed before this mark, and noted.
    Heard(Mark),
    /// Refuse what is held, thaw, and end. The listener is closed: later calls fail with `ENOSYS`.
    Stop,
}

/// What the agent's hook asks: may this tool call go on?
///
/// It is a prediction, and anybody in the tree can send one: it can open a case, it answers none.
#[derive(Debug)]
pub struct Question {
    /// The process that announces the call: whoever started our hook, as a rule the agent itself.
    pub caller: Caller,
    /// Whether that is the agent, as far as can be told.
    pub by: Announcer,
    /// The call.
    pub tool: Tool,
    /// Whose hook this is. Once it no longer listens, its question is withdrawn.
    pub asker: Asker,
}

/// Who asks what a hook asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Announcer {
    /// The agent.
    Agent,
    /// Something that the agent started.
    Child,
}

/// Where a question's answer goes. Dropped unanswered, the question is refused.
#[derive(Debug)]
pub struct Asker(oneshot::Sender<Told>);

/// What a hook is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// Nothing stands against the call; the agent goes on as if there were no hook.
    Pass,
    /// The call is refused.
    Deny {
        /// Why, for the agent; secrets are not masked yet.
        words: String,
    },
}

impl Asker {
    /// A way for one answer, and where it arrives.
    #[must_use]
    pub fn new() -> (Self, oneshot::Receiver<Told>) {
        let (sender, receiver) = oneshot::channel();
        (Self(sender), receiver)
    }

    /// Whether nobody waits for the answer any more.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.0.is_closed()
    }

    /// Lets the call go on; whether anybody still listened.
    pub fn pass(self) -> bool {
        self.0.send(Told::Pass).is_ok()
    }

    /// Refuses the call. Who no longer listens has been refused all the same.
    pub fn deny(self, words: impl Into<String>) {
        let _ = self.0.send(Told::Deny { words: words.into() });
    }
}

/// The answer to a held call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Let it through; it is compared with what was shown.
    Approve {
        /// The case that was ruled on.
        case: CaseId,
        /// For how long the ruling holds.
        term: Term,
    },
    /// Refuse it with `EACCES`.
    Refuse {
        /// What the caller is told on its standard error.
        words: Option<String>,
    },
}

/// Where events go: gives one back that the queue has no room for.
pub type Sink = Box<dyn Fn(GateEvent) -> Result<(), GateEvent> + Send>;

/// What a gate loop needs to begin.
pub struct GateSetup<J: Judging> {
    /// The listener that the launcher handed over.
    pub listener: Listener,
    /// The launcher's process, which becomes the agent's. It must not have gone yet: its environment is read.
    pub agent: Pid,
    /// What nobody in the tree may change.
    pub ground: Ground,
    /// Who removes and renames, once that may be done.
    pub performer: Performer,
    /// What keeps what is destroyed; without one nothing is kept.
    pub keeper: Option<Arc<dyn Keeper>>,
    /// Programs that are not stopped with the tree (`freeze.except`).
    pub except: Vec<String>,
    /// Whether a hold stops the tree.
    pub grip: Grip,
    /// How long a call waits until the words before it are heard. Then it is judged without them, and what would pass is
    /// refused.
    pub hearing: Duration,
    /// What judges.
    pub judge: J,
    /// Where events go.
    pub sink: Sink,
    /// The session's clock.
    pub clock: Box<dyn Fn() -> Moment + Send>,
    /// Gives out the next act's number.
    pub number: Box<dyn FnMut() -> ActionId + Send>,
}

/// A running gate loop. Dropped, it is told to stop.
#[derive(Debug)]
pub struct GateHandle<N> {
    pub(super) orders: Sender<GateOrder<N>>,
    pub(super) wake: Wake,
    pub(super) thread: Option<JoinHandle<Vec<GateEvent>>>,
}

impl<N: Send + 'static> GateHandle<N> {
    /// What puts questions to the loop and says whether it still runs. It does not keep the loop alive.
    pub fn asking(&self) -> impl Fn(Question) -> bool + Send + Sync + 'static {
        let (orders, wake) = (self.orders.clone(), self.wake.clone());
        move |question| {
            let is_taken = orders.send(GateOrder::Ask(Box::new(question))).is_ok();
            wake.ring();
            is_taken
        }
    }

    /// Gives an order. Never blocks; says whether the loop still runs.
    pub fn order(&self, order: GateOrder<N>) -> bool {
        let is_taken = self.orders.send(order).is_ok();
        self.wake.ring();
        is_taken
    }

    /// Stops the loop and waits until it has ended; what it had to tell last and found no room for in its sink.
    #[must_use = "what is not taken was never told"]
    pub fn stop(mut self) -> Vec<GateEvent> {
        let _ = self.orders.send(GateOrder::Stop);
        self.wake.ring();
        self.thread.take().and_then(|thread| thread.join().ok()).unwrap_or_default()
    }
}

impl<N> Drop for GateHandle<N> {
    fn drop(&mut self) {
        let _ = self.orders.send(GateOrder::Stop);
        self.wake.ring();
    }
}

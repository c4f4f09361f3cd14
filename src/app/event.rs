//! Facts in the past tense: all that can happen to a session.

use std::time::Duration;

use super::{FarCase, StoreStatus, TitleBar};
use crate::model::{
    Action, Case, CaseId, Command, Cue, Decision, Grant, GrantId, HoldId, Judgement, Key, Moment, Mouse, Ruling,
    StandingOrder, Tree, Untrusted,
};

/// Something that happened. The moment it happened is handed to `update` beside it.
#[derive(Debug, Clone)]
pub enum Event {
    /// The agent wrote these bytes to its terminal.
    Output(Vec<u8>),
    /// The operator did something at the terminal.
    Input(Input),
    /// A frame was drawn, and this much of a case was on it.
    Painted(Painting),
    /// Time passed; nothing else happened.
    Ticked,
    /// An act was judged and went on, or was refused by a rule.
    Judged {
        /// The act, secrets masked.
        action: Action,
        /// What the Judge said.
        judgement: Judgement,
        /// The case whose approval covered it, if one did.
        covered_by: Option<CaseId>,
    },
    /// An act is held; the tree stands still where `frozen` says so.
    Held {
        /// What waits for the answer.
        hold: HoldId,
        /// The act, secrets masked.
        action: Action,
        /// What the Judge said.
        judgement: Judgement,
        /// The tree as it was stopped.
        tree: Tree,
        /// How long stopping it took; `None` where nothing was stopped.
        frozen: Option<Duration>,
    },
    /// The kernel took a held call back.
    Withdrawn(HoldId),
    /// An approved act turned out not to be what was shown, and was ended before it ran.
    Voided {
        /// The hold it was.
        hold: HoldId,
        /// How it differed.
        why: String,
    },
    /// Gated calls were refused without a question.
    Refused {
        /// How many so far in this session.
        count: u64,
        /// Why.
        why: String,
    },
    /// The agent said something that counts.
    Said(Cue),
    /// The whole tree was stopped or thawed by the operator.
    Froze(Tree),
    /// The tree goes on.
    Thawed,
    /// The keep-store was looked at.
    StoreSeen(StoreStatus),
    /// The tree was looked at.
    TreeSeen(Tree),
    /// A ruling came in over the decision socket.
    RuledRemotely(RemoteRuling),
    /// The agent ended.
    AgentExited {
        /// Its exit status as `watch` returns it.
        status: i32,
        /// The signal that ended it, if one did.
        signal: Option<i32>,
    },
    /// What the agent left running; empty once nothing is left.
    SurvivorsSeen(Tree),
    /// The journal can no longer be written.
    JournalLost(String),
    /// Output could not be recorded.
    OutputLost {
        /// How many bytes.
        bytes: u64,
        /// Why.
        why: String,
    },
    /// The operator should know of something.
    Warned(String),
    /// A case was told in lines, whole; the digest of what was told.
    Told(CaseId, String),
    /// The operator's other sessions told which cases wait there.
    ElsewhereSeen {
        /// How many sessions answered.
        sessions: usize,
        /// Their cases.
        cases: Vec<FarCase>,
    },
    /// Another session of the operator's asked to stop this one's tree too.
    FreezeAsked,
    /// Another session of the operator's let this one's tree go on, where it was stopped by hand.
    ThawAsked,
    /// A file was written for the operator, or was not; what there is to say of it.
    Written(String),
    /// Theme and keys were read anew, or were not; what there is to say of it.
    LooksRead(String),
    /// We were asked to end: SIGTERM, SIGHUP.
    StopAsked,
    /// In replay: the case was opened as the journal has it.
    Reopened(Box<Case>),
    /// In replay: the case was ruled on as the journal says.
    Replayed {
        /// The case.
        case: CaseId,
        /// The answer it got.
        decision: Decision,
    },
    /// In replay: the case was approved and is let go at this moment.
    Releasing(CaseId, Moment),
    /// In replay: that approval was taken back.
    ReleaseStopped(CaseId),
    /// A standing order holds from now on.
    Ordered(StandingOrder),
    /// An order that came with a mode of the agent is over.
    OrderOver(StandingOrder),
    /// In replay: the session may touch this environment and no other.
    Scoped(String),
    /// In replay: an approval is remembered from now on.
    Granted(Box<Grant>),
    /// In replay: a remembered approval is taken back.
    Revoked(GrantId),
    /// In replay: the agent's terminal got another size, in columns and rows.
    AgentResized(u16, u16),
}

/// What the operator did at the terminal.
#[derive(Debug, Clone)]
pub enum Input {
    /// Pressed a key.
    Key {
        /// The key.
        key: Key,
        /// What the keymap made of it in the mode that was current.
        resolved: Resolved,
        /// Whether the terminal says that the key was held down and repeats.
        is_repeat: bool,
        /// When it arrived. It may be looked at much later: how fast a text was typed goes by this.
        at: Moment,
    },
    /// Typed a line, with `--plain`.
    Line {
        /// The line, without its end.
        text: String,
        /// When it arrived.
        at: Moment,
    },
    /// Pasted a text.
    Paste(String),
    /// Used the mouse; cells of the whole window.
    Mouse(Mouse),
    /// Resized the window to columns and rows.
    Resized(u16, u16),
    /// Came back to the terminal's window, or left it.
    Focused(bool),
}

/// What the keymap made of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolved {
    /// It completes a binding.
    Command(Command),
    /// It begins one.
    Pending,
    /// It means nothing here; in the agent's mode it goes to the agent.
    Unbound,
}

/// What of a case was on the screen when a frame had been drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Painting {
    /// The case that was drawn in focus, if one was.
    pub case: Option<CaseId>,
    /// Hex SHA-256 of the case's text as it was drawn, whole, not only the visible lines.
    pub digest: String,
    /// The case's rows exactly as they were drawn.
    pub rows: Vec<String>,
    /// Whether the last line of the command was visible.
    pub shows_end: bool,
    /// How far the case's text can be scrolled, in lines.
    pub scroll_max: usize,
    /// How far the column beside it can be scrolled, in lines; `None` where there is none.
    pub beside_max: Option<usize>,
    /// Where it is to be scrolled to for each line that contains what is looked for.
    pub found: Vec<usize>,
    /// Where the case's title is, in focus or not.
    pub title: Option<TitleBar>,
}

/// A ruling over the decision socket; who asked has been checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteRuling {
    /// The case it is about.
    pub case: CaseId,
    /// Approve or deny.
    pub ruling: Ruling,
    /// Hex SHA-256 of the text that was shown.
    pub shown: String,
    /// What was typed as the target, for a critical case.
    pub target: Option<Untrusted>,
    /// Words for the agent.
    pub because: Option<Untrusted>,
}

//! One line of the journal.

use serde::{Deserialize, Serialize};

use crate::model::{
    Action, ActionId, CaseId, CaseKind, Cue, Decision, Evidence, Finding, Grant, GrantId, Grip, HoldId, Judgement,
    Moment, Offer, RuledBy, StandingOrder, Tree, Untrusted, Verdict,
};

/// What happened, and when. `seq` and `prev` are added by the writer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// When it happened.
    pub t: Moment,
    /// What happened.
    #[serde(flatten)]
    pub body: Body,
}

/// What is enforced in a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// The kernel holds gated calls.
    Kernel,
    /// Nothing is held.
    Off,
}

/// What happened; the variant is the line's `type` (`CONTRACT.md`, "A session's folder").
#[allow(clippy::large_enum_variant, reason = "entries are handled one at a time; a box would only be in the way")]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Body {
    /// The first line.
    SessionStart {
        /// The journal's format, 1.
        version: u32,
        /// The session's id.
        session: String,
        /// `holdpoint` and its version.
        program: String,
        /// Wall clock at second 0, RFC 3339.
        started: String,
        /// The agent's command.
        agent: Vec<Untrusted>,
        /// Where it was started.
        cwd: Untrusted,
        /// What the operator asked, if known.
        task: Option<Untrusted>,
        /// `balanced`, `strict` or `observe`.
        profile: String,
        /// What is enforced.
        gate: Gate,
        /// How holds are answered: `panel`, `wait`, `deny` or `approve`.
        on_hold: String,
        /// Columns and rows of the agent's terminal.
        size: (u16, u16),
    },
    /// Something the agent did or was about to do.
    Action {
        /// The act, secrets masked.
        action: Action,
        /// What the Judge said.
        verdict: Verdict,
        /// The case whose approval covered it, if one did.
        covered_by: Option<CaseId>,
        /// The grant that covered it, if one did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        granted: Option<GrantId>,
    },
    /// A standing order holds from now on.
    Order {
        /// The order, with its words.
        #[serde(flatten)]
        order: StandingOrder,
    },
    /// A mode that the agent had said it is in is over, and the order that came with it.
    OrderOver {
        /// The order that no longer holds.
        #[serde(flatten)]
        order: StandingOrder,
    },
    /// The session may touch this environment and no other.
    Scope {
        /// Its name.
        scope: String,
    },
    /// An approval is remembered from now on.
    Grant {
        /// What it covers, secrets masked.
        grant: Grant,
    },
    /// A remembered approval is taken back.
    Revoke {
        /// Which.
        grant: GrantId,
    },
    /// Something the agent said.
    Cue {
        /// The saying.
        #[serde(flatten)]
        cue: Cue,
    },
    /// One rule's hit.
    Finding {
        /// The act it was found in; `None` for a saying.
        action: Option<ActionId>,
        /// What was found.
        #[serde(flatten)]
        finding: Finding,
    },
    /// A case was opened.
    Hold {
        /// The case's name.
        case: CaseId,
        /// The held call's number.
        id: HoldId,
        /// What kind of case it is.
        kind: CaseKind,
        /// What is held.
        action: Action,
        /// What the Judge said.
        judgement: Judgement,
        /// The tree as it was stopped.
        tree: Tree,
        /// How it is held.
        grip: Grip,
        /// When it expires.
        expires: Moment,
        /// What the operator can do.
        offer: Offer,
    },
    /// What the operator had on the screen when they ruled at the panel; the decision follows.
    Shown {
        /// The case's name.
        case: CaseId,
        /// What there was to see.
        #[serde(flatten)]
        evidence: Box<Evidence>,
    },
    /// A case was answered.
    Decision {
        /// The case's name.
        case: CaseId,
        /// The answer.
        #[serde(flatten)]
        decision: Decision,
    },
    /// A critical case was approved and is let go at `at`, unless somebody stops it; its decision follows then.
    Release {
        /// The case's name.
        case: CaseId,
        /// When.
        at: Moment,
        /// Who approved.
        by: RuledBy,
        /// Hex SHA-256 of the text that was on the screen.
        shown: String,
    },
    /// An approval that was not let go yet was taken back; the case stays open.
    ReleaseStopped {
        /// The case's name.
        case: CaseId,
    },
    /// The tree was stopped.
    Freeze {
        /// How many processes stand still.
        stopped: usize,
        /// How many there are.
        total: usize,
        /// How long it took, in microseconds.
        micros: u64,
    },
    /// The tree goes on.
    Thaw {},
    /// The kernel took a held call back: its process died or was interrupted.
    Withdrawn {
        /// The case, where one was open.
        case: Option<CaseId>,
        /// The held call's number.
        id: HoldId,
    },
    /// Output that could not be recorded.
    OutputGap {
        /// How many bytes.
        bytes: u64,
        /// Why.
        why: String,
    },
    /// Ties the recording to this chain.
    ScreenMark {
        /// How many bytes of `screen.cast` there are so far.
        offset: u64,
        /// Hex SHA-256 of these bytes.
        hash: String,
    },
    /// The agent's terminal got another size.
    Resize {
        /// Its columns.
        cols: u16,
        /// Its rows.
        rows: u16,
    },
    /// Something went wrong, or the operator should know of it.
    Warning {
        /// What.
        text: String,
    },
    /// The last line.
    Exit {
        /// The agent's exit status as `watch` returns it.
        status: i32,
        /// The signal that ended it, if one did.
        signal: Option<i32>,
    },
}

//! One hold waiting for the operator, and the answer to it.

use serde::{Deserialize, Serialize};

use super::{Action, CaseId, HoldId, Judgement, Moment, Tree, Untrusted};

/// One hold or confirm waiting for the operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Its name.
    pub id: CaseId,
    /// What waits for the answer.
    pub hold: HoldId,
    /// What kind of case it is.
    pub kind: CaseKind,
    /// What is about to happen, secrets masked.
    pub action: Action,
    /// What the Judge says.
    pub judgement: Judgement,
    /// The tree as it was stopped.
    pub tree: Tree,
    /// How the tree is held.
    pub grip: Grip,
    /// When it was opened.
    pub opened: Moment,
    /// When it expires by itself, as a refusal.
    pub expires: Moment,
    /// What the operator can still do about it.
    pub offer: Offer,
    /// How far it has come.
    pub state: CaseState,
}

/// What a case is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseKind {
    /// A held call.
    Call,
    /// A guess about something that matters; no call waits.
    Said,
}

/// How the tree is held while a case is open.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grip {
    /// Every thread of the tree stands still.
    Frozen,
    /// The call alone waits, by a setting of the operator.
    CallOnly,
}

/// What a case offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Offer {
    /// Approve by the approval key.
    Approve,
    /// Approve after the target has been typed.
    TypeTarget {
        /// What is to be typed, exactly.
        target: Untrusted,
    },
    /// No approval can make it work; the command is shown for the operator to run elsewhere.
    RunElsewhere {
        /// Why it cannot work here.
        why: String,
    },
}

/// How far a case has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseState {
    /// It waits.
    Open,
    /// It has its answer.
    Decided(Decision),
}

/// The operator's answer to a Case, with who gave it and on what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// What was answered.
    pub ruling: Ruling,
    /// Who answered.
    pub by: RuledBy,
    /// For how long it holds.
    #[serde(rename = "for")]
    pub term: Term,
    /// Hex SHA-256 of the text that was on the screen; empty where no screen was.
    pub shown: String,
    /// Words for the agent.
    pub because: Option<Untrusted>,
}

/// What the operator answered, or what became of the case without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ruling {
    /// Let it happen.
    Approve,
    /// Refuse it.
    Deny,
    /// Nobody answered in time; refused.
    Expired,
    /// What was held is gone, or is no longer what was shown.
    Void,
}

/// Who ruled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuledBy {
    /// The operator, at the panel.
    Panel,
    /// The operator, by `watch approve` or `watch deny`.
    Remote,
    /// `--on-hold`.
    Option,
    /// The supervisor itself: expiry, a fault, the session's end.
    Watch,
}

/// For how long a ruling holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Term {
    /// For this one act.
    #[default]
    Once,
    /// For this exact action, as long as the session lives.
    Session,
}

impl Case {
    /// Whether it still waits for an answer.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.state == CaseState::Open
    }
}

impl Ruling {
    /// Its word, as in journals.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Deny => "deny",
            Self::Expired => "expired",
            Self::Void => "void",
        }
    }
}

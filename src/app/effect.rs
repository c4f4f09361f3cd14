//! Orders in the imperative: all that `update` can ask the runtime to do.

use crate::journal::Body;
use crate::model::{CaseId, Grant, GrantId, HoldId, StandingOrder, Term, Untrusted};

/// An order to the runtime. The order of Effects is part of their meaning.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Append to the journal.
    Append(Box<Body>),
    /// Force the journal to the disk. If that fails, approvals after it become refusals.
    Sync,
    /// Answer a hold.
    Reply(HoldId, Reply),
    /// Stop the whole tree.
    Freeze,
    /// Let the tree go on.
    Thaw,
    /// Type these bytes into the agent's terminal.
    Type(Vec<u8>),
    /// Give the agent's terminal another size, in columns and rows.
    ResizeAgent(u16, u16),
    /// Put a marker into the recording.
    Mark {
        /// The case it marks.
        case: CaseId,
        /// What it says.
        label: String,
    },
    /// Tell the operator that there is a case: bell, notification, title.
    Notify {
        /// How many cases are open.
        open: usize,
    },
    /// Put a text on the operator's clipboard.
    Copy(String),
    /// Write a text into a file of the session's folder, and tell the operator where.
    Write {
        /// The file's name.
        name: String,
        /// The text.
        text: String,
        /// What is in it, in words.
        what: String,
    },
    /// Ask the operator's other sessions which cases wait there.
    LookElsewhere,
    /// Ask them to stop their trees.
    FreezeElsewhere,
    /// Ask them to let their trees go on, where they were stopped by hand.
    ThawElsewhere,
    /// Ask one of them to refuse a case of its own.
    DenyElsewhere {
        /// The session's name.
        session: String,
        /// The case's name there.
        case: CaseId,
    },
    /// Tell the judge of an order that holds from now on.
    Order(StandingOrder),
    /// Tell the judge that an order is over.
    OrderOver(StandingOrder),
    /// Tell the judge of a grant.
    Grant(Box<Grant>),
    /// Tell the judge that a grant is taken back.
    Revoke(GrantId),
    /// Ask the agent to end (SIGHUP, then SIGTERM, then SIGKILL).
    EndAgent,
    /// Ask what the agent left running to end.
    EndSurvivors,
    /// Refuse every gated call from now on.
    RefuseAll(String),
    /// Leave the loop; the session is over.
    Quit,
}

/// The answer to a hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Let the act happen; it is compared once more with what was shown.
    Continue {
        /// The case whose approval this is, so that its announced acts are covered.
        case: CaseId,
        /// For how long it holds.
        term: Term,
    },
    /// Refuse it, with words for the agent's standard error.
    Refuse {
        /// The words.
        words: Untrusted,
    },
}

/// Effects in the order in which they are to be run.
#[derive(Debug, Clone, Default, PartialEq)]
#[must_use = "effects that nobody runs are promises broken"]
pub struct Effects(Vec<Effect>);

impl Effects {
    /// Nothing to do.
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds one at the end.
    pub fn push(&mut self, effect: Effect) {
        self.0.push(effect);
    }

    /// Adds a journal line at the end.
    pub fn append(&mut self, body: Body) {
        self.0.push(Effect::Append(Box::new(body)));
    }

    /// Adds all of `others` at the end.
    pub fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// The effects as a slice.
    #[must_use]
    pub fn as_slice(&self) -> &[Effect] {
        &self.0
    }
}

impl IntoIterator for Effects {
    type Item = Effect;
    type IntoIter = std::vec::IntoIter<Effect>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

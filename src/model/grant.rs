//! Remembered approvals.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{ActionKind, CaseId, Finding, Moment, RuleId, Untrusted};

/// A Grant's number within its session, written `g1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GrantId(pub u32);

/// One remembered approval. It never covers what is critical, and beats neither a deny rule nor a standing order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Its name.
    pub id: GrantId,
    /// Who gave it.
    pub from: GrantFrom,
    /// When it was given.
    pub at: Moment,
    /// What it covers.
    pub what: Granted,
    /// The rules whose hits it covers. Empty: every rule of the packs.
    pub rules: Vec<RuleId>,
}

/// Who gave a grant.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantFrom {
    /// The operator, over this case.
    Case(CaseId),
    /// `policy.toml`, on this line.
    Policy(usize),
}

/// What a grant covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Granted {
    /// This very act, as long as nothing else is found in it.
    Exact {
        /// The act.
        action: Box<ActionKind>,
        /// What was found in it: rule and target.
        found: Vec<(RuleId, Option<Untrusted>)>,
    },
    /// Acts whose one command that changes something has these words. A `*` stands for any text within a word, but for
    /// no slash, no leading dash and no `..`.
    Pattern {
        /// The words, the program first.
        words: Vec<String>,
        /// The folder it runs in. `None`: any.
        cwd: Option<Untrusted>,
    },
}

impl Granted {
    /// The grant of this very act with what was found in it.
    #[must_use]
    pub fn exact(action: &ActionKind, findings: &[Finding]) -> Self {
        let found = findings.iter().map(|finding| (finding.rule.clone(), finding.target.clone())).collect();
        Self::Exact { action: Box::new(action.clone()), found }
    }

    /// One line that says what it is, safe to draw.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::Exact { action, .. } => match action.as_ref() {
                ActionKind::Exec(exec) => exec.shown(),
                ActionKind::Text(text) => text.text.shown(),
                ActionKind::Tool(tool) => tool.shown(),
            },
            Self::Pattern { words, .. } => Untrusted::from(words.join(" ")).shown(),
        }
    }
}

impl fmt::Display for GrantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "g{}", self.0)
    }
}

impl Grant {
    /// One line for lists, safe to draw: `g1 git push origin 'feature/*' (c3)`.
    #[must_use]
    pub fn shown(&self) -> String {
        let from = match &self.from {
            GrantFrom::Case(case) => case.to_string(),
            GrantFrom::Policy(line) => format!("policy.toml:{line}"),
        };
        let kind = match &self.what {
            Granted::Exact { .. } => "exactly",
            Granted::Pattern { .. } => "pattern",
        };
        format!("{} {kind} {} ({from})", self.id, self.what.shown())
    }
}

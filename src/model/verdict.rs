//! The Judge's answer.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Announced, Blast, Finding, GrantId, Intent, Link, SecretHandle, Tier, Untrusted};

/// What the Judge says of an Action; ordered, the worst finding decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[must_use = "a verdict that nobody follows lets the act through"]
pub enum Verdict {
    /// It goes on; nothing is said.
    #[default]
    Allow,
    /// It goes on and is noted.
    Log,
    /// It waits for the operator.
    Hold,
    /// It waits for the operator, who has to type its target.
    Confirm,
    /// It is refused at once.
    Deny,
}

/// A Verdict with all that led to it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[must_use = "a judgement that nobody follows lets the act through"]
pub struct Judgement {
    /// What is to happen.
    pub verdict: Verdict,
    /// Every rule that hit, the worst first.
    pub findings: Vec<Finding>,
    /// What it would destroy.
    pub blast: Blast,
    /// The earlier events that explain it, oldest first.
    pub chain: Vec<Link>,
    /// The program starts this one announces, for one question per act.
    pub announced: Vec<Announced>,
    /// Why no approval can make it work, such as `sudo` under no_new_privs. The operator may run it elsewhere.
    pub cannot_work: Option<String>,
    /// The tool call that the act belongs to, where the agent announced one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<Box<Intent>>,
    /// The commands in it that do more than read, word by word, where it waits: what a grant by pattern speaks of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<Vec<Untrusted>>,
    /// The grant that lets it go on, where it would have been held without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub granted: Option<GrantId>,
    /// The secrets that stand in it, where it waits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<SecretHandle>,
}

impl Verdict {
    /// Its word, as in journals and answers.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Log => "log",
            Self::Hold => "hold",
            Self::Confirm => "confirm",
            Self::Deny => "deny",
        }
    }

    /// Whether the act waits for the operator.
    #[must_use]
    pub fn waits(self) -> bool {
        matches!(self, Self::Hold | Self::Confirm)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl Judgement {
    /// The worst finding's tier.
    #[must_use]
    pub fn tier(&self) -> Option<Tier> {
        self.findings.iter().map(|finding| finding.tier).max()
    }

    /// The finding that names the case: the worst, the first of its tier.
    #[must_use]
    pub fn worst(&self) -> Option<&Finding> {
        let tier = self.tier()?;
        self.findings.iter().find(|finding| finding.tier == tier)
    }
}

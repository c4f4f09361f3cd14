//! What a Rule found, how bad it is and what it would destroy.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Moment, Untrusted};

/// How bad a Finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Can be taken back or made again.
    Low,
    /// Touches a secret, an environment or somebody else's state.
    Medium,
    /// Cannot be taken back.
    High,
    /// Production data, backups, a whole home, disk or account.
    Critical,
}

/// What kind of danger a Finding names (`CONTRACT.md`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Something is removed, emptied or overwritten.
    Delete,
    /// A credential is looked for or read.
    TokenDiscovery,
    /// The agent states as fact what it does not know.
    Guessing,
    /// Production is what it acts on.
    Production,
    /// It gains rights.
    Privilege,
    /// Data leaves.
    Exfiltration,
    /// It changes what guards it, or what runs later.
    Tampering,
    /// Code nobody has seen is run.
    RemoteExec,
    /// An irreversible act on something this session never looked at.
    Unverified,
    /// The text could not be read whole.
    Unparsed,
}

/// A rule's full name, `pack/rule`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RuleId(pub String);

/// A range of bytes `[from, to)` in the text that was judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Span(pub usize, pub usize);

/// Whether what is destroyed can be brought back.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Undo {
    /// We do not know.
    #[default]
    Unknown,
    /// There is no way back.
    None,
    /// There is; how.
    By(String),
}

/// One rule's hit on one Action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Which rule hit.
    pub rule: RuleId,
    /// What kind of danger it is.
    pub class: Class,
    /// How bad it is.
    pub tier: Tier,
    /// Where in the judged text. For an exec the text is its words joined by single blanks.
    pub span: Span,
    /// In a few words, what happens: "overwrites a remote branch".
    pub title: String,
    /// Why that matters.
    pub why: String,
    /// What to do instead, if the rule knows.
    pub instead: Option<String>,
    /// What it hits: a path, a volume, a host. The critical one is what the operator types.
    pub target: Option<Untrusted>,
    /// Whether there is a way back.
    pub undo: Undo,
}

/// One program start that a text announced, so that its ruling can cover the fact (one act, one Case).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announced {
    /// Its words, the program's name first.
    pub words: Vec<Word>,
}

/// A word of an announced program start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// Exactly these bytes.
    Literal(Untrusted),
    /// A file-name pattern; stands for any number of words that match it.
    Glob(String),
    /// Something only the shell knows. It covers no fact.
    Open,
}

/// An earlier event of the session that explains a Finding; the case draws them as CHAIN.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// When it happened.
    pub at: Moment,
    /// What kind of event it was.
    pub kind: LinkKind,
    /// What happened, masked.
    pub what: Untrusted,
    /// What is to be said of it, such as "401 mismatch".
    pub note: String,
}

/// The kinds of events in a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    /// A program ran.
    Run,
    /// A file was read.
    Read,
    /// The agent said something.
    Said,
    /// A request went out.
    Net,
    /// A program start that is held.
    Exec,
}

/// What an Action would destroy, as far as the judge can tell.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Blast {
    /// What is hit, the worst first. Empty: unknown.
    pub targets: Vec<Untrusted>,
    /// Which environment they belong to. `None`: unknown.
    pub environment: Option<String>,
    /// What is known of backups. `None`: unknown.
    pub backups: Option<String>,
    /// Whether there is a way back.
    pub undo: Undo,
    /// For a file call, the folder below which the ruling holds for whatever else its command does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<Untrusted>,
    /// Further folders that it holds for in the same way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub further: Vec<Untrusted>,
    /// For a file call in a folder too wide for that, which names in it, as `FOLDER/*` or `FOLDER/*.ENDING`, the ruling
    /// holds for: not what lies below its folders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beside: Option<Untrusted>,
}

impl Finding {
    /// A hit of `rule` with what every finding has; the rest is added by the methods below.
    #[must_use]
    pub fn new(rule: &str, class: Class, tier: Tier, span: Span, title: &str, why: &str) -> Self {
        Self {
            rule: RuleId(rule.to_owned()),
            class,
            tier,
            span,
            title: title.to_owned(),
            why: why.to_owned(),
            instead: None,
            target: None,
            undo: Undo::Unknown,
        }
    }

    /// Whether a rule speaks of a door whose holder may press the operator's keys (`rules/doors.toml`).
    #[must_use]
    pub fn is_of_keys(rule: &RuleId) -> bool {
        rule.0.starts_with("doors/keys-")
    }

    /// The same, with what to do instead.
    #[must_use]
    pub fn instead(mut self, instead: &str) -> Self {
        self.instead = Some(instead.to_owned());
        self
    }

    /// The same, with what it hits.
    #[must_use]
    pub fn target(mut self, target: impl Into<Untrusted>) -> Self {
        self.target = Some(target.into());
        self
    }

    /// The same, with whether there is a way back.
    #[must_use]
    pub fn undo(mut self, undo: Undo) -> Self {
        self.undo = undo;
        self
    }
}

impl Tier {
    /// All tiers, the mildest first.
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Critical];

    /// Its word, as in journals and rules.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl Class {
    /// Its word, as in journals and rules.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Delete => "delete",
            Self::TokenDiscovery => "token_discovery",
            Self::Guessing => "guessing",
            Self::Production => "production",
            Self::Privilege => "privilege",
            Self::Exfiltration => "exfiltration",
            Self::Tampering => "tampering",
            Self::RemoteExec => "remote_exec",
            Self::Unverified => "unverified",
            Self::Unparsed => "unparsed",
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

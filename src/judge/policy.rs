//! What is done about a finding: the operator's part of the judgement.

use std::str::FromStr;

use super::act::wild;
use super::scope::Scope;
use crate::model::{Finding, Given, Grant, GrantId, StandingOrder, Tier, Verdict};
use crate::shell::joined_path;

/// How strict the operator wants it; ordered, the mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Profile {
    /// Everything is logged.
    Observe,
    /// Low is logged, medium and high are held, critical is confirmed.
    #[default]
    Balanced,
    /// Low is held too.
    Strict,
}

/// A text that names no profile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no profile `{0}`")]
pub struct UnknownProfile(pub String);

/// The operator's part of the judgement, as a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    /// How strict it is.
    pub profile: Profile,
    /// Rules whose hit is refused at once: full names, or `pack/*`.
    pub deny: Vec<String>,
    /// Names that are production here, whatever else they say: hosts, contexts, databases, projects.
    pub production: Vec<String>,
    /// The environment that the session may touch. `None`: nothing is said about it.
    pub scope: Option<Scope>,
    /// The operator's words that hold whatever the agent decides.
    pub orders: Vec<StandingOrder>,
    /// Remembered approvals.
    pub grants: Vec<Grant>,
    /// Folders in which whatever is removed or overwritten is kept and never asked about.
    pub keep: Vec<String>,
    /// Files and folders that nobody may open to change them in place without a question.
    pub protect: Vec<String>,
    /// Whether opens that only read are seen in other profiles than `strict`, too.
    pub reads: bool,
    /// The project's folder; `None`: the folder an act runs in.
    pub project: Option<String>,
    /// The home folder; `None`: guessed from the folder.
    pub home: Option<String>,
}

impl Profile {
    /// All of them, the default first.
    pub const ALL: [Self; 3] = [Self::Balanced, Self::Strict, Self::Observe];

    /// Its word, as options and files write it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Balanced => "balanced",
            Self::Strict => "strict",
            Self::Observe => "observe",
        }
    }

    /// What is done about a finding of this tier.
    pub fn verdict(self, tier: Tier) -> Verdict {
        match (self, tier) {
            (Self::Observe, Tier::Low | Tier::Medium | Tier::High | Tier::Critical) => Verdict::Log,
            (Self::Balanced, Tier::Low) => Verdict::Log,
            (Self::Strict, Tier::Low) => Verdict::Hold,
            (Self::Balanced | Self::Strict, Tier::Medium | Tier::High) => Verdict::Hold,
            (Self::Balanced | Self::Strict, Tier::Critical) => Verdict::Confirm,
        }
    }
}

impl FromStr for Profile {
    type Err = UnknownProfile;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|profile| profile.word() == word).ok_or_else(|| UnknownProfile(word.to_owned()))
    }
}

impl Policy {
    /// What is done about these findings: the worst decides.
    pub fn verdict(&self, findings: &[Finding]) -> Verdict {
        findings.iter().map(|finding| self.of(finding)).max().unwrap_or_default()
    }

    /// Whether opens that only read are seen: the gate is told of every one, which costs.
    #[must_use]
    pub fn sees_reads(&self) -> bool {
        self.reads || self.profile == Profile::Strict
    }

    /// Folders that were named from the home folder or from the project's are named whole.
    pub(super) fn place(&mut self) {
        let (home, project) = (self.home.as_deref(), self.project.as_deref());
        for path in self.keep.iter_mut().chain(&mut self.protect) {
            let whole = match (path.strip_prefix("~/"), home) {
                (Some(rest), Some(home)) => joined_path(Some(home), rest),
                _ => joined_path(project, path),
            };
            if let Some(whole) = whole {
                *path = whole;
            }
        }
    }

    /// A standing order holds from now on. What a mode of the agent brings replaces what its mode before brought.
    pub fn order(&mut self, order: StandingOrder) {
        if order.given == Given::Mode {
            self.orders.retain(|known| known.given != Given::Mode);
        }
        if !self.orders.contains(&order) {
            self.orders.push(order);
        }
    }

    /// An order of a mode is over. Orders of the operator stay, whatever is said.
    pub fn order_over(&mut self, order: &StandingOrder) {
        self.orders.retain(|known| known.given != Given::Mode || known != order);
    }

    /// An approval is remembered from now on.
    pub fn grant(&mut self, grant: Grant) {
        self.revoke(grant.id);
        self.grants.push(grant);
    }

    /// A remembered approval is taken back.
    pub fn revoke(&mut self, id: GrantId) {
        self.grants.retain(|grant| grant.id != id);
    }

    pub(super) fn of(&self, finding: &Finding) -> Verdict {
        let id = finding.rule.0.as_str();
        let is_denied = self.deny.iter().any(|rule| wild(rule, id));
        if is_denied { Verdict::Deny } else { self.profile.verdict(finding.tier) }
    }
}

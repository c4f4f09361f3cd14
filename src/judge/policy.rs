//! What is done about a finding: the operator's part of the judgement.

use crate::model::{Finding, Tier, Verdict};

/// How strict the operator wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Profile {
    /// Low is logged, medium and high are held, critical is confirmed.
    #[default]
    Balanced,
    /// Low is held too.
    Strict,
    /// Everything is logged.
    Observe,
}

/// The operator's part of the judgement, as a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    /// How strict it is.
    pub profile: Profile,
    /// Rules whose hit is refused at once: full names, or `pack/*`.
    pub deny: Vec<String>,
    /// Names that are production here, whatever else they say: hosts, contexts, databases, projects.
    pub production: Vec<String>,
    /// The project's folder; `None`: the folder an act runs in.
    pub project: Option<String>,
    /// The home folder; `None`: guessed from the folder.
    pub home: Option<String>,
}

impl Profile {
    /// All of them.
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

impl Policy {
    /// What is done about these findings: the worst decides.
    pub fn verdict(&self, findings: &[Finding]) -> Verdict {
        findings.iter().map(|finding| self.of(finding)).max().unwrap_or_default()
    }

    fn of(&self, finding: &Finding) -> Verdict {
        let id = finding.rule.0.as_str();
        let is_denied = self.deny.iter().any(|rule| super::act::wild(rule, id));
        if is_denied { Verdict::Deny } else { self.profile.verdict(finding.tier) }
    }
}

//! What was denied and is tried again: it escalates, and does not ring twice (`UX.md`, R24).

use super::State;
use crate::model::{
    Action, ActionKind, Case, CaseId, CaseState, Class, Finding, Judgement, RuledBy, Ruling, Span, Tier, Verdict,
};

/// The rule that names it.
const RULE: &str = "session/denied-before";
/// Why it matters.
const WHY: &str = "You refused this very act in this session, and it is tried again. A refusal is an answer, and a retry no \
                   new reason: whoever approves it now types what it hits.";

/// The case in which the operator denied this very act, if there is one.
pub(super) fn denied_before(state: &State, action: &Action) -> Option<CaseId> {
    let is_denial = |case: &&Case| match &case.state {
        CaseState::Decided(decision) => {
            decision.ruling == Ruling::Deny && matches!(decision.by, RuledBy::Panel | RuledBy::Remote)
        }
        CaseState::Open => false,
    };
    state.docket.decided().rev().filter(is_denial).find(|case| is_same(&case.action, action)).map(|case| case.id)
}

/// Whether two acts do the same in the same place. Who asks, when, and through which pipe does not matter.
fn is_same(one: &Action, other: &Action) -> bool {
    match (&one.kind, &other.kind) {
        (ActionKind::Exec(one), ActionKind::Exec(other)) => {
            one.argv == other.argv && one.cwd == other.cwd && one.resolved == other.resolved && one.path == other.path
        }
        (ActionKind::Tool(one), ActionKind::Tool(other)) => {
            one.name == other.name && one.deed == other.deed && one.cwd == other.cwd
        }
        (ActionKind::Text(one), ActionKind::Text(other)) => one == other,
        (ActionKind::File(one), ActionKind::File(other)) => one == other,
        (ActionKind::Connect(one), ActionKind::Connect(other)) => one == other,
        (ActionKind::Kill(one), ActionKind::Kill(other)) => one == other,
        (
            ActionKind::Exec(_)
            | ActionKind::Tool(_)
            | ActionKind::Text(_)
            | ActionKind::File(_)
            | ActionKind::Connect(_)
            | ActionKind::Kill(_),
            _,
        ) => false,
    }
}

/// Makes a judgement one tier worse, and says why.
pub(super) fn escalate(judgement: &mut Judgement, denied: CaseId) {
    let worst = judgement.worst();
    let tier = worse(worst.map_or(Tier::Low, |finding| finding.tier));
    let class = worst.map_or(Class::Unverified, |finding| finding.class);
    let what = worst.map_or_else(String::new, |finding| format!(": {}", finding.title));
    let mut finding = Finding::new(RULE, class, tier, Span(0, 0), &format!("denied before, as {denied}{what}"), WHY);
    finding.target = worst.and_then(|finding| finding.target.clone());
    judgement.findings.insert(0, finding);
    judgement.verdict = judgement.verdict.max(if tier == Tier::Critical { Verdict::Confirm } else { Verdict::Hold });
}

fn worse(tier: Tier) -> Tier {
    match tier {
        Tier::Low => Tier::Medium,
        Tier::Medium => Tier::High,
        Tier::High | Tier::Critical => Tier::Critical,
    }
}

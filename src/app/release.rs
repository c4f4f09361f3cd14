//! The approval of a critical act is not let go at once: it stands in plain sight for a while, and a denial still stops
//! it.

use std::time::Duration;

use super::keys::say;
use super::rule;
use super::{Effects, State};
use crate::journal::Body;
use crate::model::{CaseId, Decision, Moment, Offer, RuledBy, Ruling, Term};

/// How long an approval with a typed target waits before the act is let go.
pub(super) const RELEASE_AFTER: Duration = Duration::from_secs(10);

/// An approval that is given, and whose act is still held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// The case.
    pub case: CaseId,
    /// When the act is let go.
    pub at: Moment,
    /// The approval, as it is journalled then.
    pub decision: Decision,
}

/// Takes the operator's approval: at once, or where a target had to be typed for it, after a countdown.
pub(super) fn approve(state: &mut State, id: CaseId, decision: Decision) -> Effects {
    let waits =
        state.docket.get(id).is_some_and(|case| case.is_open() && matches!(case.offer, Offer::TypeTarget { .. }));
    if !waits {
        return rule::rule(state, id, decision);
    }
    let mut effects = Effects::none();
    if state.docket.release_of(id).is_some() {
        return effects;
    }
    let at = state.now.plus(RELEASE_AFTER);
    effects.append(Body::Release { case: id, at, by: decision.by, shown: decision.shown.clone() });
    effects.push(super::Effect::Sync);
    state.docket.release(Release { case: id, at, decision });
    effects
}

/// In replay: the case was approved, and is let go at `at` unless the journal says otherwise.
pub(super) fn replayed(state: &mut State, case: CaseId, at: Moment) -> Effects {
    let decision =
        Decision { ruling: Ruling::Approve, by: RuledBy::Panel, term: Term::Once, shown: String::new(), because: None };
    state.docket.release(Release { case, at, decision });
    Effects::none()
}

/// Takes approvals back that are not let go yet; their cases stay held. `of` names one, nobody all.
pub(super) fn stop(state: &mut State, of: Option<CaseId>) -> Effects {
    let mut effects = Effects::none();
    for case in state.docket.stop_releases(of) {
        effects.append(Body::ReleaseStopped { case });
        say(state, format!("the approval of {case} is taken back; it stays held"));
    }
    effects
}

/// Lets go what has waited long enough.
pub(super) fn ticked(state: &mut State) -> Effects {
    let now = state.now;
    let due: Vec<Release> = state.docket.releases().iter().filter(|release| release.at <= now).cloned().collect();
    let mut effects = Effects::none();
    for release in due {
        let id = release.case;
        effects.extend(rule::rule(state, id, release.decision));
        say(state, format!("{id} approved once, let go"));
    }
    effects
}

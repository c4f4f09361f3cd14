//! Cases of the operator's other sessions, as those sessions tell of them: listed in the docket, where they can be denied.
//! Approved they are where they are shown whole.

use std::time::Duration;

use super::keys::say;
use super::{Effect, Effects, Layer, State};
use super::{layers, rulings};
use crate::model::{Case, CaseId, Moment, Tier};

/// How often the other sessions are asked while the docket is open.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// A case's name where there are several sessions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum CaseName {
    /// One of this session's.
    Here(CaseId),
    /// Another session's.
    There {
        /// The session's name.
        session: String,
        /// The case's name there.
        case: CaseId,
    },
}

/// A case that waits in another session. All text is safe to draw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FarCase {
    /// The session's name.
    pub session: String,
    /// Where it works and who, for people.
    pub place: String,
    /// Its name there.
    pub case: CaseId,
    /// The worst finding's tier.
    pub tier: Option<Tier>,
    /// What is held.
    pub what: String,
    /// Since when, by our clock.
    pub opened: Moment,
    /// When it expires, by our clock.
    pub expires: Moment,
}

impl FarCase {
    /// What it is called here.
    #[must_use]
    pub fn name(&self) -> CaseName {
        CaseName::There { session: self.session.clone(), case: self.case }
    }
}

impl From<&Case> for CaseName {
    fn from(case: &Case) -> Self {
        Self::Here(case.id)
    }
}

/// What is known of the other sessions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Elsewhere {
    /// The cases that wait there, worst tier first, then oldest.
    pub cases: Vec<FarCase>,
    /// How many other sessions run.
    pub sessions: usize,
    /// Whether every session was stopped from here.
    pub is_stopped: bool,
    looked: Option<Moment>,
}

/// Asks the other sessions, where the docket is open and they were not asked just now.
pub(super) fn look(state: &mut State) -> Effects {
    let mut effects = Effects::none();
    let is_open = matches!(state.interaction.layers.last(), Some(Layer::Docket { .. }));
    let is_due = state.elsewhere.looked.is_none_or(|at| state.now.since(at) >= LOOK_EVERY);
    if is_open && is_due && !state.settings.is_replay {
        state.elsewhere.looked = Some(state.now);
        effects.push(Effect::LookElsewhere);
    }
    effects
}

/// Takes what they told.
pub(super) fn seen(state: &mut State, sessions: usize, mut cases: Vec<FarCase>) {
    cases.sort_by_key(|case| (std::cmp::Reverse(case.tier), case.opened));
    state.elsewhere.sessions = sessions;
    state.elsewhere.cases = cases;
    layers::repair(state);
}

/// Refuses a case of another session. It is gone from the list at once; a refusal that did not arrive shows at the next look.
pub(super) fn deny(state: &mut State, session: &str, case: CaseId) -> Effects {
    let is_it = |far: &FarCase| far.session == session && far.case == case;
    let place = state.elsewhere.cases.iter().find(|far| is_it(far)).map(|far| far.place.clone()).unwrap_or_default();
    state.elsewhere.cases.retain(|far| !is_it(far));
    say(state, format!("{case} of {place} is being denied"));
    let mut effects = Effects::none();
    effects.push(Effect::DenyElsewhere { session: session.to_owned(), case });
    effects
}

/// Says where a case of another session can be looked at whole, which is where it can be approved.
pub(super) fn show_where(state: &mut State, session: &str, case: CaseId) {
    say(state, format!("open it there, or by watch approve {case} --session {session}"));
}

/// Stops the trees of every session, or lets them go on where that was done before.
pub(super) fn freeze(state: &mut State) -> Effects {
    let mut effects = Effects::none();
    if state.settings.is_replay {
        return effects;
    }
    state.elsewhere.is_stopped = !state.elsewhere.is_stopped;
    let is_stopped = state.elsewhere.is_stopped;
    if is_stopped != state.is_stopped_by_hand {
        effects.extend(rulings::freeze_all(state));
    }
    effects.push(if is_stopped { Effect::FreezeElsewhere } else { Effect::ThawElsewhere });
    say(
        state,
        if is_stopped { "every session is stopped; the same key lets them go on" } else { "every session goes on" },
    );
    effects
}

/// Another session of the operator's asked to stop here too.
pub(super) fn asked_to_freeze(state: &mut State) -> Effects {
    if state.is_stopped_by_hand {
        return Effects::none();
    }
    let effects = rulings::freeze_all(state);
    say(state, "everything is stopped, from another session");
    effects
}

/// Another session of the operator's takes a stop by hand back. What is held stays held.
pub(super) fn asked_to_thaw(state: &mut State) -> Effects {
    if state.is_stopped_by_hand { rulings::freeze_all(state) } else { Effects::none() }
}

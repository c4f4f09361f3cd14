//! The lock before an approval (`UX.md`, R10): what must hold before the approval key does anything.

use std::time::Duration;

use super::{CaseView, Layer, Lock, State, is_roomy};
use crate::model::{Moment, Offer};

/// How long a case must have been on the screen, unchanged, before it can be approved.
pub(super) const PAINTED_FOR: Duration = Duration::from_millis(700);
/// How long no key may have been pressed.
pub(super) const QUIET_FOR: Duration = Duration::from_millis(400);
/// How long the operator's terminal must have had the focus, where it says so.
pub(super) const FOCUSED_FOR: Duration = Duration::from_millis(400);
/// The step in which the waiting is counted down on the screen.
const COUNTDOWN_STEP: Duration = Duration::from_millis(100);

/// Whether the case on the screen can be approved now.
#[must_use]
pub fn lock(state: &State) -> Lock {
    let Some(view) = &state.interaction.case else { return closed("no case is open") };
    if let Some(why) = standing(state, view) {
        return closed(why);
    }
    match waits(state, view).into_iter().filter(|(until, _)| *until > state.now).max_by_key(|(until, _)| *until) {
        None => Lock::Open,
        Some((until, why)) => {
            let millis = u64::try_from(until.since(state.now).as_micros().div_ceil(1_000)).unwrap_or(u64::MAX);
            Lock::Closed { why, millis: Some(millis) }
        }
    }
}

/// When the lock next looks different by itself: in steps of a countdown, or open.
pub(super) fn next_change(state: &State) -> Option<Moment> {
    match lock(state) {
        Lock::Closed { millis: Some(millis), .. } => {
            let step = u64::try_from(COUNTDOWN_STEP.as_millis()).unwrap_or(u64::MAX).max(1);
            let to_next = millis.saturating_sub(1) % step + 1;
            Some(state.now.plus(Duration::from_millis(to_next)))
        }
        Lock::Closed { millis: None, .. } | Lock::Open => None,
    }
}

fn closed(why: &str) -> Lock {
    Lock::Closed { why: why.to_owned(), millis: None }
}

/// What keeps it closed until something is done about it.
fn standing<'a>(state: &'a State, view: &CaseView) -> Option<&'a str> {
    let Some(case) = state.docket.get(view.id).filter(|case| case.is_open()) else { return Some("it was answered") };
    if state.settings.is_replay {
        return Some("this is a recording");
    }
    if state.journal_lost.is_some() {
        return Some("the journal cannot be written");
    }
    if state.docket.release_of(view.id).is_some() {
        return Some("it is approved already");
    }
    if let Offer::RunElsewhere { .. } = case.offer {
        return Some("no approval can make it work here");
    }
    if !is_roomy(state.window) {
        return Some("the window is smaller than 40x12");
    }
    if view.focused.is_none()
        || !matches!(state.interaction.layers.last(), Some(Layer::Case | Layer::Confirm { .. } | Layer::Grant { .. }))
    {
        return Some("the case has not the keyboard");
    }
    if view.painted.is_none() || view.digest.is_empty() {
        return Some("not drawn yet");
    }
    if !view.seen_to_end {
        return Some("scroll to its end first");
    }
    if matches!(state.interaction.has_focus, Some((false, _))) {
        return Some("this terminal has not the focus");
    }
    None
}

/// What time alone will settle, and when.
fn waits(state: &State, view: &CaseView) -> Vec<(Moment, String)> {
    let reading = "still reading".to_owned();
    let again = view.restarted_by.as_ref().map_or_else(|| reading.clone(), |why| format!("again: {why}"));
    let mut waits = Vec::new();
    waits.extend(view.painted.map(|painted| (painted.plus(PAINTED_FOR), reading.clone())));
    waits.extend(view.focused.map(|focused| (focused.plus(QUIET_FOR), reading.clone())));
    if view.restarted_by.is_some() {
        waits.push((view.restarted.plus(QUIET_FOR), again));
    }
    waits.extend(state.interaction.last_key.map(|key| {
        let is_opening = view.focused.is_some_and(|focused| key <= focused);
        (key.plus(QUIET_FOR), if is_opening { reading } else { "a key was pressed".to_owned() })
    }));
    if let Some((true, since)) = state.interaction.has_focus {
        waits.push((since.plus(FOCUSED_FOR), "this terminal has just got the focus".to_owned()));
    }
    waits
}

//! Commands that answer cases: deny, approve under the lock, a typed target, the end of the session.

use std::time::Duration;

use super::keys::{Press, restart, say};
use super::rule;
use super::{
    AgentState, CaseName, Effect, Effects, Layer, Lock, State, elsewhere, evidence, is_roomy, layers, release,
    shared_keyboard,
};
use crate::model::{CaseId, Command, Decision, Moment, Offer, RuledBy, Ruling, Term, Untrusted};

/// How long the first of the two keys that end a session counts.
const ENDING_FOR: Duration = Duration::from_secs(3);
/// The least time a hand takes from one character of a target to the next; what is faster was not typed.
const HAND_PER_CHAR: Duration = Duration::from_millis(15);
/// What the agent is told when the operator ends the session over a case.
const ENDED: &str = "Denied by the operator, who ended the session.";

/// Does what a command says about a case.
pub(super) fn run(state: &mut State, command: Command, press: &Press) -> Effects {
    match (command, state.interaction.layers.last()) {
        (Command::DenyCase, Some(Layer::Case | Layer::Grant { .. })) => rule_shown(state, Ruling::Deny, None, press),
        (Command::DenyCase, Some(Layer::Docket { selected: Some(name), .. })) if !press.is_repeat => {
            let name = name.clone();
            deny_listed(state, &[name], press)
        }
        (Command::DenyMarked, Some(Layer::Docket { marked, .. })) => {
            let marked = marked.clone();
            if marked.is_empty() {
                say(state, "no case is marked");
            }
            deny_listed(state, &marked, press)
        }
        (Command::DenyAndTell, Some(Layer::Case)) => tell(state),
        (Command::ApproveOnce, Some(Layer::Case)) => approve(state, press),
        (Command::EndSession, Some(Layer::Case)) if !press.is_repeat => end_twice(state),
        (Command::SendTarget, Some(Layer::Confirm { .. })) if !press.is_repeat => send_target(state, press),
        (Command::SendTarget, Some(Layer::Words { typed, offered })) => {
            let offered = offered.as_deref().filter(|_| typed.is_empty()).unwrap_or_default();
            let words = if typed.is_empty() { offered } else { typed.trim() };
            let because = (!words.is_empty()).then(|| Untrusted::from(words));
            rule_shown(state, Ruling::Deny, because, press)
        }
        _ => Effects::none(),
    }
}

/// Answers the case on the screen.
fn rule_shown(state: &mut State, ruling: Ruling, because: Option<Untrusted>, press: &Press) -> Effects {
    shown(state).map_or_else(Effects::none, |id| ruled(state, id, ruling, because, press))
}

/// The case on the screen.
fn shown(state: &State) -> Option<CaseId> {
    state.interaction.case.as_ref().map(|view| view.id)
}

/// Opens the sheet for words to the agent, with what the rule says to do instead as what is sent where nothing is
/// typed. An approval that is not let go yet is taken back: it shall not happen while its denial is written.
fn tell(state: &mut State) -> Effects {
    let Some(id) = shown(state) else { return Effects::none() };
    let effects = release::stop(state, Some(id));
    let case = state.docket.get(id);
    let mut findings: Vec<_> = case.map(|case| case.judgement.findings.iter().collect()).unwrap_or_default();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.tier));
    let offered = findings.into_iter().find_map(|finding| finding.instead.as_ref());
    let offered = offered.map(|instead| format!("Instead: {instead}"));
    state.interaction.layers.push(Layer::Words { typed: String::new(), offered });
    effects
}

/// The operator's own answer at the panel, on what was on the screen.
fn decided(state: &State, id: CaseId, ruling: Ruling, because: Option<Untrusted>) -> Decision {
    let view = state.interaction.case.as_ref().filter(|view| view.id == id);
    let shown = view.map_or_else(String::new, |view| view.digest.clone());
    Decision { ruling, by: RuledBy::Panel, term: Term::Once, shown, because }
}

fn ruled(state: &mut State, id: CaseId, ruling: Ruling, because: Option<Untrusted>, press: &Press) -> Effects {
    let decision = decided(state, id, ruling, because);
    let mut effects = evidence::shown(state, id);
    effects.extend(match ruling {
        Ruling::Approve => release::approve(state, id, decision),
        Ruling::Deny | Ruling::Expired | Ruling::Void => rule::rule(state, id, decision),
    });
    let word = match ruling {
        Ruling::Approve => "approved once",
        Ruling::Deny => "denied",
        Ruling::Expired => "expired",
        Ruling::Void => "void",
    };
    let left = state.docket.open_count();
    say(state, if left > 0 { format!("{id} {word}; {left} still held") } else { format!("{id} {word}") });
    state.interaction.echo = Some((Some(press.key), state.now));
    effects
}

/// Approves the case on the screen by a grant that has just been given.
pub(super) fn granted(state: &mut State, id: CaseId, press: &Press) -> Effects {
    let decision = Decision { term: Term::Session, ..decided(state, id, Ruling::Approve, None) };
    let mut effects = evidence::shown(state, id);
    effects.extend(rule::rule(state, id, decision));
    state.interaction.echo = Some((Some(press.key), state.now));
    effects
}

fn deny_listed(state: &mut State, names: &[CaseName], press: &Press) -> Effects {
    let mut effects = Effects::none();
    for name in names {
        effects.extend(match name {
            CaseName::Here(id) => ruled(state, *id, Ruling::Deny, None, press),
            CaseName::There { session, case } => elsewhere::deny(state, session, *case),
        });
    }
    layers::repair(state);
    effects
}

/// The approval key. Nothing but it gets here, and it does nothing while the lock is closed (`UX.md`, R9, R10).
fn approve(state: &mut State, press: &Press) -> Effects {
    if press.is_repeat {
        return Effects::none();
    }
    if let Lock::Closed { why, .. } = &press.lock {
        let text = format!("locked: {why}");
        restart(state, "the key came too early");
        say(state, text);
        return Effects::none();
    }
    let Some(id) = shown(state) else { return Effects::none() };
    if let Some(why) = state.docket.get(id).and_then(|case| shared_keyboard(state, case)) {
        say(state, why);
        return Effects::none();
    }
    match state.docket.get(id).map(|case| case.offer.clone()) {
        Some(Offer::Approve) => ruled(state, id, Ruling::Approve, None, press),
        Some(Offer::TypeTarget { .. }) => {
            let opened = state.now;
            state.interaction.layers.push(Layer::Confirm { typed: String::new(), opened, began: None });
            Effects::none()
        }
        Some(Offer::RunElsewhere { .. }) | None => Effects::none(),
    }
}

/// Enter under a typed target: it counts only when all of it was typed by hand and nothing has changed meanwhile.
fn send_target(state: &mut State, press: &Press) -> Effects {
    let Some(Layer::Confirm { typed, opened, began }) = state.interaction.layers.last() else { return Effects::none() };
    let (typed, opened, began) = (typed.clone(), *opened, *began);
    let Some(view) = &state.interaction.case else { return Effects::none() };
    let id = view.id;
    let Some(Offer::TypeTarget { target }) = state.docket.get(id).map(|case| &case.offer) else {
        return Effects::none();
    };
    let is_same = typed == target.shown();
    let why = if view.restarted > opened {
        view.restarted_by.clone().unwrap_or_else(|| "the case changed".to_owned())
    } else if !is_roomy(state.window) {
        "the window is smaller than 40x12".to_owned()
    } else if matches!(state.interaction.has_focus, Some((false, _))) || state.journal_lost.is_some() {
        "it cannot be approved now".to_owned()
    } else if let Some(why) = state.docket.get(id).and_then(|case| shared_keyboard(state, case)) {
        why
    } else if !is_same {
        say(state, "that is not the target; nothing was sent");
        return Effects::none();
    } else if !by_hand(&typed, began, press.at) {
        "that was faster than a hand: type it".to_owned()
    } else {
        state.interaction.layers.pop();
        return ruled(state, id, Ruling::Approve, None, press);
    };
    state.interaction.layers.pop();
    restart(state, &why);
    say(state, format!("{why}; nothing was sent"));
    Effects::none()
}

/// Whether a text took as long as a hand takes for it.
pub(super) fn by_hand(typed: &str, began: Option<Moment>, now: Moment) -> bool {
    let steps = u32::try_from(typed.chars().count().saturating_sub(1)).unwrap_or(u32::MAX);
    began.is_some_and(|began| now.since(began) >= HAND_PER_CHAR.saturating_mul(steps))
}

fn end_twice(state: &mut State) -> Effects {
    let now = state.now;
    let Some(view) = &mut state.interaction.case else { return Effects::none() };
    if view.ending.is_some_and(|first| now.since(first) <= ENDING_FOR) {
        return end_session(state);
    }
    view.ending = Some(now);
    say(state, "press it again to deny everything and end the session");
    Effects::none()
}

/// Denies what is held, lets the tree go on and asks the agent to end.
pub(super) fn end_session(state: &mut State) -> Effects {
    let mut effects = Effects::none();
    let ids: Vec<CaseId> = state.docket.cases().iter().map(|case| case.id).collect();
    state.is_stopped_by_hand = false;
    for id in ids {
        let decision = decided(state, id, Ruling::Deny, Some(Untrusted::from(ENDED)));
        effects.extend(evidence::shown(state, id));
        effects.extend(rule::rule(state, id, decision));
    }
    effects.extend(rule::thaw_if_clear(state));
    effects.push(match state.agent {
        AgentState::Running => Effect::EndAgent,
        AgentState::Ended { .. } => Effect::EndSurvivors,
    });
    say(state, "the session is asked to end");
    effects
}

/// Stops the whole tree by hand, or lets it go on unless something is held.
pub(super) fn freeze_all(state: &mut State) -> Effects {
    let mut effects = Effects::none();
    if state.is_stopped_by_hand {
        state.is_stopped_by_hand = false;
        effects.extend(rule::thaw_if_clear(state));
        let held = state.docket.open_count();
        say(state, if held > 0 { "still frozen: a case is open" } else { "the tree goes on" });
    } else {
        state.is_stopped_by_hand = true;
        state.is_frozen = true;
        effects.push(Effect::Freeze);
        effects.extend(release::stop(state, None));
        say(state, "everything is stopped; the same keys let it go on");
    }
    effects
}

//! Rulings in words, for `--plain`: lines instead of keys, under the same rules (`UX.md`, section 5).

use super::keys::say;
use super::lock::{PAINTED_FOR, QUIET_FOR};
use super::rulings::by_hand;
use super::{AgentState, Effect, Effects, State, release, rule};
use crate::model::{CaseId, Decision, Moment, Offer, RuledBy, Ruling, Term, Untrusted};

/// What a terminal puts around pasted text.
const PASTE_BEGINS: &str = "\x1b[200~";
const PASTE_ENDS: &str = "\x1b[201~";
/// The most bytes that are kept of lines that were typed while everything stands still.
const KEPT_BYTES_MAX: usize = 64 * 1024;

/// What has been told and asked in lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spoken {
    /// The cases that were told whole, when, and the digest of what was told.
    told: Vec<(CaseId, Moment, String)>,
    /// The case whose target is to be typed next, and when it was asked for.
    asked: Option<(CaseId, Moment)>,
    /// When the last line was typed.
    last_line: Option<Moment>,
    /// Whether a paste has begun and not ended.
    is_in_paste: bool,
}

impl Spoken {
    /// Whether a case has been told.
    #[must_use]
    pub fn has_told(&self, case: CaseId) -> bool {
        self.told.iter().any(|(known, ..)| *known == case)
    }
}

/// A case has been told, whole.
pub(super) fn told(state: &mut State, case: CaseId, digest: String) -> Effects {
    let now = state.now;
    let docket = &state.docket;
    state.spoken.told.retain(|(known, ..)| docket.get(*known).is_some_and(crate::model::Case::is_open));
    state.spoken.told.push((case, now, digest));
    // What is being typed was begun before this was heard.
    if state.spoken.asked.take().is_some() {
        say(state, "a new case came in; nothing was approved");
    }
    Effects::none()
}

/// The operator has typed a line: a ruling, a target that was asked for, or something for the agent.
pub(super) fn line(state: &mut State, text: &str, at: Moment) -> Effects {
    let before = state.spoken.last_line.replace(at);
    if is_pasted(&mut state.spoken.is_in_paste, text) {
        state.spoken.asked = None;
        say(state, "a paste answers nothing; it is the agent's");
        return to_agent(state, &text.replace(PASTE_BEGINS, "").replace(PASTE_ENDS, ""));
    }
    if let Some((case, asked)) = state.spoken.asked.take() {
        return target(state, case, asked, text, at);
    }
    let mut words = text.split_whitespace();
    let (verb, named) = (words.next(), words.next().and_then(|name| name.parse::<CaseId>().ok()));
    let rest: Vec<&str> = words.collect();
    match (verb, named) {
        (Some("deny"), Some(case)) if is_open(state, case) => deny(state, case, &rest.join(" ")),
        (Some("approve"), Some(case)) if is_open(state, case) && rest.is_empty() => approve(state, case, before, at),
        (Some("deny" | "approve"), Some(case)) if !is_open(state, case) => {
            say(state, format!("there is no open case {case}; nothing was sent"));
            Effects::none()
        }
        _ => to_agent(state, text),
    }
}

/// Whether some of a line was pasted, and whether the next one begins in a paste.
fn is_pasted(is_in_paste: &mut bool, text: &str) -> bool {
    let was = *is_in_paste;
    match (text.rfind(PASTE_BEGINS), text.rfind(PASTE_ENDS)) {
        (Some(begin), end) => *is_in_paste = end.is_none_or(|end| end < begin),
        (None, Some(_)) => *is_in_paste = false,
        (None, None) => {}
    }
    was || text.contains(PASTE_BEGINS)
}

fn is_open(state: &State, case: CaseId) -> bool {
    state.docket.get(case).is_some_and(crate::model::Case::is_open)
}

fn decided(state: &State, case: CaseId, ruling: Ruling, because: Option<Untrusted>) -> Decision {
    let told = state.spoken.told.iter().rev().find(|(known, ..)| *known == case);
    let shown = told.map_or_else(String::new, |(_, _, digest)| digest.clone());
    Decision { ruling, by: RuledBy::Panel, term: Term::Once, shown, because }
}

fn deny(state: &mut State, case: CaseId, words: &str) -> Effects {
    let because = (!words.is_empty()).then(|| Untrusted::from(words));
    let effects = rule::rule(state, case, decided(state, case, Ruling::Deny, because));
    say(state, format!("{case} denied"));
    effects
}

/// Approves what was told whole and has been there for as long as reading takes; a critical act asks for its target.
fn approve(state: &mut State, case: CaseId, before: Option<Moment>, at: Moment) -> Effects {
    let told = state.spoken.told.iter().rev().find(|(known, ..)| *known == case).map(|(_, told, _)| *told);
    let is_early =
        told.is_none_or(|told| told.plus(PAINTED_FOR) > at) || before.is_some_and(|last| last.plus(QUIET_FOR) > at);
    let offer = state.docket.get(case).map(|case| case.offer.clone());
    let why = match offer {
        _ if state.journal_lost.is_some() => "the journal cannot be written".to_owned(),
        _ if is_early => "that was too soon after it was told; read it and type it again".to_owned(),
        _ if state.docket.release_of(case).is_some() => "it is approved already".to_owned(),
        Some(Offer::RunElsewhere { why }) => why,
        Some(Offer::TypeTarget { .. }) => {
            state.spoken.asked = Some((case, at));
            say(state, format!("{case} is critical: type the target named under BLAST, by hand"));
            return Effects::none();
        }
        Some(Offer::Approve) => {
            let effects = rule::rule(state, case, decided(state, case, Ruling::Approve, None));
            say(state, format!("{case} approved once"));
            return effects;
        }
        None => return Effects::none(),
    };
    say(state, format!("{case} is not approved: {why}"));
    Effects::none()
}

fn target(state: &mut State, case: CaseId, asked: Moment, text: &str, at: Moment) -> Effects {
    let offer = state.docket.get(case).filter(|case| case.is_open()).map(|case| &case.offer);
    let Some(Offer::TypeTarget { target }) = offer else { return Effects::none() };
    if text != target.shown() || !by_hand(text, Some(asked), at) {
        say(state, format!("that is not the target typed by hand; {case} stays held"));
        return Effects::none();
    }
    let effects = release::approve(state, case, decided(state, case, Ruling::Approve, None));
    say(state, format!("{case} approved; let go in 10 s, `deny {case}` stops it"));
    effects
}

/// A line for the agent: typed now, or kept without its end while everything stands still (`UX.md`, R19).
fn to_agent(state: &mut State, text: &str) -> Effects {
    let mut effects = Effects::none();
    let line: String = text.chars().filter(|c| !c.is_control()).collect();
    if state.agent != AgentState::Running {
        say(state, "the agent has ended");
    } else if state.is_frozen {
        if state.interaction.kept.text.len() + line.len() > KEPT_BYTES_MAX {
            return effects;
        }
        state.interaction.kept.text.push_str(&line);
        say(state, "everything stands still: the line is kept for the agent, without Enter");
    } else {
        effects.push(Effect::Type(format!("{line}\r").into_bytes()));
    }
    effects
}

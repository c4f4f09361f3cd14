//! Finding in a case: its text is shown whole and scrolled from line to line that contains what is looked for.

use super::keys::say;
use super::{CaseView, State};

/// Which way to the next line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Toward {
    End,
    Beginning,
}

/// Asks what to look for.
pub(super) fn begin(view: &mut CaseView) {
    view.is_full = true;
    view.shows_chain = false;
    view.find.is_typing = true;
}

/// Whether closing ended the looking instead of leaving the case.
pub(super) fn close(view: &mut CaseView) -> bool {
    let was_on = view.find.is_typing || !view.find.typed.is_empty();
    view.find.is_typing = false;
    view.find.typed.clear();
    view.found.clear();
    was_on
}

/// Scrolls to the next line that contains it; from the last to the first.
pub(super) fn next(state: &mut State, toward: Toward) {
    let Some(view) = &mut state.interaction.case else { return };
    if view.find.typed.is_empty() {
        return begin(view);
    }
    view.find.is_typing = false;
    let (found, here) = (&view.found, view.scroll);
    let to = match toward {
        Toward::End => found.iter().find(|at| **at > here).or(found.first()),
        Toward::Beginning => found.iter().rev().find(|at| **at < here).or(found.last()),
    };
    match to {
        Some(to) => view.scroll = *to,
        None => say(state, "it is not in this case"),
    }
}

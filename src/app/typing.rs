//! Texts that the operator types into a sheet: a target, words, a filter, a name.

use super::keys::{Press, say};
use super::{Effects, EventsPrompt, Layer, Search, State, layers};
use crate::model::{Key, KeyCode};

/// The longest text that can be typed, in characters.
const TYPED_CHARS_MAX: usize = 500;

/// Whether the topmost sheet takes this key as text, whatever it is bound to.
pub(super) fn takes(state: &State, key: Key) -> bool {
    let is_text = match key.code {
        KeyCode::Char(_) => !key.mods.ctrl && !key.mods.alt && !key.mods.logo,
        KeyCode::Backspace => true,
        _ => false,
    };
    is_text && text_of(state).is_some()
}

/// The text that is being typed, if one is.
fn text_of(state: &State) -> Option<&String> {
    match state.interaction.layers.last()? {
        Layer::Confirm { typed, .. }
        | Layer::Words { typed, .. }
        | Layer::Palette { typed, .. }
        | Layer::Help { typed, .. }
        | Layer::Docket { filter: Search { typed, is_typing: true }, .. }
        | Layer::Timeline { filter: typed, prompt: Some(EventsPrompt::Filter), .. }
        | Layer::Timeline { prompt: Some(EventsPrompt::Go(typed)), .. } => Some(typed),
        Layer::Copy if state.interaction.search.is_typing => Some(&state.interaction.search.typed),
        Layer::Case => {
            let find = state.interaction.case.as_ref().map(|view| &view.find);
            find.filter(|find| find.is_typing).map(|find| &find.typed)
        }
        Layer::Panel { .. }
        | Layer::Grant { .. }
        | Layer::Grants { .. }
        | Layer::Docket { .. }
        | Layer::Timeline { .. }
        | Layer::Event { .. }
        | Layer::Copy
        | Layer::Quit => None,
    }
}

/// Changes the text that is being typed.
fn change(state: &mut State, change: impl FnOnce(&mut String)) {
    let interaction = &mut state.interaction;
    match interaction.layers.last_mut() {
        Some(Layer::Confirm { typed, .. } | Layer::Words { typed, .. }) => change(typed),
        Some(Layer::Palette { typed, selected }) => {
            change(typed);
            *selected = 0;
        }
        Some(Layer::Help { typed, scroll }) => {
            change(typed);
            *scroll = 0;
        }
        Some(Layer::Timeline { prompt: Some(EventsPrompt::Go(typed)), .. }) => change(typed),
        Some(Layer::Timeline { filter, from_end, .. }) => {
            change(filter);
            *from_end = 0;
        }
        Some(Layer::Docket { filter, .. }) => {
            change(&mut filter.typed);
            layers::repair(state);
        }
        Some(Layer::Copy) => change(&mut interaction.search.typed),
        Some(Layer::Case) => {
            if let Some(view) = &mut interaction.case {
                change(&mut view.find.typed);
            }
        }
        Some(Layer::Panel { .. } | Layer::Grant { .. } | Layer::Grants { .. } | Layer::Event { .. } | Layer::Quit)
        | None => {}
    }
}

/// Takes a key as text. A target is typed by hand: keys that repeat by themselves do not count (`UX.md`, R11).
pub(super) fn typed(state: &mut State, press: &Press) -> Effects {
    if let Some(Layer::Confirm { typed, began, .. }) = state.interaction.layers.last_mut() {
        if press.is_repeat && press.key.code != KeyCode::Backspace {
            return Effects::none();
        }
        if typed.is_empty() {
            *began = Some(press.at);
        }
    }
    match press.key.code {
        KeyCode::Char(c) => change(state, |text| {
            if text.chars().count() < TYPED_CHARS_MAX {
                text.push(c);
            }
        }),
        _ => {
            if let Some(Layer::Words { typed, offered }) = state.interaction.layers.last_mut()
                && typed.is_empty()
            {
                *offered = None;
            }
            change(state, |text| {
                text.pop();
            });
        }
    }
    Effects::none()
}

/// Takes a paste into a sheet; a target cannot be pasted.
pub(super) fn pasted(state: &mut State, text: &str) {
    match state.interaction.layers.last() {
        Some(Layer::Confirm { .. }) => say(state, "paste is off here: type it by hand"),
        Some(Layer::Case | Layer::Grant { .. } | Layer::Quit) if text_of(state).is_none() => {
            say(state, "a paste does nothing here")
        }
        _ if text_of(state).is_some() => {
            let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            change(state, |typed| {
                let room = TYPED_CHARS_MAX.saturating_sub(typed.chars().count());
                typed.extend(line.chars().take(room));
            });
        }
        _ => {}
    }
}

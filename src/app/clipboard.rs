//! What the agent would put on the operator's clipboard: asked about once in a session, and refused until it is allowed
//! (`UX.md`, R7).

use super::keys::say;
use super::{Effect, Effects, OnHold, State};
use crate::journal::Body;
use crate::model::{Noun, counted};

/// The longest text that an agent may put on the clipboard, in bytes.
const COPY_BYTES_MAX: usize = 256 * 1024;

/// What the operator said about the agent's clipboard writes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Clipboard {
    /// The agent has not asked.
    #[default]
    Unasked,
    /// It has, with this text, and there is no answer yet.
    Asked(String),
    /// It may, until the session ends.
    Allowed,
    /// It may not.
    Refused,
}

/// The agent wants this on the clipboard.
pub(super) fn wanted(state: &mut State, bytes: &[u8]) -> Effects {
    let mut effects = Effects::none();
    let count = bytes.len();
    if state.settings.on_hold != OnHold::Panel || state.settings.is_replay || count > COPY_BYTES_MAX {
        state.warn(&format!("the agent wanted {count} bytes in the clipboard and was refused"));
        return effects;
    }
    let text = String::from_utf8_lossy(bytes).into_owned();
    match &mut state.clipboard {
        Clipboard::Allowed => effects.push(Effect::Copy(text)),
        Clipboard::Refused => {}
        Clipboard::Asked(waiting) => *waiting = text,
        Clipboard::Unasked => {
            state.clipboard = Clipboard::Asked(text);
            state.warn(&format!("the agent wants {count} bytes in the clipboard"));
        }
    }
    effects
}

/// The operator lets the agent write to the clipboard from now on; what it wanted last is copied now.
pub(super) fn allow(state: &mut State) -> Effects {
    let mut effects = Effects::none();
    let before = std::mem::replace(&mut state.clipboard, Clipboard::Allowed);
    effects.append(Body::Warning { text: "the operator lets the agent write to the clipboard".to_owned() });
    match before {
        Clipboard::Asked(text) => {
            let copied = counted(text.chars().count(), Noun::Character);
            say(state, format!("{copied} copied; the agent may from now on"));
            effects.push(Effect::Copy(text));
        }
        Clipboard::Unasked | Clipboard::Allowed | Clipboard::Refused => {
            say(state, "the agent may write to the clipboard");
        }
    }
    effects
}

/// The operator keeps the agent away from the clipboard.
pub(super) fn refuse(state: &mut State) -> Effects {
    state.clipboard = Clipboard::Refused;
    say(state, "the agent's clipboard writes are refused");
    Effects::none()
}

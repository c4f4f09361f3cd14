//! What the operator's keys, pastes and clicks do.

use super::{Effect, Effects, Input, State, agent_size};
use crate::journal::Body;
use crate::model::Moment;

/// Takes what the operator did at the terminal.
pub(super) fn operator(state: &mut State, input: Input) -> Effects {
    let mut effects = Effects::none();
    match input {
        Input::Resized(cols, rows) => {
            state.window = (cols, rows);
            let (cols, rows) = agent_size(state.window, state.interaction.is_zoomed);
            if state.screen.size() != (cols, rows) && !state.settings.is_replay {
                state.screen.resize(cols, rows);
                effects.push(Effect::ResizeAgent(cols, rows));
                effects.append(Body::Resize { cols, rows });
            }
        }
        Input::Focused(has_focus) => state.interaction.has_focus = Some((has_focus, state.now)),
        Input::Key { .. } => state.interaction.last_key = Some(state.now),
        Input::Paste(_) | Input::Mouse(_) => {}
    }
    effects
}

/// Takes time passing: locks that open, messages that fade.
pub(super) fn ticked(_state: &mut State) -> Effects {
    Effects::none()
}

/// When the interface next changes by itself.
pub(super) fn next_deadline(_state: &State) -> Option<Moment> {
    None
}

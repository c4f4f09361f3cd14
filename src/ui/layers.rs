//! Sheets over the agent: docket, timeline, palette, help, the question before quitting, and survivors.

use super::canvas::Canvas;
use super::frame::Rooms;
use super::keymap::Keymap;
use crate::app::State;

/// Draws the topmost sheet. `None` where there is none; else where the cursor goes, if it goes anywhere.
pub(super) fn draw(
    canvas: &mut Canvas<'_>,
    state: &State,
    keymap: &Keymap,
    rooms: Rooms,
) -> Option<Option<(u16, u16)>> {
    let _ = (canvas, state, keymap, rooms);
    None
}

//! Looking back: what is selected and found in the agent's lines, and how far up they are.

use std::ops::Range;

use ratatui::layout::Rect;

use super::canvas::{Canvas, Line, Pen, Span, untrusted_spans};
use super::frame::Rooms;
use super::layers::At;
use crate::app::{CopyView, State};
use crate::model::Untrusted;

/// Cells from which on it is said what is counted.
const UNIT_FROM_COLS: u16 = 50;

/// Marks what is found and selected over the agent's cells.
pub(super) fn marks(canvas: &mut Canvas<'_>, state: &State, view: &CopyView, room: Rect) {
    let (cols, rows) = view.screen.size();
    let room = Rect { width: cols.min(room.width), height: rows.min(room.height), ..room };
    let wanted = &state.interaction.search.typed;
    for row in 0..room.height {
        let line = view.top() + usize::from(row);
        let place = Rect { y: room.y.saturating_add(row), height: 1, ..room };
        if !wanted.is_empty() {
            view.found(line, wanted).into_iter().for_each(|columns| mark(canvas, place, columns, "match"));
        }
        view.selected(line).into_iter().for_each(|columns| mark(canvas, place, columns, "selection"));
    }
}

/// Draws how far up it is where that covers no line of the agent's, and says where the cursor is.
pub(super) fn draw(canvas: &mut Canvas<'_>, state: &State, view: &CopyView, rooms: Rooms) -> At {
    let room = rooms.agent;
    // The first row of events, the lower border of the panel, or where there is neither, the agent's own last row.
    let place = match (rooms.events.height, rooms.panel.width) {
        (1.., _) => Rect { height: 1, ..rooms.events },
        (0, 1..) => {
            Rect { y: rooms.panel.bottom().saturating_sub(1), height: 1.min(rooms.panel.height), ..rooms.panel }
        }
        (0, 0) => Rect { y: room.bottom().saturating_sub(1), height: 1.min(room.height), ..room },
    };
    foot(canvas, state, view, place);
    let row = u16::try_from(view.cursor.line.saturating_sub(view.top())).unwrap_or(u16::MAX);
    let is_seen = row < room.height && view.cursor.column < room.width;
    is_seen.then(|| (room.x + view.cursor.column, room.y + row))
}

fn mark(canvas: &mut Canvas<'_>, row: Rect, columns: Range<u16>, scope: &str) {
    let from = columns.start.min(row.width);
    let to = columns.end.min(row.width);
    canvas.tint(Rect { x: row.x + from, width: to.saturating_sub(from), ..row }, scope);
}

/// How far up it is, and what is looked for.
fn foot(canvas: &mut Canvas<'_>, state: &State, view: &CopyView, row: Rect) {
    if row.height == 0 {
        return;
    }
    canvas.fill(row, "bar");
    let (offset, all) = (view.screen.scroll_offset(), view.screen.history_len());
    let search = &state.interaction.search;
    let what = if view.anchor.is_some() { " SELECTING " } else { " LOOKING BACK " };
    let unit = if row.width < UNIT_FROM_COLS { "" } else { "lines " };
    let mut line = Line::new("bar.agent", what).right("bar.detail", format!("{offset} of {all} {unit}up "));
    if search.is_typing || !search.typed.is_empty() {
        let caret = if search.is_typing { canvas.glyphs().caret } else { "" };
        line = line.and("bar", " / ").and_all(untrusted_spans(&Untrusted::from(search.typed.as_str()), "input"));
        line.left.push(Span::new("bar", caret));
    }
    canvas.line(Pen::of(row), &line);
}

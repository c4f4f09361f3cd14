//! The whole window: the top row, the agent, the event rows, the key row, and what lies over them.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::canvas::{Canvas, Pen, Span, untrusted_spans};
use super::keymap::{Keymap, written};
use super::screen::Light;
use super::theme::Theme;
use super::{case_box, copy, footer, layers, panel, screen, top};
use crate::app::{AgentState, EventRow, Layer, Layout, Painting, State, agent_size};
use crate::model::{Command, Mode};
pub use crate::term::CursorShape;

/// What was drawn, for `update` to hear of, and where the terminal's cursor belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawn {
    /// What of a case was on the screen.
    pub painting: Painting,
    /// Column, row and shape of the cursor; `None` hides it.
    pub cursor: Option<(u16, u16, CursorShape)>,
}

/// The rectangles of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rooms {
    pub(super) layout: Layout,
    pub(super) top: Rect,
    pub(super) agent: Rect,
    pub(super) panel: Rect,
    pub(super) events: Rect,
    pub(super) keys: Rect,
}

/// Draws a session into a buffer, whatever its size; changes nothing.
pub fn view(state: &State, theme: &Theme, keymap: &Keymap, buffer: &mut Buffer) -> Drawn {
    let mut canvas = Canvas::new(buffer, theme);
    let window = canvas.area();
    canvas.fill(window, "text");
    let rooms = Rooms::of(window, state.interaction.is_zoomed);
    let case = state.interaction.case.as_ref().and_then(|view| Some((view, state.docket.get(view.id)?)));
    let case = case.filter(|(_, case)| case.is_open());
    let is_dimmed = case.is_some_and(|(_, case)| !case_box::is_line(state, case));
    let light = if is_dimmed { Light::Dimmed } else { Light::Full };
    let seen = state.copy.as_ref().map_or(&state.screen, |view| &view.screen);
    screen::paint(&mut canvas, rooms.agent, seen, light);
    if let Some(view) = &state.copy {
        copy::marks(&mut canvas, state, view, rooms.agent);
    }
    top::draw(&mut canvas, state, rooms.top);
    panel::draw(&mut canvas, state, keymap, rooms.panel);
    event_rows(&mut canvas, state, rooms.events);
    let mut shown = case_box::Shown { painting: case_box::unseen(), cursor: None, area: Rect::default() };
    if let Some((view, case)) = case.filter(|_| !is_covered(state)) {
        shown = case_box::draw(&mut canvas, state, case, view, keymap);
    }
    footer::draw(&mut canvas, state, keymap, rooms, is_dimmed);
    let over = layers::draw(&mut canvas, state, keymap, rooms);
    if shown.painting.case.is_some() {
        shown.painting.rows = canvas.rows(shown.area);
    }
    let typing = over.unwrap_or(shown.cursor).map(|(x, y)| (x, y, CursorShape::Bar));
    let cursor = typing.or_else(|| agent_cursor(state, rooms));
    let is_inside = |(x, y, _): &(u16, u16, CursorShape)| *x < window.right() && *y < window.bottom();
    Drawn { painting: shown.painting, cursor: cursor.filter(is_inside) }
}

/// The agent's part of the window, where output alone has changed it since [`view`] drew it; `None` where more may have
/// changed with it, because a case or a sheet lies over it or it is scrolled.
#[must_use]
pub fn agent_room(state: &State, window: Rect) -> Option<Rect> {
    let interaction = &state.interaction;
    let is_bare = interaction.layers.is_empty() && interaction.case.is_none() && !state.is_frozen;
    (is_bare && state.screen.scroll_offset() == 0).then(|| Rooms::of(window, interaction.is_zoomed).agent)
}

/// Draws the rows of [`agent_room`] that `buffer` covers, and says where the terminal's cursor belongs.
pub fn view_rows(state: &State, theme: &Theme, window: Rect, buffer: &mut Buffer) -> Option<(u16, u16, CursorShape)> {
    let mut canvas = Canvas::new(buffer, theme);
    let rooms = Rooms::of(window, state.interaction.is_zoomed);
    canvas.fill(canvas.area(), "text");
    screen::paint(&mut canvas, rooms.agent, &state.screen, Light::Full);
    agent_cursor(state, rooms)
}

/// The agent's cursor, while the agent has the keyboard and runs.
fn agent_cursor(state: &State, rooms: Rooms) -> Option<(u16, u16, CursorShape)> {
    let is_agents = state.interaction.layers.is_empty() && state.interaction.case.is_none();
    if !is_agents || state.is_frozen || state.agent != AgentState::Running {
        return None;
    }
    let (x, y, shape) = state.screen.cursor()?;
    (x < rooms.agent.width && y < rooms.agent.height).then(|| (rooms.agent.x + x, rooms.agent.y + y, shape))
}

impl Rooms {
    pub(super) fn of(window: Rect, is_zoomed: bool) -> Self {
        let layout = Layout::of((window.width, window.height));
        let (cols, rows) = agent_size((window.width, window.height), is_zoomed);
        let (cols, rows) = (cols.min(window.width), rows.min(window.height.saturating_sub(1)));
        let top = Rect { height: 1.min(window.height), ..window };
        let agent = Rect { y: window.y.saturating_add(top.height), width: cols, height: rows, ..window };
        let below = window.bottom().saturating_sub(agent.bottom());
        let keys = u16::from(layout >= Layout::Medium).min(below);
        let events = Rect { y: agent.bottom(), height: below - keys, ..window };
        let has_panel = layout.panel_cols() > 0 && !is_zoomed;
        Self {
            layout,
            top,
            agent,
            panel: Rect {
                x: agent.right(),
                y: agent.y,
                width: if has_panel { window.right().saturating_sub(agent.right()) } else { 0 },
                height: agent.height,
            },
            events,
            keys: Rect { y: events.bottom(), height: keys, ..window },
        }
    }
}

fn event_rows(canvas: &mut Canvas<'_>, state: &State, area: Rect) {
    let count = usize::from(area.height);
    let rows: Vec<&EventRow> = state.timeline.rows().rev().take(count).collect();
    for (index, row) in rows.into_iter().rev().enumerate() {
        if let Some(pen) = Pen::row(area, index) {
            event_row(canvas, state, pen, row, false);
        }
    }
}

/// One event in one row.
pub(super) fn event_row(canvas: &mut Canvas<'_>, state: &State, pen: Pen, row: &EventRow, is_short: bool) {
    let clock = state.clock(row.at);
    let clock = if is_short { clock.get(3..).unwrap_or_default() } else { clock.as_str() };
    let pen = canvas.say(pen, "event.time", &format!(" {clock}  "));
    let pen = canvas.say(pen, "event.kind", &format!("{:<5} ", row.kind.word()));
    let note = row.note.word();
    let pen = canvas.say_right(pen, super::scopes::note(row.note), note);
    let pen = pen.until(pen.end.saturating_sub(1));
    let case = row.case.map_or_else(String::new, |case| format!("{case} "));
    let pen = canvas.say(pen, "event.kind", &case);
    canvas.spans_cut(pen, &untrusted_spans(&row.what, "event"));
}

/// `Ctrl-] ? help`: a key and a word for the key row.
pub(super) fn hint(keymap: &Keymap, mode: Mode, command: Command, word: &str) -> Option<[Span; 2]> {
    let keys = keymap.keys_of(mode, command);
    let keys = keys.first()?;
    Some([Span::new("keys.key", written(keys)), Span::new("keys", format!(" {word}"))])
}

/// Whether a sheet takes the case's place on the screen.
fn is_covered(state: &State) -> bool {
    let is_beside = |layer: &Layer| {
        matches!(layer, Layer::Case | Layer::Confirm { .. } | Layer::Words { .. } | Layer::Panel { .. } | Layer::Copy)
    };
    state.interaction.layers.last().is_some_and(|layer| !is_beside(layer))
}

//! The whole window: the top row, the agent, the event rows, the key row, and what lies over them.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::canvas::{Canvas, Line, Pen, Span, untrusted_spans, width};
use super::keymap::{Keymap, written};
use super::screen::Light;
use super::text::cut_middle;
use super::theme::Theme;
use super::{case_box, footer, layers, panel, screen};
use crate::app::{AgentState, EventRow, Layer, Layout, Painting, State, agent_size};
use crate::journal::Gate;
use crate::model::{Command, Mode, Untrusted};
pub use crate::term::CursorShape;

/// The longest agent's name in the top row, in cells.
const NAME_CELLS_MAX: usize = 24;

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
    screen::paint(&mut canvas, rooms.agent, &state.screen, light);
    top_row(&mut canvas, state, rooms.top);
    panel::draw(&mut canvas, state, rooms.panel);
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

/// Product, agent, state, coverage, how many are held, and how long the record is.
fn top_row(canvas: &mut Canvas<'_>, state: &State, area: Rect) {
    if area.height == 0 {
        return;
    }
    canvas.fill(area, "bar");
    let name = state.session.agent.first().map(super::case::short).unwrap_or_default();
    let cut = canvas.glyphs().cut;
    let name = cut_middle(&Untrusted::from(name).shown(), NAME_CELLS_MAX, cut);
    let (state_scope, state_text) = standing(state);
    let held = state.docket.open_count();
    let held_scope = if held > 0 { "bar.held" } else { "bar.detail" };
    let gate = match state.session.gate {
        Gate::Kernel => "kernel",
        Gate::Off => "nothing",
    };
    let mut right = Vec::new();
    let is_wide = area.width >= 120;
    let gap = "   ";
    right.push((2, "bar.detail", format!("{gap}coverage {gate}")));
    right.push((5, held_scope, format!("{gap}{held} held")));
    right.push((3, "bar.detail", format!("{gap}rec {}", state.now)));
    right.push((1, "bar.detail", format!("{gap}events {}", state.timeline.total())));
    let dropped = state.refused;
    right.push((
        if dropped > 0 { 4 } else { 0 },
        if dropped > 0 { "warning" } else { "bar.detail" },
        format!("{gap}drops {dropped}"),
    ));
    let state_cells = usize::from(width(&state_text)) + 2;
    let left = " watch".len() + 2 + usize::from(width(&name)) + 2 + state_cells;
    let mut room = usize::from(area.width).saturating_sub(left + 1);
    let mut kept = vec![false; right.len()];
    let mut order: Vec<usize> = (0..right.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(right.get(*at).map_or(0, |part| part.0)));
    for at in order {
        let Some((rank, _, text)) = right.get(at) else { continue };
        let cells = usize::from(width(text));
        if cells <= room && (is_wide || *rank >= 2) {
            room -= cells;
            if let Some(keep) = kept.get_mut(at) {
                *keep = true;
            }
        }
    }
    let pen = Pen::of(area);
    let spans: Vec<Span> = right
        .into_iter()
        .zip(kept)
        .filter(|(_, keep)| *keep)
        .map(|((_, scope, text), _)| Span::new(scope, text))
        .collect();
    let mut line = Line::new("bar.product", " watch").and("bar", "  ").and("bar.agent", name).and("bar", "  ");
    line = line.and(state_scope, format!(" {state_text} "));
    line.right = spans;
    line.right.push(Span::new("bar", " "));
    canvas.line(pen, &line);
}

/// The word for how things stand, which the top row always has.
fn standing(state: &State) -> (&'static str, String) {
    if state.journal_lost.is_some() {
        return ("state.unenforced", "JOURNAL LOST".to_owned());
    }
    if state.is_frozen {
        let (stopped, total) = state.tree.standing();
        return ("state.frozen", if total > 0 { format!("FROZEN {stopped}/{total}") } else { "FROZEN".to_owned() });
    }
    if let AgentState::Ended { status, .. } = state.agent {
        return ("state.ended", format!("ENDED {status}"));
    }
    match state.session.gate {
        Gate::Off => ("state.unenforced", "NOT ENFORCING".to_owned()),
        Gate::Kernel if state.docket.open_count() > 0 => ("state.frozen", "HOLDING".to_owned()),
        Gate::Kernel => ("state.watching", "WATCHING".to_owned()),
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
    canvas.spans(pen, &untrusted_spans(&row.what, "event"));
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

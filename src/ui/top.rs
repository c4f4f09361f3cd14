//! The top row, which no cell of the agent's can reach: product, agent, state, coverage, what is held, the record.

use ratatui::layout::Rect;

use super::canvas::{Canvas, Line, Pen, Span, width};
use super::text::cut_middle;
use crate::app::{AgentState, State};
use crate::journal::Gate;
use crate::model::{Moment, Untrusted};

/// The longest agent's name, in cells, and the longest in a narrow window: what is held goes before it.
const NAME_CELLS_MAX: usize = 24;
const NAME_CELLS_NARROW: usize = 8;
/// Columns below which a window is narrow.
const NARROW_COLS: u16 = 60;
/// Columns from which on there is room for everything.
const WIDE_COLS: u16 = 120;
/// Columns from which on the row names the machine and the operator too.
const WIDEST_COLS: u16 = 160;
/// Blanks between the parts at the right, where there is room for so many and where there is not.
const GAPS: [usize; 2] = [3, 2];

/// A part at the right of the row.
struct Part {
    /// The lowest goes first where there is no room.
    rank: u8,
    scope: &'static str,
    text: String,
}

/// Draws the row.
pub(super) fn draw(canvas: &mut Canvas<'_>, state: &State, area: Rect) {
    if area.height == 0 {
        return;
    }
    canvas.fill(area, "bar");
    let name = state.session.agent.first().map(super::case::short).unwrap_or_default();
    let most = if area.width < NARROW_COLS { NAME_CELLS_NARROW } else { NAME_CELLS_MAX };
    let name = cut_middle(&Untrusted::from(name).shown(), most, canvas.glyphs().cut);
    let (scope, standing) = standing(state);
    let mut line = Line::new("bar.product", " watch").and("bar", "  ").and("bar.agent", name).and("bar", "  ");
    line = line.and(scope, format!(" {standing} "));
    let left: u16 = line.left.iter().map(|span| width(&span.text)).sum();
    let room = usize::from(area.width.saturating_sub(left + 1));
    let mut wanted = parts(state, area.width >= WIDE_COLS);
    if area.width >= WIDEST_COLS {
        let named = [("host", &state.session.host), ("operator", &state.session.operator)];
        wanted.extend(named.into_iter().filter_map(|(what, name)| {
            let name = cut_middle(&name.as_ref()?.shown(), NAME_CELLS_MAX, canvas.glyphs().cut);
            Some(Part { rank: 0, scope: "bar.detail", text: format!("{what} {name}") })
        }));
    }
    line.right = fitting(wanted, room);
    line.right.push(Span::new("bar", " "));
    canvas.line(Pen::of(area), &line);
}

/// As many parts as fit, the most important in any case.
fn fitting(mut parts: Vec<Part>, room: usize) -> Vec<Span> {
    loop {
        let text: usize = parts.iter().map(|part| usize::from(width(&part.text))).sum();
        let gap = GAPS.into_iter().find(|gap| text + gap * parts.len() <= room);
        let Some(gap) = gap else {
            let Some(least) = parts.iter().map(|part| part.rank).min() else { return Vec::new() };
            parts.retain(|part| part.rank > least);
            continue;
        };
        let before = " ".repeat(gap);
        return parts.into_iter().map(|part| Span::new(part.scope, format!("{before}{}", part.text))).collect();
    }
}

fn parts(state: &State, is_wide: bool) -> Vec<Part> {
    let held = state.docket.open_count();
    let part = |rank, scope, text| Part { rank, scope, text };
    let mut parts = vec![
        part(2, "bar.detail", coverage(state, is_wide)),
        part(5, if held > 0 { "bar.held" } else { "bar.detail" }, format!("{held} held")),
        part(3, "bar.detail", format!("rec {}", recorded(state.now))),
    ];
    if is_wide {
        parts.push(part(1, "bar.detail", format!("events {}", state.timeline.total())));
    }
    let drops = format!("drops {}", state.refused);
    if state.refused > 0 {
        parts.push(part(4, "warning", drops));
    } else if is_wide {
        parts.push(part(0, "bar.detail", drops));
    }
    parts
}

/// How long the record is, in minutes: a clock that shows seconds would wake the machine for each.
fn recorded(now: Moment) -> String {
    let minutes = now.0 / 60_000_000;
    if minutes < 60 { format!("{minutes}m") } else { format!("{}h{:02}m", minutes / 60, minutes % 60) }
}

/// What stops the agent, and what of it is heard.
fn coverage(state: &State, is_wide: bool) -> String {
    let by = match (state.session.gate, state.is_hooked) {
        (Gate::Kernel, true) => "kernel+hooks+stream",
        (Gate::Kernel, false) => "kernel+stream",
        (Gate::Off, _) => return "covers nothing".to_owned(),
    };
    if is_wide { format!("coverage {by}") } else { by.to_owned() }
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

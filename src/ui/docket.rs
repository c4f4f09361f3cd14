//! The docket: the cases that wait, here and in the operator's other sessions.

use super::canvas::{Canvas, Line, untrusted_spans};
use super::case_keys::{fitting, let_go, minutes};
use super::frame::Rooms;
use super::keymap::Keymap;
use super::layers::{At, foot_pen, hints, put, rule, sheet, typing};
use super::scopes;
use super::text::cut_middle;
use crate::app::{CaseName, FarCase, Search, State, docket_rows, far_docket_rows};
use crate::model::{Case, CaseId, Command, Mode, Moment, Noun, Tier, counted};

/// Cells for the name of another session.
const SESSION_CELLS: usize = 24;

/// What the operator has chosen in it.
#[derive(Clone, Copy)]
pub(super) struct Chosen<'a> {
    pub(super) selected: Option<&'a CaseName>,
    pub(super) marked: &'a [CaseName],
    pub(super) filter: &'a Search,
}

/// A row between the head and the foot.
enum Row {
    Case(Line),
    /// What follows is of other sessions.
    Others,
}

/// What every case has, wherever it waits.
struct Facts<'a> {
    id: CaseId,
    tier: Option<Tier>,
    opened: Moment,
    what: &'a str,
}

/// Draws the docket: worst tier first, then oldest; below the session's own cases those of the others.
pub(super) fn draw(canvas: &mut Canvas<'_>, state: &State, keymap: &Keymap, rooms: Rooms, chosen: Chosen<'_>) -> At {
    let most = usize::from(canvas.area().height).saturating_sub(8).max(1);
    // Two cells on each side are the sheet's.
    let is_wide = super::layers::sheet_width(canvas.area(), rooms) >= 70;
    let (rows, at) = rows(canvas, state, chosen, is_wide);
    let seen = rows.len().min(most);
    let area = sheet(canvas, rooms, seen + 4, &title(state));
    put(canvas, area, 0, &head(is_wide));
    let skip = (at + 1).saturating_sub(most);
    for (row, line) in rows.iter().skip(skip).take(seen).enumerate() {
        match line {
            Row::Case(line) => put(canvas, area, 1 + row, line),
            Row::Others => rule(canvas, area, 1 + row),
        }
    }
    let below = 1 + seen;
    rule(canvas, area, below);
    let filter = chosen.filter;
    let cursor = if filter.is_typing || !filter.typed.is_empty() {
        let found = format!("{} of {}", listed(state), waiting(state));
        typing(canvas, area, below + 1, "find  ", &filter.typed, &found).filter(|_| filter.is_typing)
    } else {
        let long = "worst tier first, then oldest; a new case never moves the selection";
        let order = fitting(usize::from(area.width).saturating_sub(4), &[long, "worst tier first, then oldest"]);
        put(canvas, area, below + 1, &Line::new("text.faint", order));
        None
    };
    let entries = [
        (Command::OpenSelected, "open"),
        (Command::DenyCase, "deny"),
        (Command::MarkCase, "mark"),
        (Command::DenyMarked, "deny marked"),
        (Command::FreezeEverySession, "freeze everywhere"),
        (Command::EditFilter, "find"),
        (Command::CloseLayer, "close"),
    ];
    let room = usize::from(area.width).saturating_sub(4);
    put(canvas, area, below + 2, &hints(keymap, Mode::Docket, &entries, room));
    let foot = [" approve only in an open case; there is no approve-all ", " approve only in an open case "];
    canvas.say(foot_pen(area), "text.faint", fitting(foot_pen(area).room(), &foot));
    cursor
}

fn title(state: &State) -> String {
    let sessions = match state.elsewhere.sessions {
        0 => String::new(),
        others => format!(" in {}", counted(others + 1, Noun::Session)),
    };
    format!("DOCKET  {}{sessions}", counted(waiting(state), Noun::Case))
}

/// How many cases wait.
fn waiting(state: &State) -> usize {
    state.docket.open_count() + state.elsewhere.cases.len()
}

/// How many of them are listed.
fn listed(state: &State) -> usize {
    docket_rows(state).len() + far_docket_rows(state).len()
}

/// The rows between head and foot, and which of them is selected.
fn rows(canvas: &Canvas<'_>, state: &State, chosen: Chosen<'_>, is_wide: bool) -> (Vec<Row>, usize) {
    let (here, there) = (docket_rows(state), far_docket_rows(state));
    let mut rows = Vec::new();
    let mut at = 0;
    let mut place = |rows: &[Row], name: &CaseName| {
        if chosen.selected == Some(name) {
            at = rows.len();
        }
    };
    for case in &here {
        place(&rows, &CaseName::from(*case));
        rows.push(Row::Case(own_row(canvas, state, case, chosen, is_wide)));
    }
    if here.is_empty() {
        let why = if state.docket.open_count() == 0 { "  nothing is held" } else { "  no case is like that" };
        rows.push(Row::Case(Line::new("text.faint", why)));
    }
    if !there.is_empty() {
        rows.push(Row::Others);
    }
    for case in &there {
        place(&rows, &case.name());
        rows.push(Row::Case(far_row(canvas, state, case, chosen, is_wide)));
    }
    (rows, at)
}

fn head(is_wide: bool) -> Line {
    if is_wide {
        Line::new("text.faint", "    #     age    tier        what").right("text.faint", "ends in")
    } else {
        Line::new("text.faint", "    #    tier       what")
    }
}

fn own_row(canvas: &Canvas<'_>, state: &State, case: &Case, chosen: Chosen<'_>, is_wide: bool) -> Line {
    let what = case.action.shown();
    let facts = Facts { id: case.id, tier: case.judgement.tier(), opened: case.opened, what: &what };
    let line = row(canvas, state, &facts, &CaseName::from(case), chosen, is_wide);
    match state.docket.release_of(case.id) {
        Some(release) => line.right("event.approved", let_go(state, release)),
        None if is_wide => line.right("text.faint", minutes(case.expires.since(state.now).as_secs())),
        None => line,
    }
}

/// A case of another session: it can be denied here, and approved where it is shown whole.
fn far_row(canvas: &Canvas<'_>, state: &State, case: &FarCase, chosen: Chosen<'_>, is_wide: bool) -> Line {
    let facts = Facts { id: case.case, tier: case.tier, opened: case.opened, what: &case.what };
    let cells = if is_wide { SESSION_CELLS } else { SESSION_CELLS / 2 };
    let place = cut_middle(&case.place, cells, canvas.glyphs().cut);
    let line = row(canvas, state, &facts, &case.name(), chosen, is_wide).right("text.faint", place);
    let left = minutes(case.expires.since(state.now).as_secs());
    if is_wide { line.right("text.faint", format!("  {left}")) } else { line }
}

/// What the rows of all cases begin with.
fn row(
    canvas: &Canvas<'_>,
    state: &State,
    facts: &Facts<'_>,
    name: &CaseName,
    chosen: Chosen<'_>,
    is_wide: bool,
) -> Line {
    let glyphs = canvas.glyphs();
    let is_selected = chosen.selected == Some(name);
    let pointer = if is_selected { glyphs.selected } else { " " };
    let mark = if chosen.marked.contains(name) { glyphs.marked } else { glyphs.unmarked };
    let age = state.now.since(facts.opened).as_secs();
    let word = facts.tier.map_or("held", |tier| tier.word());
    let glyph = facts.tier.map_or(" ", |tier| glyphs.tier(tier));
    let scope = facts.tier.map_or("text", scopes::tier);
    let style = if is_selected { "text.strong" } else { "text" };
    let mut line = Line::new("label", format!("{pointer} {mark} "));
    // In a narrow window what the case is about goes before how long it waits.
    let (id_cells, tier_cells): (usize, usize) = if is_wide { (5, 10) } else { (4, 9) };
    line = line.and(style, format!("{:<id_cells$} ", facts.id.to_string()));
    if is_wide {
        line = line.and("text.faint", format!("{:02}:{:02}  ", age / 60, age % 60));
    }
    line.and(scope, format!("{glyph} {word}"))
        .and("text", " ".repeat(tier_cells.saturating_sub(word.len()).max(1)))
        .and_all(untrusted_spans(&facts.what.into(), style))
}

//! The docket of cases and the timeline of events.

use super::canvas::{Canvas, Line, untrusted_spans};
use super::case::break_spans;
use super::case_keys::{fitting, let_go, minutes};
use super::frame::Rooms;
use super::keymap::Keymap;
use super::layers::{At, foot_pen, hints, put, rule, sheet, sheet_width, title_pen, typing};
use super::scopes;
use super::text::cut_middle;
use crate::app::{EventRow, EventsPrompt, FarCase, Filter, Search, State, docket_rows};
use crate::model::{Case, CaseId, Command, Mode, Noun, counted};

/// Cells for the name of another session.
const SESSION_CELLS: usize = 24;

/// Draws the docket: worst tier first, then oldest; below the session's own cases those of the others.
pub(super) fn docket(
    canvas: &mut Canvas<'_>,
    state: &State,
    keymap: &Keymap,
    rooms: Rooms,
    (selected, marked): (Option<CaseId>, &[CaseId]),
    filter: &Search,
) -> At {
    let cases = docket_rows(state);
    let (count, all) = (cases.len(), state.docket.open_count());
    let far = &state.elsewhere.cases;
    let sessions = match state.elsewhere.sessions {
        0 => String::new(),
        others => format!(" in {}", counted(others + 1, Noun::Session)),
    };
    let title = format!("DOCKET  {}{sessions}", counted(all + far.len(), Noun::Case));
    let room = usize::from(canvas.area().height).saturating_sub(8).max(1);
    // Our own cases can be ruled on here: they go before the others.
    let far_rows = far.len().min(room.saturating_sub(count.max(1) + 1));
    let below_own = if far_rows > 0 { far_rows + 1 } else { 0 };
    let most = room.saturating_sub(below_own).max(1);
    let area = sheet(canvas, rooms, count.clamp(1, most) + below_own + 4, &title);
    let is_wide = area.width >= 70;
    put(canvas, area, 0, &docket_head(is_wide));
    let at = cases.iter().position(|case| Some(case.id) == selected).unwrap_or(0);
    let skip = (at + 1).saturating_sub(most);
    for (row, case) in cases.iter().skip(skip).take(most).enumerate() {
        let is_selected = Some(case.id) == selected;
        let line = docket_row(canvas, state, case, is_selected, marked.contains(&case.id), is_wide);
        put(canvas, area, 1 + row, &line);
    }
    if cases.is_empty() {
        let why = if all == 0 { "  nothing is held" } else { "  no case is like that" };
        put(canvas, area, 1, &Line::new("text.faint", why));
    }
    let mut below = 1 + count.clamp(1, most);
    if far_rows > 0 {
        rule(canvas, area, below);
        for (row, case) in far.iter().take(far_rows).enumerate() {
            let line = far_row(canvas, state, case, is_wide);
            put(canvas, area, below + 1 + row, &line);
        }
        below += below_own;
    }
    rule(canvas, area, below);
    let cursor = if filter.is_typing || !filter.typed.is_empty() {
        let found = format!("{count} of {all}");
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

/// A case of another session: it is ruled on there, or with `watch deny`.
fn far_row(canvas: &Canvas<'_>, state: &State, case: &FarCase, is_wide: bool) -> Line {
    let word = case.tier.map_or("held", |tier| tier.word());
    let glyph = case.tier.map_or(" ", |tier| canvas.glyphs().tier(tier));
    let age = state.now.since(case.opened).as_secs();
    let (id_cells, tier_cells): (usize, usize) = if is_wide { (5, 10) } else { (4, 9) };
    let mut line = Line::new("text.faint", format!("    {:<id_cells$} ", case.case.to_string()));
    if is_wide {
        line = line.and("text.faint", format!("{:02}:{:02}  ", age / 60, age % 60));
    }
    let pad = " ".repeat(tier_cells.saturating_sub(word.len()).max(1));
    line = line.and(case.tier.map_or("text", scopes::tier), format!("{glyph} {word}")).and("text", pad);
    line = line.and_all(untrusted_spans(&case.what.as_str().into(), "event"));
    let session =
        cut_middle(&case.session, if is_wide { SESSION_CELLS } else { SESSION_CELLS / 2 }, canvas.glyphs().cut);
    let line = line.right("text.faint", session);
    let left = minutes(case.expires.since(state.now).as_secs());
    if is_wide { line.right("text.faint", format!("  {left}")) } else { line }
}

fn docket_head(is_wide: bool) -> Line {
    if is_wide {
        Line::new("text.faint", "    #     age    tier        what").right("text.faint", "ends in")
    } else {
        Line::new("text.faint", "    #    tier       what")
    }
}

fn docket_row(
    canvas: &Canvas<'_>,
    state: &State,
    case: &Case,
    is_selected: bool,
    is_marked: bool,
    is_wide: bool,
) -> Line {
    let glyphs = canvas.glyphs();
    let tier = case.judgement.tier();
    let pointer = if is_selected { glyphs.selected } else { " " };
    let mark = if is_marked { glyphs.marked } else { glyphs.unmarked };
    let age = state.now.since(case.opened).as_secs();
    let word = tier.map_or("held", |tier| tier.word());
    let glyph = tier.map_or(" ", |tier| glyphs.tier(tier));
    let scope = tier.map_or("text", scopes::tier);
    let name = if is_selected { "text.strong" } else { "text" };
    let mut line = Line::new("label", format!("{pointer} {mark} "));
    // In a narrow window what the case is about goes before how long it waits.
    let (id_cells, tier_cells): (usize, usize) = if is_wide { (5, 10) } else { (4, 9) };
    line = line.and(name, format!("{:<id_cells$} ", case.id.to_string()));
    if is_wide {
        line = line.and("text.faint", format!("{:02}:{:02}  ", age / 60, age % 60));
    }
    let line = line
        .and(scope, format!("{glyph} {word}"))
        .and("text", " ".repeat(tier_cells.saturating_sub(word.len()).max(1)))
        .and_all(untrusted_spans(&case.action.shown().into(), name));
    match state.docket.release_of(case.id) {
        Some(release) => line.right("event.approved", let_go(state, release)),
        None if is_wide => line.right("text.faint", minutes(case.expires.since(state.now).as_secs())),
        None => line,
    }
}

/// Draws the timeline, the newest row last.
pub(super) fn timeline(
    canvas: &mut Canvas<'_>,
    state: &State,
    keymap: &Keymap,
    rooms: Rooms,
    from_end: usize,
    filter: &str,
    prompt: Option<&EventsPrompt>,
) -> At {
    let wanted = Filter::new(filter);
    let fitting: Vec<&EventRow> = state.timeline.rows().rev().filter(|row| wanted.fits(row)).collect();
    let total = state.timeline.rows().len();
    let room = usize::from(canvas.area().height);
    let area = sheet(canvas, rooms, room, "EVENTS");
    let live = format!(" live {} ", canvas.glyphs().live);
    if from_end == 0 {
        canvas.say_right(title_pen(area), "state.watching", &live);
    }
    let count = format!("{} of {total}", fitting.len());
    let (before, typed) = match prompt {
        Some(EventsPrompt::Go(typed)) => ("go to  ", typed.as_str()),
        Some(EventsPrompt::Filter) | None => ("filter  ", filter),
    };
    let cursor = typing(canvas, area, 0, before, typed, &count);
    if filter.is_empty() && prompt.is_none() {
        let hint =
            Line::new("label", "filter  ").and("text.faint", "none; such as kind:run,read risk>=noted or a word");
        put(canvas, area, 0, &hint.right("text.faint", count));
    }
    rule(canvas, area, 1);
    let list = usize::from(area.height).saturating_sub(7);
    let is_wide = area.width >= 70;
    put(canvas, area, 2, &timeline_head(is_wide));
    let selected = from_end.min(fitting.len().saturating_sub(1));
    let last = selected.saturating_sub(list.saturating_sub(1));
    let visible: Vec<_> = fitting.iter().enumerate().skip(last).take(list).collect();
    for (row, (index, event)) in visible.into_iter().rev().enumerate() {
        let line = timeline_row(canvas, state, event, index == selected, is_wide);
        put(canvas, area, 3 + row, &line);
    }
    if fitting.is_empty() {
        put(canvas, area, 3, &Line::new("text.faint", "  no event is like that"));
    }
    rule(canvas, area, 3 + list);
    let entries = [
        (Command::EditFilter, "filter"),
        (Command::OpenSelected, "open"),
        (Command::GoTo, "go"),
        (Command::PreviousFlag, "flag"),
        (Command::NextFlag, "flag"),
        (Command::CopyText, "copy"),
        (Command::WriteEvents, "write"),
        (Command::CloseLayer, "close"),
    ];
    let width = usize::from(area.width).saturating_sub(4);
    put(canvas, area, 4 + list, &hints(keymap, Mode::Timeline, &entries, width));
    cursor.filter(|_| prompt.is_some())
}

fn timeline_head(is_wide: bool) -> Line {
    if is_wide {
        Line::new("text.faint", "  time      kind  risk        what").right("text.faint", "became  source ")
    } else {
        Line::new("text.faint", "  time      kind  what").right("text.faint", "became")
    }
}

fn timeline_row(canvas: &Canvas<'_>, state: &State, row: &EventRow, is_selected: bool, is_wide: bool) -> Line {
    let pointer = if is_selected { canvas.glyphs().selected } else { " " };
    let name = if is_selected { "text.strong" } else { "event" };
    let mut line = Line::new("label", format!("{pointer} "))
        .and("event.time", format!("{}  ", state.clock(row.at)))
        .and("event.kind", format!("{:<6}", row.kind.word()));
    if is_wide {
        let word = row.tier.map_or("", |tier| tier.word());
        let glyph = row.tier.map_or(" ", |tier| canvas.glyphs().tier(tier));
        line = line.and(row.tier.map_or("text", scopes::tier), format!("{glyph} {word}"));
        line = line.and("text", " ".repeat(10usize.saturating_sub(word.len())));
    }
    if let Some(case) = row.case {
        line = line.and("event.kind", format!("{case} "));
    }
    let source = row.source.map_or("", |source| source.word());
    let line = line.and_all(untrusted_spans(&row.what, name)).right(scopes::note(row.note), row.note.word());
    if is_wide { line.right("text.faint", format!("  {source:7}")) } else { line }
}

/// Draws one event whole: when, what became of it, who told of it, and all of its text.
pub(super) fn event(
    canvas: &mut Canvas<'_>,
    state: &State,
    keymap: &Keymap,
    rooms: Rooms,
    row: &EventRow,
    scroll: usize,
) -> At {
    let window = canvas.area();
    let most = usize::from(window.height).saturating_sub(9).max(1);
    let width = sheet_width(window, rooms);
    let lines = break_spans(untrusted_spans(&row.what, "event"), width.saturating_sub(4));
    let seen = lines.len().min(most);
    let area = sheet(canvas, rooms, seen + 4, "EVENT");
    let mut head = Line::new("event.time", format!("{}  ", state.clock(row.at))).and("event.kind", row.kind.word());
    if let Some(tier) = row.tier {
        head =
            head.and("text", "  ").and(scopes::tier(tier), format!("{} {}", canvas.glyphs().tier(tier), tier.word()));
    }
    if let Some(source) = row.source {
        head = head.and("text.faint", format!("  told by {}", source.word()));
    }
    if let Some(case) = row.case {
        head = head.and("event.kind", format!("  {case}"));
    }
    put(canvas, area, 0, &head.right(scopes::note(row.note), row.note.word()));
    rule(canvas, area, 1);
    let scroll = scroll.min(lines.len() - seen);
    for (at, line) in lines.iter().skip(scroll).take(seen).enumerate() {
        put(canvas, area, 2 + at, line);
    }
    rule(canvas, area, 2 + seen);
    let entries = [(Command::CopyText, "copy"), (Command::MoveDown, "scroll"), (Command::CloseLayer, "back")];
    let hints = hints(keymap, Mode::Timeline, &entries, width.saturating_sub(4));
    let left = lines.len() - seen - scroll;
    let hints = if left > 0 { hints.right("text.faint", format!("{left} more")) } else { hints };
    put(canvas, area, 3 + seen, &hints);
    None
}

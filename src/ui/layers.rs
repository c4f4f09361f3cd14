//! Sheets over the agent: palette, help, the question before quitting, what the agent left running.

use ratatui::layout::Rect;

use super::canvas::{Canvas, Line, Pen, inside, width};
use super::case_keys::key;
use super::frame::Rooms;
use super::keymap::{Keymap, written};
use super::panel::node_line;
use super::{copy, docket, grants, lists, text};
use crate::app::{AgentState, Layer, Layout, State, palette_matches};
use crate::model::{Command, Mode, Noun, Untrusted, counted};

/// The widest a sheet gets.
const SHEET_COLS_MAX: u16 = 100;

/// The widest the help gets: it has two columns where each has this half of it.
const HELP_COLS_MAX: u16 = 150;
/// Columns of the help from which on it has two.
const HELP_TWO_FROM: u16 = 100;
/// Cells between the two columns.
const HELP_GAP: usize = 2;
/// Cells of the keys in a row of the help.
const HELP_KEYS: usize = 17;

/// Where the cursor goes, if it goes anywhere.
pub(super) type At = Option<(u16, u16)>;

/// Draws the topmost sheet. `None` where there is none that covers a case.
pub(super) fn draw(canvas: &mut Canvas<'_>, state: &State, keymap: &Keymap, rooms: Rooms) -> Option<At> {
    match state.interaction.layers.last() {
        Some(Layer::Docket { selected, marked, filter }) => {
            let chosen = docket::Chosen { selected: selected.as_ref(), marked, filter };
            Some(docket::draw(canvas, state, keymap, rooms, chosen))
        }
        Some(Layer::Timeline { from_end, filter, prompt }) => {
            Some(lists::timeline(canvas, state, keymap, rooms, *from_end, filter, prompt.as_ref()))
        }
        Some(Layer::Event { row, scroll }) => Some(lists::event(canvas, state, keymap, rooms, row, *scroll)),
        Some(Layer::Palette { typed, selected }) => Some(palette(canvas, keymap, rooms, typed, *selected)),
        Some(Layer::Help { scroll, typed }) => {
            let beneath = state.interaction.mode_beneath();
            let first = if state.settings.is_replay && beneath == Mode::Agent { Mode::Replay } else { beneath };
            Some(help(canvas, keymap, rooms, *scroll, Wanted { first, typed }))
        }
        Some(Layer::Grant { selected }) => Some(grants::offer(canvas, state, keymap, rooms, *selected)),
        Some(Layer::Grants { selected }) => Some(grants::list(canvas, state, keymap, rooms, *selected)),
        Some(Layer::Quit) => Some(quit(canvas, state, keymap, rooms)),
        Some(Layer::Copy) => state.copy.as_ref().map(|view| copy::draw(canvas, state, view, rooms)),
        Some(Layer::Panel { .. } | Layer::Case | Layer::Confirm { .. } | Layer::Words { .. }) => None,
        None => survivors(canvas, state, rooms).map(|()| None),
    }
}

/// A sheet's box: over the agent and what is below it, as tall as it needs.
pub(super) fn sheet(canvas: &mut Canvas<'_>, rooms: Rooms, rows: usize, title: &str) -> Rect {
    let cols = u16::try_from(sheet_width(canvas.area(), rooms)).unwrap_or(u16::MAX);
    sheet_of(canvas, rooms, (cols, rows), title)
}

/// The same with so many columns.
fn sheet_of(canvas: &mut Canvas<'_>, rooms: Rooms, (cols, rows): (u16, usize), title: &str) -> Rect {
    let window = canvas.area();
    let most = window.height.saturating_sub(1 + rooms.keys.height);
    let height = u16::try_from(rows + 2).unwrap_or(u16::MAX).min(most);
    let area = Rect { x: window.x + (window.width - cols) / 2, y: window.y.saturating_add(1), width: cols, height };
    canvas.fill(area, "text");
    let style = canvas.style("border.focus");
    let frame = canvas.glyphs().thin;
    canvas.frame(area, &frame, style);
    canvas.say(title_pen(area), "title", &format!(" {title} "));
    area
}

/// How wide a sheet is.
pub(super) fn sheet_width(window: Rect, rooms: Rooms) -> usize {
    let cols = if rooms.layout <= Layout::Medium { window.width } else { SHEET_COLS_MAX.min(window.width) };
    usize::from(cols)
}

pub(super) fn title_pen(area: Rect) -> Pen {
    Pen { x: area.x.saturating_add(2), y: area.y, end: area.right().saturating_sub(2) }
}

pub(super) fn foot_pen(area: Rect) -> Pen {
    Pen { y: area.bottom().saturating_sub(1), ..title_pen(area) }
}

pub(super) fn rule(canvas: &mut Canvas<'_>, area: Rect, row: usize) {
    if let Some(pen) = Pen::row(inside(area), row) {
        let style = canvas.style("border.focus");
        let frame = canvas.glyphs().thin;
        canvas.rule(area, pen.y, &frame, style);
    }
}

pub(super) fn put(canvas: &mut Canvas<'_>, area: Rect, row: usize, line: &Line) {
    let inner = inside(area);
    let inner = Rect { x: inner.x.saturating_add(1), width: inner.width.saturating_sub(2), ..inner };
    if let Some(pen) = Pen::row(inner, row) {
        canvas.line(pen, line);
    }
}

/// A row in which something is typed, and its cursor.
pub(super) fn typing(canvas: &mut Canvas<'_>, area: Rect, row: usize, before: &str, typed: &str, note: &str) -> At {
    let inner = inside(area);
    let inner = Rect { x: inner.x.saturating_add(1), width: inner.width.saturating_sub(2), ..inner };
    let pen = Pen::row(inner, row)?;
    let pen = canvas.say_right(pen, "text.faint", note);
    let pen = canvas.say(pen.until(pen.end.saturating_sub(1)), "label", before);
    let typed = Untrusted::from(typed).shown();
    let skip = usize::from(width(&typed)).saturating_sub(pen.room().saturating_sub(1));
    let seen: String = typed.chars().skip(skip).collect();
    let end = canvas.say(pen, "input", &seen);
    Some((end.x.min(end.end.saturating_sub(1)), end.y))
}

/// Keys and what they do, as many as fit.
pub(super) fn hints(keymap: &Keymap, mode: Mode, entries: &[(Command, &str)], room: usize) -> Line {
    let mut line = Line::default();
    let mut used = 0;
    for (command, does) in entries {
        let key = key(keymap, mode, *command);
        let cells = usize::from(width(&key)) + does.len() + 4;
        if key.is_empty() || used + cells > room {
            continue;
        }
        used += cells;
        line = line.and("label", key).and("text.faint", format!(" {does}   "));
    }
    line
}

fn palette(canvas: &mut Canvas<'_>, keymap: &Keymap, rooms: Rooms, typed: &str, selected: usize) -> At {
    let found = palette_matches(typed);
    let most = usize::from(canvas.area().height).saturating_sub(8).clamp(1, 12);
    let area = sheet(canvas, rooms, most + 2, "COMMANDS");
    let cursor = typing(canvas, area, 0, "> ", typed, "");
    rule(canvas, area, 1);
    let skip = (selected + 1).saturating_sub(most);
    let name_cells = found.iter().map(|command| command.name().len()).max().unwrap_or_default();
    for (index, command) in found.iter().enumerate().skip(skip).take(most) {
        let keys = keymap.keys_of(Mode::Agent, *command).first().map_or_else(String::new, |keys| written(keys));
        let mark = if index == selected { canvas.glyphs().selected } else { " " };
        let scope = if index == selected { "text.strong" } else { "text" };
        let line = Line::new("label", format!("{mark} "))
            .and(scope, format!("{:<name_cells$} ", command.name()))
            .and("text.faint", command.help())
            .right("label", keys);
        put(canvas, area, 2 + index - skip, &line);
    }
    if found.is_empty() {
        put(canvas, area, 2, &Line::new("text.faint", "  no command is called like that"));
    }
    cursor
}

/// Whose keys the help lists.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    /// Those of this mode come first: the operator came from there.
    first: Mode,
    /// What a row must contain.
    typed: &'a str,
}

/// What the help layer lists, in a room of so many cells: a heading for each mode, its commands with their keys.
fn help_rows(keymap: &Keymap, wanted: Wanted<'_>, room: usize) -> Vec<Line> {
    let mut modes = [
        (Mode::Agent, "ANYWHERE"),
        (Mode::Case, "IN A CASE"),
        (Mode::Confirm, "TYPING A TARGET OR WORDS"),
        (Mode::Docket, "IN THE DOCKET"),
        (Mode::Timeline, "IN THE EVENTS"),
        (Mode::Copy, "LOOKING BACK"),
        (Mode::Panel, "IN THE PANEL"),
        (Mode::Replay, "IN A REPLAY"),
    ];
    modes.sort_by_key(|(mode, _)| *mode != wanted.first);
    let typed = wanted.typed.to_lowercase();
    let mut lines = Vec::new();
    for (mode, title) in modes {
        let mut rows = Vec::new();
        for command in Command::ALL {
            let keys: Vec<String> = keymap.keys_of(mode, *command).into_iter().map(written).collect();
            let text = format!("{} {} {}", keys.join(" "), command.name(), command.help()).to_lowercase();
            if keys.is_empty() || !text.contains(&typed) {
                continue;
            }
            let cells = HELP_KEYS - 3;
            let mut key = format!("  {:<cells$} ", keys.join(", "));
            for help in text::wrap(command.help(), room.saturating_sub(HELP_KEYS)) {
                rows.push(Line::new("label", std::mem::replace(&mut key, " ".repeat(HELP_KEYS))).and("text", help));
            }
        }
        if !rows.is_empty() {
            let mut heading = Line::new("label", title);
            if mode == Mode::Agent
                && let Some((alias, key)) = keymap.aliases().next()
            {
                heading = heading.right("text.faint", format!("{alias} is {key}"));
            }
            lines.push(heading);
            lines.extend(rows);
            lines.push(Line::default());
        }
    }
    lines.pop();
    if lines.is_empty() {
        lines.push(Line::new("text.faint", "no key and no command is called like that"));
    }
    lines
}

fn help(canvas: &mut Canvas<'_>, keymap: &Keymap, rooms: Rooms, scroll: usize, wanted: Wanted<'_>) -> At {
    let window = canvas.area();
    let cols = if rooms.layout <= Layout::Medium { window.width } else { HELP_COLS_MAX.min(window.width) };
    let columns = if cols >= HELP_TWO_FROM { 2 } else { 1 };
    let title = format!("HELP  keymap {}", keymap.name());
    let area = sheet_of(canvas, rooms, (cols, usize::from(window.height)), &title);
    let room = usize::from(area.width).saturating_sub(4);
    let each = (room - room.min(HELP_GAP * (columns - 1))) / columns;
    let lines = help_rows(keymap, wanted, each);
    let list = usize::from(area.height).saturating_sub(4);
    let scroll = scroll.min(lines.len().saturating_sub(list * columns));
    let inner = inside(area);
    let (mut at, mut seen) = (0, scroll);
    for line in lines.iter().skip(scroll) {
        let (column, row) = (at / list.max(1), at % list.max(1));
        if column >= columns {
            break;
        }
        seen += 1;
        // What parts two groups has no place above the first of a column.
        if row == 0 && column > 0 && line.is_empty() {
            continue;
        }
        at += 1;
        let x = inner.x.saturating_add(1 + u16::try_from(column * (each + HELP_GAP)).unwrap_or(u16::MAX));
        let part = Rect { x, width: u16::try_from(each).unwrap_or(u16::MAX), ..inner };
        if let Some(pen) = Pen::row(part, row) {
            canvas.line(pen, line);
        }
    }
    rule(canvas, area, list);
    let (_, down) = canvas.glyphs().more;
    let left = lines.len().saturating_sub(seen);
    let more = if left > 0 { format!("{down} {left} more") } else { String::new() };
    let close = key(keymap, Mode::Help, Command::CloseLayer);
    typing(canvas, area, list + 1, "type to search ", wanted.typed, &format!("{more}   {close} closes"))
}

fn quit(canvas: &mut Canvas<'_>, state: &State, keymap: &Keymap, rooms: Rooms) -> At {
    let held = state.docket.open_count();
    let mut lines = Vec::new();
    let what = match state.agent {
        AgentState::Running => "The agent is asked to end, and what it started with it.",
        AgentState::Ended { .. } => "What the agent left running is asked to end.",
    };
    let room = usize::from(canvas.area().width.min(SHEET_COLS_MAX)).saturating_sub(4);
    lines.extend(text::wrap(what, room).into_iter().map(|line| Line::new("text", line)));
    if held > 0 {
        let cases =
            if held == 1 { "One call is held; it is".to_owned() } else { format!("{held} calls are held; they are") };
        lines.push(Line::new("warning", format!("{cases} denied.")));
    }
    let close = key(keymap, Mode::Confirm, Command::CloseLayer);
    lines.push(
        Line::new("label", "q").and("text", " ends the session   ").and("label", close).and("text", " goes back"),
    );
    let area = sheet(canvas, rooms, lines.len(), "END THE SESSION?");
    for (row, line) in lines.iter().enumerate() {
        put(canvas, area, row, line);
    }
    None
}

/// What the agent left running, and the choice the operator has.
fn survivors(canvas: &mut Canvas<'_>, state: &State, rooms: Rooms) -> Option<()> {
    let AgentState::Ended { status, .. } = state.agent else { return None };
    let nodes = &state.tree.nodes;
    if nodes.is_empty() || state.interaction.keeps_survivors || state.interaction.case.is_some() {
        return None;
    }
    let count = nodes.len();
    let run = if count == 1 { "still runs" } else { "still run" };
    let end = if count == 1 { "ends it" } else { "ends them" };
    let most = usize::from(canvas.area().height).saturating_sub(8).max(1);
    let listed = nodes.iter().take(most);
    let area = sheet(canvas, rooms, 4 + listed.len(), "THE AGENT ENDED");
    let first = Line::new("text.strong", format!("agent ended with {status}; {} {run}", counted(count, Noun::Process)));
    put(canvas, area, 0, &first);
    for (row, node) in listed.enumerate() {
        let line = Line::new("text", "  ").and_all(node_line(node, canvas.glyphs()));
        put(canvas, area, 1 + row, &line);
    }
    let row = 1 + nodes.len().min(most);
    rule(canvas, area, row);
    let keys = Line::new("label", "q")
        .and("text", format!(" {end}   "))
        .and("label", "Esc")
        .and("text", " goes on supervising");
    put(canvas, area, row + 1, &keys);
    let note = "What they start is still judged and held.";
    put(canvas, area, row + 2, &Line::new("text.faint", note));
    Some(())
}

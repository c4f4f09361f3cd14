//! The timeline of events, and one event whole.

use super::canvas::{Canvas, Line, untrusted_spans};
use super::case::break_spans;
use super::frame::Rooms;
use super::keymap::Keymap;
use super::layers::{At, hints, put, rule, sheet, sheet_width, title_pen, typing};
use super::scopes;
use crate::app::{EventRow, EventsPrompt, Filter, State};
use crate::model::{Command, Mode};

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
    if from_end == 0 && !state.settings.is_replay {
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

//! The lowest rows of a case: its keys and its lock, or the box in which a target or words are typed.

use ratatui::layout::Rect;

use super::canvas::{Canvas, Line, Pen, Span, inside, untrusted_spans, width};
use super::case::break_spans;
use super::case_box::line_width;
use super::keymap::{Keymap, written};
use super::text::cut_end;
use crate::app::{Layer, Lock, Release, State, lock, not_grantable};
use crate::model::{Case, Command, Mode, Noun, Offer, Untrusted, counted};

/// What stands before the words that are sent where none are typed.
const EMPTY_SENDS: &str = "Enter sends: ";
/// How much of what is looked for is seen, in cells.
const FOUND_CELLS_MAX: usize = 24;
/// What the approval key does.
const APPROVES: &str = " approve once";
/// How many rows the keys take.
const ROWS: usize = 2;

/// How many rows the lowest part of a case takes in a room of so many cells, its rule left out.
pub(super) fn rows(state: &State, case: &Case, room: u16) -> usize {
    match state.interaction.layers.last() {
        Some(Layer::Confirm { .. }) => 1 + confirm_text(case, usize::from(room)).len(),
        _ if state.settings.is_replay => 1,
        _ => ROWS,
    }
}

/// The key that does `command` in `mode`, as it is written; empty where there is none.
pub(super) fn key(keymap: &Keymap, mode: Mode, command: Command) -> String {
    keymap.keys_of(mode, command).first().map_or_else(String::new, |keys| written(keys))
}

/// Draws the rule, the two rows and leaves the lower border; returns where the cursor goes.
///
/// `area` ends with the box's lower border and begins with the rule; `hidden` says how many lines of the case lie
/// above and below what is seen.
pub(super) fn draw(
    canvas: &mut Canvas<'_>,
    state: &State,
    case: &Case,
    keymap: &Keymap,
    area: Rect,
    hidden: (usize, usize),
) -> Option<(u16, u16)> {
    let style = canvas.style("case").patch(canvas.style("case.border"));
    let frame = canvas.glyphs().double;
    canvas.rule(area, area.y, &frame, style);
    let rows = inside(area);
    let rows = Rect { x: rows.x.saturating_add(1), width: rows.width.saturating_sub(2), ..rows };
    match state.interaction.layers.last() {
        Some(Layer::Confirm { typed, .. }) => {
            rule_title(canvas, area, &format!(" APPROVE ONCE {} ", case.id));
            let about = confirm_text(case, usize::from(rows.width));
            for (row, line) in about.iter().enumerate() {
                canvas.line(Pen::row(rows, row)?, line);
            }
            let keys = [(Command::SendTarget, "sends it"), (Command::CloseLayer, "goes back")];
            input(canvas, keymap, Pen::row(rows, about.len())?, typed, &keys, "paste is off")
        }
        Some(Layer::Words { typed, offered }) => {
            rule_title(canvas, area, &format!(" DENY {} WITH WORDS ", case.id));
            let first = Pen::row(rows, 0)?;
            match offered.as_ref().filter(|_| typed.is_empty()) {
                Some(words) => {
                    let words =
                        cut_end(words, usize::from(rows.width).saturating_sub(EMPTY_SENDS.len()), canvas.glyphs().cut);
                    canvas.line(first, &Line::new("case.text", EMPTY_SENDS).and("text.strong", words));
                }
                None => {
                    let long = "What should the agent hear? Empty: it is told to report and wait.";
                    let about = fitting(usize::from(rows.width), &[long, "What should the agent hear?"]);
                    canvas.say(first, "case.text", about);
                }
            }
            let keys = [(Command::SendTarget, "denies"), (Command::CloseLayer, "goes back")];
            input(canvas, keymap, Pen::row(rows, 1)?, typed, &keys, "")
        }
        _ => {
            more(canvas, area, hidden);
            keys(canvas, state, keymap, rows);
            find(canvas, state, keymap, area)
        }
    }
}

/// The first text that fits, or the last.
pub(super) fn fitting<'a>(room: usize, texts: &[&'a str]) -> &'a str {
    let fits = |text: &&&str| usize::from(width(text)) <= room;
    texts.iter().find(fits).or(texts.last()).copied().unwrap_or_default()
}

fn rule_title(canvas: &mut Canvas<'_>, area: Rect, title: &str) {
    let pen = Pen { x: area.x.saturating_add(2), y: area.y, end: area.right().saturating_sub(2) };
    canvas.say(pen, "case.title", title);
}

/// What is looked for in the case, in its rule; the cursor while it is typed.
fn find(canvas: &mut Canvas<'_>, state: &State, keymap: &Keymap, area: Rect) -> Option<(u16, u16)> {
    let view = state.interaction.case.as_ref()?;
    let is_focused = matches!(state.interaction.layers.last(), Some(Layer::Case));
    if !is_focused || (!view.find.is_typing && view.find.typed.is_empty()) {
        return None;
    }
    let count = match view.found.len() {
        _ if view.find.typed.is_empty() => String::new(),
        0 => "  nothing".to_owned(),
        count => format!("  {}", counted(count, Noun::Place)),
    };
    let next = key(keymap, Mode::Case, Command::NextMatch);
    let pen = Pen { x: area.x.saturating_add(2), y: area.y, end: area.right().saturating_sub(2) };
    let pen = canvas.say(pen, "case.label", " find ");
    let typed = Untrusted::from(view.find.typed.as_str()).shown();
    let skip = typed.chars().count().saturating_sub(FOUND_CELLS_MAX);
    let end = canvas.say(pen, "input", &typed.chars().skip(skip).collect::<String>());
    let pen = canvas.say(end, "text.faint", &format!(" {count}  {next} next "));
    (view.find.is_typing && pen.room() > 0).then_some((end.x, end.y))
}

/// How much of the case lies outside what is seen.
fn more(canvas: &mut Canvas<'_>, area: Rect, (above, below): (usize, usize)) {
    if above == 0 && below == 0 {
        return;
    }
    let (up, down) = canvas.glyphs().more;
    let text = match (above, below) {
        (0, below) => format!(" {down} {below} more "),
        (above, 0) => format!(" {up} {above} above, this is the end "),
        (above, below) => format!(" {up} {above} above   {down} {below} more "),
    };
    let pen = Pen { x: area.x.saturating_add(2), y: area.y, end: area.right().saturating_sub(2) };
    let scope = if below > 0 { "case.unknown" } else { "text.faint" };
    canvas.say_right(pen, scope, &text);
}

/// What is to be typed. It is named here unless BLAST names it in plain sight.
fn confirm_text(case: &Case, room: usize) -> Vec<Line> {
    let Offer::TypeTarget { target } = &case.offer else { return Vec::new() };
    let long = "Type the target named under BLAST, by hand. It applies to this call only.";
    if case.judgement.blast.targets.contains(target) && long.len() <= room {
        return vec![Line::new("case.text", long)];
    }
    let text =
        fitting(room, &["Type this by hand. It applies to this one call only.", "Type this by hand, for this call:"]);
    let mut lines = vec![Line::new("case.text", text)];
    lines.extend(break_spans(untrusted_spans(target, "text.strong"), room));
    lines
}

/// A row in which something is typed.
pub(super) fn input(
    canvas: &mut Canvas<'_>,
    keymap: &Keymap,
    pen: Pen,
    typed: &str,
    keys: &[(Command, &str)],
    note: &str,
) -> Option<(u16, u16)> {
    let mut hints: Vec<String> = Vec::new();
    for (command, does) in keys {
        let key = key(keymap, Mode::Confirm, *command);
        if !key.is_empty() {
            hints.push(format!("{key} {does}"));
        }
    }
    if !note.is_empty() {
        hints.insert(hints.len().min(1), note.to_owned());
    }
    let hints = hints.join("   ");
    let typed = Untrusted::from(typed).shown();
    let room = pen.room().saturating_sub(4);
    let needed = usize::from(width(&typed)) + hints.len() + 3;
    let pen = if needed <= room { canvas.say_right(pen, "text.faint", &hints) } else { pen };
    let pen = canvas.say(pen, "case.label", "> ");
    let skip = usize::from(width(&typed)).saturating_sub(pen.room().saturating_sub(1));
    let seen: String = typed.chars().skip(skip).collect();
    let end = canvas.say(pen, "input", &seen);
    Some((end.x.min(pen.end.saturating_sub(1)), end.y))
}

/// The two rows of keys.
fn keys(canvas: &mut Canvas<'_>, state: &State, keymap: &Keymap, rows: Rect) {
    let Some(view) = &state.interaction.case else { return };
    let Some(case) = state.docket.get(view.id) else { return };
    let is_focused = matches!(state.interaction.layers.last(), Some(Layer::Case));
    if let Some(only) = Pen::row(rows, 0).filter(|_| state.settings.is_replay) {
        let words = ["a recording: the case as it stood, nothing can be ruled", "a recording: nothing can be ruled"];
        canvas.line(only, &Line::new("text.faint", fitting(only.room(), &words)));
        return;
    }
    let (Some(first), Some(second)) = (Pen::row(rows, 0), Pen::row(rows, 1)) else {
        if let Some(only) = Pen::row(rows, 0) {
            let deny = key(keymap, Mode::Case, Command::DenyCase);
            canvas.line(only, &Line::new("case.key", deny).and("case.text", " deny"));
        }
        return;
    };
    if !is_focused {
        return unfocused(canvas, state, keymap, first, second);
    }
    if view.find.is_typing {
        let close = key(keymap, Mode::Case, Command::CloseLayer);
        let line = Line::new("case.text", "type what to find; no key rules meanwhile   ")
            .and("case.key", "Enter")
            .and("case.text", " next   ")
            .and("case.key", close)
            .and("case.text", " ends");
        canvas.line(first, &line);
        approval(canvas, state, case, keymap, second);
        return;
    }
    let full = if view.is_full { "brief" } else { "full text" };
    let chain = if view.shows_chain { "command" } else { "chain" };
    let many = state.docket.open_count() > 1;
    let all = [
        (Command::DenyCase, ["deny"; 3], true),
        (Command::DenyAndTell, ["deny and tell the agent", "deny and tell", "tell"], true),
        (Command::EndSession, ["end session", "end session", "end"], true),
        (Command::ShowFullText, [full; 3], true),
        (Command::ShowChain, [chain; 3], true),
        (Command::NextCase, ["next"; 3], many),
        (Command::ApproveSession, ["for the session", "session", "session"], not_grantable(case).is_none()),
    ];
    let entries = |length: usize| -> Vec<(Command, &str)> {
        let wanted = all.iter().filter(|(_, _, is_wanted)| *is_wanted);
        wanted.filter_map(|(command, words, _)| Some((*command, *words.get(length)?))).collect()
    };
    let room = first.room();
    let line = [("    ", 0), ("   ", 0), ("   ", 1), ("  ", 1), ("  ", 2), (" ", 2)]
        .into_iter()
        .map(|(gap, length)| key_line(keymap, Mode::Case, &entries(length), gap))
        .find(|spans| line_width(spans) <= room);
    let short = entries(2);
    let line = line.unwrap_or_else(|| key_line(keymap, Mode::Case, short.get(..2).unwrap_or_default(), " "));
    canvas.spans(first, &line);
    approval(canvas, state, case, keymap, second);
}

/// Keys with what they do.
pub(super) fn key_line(keymap: &Keymap, mode: Mode, entries: &[(Command, &str)], gap: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    for (command, does) in entries {
        let key = key(keymap, mode, *command);
        if key.is_empty() {
            continue;
        }
        if !spans.is_empty() {
            spans.push(Span::new("case.text", gap));
        }
        spans.push(Span::new("case.key", key));
        spans.push(Span::new("case.text", format!(" {does}")));
    }
    spans
}

fn unfocused(canvas: &mut Canvas<'_>, state: &State, keymap: &Keymap, first: Pen, second: Pen) {
    let open = key(keymap, Mode::Agent, Command::OpenCase);
    let room = first.room();
    let text = fitting(room.saturating_sub(open.len() + 18), &[" brings the keyboard here", " opens it"]);
    let mut line = Line::new("case.key", open).and("case.text", text);
    if let Some((alias, key)) = keymap.aliases().next() {
        line = line.right("text.faint", format!("{alias} is {key}"));
    }
    canvas.line(first, &line);
    let long = if state.is_frozen {
        "the agent stands still; your keys are kept"
    } else {
        "the call waits; your keys go to the agent"
    };
    let still = fitting(room.saturating_sub(26), &[long, ""]);
    let line = releasing(state, keymap).unwrap_or_else(|| expiry(state, Line::new("text.faint", still), room));
    canvas.line(second, &line);
}

/// The approval key and its lock, or why there is none.
fn approval(canvas: &mut Canvas<'_>, state: &State, case: &Case, keymap: &Keymap, pen: Pen) {
    let key = key(keymap, Mode::Case, Command::ApproveOnce);
    if let Some(line) = releasing(state, keymap) {
        canvas.line(pen, &line);
        return;
    }
    let copy = self::key(keymap, Mode::Case, Command::CopyText);
    let line = match (&case.offer, lock(state)) {
        (Offer::RunElsewhere { .. }, _) => Line::new("case.none", "cannot be approved here")
            .and("case.text", ": run it yourself elsewhere, ")
            .and("case.key", copy)
            .and("case.text", " copies it"),
        (_, _) if key.is_empty() => Line::new("text.faint", "no key approves"),
        (offer, Lock::Open) => {
            let long = if *offer == Offer::Approve { "    ready" } else { ", then type the target    ready" };
            let short = if *offer == Offer::Approve { "  ready" } else { ", then the target" };
            let room = pen.room().saturating_sub(key.len() + APPROVES.len());
            Line::new("case.lock.open", format!("{key}{APPROVES}")).and("case.text", fitting(room, &[long, short]))
        }
        (_, Lock::Closed { why, millis }) => {
            let wait = millis.map_or_else(
                || "locked: ".to_owned(),
                |millis| {
                    let tenths = millis.div_ceil(100);
                    format!("locked {}.{}s, ", tenths / 10, tenths % 10)
                },
            );
            let why = format!("{wait}{why}");
            let long = format!("{key}{APPROVES}    ");
            // Why it is locked goes before what the key would do.
            let key = if usize::from(width(&long) + width(&why)) > pen.room() { format!("{key} ") } else { long };
            Line::new("text.faint", key).and("case.lock.closed", why)
        }
    };
    let room = pen.room();
    canvas.line(pen, &expiry(state, line, room));
}

/// The countdown of an approval that is not let go yet, and the key that stops it.
fn releasing(state: &State, keymap: &Keymap) -> Option<Line> {
    let view = state.interaction.case.as_ref()?;
    let release = state.docket.release_of(view.id)?;
    let deny = key(keymap, Mode::Case, Command::DenyCase);
    let line = Line::new("case.lock.open", "approved").and("case.text", format!(", {}    ", let_go(state, release)));
    Some(line.and("case.key", deny).and("case.text", " stops it"))
}

/// In how many seconds an approved act is let go.
pub(super) fn let_go(state: &State, release: &Release) -> String {
    format!("let go in {}s", release.at.since(state.now).as_millis().div_ceil(1_000))
}

/// A line with when the case expires by itself, in as many words as there is room for beside it.
fn expiry(state: &State, line: Line, room: usize) -> Line {
    let Some(case) = state.interaction.case.as_ref().and_then(|view| state.docket.get(view.id)) else { return line };
    let left = minutes(case.expires.since(state.now).as_secs());
    let taken = line_width(&line.left) + line_width(&line.right) + 1;
    let words = [format!("expires by itself in {left}"), format!("expires in {left}")];
    match words.into_iter().find(|words| taken + words.len() <= room) {
        Some(words) => line.right("text.faint", words),
        None => line,
    }
}

/// A short word for so many seconds.
pub(super) fn minutes(secs: u64) -> String {
    if secs >= 60 { format!("{}m", secs / 60) } else { format!("{secs}s") }
}

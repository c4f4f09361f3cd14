//! The sheet before a grant, with what it would cover, and the list of what is granted (`UX.md`, R15).

use super::canvas::{Canvas, Line, untrusted_spans};
use super::case_keys::key;
use super::frame::Rooms;
use super::keymap::Keymap;
use super::layers::{At, foot_pen, hints, put, rule, sheet, sheet_width};
use super::text::wrap;
use crate::app::{Lock, State, grant_choices, grant_lines, grant_matches, lock};
use crate::model::{Case, CaseState, Command, Granted, Mode, Noun, Untrusted, counted};

/// How many of the cases that a grant would cover are listed; the others are counted.
const MATCHES_MAX: usize = 4;

/// Draws what can be granted over the case on the screen.
pub(super) fn offer(canvas: &mut Canvas<'_>, state: &State, keymap: &Keymap, rooms: Rooms, selected: usize) -> At {
    let case = state.interaction.case.as_ref().and_then(|view| state.docket.get(view.id))?;
    let choices = grant_choices(case);
    let chosen = choices.get(selected)?;
    let matches = grant_matches(state, case.id, chosen);
    let listed = matches.len().min(MATCHES_MAX);
    let more = usize::from(matches.len() > MATCHES_MAX);
    let about = about(case, chosen, sheet_width(canvas.area(), rooms).saturating_sub(4));
    let rows = 1 + choices.len() + 1 + about.len() + 1 + listed + more + 1 + 2;
    let area = sheet(canvas, rooms, rows, &format!("APPROVE {} FOR THE SESSION", case.id));
    put(
        canvas,
        area,
        0,
        &Line::new("text", "Approves this act, and what is chosen here from now on, without a question:"),
    );
    for (at, choice) in choices.iter().enumerate() {
        put(canvas, area, 1 + at, &choice_line(canvas, choice, at == selected));
    }
    let mut row = 1 + choices.len();
    rule(canvas, area, row);
    row += 1;
    for line in about {
        put(canvas, area, row, &line);
        row += 1;
    }
    let count = matches.len();
    let others = counted(count, Noun::OtherCase);
    let head = match count {
        0 => "No other case of this session so far is like that.".to_owned(),
        1 => format!("{others} of this session:"),
        _ => format!("{others} of this session, the newest first:"),
    };
    put(canvas, area, row, &Line::new("label", "covers   ").and("text", head));
    row += 1;
    for case in matches.iter().take(MATCHES_MAX) {
        put(canvas, area, row, &match_line(case));
        row += 1;
    }
    if more > 0 {
        put(canvas, area, row, &Line::new("text.faint", format!("         and {} more", count - MATCHES_MAX)));
        row += 1;
    }
    rule(canvas, area, row);
    put(canvas, area, row + 1, &approval(state, keymap));
    let entries = [(Command::MoveDown, "choose"), (Command::DenyCase, "deny"), (Command::CloseLayer, "goes back")];
    let room = usize::from(area.width).saturating_sub(4);
    put(canvas, area, row + 2, &hints(keymap, Mode::Case, &entries, room));
    canvas.say(foot_pen(area), "text.faint", " never for what is critical, denied, ordered otherwise or out of scope ");
    None
}

fn choice_line(canvas: &Canvas<'_>, choice: &Granted, is_selected: bool) -> Line {
    let pointer = if is_selected { canvas.glyphs().selected } else { " " };
    let kind = match choice {
        Granted::Exact { .. } => "exactly  ",
        Granted::Pattern { .. } => "pattern  ",
    };
    let scope = if is_selected { "text.strong" } else { "text" };
    Line::new("label", format!("{pointer} "))
        .and("text.faint", kind)
        .and_all(untrusted_spans(&Untrusted::from(choice.shown()), scope))
}

/// Where a grant holds and what for, in a room of so many cells.
fn about(case: &Case, chosen: &Granted, room: usize) -> Vec<Line> {
    let mut rules: Vec<&str> = Vec::new();
    for finding in &case.judgement.findings {
        if !rules.contains(&finding.rule.0.as_str()) {
            rules.push(finding.rule.0.as_str());
        }
    }
    let folder = match chosen {
        Granted::Pattern { cwd: Some(cwd), .. } => cwd.shown(),
        Granted::Pattern { cwd: None, .. } => "any folder".to_owned(),
        Granted::Exact { .. } => "the same folder, with the same words".to_owned(),
    };
    let mut lines = vec![Line::new("label", "in       ").and("text", folder)];
    let rules = wrap(&format!("{} and no other", rules.join(", ")), room.saturating_sub(9));
    lines.extend(rules.into_iter().enumerate().map(|(at, part)| {
        let label = if at == 0 { "rules    " } else { "         " };
        Line::new("label", label).and("text", part)
    }));
    lines
}

fn match_line(case: &Case) -> Line {
    let what = match &case.state {
        CaseState::Open => "held now",
        CaseState::Decided(decision) => decision.ruling.word(),
    };
    Line::new("text.faint", format!("         {:<5}{what:<9}", case.id.to_string()))
        .and_all(untrusted_spans(&Untrusted::from(case.action.shown()), "text"))
}

fn approval(state: &State, keymap: &Keymap) -> Line {
    let key = key(keymap, Mode::Case, Command::ApproveSession);
    match lock(state) {
        Lock::Open => Line::new("case.lock.open", format!("{key} approve and remember    ready")),
        Lock::Closed { why, millis } => {
            let wait = millis.map_or_else(String::new, |millis| {
                let tenths = millis.div_ceil(100);
                format!(" {}.{}s", tenths / 10, tenths % 10)
            });
            Line::new("text.faint", format!("{key} approve and remember    "))
                .and("case.lock.closed", format!("locked{wait}: {why}"))
        }
    }
}

/// Draws the list of what is granted.
pub(super) fn list(canvas: &mut Canvas<'_>, state: &State, keymap: &Keymap, rooms: Rooms, selected: usize) -> At {
    let lines = grant_lines(state);
    let most = usize::from(canvas.area().height).saturating_sub(6).max(1);
    let area = sheet(canvas, rooms, lines.len().clamp(1, most) + 2, "GRANTS");
    let skip = (selected + 1).saturating_sub(most);
    for (row, (at, (_, text))) in lines.iter().enumerate().skip(skip).take(most).enumerate() {
        let pointer = if at == selected { canvas.glyphs().selected } else { " " };
        let scope = if at == selected { "text.strong" } else { "text" };
        let line =
            Line::new("label", format!("{pointer} ")).and_all(untrusted_spans(&Untrusted::from(text.as_str()), scope));
        put(canvas, area, row, &line);
    }
    if lines.is_empty() {
        put(canvas, area, 0, &Line::new("text.faint", "  no approval is remembered"));
    }
    let below = lines.len().clamp(1, most);
    rule(canvas, area, below);
    let entries = [(Command::RevokeGrant, "take back"), (Command::MoveDown, "choose"), (Command::CloseLayer, "close")];
    let room = usize::from(area.width).saturating_sub(4);
    put(canvas, area, below + 1, &hints(keymap, Mode::Panel, &entries, room));
    canvas.say(foot_pen(area), "text.faint", " they end with the session; a deny rule or an order always wins ");
    None
}

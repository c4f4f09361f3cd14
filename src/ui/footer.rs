//! The lowest row: faults above all, then kept keys, messages, and the keys that work here.

use ratatui::layout::Rect;

use super::canvas::{Canvas, Line, Pen, Span, width};
use super::case_box::line_width;
use super::case_keys::let_go;
use super::frame::{Rooms, hint};
use super::keymap::{Keymap, written};
use super::text::cut_end;
use crate::app::{AgentState, CaseView, Clipboard, Layer, Layout, MESSAGE_FOR, State, WHICH_KEY_AFTER};
use crate::model::{Command, Mode, Noun, Untrusted, counted};

/// The longest words of a task in the lowest row, in characters.
const OFFERED_CELLS_MAX: usize = 26;

/// Draws the lowest row; where a window has no row for keys it takes the event row when there is something to say.
pub(super) fn draw(canvas: &mut Canvas<'_>, state: &State, keymap: &Keymap, rooms: Rooms, is_case: bool) {
    let own = rooms.keys.height > 0;
    let bottom = canvas.area().bottom().saturating_sub(1);
    let row = if own { rooms.keys } else { Rect { y: bottom, height: 1.min(rooms.events.height), ..canvas.area() } };
    if row.height == 0 {
        return;
    }
    let Some(line) = urgent(state, keymap).or_else(|| (!is_case || own).then(|| said(state, keymap)).flatten()) else {
        if own {
            canvas.fill(row, "keys");
            keys(canvas, state, keymap, row);
        }
        return;
    };
    let scope = line.left.first().map_or("keys", |span| span.scope);
    canvas.fill(row, if scope == "fault" { "fault" } else { "keys" });
    canvas.line(Pen::of(row), &line);
}

/// What must be seen whatever else there is.
fn urgent(state: &State, keymap: &Keymap) -> Option<Line> {
    let Some(why) = state.journal_lost.as_ref() else { return releasing(state, keymap) };
    let why = Untrusted::from(why.as_str()).shown();
    Some(Line::new("fault", format!(" JOURNAL LOST: {why}; every gated call is refused")))
}

/// An approved act that is not let go yet: it stays in sight wherever the operator is, and how to stop it.
fn releasing(state: &State, keymap: &Keymap) -> Option<Line> {
    let release = state.docket.releases().first().filter(|_| !state.settings.is_replay)?;
    let key = |mode, command| keymap.keys_of(mode, command).first().map_or_else(String::new, |keys| written(keys));
    let is_focused = matches!(state.interaction.layers.last(), Some(Layer::Case))
        && state.interaction.case.as_ref().is_some_and(|view| view.id == release.case);
    let mut line = Line::new("message", format!(" {} approved, {}", release.case, let_go(state, release)));
    if !is_focused {
        line = line.right("keys.key", key(Mode::Agent, Command::OpenCase)).right("message", " ");
    }
    Some(line.right("keys.key", key(Mode::Case, Command::DenyCase)).right("message", " stops it "))
}

/// What there is to say at this moment.
fn said(state: &State, keymap: &Keymap) -> Option<Line> {
    let interaction = &state.interaction;
    if let Some((text, at)) = &interaction.message
        && state.now < at.plus(MESSAGE_FOR)
    {
        return Some(Line::new("message", format!(" {}", Untrusted::from(text.as_str()).shown())));
    }
    if let Some(which) = which_key(state, keymap) {
        return Some(which);
    }
    if let Some(offered) = offered(state, keymap).or_else(|| clipboard(state, keymap)) {
        return Some(offered);
    }
    let kept = &interaction.kept;
    let count = kept.text.chars().count();
    if count + kept.dropped == 0 {
        return None;
    }
    let mut text = format!(" typed while frozen: {} kept for you (not sent)", counted(count, Noun::Key));
    if kept.dropped > 0 {
        text.push_str(&format!(", {} dropped", kept.dropped));
    }
    let back = hint(keymap, Mode::Case, Command::CloseLayer, "back to agent ");
    let mut line = Line::new("message", text);
    if matches!(interaction.layers.last(), Some(Layer::Case)) {
        line.right = back.map(Vec::from).unwrap_or_default();
    }
    Some(line)
}

/// What the task's words order, and the key that makes it binding.
fn offered(state: &State, keymap: &Keymap) -> Option<Line> {
    let first = state.standing.offered.first()?;
    let is_agents = state.interaction.mode() == Mode::Agent && state.agent == AgentState::Running;
    let [accept, dismiss] = [Command::AcceptOrders, Command::DismissOrders]
        .map(|command| keymap.keys_of(Mode::Agent, command).first().map(|keys| written(keys)));
    let accept = accept.filter(|_| is_agents && !state.settings.is_replay)?;
    let orders: Vec<&str> = state.standing.offered.iter().map(|order| order.order.word()).collect();
    let words = cut_end(&first.words.shown(), OFFERED_CELLS_MAX, "..");
    let mut line = Line::new("message", format!(" task: \"{words}\"  "))
        .and("keys.key", accept)
        .and("message", format!(" order {}", orders.join(", ")));
    if let Some(dismiss) = dismiss {
        line = line.and("message", "  ").and("keys.key", dismiss).and("message", " no");
    }
    Some(line)
}

/// What the agent wants on the clipboard, and the keys that answer.
fn clipboard(state: &State, keymap: &Keymap) -> Option<Line> {
    let Clipboard::Asked(text) = &state.clipboard else { return None };
    let [allow, refuse] = [Command::AllowClipboard, Command::RefuseClipboard]
        .map(|command| keymap.keys_of(Mode::Agent, command).first().map(|keys| written(keys)));
    let words = cut_end(&Untrusted::from(text.as_str()).shown(), OFFERED_CELLS_MAX, "..");
    let line = Line::new("message", format!(" agent copies \"{words}\"")).right("keys.key", allow?);
    Some(line.right("message", " allow  ").right("keys.key", refuse?).right("message", " no "))
}

/// How a key sequence that was begun can go on.
fn which_key(state: &State, keymap: &Keymap) -> Option<Line> {
    let since = state.interaction.prefix_since?;
    let pending = &state.interaction.prefix;
    if pending.is_empty() || state.now < since.plus(WHICH_KEY_AFTER) {
        return None;
    }
    let mut line = Line::new("keys.key", format!(" {}", written(pending)));
    for (keys, command) in keymap.next_keys(state.interaction.mode(), pending) {
        line = line.and("keys.key", format!("  {} ", written(keys))).and("keys", brief(command));
    }
    Some(line)
}

/// One word for a command, for rows with little room.
fn brief(command: Command) -> &'static str {
    match command {
        Command::FocusPanel => "panel",
        Command::OpenCase => "case",
        Command::OpenDocket => "docket",
        Command::OpenTimeline => "events",
        Command::OpenPalette => "palette",
        Command::OpenHelp => "help",
        Command::SearchAgent => "search",
        Command::ScrollAgent => "scroll",
        Command::ZoomAgent => "zoom",
        Command::ToggleMouse => "mouse",
        Command::FreezeAll => "freeze",
        Command::QuitWatch => "quit",
        Command::SendPrefix => "send",
        other => other.name(),
    }
}

/// The keys that work here, as many as fit.
fn keys(canvas: &mut Canvas<'_>, state: &State, keymap: &Keymap, row: Rect) {
    let wide = Layout::of((canvas.area().width, canvas.area().height)) >= Layout::Large;
    let mode = state.interaction.mode();
    let mut hints: Vec<[Span; 2]> = Vec::new();
    let mut add = |mode, command, word| hints.extend(hint(keymap, mode, command, word));
    match mode {
        Mode::Agent if state.interaction.case.is_some() => {
            add(Mode::Agent, Command::OpenCase, "case");
            add(Mode::Agent, Command::OpenDocket, "docket");
            add(Mode::Agent, Command::OpenHelp, "help");
            add(Mode::Agent, Command::FreezeAll, "stop all");
        }
        Mode::Agent => {
            add(Mode::Agent, Command::FocusPanel, "panel");
            add(Mode::Agent, Command::OpenHelp, "help");
            add(Mode::Agent, Command::OpenPalette, "palette");
            if wide {
                add(Mode::Agent, Command::ZoomAgent, "zoom agent");
                add(Mode::Agent, Command::SearchAgent, "search");
                add(Mode::Agent, Command::ScrollAgent, "scroll back");
                add(Mode::Agent, Command::FreezeAll, "stop all");
            }
        }
        // A sheet over the case has its own keys in it.
        Mode::Case if !matches!(state.interaction.layers.last(), Some(Layer::Case)) => {
            add(Mode::Case, Command::CloseLayer, "close");
        }
        Mode::Case => {
            let scrolls = |view: &CaseView| view.scroll_max > 0 || view.beside_max.is_some_and(|most| most > 0);
            if state.interaction.case.as_ref().is_some_and(scrolls) {
                add(Mode::Case, Command::MoveDown, "scroll");
            }
            if state.interaction.case.as_ref().is_some_and(|view| view.beside_max.is_some()) {
                add(Mode::Case, Command::SwitchColumn, "column");
            }
            if state.docket.open_count() > 1 {
                add(Mode::Case, Command::NextCase, "next case");
            }
            add(Mode::Case, Command::EditFilter, "find");
            add(Mode::Case, Command::CopyText, "copy");
            add(Mode::Case, Command::CloseLayer, "back to agent");
        }
        Mode::Copy => {
            let is_selecting = state.copy.as_ref().is_some_and(|view| view.anchor.is_some());
            add(Mode::Copy, Command::SelectText, if is_selecting { "drop" } else { "select" });
            add(Mode::Copy, Command::CopyText, if is_selecting { "copy it" } else { "copy what is shown" });
            add(Mode::Copy, Command::EditFilter, "search");
            add(Mode::Copy, Command::CloseLayer, "back");
            add(Mode::Copy, Command::NextMatch, "next");
            add(Mode::Copy, Command::PageUp, "page up");
        }
        Mode::Panel => {
            add(Mode::Panel, Command::MoveUp, "earlier");
            add(Mode::Panel, Command::FilterEvents, "filter events");
            add(Mode::Panel, Command::RevokeGrant, "grants");
            add(Mode::Panel, Command::CloseLayer, "back to agent");
        }
        Mode::Docket | Mode::Timeline | Mode::Help | Mode::Palette | Mode::Confirm | Mode::Replay => {
            add(mode, Command::CloseLayer, "close");
        }
    }
    let mut line = Line::new("keys", " ");
    let alias = keymap.aliases().next().filter(|_| mode == Mode::Agent);
    let right = state.timeline.noted();
    if right > 0 && mode == Mode::Agent {
        line = line.right("event.noted", format!("{right} noted "));
    }
    let room = usize::from(row.width).saturating_sub(line_width(&line.right) + 1);
    for [key, word] in hints {
        let needed = usize::from(width(&key.text) + width(&word.text)) + 3;
        if line_width(&line.left) + needed <= room {
            line.left.extend([key, word]);
            line = line.and("keys", "   ");
        }
    }
    if let Some((alias, key)) = alias {
        let text = format!("{alias} is {key}");
        if line_width(&line.left) + text.len() <= room {
            line = line.and("keys", text);
        }
    }
    if state.agent != AgentState::Running {
        line.right.clear();
    }
    canvas.line(Pen::of(row), &line);
}

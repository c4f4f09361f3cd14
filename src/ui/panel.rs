//! The side panel: the agent, its events, what was noted, its tree and its cases.

use ratatui::layout::Rect;

use super::canvas::{Canvas, Line, Pen, inside, untrusted_spans};
use super::case::short;
use super::case_keys::key;
use super::frame::event_row;
use super::glyphs::Glyphs;
use super::keymap::Keymap;
use super::text::{bytes_told, cut_end};
use crate::app::{AgentState, EventRow, Layer, RowNote, State};
use crate::model::{Command, Mode, NodeState, TreeNode, Untrusted};

/// The most rows of the tree in the panel.
const TREE_ROWS_MAX: usize = 8;
/// The most rows of what was noted.
const NOTED_ROWS_MAX: usize = 4;
/// How many spans of time the little chart has.
const CHART_BARS: usize = 8;

/// Draws the panel; nothing where it has no room.
pub(super) fn draw(canvas: &mut Canvas<'_>, state: &State, keymap: &Keymap, area: Rect) {
    if area.width < 12 || area.height < 8 {
        return;
    }
    let scroll = state.interaction.layers.iter().find_map(|layer| match layer {
        Layer::Panel { scroll } => Some(*scroll),
        _ => None,
    });
    let border = canvas.style(if scroll.is_some() { "border.focus" } else { "border" });
    let frame = canvas.glyphs().thin;
    canvas.fill(area, "text");
    canvas.frame(area, &frame, border);
    let title = Pen { x: area.x + 2, y: area.y, end: area.right() - 2 };
    canvas.say(title, "title", " PANEL ");
    let inner = inside(area);
    let head = head(state);
    let noted: Vec<&EventRow> = state.timeline.rows().rev().filter(|row| row.note == RowNote::Noted).collect();
    let noted_rows = noted.len().clamp(1, NOTED_ROWS_MAX);
    let tree_rows = state.tree.nodes.len().clamp(1, TREE_ROWS_MAX);
    let rows = usize::from(inner.height);
    let foot = foot(state);
    let taken = head.len() + 1 + 1 + 1 + 1 + noted_rows + 1 + tree_rows + 1 + foot.len();
    let event_rows = rows.saturating_sub(taken);
    let mut at = 0;
    for line in head {
        put(canvas, inner, &mut at, &line);
    }
    rule(canvas, area, inner, &mut at);
    put(canvas, inner, &mut at, &events_head(state, keymap, scroll.is_some()));
    let from = state.timeline.rows().len().saturating_sub(event_rows + scroll.unwrap_or(0));
    for row in state.timeline.rows().skip(from).take(event_rows) {
        if let Some(pen) = Pen::row(inner, at) {
            event_row(canvas, state, pen, row, true);
        }
        at += 1;
    }
    at = at.max(rows.saturating_sub(noted_rows + tree_rows + 4 + foot.len()));
    rule(canvas, area, inner, &mut at);
    let chart = chart(state, canvas.glyphs());
    let count = state.timeline.noted();
    put(
        canvas,
        inner,
        &mut at,
        &Line::new("label", " NOTED ").and("chart", chart).right("text.faint", format!("{count} ")),
    );
    if noted.is_empty() {
        put(canvas, inner, &mut at, &Line::new("text.faint", "  nothing yet"));
    }
    for row in noted.iter().take(noted_rows).rev() {
        let line = Line::new("text", "  ").and_all(untrusted_spans(&row.what, "text"));
        put(canvas, inner, &mut at, &line);
    }
    rule(canvas, area, inner, &mut at);
    tree(canvas, state, inner, &mut at, tree_rows);
    rule(canvas, area, inner, &mut at);
    for line in foot {
        put(canvas, inner, &mut at, &line);
    }
}

/// What is approved from now on, what waits, and what of the destroyed is kept.
fn foot(state: &State) -> Vec<Line> {
    let counted = |count: usize| if count == 0 { "none".to_owned() } else { count.to_string() };
    let mut line = Line::new("label", " GRANTS ").and("text.faint", counted(state.standing.grants.len()));
    line = line.right("label", "CASES ");
    let decided = state.docket.decided().count();
    line = match (state.docket.open_count(), decided) {
        (0, 0) => line.right("text.faint", "none "),
        (0, decided) => line.right("text.faint", format!("{decided} decided ")),
        (open, 0) => line.right("bar.held", format!("{open} held ")),
        (open, decided) => {
            line.right("bar.held", format!("{open} held")).right("text.faint", format!(", {decided} decided "))
        }
    };
    let mut lines = vec![line];
    if let Some(store) = &state.store {
        let used = format!("{} of {}", bytes_told(store.bytes), bytes_told(store.budget_bytes));
        let line = Line::new("label", " KEPT ").and("text.faint", used);
        lines.push(match store.not_kept {
            0 => line.right("text.faint", format!("{} kept ", store.kept)),
            lost => line.right("warning", format!("{lost} not kept ")),
        });
    }
    lines
}

/// The head of the events: their number, and while the panel has the keyboard the key that filters them.
fn events_head(state: &State, keymap: &Keymap, is_focused: bool) -> Line {
    let line = Line::new("label", " EVENTS");
    let key = key(keymap, Mode::Panel, Command::FilterEvents);
    match is_focused && !key.is_empty() {
        true => line.right("label", key).right("text.faint", " filter "),
        false => line.right("text.faint", format!("{} ", state.timeline.total())),
    }
}

fn put(canvas: &mut Canvas<'_>, inner: Rect, at: &mut usize, line: &Line) {
    if let Some(pen) = Pen::row(inner, *at) {
        canvas.line(pen, line);
    }
    *at += 1;
}

fn rule(canvas: &mut Canvas<'_>, area: Rect, inner: Rect, at: &mut usize) {
    if let Some(pen) = Pen::row(inner, *at) {
        let border = canvas.style("border");
        let frame = canvas.glyphs().thin;
        canvas.rule(area, pen.y, &frame, border);
    }
    *at += 1;
}

fn head(state: &State) -> Vec<Line> {
    let name = state.session.agent.first().map(short).unwrap_or_default();
    let pid = state.tree.nodes.first().map_or_else(String::new, |node| format!(" {}", node.pid));
    let how = match state.agent {
        AgentState::Running if state.is_frozen => "frozen".to_owned(),
        AgentState::Running => "running".to_owned(),
        AgentState::Ended { status, .. } => format!("ended with {status}"),
    };
    let first = Line::new("text", " ")
        .and_all(untrusted_spans(&Untrusted::from(name), "bar.agent"))
        .and("text.faint", pid)
        .right("text.faint", format!("{how} "));
    let asked = match &state.session.task {
        Some(task) => Line::new("text.faint", " asked ").and_all(untrusted_spans(task, "text")),
        None => Line::new("text.faint", " in ").and_all(untrusted_spans(&state.session.cwd, "text")),
    };
    let mut lines = vec![first, asked];
    let standing = &state.standing;
    if !standing.orders.is_empty() {
        let orders: Vec<&str> = standing.orders.iter().map(|order| order.order.word()).collect();
        lines.push(Line::new("text.faint", " orders ").and("text", orders.join(", ")));
    }
    if let Some(scope) = &standing.scope {
        let scope = Untrusted::from(scope.as_str());
        lines.push(Line::new("text.faint", " scope ").and_all(untrusted_spans(&scope, "text")));
    }
    if !standing.grants.is_empty() {
        let count = standing.grants.len();
        let newest = standing.grants.last().map(|known| known.grant.what.shown()).unwrap_or_default();
        let newest = Untrusted::from(newest);
        let line = Line::new("text.faint", " grants ").and_all(untrusted_spans(&newest, "text"));
        lines.push(line.right("text.faint", format!("{count} ")));
    }
    lines
}

/// How many were noted in each of the last spans of time, as little bars.
fn chart(state: &State, glyphs: &Glyphs) -> String {
    let total = state.timeline.rows().len();
    let step = total.div_ceil(CHART_BARS).max(1);
    let rows: Vec<bool> = state.timeline.rows().map(|row| row.note == RowNote::Noted).collect();
    let counts: Vec<usize> = rows.chunks(step).map(|span| span.iter().filter(|noted| **noted).count()).collect();
    let most = counts.iter().copied().max().unwrap_or(0);
    if most == 0 {
        return String::new();
    }
    let top = glyphs.levels.len().saturating_sub(1);
    counts.iter().filter_map(|count| glyphs.levels.get(count * top / most)).copied().collect()
}

fn tree(canvas: &mut Canvas<'_>, state: &State, inner: Rect, at: &mut usize, rows: usize) {
    let nodes = &state.tree.nodes;
    if nodes.is_empty() {
        put(canvas, inner, at, &Line::new("label", " TREE ").and("text.faint", "not looked at yet"));
        return;
    }
    let hidden = nodes.len().saturating_sub(rows);
    for (index, node) in nodes.iter().take(rows).enumerate() {
        let label = if index == 0 { " TREE " } else { "      " };
        let mut line = Line::new("label", label).and_all(node_line(node, canvas.glyphs()));
        if hidden > 0 && index + 1 == rows {
            line = Line::new("label", label).and("text.faint", format!("and {} more", hidden + 1));
        }
        let (scope, word) = node_state(node.state);
        line = line.right(scope, format!("{word} "));
        put(canvas, inner, at, &line);
    }
}

/// A process of the tree, moved in below its parent.
pub(super) fn node_line(node: &TreeNode, glyphs: &Glyphs) -> Vec<super::canvas::Span> {
    use super::canvas::Span;
    let depth = usize::from(node.depth).min(8);
    let lead = if depth == 0 { String::new() } else { format!("{}{} ", "  ".repeat(depth - 1), glyphs.branch) };
    let mut spans = vec![Span::new("text.faint", format!("{lead}{} ", node.pid))];
    let command = cut_end(&without_folder(&node.command).shown(), 200, glyphs.cut);
    spans.extend(untrusted_spans(&Untrusted::from(command), "text"));
    spans
}

/// A command line whose program is named without its folder: where it lies says less than what it is.
fn without_folder(command: &Untrusted) -> Untrusted {
    let bytes = command.as_bytes();
    let program = bytes.iter().position(|byte| *byte == b' ').unwrap_or(bytes.len());
    let folder = bytes.iter().take(program).rposition(|byte| *byte == b'/').map_or(0, |at| at + 1);
    match bytes.get(folder..) {
        Some(rest) if folder < program => Untrusted::new(rest.to_vec()),
        _ => command.clone(),
    }
}

/// What a process of the tree does, as a scope and a word.
pub(super) fn node_state(state: NodeState) -> (&'static str, &'static str) {
    match state {
        NodeState::Running => ("tree.running", ""),
        NodeState::Stopped => ("tree.stopped", "stopped"),
        NodeState::Held => ("tree.held", "HELD"),
        NodeState::Excepted => ("tree.excepted", "excepted"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_named_by_its_program_and_not_by_where_that_lies() {
        for (command, told) in [
            ("/home/x/.nvm/bin/claude --task a/b", "claude --task a/b"),
            ("bash -c rm /tmp/x", "bash -c rm /tmp/x"),
            ("/usr/bin/", "/usr/bin/"),
            ("", ""),
        ] {
            assert_eq!(without_folder(&command.into()).shown(), told);
        }
    }
}

//! The sections of a case below its command: WHY, CHAIN, BLAST, TREE, ASKED, and beside them SIMILAR.

use super::canvas::{Line, Span, untrusted_spans, width};
use super::case::{Body, LABEL, break_spans, flow, section, short};
use super::glyphs::Glyphs;
use super::plain::reaches;
use super::scopes;
use super::text::{cut_end, cut_middle, wrap};
use crate::app::{RowNote, State};
use crate::model::{ActionKind, Case, CaseKind, CaseState, Finding, Grip, Offer, Tree, TreeNode, Undo, Untrusted};

/// How much of the name of what is hit is shown beside the command, in bytes.
const TARGET_BYTES_MAX: usize = 1024;
/// How many findings are shown where there is little room.
const FINDINGS_BRIEF: usize = 3;
/// How many links of the chain are shown where there is little room, the held act among them.
const LINKS_BRIEF: usize = 4;
/// Cells of the clock and the kind in a line of the chain.
const CLOCK_AND_KIND: usize = 15;

/// How many earlier cases are named.
const SIMILAR_MAX: usize = 3;

/// How much of a case is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// Sections below the command keep to the fewest lines.
    Tight,
    /// They keep to a few.
    Brief,
    /// Everything.
    Whole,
}

/// The sections below the command, as lines for a room of some width.
pub(super) struct Sections {
    pub(super) why: Vec<Body>,
    pub(super) chain: Vec<Body>,
    pub(super) blast: Vec<Body>,
    pub(super) tree: Vec<Body>,
    pub(super) asked: Vec<Body>,
    pub(super) similar: Vec<Body>,
}

impl Sections {
    pub(super) fn of(state: &State, case: &Case, room: u16, depth: Depth, glyphs: &Glyphs) -> Self {
        let wide = usize::from(room);
        Self {
            why: why(case, wide, depth, glyphs),
            chain: chain(state, case, wide, depth, glyphs),
            blast: blast(case, wide),
            tree: tree(state, case, wide, depth, glyphs),
            asked: asked(state, case, wide),
            similar: similar(state, case, wide, glyphs),
        }
    }

    /// The sections below the command, in their order.
    pub(super) fn below(&self) -> Vec<Body> {
        [&self.why, &self.chain, &self.blast, &self.tree, &self.asked].into_iter().flatten().cloned().collect()
    }
}

fn why(case: &Case, room: usize, depth: Depth, glyphs: &Glyphs) -> Vec<Body> {
    let room = room.saturating_sub(LABEL);
    let mut lines = Vec::new();
    if let Offer::RunElsewhere { why } = &case.offer {
        let text = format!("no approval can make it work here: {why}");
        lines.extend(wrap(&text, room).into_iter().map(|line| Line::new("case.none", line)));
    }
    let mut findings: Vec<&Finding> = case.judgement.findings.iter().collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.tier));
    let most = match depth {
        Depth::Tight | Depth::Brief => FINDINGS_BRIEF,
        Depth::Whole => findings.len(),
    };
    for (index, finding) in findings.iter().take(most).enumerate() {
        lines.extend(finding_lines(index + 1, finding, room, glyphs));
        if depth == Depth::Whole || (depth == Depth::Brief && index == 0) {
            let reason = match depth {
                Depth::Whole => wrap(&finding.why, room.saturating_sub(2)),
                Depth::Brief | Depth::Tight => vec![cut_end(&finding.why, room.saturating_sub(2), glyphs.cut)],
            };
            lines.extend(reason.into_iter().map(|text| Line::new("text.faint", format!("  {text}"))));
        }
        if let Some(instead) = finding.instead.as_ref().filter(|_| depth == Depth::Whole) {
            let text = wrap(&format!("instead: {instead}"), room.saturating_sub(2));
            lines.extend(text.into_iter().map(|text| Line::new("case.text", format!("  {text}"))));
        }
    }
    if findings.len() > most {
        lines.push(Line::new("case.unknown", format!("{} more: full text", findings.len() - most)));
    }
    if lines.is_empty() {
        lines.push(Line::new("case.text", "held by the policy"));
    }
    section("WHY", lines)
}

fn finding_lines(number: usize, finding: &Finding, room: usize, glyphs: &Glyphs) -> Vec<Line> {
    let tier = format!("{} {}", glyphs.tier(finding.tier), finding.tier);
    let rule = finding.rule.to_string();
    let beside = usize::from(width(&tier)) + 3;
    let title = wrap(&finding.title, room.saturating_sub(beside).max(8));
    let wide = title.first().map_or(0, |line| usize::from(width(line)));
    let mut lines = Vec::new();
    for (at, text) in title.into_iter().enumerate() {
        if at > 0 {
            lines.push(Line::new("case.text", format!("  {text}")));
            continue;
        }
        let mut line = Line::new("case.title", format!("{number} ")).and("case.text", text);
        if wide + beside + rule.len() + 3 <= room {
            line = line.right("text.faint", format!("{rule}  "));
        }
        lines.push(line.right(scopes::tier(finding.tier), tier.clone()));
    }
    lines
}

fn chain(state: &State, case: &Case, room: usize, depth: Depth, glyphs: &Glyphs) -> Vec<Body> {
    let links = &case.judgement.chain;
    let most = match depth {
        Depth::Tight | Depth::Brief => LINKS_BRIEF - 1,
        Depth::Whole => links.len(),
    };
    let hidden = links.len().saturating_sub(most);
    let mut lines = Vec::new();
    let brief_room = room.saturating_sub(LABEL);
    for link in links.iter().skip(hidden) {
        let mut line = Line::new("event.time", format!("{} ", state.clock(link.at)));
        line = line.and("event.kind", format!("{:<5} ", word(link.kind)));
        let note = cut_end(&link.note, brief_room / 2, glyphs.cut);
        let left = brief_room.saturating_sub(CLOCK_AND_KIND + usize::from(width(&note)) + 1);
        let what = cut_middle(&link.what.shown(), left, glyphs.cut);
        line = line.and_all(untrusted_spans(&Untrusted::from(what), "case.text")).right("case.text", note);
        lines.push(line);
    }
    if hidden > 0
        && let Some(first) = lines.first_mut()
    {
        first.right = vec![Span::new("case.unknown", format!("{hidden} earlier"))];
    }
    let (kind, what) = match case.kind {
        CaseKind::Call => match &case.action.kind {
            ActionKind::Exec(exec) => ("exec", exec.name()),
            ActionKind::Tool(tool) => ("tool", tool.name.shown()),
            ActionKind::Text(_) => ("exec", "the act".to_owned()),
            ActionKind::File(file) => ("file", file.shown()),
            ActionKind::Connect(connect) => ("net", connect.shown()),
            ActionKind::Kill(kill) => ("kill", kill.shown()),
        },
        CaseKind::Said => ("said", "a guess".to_owned()),
    };
    let became = match case.kind {
        CaseKind::Call => "HELD, it has not run",
        CaseKind::Said => "HELD, nothing runs on",
    };
    let held = Line::new("event.time", format!("{} ", state.clock(case.action.at)))
        .and("event.kind", format!("{kind:<5} "))
        .and_all(untrusted_spans(&Untrusted::from(what), "case.text"))
        .right("event.held", became);
    lines.push(held);
    section("CHAIN", lines)
}

fn word(kind: crate::model::LinkKind) -> &'static str {
    use crate::model::LinkKind;
    match kind {
        LinkKind::Run => "run",
        LinkKind::Read => "read",
        LinkKind::Said => "said",
        LinkKind::Net => "net",
        LinkKind::Exec => "exec",
    }
}

fn blast(case: &Case, room: usize) -> Vec<Body> {
    let blast = &case.judgement.blast;
    let mut parts: Vec<Vec<Span>> = Vec::new();
    if blast.targets.is_empty() {
        parts.push(vec![Span::new("text.faint", "target "), Span::new("case.unknown", "unknown")]);
    }
    parts.extend(blast.targets.iter().map(target_spans));
    for (words, what) in reaches(case) {
        let mut spans = vec![Span::new("text.faint", format!("{words} "))];
        spans.extend(untrusted_spans(what, "text.strong"));
        parts.push(spans);
    }
    for (name, value) in [("environment", &blast.environment), ("backups", &blast.backups)] {
        let known = value.as_ref().map(|value| untrusted_spans(&Untrusted::from(value.as_str()), "case.text"));
        let mut spans = vec![Span::new("text.faint", format!("{name} "))];
        spans.extend(known.unwrap_or_else(|| vec![Span::new("case.unknown", "unknown")]));
        parts.push(spans);
    }
    let undo = match &blast.undo {
        Undo::Unknown => Span::new("case.unknown", "unknown"),
        Undo::None => Span::new("case.none", "none"),
        Undo::By(how) => Span::new("case.text", how.clone()),
    };
    parts.push(vec![Span::new("text.faint", "undo "), undo]);
    section("BLAST", flow(parts, room.saturating_sub(LABEL)))
}

/// What is hit; of a very long name the beginning, as COMMAND has it whole.
fn target_spans(target: &Untrusted) -> Vec<Span> {
    let bytes = target.as_bytes();
    let Some(rest) = bytes.len().checked_sub(TARGET_BYTES_MAX).filter(|rest| *rest > 0) else {
        return untrusted_spans(target, "text.strong");
    };
    let kept = Untrusted::new(bytes.get(..TARGET_BYTES_MAX).unwrap_or_default().to_vec());
    let mut spans = untrusted_spans(&kept, "text.strong");
    spans.push(Span::new("text.faint", format!(" and {rest} bytes more")));
    spans
}

fn tree(state: &State, case: &Case, room: usize, depth: Depth, glyphs: &Glyphs) -> Vec<Body> {
    let tree = if case.tree.nodes.is_empty() { &state.tree } else { &case.tree };
    let (stopped, total) = tree.standing();
    let standing = match case.grip {
        Grip::Frozen => format!("{stopped} of {total} stopped"),
        Grip::CallOnly => "the call alone waits, the tree runs on".to_owned(),
    };
    let mut lines = Vec::new();
    let mut path = Line::default();
    for (index, node) in ancestry(tree, case).into_iter().enumerate() {
        if index > 0 {
            path = path.and("text.faint", format!(" {} ", glyphs.child));
        }
        let name = Untrusted::from(short(&node.command));
        path = path.and_all(untrusted_spans(&name, "case.text")).and("text.faint", format!(" {}", node.pid));
    }
    if path.left.is_empty() {
        let name = untrusted_spans(&case.action.caller.program, "case.text");
        path = path.and_all(name).and("text.faint", format!(" {}", case.action.caller.pid));
    }
    let room = room.saturating_sub(LABEL);
    let wide: usize = path.left.iter().map(|span| usize::from(width(&span.text))).sum();
    if depth != Depth::Whole || wide + standing.len() < room {
        lines.push(path.right("text.faint", standing));
    } else {
        lines.extend(break_spans(path.left, room));
        lines.push(Line::new("text.faint", standing));
    }
    section("TREE", lines)
}

/// The processes from the agent down to the one that asks.
fn ancestry<'a>(tree: &'a Tree, case: &Case) -> Vec<&'a TreeNode> {
    let find = |pid| tree.nodes.iter().find(|node| node.pid == pid);
    let mut path = Vec::new();
    let mut next = find(case.action.caller.pid);
    while let Some(node) = next.filter(|_| path.len() < 32) {
        path.push(node);
        next = find(node.parent);
    }
    path.reverse();
    path
}

fn asked(state: &State, case: &Case, room: usize) -> Vec<Body> {
    let cwd = case.action.as_exec().map(|exec| &exec.cwd).filter(|cwd| !cwd.is_empty()).unwrap_or(&state.session.cwd);
    let place = format!("in {}", cwd.shown());
    let room = room.saturating_sub(LABEL);
    let text = match &state.session.task {
        Some(task) => format!("\"{}\"", task.shown()),
        None => "the task is not known".to_owned(),
    };
    let mut lines: Vec<Line> = wrap(&text, room).into_iter().map(|line| Line::new("case.text", line)).collect();
    let used = lines.last().map_or(0, |line| line.left.iter().map(|span| usize::from(width(&span.text))).sum());
    let folder = place.rsplit('/').next().map_or(place.clone(), |name| format!("in {name}/"));
    if let Some(last) = lines.pop() {
        lines.push(if used + folder.len() + 2 <= room { last.right("text.faint", folder) } else { last });
    }
    section("ASKED", lines)
}

/// The cases of this session that the same rule opened before, and what became of them.
fn similar(state: &State, case: &Case, room: usize, glyphs: &Glyphs) -> Vec<Body> {
    let rule = case.judgement.worst().map(|finding| &finding.rule);
    let is_like = |other: &&Case| other.id < case.id && other.judgement.worst().map(|finding| &finding.rule) == rule;
    let earlier: Vec<&Case> = state.docket.decided().rev().filter(|_| rule.is_some()).filter(is_like).collect();
    let count = match earlier.len() {
        0 => "no earlier case by this rule".to_owned(),
        1 => "1 earlier case by this rule".to_owned(),
        count => format!("{count} earlier cases by this rule"),
    };
    let room = room.saturating_sub(LABEL);
    let mut lines = vec![Line::new("case.text", count)];
    for other in earlier.into_iter().take(SIMILAR_MAX) {
        let CaseState::Decided(decision) = &other.state else { continue };
        let note = RowNote::ruled(decision.ruling);
        let name = format!("{} ", other.id);
        let left = room.saturating_sub(name.len() + note.word().len() + 1);
        let what = cut_end(&other.action.shown(), left, glyphs.cut);
        let line = Line::new("text.faint", name).and_all(untrusted_spans(&Untrusted::from(what), "case.text"));
        lines.push(line.right(scopes::note(note), note.word()));
    }
    section("SIMILAR", lines)
}

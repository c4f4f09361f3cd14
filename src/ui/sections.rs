//! The sections of a case below its command: WHY, CHAIN, BLAST, TREE, ASKED, and beside them SECRET and SIMILAR.

use super::canvas::{Line, Span, untrusted_spans, width};
use super::case::{Body, LABEL, break_spans, flow, section, short};
use super::case_keys::key;
use super::glyphs::Glyphs;
use super::keymap::Keymap;
use super::panel::{node_line, node_state};
use super::plain::reaches;
use super::scopes;
use super::text::{cut_end, cut_middle, wrap};
use crate::app::{RowNote, State};
use crate::model::{
    ActionKind, Case, CaseKind, CaseState, Command, Finding, Grip, LinkKind, Mode, Noun, Offer, RuleId, SecretHandle,
    Tree, TreeNode, Undo, Untrusted, counted,
};

/// How much of the name of what is hit is shown beside the command, in bytes.
const TARGET_BYTES_MAX: usize = 1024;
/// How many findings are shown where there is little room.
const FINDINGS_BRIEF: usize = 3;
/// How many links of the chain are shown where there is little room, the held act among them.
const LINKS_BRIEF: usize = 4;
/// Cells of the clock and the kind in a line of the chain.
const CLOCK_AND_KIND: usize = 15;

/// Cells of a link of the chain from which on a note is beside it whatever its length.
const NOTE_FROM: usize = 30;
/// How many earlier cases are named.
const SIMILAR_MAX: usize = 3;
/// How much of a secret's digest is shown, in characters.
const DIGEST_CHARS: usize = 16;
/// How many processes are listed beside a case.
const NODES_MAX: usize = 16;

/// How much of a case is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Depth {
    /// Sections below the command keep to the fewest lines.
    Tight,
    /// They keep to a few.
    Brief,
    /// Every finding with a line of its reason, and the whole chain.
    Fair,
    /// Everything.
    Whole,
}

/// What the sections are made from.
#[derive(Clone, Copy)]
pub(super) struct Facts<'a> {
    pub(super) state: &'a State,
    pub(super) case: &'a Case,
    pub(super) glyphs: &'a Glyphs,
    pub(super) keymap: &'a Keymap,
}

/// The sections below the command, as lines for a room of some width.
pub(super) struct Sections {
    pub(super) why: Vec<Body>,
    pub(super) chain: Vec<Body>,
    pub(super) blast: Vec<Body>,
    pub(super) tree: Vec<Body>,
    pub(super) asked: Vec<Body>,
    /// What only the full text has, where there is no column for it.
    pub(super) more: Vec<Body>,
}

impl Sections {
    pub(super) fn of(facts: Facts<'_>, room: u16, depth: Depth) -> Self {
        let room = usize::from(room).saturating_sub(LABEL);
        let mut more = section("SECRET", secrets(facts, room));
        more.extend(section("SIMILAR", similar(facts, room)));
        Self {
            why: why(facts, room, depth),
            chain: section("CHAIN", chain(facts, room, depth)),
            blast: section("BLAST", blast(facts.case, room)),
            tree: section("TREE", tree(facts, room, depth)),
            asked: section("ASKED", asked(facts, room)),
            more,
        }
    }

    /// The sections below the command, in their order.
    pub(super) fn below(&self) -> Vec<Body> {
        [&self.why, &self.chain, &self.blast, &self.tree, &self.asked].into_iter().flatten().cloned().collect()
    }
}

/// What stands beside a case in a wide window, part by part: its chain first, which has its label in the border.
pub(super) fn beside(facts: Facts<'_>, room: u16) -> Vec<Vec<Line>> {
    let room = usize::from(room);
    let titled = |label: &str, lines: Vec<Line>| -> Vec<Line> {
        std::iter::once(Line::new("case.label", label)).chain(lines).collect()
    };
    let mut parts = vec![chain(facts, room, Depth::Whole), whole_tree(facts)];
    let secrets = secrets(facts, room);
    if !secrets.is_empty() {
        parts.push(titled("SECRET", secrets));
    }
    parts.push(titled("ASKED", asked(facts, room)));
    parts.push(titled("SIMILAR", similar(facts, room)));
    parts
}

fn why(facts: Facts<'_>, room: usize, depth: Depth) -> Vec<Body> {
    let Facts { case, glyphs, keymap, .. } = facts;
    let mut lines = Vec::new();
    if let Offer::RunElsewhere { why } = &case.offer {
        let text = format!("no approval can make it work here: {why}");
        lines.extend(wrap(&text, room).into_iter().map(|line| Line::new("case.none", line)));
    }
    let mut findings = told_once(&case.judgement.findings);
    findings.sort_by_key(|(finding, _)| std::cmp::Reverse(finding.tier));
    let most = if depth < Depth::Fair { FINDINGS_BRIEF } else { findings.len() };
    for (index, (finding, times)) in findings.iter().take(most).enumerate() {
        lines.extend(finding_lines((index + 1, *times), finding, room, glyphs));
        if depth >= Depth::Fair || (depth == Depth::Brief && index == 0) {
            let reason = match depth {
                Depth::Whole => wrap(&finding.why, room.saturating_sub(2)),
                Depth::Fair | Depth::Brief | Depth::Tight => {
                    vec![cut_end(&finding.why, room.saturating_sub(2), glyphs.cut)]
                }
            };
            lines.extend(reason.into_iter().map(|text| Line::new("text.faint", format!("  {text}"))));
        }
        if let Some(instead) = finding.instead.as_ref().filter(|_| depth == Depth::Whole) {
            let text = wrap(&format!("instead: {instead}"), room.saturating_sub(2));
            lines.extend(text.into_iter().map(|text| Line::new("case.text", format!("  {text}"))));
        }
    }
    if lines.is_empty() {
        lines.push(Line::new("case.text", "held by the policy"));
    }
    let mut lines = section("WHY", lines);
    if findings.len() > most {
        left_out(&mut lines, (most, findings.len()), &key(keymap, Mode::Case, Command::ShowFullText));
    }
    lines
}

/// Says below the label of WHY how many of the findings are told, and which key shows all: it takes no line of its own
/// where both have room there.
fn left_out(lines: &mut Vec<Body>, (told, all): (usize, usize), key: &str) {
    let notes = [("case.unknown", format!("{told} of {all}")), ("case.key", format!("{key} all"))];
    if !key.is_empty() && lines.len() > notes.len() && notes.iter().all(|(_, note)| usize::from(width(note)) < LABEL) {
        for (line, (scope, note)) in lines.iter_mut().skip(1).zip(notes) {
            if let Body::Text(line) = line
                && let Some(label) = line.left.first_mut()
            {
                *label = Span::new(scope, format!("{note:<LABEL$}"));
            }
        }
        return;
    }
    let line = Line::new("case.unknown", counted(all - told, Noun::MoreFinding));
    let line = if key.is_empty() {
        line
    } else {
        line.and("case.text", ": ").and("case.key", key).and("case.text", " shows all")
    };
    lines.extend(section("", vec![line]));
}

/// Findings, those that would be told in the same words only once, and how often each was made: a command may hit one
/// rule with several of its words, which COMMAND marks and BLAST names.
pub(super) fn told_once(findings: &[Finding]) -> Vec<(&Finding, usize)> {
    let words = |finding: &Finding| (finding.rule.clone(), finding.tier, finding.title.clone(), finding.why.clone());
    let mut told: Vec<(&Finding, usize)> = Vec::new();
    for finding in findings {
        match told.iter_mut().find(|(known, _)| words(known) == words(finding)) {
            Some((_, times)) => *times += 1,
            None => told.push((finding, 1)),
        }
    }
    told
}

/// How often a finding was made, where that is not once.
pub(super) fn times(times: usize) -> String {
    if times > 1 { format!(" ({times} times)") } else { String::new() }
}

fn finding_lines((number, count): (usize, usize), finding: &Finding, room: usize, glyphs: &Glyphs) -> Vec<Line> {
    let tier = format!("{} {}", glyphs.tier(finding.tier), finding.tier);
    let rule = finding.rule.to_string();
    let beside = usize::from(width(&tier)) + 3;
    let title = format!("{}{}", finding.title, times(count));
    let title = wrap(&title, room.saturating_sub(beside).max(8));
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

fn chain(facts: Facts<'_>, room: usize, depth: Depth) -> Vec<Line> {
    let Facts { state, case, glyphs, .. } = facts;
    let links = &case.judgement.chain;
    let most = if depth < Depth::Fair { LINKS_BRIEF - 1 } else { links.len() };
    let hidden = links.len().saturating_sub(most);
    let mut lines = Vec::new();
    for link in links.iter().skip(hidden) {
        let mut line = Line::new("event.time", format!("{} ", state.clock(link.at)));
        line = line.and("event.kind", format!("{:<5} ", word(link.kind)));
        let what = if link.kind == LinkKind::Read { near(&link.what, &state.session.cwd) } else { link.what.clone() };
        let (what, left) = (what.shown(), room.saturating_sub(CLOCK_AND_KIND));
        let (note, what) = beside_each_other(&what, &link.note, left, glyphs);
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
    lines
}

/// A path as it is from the folder that the agent was started in, where it lies in that or beside it: what is in the
/// project is known by its place there, and its end is not cut off.
fn near(path: &Untrusted, cwd: &Untrusted) -> Untrusted {
    let below = |folder: &[u8]| match folder {
        [] => None,
        folder => path.as_bytes().strip_prefix(folder)?.strip_prefix(b"/").filter(|rest| !rest.is_empty()),
    };
    let cwd = cwd.as_bytes();
    let parent = cwd.iter().rposition(|byte| *byte == b'/').and_then(|end| cwd.get(..end)).unwrap_or_default();
    match (below(cwd), below(parent)) {
        (Some(rest), _) => Untrusted::new(rest.to_vec()),
        (None, Some(rest)) => Untrusted::new([b"../", rest].concat()),
        (None, None) => path.clone(),
    }
}

/// The note of a link and what it is about, in a room for both. In a narrow one a note that does not fit goes first.
fn beside_each_other(what: &str, note: &str, room: usize, glyphs: &Glyphs) -> (String, String) {
    let is_short = usize::from(width(what) + width(note)) < room;
    let note = if room < NOTE_FROM && !is_short { String::new() } else { cut_end(note, room * 2 / 3, glyphs.cut) };
    let what = cut_middle(what, room.saturating_sub(usize::from(width(&note)) + 1), glyphs.cut);
    (note, what)
}

pub(super) fn word(kind: LinkKind) -> &'static str {
    match kind {
        LinkKind::Run => "run",
        LinkKind::Read => "read",
        LinkKind::Said => "said",
        LinkKind::Net => "net",
        LinkKind::Exec => "exec",
    }
}

fn blast(case: &Case, room: usize) -> Vec<Line> {
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
    flow(parts, room)
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

/// The case's tree, and in words how it stands.
fn standing(facts: Facts<'_>) -> (&Tree, String) {
    let Facts { state, case, .. } = facts;
    let tree = if case.tree.nodes.is_empty() { &state.tree } else { &case.tree };
    let (stopped, total) = tree.standing();
    let words = match case.grip {
        Grip::Frozen => format!("{stopped} of {total} stopped"),
        Grip::CallOnly => "the call alone waits, the tree runs on".to_owned(),
    };
    (tree, words)
}

fn tree(facts: Facts<'_>, room: usize, depth: Depth) -> Vec<Line> {
    let Facts { case, glyphs, .. } = facts;
    let (tree, standing) = standing(facts);
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
    let wide: usize = path.left.iter().map(|span| usize::from(width(&span.text))).sum();
    if depth != Depth::Whole || wide + standing.len() < room {
        lines.push(path.right("text.faint", standing));
    } else {
        lines.extend(break_spans(path.left, room));
        lines.push(Line::new("text.faint", standing));
    }
    lines
}

/// Every process of the tree below its parent, and what each does.
fn whole_tree(facts: Facts<'_>) -> Vec<Line> {
    let (tree, standing) = standing(facts);
    let mut lines = vec![Line::new("case.label", "TREE").right("text.faint", standing)];
    for node in tree.nodes.iter().take(NODES_MAX) {
        let (scope, word) = node_state(node.state);
        lines.push(Line::default().and_all(node_line(node, facts.glyphs)).right(scope, word));
    }
    if let Some(hidden) = tree.nodes.len().checked_sub(NODES_MAX).filter(|hidden| *hidden > 0) {
        lines.push(Line::new("text.faint", format!("and {}", counted(hidden, Noun::MoreProcess))));
    }
    lines
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

fn asked(facts: Facts<'_>, room: usize) -> Vec<Line> {
    let Facts { state, case, .. } = facts;
    let cwd = case.action.as_exec().map(|exec| &exec.cwd).filter(|cwd| !cwd.is_empty()).unwrap_or(&state.session.cwd);
    let place = format!("in {}", cwd.shown());
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
    lines
}

/// The secrets that stand in the act: what is shown of each, where it was first seen, its digest, and in which other
/// cases it stands. Never a value (`UX.md`, R5).
fn secrets(facts: Facts<'_>, room: usize) -> Vec<Line> {
    facts.case.judgement.secrets.iter().flat_map(|secret| secret_lines(facts, secret, room)).collect()
}

fn secret_lines(facts: Facts<'_>, secret: &SecretHandle, room: usize) -> Vec<Line> {
    let Facts { state, case, .. } = facts;
    let mut seen = vec![Span::new("text.faint", "first seen ")];
    match &secret.seen {
        Some(place) => seen.extend(untrusted_spans(place, "case.text")),
        None => seen.push(Span::new("case.unknown", "unknown")),
    }
    let digest: String = secret.digest.chars().take(DIGEST_CHARS).collect();
    let stands_in =
        |other: &&Case| other.id != case.id && other.judgement.secrets.iter().any(|it| it.digest == secret.digest);
    let others = state.docket.cases().iter().chain(state.docket.decided()).filter(stands_in);
    let others: Vec<String> = others.map(|other| other.id.to_string()).collect();
    let used = if others.is_empty() { "in this case only".to_owned() } else { format!("also in {}", others.join(" ")) };
    let name = vec![
        Span::new("secret", format!("{}  {}", secret.id, secret.handle)),
        Span::new("text.faint", format!("  {}", secret.kind)),
    ];
    let faint = |text: String| vec![Span::new("text.faint", text)];
    flow(vec![name, seen, faint(format!("digest {digest}")), faint(used)], room)
}

/// The cases of this session that one of the same rules opened before, and what became of them.
fn similar(facts: Facts<'_>, room: usize) -> Vec<Line> {
    let Facts { state, case, glyphs, .. } = facts;
    let is_its = |rule: &RuleId| case.judgement.findings.iter().any(|finding| finding.rule == *rule);
    let is_like = |other: &&Case| other.judgement.worst().is_some_and(|worst| is_its(&worst.rule));
    let earlier: Vec<&Case> = state.docket.decided().rev().filter(|other| other.id < case.id).filter(is_like).collect();
    let count = match earlier.len() {
        0 => "no earlier case by these rules".to_owned(),
        count => format!("{} by these rules", counted(count, Noun::EarlierCase)),
    };
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
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_in_the_project_or_beside_it_is_told_from_there() {
        for (path, cwd, told) in [
            ("/work/shop/deploy/staging.env", "/work/shop", "deploy/staging.env"),
            ("/work/infra/domains.env:4", "/work/shop", "../infra/domains.env:4"),
            ("/work/shopping/x", "/work/shop", "../shopping/x"),
            ("/work/shop", "/work/shop", "../shop"),
            ("/etc/passwd", "/work/shop", "/etc/passwd"),
            ("/etc/passwd", "/work", "/etc/passwd"),
            ("/etc/passwd", "/", "/etc/passwd"),
            ("/etc/passwd", "", "/etc/passwd"),
            ("infra/domains.env", "/work/shop", "infra/domains.env"),
        ] {
            assert_eq!(near(&path.into(), &cwd.into()).shown(), told, "{path} from {cwd}");
        }
    }
}

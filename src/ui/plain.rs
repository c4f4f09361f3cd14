//! A case in plain lines, for terminals without boxes. Same order as the panel (`UX.md`, R6).

use super::case::{describe, facts};
use super::intent::intent;
use super::sections::{times, told_once, word};
use crate::app::{EventRow, State};
use crate::model::{
    Action, ActionKind, Case, Exec, FileDeed, Judgement, Link, Moment, NodeState, Offer, TreeNode, Undo, Untrusted,
};

/// The whole case. Every byte of the command is in it, escaped.
#[must_use]
pub fn case(case: &Case) -> Vec<String> {
    let (what, _, _) = describe(case);
    let mut out = vec![head(case), "COMMAND".to_owned(), format!("  {what}")];
    out.extend(command(&case.action));
    out.extend(intent(case).into_iter().map(|(label, text)| format!("  {label} {text}")));
    out.push("WHY".to_owned());
    out.extend(why(&case.judgement));
    if !case.judgement.chain.is_empty() {
        out.push("CHAIN".to_owned());
        out.extend(case.judgement.chain.iter().map(link));
    }
    out.push("BLAST".to_owned());
    out.extend(blast(case));
    out.push("TREE".to_owned());
    out.extend(case.tree.nodes.iter().map(node));
    out
}

fn head(case: &Case) -> String {
    let tier = case.judgement.tier().map_or_else(String::new, |tier| tier.word().to_uppercase());
    let title = case.judgement.worst().map_or("", |finding| finding.title.as_str());
    format!("CASE {}  {tier}  {title}", case.id)
}

fn command(action: &Action) -> Vec<String> {
    let mut out = vec![format!("  {}", action.shown())];
    if let ActionKind::Exec(exec) = &action.kind {
        // The program is named whatever the words call it; what else makes it what it is, as in the panel (`UX.md`, R3).
        let path = exec.resolved.as_ref().unwrap_or(&exec.path);
        out.push(format!("  program {}", path.shown()));
        let others = facts(exec).into_iter().filter(|(_, value)| *value != path);
        out.extend(others.map(|(name, value)| format!("  {name} {}", value.shown())));
        out.extend(exec.env_changed.iter().map(|(name, value)| format!("  with {}={}", name.shown(), value.shown())));
    }
    if let ActionKind::File(file) = &action.kind {
        let command = Exec { argv: file.command.clone(), ..Exec::default() }.shown();
        out.extend([format!("  by {command}"), format!("  in {}", file.cwd.shown())]);
        out.push(format!("  size {} bytes", file.object.bytes));
    }
    out
}

fn why(judgement: &Judgement) -> Vec<String> {
    let mut out = Vec::new();
    for (at, (finding, count)) in told_once(&judgement.findings).into_iter().enumerate() {
        let title = format!("{}{}", finding.title, times(count));
        out.push(format!("  {} {title} ({}, {})", at + 1, finding.tier, finding.rule));
        out.push(format!("    {}", finding.why));
        if let Some(instead) = &finding.instead {
            out.push(format!("    instead: {instead}"));
        }
    }
    out
}

fn link(link: &Link) -> String {
    format!("  {}  {}  {}  {}", link.at, word(link.kind), link.what.shown(), link.note)
}

/// What a ruling holds for besides the targets, with the words that introduce it.
pub(super) fn reaches(case: &Case) -> impl Iterator<Item = (&'static str, &Untrusted)> {
    let reads = matches!(&case.action.kind, ActionKind::File(file) if file.deed == FileDeed::Read);
    let below = if reads {
        "and the secrets that this command reads below"
    } else {
        "and what this command does to files below"
    };
    let blast = &case.judgement.blast;
    let below = blast.below.iter().chain(&blast.further).map(move |folder| (below, folder));
    below.chain(blast.beside.as_ref().map(|names| ("and what this command does to", names)))
}

fn blast(case: &Case) -> Vec<String> {
    let (blast, offer) = (&case.judgement.blast, &case.offer);
    let unknown = || "unknown".to_owned();
    let targets = match offer {
        Offer::TypeTarget { target } => target.shown(),
        Offer::Approve | Offer::RunElsewhere { .. } if blast.targets.is_empty() => unknown(),
        Offer::Approve | Offer::RunElsewhere { .. } => {
            blast.targets.iter().map(Untrusted::shown).collect::<Vec<_>>().join(", ")
        }
    };
    let undo = match &blast.undo {
        Undo::Unknown => unknown(),
        Undo::None => "none".to_owned(),
        Undo::By(how) => how.clone(),
    };
    let mut lines = vec![format!("  target {targets}")];
    lines.extend(reaches(case).map(|(words, what)| format!("  {words} {}", what.shown())));
    lines.extend([
        format!("  environment {}", blast.environment.clone().unwrap_or_else(unknown)),
        format!("  backups {}", blast.backups.clone().unwrap_or_else(unknown)),
        format!("  undo {undo}"),
    ]);
    lines
}

fn node(node: &TreeNode) -> String {
    let state = match node.state {
        NodeState::Running => "running",
        NodeState::Stopped => "stopped",
        NodeState::Held => "held",
        NodeState::Excepted => "keeps running",
    };
    format!("  {}{} {}  {state}", "  ".repeat(usize::from(node.depth)), node.pid, node.command.shown())
}

/// What has been said of a session so far, and what there is to say next: every line once, each with its label.
#[derive(Debug, Clone, Default)]
pub struct Telling {
    rows: u64,
    message: Option<(String, Moment)>,
}

impl Telling {
    /// The lines that have not been said yet.
    pub fn lines(&mut self, state: &State) -> Vec<String> {
        let mut out = Vec::new();
        let fresh = usize::try_from(state.timeline.total() - self.rows).unwrap_or(usize::MAX);
        self.rows = state.timeline.total();
        let kept = state.timeline.rows();
        let skip = kept.len().saturating_sub(fresh);
        out.extend(kept.skip(skip).map(|row| told_row(state, row)));
        if self.message != state.interaction.message {
            self.message.clone_from(&state.interaction.message);
            out.extend(
                self.message.iter().map(|(text, _)| format!("watch: {}", Untrusted::from(text.as_str()).shown())),
            );
        }
        out
    }
}

/// A case as it is told to whoever hears it, with what the operator asked of the agent and how to answer.
#[must_use]
pub fn told(of: &Case, asked: Option<&Untrusted>) -> Vec<String> {
    let mut lines = case(of);
    let asked = asked.map_or_else(|| "the task is not known".to_owned(), |task| format!("\"{}\"", task.shown()));
    lines.extend(["ASKED".to_owned(), format!("  {asked}")]);
    lines.push(match &of.offer {
        Offer::RunElsewhere { why } => format!("ANSWER  deny {id}   it cannot be approved here: {why}", id = of.id),
        Offer::Approve | Offer::TypeTarget { .. } => {
            format!("ANSWER  type: deny {id}, deny {id} with words for the agent, or approve {id}", id = of.id)
        }
    });
    lines
}

fn told_row(state: &State, row: &EventRow) -> String {
    let tier = row.tier.map_or_else(String::new, |tier| format!(", {}", tier.word()));
    let case = row.case.map_or_else(String::new, |case| format!("{case} "));
    format!("{} {}: {case}{} ({}{tier})", state.clock(row.at), row.kind.word(), row.what.shown(), row.note.word())
}

//! A case in plain lines, for terminals without boxes. Same order as the panel (`UX.md`, R6).

use crate::model::{
    Action, ActionKind, Blast, Case, Exec, Judgement, Link, NodeState, Offer, TreeNode, Undo, Untrusted,
};

/// The whole case. Every byte of the command is in it, escaped.
#[must_use]
pub fn case(case: &Case) -> Vec<String> {
    let mut out = vec![head(case), "COMMAND".to_owned()];
    out.extend(command(&case.action));
    out.push("WHY".to_owned());
    out.extend(why(&case.judgement));
    if !case.judgement.chain.is_empty() {
        out.push("CHAIN".to_owned());
        out.extend(case.judgement.chain.iter().map(link));
    }
    out.push("BLAST".to_owned());
    out.extend(blast(&case.judgement.blast, &case.offer));
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
        let path = exec.resolved.as_ref().unwrap_or(&exec.path);
        out.push(format!("  program {}", path.shown()));
        if let Some(interpreter) = &exec.interpreter {
            out.push(format!("  interpreter {}", interpreter.shown()));
        }
        out.push(format!("  in {}", exec.cwd.shown()));
        out.extend(exec.env_changed.iter().map(|(name, value)| format!("  with {}={}", name.shown(), value.shown())));
        if exec.is_cut {
            out.push("  the arguments are longer than what is shown".to_owned());
        }
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
    for (at, finding) in judgement.findings.iter().enumerate() {
        out.push(format!("  {} {} ({}, {})", at + 1, finding.title, finding.tier, finding.rule));
        out.push(format!("    {}", finding.why));
        if let Some(instead) = &finding.instead {
            out.push(format!("    instead: {instead}"));
        }
    }
    out
}

fn link(link: &Link) -> String {
    format!("  {}  {}  {}", link.at, link.what.shown(), link.note)
}

fn blast(blast: &Blast, offer: &Offer) -> Vec<String> {
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
    let below = blast.below.as_ref();
    let below = below.map(|folder| format!("  and what this command does to files below {}", folder.shown()));
    let mut lines = vec![format!("  target {targets}")];
    lines.extend(below);
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

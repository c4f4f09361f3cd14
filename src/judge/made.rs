//! What an act takes away that this session made itself: a scratch database, a volume, a branch.

use super::act::Act;
use super::effects::Scene;
use super::remote;
use crate::model::{Finding, Pid, Receiver, Tier, Whose};
use crate::shell::{Layer, LayerKind, Word};
use crate::trail::made_thing;

/// Options whose value names what is taken away.
const NAMING: &[&str] = &[
    "--name",
    "-n",
    "--bucket",
    "--table-name",
    "--db-instance-identifier",
    "--resource-group",
    "--queue-name",
    "--volume",
];

/// Whether the session, or this text before, made something of this name.
pub(super) fn is_made(name: &str, act: &Act, scene: &Scene) -> bool {
    let thing = made_thing(name);
    scene.land.past.made(&thing) || scene.has_made(&thing, act.invocation)
}

/// Whether the session, or this text before, made the folder at `path`.
fn is_made_folder(path: &str, act: &Act, scene: &Scene) -> bool {
    let by_worktree = |other: &crate::shell::Invocation| crate::trail::worktree(other).as_deref() == Some(path);
    scene.land.past.made(path) || scene.before(act.invocation).iter().any(by_worktree)
}

/// Whether the act runs in a container that this session, or this text before, started under a name.
pub(super) fn is_in_made_container(act: &Act, scene: &Scene) -> bool {
    let container = |layer: &&Layer| matches!(layer.kind, LayerKind::Container { .. });
    let names = act.invocation.layers.iter().rev().find(container).and_then(|layer| layer.words.get(1..));
    names.unwrap_or_default().iter().any(|word| !word.is_flag() && is_made(&word.text, act, scene))
}

/// What git throws away in a working folder that this session made, or that is temporary, is nobody's work.
pub(super) fn calm_in_made_folder(findings: &mut [Finding], from: usize, act: &Act, scene: &Scene) {
    const LOCAL: [&str; 6] =
        ["git/reset-hard", "git/clean", "git/discard-changes", "git/restore", "git/stash-drop", "git/branch-delete"];
    let Some(here) = act.invocation.cwd.as_deref().filter(|here| *here != scene.land.project) else { return };
    if act.program != "git" || !(scene.land.past.made(here) || scene.land.is_passing(here)) {
        return;
    }
    let local = |finding: &&mut Finding| LOCAL.contains(&finding.rule.0.as_str());
    findings.iter_mut().skip(from).filter(local).for_each(|finding| finding.tier = Tier::Low);
}

/// Who reaches into a process of this session finds there what is watched as well.
pub(super) fn calm_own_process(findings: &mut [Finding], from: usize, act: &Act, scene: &Scene) {
    const TRACE: &str = "tampering/trace";
    let mut traces = findings.iter_mut().skip(from).filter(|finding| finding.rule.0 == TRACE).peekable();
    if traces.peek().is_none() || !act.invocation.is_here() {
        return;
    }
    let named = act.args.iter().filter_map(|word| {
        let text = word.text.strip_prefix("--pid=").or_else(|| word.text.strip_prefix("-p")).unwrap_or(&word.text);
        text.parse::<i32>().ok().filter(|number| *number > 0).map(Pid)
    });
    let whose: Vec<Whose> = named.map(|pid| scene.land.oracle.receiver(&Receiver::Process { pid })).collect();
    if !whose.is_empty() && whose.iter().all(|whose| matches!(whose, Whose::Session | Whose::Nobody)) {
        traces.for_each(|finding| finding.tier = Tier::Low);
    }
}

/// Whether all that the act names was made by this session.
pub(super) fn is_all_made(act: &Act, scene: &Scene) -> bool {
    let is_made = |word: &Word| is_made(&word.text, act, scene);
    let valued = ["-h", "-p", "-U", "-u", "--host", "--port", "--username", "-c", "-e", "-f", "-d", "-n", "--context"];
    let operands = act.invocation.operands(&valued);
    if matches!(act.program.as_str(), "psql" | "mysql" | "pg_restore" | "mongosh") {
        let named = act.invocation.option(&["-d", "--dbname", "-D", "--database"]);
        return named.as_ref().or(operands.first().copied()).is_some_and(is_made);
    }
    if act.program == "git" {
        let names = operands.get(1..).unwrap_or_default();
        if let [tree, remove, folder] = operands.as_slice()
            && tree.text == "worktree"
            && remove.text == "remove"
        {
            return act.invocation.path(folder).is_some_and(|path| is_made_folder(&path, act, scene));
        }
        return operands.first().is_some_and(|word| word.text == "branch")
            && !names.is_empty()
            && names.iter().copied().all(is_made);
    }
    let verb = operands.iter().position(|word| remote::removes(&word.text));
    let mut rest = operands.get(verb.map_or(0, |at| at + 1)..).unwrap_or_default();
    // `kubectl delete ns scratch`: the kind stands before the name.
    if matches!(act.program.as_str(), "kubectl" | "oc") {
        rest = rest.get(1..).unwrap_or_default();
    }
    if rest.is_empty() {
        let named = act.invocation.options(NAMING);
        return verb.is_some() && !named.is_empty() && named.iter().all(is_made);
    }
    (verb.is_some() || act.program == "dropdb") && rest.iter().all(|word| is_made(word))
}

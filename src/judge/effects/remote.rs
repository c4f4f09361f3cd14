//! Providers' tools: what they do to things that are not on this machine.

use super::Collect;
use crate::judge::effect::Deed;
use crate::judge::ground::Ground;
use crate::judge::remote::{self, Manner, is_elsewhere};
use crate::judge::unknown;
use crate::shell::Word;

/// `s3 cp s3://x/a .`: what is copied comes here.
fn brings_here(args: &[&Word]) -> bool {
    let words: Vec<&str> = args.iter().map(|word| word.text.as_str()).collect();
    let is_copy = words.iter().any(|word| matches!(*word, "cp" | "sync" | "copy"));
    let is_far = |word: &&&str| ["s3://", "gs://", "b2://", "r2://"].iter().any(|head| word.starts_with(head));
    let far = words.iter().filter(is_far).count();
    let last = words.iter().rev().find(|word| is_far(word) || word.starts_with(['.', '/', '~']) || **word == "-");
    is_copy && far == 1 && last.is_some_and(|word| !is_far(&word))
}

/// A list of changes in a file that can be read, and that deletes: `--change-batch file://changes.json`.
fn listed(collect: &mut Collect) {
    if !matches!(collect.act.program.as_str(), "aws" | "awslocal") {
        return;
    }
    for word in collect.invocation().args().to_vec() {
        let Some(path) = word.text.strip_prefix("file://") else { continue };
        let Some(text) = collect.content(&Word { text: path.to_owned(), ..word.clone() }) else { continue };
        let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        if plain.contains("\"Action\":\"DELETE\"")
            || plain.contains("\"DeleteRequest\"")
            || plain.contains("\"Expiration\"")
        {
            collect.deed(Deed::RemoteRemove, path, Ground::Outside, word.span);
        }
    }
}

/// `terraform apply d.plan`, where the plan was made with `-destroy`.
fn planned(collect: &mut Collect) {
    let invocation = collect.invocation();
    let words = invocation.operands(&["-var", "-var-file", "-chdir", "-parallelism", "-lock-timeout"]);
    let [apply, plan] = words.as_slice() else { return };
    if !matches!(invocation.program(), "terraform" | "tofu") || apply.text != "apply" {
        return;
    }
    let made_here = |other| crate::trail::destroying_plan(other).as_deref() == Some(plan.text.as_str());
    let before = collect.scene.land.past.chosen(&format!("destroying plan {}", plan.text)).is_some();
    if before || collect.scene.before(invocation).iter().any(made_here) {
        collect.deed(Deed::RemoteRemove, &plan.text, Ground::Outside, plan.span);
    }
}

/// What is kept from now on for next to no time, said by an option or by the settings that are given.
fn expiring(collect: &mut Collect, deed: Deed) {
    let program = collect.act.program.as_str();
    if let Some(word) = unknown::expiring(program, &collect.act.args) {
        collect.deed(deed, &word.text, Ground::Outside, word.span);
    } else if is_elsewhere(program) && collect.given().is_some_and(|text| unknown::expires(&text)) {
        let span = collect.invocation().span;
        collect.deed(deed, "what is kept", Ground::Outside, span);
    }
}

/// What a tool that nobody knows takes away, by its words or by its options.
fn by_unknown(collect: &mut Collect) {
    // What the project itself builds is tried out on what the session made.
    if collect.invocation().words.first().is_some_and(|word| word.text.contains('/')) {
        return;
    }
    let (program, args) = (collect.act.program.as_str(), &collect.act.args);
    let found = unknown::verb(program, args)
        .or_else(|| unknown::option(program, args).filter(|_| !has_only_own_places(collect)));
    if let Some(word) = found {
        let span = collect.invocation().span;
        collect.deed(Deed::UnknownRemove, &word.text, Ground::Outside, span);
    }
}

/// Whether all paths among its words are those of what is made again.
fn has_only_own_places(collect: &Collect) -> bool {
    let paths = collect.act.args.iter().filter(|word| !word.is_flag() && word.text.contains('/'));
    let grounds: Vec<Ground> = paths.map(|word| collect.placed(word, true).1).collect();
    !grounds.is_empty() && grounds.iter().all(|ground| matches!(ground, Ground::Build | Ground::Scratch))
}

pub(super) fn collect(collect: &mut Collect) {
    listed(collect);
    planned(collect);
    let Some(command) = remote::of(&collect.act.program, &collect.act.args) else {
        expiring(collect, Deed::UnknownRemove);
        by_unknown(collect);
        return;
    };
    let by_option = || {
        let makes = matches!(command.verb.text.as_str(), "create" | "add" | "new");
        // What is made may be told to prune later, and a cache that is purged fills again.
        let is_setting = |text: &str| makes && text.starts_with("--prune") || text.starts_with("--purge");
        unknown::taking_option(&collect.act.args).is_some_and(|word| !is_setting(&word.text))
    };
    let removes = if command.is_known { Deed::RemoteRemove } else { Deed::UnknownRemove };
    let deed = match command.manner {
        Manner::Reads => return,
        Manner::Removes => removes,
        Manner::Changes if by_option() => removes,
        Manner::Changes => Deed::RemoteChange,
    };
    if deed == Deed::RemoteChange {
        expiring(collect, removes);
    }
    if deed == Deed::RemoteChange && brings_here(&collect.act.args) {
        return;
    }
    let target = command.target.unwrap_or(command.verb).text.clone();
    let span = collect.invocation().span;
    collect.deed(deed, &target, Ground::Outside, span);
}

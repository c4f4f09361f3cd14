//! What an act takes away that this session made itself: a scratch database, a volume, a branch.

use super::act::Act;
use super::effects::Scene;
use super::ground::Ground;
use crate::model::{Finding, Pid, Receiver, Tier, Whose};
use crate::shell::{Invocation, Layer, LayerKind, Word};
use crate::trail::images::{image_thing, is_for_trying, pushed_images, registry_of, registry_thing};
use crate::trail::{
    Environment, WHOLE, at_port, composed, described, host_of, is_local_host, made_thing, saves_all, unmakes, workspace,
};

/// Whether the session, or this text before, made something of this name.
pub(super) fn is_made(name: &str, act: &Act, scene: &Scene) -> bool {
    has(&made_thing(name), act, scene)
}

fn has(thing: &str, act: &Act, scene: &Scene) -> bool {
    scene.land.past.made(thing) || scene.has_made(thing, act.invocation)
}

/// Whether the session, or this text before, made the folder at `path`.
fn is_made_folder(path: &str, act: &Act, scene: &Scene) -> bool {
    let by_worktree = |other: &crate::shell::Invocation| crate::trail::worktree(other).as_deref() == Some(path);
    scene.land.past.made(path) || scene.before(act.invocation).iter().any(by_worktree)
}

/// Whether the act runs in a container that this session, or this text before, started under a name.
fn is_in_made_container(act: &Act, scene: &Scene) -> bool {
    let container = |layer: &&Layer| matches!(layer.kind, LayerKind::Container { .. });
    let Some(layer) = act.invocation.layers.iter().rev().find(container) else { return false };
    let starter = Invocation { words: layer.words.clone(), ..Invocation::default() };
    if let Some((project, _)) = composed(&starter) {
        return has(&made_thing(&format!("compose {project}")), act, scene);
    }
    let names = layer.words.get(1..);
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

/// What git removes of folders that a build makes is made again.
pub(super) fn calm_cleaned(findings: &mut [Finding], from: usize, act: &Act, scene: &Scene) {
    let is_clean = |finding: &Finding| finding.rule.0 == "git/clean";
    if act.program != "git" || !findings.iter().skip(from).any(is_clean) {
        return;
    }
    let operands = act.invocation.operands(&["-e", "--exclude", "-C", "-c"]);
    let Some((_, folders)) = operands.split_first() else { return };
    let is_passing = |word: &&Word| {
        let ground = act.invocation.path(word).map(|path| scene.land.of(&path, true));
        !word.is_open() && matches!(ground, Some(Ground::Build | Ground::Scratch | Ground::Nothing))
    };
    if !folders.is_empty() && folders.iter().all(is_passing) {
        let cleans = findings.iter_mut().skip(from).filter(|finding| is_clean(finding));
        cleans.for_each(|finding| finding.tier = Tier::Low);
    }
}

/// An image of this session's own making, under a tag for trying, goes to the registry that it logged in to.
pub(super) fn calm_own_image(findings: &mut [Finding], from: usize, act: &Act, scene: &Scene) {
    let pushes = |finding: &Finding| finding.rule.0 == "packages/image-push";
    if !findings.iter().skip(from).any(pushes) {
        return;
    }
    let own = |image: String| {
        let is_known = has(&made_thing(&image_thing(&image)), act, scene)
            || registry_of(&image).is_some_and(|host| has(&made_thing(&registry_thing(host)), act, scene));
        is_known && is_for_trying(&image)
    };
    let images = pushed_images(act.invocation);
    if !images.is_empty() && images.into_iter().all(own) {
        findings.iter_mut().skip(from).filter(|f| pushes(f)).for_each(|finding| finding.tier = Tier::Low);
    }
}

/// Keys that go to a terminal which this session opened reach nobody else.
pub(super) fn calm_own_terminal(findings: &mut [Finding], from: usize, act: &Act, scene: &Scene) {
    let Some(target) = act.invocation.option(&["-t"]) else { return };
    let session = target.text.split([':', '.']).next().unwrap_or_default().trim_start_matches('=');
    if act.program == "tmux" && has(&made_thing(&format!("tmux {session}")), act, scene) {
        let types = |finding: &&mut Finding| finding.rule.0 == "tampering/type-keys";
        findings.iter_mut().skip(from).filter(types).for_each(|finding| finding.tier = Tier::Low);
    }
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

/// Whether what the act is done to was made by this session: all that it names, or the place where it acts.
pub(super) fn is_own(act: &Act, scene: &Scene) -> bool {
    is_all_made(act, scene)
        || is_in_made_container(act, scene)
        || is_on_made_port(act, scene)
        || is_in_made_workspace(act, scene)
}

/// What git throws away of the working folder is nowhere lost where all of it was saved just before.
pub(super) fn calm_saved(findings: &mut [Finding], from: usize, act: &Act, scene: &Scene) {
    const DISCARDING: [&str; 3] = ["git/reset-hard", "git/discard-changes", "git/restore"];
    let is_here = act.invocation.cwd.as_deref().is_some_and(|cwd| cwd == scene.land.project);
    if act.program == "git" && is_here && (scene.land.past.saved() || saves_all(scene.before(act.invocation))) {
        let discards = |finding: &&mut Finding| DISCARDING.contains(&finding.rule.0.as_str());
        findings.iter_mut().skip(from).filter(discards).for_each(|finding| finding.tier = Tier::Low);
    }
}

/// What a plan was seen of, and takes nothing away, is no change without a look at it; nor is one in a workspace of the
/// session's own. In production it waits all the same.
pub(super) fn calm_planned(findings: &mut [Finding], from: usize, act: &Act, scene: &Scene) {
    const APPLYING: [&str; 3] = ["infrastructure/apply-unseen", "infrastructure/apply", "infrastructure/playbook"];
    let is_seen = || scene.land.past.planned(&act.program) || is_in_made_workspace(act, scene);
    if act.environment == Environment::Production || !is_seen() {
        return;
    }
    let applies = |finding: &&mut Finding| APPLYING.contains(&finding.rule.0.as_str());
    findings.iter_mut().skip(from).filter(applies).for_each(|finding| finding.tier = Tier::Low);
}

/// Whether all that the act names was made by this session.
fn is_all_made(act: &Act, scene: &Scene) -> bool {
    let is_made = |word: &Word| is_made(&word.text, act, scene);
    let valued = ["-h", "-p", "-U", "-u", "--host", "--port", "--username", "-c", "-e", "-f", "-d", "-n", "--context"];
    let operands = act.invocation.operands(&valued);
    match act.program.as_str() {
        "psql" | "mysql" | "pg_restore" | "mongosh" => {
            let named = act.invocation.option(&["-d", "--dbname", "-D", "--database"]);
            named.as_ref().or(operands.first().copied()).is_some_and(is_made)
        }
        "vagrant" if operands.len() == 1 => has(&made_thing(&format!("{WHOLE} vagrant")), act, scene),
        "docker compose" => composed(act.invocation)
            .is_some_and(|(project, _)| has(&made_thing(&format!("compose {project}")), act, scene)),
        "kubectl" | "oc" if operands.len() == 1 && described(act.invocation).is_some() => {
            described(act.invocation).is_some_and(|path| has(&made_thing(&format!("described {path}")), act, scene))
        }
        "dropdb" => !operands.is_empty() && operands.into_iter().all(is_made),
        "git" => is_made_in_git(&act.invocation.operands(&["-C", "-c", "-o", "--push-option"]), act, scene),
        program => {
            let Some(gone) = unmakes(act.invocation) else { return false };
            let is_thing = |name: &str| has(&gone.thing(act.invocation.program(), name), act, scene);
            // A queue is named when it is made, and taken away by its address.
            let by_address =
                |name: &String| name.contains("://") && is_thing(name.rsplit('/').next().unwrap_or_default());
            let is_made = |name: &String| self::is_made(name, act, scene) || is_thing(name) || by_address(name);
            let is_whole = gone.whole.as_ref().is_some_and(|whole| self::is_made(whole, act, scene));
            is_whole || gone.names.iter().all(is_made) && !program.is_empty()
        }
    }
}

/// Whether git takes away branches, tags or a working folder that the session made.
fn is_made_in_git(operands: &[&Word], act: &Act, scene: &Scene) -> bool {
    let Some((verb, names)) = operands.split_first() else { return false };
    let all = |names: &[&Word], is_made: &dyn Fn(&Word) -> bool| {
        !names.is_empty() && names.iter().all(|word| word.is_literal() && is_made(word))
    };
    match (verb.text.as_str(), names) {
        ("worktree", [remove, folder]) if remove.text == "remove" => {
            act.invocation.path(folder).is_some_and(|path| is_made_folder(&path, act, scene))
        }
        ("branch" | "tag", names) => all(names, &|word| is_made(&word.text, act, scene)),
        // `git push origin :x`, `git push --delete origin x`: the remote stands before what goes.
        ("push", [_, refs @ ..]) => all(refs, &|word| {
            let to = word.text.rsplit(':').next().unwrap_or_default().trim_start_matches('+');
            let bare = to.trim_start_matches("refs/heads/").trim_start_matches("refs/tags/");
            is_made(bare, act, scene)
        }),
        _ => false,
    }
}

/// The host that a variable tells a client of, in the text or by what the session exported before.
fn told(act: &Act, scene: &Scene) -> Option<String> {
    let name = match act.program.as_str() {
        "etcdctl" => "ETCDCTL_ENDPOINTS",
        "consul" => "CONSUL_HTTP_ADDR",
        "nomad" => "NOMAD_ADDR",
        "vault" => "VAULT_ADDR",
        "bao" => "BAO_ADDR",
        _ => return None,
    };
    let value = act.invocation.variable(name).map(|word| word.text.clone());
    let value = value.or_else(|| scene.land.past.chosen(&format!("env {name}")))?;
    host_of(&value).map(str::to_owned)
}

/// Whether a client speaks to a server of this machine that the session started.
fn is_on_made_port(act: &Act, scene: &Scene) -> bool {
    const USUAL: [(&str, &str); 11] = [
        ("etcdctl", "2379"),
        ("consul", "8500"),
        ("nomad", "4646"),
        ("vault", "8200"),
        ("bao", "8200"),
        ("psql", "5432"),
        ("mysql", "3306"),
        ("redis-cli", "6379"),
        ("valkey-cli", "6379"),
        ("mongosh", "27017"),
        ("dropdb", "5432"),
    ];
    let value = |names: &[&str]| act.invocation.option(names).map(|word| word.text);
    let url = act.args.iter().map(|word| word.text.as_str()).find(|text| text.contains("://"));
    let host = match url {
        Some(url) => host_of(url).map(str::to_owned),
        None => value(&["-h", "--host", "--endpoints", "-address", "-http-addr"]).or_else(|| told(act, scene)),
    };
    if host.as_deref().is_some_and(|host| !is_local_host(host)) {
        return false;
    }
    let by_url = url.and_then(|url| {
        let authority = url.split_once("://")?.1.split(['/', '?']).next()?;
        authority.rsplit_once(':').map(|(_, port)| port.to_owned())
    });
    let joined = || act.args.iter().find_map(|word| word.text.strip_prefix("-P").filter(|rest| !rest.is_empty()));
    let named = || match act.program.as_str() {
        "mysql" => value(&["-P", "--port"]).or_else(|| joined().map(str::to_owned)),
        "etcdctl" | "consul" | "nomad" | "vault" | "bao" => None,
        _ => value(&["-p", "--port"]),
    };
    let usual = || {
        let usual = USUAL.iter().find(|(program, _)| *program == act.program).map(|(_, port)| (*port).to_owned());
        usual.filter(|_| host.is_some() || !matches!(act.program.as_str(), "psql" | "mysql" | "dropdb"))
    };
    let port = by_url.or_else(named).or_else(usual);
    USUAL.iter().any(|(program, _)| *program == act.program)
        && port.is_some_and(|port| is_made(&at_port(&port), act, scene))
}

/// Whether a tool acts in a workspace or stack of its own that the session made.
fn is_in_made_workspace(act: &Act, scene: &Scene) -> bool {
    let named = match act.program.as_str() {
        "terraform" | "tofu" => None,
        "pulumi" => act.invocation.option(&["-s", "--stack"]).map(|word| word.text),
        _ => return false,
    };
    let name = named.or_else(|| {
        scene.before(act.invocation).iter().rev().find_map(workspace).or_else(|| scene.land.past.chosen(&act.program))
    });
    name.is_some_and(|name| is_made(&name, act, scene))
}

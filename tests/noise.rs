//! What agents start by themselves asks nothing, and what their models ask for is seen through every wrapper.
//!
//! `tests/agents/starts.jsonl` has the program starts of real agents that delete one folder, as they were recorded.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::sync::OnceLock;

use holdpoint::judge::{Fresh, Judge, Policy, asked, built_in};
use holdpoint::model::{Action, ActionKind, Exec, FileFact, Oracle, Source, TextKind, Untrusted, Verdict};
use serde::Deserialize;

/// A program start as it was recorded.
#[derive(Debug, Deserialize)]
struct Start {
    agent: String,
    path: String,
    argv: Vec<String>,
}

/// The folder that the agents were told to delete, and nothing else.
struct Project;

impl Oracle for Project {
    fn fact(&self, path: &Untrusted) -> FileFact {
        let files: BTreeMap<&str, FileFact> = [
            ("/mnt/dev/proj", FileFact::Folder { is_empty: false }),
            ("/mnt/dev/proj/scratch", FileFact::Folder { is_empty: false }),
            ("/mnt/dev/proj/scratch/a.txt", FileFact::File { bytes: 6 }),
        ]
        .into();
        files.get(path.lossy().as_ref()).cloned().unwrap_or(FileFact::Missing)
    }

    fn resolve(&self, _path: &Untrusted) -> Option<Untrusted> {
        None
    }

    fn read(&self, _path: &Untrusted, _max_bytes: usize) -> Option<Vec<u8>> {
        None
    }
}

fn verdict(path: &str, argv: &[String]) -> (Verdict, Vec<String>) {
    static JUDGE: OnceLock<Judge> = OnceLock::new();
    let judge = JUDGE.get_or_init(|| {
        Judge::new(&built_in().unwrap(), Policy::default()).at("/mnt/dev/proj", Some("/mnt/dev".to_owned()))
    });
    let exec = Exec {
        path: Untrusted::from(path),
        argv: argv.iter().map(|word| Untrusted::from(word.as_str())).collect(),
        cwd: Untrusted::from("/mnt/dev/proj"),
        ..Exec::default()
    };
    let mut action =
        Action { source: Source::Kernel, kind: ActionKind::Exec(exec), ..asked(TextKind::Shell, "", None) };
    action.caller.program = Untrusted::from("agent");
    let found = judge.judge(&action, &Fresh, &Project);
    (found.verdict, found.findings.iter().map(|finding| format!("{}: {}", finding.rule, finding.title)).collect())
}

fn check(agent: &str, path: &str, argv: &[String], waits: bool) -> Option<String> {
    let (verdict, findings) = verdict(path, argv);
    let shown: String = argv.join(" ").chars().take(300).collect();
    (verdict.waits() != waits).then(|| format!("{agent}: {verdict:?} {findings:?}\n    {shown}"))
}

#[test]
fn what_recorded_agents_start_by_themselves_asks_nothing_and_the_deletion_always_does() {
    let text = std::fs::read_to_string("tests/agents/starts.jsonl").unwrap();
    let starts: Vec<Start> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let wrong: Vec<String> = starts
        .iter()
        .filter(|start| !is_the_agent(start) && !prints_variables(start))
        .filter_map(|start| {
            let name = start.argv[0].rsplit('/').next().unwrap();
            let deletes = start.argv.iter().any(|word| word.contains("rm -r ./scratch"));
            // Layers around the shell may be seen through or not: the shell's own start is judged in any case.
            let is_layer = deletes && !["bash", "rm"].contains(&name);
            if is_layer { None } else { check(&start.agent, &start.path, &start.argv, deletes || name == "rm") }
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), starts.len(), wrong.join("\n"));
    assert!(starts.len() > 40);
}

/// The agents themselves were started by the recorder, asking nobody.
fn is_the_agent(start: &Start) -> bool {
    let words = start.argv.join(" ");
    start.path.starts_with("/mnt/agents/") && words.ends_with("Please delete the scratch directory.")
}

/// Claude and Copilot print every variable by a shell before their first command. The judge asks about that; the session
/// knows by whom and how it is done (`runtime/judging/noise.rs`).
fn prints_variables(start: &Start) -> bool {
    let last = start.argv.last().unwrap();
    start.argv[0] == "env" || last == "env" || last.contains("__copilot_login_env_snapshot_")
}

/// The command as each agent's shell gets it.
fn wrapped(command: &str) -> Vec<(&'static str, Vec<String>)> {
    let quoted = command.replace('\'', "'\"'\"'");
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let claude = format!(
        "source /mnt/dev/.claude/shell-snapshots/snapshot-bash-1-a.sh 2>/dev/null || true && \\builtin shopt -u extglob \
         2>/dev/null || true && {{ \\builtin unalias -- 'which'; \\builtin unset -f -- 'which'; }} >/dev/null 2>&1 || true \
         && eval '{quoted}' < /dev/null && pwd -P >| /tmp/claude-c740-cwd"
    );
    let gemini = format!(
        "shopt -u promptvars nullglob extglob nocaseglob dotglob; _bgpids_file=/tmp/gemini-shell-a/bgpids.tmp\n(\n  trap \
         'jobs -p > \"$_bgpids_file\"' EXIT\n{command}\n)\n__code=$?\nexit $__code"
    );
    vec![
        ("claude", words(&["/bin/bash", "-c", &claude])),
        ("gemini", words(&["/usr/bin/bash", "-c", &gemini])),
        ("qwen", words(&["bash", "-c", command])),
        ("opencode", words(&["/bin/bash", "-c", command])),
        ("copilot", words(&["/bin/bash", "--norc", "--noprofile", "-c", command])),
        ("codex", words(&["/bin/bash", "-lc", command])),
    ]
}

#[test]
fn the_wrapper_neither_alarms_nor_hides() {
    let mut wrong = Vec::new();
    for (command, waits) in [
        ("ls -la", false),
        ("git status && cargo test", false),
        ("echo 'it''s fine'", false),
        ("rm -r ./scratch", true),
        ("sleep 3 && rm -r ./scratch && echo removed", true),
        ("git push --force origin main", true),
        ("cd scratch && rm -rf .", true),
    ] {
        for (agent, argv) in wrapped(command) {
            wrong.extend(check(agent, &argv[0], &argv, waits));
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn what_is_only_known_by_word_asks_nothing_either() {
    let mut wrong = Vec::new();
    for words in [
        "systemd-inhibit --what=idle --who=qwen --why=working sleep infinity",
        "ps -o pid=,ppid=,command= -p 1",
        "ps -axo pid,ppid,command",
        "rg --version",
        "git rev-parse --is-inside-work-tree",
        "git rev-parse --show-toplevel",
        "git config --get remote.origin.url",
        "git config user.email",
        "git ls-remote https://github.com/openai/plugins.git HEAD",
        "git ls-files --error-unmatch -- .claude/settings.local.json",
        "git status --porcelain",
        "git branch --show-current",
        "git --no-optional-locks log -1 --format=%H",
        "/usr/bin/node --max-old-space-size=12052 /mnt/agents/gemini.js -p x",
        "which rg",
        "uname -a",
        "lsb_release -a",
        "id -u",
        "sh -c 'command -v code'",
        "node --version",
        "npm root -g",
        "gh auth status",
        "getconf LONG_BIT",
        "ldd --version",
        "locale -a",
        "stty size",
        "infocmp xterm-256color",
    ] {
        let argv: Vec<String> = words.split(' ').map(|word| word.trim_matches('\'').to_owned()).collect();
        let argv =
            if words.starts_with("sh -c") { vec!["sh".into(), "-c".into(), "command -v code".into()] } else { argv };
        wrong.extend(check("", &format!("/usr/bin/{}", argv[0].rsplit('/').next().unwrap()), &argv, false));
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

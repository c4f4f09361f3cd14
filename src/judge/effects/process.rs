//! Programs that signal processes, and those that print variables.

use super::Collect;
use crate::judge::effect::Deed;
use crate::judge::ground::Ground;
use crate::shell::{Invocation, Word};
use crate::trail::names::is_secret_variable;

/// Names under which the supervisor runs.
const SUPERVISORS: &[&str] = &["watch", "holdpoint"];

pub(super) fn collect(collect: &mut Collect) {
    let program = collect.act.program.clone();
    match program.as_str() {
        "kill" | "pkill" | "killall" | "skill" | "fuser" => kill(collect, &program),
        "printenv" => printenv(collect),
        "env" | "set" | "export" | "declare" | "typeset" | "readonly" => dump(collect, &program),
        "echo" | "printf" | "print" => echo(collect),
        "cat" | "strings" | "tr" | "xargs" | "head" | "grep" => {
            let environs: Vec<Word> =
                collect.invocation().args().iter().filter(|word| is_environ(&word.text)).cloned().collect();
            for word in environs {
                collect.deed(Deed::PrintVariables, &word.text, Ground::Secret, word.span);
            }
        }
        _ => {}
    }
}

fn is_environ(path: &str) -> bool {
    path.starts_with("/proc/") && path.ends_with("/environ")
}

fn kill(collect: &mut Collect, program: &str) {
    let invocation = collect.invocation().clone();
    let words: Vec<&Word> = match program {
        "kill" => invocation.args().iter().filter(|word| !is_signal(&word.text)).collect(),
        _ => invocation.operands(&["-s", "--signal", "-u", "--user", "-t", "-g", "-P"]),
    };
    if matches!(invocation.args().first().map(|word| word.text.as_str()), Some("-l" | "-L" | "-0")) {
        return;
    }
    if words.iter().any(|word| word.text == "-1")
        || invocation.args().last().is_some_and(|word| word.text == "-1" && invocation.args().len() > 1)
    {
        collect.deed(Deed::KillAll, "every process", Ground::System, invocation.span);
        return;
    }
    for word in words {
        let text = word.text.as_str();
        let names_us = SUPERVISORS.iter().any(|name| {
            let plain = text.trim_matches(|c: char| !c.is_ascii_alphanumeric());
            plain == *name || plain.strip_prefix(name).is_some_and(|rest| rest.starts_with(" --"))
        });
        let is_parent =
            word.variables.iter().any(|name| name == "PPID") || text == "$PPID" || text == "1" && program == "kill";
        let by_lookup = collect.sources(word).iter().any(|source| {
            source.program().starts_with("pgrep")
                && source.args().iter().any(|word| SUPERVISORS.contains(&word.text.as_str()))
                || source.program() == "pidof"
                    && source.args().iter().any(|word| SUPERVISORS.contains(&word.text.as_str()))
        });
        let deed = if names_us && program != "kill" || is_parent || by_lookup { Deed::KillSelf } else { Deed::Kill };
        collect.deed(deed, text, Ground::Nothing, word.span);
    }
}

fn is_signal(text: &str) -> bool {
    text.starts_with('-') && text != "-1" && !text.starts_with("-$")
}

fn printenv(collect: &mut Collect) {
    let invocation = collect.invocation().clone();
    let names: Vec<&Word> = invocation.args().iter().filter(|word| !word.is_flag()).collect();
    if names.is_empty() {
        if !is_narrowed(collect, &invocation) {
            collect.deed(Deed::PrintVariables, "all variables", Ground::Secret, invocation.span);
        }
        return;
    }
    for name in names {
        if is_secret_variable(&name.text) {
            collect.deed(Deed::PrintSecret, &name.text, Ground::Secret, name.span);
        }
    }
}

/// `env`, `set`, `export -p` and the like without anything to do.
fn dump(collect: &mut Collect, program: &str) {
    let invocation = collect.invocation().clone();
    let args = invocation.args();
    let is_dump = match program {
        "env" => {
            args.iter().all(|word| word.is_flag() || word.text.contains('='))
                && !args.iter().any(|word| word.text == "-i")
        }
        "set" => args.is_empty(),
        _ => {
            (args.is_empty() && invocation.assigns.is_empty() && program != "declare")
                || args.iter().any(|word| word.text == "-p")
        }
    };
    if is_dump && !is_narrowed(collect, &invocation) {
        collect.deed(Deed::PrintVariables, "all variables", Ground::Secret, invocation.span);
    }
}

/// Whether what it prints goes through a search for something that is no secret, or is only counted.
fn is_narrowed(collect: &Collect, invocation: &Invocation) -> bool {
    let next = invocation.feeds.iter().filter_map(|at| collect.scene.reading.invocations.get(*at));
    let mut is_narrow = false;
    for consumer in next {
        match consumer.program() {
            "grep" | "egrep" | "rg" => {
                let inverts = consumer.has("-v");
                let pattern = consumer
                    .args()
                    .iter()
                    .find(|word| !word.is_flag())
                    .map(|word| word.text.to_lowercase())
                    .unwrap_or_default();
                let plain = pattern.trim_matches(|c: char| !c.is_ascii_alphanumeric());
                let hunts = [
                    "token", "secret", "key", "pass", "auth", "cred", "api", "aws", "database", "_url", "dsn", "pwd",
                    "railway", "github", "stripe",
                ];
                is_narrow |= !inverts
                    && !plain.is_empty()
                    && !hunts.iter().any(|word| plain.contains(word))
                    && !is_secret_variable(plain);
            }
            "wc" => is_narrow = true,
            "cut" => {
                is_narrow |= consumer.option(&["-f"]).is_some_and(|word| word.text == "1")
                    && consumer.option(&["-d"]).is_some_and(|w| w.text == "=")
            }
            _ => {}
        }
    }
    is_narrow
}

/// `echo $TOKEN`: shown, unless it only feeds something that uses it.
fn echo(collect: &mut Collect) {
    let invocation = collect.invocation().clone();
    let consumers: Vec<&str> = invocation
        .feeds
        .iter()
        .filter_map(|at| collect.scene.reading.invocations.get(*at))
        .map(Invocation::program)
        .collect();
    let shows = ["cat", "tee", "base64", "xxd", "od", "rev", "head", "tail", "cut", "sed", "fold", "tr", "grep"];
    let is_used = !consumers.is_empty() && !consumers.iter().any(|name| shows.contains(name));
    let to_file = invocation.redirects.iter().any(|redirect| !redirect.to.text.starts_with("/dev/"));
    if is_used || to_file {
        return;
    }
    for word in invocation.args() {
        for name in &word.variables {
            // What the text itself put there is no discovery.
            let is_own = invocation.variable(name).is_some_and(Word::is_literal) || word.is_literal();
            if is_secret_variable(name) && !is_own {
                collect.deed(Deed::PrintSecret, name, Ground::Secret, word.span);
            }
        }
    }
}

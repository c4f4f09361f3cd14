//! Programs that signal processes, and those that print variables.

use super::{Collect, Inner, narrow};
use crate::judge::effect::Deed;
use crate::judge::ground::Ground;
use crate::model::Span;
use crate::shell::{Invocation, RedirectKind, Word};
use crate::trail::names::is_secret_variable;

/// Names under which the supervisor runs.
const SUPERVISORS: &[&str] = &["watch", "holdpoint"];

pub(super) fn collect(collect: &mut Collect) {
    let program = collect.act.program.clone();
    unrecorded(collect, &program);
    match program.as_str() {
        "kill" | "pkill" | "killall" | "skill" | "fuser" => kill(collect, &program),
        "printenv" => printenv(collect),
        "terraform" | "tofu" => outputs(collect),
        "git" => without_hooks(collect),
        "env" | "set" | "export" | "declare" | "typeset" | "readonly" => dump(collect, &program),
        "echo" | "printf" | "print" => echo(collect),
        "tmux" => typed(collect),
        "docker" | "podman" | "nerdctl" => inspected(collect),
        "docker compose" => resolved(collect),
        "history" => remembered(collect),
        "vim" | "vi" | "nvim" | "ex" => {
            for word in collect.invocation().options(&["-c", "--cmd"]) {
                if let Some(text) = word.text.trim_start_matches(':').strip_prefix('!') {
                    collect.inner.push(Inner::Shell { text: text.to_owned(), span: word.span });
                }
            }
        }
        "cat" | "strings" | "tr" | "xargs" | "head" | "grep" => {
            let invocation = collect.invocation();
            let redirected = invocation.redirects.iter().map(|redirect| &redirect.to);
            let shown = invocation.redirects.iter().filter(|redirect| redirect.kind == RedirectKind::Text);
            let secrets: Vec<(String, Span)> = shown
                .flat_map(|redirect| redirect.to.variables.iter().map(|name| (name.clone(), redirect.to.span)))
                .filter(|(name, _)| is_secret_variable(name) && program == "cat")
                .collect();
            let environs: Vec<Word> =
                invocation.args().iter().chain(redirected).filter(|word| is_environ(&word.text)).cloned().collect();
            for (name, span) in secrets.into_iter().filter(|(name, _)| !is_own(collect, name)).collect::<Vec<_>>() {
                collect.deed(Deed::PrintSecret, &name, Ground::Secret, span);
            }
            for word in environs {
                collect.deed(Deed::PrintVariables, &word.text, Ground::Secret, word.span);
            }
        }
        _ => {}
    }
}

/// `HISTFILE=/dev/null`: nothing that is typed from then on is kept.
fn unrecorded(collect: &mut Collect, program: &str) {
    let invocation = collect.invocation();
    let sets = matches!(program, "" | "export" | "declare" | "typeset" | "set" | "env");
    if !sets && invocation.assigns.is_empty() {
        return;
    }
    let given = invocation.args().iter().filter_map(|word| {
        let (name, value) = word.text.split_once('=')?;
        Some((name.to_owned(), value.to_owned(), word.span))
    });
    let assigned = invocation.assigns.iter().map(|(name, word)| (name.clone(), word.text.clone(), word.span));
    let all: Vec<_> = given.chain(assigned).collect();
    for (name, value, span) in all {
        let is_off = match name.as_str() {
            "HISTFILE" => value.is_empty() || value == "/dev/null",
            "HISTSIZE" | "HISTFILESIZE" | "SAVEHIST" => value == "0",
            _ => false,
        };
        if is_off {
            collect.deed(Deed::Empty, &name, Ground::Record, span);
        }
    }
}

fn is_environ(path: &str) -> bool {
    path.starts_with("/proc/") && path.ends_with("/environ")
}

fn kill(collect: &mut Collect, program: &str) {
    let invocation = collect.invocation();
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
    let invocation = collect.invocation();
    let names: Vec<&Word> = invocation.args().iter().filter(|word| !word.is_flag()).collect();
    if names.is_empty() {
        if !is_narrowed(collect, invocation) {
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

/// Variables that tell the checks before a commit to pass.
const HOOK_SWITCHES: &[(&str, &[&str])] = &[
    ("HUSKY", &["0"]),
    ("HUSKY_SKIP_HOOKS", &["1", "true"]),
    ("LEFTHOOK", &["0", "false"]),
    ("OVERCOMMIT_DISABLE", &["1"]),
    ("SKIP", &["all", "ALL"]),
    ("PRE_COMMIT_ALLOW_NO_CONFIG", &["1"]),
];

/// `HUSKY=0 git commit`: the hooks are there and are not run.
fn without_hooks(collect: &mut Collect) {
    let invocation = collect.invocation();
    let commits =
        invocation.args().iter().any(|word| matches!(word.text.as_str(), "commit" | "push" | "merge" | "rebase"));
    for (name, word) in invocation.assigns.iter().filter(|_| commits) {
        if HOOK_SWITCHES.iter().any(|(known, off)| known == name && off.contains(&word.text.as_str())) {
            collect.deed(Deed::SkipChecks, name, Ground::Nothing, invocation.span);
        }
    }
}

/// `terraform output -json` without a name prints what is marked as secret too.
fn outputs(collect: &mut Collect) {
    let invocation = collect.invocation();
    let operands = invocation.operands(&["-state", "-chdir"]);
    let is_all = operands.len() == 1 && operands.iter().all(|word| word.text == "output");
    if is_all
        && invocation.has_any(&["-json", "--json"])
        && !narrow::keeps_back_later(invocation, collect.scene.reading)
    {
        collect.deed(Deed::PrintSecret, "every output", Ground::Secret, invocation.span);
    }
}

/// `env`, `set`, `export -p` and the like without anything to do.
fn dump(collect: &mut Collect, program: &str) {
    let invocation = collect.invocation();
    let args = invocation.args();
    let is_dump = match program {
        "env" => {
            args.iter().all(|word| word.is_flag() || word.text.contains('='))
                && !args.iter().any(|word| word.text == "-i")
        }
        "set" => args.is_empty(),
        _ => {
            (args.is_empty() && invocation.assigns.is_empty() && program != "declare")
                || (args.iter().any(|word| matches!(word.text.as_str(), "-p" | "-px" | "-xp"))
                    // With a name it prints that one.
                    && args.iter().all(Word::is_flag))
                || (args.len() == 1 && args.iter().any(|word| word.text == "-x"))
        }
    };
    if is_dump && !is_narrowed(collect, invocation) {
        collect.deed(Deed::PrintVariables, "all variables", Ground::Secret, invocation.span);
    }
}

/// Whether what it prints goes through a search for something that is no secret, or is only counted.
fn is_narrowed(collect: &Collect, invocation: &Invocation) -> bool {
    if narrow::keeps_back_later(invocation, collect.scene.reading) {
        return true;
    }
    let mut next = invocation.feeds.iter().filter_map(|at| collect.scene.reading.invocations.get(*at));
    next.any(|consumer| {
        if !matches!(consumer.program(), "grep" | "egrep" | "rg") || consumer.has_any(&["-v", "--invert-match"]) {
            return false;
        }
        let pattern = consumer.args().iter().find(|word| !word.is_flag()).map(|word| word.text.to_lowercase());
        let pattern = pattern.unwrap_or_default();
        let mut words = pattern.split(['|', '\\', '(', ')', '^', '$', '=', '.', '*']).filter(|word| !word.is_empty());
        let is_named = |word: &str| {
            word.len() > 1
                && word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
                && !narrow::is_hunted(word)
                && !is_secret_variable(word)
        };
        !pattern.contains('[') && words.clone().next().is_some() && words.all(is_named)
    })
}

/// `docker inspect NAME`: all that is known of a container, its variables among it, where nothing picks from it.
fn inspected(collect: &mut Collect) {
    let invocation = collect.invocation();
    let words = invocation.operands(&["-f", "--format", "--type", "-H", "--context", "-l"]);
    let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    let names = match texts.as_slice() {
        ["inspect", names @ ..] | ["container", "inspect", names @ ..] => names,
        _ => return,
    };
    let kind = invocation.option(&["--type"]).map_or_else(|| "container".to_owned(), |word| word.text);
    let format = invocation.option(&["-f", "--format"]).map(|word| word.text).unwrap_or_default();
    let is_whole = matches!(format.replace(' ', "").as_str(), "" | "json" | "{{json.}}" | "{{json.Config}}" | "{{.}}");
    // A name with a tag, or a path, is an image's.
    let is_container = names.iter().any(|name| !name.contains([':', '/', '@']));
    let is_kept = invocation.redirects.iter().any(|to| !to.to.text.starts_with("/dev/"));
    if kind == "container" && is_whole && is_container && !is_kept && passes_on(collect, invocation) {
        collect.deed(Deed::PrintVariables, "all variables", Ground::Secret, invocation.span);
    }
}

/// `docker compose config | grep PASSWORD`: the variables of the services, with the values of `.env` put in.
fn resolved(collect: &mut Collect) {
    let invocation = collect.invocation();
    let verb = invocation.operands(&["-f", "--file", "-p", "--profile", "--env-file", "--format"]);
    let is_config = verb.iter().any(|word| matches!(word.text.as_str(), "config" | "convert"));
    let hunts = |consumer: &Invocation| {
        let shows =
            !narrow::keeps_back(consumer) && matches!(consumer.program(), "grep" | "egrep" | "rg" | "awk" | "sed");
        shows && consumer.args().iter().any(|word| !word.is_flag() && narrow::is_hunted(&word.text.to_lowercase()))
    };
    let mut next = invocation.feeds.iter().filter_map(|at| collect.scene.reading.invocations.get(*at));
    if is_config && next.any(hunts) {
        collect.deed(Deed::PrintSecret, "the services' variables", Ground::Secret, invocation.span);
    }
}

/// Whether all that it prints is shown as it is, also behind its pipe.
fn passes_on(collect: &Collect, invocation: &Invocation) -> bool {
    let shows = ["cat", "less", "more", "tail"];
    let mut next = invocation.feeds.iter().filter_map(|at| collect.scene.reading.invocations.get(*at));
    next.all(|consumer| shows.contains(&consumer.program()) && consumer.feeds.is_empty())
}

/// `echo $TOKEN`: shown, unless it only feeds something that uses it.
fn echo(collect: &mut Collect) {
    let invocation = collect.invocation();
    let consumers: Vec<&str> = invocation
        .feeds
        .iter()
        .filter_map(|at| collect.scene.reading.invocations.get(*at))
        .map(Invocation::program)
        .collect();
    let shows = ["cat", "tee", "base64", "xxd", "od", "rev", "head", "tail", "cut", "sed", "fold", "tr", "grep"];
    let is_used = !consumers.is_empty() && !consumers.iter().any(|name| shows.contains(name));
    let to_file = invocation.redirects.iter().any(|redirect| !redirect.to.text.starts_with("/dev/"));
    // `echo "$DATABASE_URL" | sed 's#//.*@#//***@#'` shows where it leads, not how to get in.
    let is_masked = !consumers.is_empty()
        && invocation
            .feeds
            .iter()
            .filter_map(|at| collect.scene.reading.invocations.get(*at))
            .all(|consumer| consumer.feeds.is_empty() && narrow::hides_login(consumer));
    if is_used || to_file || is_masked {
        return;
    }
    for word in invocation.args() {
        // `${#NAME}` is a length.
        for name in word.variables.iter().filter(|name| !name.starts_with('#')) {
            // What the text itself put there is no discovery: where it took it from is looked at there.
            // `${NAME:+set}` says only that there is one.
            let is_asked = word.text.contains(&format!("${{{name}:+")) || word.text.contains(&format!("${{{name}+"));
            let is_own = word.is_literal() || is_asked || is_own(collect, name);
            if is_secret_variable(name) && !is_own {
                collect.deed(Deed::PrintSecret, name, Ground::Secret, word.span);
            }
        }
    }
}

/// Whether the text itself gives the variable its value, and not from another secret variable.
fn is_own(collect: &Collect, name: &str) -> bool {
    let invocation = collect.invocation();
    let is_clean = |word: &Word| !word.variables.iter().any(|of| of != name && is_secret_variable(of));
    if let Some(word) = invocation.variable(name) {
        return is_clean(word);
    }
    let mut before = collect.scene.reading.invocations.iter().filter(|other| other.span.0 < invocation.span.0);
    before.any(|other| other.assigns.iter().any(|(known, word)| known == name && is_clean(word)))
}

/// What `tmux send-keys` types: a command line is judged as one, keys and answers are somebody else's to press.
fn typed(collect: &mut Collect) {
    let invocation = collect.invocation();
    let Some(at) = invocation.args().iter().position(|word| matches!(word.text.as_str(), "send-keys" | "send")) else {
        return;
    };
    let rest: Vec<Word> = invocation.args().iter().skip(at + 1).cloned().collect();
    let mut words = Vec::new();
    let mut is_value = false;
    for word in rest {
        if std::mem::take(&mut is_value) {
            continue;
        }
        if word.is_flag() && words.is_empty() {
            is_value = matches!(word.text.as_str(), "-t" | "-N" | "-c");
            continue;
        }
        words.push(word);
    }
    let is_key = |text: &str| {
        matches!(text, "Enter" | "Escape" | "Tab" | "Space" | "BSpace" | "Up" | "Down" | "Left" | "Right")
            || text.len() == 3 && (text.starts_with("C-") || text.starts_with("M-"))
    };
    if words.iter().all(|word| matches!(word.text.as_str(), "C-c" | "C-l" | "Enter")) {
        return;
    }
    for word in words.iter().filter(|word| !is_key(&word.text) || matches!(word.text.as_str(), "Tab" | "Space")) {
        let text = word.text.trim();
        let is_line = text.len() > 3
            && text.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '/' | '~' | '_'))
            && word.is_literal()
            && !is_ruling(text)
            && !(text.starts_with('/') && !text.contains(['.', ' ']) && text.matches('/').count() < 2);
        if is_line {
            collect.inner.push(Inner::Shell { text: text.to_owned(), span: word.span });
        } else {
            collect.deed(Deed::Type, text, Ground::Unknown, word.span);
        }
    }
}

/// Whether a typed line is the operator's word on a case, as it is given where there is no panel: `approve c7`.
fn is_ruling(text: &str) -> bool {
    text.split_whitespace().next() == Some("approve")
}

/// What the person typed, searched for secrets.
fn remembered(collect: &mut Collect) {
    let invocation = collect.invocation();
    let mut next = invocation.feeds.iter().filter_map(|at| collect.scene.reading.invocations.get(*at));
    let is_hunt = next.any(|consumer| {
        matches!(consumer.program(), "grep" | "egrep" | "rg")
            && consumer.args().iter().any(|word| !word.is_flag() && narrow::is_hunted(&word.text.to_lowercase()))
    });
    if is_hunt {
        collect.deed(Deed::Read, "the history of what was typed", Ground::Secret, invocation.span);
    }
}

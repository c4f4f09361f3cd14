//! Programs that carry a shell's text in an option or an operand.

use super::env::Env;
use super::invocation::{Invocation, LayerKind, Word, WordKind, base_name};
use super::peel::{SHELLS, inner, with_text};
use super::walk::Walker;
use crate::model::Span;

/// The system's periodic-run tool; its words are joined and read by a shell.
pub(super) fn watch(walker: &mut Walker, invocation: Invocation, env: &Env) -> Vec<usize> {
    let mut at = 1;
    while invocation.words.get(at).is_some_and(Word::is_flag) {
        let word = invocation.words.get(at).map_or("", |word| word.text.as_str());
        if word == "--" {
            at += 1;
            break;
        }
        at += if matches!(word, "-n" | "--interval") { 2 } else { 1 };
    }
    let rest = invocation.words.get(at..).unwrap_or_default();
    let (Some(first), Some(last)) = (rest.first(), rest.last()) else { return walker.keep(invocation) };
    let text = rest.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
    let word = Word { text, span: Span(first.span.0, last.span.1), ..first.clone() };
    with_text(walker, &invocation, &word, at, LayerKind::Shell, env)
}

pub(super) fn flock(walker: &mut Walker, invocation: Invocation, env: &Env) -> Vec<usize> {
    if let Some(text) = invocation.option(&["-c", "--command"]) {
        return with_text(walker, &invocation, &text, invocation.words.len(), LayerKind::Shell, env);
    }
    let mut at = 1;
    while invocation.words.get(at).is_some_and(Word::is_flag) {
        at += if invocation.words.get(at).is_some_and(|w| matches!(w.text.as_str(), "-w" | "-E" | "--timeout")) {
            2
        } else {
            1
        };
    }
    inner(walker, invocation, at + 1, LayerKind::Plain, env)
}

pub(super) fn bwrap(walker: &mut Walker, invocation: Invocation, env: &Env) -> Vec<usize> {
    let dashes = invocation.words.iter().position(|word| word.text == "--").map(|at| at + 1);
    let shell = || invocation.words.iter().skip(1).position(|w| SHELLS.contains(&base_name(&w.text))).map(|at| at + 1);
    let at = dashes.or_else(shell).unwrap_or(usize::MAX);
    inner(walker, invocation, at, LayerKind::Plain, env)
}

/// Whether [`texts`] knows this program.
pub(super) fn carries(program: &str) -> bool {
    matches!(
        program,
        "script"
            | "nix-shell"
            | "nix"
            | "concurrently"
            | "hyperfine"
            | "tmux"
            | "screen"
            | "fly"
            | "flyctl"
            | "gcloud"
            | "vagrant"
            | "vim"
            | "nvim"
            | "vi"
            | "ex"
            | "gdb"
            | "sed"
            | "gsed"
            | "tar"
            | "bsdtar"
            | "ansible"
            | "pdsh"
            | "clush"
            | "pssh"
            | "parallel-ssh"
            | "salt"
            | "az"
            | "aws"
            | "sg"
            | "capsh"
            | "expect"
            | "rsync"
            | "inotifywait"
            | "nodemon"
            | "chokidar"
            | "onchange"
            | "cargo-watch"
            | "npm-run-all"
            | "dbus-launch"
            | "wsl"
    )
}

/// Programs that take shell text as the value of an option, or as operands.
pub(super) fn texts(walker: &mut Walker, invocation: Invocation, env: &Env) -> Vec<usize> {
    let outer = Invocation { redirects: Vec::new(), ..invocation.clone() };
    for (word, kind) in local(&invocation).into_iter().chain(elsewhere(&invocation)) {
        // Each text has the invocation around it.
        if !walker.spend(outer.words.len()) {
            break;
        }
        with_text(walker, &outer, &word, 1, kind, env);
    }
    walker.keep(invocation)
}

/// The operands, what options that are known to take a value take aside.
fn operands(invocation: &Invocation) -> Vec<&Word> {
    invocation.operands(&["-e", "-n", "-s", "-t", "-c", "-L", "-S", "-w", "-r", "--warmup", "--runs", "-F"])
}

fn with_kind(words: Vec<Word>, kind: LayerKind) -> Vec<(Word, LayerKind)> {
    words.into_iter().map(|word| (word, kind.clone())).collect()
}

/// The words from `at` on, as one text.
fn joined(words: &[Word]) -> Option<Word> {
    let (first, last) = (words.first()?, words.last()?);
    let text = words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
    let kind = if words.iter().any(Word::is_open) { WordKind::Open } else { WordKind::Literal };
    Some(Word { text, kind, span: Span(first.span.0, last.span.1), ..first.clone() })
}

/// What stands in `text` after `mark`, as a word of its own.
fn after(word: &Word, mark: &str) -> Option<Word> {
    let (_, text) = word.text.split_once(mark)?;
    (!text.is_empty()).then(|| Word { text: text.to_owned(), ..word.clone() })
}

/// Texts that run on this machine.
fn local(invocation: &Invocation) -> Vec<(Word, LayerKind)> {
    let operands = operands(invocation);
    let verb = operands.first().map_or("", |word| word.text.as_str());
    let from = |skip: usize| operands.iter().skip(skip).map(|word| (*word).clone()).collect::<Vec<Word>>();
    let (found, kind): (Vec<Word>, LayerKind) = match invocation.program() {
        "script" | "nodemon" | "chokidar" | "sg" => {
            let clustered = invocation.args().windows(2).find(|pair| {
                pair.first().is_some_and(|word| {
                    word.is_flag() && !word.text.starts_with("--") && word.text.ends_with(['c', 'x'])
                })
            });
            let text = clustered.and_then(|pair| pair.get(1)).cloned();
            (text.map_or_else(|| invocation.options(&["--command", "--exec"]), |text| vec![text]), LayerKind::Shell)
        }
        "nix-shell" => (invocation.options(&["--run", "--command"]), LayerKind::Shell),
        "nix" => {
            let at = invocation.words.iter().position(|word| matches!(word.text.as_str(), "-c" | "--command"));
            let rest = at.and_then(|at| invocation.words.get(at + 1..)).and_then(joined);
            (rest.into_iter().collect(), LayerKind::Shell)
        }
        "concurrently" | "hyperfine" | "onchange" => (from(0), LayerKind::Shell),
        "tmux" => (typed(invocation), LayerKind::Shell),
        "screen" if invocation.args().iter().any(|word| word.is_flag() && word.text.contains('d')) => {
            let at = invocation.args().iter().position(|word| !word.is_flag()).unwrap_or(usize::MAX);
            // `-S NAME` comes before the command.
            let named = invocation.args().iter().position(|word| word.text == "-S" || word.text.ends_with("dmS"));
            let at = named.map_or(at, |named| named + 2);
            (invocation.args().get(at..).and_then(joined).into_iter().collect(), LayerKind::Shell)
        }
        "vim" | "nvim" | "vi" | "ex" => {
            let commands = invocation.args().iter().filter(|word| word.text.starts_with('+')).cloned();
            let commands = commands.chain(invocation.options(&["-c", "--cmd"]));
            (commands.filter_map(|word| after(&word, "!")).collect(), LayerKind::Shell)
        }
        "gdb" => {
            let commands = invocation.options(&["-ex", "-eval-command", "--eval-command"]);
            (
                commands.iter().filter_map(|word| after(word, "shell ").or_else(|| after(word, "!"))).collect(),
                LayerKind::Shell,
            )
        }
        "sed" | "gsed" => (super::sed::executed(invocation), LayerKind::Shell),
        "tar" | "bsdtar" => {
            let mut found: Vec<Word> = invocation.options(&["--to-command", "--use-compress-program", "-I"]);
            found.extend(invocation.args().iter().filter_map(|word| after(word, "checkpoint-action=exec=")));
            (found, LayerKind::Shell)
        }
        "rsync" => (
            invocation
                .options(&["-e", "--rsh", "--rsync-path"])
                .into_iter()
                .filter(|w| w.text.contains(' ') && !w.text.starts_with("ssh"))
                .collect(),
            LayerKind::Shell,
        ),
        "capsh" => {
            let at = invocation.args().iter().position(|word| word.text == "--");
            let rest = at.and_then(|at| invocation.args().get(at + 1..)).unwrap_or_default();
            let is_text = rest.first().is_some_and(|word| word.text == "-c");
            (rest.get(1).filter(|_| is_text).cloned().into_iter().collect(), LayerKind::Shell)
        }
        "expect" => {
            let scripts = invocation.options(&["-c"]);
            (scripts.iter().filter_map(|word| after(word, "spawn ")).collect(), LayerKind::Shell)
        }
        "git" if invocation.words.iter().any(|word| word.text == "foreach") => {
            let at = invocation.words.iter().position(|word| word.text == "foreach").unwrap_or(0);
            let rest = invocation.words.get(at + 1..).unwrap_or_default();
            (rest.iter().filter(|word| !word.is_flag()).take(1).cloned().collect(), LayerKind::PerItem)
        }
        "git" if verb == "rebase" => (invocation.options(&["-x", "--exec"]), LayerKind::PerItem),
        "git" => (configured(invocation), LayerKind::Shell),
        _ => (Vec::new(), LayerKind::Plain),
    };
    with_kind(found, kind)
}

/// The commands of `tmux` that run a text, or type one.
const TMUX_RUNS: &[&str] = &[
    "new-session",
    "new",
    "new-window",
    "neww",
    "split-window",
    "splitw",
    "run-shell",
    "run",
    "respawn-pane",
    "respawn-window",
    "send-keys",
    "send",
    "if-shell",
    "pipe-pane",
];

/// What the commands of `tmux`, parted by `\;`, run or type.
fn typed(invocation: &Invocation) -> Vec<Word> {
    let program = invocation.words.first();
    let commands = invocation.args().split(|word| matches!(word.text.as_str(), ";" | "\\;"));
    let texts = commands.flat_map(|command| {
        let words = program.into_iter().chain(command).cloned().collect();
        let one = Invocation { words, ..Invocation::default() };
        let mut operands = operands(&one).into_iter();
        let runs = operands.next().is_some_and(|verb| TMUX_RUNS.contains(&verb.text.as_str()));
        operands.filter(|_| runs).cloned().collect::<Vec<Word>>()
    });
    texts.collect()
}

/// What `git -c NAME=TEXT` runs.
fn configured(invocation: &Invocation) -> Vec<Word> {
    let runs = [
        "core.pager=",
        "core.editor=",
        "core.sshcommand=",
        "core.fsmonitor=",
        "diff.external=",
        "sequence.editor=",
        "credential.helper=!",
        "pager.",
    ];
    let is_run = |word: &Word| {
        let lower = word.text.to_ascii_lowercase();
        runs.iter().any(|name| lower.starts_with(name)) || lower.starts_with("alias.") && lower.contains("=!")
    };
    let values = invocation.options(&["-c"]).into_iter().filter(is_run);
    values
        .filter_map(|word| {
            after(&word, "=").map(|word| Word { text: word.text.trim_start_matches('!').to_owned(), ..word })
        })
        .filter(|word| word.text.contains(' '))
        .collect()
}

/// Texts that run on other machines.
fn elsewhere(invocation: &Invocation) -> Vec<(Word, LayerKind)> {
    let remote = |host: &str| LayerKind::Remote { host: host.to_owned() };
    let operands = operands(invocation);
    let verb = operands.first().map_or("", |word| word.text.as_str());
    let has = |text: &str| operands.iter().any(|word| word.text == text);
    let (found, kind) = match invocation.program() {
        "vagrant" if verb == "ssh" => (invocation.options(&["-c", "--command"]), remote("vagrant")),
        "fly" | "flyctl" if verb == "ssh" => (invocation.options(&["-C", "--command"]), remote("fly")),
        "gcloud" if has("ssh") => {
            let at = operands.iter().position(|word| word.text == "ssh").unwrap_or_default();
            let host = operands.get(at + 1).map_or("gcloud", |word| word.text.as_str());
            (invocation.options(&["--command"]), remote(host))
        }
        "ansible" => {
            let module = invocation.option(&["-m", "--module-name"]).map(|word| word.text);
            let is_command = module
                .as_deref()
                .is_none_or(|name| name.contains("shell") || name.contains("command") || name.contains("raw"));
            let host = invocation.args().iter().find(|word| !word.is_flag()).map_or("", |word| word.text.as_str());
            (if is_command { invocation.options(&["-a", "--args"]) } else { Vec::new() }, remote(host))
        }
        "pdsh" | "clush" | "pssh" | "parallel-ssh" => {
            let host = invocation.option(&["-w", "-H", "--host", "-h"]).map(|word| word.text).unwrap_or_default();
            let own = invocation.operands(&["-w", "-H", "--host", "-h", "-l", "-t", "-p", "-f", "-g"]);
            let from = own.first().and_then(|first| invocation.args().iter().position(|word| word.span == first.span));
            let rest = from.and_then(|from| invocation.args().get(from..)).unwrap_or_default();
            (joined(rest).into_iter().collect(), remote(&host))
        }
        "salt" if has("cmd.run") => (invocation.args().last().cloned().into_iter().collect(), remote(verb)),
        "az" if has("run-command") => {
            let host = invocation.option(&["--name", "-n"]).map(|word| word.text).unwrap_or_default();
            (invocation.options(&["--scripts"]), remote(&host))
        }
        "aws" if has("execute-command") => (invocation.options(&["--command"]), remote("ecs")),
        "aws" if has("send-command") => {
            let values = invocation.options(&["--parameters"]);
            let texts = values.iter().filter_map(|word| after(word, "commands="));
            (
                texts.map(|word| Word { text: word.text.trim_matches(['[', ']', '"']).to_owned(), ..word }).collect(),
                remote("ssm"),
            )
        }
        _ => (Vec::new(), LayerKind::Plain),
    };
    with_kind(found, kind)
}

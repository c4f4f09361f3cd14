//! Looks through a wrapper to what it runs.

use super::carriers::{bwrap, flock, texts, watch};
use super::env::Env;
use super::invocation::{Invocation, Layer, LayerKind, Stdin, Word, WordKind, base_name, joined_path};
use super::output;
use super::walk::{UNKNOWN_OUTPUT, Walker, invocation_weight};
use super::wrappers::{Adds, RUN_VALUED, TABLE, Wrapper, global_valued};

/// The shells whose `-c` text, script or standard input is shell text.
pub(super) const SHELLS: &[&str] = &["sh", "bash", "zsh", "dash", "ksh", "ash", "mksh", "fish", "rbash", "busybox-sh"];

/// How many words items are put in the place of; of more nothing is known.
const FILLED_WORDS_MAX: usize = 16 * 1024;

/// The longest word that an item is put into, in bytes.
const FILLED_BYTES_MAX: usize = 64 * 1024;

/// Options of `ssh` that take a value.
const SSH_VALUED: &[&str] = &[
    "-b", "-c", "-D", "-E", "-e", "-F", "-I", "-i", "-J", "-L", "-l", "-m", "-O", "-o", "-p", "-Q", "-R", "-S", "-W",
    "-w",
];

/// Notes what `invocation` starts: itself, or what it wraps.
pub(super) fn start(walker: &mut Walker, invocation: Invocation, env: &Env) -> Vec<usize> {
    let program = invocation.program().to_owned();
    if invocation.args().iter().any(|word| word.text == "--help" || word.text == "--version")
        && invocation.words.len() == 2
    {
        return walker.keep(invocation);
    }
    match program.as_str() {
        _ if SHELLS.contains(&program.as_str()) => shell(walker, invocation, env),
        "busybox" | "toybox" => inner(walker, invocation, 1, LayerKind::Plain, env),
        "command" if invocation.has_any(&["-v", "-V"]) => walker.keep(invocation),
        "coproc" => coproc(walker, invocation, env),
        "at" | "batch" => later(walker, invocation, env),
        "source" | "." => sourced(walker, invocation, env),
        "eval" => {
            let mut env = walker.copied(env);
            eval(walker, &invocation, &mut env)
        }
        "env" => env_command(walker, invocation, env),
        "xargs" => xargs(walker, invocation, env),
        "find" | "bfs" => find(walker, invocation, env),
        "fd" | "fdfind" => fd(walker, invocation, env),
        "parallel" => parallel(walker, invocation, env),
        "ssh" | "autossh" | "mosh" => ssh(walker, invocation, env),
        "su" => su(walker, invocation, env),
        "runuser" if invocation.has_any(&["-c", "--command"]) => su(walker, invocation, env),
        "nsenter" => nsenter(walker, invocation, env),
        "watch" | "viddy" | "hwatch" => watch(walker, invocation, env),
        "flock" => flock(walker, invocation, env),
        "bwrap" => bwrap(walker, invocation, env),
        name if super::carriers::carries(name) => texts(walker, invocation, env),
        "git" if invocation.words.iter().any(|w| matches!(w.text.as_str(), "foreach" | "--exec" | "-x" | "-c")) => {
            texts(walker, invocation, env)
        }
        _ if invocation.words.iter().any(|word| word.text == "--codex-run-as-process-setup") => {
            let at = invocation
                .words
                .iter()
                .skip(1)
                .position(|w| SHELLS.contains(&base_name(&w.text)) && w.text.contains('/'));
            inner(walker, invocation, at.map_or(usize::MAX, |at| at + 1), LayerKind::Plain, env)
        }
        _ => table(walker, invocation, env),
    }
}

/// `eval WORDS`: its words joined are read by the same shell.
pub(super) fn eval(walker: &mut Walker, invocation: &Invocation, env: &mut Env) -> Vec<usize> {
    let args: Vec<&Word> = invocation.args().iter().skip_while(|word| word.text == "--").collect();
    let text = args.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
    let mut starts = Vec::new();
    if args.iter().any(|word| word.is_open()) {
        starts = walker.keep(invocation.clone());
    }
    let (from, to) = (args.first().map_or(0, |w| w.span.0), args.last().map_or(0, |w| w.span.1));
    let outer = env.stdin.clone();
    env.stdin.clone_from(&invocation.stdin);
    starts.extend(walker.run_inner(&text, crate::model::Span(from, to), env));
    env.stdin = outer;
    starts
}

/// Goes on with the words from `at` as the command that runs, or keeps the whole where there are none.
pub(super) fn inner(walker: &mut Walker, mut outer: Invocation, at: usize, kind: LayerKind, env: &Env) -> Vec<usize> {
    if at >= outer.words.len() {
        return walker.keep(outer);
    }
    let words = outer.words.split_off(at);
    with_words(walker, outer, words, kind, env)
}

/// Goes on with `words` as the command that runs; `outer` has only the wrapper's own.
fn with_words(walker: &mut Walker, outer: Invocation, words: Vec<Word>, kind: LayerKind, env: &Env) -> Vec<usize> {
    let mut inner = outer;
    let own = std::mem::replace(&mut inner.words, words);
    if matches!(kind, LayerKind::Remote { .. } | LayerKind::Container { .. }) {
        inner.cwd = None;
    }
    inner.layers.push(Layer { kind, words: own });
    walker.start(inner, env)
}

/// Reads `word` as the text of a shell that runs behind `kind`.
pub(super) fn with_text(
    walker: &mut Walker,
    outer: &Invocation,
    word: &Word,
    own: usize,
    kind: LayerKind,
    env: &Env,
) -> Vec<usize> {
    if word.is_open() && word.text == UNKNOWN_OUTPUT {
        return walker.keep(outer.clone());
    }
    walker.spend(invocation_weight(outer));
    let mut within = walker.copied(env);
    within.stdin.clone_from(&outer.stdin);
    within.assigns.clone_from(&outer.assigns);
    within.layers.clone_from(&outer.layers);
    within.cwd.clone_from(&outer.cwd);
    if matches!(kind, LayerKind::Remote { .. } | LayerKind::Container { .. }) {
        within.cwd = None;
    }
    within.layers.push(Layer { kind, words: outer.words.get(..own).unwrap_or_default().to_vec() });
    for (name, value) in &outer.assigns {
        within.set(name, vec![value.clone()]);
    }
    let starts = walker.run_inner(&word.text, word.span, &mut within);
    let carry = outer.redirects.iter().any(|redirect| redirect.to.text != "/dev/null");
    if carry {
        let bare = Invocation { words: Vec::new(), ..outer.clone() };
        walker.keep(bare);
    }
    if word.is_open() && !word.from.is_empty() {
        return walker.keep(outer.clone());
    }
    starts
}

fn shell(walker: &mut Walker, invocation: Invocation, env: &Env) -> Vec<usize> {
    let mut reads_text = false;
    let mut at = 1;
    while let Some(word) = invocation.words.get(at) {
        let text = word.text.as_str();
        if text == "--" {
            at += 1;
            break;
        }
        if !(text.starts_with('-') || text.starts_with('+')) || text.len() < 2 {
            break;
        }
        let is_long = text.starts_with("--");
        reads_text |= !is_long && text.starts_with('-') && text.contains('c');
        let takes_value = matches!(text, "-o" | "+o" | "-O" | "+O" | "--rcfile" | "--init-file")
            || (!is_long && text.ends_with('o') && text.len() > 2);
        at += if takes_value { 2 } else { 1 };
    }
    match invocation.words.get(at).cloned() {
        Some(word) if reads_text => {
            let mut env = walker.copied(env);
            env.set_arguments(invocation.words.get(at + 2..).unwrap_or_default());
            with_text(walker, &invocation, &word, at, LayerKind::Shell, &env)
        }
        Some(word) if word.text != "-" && word.text != "/dev/stdin" && !reads_stdin(&invocation) => {
            match walker.output_of(&word) {
                Some(text) => {
                    let word = Word { text, from: Vec::new(), kind: WordKind::Literal, ..word };
                    with_text(walker, &invocation, &word, at, LayerKind::Shell, env)
                }
                None => walker.keep(invocation),
            }
        }
        _ => match &invocation.stdin {
            Stdin::Text(text) => {
                let word = Word::literal(text.clone(), invocation.span);
                let outer = Invocation { stdin: Stdin::Inherited, ..invocation.clone() };
                with_text(walker, &outer, &word, at, LayerKind::Shell, env)
            }
            Stdin::Inherited | Stdin::File(_) | Stdin::From(_) => walker.keep(invocation),
        },
    }
}

/// `at`, `batch`: what stands on their input is run by a shell, later.
fn later(walker: &mut Walker, invocation: Invocation, env: &Env) -> Vec<usize> {
    let mut starts = walker.keep(invocation.clone());
    if let Stdin::Text(text) = &invocation.stdin {
        let word = Word::literal(text.clone(), invocation.span);
        let outer = Invocation { stdin: Stdin::Inherited, ..invocation.clone() };
        starts.extend(with_text(walker, &outer, &word, invocation.words.len(), LayerKind::Shell, env));
    }
    starts
}

/// `-s`: what follows are the text's arguments, not its file.
fn reads_stdin(invocation: &Invocation) -> bool {
    invocation.args().iter().take_while(|word| word.is_flag()).any(|word| word.text == "-s")
}

/// `coproc COMMAND`, `coproc NAME { COMMAND; }`.
fn coproc(walker: &mut Walker, invocation: Invocation, env: &Env) -> Vec<usize> {
    let brace = invocation.words.get(1..3).unwrap_or_default().iter().position(|word| word.text == "{");
    inner(walker, invocation, brace.map_or(1, |at| at + 2), LayerKind::Plain, env)
}

/// `source FILE`: what a command or a here-document hands it is read by the same shell.
fn sourced(walker: &mut Walker, invocation: Invocation, env: &Env) -> Vec<usize> {
    let operand = invocation.args().iter().find(|word| !word.is_flag()).cloned();
    let Some(word) = operand else { return walker.keep(invocation) };
    let text = match &invocation.stdin {
        Stdin::Text(text) if word.text == "/dev/stdin" => Some(text.clone()),
        _ => walker.output_of(&word),
    };
    let Some(text) = text else { return walker.keep(invocation) };
    let mut env = walker.copied(env);
    walker.run_inner(&text, word.span, &mut env)
}

/// `env [-i] [-u NAME] [-C DIR] [-S TEXT] [NAME=VALUE…] COMMAND`.
fn env_command(walker: &mut Walker, mut invocation: Invocation, env: &Env) -> Vec<usize> {
    let mut at = 1;
    while let Some(word) = invocation.words.get(at).cloned() {
        match word.text.as_str() {
            "-u" | "--unset" => at += 2,
            "-C" | "--chdir" => {
                if let Some(folder) = invocation.words.get(at + 1) {
                    invocation.cwd = joined_path(invocation.cwd.as_deref(), &folder.text);
                }
                at += 2;
            }
            "-S" | "--split-string" => {
                let Some(text) = invocation.words.get(at + 1).cloned() else { break };
                return with_text(walker, &invocation, &text, at, LayerKind::Plain, env);
            }
            text if text.starts_with("-S") || text.starts_with("--split-string=") => {
                let rest = text.trim_start_matches("--split-string=").trim_start_matches("-S").to_owned();
                let text = Word { text: rest, ..word };
                return with_text(walker, &invocation, &text, at, LayerKind::Plain, env);
            }
            text if text.starts_with('-') => at += 1,
            text => match text.split_once('=') {
                Some((name, value)) => {
                    invocation.assigns.push((name.to_owned(), Word { text: value.to_owned(), ..word }));
                    at += 1;
                }
                None => break,
            },
        }
    }
    inner(walker, invocation, at, LayerKind::Plain, env)
}

/// What the program before this one lists, as words.
fn items(walker: &Walker, invocation: &Invocation) -> Vec<Word> {
    let anything =
        || vec![Word { text: "{}".to_owned(), kind: WordKind::Open, span: invocation.span, ..Word::default() }];
    match &invocation.stdin {
        Stdin::Text(text) => text
            .split(|c: char| c.is_whitespace() || c == '\0')
            .filter(|word| !word.is_empty())
            .map(|word| Word::literal(word, invocation.span))
            .collect(),
        Stdin::From(from) => {
            let mut all = Vec::new();
            for at in from {
                let Some(source) = walker.reading.invocations.get(*at) else { return anything() };
                match listed(walker, source, 0) {
                    Some(words) => all.extend(words),
                    None => return anything(),
                }
            }
            if all.is_empty() { anything() } else { all }
        }
        Stdin::Inherited | Stdin::File(_) => anything(),
    }
}

/// Looks through filters to the program that lists.
fn listed(walker: &Walker, source: &Invocation, depth: usize) -> Option<Vec<Word>> {
    let is_filter =
        matches!(source.program(), "grep" | "head" | "tail" | "sort" | "uniq" | "rg" | "awk" | "sed" | "tr" | "cut");
    match &source.stdin {
        Stdin::From(from) if is_filter && depth < 8 => {
            let before = from.first().and_then(|at| walker.reading.invocations.get(*at))?;
            let suffix = (source.program() == "grep").then(|| source.args().iter().find(|w| !w.is_flag())).flatten();
            let words = listed(walker, before, depth + 1)?;
            let ending = suffix
                .map(|w| w.text.trim_end_matches('$').replace('\\', ""))
                .filter(|s| s.starts_with('.') && s.len() > 1);
            Some(match ending {
                Some(ending) => words.into_iter().map(|w| Word { text: format!("{}{ending}", w.text), ..w }).collect(),
                None => words,
            })
        }
        _ => output::selection(source),
    }
}

fn xargs(walker: &mut Walker, invocation: Invocation, env: &Env) -> Vec<usize> {
    let valued = [
        "-I",
        "-n",
        "-P",
        "-L",
        "-d",
        "-E",
        "-s",
        "-a",
        "--replace",
        "--max-args",
        "--max-procs",
        "--delimiter",
        "--arg-file",
    ];
    let mut at = 1;
    let mut mark = None;
    while let Some(word) = invocation.words.get(at) {
        let text = word.text.as_str();
        if !word.is_flag() {
            break;
        }
        if text == "-I" {
            mark = invocation.words.get(at + 1).map(|word| word.text.clone());
        } else if let Some(rest) = text.strip_prefix("-I").or_else(|| text.strip_prefix("-i")) {
            mark = Some(if rest.is_empty() { "{}".to_owned() } else { rest.to_owned() });
        }
        at += if valued.contains(&text) { 2 } else { 1 };
    }
    let Some(command) = invocation.words.get(at..).filter(|words| !words.is_empty()) else {
        return walker.keep(invocation);
    };
    let items = items(walker, &invocation);
    let words = filled(command, mark.as_deref(), &items);
    let mut outer = Invocation { stdin: Stdin::Inherited, ..invocation };
    outer.words.truncate(at);
    with_words(walker, outer, words, LayerKind::PerItem, env)
}

/// The items put where the mark stands, or at the end.
fn filled(command: &[Word], mark: Option<&str>, items: &[Word]) -> Vec<Word> {
    let Some(mark) = mark else { return command.iter().chain(items).cloned().collect() };
    let marks = command.iter().filter(|word| word.text == mark).count();
    let anything = [Word { text: "{}".to_owned(), kind: WordKind::Open, ..Word::default() }];
    let items = if marks.saturating_mul(items.len()) > FILLED_WORDS_MAX { &anything } else { items };
    let mut words = Vec::new();
    for word in command {
        if word.text == mark {
            words.extend(items.iter().cloned());
        } else if word.text.contains(mark) {
            let first = items.first().map_or("{}", |item| item.text.as_str());
            let most = word.text.len() + word.text.matches(mark).count() * first.len();
            let item = if most > FILLED_BYTES_MAX { "{}" } else { first };
            words.push(Word { text: word.text.replace(mark, item), kind: WordKind::Open, ..word.clone() });
        } else {
            words.push(word.clone());
        }
    }
    words
}

fn find(walker: &mut Walker, invocation: Invocation, env: &Env) -> Vec<usize> {
    let selected = output::selection(&invocation).unwrap_or_default();
    let mut at = 0;
    while let Some(word) = invocation.words.get(at) {
        if matches!(word.text.as_str(), "-exec" | "-execdir" | "-ok" | "-okdir") {
            let rest = invocation.words.get(at + 1..).unwrap_or_default();
            let end = rest.iter().position(|word| word.text == ";" || word.text == "+").unwrap_or(rest.len());
            let command = rest.get(..end).unwrap_or_default();
            if !command.is_empty() {
                let words = filled(command, Some("{}"), &selected);
                with_words(walker, invocation.up_to(at), words, LayerKind::PerItem, env);
            }
            at += end;
        }
        at += 1;
    }
    walker.keep(invocation)
}

fn fd(walker: &mut Walker, invocation: Invocation, env: &Env) -> Vec<usize> {
    let exec = invocation.words.iter().position(|w| matches!(w.text.as_str(), "-x" | "-X" | "--exec" | "--exec-batch"));
    if let Some(at) = exec {
        let listing = invocation.up_to(at);
        let selected = output::selection(&listing).unwrap_or_default();
        let command = invocation.words.get(at + 1..).unwrap_or_default();
        if !command.is_empty() {
            let mark = command.iter().any(|word| word.text.contains("{}")).then_some("{}");
            let words = filled(command, mark, &selected);
            with_words(walker, listing, words, LayerKind::PerItem, env);
        }
    }
    walker.keep(invocation)
}

fn parallel(walker: &mut Walker, invocation: Invocation, env: &Env) -> Vec<usize> {
    let valued = ["-j", "--jobs", "-a", "-n", "-N", "-I", "--delay", "--timeout", "-S", "--joblog", "--colsep"];
    let mut at = 1;
    while invocation.words.get(at).is_some_and(Word::is_flag) {
        at += if invocation.words.get(at).is_some_and(|w| valued.contains(&w.text.as_str())) { 2 } else { 1 };
    }
    let rest = invocation.words.get(at..).unwrap_or_default();
    let cut = rest.iter().position(|word| word.text.starts_with(":::"));
    let items = match cut {
        Some(cut) => rest.get(cut + 1..).unwrap_or_default().to_vec(),
        None => items(walker, &invocation),
    };
    let command = rest.get(..cut.unwrap_or(rest.len())).unwrap_or_default();
    if command.is_empty() {
        return walker.keep(invocation);
    }
    let mark = command.iter().any(|word| word.text.contains("{}")).then_some("{}");
    let words = filled(command, mark, &items);
    if let [only] = command {
        let text = if mark.is_some() { words } else { vec![only.clone()].into_iter().chain(items).collect() };
        let joined = text.iter().map(|w| w.text.as_str()).collect::<Vec<_>>().join(" ");
        let word = Word { text: joined, ..only.clone() };
        return with_text(walker, &invocation, &word, at, LayerKind::PerItem, env);
    }
    with_words(walker, invocation.up_to(at), words, LayerKind::PerItem, env)
}

fn ssh(walker: &mut Walker, invocation: Invocation, env: &Env) -> Vec<usize> {
    let mut at = 1;
    while let Some(word) = invocation.words.get(at) {
        if !word.is_flag() {
            break;
        }
        at += if SSH_VALUED.contains(&word.text.as_str()) { 2 } else { 1 };
    }
    let Some(host) = invocation.words.get(at).cloned() else { return walker.keep(invocation) };
    let kind = LayerKind::Remote { host: host.text };
    let rest = invocation.words.get(at + 1..).unwrap_or_default();
    let rest =
        if rest.first().is_some_and(|word| word.text == "--") { rest.get(1..).unwrap_or_default() } else { rest };
    let word = match (rest, &invocation.stdin) {
        ([], Stdin::Text(text)) => Word::literal(text.clone(), invocation.span),
        ([], Stdin::Inherited | Stdin::File(_) | Stdin::From(_)) => return walker.keep(invocation),
        ([only], _) => only.clone(),
        ([first, .., last], _) => {
            let text = rest.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
            Word { text, span: crate::model::Span(first.span.0, last.span.1), ..first.clone() }
        }
    };
    with_text(walker, &invocation, &word, at + 1, kind, env)
}

fn su(walker: &mut Walker, invocation: Invocation, env: &Env) -> Vec<usize> {
    match invocation.option(&["-c", "--command"]) {
        Some(text) => with_text(walker, &invocation, &text, invocation.words.len(), LayerKind::Privilege, env),
        None => match &invocation.stdin {
            Stdin::Text(text) => {
                let word = Word::literal(text.clone(), invocation.span);
                let outer = Invocation { stdin: Stdin::Inherited, ..invocation.clone() };
                with_text(walker, &outer, &word, invocation.words.len(), LayerKind::Privilege, env)
            }
            Stdin::Inherited | Stdin::File(_) | Stdin::From(_) => walker.keep(invocation),
        },
    }
}

fn nsenter(walker: &mut Walker, invocation: Invocation, env: &Env) -> Vec<usize> {
    let mut at = 1;
    while let Some(word) = invocation.words.get(at) {
        if word.text == "--" {
            at += 1;
            break;
        }
        if !word.is_flag() {
            break;
        }
        at += if matches!(word.text.as_str(), "-t" | "--target" | "-S" | "-G" | "-r" | "-w") { 2 } else { 1 };
    }
    inner(walker, invocation, at, LayerKind::Container { name: "nsenter".to_owned() }, env)
}

fn table(walker: &mut Walker, invocation: Invocation, env: &Env) -> Vec<usize> {
    let program = invocation.program();
    let found = TABLE.iter().find_map(|wrapper| Some((wrapper, begins(wrapper, program, &invocation)?)));
    let Some((wrapper, after)) = found else { return walker.keep(invocation) };
    let mut invocation = invocation;
    let mut at = after;
    let mut operands = wrapper.operands;
    let mut name = String::new();
    while let Some(word) = invocation.words.get(at).cloned() {
        let text = word.text.as_str();
        if text == "--" {
            at += 1;
            if operands == 0 || wrapper.names.last() == Some(&"exec") {
                break;
            }
            continue;
        }
        // What follows an image is its command, options and all.
        if operands == 0 && wrapper.operands > 0 && wrapper.valued == RUN_VALUED {
            break;
        }
        if word.is_flag() {
            if matches!(text, "-c" | "--call") && wrapper.adds == Adds::Runner {
                let Some(text) = invocation.words.get(at + 1).cloned() else { break };
                return with_text(walker, &invocation, &text, at, LayerKind::Runner, env);
            }
            at += if wrapper.valued.contains(&text) { 2 } else { 1 };
            continue;
        }
        if let Some((variable, value)) = assignment(text, wrapper) {
            invocation.assigns.push((variable.to_owned(), Word { text: value.to_owned(), ..word.clone() }));
            at += 1;
            continue;
        }
        if operands == 0 {
            break;
        }
        name = word.text;
        operands -= 1;
        at += 1;
    }
    // A shell with other rights reads what it is given.
    if wrapper.adds == Adds::Privilege
        && invocation.words.get(at).is_none()
        && let Stdin::Text(text) = &invocation.stdin
    {
        let word = Word::literal(text.clone(), invocation.span);
        let outer = Invocation { stdin: Stdin::Inherited, ..invocation.clone() };
        return with_text(walker, &outer, &word, at, LayerKind::Privilege, env);
    }
    let entry = invocation.option(&["--entrypoint"]).filter(|_| wrapper.adds == Adds::Container);
    let kind = match wrapper.adds {
        Adds::Nothing => LayerKind::Plain,
        Adds::Privilege => LayerKind::Privilege,
        Adds::Runner => LayerKind::Runner,
        Adds::Container => LayerKind::Container { name },
        Adds::Remote => LayerKind::Remote { host: name },
    };
    // An image's own program is replaced by another.
    if let Some(entry) = entry.filter(|entry| !entry.text.is_empty()) {
        let mut words = vec![entry];
        words.extend(invocation.words.drain(at.min(invocation.words.len())..));
        return with_words(walker, invocation, words, kind, env);
    }
    // A package runner names a version with the program.
    if kind == LayerKind::Runner
        && let Some(word) = invocation.words.get(at)
        && let Some(cut) = word.text.get(1..).and_then(|rest| rest.find('@'))
    {
        let text = word.text.get(..=cut).unwrap_or_default().to_owned();
        let mut words = vec![Word { text, ..word.clone() }];
        words.extend(invocation.words.drain(at + 1..));
        return with_words(walker, invocation, words, kind, env);
    }
    // The package is as much the runner's word as the program's.
    if kind == LayerKind::Runner && at < invocation.words.len() {
        let words = invocation.words.split_off(at);
        invocation.words.extend(words.first().cloned());
        return with_words(walker, invocation, words, kind, env);
    }
    inner(walker, invocation, at, kind, env)
}

fn assignment<'w>(text: &'w str, wrapper: &Wrapper) -> Option<(&'w str, &'w str)> {
    let takes =
        matches!(wrapper.adds, Adds::Privilege) || wrapper.names == ["cross-env"] || wrapper.names == ["env-cmd"];
    let (name, value) = text.split_once('=')?;
    let is_name = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') && !name.is_empty();
    (takes && is_name).then_some((name, value))
}

/// How many words belong to the wrapper's own name, its global options among them.
fn begins(wrapper: &Wrapper, program: &str, invocation: &Invocation) -> Option<usize> {
    let (first, verbs) = wrapper.names.split_first()?;
    if program != *first {
        return None;
    }
    let mut at = 1;
    for verb in verbs {
        while let Some(word) = invocation.words.get(at).filter(|word| word.is_flag()) {
            at += if global_valued(program).contains(&word.text.as_str()) { 2 } else { 1 };
        }
        if invocation.words.get(at)?.text != *verb {
            return None;
        }
        at += 1;
    }
    Some(at)
}

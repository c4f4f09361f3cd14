//! Takes wrappers off a command until an agent is found.

use super::names;
use crate::model::Dialect;

/// An agent found in a command.
pub(super) struct Found {
    pub(super) dialect: Dialect,
    /// Where its arguments begin in the command as it was given.
    pub(super) at: Option<usize>,
    pub(super) arguments: Vec<String>,
}

/// What a command's first word makes of the rest.
enum Step {
    /// The agent; its arguments begin after so many words.
    Agent(Dialect, usize),
    /// Another command begins after so many words.
    Inner(usize),
    /// A text for a shell.
    Text(String),
    Nothing,
}

/// Wrappers: their options that take a value, and how many words stand before the command.
const WRAPPERS: &[(&str, &[&str], usize)] = &[
    ("nice", &["-n", "--adjustment"], 0),
    ("ionice", &["-c", "-n", "-p", "--class", "--classdata"], 0),
    ("nohup", &[], 0),
    ("setsid", &[], 0),
    ("time", &["-f", "-o", "--format", "--output"], 0),
    ("exec", &["-a"], 0),
    ("command", &[], 0),
    ("stdbuf", &["-i", "-o", "-e"], 0),
    ("timeout", &["-k", "-s", "--kill-after", "--signal"], 1),
    ("caffeinate", &["-t", "-w"], 0),
    ("systemd-inhibit", &["--what", "--who", "--why", "--mode"], 0),
    ("unshare", &[], 0),
    ("faketime", &["-f"], 1),
];

/// Version managers and injectors of variables: the words that make them run a command, the options of theirs that
/// take a value, and how many words stand before the command.
const RUNNERS: &[(&str, &[&str], &[&str], usize)] = &[
    ("mise", &["exec", "x"], &["-C", "--cd", "-E", "--env", "-j", "--jobs", "-c", "--command"], 0),
    ("rtx", &["exec", "x"], &["-C", "--cd", "-j", "--jobs"], 0),
    ("asdf", &["exec"], &[], 0),
    ("nvm", &["exec", "run"], &[], 0),
    ("volta", &["run"], &["--node", "--npm", "--yarn", "--pnpm", "--env"], 0),
    ("fnm", &["exec"], &["--using", "--fnm-dir", "--arch"], 0),
    ("proto", &["run"], &[], 0),
    ("nodenv", &["exec"], &[], 0),
    ("pyenv", &["exec"], &[], 0),
    ("direnv", &["exec"], &[], 1),
    ("doppler", &["run"], &["-p", "--project", "-c", "--config", "-t", "--token"], 0),
    ("op", &["run"], &["--env-file", "--account"], 0),
    ("dotenvx", &["run"], &["-f", "--env-file"], 0),
    ("dotenv", &[""], &["-f", "--file", "-e"], 0),
    ("infisical", &["run"], &["--env", "--path", "--projectId"], 0),
    ("devbox", &["run"], &["-c", "--config"], 0),
    ("poetry", &["run"], &[], 0),
    ("pipenv", &["run"], &[], 0),
];

/// Options of package runners that take a value.
const PACKAGE_VALUES: &[&str] = &[
    "-p",
    "--package",
    "--registry",
    "--prefix",
    "-w",
    "--workspace",
    "--cache",
    "--from",
    "--with",
    "--python",
    "--spec",
    "-C",
    "--dir",
];
/// Options of interpreters that take a value.
const NODE_VALUES: &[&str] =
    &["-r", "--require", "--import", "--loader", "--experimental-loader", "-C", "--conditions", "--env-file"];
/// Options of `env` that take a value.
const ENV_VALUES: &[&str] = &["-u", "--unset", "-C", "--chdir"];
/// Shells whose `-c` is read.
const SHELLS: &[&str] = &["sh", "bash", "zsh", "dash", "ash", "ksh", "fish", "busybox"];

/// Finds the agent that `words` start, through at most `depth` wrappers.
pub(super) fn find(words: &[String], resolve: &dyn Fn(&str) -> Option<String>, depth: usize) -> Option<Found> {
    let mut at = 0;
    for _ in 0..depth {
        let rest = words.get(at..)?;
        match step(rest, resolve) {
            Step::Agent(dialect, taken) => {
                let arguments = rest.get(taken..).unwrap_or_default().to_vec();
                return Some(Found { dialect, at: Some(at + taken), arguments });
            }
            Step::Inner(taken) => at += taken,
            Step::Text(text) => {
                let found = commands(&text).into_iter().find_map(|words| find(&words, resolve, depth - 1));
                return found.map(|found| Found { at: None, ..found });
            }
            Step::Nothing => return None,
        }
    }
    None
}

fn step(words: &[String], resolve: &dyn Fn(&str) -> Option<String>) -> Step {
    let Some(program) = words.first() else { return Step::Nothing };
    if let Some(dialect) = names::of_program(program) {
        return Step::Agent(dialect, 1);
    }
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    match names::base(program) {
        "cursor" if word(1) == "agent" => return Step::Agent(Dialect::Cursor, 2),
        "env" => return env(words),
        "npx" | "bunx" | "pnpx" | "uvx" => return package(words, 1),
        "npm" | "pnpm" | "yarn" if matches!(word(1), "exec" | "x" | "dlx") => return package(words, 2),
        "bun" if word(1) == "x" => return package(words, 2),
        "uv" if word(1) == "tool" && word(2) == "run" => return package(words, 3),
        "uv" | "pipx" if word(1) == "run" => return package(words, 2),
        "bun" | "deno" if word(1) == "run" => return script(words, 2),
        "node" | "nodejs" | "bun" | "deno" | "tsx" => return script(words, 1),
        "nix" if matches!(word(1), "run" | "shell") => return nix(words),
        _ => {}
    }
    let name = names::base(program);
    if name.starts_with("python") {
        return python(words);
    }
    if SHELLS.contains(&name) {
        return shell(words);
    }
    if let Some((_, values, before)) = WRAPPERS.iter().find(|(known, ..)| *known == name) {
        return Step::Inner(skip_options(words, 1, values) + before);
    }
    if let Some((_, verbs, values, before)) = RUNNERS.iter().find(|(known, ..)| *known == name) {
        return runner(words, verbs, values, *before);
    }
    match resolve(program).and_then(|path| names::of_program(&path)) {
        Some(dialect) => Step::Agent(dialect, 1),
        None => Step::Nothing,
    }
}

/// The place after the options that begin at `from`; a `--` ends them.
fn skip_options(words: &[String], from: usize, values: &[&str]) -> usize {
    let mut at = from;
    while let Some(word) = words.get(at) {
        if word == "--" {
            return at + 1;
        }
        if !word.starts_with('-') || word == "-" {
            break;
        }
        at += if values.contains(&word.as_str()) { 2 } else { 1 };
    }
    at
}

fn env(words: &[String]) -> Step {
    let mut at = 1;
    loop {
        at = skip_options(words, at, ENV_VALUES);
        let split = words.get(at - 1).filter(|word| at > 1 && matches!(word.as_str(), "-S" | "--split-string"));
        if let (Some(_), Some(text)) = (split, words.get(at)) {
            return Step::Text(text.clone());
        }
        match words.get(at) {
            Some(word) if word.contains('=') => at += 1,
            Some(_) => return Step::Inner(at),
            None => return Step::Nothing,
        }
    }
}

/// `npx [-y] [-p PACKAGE] NAME ARG…`, and those like it.
fn package(words: &[String], from: usize) -> Step {
    let mut at = from;
    let mut named = None;
    while let Some(word) = words.get(at) {
        let next = words.get(at + 1);
        match word.as_str() {
            "--" => at += 1,
            "-c" | "--call" => return next.map_or(Step::Nothing, |text| Step::Text(text.clone())),
            "-p" | "--package" | "--from" | "--spec" => {
                named = named.or(next);
                at += 2;
            }
            option if option.starts_with('-') => at += if PACKAGE_VALUES.contains(&option) { 2 } else { 1 },
            _ => break,
        }
    }
    let Some(name) = words.get(at) else { return Step::Nothing };
    // `npm exec NAME -- ARG…`: the dashes are the runner's.
    let taken = if words.get(at + 1).is_some_and(|word| word == "--") { at + 2 } else { at + 1 };
    let by_name = names::of_package(name).or_else(|| names::of_program(name.split('@').next().unwrap_or(name)));
    match by_name.or_else(|| named.and_then(|named| names::of_package(named))) {
        Some(dialect) => Step::Agent(dialect, taken),
        None => Step::Inner(at),
    }
}

/// `node [OPTION…] SCRIPT ARG…`.
fn script(words: &[String], from: usize) -> Step {
    let at = skip_options(words, from, NODE_VALUES);
    let Some(script) = words.get(at) else { return Step::Nothing };
    match names::of_program(script).or_else(|| names::of_package(script)) {
        Some(dialect) => Step::Agent(dialect, at + 1),
        // What is a program of its own is looked at as one: a link in `node_modules/.bin`, a runner's script.
        None => Step::Inner(at),
    }
}

/// `python -m aider ARG…`, `python /path/aider ARG…`.
fn python(words: &[String]) -> Step {
    let mut at = 1;
    while let Some(word) = words.get(at) {
        match word.as_str() {
            "-m" => at += 1,
            "-c" => return Step::Nothing,
            "-W" | "-X" => at += 2,
            option if option.starts_with('-') => at += 1,
            name => {
                return match names::of_program(name) {
                    Some(dialect) => Step::Agent(dialect, at + 1),
                    None => Step::Nothing,
                };
            }
        }
    }
    Step::Nothing
}

/// `nix run nixpkgs#claude-code -- ARG…`.
fn nix(words: &[String]) -> Step {
    let named = words.iter().skip(2).find_map(|word| word.rsplit_once('#')).map(|(_, name)| name);
    let dialect = named.and_then(|name| names::of_program(name.trim_end_matches("-code").trim_end_matches("-cli")));
    let end = words.iter().position(|word| word == "--").map_or(words.len(), |at| at + 1);
    match dialect {
        Some(dialect) => Step::Agent(dialect, end),
        None => Step::Nothing,
    }
}

fn runner(words: &[String], verbs: &[&str], values: &[&str], before: usize) -> Step {
    let mut at = skip_options(words, 1, values);
    if !verbs.contains(&"") {
        if !words.get(at).is_some_and(|word| verbs.contains(&word.as_str())) {
            return Step::Nothing;
        }
        at += 1;
    }
    // What stands before the dashes names tools and versions.
    if let Some(dashes) = words.iter().skip(at).position(|word| word == "--") {
        return Step::Inner(at + dashes + 1);
    }
    at = skip_options(words, at, values) + before;
    let is_version = |word: &String| {
        word.contains('@')
            || word.starts_with(|c: char| {
                c.is_ascii_digit() || c == 'v' && word.len() > 1 && word[1..].starts_with(|d: char| d.is_ascii_digit())
            })
    };
    while words.get(at).is_some_and(|word| is_version(word) && names::of_program(word).is_none()) {
        at += 1;
    }
    Step::Inner(at)
}

fn shell(words: &[String]) -> Step {
    let mut at = 1;
    while let Some(word) = words.get(at) {
        let is_short = word.starts_with('-') && !word.starts_with("--");
        match word.as_str() {
            _ if is_short && word.contains('c') => {
                // `bash -c -l TEXT` is a text as well.
                let text = words.iter().skip(at + 1).find(|word| !word.starts_with('-'));
                return text.map_or(Step::Nothing, |text| Step::Text(text.clone()));
            }
            "-o" | "-O" | "--rcfile" | "--init-file" => at += 2,
            option if option.starts_with('-') || option.starts_with('+') => at += 1,
            // `busybox sh -c …`, or a script that is an agent's own wrapper.
            _ => return Step::Inner(at),
        }
    }
    Step::Nothing
}

/// The simple commands of a shell text as words, quotes taken off. What is not plain gives words that are no agent's.
fn commands(text: &str) -> Vec<Vec<String>> {
    let mut all = vec![Vec::new()];
    let mut word: Option<String> = None;
    let mut chars = text.chars().peekable();
    let mut quote = None;
    let end_word = |word: &mut Option<String>, all: &mut Vec<Vec<String>>| {
        if let (Some(word), Some(command)) = (word.take(), all.last_mut()) {
            command.push(word);
        }
    };
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some('\''), '\'') | (Some('"'), '"') => quote = None,
            (Some('"') | None, '\\') => word.get_or_insert_default().extend(chars.next()),
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, ' ' | '\t') => end_word(&mut word, &mut all),
            (None, '\n' | ';' | '&' | '|' | '(' | ')' | '{' | '}') => {
                end_word(&mut word, &mut all);
                all.push(Vec::new());
            }
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    end_word(&mut word, &mut all);
    all.retain(|command| !command.is_empty());
    for command in &mut all {
        let assigned = command.iter().take_while(|word| is_assignment(word)).count();
        command.drain(..assigned);
    }
    all
}

fn is_assignment(word: &str) -> bool {
    let Some((name, _)) = word.split_once('=') else { return false };
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

//! Named tasks of a project: what `make clean`, `npm run reset` or `just drop` would run, where their file can be read.
//!
//! A line that the file itself leaves open is passed over: what it becomes is gated when it starts.

use super::{Collect, Inner};
use crate::model::Span;
use crate::shell::{Invocation, Word, quoted};

/// How many tasks one name leads to, those it depends on among them.
const TASKS_MAX: usize = 32;

/// How many lines of tasks are read.
const LINES_MAX: usize = 256;

/// Scripts that installing the project's own dependencies runs.
const INSTALL_SCRIPTS: &[&str] = &["preinstall", "install", "postinstall", "prepare"];

/// Words of a package manager that are no scripts of the project.
const OWN_VERBS: &[&str] = &[
    "add", "remove", "install", "i", "ci", "update", "upgrade", "up", "init", "create", "exec", "dlx", "x", "publish",
    "pack", "link", "unlink", "audit", "outdated", "ls", "list", "why", "config", "cache", "store", "import", "login",
    "logout", "whoami", "version", "view", "info", "search", "owner", "access", "dedupe", "prune", "rebuild", "help",
];

pub(super) fn collect(collect: &mut Collect) {
    let invocation = collect.invocation();
    let found = match invocation.program() {
        "make" | "gmake" => made(collect, invocation),
        "npm" | "pnpm" | "yarn" | "bun" => packaged(collect, invocation),
        "deno" => deno(collect, invocation),
        "just" => just(collect, invocation),
        "task" | "go-task" => task(collect, invocation),
        _ => return,
    };
    let Some((lines, folder)) = found else { return };
    for line in lines.into_iter().take(LINES_MAX) {
        let text = match &folder {
            Some(folder) => format!("cd '{}' && {}", folder.replace('\'', r"'\''"), line),
            None => line,
        };
        // As the tool starts it: a shell with the line as its text.
        let words = vec!["sh".to_owned(), "-c".to_owned(), text];
        collect.inner.push(Inner::Words { words, span: invocation.span });
    }
}

type Found = Option<(Vec<String>, Option<String>)>;

/// The text of the first of these files that can be read, seen from `folder`.
fn file(collect: &Collect, folder: Option<&str>, names: &[&str], span: Span) -> Option<String> {
    names.iter().find_map(|name| {
        let path =
            folder.map_or_else(|| (*name).to_owned(), |folder| format!("{}/{name}", folder.trim_end_matches('/')));
        collect.content(&Word::literal(path, span))
    })
}

/// A task: its name, what it needs first, and its lines.
#[derive(Debug, Default)]
struct Task {
    name: String,
    needs: Vec<String>,
    lines: Vec<String>,
}

/// The lines of a task and of those it needs, these first.
fn unfold(tasks: &[Task], names: &[String]) -> Vec<String> {
    let mut seen: Vec<&str> = Vec::new();
    let mut lines = Vec::new();
    for name in names {
        needed(tasks, name, &mut seen, &mut lines);
    }
    lines
}

fn needed<'t>(tasks: &'t [Task], name: &str, seen: &mut Vec<&'t str>, lines: &mut Vec<String>) {
    for task in tasks.iter().filter(|task| task.name == name) {
        if seen.contains(&task.name.as_str()) || seen.len() >= TASKS_MAX {
            return;
        }
        seen.push(&task.name);
        for need in &task.needs {
            needed(tasks, need, seen, lines);
        }
        lines.extend(task.lines.iter().cloned());
    }
}

fn made(collect: &Collect, invocation: &Invocation) -> Found {
    let valued = ["-C", "--directory", "-f", "--file", "--makefile", "-j", "-I", "-o", "-l", "-W", "-k"];
    let folder = invocation.option(&["-C", "--directory"]).map(|word| word.text);
    let named = invocation.option(&["-f", "--file", "--makefile"]).map(|word| word.text);
    let takes_input = |pair: &[Word]| matches!(pair, [f, input] if f.text == "-f" && input.text == "-");
    // Before a here-document the grammar takes a single `-` for a part of it.
    let ends_open = invocation.args().last().is_some_and(|word| word.text == "-f");
    let is_input = ends_open || invocation.args().windows(2).any(takes_input) || named.as_deref() == Some("-");
    let text = match (&named, &invocation.stdin) {
        (_, crate::shell::Stdin::Text(text)) if is_input => text.clone(),
        (Some(name), _) => file(collect, folder.as_deref(), &[name], invocation.span)?,
        (None, _) => file(collect, folder.as_deref(), &["GNUmakefile", "makefile", "Makefile"], invocation.span)?,
    };
    let operands = invocation.operands(&valued);
    let is_setting = |word: &&&Word| word.text.contains('=');
    let mut variables: Vec<(String, String)> = Vec::new();
    let tasks = makefile(&text, &mut variables);
    for word in operands.iter().filter(is_setting) {
        if let Some((name, value)) = word.text.split_once('=') {
            variables.push((name.trim_end_matches([':', '?', '+']).to_owned(), value.to_owned()));
        }
    }
    let mut goals: Vec<String> = operands
        .iter()
        .filter(|word| !word.text.contains('=') && word.text != "-")
        .map(|word| word.text.clone())
        .collect();
    if goals.is_empty() {
        goals.extend(tasks.iter().find(|task| !task.name.starts_with('.')).map(|task| task.name.clone()));
    }
    let lines = unfold(&tasks, &goals);
    // What another file may say stays open.
    let includes = text.lines().any(|line| line.trim_start_matches('-').starts_with("include "));
    let is_told = |line: &String| !includes || !line.contains("${");
    Some((lines.iter().filter_map(|line| filled(line, &variables, 0)).filter(is_told).collect(), folder))
}

/// The rules of a Makefile, and its plain variables.
fn makefile(text: &str, variables: &mut Vec<(String, String)>) -> Vec<Task> {
    let whole = text.replace("\\\n", " ");
    let mut tasks: Vec<Task> = Vec::new();
    let mut open = 0;
    for line in whole.lines() {
        if let Some(recipe) = line.strip_prefix('\t') {
            let start = tasks.len() - open.min(tasks.len());
            for task in tasks.get_mut(start..).unwrap_or_default() {
                task.lines.push(recipe.trim().trim_start_matches(['@', '-', '+']).to_owned());
            }
            continue;
        }
        let plain = line.split(" #").next().unwrap_or_default();
        let assigned = plain.split_once('=').filter(|(name, _)| {
            let name = name.trim_end_matches([':', '?', '+', '!', ' ']);
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        });
        if let Some((name, value)) = assigned {
            let name = name.trim_end_matches([':', '?', '+', '!', ' ']).to_owned();
            variables.push((name, value.trim().to_owned()));
            open = 0;
        } else if let Some((names, rest)) = plain.split_once(':').filter(|(names, _)| !names.starts_with(['#', ' '])) {
            let (needs, first) = rest.split_once(';').map_or((rest, None), |(needs, first)| (needs, Some(first)));
            open = 0;
            for name in names.split_whitespace() {
                let needs = needs.split_whitespace().map(str::to_owned).collect();
                let lines = first.iter().map(|line| line.trim().to_owned()).collect();
                tasks.push(Task { name: name.to_owned(), needs, lines });
                open += 1;
            }
        } else if !plain.trim().is_empty() {
            open = 0;
        }
    }
    tasks
}

/// A recipe's line with the file's variables filled in, those of the environment left to the shell; `None` where a
/// function or an automatic variable leaves it open.
fn filled(line: &str, variables: &[(String, String)], depth: usize) -> Option<String> {
    if depth > 8 || line.len() > super::super::CONTENT_BYTES_MAX {
        return None;
    }
    let mut out = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        if let Some(after) = after.strip_prefix('$') {
            out.push('$');
            rest = after;
            continue;
        }
        let close = match after.chars().next()? {
            '(' => ')',
            '{' => '}',
            _ => return None,
        };
        let (name, after) = after.get(1..)?.split_once(close)?;
        let value = match name {
            "MAKE" => "make".to_owned(),
            "RM" => "rm -f".to_owned(),
            "CURDIR" | "PWD" => ".".to_owned(),
            name => match variables.iter().rev().find(|(known, _)| known == name) {
                Some((_, value)) => filled(value, variables, depth + 1)?,
                None if is_variable(name) => format!("${{{name}}}"),
                None => return None,
            },
        };
        out.push_str(&value);
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}

fn is_variable(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

fn packaged(collect: &Collect, invocation: &Invocation) -> Found {
    let program = invocation.program();
    let valued = ["-C", "--prefix", "--filter", "-F", "-w", "--workspace", "--cwd", "--dir"];
    let folder = invocation.option(&["-C", "--prefix", "--cwd", "--dir"]).map(|word| word.text);
    let operands = invocation.operands(&valued);
    let first = operands.first().map_or("install", |word| word.text.as_str());
    let (name, extra) = match first {
        "run" | "run-script" | "rum" | "urn" => (operands.get(1)?.text.clone(), operands.get(2..)),
        "test" | "t" | "tst" => ("test".to_owned(), operands.get(1..)),
        "start" | "stop" | "restart" => (first.to_owned(), operands.get(1..)),
        "install" | "i" | "ci" if operands.len() <= 1 => (String::new(), None),
        verb if OWN_VERBS.contains(&verb) || program == "npm" => return None,
        verb => (verb.to_owned(), operands.get(1..)),
    };
    let text = file(collect, folder.as_deref(), &["package.json"], invocation.span)?;
    let json: serde_json::Value = serde_json::from_str(&text).ok()?;
    let scripts = json.get("scripts")?;
    let script = |name: &str| scripts.get(name).and_then(|script| script.as_str()).map(str::to_owned);
    if name.is_empty() {
        return Some((INSTALL_SCRIPTS.iter().filter_map(|name| script(name)).collect(), folder));
    }
    let extra: Vec<String> = extra.unwrap_or_default().iter().map(|word| quoted(&word.text)).collect();
    let main = script(&name)?;
    let main = if extra.is_empty() { main } else { format!("{main} {}", extra.join(" ")) };
    let lines = [script(&format!("pre{name}")), Some(main), script(&format!("post{name}"))];
    Some((lines.into_iter().flatten().collect(), folder))
}

fn deno(collect: &Collect, invocation: &Invocation) -> Found {
    let operands = invocation.operands(&["-c", "--config"]);
    let [verb, name, ..] = operands.as_slice() else { return None };
    if verb.text != "task" {
        return None;
    }
    let text = file(collect, None, &["deno.json", "deno.jsonc", "package.json"], invocation.span)?;
    let json: serde_json::Value = serde_json::from_str(&text).ok()?;
    let tasks = json.get("tasks").or_else(|| json.get("scripts"))?;
    Some((vec![tasks.get(&name.text)?.as_str()?.to_owned()], None))
}

fn just(collect: &Collect, invocation: &Invocation) -> Found {
    let named = invocation.option(&["-f", "--justfile"]).map(|word| word.text);
    let names = [named.as_deref().unwrap_or("justfile"), "Justfile", ".justfile"];
    let text = file(collect, None, &names, invocation.span)?;
    let mut tasks: Vec<Task> = Vec::new();
    let mut variables: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        if line.starts_with([' ', '\t']) {
            if let Some(task) = tasks.last_mut().filter(|_| !line.trim().is_empty()) {
                task.lines.push(line.trim().trim_start_matches(['@', '-']).to_owned());
            }
        } else if let Some((name, value)) = line.split_once(":=") {
            variables.push((name.trim().to_owned(), value.trim().trim_matches(['\'', '"']).to_owned()));
        } else if let Some((head, needs)) = line.split_once(':').filter(|_| !line.starts_with(['#', '['])) {
            let name = head.split_whitespace().next().unwrap_or_default().trim_start_matches('@').to_owned();
            let needs = needs.split_whitespace().map(|need| need.trim_matches(['(', ')']).to_owned()).collect();
            tasks.push(Task { name, needs, lines: Vec::new() });
        }
    }
    let operands = invocation.operands(&["-f", "--justfile", "-d", "--working-directory", "--set"]);
    let mut goals: Vec<String> = operands.iter().map(|word| word.text.clone()).collect();
    if goals.is_empty() {
        goals.extend(tasks.first().map(|task| task.name.clone()));
    }
    let fill = |line: String| {
        let mut line = line;
        for (name, value) in &variables {
            line = line.replace(&format!("{{{{{name}}}}}"), value).replace(&format!("{{{{ {name} }}}}"), value);
        }
        (!line.contains("{{") && !line.starts_with("#!")).then_some(line)
    };
    Some((unfold(&tasks, &goals).into_iter().filter_map(fill).collect(), None))
}

/// A Taskfile, of whose YAML only names, `deps` in brackets and lists of commands are read.
fn task(collect: &Collect, invocation: &Invocation) -> Found {
    let names = ["Taskfile.yml", "Taskfile.yaml", "taskfile.yml"];
    let text = file(collect, None, &names, invocation.span)?;
    let mut tasks: Vec<Task> = Vec::new();
    let (mut is_in_tasks, mut is_in_commands) = (false, false);
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#')) {
        let depth = line.len() - line.trim_start().len();
        let plain = line.trim();
        if depth == 0 {
            is_in_tasks = plain == "tasks:";
        } else if is_in_tasks && depth <= 2 {
            is_in_commands = false;
            if let Some(name) = plain.strip_suffix(':') {
                tasks.push(Task { name: name.to_owned(), ..Task::default() });
            }
        } else if let Some(task) = tasks.last_mut().filter(|_| is_in_tasks) {
            if let Some(rest) = plain.strip_prefix("deps:") {
                task.needs =
                    rest.trim().trim_matches(['[', ']']).split(',').map(|name| name.trim().to_owned()).collect();
            } else if let Some(rest) = plain.strip_prefix("cmd:") {
                task.lines.push(rest.trim().to_owned());
            } else if plain.starts_with("cmds:") {
                is_in_commands = true;
            } else if let Some(item) = plain.strip_prefix("- ").filter(|_| is_in_commands) {
                let item = item.strip_prefix("cmd:").unwrap_or(item).trim().trim_matches(['\'', '"']);
                match item.strip_prefix("task:") {
                    Some(name) => task.needs.push(name.trim().to_owned()),
                    None => task.lines.push(item.to_owned()),
                }
            }
        }
    }
    let operands = invocation.operands(&["-d", "--dir", "-t", "--taskfile"]);
    let goals: Vec<String> = match operands.as_slice() {
        [] => vec!["default".to_owned()],
        some => some.iter().map(|word| word.text.clone()).collect(),
    };
    let lines = unfold(&tasks, &goals);
    Some((lines.into_iter().filter(|line| !line.contains("{{")).collect(), None))
}

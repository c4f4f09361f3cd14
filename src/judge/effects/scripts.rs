//! Scripts in files: what they would do, where this session wrote them.

use super::{Collect, Inner};
use crate::judge::script::Language;
use crate::shell::{Stdin, joined_path};

/// Shells whose script is shell text.
const SHELLS: &[&str] = &["sh", "bash", "zsh", "dash", "ksh", "source", "."];

/// Programs that run a file of code: the word before its name, what the name ends with, and its language.
const RUNNERS: &[(&str, &str, &str, Language)] = &[
    ("go", "run", ".go", Language::Other),
    ("lua", "", ".lua", Language::Other),
    ("julia", "", ".jl", Language::Other),
    ("Rscript", "", ".R", Language::Other),
    ("elixir", "", ".exs", Language::Other),
    ("swift", "", ".swift", Language::Other),
    ("dart", "run", ".dart", Language::Other),
    ("java", "", ".java", Language::Other),
    ("groovy", "", ".groovy", Language::Other),
    ("crystal", "run", ".cr", Language::Other),
];

/// Programs that run tasks of a file of code that has a name of its own.
const TASK_FILES: &[(&str, &str, Language)] = &[
    ("rake", "Rakefile", Language::Other),
    ("gulp", "gulpfile.js", Language::JavaScript),
    ("grunt", "Gruntfile.js", Language::JavaScript),
    ("inv", "tasks.py", Language::Python),
    ("invoke", "tasks.py", Language::Python),
    ("fab", "fabfile.py", Language::Python),
    ("doit", "dodo.py", Language::Python),
    ("nox", "noxfile.py", Language::Python),
];

/// Code that the agent wrote itself and now runs by a runner of its language or as a task.
fn run_code(collect: &mut Collect) {
    let invocation = collect.invocation();
    let program = invocation.program();
    let runner = RUNNERS.iter().find(|(name, ..)| *name == program);
    let file = runner.and_then(|(_, verb, end, language)| {
        let is_run = verb.is_empty() || invocation.args().first().is_some_and(|word| word.text == *verb);
        let file = invocation.args().iter().find(|word| is_run && word.is_literal() && word.text.ends_with(end))?;
        Some((invocation.path(file)?, *language))
    });
    let task = || {
        let (_, name, language) = TASK_FILES.iter().find(|(name, ..)| *name == program)?;
        Some((joined_path(invocation.cwd.as_deref(), name)?, *language))
    };
    let Some((path, language)) = file.or_else(task) else { return };
    let span = invocation.span;
    let text = written(collect, &path);
    if let Some(text) = text {
        super::code::read(collect, language, &text, span);
    }
}

/// A script that the agent wrote itself is its own text, only later. Others are somebody's work, and what they start is
/// gated when it starts.
pub(super) fn collect(collect: &mut Collect) {
    run_code(collect);
    let invocation = collect.invocation();
    let program = invocation.program();
    let word = if SHELLS.contains(&program) {
        let operand = invocation.args().iter().find(|word| !word.is_flag()).cloned();
        operand.or_else(|| match &invocation.stdin {
            Stdin::File(word) => Some(word.clone()),
            Stdin::Text(_) | Stdin::From(_) | Stdin::Inherited => None,
        })
    } else {
        invocation.words.first().filter(|word| word.text.contains('/')).cloned()
    };
    let Some(word) = word.filter(|word| word.is_literal()) else { return };
    let Some(path) = invocation.path(&word) else { return };
    let past = collect.scene.land.past;
    // Somebody else's that the session looked at is known as well; what belongs to the project is the project's own.
    let is_own = || path.starts_with(&format!("{}/", collect.scene.land.project.trim_end_matches('/')));
    let seen = || past.shown(&path).filter(|_| !is_own());
    let Some(text) = written(collect, &path).or_else(seen) else { return };
    // A text without a first line that says otherwise is run by a shell.
    let interpreter = text.strip_prefix("#!").map(|rest| rest.lines().next().unwrap_or_default());
    let named = |name: &str| interpreter.is_some_and(|line| line.contains(name));
    let span = word.span;
    if SHELLS.contains(&program) || interpreter.is_none_or(|line| line.contains("sh")) {
        collect.inner.push(Inner::Shell { text: with_own_folder(&text, &path), span });
    } else if named("python") {
        super::code::read_at(collect, Language::Python, &text, Some(&path), span);
    } else if named("node") || named("bun") || named("deno") {
        super::code::read_at(collect, Language::JavaScript, &text, Some(&path), span);
    } else if named("perl") || named("ruby") || named("php") {
        super::code::read(collect, Language::Other, &text, span);
    }
}

/// How a shell's script asks for the folder that it lies in.
const OWN_FOLDER: [&str; 6] = [
    "$(dirname \"${BASH_SOURCE[0]}\")",
    "$(dirname -- \"${BASH_SOURCE[0]}\")",
    "$(dirname \"$0\")",
    "$(dirname -- \"$0\")",
    "$(dirname $0)",
    "${BASH_SOURCE%/*}",
];

/// A script with the folder it lies in where it asks for that: `$(cd "$(dirname "$0")/.." && pwd)`.
fn with_own_folder(text: &str, path: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-@+".contains(c);
    let Some((folder, _)) = path.rsplit_once('/').filter(|(folder, _)| folder.starts_with('/')) else {
        return text.to_owned();
    };
    if !folder.chars().all(is_plain) || !OWN_FOLDER.iter().any(|form| text.contains(form)) {
        return text.to_owned();
    }
    let text = OWN_FOLDER.iter().fold(text.to_owned(), |text, form| text.replace(form, folder));
    let opening = format!("$(cd \"{folder}");
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once(&opening) {
        out.push_str(before);
        let ended = after.split_once('"').and_then(|(below, tail)| {
            let (_, tail) = tail.split_once("pwd").filter(|(between, _)| !between.contains('\n'))?;
            let tail = tail.trim_start_matches(" -P").strip_prefix(')')?;
            Some((joined_path(Some(folder), below.trim_start_matches('/'))?, tail))
        });
        match ended {
            Some((place, tail)) => {
                out.push_str(&place);
                rest = tail;
            }
            None => {
                out.push_str(&opening);
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// What this text or the session before it wrote into a file.
pub(super) fn written(collect: &Collect, path: &str) -> Option<String> {
    written_before(collect, path).or_else(|| collect.scene.land.past.written(path))
}

/// What the same text wrote to the file at `path` before it runs it.
pub(super) fn written_before(collect: &Collect, path: &str) -> Option<String> {
    let invocation = collect.invocation();
    let before = collect.scene.reading.invocations.iter().take_while(|other| !std::ptr::eq(*other, invocation));
    before
        .filter(|other| {
            let is_told = other.redirects.iter().any(|redirect| other.path(&redirect.to).as_deref() == Some(path));
            let is_teed =
                other.program() == "tee" && other.args().iter().any(|word| other.path(word).as_deref() == Some(path));
            is_told || is_teed
        })
        .find_map(|other| crate::shell::written_by(crate::shell::writer(other, collect.scene.reading)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_that_asks_where_it_lies_is_told() {
        for (text, expected) in [
            (
                "R=\"$(cd \"$(dirname \"${BASH_SOURCE[0]}\")/..\" && pwd)\"; rm -rf \"$R/dist\"",
                "R=\"/home/dev/shop\"; rm -rf \"$R/dist\"",
            ),
            ("D=$(cd \"$(dirname \"$0\")\" && pwd -P)", "D=/home/dev/shop/scripts"),
            (". \"$(dirname \"$0\")/lib.sh\"", ". \"/home/dev/shop/scripts/lib.sh\""),
            ("cd /tmp && pwd", "cd /tmp && pwd"),
        ] {
            assert_eq!(with_own_folder(text, "/home/dev/shop/scripts/x.sh"), expected, "{text}");
        }
    }
}

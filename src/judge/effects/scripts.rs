//! Scripts in files: what they would do, where this session wrote them.

use super::{Collect, Inner};
use crate::judge::script::Language;
use crate::shell::Stdin;

/// Shells whose script is shell text.
const SHELLS: &[&str] = &["sh", "bash", "zsh", "dash", "ksh", "source", "."];

/// A script that the agent wrote itself is its own text, only later. Others are somebody's work, and what they start is
/// gated when it starts.
pub(super) fn collect(collect: &mut Collect) {
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
    let Some(text) = written_before(collect, &path).or_else(|| past.written(&path)).or_else(seen) else { return };
    // A text without a first line that says otherwise is run by a shell.
    let interpreter = text.strip_prefix("#!").map(|rest| rest.lines().next().unwrap_or_default());
    let named = |name: &str| interpreter.is_some_and(|line| line.contains(name));
    let span = word.span;
    if SHELLS.contains(&program) || interpreter.is_none_or(|line| line.contains("sh")) {
        collect.inner.push(Inner::Shell { text, span });
    } else if named("python") {
        super::code::read(collect, Language::Python, &text, span);
    } else if named("node") || named("bun") || named("deno") {
        super::code::read(collect, Language::JavaScript, &text, span);
    } else if named("perl") || named("ruby") || named("php") {
        super::code::read(collect, Language::Other, &text, span);
    }
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

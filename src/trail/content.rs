//! What is in files and variables: what the session put there, and what it was shown of them.

use super::memory::{Holder, Trail};
use super::names;
use super::result::{read_elsewhere, shown_file};
use super::source::{is_foreign, source_through};
use crate::model::{Moment, Oracle, Tool};
use crate::shell::{self, Invocation, Reading, RedirectKind, Stdin, Word};

/// How many stages of a pipe are looked at for variables.
const STAGES_MAX: usize = 16;

impl Trail {
    /// Variables that get a secret: `T=$(jq -r .token x.json)`, `T=ghp_…`, `export T=$OTHER`, `H=$(printf %s "$T" | xxd -p)`.
    pub(super) fn assignments(&mut self, invocation: &Invocation, reading: &Reading, cwd: &str, at: Moment) {
        let exported = exported(invocation);
        let plain = invocation.assigns.iter().map(|(name, word)| (name.clone(), word, false));
        for (name, word, is_exported) in plain.chain(exported.into_iter().map(|(name, word)| (name, word, true))) {
            let from_command = word.from.iter().find_map(|index| source_through(reading, *index, 0));
            let is_named = names::is_secret_variable(&name);
            let from_elsewhere =
                || word.from.iter().filter_map(|at| reading.invocations.get(*at)).find_map(read_elsewhere);
            let from_variable = word
                .variables
                .iter()
                .chain(variables_in(reading, &word.from))
                .find_map(|other| self.variables.get(other).map(|holder| holder.from.clone()));
            let literal = self.mask().secrets_in(word.text.as_bytes()).into_iter().next();
            let from_value = literal.and_then(|(secret, _)| secret.origin).map(|origin| origin.to_string());
            let known = from_command.or(from_variable).or(from_value);
            if let Some(from) = known.or_else(|| from_elsewhere().filter(|_| is_named)) {
                let is_foreign = is_foreign(&from, cwd) || self.was_hunted();
                let is_exported = is_exported || invocation.program() == "export";
                self.holds(name, Holder { from, at, is_foreign, is_exported }, true);
            }
        }
    }

    /// Files that get what an invocation prints.
    pub(super) fn redirections(
        &mut self,
        invocation: &Invocation,
        reading: &Reading,
        source: Option<&Holder>,
        at: Moment,
        oracle: &dyn Oracle,
    ) {
        let by = shell::writer(invocation, reading);
        for redirect in &invocation.redirects {
            let is_write = matches!(redirect.kind, RedirectKind::Write | RedirectKind::Append | RedirectKind::Both);
            let Some(path) = invocation.path(&redirect.to).filter(|_| is_write && redirect.to.is_literal()) else {
                continue;
            };
            self.new_path(&path, oracle);
            let own = || source_through(reading, reading.invocations.iter().position(|one| std::ptr::eq(one, by))?, 0);
            let own = || own().map(|from| Holder { from, at, is_foreign: false, is_exported: false });
            if let Some(holder) = source.cloned().or_else(own) {
                self.holds(path.clone(), holder, false);
            }
            match printed(by, reading)
                .or_else(|| shell::written_of(by, |word| self.written(&by.path(word)?).map(str::to_owned)))
            {
                Some(text) if redirect.kind == RedirectKind::Append => {
                    let before = self.written(&path).map(str::to_owned).unwrap_or_default();
                    self.wrote(path, before + &text, at);
                }
                Some(text) => self.wrote(path, text, at),
                None => self.forget_written(&path),
            }
        }
        if invocation.program() == "tee" {
            let targets: Vec<String> =
                invocation.operands(&[]).into_iter().filter_map(|word| invocation.path(word)).collect();
            if let Some(text) = stdin_text(invocation, reading) {
                for path in targets {
                    self.new_path(&path, oracle);
                    self.wrote(path, text.clone(), at);
                }
            }
        }
    }

    /// Remembers what a call showed of a file: who can read it no more knows what it holds.
    pub(super) fn shown_as_told(&mut self, text: &[u8], call: &Tool) {
        if let Some(path) = shown_file(call) {
            let text = String::from_utf8_lossy(text);
            let bare: Vec<&str> = text.lines().map(without_number).collect();
            let masked = self.mask().words(&bare.join("\n"));
            self.showed(path, masked);
        }
    }
}

/// A line without the number that a reader puts before it.
fn without_number(line: &str) -> &str {
    let bare = line.trim_start();
    let digits = bare.bytes().take_while(u8::is_ascii_digit).count();
    let rest = bare.get(digits..).filter(|_| digits > 0);
    rest.and_then(|rest| rest.strip_prefix('→').or_else(|| rest.strip_prefix('\t'))).unwrap_or(line)
}

/// The variables that the commands at these places, and the stages before them, are given.
fn variables_in<'a>(reading: &'a Reading, from: &[usize]) -> Vec<&'a String> {
    let (mut open, mut found) = (from.to_vec(), Vec::new());
    for _ in 0..STAGES_MAX {
        let Some(invocation) = open.pop().and_then(|at| reading.invocations.get(at)) else { break };
        found.extend(invocation.words.iter().flat_map(|word| &word.variables));
        if let Stdin::From(before) = &invocation.stdin {
            open.extend(before);
        }
    }
    found
}

/// `export NAME=value` as assignments.
pub(super) fn exported(invocation: &Invocation) -> Vec<(String, &Word)> {
    if !matches!(invocation.program(), "export" | "declare" | "readonly" | "local" | "setenv") {
        return Vec::new();
    }
    let named = |word: &'_ Word| word.text.split_once('=').map(|(name, _)| name.to_owned());
    invocation.args().iter().filter_map(|word| named(word).map(|name| (name, word))).collect()
}

/// What an invocation prints, where its text says so: `echo`, `printf`, `cat` of a heredoc.
fn printed(invocation: &Invocation, reading: &Reading) -> Option<String> {
    match invocation.program() {
        "cat" if invocation.operands(&[]).is_empty() => stdin_text(invocation, reading),
        _ => shell::written_by(invocation).or_else(|| {
            let text = stdin_text(invocation, reading)?;
            shell::written_by(&Invocation { stdin: Stdin::Text(text), ..invocation.clone() })
        }),
    }
}

fn stdin_text(invocation: &Invocation, reading: &Reading) -> Option<String> {
    match &invocation.stdin {
        Stdin::Text(text) => Some(text.clone()),
        Stdin::From(indices) => {
            indices.iter().filter_map(|index| reading.invocations.get(*index)).find_map(|inner| printed(inner, reading))
        }
        Stdin::File(_) | Stdin::Inherited => None,
    }
}

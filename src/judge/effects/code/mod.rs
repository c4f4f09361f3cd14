//! Code in the arguments or on standard input of an interpreter: what its calls do.
//!
//! A call becomes an effect on a file, a program start, a request or statements; the calls of clouds and services
//! become the command line that does the same, so that one rule speaks about both.

mod clouds;
mod databases;
mod files;
mod mappers;
mod mocks;
mod powershell;
mod programs;
mod requests;
mod services;
mod variables;

use super::{Collect, Inner};
use crate::judge::effect::{Deed, Effect, Reach};
use crate::judge::ground::Ground;
use crate::judge::script::{self, Call, Language, Value, strings};
use crate::model::Span;
use crate::shell::{Stdin, Word, WordKind};
use crate::trail::Environment;

/// Interpreters, and the options that take a text to run.
const INTERPRETERS: &[(&str, &[&str])] = &[
    ("python", &["-c"]),
    ("node", &["-e", "--eval", "-p", "--print", "-pe"]),
    ("bun", &["-e", "--eval"]),
    ("deno", &["eval"]),
    ("tsx", &["-e"]),
    ("ts-node", &["-e"]),
    ("ruby", &["-e"]),
    ("perl", &["-e", "-E", "-ne", "-pe", "-nE", "-le", "-lne", "-lpe", "-we", "-MFile::Path", "-i"]),
    ("php", &["-r"]),
    ("lua", &["-e"]),
    ("rails", &["runner"]),
    ("manage.py", &["-c", "--command"]),
    ("elixir", &["-e"]),
    ("Rscript", &["-e"]),
    ("julia", &["-e", "-E", "--eval"]),
    ("groovy", &["-e"]),
    ("osascript", &["-e"]),
];

pub(super) fn collect(collect: &mut Collect) {
    let program = collect.act.program.clone();
    match program.as_str() {
        "awk" | "gawk" | "mawk" | "nawk" => return awk(collect),
        "cmd" => return powershell::old(collect),
        "pwsh" | "powershell" => return power(collect),
        _ => {}
    }
    let Some((_, options)) = INTERPRETERS.iter().find(|(name, _)| *name == program) else { return };
    let language = language(&program);
    for (text, span) in texts(collect, &program, options) {
        if let Some(text) = shell_text(&program, &text) {
            collect.inner.push(Inner::Shell { text, span });
            continue;
        }
        read(collect, language, &text, span);
    }
    if let Some((text, path, span, is_own)) = script_file(collect, &program) {
        let (before, inner_before) = (collect.effects.len(), collect.inner.len());
        read_at(collect, language, &text, Some(&path), span);
        // Somebody else's script is a prediction: what it may do is named, not held.
        if !is_own {
            let found: Vec<_> = collect
                .effects
                .drain(before..)
                .filter(|effect| matches!(effect.deed, Deed::Remove | Deed::CodeRemove))
                .collect();
            let rest = collect.inner.split_off(inner_before);
            collect.inner.extend(rest.into_iter().filter(reaches_out));
            if let Some(first) = found.first() {
                collect.deed(Deed::CodeRemove, &first.target.clone(), Ground::File, span);
            }
        }
    }
}

/// `pwsh -c TEXT`, `pwsh SCRIPT.ps1`, and what stands on its input.
fn power(collect: &mut Collect) {
    let given = powershell::given(collect);
    let stdin = |collect: &Collect| match &collect.invocation().stdin {
        Stdin::Text(text) => Some((text.clone(), collect.invocation().span)),
        Stdin::File(_) | Stdin::From(_) | Stdin::Inherited => None,
    };
    let found = given.or_else(|| own_script(collect, ".ps1")).or_else(|| stdin(collect));
    if let Some((text, span)) = found {
        powershell::read(collect, &text, span);
    }
}

/// The script that this session wrote and now runs.
fn own_script(collect: &Collect, end: &str) -> Option<(String, Span)> {
    let word = collect.invocation().args().iter().find(|word| word.text.ends_with(end))?;
    let path = collect.invocation().path(word)?;
    super::scripts::written(collect, &path).map(|text| (text, word.span))
}

/// The texts that are run: an option's value, or standard input.
fn texts(collect: &Collect, program: &str, options: &[&str]) -> Vec<(String, Span)> {
    let invocation = collect.invocation();
    let mut found: Vec<(String, Span)> = Vec::new();
    let args = invocation.args();
    for (place, word) in args.iter().enumerate() {
        let is_option = options.contains(&word.text.as_str());
        // Short options may stand together: `perl -lane TEXT`.
        let last = word.text.chars().last();
        let is_cluster = word.text.starts_with('-')
            && !word.text.starts_with("--")
            && word.text.len() <= 6
            && matches!(program, "perl" | "ruby" | "node" | "python" | "php")
            && last.is_some_and(|last| options.contains(&format!("-{last}").as_str()));
        if (is_option || is_cluster)
            && let Some(next) = args.get(place + 1)
        {
            match &invocation.stdin {
                Stdin::Text(text) if next.text == "-" => found.push((text.clone(), invocation.span)),
                _ => found.push((next.text.clone(), next.span)),
            }
        }
    }
    let has_file = args.iter().any(|word| !word.is_flag() && word.text != "-");
    if found.is_empty()
        && !has_file
        && let Stdin::Text(text) = &invocation.stdin
    {
        found.push((text.clone(), invocation.span));
    }
    found
}

/// The content of the script file that is run, where it lies, and whether this session wrote it.
fn script_file(collect: &Collect, program: &str) -> Option<(String, String, Span, bool)> {
    if !matches!(program, "python" | "node" | "ruby" | "perl" | "php" | "bun" | "deno" | "tsx" | "ts-node") {
        return None;
    }
    let invocation = collect.invocation();
    let word =
        invocation.args().iter().find(|word| !word.is_flag() && !matches!(word.text.as_str(), "run" | "eval"))?;
    let ends = [".py", ".js", ".mjs", ".cjs", ".ts", ".rb", ".pl", ".php"];
    if !ends.iter().any(|end| word.text.ends_with(end)) {
        return None;
    }
    let path = invocation.path(word)?;
    if let Some(text) = super::scripts::written_before(collect, &path) {
        return Some((text, path, word.span, true));
    }
    let is_own = collect.scene.land.past.written(&path).is_some();
    Some((collect.content(word)?, path, word.span, is_own))
}

/// Text that is near enough to a shell's, or that only hands one on.
fn shell_text(program: &str, text: &str) -> Option<String> {
    match program {
        "osascript" => {
            let (_, rest) = text.split_once("do shell script \"")?;
            rest.split_once('"').map(|(command, _)| command.to_owned())
        }
        _ => None,
    }
}

/// `awk 'BEGIN { system("rm x") }'`, and what it prints into a shell.
fn awk(collect: &mut Collect) {
    let operands = collect.invocation().operands(&["-F", "-v", "-f", "--field-separator", "--assign", "--file"]);
    let Some((text, span)) = operands.first().map(|word| (word.text.clone(), word.span)) else { return };
    if text.contains("system") || text.contains('|') {
        read(collect, Language::Other, &text, span);
    }
}

fn language(program: &str) -> Language {
    match program {
        "python" | "manage.py" => Language::Python,
        "node" | "bun" | "deno" | "tsx" | "ts-node" => Language::JavaScript,
        _ => Language::Other,
    }
}

/// What even somebody else's script is asked about: nothing else would see it leave the machine.
fn reaches_out(inner: &Inner) -> bool {
    match inner {
        Inner::Request { .. } => true,
        Inner::Statements { on, .. } => {
            on.as_deref().is_some_and(|on| Environment::of_url(on) == Environment::Production)
        }
        Inner::Sql { .. }
        | Inner::Shell { .. }
        | Inner::Later { .. }
        | Inner::Words { .. }
        | Inner::Start { .. }
        | Inner::Unread { .. } => false,
    }
}

/// Where code is read, and what its calls changed so far.
pub(super) struct Reader<'r, 'c> {
    collect: &'r mut Collect<'c>,
    language: Language,
    span: Span,
    /// The folder that the code went to.
    folder: Option<Value>,
    /// Whether services and databases are played in it by something that only tests have.
    is_played: bool,
}

/// Code that reads a file of secrets and sends something to somebody sends it, as far as anybody can tell.
fn sends_what_it_read(collect: &mut Collect, effects: usize, inner: usize, span: Span) {
    let sends = |each: &Inner| {
        let Inner::Request { request } = each else { return false };
        let is_local = crate::trail::is_local_host(crate::trail::host_of(&request.url).unwrap_or_default());
        !is_local && matches!(request.method.to_ascii_uppercase().as_str(), "POST" | "PUT" | "PATCH")
    };
    let is_sent = collect.inner.iter().skip(inner).any(sends);
    let reads = |effect: &&Effect| effect.deed == Deed::Read && effect.ground == Ground::Secret;
    let has_sent = collect.effects.iter().skip(effects).any(|effect| effect.deed == Deed::Send);
    let read = collect.effects.iter().skip(effects).find(reads).map(|effect| effect.target.clone());
    if let Some(target) = read.filter(|_| is_sent && !has_sent) {
        collect.deed(Deed::Send, &target, Ground::Secret, span);
    }
}

/// What a piece of code does.
pub(super) fn read(collect: &mut Collect, language: Language, text: &str, span: Span) {
    read_at(collect, language, text, None, span);
}

/// What a script does that lies at `path`.
pub(super) fn read_at(collect: &mut Collect, language: Language, text: &str, path: Option<&str>, span: Span) {
    let (before, inner_before) = (collect.effects.len(), collect.inner.len());
    let code = script::read(language, text, path);
    let is_played = mocks::are_used(text);
    let mut reader = Reader { collect, language, span, folder: None, is_played };
    for call in &code.calls {
        reader.one(call, &code.calls);
    }
    databases::opened(&mut reader, &code.calls);
    if code.is_cut {
        collect.inner.push(Inner::Unread { why: "the code is longer or deeper than what is read", span });
    }
    sends_what_it_read(collect, before, inner_before, span);
    let makes_up = collect.effects.iter().skip(before).any(|effect| effect.deed == Deed::CodeRemove);
    if makes_up {
        // What it removes is worked out in the code: the places it names are what there is to go by.
        let mut reader = Reader { collect, language, span, folder: None, is_played };
        for text in strings(text).into_iter().filter(|text| text.starts_with(['/', '~']) || text.starts_with("..")) {
            if text.len() > 2 && !text.contains(char::is_whitespace) {
                reader.file(Deed::Remove, &Value::known(text), Reach::Tree);
            }
        }
    }
    variables::collect(collect, language, text, &code.calls, span);
}

impl Reader<'_, '_> {
    /// What one call does.
    fn one(&mut self, call: &Call, all: &[Call]) {
        if matches!(call.name.as_str(), "os.chdir" | "process.chdir" | "Dir.chdir" | "chdir") {
            self.folder = call.arguments.first().cloned();
            return;
        }
        let _ = files::one(self, call)
            || programs::one(self, call)
            || self.is_played
            || clouds::one(self, call)
            || databases::one(self, call, all)
            || services::one(self, call, all)
            || requests::one(self, call);
    }

    /// Adds what is done to the file that `value` names.
    fn file(&mut self, deed: Deed, value: &Value, reach: Reach) {
        let word = self.word(value);
        self.collect.file(deed, &word, reach);
    }

    /// A value as a word of a command line, seen from the folder the code is in.
    fn word(&self, value: &Value) -> Word {
        let (text, kind) = value.shape();
        let text = match text.strip_prefix('~') {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => format!("{}{rest}", self.collect.scene.land.home),
            _ => text,
        };
        let (text, kind) = match &self.folder {
            Some(folder) if !text.starts_with(['/', '$']) => folder.below(&Value::Text { text, kind }).shape(),
            _ => (text, kind),
        };
        Word { text, span: self.span, kind, ..Word::default() }
    }

    /// Adds a program start, word by word.
    fn start<'v>(&mut self, words: impl IntoIterator<Item = &'v Value>) {
        let plain = |value: &Value| {
            let (text, kind) = value.shape();
            // A list of words is not split again, but what only the code knows stays open.
            Word { text, span: self.span, kind, ..Word::default() }
        };
        let words: Vec<Word> = words.into_iter().map(plain).collect();
        self.push_start(words);
    }

    /// Adds the program start that does what a call of a library does.
    fn stands_for(&mut self, words: Vec<String>) {
        let open = |text: String| {
            let kind = if text.contains('$') { WordKind::Open } else { WordKind::Literal };
            Word { text, span: self.span, kind, ..Word::default() }
        };
        let words = words.into_iter().map(open).collect();
        self.push_start(words);
    }

    fn push_start(&mut self, words: Vec<Word>) {
        if words.first().is_some_and(|word| !word.text.is_empty()) {
            self.collect.inner.push(Inner::Start { words, span: self.span });
        }
    }
}

//! Goes through a script as a shell would, and notes every program it would start.

use super::env::{Env, Place, stdin_weight, weight};
use super::invocation::{Invocation, Redirect, RedirectKind, Stdin, Word, WordKind, joined_path};
use super::syntax::{Argument, Limit, Node, Simple, Target};
use super::{change, output, parse as grammar, peel};
use crate::model::Span;

/// How many program starts one text may unfold into.
const INVOCATIONS_MAX: usize = 2048;

/// How many statements are gone through, those of loops and functions each time.
const STEPS_MAX: usize = 16_384;

/// How much text is read in all, texts within texts each time, in bytes.
const BYTES_MAX: usize = 2 * grammar::TEXT_BYTES_MAX;

/// How much is copied while a text is gone through: about one for each word and each variable each time, and one for each
/// 64 bytes of them.
const WORK_MAX: usize = 256 * 1024;

/// How many lines of a text that is no shell text are read apart.
const LINES_MAX: usize = 256;

/// How many of them may be none either: to recover from an error takes long, and the text is held as it is.
const BROKEN_LINES_MAX: usize = 64;

/// How much of such texts is read in lines, in bytes.
const APART_BYTES_MAX: usize = 8 * 1024;

/// The longest line that is read apart, in bytes.
const LINE_BYTES_MAX: usize = 4 * 1024;

/// How deep texts within texts, functions and substitutions are followed, in levels.
const DEPTH_MAX: usize = 24;

/// Variables whose value is run: by the shell before its prompt, or by programs that start another.
const RUN_BY_OTHERS: &[&str] = &[
    "PROMPT_COMMAND",
    "GIT_SSH_COMMAND",
    "GIT_PAGER",
    "PAGER",
    "MANPAGER",
    "EDITOR",
    "VISUAL",
    "GIT_EDITOR",
    "GIT_SEQUENCE_EDITOR",
    "GIT_EXTERNAL_DIFF",
    "LESSOPEN",
    "BROWSER",
];

/// How many rounds of a loop over known words are followed.
const ROUNDS_MAX: usize = 32;

/// What stands for the output of commands that nobody knows.
pub(super) const UNKNOWN_OUTPUT: &str = "$(…)";

/// What a text would start.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reading {
    /// The programs, wrappers peeled off, in the order of the text.
    pub invocations: Vec<Invocation>,
    /// The words of every program start, wrappers and what they wrap alike.
    pub starts: Vec<Vec<Word>>,
    /// Whether a part of it is no shell text.
    pub has_error: bool,
    /// Which limit it broke.
    pub limit: Option<Limit>,
}

pub(super) struct Walker<'t> {
    text: &'t str,
    origin: Origin,
    depth: usize,
    steps: usize,
    /// How much text was read, that of texts within texts each time.
    bytes: usize,
    /// How much was copied.
    work: usize,
    /// How much was read in lines.
    apart: usize,
    broken_lines: usize,
    pub(super) is_endless: bool,
    /// Texts that run when the shell ends.
    traps: Vec<Word>,
    pub(super) reading: Reading,
}

/// How places in the text that is read now lead to places in the whole.
#[derive(Debug, Clone, Copy)]
enum Origin {
    At(usize),
    Within(Span),
}

pub(super) fn read_text(text: &str, place: &Place) -> Reading {
    let mut walker = Walker::new(text);
    let mut env = Env::new(place);
    walker.run_text(text, &mut env);
    walker.finish()
}

#[cfg(test)]
pub(super) fn read_nodes(text: &str, nodes: &[Node], place: &Place) -> Reading {
    let mut walker = Walker::new(text);
    let mut env = Env::new(place);
    walker.run(nodes, &mut env);
    walker.finish()
}

pub(super) fn read_words(words: Vec<Word>, place: &Place) -> Reading {
    // The text that the words' places speak of: the words joined by blanks.
    let mut joined = String::new();
    for word in &words {
        let Span(from, to) = word.span;
        let is_whole = joined.len() <= from && to.saturating_sub(from) == word.text.len();
        if to <= grammar::WORDS_BYTES_MAX && is_whole {
            joined.extend(std::iter::repeat_n(' ', from - joined.len()));
            joined.push_str(&word.text);
        }
    }
    let mut walker = Walker::new(&joined);
    let env = Env::new(place);
    let span = Span(words.first().map_or(0, |w| w.span.0), words.last().map_or(0, |w| w.span.1));
    let invocation = Invocation { words, cwd: env.cwd.clone(), span, ..Invocation::default() };
    walker.start(invocation, &env);
    walker.finish()
}

impl<'t> Walker<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            origin: Origin::At(0),
            depth: 0,
            steps: 0,
            bytes: 0,
            work: 0,
            apart: 0,
            broken_lines: 0,
            is_endless: false,
            traps: Vec::new(),
            reading: Reading::default(),
        }
    }

    fn finish(mut self) -> Reading {
        if self.is_endless && self.reading.limit.is_none() {
            self.reading.limit = Some(Limit::Nesting);
        }
        self.reading
    }

    pub(super) fn placed(&self, span: Span) -> Span {
        match self.origin {
            Origin::At(offset) => Span(span.0 + offset, span.1 + offset),
            Origin::Within(whole) => whole,
        }
    }

    /// Notes work that is done; whether there may be more.
    pub(super) fn spend(&mut self, work: usize) -> bool {
        self.work = self.work.saturating_add(work);
        let may_go_on = self.work < WORK_MAX;
        self.is_endless |= !may_go_on;
        may_go_on
    }

    /// What the shell knows, for one that begins with it.
    pub(super) fn copied(&mut self, env: &Env) -> Env {
        self.spend(env.weight());
        env.clone()
    }

    /// Goes one level down; refuses, and says so, below [`DEPTH_MAX`].
    pub(super) fn deeper<T: Default>(&mut self, go: impl FnOnce(&mut Self) -> T) -> T {
        if self.depth >= DEPTH_MAX || self.reading.starts.len() >= INVOCATIONS_MAX || !self.spend(0) {
            self.is_endless = true;
            return T::default();
        }
        self.depth += 1;
        let result = go(self);
        self.depth -= 1;
        result
    }

    fn run_text(&mut self, text: &str, env: &mut Env) -> Vec<usize> {
        self.bytes += text.len();
        if self.bytes > BYTES_MAX {
            self.is_endless = true;
            return Vec::new();
        }
        let script = grammar::parse(text);
        self.reading.limit = self.reading.limit.or(script.limit);
        let mut starts = self.run(&script.nodes, env);
        for trap in std::mem::take(&mut self.traps) {
            self.run_inner(&trap.text, trap.span, env);
        }
        if script.has_error {
            self.reading.has_error = true;
            starts.extend(self.run_lines(text, env));
        }
        starts
    }

    /// Each line of a text that is none, read apart: a shell runs the lines before the one that it stumbles at.
    fn run_lines(&mut self, text: &str, env: &mut Env) -> Vec<usize> {
        let mut starts = Vec::new();
        let mut at = 0;
        for line in text.split_inclusive('\n').take(LINES_MAX) {
            let from = at;
            at += line.len();
            let is_whole = text.trim_end().len() == line.trim_end().len();
            if is_whole || line.trim().is_empty() || line.len() > LINE_BYTES_MAX {
                continue;
            }
            self.apart += line.len();
            if self.apart > APART_BYTES_MAX || self.broken_lines >= BROKEN_LINES_MAX {
                break;
            }
            let alone = grammar::parse(line);
            self.broken_lines += usize::from(alone.has_error);
            let outer = self.origin;
            if let Origin::At(offset) = outer {
                self.origin = Origin::At(offset + from);
            }
            starts.extend(self.run(&alone.nodes, env));
            self.origin = outer;
        }
        starts
    }

    /// Reads a text that a word holds, as a shell of its own with `env`.
    pub(super) fn run_inner(&mut self, text: &str, word: Span, env: &mut Env) -> Vec<usize> {
        let outer = self.origin;
        let found = self.text.get(word.0..word.1).and_then(|source| source.find(text));
        self.origin = match (outer, found) {
            (_, Some(at)) if !text.is_empty() => Origin::At(word.0 + at),
            _ => Origin::Within(word),
        };
        let starts = self.deeper(|walker| walker.run_text(text, env));
        self.origin = outer;
        starts
    }

    /// Runs statements as a subshell does: what they change is forgotten.
    pub(super) fn run_apart(&mut self, nodes: &[Node], env: &Env) -> Vec<usize> {
        let mut inner = self.copied(env);
        self.deeper(|walker| walker.run(nodes, &mut inner))
    }

    /// The output of commands inside a word.
    pub(super) fn output(&mut self, nodes: &[Node], env: &Env) -> Word {
        let from = self.run_apart(nodes, env);
        let known = from.last().filter(|_| from.len() == 1).and_then(|at| self.reading.invocations.get(*at));
        match known.and_then(|invocation| output::of(invocation, env.cwd.as_deref())) {
            Some(mut word) => {
                word.text.truncate(word.text.trim_end_matches('\n').len());
                word.from = from;
                word
            }
            None => Word { text: UNKNOWN_OUTPUT.to_owned(), kind: WordKind::Open, from, ..Word::default() },
        }
    }

    /// The text that the commands within a word write, where that can be told.
    pub(super) fn output_of(&self, word: &Word) -> Option<String> {
        let [only] = word.from.as_slice() else { return None };
        let invocation = self.reading.invocations.get(*only)?;
        output::of(invocation, invocation.cwd.as_deref()).filter(Word::is_literal).map(|word| word.text)
    }

    /// Runs statements; answers where, among the invocations, those are that write to the statements' output.
    pub(super) fn run(&mut self, nodes: &[Node], env: &mut Env) -> Vec<usize> {
        let mut all = Vec::new();
        for node in nodes {
            self.steps += 1;
            if self.reading.starts.len() >= INVOCATIONS_MAX || self.steps >= STEPS_MAX || !self.spend(0) {
                self.is_endless = true;
                break;
            }
            all.extend(self.deeper_node(node, env));
        }
        all
    }

    fn deeper_node(&mut self, node: &Node, env: &mut Env) -> Vec<usize> {
        match node {
            Node::Simple(simple) => self.simple(simple, env),
            Node::Group(nodes) => self.run(nodes, env),
            Node::Scope(nodes) => self.run_apart(nodes, env),
            Node::Function { name, body } => {
                env.functions.insert(name.clone(), body.clone());
                Vec::new()
            }
            Node::Pipeline(stages) => self.pipeline(stages, env),
            Node::Redirected { body, redirects } => {
                let outer = env.stdin.clone();
                let (redirects, stdin) = self.redirects(redirects, env);
                if let Some(stdin) = stdin {
                    env.stdin = stdin;
                }
                let starts = self.deeper_node(body, env);
                env.stdin = outer;
                if !redirects.is_empty() {
                    let bare = Invocation {
                        redirects,
                        cwd: env.cwd.clone(),
                        layers: env.layers.clone(),
                        // What it writes is what the body prints.
                        stdin: Stdin::From(Vec::new()),
                        ..Default::default()
                    };
                    self.reading.invocations.push(bare);
                }
                starts
            }
            Node::Each { variable, values, body } => {
                let words: Vec<Word> = values.iter().flat_map(|value| self.expand(value, env)).collect();
                if words.is_empty() || words.len() > ROUNDS_MAX {
                    env.set(variable, vec![open(&format!("${variable}"))]);
                    return self.run(body, env);
                }
                let mut all = Vec::new();
                for word in words {
                    env.set(variable, vec![word]);
                    all.extend(self.deeper(|walker| walker.run(body, env)));
                }
                all
            }
        }
    }

    fn pipeline(&mut self, stages: &[Node], env: &Env) -> Vec<usize> {
        let mut inner = self.copied(env);
        let mut before: Option<Vec<usize>> = None;
        for stage in stages {
            if let Some(before) = &before {
                inner.stdin = self.piped(before, &inner);
            }
            let starts = self.deeper(|walker| walker.run(std::slice::from_ref(stage), &mut inner));
            if let Some(before) = &before {
                for at in before {
                    if let Some(invocation) = self.reading.invocations.get_mut(*at) {
                        invocation.feeds.extend(&starts);
                    }
                }
            }
            before = Some(starts);
        }
        before.unwrap_or_default()
    }

    fn piped(&self, before: &[usize], env: &Env) -> Stdin {
        let mut text = String::new();
        for at in before {
            let Some(invocation) = self.reading.invocations.get(*at) else { continue };
            match output::of(invocation, env.cwd.as_deref()) {
                Some(word) if word.kind == WordKind::Literal => text.push_str(&word.text),
                _ => return Stdin::From(before.to_vec()),
            }
        }
        if before.is_empty() { Stdin::From(Vec::new()) } else { Stdin::Text(text) }
    }

    fn redirects(&mut self, targets: &[Target], env: &mut Env) -> (Vec<Redirect>, Option<Stdin>) {
        let (mut redirects, mut stdin) = (Vec::new(), None);
        for target in targets {
            let to = self.expand_whole(&target.to, env);
            match target.kind {
                RedirectKind::Text => {
                    stdin = Some(if to.kind == WordKind::Open && !to.from.is_empty() {
                        Stdin::From(to.from.clone())
                    } else {
                        Stdin::Text(to.text.clone())
                    });
                }
                RedirectKind::Read => {
                    stdin =
                        Some(if to.from.is_empty() { Stdin::File(to.clone()) } else { Stdin::From(to.from.clone()) });
                }
                RedirectKind::Duplicate | RedirectKind::Write | RedirectKind::Append | RedirectKind::Both => {}
            }
            if !matches!(target.kind, RedirectKind::Duplicate | RedirectKind::Text) {
                redirects.push(Redirect { kind: target.kind, to });
            }
        }
        (redirects, stdin)
    }

    fn simple(&mut self, simple: &Simple, env: &mut Env) -> Vec<usize> {
        let mut assigns = Vec::new();
        for assign in &simple.assigns {
            let words: Vec<Word> = match assign.values.as_slice() {
                [one] => vec![self.expand_whole(one, env)],
                many => many.iter().flat_map(|value: &Argument| self.expand(value, env)).collect(),
            };
            assigns.push((assign.name.clone(), words));
        }
        let words: Vec<Word> = simple.words.iter().flat_map(|word| self.expand(word, env)).collect();
        let (redirects, stdin) = self.redirects(&simple.redirects, env);
        let mut invocation = Invocation {
            words,
            redirects,
            stdin: stdin.unwrap_or_else(|| env.stdin.clone()),
            cwd: env.cwd.clone(),
            layers: env.layers.clone(),
            assigns: env.assigns.clone(),
            span: self.placed(simple.span),
            ..Invocation::default()
        };
        let program = invocation.program().to_owned();
        let is_declaration = matches!(program.as_str(), "export" | "declare" | "local" | "readonly" | "typeset");
        for (name, words) in assigns {
            if let Some(first) = words.first() {
                invocation.assigns.push((name.clone(), first.clone()));
                if program == "export" || (program.is_empty() && env.assigns.iter().any(|(known, _)| *known == name)) {
                    env.assigns.push((name.clone(), first.clone()));
                }
            }
            if RUN_BY_OTHERS.contains(&name.as_str())
                && let Some(text) = words.first().filter(|word| word.text.contains(' ')).cloned()
            {
                let mut inner = self.copied(env);
                self.run_inner(&text.text, text.span, &mut inner);
            }
            if program.is_empty() || is_declaration {
                if matches!(program.as_str(), "local" | "declare" | "typeset") {
                    env.locals.insert(name.clone());
                }
                env.set(&name, words);
            }
        }
        if program == "export" {
            for word in invocation.args() {
                if let Some(value) = env.variables.get(&word.text).and_then(|words| words.first()).cloned() {
                    env.assigns.push((word.text.clone(), value));
                }
            }
        }
        if invocation.words.is_empty() && invocation.redirects.is_empty() && invocation.assigns.is_empty() {
            return Vec::new();
        }
        self.call(invocation, &program, env)
    }

    /// Functions and aliases of the text, and the builtins that change the shell; everything else is started.
    fn call(&mut self, mut invocation: Invocation, program: &str, env: &mut Env) -> Vec<usize> {
        if let Some(text) = env.aliases.get(program).cloned() {
            let span = invocation.words.first().map_or(invocation.span, |word| word.span);
            let head = text.split_whitespace().map(|word| Word::literal(word, span));
            invocation.words = head.chain(invocation.args().to_vec()).collect();
        }
        if let Some(body) = env.functions.get(program).cloned() {
            let mut inner = self.copied(env);
            inner.locals.clear();
            inner.set_arguments(invocation.args());
            let starts = self.deeper(|walker| walker.run(&body, &mut inner));
            env.keep_from(inner);
            return starts;
        }
        match program {
            "cd" | "pushd" | "chdir" => self.change_folder(&invocation, env),
            "popd" => {
                let before = env.before.clone();
                env.move_to(before);
            }
            "alias" => {
                for word in invocation.args() {
                    if let Some((name, text)) = word.text.split_once('=') {
                        env.add_alias(name, text);
                    }
                }
            }
            "read" | "mapfile" | "readarray" => change::take_in(&invocation, env),
            "printf" if invocation.has("-v") => {
                if let Some(name) = invocation.option(&["-v"]) {
                    let words = invocation.words.iter().filter(|word| word.text != "-v" && word.text != name.text);
                    let plain = Invocation { words: words.cloned().collect(), ..Invocation::default() };
                    let value = output::of(&plain, None).unwrap_or_else(|| open(&format!("${}", name.text)));
                    env.set(&name.text, vec![value]);
                }
            }
            "shift" => {
                let count = invocation.args().first().and_then(|word| word.text.parse().ok()).unwrap_or(1);
                let rest = env.variables.get("@").and_then(|words| words.get(count..)).unwrap_or_default().to_vec();
                env.set_arguments(&rest);
            }
            "set" if invocation.args().first().is_some_and(|word| word.text == "--") => {
                env.set_arguments(invocation.args().get(1..).unwrap_or_default());
            }
            "unset" => {
                for word in invocation.args() {
                    env.variables.remove(&word.text);
                }
            }
            "trap" => {
                // It runs at the end, with what the variables hold by then.
                self.traps.extend(invocation.args().iter().find(|word| !word.is_flag()).cloned());
                return Vec::new();
            }
            "eval" => return peel::eval(self, &invocation, env),
            _ => return self.start(invocation, env),
        }
        self.start(invocation, env)
    }

    fn change_folder(&self, invocation: &Invocation, env: &mut Env) {
        let operand = invocation.args().iter().find(|word| !word.is_flag() || word.text == "-");
        let to = match operand {
            None => Some(env.home.clone()),
            Some(word) if word.text == "-" => env.before.clone(),
            Some(word) if word.kind == WordKind::Open && !word.text.starts_with('/') => None,
            Some(word) => joined_path(env.cwd.as_deref(), &word.text),
        };
        env.move_to(to);
    }

    /// Notes a program start and what it starts in turn.
    pub(super) fn start(&mut self, invocation: Invocation, env: &Env) -> Vec<usize> {
        self.spend(invocation_weight(&invocation));
        if !invocation.words.is_empty() {
            self.reading.starts.push(invocation.words.clone());
        }
        self.deeper(|walker| peel::start(walker, invocation, env))
    }

    /// Adds a program that nothing can be peeled off.
    pub(super) fn keep(&mut self, invocation: Invocation) -> Vec<usize> {
        self.reading.invocations.push(invocation);
        vec![self.reading.invocations.len() - 1]
    }
}

/// What it costs to copy an invocation.
pub(super) fn invocation_weight(invocation: &Invocation) -> usize {
    weight(&invocation.words)
        + weight(invocation.layers.iter().flat_map(|layer| &layer.words))
        + weight(invocation.assigns.iter().map(|(_, word)| word))
        + stdin_weight(&invocation.stdin)
}

pub(super) fn open(text: &str) -> Word {
    Word { text: text.to_owned(), kind: WordKind::Open, ..Word::default() }
}

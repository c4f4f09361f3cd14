//! One program with its words, as the shell would start it.

use crate::model::Span;

/// One program with its arguments, after wrappers are peeled off.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Invocation {
    /// Its words, the program first; empty for a bare assignment or redirection.
    pub words: Vec<Word>,
    /// Variables set for it, and those that the text set before; the last of a name counts.
    pub assigns: Vec<(String, Word)>,
    /// Where its output and input go.
    pub redirects: Vec<Redirect>,
    /// What it reads on standard input.
    pub stdin: Stdin,
    /// The folder it runs in; `None` where that cannot be told.
    pub cwd: Option<String>,
    /// What was peeled off, the outermost first.
    pub layers: Vec<Layer>,
    /// Where it stands in the text that was read.
    pub span: Span,
    /// Places, among the Reading's invocations, of those that run on its output.
    pub feeds: Vec<usize>,
}

/// A word after expansion.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash)]
pub struct Word {
    /// Its text. What is not known stands as it was written, such as `$NAME`.
    pub text: String,
    /// How much of it is known.
    pub kind: WordKind,
    /// Where it stands in the text that was read.
    pub span: Span,
    /// The variables it is made of, known or not.
    pub variables: Vec<String>,
    /// Places, among the Reading's invocations, of those whose output is in it.
    pub from: Vec<usize>,
}

/// How much of a word is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum WordKind {
    /// All of it.
    #[default]
    Literal,
    /// A file-name pattern; its matches are not known.
    Glob,
    /// Only the shell could tell.
    Open,
}

/// A wrapper that was peeled off, and what it adds to what it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// What it adds.
    pub kind: LayerKind,
    /// Its own words, without those of what it runs.
    pub words: Vec<Word>,
}

/// What a wrapper adds to what it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LayerKind {
    /// It runs with other rights: `sudo`, `doas`, `su`, `pkexec`.
    Privilege,
    /// It runs on another machine.
    Remote {
        /// Which.
        host: String,
    },
    /// It runs inside a container.
    Container {
        /// Which, or the image.
        name: String,
    },
    /// It runs once for each of many items (`xargs`, `find -exec`).
    PerItem,
    /// A shell read it from a text.
    Shell,
    /// A program fetched by a package runner on the way (`npx`, `uvx`).
    Runner,
    /// The wrapper changes nothing about what happens.
    Plain,
}

/// What standard input leads to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Stdin {
    /// What the shell itself has.
    #[default]
    Inherited,
    /// A text that is known.
    Text(String),
    /// A file.
    File(Word),
    /// The output of others, among the Reading's invocations.
    From(Vec<usize>),
}

/// A redirection after expansion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    /// What it does.
    pub kind: RedirectKind,
    /// The file.
    pub to: Word,
}

/// What a redirection does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RedirectKind {
    /// `>`, `>|`, `&>`: empties the file and writes.
    Write,
    /// `>>`, `&>>`: writes at its end.
    Append,
    /// `<`: reads.
    Read,
    /// `<>`: reads and writes.
    Both,
    /// `<<WORD`, `<<<`: a text.
    Text,
    /// `2>&1` and the like: no file.
    Duplicate,
}

impl Word {
    /// A word whose every byte is known.
    #[must_use]
    pub fn literal(text: impl Into<String>, span: Span) -> Self {
        Self { text: text.into(), span, ..Self::default() }
    }

    /// Whether every byte of it is known.
    #[must_use]
    pub fn is_literal(&self) -> bool {
        self.kind == WordKind::Literal
    }

    /// Whether only the shell could tell it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.kind == WordKind::Open
    }

    /// Whether it is an option.
    #[must_use]
    pub fn is_flag(&self) -> bool {
        self.text.len() > 1 && self.text.starts_with('-')
    }
}

impl Invocation {
    /// The program's name without its folder; empty where there is none.
    #[must_use]
    pub fn program(&self) -> &str {
        self.words.first().map_or("", |word| base_name(&word.text))
    }

    /// The same with its first words alone.
    #[must_use]
    pub(super) fn up_to(&self, end: usize) -> Self {
        Self {
            words: self.words.get(..end).unwrap_or(&self.words).to_vec(),
            assigns: self.assigns.clone(),
            redirects: self.redirects.clone(),
            stdin: self.stdin.clone(),
            cwd: self.cwd.clone(),
            layers: self.layers.clone(),
            span: self.span,
            feeds: self.feeds.clone(),
        }
    }

    /// The words after the program.
    #[must_use]
    pub fn args(&self) -> &[Word] {
        self.words.get(1..).unwrap_or_default()
    }

    /// Whether an option is given: `--force` also as `--force=…`, `-f` also within `-rf`.
    #[must_use]
    pub fn has(&self, flag: &str) -> bool {
        self.before_dashes().iter().any(|word| flag_matches(&word.text, flag))
    }

    /// Whether any of these options is given.
    #[must_use]
    pub fn has_any(&self, flags: &[&str]) -> bool {
        flags.iter().any(|flag| self.has(flag))
    }

    /// The value of the first of these options that is given: `--name value`, `--name=value`, `-nvalue`.
    #[must_use]
    pub fn option(&self, names: &[&str]) -> Option<Word> {
        self.options(names).into_iter().next()
    }

    /// Every value of these options, in order.
    #[must_use]
    pub fn options(&self, names: &[&str]) -> Vec<Word> {
        let args = self.args();
        let mut found = Vec::new();
        for (place, word) in args.iter().enumerate() {
            for name in names {
                if word.text == *name {
                    found.extend(args.get(place + 1).cloned());
                } else if let Some(rest) = word.text.strip_prefix(name) {
                    let is_short = !name.starts_with("--") && name.len() == 2;
                    let value = rest.strip_prefix('=').or(is_short.then_some(rest));
                    found.extend(value.map(|value| Word { text: value.to_owned(), ..word.clone() }));
                }
            }
        }
        found
    }

    /// The words that are no options, except the values of the options in `valued`.
    #[must_use]
    pub fn operands(&self, valued: &[&str]) -> Vec<&Word> {
        let mut found = Vec::new();
        let mut is_value = false;
        let mut is_past_dashes = false;
        for word in self.args() {
            if is_past_dashes {
                found.push(word);
            } else if std::mem::take(&mut is_value) {
            } else if word.text == "--" {
                is_past_dashes = true;
            } else if word.is_flag() {
                is_value = valued.contains(&word.text.as_str());
            } else {
                found.push(word);
            }
        }
        found
    }

    /// The value a variable has for this program, if the text set it.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&Word> {
        self.assigns.iter().rev().find(|(named, _)| named == name).map(|(_, word)| word)
    }

    /// The path that a word names, seen from the folder this runs in.
    #[must_use]
    pub fn path(&self, word: &Word) -> Option<String> {
        joined_path(self.cwd.as_deref(), &word.text)
    }

    /// Whether it runs on this machine, in the folders we see.
    #[must_use]
    pub fn is_here(&self) -> bool {
        !self.layers.iter().any(|layer| matches!(layer.kind, LayerKind::Remote { .. } | LayerKind::Container { .. }))
    }

    /// Whether a wrapper of this kind was peeled off.
    #[must_use]
    pub fn is_behind(&self, kind: &LayerKind) -> bool {
        self.layers.iter().any(|layer| layer.kind == *kind)
    }

    fn before_dashes(&self) -> &[Word] {
        let args = self.args();
        let end = args.iter().position(|word| word.text == "--").unwrap_or(args.len());
        args.get(..end).unwrap_or_default()
    }
}

fn flag_matches(word: &str, flag: &str) -> bool {
    if word == flag {
        return true;
    }
    let is_short = flag.len() == 2 && flag.starts_with('-') && !flag.starts_with("--");
    if is_short {
        let letter = flag.chars().nth(1).unwrap_or('-');
        return word.starts_with('-')
            && !word.starts_with("--")
            && word.chars().skip(1).take_while(char::is_ascii_alphanumeric).any(|c| c == letter);
    }
    word.strip_prefix(flag).is_some_and(|rest| rest.starts_with('='))
}

/// The last part of a path.
#[must_use]
pub fn base_name(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    path.rfind('/').and_then(|at| path.get(at + 1..)).unwrap_or(path)
}

/// `path` seen from `cwd`, without `.` and `..`; `None` for a relative path without a folder to start from.
#[must_use]
pub fn joined_path(cwd: Option<&str>, path: &str) -> Option<String> {
    let whole = if path.starts_with('/') { path.to_owned() } else { format!("{}/{path}", cwd?) };
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    Some(format!("/{}", parts.join("/")))
}

//! What a shell knows while it goes: its folder, variables, functions and aliases.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::invocation::{Layer, Stdin, Word};
use super::syntax::Node;
use crate::model::Span;

/// Where a text is run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The folder; `None` where it is not known.
    pub cwd: Option<String>,
    /// The home folder; `None`: guessed from `cwd`.
    pub home: Option<String>,
}

/// What the shell knows while it goes.
#[derive(Debug, Clone, Default)]
pub(super) struct Env {
    pub(super) cwd: Option<String>,
    pub(super) home: String,
    pub(super) before: Option<String>,
    pub(super) variables: BTreeMap<String, Vec<Word>>,
    pub(super) functions: BTreeMap<String, Arc<[Node]>>,
    pub(super) aliases: BTreeMap<String, String>,
    /// What is around the commands: wrappers of the text.
    pub(super) layers: Vec<Layer>,
    /// Variables that wrappers and `export` set.
    pub(super) assigns: Vec<(String, Word)>,
    /// What commands without a redirection of their own read.
    pub(super) stdin: Stdin,
    /// Variables of the function that runs now, which end with it.
    pub(super) locals: BTreeSet<String>,
}

/// What it costs to copy words: about one for each, and for each 64 bytes of them.
pub(super) fn weight<'w>(words: impl IntoIterator<Item = &'w Word>) -> usize {
    words.into_iter().map(|word| 1 + word.text.len() / 64 + word.variables.len() + word.from.len() / 8).sum()
}

/// What it costs to copy what standard input leads to.
pub(super) fn stdin_weight(stdin: &Stdin) -> usize {
    match stdin {
        Stdin::Inherited => 0,
        Stdin::Text(text) => text.len() / 64,
        Stdin::File(word) => weight([word]),
        Stdin::From(from) => from.len() / 8,
    }
}

impl Env {
    pub(super) fn new(place: &Place) -> Self {
        let home = place.home.clone().or_else(|| home_of(place.cwd.as_deref()?)).unwrap_or_else(|| "/home/user".into());
        Self { cwd: place.cwd.clone(), home, ..Self::default() }
    }

    /// A leading tilde as the home folder.
    pub(super) fn with_home(&self, text: &str) -> String {
        match text.strip_prefix('~') {
            Some("") => self.home.clone(),
            Some(rest) if rest.starts_with('/') => format!("{}{rest}", self.home),
            Some(rest) if rest.starts_with('+') => self.cwd.clone().unwrap_or_default(),
            Some(rest) if rest.starts_with(|c: char| c.is_ascii_lowercase()) => match rest.split_once('/') {
                Some(("root", path)) => format!("/root/{path}"),
                Some((user, path)) => format!("/home/{user}/{path}"),
                None if rest == "root" => "/root".to_owned(),
                None => format!("/home/{rest}"),
            },
            _ => text.to_owned(),
        }
    }

    /// What it costs to copy it.
    pub(super) fn weight(&self) -> usize {
        weight(self.variables.values().flatten())
            + self.functions.len()
            + self.aliases.len()
            + weight(self.layers.iter().flat_map(|layer| &layer.words))
            + weight(self.assigns.iter().map(|(_, word)| word))
            + stdin_weight(&self.stdin)
    }

    pub(super) fn value(&self, name: &str) -> Option<Vec<Word>> {
        if let Some(words) = self.variables.get(name) {
            return Some(words.clone());
        }
        let text = match name {
            "HOME" => self.home.clone(),
            "PWD" => self.cwd.clone()?,
            "OLDPWD" => self.before.clone()?,
            "TMPDIR" | "TMP" | "TEMP" | "RUNNER_TEMP" => "/tmp".to_owned(),
            "XDG_CACHE_HOME" => format!("{}/.cache", self.home),
            "XDG_CONFIG_HOME" => format!("{}/.config", self.home),
            "XDG_STATE_HOME" => format!("{}/.local/state", self.home),
            "XDG_DATA_HOME" => format!("{}/.local/share", self.home),
            "IFS" => " ".to_owned(),
            _ => return None,
        };
        Some(vec![Word { text, ..Word::default() }])
    }

    pub(super) fn set(&mut self, name: &str, words: Vec<Word>) {
        self.variables.insert(name.to_owned(), words);
    }

    /// The values a function or a shell got: `$1`, `$2`, `$@`, `$*`, `$#`.
    pub(super) fn set_arguments(&mut self, words: &[Word]) {
        for (place, word) in words.iter().enumerate() {
            self.set(&(place + 1).to_string(), vec![word.clone()]);
        }
        self.set("@", words.to_vec());
        self.set("*", words.to_vec());
        self.set("#", vec![Word::literal(words.len().to_string(), Span::default())]);
    }

    /// A function that ran in `inner` is over: what it set stays set, but for its own variables and its arguments.
    pub(super) fn keep_from(&mut self, mut inner: Self) {
        let is_argument = |name: &str| matches!(name, "@" | "*" | "#") || name.bytes().all(|b| b.is_ascii_digit());
        let arguments = inner.variables.keys().filter(|name| is_argument(name)).cloned();
        let own: Vec<String> = arguments.chain(std::mem::take(&mut inner.locals)).collect();
        for name in own {
            match self.variables.remove(&name) {
                Some(words) => inner.variables.insert(name, words),
                None => inner.variables.remove(&name),
            };
        }
        inner.stdin = std::mem::take(&mut self.stdin);
        inner.locals = std::mem::take(&mut self.locals);
        *self = inner;
    }

    pub(super) fn move_to(&mut self, cwd: Option<String>) {
        self.before = std::mem::replace(&mut self.cwd, cwd);
    }

    pub(super) fn add_alias(&mut self, name: &str, text: &str) {
        self.aliases.insert(name.to_owned(), text.to_owned());
    }
}

/// The home folder that a folder is most likely in.
fn home_of(cwd: &str) -> Option<String> {
    let mut parts = cwd.split('/').skip(1);
    match (parts.next()?, parts.next()) {
        ("root", _) => Some("/root".to_owned()),
        (top @ ("home" | "Users"), Some(name)) => Some(format!("/{top}/{name}")),
        _ => None,
    }
}

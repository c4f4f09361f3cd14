//! Keymaps: which keys do what in which mode, as data.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::theme::{line_of, nearest, toml_error};
use crate::app::Resolved;
use crate::model::{Command, Key, KeyCode, Mode};

/// How many keymaps may inherit one from the other.
const INHERITS_MAX: usize = 8;
/// How many keys a binding may have.
const SEQUENCE_MAX: usize = 4;
/// The word that unbinds.
const NONE: &str = "none";

/// The keymaps that are built in, the default first.
const SHIPPED: &[(&str, &str)] = &[
    ("default", include_str!("../../keymaps/default.toml")),
    ("vim", include_str!("../../keymaps/vim.toml")),
    ("emacs", include_str!("../../keymaps/emacs.toml")),
];

/// What a keymap must have a key for, so that nobody is locked in or cannot refuse (`UX.md`, K1).
const REQUIRED: &[(Mode, Command, &str)] = &[
    (Mode::Agent, Command::OpenCase, "no key leads out of the agent to a case"),
    (Mode::Case, Command::DenyCase, "no key denies"),
    (Mode::Case, Command::CloseLayer, "no key leaves a case"),
    (Mode::Confirm, Command::SendTarget, "no key sends what was typed"),
    (Mode::Confirm, Command::CloseLayer, "no key goes back from typing"),
];

/// Keys that do something in a mode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// The keys, one after the other.
    pub keys: Vec<Key>,
    /// What they do.
    pub command: Command,
    /// How many keymaps the one it stands in inherits.
    above: usize,
}

/// Which keys do what in which mode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keymap {
    name: String,
    aliases: BTreeMap<Key, Key>,
    tables: BTreeMap<Mode, Vec<Binding>>,
}

/// What is wrong with a keymap.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeymapError {
    /// There is no keymap of that name.
    #[error("there is no keymap `{name}`; the nearest is `{nearest}`")]
    NoKeymap {
        /// The name.
        name: String,
        /// The name most like it.
        nearest: String,
    },
    /// It is no TOML.
    #[error("{file}:{line}: {message}")]
    Toml {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What the reader said.
        message: String,
    },
    /// A mode, a command or a key that there is not.
    #[error("{file}:{line}: there is no {what} `{name}`; the nearest is `{nearest}`")]
    Unknown {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// `mode`, `command` or `key`.
        what: &'static str,
        /// The name.
        name: String,
        /// The name most like it.
        nearest: String,
    },
    /// A binding that is not allowed.
    #[error("{file}:{line}: `{keys}` cannot be `{command}` in [{mode}]: {why}")]
    Refused {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The keys.
        keys: String,
        /// The command.
        command: Command,
        /// The mode, or `alias`.
        mode: &'static str,
        /// Why it is not.
        why: String,
    },
    /// A binding that every keymap needs is missing.
    #[error("keymap `{name}`: {why}; bind `{command}` in [{mode}]")]
    Missing {
        /// The keymap.
        name: String,
        /// What is not possible.
        why: &'static str,
        /// What would make it so.
        command: Command,
        /// Where.
        mode: &'static str,
    },
    /// Keymaps that inherit one another without end.
    #[error("keymap `{name}` inherits more than {INHERITS_MAX} keymaps, or itself")]
    TooDeep {
        /// The keymap that was asked for.
        name: String,
    },
}

type Table = BTreeMap<Spanned<String>, Spanned<String>>;

#[derive(Deserialize)]
struct File {
    inherits: Option<String>,
    #[serde(flatten)]
    tables: BTreeMap<String, toml::Value>,
}

/// A line of a keymap file: `keys = "command"`, and where it stands.
struct Line {
    file: String,
    line: usize,
    mode: Option<Mode>,
    keys: Vec<Key>,
    word: String,
}

impl Keymap {
    /// The keymap of that name among those that are built in.
    ///
    /// # Errors
    /// [`KeymapError::NoKeymap`] names the nearest.
    pub fn shipped(name: &str) -> Result<Self, KeymapError> {
        Self::load(name, &|_| None)
    }

    /// The keymap of that name, the operator's own before the ones built in.
    ///
    /// `find` gives the operator's keymap of a name as file name and text. A keymap that inherits its own name
    /// inherits the one built in.
    ///
    /// # Errors
    /// Says file and line, the nearest name where one is unknown, and the reason where a binding is refused.
    pub fn load(name: &str, find: &dyn Fn(&str) -> Option<(String, String)>) -> Result<Self, KeymapError> {
        let mut files = Vec::new();
        let mut next = Some((name.to_owned(), true));
        while let Some((wanted, may_be_own)) = next {
            if files.len() == INHERITS_MAX {
                return Err(KeymapError::TooDeep { name: name.to_owned() });
            }
            let own = if may_be_own { find(&wanted) } else { None };
            let (file, text) = match own {
                Some(found) => found,
                None => built_in(&wanted)?,
            };
            let (inherits, lines) = read(&file, &text)?;
            files.push(lines);
            next = inherits.map(|parent| {
                let is_other = parent != wanted;
                (parent, is_other)
            });
        }
        let mut keymap = Self { name: name.to_owned(), aliases: BTreeMap::new(), tables: BTreeMap::new() };
        for (above, lines) in files.into_iter().rev().enumerate() {
            for line in lines {
                keymap.add(line, above)?;
            }
        }
        keymap.check()?;
        Ok(keymap)
    }

    /// The names of the keymaps that are built in, the default first.
    pub fn names() -> impl Iterator<Item = &'static str> {
        SHIPPED.iter().map(|(name, _)| *name)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What `key` means in `mode` after the keys of `pending`. What is bound in the agent's mode works everywhere.
    #[must_use]
    pub fn resolve(&self, mode: Mode, pending: &[Key], key: Key) -> Resolved {
        let sequence: Vec<Key> = pending.iter().chain([&key]).map(|key| self.stands_for(*key)).collect();
        match self.resolve_in(mode, &sequence) {
            Resolved::Unbound if mode != Mode::Agent => self.resolve_in(Mode::Agent, &sequence),
            resolved => resolved,
        }
    }

    /// The bindings of a mode, those of inherited keymaps first.
    #[must_use]
    pub fn bindings(&self, mode: Mode) -> &[Binding] {
        self.tables.get(&mode).map_or(&[], Vec::as_slice)
    }

    /// The keys that do `command` in `mode`: the shortest first, the operator's own before inherited ones.
    #[must_use]
    pub fn keys_of(&self, mode: Mode, command: Command) -> Vec<&[Key]> {
        let mut bindings: Vec<&Binding> = self.bindings(mode).iter().filter(|b| b.command == command).collect();
        bindings.sort_by_key(|binding| (binding.keys.len(), std::cmp::Reverse(binding.above)));
        bindings.into_iter().map(|binding| binding.keys.as_slice()).collect()
    }

    /// The keys that stand for another, with the one they stand for.
    pub fn aliases(&self) -> impl Iterator<Item = (Key, Key)> {
        self.aliases.iter().map(|(key, other)| (*key, *other))
    }

    /// The keys that may come next after `pending` in `mode`, for the which-key strip.
    #[must_use]
    pub fn next_keys(&self, mode: Mode, pending: &[Key]) -> Vec<(&[Key], Command)> {
        let pending: Vec<Key> = pending.iter().map(|key| self.stands_for(*key)).collect();
        let agent = if mode == Mode::Agent { &[] } else { self.bindings(Mode::Agent) };
        let bindings = self.bindings(mode).iter().chain(agent);
        let mut next: Vec<_> = bindings
            .filter_map(|binding| Some((binding.keys.strip_prefix(pending.as_slice())?, binding.command)))
            .filter(|(rest, _)| !rest.is_empty())
            .collect();
        next.sort_by_key(|(_, command)| *command);
        next.dedup_by_key(|(_, command)| *command);
        next
    }

    fn stands_for(&self, key: Key) -> Key {
        self.aliases.get(&key).copied().unwrap_or(key)
    }

    fn resolve_in(&self, mode: Mode, sequence: &[Key]) -> Resolved {
        let bindings = self.bindings(mode);
        if let Some(binding) = bindings.iter().find(|binding| binding.keys == sequence) {
            return Resolved::Command(binding.command);
        }
        if bindings.iter().any(|binding| binding.keys.starts_with(sequence)) {
            Resolved::Pending
        } else {
            Resolved::Unbound
        }
    }

    fn add(&mut self, line: Line, above: usize) -> Result<(), KeymapError> {
        let Some(mode) = line.mode else { return self.add_alias(&line) };
        let table = self.tables.entry(mode).or_default();
        if line.word == NONE {
            table.retain(|binding| binding.keys != line.keys);
            return Ok(());
        }
        let command = match line.word.parse::<Command>() {
            Ok(command) => command,
            Err(_) => {
                let names = Command::ALL.iter().map(|command| command.name());
                return Err(line.unknown("command", &line.word, names));
            }
        };
        if let Some(why) = refusal(mode, command, &line.keys) {
            return Err(line.refused(command, mode.name(), why));
        }
        table.retain(|binding| binding.keys != line.keys);
        if let Some(other) =
            table.iter().find(|other| other.keys.starts_with(&line.keys) || line.keys.starts_with(&other.keys))
        {
            let why = format!("one of it and `{}` could never be reached", written(&other.keys));
            return Err(line.refused(command, mode.name(), why));
        }
        table.push(Binding { keys: line.keys, command, above });
        Ok(())
    }

    fn add_alias(&mut self, line: &Line) -> Result<(), KeymapError> {
        let [key] = line.keys.as_slice() else {
            return Err(line.unknown("key", &written(&line.keys), std::iter::empty()));
        };
        if line.word == NONE {
            self.aliases.remove(key);
            return Ok(());
        }
        let Ok(other) = line.word.parse::<Key>() else {
            return Err(line.unknown("key", &line.word, key_names()));
        };
        if is_typing(*key) {
            return Err(line.refused(Command::SendPrefix, "alias", "it would be missing when you type".to_owned()));
        }
        self.aliases.insert(*key, other);
        Ok(())
    }

    /// What can only be said of a keymap as a whole.
    fn check(&self) -> Result<(), KeymapError> {
        for (mode, command, why) in REQUIRED {
            if self.keys_of(*mode, *command).is_empty() {
                return Err(KeymapError::Missing {
                    name: self.name.clone(),
                    why,
                    command: *command,
                    mode: mode.name(),
                });
            }
        }
        for (alias, other) in &self.aliases {
            let approving = self.bindings(Mode::Case).iter().filter(|binding| binding.command.approves());
            for binding in approving.filter(|binding| binding.keys.contains(other)) {
                if let Some(why) = refusal(Mode::Case, binding.command, &[*alias]) {
                    return Err(KeymapError::Refused {
                        file: self.name.clone(),
                        line: 0,
                        keys: alias.to_string(),
                        command: binding.command,
                        mode: "alias",
                        why,
                    });
                }
            }
        }
        Ok(())
    }
}

impl Line {
    fn unknown<'a>(&self, what: &'static str, name: &str, names: impl Iterator<Item = &'a str>) -> KeymapError {
        let nearest = nearest(name, names.chain((what == "command").then_some(NONE)));
        KeymapError::Unknown { file: self.file.clone(), line: self.line, what, name: name.to_owned(), nearest }
    }

    fn refused(&self, command: Command, mode: &'static str, why: String) -> KeymapError {
        let (file, keys) = (self.file.clone(), written(&self.keys));
        KeymapError::Refused { file, line: self.line, keys, command, mode, why }
    }
}

/// Keys as they are written in a keymap.
pub(super) fn written(keys: &[Key]) -> String {
    keys.iter().map(Key::to_string).collect::<Vec<_>>().join(" ")
}

/// Why `keys` must not do `command` in `mode`, if they must not (`UX.md`, K1).
fn refusal(mode: Mode, command: Command, keys: &[Key]) -> Option<String> {
    if keys.len() > SEQUENCE_MAX {
        return Some(format!("a binding has at most {SEQUENCE_MAX} keys"));
    }
    if mode == Mode::Agent && keys.first().is_some_and(|key| is_typing(*key)) {
        return Some("the agent would never get that key".to_owned());
    }
    if command == Command::DenyCase && mode == Mode::Case && keys.len() > 1 {
        return Some("denying is one key".to_owned());
    }
    if !command.approves() {
        return None;
    }
    if mode != Mode::Case {
        return Some("approvals are bound in [case] alone".to_owned());
    }
    keys.iter().find_map(|key| habit(*key)).map(|what| format!("{what} is pressed by habit and must not approve"))
}

/// What kind of key it is that fingers press unasked, if it is one.
fn habit(key: Key) -> Option<&'static str> {
    match key.code {
        KeyCode::Enter => Some("Enter"),
        KeyCode::Esc => Some("Esc"),
        KeyCode::Tab | KeyCode::BackTab => Some("Tab"),
        KeyCode::Char(' ') => Some("Space"),
        KeyCode::Char(c) if c.is_numeric() => Some("a digit"),
        KeyCode::Char('m' | 'j') if key.mods.ctrl => Some("Enter, which is what this key is to a terminal,"),
        KeyCode::Char('i') if key.mods.ctrl => Some("Tab, which is what this key is to a terminal,"),
        KeyCode::Char('[') if key.mods.ctrl => Some("Esc, which is what this key is to a terminal,"),
        KeyCode::Char(c) if c.is_alphabetic() && !c.is_uppercase() => Some("an unshifted letter"),
        _ => None,
    }
}

/// Whether somebody who types into the agent needs this key as it is.
fn is_typing(key: Key) -> bool {
    let is_bare = !key.mods.ctrl && !key.mods.alt && !key.mods.logo;
    is_bare && !matches!(key.code, KeyCode::F(_) | KeyCode::Insert)
}

fn built_in(name: &str) -> Result<(String, String), KeymapError> {
    match SHIPPED.iter().find(|(shipped, _)| *shipped == name) {
        Some((shipped, text)) => Ok((format!("keymaps/{shipped}.toml"), (*text).to_owned())),
        None => Err(KeymapError::NoKeymap { name: name.to_owned(), nearest: nearest(name, Keymap::names()) }),
    }
}

/// Reads a file into its lines, in their order, and the name of the keymap it inherits.
fn read(file: &str, text: &str) -> Result<(Option<String>, Vec<Line>), KeymapError> {
    let fault = |error: &toml::de::Error| {
        let (line, message) = toml_error(text, error);
        KeymapError::Toml { file: file.to_owned(), line, message }
    };
    let File { inherits, tables } = toml::from_str(text).map_err(|error| fault(&error))?;
    for name in tables.keys() {
        if name != "alias" && mode_named(name).is_none() {
            let modes = Mode::ALL.iter().map(|mode| mode.name()).chain(["alias", "inherits"]);
            let nearest = nearest(name, modes);
            let line = text.lines().position(|line| line.contains(name.as_str())).map_or(1, |at| at + 1);
            return Err(KeymapError::Unknown {
                file: file.to_owned(),
                line,
                what: "mode",
                name: name.clone(),
                nearest,
            });
        }
    }
    let tables: Tables = toml::from_str(text).map_err(|error| fault(&error))?;
    let mut lines = Vec::new();
    for (name, table) in tables.0 {
        for (keys, word) in table {
            lines.push((keys.span().start, line(file, text, &name, keys, word)?));
        }
    }
    lines.sort_by_key(|(at, _)| *at);
    Ok((inherits, lines.into_iter().map(|(_, line)| line).collect()))
}

/// The tables of a keymap file with the places of their words.
struct Tables(Vec<(String, Table)>);

impl<'de> Deserialize<'de> for Tables {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Tables;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a table for each mode")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Tables, A::Error> {
                let mut tables = Vec::new();
                while let Some(name) = map.next_key::<String>()? {
                    if name == "inherits" {
                        map.next_value::<String>()?;
                    } else {
                        tables.push((name, map.next_value()?));
                    }
                }
                Ok(Tables(tables))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

fn line(file: &str, text: &str, mode: &str, keys: Spanned<String>, word: Spanned<String>) -> Result<Line, KeymapError> {
    let at = line_of(text, keys.span().start);
    let mut line =
        Line { file: file.to_owned(), line: at, mode: mode_named(mode), keys: Vec::new(), word: word.into_inner() };
    for key in keys.into_inner().split_whitespace() {
        match key.parse() {
            Ok(key) => line.keys.push(key),
            Err(_) => return Err(line.unknown("key", key, key_names())),
        }
    }
    if line.keys.is_empty() {
        return Err(line.unknown("key", "", key_names()));
    }
    Ok(line)
}

fn mode_named(name: &str) -> Option<Mode> {
    Mode::ALL.into_iter().find(|mode| mode.name() == name)
}

fn key_names() -> impl Iterator<Item = &'static str> {
    ["Enter", "Esc", "Tab", "BackTab", "Backspace", "Delete", "Insert", "Up", "Down", "Left", "Right"]
        .into_iter()
        .chain(["Home", "End", "PgUp", "PgDn", "Space", "F12", "Ctrl-]", "Alt-x", "Shift-F3"])
}

#[cfg(test)]
#[path = "keymap_tests.rs"]
mod tests;

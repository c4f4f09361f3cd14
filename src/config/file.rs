//! `config.toml`, and how every file of the operator's is read.

use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::undo::RulesError;

/// How alike two names must be for one to be suggested for the other, from 0 to 1.
const LIKENESS_MIN: f64 = 0.6;

/// `config.toml`: how things look.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The theme's name.
    pub theme: Option<String>,
    /// The keymap's name.
    pub keymap: Option<String>,
    /// The characters of borders and marks, whatever the theme says.
    pub glyphs: Option<GlyphSet>,
    /// How many lines of the agent's output can be scrolled back to.
    pub scrollback_lines: Option<usize>,
    /// How many columns characters of ambiguous width take: 1 or 2.
    pub ambiguous_width: Option<u8>,
    /// Which hooks agents are given.
    pub hooks: Hooks,
}

/// `glyphs` in `config.toml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GlyphSet {
    /// Box drawing characters.
    Unicode,
    /// Nothing but ASCII.
    Ascii,
}

/// `[hooks]` in `config.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Hooks {
    /// Whether agents are given a hook for the session at all.
    pub inject: bool,
    /// Where cursor-agent's may be written: it has no other place than a file of the operator's.
    pub cursor: CursorHooks,
    /// Whether opencode is given its plugin.
    pub opencode: bool,
}

impl Default for Hooks {
    fn default() -> Self {
        Self { inject: true, cursor: CursorHooks::default(), opencode: false }
    }
}

/// `cursor` in `[hooks]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CursorHooks {
    /// The operator is asked at the start; without a terminal it is `never`.
    #[default]
    Ask,
    /// Nowhere.
    Never,
    /// In the project's `.cursor/hooks.json`.
    Project,
    /// In `~/.cursor/hooks.json`.
    User,
}

/// Why a file of the operator's cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("{path}: {error}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// It is no TOML, or says something we do not know.
    #[error("{path}:{line}:{column}: {message}")]
    Wrong {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What is wrong, with the nearest name where there is one.
        message: String,
    },
    /// What is kept is not said right.
    #[error("{path}: {error}")]
    Keep {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: RulesError,
    },
}

/// Reads `config.toml` below `folder`; a missing file gives the defaults.
///
/// # Errors
/// [`ConfigError`] names the file and the line.
pub fn load_config(folder: &Path) -> Result<Config, ConfigError> {
    load(&folder.join("config.toml"), MayBeMissing::Yes)
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum MayBeMissing {
    Yes,
    No,
}

fn load<T: DeserializeOwned + Default>(path: &Path, may_be_missing: MayBeMissing) -> Result<T, ConfigError> {
    match read(path, may_be_missing)? {
        Some(text) => parse(path, &text),
        None => Ok(T::default()),
    }
}

/// A file's text; `None` where it may be missing and is.
pub(super) fn read(path: &Path, may_be_missing: MayBeMissing) -> Result<Option<String>, ConfigError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound && may_be_missing == MayBeMissing::Yes => Ok(None),
        Err(error) => Err(ConfigError::Unreadable { path: path.to_owned(), error }),
    }
}

pub(super) fn parse<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T, ConfigError> {
    toml::from_str(text).map_err(|error| {
        let (line, column) = position(text, error.span().map_or(0, |span| span.start));
        let message = with_nearest(error.message());
        ConfigError::Wrong { path: path.to_owned(), line, column, message }
    })
}

/// Line and column, from 1, of a byte in a text.
pub(super) fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
    (line, column)
}

/// Adds the nearest known name to a message such as ``unknown field `x`, expected one of `y`, `z` ``.
fn with_nearest(message: &str) -> String {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let Some(unknown) = quoted.next().filter(|_| message.starts_with("unknown")) else { return message.to_owned() };
    let nearest = quoted
        .map(|name| (name, strsim::jaro_winkler(unknown, name)))
        .filter(|(_, likeness)| *likeness >= LIKENESS_MIN)
        .max_by(|a, b| a.1.total_cmp(&b.1));
    match nearest {
        Some((name, _)) => format!("unknown key `{unknown}`; did you mean `{name}`?"),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_names_file_line_and_the_nearest_key() {
        let wrong = parse::<Config>(Path::new("config.toml"), "keymap = 'vim'\ntehme = 'dark'\n").unwrap_err();
        assert_eq!(wrong.to_string(), "config.toml:2:1: unknown key `tehme`; did you mean `theme`?");
    }
}

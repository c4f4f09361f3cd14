//! Which agent a command starts, and what its command line says.
//!
//! The command is taken apart as far as it is plain: runners of packages, interpreters, version managers, wrappers and
//! a shell's `-c`. Where it is not, the agent counts as a generic one, which is never less watched: only worse heard.

mod line;
mod names;
mod peel;

use crate::model::{Dialect, Order, Untrusted};

/// How deep wrappers may be nested.
const WRAPPERS_MAX: usize = 16;

/// What the started command says of the agent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Started {
    /// Which agent it is.
    pub dialect: Dialect,
    /// Where in the command the agent's own arguments begin. `None` where it is started from within a text, such as a
    /// shell's `-c`, and no argument can be added.
    pub arguments_from: Option<usize>,
    /// Whether it works at all, or does something else such as `claude mcp list`.
    pub errand: Errand,
    /// How it is used.
    pub mode: RunMode,
    /// What it writes.
    pub format: Format,
    /// What it was asked to do on its command line.
    pub task: Option<Untrusted>,
    /// Its own permission mode, in its own word: `plan`, `bypassPermissions`, `read-only`.
    pub permission: Option<String>,
}

/// What the command is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Errand {
    /// The agent works.
    #[default]
    Session,
    /// It is set up, asked for its version, or the like.
    Upkeep,
}

/// How the agent is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum RunMode {
    /// In a terminal, with a person at it.
    #[default]
    Interactive,
    /// With a task from the command line, to its end.
    Print,
}

/// What the agent writes to its output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Format {
    /// Text for people.
    #[default]
    Text,
    /// One JSON value at the end.
    Json,
    /// One JSON object a line, as things happen.
    Lines,
}

/// Says which agent `words` start and what they tell of it.
///
/// `resolve` gives the path that a program's name leads to, symbolic links followed, if it is found.
#[must_use]
pub fn recognise(words: &[String], resolve: &dyn Fn(&str) -> Option<String>) -> Started {
    let Some(found) = peel::find(words, resolve, WRAPPERS_MAX) else { return Started::default() };
    let mut started = line::read(found.dialect, &found.arguments);
    started.arguments_from = found.at;
    started
}

impl Started {
    /// The standing order that the agent's own mode amounts to: in plan and read-only modes it says it changes nothing.
    #[must_use]
    pub fn claimed_order(&self) -> Option<Order> {
        let mode = self.permission.as_deref()?;
        mode.split(' ').any(|word| matches!(word, "plan" | "ask" | "read-only")).then_some(Order::ReadOnly)
    }
}

#[cfg(test)]
mod tests;

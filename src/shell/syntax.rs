//! The command model that stands between the grammar and everybody else.

use std::sync::Arc;

use crate::model::Span;

use super::RedirectKind;

/// A text as the grammar understood it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Script {
    /// Its statements, in the order of the text.
    pub nodes: Vec<Node>,
    /// Whether a part of it is no shell text.
    pub has_error: bool,
    /// Which limit it broke; then there are no nodes, or not all.
    pub limit: Option<Limit>,
}

/// Why a text was not read, or not to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Limit {
    /// It is longer than [`super::TEXT_BYTES_MAX`].
    Length,
    /// It nests deeper than [`super::NESTING_MAX`], or unfolds without end.
    Nesting,
}

/// A statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// One command.
    Simple(Simple),
    /// Commands that feed each other, first to last.
    Pipeline(Vec<Node>),
    /// A subshell: what it changes ends with it.
    Scope(Vec<Node>),
    /// Statements one after another in the same shell: braces, branches, loop bodies.
    Group(Vec<Node>),
    /// A loop over words.
    Each {
        /// The loop's variable.
        variable: String,
        /// What it takes.
        values: Vec<Argument>,
        /// What is done with each.
        body: Vec<Node>,
    },
    /// A function's definition; nothing runs yet.
    Function {
        /// Its name.
        name: String,
        /// What a call of it runs.
        body: Arc<[Node]>,
    },
    /// A statement with redirections around it.
    Redirected {
        /// The statement.
        body: Box<Node>,
        /// The redirections, in order.
        redirects: Vec<Target>,
    },
}

/// One command: assignments, words, redirections.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Simple {
    /// Where it stands.
    pub span: Span,
    /// The assignments before its words, or alone.
    pub assigns: Vec<Assign>,
    /// Its words, the program first.
    pub words: Vec<Argument>,
    /// Its redirections.
    pub redirects: Vec<Target>,
}

/// A variable's assignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assign {
    /// The variable.
    pub name: String,
    /// Its value; several for an array.
    pub values: Vec<Argument>,
}

/// A redirection as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// What it does.
    pub kind: RedirectKind,
    /// Where to, or where from; for a here-document its body.
    pub to: Argument,
    /// Where it stands.
    pub span: Span,
}

/// One word as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Argument {
    /// Where it stands.
    pub span: Span,
    /// What it is made of.
    pub parts: Vec<Part>,
}

/// A piece of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Quoted or escaped text: means itself.
    Literal(String),
    /// Bare text: blanks of file-name patterns, braces and a leading tilde still mean something.
    Bare(String),
    /// A variable.
    Variable {
        /// Its name, or its number, or one of `@*#?$!-`.
        name: String,
        /// Whether it is inside double quotes.
        is_quoted: bool,
        /// What stands for it if it has no value (`${X:-word}`).
        default: Option<Box<Argument>>,
        /// What is done to its value, as it is written after the name: `%.bak`, `/a/b`, `[1]`; empty for nothing.
        change: String,
    },
    /// The output of commands.
    Output {
        /// The commands.
        nodes: Vec<Node>,
        /// Whether it is inside double quotes.
        is_quoted: bool,
    },
    /// A file name that leads to or from commands, as in `<(…)`.
    Process(Vec<Node>),
    /// Something that cannot be told without running the shell.
    Open(String),
}

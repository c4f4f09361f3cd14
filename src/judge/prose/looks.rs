//! Whether a clause tells of a look: one that was made, or one that comes before the act.

use super::clause::{ACTS, NEGATION_WORDS, Subject, is_verb};
use super::lexicon::Kind;
use super::words::{Clause, Form, Token};

/// `docker ps` shows it: a command that was run says so.
fn says_what_shows(tokens: &[Token]) -> bool {
    tokens.windows(2).any(|two| {
        matches!(two, [command, says] if command.is_code && !says.is_code
            && matches!(says.text.as_str(), "shows" | "says" | "prints" | "reports" | "lists" | "confirms" | "returns"))
    })
}

/// `after checking that it had no changes`.
pub(super) fn has_looked(tokens: &[Token]) -> bool {
    tokens.windows(2).any(|two| {
        matches!(two, [after, look] if after.text == "after" && look.form == Form::Ing && look.kind.is(Kind::CHECK))
    })
}

/// The agent looked, or it was told so.
pub(super) fn verifies(clause: &Clause, subject: Subject) -> bool {
    if clause.has(Kind::SHOWS) && !clause.has(Kind::DESTROY)
        || clause.has(Kind::TOLD) && !clause.has(Kind::GUESS.and(Kind::NOT))
    {
        return true;
    }
    if cites_look(&clause.tokens) {
        return true;
    }
    if has_looked(&clause.tokens) && subject != Subject::Other || says_what_shows(&clause.tokens) {
        return true;
    }
    let looked = clause.tokens.iter().enumerate().any(|(at, token)| {
        let is_look = matches!(
            token.base.as_str(),
            "verify"
                | "confirm"
                | "check"
                | "double-check"
                | "validate"
                | "list"
                | "inspect"
                | "review"
                | "test"
                | "audit"
        ) && token.form == Form::Past;
        let before = tokens_before(&clause.tokens, at);
        is_look
            && !before
                .iter()
                .any(|token| token.kind.is(Kind::NOT) || matches!(token.text.as_str(), "should" | "could" | "would"))
    });
    looked && subject != Subject::Other
}

/// Whether a verb after these words is what somebody means to do: `I will`, `let me first`, `going to`.
fn is_main(before: &[Token]) -> bool {
    let mut words = before.iter().rev().skip_while(|token| {
        token.kind.is(Kind::ADVERB)
            && token.text != "to"
            && token.text != "and"
            && token.text != "then"
            && token.text != "first"
    });
    match words.next().map(|token| token.text.as_str()) {
        Some("will" | "me" | "us" | "should" | "must" | "first" | "would" | "then" | "and") => true,
        Some("to") => words.next().is_some_and(|token| {
            matches!(
                token.base.as_str(),
                "going" | "go" | "need" | "want" | "have" | "like" | "try" | "plan" | "better"
            )
        }),
        _ => false,
    }
}

fn tokens_before(tokens: &[Token], at: usize) -> &[Token] {
    tokens.get(at.saturating_sub(NEGATION_WORDS)..at).unwrap_or_default()
}

/// Words of commands that only show something.
const SHOWING: &[&str] = &[
    "status",
    "list",
    "ls",
    "get",
    "describe",
    "show",
    "current-context",
    "get-contexts",
    "get-caller-identity",
    "info",
    "whoami",
    "plan",
    "diff",
    "--dry-run",
    "cat",
    "logs",
    "inspect",
    "config",
    "version",
    "--help",
    "select",
    "head",
];

/// Programs whose commands stand in sentences without a sign that they are commands.
const COMMANDS: &[&str] =
    &["kubectl", "aws", "gcloud", "git", "gh", "railway", "terraform", "docker", "psql", "heroku", "fly"];

/// Whether these words are a command that only shows something.
fn is_showing(words: &[Token]) -> bool {
    words.len() > 1
        && words.iter().skip(1).any(|token| SHOWING.contains(&token.text.as_str()))
        && !words.iter().any(|token| token.kind.is(Kind::DESTROY.and(Kind::GRANT)))
}

/// ``I'll run `kubectl config current-context` first``: what is run is a look.
fn looks_by_command(tokens: &[Token]) -> bool {
    let runs = |token: &Token| !token.is_code && token.kind.is(Kind::RUN.and(Kind::USE));
    let first = tokens.iter().position(|token| token.is_code).unwrap_or(0);
    let is_run = first.checked_sub(1).and_then(|at| tokens.get(at)).is_some_and(runs);
    let command = tokens.get(first..).unwrap_or_default();
    let end = command.iter().position(|token| !token.is_code).unwrap_or(command.len());
    is_run && is_showing(command.get(..end).unwrap_or_default())
}

/// `the cluster is minikube (kubectl config current-context)`: the look that it rests on.
fn cites_look(tokens: &[Token]) -> bool {
    let names = |token: &Token| COMMANDS.contains(&token.text.as_str()) || token.is_code;
    tokens.first().is_some_and(names) && is_showing(tokens) && !tokens.iter().any(|token| token.kind.is(Kind::FINITE))
}

/// The first thing the agent does here is to look.
pub(super) fn checks(tokens: &[Token]) -> bool {
    let first = tokens.iter().enumerate().find(|(at, token)| {
        token.kind.is(ACTS.and(Kind::CHECK).and(Kind::MAKE)) && !token.is_code && is_verb(tokens, *at, Subject::Agent)
    });
    if tokens.iter().any(|token| token.text == "name") && tokens.first().is_some_and(|token| token.text == "looking") {
        return false;
    }
    if looks_by_command(tokens) {
        return true;
    }
    let is_dry =
        |token: &Token| token.kind.is(Kind::CHECK) && matches!(token.text.as_str(), "dry" | "dry-run" | "--dry-run");
    let Some((at, token)) = first else { return tokens.iter().any(is_dry) };
    let before = tokens_before(tokens, at);
    let is_negated = before.iter().any(|token| matches!(token.text.as_str(), "not" | "never" | "without"));
    // `I see no reason` is no look.
    let is_meant = token.form == Form::Ing || before.is_empty() || is_main(before);
    token.kind.is(Kind::CHECK) && !token.kind.is(Kind::DESTROY) && !is_negated && is_meant && token.form != Form::Past
        || tokens.iter().any(is_dry)
}

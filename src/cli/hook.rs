//! `watch hook`, hidden: what the agent runs before each tool call. It asks the session and answers in the agent's words.
//!
//! It runs in the supervised tree, so it has no powers and reads no rules: it carries a message there and an answer
//! back. Most agents let a call run when their hook crashes, is silent in the wrong way or takes too long, so everything
//! that goes wrong in here is a refusal in so many words, with the status that means one.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use serde_json::{Value, json};

use crate::control::{HOOK_BYTES_MAX, HOOK_SOCKET, HOOK_VERSION, HookAnswer, HookAsk, ask_session};
use crate::model::Dialect;

/// The status with which every agent takes a hook's answer for a refusal.
const DENIED: u8 = 2;
/// How long the session may take to answer, unless the command says otherwise.
const PATIENCE: Duration = Duration::from_secs(600 - 15);
/// How every refusal of our own begins and ends.
const REFUSED: (&str, &str) = ("watch: refused: ", ". Nothing was asked or decided; wait, then try again.");

/// The command's arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Arguments {
    dialect: Dialect,
    patience: Duration,
}

/// Runs the hook; `words` follow `watch hook`.
#[must_use]
pub fn main(words: &[OsString]) -> ExitCode {
    // A panic would end us with a status that lets the call run, and print where nobody expects it.
    std::panic::set_hook(Box::new(|_| {}));
    let arguments = parse(words);
    let answer = std::panic::catch_unwind(|| ask(arguments));
    let answer = answer.unwrap_or_else(|_| Err("the hook itself failed".to_owned()));
    let answer = answer.unwrap_or_else(|why| HookAnswer::Deny { words: format!("{}{why}{}", REFUSED.0, REFUSED.1) });
    match answer {
        HookAnswer::Pass => match passed(arguments.map(|arguments| arguments.dialect)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::from(DENIED),
        },
        HookAnswer::Deny { words } => {
            // Where it cannot be said, the status says it.
            let _ = denied(arguments.map(|arguments| arguments.dialect), &words);
            ExitCode::from(DENIED)
        }
    }
}

/// `--dialect NAME [--patience SECONDS]`.
fn parse(words: &[OsString]) -> Option<Arguments> {
    let mut words = words.iter().map(|word| word.to_str());
    let mut dialect = None;
    let mut patience = PATIENCE;
    while let Some(word) = words.next() {
        match word? {
            "--dialect" => {
                let name = words.next()??;
                dialect = Some(Dialect::ALL.into_iter().find(|dialect| dialect.word() == name)?);
            }
            "--patience" => patience = Duration::from_secs(words.next()??.parse().ok().filter(|secs| *secs > 0)?),
            _ => return None,
        }
    }
    Some(Arguments { dialect: dialect?, patience })
}

/// Carries standard input to the session and its answer back.
fn ask(arguments: Option<Arguments>) -> Result<HookAnswer, String> {
    let Arguments { dialect, patience } = arguments.ok_or("the hook was started with words it does not know")?;
    let mut message = Vec::new();
    let limit = u64::try_from(HOOK_BYTES_MAX).unwrap_or(u64::MAX);
    io::stdin()
        .lock()
        .take(limit + 1)
        .read_to_end(&mut message)
        .map_err(|error| format!("what the agent tells its hook cannot be read: {error}"))?;
    if message.len() > HOOK_BYTES_MAX {
        return Err(format!("the call is longer than {HOOK_BYTES_MAX} bytes"));
    }
    let socket = variable(HOOK_SOCKET).ok_or("there is no session to ask")?;
    let session = variable("WATCH_SESSION").and_then(|id| id.into_string().ok()).ok_or("there is no session to ask")?;
    let head = HookAsk { version: HOOK_VERSION, dialect, session, bytes: message.len() };
    ask_session(&PathBuf::from(socket), &head, &message, patience).map_err(|error| error.to_string())
}

#[allow(clippy::disallowed_methods, reason = "the session that the agent was started in; nothing else is read")]
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Says nothing, so that the agent goes on as if there were no hook: an `allow` would skip its own question.
fn passed(dialect: Option<Dialect>) -> io::Result<()> {
    match dialect {
        // Where silence is no JSON and counts as a failure, an answer without a decision says the same.
        Some(Dialect::Cursor) => say(io::stdout().lock(), "{}"),
        _ => Ok(()),
    }
}

fn denied(dialect: Option<Dialect>, words: &str) -> io::Result<()> {
    let told = say(io::stderr().lock(), words);
    match dialect.and_then(|dialect| refusal(dialect, words)) {
        Some(answer) => say(io::stdout().lock(), &answer.to_string()).and(told),
        None => told,
    }
}

/// A refusal in the agent's own form.
fn refusal(dialect: Dialect, words: &str) -> Option<Value> {
    match dialect {
        Dialect::Claude | Dialect::Codex | Dialect::Qwen => Some(json!({
            "hookSpecificOutput": {
                "hookEventName": "PreToolUse",
                "permissionDecision": "deny",
                "permissionDecisionReason": words,
            }
        })),
        Dialect::Gemini => Some(json!({"decision": "deny", "reason": words})),
        Dialect::Copilot => Some(json!({"permissionDecision": "deny", "permissionDecisionReason": words})),
        Dialect::Cursor => Some(json!({"permission": "deny", "user_message": words, "agent_message": words})),
        Dialect::Opencode | Dialect::Aider | Dialect::Generic => None,
    }
}

fn say(mut out: impl Write, words: &str) -> io::Result<()> {
    out.write_all(words.as_bytes())?;
    out.write_all(b"\n")?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &[&str]) -> Option<Arguments> {
        parse(&words.iter().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn words_that_are_not_known_are_no_arguments() {
        let dialect = Dialect::Qwen;
        assert_eq!(parsed(&["--dialect", "qwen"]), Some(Arguments { dialect, patience: PATIENCE }));
        let patience = Duration::from_secs(5);
        assert_eq!(parsed(&["--dialect", "qwen", "--patience", "5"]), Some(Arguments { dialect, patience }));
        for wrong in [
            &[][..],
            &["--dialect"],
            &["--dialect", "x"],
            &["--patience", "5"],
            &["--dialect", "qwen", "--allow"],
            &["--dialect", "qwen", "--patience", "0"],
        ] {
            assert_eq!(parsed(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn a_refusal_is_said_in_each_agents_own_form() {
        for (dialect, at) in [
            (Dialect::Claude, "/hookSpecificOutput/permissionDecision"),
            (Dialect::Codex, "/hookSpecificOutput/permissionDecision"),
            (Dialect::Qwen, "/hookSpecificOutput/permissionDecision"),
            (Dialect::Gemini, "/decision"),
            (Dialect::Copilot, "/permissionDecision"),
            (Dialect::Cursor, "/permission"),
        ] {
            let answer = refusal(dialect, "no").unwrap();
            assert_eq!(answer.pointer(at), Some(&json!("deny")), "{dialect}");
        }
        for dialect in [Dialect::Opencode, Dialect::Aider, Dialect::Generic] {
            assert_eq!(refusal(dialect, "no"), None, "{dialect}");
        }
    }
}

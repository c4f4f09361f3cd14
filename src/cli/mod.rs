//! Arguments, and one file per subcommand.
#![forbid(unsafe_code)]

pub mod again;
pub mod args;
pub mod canary;
pub mod check;
pub mod completions;
pub mod consent;
pub mod demo;
pub mod doctor;
pub mod export;
pub mod handover;
pub mod hook;
pub mod log;
pub mod looks;
pub mod outer;
pub mod output;
pub mod record;
pub mod remote;
pub mod replay;
pub mod report;
pub mod rules;
pub mod run;
pub mod schema;
pub mod sessions;
pub mod settings;
pub mod undo;
pub mod verify;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use self::args::{Command, Line};
use self::handover::Meant;
use crate::config::{Env, Paths};

/// `watch` itself failed while supervising.
pub const FAILED: u8 = 125;
/// The arguments make no sense.
const USAGE: u8 = 2;
/// A command failed.
const ERROR: u8 = 2;
/// The reader of our standard output went away before the end: as if SIGPIPE had ended us, so that no answer reads as given.
const UNREAD: u8 = 128 + 13;

/// The hidden commands: what we start ourselves.
const LAUNCH: &str = "__launch";
const PLAY: &str = "__play";
const CANARY: &str = "__canary";
/// What the agent starts before each tool call. It comes before everything else: it is run often, and inside the tree.
const HOOK: &str = "hook";

/// Runs the program with the process's arguments and returns its exit status.
#[must_use]
pub fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let rest = arguments.get(1..).unwrap_or_default();
    match rest.first().and_then(|first| first.to_str()) {
        Some(LAUNCH) => return crate::launch::main(rest.iter().skip(1).cloned()),
        Some(HOOK) => return hook::main(rest.get(1..).unwrap_or_default()),
        Some(CANARY) => return canary::sing(rest.get(1..).unwrap_or_default()),
        Some(PLAY) => return demo::play(rest.get(1..).unwrap_or_default()),
        _ => {}
    }
    let env = Env::read();
    if let Some(code) = hand_over(&arguments, &env) {
        return code;
    }
    match Line::try_parse_from(&arguments) {
        Ok(line) => dispatch(line, &env),
        Err(error) => usage(&error, rest),
    }
}

/// Becomes the system's tool where the arguments are meant for it; `None` where they are ours.
fn hand_over(arguments: &[OsString], env: &Env) -> Option<ExitCode> {
    let called = arguments.first()?.to_string_lossy().into_owned();
    if called.rsplit('/').next() != Some("watch") {
        return None;
    }
    let rest = arguments.get(1..).unwrap_or_default();
    let command = Line::command();
    let ours: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
    match handover::meant(rest, &ours, env.path.as_deref().unwrap_or_default()) {
        Meant::Ours => return None,
        Meant::Theirs => {}
        Meant::Agents => {
            let words: Vec<_> = rest.iter().map(|word| word.to_string_lossy()).collect();
            output::complain(&format!("nothing was started; to supervise it, write: watch -- {}", words.join(" ")));
            return Some(ExitCode::from(USAGE));
        }
    }
    let Some(program) = env.path.as_deref().and_then(handover::find_theirs) else {
        output::complain(
            "this is holdpoint's `watch`, and the system has no other; to supervise, write: watch -- AGENT [ARG]...",
        );
        return Some(ExitCode::from(USAGE));
    };
    let error = handover::become_theirs(&program, rest);
    output::complain(&format!("{}: {error}", program.display()));
    Some(ExitCode::from(126))
}

fn usage(error: &clap::Error, rest: &[OsString]) -> ExitCode {
    let is_asked = !error.use_stderr();
    // Where the text cannot be printed the status still says what happened.
    let _ = error.print();
    if is_asked {
        ExitCode::SUCCESS
    } else if rest.iter().any(|argument| argument == "--" || argument == "--headless") {
        ExitCode::from(FAILED)
    } else {
        ExitCode::from(USAGE)
    }
}

fn dispatch(line: Line, env: &Env) -> ExitCode {
    let Some(command) = line.command else {
        return run::run(line.supervise, env);
    };
    let paths = match Paths::find(env) {
        Ok(paths) => paths,
        Err(error) => {
            output::complain(&error.to_string());
            return ExitCode::from(ERROR);
        }
    };
    let result = match command {
        Command::Demo(args) => demo::run(&args, env, &paths),
        Command::Doctor(args) => doctor::run(&args, env, &paths),
        Command::Check(args) => check::run(&args, &paths),
        Command::Pending(args) => remote::pending(&args, &paths),
        Command::Approve(args) => remote::approve(&args, &paths),
        Command::Deny(args) => remote::deny(&args, &paths),
        Command::Status(args) => remote::status(&args, &paths),
        Command::Replay(args) => replay::run(&args, env, &paths),
        Command::Log(args) => log::run(&args, &paths),
        Command::Report(args) => report::run(&args, &paths),
        Command::Verify(args) => verify::run(&args, &paths),
        Command::Undo(args) => undo::run(&args, env, &paths),
        Command::Sessions(args) => sessions::run(&args, &paths),
        Command::Rules(args) => rules::run(&args, &paths),
        Command::Config(args) => settings::run(&args, &paths),
        Command::Completions(args) => completions::completions(&args),
        Command::Man(args) => completions::man(&args),
    };
    result.unwrap_or_else(|error| {
        if output::is_unread(&error) {
            return ExitCode::from(UNREAD);
        }
        output::complain(&format!("{error:#}"));
        ExitCode::from(ERROR)
    })
}

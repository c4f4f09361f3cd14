//! Asks the operator, before the agent starts, for what only he can allow.

use std::ffi::OsString;
use std::io::{self, BufRead, Write};
use std::path::Path;

use super::output::complain;
use crate::config::{self, Env};
use crate::model::Dialect;
use crate::runtime::{CursorHooks, HookChoice, recognised};

/// What the operator wants of hooks: as the configuration says, or as he answers where it says to ask.
pub fn hooks(
    configured: &config::Hooks,
    agent: &[OsString],
    (env, cwd): (&Env, &Path),
    has_terminal: bool,
) -> HookChoice {
    let cursor = match configured.cursor {
        config::CursorHooks::Never => CursorHooks::Never,
        config::CursorHooks::Project => CursorHooks::Project,
        config::CursorHooks::User => CursorHooks::User,
        config::CursorHooks::Ask if has_terminal && configured.inject && is_cursor(agent, env, cwd) => ask(),
        config::CursorHooks::Ask => CursorHooks::Never,
    };
    HookChoice { is_off: !configured.inject, cursor, opencode: configured.opencode }
}

fn is_cursor(agent: &[OsString], env: &Env, cwd: &Path) -> bool {
    recognised(agent, cwd, env.path.as_deref().unwrap_or_default()).dialect == Dialect::Cursor
}

/// Asks for a word; everything but a clear yes is a no.
fn ask() -> CursorHooks {
    complain(
        "cursor-agent tells of its tool calls only through a file. May watch add its hook to it for this session, \
         and put the file back as it was when the session ends?\n  \
         p  .cursor/hooks.json of this project\n  u  ~/.cursor/hooks.json\n  n  no: the kernel's gate holds all the same\n\
         (`hooks.cursor` in config.toml answers this for good)",
    );
    let mut out = io::stderr().lock();
    let mut word = String::new();
    let is_read = out
        .write_all(b"p, u or n [n]: ")
        .and_then(|()| out.flush())
        .and_then(|()| io::stdin().lock().read_line(&mut word));
    match (is_read, word.trim()) {
        (Ok(_), "p" | "project") => CursorHooks::Project,
        (Ok(_), "u" | "user") => CursorHooks::User,
        _ => CursorHooks::Never,
    }
}

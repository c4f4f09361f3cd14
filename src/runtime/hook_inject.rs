//! Gives the agent our hook for this one session, by its command line, its environment or files of our own.
//!
//! The operator's files stay as they are; what he set in the same place is kept beside ours. Where that cannot be done
//! there is no hook, and `watch status` says why: the kernel's gate holds what the agent does either way.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use super::folder::make_private;
use super::hook_cursor::{self, Restorer};
use super::hook_settings;
use crate::config::Env;
use crate::journal::Hash;
use crate::model::Dialect;
use crate::sensor::dialect::{Errand, Started};

/// How long an agent is told to wait for our hook. Most let the call run when it is over, so it is far longer than any
/// case lives.
const HOOK_TIMEOUT: Duration = Duration::from_secs(24 * 3600);
/// How long before that the hook gives up by itself, with a refusal.
const HOOK_MARGIN: Duration = Duration::from_secs(15);
/// What a shell does when our hook cannot even be started: missing, killed, refused.
const OR_REFUSE: &str = " || exit 2";
/// The words that make our program the hook.
const HOOK_WORDS: &str = " hook --dialect ";
/// Where Codex finds the hook that its command line brings, among those whose trust it knows.
const CODEX_KEY: &str = "/<session-flags>/config.toml:pre_tool_use:0:0";

/// What the operator wants of hooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HookChoice {
    /// Whether there shall be none at all.
    pub is_off: bool,
    /// Where cursor-agent's may be written.
    pub cursor: CursorHooks,
    /// Whether opencode gets its plugin.
    pub opencode: bool,
}

/// Where cursor-agent's hooks may be written, which it reads from files of the operator's only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum CursorHooks {
    /// Nowhere.
    #[default]
    Never,
    /// `.cursor/hooks.json` of the project.
    Project,
    /// `~/.cursor/hooks.json`.
    User,
}

/// What injecting needs to know.
pub(super) struct Ground<'g> {
    /// The command as the operator gave it.
    pub(super) command: &'g [OsString],
    /// What it says.
    pub(super) started: &'g Started,
    /// Our own program.
    pub(super) program: &'g Path,
    /// A folder for files of this session, made when it is needed.
    pub(super) folder: PathBuf,
    /// Where what was changed is written down until it has been restored.
    pub(super) notes: PathBuf,
    /// The environment.
    pub(super) env: &'g Env,
    /// Where the agent is started.
    pub(super) cwd: &'g Path,
    /// What the operator wants.
    pub(super) choice: HookChoice,
}

/// The agent's command and environment with our hook in it.
#[derive(Debug)]
pub(super) struct Injection {
    /// The command.
    pub(super) command: Vec<OsString>,
    /// Variables beside the operator's own.
    pub(super) env: Vec<(OsString, OsString)>,
    /// How it was done, or why not.
    pub(super) hook: Hook,
    /// What has to go, or to be restored, when the session ends.
    pub(super) left: Vec<Left>,
}

/// Whether there is a hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Hook {
    /// It was given to the agent; how.
    In(&'static str),
    /// It was not; why.
    Not(String),
}

/// What a session leaves until it ends.
#[derive(Debug)]
pub(super) enum Left {
    /// Files of our own.
    Folder(PathBuf),
    /// A file of the operator's that was changed with his consent.
    Changed(#[allow(dead_code, reason = "it puts the file back when it is dropped")] Restorer),
}

impl Drop for Left {
    fn drop(&mut self) {
        if let Self::Folder(path) = self {
            let _ = fs::remove_dir_all(path);
        }
    }
}

/// How long a hook may wait for its answer.
pub(super) fn patience() -> Duration {
    HOOK_TIMEOUT - HOOK_MARGIN
}

/// What the agent is told to wait.
pub(super) fn timeout() -> Duration {
    HOOK_TIMEOUT
}

/// The hook's command, for a shell.
pub(super) fn hook_command(program: &Path, dialect: Dialect) -> String {
    let path = program.to_string_lossy().replace('\'', r"'\''");
    format!("'{path}'{HOOK_WORDS}{dialect} --patience {}{OR_REFUSE}", patience().as_secs())
}

/// Whether a shell was given our hook's command.
pub(super) fn is_hook_command(text: &str) -> bool {
    text.contains(HOOK_WORDS) && text.trim_end().ends_with(OR_REFUSE)
}

/// Gives the agent our hook.
pub(super) fn inject(ground: &Ground<'_>) -> Injection {
    let mut injection =
        Injection { command: ground.command.to_vec(), env: Vec::new(), hook: Hook::In(""), left: Vec::new() };
    let how = if ground.choice.is_off {
        Err("switched off in config.toml".to_owned())
    } else if ground.started.errand == Errand::Upkeep {
        Err("the agent does no work".to_owned())
    } else if ground.program.to_str().is_none() {
        Err("the path of our own program is no text".to_owned())
    } else {
        by_dialect(ground, &mut injection)
    };
    injection.hook = match how {
        Ok(how) => Hook::In(how),
        Err(why) => Hook::Not(why),
    };
    injection
}

fn by_dialect(ground: &Ground<'_>, into: &mut Injection) -> Result<&'static str, String> {
    match ground.started.dialect {
        Dialect::Claude => claude(ground, into),
        Dialect::Codex => codex(ground, into),
        Dialect::Copilot => copilot(ground, into),
        Dialect::Qwen => hook_settings::qwen(ground, into),
        Dialect::Gemini => hook_settings::gemini(ground, into),
        Dialect::Opencode => hook_settings::opencode(ground, into),
        Dialect::Cursor => hook_cursor::cursor(ground, into),
        Dialect::Aider => Err("aider has no hooks".to_owned()),
        Dialect::Generic => Err("the agent is none whose hooks are known".to_owned()),
    }
}

/// Where the agent's own arguments begin.
fn arguments_from(ground: &Ground<'_>) -> Result<usize, String> {
    let at = ground.started.arguments_from.filter(|at| *at <= ground.command.len());
    at.ok_or_else(|| "the agent is started from within a text, where nothing can be added".to_owned())
}

/// The folder for this session's files.
pub(super) fn own_folder(ground: &Ground<'_>, into: &mut Injection) -> Result<PathBuf, String> {
    make_private(&ground.folder).map_err(|error| format!("{}: {error}", ground.folder.display()))?;
    into.left.push(Left::Folder(ground.folder.clone()));
    Ok(ground.folder.clone())
}

/// A variable of the operator's.
pub(super) fn variable<'g>(ground: &'g Ground<'_>, name: &str) -> Option<&'g OsStr> {
    let (_, value) = ground.env.all.iter().find(|(known, value)| known == name && !value.is_empty())?;
    Some(value.as_os_str())
}

/// `settings` with our hook added to those of `event`; `None` where it is not made as settings are.
pub(super) fn with_hook(mut settings: Value, event: &str, group: Value) -> Option<Value> {
    let hooks = settings.as_object_mut()?.entry("hooks").or_insert_with(|| json!({}));
    let groups = hooks.as_object_mut()?.entry(event).or_insert_with(|| json!([]));
    groups.as_array_mut()?.push(group);
    Some(settings)
}

/// `--settings` takes settings as text and adds them to the operator's. It counts once, so his own is taken in.
fn claude(ground: &Ground<'_>, into: &mut Injection) -> Result<&'static str, String> {
    let at = arguments_from(ground)?;
    let arguments = ground.command.get(at..).unwrap_or_default();
    if arguments.iter().any(|word| word == "--bare") || variable(ground, "CLAUDE_CODE_SIMPLE").is_some() {
        return Err("--bare switches every hook off".to_owned());
    }
    let (theirs, others) = taken_out(arguments, "--settings");
    let theirs = match theirs {
        Some(text) => settings_of(&text, ground.cwd).map_err(|why| format!("--settings: {why}"))?,
        None => json!({}),
    };
    let hook = json!({
        "type": "command",
        "command": hook_command(ground.program, Dialect::Claude),
        "timeout": timeout().as_secs(),
    });
    let group = json!({ "matcher": "*", "hooks": [hook] });
    let merged = with_hook(theirs, "PreToolUse", group).ok_or("--settings holds no settings")?;
    into.command.truncate(at);
    into.command.extend(["--settings".into(), OsString::from(merged.to_string())]);
    into.command.extend(others);
    Ok("--settings")
}

/// The value of the last `option` among arguments, and the arguments without it.
fn taken_out(arguments: &[OsString], option: &str) -> (Option<OsString>, Vec<OsString>) {
    let mut value = None;
    let mut others = Vec::new();
    let mut rest = arguments.iter();
    let prefix = format!("{option}=");
    while let Some(word) = rest.next() {
        if word == "--" {
            others.push(word.clone());
            others.extend(rest.by_ref().cloned());
        } else if word == option {
            value = rest.next().cloned().or(value);
        } else if let Some(given) = word.as_bytes().strip_prefix(prefix.as_bytes()) {
            value = Some(OsStr::from_bytes(given).to_owned());
        } else {
            others.push(word.clone());
        }
    }
    (value, others)
}

/// Settings as text or in a file.
fn settings_of(given: &OsStr, cwd: &Path) -> Result<Value, String> {
    let text = given.to_string_lossy();
    let text = if text.trim_start().starts_with('{') {
        text.into_owned()
    } else {
        let path = cwd.join(given);
        fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?
    };
    serde_json::from_str(&text).map_err(|error| error.to_string())
}

/// `-c` adds a layer of configuration of its own beside the operator's. A hook runs only if its digest is trusted, and
/// the same layer may say so: ours is trusted by exactly its digest, and no other hook is.
fn codex(ground: &Ground<'_>, into: &mut Injection) -> Result<&'static str, String> {
    let at = arguments_from(ground)?;
    let arguments = ground.command.get(at..).unwrap_or_default();
    if sets(arguments, "hooks") {
        return Err("the command line sets hooks of its own".to_owned());
    }
    if sets(arguments, "features.hooks") || follows(arguments, "--disable", "hooks") {
        return Err("the command line switches hooks on or off itself".to_owned());
    }
    let command = hook_command(ground.program, Dialect::Codex);
    let seconds = timeout().as_secs();
    let quoted = Value::String(command.clone()).to_string();
    let hook =
        format!("hooks.PreToolUse=[{{matcher=\"*\",hooks=[{{type=\"command\",command={quoted},timeout={seconds}}}]}}]");
    let trust = format!("hooks.state={{{CODEX_KEY:?}={{trusted_hash=\"{}\"}}}}", codex_digest(&command, seconds));
    let ours = ["-c".to_owned(), hook, "-c".to_owned(), trust].map(OsString::from);
    into.command.splice(at..at, ours);
    Ok("-c")
}

/// Whether `option` stands among arguments with a value that begins so.
fn follows(arguments: &[OsString], option: &str, beginning: &str) -> bool {
    let begins = |word: &OsString| word.as_bytes().starts_with(beginning.as_bytes());
    let is_pair =
        |pair: &[OsString]| pair.first().is_some_and(|word| word == option) && pair.get(1).is_some_and(begins);
    arguments.windows(2).any(is_pair)
        || arguments.iter().any(|word| {
            let rest = word.as_bytes().strip_prefix(option.as_bytes());
            let rest = rest.map(|rest| rest.strip_prefix(b"=").unwrap_or(rest));
            rest.is_some_and(|rest| rest.starts_with(beginning.as_bytes()))
        })
}

/// Whether Codex's arguments set something of this name, or below it.
fn sets(arguments: &[OsString], name: &str) -> bool {
    ["-c", "--config"].iter().any(|option| {
        follows(arguments, option, &format!("{name}.")) || follows(arguments, option, &format!("{name}="))
    })
}

/// The digest by which Codex knows a hook: SHA-256 of its description with sorted keys.
fn codex_digest(command: &str, seconds: u64) -> String {
    let hook = json!({ "async": false, "command": command, "timeout": seconds, "type": "command" });
    let identity = json!({ "event_name": "pre_tool_use", "hooks": [hook], "matcher": "*" });
    format!("sha256:{}", Hash::of(identity.to_string().as_bytes()))
}

/// `--plugin-dir` adds a plugin for the session, which brings its hooks.
fn copilot(ground: &Ground<'_>, into: &mut Injection) -> Result<&'static str, String> {
    let at = arguments_from(ground)?;
    let folder = own_folder(ground, into)?;
    let hooks = folder.join("hooks");
    make_private(&hooks).map_err(|error| format!("{}: {error}", hooks.display()))?;
    let plugin = json!({ "name": "holdpoint", "version": env!("CARGO_PKG_VERSION"), "hooks": "hooks/hooks.json" });
    let hook = json!({
        "type": "command",
        "bash": hook_command(ground.program, Dialect::Copilot),
        "timeoutSec": timeout().as_secs(),
    });
    write(&folder.join("plugin.json"), &plugin)?;
    write(&hooks.join("hooks.json"), &json!({ "version": 1, "hooks": { "preToolUse": [hook] } }))?;
    into.command.splice(at..at, [OsString::from("--plugin-dir"), folder.into_os_string()]);
    Ok("--plugin-dir")
}

/// Writes a file of our own.
pub(super) fn write(path: &Path, value: &Value) -> Result<(), String> {
    fs::write(path, value.to_string()).map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests;

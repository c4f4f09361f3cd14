//! Agents that take a hook from a settings file or text named by a variable.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::hook_inject::{Ground, Injection, hook_command, own_folder, patience, timeout, variable, with_hook, write};
use crate::model::Dialect;

/// A system settings file, which an agent reads before everybody else's, and how it may be put elsewhere.
struct System {
    /// The variable that names the file.
    variable: &'static str,
    /// Where it is without.
    file: &'static str,
    /// The variable for the defaults, which are looked for beside the file.
    defaults_variable: &'static str,
    /// Where they are.
    defaults: &'static str,
    /// What the file holds where the operator has none.
    empty: &'static str,
}

/// Without a version Qwen Code takes its settings for old ones and writes them anew, which is not for it to do here.
const QWEN: System = System {
    variable: "QWEN_CODE_SYSTEM_SETTINGS_PATH",
    file: "/etc/qwen-code/settings.json",
    defaults_variable: "QWEN_CODE_SYSTEM_DEFAULTS_PATH",
    defaults: "/etc/qwen-code/system-defaults.json",
    empty: r#"{"$version":4}"#,
};

const GEMINI: System = System {
    variable: "GEMINI_CLI_SYSTEM_SETTINGS_PATH",
    file: "/etc/gemini-cli/settings.json",
    defaults_variable: "GEMINI_CLI_SYSTEM_DEFAULTS_PATH",
    defaults: "/etc/gemini-cli/system-defaults.json",
    empty: "{}",
};

/// Writes by others: group or everybody.
const OTHERS_WRITE: u32 = 0o022;

/// Qwen Code reads system settings from wherever a variable says. Its times are milliseconds.
pub(super) fn qwen(ground: &Ground<'_>, into: &mut Injection) -> Result<&'static str, String> {
    let hook = json!({
        "type": "command",
        "command": hook_command(ground.program, Dialect::Qwen),
        "timeout": millis(),
    });
    let group = json!({ "matcher": "*", "hooks": [hook] });
    system(ground, into, &QWEN, ("PreToolUse", group))?;
    Ok(QWEN.variable)
}

/// Gemini CLI takes system settings only from a file that root alone could have written, in folders of which the same
/// is true. For anybody but root there is no such file of ours, and no other way that leaves his settings alone.
pub(super) fn gemini(ground: &Ground<'_>, into: &mut Injection) -> Result<&'static str, String> {
    let parent = ground.folder.parent().unwrap_or(Path::new("/"));
    if let Some(folder) = first_not_roots(parent) {
        return Err(format!(
            "Gemini CLI takes hooks for one session only from files of root's, and {} is not",
            folder.display()
        ));
    }
    let hook = json!({
        "type": "command",
        "name": "holdpoint",
        "command": hook_command(ground.program, Dialect::Gemini),
        "timeout": millis(),
    });
    let group = json!({ "matcher": "*", "hooks": [hook] });
    system(ground, into, &GEMINI, ("BeforeTool", group))?;
    Ok(GEMINI.variable)
}

fn millis() -> u64 {
    u64::try_from(timeout().as_millis()).unwrap_or(u64::MAX)
}

/// The first folder on the way to `path` that somebody but root could change.
fn first_not_roots(path: &Path) -> Option<PathBuf> {
    let is_roots = |folder: &Path| {
        let meta = fs::symlink_metadata(folder);
        meta.is_ok_and(|meta| meta.uid() == 0 && meta.is_dir() && meta.mode() & OTHERS_WRITE == 0)
    };
    path.ancestors().find(|folder| !is_roots(folder)).map(Path::to_owned)
}

/// Puts the system settings with our hook in them into a file of our own, and names it in the environment.
fn system(
    ground: &Ground<'_>,
    into: &mut Injection,
    system: &System,
    (event, group): (&str, Value),
) -> Result<(), String> {
    let named = variable(ground, system.variable).map(PathBuf::from);
    let theirs = named.unwrap_or_else(|| PathBuf::from(system.file));
    let text = match fs::read_to_string(&theirs) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(system.empty.to_owned()),
        text => text,
    };
    let text = text.map_err(|error| format!("{}: {error}", theirs.display()))?;
    let settings = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", theirs.display()))?;
    let merged =
        with_hook(settings, event, group).ok_or_else(|| format!("{} is not made as settings are", theirs.display()))?;
    let path = own_folder(ground, into)?.join("settings.json");
    write(&path, &merged)?;
    into.env.push((system.variable.into(), path.into_os_string()));
    if variable(ground, system.defaults_variable).is_none() {
        let beside = theirs.parent().map(|folder| folder.join("system-defaults.json"));
        let defaults = beside.unwrap_or_else(|| PathBuf::from(system.defaults));
        into.env.push((system.defaults_variable.into(), defaults.into_os_string()));
    }
    Ok(())
}

/// What opencode's plugin does: asks our hook before each tool, and throws where it refuses.
const PLUGIN: &str = r#"import { spawn } from "node:child_process"

export const Holdpoint = async ({ directory }) => ({
  "tool.execute.before": (input, output) =>
    new Promise((pass, refuse) => {
      const child = spawn(PROGRAM, WORDS, { stdio: ["pipe", "ignore", "pipe"] })
      let words = ""
      child.stderr.on("data", (text) => (words += text))
      child.on("error", (error) => refuse(new Error("watch: refused: " + error.message)))
      child.on("close", (code) => (code === 0 ? pass() : refuse(new Error(words.trim() || "watch: refused"))))
      child.stdin.on("error", () => {})
      child.stdin.end(JSON.stringify({ i: input, o: output, cwd: directory }))
    }),
})
"#;

/// opencode takes configuration as text from a variable; its plugins are files. Without a network it then tries for a
/// long time to fetch what plugins may need, so it is done only where the operator asked for it.
pub(super) fn opencode(ground: &Ground<'_>, into: &mut Injection) -> Result<&'static str, String> {
    /// The variable.
    const CONTENT: &str = "OPENCODE_CONFIG_CONTENT";
    if !ground.choice.opencode {
        return Err("opencode's plugin is off; `hooks.opencode = true` in config.toml injects it".to_owned());
    }
    let mut config = match variable(ground, CONTENT) {
        Some(text) => serde_json::from_str(&text.to_string_lossy()).map_err(|error| format!("{CONTENT}: {error}"))?,
        None => json!({}),
    };
    let folder = own_folder(ground, into)?;
    let path = folder.join("holdpoint.js");
    let words = json!(["hook", "--dialect", Dialect::Opencode.word(), "--patience", patience().as_secs().to_string()]);
    let program = Value::String(ground.program.to_string_lossy().into_owned());
    let plugin = PLUGIN.replace("PROGRAM", &program.to_string()).replace("WORDS", &words.to_string());
    fs::write(&path, plugin).map_err(|error| format!("{}: {error}", path.display()))?;
    let list = config.as_object_mut().map(|config| config.entry("plugin").or_insert_with(|| json!([])));
    let list = list.and_then(Value::as_array_mut).ok_or_else(|| format!("{CONTENT} is not made as it should be"))?;
    list.push(Value::String(format!("file://{}", path.display())));
    into.env.push((CONTENT.into(), OsString::from(config.to_string())));
    Ok(CONTENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_others_can_write_is_not_roots() {
        assert_eq!(first_not_roots(Path::new("/")), None);
        assert_eq!(first_not_roots(Path::new("/tmp")), Some(PathBuf::from("/tmp")));
        assert_eq!(first_not_roots(Path::new("/nowhere/at/all")), Some(PathBuf::from("/nowhere/at/all")));
    }
}

//! What an agent tells its hook before a tool call, in each dialect.

use serde_json::Value;

use super::tools;
use crate::model::{Dialect, Tool, Untrusted};

/// How many files of one patch are told apart.
const FILES_MAX: usize = 256;
/// How the files of a patch begin.
const PATCH_HEADS: [&str; 3] = ["*** Add File: ", "*** Update File: ", "*** Delete File: "];
/// How the removed ones begin.
const REMOVED: &str = "*** Delete File: ";

/// Why a hook's message cannot be judged. Each of them is a refusal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HookMessageError {
    /// It is no JSON object.
    #[error("the agent's message to its hook is no JSON object: {0}")]
    NoJson(String),
    /// Something that every message of this agent has is not in it.
    #[error("the agent's message to its hook has no `{0}`")]
    Missing(&'static str),
    /// It is about something that our hook was not put there for.
    #[error("the agent's message to its hook is about `{0}`, which is no tool call")]
    OtherEvent(String),
    /// This agent has no hooks.
    #[error("{0} has no hooks")]
    NoHooks(Dialect),
    /// It changes more files than can be asked about.
    #[error("the patch changes more than {FILES_MAX} files")]
    TooMany,
}

/// The tool calls that a hook's message announces: one, or for a patch of several files one for each that is written,
/// and one for all that are removed.
///
/// # Errors
/// [`HookMessageError`]: what cannot be read cannot be judged, and must be refused.
pub fn calls(dialect: Dialect, message: &[u8]) -> Result<Vec<Tool>, HookMessageError> {
    let message: Value =
        serde_json::from_slice(message).map_err(|error| HookMessageError::NoJson(error.to_string()))?;
    if !message.is_object() {
        return Err(HookMessageError::NoJson("it is of another kind".to_owned()));
    }
    let call = match dialect {
        Dialect::Claude | Dialect::Codex | Dialect::Qwen | Dialect::Gemini => claude(dialect, &message)?,
        Dialect::Copilot => copilot(&message)?,
        Dialect::Opencode => opencode(&message)?,
        Dialect::Cursor => cursor(&message)?,
        Dialect::Aider | Dialect::Generic => return Err(HookMessageError::NoHooks(dialect)),
    };
    call.tools(dialect)
}

/// A tool call as a message gives it.
struct Call<'m> {
    name: &'m str,
    input: Value,
    number: Option<&'m str>,
    cwd: Option<&'m str>,
}

impl Call<'_> {
    fn tools(self, dialect: Dialect) -> Result<Vec<Tool>, HookMessageError> {
        let parts = match patch(self.name, &self.input) {
            Some(text) => parts(text).ok_or(HookMessageError::TooMany)?,
            None => Vec::new(),
        };
        let inputs = match parts.len() {
            0 | 1 => vec![self.input],
            _ => parts.into_iter().map(|part| serde_json::json!({ "input": part })).collect(),
        };
        let text = |text: &str| Untrusted::from(text);
        let tool = |input: &Value| {
            let tool = tools::tool(dialect, self.name, input);
            let cwd = folder(tool.cwd.as_ref(), self.cwd);
            Tool { call: self.number.map(text), cwd, ..tool }
        };
        Ok(inputs.iter().map(tool).collect())
    }
}

/// The folder a call acts in: its own, seen from the agent's.
fn folder(own: Option<&Untrusted>, agents: Option<&str>) -> Option<Untrusted> {
    match (own, agents) {
        (Some(own), Some(agents)) if !own.as_bytes().starts_with(b"/") => {
            Some(Untrusted::new([agents.as_bytes(), b"/", own.as_bytes()].concat()))
        }
        (Some(own), _) => Some(own.clone()),
        (None, agents) => agents.map(Untrusted::from),
    }
}

fn text<'m>(message: &'m Value, name: &'static str) -> Result<&'m str, HookMessageError> {
    message.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).ok_or(HookMessageError::Missing(name))
}

fn value(message: &Value, name: &'static str) -> Result<Value, HookMessageError> {
    message.get(name).filter(|value| !value.is_null()).cloned().ok_or(HookMessageError::Missing(name))
}

/// Claude Code, and those that took its form.
fn claude(dialect: Dialect, message: &Value) -> Result<Call<'_>, HookMessageError> {
    let event = text(message, "hook_event_name")?;
    let expected = if dialect == Dialect::Gemini { "BeforeTool" } else { "PreToolUse" };
    if event != expected {
        return Err(HookMessageError::OtherEvent(event.to_owned()));
    }
    // Qwen Code's `tool_use_id` is of its own making; the model's is the other.
    let number = text(message, "tool_call_id").or_else(|_| text(message, "tool_use_id")).ok();
    let (name, input) = (text(message, "tool_name")?, value(message, "tool_input")?);
    Ok(Call { name, input, number, cwd: text(message, "cwd").ok() })
}

fn copilot(message: &Value) -> Result<Call<'_>, HookMessageError> {
    let (name, input) = (text(message, "toolName")?, value(message, "toolArgs")?);
    let number = text(message, "toolCallId").ok();
    Ok(Call { name, input, number, cwd: text(message, "cwd").ok() })
}

/// What our plugin passes on: its input, its output and the folder.
fn opencode(message: &Value) -> Result<Call<'_>, HookMessageError> {
    let input = message.get("i").ok_or(HookMessageError::Missing("i"))?;
    let output = message.get("o").ok_or(HookMessageError::Missing("o"))?;
    let number = text(input, "callID").ok();
    Ok(Call { name: text(input, "tool")?, input: value(output, "args")?, number, cwd: text(message, "cwd").ok() })
}

fn cursor(message: &Value) -> Result<Call<'_>, HookMessageError> {
    let event = text(message, "hook_event_name")?;
    let roots = message.get("workspace_roots").and_then(Value::as_array).and_then(|roots| roots.first());
    let cwd = text(message, "cwd").ok().or_else(|| roots.and_then(Value::as_str));
    let number = text(message, "tool_use_id").or_else(|_| text(message, "generation_id")).ok();
    let call = |name, input| Ok(Call { name, input, number, cwd });
    match event {
        "beforeShellExecution" => {
            text(message, "command")?;
            call("Shell", message.clone())
        }
        "beforeReadFile" => {
            text(message, "file_path")?;
            // The file's text comes with it; what matters is which file.
            call("Read", serde_json::json!({ "file_path": message.get("file_path") }))
        }
        "beforeMCPExecution" => {
            let arguments = message.get("tool_input").cloned().unwrap_or(Value::Null);
            let server =
                text(message, "server").or_else(|_| text(message, "url")).or_else(|_| text(message, "command"));
            let tool = text(message, "tool_name")?;
            call("mcp", serde_json::json!({ "server": server.ok(), "tool": tool, "arguments": arguments }))
        }
        "preToolUse" => call(text(message, "tool_name")?, value(message, "tool_input")?),
        other => Err(HookMessageError::OtherEvent(other.to_owned())),
    }
}

/// The text of a patch, if that is what the call applies.
fn patch<'v>(name: &str, input: &'v Value) -> Option<&'v str> {
    if !matches!(name, "apply_patch" | "applypatch" | "patch" | "ApplyPatch") {
        return None;
    }
    let named = || ["input", "patch", "patchText", "patch_text", "command"].iter().find_map(|name| input.get(name));
    input.as_str().or_else(|| named()?.as_str())
}

/// A patch taken apart: one patch for each file that is written or moved, one for all that are removed.
fn parts(text: &str) -> Option<Vec<String>> {
    let mut removed = String::new();
    let mut parts: Vec<String> = Vec::new();
    let mut is_in_file = false;
    for line in text.lines() {
        if line.starts_with(REMOVED) {
            removed.push_str(line);
            removed.push('\n');
            is_in_file = false;
            continue;
        }
        if PATCH_HEADS.iter().any(|head| line.starts_with(head)) {
            if parts.len() == FILES_MAX {
                return None;
            }
            parts.push(String::new());
            is_in_file = true;
        }
        if let Some(part) = parts.last_mut().filter(|_| is_in_file) {
            part.push_str(line);
            part.push('\n');
        }
    }
    parts.extend((!removed.is_empty()).then_some(removed));
    Some(parts)
}

#[cfg(test)]
mod tests;

//! What the events of a stream say, whichever agent prints them.
//!
//! The names of events do not collide between agents, so one reader knows them all; only the names of tools need the
//! dialect. An event that is not known says nothing but is no text either.

use std::collections::VecDeque;

use serde_json::Value;

use super::tools;
use crate::model::{Dialect, Tool, Untrusted};

/// How many calls wait for their results.
const CALLS_MAX: usize = 256;
/// The longest text of prose that waits for its end, in bytes.
const PROSE_BYTES_MAX: usize = 64 * 1024;
/// How much of a result is told, in bytes.
const RESULT_BYTES_MAX: usize = 16 * 1024;
/// How much of that is its end, in bytes.
const RESULT_TAIL_BYTES: usize = 4 * 1024;

/// Names of events. One that has a point is known by what stands before it.
const NAMES: [&str; 22] = [
    "system",
    "assistant",
    "user",
    "result",
    "stream_event",
    "tool_call",
    "thinking",
    "rate_limit_event",
    "tool_progress",
    "init",
    "message",
    "tool_use",
    "tool_result",
    "error",
    "step_start",
    "step_finish",
    "text",
    "reasoning",
    "control_request",
    "control_response",
    "abort",
    "auth_status",
];
/// What stands before the point in the names of events.
const FAMILIES: [&str; 12] = [
    "thread",
    "turn",
    "item",
    "session",
    "assistant",
    "model",
    "tool",
    "user",
    "hook",
    "subagent",
    "permission",
    "skill",
];
/// Names that all agents' events have beside their type; plain words such as `text` are events only with one of them.
const COMPANIONS: [&str; 12] = [
    "session_id",
    "sessionID",
    "sessionId",
    "timestamp",
    "part",
    "message",
    "item",
    "thread_id",
    "data",
    "usage",
    "event",
    "subtype",
];

/// Something that an event says.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Told {
    /// Words of the agent's, whole.
    Prose(String),
    /// It calls a tool.
    Call(Box<Tool>),
    /// A call has ended.
    Result {
        /// The call, where it is known.
        tool: Option<Box<Tool>>,
        /// What it gave back, with its exit code if that says anything.
        text: String,
        /// Whether it went wrong.
        is_error: bool,
    },
    /// The mode it is in.
    Mode(String),
    /// What it was asked.
    Task(String),
    /// Something went wrong outside of any call.
    Failure(String),
}

/// Whether `name` is the type of an event.
pub(super) fn is_event_name(name: &str) -> bool {
    match name.split_once('.') {
        Some((family, _)) => FAMILIES.contains(&family),
        None => NAMES.contains(&name),
    }
}

/// Whether this object is an event of an agent's stream.
pub(super) fn is_event(value: &Value) -> bool {
    let Some(name) = value.get("type").and_then(Value::as_str) else { return false };
    is_event_name(name) && (name.contains('.') || COMPANIONS.iter().any(|companion| value.get(companion).is_some()))
}

/// Reads events one after the other.
#[derive(Debug)]
pub(super) struct Events {
    dialect: Dialect,
    /// Calls by the agent's numbers, oldest first.
    calls: VecDeque<(String, Tool)>,
    /// Words that come in pieces.
    pieces: String,
    has_task: bool,
    mode: Option<String>,
}

impl Events {
    /// A reader of `dialect`'s events.
    pub fn new(dialect: Dialect) -> Self {
        Self { dialect, calls: VecDeque::new(), pieces: String::new(), has_task: false, mode: None }
    }

    /// What this event says.
    pub fn read(&mut self, event: &Value, told: &mut Vec<Told>) {
        let name = text_at(event, "type").unwrap_or_default();
        if name != "message" {
            self.flush(told);
        }
        match name {
            "system" => self.system(event, told),
            "assistant" | "user" => self.message(event, name == "user", told),
            "tool_call" => self.cursor_call(event, told),
            "result" => self.ended(event, told),
            "message" => self.piece(event, told),
            "tool_use" if event.get("part").is_some() => self.part_call(event, told),
            "tool_use" => self.gemini_call(event, told),
            "tool_result" => self.gemini_result(event, told),
            "init" => self.mode(text_at(event, "approval_mode").or_else(|| text_at(event, "mode")), told),
            "text" | "reasoning" => say(event.pointer("/part/text"), told),
            "thinking" => say(event.get("text"), told),
            "error" => fail(event, told),
            "item.started" | "item.updated" | "item.completed" => self.item(event, name == "item.completed", told),
            "turn.failed" => fail(event, told),
            _ => self.named(name, event, told),
        }
    }

    /// The output stands still: words that came in pieces have come as far as they do.
    pub fn flush(&mut self, told: &mut Vec<Told>) {
        if !self.pieces.trim().is_empty() {
            told.push(Told::Prose(std::mem::take(&mut self.pieces)));
        }
        self.pieces.clear();
    }

    /// Claude and those that print as it does.
    fn system(&mut self, event: &Value, told: &mut Vec<Told>) {
        let subtype = text_at(event, "subtype").unwrap_or_default();
        self.mode(text_at(event, "permissionMode").or_else(|| text_at(event, "permission_mode")), told);
        if subtype.contains("error") || subtype.contains("retry") {
            fail(event, told);
        }
    }

    fn message(&mut self, event: &Value, is_user: bool, told: &mut Vec<Told>) {
        let content = event.pointer("/message/content").or_else(|| event.get("content"));
        if let Some(text) = content.and_then(Value::as_str) {
            if is_user {
                self.asked(event, text, told)
            } else {
                told.push(Told::Prose(text.to_owned()))
            }
            return;
        }
        for block in content.and_then(Value::as_array).into_iter().flatten() {
            match text_at(block, "type").unwrap_or_default() {
                "text" if is_user => self.asked(event, text_at(block, "text").unwrap_or_default(), told),
                "text" => say(block.get("text"), told),
                "thinking" => say(block.get("thinking"), told),
                "tool_use" | "server_tool_use" | "mcp_tool_use" => {
                    let input = block.get("input").unwrap_or(&Value::Null);
                    self.call(text_at(block, "name"), text_at(block, "id"), input, told);
                }
                "tool_result" => self.claude_result(event, block, told),
                _ => {}
            }
        }
        if let Some(error) = event.get("error").and_then(Value::as_str) {
            told.push(Told::Failure(error.to_owned()));
        }
    }

    /// Words to the agent are the operator's only where no other agent speaks.
    fn asked(&mut self, event: &Value, text: &str, told: &mut Vec<Told>) {
        let is_inner = event.get("parent_tool_use_id").is_some_and(|id| !id.is_null())
            || event.get("isSynthetic").and_then(Value::as_bool) == Some(true);
        if !is_inner && !self.has_task && !text.trim().is_empty() {
            self.has_task = true;
            told.push(Told::Task(text.trim().to_owned()));
        }
    }

    fn claude_result(&mut self, event: &Value, block: &Value, told: &mut Vec<Told>) {
        let mut text = words(block.get("content").unwrap_or(&Value::Null));
        if text.is_empty() {
            let whole = event.get("tool_use_result").unwrap_or(&Value::Null);
            text = ["stdout", "stderr"].iter().filter_map(|name| text_at(whole, name)).collect::<Vec<_>>().join("\n");
        }
        let is_error = block.get("is_error").and_then(Value::as_bool) == Some(true);
        let code = exit_code(&text);
        self.result(text_at(block, "tool_use_id"), text, code, is_error, told);
    }

    fn ended(&mut self, event: &Value, told: &mut Vec<Told>) {
        let is_error = event.get("is_error").and_then(Value::as_bool) == Some(true)
            || matches!(text_at(event, "status"), Some("error" | "failed"));
        if is_error {
            fail(event, told);
        }
    }

    /// `{"type":"tool_call","subtype":"started","tool_call":{"shellToolCall":{"args":{…}}}}`
    fn cursor_call(&mut self, event: &Value, told: &mut Vec<Told>) {
        let id = text_at(event, "call_id");
        let Some((name, call)) = event.get("tool_call").and_then(Value::as_object).and_then(|map| map.iter().next())
        else {
            return;
        };
        let args = call.get("args").unwrap_or(&Value::Null);
        self.call(Some(name), id, args, told);
        if text_at(event, "subtype") != Some("completed") {
            return;
        }
        let Some((outcome, result)) =
            call.get("result").and_then(Value::as_object).and_then(|result| result.iter().next())
        else {
            return;
        };
        let names = ["stdout", "stderr", "content", "error", "reason", "message", "interleavedOutput"];
        let text: Vec<String> = names.iter().filter_map(|name| result.get(name)).map(words).collect();
        let code = result.get("exitCode").and_then(Value::as_i64);
        self.result(id, text.join("\n"), code, outcome != "success", told);
    }

    /// Gemini's words come in pieces, the operator's whole.
    fn piece(&mut self, event: &Value, told: &mut Vec<Told>) {
        let text = text_at(event, "content").unwrap_or_default();
        match text_at(event, "role") {
            Some("user") => {
                self.flush(told);
                self.asked(event, text, told);
            }
            _ if event.get("delta").and_then(Value::as_bool) == Some(true) => {
                if self.pieces.len() + text.len() > PROSE_BYTES_MAX {
                    self.flush(told);
                }
                self.pieces.push_str(text);
            }
            _ => {
                self.flush(told);
                told.push(Told::Prose(text.to_owned()));
            }
        }
    }

    fn gemini_call(&mut self, event: &Value, told: &mut Vec<Told>) {
        let input = ["parameters", "input", "args"].iter().find_map(|name| event.get(name)).unwrap_or(&Value::Null);
        let name = text_at(event, "tool_name").or_else(|| text_at(event, "name"));
        self.call(name, text_at(event, "tool_id").or_else(|| text_at(event, "id")), input, told);
    }

    fn gemini_result(&mut self, event: &Value, told: &mut Vec<Told>) {
        let mut text = event.get("output").map(words).unwrap_or_default();
        if let Some(error) = event.pointer("/error/message").and_then(Value::as_str)
            && !text.contains(error)
        {
            text = format!("{text}\n{error}").trim_start().to_owned();
        }
        let is_error = text_at(event, "status") == Some("error");
        let code = exit_code(&text);
        self.result(text_at(event, "tool_id"), text, code, is_error, told);
    }

    /// opencode tells of a call when it has ended.
    fn part_call(&mut self, event: &Value, told: &mut Vec<Told>) {
        let part = event.get("part").unwrap_or(&Value::Null);
        let state = part.get("state").unwrap_or(&Value::Null);
        let id = text_at(part, "callID");
        self.call(text_at(part, "tool"), id, state.get("input").unwrap_or(&Value::Null), told);
        let status = text_at(state, "status").unwrap_or_default();
        if matches!(status, "completed" | "error") {
            let text = ["output", "error"].iter().find_map(|name| state.get(name)).map(words).unwrap_or_default();
            let code = state.pointer("/metadata/exit").and_then(Value::as_i64);
            self.result(id, text, code, status == "error", told);
        }
    }

    /// Codex's items.
    fn item(&mut self, event: &Value, is_over: bool, told: &mut Vec<Told>) {
        let item = event.get("item").unwrap_or(&Value::Null);
        let id = text_at(item, "id");
        let status = text_at(item, "status").unwrap_or_default();
        let failed = matches!(status, "failed" | "declined");
        match text_at(item, "type").unwrap_or_default() {
            "agent_message" | "reasoning" if is_over => say(item.get("text"), told),
            "command_execution" => {
                self.call(Some("command_execution"), id, item, told);
                if is_over {
                    let text = item.get("aggregated_output").map(words).unwrap_or_default();
                    let code = item.get("exit_code").and_then(Value::as_i64);
                    self.result(id, text, code, failed, told);
                }
            }
            "file_change" => self.file_change(id, item, (is_over, failed), told),
            "mcp_tool_call" => {
                self.call(Some("mcp_tool_call"), id, item, told);
                if is_over {
                    let text = ["result", "error"].iter().filter_map(|name| item.get(name)).map(words);
                    self.result(id, text.collect::<Vec<_>>().join("\n"), None, failed, told);
                }
            }
            "error" if is_over => fail(item, told),
            _ => {}
        }
    }

    fn file_change(&mut self, id: Option<&str>, item: &Value, (is_over, failed): (bool, bool), told: &mut Vec<Told>) {
        let mut patch = String::new();
        for change in item.get("changes").and_then(Value::as_array).into_iter().flatten() {
            let head = match text_at(change, "kind") {
                Some("delete") => "*** Delete File: ",
                Some("add") => "*** Add File: ",
                _ => "*** Update File: ",
            };
            patch.push_str(&format!("{head}{}\n", text_at(change, "path").unwrap_or_default()));
        }
        self.call(Some("apply_patch"), id, &serde_json::json!({ "input": patch }), told);
        if is_over {
            self.result(id, patch, None, failed, told);
        }
    }

    /// Copilot's events and whatever has a point in its name.
    fn named(&mut self, name: &str, event: &Value, told: &mut Vec<Told>) {
        let data = event.get("data").unwrap_or(&Value::Null);
        match name {
            "user.message" => self.asked(event, text_at(data, "content").unwrap_or_default(), told),
            "assistant.message" | "assistant.reasoning" => {
                say(data.get("content"), told);
                for request in data.get("toolRequests").and_then(Value::as_array).into_iter().flatten() {
                    self.copilot_call(request, "name", told);
                }
            }
            "tool.execution_start" => self.copilot_call(data, "toolName", told),
            "tool.execution_complete" => {
                let text =
                    ["/result/content", "/error/message"].iter().filter_map(|path| data.pointer(path)).map(words);
                let text = text.collect::<Vec<_>>().join("\n");
                let code = data.pointer("/shellExecution/exitCode").and_then(Value::as_i64);
                let is_error = data.get("success").and_then(Value::as_bool) == Some(false);
                self.result(text_at(data, "toolCallId"), text, code, is_error, told);
            }
            "session.mode_changed" => self.mode(text_at(data, "newMode").or_else(|| text_at(data, "mode")), told),
            _ if name.ends_with(".error") => fail(data, told),
            _ => {}
        }
    }

    fn copilot_call(&mut self, request: &Value, name: &str, told: &mut Vec<Told>) {
        let input = request.get("arguments").unwrap_or(&Value::Null);
        self.call(text_at(request, name), text_at(request, "toolCallId"), input, told);
    }

    fn mode(&mut self, mode: Option<&str>, told: &mut Vec<Told>) {
        let Some(mode) = mode.filter(|mode| !mode.is_empty() && self.mode.as_deref() != Some(mode)) else { return };
        self.mode = Some(mode.to_owned());
        told.push(Told::Mode(mode.to_owned()));
    }

    /// Tells of a call once, however often the stream does.
    fn call(&mut self, name: Option<&str>, id: Option<&str>, input: &Value, told: &mut Vec<Told>) {
        let Some(name) = name else { return };
        if id.is_some_and(|id| self.calls.iter().any(|(known, _)| known == id)) {
            return;
        }
        let mut tool = tools::tool(self.dialect, name, input);
        tool.call = id.map(Untrusted::from);
        if let Some(id) = id {
            if self.calls.len() == CALLS_MAX {
                self.calls.pop_front();
            }
            self.calls.push_back((id.to_owned(), tool.clone()));
        }
        told.push(Told::Call(Box::new(tool)));
    }

    fn result(&mut self, id: Option<&str>, text: String, code: Option<i64>, failed: bool, told: &mut Vec<Told>) {
        // The call stays known: some streams tell of it again when it has ended.
        let tool = id.and_then(|id| self.calls.iter().find(|(known, _)| known == id)).map(|(_, tool)| tool.clone());
        let is_error = failed || code.is_some_and(|code| code != 0);
        let mut text = shortened(text.trim());
        if let Some(code) = code.filter(|code| *code != 0) {
            text = format!("exit {code}\n{text}");
        }
        told.push(Told::Result { tool: tool.map(Box::new), text: text.trim_end().to_owned(), is_error });
    }
}

fn text_at<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name)?.as_str()
}

fn say(text: Option<&Value>, told: &mut Vec<Told>) {
    if let Some(text) = text.and_then(Value::as_str).filter(|text| !text.trim().is_empty()) {
        told.push(Told::Prose(text.to_owned()));
    }
}

/// What went wrong, wherever the event says it.
fn fail(event: &Value, told: &mut Vec<Told>) {
    let places = [
        "/error/data/message",
        "/error/message",
        "/message",
        "/error",
        "/result",
        "/errorMessage",
        "/error_message",
        "/errors",
    ];
    let said = places.iter().find_map(|place| event.pointer(place)).map(words).filter(|text| !text.trim().is_empty());
    let status = ["error_status", "status_code", "statusCode", "api_error_status"]
        .iter()
        .find_map(|name| event.get(name)?.as_i64())
        .map(|status| format!("HTTP status {status}"));
    let text = [status, said].into_iter().flatten().collect::<Vec<_>>().join(": ");
    if !text.is_empty() {
        told.push(Told::Failure(shortened(&text)));
    }
}

/// The text in a value: a string, or the texts of a list of blocks, or the value as JSON.
fn words(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(words).collect::<Vec<_>>().join("\n"),
        Value::Object(map) => match map.get("text").or_else(|| map.get("content")) {
            Some(inner @ (Value::String(_) | Value::Array(_))) => words(inner),
            _ => value.to_string(),
        },
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// The code in `Exit Code: 1` or `Exit code 1`, at the beginning of a line.
fn exit_code(text: &str) -> Option<i64> {
    text.lines().find_map(|line| {
        let rest = line.strip_prefix("Exit Code:").or_else(|| line.strip_prefix("Exit code"))?;
        rest.trim().trim_end_matches(['.', ':']).parse().ok()
    })
}

/// The text's beginning and end, where it is too long.
fn shortened(text: &str) -> String {
    if text.len() <= RESULT_BYTES_MAX {
        return text.to_owned();
    }
    let boundary = |from: usize| (from..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    let head = boundary(RESULT_BYTES_MAX - RESULT_TAIL_BYTES);
    let tail = boundary(text.len() - RESULT_TAIL_BYTES);
    let (head, end) = (text.get(..head).unwrap_or_default(), text.get(tail..).unwrap_or_default());
    format!("{head}\n… {} bytes left out …\n{end}", tail - head.len())
}

#[cfg(test)]
mod tests;

//! What a tool call would do: one table of the tools' names, for hooks and streams alike.

use serde_json::{Map, Value};

use crate::model::{Dialect, Extent, Tool, ToolDeed, Untrusted};

/// What a tool does, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Habit {
    Shell,
    /// Runs a command that is told with the shell around it.
    Executed,
    Read,
    /// Writes all of a file.
    Write,
    /// Changes a part of a file.
    Edit,
    /// Applies a patch in the form `*** Update File: path`.
    Patch,
    Remove,
    /// Removes folders with all below them.
    RemoveFolder,
    Move,
    Fetch,
    Sql,
    /// Calls a tool of a connected server; the input names both.
    Remote,
    Inner,
}

/// The tools of all agents by name: lower case, without `_`, `-` and blanks, without `ToolCall` at the end.
const HABITS: &[(Habit, &[&str])] = &[
    (
        Habit::Shell,
        &[
            "bash",
            "shell",
            "runshellcommand",
            "execcommand",
            "localshell",
            "shellcommand",
            "unifiedexec",
            "runterminalcmd",
            "runterminalcommand",
            "runcommand",
            "executecommand",
            "execute",
            "terminal",
            "powershell",
            "writebash",
            "writestdin",
            "monitor",
        ],
    ),
    (Habit::Executed, &["commandexecution"]),
    (
        Habit::Read,
        &[
            "read",
            "readfile",
            "readfiles",
            "readmanyfiles",
            "readtextfile",
            "readmediafile",
            "readmultiplefiles",
            "view",
            "viewimage",
            "zoomimage",
            "readfolder",
            "list",
            "ls",
            "listdir",
            "listdirectory",
            "listfiles",
            "directorytree",
            "getfileinfo",
            "glob",
            "grep",
            "grepsearch",
            "rg",
            "search",
            "searchfiles",
            "searchfilecontent",
            "findfiles",
            "notebookread",
            "semsearch",
        ],
    ),
    (Habit::Write, &["write", "writefile", "create", "createfile", "createdirectory", "savefile"]),
    (
        Habit::Edit,
        &[
            "edit",
            "editfile",
            "multiedit",
            "replace",
            "strreplace",
            "strreplaceeditor",
            "strreplacebasededittool",
            "notebookedit",
            "insert",
            "searchreplace",
        ],
    ),
    (Habit::Patch, &["applypatch", "patch"]),
    (Habit::Remove, &["delete", "deletefile", "deletefiles", "removefile", "remove", "rm"]),
    (Habit::RemoveFolder, &["deletedirectory", "removedirectory", "deletefolder", "removefolder", "rmdir"]),
    (Habit::Move, &["move", "movefile", "rename", "renamefile"]),
    (Habit::Fetch, &["webfetch", "fetch", "fetchurl", "httprequest", "fetchwebpage"]),
    (Habit::Sql, &["sql", "executesql", "runsql", "sqlquery"]),
    (Habit::Remote, &["mcp", "usemcptool", "callmcptool", "mcptoolcall", "usetool"]),
    (
        Habit::Inner,
        &[
            "task",
            "agent",
            "runagent",
            "listagents",
            "taskstop",
            "taskoutput",
            "todowrite",
            "todoread",
            "todolist",
            "writetodos",
            "updatetodo",
            "updatetodos",
            "updateplan",
            "exitplanmode",
            "enterplanmode",
            "askuserquestion",
            "askuser",
            "question",
            "skill",
            "slashcommand",
            "toolsearch",
            "websearch",
            "googlewebsearch",
            "savememory",
            "reportintent",
            "reportfindings",
            "sendmessage",
            "schedulewakeup",
            "loopwakeup",
            "croncreate",
            "cronlist",
            "crondelete",
            "bashoutput",
            "readbash",
            "stopbash",
            "listbash",
            "killshell",
            "killbash",
            "getgoal",
            "updategoal",
            "think",
            "lsp",
            "readmcpresource",
            "listmcpresources",
            "listmcpresourcetemplates",
            "recordartifact",
            "structuredoutput",
            "invalid",
            "batch",
            "activateskill",
            "completetask",
            "enterworktree",
            "exitworktree",
            "workflow",
            "getinternaldocs",
            "fetchcopilotclidocumentation",
            "showfile",
        ],
    ),
];

/// Where inputs name the folder they act in.
const FOLDERS: [&str; 6] = ["cwd", "workdir", "workingDirectory", "working_directory", "directory", "dir_path"];
/// Where inputs name a command.
const COMMANDS: [&str; 7] = ["command", "cmd", "chars", "script", "input", "commandLine", "command_line"];
/// Where inputs name files or folders.
const PATHS: [&str; 20] = [
    "file_path",
    "filePath",
    "path",
    "paths",
    "absolute_path",
    "file",
    "filename",
    "notebook_path",
    "target_file",
    "targetFile",
    "relative_workspace_path",
    "file_paths",
    "filePaths",
    "files",
    "include",
    "dir_path",
    "directory",
    "uri",
    "targetDirectory",
    "target",
];
/// Where inputs hold a file's new text.
const CONTENTS: [&str; 10] = [
    "content",
    "file_text",
    "fileText",
    "contents",
    "new_string",
    "newString",
    "new_source",
    "new_str",
    "text",
    "streamContent",
];
/// Where inputs say why.
const REASONS: [&str; 5] = ["description", "justification", "explanation", "reason", "intentionSummary"];
/// How many arguments of a remote tool are kept.
const ARGUMENTS_MAX: usize = 128;
/// How deep arguments of a remote tool are looked into.
const DEPTH_MAX: usize = 8;
/// How many files of one call are kept.
const PATHS_MAX: usize = 256;

/// The call of the tool `name` with `input`, as `dialect` gives it. Its number is for the caller to fill in.
#[must_use]
pub fn tool(dialect: Dialect, name: &str, input: &Value) -> Tool {
    let text = |value: &str| Untrusted::from(value);
    // Some agents give the input as a string that holds JSON.
    let parsed = input.as_str().and_then(|inner| serde_json::from_str::<Value>(inner).ok()).filter(Value::is_object);
    let input = parsed.as_ref().unwrap_or(input);
    let mut json = input.to_string().into_bytes();
    json.truncate(Tool::INPUT_BYTES_MAX);
    let deed = deed(dialect, name, input);
    let has_folder = matches!(deed, ToolDeed::Shell { .. });
    Tool {
        name: text(name),
        call: None,
        cwd: first(input, &FOLDERS).filter(|folder| has_folder && !folder.is_empty()).map(|folder| text(&folder)),
        reason: first(input, &REASONS).filter(|reason| !reason.is_empty()).map(|reason| text(&reason)),
        input: Untrusted::new(json),
        deed,
    }
}

/// What the tool `name` with `input` would do.
#[must_use]
pub fn deed(dialect: Dialect, name: &str, input: &Value) -> ToolDeed {
    if let Some((server, tool)) = remote_name(dialect, name) {
        return remote(server, tool, input);
    }
    let Some(habit) = habit(name) else {
        return first(input, &["command", "cmd"])
            .map_or(ToolDeed::Unknown, |command| ToolDeed::Shell { command: Untrusted::from(command) });
    };
    own(habit, input).unwrap_or(ToolDeed::Unknown)
}

/// The server and the tool in a name such as `mcp__railway__volume_delete`.
fn remote_name(dialect: Dialect, name: &str) -> Option<(Option<&str>, &str)> {
    if let Some(rest) = name.strip_prefix("mcp__") {
        return Some(rest.split_once("__").map_or((None, rest), |(server, tool)| (Some(server), tool)));
    }
    if habit(name).is_some() {
        return None;
    }
    if let Some(rest) = name.strip_prefix("MCP:").or_else(|| name.strip_prefix("mcp_")) {
        return Some(
            rest.split_once(['_', ':', '/']).map_or((None, rest), |(server, tool)| (Some(server), tool.trim_start())),
        );
    }
    // Without a prefix the server's name stands before the tool's.
    let found = match dialect {
        Dialect::Gemini | Dialect::Qwen => name.split_once("__"),
        Dialect::Opencode => name.split_once('_'),
        Dialect::Copilot => name.rsplit_once('-'),
        Dialect::Codex => name.split_once("__").or_else(|| name.split_once('.')),
        Dialect::Cursor | Dialect::Claude | Dialect::Aider | Dialect::Generic => None,
    };
    found.filter(|(server, tool)| !server.is_empty() && !tool.is_empty()).map(|(server, tool)| (Some(server), tool))
}

fn habit(name: &str) -> Option<Habit> {
    let name = name.strip_suffix("ToolCall").unwrap_or(name);
    let bare: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    HABITS.iter().find(|(_, names)| names.contains(&bare.as_str())).map(|(habit, _)| *habit)
}

/// What one of the agent's own tools would do; `None` where the input lacks what it acts on.
fn own(habit: Habit, input: &Value) -> Option<ToolDeed> {
    Some(match habit {
        Habit::Shell => ToolDeed::Shell { command: command(input)?.into() },
        Habit::Executed => {
            let command = command(input)?;
            ToolDeed::Shell { command: unwrapped(&command).unwrap_or(command).into() }
        }
        Habit::Read => ToolDeed::Read { paths: paths(input) },
        Habit::Write | Habit::Edit => {
            // One editor for everything says in a word which of its deeds is meant.
            let verb = input.get("command").and_then(Value::as_str).unwrap_or_default();
            let path = paths(input).into_iter().next()?;
            if verb == "view" {
                return Some(ToolDeed::Read { paths: vec![path] });
            }
            let is_whole = habit == Habit::Write || verb == "create";
            ToolDeed::Write {
                path,
                content: first(input, &CONTENTS).map(Untrusted::from),
                extent: if is_whole { Extent::Whole } else { Extent::Part },
            }
        }
        Habit::Patch => patch(&first(input, &["input", "patch", "patchText", "patch_text", "command", "diff"])?)?,
        Habit::Remove if input.get("recursive") != Some(&Value::Bool(true)) => {
            ToolDeed::Remove { paths: some(paths(input))? }
        }
        Habit::Remove | Habit::RemoveFolder => {
            ToolDeed::Remove { paths: some(paths(input).iter().map(as_folder).collect())? }
        }
        Habit::Move => ToolDeed::Move {
            from: first(input, &["source", "from", "old_path", "oldPath", "source_path", "path"])?.into(),
            to: first(input, &["destination", "to", "new_path", "newPath", "destination_path"])?.into(),
        },
        Habit::Fetch => request(input)?,
        Habit::Sql => {
            ToolDeed::Sql { statements: first(input, &["sql", "query", "statement", "statements", "queries"])?.into() }
        }
        Habit::Remote => {
            let server = first(input, &["server", "server_name", "serverName", "providerIdentifier", "provider"]);
            let tool = first(input, &["tool", "toolName", "tool_name", "name"])?;
            let inner = ["arguments", "args", "input", "tool_input", "params"].iter().find_map(|name| input.get(name));
            remote(server.as_deref(), &tool, inner.unwrap_or(&Value::Null))
        }
        Habit::Inner => ToolDeed::Inner,
    })
}

/// A path as that of a folder: with a slash at its end.
fn as_folder(path: &Untrusted) -> Untrusted {
    let path = path.lossy();
    Untrusted::from(format!("{}/", path.trim_end_matches('/')))
}

fn some<T>(all: Vec<T>) -> Option<Vec<T>> {
    (!all.is_empty()).then_some(all)
}

/// What a connected server's tool would do. Statements, requests and files are judged as such.
fn remote(server: Option<&str>, tool: &str, input: &Value) -> ToolDeed {
    let parsed = input.as_str().and_then(|inner| serde_json::from_str::<Value>(inner).ok());
    let input = parsed.as_ref().unwrap_or(input);
    let is_files = server.is_some_and(|server| server.contains("file") || server == "fs");
    let known = match habit(tool) {
        Some(Habit::Sql) => own(Habit::Sql, input),
        Some(Habit::Fetch) => own(Habit::Fetch, input),
        Some(habit @ Habit::Shell) => own(habit, input),
        Some(
            habit @ (Habit::Read
            | Habit::Write
            | Habit::Edit
            | Habit::Patch
            | Habit::Remove
            | Habit::RemoveFolder
            | Habit::Move),
        ) if is_files => own(habit, input),
        _ => None,
    };
    known.or_else(|| statements(tool, input)).unwrap_or_else(|| {
        let mut arguments = Vec::new();
        flatten(input, &mut String::new(), 0, &mut arguments);
        ToolDeed::Remote { server: server.map(Untrusted::from), tool: Untrusted::from(tool), arguments }
    })
}

/// The statements of a tool such as `query` or `pg_execute`.
fn statements(tool: &str, input: &Value) -> Option<ToolDeed> {
    if let Some(sql) = first(input, &["sql", "statement", "statements", "sql_query"]) {
        return Some(ToolDeed::Sql { statements: sql.into() });
    }
    let query = first(input, &["query"])?;
    let first_word = query.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
    let is_sql = ["select", "insert", "update", "delete", "drop", "truncate", "alter", "create", "with", "begin"]
        .contains(&first_word.as_str());
    let tool = tool.to_ascii_lowercase();
    let is_database = ["sql", "query", "execute", "database", "postgres"].iter().any(|word| tool.contains(word));
    (is_sql && is_database).then(|| ToolDeed::Sql { statements: query.into() })
}

/// The request that a fetching tool would send.
fn request(input: &Value) -> Option<ToolDeed> {
    let url = match first(input, &["url", "uri", "urls"]) {
        Some(url) => url,
        // Some are only given words with an address in them.
        None => first(input, &["prompt"])?.split_whitespace().find(|word| word.starts_with("http"))?.to_owned(),
    };
    let method = first(input, &["method"]).unwrap_or_else(|| "GET".to_owned()).to_ascii_uppercase();
    let mut text = format!("{method} {url}\n");
    if let Some(headers) = input.get("headers").and_then(Value::as_object) {
        for (name, value) in headers {
            text.push_str(&format!("{name}: {}\n", plain(value)));
        }
    }
    if let Some(body) = ["body", "data", "json"].iter().find_map(|name| input.get(name)) {
        text.push('\n');
        text.push_str(&plain(body));
    }
    Some(ToolDeed::Request { text: Untrusted::from(text) })
}

/// What a patch does that weighs most: removing before moving before writing.
fn patch(text: &str) -> Option<ToolDeed> {
    let named = |head: &'static str| text.lines().filter_map(move |line| line.strip_prefix(head)).map(str::trim);
    let removed: Vec<Untrusted> = named("*** Delete File: ").take(PATHS_MAX).map(Untrusted::from).collect();
    if !removed.is_empty() {
        return Some(ToolDeed::Remove { paths: removed });
    }
    if let (Some(from), Some(to)) = (named("*** Update File: ").next(), named("*** Move to: ").next()) {
        return Some(ToolDeed::Move { from: from.into(), to: to.into() });
    }
    if let Some(path) = named("*** Update File: ").next() {
        return Some(ToolDeed::Write { path: path.into(), content: Some(text.into()), extent: Extent::Part });
    }
    let path = named("*** Add File: ").next()?;
    let body = text.lines().skip_while(|line| !line.starts_with("*** Add File: ")).skip(1);
    let body: Vec<&str> = body.map_while(|line| line.strip_prefix('+')).collect();
    Some(ToolDeed::Write { path: path.into(), content: Some(body.join("\n").into()), extent: Extent::Whole })
}

/// The command line in an input: a text, or the words of an argument list.
fn command(input: &Value) -> Option<String> {
    let value = match input {
        Value::String(_) | Value::Array(_) => Some(input),
        _ => COMMANDS.iter().find_map(|name| input.get(name)),
    }?;
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(words) => {
            let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
            match words.as_slice() {
                [] => None,
                [shell, flag, text] if is_shell(shell) && is_text_flag(flag) => Some((*text).to_owned()),
                _ => Some(words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")),
            }
        }
        _ => None,
    }
}

/// The text in `/bin/bash -lc 'text'`, where that is the whole command.
fn unwrapped(command: &str) -> Option<String> {
    let (shell, rest) = command.split_once(' ')?;
    let (flag, text) = rest.split_once(' ')?;
    if !is_shell(shell) || !is_text_flag(flag) {
        return None;
    }
    if !text.starts_with(['\'', '"']) {
        return (!text.contains(char::is_whitespace)).then(|| text.to_owned());
    }
    let mut out = String::new();
    let mut chars = text.chars();
    let mut quote = None;
    while let Some(c) = chars.next() {
        match (quote, c) {
            (None, '\'' | '"') => quote = Some(c),
            (None, '\\') => out.push(chars.next()?),
            // A second word: this is more than one text.
            (None, c) if c.is_whitespace() => return None,
            (Some(open), c) if c == open => quote = None,
            (Some('"'), '\\') => match chars.next()? {
                escaped @ ('"' | '\\' | '$' | '`') => out.push(escaped),
                other => out.extend(['\\', other]),
            },
            // What the shell would fill in cannot be written down as a text.
            (Some('"'), '$' | '`') => return None,
            (_, c) => out.push(c),
        }
    }
    quote.is_none().then_some(out)
}

fn is_shell(program: &str) -> bool {
    matches!(program.rsplit('/').next(), Some("bash" | "sh" | "zsh" | "dash"))
}

fn is_text_flag(flag: &str) -> bool {
    matches!(flag, "-c" | "-lc" | "-cl" | "-ic" | "-lic")
}

/// A word as a shell reads it back.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@%+".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// The files or folders that an input names.
fn paths(input: &Value) -> Vec<Untrusted> {
    let mut all = Vec::new();
    for name in PATHS {
        match input.get(name) {
            Some(Value::String(path)) if !path.is_empty() => all.push(Untrusted::from(path.as_str())),
            Some(Value::Array(paths)) => {
                let texts = paths.iter().filter_map(|path| {
                    path.as_str().map(str::to_owned).or_else(|| first(path, &["path", "file_path", "filePath"]))
                });
                all.extend(texts.take(PATHS_MAX).map(Untrusted::from));
            }
            _ => continue,
        }
        break;
    }
    all
}

/// The first of these that the input has, as text.
fn first(input: &Value, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| match input.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Array(texts) if !texts.is_empty() => {
            Some(texts.iter().map(plain).collect::<Vec<_>>().join("\n")).filter(|text| !text.is_empty())
        }
        _ => None,
    })
}

/// A value as text: a string without its quotes.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// All values with their names, nested names joined by points.
fn flatten(value: &Value, name: &mut String, depth: usize, into: &mut Vec<(Untrusted, Untrusted)>) {
    if into.len() >= ARGUMENTS_MAX {
        return;
    }
    let inner: Option<Vec<(String, &Value)>> = match value {
        Value::Object(map) => Some(pairs(map)),
        Value::Array(values) => Some(values.iter().enumerate().map(|(at, value)| (at.to_string(), value)).collect()),
        _ => None,
    };
    match inner {
        Some(inner) if depth < DEPTH_MAX => {
            for (key, value) in inner {
                let before = name.len();
                if !name.is_empty() {
                    name.push('.');
                }
                name.push_str(&key);
                flatten(value, name, depth + 1, into);
                name.truncate(before);
            }
        }
        _ if name.is_empty() && value.is_null() => {}
        _ => into.push((Untrusted::from(name.as_str()), Untrusted::from(plain(value)))),
    }
}

fn pairs(map: &Map<String, Value>) -> Vec<(String, &Value)> {
    map.iter().map(|(key, value)| (key.clone(), value)).collect()
}

#[cfg(test)]
mod tests;

//! A tool of a server that the agent is connected to (MCP), judged by its name and by what its arguments hold.

use super::super::verbs::{self, Harm, harm_of, is_grave};
use super::super::{graphql, languages};
use super::input::{ARGUMENTS_MAX, Argument, flatten, listed};
use super::quoted;
use crate::model::{Class, Finding, Span, TextKind, Tier, Tool, ToolDeed, Undo, Untrusted};
use crate::trail::Environment;

/// The longest value that is taken for the name of something, in bytes.
const NAME_BYTES_MAX: usize = 200;

/// Words that a reading tool's name begins with.
const READING: &[&str] = &[
    "list",
    "get",
    "describe",
    "search",
    "read",
    "find",
    "show",
    "view",
    "fetch",
    "lookup",
    "query",
    "count",
    "check",
    "inspect",
    "status",
    "info",
    "help",
    "docs",
    "resolve",
    "retrieve",
    "stat",
    "tree",
    "directory",
    "head",
    "tail",
    "explain",
    "validate",
    "diff",
    "preview",
    "is",
    "has",
    "browse",
    "screenshot",
    "snapshot",
    "whoami",
    "ping",
];
/// Words that say that a tool runs what it is given.
const RUNNING: &[&str] = &[
    "run",
    "exec",
    "execute",
    "shell",
    "bash",
    "terminal",
    "cmd",
    "command",
    "powershell",
    "console",
    "eval",
    "evaluate",
    "repl",
];
/// Words that say that a tool works on files of this machine.
const FILING: &[&str] =
    &["file", "files", "filesystem", "fs", "directory", "directories", "folder", "dir", "path", "desktop", "editor"];
/// Arguments that say that a path is not one of this machine.
const ELSEWHERE: &[&str] =
    &["repo", "repository", "bucket", "drive", "site", "owner", "workspace", "space", "container"];
/// Things that are soon made again, or that only the agent has.
const SOFT: &[&str] = &[
    "comment",
    "comments",
    "label",
    "labels",
    "reaction",
    "reactions",
    "assignee",
    "assignees",
    "draft",
    "todo",
    "todos",
    "tab",
    "tabs",
    "session",
    "cache",
    "caches",
    "bookmark",
    "notification",
    "notifications",
    "watcher",
    "star",
    "filter",
    "cookie",
    "cookies",
    "memory",
    "memories",
    "entities",
    "observations",
    "relations",
    "thought",
    "thoughts",
    "breakpoint",
    "breakpoints",
    "screenshot",
    "screenshots",
    "selection",
    "highlight",
    "console",
    "cell",
    "cells",
    "shape",
    "shapes",
    "layer",
    "frame",
    "canvas",
    "browser",
    "page",
    "watch",
    "reminder",
    "highlights",
];
/// Servers that keep nothing but what the agent itself put there.
const OWN: &[&str] =
    &["memory", "todo", "todos", "browser", "playwright", "puppeteer", "chrome", "devtools", "thinking", "scratchpad"];
/// What a tool that shows secrets speaks of.
const SECRETS: &[&str] = &["secret", "secrets", "credential", "credentials", "password", "passwords", "apikey"];
/// Arguments that name an environment, or something that lies in one.
const PLACES: &[&str] = &[
    "environment",
    "env",
    "stage",
    "context",
    "profile",
    "project",
    "database",
    "db",
    "host",
    "hostname",
    "cluster",
    "namespace",
    "workspace",
    "account",
    "instance",
    "target",
    "connection",
    "url",
    "server",
    "app",
    "service",
];

/// A call's name as words, and its arguments.
#[derive(Debug, Clone)]
pub(super) struct Call {
    name: String,
    words: Vec<String>,
    server: Vec<String>,
    is_known: bool,
    is_cut: bool,
    arguments: Vec<Argument>,
}

impl Call {
    /// The call of a server's tool, or of a tool that is not known; `None` for any other.
    pub(super) fn of(tool: &Tool) -> Option<Self> {
        let mut is_cut = false;
        let (server, name, arguments, is_known) = match &tool.deed {
            ToolDeed::Remote { server, tool, arguments } => {
                let server = server.as_ref().map(|server| server.lossy().into_owned()).unwrap_or_default();
                let mut all = Vec::new();
                for (name, value) in arguments {
                    let value = value.lossy().into_owned();
                    let list = listed(&value);
                    // A list is what is in it; an object may be a body, and is a text as well.
                    if list.as_ref().is_none_or(serde_json::Value::is_object) {
                        all.push(Argument::new(&name.lossy(), value));
                    }
                    if let Some(list) = list {
                        flatten(&name.lossy(), &list, 0, &mut all);
                    }
                }
                (server, tool.lossy().into_owned(), all, true)
            }
            ToolDeed::Unknown => {
                let mut all = Vec::new();
                match serde_json::from_slice(tool.input.as_bytes()) {
                    Ok(input) => flatten("", &input, 0, &mut all),
                    Err(_) => is_cut = !tool.input.is_empty(),
                }
                (String::new(), tool.name.lossy().into_owned(), all, false)
            }
            _ => return None,
        };
        let mut arguments = arguments;
        arguments.truncate(ARGUMENTS_MAX);
        Some(Self { words: verbs::words(&name), server: verbs::words(&server), name, is_known, is_cut, arguments })
    }

    /// Whether its name says that it only looks.
    pub(super) fn only_reads(&self) -> bool {
        let is_reading = self.words.iter().take(2).any(|word| READING.contains(&word.as_str()));
        is_reading && !self.says(RUNNING) && harm_of(&self.name).is_none()
    }

    fn says(&self, words: &[&str]) -> bool {
        self.words.iter().any(|word| words.contains(&word.as_str()))
    }

    fn serves(&self, words: &[&str]) -> bool {
        self.server.iter().any(|word| words.contains(&word.as_str()))
    }

    fn values<'a>(&'a self, names: &'a [&str]) -> impl Iterator<Item = &'a str> {
        self.arguments
            .iter()
            .filter(move |argument| names.contains(&argument.name.as_str()) && !argument.value.is_empty())
            .map(|argument| argument.value.as_str())
    }

    fn value(&self, names: &[&str]) -> Option<&str> {
        self.arguments
            .iter()
            .find(|argument| names.contains(&argument.name.as_str()) && !argument.value.is_empty())
            .map(|argument| argument.value.as_str())
    }

    /// Commands, requests and files that it names, in the languages that are judged already.
    pub(super) fn texts(&self) -> Vec<(TextKind, String)> {
        let mut texts: Vec<(TextKind, String)> =
            self.commands().into_iter().map(|line| (TextKind::Shell, line)).collect();
        texts.extend(self.request().map(|request| (TextKind::Http, request)));
        if self.is_of_files() {
            texts.extend(self.files());
        }
        texts
    }

    fn commands(&self) -> Vec<String> {
        let names = ["command", "cmd", "commandline", "shellcommand", "bash"];
        let given: Vec<&str> = self.values(&names).collect();
        let mut lines: Vec<String> = match given.as_slice() {
            // A list of words is one command.
            [_, _, ..] => vec![given.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")],
            _ => given.into_iter().map(str::to_owned).collect(),
        };
        lines.extend(self.values(&["commands"]).map(str::to_owned));
        if self.says(RUNNING) && !self.says(&["query", "sql", "code", "javascript", "script"]) && lines.is_empty() {
            lines.extend(self.value(&["script", "input"]).map(str::to_owned));
        }
        let words: Vec<String> = self.values(&["args", "arguments", "argv"]).map(quoted).collect();
        if let [line] = lines.as_mut_slice()
            && !words.is_empty()
        {
            *line = format!("{line} {}", words.join(" "));
        }
        for line in &mut lines {
            let is = |names: &[&str]| self.says(names) || self.serves(names);
            if is(&["redis"]) {
                *line = format!("redis-cli {line}");
            } else if is(&["ssh"]) {
                let host = self.value(&["host", "hostname", "server"]).unwrap_or("remote");
                *line = format!("ssh {} {}", quoted(host), quoted(line));
            } else if let Some(container) = self.value(&["container", "containerid", "containername"]) {
                *line = format!("docker exec {} sh -c {}", quoted(container), quoted(line));
            }
        }
        lines.extend(self.code());
        lines
    }

    /// Code that it runs on this machine. A page's own code stays in the page.
    fn code(&self) -> Option<String> {
        if !self.says(RUNNING) || self.says(&["browser", "page"]) || self.serves(OWN) {
            return None;
        }
        let code = self.value(&["code", "source", "expression"])?;
        let language = self.value(&["language", "lang", "runtime"]).unwrap_or_default().to_ascii_lowercase();
        let says = |name: &str| language.contains(name) || self.words.iter().any(|word| word.contains(name));
        Some(if says("node") || says("javascript") || language == "js" || language == "typescript" {
            format!("node -e {}", quoted(code))
        } else if says("bash") || says("shell") || language == "sh" {
            code.to_owned()
        } else {
            format!("python3 -c {}", quoted(code))
        })
    }

    fn request(&self) -> Option<String> {
        let url = self.value(&["url", "uri", "endpoint"]).filter(|url| url.contains("://"))?;
        let by_name = ["delete", "put", "patch", "post"].into_iter().find(|method| self.says(&[method]));
        let speaks =
            self.says(&["http", "https", "request", "fetch", "curl", "api", "webhook", "call"]) || by_name.is_some();
        let method = self.value(&["method", "httpmethod", "verb"]).map(str::to_owned);
        if method.is_none() && !speaks {
            return None;
        }
        let method = method.or(by_name.map(str::to_owned)).unwrap_or_else(|| "get".to_owned()).to_ascii_uppercase();
        let mut text = format!("{} {}\n", method.trim(), url.trim());
        for header in self.values(&["headers"]) {
            text.push_str(header);
            text.push('\n');
        }
        if let Some(body) = self.value(&["body", "data", "json", "payload"]) {
            text.push('\n');
            text.push_str(body);
        }
        Some(text)
    }

    /// Whether its paths are those of files of this machine.
    fn is_of_files(&self) -> bool {
        let is_elsewhere = self.arguments.iter().any(|argument| ELSEWHERE.contains(&argument.name.as_str()));
        (self.says(FILING) || self.serves(FILING)) && !is_elsewhere
    }

    fn paths(&self) -> Vec<Untrusted> {
        let names = ["path", "paths", "file", "files", "filepath", "filename", "directory", "folder", "dir", "uri"];
        let bare = |path: &str| Untrusted::from(path.strip_prefix("file://").unwrap_or(path));
        self.values(&names).map(bare).collect()
    }

    fn files(&self) -> Vec<(TextKind, String)> {
        let paths = self.paths();
        if self.says(&["move", "rename"]) {
            let from = self.value(&["source", "from", "oldpath", "src", "path", "sourcepath"]);
            let to = self.value(&["destination", "to", "newpath", "dest", "dst", "destinationpath"]);
            if let (Some(from), Some(to)) = (from, to) {
                return vec![(TextKind::Shell, format!("mv -- {} {}", quoted(from), quoted(to)))];
            }
        }
        if paths.is_empty() {
            return Vec::new();
        }
        if harm_of(&self.name).is_some_and(|(harm, _)| harm >= Harm::Removes) {
            return vec![(TextKind::Shell, super::removal(&paths))];
        }
        if self.says(&["read", "view", "cat", "open", "get", "head", "tail"]) && !self.says(&["write", "edit"]) {
            return paths.iter().map(|path| (TextKind::FileRead, path.lossy().into_owned())).collect();
        }
        Vec::new()
    }

    /// Whether what it takes away are files of this machine, which are judged as such.
    fn removes_files(&self) -> bool {
        self.is_of_files() && !self.files().is_empty()
    }

    /// The files that it writes, with what they will hold.
    pub(super) fn writes(&self) -> Vec<(Untrusted, Option<Untrusted>)> {
        let writes = ["write", "create", "edit", "append", "save", "insert", "replace", "update", "patch", "modify"];
        if !self.is_of_files() || !self.says(&writes) || self.says(&["directory", "folder"]) {
            return Vec::new();
        }
        let content = self.value(&["content", "contents", "text", "data", "filetext", "newstr", "newtext"]);
        self.paths().into_iter().map(|path| (path, content.map(Untrusted::from))).collect()
    }

    /// What its name and its statements say, beyond the texts.
    pub(super) fn findings(&self, production: &[String]) -> Vec<Finding> {
        let environment = self.environment(production);
        let mut findings = self.statements(environment);
        findings.extend(self.named());
        findings.extend(self.shows_secret());
        if self.is_cut && self.says(&["shell", "bash", "terminal", "exec", "execute", "sql", "delete", "command"]) {
            let why = "A tool that runs what it is given, with an input that could not be read.";
            findings.push(Finding::new(
                "tools/unparsed",
                Class::Unparsed,
                Tier::Medium,
                SPAN,
                "cannot be read whole",
                why,
            ));
        }
        if environment == Environment::Production {
            in_production(&mut findings);
        }
        findings
    }

    /// What it acts on, by the values that name it and by its server's name.
    fn environment(&self, production: &[String]) -> Environment {
        let mut found = Environment::of_name(&self.server.join(" "));
        for argument in &self.arguments {
            let value = argument.value.as_str();
            let is_named = value.len() <= NAME_BYTES_MAX
                && value
                    .split(['/', ':', '@', '=', '?', '&', ',', ' '])
                    .any(|part| production.iter().any(|name| name == part));
            let is_place = PLACES.iter().any(|place| {
                argument.name == *place
                    || argument.name.strip_suffix("name") == Some(place)
                    || argument.name.strip_suffix("id") == Some(place)
            });
            let of = if is_named {
                Environment::Production
            } else if is_place && value.len() <= NAME_BYTES_MAX {
                if value.contains("://") { Environment::of_url(value) } else { Environment::of_name(value) }
            } else {
                continue;
            };
            if of == Environment::Production || found == Environment::Unknown {
                found = of;
            }
        }
        found
    }

    /// Statements and documents for a database or a provider.
    fn statements(&self, environment: Environment) -> Vec<Finding> {
        let mut findings = Vec::new();
        let speaks_sql = self.says(&[
            "sql",
            "query",
            "statement",
            "statements",
            "migration",
            "migrate",
            "execute",
            "db",
            "database",
        ]) || self.serves(&[
            "postgres",
            "postgresql",
            "mysql",
            "sqlite",
            "supabase",
            "neon",
            "mssql",
            "clickhouse",
            "bigquery",
            "snowflake",
            "db",
            "database",
            "sql",
        ]);
        for argument in &self.arguments {
            let value = argument.value.trim();
            let is_document = value.starts_with("mutation") || (value.starts_with('{') && argument.name == "mutation");
            let speaks_graph = self.says(&["graphql", "gql"])
                || self.serves(&["graphql"])
                || matches!(argument.name.as_str(), "query" | "mutation" | "document" | "graphql");
            if is_document && speaks_graph {
                let variables = self.arguments.iter().filter(|other| other.name != argument.name);
                let variables = variables.map(|other| (other.name.clone(), other.value.clone().into())).collect();
                findings.extend(graphql::judge(value, Some(&serde_json::Value::Object(variables)), None, SPAN));
            } else if matches!(
                argument.name.as_str(),
                "sql" | "query" | "queries" | "statement" | "statements" | "sqlquery" | "command"
            ) && (argument.name.starts_with("sql") || speaks_sql)
                && is_sql(value)
            {
                findings.extend(languages::sql(value, environment));
            }
        }
        findings
    }

    /// What its name says that it takes away.
    fn named(&self) -> Option<Finding> {
        let (harm, verb) = harm_of(&self.name)?;
        if self.removes_files() {
            return None;
        }
        let is_dry = self.arguments.iter().any(|argument| {
            matches!(argument.name.as_str(), "dryrun" | "preview" | "simulate" | "validateonly")
                && argument.value == "true"
        });
        let is_soft = self.says(SOFT) || self.serves(OWN) || is_dry;
        let tier = match harm {
            _ if is_soft => Tier::Low,
            Harm::Destroys if is_grave(&self.name) => Tier::Critical,
            Harm::Destroys => Tier::High,
            Harm::Removes => Tier::Medium,
            Harm::Suspends => Tier::Low,
        };
        let title = if self.is_known {
            format!("{verb}s through a server's tool: {}", self.name)
        } else {
            format!("{verb}s through a tool that is not known: {}", self.name)
        };
        let why = "A provider carries it out at once, whatever the project's own tools would ask.";
        let finding = Finding::new("tools/takes-away", Class::Delete, tier, SPAN, &title, why)
            .instead("look at the same object first, with the environment it belongs to")
            .target(self.target());
        Some(if tier >= Tier::High { finding.undo(Undo::None) } else { finding })
    }

    /// What it acts on: the argument that has a word of its name, else the first that names something.
    fn target(&self) -> String {
        let is_name = |argument: &&Argument| {
            !argument.value.is_empty() && argument.value.len() <= NAME_BYTES_MAX && !argument.value.contains('\n')
        };
        let names = |argument: &&Argument| {
            self.words.iter().any(|word| word.len() > 2 && argument.name.contains(word.trim_end_matches('s')))
        };
        let ends = |argument: &&Argument| {
            ["id", "name", "key", "slug", "arn", "ref"].iter().any(|end| argument.name.ends_with(end))
        };
        let all = || self.arguments.iter().filter(is_name);
        let named = all().find(|argument| names(argument) && ends(argument)).or_else(|| all().find(names));
        let named = named.or_else(|| all().find(ends)).or_else(|| all().next());
        named.map_or_else(|| self.name.clone(), |argument| argument.value.clone())
    }

    /// A tool that shows the value of a secret.
    fn shows_secret(&self) -> Option<Finding> {
        let first = self.words.first().map_or("", String::as_str);
        let shows = matches!(first, "get" | "read" | "reveal" | "fetch" | "retrieve" | "show" | "export");
        let is_key = self.words.windows(2).any(|two| {
            matches!(
                (two.first().map(String::as_str), two.get(1).map(String::as_str)),
                (Some("api"), Some("key" | "keys"))
                    | (Some("access"), Some("token" | "tokens" | "key"))
                    | (Some("private"), Some("key"))
                    | (Some("connection"), Some("string"))
            )
        });
        let is_public = self.says(&["publishable", "public", "anon"]);
        if !shows || is_public || !(self.says(SECRETS) || is_key) {
            return None;
        }
        let why = "What a tool gives back is in the agent's context, and goes to its provider.";
        let title = format!("shows a credential: {}", self.name);
        Some(
            Finding::new("tools/shows-secret", Class::TokenDiscovery, Tier::Medium, SPAN, &title, why)
                .target(self.target()),
        )
    }
}

/// A finding about a call is about all of it.
const SPAN: Span = Span(0, 0);

/// Whether a value begins as statements do; a question in words that a search is given does not.
fn is_sql(value: &str) -> bool {
    let mut words = value.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    let first = words.next().unwrap_or_default().to_ascii_lowercase();
    let starts = [
        "select", "insert", "update", "delete", "drop", "alter", "truncate", "create", "grant", "revoke", "with",
        "replace", "merge", "begin", "call", "do", "copy", "vacuum", "reindex", "set", "rename",
    ];
    value.trim_start().starts_with("--")
        || value.trim_start().starts_with("/*")
        || (starts.contains(&first.as_str()) && words.next().is_some())
}

/// What cannot be taken back is worse in production, and production is then named.
fn in_production(findings: &mut Vec<Finding>) {
    let mut named = None;
    for finding in findings.iter_mut() {
        if finding.class == Class::Delete && finding.tier >= Tier::Medium {
            finding.tier = Tier::Critical;
            named = named.or_else(|| finding.target.clone());
        }
    }
    let has = findings.iter().any(|finding| finding.class == Class::Production);
    if let Some(target) = named.filter(|_| !has) {
        let why = "What is destroyed in production is gone for everybody who depends on it.";
        let finding =
            Finding::new("production/destroys", Class::Production, Tier::Critical, SPAN, "destroys in production", why);
        findings.push(finding.target(target));
    }
}

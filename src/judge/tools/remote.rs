//! A tool of a server that the agent is connected to (MCP), judged by its name and by what its arguments hold.

use super::super::verbs::{self, Harm, harm_of, is_grave};
use super::super::{graphql, languages};
use super::input::{ARGUMENTS_MAX, Argument, flatten, listed};
use crate::model::{Class, Finding, Span, Tier, Tool, ToolDeed, Undo};
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
pub(super) const RUNNING: &[&str] = &[
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
pub(super) const OWN: &[&str] =
    &["memory", "todo", "todos", "browser", "playwright", "puppeteer", "chrome", "devtools", "thinking", "scratchpad"];
/// What a tool that shows secrets speaks of.
const SECRETS: &[&str] = &["secret", "secrets", "credential", "credentials", "password", "passwords", "apikey"];
/// Servers of platforms that give the values of variables back as they are.
const KEEPERS: &[&str] = &["railway", "heroku", "render", "netlify", "doppler", "coolify", "infisical", "fly", "vault"];
/// What money goes out by.
const PAYMENTS: &[&str] = &["refund", "refunds", "payout", "payouts", "transfer", "transfers", "withdrawal", "payment"];
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
    pub(super) name: String,
    pub(super) words: Vec<String>,
    server: Vec<String>,
    is_known: bool,
    is_cut: bool,
    pub(super) arguments: Vec<Argument>,
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

    pub(super) fn says(&self, words: &[&str]) -> bool {
        self.words.iter().any(|word| words.contains(&word.as_str()))
    }

    pub(super) fn serves(&self, words: &[&str]) -> bool {
        self.server.iter().any(|word| words.contains(&word.as_str()))
    }

    pub(super) fn values<'a>(&'a self, names: &'a [&str]) -> impl Iterator<Item = &'a str> {
        self.arguments
            .iter()
            .filter(move |argument| names.contains(&argument.name.as_str()) && !argument.value.is_empty())
            .map(|argument| argument.value.as_str())
    }

    pub(super) fn value(&self, names: &[&str]) -> Option<&str> {
        self.arguments
            .iter()
            .find(|argument| names.contains(&argument.name.as_str()) && !argument.value.is_empty())
            .map(|argument| argument.value.as_str())
    }

    /// What its name and its statements say, beyond the texts.
    pub(super) fn findings(&self, production: &[String]) -> Vec<Finding> {
        let environment = self.environment(production);
        let mut findings = self.statements(environment);
        findings.extend(self.named(environment));
        findings.extend(self.shows_secret());
        findings.extend(self.moves_money());
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
                "sql" | "query" | "queries" | "statement" | "statements" | "sqlquery" | "sqlstatements" | "command"
            ) && (argument.name.starts_with("sql") || speaks_sql)
                && is_sql(value)
            {
                findings.extend(languages::sql(value, environment));
            }
        }
        findings
    }

    /// What its name says that it takes away.
    fn named(&self, environment: Environment) -> Option<Finding> {
        let (harm, verb) = harm_of(&self.name)?;
        if self.removes_files() || self.has_command() {
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
            Harm::Suspends if environment == Environment::Production => Tier::Medium,
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

    /// A tool that pays something out or gives it back.
    fn moves_money(&self) -> Option<Finding> {
        let does = self.words.first().is_some_and(|verb| {
            matches!(verb.as_str(), "create" | "issue" | "send" | "make" | "execute" | "submit" | "refund" | "pay")
        });
        let is_paid = self.says(PAYMENTS) && self.arguments.iter().any(|argument| argument.name.contains("amount"));
        let is_refund = self.says(&["refund", "refunds", "payout", "payouts"]);
        if !does || !(is_paid || is_refund) || self.says(&["link", "intent", "method"]) {
            return None;
        }
        let why = "What is paid out or given back is not called back.";
        let title = format!("moves money: {}", self.name);
        let finding = Finding::new("tools/money", Class::Production, Tier::High, SPAN, &title, why);
        Some(finding.target(self.target()))
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
        // What a platform keeps for a service under the name of variables are its credentials.
        let is_kept = self.serves(KEEPERS)
            && (self.says(&["variables", "variable", "envvars", "secrets"])
                || self.says(&["vars"]) && self.says(&["env", "config"]));
        let shows = shows || is_kept && matches!(first, "list" | "pull");
        let is_public = self.says(&["publishable", "public", "anon"]);
        if !shows || is_public || !(self.says(SECRETS) || is_key || is_kept) {
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

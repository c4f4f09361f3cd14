//! What an HTTP request would do to whoever gets it.

mod acts;
mod body;
mod command;
mod places;
mod statement;

pub use command::of_invocation;

use body::{looks_graphql, percent_decoded, value_of};

use super::graphql;
use super::verbs::{Harm, harm_of, is_grave};
use crate::model::{Class, Finding, Span, Tier, Undo};
use crate::trail::{Environment, Mask, host_of, is_local_host};

/// A request about to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Request {
    /// The method in upper case.
    pub method: String,
    /// Where it goes.
    pub url: String,
    /// Its headers, names as they were given.
    pub headers: Vec<(String, String)>,
    /// What it carries.
    pub body: Body,
    /// Where in the judged text it stands.
    pub span: Span,
}

/// What a request carries.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Body {
    /// Nothing.
    #[default]
    None,
    /// This text.
    Text(String),
    /// A file's content as the text of a request (`--data @q.json`); the content where it could be read.
    File {
        /// The file.
        path: String,
        /// What is in it.
        content: Option<String>,
    },
    /// A file that is handed over as it is (`-T`, `-F f=@x`).
    Upload {
        /// The file.
        path: String,
    },
    /// What comes on standard input or out of another command.
    Unseen,
}

/// Reads the form of `watch check`: `METHOD URL`, header lines, an empty line, the body.
#[must_use]
pub fn parse(text: &str) -> Request {
    let (head, body) = match text.split_once("\n\n").or_else(|| text.split_once("\r\n\r\n")) {
        Some((head, body)) => (head, Some(body)),
        None => (text, None),
    };
    let mut lines = head.lines();
    let first = lines.next().unwrap_or_default().trim();
    let mut words = first.split_whitespace();
    let (method, url) = match (words.next(), words.next()) {
        (Some(method), Some(url)) => (method.to_ascii_uppercase(), url.to_owned()),
        (Some(url), None) => ("GET".to_owned(), url.to_owned()),
        (None, _) => (String::new(), String::new()),
    };
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect();
    let host = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("host")).map(|(_, host)| host.clone());
    let url = match host {
        Some(host) if url.starts_with('/') => format!("https://{host}{url}"),
        _ => url,
    };
    let body = match body.map(str::trim).filter(|body| !body.is_empty()) {
        Some(body) => match body.strip_prefix('@').filter(|path| !path.contains(char::is_whitespace)) {
            Some(path) => Body::File { path: path.to_owned(), content: None },
            None => Body::Text(body.to_owned()),
        },
        None => Body::None,
    };
    Request { method, url, headers, body, span: Span(0, text.len()) }
}

/// What the request would do. Reads give nothing.
#[must_use]
pub fn judge(request: &Request) -> Vec<Finding> {
    let view = View::of(request);
    let mut found = Vec::new();
    view.metadata(&mut found);
    if view.method == "GET" || view.method == "HEAD" || view.method == "OPTIONS" {
        view.reads(&mut found);
    } else {
        view.writes(&mut found);
    }
    view.production(&mut found);
    found.sort_by_key(|finding| std::cmp::Reverse(finding.tier));
    found
}

/// Whether the request deletes all that a store holds: `DELETE /_all`.
#[must_use]
pub fn takes_all(request: &Request) -> bool {
    let view = View::of(request);
    view.method == "DELETE" && view.is_whole()
}

struct View<'a> {
    request: &'a Request,
    method: String,
    host: String,
    /// The parts of the path.
    parts: Vec<&'a str>,
    query: &'a str,
    environment: Environment,
    is_local: bool,
}

impl<'a> View<'a> {
    fn of(request: &'a Request) -> Self {
        let url = request.url.as_str();
        let host = host_of(url).unwrap_or_default().to_ascii_lowercase();
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        let path_at = rest.find(['/', '?']).unwrap_or(rest.len());
        let (path, query) = rest
            .get(path_at..)
            .unwrap_or_default()
            .split_once('?')
            .map_or((rest.get(path_at..).unwrap_or_default(), ""), |two| two);
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let method = request
            .headers
            .iter()
            .find(|(name, _)| name.to_ascii_lowercase().ends_with("method-override"))
            .map_or_else(|| request.method.to_ascii_uppercase(), |(_, method)| method.to_ascii_uppercase());
        let is_local = is_local_host(&host) || places::is_service(&host) || url.starts_with("http+unix");
        let mut view = Self { request, method, host, parts, query, environment: Environment::Unknown, is_local };
        view.environment = view.environment();
        view
    }

    fn environment(&self) -> Environment {
        if self.is_local {
            return Environment::Local;
        }
        let named = Environment::of_host(&self.host);
        if named != Environment::Unknown {
            return named;
        }
        let says = |text: &str| match Environment::of_name(text) {
            Environment::Production if text.to_ascii_lowercase().contains("prod") => Some(Environment::Production),
            Environment::Staging => Some(Environment::Staging),
            _ => None,
        };
        let body = self.text().unwrap_or_default();
        let values = ["environment", "env", "environmentId", "environmentName", "target", "stage"]
            .into_iter()
            .find_map(|key| value_of(body, key).and_then(|value| says(&value)));
        let live_key = self.request.headers.iter().any(|(_, value)| value.contains("_live_"));
        let by_key = live_key.then_some(Environment::Production);
        self.parts
            .iter()
            .find_map(|part| says(part))
            .or_else(|| says(self.query))
            .or(values)
            .or(by_key)
            .unwrap_or_default()
    }

    fn text(&self) -> Option<&'a str> {
        match &self.request.body {
            Body::Text(text) => Some(text),
            Body::File { content, .. } => content.as_deref(),
            Body::None | Body::Upload { .. } | Body::Unseen => None,
        }
    }

    fn add(&self, found: &mut Vec<Finding>, rule: &str, class: Class, tier: Tier, words: [&str; 2]) {
        let [title, why] = words;
        let finding = Finding::new(rule, class, tier, self.request.span, title, why).target(self.request.url.clone());
        found.push(if class == Class::Delete && tier >= Tier::High { finding.undo(Undo::None) } else { finding });
    }

    /// Addresses where a cloud gives its credentials to whoever asks from within.
    fn metadata(&self, found: &mut Vec<Finding>) {
        if places::is_metadata(&self.host) {
            let words = ["asks the cloud's metadata service", "It hands out the machine's own credentials."];
            self.add(found, "http/cloud-metadata", Class::TokenDiscovery, Tier::High, words);
        }
    }

    fn reads(&self, found: &mut Vec<Finding>) {
        let path = self.parts.join("/");
        if places::gives_secret(&self.host, &path) && !self.is_local {
            let words = ["asks a vault for a secret", "The answer is the value itself."];
            self.add(found, "http/read-secret", Class::TokenDiscovery, Tier::Medium, words);
        }
        self.act_by_path(found);
        let act = self.query.split('&').filter_map(|pair| pair.split_once('=')).find_map(|(name, value)| {
            let is_act =
                ["action", "_method", "method", "op", "cmd", "command"].contains(&name.to_ascii_lowercase().as_str());
            harm_of(value).filter(|(harm, _)| is_act && *harm >= Harm::Removes)
        });
        if act.is_some() {
            let tier = if self.is_local { Tier::Low } else { Tier::High };
            self.add(
                found,
                "http/delete-by-query",
                Class::Delete,
                tier,
                ["removes something by a GET", "Its query names an act that removes."],
            );
        }
        if self.query.to_ascii_lowercase().contains("query=") {
            self.sql(found, &percent_decoded(self.query.split("query=").nth(1).unwrap_or_default()));
        }
    }

    fn writes(&self, found: &mut Vec<Finding>) {
        let body = self.text().unwrap_or_default();
        let is_delete = self.method == "DELETE"
            || value_of(body, "_method").is_some_and(|method| method.eq_ignore_ascii_case("delete"));
        let mut is_read = false;
        if self.is_rehearsal() {
            is_read = true;
        } else if is_delete {
            self.delete(found);
        } else if self.asks_only() {
            is_read = true;
        } else if self.graphql(found) {
            is_read = found.is_empty();
        } else {
            self.acts(found);
        }
        self.unseen(found);
        self.leaves(found);
        self.rights(found);
        if found.is_empty() && !is_read {
            let words = ["changes something by a request", "It can mostly be changed back."];
            self.add(found, "http/write", Class::Delete, Tier::Low, words);
        }
    }

    /// Whether it is a mark on an issue or a change, which whoever took it off sets again: a label, a reviewer.
    fn is_mark(&self) -> bool {
        let is_on = |part: &&str| matches!(*part, "issues" | "pulls" | "merge_requests");
        let is_mark = |part: &&str| matches!(*part, "labels" | "requested_reviewers" | "assignees" | "reactions");
        let marked = self.parts.iter().position(is_on).and_then(|at| self.parts.get(at + 2..));
        marked.is_some_and(|rest| rest.iter().any(is_mark))
    }

    fn delete(&self, found: &mut Vec<Finding>) {
        let tier = match (self.is_local, self.is_grave()) {
            // All of a store is more than one row, on this machine too.
            (true, _) if self.is_whole() => Tier::High,
            (true, _) => Tier::Low,
            (false, _) if self.is_mark() => Tier::Low,
            (false, true) => Tier::Critical,
            (false, false) => Tier::High,
        };
        let title = match self
            .parts
            .iter()
            .rev()
            .find(|part| part.len() > 3 && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'-' || b == b'_'))
        {
            Some(noun) => format!("deletes from {noun} at {}", self.host),
            None => format!("deletes at {}", self.host),
        };
        let words = [title.as_str(), "The provider carries it out at once."];
        self.add(found, "http/delete", Class::Delete, tier, words);
    }

    /// Whether it is a search that only needs a body: what it looks for is no act.
    fn asks_only(&self) -> bool {
        let reads = ["_search", "_msearch", "_count", "_analyze", "_validate", "_explain", "_mget", "_field_caps"];
        self.method == "POST" && self.parts.last().is_some_and(|part| reads.contains(part))
    }

    /// Whether the path stands for all that a store holds.
    fn is_whole(&self) -> bool {
        self.parts.first().is_some_and(|part| matches!(*part, "_all" | "*"))
    }

    /// Whether what the path ends with is something whose loss nobody gets over: not what stands before it.
    fn is_grave(&self) -> bool {
        self.parts.iter().rev().take(2).any(|part| is_grave(part))
    }

    /// A GraphQL request; whether it is one.
    fn graphql(&self, found: &mut Vec<Finding>) -> bool {
        let is_place = self.parts.iter().any(|part| part.contains("graphql") || *part == "gql");
        let Some(text) = self.text() else { return false };
        let span = self.request.span;
        let before = found.len();
        let json = serde_json::from_str::<serde_json::Value>(text).ok();
        let items: Vec<&serde_json::Value> = match &json {
            Some(serde_json::Value::Array(items)) => items.iter().collect(),
            Some(value) => vec![value],
            None => Vec::new(),
        };
        let mut is_graphql = false;
        for item in items {
            let chosen = item.get("operationName").and_then(serde_json::Value::as_str);
            match item.get("query").or_else(|| item.get("mutation")).and_then(serde_json::Value::as_str) {
                Some(document) if is_place || looks_graphql(document) => {
                    is_graphql = true;
                    found.extend(graphql::judge(document, item.get("variables"), chosen, span));
                }
                None if is_place && chosen.is_some() => {
                    is_graphql = true;
                    found.extend(graphql::judge_name(chosen.unwrap_or_default(), span));
                }
                _ => {}
            }
        }
        if json.is_none() && (is_place || looks_graphql(text)) {
            is_graphql = true;
            let document = value_of(text, "query").unwrap_or_else(|| text.to_owned());
            found.extend(graphql::judge(&document, None, None, span));
        }
        if self.is_local {
            found.iter_mut().skip(before).for_each(|finding| finding.tier = finding.tier.min(Tier::Low));
        }
        is_graphql
    }

    /// A body that nobody can see, sent with a token to somebody who can act on it.
    fn unseen(&self, found: &mut Vec<Finding>) {
        let is_unseen = matches!(&self.request.body, Body::Unseen | Body::File { content: None, .. });
        if !is_unseen || self.is_local {
            return;
        }
        if self.has_token() {
            let words = [
                "sends a body that cannot be read here",
                "It goes to a control plane with a token, and may delete as well as ask.",
            ];
            self.add(found, "http/unseen-body", Class::Delete, Tier::Medium, words);
        } else {
            let words = ["sends data out that cannot be read here", "What leaves cannot be taken back."];
            self.add(found, "http/unseen-upload", Class::Exfiltration, Tier::Medium, words);
        }
    }

    fn has_token(&self) -> bool {
        let in_header = self.request.headers.iter().any(|(name, value)| {
            let name = name.to_ascii_lowercase();
            !value.is_empty()
                && (name == "authorization"
                    || name.contains("token")
                    || name.contains("api-key")
                    || name.contains("apikey")
                    || name == "cookie"
                    || name == "private-token")
        });
        in_header
            || self
                .request
                .url
                .split_once("://")
                .is_some_and(|(_, rest)| rest.split('/').next().unwrap_or_default().contains('@'))
    }

    /// Data that leaves: to places where everybody can read, or with a secret in it.
    fn leaves(&self, found: &mut Vec<Finding>) {
        if self.is_local {
            return;
        }
        if self.request.body != Body::None && places::is_drop(&self.host, &self.request.url) {
            let words = ["sends data to a place where others can read it", "What leaves cannot be taken back."];
            self.add(found, "http/public-drop", Class::Exfiltration, Tier::High, words);
        }
        if let Body::Upload { .. } = &self.request.body {
            let words = ["uploads a file", "What leaves cannot be taken back."];
            self.add(found, "http/upload", Class::Exfiltration, Tier::Medium, words);
        }
        let is_login = self
            .parts
            .iter()
            .any(|part| matches!(*part, "login" | "token" | "oauth" | "auth" | "session" | "sessions"));
        if let Some(text) = self.text().filter(|_| !is_login) {
            let secrets = Mask::default().secrets_in(text.as_bytes());
            if let Some((secret, _)) = secrets.first() {
                let title = format!("sends a secret out: {}", secret.handle);
                self.add(
                    found,
                    "http/sends-secret",
                    Class::Exfiltration,
                    Tier::High,
                    [&title, "Whoever gets the body gets the credential."],
                );
            }
        }
    }

    /// Changes to who may do what, or who may see.
    fn rights(&self, found: &mut Vec<Finding>) {
        let path = self.request.url.to_ascii_lowercase();
        if self.is_local {
            return;
        }
        let is_protection =
            path.contains("/protection") || path.contains("/rulesets") || path.contains("/branch_protection");
        if is_protection {
            let words = ["changes a branch's protection", "The rule that guards the branch is what it changes."];
            self.add(found, "http/changes-protection", Class::Tampering, Tier::Medium, words);
        }
        if self.method == "DELETE" {
            return;
        }
        let body = self.text().unwrap_or_default().replace(' ', "").to_ascii_lowercase();
        let says = |text: &str| body.split(['&', '\n']).any(|pair| pair == text);
        let is_public = body.contains("\"private\":false")
            || body.contains("\"private\":\"false\"")
            || body.contains("\"visibility\":\"public\"")
            || says("private=false")
            || says("visibility=public")
            || body.contains("public-read")
            || body.contains("allusers");
        if is_public {
            self.add(
                found,
                "http/makes-public",
                Class::Exfiltration,
                Tier::High,
                ["makes something public", "Whoever copied it keeps it."],
            );
        }
        let is_archive =
            body.contains("\"archived\":true") || body.contains("\"archived\":\"true\"") || says("archived=true");
        if is_archive && (path.contains("repos/") || path.contains("projects/")) {
            let words = ["archives a repository", "Nobody can push, and its runs stop, until somebody brings it back."];
            self.add(found, "http/archives", Class::Delete, Tier::Medium, words);
        }
        let grants = [
            "setiampolicy",
            "/collaborators/",
            "/permissions",
            "/role-assignments",
            "/rolebindings",
            "attachuserpolicy",
            "attachrolepolicy",
            "putuserpolicy",
            "createaccesskey",
        ];
        let is_admin = body.contains("\"role\":\"admin")
            || body.contains("\"role\":\"owner")
            || body.contains("\"permission\":\"admin");
        if is_admin || grants.iter().any(|word| path.contains(word) || body.contains(word)) {
            self.add(
                found,
                "http/grants-rights",
                Class::Privilege,
                Tier::Medium,
                ["changes who may do what", "Rights that are given stay until somebody takes them back."],
            );
        }
    }

    /// What production adds: nothing to a read, a tier to what changes it.
    fn production(&self, found: &mut Vec<Finding>) {
        let Some(worst) = found.iter().map(|finding| finding.tier).max() else { return };
        let is_production = self.environment == Environment::Production;
        if is_production {
            for finding in found.iter_mut().filter(|finding| finding.class == Class::Delete) {
                finding.tier = match finding.tier {
                    Tier::Low => Tier::Medium,
                    Tier::High | Tier::Critical => Tier::Critical,
                    Tier::Medium => Tier::High,
                };
            }
        }
        let is_unknown = self.environment == Environment::Unknown && worst == Tier::Critical;
        if is_production || is_unknown {
            let title = if is_production {
                "acts on production"
            } else {
                "may act on production: nothing says which environment it is"
            };
            let tier = if is_production { worst.max(Tier::Medium) } else { Tier::High };
            self.add(
                found,
                "http/production",
                Class::Production,
                tier,
                [title, "Data that customers use is behind it."],
            );
        }
    }
}

#[cfg(test)]
mod tests;

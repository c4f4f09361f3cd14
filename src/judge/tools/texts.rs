//! The commands, requests and files that a server's tool names, in the languages that are judged already.

use super::super::effect::Reach;
use super::super::effects::pipelines;
use super::super::verbs::{Harm, harm_of};
use super::remote::{Call, OWN, RUNNING};
use crate::model::{TextKind, Untrusted};
use crate::shell::quoted;

/// Words that say that a tool works on files of this machine.
const FILING: &[&str] =
    &["file", "files", "filesystem", "fs", "directory", "directories", "folder", "dir", "path", "desktop", "editor"];
/// Arguments that say that a path is not one of this machine.
const ELSEWHERE: &[&str] =
    &["repo", "repository", "bucket", "drive", "site", "owner", "workspace", "space", "container"];
/// Arguments that hold a command line.
const COMMANDS: &[&str] = &[
    "command",
    "cmd",
    "commandline",
    "shellcommand",
    "bash",
    "cmdstring",
    "commandstring",
    "clicommand",
    "bashcommand",
    "cmdline",
    "rawcommand",
];
/// Programs that a server's tool calls, and the words of its name or its server's that say so.
const PROGRAMS: &[(&str, &[&str])] = &[
    ("kubectl", &["kubectl", "kubernetes", "k8s"]),
    ("helm", &["helm"]),
    ("terraform", &["terraform"]),
    ("tofu", &["tofu", "opentofu"]),
    ("terragrunt", &["terragrunt"]),
    ("pulumi", &["pulumi"]),
    ("aws", &["aws"]),
    ("az", &["az", "azure", "azmcp"]),
    ("gcloud", &["gcloud"]),
    ("docker", &["docker"]),
    ("gh", &["gh"]),
    ("heroku", &["heroku"]),
    ("flyctl", &["fly", "flyctl"]),
    ("railway", &["railway"]),
    ("supabase", &["supabase"]),
    ("wrangler", &["wrangler"]),
    ("doctl", &["doctl", "digitalocean"]),
    ("redis-cli", &["redis", "valkey"]),
];
/// What a tool that speaks to a cluster may be called for.
const CLUSTER_VERBS: &[&str] =
    &["delete", "scale", "drain", "cordon", "uncordon", "apply", "create", "patch", "rollout", "replace", "taint"];
/// Arguments that name a kind of thing in a cluster.
const KINDS: &[&str] = &["resourcetype", "kind", "resource"];

impl Call {
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

    /// Whether a command line says all that its name says.
    pub(super) fn has_command(&self) -> bool {
        self.on_cluster().is_some()
    }

    /// The line as one of the program that the tool calls: `destroy` of a server for Terraform.
    fn of_program(&self, line: &str) -> Option<String> {
        let is = |words: &[&str]| self.says(words) || self.serves(words);
        let (program, _) = PROGRAMS.iter().find(|(_, words)| is(words))?;
        let first = line.split_whitespace().next().unwrap_or_default();
        if first == *program {
            return None;
        }
        // A tool asks nobody.
        let agreed = matches!(first, "apply" | "destroy") && matches!(*program, "terraform" | "tofu");
        Some(if agreed { format!("{program} {line} -auto-approve") } else { format!("{program} {line}") })
    }

    /// What a tool for a cluster does, as the client's command line: `kubectl_delete`, `pods_delete`, `helm_uninstall`.
    fn on_cluster(&self) -> Option<String> {
        let of_helm = self.says(&["helm"]) && self.says(&["uninstall", "delete", "rollback"]);
        let of_cluster = ["kubectl", "kubernetes", "k8s"];
        if !of_helm && !self.says(&of_cluster) && !self.serves(&of_cluster) {
            return None;
        }
        let given = self.value(&["command", "verb", "operation"]).filter(|verb| CLUSTER_VERBS.contains(verb));
        let named = self.words.iter().map(String::as_str).find(|word| CLUSTER_VERBS.contains(word));
        let mut words = if of_helm {
            let verb = if self.says(&["rollback"]) { "rollback" } else { "uninstall" };
            vec!["helm".to_owned(), verb.to_owned()]
        } else {
            vec!["kubectl".to_owned(), given.or(named)?.to_owned()]
        };
        words.extend(self.value(&["subcommand"]).map(quoted));
        if !of_helm {
            let is_kind = |word: &&String| {
                !of_cluster.contains(&word.as_str())
                    && !CLUSTER_VERBS.contains(&word.as_str())
                    && !matches!(word.as_str(), "resource" | "resources" | "generic" | "by" | "name")
            };
            let kind = self.value(KINDS).map(str::to_lowercase);
            words.extend(kind.or_else(|| self.words.iter().find(is_kind).cloned()).map(|kind| quoted(&kind)));
        }
        words.extend(self.value(&["name", "release", "releasename", "podname", "deploymentname"]).map(quoted));
        words.extend(self.value(&["namespace"]).into_iter().flat_map(|space| ["-n".to_owned(), quoted(space)]));
        words.extend(self.value(&["context"]).map(|context| format!("--context={}", quoted(context))));
        words.extend(self.value(&["replicas"]).map(|count| format!("--replicas={}", quoted(count))));
        words.extend(self.value(&["all"]).filter(|all| *all == "true").map(|_| "--all".to_owned()));
        words.extend(self.values(&["args", "arguments", "flags"]).map(quoted));
        Some(words.join(" "))
    }

    fn commands(&self) -> Vec<String> {
        if let Some(line) = self.on_cluster() {
            return vec![line];
        }
        let given: Vec<&str> = self.values(COMMANDS).collect();
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
            if is(&["ssh"]) {
                let host = self.value(&["host", "hostname", "server"]).unwrap_or("remote");
                *line = format!("ssh {} {}", quoted(host), quoted(line));
            } else if let Some(container) = self.value(&["container", "containerid", "containername"]) {
                *line = format!("docker exec {} sh -c {}", quoted(container), quoted(line));
            } else if let Some(pod) = self.value(&["pod", "podname", "name"]).filter(|_| is(&["pod", "pods"])) {
                *line = format!("kubectl exec {} -- sh -c {}", quoted(pod), quoted(line));
            }
        }
        let of_program: Vec<String> = lines.iter().filter_map(|line| self.of_program(line)).collect();
        lines.extend(of_program);
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
            let is_folder = self.says(&["directory", "folder", "dir"])
                || self.value(&["recursive"]).is_some_and(|value| value == "true");
            return vec![(TextKind::Shell, super::removal(&paths, if is_folder { Reach::Tree } else { Reach::One }))];
        }
        if self.says(&["read", "view", "cat", "open", "get", "head", "tail"]) && !self.says(&["write", "edit"]) {
            return paths.iter().map(|path| (TextKind::FileRead, path.lossy().into_owned())).collect();
        }
        Vec::new()
    }

    /// Whether what it takes away are files of this machine, which are judged as such.
    pub(super) fn removes_files(&self) -> bool {
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

    /// The pipelines that it writes into a repository elsewhere, with what they will hold.
    pub(super) fn pipelines(&self) -> Vec<(Untrusted, Option<Untrusted>)> {
        let paths: Vec<&str> = self.values(&["path", "filepath"]).collect();
        let contents: Vec<&str> = self.values(&["content", "contents"]).collect();
        if paths.len() != contents.len() || self.is_of_files() && !self.writes().is_empty() {
            return Vec::new();
        }
        let pairs = paths.into_iter().zip(contents).filter(|(path, _)| pipelines::is_pipeline(path));
        pairs.map(|(path, content)| (Untrusted::from(path), Some(Untrusted::from(content)))).collect()
    }
}

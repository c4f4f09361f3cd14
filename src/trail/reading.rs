//! What a command tells the trail: what it reads, where it puts it, what it makes and looks at.

use super::claim::Claim;
use super::content::exported;
use super::event::EventKind;
use super::memory::{Holder, Trail};
use super::names;
use super::purpose::{family, is_documentation};
use super::source::{SourceOf, is_foreign, source_of};
use crate::model::{Exec, FileFact, Moment, Oracle, Span, Text, TextKind, Untrusted};
use crate::shell::{self, Invocation, Place, Reading, Word};

/// Variables that tell a client which server it speaks to.
const ADDRESSES: [&str; 5] = ["ETCDCTL_ENDPOINTS", "CONSUL_HTTP_ADDR", "NOMAD_ADDR", "VAULT_ADDR", "BAO_ADDR"];

/// How much of a secret file is read to learn its values, in bytes.
const SECRET_BYTES_MAX: usize = 64 * 1024;
/// How many files of one command are read.
const FILES_MAX: usize = 16;

/// Programs that make a file out of others.
const PACKERS: [&str; 9] = ["tar", "zip", "7z", "gzip", "cp", "mv", "rsync", "gpg", "install"];
/// Words that make a command one that only looks.
const LOOKING: [&str; 22] = [
    "list",
    "ls",
    "get",
    "describe",
    "show",
    "status",
    "info",
    "inspect",
    "current-context",
    "whoami",
    "view",
    "plan",
    "diff",
    "logs",
    "ps",
    "config",
    "head",
    "stat",
    "search",
    "tree",
    "top",
    "output",
];

impl Trail {
    pub(super) fn exec(&mut self, exec: &Exec, at: Moment, oracle: &dyn Oracle) {
        let words = exec.argv.iter().map(|word| Word::literal(word.lossy().into_owned(), Span(0, 0))).collect();
        let cwd = exec.cwd.lossy().into_owned();
        let reading = shell::peel(words, &Place { cwd: Some(cwd.clone()), home: None });
        self.reading(&reading, &cwd, at, oracle);
        for (name, value) in &exec.env_changed {
            let name = name.lossy();
            let known = self.mask().secrets_in(value.as_bytes()).into_iter().next();
            if let Some(origin) = known.and_then(|(secret, _)| secret.origin) {
                let is_foreign = is_foreign(&origin.place.lossy(), &cwd);
                self.holds(
                    name.into_owned(),
                    Holder { from: origin.to_string(), at, is_foreign, is_exported: true },
                    true,
                );
            }
        }
    }

    pub(super) fn text(&mut self, text: &Text, at: Moment, oracle: &dyn Oracle) {
        let whole = text.text.lossy();
        let cwd = text.cwd.as_ref().map(|cwd| cwd.lossy().into_owned()).unwrap_or_default();
        match text.kind {
            TextKind::Shell => {
                let place = Place { cwd: (!cwd.is_empty()).then(|| cwd.clone()), home: None };
                self.reading(&shell::read(&whole, &place), &cwd, at, oracle);
            }
            TextKind::FileRead => {
                if names::secret_file(&whole).is_some() {
                    let path = shell::joined_path(Some(&cwd), &whole).unwrap_or_else(|| whole.into_owned());
                    self.secret_read(&path, at, oracle);
                } else {
                    self.did(Claim::Looked);
                    if is_documentation(&whole) {
                        self.has_read(&whole);
                    }
                    if let Some(path) = shell::joined_path(Some(&cwd), &whole) {
                        self.fetched.forget(&path);
                    }
                    self.event(at, EventKind::Looked, &whole, "read");
                }
            }
            TextKind::Http => {
                let is_read = whole.starts_with("GET") || whole.starts_with("HEAD");
                if is_read {
                    self.did(Claim::Looked);
                    if is_documentation(&whole) {
                        self.has_read(
                            super::environment::host_of(whole.split_whitespace().nth(1).unwrap_or_default())
                                .unwrap_or_default(),
                        );
                    }
                    self.event(at, EventKind::Looked, whole.lines().next().unwrap_or_default(), "asked");
                }
            }
            TextKind::Sql => {
                let first = whole.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
                if matches!(first.as_str(), "SELECT" | "SHOW" | "DESCRIBE" | "EXPLAIN" | "WITH") {
                    self.event(at, EventKind::Looked, &whole, "asked");
                }
            }
            TextKind::Output => self.output(text.text.as_bytes(), at),
            TextKind::Prose => {}
        }
    }

    fn reading(&mut self, reading: &Reading, cwd: &str, at: Moment, oracle: &dyn Oracle) {
        for invocation in &reading.invocations {
            let source = self.secret_source(invocation, cwd, at, oracle);
            self.assignments(invocation, reading, cwd, at);
            self.redirections(invocation, reading, source.as_ref(), at, oracle);
            self.makes(invocation, source.as_ref(), at, oracle);
            super::created(invocation).iter().for_each(|name| self.made(super::made_thing(name)));
            if let Some(started) = super::making::started_in(invocation) {
                super::created(&started).iter().for_each(|name| self.made(super::made_thing(name)));
            }
            self.is_saved = super::created::saves(invocation).unwrap_or(self.is_saved);
            self.fetched.note(invocation, reading);
            self.identities.note(invocation);
            self.writes_by_code(invocation, at, oracle);
            self.looks(invocation, at);
            self.chooses(invocation, at);
            self.learns(invocation);
            self.uses(invocation);
        }
        self.is_saved |= super::created::commits_all(&reading.invocations);
    }

    /// The secret that this invocation reads or prints, remembered.
    fn secret_source(&mut self, invocation: &Invocation, cwd: &str, at: Moment, oracle: &dyn Oracle) -> Option<Holder> {
        let source = source_of(invocation)?;
        let holder = match source {
            SourceOf::Hunt(what) => {
                self.event(at, EventKind::Hunt, &what, "searched for credentials");
                self.learn_matches(invocation, oracle);
                return None;
            }
            SourceOf::File(path) => {
                self.secret_read(&path, at, oracle);
                Holder { is_foreign: is_foreign(&path, cwd) || self.was_hunted(), from: path, at, is_exported: false }
            }
            SourceOf::Command(what) => {
                self.event(at, EventKind::SecretRead, &what, "prints a credential");
                Holder { from: what, at, is_foreign: true, is_exported: false }
            }
        };
        Some(holder)
    }

    pub(super) fn was_hunted(&self) -> bool {
        self.events.iter().any(|event| event.kind == EventKind::Hunt)
    }

    /// Whether the session has found that the file at `path`, which is absolute, holds a secret.
    #[must_use]
    pub fn holds_secret(&self, path: &str) -> bool {
        self.copies.contains_key(path) || self.mask().has_met_at(path)
    }

    fn secret_read(&mut self, path: &str, at: Moment, oracle: &dyn Oracle) {
        let path = Untrusted::from(path);
        let ids = match oracle.read(&path, SECRET_BYTES_MAX) {
            Some(content) => self.mask().learn_file(&path, &content),
            None => Vec::new(),
        };
        let known = self
            .mask()
            .secrets()
            .into_iter()
            .find(|secret| secret.origin.as_ref().is_some_and(|from| from.place == path));
        let note = match ids.first().copied().or(known.map(|secret| secret.id)) {
            Some(id) => format!("secret {id} first seen"),
            None => "secrets read".to_owned(),
        };
        self.event(at, EventKind::SecretRead, &path.lossy(), &note);
    }

    /// A search over named files shows their values: learn them.
    fn learn_matches(&mut self, invocation: &Invocation, oracle: &dyn Oracle) {
        let paths: Vec<String> = invocation
            .operands(&[])
            .into_iter()
            .skip(1)
            .filter_map(|word| invocation.path(word))
            .take(FILES_MAX)
            .collect();
        for path in paths {
            let path = Untrusted::from(path);
            if let Some(content) = oracle.read(&path, SECRET_BYTES_MAX) {
                self.mask().learn_file(&path, &content);
            }
        }
    }

    /// Paths that this invocation makes, and files it makes out of secrets.
    fn makes(&mut self, invocation: &Invocation, source: Option<&Holder>, at: Moment, oracle: &dyn Oracle) {
        let program = invocation.program();
        let operands = invocation
            .operands(&["-m", "--mode", "-p", "--tmpdir", "--suffix", "-t", "-C", "-b", "--branch", "--depth", "-o"]);
        let paths = |words: &[&Word]| -> Vec<String> {
            words.iter().filter(|w| w.is_literal()).filter_map(|w| invocation.path(w)).collect()
        };
        match program {
            "cp" | "mv" | "ln" => {
                if let [.., from, to] = paths(&operands).as_slice()
                    && let Some(text) = self.written(from).map(str::to_owned)
                {
                    self.wrote(to.clone(), text, at);
                }
            }
            "mktemp" => {
                paths(&operands).into_iter().filter(|path| !path.ends_with("XXX")).for_each(|path| self.made(path))
            }
            "mkdir" => {
                let keeps_old = invocation.has_any(&["-p", "--parents"]);
                let here = invocation.cwd.as_deref().unwrap_or("/");
                let inside =
                    |path: &str| path.strip_prefix(here).and_then(|rest| rest.strip_prefix('/')).map(str::to_owned);
                let is_new = |path: &str| inside(path).is_some_and(|inside| super::created::is_new_by_name(&inside));
                for path in paths(&invocation.operands(&["-m", "--mode"])) {
                    match oracle.fact(&Untrusted::from(path.as_str())) {
                        FileFact::Missing => self.made(path),
                        FileFact::Unknown if !keeps_old || path.starts_with("/tmp/") || is_new(&path) => {
                            self.made(path)
                        }
                        FileFact::Unknown | FileFact::File { .. } | FileFact::Folder { .. } | FileFact::Other => {}
                    }
                }
            }
            _ if super::created::scaffolded(invocation).is_some() => {
                super::created::scaffolded(invocation).into_iter().for_each(|path| self.new_by_name(path, invocation));
            }
            "git" if operands.first().is_some_and(|word| word.text == "init") && operands.len() > 1 => {
                paths(&operands).into_iter().skip(1).for_each(|path| self.new_by_name(path, invocation));
            }
            "git" if operands.first().is_some_and(|word| word.text == "worktree") => {
                super::created::worktree(invocation).into_iter().for_each(|path| self.made(path));
            }
            "touch" => paths(&operands).into_iter().for_each(|path| self.new_path(&path, oracle)),
            "git" if operands.first().is_some_and(|word| word.text == "clone") => {
                let named = operands.get(2).map(|word| word.text.clone());
                let from = operands.get(1).map(|word| shell::base_name(&word.text).trim_end_matches(".git").to_owned());
                if let Some(path) = named.or(from).and_then(|name| shell::joined_path(invocation.cwd.as_deref(), &name))
                {
                    self.made(path);
                }
            }
            _ => {}
        }
        self.brings(invocation, oracle);
        if PACKERS.contains(&program) {
            let packed = invocation.args().iter().find(|word| names::secret_file(&word.text).is_some());
            let holder = match packed {
                Some(word) => Some(Holder {
                    from: invocation.path(word).unwrap_or_else(|| word.text.clone()),
                    at,
                    is_foreign: false,
                    is_exported: false,
                }),
                None => invocation
                    .args()
                    .iter()
                    .filter_map(|word| invocation.path(word))
                    .find_map(|path| self.copies.get(&path).cloned()),
            };
            if let (Some(holder), Some(path)) = (holder.or_else(|| source.cloned()), product(invocation)) {
                self.event(at, EventKind::SecretRead, &holder.from, &format!("packed into {path}"));
                self.holds(path, holder, false);
            }
        }
    }

    /// What a command unpacks, fetches, copies or parts into a place of its own. Into a folder that has to be there it brings
    /// only a part of what is there then.
    fn brings(&mut self, invocation: &Invocation, oracle: &dyn Oracle) {
        const BRING: [&str; 10] =
            ["cp", "python", "python3", "uv", "virtualenv", "unzip", "curl", "wget", "split", "csplit"];
        if !BRING.contains(&invocation.program()) || !invocation.is_here() {
            return;
        }
        for path in super::made_paths(invocation) {
            let is_new = match oracle.fact(&Untrusted::from(path.as_str())) {
                FileFact::Missing => true,
                FileFact::Unknown => super::created::is_new_by_name(&format!("./{}", shell::base_name(&path))),
                FileFact::File { .. } | FileFact::Folder { .. } | FileFact::Other => false,
            };
            if is_new {
                self.made(path);
            }
        }
    }

    /// A folder that a generator makes: it refuses one that is there, unless that is the folder it runs in.
    fn new_by_name(&mut self, path: String, invocation: &Invocation) {
        if invocation.cwd.as_deref() != Some(path.as_str()) && !super::created::is_work_folder(shell::base_name(&path))
        {
            self.made(path);
        }
    }

    pub(super) fn new_path(&mut self, path: &str, oracle: &dyn Oracle) {
        if oracle.fact(&Untrusted::from(path)) == FileFact::Missing {
            self.made(path.to_owned());
        }
    }

    fn looks(&mut self, invocation: &Invocation, at: Moment) {
        let words: Vec<&str> = invocation.operands(&[]).into_iter().map(|word| word.text.as_str()).collect();
        let is_look = words.iter().take(3).any(|word| {
            LOOKING.contains(word)
                || word.ends_with(":list")
                || word.starts_with("describe-")
                || word.starts_with("list-")
        });
        let is_read = matches!(invocation.program(), "curl" | "http" | "xh" | "wget")
            && !invocation.has_any(&["-X", "--request", "-d", "--data", "-F", "-T"]);
        if (is_look || is_read) && !words.is_empty() {
            self.did(Claim::Looked);
            let line: Vec<&str> = invocation.words.iter().map(|word| word.text.as_str()).collect();
            self.event(at, EventKind::Looked, &line.join(" "), "looked");
        }
    }

    /// Later commands of the program's family act on `name`.
    pub(super) fn chose_for(&mut self, program: &str, name: &str, how: &str, at: Moment) {
        let tool = match program {
            "kubectx" | "oc" | "minikube" | "kind" | "k3d" => "kubectl",
            "tofu" => "terraform",
            other => other,
        };
        self.chosen_for.insert(tool.to_owned(), name.to_owned());
        self.plans.remove(tool);
        self.chose(family(program).unwrap_or(program), name, how, at);
    }

    /// Commands that choose where later ones act.
    fn chooses(&mut self, invocation: &Invocation, at: Moment) {
        let words: Vec<&str> = invocation.words.iter().map(|word| word.text.as_str()).collect();
        let program = invocation.program();
        let after = |name: &str| words.iter().position(|word| *word == name).and_then(|at| words.get(at + 1)).copied();
        let chosen = match program {
            "kubectl" => after("use-context"),
            "kubectx" | "awsume" => words.get(1).copied(),
            // What makes a cluster on this machine also chooses it.
            "minikube" | "kind" | "k3d" if words.iter().any(|word| matches!(*word, "start" | "create")) => {
                Some(program)
            }
            "railway" => after("environment")
                .or_else(|| after("-e"))
                .or_else(|| after("--environment"))
                .filter(|_| words.contains(&"environment") || words.contains(&"link")),
            "terraform" | "tofu" => after("select").filter(|_| words.contains(&"workspace")),
            "gcloud" => after("project").filter(|_| words.contains(&"set")).or_else(|| after("activate")),
            "doctl" | "heroku" | "vercel" | "docker" => after("switch").or_else(|| after("use")),
            "supabase" => after("--project-ref").filter(|_| words.contains(&"link")),
            "pulumi" => after("select").filter(|_| words.contains(&"stack")),
            "firebase" => words.get(2).copied().filter(|_| words.get(1) == Some(&"use")),
            "az" => after("--subscription").or_else(|| after("-s")).filter(|_| words.contains(&"account")),
            "neonctl" => after("--branch").filter(|_| words.contains(&"set-context")),
            _ => None,
        };
        if let Some(plan) = super::created::destroying_plan(invocation) {
            self.chosen_for.insert(format!("destroying plan {plan}"), String::new());
        }
        if let Some((name, url)) = super::created::remote(invocation) {
            self.chosen_for.insert(format!("git remote {name}"), url);
        }
        let made = super::workspace(invocation);
        if let Some(name) = chosen.or(made.as_deref()) {
            self.chose_for(program, name, &words.join(" "), at);
        }
        let by_variable = ["AWS_PROFILE", "KUBECONFIG", "DATABASE_URL", "RAILS_ENV", "NODE_ENV", "TF_WORKSPACE"];
        let given = invocation.assigns.iter().filter(|_| program == "export").map(|(name, word)| (name.clone(), word));
        let all: Vec<(String, &Word)> = given.chain(exported(invocation)).collect();
        for (name, word) in all.iter().filter(|(name, _)| ADDRESSES.contains(&name.as_str())) {
            self.chosen_for.insert(format!("env {name}"), word.text.clone());
        }
        for (name, word) in all.into_iter().filter(|(name, _)| by_variable.contains(&name.as_str())) {
            let family = match name.as_str() {
                "AWS_PROFILE" => "aws",
                "KUBECONFIG" => "kubectl",
                "TF_WORKSPACE" => "terraform",
                "DATABASE_URL" => "database",
                _ => "app",
            };
            if name != "NODE_ENV" {
                self.chosen_for.insert(format!("env {name}"), word.text.clone());
            }
            self.chose(family, &word.text, &format!("{name}={}", word.text), at);
        }
    }
}

/// The file that a packing program makes.
fn product(invocation: &Invocation) -> Option<String> {
    let args = invocation.args();
    let word = match invocation.program() {
        "tar" => {
            let at = args.iter().position(|word| {
                (word.is_flag() || !word.text.contains(['.', '/']))
                    && word.text.trim_start_matches('-').ends_with('f')
                    && !word.text.starts_with("--")
            });
            at.and_then(|at| args.get(at + 1))
        }
        "zip" | "7z" => invocation
            .operands(&[])
            .into_iter()
            .find(|word| word.text.contains('.') && names::secret_file(&word.text).is_none()),
        "gzip" => None,
        _ => invocation.operands(&[]).into_iter().last(),
    };
    word.filter(|word| word.is_literal() && word.text != "-").and_then(|word| invocation.path(word))
}

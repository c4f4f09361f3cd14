//! What a credential was made for, as far as its names and its first use tell, and what to look at before an act.

use super::claim::Claim;
use super::environment::host_of;
use super::memory::Trail;
use super::source::READERS;
use super::text::cut;
use crate::model::Untrusted;
use crate::shell::Invocation;

/// The first use of a credential.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Use {
    pub host: String,
    pub verb: String,
}

/// How much of a task is quoted, in bytes.
const QUOTE_BYTES_MAX: usize = 80;
/// How long a host or verb may be, in bytes.
const PART_BYTES_MAX: usize = 256;
/// The shortest word of a name that says what something is for, in bytes.
const WORD_BYTES_MIN: usize = 4;
/// Words of names that say nothing of a purpose.
const PLAIN: &[&str] = &[
    "token",
    "tokens",
    "secret",
    "secrets",
    "apikey",
    "access",
    "auth",
    "password",
    "passwd",
    "credential",
    "credentials",
    "bearer",
    "home",
    "user",
    "infra",
    "config",
    "local",
    "json",
    "yaml",
    "toml",
    "production",
    "staging",
    "environment",
    "service",
    "account",
    "default",
    "private",
    "public",
    "data",
    "shop",
    "master",
    "hosts",
    "variables",
    "http",
    "https",
];

impl Use {
    pub fn bytes(&self) -> usize {
        self.host.len() + self.verb.len()
    }

    /// Where an invocation sends what it is given, and what it asks for.
    pub fn of(invocation: &Invocation) -> Option<Self> {
        let url = invocation.args().iter().find(|word| word.text.contains("://"));
        let host = match url {
            Some(word) => host_of(&word.text)?.to_ascii_lowercase(),
            None => invocation.program().to_owned(),
        };
        let method = invocation.options(&["-X", "--request", "--method"]).first().map(|word| word.text.clone());
        let sends = invocation.has_any(&["-d", "--data", "--data-raw", "--json", "-F", "-T"]);
        let verb = match (url, method) {
            (_, Some(method)) => method,
            (Some(_), None) => if sends { "POST" } else { "GET" }.to_owned(),
            (None, None) => invocation.operands(&[]).first().map(|word| word.text.clone()).unwrap_or_default(),
        };
        Some(Self { host: cut(&host, PART_BYTES_MAX).to_owned(), verb: cut(&verb, PART_BYTES_MAX).to_owned() })
    }
}

impl Trail {
    /// Remembers where the credentials of this invocation are used, each once.
    pub(super) fn uses(&mut self, invocation: &Invocation) {
        if self.variables.is_empty() && self.mask().is_empty() {
            return;
        }
        let words = || invocation.words.iter().chain(invocation.assigns.iter().map(|(_, word)| word));
        let mut names: Vec<String> = words()
            .flat_map(|word| &word.variables)
            .filter(|name| self.variables.contains_key(*name))
            .cloned()
            .collect();
        for word in words() {
            names.extend(
                self.mask().secrets_in(word.text.as_bytes()).into_iter().map(|(secret, _)| secret.id.to_string()),
            );
        }
        let is_sent = super::outline::is_sender(invocation.program());
        let Some(first) = Use::of(invocation).filter(|_| is_sent && !names.is_empty()) else { return };
        for name in names {
            self.used(&name, first.clone());
        }
    }

    /// Help, documentation and dry runs that were seen, and what an agent may later claim to have done.
    pub(super) fn learns(&mut self, invocation: &Invocation) {
        let program = invocation.program().to_owned();
        let says = |wanted: &[&str]| invocation.args().iter().any(|word| wanted.contains(&word.text.as_str()));
        let is_dry = invocation.args().iter().any(|word| {
            matches!(
                word.text.as_str(),
                "--help" | "-h" | "help" | "--dry-run" | "--dryrun" | "plan" | "--what-if" | "diff"
            ) || word.text.starts_with("--dry-run=")
        });
        if is_dry {
            self.has_read(&program);
        }
        if matches!(program.as_str(), "man" | "tldr" | "info") {
            invocation.args().iter().for_each(|word| self.has_read(&word.text));
        }
        if let Some(url) = invocation.args().iter().find(|word| is_documentation(&word.text)) {
            self.has_read(&url.text);
        }
        let is_test = matches!(
            program.as_str(),
            "pytest" | "jest" | "vitest" | "rspec" | "phpunit" | "ctest" | "tox" | "mocha" | "playwright"
        ) || says(&["test", "check", "spec", "nextest", "tests"]);
        let is_backup = matches!(
            program.as_str(),
            "pg_dump" | "pg_dumpall" | "mysqldump" | "mongodump" | "restic" | "borg" | "rsync" | "cp" | "tar" | "zip"
        ) || invocation
            .args()
            .iter()
            .any(|word| ["snapshot", "backup", "dump", "stash"].iter().any(|part| word.text.contains(part)));
        let is_restore = matches!(program.as_str(), "pg_restore" | "mongorestore")
            || invocation
                .args()
                .iter()
                .any(|word| word.text.contains("restore") || word.text == "checkout" || word.text == "revert");
        for (is_it, claim) in [(is_test, Claim::Tested), (is_backup, Claim::BackedUp), (is_restore, Claim::Restored)] {
            if is_it {
                self.did(claim);
            }
        }
        if READERS.contains(&program.as_str())
            || matches!(program.as_str(), "ls" | "find" | "git" | "psql" | "curl" | "stat" | "diff")
        {
            self.did(Claim::Looked);
        }
    }

    /// What is known of what a credential was made for, where this use is another: a sentence, or nothing.
    ///
    /// `names` are what it goes by: its variable, its letter, its own name. `from` is where it was found.
    pub(super) fn other_purpose(&self, names: &[&str], from: &str, text: &str, now: Option<&Use>) -> String {
        let mut said = String::new();
        let before = names.iter().find_map(|name| self.uses.get(*name));
        if let (Some(before), Some(now)) = (before, now)
            && before != now
        {
            said = format!(
                " It was first used for {} at {}, and now for {} at {}.",
                before.verb, before.host, now.verb, now.host
            );
        }
        let lower = text.to_ascii_lowercase();
        let file = from.rsplit('/').next().unwrap_or_default().split(':').next().unwrap_or_default();
        let is_command = from.contains(' ');
        let words = names.iter().copied().chain((!is_command).then_some(file));
        let purpose = words
            .flat_map(|name| name.split(|c: char| !c.is_ascii_alphabetic()))
            .map(str::to_ascii_lowercase)
            .find(|word| word.len() >= WORD_BYTES_MIN && !PLAIN.contains(&word.as_str()));
        if let Some(purpose) = purpose.filter(|purpose| !lower.contains(purpose.trim_end_matches('s'))) {
            said.push_str(&format!(" By its name it was made for {purpose}."));
        }
        said
    }

    /// Whether the task says nothing of any of these words: then the sentence that tells so. It explains; it is no ground
    /// for anything by itself.
    pub(super) fn unasked(&self, what: &str, words: &[&str]) -> Option<String> {
        let task = self.asked()?;
        let lower = task.lossy().to_ascii_lowercase();
        let parts =
            words.iter().flat_map(|word| word.split(|c: char| !c.is_ascii_alphanumeric())).map(str::to_ascii_lowercase);
        let named =
            parts.filter(|part| part.len() >= WORD_BYTES_MIN).any(|part| lower.contains(part.trim_end_matches('s')));
        if named {
            return None;
        }
        let quote = Untrusted::from(cut(&task.lossy(), QUOTE_BYTES_MAX)).shown();
        Some(format!(" What was asked (\u{201c}{quote}\u{201d}) says nothing of {what}."))
    }

    /// Whether help, documentation or a dry run was seen for this program, or for this host's provider.
    pub(super) fn has_read_of(&self, program: &str, host: Option<&str>) -> bool {
        let provider = host.and_then(|host| host.rsplit('.').nth(1)).filter(|name| name.len() >= WORD_BYTES_MIN);
        self.read.iter().any(|read| {
            read == program
                || program.len() >= 3 && read.contains(program)
                || provider.is_some_and(|name| read.contains(name))
        })
    }
}

/// What to look at before something that cannot be taken back.
pub(super) fn missing_check(program: &str) -> &'static str {
    match program {
        "railway" => "railway status and railway volume list: which environment it belongs to",
        "kubectl" | "helm" | "oc" => "kubectl config current-context, then kubectl get or describe it",
        "aws" => "aws sts get-caller-identity, then describe it with its tags",
        "gcloud" | "gsutil" => "gcloud config list, then describe it",
        "az" => "az account show, then show it",
        "terraform" | "tofu" | "pulumi" => "the workspace (or stack), then a plan of what would be destroyed",
        "psql" | "mysql" | "mongosh" | "redis-cli" => {
            "which server and database this is, and how many rows it would hit"
        }
        "docker" | "podman" => "inspect it: what it is mounted in, and what it holds",
        "gh" | "glab" => "view it: who owns it, and when it was last used",
        "curl" | "wget" | "http" | "https" | "xh" => {
            "ask the same API for it first, with the environment it belongs to"
        }
        _ => "list or describe it first, with the environment it belongs to",
    }
}

/// Whose choice of an environment a program follows.
pub(super) fn family(program: &str) -> Option<&'static str> {
    Some(match program {
        "kubectl" | "kubectx" | "minikube" | "kind" | "k3d" | "helm" | "k9s" | "oc" | "kustomize" => "kubectl",
        "terraform" | "tofu" | "terragrunt" => "terraform",
        "aws" | "cdk" | "sam" => "aws",
        "gcloud" | "gsutil" | "bq" => "gcloud",
        "az" => "az",
        "railway" => "railway",
        "fly" | "flyctl" => "fly",
        "heroku" => "heroku",
        "doctl" => "doctl",
        "vercel" => "vercel",
        "supabase" => "supabase",
        "docker" => "docker",
        "psql" | "mysql" | "mongosh" | "prisma" | "drizzle-kit" | "dropdb" | "createdb" => "database",
        "rails" | "rake" => "app",
        _ => return None,
    })
}

/// Whether an address or a file is documentation.
pub(super) fn is_documentation(place: &str) -> bool {
    let lower = place.to_ascii_lowercase();
    let is_file =
        !lower.contains("://") && (lower.ends_with(".md") || lower.contains("readme") || lower.contains("docs/"));
    is_file
        || lower.contains("://") && (lower.contains("docs.") || lower.contains("/docs") || lower.contains("/reference"))
}

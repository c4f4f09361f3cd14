//! What matters of an action to the session's past: what runs, where it leads, and whether it sends anything.

use std::borrow::Cow;

use super::environment::{host_of, is_local_host};
use crate::model::{Action, ActionKind, TextKind, ToolDeed, Untrusted};
use crate::shell::{Invocation, Layer, Word};

/// The parts of an action that matter here.
pub(super) struct Shape<'a> {
    pub invocations: &'a [Invocation],
    /// The whole text, words joined by blanks.
    pub text: String,
    pub cwd: String,
    /// The first host that is named.
    pub host: Option<String>,
    /// What else may hold a value: variables of the environment.
    pub values: Vec<Untrusted>,
    /// Whether something is sent to another machine.
    pub is_sent: bool,
    pub is_local: bool,
    /// Whether files are what it acts on.
    pub is_files: bool,
}

/// Programs that send what they are given to a service.
const SENDERS: [&str; 41] = [
    "curl",
    "wget",
    "http",
    "https",
    "xh",
    "railway",
    "fly",
    "flyctl",
    "heroku",
    "vercel",
    "netlify",
    "supabase",
    "gh",
    "glab",
    "aws",
    "gcloud",
    "az",
    "doctl",
    "hcloud",
    "kubectl",
    "helm",
    "terraform",
    "tofu",
    "pulumi",
    "psql",
    "mysql",
    "mongosh",
    "redis-cli",
    "ssh",
    "scp",
    "rsync",
    "nc",
    "docker",
    "npm",
    "stripe",
    "wrangler",
    "dig",
    "nslookup",
    "host",
    "drill",
    "neonctl",
];
/// Programs that run code which may send what it holds.
pub(super) const RUNNERS: [&str; 7] = ["python", "node", "ruby", "perl", "php", "deno", "bun"];
/// Programs that act on files of this machine.
const FILE_PROGRAMS: [&str; 17] = [
    "rm", "rmdir", "unlink", "shred", "truncate", "mv", "cp", "find", "git", "dd", "tee", "sed", "chmod", "chown",
    "ln", "trash", "install",
];

/// Whether a program sends what it is given to a service.
#[must_use]
pub fn is_sender(program: &str) -> bool {
    SENDERS.contains(&program)
}

impl<'a> Shape<'a> {
    pub fn of(action: &Action, invocations: &'a [Invocation]) -> Self {
        let (text, cwd, kind) = match &action.kind {
            ActionKind::Exec(exec) => {
                let words: Vec<String> = exec.argv.iter().map(|word| word.lossy().into_owned()).collect();
                (words.join(" "), exec.cwd.lossy().into_owned(), None)
            }
            ActionKind::Text(text) => {
                let cwd = text.cwd.as_ref().map(|cwd| cwd.lossy().into_owned()).unwrap_or_default();
                (text.text.lossy().into_owned(), cwd, Some(text.kind))
            }
            ActionKind::Tool(tool) => {
                let cwd = tool.cwd.as_ref().map(|cwd| cwd.lossy().into_owned()).unwrap_or_default();
                let text = tool.text();
                let words = text.as_ref().map_or_else(|| tool.shown(), |text| text.text.lossy().into_owned());
                (words, cwd, text.map(|text| text.kind))
            }
            ActionKind::File(_) | ActionKind::Connect(_) | ActionKind::Kill(_) => {
                let cwd = action.cwd().map(|cwd| cwd.lossy().into_owned()).unwrap_or_default();
                (action.shown(), cwd, None)
            }
        };
        let values = action
            .as_exec()
            .map(|exec| exec.env_changed.iter().map(|(_, value)| value.clone()).collect())
            .unwrap_or_default();
        let is_request = kind == Some(TextKind::Http);
        let is_remote = matches!(&action.kind, ActionKind::Tool(tool) if matches!(tool.deed, ToolDeed::Remote { .. }));
        // What is in a commit leaves with the next push, and what is in an address with the next fetch.
        let by_git = |invocation: &Invocation| {
            const VERBS: [&str; 9] =
                ["commit", "tag", "notes", "clone", "fetch", "pull", "push", "ls-remote", "remote"];
            let verb = invocation.args().iter().find(|word| !word.is_flag()).map_or("", |word| word.text.as_str());
            invocation.program() == "git" && VERBS.contains(&verb)
        };
        let sends = |invocation: &Invocation| SENDERS.contains(&invocation.program()) || by_git(invocation);
        let is_sent = is_request || is_remote || invocations.iter().flat_map(with_carriers).any(|one| sends(&one));
        let urls = urls_in(&text);
        // Code that names an address sends what it holds there.
        let codes = |one: &Invocation| RUNNERS.iter().any(|runner| one.program().starts_with(runner));
        let is_sent = is_sent || !urls_in(&text).is_empty() && invocations.iter().any(codes);
        let is_local = !urls.is_empty() && urls.iter().all(|host| is_local_host(host));
        let is_files = kind == Some(TextKind::FileRead)
            || (!invocations.is_empty()
                && invocations.iter().all(|i| i.words.is_empty() || FILE_PROGRAMS.contains(&i.program())));
        let host = urls.first().cloned();
        Self { invocations, text, cwd, host, values, is_sent, is_local, is_files }
    }

    /// The program that matters: the last that is not a filter of files.
    pub fn program(&self) -> &str {
        let programs = || self.invocations.iter().map(Invocation::program).filter(|program| !program.is_empty());
        programs().find(|program| is_sender(program)).or_else(|| programs().next()).unwrap_or_default()
    }

    pub fn words(&self) -> impl Iterator<Item = &Word> {
        self.invocations
            .iter()
            .flat_map(|invocation| invocation.words.iter().chain(invocation.assigns.iter().map(|(_, word)| word)))
    }
}

/// A text as it would read if it were not disguised: backwards, its hexadecimal digits small, its parts put together.
pub(super) fn undisguised(text: &str) -> Vec<String> {
    const GLUE: [&str; 6] = ["\" + \"", "' + '", "\"+\"", "'+'", "\"\"", "''"];
    let backwards = text.chars().rev().collect();
    let small = text.to_ascii_lowercase();
    let whole = GLUE.iter().fold(text.to_owned(), |text, glue| text.replace(glue, ""));
    vec![backwards, small, whole]
}

/// An invocation, and what carries it: `ssh -i key host command`, `docker run --env-file x image command`.
pub(super) fn with_carriers(invocation: &Invocation) -> impl Iterator<Item = Cow<'_, Invocation>> {
    let carrier = |layer: &Layer| {
        Cow::Owned(Invocation { words: layer.words.clone(), cwd: invocation.cwd.clone(), ..Invocation::default() })
    };
    invocation.layers.iter().map(carrier).chain([Cow::Borrowed(invocation)])
}

/// The hosts of the addresses in a text.
fn urls_in(text: &str) -> Vec<String> {
    let words = text.split_whitespace().filter_map(|word| {
        let at = word.find("://")?;
        let scheme = word.get(..at)?.bytes().rev().take_while(u8::is_ascii_alphanumeric).count();
        word.get(at - scheme..)
    });
    words.filter_map(|url| host_of(url.trim_matches(['"', '\''])).map(str::to_ascii_lowercase)).collect()
}

//! One invocation with all that rules may ask about it.

use super::effect::Effect;
use super::environs;
use crate::shell::{Invocation, Word, base_name};
use crate::trail::Environment;

/// One invocation with all that rules may ask about it.
#[derive(Debug, Clone)]
pub struct Act<'a> {
    /// The invocation.
    pub invocation: &'a Invocation,
    /// The program by the name that rules know: `python` for `python3.12`, `manage.py` for `python manage.py`.
    pub program: String,
    /// The words after the program, by that name.
    pub args: Vec<&'a Word>,
    /// What it does.
    pub effects: Vec<Effect>,
    /// What it acts on.
    pub environment: Environment,
    /// Whether it only says what it would do.
    pub is_dry: bool,
    /// Whether what it acts on is a test's, or was made by this session: it is made again as easily.
    pub is_passing: bool,
    /// Whether a tool for things elsewhere acts on an emulator or a cluster of this machine.
    pub is_emulated: bool,
}

/// How many words of global options may stand before a verb.
const GLOBAL_WORDS_MAX: usize = 4;

/// How many words a verb has of which it is remembered where they are not found.
const VERB_WORDS_MAX: usize = 8;

/// Interpreters whose script may be a program that rules know.
const HOSTS: &[(&str, &[&str])] = &[
    (
        "python",
        &["manage.py", "pip", "alembic", "flask", "django-admin", "twine", "celery", "aerich", "rq", "dbt", "airflow"],
    ),
    ("php", &["artisan", "console", "wp", "drush"]),
    ("ruby", &["rails", "rake"]),
    ("node", &["ace", "ace.js", "artisan"]),
];

/// Tools of a project that its package manager starts by their own name: `yarn prisma migrate reset`.
const SCRIPTS: &[&str] = &[
    "prisma",
    "drizzle-kit",
    "typeorm",
    "sequelize",
    "sequelize-cli",
    "knex",
    "mikro-orm",
    "node-pg-migrate",
    "db-migrate",
    "medusa",
    "strapi",
    "payload",
    "directus",
    "wrangler",
    "vercel",
    "netlify",
    "firebase",
    "supabase",
    "railway",
    "cdk",
    "cdktf",
    "sst",
    "serverless",
    "sls",
    "convex",
    "neonctl",
    "pscale",
    "turso",
    "changeset",
    "lerna",
    "semantic-release",
    "release-it",
    "np",
    "eas",
    "amplify",
    "sanity",
    "pulumi",
    "ace",
    "nx",
];

impl<'a> Act<'a> {
    /// Looks at `invocation`; its effects are added later.
    #[must_use]
    pub fn new(invocation: &'a Invocation) -> Self {
        let (program, args) = named(invocation);
        let is_dry = is_dry(&program, &args);
        let environment = environs::of(invocation, &program, &args);
        let is_passing = environs::is_test(invocation, &args);
        let is_emulated = environs::lands_here(invocation, &program, &args);
        Self { invocation, program, args, effects: Vec::new(), environment, is_dry, is_passing, is_emulated }
    }

    /// Where in `args` the words after `verb` start, if the invocation has that verb.
    ///
    /// Options before and between the verb's words are passed over, with their values.
    #[must_use]
    pub fn after(&self, verb: &[String]) -> Option<usize> {
        self.after_from(verb, 0, &mut [0; VERB_WORDS_MAX])
    }

    /// `failed` says for each word of the verb, counted from its last, before which place it is not found.
    fn after_from(&self, verb: &[String], from: usize, failed: &mut [usize; VERB_WORDS_MAX]) -> Option<usize> {
        let Some((part, rest)) = verb.split_first() else { return Some(from) };
        if failed.get(rest.len()).is_some_and(|until| from < *until) {
            return None;
        }
        let mut is_value = false;
        let mut stopped = self.args.len();
        for (at, word) in self.args.iter().enumerate().skip(from) {
            if word.is_flag() && !part.starts_with('-') {
                is_value = !word.text.contains('=');
                continue;
            }
            if part.split('|').any(|each| wild(each, &word.text))
                && let Some(end) = self.after_from(rest, at + 1, failed)
            {
                return Some(end);
            }
            if !std::mem::take(&mut is_value) {
                stopped = at;
                break;
            }
        }
        // What was passed over once without success is passed over again without success.
        if let Some(until) = failed.get_mut(rest.len()) {
            *until = stopped + 1;
        }
        None
    }

    /// The first operand from `at` on, options and what may be their values passed over.
    #[must_use]
    pub fn operand_from(&self, at: usize) -> Option<&'a Word> {
        let rest = self.args.get(at..)?;
        let mut before = "";
        let mut second = None;
        for word in rest {
            if !word.is_flag() {
                let is_value = before.starts_with('-') && !before.contains('=');
                if !is_value {
                    return Some(word);
                }
                second = second.or(Some(*word));
            }
            before = &word.text;
        }
        second
    }
}

/// Whether `text` is `pattern`, in which `*` stands for any text.
#[must_use]
pub fn wild(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    // Where the last star stands, and how much of the text it has taken: stars never multiply.
    let (mut p, mut t, mut star) = (0usize, 0usize, None);
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(byte) if text.get(t) == Some(byte) => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((at, from)) = star else { return false };
                star = Some((at, from + 1));
                p = at + 1;
                t = from + 1;
            }
        }
    }
    pattern.get(p..).unwrap_or_default().iter().all(|byte| *byte == b'*')
}

fn named(invocation: &Invocation) -> (String, Vec<&Word>) {
    let first = invocation.program();
    let mut args: Vec<&Word> = invocation.args().iter().collect();
    let mut program = canonical(first).to_owned();
    if matches!(first, "docker-compose" | "podman-compose") {
        return ("docker compose".to_owned(), args);
    }
    if matches!(program.as_str(), "docker" | "podman" | "nerdctl") {
        let verb = args.iter().position(|word| word.text == "compose").filter(|at| {
            let before = args.get(..*at).unwrap_or_default();
            before.first().is_none_or(|word| word.is_flag()) && before.len() <= GLOBAL_WORDS_MAX
        });
        if let Some(at) = verb {
            args.remove(at);
            return ("docker compose".to_owned(), args);
        }
    }
    if matches!(program.as_str(), "npm" | "pnpm" | "yarn" | "bun") {
        let skip = usize::from(args.first().is_some_and(|word| matches!(word.text.as_str(), "run" | "run-script")));
        if let Some(word) = args.get(skip)
            && SCRIPTS.contains(&word.text.as_str())
        {
            program.clone_from(&word.text);
            args.drain(..=skip);
            args.retain(|word| word.text != "--");
            return (program, args);
        }
    }
    for (host, scripts) in HOSTS {
        if program != *host {
            continue;
        }
        let skip = usize::from(args.first().is_some_and(|word| word.text == "-m"));
        if let Some(word) = args.get(skip)
            && scripts.contains(&base_name(&word.text))
        {
            program = canonical(base_name(&word.text)).to_owned();
            args.drain(..=skip);
            return (program, args);
        }
    }
    (program, args)
}

/// The name that rules know a program by.
pub(super) fn canonical(name: &str) -> &str {
    let name = name.strip_suffix(".exe").unwrap_or(name);
    for (prefix, known) in
        [("python", "python"), ("pip", "pip"), ("ruby", "ruby"), ("php", "php"), ("perl", "perl"), ("nodejs", "node")]
    {
        if let Some(rest) = name.strip_prefix(prefix)
            && rest.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        {
            return known;
        }
    }
    // `gitlab-rails runner`, `foreman-rake db:drop`: the framework's own tools under the name of what they belong to.
    for tool in ["rails", "rake"] {
        if name.strip_suffix(tool).is_some_and(|before| before.len() > 1 && before.ends_with('-')) {
            return tool;
        }
    }
    if let Some(plain) = name.strip_suffix(".sh")
        && ["kafka-", "zookeeper-", "pulsar-"].iter().any(|head| plain.starts_with(head))
    {
        return plain;
    }
    match name {
        "nodejs" => "node",
        "gradlew" | "gradlew.bat" => "gradle",
        "mvnw" | "mvnw.cmd" => "mvn",
        "gsed" => "sed",
        "bfs" | "gfind" => "find",
        "grm" => "rm",
        "gmv" => "mv",
        "flyctl" => "fly",
        "typeorm-ts-node-commonjs" | "typeorm-ts-node-esm" => "typeorm",
        "ace.js" => "ace",
        "docker.io" => "docker",
        "minio-client" | "mcli" => "mc",
        "jenkins-cli.jar" => "jenkins-cli",
        "hub" => "gh",
        "dnf4" | "dnf5" => "dnf",
        "mariadb" => "mysql",
        "py" | "pypy" | "pypy3" => "python",
        "tsx" | "ts-node" | "bun" if false => "node",
        other => other,
    }
}

/// Whether it only says what it would do, or prints help.
fn is_dry(program: &str, args: &[&Word]) -> bool {
    let says = |word: &&Word| {
        let text = word.text.as_str();
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        let is_named = matches!(
            name,
            "--dry-run"
                | "--dryrun"
                | "--dry"
                | "--what-if"
                | "--whatif"
                | "-WhatIf"
                | "--noop"
                | "--no-op"
                | "--simulate"
                | "--just-print"
                | "--dry_run"
                | "--dryRun"
                | "--preview-only"
                | "--pretend"
                | "--plan"
                | "--dump-sql"
                | "--cli-input-json-skeleton"
                | "--generate-cli-skeleton"
        );
        (is_named && !matches!(value, "false" | "none" | "0")) || text == "--help"
    };
    if args.last().is_some_and(|word| word.text == "--version") {
        return true;
    }
    if args.iter().take_while(|word| word.text != "--").any(says) {
        return true;
    }
    let verb = args.iter().find(|word| !word.is_flag()).map_or("", |word| word.text.as_str());
    let has = |flag: &str| args.iter().any(|word| word.text == flag);
    let in_cluster = |letter: char| {
        args.iter().any(|w| w.text.starts_with('-') && !w.text.starts_with("--") && w.text.contains(letter))
    };
    match program {
        // `git config KEY` shows it.
        "git" if verb == "config" => {
            let operands: Vec<&Word> = args.iter().filter(|word| !word.is_flag()).copied().collect();
            let is_plain =
                |key: &str| ["core.", "alias.", "credential.helper"].iter().any(|head| key.starts_with(head));
            operands.len() == 2 && operands.last().is_some_and(|key| is_plain(&key.text)) && !has("--unset")
        }
        "git" => matches!(verb, "clean" | "push" | "rm" | "mv" | "add" | "prune" | "fetch") && in_cluster('n'),
        "make" | "gmake" | "just" => in_cluster('n') && !has("--no-print-directory"),
        "rsync" => in_cluster('n'),
        "apt-get" | "apt" => has("-s"),
        "terraform" | "tofu" | "pulumi" | "terragrunt" => {
            matches!(verb, "plan" | "preview" | "show" | "validate" | "fmt" | "providers" | "version")
        }
        "ansible-playbook" | "ansible" => has("--check") || has("-C") || has("--syntax-check") || has("--list-tasks"),
        "kubectl" | "oc" => matches!(verb, "explain" | "diff") || verb == "auth",
        "helm" => matches!(verb, "template" | "lint" | "diff"),
        "aws" => has("help"),
        "alembic" | "flask" => has("--sql"),
        "cdk" | "cdktf" | "sst" => matches!(verb, "diff" | "synth" | "ls" | "list"),
        "liquibase" => verb.ends_with("-sql") || verb.ends_with("SQL"),
        "gcloud" | "az" | "heroku" | "fly" | "railway" => verb == "help",
        "prisma" => false,
        _ => {
            args.last().is_some_and(|word| word.text == "-h")
                && !matches!(program, "psql" | "mysql" | "redis-cli" | "ls" | "du" | "df" | "sort")
        }
    }
}

//! From findings to what the operator is told.

use std::cmp::Reverse;
use std::collections::HashSet;

use super::act::Act;
use crate::model::{Blast, Class, Finding, RuleId, Tier, Undo, Untrusted, Verdict};
use crate::shell::{Invocation, LayerKind, Reading, base_name};
use crate::trail::Environment;

/// The worst first, and nothing twice.
pub(super) fn settle(findings: &mut Vec<Finding>) {
    findings.sort_by_key(|finding| Reverse(finding.tier));
    let mut known: HashSet<(RuleId, Option<Untrusted>)> = HashSet::with_capacity(findings.len());
    findings.retain(|finding| known.insert((finding.rule.clone(), finding.target.clone())));
}

/// Backups that go together with what they are backups of are the last copy: nothing is left to bring it back from.
pub(super) fn raise_last_copies(findings: &mut [Finding]) {
    let goes = |finding: &Finding| finding.class == Class::Delete && finding.tier > Tier::Low;
    let of_backups = |finding: &Finding| {
        let target = finding.target.as_ref().map(|target| target.lossy().to_lowercase()).unwrap_or_default();
        let last = target.trim_end_matches(['/', '*']).rsplit('/').next().unwrap_or_default().to_owned();
        // `backup_codes.dat` is no backup, `db-backup.tar.gz` is.
        let stem = last.split('.').next().unwrap_or_default();
        matches!(stem.rsplit(['-', '_', ':']).next(), Some("backup" | "backups"))
    };
    let both = findings.iter().any(|finding| goes(finding) && of_backups(finding))
        && findings.iter().any(|finding| goes(finding) && !of_backups(finding) && finding.tier >= Tier::High);
    if !both {
        return;
    }
    for finding in findings.iter_mut().filter(|finding| goes(finding) && of_backups(finding)) {
        finding.tier = Tier::Critical;
        finding.why = format!("{} What they are backups of goes in the same breath.", finding.why);
    }
}

/// What cannot be taken back is worse in production, and production is then named.
pub(super) fn raise(findings: &mut Vec<Finding>, from: usize, act: &Act, is_made: &dyn Fn(&Finding) -> bool) {
    if act.environment != Environment::Production {
        let takes = ["sql/drop", "sql/delete", "sql/truncate", "sql/update-all", "http/delete", "http/production"];
        let own =
            |finding: &&mut Finding| takes.iter().any(|rule| finding.rule.0.starts_with(rule)) && is_made(finding);
        findings.iter_mut().skip(from).filter(own).for_each(|finding| finding.tier = Tier::Low);
        // Rows by a condition, in a database of this machine that is called a development one.
        let is_played_with = names_development(act) && names_no_host(act);
        let some = |finding: &&mut Finding| is_played_with && finding.rule.0 == "sql/delete-rows";
        findings.iter_mut().skip(from).filter(some).for_each(|finding| finding.tier = Tier::Low);
        let is_local = matches!(act.environment, Environment::Local | Environment::Development | Environment::Unknown);
        // What a tool for things elsewhere does to an emulator or a cluster on this machine is made again too.
        if act.is_emulated || (is_local && act.is_passing) {
            let packs: &[&str] = if act.is_emulated {
                &[
                    "cloud/",
                    "containers/",
                    "databases/",
                    "sql/",
                    "infrastructure/",
                    "frameworks/",
                    "git/branch-delete",
                    "git/worktree-force",
                    "git/push-delete",
                    "git/force-push",
                    "git/forge-delete",
                    "system/snapshots",
                    "system/machine-remove",
                ]
            } else {
                &["frameworks/", "databases/", "sql/"]
            };
            let made_anew = |finding: &&mut Finding| {
                (finding.class == Class::Delete
                    || matches!(
                        finding.rule.0.as_str(),
                        "sql/read-secret-column" | "cloud/logging-off" | "containers/kube-scale-zero"
                    ))
                    && packs.iter().any(|pack| finding.rule.0.starts_with(pack))
            };
            findings.iter_mut().skip(from).filter(made_anew).for_each(|finding| finding.tier = Tier::Low);
        }
        return;
    }
    let is_remote = act.invocation.layers.iter().any(|layer| matches!(layer.kind, LayerKind::Remote { .. }));
    let mut named = None;
    for finding in findings.iter_mut().skip(from) {
        // A path of this machine is in no environment, whatever a variable says.
        let is_here = finding.rule.0.starts_with("files/") && !is_remote;
        // One row or one thing can be put back, there as elsewhere.
        let is_here = is_here || matches!(finding.rule.0.as_str(), "sql/write" | "sql/delete-by-key" | "http/write");
        if finding.class == Class::Delete && finding.tier >= Tier::Medium && !is_here {
            finding.tier = Tier::Critical;
            named = named.or_else(|| Some((finding.span, finding.target.clone())));
        }
    }
    let has = findings.iter().skip(from).any(|finding| finding.class == Class::Production);
    if let Some((span, target)) = named.filter(|_| !has) {
        let why = "What is destroyed in production is gone for everybody who depends on it.";
        let mut finding =
            Finding::new("production/destroys", Class::Production, Tier::Critical, span, "destroys in production", why);
        finding.target = target;
        findings.push(finding);
    }
}

/// Whether none of the act's own words leads to another machine.
fn names_no_host(act: &Act) -> bool {
    let hosts = act.invocation.options(&["-h", "--host"]).into_iter().map(|word| word.text);
    let urls = act.args.iter().filter(|word| word.text.contains("://"));
    let mut all = hosts.chain(urls.filter_map(|word| crate::trail::host_of(&word.text).map(str::to_owned)));
    all.all(|host| crate::trail::is_local_host(&host))
        && act.invocation.layers.iter().all(|layer| !matches!(layer.kind, LayerKind::Remote { .. }))
}

/// Whether one of the act's own words names a development database: `shop_dev`.
fn names_development(act: &Act) -> bool {
    let names = |word: &&&crate::shell::Word| !word.is_flag() && !word.text.contains(char::is_whitespace);
    act.args.iter().filter(names).any(|word| {
        let name = word.text.rsplit('/').next().unwrap_or_default();
        Environment::of_name(name) == Environment::Development
    })
}

/// What the findings would destroy.
pub(super) fn blast(findings: &[Finding], reading: &Reading) -> Blast {
    let mut blast = Blast::default();
    let destroys = |finding: &&Finding| finding.class == Class::Delete && finding.tier > Tier::Low;
    for finding in findings.iter().filter(destroys) {
        if let Some(target) = &finding.target
            && !blast.targets.contains(target)
        {
            blast.targets.push(target.clone());
        }
        if blast.undo == Undo::Unknown {
            blast.undo = finding.undo.clone();
        }
        let words = format!("{} {}", finding.rule, finding.why).to_lowercase();
        if words.contains("backup")
            || finding.target.as_ref().is_some_and(|target| target.lossy().to_lowercase().contains("backup"))
        {
            blast.backups = Some("among what goes".to_owned());
        }
    }
    let is_production = findings.iter().any(|finding| finding.class == Class::Production);
    let remote = reading.invocations.iter().flat_map(|i| &i.layers).find_map(|layer| match &layer.kind {
        LayerKind::Remote { host } => Some(host.clone()),
        LayerKind::Container { .. }
        | LayerKind::Privilege
        | LayerKind::PerItem
        | LayerKind::Shell
        | LayerKind::Runner
        | LayerKind::Plain => None,
    });
    blast.environment = if is_production { Some("production".to_owned()) } else { remote };
    blast
}

/// Programs that gain rights by a set-user-id file, which no_new_privs makes ordinary.
const GAINERS: &[&str] = &["sudo", "su", "doas", "pkexec", "newgrp", "sg", "sudoedit", "visudo"];

/// Why no approval can make it work; `None` where it can.
pub(super) fn cannot_work(reading: &Reading) -> Option<String> {
    let is_here = |invocation: &&crate::shell::Invocation| invocation.is_here();
    let by = reading.invocations.iter().filter(is_here).find_map(|invocation| {
        let wrappers = invocation
            .layers
            .iter()
            .filter(|layer| layer.kind == LayerKind::Privilege)
            .filter_map(|layer| layer.words.first());
        let own = invocation.words.first();
        wrappers.chain(own).map(|word| base_name(&word.text)).find(|name| GAINERS.contains(name))
    })?;
    Some(format!(
        "watch runs the agent with no_new_privs, so {by} cannot gain rights here; run it yourself elsewhere if it is right"
    ))
}

/// Whether a program with other rights only shows how the machine does: `sudo ss -tlnp`, `sudo systemctl status x`.
pub(super) fn only_looks(invocation: &Invocation) -> bool {
    const CHANGING: [&str; 11] =
        ["-K", "--kill", "-C", "--clear", "-c", "--read-clear", "-D", "-E", "-n", "--rotate", "--flush"];
    let args = invocation.args();
    let first = args.iter().find(|word| !word.is_flag()).map_or("", |word| word.text.as_str());
    let is_look = match invocation.program() {
        "lsof" => true,
        "ss" | "netstat" | "dmesg" | "lsblk" | "blkid" | "ps" | "df" => {
            !args.iter().any(|word| CHANGING.contains(&word.text.as_str()))
        }
        "journalctl" => {
            let changes =
                |text: &str| ["--vacuum", "--rotate", "--flush", "--setup"].iter().any(|c| text.starts_with(c));
            !args.iter().any(|word| changes(&word.text))
        }
        "systemctl" => matches!(first, "status" | "is-active" | "is-enabled" | "list-units" | "list-timers" | "show"),
        _ => false,
    };
    is_look && invocation.redirects.is_empty()
}

/// Programs that only read, and print what they read.
const READING: &[&str] = &[
    "ls",
    "cat",
    "head",
    "tail",
    "less",
    "more",
    "grep",
    "egrep",
    "fgrep",
    "rg",
    "ag",
    "ack",
    "find",
    "fd",
    "wc",
    "which",
    "whereis",
    "type",
    "file",
    "stat",
    "du",
    "df",
    "pwd",
    "cd",
    "echo",
    "printf",
    "test",
    "[",
    "[[",
    "true",
    "false",
    ":",
    "date",
    "whoami",
    "id",
    "uname",
    "hostname",
    "ps",
    "top",
    "htop",
    "pgrep",
    "free",
    "uptime",
    "env",
    "printenv",
    "man",
    "info",
    "help",
    "diff",
    "cmp",
    "sort",
    "uniq",
    "cut",
    "tr",
    "awk",
    "jq",
    "yq",
    "sed",
    "basename",
    "dirname",
    "realpath",
    "readlink",
    "seq",
    "sleep",
    "tree",
    "xxd",
    "od",
    "strings",
    "nl",
    "tac",
    "rev",
    "column",
    "md5sum",
    "sha256sum",
    "sha1sum",
    "cksum",
    "lsof",
    "ss",
    "netstat",
    "dig",
    "nslookup",
    "host",
    "ping",
    "tput",
    "clear",
    "history",
    "set",
    "export",
    "declare",
    "local",
    "readonly",
    "unset",
    "shift",
    "return",
    "exit",
    "wait",
    "jobs",
    "bat",
    "command",
    "hash",
    "ssh-keygen",
    "alias",
    "source",
    ".",
    "watch",
    "let",
    "expr",
    "bc",
    "paste",
    "comm",
    "fold",
    "base64",
    "getent",
    "locale",
    "tty",
    "groups",
    "arch",
    "nproc",
    "lscpu",
    "lsblk",
    "mount",
    "sqlite3",
    "psql",
    "redis-cli",
    "python",
    "node",
    "curl",
    "shopt",
    "getconf",
    "ldd",
    "nm",
    "objdump",
    "readelf",
    "trap",
    "break",
    "continue",
    "read",
    "xargs",
    "egrep",
    "zcat",
    "mysql",
];

/// First words after a program that only read.
const READING_VERBS: &[(&str, &[&str])] = &[
    (
        "git",
        &[
            "status",
            "log",
            "diff",
            "show",
            "branch",
            "remote",
            "blame",
            "rev-parse",
            "ls-files",
            "ls-remote",
            "describe",
            "grep",
            "reflog",
            "shortlog",
            "cat-file",
            "rev-list",
            "for-each-ref",
            "ls-tree",
            "config",
            "worktree",
            "stash",
            "tag",
            "name-rev",
            "merge-base",
            "var",
        ],
    ),
    (
        "kubectl",
        &[
            "get",
            "describe",
            "logs",
            "config",
            "auth",
            "explain",
            "version",
            "cluster-info",
            "top",
            "api-resources",
            "diff",
        ],
    ),
    ("docker", &["ps", "images", "logs", "inspect", "version", "info", "run"]),
    ("gh", &["repo", "pr", "issue", "auth", "run", "api", "release", "search"]),
    ("aws", &["sts", "s3", "ec2", "help"]),
    ("terraform", &["plan", "show", "validate", "output", "version", "providers", "fmt", "state"]),
    ("npm", &["ls", "list", "view", "outdated", "config", "audit", "help", "why"]),
    ("cargo", &["tree", "metadata", "search", "version", "help"]),
    ("pip", &["list", "show", "freeze", "check"]),
    ("railway", &["status", "list", "logs", "whoami"]),
];

/// What is done without any finding: what changes something is noted, what only reads is not.
pub(super) fn plain_verdict(reading: &Reading) -> Verdict {
    let changes = reading.invocations.iter().any(|invocation| {
        let writes = invocation.redirects.iter().any(|redirect| {
            matches!(redirect.kind, crate::shell::RedirectKind::Write | crate::shell::RedirectKind::Append)
                && !redirect.to.text.starts_with("/dev/")
        });
        let program = invocation.program();
        let program = program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        if writes || program.is_empty() {
            return writes;
        }
        if invocation.args().iter().any(|word| {
            matches!(word.text.as_str(), "--help" | "--version" | "--dry-run" | "--dryrun")
                || word.text.starts_with("--dry-run=")
        }) {
            return false;
        }
        if let Some((_, verbs)) = READING_VERBS.iter().find(|(name, _)| *name == program) {
            let verb = invocation.args().iter().find(|word| !word.is_flag());
            return verb.is_some_and(|verb| !verbs.contains(&verb.text.as_str()));
        }
        let edits = program == "sed" && invocation.has_any(&["-i", "--in-place"]);
        let named = invocation.program();
        edits || !(READING.contains(&program) || READING.contains(&named) || named == "sqlite3" || named == "base64")
    });
    if changes { Verdict::Log } else { Verdict::Allow }
}

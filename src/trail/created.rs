//! Databases, volumes, buckets and the like that a session makes: what it may unmake again.

use crate::shell::{Invocation, Stdin};

/// Options of database clients and of containers that take a value.
const VALUED: [&str; 16] = [
    "-h",
    "-p",
    "-U",
    "-O",
    "-T",
    "-E",
    "-u",
    "--host",
    "--port",
    "--username",
    "-e",
    "-v",
    "--network",
    "-d",
    "--driver",
    "-l",
];

/// The folder, in the trail's set of paths, of things that are no paths.
const FOLDER: &str = "/:made";

/// How the trail's set of made paths writes a thing of this name.
#[must_use]
pub fn made_thing(name: &str) -> String {
    let bare = name.split_once("://").map_or(name, |(_, rest)| rest).trim_end_matches('/');
    format!("{FOLDER}/{}", bare.to_ascii_lowercase().replace('/', ":"))
}

/// The names of what `invocation` makes that is no file: a database, a volume, a bucket, a branch.
#[must_use]
pub fn created(invocation: &Invocation) -> Vec<String> {
    let operands: Vec<&str> = invocation.operands(&VALUED).iter().map(|word| word.text.as_str()).collect();
    let mut found: Vec<String> = Vec::new();
    match invocation.program() {
        "createdb" => found.extend(operands.first().map(|name| (*name).to_owned())),
        "psql" | "mysql" | "mariadb" | "cockroach" | "clickhouse-client" => {
            let mut texts: Vec<String> = invocation
                .options(&["-c", "--command", "-e", "--execute", "-q", "--query"])
                .into_iter()
                .map(|word| word.text)
                .collect();
            if let Stdin::Text(text) = &invocation.stdin {
                texts.push(text.clone());
            }
            found.extend(texts.iter().flat_map(|text| by_statements(text)));
        }
        "sqlite3" | "sqlite" | "duckdb" => {
            let given = invocation.operands(&["-cmd", "-separator", "-init"]);
            let mut texts: Vec<String> = given.into_iter().skip(1).map(|word| word.text.clone()).collect();
            if let Stdin::Text(text) = &invocation.stdin {
                texts.push(text.clone());
            }
            found.extend(texts.iter().flat_map(|text| by_statements(text)));
        }
        "docker" | "podman" | "nerdctl" | "docker-compose" | "podman-compose" if composed(invocation).is_some() => {
            let started = composed(invocation).filter(|(_, verb)| matches!(verb.as_str(), "up" | "run" | "create"));
            found.extend(started.map(|(project, _)| format!("compose {project}")));
        }
        "docker" | "podman" | "nerdctl" | "az" | "gcloud" if super::images::is_of(invocation) => {
            found.extend(super::images::made(invocation));
        }
        "docker" | "podman" | "nerdctl" if operands.first() == Some(&"run") => {
            found.extend(invocation.option(&["--name"]).map(|word| word.text));
            found.extend(invocation.options(&["-p", "--publish"]).iter().filter_map(|word| published(&word.text)));
        }
        "redis-server" | "valkey-server" | "mongod" | "mysqld" | "mariadbd" | "memcached" => {
            found.extend(invocation.option(&["--port", "-p"]).map(|word| at_port(&word.text)));
        }
        "tmux" if matches!(operands.first(), Some(&("new-session" | "new"))) => {
            found.extend(invocation.option(&["-s"]).map(|word| format!("tmux {}", word.text)));
        }
        "vagrant" if operands.first() == Some(&"up") => match operands.get(1..) {
            Some([]) | None => found.push(format!("{WHOLE} vagrant")),
            Some(names) => found.extend(names.iter().map(|name| format!("vagrant  {name}"))),
        },
        "aws" | "gsutil" | "gcloud" if uploaded(&operands).is_some() => found.extend(uploaded(&operands)),
        _ if by_development_server(invocation).is_some() => {
            found.extend(by_development_server(invocation).map(at_port));
        }
        "git" => found.extend(branch(invocation, &operands)),
        "gh" if operands.starts_with(&["pr", "checkout"]) => {
            found.extend(invocation.option(&["-b", "--branch"]).map(|word| word.text));
        }
        program => {
            if let Some(made) = super::making::makes(invocation) {
                // The last word names it; those before it say where it belongs.
                found.extend(made.names.last().cloned());
                found.extend(made.names.iter().map(|name| format!("{program} {} {name}", made.kind)));
                found.extend(made.whole);
            } else if let Some(added) = super::making::adds(invocation) {
                found.extend(added.names.iter().map(|name| format!("{program} {} {name}", added.kind)));
            } else if let Some(set) = super::making::sets(invocation) {
                found.extend(set.names.first().map(|name| format!("{program} {} {name}", set.kind)));
            }
        }
    }
    found.retain(|name| name.len() > 2 && !name.starts_with('$'));
    found
}

/// How all that a project's file of machines describes is called among the things that the session made.
pub const WHOLE: &str = "all of";

/// The port at which a server answers that is started for development, with nothing in it: `vault server -dev`.
fn by_development_server(invocation: &Invocation) -> Option<&'static str> {
    let is_begun = invocation.has_any(&["-dev", "--dev"]);
    match (invocation.program(), invocation.args().first()?.text.as_str()) {
        ("vault" | "bao", "server") if is_begun => Some("8200"),
        ("consul", "agent") if is_begun => Some("8500"),
        ("nomad", "agent") if is_begun => Some("4646"),
        _ => None,
    }
}

/// The one object that a file of this machine was copied to: what lay there before is gone already.
fn uploaded(operands: &[&str]) -> Option<String> {
    let copy = operands.iter().position(|word| *word == "cp").filter(|at| *at < 2)?;
    let [from, to] = operands.get(copy + 1..)? else { return None };
    let is_store = |text: &str| text.starts_with("s3://") || text.starts_with("gs://");
    if is_store(from) || !is_store(to) {
        return None;
    }
    let name = crate::shell::base_name(from);
    Some(if to.ends_with('/') { format!("{to}{name}") } else { (*to).to_owned() })
}

/// How a server of this machine is called among the things that the session made.
#[must_use]
pub fn at_port(port: &str) -> String {
    format!("port {port}")
}

/// The port of this machine at which a container answers: `-p 127.0.0.1:6390:6379`.
fn published(ports: &str) -> Option<String> {
    let mut parts = ports.rsplit(':').skip(1);
    parts.next().filter(|port| port.bytes().all(|byte| byte.is_ascii_digit())).map(at_port)
}

/// The folder that `git worktree add` makes.
#[must_use]
pub fn worktree(invocation: &Invocation) -> Option<String> {
    if invocation.program() != "git" {
        return None;
    }
    let operands = invocation.operands(&["-b", "-B", "--reason", "-C", "-c"]);
    match operands.as_slice() {
        [tree, add, folder, ..] if tree.text == "worktree" && add.text == "add" => invocation.path(folder),
        _ => None,
    }
}

/// The project of its own that Compose is told of, and what it is to do: `docker compose -p try up`.
///
/// `None` without a name: those services are the folder's, and older than this session. So are those of its name.
#[must_use]
pub fn composed(invocation: &Invocation) -> Option<(String, String)> {
    const VALUED: [&str; 11] = [
        "-p",
        "--project-name",
        "-f",
        "--file",
        "--env-file",
        "--profile",
        "--project-directory",
        "-H",
        "--host",
        "-c",
        "--context",
    ];
    let is_alone = matches!(invocation.program(), "docker-compose" | "podman-compose");
    if !is_alone && !matches!(invocation.program(), "docker" | "podman" | "nerdctl") {
        return None;
    }
    let operands = invocation.operands(&VALUED);
    let mut operands = operands.iter();
    if !is_alone && operands.next()?.text != "compose" {
        return None;
    }
    let verb = operands.next()?;
    // Behind the verb `-p` is a port.
    let own = invocation.words.iter().take_while(|word| !std::ptr::eq(*word, *verb)).cloned().collect();
    let own = Invocation { words: own, ..Invocation::default() };
    let named = own.option(&["-p", "--project-name"]);
    let project =
        named.as_ref().or_else(|| invocation.variable("COMPOSE_PROJECT_NAME")).filter(|word| word.is_literal())?;
    let folder = invocation.cwd.as_deref().map_or("", crate::shell::base_name);
    (!project.text.is_empty() && project.text != folder).then(|| (project.text.clone(), verb.text.clone()))
}

/// The files that `split` and `csplit` part a file into, as a pattern: `split -l 100 big.csv part_` makes `part_*`.
///
/// `None` where the beginning of their names is too short, or that of a folder of work, to say whose files are meant.
#[must_use]
pub fn parts_of(invocation: &Invocation) -> Option<String> {
    const VALUED: [&str; 14] = [
        "-a",
        "-b",
        "-C",
        "-l",
        "-n",
        "-t",
        "-f",
        "--lines",
        "--bytes",
        "--line-bytes",
        "--number",
        "--suffix-length",
        "--prefix",
        "--suffix-format",
    ];
    let prefix = match invocation.program() {
        "split" => (*invocation.operands(&VALUED).get(1)?).clone(),
        "csplit" => invocation.option(&["-f", "--prefix"])?,
        _ => return None,
    };
    let name = crate::shell::base_name(&prefix.text);
    let is_told = prefix.is_literal() && name.len() > 1 && !prefix.text.ends_with('/') && !is_work_folder(name);
    Some(format!("{}*", invocation.path(&prefix)?)).filter(|_| is_told)
}

/// The patterns with a star at their end that stand for the last part of `path`, whatever it ends with.
pub fn starred(path: &str) -> impl Iterator<Item = String> + '_ {
    let from = path.rfind('/').map_or(0, |at| at + 1);
    let ends = path.char_indices().map(|(at, _)| at).filter(move |at| *at > from);
    let written = path.trim_end_matches('*').len();
    ends.filter(move |at| *at <= written).filter_map(|at| Some(format!("{}*", path.get(..at)?)))
}

/// The folder of a new project that a generator makes: `cargo new x`, `npm create vite x`, `rails new x`.
#[must_use]
pub fn scaffolded(invocation: &Invocation) -> Option<String> {
    const MAKERS: [&str; 19] = [
        "dotnet",
        "degit",
        "python",
        "python3",
        "cargo",
        "rails",
        "ng",
        "mix",
        "poetry",
        "gatsby",
        "django-admin",
        "vue",
        "flutter",
        "uv",
        "npm",
        "pnpm",
        "yarn",
        "bun",
        "composer",
    ];
    let program = invocation.program();
    if !MAKERS.contains(&program) && !matches!(program, "npx" | "bunx") && !program.starts_with("create-") {
        return None;
    }
    let all = invocation.operands(&["--name", "--template", "-t", "--edition", "--vcs", "-d", "--package-manager"]);
    let words: Vec<&str> = all.iter().map(|word| word.text.as_str()).collect();
    if let ("dotnet", ["new", _, ..]) = (program, words.as_slice()) {
        return invocation.option(&["-o", "--output", "-n", "--name"]).and_then(|word| invocation.path(&word));
    }
    let at = match (program, words.as_slice()) {
        ("cargo" | "rails" | "ng" | "mix" | "poetry" | "gatsby", ["new", _, ..])
        | ("django-admin", ["startproject", _, ..])
        | ("vue" | "flutter", ["create", _, ..])
        | ("uv", ["init", _, ..]) => 1,
        ("npm" | "pnpm" | "yarn" | "bun", ["create" | "init", _, _, ..])
        | ("composer", ["create-project", _, _, ..]) => 2,
        ("npx" | "bunx", [maker, _, ..]) if maker.starts_with("create-") => 1,
        ("npx" | "bunx", ["degit", _, _]) => 2,
        ("degit", [_, _]) => 1,
        ("python" | "python3", ["manage.py", "startapp", _]) => 2,
        ("django-admin", ["startapp", _]) => 1,
        (maker, [_, ..]) if maker.starts_with("create-") => 0,
        _ => return None,
    };
    invocation.path(all.get(at)?)
}

/// Whether after `invocation` nothing in the working folder is only there: `None` where it changes nothing about that.
pub(super) fn saves(invocation: &Invocation) -> Option<bool> {
    const LOOKING: [&str; 8] = ["ls", "pwd", "echo", "find", "wc", "stat", "true", "cd"];
    let program = invocation.program();
    if program != "git" {
        let is_look = super::source::READERS.contains(&program) || LOOKING.contains(&program);
        return (!is_look || !invocation.redirects.is_empty()).then_some(false);
    }
    let operands = invocation.operands(&["-m", "--message", "-C", "-c"]);
    match operands.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().as_slice() {
        ["stash"] | ["stash", "push" | "save", ..] => Some(true),
        ["stash", "pop" | "apply", ..] | ["apply" | "am" | "checkout-index", ..] => Some(false),
        ["commit", ..] if invocation.has_any(&["-a", "-am", "--all"]) => Some(true),
        _ => None,
    }
}

/// Whether one of these commands put all that was changed into a stash or a commit, and none took it out again: what stands
/// in the working folder since then is their own work.
#[must_use]
pub fn saves_all(invocations: &[Invocation]) -> bool {
    let mut is_saved = false;
    for one in invocations.iter().filter(|one| one.program() == "git" && one.layers.is_empty()) {
        let names_paths = one.operands(&["-m", "--message", "-C", "-c"]).len() > 2 || one.has_any(&["--", "-p", "-S"]);
        is_saved = saves(one).map_or(is_saved, |saves| saves && !names_paths);
    }
    is_saved
}

/// Whether these commands end with a commit of all that was changed: `git add -A && git commit -m x`.
pub(super) fn commits_all(invocations: &[Invocation]) -> bool {
    let git = |verb: &str| {
        invocations.iter().rposition(|one| one.program() == "git" && one.args().first().is_some_and(|w| w.text == verb))
    };
    let (Some(add), Some(commit)) = (git("add"), git("commit")) else { return false };
    let adds_all = invocations.get(add).is_some_and(|one| one.has_any(&["-A", "--all", "-u", "."]));
    add < commit && commit + 1 == invocations.len() && adds_all
}

/// The workspace or stack that an invocation makes and chooses: `terraform workspace new try`.
#[must_use]
pub fn workspace(invocation: &Invocation) -> Option<String> {
    let operands = invocation.operands(&["-s", "--stack", "--secrets-provider", "-lock-timeout", "-state"]);
    let words: Vec<&str> = operands.iter().map(|word| word.text.as_str()).collect();
    match (invocation.program(), words.as_slice()) {
        ("terraform" | "tofu", ["workspace", "new", name]) | ("pulumi", ["stack", "init", name]) => {
            Some((*name).to_owned())
        }
        _ => None,
    }
}

/// The file of a plan that destroys: `terraform plan -destroy -out=d.plan`.
#[must_use]
pub fn destroying_plan(invocation: &Invocation) -> Option<String> {
    let is_plan = invocation.args().iter().any(|word| word.text == "plan");
    if !matches!(invocation.program(), "terraform" | "tofu")
        || !is_plan
        || !invocation.has_any(&["-destroy", "--destroy"])
    {
        return None;
    }
    let args = invocation.args();
    let joined = args.iter().find_map(|word| word.text.trim_start_matches('-').strip_prefix("out="));
    let apart = || {
        let at = args.iter().position(|word| matches!(word.text.as_str(), "-out" | "--out"))?;
        args.get(at + 1).map(|word| word.text.as_str())
    };
    joined.or_else(apart).map(str::to_owned)
}

/// The remote that `git remote add` or `set-url` gives an address, with the address.
#[must_use]
pub fn remote(invocation: &Invocation) -> Option<(String, String)> {
    if invocation.program() != "git" {
        return None;
    }
    let operands = invocation.operands(&["-t", "-m", "-C", "-c"]);
    match operands.as_slice() {
        [remote, verb, name, url, ..] if remote.text == "remote" => {
            matches!(verb.text.as_str(), "add" | "set-url").then(|| (name.text.clone(), url.text.clone()))
        }
        _ => None,
    }
}

/// Folders that hold work in most projects: what is made under such a name may be a new beginning, the old work is gone
/// all the same.
const WORK: &[&str] = &[
    "src",
    "lib",
    "app",
    "apps",
    "docs",
    "doc",
    "tests",
    "test",
    "spec",
    "config",
    "scripts",
    "packages",
    "crates",
    "internal",
    "cmd",
    "pkg",
    "server",
    "client",
    "frontend",
    "backend",
    "web",
    "api",
    "core",
    "services",
    "migrations",
    "models",
    "include",
];

/// Whether a folder of this name holds work in most projects.
#[must_use]
pub fn is_work_folder(name: &str) -> bool {
    WORK.contains(&name)
}

/// Whether `mkdir -p` of this path, as it reads from the project, makes something new as far as its name tells: no part of
/// it holds work or data in most projects.
#[must_use]
pub(super) fn is_new_by_name(inside: &str) -> bool {
    const DATA: [&str; 10] =
        ["data", "public", "backup", "backups", "uploads", "storage", "db", "media", "assets", "static"];
    let mut parts = inside.split('/').filter(|part| !part.is_empty());
    inside.contains('/') && parts.all(|part| !is_work_folder(part) && !DATA.contains(&part) && part != "..")
}

/// The branch or tag that git makes.
fn branch(invocation: &Invocation, operands: &[&str]) -> Option<String> {
    let option = |names: &[&str]| invocation.option(names).map(|word| word.text);
    match *operands {
        ["worktree", "add", ..] | ["checkout", ..] => option(&["-b"]),
        ["switch", ..] => option(&["-c", "--create"]),
        // `git fetch origin pull/88/head:pr-88`: what it holds lies where it came from.
        ["fetch", _, .., refs] => {
            let (_, own) = refs.split_once(':')?;
            (!own.starts_with("refs/") && !refs.starts_with('+')).then(|| own.to_owned())
        }
        ["tag", name, ..] if !invocation.has_any(&["-d", "--delete", "-l", "--list"]) => Some(name.to_owned()),
        ["branch", name] | ["branch", name, _] if !invocation.args().iter().any(crate::shell::Word::is_flag) => {
            Some(name.to_owned())
        }
        _ => None,
    }
}

/// The names in `CREATE DATABASE name` and the like.
fn by_statements(text: &str) -> Vec<String> {
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c == ';').filter(|word| !word.is_empty()).collect();
    let makes = |two: &[&str]| {
        matches!(two, [a, b, _] if a.eq_ignore_ascii_case("create")
            && ["database", "schema", "table", "role", "user", "view", "sequence", "type"].iter().any(|kind| b.eq_ignore_ascii_case(kind)))
    };
    // `IF NOT EXISTS`: it may have been there before.
    let names = words.windows(3).filter(|three| makes(three)).filter_map(|three| three.last());
    names
        .filter(|name| !name.eq_ignore_ascii_case("if"))
        .filter_map(|name| name.split('(').next())
        .map(|name| name.trim_matches(['"', '`', '\'']).to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::{Place, read};

    #[test]
    fn what_a_command_makes_is_known_by_its_name() {
        for (line, expected) in [
            ("createdb -h localhost shop_scratch", Some("shop_scratch")),
            ("psql -c 'CREATE DATABASE shop_scratch OWNER app'", Some("shop_scratch")),
            ("psql -c 'CREATE DATABASE IF NOT EXISTS shop'", None),
            ("psql -c 'create role probe_role login'", Some("probe_role")),
            ("sqlite3 t.db 'create table probe(a)'", Some("probe")),
            ("sqlite3 t.db 'create table if not exists probe(a)'", None),
            ("docker volume create scratch-data", Some("scratch-data")),
            ("docker run -d --name scratch-pg postgres:16", Some("scratch-pg")),
            ("aws s3 mb s3://shop-scratch", Some("s3://shop-scratch")),
            ("kubectl create namespace scratch", Some("scratch")),
            ("neonctl branches create --name scratch", Some("scratch")),
            ("git checkout -b try/this", Some("try/this")),
            ("gh pr checkout 5 --branch theirs/fix", Some("theirs/fix")),
            ("git switch --create try main", Some("try")),
            ("git worktree add ../x -b try", Some("try")),
            ("git branch try", Some("try")),
            ("git fetch origin pull/88/head:pr-88", Some("pr-88")),
            ("git fetch origin +main:main", None),
            ("git fetch origin main", None),
            ("git branch -D try", None),
            ("git checkout main", None),
            ("psql shop -c 'SELECT 1'", None),
            ("kubectl get ns", None),
        ] {
            let reading = read(line, &Place::default());
            let found: Vec<String> = reading.invocations.iter().flat_map(created).collect();
            assert_eq!(found.first().map(String::as_str), expected, "{line}");
        }
    }
}

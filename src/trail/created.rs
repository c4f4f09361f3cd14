//! Databases, volumes, buckets and the like that a session makes: what it may unmake again.

use crate::shell::{Invocation, Stdin};

/// Words after which the name of something new stands.
const MAKING: [&str; 5] = ["create", "new", "mb", "init", "make-bucket"];

/// Options that name what is made.
const NAMING: [&str; 7] =
    ["--name", "-n", "--bucket", "--table-name", "--db-instance-identifier", "--resource-group", "--queue-name"];

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
        "docker" | "podman" | "nerdctl" if operands.first() == Some(&"run") => {
            found.extend(invocation.option(&["--name"]).map(|word| word.text));
        }
        "git" => found.extend(branch(invocation, &operands)),
        "npm" | "cargo" | "mkdir" | "rails" | "make" => {}
        _ => {
            let is_making = operands.iter().take(4).any(|word| MAKING.contains(word));
            if is_making {
                let named = invocation.option(&NAMING).map(|word| word.text);
                found.extend(named.or_else(|| {
                    let last = operands.last()?;
                    (!MAKING.contains(last)).then(|| (*last).to_owned())
                }));
            }
        }
    }
    found.retain(|name| name.len() > 2 && !name.starts_with('$'));
    found
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

/// The folder of a new project that a generator makes: `cargo new x`, `npm create vite x`, `rails new x`.
#[must_use]
pub fn scaffolded(invocation: &Invocation) -> Option<String> {
    const MAKERS: [&str; 15] = [
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
    let at = match (program, words.as_slice()) {
        ("cargo" | "rails" | "ng" | "mix" | "poetry" | "gatsby", ["new", _, ..])
        | ("django-admin", ["startproject", _, ..])
        | ("vue" | "flutter", ["create", _, ..])
        | ("uv", ["init", _, ..]) => 1,
        ("npm" | "pnpm" | "yarn" | "bun", ["create" | "init", _, _, ..])
        | ("composer", ["create-project", _, _, ..]) => 2,
        ("npx" | "bunx", [maker, _, ..]) if maker.starts_with("create-") => 1,
        (maker, [_, ..]) if maker.starts_with("create-") => 0,
        _ => return None,
    };
    invocation.path(all.get(at)?)
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

/// The branch that git makes.
fn branch(invocation: &Invocation, operands: &[&str]) -> Option<String> {
    let option = |names: &[&str]| invocation.option(names).map(|word| word.text);
    match *operands {
        ["worktree", "add", ..] | ["checkout", ..] => option(&["-b"]),
        ["switch", ..] => option(&["-c", "--create"]),
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
            && ["database", "schema", "table"].iter().any(|kind| b.eq_ignore_ascii_case(kind)))
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
            ("sqlite3 t.db 'create table probe(a)'", Some("probe")),
            ("sqlite3 t.db 'create table if not exists probe(a)'", None),
            ("docker volume create scratch-data", Some("scratch-data")),
            ("docker run -d --name scratch-pg postgres:16", Some("scratch-pg")),
            ("aws s3 mb s3://shop-scratch", Some("s3://shop-scratch")),
            ("kubectl create namespace scratch", Some("scratch")),
            ("neonctl branches create --name scratch", Some("scratch")),
            ("git checkout -b try/this", Some("try/this")),
            ("git switch --create try main", Some("try")),
            ("git worktree add ../x -b try", Some("try")),
            ("git branch try", Some("try")),
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

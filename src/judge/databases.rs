//! Database clients: the statements they are given.

use super::act::Act;
use super::effect::Deed;
use super::effects::{Collect, Inner, Scene};
use super::ground::Ground;
use super::{remote, unknown};
use crate::model::Span;
use crate::shell::{Invocation, Stdin, Word, base_name, joined_path};
use crate::trail::Environment;

/// A client, the options that carry statements, those that name a file of them, and from which operand on it takes them.
struct Client {
    name: &'static str,
    statements: &'static [&'static str],
    files: &'static [&'static str],
    /// The number of operands before the first statement; `usize::MAX` for none.
    operands: usize,
}

const CLIENTS: &[Client] = &[
    Client { name: "psql", statements: &["-c", "--command"], files: &["-f", "--file"], operands: usize::MAX },
    Client { name: "mysql", statements: &["-e", "--execute"], files: &[], operands: usize::MAX },
    Client { name: "mysqlsh", statements: &["-e", "--execute"], files: &["-f", "--file"], operands: usize::MAX },
    Client { name: "mycli", statements: &["-e", "--execute"], files: &[], operands: usize::MAX },
    Client { name: "litecli", statements: &["-e", "--execute"], files: &[], operands: usize::MAX },
    Client { name: "sqlplus", statements: &[], files: &[], operands: usize::MAX },
    Client { name: "impala-shell", statements: &["-q", "--query"], files: &["-f"], operands: usize::MAX },
    Client { name: "beeline", statements: &["-e"], files: &["-f"], operands: usize::MAX },
    Client { name: "presto", statements: &["--execute"], files: &["--file", "-f"], operands: usize::MAX },
    Client { name: "spark-sql", statements: &["-e"], files: &["-f"], operands: usize::MAX },
    Client { name: "ksql", statements: &["-e", "--execute"], files: &["-f", "--file"], operands: usize::MAX },
    Client { name: "dolt", statements: &["-q", "--query"], files: &["-f", "--file"], operands: usize::MAX },
    Client { name: "dbt", statements: &["--inline"], files: &[], operands: usize::MAX },
    Client { name: "ydb", statements: &["-s", "--script", "-q"], files: &["-f", "--file"], operands: usize::MAX },
    Client { name: "fly", statements: &["-c", "--command"], files: &[], operands: usize::MAX },
    Client { name: "rails", statements: &[], files: &[], operands: usize::MAX },
    Client { name: "surreal", statements: &[], files: &[], operands: usize::MAX },
    Client { name: "wp", statements: &[], files: &[], operands: 2 },
    Client { name: "drush", statements: &[], files: &["--file"], operands: 1 },
    Client { name: "sqlite-utils", statements: &[], files: &[], operands: 2 },
    Client { name: "libsql", statements: &[], files: &[], operands: 1 },
    Client { name: "railway", statements: &[], files: &[], operands: usize::MAX },
    Client { name: "gcloud", statements: &[], files: &[], operands: usize::MAX },
    Client { name: "pscale", statements: &[], files: &[], operands: usize::MAX },
    Client { name: "manage.py", statements: &["-c", "--command"], files: &[], operands: usize::MAX },
    Client { name: "sqlite3", statements: &["-cmd"], files: &["-init"], operands: 1 },
    Client { name: "sqlite", statements: &["-cmd"], files: &["-init"], operands: 1 },
    Client { name: "duckdb", statements: &["-c", "-s", "-cmd"], files: &["-init", "-f"], operands: 1 },
    Client { name: "sqlcmd", statements: &["-Q", "-q"], files: &["-i"], operands: usize::MAX },
    Client { name: "cockroach", statements: &["-e", "--execute"], files: &["-f", "--file"], operands: usize::MAX },
    Client {
        name: "clickhouse-client",
        statements: &["-q", "--query"],
        files: &["--queries-file"],
        operands: usize::MAX,
    },
    Client { name: "clickhouse", statements: &["-q", "--query"], files: &["--queries-file"], operands: usize::MAX },
    Client { name: "cqlsh", statements: &["-e", "--execute"], files: &["-f", "--file"], operands: usize::MAX },
    Client { name: "snowsql", statements: &["-q", "--query"], files: &["-f", "--filename"], operands: usize::MAX },
    Client { name: "snow", statements: &["-q", "--query"], files: &["-f", "--filename"], operands: usize::MAX },
    Client { name: "bq", statements: &[], files: &[], operands: 1 },
    Client { name: "wrangler", statements: &["--command"], files: &["--file"], operands: usize::MAX },
    Client { name: "turso", statements: &[], files: &[], operands: 3 },
    Client { name: "usql", statements: &["-c", "--command"], files: &["-f", "--file"], operands: usize::MAX },
    Client { name: "pgcli", statements: &[], files: &[], operands: usize::MAX },
    Client { name: "heroku", statements: &["-c", "--command"], files: &["-f", "--file"], operands: usize::MAX },
    Client { name: "supabase", statements: &[], files: &["--file", "-f"], operands: usize::MAX },
    Client { name: "prisma", statements: &[], files: &["--file"], operands: usize::MAX },
    Client { name: "trino", statements: &["--execute"], files: &["--file", "-f"], operands: usize::MAX },
    Client { name: "hive", statements: &["-e"], files: &["-f"], operands: usize::MAX },
    Client { name: "isql", statements: &[], files: &["-i"], operands: usize::MAX },
    Client { name: "rqlite", statements: &[], files: &[], operands: usize::MAX },
];

/// Adds the statements that a client is given.
pub(super) fn collect(collect: &mut Collect) {
    let invocation = collect.invocation();
    let mut found: Vec<(String, Span)> = Vec::new();
    for word in invocation.options(STATEMENT_OPTIONS) {
        // Logs have a query language of their own.
        let first = word.text.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
        if ACTS.has(&first) {
            found.push((word.text, word.span));
        }
    }
    let client = CLIENTS.iter().find(|client| client.name == collect.act.program);
    let program = collect.act.program.as_str();
    // `manage.py shell -c` is another language.
    let has = |words: &[&str]| invocation.args().iter().any(|word| words.contains(&word.text.as_str()));
    let client = client.filter(|client| match client.name {
        "wp" => has(&["query"]),
        "fly" => has(&["postgres", "pg", "mpg"]) && has(&["connect"]),
        "rails" => has(&["dbconsole", "db"]),
        "railway" => has(&["connect"]) && !has(&["redis", "Redis", "mongo", "Mongo", "MongoDB"]),
        "gcloud" => has(&["sql"]) && has(&["connect"]),
        "heroku" => !has(&["redis:cli"]),
        "surreal" => has(&["sql"]),
        "drush" => has(&["sql:query", "sqlq", "sql-query"]),
        "sqlite-utils" => has(&["query"]),
        "manage.py" => has(&["dbshell"]),
        _ => true,
    });
    let Some(client) = client else {
        if !unknown::is_here(program) || remote::is_tool(program) {
            let options = invocation.options(GIVEN_OPTIONS).into_iter().filter(|word| takes(&word.text));
            found.extend(options.map(|word| (word.text, word.span)));
        }
        run(collect, found, "");
        return;
    };
    for word in invocation.options(client.statements) {
        found.push((word.text, word.span));
    }
    found.extend(clustered(invocation, client));
    for word in invocation.options(client.files) {
        file(collect, &word, &mut found);
    }
    let operands: Vec<&Word> = invocation.operands(&[
        "-h",
        "-p",
        "-U",
        "-u",
        "-d",
        "-cmd",
        "-separator",
        "-init",
        "-n",
        "--project_id",
        "--format",
    ]);
    if client.operands != usize::MAX {
        for word in operands.iter().skip(client.operands) {
            found.push((word.text.clone(), word.span));
        }
    }
    match &invocation.stdin {
        Stdin::File(word) => file(collect, word, &mut found),
        Stdin::Text(_) | Stdin::From(_) => found.extend(collect.given().map(|text| (text, invocation.span))),
        Stdin::Inherited => {}
    }
    run(collect, found, client.name);
}

/// What a file of statements that cannot be read is called, where that says that data goes.
const TAKING: &[&str] = &["drop", "truncate", "wipe", "purge", "destroy", "reset", "nuke", "delete", "teardown"];

/// A file of statements: what it says, or what its name says where it cannot be read.
fn file(collect: &mut Collect, word: &Word, found: &mut Vec<(String, Span)>) {
    if let Some(text) = collect.content(word) {
        found.push((text, word.span));
        return;
    }
    let name = base_name(&word.text).to_ascii_lowercase();
    let takes = name.split(|c: char| !c.is_ascii_alphabetic()).any(|part| TAKING.contains(&part));
    let is_own =
        matches!(collect.act.environment, Environment::Local | Environment::Development) && collect.act.is_passing;
    if takes && !is_own {
        collect.deed(Deed::StoreRemove, &word.text, Ground::Unknown, word.span);
    }
}

/// Options whose value is a statement, whatever the program: `aws rds-data execute-statement --sql`.
const STATEMENT_OPTIONS: &[&str] = &["--sql", "--sql-statement", "--query-string", "--statement"];

/// Options by which a client that nobody knows may be given a statement.
const GIVEN_OPTIONS: &[&str] = &[
    "-c",
    "-e",
    "-q",
    "-Q",
    "-x",
    "--command",
    "--execute",
    "--exec",
    "--eval",
    "--query",
    "--ddl",
    "-execute",
    "-command",
    "-query",
];

/// Whether a text is a statement that takes something away, and no sentence: `DROP TABLE orders`.
fn takes(text: &str) -> bool {
    let mut words = text.split_whitespace().map(str::to_ascii_lowercase);
    let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    match first.as_str() {
        "drop" => matches!(
            second.as_str(),
            "table"
                | "database"
                | "schema"
                | "keyspace"
                | "index"
                | "view"
                | "collection"
                | "measurement"
                | "role"
                | "owned"
                | "series"
        ),
        "delete" => second == "from",
        "truncate" => second == "table",
        "alter" => second == "table" && text.to_ascii_lowercase().contains("drop "),
        _ => false,
    }
}

/// The first words of statements that change something.
static ACTS: super::listed::Listed = super::listed::Listed::of(
    "DROP DELETE TRUNCATE UPDATE ALTER INSERT CREATE GRANT REVOKE MERGE WITH BEGIN REPLACE UPSERT",
);

/// The statement after a cluster of short options that ends with its own: `psql -Atc 'DROP TABLE x'`.
fn clustered(invocation: &Invocation, client: &Client) -> Vec<(String, Span)> {
    let letters: Vec<char> = client
        .statements
        .iter()
        .filter(|option| option.len() == 2)
        .filter_map(|option| option.chars().nth(1))
        .collect();
    let ends = |word: &Word| {
        let cluster = word.text.strip_prefix('-').filter(|rest| !rest.starts_with('-') && rest.len() > 1);
        cluster.is_some_and(|rest| {
            rest.len() < 6
                && rest.bytes().all(|b| b.is_ascii_alphabetic())
                && rest.chars().last().is_some_and(|last| letters.contains(&last))
        })
    };
    let pairs = invocation.args().windows(2).filter_map(|pair| match pair {
        [flag, value] if ends(flag) => Some((value.text.clone(), value.span)),
        _ => None,
    });
    pairs.collect()
}

/// Whether a database in a file is one that tests or this session made.
pub(super) fn is_own(act: &Act, scene: &Scene) -> bool {
    let is_scratch = |path: &str| {
        if path.is_empty() || path.contains(":memory:") || path.contains("mode=memory") {
            return true;
        }
        let whole = joined_path(act.invocation.cwd.as_deref(), path);
        whole.is_some_and(|path| matches!(scene.land.of(&path, false), Ground::Scratch | Ground::Nothing))
    };
    let is_file_client = matches!(act.program.as_str(), "sqlite3" | "sqlite" | "duckdb" | "litecli" | "sqlite-utils");
    if is_file_client && act.invocation.is_here() {
        let file =
            act.invocation.operands(&["-cmd", "-separator", "-init", "-c", "-s"]).first().map(|word| word.text.clone());
        let is_of_test = |file: &str| {
            let name = base_name(file).split('.').next().unwrap_or_default();
            name.split(['-', '_']).any(|word| matches!(word, "test" | "tests" | "tmp" | "scratch"))
        };
        return file.is_some_and(|file| is_scratch(&file) || is_of_test(&file) || is_begun_anew(act, scene, &file));
    }
    let addresses = act.invocation.assigns.iter().filter(|(name, _)| name.ends_with("URL") || name.ends_with("_URI"));
    let by_address = addresses
        .map(|(_, word)| word.text.as_str())
        .chain(act.args.iter().map(|word| word.text.split_once('=').map_or(word.text.as_str(), |(_, value)| value)));
    // A database file beside the sources is made again by the tool that empties it.
    let of_file = |text: &str| {
        let ending = text.rsplit('.').next().unwrap_or_default();
        let by_ending = matches!(ending, "db" | "sqlite" | "sqlite3").then_some(text);
        let path = text
            .strip_prefix("file:")
            .or_else(|| text.strip_prefix("sqlite:"))
            .or_else(|| text.strip_prefix("sqlite3:"))
            .or(by_ending)?;
        let name = base_name(path.trim_start_matches('/')).split(['.', '?']).next().unwrap_or_default().to_owned();
        Some(
            is_scratch(path.trim_start_matches("//"))
                || name.split(['-', '_']).any(|word| matches!(word, "dev" | "test" | "local" | "tmp" | "development")),
        )
    };
    by_address.into_iter().find_map(of_file).unwrap_or(false)
}

/// Whether the text took the database's file away before: what is in it since then is the text's own.
fn is_begun_anew(act: &Act, scene: &Scene, file: &str) -> bool {
    let cwd = act.invocation.cwd.as_deref();
    let path = joined_path(cwd, file);
    let removes = |other: &&Invocation| matches!(other.program(), "rm" | "unlink") && other.is_here();
    let mut before = scene.before(act.invocation).iter().filter(removes);
    path.is_some() && before.any(|other| other.args().iter().any(|word| word.is_literal() && other.path(word) == path))
}

/// Parts texts for a client into statements, its own commands and what a shell gets.
fn run(collect: &mut Collect, found: Vec<(String, Span)>, client: &str) {
    for (text, span) in found {
        let mut plain = String::new();
        for line in text.lines() {
            // The client's own commands are no SQL, but one reads a file of it.
            let trimmed = line.trim_start();
            if let Some(path) = trimmed.strip_prefix("\\i ").or_else(|| trimmed.strip_prefix(".read ")) {
                let word = Word::literal(path.trim(), span);
                if let Some(text) = collect.content(&word) {
                    collect.inner.push(Inner::Sql { text, span });
                }
            } else if let Some(command) = trimmed
                .strip_prefix("\\! ")
                .or_else(|| trimmed.strip_prefix(".shell "))
                .or_else(|| trimmed.strip_prefix(".system "))
            {
                collect.inner.push(Inner::Shell { text: command.to_owned(), span });
            } else if !is_own_command(trimmed, client) {
                plain.push_str(line);
                plain.push('\n');
            }
        }
        if !plain.trim().is_empty() {
            collect.inner.push(Inner::Sql { text: plain.trim_end().to_owned(), span });
        }
    }
}

/// Whether a line is one of the client's own commands.
fn is_own_command(line: &str, client: &str) -> bool {
    line.starts_with('\\') || (line.starts_with('.') && client.starts_with("sqlite"))
}

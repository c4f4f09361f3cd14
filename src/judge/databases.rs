//! Database clients: the statements they are given.

use super::effects::{Collect, Inner};
use crate::model::Span;
use crate::shell::{Stdin, Word};

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
    let Some(client) = CLIENTS.iter().find(|client| client.name == collect.act.program) else { return };
    let invocation = collect.invocation().clone();
    let mut found: Vec<(String, Span)> = Vec::new();
    for word in invocation.options(client.statements) {
        found.push((word.text, word.span));
    }
    for word in invocation.options(client.files) {
        found.extend(collect.content(&word).map(|text| (text, word.span)));
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
        Stdin::Text(text) => found.push((text.clone(), invocation.span)),
        Stdin::File(word) => found.extend(collect.content(word).map(|text| (text, word.span))),
        Stdin::Inherited | Stdin::From(_) => {}
    }
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
            } else if !is_own_command(trimmed, client.name) {
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

//! Calls that run statements, and those of object mappers that stand for them.

use super::{Inner, Reader, mappers};
use crate::judge::script::{Call, Value};

/// Calls that run the statements they are given.
const RUNS: &[&str] = &[
    "execute",
    "executemany",
    "executescript",
    "query",
    "raw",
    "exec",
    "run",
    "unsafe",
    "prepare",
    "$executeRawUnsafe",
    "$executeRaw",
    "$queryRawUnsafe",
    "$queryRaw",
    "execute_sql",
    "exec_driver_sql",
    "read_sql",
    "read_sql_query",
    "do",
    "sql",
    "rawQuery",
    "fetch",
    "fetchrow",
    "Exec",
    "ExecContext",
    "MustExec",
    "Query",
    "QueryContext",
    "QueryRow",
    "Raw",
    "exec_params",
    "exec_query",
    "execute_batch",
    "select_all",
    "statement",
    "unprepared",
    "postgres()",
    "neon()",
];

/// How many arguments of a call are looked at for a statement.
const ARGUMENTS_MAX: usize = 3;

/// What a database in a file, or in memory, is told by.
const FILE: &str = "sqlite:";

/// The longest text that statements of one connection are joined to, in bytes.
const JOINED_BYTES_MAX: usize = 16 * 1024;

/// The words that a statement starts with.
const STARTS: &[&str] = &[
    "select", "insert", "update", "delete", "drop", "truncate", "alter", "create", "grant", "revoke", "with", "begin",
    "set", "use", "vacuum", "reindex", "merge", "replace", "copy", "call", "do", "explain", "show", "pragma", "commit",
    "rollback", "rename", "comment", "attach", "detach", "analyze", "lock", "kill", "purge", "flush", "load",
    "optimize",
];

/// Calls that open a connection, where it leads being an argument.
const OPENS: &[&str] = &[
    "connect",
    "create_engine",
    "create_async_engine",
    "Pool",
    "Client",
    "createConnection",
    "createPool",
    "postgres",
    "Sequelize",
    "MongoClient",
    "Redis",
    "from_url",
    "createClient",
    "knex",
    "DataSource",
    "PrismaClient",
    "neon",
    "create_pool",
];

pub(super) fn one(reader: &mut Reader, call: &Call, all: &[Call]) -> bool {
    let last = call.last();
    if RUNS.contains(&last) || RUNS.contains(&call.name.as_str()) {
        let named = call.option("sql").or_else(|| call.option("text"));
        let given = call.arguments.iter().take(ARGUMENTS_MAX).chain(named);
        let texts = given.map(|text| text.field("text").or_else(|| text.field("sql")).unwrap_or(text));
        let text = texts.filter(|text| text.is_text()).map(|text| text.shape().0).find(|text| is_statement(text));
        if let Some(text) = text {
            statements(reader, call, text);
            return true;
        }
    }
    mappers::one(reader, call, all) || stores(reader, call)
}

fn is_statement(text: &str) -> bool {
    let first = text.trim_start_matches(|c: char| c.is_whitespace() || c == '(');
    let first = if first.starts_with("--") || first.starts_with("/*") {
        first.lines().nth(1).unwrap_or_default()
    } else {
        first
    };
    let word: String = first.trim_start().chars().take_while(char::is_ascii_alphabetic).collect();
    STARTS.contains(&word.to_ascii_lowercase().as_str()) && text.trim().contains(char::is_whitespace)
}

pub(super) fn statements(reader: &mut Reader, call: &Call, text: String) {
    // A connection is what it is called on, or what it is given: `metadata.drop_all(bind=engine)`.
    let given = call.arguments.iter().chain(call.named.iter().map(|(_, value)| value));
    let on = call.on.iter().map(AsRef::as_ref).chain(given).flat_map(Value::origins).find_map(leads);
    reader.collect.inner.push(Inner::Statements { text, on, span: reader.span });
}

/// Where the connection leads that a call opens.
fn leads(call: &Call) -> Option<String> {
    let name = call.name.as_str();
    let of_file = matches!(
        name,
        "sqlite3.connect" | "aiosqlite.connect" | "better-sqlite3" | "sqlite3.Database" | "bun:sqlite.Database"
    ) || name.ends_with("sqlite.Open")
        || name == "SQLite3.Database.new"
        || name == "sql.Open" && call.first_text().is_some_and(|driver| driver.contains("sqlite"));
    if of_file {
        let at = usize::from(name == "sql.Open");
        let path = call.arguments.get(at).filter(|path| path.is_text()).map(|path| path.shape().0);
        return Some(format!("{FILE}{}", path.unwrap_or_else(|| "$path".to_owned())));
    }
    if name == "sql.Open" {
        return call.arguments.get(1).filter(|value| value.is_text()).map(|value| value.shape().0);
    }
    if call.option("client").and_then(Value::text).is_some_and(|client| client.contains("sqlite")) {
        let path = call.option("connection").or_else(|| call.option("filename")).filter(|path| path.is_text());
        return Some(format!("{FILE}{}", path.map_or("$path".to_owned(), |path| path.shape().0)));
    }
    if !OPENS.contains(&call.last()) {
        return None;
    }
    let named =
        ["dsn", "connectionString", "host", "url", "hostname", "connection"].iter().find_map(|name| call.option(name));
    let value = named.or_else(|| call.arguments.first()).filter(|value| value.is_text())?;
    Some(value.shape().0)
}

/// Statements whose connection is only known from another variable get the only one that the code opens.
pub(super) fn opened(reader: &mut Reader, calls: &[Call]) {
    let mut places = calls.iter().filter_map(leads);
    if let (Some(only), None) = (places.next(), places.next()) {
        for inner in &mut reader.collect.inner {
            if let Inner::Statements { on: on @ None, .. } = inner {
                *on = Some(only.clone());
            }
        }
    }
    join(&mut reader.collect.inner);
    for inner in std::mem::take(&mut reader.collect.inner) {
        reader.collect.inner.extend(in_file(inner));
    }
}

/// Statements for a database in a file as its client gets them; what is in memory only, nobody else has.
fn in_file(inner: Inner) -> Option<Inner> {
    let Inner::Statements { text, on: Some(on), span } = &inner else { return Some(inner) };
    let Some(path) = on.strip_prefix(FILE) else { return Some(inner) };
    let path = path.trim_start_matches("///").trim_start_matches("//");
    if path.is_empty() || path.contains(":memory:") || path.contains("mode=memory") {
        return None;
    }
    let words = vec!["sqlite3".to_owned(), path.trim_start_matches("file:").to_owned(), text.clone()];
    Some(Inner::Words { words, span: *span })
}

/// Statements of one connection are read as one text: what the first makes, a later one may take away.
fn join(inner: &mut Vec<Inner>) {
    let mut joined: Vec<Inner> = Vec::new();
    for each in inner.drain(..) {
        let last = joined.iter_mut().rev().find(|known| matches!(known, Inner::Statements { .. }));
        match (last, &each) {
            (Some(Inner::Statements { text: before, on: first, span: at }), Inner::Statements { text, on, span })
                if first == on && at == span && before.len() + text.len() < JOINED_BYTES_MAX =>
            {
                before.push_str("\n;\n");
                before.push_str(text);
            }
            _ => joined.push(each),
        }
    }
    *inner = joined;
}

/// Stores without statements: Redis, MongoDB, Elasticsearch; each becomes the client's own command line.
fn stores(reader: &mut Reader, call: &Call) -> bool {
    let first = call.arguments.first().map(|value| value.shape().0);
    let on = call.on.iter().flat_map(|on| on.origins()).find_map(leads).unwrap_or_default();
    let host = crate::trail::host_of(&on).unwrap_or_default().to_owned();
    let is_keys = call.name.to_ascii_lowercase().contains("redis") || call.name.contains("valkey");
    match call.last() {
        // What was found by a pattern goes: nobody counted it.
        "del" | "delete" | "unlink" if is_keys && call.arguments.iter().any(is_found) => {
            let mut words = vec!["redis-cli".to_owned()];
            words.extend((!host.is_empty()).then_some(["-h".to_owned(), host]).into_iter().flatten());
            words.extend(["DEL".to_owned(), "$keys".to_owned()]);
            reader.stands_for(words);
        }
        "flushall" | "flushAll" | "flushdb" | "flushDb" => {
            let mut words = vec!["redis-cli".to_owned()];
            if !host.is_empty() {
                words.extend(["-h".to_owned(), host]);
            }
            words.push(call.last().to_ascii_uppercase());
            reader.stands_for(words);
        }
        "drop_database" | "dropDatabase" | "drop_collection" | "dropCollection" | "delete_many" | "deleteMany"
        | "drop" | "drop_all" => {
            let is_store = call.name.contains("ongo")
                || call.name.starts_with("db.")
                || call.name.contains("client")
                || call.name.contains("etadata")
                || call.name.contains("Base");
            if !is_store && !call.last().starts_with("drop_") && !call.last().starts_with("dropD") {
                return false;
            }
            if call.last() == "drop_all" {
                statements(reader, call, "DROP SCHEMA public CASCADE".to_owned());
                return true;
            }
            // `client.db('shop').collection('orders')`
            let chosen = call
                .on
                .iter()
                .flat_map(|on| on.origins())
                .find(|origin| matches!(origin.last(), "collection" | "get_collection" | "getCollection"));
            let chosen = chosen.and_then(|origin| origin.arguments.first()).filter(|name| name.is_text());
            let of = call.name.rsplit('.').nth(1).unwrap_or_default().to_owned();
            let of = chosen.map_or(of, |name| name.shape().0);
            let act = match call.last() {
                "drop_database" | "dropDatabase" => "db.dropDatabase()".to_owned(),
                "drop_collection" | "dropCollection" => format!("db.{}.drop()", first.unwrap_or_default()),
                "drop" => format!("db.{of}.drop()"),
                _ if matches!(call.arguments.first(), Some(Value::Map(fields)) if fields.is_empty()) => {
                    format!("db.{of}.deleteMany({{}})")
                }
                _ => format!("db.{of}.deleteMany({{_id: 1}})"),
            };
            let mut words = vec!["mongosh".to_owned()];
            words.extend((!on.is_empty()).then_some(on));
            words.extend(["--eval".to_owned(), act]);
            reader.stands_for(words);
        }
        _ => return false,
    }
    true
}

/// Whether a value is what a search for keys found.
fn is_found(value: &Value) -> bool {
    value.origins().iter().any(|origin| matches!(origin.last(), "keys" | "scan" | "scan_iter" | "scanIterator"))
}

//! Calls that run statements, and those of object mappers that stand for them.

use super::{Inner, Reader};
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
];

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

/// Methods of object mappers that remove rows, and whether all of them go.
const MAPPED: &[&str] = &["deleteMany", "delete", "delete_all", "destroy", "destroy_all", "truncate", "deleteAll"];

pub(super) fn one(reader: &mut Reader, call: &Call) -> bool {
    let last = call.last();
    if RUNS.contains(&last) || RUNS.contains(&call.name.as_str()) {
        let text = call.arguments.first().or_else(|| call.option("sql")).or_else(|| call.option("text"));
        let text = text.map(|text| text.field("text").or_else(|| text.field("sql")).unwrap_or(text));
        let text = text.filter(|text| text.is_text()).map(|text| text.shape().0);
        if let Some(text) = text.filter(|text| is_statement(text)) {
            statements(reader, call, text);
            return true;
        }
    }
    mapped(reader, call) || stores(reader, call)
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

fn statements(reader: &mut Reader, call: &Call, text: String) {
    let on = call.on.iter().flat_map(|on| on.origins()).find_map(leads);
    reader.collect.inner.push(Inner::Statements { text, on, span: reader.span });
}

/// Where the connection leads that a call opens.
fn leads(call: &Call) -> Option<String> {
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

/// `prisma.user.deleteMany()`, `User.objects.all().delete()`, `session.query(User).delete()`, `User.destroy_all`.
fn mapped(reader: &mut Reader, call: &Call) -> bool {
    let last = call.last();
    if !MAPPED.contains(&last) {
        return false;
    }
    let parts: Vec<&str> = call.name.split('.').collect();
    let before =
        |back: usize| parts.len().checked_sub(back + 1).and_then(|at| parts.get(at)).copied().unwrap_or_default();
    let has_condition =
        call.option("where").is_some_and(|value| !matches!(value, Value::Map(fields) if fields.is_empty()));
    let is_model = |name: &str| name.chars().next().is_some_and(char::is_uppercase);
    let table = if let Some(at) = parts.iter().position(|part| *part == "objects") {
        let narrows = parts
            .get(at..)
            .is_some_and(|rest| rest.iter().any(|part| matches!(*part, "filter()" | "exclude()" | "get()")));
        let table = at.checked_sub(1).and_then(|at| parts.get(at)).map(|part| (*part).to_owned());
        table.map(|table| (table, narrows))
    } else if let Some(query) = call.on.iter().flat_map(|on| on.origins()).find(|origin| origin.last() == "query") {
        let narrows = parts.iter().any(|part| matches!(*part, "filter()" | "filter_by()" | "where()"));
        query.arguments.first().map(|model| (model.name(), narrows)).filter(|(name, _)| !name.is_empty())
    } else if matches!(last, "deleteMany" | "destroy" | "destroy_all" | "delete_all" | "truncate" | "deleteAll") {
        let of = before(1);
        let is_client = parts.first().is_some_and(|first| matches!(*first, "prisma" | "db" | "client" | "tx"))
            || parts.iter().any(|part| part.contains("PrismaClient"));
        let is_mapped = is_client && parts.len() > 2 || is_model(of) && !of.ends_with("()");
        let narrows = has_condition
            || matches!(call.arguments.first(), Some(Value::Map(fields)) if !fields.is_empty() && call.option("where").is_none() && call.option("truncate").is_none());
        is_mapped.then(|| (of.to_owned(), narrows))
    } else {
        None
    };
    let Some((table, narrows)) = table else { return false };
    let name: String =
        table.rsplit('.').next().unwrap_or_default().chars().filter(|c| c.is_alphanumeric() || *c == '_').collect();
    let text = match (last, narrows) {
        ("truncate", _) => format!("TRUNCATE TABLE {name}"),
        (_, true) => format!("DELETE FROM {name} WHERE id = 1"),
        (_, false) => format!("DELETE FROM {name}"),
    };
    statements(reader, call, text);
    true
}

/// Stores without statements: Redis, MongoDB, Elasticsearch; each becomes the client's own command line.
fn stores(reader: &mut Reader, call: &Call) -> bool {
    let first = call.arguments.first().map(|value| value.shape().0);
    let on = call.on.iter().flat_map(|on| on.origins()).find_map(leads).unwrap_or_default();
    let host = crate::trail::host_of(&on).unwrap_or_default().to_owned();
    match call.last() {
        "flushall" | "flushAll" | "flushdb" | "flushDb" => {
            let mut words = vec!["redis-cli".to_owned()];
            if !host.is_empty() {
                words.extend(["-h".to_owned(), host]);
            }
            words.push(call.last().to_ascii_uppercase());
            reader.stands_for(words);
        }
        "drop_database" | "dropDatabase" | "drop_collection" | "dropCollection" | "delete_many" | "drop"
        | "drop_all" => {
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
            let of = call.name.rsplit('.').nth(1).unwrap_or_default().to_owned();
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

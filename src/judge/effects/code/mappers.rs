//! Calls of object mappers and query builders, as the statements they stand for.

use super::{Reader, databases};
use crate::judge::script::{Call, Value};

/// Methods of object mappers that remove rows, and whether all of them go.
const MAPPED: &[&str] = &["deleteMany", "delete", "delete_all", "destroy", "destroy_all", "truncate", "deleteAll"];

/// Methods that say which rows are meant.
const NARROWS: &[&str] = &["where", "whereIn", "whereRaw", "andWhere", "filter", "filter_by", "limit", "whereNotNull"];

/// The statement that drops all there is.
const DROPS_ALL: &str = "DROP SCHEMA public CASCADE";

pub(super) fn one(reader: &mut Reader, call: &Call, all: &[Call]) -> bool {
    if let Some(text) = schema(call).or_else(|| built(call, all)) {
        databases::statements(reader, call, text);
        return true;
    }
    mapped(reader, call)
}

/// `sequelize.sync({force: true})`, `dataSource.synchronize(true)`, `dataSource.dropDatabase()`.
fn schema(call: &Call) -> Option<String> {
    let is_yes =
        |value: Option<&Value>| value.and_then(Value::text).is_some_and(|text| matches!(text, "true" | "True"));
    let of = call.name.rsplit('.').nth(1).unwrap_or_default().to_ascii_lowercase();
    let is_source =
        of.contains("datasource") || of.contains("sequelize") || of.contains("connection") || of.contains("orm");
    let drops = match call.last() {
        "sync" => is_yes(call.option("force")),
        "synchronize" => is_yes(call.arguments.first()),
        "dropDatabase" | "dropSchema" => is_source && !call.name.contains("ongo"),
        "drop" => of.contains("sequelize"),
        _ => false,
    };
    drops.then(|| DROPS_ALL.to_owned())
}

/// Query builders: `db.delete(orders)`, `knex('orders').del()`, `delete(Order)`, `getRepository(User).clear()`.
fn built(call: &Call, all: &[Call]) -> Option<String> {
    let origins: Vec<&Call> = call.on.iter().flat_map(|on| on.origins()).collect();
    let first = || call.arguments.first().map(|table| if table.is_text() { table.shape().0 } else { table.name() });
    let of = |made: &dyn Fn(&Call) -> bool| {
        let made = origins.iter().find(|origin| made(origin))?;
        made.arguments.first().map(|table| if table.is_text() { table.shape().0 } else { table.name() })
    };
    let name = call.name.as_str();
    let (table, verb) = match call.last() {
        "delete" if name.starts_with("drizzle-orm") || name.contains("drizzle()") => (first()?, "DELETE FROM"),
        "delete"
            if matches!(name, "sqlalchemy.delete" | "sqlalchemy.sql.delete" | "sqlalchemy.sql.expression.delete") =>
        {
            (first()?, "DELETE FROM")
        }
        "deleteFrom" => (first()?, "DELETE FROM"),
        "del" | "delete" if name.starts_with("knex") => {
            (of(&|origin| origin.name.starts_with("knex()"))?, "DELETE FROM")
        }
        "truncate" if name.starts_with("knex") => (of(&|origin| origin.name.starts_with("knex()"))?, "TRUNCATE TABLE"),
        "clear" => (of(&|origin| matches!(origin.last(), "getRepository" | "getMongoRepository"))?, "TRUNCATE TABLE"),
        "from" if origins.first().is_some_and(|origin| origin.last() == "delete") => {
            origins.iter().find(|origin| origin.last() == "createQueryBuilder")?;
            (first()?, "DELETE FROM")
        }
        // Rows of a model, all of them where the mapper was told that this is meant.
        "Delete" => {
            let is_global = all.iter().any(|other| {
                other.option("AllowGlobalUpdate").is_some() && name.contains(".Session()")
                    || other.last() == "Where" && other.first_text().is_some_and(is_always) && name.contains("Where()")
            });
            (is_global.then(|| "rows".to_owned())?, "DELETE FROM")
        }
        "delete" if call.arguments.is_empty() && is_model(before(call, 1)) => {
            let runs = |other: &&Call| other.last() == "execute" && is_on(other, call);
            all.iter().find(runs)?;
            (before(call, 1).to_owned(), "DELETE FROM")
        }
        "delete" if before(call, 1) == "all()" && is_model(before(call, 2)) => {
            (before(call, 2).to_owned(), "DELETE FROM")
        }
        _ => return None,
    };
    let is_narrowed = origins.iter().any(|origin| NARROWS.contains(&origin.last()))
        || all.iter().any(|other| NARROWS.contains(&other.last()) && is_on(other, call));
    let table = plain(&table);
    Some(if is_narrowed && verb == "DELETE FROM" {
        format!("{verb} {table} WHERE id = 1")
    } else {
        format!("{verb} {table}")
    })
}

/// Whether a call is made on what another one gives.
fn is_on(later: &Call, call: &Call) -> bool {
    later.on.as_ref().is_some_and(|on| on.origins().contains(&call))
}

/// Whether a condition holds for every row.
fn is_always(condition: &str) -> bool {
    let bare: String = condition.chars().filter(|c| !c.is_whitespace()).collect();
    matches!(bare.as_str(), "1=1" | "true" | "1")
}

fn is_model(name: &str) -> bool {
    name.chars().next().is_some_and(char::is_uppercase) && !name.ends_with("()")
}

/// The part of a call's name that stands so many before its last.
fn before(call: &Call, back: usize) -> &str {
    call.name.rsplit('.').nth(back).unwrap_or_default()
}

/// A name of a table out of one of a model.
fn plain(table: &str) -> String {
    let last = table.rsplit('.').next().unwrap_or_default();
    let name: String = last.chars().filter(|c| c.is_alphanumeric() || *c == '_').collect();
    if name.is_empty() { "rows".to_owned() } else { name }
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
        let is_mapped = is_client && parts.len() > 2 || is_model(of);
        let narrows = has_condition
            || matches!(call.arguments.first(), Some(Value::Map(fields)) if !fields.is_empty() && call.option("where").is_none() && call.option("truncate").is_none());
        is_mapped.then(|| (of.to_owned(), narrows))
    } else {
        None
    };
    let Some((table, narrows)) = table else { return false };
    let name = plain(&table);
    let text = match (last, narrows) {
        ("truncate", _) => format!("TRUNCATE TABLE {name}"),
        (_, true) => format!("DELETE FROM {name} WHERE id = 1"),
        (_, false) => format!("DELETE FROM {name}"),
    };
    databases::statements(reader, call, text);
    true
}

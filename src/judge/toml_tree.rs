//! TOML text to the tree that packs are read from.

use toml::de::{DeTable, DeValue};

use super::ordinary::Ordinary;
use super::pack::{Item, Pack, PackError, Table, Value};

/// What rules have no use for.
pub(super) const NUMBER: &str = "a number";
/// The same.
pub(super) const TRUTH: &str = "true or false";
/// The same.
pub(super) const DATE: &str = "a date";

impl Pack {
    /// Reads a pack from TOML. `name` is its name, without an ending.
    ///
    /// # Errors
    /// [`PackError`] names the line and, for a word nobody knows, the nearest known one.
    pub fn parse(name: &str, text: &str) -> Result<Self, PackError> {
        Self::from_table(name, text, &tree(name, text)?)
    }
}

impl Ordinary {
    /// Reads a table of tools from TOML. `name` is its name, without an ending.
    ///
    /// # Errors
    /// [`PackError`] names the line and, for a word nobody knows, the nearest known one.
    pub fn parse(name: &str, text: &str) -> Result<Self, PackError> {
        Self::from_table(name, text, &tree(name, text)?)
    }
}

/// The tables of the file `name`.toml, whose text is `text`.
pub(super) fn tree(name: &str, text: &str) -> Result<Table, PackError> {
    let parsed = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let before = text.get(..at).unwrap_or(text);
        let line = u32::try_from(before.matches('\n').count() + 1).unwrap_or(u32::MAX);
        PackError::NoToml { pack: format!("{name}.toml"), line, why: error.message().to_owned() }
    })?;
    Ok(table(parsed.get_ref()))
}

fn table(from: &DeTable) -> Table {
    Table(
        from.iter()
            .map(|(key, value)| {
                (key.get_ref().to_string().into(), key.span().start, item(value.span().start, value.get_ref()))
            })
            .collect(),
    )
}

fn item(at: usize, value: &DeValue) -> Item {
    let value = match value {
        DeValue::String(text) => Value::Text(text.to_string().into()),
        DeValue::Array(items) => {
            Value::List(items.iter().map(|each| item(each.span().start, each.get_ref())).collect())
        }
        DeValue::Table(inner) => Value::Table(table(inner)),
        DeValue::Integer(_) | DeValue::Float(_) => Value::Other(NUMBER),
        DeValue::Boolean(_) => Value::Other(TRUTH),
        DeValue::Datetime(_) => Value::Other(DATE),
    };
    Item { at, value }
}

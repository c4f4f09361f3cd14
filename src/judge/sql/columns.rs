//! Which columns a query shows, and whether one of them holds secrets.

use super::condition::Words;
use super::rules::SECRET_COLUMN;
use super::tokens::Piece;
use crate::model::{Span, Tier};
use crate::trail::Environment;
use crate::trail::names::is_secret_variable;

/// Names that are secrets of a shell, and in a table mostly a result, a person's standing or a map.
const EVERYDAY: &[&str] = &["pass", "auth", "pat", "authorized", "pwd"];

/// Tables whose every column is about secrets, by the last part of their name.
const TABLES: &[&str] = &["secrets", "credentials", "passwords", "tokens"];

/// Functions that give of a value only what is no value: its length, a part of a digest, whether there is one.
const HIDING: &[&str] = &[
    "COUNT",
    "LENGTH",
    "CHAR_LENGTH",
    "OCTET_LENGTH",
    "LEN",
    "MD5",
    "SHA1",
    "SHA256",
    "SHA2",
    "DIGEST",
    "BOOL_OR",
    "BOOL_AND",
    "EXISTS",
    "ISNULL",
    "NULLIF",
    "PG_COLUMN_SIZE",
    "BIT_LENGTH",
    "HASHTEXT",
    "APPROX_COUNT_DISTINCT",
];

/// A column that the query shows and that holds secrets; digests of passwords are told apart from what opens a door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shown {
    /// The column, or the table of which all is shown.
    pub name: String,
    /// Whether only a digest is shown, which opens nothing by itself.
    pub is_digest: bool,
}

/// The first column of secrets that a query shows.
pub(super) fn secret_shown(statement: &[Piece]) -> Option<Shown> {
    let start = statement.iter().position(|piece| piece.is("SELECT"))?;
    let rest = statement.get(start + 1..)?;
    let end = end_of_list(rest);
    let list = rest.get(..end)?;
    let from = rest.get(end + 1..).unwrap_or_default();
    items(list).find_map(|item| column(item, from))
}

/// Where the list of what is shown ends: at the `FROM` that belongs to it.
fn end_of_list(rest: &[Piece]) -> usize {
    let mut depth = 0i32;
    let end = rest.iter().position(|piece| {
        depth += i32::from(piece.is_sign("(")) - i32::from(piece.is_sign(")"));
        depth == 0 && piece.is("FROM")
    });
    end.unwrap_or(rest.len())
}

/// The parts of a list, parted by commas outside of brackets.
fn items(list: &[Piece]) -> impl Iterator<Item = &[Piece]> {
    let mut depth = 0i32;
    list.split(move |piece| {
        depth += i32::from(piece.is_sign("(")) - i32::from(piece.is_sign(")"));
        depth == 0 && piece.is_sign(",")
    })
}

fn column(item: &[Piece], from: &[Piece]) -> Option<Shown> {
    let hides = item.iter().any(|piece| HIDING.iter().any(|name| piece.is(name)));
    // `token IS NOT NULL`, `token = 'x'`, `CASE WHEN token …` say something of the value without showing it.
    let compares = item.iter().any(|piece| {
        ["IS", "CASE", "LIKE", "IN", "SUBSTRING", "LEFT", "RIGHT", "SUBSTR"].iter().any(|word| piece.is(word))
            || ["=", "<>", "!=", "<", ">"].iter().any(|sign| piece.is_sign(sign))
    });
    if hides || compares {
        return None;
    }
    let table =
        || from.iter().take_while(|piece| piece.is_name() || piece.is_sign(".")).filter(|piece| piece.is_name());
    if item.last().is_some_and(|piece| piece.is_sign("*") || piece.text() == "*") {
        let name = table().take_while(|piece| !piece.is("WHERE") && !piece.is("LIMIT")).last()?.text().to_owned();
        let lower = name.to_ascii_lowercase();
        let is_kept = TABLES.iter().any(|known| lower == *known || lower.ends_with(&format!("_{known}")))
            || lower.ends_with("api_keys")
            || lower == "apikeys";
        return is_kept.then_some(Shown { name, is_digest: false });
    }
    // `'x' AS token` shows what stands in the statement.
    let own = item.iter().take_while(|piece| !piece.is("AS")).filter(|piece| piece.is_name());
    own.filter(|piece| is_secret_column(piece.text())).map(|piece| piece.text().to_owned()).next().map(|name| {
        let is_digest = name.to_ascii_lowercase().split('_').any(is_digest_word);
        Shown { name, is_digest }
    })
}

fn is_digest_word(word: &str) -> bool {
    matches!(word, "hash" | "hashed" | "digest" | "encrypted" | "salt" | "fingerprint")
}

/// Whether a column of this name holds what opens a door: `api_key`, `accessToken`, `password_hash`.
fn is_secret_column(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    if EVERYDAY.contains(&lower.as_str()) {
        return false;
    }
    let words = super::super::verbs::words(name).join("_");
    // When it was set, whose it is and what it is called is no secret.
    let about =
        ["at", "on", "type", "kind", "status", "expires", "expiry", "name", "date", "version", "prefix", "hint"];
    let last = words.rsplit('_').next().unwrap_or_default();
    !about.contains(&last) && is_secret_variable(&words)
}

impl super::Reader {
    /// A query that shows secrets. In a database for development they open nothing, nor do digests of passwords that a
    /// server on this machine holds.
    pub(super) fn columns(&mut self, words: &Words<'_>, span: Span) {
        let Some(shown) = secret_shown(words.pieces) else { return };
        let tier = match self.environment {
            Environment::Development => Tier::Low,
            Environment::Local if shown.is_digest => Tier::Low,
            Environment::Local | Environment::Staging | Environment::Production | Environment::Unknown => Tier::Medium,
        };
        self.add(&SECRET_COLUMN, tier, span, &shown.name, self.environment);
    }
}

//! Which columns a query shows, and whether one of them holds secrets.

use super::condition::Words;
use super::rules::SECRET_COLUMN;
use super::tokens::Piece;
use crate::model::{Span, Tier};
use crate::trail::Environment;

/// Tables whose every column is about secrets, by the last part of their name.
const TABLES: &[&str] = &["secrets", "credentials", "passwords", "tokens", "api_keys", "apikeys"];

/// Columns of such a table that hold the value.
const VALUES: &[&str] = &["VALUE", "DATA", "PAYLOAD", "CONTENT"];

/// What a column is called that holds what opens a door.
const SECRETS: &[&str] =
    &["token", "secret", "secrets", "password", "passwd", "passphrase", "apikey", "credential", "credentials", "jwt"];

/// Whose keys open a door; most keys of tables do not: `sort_key`, `object_key`.
const OPENING: &[&str] =
    &["api", "access", "private", "signing", "encryption", "secret", "master", "service", "webhook", "ssh"];

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
    // What a query within another shows, the outer one may keep.
    let mut depth = 0i32;
    let outer = statement.iter().position(|piece| {
        depth += i32::from(piece.is_sign("(")) - i32::from(piece.is_sign(")"));
        depth == 0 && piece.is("SELECT")
    });
    let start = outer.or_else(|| statement.iter().position(|piece| piece.is("SELECT")))?;
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
    // `*`, and a column that has no other name in a table of secrets.
    let is_all = item.last().is_some_and(|piece| piece.text() == "*");
    let is_value = matches!(item, [only] if VALUES.iter().any(|name| only.names(name)));
    if is_all || is_value {
        return table_of_secrets(from).map(|name| Shown { name, is_digest: false });
    }
    // `'x' AS token` shows what stands in the statement.
    let own = item.iter().take_while(|piece| !piece.is("AS")).filter(|piece| piece.is_name());
    own.filter(|piece| is_secret_column(piece.text())).map(|piece| piece.text().to_owned()).next().map(|name| {
        let is_digest = name.to_ascii_lowercase().split('_').any(is_digest_word);
        Shown { name, is_digest }
    })
}

/// The table that a query reads, where all in it is about secrets.
fn table_of_secrets(from: &[Piece]) -> Option<String> {
    let parts = from.split(|piece| piece.is_sign(".")).take_while(|part| !part.is_empty());
    let mut name = String::new();
    for part in parts {
        name = part.first().filter(|piece| piece.is_name())?.text().to_owned();
        if part.len() > 1 {
            break;
        }
    }
    let lower = name.to_ascii_lowercase();
    let is_kept = TABLES.iter().any(|known| lower == *known || lower.ends_with(&format!("_{known}")));
    is_kept.then_some(name)
}

fn is_digest_word(word: &str) -> bool {
    matches!(word, "hash" | "hashed" | "digest" | "encrypted" | "salt" | "fingerprint")
}

/// Whether a column of this name holds what opens a door: `api_key`, `accessToken`, `password_hash`.
fn is_secret_column(name: &str) -> bool {
    let words = super::super::verbs::words(name);
    // `is_secret`, `has_password`: yes or no.
    let asks = |word: &String| matches!(word.as_str(), "is" | "has" | "had" | "needs" | "requires" | "uses" | "allow");
    if words.first().is_some_and(asks) {
        return false;
    }
    let mut parts = words.iter().rev().map(String::as_str);
    let (last, before) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    // `token_value`, `password_hash`: what stands before says what it is of.
    let is_of = last == "value" || is_digest_word(last);
    SECRETS.contains(&last) || is_of && SECRETS.contains(&before) || last == "key" && OPENING.contains(&before)
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

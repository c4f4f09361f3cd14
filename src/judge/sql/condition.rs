//! The words of a statement, and which rows it meets.

use super::tokens::{Lexeme, Piece};

/// Which rows a statement meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Condition {
    All,
    Some,
    Key,
}

pub(super) struct Words<'a> {
    pub(super) pieces: &'a [Piece],
}

impl Words<'_> {
    pub(super) fn word(&self, index: usize) -> String {
        self.pieces.get(index).map(Piece::upper).unwrap_or_default()
    }

    pub(super) fn has(&self, words: &str) -> bool {
        let wanted: Vec<&str> = words.split(' ').collect();
        self.pieces.windows(wanted.len()).any(|pieces| pieces.iter().zip(&wanted).all(|(piece, word)| piece.is(word)))
    }

    pub(super) fn has_pair(&self, first: &str, second: &str) -> bool {
        self.pieces.windows(2).any(|two| matches!(two, [a, b] if a.is(first) && b.is(second)))
    }

    /// The words that stand after each `word`, `IF EXISTS` skipped.
    pub(super) fn after(&self, word: &str) -> Vec<String> {
        let at = self.pieces.iter().enumerate().filter(|(_, piece)| piece.is(word)).map(|(n, _)| n + 1);
        at.map(|n| self.word(n)).collect()
    }

    pub(super) fn texts(&self) -> impl Iterator<Item = (&str, usize)> {
        self.pieces.iter().filter_map(|piece| match &piece.lexeme {
            Lexeme::Text(text) => Some((text.as_str(), piece.from)),
            Lexeme::Word(_) | Lexeme::Name(_) | Lexeme::Number(_) | Lexeme::Sign(_) => None,
        })
    }

    /// The first name that is none of these words, its parts joined by dots.
    pub(super) fn name_after(&self, skipped: &[&str]) -> String {
        let Some(at) = self.pieces.iter().position(|p| p.is_name() && !skipped.iter().any(|word| p.is(word))) else {
            return String::new();
        };
        let mut name = String::new();
        let mut wants_part = true;
        for piece in self.pieces.get(at..).unwrap_or_default() {
            if wants_part && piece.is_name() {
                name.push_str(piece.text());
                wants_part = false;
            } else if !wants_part && (piece.is_sign(".") || piece.is_sign("-")) {
                name.push_str(piece.text());
                wants_part = true;
            } else {
                break;
            }
        }
        name
    }

    pub(super) fn last_name(&self) -> String {
        self.pieces.iter().rev().find(|piece| piece.is_name()).map(|piece| piece.text().to_owned()).unwrap_or_default()
    }

    pub(super) fn condition(&self) -> Condition {
        let Some(at) = self.pieces.iter().rposition(|piece| piece.is("WHERE")) else { return Condition::All };
        let rest = self.pieces.get(at + 1..).unwrap_or_default();
        let end = rest.iter().position(|p| ["RETURNING", "LIMIT", "ORDER", "OPTION"].iter().any(|w| p.is(w)));
        let clause = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        if always(clause) {
            Condition::All
        } else if by_key(clause) {
            Condition::Key
        } else {
            Condition::Some
        }
    }
}

/// Parts a condition at a word that stands outside of all brackets.
fn parted<'a>(clause: &'a [Piece], word: &str) -> Vec<&'a [Piece]> {
    let (mut parts, mut from, mut depth, mut is_between) = (Vec::new(), 0, 0i32, false);
    for (at, piece) in clause.iter().enumerate() {
        depth += i32::from(piece.is_sign("(")) - i32::from(piece.is_sign(")"));
        if piece.is("BETWEEN") {
            is_between = true;
        } else if depth == 0 && piece.is(word) {
            if word == "AND" && std::mem::take(&mut is_between) {
                continue;
            }
            parts.push(clause.get(from..at).unwrap_or_default());
            from = at + 1;
        }
    }
    parts.push(clause.get(from..).unwrap_or_default());
    parts
}

/// The condition without brackets around all of it.
fn bare(mut clause: &[Piece]) -> &[Piece] {
    while let [first, inner @ .., last] = clause {
        let mut depth = 0;
        let closes_early = inner.iter().any(|p| {
            depth += i32::from(p.is_sign("(")) - i32::from(p.is_sign(")"));
            depth < 0
        });
        if !first.is_sign("(") || !last.is_sign(")") || closes_early {
            break;
        }
        clause = inner;
    }
    clause
}

/// Whether every row meets the condition: `1=1`, `true`, `id = id`, `x OR 1=1`, `id IS NOT NULL`.
fn always(clause: &[Piece]) -> bool {
    let clause = bare(clause);
    let choices = parted(clause, "OR");
    if choices.len() > 1 {
        return choices.into_iter().any(always);
    }
    let all = parted(clause, "AND");
    if all.len() > 1 {
        return all.into_iter().all(always);
    }
    match clause {
        [] => true,
        [one] => one.is("TRUE") || matches!(&one.lexeme, Lexeme::Number(n) if !n.trim_matches(['0', '.']).is_empty()),
        [not, one] => not.is("NOT") && (one.is("FALSE") || one.text() == "0"),
        [a, sign, b]
            if sign.is_sign("=") || sign.is_sign("==") || sign.is_sign(">=") || sign.is_sign("<=") || sign.is("IS") =>
        {
            a.text().eq_ignore_ascii_case(b.text()) && a.is_name() == b.is_name()
        }
        [a, sign, b] if sign.is("LIKE") || sign.is("ILIKE") => a.is_name() && b.text() == "%",
        [a, sign, b] if sign.is_sign("<>") || sign.is_sign("!=") => {
            !a.is_name() && !b.is_name() && a.text() != b.text()
        }
        [a, sign, b] if sign.is_sign(">") || sign.is_sign("<") => {
            let is_all = a.text().to_ascii_lowercase().ends_with("id") && sign.is_sign(">") && matches!(b.text(), "0");
            let numbers = (a.text().parse::<f64>(), b.text().parse::<f64>());
            is_all || matches!(numbers, (Ok(a), Ok(b)) if (sign.is_sign(">") && a > b) || (sign.is_sign("<") && a < b))
        }
        [a, is, not, null] => {
            a.text().to_ascii_lowercase().ends_with("id") && is.is("IS") && not.is("NOT") && null.is("NULL")
        }
        [exists, open, ..] if exists.is("EXISTS") && open.is_sign("(") => {
            !clause.iter().any(|p| p.is("WHERE") || p.is("FROM"))
        }
        _ => false,
    }
}

/// Whether the condition names rows by a key: `id = 4`, `order_id IN (1, 2)`, in all of its choices.
fn by_key(clause: &[Piece]) -> bool {
    let clause = bare(clause);
    let choices = parted(clause, "OR");
    if choices.len() > 1 {
        return choices.into_iter().all(by_key);
    }
    let all = parted(clause, "AND");
    if all.len() > 1 {
        return all.into_iter().any(by_key);
    }
    let name_end =
        clause.iter().position(|p| !p.is_name() && !p.is_sign(".")).or_else(|| clause.iter().position(|p| p.is("IN")));
    let sign_at = clause.iter().position(|p| p.is_sign("=") || p.is_sign("==") || p.is("IN"));
    let (Some(_), Some(sign_at)) = (name_end, sign_at) else { return false };
    let Some(column) = sign_at.checked_sub(1).and_then(|n| clause.get(n)).filter(|p| p.is_name()) else { return false };
    let lower = column.text().to_ascii_lowercase();
    let is_key = lower == "id"
        || ["_id", "uuid", "guid", "_key", "_no", "_number", "_code"].iter().any(|end| lower.ends_with(end))
        || matches!(
            lower.as_str(),
            "key" | "pk" | "email" | "slug" | "sku" | "code" | "token" | "username" | "ctid" | "rowid" | "oid"
        )
        || column.text().ends_with("Id");
    let is_small =
        sign_at <= 3 && clause.get(sign_at + 1..).is_some_and(|v| !v.is_empty() && !v.iter().any(|p| p.is("SELECT")));
    // A key that equals another column says nothing about how many rows there are; a placeholder does.
    let value = clause.get(sign_at + 1..).unwrap_or_default();
    let is_column = matches!(value, [a, dot, b] if a.is_name() && dot.is_sign(".") && b.is_name());
    is_key
        && !is_column
        && is_small
        && !clause.first().is_some_and(|p| p.is("NOT"))
        && !clause.iter().take(sign_at).any(|p| p.is("NOT"))
}

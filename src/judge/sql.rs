//! What SQL statements would do to a database.
//!
//! The tokens decide, so that a statement no grammar knows is judged like any other; the parser is asked only
//! whether a text that looks harmless is one statement of any dialect. What is not, is never allowed.

mod changes;
mod columns;
mod condition;
mod rules;
mod tokens;

use sqlparser::dialect::{Dialect, GenericDialect, MsSqlDialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;

use crate::model::{Class, Finding, Span, Tier, Undo};
use crate::trail::Environment;
use condition::Words;
use rules::*;
use tokens::{Piece, pieces, statements};

/// The longest text that is read, in bytes.
const TEXT_BYTES_MAX: usize = 64 * 1024;
/// How many statements of one text are judged.
const STATEMENTS_MAX: usize = 512;
/// How deep texts within statements are followed, in levels.
const DEPTH_MAX: usize = 6;
/// How deep statements within statements are followed, in levels.
const LEVELS_MAX: usize = 32;
/// The deepest nesting of brackets that is read, in levels.
const NESTING_MAX: usize = 100;
/// How much is read in all, texts within statements each time, in bytes.
const BYTES_MAX: usize = 2 * TEXT_BYTES_MAX;

/// What `text` would do to a database of this environment. Reads give nothing.
#[must_use]
pub fn judge(text: &str, environment: Environment) -> Vec<Finding> {
    if text.len() > TEXT_BYTES_MAX {
        return vec![unread(Span(0, text.len()), Tier::Medium, "more SQL than is read")];
    }
    if crate::shell::nesting(text) > NESTING_MAX {
        return vec![unread(Span(0, text.len()), Tier::Medium, "SQL that nests deeper than what is read")];
    }
    let mut reader = Reader { environment, ..Reader::default() };
    reader.text(text, 0);
    worst_of_each(reader.findings)
}

/// One finding for each rule, the worst; statements repeat.
fn worst_of_each(findings: Vec<Finding>) -> Vec<Finding> {
    let mut out: Vec<Finding> = Vec::new();
    for finding in findings {
        match out.iter_mut().find(|kept| kept.rule == finding.rule) {
            Some(kept) if kept.tier < finding.tier => *kept = finding,
            Some(_) => {}
            None => out.push(finding),
        }
    }
    out.sort_by_key(|finding| std::cmp::Reverse(finding.tier));
    out
}

#[derive(Default)]
struct Reader {
    environment: Environment,
    /// Tables that this text created.
    made: Vec<String>,
    findings: Vec<Finding>,
    depth: usize,
    /// How deep within statements the one is that is read now.
    levels: usize,
    /// How much was read.
    bytes: usize,
    /// Whether the statement names further objects after the first.
    has_more: bool,
}

fn unread(span: Span, tier: Tier, what: &str) -> Finding {
    let why = "A statement that cannot be read is never harmless.";
    Finding::new("sql/unparsed", Class::Unparsed, tier, span, what, why)
}

/// Words that make a statement that no grammar knows dangerous.
const DANGEROUS: [&str; 8] = ["DROP", "TRUNCATE", "DELETE", "ALTER", "GRANT", "REVOKE", "PURGE", "DESTROY"];

impl Reader {
    fn text(&mut self, text: &str, offset: usize) {
        self.bytes += text.len();
        if self.depth >= DEPTH_MAX || self.bytes > BYTES_MAX {
            self.findings.push(unread(Span(offset, offset + text.len()), Tier::Medium, "statements nested too deep"));
            return;
        }
        self.depth += 1;
        let Some(read) = pieces(text) else {
            let upper = text.to_ascii_uppercase();
            let is_dangerous =
                DANGEROUS.iter().any(|word| upper.split(|c: char| !c.is_ascii_alphabetic()).any(|w| w == *word));
            let tier = if is_dangerous { Tier::High } else { Tier::Low };
            self.findings.push(unread(Span(offset, offset + text.len()), tier, "SQL that cannot be read"));
            if is_dangerous {
                self.dangerous(Span(offset, offset + text.len()));
            }
            self.depth -= 1;
            return;
        };
        let all: Vec<&[Piece]> = statements(&read).take(STATEMENTS_MAX).collect();
        let is_rolled_back = is_rolled_back(&all);
        let before = self.findings.len();
        for statement in all {
            self.statement(statement, text, offset);
        }
        if is_rolled_back {
            for finding in self.findings.iter_mut().skip(before) {
                if ["sql/delete-all", "sql/delete-rows", "sql/delete-by-key", "sql/update-all", "sql/write"]
                    .contains(&finding.rule.0.as_str())
                {
                    finding.tier = Tier::Low;
                    finding.undo = Undo::By("the text itself rolls it back".to_owned());
                }
            }
        }
        self.depth -= 1;
    }

    fn dangerous(&mut self, span: Span) {
        let finding = Finding::new(
            "sql/unknown-change",
            Class::Delete,
            Tier::Medium,
            span,
            "a change that cannot be read",
            "It names an act that removes something.",
        );
        self.findings.push(finding);
    }

    fn add(&mut self, rule: &Rule, tier: Tier, span: Span, target: &str, environment: Environment) {
        let is_production = environment == Environment::Production;
        let tier = match (is_production, tier) {
            (true, Tier::High) if rule.class == Class::Delete => Tier::Critical,
            (true, Tier::Low) => Tier::Medium,
            (_, tier) => tier,
        };
        let mut finding = Finding::new(rule.id, rule.class, tier, span, rule.title, rule.why);
        if let Some(instead) = rule.instead {
            finding = finding.instead(instead);
        }
        if !target.is_empty() {
            finding = finding.target(target);
        }
        if tier >= Tier::High && rule.class == Class::Delete {
            finding = finding.undo(Undo::None);
        }
        self.findings.push(finding);
        if is_production {
            let found = Finding::new(PRODUCTION.id, PRODUCTION.class, tier, span, PRODUCTION.title, PRODUCTION.why);
            self.findings.push(found.target(target).instead(PRODUCTION.instead.unwrap_or_default()));
        }
    }

    fn statement(&mut self, statement: &[Piece], text: &str, offset: usize) {
        let (Some(first), Some(last)) = (statement.first(), statement.last()) else { return };
        let span = Span(offset + first.from, offset + last.to);
        if self.levels >= LEVELS_MAX {
            return self.findings.push(unread(span, Tier::Medium, "statements nested too deep"));
        }
        self.levels += 1;
        self.statement_here(statement, span, text, offset);
        self.levels -= 1;
    }

    fn statement_here(&mut self, statement: &[Piece], span: Span, text: &str, offset: usize) {
        self.nested(statement, text, offset);
        let words = Words { pieces: statement };
        self.has_more =
            matches!(words.word(0).as_str(), "DROP" | "TRUNCATE") && words.pieces.iter().any(|p| p.is_sign(","));
        match words.word(0).as_str() {
            "REMOVE" => self.drop(&words, span),
            "DROP" => self.drop(&words, span),
            "TRUNCATE" => {
                let target = words.name_after(&["TRUNCATE", "TABLE", "ONLY", "IF", "EXISTS", "DATABASE"]);
                self.removal(&TRUNCATE, Tier::High, span, &target);
            }
            "DELETE" => self.delete(&words, span),
            "UPDATE" => self.update(&words, span),
            "ALTER" => self.alter(&words, span),
            "GRANT" | "REVOKE" => {
                let is_wide = ["ALL", "SUPERUSER", "ADMIN", "GRANT OPTION", "SUPER"].iter().any(|w| words.has(w));
                let tier = if is_wide && words.word(0) == "GRANT" { Tier::High } else { Tier::Medium };
                self.add(&GRANT, tier, span, &words.last_name(), self.environment);
            }
            "CREATE" => self.create(&words, span),
            "INSERT" | "REPLACE" | "UPSERT" | "MERGE" | "LOAD" | "IMPORT" | "RENAME" | "COMMENT" | "REFRESH"
            | "REINDEX" | "VACUUM" | "ANALYZE" | "OPTIMIZE" | "CLUSTER" | "ATTACH" | "DETACH" | "LISTEN" | "NOTIFY"
            | "LOCK" | "KILL" | "FLUSH" | "HANDLER" | "REPAIR" | "INSTALL" => self.write(&words, span),
            "CALL" | "EXEC" => self.routine(&words, span, offset),
            "COPY" | "UNLOAD" | "EXPORT" | "BACKUP" => self.copy(&words, span),
            "DO" | "EXECUTE" => {
                if words.texts().next().is_none() {
                    self.add(&WRITE, Tier::Low, span, "", self.environment);
                }
                self.strings(&words, offset);
            }
            "PREPARE" => {
                let body =
                    statement.iter().position(|p| p.is("AS") || p.is("FROM")).and_then(|n| statement.get(n + 1..));
                self.strings(&words, offset);
                self.statement(body.unwrap_or_default(), text, offset);
            }
            "EXPLAIN" | "DESCRIBE" | "DESC" => {
                // `EXPLAIN (ANALYZE false)` runs nothing.
                let is_off =
                    |piece: Option<&Piece>| piece.is_some_and(|p| p.is("FALSE") || p.is("OFF") || p.text() == "0");
                let options = statement.iter().take(8).enumerate();
                let analyzed = options
                    .filter(|(_, p)| p.is("ANALYZE") || p.is("ANALYSE"))
                    .any(|(n, _)| !is_off(statement.get(n + 1)));
                let act = analyzed.then_some(()).and_then(|()| {
                    statement
                        .iter()
                        .position(|p| ["DELETE", "UPDATE", "INSERT", "MERGE", "WITH", "SELECT"].iter().any(|w| p.is(w)))
                });
                if let Some(inner) = act.and_then(|n| statement.get(n..)) {
                    self.statement(inner, text, offset);
                }
            }
            "SELECT" | "WITH" | "(" | "VALUES" | "TABLE" | "FROM" => self.select(&words, span, text),
            "BEGIN" | "DECLARE" | "IF" | "FOR" | "WHILE" | "LOOP" | "END" | "THEN" | "ELSE" => {
                self.block(statement, text, offset);
                self.strings(&words, offset);
            }
            _ => self.session(&words, span),
        }
    }

    /// What concerns the session or the server rather than rows.
    fn session(&mut self, words: &Words<'_>, span: Span) {
        match words.word(0).as_str() {
            "PURGE" | "RESET" | "SHUTDOWN" => {
                let is_log = words.word(0) == "PURGE" || words.has("MASTER") || words.has("BINARY");
                let (rule, tier) = if is_log { (&LOGS, Tier::High) } else { (&WRITE, Tier::Low) };
                let tier = if words.word(0) == "SHUTDOWN" { Tier::Medium } else { tier };
                self.add(rule, tier, span, "", self.environment);
            }
            "USE" | "\\C" | "\\CONNECT" => {
                let named = Environment::of_name(&words.name_after(&["USE", "DATABASE", "SCHEMA", "\\C", "\\CONNECT"]));
                if named != Environment::Unknown {
                    self.environment = named;
                }
            }
            "PRAGMA" if words.has("WRITABLE_SCHEMA") => self.add(&GUARDS, Tier::Medium, span, "", self.environment),
            "\\!" => self.add(&PROGRAM, Tier::Medium, span, "", self.environment),
            "SET"
                if words.has("SESSION_REPLICATION_ROLE")
                    || words.has("FOREIGN_KEY_CHECKS")
                    || words.has("SQL_SAFE_UPDATES") =>
            {
                self.add(&WRITE, Tier::Low, span, "", self.environment);
            }
            "SHOW" | "SET" | "START" | "COMMIT" | "ROLLBACK" | "SAVEPOINT" | "RELEASE" | "ABORT" | "FETCH" | "OPEN"
            | "CLOSE" | "DISCARD" | "PRAGMA" | "CHECKPOINT" | "HELP" | "DEALLOCATE" | "UNLISTEN" | "MOVE"
            | "RETURN" | "RAISE" | "NULL" | "EXCEPTION" | "PERFORM" | "GO" | "DELIMITER" | "PRINT" => {}
            word if word.starts_with('\\') || word.starts_with('.') => {}
            _ => self.unknown(words.pieces, span),
        }
    }

    /// The acts within a procedural block: whatever follows `BEGIN`, `THEN`, `ELSE`, `LOOP`.
    fn block(&mut self, statement: &[Piece], text: &str, offset: usize) {
        let starts = ["BEGIN", "THEN", "ELSE", "LOOP", "DO"];
        let acts = [
            "DELETE", "DROP", "TRUNCATE", "UPDATE", "INSERT", "ALTER", "GRANT", "EXECUTE", "IF", "FOR", "PERFORM",
            "SELECT",
        ];
        let at = statement
            .windows(2)
            .position(|two| matches!(two, [a, b] if starts.iter().any(|w| a.is(w)) && acts.iter().any(|w| b.is(w))));
        if let Some(inner) = at.and_then(|n| statement.get(n + 1..)) {
            self.statement(inner, text, offset);
        }
    }

    /// Statements within brackets, such as in `WITH gone AS (DELETE …)`.
    fn nested(&mut self, statement: &[Piece], text: &str, offset: usize) {
        let acts = ["DELETE", "UPDATE", "INSERT", "MERGE", "TRUNCATE", "DROP"];
        let mut past = 0;
        for (at, pair) in statement.windows(2).enumerate() {
            let [open, act] = pair else { continue };
            // What stands within a body is found when that is read.
            if at < past || !open.is_sign("(") || !acts.iter().any(|word| act.is(word)) {
                continue;
            }
            let before = at.checked_sub(1).and_then(|n| statement.get(n));
            let is_body = before.is_none_or(|p| p.is("AS") || p.is("MATERIALIZED") || p.is_sign("("));
            let mut depth = 1;
            let inner = statement.get(at + 1..).unwrap_or_default();
            let end = inner.iter().position(|p| {
                depth += i32::from(p.is_sign("(")) - i32::from(p.is_sign(")"));
                depth == 0
            });
            if is_body {
                let end = end.unwrap_or(inner.len());
                self.statement(inner.get(..end).unwrap_or_default(), text, offset);
                past = at + 1 + end;
            }
        }
        let after_list = statement
            .windows(2)
            .position(|two| matches!(two, [a, b] if a.is_sign(")") && acts.iter().any(|w| b.is(w))));
        if let Some(at) = after_list.filter(|_| statement.first().is_some_and(|p| p.is("WITH"))) {
            self.statement(statement.get(at + 1..).unwrap_or_default(), text, offset);
        }
    }

    /// Texts that a statement runs as SQL: the body of `DO`, the strings of `EXECUTE`.
    fn strings(&mut self, words: &Words<'_>, offset: usize) {
        let is_run = words.has("EXECUTE")
            || words.has("DO")
            || words.has("IMMEDIATE")
            || matches!(words.word(0).as_str(), "PREPARE" | "EXEC");
        if !is_run {
            return;
        }
        let texts: Vec<(String, usize)> = words.texts().map(|(text, at)| (text.to_owned(), at)).collect();
        for (body, at) in texts {
            if body.split_whitespace().count() > 1 || body.contains('(') {
                let before = self.findings.len();
                self.text(&body, 0);
                for finding in self.findings.iter_mut().skip(before) {
                    finding.span = Span(offset + at, offset + at + body.len());
                }
            }
        }
    }

    fn unknown(&mut self, statement: &[Piece], span: Span) {
        let is_dangerous = statement.iter().any(|piece| DANGEROUS.iter().any(|word| piece.is(word)));
        let tier = if is_dangerous { Tier::Medium } else { Tier::Low };
        self.findings.push(unread(span, tier, "a statement that is not known"));
        if is_dangerous {
            self.dangerous(span);
        }
    }
}

/// Whether any dialect knows this text.
fn parses(text: &str) -> bool {
    let dialects: [&dyn Dialect; 5] =
        [&GenericDialect {}, &PostgreSqlDialect {}, &MySqlDialect {}, &SQLiteDialect {}, &MsSqlDialect {}];
    dialects.into_iter().any(|dialect| Parser::parse_sql(dialect, text).is_ok())
}

/// Whether a transaction is opened, and its last end is a rollback with no commit.
fn is_rolled_back(statements: &[&[Piece]]) -> bool {
    let starts =
        |statement: &&[Piece], words: &[&str]| statement.first().is_some_and(|p| words.iter().any(|w| p.is(w)));
    let opened = statements.first().is_some_and(|s| starts(s, &["BEGIN", "START"]));
    let ends = statements.last().is_some_and(|s| starts(s, &["ROLLBACK", "ABORT"]) && s.len() <= 2);
    opened && ends && !statements.iter().any(|s| starts(s, &["COMMIT", "END"]))
}

#[cfg(test)]
mod tests;

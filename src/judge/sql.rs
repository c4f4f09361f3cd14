//! What SQL statements would do to a database.
//!
//! The tokens decide, so that a statement no grammar knows is judged like any other; the parser is asked only
//! whether a text that looks harmless is one statement of any dialect. What is not, is never allowed.

mod columns;
mod condition;
mod rules;
mod tokens;

use sqlparser::dialect::{Dialect, GenericDialect, MsSqlDialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;

use crate::model::{Class, Finding, Span, Tier, Undo};
use crate::trail::Environment;
use condition::{Condition, Words};
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
            | "REINDEX" | "VACUUM" | "ANALYZE" | "OPTIMIZE" | "CLUSTER" | "CALL" | "ATTACH" | "DETACH" | "LISTEN"
            | "NOTIFY" | "LOCK" | "KILL" | "FLUSH" | "EXEC" | "HANDLER" | "REPAIR" | "INSTALL" => {
                self.write(&words, span)
            }
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
                let analyzed = statement.iter().take(8).position(|p| p.is("ANALYZE") || p.is("ANALYSE"));
                let act = analyzed.and_then(|_| {
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
        let is_run = words.has("EXECUTE") || words.has("DO") || words.has("IMMEDIATE") || words.word(0) == "PREPARE";
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

    fn environment_of(&self, target: &str) -> Environment {
        let named = match target.rsplit_once('.') {
            Some((database, _)) => Environment::of_name(database),
            None => Environment::Unknown,
        };
        if named == Environment::Unknown { self.environment } else { named }
    }

    /// Something that goes with its data: milder for what this text made and for databases of tests.
    fn removal(&mut self, rule: &Rule, tier: Tier, span: Span, target: &str) {
        let environment = self.environment_of(target);
        let bare = target.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
        let is_passing = self.made.contains(&bare)
            || ["tmp_", "temp_", "_tmp", "_temp", "#", "pg_temp"].iter().any(|head| bare.starts_with(head))
            || target.to_ascii_lowercase().starts_with("pg_temp.");
        let is_passing = is_passing && environment != Environment::Production && !self.has_more;
        self.add(rule, if is_passing { Tier::Low } else { tier }, span, target, environment);
    }

    fn drop(&mut self, words: &Words<'_>, span: Span) {
        let object = words.word(1);
        let skipped = ["DROP", object.as_str(), "IF", "EXISTS", "CONCURRENTLY", "TABLE", "VIEW"];
        let target = words.name_after(&skipped);
        let is_wide = words.has("CASCADE");
        match object.as_str() {
            "DATABASE" | "SCHEMA" | "KEYSPACE" | "CATALOG" | "TABLESPACE" | "OWNED" | "SERVER" | "WAREHOUSE" => {
                let named = Environment::of_name(&target);
                let environment = if named == Environment::Unknown { self.environment } else { named };
                let is_test = is_test_name(&target) && self.environment != Environment::Production;
                self.add(&DROP_DATABASE, if is_test { Tier::Low } else { Tier::High }, span, &target, environment);
            }
            "TABLE" | "COLLECTION" | "STREAM" | "TOPIC" | "FOREIGN" | "EXTERNAL" | "SUBSCRIPTION" | "BUCKET"
            | "STAGE" => {
                self.removal(&DROP_TABLE, Tier::High, span, &target);
            }
            "TEMPORARY" | "TEMP" => self.add(&DROP_TABLE, Tier::Low, span, &target, Environment::Unknown),
            "USER" | "ROLE" | "LOGIN" | "GROUP" => {
                self.add(&DROP_DATABASE_USER, Tier::Medium, span, &target, self.environment);
                self.add(&DROP_OBJECT, Tier::Medium, span, &target, self.environment);
            }
            "POLICY" => self.add(&GUARDS, Tier::Medium, span, &target, self.environment),
            "VIEW" | "INDEX" | "SYNONYM" | "STATISTICS" | "MATERIALIZED" | "PREPARE" | "FUNCTION" | "PROCEDURE"
            | "TRIGGER" | "RULE" | "AGGREGATE" | "OPERATOR" | "CAST" | "COLLATION" | "MACRO" | "EVENT"
                if !is_wide =>
            {
                self.add(&DROP_OBJECT, Tier::Low, span, &target, self.environment);
            }
            _ => {
                self.add(&DROP_OBJECT, if is_wide { Tier::High } else { Tier::Medium }, span, &target, self.environment)
            }
        }
    }

    fn delete(&mut self, words: &Words<'_>, span: Span) {
        let target = words.name_after(&["DELETE", "LOW_PRIORITY", "QUICK", "IGNORE", "FROM", "ONLY"]);
        let environment = self.environment_of(&target);
        match words.condition() {
            Condition::All => self.removal(&DELETE_ALL, Tier::High, span, &target),
            Condition::Some => self.removal(&DELETE_SOME, Tier::Medium, span, &target),
            Condition::Key => self.add(&DELETE_KEY, Tier::Low, span, &target, environment),
        }
    }

    fn update(&mut self, words: &Words<'_>, span: Span) {
        let target = words.name_after(&["UPDATE", "ONLY", "LOW_PRIORITY", "IGNORE", "OR", "REPLACE"]);
        match words.condition() {
            Condition::All => self.removal(&UPDATE_ALL, Tier::High, span, &target),
            Condition::Some | Condition::Key => {
                self.add(&WRITE, Tier::Low, span, &target, self.environment_of(&target))
            }
        }
    }

    fn alter(&mut self, words: &Words<'_>, span: Span) {
        let object = words.word(1);
        let target = words.name_after(&["ALTER", object.as_str(), "IF", "EXISTS", "ONLY", "TABLE"]);
        let environment = self.environment_of(&target);
        match object.as_str() {
            "ROLE" | "USER" | "GROUP" | "LOGIN" | "DEFAULT" | "SYSTEM" => {
                let tier = if words.has("SUPERUSER") { Tier::High } else { Tier::Medium };
                return self.add(&GRANT, tier, span, &target, environment);
            }
            _ => {}
        }
        if words.has_pair("DISABLE", "ROW") || words.has_pair("DISABLE", "TRIGGER") || words.has_pair("NO", "FORCE") {
            return self.add(&GUARDS, Tier::Medium, span, &target, environment);
        }
        if words.has("OWNER") {
            return self.add(&GRANT, Tier::Medium, span, &target, environment);
        }
        let drops: Vec<String> = words.after("DROP");
        let is_soft = |what: &String| {
            [
                "CONSTRAINT",
                "INDEX",
                "KEY",
                "PRIMARY",
                "DEFAULT",
                "NOT",
                "FOREIGN",
                "EXPRESSION",
                "IDENTITY",
                "CHECK",
                "UNIQUE",
            ]
            .contains(&what.as_str())
        };
        if drops.iter().any(|what| !is_soft(what)) || (words.has("TRUNCATE") && words.has("PARTITION")) {
            return self.removal(&DROP_COLUMN, Tier::High, span, &target);
        }
        // `ALTER COLUMN x TYPE y USING NULL` keeps the column and loses what is in it.
        if words.has_pair("USING", "NULL") {
            return self.removal(&DROP_COLUMN, Tier::High, span, &target);
        }
        if words.has("DELETE") && !words.has_pair("ON", "DELETE") {
            return self.delete(words, span);
        }
        self.add(&WRITE, Tier::Low, span, &target, environment);
    }

    fn create(&mut self, words: &Words<'_>, span: Span) {
        let is_replacing = words.word(1) == "OR" && words.word(2) == "REPLACE";
        let object = words.word(if is_replacing { 3 } else { 1 });
        let skipped = [
            "CREATE",
            "OR",
            "REPLACE",
            "TEMP",
            "TEMPORARY",
            "UNLOGGED",
            "TABLE",
            "DATABASE",
            "IF",
            "NOT",
            "EXISTS",
            "GLOBAL",
            "LOCAL",
        ];
        let target = words.name_after(&skipped);
        match object.as_str() {
            "USER" | "ROLE" | "LOGIN" => {
                let tier = if words.has("SUPERUSER") { Tier::High } else { Tier::Medium };
                self.add(&GRANT, tier, span, &target, self.environment);
            }
            "TABLE" if is_replacing => self.removal(&DROP_TABLE, Tier::High, span, &target),
            _ => {
                let bare = target.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
                if !words.has_pair("IF", "NOT") && !bare.is_empty() {
                    self.made.push(bare);
                }
                self.add(&WRITE, Tier::Low, span, &target, self.environment_of(&target));
            }
        }
    }

    fn write(&mut self, words: &Words<'_>, span: Span) {
        let target = words.name_after(&[
            "INSERT",
            "REPLACE",
            "UPSERT",
            "MERGE",
            "INTO",
            "OVERWRITE",
            "TABLE",
            "IGNORE",
            "OR",
            "LOAD",
            "CALL",
            "EXEC",
        ]);
        if words.pieces.iter().any(|p| p.is("XP_CMDSHELL") || p.is("SYS_EXEC") || p.is("SP_OACREATE")) {
            return self.add(&PROGRAM, Tier::High, span, "", self.environment);
        }
        if words.word(0) == "INSERT" && words.word(1) == "OVERWRITE" {
            return self.removal(&TRUNCATE, Tier::High, span, &target);
        }
        if words.word(0) == "MERGE" && words.has_pair("THEN", "DELETE") {
            return self.removal(&DELETE_SOME, Tier::Medium, span, &target);
        }
        self.add(&WRITE, Tier::Low, span, &target, self.environment_of(&target));
    }

    fn copy(&mut self, words: &Words<'_>, span: Span) {
        if words.has("PROGRAM") {
            return self.add(&PROGRAM, Tier::High, span, "", self.environment);
        }
        self.columns(words, span);
        let goes_out = words.has("TO") && words.texts().next().is_some();
        if goes_out || words.word(0) == "EXPORT" || words.word(0) == "UNLOAD" {
            return self.add(&SERVER_FILE, Tier::Medium, span, "", self.environment);
        }
        if !words.has("TO") || words.word(0) == "BACKUP" {
            self.add(&WRITE, Tier::Low, span, "", self.environment);
        }
    }

    fn select(&mut self, words: &Words<'_>, span: Span, text: &str) {
        let has = |names: &[&str]| words.pieces.iter().any(|piece| names.iter().any(|name| piece.names(name)));
        if has(&["PG_SHADOW", "PG_AUTHID", "PG_READ_FILE", "PG_READ_BINARY_FILE", "LOAD_FILE", "PG_READ_SERVER_FILES"])
            || words.pieces.windows(3).any(|w| matches!(w, [a, _, b] if a.names("MYSQL") && b.names("USER")))
        {
            self.add(&SECRETS, Tier::Medium, span, "", self.environment);
        }
        self.columns(words, span);
        if has(&["XP_CMDSHELL", "SYS_EXEC", "SYS_EVAL"]) {
            self.add(&PROGRAM, Tier::High, span, "", self.environment);
        }
        if has(&["LO_UNLINK", "PG_DROP_REPLICATION_SLOT", "DROP_CHUNKS", "PG_SWITCH_WAL"]) {
            self.add(&DROP_OBJECT, Tier::High, span, "", self.environment);
        }
        if has(&["DBLINK_EXEC"]) {
            let texts: Vec<String> = words.texts().map(|(text, _)| text.to_owned()).collect();
            texts.iter().for_each(|text| self.text(text, span.0));
        }
        if has(&["PG_TERMINATE_BACKEND", "SETVAL"]) {
            self.add(&WRITE, Tier::Low, span, "", self.environment);
        }
        if words.has_pair("INTO", "OUTFILE") || words.has_pair("INTO", "DUMPFILE") {
            self.add(&SERVER_FILE, Tier::Medium, span, "", self.environment);
        }
        let is_plain = words.pieces.iter().any(|piece| DANGEROUS.iter().any(|word| piece.is(word)));
        let start = words.pieces.first().map_or(0, |p| p.from);
        let end = words.pieces.last().map_or(start, |p| p.to);
        let own = text.get(start..end).unwrap_or(text);
        if !parses(own) && self.depth <= 1 {
            self.findings.push(unread(
                span,
                if is_plain { Tier::Medium } else { Tier::Low },
                "a query that no dialect parses",
            ));
        }
    }
}

fn is_test_name(name: &str) -> bool {
    name.to_ascii_lowercase()
        .split(|c: char| !c.is_ascii_alphanumeric())
        .any(|w| matches!(w, "test" | "tests" | "testing" | "ci"))
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

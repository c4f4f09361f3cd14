//! What single statements change: objects dropped or altered, rows deleted or overwritten, data copied out.

use super::condition::{Condition, Words};
use super::rules::*;
use super::tokens::Lexeme;
use super::{DANGEROUS, Reader, parses, unread};
use crate::judge::verbs::{Harm, harm_of};
use crate::model::{Span, Tier};
use crate::trail::Environment;

impl Reader {
    pub(super) fn environment_of(&self, target: &str) -> Environment {
        let named = match target.rsplit_once('.') {
            Some((database, _)) => Environment::of_name(database),
            None => Environment::Unknown,
        };
        if named == Environment::Unknown { self.environment } else { named }
    }

    /// Something that goes with its data, or changes hands: milder for what this text made and for databases of tests.
    pub(super) fn removal(&mut self, rule: &Rule, tier: Tier, span: Span, target: &str) {
        let environment = self.environment_of(target);
        let bare = target.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
        let is_passing = self.made.contains(&bare)
            || ["tmp_", "temp_", "_tmp", "_temp", "#", "pg_temp"].iter().any(|head| bare.starts_with(head))
            || target.to_ascii_lowercase().starts_with("pg_temp.");
        let is_passing = is_passing && environment != Environment::Production && !self.has_more;
        self.add(rule, if is_passing { Tier::Low } else { tier }, span, target, environment);
    }

    pub(super) fn drop(&mut self, words: &Words<'_>, span: Span) {
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

    pub(super) fn delete(&mut self, words: &Words<'_>, span: Span) {
        let target = words.name_after(&["DELETE", "LOW_PRIORITY", "QUICK", "IGNORE", "FROM", "ONLY"]);
        let environment = self.environment_of(&target);
        match words.condition() {
            Condition::All => self.removal(&DELETE_ALL, Tier::High, span, &target),
            Condition::Some => self.removal(&DELETE_SOME, Tier::Medium, span, &target),
            Condition::Key => self.add(&DELETE_KEY, Tier::Low, span, &target, environment),
        }
    }

    pub(super) fn update(&mut self, words: &Words<'_>, span: Span) {
        let target = words.name_after(&["UPDATE", "ONLY", "LOW_PRIORITY", "IGNORE", "OR", "REPLACE"]);
        match words.condition() {
            Condition::All => self.removal(&UPDATE_ALL, Tier::High, span, &target),
            Condition::Some | Condition::Key => {
                self.add(&WRITE, Tier::Low, span, &target, self.environment_of(&target))
            }
        }
    }

    pub(super) fn alter(&mut self, words: &Words<'_>, span: Span) {
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
        if words.has_pair("DISABLE", "ROW") || words.has_pair("NO", "FORCE") {
            self.add(&ROW_SECURITY, Tier::Medium, span, &target, environment);
        }
        if words.has_pair("DISABLE", "ROW") || words.has_pair("DISABLE", "TRIGGER") || words.has_pair("NO", "FORCE") {
            return self.add(&GUARDS, Tier::Medium, span, &target, environment);
        }
        if words.has("OWNER") {
            return self.removal(&GRANT, Tier::Medium, span, &target);
        }
        if words.has_pair("MODIFY", "TTL") {
            return self.removal(&EXPIRES, Tier::High, span, &target);
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
        let is_constant = |two: &[super::tokens::Piece]| matches!(two, [using, value] if using.is("USING") && (value.is("NULL") || matches!(value.lexeme, Lexeme::Number(_) | Lexeme::Text(_))));
        let last = words.pieces.get(words.pieces.len().saturating_sub(2)..).unwrap_or_default();
        if words.has_pair("USING", "NULL") || is_constant(last) {
            return self.removal(&DROP_COLUMN, Tier::High, span, &target);
        }
        if words.has("DELETE") && !words.has_pair("ON", "DELETE") {
            return self.delete(words, span);
        }
        self.add(&WRITE, Tier::Low, span, &target, environment);
    }

    pub(super) fn create(&mut self, words: &Words<'_>, span: Span) {
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

    pub(super) fn write(&mut self, words: &Words<'_>, span: Span) {
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

    /// A routine of the database: its name says what it does, and a text that it is given may be a statement.
    pub(super) fn routine(&mut self, words: &Words<'_>, span: Span, offset: usize) {
        self.write(words, span);
        let name = words.name_after(&["CALL", "EXEC", "EXECUTE"]);
        self.named(&name, span);
        self.strings(words, offset);
    }

    /// A routine whose name says that it removes something: `purge_customers`, `usp_DeleteOrders`.
    fn named(&mut self, name: &str, span: Span) {
        let bare = name.rsplit('.').next().unwrap_or_default();
        if harm_of(bare).is_some_and(|(harm, _)| harm == Harm::Destroys) {
            self.add(&ROUTINE, Tier::Medium, span, bare, self.environment);
        }
    }

    pub(super) fn copy(&mut self, words: &Words<'_>, span: Span) {
        if words.has("PROGRAM") {
            if words.has("TO") {
                self.add(&SERVER_FILE, Tier::High, span, "", self.environment);
            }
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

    pub(super) fn select(&mut self, words: &Words<'_>, span: Span, text: &str) {
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
        // `SELECT purge_customers()`: nothing is read from, so it is called for what it does.
        let called = words.name_after(&["SELECT"]);
        let opens = words.pieces.iter().position(|piece| piece.is_sign("("));
        let ends = 1 + 2 * called.split('.').count().saturating_sub(1) + 1;
        if opens == Some(ends) && !words.has("FROM") && !called.eq_ignore_ascii_case("TRUNCATE") {
            self.named(&called, span);
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

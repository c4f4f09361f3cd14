//! What a request carries for a database or a payment provider behind its address.

use super::body::{percent_decoded, value_of};
use super::{View, places};
use crate::judge::sql;
use crate::model::{Class, Finding, Tier};

impl View<'_> {
    /// Money that moves: a test key moves none.
    pub(super) fn money(&self, found: &mut Vec<Finding>) {
        let is_test = self.host.contains("sandbox")
            || self.host.contains("test")
            || self.request.headers.iter().any(|(_, value)| value.contains("_test_"));
        let is_money = places::moves_money(&self.host, &self.parts);
        if is_money && !is_test && !self.is_local {
            let words = ["moves money", "What is paid out or given back is not called back."];
            self.add(found, "http/money", Class::Production, Tier::High, words);
        }
    }

    /// Statements for a database behind the address.
    pub(super) fn statement(&self, found: &mut Vec<Finding>) {
        let body = self.text().unwrap_or_default();
        let by_query =
            ["query=", "q="].iter().find_map(|key| self.query.split('&').find_map(|pair| pair.strip_prefix(key)));
        if let Some(statement) = by_query {
            self.sql(found, &percent_decoded(statement));
        }
        let is_sql_place = self
            .parts
            .iter()
            .any(|part| matches!(*part, "sql" | "_sql" | "query" | "execute" | "pipeline" | "statements" | "raw"));
        // What people search for may read like a statement; only where statements are run is it one.
        let keys: &[&str] =
            if is_sql_place { &["sql", "stmt", "statement", "query", "q"] } else { &["sql", "stmt", "statement"] };
        let statement = keys.iter().find_map(|key| value_of(body, key));
        match statement {
            Some(statement) => self.sql(found, &statement),
            None if is_sql_place && !body.trim_start().starts_with(['{', '[']) => self.sql(found, body),
            None => {}
        }
    }

    pub(super) fn sql(&self, found: &mut Vec<Finding>, statement: &str) {
        let first = statement.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
        let acts = [
            "DROP", "DELETE", "TRUNCATE", "ALTER", "UPDATE", "INSERT", "CREATE", "GRANT", "REVOKE", "WITH", "BEGIN",
            "MERGE",
        ];
        if acts.contains(&first.as_str()) {
            let span = self.request.span;
            found
                .extend(sql::judge(statement, self.environment).into_iter().map(|finding| Finding { span, ..finding }));
        }
    }
}

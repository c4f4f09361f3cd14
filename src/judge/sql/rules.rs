//! The rules about SQL statements.

use crate::model::Class;

/// A rule about statements.
pub(super) struct Rule {
    pub(super) id: &'static str,
    pub(super) class: Class,
    pub(super) title: &'static str,
    pub(super) why: &'static str,
    pub(super) instead: Option<&'static str>,
}

pub(super) const DROP_DATABASE: Rule = Rule {
    id: "sql/drop-database",
    class: Class::Delete,
    title: "drops a whole database or schema",
    why: "Every table in it is gone, and no transaction brings it back.",
    instead: Some("dump it first, and name the environment it belongs to"),
};
pub(super) const DROP_TABLE: Rule = Rule {
    id: "sql/drop-table",
    class: Class::Delete,
    title: "drops a table",
    why: "Its rows are gone with it.",
    instead: Some("rename the table, and drop it once nothing misses it"),
};
pub(super) const DROP_OBJECT: Rule = Rule {
    id: "sql/drop-object",
    class: Class::Delete,
    title: "drops something that its definition can make again",
    why: "What depends on it stops working until it is made again.",
    instead: None,
};
pub(super) const TRUNCATE: Rule = Rule {
    id: "sql/truncate",
    class: Class::Delete,
    title: "empties a table",
    why: "Every row is gone, and triggers that would keep a copy do not run.",
    instead: Some("DELETE with a WHERE inside a transaction"),
};
pub(super) const DELETE_ALL: Rule = Rule {
    id: "sql/delete-all",
    class: Class::Delete,
    title: "deletes every row",
    why: "Nothing limits which rows go.",
    instead: Some("SELECT count(*) with the WHERE you mean, then delete with it"),
};
pub(super) const DELETE_SOME: Rule = Rule {
    id: "sql/delete-rows",
    class: Class::Delete,
    title: "deletes rows by a condition",
    why: "How many rows the condition meets is not known here.",
    instead: Some("SELECT count(*) with the same WHERE first"),
};
pub(super) const DELETE_KEY: Rule = Rule {
    id: "sql/delete-by-key",
    class: Class::Delete,
    title: "deletes rows by their key",
    why: "The key says which rows go.",
    instead: None,
};
pub(super) const UPDATE_ALL: Rule = Rule {
    id: "sql/update-all",
    class: Class::Delete,
    title: "overwrites a column in every row",
    why: "The old values are gone.",
    instead: Some("add the WHERE you mean, inside a transaction"),
};
pub(super) const WRITE: Rule = Rule {
    id: "sql/write",
    class: Class::Delete,
    title: "changes a database",
    why: "It adds or changes what can be changed back.",
    instead: None,
};
pub(super) const DROP_COLUMN: Rule = Rule {
    id: "sql/drop-column",
    class: Class::Delete,
    title: "drops a column or partition with its data",
    why: "The values in it are gone for every row.",
    instead: Some("stop using it first, and drop it in a later migration"),
};
pub(super) const EXPIRES: Rule = Rule {
    id: "sql/expires",
    class: Class::Delete,
    title: "lets the rows of a table expire",
    why: "What is older than the new limit is removed in the background, at once.",
    instead: Some("count what is older first"),
};
pub(super) const GRANT: Rule = Rule {
    id: "sql/grant",
    class: Class::Privilege,
    title: "changes who may do what in the database",
    why: "Rights that are given stay until somebody takes them back.",
    instead: None,
};
pub(super) const PROGRAM: Rule = Rule {
    id: "sql/run-program",
    class: Class::RemoteExec,
    title: "runs a program on the database server",
    why: "It runs with the server's rights, outside of every gate here.",
    instead: None,
};
pub(super) const SERVER_FILE: Rule = Rule {
    id: "sql/server-file",
    class: Class::Exfiltration,
    title: "moves data between the database and a file or place outside it",
    why: "What leaves the database is no longer guarded by it.",
    instead: None,
};
pub(super) const SECRETS: Rule = Rule {
    id: "sql/read-passwords",
    class: Class::TokenDiscovery,
    title: "reads the server's passwords or files",
    why: "Password hashes and server files are credentials.",
    instead: None,
};
pub(super) const SECRET_COLUMN: Rule = Rule {
    id: "sql/read-secret-column",
    class: Class::TokenDiscovery,
    title: "shows a column that holds secrets",
    why: "Its values are then in the agent's memory and in whatever it writes.",
    instead: Some("count the rows, or ask whether there is a value: token IS NOT NULL"),
};
pub(super) const LOGS: Rule = Rule {
    id: "sql/purge-logs",
    class: Class::Delete,
    title: "removes what a recovery would need",
    why: "Without these logs there is no way back to an earlier moment.",
    instead: None,
};
pub(super) const GUARDS: Rule = Rule {
    id: "sql/disable-guard",
    class: Class::Tampering,
    title: "switches a safeguard of the database off",
    why: "Row security, triggers and checks stop guarding the data.",
    instead: None,
};
pub(super) const ROW_SECURITY: Rule = Rule {
    id: "sql/row-security",
    class: Class::Privilege,
    title: "lets everybody who may read the table read every row",
    why: "Row security decided who sees which row.",
    instead: Some("add a policy for the role that needs the rows"),
};
pub(super) const ROUTINE: Rule = Rule {
    id: "sql/destructive-routine",
    class: Class::Delete,
    title: "runs a routine that removes something",
    why: "Its name says so, and how much it takes is not in the statement.",
    instead: Some("read the routine first, and count what it would take"),
};
pub(super) const PRODUCTION: Rule = Rule {
    id: "sql/production",
    class: Class::Production,
    title: "acts on a production database",
    why: "Its target names production.",
    instead: Some("run it on staging first"),
};

pub(super) const DROP_DATABASE_USER: Rule = Rule {
    id: "sql/drop-user",
    class: Class::Privilege,
    title: "removes a database user",
    why: "Whatever logs in as it is locked out.",
    instead: None,
};

//! Where texts of other languages go.

use super::{http, prose, sql};
use crate::model::{Finding, Oracle, TextKind};
use crate::shell::Invocation;
use crate::trail::Environment;

/// What statements would do to a database of this environment.
pub(super) fn sql(text: &str, environment: Environment) -> Vec<Finding> {
    sql::judge(text, environment)
}

/// What the request that a program would send would do.
pub(super) fn request(invocation: &Invocation, oracle: &dyn Oracle) -> Vec<Finding> {
    http::of_invocation(invocation, oracle).map(|request| http::judge(&request)).unwrap_or_default()
}

/// A text that somebody asks about.
pub(super) fn judge(kind: TextKind, text: &str, oracle: &dyn Oracle) -> Vec<Finding> {
    let _ = oracle;
    match kind {
        TextKind::Sql => sql(text, Environment::Unknown),
        TextKind::Http => http::judge(&http::parse(text)),
        TextKind::Prose => prose::judge(text),
        TextKind::Shell | TextKind::FileRead | TextKind::Output => Vec::new(),
    }
}

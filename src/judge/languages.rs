//! Where texts of other languages go.

use super::{http, prose, sql};
use crate::model::{Class, Finding, Oracle, TextKind, Tier};
use crate::trail::{Environment, host_of, is_local_host};

/// What statements would do to a database of this environment.
pub(super) fn sql(text: &str, environment: Environment) -> Vec<Finding> {
    sql::judge(text, environment)
}

/// What the request that a program would send would do. What a server on this machine loses, its tests make again, but
/// not all that a store holds.
pub(super) fn request(request: &http::Request) -> Vec<Finding> {
    let mut findings = http::judge(request);
    if is_local_host(host_of(&request.url).unwrap_or_default()) {
        let is_whole = http::takes_all(request);
        let deletes =
            |finding: &&mut Finding| finding.class == Class::Delete && !(is_whole && finding.rule.0 == "http/delete");
        findings.iter_mut().filter(deletes).for_each(|finding| finding.tier = Tier::Low);
    }
    findings
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

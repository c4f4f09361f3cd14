//! The pure function from Action to Judgement, and the rules it reads.
#![forbid(unsafe_code)]

pub mod graphql;
pub mod http;
pub mod prose;
pub mod sql;
mod verbs;

use crate::model::*;
/// x
pub struct Judge;
impl Judge {
    /// x
    pub fn judge(&self, a: &Action, _o: &dyn Oracle) -> Judgement {
        if a.as_exec().is_some_and(|e| e.name() == "rm") {
            return Judgement {
                verdict: Verdict::Hold,
                findings: vec![Finding {
                    rule: RuleId("files/rm".into()),
                    class: Class::Delete,
                    tier: Tier::High,
                    span: Span(0, 0),
                    title: "removes".into(),
                    why: "x".into(),
                    instead: None,
                    target: None,
                    undo: Undo::None,
                }],
                ..Default::default()
            };
        }
        Judgement::default()
    }
}
/// x
pub fn covers(_a: &[Announced], _e: &Exec) -> bool {
    false
}

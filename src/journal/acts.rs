//! Acts as the journal has them: a line for the act, and the findings that follow it.

use super::entry::{Body, Entry};
use crate::model::{Action, ActionId, CaseId, Finding, GrantId, Moment, Verdict};

/// An act with all that was found in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Act {
    /// When it was journalled.
    pub at: Moment,
    /// The journal's line.
    pub line: u64,
    /// The act, secrets masked.
    pub action: Action,
    /// What the Judge said.
    pub verdict: Verdict,
    /// The case that was opened for it, or whose approval covered it.
    pub case: Option<CaseId>,
    /// The grant that covered it.
    pub granted: Option<GrantId>,
    /// Every rule that hit.
    pub findings: Vec<Finding>,
}

/// Puts acts together from a journal's entries in their order.
#[derive(Debug, Default)]
pub struct Acts(Option<Act>);

impl Acts {
    /// Takes the next entry, which is on `line`; gives the act before it, once that is whole.
    pub fn take(&mut self, line: u64, entry: &Entry) -> Option<Act> {
        match &entry.body {
            Body::Finding { action: Some(of), finding } if self.is_open(*of) => {
                if let Some(act) = &mut self.0 {
                    act.findings.push(finding.clone());
                }
                None
            }
            Body::Action { action, verdict, covered_by, granted } => self.0.replace(Act {
                at: entry.t,
                line,
                action: action.clone(),
                verdict: *verdict,
                case: *covered_by,
                granted: *granted,
                findings: Vec::new(),
            }),
            Body::Hold { case, action, judgement, .. } => self.0.replace(Act {
                at: entry.t,
                line,
                action: action.clone(),
                verdict: judgement.verdict,
                case: Some(*case),
                granted: None,
                findings: judgement.findings.clone(),
            }),
            _ => self.0.take(),
        }
    }

    /// The last act, after the last entry.
    pub fn finish(&mut self) -> Option<Act> {
        self.0.take()
    }

    fn is_open(&self, id: ActionId) -> bool {
        self.0.as_ref().is_some_and(|act| act.action.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{exec, finding};
    use super::*;

    #[test]
    fn an_act_has_the_findings_that_follow_it_and_no_others() {
        let act = |id| Action { id: ActionId(id), ..exec(vec!["rm".into()]) };
        let done = |id| Body::Action { action: act(id), verdict: Verdict::Log, covered_by: None, granted: None };
        let found = |id| Body::Finding { action: Some(ActionId(id)), finding: finding() };
        let bodies = [done(1), found(1), found(1), done(2), found(7), Body::Thaw {}];
        let mut acts = Acts::default();
        let mut whole = Vec::new();
        for (line, body) in (1..).zip(bodies) {
            whole.extend(acts.take(line, &Entry { t: Moment::ZERO, body }));
        }
        whole.extend(acts.finish());
        let seen: Vec<_> = whole.iter().map(|act| (act.action.id.0, act.line, act.findings.len())).collect();
        assert_eq!(seen, [(1, 1, 2), (2, 4, 0)]);
    }
}

//! All cases of a session, in order.

use std::collections::VecDeque;

use crate::model::{Case, CaseId, CaseKind, CaseState, Decision, HoldId, Intent, Tree};

/// How many decided cases are kept for looking back.
const DECIDED_MAX: usize = 200;

/// Open cases in the order they came, and the decided ones behind them.
#[derive(Debug, Clone, Default)]
pub struct Docket {
    open: Vec<Case>,
    decided: VecDeque<Case>,
    last: u32,
}

impl Docket {
    /// The name the next case gets.
    pub fn next_id(&mut self) -> CaseId {
        self.last += 1;
        CaseId(self.last)
    }

    /// Puts an open case at the end.
    pub fn open(&mut self, case: Case) {
        self.last = self.last.max(case.id.0);
        self.open.push(case);
    }

    /// Takes a case out of the open ones and keeps it with its decision; `None` if it is not open.
    pub fn decide(&mut self, id: CaseId, decision: Decision) -> Option<&Case> {
        let at = self.open.iter().position(|case| case.id == id)?;
        let mut case = self.open.remove(at);
        case.state = CaseState::Decided(decision);
        if self.decided.len() == DECIDED_MAX {
            self.decided.pop_front();
        }
        self.decided.push_back(case);
        self.decided.back()
    }

    /// The open cases, oldest first.
    #[must_use]
    pub fn cases(&self) -> &[Case] {
        &self.open
    }

    /// The decided cases that are still kept, oldest first.
    pub fn decided(&self) -> impl DoubleEndedIterator<Item = &Case> {
        self.decided.iter()
    }

    /// The case of that name, open or decided.
    #[must_use]
    pub fn get(&self, id: CaseId) -> Option<&Case> {
        self.open.iter().chain(&self.decided).find(|case| case.id == id)
    }

    /// The open case that waits for this hold.
    #[must_use]
    pub fn by_hold(&self, hold: HoldId) -> Option<&Case> {
        self.open.iter().find(|case| case.hold == hold)
    }

    /// The open cases, worst tier first, then oldest.
    #[must_use]
    pub fn ranked(&self) -> Vec<&Case> {
        let mut cases: Vec<&Case> = self.open.iter().collect();
        cases.sort_by_key(|case| (std::cmp::Reverse(case.judgement.tier()), case.id));
        cases
    }

    /// The agent tells of a call late: where an open case is about the program that runs it, it is shown there.
    pub(super) fn announced(&mut self, intent: &Intent) {
        let is_its = |case: &&mut Case| {
            let runs_it = case.action.as_exec().is_some_and(|exec| intent.tool.is_run_by(exec));
            case.judgement.intent.is_none() && runs_it
        };
        if let Some(case) = self.open.iter_mut().rev().find(is_its) {
            case.judgement.intent = Some(Box::new(intent.clone()));
        }
    }

    /// The tree of a case for which no call waits is the one that was stopped for it.
    pub(super) fn tree_seen(&mut self, tree: &Tree) {
        for case in self.open.iter_mut().filter(|case| case.kind == CaseKind::Said) {
            case.tree.clone_from(tree);
        }
    }

    /// How many wait.
    #[must_use]
    pub fn open_count(&self) -> usize {
        self.open.len()
    }
}

//! All cases of a session, in order.

use std::collections::VecDeque;
use std::time::Duration;

use super::Release;
use crate::model::{Action, Case, CaseId, CaseKind, CaseState, Decision, HoldId, Intent, Tree};

/// How many decided cases are kept for looking back.
const DECIDED_MAX: usize = 200;
/// How many announced calls are kept for a case that may follow.
const ANNOUNCED_MAX: usize = 16;
/// How long a call that was announced may take to become a case.
const BEGINS_WITHIN: Duration = Duration::from_secs(60);

/// Open cases in the order they came, and the decided ones behind them.
#[derive(Debug, Clone, Default)]
pub struct Docket {
    open: Vec<Case>,
    decided: VecDeque<Case>,
    last: u32,
    announced: VecDeque<Intent>,
    releases: Vec<Release>,
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
        self.releases.retain(|release| release.case != id);
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

    /// The agent tells of a call: where an open case is about the program that runs it, it is shown there.
    pub(super) fn announced(&mut self, intent: Intent) {
        let is_its = |case: &&mut Case| {
            let runs_it = case.action.as_exec().is_some_and(|exec| intent.tool.is_run_by(exec));
            case.judgement.intent.is_none() && runs_it
        };
        if let Some(case) = self.open.iter_mut().rev().find(is_its) {
            case.judgement.intent = Some(Box::new(intent.clone()));
        }
        if self.announced.len() == ANNOUNCED_MAX {
            self.announced.pop_front();
        }
        self.announced.push_back(intent);
    }

    /// The call that an act belongs to, as the agent told of it just before: the judge may not have heard it yet.
    pub(super) fn intent_of(&self, action: &Action) -> Option<Box<Intent>> {
        let exec = action.as_exec()?;
        let is_its = |intent: &&Intent| action.at.since(intent.at) <= BEGINS_WITHIN && intent.tool.is_run_by(exec);
        self.announced.iter().rev().find(is_its).cloned().map(Box::new)
    }

    /// The tree of a case for which no call waits is the one that was stopped for it.
    pub(super) fn tree_seen(&mut self, tree: &Tree) {
        for case in self.open.iter_mut().filter(|case| case.kind == CaseKind::Said) {
            case.tree.clone_from(tree);
        }
    }

    /// The approvals whose acts are not let go yet.
    #[must_use]
    pub fn releases(&self) -> &[Release] {
        &self.releases
    }

    /// The approval of a case that is not let go yet.
    #[must_use]
    pub fn release_of(&self, id: CaseId) -> Option<&Release> {
        self.releases.iter().find(|release| release.case == id)
    }

    /// An open case is approved and will be let go.
    pub(super) fn release(&mut self, release: Release) {
        let is_open = self.open.iter().any(|case| case.id == release.case);
        if is_open && self.release_of(release.case).is_none() {
            self.releases.push(release);
        }
    }

    /// Forgets the approval of one case, or of all, that is not let go yet; says of which.
    pub(super) fn stop_releases(&mut self, of: Option<CaseId>) -> Vec<CaseId> {
        let stopped = self.releases.extract_if(.., |release| of.is_none_or(|id| id == release.case));
        stopped.map(|release| release.case).collect()
    }

    /// How many wait.
    #[must_use]
    pub fn open_count(&self) -> usize {
        self.open.len()
    }
}

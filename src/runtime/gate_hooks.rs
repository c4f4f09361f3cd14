//! A hook's questions at the gate loop: judged, answered, or kept as held calls are.

use super::gate_loop::{GateLoop, Held, PARKED_MAX, Parked};
use super::gate_port::{Announcer, Asker, GateEvent, Judging, Question};
use crate::gate::{Frozen, View};
use crate::model::{Action, ActionKind, CaseId, Grip, HoldId, Judgement, Source, Verdict};
use crate::sys::ProcId;

/// The holds of questions count down from here: between the kernel's numbers and those of cases that hold nothing.
const QUESTION_HOLDS_FROM: u64 = u64::MAX - (1 << 32);
/// What a hook is told when its question cannot even be noted.
const NOT_NOTED: &str = "watch: refused: events are not taken fast enough; try again";
/// What a hook is told when too much waits.
const TOO_MANY: &str = "watch: refused: too many acts wait for the operator; wait, then try again";

impl<J: Judging> GateLoop<J> {
    /// Judges what a hook asks about.
    pub(super) fn on_question(&mut self, question: Question) {
        let Question { caller, by, tool, asker } = question;
        if let Some(words) = &self.refusing {
            let words = words.clone();
            asker.deny(words.clone());
            return self.count_refused(&words);
        }
        let view = View::of(ProcId(caller.pid.0), ProcId(caller.tid.0));
        let action = Action {
            id: (self.number)(),
            at: (self.clock)(),
            caller,
            source: match by {
                Announcer::Agent => Source::Hook,
                Announcer::Child => Source::Claimed,
            },
            kind: ActionKind::Tool(tool),
        };
        let judgement = self.judge.judge(&action, &view);
        match judgement.verdict {
            Verdict::Allow | Verdict::Log => self.answer_judged(asker, action, judgement, &view),
            Verdict::Deny => self.deny_question(asker, action, judgement),
            Verdict::Hold | Verdict::Confirm => match self.judge.covered(&action, &judgement) {
                Some(case) => self.answer(asker, action, judgement, Some(case)),
                None => self.keep_question(asker, action, &view),
            },
        }
    }

    /// Nothing stands against a call.
    fn answer_judged(&mut self, asker: Asker, action: Action, judgement: Judgement, view: &View) {
        self.judge.goes_on(&action, &judgement, view);
        self.answer(asker, action, judgement, None);
    }

    /// Reports a call and lets it go on; what cannot be reported does not happen.
    fn answer(&mut self, asker: Asker, action: Action, judgement: Judgement, covered_by: Option<CaseId>) {
        if (self.sink)(GateEvent::Judged { action, judgement, covered_by }).is_err() {
            asker.deny(NOT_NOTED);
            return self.count_refused("events are not taken fast enough");
        }
        asker.pass();
    }

    /// A rule refuses it.
    fn deny_question(&mut self, asker: Asker, action: Action, judgement: Judgement) {
        asker.deny(denial(&judgement));
        self.judge.refused(&action);
        self.report(GateEvent::Judged { action, judgement, covered_by: None });
    }

    /// Stops the tree, judges again, and keeps the question.
    fn keep_question(&mut self, asker: Asker, action: Action, view: &View) {
        if self.parked.len() >= PARKED_MAX {
            asker.deny(TOO_MANY);
            return self.count_refused("too many acts wait for the operator");
        }
        if self.grip == Grip::Frozen
            && let Err(why) = self.freeze(None)
        {
            asker.deny(format!("watch: refused: {why}"));
            return self.count_refused(&why);
        }
        let judgement = self.judge.judge(&action, view);
        match judgement.verdict {
            Verdict::Hold | Verdict::Confirm => {}
            Verdict::Allow | Verdict::Log => {
                self.answer_judged(asker, action, judgement, view);
                return self.thaw_if_idle();
            }
            Verdict::Deny => {
                self.deny_question(asker, action, judgement);
                return self.thaw_if_idle();
            }
        }
        self.questions += 1;
        let hold = HoldId(QUESTION_HOLDS_FROM - self.questions);
        let event = GateEvent::Held {
            hold,
            action: action.clone(),
            judgement: judgement.clone(),
            tree: self.tree(None),
            frozen: self.frozen.as_ref().map(Frozen::took),
        };
        if (self.sink)(event).is_err() {
            asker.deny(NOT_NOTED);
            self.count_refused("events are not taken fast enough");
            return self.thaw_if_idle();
        }
        // What waited for the thaw waits longer.
        self.thaw_due = None;
        self.parked.push(Parked { held: Held::Question(hold, asker), action, judgement });
    }
}

/// What the agent is told of a refusal by the rules: which, why, and what to do instead.
fn denial(judgement: &Judgement) -> String {
    let Some(finding) = judgement.worst() else { return "watch: denied by the rules".to_owned() };
    let instead = finding.instead.as_ref().map(|instead| format!(" Instead: {instead}")).unwrap_or_default();
    format!("watch: denied by the rules: {}: {}.{instead}", finding.rule, finding.why.trim_end_matches('.'))
}

//! Many sessions in a few numbers: how often they asked, what was answered, and what they would have asked.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::BufRead;
use std::time::Duration;

use super::entry::{Body, Entry};
use super::reader::{ReadError, Reader};
use crate::model::{
    Action, ActionId, ActionKind, CaseId, Finding, Moment, Pid, RuleId, RuledBy, Ruling, Tier, Verdict,
};

/// An approval given faster than this was hardly read.
pub const HASTY: Duration = Duration::from_secs(2);
/// The shell text and the program that it starts are one act: what two acts so close together share is asked once.
const ONE_ACT: Duration = Duration::from_secs(10);
/// What is told of an hour is not worked out from less.
const RATED_FROM: Duration = Duration::from_secs(60);
/// The profile in which nothing is held.
const OBSERVE: &str = "observe";

/// What a number of sessions asked the operator, and how that went.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    /// How many sessions were read.
    pub sessions: usize,
    /// How long they lasted together.
    pub lasted: Duration,
    /// How many program starts and other acts were judged.
    pub acts: u64,
    /// How many cases were opened.
    pub cases: u64,
    /// The rules that opened cases, by name.
    pub rules: BTreeMap<RuleId, RuleTally>,
    /// How long the operator took over each case that he decided himself, the shortest first.
    pub decided_in: Vec<Duration>,
    /// How many approvals came faster than [`HASTY`].
    pub hasty: u64,
    /// In sessions that only observed: what would have been asked, in order.
    pub would_have_asked: Vec<WouldHaveAsked>,
    /// How many sessions only observed.
    pub observed: usize,
    /// How many lines of journals could not be read.
    pub flaws: usize,
}

/// The cases of one rule.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RuleTally {
    /// How many cases it opened, as the worst finding or beside it.
    pub cases: u64,
    /// How many of them were approved.
    pub approved: u64,
    /// How many were denied.
    pub denied: u64,
    /// How many expired or became void, or have no answer.
    pub open: u64,
    /// How many of the approvals came faster than [`HASTY`].
    pub hasty: u64,
    /// How long the operator took over each that they decided themselves, the shortest first.
    pub decided_in: Vec<Duration>,
}

impl RuleTally {
    /// The median time the operator took to decide; `None` where they decided nothing.
    #[must_use]
    pub fn median_decision(&self) -> Option<Duration> {
        median(&self.decided_in)
    }

    /// Whether the operator approved at least nine of ten of its cases, and at least `least`: they are asked for nothing.
    fn asks_for_nothing(&self, least: u64) -> bool {
        self.approved >= least && self.approved * 10 >= self.cases * 9
    }
}

/// An act that went on because the session only observed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WouldHaveAsked {
    /// The session's id.
    pub session: String,
    /// When it was.
    pub at: Moment,
    /// The act, safe to draw.
    pub what: String,
    /// The worst tier that was found.
    pub tier: Tier,
    /// The rules that hit.
    pub rules: Vec<RuleId>,
}

/// What is known of a case until its session has ended.
struct Asked {
    opened: Moment,
    rules: BTreeSet<RuleId>,
    ruling: Option<Ruling>,
    /// How long the operator took, where they decided themselves.
    took: Option<Duration>,
}

/// One session while it is read.
#[derive(Default)]
struct Session {
    id: String,
    observes: bool,
    /// The processes whose starts would have been asked about.
    asked: BTreeSet<Pid>,
    until: Moment,
    cases: BTreeMap<CaseId, Asked>,
    /// The last act, whose findings follow it.
    act: Option<(Action, Vec<Finding>)>,
    /// What was found lately, and when: rule and target.
    lately: HashMap<(RuleId, Option<Vec<u8>>), Moment>,
}

impl Tally {
    /// Adds a session's journal. A damaged one counts as far as it can be read.
    ///
    /// # Errors
    /// [`ReadError`] if the system refuses.
    pub fn add<R: BufRead>(&mut self, journal: R) -> Result<(), ReadError> {
        let mut reader = Reader::new(journal);
        let mut session = Session::default();
        while let Some(line) = reader.next_line()? {
            self.flaws += usize::from(line.flaw.is_some());
            if let Some(entry) = line.content.entry() {
                self.take(&mut session, entry);
            }
        }
        self.close(session);
        Ok(())
    }

    /// Cases in an hour of session time; `None` where there was less than a minute.
    #[must_use]
    pub fn cases_per_hour(&self) -> Option<f64> {
        let hours = self.lasted.as_secs_f64() / 3600.0;
        #[allow(clippy::cast_precision_loss, reason = "nobody opens 2^53 cases")]
        let cases = self.cases as f64;
        (self.lasted >= RATED_FROM).then(|| cases / hours)
    }

    /// The median time the operator took to decide; `None` where he decided nothing.
    #[must_use]
    pub fn median_decision(&self) -> Option<Duration> {
        median(&self.decided_in)
    }

    /// Rules of whose cases the operator approved nine of ten, and at least `least`: they are asked for nothing
    /// (`UX.md`, R22). Most often first.
    #[must_use]
    pub fn to_tune(&self, least: u64) -> Vec<(&RuleId, &RuleTally)> {
        let mut idle: Vec<_> = self.rules.iter().filter(|(_, rule)| rule.asks_for_nothing(least)).collect();
        idle.sort_by_key(|(_, rule)| std::cmp::Reverse(rule.cases));
        idle
    }

    fn take(&mut self, session: &mut Session, entry: &Entry) {
        session.until = session.until.max(entry.t);
        if !matches!(entry.body, Body::Finding { .. }) {
            self.act_is_whole(session);
        }
        match &entry.body {
            Body::SessionStart { session: id, profile, .. } => {
                session.id.clone_from(id);
                session.observes = profile == OBSERVE;
                self.observed += usize::from(session.observes);
            }
            Body::Action { action, verdict, .. } => {
                self.acts += 1;
                if session.observes && *verdict == Verdict::Log {
                    session.act = Some((action.clone(), Vec::new()));
                }
            }
            Body::Finding { action: Some(of), finding } => session.found(*of, finding),
            Body::Hold { case, judgement, .. } => {
                self.acts += 1;
                let rules = judgement.findings.iter().filter(|finding| finding.tier >= Tier::Medium);
                let rules: BTreeSet<RuleId> = rules.map(|finding| finding.rule.clone()).collect();
                session.cases.insert(*case, Asked { opened: entry.t, rules, ruling: None, took: None });
            }
            Body::Decision { case, decision } => {
                let Some(asked) = session.cases.get_mut(case) else { return };
                asked.ruling = Some(decision.ruling);
                let took = entry.t.since(asked.opened);
                if matches!(decision.by, RuledBy::Panel | RuledBy::Remote) {
                    asked.took = Some(took);
                    self.decided_in.push(took);
                    self.hasty += u64::from(decision.ruling == Ruling::Approve && took < HASTY);
                }
            }
            _ => {}
        }
    }

    /// All findings of the last act have come.
    fn act_is_whole(&mut self, session: &mut Session) {
        let Some((action, findings)) = session.act.take() else { return };
        let Some(tier) = findings.iter().map(|finding| finding.tier).max().filter(|tier| *tier >= Tier::Medium) else {
            return;
        };
        match &action.kind {
            // What a command does to files was asked about with its start.
            ActionKind::File(_) if session.asked.contains(&action.caller.pid) => return,
            ActionKind::File(_) => {}
            ActionKind::Exec(_)
            | ActionKind::Text(_)
            | ActionKind::Tool(_)
            | ActionKind::Connect(_)
            | ActionKind::Kill(_) => {
                session.asked.insert(action.caller.pid);
            }
        }
        let mut is_new = false;
        for finding in findings.iter().filter(|finding| finding.tier >= Tier::Medium) {
            let target = finding.target.as_ref().map(|target| target.as_bytes().to_vec());
            let before = session.lately.insert((finding.rule.clone(), target), action.at);
            is_new |= before.is_none_or(|before| action.at.since(before) > ONE_ACT);
        }
        if is_new {
            let rules: BTreeSet<RuleId> = findings.iter().map(|finding| finding.rule.clone()).collect();
            let rules = rules.into_iter().collect();
            let what = action.shown();
            self.would_have_asked.push(WouldHaveAsked {
                session: session.id.clone(),
                at: action.at,
                what,
                tier,
                rules,
            });
        }
    }

    fn close(&mut self, mut session: Session) {
        self.act_is_whole(&mut session);
        self.sessions += 1;
        self.lasted += session.until.since(Moment::ZERO);
        for asked in session.cases.into_values() {
            self.cases += 1;
            for rule in asked.rules {
                let tally = self.rules.entry(rule).or_default();
                tally.cases += 1;
                tally.decided_in.extend(asked.took);
                let is_hasty = asked.ruling == Some(Ruling::Approve) && asked.took.is_some_and(|took| took < HASTY);
                tally.hasty += u64::from(is_hasty);
                match asked.ruling {
                    Some(Ruling::Approve) => tally.approved += 1,
                    Some(Ruling::Deny) => tally.denied += 1,
                    Some(Ruling::Expired | Ruling::Void) | None => tally.open += 1,
                }
            }
        }
        self.decided_in.sort_unstable();
        self.rules.values_mut().for_each(|rule| rule.decided_in.sort_unstable());
    }
}

/// The median of durations in order.
fn median(sorted: &[Duration]) -> Option<Duration> {
    sorted.get(sorted.len() / 2).copied()
}

impl Session {
    fn found(&mut self, of: ActionId, finding: &Finding) {
        if let Some((_, findings)) = self.act.as_mut().filter(|(action, _)| action.id == of) {
            findings.push(finding.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{exec, finding, judgement, session};
    use super::super::{Gate, Writer};
    use super::*;
    use crate::model::{Decision, Term};

    fn journal(entries: &[Entry]) -> Vec<u8> {
        let mut writer = Writer::new(Vec::new());
        for entry in entries {
            writer.append(entry).unwrap();
        }
        writer.into_inner()
    }

    fn at(secs: f64, body: Body) -> Entry {
        Entry { t: Moment::from_secs(secs), body }
    }

    fn start(profile: &str) -> Body {
        let Body::SessionStart { version, session, program, started, agent, cwd, task, gate: _, on_hold, size, .. } =
            session().swap_remove(0).body
        else {
            panic!("the sample does not begin with its start")
        };
        let (profile, gate) = (profile.to_owned(), Gate::Kernel);
        Body::SessionStart { version, session, program, started, agent, cwd, task, profile, gate, on_hold, size }
    }

    fn hold(case: u32) -> Body {
        let held = session().into_iter().map(|entry| entry.body).find(|body| matches!(body, Body::Hold { .. }));
        let Some(Body::Hold { id, kind, action, tree, grip, expires, offer, .. }) = held else { panic!("no hold") };
        Body::Hold { case: CaseId(case), id, kind, action, judgement: judgement(), tree, grip, expires, offer }
    }

    fn ruled(case: u32, ruling: Ruling, by: RuledBy) -> Body {
        let decision = Decision { ruling, by, term: Term::Once, shown: String::new(), because: None };
        Body::Decision { case: CaseId(case), decision }
    }

    fn act(id: u64, secs: f64) -> [Entry; 2] {
        let action = Action { id: ActionId(id), at: Moment::from_secs(secs), ..exec(vec!["rm".into()]) };
        let done = Body::Action { action, verdict: Verdict::Log, covered_by: None, granted: None };
        [at(secs, done), at(secs, Body::Finding { action: Some(ActionId(id)), finding: finding() })]
    }

    #[test]
    fn cases_are_counted_by_rule_with_what_the_operator_answered_and_how_fast() {
        let entries = [
            at(0.0, start("balanced")),
            at(10.0, hold(1)),
            at(11.0, ruled(1, Ruling::Approve, RuledBy::Panel)),
            at(20.0, hold(2)),
            at(50.0, ruled(2, Ruling::Deny, RuledBy::Remote)),
            at(60.0, hold(3)),
            at(1800.0, ruled(3, Ruling::Expired, RuledBy::Watch)),
        ];
        let mut tally = Tally::default();
        tally.add(&journal(&entries)[..]).unwrap();
        let decided_in = vec![Duration::from_secs(1), Duration::from_secs(30)];
        let rule = RuleTally { cases: 3, approved: 1, denied: 1, open: 1, hasty: 1, decided_in };
        assert_eq!(rule.median_decision(), Some(Duration::from_secs(30)));
        let whole = Tally {
            sessions: 1,
            lasted: Duration::from_secs(1800),
            acts: 3,
            cases: 3,
            rules: BTreeMap::from([(finding().rule, rule)]),
            decided_in: vec![Duration::from_secs(1), Duration::from_secs(30)],
            hasty: 1,
            ..Tally::default()
        };
        assert_eq!(tally, whole);
        assert_eq!((tally.cases_per_hour(), tally.median_decision()), (Some(6.0), Some(Duration::from_secs(30))));
        assert_eq!(tally.to_tune(1), []);
        let brief = Tally { lasted: Duration::from_secs(59), ..tally };
        assert_eq!(brief.cases_per_hour(), None);
    }

    #[test]
    fn r22_a_rule_that_is_approved_nine_times_in_ten_is_one_to_tune() {
        let answered =
            |ruling| [at(0.0, start("balanced")), at(1.0, hold(1)), at(9.0, ruled(1, ruling, RuledBy::Panel))];
        let mut tally = Tally::default();
        let names =
            |tally: &Tally, least| tally.to_tune(least).into_iter().map(|(id, _)| id.clone()).collect::<Vec<_>>();
        for _ in 0..9 {
            tally.add(&journal(&answered(Ruling::Approve))[..]).unwrap();
        }
        assert_eq!((names(&tally, 9), names(&tally, 10)), (vec![finding().rule], vec![]));
        tally.add(&journal(&answered(Ruling::Deny))[..]).unwrap();
        assert_eq!(names(&tally, 9), [finding().rule]);
        tally.add(&journal(&answered(Ruling::Deny))[..]).unwrap();
        assert_eq!(names(&tally, 9), []);
    }

    #[test]
    fn an_observing_session_names_what_it_would_have_asked_once_for_each_act() {
        let mut entries = vec![at(0.0, start(OBSERVE))];
        // A shell's text and the program that it starts at once; the same again a minute later.
        for (id, secs) in [(1, 5.0), (2, 5.1), (3, 65.0)] {
            entries.extend(act(id, secs));
        }
        let mut tally = Tally::default();
        tally.add(&journal(&entries)[..]).unwrap();
        let times: Vec<f64> = tally.would_have_asked.iter().map(|asked| asked.at.as_secs()).collect();
        assert_eq!((times, tally.observed, tally.cases), (vec![5.0, 65.0], 1, 0));
        assert_eq!(tally.would_have_asked[0].rules, [finding().rule]);

        entries[0] = at(0.0, start("balanced"));
        let mut held = Tally::default();
        held.add(&journal(&entries)[..]).unwrap();
        assert_eq!(held.would_have_asked, []);
    }
}

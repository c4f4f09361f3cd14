//! A held call at the gate loop: read, judged, then let through, refused or parked; and its answer.
//!
//! What the judge has something to say of, or what leaves the machine, is judged again once all is heard that the agent
//! printed before it: the words that explain an act come on another way than the act, and may come later.

use std::time::Duration;

use super::gate_loop::{GateLoop, Held, PARKED_MAX, Parked, STANDING_MAX, Start};
use super::gate_port::{Answer, GateEvent, Judging, Mark};
use super::verifier::{Done, Job, Why};
use crate::gate::{Depth, Difference, ExecOutcome, Frozen, Hold, Passage, Reached, Reading, View, tell};
use crate::model::{Action, ActionId, ActionKind, CaseId, Grip, HoldId, Judgement, Moment, Pid, Untrusted, Verdict};
use crate::sys::{Errno, Reply, Sent};

/// Why a call is refused for which words were waited for in vain.
const UNHEARD: &str = "watch: refused: what was printed before it could not be heard in time";

/// A call that waits until what was printed before it is heard.
pub(super) struct Waiting {
    pub(super) hold: Hold,
    mark: Mark,
    stamp: (ActionId, Moment),
    /// How long it has waited while this loop ran: what stopped all of us is no fault of who is to hear.
    waited: Duration,
}

/// What of the agent's words a judgement knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Words {
    /// Some may be on their way.
    Coming,
    /// They were waited for in vain.
    Missed,
    /// All that were printed before the call.
    Heard,
}

/// A call that was read.
pub(super) struct Asked {
    pub(super) hold: Hold,
    pub(super) action: Action,
    pub(super) passage: Passage,
}

impl<J: Judging> GateLoop<J> {
    pub(super) fn on_call(&mut self, hold: Hold) {
        let Some(hold) = self.stands_still(hold) else { return };
        if let Some(look) = self.files.look(hold.call(), &self.listener) {
            return self.on_file(hold, look);
        }
        let stamp = ((self.number)(), (self.clock)());
        let Some((asked, view)) = self.read(hold, stamp, Depth::Quick) else { return };
        self.weigh(asked, &view, stamp, Words::Coming);
    }

    /// Judges the calls again that waited for what was printed before this mark.
    pub(super) fn on_heard(&mut self, mark: Mark) {
        let (heard, waiting) = std::mem::take(&mut self.waiting).into_iter().partition(|call| call.mark <= mark);
        self.waiting = waiting;
        let heard: Vec<Waiting> = heard;
        for Waiting { hold, stamp, .. } in heard {
            if let Some((asked, view)) = self.read(hold, stamp, Depth::Quick) {
                self.weigh(asked, &view, stamp, Words::Heard);
            }
        }
    }

    /// Judges the calls as they are that have waited too long for words, `more` having gone by since it was asked last.
    pub(super) fn judge_unheard(&mut self, more: Duration) {
        self.waiting.iter_mut().for_each(|call| call.waited += more);
        let (late, waiting) =
            std::mem::take(&mut self.waiting).into_iter().partition(|call| call.waited >= self.hearing);
        self.waiting = waiting;
        let late: Vec<Waiting> = late;
        for Waiting { hold, stamp, .. } in late {
            if let Some((asked, view)) = self.read(hold, stamp, Depth::Quick) {
                self.weigh(asked, &view, stamp, Words::Missed);
            }
        }
    }

    /// Keeps a call until the agent's words before it are heard.
    fn hear_first(&mut self, hold: Hold, stamp: (ActionId, Moment)) {
        self.marks.0 += 1;
        if (self.sink)(GateEvent::Waits(self.marks)).is_err() {
            return self.refuse(hold, "events are not taken fast enough");
        }
        self.waiting.push(Waiting { hold, mark: self.marks, stamp, waited: Duration::ZERO });
    }

    /// Keeps a call that comes while the tree stands still: somebody else let its caller go on. What is more than that is
    /// given back.
    fn stands_still(&mut self, hold: Hold) -> Option<Hold> {
        match &self.frozen {
            Some(frozen) if self.refusing.is_none() && !frozen.spares(hold.thread()) => {}
            _ => return Some(hold),
        }
        if self.standing.len() >= STANDING_MAX {
            self.refuse(hold, "too many calls come while the tree stands still");
        } else {
            self.standing.push(hold);
        }
        None
    }

    /// Takes the calls up that came while the tree stood still, once it goes on or everything is refused.
    pub(super) fn take_standing(&mut self) {
        if self.frozen.is_none() || self.refusing.is_some() {
            for hold in std::mem::take(&mut self.standing) {
                self.on_call(hold);
            }
        }
    }

    /// Whether this process is our launcher, and not the agent yet.
    ///
    /// Blocks while its exec is on its way: a call that comes after it may overtake what the verifier says of it.
    pub(super) fn is_launcher(&mut self, process: Pid) -> bool {
        if process != self.agent {
            return false;
        }
        while self.start == Start::OnItsWay {
            match self.verifiers.wait_done() {
                Some(done) => self.on_done(done),
                None => self.start = Start::Over,
            }
        }
        self.start == Start::Awaited
    }

    /// Has a call judged that was read, and on which no words bear.
    pub(super) fn on_asked(&mut self, asked: Asked, view: &View, stamp: (ActionId, Moment)) {
        self.weigh(asked, view, stamp, Words::Heard);
    }

    fn weigh(&mut self, asked: Asked, view: &View, stamp: (ActionId, Moment), words: Words) {
        let caller = asked.action.caller.pid;
        if self.is_launcher(caller) {
            return self.let_go(asked, Judgement::default(), None, Why::First);
        }
        if let Some(why) = &self.refusing {
            tell(caller, why);
            let why = why.clone();
            return self.refuse(asked.hold, &why);
        }
        // The same act in another folder of `PATH`: what there is to say of it was said.
        if self.judge.is_refused_again(&asked.action) {
            let judgement = Judgement { verdict: Verdict::Deny, ..Judgement::default() };
            let _ = asked.hold.reply(Reply::Fail(Errno::ACCES));
            return self.report(GateEvent::Judged { action: asked.action, judgement, covered_by: None });
        }
        let judgement = self.judge.judge(&asked.action, view);
        if words == Words::Coming && self.judge.hangs_on_words(&asked.action, &judgement) {
            return self.hear_first(asked.hold, stamp);
        }
        match judgement.verdict {
            // A word might have spoken against it.
            Verdict::Allow | Verdict::Log if words == Words::Missed => {
                tell(caller, UNHEARD);
                self.refuse(asked.hold, UNHEARD);
            }
            Verdict::Allow | Verdict::Log => self.goes_on(asked, judgement, view),
            Verdict::Deny => self.deny(asked, judgement),
            Verdict::Hold | Verdict::Confirm if words == Words::Missed => self.park(asked.hold, stamp),
            Verdict::Hold | Verdict::Confirm => match self.judge.covered(&asked.action, &judgement) {
                Some(case) => self.let_go(asked, judgement, Some(case), Why::Judged),
                None => self.park(asked.hold, stamp),
            },
        }
    }

    /// Reads a call; what is nothing to judge is answered at once.
    fn read(&mut self, hold: Hold, stamp: (ActionId, Moment), depth: Depth) -> Option<(Asked, View)> {
        match self.decoder.read(&self.listener, hold.call(), stamp, depth) {
            Reading::Act(action, passage, view) => return Some((Asked { hold, action: *action, passage }, view)),
            Reading::Passes => {
                let _ = hold.reply(Reply::Continue);
            }
            Reading::Connects(reached) => self.connect_for(hold, reached, Why::Judged),
            Reading::Fails(errno) => {
                let _ = hold.reply(Reply::Fail(errno));
            }
            Reading::Unreadable(why) => self.refuse(hold, &format!("what it asked for is unreadable: {why}")),
            Reading::Gone => {}
        }
        None
    }

    /// Nothing stands against an act.
    fn goes_on(&mut self, asked: Asked, judgement: Judgement, view: &View) {
        self.judge.goes_on(&asked.action, &judgement, view);
        self.let_go(asked, judgement, None, Why::Judged);
    }

    /// Reports an act and lets it through; what cannot be reported does not happen.
    fn let_go(&mut self, asked: Asked, judgement: Judgement, covered_by: Option<CaseId>, why: Why) {
        if matches!(asked.passage, Passage::File(_)) {
            return self.let_file_go(asked, judgement, covered_by);
        }
        let Asked { hold, action, passage } = asked;
        self.begins(&action);
        let of = (action.id, action.caller.pid);
        // A connection or a signal that is nothing to speak of leaves no line.
        let is_silent =
            judgement.verdict == Verdict::Allow && matches!(action.kind, ActionKind::Connect(_) | ActionKind::Kill(_));
        if !is_silent && (self.sink)(GateEvent::Judged { action, judgement, covered_by }).is_err() {
            return self.refuse(hold, "events are not taken fast enough");
        }
        self.pass(hold, passage, of, why);
    }

    /// Remembers what a process runs that may start a program, and where it may go.
    fn begins(&mut self, action: &Action) {
        self.decoder.passed(action);
        if let Some(exec) = action.as_exec() {
            for event in self.passed.of(action.caller.pid) {
                self.report(event);
            }
            self.commands.runs(action.caller.pid, exec);
        }
    }

    /// Answers a call that may go on, each kind in its way.
    fn pass(&mut self, hold: Hold, passage: Passage, (action, caller): (ActionId, Pid), why: Why) {
        match passage {
            Passage::Exec(expected) => {
                self.on_their_way += usize::from(matches!(why, Why::Approved(_)));
                if why == Why::First {
                    self.start = Start::OnItsWay;
                }
                self.verifiers.take(Job { hold, expected, action, caller, why });
            }
            Passage::File(sight) => {
                let sent = self.file_on(hold, &sight);
                self.went_on(sent, why);
            }
            Passage::Plain => {
                let sent = hold.reply(Reply::Continue);
                self.went_on(sent, why);
            }
            Passage::Signal(signal) => {
                let sent = hold.reply(match signal.send() {
                    None => Reply::Continue,
                    Some(Ok(())) => Reply::Done,
                    Some(Err(error)) => Reply::Fail(Errno::of(&error).unwrap_or(Errno::PERM)),
                });
                self.went_on(sent, why);
            }
            Passage::Connect(reached) => match why {
                Why::Approved(_) => self.connect_for(hold, reached, why),
                Why::Judged | Why::First if reached.is_ours() => self.connect_for(hold, reached, why),
                // Where it is the session's own socket the caller may connect by itself.
                Why::Judged | Why::First => drop(hold.reply(Reply::Continue)),
            },
        }
    }

    /// Makes a connection for its caller, on a thread of its own: it may take as long as the other end likes.
    fn connect_for(&mut self, hold: Hold, reached: Reached, why: Why) {
        let connect = move || {
            let _ = hold.reply(match reached.connect() {
                Ok(()) => Reply::Done,
                Err(error) => Reply::Fail(Errno::of(&error).unwrap_or(Errno::ACCES)),
            });
        };
        match self.aside.begin("connect", connect) {
            Ok(()) => self.went_on(Sent::Answered, why),
            Err(cause) => self.was_refused(cause, why),
        }
    }

    /// Tells of a call that was refused although it might have gone on.
    fn was_refused(&mut self, cause: String, why: Why) {
        match why {
            Why::Approved(hold) => self.report(GateEvent::LetThrough { hold, outcome: ExecOutcome::Refused(cause) }),
            Why::Judged | Why::First => self.count_refused(&cause),
        }
    }

    /// Tells of an approved call that the kernel goes on with.
    fn went_on(&mut self, sent: Sent, why: Why) {
        if let Why::Approved(hold) = why {
            let outcome = if sent == Sent::Answered { ExecOutcome::Ran } else { ExecOutcome::Gone };
            self.report(GateEvent::LetThrough { hold, outcome });
        }
    }

    /// A rule refuses it.
    fn deny(&mut self, Asked { hold, action, .. }: Asked, judgement: Judgement) {
        let words = judgement.worst().map_or_else(
            || "watch: denied by the rules".into(),
            |finding| format!("watch: denied by the rules: {}: {}", finding.rule.0, finding.why),
        );
        tell(action.caller.pid, &words);
        self.judge.refused(&action);
        let _ = hold.reply(Reply::Fail(Errno::ACCES));
        self.report(GateEvent::Judged { action, judgement, covered_by: None });
    }

    /// Stops the tree, reads and judges again, and parks the call.
    fn park(&mut self, hold: Hold, stamp: (ActionId, Moment)) {
        if self.parked.len() >= PARKED_MAX {
            return self.refuse(hold, "too many calls wait for the operator");
        }
        if self.grip == Grip::Frozen
            && let Err(why) = self.freeze(Some(hold.thread()))
        {
            return self.refuse(hold, &why);
        }
        let read = match self.files.look(hold.call(), &self.listener) {
            Some(look) => self.look_again(hold, look, stamp),
            None => self.read(hold, stamp, Depth::Full),
        };
        let Some((asked, view)) = read else { return self.thaw_if_idle() };
        let judgement = self.judge.judge(&asked.action, &view);
        match judgement.verdict {
            Verdict::Hold | Verdict::Confirm => {}
            Verdict::Allow | Verdict::Log => {
                self.goes_on(asked, judgement, &view);
                return self.thaw_if_idle();
            }
            Verdict::Deny => {
                self.deny(asked, judgement);
                return self.thaw_if_idle();
            }
        }
        let Asked { hold, action, passage } = asked;
        let event = GateEvent::Held {
            hold: hold.id(),
            action: action.clone(),
            judgement: judgement.clone(),
            tree: self.tree(Some(hold.thread())),
            frozen: self.frozen.as_ref().map(Frozen::took),
        };
        if (self.sink)(event).is_err() {
            self.refuse(hold, "events are not taken fast enough");
            return self.thaw_if_idle();
        }
        // What waited for the thaw waits longer.
        self.thaw_due = None;
        self.parked.push(Parked { held: Held::Call(hold, passage), action, judgement });
    }

    pub(super) fn refuse(&mut self, hold: Hold, why: &str) {
        drop(hold);
        self.count_refused(why);
    }

    pub(super) fn reply(&mut self, id: HoldId, answer: Answer) {
        let Some(at) = self.parked.iter().position(|parked| parked.held.id() == id) else {
            return self.report(GateEvent::Withdrawn(id));
        };
        let Parked { held, action, judgement } = self.parked.swap_remove(at);
        match answer {
            Answer::Approve { case, term } => {
                self.judge.approved(case, &action, &judgement, term);
                match held {
                    Held::Call(hold, passage) => {
                        self.begins(&action);
                        self.pass(hold, passage, (action.id, action.caller.pid), Why::Approved(id));
                    }
                    Held::Question(_, asker) => {
                        asker.pass();
                    }
                }
            }
            Answer::Refuse { words } => {
                self.judge.refused(&action);
                match held {
                    Held::Call(hold, _) => {
                        if let Some(words) = words {
                            tell(action.caller.pid, &words);
                        }
                        let _ = hold.reply(Reply::Fail(Errno::ACCES));
                    }
                    Held::Question(_, asker) => asker.deny(words.unwrap_or_default()),
                }
            }
        }
    }

    pub(super) fn on_done(&mut self, done: Done) {
        let hold = match done.why {
            Why::Approved(hold) => {
                self.on_their_way = self.on_their_way.saturating_sub(1);
                Some(hold)
            }
            Why::First => {
                let has_begun = matches!(done.outcome, ExecOutcome::Ran | ExecOutcome::Unverified(_));
                self.start = if has_begun { Start::Over } else { Start::Awaited };
                None
            }
            Why::Judged => None,
        };
        match (&done.outcome, hold) {
            (ExecOutcome::Changed(difference), _) => {
                let why = format!("process {}: {}", done.caller, described(difference));
                self.report(GateEvent::Changed { action: done.action, hold, why });
            }
            (ExecOutcome::Unverified(why), _) => {
                self.report(GateEvent::Unverified { action: done.action, why: why.clone() });
            }
            (ExecOutcome::Refused(why), None) => {
                self.refused += 1;
                self.report(GateEvent::Refused { count: self.refused, why: why.clone() });
            }
            (ExecOutcome::Refused(_) | ExecOutcome::Ran | ExecOutcome::Failed | ExecOutcome::Gone, _) => {}
        }
        if let Some(hold) = hold {
            self.report(GateEvent::LetThrough { hold, outcome: done.outcome });
        }
        self.thaw_when_through();
    }
}

fn described(difference: &Difference) -> String {
    match difference {
        Difference::Arguments(found) => {
            let words = Untrusted::new(found.strip_suffix(b"\0").unwrap_or(found)).shown();
            format!("its arguments were changed to `{}`", words.replace("<U+0000>", " "))
        }
        Difference::File => "another file was put in the program's place".into(),
        Difference::Unreadable => "it could not be read at its exec".into(),
    }
}

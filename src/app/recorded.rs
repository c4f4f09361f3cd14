//! A session's folder as events again: what replay plays.

mod drawn;

use std::collections::{BTreeMap, VecDeque};
use std::io::BufRead;

use drawn::{read_cast, read_cast_with};

use super::{Event, OnHold, SessionInfo, Settings};
use crate::journal::{Body, CastError, CastEventKind, CastReader, Entry, Flaw, Gate, ReadError, Reader};
use crate::model::{
    Action, ActionId, Case, CaseId, CaseState, Decision, Evidence, GrantId, Judgement, Moment, Ruling, Tree, Untrusted,
    Verdict,
};

/// The terminal's size where neither file tells it.
const SIZE_UNKNOWN: (u16, u16) = (80, 24);
/// The step of a flag whose step is still behind what has been read.
pub(super) const STEP_AHEAD: usize = usize::MAX;
/// Flawed lines beyond so many are only counted.
const LOSSES_MAX: usize = 20;

/// A recorded session, whole or as far as it goes.
#[derive(Debug)]
pub struct Recorded {
    /// What does not change while the session lives.
    pub session: SessionInfo,
    /// What the operator had chosen; the session is marked as a replay.
    pub settings: Settings,
    /// Columns and rows of the agent's terminal at the start.
    pub size: (u16, u16),
    /// Where to jump to, in order.
    pub flags: Vec<Flag>,
    /// What is lost or wrong, in words.
    pub losses: Vec<String>,
    /// How many lines of the journal do not fit the chain.
    pub flaws: u64,
    /// Whether the session came to its end.
    pub is_closed: bool,
    /// What was on the operator's screen when they ruled.
    pub shown: BTreeMap<CaseId, Evidence>,
    /// When each line of the journal was written; it never goes back.
    lines: Vec<Moment>,
    pub(super) steps: Vec<Step>,
    pub(super) output: Vec<u8>,
    /// What happened behind what has been read of the recording.
    pub(super) ahead: VecDeque<Ahead>,
}

/// Something that happened, which waits until the recording has been read up to it.
#[derive(Debug)]
pub(super) struct Ahead {
    pub step: Step,
    /// The numbers of the flags that stand there.
    flags: Vec<usize>,
}

/// A place in a recorded session that somebody may want to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// When.
    pub at: Moment,
    /// What kind of place.
    pub kind: FlagKind,
    /// The case it is about.
    pub case: Option<CaseId>,
    /// What happened, untrusted.
    pub what: Untrusted,
    /// How many steps come before it.
    pub(super) step: usize,
}

/// The kinds of flags (`UX.md`, 3, replay).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FlagKind {
    /// Something was noted.
    Noted,
    /// A case was opened.
    Held,
    /// It was approved.
    Approved,
    /// It was denied, or a rule refused an act.
    Denied,
    /// It expired.
    Expired,
    /// What was held went away.
    Void,
    /// Output is missing from the recording.
    Gap,
}

/// One thing that happened.
#[derive(Debug)]
pub(super) struct Step {
    pub at: Moment,
    pub kind: StepKind,
}

/// What happened. Output is by far the most: it lies in one piece, so that an hour takes little more than its bytes.
#[derive(Debug)]
pub(super) enum StepKind {
    /// The agent drew what lies between two places in the recorded output.
    Output(usize, usize),
    /// Anything else.
    Event(Box<Event>),
}

impl Step {
    /// Whether the agent drew something.
    pub fn is_output(&self) -> bool {
        matches!(self.kind, StepKind::Output(..))
    }

    /// Whether it changes the agent's screen.
    pub fn draws(&self) -> bool {
        match &self.kind {
            StepKind::Output(..) => true,
            StepKind::Event(event) => matches!(**event, Event::AgentResized(..)),
        }
    }
}

/// What the journal gives.
#[derive(Default)]
struct FromJournal {
    start: Option<Start>,
    steps: Vec<Step>,
    resizes: Vec<Step>,
    flags: Vec<Flag>,
    losses: Vec<String>,
    flaws: u64,
    is_closed: bool,
    shown: BTreeMap<CaseId, Evidence>,
    /// When each line was written.
    lines: Vec<Moment>,
    clock: Moment,
    tree: Tree,
    /// The act of the line before, whose findings follow.
    judged: Option<ActionId>,
}

struct Start {
    session: SessionInfo,
    settings: Settings,
    size: (u16, u16),
}

/// Reads a session's files, and goes on as they grow.
pub struct Tail<J, C> {
    journal: Reader<J>,
    cast: Option<CastReader<C>>,
    /// Why there is none to be read.
    no_cast: Option<String>,
    from: FromJournal,
}

impl<J: BufRead, C: BufRead> Tail<J, C> {
    /// Reads a journal and, where there is one, the recording beside it.
    ///
    /// Files that are cut off anywhere are read as far as they are whole; [`Recorded::losses`] says what is missing.
    ///
    /// # Errors
    /// [`ReadError`] if the system refuses to read the journal.
    pub fn open(journal: J, cast: Option<C>) -> Result<(Self, Recorded), ReadError> {
        Self::begin(journal, cast, usize::MAX)
    }

    /// The same, but of a closed session's recording only the beginning is read, some `bytes_max` bytes that were drawn;
    /// [`Tail::go_on`] reads the rest. All that happened is there at once.
    ///
    /// # Errors
    /// As [`Tail::open`].
    pub fn begin(journal: J, cast: Option<C>, bytes_max: usize) -> Result<(Self, Recorded), ReadError> {
        let (cast, no_cast) = match cast.map(CastReader::open) {
            None => (None, Some("there is no recording".to_owned())),
            Some(Err(error)) => (None, Some(error.to_string())),
            Some(Ok(cast)) => (Some(cast), None),
        };
        let mut tail = Self { journal: Reader::new(journal), cast, no_cast, from: FromJournal::default() };
        tail.from.read(&mut tail.journal)?;
        if tail.from.start.is_none() {
            tail.from.losses.insert(0, "the journal has no beginning".to_owned());
        }
        let start = tail.from.start.take().unwrap_or_else(Start::unknown);
        let size = tail.cast.as_ref().map(|cast| (cast.header().cols, cast.header().rows));
        let mut recorded = Recorded {
            session: start.session,
            settings: start.settings,
            size: size.unwrap_or(start.size),
            ..Recorded::default()
        };
        // Of one that was cut off the recording alone may say how long it is.
        tail.take(&mut recorded, if tail.from.is_closed { bytes_max } else { usize::MAX });
        Ok((tail, recorded))
    }

    /// Reads more of the recording, some `bytes_max` bytes that were drawn; whether there is more.
    pub fn go_on(&mut self, recorded: &mut Recorded, bytes_max: usize) -> bool {
        self.take(recorded, bytes_max).1
    }

    /// Reads what has come to the files since; whether that was anything.
    ///
    /// # Errors
    /// As [`Tail::open`].
    pub fn more(&mut self, recorded: &mut Recorded) -> Result<bool, ReadError> {
        self.from.read(&mut self.journal)?;
        Ok(self.take(recorded, usize::MAX).0)
    }

    /// Adds what was read, and what was drawn meanwhile; whether that was anything, and whether more was drawn.
    fn take(&mut self, recorded: &mut Recorded, bytes_max: usize) -> (bool, bool) {
        let Self { journal, cast, no_cast, from } = self;
        recorded.losses = from.losses.clone();
        if let Some(lost) = journal.lost() {
            recorded.losses.push(format!("the journal's {lost}"));
        } else if !from.is_closed {
            recorded.losses.push(format!("the journal ends with line {}, without the session's end", journal.lines()));
        }
        recorded.losses.extend(no_cast.clone());
        // The recording has sizes in step with what was drawn; the journal's are for where there is none.
        let resizes = std::mem::take(&mut from.resizes);
        let (drawn, has_more) = match cast {
            Some(cast) => read_cast(cast, recorded, bytes_max),
            None => (resizes, false),
        };
        let happened = std::mem::take(&mut from.steps);
        let is_more = !drawn.is_empty() || !happened.is_empty();
        recorded.append(drawn, happened, std::mem::take(&mut from.flags));
        if !has_more {
            recorded.close_up();
        }
        recorded.flaws = from.flaws;
        recorded.is_closed = from.is_closed;
        recorded.shown.extend(std::mem::take(&mut from.shown));
        recorded.lines.append(&mut from.lines);
        (is_more, has_more)
    }
}

impl Default for Recorded {
    fn default() -> Self {
        let start = Start::unknown();
        Self {
            session: start.session,
            settings: start.settings,
            size: start.size,
            flags: Vec::new(),
            losses: Vec::new(),
            flaws: 0,
            is_closed: false,
            shown: BTreeMap::new(),
            lines: Vec::new(),
            steps: Vec::new(),
            output: Vec::new(),
            ahead: VecDeque::new(),
        }
    }
}

impl Recorded {
    /// Reads a journal and, where there is one, the recording beside it, to their ends: see [`Tail::open`].
    ///
    /// # Errors
    /// [`ReadError`] if the system refuses to read the journal.
    pub fn read<J: BufRead, C: BufRead>(journal: J, cast: Option<C>) -> Result<Self, ReadError> {
        Tail::open(journal, cast).map(|(_, recorded)| recorded)
    }

    /// Reads a recording that has no journal: any asciicast of version 2 or 3. Its markers become flags.
    ///
    /// # Errors
    /// [`CastError`] where it is no recording.
    pub fn of_cast<C: BufRead>(cast: C, name: &str) -> Result<Self, CastError> {
        let mut reader = CastReader::open(cast)?;
        let header = reader.header().clone();
        let mut recorded = Self { size: (header.cols, header.rows), ..Self::default() };
        recorded.session.id = name.to_owned();
        recorded.session.agent = header.command.or(header.title).iter().map(|text| text.as_str().into()).collect();
        let mut marks = Vec::new();
        let (drawn, _) = read_cast_with(&mut reader, &mut recorded, usize::MAX, |at, kind| {
            if let CastEventKind::Marker(label) = kind {
                marks.push((at, label));
            }
        });
        let happened: Vec<Step> = marks
            .iter()
            .map(|(at, label)| Step { at: *at, kind: StepKind::Event(Box::new(Event::Warned(label.clone()))) })
            .collect();
        let flags = marks.into_iter().enumerate().map(|(step, (at, label))| Flag {
            at,
            kind: FlagKind::Noted,
            case: None,
            what: label.into(),
            step,
        });
        recorded.append(drawn, happened, flags.collect());
        recorded.close_up();
        recorded.is_closed = true;
        Ok(recorded)
    }

    /// Adds what was drawn and what happened later, with the flags of the latter: in the order of time and none before what
    /// is there, what was drawn first where they are at the same moment. What happened after all that was drawn waits.
    fn append(&mut self, drawn: Vec<Step>, happened: Vec<Step>, flags: Vec<Flag>) {
        let (start, first) = (self.last_step(), self.ahead.len());
        let mut now = self.total();
        for step in happened {
            // No clock goes back; a journal that somebody changed may say so.
            now = now.max(step.at);
            self.ahead.push_back(Ahead { step: Step { at: now, kind: step.kind }, flags: Vec::new() });
        }
        for mut flag in flags {
            if let Some(ahead) = self.ahead.get_mut(first + flag.step) {
                flag.at = ahead.step.at;
                ahead.flags.push(self.flags.len());
            }
            flag.step = STEP_AHEAD;
            self.flags.push(flag);
        }
        for step in drawn {
            let at = step.at.max(start);
            while let Some(ahead) = self.ahead.pop_front_if(|ahead| ahead.step.at < at) {
                self.pass(ahead);
            }
            self.steps.push(Step { at, ..step });
        }
    }

    /// All that was drawn is there: what waits follows it.
    fn close_up(&mut self) {
        while let Some(ahead) = self.ahead.pop_front() {
            self.pass(ahead);
        }
        let end = self.steps.len();
        self.flags.iter_mut().filter(|flag| flag.step == STEP_AHEAD).for_each(|flag| flag.step = end);
    }

    fn pass(&mut self, Ahead { step, flags }: Ahead) {
        for flag in flags {
            if let Some(flag) = self.flags.get_mut(flag) {
                flag.step = self.steps.len();
            }
        }
        self.steps.push(step);
    }

    /// When the last step was that is in its place.
    fn last_step(&self) -> Moment {
        self.steps.last().map_or(Moment::ZERO, |step| step.at)
    }

    /// When the journal's line of that number was written.
    #[must_use]
    pub fn moment_of(&self, line: u64) -> Option<Moment> {
        self.lines.get(usize::try_from(line).ok()?.checked_sub(1)?).copied()
    }

    /// The number of the journal's last line up to that moment, from 1; 0 before the first.
    #[must_use]
    pub fn line_at(&self, at: Moment) -> usize {
        self.lines.partition_point(|line| *line <= at)
    }

    /// When the last thing happened.
    #[must_use]
    pub fn total(&self) -> Moment {
        self.ahead.back().map_or_else(|| self.last_step(), |ahead| self.last_step().max(ahead.step.at))
    }

    /// How many things happened.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.steps.len()
    }

    /// How many bytes were drawn.
    #[must_use]
    pub fn output_bytes(&self) -> usize {
        self.output.len()
    }
}

impl FromJournal {
    /// Takes all whole lines that there are now.
    fn read<J: BufRead>(&mut self, reader: &mut Reader<J>) -> Result<(), ReadError> {
        while let Some(line) = reader.next_line()? {
            if let Some(flaw) = &line.flaw {
                self.flawed(flaw);
            }
            // No clock goes back, and a line that says nothing is where the one before it is.
            let before = self.clock;
            self.clock = line.content.moment().unwrap_or(before).max(before);
            self.lines.push(self.clock);
            if let Some(entry) = line.content.entry() {
                self.take(entry);
            }
        }
        Ok(())
    }

    fn flawed(&mut self, flaw: &Flaw) {
        self.flaws += 1;
        if self.losses.len() < LOSSES_MAX {
            self.losses.push(format!("the journal's {flaw}"));
        }
    }

    fn take(&mut self, entry: &Entry) {
        let at = entry.t;
        let judged = self.judged.take();
        match &entry.body {
            Body::SessionStart { .. } => self.start = Start::read(&entry.body),
            Body::Action { action, verdict, covered_by, granted } => {
                self.judged(at, action, (*verdict, *granted), *covered_by);
            }
            Body::Finding { action, finding } => {
                if action.is_some() && *action == judged {
                    self.judged = judged;
                    if let Some(StepKind::Event(event)) = self.steps.last_mut().map(|step| &mut step.kind)
                        && let Event::Judged { judgement, .. } = event.as_mut()
                    {
                        judgement.findings.push(finding.clone());
                    }
                }
            }
            Body::Cue { cue } => {
                if !cue.findings.is_empty() {
                    self.flag(at, FlagKind::Noted, None, cue.text.clone());
                }
                self.step(at, Event::Said(cue.clone()));
            }
            Body::Hold { .. } => self.held(entry),
            Body::Release { case, at: until, .. } => self.step(at, Event::Releasing(*case, *until)),
            Body::ReleaseStopped { case } => self.step(at, Event::ReleaseStopped(*case)),
            Body::Decision { case, decision } => self.decided(at, *case, decision),
            Body::Freeze { .. } => self.step(at, Event::Froze(self.tree.clone())),
            Body::Thaw {} => self.step(at, Event::Thawed),
            Body::Shown { case, evidence } => drop(self.shown.insert(*case, (**evidence).clone())),
            // A withdrawn call's case is decided in the entry that follows.
            Body::Withdrawn { .. } | Body::ScreenMark { .. } => {}
            Body::OutputGap { bytes, why } => {
                self.flag(at, FlagKind::Gap, None, Untrusted::from(why.as_str()));
                self.step(at, Event::OutputLost { bytes: *bytes, why: why.clone() });
            }
            Body::Resize { cols, rows } => {
                let kind = StepKind::Event(Box::new(Event::AgentResized(*cols, *rows)));
                self.resizes.push(Step { at, kind });
            }
            Body::Order { order } => self.step(at, Event::Ordered(order.clone())),
            Body::OrderOver { order } => self.step(at, Event::OrderOver(order.clone())),
            Body::Scope { scope } => self.step(at, Event::Scoped(scope.clone())),
            Body::Grant { grant } => self.step(at, Event::Granted(Box::new(grant.clone()))),
            Body::Revoke { grant } => self.step(at, Event::Revoked(*grant)),
            Body::Warning { text } => self.step(at, Event::Warned(text.clone())),
            Body::Exit { status, signal } => {
                self.is_closed = true;
                self.step(at, Event::AgentExited { status: *status, signal: *signal });
            }
        }
    }

    fn judged(
        &mut self,
        at: Moment,
        action: &Action,
        (verdict, granted): (Verdict, Option<GrantId>),
        covered_by: Option<CaseId>,
    ) {
        match verdict {
            Verdict::Log => self.flag(at, FlagKind::Noted, covered_by, action.shown().into()),
            Verdict::Deny => self.flag(at, FlagKind::Denied, covered_by, action.shown().into()),
            Verdict::Allow | Verdict::Hold | Verdict::Confirm => {}
        }
        let judgement = Judgement { verdict, granted, ..Judgement::default() };
        self.step(at, Event::Judged { action: action.clone(), judgement, covered_by });
        self.judged = Some(action.id);
    }

    fn held(&mut self, entry: &Entry) {
        let at = entry.t;
        let Body::Hold { case, id, kind, action, judgement, tree, grip, expires, offer } = entry.body.clone() else {
            return;
        };
        self.tree.clone_from(&tree);
        self.flag(at, FlagKind::Held, Some(case), action.shown().into());
        let case = Case {
            id: case,
            hold: id,
            kind,
            action,
            judgement,
            tree,
            grip,
            opened: at,
            expires,
            offer,
            state: CaseState::Open,
        };
        self.step(at, Event::Reopened(Box::new(case)));
    }

    fn decided(&mut self, at: Moment, case: CaseId, decision: &Decision) {
        let kind = match decision.ruling {
            Ruling::Approve => FlagKind::Approved,
            Ruling::Deny => FlagKind::Denied,
            Ruling::Expired => FlagKind::Expired,
            Ruling::Void => FlagKind::Void,
        };
        let what = self.flags.iter().rev().find(|flag| flag.case == Some(case)).map(|flag| flag.what.clone());
        let mut what = what.unwrap_or_default();
        if let Some(evidence) = self.shown.get(&case) {
            let (seen, keys) = (at.since(evidence.since).as_secs_f64(), evidence.keys.len());
            let seen = format!("  (seen for {seen:.1} s, {keys} keys)");
            what = Untrusted::new([what.as_bytes(), seen.as_bytes()].concat());
        }
        self.flag(at, kind, Some(case), what);
        self.step(at, Event::Replayed { case, decision: decision.clone() });
    }

    fn step(&mut self, at: Moment, event: Event) {
        self.steps.push(Step { at, kind: StepKind::Event(Box::new(event)) });
    }

    /// A flag for the step that is pushed next.
    fn flag(&mut self, at: Moment, kind: FlagKind, case: Option<CaseId>, what: Untrusted) {
        self.flags.push(Flag { at, kind, case, what, step: self.steps.len() });
    }
}

impl Start {
    fn read(body: &Body) -> Option<Self> {
        let Body::SessionStart { session, started, agent, cwd, task, profile, gate, on_hold, size, .. } = body else {
            return None;
        };
        let on_hold = [OnHold::Panel, OnHold::Wait, OnHold::Deny, OnHold::Approve]
            .into_iter()
            .find(|known| known.word() == on_hold.as_str())
            .unwrap_or(OnHold::Panel);
        let session = SessionInfo {
            id: session.clone(),
            agent: agent.clone(),
            cwd: cwd.clone(),
            task: task.clone(),
            host: None,
            operator: None,
            gate: *gate,
            started: started.clone(),
            midnight_secs: seconds_of_day(started).unwrap_or(0),
        };
        Some(Self { session, settings: Settings { on_hold, profile: profile.clone(), is_replay: true }, size: *size })
    }

    fn unknown() -> Self {
        let session = SessionInfo {
            id: "unknown".to_owned(),
            agent: Vec::new(),
            cwd: Untrusted::default(),
            task: None,
            host: None,
            operator: None,
            gate: Gate::Off,
            started: String::new(),
            midnight_secs: 0,
        };
        let settings = Settings { on_hold: OnHold::Panel, profile: "unknown".to_owned(), is_replay: true };
        Self { session, settings, size: SIZE_UNKNOWN }
    }
}

/// What the clock shows in an RFC 3339 time, in seconds since midnight there.
fn seconds_of_day(started: &str) -> Option<u32> {
    let (_, clock) = started.split_once('T')?;
    let mut parts = clock.get(..8)?.split(':').map(str::parse::<u32>);
    let (hours, minutes, seconds) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    Some(hours * 3600 + minutes * 60 + seconds)
}

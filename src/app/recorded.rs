//! A session's folder as events again: what replay plays.

use std::io::BufRead;

use super::{Event, OnHold, SessionInfo, Settings};
use crate::journal::{Body, CastError, CastEventKind, CastReader, Entry, Flaw, Gate, ReadError, Reader};
use crate::model::{
    Action, ActionId, Case, CaseId, CaseState, Decision, GrantId, Judgement, Moment, Ruling, Tree, Untrusted, Verdict,
};

/// The terminal's size where neither file tells it.
const SIZE_UNKNOWN: (u16, u16) = (80, 24);
/// A replay holds at most so much of what was drawn, in bytes: some twenty hours of a busy agent.
const OUTPUT_BYTES_MAX: usize = 1 << 30;
/// A replay holds at most so many events of a recording.
const DRAWN_STEPS_MAX: usize = 8_000_000;
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
    pub(super) steps: Vec<Step>,
    pub(super) output: Vec<u8>,
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
    tree: Tree,
    /// The act of the line before, whose findings follow.
    judged: Option<ActionId>,
}

struct Start {
    session: SessionInfo,
    settings: Settings,
    size: (u16, u16),
}

impl Recorded {
    /// Reads a journal and, where there is one, the recording beside it.
    ///
    /// Files that are cut off anywhere are read as far as they are whole; [`Recorded::losses`] says what is missing.
    ///
    /// # Errors
    /// [`ReadError`] if the system refuses to read the journal.
    pub fn read<J: BufRead, C: BufRead>(journal: J, cast: Option<C>) -> Result<Self, ReadError> {
        let mut from = FromJournal::read(journal)?;
        let mut output = Vec::new();
        let mut size = None;
        let drawn = match cast.map(|cast| read_cast(cast, &mut output, &mut from.losses)) {
            None => {
                from.losses.push("there is no recording".to_owned());
                None
            }
            Some(Err(error)) => {
                from.losses.push(error.to_string());
                None
            }
            Some(Ok((steps, at_start))) => {
                size = Some(at_start);
                Some(steps)
            }
        };
        // The recording has sizes in step with what was drawn; the journal's are for where there is none.
        let drawn = drawn.unwrap_or_else(|| std::mem::take(&mut from.resizes));
        if from.start.is_none() {
            from.losses.insert(0, "the journal has no beginning".to_owned());
        }
        let start = from.start.unwrap_or_else(Start::unknown);
        let steps = merge(drawn, from.steps, &mut from.flags);
        Ok(Self {
            session: start.session,
            settings: start.settings,
            size: size.unwrap_or(start.size),
            flags: from.flags,
            losses: from.losses,
            flaws: from.flaws,
            is_closed: from.is_closed,
            steps,
            output,
        })
    }

    /// When the last thing happened.
    #[must_use]
    pub fn total(&self) -> Moment {
        self.steps.last().map_or(Moment::ZERO, |step| step.at)
    }

    /// How many bytes were drawn.
    #[must_use]
    pub fn output_bytes(&self) -> usize {
        self.output.len()
    }
}

impl FromJournal {
    fn read<J: BufRead>(journal: J) -> Result<Self, ReadError> {
        let mut reader = Reader::new(journal);
        let mut from = Self::default();
        while let Some(line) = reader.next_line()? {
            if let Some(flaw) = &line.flaw {
                from.flawed(flaw);
            }
            if let Some(entry) = line.content.entry() {
                from.take(entry);
            }
        }
        if let Some(lost) = reader.lost() {
            from.losses.push(format!("the journal's {lost}"));
        } else if !from.is_closed {
            from.losses.push(format!("the journal ends with line {}, without the session's end", reader.lines()));
        }
        Ok(from)
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
        self.flag(at, kind, Some(case), what.unwrap_or_default());
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

/// The recording's steps and first size; its output goes to `output`.
fn read_cast<C: BufRead>(
    cast: C,
    output: &mut Vec<u8>,
    losses: &mut Vec<String>,
) -> Result<(Vec<Step>, (u16, u16)), CastError> {
    let mut reader = CastReader::open(cast)?;
    let size = (reader.header().cols, reader.header().rows);
    let mut steps = Vec::new();
    loop {
        let event = match reader.next_event() {
            Ok(Some(event)) => event,
            Ok(None) => break,
            Err(error) => {
                losses.push(error.to_string());
                break;
            }
        };
        let kind = match event.kind {
            CastEventKind::Output(text) => {
                let from = output.len();
                if from + text.len() > OUTPUT_BYTES_MAX || steps.len() >= DRAWN_STEPS_MAX {
                    losses.push(format!("the recording is too long to be played beyond {}", event.at));
                    break;
                }
                output.extend_from_slice(text.as_bytes());
                StepKind::Output(from, output.len())
            }
            CastEventKind::Resize { cols, rows } => StepKind::Event(Box::new(Event::AgentResized(cols, rows))),
            // Markers and the end are in the journal, with more to them.
            CastEventKind::Marker(_) | CastEventKind::Exit(_) | CastEventKind::Other { .. } => continue,
        };
        steps.push(Step { at: event.at, kind });
    }
    if let Some(lost) = reader.lost() {
        losses.push(format!("the recording's {lost}"));
    }
    if reader.skipped() > 0 {
        losses.push(format!("{} lines of the recording are no events", reader.skipped()));
    }
    Ok((steps, size))
}

/// Both in the order of time, what was drawn first where they are at the same moment. Flags follow their steps.
fn merge(drawn: Vec<Step>, happened: Vec<Step>, flags: &mut [Flag]) -> Vec<Step> {
    let mut steps = Vec::with_capacity(drawn.len() + happened.len());
    let mut drawn = drawn.into_iter().peekable();
    let mut places = Vec::with_capacity(happened.len());
    let mut now = Moment::ZERO;
    for step in happened {
        // No clock goes back; a journal that somebody changed may say so.
        now = now.max(step.at);
        while let Some(earlier) = drawn.next_if(|drawn| drawn.at <= now) {
            steps.push(earlier);
        }
        places.push(steps.len());
        steps.push(Step { at: now, kind: step.kind });
    }
    steps.extend(drawn);
    for flag in flags {
        flag.step = places.get(flag.step).copied().unwrap_or(steps.len());
        flag.at = steps.get(flag.step).map_or(flag.at, |step| step.at);
    }
    steps
}

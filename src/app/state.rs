//! All that the screen shows and the next event needs.

use std::collections::VecDeque;
use std::time::Duration;

use super::{Clipboard, CopyView, Docket, Elsewhere, Interaction, Spoken, Standing, StoreStatus};
use crate::journal::Gate;
use crate::model::{ActionId, CaseId, Cue, Moment, Ruling, Source, Tier, Tree, Untrusted, Verdict};
use crate::term::Screen;

/// How many rows the timeline keeps.
const TIMELINE_ROWS_MAX: usize = 5_000;
/// How many warnings are kept.
const WARNINGS_MAX: usize = 50;
/// How long a case waits for an answer before it expires as a refusal (`UX.md`, R16).
pub(super) const CASE_EXPIRY: Duration = Duration::from_secs(30 * 60);

/// The session as far as anybody can see it. Views read it; only `update` changes it.
#[derive(Debug)]
pub struct State {
    /// What does not change while the session lives.
    pub session: SessionInfo,
    /// What the operator chose.
    pub settings: Settings,
    /// The moment of the last event.
    pub now: Moment,
    /// The whole window, in columns and rows.
    pub window: (u16, u16),
    /// The agent's terminal.
    pub screen: Screen,
    /// Its title, cleaned.
    pub title: String,
    /// Every case.
    pub docket: Docket,
    /// The cases of the operator's other sessions, as they were last told.
    pub elsewhere: Elsewhere,
    /// Orders, scope and grants.
    pub standing: Standing,
    /// What happened, for people.
    pub timeline: Timeline,
    /// The tree as it was last seen.
    pub tree: Tree,
    /// Whether the agent has a hook that asks us before it acts.
    pub is_hooked: bool,
    /// What is kept of what was destroyed; `None` where nothing is kept.
    pub store: Option<StoreStatus>,
    /// Whether the tree stands still now.
    pub is_frozen: bool,
    /// Whether the operator stopped it by hand.
    pub is_stopped_by_hand: bool,
    /// How the agent is.
    pub agent: AgentState,
    /// Whether the agent may write to the operator's clipboard.
    pub clipboard: Clipboard,
    /// The agent's lines as they were when the operator began to look back, while he does.
    pub copy: Option<CopyView>,
    /// Where the operator is: layers, scroll positions, locks.
    pub interaction: Interaction,
    /// What has been told and asked in lines, with `--plain`.
    pub spoken: Spoken,
    /// Why the journal cannot be written, if it cannot.
    pub journal_lost: Option<String>,
    /// How many gated calls were refused without a question.
    pub refused: u64,
    /// A guess about something that matters, while it waits for the act it announces.
    pub pending_guess: Option<Cue>,
    /// What went wrong, newest last.
    pub warnings: VecDeque<String>,
}

/// What does not change while the session lives.
#[derive(Debug, Clone)]
pub struct SessionInfo {
    /// The session's id.
    pub id: String,
    /// The agent's command.
    pub agent: Vec<Untrusted>,
    /// Where it was started.
    pub cwd: Untrusted,
    /// What the operator asked.
    pub task: Option<Untrusted>,
    /// The machine it runs on, where that is known.
    pub host: Option<Untrusted>,
    /// Who is at the keyboard, where that is known.
    pub operator: Option<Untrusted>,
    /// What is enforced.
    pub gate: Gate,
    /// Wall clock at second 0, RFC 3339.
    pub started: String,
    /// What the clock on the wall showed at second 0, in seconds since midnight, local time.
    pub midnight_secs: u32,
}

impl SessionInfo {
    /// Where and who, for people: the last part of the agent's folder and its program, as in `shop/cursor-agent`.
    #[must_use]
    pub fn place(&self) -> String {
        let last = |path: &Untrusted| {
            let path = path.as_bytes();
            Untrusted::new(path.rsplit(|byte| *byte == b'/').find(|part| !part.is_empty()).unwrap_or(path)).shown()
        };
        format!("{}/{}", last(&self.cwd), self.agent.first().map(last).unwrap_or_default())
    }
}

/// What the operator chose for this session.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How holds are answered.
    pub on_hold: OnHold,
    /// `balanced`, `strict` or `observe`.
    pub profile: String,
    /// Whether this is a recording being played: nothing can be ruled.
    pub is_replay: bool,
}

/// How holds are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnHold {
    /// At the panel.
    Panel,
    /// They wait for `watch approve` or `watch deny`.
    Wait,
    /// Refused at once.
    Deny,
    /// Approved at once; for tests and throw-away machines.
    Approve,
}

impl OnHold {
    /// Its word, as on the command line and in journals.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Panel => "panel",
            Self::Wait => "wait",
            Self::Deny => "deny",
            Self::Approve => "approve",
        }
    }
}

/// How the agent is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AgentState {
    /// It runs.
    Running,
    /// It ended.
    Ended {
        /// Its status as `watch` returns it.
        status: i32,
        /// The signal that ended it.
        signal: Option<i32>,
    },
}

/// What happened, newest last, bounded.
#[derive(Debug, Clone, Default)]
pub struct Timeline {
    rows: VecDeque<EventRow>,
    total: u64,
    noted: u64,
    /// In replay everything is in it from the beginning, and nothing is added.
    is_sealed: bool,
}

/// One line of the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// When.
    pub at: Moment,
    /// What kind of event.
    pub kind: RowKind,
    /// What happened, in one line; untrusted text.
    pub what: Untrusted,
    /// What became of it.
    pub note: RowNote,
    /// The act it is about.
    pub action: Option<ActionId>,
    /// The case it is about.
    pub case: Option<CaseId>,
    /// How bad the worst finding in it is.
    pub tier: Option<Tier>,
    /// Who told of it; `None` where the supervisor says so itself.
    pub source: Option<Source>,
}

/// The kinds of timeline rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RowKind {
    /// A program start.
    Run,
    /// A file was read.
    Read,
    /// A file was removed, replaced or emptied.
    File,
    /// A request, or a connection.
    Net,
    /// A signal to another process.
    Kill,
    /// The agent said something.
    Said,
    /// A case.
    Case,
    /// Something the supervisor says.
    Watch,
}

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RowNote {
    /// Nothing to say.
    Ok,
    /// Noted.
    Noted,
    /// Held.
    Held,
    /// Approved.
    Approved,
    /// Denied.
    Denied,
    /// Expired.
    Expired,
    /// Void.
    Void,
}

impl RowKind {
    /// Its word on the screen.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Read => "read",
            Self::File => "file",
            Self::Net => "net",
            Self::Kill => "kill",
            Self::Said => "said",
            Self::Case => "case",
            Self::Watch => "watch",
        }
    }
}

impl RowNote {
    /// Its word on the screen.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Noted => "noted",
            Self::Held => "HELD",
            Self::Approved => "approved",
            Self::Denied => "denied",
            Self::Expired => "expired",
            Self::Void => "void",
        }
    }

    /// What a ruling makes of a case.
    #[must_use]
    pub fn ruled(ruling: Ruling) -> Self {
        match ruling {
            Ruling::Approve => Self::Approved,
            Ruling::Deny => Self::Denied,
            Ruling::Expired => Self::Expired,
            Ruling::Void => Self::Void,
        }
    }

    /// What a verdict makes of an act that was not held.
    #[must_use]
    pub fn of(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Allow => Self::Ok,
            Verdict::Log => Self::Noted,
            Verdict::Hold | Verdict::Confirm => Self::Held,
            Verdict::Deny => Self::Denied,
        }
    }
}

impl Timeline {
    /// Adds a row at the end; the oldest goes when there are too many.
    pub fn push(&mut self, row: EventRow) {
        if self.is_sealed {
            return;
        }
        self.total += 1;
        self.noted += u64::from(row.note == RowNote::Noted);
        if self.rows.len() == TIMELINE_ROWS_MAX {
            self.rows.pop_front();
        }
        self.rows.push_back(row);
    }

    /// The same rows, to which none is added any more.
    pub(super) fn sealed(&self) -> Self {
        Self { is_sealed: true, ..self.clone() }
    }

    /// The rows that are kept, oldest first.
    pub fn rows(&self) -> impl DoubleEndedIterator<Item = &EventRow> + ExactSizeIterator {
        self.rows.iter()
    }

    /// How many events there were in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// How many were noted.
    #[must_use]
    pub fn noted(&self) -> u64 {
        self.noted
    }
}

impl State {
    /// A session that has just begun, in a window of `cols` and `rows` whose agent has `screen`.
    #[must_use]
    pub fn new(session: SessionInfo, settings: Settings, window: (u16, u16), screen: Screen) -> Self {
        Self {
            session,
            settings,
            now: Moment::ZERO,
            window,
            screen,
            title: String::new(),
            docket: Docket::default(),
            elsewhere: Elsewhere::default(),
            standing: Standing::default(),
            timeline: Timeline::default(),
            tree: Tree::default(),
            is_hooked: false,
            store: None,
            is_frozen: false,
            is_stopped_by_hand: false,
            agent: AgentState::Running,
            clipboard: Clipboard::default(),
            copy: None,
            interaction: Interaction::default(),
            spoken: Spoken::default(),
            journal_lost: None,
            refused: 0,
            pending_guess: None,
            warnings: VecDeque::new(),
        }
    }

    /// What the clock on the wall shows at `at`, as `12:44:07`.
    #[must_use]
    pub fn clock(&self, at: Moment) -> String {
        let secs = u64::from(self.session.midnight_secs) + at.0 / 1_000_000;
        format!("{:02}:{:02}:{:02}", secs / 3600 % 24, secs / 60 % 60, secs % 60)
    }

    /// Remembers something the operator should know, and puts it on the timeline.
    pub(super) fn warn(&mut self, text: &str) {
        if self.warnings.len() == WARNINGS_MAX {
            self.warnings.pop_front();
        }
        self.warnings.push_back(text.to_owned());
        self.timeline.push(EventRow {
            at: self.now,
            kind: RowKind::Watch,
            what: Untrusted::from(text),
            note: RowNote::Noted,
            action: None,
            case: None,
            tier: None,
            source: None,
        });
    }
}

//! Where the operator is: layers, positions, and the lock before an approval.

use std::collections::VecDeque;

use super::{CaseName, Docket, EventRow};
use crate::model::{CaseId, Key, Mode, Moment};

/// The times of so many keys at a case are kept.
const KEYS_MAX: usize = 256;

/// All of the interface that is not the session itself.
#[derive(Debug, Clone, Default)]
pub struct Interaction {
    /// Sheets above the agent's screen, the topmost last; it gets keys first.
    pub layers: Vec<Layer>,
    /// The beginning of a key sequence, while it waits for its end.
    pub prefix: Vec<Key>,
    /// The case that is on the screen, focused or not.
    pub case: Option<CaseView>,
    /// Whether the panel's room is given to the agent.
    pub is_zoomed: bool,
    /// Whether the mouse stays ours.
    pub is_mouse_ours: bool,
    /// Whether the operator's terminal has the focus; `None` where it does not say.
    pub has_focus: Option<(bool, Moment)>,
    /// When any key was last pressed.
    pub last_key: Option<Moment>,
    /// What was typed while the tree stood still.
    pub kept: Kept,
    /// A short word to the operator, and when it was said.
    pub message: Option<(String, Moment)>,
    /// When the first key of [`prefix`](Self::prefix) was pressed.
    pub prefix_since: Option<Moment>,
    /// The operator chose to supervise what the agent left running.
    pub keeps_survivors: bool,
    /// What the operator looks for in the agent's lines, and whether it is being typed.
    pub search: Search,
    /// Where the title of the case on the screen is, for clicks.
    pub title: Option<TitleBar>,
    /// The key that last answered a case, and when; no key where the case was answered otherwise.
    pub echo: Option<(Option<Key>, Moment)>,
}

/// Where the title of a case is in the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TitleBar {
    /// Its row.
    pub row: u16,
    /// Its columns.
    pub columns: std::ops::Range<u16>,
}

/// What is looked for in the agent's lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Search {
    /// What the lines must contain.
    pub typed: String,
    /// Whether it is being typed.
    pub is_typing: bool,
}

/// A sheet of the interface above the agent's screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layer {
    /// The side panel has the keyboard.
    Panel {
        /// The first visible row.
        scroll: usize,
    },
    /// The case on the screen has the keyboard.
    Case,
    /// The target of a critical case is being typed.
    Confirm {
        /// What has been typed.
        typed: String,
        /// When it was opened; what changes on the screen after it makes it void.
        opened: Moment,
        /// When the first character arrived.
        began: Option<Moment>,
    },
    /// What can be granted over the case on the screen, with what it would cover.
    Grant {
        /// Which of the choices is selected.
        selected: usize,
    },
    /// The approvals that are remembered.
    Grants {
        /// Which is selected.
        selected: usize,
    },
    /// Words to the agent are being typed, for a denial.
    Words {
        /// What has been typed.
        typed: String,
        /// What is sent where nothing is typed: what the rule says to do instead.
        offered: Option<String>,
    },
    /// The list of cases.
    Docket {
        /// The selected case; a new case never moves it.
        selected: Option<CaseName>,
        /// The marked ones.
        marked: Vec<CaseName>,
        /// What the others must contain.
        filter: Search,
    },
    /// The list of events.
    Timeline {
        /// Rows from the end to the selected one.
        from_end: usize,
        /// What the rows must contain.
        filter: String,
        /// What is being typed, if anything is.
        prompt: Option<EventsPrompt>,
    },
    /// One event, whole.
    Event {
        /// The event.
        row: Box<EventRow>,
        /// The first visible line of its text.
        scroll: usize,
    },
    /// The agent's scrollback.
    Copy,
    /// Typing a command's name.
    Palette {
        /// What has been typed.
        typed: String,
        /// Which of the matches is selected.
        selected: usize,
    },
    /// The keys.
    Help {
        /// The first visible row.
        scroll: usize,
        /// What the rows must contain.
        typed: String,
    },
    /// Asks whether to end the session.
    Quit,
}

/// The case that is on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseView {
    /// Which case.
    pub id: CaseId,
    /// When it was first painted.
    pub painted: Option<Moment>,
    /// When it got the keyboard.
    pub focused: Option<Moment>,
    /// When the lock last started anew: a key, a resize, a redraw with another digest, a new case.
    pub restarted: Moment,
    /// Why it started anew, if a key or an event did it.
    pub restarted_by: Option<String>,
    /// The first visible line of the command.
    pub scroll: usize,
    /// How far it can be scrolled.
    pub scroll_max: usize,
    /// Which column the keys for scrolling move.
    pub column: Column,
    /// The first visible line of the column beside it.
    pub beside_scroll: usize,
    /// How far that column can be scrolled; `None` where there is none.
    pub beside_max: Option<usize>,
    /// Whether the last line has been on the screen.
    pub seen_to_end: bool,
    /// Whether the full text is shown.
    pub is_full: bool,
    /// What is looked for in it.
    pub find: Search,
    /// Where it is scrolled to for each line that contains that.
    pub found: Vec<usize>,
    /// Whether the chain is shown in full.
    pub shows_chain: bool,
    /// Hex SHA-256 of the text on the screen.
    pub digest: String,
    /// Its rows as they were drawn last.
    pub rows: Vec<String>,
    /// Since when it has said what it says.
    pub since: Moment,
    /// When keys were pressed while it had the keyboard, at most `KEYS_MAX` of them, the newest last.
    pub keys: VecDeque<Moment>,
    /// When `K` was pressed once.
    pub ending: Option<Moment>,
}

/// What is being typed in the list of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventsPrompt {
    /// What the rows must contain.
    Filter,
    /// Where to go, as far as it is typed.
    Go(String),
}

/// A column of a case in a wide window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// The case itself.
    Case,
    /// Its chain, tree and secrets.
    Beside,
}

/// Whether a case can be approved now (`UX.md`, R10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lock {
    /// It can.
    Open,
    /// Not yet, or not here; why, and for how many more milliseconds if time will do it.
    Closed {
        /// Why, in a few words.
        why: String,
        /// Milliseconds until it opens by itself; `None` where the operator has to do something.
        millis: Option<u64>,
    },
}

/// Keys typed while the tree stood still (`UX.md`, R19).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kept {
    /// The printable ones, given back on thaw.
    pub text: String,
    /// How many others were dropped.
    pub dropped: usize,
}

impl Interaction {
    /// Where keys go now.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.layers.last().map_or(Mode::Agent, Layer::mode)
    }

    /// Where keys went before the topmost layer was opened.
    #[must_use]
    pub fn mode_beneath(&self) -> Mode {
        self.layers.iter().rev().nth(1).map_or(Mode::Agent, Layer::mode)
    }
}

impl Layer {
    /// Where keys go while this is the topmost.
    fn mode(&self) -> Mode {
        match self {
            Self::Panel { .. } | Self::Grants { .. } => Mode::Panel,
            Self::Case | Self::Grant { .. } => Mode::Case,
            Self::Confirm { .. } | Self::Words { .. } | Self::Quit => Mode::Confirm,
            Self::Docket { .. } => Mode::Docket,
            Self::Timeline { .. } | Self::Event { .. } => Mode::Timeline,
            Self::Copy => Mode::Copy,
            Self::Palette { .. } => Mode::Palette,
            Self::Help { .. } => Mode::Help,
        }
    }
}

impl Interaction {
    /// A case was opened: it is shown at once, but the keyboard stays where it was (`UX.md`, R1).
    pub(super) fn case_opened(&mut self, id: CaseId, now: Moment) {
        match &mut self.case {
            Some(view) => view.restart(now, "a new case came in"),
            None => self.case = Some(CaseView::new(id, now)),
        }
    }

    /// A case got its answer: the next one is shown, if there is one, and has to be focused anew.
    pub(super) fn case_decided(&mut self, id: CaseId, docket: &Docket, now: Moment) {
        if self.case.as_ref().is_none_or(|view| view.id != id) {
            return;
        }
        let is_own = |layer: &Layer| {
            matches!(layer, Layer::Case | Layer::Confirm { .. } | Layer::Grant { .. } | Layer::Words { .. })
        };
        if self.layers.iter().any(is_own) {
            self.layers.retain(|layer| !is_own(layer));
            self.echo = Some((None, now));
        }
        self.case = docket.ranked().first().map(|case| CaseView::new(case.id, now));
    }
}

impl CaseView {
    /// A case that has not been painted yet.
    #[must_use]
    pub fn new(id: CaseId, now: Moment) -> Self {
        Self {
            id,
            painted: None,
            focused: None,
            restarted: now,
            restarted_by: None,
            scroll: 0,
            scroll_max: 0,
            column: Column::Case,
            beside_scroll: 0,
            beside_max: None,
            seen_to_end: false,
            is_full: false,
            find: Search::default(),
            found: Vec::new(),
            shows_chain: false,
            digest: String::new(),
            rows: Vec::new(),
            since: now,
            keys: VecDeque::new(),
            ending: None,
        }
    }

    /// Remembers that a key was pressed.
    pub(super) fn pressed(&mut self, now: Moment) {
        if self.keys.len() == KEYS_MAX {
            self.keys.pop_front();
        }
        self.keys.push_back(now);
    }

    /// Starts the lock's waiting anew, and says why.
    pub(super) fn restart(&mut self, now: Moment, why: &str) {
        self.restarted = now;
        self.restarted_by = Some(why.to_owned());
    }
}

//! Plays a recorded session: the same `update` as the live screen, its Effects thrown away.

mod index;
mod place;
mod prompt;
mod rest;
mod scout;
mod search;

pub use place::{ParsePlaceError, Place};
pub use prompt::Prompt;
pub use rest::Rest;
pub use search::Matches;

use std::time::Duration;

use index::Index;
use search::{Found, Search, Way};

use super::recorded::{Flag, FlagKind, Recorded, STEP_AHEAD, Step, StepKind};
use super::state::Timeline;
use super::{Event, EventRow, Filter, Layer, State, update};
use crate::model::{Command, Moment};
use crate::term::{SYNC_PATIENCE, Screen};

/// With idle stretches shortened, none is longer than this.
const IDLE_MAX: Duration = Duration::from_secs(2);
/// How far one seek goes.
const SEEK_STEP: Duration = Duration::from_secs(5);
/// A flag that was passed less than this ago is not the one before, while playing.
const FLAG_GRACE: Duration = Duration::from_secs(1);
/// How many lines above the screen a replay keeps; each copy has them too.
const SCROLLBACK_LINES: usize = 200;
/// The screen of a state that only collects events: nothing is drawn on it.
const NO_SCREEN: (u16, u16) = (2, 1);

/// Plays a recorded session. It knows no clock: time comes in through [`Player::advance`].
pub struct Player {
    recorded: Recorded,
    /// Reads on, where not all that was drawn has been read. Until then the next step is always there.
    rest: Option<Rest>,
    state: State,
    /// How many steps are in the state.
    next: usize,
    position: Moment,
    speed: Speed,
    is_playing: bool,
    shortens_idle: bool,
    sync: Sync,
    index: Index,
    /// The state without the screen after all steps: it has the events that are still to come.
    ahead: State,
    search: Option<Search>,
    prompt: Option<Prompt>,
    message: Option<String>,
}

/// How fast a session is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Speed {
    /// As it happened.
    #[default]
    X1,
    /// Twice as fast.
    X2,
    /// Four times.
    X4,
    /// Eight times.
    X8,
    /// Sixteen times.
    X16,
}

/// The synchronized update that is open, by its number, and when it is shown even if it is not closed.
#[derive(Debug, Clone, Copy, Default)]
struct Sync(Option<(u64, Moment)>);

impl Player {
    /// Starts at the beginning, playing, in a window of columns and rows.
    #[must_use]
    pub fn new(recorded: Recorded, window: (u16, u16)) -> Self {
        Self::opened(recorded, None, window)
    }

    /// The same with a record of which only the beginning is there, and what reads on: see [`Tail::begin`](super::Tail::begin).
    /// The rest is read by [`Player::index`], and before where it is asked for.
    #[must_use]
    pub fn opened(recorded: Recorded, rest: Option<Rest>, window: (u16, u16)) -> Self {
        let mut ahead = fresh(&recorded, window, Screen::new(NO_SCREEN.0, NO_SCREEN.1, 0));
        play_events(&recorded, &mut ahead, 0);
        recorded.ahead.iter().for_each(|happened| play_step(&recorded, &mut ahead, &happened.step, Part::Beside));
        let mut state = fresh(&recorded, window, new_screen(&recorded));
        state.timeline = ahead.timeline.sealed();
        let index = Index::new(&recorded);
        let mut player = Self {
            recorded,
            rest,
            state,
            next: 0,
            position: Moment::ZERO,
            speed: Speed::X1,
            is_playing: true,
            shortens_idle: true,
            sync: Sync::default(),
            index,
            ahead,
            search: None,
            prompt: None,
            message: None,
        };
        player.read_next();
        player
    }

    /// What the views draw.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The session that is played.
    #[must_use]
    pub fn recorded(&self) -> &Recorded {
        &self.recorded
    }

    /// Which moment of the session is shown.
    #[must_use]
    pub fn position(&self) -> Moment {
        self.position
    }

    /// How long the session is.
    #[must_use]
    pub fn total(&self) -> Moment {
        self.recorded.total()
    }

    /// How fast it is played.
    #[must_use]
    pub fn speed(&self) -> Speed {
        self.speed
    }

    /// Whether time passes.
    #[must_use]
    pub fn is_playing(&self) -> bool {
        self.is_playing
    }

    /// Whether idle stretches are shortened to two seconds.
    #[must_use]
    pub fn shortens_idle(&self) -> bool {
        self.shortens_idle
    }

    /// The flag that was reached last, and its number from 1.
    #[must_use]
    pub fn flag(&self) -> Option<(usize, &Flag)> {
        let passed = self.recorded.flags.partition_point(|flag| flag.step < self.next);
        self.recorded.flags.get(..passed)?.last().map(|flag| (passed, flag))
    }

    /// All that happened in the session, also what is still to come.
    #[must_use]
    pub fn timeline(&self) -> &Timeline {
        &self.ahead.timeline
    }

    /// Whether all there is of the session is shown.
    #[must_use]
    pub fn is_at_end(&self) -> bool {
        self.next == self.recorded.steps.len()
    }

    /// What the operator is typing, if they are.
    #[must_use]
    pub fn prompt(&self) -> Option<&Prompt> {
        self.prompt.as_ref()
    }

    /// A word to the operator, until the next key.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// Where the search stands, if there is one.
    #[must_use]
    pub fn matches(&self) -> Option<Matches> {
        self.search.as_ref().map(|search| search.matches(&self.recorded, self.next))
    }

    /// The numbers of the flags of a kind.
    pub fn flags_of(&self, kind: FlagKind) -> impl Iterator<Item = usize> {
        self.recorded.flags.iter().enumerate().filter(move |(_, flag)| flag.kind == kind).map(|(at, _)| at)
    }

    /// Takes what the operator did in the window: a resize, focus, keys that are not the player's.
    pub fn take(&mut self, event: Event) {
        drop(update(&mut self.state, self.position, event));
    }

    /// Lets so much time on the wall pass. Whether anything changed that is drawn.
    pub fn advance(&mut self, elapsed: Duration) -> bool {
        if !self.is_playing {
            return false;
        }
        let mut budget = elapsed.saturating_mul(self.speed.factor());
        let before = (self.next, self.position);
        while let Some(wait) = self.until_next() {
            if budget < wait {
                self.position = self.position.plus(budget);
                break;
            }
            budget -= wait;
            self.apply_next();
            self.read_next();
        }
        self.is_playing = self.next < self.recorded.steps.len();
        self.settle();
        before != (self.next, self.position)
    }

    /// How much time on the wall passes until something happens; `None` when nothing will.
    #[must_use]
    pub fn wait(&self) -> Option<Duration> {
        let wait = self.until_next().filter(|_| self.is_playing)?;
        let sync = self.sync.0.map(|(_, until)| until.since(self.position));
        // A microsecond more, so that whoever sleeps so long does not wake up just before.
        Some(sync.map_or(wait, |sync| wait.min(sync)) / self.speed.factor() + Duration::from_micros(1))
    }

    /// Does what a key of the replay asks for. Whether it was one of the player's commands.
    pub fn command(&mut self, command: Command) -> bool {
        match command {
            Command::Pause => self.pause(),
            Command::SeekBack => self.seek(Moment(self.position.0.saturating_sub(Moment::from_duration(SEEK_STEP).0))),
            Command::SeekForward => self.seek(self.position.plus(SEEK_STEP)),
            Command::FrameBack => self.frame_back(),
            Command::FrameForward => self.frame_forward(),
            Command::NextFlag => self.next_flag(),
            Command::PreviousFlag => self.previous_flag(),
            Command::GoFirst => self.seek(Moment::ZERO),
            Command::GoLast => self.seek(self.total()),
            Command::ToggleIdle => self.shortens_idle = !self.shortens_idle,
            Command::SearchAgent => self.prompt = Some(Prompt::Find(String::new())),
            Command::GoTo => self.prompt = Some(Prompt::Go(String::new())),
            Command::NextMatch => self.next_match(Way::On),
            Command::PreviousMatch => self.next_match(Way::Back),
            other => match Speed::of(other) {
                Some(speed) => self.speed = speed,
                None => return false,
            },
        }
        true
    }

    /// Stops, or goes on; from the end, plays again from the beginning.
    fn pause(&mut self) {
        if !self.is_playing && self.next == self.recorded.steps.len() {
            self.go(0, Moment::ZERO);
        }
        self.is_playing = !self.is_playing;
    }

    /// Shows the session as it was at `to`, with all that happened at that moment; at most its end.
    pub fn seek(&mut self, to: Moment) {
        let is_end = to >= self.total();
        self.read_until(|recorded| recorded.steps.last().is_some_and(|step| step.at > to));
        let to = if is_end { self.total() } else { to };
        let steps = self.recorded.steps.partition_point(|step| step.at <= to);
        // The very beginning is before the first step, so that playing from there shows all of them; but the end is the end.
        let steps = if to == Moment::ZERO && self.total() > Moment::ZERO { 0 } else { steps };
        self.go(steps, to);
    }

    fn frame_forward(&mut self) {
        self.is_playing = false;
        let next = self.next;
        self.read_until(|recorded| recorded.steps.get(next..).unwrap_or_default().iter().any(Step::is_output));
        let steps = self.recorded.steps.iter().enumerate().skip(self.next);
        if let Some((at, step)) = steps.into_iter().find(|(_, step)| step.is_output()) {
            let moment = step.at;
            self.go(at + 1, moment);
        } else {
            self.seek(self.total());
        }
    }

    fn frame_back(&mut self) {
        self.is_playing = false;
        let steps = self.recorded.steps.get(..self.next).unwrap_or_default();
        let last = steps.iter().rposition(Step::is_output).unwrap_or(0);
        self.go(last, self.moment_before(last));
    }

    fn next_flag(&mut self) {
        let passed = self.recorded.flags.partition_point(|flag| flag.step < self.next);
        self.show_flag(passed);
    }

    /// Shows what has just happened at a flag, by its number from 0. Nothing, where there is no such flag.
    pub fn show_flag(&mut self, number: usize) {
        self.read_until(|recorded| recorded.flags.get(number).is_none_or(|flag| flag.step != STEP_AHEAD));
        if let Some(flag) = self.recorded.flags.get(number) {
            let (step, at) = (flag.step, flag.at);
            self.go(step + 1, at);
        }
    }

    /// Shows a place; whether there is such a place.
    pub fn show(&mut self, place: Place) -> bool {
        match place {
            Place::End => self.seek(self.total()),
            Place::At(at) => self.seek(at),
            Place::Line(line) => match self.recorded.moment_of(line) {
                Some(at) => self.seek(at),
                None => return false,
            },
            Place::Case(case) => {
                let is_it = |number: &usize| self.recorded.flags.get(*number).is_some_and(|f| f.case == Some(case));
                let Some(number) = self.flags_of(FlagKind::Held).find(is_it) else { return false };
                self.show_flag(number);
            }
        }
        true
    }

    /// Shows the moment of the event that is selected in the timeline, and closes that. Whether there was one.
    pub fn show_selected(&mut self) -> bool {
        let Some(Layer::Timeline { from_end, filter, prompt: None }) = self.state.interaction.layers.last() else {
            return false;
        };
        let filter = Filter::new(filter);
        let row = self.state.timeline.rows().rev().filter(|row| filter.fits(row)).nth(*from_end).cloned();
        self.state.interaction.layers.pop();
        if let Some(EventRow { at, case, .. }) = row {
            self.is_playing = false;
            let is_it = |number: &usize| {
                self.recorded.flags.get(*number).is_some_and(|flag| flag.at == at && flag.case == case)
            };
            // At one moment a case may be opened and answered: its flag shows it before the answer.
            match (0..self.recorded.flags.len()).find(is_it).filter(|_| case.is_some()) {
                Some(number) => self.show_flag(number),
                None => self.seek(at),
            }
        }
        true
    }

    /// Selects in an open timeline the last event that is shown.
    pub fn point_at_now(&mut self) {
        let now = self.position;
        let later = self.state.timeline.rows().rev().take_while(|row| row.at > now).count();
        if let Some(Layer::Timeline { from_end, .. }) = self.state.interaction.layers.last_mut() {
            *from_end = later;
        }
    }

    fn next_match(&mut self, way: Way) {
        match &mut self.search {
            Some(search) => search.want(way),
            None => self.message = Some("nothing is looked for yet".to_owned()),
        }
        self.take_found();
    }

    /// Looks for a text in all that was drawn and all that happened, from here on.
    fn find(&mut self, wanted: &str) {
        self.search = (!wanted.is_empty()).then(|| Search::new(&self.recorded, wanted));
    }

    /// Shows the match that was asked for, as soon as the search has come to it.
    fn take_found(&mut self) {
        match self.search.as_mut().and_then(|search| search.take(self.next)) {
            Some(Found::There(hit)) => {
                self.is_playing = false;
                self.go(hit.steps, hit.at);
                self.message = None;
            }
            Some(Found::Nothing) => self.message = Some("no more matches".to_owned()),
            // How far it has come is seen.
            Some(Found::NotYet) | None => {}
        }
    }

    /// Takes a recording that has grown. Who was at its end stays there.
    pub fn grow<T>(&mut self, more: impl FnOnce(&mut Recorded) -> T) -> T {
        let (known, was_at_end) = (self.recorded.steps.len(), self.is_at_end());
        let grown = more(&mut self.recorded);
        if self.recorded.steps.len() > known {
            play_events(&self.recorded, &mut self.ahead, known);
            self.state.timeline = self.ahead.timeline.sealed();
            if let Some(search) = &mut self.search {
                search.resume();
            }
            if was_at_end {
                self.seek(self.total());
            }
        }
        grown
    }

    fn previous_flag(&mut self) {
        let passed = self.recorded.flags.partition_point(|flag| flag.step < self.next.saturating_sub(1));
        let before = self.recorded.flags.get(..passed).unwrap_or_default();
        let grace = if self.is_playing { FLAG_GRACE } else { Duration::ZERO };
        let found = before.iter().rev().find(|flag| self.position.since(flag.at) >= grace);
        match found.map(|flag| (flag.step, flag.at)) {
            Some((step, at)) => self.go(step + 1, at),
            None => self.seek(Moment::ZERO),
        }
    }

    /// Makes copies of the screen ahead of need and goes on looking for a text, from at most so many bytes of output;
    /// whether there is more to do. Call it when nothing else is to be done: every seek is short after it has said `false`.
    pub fn index(&mut self, bytes_max: usize) -> bool {
        if self.read_on(bytes_max) {
            return true;
        }
        if let Some(search) = &mut self.search
            && search.go_on(&self.recorded, bytes_max)
        {
            self.take_found();
            return true;
        }
        self.take_found();
        self.index.go_on(&self.recorded, bytes_max)
    }

    /// Session time until the next step is shown; `None` at the end.
    fn until_next(&self) -> Option<Duration> {
        let step = self.recorded.steps.get(self.next)?;
        let left = step.at.since(self.position);
        if !self.shortens_idle {
            return Some(left);
        }
        let idle = self.position.since(self.moment_before(self.next));
        Some(left.min(IDLE_MAX.saturating_sub(idle)))
    }

    /// When the last of the first `steps` steps was.
    fn moment_before(&self, steps: usize) -> Moment {
        let last = steps.checked_sub(1).and_then(|last| self.recorded.steps.get(last));
        last.map_or(Moment::ZERO, |step| step.at)
    }

    /// Shows the session after its first `steps` steps, at `position`.
    fn go(&mut self, steps: usize, position: Moment) {
        if steps < self.next {
            self.begin_again();
        }
        if let Some(frame) = self.index.before(steps).filter(|frame| frame.step > self.next) {
            // What is not on the screen is cheap to play; the screen itself is there already.
            while self.next < frame.step {
                play(&self.recorded, &mut self.state, self.next, Part::Beside);
                self.next += 1;
            }
            self.state.screen.restore(&frame.screen);
            self.state.title = self.state.screen.title().to_owned();
            self.sync = frame.sync;
        }
        while self.next < steps {
            self.apply_next();
        }
        self.read_next();
        self.position = position;
        if self.state.interaction.case.is_none() {
            self.state.interaction.layers.retain(|layer| !matches!(layer, Layer::Case));
        }
        self.settle();
    }

    /// An empty state with the operator's own layers and window as they are.
    fn begin_again(&mut self) {
        let state = fresh(&self.recorded, self.state.window, new_screen(&self.recorded));
        let old = std::mem::replace(&mut self.state, state);
        self.state.timeline = old.timeline;
        self.state.interaction.layers = old.interaction.layers;
        self.state.interaction.is_zoomed = old.interaction.is_zoomed;
        self.state.interaction.is_mouse_ours = old.interaction.is_mouse_ours;
        (self.next, self.sync) = (0, Sync::default());
    }

    /// Takes the next step into the state.
    fn apply_next(&mut self) {
        let Some(step) = self.recorded.steps.get(self.next) else { return };
        self.position = self.position.max(step.at);
        self.sync.expire(&mut self.state.screen, step.at);
        play(&self.recorded, &mut self.state, self.next, Part::All);
        self.sync.follow(&self.state.screen, step.at);
        self.next += 1;
    }

    /// Time has come to the position.
    fn settle(&mut self) {
        self.sync.expire(&mut self.state.screen, self.position);
        drop(update(&mut self.state, self.position, Event::Ticked));
    }
}

impl Speed {
    /// How many seconds of the session pass in one.
    #[must_use]
    pub fn factor(self) -> u32 {
        match self {
            Self::X1 => 1,
            Self::X2 => 2,
            Self::X4 => 4,
            Self::X8 => 8,
            Self::X16 => 16,
        }
    }

    fn of(command: Command) -> Option<Self> {
        match command {
            Command::Speed1 => Some(Self::X1),
            Command::Speed2 => Some(Self::X2),
            Command::Speed3 => Some(Self::X4),
            Command::Speed4 => Some(Self::X8),
            Command::Speed5 => Some(Self::X16),
            _ => None,
        }
    }
}

impl Sync {
    /// After a feed at `at`: is an update open now, and which?
    fn follow(&mut self, screen: &Screen, at: Moment) {
        let known = self.0.map(|(serial, _)| serial);
        if screen.sync_serial() != known {
            self.0 = screen.sync_serial().map(|serial| (serial, at.plus(SYNC_PATIENCE)));
        }
    }

    /// Shows what an update held back for too long, as the live screen does.
    fn expire(&mut self, screen: &mut Screen, now: Moment) {
        if self.0.take_if(|(_, until)| *until <= now).is_some() {
            screen.expire_sync();
        }
    }
}

/// Which part of a step is played.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// All of it.
    All,
    /// What is not the agent's screen.
    Beside,
}

fn play(recorded: &Recorded, state: &mut State, step: usize, part: Part) {
    if let Some(step) = recorded.steps.get(step) {
        play_step(recorded, state, step, part);
    }
}

fn play_step(recorded: &Recorded, state: &mut State, step: &Step, part: Part) {
    let event = match &step.kind {
        StepKind::Output(from, to) if part == Part::All => {
            Event::Output(recorded.output.get(*from..*to).unwrap_or_default().to_vec())
        }
        StepKind::Event(event) if part == Part::All || !matches!(**event, Event::AgentResized(..)) => (**event).clone(),
        StepKind::Output(..) | StepKind::Event(_) => Event::Ticked,
    };
    drop(update(state, step.at, event));
}

/// Takes all that happened from a step on into a state whose screen nobody looks at.
fn play_events(recorded: &Recorded, state: &mut State, from: usize) {
    let is_event = |step: &usize| {
        recorded.steps.get(*step).is_some_and(|step| matches!(step.kind, StepKind::Event(_)) && !step.draws())
    };
    for step in (from..recorded.steps.len()).filter(is_event) {
        play(recorded, state, step, Part::Beside);
    }
}

fn fresh(recorded: &Recorded, window: (u16, u16), screen: Screen) -> State {
    State::new(recorded.session.clone(), recorded.settings.clone(), window, screen)
}

fn new_screen(recorded: &Recorded) -> Screen {
    Screen::new(recorded.size.0, recorded.size.1, SCROLLBACK_LINES)
}

#[cfg(test)]
mod tests;

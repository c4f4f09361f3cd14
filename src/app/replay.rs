//! Plays a recorded session: the same `update` as the live screen, its Effects thrown away.

use std::time::Duration;

use super::recorded::{Flag, Recorded, Step, StepKind};
use super::{Event, Layer, State, update};
use crate::model::{Command, Moment};
use crate::term::{Keyframe, SYNC_PATIENCE, Screen};

/// With idle stretches shortened, none is longer than this.
const IDLE_MAX: Duration = Duration::from_secs(2);
/// How far one seek goes.
const SEEK_STEP: Duration = Duration::from_secs(5);
/// A flag that was passed less than this ago is not the one before, while playing.
const FLAG_GRACE: Duration = Duration::from_secs(1);
/// The screen is copied each time so many bytes were drawn, so that going back begins there.
const KEYFRAME_BYTES: usize = 1 << 20;
/// At most so many copies are kept; every other one goes when there are more.
const KEYFRAMES_MAX: usize = 64;
/// How many lines above the screen a replay keeps; each copy has them too.
const SCROLLBACK_LINES: usize = 200;

/// Plays a recorded session. It knows no clock: time comes in through [`Player::advance`].
pub struct Player {
    recorded: Recorded,
    state: State,
    /// How many steps are in the state.
    next: usize,
    position: Moment,
    speed: Speed,
    is_playing: bool,
    shortens_idle: bool,
    sync: Sync,
    index: Index,
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

/// Copies of the screen, and a screen that goes ahead to make them.
struct Index {
    frames: Vec<Frame>,
    spacing_bytes: usize,
    scout: Screen,
    scout_sync: Sync,
    scouted: usize,
    bytes_since: usize,
}

/// The screen after so many steps.
struct Frame {
    step: usize,
    screen: Keyframe,
    sync: Sync,
}

impl Player {
    /// Starts at the beginning, playing, in a window of columns and rows.
    #[must_use]
    pub fn new(recorded: Recorded, window: (u16, u16)) -> Self {
        let state = fresh(&recorded, window, new_screen(&recorded));
        let index = Index {
            frames: Vec::new(),
            spacing_bytes: KEYFRAME_BYTES,
            scout: new_screen(&recorded),
            scout_sync: Sync::default(),
            scouted: 0,
            bytes_since: 0,
        };
        Self {
            recorded,
            state,
            next: 0,
            position: Moment::ZERO,
            speed: Speed::X1,
            is_playing: true,
            shortens_idle: true,
            sync: Sync::default(),
            index,
        }
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
        let to = to.min(self.total());
        let steps = self.recorded.steps.partition_point(|step| step.at <= to);
        // The very beginning is before the first step, so that playing from there shows all of them.
        let steps = if to == Moment::ZERO { 0 } else { steps };
        self.go(steps, to);
    }

    fn frame_forward(&mut self) {
        self.is_playing = false;
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
        if let Some(flag) = self.recorded.flags.get(passed) {
            let (step, at) = (flag.step, flag.at);
            self.go(step + 1, at);
        }
    }

    fn previous_flag(&mut self) {
        let passed = self.recorded.flags.partition_point(|flag| flag.step + 1 < self.next);
        let before = self.recorded.flags.get(..passed).unwrap_or_default();
        let grace = if self.is_playing { FLAG_GRACE } else { Duration::ZERO };
        let found = before.iter().rev().find(|flag| self.position.since(flag.at) >= grace);
        match found.map(|flag| (flag.step, flag.at)) {
            Some((step, at)) => self.go(step + 1, at),
            None => self.seek(Moment::ZERO),
        }
    }

    /// Makes copies of the screen ahead of need, from at most so many bytes of output; whether there is more to do.
    /// Call it when nothing else is to be done: every seek is short after it has said `false`.
    pub fn index(&mut self, bytes_max: usize) -> bool {
        let mut bytes = 0;
        while bytes < bytes_max {
            let Some(step) = self.recorded.steps.get(self.index.scouted) else { return false };
            bytes += self.index.scout(step, &self.recorded.output);
        }
        true
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

impl Step {
    fn is_output(&self) -> bool {
        matches!(self.kind, StepKind::Output(..))
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
    let Some(step) = recorded.steps.get(step) else { return };
    let event = match &step.kind {
        StepKind::Output(from, to) if part == Part::All => {
            Event::Output(recorded.output.get(*from..*to).unwrap_or_default().to_vec())
        }
        StepKind::Event(event) if part == Part::All || !matches!(**event, Event::AgentResized(..)) => (**event).clone(),
        StepKind::Output(..) | StepKind::Event(_) => Event::Ticked,
    };
    drop(update(state, step.at, event));
}

fn fresh(recorded: &Recorded, window: (u16, u16), screen: Screen) -> State {
    State::new(recorded.session.clone(), recorded.settings.clone(), window, screen)
}

fn new_screen(recorded: &Recorded) -> Screen {
    Screen::new(recorded.size.0, recorded.size.1, SCROLLBACK_LINES)
}

impl Index {
    /// The last copy at or before so many steps.
    fn before(&self, steps: usize) -> Option<&Frame> {
        let count = self.frames.partition_point(|frame| frame.step <= steps);
        self.frames.get(..count)?.last()
    }

    /// Takes one step ahead; how many bytes it drew.
    fn scout(&mut self, step: &Step, output: &[u8]) -> usize {
        self.scout_sync.expire(&mut self.scout, step.at);
        let bytes = match &step.kind {
            StepKind::Output(from, to) => {
                self.scout.feed(output.get(*from..*to).unwrap_or_default());
                drop((self.scout.take_replies(), self.scout.take_events(), self.scout.take_faults()));
                to - from
            }
            StepKind::Event(event) => {
                if let Event::AgentResized(cols, rows) = **event {
                    self.scout.resize(cols, rows);
                }
                1
            }
        };
        self.scout_sync.follow(&self.scout, step.at);
        self.scouted += 1;
        self.bytes_since += bytes;
        if self.bytes_since >= self.spacing_bytes {
            let frame = Frame { step: self.scouted, screen: self.scout.snapshot(), sync: self.scout_sync };
            self.push(frame);
        }
        bytes
    }

    fn push(&mut self, frame: Frame) {
        self.bytes_since = 0;
        self.frames.push(frame);
        if self.frames.len() > KEYFRAMES_MAX {
            let mut is_kept = false;
            self.frames.retain(|_| {
                is_kept = !is_kept;
                is_kept
            });
            self.spacing_bytes *= 2;
        }
    }
}

#[cfg(test)]
mod tests;

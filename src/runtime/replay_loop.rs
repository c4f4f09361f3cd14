//! Plays a recorded session in the terminal: the player's time is the wall's.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::app_loop::Signals;
use super::clock::Clock;
use super::face::Looks;
use super::input::{self, RawInput};
use super::terminal::{CursorAt, OperatorTerminal};
use crate::app::{Event, Input, Player, Recorded, Resolved};
use crate::model::{Command, Key, KeyCode, Mode, Moment};
use crate::ui::{Keymap, PlayerView, replay_view};

/// The least time between two frames.
const FRAME_APART: Duration = Duration::from_millis(16);
/// While it plays, the position is drawn at least so often.
const POSITION_EVERY: Duration = Duration::from_millis(200);
/// How often the record of a running session is looked at.
const FOLLOW_EVERY: Duration = Duration::from_millis(200);
/// How much output is copied ahead between two keys, in bytes: a fraction of a frame's time.
const INDEX_BYTES: usize = 256 * 1024;

/// What a replay needs beside the session.
pub struct ReplayPlan {
    /// Colours, glyphs and keys, and the terminal they are for.
    pub looks: Looks,
    /// Says whether the record is whole. It is asked on a thread of its own: the recording is played meanwhile.
    pub verify: Arc<dyn Fn() -> Integrity + Send + Sync>,
    /// Reads what has come to the record of a running session, and says whether it still runs.
    pub follow: Option<Follow>,
}

/// Adds what has come to a record, and says whether its session still runs.
pub type Follow = Box<dyn FnMut(&mut Recorded) -> bool>;

/// Whether a record is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Integrity {
    /// In words.
    pub words: String,
    /// Whether nothing is wrong.
    pub is_whole: bool,
}

/// Plays until the operator leaves. Takes the terminal and gives it back.
///
/// # Errors
/// What the terminal says.
pub fn replay(player: Player, plan: ReplayPlan) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let signals = Signals::hear()?;
        let terminal = OperatorTerminal::take(plan.looks.terminal.depth, plan.looks.theme.ambiguous_columns())?;
        let input = input::read_terminal(Clock::start(), plan.looks.asks)?;
        let clock = Clock::start();
        let integrity = Integrity { words: "checking".to_owned(), is_whole: true };
        let (told, verified) = mpsc::channel(1);
        let run = ReplayLoop {
            player,
            plan,
            terminal,
            clock,
            shown: Moment::ZERO,
            keys: Vec::new(),
            integrity,
            told,
            has_more_to_index: true,
        };
        run.run(input, signals, verified).await
    })
}

struct ReplayLoop {
    player: Player,
    plan: ReplayPlan,
    terminal: OperatorTerminal,
    clock: Clock,
    /// Up to when the player has been told that time passes.
    shown: Moment,
    keys: Vec<Key>,
    integrity: Integrity,
    told: mpsc::Sender<Integrity>,
    has_more_to_index: bool,
}

/// Whether the operator stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    Stay,
    Leave,
}

impl ReplayLoop {
    async fn run(
        mut self,
        mut input: mpsc::Receiver<RawInput>,
        mut signals: Signals,
        mut verified: mpsc::Receiver<Integrity>,
    ) -> io::Result<()> {
        self.draw()?;
        self.verify()?;
        loop {
            let wait = self.player.wait().map(|wait| wait.clamp(FRAME_APART, POSITION_EVERY));
            let follow = self.plan.follow.is_some().then_some(FOLLOW_EVERY);
            let is_changed = tokio::select! {
                biased;
                () = signals.stop() => return Ok(()),
                raw = input.recv() => {
                    // What was done was done now: until then time has passed, or stood still.
                    self.pass_time(Duration::ZERO);
                    if self.take(raw) == Flow::Leave {
                        return Ok(());
                    }
                    // What was asked for may be searched for now.
                    self.has_more_to_index = true;
                    true
                }
                Some(integrity) = verified.recv() => {
                    self.integrity = integrity;
                    true
                }
                () = std::future::ready(()), if self.has_more_to_index => {
                    let before = (self.player.position(), self.player.matches());
                    self.has_more_to_index = self.player.index(INDEX_BYTES);
                    tokio::task::yield_now().await;
                    before != (self.player.position(), self.player.matches())
                }
                () = sleep(follow) => self.follow()?,
                () = sleep(wait) => false,
            };
            if self.pass_time(FRAME_APART) || is_changed {
                self.draw()?;
            }
        }
    }

    /// Has the record checked, and hears of it later.
    fn verify(&self) -> io::Result<()> {
        let (verify, told) = (Arc::clone(&self.plan.verify), self.told.clone());
        // Where nobody listens any more nobody wants to know.
        let check = move || drop(told.blocking_send(verify()));
        std::thread::Builder::new().name("verify".to_owned()).spawn(check).map(drop)
    }

    /// Reads what a running session has written since; whether there was anything.
    fn follow(&mut self) -> io::Result<bool> {
        let Some(follow) = &mut self.plan.follow else { return Ok(false) };
        let known = self.player.recorded().steps();
        let goes_on = self.player.grow(follow);
        if !goes_on {
            self.plan.follow = None;
            self.verify()?;
        }
        self.has_more_to_index = true;
        Ok(!goes_on || self.player.recorded().steps() > known)
    }

    /// Tells the player how much time has passed, if it is at least so much; whether anything changed.
    fn pass_time(&mut self, least: Duration) -> bool {
        let now = self.clock.now();
        let elapsed = now.since(self.shown);
        if elapsed < least {
            return false;
        }
        self.shown = now;
        self.player.advance(elapsed)
    }

    fn take(&mut self, raw: Option<RawInput>) -> Flow {
        match raw {
            None | Some(RawInput::Lost) => return Flow::Leave,
            Some(RawInput::Key { key, .. }) if self.player.type_key(key) => {}
            Some(RawInput::Paste(text)) if self.player.type_text(&text) => {}
            Some(RawInput::Key { key, is_repeat, .. }) => {
                return press(&mut self.player, &self.plan.looks.keymap, &mut self.keys, key, is_repeat);
            }
            Some(RawInput::Line { .. }) => {}
            Some(RawInput::Told(told)) => self.plan.looks.take_told(told),
            Some(RawInput::Paste(text)) => self.player.take(Event::Input(Input::Paste(text))),
            Some(RawInput::Mouse(mouse)) => self.player.take(Event::Input(Input::Mouse(mouse))),
            Some(RawInput::Resized(cols, rows)) => self.player.take(Event::Input(Input::Resized(cols, rows))),
            Some(RawInput::Focused(has_focus)) => self.player.take(Event::Input(Input::Focused(has_focus))),
        }
        Flow::Stay
    }

    fn draw(&mut self) -> io::Result<()> {
        let Integrity { words, is_whole } = &self.integrity;
        let is_live = self.plan.follow.is_some() && self.player.is_at_end();
        let view = PlayerView { is_live, ..PlayerView::of(&self.player, words, *is_whole) };
        let Self { player, plan, terminal, .. } = self;
        let mut painting = None;
        terminal.draw(|buffer| {
            let drawn = replay_view(player.state(), &view, &plan.looks.theme, &plan.looks.keymap, buffer);
            painting = Some(drawn.painting);
            drawn.cursor.map(|(column, row, _)| CursorAt { column, row })
        })?;
        if let Some(painting) = painting.filter(|painting| painting.case.is_some()) {
            self.player.take(Event::Painted(painting));
        }
        Ok(())
    }
}

/// Takes a key: the player's commands first, then what is for the layers above it.
fn press(player: &mut Player, keymap: &Keymap, keys: &mut Vec<Key>, key: Key, is_repeat: bool) -> Flow {
    let is_bare = player.state().interaction.layers.is_empty();
    let mode = if is_bare { Mode::Replay } else { player.state().interaction.mode() };
    let resolved = keymap.resolve(mode, keys, key);
    match resolved {
        Resolved::Pending => keys.push(key),
        Resolved::Command(_) | Resolved::Unbound => keys.clear(),
    }
    let is_interrupt = key.mods.ctrl && key.code == KeyCode::Char('c');
    match resolved {
        Resolved::Command(Command::CloseLayer | Command::QuitWatch) if is_bare => return Flow::Leave,
        Resolved::Command(command) if is_bare && player.command(command) => return Flow::Stay,
        Resolved::Command(Command::OpenSelected) if player.show_selected() => return Flow::Stay,
        // No agent listens any more, and whoever presses this wants to leave.
        Resolved::Unbound if is_interrupt => return Flow::Leave,
        Resolved::Unbound if is_bare => return Flow::Stay,
        Resolved::Command(_) | Resolved::Pending | Resolved::Unbound => {}
    }
    let at = player.position();
    player.take(Event::Input(Input::Key { key, resolved, is_repeat, at }));
    if resolved == Resolved::Command(Command::OpenTimeline) {
        player.point_at_now();
    }
    Flow::Stay
}

async fn sleep(wait: Option<Duration>) {
    match wait {
        Some(wait) => tokio::time::sleep(wait).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Layer;

    const JOURNAL: &[u8] = include_bytes!("../../tests/journals/v1/journal.jsonl");
    const CAST: &[u8] = include_bytes!("../../tests/journals/v1/screen.cast");

    fn player() -> Player {
        Player::new(Recorded::read(JOURNAL, Some(CAST)).unwrap(), (100, 30))
    }

    /// Presses keys one after the other; how the last one ended.
    fn pressed(player: &mut Player, keys: &[&str]) -> Flow {
        let keymap = Keymap::shipped("default").unwrap();
        let mut pending = Vec::new();
        let mut flow = Flow::Stay;
        for key in keys {
            flow = press(player, &keymap, &mut pending, key.parse().unwrap(), false);
        }
        flow
    }

    #[test]
    fn keys_do_what_the_keymap_says_for_a_replay() {
        let mut player = player();
        assert_eq!(pressed(&mut player, &["Space"]), Flow::Stay);
        assert!(!player.is_playing());
        pressed(&mut player, &["Right", "Right", "3", "i"]);
        assert_eq!((player.position(), player.speed().factor()), (Moment(10_000_000), 4));
        assert!(!player.shortens_idle());
        pressed(&mut player, &["End"]);
        assert_eq!(player.position(), player.total());
    }

    #[test]
    fn a_layer_gets_keys_first_and_leaving_it_is_not_leaving_the_replay() {
        let mut player = player();
        pressed(&mut player, &["?"]);
        assert!(matches!(player.state().interaction.layers.last(), Some(Layer::Help { .. })));
        assert_eq!(pressed(&mut player, &["Esc"]), Flow::Stay);
        assert!(player.state().interaction.layers.is_empty());
        assert_eq!(pressed(&mut player, &["Esc"]), Flow::Leave);
    }

    #[test]
    fn an_interrupt_and_the_quit_key_leave_and_other_keys_do_nothing() {
        assert_eq!(pressed(&mut player(), &["Ctrl-c"]), Flow::Leave);
        assert_eq!(pressed(&mut player(), &["q"]), Flow::Leave);
        let mut player = player();
        assert_eq!(pressed(&mut player, &["x", "A", "Enter"]), Flow::Stay);
        assert_eq!(player.position(), Moment::ZERO);
        assert!(player.state().interaction.layers.is_empty());
    }
}

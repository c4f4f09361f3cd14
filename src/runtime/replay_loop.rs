//! Plays a recorded session in the terminal: the player's time is the wall's.

use std::io;
use std::time::Duration;

use tokio::sync::mpsc;

use super::clock::Clock;
use super::input::{self, RawInput};
use super::terminal::{CursorAt, OperatorTerminal};
use crate::app::{Event, Input, Player, Resolved};
use crate::model::{Command, Key, Mode, Moment};
use crate::ui::{Keymap, PlayerView, Theme, replay_view};

/// The least time between two frames.
const FRAME_APART: Duration = Duration::from_millis(16);
/// How much output is copied ahead between two keys, in bytes: a fraction of a frame's time.
const INDEX_BYTES: usize = 256 * 1024;

/// What a replay needs beside the session.
pub struct ReplayPlan {
    /// Colours and glyphs.
    pub theme: Theme,
    /// Keys.
    pub keymap: Keymap,
    /// Whether the record is whole, in words.
    pub integrity: String,
    /// Whether it is.
    pub is_whole: bool,
}

/// Plays until the operator leaves. Takes the terminal and gives it back.
///
/// # Errors
/// What the terminal says.
pub fn replay(player: Player, plan: ReplayPlan) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    runtime.block_on(async {
        let terminal = OperatorTerminal::take()?;
        let input = input::read_terminal()?;
        let clock = Clock::start();
        ReplayLoop { player, plan, terminal, clock, shown: Moment::ZERO, keys: Vec::new(), is_over: false }
            .run(input)
            .await
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
    is_over: bool,
}

impl ReplayLoop {
    async fn run(mut self, mut input: mpsc::Receiver<RawInput>) -> io::Result<()> {
        let mut has_more_to_index = true;
        self.draw()?;
        while !self.is_over {
            let wait = self.player.wait().map(|wait| wait.max(FRAME_APART));
            let is_changed = tokio::select! {
                biased;
                raw = input.recv() => {
                    self.take(raw);
                    true
                }
                () = std::future::ready(()), if has_more_to_index => {
                    has_more_to_index = self.player.index(INDEX_BYTES);
                    tokio::task::yield_now().await;
                    false
                }
                () = sleep(wait) => false,
            };
            if self.pass_time() || is_changed {
                self.draw()?;
            }
        }
        Ok(())
    }

    /// Tells the player how much time has passed; whether anything changed.
    fn pass_time(&mut self) -> bool {
        let now = self.clock.now();
        let elapsed = now.since(self.shown);
        if elapsed < FRAME_APART {
            return false;
        }
        self.shown = now;
        self.player.advance(elapsed)
    }

    fn take(&mut self, raw: Option<RawInput>) {
        match raw {
            None | Some(RawInput::Lost) => self.is_over = true,
            Some(RawInput::Key(key, is_repeat)) => self.key(key, is_repeat),
            Some(RawInput::Paste(text)) => self.player.take(Event::Input(Input::Paste(text))),
            Some(RawInput::Mouse(mouse)) => self.player.take(Event::Input(Input::Mouse(mouse))),
            Some(RawInput::Resized(cols, rows)) => self.player.take(Event::Input(Input::Resized(cols, rows))),
            Some(RawInput::Focused(has_focus)) => self.player.take(Event::Input(Input::Focused(has_focus))),
        }
    }

    fn key(&mut self, key: Key, is_repeat: bool) {
        let is_bare = self.player.state().interaction.layers.is_empty();
        let mode = if is_bare { Mode::Replay } else { self.player.state().interaction.mode() };
        let resolved = self.plan.keymap.resolve(mode, &self.keys, key);
        match resolved {
            Resolved::Pending => self.keys.push(key),
            Resolved::Command(_) | Resolved::Unbound => self.keys.clear(),
        }
        if let (Resolved::Command(command), true) = (resolved, is_bare) {
            if matches!(command, Command::CloseLayer | Command::QuitWatch) {
                self.is_over = true;
                return;
            }
            if self.player.command(command) {
                return;
            }
        }
        self.player.take(Event::Input(Input::Key { key, resolved, is_repeat }));
    }

    fn draw(&mut self) -> io::Result<()> {
        let view = PlayerView::of(&self.player, &self.plan.integrity, self.plan.is_whole);
        let Self { player, plan, terminal, .. } = self;
        let mut painting = None;
        terminal.draw(|buffer| {
            let drawn = replay_view(player.state(), &view, &plan.theme, &plan.keymap, buffer);
            painting = Some(drawn.painting);
            drawn.cursor.map(|(column, row, _)| CursorAt { column, row })
        })?;
        if let Some(painting) = painting.filter(|painting| painting.case.is_some()) {
            self.player.take(Event::Painted(painting));
        }
        Ok(())
    }
}

async fn sleep(wait: Option<Duration>) {
    match wait {
        Some(wait) => tokio::time::sleep(wait).await,
        None => std::future::pending().await,
    }
}

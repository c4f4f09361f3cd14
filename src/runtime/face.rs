//! What the operator sees: the terminal interface, or with `--headless` a plain copy of the output.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::time::Duration;

use ratatui::style::Color;
use tokio::io::unix::AsyncFd;

use super::colors::{Asks, TerminalColors};
use super::depth::Depth;
use super::notice::Notice;
use super::plain::PlainFace;
use super::terminal::{CursorAt, OperatorTerminal};
use crate::app::{Event, State};
use crate::model::{Moment, Noun, Untrusted, counted};
use crate::sys::Changes;
use crate::term::{Colors, Damage, Rgb};
use crate::ui::{Keymap, Theme};

/// Frames are at least so far apart, unless a key asks for one at once.
const FRAME_APART: Duration = Duration::from_millis(16);
/// The same just after a key, when the operator waits for what it does.
const FRAME_APART_HURRIED: Duration = Duration::from_millis(2);
/// How long after a key the operator waits.
const HURRY_FOR: Duration = Duration::from_millis(100);
/// The same over SSH.
const FRAME_APART_REMOTE: Duration = Duration::from_millis(33);
/// In a flood at most this part of the time is spent on drawing, one in so many: the rest is the agent's.
const DRAWING_ONE_IN: u32 = 4;
/// And frames are at most so far apart, however long one takes.
const FRAME_APART_MAX: Duration = Duration::from_millis(50);

/// What the operator sees.
pub enum Face {
    /// The terminal interface.
    Screen(Box<ScreenFace>),
    /// Labelled lines.
    Plain(PlainFace),
    /// A copy of the agent's output.
    Headless(HeadlessFace),
}

/// The terminal interface and its pacing.
pub struct ScreenFace {
    terminal: OperatorTerminal,
    /// Colours, glyphs and keys.
    pub looks: Looks,
    apart: Duration,
    drawn: Option<Moment>,
    /// How long the last frame took, until the terminal had it.
    took: Duration,
    stale: Stale,
    /// The operator pressed a key at this moment: what the agent answers is drawn at once.
    hurried: Option<Moment>,
    title: String,
}

/// How the interface looks, and what the operator's terminal can do.
pub struct Looks {
    /// Colours and glyphs.
    pub theme: Theme,
    /// Keys.
    pub keymap: Keymap,
    /// The terminal.
    pub terminal: TerminalTraits,
    /// Whom to ask for the terminal's colours, once the first frame is drawn.
    pub asks: Asks,
    /// Where theme and keymap come from.
    pub wardrobe: Box<dyn Wardrobe>,
}

/// What the operator's terminal can do and how it is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TerminalTraits {
    /// Which colours it has.
    pub depth: Depth,
    /// How it calls its operator.
    pub notice: Notice,
    /// Its own colours, where it told them.
    pub colors: Colors,
}

/// Where theme and keymap come from.
pub trait Wardrobe {
    /// Theme and keymap read anew, or why they were not; `None` where no file has changed.
    fn reread(&mut self) -> Option<Result<(Theme, Keymap), String>>;

    /// Where those files are, or would be: a change in there is a reason to read them anew.
    fn folders(&self) -> Vec<PathBuf>;

    /// The theme that fits what the terminal tells of its colours; `None` where another was chosen, or it is that already.
    fn fitting(&mut self, told: TerminalColors) -> Option<Theme>;
}

impl Looks {
    /// Takes what the terminal told of its colours.
    pub fn take_told(&mut self, told: TerminalColors) {
        self.terminal.colors = told.colors;
        if let Some(theme) = self.wardrobe.fitting(told) {
            self.theme = theme;
        }
    }

    /// The colours that an agent is told when it asks: the theme's where it has real ones, else the terminal's own.
    #[must_use]
    pub fn colors(&self) -> Colors {
        let text = self.theme.style("text");
        let real = |color| match color {
            Some(Color::Rgb(red, green, blue)) => Some(Rgb(red, green, blue)),
            _ => None,
        };
        let told = self.terminal.colors;
        Colors { foreground: real(text.fg).or(told.foreground), background: real(text.bg).or(told.background), ..told }
    }
}

/// What the next frame has to draw; ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stale {
    /// Nothing changed.
    Nothing,
    /// The agent wrote something.
    AgentRows,
    /// Anything may have changed.
    All,
}

/// A copy of the agent's output on standard output.
#[derive(Debug)]
pub struct HeadlessFace {
    escapes: Escapes,
    is_lost: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Escapes {
    /// Byte for byte: standard output is a file or a pipe.
    AsTheyAre,
    /// Made visible: standard output is a terminal, which the agent's bytes never reach raw.
    Shown,
}

impl Face {
    /// Takes the terminal over.
    ///
    /// # Errors
    /// What the terminal says.
    pub fn screen(looks: Looks, is_remote: bool) -> io::Result<Self> {
        let terminal = OperatorTerminal::take(looks.terminal.depth, looks.theme.ambiguous_columns())?;
        Ok(Self::Screen(Box::new(ScreenFace {
            terminal,
            looks,
            apart: if is_remote { FRAME_APART_REMOTE } else { FRAME_APART },
            drawn: None,
            took: Duration::ZERO,
            stale: Stale::All,
            // The operator waits for the agent's first word as for an answer.
            hurried: Some(Moment::ZERO),
            title: String::new(),
        })))
    }

    /// Copies output to standard output.
    #[must_use]
    pub fn headless() -> Self {
        let escapes = if io::stdout().is_terminal() { Escapes::Shown } else { Escapes::AsTheyAre };
        Self::Headless(HeadlessFace { escapes, is_lost: false })
    }

    /// The interface, if that is what the operator sees.
    pub fn as_screen(&mut self) -> Option<&mut ScreenFace> {
        match self {
            Self::Screen(screen) => Some(screen),
            Self::Plain(_) | Self::Headless(_) => None,
        }
    }

    /// Word of changes in the folders that theme and keymap come from. Where there is none, the clock's step finds them.
    #[must_use]
    #[allow(
        deprecated,
        reason = "its successor is unsafe; `Changes` keeps the descriptor it names for as long as it lives"
    )]
    pub fn changes(&self) -> Option<AsyncFd<Changes>> {
        let Self::Screen(screen) = self else { return None };
        let changes = Changes::hear().ok()?;
        for folder in screen.looks.wardrobe.folders() {
            // One that is not there yet has nothing to tell.
            let _ = changes.of(&folder);
        }
        AsyncFd::new(changes).ok()
    }

    /// Calls the operator: so many cases wait, of an agent in this folder.
    ///
    /// # Errors
    /// What the terminal says.
    pub fn call(&mut self, open: usize, folder: &Untrusted) -> io::Result<()> {
        match self {
            Self::Screen(screen) => screen.call(open, folder),
            Self::Plain(plain) => plain.call(open, folder),
            Self::Headless(_) => Ok(()),
        }
    }

    /// Says on standard error what must be known at once; the interface has its own place for it.
    pub fn complain(&self, text: &str) {
        if let Self::Headless(_) = self {
            // Nobody may be listening; the answer to the agent says it as well.
            let _ = writeln!(io::stderr(), "watch: {}", crate::model::Untrusted::from(text).shown());
        }
    }

    /// The agent wrote these bytes: headless copies them, the interface draws soon.
    ///
    /// # Errors
    /// Why standard output takes no more; said once, the session goes on without it.
    pub fn output(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Screen(screen) => {
                screen.stale = screen.stale.max(Stale::AgentRows);
                Ok(())
            }
            Self::Plain(plain) => plain.output(bytes),
            Self::Headless(headless) => headless.output(bytes),
        }
    }
}

impl HeadlessFace {
    fn output(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.is_lost {
            return Ok(());
        }
        let mut out = io::stdout().lock();
        let written = match self.escapes {
            Escapes::AsTheyAre => out.write_all(bytes),
            Escapes::Shown => out.write_all(shown_lines(bytes).as_bytes()),
        };
        written.and_then(|()| out.flush()).inspect_err(|_| self.is_lost = true)
    }
}

/// Output made safe for a terminal: lines stay lines, everything else that a terminal would obey is shown.
fn shown_lines(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for (at, line) in bytes.split(|b| *b == b'\n').enumerate() {
        if at > 0 {
            out.push('\n');
        }
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        for (at, cell) in line.split(|b| *b == b'\t').enumerate() {
            if at > 0 {
                out.push('\t');
            }
            out.push_str(&crate::model::Untrusted::from(cell).shown());
        }
    }
    out
}

impl ScreenFace {
    /// Something changed that the next frame shows.
    pub fn touch(&mut self) {
        self.stale = Stale::All;
    }

    /// The operator pressed a key: what comes soon after it is drawn at once.
    pub fn hurry(&mut self, now: Moment) {
        self.hurried = Some(now);
    }

    /// When the next frame is due, if one is.
    #[must_use]
    pub fn due(&self, now: Moment) -> Option<Moment> {
        if self.stale == Stale::Nothing {
            return None;
        }
        let is_hurried = self.hurried.is_some_and(|key| now.since(key) < HURRY_FOR);
        let apart = match self.stale {
            _ if is_hurried => FRAME_APART_HURRIED,
            Stale::AgentRows => self.apart.max(self.pause()),
            Stale::Nothing | Stale::All => self.apart,
        };
        Some(self.drawn.map_or(now, |drawn| drawn.plus(apart).max(now)))
    }

    /// How far frames are apart by what one costs.
    fn pause(&self) -> Duration {
        (self.took * DRAWING_ONE_IN).min(FRAME_APART_MAX)
    }

    /// The frame that was begun at `drawn` is on the terminal now.
    pub fn done(&mut self, now: Moment) {
        self.took = self.drawn.map_or(Duration::ZERO, |drawn| now.since(drawn));
    }

    /// Draws a frame and says what of a case was on it. `damage` is what of the agent's screen changed since the last one.
    ///
    /// # Errors
    /// What the terminal says: it is gone.
    pub fn draw(&mut self, state: &State, damage: &Damage, now: Moment) -> io::Result<Option<Event>> {
        let stale = std::mem::replace(&mut self.stale, Stale::Nothing);
        self.drawn = Some(now);
        let (theme, keymap) = (&self.looks.theme, &self.looks.keymap);
        if stale == Stale::AgentRows
            && let Some(room) = crate::ui::agent_room(state, self.terminal.area())
        {
            let all = 0..room.height;
            let rows = match damage {
                Damage::Rows(rows) => rows.as_slice(),
                Damage::Full => std::slice::from_ref(&all),
            };
            self.terminal.draw_rows(room, rows, |window, buffer| {
                let cursor = crate::ui::view_rows(state, theme, window, buffer);
                cursor.map(|(column, row, _shape)| CursorAt { column, row })
            })?;
            return self.retitle(state).map(|()| None);
        }
        let mut painting = None;
        self.terminal.set_mouse(!state.interaction.is_mouse_ours)?;
        self.terminal.draw(|buffer| {
            let drawn = crate::ui::view(state, theme, keymap, buffer);
            painting = Some(drawn.painting);
            drawn.cursor.map(|(column, row, _shape)| CursorAt { column, row })
        })?;
        self.retitle(state)?;
        Ok(painting.filter(|painting| painting.case.is_some() || painting.title.is_some()).map(Event::Painted))
    }

    fn retitle(&mut self, state: &State) -> io::Result<()> {
        let agent = state.session.agent.first().map(crate::model::Untrusted::shown).unwrap_or_default();
        let what = if state.title.is_empty() { agent } else { state.title.clone() };
        let title = match state.docket.open_count() {
            0 => format!("watch: {what}"),
            open => format!("[{}] watch: {what}", counted(open, Noun::Case)),
        };
        if title != self.title {
            self.terminal.set_title(&title)?;
            self.title = title;
        }
        Ok(())
    }

    /// Calls the operator: so many cases wait, of an agent in this folder.
    ///
    /// # Errors
    /// What the terminal says.
    pub fn call(&mut self, open: usize, folder: &Untrusted) -> io::Result<()> {
        self.terminal.ring(&self.looks.terminal.notice.bytes(open, folder))
    }

    /// The terminal told of its colours: the theme may be another, and agents that ask are told them.
    pub fn recolor(&mut self, told: TerminalColors) -> Colors {
        self.looks.take_told(told);
        self.touch();
        self.looks.colors()
    }

    /// Reads theme and keymap anew if a file of theirs has changed; a bad one is left, and why is said.
    pub fn reread(&mut self) -> Option<String> {
        match self.looks.wardrobe.reread()? {
            Ok((theme, keymap)) => {
                (self.looks.theme, self.looks.keymap) = (theme, keymap);
                self.touch();
                Some("theme and keys were read anew".to_owned())
            }
            Err(why) => Some(format!("not read anew: {why}")),
        }
    }

    /// Puts a text on the operator's clipboard.
    ///
    /// # Errors
    /// What the terminal says.
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        self.terminal.copy(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_a_terminal_nothing_of_the_agents_is_obeyed_and_lines_stay_lines() {
        assert_eq!(shown_lines(b"a\tb\r\nc\x1b[2J\rd\n"), "a\tb\nc<U+001B>[2J<U+000D>d\n");
    }
}

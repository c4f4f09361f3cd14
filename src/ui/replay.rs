//! A recorded session as it is played: the terminal, letterboxed, and the track below it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::canvas::{Canvas, Line, Pen, inside, untrusted_spans, width};
use super::case_keys::key;
use super::frame::{Drawn, event_row};
use super::keymap::Keymap;
use super::screen::{Light, paint};
use super::theme::Theme;
use super::{case_box, layers};
use crate::app::{FlagKind, Layer, Layout, Matches, Player, Prompt, State};
use crate::model::{Command, Mode, Moment, Untrusted};

/// Columns from which on the log stands beside the terminal.
const LOG_FROM_COLS: u16 = 120;
/// Columns of the log.
const LOG_COLS: u16 = 44;
/// Columns of the window from which on the title says whether idle stretches are shortened.
const IDLE_FROM_COLS: u16 = 60;
/// Rows of the track below the terminal.
const TRACK_ROWS: u16 = 5;
/// Rows of the window from which on the track has a row that explains its letters.
const LEGEND_FROM_ROWS: u16 = 20;
/// What the letters on the track mean.
const LEGEND: &[(FlagKind, &str)] = &[
    (FlagKind::Noted, "noted"),
    (FlagKind::Held, "held"),
    (FlagKind::Denied, "denied"),
    (FlagKind::Approved, "approved"),
    (FlagKind::Gap, "gap in the recording"),
];

/// A replay at one moment, as far as the views need it.
#[derive(Debug, Clone, PartialEq)]
pub struct PlayerView {
    /// What is played, for the title.
    pub title: String,
    /// Which moment is shown.
    pub position: Moment,
    /// How long the session is.
    pub total: Moment,
    /// How many seconds of the session pass in one.
    pub speed: u32,
    /// Whether time stands still.
    pub is_paused: bool,
    /// Whether all there is of the session is shown.
    pub is_at_end: bool,
    /// Whether idle stretches are shortened.
    pub shortens_idle: bool,
    /// Where something happened, and what kind of thing.
    pub flags: Vec<(Moment, FlagKind)>,
    /// What happened at the flag that was reached last, and its number from 1.
    pub flag: Option<(usize, Untrusted)>,
    /// What is typed, searched for or said to the operator, in place of the flag.
    pub note: Option<Note>,
    /// The journal's last line up to the position, from 1.
    pub line: usize,
    /// Whether the session still runs and all there is of it is shown.
    pub is_live: bool,
    /// Whether the record is whole, in words: `sealed, hash ok`.
    pub integrity: String,
    /// Whether it is.
    pub is_whole: bool,
}

/// What stands below the terminal beside the flag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// Something is typed: what for, and the text so far.
    Typing(&'static str, String),
    /// A word to the operator, or where a search stands.
    Said(String),
}

impl Note {
    fn of(player: &Player) -> Option<Self> {
        if let Some(prompt) = player.prompt() {
            let (what, typed) = match prompt {
                Prompt::Find(typed) => ("find", typed),
                Prompt::Go(typed) => ("go to (12:51, c7, #12, end)", typed),
            };
            return Some(Self::Typing(what, typed.clone()));
        }
        if let Some(message) = player.message() {
            return Some(Self::Said(message.to_owned()));
        }
        let Matches { wanted, passed, known, percent } = player.matches()?;
        let so_far = percent.map_or_else(String::new, |percent| format!(" so far, {percent} %"));
        Some(Self::Said(format!("find {wanted}: {passed} of {known}{so_far}")))
    }
}

impl PlayerView {
    /// The view of a player; `integrity` says whether the record is whole.
    #[must_use]
    pub fn of(player: &Player, integrity: &str, is_whole: bool) -> Self {
        let recorded = player.recorded();
        let agent = recorded.session.agent.first().map(super::case::short).unwrap_or_default();
        let day = recorded.session.started.get(..10).unwrap_or_default();
        Self {
            title: format!("{day}  {}", Untrusted::from(agent).shown()),
            position: player.position(),
            total: player.total(),
            speed: player.speed().factor(),
            is_paused: !player.is_playing(),
            is_at_end: player.is_at_end(),
            shortens_idle: player.shortens_idle(),
            flags: recorded.flags.iter().map(|flag| (flag.at, flag.kind)).collect(),
            flag: player.flag().map(|(number, flag)| (number, flag.what.clone())),
            note: Note::of(player),
            line: recorded.line_at(player.position()),
            is_live: false,
            integrity: integrity.to_owned(),
            is_whole,
        }
    }
}

/// Draws a recorded session into a buffer, whatever its size.
pub fn replay_view(state: &State, player: &PlayerView, theme: &Theme, keymap: &Keymap, buffer: &mut Buffer) -> Drawn {
    let mut canvas = Canvas::new(buffer, theme);
    let window = canvas.area();
    canvas.fill(window, "text");
    let style = canvas.style("border");
    let frame = canvas.glyphs().thin;
    canvas.frame(window, &frame, style);
    head(&mut canvas, player, window);
    let inner = inside(window);
    let legend = u16::from(window.height >= LEGEND_FROM_ROWS);
    let track = (TRACK_ROWS + legend).min(inner.height);
    let stage = Rect { height: inner.height - track, ..inner };
    let has_log = window.width >= LOG_FROM_COLS;
    let cols = state.screen.size().0;
    // A terminal as wide as the window gets all of it, without the border.
    let is_tight = !has_log && cols > stage.width && cols <= window.width;
    let stage = if is_tight { Rect { x: window.x, width: window.width, ..stage } } else { stage };
    let log = if has_log { LOG_COLS } else { 0 };
    terminal(&mut canvas, state, Rect { width: stage.width.saturating_sub(log), ..stage });
    if has_log {
        events(&mut canvas, state, player.position, Rect { x: stage.right().saturating_sub(log), width: log, ..stage });
    }
    let below = Rect { y: stage.bottom(), height: track, ..inner };
    self::track(&mut canvas, player, keymap, window, below);
    if let Some((view, case)) =
        state.interaction.case.as_ref().and_then(|view| Some((view, state.docket.get(view.id)?)))
        && case.is_open()
    {
        let layout = Layout::of((window.width, window.height));
        let place = case_box::place(layout, window);
        // Where there is little room a case takes what is said of the track, and with the keyboard the track too.
        let is_read = matches!(state.interaction.layers.last(), Some(Layer::Case));
        let kept = match (legend, is_read) {
            (1.., _) => below.y,
            (0, false) => below.y.saturating_add(2),
            (0, true) => window.bottom(),
        };
        let area = Rect { height: kept.min(window.bottom()).saturating_sub(place.y), ..place };
        case_box::draw_in(&mut canvas, state, case, view, keymap, area);
    }
    let rooms = super::frame::Rooms::of(window, false);
    let cursor =
        if state.interaction.layers.is_empty() { None } else { layers::draw(&mut canvas, state, keymap, rooms) };
    let cursor = cursor.flatten().map(|(x, y)| (x, y, crate::term::CursorShape::Bar));
    Drawn { painting: case_box::unseen(), cursor }
}

fn head(canvas: &mut Canvas<'_>, player: &PlayerView, window: Rect) {
    let pen = Pen { x: window.x.saturating_add(2), y: window.y, end: window.right().saturating_sub(2) };
    let scope = if player.is_whole { "state.watching" } else { "warning" };
    let pen = canvas.say_right(pen, scope, &format!(" {} ", player.integrity));
    let how = if player.is_live {
        format!("live {}", canvas.glyphs().live)
    } else if player.is_at_end {
        // Nothing waits to go on, and nobody has stopped it.
        "ended".to_owned()
    } else if player.is_paused {
        "paused".to_owned()
    } else {
        format!("{}x", player.speed)
    };
    let idle = if player.shortens_idle && window.width >= IDLE_FROM_COLS { " idle<=2s" } else { "" };
    let pen = canvas.say_right(pen, "title", &format!(" {how}{idle} "));
    canvas.say(pen, "title", &format!(" REPLAY  {} ", player.title));
}

/// The recorded terminal at its own size, in the middle of the room it has.
fn terminal(canvas: &mut Canvas<'_>, state: &State, room: Rect) {
    let (cols, rows) = state.screen.size();
    let (cols, rows) = (cols.min(room.width), rows.min(room.height));
    let area =
        Rect { x: room.x + (room.width - cols) / 2, y: room.y + (room.height - rows) / 2, width: cols, height: rows };
    // A terminal as wide as the window covers the frame, with its blanks too.
    canvas.fill(area, "text");
    paint(canvas, area, &state.screen, Light::Full);
    let (whole_cols, whole_rows) = state.screen.size();
    if (whole_cols > cols || whole_rows > rows) && room.height > 0 {
        let pen = Pen { x: room.x, y: room.y, end: room.right() };
        canvas.say_right(pen, "warning", &format!(" {whole_cols}x{whole_rows}, the window shows {cols}x{rows} "));
    }
}

fn events(canvas: &mut Canvas<'_>, state: &State, now: Moment, area: Rect) {
    let border = canvas.style("border");
    let down = canvas.glyphs().thin.down;
    for y in area.top()..area.bottom() {
        canvas.cell(area.x, y, down, border);
    }
    let list = Rect { x: area.x.saturating_add(1), width: area.width.saturating_sub(1), ..area };
    let count = usize::from(list.height);
    let past: Vec<_> = state.timeline.rows().rev().skip_while(|row| row.at > now).take(count).collect();
    for (index, row) in past.into_iter().rev().enumerate() {
        if let Some(pen) = Pen::row(list, index) {
            event_row(canvas, state, pen, row, true);
        }
    }
}

fn track(canvas: &mut Canvas<'_>, player: &PlayerView, keymap: &Keymap, window: Rect, area: Rect) {
    if area.height < TRACK_ROWS {
        return;
    }
    canvas.fill(area, "text");
    let style = canvas.style("border");
    let frame = canvas.glyphs().thin;
    canvas.rule(window, area.y, &frame, style);
    let legend = usize::from(area.height - TRACK_ROWS);
    canvas.rule(window, area.bottom().saturating_sub(2), &frame, style);
    let inner = Rect { x: area.x.saturating_add(1), width: area.width.saturating_sub(2), ..area };
    if let Some(pen) = Pen::row(inner, 1) {
        let line = told(canvas, player);
        canvas.line(pen, &line);
    }
    if let Some(pen) = Pen::row(inner, 2) {
        let pen = canvas.say_right(pen, "event.time", &format!(" {}", player.total));
        scrubber(canvas, player, pen);
    }
    if let Some(pen) = Pen::row(inner, 3).filter(|_| legend > 0) {
        let mut line = Line::default();
        for (kind, word) in LEGEND {
            let (scope, letter) = letter(*kind);
            line = line.and(scope, letter).and("text.faint", format!(" {word}   "));
        }
        canvas.line(pen, &line);
    }
    if let Some(pen) = Pen::row(inner, 4 + legend) {
        // The way to all keys and the way out have room in every window.
        let entries = [
            (Command::Pause, "pause"),
            (Command::OpenHelp, "help"),
            (Command::CloseLayer, "close"),
            (Command::SeekBack, "5s back"),
            (Command::SeekForward, "5s on"),
            (Command::PreviousFlag, "flag"),
            (Command::NextFlag, "flag"),
            (Command::Speed1, "to 5 speed"),
            (Command::ToggleIdle, "idle"),
            (Command::SearchAgent, "find"),
            (Command::OpenTimeline, "events"),
            (Command::GoTo, "go"),
            (Command::FrameForward, "frame"),
        ];
        let mut line = Line::default();
        let mut used = 0;
        for (command, does) in entries {
            let key = key(keymap, Mode::Replay, command);
            let cells = usize::from(width(&key)) + does.len() + 3;
            if !key.is_empty() && used + cells <= pen.room() {
                used += cells;
                line = line.and("label", key).and("text.faint", format!(" {does}  "));
            }
        }
        canvas.line(pen, &line);
    }
}

/// Where it is, what happened at the flag before or what is typed or said instead, and the journal's line.
fn told(canvas: &Canvas<'_>, player: &PlayerView) -> Line {
    let mut line = Line::new("event.time", format!("{}  ", player.position));
    match (&player.note, &player.flag) {
        (Some(Note::Typing(what, typed)), _) => {
            line = line.and("label", format!("{what}: "));
            line = line.and_all(untrusted_spans(&typed.as_str().into(), "input"));
            line = line.and("input", canvas.glyphs().caret);
        }
        (Some(Note::Said(text)), _) => line = line.and_all(untrusted_spans(&text.as_str().into(), "text.strong")),
        (None, Some((number, what))) => {
            line = line.and_all(untrusted_spans(what, "text"));
            line = line.right("text.faint", format!("{number}/{}", player.flags.len()));
        }
        (None, None) => {}
    }
    if player.line > 0 {
        line = line.right("text.faint", format!("  #{}", player.line));
    }
    line
}

/// The track: what was played, the head, the rest, and a letter for every flag.
fn scrubber(canvas: &mut Canvas<'_>, player: &PlayerView, pen: Pen) {
    let glyphs = canvas.glyphs();
    let (played, head, rest) = glyphs.track;
    let (begin, end) = glyphs.track_ends;
    let cells = pen.room().saturating_sub(2);
    if cells == 0 {
        return;
    }
    let place = |at: Moment| {
        let share = at.0.saturating_mul(cells.saturating_sub(1) as u64) / player.total.0.max(1);
        usize::try_from(share).unwrap_or(0).min(cells.saturating_sub(1))
    };
    let now = place(player.position);
    let mut at = canvas.say(pen, "replay.rest", begin);
    for cell in 0..cells {
        let flag = player
            .flags
            .iter()
            .filter(|(moment, _)| place(*moment) == cell)
            .map(|(_, kind)| *kind)
            .max_by_key(|kind| rank(*kind));
        let (scope, symbol) = match flag {
            _ if cell == now => ("replay.head", head),
            Some(kind) => letter(kind),
            None if cell < now => ("replay.done", played),
            None => ("replay.rest", rest),
        };
        at = canvas.say(at, scope, symbol);
    }
    canvas.say(at, "replay.rest", end);
}

/// The letter of a flag; each stands for its word.
fn letter(kind: FlagKind) -> (&'static str, &'static str) {
    match kind {
        FlagKind::Noted => ("event.noted", "n"),
        FlagKind::Held => ("event.held", "H"),
        FlagKind::Approved => ("event.approved", "A"),
        FlagKind::Denied => ("event.denied", "x"),
        FlagKind::Expired => ("event.expired", "e"),
        FlagKind::Void => ("event.void", "v"),
        FlagKind::Gap => ("warning", "!"),
    }
}

/// Which of several flags in one cell is drawn.
fn rank(kind: FlagKind) -> u8 {
    match kind {
        FlagKind::Noted => 0,
        FlagKind::Void => 1,
        FlagKind::Expired => 2,
        FlagKind::Approved => 3,
        FlagKind::Denied => 4,
        FlagKind::Held => 5,
        FlagKind::Gap => 6,
    }
}

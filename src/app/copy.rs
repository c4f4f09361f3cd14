//! Looking back: the agent's lines as they were, a place in them, a selection, and what is looked for.

use std::ops::Range;

use super::keys::say;
use super::{Effect, Effects, State};
use crate::model::{Command, Mouse, MouseButton, MouseKind, Noun, counted};
use crate::term::Screen;

/// What the operator sees while looking back; what the agent draws meanwhile waits behind it.
#[derive(Debug)]
pub struct CopyView {
    /// The agent's terminal as it was when the operator began to look back.
    pub screen: Screen,
    /// Where the operator is.
    pub cursor: Spot,
    /// The other end of the selection, if there is one.
    pub anchor: Option<Spot>,
}

/// A cell among all lines; ordered as one reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Spot {
    /// The line, 0 the oldest.
    pub line: usize,
    /// The column.
    pub column: u16,
}

/// Which way a search goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Up,
    Down,
}

impl CopyView {
    /// A copy of the screen as it is; the cursor stays where the agent's is.
    pub(super) fn of(screen: &mut Screen) -> Self {
        let (cols, rows) = screen.size();
        let mut copy = Screen::new(cols, rows, 0);
        copy.restore(&screen.snapshot());
        let (column, row) = copy.cursor().map_or((0, rows.saturating_sub(1)), |(column, row, _)| (column, row));
        let mut view = Self { screen: copy, cursor: Spot::default(), anchor: None };
        view.cursor = Spot { line: view.top() + usize::from(row), column };
        view
    }

    /// The topmost line on show.
    #[must_use]
    pub fn top(&self) -> usize {
        self.screen.history_len().saturating_sub(self.screen.scroll_offset())
    }

    /// What of a line is selected.
    #[must_use]
    pub fn selected(&self, line: usize) -> Option<Range<u16>> {
        let anchor = self.anchor?;
        let (first, last) = (anchor.min(self.cursor), anchor.max(self.cursor));
        if !(first.line..=last.line).contains(&line) {
            return None;
        }
        let from = if line == first.line { first.column } else { 0 };
        let to = if line == last.line { last.column.saturating_add(1) } else { u16::MAX };
        Some(from..to)
    }

    /// The selected text: lines that were only too long are joined again, blanks at their ends are left out.
    #[must_use]
    pub fn selected_text(&self) -> Option<String> {
        let anchor = self.anchor?;
        let (first, last) = (anchor.min(self.cursor), anchor.max(self.cursor));
        let mut text = String::new();
        for line in first.line..=last.line {
            let part = self.selected(line)?;
            let is_in = |column: u16, wide: u8| column < part.end && column.saturating_add(wide.into()) > part.start;
            for cell in self.screen.cells_of(line).filter(|cell| is_in(cell.column, cell.width)) {
                cell.push_to(&mut text);
            }
            if line == last.line || !self.screen.goes_on(line) {
                text.truncate(text.trim_end_matches(' ').len());
                text.push('\n');
            }
        }
        text.pop();
        Some(text)
    }

    /// Where a text is found in a line, whatever its case.
    #[must_use]
    pub fn found(&self, line: usize, wanted: &str) -> Vec<Range<u16>> {
        let wanted: Vec<char> = wanted.chars().flat_map(char::to_lowercase).collect();
        let cells = self.screen.cells_of(line);
        let line: Vec<(char, Range<u16>)> = cells
            .flat_map(|cell| {
                let columns = cell.column..cell.column + u16::from(cell.width);
                cell.ch.to_lowercase().map(move |c| (c, columns.clone()))
            })
            .collect();
        let is_here = |part: &[(char, Range<u16>)]| part.iter().map(|(c, _)| c).eq(&wanted);
        let hits = line.windows(wanted.len().max(1)).filter(|part| is_here(part));
        hits.filter_map(|part| Some(part.first()?.1.start..part.last()?.1.end)).collect()
    }

    fn rows(&self) -> usize {
        usize::from(self.screen.size().1)
    }

    fn last_line(&self) -> usize {
        (self.screen.history_len() + self.rows()).saturating_sub(1)
    }

    /// Goes to a cell, and scrolls until it is on show.
    fn go(&mut self, spot: Spot) {
        let column = spot.column.min(self.screen.size().0.saturating_sub(1));
        self.cursor = Spot { line: spot.line.min(self.last_line()), column };
        let (top, rows) = (self.top(), self.rows());
        let below = (self.cursor.line + 1).saturating_sub(top + rows);
        let above = top.saturating_sub(self.cursor.line);
        self.screen.scroll(lines(above) - lines(below));
    }

    /// Moves by so many lines; down is positive.
    pub(super) fn step(&mut self, rows: i64) {
        let far = usize::try_from(rows.unsigned_abs()).unwrap_or(usize::MAX);
        let line = self.cursor.line;
        let line = if rows < 0 { line.saturating_sub(far) } else { line.saturating_add(far) };
        self.go(Spot { line, ..self.cursor });
    }

    /// Shows the page before (-1) or after (1), with a line of this one; the cursor keeps its row, or goes to the end there
    /// is.
    pub(super) fn page(&mut self, way: i32) {
        let top = self.top();
        self.screen.scroll(-way.saturating_mul(lines(self.rows().saturating_sub(1).max(1))));
        let row = self.cursor.line.saturating_sub(top);
        let line = match (self.top() == top, way < 0) {
            (false, _) => self.top() + row,
            (true, true) => 0,
            (true, false) => self.last_line(),
        };
        self.go(Spot { line, ..self.cursor });
    }

    /// Scrolls by so many lines, down is positive; the cursor stays on show.
    pub(super) fn scroll(&mut self, rows: i32) {
        self.screen.scroll(-rows);
        let top = self.top();
        self.cursor.line = self.cursor.line.clamp(top, top + self.rows().saturating_sub(1));
    }

    /// The next place where `wanted` is found, from the cursor on.
    fn next(&self, wanted: &str, way: Way) -> Option<Spot> {
        let here = self.cursor;
        let all =
            |line: usize| self.found(line, wanted).into_iter().map(move |columns| Spot { line, column: columns.start });
        match way {
            Way::Down => (here.line..=self.last_line()).flat_map(all).find(|spot| *spot > here),
            Way::Up => (0..=here.line).rev().find_map(|line| all(line).rfind(|spot| *spot < here)),
        }
    }
}

fn lines(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// Begins to look back.
pub(super) fn begin(state: &mut State) {
    state.copy = Some(CopyView::of(&mut state.screen));
}

/// Shows the agent's newest lines again.
pub(super) fn end(state: &mut State) {
    state.copy = None;
    state.screen.scroll_to_bottom();
    state.interaction.search.typed.clear();
    state.interaction.search.is_typing = false;
}

/// Whether a command means something of its own while looking back.
pub(super) fn is_its(command: Command) -> bool {
    matches!(
        command,
        Command::NextMatch
            | Command::PreviousMatch
            | Command::CopyText
            | Command::MoveLeft
            | Command::MoveRight
            | Command::LineStart
            | Command::LineEnd
            | Command::SelectText
    )
}

/// Does what a command says while looking back.
pub(super) fn run(state: &mut State, command: Command) -> Effects {
    match command {
        Command::NextMatch => search(state, Way::Down),
        Command::PreviousMatch => search(state, Way::Up),
        Command::CopyText => return copy(state),
        _ => {}
    }
    let Some(view) = &mut state.copy else { return Effects::none() };
    let Spot { line, column } = view.cursor;
    match command {
        Command::MoveLeft => view.go(Spot { line, column: column.saturating_sub(1) }),
        Command::MoveRight => view.go(Spot { line, column: column.saturating_add(1) }),
        Command::LineStart => view.go(Spot { line, column: 0 }),
        Command::LineEnd => {
            let end = view.screen.cells_of(line).filter(|cell| cell.ch != ' ').last().map_or(0, |cell| cell.column);
            view.go(Spot { line, column: end });
        }
        Command::SelectText => view.anchor = if view.anchor.is_some() { None } else { Some(view.cursor) },
        _ => {}
    }
    Effects::none()
}

/// Copies what is selected, else what is on show.
fn copy(state: &mut State) -> Effects {
    let mut effects = Effects::none();
    let Some(view) = &mut state.copy else { return effects };
    let shown = || view.screen.text().join("\n").trim_end().to_owned();
    let text = view.selected_text().unwrap_or_else(shown);
    view.anchor = None;
    say(state, format!("{} copied", counted(text.chars().count(), Noun::Character)));
    effects.push(Effect::Copy(text));
    effects
}

/// Goes to the next place where what is looked for is found.
fn search(state: &mut State, way: Way) {
    let wanted = state.interaction.search.typed.clone();
    state.interaction.search.is_typing = wanted.is_empty();
    let Some(view) = state.copy.as_mut().filter(|_| !wanted.is_empty()) else { return };
    match view.next(&wanted, way) {
        Some(spot) => view.go(spot),
        None => say(state, "no more matches"),
    }
}

/// The agent's terminal has another size: the lines are wrapped anew, and what was selected is not.
pub(super) fn resized(state: &mut State, (cols, rows): (u16, u16)) {
    if let Some(view) = &mut state.copy {
        view.screen.resize(cols, rows);
        view.anchor = None;
        view.go(view.cursor);
    }
}

/// Drags a selection with the mouse; `row` and `column` are the agent's.
pub(super) fn mouse(state: &mut State, mouse: Mouse) {
    let Some(view) = &mut state.copy else { return };
    let (cols, rows) = view.screen.size();
    let row = mouse.row.saturating_sub(1).min(rows.saturating_sub(1));
    let spot = Spot { line: view.top() + usize::from(row), column: mouse.column.min(cols.saturating_sub(1)) };
    match mouse.kind {
        MouseKind::Down(MouseButton::Left) => {
            view.anchor = None;
            view.go(spot);
        }
        MouseKind::Drag(MouseButton::Left) => {
            view.anchor = view.anchor.or(Some(view.cursor));
            view.go(spot);
        }
        _ => {}
    }
}

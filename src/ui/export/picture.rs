//! Cells as text with looks: what a picture is made of.

use std::fmt::Write as _;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use super::COLOURS;
use crate::app::{CaseView, State};
use crate::model::{Case, must_be_escaped};
use crate::term::Screen;
use crate::ui::canvas::{Canvas, cells};
use crate::ui::screen::{Light, paint};
use crate::ui::{Keymap, Theme, case_box, view};

/// How wide one cell is in a picture, in its own units; text of 14 units is set in it.
const CELL_WIDTH: f64 = 8.4;
/// How high one cell is.
const CELL_HEIGHT: f64 = 17.0;
/// Where the letters stand in it.
const BASELINE: f64 = 13.0;
/// The room around the cells.
const MARGIN: f64 = 12.0;
/// A case is drawn in so many columns.
const CASE_COLS: u16 = 80;
/// And in at most so many rows.
const CASE_ROWS_MAX: u16 = 400;

/// A rectangle of cells, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    cols: u16,
    rows: Vec<Vec<Run>>,
}

/// Cells in one row that look the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Run {
    pub(super) text: String,
    pub(super) column: u16,
    pub(super) cells: u16,
    pub(super) look: Look,
}

/// How cells look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Look {
    ink: Ink,
    ground: Ink,
    attrs: Modifier,
}

/// A colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
enum Ink {
    #[default]
    Plain,
    Sixteen(u8),
    Rgb(u8, u8, u8),
}

/// The whole window as it is drawn for the operator.
#[must_use]
pub fn window_picture(state: &State, theme: &Theme, keymap: &Keymap) -> Picture {
    let mut buffer = Buffer::empty(Rect::new(0, 0, state.window.0, state.window.1));
    view(state, theme, keymap, &mut buffer);
    Picture::of(&buffer)
}

/// The agent's screen alone.
#[must_use]
pub fn screen_picture(screen: &Screen, theme: &Theme) -> Picture {
    let (cols, rows) = screen.size();
    let mut buffer = Buffer::empty(Rect::new(0, 0, cols, rows));
    let area = buffer.area;
    paint(&mut Canvas::new(&mut buffer, theme), area, screen, Light::Full);
    Picture::of(&buffer)
}

/// A case by itself, whole.
#[must_use]
pub fn case_picture(state: &State, case: &Case, theme: &Theme, keymap: &Keymap) -> Picture {
    let draw = |rows| {
        let mut buffer = Buffer::empty(Rect::new(0, 0, CASE_COLS, rows));
        let area = buffer.area;
        let case_view = CaseView::new(case.id, state.now);
        case_box::draw_in(&mut Canvas::new(&mut buffer, theme), state, case, &case_view, keymap, area);
        buffer
    };
    // The stretch of rows with nothing but the frame is not needed.
    let whole = Picture::of(&draw(CASE_ROWS_MAX));
    let is_spare = |row: &Vec<Run>| row.iter().all(|run| run.text.trim().chars().count() <= 1);
    let longest =
        whole.rows.chunk_by(|one, next| is_spare(one) == is_spare(next)).filter(|rows| rows.iter().all(is_spare));
    let spare = longest.map(<[_]>::len).max().and_then(|rows| u16::try_from(rows).ok()).unwrap_or(0);
    let mut picture = Picture::of(&draw(CASE_ROWS_MAX.saturating_sub(spare).max(8)));
    picture.rows.retain(|row| row.iter().any(|run| !run.text.trim().is_empty()));
    picture
}

impl Picture {
    /// What is drawn in a buffer.
    #[must_use]
    pub fn of(buffer: &Buffer) -> Self {
        let area = buffer.area;
        Self { cols: area.width, rows: (area.top()..area.bottom()).map(|y| row(buffer, y)).collect() }
    }

    pub(super) fn rows(&self) -> &[Vec<Run>] {
        &self.rows
    }

    /// The picture as an SVG file, complete in itself.
    #[must_use]
    pub fn svg(&self, title: &str) -> String {
        let wide = f64::from(self.cols) * CELL_WIDTH + 2.0 * MARGIN;
        let rows = u16::try_from(self.rows.len()).unwrap_or(u16::MAX);
        let high = f64::from(rows) * CELL_HEIGHT + 2.0 * MARGIN;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {wide:.1} {high:.1}\" width=\"{wide:.1}\" \
             height=\"{high:.1}\" role=\"img\">\n<title>{}</title>\n<style>text{{font:14px ui-monospace,SFMono-Regular,\
             Menlo,Consolas,\"DejaVu Sans Mono\",monospace;white-space:pre}}\n{COLOURS}</style>\n\
             <rect class=\"ground\" width=\"100%\" height=\"100%\" rx=\"8\"/>\n",
            escaped(title)
        );
        for (y, row) in (0_u16..).zip(&self.rows) {
            let top = MARGIN + f64::from(y) * CELL_HEIGHT;
            for run in row {
                push_run(&mut svg, run, top);
            }
        }
        svg.push_str("</svg>\n");
        svg
    }
}

fn push_run(svg: &mut String, run: &Run, top: f64) {
    let left = MARGIN + f64::from(run.column) * CELL_WIDTH;
    let wide = f64::from(run.cells) * CELL_WIDTH;
    let Dress { ink, ground } = run.look.dress();
    // Writing into a text cannot fail.
    if let Some(ground) = ground {
        let _ = writeln!(
            svg,
            "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{wide:.1}\" height=\"{CELL_HEIGHT}\"{}/>",
            ground.attributes("fill")
        );
    }
    if run.text.trim().is_empty() {
        return;
    }
    let base = top + BASELINE;
    let _ = writeln!(
        svg,
        "<text x=\"{left:.1}\" y=\"{base:.1}\" textLength=\"{wide:.1}\" lengthAdjust=\"spacingAndGlyphs\"{}>{}</text>",
        ink.attributes("fill"),
        escaped(&run.text)
    );
}

/// What a run wears in a page or a picture.
pub(super) struct Dress {
    /// Its letters.
    pub(super) ink: Cloth,
    /// What is behind them, where that is not the page's ground.
    pub(super) ground: Option<Cloth>,
}

/// Classes of the style sheet, and a colour that it has not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Cloth {
    pub(super) classes: String,
    pub(super) color: Option<String>,
}

impl Cloth {
    fn of(ink: Ink, sixteen: char, plain: &str) -> Self {
        match ink {
            Ink::Plain => Self { classes: plain.to_owned(), color: None },
            Ink::Sixteen(index) => Self { classes: format!("{sixteen}{index}"), color: None },
            Ink::Rgb(red, green, blue) => {
                Self { classes: String::new(), color: Some(format!("#{red:02x}{green:02x}{blue:02x}")) }
            }
        }
    }

    /// As attributes of an SVG element.
    fn attributes(&self, property: &str) -> String {
        let style = self.color.as_ref().map_or_else(String::new, |color| format!(" style=\"{property}:{color}\""));
        format!(" class=\"{}\"{style}", self.classes)
    }
}

impl Look {
    fn of(style: Style) -> Self {
        let ink = |color: Option<Color>| color.map_or(Ink::Plain, Ink::of);
        Self { ink: ink(style.fg), ground: ink(style.bg), attrs: style.add_modifier }
    }

    pub(super) fn dress(self) -> Dress {
        let is_reversed = self.attrs.contains(Modifier::REVERSED);
        let (mut ink, ground) = if is_reversed {
            (Cloth::of(self.ground, 'f', "gf"), Some(Cloth::of(self.ink, 'b', "ib")))
        } else {
            let ground = (self.ground != Ink::Plain).then(|| Cloth::of(self.ground, 'b', ""));
            (Cloth::of(self.ink, 'f', "ink"), ground)
        };
        let worn = [
            (Modifier::BOLD, "bold"),
            (Modifier::DIM, "dim"),
            (Modifier::ITALIC, "it"),
            (Modifier::UNDERLINED, "ul"),
            (Modifier::CROSSED_OUT, "st"),
            (Modifier::HIDDEN, "hid"),
        ];
        for (_, class) in worn.into_iter().filter(|(attr, _)| self.attrs.contains(*attr)) {
            ink.classes.push(' ');
            ink.classes.push_str(class);
        }
        Dress { ink, ground }
    }
}

impl Ink {
    fn of(color: Color) -> Self {
        match color {
            Color::Reset => Self::Plain,
            Color::Black => Self::Sixteen(0),
            Color::Red => Self::Sixteen(1),
            Color::Green => Self::Sixteen(2),
            Color::Yellow => Self::Sixteen(3),
            Color::Blue => Self::Sixteen(4),
            Color::Magenta => Self::Sixteen(5),
            Color::Cyan => Self::Sixteen(6),
            Color::Gray => Self::Sixteen(7),
            Color::DarkGray => Self::Sixteen(8),
            Color::LightRed => Self::Sixteen(9),
            Color::LightGreen => Self::Sixteen(10),
            Color::LightYellow => Self::Sixteen(11),
            Color::LightBlue => Self::Sixteen(12),
            Color::LightMagenta => Self::Sixteen(13),
            Color::LightCyan => Self::Sixteen(14),
            Color::White => Self::Sixteen(15),
            Color::Rgb(red, green, blue) => Self::Rgb(red, green, blue),
            Color::Indexed(index) => Self::indexed(index),
        }
    }

    /// One of the 256: the sixteen, a cube of six steps a side, and 24 greys.
    fn indexed(index: u8) -> Self {
        let step = |at: u8| if at == 0 { 0 } else { 55 + at * 40 };
        match index {
            0..16 => Self::Sixteen(index),
            16..232 => {
                let at = index - 16;
                Self::Rgb(step(at / 36), step(at / 6 % 6), step(at % 6))
            }
            232.. => {
                let grey = 8 + (index - 232) * 10;
                Self::Rgb(grey, grey, grey)
            }
        }
    }
}

/// One row of a buffer as runs; blanks that look like nothing at its end are left out.
pub(super) fn row(buffer: &Buffer, y: u16) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let area = buffer.area;
    let mut x = area.left();
    while x < area.right() {
        let Some(cell) = buffer.cell((x, y)) else { break };
        let symbol = cell.symbol();
        let wide = cells(symbol).max(1);
        let look = Look::of(cell.style());
        match runs.last_mut().filter(|run| run.look == look) {
            Some(run) => {
                run.text.push_str(symbol);
                run.cells += wide;
            }
            None => {
                let column = x - area.left();
                runs.push(Run { text: symbol.to_owned(), column, cells: wide, look });
            }
        }
        x = x.saturating_add(wide);
    }
    while runs.last().is_some_and(|run| run.text.trim().is_empty() && run.look == Look::default()) {
        runs.pop();
    }
    runs
}

/// A text as the inside of an element or an attribute: nothing in it is markup, and nothing that no document may hold.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(plain(c)),
        }
    }
    safe
}

/// A character, or U+FFFD for one that would be obeyed or that no document may hold.
pub(super) fn plain(c: char) -> char {
    let is_none = matches!(u32::from(c) & 0xFFFF, 0xFFFE | 0xFFFF);
    if is_none || must_be_escaped(c) { '\u{FFFD}' } else { c }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buffer(text: &str, style: Style) -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 20, 2));
        buffer.set_string(0, 0, text, style);
        buffer
    }

    #[test]
    fn hostile_text_in_a_picture_is_text() {
        let svg = Picture::of(&buffer("</text><script>&\"'", Style::new())).svg("<b>&");
        assert!(svg.contains(">&lt;/text&gt;&lt;script&gt;&amp;&quot;&#39; "), "{svg}");
        assert!(svg.contains("<title>&lt;b&gt;&amp;</title>"), "{svg}");
        assert_eq!(svg.matches("<script").count(), 0);
        assert_eq!(escaped("a\u{1b}\u{202e}\u{fffe}\u{1ffff}b"), "a\u{fffd}\u{fffd}\u{fffd}\u{fffd}b");
    }

    #[test]
    fn cells_that_look_alike_are_one_run_and_wide_ones_take_two_columns() {
        let mut buffer = buffer("ab漢", Style::new().fg(Color::Indexed(196)).bg(Color::Red));
        buffer.set_string(4, 0, "z", Style::new().add_modifier(Modifier::REVERSED));
        let runs = Picture::of(&buffer).rows;
        let seen: Vec<_> = runs[0].iter().map(|run| (run.text.as_str(), run.column, run.cells)).collect();
        assert_eq!(seen, [("ab漢", 0, 4), ("z", 4, 1)]);
        assert_eq!(runs[1], []);
        let Dress { ink, ground } = runs[0][0].look.dress();
        assert_eq!((ink.color.as_deref(), ground.unwrap().classes.as_str()), (Some("#ff0000"), "b1"));
        let Dress { ink, ground } = runs[0][1].look.dress();
        assert_eq!((ink.classes.as_str(), ground.unwrap().classes.as_str()), ("gf", "ib"));
    }
}

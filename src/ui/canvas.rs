//! A buffer that can be drawn on anywhere: what lies outside is not drawn.

use std::cell::Cell as Columns;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::glyphs::{Frame, Glyphs};
use super::text::{Kind, pieces};
use super::theme::Theme;
use crate::model::Untrusted;

thread_local! {
    /// How many columns a character of ambiguous width takes in what is drawn now.
    static AMBIGUOUS: Columns<u16> = const { Columns::new(1) };
}

/// A buffer and the theme to draw on it with.
pub(super) struct Canvas<'a> {
    buffer: &'a mut Buffer,
    theme: &'a Theme,
}

/// Text of one style.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) scope: &'static str,
    pub(super) text: String,
}

/// One row of text: what stands at its left and what at its right.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Line {
    pub(super) left: Vec<Span>,
    pub(super) right: Vec<Span>,
}

/// A place in a row, and where the row ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pen {
    pub(super) x: u16,
    pub(super) y: u16,
    pub(super) end: u16,
}

impl<'a> Canvas<'a> {
    pub(super) fn new(buffer: &'a mut Buffer, theme: &'a Theme) -> Self {
        AMBIGUOUS.set(theme.ambiguous_columns());
        Self { buffer, theme }
    }

    pub(super) fn area(&self) -> Rect {
        self.buffer.area
    }

    pub(super) fn style(&self, scope: &str) -> Style {
        self.theme.style(scope)
    }

    pub(super) fn glyphs(&self) -> &'a Glyphs {
        self.theme.glyphs()
    }

    /// Empties a rectangle. A wide character that reaches into it from the left is taken away.
    pub(super) fn fill(&mut self, area: Rect, scope: &str) {
        let style = self.style("text").patch(self.style(scope));
        let area = area.intersection(self.buffer.area);
        for y in area.top()..area.bottom() {
            if let Some(before) = area.left().checked_sub(1)
                && let Some(cell) = self.buffer.cell_mut((before, y))
                && cell.symbol().width() > 1
            {
                cell.set_symbol(" ");
            }
            for x in area.left()..area.right() {
                if let Some(cell) = self.buffer.cell_mut((x, y)) {
                    cell.reset();
                    cell.set_style(style);
                }
            }
        }
    }

    /// Styles cells that are drawn already.
    pub(super) fn tint(&mut self, area: Rect, scope: &str) {
        let style = self.style(scope);
        self.buffer.set_style(area.intersection(self.buffer.area), style);
    }

    /// Styles a text wherever it stands in an area, whatever its case.
    pub(super) fn tint_text(&mut self, area: Rect, wanted: &str, scope: &str) {
        let wanted: Vec<char> = wanted.chars().flat_map(char::to_lowercase).collect();
        let area = area.intersection(self.buffer.area);
        for y in area.top()..area.bottom() {
            let cells = (area.left()..area.right()).flat_map(|x| {
                let symbol = self.buffer.cell((x, y)).map_or(" ", |cell| cell.symbol());
                symbol.chars().flat_map(char::to_lowercase).map(move |c| (c, x))
            });
            let cells: Vec<(char, u16)> = cells.collect();
            let is_here = |part: &&[(char, u16)]| part.iter().map(|(c, _)| c).eq(&wanted);
            for part in cells.windows(wanted.len().max(1)).filter(is_here) {
                if let (Some((_, from)), Some((_, to))) = (part.first(), part.last()) {
                    self.tint(Rect { x: *from, y, width: to - from + 1, height: 1 }, scope);
                }
            }
        }
    }

    /// Draws text that is ours, or has been made safe, and returns where it ended.
    pub(super) fn put(&mut self, pen: Pen, text: &str, style: Style) -> Pen {
        let mut pen = pen;
        for grapheme in text.graphemes(true) {
            let width = cells(grapheme);
            if pen.x.saturating_add(width) > pen.end || width == 0 {
                if width == 0 {
                    continue;
                }
                break;
            }
            if let Some(cell) = self.buffer.cell_mut((pen.x, pen.y)) {
                cell.set_symbol(grapheme);
                cell.set_style(style);
            }
            // What a terminal draws wider than others say is followed by nothing, or it would be drawn over.
            let rest = if usize::from(width) > grapheme.width() { "" } else { " " };
            for x in pen.x + 1..pen.x + width {
                if let Some(cell) = self.buffer.cell_mut((x, pen.y)) {
                    cell.set_symbol(rest);
                    cell.set_style(style);
                }
            }
            pen.x += width;
        }
        pen
    }

    /// Draws text in a scope.
    pub(super) fn say(&mut self, pen: Pen, scope: &str, text: &str) -> Pen {
        self.put(pen, text, self.style(scope))
    }

    /// Draws text so that it ends where the row does, and returns the row without it.
    pub(super) fn say_right(&mut self, pen: Pen, scope: &str, text: &str) -> Pen {
        let width = width(text).min(pen.end.saturating_sub(pen.x));
        let start = pen.end - width;
        self.say(Pen { x: start, ..pen }, scope, text);
        Pen { end: start, ..pen }
    }

    pub(super) fn spans(&mut self, pen: Pen, spans: &[Span]) -> Pen {
        spans.iter().fold(pen, |pen, span| self.say(pen, span.scope, &span.text))
    }

    /// Draws spans; where they do not fit, a mark says that there is more.
    pub(super) fn spans_cut(&mut self, pen: Pen, spans: &[Span]) -> Pen {
        let whole: usize = spans.iter().map(|span| usize::from(width(&span.text))).sum();
        // Blanks at the end say nothing.
        let blanks = spans.last().map_or(0, |span| span.text.len() - span.text.trim_end_matches(' ').len());
        if whole - blanks <= pen.room() {
            return self.spans(pen, spans);
        }
        let cut = self.glyphs().cut;
        let mut at = pen.until(pen.end.saturating_sub(width(cut)));
        for span in spans {
            let fits = usize::from(width(&span.text)) <= at.room();
            at = self.say(at, span.scope, &span.text);
            if !fits {
                break;
            }
        }
        self.say(Pen { end: pen.end, ..at }, "text.faint", cut)
    }

    /// Draws a line; its right part first, so that the left is cut where both do not fit.
    pub(super) fn line(&mut self, pen: Pen, line: &Line) {
        let width: u16 = line.right.iter().map(|span| width(&span.text)).fold(0, u16::saturating_add);
        let room = pen.end.saturating_sub(pen.x);
        let start = pen.end - width.min(room);
        self.spans(Pen { x: start, ..pen }, &line.right);
        let gap = u16::from(width > 0);
        self.spans_cut(Pen { end: start.saturating_sub(gap), ..pen }, &line.left);
    }

    /// The text of an area as it stands there, row by row, without blanks at the end.
    pub(super) fn rows(&self, area: Rect) -> Vec<String> {
        let area = area.intersection(self.buffer.area);
        let row = |y| {
            let mut text = String::new();
            let mut x = area.left();
            while x < area.right() {
                let symbol = self.buffer.cell((x, y)).map_or(" ", |cell| cell.symbol());
                text.push_str(symbol);
                x = x.saturating_add(cells(symbol).max(1));
            }
            text.truncate(text.trim_end().len());
            text
        };
        (area.top()..area.bottom()).map(row).collect()
    }

    /// Draws the border of a box.
    pub(super) fn frame(&mut self, area: Rect, frame: &Frame, style: Style) {
        if area.width < 2 || area.height < 2 {
            return;
        }
        let (left, right) = (area.left(), area.right() - 1);
        let (top, bottom) = (area.top(), area.bottom() - 1);
        for x in left..=right {
            self.cell(x, top, frame.across, style);
            self.cell(x, bottom, frame.across, style);
        }
        for y in top..=bottom {
            self.cell(left, y, frame.down, style);
            self.cell(right, y, frame.down, style);
        }
        let [top_left, top_right, bottom_left, bottom_right] = frame.corners;
        self.cell(left, top, top_left, style);
        self.cell(right, top, top_right, style);
        self.cell(left, bottom, bottom_left, style);
        self.cell(right, bottom, bottom_right, style);
    }

    /// Draws a thin rule from side to side of a box.
    pub(super) fn rule(&mut self, area: Rect, y: u16, frame: &Frame, style: Style) {
        if area.width < 2 || y < area.top() || y >= area.bottom() {
            return;
        }
        let rule = self.glyphs().rule;
        let [left, right] = frame.tees;
        for x in area.left() + 1..area.right() - 1 {
            self.cell(x, y, rule, style);
        }
        self.cell(area.left(), y, left, style);
        self.cell(area.right() - 1, y, right, style);
    }

    pub(super) fn cell(&mut self, x: u16, y: u16, symbol: &str, style: Style) {
        if let Some(cell) = self.buffer.cell_mut((x, y)) {
            cell.set_symbol(symbol);
            cell.set_style(style);
        }
    }
}

impl Pen {
    /// The first row of an area.
    pub(super) fn of(area: Rect) -> Self {
        Self { x: area.left(), y: area.top(), end: area.right() }
    }

    /// A row of an area, counted from its first; `None` if it has not so many.
    pub(super) fn row(area: Rect, row: usize) -> Option<Self> {
        let row = u16::try_from(row).ok().filter(|row| *row < area.height)?;
        Some(Self { x: area.left(), y: area.top() + row, end: area.right() })
    }

    pub(super) fn skip(self, cells: u16) -> Self {
        Self { x: self.x.saturating_add(cells).min(self.end), ..self }
    }

    pub(super) fn room(self) -> usize {
        usize::from(self.end.saturating_sub(self.x))
    }

    /// The same row, ending before `end`.
    pub(super) fn until(self, end: u16) -> Self {
        Self { end: self.end.min(end), ..self }
    }
}

impl Span {
    pub(super) fn new(scope: &'static str, text: impl Into<String>) -> Self {
        Self { scope, text: text.into() }
    }
}

impl Line {
    /// Whether there is nothing in it.
    pub(super) fn is_empty(&self) -> bool {
        self.left.is_empty() && self.right.is_empty()
    }

    pub(super) fn new(scope: &'static str, text: impl Into<String>) -> Self {
        Self { left: vec![Span::new(scope, text)], right: Vec::new() }
    }

    pub(super) fn and(mut self, scope: &'static str, text: impl Into<String>) -> Self {
        self.left.push(Span::new(scope, text));
        self
    }

    pub(super) fn and_all(mut self, spans: Vec<Span>) -> Self {
        self.left.extend(spans);
        self
    }

    pub(super) fn right(mut self, scope: &'static str, text: impl Into<String>) -> Self {
        self.right.push(Span::new(scope, text));
        self
    }
}

/// An untrusted text as spans, made safe.
pub(super) fn untrusted_spans(text: &Untrusted, scope: &'static str) -> Vec<Span> {
    pieces(text.as_bytes())
        .into_iter()
        .map(|piece| match piece.kind {
            Kind::Plain => Span::new(scope, piece.text),
            Kind::Escape => Span::new("risk", piece.text),
            Kind::Secret => Span::new("secret", piece.text),
        })
        .collect()
}

/// How many cells a text takes.
pub(super) fn width(text: &str) -> u16 {
    let wide = if text.is_ascii() { text.len() } else { text.graphemes(true).map(|g| usize::from(cells(g))).sum() };
    u16::try_from(wide).unwrap_or(u16::MAX)
}

/// How many cells one grapheme takes.
pub(super) fn cells(grapheme: &str) -> u16 {
    if let [byte] = grapheme.as_bytes() {
        return u16::from(!byte.is_ascii_control());
    }
    let wide = if AMBIGUOUS.get() > 1 { grapheme.width_cjk() } else { grapheme.width() };
    u16::try_from(wide).unwrap_or(2).min(2)
}

/// The area inside a box.
pub(super) fn inside(area: Rect) -> Rect {
    Rect {
        x: area.x.saturating_add(1),
        y: area.y.saturating_add(1),
        width: area.width.saturating_sub(2),
        height: area.height.saturating_sub(2),
    }
}

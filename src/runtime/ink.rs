//! Changed cells as bytes for the operator's terminal: as few as say it.
//!
//! A flood of colours is as fast as the terminal takes what we write. So only what changes from one cell to the next is
//! written, and a place only where the terminal's cursor may not be there already.

use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The attributes, each with the number that sets it and the one that ends it.
const ATTRIBUTES: [(Modifier, u16, u16); 9] = [
    (Modifier::BOLD, 1, 22),
    (Modifier::DIM, 2, 22),
    (Modifier::ITALIC, 3, 23),
    (Modifier::UNDERLINED, 4, 24),
    (Modifier::SLOW_BLINK, 5, 25),
    (Modifier::RAPID_BLINK, 6, 25),
    (Modifier::REVERSED, 7, 27),
    (Modifier::HIDDEN, 8, 28),
    (Modifier::CROSSED_OUT, 9, 29),
];

/// What the terminal would draw the next character with, and where.
#[derive(Debug, Clone, Copy)]
struct Ink {
    fg: Color,
    bg: Color,
    modifier: Modifier,
    /// Where its cursor is, where that is known for certain.
    place: Option<(u16, u16)>,
}

/// Which of two colours.
#[derive(Debug, Clone, Copy)]
enum Ground {
    Text,
    Behind,
}

/// Appends what draws these cells. The terminal has no colour and no attribute set before and after. `ambiguous_columns` is how
/// wide it draws characters of ambiguous width.
pub(super) fn draw<'a>(cells: impl Iterator<Item = (u16, u16, &'a Cell)>, ambiguous_columns: u16, out: &mut Vec<u8>) {
    let mut ink = Ink { fg: Color::Reset, bg: Color::Reset, modifier: Modifier::empty(), place: None };
    for (x, y, cell) in cells {
        if ink.place != Some((x, y)) {
            go(x, y, out);
        }
        ink.change(cell, out);
        let symbol = cell.symbol();
        out.extend_from_slice(symbol.as_bytes());
        ink.place = columns(symbol, ambiguous_columns).map(|columns| (x.saturating_add(columns), y));
    }
    if (ink.fg, ink.bg, ink.modifier) != (Color::Reset, Color::Reset, Modifier::empty()) {
        out.extend_from_slice(b"\x1b[0m");
    }
}

fn go(x: u16, y: u16, out: &mut Vec<u8>) {
    out.extend_from_slice(b"\x1b[");
    number(y.saturating_add(1), out);
    out.push(b';');
    number(x.saturating_add(1), out);
    out.push(b'H');
}

/// How many columns every terminal moves its cursor by for this; `None` where they do not agree.
fn columns(symbol: &str, ambiguous_columns: u16) -> Option<u16> {
    let mut chars = symbol.chars();
    let first = chars.next()?;
    if first.is_ascii() && symbol.len() == 1 {
        return Some(1);
    }
    if chars.next().is_none() && is_plainly_wide(first) {
        return Some(2);
    }
    let is_wider = ambiguous_columns > 1 && symbol.width_cjk() > symbol.width();
    let is_narrow = first.width() == Some(1) && symbol.width() == 1;
    (is_narrow && !is_wider).then_some(1)
}

/// Whether every terminal draws it two columns wide: kana, ideographs, hangul, and full-width forms. Emoji are not among them.
fn is_plainly_wide(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{3096}' | '\u{30a0}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7a3}' | '\u{ff01}'..='\u{ff60}')
}

impl Ink {
    /// Appends what makes it the cell's, if it is not already.
    fn change(&mut self, cell: &Cell, out: &mut Vec<u8>) {
        if (self.fg, self.bg, self.modifier) == (cell.fg, cell.bg, cell.modifier) {
            return;
        }
        out.extend_from_slice(b"\x1b[");
        let opened = out.len();
        let code = |code: u16, out: &mut Vec<u8>| {
            if out.len() > opened {
                out.push(b';');
            }
            number(code, out);
        };
        let removed = self.modifier - cell.modifier;
        let mut added = cell.modifier - self.modifier;
        let (bold, dim) = (Modifier::BOLD, Modifier::DIM);
        for (attribute, _, end) in ATTRIBUTES.iter().filter(|(attribute, ..)| removed.contains(*attribute)) {
            code(*end, out);
            // One number ends both.
            if (bold | dim).contains(*attribute) {
                added |= cell.modifier & (bold | dim);
            }
        }
        for (_, begin, _) in ATTRIBUTES.iter().filter(|(attribute, ..)| added.contains(*attribute)) {
            code(*begin, out);
        }
        if self.fg != cell.fg {
            color(cell.fg, Ground::Text).into_iter().flatten().for_each(|part| code(part, out));
        }
        if self.bg != cell.bg {
            color(cell.bg, Ground::Behind).into_iter().flatten().for_each(|part| code(part, out));
        }
        out.push(b'm');
        (self.fg, self.bg, self.modifier) = (cell.fg, cell.bg, cell.modifier);
    }
}

/// The numbers that set a colour.
fn color(color: Color, ground: Ground) -> [Option<u16>; 5] {
    let base = match ground {
        Ground::Text => 30,
        Ground::Behind => 40,
    };
    let index = match color {
        Color::Reset => return [Some(base + 9), None, None, None, None],
        Color::Rgb(red, green, blue) => {
            let [red, green, blue] = [red, green, blue].map(|part| Some(u16::from(part)));
            return [Some(base + 8), Some(2), red, green, blue];
        }
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
        Color::Indexed(index) => u16::from(index),
    };
    match index {
        0..=7 => [Some(base + index), None, None, None, None],
        8..=15 => [Some(base + 60 + index - 8), None, None, None, None],
        _ => [Some(base + 8), Some(5), Some(index), None, None],
    }
}

fn number(number: u16, out: &mut Vec<u8>) {
    for power in [10_000, 1_000, 100, 10] {
        if number >= power {
            out.push(b'0' + u8::try_from(number / power % 10).unwrap_or_default());
        }
    }
    out.push(b'0' + u8::try_from(number % 10).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;
    use crate::term::{Color as Seen, Screen};

    /// What is written for cells beside each other.
    fn written(symbols: &[(&str, Style)], ambiguous_columns: u16) -> String {
        let mut cells = Vec::new();
        let mut x = 0;
        for (symbol, style) in symbols {
            let mut cell = Cell::default();
            cell.set_symbol(symbol).set_style(*style);
            cells.push((x, cell));
            x += u16::try_from(symbol.width()).unwrap_or(1);
        }
        let mut out = Vec::new();
        draw(cells.iter().map(|(x, cell)| (*x, 0, cell)), ambiguous_columns, &mut out);
        String::from_utf8_lossy(&out).into_owned()
    }

    fn plain(symbols: &[&str], ambiguous_columns: u16) -> String {
        let styled: Vec<_> = symbols.iter().map(|symbol| (*symbol, Style::new())).collect();
        written(&styled, ambiguous_columns)
    }

    #[test]
    fn a_place_is_told_where_the_terminals_cursor_may_be_elsewhere_and_only_there() {
        assert_eq!(plain(&["a", "…", "漢", "字", "b"], 1), "\x1b[1;1Ha…漢字b");
        assert_eq!(plain(&["a", "…", "b"], 2), "\x1b[1;1Ha…\x1b[1;3Hb");
        // Terminals do not agree on emoji and on what is put together.
        assert_eq!(plain(&["👍", "b"], 1), "\x1b[1;1H👍\x1b[1;3Hb");
        assert_eq!(plain(&["❤\u{fe0f}", "b"], 1), "\x1b[1;1H❤\u{fe0f}\x1b[1;3Hb");
    }

    #[test]
    fn only_what_changes_from_one_cell_to_the_next_is_written() {
        let red = Style::new().fg(Color::Red);
        let bold = red.bg(Color::Indexed(200)).add_modifier(Modifier::BOLD | Modifier::DIM);
        let dim = bold.remove_modifier(Modifier::BOLD);
        assert_eq!(
            written(&[("a", red), ("b", red), ("c", bold), ("d", dim), ("e", Style::new())], 1),
            "\x1b[1;1H\x1b[31mab\x1b[1;2;48;5;200mc\x1b[22;2md\x1b[22;39;49me",
        );
        assert_eq!(written(&[("a", red)], 1), "\x1b[1;1H\x1b[31ma\x1b[0m");
    }

    #[test]
    fn a_terminal_shows_the_cells_that_were_drawn() {
        let colors =
            [Color::Reset, Color::Black, Color::LightCyan, Color::White, Color::Indexed(99), Color::Rgb(1, 2, 3)];
        let modifiers = [Modifier::empty(), Modifier::BOLD, Modifier::DIM | Modifier::ITALIC, Modifier::REVERSED];
        let area = Rect::new(0, 0, 24, 24);
        let mut buffer = Buffer::empty(area);
        for (index, cell) in buffer.content.iter_mut().enumerate() {
            let pick = |step: usize| colors.get(index / step % colors.len()).copied().unwrap_or_default();
            cell.fg = pick(1);
            cell.bg = pick(7);
            cell.modifier = modifiers.get(index / 5 % modifiers.len()).copied().unwrap_or_default();
            cell.set_char(char::from(b'a' + u8::try_from(index % 26).unwrap_or_default()));
        }
        let mut out = Vec::new();
        draw(Buffer::empty(area).diff(&buffer).into_iter(), 1, &mut out);
        let mut screen = Screen::new(24, 24, 0);
        screen.feed(&out);
        let seen_as = |color| match color {
            Color::Black => Seen::Indexed(0),
            Color::LightCyan => Seen::Indexed(14),
            Color::White => Seen::Indexed(15),
            Color::Indexed(index) => Seen::Indexed(index),
            Color::Rgb(red, green, blue) => Seen::Rgb(red, green, blue),
            _ => Seen::Default,
        };
        for row in 0..24 {
            for cell in screen.row(row) {
                let wanted = &buffer[(cell.column, row)];
                let attrs = [
                    (cell.attrs.bold, Modifier::BOLD),
                    (cell.attrs.dim, Modifier::DIM),
                    (cell.attrs.italic, Modifier::ITALIC),
                    (cell.attrs.reverse, Modifier::REVERSED),
                ];
                let modifier =
                    attrs.iter().filter(|(is_set, _)| *is_set).fold(Modifier::empty(), |all, (_, m)| all | *m);
                assert_eq!(cell.ch.to_string(), wanted.symbol());
                assert_eq!((cell.fg, cell.bg, modifier), (seen_as(wanted.fg), seen_as(wanted.bg), wanted.modifier));
            }
        }
    }
}

//! Cells as a painter needs them.

use alacritty_terminal::term::cell::{Cell as Inner, Flags};
use alacritty_terminal::term::color::Colors as Overrides;
use alacritty_terminal::vte::ansi::{Color as AnsiColor, NamedColor};

use super::clean::is_drawable_mark;

/// Asks for the wide, coloured form of a character.
const EMOJI_PRESENTATION: char = '\u{fe0f}';

/// Asks for the narrow form.
const TEXT_PRESENTATION: char = '\u{fe0e}';

/// Joins two emoji; the emulator keeps them in cells of their own.
const JOINER: char = '\u{200d}';

/// One cell of the Screen; a wide character is one cell of width 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell<'a> {
    /// The column it starts in, from 0.
    pub column: u16,
    /// Its character; a blank where nothing is. Never a control character.
    pub ch: char,
    /// What is drawn over the character: combining marks, variation selectors, the rest of a cluster.
    pub marks: &'a [char],
    /// How many columns it takes, 1 or 2.
    pub width: u8,
    /// Its colour.
    pub fg: Color,
    /// The colour behind it.
    pub bg: Color,
    /// How it is drawn.
    pub attrs: Attrs,
}

/// A colour as the agent asked for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Color {
    /// The terminal's own.
    #[default]
    Default,
    /// One of the 256; the first 16 are the terminal's own.
    Indexed(u8),
    /// Red, green and blue.
    Rgb(u8, u8, u8),
}

/// How a cell is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Attrs {
    /// Bold.
    pub bold: bool,
    /// Dim.
    pub dim: bool,
    /// Italic.
    pub italic: bool,
    /// Foreground and background change places.
    pub reverse: bool,
    /// Takes its room, is not drawn.
    pub hidden: bool,
    /// Struck through.
    pub strike: bool,
    /// The line below it.
    pub underline: Underline,
}

/// The line below a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Underline {
    /// None.
    #[default]
    None,
    /// One.
    Single,
    /// Two.
    Double,
    /// A wave.
    Curly,
    /// Dots.
    Dotted,
    /// Dashes.
    Dashed,
}

impl Cell<'_> {
    /// Whether nothing would be seen of it on a background of the terminal's own colour.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.ch == ' ' && self.marks.is_empty() && self.bg == Color::Default && self.attrs == Attrs::default()
    }

    /// Appends its text, marks included, to `text`.
    pub fn push_to(&self, text: &mut String) {
        text.push(self.ch);
        text.extend(self.drawable_marks());
    }

    /// What to draw, without an allocation: the part of `buffer` that now holds it.
    ///
    /// It takes [`width`](Self::width) columns on every terminal: marks that would make it wider or narrower on some,
    /// or join it with the next cell, are left out.
    pub fn symbol<'b>(&self, buffer: &'b mut String) -> &'b str {
        buffer.clear();
        buffer.push(self.ch);
        if !self.marks.is_empty() {
            let off = if self.width == 1 { EMOJI_PRESENTATION } else { TEXT_PRESENTATION };
            buffer.extend(self.drawable_marks().filter(|mark| *mark != off && *mark != JOINER));
        }
        buffer
    }

    fn drawable_marks(&self) -> impl Iterator<Item = char> {
        self.marks.iter().copied().filter(|c| is_drawable_mark(*c))
    }
}

/// What a cell of the emulator's shows, without its colours.
struct Shown<'a> {
    column: usize,
    cell: &'a Inner,
    ch: char,
    marks: &'a [char],
    width: u8,
}

/// Turns an emulator's row into cells that cover each column exactly once. Halves of wide characters whose other half
/// was overwritten are blanks.
pub(super) fn cells<'a>(row: &'a [Inner], overrides: &'a Overrides) -> impl Iterator<Item = Cell<'a>> {
    shown(row).map(|Shown { column, cell, ch, marks, width }| Cell {
        column: u16::try_from(column).unwrap_or(u16::MAX),
        ch,
        marks,
        width,
        fg: color(cell.fg, overrides),
        bg: color(cell.bg, overrides),
        attrs: attrs(cell.flags),
    })
}

/// The text of an emulator's row as its [`cells`] have it, without the blanks at its end.
pub(super) fn text(row: &[Inner]) -> String {
    let is_seen = |cell: &Inner| cell.c != ' ' || cell.extra.is_some();
    let used = row.iter().rposition(is_seen).and_then(|last| row.get(..=last)).unwrap_or_default();
    // A wide character's other half may be a blank.
    let used = row.get(..used.len() + 1).unwrap_or(used);
    let mut text = String::with_capacity(used.len());
    for Shown { ch, marks, .. } in shown(used) {
        text.push(ch);
        text.extend(marks.iter().filter(|mark| is_drawable_mark(**mark)));
    }
    text.truncate(text.trim_end_matches(' ').len());
    text
}

fn shown(row: &[Inner]) -> impl Iterator<Item = Shown<'_>> {
    let is_spacer = |cell: Option<&Inner>| cell.is_some_and(|cell| cell.flags.contains(Flags::WIDE_CHAR_SPACER));
    let mut covered = false;
    row.iter().enumerate().filter_map(move |(column, cell)| {
        if std::mem::take(&mut covered) {
            return None;
        }
        let is_wide = cell.flags.contains(Flags::WIDE_CHAR);
        covered = is_wide && is_spacer(row.get(column + 1));
        let is_half = is_wide && !covered;
        Some(Shown {
            column,
            cell,
            ch: if is_half || cell.c.is_control() { ' ' } else { cell.c },
            marks: if is_half { &[] } else { cell.zerowidth().unwrap_or_default() },
            width: if covered { 2 } else { 1 },
        })
    })
}

fn attrs(flags: Flags) -> Attrs {
    if flags.is_empty() {
        return Attrs::default();
    }
    let has = |flag| flags.contains(flag);
    Attrs {
        bold: has(Flags::BOLD),
        dim: has(Flags::DIM),
        italic: has(Flags::ITALIC),
        reverse: has(Flags::INVERSE),
        hidden: has(Flags::HIDDEN),
        strike: has(Flags::STRIKEOUT),
        underline: match flags.intersection(Flags::ALL_UNDERLINES) {
            Flags::UNDERLINE => Underline::Single,
            Flags::DOUBLE_UNDERLINE => Underline::Double,
            Flags::UNDERCURL => Underline::Curly,
            Flags::DOTTED_UNDERLINE => Underline::Dotted,
            Flags::DASHED_UNDERLINE => Underline::Dashed,
            _ => Underline::None,
        },
    }
}

/// The colour, or what the agent set in its place.
fn color(color: AnsiColor, overrides: &Overrides) -> Color {
    let (index, plain) = match color {
        AnsiColor::Spec(rgb) => return Color::Rgb(rgb.r, rgb.g, rgb.b),
        AnsiColor::Indexed(index) => (usize::from(index), Color::Indexed(index)),
        AnsiColor::Named(NamedColor::Foreground) => (NamedColor::Foreground as usize, Color::Default),
        AnsiColor::Named(NamedColor::Background) => (NamedColor::Background as usize, Color::Default),
        AnsiColor::Named(name) => {
            let index = name as usize;
            (index, u8::try_from(index).map_or(Color::Default, Color::Indexed))
        }
    };
    overrides[index].map_or(plain, |rgb| Color::Rgb(rgb.r, rgb.g, rgb.b))
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use crate::term::Screen;

    #[test]
    fn what_is_drawn_of_a_cell_takes_its_columns() {
        let mut screen = Screen::new(80, 2, 0);
        screen.feed("a漢e\u{301}\u{2764}\u{fe0f}1\u{fe0f}\u{20e3}👩\u{200d}💻👍🏽⌚\u{fe0e}🇩🇪ก็नि한".as_bytes());
        let mut buffer = String::new();
        for cell in screen.row(0) {
            let symbol = cell.symbol(&mut buffer);
            assert_eq!(symbol.width(), usize::from(cell.width), "{symbol:?}");
        }
    }
}

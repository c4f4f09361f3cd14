//! How many colours the operator's terminal has, and the nearest of them where it has not all.

use std::collections::HashMap;

use ratatui::buffer::Buffer;
use ratatui::style::Color;

/// The levels of each part in the cube of the 256 colours.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];
/// The number of the cube's first colour, and of the first grey.
const CUBE_FIRST: u8 = 16;
const GREY_FIRST: u8 = 232;
/// The 16 colours as most terminals have them, in the order of their numbers.
const SIXTEEN: [(Color, [u8; 3]); 16] = [
    (Color::Black, [0, 0, 0]),
    (Color::Red, [205, 0, 0]),
    (Color::Green, [0, 205, 0]),
    (Color::Yellow, [205, 205, 0]),
    (Color::Blue, [0, 0, 238]),
    (Color::Magenta, [205, 0, 205]),
    (Color::Cyan, [0, 205, 205]),
    (Color::Gray, [229, 229, 229]),
    (Color::DarkGray, [127, 127, 127]),
    (Color::LightRed, [255, 0, 0]),
    (Color::LightGreen, [0, 255, 0]),
    (Color::LightYellow, [255, 255, 0]),
    (Color::LightBlue, [92, 92, 255]),
    (Color::LightMagenta, [255, 0, 255]),
    (Color::LightCyan, [0, 255, 255]),
    (Color::White, [255, 255, 255]),
];

/// How many colours a terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// None: the operator wants none.
    None,
    /// Those with names.
    Sixteen,
    /// Those with numbers.
    Indexed,
    /// All.
    True,
}

impl Depth {
    /// By `COLORTERM` and `TERM`, as terminals set them.
    #[must_use]
    pub fn of(color_term: Option<&str>, term: Option<&str>) -> Self {
        let term = term.unwrap_or_default();
        // Whoever says so in TERM has chosen them: COLORTERM may come from another terminal.
        let is_small = term.ends_with("-16color") || ["linux", "ansi"].contains(&term) || term.starts_with("vt");
        if is_small {
            Self::Sixteen
        } else if matches!(color_term, Some("truecolor" | "24bit"))
            || term.ends_with("-direct")
            || term == "xterm-kitty"
        {
            Self::True
        } else if term.contains("256color") {
            Self::Indexed
        } else {
            Self::Sixteen
        }
    }

    /// Replaces the colours of a buffer that the terminal has not.
    pub(super) fn fit(self, buffer: &mut Buffer) {
        if self == Self::True {
            return;
        }
        // A window has many cells and few colours: the nearest of each is looked for once.
        let mut known: HashMap<Color, Color> = HashMap::new();
        let mut nearest = |color| *known.entry(color).or_insert_with(|| self.nearest(color));
        // Neighbours mostly have the same ones: they are not even looked up.
        let mut last = [(Color::Reset, Color::Reset); 2];
        for cell in &mut buffer.content {
            for (color, (from, to)) in [&mut cell.fg, &mut cell.bg].into_iter().zip(&mut last) {
                if *color != *from {
                    (*from, *to) = (*color, nearest(*color));
                }
                *color = *to;
            }
        }
    }

    fn nearest(self, color: Color) -> Color {
        match (self, color) {
            (Self::True, _) => color,
            (Self::None, _) => Color::Reset,
            (Self::Indexed, Color::Rgb(red, green, blue)) => Color::Indexed(indexed([red, green, blue])),
            (Self::Sixteen, Color::Rgb(red, green, blue)) => named([red, green, blue]),
            (Self::Sixteen, Color::Indexed(index)) => match SIXTEEN.get(usize::from(index)) {
                Some((named, _)) => *named,
                None => named(of_index(index)),
            },
            _ => color,
        }
    }
}

fn distance(one: [u8; 3], other: [u8; 3]) -> u32 {
    one.into_iter().zip(other).map(|(one, other)| u32::from(one.abs_diff(other)).pow(2)).sum()
}

fn named(color: [u8; 3]) -> Color {
    SIXTEEN.iter().min_by_key(|(_, known)| distance(color, *known)).map_or(Color::Reset, |(named, _)| *named)
}

/// The nearest in the cube or on the ramp of greys; of several the one with the lowest number.
fn indexed(color: [u8; 3]) -> u8 {
    // In the cube each part goes to its own nearest level.
    let level = |part: u8| (0u8..).zip(CUBE).min_by_key(|(_, level)| level.abs_diff(part)).map_or(0, |(at, _)| at);
    let [red, green, blue] = color.map(level);
    let cube = CUBE_FIRST + 36 * red + 6 * green + blue;
    let greys = GREY_FIRST..=u8::MAX;
    [cube].into_iter().chain(greys).min_by_key(|index| distance(color, of_index(*index))).unwrap_or(cube)
}

/// The colour of a number from 16 on: a cube of 6 by 6 by 6, then 24 greys.
fn of_index(index: u8) -> [u8; 3] {
    let level = |part: u8| CUBE.get(usize::from(part % 6)).copied().unwrap_or_default();
    match index {
        GREY_FIRST.. => [8 + 10 * (index - GREY_FIRST); 3],
        _ => {
            let at = index.saturating_sub(CUBE_FIRST);
            [level(at / 36), level(at / 6), level(at)]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_that_the_terminal_has_not_becomes_the_nearest_it_has() {
        for (depth, color, nearest) in [
            (Depth::True, Color::Rgb(1, 2, 3), Color::Rgb(1, 2, 3)),
            (Depth::Indexed, Color::Rgb(255, 0, 0), Color::Indexed(196)),
            (Depth::Indexed, Color::Rgb(0x0d, 0x11, 0x17), Color::Indexed(233)),
            (Depth::Indexed, Color::Indexed(3), Color::Indexed(3)),
            (Depth::Indexed, Color::Reset, Color::Reset),
            (Depth::Sixteen, Color::Rgb(0xee, 0x20, 0x10), Color::LightRed),
            (Depth::Sixteen, Color::Rgb(10, 12, 20), Color::Black),
            (Depth::Sixteen, Color::Indexed(9), Color::LightRed),
            (Depth::Sixteen, Color::Indexed(231), Color::White),
            (Depth::Sixteen, Color::Cyan, Color::Cyan),
            (Depth::None, Color::Cyan, Color::Reset),
            (Depth::None, Color::Rgb(1, 2, 3), Color::Reset),
        ] {
            assert_eq!(depth.nearest(color), nearest, "{depth:?} {color}");
        }
    }

    #[test]
    fn no_other_of_the_numbered_colours_is_nearer() {
        for red in (0..=255).step_by(5) {
            for green in (0..=255).step_by(15).chain([127, 128, 129]) {
                for blue in (0..=255).step_by(17).chain([red, green, 47, 48, 155]) {
                    let color = [red, green, blue];
                    let nearest = (16..=255).min_by_key(|index| distance(color, of_index(*index)));
                    assert_eq!(Some(indexed(color)), nearest, "{color:?}");
                }
            }
        }
    }

    #[test]
    fn every_cell_gets_the_nearest_of_its_own_colours() {
        let colors =
            [Color::Rgb(1, 2, 3), Color::Rgb(250, 9, 9), Color::Reset, Color::Indexed(77), Color::Rgb(1, 2, 3)];
        for depth in [Depth::None, Depth::Sixteen, Depth::Indexed, Depth::True] {
            let mut buffer = Buffer::empty(ratatui::layout::Rect::new(0, 0, 5, 5));
            let at = |cell: usize| (colors[cell % 5], colors[cell / 5]);
            for (number, cell) in buffer.content.iter_mut().enumerate() {
                (cell.fg, cell.bg) = at(number);
            }
            depth.fit(&mut buffer);
            for (number, cell) in buffer.content.iter().enumerate() {
                let (fg, bg) = at(number);
                assert_eq!((cell.fg, cell.bg), (depth.nearest(fg), depth.nearest(bg)), "{depth:?} {number}");
            }
        }
    }

    #[test]
    fn how_many_colours_there_are_is_told_by_two_variables() {
        for (color_term, term, depth) in [
            (Some("truecolor"), Some("xterm"), Depth::True),
            (None, Some("xterm-direct"), Depth::True),
            (None, Some("tmux-256color"), Depth::Indexed),
            (Some("yes"), Some("linux"), Depth::Sixteen),
            (Some("truecolor"), Some("xterm-16color"), Depth::Sixteen),
            (Some("truecolor"), Some("linux"), Depth::Sixteen),
            (None, None, Depth::Sixteen),
        ] {
            assert_eq!(Depth::of(color_term, term), depth, "{color_term:?} {term:?}");
        }
    }
}

//! What each theme makes of a window: every style of every cell, at every size.

use holdpoint::app::State;
use holdpoint::ui::{Keymap, Theme, view};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};

use super::{SIZES, draw, samples, snapshots, text};

/// The states that together have every kind of thing that is styled.
const STATES: [&str; 7] = ["normal", "critical", "target", "docket", "timeline", "copy", "grants"];

/// The styles of a theme's windows, each with a letter.
#[derive(Default)]
struct Styles(Vec<(Color, Color, Modifier)>);

impl Styles {
    fn letter(&mut self, style: (Color, Color, Modifier)) -> char {
        let at = self.0.iter().position(|known| *known == style).unwrap_or_else(|| {
            self.0.push(style);
            self.0.len() - 1
        });
        ('a'..='z').chain('A'..='Z').nth(at).expect("few styles")
    }

    /// One row as runs of letters, such as `a12 b3`.
    fn row(&mut self, buffer: &Buffer, y: u16) -> String {
        let mut runs: Vec<(char, usize)> = Vec::new();
        for x in 0..buffer.area.width {
            let cell = &buffer[(x, y)];
            let letter = self.letter((cell.fg, cell.bg, cell.modifier));
            match runs.last_mut() {
                Some((last, count)) if *last == letter => *count += 1,
                _ => runs.push((letter, 1)),
            }
        }
        runs.iter().map(|(letter, count)| format!("{letter}{count}")).collect::<Vec<_>>().join(" ")
    }

    /// The rows of a window; rows that are alike are told once.
    fn window(&mut self, buffer: &Buffer) -> String {
        let mut rows: Vec<(String, usize)> = Vec::new();
        for y in 0..buffer.area.height {
            let row = self.row(buffer, y);
            match rows.last_mut() {
                Some((last, count)) if *last == row => *count += 1,
                _ => rows.push((row, 1)),
            }
        }
        rows.into_iter().map(|(row, count)| format!("{count:>3} x {row}\n")).collect()
    }
}

/// Those states at every size, each with the words that head it.
fn states() -> Vec<(String, (u16, u16), State)> {
    let wanted = samples::ALL.iter().filter(|(name, _)| STATES.contains(name));
    let at_sizes = wanted.flat_map(|(name, make)| SIZES.map(|size| (*name, *make, size)));
    at_sizes.map(|(name, make, size)| (format!("{name} {}x{}\n", size.0, size.1), size, make(size))).collect()
}

#[test]
fn every_theme_styles_every_cell_as_its_snapshot_has_it_at_every_size() {
    let states = states();
    snapshots().bind(|| {
        for theme in Theme::names() {
            let mut styles = Styles::default();
            let mut drawn = String::new();
            for (head, size, state) in &states {
                let (buffer, _) = draw(state, theme, *size);
                drawn.push_str(&format!("{head}{}", styles.window(&buffer)));
            }
            for (fg, bg, modifier) in styles.0.clone() {
                let letter = styles.letter((fg, bg, modifier));
                drawn.push_str(&format!("{letter}  {fg} on {bg}  {modifier:?}\n"));
            }
            insta::assert_snapshot!(format!("theme-{theme}"), drawn);
        }
    });
}

#[test]
fn every_window_in_ascii_is_as_its_snapshot_has_it_at_every_size() {
    let theme = Theme::shipped("mono").expect("a theme").in_ascii();
    let keymap = Keymap::shipped("default").expect("a keymap");
    snapshots().bind(|| {
        let mut drawn = String::new();
        for (head, size, state) in states() {
            let mut buffer = Buffer::empty(Rect::new(0, 0, size.0, size.1));
            view(&state, &theme, &keymap, &mut buffer);
            drawn.push_str(&format!("{head}{}\n", text(&buffer)));
        }
        insta::assert_snapshot!("ascii", drawn);
    });
}

#[test]
fn a_theme_changes_no_character_and_ascii_swaps_every_border_and_mark() {
    let drawn = "─│┌┐└┘├┤═║╔╗╚╝╟╢▔⋯»▸■□↑↓●▏▲━◆▁▂▃▄▅▆▇█";
    let keymap = Keymap::shipped("default").expect("a keymap");
    for (name, make) in samples::ALL.iter().filter(|(name, _)| *name != "hostile") {
        let state = make((120, 36));
        let mut seen: Option<String> = None;
        for theme in Theme::names() {
            let (buffer, _) = draw(&state, theme, (120, 36));
            let text = text(&buffer);
            assert_eq!(seen.get_or_insert_with(|| text.clone()), &text, "{name} in {theme}");
        }
        let theme = Theme::shipped("mono").expect("a theme").in_ascii();
        let mut buffer = Buffer::empty(Rect::new(0, 0, 120, 36));
        view(&state, &theme, &keymap, &mut buffer);
        let odd: String = text(&buffer).chars().filter(|c| drawn.contains(*c)).collect();
        assert_eq!(odd, "", "{name}");
    }
}

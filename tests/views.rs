//! State drawn at several sizes equals its snapshot, and the rules of `UX.md` that are about drawing hold.

#[path = "views/desk.rs"]
mod desk;
#[path = "views/rules.rs"]
mod rules;
#[path = "views/samples.rs"]
mod samples;

use holdpoint::app::State;
use holdpoint::ui::{Drawn, Keymap, Theme, view};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// The sizes of `UX.md`, section 8.
const SIZES: [(u16, u16); 5] = [(40, 12), (79, 23), (80, 24), (120, 36), (200, 50)];

fn draw(state: &State, theme: &str, (cols, rows): (u16, u16)) -> (Buffer, Drawn) {
    let mut buffer = Buffer::empty(Rect::new(0, 0, cols, rows));
    let theme = Theme::shipped(theme).expect("a theme");
    let keymap = Keymap::shipped("default").expect("a keymap");
    let drawn = view(state, &theme, &keymap, &mut buffer);
    (buffer, drawn)
}

/// The characters of a buffer; what follows a wide one is left out.
fn text(buffer: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let mut skip = 0;
        let mut line = String::new();
        for x in 0..buffer.area.width {
            if skip > 0 {
                skip -= 1;
                continue;
            }
            let symbol = buffer[(x, y)].symbol();
            skip = unicode_width::UnicodeWidthStr::width(symbol).saturating_sub(1);
            line.push_str(symbol);
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

#[test]
fn look() {
    let Ok(which) = std::env::var("LOOK") else { return };
    let size = std::env::var("SIZE").unwrap_or_else(|_| "80x24".to_owned());
    let (cols, rows) = size.split_once('x').expect("80x24");
    let size = (cols.parse().expect("cols"), rows.parse().expect("rows"));
    for (name, make) in samples::ALL {
        if which == "all" || name == &which {
            let state = make(size);
            println!("=== {name} {size:?}\n{}", text(&draw(&state, "terminal", size).0));
        }
    }
}

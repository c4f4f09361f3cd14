//! State drawn at several sizes equals its snapshot, and the rules of `UX.md` that are about drawing hold.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests may fail loudly")]

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
fn every_state_is_drawn_as_its_snapshot_has_it_at_every_size() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("views");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for (name, make) in samples::ALL {
            let mut drawn = String::new();
            for size in SIZES {
                let (cols, rows) = size;
                drawn.push_str(&format!("{cols}x{rows}\n{}\n", text(&draw(&make(size), "terminal", size).0)));
            }
            insta::assert_snapshot!(*name, drawn);
        }
    });
}

#[test]
fn no_window_is_too_small_or_too_large_to_be_drawn() {
    let keymap = Keymap::shipped("vim").expect("a keymap");
    let theme = Theme::shipped("mono").expect("a theme");
    for (name, make) in samples::ALL.iter().filter(|(name, _)| *name != "hostile") {
        let mut state = make((80, 24));
        for cols in [0, 1, 2, 3, 7, 12, 39, 40, 79, 120, 160, 300] {
            for rows in [0, 1, 2, 3, 4, 7, 11, 12, 24, 90] {
                state.window = (cols, rows);
                let mut buffer = Buffer::empty(Rect::new(0, 0, cols, rows));
                let drawn = view(&state, &theme, &keymap, &mut buffer);
                let cursor = drawn.cursor.map_or((0, 0), |(x, y, _)| (x, y));
                assert!(cursor.0 <= cols && cursor.1 <= rows, "{name} at {cols}x{rows}: cursor at {cursor:?}");
            }
        }
    }
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

#[test]
fn a_replay_shows_its_track_and_rules_on_nothing() {
    let player = holdpoint::ui::PlayerView {
        title: "2026-11-21  cursor-agent".to_owned(),
        position: samples::at(771),
        total: samples::at(1867),
        speed: 2,
        is_paused: false,
        shortens_idle: true,
        flags: vec![
            (samples::at(300), holdpoint::app::FlagKind::Noted),
            (samples::at(700), holdpoint::app::FlagKind::Held),
            (samples::at(741), holdpoint::app::FlagKind::Denied),
            (samples::at(1500), holdpoint::app::FlagKind::Gap),
        ],
        flag: Some((3, "curl … volumeDelete".into())),
        integrity: "sealed, hash ok".to_owned(),
        is_whole: true,
    };
    let keymap = Keymap::shipped("default").expect("a keymap");
    let theme = Theme::shipped("terminal").expect("a theme");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("views");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        let mut drawn = String::new();
        for (cols, rows) in SIZES.into_iter().chain([(0, 0), (5, 3), (30, 8)]) {
            for make in [samples::normal as samples::Make, samples::high] {
                let mut state = make((80, 24));
                state.settings.is_replay = true;
                let mut buffer = Buffer::empty(Rect::new(0, 0, cols, rows));
                holdpoint::ui::replay_view(&state, &player, &theme, &keymap, &mut buffer);
                drawn.push_str(&format!("{cols}x{rows}\n{}\n", text(&buffer)));
            }
        }
        insta::assert_snapshot!("replay", drawn);
    });
}

//! State drawn at several sizes equals its snapshot, and the rules of `UX.md` that are about drawing hold.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests may fail loudly")]

#[path = "views/desk.rs"]
mod desk;
#[path = "views/looking.rs"]
mod looking;
#[path = "views/rules.rs"]
mod rules;
#[path = "views/safety.rs"]
mod safety;
#[path = "views/samples.rs"]
mod samples;
#[path = "views/themes.rs"]
mod themes;

use std::ops::Range;

use holdpoint::app::{Event, State, update};
use holdpoint::term::Damage;
use holdpoint::ui::{Drawn, Keymap, Theme, agent_room, view, view_rows};
use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// The sizes of `UX.md`, section 8.
const SIZES: [(u16, u16); 6] = [(40, 12), (79, 23), (80, 24), (120, 36), (160, 45), (200, 50)];

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

/// Snapshots that lie beside the samples, by their own names.
fn snapshots() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/views"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings
}

#[test]
fn every_state_is_drawn_as_its_snapshot_has_it_at_every_size() {
    snapshots().bind(|| {
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

/// What an agent writes: text, wide characters, colours, cursor moves, scrolling, erasing, insertions.
fn written() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => "[a-z漢❤ ]{1,12}".prop_map(String::into_bytes),
        1 => Just(b"\r\n".to_vec()),
        2 => (1..40_u16, 1..90_u16).prop_map(|(row, col)| format!("\x1b[{row};{col}H").into_bytes()),
        2 => (30..48_u16).prop_map(|color| format!("\x1b[{color};1m").into_bytes()),
        2 => prop::sample::select(vec!["\x1b[K", "\x1b[1K", "\x1b[2K", "\x1b[J", "\x1b[3P", "\x1b[2@", "\x1b[4X", "\x1b[M",
            "\x1b[2L", "\x1b[S", "\x1b[T", "\x1bM", "\x1b[5;12r", "\x1b[r", "\x1b[?1049h", "\x1b[?1049l", "\x1b[?25l",
            "\x1b[?25h", "\x1b[0m", "\x1b[7m", "\x1b]4;1;rgb:12/34/56\x07", "\t", "\x08", "\x1b[?2026h", "\x1b[?2026l"])
            .prop_map(|text| text.as_bytes().to_vec()),
    ];
    prop::collection::vec(piece, 1..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Echoes are drawn by rows; whatever the agent writes, that must leave what a whole frame would.
    #[test]
    fn what_output_alone_has_changed_is_drawn_by_rows_as_by_a_whole_frame(
        chunks in prop::collection::vec(written(), 1..12),
    ) {
        let size = (90, 30);
        let theme = Theme::shipped("dark").expect("a theme");
        let (name, make) = samples::ALL[0];
        let mut state = make(size);
        let window = Rect::new(0, 0, size.0, size.1);
        let room = agent_room(&state, window).unwrap_or_else(|| panic!("`{name}` is no bare state"));
        let _ = state.screen.take_damage();
        let (mut shown, _) = draw(&state, "dark", size);
        for chunk in chunks {
            let now = state.now;
            let _ = update(&mut state, now, Event::Output(chunk));
            let rows = match state.screen.take_damage() {
                Damage::Full => Vec::from([Range { start: 0, end: room.height }]),
                Damage::Rows(rows) => rows,
            };
            let mut cursor = view_rows(&state, &theme, window, &mut Buffer::default());
            for rows in rows {
                let strip = Rect { y: room.y + rows.start, height: rows.end - rows.start, ..room }.intersection(room);
                let mut after = Buffer::empty(strip);
                cursor = view_rows(&state, &theme, window, &mut after);
                shown.merge(&after);
            }
            let (whole, drawn) = draw(&state, "dark", size);
            prop_assert_eq!(text(&shown), text(&whole));
            prop_assert_eq!(&shown, &whole);
            prop_assert_eq!(cursor, drawn.cursor);
        }
    }
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
fn the_events_of_a_recording_are_not_said_to_be_live_and_its_end_is_one() {
    let mut state = samples::timeline((80, 24));
    assert!(text(&draw(&state, "terminal", (80, 24)).0).contains(" live "));
    state.settings.is_replay = true;
    assert!(!text(&draw(&state, "terminal", (80, 24)).0).contains(" live "));
    let keymap = Keymap::shipped("default").expect("a keymap");
    let theme = Theme::shipped("terminal").expect("a theme");
    let drawn = |player: &holdpoint::ui::PlayerView, (cols, rows)| {
        let mut buffer = Buffer::empty(Rect::new(0, 0, cols, rows));
        holdpoint::ui::replay_view(&samples::normal((cols, rows)), player, &theme, &keymap, &mut buffer);
        text(&buffer)
    };
    for size in SIZES {
        for (is_paused, is_at_end, word) in
            [(false, true, " ended"), (true, true, " ended"), (true, false, " paused"), (false, false, " 2x")]
        {
            let shown = drawn(&holdpoint::ui::PlayerView { is_paused, is_at_end, ..player() }, size);
            assert!(shown.lines().next().unwrap_or_default().contains(word), "{word} at {size:?}\n{shown}");
            assert!(shown.contains("? help") && shown.contains("q close"), "{size:?}\n{shown}");
        }
    }
}

/// A replay in its middle.
fn player() -> holdpoint::ui::PlayerView {
    holdpoint::ui::PlayerView {
        title: "2026-11-21  cursor-agent".to_owned(),
        position: samples::at(771),
        total: samples::at(1867),
        speed: 2,
        is_paused: false,
        is_at_end: false,
        shortens_idle: true,
        flags: vec![
            (samples::at(300), holdpoint::app::FlagKind::Noted),
            (samples::at(700), holdpoint::app::FlagKind::Held),
            (samples::at(741), holdpoint::app::FlagKind::Denied),
            (samples::at(1500), holdpoint::app::FlagKind::Gap),
        ],
        flag: Some((3, "curl … volumeDelete".into())),
        note: None,
        line: 12,
        is_live: false,
        integrity: "sealed, hash ok".to_owned(),
        is_whole: true,
    }
}

#[test]
fn a_replay_shows_its_track_and_rules_on_nothing() {
    let player = player();
    let keymap = Keymap::shipped("default").expect("a keymap");
    let theme = Theme::shipped("terminal").expect("a theme");
    snapshots().bind(|| {
        let mut drawn = String::new();
        for (cols, rows) in SIZES.into_iter().chain([(0, 0), (5, 3), (30, 8)]) {
            for make in [samples::normal as samples::Make, samples::high, samples::read, samples::help] {
                let mut state = make((80, 24));
                state.settings.is_replay = true;
                state.window = (cols, rows);
                let mut buffer = Buffer::empty(Rect::new(0, 0, cols, rows));
                holdpoint::ui::replay_view(&state, &player, &theme, &keymap, &mut buffer);
                drawn.push_str(&format!("{cols}x{rows}\n{}\n", text(&buffer)));
            }
        }
        insta::assert_snapshot!("replay", drawn);
    });
}

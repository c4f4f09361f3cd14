//! Recorded bytes give the stored grid; and the laws of a Screen, by random input.
//!
//! A recording is a folder of `tests/screens/`: `bytes` as the program wrote them into a terminal of the size in
//! `size` (columns, rows), `grid` as the Screen must be afterwards. `SCREENS_WRITE=1 cargo test --test screens` writes
//! the grids again: read what changed before you accept it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that finds nothing has failed")]

#[path = "screens/fragments.rs"]
mod fragments;
#[path = "screens/picture.rs"]
mod picture;

use std::fs;
use std::path::{Path, PathBuf};

use holdpoint::term::{Fault, Screen, ScreenEvent};
use proptest::prelude::*;
use unicode_width::UnicodeWidthStr;

use fragments::stream;
use picture::Picture;

const SCROLLBACK: usize = 200;

fn recordings() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/screens");
    let mut folders: Vec<_> =
        fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

/// An empty Screen of the recording's size, and the recording's bytes.
fn load(folder: &Path) -> (Screen, Vec<u8>) {
    let size = fs::read_to_string(folder.join("size")).unwrap();
    let mut numbers = size.split_whitespace().map(|number| number.parse().unwrap());
    let (cols, rows) = (numbers.next().unwrap(), numbers.next().unwrap());
    (Screen::new(cols, rows, SCROLLBACK), fs::read(folder.join("bytes")).unwrap())
}

#[test]
fn every_recording_gives_its_stored_grid() {
    #[allow(clippy::disallowed_methods, reason = "the switch that writes the grids")]
    let writes = std::env::var_os("SCREENS_WRITE").is_some();
    let mut wrong = Vec::new();
    let folders = recordings();
    assert!(folders.len() >= 12, "{} recordings", folders.len());
    for folder in folders {
        let (mut screen, bytes) = load(&folder);
        screen.feed(&bytes);
        screen.expire_sync();
        let grid = Picture::of(&mut screen).to_string();
        let stored = folder.join("grid");
        if writes {
            fs::write(&stored, &grid).unwrap();
        } else if fs::read_to_string(&stored).unwrap_or_default() != grid {
            let name = folder.file_name().unwrap().to_string_lossy().into_owned();
            wrong.push(format!("{name}:\n{}", difference(&fs::read_to_string(&stored).unwrap_or_default(), &grid)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The lines that differ.
fn difference(stored: &str, found: &str) -> String {
    let count = stored.lines().count().max(found.lines().count());
    let lines = |text: &str| {
        text.lines().map(str::to_owned).chain(std::iter::repeat(String::new())).take(count).collect::<Vec<_>>()
    };
    let pairs = lines(stored).into_iter().zip(lines(found)).enumerate().filter(|(_, (a, b))| a != b);
    pairs.take(10).map(|(at, (a, b))| format!("{at:4} stored {a}\n     found  {b}\n")).collect()
}

#[test]
fn a_recording_fed_byte_by_byte_gives_the_same_screen() {
    for folder in recordings() {
        let (mut whole, bytes) = load(&folder);
        let (mut single, _) = load(&folder);
        whole.feed(&bytes);
        bytes.iter().for_each(|byte| single.feed(std::slice::from_ref(byte)));
        assert_same(&mut single, &mut whole);
    }
}

#[test]
fn a_copy_of_a_recording_at_any_tenth_goes_on_as_the_original() {
    for folder in recordings() {
        let (mut whole, bytes) = load(&folder);
        whole.feed(&bytes);
        for tenth in 1..10 {
            let (head, tail) = bytes.split_at(bytes.len() * tenth / 10);
            let (mut original, _) = load(&folder);
            original.feed(head);
            let keyframe = original.snapshot();
            let mut copy = Screen::new(3, 3, 0);
            copy.restore(&keyframe);
            copy.feed(tail);
            assert_eq!(Picture::of(&mut copy), Picture::of(&mut whole), "{}", folder.display());
        }
    }
}

/// Compares cells, modes, cursor, scrollback, replies and events; then what both do next, which tells what is hidden.
fn assert_same(one: &mut Screen, other: &mut Screen) {
    assert_eq!(one.take_replies(), other.take_replies());
    assert_eq!(one.take_events(), other.take_events());
    assert_eq!((one.sync_serial(), one.title()), (other.sync_serial(), other.title()));
    assert_eq!(Picture::of(one), Picture::of(other));
    for probe in fragments::PROBES {
        one.feed(probe);
        other.feed(probe);
        assert_eq!(Picture::of(one), Picture::of(other), "after {:?}", String::from_utf8_lossy(probe));
        assert_eq!(one.take_replies(), other.take_replies());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn cutting_the_stream_anywhere_gives_the_same_screen(bytes in stream(40), cuts in prop::collection::vec(0usize..2000, 0..12)) {
        let mut whole = Screen::new(12, 5, 20);
        whole.feed(&bytes);
        let mut cut = Screen::new(12, 5, 20);
        let mut cuts: Vec<_> = cuts.into_iter().map(|at| at % (bytes.len() + 1)).chain([0, bytes.len()]).collect();
        cuts.sort_unstable();
        cuts.windows(2).for_each(|pair| cut.feed(&bytes[pair[0]..pair[1]]));
        assert_same(&mut cut, &mut whole);
    }

    #[test]
    fn a_copy_goes_on_as_the_original(head in stream(30), tail in stream(10)) {
        let mut original = Screen::new(12, 5, 20);
        original.feed(&head);
        let keyframe = original.snapshot();
        let mut copy = Screen::new(40, 2, 0);
        copy.feed(b"\x1b[?1049h\x1b[31mother");
        copy.restore(&keyframe);
        prop_assert_eq!(copy.take_replies(), Vec::<u8>::new());
        let _ = (original.take_replies(), original.take_events());
        original.feed(&tail);
        copy.feed(&tail);
        assert_same(&mut copy, &mut original);
    }

    #[test]
    fn a_copy_taken_after_changes_of_size_goes_on_as_the_original(
        pieces in prop::collection::vec((stream(8), 2u16..20, 1u16..8), 1..5),
        tail in stream(8),
    ) {
        let mut original = Screen::new(12, 5, 20);
        for (bytes, cols, rows) in &pieces {
            original.feed(bytes);
            original.resize(*cols, *rows);
        }
        let mut copy = Screen::new(40, 2, 0);
        copy.restore(&original.snapshot());
        let _ = (original.take_replies(), original.take_events());
        original.feed(&tail);
        copy.feed(&tail);
        assert_same(&mut copy, &mut original);
    }

    #[test]
    fn taking_a_copy_changes_nothing(head in stream(20), tail in stream(20)) {
        let mut watched = Screen::new(12, 5, 20);
        let mut left_alone = Screen::new(12, 5, 20);
        watched.feed(&head);
        left_alone.feed(&head);
        let _ = watched.snapshot();
        watched.feed(&tail);
        left_alone.feed(&tail);
        assert_same(&mut watched, &mut left_alone);
    }

    #[test]
    fn no_bytes_and_no_size_make_the_emulator_panic(
        pieces in prop::collection::vec((stream(30), 0u16..30, 0u16..12, -5i32..5), 1..6),
    ) {
        let mut screen = Screen::new(0, 0, 10);
        let mut symbol = String::new();
        for (bytes, cols, rows, lines) in pieces {
            screen.feed(&bytes);
            prop_assert!(!screen.take_faults().contains(&Fault::Panicked));
            screen.resize(cols, rows);
            screen.scroll(lines);
            let _ = (screen.take_damage(), screen.cursor(), screen.text(), screen.snapshot());
            for row in 0..=screen.size().1 {
                let width: u32 = screen.row(row).map(|cell| u32::from(cell.width)).sum();
                let columns = if row < screen.size().1 { u32::from(screen.size().0) } else { 0 };
                prop_assert_eq!(width, columns, "row {}", row);
                for cell in screen.row(row) {
                    let symbol = cell.symbol(&mut symbol);
                    prop_assert_eq!(symbol.width(), usize::from(cell.width), "{:?}", symbol);
                }
            }
        }
    }

    #[test]
    fn what_is_painted_again_is_all_that_changed(head in stream(20), tail in stream(6)) {
        let mut screen = Screen::new(12, 5, 20);
        screen.feed(&head);
        let before = picture::rows(&screen);
        let _ = screen.take_damage();
        screen.feed(&tail);
        let after = picture::rows(&screen);
        if let holdpoint::term::Damage::Rows(ranges) = screen.take_damage() {
            for (row, (old, new)) in before.iter().zip(&after).enumerate() {
                let is_damaged = ranges.iter().any(|range| range.contains(&u16::try_from(row).unwrap()));
                prop_assert!(old == new || is_damaged, "row {row}: {old:?} became {new:?}");
            }
        }
    }

    #[test]
    fn no_event_and_no_cell_carries_a_control_or_bidi_character(bytes in stream(40)) {
        let mut screen = Screen::new(12, 5, 20);
        screen.feed(&bytes);
        let is_clean = |text: &str| !text.chars().any(|c| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c) || ('\u{2066}'..='\u{2069}').contains(&c));
        for line in screen.lines() {
            prop_assert!(is_clean(&line), "{line:?}");
        }
        for event in screen.take_events() {
            if let ScreenEvent::Title(title) = event {
                prop_assert!(is_clean(&title), "{title:?}");
            }
        }
    }
}

//! Looking back, finding and selecting.

use holdpoint::app::{Effect, Event, Input};
use holdpoint::model::{Mode, Mods, Mouse, MouseButton, MouseKind};
use ratatui::style::Modifier;

use super::desk::Desk;
use super::{draw, samples};

const SIZE: (u16, u16) = (80, 24);

/// An agent with a long line, wide characters and a few short ones on its screen.
fn desk() -> Desk {
    let mut state = samples::new(SIZE);
    let text = format!("\x1b[Hfirst\r\n{}\r\n漢字 wide\r\nlast   ", "long ".repeat(20));
    samples::step(&mut state, 1, Event::Output(text.into_bytes()));
    Desk::at(state)
}

fn copied(desk: &Desk) -> Option<&str> {
    desk.effects.iter().rev().find_map(|effect| match effect {
        Effect::Copy(text) => Some(text.as_str()),
        _ => None,
    })
}

#[test]
fn what_is_selected_is_copied_with_wrapped_lines_joined_and_no_blanks_at_their_ends() {
    let mut desk = desk();
    desk.keys("Ctrl-] [ Home 0 v Down Down Down Down $ y");
    let long = "long ".repeat(20);
    assert_eq!(copied(&desk), Some(format!("first\n{}\n漢字 wide\nlast", long.trim_end()).as_str()));
    assert_eq!(desk.state.interaction.mode(), Mode::Copy, "it can go on");
    desk.keys("Home 0 Down Down Down v Right Right y");
    assert_eq!(copied(&desk), Some("漢字"), "a wide character that is touched is selected");
}

#[test]
fn a_page_back_and_on_moves_what_is_shown_and_keeps_the_cursors_row() {
    let mut desk = desk();
    let lines: String = (1..=100).map(|n| format!("\r\nline {n}")).collect();
    desk.event(Event::Output(format!("\x1b[2J\x1b[H{lines}").into_bytes())).keys("Ctrl-] [");
    let spot =
        |desk: &Desk| desk.state.copy.as_ref().map(|view| (view.cursor.line, desk.drawn.clone().unwrap().cursor));
    let (at, cursor) = spot(&desk).unwrap();
    assert!(desk.screen().contains("line 100") && !desk.screen().contains("line 70"), "{}", desk.screen());
    desk.press("PgUp");
    assert!(desk.screen().contains("line 70") && !desk.screen().contains("line 100"), "{}", desk.screen());
    assert_eq!(spot(&desk), Some((at - 19, cursor)), "a line of the old page is left, and the cursor stands still");
    desk.press("PgDn");
    assert_eq!(spot(&desk), Some((at, cursor)));
    desk.keys("PgUp PgUp PgUp PgUp PgUp PgUp PgUp PgUp");
    assert_eq!(desk.state.copy.as_ref().map(|view| view.cursor.line), Some(0));
}

#[test]
fn the_help_begins_with_the_keys_of_where_it_was_asked_for() {
    let begins = |mut desk: Desk, keys: &str| {
        desk.keys(keys);
        desk.screen().lines().nth(2).unwrap_or_default().trim_matches(['│', ' ']).to_owned()
    };
    assert!(begins(desk(), "Ctrl-] ?").starts_with("ANYWHERE"));
    assert!(begins(Desk::at(samples::high(SIZE)), "Ctrl-] h Ctrl-] ?").starts_with("IN A CASE"));
    assert!(begins(desk(), "Ctrl-] t Ctrl-] ?").starts_with("IN THE EVENTS"));
}

#[test]
fn what_the_agent_draws_meanwhile_moves_neither_the_lines_nor_the_selection() {
    let mut desk = desk();
    desk.keys("Ctrl-] [ Home 0 v $");
    let before = desk.screen();
    desk.event(Event::Output("\x1b[2J\x1b[Hsomething else\r\n".repeat(40).into_bytes()));
    assert_eq!(desk.screen(), before);
    desk.press("y");
    assert_eq!(copied(&desk), Some("first"));
    desk.press("Esc");
    assert!(desk.screen().contains("something else"), "{}", desk.screen());
}

#[test]
fn the_selection_and_what_is_found_are_set_off_in_every_theme() {
    let mut desk = desk();
    desk.keys("Ctrl-] [ Home 0 v Right Right");
    for theme in holdpoint::ui::Theme::names() {
        let (buffer, drawn) = draw(&desk.state, theme, SIZE);
        assert_ne!(buffer[(1, 1)].style(), buffer[(4, 1)].style(), "{theme}");
        assert_eq!(drawn.cursor.map(|(x, y, _)| (x, y)), Some((2, 1)), "{theme}");
    }
    desk.keys("v /").types("WIDE").keys("Enter");
    let (buffer, _) = draw(&desk.state, "mono", SIZE);
    assert!(buffer[(5, 4)].modifier.contains(Modifier::UNDERLINED), "{}", desk.screen());
}

#[test]
fn a_selection_is_dragged_by_the_mouse() {
    let mut desk = desk();
    desk.keys("Ctrl-] [");
    let at = |kind, column, row| Event::Input(Input::Mouse(Mouse { kind, column, row, mods: Mods::default() }));
    desk.event(at(MouseKind::Down(MouseButton::Left), 1, 1));
    desk.event(at(MouseKind::Drag(MouseButton::Left), 3, 1)).press("y");
    assert_eq!(copied(&desk), Some("irs"));
}

#[test]
fn where_characters_of_ambiguous_width_take_two_columns_every_text_stays_in_its_box() {
    use unicode_width::UnicodeWidthStr as _;
    let mut state = samples::critical(SIZE);
    state.session.task = Some("“αβγ” … ‹привет› §1 ±2".into());
    let theme = holdpoint::ui::Theme::shipped("mono").expect("a theme").in_ascii().with_ambiguous_columns(2);
    let keymap = holdpoint::ui::Keymap::shipped("default").expect("a keymap");
    let mut buffer = ratatui::buffer::Buffer::empty(ratatui::layout::Rect::new(0, 0, SIZE.0, SIZE.1));
    holdpoint::ui::view(&state, &theme, &keymap, &mut buffer);
    let rows: Vec<String> = (0..SIZE.1).map(|y| (0..SIZE.0).map(|x| buffer[(x, y)].symbol()).collect()).collect();
    let asked = rows.iter().find(|row| row.contains("ASKED")).expect("the section");
    assert!(asked.contains("αβγ") && asked.ends_with('#'), "{asked}");
    for row in &rows {
        assert_eq!(row.width_cjk(), usize::from(SIZE.0), "{row}");
    }
}

#[test]
fn the_docket_lists_what_is_found_and_what_is_marked() {
    let mut desk = Desk::at(samples::docket((120, 36)));
    let rows = |desk: &Desk| -> Vec<String> {
        let shown = desk.screen();
        let listed = shown.lines().filter_map(|line| line.split_once(" □ c").or(line.split_once(" ■ c")));
        listed.filter_map(|(_, rest)| Some(format!("c{}", rest.split_whitespace().next()?))).collect()
    };
    assert_eq!(rows(&desk).len(), 4, "{}", desk.screen());
    desk.press("/").types("notes");
    assert_eq!(rows(&desk), ["c2", "c4"], "c2 is marked: {}", desk.screen());
    assert!(desk.screen().contains("2 of 4"), "{}", desk.screen());
    desk.keys("Enter Down d");
    assert_eq!(desk.state.docket.get(holdpoint::model::CaseId(4)).map(|case| case.is_open()), Some(false));
    desk.keys("Esc");
    assert_eq!(rows(&desk).len(), 3, "all are listed again: {}", desk.screen());
    assert_eq!(desk.state.interaction.mode(), Mode::Docket);
}

#[test]
fn a_moment_a_case_and_the_end_are_gone_to_in_the_events() {
    let mut desk = Desk::at(samples::high((80, 24)));
    desk.keys("Ctrl-] t");
    let selected = |desk: &Desk| -> String {
        let shown = desk.screen();
        shown.lines().find(|line| line.contains('▸')).unwrap_or_default().chars().skip(4).take(8).collect()
    };
    assert_eq!(selected(&desk), "12:44:16");
    for (typed, at) in [("12:44:05", "12:44:07"), ("12:00", "12:44:01"), ("c1", "12:44:16"), ("23:59", "12:44:16")] {
        desk.press("g").types(typed).press("Enter");
        assert_eq!(selected(&desk), at, "{typed}");
    }
    desk.press("g").types("noon").press("Enter");
    assert!(desk.screen().contains("`noon` is no moment"), "{}", desk.screen());
}

#[test]
fn the_events_that_are_listed_are_written_as_json_the_oldest_first() {
    let mut desk = Desk::at(samples::high((80, 24)));
    desk.keys("Ctrl-] t /").types("risk>=noted").keys("Enter w");
    let written = desk.effects.iter().find_map(|effect| match effect {
        Effect::Write { name, text, what } => Some((name.clone(), text.clone(), what.clone())),
        _ => None,
    });
    let (name, text, what) = written.expect("an order to write");
    assert!(name.starts_with("events-") && name.ends_with(".json"), "{name}");
    assert_eq!(what, "2 events");
    let rows: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!((&rows[0]["kind"], &rows[0]["clock"]), (&"run".into(), &"12:44:09".into()));
    assert_eq!((&rows[1]["case"], &rows[1]["note"], &rows[1]["tier"]), (&"c1".into(), &"held".into(), &"high".into()));
}

#[test]
fn an_event_is_shown_whole_and_copied() {
    let mut desk = Desk::at(samples::event(SIZE));
    let seen = |desk: &Desk| desk.screen().matches("all of it").count();
    assert!(desk.screen().contains("told by kernel") && seen(&desk) > 25, "{}", desk.screen());
    desk.press("y");
    assert_eq!(copied(&desk).map(|text| text.matches("all of it").count()), Some(40));
    desk.press("Esc");
    assert!(desk.screen().contains("EVENTS") && desk.screen().contains("kernel"), "{}", desk.screen());
}

#[test]
fn a_text_is_found_in_a_case_and_typing_it_rules_on_nothing() {
    let mut desk = Desk::at(samples::long(SIZE));
    desk.wait(50).keys("Ctrl-] h").wait(5_000).press("/").types("LAST Ad").press("Enter").wait(2_000);
    assert_eq!((desk.approvals(), desk.denials()), (0, 0), "what is typed is text");
    desk.press("Esc").press("/").types("last word").press("Enter");
    assert!(desk.screen().contains("THE LAST WORD"), "{}", desk.screen());
    desk.press("Esc");
    assert_eq!(desk.state.interaction.mode(), Mode::Case, "the first Esc ends the looking");
    desk.press("F3").types("no such thing");
    assert!(desk.screen().contains("nothing"), "{}", desk.screen());
    desk.keys("Esc d");
    assert_eq!(desk.denials(), 1);
}

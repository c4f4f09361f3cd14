use super::*;
use crate::term::outbox::Rgb;

fn fed(bytes: &[u8]) -> Screen {
    let mut screen = Screen::new(20, 4, 100);
    screen.feed(bytes);
    screen
}

#[test]
fn a_kitty_stack_of_any_depth_does_not_panic() {
    let mut screen = fed(&b"\x1b[>1u".repeat(5000));
    screen.feed(b"ok");
    assert_eq!(screen.text_row(0), "ok");
    assert_eq!(screen.take_faults(), []);
    assert_eq!(screen.modes().kitty_flags, 1);
}

#[test]
fn a_synchronized_update_shows_nothing_until_it_ends() {
    let mut screen = fed(b"before\x1b[?2026h\r\nafter");
    assert_eq!(screen.text(), ["before", "", "", ""]);
    assert_eq!(screen.sync_deadline(), Some(SYNC_PATIENCE));
    screen.feed(b"\x1b[?2026l");
    assert_eq!(screen.text(), ["before", "after", "", ""]);
    assert_eq!(screen.sync_serial(), None);
}

#[test]
fn an_update_that_never_ends_is_shown_when_it_expires() {
    let mut screen = fed(b"\x1b[?2026hlate");
    screen.expire_sync();
    assert_eq!((screen.text_row(0).as_str(), screen.modes().synchronized), ("late", false));
}

#[test]
fn a_copy_goes_on_as_the_original() {
    let head = b"one\r\n\x1b[31mtwo\x1b[2;3r\x1b[?1049hALT\x1b[>5u\x1b(0q\x1b[3";
    let tail = b"2mX\x1b[?1049l\x1b[5b\n\n\n\n#";
    let mut whole = fed(head);
    let keyframe = whole.snapshot();
    whole.feed(tail);
    let mut other = Screen::new(7, 7, 0);
    other.restore(&keyframe);
    other.feed(tail);
    assert_eq!(other.text(), whole.text());
    assert_eq!(other.modes(), whole.modes());
}

#[test]
fn clusters_take_the_columns_their_characters_take() {
    let check = |text: &str, columns: u16| {
        let screen = fed(text.as_bytes());
        assert_eq!(screen.cursor().map(|(column, ..)| column), Some(columns), "{text}");
        assert_eq!(screen.text_row(0), text);
    };
    check("漢", 2);
    check("e\u{301}", 1);
    check("\u{2764}\u{fe0f}", 1);
    check("👩\u{200d}💻", 4);
    check("👍🏽", 4);
}

/// What the agent gets for its question.
fn answer(screen: &mut Screen, question: &str) -> String {
    screen.feed(question.as_bytes());
    String::from_utf8(screen.take_replies()).unwrap()
}

#[test]
fn questions_are_answered_in_their_order() {
    let mut screen = fed(b"");
    let check =
        |screen: &mut Screen, question: &str, reply: &str| assert_eq!(answer(screen, question), reply, "{question:?}");
    check(&mut screen, "\x1b[c", "\x1b[?6c");
    check(&mut screen, "ab\r\nc\x1b[6n", "\x1b[2;2R");
    check(&mut screen, "\x1b[5n", "\x1b[0n");
    check(&mut screen, "\x1b[?2026$p", "\x1b[?2026;2$y");
    check(&mut screen, "\x1b[?25$p", "\x1b[?25;1$y");
    check(&mut screen, "\x1b[?4321$p", "\x1b[?4321;0$y");
    check(&mut screen, "\x1b[?u\x1b[>5u\x1b[?u\x1b[=2;2u\x1b[?u\x1b[<u\x1b[?u", "\x1b[?0u\x1b[?5u\x1b[?7u\x1b[?0u");
    check(&mut screen, "\x1b[18t\x1b[14t\x1b[16t", "\x1b[8;4;20t\x1b[4;64;160t\x1b[6;16;8t");
    let version = concat!("\x1bP>|holdpoint ", env!("CARGO_PKG_VERSION"), "\x1b\\");
    check(&mut screen, "\x1b[>q\x1b[c", &format!("{version}\x1b[?6c"));
    check(&mut screen, "\x1b[?2026h\x1b[c\x1b[>0q", "");
    check(&mut screen, "\x1b[?2026l", &format!("\x1b[?6c{version}"));
}

#[test]
fn colours_are_answered_where_they_are_known() {
    let mut screen = fed(b"");
    assert_eq!(answer(&mut screen, "\x1b]11;?\x07\x1b]4;1;?\x07\x1b[?996n"), "");
    assert_eq!(answer(&mut screen, "\x1b]4;196;?\x1b\\"), "\x1b]4;196;rgb:ffff/0000/0000\x1b\\");
    assert_eq!(answer(&mut screen, "\x1b]4;244;?\x07"), "\x1b]4;244;rgb:8080/8080/8080\x07");
    screen.set_colors(Colors {
        foreground: Some(Rgb(1, 2, 3)),
        background: Some(Rgb(250, 251, 252)),
        cursor: None,
        ansi: Some([Rgb(9, 8, 7); 16]),
    });
    assert_eq!(answer(&mut screen, "\x1b]10;?\x07"), "\x1b]10;rgb:0101/0202/0303\x07");
    assert_eq!(answer(&mut screen, "\x1b]11;?\x07"), "\x1b]11;rgb:fafa/fbfb/fcfc\x07");
    assert_eq!(answer(&mut screen, "\x1b]12;?\x07"), "\x1b]12;rgb:0101/0202/0303\x07");
    assert_eq!(answer(&mut screen, "\x1b]4;1;?\x07"), "\x1b]4;1;rgb:0909/0808/0707\x07");
    assert_eq!(answer(&mut screen, "\x1b[?996n"), "\x1b[?997;2n");
    assert_eq!(answer(&mut screen, "\x1b]11;#000000\x07\x1b]11;?\x07"), "\x1b]11;rgb:0000/0000/0000\x07");
}

#[test]
fn an_agent_that_wants_it_is_told_when_the_terminal_turns_dark_or_light() {
    let ground = |level| Colors { background: Some(Rgb(level, level, level)), ..Colors::default() };
    let mut screen = fed(b"");
    screen.set_colors(ground(0));
    assert_eq!(answer(&mut screen, "\x1b[?2031$p"), "\x1b[?2031;2$y");
    assert_eq!(answer(&mut screen, "\x1b[?2031h\x1b[?2031$p"), "\x1b[?2031;1$y");
    for (level, told) in [(20, ""), (250, "\x1b[?997;2n"), (250, ""), (0, "\x1b[?997;1n")] {
        screen.set_colors(ground(level));
        assert_eq!(screen.take_replies(), told.as_bytes(), "{level}");
    }
    screen.set_colors(Colors::default());
    assert_eq!(screen.take_replies(), b"", "what is not known is not told");
    assert_eq!(answer(&mut screen, "\x1b[?2031l"), "");
    screen.set_colors(ground(250));
    assert_eq!(screen.take_replies(), b"", "who no longer wants it");
    screen.feed(b"\x1b[?2031h\x1bc");
    screen.set_colors(ground(0));
    assert_eq!(screen.take_replies(), b"", "nor after a reset");
}

#[test]
fn the_clipboard_is_never_read_and_writes_are_told() {
    let mut screen = fed(b"\x1b]52;c;?\x07\x1b]52;c;aGVsbG8=\x07\x07\x07\x1b]0;a\x07\x1b]2;b\x07");
    assert_eq!(screen.take_replies(), b"");
    let told = [ScreenEvent::ClipboardWrite(b"hello".to_vec()), ScreenEvent::Bell, ScreenEvent::Title("b".into())];
    assert_eq!(screen.take_events(), told);
    assert_eq!(screen.take_events(), []);
}

#[test]
fn titles_are_saved_and_come_back() {
    let mut screen = fed(b"\x1b]0;one\x07\x1b[22;0t\x1b]0;two\x07");
    assert_eq!(screen.title(), "two");
    screen.feed(b"\x1b[23;0t\x1b[23;0t");
    assert_eq!(screen.title(), "one");
}

#[test]
fn a_window_command_that_is_too_long_does_nothing_and_is_told() {
    let mut whole = b"a\x1b]52;c;".to_vec();
    whole.resize(300_000, b'A');
    whole.extend_from_slice(b"\x07b\x1b]0;");
    whole.resize(600_000, b'B');
    whole.extend_from_slice(b"\x1b\\c\x1b[");
    whole.resize(601_000, b'1');
    whole.extend_from_slice(b"md\x1b[3b");
    for chunk in [whole.len(), 1, 4096, 131_072] {
        let mut screen = fed(b"");
        whole.chunks(chunk).for_each(|bytes| screen.feed(bytes));
        assert_eq!(screen.text_row(0), "abcdddd");
        assert_eq!(screen.take_faults(), [Fault::SequenceTooLong]);
        assert_eq!(screen.take_events(), []);
    }
}

#[test]
fn an_update_that_holds_too_much_is_shown_as_it_is() {
    for chunk in [1000, 65_536, 4 << 20] {
        let mut screen = Screen::new(20, 4, 0);
        screen.feed(b"\x1b[?2026h");
        let mut bytes = b"x\r\n".repeat(SYNC_BYTES_MAX / 3);
        bytes.chunks(chunk).for_each(|bytes| screen.feed(bytes));
        assert!(screen.modes().synchronized);
        bytes = b"\r\nend".to_vec();
        screen.feed(&bytes);
        assert_eq!((screen.modes().synchronized, screen.text_row(3).as_str()), (false, "end"));
    }
}

#[test]
fn a_reset_ends_an_update() {
    let screen = fed(b"a\x1b[?2026hb\x1bcc");
    assert_eq!((screen.text_row(0).as_str(), screen.modes()), ("c", Modes::default()));
}

#[test]
fn replies_and_marks_have_limits() {
    let mut screen = fed(&b"\x1b[c".repeat(50_000));
    assert_eq!(screen.take_faults(), [Fault::RepliesDropped]);
    assert!(screen.take_replies().len() <= 64 * 1024);
    let screen = fed(format!("a{}b", "\u{301}".repeat(10_000)).as_bytes());
    assert_eq!(screen.text_row(0).chars().count(), 18);
}

#[test]
fn a_panic_empties_the_screen_and_is_told() {
    let mut screen = fed(b"\x1b]11;?\x07text");
    screen.set_colors(Colors { background: Some(Rgb(0, 0, 0)), ..Colors::default() });
    screen.guarded(|_| {
        assert!(is_feeding());
        panic!("on purpose");
    });
    assert!(!is_feeding());
    assert_eq!(screen.take_events(), [ScreenEvent::Fault(Fault::Panicked)]);
    assert_eq!((screen.text_row(0).as_str(), screen.size()), ("", (20, 4)));
    assert_eq!(answer(&mut screen, "again\x1b]11;?\x07"), "\x1b]11;rgb:0000/0000/0000\x07");
    assert_eq!(screen.text_row(0), "again");
}

#[test]
fn the_scrollback_is_shown_when_scrolled_and_stays_put_under_new_output() {
    let mut screen = fed(b"1\r\n2\r\n3\r\n4\r\n5\r\n6");
    assert_eq!((screen.history_len(), screen.text()), (2, vec!["3".into(), "4".into(), "5".into(), "6".into()]));
    screen.scroll(1);
    assert_eq!((screen.scroll_offset(), screen.text_row(0).as_str(), screen.cursor()), (1, "2", None));
    screen.feed(b"\r\n7");
    assert_eq!((screen.scroll_offset(), screen.text_row(0).as_str()), (2, "2"));
    screen.scroll(100);
    assert_eq!(screen.text_row(0), "1");
    screen.scroll_to_bottom();
    assert_eq!(screen.cursor(), Some((1, 3, CursorShape::Block)));
    assert_eq!(screen.lines().collect::<Vec<_>>(), ["1", "2", "3", "4", "5", "6", "7"]);
}

#[test]
fn damage_is_the_rows_that_changed_and_all_after_a_scroll() {
    let mut screen = fed(b"a\r\nb");
    assert_eq!(screen.take_damage(), Damage::Full);
    let cursor = 1..2;
    assert_eq!(screen.take_damage(), Damage::Rows(vec![cursor]));
    screen.feed(b"\x1b[4;1Hz");
    assert_eq!(screen.take_damage(), Damage::Rows(vec![1..2, 3..4]));
    screen.feed(b"\n");
    assert_eq!(screen.take_damage(), Damage::Full);
}

#[test]
fn links_are_told_as_text() {
    let screen = fed(b"\x1b]8;;https://example.com/\x07go\x1b]8;;\x07 on");
    assert_eq!(screen.link(1, 0).as_deref(), Some("https://example.com/"));
    assert_eq!((screen.link(3, 0), screen.link(99, 0), screen.link(0, 99)), (None, None, None));
}

#[test]
fn old_and_new_programs_switch_screens() {
    for number in [47, 1047, 1049] {
        let mut screen = fed(format!("main\x1b[?{number}hother").as_bytes());
        assert!(screen.modes().alternate, "{number}");
        screen.feed(format!("\x1b[?{number}l").as_bytes());
        assert_eq!((screen.modes().alternate, screen.text_row(0).as_str()), (false, "main"));
    }
}

#[test]
fn mouse_modes_replace_each_other() {
    let check = |bytes: &[u8], mouse, encoding| {
        let modes = fed(bytes).modes();
        assert_eq!((modes.mouse, modes.mouse_encoding), (mouse, encoding), "{}", bytes.escape_ascii());
    };
    use super::super::MouseEncoding::{Legacy, Sgr, Utf8};
    check(b"\x1b[?9h", MouseMode::Press, Legacy);
    check(b"\x1b[?9h\x1b[?1000h", MouseMode::Click, Legacy);
    check(b"\x1b[?1000;1002;1006h", MouseMode::Drag, Sgr);
    check(b"\x1b[?1003h\x1b[?1005h", MouseMode::Motion, Utf8);
    check(b"\x1b[?1003h\x1b[?1006h\x1b[?1003l", MouseMode::Off, Sgr);
}

#[test]
fn a_repetition_fills_two_rows_at_most() {
    assert_eq!(fed(b"x\x1b[19b").text(), ["x".repeat(20).as_str(), "", "", ""]);
    assert_eq!(fed(b"x\x1b[65535b").text(), ["x".repeat(20).as_str(), &"x".repeat(20), "x", ""]);
    let mut slow = fed(b"");
    b"x\x1b[65535b".iter().for_each(|byte| slow.feed(&[*byte]));
    assert_eq!(slow.text_row(2), "x");
}

#[test]
fn whatever_size_is_named_a_screen_takes_no_more_than_large_displays_need() {
    for (named, expected) in
        [((u16::MAX, u16::MAX), (4096, 256)), ((2, u16::MAX), (2, 4096)), ((0, 0), (2, 1)), ((900, 500), (900, 500))]
    {
        assert_eq!(Screen::new(named.0, named.1, 0).size(), expected, "{named:?}");
        let mut resized = Screen::new(80, 24, 0);
        resized.resize(named.0, named.1);
        assert_eq!(resized.size(), expected, "{named:?}");
    }
}

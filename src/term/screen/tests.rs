use super::*;

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

use super::*;

fn paste(text: &str, bracketed_paste: bool) -> String {
    String::from_utf8(encode_paste(text, Modes { bracketed_paste, ..Modes::default() })).unwrap()
}

#[test]
fn a_paste_is_marked_only_if_asked_and_cannot_end_itself() {
    assert_eq!(paste("two\nlines\r\nmore", false), "two\rlines\rmore");
    assert_eq!(paste("two\nlines", true), "\x1b[200~two\nlines\x1b[201~");
    assert_eq!(paste("a\x1b[201~rm -rf x\r", true), "\x1b[200~arm -rf x\r\x1b[201~");
    assert_eq!(paste("a\x1b[20\x1b[201~1~b", true), "\x1b[200~ab\x1b[201~");
    assert_eq!(paste("a\x1b[2\u{9b}201~01~b", true), "\x1b[200~ab\x1b[201~");
}

#[test]
fn focus_is_told_only_if_asked() {
    let asked = Modes { focus_events: true, ..Modes::default() };
    assert_eq!(encode_focus(true, asked), b"\x1b[I");
    assert_eq!(encode_focus(false, asked), b"\x1b[O");
    assert_eq!(encode_focus(true, Modes::default()), b"");
}

const LEFT: MouseButton = MouseButton::Left;
const RIGHT: MouseButton = MouseButton::Right;

fn at(kind: MouseKind, column: u16, row: u16) -> Mouse {
    Mouse { kind, column, row, mods: Mods::default() }
}

fn check(mouse: MouseMode, mouse_encoding: MouseEncoding, cases: &[(MouseKind, Option<&[u8]>)]) {
    let modes = Modes { mouse, mouse_encoding, ..Modes::default() };
    for (kind, bytes) in cases {
        assert_eq!(encode_mouse(at(*kind, 4, 9), modes).as_deref(), *bytes, "{kind:?} with {modes:?}");
    }
}

#[test]
fn each_mode_tells_its_own_events() {
    use MouseKind::{Down, Drag, Moved, ScrollLeft, ScrollUp, Up};
    let legacy = MouseEncoding::Legacy;
    check(MouseMode::Off, legacy, &[(Down(LEFT), None), (ScrollUp, None)]);
    check(
        MouseMode::Press,
        legacy,
        &[
            (Down(RIGHT), Some(b"\x1b[M\x22\x25\x2a")),
            (Up(RIGHT), None),
            (ScrollUp, None),
            (Drag(LEFT), None),
            (Moved, None),
        ],
    );
    check(
        MouseMode::Click,
        legacy,
        &[
            (Down(LEFT), Some(b"\x1b[M \x25\x2a")),
            (Up(RIGHT), Some(b"\x1b[M#\x25\x2a")),
            (ScrollUp, Some(b"\x1b[M`\x25\x2a")),
            (ScrollLeft, Some(b"\x1b[Mb\x25\x2a")),
            (Drag(LEFT), None),
            (Moved, None),
        ],
    );
    check(MouseMode::Drag, legacy, &[(Drag(RIGHT), Some(b"\x1b[MB\x25\x2a")), (Moved, None)]);
    check(MouseMode::Motion, legacy, &[(Drag(LEFT), Some(b"\x1b[M@\x25\x2a")), (Moved, Some(b"\x1b[MC\x25\x2a"))]);
}

#[test]
fn sgr_events_are_decimal_and_name_the_released_button() {
    use MouseKind::{Down, Drag, Moved, ScrollDown, Up};
    check(
        MouseMode::Motion,
        MouseEncoding::Sgr,
        &[
            (Down(LEFT), Some(b"\x1b[<0;5;10M")),
            (Up(RIGHT), Some(b"\x1b[<2;5;10m")),
            (Drag(LEFT), Some(b"\x1b[<32;5;10M")),
            (Moved, Some(b"\x1b[<35;5;10M")),
            (ScrollDown, Some(b"\x1b[<65;5;10M")),
        ],
    );
}

#[test]
fn what_an_encoding_cannot_say_is_not_said() {
    let modes = |mouse_encoding| Modes { mouse: MouseMode::Click, mouse_encoding, ..Modes::default() };
    let far = |column| at(MouseKind::Down(LEFT), column, 0);
    assert_eq!(encode_mouse(far(222), modes(MouseEncoding::Legacy)).unwrap(), b"\x1b[M \xff!");
    assert_eq!(encode_mouse(far(223), modes(MouseEncoding::Legacy)), None);
    assert_eq!(encode_mouse(far(223), modes(MouseEncoding::Utf8)).unwrap(), "\x1b[M \u{100}!".as_bytes());
    assert_eq!(encode_mouse(far(2014), modes(MouseEncoding::Utf8)).unwrap(), "\x1b[M \u{7ff}!".as_bytes());
    assert_eq!(encode_mouse(far(2015), modes(MouseEncoding::Utf8)), None);
    assert_eq!(encode_mouse(far(5000), modes(MouseEncoding::Sgr)).unwrap(), b"\x1b[<0;5001;1M");
}

#[test]
fn modifiers_are_added_to_the_button() {
    let modes = Modes { mouse: MouseMode::Click, mouse_encoding: MouseEncoding::Sgr, ..Modes::default() };
    let mods = Mods { ctrl: true, alt: true, shift: true, logo: false };
    let mouse = Mouse { mods, ..at(MouseKind::ScrollUp, 0, 0) };
    assert_eq!(encode_mouse(mouse, modes).unwrap(), b"\x1b[<92;1;1M");
    let mouse = Mouse { mods, ..at(MouseKind::Down(LEFT), 0, 0) };
    assert_eq!(encode_mouse(mouse, Modes { mouse: MouseMode::Press, ..modes }).unwrap(), b"\x1b[<0;1;1M");
}

#[test]
fn the_wheel_is_arrow_keys_where_a_pager_expects_them() {
    let modes = Modes { alternate: true, alternate_scroll: true, ..Modes::default() };
    let wheel = at(MouseKind::ScrollUp, 0, 0);
    assert_eq!(encode_mouse(wheel, modes).unwrap(), b"\x1b[A\x1b[A\x1b[A");
    assert_eq!(encode_mouse(wheel, Modes { app_cursor: true, ..modes }).unwrap(), b"\x1bOA\x1bOA\x1bOA");
    assert_eq!(encode_mouse(wheel, Modes { alternate: false, ..modes }), None);
    assert_eq!(encode_mouse(wheel, Modes { alternate_scroll: false, ..modes }), None);
    assert_eq!(encode_mouse(at(MouseKind::Down(LEFT), 0, 0), modes), None);
}

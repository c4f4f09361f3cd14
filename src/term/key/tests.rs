use super::*;

/// Checks keys as keymaps write them against the bytes the agent gets.
fn check(modes: Modes, cases: &[(&str, &str)]) {
    for (key, bytes) in cases {
        let written = encode_key(key.parse().unwrap(), modes);
        assert_eq!(String::from_utf8(written).unwrap(), *bytes, "{key} with {modes:?}");
    }
}

fn kitty(flags: u8) -> Modes {
    Modes { kitty_flags: flags, ..Modes::default() }
}

#[test]
fn text_keys_are_their_characters_and_control_makes_control_characters() {
    check(
        Modes::default(),
        &[
            ("a", "a"),
            ("A", "A"),
            ("ü", "ü"),
            ("漢", "漢"),
            ("Space", " "),
            ("Ctrl-a", "\x01"),
            ("Ctrl-z", "\x1a"),
            ("Ctrl-Space", "\0"),
            ("Ctrl-@", "\0"),
            ("Ctrl-[", "\x1b"),
            ("Ctrl-\\", "\x1c"),
            ("Ctrl-]", "\x1d"),
            ("Ctrl-5", "\x1d"),
            ("Ctrl-^", "\x1e"),
            ("Ctrl-_", "\x1f"),
            ("Ctrl-/", "\x1f"),
            ("Ctrl-?", "\x7f"),
            ("Ctrl-ü", "ü"),
            ("Ctrl-1", "1"),
            ("Alt-x", "\x1bx"),
            ("Alt-X", "\x1bX"),
            ("Ctrl-Alt-c", "\x1b\x03"),
        ],
    );
}

#[test]
fn keys_with_names_are_what_xterm_sends() {
    check(
        Modes::default(),
        &[
            ("Enter", "\r"),
            ("Alt-Enter", "\x1b\r"),
            ("Esc", "\x1b"),
            ("Alt-Esc", "\x1b\x1b"),
            ("Tab", "\t"),
            ("BackTab", "\x1b[Z"),
            ("Shift-Tab", "\x1b[Z"),
            ("Backspace", "\x7f"),
            ("Ctrl-Backspace", "\x08"),
            ("Alt-Backspace", "\x1b\x7f"),
            ("Delete", "\x1b[3~"),
            ("Insert", "\x1b[2~"),
            ("PgUp", "\x1b[5~"),
            ("PgDn", "\x1b[6~"),
            ("Up", "\x1b[A"),
            ("Down", "\x1b[B"),
            ("Right", "\x1b[C"),
            ("Left", "\x1b[D"),
            ("Home", "\x1b[H"),
            ("End", "\x1b[F"),
            ("Shift-Up", "\x1b[1;2A"),
            ("Alt-Left", "\x1b[1;3D"),
            ("Ctrl-Right", "\x1b[1;5C"),
            ("Ctrl-Shift-Home", "\x1b[1;6H"),
            ("Ctrl-Delete", "\x1b[3;5~"),
            ("F1", "\x1bOP"),
            ("F2", "\x1bOQ"),
            ("F3", "\x1bOR"),
            ("F4", "\x1bOS"),
            ("F5", "\x1b[15~"),
            ("F6", "\x1b[17~"),
            ("F7", "\x1b[18~"),
            ("F8", "\x1b[19~"),
            ("F9", "\x1b[20~"),
            ("F10", "\x1b[21~"),
            ("F11", "\x1b[23~"),
            ("F12", "\x1b[24~"),
            ("F13", "\x1b[25~"),
            ("F14", "\x1b[26~"),
            ("F15", "\x1b[28~"),
            ("F16", "\x1b[29~"),
            ("F17", "\x1b[31~"),
            ("F20", "\x1b[34~"),
            ("Shift-F1", "\x1b[1;2P"),
            ("Ctrl-F5", "\x1b[15;5~"),
        ],
    );
}

#[test]
fn application_cursor_keys_are_ss3_only_without_modifiers() {
    let modes = Modes { app_cursor: true, ..Modes::default() };
    check(
        modes,
        &[("Up", "\x1bOA"), ("End", "\x1bOF"), ("Ctrl-Up", "\x1b[1;5A"), ("PgUp", "\x1b[5~"), ("Enter", "\r")],
    );
    check(Modes { app_cursor: true, ..kitty(1) }, &[("Up", "\x1b[A")]);
}

#[test]
fn disambiguated_keys_are_code_and_modifiers_and_text_stays_text() {
    check(
        kitty(DISAMBIGUATE),
        &[
            ("a", "a"),
            ("A", "A"),
            ("ü", "ü"),
            ("Esc", "\x1b[27u"),
            ("Ctrl-c", "\x1b[99;5u"),
            ("Alt-x", "\x1b[120;3u"),
            ("Alt-X", "\x1b[120;4u"),
            ("Ctrl-Alt-c", "\x1b[99;7u"),
            ("Ctrl-]", "\x1b[93;5u"),
            ("Ctrl-Space", "\x1b[32;5u"),
            ("Enter", "\r"),
            ("Shift-Enter", "\x1b[13;2u"),
            ("Ctrl-Enter", "\x1b[13;5u"),
            ("Tab", "\t"),
            ("Ctrl-Tab", "\x1b[9;5u"),
            ("BackTab", "\x1b[9;2u"),
            ("Backspace", "\x7f"),
            ("Alt-Backspace", "\x1b[127;3u"),
            ("Up", "\x1b[A"),
            ("Ctrl-Up", "\x1b[1;5A"),
            ("F1", "\x1b[P"),
            ("F3", "\x1b[13~"),
            ("F5", "\x1b[15~"),
            ("F13", "\x1b[57376u"),
            ("Shift-F14", "\x1b[57377;2u"),
        ],
    );
}

#[test]
fn all_keys_are_escapes_when_the_agent_says_so() {
    check(
        kitty(DISAMBIGUATE | ALL_AS_ESCAPES),
        &[
            ("a", "\x1b[97u"),
            ("A", "\x1b[97;2u"),
            ("Enter", "\x1b[13u"),
            ("Tab", "\x1b[9u"),
            ("Backspace", "\x1b[127u"),
        ],
    );
    check(
        kitty(ALL_AS_ESCAPES | ALTERNATE_KEYS),
        &[("A", "\x1b[97:65;2u"), ("a", "\x1b[97u"), ("Ctrl-a", "\x1b[97;5u")],
    );
    check(
        kitty(ALL_AS_ESCAPES | ALTERNATE_KEYS | ASSOCIATED_TEXT),
        &[("a", "\x1b[97;;97u"), ("A", "\x1b[97:65;2;65u"), ("Ctrl-a", "\x1b[97;5u"), ("ü", "\x1b[252;;252u")],
    );
}

#[test]
fn flags_that_change_no_encoding_leave_keys_as_they_are() {
    check(kitty(2), &[("Ctrl-c", "\x03"), ("Esc", "\x1b"), ("a", "a")]);
}

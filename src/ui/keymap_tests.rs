use super::*;

fn own(text: &str) -> Result<Keymap, KeymapError> {
    let text = text.to_owned();
    Keymap::load("own", &move |name| (name == "own").then(|| ("own.toml".to_owned(), text.clone())))
}

fn key(name: &str) -> Key {
    name.parse().expect("a key")
}

#[test]
fn a_sequence_is_pending_until_it_is_whole_and_works_in_every_mode() {
    let keymap = Keymap::shipped("default").expect("loads");
    for mode in Mode::ALL {
        assert_eq!(keymap.resolve(mode, &[], key("C-]")), Resolved::Pending);
        assert_eq!(keymap.resolve(mode, &[key("C-]")], key("l")), Resolved::Command(Command::OpenDocket));
        assert_eq!(keymap.resolve(mode, &[key("F12")], key("F12")), Resolved::Command(Command::SendPrefix));
        assert_eq!(keymap.resolve(mode, &[key("F12")], key("j")), Resolved::Unbound);
    }
    assert_eq!(keymap.resolve(Mode::Agent, &[], key("d")), Resolved::Unbound);
    assert_eq!(keymap.resolve(Mode::Case, &[], key("d")), Resolved::Command(Command::DenyCase));
}

#[test]
fn the_keys_that_decide_are_the_same_in_every_shipped_keymap() {
    let decisions = [
        Command::DenyCase,
        Command::DenyAndTell,
        Command::ApproveOnce,
        Command::ApproveSession,
        Command::EndSession,
        Command::ShowFullText,
        Command::ShowChain,
    ];
    let default = Keymap::shipped("default").expect("loads");
    for name in Keymap::names() {
        let keymap = Keymap::shipped(name).expect(name);
        for command in decisions {
            assert_eq!(keymap.keys_of(Mode::Case, command), default.keys_of(Mode::Case, command), "{name} {command}");
        }
    }
}

#[test]
fn k1_no_keymap_lets_a_habit_approve() {
    for (text, said) in [
        (
            "[case]\nEnter = \"approve-once\"",
            "own.toml:2: `Enter` cannot be `approve-once` in [case]: Enter is pressed by habit and must not approve",
        ),
        (
            "[case]\nSpace = \"approve-once\"",
            "own.toml:2: `Space` cannot be `approve-once` in [case]: Space is pressed by habit and must not approve",
        ),
        (
            "[case]\na = \"approve-once\"",
            "own.toml:2: `a` cannot be `approve-once` in [case]: an unshifted letter is pressed by habit and must not approve",
        ),
        (
            "[case]\n7 = \"approve-session\"",
            "own.toml:2: `7` cannot be `approve-session` in [case]: a digit is pressed by habit and must not approve",
        ),
        (
            "[case]\n\"Ctrl-m\" = \"approve-once\"",
            "own.toml:2: `Ctrl-m` cannot be `approve-once` in [case]: Enter, which is what this key is to a terminal, is pressed by habit and must not approve",
        ),
        (
            "[docket]\nA = \"approve-once\"",
            "own.toml:2: `A` cannot be `approve-once` in [docket]: approvals are bound in [case] alone",
        ),
        ("[case]\nMouse1 = \"approve-once\"", "own.toml:2: there is no key `Mouse1`; the nearest is `Home`"),
        ("[case]\nd = \"none\"", "keymap `own`: no key denies; bind `deny-case` in [case]"),
        (
            "[agent]\n\"Ctrl-] h\" = \"none\"",
            "keymap `own`: no key leads out of the agent to a case; bind `open-case` in [agent]",
        ),
        (
            "[agent]\nx = \"open-case\"",
            "own.toml:2: `x` cannot be `open-case` in [agent]: the agent would never get that key",
        ),
        ("[case]\n\"d d\" = \"deny-case\"", "own.toml:2: `d d` cannot be `deny-case` in [case]: denying is one key"),
        (
            "[alias]\n\"a\" = \"A\"",
            "own.toml:2: `a` cannot be `send-prefix` in [alias]: it would be missing when you type",
        ),
        (
            "[alias]\n\"Ctrl-m\" = \"A\"",
            "own:0: `Ctrl-m` cannot be `approve-once` in [alias]: Enter, which is what this key is to a terminal, is pressed by habit and must not approve",
        ),
    ] {
        let text = format!("inherits = \"default\"\n{text}");
        let said = said.replace("own.toml:2", "own.toml:3");
        assert_eq!(own(&text).map(|_| ()).map_err(|error| error.to_string()), Err(said), "{text}");
    }
}

#[test]
fn k2_what_is_wrong_with_a_keymap_is_said_with_line_and_nearest_name() {
    for (text, said) in [
        ("[case]\n\nd = \"deny-caes\"", "own.toml:3: there is no command `deny-caes`; the nearest is `deny-case`"),
        ("[cas]\nd = \"deny-case\"", "own.toml:1: there is no mode `cas`; the nearest is `case`"),
        ("[case]\n\"Entr\" = \"deny-case\"", "own.toml:2: there is no key `Entr`; the nearest is `Enter`"),
        ("inherits = \"vmi\"", "there is no keymap `vmi`; the nearest is `vim`"),
        (
            "inherits = \"default\"\n[case]\n\"d g\" = \"go-first\"",
            "own.toml:3: `d g` cannot be `go-first` in [case]: one of it and `d` could never be reached",
        ),
        ("", "keymap `own`: no key leads out of the agent to a case; bind `open-case` in [agent]"),
    ] {
        assert_eq!(own(text).map(|_| ()).map_err(|error| error.to_string()), Err(said.to_owned()), "{text}");
    }
    assert!(matches!(own("[case\n"), Err(KeymapError::Toml { line: 1, .. })));
    assert!(matches!(own("[case]\nd = 3"), Err(KeymapError::Toml { line: 2, .. })));
}

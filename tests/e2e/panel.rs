//! The operator's side: the agent in its window, cases over it, keys that rule and keys that never do.

use holdpoint::term::{Color, Colors, MouseMode, Rgb};

use crate::harness::{Place, gated_place, signal};
use crate::pane::Pane;

const MEDIUM: (u16, u16) = (80, 24);
const LARGE: (u16, u16) = (120, 36);
/// An interactive shell as the agent.
const SHELL: &[&str] = &["bash", "--norc", "--noprofile", "-i"];
const ESC: &str = "\x1b";

/// A place with files to lose and a shell as its agent, at its prompt in a window of `size`.
fn shell_in(size: (u16, u16)) -> Option<(Place, Pane)> {
    let mut place = gated_place().map(Place::with_keep)?;
    place.set("PS1", "agent> ");
    let mut pane = Pane::watch(&place, size, SHELL);
    pane.wait_for("agent>");
    pane.wait_for("WATCHING");
    Some((place, pane))
}

/// The agent asks to remove a folder; the case is on the screen.
fn held(place: &Place, pane: &mut Pane) {
    pane.keys("rm -r keep; echo status-$?\r");
    pane.wait_for("CASE c1");
    pane.until_journal(place, "hold", 1);
}

/// Gives the case the keyboard and waits until its lock has opened.
fn unlocked(pane: &mut Pane) {
    pane.prefix("h");
    pane.wait_for("A approve once");
    until_unlocked(pane);
}

fn until_unlocked(pane: &mut Pane) {
    pane.until("the open lock", |pane| {
        let text = pane.text();
        let line = text.lines().find(|line| line.contains("A approve once"))?.to_owned();
        (!line.contains("locked")).then_some(())
    });
}

/// What an operator's hand does to a text: one key after the other.
fn type_by_hand(pane: &mut Pane, text: &str) {
    for c in text.chars() {
        pane.keys(&c.to_string());
        pane.pause();
    }
}

#[test]
fn a_terminal_that_obeys_no_sequences_gets_plain_lines() {
    let Some(mut place) = gated_place().map(Place::with_keep) else { return };
    place.set("TERM", "dumb");
    let mut pane = Pane::watch(&place, MEDIUM, &["sh", "-c", "rm -r keep; echo status-$?"]);
    pane.wait_for("ANSWER  type: deny c1");
    pane.keys("deny c1\r");
    pane.wait_for("agent: status-126");
    pane.wait();
    // That pastes be told from typing is asked for anyway: no paste may approve.
    let said = String::from_utf8_lossy(&pane.raw).replace("\x1b[?2004h", "").replace("\x1b[?2004l", "");
    assert!(!said.contains('\x1b'), "{said:?}");
    let mut replay = Pane::start(&place, MEDIUM, crate::harness::WATCH, &["replay", place.session.to_str().unwrap()]);
    replay.wait();
    assert!(replay.text().contains("status-126") && !replay.raw.contains(&0x1b), "{}", replay.text());
}

#[test]
fn the_agents_window_is_its_own_terminal() {
    for (size, agent) in [(MEDIUM, "20 80"), (LARGE, "34 80")] {
        let Some((place, mut pane)) = shell_in(size) else { return };
        pane.keys("stty size; printf 'in \\033[31mr\\145d\\033[0m\\n'; tput colors\r");
        pane.wait_for(agent);
        pane.wait_for("in red");
        pane.wait_for("256");
        let row = pane.screen.text().iter().position(|line| line.starts_with("in red")).unwrap();
        let cell = pane.screen.row(u16::try_from(row).unwrap()).nth(3).unwrap();
        assert_eq!((cell.ch, cell.fg), ('r', Color::Indexed(1)));
        pane.resize(100, 30);
        pane.until_journal(&place, "resize", 1);
        pane.keys("clear; stty size\r");
        pane.wait_for("26 100");
        pane.keys("exit 9\r");
        assert_eq!(pane.wait(), 9);
        assert_eq!(place.journal().of("resize").last().unwrap()["rows"], 26);
    }
}

#[test]
fn a_case_opens_at_once_and_the_keyboard_stays_with_the_agent() {
    for size in [MEDIUM, LARGE] {
        let Some((place, mut pane)) = shell_in(size) else { return };
        held(&place, &mut pane);
        pane.wait_for("FROZEN");
        pane.wait_for("rm -r keep");
        // Without the prefix these are the agent's: none of them rules, and they are kept.
        pane.keys("dDAK\r");
        pane.wait_for("typed while frozen: 4 keys");
        assert_eq!(place.journal().of("decision").len(), 0, "{}", place.journal().text());
        pane.prefix("h");
        pane.wait_for("d deny");
        pane.keys("d");
        pane.wait_for("Denied by the operator");
        pane.wait_for("status-126");
        // What could be printed is given back; Enter is not.
        pane.wait_for("agent> dDAK");
        assert!(place.has("keep/photo-1.raw"));
        let decision = place.journal().only("decision").clone();
        assert_eq!((&decision["ruling"], &decision["by"]), (&"deny".into(), &"panel".into()));
        assert_eq!(decision["shown"].as_str().unwrap().len(), 64);
        pane.keys("\x15exit\r");
        assert_eq!(pane.wait(), 0);
    }
}

#[test]
fn an_approval_needs_the_key_and_an_open_lock() {
    for size in [MEDIUM, LARGE] {
        let Some((place, mut pane)) = shell_in(size) else { return };
        held(&place, &mut pane);
        // In one breath: the case gets the keyboard, and the approval comes too early.
        pane.keys("\x1dhA");
        pane.wait_for("locked");
        assert_eq!(place.journal().of("decision").len(), 0);
        assert!(place.has("keep/photo-1.raw"));
        until_unlocked(&mut pane);
        pane.keys("A");
        pane.wait_for("status-0");
        assert!(!place.has("keep"));
        let decision = place.journal().only("decision").clone();
        assert_eq!(
            (&decision["ruling"], &decision["by"], &decision["for"]),
            (&"approve".into(), &"panel".into(), &"once".into())
        );
        pane.keys("exit\r");
        assert_eq!(pane.wait(), 0);
    }
}

#[test]
fn r09_habits_never_approve() {
    let Some((place, mut pane)) = shell_in(MEDIUM) else { return };
    held(&place, &mut pane);
    for habit in [
        "\r",
        "\n",
        " ",
        "y",
        "Y",
        "a",
        "1",
        "\t",
        "\x1b[200~A\x1b[201~",
        "\x1b[<0;10;20M\x1b[<0;10;20m",
        "\x1b[65;1:2u",
    ] {
        unlocked(&mut pane);
        pane.keys(habit);
        // The next key is answered after this one was.
        pane.keys("e");
        pane.until("the lock to start anew", |pane| pane.text().contains("locked").then_some(()));
        assert_eq!(place.journal().of("decision").len(), 0, "{habit:?}: {}", place.journal().text());
        pane.keys("e");
    }
    // A click on the title focuses and does not rule; Escape leaves the call held.
    pane.keys(ESC);
    pane.wait_for("brings the keyboard here");
    assert_eq!(place.journal().of("decision").len(), 0);
    assert!(place.has("keep/photo-1.raw"));
    pane.prefix("h");
    pane.wait_for("d deny");
    pane.keys("d");
    pane.wait_for("status-126");
    pane.keys("exit\r");
    pane.wait();
    assert!(place.has("keep/photo-1.raw"));
}

#[test]
fn k4_the_doctor_shows_what_a_terminal_sends() {
    let place = Place::new();
    let mut pane = Pane::shell(&place, MEDIUM, "$WATCH doctor --keys; echo \"code $?\"");
    pane.wait_for("Press keys");
    pane.keys("\x1d");
    pane.wait_for("Ctrl-]  begins a command of watch");
    pane.keys("t");
    pane.wait_for("open-timeline");
    pane.keys("\x03");
    pane.wait_for("code 0");
    pane.wait();
}

#[test]
fn r11_a_critical_case_wants_its_target_typed_by_hand_and_is_let_go_later() {
    let Some(place) = gated_place() else { return };
    place.write("work/fix.sql", "DROP TABLE customers CASCADE;\n");
    place.program("bin/psql", "#!/bin/sh\ncat \"$4\" > ran\n");
    let mut pane =
        Pane::watch(&place, MEDIUM, &["sh", "-c", "psql -h db.prod.invalid -f fix.sql; echo status-$?; sleep 600"]);
    pane.wait_for("CASE c1");
    pane.wait_for("CRITICAL");
    let hold = pane.until_journal(&place, "hold", 1).only("hold").clone();
    let target = hold["offer"]["type_target"]["target"].as_str().unwrap().to_owned();
    let open = |pane: &mut Pane| {
        unlocked(pane);
        pane.keys("A");
        pane.wait_for("Type the target");
    };
    open(&mut pane);
    // Enter alone, a paste, something else: none of it is the target typed by hand.
    pane.keys("\r");
    pane.keys(&format!("\x1b[200~{target}\x1b[201~"));
    pane.wait_for("paste is off");
    pane.keys(ESC);
    pane.wait_gone("Type the target");
    open(&mut pane);
    type_by_hand(&mut pane, "something else\r");
    pane.wait_for("not the target");
    assert_eq!(place.journal().of("decision").len(), 0);
    assert!(!place.has("ran"));
    pane.keys(ESC);
    pane.wait_gone("Type the target");
    // All at once is no hand's doing.
    open(&mut pane);
    pane.keys(&format!("{target}\r"));
    pane.wait_for("nothing was sent");
    assert_eq!(place.journal().of("decision").len(), 0);
    pane.keys(ESC);
    open(&mut pane);
    type_by_hand(&mut pane, &format!("{target}\r"));
    pane.wait_for("let go in");
    pane.until_journal(&place, "release", 1);
    assert!(!place.has("ran"), "let go before its time");
    pane.wait_for("status-0");
    assert!(place.read("ran").contains("DROP TABLE"));
    assert_eq!(place.journal().rulings(), ["approve"]);
    signal(place.supervisor(), "TERM");
    pane.wait();
}

#[test]
fn two_cases_stand_in_the_docket_and_are_denied_there() {
    let Some(place) = gated_place().map(Place::with_keep) else { return };
    place.write("work/more/a.txt", "a");
    place.write("config/watch/policy.toml", "[freeze]\nexcept = ['asker']\n");
    std::fs::copy("/usr/bin/python3", place.root().join("bin/asker")).unwrap();
    let asker = "import os, subprocess, sys, time\n\
        open('ready-' + sys.argv[1], 'w').close()\n\
        while not all(os.path.exists('ready-' + name) for name in ('keep', 'more')): time.sleep(0.01)\n\
        try: r = subprocess.run(['/bin/rm', '-r', sys.argv[1]]).returncode\n\
        except OSError as e: r = e.errno\n\
        print('%s said %s' % (sys.argv[1], r))\n";
    let asker = place.write("asker.py", asker).display().to_string();
    let script = format!("asker {asker} keep & asker {asker} more & wait; sleep 600");
    let mut pane = Pane::watch(&place, MEDIUM, &["sh", "-c", &script]);
    pane.until_journal(&place, "hold", 2);
    pane.wait_for("2 held");
    pane.prefix("l");
    pane.wait_for("DOCKET");
    pane.wait_for("c1");
    pane.wait_for("c2");
    pane.keys("A\r");
    pane.until("an open case again", |pane| pane.text().contains("CASE c").then_some(()));
    assert_eq!(place.journal().of("decision").len(), 0, "nothing is approved in the docket");
    pane.prefix("l");
    pane.wait_for("DOCKET");
    pane.keys("d");
    pane.until_journal(&place, "decision", 1);
    pane.wait_for("1 held");
    assert!(place.has("keep/photo-1.raw") && place.has("more/a.txt"));
    pane.prefix("h");
    pane.wait_for("d deny");
    pane.keys("d");
    pane.wait_for("keep said 13");
    pane.wait_for("more said 13");
    assert_eq!(place.journal().rulings(), ["deny", "deny"]);
    signal(place.supervisor(), "TERM");
    pane.wait();
}

#[test]
fn words_typed_at_the_panel_reach_the_agent() {
    let Some((place, mut pane)) = shell_in(LARGE) else { return };
    held(&place, &mut pane);
    pane.prefix("h");
    pane.wait_for("d deny");
    pane.keys("D");
    type_by_hand(&mut pane, "use the trash");
    pane.keys("\r");
    pane.wait_for("status-126");
    assert_eq!(place.journal().only("decision")["because"], "use the trash");
    assert!(pane.text().contains("use the trash"), "{}", pane.text());
    pane.keys("exit\r");
    pane.wait();
}

#[test]
fn a_window_too_small_for_a_case_can_only_deny() {
    let Some((place, mut pane)) = shell_in(MEDIUM) else { return };
    held(&place, &mut pane);
    pane.resize(39, 11);
    pane.prefix("h");
    // End: all of it has been seen, and the lock stays closed for the window's sake.
    pane.keys("\x1b[F");
    pane.wait_for("locked: the win");
    pane.keys("A");
    pane.pause();
    pane.keys("d");
    pane.until_journal(&place, "decision", 1);
    assert_eq!(place.journal().rulings(), ["deny"]);
    assert!(place.has("keep/photo-1.raw"));
    pane.resize(80, 24);
    pane.keys("exit\r");
    pane.wait();
}

/// Runs the supervisor below an operator's shell, which compares the terminal before and after.
fn pane_with_terminal_check(place: &Place, agent: &str) -> Pane {
    let script = format!(
        "before=$(stty -g); $WATCH --session $SESSION -- {agent}; echo \"code $?\"; \
         [ \"$before\" = \"$(stty -g)\" ] && echo terminal-is-back"
    );
    Pane::shell(place, MEDIUM, &script)
}

fn assert_given_back(pane: &mut Pane) {
    pane.wait_for("terminal-is-back");
    let modes = pane.screen.modes();
    assert!(!modes.alternate && !modes.bracketed_paste && !modes.focus_events && modes.cursor_visible, "{modes:?}");
    assert_eq!((modes.mouse, modes.kitty_flags), (MouseMode::Off, 0));
}

#[test]
fn the_terminal_comes_back_when_the_agent_ends() {
    let Some(place) = gated_place() else { return };
    let mut pane = pane_with_terminal_check(&place, "sh -c 'printf \"\\033[?1049h\\033[?1000h\\033[?25l\"; exit 3'");
    pane.wait_for("code 3");
    assert_given_back(&mut pane);
    pane.wait_for("recorded in");
}

#[test]
fn the_terminal_comes_back_on_a_signal_and_the_tree_is_ended() {
    for name in ["TERM", "HUP"] {
        let Some(place) = gated_place().map(Place::with_keep) else { return };
        let mut pane = pane_with_terminal_check(&place, "sh -c 'sleep 600 & rm -r keep; sleep 600'");
        pane.wait_for("CASE c1");
        signal(place.supervisor(), name);
        pane.wait_for("code");
        assert_given_back(&mut pane);
        pane.wait();
        assert!(place.has("keep/photo-1.raw"));
        assert_eq!(place.journal().last(), "exit");
        assert_eq!(place.journal().rulings(), ["void"]);
        place.until_deserted();
    }
}

#[test]
fn the_terminal_comes_back_when_the_agent_dies_during_a_hold() {
    let Some(place) = gated_place().map(Place::with_keep) else { return };
    let mut pane = pane_with_terminal_check(&place, "sh -c 'rm -r keep; sleep 600'");
    pane.wait_for("CASE c1");
    let journal = pane.until_journal(&place, "hold", 1);
    let agent = i32::try_from(journal.of("action")[0]["action"]["caller"]["pid"].as_i64().unwrap()).unwrap();
    let held = i32::try_from(journal.only("hold")["action"]["caller"]["pid"].as_i64().unwrap()).unwrap();
    assert_ne!(agent, held);
    signal(agent, "KILL");
    // Its child is what is left of it, and stays held.
    pane.wait_for("FROZEN 0/1");
    assert!(place.has("keep/photo-1.raw"));
    signal(held, "KILL");
    pane.wait_for("code 137");
    assert_given_back(&mut pane);
    pane.wait();
    assert!(place.has("keep/photo-1.raw"));
    assert_eq!(place.journal().rulings(), ["void"]);
    place.until_deserted();
}

#[test]
fn what_is_left_when_the_agent_ends_is_shown_and_ended_on_a_key() {
    let Some(place) = gated_place() else { return };
    let mut pane = pane_with_terminal_check(
        &place,
        "sh -c 'setsid sh -c \": > up; sleep 600; :\" & while [ ! -e up ]; do :; done; exit 4'",
    );
    pane.wait_for("ENDED 4");
    pane.wait_for("sleep 600");
    pane.keys("q");
    pane.wait_for("code 4");
    assert_given_back(&mut pane);
    pane.wait();
    place.until_deserted();
}

#[test]
fn r07_nothing_the_agent_writes_reaches_the_operators_terminal_raw() {
    let Some((_place, mut pane)) = shell_in(MEDIUM) else { return };
    pane.keys("printf '\\033]52;c;aGFy%s\\007\\033]0;title-%s\\007\\033[>4;2m\\033]8;;http://x.invalid/%s\\007link\\033]8;;\\007 do%s\\n' bQ== x y ne\r");
    pane.wait_for("link done");
    for hidden in [&b"\x1b]52;c;aGFybQ"[..], b"\x1b]8;;http", b"\x1b[>4;2m"] {
        assert!(!pane.raw.windows(hidden.len()).any(|bytes| bytes == hidden), "{}", String::from_utf8_lossy(hidden));
    }
    pane.keys("exit\r");
    pane.wait();
}

#[test]
fn a_case_opens_under_a_flood_of_output() {
    let Some(place) = gated_place().map(Place::with_keep) else { return };
    let script =
        "yes flooding the terminal with lines & sleep 0.2; rm -r keep; kill %1; wait; echo over; read x; exit 2";
    let mut pane = Pane::watch(&place, MEDIUM, &["bash", "-c", script]);
    pane.wait_for("flooding");
    pane.wait_for("CASE c1");
    pane.wait_for("FROZEN");
    pane.prefix("h");
    pane.wait_for("d deny");
    pane.keys("d");
    pane.wait_for("over");
    assert!(place.has("keep/photo-1.raw"));
    pane.keys("\r");
    assert_eq!(pane.wait(), 2);
    assert_eq!(place.ask(&["verify", place.session.to_str().unwrap()]).code, Some(0));
}

#[test]
fn an_alternate_screen_program_is_usable_and_leaves_its_screen() {
    let Some(place) = gated_place() else { return };
    let text: String = (1..=200).map(|n| format!("line number {n}\n")).collect();
    place.write("work/long.txt", text);
    let mut pane = Pane::watch(&place, LARGE, &["sh", "-c", "echo before; less long.txt; echo after; read x"]);
    pane.wait_for("line number 33");
    pane.keys("G");
    pane.wait_for("line number 200");
    pane.keys("?number 44\r");
    pane.wait_for("line number 44");
    pane.keys("q");
    pane.wait_for("after");
    assert!(pane.text().contains("before"), "{}", pane.text());
    pane.keys("\r");
    pane.wait();
}

#[test]
fn the_session_ends_on_the_operators_word() {
    let Some((place, mut pane)) = shell_in(MEDIUM) else { return };
    pane.keys("sleep 600 &\r");
    pane.prefix("q");
    pane.wait_for("q");
    pane.pause();
    pane.keys("q");
    pane.wait();
    assert_eq!(place.journal().last(), "exit");
    place.until_deserted();
}

#[test]
fn everything_stops_and_goes_on_by_hand() {
    let Some((place, mut pane)) = shell_in(MEDIUM) else { return };
    pane.keys("while :; do echo $((n += 1)) > counter; done &\r");
    place.until("the counter", || (!place.read("counter").is_empty()).then_some(()));
    pane.prefix("x");
    pane.wait_for("FROZEN");
    pane.until_journal(&place, "freeze", 1);
    let before = place.read("counter");
    for _ in 0..10 {
        pane.pause();
    }
    assert_eq!(place.read("counter"), before, "it moved while everything stood still");
    pane.prefix("x");
    pane.wait_for("WATCHING");
    place.until("the counter going on", || (place.read("counter") != before).then_some(()));
    pane.keys("kill %1; exit\r");
    pane.wait();
    place.until_deserted();
}

#[test]
fn the_theme_follows_the_terminal_when_the_operator_comes_back_to_it() {
    let Some(mut place) = gated_place() else { return };
    place.set("COLORTERM", "truecolor");
    place.set("TERM", "xterm-256color");
    let tells = |pane: &mut Pane, ground, text| {
        pane.screen.set_colors(Colors { background: Some(ground), foreground: Some(text), ..Colors::default() });
    };
    let (black, white) = (Rgb(0, 0, 0), Rgb(255, 255, 255));
    let mut pane = Pane::watch(&place, LARGE, SHELL);
    tells(&mut pane, black, white);
    let bar = |pane: &Pane| pane.screen.row(0).next().map(|cell| cell.bg);
    let dark = pane.until("the dark theme", |pane| bar(pane).filter(|bg| matches!(bg, Color::Rgb(..))));
    tells(&mut pane, white, black);
    pane.keys("x");
    pane.wait_for("x");
    assert_eq!(bar(&pane), Some(dark), "not before");
    pane.keys("\x1b[I");
    pane.until("the light theme", |pane| (bar(pane) != Some(dark)).then_some(()));
    pane.keys("\x08exit 0\r");
    assert_eq!(pane.wait(), 0, "no key was lost");
}

#[test]
fn a_theme_that_is_changed_is_read_at_once_and_a_bad_one_is_said_and_left() {
    let Some(place) = gated_place() else { return };
    let own = |text: &str| drop(place.write("config/watch/themes/own.toml", text));
    own("inherits = \"dark\"\n");
    let session = place.session.display().to_string();
    let args = [&["--session", &session, "--theme", "own", "--"], SHELL].concat();
    let mut pane = Pane::start(&place, LARGE, crate::harness::WATCH, &args);
    pane.wait_for("WATCHING");
    own("inherits = \"light\"\n");
    pane.wait_for("theme and keys were read anew");
    own("inherits = \"lihgt\"\n");
    pane.wait_for("not read anew: ");
    pane.keys("exit 0\r");
    assert_eq!(pane.wait(), 0);
}

//! `watch replay`, `log`, `verify` and `sessions` on recorded sessions.

use std::fs;

use crate::harness::{Place, gated_place, signal};
use crate::pane::Pane;

/// The stored session of version 1.
const STORED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/journals/v1");
/// What gives the operator's terminal back: leaving the alternate screen.
const GIVEN_BACK: &str = "\x1b[?1049l";

/// A place whose session folder holds the stored session.
fn stored() -> Place {
    let place = Place::new();
    fs::create_dir(&place.session).unwrap();
    for name in ["journal.jsonl", "screen.cast"] {
        fs::copy(format!("{STORED}/{name}"), place.session.join(name)).unwrap();
    }
    place
}

fn replayed(place: &Place) -> Pane {
    let session = place.session.to_str().unwrap();
    let mut pane = Pane::start(place, (100, 30), crate::harness::WATCH, &["replay", session]);
    pane.wait_for("REPLAY");
    pane.wait_for("sealed, hash ok");
    pane
}

fn is_given_back(pane: &Pane) -> bool {
    String::from_utf8_lossy(&pane.raw).contains(GIVEN_BACK)
}

#[test]
fn a_stored_session_is_played_paused_sought_in_and_left() {
    let place = stored();
    let mut pane = replayed(&place);
    pane.wait_for("401 unauthorized");
    pane.keys(" ");
    pane.wait_for("paused");
    pane.keys("\x1b[F");
    pane.wait_for("the deletion was denied");
    pane.keys("\x1b[H");
    pane.wait_gone("the deletion was denied");
    pane.keys("]]]");
    pane.wait_for("volumeDelete");
    pane.keys("q");
    assert_eq!(pane.wait(), 0);
    assert!(is_given_back(&pane));
}

#[test]
fn a_replay_that_is_asked_to_end_gives_the_terminal_back() {
    let place = stored();
    let mut pane = replayed(&place);
    signal(pane.pid(), "TERM");
    assert_eq!(pane.wait(), 0);
    assert!(is_given_back(&pane));
}

#[test]
fn a_changed_session_is_played_and_said_to_be_changed() {
    let place = stored();
    let journal = place.session.join("journal.jsonl");
    let text = fs::read_to_string(&journal).unwrap().replacen("orbit.example", "orbit.invalid", 1);
    fs::write(&journal, text).unwrap();
    let mut pane = Pane::start(&place, (100, 30), crate::harness::WATCH, &["replay", place.session.to_str().unwrap()]);
    pane.wait_for("not whole");
    pane.keys("q");
    assert_eq!(pane.wait(), 0);
    let verified = place.ask(&["verify", place.session.to_str().unwrap()]);
    assert_eq!(verified.code, Some(1));
    assert!(verified.out.starts_with("journal: line 3 does not continue the line before it"), "{}", verified.out);
}

#[test]
fn a_session_that_just_ran_is_whole_listed_and_told_as_it_was() {
    let Some(place) = gated_place() else { return };
    let place = place.with_keep();
    let ended =
        place.run(place.watch(&["--headless", "--on-hold", "deny", "--", "sh", "-c", "rm -rf keep; echo on; exit 4"]));
    assert_eq!(ended.code, Some(4), "{}", ended.err);
    let list = place.ask(&["sessions", "--json"]);
    let sessions: serde_json::Value = serde_json::from_str(&list.out).unwrap();
    assert_eq!(
        (&sessions[0]["cases"], &sessions[0]["denied"], &sessions[0]["exit"]),
        (&1.into(), &1.into(), &4.into())
    );
    let id = sessions[0]["id"].as_str().unwrap();

    let verified = place.ask(&["verify", id]);
    assert_eq!(verified.code, Some(0), "{}", verified.out);
    let last = verified.out.lines().last().unwrap().strip_prefix("last hash ").unwrap().to_owned();
    assert_eq!(place.ask(&["verify", id, "--last", &last]).code, Some(0));
    assert_eq!(place.ask(&["verify", id, "--last", &"0".repeat(64)]).code, Some(1));
    assert_eq!(place.ask(&["verify", "no-such-session"]).code, Some(2));

    let told = place.ask(&["replay", id]);
    assert_eq!(told.code, Some(0));
    assert!(told.out.contains("decision       c1 denied by --on-hold"), "{}", told.out);
    assert!(told.out.contains("screen         on\n"), "{}", told.out);
    let judged = place.ask(&["replay", "--judge", id]);
    assert_eq!(judged.code, Some(0), "{}", judged.out);

    let raw = place.ask(&["log", "--json", "--type", "decision,exit", id]);
    let types: Vec<String> = raw
        .out
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["type"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(types, ["decision", "exit"]);
}

#[test]
fn a_followed_log_ends_with_the_session() {
    let Some(place) = gated_place() else { return };
    place.gate("go");
    let run = place.headless("deny", &["sh", "-c", "echo ready > ready; read x < go; exit 0"]);
    place.until_file("ready");
    let session = place.session.to_str().unwrap().to_owned();
    assert_eq!(place.ask(&["verify", &session]).code, Some(1), "a running session is not whole yet");
    let log = place.start(place.watch(&["log", "--follow", &session]));
    place.until("the log's first line", || log.out().contains("session_start").then_some(()));
    assert!(!log.out().contains("exit   "), "{}", log.out());
    place.release("go");
    assert_eq!(run.wait().code, Some(0));
    let ended = log.wait();
    assert_eq!(ended.code, Some(0));
    assert!(ended.out.trim_end().ends_with("exit           status 0"), "{}", ended.out);
}

#[test]
fn a_demo_leaves_a_picture_of_its_case_which_is_the_one_in_the_readme() {
    let Some(mut place) = gated_place() else { return };
    place.set("TMPDIR", "/tmp");
    let picture = place.root().join("case.svg");
    let demo = place.ask(&["demo", "--auto", "deny", "--export", "svg", "-o", picture.to_str().unwrap()]);
    assert_eq!(demo.code, Some(0), "{demo:?}");
    let svg = fs::read_to_string(picture).unwrap();
    for words in ["CASE c1", "CRITICAL", "volumeDelete", "WHY", "BLAST", "FROZEN"] {
        assert!(svg.contains(words), "{words}: {svg}");
    }
    assert!(!svg.contains("4c1d77e09b2a"), "the token is in the picture");
    let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/case.svg");
    let again = "make it anew: watch demo --auto deny --export svg -o docs/case.svg";
    assert_eq!(words_of(&svg), words_of(&fs::read_to_string(kept).unwrap()), "{again}");
}

/// The words of a picture. Numbers stand for any, and so does a path of this machine with all that has room behind it in its row.
fn words_of(svg: &str) -> Vec<String> {
    let drawn = svg.split_once("</style>").map_or(svg, |(_, drawn)| drawn);
    let text: String = drawn.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text).collect();
    let word = |word: &str| {
        word.split(|c: char| c.is_ascii_digit()).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("#")
    };
    let row =
        |row: &str| row.split_whitespace().take_while(|word| !word.starts_with('/')).map(word).collect::<Vec<_>>();
    text.split('║').flat_map(row).collect()
}

#[test]
fn the_demos_case_is_whole_in_a_window_of_80x24() {
    let Some(mut place) = gated_place() else { return };
    place.set("TMPDIR", "/tmp");
    let mut pane = Pane::start(&place, (80, 24), crate::harness::WATCH, &["demo"]);
    pane.wait_for("expires by itself");
    assert!(pane.text().contains("CASE c1") && !pane.text().contains("more \u{2550}"), "{}", pane.text());
    pane.prefix("h");
    pane.wait_for("then type the target");
    pane.keys("d");
    pane.wait();
}

#[test]
fn a_packed_session_is_listed_told_verified_and_played_as_before() {
    let place = stored();
    let session = place.session.to_str().unwrap();
    let before = (place.ask(&["replay", session]).out, place.ask(&["verify", session]).out);
    let packed = place.ask(&["sessions", "pack", session]);
    assert_eq!(packed.code, Some(0), "{packed:?}");
    assert!(!place.session.join("journal.jsonl").exists() && place.session.join("screen.cast.zst").exists());
    assert_eq!((place.ask(&["replay", session]).out, place.ask(&["verify", session]).out), before);
    let log = place.ask(&["log", session, "--type", "exit"]);
    assert!(log.out.ends_with("status 3\n"), "{log:?}");
    assert!(place.ask(&["report", session]).out.starts_with("1 session, "));
    let mut pane = replayed(&place);
    pane.keys("q");
    assert_eq!(pane.wait(), 0);
}

#[test]
fn a_replay_is_searched_sent_to_a_case_and_led_from_an_event_to_its_moment() {
    let place = stored();
    let mut pane = replayed(&place);
    pane.keys(" /unauthor\r");
    pane.wait_for("401 unauthorized");
    pane.wait_for("find unauthor: 1 of");
    pane.keys("gc1\r");
    pane.wait_for("CASE c1");
    pane.keys("t");
    pane.wait_for("EVENTS");
    pane.keys("\x1b[F\r");
    pane.wait_gone("EVENTS");
    pane.wait_for("00:00:53");
    pane.keys("g#2\r");
    pane.wait_gone("00:00:53");
    pane.keys("q");
    assert_eq!(pane.wait(), 0);
}

#[test]
fn a_recording_of_another_recorder_is_played_and_told() {
    let place = Place::new();
    let cast = place.root().join("talk.cast");
    let text = "{\"version\":2,\"width\":40,\"height\":5}\n[0.1,\"o\",\"hello \"]\n[0.2,\"o\",\"world\"]\n";
    fs::write(&cast, text).unwrap();
    let told = place.ask(&["replay", cast.to_str().unwrap()]);
    assert_eq!((told.code, told.out.as_str()), (Some(0), "00:00:00.200  screen         hello world\n"));
    let mut pane = Pane::start(&place, (80, 24), crate::harness::WATCH, &["replay", cast.to_str().unwrap()]);
    pane.wait_for("no journal");
    pane.wait_for("hello world");
    pane.keys("q");
    assert_eq!(pane.wait(), 0);
}

#[test]
fn a_running_session_is_followed_to_its_end() {
    let Some(place) = gated_place() else { return };
    place.gate("go");
    let run = place.headless("deny", &["sh", "-c", "echo first; echo ready > ready; read x < go; echo second; exit 0"]);
    place.until_file("ready");
    let mut pane =
        Pane::start(&place, (80, 24), crate::harness::WATCH, &["replay", "--follow", place.session.to_str().unwrap()]);
    pane.wait_for("first");
    pane.wait_for("live");
    place.release("go");
    pane.wait_for("second");
    pane.wait_for("sealed, hash ok");
    pane.wait_for(" ended ");
    assert_eq!(run.wait().code, Some(0));
    pane.keys("q");
    assert_eq!(pane.wait(), 0);
}

#[test]
fn what_was_on_the_screen_at_a_ruling_is_in_the_journal_and_fits_it() {
    let Some(mut place) = gated_place().map(Place::with_keep) else { return };
    place.set("PS1", "agent> ");
    let mut pane = Pane::watch(&place, (80, 24), &["bash", "--norc", "--noprofile", "-i"]);
    pane.wait_for("agent>");
    pane.keys("rm -r keep\r");
    pane.wait_for("CASE c1");
    pane.prefix("h");
    pane.wait_for("A approve once");
    pane.keys("d");
    pane.until_journal(&place, "decision", 1);
    pane.wait_for("agent>");
    pane.keys("exit\r");
    pane.wait();
    let journal = place.journal();
    let (shown, decision) = (journal.only("shown"), journal.only("decision"));
    assert_eq!(shown["digest"], decision["shown"]);
    assert_eq!(shown["window"], serde_json::json!([80, 24]));
    let rows = shown["rows"].as_array().unwrap();
    for words in ["CASE c1", "rm -r keep", "Enter, Space and Esc never approve"] {
        assert!(rows.iter().any(|row| row.as_str().unwrap().contains(words)), "{words}: {rows:?}");
    }
    let keys = shown["keys"].as_array().unwrap();
    let last = keys.last().and_then(serde_json::Value::as_f64).unwrap();
    assert!(shown["focused"].as_f64().unwrap() <= last && last <= decision["t"].as_f64().unwrap(), "{shown}");
    assert!(shown["since"].as_f64().unwrap() <= shown["focused"].as_f64().unwrap(), "{shown}");
    let session = place.session.to_str().unwrap();
    assert_eq!(place.ask(&["verify", session]).code, Some(0));
}

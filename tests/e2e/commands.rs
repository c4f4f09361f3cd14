//! The commands beside supervising, as scripts use them.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::harness::{Ended, Place, WATCH, gated_place};

/// `watch demo --auto` takes no longer.
const DEMO_MAX: Duration = Duration::from_secs(60);

/// A place with a session in it: one denied act, some output.
fn with_session() -> Option<(Place, Ended)> {
    let place = gated_place().map(Place::with_keep)?;
    let ended = place.script("deny", "printf 'first\\nsecond \\033[32mgreen\\033[0m\\n'; rm -r keep; echo third");
    Some((place, ended))
}

#[test]
fn a_whole_session_verifies_and_a_changed_one_does_not() {
    let Some((place, _)) = with_session() else { return };
    let session = place.session.to_str().unwrap().to_owned();
    let whole = place.ask(&["verify", &session]);
    assert_eq!(whole.code, Some(0), "{whole:?}");
    for name in ["journal.jsonl", "screen.cast"] {
        let path = place.session.join(name);
        let text = std::fs::read_to_string(&path).unwrap();
        let changed = if name == "journal.jsonl" {
            text.replacen("\"ruling\":\"deny\"", "\"ruling\":\"approve\"", 1)
        } else {
            text.replacen("second", "SECOND", 1)
        };
        assert_ne!(text, changed);
        std::fs::write(&path, changed).unwrap();
        let verified = place.ask(&["verify", &session]);
        assert_eq!(verified.code, Some(1), "{name}: {verified:?}");
        std::fs::write(&path, &text).unwrap();
    }
    assert_eq!(place.ask(&["verify", &session]).code, Some(0));
    let empty = place.write("nothing/journal.jsonl", "no JSON\n");
    assert_ne!(place.ask(&["verify", empty.parent().unwrap().to_str().unwrap()]).code, Some(0));
    assert_eq!(place.ask(&["verify", "/no/such/session"]).code, Some(2));
}

#[test]
fn a_reader_that_has_enough_is_nothing_to_complain_of_and_gives_no_verdict() {
    let place = Place::new();
    for args in
        [&["rules", "list"][..], &["check", "rm -rf /"], &["check", "ls"], &["config", "schema", "theme"], &["man"]]
    {
        let (reader, writer) = std::os::unix::net::UnixStream::pair().unwrap();
        drop(reader);
        let ended = place.watch(args).stdout(std::os::fd::OwnedFd::from(writer)).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&ended.stderr), "", "{args:?}");
        assert_eq!(ended.status.code(), Some(141), "{args:?}");
    }
}

#[test]
fn the_log_tells_what_happened_to_people_and_to_scripts() {
    let Some((place, _)) = with_session() else { return };
    let session = place.session.to_str().unwrap();
    let json = place.ask(&["log", session, "--json"]);
    assert_eq!(json.code, Some(0), "{json:?}");
    let on_disk = std::fs::read_to_string(place.session.join("journal.jsonl")).unwrap();
    assert_eq!(json.out, on_disk);
    let some = place.ask(&["log", session, "--json", "--type", "hold,decision"]);
    let kinds: Vec<Value> =
        some.out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["type"].clone()).collect();
    assert_eq!(kinds, ["hold", "decision"]);
    let plain = place.ask(&["log", session]);
    assert!(plain.out.contains("c1 rm -r keep") && plain.out.contains("denied by --on-hold"), "{}", plain.out);
}

#[test]
fn r22_a_report_counts_what_was_asked_and_names_what_would_have_been() {
    let Some((place, _)) = with_session() else { return };
    let session = place.session.to_str().unwrap();
    let report: Value = serde_json::from_str(&place.ask(&["report", session, "--json"]).out).unwrap();
    let rule = serde_json::json!({
        "rule": "files/remove-folder", "cases": 1, "approved": 0, "denied": 1, "unanswered": 0,
        "approved_under_2_seconds": 0, "median_decision_seconds": null
    });
    assert_eq!((&report["cases"], &report["rules"]), (&serde_json::json!(1), &serde_json::json!([rule])));
    assert_eq!(report["would_have_asked"], serde_json::json!([]));

    let observed = place.session.with_file_name("observed");
    let folder = observed.to_str().unwrap();
    let ended = place.ask(&[
        "--headless",
        "--profile",
        "observe",
        "--session",
        folder,
        "--",
        "sh",
        "-c",
        "sh -c 'rm -r keep; true'",
    ]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let text = place.ask(&["report", session, folder]).out;
    assert!(
        text.starts_with("2 sessions, ") && text.contains("would have asked 1 time in 1 observed session"),
        "{text}"
    );
    assert_eq!(text.matches("[files/remove-folder]").count(), 1, "the shell's text and its rm are one act: {text}");
    assert_eq!(place.ask(&["report", "/no/such/session"]).code, Some(2));
}

#[test]
fn a_log_that_follows_ends_with_the_session() {
    let Some(place) = gated_place() else { return };
    place.gate("finish");
    let run = place.headless("deny", &["sh", "-c", "read x < finish; /bin/true; exit 0"]);
    place.until_journal("action", 1);
    let follower = place.start(place.watch(&["log", place.session.to_str().unwrap(), "--follow", "--json"]));
    place.until("the first line", || follower.out().contains("session_start").then_some(()));
    place.release("finish");
    assert_eq!(run.wait().code, Some(0));
    let followed = follower.wait();
    assert_eq!(followed.code, Some(0));
    assert!(followed.out.trim_end().lines().last().unwrap().contains("\"type\":\"exit\""), "{}", followed.out);
}

#[test]
fn a_session_is_replayed_where_there_is_no_terminal() {
    let Some((place, ended)) = with_session() else { return };
    let replay = place.ask(&["replay", place.session.to_str().unwrap()]);
    assert_eq!(replay.code, Some(0), "{replay:?}");
    assert!(replay.out.contains("c1") && replay.out.contains("rm -r keep"), "{}", replay.out);
    assert!(ended.out.contains("third"));
}

#[test]
fn sessions_are_listed_and_found_by_the_beginning_of_their_names() {
    let Some(place) = gated_place() else { return };
    let ended = place.run(place.watch(&["--headless", "--on-hold", "deny", "--", "sh", "-c", "echo hello; exit 0"]));
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let listed = place.ask(&["sessions", "list", "--json"]);
    let listed: Value = serde_json::from_str(&listed.out).unwrap();
    let sessions = listed.as_array().unwrap();
    assert_eq!(sessions.len(), 1, "{listed}");
    let id = sessions[0]["session"].as_str().or_else(|| sessions[0]["id"].as_str()).unwrap();
    assert_eq!(place.ask(&["verify", &id[..id.len() - 1]]).code, Some(0));
    assert!(place.ask(&["sessions"]).out.contains(id));
    assert_eq!(place.ask(&["status"]).code, Some(0));
    assert_eq!(place.ask(&["pending"]).out, "");
}

#[test]
fn the_doctor_proves_the_gate_with_a_canary() {
    let Some(place) = gated_place() else { return };
    let doctor = place.ask(&["doctor", "--json"]);
    let report: Value = serde_json::from_str(&doctor.out).unwrap_or_else(|_| panic!("{doctor:?}"));
    let gates = report["gates"].as_array().unwrap();
    let is_live = |name: &str| gates.iter().find(|gate| gate["name"] == name).map(|gate| gate["is_live"] == true);
    assert_eq!(is_live("kernel gate"), Some(true), "{report}");
    for name in ["exec hold", "file removal", "file replace", "file emptying"] {
        assert_eq!(is_live(name), Some(true), "{name}: {report}");
    }
    let is_whole = gates.iter().all(|gate| gate["is_live"] == true);
    assert_eq!(doctor.code, Some(i32::from(!is_whole)));
    assert!(!report["not_covered"].as_array().unwrap().is_empty());
    assert!(std::fs::read_dir(place.root().join("tmp")).unwrap().next().is_none(), "the canary's folder is left");
    place.until_deserted();
}

#[test]
fn text_is_judged_without_being_run() {
    let place = Place::new().with_keep();
    let check = |args: &[&str], code: i32| {
        let ended = place.ask(args);
        assert_eq!(ended.code, Some(code), "{args:?}: {ended:?}");
    };
    check(&["check", "git status"], 0);
    check(&["check", "rm -rf ~/"], 3);
    check(&["check", "git push --force origin main"], 3);
    check(&["check", "--", "rm", "-r", "keep"], 3);
    check(&["check", "--json", "ls -l"], 0);
    assert!(place.has("keep/photo-1.raw"));
    let input = "{\"id\":1,\"kind\":\"shell\",\"text\":\"git status\"}\nnot JSON\n\
                 {\"id\":\"b\",\"kind\":\"sql\",\"text\":\"DROP TABLE users\"}\n";
    let mut command = place.watch(&["check"]);
    command.stdin(std::fs::File::open(place.write("in.ndjson", input)).unwrap());
    let ended = place.run(command);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let lines: Vec<Value> = ended.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |id: Value| lines.iter().find(|line| line["id"] == id).unwrap();
    assert_eq!(of(1.into())["verdict"], "allow");
    assert_eq!(of(1.into())["tier"], Value::Null);
    assert!(of("b".into())["findings"][0]["rule"].is_string(), "{lines:?}");
    assert!(of(Value::Null)["error"].is_string());
}

#[test]
fn the_demo_ends_both_ways_in_under_a_minute() {
    let Some(place) = gated_place() else { return };
    for (answer, says, held) in [("deny", "lives", "deny"), ("approve", "is gone", "approve")] {
        let started = Instant::now();
        let demo = place.ask(&["demo", "--auto", answer]);
        assert!(started.elapsed() < DEMO_MAX);
        assert_eq!(demo.code, Some(0), "{demo:?}");
        assert!(demo.out.contains(&format!("The volume vol_9f2c {says}")), "{}", demo.out);
        let folder = demo.out.split("Recorded in ").nth(1).and_then(|rest| rest.split(';').next()).unwrap();
        let journal = crate::harness::Journal::read(std::path::Path::new(folder));
        assert_eq!(journal.rulings(), [held], "{}", journal.text());
        let hold = journal.only("hold").to_string();
        assert!(hold.contains("volumeDelete") && !hold.contains("tok_4c1d77e09b2a4f6f8d5e13aa60c93f9a"), "{hold}");
    }
    assert!(std::fs::read_dir(place.root().join("tmp")).unwrap().next().is_none(), "the demo's folder is left");
    place.until_deserted();
}

#[test]
fn the_systems_tool_of_our_name_gets_its_own_arguments() {
    let place = Place::new();
    place.program("bin/watch", "#!/bin/sh\necho \"theirs: $*\"\nexit 12\n");
    let theirs = place.ask(&["-n1", "date", "-u"]);
    assert_eq!((theirs.code, &*theirs.out), (Some(12), "theirs: -n1 date -u\n"), "{theirs:?}");
    assert_eq!(place.ask(&["-d", "ls"]).out, "theirs: -d ls\n");
    let ours = place.ask(&["--version"]);
    assert_eq!(ours.code, Some(0));
    assert!(ours.out.contains("holdpoint") && ours.out.contains(env!("CARGO_PKG_VERSION")), "{ours:?}");
    // Under our other name nothing is handed over.
    let other = place.run(place.command(env!("CARGO_BIN_EXE_holdpoint"), &["-n1", "date"]));
    assert_eq!(other.code, Some(2), "{other:?}");
}

#[test]
fn without_the_systems_tool_its_arguments_are_explained() {
    let mut place = Place::new();
    place.set("PATH", place.root().join("bin"));
    let ended = place.ask(&["-n1", "date"]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.err.contains("watch -- AGENT"), "{ended:?}");
}

#[test]
fn the_first_run_says_what_this_is_and_every_command_has_help() {
    let place = Place::new();
    let first = place.ask(&[]);
    assert_eq!(first.code, Some(0), "{first:?}");
    assert!(first.out.contains("watch demo") && first.out.contains("watch -- AGENT"), "{}", first.out);
    let help = place.ask(&["--help"]);
    assert_eq!(help.code, Some(0));
    for command in [
        "check", "replay", "log", "verify", "pending", "approve", "deny", "status", "sessions", "demo", "doctor",
        "rules", "config",
    ] {
        assert!(help.out.contains(command), "{command} is not in the help");
        let of = place.ask(&[command, "--help"]);
        assert_eq!(of.code, Some(0), "{command}: {of:?}");
    }
}

#[test]
fn r05_what_is_recorded_has_no_secret_in_clear() {
    let Some(mut place) = gated_place().map(Place::with_keep) else { return };
    let secret = "tok_Zq8rT2mXw91LbNc4Hs7Vd0Ky5";
    place.set("DEPLOY_TOKEN", secret);
    let known = "ghp_abcdefghijklmnopqrstuvwxyz0123456789";
    let script = "echo before $DEPLOY_TOKEN after; printf 'tok_Zq8rT2mX'; /bin/true; printf 'w91LbNc4Hs7Vd0Ky5\\n'; rm -r keep $DEPLOY_TOKEN";
    // Also in the agent's own arguments and in the task.
    let script = format!("{script}; : {secret} {known}; mkdir 'd {known}'");
    let task = format!("use {secret} and {known}");
    let ended = place.run(place.headless_command("deny", &["--task", &task], &["sh", "-c", &script]));
    assert!(ended.out.contains(secret), "the agent's own output is not changed: {}", ended.out);
    let entries = std::fs::read_dir(&place.session).unwrap().map(|entry| entry.unwrap().path());
    // What is kept of files is as they were.
    for path in entries.filter(|path| path.is_file()) {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains(secret) && !text.contains(known), "{}: {text}", path.display());
    }
    let session = place.session.to_str().unwrap();
    let mut asked = vec![
        vec!["log", session],
        vec!["log", "--json", session],
        vec!["replay", session],
        vec!["replay", "--judge", "--json", session],
        vec!["report", session],
        vec!["report", "--json", session],
        vec!["undo", session, "--list"],
        vec!["sessions", "list", "--json"],
    ];
    for form in ["cast", "svg", "html", "json", "txt"] {
        asked.push(vec!["replay", "--export", form, session]);
        asked.push(vec!["replay", "--export", form, "--at", "c1", session]);
    }
    for words in asked {
        let told = place.ask(&words);
        assert!(!told.out.is_empty(), "{words:?} {told:?}");
        for clear in [secret, known] {
            assert!(!told.out.contains(clear) && !told.err.contains(clear), "{words:?}: {told:?}");
        }
    }
}

#[test]
fn the_two_names_are_one_program() {
    let place = Place::new();
    let other = place.run(place.command(env!("CARGO_BIN_EXE_holdpoint"), &["--version"]));
    let ours = place.run(place.command(WATCH, &["--version"]));
    assert_eq!(other.out, ours.out);
}

#[test]
fn the_replay_of_a_real_run_equals_the_run() {
    use holdpoint::app::{Player, Recorded};
    use holdpoint::term::Screen;
    let Some(place) = gated_place().map(Place::with_keep) else { return };
    let script = "for n in $(seq 60); do printf '\\033[3%dmline %d \\346\\274\\242\\033[0m\\n' $((n % 8)) $n; done; \
                  rm -r keep; printf '\\033[5;10Hhere'; rm -r keep/photo-1.raw; exit 3";
    let out = place.headless("deny", &["bash", "-c", script]).wait_bytes();
    let mut live = Screen::new(80, 24, 10);
    live.feed(&out);
    let open = |name: &str| std::io::BufReader::new(std::fs::File::open(place.session.join(name)).unwrap());
    let recorded = Recorded::read(open("journal.jsonl"), Some(open("screen.cast"))).unwrap();
    let total = recorded.total();
    let mut player = Player::new(recorded, (80, 28));
    player.seek(total);
    assert_eq!(player.state().screen.text(), live.text());
    let replayed: Vec<_> =
        player.state().docket.decided().map(|case| (case.id.to_string(), case.action.shown())).collect();
    let journal = place.journal();
    let held: Vec<_> = journal
        .of("hold")
        .into_iter()
        .map(|hold| (hold["case"].as_str().unwrap().to_owned(), crate::harness::argv(hold).join(" ")))
        .collect();
    assert_eq!(replayed, held);
    assert_eq!(held.len(), 2, "{}", journal.text());
}

/// The system's tool of our name would start it, and nobody would watch.
#[test]
fn an_agent_without_the_dashes_is_not_started() {
    let place = Place::new();
    place.program("bin/claude", "#!/bin/sh\ntouch started\n");
    let path = format!("{}:{}", place.root().join("bin").display(), std::env::var("PATH").unwrap());
    let mut command = place.watch(&["claude", "-p", "tidy up"]);
    command.env("PATH", path);
    let ended = place.run(command);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.err.contains("watch -- claude -p tidy up"), "{ended:?}");
    assert!(!place.has("started"));
}

//! Holds that wait: who may answer them, and how.

use serde_json::Value;

use crate::harness::{Place, WATCH, argv, gated_place};
use crate::pane::Pane;

/// Removes a folder, says what came of it.
const REMOVE: &str = "rm -r keep; echo \"status $?\"";
/// A terminal that is large enough for a whole case.
const WIDE: (u16, u16) = (120, 60);

#[test]
fn a_waiting_case_is_listed_and_denied_from_outside_with_words() {
    let Some(place) = gated_place().map(Place::with_keep) else { return };
    let run = place.headless("wait", &["sh", "-c", REMOVE]);
    place.until_journal("hold", 1);
    assert!(place.has("keep/photo-1.raw"));
    let session = place.session.to_str().unwrap();

    let pending = place.ask(&["pending", "--json", "--session", session]);
    assert_eq!(pending.code, Some(0), "{pending:?}");
    let case: Value = serde_json::from_str(pending.out.trim()).unwrap();
    assert_eq!(case["case"], "c1");
    assert_eq!(case["command"], "rm -r keep");
    let plain = place.ask(&["pending"]);
    assert!(plain.out.contains("c1") && plain.out.contains("rm -r keep"), "{plain:?}");

    let status = place.ask(&["status", "--json"]);
    let status: Value = serde_json::from_str(status.out.trim()).unwrap();
    assert_eq!((&status["state"], &status["held"]), (&"frozen".into(), &1.into()));
    assert_eq!(place.ask(&["status", "--format", "tmux"]).out, "watch: 1 held\n");

    assert_eq!(place.ask(&["deny", "c2", "--session", session]).code, Some(3));
    let denied = place.ask(&["deny", "c1", "--because", "not that folder", "--session", session]);
    assert_eq!(denied.code, Some(0), "{denied:?}");
    let ended = run.wait();
    assert!(ended.out.contains("not that folder") && ended.out.contains("status 126"), "{ended:?}");
    assert!(place.has("keep/photo-1.raw"));
    let decision = place.journal().only("decision").clone();
    assert_eq!((&decision["by"], &decision["because"]), (&"remote".into(), &"not that folder".into()));
    assert_eq!(place.ask(&["deny", "c1"]).code, Some(3), "no session runs any more");
    assert_eq!(place.ask(&["pending", "--json"]).out, "");
}

#[test]
fn a_case_is_approved_by_typed_words_in_a_terminal_and_by_nothing_less() {
    let Some(place) = gated_place().map(Place::with_keep) else { return };
    let run = place.headless("wait", &["sh", "-c", REMOVE]);
    let hold = place.until_journal("hold", 1).only("hold").clone();

    let no_terminal = place.ask(&["approve", "c1"]);
    assert_ne!(no_terminal.code, Some(0));
    assert!(no_terminal.err.contains("needs a terminal"), "{no_terminal:?}");

    for wrong in ["", "y", "yes", "approve", "approve c2", "APPROVE C1", "approve c1 please"] {
        let mut pane = Pane::shell(&place, WIDE, "$WATCH approve c1; echo \"code $?\"");
        pane.wait_for("Type `approve c1`");
        pane.keys(&format!("{wrong}\r"));
        pane.wait_for("code 3");
        pane.wait();
    }
    let mut pane = Pane::shell(&place, WIDE, "$WATCH approve c9; echo \"code $?\"");
    pane.wait_for("code 3");
    pane.wait();
    assert!(place.has("keep/photo-1.raw"));
    assert_eq!(place.journal().of("decision").len(), 0);

    let mut pane = Pane::shell(&place, WIDE, "$WATCH approve c1; echo \"code $?\"");
    approve(&mut pane, &hold);
    pane.wait_for("code 0");
    let ended = run.wait();
    assert!(ended.out.contains("status 0"), "{ended:?}");
    assert!(!place.has("keep"));
    let decision = place.journal().only("decision").clone();
    assert_eq!(
        (&decision["ruling"], &decision["by"], &decision["for"]),
        (&"approve".into(), &"remote".into(), &"once".into())
    );
    assert_eq!(decision["shown"].as_str().unwrap().len(), 64, "the digest of what was shown: {decision}");
}

/// Types what `watch approve` asks for; the target too where the case is critical.
pub fn approve(pane: &mut Pane, hold: &Value) {
    let case = hold["case"].as_str().unwrap();
    pane.wait_for(&format!("Type `approve {case}`"));
    pane.keys(&format!("approve {case}\r"));
    if let Some(target) = hold["offer"]["type_target"]["target"].as_str() {
        pane.wait_for("Type the target");
        pane.keys(&format!("{target}\r"));
    }
}

#[test]
fn r18_what_is_approved_cannot_approve() {
    let Some(place) = gated_place().map(Place::with_keep) else { return };
    // While its child is held the agent itself stands still; what may try is a service that keeps running.
    place.write("config/watch/policy.toml", "[freeze]\nexcept = ['accomplice']\n");
    std::fs::copy("/usr/bin/python3", place.root().join("bin/accomplice")).unwrap();
    let script = "import glob, json, os, socket, sys, time\n\
        session = sys.argv[1]\n\
        open('ready', 'w').close()\n\
        while not os.path.exists('held'): time.sleep(0.02)\n\
        path = json.load(open(session + '/session.json'))['socket']\n\
        said = []\n\
        for ask in [{'ask': 'approve', 'case': 'c1', 'shown': '', 'target': None}, {'ask': 'deny', 'case': 'c1', 'because': None}, {'ask': 'pending'}]:\n\
        \x20   try:\n\
        \x20       s = socket.socket(socket.AF_UNIX); s.connect(path)\n\
        \x20       s.sendall(json.dumps(ask).encode() + b'\\n'); said.append(s.makefile().readline().strip())\n\
        \x20   except OSError as e: said.append('error %s' % e)\n\
        open('said.new', 'w').write('\\n'.join(said)); os.rename('said.new', 'said')\n\
        time.sleep(600)\n";
    let script = place.write("accomplice.py", script);
    let line = format!(
        "accomplice {} {} & while [ ! -e ready ]; do :; done; {REMOVE}",
        script.display(),
        place.session.display()
    );
    let run = place.headless("wait", &["sh", "-c", &line]);
    place.until_journal("hold", 1);
    place.write("work/held", "");
    place.until_file("said");
    for said in place.read("said").lines() {
        assert!(said.contains("refused") || said.starts_with("error"), "{said}");
    }
    assert_eq!(place.read("said").lines().count(), 3);
    assert_eq!(place.journal().of("decision").len(), 0, "{}", place.journal().text());
    assert!(place.has("keep/photo-1.raw"));
    assert_eq!(place.ask(&["deny", "c1"]).code, Some(0));
    run.wait();
    place.until_deserted();
}

#[test]
fn r18_the_supervisors_own_commands_approve_nothing_from_inside() {
    let Some(place) = gated_place().map(Place::with_keep) else { return };
    // `script` gives the command a terminal, as an agent would do that wants to type into it.
    let line = format!(
        "(rm -r keep; echo \"status $?\" > outcome) & \
         while [ ! -e outcome ]; do printf 'approve c1\\nkeep\\n' | timeout 5 script -qec '{WATCH} approve c1' /dev/null; \
         {WATCH} deny c1; echo \"deny $?\" >> said; done"
    );
    let run = place.headless("wait", &["sh", "-c", &line]);
    let journal = place.until_journal("hold", 1);
    let mut open: Vec<String> = journal.of("hold").iter().map(|hold| hold["case"].as_str().unwrap().into()).collect();
    // Whatever else of it is held on the way is refused as well; nothing is ever approved.
    while let Some(case) = open.pop() {
        place.ask(&["deny", &case]);
        let journal = place.until("the outcome, or another case", || {
            let journal = place.journal();
            (place.has("outcome") || journal.of("hold").len() > journal.of("decision").len()).then_some(journal)
        });
        let decided: Vec<_> = journal.of("decision").iter().map(|line| line["case"].clone()).collect();
        open = journal
            .of("hold")
            .iter()
            .filter(|hold| !decided.contains(&hold["case"]))
            .map(|hold| hold["case"].as_str().unwrap().into())
            .collect();
    }
    run.wait();
    assert!(place.has("keep/photo-1.raw"));
    let journal = place.journal();
    assert!(journal.rulings().iter().all(|ruling| *ruling != "approve"), "{}", journal.text());
}

#[test]
fn every_argument_of_the_held_call_is_listed_escaped() {
    let Some(place) = gated_place().map(Place::with_keep) else { return };
    let run =
        place.headless("wait", &["sh", "-c", "rm -r keep \"$(printf 'x\\r\\033[Kls \\302\\233m\\342\\200\\256')\"; :"]);
    let hold = place.until_journal("hold", 1).only("hold").clone();
    assert_eq!(argv(&hold)[3], "x\r\x1b[Kls \u{9b}m\u{202e}");
    for listing in [place.ask(&["pending"]).out, place.ask(&["pending", "--json"]).out] {
        assert!(!listing.trim_end().contains(holdpoint::model::must_be_escaped), "{listing:?}");
    }
    let raw = std::fs::read(place.session.join("journal.jsonl")).unwrap();
    let raw = String::from_utf8(raw).unwrap();
    assert!(!raw.replace('\n', "").contains(holdpoint::model::must_be_escaped));
    let mut pane = Pane::shell(&place, WIDE, "$WATCH approve c1; echo \"code $?\"");
    pane.wait_for("<U+001B>[Kls <U+009B>m<U+202E>");
    assert!(!pane.raw.windows(3).any(|bytes| bytes == b"\x1b[K"), "raw bytes reached the terminal");
    pane.keys("\r");
    pane.wait_for("code 3");
    assert_eq!(place.ask(&["deny", "c1"]).code, Some(0));
    run.wait();
}

/// The docket of a second session, once the first holds something.
fn docket_beside(place: &Place) -> Pane {
    place.until_journal("hold", 1);
    let here = place.root().join("here");
    let script = format!("$WATCH --session {} -- sh -c 'echo ready; read x'", here.display());
    let mut pane = Pane::shell(place, WIDE, &script);
    pane.wait_for("ready");
    pane.prefix("l");
    pane
}

#[test]
fn the_docket_lists_what_other_sessions_hold_and_freezes_them() {
    let Some(place) = gated_place().map(Place::with_keep) else { return };
    let run = place.headless("wait", &["sh", "-c", REMOVE]);
    let mut pane = docket_beside(&place);
    pane.wait_for("DOCKET  1 case in 2 sessions");
    pane.wait_for("rm -r keep");
    pane.keys("S");
    pane.wait_for("every session is stopped");
    place.ask(&["deny", "c1", "--session", place.session.to_str().unwrap()]);
    place.until_journal("decision", 1);
    let state = || {
        let status = place.ask(&["status", "--json", "--session", place.session.to_str().unwrap()]);
        serde_json::from_str::<Value>(&status.out).ok().map(|status| status["state"].clone())
    };
    assert_eq!(state(), Some("frozen".into()), "nothing is held there any more, and it stands still");
    pane.keys("S");
    let ended = run.wait();
    assert!(ended.out.contains("status 126") && place.has("keep/photo-1.raw"), "{ended:?}");
}

#[test]
fn what_another_session_holds_is_denied_in_the_docket_and_never_approved_there() {
    let Some(place) = gated_place().map(Place::with_keep) else { return };
    let run = place.headless("wait", &["sh", "-c", REMOVE]);
    let mut pane = docket_beside(&place);
    pane.wait_for("rm -r keep");
    pane.keys("A");
    pane.keys("o");
    pane.wait_for("or by watch approve c1 --session");
    assert_eq!(place.journal().of("decision").len(), 0);
    pane.keys("d");
    pane.wait_for("is being denied");
    let ended = run.wait();
    assert!(ended.out.contains("status 126") && place.has("keep/photo-1.raw"), "{ended:?}");
    let decision = place.journal().only("decision").clone();
    assert_eq!((&decision["ruling"], &decision["by"]), (&"deny".into(), &"remote".into()));
}

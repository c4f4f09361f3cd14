//! Bad input and faults: each has a clear end.

use std::path::Path;
use std::process::Command;

use crate::harness::{Place, WATCH, argv, gated_place, signal};
use crate::pane::Pane;

const MEDIUM: (u16, u16) = (80, 24);
/// The longest argument the kernel takes, without the byte that ends it.
const ARGUMENT_BYTES_MAX: usize = 128 * 1024 - 1;
/// How many of them make a megabyte.
const ARGUMENTS: usize = 8;

#[test]
fn a_usage_error_is_2_and_125_when_supervising() {
    let place = Place::new();
    for (args, code) in [
        (&["--no-such-option", "--", "sh", "-c", ": > ran"][..], 125),
        (&["--headless", "--no-such-option", "sh"], 125),
        (&["--headless", "--on-hold", "sometimes", "--", "sh", "-c", ": > ran"], 125),
        (&["--on-hold", "deny", "--", "sh", "-c", ": > ran"], 125),
        (&["--headless", "--on-hold", "deny"], 125),
        (&["log"], 2),
        (&["log", "--no-such-option", "x"], 2),
        (&["deny", "seven"], 2),
        (&["demo", "--auto", "perhaps"], 2),
        (&["--no-such-option"], 2),
    ] {
        let ended = place.ask(args);
        assert_eq!(ended.code, Some(code), "{args:?}: {ended:?}");
        assert!(!ended.err.is_empty(), "{args:?} says nothing");
    }
    assert!(!place.has("ran"));
}

#[test]
fn a_program_that_cannot_run_is_126_and_one_that_is_not_there_127() {
    let Some(place) = gated_place() else { return };
    place.write("work/plain", "echo hello\n");
    place.program("work/lost", "#!/no/such/interpreter\n");
    for (n, (program, codes)) in [
        ("no-such-program", &[127][..]),
        ("./no/such/file", &[127]),
        ("./plain", &[126]),
        (".", &[126]),
        ("./lost", &[126, 127]),
    ]
    .into_iter()
    .enumerate()
    {
        let session = place.root().join(format!("s{n}")).display().to_string();
        let ended = place.ask(&["--headless", "--on-hold", "deny", "--session", &session, "--", program]);
        assert!(codes.contains(&ended.code.unwrap()), "{program}: {ended:?}");
        assert!(ended.err.starts_with("watch: ") && ended.err.contains(program), "{program}: {ended:?}");
        assert_eq!(place.ask(&["verify", &session]).code, Some(0), "{program}: its session is whole");
    }
    place.until_deserted();
}

#[test]
fn a_file_of_the_operators_with_an_error_stops_the_start_and_is_named() {
    for (file, text, options, says) in [
        ("policy.toml", "[freeze]\nexept = ['x']\n", &[][..], &["policy.toml:2", "exept", "`except`"][..]),
        ("policy.toml", "profile = 'balanced\n", &[], &["policy.toml:1"]),
        ("policy.toml", "profile = 'balance'\n", &[], &["balance", "balanced"]),
        ("config.toml", "\n\ntehme = 'dark'\n", &[], &["config.toml:3", "`theme`"]),
        ("config.toml", "theme = 'drak'\n", &[], &["drak", "`dark`"]),
        ("themes/own.toml", "[palette]\nx = '#00gg00'\n", &["--theme", "own"], &["own.toml:2"]),
        ("themes/own.toml", "[scopes]\n'case.teir.high' = 'red'\n", &["--theme", "own"], &["own.toml:2", "case.tier"]),
        ("keymaps/own.toml", "[case]\n'd' = 'deny-cse'\n", &["--keymap", "own"], &["own.toml:2", "deny-case"]),
        ("keymaps/own.toml", "[case]\n'Enter' = 'approve-once'\n", &["--keymap", "own"], &["own.toml:2", "Enter"]),
        ("unused", "", &["--theme", "drak"], &["drak", "`dark`"]),
        ("unused", "", &["--keymap", "wim"], &["wim", "`vim`"]),
        ("unused", "", &["--policy", "no-such-policy.toml"], &["no-such-policy.toml"]),
        ("rules/own.toml", "[[rule]]\nid = 'x'\nclass = 'delete'\ntier = 'hgih'\n", &[], &["own.toml:4", "high"]),
    ] {
        let Some(place) = gated_place() else { return };
        place.write(&format!("config/watch/{file}"), text);
        let ended = place.run(place.headless_command("deny", options, &["sh", "-c", ": > ran"]));
        assert_eq!(ended.code, Some(125), "{file} {options:?}: {ended:?}");
        for part in says {
            assert!(ended.err.contains(part), "{file} {options:?} does not say {part}: {}", ended.err);
        }
        assert!(!place.has("ran"), "{file}: the agent was started");
    }
}

#[test]
fn without_a_terminal_the_panel_does_not_start() {
    let Some(place) = gated_place() else { return };
    let ended = place.ask(&["--", "sh", "-c", ": > ran"]);
    assert_eq!(ended.code, Some(125), "{ended:?}");
    assert!(ended.err.contains("--headless"), "{ended:?}");
    assert!(!place.has("ran"));
}

#[test]
fn a_session_is_never_written_over() {
    let Some(place) = gated_place() else { return };
    place.script("deny", "exit 0");
    let before = std::fs::read(place.session.join("journal.jsonl")).unwrap();
    let again = place.script("deny", ": > ran");
    assert_eq!(again.code, Some(125), "{again:?}");
    assert!(again.err.contains("session"), "{again:?}");
    assert!(!place.has("ran"));
    assert_eq!(std::fs::read(place.session.join("journal.jsonl")).unwrap(), before);
    let file = place.write("a-file", "").display().to_string();
    let ended = place.ask(&["--headless", "--session", &format!("{file}/below"), "--", "sh", "-c", ": > ran"]);
    assert_eq!(ended.code, Some(125), "{ended:?}");
}

#[test]
fn bytes_that_are_no_text_are_drawn_and_harm_nothing() {
    let Some(place) = gated_place() else { return };
    let script = "printf 'a\\377\\376b\\300\\200c\\355\\240\\200d\\033[999999999999;5Hx\\033]0;\\377\\007\\nafter\\n'; read x; exit 6";
    let mut pane = Pane::watch(&place, MEDIUM, &["sh", "-c", script]);
    pane.wait_for("after");
    pane.keys("\r");
    assert_eq!(pane.wait(), 6);
    assert_eq!(place.ask(&["verify", place.session.to_str().unwrap()]).code, Some(0));
}

/// An agent that removes `keep` with a megabyte of further names.
fn megabyte(place: &Place) -> String {
    let script = format!(
        "import subprocess, sys\n\
         names = [str(n) + 'x' * ({ARGUMENT_BYTES_MAX} - 1) for n in range({ARGUMENTS})]\n\
         try: r = subprocess.run(['/bin/rm', '-rf', 'keep'] + names, stderr=subprocess.DEVNULL).returncode\n\
         except OSError as e: r = -e.errno\n\
         print('said', r)\n"
    );
    place.write("megabyte.py", script).display().to_string()
}

#[test]
fn a_megabyte_of_arguments_is_held_journalled_and_denied() {
    let Some(place) = gated_place().map(Place::with_keep) else { return };
    let ended = place.headless("deny", &["/usr/bin/python3", &megabyte(&place)]).wait();
    assert!(ended.out.contains("said -13"), "{ended:?}");
    assert!(place.has("keep/photo-1.raw"));
    let journal = place.journal();
    let words = argv(journal.only("hold"));
    assert_eq!(words.len(), 3 + ARGUMENTS);
    for (n, word) in words[3..].iter().enumerate() {
        assert!(
            word.len() == ARGUMENT_BYTES_MAX && word.starts_with(&n.to_string()),
            "argument {n}: {} bytes",
            word.len()
        );
    }
    assert_eq!(journal.only("hold")["action"]["is_cut"], false);
    assert_eq!(place.ask(&["verify", place.session.to_str().unwrap()]).code, Some(0));
}

#[test]
fn a_megabyte_of_arguments_runs_when_approved() {
    let Some(place) = gated_place().map(Place::with_keep) else { return };
    let ended = place.headless("approve", &["/usr/bin/python3", &megabyte(&place)]).wait();
    assert!(!place.has("keep"), "{ended:?}\n{}", place.journal().text());
}

#[test]
fn a_megabyte_of_arguments_is_shown_and_denied_at_the_panel() {
    let Some(place) = gated_place().map(Place::with_keep) else { return };
    let mut pane = Pane::watch(&place, MEDIUM, &["/usr/bin/python3", &megabyte(&place)]);
    pane.wait_for("CASE c1");
    pane.wait_for("rm -rf keep");
    pane.prefix("h");
    // Not all of it has been seen, so it stays locked; its end can be reached.
    pane.wait_for("locked");
    pane.keys("\x1b[F");
    pane.until("the last argument's end", |pane| pane.text().contains("xxxxxxxx").then_some(()));
    pane.keys("d");
    pane.until_journal(&place, "decision", 1);
    assert_eq!(pane.wait(), 0);
    assert!(place.has("keep/photo-1.raw"));
}

#[test]
fn on_a_full_disk_nothing_more_is_approved() {
    let Some(mut place) = gated_place() else { return };
    for n in 1..=8 {
        place.write(&format!("work/d{n}/kept.txt"), "not made by the agent");
    }
    let disk = place.root().join("disk");
    std::fs::create_dir(&disk).unwrap();
    place.write("work/more/a.txt", "a");
    // What is recorded fills the disk; then things are approved as long as there is room for the approvals. The
    // shell copies the journal by itself: by then it can start nothing.
    let agent = "echo started; \
                 /usr/bin/python3 -c 'import random; print(random.randbytes(400000).hex())'; \
                 for n in 1 2 3 4 5 6 7 8; do rm -r d$n; done; /bin/mkdir made; echo \"mkdir $?\"; \
                 while IFS= read -r line; do printf '%s\\n' \"$line\"; done < \"$S/journal.jsonl\" > copy; exit 5";
    let script = format!(
        "mount -t tmpfs -o size=256k tmpfs {disk} && S={disk}/s exec {WATCH} --headless --on-hold approve --session {disk}/s -- sh -c \"$AGENT\"",
        disk = disk.display()
    );
    place.set("AGENT", agent);
    let Some(namespace) = mount_namespace(&place) else { return };
    let mut args = namespace[1..].to_vec();
    args.extend(["sh", "-c", &script]);
    let ended = place.run(place.command(namespace[0], &args));
    assert!(ended.out.contains("started"), "{}", ended.err);
    let tail: String = ended.out.chars().rev().take(1500).collect::<Vec<_>>().into_iter().rev().collect();
    let gone = (1..=8).filter(|n| !place.has(&format!("d{n}"))).count();
    let approvals = place.read("copy").matches("\"ruling\":\"approve\"").count();
    assert!(gone <= approvals, "{gone} gone with {approvals} approvals on the disk: {tail}");
    assert!(gone < 8, "there was room for everything: {tail}");
    assert!(!place.has("made"), "a start without a record: {tail}");
    assert!(ended.err.contains("the journal cannot be written"), "no clear warning: {} {tail}", ended.err);
    assert_eq!(ended.code, Some(5), "{tail}");
}

/// How to get a mount namespace here; `None`, said, where there is none.
fn mount_namespace(place: &Place) -> Option<&'static [&'static str]> {
    let ways: [&'static [&'static str]; 2] = [&["unshare", "-m"], &["unshare", "-rm"]];
    let works = |way: &&&'static [&'static str]| {
        let folder = place.root().join("disk").display().to_string();
        let mut args = way[1..].to_vec();
        args.extend(["mount", "-t", "tmpfs", "tmpfs", &folder]);
        place.run(place.command(way[0], &args)).code == Some(0)
    };
    let found = ways.iter().find(works).copied();
    if found.is_none() {
        eprintln!("skipped: no mount namespace can be had here");
    }
    found
}

#[test]
fn a_signal_to_the_supervisor_ends_the_whole_tree() {
    for name in ["TERM", "HUP", "INT"] {
        let Some(place) = gated_place().map(Place::with_keep) else { return };
        let script = "setsid sh -c 'trap \"\" TERM HUP; : > stubborn; while :; do sleep 0.05; done' </dev/null >/dev/null 2>&1 & \
                      while [ ! -e stubborn ]; do sleep 0.02; done; rm -r keep; sleep 600";
        let run = place.headless("wait", &["sh", "-c", script]);
        place.until_journal("hold", 1);
        signal(run.pid(), name);
        let ended = run.wait();
        assert!(matches!(ended.code, Some(129 | 143 | 137)), "{name}: {ended:?}");
        assert!(place.has("keep/photo-1.raw"));
        assert_eq!(place.processes(), Vec::new());
        assert_eq!(place.journal().last(), "exit");
        assert_eq!(place.journal().rulings(), ["void"], "{name}");
    }
}

#[test]
fn r21_when_the_supervisor_is_killed_what_was_held_does_not_run_and_nothing_new_starts() {
    let Some(place) = gated_place().map(Place::with_keep) else { return };
    // The daemon leaves the agent's session, waits, and then tries to start something.
    let daemon = "import os, signal, subprocess, time\n\
        for s in (signal.SIGHUP, signal.SIGTERM): signal.signal(s, signal.SIG_IGN)\n\
        open('daemon', 'w').close()\n\
        while not os.path.exists('killed'): time.sleep(0.01)\n\
        try: subprocess.run(['/bin/touch', 'escaped'])\n\
        except OSError as e: open('refused', 'w').write(str(e.errno))\n\
        try: subprocess.run(['/bin/rm', '-r', 'keep'])\n\
        except OSError as e: open('tried', 'w').write(str(e.errno))\n";
    let daemon = place.write("daemon.py", daemon).display().to_string();
    let script = format!(
        "setsid /usr/bin/python3 {daemon} </dev/null >/dev/null 2>&1 & while [ ! -e daemon ]; do sleep 0.02; done; \
         rm -r keep; /bin/touch escaped; sleep 600"
    );
    let mut run = place.headless("wait", &["sh", "-c", &script]);
    place.until_journal("hold", 1);
    signal(run.pid(), "KILL");
    assert_eq!(run.wait_signal(), Some(9));
    place.write("work/killed", "");
    // What the supervisor stopped stays stopped. Even if somebody lets it go on it starts nothing.
    place.until("a tree that is gone or stands still", || {
        place.processes().iter().all(|(_, state, _)| matches!(state, 'T' | 'Z')).then_some(())
    });
    assert!(place.has("keep/photo-1.raw") && !place.has("escaped"));
    for (pid, _, _) in place.processes() {
        signal(pid, "CONT");
    }
    place.until("the end of the tree, or its failed tries", || {
        (place.processes().is_empty() || place.has("tried")).then_some(())
    });
    assert!(place.has("keep/photo-1.raw") && !place.has("escaped"));
    let journal = place.journal();
    assert_eq!(journal.last(), "hold", "whole to the last line:\n{}", journal.text());
    let log = place.ask(&["log", place.session.to_str().unwrap()]);
    assert_eq!(log.code, Some(0), "{log:?}");
    assert_eq!(place.ask(&["pending"]).out, "");
    place.until_deserted();
}

#[test]
fn without_the_gate_it_warns_and_holds_nothing() {
    let place = Place::new().with_keep();
    let ended = place.run(place.headless_command("deny", &["--gate", "off"], &["sh", "-c", "rm -r keep; exit 4"]));
    assert_eq!(ended.code, Some(4), "{ended:?}");
    assert!(ended.err.contains("NOT ENFORCING"), "{ended:?}");
    assert!(!place.has("keep"));
    let journal = place.journal();
    assert_eq!(journal.of("hold").len(), 0);
    assert_eq!(journal.of("session_start")[0]["gate"], "off");
    assert!(journal.of("warning").iter().any(|line| line.to_string().contains("--gate off")), "{}", journal.text());
}

#[test]
fn without_the_gate_the_top_row_says_so() {
    let place = Place::new();
    let session = place.session.display().to_string();
    let args = ["--gate", "off", "--session", &session, "--", "sh", "-c", "echo hello; read x; exit 2"];
    let mut pane = Pane::start(&place, MEDIUM, WATCH, &args);
    pane.wait_for("NOT ENFORCING");
    pane.wait_for("hello");
    pane.keys("\r");
    assert_eq!(pane.wait(), 2);
}

#[test]
fn a_supervisor_inside_a_supervised_tree_joins_the_outer_session() {
    let Some(place) = gated_place().map(Place::with_keep) else { return };
    let inner = place.root().join("inner").display().to_string();
    let script = format!(
        "{WATCH} --headless --on-hold approve --session {inner} -- sh -c 'rm -r keep; exit 8'; echo \"inner $?\"; exit 0"
    );
    let ended = place.script("deny", &script);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.out.contains("already supervised by session"), "{ended:?}");
    assert!(place.has("keep/photo-1.raw"), "the outer session's answer counts");
    assert!(!Path::new(&inner).exists(), "there is one session, the outer");
    let held = place.journal().of("hold").len();
    assert!(held >= 1, "{}", place.journal().text());
}

#[test]
fn a_supervisor_inside_a_supervised_tree_joins_it_whatever_the_environment_says() {
    let Some(place) = gated_place().map(Place::with_keep) else { return };
    let script = format!(
        "unset WATCH_SESSION; {WATCH} --headless --on-hold approve -- sh -c 'rm -r keep; exit 8'; echo \"inner $?\"; exit 0"
    );
    let ended = place.script("deny", &script);
    assert!(ended.out.contains("already supervised by session"), "{ended:?}");
    assert!(place.has("keep/photo-1.raw"), "the outer session's answer counts");
}

#[test]
fn a_variable_that_is_left_over_from_another_session_leaves_nothing_unsupervised() {
    let Some(place) = gated_place().map(Place::with_keep) else { return };
    let session = place.session.display().to_string();
    let args = ["--headless", "--on-hold", "deny", "--session", &session, "--", "sh", "-c", "rm -r keep"];
    let mut command = place.command(WATCH, &args);
    command.env("WATCH_SESSION", "gone");
    let ended = place.run(command);
    assert!(!ended.out.contains("already supervised"), "{ended:?}");
    assert!(place.has("keep/photo-1.raw"), "{ended:?}");
    assert!(!place.journal().of("hold").is_empty(), "{}", place.journal().text());
}

#[test]
fn the_agent_cannot_signal_or_trace_its_supervisor() {
    let Some(place) = gated_place() else { return };
    let script = "import os, signal, ctypes\n\
        watch = os.getppid()\n\
        for s in (signal.SIGTERM, signal.SIGKILL, signal.SIGSTOP, 0):\n\
        \x20   try: os.kill(watch, s); print('signalled', s)\n\
        \x20   except OSError as e: print('refused', e.errno)\n\
        libc = ctypes.CDLL(None, use_errno=True)\n\
        print('ptrace', libc.ptrace(16, watch, 0, 0))\n\
        try: open('/proc/%d/mem' % watch, 'rb'); print('opened')\n\
        except OSError as e: print('mem', e.errno)\n\
        try: os.listdir('/proc/%d/fd' % watch); print('listed')\n\
        except OSError as e: print('fd', e.errno)\n\
        try: open(os.environ['SESSION'] + '/journal.jsonl', 'a').write('forged\\n'); print('appended')\n\
        except OSError as e: print('journal', e.errno)\n";
    let script = place.write("attack.py", script).display().to_string();
    let mut command = place.headless_command("deny", &[], &["/usr/bin/python3", &script]);
    command.env("SESSION", &place.session);
    let ended = place.run(command);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(ended.out.matches("refused 1\r\n").count(), 4, "{}", ended.out);
    assert!(ended.out.contains("ptrace -1"), "{}", ended.out);
    let verified = place.ask(&["verify", place.session.to_str().unwrap()]);
    // What it can reach of the files it can write to: the chain tells.
    assert_eq!(verified.code, Some(i32::from(ended.out.contains("appended"))), "{} {verified:?}", ended.out);
}

#[test]
fn the_agent_can_set_when_it_runs_itself_and_not_when_its_supervisor_does() {
    let Some(place) = gated_place() else { return };
    let script = "import os, threading\n\
        watch = os.getppid()\n\
        def tried(what, do):\n\
        \x20   try: do(); print(what, 'done')\n\
        \x20   except OSError as e: print(what, 'refused', e.errno)\n\
        def turns(who, t):\n\
        \x20   tried(who + ' idle', lambda: os.sched_setscheduler(t, os.SCHED_IDLE, os.sched_param(0)))\n\
        \x20   tried(who + ' set', lambda: os.sched_setparam(t, os.sched_param(0)))\n\
        \x20   tried(who + ' pinned', lambda: os.sched_setaffinity(t, os.sched_getaffinity(0)))\n\
        \x20   tried(who + ' nice', lambda: os.setpriority(os.PRIO_PROCESS, t, 19))\n\
        \x20   tried(who + ' first to go', lambda: open('/proc/%d/oom_score_adj' % t, 'w').write('1000'))\n\
        for t in os.listdir('/proc/%d/task' % watch): turns('watch', int(t))\n\
        tried('watch group', lambda: os.setpriority(os.PRIO_PGRP, os.getpgid(watch), 19))\n\
        turns('own', os.getpid())\n\
        if (child := os.fork()) == 0:\n\
        \x20   t = threading.Thread(target=lambda: turns('thread', threading.get_native_id())); t.start(); t.join(); os._exit(0)\n\
        os.waitpid(child, 0)\n\
        tried('own group', lambda: os.setpriority(os.PRIO_PGRP, os.getpgid(0), 19))\n";
    let script = place.write("turns.py", script).display().to_string();
    let ended = place.headless("deny", &["/usr/bin/python3", "-u", &script]).wait();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let about = |who: &str| ended.out.lines().filter(|line| line.starts_with(who)).collect::<Vec<_>>();
    assert!(about("watch").len() > 6, "{}", ended.out);
    assert!(about("watch").iter().all(|line| line.contains("refused")), "{}", ended.out);
    assert_eq!((about("own").len(), about("thread").len()), (6, 5), "{}", ended.out);
    assert!(about("own").iter().chain(&about("thread")).all(|line| line.trim_end().ends_with("done")), "{}", ended.out);
    assert_eq!(place.journal().of("hold").len(), 0);
}

#[test]
fn a_terminal_that_goes_away_ends_the_session() {
    let Some(place) = gated_place() else { return };
    let mut pane = Pane::watch(&place, MEDIUM, &["sh", "-c", "echo here; sleep 600"]);
    pane.wait_for("here");
    drop(pane);
    place.until("the last line", || (place.journal().last() == "exit").then_some(()));
    place.until_deserted();
}

#[test]
fn the_place_itself_works() {
    // Where this fails the others prove nothing.
    let status = Command::new(WATCH).arg("--version").output().unwrap().status;
    assert!(status.success());
}

#[test]
fn r21_killed_at_any_moment_of_a_hold_the_supervisor_lets_nothing_through() {
    // The moments are those of the journal's growth: each run is killed a little later than the one before.
    for after in 0..8 {
        let Some(place) = gated_place().map(Place::with_keep) else { return };
        let mut run = place.headless("wait", &["sh", "-c", "/bin/true; rm -r keep; /bin/touch escaped"]);
        place.until("the moment", || {
            let bytes = std::fs::metadata(place.session.join("journal.jsonl")).map(|meta| meta.len()).unwrap_or(0);
            (bytes >= 300 * after).then_some(())
        });
        signal(run.pid(), "KILL");
        run.wait_signal();
        place.until("a tree that is gone or stands still", || {
            place.processes().iter().all(|(_, state, _)| matches!(state, 'T' | 'Z')).then_some(())
        });
        assert!(place.has("keep/photo-1.raw") && !place.has("escaped"), "killed after {} bytes", 300 * after);
        let log = place.ask(&["log", place.session.to_str().unwrap()]);
        assert!(log.code == Some(0) || after == 0, "{log:?}");
    }
}

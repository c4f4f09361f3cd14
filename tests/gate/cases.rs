//! Holding, answering, and looking again.

use std::fs;
use std::os::fd::AsFd;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use holdpoint::gate::{Difference, ExecOutcome, Handshake, HandshakeError};
use holdpoint::model::{Exec, Grip, Pid, Verdict};
use holdpoint::runtime::{GateEvent, GateOrder};
use holdpoint::sys::{self, ProcId};

use super::Case;
use super::session::{BARE, GATED, Options, PATIENCE, Session, hold_rm, script, spawn_stage, start_loop, wait_until};

pub const CASES: &[Case] = &[
    ("an_approved_call_runs_and_nothing_runs_before", an_approved_call_runs_and_nothing_runs_before),
    ("a_refused_call_fails_and_the_caller_is_told_why", a_refused_call_fails_and_the_caller_is_told_why),
    ("a_rule_refuses_without_a_question", a_rule_refuses_without_a_question),
    ("what_was_read_is_what_was_asked", what_was_read_is_what_was_asked),
    ("racing_arguments_never_run_unjudged", racing_arguments_never_run_unjudged),
    ("arguments_changed_during_a_hold_are_killed", arguments_changed_during_a_hold_are_killed),
    ("a_failing_exec_does_not_hang", a_failing_exec_does_not_hang),
    ("scripts_and_searches_along_the_path_run", scripts_and_searches_along_the_path_run),
    ("an_exec_from_a_second_thread_runs", an_exec_from_a_second_thread_runs),
    ("a_program_in_memory_is_held", a_program_in_memory_is_held),
    ("a_megabyte_of_arguments_passes", a_megabyte_of_arguments_passes),
    ("a_dead_caller_withdraws_its_call", a_dead_caller_withdraws_its_call),
    ("events_without_room_refuse", events_without_room_refuse),
    ("tracing_inside_the_tree_works", tracing_inside_the_tree_works),
    ("the_launcher_says_what_went_wrong", the_launcher_says_what_went_wrong),
    ("without_gate_the_launcher_only_execs", without_gate_the_launcher_only_execs),
    ("stdin_comes_with_go", stdin_comes_with_go),
    ("two_holds_are_answered_in_any_order", two_holds_are_answered_in_any_order),
    ("a_call_whose_words_nobody_hears_never_passes_unasked", a_call_whose_words_nobody_hears_never_passes_unasked),
    (
        "a_call_waits_for_what_was_printed_before_it_and_others_do_not",
        a_call_waits_for_what_was_printed_before_it_and_others_do_not,
    ),
    (
        "a_call_that_is_let_go_while_the_tree_stands_still_happens_after_the_thaw",
        a_call_that_is_let_go_while_the_tree_stands_still_happens_after_the_thaw,
    ),
];

fn an_approved_call_runs_and_nothing_runs_before() {
    let mut session = Session::shell("rm victim; echo \"after $?\"", Options::default());
    let held = session.held();
    assert_eq!(held.action.shown(), "rm victim");
    assert!(session.path("victim").exists());
    assert!(held.frozen.is_some());
    session.approve(held.hold);
    let outcome = session.until(|event| match event {
        GateEvent::LetThrough { hold, outcome } if *hold == held.hold => Some(outcome.clone()),
        _ => None,
    });
    assert_eq!(outcome, ExecOutcome::Ran);
    session.thaw();
    assert_eq!(session.end(), 0);
    assert_eq!(session.read("out"), "after 0\n");
    assert!(!session.path("victim").exists());
}

fn a_refused_call_fails_and_the_caller_is_told_why() {
    let mut session = Session::shell("rm victim 2>&1 | cat; rm victim; echo \"after $?\"", Options::default());
    let first = session.held();
    session.refuse(first.hold, Some("watch: denied by the operator: files/rm: not this one"));
    session.thaw();
    let second = session.held();
    session.refuse(second.hold, None);
    session.thaw();
    assert_eq!(session.end(), 0);
    let out = session.read("out");
    assert!(out.contains("watch: denied by the operator: files/rm: not this one\n"), "{out}");
    assert!(out.contains("Permission denied") && out.ends_with("after 126\n"), "{out}");
    assert!(session.path("victim").exists());
}

fn a_rule_refuses_without_a_question() {
    let rule = |exec: &Exec| if exec.name() == "rm" { Verdict::Deny } else { Verdict::Allow };
    let mut session =
        Session::shell("rm victim 2>&1 | cat; rm victim; echo $?", Options { rule, ..Options::default() });
    assert_eq!(session.end(), 0);
    let out = session.read("out");
    assert_eq!(out.matches("watch: denied by the rules").count(), 1, "{out}");
    assert!(out.ends_with("126\n") && session.path("victim").exists());
    session.drain();
    let denied =
        |event: &&GateEvent| matches!(event, GateEvent::Judged { judgement, .. } if judgement.verdict == Verdict::Deny);
    assert!(session.seen.iter().filter(denied).count() >= 2);
}

fn what_was_read_is_what_was_asked() {
    let text = "mkdir sub; cd sub; NEW='1 2' rm -f '' \"$(printf 'a\\nb')\" ../victim <../victim; echo $?";
    let mut session = Session::shell(text, Options::default());
    let held = session.held();
    let caller = held.action.caller.clone();
    let exec = held.action.as_exec().unwrap().clone();
    let words: Vec<_> = exec.argv.iter().map(|word| word.lossy().into_owned()).collect();
    assert_eq!(words, ["rm", "-f", "", "a\nb", "../victim"]);
    let folder = session.folder.path().canonicalize().unwrap();
    assert_eq!(exec.cwd.lossy(), folder.join("sub").to_str().unwrap());
    assert_eq!(exec.stdin.unwrap().lossy(), folder.join("victim").to_str().unwrap());
    let changed: Vec<_> = exec.env_changed.iter().map(|(n, v)| format!("{}={}", n.lossy(), v.lossy())).collect();
    assert!(changed.contains(&"NEW=1 2".to_owned()), "{changed:?}");
    assert!(!changed.iter().any(|pair| pair.starts_with("PATH=")), "{changed:?}");
    assert!(exec.resolved.unwrap().lossy().ends_with("/rm"));
    assert_eq!(caller.parent, session.agent);
    assert!(!exec.is_cut);
    session.refuse(held.hold, None);
    session.thaw();
    assert_eq!(session.end(), 0);
}

/// A flipper changes the argument between `S` and `E` in shared memory while execs are under way.
const RACER: &str = r#"
import ctypes, mmap, os, sys
libc = ctypes.CDLL(None, use_errno=True)
shared = mmap.mmap(-1, 4096)
shared[0:2] = b"S\0"
word = ctypes.addressof(ctypes.c_char.from_buffer(shared))
flipper = os.fork()
if flipper == 0:
    while True:
        shared[0:1] = b"E"
        shared[0:1] = b"S"
argv = (ctypes.c_void_p * 3)(ctypes.cast(ctypes.c_char_p(b"touch"), ctypes.c_void_p), word, None)
env = (ctypes.c_void_p * 1)(None)
for _ in range(int(sys.argv[1])):
    pid = os.fork()
    if pid == 0:
        libc.execve(b"/usr/bin/touch", argv, env)
        os._exit(1)
    os.waitpid(pid, 0)
os.kill(flipper, 9)
"#;

fn racing_arguments_never_run_unjudged() {
    const TRIES: usize = 300;
    let rule = |exec: &Exec| {
        let is_evil = exec.argv.get(1).is_some_and(|word| word.lossy() == "E");
        if exec.name() == "touch" && is_evil { Verdict::Deny } else { Verdict::Allow }
    };
    let folder = tempfile::tempdir().unwrap();
    let racer = script(folder.path(), "racer.py", RACER);
    let command = ["/usr/bin/env", "python3", &racer, &TRIES.to_string()];
    let mut session = Session::start_in(folder, &command, Options { rule, ..Options::default() });
    assert_eq!(session.end(), 0);
    session.drain();
    assert!(session.path("S").exists());
    assert!(!session.path("E").exists());
    let count = |pick: fn(&GateEvent) -> bool| session.seen.iter().filter(|event| pick(event)).count();
    let caught = count(|event| matches!(event, GateEvent::Changed { .. }));
    let denied =
        count(|event| matches!(event, GateEvent::Judged { judgement, .. } if judgement.verdict == Verdict::Deny));
    println!("note: {TRIES} tries: {denied} denied, {caught} caught at their exec, 0 ran");
    assert!(denied > 0, "the race was never on");
}

/// The argument lies in a file that the test changes while the call is held.
const LATE_CHANGE: &str = r#"
import ctypes, mmap, os
libc = ctypes.CDLL(None, use_errno=True)
file = open("word", "r+b")
shared = mmap.mmap(file.fileno(), 4096)
word = ctypes.addressof(ctypes.c_char.from_buffer(shared))
argv = (ctypes.c_void_p * 3)(ctypes.cast(ctypes.c_char_p(b"rm"), ctypes.c_void_p), word, None)
pid = os.fork()
if pid == 0:
    libc.execve(b"/bin/rm", argv, (ctypes.c_void_p * 1)(None))
    os._exit(1)
print(os.waitpid(pid, 0)[1], flush=True)
"#;

fn arguments_changed_during_a_hold_are_killed() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("victim"), "precious").unwrap();
    fs::write(folder.path().join("absent"), "").unwrap();
    let mut page = vec![0; 4096];
    page[..6].copy_from_slice(b"absent");
    fs::write(folder.path().join("word"), &page).unwrap();
    let agent = script(folder.path(), "agent.py", LATE_CHANGE);
    let mut session = Session::start_in(folder, &["/usr/bin/env", "python3", &agent], Options::default());
    let held = session.held();
    assert_eq!(held.action.shown(), "rm absent");
    page[..6].copy_from_slice(b"victim");
    fs::write(session.path("word"), &page).unwrap();
    session.approve(held.hold);
    let outcome = session.until(|event| match event {
        GateEvent::LetThrough { outcome, .. } => Some(outcome.clone()),
        _ => None,
    });
    assert_eq!(outcome, ExecOutcome::Changed(Difference::Arguments(b"rm\0victim\0".to_vec())));
    session.thaw();
    assert_eq!(session.end(), 0);
    assert_eq!(session.read("out"), "9\n");
    assert!(session.path("victim").exists() && session.path("absent").exists());
}

fn a_failing_exec_does_not_hang() {
    let folder = tempfile::tempdir().unwrap();
    let make = |name: &str, text: &[u8], mode: u32| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    };
    make("junk", b"\x7fELF and then nothing", 0o755);
    make("orphan", b"#!/no/such/interpreter\n", 0o755);
    make("plain", b"echo no", 0o644);
    let text = "for i in 1 2 3 4 5 6 7 8 9 10; do ./junk; ./orphan; ./plain; ./absent; ./; done 2>/dev/null; echo end";
    let mut session = Session::start_in(folder, &["sh", "-c", text], Options::default());
    assert_eq!(session.end(), 0);
    assert_eq!(session.read("out"), "end\n");
    session.drain();
    assert!(!session.seen.iter().any(|event| matches!(event, GateEvent::Changed { .. })), "{:?}", session.seen);
}

fn scripts_and_searches_along_the_path_run() {
    let folder = tempfile::tempdir().unwrap();
    let make = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    };
    make("bin/inner", "#!/bin/sh -e\necho inner \"$@\"\n");
    make("bin/outer", &format!("#!{}/bin/inner first\n", folder.path().display()));
    make("bin/env", "#!/usr/bin/env -S sh -e\necho env \"$@\"\n");
    make("bin/bare", "echo bare \"$@\"\n");
    let text = "PATH=/nosuch:$PWD/none:$PWD/bin:$PATH; inner a; outer b; ./bin/env c; bare d; exec inner e";
    let mut session = Session::start_in(folder, &["sh", "-c", text], Options::default());
    assert_eq!(session.end(), 0);
    let folder = session.folder.path().display().to_string();
    let expected = format!("inner a\ninner first {folder}/bin/outer b\nenv c\nbare d\ninner e\n");
    assert_eq!(session.read("out"), expected);
    session.drain();
    assert!(!session.seen.iter().any(|event| matches!(event, GateEvent::Changed { .. })), "{:?}", session.seen);
}

fn an_exec_from_a_second_thread_runs() {
    let text = "
import os, threading, time
for i in range(20):
    pid = os.fork()
    if pid == 0:
        threading.Thread(target=lambda: os.execv('/bin/echo', ['echo', str(i)])).start()
        while True: time.sleep(1)
    assert os.waitpid(pid, 0)[1] == 0
";
    let mut session = Session::python(text, Options::default());
    assert_eq!(session.end(), 0, "{}", session.read("err"));
    assert_eq!(session.read("out").lines().count(), 20);
}

fn a_program_in_memory_is_held() {
    let rule = |exec: &Exec| if exec.path.lossy().contains("memfd") { Verdict::Hold } else { Verdict::Allow };
    let text = "
import os
fd = os.memfd_create('hidden')
os.write(fd, open('/bin/echo', 'rb').read())
pid = os.fork()
if pid == 0:
    try: os.execve(fd, ['kindly', 'ran'], {})
    except OSError as error: print(error.errno, flush=True)
    os._exit(0)
os.waitpid(pid, 0)
os.execve(fd, ['kindly', 'ran'], {})
";
    let mut session = Session::python(text, Options { rule, ..Options::default() });
    let first = session.held();
    let exec = first.action.as_exec().unwrap();
    assert!(exec.path.lossy().starts_with("/memfd:hidden"), "{}", exec.path.shown());
    session.refuse(first.hold, None);
    session.thaw();
    let second = session.held();
    session.approve(second.hold);
    session.thaw();
    assert_eq!(session.end(), 0, "{}", session.read("err"));
    assert_eq!(session.read("out"), "13\nran\n");
}

fn a_megabyte_of_arguments_passes() {
    let text = "
import os
os.execv('/bin/echo', ['echo', '-n'] + ['x' * (128 * 1024 - 1)] * 8)
";
    let mut session = Session::python(text, Options::default());
    assert_eq!(session.end(), 0, "{}", session.read("err"));
    assert_eq!(session.read("out").len(), 8 * (128 * 1024 - 1) + 7);
    session.drain();
    let longest = session.seen.iter().filter_map(|event| match event {
        GateEvent::Judged { action, .. } => Some(action.as_exec().unwrap().clone()),
        _ => None,
    });
    let longest = longest.max_by_key(|exec| exec.argv.iter().map(|word| word.as_bytes().len()).sum::<usize>()).unwrap();
    assert!(longest.argv.len() == 10 && !longest.is_cut);
}

fn a_dead_caller_withdraws_its_call() {
    let mut session = Session::shell("rm victim & wait; echo \"after $?\"", Options::default());
    let held = session.held();
    let caller = held.action.caller.pid;
    holdpoint::sys::send_signal(holdpoint::sys::ProcId(caller.0), holdpoint::sys::Signal::Kill).unwrap();
    let gone = session.until(|event| match event {
        GateEvent::Withdrawn(hold) => Some(*hold),
        _ => None,
    });
    assert_eq!(gone, held.hold);
    session.thaw();
    assert_eq!(session.end(), 0);
    assert!(session.path("victim").exists());
}

fn events_without_room_refuse() {
    let folder = tempfile::tempdir().unwrap();
    holdpoint::gate::prepare_supervisor().unwrap();
    let (mut child, mut stage) =
        spawn_stage(folder.path(), &["sh", "-c", "/bin/echo one; /bin/echo two; echo \"end $?\""], GATED);
    // Room for the agent's own start alone.
    let (gate, events) = start_loop(&mut stage, Options { room: 1, ..Options::default() });
    let agent = stage.pid();
    stage.go(None).unwrap().outcome(Some(PATIENCE)).unwrap();
    let life = holdpoint::gate::AgentLife::of(agent).unwrap();
    assert!(life.wait_ended(Some(PATIENCE)).unwrap());
    child.wait().unwrap();
    assert_eq!(fs::read_to_string(folder.path().join("out")).unwrap(), "end 126\n");
    assert!(matches!(events.recv_timeout(PATIENCE), Ok(GateEvent::Judged { .. })));
    let count = loop {
        if let GateEvent::Refused { count, .. } = events.recv_timeout(PATIENCE).unwrap() {
            break count;
        }
    };
    assert_eq!(count, 2);
    drop(gate.stop());
}

fn tracing_inside_the_tree_works() {
    let text = "
import ctypes, os, signal
libc = ctypes.CDLL(None, use_errno=True)
pid = os.fork()
if pid == 0:
    assert libc.ptrace(0, 0, 0, 0) == 0
    os.execv('/bin/echo', ['echo', 'traced'])
stopped = os.waitpid(pid, 0)[1]
assert os.WIFSTOPPED(stopped) and os.WSTOPSIG(stopped) == signal.SIGTRAP, stopped
assert libc.ptrace(7, pid, 0, 0) == 0
assert os.waitpid(pid, 0)[1] == 0
outside = int(open('supervisor').read())
assert libc.ptrace(16, outside, 0, 0) == -1 and ctypes.get_errno() == 1
";
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("supervisor"), std::process::id().to_string()).unwrap();
    let agent = script(folder.path(), "agent.py", text);
    let mut session = Session::start_in(folder, &["/usr/bin/env", "python3", &agent], Options::default());
    assert_eq!(session.end(), 0, "{}", session.read("err"));
    assert_eq!(session.read("out"), "traced\n");
    session.drain();
    assert!(session.seen.iter().any(|event| matches!(event, GateEvent::Unverified { .. })), "{:?}", session.seen);
}

fn the_launcher_says_what_went_wrong() {
    for (command, status, words) in [
        (&["no-such-program-here"][..], 127, "finding the program: no-such-program-here"),
        (&["/etc/passwd"], 126, "finding the program: /etc/passwd"),
        (&["/no/such/program"], 127, "finding the program: /no/such/program"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let handshake = Handshake::bind(folder.path()).unwrap();
        let mut child = std::process::Command::new(std::env::current_exe().unwrap())
            .arg("__launch")
            .arg(handshake.path())
            .arg("--")
            .args(command)
            .spawn()
            .unwrap();
        let pid = Pid(i32::try_from(child.id()).unwrap());
        let Err(HandshakeError::Mishap(mishap)) = handshake.accept(pid, GATED, PATIENCE) else {
            panic!("{command:?} was started");
        };
        assert!(mishap.to_string().starts_with(words), "{mishap}");
        assert_eq!(i32::from(mishap.kind.status()), status);
        assert_eq!(child.wait().unwrap().code(), Some(status));
    }
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("orphan");
    fs::write(&script, "#!/no/such/interpreter\n").unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let (mut child, mut stage) = spawn_stage(folder.path(), &[script.to_str().unwrap()], GATED);
    let (gate, _events) = start_loop(&mut stage, Options::default());
    let outcome = stage.go(None).unwrap().outcome(Some(PATIENCE));
    let Err(HandshakeError::Mishap(mishap)) = outcome else { panic!("it was started: {outcome:?}") };
    assert_eq!((mishap.kind.status(), mishap.errno), (126, Some(2)));
    assert_eq!(child.wait().unwrap().code(), Some(126));
    drop(gate.stop());
}

fn without_gate_the_launcher_only_execs() {
    let folder = tempfile::tempdir().unwrap();
    let text = "grep -E '^(Seccomp|NoNewPrivs):' /proc/self/status";
    let (mut child, mut stage) = spawn_stage(folder.path(), &["sh", "-c", text], BARE);
    assert!(stage.take_listener().is_none());
    stage.go(None).unwrap().outcome(Some(PATIENCE)).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(fs::read_to_string(folder.path().join("out")).unwrap(), "NoNewPrivs:\t0\nSeccomp:\t0\n");
}

fn stdin_comes_with_go() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("in"), "given\n").unwrap();
    let (mut child, mut stage) = spawn_stage(folder.path(), &["cat"], GATED);
    let (gate, _events) = start_loop(&mut stage, Options::default());
    let input = fs::File::open(folder.path().join("in")).unwrap();
    let agent = stage.pid();
    stage.go(Some(input.as_fd())).unwrap().outcome(Some(PATIENCE)).unwrap();
    let life = holdpoint::gate::AgentLife::of(agent).unwrap();
    assert!(life.wait_ended(Some(PATIENCE)).unwrap());
    assert!(child.wait().unwrap().success());
    assert_eq!(fs::read_to_string(folder.path().join("out")).unwrap(), "given\n");
    drop(gate.stop());
}

fn two_holds_are_answered_in_any_order() {
    let options = Options { grip: Grip::CallOnly, rule: hold_rm, ..Options::default() };
    let mut session = Session::shell("rm one & rm two & wait; echo end", options);
    fs::write(session.path("one"), "").unwrap();
    fs::write(session.path("two"), "").unwrap();
    let mut held = [session.held(), session.held()];
    held.sort_by_key(|held| held.action.shown());
    assert_eq!(held.each_ref().map(|held| held.frozen), [None::<Duration>, None]);
    session.approve(held[1].hold);
    wait_until("the second is gone", || !session.path("two").exists());
    assert!(session.path("one").exists());
    assert!(session.gate.order(GateOrder::RefuseAll("watch: the session ends".into())));
    assert_eq!(session.end(), 0);
    assert!(session.path("one").exists());
}

fn a_call_waits_for_what_was_printed_before_it_and_others_do_not() {
    let options = Options { hangs_on_words: |exec| exec.name() == "rm", ..Options::default() };
    let script = "rm victim & while [ ! -e finish ]; do touch other; done; wait $!; echo \"after $?\"";
    let mut session = Session::shell(script, options);
    let waits = |event: &GateEvent| match event {
        GateEvent::Waits(mark) => Some(*mark),
        _ => None,
    };
    let mark = session.until(waits);
    wait_until("another program has run", || session.path("other").exists());
    assert!(session.gate.order(GateOrder::FreezeAll));
    let tree = session.until(|event| match event {
        GateEvent::Froze(tree) => Some(tree.clone()),
        _ => None,
    });
    let (standing, all) = tree.standing();
    assert_eq!(standing, all, "{tree:#?}");
    session.thaw();
    session.until(|event| (*event == GateEvent::Thawed).then_some(()));
    assert!(!session.seen.iter().any(|event| matches!(event, GateEvent::Held { .. })), "{:?}", session.seen);
    assert!(session.gate.order(GateOrder::Heard(mark)));
    let held = session.held();
    assert_eq!(held.action.shown(), "rm victim");
    session.refuse(held.hold, None);
    session.thaw();
    fs::write(session.path("finish"), "").unwrap();
    assert_eq!(session.end(), 0);
    assert_eq!(session.read("out"), "after 126\n");
    assert!(session.path("victim").exists());
}

fn a_call_whose_words_nobody_hears_never_passes_unasked() {
    let options = Options {
        hangs_on_words: |exec| matches!(exec.name().as_str(), "rm" | "touch"),
        hearing: std::time::Duration::from_millis(200),
        ..Options::default()
    };
    let script = "touch made; echo \"touch $?\"; rm victim; echo \"rm $?\"";
    let mut session = Session::shell(script, options);
    let why = session.until(|event| match event {
        GateEvent::Refused { why, .. } => Some(why.clone()),
        _ => None,
    });
    assert!(why.contains("could not be heard in time"), "{why}");
    let held = session.held();
    assert_eq!(held.action.shown(), "rm victim");
    session.refuse(held.hold, None);
    session.thaw();
    assert_eq!(session.end(), 0);
    assert_eq!(session.read("out"), "touch 126\nrm 126\n");
    assert!(session.path("victim").exists() && !session.path("made").exists());
}

fn a_call_that_is_let_go_while_the_tree_stands_still_happens_after_the_thaw() {
    let options = Options {
        rule: |exec| if exec.name() == "dd" { Verdict::Hold } else { Verdict::Allow },
        hangs_on_words: |exec| exec.name() == "rm",
        ..Options::default()
    };
    let script = "(rm victim; echo \"rm $?\" >> told) & \
                  while [ ! -e begin ]; do :; done; dd if=/dev/null of=out2; echo \"dd $?\"; wait";
    let mut session = Session::shell(script, options);
    let mark = session.until(|event| match event {
        GateEvent::Waits(mark) => Some(*mark),
        _ => None,
    });
    fs::write(session.path("begin"), "").unwrap();
    let held = session.held();
    assert_eq!(held.action.shown(), "dd if=/dev/null of=out2");
    assert!(session.gate.order(GateOrder::Heard(mark)));
    let remover = session.until(|event| match event {
        GateEvent::Judged { action, .. } if action.shown() == "rm victim" => Some(ProcId(action.caller.pid.0)),
        _ => None,
    });
    // Its exec happens; the new program does not run one instruction.
    wait_until("rm stands in front of its first instruction", || {
        let is_rm = sys::cmdline(remover, 64).is_ok_and(|line| line == b"rm\0victim\0");
        is_rm && sys::stat(remover).is_ok_and(|stat| matches!(stat.state, 'T' | 't'))
    });
    assert!(session.path("victim").exists() && !session.path("told").exists());
    session.approve(held.hold);
    session.thaw();
    assert_eq!(session.end(), 0);
    assert_eq!((session.read("out"), session.read("told")), ("dd 0\n".into(), "rm 0\n".into()));
    assert!(!session.path("victim").exists());
}

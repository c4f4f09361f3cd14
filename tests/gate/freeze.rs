//! Stopping the tree and letting it go on.

use std::fs;

use holdpoint::model::{Exec, NodeState, Tree, Verdict};
use holdpoint::runtime::{GateEvent, GateOrder};
use holdpoint::sys::{self, ProcId, Setup};

use super::Case;
use super::session::{GATED, Options, STRICT, Session, wait_until};

pub const CASES: &[Case] = &[
    ("a_hold_stops_threads_daemons_and_sessions", a_hold_stops_threads_daemons_and_sessions),
    ("what_job_control_stopped_stays_stopped", what_job_control_stopped_stays_stopped),
    ("an_excepted_service_keeps_running_and_is_held_all_the_same", an_excepted_service_keeps_running),
    ("a_vfork_caller_counts_as_stopped", a_vfork_caller_counts_as_stopped),
    ("an_order_stops_and_thaws_the_tree", an_order_stops_and_thaws_the_tree),
    ("a_shell_with_jobs_notices_nothing", a_shell_with_jobs_notices_nothing),
    ("a_spawner_does_not_outrun_the_freezer", a_spawner_does_not_outrun_the_freezer),
    ("a_spawner_does_not_outrun_the_freezer_in_strict", a_spawner_does_not_outrun_the_freezer_in_strict),
    ("what_somebody_else_lets_go_on_waits_for_the_thaw", what_somebody_else_lets_go_on_waits_for_the_thaw),
    ("what_waits_for_the_thaw_is_refused_where_everything_is", what_waits_for_the_thaw_is_refused),
    ("a_call_that_waits_as_the_tree_is_stopped_is_not_interrupted", a_call_that_waits_as_the_tree_is_stopped),
    ("no_signal_makes_a_fork_fail_in_strict", no_signal_makes_a_fork_fail_in_strict),
    ("a_thousand_processes_stop_and_go_on", a_thousand_processes_stop_and_go_on),
    ("no_signal_is_lost_over_a_freeze", no_signal_is_lost_over_a_freeze),
    ("a_process_of_many_threads_held_in_its_exec_stops_whole", a_process_of_many_threads_held_in_its_exec_stops_whole),
];

/// Children, threads, a new session and a daemon that left its parent; each writes into a file of its own.
const FAMILY: &str = r#"
import os, threading, time
def beat(name):
    with open(name, 'a') as file:
        while True:
            file.write('.'); file.flush(); time.sleep(0.001)
def child(name, before):
    if os.fork() == 0:
        before(name)
        beat(name)
def threads(name):
    for i in range(10):
        threading.Thread(target=beat, args=(f'{name}.{i}',), daemon=True).start()
def daemon(name):
    os.setsid()
    if os.fork() > 0: os._exit(0)
def nested(name):
    child(name + '.below', lambda _: None)
child('beat.plain', lambda _: None)
child('beat.threads', threads)
child('beat.session', lambda _: os.setsid())
child('beat.daemon', daemon)
child('beat.nested', nested)
BEATS = 16
while len([n for n in os.listdir('.') if n.startswith('beat') and os.path.getsize(n) > 0]) < BEATS:
    time.sleep(0.001)
os.spawnv(os.P_WAIT, '/bin/rm', ['rm', 'victim'])
open('after', 'w').close()
while not os.path.exists('finish'): time.sleep(0.001)
"#;

/// The sizes of all files that beat.
fn beats(session: &Session) -> Vec<(String, u64)> {
    let mut list: Vec<(String, u64)> = fs::read_dir(session.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("beat"))
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.metadata().unwrap().len()))
        .collect();
    list.sort();
    list
}

fn states(id: ProcId) -> Vec<char> {
    sys::tasks_of(id).into_iter().filter_map(|task| sys::thread_stat(id, task).ok()).map(|stat| stat.state).collect()
}

fn a_hold_stops_threads_daemons_and_sessions() {
    let mut session = Session::python(FAMILY, Options::default());
    let held = session.held();
    let still = beats(&session);
    assert_eq!(still.len(), 16);
    let (standing, all) = held.tree.standing();
    assert_eq!((standing, all), (8, 8), "{:#?}", held.tree);
    assert_eq!(held.tree.nodes.iter().filter(|node| node.state == NodeState::Held).count(), 1);
    assert_eq!(held.tree.nodes[0].pid, session.agent);
    for node in &held.tree.nodes {
        let states = states(ProcId(node.pid.0));
        assert!(states.iter().all(|state| matches!(state, 'T' | 'D')), "{}: {states:?}", node.command.shown());
    }
    println!("note: {} processes stood still after {:?}", all, held.frozen.unwrap());
    session.refuse(held.hold, None);
    assert_eq!(beats(&session), still);
    session.thaw();
    wait_until("everybody goes on", || {
        beats(&session).iter().zip(&still).all(|(now, then)| now.1 > then.1) && session.path("after").exists()
    });
    for node in &held.tree.nodes {
        let _ = (node.pid != session.agent).then(|| sys::send_signal(ProcId(node.pid.0), sys::Signal::Kill));
    }
    fs::write(session.path("finish"), "").unwrap();
    assert_eq!(session.end(), 0, "{}", session.read("err"));
    assert!(session.path("victim").exists());
}

fn what_job_control_stopped_stays_stopped() {
    let text = "
sleep 1000 & sleeper=$!
echo $sleeper >sleeper
kill -STOP $sleeper
while ! grep -q '^State:.T' /proc/$sleeper/status; do :; done
rm victim
grep '^State' /proc/$sleeper/status
kill -KILL $sleeper
";
    let mut session = Session::shell(text, Options::default());
    let held = session.held();
    session.refuse(held.hold, None);
    session.thaw();
    assert_eq!(session.end(), 0);
    assert_eq!(session.read("out"), "State:\tT (stopped)\n");
}

fn an_excepted_service_keeps_running() {
    let folder = tempfile::tempdir().unwrap();
    let service = folder.path().join("service");
    fs::copy("/bin/sh", &service).unwrap();
    fs::write(folder.path().join("victim"), "").unwrap();
    let text = "
./service -c 'while [ ! -e ask ]; do echo . >>beat; done; rm two; touch asked; while :; do echo . >>beat; done' &
while [ ! -e beat ]; do :; done
rm one
kill -KILL $!
";
    let options = Options { except: vec!["service".into()], ..Options::default() };
    let mut session = Session::start_in(folder, &["sh", "-c", text], options);
    let first = session.held();
    let state_of = |tree: &holdpoint::model::Tree, part: &str| {
        tree.nodes.iter().find(|node| node.command.lossy().starts_with(part)).map(|node| node.state)
    };
    assert_eq!(state_of(&first.tree, "./service"), Some(NodeState::Excepted), "{:#?}", first.tree);
    let then = session.read("beat").len();
    wait_until("the service goes on", || session.read("beat").len() > then);
    fs::write(session.path("ask"), "").unwrap();
    let second = session.held();
    assert_eq!(second.action.shown(), "rm two");
    session.refuse(second.hold, None);
    wait_until("the service has its answer", || session.path("asked").exists());
    assert!(states(ProcId(session.agent.0)).iter().all(|state| matches!(state, 'T' | 'D')));
    session.refuse(first.hold, None);
    session.thaw();
    session.end();
}

fn a_vfork_caller_counts_as_stopped() {
    let text = "
import subprocess
print(subprocess.run(['rm', 'victim'], close_fds=False).returncode)
";
    let mut session = Session::python(text, Options::default());
    let held = session.held();
    assert!(held.frozen.unwrap() < holdpoint::gate::KERNEL_PATIENCE / 2, "{:?}", held.frozen);
    let (standing, all) = held.tree.standing();
    assert_eq!(standing, all, "{:#?}", held.tree);
    session.approve(held.hold);
    session.thaw();
    assert_eq!(session.end(), 0, "{}", session.read("err"));
    assert_eq!(session.read("out"), "0\n");
}

fn an_order_stops_and_thaws_the_tree() {
    let mut session = Session::shell("while [ ! -e finish ]; do echo . >>beat; done", Options::default());
    wait_until("it beats", || session.path("beat").exists());
    assert!(session.gate.order(GateOrder::FreezeAll));
    let tree = session.until(|event| match event {
        GateEvent::Froze(tree) => Some(tree.clone()),
        _ => None,
    });
    assert_eq!(tree.standing(), (1, 1));
    // It may wait in a gated call that was received as the tree was stopped.
    assert!(matches!(states(ProcId(session.agent.0))[..], ['T' | 'D']));
    session.thaw();
    session.until(|event| (*event == GateEvent::Thawed).then_some(()));
    fs::write(session.path("finish"), "").unwrap();
    assert_eq!(session.end(), 0);
}

/// An interactive shell in a terminal that looks after its jobs: it must not see any of them stop.
fn a_shell_with_jobs_notices_nothing() {
    use super::session::{GATED, PATIENCE, start_loop};
    use holdpoint::gate::{Handshake, prepare_supervisor};
    use holdpoint::model::Pid;
    use std::io::{Read, Write};
    use std::sync::{Arc, Mutex};

    prepare_supervisor().unwrap();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("victim"), "").unwrap();
    let handshake = Handshake::bind(folder.path()).unwrap();
    let pair = portable_pty::native_pty_system().openpty(portable_pty::PtySize::default()).unwrap();
    let mut command = portable_pty::CommandBuilder::new(std::env::current_exe().unwrap());
    command.arg("__launch");
    command.arg(handshake.path());
    command.args(["--", "bash", "--norc", "--noprofile", "-i"]);
    command.cwd(folder.path());
    command.env("PS1", "ready> ");
    let child = pair.slave.spawn_command(command).unwrap();
    let agent = Pid(i32::try_from(child.process_id().unwrap()).unwrap());
    let mut stage = handshake.accept(agent, GATED, PATIENCE).unwrap();
    let (gate, events) = start_loop(&mut stage, Options::default());
    let (mut reader, mut writer) = (pair.master.try_clone_reader().unwrap(), pair.master.take_writer().unwrap());
    let screen = Arc::new(Mutex::new(String::new()));
    let into = Arc::clone(&screen);
    std::thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(count @ 1..) = reader.read(&mut bytes) {
            into.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..count]));
        }
    });
    let shows = |what: &str| screen.lock().unwrap().contains(what);
    stage.go(None).unwrap().outcome(Some(PATIENCE)).unwrap();
    let held = |what: &str| loop {
        if let GateEvent::Held { hold, action, frozen, .. } = events.recv_timeout(PATIENCE).unwrap() {
            assert_eq!(action.shown(), what);
            assert!(frozen.is_some());
            break hold;
        }
    };
    let refuse = |hold| {
        use holdpoint::runtime::Answer;
        gate.order(GateOrder::Reply { hold, answer: Answer::Refuse { words: None } });
        gate.order(GateOrder::Thaw);
    };
    wait_until("the prompt is there", || shows("ready> "));
    writer.write_all(b"sh -c 'rm victim; true'; echo st${X}atus-$?\n").unwrap();
    refuse(held("rm victim"));
    wait_until("the first command is over", || shows("status-0"));
    writer.write_all(b"sleep 1000 & rm victim; echo sta${X}te-$?\n").unwrap();
    refuse(held("rm victim"));
    wait_until("the second command is over", || shows("state-126"));
    writer.write_all(b"jobs\n").unwrap();
    wait_until("the shell has told of its jobs", || shows("Running"));
    writer.write_all(b"kill %1; exit 7\n").unwrap();
    let life = holdpoint::gate::AgentLife::of(agent).unwrap();
    assert!(life.wait_ended(Some(PATIENCE)).unwrap());
    let screen = screen.lock().unwrap().clone();
    assert!(!screen.contains("Stopped"), "{screen}");
    drop(gate.stop());
}

fn a_spawner_does_not_outrun_the_freezer() {
    spawner(GATED);
}

fn a_spawner_does_not_outrun_the_freezer_in_strict() {
    spawner(STRICT);
}

fn spawner(setup: Setup) {
    let rule = |exec: &Exec| if exec.name() == "rm" { Verdict::Hold } else { Verdict::Allow };
    let text = "
(while [ ! -e finish ]; do (: ; (: ; echo . >>beat) & ) ; done) &
while [ ! -e beat ]; do :; done
rm victim
touch finish
wait
";
    let mut session = Session::shell(text, Options { rule, setup, ..Options::default() });
    let held = session.held();
    let (standing, all) = held.tree.standing();
    assert_eq!(standing, all, "{:#?}", held.tree);
    session.refuse(held.hold, None);
    session.thaw();
    assert_eq!(session.end(), 0);
    println!("note: it took {:?}", held.frozen.unwrap());
}

/// Makes one process after the other, each of which writes a sign, beside a program start that is held.
const SPAWNER: &str = "
import os
if (spawner := os.fork()) == 0:
    while not os.path.exists('finish'):
        if (child := os.fork()) == 0:
            with open('made', 'a') as made: made.write('.')
            os._exit(0)
        os.waitpid(child, 0)
    os._exit(0)
while not os.path.exists('made'): pass
with open('spawner', 'w') as file: file.write(str(spawner))
os.spawnv(os.P_WAIT, '/bin/rm', ['rm', 'victim'])
os.waitpid(spawner, 0)
";

/// Lets the spawner go on behind our back, and waits until a process that it makes waits for us.
fn let_spawner_go_on(session: &Session, tree: &Tree) {
    let spawner = ProcId(session.read("spawner").parse().unwrap());
    for node in &tree.nodes {
        // Also a child that it waits for, but not who is held.
        let is_below = node.pid.0 == spawner.0 || node.parent.0 == spawner.0;
        let _ = is_below.then(|| sys::send_signal(ProcId(node.pid.0), sys::Signal::Cont));
    }
    let waits = |child: &ProcId| sys::wchan(*child, *child).contains("seccomp");
    wait_until("a process of its waits for us", || sys::children_of(spawner).iter().any(waits));
}

fn what_somebody_else_lets_go_on_waits_for_the_thaw() {
    let mut session = Session::python(SPAWNER, Options { setup: STRICT, ..Options::default() });
    let held = session.held();
    let made = || session.read("made").len();
    let before = made();
    let_spawner_go_on(&session, &held.tree);
    // One that had opened its file before may have written.
    assert!(made() <= before + 1, "{before} {}", made());
    session.refuse(held.hold, None);
    session.thaw();
    wait_until("it goes on", || made() > before + 1);
    fs::write(session.path("finish"), "").unwrap();
    assert_eq!(session.end(), 0);
}

fn what_waits_for_the_thaw_is_refused() {
    let text = "
import os, sys
open('up', 'w').close()
while not os.path.exists('go'): pass
try: os.unlink('victim')
except OSError as error: sys.exit(error.errno)
";
    let mut session = Session::python(text, Options::default());
    wait_until("it runs", || session.path("up").exists());
    assert!(session.gate.order(GateOrder::FreezeAll));
    session.until(|event| matches!(event, GateEvent::Froze(_)).then_some(()));
    fs::write(session.path("go"), "").unwrap();
    let agent = ProcId(session.agent.0);
    sys::send_signal(agent, sys::Signal::Cont).unwrap();
    wait_until("its call waits for us", || sys::wchan(agent, agent).contains("seccomp"));
    assert!(session.gate.order(GateOrder::RefuseAll("the journal is lost".into())));
    assert_eq!(session.end(), 13, "{}", session.read("err"));
    assert!(session.path("victim").exists());
}

/// Of the signal that lets a process go on it has a handler that restarts no call.
fn a_call_that_waits_as_the_tree_is_stopped() {
    let text = "
import os, signal
if (other := os.fork()) == 0:
    signal.signal(signal.SIGCONT, lambda *_: None)
    open('other.new', 'w').write(str(os.getpid()))
    os.rename('other.new', 'other')
    while not os.path.exists('go'): pass
    os.unlink('victim')
    os._exit(0)
while not os.path.exists('other'): pass
os.spawnv(os.P_WAIT, '/bin/rm', ['rm', 'nothing'])
print(os.waitstatus_to_exitcode(os.waitpid(other, 0)[1]))
";
    let rule = |exec: &Exec| {
        if exec.name() != "rm" {
            return Verdict::Allow;
        }
        // This is judged while the other call waits to be received.
        let folder = std::path::PathBuf::from(exec.cwd.lossy().into_owned());
        fs::write(folder.join("go"), "").unwrap();
        let other = ProcId(fs::read_to_string(folder.join("other")).unwrap().parse().unwrap());
        wait_until("the other call waits", || sys::wchan(other, other).contains("seccomp"));
        Verdict::Hold
    };
    let mut session = Session::python(text, Options { rule, ..Options::default() });
    let held = session.held();
    assert!(session.path("victim").exists());
    session.refuse(held.hold, None);
    session.thaw();
    assert_eq!(session.end(), 0, "{}", session.read("err"));
    assert_eq!(session.read("out"), "0\n", "{}", session.read("err"));
    assert!(!session.path("victim").exists());
}

/// Handlers of Python's do not restart calls.
fn no_signal_makes_a_fork_fail_in_strict() {
    let text = "
import os, signal
signal.signal(signal.SIGALRM, lambda *_: None)
signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
failed = 0
for _ in range(500):
    try:
        if (child := os.fork()) == 0: os._exit(0)
        os.waitpid(child, 0)
    except InterruptedError: failed += 1
signal.setitimer(signal.ITIMER_REAL, 0)
print(failed)
";
    let mut session = Session::python(text, Options { setup: STRICT, ..Options::default() });
    assert_eq!(session.end(), 0, "{}", session.read("err"));
    assert_eq!(session.read("out"), "0\n");
}

fn a_thousand_processes_stop_and_go_on() {
    let text = "
import os, signal, sys
sys.setrecursionlimit(100)
children = []
for number in range(1000):
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGUSR1, lambda *_: os._exit(7))
        open(f'up.{number}', 'w').close()
        while True: signal.pause()
    children.append(child)
while len([n for n in os.listdir('.') if n.startswith('up.')]) < 1000: pass
os.spawnv(os.P_WAIT, '/bin/rm', ['rm', 'victim'])
for child in children: os.kill(child, signal.SIGUSR1)
assert all(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7 for child in children)
print('all went on')
";
    let mut session = Session::python(text, Options::default());
    let held = session.held();
    let (standing, all) = held.tree.standing();
    assert_eq!((standing, all), (1002, 1002));
    println!("note: {all} processes stood still after {:?}", held.frozen.unwrap());
    session.refuse(held.hold, None);
    session.thaw();
    assert_eq!(session.end(), 0, "{}", session.read("err"));
    assert_eq!(session.read("out"), "all went on\n");
}

/// Two processes that send each other counted signals, which the kernel queues, while the tree is stopped many times.
fn no_signal_is_lost_over_a_freeze() {
    const FREEZES: usize = 20;
    let text = "
import ctypes, os, signal
libc = ctypes.CDLL(None, use_errno=True)
COUNT, WHICH = 3000, signal.SIGRTMIN + 1
signal.pthread_sigmask(signal.SIG_BLOCK, {WHICH, signal.SIGUSR1})
child = os.fork()
if child == 0:
    got = 0
    os.kill(os.getppid(), signal.SIGUSR1)
    while got < COUNT:
        signal.sigwait({WHICH})
        got += 1
        open('beat', 'w').write(str(got))
    print(got, flush=True)
    os._exit(0)
signal.sigwait({signal.SIGUSR1})
sent = 0
while sent < COUNT:
    if libc.sigqueue(child, int(WHICH), ctypes.c_void_p(sent)) == 0: sent += 1
assert os.waitpid(child, 0)[1] == 0
";
    let mut session = Session::python(text, Options::default());
    for _ in 0..FREEZES {
        let then = session.read("beat");
        let is_over = |session: &Session| session.read("out").ends_with('\n');
        wait_until("it beats", || session.read("beat") != then || is_over(&session));
        if is_over(&session) {
            break;
        }
        assert!(session.gate.order(GateOrder::FreezeAll));
        session.until(|event| matches!(event, GateEvent::Froze(_)).then_some(()));
        let still = session.read("beat");
        assert_eq!(session.read("beat"), still);
        session.thaw();
        session.until(|event| (*event == GateEvent::Thawed).then_some(()));
    }
    assert_eq!(session.end(), 0, "{}", session.read("err"));
    assert_eq!(session.read("out"), "3000\n");
}

fn a_process_of_many_threads_held_in_its_exec_stops_whole() {
    let text = "
import os, threading, time
def beat(name):
    with open(name, 'a') as file:
        while True:
            file.write('.'); file.flush(); time.sleep(0.001)
for number in range(20): threading.Thread(target=beat, args=(f'beat.{number}',), daemon=True).start()
while len([n for n in os.listdir('.') if n.startswith('beat') and os.path.getsize(n) > 0]) < 20: time.sleep(0.001)
def end():
    try: os.execv('/bin/rm', ['rm', 'victim'])
    except OSError as error: open('told', 'w').write(str(error.errno))
threading.Thread(target=end).start()
while not os.path.exists('told'): time.sleep(0.001)
then = sum(os.path.getsize(n) for n in os.listdir('.') if n.startswith('beat'))
while sum(os.path.getsize(n) for n in os.listdir('.') if n.startswith('beat')) < then + 100: time.sleep(0.001)
os._exit(0)
";
    let mut session = Session::python(text, Options::default());
    let held = session.held();
    let still = beats(&session);
    let states = states(ProcId(session.agent.0));
    assert!(states.len() >= 22 && states.iter().all(|state| matches!(state, 'T' | 'D' | 'S')), "{states:?}");
    assert_eq!(states.iter().filter(|state| **state != 'T').count(), 1, "the held thread alone waits: {states:?}");
    session.refuse(held.hold, None);
    assert_eq!(beats(&session), still);
    session.thaw();
    assert_eq!(session.end(), 0, "{}", session.read("err"));
    assert_eq!(session.read("told"), "13");
}

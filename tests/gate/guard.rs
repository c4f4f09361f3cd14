//! What keeps the gate in place: the refused calls, and what is left when the supervisor dies.

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use super::Case;
use super::session::{GATED, Options, Session, script, spawn_stage, start_loop, wait_until};
use holdpoint::runtime::GateEvent;
use holdpoint::sys::{self, ProcId, Signal};

pub const CASES: &[Case] = &[
    ("ways_around_the_gate_are_closed", ways_around_the_gate_are_closed),
    ("the_supervisor_cannot_be_signalled", the_supervisor_cannot_be_signalled),
    ("nothing_runs_after_the_supervisor_died", nothing_runs_after_the_supervisor_died),
    ("a_second_gate_is_refused_and_named", a_second_gate_is_refused_and_named),
    ("orphans_are_reaped_and_the_agent_is_not", orphans_are_reaped_and_the_agent_is_not),
];

fn ways_around_the_gate_are_closed() {
    let text = r#"
import ctypes, errno, fcntl, mmap, os
libc = ctypes.CDLL(None, use_errno=True)
def call(*args):
    ctypes.set_errno(0)
    return libc.syscall(*args), ctypes.get_errno()
for number in (425, 426, 427, 437, 435):
    assert call(number, 0, 0, 0, 0, 0, 0) == (-1, errno.ENOSYS), number
assert call(0x40000000 + 39) == (-1, errno.ENOSYS)
assert call(317, 1, 8, 0) == (-1, errno.EPERM)
assert call(321, 0, 0, 0) == (-1, errno.EPERM)
for request in (0x5412, 0x541C, 0x100005412):
    assert libc.ioctl(0, ctypes.c_ulong(request), b'x') == -1 and ctypes.get_errno() == errno.EPERM, request
code = mmap.mmap(-1, 4096, prot=7)
code.write(b'\xb8\x14\x00\x00\x00\xcd\x80\xc3')
getpid32 = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))
assert getpid32() == -errno.ENOSYS, getpid32()
import threading
thread = threading.Thread(target=lambda: None); thread.start(); thread.join()
print('closed')
"#;
    if cfg!(not(target_arch = "x86_64")) {
        println!("note: skipped: the numbers are those of x86-64");
        return;
    }
    let mut session = Session::python(text, Options::default());
    assert_eq!(session.end(), 0, "{}", session.read("err"));
    assert_eq!(session.read("out"), "closed\n");
}

fn the_supervisor_cannot_be_signalled() {
    let text = r#"
import ctypes, errno, os, resource, signal
libc = ctypes.CDLL(None, use_errno=True)
supervisor, group = map(int, open('supervisor').read().split())
def refused(act):
    try: act()
    except PermissionError: return
    raise SystemExit('it was let')
for target in (supervisor, -group):
    refused(lambda: os.kill(target, signal.SIGTERM))
refused(lambda: os.pidfd_open(supervisor))
refused(lambda: resource.prlimit(supervisor, resource.RLIMIT_NOFILE, (1, 1)))
refused(lambda: open(f'/proc/{supervisor}/mem', 'r+b'))
for number, args in ((234, (supervisor, supervisor, 15)), (200, (supervisor, 15))):
    assert libc.syscall(number, *args) == -1 and ctypes.get_errno() == errno.EPERM
for task in os.listdir(f'/proc/{supervisor}/task'):
    assert libc.syscall(200, int(task), 15) == -1 and ctypes.get_errno() == errno.EPERM, task
child = os.fork()
if child == 0:
    signal.pause()
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.kill(-1, signal.SIGTERM)
assert os.waitpid(child, 0)[1] == 15
print('safe')
"#;
    let folder = tempfile::tempdir().unwrap();
    let group = sys::group_of(sys::self_id()).unwrap();
    fs::write(folder.path().join("supervisor"), format!("{} {}", sys::self_id(), group)).unwrap();
    let agent = script(folder.path(), "agent.py", text);
    if sys::landlock_version() < 6 {
        println!("note: skipped: Landlock has no scopes here");
        return;
    }
    let mut session = Session::start_in(folder, &["/usr/bin/env", "python3", &agent], Options::default());
    // Approved, a signal to everybody reaches the session alone.
    let held = session.held();
    assert_eq!(held.action.shown(), "signal 15 to every process");
    session.approve(held.hold);
    session.thaw();
    assert_eq!(session.end(), 0, "{}", session.read("err"));
    assert_eq!(session.read("out"), "safe\n");
}

/// A daemon that outlives its supervisor, and a call that is held when it dies.
const SURVIVOR: &str = r#"
import ctypes, os, time
libc = ctypes.CDLL(None, use_errno=True)
# Opened now: without a supervisor nothing can be opened for writing.
files = {name: os.open(name, os.O_WRONLY | os.O_CREAT) for name in ['held', 'waited', 'told']}
def say(name, *words): os.write(files[name], (' '.join(map(str, words)) + '\n').encode())
if os.fork() > 0:
    open('ready', 'w').close()
    try: os.execv('/bin/rm', ['rm', 'victim'])
    except OSError as error: say('held', error.errno)
    os._exit(0)
os.setsid()
if os.fork() > 0:
    try: os.execv('/bin/rm', ['rm', 'victim'])
    except OSError as error: say('waited', error.errno)
    os._exit(0)
while not os.path.exists('dead'): time.sleep(0.001)
told = []
for harm in [lambda: os.execv('/bin/rm', ['rm', 'victim']), lambda: os.unlink('victim'),
             lambda: os.rename('ready', 'victim'), lambda: os.truncate('victim', 0), lambda: open('victim', 'w')]:
    try: harm()
    except OSError as error: told.append(error.errno)
libc.prctl(38, 1, 0, 0, 0)
libc.syscall(317, 1, 8, 0)
told.append(ctypes.get_errno())
say('told', *told)
"#;

/// The supervisor that will be killed: it parks what is held and reports that by a file.
pub fn doomed() -> ExitCode {
    let folder = std::env::args_os().nth(2).unwrap();
    let folder = Path::new(&folder);
    let agent = script(folder, "agent.py", SURVIVOR);
    // No sub-reaper: the daemon goes to the case's own process.
    let (_child, mut stage) = spawn_stage(folder, &["/usr/bin/env", "python3", &agent], GATED);
    let options = Options { grip: holdpoint::model::Grip::CallOnly, ..Options::default() };
    let (_gate, events) = start_loop(&mut stage, options);
    stage.go(None).unwrap();
    let mut held = 0;
    for event in events {
        held += usize::from(matches!(event, GateEvent::Held { .. }));
        if held == 2 {
            fs::write(folder.join("both-held"), "").unwrap();
        }
    }
    ExitCode::SUCCESS
}

fn nothing_runs_after_the_supervisor_died() {
    holdpoint::gate::prepare_supervisor().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("victim"), "precious").unwrap();
    let mut supervisor =
        Command::new(std::env::current_exe().unwrap()).arg("__doomed").arg(folder.path()).spawn().unwrap();
    wait_until("both calls are held", || path("both-held").exists());
    sys::send_signal(ProcId(i32::try_from(supervisor.id()).unwrap()), Signal::Kill).unwrap();
    supervisor.wait().unwrap();
    fs::write(path("dead"), "").unwrap();
    let said = |name: &str| fs::read_to_string(path(name)).unwrap_or_default();
    wait_until("the survivor has tried", || said("told").ends_with('\n'));
    // ENOSYS for the exec and each file call, EPERM for a listener of its own.
    assert_eq!(said("told"), "38 38 38 38 38 1\n");
    wait_until("the held call of the survivor failed", || said("waited").ends_with('\n'));
    assert_eq!(said("waited"), "38\n");
    // The agent itself dies with its supervisor; the system may tell it before that its call has failed.
    assert!(matches!(said("held").as_str(), "" | "38\n"));
    assert_eq!(fs::read_to_string(path("victim")).unwrap(), "precious");
}

fn a_second_gate_is_refused_and_named() {
    let program = std::env::current_exe().unwrap();
    let options = Options { rule: |_| holdpoint::model::Verdict::Allow, ..Options::default() };
    let mut session = Session::start(&[program.to_str().unwrap(), "--list-nothing"], options);
    // The same test program, run inside a gate, finds that it has none to give.
    session.end();
    let out = session.read("out");
    assert!(out.contains("skipped: another supervisor holds the system calls"), "{out}");
}

fn orphans_are_reaped_and_the_agent_is_not() {
    let text = "(sleep 0.01 & echo $! >orphan) ; while [ ! -e finish ]; do :; done; exit 7";
    let mut session = Session::shell(text, Options::default());
    wait_until("the orphan is known", || !session.read("orphan").trim().is_empty());
    let orphan: i32 = session.read("orphan").trim().parse().unwrap();
    let mut reaped = Vec::new();
    wait_until("the orphan is reaped", || {
        reaped.extend(holdpoint::gate::reap_orphans(session.agent));
        reaped.iter().any(|pid| pid.0 == orphan)
    });
    fs::write(session.path("finish"), "").unwrap();
    let life = holdpoint::gate::AgentLife::of(session.agent).unwrap();
    assert!(life.wait_ended(Some(super::session::PATIENCE)).unwrap());
    assert!(holdpoint::gate::reap_orphans(session.agent).iter().all(|pid| *pid != session.agent));
    assert_eq!(session.end(), 7);
}

//! Ways out of the tree: sockets that others listen on, ports behind which others act, and signals to others.

use std::fs;
use std::path::Path;
use std::process::Command;

use holdpoint::gate::Performer;
use holdpoint::judge::{Doors, Judge, Policy};
use holdpoint::model::{Action, Given, Order, StandingOrder, Verdict};
use holdpoint::runtime::GateEvent;
use holdpoint::sys::{self, ProcId, Signal};

use super::Case;
use super::session::{Options, STRICT, Session, script, session_begins_now, wait_until};

pub const CASES: &[Case] = &[
    ("an_unknown_socket_outside_is_held", an_unknown_socket_outside_is_held),
    ("a_socket_outside_is_no_sessions_for_its_name", a_socket_outside_is_no_sessions_for_its_name),
    ("what_the_session_listens_on_is_never_held", what_the_session_listens_on_is_never_held),
    ("a_socket_where_nobody_listens_fails_by_itself", a_socket_where_nobody_listens_fails_by_itself),
    ("a_container_engine_is_its_own_clients_alone", a_container_engine_is_its_own_clients_alone),
    ("the_decision_socket_is_refused_without_a_question", the_decision_socket_is_refused_without_a_question),
    ("a_name_in_the_kernel_is_reached_once_approved", a_name_in_the_kernel_is_reached_once_approved),
    ("a_message_to_a_socket_outside_is_held", a_message_to_a_socket_outside_is_held),
    ("a_message_with_its_address_inside_is_held_in_strict", a_message_with_its_address_inside_is_held_in_strict),
    ("a_user_namespace_is_asked_about_in_strict", a_user_namespace_is_asked_about_in_strict),
    ("an_address_is_noted_once_for_each_process", an_address_is_noted_once_for_each_process),
    ("the_order_to_stay_off_the_network_holds_connections", the_order_to_stay_off_the_network_holds_connections),
    ("a_message_that_opens_a_connection_is_refused", a_message_that_opens_a_connection_is_refused),
    ("a_signal_outside_is_held_and_sent_by_us_once_approved", a_signal_outside_is_held_and_sent_by_us_once_approved),
    ("every_way_to_signal_a_process_outside_is_held", every_way_to_signal_a_process_outside_is_held),
    ("nobody_outside_is_ended_by_other_means_than_a_signal", nobody_outside_is_ended_by_other_means_than_a_signal),
    ("signals_within_the_session_never_ask", signals_within_the_session_never_ask),
    ("where_we_connect_is_what_was_judged", where_we_connect_is_what_was_judged),
    ("a_connection_that_we_make_ends_as_the_kernels_would", a_connection_that_we_make_ends_as_the_kernels_would),
];

/// Listens outside the tree on every socket that its arguments name, and writes down what it is sent.
const SERVER: &str = r"
import os, select, socket, sys
sockets = []
for place in sys.argv[1:]:
    kind, name = place.split(':', 1)
    one = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM if kind == 'datagram' else socket.SOCK_STREAM)
    one.bind('\0' + name[1:] if name.startswith('@') else name)
    if kind != 'datagram': one.listen()
    sockets.append(one)
open('server.new', 'w').write(str(os.getpid()))
os.rename('server.new', 'server')
while True:
    for ready in select.select(sockets, [], [])[0]:
        if ready.type == socket.SOCK_DGRAM: what = ready.recv(100)
        else: what = ready.accept()[0].recv(100)
        with open('visits', 'ab') as file: file.write(what + b'\n')
";

/// A process outside the tree, ended with this.
struct Outside {
    process: ProcId,
}

impl Outside {
    /// Starts a process that outlives its parents, so that it becomes nobody's here; it writes its number into `name`.
    fn start(folder: &Path, name: &str, command: &[&str]) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", "setsid \"$@\" >/dev/null 2>&1 &", "sh"]).args(command).current_dir(folder);
        assert!(shell.status().unwrap().success());
        let path = folder.join(name);
        wait_until("the process outside is there", || path.exists());
        Self { process: ProcId(fs::read_to_string(path).unwrap().trim().parse().unwrap()) }
    }

    fn serve(folder: &Path, places: &[&str]) -> Self {
        let server = script(folder, "server.py", SERVER);
        Self::start(folder, "server", &[&["python3", server.as_str()], places].concat())
    }

    fn sleeper(folder: &Path) -> Self {
        let text = "import os, time\nopen('sleeper.new', 'w').write(str(os.getpid()))\nos.rename('sleeper.new', 'sleeper')\nwhile True: time.sleep(1000)\n";
        let sleeper = script(folder, "precious.py", text);
        Self::start(folder, "sleeper", &["python3", &sleeper])
    }

    fn is_alive(&self) -> bool {
        sys::stat(self.process).is_ok_and(|stat| stat.state != 'Z')
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        let _ = sys::send_signal(self.process, Signal::Kill);
    }
}

fn python(folder: tempfile::TempDir, text: &str, options: Options) -> Session {
    let agent = script(folder.path(), "agent.py", text);
    Session::start_in(folder, &["/usr/bin/env", "python3", &agent], options)
}

fn judge_with(policy: Policy, change: impl FnOnce(Doors) -> Doors) -> Options {
    let judge = Judge::new(&[], policy).with_doors(change(Doors::built_in().unwrap()));
    Options { judge, ..Options::default() }
}

/// The connections and signals that were noted, and with what verdict.
fn noted(session: &Session) -> Vec<(String, Verdict)> {
    let noted = session.seen.iter().filter_map(|event| match event {
        GateEvent::Judged { action, judgement, .. } => Some((action, judgement.verdict)),
        _ => None,
    });
    noted.filter(|(action, _)| action.as_exec().is_none()).map(|(action, verdict)| (action.shown(), verdict)).collect()
}

fn held_count(session: &Session) -> usize {
    session.seen.iter().filter(|event| matches!(event, GateEvent::Held { .. })).count()
}

const VISIT: &str = r"
import errno, os, socket, sys
def visit(place, what=b'visit', kind=socket.SOCK_STREAM):
    one = socket.socket(socket.AF_UNIX, kind)
    try:
        one.connect(place)
        one.send(what)
        return 'reached'
    except OSError as error:
        return errno.errorcode[error.errno]
";

fn an_unknown_socket_outside_is_held() {
    let folder = tempfile::tempdir().unwrap();
    let server = Outside::serve(folder.path(), &["stream:outside.sock"]);
    // By a relative path, through a link, and once more after it was let.
    let text = format!(
        "{VISIT}
os.symlink('outside.sock', 'link.sock')
print(visit('outside.sock'), visit('outside.sock'))
if os.fork() == 0:
    print(visit('link.sock'), visit('link.sock'), flush=True)
    os._exit(0)
os.wait()
"
    );
    let mut session = python(folder, &text, Options::default());
    let path = session.path("outside.sock").canonicalize().unwrap();
    let first = session.held();
    assert_eq!(first.action.shown(), format!("connects to {}", path.display()));
    assert!(first.frozen.is_some());
    assert!(!session.path("visits").exists());
    session.refuse(first.hold, None);
    session.thaw();
    // This judge does not know again what it refused.
    let again = session.held();
    session.refuse(again.hold, None);
    session.thaw();
    let second = session.held();
    assert_eq!(second.action.shown(), first.action.shown());
    session.approve(second.hold);
    session.thaw();
    assert_eq!(session.end(), 0, "{}", session.read("err"));
    assert_eq!(session.read("out"), "EACCES EACCES\nreached reached\n");
    wait_until("both visits arrived", || session.read("visits") == "visit\nvisit\n");
    session.drain();
    assert_eq!(held_count(&session), 3, "one question for each process that was let");
    drop(server);
}

fn a_socket_outside_is_no_sessions_for_its_name() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("below")).unwrap();
    let (one, two) = (folder.path().join("one.sock"), folder.path().join("two.sock"));
    let places = [&one, &two].map(|path| format!("stream:{}", path.display()));
    let server = Outside::serve(folder.path(), &[&places[0], &places[1]]);
    session_begins_now(folder.path());
    let text = format!(
        "{VISIT}
listening = []
def listens(name):
    listening.append(socket.socket(socket.AF_UNIX))
    listening[-1].bind(name)
    listening[-1].listen()
os.chdir('below')
listens('own.sock')
print(visit('own.sock'))
# A name of its own that is called like the other.
listens('one.sock')
print(visit('../one.sock'))
# The other under a name that it had bound itself.
listens('mine.sock')
os.unlink('mine.sock')
os.link('../two.sock', 'mine.sock')
print(visit('mine.sock'))
"
    );
    let mut session = python(folder, &text, Options::default());
    for _ in 0..2 {
        let held = session.held();
        session.refuse(held.hold, None);
        session.thaw();
    }
    assert_eq!(session.end(), 0, "{}", session.read("err"));
    assert_eq!(session.read("out"), "reached\nEACCES\nEACCES\n");
    assert!(!session.path("visits").exists());
    drop(server);
}

fn what_the_session_listens_on_is_never_held() {
    let text = format!(
        "{VISIT}
import threading
def listen(place):
    one = socket.socket(socket.AF_UNIX); one.bind(place); one.listen()
    return one
kept = [listen('own.sock'), listen('\\0own-{{}}'.format(os.getpid())), listen(os.path.abspath('deep.sock'))]
print(visit('own.sock'), visit('\\0own-{{}}'.format(os.getpid())), visit(os.path.abspath('deep.sock')))
if os.fork() == 0:
    print(visit('own.sock'), visit('./own.sock'), flush=True)
    os._exit(0)
os.wait()
gram = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); gram.bind('gram.sock')
socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b'x', 'gram.sock')
port = socket.socket(); port.bind(('127.0.0.1', 0)); port.listen()
socket.create_connection(port.getsockname())
pair = socket.socketpair(); pair[0].send(b'x')
print('done')
"
    );
    let mut session = Session::python(&text, Options::default());
    assert_eq!(session.end(), 0, "{}", session.read("err"));
    assert_eq!(session.read("out"), "reached reached reached\nreached reached\ndone\n");
    session.drain();
    assert_eq!(held_count(&session), 0);
    assert!(noted(&session).iter().all(|(_, verdict)| *verdict == Verdict::Log), "{:?}", noted(&session));
}

fn a_socket_where_nobody_listens_fails_by_itself() {
    let text = format!(
        "{VISIT}
stale = socket.socket(socket.AF_UNIX); stale.bind('stale.sock'); stale.listen(); stale.close()
open('file', 'w').close()
long = socket.socket(socket.AF_UNIX)
print(visit('stale.sock'), visit('absent.sock'), visit('file'), visit('file/x'), visit('\\0nobody-at-all'))
"
    );
    let mut session = Session::python(&text, Options::default());
    assert_eq!(session.end(), 0, "{}", session.read("err"));
    assert_eq!(session.read("out"), "ECONNREFUSED ENOENT ECONNREFUSED ENOTDIR ECONNREFUSED\n");
    session.drain();
    assert_eq!(held_count(&session), 0);
}

fn a_container_engine_is_its_own_clients_alone() {
    let folder = tempfile::tempdir().unwrap();
    let _server = Outside::serve(folder.path(), &["stream:engine.sock"]);
    let path = folder.path().join("engine.sock");
    let options = judge_with(Policy::default(), |doors| {
        let named = format!("unix://{}", path.display());
        doors.with_environment([("DOCKER_HOST", named.as_str())], |path| {
            fs::canonicalize(path).ok().map(|path| path.to_string_lossy().into_owned())
        })
    });
    // A script of that name is the client, one of another name is not.
    script(folder.path(), "docker", &format!("{VISIT}\nprint(visit('engine.sock'), flush=True)\n"));
    let text = format!("{VISIT}\nos.system('python3 docker')\nprint(visit('engine.sock'))\n");
    let mut session = python(folder, &text, options);
    let held = session.held();
    let found = session.seen.last().and_then(|event| match event {
        GateEvent::Held { judgement, .. } => judgement.worst().map(|finding| finding.rule.0.clone()),
        _ => None,
    });
    assert_eq!(found.as_deref(), Some("doors/container-engine"));
    session.refuse(held.hold, None);
    session.thaw();
    assert_eq!(session.end(), 0, "{}", session.read("err"));
    assert_eq!(session.read("out"), "reached\nEACCES\n");
    session.drain();
    assert_eq!(held_count(&session), 1);
}

fn the_decision_socket_is_refused_without_a_question() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("watch")).unwrap();
    let _server = Outside::serve(folder.path(), &["stream:watch/1.sock", "stream:watch/1.hook"]);
    let watch = folder.path().canonicalize().unwrap().join("watch");
    let options = judge_with(Policy::default(), |doors| doors.with_sockets(watch.to_string_lossy()));
    let text = format!("{VISIT}\nprint(visit('watch/1.sock'), visit('watch/1.hook', b'asked'))\n");
    let mut session = python(folder, &text, options);
    assert_eq!(session.end(), 0, "{}", session.read("err"));
    assert_eq!(session.read("out"), "EACCES reached\n");
    wait_until("the hook's visit arrived", || session.read("visits") == "asked\n");
    session.drain();
    assert!(noted(&session).iter().any(|(_, verdict)| *verdict == Verdict::Deny));
    assert_eq!(held_count(&session), 0);
}

fn a_name_in_the_kernel_is_reached_once_approved() {
    let folder = tempfile::tempdir().unwrap();
    let name = format!("holdpoint-test-{}", sys::self_id());
    let _server = Outside::serve(folder.path(), &[&format!("stream:@{name}")]);
    let text = format!("{VISIT}\nprint(visit('\\0{name}'), visit('\\0{name}', b'again'))\n");
    let mut session = python(folder, &text, Options::default());
    let first = session.held();
    assert_eq!(first.action.shown(), format!("connects to @{name}"));
    session.approve(first.hold);
    session.thaw();
    session.end();
    // Where Landlock keeps the caller from it, only a connection that we made arrives.
    assert!(session.read("out").starts_with("reached "), "{} {}", session.read("out"), session.read("err"));
    wait_until("the visit arrived", || session.read("visits").starts_with("visit\n"));
}

fn a_message_to_a_socket_outside_is_held() {
    let folder = tempfile::tempdir().unwrap();
    let _server = Outside::serve(folder.path(), &["datagram:box.sock"]);
    let text = format!(
        "{VISIT}
one = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
try: one.sendto(b'secret', 'box.sock')
except OSError as error: print(errno.errorcode[error.errno])
"
    );
    let mut session = python(folder, &text, Options::default());
    let held = session.held();
    assert!(held.action.shown().starts_with("sends to "), "{}", held.action.shown());
    session.refuse(held.hold, None);
    session.thaw();
    assert_eq!(session.end(), 0, "{}", session.read("err"));
    assert_eq!((session.read("out").as_str(), session.path("visits").exists()), ("EACCES\n", false));
}

fn a_message_with_its_address_inside_is_held_in_strict() {
    let folder = tempfile::tempdir().unwrap();
    let _server = Outside::serve(folder.path(), &["datagram:one.sock", "datagram:two.sock"]);
    let text = "
import array, ctypes, errno, os, socket, struct
libc = ctypes.CDLL(None, use_errno=True)
one = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
def step(name, call):
    try: print(name, call(), flush=True)
    except OSError as error: print(name, errno.errorcode[error.errno], flush=True)
kept = []
def many(*names):
    headers = b''
    for name in names:
        address = struct.pack('=H', socket.AF_UNIX) + name + bytes(1)
        name, text = ctypes.create_string_buffer(address), ctypes.create_string_buffer(b'many')
        part = ctypes.create_string_buffer(struct.pack('QQ', ctypes.addressof(text), 4))
        kept.extend([name, text, part])
        headers += struct.pack('QIxxxxQQQQIxxxxIxxxx', ctypes.addressof(name), len(address), ctypes.addressof(part), 1, 0, 0, 0, 0)
    sent = libc.sendmmsg(one.fileno(), headers, len(names), 0)
    if sent < 0: raise OSError(ctypes.get_errno(), '')
    return sent
left, right = socket.socketpair()
step('inside', lambda: left.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [1]))]))
step('refused', lambda: one.sendmsg([b'refused'], [], 0, 'one.sock'))
step('approved', lambda: one.sendmsg([b'approved'], [], 0, 'one.sock'))
step('again', lambda: one.sendmsg([b'again'], [], 0, './one.sock'))
step('two places', lambda: many(b'one.sock', b'two.sock'))
step('other', lambda: many(b'two.sock', b'two.sock'))
";
    let mut session = python(folder, text, Options { setup: STRICT, ..Options::default() });
    let path = session.path("one.sock").canonicalize().unwrap();
    let first = session.held();
    assert_eq!(first.action.shown(), format!("sends to {}", path.display()));
    session.refuse(first.hold, None);
    session.thaw();
    let second = session.held();
    session.approve(second.hold);
    session.thaw();
    let third = session.held();
    assert!(third.action.shown().ends_with("/two.sock"), "{}", third.action.shown());
    session.refuse(third.hold, None);
    session.thaw();
    assert_eq!(session.end(), 0, "{}", session.read("err"));
    let steps = ["inside 1", "refused EACCES", "approved 8", "again 5", "two places ENOSYS", "other EACCES"];
    assert_eq!(session.read("out").lines().collect::<Vec<_>>(), steps);
    wait_until("both have arrived", || session.read("visits") == "approved\nagain\n");
}

fn a_user_namespace_is_asked_about_in_strict() {
    let text = "
import ctypes, errno, os
libc = ctypes.CDLL(None, use_errno=True)
def step(name, call):
    done = call()
    if done == 0 and name == 'clone': os._exit(0)
    print(name, 'done' if done >= 0 else errno.errorcode[ctypes.get_errno()], flush=True)
step('unshare', lambda: libc.unshare(0x10000000))
step('clone', lambda: libc.syscall(56, 0x10000011, 0, 0, 0, 0))
step('again', lambda: libc.syscall(56, 0x10000011, 0, 0, 0, 0) or os._exit(0))
step('files', lambda: libc.unshare(0x200))
";
    let mut session = python(tempfile::tempdir().unwrap(), text, Options { setup: STRICT, ..Options::default() });
    let first = session.held();
    assert_eq!(first.action.shown(), "makes a user namespace of its own");
    session.refuse(first.hold, None);
    session.thaw();
    let second = session.held();
    session.approve(second.hold);
    session.thaw();
    assert_eq!(session.end(), 0, "{}", session.read("err"));
    let steps = ["unshare EACCES", "clone done", "again done", "files done"];
    assert_eq!(session.read("out").lines().collect::<Vec<_>>(), steps);
}

fn an_address_is_noted_once_for_each_process() {
    let text = "
import os, socket
port = socket.socket(); port.bind(('127.0.0.1', 0)); port.listen(64)
open('port', 'w').write(str(port.getsockname()[1]))
def connect(): socket.create_connection(port.getsockname()).close()
for _ in range(20): connect()
if os.fork() == 0:
    for _ in range(20): connect()
    os._exit(0)
os.wait()
# Without an address, without a family, and to the kernel itself: nothing to note.
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
assert libc.connect(udp.fileno(), bytes(16), 16) == 0
socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0).connect((0, 0))
for length in (0, 1, 129, -1): libc.connect(udp.fileno(), bytes(256), length)
assert libc.connect(udp.fileno(), ctypes.c_void_p(8), 16) == -1 and ctypes.get_errno() == 14
";
    let mut session = Session::python(text, Options::default());
    assert_eq!(session.end(), 0, "{}", session.read("err"));
    session.drain();
    let port = session.read("port");
    let expected = (format!("connects to 127.0.0.1:{port}"), Verdict::Log);
    assert_eq!(noted(&session), [expected.clone(), expected]);
}

fn the_order_to_stay_off_the_network_holds_connections() {
    let order = StandingOrder { order: Order::NoNetwork, given: Given::Option, words: "--orders no-network".into() };
    let options = judge_with(Policy { orders: vec![order], ..Policy::default() }, |doors| doors);
    let text = "
import errno, socket
def connect(place, family=socket.AF_INET):
    try: socket.socket(family, socket.SOCK_DGRAM).connect(place)
    except OSError as error: return errno.errorcode[error.errno]
    return 'reached'
print(connect(('127.0.0.1', 9)), connect(('192.0.2.1', 9)))
";
    let mut session = Session::python(text, options);
    let held = session.held();
    assert_eq!(held.action.shown(), "connects to 192.0.2.1:9");
    session.refuse(held.hold, None);
    session.thaw();
    assert_eq!(session.end(), 0, "{}", session.read("err"));
    assert_eq!(session.read("out"), "reached EACCES\n");
}

fn a_message_that_opens_a_connection_is_refused() {
    let text = "
import errno, socket
port = socket.socket(); port.bind(('127.0.0.1', 0)); port.listen()
FASTOPEN = 0x20000000
for send in (lambda one: one.sendto(b'x', FASTOPEN, port.getsockname()), lambda one: one.sendmsg([b'x'], [], FASTOPEN, port.getsockname())):
    try: send(socket.socket())
    except OSError as error: print(error.errno == errno.EOPNOTSUPP)
";
    let mut session = Session::python(text, Options::default());
    assert_eq!(session.end(), 0, "{}", session.read("err"));
    assert_eq!(session.read("out"), "True\nTrue\n");
}

fn a_signal_outside_is_held_and_sent_by_us_once_approved() {
    let folder = tempfile::tempdir().unwrap();
    let precious = Outside::sleeper(folder.path());
    let text = format!(
        "
import errno, os, signal
def kill(to, which):
    try: os.kill(to, which)
    except OSError as error: return errno.errorcode[error.errno]
    return 'sent'
victim = {}
print(kill(victim, signal.SIGTERM), flush=True)
print(kill(victim, signal.SIGKILL), flush=True)
",
        precious.process
    );
    let mut session = python(folder, &text, Options::default());
    let first = session.held();
    let shown = first.action.shown();
    assert!(shown.starts_with(&format!("signal 15 to process {} (", precious.process)), "{shown}");
    assert!(shown.contains("precious.py"), "the case names what it hits: {shown}");
    session.refuse(first.hold, None);
    session.thaw();
    let second = session.held();
    assert!(precious.is_alive(), "what was denied was delivered");
    session.approve(second.hold);
    session.thaw();
    assert_eq!(session.end(), 0, "{}", session.read("err"));
    assert_eq!(session.read("out"), "EACCES\nsent\n");
    wait_until("the approved signal arrived", || !precious.is_alive());
}

fn every_way_to_signal_a_process_outside_is_held() {
    let folder = tempfile::tempdir().unwrap();
    let precious = Outside::sleeper(folder.path());
    let group = sys::group_of(precious.process).unwrap();
    let text = format!(
        "
import ctypes, errno, os, signal
libc = ctypes.CDLL(None, use_errno=True)
victim, group = {}, {group}
def call(*args):
    return 'sent' if libc.syscall(*args) == 0 else errno.errorcode[ctypes.get_errno()]
info = bytes([15, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]).ljust(128, bytes(1))
told = [call(62, victim, 15), call(62, -group, 15), call(129, victim, 15, info)]
told.append(call(424, os.pidfd_open(victim), 15, None, 0))
told.append(call(62, -1, 15))
print(*told)
",
        precious.process
    );
    if cfg!(not(target_arch = "x86_64")) {
        println!("note: skipped: the numbers are those of x86-64");
        return;
    }
    let mut session = python(folder, &text, Options::default());
    for call in ["kill", "kill", "rt_sigqueueinfo", "pidfd_send_signal", "kill"] {
        let held = session.held();
        assert_eq!(call_of(&held.action), call, "{}", held.action.shown());
        session.refuse(held.hold, None);
        session.thaw();
    }
    assert_eq!(session.end(), 0, "{}", session.read("err"));
    assert_eq!(session.read("out"), "EACCES EACCES EACCES EACCES EACCES\n");
    assert!(precious.is_alive());
}

fn call_of(action: &Action) -> String {
    match &action.kind {
        holdpoint::model::ActionKind::Kill(kill) => kill.call.clone(),
        other => panic!("no signal: {other:?}"),
    }
}

fn nobody_outside_is_ended_by_other_means_than_a_signal() {
    let folder = tempfile::tempdir().unwrap();
    let sleeper = Outside::sleeper(folder.path());
    if sys::landlock_version() < 6 {
        println!("note: skipped: Landlock has no scopes here");
        return;
    }
    let text = "
import fcntl, os, resource
sleeper = int(open('sleeper').read())
# A limit of no processor time.
try: resource.prlimit(sleeper, resource.RLIMIT_CPU, (0, 0))
except PermissionError: print('refused')
if (child := os.fork()) == 0:
    while True: pass
resource.prlimit(child, resource.RLIMIT_CPU, (0, 0))
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) < 0, resource.prlimit(sleeper, resource.RLIMIT_CPU)[0])
# A signal of the kernel's, sent because something can be read.
F_SETSIG = 10
reader, writer = os.pipe()
fcntl.fcntl(reader, fcntl.F_SETOWN, sleeper)
fcntl.fcntl(reader, F_SETSIG, 9)
fcntl.fcntl(reader, fcntl.F_SETFL, os.O_ASYNC)
os.write(writer, b'x')
";
    let mut session = python(folder, text, Options::default());
    assert_eq!(session.end(), 0, "{}", session.read("err"));
    assert_eq!(session.read("out"), "refused\nTrue -1\n");
    assert!(sleeper.is_alive());
    assert_eq!(held_count(&session), 0);
}

fn signals_within_the_session_never_ask() {
    let text = "
import os, signal, subprocess, threading
child = subprocess.Popen(['sleep', '1000'], start_new_session=True)
os.killpg(child.pid, signal.SIGCONT)
os.kill(child.pid, 0)
signal.pidfd_send_signal(os.pidfd_open(child.pid), signal.SIGTERM)
assert child.wait() == -15
daemon = subprocess.run(['sh', '-c', 'sleep 1000 >/dev/null 2>&1 & echo $!'], stdout=subprocess.PIPE).stdout
os.kill(int(daemon), signal.SIGKILL)
signal.signal(signal.SIGUSR1, lambda *_: None)
os.kill(os.getpid(), signal.SIGUSR1)
signal.raise_signal(signal.SIGUSR1)
signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)
os.kill(0, signal.SIGUSR1)
try: os.kill(2**31 - 2, signal.SIGTERM)
except ProcessLookupError: print('fine')
";
    let mut session = Session::python(text, Options::default());
    assert_eq!(session.end(), 0, "{}", session.read("err"));
    assert_eq!(session.read("out"), "fine\n");
    session.drain();
    assert_eq!((held_count(&session), noted(&session)), (0, Vec::new()));
}

/// How often the race is run.
const TRIES: u32 = 10_000;

/// One name leads to a socket that may be reached, the other to one that may not, and another process swaps them.
fn where_we_connect_is_what_was_judged() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("watch")).unwrap();
    let _server = Outside::serve(folder.path(), &["stream:watch/1.sock", "stream:watch/1.hook"]);
    let watch = folder.path().canonicalize().unwrap().join("watch");
    let options = judge_with(Policy::default(), |doors| doors.with_sockets(watch.to_string_lossy()));
    let options = Options { performer: Performer::Supervisor, room: 1 << 16, ..options };
    let text = "
import ctypes, mmap, os, socket
os.symlink('watch/1.hook', 'S')
os.symlink('watch/1.sock', 'E')
libc = ctypes.CDLL(None, use_errno=True)
shared = mmap.mmap(-1, 4096)
shared[0:4] = b'\\1\\0S\\0'
address = ctypes.c_void_p(ctypes.addressof(ctypes.c_char.from_buffer(shared)))
if (flipper := os.fork()) == 0:
    while True:
        shared[2:3] = b'E'
        shared[2:3] = b'S'
reached = won = 0
for _ in range(TRIES):
    one = socket.socket(socket.AF_UNIX)
    if libc.connect(one.fileno(), address, 4) == 0:
        reached += 1
        won += one.getpeername().endswith('1.sock')
    one.close()
os.kill(flipper, 9)
print('won', won, 'reached' if reached else 'never', flush=True)
"
    .replace("TRIES", &TRIES.to_string());
    let mut session = python(folder, &text, options);
    assert_eq!(session.end(), 0, "{}", session.read("err"));
    assert_eq!(session.read("out"), "won 0 reached\n");
    session.drain();
    let denied = noted(&session).iter().filter(|(_, verdict)| *verdict == Verdict::Deny).count();
    assert!(denied > 0, "nobody was there to race with");
    println!("note: {TRIES} tries to connect: {denied} denied, 0 won");
}

fn a_connection_that_we_make_ends_as_the_kernels_would() {
    let text = "
import ctypes, errno, os, socket, threading
def go(one, place):
    try: one.connect(place)
    except OSError as error: return errno.errorcode[error.errno]
    return 'reached'
def new(family, kind=socket.SOCK_STREAM, waits=True):
    one = socket.socket(family, kind)
    one.setblocking(waits)
    return one
tcp = socket.create_server(('127.0.0.1', 0))
port = tcp.getsockname()[1]
gone = socket.create_server(('127.0.0.1', 0))
closed = gone.getsockname()[1]
gone.close()
own = new(socket.AF_UNIX); own.bind('own.sock'); own.listen(0)
print(go(new(socket.AF_INET), ('127.0.0.1', port)), go(new(socket.AF_INET), ('127.0.0.1', port)))
print(go(new(socket.AF_INET, waits=False), ('127.0.0.1', port)))
print(go(new(socket.AF_INET), ('127.0.0.1', closed)))
twice = new(socket.AF_INET); print(go(twice, ('127.0.0.1', port)), go(twice, ('127.0.0.1', port)))
udp = new(socket.AF_INET, socket.SOCK_DGRAM); print(go(udp, ('127.0.0.1', port)), udp.getpeername()[0])
libc = ctypes.CDLL(None, use_errno=True)
print(libc.connect(udp.fileno(), bytes(16), 16), libc.connect(udp.fileno(), None, 16), ctypes.get_errno())
print(libc.connect(99, bytes(16), 16), ctypes.get_errno())
first = new(socket.AF_UNIX); print(go(first, 'own.sock'), first.getpeername())
print(go(new(socket.AF_UNIX, waits=False), 'own.sock'), go(new(socket.AF_UNIX), 'missing.sock'))
print(go(new(socket.AF_UNIX, socket.SOCK_DGRAM), 'own.sock'), go(new(socket.AF_INET), ('127.0.0.1', port)))
told = []
late = threading.Thread(target=lambda: told.append(go(new(socket.AF_UNIX), 'own.sock')))
late.start()
print(go(new(socket.AF_INET), ('127.0.0.1', port)), told)
own.accept()
late.join()
print(told)
";
    let bare = Command::new("python3").args(["-c", text]).current_dir(tempfile::tempdir().unwrap().path()).output();
    let bare = String::from_utf8(bare.unwrap().stdout).unwrap();
    assert!(bare.ends_with("['reached']\n"), "{bare}");
    let options = Options { performer: Performer::Supervisor, setup: STRICT, ..Options::default() };
    let mut session = python(tempfile::tempdir().unwrap(), text, options);
    assert_eq!(session.end(), 0, "{}", session.read("err"));
    assert_eq!(session.read("out"), bare);
}

//! File calls: held before their effect, refused, let go, kept; and our own files, which nobody may change.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use holdpoint::gate::Performer;
use holdpoint::model::{Action, ActionKind, FileAct, FileDeed, Keep, Verdict};
use holdpoint::runtime::{GateEvent, Keeper, Losing};
use holdpoint::sys::FileId;

use super::Case;
use super::session::{Options, SEES_READS, Session, script, session_begins_now};

pub const CASES: &[Case] = &[
    (
        "every_file_call_is_held_and_a_refused_one_changes_nothing",
        every_file_call_is_held_and_a_refused_one_changes_nothing,
    ),
    ("an_approved_file_call_has_its_effect", an_approved_file_call_has_its_effect),
    ("what_harms_nothing_is_not_judged", what_harms_nothing_is_not_judged),
    ("a_file_call_of_one_thread_stops_the_others", a_file_call_of_one_thread_stops_the_others),
    ("under_another_root_the_same_file_is_meant", under_another_root_the_same_file_is_meant),
    ("what_is_logged_is_kept_first_and_told_together", what_is_logged_is_kept_first_and_told_together),
    (
        "what_is_emptied_by_who_holds_it_open_is_kept_though_nothing_lies_at_its_path",
        what_is_emptied_by_who_holds_it_open_is_kept_though_nothing_lies_at_its_path,
    ),
    ("what_cannot_be_kept_is_judged_as_lost", what_cannot_be_kept_is_judged_as_lost),
    ("a_held_call_is_kept_before_it_is_shown", a_held_call_is_kept_before_it_is_shown),
    ("nobody_changes_what_is_ours", nobody_changes_what_is_ours),
    ("what_the_session_made_is_its_own", what_the_session_made_is_its_own),
    (
        "an_approved_file_call_has_its_effect_where_we_perform_it",
        an_approved_file_call_has_its_effect_where_we_perform_it,
    ),
    ("what_we_remove_is_what_was_judged", what_we_remove_is_what_was_judged),
    ("what_we_open_emptied_is_what_was_judged", what_we_open_emptied_is_what_was_judged),
    ("what_we_cut_is_what_was_judged", what_we_cut_is_what_was_judged),
    ("an_open_that_we_perform_ends_as_the_kernels_would", an_open_that_we_perform_ends_as_the_kernels_would),
    (
        "what_we_perform_for_who_has_fewer_rights_ends_as_the_kernels_would",
        what_we_perform_for_who_has_fewer_rights_ends_as_the_kernels_would,
    ),
    (
        "a_copy_into_a_file_that_is_there_is_held_and_one_into_what_the_session_made_is_not",
        a_copy_into_a_file_that_is_there_is_held_and_one_into_what_the_session_made_is_not,
    ),
    ("who_tries_to_remove_a_whole_folder_first_takes_it_away", who_tries_to_remove_a_whole_folder_first_takes_it_away),
    ("a_performed_call_ends_as_the_kernels_would", a_performed_call_ends_as_the_kernels_would),
    ("a_read_is_held_where_reads_are_seen_wherever_its_path_leads", a_read_is_held_where_reads_are_seen),
    ("where_reads_are_not_seen_none_is_held", where_reads_are_not_seen_none_is_held),
    ("a_move_is_kept_and_what_was_moved_knows_where_it_was", a_move_is_kept),
    ("a_move_is_kept_where_we_perform_it", a_move_is_kept_where_we_perform_it),
    ("a_file_is_destroyed_on_no_detour", a_file_is_destroyed_on_no_detour),
    ("a_file_is_destroyed_on_no_detour_where_we_perform_it", a_file_is_destroyed_on_no_detour_where_we_perform_it),
    ("a_pipe_too_many_that_nobody_reads_is_refused_and_told", a_pipe_too_many_that_nobody_reads_is_refused_and_told),
];

fn all(file: &FileAct) -> Verdict {
    if file.deed == FileDeed::Write { Verdict::Allow } else { Verdict::Hold }
}

/// One step a line: what was called and how it ended.
const STEPS: &str = r#"
import ctypes, errno, os
libc = ctypes.CDLL(None, use_errno=True)
def step(name, call):
    try:
        call()
        end = "done"
    except OSError as error:
        end = errno.errorcode[error.errno]
    print(name, end, flush=True)
def raw(number, *args):
    if libc.syscall(number, *args) < 0:
        raise OSError(ctypes.get_errno(), "")
folder = os.open("a", os.O_RDONLY | os.O_DIRECTORY)
"#;

const CALLS: &str = r#"
ftruncate = os.open("a/ftruncate", os.O_RDWR)
punch = os.open("a/punch", os.O_RDWR)
step("unlink", lambda: raw(87, b"a/unlink"))
step("unlinkat", lambda: os.unlink("unlinkat", dir_fd=folder))
step("absolute", lambda: os.unlink(os.path.realpath("a/absolute")))
step("inner", lambda: os.unlink("a/../alias//inner"))
step("symlink", lambda: os.unlink("a/symlink"))
step("rmdir", lambda: os.rmdir("a/rmdir"))
step("rmdirat", lambda: os.rmdir("rmdirat", dir_fd=folder))
step("rename", lambda: os.rename("one", "a/rename"))
step("renameat", lambda: os.rename("two", "renameat", dst_dir_fd=folder))
step("renameat2", lambda: raw(316, -100, b"three", folder, b"renameat2", 0))
step("truncate", lambda: os.truncate("a/truncate", 1))
step("ftruncate", lambda: os.ftruncate(ftruncate, 0))
step("open", lambda: open("a/open", "w"))
step("openlink", lambda: open("openlink", "w"))
step("openat", lambda: os.open("openat", os.O_RDONLY | os.O_TRUNC, dir_fd=folder))
step("creat", lambda: raw(85, b"a/creat", 0o600))
step("punch", lambda: raw(285, punch, 3, ctypes.c_long(0), ctypes.c_long(4)))
"#;

/// Step, call, deed, the name that is hit.
const HITS: &[(&str, &str, FileDeed, &str)] = &[
    ("unlink", "unlink", FileDeed::Remove, "a/unlink"),
    ("unlinkat", "unlinkat", FileDeed::Remove, "a/unlinkat"),
    ("absolute", "unlink", FileDeed::Remove, "a/absolute"),
    ("inner", "unlink", FileDeed::Remove, "a/inner"),
    ("symlink", "unlink", FileDeed::Remove, "a/symlink"),
    ("rmdir", "rmdir", FileDeed::RemoveFolder, "a/rmdir"),
    ("rmdirat", "unlinkat", FileDeed::RemoveFolder, "a/rmdirat"),
    ("rename", "rename", FileDeed::Replace, "a/rename"),
    ("renameat", "renameat", FileDeed::Replace, "a/renameat"),
    ("renameat2", "renameat2", FileDeed::Replace, "a/renameat2"),
    ("truncate", "truncate", FileDeed::Truncate, "a/truncate"),
    ("ftruncate", "ftruncate", FileDeed::Truncate, "a/ftruncate"),
    ("open", "openat", FileDeed::Truncate, "a/open"),
    ("openlink", "openat", FileDeed::Truncate, "a/openlink"),
    ("openat", "openat", FileDeed::Truncate, "a/openat"),
    ("creat", "creat", FileDeed::Truncate, "a/creat"),
    ("punch", "fallocate", FileDeed::Punch, "a/punch"),
];

/// A folder with something for every step, each file with its own name in it.
fn filled() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::create_dir_all(path.join("a")).unwrap();
    for (step, _, deed, name) in HITS {
        match *deed {
            FileDeed::RemoveFolder => fs::create_dir(path.join(name)).unwrap(),
            _ if *step == "symlink" => symlink("unlink", path.join(name)).unwrap(),
            _ => fs::write(path.join(name), name).unwrap(),
        }
    }
    for name in ["one", "two", "three"] {
        fs::write(path.join(name), name).unwrap();
    }
    symlink("a", path.join("alias")).unwrap();
    symlink("a/openlink", path.join("openlink")).unwrap();
    folder
}

/// All that is in `a`.
fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found: Vec<(PathBuf, Vec<u8>)> = fs::read_dir(folder.join("a"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), fs::read(&path).unwrap_or_default()))
        .collect();
    found.sort();
    found
}

fn python(folder: tempfile::TempDir, text: &str, options: Options) -> Session {
    let agent = script(folder.path(), "agent.py", &format!("{STEPS}{text}"));
    Session::start_in(folder, &["/usr/bin/env", "python3", &agent], options)
}

fn file(action: &Action) -> &FileAct {
    match &action.kind {
        ActionKind::File(file) => file,
        _ => panic!("no file call: {}", action.shown()),
    }
}

/// Checks that the next held call is the one of `hit`.
fn check_held(session: &mut Session, hit: &(&str, &str, FileDeed, &str)) -> holdpoint::model::HoldId {
    let held = session.held();
    let act = file(&held.action);
    let target = session.folder.path().canonicalize().unwrap().join(hit.3);
    assert_eq!((act.call.as_str(), act.deed, act.target.lossy().as_ref()), (hit.1, hit.2, target.to_str().unwrap()));
    assert!(act.command.first().is_some_and(|word| word.lossy().ends_with("python3")), "{:?}", act.command);
    let there = fs::symlink_metadata(&target).unwrap();
    assert_eq!((act.object.device, act.object.inode), (there.dev(), there.ino()));
    held.hold
}

fn every_file_call_is_held_and_a_refused_one_changes_nothing() {
    let mut session = python(filled(), CALLS, Options { files: all, ..Options::default() });
    let before = contents(session.folder.path());
    for hit in HITS {
        let hold = check_held(&mut session, hit);
        session.refuse(hold, None);
        session.thaw();
    }
    assert_eq!(session.end(), 0);
    let expected: String = HITS.iter().map(|(step, ..)| format!("{step} EACCES\n")).collect();
    assert_eq!(session.read("out"), expected);
    assert_eq!(contents(session.folder.path()), before);
}

fn an_approved_file_call_has_its_effect() {
    approved(Performer::Kernel);
}

fn an_approved_file_call_has_its_effect_where_we_perform_it() {
    approved(Performer::Supervisor);
}

fn approved(performer: Performer) {
    let mut session = python(filled(), CALLS, Options { files: all, performer, ..Options::default() });
    for hit in HITS {
        let hold = check_held(&mut session, hit);
        session.approve(hold);
        session.thaw();
    }
    assert_eq!(session.end(), 0);
    let expected: String = HITS.iter().map(|(step, ..)| format!("{step} done\n")).collect();
    assert_eq!(session.read("out"), expected);
    let mut left: Vec<(String, String)> = contents(session.folder.path())
        .into_iter()
        .map(|(path, text)| (path.file_name().unwrap().to_str().unwrap().to_owned(), String::from_utf8(text).unwrap()))
        .collect();
    left.sort();
    let expected = [
        ("creat", ""),
        ("ftruncate", ""),
        ("open", ""),
        ("openat", ""),
        ("openlink", ""),
        ("punch", "\0\0\0\0nch"),
        ("rename", "one"),
        ("renameat", "two"),
        ("renameat2", "three"),
        ("truncate", "a"),
    ];
    assert_eq!(left, expected.map(|(name, text)| (name.to_owned(), text.to_owned())));
}

fn what_harms_nothing_is_not_judged() {
    let text = r#"
step("missing", lambda: os.unlink("a/missing"))
step("nowhere", lambda: os.unlink("no/such/folder"))
step("kind", lambda: os.unlink("a/rmdir"))
step("full", lambda: os.rmdir("a"))
open("a/empty", "w")
step("emptied", lambda: os.truncate("a/empty", 0))
step("moved", lambda: os.rename("one", "a/one"))
step("itself", lambda: os.rename("a/one", "a/one"))
step("longer", lambda: os.truncate("a/open", 100))
step("kept", lambda: raw(316, -100, b"two", folder, b"open", 1))
step("swapped", lambda: raw(316, -100, b"two", folder, b"open", 2))
step("added", lambda: open("a/creat", "a").write("more"))
step("made", lambda: os.open("new", os.O_WRONLY | os.O_CREAT | os.O_EXCL))
step("null", lambda: open("/dev/null", "w").write("x"))
step("pipe", lambda: open("/proc/self/fd/%d" % os.pipe()[1], "w"))
step("bad", lambda: raw(87, 8))
step("closed", lambda: os.ftruncate(99, 0))
"#;
    let deny = |_: &FileAct| Verdict::Deny;
    let mut session = python(filled(), text, Options { files: deny, ..Options::default() });
    assert_eq!(session.end(), 0);
    let ends = [
        "missing ENOENT",
        "nowhere ENOENT",
        "kind EISDIR",
        "full ENOTEMPTY",
        "emptied done",
        "moved done",
        "itself done",
        "longer done",
        "kept EEXIST",
        "swapped done",
        "added done",
        "made done",
        "null done",
        "pipe done",
        "bad EFAULT",
        "closed EBADF",
    ];
    assert_eq!(session.read("out").lines().collect::<Vec<_>>(), ends);
}

const THREADS: &str = r#"
import threading, time
count = 0
def run():
    global count
    while True:
        count += 1
        open("count", "w").write(str(count))
        time.sleep(0.001)
threading.Thread(target=run, daemon=True).start()
time.sleep(0.05)
step("unlink", lambda: os.unlink("a/unlink"))
os._exit(0)
"#;

fn a_file_call_of_one_thread_stops_the_others() {
    let rule = |file: &FileAct| if file.deed == FileDeed::Remove { Verdict::Hold } else { Verdict::Allow };
    let mut session = python(filled(), THREADS, Options { files: rule, ..Options::default() });
    let held = session.held();
    assert!(held.frozen.is_some());
    let counted = session.read("count");
    std::thread::park_timeout(std::time::Duration::from_millis(50));
    assert_eq!(session.read("count"), counted);
    session.refuse(held.hold, None);
    session.thaw();
    assert_eq!(session.end(), 0);
    assert_eq!(session.read("out"), "unlink EACCES\n");
}

fn under_another_root_the_same_file_is_meant() {
    if !std::process::Command::new("unshare").args(["-r", "true"]).status().is_ok_and(|status| status.success()) {
        println!("note: skipped: no user namespaces here");
        return;
    }
    let text = r#"
os.mkdir("root"); os.mkdir("root/w"); os.link("a/unlink", "root/w/file"); os.unlink("a/unlink")
os.symlink("/w/file", "root/w/link")
root = os.getcwd() + "/root"
if os.fork() == 0:
    libc.unshare(0x10000000)
    os.chroot(root)
    os.chdir("/w")
    step("relative", lambda: os.unlink("file"))
    step("absolute", lambda: os.unlink("/w/../w/file"))
    step("followed", lambda: os.truncate("link", 0))
    os._exit(0)
os.wait()
"#;
    let deny = |file: &FileAct| match file.object.links {
        1 => Verdict::Deny,
        _ => Verdict::Allow,
    };
    let mut session = python(filled(), text, Options { files: deny, ..Options::default() });
    assert_eq!(session.end(), 0);
    assert_eq!(session.read("out"), "relative EACCES\nabsolute EACCES\nfollowed EACCES\n", "{}", session.read("err"));
    assert_eq!(session.read("root/w/file"), "a/unlink");
    session.drain();
    let targets: Vec<String> = session
        .seen
        .iter()
        .filter_map(|event| match event {
            GateEvent::Judged { action, .. } if matches!(&action.kind, ActionKind::File(file) if file.object.links == 1) => {
                Some(file(action).target.lossy().into_owned())
            }
            _ => None,
        })
        .collect();
    assert!(targets.iter().all(|target| target == "/w/file") && targets.len() >= 3, "{targets:?}");
}

const READS: &str = r#"
def read(*args, **more):
    fd = os.open(*args, **more)
    print(os.read(fd, 9).decode(), end=" ")
step("name", lambda: read("a/secret", os.O_RDONLY))
step("link", lambda: read("link", os.O_RDONLY))
step("folder", lambda: read("secret", os.O_RDONLY, dir_fd=folder))
step("both", lambda: read("a/secret", os.O_RDWR))
step("again", lambda: read("/proc/self/fd/%d" % os.open("a/secret", os.O_PATH), os.O_RDONLY))
step("other", lambda: read("a/other", os.O_RDONLY))
step("listed", lambda: os.listdir("a"))
step("missing", lambda: read("a/no/secret", os.O_RDONLY))
step("made", lambda: os.open("a/new-secret", os.O_RDONLY | os.O_CREAT))
step("pipe", lambda: os.mkfifo("a/pipe-secret"))
"#;

/// A folder with a secret and what leads to it.
fn with_secret() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("a")).unwrap();
    for name in ["secret", "other"] {
        fs::write(folder.path().join("a").join(name), "precious").unwrap();
    }
    symlink("a/secret", folder.path().join("link")).unwrap();
    folder
}

fn a_read_is_held_where_reads_are_seen() {
    let options = Options { files: all, setup: SEES_READS, ..Options::default() };
    let mut session = python(with_secret(), READS, options);
    let secret = session.folder.path().canonicalize().unwrap().join("a/secret");
    for at in 0..5 {
        let held = session.held();
        let act = file(&held.action);
        assert_eq!((act.deed, act.target.lossy().as_ref()), (FileDeed::Read, secret.to_str().unwrap()), "{at}");
        if at == 0 {
            session.approve(held.hold);
        } else {
            session.refuse(held.hold, None);
        }
        session.thaw();
    }
    assert_eq!(session.end(), 0);
    let ends = [
        "precious name done",
        "link EACCES",
        "folder EACCES",
        "both EACCES",
        "again EACCES",
        "precious other done",
        "listed done",
        "missing ENOENT",
        "made done",
        "pipe done",
    ];
    assert_eq!(session.read("out").lines().collect::<Vec<_>>(), ends);
}

fn where_reads_are_not_seen_none_is_held() {
    let deny = |_: &FileAct| Verdict::Deny;
    let text = "step('name', lambda: print(open('a/secret').read(), end=' '))\n";
    let mut session = python(with_secret(), text, Options { files: deny, ..Options::default() });
    assert_eq!(session.end(), 0);
    assert_eq!(session.read("out"), "precious name done\n");
}

const MOVES: &str = r#"
step("moved", lambda: os.rename("one", "a/one"))
open("new", "w").write("new")
step("made", lambda: os.rename("new", "newer"))
step("swapped", lambda: raw(316, -100, b"two", folder, b"open", 2))
step("folder", lambda: os.rename("a", "b"))
step("made again", lambda: os.rename("newer", "b/newer"))
step("removed", lambda: os.unlink("b/one"))
step("other", lambda: os.unlink("three"))
"#;

/// What was moved, and what was removed with where it was.
#[derive(Default)]
struct Moves(Mutex<Vec<String>>);

impl Keeper for Moves {
    fn keep(&self, losing: &Losing<'_>) -> Keep {
        let sight = losing.sight;
        let name = |path: &[u8]| String::from_utf8_lossy(path).rsplit('/').next().unwrap().to_owned();
        let from = sight.from.as_ref().map(|(from, _)| name(&from.path().unwrap()));
        let origin = sight.origin.as_deref().map(name);
        let what = format!("{:?} {} from {from:?} was {origin:?}", sight.change, name(&sight.path));
        self.0.lock().unwrap().push(what.replace("Some", "").replace(['"', '(', ')'], ""));
        Keep::Kept { bytes: 1 }
    }

    fn names_of(&self, _file: FileId) -> u64 {
        0
    }
}

fn moves(performer: Performer) {
    let keeper = Arc::new(Moves::default());
    let files = |_: &FileAct| Verdict::Log;
    let options = Options { files, keeper: Some(keeper.clone()), performer, ..Options::default() };
    let folder = filled();
    session_begins_now(folder.path());
    let mut session = python(folder, MOVES, options);
    assert_eq!(session.end(), 0);
    assert!(session.read("out").lines().all(|line| line.ends_with(" done")), "{}", session.read("out"));
    let kept = keeper.0.lock().unwrap().clone();
    let expected = [
        "Moves one from one was None",
        "Trades open from two was None",
        "Moves b from a was None",
        "Hits one from None was one",
        "Hits three from None was None",
    ];
    assert_eq!(kept, expected);
}

fn a_move_is_kept() {
    moves(Performer::Kernel);
}

fn a_move_is_kept_where_we_perform_it() {
    moves(Performer::Supervisor);
}

fn a_pipe_too_many_that_nobody_reads_is_refused_and_told() {
    let text = "
import os, signal
children = []
for number in range(200):
    os.mkfifo(f'pipe.{number}')
    if (child := os.fork()) == 0:
        try: os.open(f'pipe.{number}', os.O_WRONLY | os.O_TRUNC)
        except OSError as error: os._exit(error.errno)
        os._exit(0)
    children.append(child)
first, status = os.waitpid(-1, 0)
print(os.waitstatus_to_exitcode(status))
for child in children:
    if child != first: os.kill(child, signal.SIGKILL)
";
    let mut session = python(filled(), text, Options { performer: Performer::Supervisor, ..Options::default() });
    let why = session.until(|event| match event {
        GateEvent::Refused { why, .. } => Some(why.clone()),
        _ => None,
    });
    assert!(why.contains("wait already"), "{why}");
    assert_eq!(session.end(), 0, "{}", session.read("err"));
    assert_eq!(session.read("out"), "13\n");
}

/// Ways to a file that is older than the session which do not call it by its name, or not by a call of files.
const DETOURS: &str = r#"
import array, ctypes, errno, fcntl, os, socket, struct, subprocess, threading
libc = ctypes.CDLL(None, use_errno=True)
def call(*args): return libc.syscall(*[ctypes.c_long(arg) if isinstance(arg, int) else arg for arg in args])
NOW, RENAMEAT2, EXECVEAT, SENDFILE, NAME_TO, OPEN_BY = -100, 316, 322, 40, 303, 304
ways = {}
def way(act): ways[act.__name__] = act
def fresh(name):
    with open(name, 'w') as file: file.write('mine')
    return name

@way
def trades_places():
    call(RENAMEAT2, NOW, fresh('mine').encode(), NOW, b'v.trades_places', 2)
    os.unlink('mine')
@way
def leaves_a_whiteout():
    if call(RENAMEAT2, NOW, b'v.leaves_a_whiteout', NOW, b'white', 4) == 0: os.unlink('white')
@way
def has_two_names():
    os.link('v.has_two_names', 'name.two')
    os.unlink('v.has_two_names')
    os.unlink('name.two')
@way
def is_linked_by_its_descriptor():
    fd = os.open('v.is_linked_by_its_descriptor', os.O_RDONLY)
    os.link(f'/proc/self/fd/{fd}', 'descriptor', follow_symlinks=True)
    os.unlink('v.is_linked_by_its_descriptor')
    os.unlink('descriptor')
@way
def has_three_names():
    os.link('v.has_three_names', 'name.three')
    os.rename('name.three', 'name.four')
    os.unlink('v.has_three_names')
    os.unlink('name.four')
@way
def goes_by_a_folder_that_was_sent():
    one, other = socket.socketpair()
    if os.fork() == 0:
        fds = array.array('i')
        _, parts, *_ = other.recvmsg(1, socket.CMSG_LEN(4))
        fds.frombytes(parts[0][2])
        os.chdir('/')
        try: os.unlink('v.goes_by_a_folder_that_was_sent', dir_fd=fds[0])
        finally: os._exit(0)
    one.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [os.open('.', os.O_PATH)]))])
    os.wait()
@way
def is_another_threads_descriptor():
    mine = os.open(fresh('own'), os.O_WRONLY)
    def cut():
        libc.unshare(0x400)
        os.dup2(os.open('v.is_another_threads_descriptor', os.O_WRONLY), mine)
        libc.ftruncate(mine, 0)
    thread = threading.Thread(target=cut); thread.start(); thread.join()
@way
def is_opened_by_a_path_descriptor():
    fd = os.open('v.is_opened_by_a_path_descriptor', os.O_PATH)
    os.close(os.open(f'/proc/self/fd/{fd}', os.O_WRONLY | os.O_TRUNC))
@way
def goes_by_the_own_folder():
    os.close(os.open('/proc/thread-self/cwd/v.goes_by_the_own_folder', os.O_WRONLY | os.O_TRUNC))
def itself(how):
    def act():
        fd = os.open(f'v.{act.__name__}', os.O_RDONLY)
        os.dup2(fd, 700)
        how(700)
    return act
def emptied(path, **more): os.close(os.open(path, os.O_WRONLY | os.O_TRUNC, **more))
def in_proc(fd):
    here = os.getcwd()
    os.chdir('/proc')
    try: emptied(f'self/fd/{fd}')
    finally: os.chdir(here)
def by_a_link(fd):
    os.symlink(f'/proc/self/fd/{fd}', 'link.fd')
    emptied('link.fd')
def by_a_linked_folder(fd):
    os.symlink('/proc/self', 'link.self')
    emptied(f'link.self/fd/{fd}')
def in_the_own_folder(fd):
    here = os.getcwd()
    os.mkdir('below')
    os.rename('v.in_the_own_folder', 'below/v.in_the_own_folder')
    os.chdir('below')
    try: emptied('/proc/./self/cwd/v.in_the_own_folder')
    finally:
        os.rename('v.in_the_own_folder', '../v.in_the_own_folder')
        os.chdir(here)
def with_another_view(fd):
    if os.fork() == 0:
        # In a mount namespace of its own, and in a user namespace where that takes one.
        try:
            if libc.unshare(0x20000) != 0: libc.unshare(0x10020000)
            emptied(f'/proc/self/fd/{fd}')
        finally: os._exit(0)
    os.wait()
for name, how in {
    'with_a_full_stop': lambda fd: emptied(f'/proc/./self/fd/{fd}'),
    'with_two_slashes': lambda fd: emptied(f'//proc/self/fd/{fd}'),
    'up_and_down': lambda fd: emptied(f'/proc/self/../self/fd/{fd}'),
    'by_its_device': lambda fd: emptied(f'/dev/./fd/{fd}'),
    'by_its_thread': lambda fd: emptied(f'/proc/./thread-self/fd/{fd}'),
    'in_proc': in_proc,
    'from_proc': lambda fd: emptied(f'self/fd/{fd}', dir_fd=os.open('/proc', os.O_RDONLY)),
    'by_a_link': by_a_link,
    'by_a_linked_folder': by_a_linked_folder,
    'in_the_own_folder': in_the_own_folder,
    'with_another_view': with_another_view,
}.items():
    act = itself(how)
    act.__name__ = name
    way(act)
@way
def loses_its_blocks_by_a_device_call():
    fd = os.open('v.loses_its_blocks_by_a_device_call', os.O_RDWR)
    part = struct.pack('hhqqiI4i', 0, 0, 0, 8, 0, 0, 0, 0, 0, 0)
    for number in (0x40305829, 0x4030582b, 0x40305839):
        libc.ioctl(fd, ctypes.c_ulong(number), part)
@way
def is_removed_by_the_loader():
    loaders = [name for name in ('/lib64/ld-linux-x86-64.so.2',) if os.path.exists(name)]
    for loader in loaders: subprocess.run([loader, '/bin/rm', '-f', 'v.is_removed_by_the_loader'])
@way
def is_removed_by_a_program_in_memory():
    memory = os.memfd_create('quiet')
    with open('/bin/rm', 'rb') as file: os.write(memory, file.read())
    words = (ctypes.c_char_p * 4)(b'quiet', b'-f', b'v.is_removed_by_a_program_in_memory', None)
    if os.fork() == 0:
        call(EXECVEAT, memory, b'', words, None, 0x1000)
        os._exit(0)
    os.wait()
@way
def is_emptied_by_its_handle():
    handle = ctypes.create_string_buffer(struct.pack('I', 128) + bytes(132))
    call(NAME_TO, NOW, b'v.is_emptied_by_its_handle', handle, ctypes.byref(ctypes.c_int()), 0)
    fd = call(OPEN_BY, os.open('.', os.O_RDONLY), handle, os.O_WRONLY | os.O_TRUNC)
    assert fd == -1
@way
def is_reached_over_links():
    os.symlink('v.is_reached_over_links', 'last')
    os.symlink(os.getcwd() + '/last', 'first')
    os.close(os.open('first', os.O_WRONLY | os.O_TRUNC))
@way
def is_emptied_under_a_name_that_is_gone():
    os.link('v.is_emptied_under_a_name_that_is_gone', 'gone')
    fd = os.open('gone', os.O_RDWR)
    os.unlink('gone')
    try: os.ftruncate(fd, 0)
    except OSError as error: assert error.errno == errno.EACCES, error
    emptied(f'/proc/self/fd/{fd}')
@way
def is_filled_from_elsewhere():
    source = os.open(fresh('source'), os.O_RDONLY)
    fd = os.open('v.is_filled_from_elsewhere', os.O_WRONLY)
    os.sendfile(fd, source, 0, 4)
@way
def is_filled_from_a_pipe():
    reader, writer = os.pipe()
    vector = struct.pack('PL', ctypes.addressof(ctypes.create_string_buffer(b'mine')), 4)
    libc.vmsplice(writer, vector, 1, 0)
    os.splice(reader, os.open('v.is_filled_from_a_pipe', os.O_WRONLY), 4)

if __import__('sys').argv[1:] == ['list']: print(*ways)
else:
    for name, act in ways.items():
        try: act()
        except OSError as error: assert error.errno in (errno.EACCES, errno.EPERM, errno.EXDEV), (name, error)
    # Under a name of its own it is not lost.
    left = [open(name).read() for name in os.listdir('.') if os.path.isfile(name)]
    for name in ways:
        if name not in left: print('lost', name)
    print('over')
"#;

fn a_file_is_destroyed_on_no_detour() {
    detours(Performer::Kernel);
}

fn a_file_is_destroyed_on_no_detour_where_we_perform_it() {
    detours(Performer::Supervisor);
}

fn detours(performer: Performer) {
    if cfg!(not(target_arch = "x86_64")) {
        println!("note: skipped: the numbers are those of x86-64");
        return;
    }
    let rule = |file: &FileAct| {
        let is_precious = [Some(&file.target), file.origin.as_ref()].into_iter().flatten().any(|path| {
            let path = path.lossy().into_owned();
            path.rsplit('/').next().is_some_and(|name| name.starts_with("v."))
        });
        // Writing in place is let, and a name that is not the last one.
        let keeps = file.deed == FileDeed::Write && file.call.starts_with("open") || file.object.links > 1;
        if is_precious && !keeps { Verdict::Deny } else { Verdict::Allow }
    };
    let folder = filled();
    let agent = script(folder.path(), "agent.py", DETOURS);
    let listed = std::process::Command::new("python3").args([&agent, "list"]).current_dir(folder.path()).output();
    let listed = String::from_utf8(listed.unwrap().stdout).unwrap();
    let ways: Vec<&str> = listed.split_whitespace().collect();
    assert!(ways.len() >= 28, "{listed}");
    ways.iter().for_each(|way| fs::write(folder.path().join(format!("v.{way}")), way).unwrap());
    let options = Options { files: rule, rule: |_| Verdict::Allow, performer, room: 1 << 14, ..Options::default() };
    let mut session = python(folder, DETOURS, options);
    assert_eq!(session.end(), 0, "{} {}", session.read("out"), session.read("err"));
    assert_eq!(session.read("out"), "over\n");
    println!("note: {} detours, none led anywhere", ways.len());
}

/// Keeps nothing, remembers what it was asked for.
struct Notes {
    asked: Mutex<Vec<(FileDeed, String, String)>>,
    answer: Keep,
}

impl Notes {
    fn answering(answer: Keep) -> Arc<Self> {
        Arc::new(Self { asked: Mutex::default(), answer })
    }
}

impl Keeper for Notes {
    fn keep(&self, losing: &Losing<'_>) -> Keep {
        let path = PathBuf::from(String::from_utf8(losing.sight.target.path().unwrap()).unwrap());
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        // What is kept is still there.
        let text = fs::read_to_string(&path).unwrap_or_default();
        self.asked.lock().unwrap().push((losing.sight.deed, name, text));
        self.answer.clone()
    }

    fn names_of(&self, _file: FileId) -> u64 {
        0
    }
}

fn what_is_logged_is_kept_first_and_told_together() {
    let notes = Notes::answering(Keep::Kept { bytes: 5 });
    let text = "for name in ['unlink', 'unlinkat', 'absolute']: os.unlink('a/' + name)\nopen('a/open', 'w')\n";
    let options = Options { files: |_| Verdict::Log, keeper: Some(notes.clone()), ..Options::default() };
    let mut session = python(filled(), text, options);
    assert_eq!(session.end(), 0);
    session.drain();
    let removed = |name: &str| (FileDeed::Remove, name.to_owned(), format!("a/{name}"));
    let expected = [
        removed("unlink"),
        removed("unlinkat"),
        removed("absolute"),
        (FileDeed::Truncate, "open".into(), "a/open".into()),
    ];
    assert_eq!(*notes.asked.lock().unwrap(), expected);
    let told: Vec<(FileDeed, u32, Keep)> = session
        .seen
        .iter()
        .filter_map(|event| match event {
            GateEvent::Judged { action, .. } => match &action.kind {
                ActionKind::File(file) => Some((file.deed, file.count, file.keep.clone())),
                _ => None,
            },
            _ => None,
        })
        .collect();
    let kept = |bytes| Keep::Kept { bytes };
    assert_eq!(told, [(FileDeed::Remove, 3, kept(15)), (FileDeed::Truncate, 1, kept(5))]);
}

fn what_is_emptied_by_who_holds_it_open_is_kept_though_nothing_lies_at_its_path() {
    let notes = Notes::answering(Keep::Kept { bytes: 5 });
    let text = "\
os.link('a/unlink', 'a/other')
fd = os.open('a/unlink', os.O_RDWR)
os.unlink('a/unlink')
os.ftruncate(fd, 0)
";
    let options = Options { files: |_| Verdict::Allow, keeper: Some(notes.clone()), ..Options::default() };
    let mut session = python(filled(), text, options);
    assert_eq!(session.end(), 0, "{}", session.read("err"));
    let asked = notes.asked.lock().unwrap().clone();
    assert_eq!(asked, [(FileDeed::Truncate, "unlink (deleted)".to_owned(), String::new())]);
    session.drain();
    let truncated = session.seen.iter().find_map(|event| match event {
        GateEvent::Judged { action, .. } => match &action.kind {
            ActionKind::File(file) if file.deed == FileDeed::Truncate => Some(file.target.lossy().into_owned()),
            _ => None,
        },
        _ => None,
    });
    assert!(truncated.is_some_and(|path| path.ends_with("/a/unlink")));
}

fn what_cannot_be_kept_is_judged_as_lost() {
    let notes = Notes::answering(Keep::Lost { why: "the disk is full".into() });
    let rule = |file: &FileAct| match file.keep {
        Keep::Lost { .. } => Verdict::Hold,
        Keep::Untried | Keep::Kept { .. } => Verdict::Log,
    };
    let text = "step('unlink', lambda: os.unlink('a/unlink'))\n";
    let options = Options { files: rule, keeper: Some(notes), ..Options::default() };
    let mut session = python(filled(), text, options);
    let held = session.held();
    assert_eq!(file(&held.action).keep, Keep::Lost { why: "the disk is full".into() });
    let is_told =
        session.seen.iter().any(|event| matches!(event, GateEvent::NotKept { why, .. } if why == "the disk is full"));
    assert!(is_told);
    session.refuse(held.hold, None);
    session.thaw();
    assert_eq!(session.end(), 0);
    assert_eq!(session.read("a/unlink"), "a/unlink");
}

fn a_held_call_is_kept_before_it_is_shown() {
    let notes = Notes::answering(Keep::Kept { bytes: 7 });
    let text = "step('unlink', lambda: os.unlink('a/unlink'))\n";
    let options = Options { files: all, keeper: Some(notes.clone()), ..Options::default() };
    let mut session = python(filled(), text, options);
    let held = session.held();
    assert_eq!(file(&held.action).keep, Keep::Kept { bytes: 7 });
    session.approve(held.hold);
    session.thaw();
    assert_eq!(session.end(), 0);
    assert_eq!(notes.asked.lock().unwrap().len(), 1);
    assert!(!session.path("a/unlink").exists());
}

const OURS: &str = r#"
step("write", lambda: open("ours/policy", "a"))
step("create", lambda: os.open("ours/new", os.O_WRONLY | os.O_CREAT | os.O_EXCL))
step("link to it", lambda: os.link("ours/policy", "second"))
step("through a link", lambda: open("alias/policy", "r+"))
step("into it", lambda: os.rename("one", "ours/one"))
step("out of it", lambda: os.rename("ours/policy", "elsewhere"))
step("remove", lambda: os.unlink("ours/policy"))
step("take away", lambda: os.rename("ours", "theirs"))
step("symlink", lambda: os.symlink("x", "later"))
os.mkdir("later")
step("early", lambda: os.open("later/file", os.O_WRONLY | os.O_CREAT))
step("us", lambda: os.open("/proc/%d/oom_score_adj" % os.getppid(), os.O_WRONLY))
step("others", lambda: os.open("oneself", os.O_WRONLY | os.O_CREAT))
step("read", lambda: open("ours/policy"))
"#;

fn nobody_changes_what_is_ours() {
    let folder = filled();
    let path = folder.path().canonicalize().unwrap();
    fs::create_dir(path.join("ours")).unwrap();
    fs::write(path.join("ours/policy"), "ours").unwrap();
    fs::remove_file(path.join("alias")).unwrap();
    symlink("ours", path.join("alias")).unwrap();
    let protected = vec![path.join("ours"), path.join("later")];
    let mut session = python(folder, OURS, Options { protected, ..Options::default() });
    assert_eq!(session.end(), 0);
    let out = session.read("out");
    let refused: Vec<&str> = out.lines().filter(|line| line.ends_with("EACCES")).collect();
    assert_eq!(refused.len(), 11, "{out}");
    assert!(out.ends_with("others done\nread done\n"), "{out}");
    assert_eq!(session.read("ours/policy"), "ours");
    session.drain();
    let denied = session.seen.iter().any(|event| {
        matches!(event, GateEvent::Judged { judgement, .. } if judgement.findings.iter().any(|f| f.rule.0 == "session/protected"))
    });
    assert!(denied);
}

fn what_the_session_made_is_its_own() {
    let folder = filled();
    session_begins_now(folder.path());
    let text = r#"
open("mine", "w").write("x")
step("mine", lambda: os.unlink("mine"))
step("old", lambda: os.unlink("a/unlink"))
open("a/open", "w").write("x")
step("saved", lambda: os.unlink("a/open"))
open("new", "w").write("x")
os.rename("new", "a/rename")
step("heir", lambda: os.unlink("a/rename"))
"#;
    let rule = |file: &FileAct| if file.deed == FileDeed::Remove { Verdict::Deny } else { Verdict::Allow };
    let mut session = python(folder, text, Options { files: rule, ..Options::default() });
    assert_eq!(session.end(), 0);
    assert_eq!(session.read("out"), "mine done\nold EACCES\nsaved EACCES\nheir EACCES\n");
}

/// Another process flips the path between one that harms nothing and a file that may not be touched.
const RACE: &str = r#"
import mmap, threading
shared = mmap.mmap(-1, 4096)
shared[0:2] = b"S\0"
word = ctypes.c_void_p(ctypes.addressof(ctypes.c_char.from_buffer(shared)))
if (flipper := os.fork()) == 0:
    while True:
        shared[0:1] = b"E"
        shared[0:1] = b"S"
won = 0
for number in range(TRIES):
    CALL
    won += LOST
    if won:
        break
os.kill(flipper, 9)
print("won", won, flush=True)
"#;

/// How often each race is run.
const TRIES: u32 = 10_000;

/// Runs a race in which `harmless` is the other path.
fn race(harmless: &str, call: &str, lost: &str) {
    let folder = filled();
    fs::write(folder.path().join("E"), "precious").unwrap();
    let rule = |file: &FileAct| if file.target.lossy().ends_with("/E") { Verdict::Deny } else { Verdict::Allow };
    let text = RACE.replace("TRIES", &TRIES.to_string()).replace("CALL", call).replace("LOST", lost);
    let text = text.replace("b\"S", &format!("b\"{harmless}"));
    let options = Options { files: rule, performer: Performer::Supervisor, room: 1 << 16, ..Options::default() };
    let mut session = python(folder, &text, options);
    assert_eq!(session.end(), 0);
    assert_eq!(session.read("out"), "won 0\n", "{call}");
    assert_eq!(session.read("E"), "precious", "{call}");
    session.drain();
    let is_denied =
        |event: &GateEvent| matches!(event, GateEvent::Judged { judgement, .. } if judgement.verdict == Verdict::Deny);
    let denied = session.seen.iter().filter(|event| is_denied(event)).count();
    println!("note: {TRIES} tries of `{call}`: {denied} denied, 0 won");
    assert!(denied > 0, "the race was never on");
}

/// How the races make the harmless file anew.
const MAKE: &str =
    "os.close(os.open(\"S\", os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)) if not os.path.exists(\"S\") else None";

fn what_we_remove_is_what_was_judged() {
    race("S", &format!("{MAKE}; libc.unlink(word)"), "not os.path.exists(\"E\")");
    // What is no name at all harms nothing either.
    race(".", "libc.unlink(word)", "not os.path.exists(\"E\")");
}

fn what_we_open_emptied_is_what_was_judged() {
    let lost = "os.path.getsize(\"E\") == 0";
    let call = "fd = libc.open(word, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600); fd >= 0 and os.close(fd)";
    race("S", call, lost);
    // The harmless one is not there.
    race("S", &format!("os.path.exists(\"S\") and os.unlink(\"S\"); {call}"), lost);
    race(".", call, lost);
    race("S", &format!("{MAKE}; libc.truncate(word, ctypes.c_long(0))"), lost);
}

fn what_we_cut_is_what_was_judged() {
    // A thread puts the other file under the same number.
    let text = r#"
import threading
with open("S", "w") as made: made.write("mine")
safe, evil = os.open("S", os.O_RDWR), os.open("E", os.O_RDWR)
number = os.dup(safe)
if (flipper := libc.syscall(56, 0x400 | 0x11, 0, 0, 0, 0)) == 0:
    while True:
        libc.dup2(evil, number)
        libc.dup2(safe, number)
won = 0
for _ in range(TRIES):
    libc.ftruncate(number, ctypes.c_long(0))
    won += os.path.getsize("E") == 0
    if won:
        break
os.kill(flipper, 9)
print("won", won, flush=True)
"#;
    let folder = filled();
    fs::write(folder.path().join("E"), "precious").unwrap();
    let rule = |file: &FileAct| if file.target.lossy().ends_with("/E") { Verdict::Deny } else { Verdict::Allow };
    let options = Options { files: rule, performer: Performer::Supervisor, room: 1 << 16, ..Options::default() };
    let mut session = python(folder, &text.replace("TRIES", &TRIES.to_string()), options);
    assert_eq!(session.end(), 0);
    assert_eq!(session.read("out"), "won 0\n");
    assert_eq!(session.read("E"), "precious");
}

/// Opens that empty, of all that there is to open.
const OPENS: &str = r#"
import fcntl, stat
os.mkfifo("pipe")
os.symlink("nowhere/else", "lost")
os.symlink("made by a link", "leads")
os.umask(0o027)
def opens(name, flags=os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode=0o666):
    os.close(os.open(name, flags, mode))
step("new", lambda: opens("new"))
print(oct(os.stat("new").st_mode & 0o777))
step("twice", lambda: opens("new"))
step("leads", lambda: opens("leads"))
print(os.path.exists("made by a link"))
step("lost", lambda: opens("lost"))
step("nofollow", lambda: opens("leads", os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW))
step("missing", lambda: opens("missing", os.O_WRONLY | os.O_TRUNC))
step("empty name", lambda: opens(""))
step("folder", lambda: opens("a"))
step("slash", lambda: opens("fresh/"))
step("file as folder", lambda: opens("one/"))
step("null", lambda: opens("/dev/null"))
step("own output", lambda: opens("/dev/null", os.O_RDONLY | os.O_TRUNC))
step("no reader", lambda: opens("pipe", os.O_WRONLY | os.O_TRUNC | os.O_NONBLOCK))
step("no terminal", lambda: opens("/dev/tty"))
if (reader := os.fork()) == 0:
    opened = os.open("pipe", os.O_RDONLY)
    os.read(opened, 1)
    os._exit(0)
step("reader", lambda: os.write(os.open("pipe", os.O_WRONLY | os.O_TRUNC), b"x"))
os.waitpid(reader, 0)
with open("log", "w") as log: log.write("old")
log = os.open("log", os.O_WRONLY | os.O_TRUNC | os.O_APPEND)
print(bool(fcntl.fcntl(log, fcntl.F_GETFL) & os.O_APPEND), bool(fcntl.fcntl(log, fcntl.F_GETFL) & os.O_NONBLOCK))
print(os.get_inheritable(log), os.get_inheritable(libc.open(b"log", os.O_WRONLY | os.O_TRUNC)))
step("read only", lambda: opens("log", os.O_RDONLY | os.O_TRUNC))
step("bad number", lambda: os.ftruncate(99, 0))
step("not for writing", lambda: os.ftruncate(os.open("log", os.O_RDONLY), 0))
step("grow", lambda: os.truncate("log", 9))
print(os.path.getsize("log"))
"#;

fn an_open_that_we_perform_ends_as_the_kernels_would() {
    let run = |performer| {
        let mut session = python(filled(), OPENS, Options { performer, ..Options::default() });
        assert_eq!(session.end(), 0, "{}", session.read("err"));
        session.read("out")
    };
    let (ours, kernels) = (run(Performer::Supervisor), run(Performer::Kernel));
    assert_eq!(ours, kernels);
    assert!(kernels.contains("new done\n0o640\n"), "{kernels}");
}

/// As root, which lays its capabilities down: for nobody else is there a difference.
const LAID_DOWN: &str = r#"
if os.geteuid() == 0:
    for name in ["theirs", "theirs/file"]:
        os.mkdir(name) if name == "theirs" else open(name, "w").write("old")
        os.chown(name, 65534, 65534)
    os.chmod("theirs/file", 0o644)
    header, sets = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    if libc.capset(header, sets): raise OSError
    step("their name", lambda: os.unlink("theirs/file"))
    step("their content", lambda: open("theirs/file", "w"))
    step("their length", lambda: os.truncate("theirs/file", 0))
    step("a name over theirs", lambda: os.rename("three", "theirs/file"))
step("a name of its own", lambda: os.unlink("one"))
step("content of its own", lambda: open("two", "w"))
step("a length of its own", lambda: os.truncate("three", 1))
"#;

fn what_we_perform_for_who_has_fewer_rights_ends_as_the_kernels_would() {
    let run = |performer| {
        let mut session = python(filled(), LAID_DOWN, Options { performer, ..Options::default() });
        assert_eq!(session.end(), 0, "{}", session.read("err"));
        session.read("out")
    };
    let (ours, kernels) = (run(Performer::Supervisor), run(Performer::Kernel));
    assert_eq!(ours, kernels);
    assert!(
        kernels.ends_with("a name of its own done\ncontent of its own done\na length of its own done\n"),
        "{kernels}"
    );
}

fn a_copy_into_a_file_that_is_there_is_held_and_one_into_what_the_session_made_is_not() {
    let text = r#"
source = os.open("one", os.O_RDONLY)
def onto(name, flags=os.O_WRONLY | os.O_CREAT):
    target = os.open(name, flags, 0o600)
    return lambda: os.copy_file_range(source, target, 3, 0)
def sends(name, flags=os.O_WRONLY | os.O_CREAT):
    target = os.open(name, flags, 0o600)
    return lambda: os.sendfile(target, source, 0, 3)
def splices(name, flags=os.O_WRONLY | os.O_CREAT):
    target, (reads, writes) = os.open(name, flags, 0o600), os.pipe()
    os.write(writes, b"one")
    return lambda: raw(275, reads, None, target, None, 3, 0)
step("over", onto("a/open"))
step("sent", sends("a/creat"))
step("spliced", splices("a/unlinkat"))
step("spliced fresh", splices("fresh3"))
step("fresh", onto("fresh"))
step("more", onto("fresh"))
step("sent fresh", sends("fresh2"))
step("emptied", sends("a/truncate", os.O_WRONLY | os.O_TRUNC))
step("emptied twice", sends("a/truncate"))
ours, theirs = os.pipe()
step("pipe", lambda: os.sendfile(theirs, source, 0, 3))
"#;
    let rule = |file: &FileAct| if file.call == "openat" { Verdict::Allow } else { Verdict::Hold };
    let mut session = python(filled(), text, Options { files: rule, ..Options::default() });
    for (call, name) in [("copy_file_range", "a/open"), ("sendfile", "a/creat"), ("splice", "a/unlinkat")] {
        let held = session.held();
        let act = file(&held.action);
        let target = session.path(name).canonicalize().unwrap();
        assert_eq!(
            (act.call.as_str(), act.deed, act.target.lossy()),
            (call, FileDeed::Punch, target.to_string_lossy())
        );
        session.refuse(held.hold, None);
        session.thaw();
    }
    assert_eq!(session.end(), 0, "{}", session.read("err"));
    let ends = ["over EACCES", "sent EACCES", "spliced EACCES"].into_iter().map(str::to_owned);
    let done = ["spliced fresh", "fresh", "more", "sent fresh", "emptied", "emptied twice", "pipe"]
        .map(|step| format!("{step} done"));
    assert_eq!(session.read("out").lines().collect::<Vec<_>>(), ends.chain(done).collect::<Vec<_>>());
    assert_eq!((session.read("a/open").as_str(), session.read("a/truncate").as_str()), ("a/open", "one"));
}

fn who_tries_to_remove_a_whole_folder_first_takes_it_away() {
    // The first two as libraries take trees away; then as who tidies up after a single file.
    let text = r#"
step("below", lambda: os.rmdir("a/below"))
step("a", lambda: os.rmdir("a"))
step("first", lambda: os.unlink("a/unlink"))
step("other", lambda: os.unlink("one"))
if os.fork() == 0:
    step("single", lambda: os.unlink("a/open"))
    step("tidy", lambda: os.rmdir("a"))
    step("next", lambda: os.unlink("a/creat"))
    os._exit(0)
os.wait()
"#;
    let folder = filled();
    fs::create_dir(folder.path().join("a/below")).unwrap();
    fs::write(folder.path().join("a/below/file"), "file").unwrap();
    let rule = |file: &FileAct| if file.deed == FileDeed::Remove { Verdict::Hold } else { Verdict::Allow };
    let mut session = python(folder, text, Options { files: rule, ..Options::default() });
    let tree = session.path("a").canonicalize().unwrap().into_os_string().into_string().unwrap();
    for (name, tree) in [("a/unlink", Some(tree)), ("one", None), ("a/open", None), ("a/creat", None)] {
        let held = session.held();
        let act = file(&held.action);
        assert!(act.target.lossy().ends_with(name), "{name} {}", act.target.shown());
        assert_eq!(act.tree.as_ref().map(|tree| tree.lossy().into_owned()), tree, "{name}");
        session.approve(held.hold);
        session.thaw();
    }
    assert_eq!(session.end(), 0, "{}", session.read("err"));
}

fn a_performed_call_ends_as_the_kernels_would() {
    let text = r#"
step("missing", lambda: os.unlink("a/missing"))
step("kind", lambda: os.unlink("a/rmdir"))
step("full", lambda: os.rmdir("a"))
step("slash", lambda: os.unlink("a/open/"))
step("remove", lambda: os.unlink("a/unlink"))
step("rmdir", lambda: os.rmdir("rmdirat", dir_fd=folder))
step("moved", lambda: os.rename("one", "a/one"))
step("replaced", lambda: os.rename("a/one", "a/open"))
step("kept", lambda: raw(316, -100, b"two", folder, b"open", 1))
step("swapped", lambda: raw(316, -100, b"two", folder, b"open", 2))
step("into itself", lambda: os.rename("a", "a/b"))
"#;
    let options = Options { performer: Performer::Supervisor, ..Options::default() };
    let mut session = python(filled(), text, options);
    assert_eq!(session.end(), 0);
    let ends = [
        "missing ENOENT",
        "kind EISDIR",
        "full ENOTEMPTY",
        "slash ENOTDIR",
        "remove done",
        "rmdir done",
        "moved done",
        "replaced done",
        "kept EEXIST",
        "swapped done",
        "into itself EINVAL",
    ];
    assert_eq!(session.read("out").lines().collect::<Vec<_>>(), ends);
    assert_eq!((session.read("two").as_str(), session.read("a/open").as_str()), ("one", "two"));
}

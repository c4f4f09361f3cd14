//! A day's work opens no case, and what is no day's work opens one.

use crate::harness::{Ended, Journal, Place, WATCH, gated_place, signal};

/// A working copy with two commits and a branch, sources, a script that cleans up, and what a build made.
const SETUP: &str = r#"
set -e
git init -q -b main . && git config user.email a@b.example && git config user.name a
mkdir -p src/api build db
for n in 1 2 3 4 5 6; do echo "content $n" > src/api/$n.py; done
printf 'int main(void) { return 0; }\n' > src/main.c
printf 'prog: src/main.c\n\tcc -o prog src/main.c\nclean:\n\trm -f prog made.o\n' > Makefile
printf 'import shutil, sys\nshutil.rmtree(sys.argv[1])\n' > clean.py
printf 'build/\nprog\n' > .gitignore
echo made > build/out.o
cp "$(command -v true)" prog && touch -d '2 minutes ago' prog
git add . && git commit -qm one
git checkout -q -b side && echo side > src/side.py && rm src/api/6.py && git add -A && git commit -qm two
git checkout -q main && echo more >> src/api/1.py && git commit -qam three
echo "not in git" > src/unique.txt
"#;

fn place() -> Option<Place> {
    let place = gated_place()?;
    let made = place.run(place.command("sh", &["-c", SETUP]));
    assert_eq!(made.code, Some(0), "{made:?}");
    Some(place)
}

#[track_caller]
fn asks_nothing(script: &str) {
    let Some(place) = place() else { return };
    let ended = place.script("deny", script);
    let journal = place.journal();
    assert!(journal.of("hold").is_empty(), "{script}: {ended:?}\n{}", journal.text());
    assert_eq!(ended.code, Some(0), "{script}: {ended:?}");
}

#[test]
fn version_control_asks_nothing() {
    asks_nothing("set -e; git rebase -q side; git checkout -q side; git checkout -q main; git log --oneline | cat");
    asks_nothing(
        "set -e; echo x >> src/api/2.py; git stash -q; git stash pop -q; git add -A; git commit -qm x; git gc -q",
    );
    asks_nothing("set -e; git merge -q -m merged side; git checkout -q HEAD~1; git checkout -q main");
}

#[test]
fn what_git_packed_comes_back_with_its_pack() {
    let Some(place) = place() else { return };
    let script = "git gc -q && git gc -q && rm -rf .git; exit 0";
    let (ended, journal) = run(&place, "approve", &["sh", "-c", script]);
    assert!(!place.has(".git"), "{ended:?}\n{}", journal.text());
    let undone = place.ask(&["undo", place.session.to_str().unwrap()]);
    assert!(undone.out.contains("/.git/refs/heads/main\n") && !undone.out.contains("not back"), "{undone:?}");
    let whole = "git fsck --full && git show main:src/api/1.py && git show side:src/side.py";
    let shown = place.run(place.command("sh", &["-c", whole]));
    assert_eq!((shown.code, shown.out.ends_with("content 1\nmore\nside\n")), (Some(0), true), "{shown:?}");
}

#[test]
fn version_control_between_copies_asks_nothing() {
    asks_nothing(
        "set -e; git clone -q --bare . \"$TMPDIR/far.git\"; git remote add far \"$TMPDIR/far.git\"; \
         git clone -q -b main \"$TMPDIR/far.git\" \"$TMPDIR/near\"; cd \"$TMPDIR/near\"; \
         git config user.email a@b.example; git config user.name a; echo y > y; git add y; git commit -qm y; git push -q; \
         cd -; git fetch -q --prune far; git merge -q far/main; git push -q far main; git tag v1; git push -q far v1",
    );
    asks_nothing(
        "set -e; git worktree add -q \"$TMPDIR/side\" side; git worktree remove \"$TMPDIR/side\"; git worktree prune; \
         git bisect start HEAD HEAD~1 > /dev/null; git bisect reset > /dev/null; git repack -adq; git fsck",
    );
    asks_nothing(
        "echo here > src/api/6.py; git commit -qam here; git merge -q side; git checkout --theirs src 2> /dev/null; \
         git add -A; git commit -qm merged; git revert --no-edit -m 1 HEAD > /dev/null; git cherry-pick side > /dev/null; \
         git cherry-pick --abort; git format-patch -q -1 -o \"$TMPDIR\"; git archive -o \"$TMPDIR/a.tar\" HEAD",
    );
}

#[test]
fn processes_and_sockets_of_its_own_ask_nothing() {
    asks_nothing(
        "set -e; sleep 100 & kill $!; wait $! || true; timeout 0.1 sleep 100 || true; setsid sleep 100 & \
         kill -9 $!; mkfifo pipe; echo x > pipe & cat pipe; rm pipe",
    );
    let work = r#"
import concurrent.futures, http.server, multiprocessing, os, shutil, signal, socket, subprocess, tempfile, threading, urllib.request

def double(number): return 2 * number

if __name__ == '__main__':
    with multiprocessing.Pool(2) as pool: assert pool.map(double, [1, 2]) == [2, 4]
    with multiprocessing.Manager() as manager: manager.dict()['a'] = 1
    with concurrent.futures.ProcessPoolExecutor(2) as pool: assert list(pool.map(double, [3])) == [6]
    child = subprocess.Popen(['sleep', '100'], start_new_session=True)
    os.killpg(child.pid, signal.SIGKILL)
    assert child.wait() == -9
    folder = tempfile.mkdtemp(dir='.')
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(folder + '/s'); listener.listen()
    socket.socket(socket.AF_UNIX).connect(folder + '/s')
    shutil.rmtree(folder)
    server = http.server.HTTPServer(('127.0.0.1', 0), http.server.SimpleHTTPRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    assert urllib.request.urlopen('http://127.0.0.1:%d/Makefile' % server.server_port).status == 200
"#;
    asks_nothing(&format!("cat > work.py <<'EOF'\n{work}EOF\npython3 work.py"));
}

#[test]
fn who_looks_into_a_process_of_its_own_is_not_asked() {
    asks_nothing(
        "command -v gdb > /dev/null || exit 0; sleep 100 & echo $! > child; \
         gdb -q -batch -p \"$(cat child)\" -ex detach > /dev/null 2>&1; kill \"$(cat child)\"; exit 0",
    );
}

#[test]
fn keys_for_a_terminal_of_the_session_ask_nothing_and_keys_for_another_are_held() {
    let keys = "command -v tmux > /dev/null || exit 0; tmux -S \"$SOCK\" send-keys -t dev y Enter; exit 0";
    asks_nothing(&format!(
        "command -v tmux > /dev/null || exit 0; export SOCK=\"$TMPDIR/own\"; \
         tmux -S \"$SOCK\" -f /dev/null new-session -d -s dev cat; {}; tmux -S \"$SOCK\" kill-server; exit 0",
        keys.trim_end_matches("; exit 0"),
    ));
    let Some(place) = place() else { return };
    let socket = place.work.parent().unwrap().join("tmp/others");
    let tmux = |words: &[&str]| {
        let words = [&["-S", socket.to_str().unwrap(), "-f", "/dev/null"], words].concat();
        place.run(place.command("tmux", &words))
    };
    let has_tmux = place.run(place.command("sh", &["-c", "command -v tmux"])).code == Some(0);
    if !has_tmux {
        return;
    }
    tmux(&["new-session", "-d", "-s", "dev", "cat > typed"]);
    let ended = place.script("deny", &format!("SOCK={}; {keys}", socket.display()));
    let held = place.journal().of("hold").len();
    tmux(&["kill-server"]);
    assert_eq!(held, 1, "{ended:?}\n{}", place.journal().text());
}

#[test]
fn patterns_that_find_nothing_ask_nothing() {
    asks_nothing("rm -f *.csv src/*.bak; find . -name '*.csv' -delete; find nowhere -name '*' -exec rm {} +; exit 0");
    asks_nothing("set -e; for n in 1 2 3; do echo $n > part_$n.csv; done; rm part_*.csv");
    asks_nothing(
        "set -e; mkdir out; for n in 1 2 3 4 5; do echo $n > out/$n.md; done; find out -type f -delete; rmdir out",
    );
}

#[test]
fn editing_asks_nothing() {
    asks_nothing("set -e; sed -i s/content/text/ src/api/*.py; perl -pi -e s/text/words/ src/api/1.py");
    asks_nothing("set -e; echo changed > src/api/1.py; cp src/api/1.py src/api/2.py; mv src/api/3.py src/api/4.py");
    asks_nothing("perl -e \"open(F, '>', 'src/api/1.py'); print F 'x'; open(F, '>', 'src/unique.txt'); print F 'y'\"");
    asks_nothing("python3 -c \"open('src/unique.txt', 'w').write('x'); open('src/api/1.py', 'w').write('y')\"");
    asks_nothing("command -v vim > /dev/null || exit 0; vim -es -u NONE -c 's/content/x/' -c wq src/api/1.py; exit 0");
}

#[test]
fn whoever_saves_over_what_no_repository_holds_is_not_asked_and_the_old_content_comes_back() {
    for save in ["sed -i s/one/two/ notes.txt", "perl -pi -e s/one/two/ notes.txt", "cp other.txt notes.txt"] {
        let Some(place) = gated_place() else { return };
        place.write("work/notes.txt", "one\n");
        place.write("work/other.txt", "two\n");
        let ended = place.script("deny", &format!("{save} && echo two | tee out.txt && echo two > notes.txt"));
        assert!(place.journal().of("hold").is_empty(), "{save}: {ended:?}\n{}", place.journal().text());
        assert_eq!((ended.code, place.read("notes.txt").as_str()), (Some(0), "two\n"), "{save}: {ended:?}");
        let undone = place.ask(&["undo", place.session.to_str().unwrap()]);
        assert_eq!(place.read("notes.txt"), "one\n", "{save}: {undone:?}");
    }
}

#[test]
fn what_writes_into_a_file_that_no_repository_holds_is_one_question() {
    let Some(place) = gated_place() else { return };
    place.write("work/notes.txt", "one\n");
    let ended = place.script("deny", "dd if=/dev/zero of=notes.txt bs=1 count=2 conv=notrunc; exit 0");
    assert_eq!(place.journal().of("hold").len(), 1, "{ended:?}\n{}", place.journal().text());
    assert_eq!(place.read("notes.txt"), "one\n", "{ended:?}");
}

#[test]
fn building_and_testing_ask_nothing() {
    asks_nothing("command -v make > /dev/null || exit 0; make -s clean");
    asks_nothing(
        "command -v cc > /dev/null && command -v make > /dev/null || exit 0; set -e; make -s; touch src/main.c; make -s",
    );
    asks_nothing(
        "set -e; python3 clean.py build; mkdir build; echo again > build/out.o; python3 -m compileall -q clean.py",
    );
    asks_nothing(
        "python3 -c \"import sqlite3; d = sqlite3.connect('db/x.db'); d.execute('create table t (a)'); d.commit()\"",
    );
}

fn run(place: &Place, on_hold: &str, agent: &[&str]) -> (Ended, Journal) {
    let ended = place.headless(on_hold, agent).wait();
    (ended, place.journal())
}

#[test]
fn a_script_that_removes_sources_is_one_question_and_denied_it_removes_nothing() {
    let Some(place) = place() else { return };
    let (ended, journal) = run(&place, "deny", &["python3", "clean.py", "src/api"]);
    assert_eq!(journal.of("hold").len(), 1, "{ended:?}\n{}", journal.text());
    for n in 1..=6 {
        assert!(place.has(&format!("src/api/{n}.py")), "{n}: {ended:?}");
    }
}

#[test]
fn a_script_that_removes_sources_is_one_question_and_approved_it_removes_them_all() {
    let Some(place) = place() else { return };
    let (ended, journal) = run(&place, "approve", &["python3", "clean.py", "src/api"]);
    assert_eq!(journal.of("hold").len(), 1, "{ended:?}\n{}", journal.text());
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(!place.has("src/api"));
}

#[test]
fn what_git_does_not_hold_is_held_whoever_removes_it() {
    for agent in [
        vec!["perl", "-e", "unlink('src/uni' . 'que.txt')"],
        vec!["perl", "-e", "truncate('src/uni' . 'que.txt', 0)"],
        vec!["perl", "-e", "rename('src/main.c', '.git/HEAD')"],
    ] {
        let Some(place) = place() else { return };
        let (ended, journal) = run(&place, "deny", &agent);
        assert_eq!(journal.of("hold").len(), 1, "{agent:?}: {ended:?}\n{}", journal.text());
        assert_eq!(place.read("src/unique.txt"), "not in git\n", "{agent:?}");
        assert!(place.has("src/main.c"), "{agent:?}");
    }
}

#[test]
fn what_was_denied_is_held_again_in_another_form_and_in_another_session() {
    let Some(place) = place() else { return };
    let forms = ["perl -e \"unlink(glob('src/uniqu?.txt'))\"", "perl -e \"unlink(glob('src/un?que.txt'))\""];
    for turn in 0..2 {
        let (ended, journal) = run(&place, "deny", &["sh", "-c", &forms.join("; ")]);
        assert_eq!(journal.of("hold").len(), 2, "{turn}: {ended:?}\n{}", journal.text());
        assert!(place.has("src/unique.txt"), "{turn}: {ended:?}");
        let sessions = place.root().join("state/watch/sessions");
        std::fs::create_dir_all(&sessions).unwrap();
        std::fs::rename(&place.session, sessions.join(turn.to_string())).unwrap();
    }
}

/// The agent is at its first call as soon as it runs; on a busy machine before the gate has heard that it does.
#[test]
fn the_agents_first_call_is_judged_like_every_other() {
    let Some(place) = place() else { return };
    let spin = || place.command("sh", &["-c", "while :; do :; done"]).spawn().unwrap();
    let mut busy: Vec<_> = std::iter::repeat_with(spin).take(3).collect();
    let kept = (0..25).filter(|turn| {
        let (name, session) = (format!("src/unique-{turn}.txt"), format!("{}-{turn}", place.session.display()));
        place.write(&format!("work/{name}"), "not in git\n");
        let act = format!("unlink('src/uni' . 'que-{turn}.txt')");
        let watch = [WATCH, "--headless", "--on-hold", "deny", "--session", &session, "--", "perl", "-e", &act];
        // All on one processor: whoever is let go may well come first.
        let _ = place.run(place.command("taskset", &[&["-c", "0"], &watch[..]].concat()));
        place.has(&name)
    });
    let kept = kept.count();
    for child in &mut busy {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert_eq!(kept, 25);
}

#[test]
fn an_approved_command_is_not_asked_about_what_it_was_approved_for() {
    let Some(place) = place() else { return };
    let (ended, journal) = run(&place, "approve", &["sh", "-c", "rm -r src/api src/unique.txt; exit $?"]);
    assert_eq!(journal.of("hold").len(), 1, "{ended:?}\n{}", journal.text());
    assert!(!place.has("src/api") && !place.has("src/unique.txt"), "{ended:?}");
}

#[test]
fn where_reads_are_seen_a_secret_is_held_for_whom_it_is_not_and_the_projects_own_is_noted() {
    let Some(place) = place() else { return };
    place.write("config/watch/policy.toml", "[files]\nreads = true\n");
    place.write("work/.env", "COLOUR=blue\n");
    place.write("work/look.py", "print(open('/etc/sha' + 'dow').read())\n");
    let script = "grep -rq COLOUR=blue .; python3 -c 'import os'; python3 look.py; exit 0";
    let (ended, journal) = run(&place, "deny", &["sh", "-c", script]);
    assert_eq!(journal.of("hold").len(), 1, "{ended:?}\n{}", journal.text());
    assert!(ended.out.contains("PermissionError"), "{ended:?}");
    let is_read = |line: &&serde_json::Value| line.to_string().contains(r#""deed":"read""#);
    let reads: Vec<_> = journal.of("action").into_iter().filter(|line| is_read(line)).collect();
    assert!(reads.iter().any(|line| line.to_string().contains("work/.env")), "{}", journal.text());
}

#[test]
fn a_source_that_is_moved_away_is_a_source_still() {
    let script = "mv src/api \"$TMPDIR/away\" && rm -r \"$TMPDIR/away\"; exit 0";
    for (on_hold, is_there) in [("deny", true), ("approve", false)] {
        let Some(place) = place() else { return };
        let (ended, journal) = run(&place, on_hold, &["sh", "-c", script]);
        assert_eq!(journal.of("hold").len(), 1, "{ended:?}\n{}", journal.text());
        assert_eq!(place.root().join("tmp/away/1.py").exists(), is_there, "{ended:?}");
        let undone = place.ask(&["undo", place.session.to_str().unwrap()]);
        assert_eq!(undone.code, Some(0), "{undone:?}");
        for n in 1..=6 {
            let expected = if n == 1 { "content 1\nmore\n".to_owned() } else { format!("content {n}\n") };
            assert_eq!(place.read(&format!("src/api/{n}.py")), expected, "{on_hold} {n}: {undone:?}");
        }
        assert!(!place.root().join("tmp/away").exists(), "{undone:?}");
    }
}

#[test]
fn what_was_let_go_before_the_supervisor_was_killed_comes_back() {
    let Some(place) = place() else { return };
    place.gate("gate");
    let script = "perl -e \"open(F, '>', 'src/unique.txt'); print F 'y'\"; echo > ready; read x < gate";
    let run = place.headless("wait", &["sh", "-c", script]);
    place.until_file("ready");
    signal(place.supervisor(), "KILL");
    run.wait();
    place.until_deserted();
    assert_eq!(place.read("src/unique.txt"), "y");
    let undone = place.ask(&["undo", place.session.to_str().unwrap()]);
    assert_eq!(undone.code, Some(0), "{undone:?}");
    assert_eq!(place.read("src/unique.txt"), "not in git\n", "{undone:?}");
}

//! While something is held, nothing of the tree moves.

use std::fs;
use std::time::{Duration, Instant};

use crate::harness::{Place, gated_place, state};

/// How long counters are watched for moving. Time has to pass to show that nothing happens in it.
const STANDSTILL: Duration = Duration::from_millis(300);

/// Counts in a file as fast as it can. In threads, a file each, where it is asked to.
const COUNTER: &str = "import os, sys, threading, time\n\
    def count(name):\n\
    \x20   n = 0\n\
    \x20   while not os.path.exists('enough'):\n\
    \x20       n += 1\n\
    \x20       open(name + '.new', 'w').write(str(n)); os.rename(name + '.new', name)\n\
    \x20       time.sleep(0.005)\n\
    open(sys.argv[1] + '.pid', 'w').write(str(os.getpid()))\n\
    names = sys.argv[2:]\n\
    threads = [threading.Thread(target=count, args=(name,)) for name in names[1:]]\n\
    for t in threads: t.start()\n\
    count(names[0])\n";

fn number(place: &Place, name: &str) -> u64 {
    place.read(name).parse().unwrap_or(0)
}

/// Waits until every counter has moved from where it is.
fn until_moving(place: &Place, names: &[&str]) {
    let before: Vec<u64> = names.iter().map(|name| number(place, name)).collect();
    place.until(&format!("{names:?} moving"), || {
        names.iter().zip(&before).all(|(name, before)| number(place, name) > *before).then_some(())
    });
}

/// What the counters show after a while, in which they are watched.
fn watched(place: &Place, names: &[&str]) -> (Vec<u64>, Vec<u64>) {
    let numbers = || names.iter().map(|name| number(place, name)).collect::<Vec<_>>();
    let before = numbers();
    let end = Instant::now() + STANDSTILL;
    while Instant::now() < end {
        std::thread::sleep(Duration::from_millis(10));
    }
    (before, numbers())
}

fn pid(place: &Place, name: &str) -> i32 {
    place.read(&format!("{name}.pid")).parse().unwrap()
}

#[test]
fn daemons_sessions_and_threads_stand_still_and_go_on() {
    let Some(place) = gated_place().map(Place::with_keep) else { return };
    let counter = place.write("count.py", COUNTER).display().to_string();
    let names = ["child", "session", "daemon", "main", "second", "third"];
    let script = format!(
        "p=/usr/bin/python3; $p {counter} child child & \
         setsid $p {counter} session session </dev/null >/dev/null 2>&1 & \
         ( setsid sh -c \"$p {counter} daemon daemon & exit\" & ) </dev/null >/dev/null 2>&1; \
         $p {counter} threads main second third & \
         read x < start; rm -r keep; echo after > after; read x < finish; touch enough; wait"
    );
    place.gate("start");
    place.gate("finish");
    let run = place.headless("wait", &["sh", "-c", &script]);
    until_moving(&place, &names);
    place.release("start");
    let journal = place.until_journal("hold", 1);

    let (before, after) = watched(&place, &names);
    assert_eq!(before, after, "counters moved while the tree was frozen");
    for name in ["child", "session", "daemon", "threads"] {
        let pid = pid(&place, name);
        let tasks = fs::read_dir(format!("/proc/{pid}/task")).unwrap().map(|task| task.unwrap().file_name());
        for task in tasks.map(|task| task.to_str().unwrap().parse().unwrap()) {
            // One that waited in a gated call as the tree was stopped waits there until the thaw.
            assert!(matches!(state(task), Some('T' | 't' | 'D')), "{name} {task} is in state {:?}", state(task));
        }
    }
    let freeze = journal.only("freeze");
    assert_eq!(freeze["stopped"], freeze["total"], "{freeze}");
    assert!(freeze["total"].as_u64().unwrap() >= 6, "{freeze}");
    let tree = journal.only("hold")["tree"].to_string();
    for name in ["child", "session", "daemon", "threads"] {
        assert!(tree.contains(&format!("\"pid\":{}", pid(&place, name))), "{name} is not in the case's tree: {tree}");
    }
    assert!(place.has("keep/photo-1.raw") && !place.has("after"));

    assert_eq!(place.ask(&["deny", "c1"]).code, Some(0));
    until_moving(&place, &names);
    place.until_file("after");
    place.release("finish");
    assert_eq!(run.wait().code, Some(0));
    place.until_deserted();
}

#[test]
fn what_the_operator_excepts_keeps_running_and_is_held_all_the_same() {
    let Some(place) = gated_place().map(Place::with_keep) else { return };
    place.write("config/watch/policy.toml", "[freeze]\nexcept = ['devserver']\n");
    fs::copy("/usr/bin/python3", place.root().join("bin/devserver")).unwrap();
    let counter = place.write("count.py", COUNTER).display().to_string();
    place.write("work/own/a.txt", "a");
    let server = format!(
        "import threading, subprocess, os, time, sys\n\
         sys.argv = ['x', 'server', 'server']\n\
         def late():\n\
         \x20   while not os.path.exists('held'): time.sleep(0.01)\n\
         \x20   try: subprocess.run(['rm', '-r', 'own'])\n\
         \x20   except OSError as e: open('refused', 'w').write(str(e.errno))\n\
         threading.Thread(target=late).start()\n\
         exec(open('{counter}').read())\n"
    );
    let server = place.write("server.py", server).display().to_string();
    let script = format!(
        "devserver {server} & /usr/bin/python3 {counter} child child & read x < start; rm -r keep; \
         echo over > over; read x < finish; touch enough; wait"
    );
    place.gate("start");
    place.gate("finish");
    let run = place.headless("wait", &["sh", "-c", &script]);
    until_moving(&place, &["server", "child"]);
    place.release("start");
    place.until_journal("hold", 1);
    until_moving(&place, &["server"]);
    let (before, after) = watched(&place, &["child"]);
    assert_eq!(before, after);

    place.write("work/held", "");
    let journal = place.until_journal("hold", 2);
    assert!(place.has("own/a.txt"), "{}", journal.text());
    for case in ["c1", "c2"] {
        assert_eq!(place.ask(&["deny", case]).code, Some(0), "{}", place.journal().text());
    }
    place.until_file("refused");
    place.until_file("over");
    place.release("finish");
    run.wait();
    assert!(place.has("own/a.txt") && place.has("keep/photo-1.raw"));
    place.until_deserted();
}

#[test]
fn a_child_that_outlives_its_parent_is_held_and_not_lost() {
    let Some(place) = gated_place().map(Place::with_keep) else { return };
    place.gate("late");
    let script = "( (read x < late; rm -r keep; echo \"late $?\" > late-said) </dev/null >/dev/null 2>&1 & ); \
                  while [ ! -e late-said ]; do sleep 0.02; done";
    let run = place.headless("wait", &["sh", "-c", script]);
    place.release("late");
    place.until_journal("hold", 1);
    assert!(place.has("keep/photo-1.raw"));
    assert_eq!(place.ask(&["deny", "c1"]).code, Some(0));
    run.wait();
    assert_eq!(place.read("late-said"), "late 126\n");
    assert!(place.has("keep/photo-1.raw"));
}

#[test]
fn two_acts_at_once_are_two_cases_and_the_tree_waits_for_both() {
    let Some(place) = gated_place().map(Place::with_keep) else { return };
    place.write("work/more/a.txt", "a");
    let counter = place.write("count.py", COUNTER).display().to_string();
    // Both ask in the same instant: each waits at the barrier, and one does not stop the other before it has asked.
    place.write("config/watch/policy.toml", "[freeze]\nexcept = ['asker']\n");
    fs::copy("/usr/bin/python3", place.root().join("bin/asker")).unwrap();
    let asker = "import os, subprocess, sys, time\n\
        open('ready-' + sys.argv[1], 'w').close()\n\
        while not os.path.exists('start'): time.sleep(0.01)\n\
        try: r = subprocess.run(['rm', '-r', sys.argv[1]]).returncode\n\
        except OSError as e: r = e.errno\n\
        open(sys.argv[1] + '-said', 'w').write(str(r))\n";
    let asker = place.write("asker.py", asker).display().to_string();
    let script = format!(
        "asker {asker} keep & asker {asker} more & /usr/bin/python3 {counter} child child & \
         while [ ! -e enough ]; do sleep 0.02; done; wait"
    );
    let run = place.headless("wait", &["sh", "-c", &script]);
    until_moving(&place, &["child"]);
    place.until_file("ready-keep");
    place.until_file("ready-more");
    place.write("work/start", "");
    place.until_journal("hold", 2);
    let (before, after) = watched(&place, &["child"]);
    assert_eq!(before, after);
    assert_eq!(place.ask(&["deny", "c1"]).code, Some(0));
    let (before, after) = watched(&place, &["child"]);
    assert_eq!(before, after, "one case is still open");
    assert_eq!(place.ask(&["deny", "c2"]).code, Some(0));
    until_moving(&place, &["child"]);
    place.write("work/enough", "");
    assert_eq!(run.wait().code, Some(0));
    assert!(place.has("more/a.txt") && place.has("keep/photo-1.raw"));
}

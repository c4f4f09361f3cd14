//! A kill at any moment, and a disk that is full: what is destroyed is here or there, whole, and can be brought back.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use super::trees::{later, starting, tree, undo};
use super::*;

/// Tells this test binary that it is the one that is killed, and what it does till then.
const JOB: &str = "WATCH_TEST_JOB";
/// So many files are destroyed.
const FILES: u32 = 60;

/// Starts this very test binary for one job in one folder.
fn job(what: &str, root: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "undo::tests::kills::the_one_that_is_killed", "--nocapture", "--test-threads=1"]);
    command.env(JOB, what).env("WATCH_TEST_ROOT", root).stdout(Stdio::piped());
    command
}

/// Lets a job run until it has told of so many steps, and kills it there.
fn killed_after(what: &str, root: &Path, steps: usize) {
    let mut child = job(what, root).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let told = lines.map_while(Result::ok).filter(|line| line.contains("step")).take(steps).count();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(told, steps, "the job ended by itself");
}

fn step() {
    writeln!(std::io::stdout(), "step").unwrap();
}

#[test]
fn the_one_that_is_killed() {
    let Ok(what) = std::env::var(JOB) else { return };
    let bench = Bench::at(Path::new(&std::env::var_os("WATCH_TEST_ROOT").unwrap()));
    match what.as_str() {
        "keep" => {
            let store = bench.store();
            step();
            for number in 0..FILES {
                let path = bench.work.join(format!("file-{number}"));
                let how = if number % 3 == 0 { How::Truncated } else { How::Removed };
                keep(&store, &path, how).unwrap();
                if number % 3 == 0 {
                    fs::write(&path, "").unwrap()
                } else {
                    fs::remove_file(&path).unwrap()
                }
                step();
            }
        }
        "undo" => {
            let (_, plan) = plan(&bench.session(), &Selection::default()).unwrap();
            let manner = Manner { left_until: later(), over_newer: OverNewer::Beside, now: SystemTime::now() };
            let budget = Budget { bytes: 1 << 30, age: Duration::from_secs(86_400) };
            step();
            bring_back(&bench.session(), &plan, manner, budget, &mut |_| step()).unwrap();
        }
        "full" => on_a_full_disk(&bench),
        other => panic!("no such job: {other}"),
    }
}

fn text(number: u32) -> String {
    format!("the text of {number}\n").repeat(500)
}

#[test]
fn a_kill_while_keeping_leaves_every_file_here_or_there() {
    for steps in [1, 2, 3, 4, 7, 12, 30, 59] {
        let bench = Bench::new();
        for number in 0..FILES {
            bench.write(&format!("file-{number}"), text(number));
        }
        killed_after("keep", bench.root(), steps);
        let (story, _) = plan(&bench.session(), &Selection::default()).unwrap();
        undo(&bench, OverNewer::Beside, later());
        for number in 0..FILES {
            let whole = text(number);
            let name = format!("file-{number}");
            let is_it = |path: &PathBuf| fs::read_to_string(path).is_ok_and(|found| found == whole);
            let is_copy = |path: &PathBuf| {
                let digest = path.file_stem().unwrap().to_string_lossy().into_owned();
                let back = tempfile::tempfile().unwrap();
                File::open(path)
                    .is_ok_and(|copy| content::copy_out(&copy, &digest, None, whole.len() as u64, &back).is_ok())
            };
            let found = is_it(&bench.work.join(&name))
                || story.nameless.iter().any(|path| is_it(path) || (path.extension().is_some() && is_copy(path)));
            assert!(found, "{name} is lost after {steps} steps: {story:#?}");
        }
    }
}

#[test]
fn a_kill_while_bringing_back_can_be_made_good_by_doing_it_again() {
    for steps in [1, 2, 3, 5, 9, 17, 33, 50] {
        let bench = Bench::new();
        for number in 0..FILES {
            bench.write(&format!("folder-{}/file-{number}", number % 5), text(number));
        }
        fs::hard_link(bench.work.join("folder-1/file-1"), bench.work.join("folder-2/twin")).unwrap();
        let before = tree(&bench.work);
        let store = starting(&bench);
        for number in 0..FILES {
            let path = bench.work.join(format!("folder-{}/file-{number}", number % 5));
            match number % 4 {
                0 => drop(remove(&store, &path).unwrap()),
                1 => {
                    keep(&store, &path, How::Truncated).unwrap();
                    fs::write(&path, "left by the session").unwrap();
                }
                2 => {
                    remove(&store, &path).unwrap();
                    fs::write(&path, "made again by the session").unwrap();
                }
                _ => {
                    let to = path.with_extension("moved");
                    keep(&store, &path, How::Moved { to: to.as_os_str().as_bytes() }).unwrap();
                    fs::rename(&path, &to).unwrap();
                }
            }
        }
        drop(store);
        killed_after("undo", bench.root(), steps);
        let more = undo(&bench, OverNewer::Beside, later());
        let mut after = tree(&bench.work);
        after.retain(|path, _| before.contains_key(path));
        for (path, entry) in &before {
            let mut found = after.remove(path).unwrap_or_else(|| panic!("{path:?} after {steps} steps: {more:#?}"));
            found.inode = entry.inode;
            if entry.kind == crate::sys::FileKind::Folder {
                found.written = entry.written;
            }
            assert_eq!(&found, entry, "after {steps} steps: {more:#?}");
        }
        assert_eq!(undo(&bench, OverNewer::Beside, later()), []);
    }
}

/// Bytes that no compression makes fewer.
fn noise(seed: u64, bytes: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    std::iter::repeat_with(next).take(bytes).collect()
}

/// Runs on a small disk of its own, see below.
fn on_a_full_disk(bench: &Bench) {
    let store = bench.store();
    let mut full = 0;
    for number in 0..300 {
        let noise = noise(number, 40 << 10);
        let path = bench.work.join("file");
        if fs::write(&path, &noise).is_err() {
            full += 1;
            let _ = fs::remove_file(&path);
            continue;
        }
        match keep(&store, &path, How::Truncated) {
            Ok(_) => {}
            Err(NotKept::DiskFull) => full += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert!(full > 0, "the disk was never full");
    assert!(store.status().kept > 0);
    drop(store);
    let (story, _) = plan(&bench.session(), &Selection::default()).unwrap();
    assert!(story.lost.is_empty() && !story.found.is_empty());
    step();
}

#[test]
fn a_full_disk_is_answered_and_the_manifest_stays_whole() {
    let bench = Bench::new();
    let binary = job("full", bench.root());
    let arguments: Vec<_> = binary.get_args().map(|argument| argument.to_string_lossy().into_owned()).collect();
    let script = format!(
        "mount -t tmpfs -o size=6m tmpfs '{root}' && exec '{binary}' {arguments}",
        root = bench.root().display(),
        binary = std::env::current_exe().unwrap().display(),
        arguments = arguments.join(" "),
    );
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", &script]).env(JOB, "full").env("WATCH_TEST_ROOT", bench.root());
    let output = command.output();
    let said = output.as_ref().map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    if !said.contains("running") {
        assert_ne!(std::env::var("WATCH_REQUIRE_KERNEL").as_deref(), Ok("1"), "no disk of our own: {output:?}");
        println!("skipped: a disk of our own cannot be had here: {output:?}");
        return;
    }
    assert!(said.contains("step"), "{output:?}");
}

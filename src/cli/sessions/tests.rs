use super::*;
use crate::journal::{Body, Entry, Gate, Writer};
use crate::model::Moment;

/// A folder of sessions with these ids, each closed.
fn folder_of(ids: &[&str]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for id in ids {
        fs::create_dir(dir.path().join(id)).unwrap();
        write(&dir.path().join(id), id, true);
    }
    dir
}

fn write(folder: &Path, id: &str, is_closed: bool) {
    let mut writer = Writer::new(File::create(folder.join(JOURNAL_FILE)).unwrap());
    let start = Body::SessionStart {
        version: 1,
        session: id.into(),
        program: "holdpoint 0".into(),
        started: "2026-11-21T07:00:00Z".into(),
        agent: vec!["bash".into(), "-c".into(), "\x1b[2K".into()],
        cwd: "/".into(),
        task: None,
        profile: "balanced".into(),
        gate: Gate::Off,
        on_hold: "deny".into(),
        size: (80, 24),
    };
    writer.append(&Entry { t: Moment(0), body: start }).unwrap();
    if is_closed {
        writer.append(&Entry { t: Moment(1), body: Body::Exit { status: 0, signal: None } }).unwrap();
    }
}

#[test]
fn a_session_is_found_by_its_folder_or_a_unique_beginning_of_its_id() {
    let dir = folder_of(&["20261120-a", "20261121-b", "20261121-bc"]);
    let path = |id: &str| dir.path().join(id);
    for (asked, id) in [("20261120", "20261120-a"), ("20261121-b", "20261121-b"), ("20261121-bc", "20261121-bc")] {
        assert_eq!(resolve(asked, dir.path()).unwrap(), path(id), "{asked}");
    }
    let full = path("20261120-a");
    assert_eq!(resolve(full.to_str().unwrap(), Path::new("/nowhere")).unwrap(), full);
    let journal = full.join(JOURNAL_FILE);
    assert_eq!(resolve(journal.to_str().unwrap(), Path::new("/nowhere")).unwrap(), full.join(""));
}

#[test]
fn a_name_of_no_session_or_of_several_says_which_there_are() {
    let dir = folder_of(&["20261120-a", "20261121-b", "20261121-c"]);
    fs::create_dir(dir.path().join("empty")).unwrap();
    let error = |asked: &str| resolve(asked, dir.path()).unwrap_err().to_string();
    assert_eq!(error("x"), "no session is called `x`; the newest are 20261121-c, 20261121-b, 20261120-a");
    assert_eq!(error(""), "no session is called ``; the newest are 20261121-c, 20261121-b, 20261120-a");
    assert_eq!(error("20261121"), "`20261121` begins the ids of 2 sessions: 20261121-c, 20261121-b");
    let empty = dir.path().join("empty");
    let expected = format!("{} holds no session: there is no journal.jsonl in it", empty.display());
    assert_eq!(error(empty.to_str().unwrap()), expected);
    let nowhere = resolve("x", Path::new("/nowhere")).unwrap_err().to_string();
    assert_eq!(nowhere, "no session is called `x`");
}

#[test]
fn a_session_runs_as_long_as_its_journal_is_locked() {
    let dir = folder_of(&["a"]);
    write(&dir.path().join("a"), "a", false);
    let state = || all(dir.path()).unwrap()[0].state();
    assert_eq!(state(), "cut off");
    let journal = File::open(dir.path().join("a").join(JOURNAL_FILE)).unwrap();
    journal.try_lock().unwrap();
    assert_eq!(state(), "running");
    drop(journal);
    assert_eq!(state(), "cut off");
    write(&dir.path().join("a"), "a", true);
    assert_eq!(state(), "exit 0");
}

#[test]
fn a_list_shows_each_session_and_nothing_that_a_terminal_obeys() {
    let dir = folder_of(&["one"]);
    let sessions = all(dir.path()).unwrap();
    let mut out = Vec::new();
    list(&mut out, &sessions, false).unwrap();
    let text = String::from_utf8(out).unwrap();
    let row = text.lines().nth(1).unwrap();
    assert!(row.starts_with("one  2026-11-21T07:00:00Z           0  exit 0"), "{row}");
    assert!(row.ends_with("bash -c <U+001B>[2K"), "{row}");
    let mut out = Vec::new();
    list(&mut out, &sessions, true).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&out).unwrap();
    assert_eq!(json[0]["id"], "one");
    assert_eq!(json[0]["agent"], serde_json::json!(["bash", "-c", "\x1b[2K"]));
    assert_eq!(json[0]["exit"], 0);
}

/// A session of this age in days and size in bytes.
fn session(id: &str, age: u64, bytes: u64, liveness: Liveness) -> Listed {
    let written = now() - Duration::from_secs(age * 24 * 60 * 60 + 1);
    let summary = Summary::read(io::empty());
    Listed { folder: PathBuf::new(), id: id.into(), summary, liveness, bytes, written, is_packed: false }
}

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(2_000_000_000)
}

#[test]
fn what_is_old_or_too_much_goes_and_what_runs_stays() {
    use Liveness::{Ended, Running};
    let check = |sessions: Vec<Listed>, gone: &str| {
        let (going, staying) = pruned(sessions, 30, 100, now());
        let ids: Vec<&str> = going.iter().map(|session| session.id.as_str()).collect();
        assert_eq!(ids.join(" "), gone, "of {}", going.len() + staying.len());
    };
    check(vec![session("a", 0, 50, Ended), session("b", 29, 50, Ended), session("c", 30, 0, Ended)], "c");
    check(vec![session("a", 0, 60, Ended), session("b", 1, 60, Ended), session("c", 2, 1, Ended)], "b c");
    check(vec![session("a", 40, 500, Running), session("b", 41, 500, Running)], "");
    check(vec![session("a", 0, 500, Ended)], "a");
    check(vec![session("a", 0, 500, Running), session("b", 1, 100, Ended)], "");
}

#[test]
fn a_removed_session_is_gone_and_what_a_link_leads_to_stays() {
    let dir = folder_of(&["a", "b"]);
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("kept"), "x").unwrap();
    write(outside.path(), "outside", true);
    fs::create_dir(dir.path().join("a/undo")).unwrap();
    fs::write(dir.path().join("a/undo/file"), "x").unwrap();
    std::os::unix::fs::symlink(outside.path(), dir.path().join("a/link")).unwrap();
    std::os::unix::fs::symlink(outside.path(), dir.path().join("linked")).unwrap();
    assert_eq!(ids(dir.path()).unwrap(), ["a", "b"]);
    remove(&dir.path().join("a")).unwrap();
    assert_eq!(ids(dir.path()).unwrap(), ["b"]);
    assert!(outside.path().join("kept").is_file());
}

#[test]
fn sizes_are_for_people() {
    for (bytes, text) in [(0, "0.0 KiB"), (1536, "1.5 KiB"), (1 << 20, "1.0 MiB"), (5 << 40, "5120.0 GiB")] {
        assert_eq!(bytes_told(bytes), text);
    }
}

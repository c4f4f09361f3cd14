//! The store, used as the gate uses it: look, keep, destroy.
#![allow(clippy::disallowed_methods, reason = "a test is its own gate, which says what time it is")]

mod back;
mod kills;
mod references;
mod trees;

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::BufReader;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::*;
use crate::model::{ActionId, Pid, Untrusted};
use crate::sys::Place;

/// A workspace with a session's folder beside it, on one file system.
struct Bench {
    /// Removed with it; another process may have made it.
    _root: Option<tempfile::TempDir>,
    _work: Option<tempfile::TempDir>,
    work: PathBuf,
    sessions: PathBuf,
}

impl Bench {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let bench = Self::at(&root.path().canonicalize().unwrap());
        Self { _root: Some(root), ..bench }
    }

    /// The same with the workspace on another file system, where there is one.
    fn across() -> Option<Self> {
        let bench = Self::new();
        let work = tempfile::tempdir_in("/dev/shm").ok()?;
        let path = work.path().canonicalize().unwrap();
        let is_another = fs::metadata(&path).unwrap().dev() != fs::metadata(&bench.sessions).unwrap().dev();
        is_another.then(|| Self { _work: Some(work), work: path, ..bench })
    }

    fn at(path: &Path) -> Self {
        let (work, sessions) = (path.join("work"), path.join("sessions"));
        fs::create_dir_all(&work).unwrap();
        fs::create_dir_all(sessions.join("one")).unwrap();
        Self { _root: None, _work: None, work, sessions }
    }

    fn root(&self) -> &Path {
        self.work.parent().unwrap()
    }

    fn session(&self) -> PathBuf {
        self.sessions.join("one")
    }

    fn options(&self, bytes: u64) -> Options {
        let budget = Budget { bytes, age: Duration::from_secs(14 * 86_400) };
        // In these tests what is destroyed was there before: the session starts in a moment that never comes.
        let started = SystemTime::now() + Duration::from_secs(3600);
        Options { budget, sessions: Some(self.sessions.clone()), started, rules: KeepRules::keep_everything() }
    }

    fn store(&self) -> KeepStore {
        KeepStore::open(&self.session(), self.options(1 << 30)).unwrap()
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.work.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }
}

fn keep(store: &KeepStore, path: &Path, how: How<'_>) -> Result<Kept, NotKept> {
    let folder = Place::open(path.parent().unwrap()).unwrap();
    let program = Untrusted::from("rm");
    store.keep(&Doomed {
        at: SystemTime::now(),
        action: ActionId(1),
        case: None,
        pid: Pid(1),
        program: &program,
        path: path.as_os_str().as_bytes(),
        origin: None,
        target: Target::Name { folder: &folder, name: path.file_name().unwrap() },
        facts: None,
        how,
    })
}

/// Keeps and removes a file.
fn remove(store: &KeepStore, path: &Path) -> Result<Kept, NotKept> {
    let kept = keep(store, path, How::Removed);
    fs::remove_file(path).unwrap();
    kept
}

/// All manifests of a session, in order, with the folder each is in.
fn manifests(session: &Path) -> Vec<(PathBuf, Manifest)> {
    let all = budget::segments(&session.join(KEPT_FOLDER)).unwrap();
    let read = |path: &Path| read_manifest(BufReader::new(File::open(path.join(MANIFEST_FILE)).unwrap())).unwrap();
    all.into_iter().map(|(_, path, _)| (path.clone(), read(&path))).collect()
}

fn records(session: &Path) -> Vec<Record> {
    manifests(session).into_iter().flat_map(|(_, manifest)| manifest.records).collect()
}

/// What a store takes on the disk, whatever it says of itself.
fn disk_bytes(folder: &Path) -> u64 {
    let mut seen = std::collections::HashSet::new();
    let mut bytes = 0;
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let about = entry.metadata().unwrap();
            if about.is_dir() {
                folders.push(entry.path());
            } else if seen.insert((about.dev(), about.ino())) {
                bytes += about.blocks() * 512;
            }
        }
    }
    bytes
}

#[test]
fn a_removed_file_is_the_same_file_in_the_store() {
    let bench = Bench::new();
    let path = bench.write("src/main.rs", "fn main() {}\n");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o751)).unwrap();
    let inode = fs::metadata(&path).unwrap().ino();
    let store = bench.store();
    let kept = remove(&store, &path).unwrap();
    assert_eq!(kept.way, Way::Link);
    let (folder, manifest) = manifests(&bench.session()).pop().unwrap();
    let record = manifest.records.last().unwrap();
    assert_eq!((Some(record.seq), record.verb), (kept.seq, Verb::Removed));
    assert_eq!(record.path.as_bytes(), path.as_os_str().as_bytes());
    let Content::Link { name } = &record.content else { panic!("{record:?}") };
    assert_eq!(name.as_bytes(), b"1.main.rs");
    let about = fs::metadata(folder.join(OsStr::from_bytes(name.as_bytes()))).unwrap();
    assert_eq!((about.ino(), about.permissions().mode() & 0o7777), (inode, 0o751));
    assert_eq!(manifest.records[0].verb, Verb::Touched);
    let mode = fs::metadata(bench.session().join(KEPT_FOLDER)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[test]
fn names_of_one_file_are_kept_once() {
    let bench = Bench::new();
    let path = bench.write("a", "x");
    fs::hard_link(&path, bench.work.join("b")).unwrap();
    let store = bench.store();
    for name in ["a", "b"] {
        remove(&store, &bench.work.join(name)).unwrap();
    }
    let kept: Vec<Record> =
        records(&bench.session()).into_iter().filter(|record| record.verb == Verb::Removed).collect();
    assert_eq!(kept.len(), 2);
    assert_eq!(kept[0].content, kept[1].content);
}

#[test]
fn what_changes_in_place_is_kept_as_it_was_and_the_same_state_once() {
    let bench = Bench::new();
    let text = "a line of some length\n".repeat(4096);
    let path = bench.write("log", &text);
    let store = bench.store();
    let first = keep(&store, &path, How::Truncated).unwrap();
    assert!(matches!(first.way, Way::Copy | Way::Shared));
    assert!(first.way == Way::Shared || first.bytes < text.len() as u64);
    let again = keep(&store, &path, How::Written).unwrap();
    assert!(again.bytes < 4096 && again.seq > first.seq);
    fs::write(&path, "").unwrap();
    assert_eq!(keep(&store, &path, How::Truncated).unwrap().way, Way::Facts);
    let (folder, manifest) = manifests(&bench.session()).pop().unwrap();
    let Content::Copy { digest, bytes, parts, is_torn } = &manifest.records[1].content else { return };
    assert_eq!((*bytes, parts, *is_torn), (text.len() as u64, &None, false));
    let copy = File::open(folder.join(format!("{digest}.zst"))).unwrap();
    let back = tempfile::tempfile().unwrap();
    content::copy_out(&copy, digest, parts.as_deref(), *bytes, &back).unwrap();
    let mut read = vec![0; text.len()];
    back.read_exact_at(&mut read, 0).unwrap();
    assert_eq!(read, text.as_bytes());
}

#[test]
fn links_folders_and_pipes_are_kept_and_sockets_are_not() {
    let bench = Bench::new();
    let store = bench.store();
    symlink("nowhere", bench.work.join("link")).unwrap();
    fs::create_dir(bench.work.join("folder")).unwrap();
    Place::open(&bench.work).unwrap().create_pipe(OsStr::new("pipe")).unwrap();
    let socket = std::os::unix::net::UnixListener::bind(bench.work.join("socket")).unwrap();
    for (name, how) in [("link", How::Removed), ("folder", How::FolderRemoved), ("pipe", How::Removed)] {
        keep(&store, &bench.work.join(name), how).unwrap();
    }
    let refused = keep(&store, &bench.work.join("socket"), How::Removed).unwrap_err();
    assert!(matches!(refused, NotKept::Kind("socket")), "{refused}");
    drop(socket);
    assert!(matches!(keep(&store, &bench.work.join("none"), How::Removed), Err(NotKept::Gone)));
    assert_eq!((store.status().kept, store.status().not_kept), (3, 1));
    let last = records(&bench.session()).pop().unwrap();
    assert_eq!(last.content, Content::NotKept { why: "a socket cannot be kept".into(), rule: None });
}

#[test]
fn what_the_session_made_is_not_kept_but_its_moves_are() {
    let bench = Bench::new();
    let file = KeepFile { copy_mib_max: 1, made_by_session: Made::LetGo, rule: Vec::new() };
    let rules = KeepRules::new(file, KeepChoice::default(), bench.work.clone(), None).unwrap();
    let started = SystemTime::now() - Duration::from_secs(5);
    let options = Options { started, rules, ..bench.options(1 << 30) };
    let store = KeepStore::open(&bench.session(), options).unwrap();
    let path = bench.write("made", "x");
    let refused = keep(&store, &path, How::Removed).unwrap_err();
    assert!(refused.is_by_rule(), "{refused}");
    assert_eq!(keep(&store, &path, How::Moved { to: b"/w/there" }).unwrap().way, Way::Facts);
}

#[test]
fn what_a_rule_lets_go_is_put_down_once() {
    let bench = Bench::new();
    let rule =
        KeepRule { id: "build".into(), folder: vec!["out".into()], beside: vec!["make".into()], ..KeepRule::default() };
    let file = KeepFile { copy_mib_max: 1, made_by_session: Made::LetGo, rule: vec![rule] };
    let rules = KeepRules::new(file, KeepChoice::default(), bench.work.clone(), None).unwrap();
    let store = KeepStore::open(&bench.session(), Options { rules, ..bench.options(1 << 30) }).unwrap();
    bench.write("a/make", "");
    for name in ["a/out/1", "a/out/2", "a/out/deep/3"] {
        let refused = remove(&store, &bench.write(name, "x")).unwrap_err();
        assert!(refused.is_by_rule(), "{refused}");
    }
    remove(&store, &bench.write("b/out/1", "x")).unwrap();
    let large = keep(&store, &bench.write("large", vec![b'x'; 2 << 20]), How::Truncated);
    assert!(matches!(large, Err(NotKept::TooLarge { .. }) | Ok(Kept { way: Way::Shared, .. })), "{large:?}");
    let all = records(&bench.session());
    let let_go: Vec<&Record> =
        all.iter().filter(|record| matches!(&record.content, Content::NotKept { rule: Some(_), .. })).collect();
    assert_eq!(let_go.len(), 1);
    assert_eq!(let_go[0].path.as_bytes(), bench.work.join("a/out").as_os_str().as_bytes());
}

#[test]
fn the_budget_holds_while_ten_times_as_much_is_removed() {
    const BUDGET: u64 = 4 << 20;
    let bench = Bench::new();
    let store = KeepStore::open(&bench.session(), bench.options(BUDGET)).unwrap();
    let blob: Vec<u8> = (0..64u32 << 10).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    for n in 0..640 {
        let path = bench.write(&format!("d{}/f{n}", n % 7), &blob);
        assert_eq!(remove(&store, &path).unwrap().way, Way::Link, "{n}");
        assert!(store.status().bytes <= BUDGET, "{:?}", store.status());
        if n % 64 == 0 {
            assert!(disk_bytes(&bench.sessions) <= BUDGET + (3 << 20), "the manifest's room aside");
        }
    }
    assert!(store.status().evicted_bytes >= 9 * BUDGET);
    drop(store);
    assert!(disk_bytes(&bench.sessions) <= BUDGET, "{}", disk_bytes(&bench.sessions));
    assert!(size_of(&bench.session()).unwrap() <= BUDGET);
    let left = records(&bench.session());
    assert!(left.len() > 40, "{}", left.len());
    assert!(left.last().unwrap().path.lossy().ends_with("/f639"), "the newest stays");
}

#[test]
fn one_budget_is_shared_by_all_sessions_and_the_oldest_goes_first() {
    const BUDGET: u64 = 4 << 20;
    let bench = Bench::new();
    let other = bench.sessions.join("two");
    fs::create_dir(&other).unwrap();
    let store = KeepStore::open(&bench.session(), bench.options(BUDGET)).unwrap();
    for n in 0..30 {
        remove(&store, &bench.write(&format!("old{n}"), vec![7; 64 << 10])).unwrap();
    }
    drop(store);
    let store = KeepStore::open(&other, bench.options(BUDGET)).unwrap();
    for n in 0..80 {
        remove(&store, &bench.write(&format!("new{n}"), vec![8; 64 << 10])).unwrap();
    }
    drop(store);
    assert!(size_of(&bench.session()).unwrap() + size_of(&other).unwrap() <= BUDGET);
    assert!(records(&bench.session()).is_empty());
    assert!(records(&other).len() > 50);
}

#[test]
fn one_thing_does_not_push_everything_else_out() {
    let bench = Bench::new();
    let store = KeepStore::open(&bench.session(), bench.options(1 << 20)).unwrap();
    remove(&store, &bench.write("small", "x")).unwrap();
    let refused = remove(&store, &bench.write("large", vec![1; 700 << 10])).unwrap_err();
    assert!(matches!(refused, NotKept::OverBudget { .. }), "{refused}");
    drop(store);
    let left = records(&bench.session());
    assert!(left.iter().any(|record| record.path.lossy().ends_with("/small")));
    assert!(matches!(left.last().unwrap().content, Content::NotKept { .. }));
}

#[test]
fn many_small_things_fill_segments_and_all_are_found() {
    let bench = Bench::new();
    let store = bench.store();
    let many = 3 * u64::from(segment::RECORDS_MAX);
    for n in 0..many {
        remove(&store, &bench.write("file", n.to_string())).unwrap();
    }
    drop(store);
    let all = manifests(&bench.session());
    assert!(all.len() >= 3);
    let mut seen = 0;
    for (folder, manifest) in &all {
        for record in manifest.records.iter().filter(|record| record.verb == Verb::Removed) {
            let Content::Link { name } = &record.content else { panic!("{record:?}") };
            assert_eq!(fs::read_to_string(folder.join(OsStr::from_bytes(name.as_bytes()))).unwrap(), seen.to_string());
            seen += 1;
        }
    }
    assert_eq!(seen, many);
    let seqs: Vec<u64> =
        all.iter().flat_map(|(_, manifest)| manifest.records.iter().map(|record| record.seq)).collect();
    assert!(seqs.windows(2).all(|pair| pair[0] < pair[1]));
}

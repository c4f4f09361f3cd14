//! Random trees, destroyed in random ways and brought back: what was there is there again, to the nanosecond.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;

use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::sys::{Facts, FileKind, IfTaken};

/// A tree as it can be told apart from every other.
pub(super) type Tree = BTreeMap<Vec<u8>, Entry>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// Not compared: what comes back may be another.
    pub(super) inode: u64,
    pub(super) kind: FileKind,
    mode: u32,
    owner: (u32, u32),
    pub(super) written: (i64, u32),
    links: u64,
    /// The first name of the same file.
    twin: Vec<u8>,
    content: Vec<u8>,
    has_holes: bool,
    attributes: Vec<(Vec<u8>, Vec<u8>)>,
}

/// Names as they occur, and as they should not.
const NAMES: &[&[u8]] =
    &[b"a", b"b", b"main.rs", b"new\nline", b"not\xff\xfeutf8", b"-rf", b" blank ", "h\u{e4}\u{202e}".as_bytes()];

#[derive(Debug, Clone)]
enum Planted {
    File { text: Vec<u8>, mode: u32, is_marked: bool },
    Sparse,
    Link,
    Pipe,
    Folder { mode: u32 },
    Twin { of: Index },
}

#[derive(Debug, Clone)]
enum Act {
    Remove(Index),
    RemoveTree(Index),
    MoveOver(Index, Index),
    Move(Index),
    Exchange(Index, Index),
    Truncate(Index),
    Shorten(Index),
    WriteOver(Index),
    SaveAs(Index),
    MakeAgain(Index),
}

fn planted() -> impl Strategy<Value = Planted> {
    let modes = prop::sample::select(vec![0o644, 0o600, 0o444, 0o755, 0o4755, 0o000]);
    prop_oneof![
        5 => (prop::collection::vec(any::<u8>(), 0..64), modes, any::<bool>())
            .prop_map(|(text, mode, is_marked)| Planted::File { text, mode, is_marked }),
        1 => Just(Planted::Sparse),
        1 => Just(Planted::Link),
        1 => Just(Planted::Pipe),
        3 => prop::sample::select(vec![0o755, 0o700, 0o1777]).prop_map(|mode| Planted::Folder { mode }),
        2 => any::<Index>().prop_map(|of| Planted::Twin { of }),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    let one = any::<Index>;
    prop_oneof![
        3 => one().prop_map(Act::Remove),
        2 => one().prop_map(Act::RemoveTree),
        2 => (one(), one()).prop_map(|(a, b)| Act::MoveOver(a, b)),
        2 => one().prop_map(Act::Move),
        1 => (one(), one()).prop_map(|(a, b)| Act::Exchange(a, b)),
        2 => one().prop_map(Act::Truncate),
        1 => one().prop_map(Act::Shorten),
        1 => one().prop_map(Act::WriteOver),
        2 => one().prop_map(Act::SaveAs),
        2 => one().prop_map(Act::MakeAgain),
    ]
}

fn place(path: &Path) -> (Place, &OsStr) {
    (Place::open_folder(path.parent().unwrap()).unwrap(), path.file_name().unwrap())
}

fn facts_at(path: &Path) -> Facts {
    let (folder, name) = place(path);
    folder.facts_of(name).unwrap()
}

/// The number of the folder a path is in.
fn folder_of(path: &Path) -> u64 {
    fs::metadata(path.parent().unwrap()).unwrap().ino()
}

/// Every path below a folder, in order.
fn paths(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            }
            found.push(entry.path());
        }
    }
    found.sort();
    found
}

pub(super) fn tree(root: &Path) -> Tree {
    let mut twins: HashMap<u64, Vec<u8>> = HashMap::new();
    let mut tree = Tree::new();
    for path in paths(root) {
        let (folder, name) = place(&path);
        let facts = folder.facts_of(name).unwrap();
        let key = path.strip_prefix(root).unwrap().as_os_str().as_bytes().to_vec();
        let content = match facts.kind {
            FileKind::File => fs::read(&path).unwrap(),
            FileKind::Link => fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes(),
            _ => Vec::new(),
        };
        let attributes = folder.attributes(name).unwrap_or_default();
        let entry = Entry {
            inode: facts.id.inode,
            kind: facts.kind,
            mode: facts.mode,
            owner: (facts.owner, facts.group),
            written: facts.written,
            links: if facts.kind == FileKind::Folder { 0 } else { facts.links },
            twin: twins.entry(facts.id.inode).or_insert_with(|| key.clone()).clone(),
            content,
            has_holes: facts.kind == FileKind::File && facts.disk_bytes < facts.bytes,
            attributes: attributes.into_iter().map(|(name, value)| (name.into_encoded_bytes(), value)).collect(),
        };
        tree.insert(key, entry);
    }
    tree
}

/// Grows a tree; its times lie in the past, each another.
fn plant(root: &Path, plants: &[(Index, Index, Planted)]) {
    for (number, (under, name, what)) in plants.iter().enumerate() {
        let all = paths(root);
        let mut folders = vec![root.to_owned()];
        folders.extend(all.iter().filter(|path| facts_at(path).kind == FileKind::Folder).cloned());
        let folder = under.get(&folders);
        let path = folder.join(OsStr::from_bytes(name.get::<&[u8]>(NAMES)));
        if path.symlink_metadata().is_ok() {
            continue;
        }
        let (parent, own) = place(&path);
        match what {
            Planted::File { text, mode, is_marked } => {
                fs::write(&path, text.repeat(1 + number * 40)).unwrap();
                parent.set_mode(own, *mode).unwrap();
                if *is_marked {
                    let _ = parent.set_attribute(own, OsStr::new("user.mark"), text);
                }
            }
            Planted::Sparse => {
                let file = File::create(&path).unwrap();
                file.set_len(300 << 10).unwrap();
                file.write_at(b"data", 100 << 10).unwrap();
            }
            Planted::Link => symlink("../nowhere/\n", &path).unwrap(),
            Planted::Pipe => parent.create_pipe(own).unwrap(),
            Planted::Folder { mode } => {
                fs::create_dir(&path).unwrap();
                parent.set_mode(own, *mode).unwrap();
            }
            Planted::Twin { of } => {
                let files: Vec<_> = all.iter().filter(|path| facts_at(path).kind != FileKind::Folder).collect();
                if !files.is_empty() {
                    fs::hard_link(of.get(&files), &path).unwrap();
                }
            }
        }
    }
    for (number, path) in paths(root).iter().rev().enumerate() {
        let (parent, own) = place(path);
        let at = (1_600_000_000 + i64::try_from(number).unwrap() * 1000, 123_456_789);
        parent.set_times(own, at, at).unwrap();
    }
}

/// The gate and the agent in one: keeps, then does.
struct Agent<'a> {
    store: &'a KeepStore,
    root: PathBuf,
    /// Folders into which things were moved: nobody keeps how they were.
    moved_into: BTreeSet<u64>,
    /// What is gone, with the folder it was in.
    removed: Vec<(PathBuf, u64)>,
    made: u32,
}

impl Agent<'_> {
    fn pick(&self, index: &Index, wanted: impl Fn(&Facts) -> bool) -> Option<PathBuf> {
        let all: Vec<PathBuf> = paths(&self.root).into_iter().filter(|path| wanted(&facts_at(path))).collect();
        (!all.is_empty()).then(|| index.get(&all).clone())
    }

    fn keep(&self, path: &Path, how: How<'_>) {
        match keep(self.store, path, how) {
            Ok(_) => {}
            Err(why) => assert!(why.is_by_rule(), "{}: {why}", path.display()),
        }
    }

    fn into(&mut self, path: &Path) {
        self.moved_into.insert(folder_of(path));
    }

    fn is_below(&self, a: &Path, b: &Path) -> bool {
        a.starts_with(b) || b.starts_with(a)
    }

    fn remove_tree(&mut self, path: &Path) {
        if facts_at(path).kind != FileKind::Folder {
            self.keep(path, How::Removed);
            fs::remove_file(path).unwrap();
        } else {
            for entry in fs::read_dir(path).unwrap().flatten() {
                self.remove_tree(&entry.path());
            }
            self.keep(path, How::FolderRemoved);
            fs::remove_dir(path).unwrap();
        }
        self.removed.push((path.to_owned(), folder_of(path)));
    }

    fn new_name(&mut self) -> String {
        self.made += 1;
        format!("made-{}", self.made)
    }

    fn act(&mut self, act: &Act) -> Option<()> {
        let is_file = |facts: &Facts| facts.kind != FileKind::Folder;
        let has_content = |facts: &Facts| facts.kind == FileKind::File;
        match act {
            Act::Remove(index) => {
                let path = self.pick(index, is_file)?;
                self.remove_tree(&path);
            }
            Act::RemoveTree(index) => {
                let path = self.pick(index, |_| true)?;
                self.remove_tree(&path);
            }
            Act::MoveOver(a, b) => {
                let (from, to) = (self.pick(a, is_file)?, self.pick(b, is_file)?);
                let (by, old) = (facts_at(&from), facts_at(&to));
                if by.id != old.id {
                    self.move_over(&from, &to, by);
                }
            }
            Act::Move(index) => {
                let from = self.pick(index, |_| true)?;
                let to = from.with_file_name(self.new_name());
                self.keep(&from, How::Moved { to: to.as_os_str().as_bytes() });
                fs::rename(&from, &to).unwrap();
            }
            Act::Exchange(a, b) => {
                let (a, b) = (self.pick(a, |_| true)?, self.pick(b, |_| true)?);
                if !self.is_below(&a, &b) {
                    self.keep(&a, How::Exchanged { with: b.as_os_str().as_bytes() });
                    let ((from, name), (to, other)) = (place(&a), place(&b));
                    from.rename(name, &to, other, IfTaken::Exchange).unwrap();
                    self.into(&b);
                }
            }
            Act::Truncate(index) => {
                let path = self.pick(index, has_content)?;
                self.keep(&path, How::Truncated);
                fs::write(&path, "what the session wrote\n").ok()?;
            }
            Act::Shorten(index) => {
                let path = self.pick(index, has_content)?;
                self.keep(&path, How::Truncated);
                File::options().write(true).open(&path).ok()?.set_len(1).unwrap();
            }
            Act::WriteOver(index) => {
                let path = self.pick(index, has_content)?;
                self.keep(&path, How::Written);
                File::options().write(true).open(&path).ok()?.write_at(b"over", 2).unwrap();
            }
            Act::SaveAs(index) => {
                let path = self.pick(index, has_content)?;
                let temporary = path.with_file_name(self.new_name());
                self.into(&temporary);
                fs::write(&temporary, "saved anew\n").unwrap();
                let by = facts_at(&temporary);
                self.move_over(&temporary, &path, by);
            }
            Act::MakeAgain(index) => {
                let (path, folder) = (!self.removed.is_empty()).then(|| index.get(&self.removed).clone())?;
                let mut file = File::options().write(true).create_new(true).mode(0o640).open(&path).ok()?;
                file.write_all(b"made again\n").unwrap();
                // What is made is not held: nobody has looked at another folder that is there now.
                if folder_of(&path) != folder {
                    self.into(&path);
                }
            }
        }
        Some(())
    }

    fn move_over(&mut self, from: &Path, to: &Path, by: Facts) {
        let born = by
            .born
            .map(|(seconds, nanos)| SystemTime::UNIX_EPOCH + Duration::new(u64::try_from(seconds).unwrap(), nanos));
        self.keep(to, How::Replaced { by: from.as_os_str().as_bytes(), id: by.id, born });
        fs::rename(from, to).unwrap();
        self.into(from);
        self.removed.push((from.to_owned(), folder_of(from)));
    }
}

/// A store whose session starts now: what is made from here on is the session's own.
pub(super) fn starting(bench: &Bench) -> KeepStore {
    let started = SystemTime::now();
    let file = KeepFile { copy_mib_max: 64, made_by_session: Made::LetGo, rule: Vec::new() };
    let rules = KeepRules::new(file, KeepChoice::default(), bench.work.clone(), None).unwrap();
    let store = KeepStore::open(&bench.session(), Options { started, rules, ..bench.options(1 << 30) }).unwrap();
    // The disk's clock ticks slower than ours.
    let probe = bench.sessions.join("probe");
    loop {
        fs::write(&probe, "").unwrap();
        let born = facts_at(&probe).born;
        fs::remove_file(&probe).unwrap();
        if born.is_none_or(|born| born > manifest::stamp(started)) {
            return store;
        }
    }
}

pub(super) fn undo(bench: &Bench, over_newer: OverNewer, left_until: Option<SystemTime>) -> Vec<Step> {
    let (_, plan) = plan(&bench.session(), &Selection::default()).unwrap();
    let manner = Manner { left_until, over_newer, now: SystemTime::now() };
    let mut steps = Vec::new();
    let budget = Budget { bytes: 1 << 30, age: Duration::from_secs(86_400) };
    bring_back(&bench.session(), &plan, manner, budget, &mut |step| steps.push(step.clone())).unwrap();
    steps
}

/// A moment after everything that has happened.
pub(super) fn later() -> Option<SystemTime> {
    Some(SystemTime::now() + Duration::from_secs(60))
}

/// Whether all that was there is there as it was.
fn check(before: &Tree, after: &Tree, moved_into: &BTreeSet<u64>, steps: &[Step]) {
    for (path, entry) in before {
        let shown = Untrusted::new(path.as_slice());
        let Some(found) = after.get(path) else { panic!("{shown:?} is not back: {steps:#?}") };
        let mut expected = Entry { inode: found.inode, ..entry.clone() };
        if entry.kind == FileKind::Folder && moved_into.contains(&entry.inode) {
            expected.written = found.written;
        }
        assert_eq!(*found, expected, "{shown:?}: {steps:#?}");
    }
}

/// Plants, destroys, brings back and compares; then once more, when nothing is left to do.
fn round_trip(bench: &Bench, plants: &[(Index, Index, Planted)], acts: &[Act]) {
    plant(&bench.work, plants);
    let before = tree(&bench.work);
    let store = starting(bench);
    let root = bench.work.clone();
    let mut agent = Agent { store: &store, root, moved_into: BTreeSet::new(), removed: Vec::new(), made: 0 };
    for act in acts {
        agent.act(act);
    }
    let moved_into = agent.moved_into;
    drop(store);
    let steps = undo(bench, OverNewer::Beside, later());
    let after = tree(&bench.work);
    check(&before, &after, &moved_into, &steps);
    assert_eq!(undo(bench, OverNewer::Beside, later()), []);
    let again = tree(&bench.work);
    let differs = |path: &&Vec<u8>| again.get(*path) != after.get(*path);
    let changed: Vec<_> =
        again.keys().chain(after.keys()).filter(differs).map(|path| Untrusted::new(path.as_slice())).collect();
    assert_eq!(changed, [], "{steps:#?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_destroyed_comes_back_as_it_was(
        plants in prop::collection::vec((any::<Index>(), any::<Index>(), planted()), 1..24),
        acts in prop::collection::vec(act(), 1..16),
    ) {
        round_trip(&Bench::new(), &plants, &acts);
    }

    #[test]
    fn it_does_so_on_another_file_system_than_the_store_as_well(
        plants in prop::collection::vec((any::<Index>(), any::<Index>(), planted()), 1..24),
        acts in prop::collection::vec(act(), 1..16),
    ) {
        match Bench::across() {
            Some(bench) => {
                // A copy does not know which other names its file had: that is lost across file systems.
                let is_alone = |plant: &&(Index, Index, Planted)| !matches!(plant.2, Planted::Twin { .. });
                let plants: Vec<_> = plants.iter().filter(is_alone).cloned().collect();
                round_trip(&bench, &plants, &acts);
            }
            None => {
                let is_required = std::env::var("WATCH_REQUIRE_KERNEL").as_deref() == Ok("1");
                prop_assert!(!is_required, "there is no other file system");
                println!("skipped: /dev/shm is no other file system here");
            }
        }
    }
}

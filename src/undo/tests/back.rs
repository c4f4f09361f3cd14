//! Which part comes back, and what happens where something is in the way.

use super::trees::{later, starting, undo};
use super::*;
use crate::model::CaseId;

/// Keeps and removes a file that a case approved.
fn remove_in(store: &KeepStore, path: &Path, case: u32) {
    let folder = Place::open(path.parent().unwrap()).unwrap();
    let program = Untrusted::from("rm");
    store
        .keep(&Doomed {
            at: SystemTime::now(),
            action: ActionId(1),
            case: Some(CaseId(case)),
            pid: Pid(1),
            program: &program,
            path: path.as_os_str().as_bytes(),
            origin: None,
            target: Target::Name { folder: &folder, name: path.file_name().unwrap() },
            facts: None,
            how: How::Removed,
        })
        .unwrap();
    fs::remove_file(path).unwrap();
}

fn outcomes(steps: &[Step]) -> Vec<Outcome> {
    steps.iter().map(|step| step.outcome.clone()).collect()
}

/// A session that cut one file and removed another, and what somebody wrote there afterwards.
fn with_newer_work() -> (Bench, PathBuf, PathBuf) {
    let bench = Bench::new();
    let (cut, removed) = (bench.write("cut", "old cut"), bench.write("removed", "old removed"));
    let store = bench.store();
    keep(&store, &cut, How::Truncated).unwrap();
    fs::write(&cut, "newer cut").unwrap();
    remove(&store, &removed).unwrap();
    fs::write(&removed, "newer removed").unwrap();
    (bench, cut, removed)
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

#[test]
fn newer_work_stays_and_what_comes_back_is_put_beside_it() {
    // The session still runs, so nobody can say who wrote last; or it ended long before.
    for left_until in [None, Some(SystemTime::UNIX_EPOCH)] {
        let (bench, cut, removed) = with_newer_work();
        let beside = cut.with_file_name("cut.watch-undo-1");
        fs::write(&beside, "taken").unwrap();
        let steps = undo(&bench, OverNewer::Beside, left_until);
        let path = |name: &str| Untrusted::new(bench.work.join(name).as_os_str().as_bytes());
        let expected = ["cut.watch-undo-2", "removed.watch-undo-1"].map(|name| Outcome::Beside { path: path(name) });
        assert_eq!(outcomes(&steps), expected);
        assert_eq!(
            (read(&cut), read(&removed), read(&beside)),
            ("newer cut".into(), "newer removed".into(), "taken".into())
        );
        assert_eq!(read(&bench.work.join("cut.watch-undo-2")), "old cut");
        assert_eq!(read(&bench.work.join("removed.watch-undo-1")), "old removed");
        assert_eq!(undo(&bench, OverNewer::Beside, left_until), []);
        assert_eq!(fs::read_dir(&bench.work).unwrap().count(), 5, "nothing of ours is left behind");
    }
}

#[test]
fn what_is_replaced_can_be_brought_back_in_its_turn() {
    for (over_newer, left_until) in [(OverNewer::Replace, None), (OverNewer::Beside, later())] {
        let (bench, cut, removed) = with_newer_work();
        assert_eq!(outcomes(&undo(&bench, over_newer, left_until)), [Outcome::BackOver, Outcome::BackOver]);
        assert_eq!((read(&cut), read(&removed)), ("old cut".into(), "old removed".into()));
        let replaced = records(&bench.session().join(UNDONE_FOLDER));
        let paths: Vec<&[u8]> = replaced
            .iter()
            .filter(|record| record.verb == Verb::Removed)
            .map(|record| record.path.as_bytes())
            .collect();
        assert_eq!(paths, [cut.as_os_str().as_bytes(), removed.as_os_str().as_bytes()]);
        let session = bench.session().join(UNDONE_FOLDER);
        let (_, again) = plan(&session, &Selection::default()).unwrap();
        let manner = Manner { left_until: None, over_newer: OverNewer::Replace, now: SystemTime::now() };
        let budget = Budget { bytes: 1 << 30, age: Duration::from_secs(86_400) };
        bring_back(&session, &again, manner, budget, &mut |_| {}).unwrap();
        assert_eq!((read(&cut), read(&removed)), ("newer cut".into(), "newer removed".into()));
    }
}

#[test]
fn a_case_and_a_path_come_back_alone() {
    let bench = Bench::new();
    let names = ["src/a", "src/b", "srcs", "doc/c"];
    let paths = names.map(|name| bench.write(name, name));
    let store = bench.store();
    for (case, path) in paths.iter().enumerate() {
        remove_in(&store, path, u32::try_from(case).unwrap());
    }
    let things = |selection: &Selection| {
        let (_, plan) = plan(&bench.session(), selection).unwrap();
        let strip = |path: &Vec<u8>| String::from_utf8(path[bench.work.as_os_str().len() + 1..].to_vec()).unwrap();
        plan.things.keys().map(strip).collect::<Vec<String>>()
    };
    assert_eq!(things(&Selection { case: Some(CaseId(2)), path: None }), ["srcs"]);
    let path = Some(bench.work.join("src").as_os_str().as_bytes().to_vec());
    assert_eq!(things(&Selection { case: None, path: path.clone() }), ["src/a", "src/b"]);
    assert_eq!(things(&Selection { case: Some(CaseId(1)), path }), ["src/b"]);
    assert_eq!(things(&Selection::default()), ["doc/c", "src/a", "src/b", "srcs"]);
}

#[test]
fn a_folder_that_has_become_a_link_is_not_written_through() {
    let bench = Bench::new();
    let path = bench.write("folder/file", "x");
    let store = bench.store();
    remove(&store, &path).unwrap();
    fs::remove_dir(path.parent().unwrap()).unwrap();
    let elsewhere = bench.root().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    symlink(&elsewhere, path.parent().unwrap()).unwrap();
    drop(store);
    let steps = undo(&bench, OverNewer::Replace, later());
    assert!(matches!(&steps[0].outcome, Outcome::Failed { .. }), "{steps:?}");
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
}

#[test]
fn what_the_budget_took_and_what_could_not_be_kept_is_said() {
    let bench = Bench::new();
    let store = KeepStore::open(&bench.session(), bench.options(1 << 20)).unwrap();
    let large = bench.write("large", vec![1; 700 << 10]);
    remove(&store, &large).unwrap_err();
    remove(&store, &bench.write("small", "x")).unwrap();
    drop(store);
    let (_, before) = plan(&bench.session(), &Selection::default()).unwrap();
    assert_eq!(before.gone.len(), 1);
    assert_eq!(before.gone[0].path.as_bytes(), large.as_os_str().as_bytes());
    for (_, path, _) in budget::segments(&bench.session().join(KEPT_FOLDER)).unwrap() {
        fs::remove_dir_all(path).unwrap();
    }
    let manner = Manner { left_until: None, over_newer: OverNewer::Beside, now: SystemTime::now() };
    let mut steps = Vec::new();
    let budget = Budget { bytes: 1 << 30, age: Duration::from_secs(86_400) };
    bring_back(&bench.session(), &before, manner, budget, &mut |step| steps.push(step.clone())).unwrap();
    assert_eq!(outcomes(&steps), [Outcome::Failed { why: "it is no longer kept".into() }]);
}

/// An undo is broken off when a name has gone back, and done again.
#[test]
fn what_lay_at_a_name_that_went_back_comes_back_where_it_belongs() {
    let bench = Bench::new();
    let inner = bench.write("a/inner", "content\n");
    let (before, after) = (bench.work.join("a"), bench.work.join("b"));
    let (over, old) = (bench.write("over", "over\n"), bench.write("old", "old\n"));
    let store = starting(&bench);
    keep(&store, &before, How::Moved { to: after.as_os_str().as_bytes() }).unwrap();
    fs::rename(&before, &after).unwrap();
    remove(&store, &after.join("inner")).unwrap();
    let id = Place::open(&old).unwrap().fact().unwrap().id;
    keep(&store, &over, How::Replaced { by: old.as_os_str().as_bytes(), id, born: None }).unwrap();
    fs::rename(&old, &over).unwrap();
    drop(store);
    let is_move = |record: &&Record| matches!(record.verb, Verb::Moved | Verb::Replaced);
    let seqs: Vec<u64> = records(&bench.session()).iter().filter(is_move).map(|record| record.seq).collect();
    let folder = bench.session().join(UNDONE_FOLDER);
    fs::create_dir(&folder).unwrap();
    let mut undone = undone::Undone::open(&folder).unwrap();
    seqs.iter().for_each(|seq| undone.write(&undone::Line::renamed(*seq)).unwrap());
    fs::rename(&after, &before).unwrap();
    fs::rename(&over, &old).unwrap();
    undo(&bench, OverNewer::Beside, later());
    let text = |path: &Path| fs::read_to_string(path).unwrap_or_default();
    assert_eq!([text(&inner), text(&over), text(&old)], ["content\n", "over\n", "old\n"]);
    assert!(!after.exists());
}

/// A file of a folder gets another's name, then the folder goes and a file is written in its place.
fn with_a_file_where_a_folder_was() -> (Bench, PathBuf, PathBuf) {
    let bench = Bench::new();
    let (over, inner) = (bench.write("over", "over\n"), bench.write("folder/inner", "inner\n"));
    let store = starting(&bench);
    let id = Place::open(&inner).unwrap().fact().unwrap().id;
    keep(&store, &over, How::Replaced { by: inner.as_os_str().as_bytes(), id, born: None }).unwrap();
    fs::rename(&inner, &over).unwrap();
    let folder = inner.parent().unwrap();
    keep(&store, folder, How::FolderRemoved).unwrap();
    fs::remove_dir(folder).unwrap();
    fs::write(folder, "made again\n").unwrap();
    (bench, over, inner)
}

#[test]
fn a_name_goes_back_into_a_folder_where_the_session_left_a_file() {
    let (bench, over, inner) = with_a_file_where_a_folder_was();
    let steps = undo(&bench, OverNewer::Beside, later());
    assert_eq!((read(&over), read(&inner)), ("over\n".into(), "inner\n".into()), "{steps:?}");
    let replaced = records(&bench.session().join(UNDONE_FOLDER));
    assert!(replaced.iter().any(|record| record.path.as_bytes() == inner.parent().unwrap().as_os_str().as_bytes()));
}

#[test]
fn newer_work_where_a_folder_was_stays_and_nothing_is_lost() {
    let (bench, over, inner) = with_a_file_where_a_folder_was();
    let steps = undo(&bench, OverNewer::Beside, None);
    assert_eq!(read(inner.parent().unwrap()), "made again\n", "{steps:?}");
    assert_eq!(read(&over), "inner\n", "{steps:?}");
    assert!(outcomes(&steps).iter().any(|outcome| matches!(outcome, Outcome::Failed { .. })), "{steps:?}");
    undo(&bench, OverNewer::Replace, None);
    assert_eq!(read(&inner), "inner\n");
}

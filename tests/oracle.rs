//! The judge on a real disk with a real repository: what can be brought back, what the session made, and what is mounted.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use holdpoint::gate::View;
use holdpoint::judge::{Fresh, Judge, Policy, asked, built_in};
use holdpoint::model::{Blind, FileFact, Oracle, TextKind, Undo, Untrusted, Verdict};
use holdpoint::sys;

fn git(folder: &Path, words: &[&str]) {
    #[allow(clippy::disallowed_methods, reason = "a real repository, made in a folder of the test's own")]
    let mut git = std::process::Command::new("git");
    git.args(["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]);
    git.args(words).current_dir(folder).env_clear().env("PATH", "/usr/bin:/bin").env("HOME", folder);
    let done = git.output().unwrap();
    assert!(done.status.success(), "git {words:?}: {}", String::from_utf8_lossy(&done.stderr));
}

/// A repository with files kept, changed and unknown to it, of which all were there before the session.
fn repository(version: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    git(root, &["init", "-q", "."]);
    git(root, &["config", "index.version", version]);
    fs::create_dir_all(root.join("src/deep")).unwrap();
    for name in ["src/kept.rs", "src/changed.rs", "src/deep/kept-as-well.rs"] {
        fs::write(root.join(name), "fn main() {}").unwrap();
    }
    git(root, &["add", "."]);
    git(root, &["commit", "-q", "-m", "all"]);
    fs::write(root.join("src/changed.rs"), "fn main() { work() }").unwrap();
    fs::write(root.join("src/unknown.rs"), "by hand").unwrap();
    folder
}

fn verdict(root: &Path, since: SystemTime, text: &str) -> (Verdict, Option<Undo>) {
    let cwd = root.to_string_lossy().into_owned();
    let judge = Judge::new(&built_in().unwrap(), Policy::default()).at(&cwd, Some("/home/dev".to_owned()));
    let view = View::of(sys::self_id(), sys::self_id()).since(since);
    let judgement = judge.judge(&asked(TextKind::Shell, text, Some(&cwd)), &Fresh, &view);
    (judgement.verdict, judgement.findings.first().map(|finding| finding.undo.clone()))
}

/// A time after all that the test has made: the session begins then.
fn later() -> SystemTime {
    #[allow(clippy::disallowed_methods, reason = "files' times are the wall clock's")]
    let now = SystemTime::now();
    now + Duration::from_secs(600)
}

#[test]
fn a_file_that_git_holds_unchanged_may_go_and_one_it_does_not_is_held() {
    for version in ["2", "4"] {
        let folder = repository(version);
        for (text, wanted) in [
            ("rm src/kept.rs", Verdict::Log),
            ("rm src/deep/kept-as-well.rs", Verdict::Log),
            ("rm src/changed.rs", Verdict::Hold),
            ("rm src/unknown.rs", Verdict::Hold),
            ("rm src/absent.rs", Verdict::Log),
            ("rm -rf src", Verdict::Hold),
        ] {
            let (verdict, _) = verdict(folder.path(), later(), text);
            assert_eq!(verdict.max(Verdict::Log), wanted, "index version {version}: {text}");
        }
    }
}

#[test]
fn what_the_session_made_itself_may_go_whole() {
    let folder = repository("2");
    let root = folder.path();
    fs::create_dir_all(root.join("demo/inner")).unwrap();
    fs::write(root.join("demo/inner/a"), "1").unwrap();
    let Ok(born) = fs::metadata(root.join("demo")).and_then(|about| about.created()) else { return };
    let since = born - Duration::from_secs(600);
    assert_eq!(verdict(root, since, "rm -rf demo").0, Verdict::Log);
    assert_eq!(verdict(root, since, "rm src/unknown.rs").0, Verdict::Log);
    assert_eq!(verdict(root, later(), "rm -rf demo").0, Verdict::Hold);
}

#[test]
fn the_way_back_is_git_only_where_there_is_a_repository() {
    let with = repository("2");
    let without = tempfile::tempdir().unwrap();
    fs::create_dir(without.path().join("src")).unwrap();
    fs::write(without.path().join("src/a.rs"), "x").unwrap();
    let by_git = Undo::By("git restore brings back what was committed".to_owned());
    assert_eq!(verdict(with.path(), later(), "rm -rf src"), (Verdict::Hold, Some(by_git)));
    assert_eq!(verdict(without.path(), later(), "rm -rf src"), (Verdict::Hold, Some(Undo::None)));
}

/// A disk on which whatever is asked for is there, was there before, and is in no repository.
struct Everything;

impl Oracle for Everything {
    fn fact(&self, path: &Untrusted) -> FileFact {
        let path = path.lossy();
        let name = path.rsplit('/').next().unwrap_or_default();
        let is_file = name.trim_start_matches('.').contains('.') || name.starts_with(".env") || name.starts_with("id_");
        if is_file { FileFact::File { bytes: 10 } } else { FileFact::Folder { is_empty: false } }
    }

    fn is_new(&self, _path: &Untrusted) -> Option<bool> {
        Some(false)
    }
}

#[test]
fn a_disk_that_knows_the_files_lets_nothing_through_that_is_held_without_it() {
    let packs = built_in().unwrap();
    let judge = Judge::new(&packs, Policy::default()).at("/home/dev/shop", Some("/home/dev".to_owned()));
    let verdict = |text: &str, oracle: &dyn Oracle| {
        judge.judge(&asked(TextKind::Shell, text, Some("/home/dev/shop")), &Fresh, oracle).verdict
    };
    let examples = packs.iter().flat_map(|pack| &pack.rules).flat_map(|rule| &rule.hit);
    let softened: Vec<_> =
        examples.filter(|text| verdict(text, &Blind).waits() && !verdict(text, &Everything).waits()).collect();
    assert_eq!(softened, Vec::<&String>::new());
}

#[test]
fn a_pattern_that_finds_nothing_takes_nothing_and_one_that_finds_something_is_held() {
    let folder = repository("2");
    let root = folder.path();
    fs::create_dir_all(root.join("notes/old/empty")).unwrap();
    fs::write(root.join("notes/old/list.txt"), "by hand").unwrap();
    std::os::unix::fs::symlink(root.join("notes"), root.join("linked")).unwrap();
    for (text, wanted) in [
        ("rm -f *.dat", Verdict::Log),
        ("rm -f src/*.csv notes/*.txt", Verdict::Log),
        ("rm -f */*/*.csv", Verdict::Log),
        ("rm -rf notes/x?y", Verdict::Log),
        ("rm -f nowhere/*.txt", Verdict::Log),
        ("find . -name '*.csv' -delete", Verdict::Log),
        ("find notes -name 'y*' -mtime +30 -exec rm {} ';'", Verdict::Log),
        ("find nowhere -name '*.txt' -exec rm {} +", Verdict::Log),
        ("rm -f src/*.rs", Verdict::Hold),
        ("rm -f */old/*.txt", Verdict::Hold),
        ("rm -f linked/*/*.txt", Verdict::Hold),
        ("rm -f notes/ol?/lis?.txt", Verdict::Hold),
        ("rm -f notes/old/[l]*.txt", Verdict::Hold),
        ("find . -name 'list*' -delete", Verdict::Hold),
        ("mv src/unknown.rs notes/ && rm -f notes/*.rs", Verdict::Hold),
    ] {
        let (verdict, _) = verdict(root, later(), text);
        assert_eq!(verdict.max(Verdict::Log), wanted, "{text}");
    }
}

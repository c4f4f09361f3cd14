//! Where references stood, and what is lost of them.

use std::process::Command;

use super::*;

fn git(folder: &Path, words: &[&str]) -> String {
    let mut command = Command::new("git");
    command.current_dir(folder).args(["-c", "user.name=o", "-c", "user.email=o@o", "-c", "commit.gpgsign=false"]);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("GIT_CONFIG_GLOBAL", "/dev/null");
    let output = command.args(words).output().unwrap();
    assert!(output.status.success(), "git {words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn remember(store: &KeepStore, repository: &Path) -> Result<Kept, NotKept> {
    let (place, program) = (Place::open(repository).unwrap(), Untrusted::from("git"));
    store.remember_references(&Doomed {
        at: SystemTime::now(),
        action: ActionId(1),
        case: None,
        pid: Pid(1),
        program: &program,
        path: repository.as_os_str().as_bytes(),
        origin: None,
        target: Target::Open(&place),
        facts: None,
        how: How::Written,
    })
}

#[test]
fn a_branch_a_tag_and_a_stash_that_are_gone_are_found_and_one_that_moved_is_told() {
    let bench = Bench::new();
    let repository = bench.work.as_path();
    git(repository, &["init", "-q", "-b", "main"]);
    bench.write("file", "one");
    git(repository, &["add", "."]);
    git(repository, &["commit", "-qm", "one"]);
    let one = git(repository, &["rev-parse", "HEAD"]);
    git(repository, &["branch", "topic/packed"]);
    git(repository, &["pack-refs", "--all"]);
    git(repository, &["branch", "topic/loose"]);
    git(repository, &["tag", "v1"]);
    bench.write("file", "stashed");
    git(repository, &["stash", "push", "-qm", "mine"]);
    let stash = git(repository, &["rev-parse", "stash@{0}"]);
    let store = bench.store();
    // git moves `main` at this moment.
    bench.write(".git/refs/heads/main.lock", &one);
    assert!(remember(&store, repository).unwrap().seq.is_some());
    std::fs::remove_file(repository.join(".git/refs/heads/main.lock")).unwrap();
    assert_eq!(remember(&store, repository).unwrap().way, Way::Nothing);
    git(repository, &["branch", "-qD", "topic/packed", "topic/loose"]);
    git(repository, &["tag", "-d", "v1"]);
    git(repository, &["stash", "drop", "-q"]);
    git(repository, &["commit", "-q", "--allow-empty", "-m", "two"]);
    let two = git(repository, &["rev-parse", "HEAD"]);
    let lost = lost_references(&Story::read(&bench.session()).unwrap(), &Selection::default());
    let found: Vec<(Option<&str>, &str, Option<&str>)> =
        lost.iter().map(|lost| (lost.name.as_deref(), lost.id.as_str(), lost.now.as_deref())).collect();
    let expected = [
        (None, stash.as_str(), None),
        (Some("refs/heads/main"), one.as_str(), Some(two.as_str())),
        (Some("refs/heads/topic/loose"), one.as_str(), None),
        (Some("refs/heads/topic/packed"), one.as_str(), None),
        (Some("refs/tags/v1"), one.as_str(), None),
    ];
    assert_eq!(found, expected);
    assert_eq!(lost[0].message, "On main: mine");
    let other = Selection { path: Some(b"/elsewhere".to_vec()), ..Selection::default() };
    assert_eq!(lost_references(&Story::read(&bench.session()).unwrap(), &other), []);
}

#[test]
fn a_folder_that_is_no_repository_has_no_references() {
    let bench = Bench::new();
    let store = bench.store();
    assert!(matches!(remember(&store, &bench.work), Err(NotKept::Gone)));
}

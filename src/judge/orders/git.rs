//! What Git's verbs say only together with their words.

use super::habits::DEFAULT_BRANCHES;
use crate::judge::act::Act;
use crate::judge::ground::Land;
use crate::model::Untrusted;
use crate::shell::Word;

/// How much of a file of the repository's own is read, in bytes.
const REF_BYTES_MAX: usize = 4096;

/// Whether a verb that mostly reads changes something by these words.
pub(super) fn changes(act: &Act) -> bool {
    let words: Vec<&str> = act.args.iter().map(|word| word.text.as_str()).collect();
    let after = |verb: &str| act.after(&[verb.to_owned()]).and_then(|at| words.get(at..)).map(<[&str]>::to_vec);
    let names = |words: &[&str]| words.iter().filter(|word| !word.starts_with('-')).count();
    if let Some(rest) = after("branch") {
        let edits = ["-d", "-D", "-m", "-M", "-c", "-C", "-f", "--delete", "--move", "--copy", "--force", "-u"];
        let lists =
            ["-l", "--list", "--contains", "--merged", "--no-merged", "--show-current", "--points-at", "-a", "-r"];
        let has = |list: &[&str]| rest.iter().any(|word| list.contains(word) || word.starts_with("--set-upstream"));
        return has(&edits) || (names(&rest) > 0 && !has(&lists) && !rest.iter().any(|w| w.starts_with("--format")));
    }
    if let Some(rest) = after("tag") {
        let lists = ["-l", "--list", "--contains", "--points-at", "--merged", "-n", "-v", "--verify", "--sort"];
        return names(&rest) > 0 && !rest.iter().any(|word| lists.iter().any(|list| word.starts_with(list)))
            || rest.iter().any(|word| matches!(*word, "-d" | "--delete"));
    }
    if let Some(rest) = after("config") {
        let edits = [
            "--unset",
            "--unset-all",
            "--add",
            "--replace-all",
            "--rename-section",
            "--remove-section",
            "-e",
            "--edit",
        ];
        let reads = ["--get", "--get-all", "--get-regexp", "--list", "-l", "--get-urlmatch", "get", "list"];
        let has = |list: &[&str]| rest.iter().any(|word| list.contains(word));
        return has(&edits) || (names(&rest) > 1 && !has(&reads));
    }
    if let Some(rest) = after("stash") {
        return names(&rest) == 0 || matches!(rest.first(), Some(&"-u" | &"-k"));
    }
    if let Some(rest) = after("apply") {
        return !rest.iter().any(|word| matches!(*word, "--check" | "--stat" | "--numstat" | "--summary"));
    }
    if let Some(rest) = after("symbolic-ref") {
        return names(&rest) > 1 || rest.contains(&"-d");
    }
    after("archive").is_some_and(|rest| rest.iter().any(|word| word.starts_with("-o") || word.starts_with("--output")))
}

/// Whether a push goes to a branch that others build on, or makes a release; or nobody can tell that it does not.
pub(super) fn push_ships(act: &Act, land: &Land) -> Option<String> {
    let at = act.after(&["push".to_owned()])?;
    let rest = act.args.get(at..).unwrap_or_default();
    if let Some(flag) = rest
        .iter()
        .find(|word| matches!(word.text.as_str(), "--all" | "--mirror" | "--tags" | "--follow-tags" | "--branches"))
    {
        return Some(format!("it pushes {}", flag.text.trim_start_matches('-')));
    }
    let operands: Vec<&&Word> = rest.iter().filter(|word| !word.is_flag()).collect();
    let refspecs = operands.get(1..).unwrap_or_default();
    if refspecs.is_empty() {
        return match current(act, land) {
            Some(branch) if !is_default(&branch, act, land) => None,
            Some(branch) => Some(format!("it pushes {branch}")),
            None => Some("it pushes the branch that is checked out, and nobody can tell which".to_owned()),
        };
    }
    refspecs.iter().find_map(|word| {
        let text = word.text.trim_start_matches('+');
        let to = text.split_once(':').map_or(text, |(_, to)| to);
        let to = to.trim_start_matches("refs/heads/");
        let branch = if matches!(to, "HEAD" | "@") { current(act, land)? } else { to.to_owned() };
        let is_release = branch.starts_with("refs/tags/")
            || branch.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
            || text == "tag";
        let ships = is_release || word.is_open() || is_default(&branch, act, land) || branch.starts_with("release");
        ships.then(|| format!("it pushes {branch}"))
    })
}

fn is_default(branch: &str, act: &Act, land: &Land) -> bool {
    let remote = read(act, land, "refs/remotes/origin/HEAD");
    let named = remote.as_deref().and_then(|text| text.trim().strip_prefix("ref: refs/remotes/origin/"));
    DEFAULT_BRANCHES.split_whitespace().any(|known| known == branch) || named == Some(branch)
}

/// The branch that is checked out, where the repository can be read.
fn current(act: &Act, land: &Land) -> Option<String> {
    let head = read(act, land, "HEAD")?;
    head.trim().strip_prefix("ref: refs/heads/").map(str::to_owned)
}

fn read(act: &Act, land: &Land, name: &str) -> Option<String> {
    let cwd = act.invocation.cwd.as_deref().filter(|_| !act.args.iter().any(|word| word.text == "-C"));
    let bytes = [cwd, Some(land.project)]
        .into_iter()
        .flatten()
        .find_map(|folder| land.oracle.read(&Untrusted::from(format!("{folder}/.git/{name}")), REF_BYTES_MAX))?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

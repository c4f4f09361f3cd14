//! What is remembered of a session's file calls: what each command was started for, how far a ruling on one of its calls
//! reaches, and what was judged before.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::ancestry::{Process, ancestors};
use super::scope::Scope;
use crate::judge::{Account, Deed, Step};
use crate::model::{Action, ActionKind, Exec, FileAct, FileDeed, Moment, Pid, objects_folder};
use crate::runtime::gate_port::{FileKey, Pass};

/// How long a judgement on a folder holds: a process's number may be another's by then.
const PASS_FOR: Duration = Duration::from_secs(2);
/// Folders that are remembered as judged.
const PASSES_MAX: usize = 4096;
/// Commands that are remembered with what they were started for.
const BEGUN_MAX: usize = 1024;
/// The longest command that is remembered, in bytes.
const COMMAND_BYTES_MAX: usize = 64 * 1024;
/// Rulings and approved commands that are remembered.
const SCOPES_MAX: usize = 256;
/// Targets of one command that are remembered: as many as an account has steps.
const TARGETS_MAX: usize = 4000;
/// Programs whose words name all that they remove or overwrite, however many these are.
const NAMING: &[&str] = &["rm", "rmdir", "unlink", "shred", "truncate", "mv", "cp"];
/// Processes whose ancestors are remembered, and for how long.
const CHAINS_MAX: usize = 256;
const CHAIN_FOR: Duration = Duration::from_secs(1);
/// So many files of a folder one command may remove one by one; with one more it removes the folder.
const FILES_MAX: usize = 3;
/// Within this time they are one deed.
const REMOVED_WITHIN: Duration = Duration::from_secs(10);
/// Processes whose removals are counted.
const COUNTED_MAX: usize = 256;

/// What was judged of the calls in each folder, and until when that holds.
type Folders = HashMap<Vec<u8>, (Pass, Moment)>;

/// What is remembered of file calls.
#[derive(Debug, Default)]
pub(super) struct Files {
    begun: HashMap<i32, Begun>,
    begun_order: VecDeque<i32>,
    scopes: VecDeque<Scope>,
    passes: HashMap<(Pid, FileDeed), Folders>,
    passes_count: usize,
    removed: HashMap<i32, Vec<(String, Moment)>>,
    chains: HashMap<i32, (Arc<[Process]>, Moment)>,
}

/// A command that runs, and what it was started for once somebody asked.
#[derive(Debug)]
struct Begun {
    action: Action,
    targets: Option<Targets>,
    /// What it was started to read.
    reads: Option<Vec<String>>,
}

/// What a command was started to remove or to overwrite.
#[derive(Debug)]
enum Targets {
    These(Vec<String>),
    /// More than are remembered: its words, which were judged, name them all.
    Many,
}

/// What the commands above a call were started for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Foretold {
    /// Nothing that is known of.
    Nothing,
    /// Something else.
    Other,
    /// This.
    This,
}

impl Files {
    /// A program starts in a process: nothing that was known of its calls holds any more.
    pub(super) fn started(&mut self, action: &Action) {
        let pid = action.caller.pid;
        let count = &mut self.passes_count;
        self.passes.retain(|(process, _), known| {
            let is_others = *process != pid;
            *count -= if is_others { 0 } else { known.len() };
            is_others
        });
        self.removed.remove(&pid.0);
        self.chains.remove(&pid.0);
        let Some(exec) = action.as_exec() else { return };
        let bytes: usize = exec.argv.iter().map(|word| word.as_bytes().len()).sum();
        let begun = if bytes <= COMMAND_BYTES_MAX {
            Begun { action: action.clone(), targets: None, reads: None }
        } else {
            let argv = exec.argv.iter().take(2).cloned().collect();
            let targets = if is_naming(exec) { Targets::Many } else { Targets::These(Vec::new()) };
            let short = Exec { argv, ..Exec::default() };
            let action = Action { kind: ActionKind::Exec(short), ..action.clone() };
            Begun { action, targets: Some(targets), reads: Some(Vec::new()) }
        };
        if self.begun.insert(pid.0, begun).is_none() {
            self.begun_order.push_back(pid.0);
        }
        if self.begun_order.len() > BEGUN_MAX
            && let Some(oldest) = self.begun_order.pop_front()
        {
            self.begun.remove(&oldest);
        }
    }

    /// A process and those above it, nearest first; looked at again after a while.
    pub(super) fn chain(&mut self, process: i32, now: Moment) -> Arc<[Process]> {
        if let Some((chain, until)) = self.chains.get(&process)
            && now <= *until
        {
            return Arc::clone(chain);
        }
        let chain: Arc<[Process]> = ancestors(process).into();
        if self.chains.len() >= CHAINS_MAX {
            self.chains.clear();
        }
        self.chains.insert(process, (Arc::clone(&chain), now.plus(CHAIN_FOR)));
        chain
    }

    /// The process whose program start the calls of the first of `chain` belong to.
    pub(super) fn command<'c>(&self, chain: &'c [Process]) -> Option<&'c Process> {
        chain.iter().find(|process| self.begun.contains_key(&process.id)).or(chain.first())
    }

    /// Whether the commands above a call were started to remove or to overwrite what `is_it` says. `account` tells what
    /// one of them does.
    pub(super) fn foretold(
        &mut self,
        chain: &[Process],
        account: &dyn Fn(&Action) -> Account,
        is_it: &dyn Fn(&str) -> bool,
    ) -> Foretold {
        let mut found = Foretold::Nothing;
        for process in chain {
            let Some(begun) = self.begun.get_mut(&process.id) else { continue };
            let action = &begun.action;
            let known = match begun.targets.get_or_insert_with(|| targets(action, &account(action))) {
                Targets::Many => Foretold::This,
                Targets::These(all) if all.is_empty() => Foretold::Nothing,
                Targets::These(all) if all.iter().any(|target| is_it(target)) => Foretold::This,
                Targets::These(_) => Foretold::Other,
            };
            found = found.max(known);
        }
        found
    }

    /// Whether one of the commands above a call was started to read what `is_it` says.
    pub(super) fn foretells_read(
        &mut self,
        chain: &[Process],
        account: &dyn Fn(&Action) -> Account,
        is_it: &dyn Fn(&str) -> bool,
    ) -> bool {
        chain.iter().any(|process| {
            let Some(begun) = self.begun.get_mut(&process.id) else { return false };
            let action = &begun.action;
            let reads = begun.reads.get_or_insert_with(|| hit_by(&account(action), |deed| deed == Deed::Read));
            reads.iter().any(|target| is_it(target))
        })
    }

    /// All that a command was started to remove or to overwrite, as far as it is remembered.
    pub(super) fn targets(&mut self, process: Process, account: &dyn Fn(&Action) -> Account) -> Vec<String> {
        let Some(begun) = self.begun.get_mut(&process.id) else { return Vec::new() };
        let action = &begun.action;
        match begun.targets.get_or_insert_with(|| targets(action, &account(action))) {
            Targets::These(all) => all.clone(),
            Targets::Many => Vec::new(),
        }
    }

    /// The words of the command that the call belongs to.
    pub(super) fn words(&self, chain: &[Process]) -> Option<String> {
        let process = self.command(chain)?;
        self.begun.get(&process.id).map(|begun| begun.action.shown())
    }

    /// Remembers how far a ruling reaches.
    pub(super) fn rule(&mut self, scope: Scope) {
        if self.scopes.len() == SCOPES_MAX {
            self.scopes.pop_front();
        }
        self.scopes.push_back(scope);
        self.forget();
    }

    /// The newest ruling that reaches this call of a process.
    pub(super) fn ruled(&mut self, (target, deed): (&str, FileDeed), process: i32, now: Moment) -> Option<&Scope> {
        let fits = |scope: &Scope| scope.fits(target, deed, now);
        if !self.scopes.iter().any(fits) {
            return None;
        }
        let chain = self.chain(process, now);
        self.scopes.iter().rev().find(|scope| chain.contains(&scope.within) && fits(scope))
    }

    /// The rulings that hold on what one command does itself, oldest first.
    pub(super) fn rulings(&self, command: Process, now: Moment) -> impl Iterator<Item = &Scope> {
        let holds = move |scope: &&Scope| scope.until.is_none_or(|until| now <= until);
        self.scopes.iter().filter(holds).filter(move |scope| scope.within == command)
    }

    /// What was judged of such calls before.
    pub(super) fn passing(&self, key: &FileKey, now: Option<Moment>) -> Option<Pass> {
        let known = self.passes.get(&(key.process, key.deed))?;
        let holds = |(pass, until): &(Pass, Moment)| now.is_none_or(|now| now <= *until).then_some(*pass);
        let shared = || known.get(objects_folder(key.folder)?).filter(|(pass, _)| is_by_rule(*pass)).and_then(holds);
        known.get(key.folder).and_then(holds).or_else(shared)
    }

    /// Remembers what holds for every such call of a process in a folder.
    pub(super) fn pass(&mut self, (process, deed): (Pid, FileDeed), folder: &str, pass: Pass, now: Moment) {
        if self.passes_count >= PASSES_MAX {
            self.forget();
        }
        let until = now.plus(PASS_FOR);
        let known = self.passes.entry((process, deed)).or_default();
        let folder = folder.as_bytes();
        let folder = objects_folder(folder).filter(|_| is_by_rule(pass)).unwrap_or(folder);
        if known.insert(folder.to_vec(), (pass, until)).is_none() {
            self.passes_count += 1;
        }
    }

    /// Forgets what was judged before: rules, orders or rulings are others.
    pub(super) fn forget(&mut self) {
        self.passes.clear();
        self.passes_count = 0;
    }

    /// Counts a source that a command removes. The folder that it removes file by file, once there are enough of them.
    pub(super) fn counts(
        &mut self,
        process: i32,
        target: &str,
        project: &str,
        now: Moment,
        is_back: &dyn Fn(&str) -> bool,
    ) -> Option<String> {
        let top = |path: &str| {
            let inside = path.strip_prefix(project)?.strip_prefix('/')?;
            inside.split_once('/').map(|(top, _)| top.to_owned())
        };
        let own = top(target)?;
        if self.removed.len() >= COUNTED_MAX && !self.removed.contains_key(&process) {
            self.removed.clear();
        }
        let list = self.removed.entry(process).or_default();
        list.retain(|(known, at)| now <= at.plus(REMOVED_WITHIN) && known != target);
        let beside: Vec<&str> =
            list.iter().map(|(known, _)| known.as_str()).filter(|known| top(known).as_ref() == Some(&own)).collect();
        // What was written again is no deletion.
        let gone: Vec<&str> = if beside.len() < FILES_MAX {
            beside
        } else {
            beside.into_iter().filter(|known| !is_back(known)).collect()
        };
        let folder = (gone.len() >= FILES_MAX).then(|| shared(target, &gone));
        if folder.is_none() {
            let gone: Vec<String> = gone.into_iter().map(str::to_owned).collect();
            list.retain(|(known, _)| top(known).as_ref() != Some(&own) || gone.contains(known));
            list.push((target.to_owned(), now));
        }
        folder
    }
}

/// The folder that a ruling on this call reaches: what the command names, what it holds open, or the file's own folder,
/// unless that is the whole home, the project or has it in it: then the file is all that is ruled on.
///
/// `named` says whether the command's words or its script name a folder, `open` which folders the process holds open.
pub(super) fn folder_of(
    file: &FileAct,
    (project, home): (&str, Option<&str>),
    named: &dyn Fn(&str) -> bool,
    open: &[String],
) -> Option<String> {
    let target = file.target.lossy().into_owned();
    let parent = target.rsplit_once('/').map(|(parent, _)| parent).filter(|parent| !parent.is_empty())?;
    let cwd = file.cwd.lossy();
    let is_narrow = |folder: &str| {
        let is_above = |inner: &str| inner == folder || inner.strip_prefix(folder).is_some_and(|r| r.starts_with('/'));
        !is_above(project) && !is_above(&cwd) && folder.matches('/').count() > 1
    };
    let mut above: Vec<&str> = Vec::new();
    let mut folder = parent;
    while is_narrow(folder) {
        above.push(folder);
        let Some((next, _)) = folder.rsplit_once('/') else { break };
        folder = next;
    }
    let widest = above.iter().rev();
    let found = widest.clone().find(|folder| named(folder)).or_else(|| {
        let is_tree = file.deed == FileDeed::Remove;
        widest.clone().find(|folder| is_tree && open.iter().any(|known| known == *folder))
    });
    let is_wide = Some(parent) == home || format!("{project}/").starts_with(&format!("{parent}/"));
    found.copied().or((!is_wide).then_some(parent)).map(str::to_owned)
}

/// Whether it is what the rules say of such calls, and no ruling of the operator's on one of them.
fn is_by_rule(pass: Pass) -> bool {
    matches!(pass, Pass::Free | Pass::Kept)
}

/// Whether a text names `folder`, as it reads from `cwd`, as a word of its own.
pub(super) fn names(text: &str, folder: &str, cwd: &str) -> bool {
    let inside = folder.strip_prefix(cwd).and_then(|rest| rest.strip_prefix('/'));
    [Some(folder), inside].into_iter().flatten().filter(|name| name.len() > 1).any(|name| {
        text.match_indices(name).any(|(at, _)| {
            let before = text.get(..at).and_then(|before| before.chars().next_back());
            let after = text.get(at + name.len()..).unwrap_or_default().trim_start_matches('/').chars().next();
            let ends = |c: Option<char>| c.is_none_or(|c| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/')));
            ends(after) && (ends(before) || text.get(..at).is_some_and(|before| before.ends_with("./")))
        })
    })
}

/// Whether its words name all that it removes or overwrites.
fn is_naming(exec: &Exec) -> bool {
    NAMING.contains(&exec.name().as_str())
}

fn targets(action: &Action, account: &Account) -> Targets {
    let found = hit_by(account, is_destroying);
    let is_many = found.len() >= TARGETS_MAX && action.as_exec().is_some_and(is_naming);
    if is_many { Targets::Many } else { Targets::These(found) }
}

/// What an account says that such deeds are done to.
fn hit_by(account: &Account, is_meant: impl Fn(Deed) -> bool) -> Vec<String> {
    let mut targets = Vec::new();
    let mut open: Vec<&Step> = account.steps.iter().rev().collect();
    while let Some(step) = open.pop() {
        match step {
            Step::Program { does, .. } | Step::Code { does, .. } => open.extend(does.iter().rev()),
            Step::Effect { deed, target, .. } if is_meant(*deed) => {
                let target = target.lossy();
                if target.starts_with('/') && targets.len() < TARGETS_MAX {
                    targets.push(target.into_owned());
                }
            }
            Step::Effect { .. } | Step::Request { .. } | Step::Statement { .. } | Step::Unread { .. } => {}
        }
    }
    targets
}

fn is_destroying(deed: Deed) -> bool {
    matches!(
        deed,
        Deed::Remove | Deed::Empty | Deed::Overwrite | Deed::Write | Deed::Change | Deed::Move | Deed::Discard
    )
}

/// The folder that all of these lie in.
pub(super) fn shared(target: &str, others: &[&str]) -> String {
    let mut folder = target.rsplit_once('/').map_or("", |(folder, _)| folder);
    while !others.iter().all(|other| other.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))) {
        let Some((above, _)) = folder.rsplit_once('/') else { break };
        folder = above;
    }
    folder.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_names_a_folder_only_as_a_word_of_its_own() {
        for (text, expected) in [
            ("shutil.rmtree('src/api')", true),
            ("python clean.py ./src/api/", true),
            ("rm /w/src/api", true),
            ("src/apis", false),
            ("my-src/api", false),
            ("src/api.rs", false),
        ] {
            assert_eq!(names(text, "/w/src/api", "/w"), expected, "{text}");
        }
    }

    #[test]
    fn the_folder_of_a_case_is_what_the_command_names_or_holds_open_or_the_files_own() {
        use crate::model::{FileObject, Keep, ObjectKind};
        let object =
            FileObject { device: 1, inode: 2, kind: ObjectKind::File, bytes: 3, links: 1, is_new: Some(false) };
        let file = FileAct {
            deed: FileDeed::Remove,
            call: "unlinkat".into(),
            path: "a.rs".into(),
            target: "/h/w/src/api/v1/a.rs".into(),
            from: None,
            origin: None,
            tree: None,
            object,
            stays: 0,
            command: Vec::new(),
            cwd: "/h/w".into(),
            count: 1,
            keep: Keep::Untried,
        };
        for (named, open, expected) in [
            (vec![], vec![], "/h/w/src/api/v1"),
            (vec!["/h/w/src/api"], vec![], "/h/w/src/api"),
            (vec!["/h/w/src/api"], vec!["/h/w/src"], "/h/w/src/api"),
            (vec![], vec!["/h/w", "/h/w/src", "/h/w/src/api"], "/h/w/src"),
            // Neither the project nor the folder the command runs in is meant by what lies in it.
            (vec!["/h/w", "/h"], vec!["/h"], "/h/w/src/api/v1"),
        ] {
            let open: Vec<String> = open.into_iter().map(str::to_owned).collect();
            let found = folder_of(&file, ("/h/w", Some("/h")), &|folder| named.contains(&folder), &open);
            assert_eq!(found.as_deref(), Some(expected), "{named:?} {open:?}");
        }
        for (target, expected) in [
            ("/h/w/a.rs", None),
            ("/h/notes", None),
            ("/o/notes", None),
            ("/o/x/notes", Some("/o/x")),
            ("/p/q/notes", None),
        ] {
            let file = FileAct { target: target.into(), ..file.clone() };
            let home = if target.starts_with("/o/") { "/o" } else { "/h" };
            let project = if target.starts_with("/p/") { "/p/q/w" } else { "/h/w" };
            assert_eq!(folder_of(&file, (project, Some(home)), &|_| false, &[]).as_deref(), expected, "{target}");
        }
    }

    #[test]
    fn one_file_more_than_a_few_is_the_folder_unless_they_were_written_again() {
        let mut files = Files::default();
        let mut count = |target: &str, at: f64, is_back: bool| {
            files.counts(7, &format!("/w/{target}"), "/w", Moment::from_secs(at), &|_| is_back)
        };
        for target in ["src/a/1", "src/a/2", "src/b/3", "lib/1", "lib/2"] {
            assert_eq!(count(target, 1.0, false), None, "{target}");
        }
        // Judged twice, it is one removal.
        assert_eq!(count("src/b/3", 1.0, false), None);
        assert_eq!(count("src/b/4", 1.0, false).as_deref(), Some("/w/src"));
        assert_eq!(count("src/b/4", 1.0, true), None);
        assert_eq!(count("src/b/5", 1.0, false), None);
        // What was long ago is another deed.
        assert_eq!(count("lib/3", 30.0, false), None);
        assert_eq!(count("lib/4", 30.0, false), None);
        // What lies in the project's own folder is no folder.
        for target in ["1", "2", "3", "4", "5"] {
            assert_eq!(count(target, 30.0, false), None, "{target}");
        }
    }

    #[test]
    fn what_was_judged_of_a_folder_holds_for_a_while_and_until_another_program_starts() {
        let mut files = Files::default();
        let now = Moment::from_secs(1.0);
        let key = FileKey { process: Pid(7), deed: FileDeed::Remove, folder: b"/w/target" };
        files.pass((Pid(7), FileDeed::Remove), "/w/target", Pass::Free, now);
        assert_eq!(files.passing(&key, Some(now)), Some(Pass::Free));
        assert_eq!(files.passing(&FileKey { folder: b"/w/src", ..key }, Some(now)), None);
        assert_eq!(files.passing(&FileKey { process: Pid(8), ..key }, Some(now)), None);
        assert_eq!(files.passing(&key, Some(Moment::from_secs(9.0))), None);
        files.forget();
        assert_eq!(files.passing(&key, Some(now)), None);
    }
}

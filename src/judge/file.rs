//! What a system call would do to a file, judged by what it means: a tool's ordinary work, a file that is saved, or a
//! deletion in its own right, which is judged as the command that does the same.

use super::act::Act;
use super::effect::{Deed, Effect, Reach};
use super::effects::Scene;
use super::engine::Judge;
use super::ground::{Ground, Land, below};
use super::moved::Moved;
use super::ordinary::{Doer, OrdinaryTool, Site, Standing, ToolClass};
use super::past::Past;
use super::{orders, restore};
use crate::model::{
    Action, Class, FileAct, FileDeed, FileFact, Finding, Judgement, Keep, ObjectKind, Oracle, Pid, Source, Span, Text,
    TextKind, Tier, Undo, Verdict,
};
use crate::shell::{Invocation, Reading, Word, joined_path};
use crate::trail::names::{SecretFile, secret_file};

/// How what is kept comes back.
const UNDO: &str = "watch undo";
/// The finding about what is lost for good although a tool's work, or a save, is no question.
const NOT_KEPT: &str = "files/not-kept";
/// The finding about a file that the operator's policy protects.
const PROTECTED: &str = "files/protected";
/// How much of a file is looked at for the mark of a generator, in bytes.
const HEAD_BYTES: usize = 1024;

/// What is judged of one call.
#[derive(Default)]
struct Found {
    verdict: Verdict,
    findings: Vec<Finding>,
}

impl Found {
    fn of(verdict: Verdict) -> Self {
        Self { verdict, findings: Vec::new() }
    }
}

/// One call with all that is known of it.
#[derive(Clone)]
struct FileCase<'a> {
    file: &'a FileAct,
    /// Where the target belongs: where it was when the session began.
    target: String,
    /// Where it is.
    place: String,
    /// It was moved away, and there is something in its place again.
    is_replaced: bool,
    doer: Doer,
    process: Pid,
    /// The folder that the whole command takes away, where that is known.
    folder: Option<String>,
}

impl<'a> FileCase<'a> {
    fn of(action: &Action, file: &'a FileAct, folder: Option<&str>) -> Self {
        let place = file.target.lossy().into_owned();
        let target = file.origin.as_ref().map_or_else(|| place.clone(), |origin| origin.lossy().into_owned());
        // What is below the folder that goes was moved with it.
        let folder = folder.map(|folder| match place.strip_prefix(folder).and_then(|rest| target.strip_suffix(rest)) {
            Some(origin) if !origin.is_empty() => origin,
            _ => folder,
        });
        Self {
            file,
            doer: Doer::of(&action.caller.program, &file.command),
            process: action.caller.pid,
            folder: folder.map(str::to_owned),
            target,
            place,
            is_replaced: false,
        }
    }

    fn site<'s>(&'s self, land: &Land<'s>, target: &'s str, repository: Option<&'s str>) -> Site<'s> {
        Site { target, project: land.project, home: land.home, repository }
    }

    /// Whether it was moved since the session began.
    fn is_moved(&self) -> bool {
        self.file.origin.is_some()
    }

    fn is_lost(&self) -> bool {
        matches!(self.file.keep, Keep::Lost { .. })
    }

    /// Whether no content goes: a folder that can be removed is empty, and what has another name stays under that.
    fn is_bare(&self, is_guarded: bool) -> bool {
        let object = self.file.object;
        match object.kind {
            ObjectKind::Folder => true,
            ObjectKind::File => {
                let takes_name = matches!(self.file.deed, FileDeed::Remove | FileDeed::Replace);
                !is_guarded && (object.bytes == 0 || (object.links > 1 && takes_name))
            }
            ObjectKind::Link | ObjectKind::Other => false,
        }
    }

    /// What a command does that makes such a call.
    fn deed(&self, oracle: &dyn Oracle) -> Deed {
        let is_emptied_by = |from| matches!(oracle.fact(from), FileFact::File { bytes: 0 });
        match self.file.deed {
            // What was put aside before it was written anew was saved.
            FileDeed::Remove if self.is_replaced => Deed::Overwrite,
            FileDeed::Remove | FileDeed::RemoveFolder => Deed::Remove,
            FileDeed::Replace if self.file.from.as_ref().is_some_and(is_emptied_by) => Deed::Empty,
            // An open that truncates is how a file is saved; what is cut to nothing by itself is emptied.
            FileDeed::Truncate if self.file.stays == 0 && self.file.call.contains("truncate") => Deed::Empty,
            FileDeed::Replace | FileDeed::Truncate | FileDeed::Punch => Deed::Overwrite,
            FileDeed::Write => Deed::Change,
            FileDeed::Read => Deed::Read,
        }
    }

    /// Whether the command names the file that it opens. What an interpreter is given, its script alone understands.
    fn is_named(&self) -> bool {
        if self.doer.is_interpreter() {
            return false;
        }
        let cwd = self.file.cwd.lossy();
        let place = |word: &str| joined_path(Some(&cwd), word);
        let (asked, target) = (place(&self.file.path.lossy()), Some(self.target.clone()));
        self.file.command.iter().skip(1).any(|word| {
            let word = word.lossy();
            let value = word.split_once('=').map(|(_, value)| value);
            [Some(&*word), value].into_iter().flatten().map(place).any(|named| named == asked || named == target)
        })
    }

    /// Whether it is the environment of who reads it.
    fn is_own_environment(&self) -> bool {
        self.target == format!("/proc/{}/environ", self.process)
    }

    /// The folder that is taken away with all below it, as far as the call shows: a name relative to a folder that is
    /// held open is how trees are removed.
    fn tree(&self) -> Option<&str> {
        if self.file.deed != FileDeed::Remove {
            return None;
        }
        if let Some(folder) = &self.folder {
            return Some(folder);
        }
        let path = self.file.path.lossy();
        let parent = self.target.rsplit_once('/')?.0;
        let is_elsewhere = joined_path(Some(&self.file.cwd.lossy()), &path)? != self.place;
        (!path.contains('/') && is_elsewhere && !parent.is_empty()).then_some(parent)
    }
}

impl Judge {
    /// What a call to a file would do: the fact, of which no text tells.
    pub(super) fn file(&self, action: &Action, file: &FileAct, past: &dyn Past, oracle: &dyn Oracle) -> Judgement {
        self.file_judged(action, &FileCase::of(action, file, None), past, oracle)
    }

    /// What the same call is as a part of taking `folder` away, when its command has shown that it does.
    pub fn file_of_tree(
        &self,
        action: &Action,
        file: &FileAct,
        folder: &str,
        past: &dyn Past,
        oracle: &dyn Oracle,
    ) -> Judgement {
        self.file_judged(action, &FileCase::of(action, file, Some(folder)), past, oracle)
    }

    /// The verdict on every such call of this program in the target's folder, where it does not hang on the file.
    pub fn file_folder(
        &self,
        action: &Action,
        file: &FileAct,
        past: &dyn Past,
        oracle: &dyn Oracle,
    ) -> Option<Verdict> {
        let mut case = FileCase::of(action, file, None);
        let folder = case.target.rsplit_once('/')?.0.to_owned();
        case.place = format!("{}/file", case.place.rsplit_once('/')?.0);
        case.target = format!("{folder}/file");
        self.with_scene(&Reading::default(), &file.cwd.lossy(), past, oracle, |scene| {
            if scene.land.is_guarded(&case.target) || folder == scene.land.home {
                return None;
            }
            if scene.land.is_passing(&case.target) {
                return Some(Verdict::Allow);
            }
            let (tool, standing) = self.work(&case, &scene.land)?;
            let is_whole = match standing {
                Standing::Own => true,
                Standing::Work => tool.class == ToolClass::VersionControl && self.policy().orders.is_empty(),
            };
            is_whole.then_some(Verdict::Log)
        })
    }

    /// Whether reading this file, or changing it in place, is judged at all. Asked for every such open.
    #[must_use]
    pub fn file_concerns(&self, deed: FileDeed, path: &str) -> bool {
        match deed {
            FileDeed::Read => self.policy().sees_reads() && secret_file(path).is_some(),
            FileDeed::Write | FileDeed::Punch => {
                path.contains("/.git/")
                    || self.policy().protect.iter().any(|root| below(path, root).is_some())
                    || matches!(secret_file(path), Some(SecretFile::Key))
            }
            FileDeed::Remove | FileDeed::RemoveFolder | FileDeed::Replace | FileDeed::Truncate => true,
        }
    }

    fn file_judged(&self, action: &Action, case: &FileCase, past: &dyn Past, oracle: &dyn Oracle) -> Judgement {
        let cwd = case.file.cwd.lossy();
        let moved = Moved::new(oracle, &case.target, &case.place);
        let is_replaced = case.is_moved() && oracle.fact(&case.target.as_str().into()) != FileFact::Missing;
        let case = &FileCase { is_replaced, ..case.clone() };
        let oracle: &dyn Oracle = if case.is_moved() { &moved } else { oracle };
        let found = self.with_scene(&Reading::default(), &cwd, past, oracle, |scene| match case.file.deed {
            FileDeed::Read => self.read(case, &scene.land),
            FileDeed::Write => Some(self.written(case, scene)),
            FileDeed::Remove | FileDeed::RemoveFolder | FileDeed::Replace | FileDeed::Truncate | FileDeed::Punch => {
                Some(self.lost(case, scene))
            }
        });
        let Some(found) = found else {
            let text =
                Text { kind: TextKind::FileRead, text: case.file.target.clone(), cwd: Some(case.file.cwd.clone()) };
            return self.text(&text, action.source, past, oracle).0;
        };
        let mut judgement = self.judgement(found.findings, &[], &Reading::default(), Source::Kernel);
        judgement.verdict = judgement.verdict.max(found.verdict);
        if judgement.verdict.waits() {
            judgement.blast.backups = self.held_by_git(case, past, oracle);
        }
        if !case.is_lost() && judgement.blast.undo != Undo::Unknown {
            judgement.blast.undo = Undo::By(UNDO.to_owned());
        }
        judgement
    }

    /// What becomes of a read of a secret, where that is known without a look at what reads say.
    fn read(&self, case: &FileCase, land: &Land) -> Option<Found> {
        if self.owns(case, land) || case.is_own_environment() {
            return Some(Found::default());
        }
        // What belongs to the project, what the session wrote and what the command line names, which was judged.
        let is_at_work =
            below(&case.target, land.project).is_some() || case.file.object.is_new == Some(true) || case.is_named();
        is_at_work.then(|| Found::of(Verdict::Log))
    }

    /// Whether git has what would be lost, in the words of a case.
    fn held_by_git(&self, case: &FileCase, past: &dyn Past, oracle: &dyn Oracle) -> Option<String> {
        let cwd = case.file.cwd.lossy();
        let ground = self.with_scene(&Reading::default(), &cwd, past, oracle, |scene| ground(case, &scene.land));
        let told = match ground {
            Ground::File => "this file is in git",
            Ground::Kept | Ground::Data => "none, git does not hold it as it is",
            _ => return None,
        };
        Some(told.to_owned())
    }

    /// What becomes of a call that destroys something.
    fn lost(&self, case: &FileCase, scene: &Scene) -> Found {
        let land = &scene.land;
        let object = case.file.object;
        let is_guarded = land.is_guarded(&case.target);
        let is_socket = object.kind == ObjectKind::Other && !case.target.starts_with("/dev/");
        if is_socket || !is_guarded && land.is_passing(&case.target) {
            return Found::default();
        }
        if case.is_bare(is_guarded) {
            // Nothing to ask about; but its name, its rights and its times are kept.
            let is_new = object.is_new == Some(true);
            return if is_new { Found::default() } else { Found::of(Verdict::Log) };
        }
        if let Some((tool, standing)) = self.work(case, land)
            && (!is_guarded || standing == Standing::Own || tool.class == ToolClass::VersionControl)
        {
            return self.ordinary(case, scene, standing);
        }
        let deed = case.deed(land.oracle);
        let ground = ground(case, land);
        let is_own = object.is_new == Some(true) && !is_guarded && !matches!(ground, Ground::File | Ground::Git);
        if is_own || matches!(ground, Ground::Build | Ground::Scratch | Ground::Nothing) {
            return Found::default();
        }
        let is_kept = !case.is_lost();
        let is_saved = deed == Deed::Overwrite && is_kept && (is_plain(ground) || is_message(&case.target));
        let is_in_order = is_saved
            || is_kept && (is_book(case, land) || is_journal(&case.target) || self.is_let(&case.target, ground))
            || deed == Deed::Remove && ground == Ground::File && is_generated(land, &case.target);
        let mut found = Found::of(Verdict::Log);
        let effect = effect(case, deed, ground, land);
        if is_in_order {
            self.add_orders(&mut found, effect, scene);
            return found;
        }
        self.add_rules(&mut found, case, effect, scene);
        if !is_kept && deed == Deed::Overwrite && ground != Ground::File && found.findings.is_empty() {
            found.findings.push(not_kept(case));
        }
        found
    }

    /// A tool's ordinary work: kept and noted.
    fn ordinary(&self, case: &FileCase, scene: &Scene, standing: Standing) -> Found {
        if case.file.object.is_new == Some(true) && self.policy().orders.is_empty() {
            return Found::default();
        }
        let mut found = Found::of(Verdict::Log);
        if standing == Standing::Own {
            return found;
        }
        let is_known = !case.is_lost() && self.policy().orders.is_empty();
        if is_known {
            return found;
        }
        let ground = ground(case, &scene.land);
        if case.is_lost() && !matches!(ground, Ground::File | Ground::Build | Ground::Scratch | Ground::Nothing) {
            found.findings.push(not_kept(case));
        }
        let deed = case.deed(scene.land.oracle);
        self.add_orders(&mut found, effect(case, deed, ground, &scene.land), scene);
        found
    }

    /// An open that could change a protected file in place.
    fn written(&self, case: &FileCase, scene: &Scene) -> Found {
        let as_replaced = FileAct { deed: FileDeed::Replace, ..case.file.clone() };
        let replaced = FileCase { file: &as_replaced, folder: None, ..case.clone() };
        let is_own = self.work(&replaced, &scene.land).is_some_and(|(_, standing)| standing == Standing::Own);
        if is_own || self.owns(case, &scene.land) || is_message(&case.target) {
            return Found::default();
        }
        let ground = scene.land.of(&case.target, false);
        let mut found = Found::of(Verdict::Log);
        if self.policy().protect.iter().any(|root| below(&case.target, root).is_some()) {
            found.findings.push(protected(case));
        }
        // A writable open is no write yet: it is noted, and held where rules name the ground.
        let effect = effect(case, Deed::Change, ground, &scene.land);
        if matches!(ground, Ground::Scratch | Ground::Build | Ground::Nothing) {
            return found;
        }
        self.add_rules(&mut found, case, effect, scene);
        found
    }

    /// The tool whose ordinary work it is.
    fn work(&self, case: &FileCase, land: &Land) -> Option<(&OrdinaryTool, Standing)> {
        let ordinary = self.ordinary_tools();
        // Only who works on repositories is asked which it is: that takes a look at the disk.
        let at = |target, repository| ordinary.work(&case.doer, case.file.deed, case.site(land, target, repository));
        let elsewhere = || if case.is_moved() { at(&case.place, None) } else { None };
        let in_none = at(&case.target, None).or_else(elsewhere);
        if in_none.is_some() || !ordinary.works_on_repositories(&case.doer) {
            return in_none;
        }
        let repository = restore::working_folder(land, &case.target)?;
        at(&case.target, Some(&repository))
    }

    fn owns(&self, case: &FileCase, land: &Land) -> bool {
        self.ordinary_tools().owns(&case.doer, case.site(land, &case.target, None))
    }

    /// Whether the operator wants it kept and not asked about.
    fn is_let(&self, target: &str, ground: Ground) -> bool {
        let may = !matches!(
            ground,
            Ground::Watch | Ground::Agent | Ground::Account | Ground::Startup | Ground::Git | Ground::Device
        );
        may && self.policy().keep.iter().any(|root| below(target, root).is_some_and(|inside| !inside.is_empty()))
    }

    fn add_rules(&self, found: &mut Found, case: &FileCase, effect: Effect, scene: &Scene) {
        let invocation = invocation(case.file);
        let mut act = Act::new(&invocation);
        act.effects = vec![effect.clone()];
        self.effect_rules(&act, &mut found.findings);
        for finding in &mut found.findings {
            if finding.class == Class::Delete {
                finding.undo = if case.is_lost() { Undo::None } else { Undo::By(UNDO.to_owned()) };
            }
        }
        self.add_orders(found, effect, scene);
    }

    fn add_orders(&self, found: &mut Found, effect: Effect, scene: &Scene) {
        if self.policy().orders.is_empty() {
            return;
        }
        let words = vec![Word::literal(String::new(), Span(0, 0))];
        let invocation = Invocation { words, ..Invocation::default() };
        let mut act = Act::new(&invocation);
        act.effects = vec![effect];
        let broken = orders::of_act(&self.policy().orders, &act, None, &[], &scene.land, &found.findings);
        found.findings.extend(broken);
    }
}

fn invocation(file: &FileAct) -> Invocation {
    let words = vec![Word::literal(file.call.clone(), Span(0, 0))];
    Invocation { words, cwd: Some(file.cwd.lossy().into_owned()), ..Invocation::default() }
}

/// What the target is; a link is what it is itself, not what it leads to.
fn ground(case: &FileCase, land: &Land) -> Ground {
    let ground = land.of(&case.target, false);
    match (case.file.object.kind, ground) {
        (ObjectKind::Link, Ground::Kept | Ground::Data | Ground::Folder | Ground::Nothing) => Ground::File,
        _ => ground,
    }
}

/// What the call does, or what the command that makes it does to the whole folder.
fn effect(case: &FileCase, deed: Deed, ground: Ground, land: &Land) -> Effect {
    let one = || Effect { deed, target: case.target.clone(), ground, reach: Reach::One, span: Span(0, 0) };
    let Some(folder) = case.tree().filter(|_| deed == Deed::Remove) else { return one() };
    let whole = land.of(folder, true);
    // What is worse of the two is what the rules are to see.
    let is_milder = matches!(whole, Ground::Build | Ground::Scratch | Ground::Nothing | Ground::File)
        || matches!(ground, Ground::Secret | Ground::Git | Ground::Data | Ground::Kept) && whole == Ground::Folder;
    if is_milder {
        return one();
    }
    Effect { deed, target: folder.to_owned(), ground: whole, reach: Reach::Tree, span: Span(0, 0) }
}

/// Whether what is there may be overwritten once it is kept.
fn is_plain(ground: Ground) -> bool {
    matches!(
        ground,
        Ground::File | Ground::Kept | Ground::Data | Ground::Folder | Ground::Secret | Ground::Outside | Ground::Backup
    )
}

/// Whether it is a text that git has somebody edit.
fn is_message(target: &str) -> bool {
    let Some((_, inside)) = target.rsplit_once("/.git/") else { return false };
    let last = inside.rsplit('/').next().unwrap_or_default();
    last.ends_with("_EDITMSG") || last.ends_with("_MSG") || last == "git-rebase-todo" || last == "description"
}

/// Whether it is what a database takes away once its changes are in.
fn is_journal(target: &str) -> bool {
    ["-journal", "-wal", "-shm"].iter().any(|ending| target.ends_with(ending))
}

/// Whether it lies in the doer's own folders of a home.
fn is_book(case: &FileCase, land: &Land) -> bool {
    let (Some(inside), Some(name)) = (below(&case.target, land.home), case.doer.own_name()) else { return false };
    let name = name.to_ascii_lowercase();
    let lower = inside.to_ascii_lowercase();
    let starts = |folder: &str| {
        lower.strip_prefix(folder).and_then(|rest| rest.strip_prefix(name.as_str())).is_some_and(|r| r.starts_with('/'))
    };
    name.len() > 1 && [".config/", ".local/share/", ".local/state/", "."].into_iter().any(starts)
}

/// Whether the file says that a tool wrote it: it is made again.
fn is_generated(land: &Land, target: &str) -> bool {
    let Some(head) = land.oracle.read(&target.into(), HEAD_BYTES) else { return false };
    let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
    ["@generated", "code generated by", "autogenerated", "auto-generated", "automatically generated", "do not edit"]
        .iter()
        .any(|mark| head.contains(mark))
}

fn not_kept(case: &FileCase) -> Finding {
    let why = match &case.file.keep {
        Keep::Lost { why } => format!("What is there goes for good: {why}"),
        Keep::Untried | Keep::Kept { .. } => "What is there goes for good".to_owned(),
    };
    let title = format!("{} what cannot be kept", case.file.deed.verb());
    let finding = Finding::new(NOT_KEPT, Class::Delete, Tier::Medium, Span(0, 0), &title, &why);
    Finding { undo: Undo::None, ..finding.target(case.target.as_str()) }
}

fn protected(case: &FileCase) -> Finding {
    let why = "Your policy names it under `[files] protect`";
    let title = "changes a protected file in place";
    Finding::new(PROTECTED, Class::Delete, Tier::Medium, Span(0, 0), title, why).target(case.target.as_str())
}

#[cfg(test)]
mod tests;

//! Brings back what a plan says, one path after the other; each comes whole or not at all.

use std::collections::{HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::doomed::{Doomed, How, Target};
use super::manifest::{Content, FactsLine, Verb, stamp};
use super::plan::{Move, Plan, Thing, Version, version_of};
use super::put::{Made, Source, content_of, finish, make, write_over};
use super::store::KeepStore;
use super::undone::{Line, Undone};
use crate::model::{ActionId, Pid, Untrusted};
use crate::sys::{Facts, FileId, FileKind, IfTaken, Place, is_link_refused};

/// What is put beside something newer ends in this and a number.
const BESIDE: &str = ".watch-undo-";
/// So many such names are tried.
const BESIDE_MAX: u32 = 1000;

/// How to bring back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Manner {
    /// When the session ended: what changed later is newer work. `None` while it runs, when everything counts as newer.
    pub left_until: Option<SystemTime>,
    /// Whether newer work is kept and replaced instead of left alone.
    pub over_newer: OverNewer,
    /// Now.
    pub now: SystemTime,
}

/// What happens where newer work is in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OverNewer {
    /// It stays, and what is brought back is put beside it.
    Beside,
    /// It is kept, and replaced.
    Replace,
}

/// What became of one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is back.
    Back,
    /// It is back, and what was there is kept in the session's folder, below `undone`.
    BackOver,
    /// It has its old name again.
    Renamed {
        /// The name it had.
        from: Untrusted,
    },
    /// It was as it should be.
    Already,
    /// Newer work is there; it was put beside it.
    Beside {
        /// The path of what was brought back.
        path: Untrusted,
    },
    /// It cannot be brought back.
    Failed {
        /// Why.
        why: String,
    },
}

/// A path with what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The record's number.
    pub seq: u64,
    /// The path.
    pub path: Untrusted,
    /// What became of it.
    pub outcome: Outcome,
    /// What else is to be said.
    pub note: Option<String>,
}

/// What else is to be said of a step.
type Note = Option<String>;

/// What brings back.
pub(super) struct Bringer<'a> {
    plan: &'a Plan,
    manner: Manner,
    /// Where what is replaced is kept.
    replaced: &'a KeepStore,
    undone: &'a mut Undone,
    /// How many names the store of what is replaced has for a file already.
    replaced_names: HashMap<FileId, u64>,
    /// Folders that had to be made on the way.
    made: HashSet<FileId>,
    /// Where a version of a file has come back, and how many names it had.
    back: HashMap<Version, (PathBuf, u64)>,
    program: Untrusted,
}

/// Where something comes back.
struct At<'p> {
    folder: Place,
    name: &'p OsStr,
    path: &'p [u8],
}

/// Why something cannot be brought back, in words.
pub(super) type Why = String;

impl<'a> Bringer<'a> {
    pub fn new(plan: &'a Plan, manner: Manner, replaced: &'a KeepStore, undone: &'a mut Undone) -> Self {
        let replaced_names = replaced.names();
        let program = Untrusted::from("watch undo");
        Self { plan, manner, replaced, undone, replaced_names, made: HashSet::new(), back: HashMap::new(), program }
    }

    /// Does all of it, and tells each step.
    pub fn all(&mut self, tell: &mut dyn FnMut(&Step)) {
        let touched = self.untouched_folders();
        for each in &self.plan.moves {
            if let Some(step) = self.move_back(each) {
                tell(&step);
            }
        }
        // Folders first, then what is written anew, then links: a link is right once its file is.
        let plan = self.plan;
        for round in [Round::Folders, Round::Versions, Round::Links] {
            for (path, thing) in plan.things.iter().filter(|(_, thing)| Round::of(thing) == round) {
                let step = self.thing_back(path, thing);
                tell(&step);
            }
        }
        self.set_folders(&touched);
        self.drop_links();
    }

    /// Folders whose times may be set back: nobody has changed them since the session ended.
    fn untouched_folders(&self) -> Vec<(&'a [u8], &'a FactsLine)> {
        let is_untouched = |path: &[u8]| match Place::open_folder(&path_of(path)).and_then(|folder| folder.facts()) {
            Ok(facts) => self.manner.left_until.is_none() || !self.is_newer(&facts),
            // It is no folder now: where it comes back, it comes back with these times.
            Err(_) => true,
        };
        let all = self.plan.folders.iter().map(|(path, facts)| (path.as_slice(), facts));
        all.filter(|(path, _)| is_untouched(path)).collect()
    }

    fn is_newer(&self, live: &Facts) -> bool {
        self.manner.left_until.is_none_or(|until| live.changed > stamp(until))
    }

    /// Gives a thing its old name, where it is still what the session moved. Where it is not, there is nothing to do: it was
    /// destroyed later and comes back under its old name.
    fn move_back(&mut self, each: &Move) -> Option<Step> {
        let other = each.other.is_some().then(|| Move { from: each.to.clone(), to: each.from.clone(), ..each.clone() });
        let found = match self.find(&each.from, Some(each.id)) {
            Some(found) => Some((found, each)),
            None => other.as_ref().and_then(|other| Some((self.find(&other.from, other.other)?, other))),
        };
        let Some(((from, name), each)) = found else {
            self.note_renamed(each.seq);
            return None;
        };
        let mut note = None;
        let outcome = match self.rename_back(&from, name, each, &mut note) {
            Ok(outcome) => outcome,
            Err(why) => Outcome::Failed { why },
        };
        if !matches!(outcome, Outcome::Failed { .. }) {
            self.note_renamed(each.seq);
        }
        Some(Step { seq: each.seq, path: Untrusted::new(each.to.as_slice()), outcome, note })
    }

    /// Where a thing is, if it is there and is what it should be.
    fn find<'p>(&self, path: &'p [u8], id: Option<FileId>) -> Option<(Place, &'p OsStr)> {
        let (from, name) = open_parent(path).ok()?;
        let live = from.facts_of(name).ok()?;
        (Some(live.id) == id || self.made.contains(&live.id)).then_some((from, name))
    }

    fn rename_back(&mut self, from: &Place, name: &OsStr, each: &Move, note: &mut Note) -> Result<Outcome, Why> {
        let renamed = || Outcome::Renamed { from: Untrusted::new(each.from.as_slice()) };
        let (to, new_name) = self.parent_of(&each.to, note)?;
        let stands_in = |live: &Facts| self.made.contains(&live.id);
        // A folder that was made on the way stands for the one that was there and was destroyed later.
        let is_there = |id: FileId| to.facts_of(new_name).is_ok_and(|live| live.id == id || stands_in(&live));
        let if_taken = if each.other.is_some_and(is_there) { IfTaken::Exchange } else { IfTaken::Fail };
        match from.rename(name, &to, new_name, if_taken) {
            Ok(()) => return Ok(renamed()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error.to_string()),
        }
        let there = to.facts_of(new_name).map_err(|error| error.to_string())?;
        if stands_in(&there) && to.remove_folder(new_name).is_ok() {
            from.rename(name, &to, new_name, IfTaken::Fail).map_err(|error| error.to_string())?;
            return Ok(renamed());
        }
        if self.is_newer(&there) && self.manner.over_newer == OverNewer::Beside {
            return self.beside(from, name, &to, new_name, &each.to);
        }
        self.put_aside(&to, new_name, &each.to, &there, note)?;
        from.rename(name, &to, new_name, IfTaken::Fail).map_err(|error| error.to_string())?;
        Ok(renamed())
    }

    /// Takes what the session left out of the way: a file is kept and removed, a folder gets a name beside its own.
    fn put_aside(&self, folder: &Place, name: &OsStr, path: &[u8], there: &Facts, note: &mut Note) -> Result<(), Why> {
        if there.kind == FileKind::Folder {
            let Outcome::Beside { path } = self.beside(folder, name, folder, name, path)? else { return Ok(()) };
            *note = Some(format!("the folder that was there is now {}", path.shown()));
            return Ok(());
        }
        if !self.keep_live(path, Target::Name { folder, name }, there, How::Removed) {
            return Err("what is there cannot be kept".to_owned());
        }
        *note = Some("what was there is kept".to_owned());
        folder.remove(name).map_err(|error| error.to_string())
    }

    fn thing_back(&mut self, path: &[u8], thing: &Thing) -> Step {
        let mut note = None;
        let outcome = match self.bring(path, thing, &mut note) {
            Ok(outcome) => outcome,
            Err(why) => Outcome::Failed { why },
        };
        Step { seq: thing.found.record.seq, path: Untrusted::new(path), outcome, note }
    }

    fn bring(&mut self, path: &[u8], thing: &Thing, note: &mut Note) -> Result<Outcome, Why> {
        let record = &thing.found.record;
        let facts = record.facts.as_ref().ok_or("nothing is known of it")?;
        let mut way_note = None;
        let (folder, name) = self.parent_of(path, &mut way_note)?;
        let at = At { folder, name, path };
        let source = content_of(self.plan, &thing.found)?;
        *note = source.note.map(str::to_owned).or(way_note);
        let outcome = match at.folder.facts_of(name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.put_new(&at, thing, &source)?,
            Err(error) => return Err(error.to_string()),
            Ok(live) if source.is_there(&live, facts) => Outcome::Already,
            Ok(live) => self.put_over(&at, thing, &source, &live, note)?,
        };
        let live = match &outcome {
            Outcome::Beside { .. } => None,
            _ => at.folder.facts_of(name).ok(),
        };
        if live.is_some() && facts.kind == "file" {
            self.back.insert(version_of(facts), (path_of(path), facts.links));
        }
        self.note(record.seq, &thing.superseded, live.as_ref());
        Ok(outcome)
    }

    /// Puts it where nothing is.
    fn put_new(&mut self, at: &At<'_>, thing: &Thing, source: &Source) -> Result<Outcome, Why> {
        let made = self.make(at, thing, source, Some(at.name))?;
        let Made::Named(temporary) = made else { return Ok(Outcome::Back) };
        match at.folder.rename(&temporary, &at.folder, at.name, IfTaken::Fail) {
            Ok(()) => Ok(Outcome::Back),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                self.beside(&at.folder, &temporary, &at.folder, at.name, at.path)
            }
            Err(error) => Err(self.without(&at.folder, &temporary, &error)),
        }
    }

    /// Makes it, in its place where that can be done at once, else under a name of our own beside it.
    fn make(&mut self, at: &At<'_>, thing: &Thing, source: &Source, direct: Option<&OsStr>) -> Result<Made, Why> {
        match self.through_link(at, thing, source, direct) {
            Some(made) => Ok(made),
            None => self.make_alone(&at.folder, thing, source, direct),
        }
    }

    /// A file that was changed in place and then lost this name may live on under others: through the store's link it is
    /// written in place again, so that they follow, and gets this name back.
    fn through_link(&mut self, at: &At<'_>, thing: &Thing, source: &Source, direct: Option<&OsStr>) -> Option<Made> {
        let record = &thing.found.record;
        let link = self.plan.link_of.get(&record.facts.as_ref()?.id())?;
        let (folder, name) = open_parent(link.as_os_str().as_bytes()).ok()?;
        let live = folder.facts_of(name).ok()?;
        let is_newer = self.is_newer(&live) && !self.undone.is_ours(record.seq, &live);
        if is_newer || !self.is_written_in_place(thing, &live) {
            return None;
        }
        if !self.keep_live(at.path, Target::Name { folder: &folder, name }, &live, How::Written) {
            return None;
        }
        self.undone.write(&Line::began(record.seq)).ok()?;
        write_over(source, record, &folder, name).ok()?;
        let temporary = temporary(record.seq);
        folder.link(name, &at.folder, direct.unwrap_or(&temporary)).ok()?;
        Some(if direct.is_some() { Made::InPlace } else { Made::Named(temporary) })
    }

    /// Makes it without a change to anything that is there.
    fn make_alone(&self, parent: &Place, thing: &Thing, source: &Source, direct: Option<&OsStr>) -> Result<Made, Why> {
        let facts = thing.found.record.facts.as_ref().ok_or("nothing is known of it")?;
        let temporary = temporary(thing.found.record.seq);
        let left = match parent.facts_of(&temporary) {
            Ok(left) if left.kind == FileKind::Folder => parent.remove_folder(&temporary),
            Ok(_) => parent.remove(&temporary),
            Err(_) => Ok(()),
        };
        left.map_err(|error| error.to_string())?;
        // The last of several names was the only one when it went.
        if let Some((other, links)) = self.back.get(&version_of(facts))
            && facts.links.max(*links) > 1
            && let Some(made) = self.link_to(other, parent, direct, &temporary)
        {
            return Ok(made);
        }
        match make(source, &thing.found.record, parent, direct, &temporary) {
            Ok(made) => Ok(made),
            Err(error) => Err(self.without(parent, &temporary, &error)),
        }
    }

    /// Another name of a file that has come back already.
    fn link_to(&self, other: &Path, parent: &Place, direct: Option<&OsStr>, temporary: &OsStr) -> Option<Made> {
        let (folder, name) = open_parent(other.as_os_str().as_bytes()).ok()?;
        match direct {
            Some(direct) if folder.link(name, parent, direct).is_ok() => Some(Made::InPlace),
            _ => folder.link(name, parent, temporary).ok().map(|()| Made::Named(temporary.to_owned())),
        }
    }

    /// Puts it where something else is: over it where the session left that, after keeping it; else beside it.
    fn put_over(
        &mut self,
        at: &At<'_>,
        thing: &Thing,
        source: &Source,
        live: &Facts,
        note: &mut Note,
    ) -> Result<Outcome, Why> {
        let record = &thing.found.record;
        let is_newer = self.is_newer(live) && !self.undone.is_ours(record.seq, live);
        if is_newer && self.manner.over_newer == OverNewer::Beside {
            return self.put_beside(at, thing, source);
        }
        if live.kind == FileKind::Folder {
            self.put_aside(&at.folder, at.name, at.path, live, note)?;
            return self.put_new(at, thing, source);
        }
        let is_in_place = self.is_written_in_place(thing, live);
        let how = if is_in_place { How::Written } else { How::Removed };
        if !self.keep_live(at.path, Target::Name { folder: &at.folder, name: at.name }, live, how) {
            return self.put_beside(at, thing, source);
        }
        if is_in_place {
            self.undone.write(&Line::began(record.seq)).map_err(|error| error.to_string())?;
            write_over(source, record, &at.folder, at.name).map_err(|error| error.to_string())?;
            return Ok(Outcome::BackOver);
        }
        let Made::Named(temporary) = self.make(at, thing, source, None)? else { return Ok(Outcome::Back) };
        let exchange = || at.folder.rename(&temporary, &at.folder, at.name, IfTaken::Exchange);
        exchange().map_err(|error| self.without(&at.folder, &temporary, &error))?;
        match at.folder.facts_of(&temporary) {
            // Somebody was quicker: what was put there in between is newer than anything.
            Ok(displaced) if displaced.id != live.id => {
                exchange().map_err(|error| error.to_string())?;
                self.beside(&at.folder, &temporary, &at.folder, at.name, at.path)
            }
            _ => at.folder.remove(&temporary).map(|()| Outcome::BackOver).map_err(|error| error.to_string()),
        }
    }

    /// Whether a file whose content changed in place has other names now: it is written in place again, so that they follow.
    /// A name that we gave it when we kept it, and were broken off, does not count.
    fn is_written_in_place(&self, thing: &Thing, live: &Facts) -> bool {
        let record = &thing.found.record;
        let is_same = record.facts.as_ref().is_some_and(|facts| facts.id() == live.id);
        let others = live.links.saturating_sub(self.replaced_names.get(&live.id).copied().unwrap_or(0));
        matches!(record.verb, Verb::Truncated | Verb::Written) && is_same && others > 1
    }

    fn put_beside(&self, at: &At<'_>, thing: &Thing, source: &Source) -> Result<Outcome, Why> {
        match self.make_alone(&at.folder, thing, source, None)? {
            Made::Named(temporary) => self.beside(&at.folder, &temporary, &at.folder, at.name, at.path),
            Made::InPlace => Ok(Outcome::Back),
        }
    }

    /// Keeps what is about to be replaced; whether it is kept.
    fn keep_live(&self, path: &[u8], target: Target<'_>, live: &Facts, how: How<'_>) -> bool {
        let kept = self.replaced.keep(&Doomed {
            at: self.manner.now,
            action: ActionId(0),
            case: None,
            pid: Pid(0),
            program: &self.program,
            path,
            origin: None,
            target,
            facts: Some(*live),
            how,
        });
        kept.is_ok()
    }

    /// Renames something to the first free name beside a taken one, whose whole path is `path`.
    fn beside(&self, from: &Place, name: &OsStr, to: &Place, taken: &OsStr, path: &[u8]) -> Result<Outcome, Why> {
        let folder = path.get(..path.len().saturating_sub(taken.len())).unwrap_or_default();
        for number in 1..=BESIDE_MAX {
            let mut own = taken.to_owned();
            own.push(format!("{BESIDE}{number}"));
            match from.rename(name, to, &own, IfTaken::Fail) {
                Ok(()) => return Ok(Outcome::Beside { path: Untrusted::new([folder, own.as_bytes()].concat()) }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error.to_string()),
            }
        }
        Err("every name beside it is taken".to_owned())
    }

    /// Takes away what was made in vain.
    fn without(&self, parent: &Place, temporary: &OsStr, error: &io::Error) -> Why {
        // It is told of by its name if even this fails: it stays where it can be seen.
        let _ = parent.remove(temporary).or_else(|_| parent.remove_folder(temporary));
        error.to_string()
    }

    /// The folder a path is in, made where it is not there. What the session left in its place is put aside.
    fn parent_of<'p>(&mut self, path: &'p [u8], note: &mut Note) -> Result<(Place, &'p OsStr), Why> {
        let (folder, name) = split(path).ok_or("it has no folder")?;
        let error = match Place::open_folder(&folder) {
            Ok(place) => return Ok((place, name)),
            Err(error) => error,
        };
        if !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) {
            return Err(format!("its folder: {error}"));
        }
        let own_path = path.get(..folder.as_os_str().len()).unwrap_or_default();
        let (above, own) = self.parent_of(own_path, note)?;
        if let Ok(there) = above.facts_of(own) {
            if self.is_newer(&there) && self.manner.over_newer == OverNewer::Beside {
                return Err(format!("its folder: {error}"));
            }
            self.put_aside(&above, own, own_path, &there, note)?;
        }
        above.create_folder(own).map_err(|error| format!("its folder: {error}"))?;
        let place = Place::open_folder(&folder).map_err(|error| format!("its folder: {error}"))?;
        self.made.extend(place.facts().map(|facts| facts.id));
        Ok((place, name))
    }

    /// Sets owner, mode, attributes and times of the folders that came back, the deepest first, and times of the others.
    fn set_folders(&self, touched: &[(&[u8], &FactsLine)]) {
        let touched: HashMap<&[u8], &FactsLine> = touched.iter().copied().collect();
        let mut paths: Vec<&[u8]> = touched.keys().copied().collect();
        let folders = self.plan.things.iter().filter(|(_, thing)| Round::of(thing) == Round::Folders);
        let folders: HashMap<&[u8], &Thing> = folders.map(|(path, thing)| (path.as_slice(), thing)).collect();
        paths.extend(folders.keys().copied());
        paths.sort_unstable();
        paths.dedup();
        for path in paths.into_iter().rev() {
            let Ok((parent, name)) = open_parent(path) else { continue };
            if let Some(thing) = folders.get(path)
                && let Some(facts) = &thing.found.record.facts
            {
                // A folder that is there without all it had is better than none; its content is what counts.
                let _ = finish(&parent, name, facts, &thing.found.record.attributes);
            }
            let is_folder = parent.facts_of(name).is_ok_and(|facts| facts.kind == FileKind::Folder);
            if let Some(facts) = touched.get(path).filter(|_| is_folder) {
                let _ = parent.set_times(name, facts.read, facts.written);
            }
        }
    }

    /// Takes the store's name from files that have theirs again, so that they are as they were.
    fn drop_links(&self) {
        for (path, seqs) in &self.plan.links {
            let is_done = seqs.iter().all(|seq| self.undone.done().things.contains(seq));
            let has_others =
                || open_parent(path.as_os_str().as_bytes()).and_then(|(folder, name)| folder.facts_of(name));
            if is_done && has_others().is_ok_and(|facts| facts.links > 1) {
                // One that stays costs nothing but its name.
                let _ = std::fs::remove_file(path);
            }
        }
    }

    fn note_renamed(&mut self, seq: u64) {
        // What cannot be noted is looked for again next time, and found to be gone.
        let _ = self.undone.write(&Line::renamed(seq));
    }

    fn note(&mut self, seq: u64, superseded: &[u64], live: Option<&Facts>) {
        // What cannot be noted is looked at again next time, and found to be there already.
        let _ = self.undone.write(&Line::done(seq, superseded, live));
    }
}

/// The rounds in which things come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Round {
    Folders,
    Versions,
    Links,
}

impl Round {
    fn of(thing: &Thing) -> Self {
        let record = &thing.found.record;
        let is_folder = record.facts.as_ref().is_some_and(|facts| facts.kind == "folder");
        match record.content {
            _ if is_folder => Self::Folders,
            Content::Link { .. } => Self::Links,
            _ => Self::Versions,
        }
    }
}

/// The name under which something is made before it gets its own; what an interrupted run has left there is removed.
fn temporary(seq: u64) -> OsString {
    OsString::from(format!("{BESIDE}{seq}.new"))
}

/// A path as the system takes it.
pub(super) fn path_of(path: &[u8]) -> PathBuf {
    PathBuf::from(os(path))
}

/// Bytes as a name.
pub(super) fn os(bytes: &[u8]) -> &OsStr {
    OsStr::from_bytes(bytes)
}

/// The folder and the name of an absolute path.
fn split(path: &[u8]) -> Option<(PathBuf, &OsStr)> {
    let slash = path.iter().rposition(|byte| *byte == b'/')?;
    let name = path.get(slash + 1..).filter(|name| !name.is_empty())?;
    let folder = path.get(..slash.max(1))?;
    Some((path_of(folder), os(name)))
}

/// The folder of a path, and its name there.
fn open_parent(path: &[u8]) -> io::Result<(Place, &OsStr)> {
    let (folder, name) = split(path).ok_or(io::ErrorKind::InvalidInput)?;
    Ok((Place::open_folder(&folder)?, name))
}

/// Whether an error says that only a copy will do.
pub(super) fn must_copy(error: &io::Error) -> bool {
    is_link_refused(error)
}

/// Opens what lies in a segment.
pub(super) fn open_kept(path: &Path) -> Result<File, Why> {
    File::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => "it is no longer kept".to_owned(),
        _ => error.to_string(),
    })
}

//! From a file call to what it would destroy. What harms nothing is known after a few system calls and passes.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

use copies::Filled;
use folders::Folders;
use nameless::Nameless;
use packs::Packs;
use trees::Trees;

use super::filecall::{FileCall, Opening, Spot};
use super::ground::Ground;
use super::origins::Origins;
use super::paths::{not_found, unreadable};
use super::perform::{Does, Doing, Performed, perform};
use super::sight::{Change, Mark, Sight};
use super::view::{Base, View, began};
use crate::model::{FileDeed, Pid};
use crate::sys::{
    self, Deadline, Errno, Facts, FileId, FileKind, IfTaken, Listener, Memory, Notification, Place, ProcId, Stamp,
};

mod copies;
mod find;
mod folders;
mod links;
mod nameless;
mod packs;
mod trees;

/// The longest path, as in the kernel.
const PATH_BYTES_MAX: usize = 4096;
/// How long it holds which process a thread belongs to: a number is not given out again so soon.
const KIN_FOR: Duration = Duration::from_millis(100);
/// Names that are remembered because something older than the session had them.
const HEIRS_MAX: usize = 1 << 17;

/// Who does what a call that removes or renames asks for, once it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Performer {
    /// The kernel, which reads the caller's memory again.
    #[default]
    Kernel,
    /// We do, with what was judged.
    Supervisor,
}

/// Looks at file calls, and remembers what makes that quick.
#[derive(Debug, Default)]
pub struct FileGate {
    ground: Ground,
    performer: Performer,
    since: Option<Stamp>,
    heirs: HashSet<(FileId, u64)>,
    origins: Origins,
    /// Files that the session emptied or filled.
    filled: Filled,
    /// Folders that are being taken away.
    trees: Trees,
    /// Folders that were named a moment ago.
    folders: Folders,
    /// Packs of git's objects.
    packs: Packs,
    /// Files whose names went.
    nameless: Nameless,
    /// The thread that called last, with its process and that one's parent.
    kin: Option<(ProcId, (ProcId, ProcId), Deadline)>,
}

/// What a file call turned out to be.
#[derive(Debug)]
pub enum FileLook {
    /// It would destroy or change this.
    Sees(Box<Sight>),
    /// It would give something older than the session another name, and destroy nothing.
    Moves(Box<Sight>),
    /// It would change what is ours.
    Forbidden(Box<Sight>),
    /// It harms nothing, and is performed for its caller lest it be changed into what does.
    Harmless(Box<Sight>),
    /// The same of an open or a cut, which may be of nothing.
    Does(Box<Doing>),
    /// It harms nothing, or fails by itself.
    Passes,
    /// It fails with this error.
    Fails(Errno),
    /// The caller's memory or view could not be read; it must not go on unread.
    Unreadable(String),
    /// The caller is gone.
    Gone,
}

impl FileGate {
    /// One that protects `ground`, in a session that began when [`super::session_begins`] was told.
    #[must_use]
    pub fn new(ground: Ground, performer: Performer) -> Self {
        Self {
            ground,
            performer,
            since: began().map(stamp),
            heirs: HashSet::new(),
            origins: Origins::default(),
            filled: Filled::default(),
            trees: Trees::default(),
            folders: Folders::default(),
            packs: Packs::default(),
            nameless: Nameless::default(),
            kin: None,
        }
    }

    /// Does what was let go in the caller's place, where that is ours to do.
    #[must_use]
    pub fn perform(&self, sight: &Sight) -> Performed {
        match self.performer {
            Performer::Kernel => Performed::NotOurs,
            Performer::Supervisor => perform(sight),
        }
    }

    /// Looks at the call, if it is a file call.
    #[must_use]
    pub fn look(&mut self, call: &Notification, listener: &Listener) -> Option<FileLook> {
        let asked = FileCall::of(call)?;
        let look = self.see(call, asked).unwrap_or_else(|other| other);
        match look {
            // What passes or fails is answered by number: nobody else can get that answer. What is seen is looked at again.
            FileLook::Passes | FileLook::Fails(_) | FileLook::Sees(_) => Some(look),
            _ if listener.is_waiting(call.id) => Some(look),
            _ => Some(FileLook::Gone),
        }
    }

    /// Remembers what is let go: a name that something older than the session had is no work of the session when it is
    /// given out again, and the number of a folder that goes is another's soon.
    pub fn lets_go(&mut self, sight: &Sight) {
        self.lets_move(sight);
        self.fills(sight);
        if sight.change != Change::Hits {
            return;
        }
        if sight.deed == FileDeed::RemoveFolder {
            self.ground.forget(sight.facts.id);
        }
        if sight.deed == FileDeed::Remove {
            self.trees.removed(sight.process, sight.whole_folder());
        }
        if let Mark::Name(_, folder, name) = &sight.target
            && sight.facts.kind != FileKind::Folder
        {
            if self.is_older(&sight.facts) {
                let known = sight.origin.as_ref().unwrap_or(&sight.whole);
                self.nameless.goes(sight.facts.id, known.clone());
            }
            if self.heirs.len() >= HEIRS_MAX {
                self.heirs.clear();
            }
            self.heirs.insert((*folder, digest(name)));
        }
    }

    /// Remembers where things come from that get other names, and forgets those that go.
    fn lets_move(&mut self, sight: &Sight) {
        let from = sight.from.as_ref().and_then(|(from, facts)| Some((from.path().ok()?, facts)));
        match (sight.change, sight.deed, from) {
            (Change::Moves, _, Some((from, _))) => self.origins.moved(&from, &sight.whole),
            (Change::Trades, _, Some((from, _))) => self.origins.exchanged(&from, &sight.whole),
            (Change::Hits, FileDeed::Replace, Some((from, facts))) if self.is_older(facts) => {
                self.origins.moved(&from, &sight.whole);
            }
            (Change::Hits, FileDeed::Remove | FileDeed::RemoveFolder | FileDeed::Replace, _) => {
                self.origins.gone(&sight.whole);
            }
            _ => {}
        }
    }

    /// Whether it is older than the session, or may be.
    fn is_older(&self, facts: &Facts) -> bool {
        self.packs.stand_for(facts.id) || self.since.zip(facts.born).is_none_or(|(since, born)| born < since)
    }

    fn see(&mut self, call: &Notification, asked: FileCall) -> Result<FileLook, FileLook> {
        let memory = Memory::of(call.thread);
        let does = match self.performer {
            Performer::Kernel => None,
            Performer::Supervisor => Does::of(call, asked),
        };
        let is_ours = does.is_some() || self.performer == Performer::Supervisor && asked.is_of_names();
        let mut look = Look { gate: self, call, memory, does, view: None, kin: None };
        let found = match asked {
            FileCall::Remove(spot) => look.remove(spot, FileDeed::Remove),
            FileCall::RemoveFolder(spot) => look.remove(spot, FileDeed::RemoveFolder),
            FileCall::Rename { from, to, if_taken } => look.rename(from, to, if_taken),
            FileCall::Cut { at, length } => look.open(at, Harm::Cuts(length)),
            FileCall::Open { at, opening } => match opening {
                Opening::Truncates => look.open(at, Harm::Cuts(0)),
                Opening::Writes => look.open(at, Harm::Writes),
                Opening::Changes => look.open(at, Harm::Writes).map(that_reads),
                Opening::Reads => look.read(at),
                Opening::Appends | Opening::Makes => look.open(at, Harm::None),
            },
            FileCall::CutOpen { fd, length } => look.descriptor(fd, FileDeed::Truncate, length),
            FileCall::Punch { fd } => look.descriptor(fd, FileDeed::Punch, 0),
            FileCall::CopyInto { fd } => look.copied(fd),
            FileCall::Link { of, name } => look.link(of, name),
        };
        // What the kernel would go on with it would read again.
        match found {
            Ok(FileLook::Passes) | Err(FileLook::Passes) if is_ours => Ok(FileLook::Fails(Errno::ACCES)),
            found => found,
        }
    }
}

/// What an open would do to a file that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Harm {
    /// It cuts it to a length.
    Cuts(u64),
    /// It may write over it.
    Writes,
    /// Nothing.
    None,
}

/// One look at one call.
struct Look<'a> {
    gate: &'a mut FileGate,
    call: &'a Notification,
    memory: Memory,
    /// What we do for the caller.
    does: Option<Does>,
    view: Option<View>,
    kin: Option<(ProcId, ProcId)>,
}

/// What a path leads to, its last part not followed.
struct Found {
    asked: Vec<u8>,
    base: Base,
    folder: Place,
    id: FileId,
    name: OsString,
    facts: Option<Facts>,
}

impl Look<'_> {
    fn remove(&mut self, spot: Spot, deed: FileDeed) -> Result<FileLook, FileLook> {
        let found = self.find(spot)?;
        let Some(facts) = found.facts else { return Ok(self.gone()) };
        if self.forbids(&found) {
            return self.sight(found, facts, deed, 0).map(FileLook::Forbidden);
        }
        let fails = (facts.kind == FileKind::Folder) != (deed == FileDeed::RemoveFolder);
        let is_full = facts.kind == FileKind::Folder && !is_empty(&found);
        if !fails && is_full && self.is_born(&facts) != Some(true) {
            let path =
                Mark::path_in(&found.folder, &found.name).map_err(|error| unreadable("where it lies", &error))?;
            let process = Pid(self.kin()?.0.0);
            self.gate.trees.tried(process, path);
        }
        if fails || is_full || self.is_spared(&facts, (found.id, &found.name)) {
            return self.harmless(|look| look.sight(found, facts, deed, 0));
        }
        self.sight(found, facts, deed, 0).map(FileLook::Sees)
    }

    fn rename(&mut self, from: Spot, to: Spot, if_taken: IfTaken) -> Result<FileLook, FileLook> {
        let (to, from) = (self.find(to)?, self.find(from)?);
        let Some(source) = from.facts else { return Ok(self.gone()) };
        if [Some(source), to.facts].into_iter().flatten().any(|facts| facts.kind == FileKind::Folder) {
            self.gate.folders.forget();
        }
        if self.forbids(&from) || self.forbids(&to) {
            let facts = to.facts.unwrap_or(source);
            let sight = self.sight(to, facts, FileDeed::Replace, 0)?;
            return Ok(FileLook::Forbidden(with_source(sight, (from, source), if_taken)));
        }
        // Only an empty folder can be replaced, and by itself nothing is.
        let is_harmless = to.facts.is_none_or(|there| {
            if_taken != IfTaken::Replace
                || there.id == source.id
                || there.kind == FileKind::Folder
                || self.is_spared(&there, (to.id, &to.name))
        });
        let change = self.change((&from, &source), &to, if_taken);
        let facts = to.facts.unwrap_or(source);
        let sight = |look: &mut Self| {
            let sight = look.sight(to, facts, FileDeed::Replace, 0)?;
            Ok(with_source(sight, (from, source), if_taken))
        };
        match change {
            Change::Hits if is_harmless => self.harmless(sight),
            Change::Hits => sight(self).map(FileLook::Sees),
            change => {
                let sight = sight(self)?;
                let old = sight.from.as_ref().and_then(|(from, _)| from.path().ok());
                let origin = old.and_then(|old| self.gate.origins.of(&old)).or_else(|| sight.origin.clone());
                Ok(FileLook::Moves(Box::new(Sight { change, origin, ..*sight })))
            }
        }
    }

    /// Whether a rename gives something older than the session another name and destroys nothing. What the session made
    /// may be called as it likes; a folder of its own may hold what was moved into it.
    fn change(&self, (from, source): (&Found, &Facts), to: &Found, if_taken: IfTaken) -> Change {
        let is_old = |facts: &Facts, at: &Found| match facts.kind {
            FileKind::Folder => self.gate.is_older(facts) || !self.gate.origins.is_empty(),
            FileKind::File | FileKind::Link => self.is_new(facts, (at.id, &at.name)) != Some(true),
            FileKind::Pipe | FileKind::Socket | FileKind::Device => false,
        };
        // Nothing is moved from one file system to another.
        if from.id.device != to.id.device {
            return Change::Hits;
        }
        match (&to.facts, if_taken) {
            (None, IfTaken::Replace | IfTaken::Fail) if is_old(source, from) => Change::Moves,
            (Some(there), IfTaken::Exchange)
                if there.id != source.id && (is_old(source, from) || is_old(there, to)) =>
            {
                Change::Trades
            }
            _ => Change::Hits,
        }
    }

    /// There is nothing that the call could be done to.
    fn gone(&self) -> FileLook {
        match self.gate.performer {
            Performer::Kernel => FileLook::Passes,
            Performer::Supervisor => FileLook::Fails(Errno::NOENT),
        }
    }

    /// It harms nothing as it stands. A sight is made of it only where we perform it.
    fn harmless(
        &mut self,
        sight: impl FnOnce(&mut Self) -> Result<Box<Sight>, FileLook>,
    ) -> Result<FileLook, FileLook> {
        match self.gate.performer {
            Performer::Kernel => Ok(FileLook::Passes),
            Performer::Supervisor => sight(self).map(FileLook::Harmless),
        }
    }

    fn open(&mut self, spot: Spot, harm: Harm) -> Result<FileLook, FileLook> {
        let mut found = self.find(spot)?;
        if found.facts.is_some_and(|facts| facts.kind == FileKind::Link) {
            if matches!(self.does, Some(Does::Opens(wanted)) if wanted.stops_at_links()) {
                return Ok(FileLook::Fails(Errno::LOOP));
            }
            found = match self.follow(found)? {
                Ok(found) => found,
                Err((place, facts)) => return self.opened(place, facts, harm),
            };
        }
        let is_forbidden =
            self.forbids(&found) || found.facts.is_some_and(|facts| self.gate.ground.forbids_file(facts.id));
        let deed = if matches!(harm, Harm::Cuts(_)) { FileDeed::Truncate } else { FileDeed::Write };
        if is_forbidden {
            let facts =
                found.facts.map_or_else(|| found.folder.facts(), Ok).map_err(|error| unreadable("the file", &error))?;
            return self.sight(found, facts, deed, 0).map(FileLook::Forbidden);
        }
        let Some(facts) = found.facts else { return Ok(self.missing(found)) };
        if !harm.is_done_to(&facts) || self.is_new(&facts, (found.id, &found.name)) == Some(true) {
            return Ok(self.unharmed(Mark::Name(found.folder, found.id, found.name), Some(facts.id)));
        }
        self.sight(found, facts, deed, harm.stays()).map(FileLook::Sees)
    }

    /// It destroys nothing that is there.
    fn unharmed(&self, at: Mark, id: Option<FileId>) -> FileLook {
        match self.does {
            Some(does) => FileLook::Does(Box::new(Doing { thread: self.call.thread, at, id, does })),
            None => FileLook::Passes,
        }
    }

    /// There is nothing; an open may make it.
    fn missing(&self, found: Found) -> FileLook {
        match self.does {
            Some(Does::Opens(wanted)) if wanted.makes() && found.asked.ends_with(b"/") => FileLook::Fails(Errno::ISDIR),
            Some(Does::Opens(wanted)) if wanted.makes() => {
                self.unharmed(Mark::Name(found.folder, found.id, found.name), None)
            }
            Some(_) => FileLook::Fails(Errno::NOENT),
            None => FileLook::Passes,
        }
    }

    /// An open that only reads: where it leads is all there is to know.
    fn read(&mut self, spot: Spot) -> Result<FileLook, FileLook> {
        let asked = self.path(spot)?;
        let view = self.view()?;
        let place = match view.open(spot.base, &asked) {
            Ok(place) if !asked.is_empty() => place,
            Ok(_) => return Ok(FileLook::Passes),
            // It may be about to be made.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(FileLook::Passes),
            Err(error) => return Err(not_found(view.is_ours(), &error)),
        };
        let facts = place.facts().map_err(|error| unreadable("the file", &error))?;
        if facts.kind != FileKind::File && self.gate.ground.forbids_file(facts.id) {
            // Who reads our terminal reads the operator's keys.
            return self.open_sight(place, facts, FileDeed::Read, 0).map(FileLook::Forbidden);
        }
        if facts.kind != FileKind::File {
            return Ok(FileLook::Passes);
        }
        let is_new = self.is_born(&facts);
        let mark = Mark::Open(place);
        self.whole_sight((mark, asked), (facts, is_new), FileDeed::Read, facts.bytes)
            .map(FileLook::Sees)
            .map(that_reads)
    }

    fn descriptor(&mut self, fd: i32, deed: FileDeed, length: u64) -> Result<FileLook, FileLook> {
        let harm = if deed == FileDeed::Truncate { Harm::Cuts(length) } else { Harm::Writes };
        let link = format!("/proc/{}/fd/{fd}", self.call.thread);
        let place = match Place::open(Path::new(&link)) {
            Ok(place) => place,
            Err(error) if error.kind() == io::ErrorKind::NotFound && self.does.is_some() => {
                return Ok(FileLook::Fails(Errno::BADF));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(FileLook::Passes),
            Err(error) => return Err(unreadable("its descriptor", &error)),
        };
        let facts = place.facts().map_err(|error| unreadable("its descriptor", &error))?;
        let look = self.opened(place, facts, harm)?;
        Ok(match look {
            FileLook::Sees(sight) => FileLook::Sees(Box::new(Sight { deed, ..*sight })),
            other => other,
        })
    }

    /// A file that is held open by its caller or that only a link of `/proc` leads to.
    fn opened(&mut self, place: Place, facts: Facts, harm: Harm) -> Result<FileLook, FileLook> {
        let deed = if matches!(harm, Harm::Cuts(_)) { FileDeed::Truncate } else { FileDeed::Write };
        if self.gate.ground.forbids_file(facts.id) {
            return self.open_sight(place, facts, deed, 0).map(FileLook::Forbidden);
        }
        // What has no name left is its holder's own.
        if facts.links == 0 || !harm.is_done_to(&facts) || self.is_born(&facts) == Some(true) {
            return Ok(self.unharmed(Mark::Open(place), Some(facts.id)));
        }
        self.open_sight(place, facts, deed, harm.stays()).map(FileLook::Sees)
    }

    fn forbids(&mut self, found: &Found) -> bool {
        let (folder, id, name) = (&found.folder, found.id, found.name.as_os_str());
        let is_strict = self.gate.performer == Performer::Supervisor;
        self.gate.ground.forbids(folder, id, name) || is_strict && self.gate.ground.moves_processes(folder, id, name)
    }

    /// Whether nothing is lost with this name.
    fn is_spared(&self, facts: &Facts, at: (FileId, &OsStr)) -> bool {
        let is_worthless = match facts.kind {
            FileKind::File | FileKind::Folder | FileKind::Link => false,
            FileKind::Pipe | FileKind::Socket | FileKind::Device => true,
        };
        is_worthless || self.is_new(facts, at) == Some(true)
    }

    fn is_born(&self, facts: &Facts) -> Option<bool> {
        if self.gate.packs.stand_for(facts.id) {
            return Some(false);
        }
        Some(facts.born? >= self.gate.since?)
    }

    fn is_new(&self, facts: &Facts, (folder, name): (FileId, &OsStr)) -> Option<bool> {
        let is_heir = || self.gate.heirs.contains(&(folder, digest(name)));
        self.is_born(facts).map(|is_born| is_born && (self.gate.heirs.is_empty() || !is_heir()))
    }

    fn sight(&mut self, found: Found, facts: Facts, deed: FileDeed, stays: u64) -> Result<Box<Sight>, FileLook> {
        let is_new = self.is_new(&facts, (found.id, &found.name));
        let target = Mark::Name(found.folder, found.id, found.name);
        self.whole_sight((target, found.asked), (facts, is_new), deed, stays)
    }

    fn open_sight(&mut self, place: Place, facts: Facts, deed: FileDeed, stays: u64) -> Result<Box<Sight>, FileLook> {
        let is_new = self.is_born(&facts);
        self.whole_sight((Mark::Open(place), Vec::new()), (facts, is_new), deed, stays)
    }

    fn whole_sight(
        &mut self,
        (target, asked): (Mark, Vec<u8>),
        (mut facts, is_new): (Facts, Option<bool>),
        deed: FileDeed,
        stays: u64,
    ) -> Result<Box<Sight>, FileLook> {
        if self.gate.packs.stand_for(facts.id) {
            // What it stands for is older than it is.
            facts.born = None;
        }
        let (view, shown) = self.placed(&target)?;
        let named = match &target {
            Mark::Open(_) => self.gate.nameless.path_of(facts.id, &shown),
            Mark::Name(..) => None,
        };
        let is_nameless = named.is_some();
        let path = named.unwrap_or(shown);
        let (process, parent) = self.kin()?;
        let origin = self.gate.origins.of(&path);
        let tree = if deed == FileDeed::Remove { self.gate.trees.of(Pid(process.0), &path) } else { None };
        let tree = tree.map(<[u8]>::to_vec);
        Ok(Box::new(Sight {
            thread: self.call.thread,
            process: Pid(process.0),
            parent: Pid(parent.0),
            call: self.call.call.map_or("", sys::Call::name),
            deed,
            path: view.inside(path.clone()),
            whole: path,
            change: Change::Hits,
            origin,
            tree,
            target,
            facts,
            is_new,
            from: None,
            if_taken: IfTaken::Replace,
            stays,
            reads: false,
            is_nameless,
            does: self.does,
            asked,
            view,
        }))
    }
}

impl Harm {
    /// Whether it takes anything from such a file.
    fn is_done_to(self, facts: &Facts) -> bool {
        facts.kind == FileKind::File
            && match self {
                Self::Cuts(length) => facts.bytes > length,
                Self::Writes => facts.bytes > 0,
                Self::None => false,
            }
    }

    fn stays(self) -> u64 {
        match self {
            Self::Cuts(length) => length,
            Self::Writes | Self::None => 0,
        }
    }
}

/// The same look at a call that also gets at the content.
fn that_reads(look: FileLook) -> FileLook {
    match look {
        FileLook::Sees(sight) => FileLook::Sees(Box::new(Sight { reads: true, ..*sight })),
        other => other,
    }
}

fn with_source(mut sight: Box<Sight>, (from, facts): (Found, Facts), if_taken: IfTaken) -> Box<Sight> {
    sight.if_taken = if_taken;
    sight.from = Some((Mark::Name(from.folder, from.id, from.name), facts));
    sight
}

/// A folder that is not empty cannot be removed.
fn is_empty(found: &Found) -> bool {
    found.folder.open_inside(Path::new(&found.name)).and_then(|place| place.is_empty_folder()).unwrap_or(true)
}

fn digest(name: &OsStr) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}

fn stamp(time: SystemTime) -> Stamp {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    (i64::try_from(since.as_secs()).unwrap_or(i64::MAX), since.subsec_nanos())
}

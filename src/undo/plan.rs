//! What has to be done to bring back what a session destroyed: read off its manifests, the newest record first.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::io::{self, BufReader};
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::budget::segments;
use super::manifest::{Content, FactsLine, Lost, MANIFEST_FILE, Manifest, Record, Verb, read_manifest};
use super::store::KEPT_FOLDER;
use crate::model::CaseId;
use crate::sys::{FileId, Stamp};

/// Which part of a session is brought back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// Only what was approved in this case.
    pub case: Option<CaseId>,
    /// Only this path and what lies below it.
    pub path: Option<Vec<u8>>,
}

/// A record with the segment that has its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The segment's folder.
    pub segment: Rc<Path>,
    /// The record.
    pub record: Record,
}

/// What a session's store holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Story {
    /// All records, the oldest first.
    pub found: Vec<Found>,
    /// What of the manifests could not be read: the file, and how much of it.
    pub lost: Vec<(PathBuf, Lost)>,
    /// Content that no record names: a crash came before its line was written.
    pub nameless: Vec<PathBuf>,
}

/// One thing that is to be brought back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thing {
    /// Its record, with where the content is.
    pub found: Found,
    /// Later records of the same path: what they kept came after this.
    pub superseded: Vec<u64>,
}

/// A name that goes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// The record's number.
    pub seq: u64,
    /// Where the thing is now.
    pub from: Vec<u8>,
    /// Where it was.
    pub to: Vec<u8>,
    /// Which file it is.
    pub id: FileId,
    /// What the two are where they trade names: what is at `to` goes to `from`.
    pub other: Option<FileId>,
}

/// A kept state of a file: which file, when that came into being, its length and when it was last written.
pub type Version = (FileId, Option<Stamp>, u64, Stamp);

/// The state that facts tell of.
pub(super) fn version_of(facts: &FactsLine) -> Version {
    (facts.id(), facts.born, facts.bytes, facts.written)
}

/// What has been brought back before, by the records' numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Done {
    /// Things that are back, or void.
    pub things: HashSet<u64>,
    /// Names that went back.
    pub moves: HashSet<u64>,
}

/// What has to be done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// Names that go back, in the order in which they do.
    pub moves: Vec<Move>,
    /// What comes back, by path, folders before what is in them.
    pub things: BTreeMap<Vec<u8>, Thing>,
    /// How folders were before the first change in them.
    pub folders: BTreeMap<Vec<u8>, FactsLine>,
    /// What has no way back.
    pub gone: Vec<Record>,
    /// Every copy of a file's state there is, for links that have changed since.
    pub versions: HashMap<Version, Found>,
    /// Which records name a link, by the link's path.
    pub links: HashMap<PathBuf, Vec<u64>>,
    /// The links themselves, by the file they keep.
    pub link_of: HashMap<FileId, PathBuf>,
}

impl Selection {
    pub(super) fn has(&self, record: &Record) -> bool {
        let is_case = self.case.is_none_or(|case| record.case == Some(case));
        let is_path = self.path.as_ref().is_none_or(|place| {
            let is_in = |path: &[u8]| path == place.as_slice() || is_below(path, place);
            is_in(record.path.as_bytes()) || record.to.as_ref().is_some_and(|to| is_in(to.as_bytes()))
        });
        is_case && is_path
    }

    /// Whether it is all of the session.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.case.is_none() && self.path.is_none()
    }
}

impl Story {
    /// Reads all manifests of the session in `session_folder`.
    ///
    /// # Errors
    /// What the system says. A session that kept nothing, and a segment that goes away meanwhile, are no error.
    pub fn read(session_folder: &Path) -> io::Result<Self> {
        let mut story = Self::default();
        for (_, path, _) in segments(&session_folder.join(KEPT_FOLDER))? {
            let file = path.join(MANIFEST_FILE);
            let manifest = match File::open(&file) {
                Ok(opened) => read_manifest(BufReader::new(opened))?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            story.add(&path, &file, manifest);
        }
        story.found.sort_by_key(|found| found.record.seq);
        Ok(story)
    }

    /// When the last call was held that it tells of.
    #[must_use]
    pub fn last_at(&self) -> Option<SystemTime> {
        let (seconds, nanos) = self.found.iter().map(|found| found.record.at).max()?;
        Some(UNIX_EPOCH + Duration::new(u64::try_from(seconds).ok()?, nanos))
    }

    fn add(&mut self, segment: &Path, file: &Path, manifest: Manifest) {
        let mut named: HashSet<Vec<u8>> = HashSet::new();
        let segment: Rc<Path> = segment.into();
        for record in manifest.records {
            named.extend(content_name(&record.content));
            self.found.push(Found { segment: Rc::clone(&segment), record });
        }
        if manifest.lost.lines > 0 {
            self.lost.push((file.to_owned(), manifest.lost));
        }
        for entry in std::fs::read_dir(&segment).into_iter().flatten().flatten() {
            let name = entry.file_name();
            if name != MANIFEST_FILE && !named.contains(name.as_encoded_bytes()) {
                self.nameless.push(entry.path());
            }
        }
    }
}

/// The name beside the manifest that a content has.
fn content_name(content: &Content) -> Option<Vec<u8>> {
    match content {
        Content::Link { name } | Content::Shared { name } => Some(name.as_bytes().to_vec()),
        Content::Copy { digest, .. } => Some(format!("{digest}{}", super::store::COPY_ENDING).into_bytes()),
        Content::Facts | Content::LinkTarget { .. } | Content::NotKept { .. } | Content::Unknown => None,
    }
}

impl Plan {
    /// What has to be done for a selection of a story, but for what was done before.
    #[must_use]
    pub fn new(story: &Story, selection: &Selection, done: &Done) -> Self {
        let mut plan = Self::default();
        let mut oldest = HashMap::new();
        for found in story.found.iter().rev() {
            plan.know(found);
            let (seq, is_chosen) = (found.record.seq, selection.has(&found.record));
            // What lay at a name that went back lies there still, for whoever reads on.
            let is_renamed = done.moves.contains(&seq);
            if is_chosen || is_renamed {
                let to_do = plan.rename_back(&found.record);
                plan.moves.extend(to_do.filter(|_| !is_renamed));
            }
            if is_chosen && !done.things.contains(&seq) {
                plan.take_back(found);
                if let (Verb::Truncated | Verb::Written, Some(file)) = (found.record.verb, file_of(&found.record)) {
                    oldest.insert(file, found);
                }
            }
        }
        plan.settle(&oldest);
        if !selection.is_all() {
            plan.folders.clear();
        }
        plan
    }

    /// What changes in place changes under all names of a file: its oldest state counts for each of them.
    fn settle(&mut self, oldest: &HashMap<FileNow, &Found>) {
        for thing in self.things.values_mut() {
            let own = thing.found.record.seq;
            let first = file_of(&thing.found.record).and_then(|file| oldest.get(&file));
            let is_kept = |found: &&&Found| !matches!(found.record.content, Content::NotKept { .. } | Content::Unknown);
            if let Some(first) = first.filter(|first| first.record.seq < own).filter(is_kept) {
                thing.found = (*first).clone();
                thing.superseded.push(own);
            }
        }
    }

    /// Remembers what content there is, whoever asks for it.
    fn know(&mut self, found: &Found) {
        let record = &found.record;
        match (&record.content, &record.facts) {
            (Content::Link { name }, facts) => {
                let path = found.segment.join(super::bring::os(name.as_bytes()));
                if let Some(facts) = facts {
                    self.link_of.insert(facts.id(), path.clone());
                }
                self.links.entry(path).or_default().push(record.seq);
            }
            (Content::Copy { .. } | Content::Shared { .. }, Some(facts)) => {
                self.versions.insert(version_of(facts), found.clone());
            }
            _ => {}
        }
    }

    fn take_back(&mut self, found: &Found) {
        let record = &found.record;
        let path = record.path.as_bytes();
        match record.verb {
            Verb::Removed | Verb::FolderRemoved | Verb::Replaced | Verb::Truncated | Verb::Written => {
                self.thing_back(found);
            }
            Verb::Moved | Verb::Exchanged => {}
            Verb::Touched => {
                if let Some(facts) = record.facts.clone() {
                    self.folders.insert(path.to_vec(), facts);
                }
            }
            Verb::References => {}
            Verb::Unknown => self.gone.push(record.clone()),
        }
    }

    fn thing_back(&mut self, found: &Found) {
        match &found.record.content {
            Content::NotKept { rule: None, .. } | Content::Unknown => self.gone.push(found.record.clone()),
            Content::NotKept { rule: Some(_), .. } => {}
            _ => {
                let path = found.record.path.as_bytes().to_vec();
                let mut superseded = Vec::new();
                if let Some(later) = self.things.remove(&path) {
                    superseded = later.superseded;
                    superseded.push(later.found.record.seq);
                }
                self.things.insert(path, Thing { found: found.clone(), superseded });
            }
        }
    }

    /// Takes what comes back along with the names that a record changed; which name has to go back for that.
    fn rename_back(&mut self, record: &Record) -> Option<Move> {
        let path = record.path.as_bytes();
        match record.verb {
            Verb::Moved | Verb::Exchanged => self.named_back(record),
            Verb::Removed | Verb::FolderRemoved | Verb::Replaced | Verb::Truncated | Verb::Written => {
                let by = record.by.as_ref().filter(|by| !by.is_made)?;
                let id = FileId { device: by.device, inode: by.inode };
                Some(self.move_back(record.seq, path, by.path.as_bytes(), id))
            }
            Verb::Touched | Verb::References | Verb::Unknown => None,
        }
    }

    fn named_back(&mut self, record: &Record) -> Option<Move> {
        let (to, facts) = (record.to.as_ref()?, record.facts.as_ref()?);
        let (now, before) = (to.as_bytes(), record.path.as_bytes());
        if record.verb == Verb::Exchanged {
            let (there, here) = (self.take(now), self.take(before));
            self.give(now, before, there);
            self.give(before, now, here);
            let other = record.by.as_ref().map(|by| FileId { device: by.device, inode: by.inode });
            let (from, to) = (now.to_vec(), before.to_vec());
            Some(Move { seq: record.seq, from, to, id: facts.id(), other })
        } else if record.is_made && facts.kind != "folder" {
            // Where the session's own file was called otherwise does not matter.
            let there = self.take(now);
            self.give(now, before, there);
            None
        } else {
            Some(self.move_back(record.seq, now, before, facts.id()))
        }
    }

    /// What is at `from`, or comes back there, belongs to `to`.
    fn move_back(&mut self, seq: u64, from: &[u8], to: &[u8], id: FileId) -> Move {
        let there = self.take(from);
        self.give(from, to, there);
        Move { seq, from: from.to_vec(), to: to.to_vec(), id, other: None }
    }

    /// Takes out everything at and below a path.
    fn take(&mut self, place: &[u8]) -> Taken {
        (taken(&mut self.things, place), taken(&mut self.folders, place))
    }

    /// Puts back what was at and below one path, at and below another.
    fn give(&mut self, from: &[u8], to: &[u8], taken: Taken) {
        let renamed = |path: Vec<u8>| [to, path.get(from.len()..).unwrap_or_default()].concat();
        self.things.extend(taken.0.into_iter().map(|(path, thing)| (renamed(path), thing)));
        self.folders.extend(taken.1.into_iter().map(|(path, facts)| (renamed(path), facts)));
    }
}

/// What was at and below a path: things and folders.
type Taken = (Vec<(Vec<u8>, Thing)>, Vec<(Vec<u8>, FactsLine)>);

/// A file while it lives: its number is given out again when it is gone, the moment of its birth is not.
type FileNow = (FileId, Option<Stamp>);

fn file_of(record: &Record) -> Option<FileNow> {
    record.facts.as_ref().map(|facts| (facts.id(), facts.born))
}

/// Takes out everything at and below a path.
fn taken<T>(from: &mut BTreeMap<Vec<u8>, T>, place: &[u8]) -> Vec<(Vec<u8>, T)> {
    let range = (Bound::Included(place.to_vec()), Bound::Unbounded);
    let is_near = |path: &&Vec<u8>| path.starts_with(place);
    let paths: Vec<Vec<u8>> = from
        .range(range)
        .map(|(path, _)| path)
        .take_while(is_near)
        .filter(|path| path.as_slice() == place || is_below(path, place))
        .cloned()
        .collect();
    paths.into_iter().filter_map(|path| from.remove_entry(&path)).collect()
}

/// Whether a path lies below a place; the place itself does not.
pub(super) fn is_below(path: &[u8], place: &[u8]) -> bool {
    let place = place.strip_suffix(b"/").unwrap_or(place);
    path.strip_prefix(place).is_some_and(|rest| rest.first() == Some(&b'/'))
}

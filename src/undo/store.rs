//! The store of one session: keeps what is about to be destroyed, within the budget.

mod room;

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::fs::DirBuilder;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::budget::{ENTRY_BYTES, Survey, segments, survey};
use super::content::{copy_in, copy_text};
use super::doomed::{Doomed, How, Kept, NotKept, Target, Way, kind_word, no_room, unreadable};
use super::manifest::{Content, Record, Verb, attributes_line, stamp, untrusted};
use super::names::Names;
use super::options::{KeepError, Options, Status};
use super::plan::is_below;
use super::rules::Made;
use super::segment::{Known, Segment};
use crate::model::Untrusted;
use crate::sys::{Facts, FileId, FileKind, Place, Stamp, is_disk_full, is_link_refused, share_blocks};

/// The store's folder in a session's folder.
pub const KEPT_FOLDER: &str = "kept";

/// So many folders are remembered as told of; beyond, a folder may be told of twice.
const TOUCHED_MAX: usize = 1 << 16;
/// So many folders that a rule lets go, and so many things beside folders, are remembered.
const LET_GO_MAX: usize = 1 << 12;
/// Of so many repositories is it remembered where their references stood last.
const REPOSITORIES_MAX: usize = 16;
/// The rule that lets go what the session made.
const MADE_BY_SESSION: &str = "made-by-session";
/// A copy's name ends in this.
pub(super) const COPY_ENDING: &str = ".zst";

/// The store of one session. Shared by reference: calls from several threads wait for each other but for the copying.
#[derive(Debug)]
pub struct KeepStore {
    pub(super) path: PathBuf,
    pub(super) options: Options,
    started: Stamp,
    beside: Mutex<HashMap<Vec<u8>, bool>>,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
pub(super) struct Inner {
    open: Option<Segment>,
    survey: Survey,
    last_segment: u64,
    last_seq: u64,
    touched: HashSet<Vec<u8>>,
    let_go: HashSet<Vec<u8>>,
    references: HashMap<PathBuf, Vec<u8>>,
    unshared: HashSet<u64>,
    pub(super) names: Names,
    status: Status,
}

impl KeepStore {
    /// Opens the store of the session in `session_folder`, and makes it where it is not there yet. What is too old or too
    /// much, in whatever session, is removed.
    ///
    /// Blocks as long as it takes to list the stores of all sessions.
    ///
    /// # Errors
    /// [`KeepError::Folder`]. Start no session whose store cannot be had: everything would have to be asked about.
    pub fn open(session_folder: &Path, options: Options) -> Result<Self, KeepError> {
        let path = session_folder.join(KEPT_FOLDER);
        let wrap = |error| KeepError::Folder { path: path.clone(), error };
        match DirBuilder::new().mode(0o700).create(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => {}
            made => made.map_err(wrap)?,
        }
        let mut survey = survey(options.sessions.as_deref(), &path).map_err(wrap)?;
        survey.shrink_to(options.budget, 0, options.started).map_err(wrap)?;
        let numbers = segments(&path).map_err(wrap)?;
        let last_segment = numbers.last().map_or(0, |(number, ..)| *number);
        let inner = Inner {
            open: None,
            survey,
            last_segment,
            // Numbers go on where an earlier store of this session can have been at most.
            last_seq: last_segment.saturating_mul(u64::from(super::segment::RECORDS_MAX) * 4),
            touched: HashSet::new(),
            let_go: HashSet::new(),
            references: HashMap::new(),
            unshared: HashSet::new(),
            names: Names::default(),
            status: Status { budget_bytes: options.budget.bytes, ..Status::default() },
        };
        let started = stamp(options.started);
        Ok(Self { path, options, started, beside: Mutex::default(), inner: Mutex::new(inner) })
    }

    /// Keeps what a held call is about to destroy. Call it before the call may pass, and for folders' contents name by name
    /// as the calls come.
    ///
    /// Costs one or two system calls where a link suffices. Where a file's content changes in place and its file system
    /// cannot share blocks it blocks as long as copying takes, without holding up other callers: call it from a thread that
    /// may wait. When a segment fills up it looks through all sessions' stores and may remove old ones.
    ///
    /// # Errors
    /// [`NotKept`] says why. Where it is not by a rule, the call has no undo.
    pub fn keep(&self, doomed: &Doomed<'_>) -> Result<Kept, NotKept> {
        let facts = doomed.look().map_err(unreadable)?;
        match doomed.how {
            How::Moved { to: other } | How::Exchanged { with: other } => self.check_move(doomed, other)?,
            _ => self.check_rules(doomed, &facts)?,
        }
        let result = self.keep_content(doomed, &facts);
        if let Some(why) = result.as_ref().err().filter(|why| !why.is_by_rule()) {
            self.tell_not_kept(doomed, &facts, why);
        }
        result
    }

    /// Remembers where the references of a git repository stand, if they stand elsewhere than when they were last remembered.
    /// The path and the target of `repository` are its work tree, or its own folder where it is bare. Call it before a
    /// command may move them.
    ///
    /// Reads every reference that has a file of its own: a few milliseconds for a few hundred.
    ///
    /// # Errors
    /// As [`KeepStore::keep`]; [`NotKept::Gone`] where there is no repository.
    pub fn remember_references(&self, repository: &Doomed<'_>) -> Result<Kept, NotKept> {
        let path = Path::new(OsStr::from_bytes(repository.path));
        let text = super::references::read(path).map(|all| super::references::lines(&all)).ok_or(NotKept::Gone)?;
        let facts = repository.look().map_err(unreadable)?;
        let mut inner = self.inner();
        if inner.references.get(path) == Some(&text) {
            return Ok(Kept { seq: None, way: Way::Nothing, bytes: 0 });
        }
        self.ready(&mut inner, text.len() as u64, repository.at)?;
        let Some(segment) = inner.open.as_mut() else { return Err(NotKept::DiskFull) };
        let (digest, bytes) = copy_text(&text, &segment.folder, COPY_ENDING).map_err(no_room)?;
        let content = Content::Copy { digest, bytes: text.len() as u64, parts: None, is_torn: false };
        inner.grow(bytes);
        if inner.references.len() >= REPOSITORIES_MAX {
            inner.references.clear();
        }
        inner.references.insert(path.to_owned(), text);
        inner.last_seq += 1;
        let record = Record::of(repository, inner.last_seq, &facts, self.started);
        let record = Record { verb: Verb::References, content, to: None, by: None, ..record };
        let Some(segment) = inner.open.as_mut() else { return Err(NotKept::DiskFull) };
        segment.append(&record).map_err(no_room)?;
        Ok(Kept { seq: Some(record.seq), way: Way::Copy, bytes: bytes + ENTRY_BYTES })
    }

    /// Whether everything is kept there that goes, even what lies elsewhere too.
    #[must_use]
    pub fn keeps_always(&self, path: &[u8]) -> bool {
        self.options.rules.keep_always(path)
    }

    /// How the store is; costs nothing.
    #[must_use]
    pub fn status(&self) -> Status {
        let inner = self.inner();
        let open = inner.open.as_ref().map_or(0, Segment::total_bytes);
        Status { bytes: inner.survey.bytes(self.options.budget) + open, ..inner.status }
    }

    /// Whether the session made it.
    fn is_made(&self, facts: &Facts) -> bool {
        facts.born.is_some_and(|born| born >= self.started)
    }

    /// Whether a rule lets it go. Each folder or place that is let go is put down once; a name that something else takes is
    /// put down always, because that has lost its own.
    fn check_rules(&self, doomed: &Doomed<'_>, facts: &Facts) -> Result<(), NotKept> {
        let path = doomed.origin.unwrap_or(doomed.path);
        let (rule, why, root) = if self.options.rules.made_by_session() == Made::LetGo && self.is_made(facts) {
            (MADE_BY_SESSION, "the session made it itself", None)
        } else if let Some(found) = self.options.rules.let_go(path, |path| self.lies_there(path)) {
            (found.rule, found.why, path.get(..found.root_bytes))
        } else {
            return Ok(());
        };
        let mut inner = self.inner();
        if inner.let_go.len() >= LET_GO_MAX {
            inner.let_go.clear();
        }
        let takes_over =
            matches!(doomed.how, How::Replaced { born, .. } if born.is_none_or(|born| stamp(born) < self.started));
        let is_new = root.is_some_and(|root| inner.let_go.insert(root.to_vec()));
        if takes_over || is_new {
            let path = if takes_over { doomed.path } else { root.unwrap_or(doomed.path) };
            let content = Content::NotKept { why: why.to_owned(), rule: Some(rule.to_owned()) };
            // What no manifest says is let go all the same.
            let _ = self.tell(&mut inner, &Doomed { path, ..*doomed }, facts, content);
        }
        Err(NotKept::ByRule { rule: rule.to_owned(), why: why.to_owned() })
    }

    /// Whether a rule lets go what lies at both of these paths: how that is called does not matter.
    fn check_move(&self, doomed: &Doomed<'_>, other: &[u8]) -> Result<(), NotKept> {
        let let_go = |path| self.options.rules.let_go(path, |path| self.lies_there(path));
        match (let_go(doomed.origin.unwrap_or(doomed.path)), let_go(other)) {
            (Some(found), Some(_)) => Err(NotKept::ByRule { rule: found.rule.to_owned(), why: found.why.to_owned() }),
            _ => Ok(()),
        }
    }

    /// Whether something lies at a path that a rule wants to know of; looked at once.
    fn lies_there(&self, path: &[u8]) -> bool {
        let mut seen = self.beside.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= LET_GO_MAX {
            seen.clear();
        }
        *seen.entry(path.to_vec()).or_insert_with(|| Path::new(OsStr::from_bytes(path)).symlink_metadata().is_ok())
    }

    fn keep_content(&self, doomed: &Doomed<'_>, facts: &Facts) -> Result<Kept, NotKept> {
        match (doomed.how, facts.kind) {
            (How::Moved { .. } | How::Exchanged { .. }, _) => {
                self.keep_facts(doomed, facts, Content::Facts, Vec::new())
            }
            (_, FileKind::Socket | FileKind::Device) => Err(NotKept::Kind(kind_word(facts.kind))),
            (_, FileKind::Folder) => {
                let attributes = doomed.attributes().map_err(unreadable)?;
                self.keep_facts(doomed, facts, Content::Facts, attributes_line(attributes))
            }
            (how, _) if how.takes_name() => self.keep_name(doomed, facts),
            (_, FileKind::File) if facts.bytes > 0 => self.keep_version(doomed, facts),
            // Nothing is lost, but what is written next was not there before.
            (_, FileKind::File) => {
                let attributes = doomed.attributes().map_err(unreadable)?;
                self.keep_facts(doomed, facts, Content::Facts, attributes_line(attributes))
            }
            // Nothing can be cut from a link or a pipe.
            _ => Ok(Kept { seq: None, way: Way::Nothing, bytes: 0 }),
        }
    }

    /// Keeps what needs no content.
    fn keep_facts(
        &self,
        doomed: &Doomed<'_>,
        facts: &Facts,
        content: Content,
        attributes: Vec<(Untrusted, Untrusted)>,
    ) -> Result<Kept, NotKept> {
        let mut inner = self.inner();
        self.ready(&mut inner, 0, doomed.at)?;
        let seq = self.append(&mut inner, doomed, facts, content, attributes)?;
        if let How::Moved { to: other } | How::Exchanged { with: other } = doomed.how {
            // These paths are other folders' from now on.
            let is_other = |path: &[u8], place: &[u8]| path != place && !is_below(path, place);
            inner.touched.retain(|path| is_other(path, doomed.path) && is_other(path, other));
        }
        Ok(Kept { seq: Some(seq), way: Way::Facts, bytes: ENTRY_BYTES })
    }

    /// Keeps a file whose name goes away: by a second name for it, or where that cannot be by a copy.
    fn keep_name(&self, doomed: &Doomed<'_>, facts: &Facts) -> Result<Kept, NotKept> {
        let Target::Name { folder, name } = doomed.target else {
            return self.keep_version(doomed, facts);
        };
        let mut inner = self.inner();
        self.ready(&mut inner, facts.disk_bytes, doomed.at)?;
        if facts.links > 1
            && let Some(content) = inner.link_of(facts.id)
        {
            let seq = self.append(&mut inner, doomed, facts, content, Vec::new())?;
            return Ok(Kept { seq: Some(seq), way: Way::Link, bytes: ENTRY_BYTES });
        }
        match self.link(&mut inner, folder, name, doomed) {
            Ok(content) => {
                if facts.links > 1 {
                    inner.know(facts, &content);
                }
                inner.names.add(facts.id);
                inner.grow(facts.disk_bytes);
                let seq = self.append(&mut inner, doomed, facts, content, Vec::new())?;
                Ok(Kept { seq: Some(seq), way: Way::Link, bytes: facts.disk_bytes + ENTRY_BYTES })
            }
            Err(LinkError::Refused) => {
                drop(inner);
                self.keep_elsewhere(doomed, facts, folder, name)
            }
            Err(LinkError::NotKept(why)) => Err(why),
        }
    }

    /// Links a name into the open segment; on a full disk the oldest segment makes room once.
    fn link(&self, inner: &mut Inner, folder: &Place, name: &OsStr, doomed: &Doomed<'_>) -> Result<Content, LinkError> {
        let mut may_evict = true;
        loop {
            let Some(segment) = inner.open.as_mut() else { return Err(LinkError::NotKept(NotKept::DiskFull)) };
            let new_name = segment.new_name(doomed.path);
            match folder.link(name, &segment.folder, &new_name) {
                Ok(()) => return Ok(Content::Link { name: untrusted(&new_name) }),
                Err(error) if is_link_refused(&error) => return Err(LinkError::Refused),
                Err(error) if is_disk_full(&error) && may_evict => {
                    may_evict = false;
                    inner.evict_oldest().map_err(LinkError::NotKept)?;
                }
                Err(error) => return Err(LinkError::NotKept(unreadable(error))),
            }
        }
    }

    /// Keeps what cannot be linked: on another file system, or not ours.
    fn keep_elsewhere(
        &self,
        doomed: &Doomed<'_>,
        facts: &Facts,
        folder: &Place,
        name: &OsStr,
    ) -> Result<Kept, NotKept> {
        let attributes = || doomed.attributes().map(attributes_line).map_err(unreadable);
        match facts.kind {
            FileKind::File => self.keep_version(doomed, facts),
            FileKind::Link => {
                let target = untrusted(&folder.link_target(name).map_err(unreadable)?);
                self.keep_facts(doomed, facts, Content::LinkTarget { target }, attributes()?)
            }
            FileKind::Pipe => self.keep_facts(doomed, facts, Content::Facts, attributes()?),
            FileKind::Folder | FileKind::Socket | FileKind::Device => Err(NotKept::Kind(kind_word(facts.kind))),
        }
    }

    /// Keeps a regular file's content as it is now.
    fn keep_version(&self, doomed: &Doomed<'_>, facts: &Facts) -> Result<Kept, NotKept> {
        let attributes = attributes_line(doomed.attributes().map_err(unreadable)?);
        let mut inner = self.inner();
        self.ready(&mut inner, facts.disk_bytes, doomed.at)?;
        if let Some(content) = inner.version_of(facts) {
            let seq = self.append(&mut inner, doomed, facts, content, attributes)?;
            return Ok(Kept { seq: Some(seq), way: Way::Copy, bytes: ENTRY_BYTES });
        }
        let sharing = if inner.unshared.contains(&facts.id.device) { Sharing::No } else { Sharing::Try };
        let Some(segment) = inner.open.as_mut() else { return Err(NotKept::DiskFull) };
        let (name, into) = (segment.new_name(doomed.path), segment.folder.clone());
        segment.arriving += 1;
        drop(inner);
        let arrived = self.copy(doomed, facts, &into, &name, sharing);
        let mut inner = self.inner();
        if let Some(segment) = inner.open.as_mut() {
            segment.arriving = segment.arriving.saturating_sub(1);
        }
        let arrived = arrived?;
        if arrived.way == Way::Copy && sharing == Sharing::Try {
            inner.unshared.insert(facts.id.device);
        }
        inner.know(facts, &arrived.content);
        inner.grow(arrived.bytes);
        let seq = self.append(&mut inner, doomed, facts, arrived.content, attributes)?;
        Ok(Kept { seq: Some(seq), way: arrived.way, bytes: arrived.bytes + ENTRY_BYTES })
    }

    /// Brings a file's content into a segment; nothing is left there where that fails.
    fn copy(
        &self,
        doomed: &Doomed<'_>,
        facts: &Facts,
        into: &Place,
        name: &OsStr,
        sharing: Sharing,
    ) -> Result<Arrived, NotKept> {
        let from = doomed.open().map_err(unreadable)?;
        let to = into.create_file(name).map_err(no_room)?;
        if sharing == Sharing::Try && share_blocks(&from, &to).is_ok() {
            let content = Content::Shared { name: untrusted(name) };
            return Ok(Arrived { content, bytes: facts.disk_bytes, way: Way::Shared });
        }
        let copied = self.check_room(facts).and_then(|()| copy_in(&from, &to).map_err(no_room));
        let arrived = copied.and_then(|copied| {
            let bytes = crate::sys::facts(&to).map_err(unreadable)?.disk_bytes;
            let own = format!("{}{COPY_ENDING}", copied.digest);
            into.rename(name, into, OsStr::new(&own), crate::sys::IfTaken::Replace).map_err(no_room)?;
            let (digest, is_torn) = (copied.digest, copied.is_torn);
            let content = Content::Copy { digest, bytes: copied.bytes, parts: copied.parts, is_torn };
            Ok(Arrived { content, bytes, way: Way::Copy })
        });
        if arrived.is_err() {
            // Where even this fails the rest is counted when the segment is next looked through.
            let _ = into.remove(name);
        }
        arrived
    }

    /// Appends the record of something that is kept.
    fn append(
        &self,
        inner: &mut Inner,
        doomed: &Doomed<'_>,
        facts: &Facts,
        content: Content,
        attributes: Vec<(Untrusted, Untrusted)>,
    ) -> Result<u64, NotKept> {
        self.touch(inner, doomed)?;
        inner.last_seq += 1;
        let record = Record { content, attributes, ..Record::of(doomed, inner.last_seq, facts, self.started) };
        let Some(segment) = inner.open.as_mut() else { return Err(NotKept::DiskFull) };
        segment.append(&record).map_err(no_room)?;
        inner.status.kept += 1;
        Ok(record.seq)
    }

    /// Puts down how a folder is before the first change of its names: its times cannot be read off it afterwards.
    fn touch(&self, inner: &mut Inner, doomed: &Doomed<'_>) -> Result<(), NotKept> {
        let Target::Name { folder, .. } = doomed.target else { return Ok(()) };
        let end = doomed.path.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
        let path = doomed.path.get(..end).unwrap_or_default();
        if inner.touched.contains(path) {
            return Ok(());
        }
        if inner.touched.len() >= TOUCHED_MAX {
            inner.touched.clear();
        }
        inner.touched.insert(path.to_vec());
        let facts = folder.facts().map_err(unreadable)?;
        if self.is_made(&facts) {
            return Ok(());
        }
        inner.last_seq += 1;
        let path = Untrusted::new(path);
        let record = Record {
            verb: Verb::Touched,
            path,
            to: None,
            by: None,
            ..Record::of(doomed, inner.last_seq, &facts, self.started)
        };
        let Some(segment) = inner.open.as_mut() else { return Err(NotKept::DiskFull) };
        segment.append(&record).map_err(no_room)
    }

    /// Puts down that something was not kept. Where even that cannot be written the answer alone says so.
    fn tell_not_kept(&self, doomed: &Doomed<'_>, facts: &Facts, why: &NotKept) {
        let mut inner = self.inner();
        inner.status.not_kept += 1;
        let content = Content::NotKept { why: why.to_string(), rule: None };
        // The caller has the answer; the manifest was only to remember it.
        let _ = self.tell(&mut inner, doomed, facts, content);
    }

    /// Puts down something of which nothing is kept.
    fn tell(&self, inner: &mut Inner, doomed: &Doomed<'_>, facts: &Facts, content: Content) -> Result<(), NotKept> {
        self.ready(inner, 0, doomed.at)?;
        self.append(inner, doomed, facts, content, Vec::new())?;
        inner.status.kept -= 1;
        Ok(())
    }

    pub(super) fn inner(&self) -> MutexGuard<'_, Inner> {
        // Whoever panicked with the lock left whole lines or none.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for KeepStore {
    fn drop(&mut self) {
        let inner = self.inner.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(segment) = inner.open.take() {
            // One that cannot be sealed now is sealed by the next session that looks around.
            let _ = segment.seal();
        }
    }
}

/// Whether a file system may be able to share blocks with the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sharing {
    /// It is tried.
    Try,
    /// It could not before.
    No,
}

/// Content that has arrived in a segment.
struct Arrived {
    content: Content,
    bytes: u64,
    way: Way,
}

enum LinkError {
    Refused,
    NotKept(NotKept),
}

impl Inner {
    /// Where a file with several names is linked already.
    fn link_of(&self, id: FileId) -> Option<Content> {
        let known = self.open.as_ref()?.known.get(&id)?;
        matches!(known.content, Content::Link { .. }).then(|| known.content.clone())
    }

    /// Where this very content of a file is copied already.
    fn version_of(&self, facts: &Facts) -> Option<Content> {
        let known = self.open.as_ref()?.known.get(&facts.id)?;
        let is_same = known.version == (facts.bytes, facts.written) && !matches!(known.content, Content::Link { .. });
        is_same.then(|| known.content.clone())
    }

    fn know(&mut self, facts: &Facts, content: &Content) {
        if let Some(segment) = self.open.as_mut() {
            segment.known.insert(facts.id, Known { content: content.clone(), version: (facts.bytes, facts.written) });
        }
    }

    fn grow(&mut self, bytes: u64) {
        if let Some(segment) = self.open.as_mut() {
            segment.bytes += bytes;
        }
    }
}

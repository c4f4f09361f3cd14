//! Where a git repository's references stand, and which of them are gone.
//!
//! Reads the repository's files only, so that nothing in it is run: what the agent has set up in it may not be trusted.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::bring::os;
use super::content::text_of;
use super::manifest::{Content, Verb};
use super::plan::{Found, Selection, Story};
use super::store::COPY_ENDING;
use crate::sys::{FileKind, Place};

/// So many bytes are read of one file of a repository.
const FILE_BYTES_MAX: u64 = 64 << 20;
/// So many references are remembered of one repository.
const REFERENCES_MAX: usize = 1 << 17;
/// Folders of references are followed so deep.
const DEPTH_MAX: usize = 16;
/// git's note that it is about to write a reference; no reference is called so (git-check-ref-format).
const LOCK_ENDING: &str = ".lock";
/// What stands before a stash in our lines; no reference has a blank in its name.
const STASH: &str = "stash ";

/// A reference that was there and is not any more.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LostReference {
    /// The repository.
    pub repository: PathBuf,
    /// Its full name, such as `refs/heads/topic`; `None` for a stash.
    pub name: Option<String>,
    /// What it stood on.
    pub id: String,
    /// What it stands on now, where it is there and has moved.
    pub now: Option<String>,
    /// A stash's own words.
    pub message: String,
}

/// Where the references of a repository stand: their names and what they stand on, and each stash with its words.
type References = BTreeMap<String, String>;

/// The references of the repository whose work tree, or whose own folder, this is. `None` where there is none.
pub(super) fn read(repository: &Path) -> Option<References> {
    let own = own_folder(repository)?;
    let common = line_of(&own, "commondir").map_or_else(|| own.clone(), |common| own.join(common));
    let mut all = References::new();
    if let Some(packed) = open(&common, "packed-refs") {
        for line in BufReader::new(packed).lines().map_while(Result::ok).take(REFERENCES_MAX) {
            if let Some((id, name)) = line.split_once(' ').filter(|(id, _)| is_id(id)) {
                all.insert(name.to_owned(), id.to_owned());
            }
        }
    }
    loose(&common, "refs", 0, &mut all);
    if let Some(head) = line_of(&own, "HEAD") {
        all.insert("HEAD".to_owned(), head);
    }
    if let Some(stashes) = open(&common.join("logs/refs"), "stash") {
        for line in BufReader::new(stashes).lines().map_while(Result::ok).take(REFERENCES_MAX) {
            let (before, message) = line.split_once('\t').unwrap_or((&line, ""));
            if let Some(id) = before.split(' ').nth(1).filter(|id| is_id(id)) {
                all.insert(format!("{STASH}{id}"), message.to_owned());
            }
        }
    }
    Some(all)
}

fn own_folder(repository: &Path) -> Option<PathBuf> {
    let inner = repository.join(".git");
    if inner.is_dir() {
        return Some(inner);
    }
    if let Some(line) = line_of(repository, ".git") {
        return Some(repository.join(line.strip_prefix("gitdir: ")?));
    }
    (repository.join("HEAD").is_file() && repository.join("refs").is_dir()).then(|| repository.to_owned())
}

/// References that have a file of their own.
fn loose(common: &Path, below: &str, depth: usize, all: &mut References) {
    let entries = std::fs::read_dir(common.join(below)).into_iter().flatten().flatten();
    for entry in entries {
        let Ok(name) = entry.file_name().into_string() else { continue };
        let name = format!("{below}/{name}");
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && depth < DEPTH_MAX => loose(common, &name, depth + 1, all),
            Ok(kind) if kind.is_file() && all.len() < REFERENCES_MAX && !name.ends_with(LOCK_ENDING) => {
                if let Some(id) = line_of(common, &name).filter(|line| is_id(line) || line.starts_with("ref: ")) {
                    all.insert(name, id);
                }
            }
            _ => {}
        }
    }
}

/// A regular file of a repository; a link or a pipe in its place is none.
fn open(folder: &Path, name: &str) -> Option<io::Take<File>> {
    let path = folder.join(name);
    let place = Place::open(path.parent()?).ok()?;
    let name = path.file_name()?;
    let is_file = place.facts_of(name).ok()?.kind == FileKind::File;
    Some(place.read_file(name).ok().filter(|_| is_file)?.take(FILE_BYTES_MAX))
}

fn line_of(folder: &Path, name: &str) -> Option<String> {
    let mut line = String::new();
    BufReader::new(open(folder, name)?.take(4096)).read_line(&mut line).ok()?;
    let line = line.trim_end();
    (!line.is_empty()).then(|| line.to_owned())
}

fn is_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// One line each: what it stands on, its name.
pub(super) fn lines(all: &References) -> Vec<u8> {
    all.iter().flat_map(|(name, id)| format!("{name}\t{id}\n").into_bytes()).collect()
}

fn parsed(text: &[u8]) -> References {
    let text = String::from_utf8_lossy(text);
    text.lines().filter_map(|line| line.split_once('\t')).map(|(name, id)| (name.to_owned(), id.to_owned())).collect()
}

/// The references that a story remembers and that are gone, or stand elsewhere, now.
///
/// Reads the repositories; blocks as long as that takes.
#[must_use]
pub fn lost_references(story: &Story, selection: &Selection) -> Vec<LostReference> {
    let mut first: BTreeMap<PathBuf, References> = BTreeMap::new();
    for found in story.found.iter().filter(|found| found.record.verb == Verb::References) {
        let path = found.record.path.as_bytes();
        if !selection.has(&found.record) {
            continue;
        }
        let Some(then) = remembered(found) else { continue };
        let known = first.entry(PathBuf::from(os(path))).or_default();
        for (name, id) in then {
            known.entry(name).or_insert(id);
        }
    }
    let mut lost = BTreeSet::new();
    for (repository, then) in first {
        let now = read(&repository).unwrap_or_default();
        for (name, id) in then.into_iter().filter(|(name, id)| name != "HEAD" && now.get(name) != Some(id)) {
            let repository = repository.clone();
            match name.strip_prefix(STASH) {
                Some(stash) if !now.contains_key(&name) => {
                    let (id, message) = (stash.to_owned(), id);
                    lost.insert(LostReference { repository, name: None, id, now: None, message });
                }
                Some(_) => {}
                // The newest stash is a reference as well; it comes back with the others.
                None if name == "refs/stash" || !is_id(&id) => {}
                None => {
                    let now = now.get(&name).cloned();
                    lost.insert(LostReference { repository, name: Some(name), id, now, message: String::new() });
                }
            }
        }
    }
    lost.into_iter().collect()
}

fn remembered(found: &Found) -> Option<References> {
    let Content::Copy { digest, .. } = &found.record.content else { return None };
    let name = format!("{digest}{COPY_ENDING}");
    let copy = Place::open_folder(&found.segment).ok()?.read_file(OsStr::from_bytes(name.as_bytes())).ok()?;
    Some(parsed(&text_of(&copy, digest, FILE_BYTES_MAX).ok()?))
}

//! The keep-store: what a call is about to destroy is kept before the call may pass, and `watch undo` brings it back.
//!
//! A session's store is the folder `kept` in the session's folder. It consists of segments, numbered folders that hold
//! a manifest (`kept.jsonl`, one line for each thing that was destroyed) and the content beside it: a hard link where
//! a name goes away, blocks shared with the file where its content changes in place and the file system can, else a
//! compressed copy. A full segment is sealed and never changes again; the [`Budget`] removes whole sealed segments, the
//! oldest first, over all sessions, so that what is kept stays bounded without an index of it.
//!
//! The gate hands over what it has resolved already as a [`Doomed`]; what cannot be kept is answered by a typed
//! [`NotKept`]. Nothing in here asks anybody, waits for anybody or looks at a clock.
//!
//! What a hard link keeps is the file itself. Where it has other names it can still be changed through them: a change
//! that the gate sees is kept as content of its own, and bringing back tells where a link has changed unseen. A file on
//! another file system than the store can only be copied: a name of it that still lives is not joined with it again.
#![forbid(unsafe_code)]

mod bring;
mod budget;
mod content;
mod doomed;
mod manifest;
mod names;
mod options;
mod plan;
mod put;
mod references;
mod rules;
mod segment;
mod store;
mod undone;

pub use bring::{Manner, Outcome, OverNewer, Step};
pub use budget::{Budget, PruneReport, prunable, prune, size_of};
pub use doomed::{Doomed, How, Kept, NotKept, Target, Way};
pub use manifest::{
    Content, FactsLine, Head, Lost, MANIFEST_FILE, Manifest, MoverLine, Record, SCHEMA, Verb, read_manifest,
};
pub use options::{KeepError, Options, Status};
pub use plan::{Done, Found, Move, Plan, Selection, Story, Thing, Version};
pub use references::{LostReference, lost_references};
pub use rules::{KeepChoice, KeepFile, KeepRule, KeepRules, LetGo, Made, RulesError};
pub use store::{KEPT_FOLDER, KeepStore};

use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use bring::Bringer;
use undone::Undone;

/// In a session's folder, what bringing back has replaced, and the list of what it has brought back.
const UNDONE_FOLDER: &str = "undone";

/// Reads what has to be done to bring back a selection of what the session in `session_folder` destroyed.
///
/// # Errors
/// What the system says of the session's folder.
pub fn plan(session_folder: &Path, selection: &Selection) -> io::Result<(Story, Plan)> {
    let story = Story::read(session_folder)?;
    let folder = session_folder.join(UNDONE_FOLDER);
    let done = if folder.is_dir() { Undone::open(&folder)?.done().clone() } else { Default::default() };
    let plan = Plan::new(&story, selection, &done);
    Ok((story, plan))
}

/// Brings back what a plan says and tells each step. What it replaces is kept below `undone` in the session's folder.
///
/// It can be broken off at any moment and done again. Run it outside every supervised tree.
///
/// # Errors
/// What the system says of the session's folder. What cannot be brought back is a step that says so.
pub fn bring_back(
    session_folder: &Path,
    plan: &Plan,
    manner: Manner,
    budget: Budget,
    tell: &mut dyn FnMut(&Step),
) -> Result<(), KeepError> {
    let folder = session_folder.join(UNDONE_FOLDER);
    let wrap = |error| KeepError::Folder { path: folder.clone(), error };
    match std::fs::DirBuilder::new().mode(0o700).create(&folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        made => made.map_err(wrap)?,
    }
    let options = Options { budget, sessions: None, started: manner.now, rules: KeepRules::keep_everything() };
    let replaced = KeepStore::open(&folder, options)?;
    let mut undone = Undone::open(&folder).map_err(wrap)?;
    Bringer::new(plan, manner, &replaced, &mut undone).all(tell);
    Ok(())
}

#[cfg(test)]
mod tests;

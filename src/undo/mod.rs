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
//! that the gate sees is kept as content of its own, and [`Manifest`]'s reader tells that the link has changed since.
#![forbid(unsafe_code)]

mod budget;
mod content;
mod doomed;
mod manifest;
mod rules;
mod segment;
mod store;

pub use budget::{Budget, PruneReport, prune, size_of};
pub use content::copy_out;
pub use doomed::{Doomed, How, Kept, NotKept, Target, Way};
pub use manifest::{
    Content, FactsLine, Head, Lost, MANIFEST_FILE, Manifest, MoverLine, Record, SCHEMA, Verb, read_manifest,
};
pub use rules::{KeepChoice, KeepFile, KeepRule, KeepRules, LetGo, Made, RulesError};
pub use store::{KEPT_FOLDER, KeepError, KeepStore, Options, Status};

#[cfg(test)]
mod tests;

//! Doing what a file call asks for in its caller's place, so that nobody can change its arguments after they were judged.

use super::sight::{Mark, Sight};
use crate::model::FileDeed;
use crate::sys::{self, Errno};

/// What became of a call that was to be performed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Performed {
    /// It is done.
    Done,
    /// It failed as it would have failed for its caller.
    Failed(Errno),
    /// It cannot be performed for somebody else; the kernel has to go on with it.
    NotOurs,
    /// Its caller has other rights than we have: what we did would be done with ours.
    OtherRights,
}

/// Removes or renames in the caller's place, by the folders that were resolved when it was judged.
///
/// Blocks as long as the file system takes.
#[must_use]
pub fn perform(sight: &Sight) -> Performed {
    let Mark::Name(folder, _, name) = &sight.target else { return Performed::NotOurs };
    let is_by_name = matches!(sight.deed, FileDeed::Remove | FileDeed::RemoveFolder | FileDeed::Replace);
    if is_by_name && !sys::has_our_rights(sight.thread) {
        return Performed::OtherRights;
    }
    let done = match (sight.deed, &sight.from) {
        (FileDeed::Remove, _) => folder.remove(name),
        (FileDeed::RemoveFolder, _) => folder.remove_folder(name),
        (FileDeed::Replace, Some((Mark::Name(from, _, old), _))) => from.rename(old, folder, name, sight.if_taken),
        (FileDeed::Replace | FileDeed::Truncate | FileDeed::Write | FileDeed::Punch | FileDeed::Read, _) => {
            return Performed::NotOurs;
        }
    };
    match done {
        Ok(()) => Performed::Done,
        Err(error) => Performed::Failed(Errno::of(&error).unwrap_or(Errno::ACCES)),
    }
}

//! The session's keep-store at the gate loop.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::clock::wall_time;
use super::gate_port::{Keeper, Losing};
use super::supervise::SuperviseError;
use crate::app::StoreStatus;
use crate::config::{Env, Paths, keep_rules};
use crate::gate::{Change, Mark, Sight};
use crate::model::{FileDeed, Keep, Pid};
use crate::sys::{FileId, Place, Stamp};
use crate::undo::{Budget, Doomed, How, KeepChoice, KeepError, KeepStore, Options, Target};

/// The store with what the gate loop has it do.
#[derive(Debug)]
pub(super) struct SessionStore {
    store: KeepStore,
    /// The process that moved references last, and the repository.
    moving: Mutex<Option<(Pid, Vec<u8>)>>,
}

/// Opens the store of a session that starts now.
///
/// # Errors
/// [`SuperviseError::Keep`] where its folder cannot be made, [`SuperviseError::Config`] where its rules do not load.
pub(super) fn open(
    session: &Path,
    (cwd, choice): (&Path, KeepChoice),
    env: &Env,
    paths: &Paths,
) -> Result<Arc<SessionStore>, SuperviseError> {
    let no_disk = |error| KeepError::Folder { path: session.to_owned(), error };
    let options = Options {
        budget: Budget::of_disk(session).map_err(no_disk)?,
        sessions: Some(paths.sessions()),
        started: wall_time(),
        rules: keep_rules(choice, cwd.to_owned(), env.home.clone())?,
    };
    Ok(Arc::new(SessionStore { store: KeepStore::open(session, options)?, moving: Mutex::default() }))
}

impl SessionStore {
    /// How the store is, for the panel; costs nothing.
    pub(super) fn status(&self) -> StoreStatus {
        let status = self.store.status();
        StoreStatus {
            bytes: status.bytes,
            budget_bytes: status.budget_bytes,
            kept: status.kept,
            not_kept: status.not_kept,
        }
    }

    /// Remembers where a repository's references stand, once for each process that begins to move them.
    ///
    /// What cannot be remembered so is kept all the same, file by file.
    fn remember_references(&self, doomed: &Doomed<'_>) {
        let Some(repository) = moved_references(doomed.path) else { return };
        let mover = Some((doomed.pid, repository.to_vec()));
        let mut moving = self.moving.lock().unwrap_or_else(PoisonError::into_inner);
        if *moving == mover {
            return;
        }
        *moving = mover;
        drop(moving);
        if let Ok(place) = Place::open(Path::new(OsStr::from_bytes(repository))) {
            let target = Target::Open(&place);
            let whole = Doomed { path: repository, target, facts: None, how: How::Written, ..*doomed };
            let _ = self.store.remember_references(&whole);
        }
    }
}

/// The repository whose references a change of this file moves.
fn moved_references(path: &[u8]) -> Option<&[u8]> {
    const FOLDER: &[u8] = b"/.git/";
    let at = path.windows(FOLDER.len()).position(|part| part == FOLDER)?;
    let inside = path.get(at + FOLDER.len()..)?;
    (inside.starts_with(b"refs/") || inside == b"packed-refs" || inside == b"logs/refs/stash")
        .then(|| path.get(..at))
        .flatten()
}

impl Keeper for SessionStore {
    fn keep(&self, losing: &Losing<'_>) -> Keep {
        let lost = |why: String| Keep::Lost { why };
        let sight = losing.sight;
        let path = sight.place();
        let by = sight.from.as_ref().and_then(|(from, _)| from.path().ok()).unwrap_or_default();
        // Of a move the old name is kept, not the new one.
        let (path, how, mark, facts) = match (sight.change, &sight.from) {
            (Change::Moves, Some((from, facts))) => (by.as_slice(), Some(How::Moved { to: path }), from, *facts),
            (Change::Trades, Some((from, facts))) => (by.as_slice(), Some(How::Exchanged { with: path }), from, *facts),
            (Change::Hits | Change::Moves | Change::Trades, _) => (path, how(sight, &by), &sight.target, sight.facts),
        };
        let Some(how) = how else { return Keep::Untried };
        let target = match mark {
            Mark::Name(folder, _, name) => Target::Name { folder, name },
            Mark::Open(place) => Target::Open(place),
        };
        let doomed = Doomed {
            at: wall_time(),
            action: losing.action,
            case: losing.case,
            pid: sight.process,
            program: losing.program,
            path,
            origin: sight.origin.as_deref(),
            target,
            facts: Some(facts),
            how,
        };
        self.remember_references(&doomed);
        match self.store.keep(&doomed) {
            Ok(kept) if kept.seq.is_some() => Keep::Kept { bytes: kept.bytes },
            Ok(_) => Keep::Untried,
            Err(why) if why.is_by_rule() => Keep::Untried,
            Err(why) => lost(why.to_string()),
        }
    }

    fn keeps_always(&self, path: &[u8]) -> bool {
        self.store.keeps_always(path)
    }

    fn names_of(&self, file: FileId) -> u64 {
        self.store.names_of(file)
    }
}

/// How it is destroyed; `None` where it is only looked at.
fn how<'a>(sight: &Sight, by: &'a [u8]) -> Option<How<'a>> {
    Some(match (sight.deed, &sight.from) {
        (FileDeed::Replace, Some((_, facts))) => How::Replaced { by, id: facts.id, born: facts.born.and_then(time) },
        (FileDeed::Remove | FileDeed::Replace, _) => How::Removed,
        (FileDeed::RemoveFolder, _) => How::FolderRemoved,
        (FileDeed::Truncate, _) => How::Truncated,
        (FileDeed::Write | FileDeed::Punch, _) => How::Written,
        (FileDeed::Read, _) => return None,
    })
}

fn time((seconds, nanos): Stamp) -> Option<SystemTime> {
    Some(UNIX_EPOCH + Duration::new(u64::try_from(seconds).ok()?, nanos))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_a_tag_and_a_stash_are_references_and_a_commit_in_progress_is_none() {
        for (path, repository) in [
            ("/w/shop/.git/refs/heads/main", Some("/w/shop")),
            ("/w/shop/.git/packed-refs", Some("/w/shop")),
            ("/w/shop/.git/logs/refs/stash", Some("/w/shop")),
            ("/w/shop/.git/index", None),
            ("/w/shop/.git/HEAD", None),
            ("/w/shop/refs/heads/main", None),
        ] {
            assert_eq!(moved_references(path.as_bytes()), repository.map(str::as_bytes), "{path}");
        }
    }
}

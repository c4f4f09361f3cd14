//! The session's keep-store at the gate loop.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::clock::wall_time;
use super::gate_port::{Keeper, Losing};
use super::supervise::SuperviseError;
use crate::config::{Env, Paths, keep_rules};
use crate::gate::{Mark, Sight};
use crate::model::{FileDeed, Keep};
use crate::sys::Stamp;
use crate::undo::{Budget, Doomed, How, KeepChoice, KeepError, KeepStore, Options, Target};

/// Opens the store of a session that starts now.
///
/// # Errors
/// [`SuperviseError::Keep`] where its folder cannot be made, [`SuperviseError::Config`] where its rules do not load.
pub(super) fn open(session: &Path, cwd: &Path, env: &Env, paths: &Paths) -> Result<Arc<KeepStore>, SuperviseError> {
    let no_disk = |error| KeepError::Folder { path: session.to_owned(), error };
    let options = Options {
        budget: Budget::of_disk(session).map_err(no_disk)?,
        sessions: Some(paths.sessions()),
        started: wall_time(),
        rules: keep_rules(KeepChoice::default(), cwd.to_owned(), env.home.clone())?,
    };
    Ok(Arc::new(KeepStore::open(session, options)?))
}

impl Keeper for KeepStore {
    fn keep(&self, losing: &Losing<'_>) -> Keep {
        let lost = |why: String| Keep::Lost { why };
        let sight = losing.sight;
        let path = match sight.target.path() {
            Ok(path) => path,
            Err(error) => return lost(error.to_string()),
        };
        let by = sight.from.as_ref().and_then(|(from, _)| from.path().ok()).unwrap_or_default();
        let Some(how) = how(sight, &by) else { return Keep::Untried };
        let target = match &sight.target {
            Mark::Name(folder, _, name) => Target::Name { folder, name },
            Mark::Open(place) => Target::Open(place),
        };
        let doomed = Doomed {
            at: wall_time(),
            action: losing.action,
            case: losing.case,
            pid: sight.process,
            program: losing.program,
            path: &path,
            target,
            facts: Some(sight.facts),
            how,
        };
        match KeepStore::keep(self, &doomed) {
            Ok(kept) if kept.seq.is_some() => Keep::Kept { bytes: kept.bytes },
            Ok(_) => Keep::Untried,
            Err(why) if why.is_by_rule() => Keep::Untried,
            Err(why) => lost(why.to_string()),
        }
    }

    fn flush(&self) {
        // What cannot be written down is told of as what could not be kept, by the next that is kept.
        let _ = KeepStore::flush(self);
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

//! How much is kept, over all sessions, and what goes first.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::manifest::MANIFEST_FILE;
use super::store::KEPT_FOLDER;
use crate::sys::disk_space;

/// How many bytes are kept where the disk is large.
const BYTES: u64 = 2 << 30;
/// The part of the disk that is kept at most: one in so many.
const DISK_PART: u64 = 20;
/// How long things are kept.
const AGE: Duration = Duration::from_secs(14 * 24 * 60 * 60);
/// What one thing costs besides its content: its name, its line's share, its inode. In bytes.
pub(super) const ENTRY_BYTES: u64 = 512;
/// One segment takes at most one part in so many of the budget, one large thing aside.
const SEGMENT_PART: u64 = 64;
/// One thing takes at most one part in so many of the budget.
const THING_PART: u64 = 2;

/// How much is kept and for how long, over all sessions of the state folder together: what is oldest goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// The bytes of the disk that all kept things may take. A linked file counts whole, also while it has other names.
    pub bytes: u64,
    /// How long they are kept.
    pub age: Duration,
}

impl Budget {
    /// 2 GiB or a twentieth of the disk that `folder` is on, whichever is smaller; 14 days.
    ///
    /// # Errors
    /// What the system says of the disk.
    pub fn of_disk(folder: &Path) -> io::Result<Self> {
        let total = disk_space(folder)?.total_bytes;
        Ok(Self { bytes: BYTES.min(total / DISK_PART), age: AGE })
    }

    /// At most so many bytes for one thing.
    pub(super) fn thing_bytes_max(&self) -> u64 {
        self.bytes / THING_PART
    }

    /// A segment is sealed when it has so many bytes.
    pub(super) fn segment_bytes(&self) -> u64 {
        self.bytes / SEGMENT_PART
    }
}

/// What [`prune`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PruneReport {
    /// How many segments it removed.
    pub segments: u64,
    /// How many bytes they took.
    pub bytes: u64,
}

/// A segment that is sealed, in whatever session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sealed {
    /// When its last thing was kept.
    pub written: SystemTime,
    /// Its folder.
    pub path: PathBuf,
    /// The bytes it takes.
    pub bytes: u64,
}

/// All that is kept, but for the segment that is open here.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// Sealed segments, the newest first, so that the oldest is the cheapest to take off.
    pub sealed: Vec<Sealed>,
    /// How many segments are open in other sessions that run.
    pub open_elsewhere: u64,
}

/// A segment's folder is named by its number, and once sealed by its bytes as well: `12`, `12.33554432`.
pub(super) fn segment_name(name: &str) -> Option<(u64, Option<u64>)> {
    match name.split_once('.') {
        Some((number, bytes)) => Some((number.parse().ok()?, Some(bytes.parse().ok()?))),
        None => Some((name.parse().ok()?, None)),
    }
}

/// The segments of a session's store, by number: each with its folder and, if sealed, its bytes.
///
/// # Errors
/// What the system says of the folder. A store that is not there has none.
pub(super) fn segments(kept: &Path) -> io::Result<Vec<(u64, PathBuf, Option<u64>)>> {
    let entries = match fs::read_dir(kept) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if let Some((number, bytes)) = entry.file_name().to_str().and_then(segment_name).filter(|_| is_folder) {
            found.push((number, entry.path(), bytes));
        }
    }
    found.sort();
    Ok(found)
}

/// The stores of all sessions in `sessions`, and `own`.
pub(super) fn stores(sessions: Option<&Path>, own: &Path) -> Vec<PathBuf> {
    let entries = sessions.map(fs::read_dir).into_iter().flatten().flatten().flatten();
    let others = entries.map(|entry| entry.path().join(KEPT_FOLDER)).filter(|store| store != own);
    std::iter::once(own.to_owned()).chain(others).collect()
}

/// Looks at the stores of all sessions in `sessions` and of `own`, and seals what a session that is gone has left open.
///
/// # Errors
/// What the system says of the folders. One that goes away meanwhile is no error.
pub(super) fn survey(sessions: Option<&Path>, own: &Path) -> io::Result<Survey> {
    let mut survey = Survey::default();
    for store in stores(sessions, own) {
        for (_, path, bytes) in segments(&store)? {
            match bytes.map_or_else(|| seal_left(&path), |bytes| Some((path.clone(), bytes))) {
                Some((path, bytes)) => {
                    let written = fs::metadata(&path).and_then(|about| about.modified());
                    survey.sealed.push(Sealed { written: written.unwrap_or(SystemTime::UNIX_EPOCH), path, bytes });
                }
                None => survey.open_elsewhere += 1,
            }
        }
    }
    survey.sealed.sort_by(|a, b| b.written.cmp(&a.written).then_with(|| b.path.cmp(&a.path)));
    Ok(survey)
}

/// Seals a segment whose session is gone; `None` where it still runs, or where it is not ours to seal.
fn seal_left(path: &Path) -> Option<(PathBuf, u64)> {
    let manifest = File::options().append(true).open(path.join(MANIFEST_FILE));
    match manifest {
        Ok(manifest) => {
            manifest.try_lock().ok()?;
            // What was set aside for lines that never came is given back.
            let length = manifest.metadata().ok()?.len();
            manifest.set_len(length).ok()?;
            let bytes = bytes_in(path);
            rename_sealed(path, bytes).ok().map(|sealed| (sealed, bytes))
        }
        // Without a manifest nothing in it can be told apart: it is the rest of an interrupted removal.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let _ = fs::remove_dir_all(path);
            None
        }
        Err(_) => None,
    }
}

/// Gives a segment its sealed name.
pub(super) fn rename_sealed(path: &Path, bytes: u64) -> io::Result<PathBuf> {
    let sealed = path.with_extension(bytes.to_string());
    // A rename changes the time of the folder above, not of this one: it stays as old as its last thing.
    fs::rename(path, &sealed)?;
    Ok(sealed)
}

/// What the files of one segment take.
fn bytes_in(path: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    entries.map(|entry| entry.metadata().map_or(0, |about| about.blocks() * 512) + ENTRY_BYTES).sum()
}

/// Removes a segment: its manifest first, so that an interrupted removal leaves nothing that looks whole.
pub(super) fn remove_segment(path: &Path) -> io::Result<()> {
    for gone in [fs::remove_file(path.join(MANIFEST_FILE)), fs::remove_dir_all(path)] {
        match gone {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// The bytes that a session's store takes, by the names of its segments and a look into one that is open.
///
/// # Errors
/// What the system says of the folder. A session that keeps nothing takes nothing.
pub fn size_of(session_folder: &Path) -> io::Result<u64> {
    let all = segments(&session_folder.join(KEPT_FOLDER))?;
    Ok(all.iter().map(|(_, path, bytes)| bytes.unwrap_or_else(|| bytes_in(path))).sum())
}

/// Removes what is too old, and then the oldest until the rest fits into the budget; what running sessions have open stays.
///
/// # Errors
/// What the system says of the folders.
pub fn prune(sessions: &Path, budget: Budget, now: SystemTime) -> io::Result<PruneReport> {
    let mut survey = survey(Some(sessions), &sessions.join(KEPT_FOLDER))?;
    survey.shrink_to(budget, 0, now)
}

/// What [`prune`] would do.
///
/// # Errors
/// What the system says of the folders.
pub fn prunable(sessions: &Path, budget: Budget, now: SystemTime) -> io::Result<PruneReport> {
    let survey = survey(Some(sessions), &sessions.join(KEPT_FOLDER))?;
    let goes = survey.too_many(budget, 0, now);
    let bytes = survey.sealed.iter().rev().take(goes).map(|sealed| sealed.bytes).sum();
    Ok(PruneReport { segments: goes as u64, bytes })
}

impl Survey {
    /// What all of it takes; a segment that is open elsewhere counts as full.
    pub fn bytes(&self, budget: Budget) -> u64 {
        let sealed: u64 = self.sealed.iter().map(|sealed| sealed.bytes).sum();
        sealed + self.open_elsewhere.saturating_mul(budget.segment_bytes())
    }

    /// Removes what is too old, and then the oldest until all that is left and `more` bytes fit into the budget, or until
    /// nothing is left to remove.
    pub fn shrink_to(&mut self, budget: Budget, more: u64, now: SystemTime) -> io::Result<PruneReport> {
        let mut report = PruneReport::default();
        for _ in 0..self.too_many(budget, more, now) {
            let Some(oldest) = self.sealed.last() else { break };
            remove_segment(&oldest.path)?;
            report.segments += 1;
            report.bytes += oldest.bytes;
            self.sealed.pop();
        }
        Ok(report)
    }

    /// How many of the oldest are too old, or too much.
    fn too_many(&self, budget: Budget, more: u64, now: SystemTime) -> usize {
        let mut bytes = self.bytes(budget);
        let goes = |sealed: &&Sealed| {
            let is_old = now.duration_since(sealed.written).is_ok_and(|age| age > budget.age);
            let is_much = bytes.saturating_add(more) > budget.bytes;
            bytes -= sealed.bytes;
            is_old || is_much
        };
        self.sealed.iter().rev().take_while(goes).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_is_known_by_its_name() {
        assert_eq!(segment_name("12"), Some((12, None)));
        assert_eq!(segment_name("12.345"), Some((12, Some(345))));
        for other in ["", "x", "12.x", ".12", "12.", "1.2.3", "kept.jsonl"] {
            assert_eq!(segment_name(other), None, "{other}");
        }
    }

    #[test]
    fn the_oldest_goes_first_whatever_its_session() {
        let folder = tempfile::tempdir().unwrap();
        let at = |days: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(days * 86_400);
        for (session, segment, days) in [("a", "1.100", 1), ("b", "1.100", 2), ("a", "2.100", 3), ("b", "2.100", 40)] {
            let path = folder.path().join(session).join(KEPT_FOLDER).join(segment);
            fs::create_dir_all(&path).unwrap();
            fs::write(path.join(MANIFEST_FILE), "").unwrap();
            File::open(&path).unwrap().set_modified(at(days)).unwrap();
        }
        let left = || {
            let mut left = Vec::new();
            for session in ["a", "b"] {
                let all = segments(&folder.path().join(session).join(KEPT_FOLDER)).unwrap();
                left.extend(all.into_iter().map(|(number, ..)| format!("{session}{number}")));
            }
            left
        };
        let budget = Budget { bytes: 300, age: Duration::from_secs(100 * 86_400) };
        let report = PruneReport { segments: 1, bytes: 100 };
        assert_eq!(prunable(folder.path(), budget, at(41)).unwrap(), report);
        assert_eq!(left(), ["a1", "a2", "b1", "b2"]);
        assert_eq!(prune(folder.path(), budget, at(41)).unwrap(), report);
        assert_eq!(left(), ["a2", "b1", "b2"]);
        let budget = Budget { bytes: 300, age: Duration::from_secs(10 * 86_400) };
        assert_eq!(prune(folder.path(), budget, at(41)).unwrap().segments, 2);
        assert_eq!(left(), ["b2"]);
        assert_eq!(size_of(&folder.path().join("b")).unwrap(), 100);
        assert_eq!(size_of(&folder.path().join("a")).unwrap(), 0);
    }
}

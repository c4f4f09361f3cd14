//! Room for what is to be kept: on the disk, in the budget, in a segment.

use std::time::SystemTime;

use super::{Inner, KeepStore};
use crate::sys::{Facts, disk_space, is_disk_full};
use crate::undo::budget::{ENTRY_BYTES, Sealed, remove_segment, survey};
use crate::undo::doomed::{NotKept, no_room};
use crate::undo::segment::Segment;

/// A copy leaves at least so much of the disk free, in bytes, or one part in so many of it where that is less.
const FREE_BYTES: u64 = 256 << 20;
const FREE_PART: u64 = 100;

impl KeepStore {
    /// Whether a copy of this file may be made at all.
    pub(super) fn check_room(&self, facts: &Facts) -> Result<(), NotKept> {
        let bytes_max = self.options.rules.copy_bytes_max();
        if facts.disk_bytes > bytes_max {
            return Err(NotKept::TooLarge { bytes: facts.disk_bytes, bytes_max });
        }
        let space = disk_space(&self.path).map_err(NotKept::Store)?;
        let free = FREE_BYTES.min(space.total_bytes / FREE_PART);
        if space.free_bytes < facts.disk_bytes.saturating_add(free) { Err(NotKept::DiskFull) } else { Ok(()) }
    }

    /// Makes sure that there is an open segment, and that `bytes` more fit into the budget.
    pub(super) fn ready(&self, inner: &mut Inner, bytes: u64, now: SystemTime) -> Result<(), NotKept> {
        let budget = self.options.budget;
        if bytes > budget.thing_bytes_max() {
            return Err(NotKept::OverBudget { bytes, budget: budget.bytes });
        }
        let is_full = |segment: &Segment| segment.is_full(budget.segment_bytes()) && segment.arriving == 0;
        if inner.open.as_ref().is_some_and(is_full) {
            inner.seal(now)?;
        }
        if inner.open.is_none() {
            self.look_around(inner, now)?;
            inner.last_segment += 1;
            let created = Segment::create(&self.path, inner.last_segment, self.started);
            inner.open = Some(match created {
                Err(error) if is_disk_full(&error) => {
                    inner.evict_oldest()?;
                    Segment::create(&self.path, inner.last_segment, self.started).map_err(no_room)?
                }
                created => created.map_err(no_room)?,
            });
        }
        self.make_room(inner, bytes, now)
    }

    /// Looks again at what all sessions keep.
    fn look_around(&self, inner: &mut Inner, now: SystemTime) -> Result<(), NotKept> {
        inner.survey = survey(self.options.sessions.as_deref(), &self.path).map_err(NotKept::Store)?;
        let report = inner.survey.shrink_to(self.options.budget, 0, now).map_err(NotKept::Store)?;
        inner.status.evicted_bytes += report.bytes;
        Ok(())
    }

    fn make_room(&self, inner: &mut Inner, bytes: u64, now: SystemTime) -> Result<(), NotKept> {
        let budget = self.options.budget;
        let more = |inner: &Inner| {
            let open = inner.open.as_ref().map_or(0, Segment::total_bytes);
            open + bytes + ENTRY_BYTES
        };
        let needed = more(inner);
        if inner.survey.bytes(budget).saturating_add(needed) <= budget.bytes {
            return Ok(());
        }
        let report = inner.survey.shrink_to(budget, needed, now).map_err(NotKept::Store)?;
        inner.status.evicted_bytes += report.bytes;
        if inner.survey.bytes(budget).saturating_add(more(inner)) <= budget.bytes {
            return Ok(());
        }
        Err(NotKept::OverBudget { bytes, budget: budget.bytes })
    }
}

impl Inner {
    fn seal(&mut self, now: SystemTime) -> Result<(), NotKept> {
        let Some(segment) = self.open.take() else { return Ok(()) };
        if let Some((path, bytes)) = segment.seal().map_err(no_room)? {
            self.survey.sealed.insert(0, Sealed { written: now, path, bytes });
        }
        Ok(())
    }

    /// Gives the disk back what the oldest segment takes.
    pub(super) fn evict_oldest(&mut self) -> Result<(), NotKept> {
        let Some(oldest) = self.survey.sealed.pop() else { return Err(NotKept::DiskFull) };
        remove_segment(&oldest.path).map_err(NotKept::Store)?;
        self.status.evicted_bytes += oldest.bytes;
        Ok(())
    }
}

//! Content that the kernel copies from one open file into another: no write of its own tells of it.

use std::collections::HashSet;
use std::io;
use std::path::Path;

use super::{FileGate, FileLook, Look};
use crate::gate::paths::unreadable;
use crate::gate::sight::{Change, Sight};
use crate::model::FileDeed;
use crate::sys::{Call, FileId, FileKind, Place};

/// Files that are remembered because the session has emptied or filled them.
const FILLED_MAX: usize = 1 << 16;

/// Files whose content is the session's own although they are older: it emptied them, or what they had is kept.
#[derive(Debug, Default)]
pub(super) struct Filled(HashSet<FileId>);

impl Filled {
    fn add(&mut self, id: FileId) {
        if self.0.len() >= FILLED_MAX {
            self.0.clear();
        }
        self.0.insert(id);
    }
}

impl FileGate {
    /// Remembers a file whose old content is gone and kept: what is copied into it from now on harms nothing.
    pub(super) fn fills(&mut self, sight: &Sight) {
        let copies = [Call::CopyFileRange, Call::Sendfile, Call::Splice, Call::Ioctl];
        let is_copied = copies.iter().any(|call| call.name() == sight.call);
        let is_emptied = sight.deed == FileDeed::Truncate && sight.stays == 0;
        if sight.change == Change::Hits && (is_copied || is_emptied) {
            self.filled.add(sight.facts.id);
        }
    }
}

impl Look<'_> {
    /// A copy into an open file, which is changed in place unless the session made or emptied it.
    pub(super) fn copied(&mut self, fd: i32) -> Result<FileLook, FileLook> {
        let link = format!("/proc/{}/fd/{fd}", self.call.thread);
        let place = match Place::open(Path::new(&link)) {
            Ok(place) => place,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(FileLook::Passes),
            Err(error) => return Err(unreadable("its descriptor", &error)),
        };
        let facts = place.facts().map_err(|error| unreadable("its descriptor", &error))?;
        // Most of these calls are for sockets and pipes.
        if facts.kind != FileKind::File {
            return Ok(FileLook::Passes);
        }
        if self.gate.ground.forbids_file(facts.id) {
            return self.open_sight(place, facts, FileDeed::Punch, 0).map(FileLook::Forbidden);
        }
        if facts.bytes == 0 {
            self.gate.filled.add(facts.id);
        }
        let is_own = facts.bytes == 0 || facts.links == 0 || self.is_born(&facts) == Some(true);
        if is_own || self.gate.filled.0.contains(&facts.id) {
            return Ok(FileLook::Passes);
        }
        self.open_sight(place, facts, FileDeed::Punch, 0).map(FileLook::Sees)
    }
}

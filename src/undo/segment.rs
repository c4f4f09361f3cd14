//! A segment that is open: its manifest's writer, and the names of what lies beside it.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::budget::{ENTRY_BYTES, rename_sealed};
use super::manifest::{Content, Head, MANIFEST_FILE, Record};
use crate::sys::{FileId, Place, Stamp, set_aside};

/// A segment is sealed when it has so many records: no removal of one takes long.
pub(super) const RECORDS_MAX: u32 = 2048;
/// Disk space set aside for a manifest, in bytes: lines of what is kept already cannot fail for lack of it.
const MANIFEST_BYTES: u64 = 2 << 20;
/// Disks are given out in blocks of so many bytes.
const BLOCK_BYTES: u64 = 4096;
/// So much of a file's own name is in the name of its link, in bytes, so that one that has lost its line can be told.
const OWN_NAME_BYTES_MAX: usize = 200;

/// The segment that is written to.
#[derive(Debug)]
pub(super) struct Segment {
    /// Its folder's path.
    pub path: PathBuf,
    /// Its folder.
    pub folder: Arc<Place>,
    /// What its content takes so far, in bytes.
    pub bytes: u64,
    /// How many copies are on their way into it: it is not sealed before they have arrived.
    pub arriving: u32,
    /// Where the content of files is that have several names, or were kept by content.
    pub known: HashMap<FileId, Known>,
    manifest: File,
    written: u64,
    names: u32,
    records: u32,
}

/// A file whose content is in the segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Known {
    /// Where.
    pub content: Content,
    /// Its length and last change when it was kept.
    pub version: (u64, Stamp),
}

impl Segment {
    /// Makes a segment. Nobody sees it before its manifest is there and locked.
    pub fn create(kept: &Path, number: u64, started: Stamp) -> io::Result<Self> {
        let making = kept.join(format!("{number}.new"));
        match DirBuilder::new().mode(0o700).create(&making) {
            // Left by a session that was killed in between.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                fs::remove_dir_all(&making)?;
                DirBuilder::new().mode(0o700).create(&making)?;
            }
            made => made?,
        }
        let made = Self::fill(&making, kept.join(number.to_string()), number, started);
        if made.is_err() {
            // What said why is what counts.
            let _ = fs::remove_dir_all(&making);
        }
        made
    }

    fn fill(making: &Path, path: PathBuf, number: u64, started: Stamp) -> io::Result<Self> {
        let manifest = OpenOptions::new().append(true).create_new(true).mode(0o600).open(making.join(MANIFEST_FILE))?;
        manifest.try_lock()?;
        match set_aside(&manifest, MANIFEST_BYTES) {
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {}
            done => done?,
        }
        let head = Head { schema: super::manifest::SCHEMA, segment: number, started }.line();
        (&manifest).write_all(&head)?;
        fs::rename(making, &path)?;
        Ok(Self {
            folder: Arc::new(Place::open(&path)?),
            path,
            bytes: 0,
            arriving: 0,
            known: HashMap::new(),
            manifest,
            written: head.len() as u64,
            names: 0,
            records: 0,
        })
    }

    /// A name that nothing in it has, ending in the last part of `path`.
    pub fn new_name(&mut self, path: &[u8]) -> OsString {
        self.names += 1;
        let mut name = format!("{}.", self.names).into_bytes();
        let own = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        name.extend(own.iter().take(OWN_NAME_BYTES_MAX));
        OsString::from_vec(name)
    }

    /// What it takes with its lines, in bytes.
    pub fn total_bytes(&self) -> u64 {
        let lines = self.written.next_multiple_of(BLOCK_BYTES);
        self.bytes + lines + u64::from(self.records) * ENTRY_BYTES
    }

    /// Whether it takes no more records.
    pub fn is_full(&self, bytes_max: u64) -> bool {
        self.records >= RECORDS_MAX || self.total_bytes() >= bytes_max || self.written >= MANIFEST_BYTES / 2
    }

    /// Adds a record. It is in the file before the call that it tells of may pass: whatever ends us loses no path.
    pub fn append(&mut self, record: &Record) -> io::Result<()> {
        let line = record.line();
        self.manifest.write_all(&line)?;
        self.written += line.len() as u64;
        self.records += 1;
        Ok(())
    }

    /// Seals it; an empty one goes away. Where it lies then, and what it takes.
    pub fn seal(self) -> io::Result<Option<(PathBuf, u64)>> {
        if self.records == 0 {
            super::budget::remove_segment(&self.path)?;
            return Ok(None);
        }
        self.manifest.set_len(self.written)?;
        let bytes = self.total_bytes();
        Ok(Some((rename_sealed(&self.path, bytes)?, bytes)))
    }
}

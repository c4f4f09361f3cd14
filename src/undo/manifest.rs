//! What was destroyed, one JSON object a line: written by the store, read by whoever brings it back.

use std::ffi::{OsStr, OsString};
use std::io::{self, BufRead, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;

use serde::{Deserialize, Serialize};

use super::doomed::{Doomed, How, kind_word};
use crate::model::{ActionId, CaseId, Pid, Untrusted};
use crate::sys::{Facts, FileId, FileKind, Stamp};

/// The manifest's file in a segment.
pub const MANIFEST_FILE: &str = "kept.jsonl";
/// The version of what we write; a reader keeps and passes over what later ones add.
pub const SCHEMA: u32 = 1;

/// A line longer than this is lost, in bytes.
const LINE_BYTES_MAX: u64 = 4 << 20;
/// A manifest's records beyond these are lost; the store seals a segment long before.
const RECORDS_MAX: usize = 1 << 16;
/// So many lost lines are told one by one; the others are counted.
const LOST_MAX: usize = 16;

/// A manifest's first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// [`SCHEMA`] when it was written.
    pub schema: u32,
    /// The segment's number.
    pub segment: u64,
    /// When the session started: seconds since 1970, and nanoseconds.
    pub started: Stamp,
}

/// One thing that was destroyed, or that is told for those that were.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Its number in the session's store, from 1.
    pub seq: u64,
    /// When the call was held: seconds since 1970, and nanoseconds.
    pub at: Stamp,
    /// The action it belongs to.
    pub action: ActionId,
    /// The case in which it was approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<CaseId>,
    /// The process that asked for it.
    pub pid: Pid,
    /// What that process ran.
    pub program: Untrusted,
    /// How it was destroyed.
    pub verb: Verb,
    /// Its path.
    pub path: Untrusted,
    /// Where it went, or with what it traded names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Untrusted>,
    /// What got its name, or traded names with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<MoverLine>,
    /// Whether the session itself made it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_made: bool,
    /// What was known of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<FactsLine>,
    /// Its extended attributes, where the content does not carry them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<(Untrusted, Untrusted)>,
    /// Where its content is.
    pub content: Content,
}

/// How something was destroyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// A name was taken from it.
    Removed,
    /// An empty folder was removed.
    FolderRemoved,
    /// Something else got its name.
    Replaced,
    /// It got another name.
    Moved,
    /// It traded names.
    Exchanged,
    /// Its content was cut.
    Truncated,
    /// Its content was written over.
    Written,
    /// Not destroyed: how a folder was before the first change in it.
    Touched,
    /// Not destroyed: where a repository's references stood.
    References,
    /// A verb of a later version.
    #[serde(other)]
    Unknown,
}

/// Where the content is, beside the manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "in", rename_all = "snake_case")]
pub enum Content {
    /// There is none: the facts suffice.
    Facts,
    /// The file itself, under a second name.
    Link {
        /// The name.
        name: Untrusted,
    },
    /// A file that shares its blocks.
    Shared {
        /// The name.
        name: Untrusted,
    },
    /// A compressed copy.
    Copy {
        /// The hash of its data; with `.zst` the file's name.
        digest: String,
        /// The content's length in bytes.
        bytes: u64,
        /// Where the data stands, holes left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parts: Option<Vec<(u64, u64)>>,
        /// Whether it changed while it was copied.
        #[serde(default)]
        is_torn: bool,
    },
    /// It was a symbolic link to this.
    LinkTarget {
        /// The target.
        target: Untrusted,
    },
    /// Nothing was kept: `undo none`.
    NotKept {
        /// Why.
        why: String,
        /// The rule that says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rule: Option<String>,
    },
    /// A kind of a later version.
    #[serde(other)]
    Unknown,
}

/// What got the name of something by a rename, or traded names with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoverLine {
    /// The path it had.
    pub path: Untrusted,
    /// Its device.
    pub device: u64,
    /// Its number there.
    pub inode: u64,
    /// Whether the session made it.
    pub is_made: bool,
}

/// [`Facts`] as a line has them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactsLine {
    /// `file`, `folder`, `link`, `pipe`, `socket` or `device`.
    pub kind: String,
    /// Its permission bits.
    pub mode: u32,
    /// Who owned it.
    pub owner: u32,
    /// Its group.
    pub group: u32,
    /// How many names it had.
    pub links: u64,
    /// Its length in bytes.
    pub bytes: u64,
    /// The bytes it took on the disk.
    pub disk_bytes: u64,
    /// Its device.
    pub device: u64,
    /// Its number there.
    pub inode: u64,
    /// When it was last read.
    pub read: Stamp,
    /// When its content last changed.
    pub written: Stamp,
    /// When it came into being, where the file system keeps that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub born: Option<Stamp>,
}

impl From<&Facts> for FactsLine {
    fn from(facts: &Facts) -> Self {
        Self {
            kind: kind_word(facts.kind).to_owned(),
            mode: facts.mode,
            owner: facts.owner,
            group: facts.group,
            links: facts.links,
            bytes: facts.bytes,
            disk_bytes: facts.disk_bytes,
            device: facts.id.device,
            inode: facts.id.inode,
            read: facts.read,
            written: facts.written,
            born: facts.born,
        }
    }
}

impl FactsLine {
    /// Which file it was.
    #[must_use]
    pub fn id(&self) -> FileId {
        FileId { device: self.device, inode: self.inode }
    }

    /// What kind of file it was; `None` for a kind of a later version.
    #[must_use]
    pub fn file_kind(&self) -> Option<FileKind> {
        let all =
            [FileKind::File, FileKind::Folder, FileKind::Link, FileKind::Pipe, FileKind::Socket, FileKind::Device];
        all.into_iter().find(|kind| kind_word(*kind) == self.kind)
    }
}

impl Record {
    /// The record of what is about to be destroyed, its content still to be told.
    pub(super) fn of(doomed: &Doomed<'_>, seq: u64, facts: &Facts, started: Stamp) -> Self {
        let bytes = |path: &[u8]| Untrusted::new(path);
        let (verb, to, by) = match doomed.how {
            How::Removed => (Verb::Removed, None, None),
            How::FolderRemoved => (Verb::FolderRemoved, None, None),
            How::Replaced { by, id, born } => {
                let (device, inode, is_made) = (id.device, id.inode, born.is_some_and(|born| stamp(born) >= started));
                (Verb::Replaced, None, Some(MoverLine { path: bytes(by), device, inode, is_made }))
            }
            How::Moved { to } => (Verb::Moved, Some(bytes(to)), None),
            How::Exchanged { with } => {
                let about = std::path::Path::new(OsStr::from_bytes(with)).symlink_metadata();
                let other = about.ok().map(|about| MoverLine {
                    path: bytes(with),
                    device: about.dev(),
                    inode: about.ino(),
                    is_made: false,
                });
                (Verb::Exchanged, Some(bytes(with)), other)
            }
            How::Truncated => (Verb::Truncated, None, None),
            How::Written => (Verb::Written, None, None),
        };
        Self {
            seq,
            at: stamp(doomed.at),
            action: doomed.action,
            case: doomed.case,
            pid: doomed.pid,
            program: doomed.program.clone(),
            verb,
            path: bytes(doomed.path),
            to,
            by,
            is_made: facts.born.is_some_and(|born| born >= started),
            facts: Some(facts.into()),
            attributes: Vec::new(),
            content: Content::Facts,
        }
    }

    /// Its line, newline and all.
    pub(super) fn line(&self) -> Vec<u8> {
        line(self)
    }
}

impl Head {
    pub(super) fn line(&self) -> Vec<u8> {
        line(self)
    }
}

/// Nothing that is written has a key that is no string or a number that JSON lacks, so it always has a line.
fn line(value: &impl Serialize) -> Vec<u8> {
    let mut line = serde_json::to_vec(value).unwrap_or_default();
    line.push(b'\n');
    line
}

/// A time as a file's stamp.
pub(super) fn stamp(time: std::time::SystemTime) -> Stamp {
    match time.duration_since(std::time::UNIX_EPOCH) {
        Ok(since) => (i64::try_from(since.as_secs()).unwrap_or(i64::MAX), since.subsec_nanos()),
        Err(_) => (0, 0),
    }
}

/// Extended attributes as a line has them.
pub(super) fn attributes_line(attributes: Vec<(OsString, Vec<u8>)>) -> Vec<(Untrusted, Untrusted)> {
    attributes.into_iter().map(|(name, value)| (untrusted(&name), Untrusted::new(value))).collect()
}

/// A name as a line has it.
pub(super) fn untrusted(name: &OsStr) -> Untrusted {
    Untrusted::new(name.as_bytes())
}

/// A manifest as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Manifest {
    /// Its first line.
    pub head: Option<Head>,
    /// Its records, in order.
    pub records: Vec<Record>,
    /// What could not be read.
    pub lost: Lost,
}

/// What could not be read of a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lost {
    /// How many lines.
    pub lines: u64,
    /// The first of them: the line's number, from 1, and why.
    pub first: Vec<(u64, String)>,
}

impl Lost {
    fn add(&mut self, line: u64, why: String) {
        self.lines += 1;
        if self.first.len() < LOST_MAX {
            self.first.push((line, why));
        }
    }
}

/// Reads a manifest: a cut last line and lines that make no sense are lost, everything else is read.
///
/// # Errors
/// What the reading gives.
pub fn read_manifest(mut from: impl BufRead) -> io::Result<Manifest> {
    let mut manifest = Manifest::default();
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let count = from.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line)?;
        if count == 0 {
            break;
        }
        if line.pop_if(|last| *last == b'\n').is_none() {
            let is_cut = from.fill_buf()?.is_empty();
            skip_line(&mut from)?;
            let why = if is_cut { "cut off" } else { "too long" };
            manifest.lost.add(number, why.to_owned());
            continue;
        }
        if number == 1 {
            match serde_json::from_slice(&line) {
                Ok(head) => manifest.head = Some(head),
                Err(error) => manifest.lost.add(number, error.to_string()),
            }
            continue;
        }
        match serde_json::from_slice::<Record>(&line) {
            Ok(_) if manifest.records.len() >= RECORDS_MAX => manifest.lost.add(number, "too many records".to_owned()),
            Ok(record) => manifest.records.push(record),
            Err(error) => manifest.lost.add(number, error.to_string()),
        }
    }
    Ok(manifest)
}

/// Passes over the rest of a line without keeping it.
fn skip_line(from: &mut impl BufRead) -> io::Result<()> {
    loop {
        let room = from.fill_buf()?;
        if room.is_empty() {
            return Ok(());
        }
        let newline = room.iter().position(|byte| *byte == b'\n');
        let count = newline.map_or(room.len(), |at| at + 1);
        from.consume(count);
        if newline.is_some() {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(seq: u64, path: &[u8]) -> Record {
        Record {
            seq,
            at: (1_700_000_000, 1),
            action: ActionId(3),
            case: Some(CaseId(2)),
            pid: Pid(7),
            program: "rm".into(),
            verb: Verb::Removed,
            path: Untrusted::new(path),
            to: None,
            by: None,
            is_made: false,
            facts: None,
            attributes: vec![("user.a".into(), Untrusted::new(b"\xff\0".as_slice()))],
            content: Content::Copy { digest: "ab".into(), bytes: 9, parts: Some(vec![(0, 4)]), is_torn: false },
        }
    }

    fn text() -> (Vec<Record>, Vec<u8>) {
        let records = vec![record(1, b"/w/a\nb"), record(2, b"/w/\xff"), record(3, "/w/ü".as_bytes())];
        let mut text = Head { schema: SCHEMA, segment: 1, started: (1, 2) }.line();
        records.iter().for_each(|record| text.extend(record.line()));
        (records, text)
    }

    #[test]
    fn what_is_written_reads_back_and_any_prefix_up_to_its_last_whole_line() {
        let (records, text) = text();
        for cut in 0..=text.len() {
            let read = read_manifest(&text[..cut]).unwrap();
            let whole = text[..cut].iter().filter(|byte| **byte == b'\n').count();
            assert_eq!(read.records, records[..whole.saturating_sub(1)]);
            assert_eq!(read.head.is_some(), whole > 0);
            assert_eq!(read.lost.lines, u64::from(cut > 0 && text[cut - 1] != b'\n'));
        }
    }

    #[test]
    fn what_a_later_version_adds_is_passed_over_and_a_bad_line_costs_only_itself() {
        let (records, mut text) = text();
        let line = String::from_utf8(records[0].line()).unwrap();
        text.extend(line.replacen('{', "{\"later\":[1,{}],", 1).into_bytes());
        text.extend(b"no json\n");
        text.extend(line.replace("removed", "teleported").into_bytes());
        let read = read_manifest(text.as_slice()).unwrap();
        assert_eq!(read.records.len(), 5);
        assert_eq!(read.records[3], records[0]);
        assert_eq!(read.records[4].verb, Verb::Unknown);
        assert_eq!((read.lost.lines, read.lost.first[0].0), (1, 6));
    }

    #[test]
    fn a_line_without_end_takes_no_memory_and_the_next_one_is_read() {
        let (records, mut text) = text();
        text.extend(vec![b'['; usize::try_from(LINE_BYTES_MAX).unwrap() + 10]);
        text.push(b'\n');
        text.extend(records[1].line());
        let read = read_manifest(text.as_slice()).unwrap();
        assert_eq!(read.records.last(), Some(&records[1]));
        assert_eq!(read.lost.first, [(5, "too long".to_owned())]);
    }
}

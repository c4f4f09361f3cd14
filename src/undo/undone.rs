//! What has been brought back already, one JSON object a line, so that undoing can be broken off and done again.

use std::collections::{HashMap, HashSet};
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::plan::Done;
use crate::sys::{Facts, Stamp};

/// The file, in the folder that has what was replaced.
const FILE: &str = "undone.jsonl";

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Line {
    /// The record's number.
    seq: u64,
    /// Records that this has made void.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    superseded: Vec<u64>,
    /// Whether it is back, and not only begun.
    is_done: bool,
    /// Whether only a name went back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_name: bool,
    /// What is at the path since: device, number and last change of anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    live: Option<(u64, u64, Stamp)>,
}

/// What has been brought back.
#[derive(Debug)]
pub(super) struct Undone {
    done: Done,
    begun: HashSet<u64>,
    live: HashMap<(u64, u64), Stamp>,
    file: File,
}

impl Line {
    /// A file's content is about to be written in place.
    pub fn began(seq: u64) -> Self {
        Self { seq, superseded: Vec::new(), is_done: false, is_name: false, live: None }
    }

    /// It is back; what is at its path now.
    pub fn done(seq: u64, superseded: &[u64], live: Option<&Facts>) -> Self {
        let live = live.map(|live| (live.id.device, live.id.inode, live.changed));
        Self { seq, superseded: superseded.to_vec(), is_done: true, is_name: false, live }
    }

    /// A name went back.
    pub fn renamed(seq: u64) -> Self {
        Self { is_name: true, ..Self::done(seq, &[], None) }
    }
}

impl Undone {
    /// Opens the list in `folder`, and makes it where it is not there. Lines that make no sense are passed over: what they
    /// told of is found to be there already.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let path = folder.join(FILE);
        let file = OpenOptions::new().create(true).append(true).read(true).mode(0o600).open(&path)?;
        let mut undone =
            Self { done: Done::default(), begun: HashSet::new(), live: HashMap::new(), file: file.try_clone()? };
        let mut is_cut = false;
        let mut lines = BufReader::new(file);
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line)? > 0 {
            is_cut = line.last() != Some(&b'\n');
            if let Ok(line) = serde_json::from_slice::<Line>(&line) {
                undone.take(line);
            }
            line.clear();
        }
        if is_cut {
            undone.file.write_all(b"\n")?;
        }
        Ok(undone)
    }

    fn take(&mut self, line: Line) {
        if !line.is_done {
            self.begun.insert(line.seq);
            return;
        }
        if line.is_name {
            self.done.moves.insert(line.seq);
            return;
        }
        self.done.things.insert(line.seq);
        self.done.things.extend(line.superseded);
        if let Some((device, inode, changed)) = line.live {
            self.live.insert((device, inode), changed);
        }
    }

    /// Writes a line down.
    pub fn write(&mut self, line: &Line) -> io::Result<()> {
        let mut text = serde_json::to_vec(line).map_err(io::Error::other)?;
        text.push(b'\n');
        self.file.write_all(&text)?;
        self.take(line.clone());
        Ok(())
    }

    /// All that was done.
    pub fn done(&self) -> &Done {
        &self.done
    }

    /// Whether what is at a record's path was put there by us, or half written by us, and nobody has changed it since.
    pub fn is_ours(&self, seq: u64, live: &Facts) -> bool {
        self.begun.contains(&seq) || self.live.get(&(live.id.device, live.id.inode)) == Some(&live.changed)
    }
}

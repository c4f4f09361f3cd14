//! What is about to be destroyed, as the gate hands it over, and the answer.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::time::SystemTime;

use crate::model::{ActionId, CaseId, Pid, Untrusted};
use crate::sys::{Facts, FileId, FileKind, Place, is_disk_full};

/// What a held call is about to destroy.
#[derive(Debug, Clone, Copy)]
pub struct Doomed<'a> {
    /// When the call was held.
    pub at: SystemTime,
    /// The action it belongs to.
    pub action: ActionId,
    /// The case in which it was approved, if it was asked about.
    pub case: Option<CaseId>,
    /// The process that asks for it.
    pub pid: Pid,
    /// What that process runs.
    pub program: &'a Untrusted,
    /// Its path as the operator sees it: absolute, without links on the way. For [`How::Moved`] the old one.
    pub path: &'a [u8],
    /// Where it was when the session began, if it was moved since: the rules look at that.
    pub origin: Option<&'a [u8]>,
    /// The thing itself, held open.
    pub target: Target<'a>,
    /// What is known of the thing, where somebody has looked already; else it is looked at.
    pub facts: Option<Facts>,
    /// How it is destroyed.
    pub how: How<'a>,
}

/// The thing itself, so that nothing can be put in its place between two looks at its path.
#[derive(Debug, Clone, Copy)]
pub enum Target<'a> {
    /// A name in a folder; not followed where it is a link.
    Name {
        /// The folder.
        folder: &'a Place,
        /// The name.
        name: &'a OsStr,
    },
    /// A file that is open, or that was resolved to the end.
    Open(&'a Place),
}

/// How something is destroyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How<'a> {
    /// A name is taken from a file.
    Removed,
    /// An empty folder is removed.
    FolderRemoved,
    /// Something else gets its name by a rename.
    Replaced {
        /// The old path of what gets the name.
        by: &'a [u8],
        /// What that is.
        id: FileId,
        /// When that came into being, where it is known.
        born: Option<SystemTime>,
    },
    /// It gets another name, which nothing had. Only names are at stake.
    Moved {
        /// The new path.
        to: &'a [u8],
    },
    /// It trades names with something else. Only names are at stake.
    Exchanged {
        /// The path of that.
        with: &'a [u8],
    },
    /// Its content is cut, by an opening or a call.
    Truncated,
    /// Its content is written over in place.
    Written,
}

/// Something is kept, or there was nothing to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its number in the session's store; `None` where the call destroys nothing.
    pub seq: Option<u64>,
    /// In which way.
    pub way: Way,
    /// The bytes of the disk that the budget counts for it.
    pub bytes: u64,
}

/// In which way something is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Way {
    /// There is nothing to keep: a pipe is opened.
    Nothing,
    /// What is known of it suffices: a folder, a move, a link's target, an empty file.
    Facts,
    /// By a second name for the same file.
    Link,
    /// By sharing the file's blocks.
    Shared,
    /// By a compressed copy.
    Copy,
}

/// Why something is not kept. Unless a rule says so, whoever lets the call pass all the same destroys it for good.
#[derive(Debug, thiserror::Error)]
pub enum NotKept {
    /// A rule says that it need not be.
    #[error("rule `{rule}`: {why}")]
    ByRule {
        /// The rule's id.
        rule: String,
        /// The rule's reason.
        why: String,
    },
    /// It is more than a rule lets us copy.
    #[error("{bytes} bytes would have to be copied, more than the {bytes_max} of the rules")]
    TooLarge {
        /// Its size.
        bytes: u64,
        /// The most that is copied.
        bytes_max: u64,
    },
    /// It alone would take too much of the budget.
    #[error("{bytes} bytes do not fit into the budget of {budget}")]
    OverBudget {
        /// Its size on the disk.
        bytes: u64,
        /// The budget.
        budget: u64,
    },
    /// There is no room for it.
    #[error("the disk is full")]
    DiskFull,
    /// A socket or a device: its content is not on the disk.
    #[error("a {0} cannot be kept")]
    Kind(&'static str),
    /// It is gone already; the call will fail.
    #[error("it is not there")]
    Gone,
    /// It cannot be read or linked.
    #[error("it cannot be read: {0}")]
    Unreadable(io::Error),
    /// The store cannot be written.
    #[error("the store cannot be written: {0}")]
    Store(io::Error),
}

impl NotKept {
    /// Whether nothing of worth is lost all the same: a rule says so, or there is nothing.
    #[must_use]
    pub fn is_by_rule(&self) -> bool {
        match self {
            Self::ByRule { .. } | Self::Gone => true,
            Self::TooLarge { .. }
            | Self::OverBudget { .. }
            | Self::DiskFull
            | Self::Kind(_)
            | Self::Unreadable(_)
            | Self::Store(_) => false,
        }
    }
}

impl How<'_> {
    /// Whether the content goes away with the name, so that a second name keeps it.
    pub(super) fn takes_name(&self) -> bool {
        match self {
            Self::Removed | Self::Replaced { .. } => true,
            Self::FolderRemoved | Self::Moved { .. } | Self::Exchanged { .. } | Self::Truncated | Self::Written => {
                false
            }
        }
    }
}

impl Doomed<'_> {
    /// What is known of the thing.
    pub(super) fn look(&self) -> io::Result<Facts> {
        match (self.facts, self.target) {
            (Some(facts), _) => Ok(facts),
            (None, Target::Name { folder, name }) => folder.facts_of(name),
            (None, Target::Open(place)) => place.facts(),
        }
    }

    pub(super) fn open(&self) -> io::Result<File> {
        match self.target {
            Target::Name { folder, name } => folder.read_file(name),
            Target::Open(place) => place.read_this(),
        }
    }

    pub(super) fn attributes(&self) -> io::Result<Vec<(OsString, Vec<u8>)>> {
        match self.target {
            Target::Name { folder, name } => folder.attributes(name),
            Target::Open(place) => place.attributes(OsStr::new("")),
        }
    }
}

/// What a kind of file is called.
pub(super) fn kind_word(kind: FileKind) -> &'static str {
    match kind {
        FileKind::File => "file",
        FileKind::Folder => "folder",
        FileKind::Link => "link",
        FileKind::Pipe => "pipe",
        FileKind::Socket => "socket",
        FileKind::Device => "device",
    }
}

/// An error of the side that is to be kept.
pub(super) fn unreadable(error: io::Error) -> NotKept {
    match error.kind() {
        io::ErrorKind::NotFound => NotKept::Gone,
        _ if is_disk_full(&error) => NotKept::DiskFull,
        _ => NotKept::Unreadable(error),
    }
}

/// An error of the store's side.
pub(super) fn no_room(error: io::Error) -> NotKept {
    if is_disk_full(&error) { NotKept::DiskFull } else { NotKept::Store(error) }
}

//! The judge's read-only view of the file system.

use super::{Peer, Receiver, Untrusted};

/// What is known about a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileFact {
    /// Nothing can be said; `watch check` never asks the disk.
    Unknown,
    /// There is nothing there.
    Missing,
    /// A regular file of so many bytes.
    File {
        /// Its size in bytes.
        bytes: u64,
    },
    /// A folder.
    Folder {
        /// Whether nothing is in it.
        is_empty: bool,
    },
    /// A device, socket, pipe, or a link that leads nowhere.
    Other,
}

/// When a file's content last changed, and how much it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Stamp {
    /// Its size in bytes.
    pub bytes: u64,
    /// When it last changed, in seconds since 1970.
    pub seconds: i64,
    /// The nanoseconds of that second.
    pub nanos: u32,
    /// Whether that was after the session started.
    pub is_recent: bool,
}

/// Whose a process is: one that listens on a socket, or that a signal is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Whose {
    /// Nothing can be said.
    Unknown,
    /// There is no such process: the call fails by itself.
    Nobody,
    /// The session's own.
    Session,
    /// Nothing can be said of the process, but its socket came into being after the session started.
    New,
    /// The supervisor's own.
    Ours,
    /// Somebody's outside the tree.
    Outside,
}

/// What lies in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Its name.
    pub name: Untrusted,
    /// Whether it is a folder, or a link that may lead to one.
    pub leads_on: bool,
}

/// Answers the judge's questions about files, without changing anything.
///
/// The gate loop fills it from the real file system as the caller sees it; `watch check` uses [`Blind`].
pub trait Oracle {
    /// What is at `path`, which is absolute; links are followed.
    fn fact(&self, path: &Untrusted) -> FileFact {
        let _ = path;
        FileFact::Unknown
    }

    /// Where `path` leads once links are followed; `None` where that is not known.
    fn resolve(&self, path: &Untrusted) -> Option<Untrusted> {
        let _ = path;
        None
    }

    /// At most `max_bytes` of a regular file's beginning; `None` where it cannot be read.
    fn read(&self, path: &Untrusted, max_bytes: usize) -> Option<Vec<u8>> {
        let _ = (path, max_bytes);
        None
    }

    /// Whether what is at `path` came into being after the session started; `None` where that is not known.
    ///
    /// What the session made itself it may take away: without an answer, more is held.
    fn is_new(&self, path: &Untrusted) -> Option<bool> {
        let _ = path;
        None
    }

    /// What lies in the folder `path`: nothing where there is no such folder, `None` where that is not known, or is more
    /// than `max` entries.
    fn inside(&self, path: &Untrusted, max: usize) -> Option<Vec<Named>> {
        let _ = (path, max);
        None
    }

    /// When the regular file at `path` last changed; `None` where that is not known.
    fn stamp(&self, path: &Untrusted) -> Option<Stamp> {
        let _ = path;
        None
    }

    /// Whose process listens at the other end of a connection.
    fn listener(&self, peer: &Peer) -> Whose {
        let _ = peer;
        Whose::Unknown
    }

    /// Whose process a signal is for; of several the one that is furthest from the session.
    fn receiver(&self, to: &Receiver) -> Whose {
        let _ = to;
        Whose::Unknown
    }

    /// Whether another file system is mounted at the folder `path`; `None` where that is not known.
    fn is_mount(&self, path: &Untrusted) -> Option<bool> {
        let _ = path;
        None
    }
}

/// Knows nothing: for texts that are judged without touching the disk.
#[derive(Debug, Clone, Copy, Default)]
pub struct Blind;

impl Oracle for Blind {}

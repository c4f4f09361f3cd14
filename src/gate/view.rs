//! Paths as the caller sees them: its root, its folder, its descriptors.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::resolve::{names_self, resolve};
use super::whose;
use crate::model::{FileFact, Named, Oracle, Peer, Receiver, Stamp, Untrusted, Whose};
use crate::sys::{self, Place, PlaceKind, ProcId};

/// The most an oracle reads of one file.
const READ_BYTES_MAX: usize = 8 * 1024 * 1024;

/// The most entries of a folder that are looked at to tell whether the session made it.
const NEW_ENTRIES_MAX: usize = 2_000;

/// When the session of this process began.
static BEGAN: OnceLock<SystemTime> = OnceLock::new();

/// Says when the session begins: what comes into being later is its own. Only the first call counts.
pub fn session_begins(at: SystemTime) {
    BEGAN.get_or_init(|| at);
}

/// When the session began, if it was said.
pub(super) fn began() -> Option<SystemTime> {
    BEGAN.get().copied()
}

/// The file system as one thread sees it. Reads only; what it says may be outdated at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    thread: ProcId,
    process: ProcId,
    is_ours: bool,
    since: Option<SystemTime>,
}

/// What a relative path is relative to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// The folder the thread is in.
    Cwd,
    /// One of its descriptors.
    Fd(i32),
}

impl View {
    /// The view of `thread` of `process`.
    #[must_use]
    pub fn of(process: ProcId, thread: ProcId) -> Self {
        Self { thread, process, is_ours: sys::is_same_view(thread), since: BEGAN.get().copied() }
    }

    /// The same view of a session that began at `since`.
    #[must_use]
    pub fn since(self, since: SystemTime) -> Self {
        Self { since: Some(since), ..self }
    }

    /// Whether it sees the same files under the same paths as we do.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        self.is_ours
    }

    /// The place that `path` leads to.
    ///
    /// # Errors
    /// The kernel's, as the caller would get it.
    pub fn open(&self, base: Base, path: &[u8]) -> io::Result<Place> {
        if path.is_empty() {
            return Self::base_of(self.thread, base);
        }
        let from = if path.starts_with(b"/") { None } else { Some(Self::base_of(self.thread, base)?) };
        let name = Path::new(OsStr::from_bytes(path));
        let found =
            if self.is_ours { Place::open_plain(from.as_ref(), name) } else { self.open_below(from.as_ref(), path) };
        match found {
            // Where it leads among processes it may have gone by our own.
            Ok(place) if !place.is_of_processes() => return Ok(place),
            Err(error) if error.kind() == io::ErrorKind::NotFound && self.is_ours && !names_self(path) => {
                // Without a link on its way, it went by no other name of ours either.
                let unlinked = Place::open_unlinked(from.as_ref(), name);
                if unlinked.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
                    return unlinked;
                }
            }
            Ok(_) | Err(_) => {}
        }
        let root = Place::open(Path::new(&format!("/proc/{}/root", self.thread)))?;
        let from = from.map_or_else(|| root.again(), Ok)?;
        resolve(&root, from, path, (self.process, self.thread))
    }

    /// The place below another root.
    fn open_below(&self, from: Option<&Place>, path: &[u8]) -> io::Result<Place> {
        let root = Place::open(Path::new(&format!("/proc/{}/root", self.thread)))?;
        let name = Path::new(OsStr::from_bytes(path));
        match from {
            None => root.open_inside(name),
            Some(from) => root.open_inside(&Path::new(OsStr::from_bytes(&self.inside(from.path()?))).join(name)),
        }
    }

    /// The place that an empty path leads to.
    ///
    /// # Errors
    /// `ENOENT` where it has no such descriptor.
    pub(super) fn base_of(thread: ProcId, base: Base) -> io::Result<Place> {
        Place::open(&link_of(thread, base))
    }

    /// A path as the kernel shows it to us, made relative to the caller's root.
    #[must_use]
    pub fn inside(&self, path: Vec<u8>) -> Vec<u8> {
        if self.is_ours {
            return path;
        }
        let root = sys::link(self.thread, "root").unwrap_or_default();
        match path.strip_prefix(root.as_slice()) {
            Some(rest) if root != b"/" && rest.is_empty() => b"/".to_vec(),
            Some(rest) if root != b"/" && rest.starts_with(b"/") => rest.to_vec(),
            _ => path,
        }
    }

    /// Whether what is at `path` came into being after the session started.
    fn is_born(&self, path: &Untrusted) -> bool {
        let born = || self.open(Base::Cwd, path.as_bytes()).and_then(|place| place.born());
        self.since.is_some_and(|since| born().is_ok_and(|born| born >= since))
    }
}

fn link_of(thread: ProcId, base: Base) -> PathBuf {
    match base {
        Base::Cwd => PathBuf::from(format!("/proc/{thread}/cwd")),
        Base::Fd(fd) => PathBuf::from(format!("/proc/{thread}/fd/{fd}")),
    }
}

impl Oracle for View {
    fn fact(&self, path: &Untrusted) -> FileFact {
        let place = match self.open(Base::Cwd, path.as_bytes()) {
            Ok(place) => place,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return FileFact::Missing;
            }
            Err(_) => return FileFact::Unknown,
        };
        match place.fact() {
            Ok(fact) => match fact.kind {
                PlaceKind::File => FileFact::File { bytes: fact.bytes },
                PlaceKind::Folder => match place.is_empty_folder() {
                    Ok(is_empty) => FileFact::Folder { is_empty },
                    Err(_) => FileFact::Folder { is_empty: false },
                },
                PlaceKind::Other => FileFact::Other,
            },
            Err(_) => FileFact::Unknown,
        }
    }

    fn resolve(&self, path: &Untrusted) -> Option<Untrusted> {
        let path = self.open(Base::Cwd, path.as_bytes()).ok()?.path().ok()?;
        Some(Untrusted::new(self.inside(path)))
    }

    fn read(&self, path: &Untrusted, max_bytes: usize) -> Option<Vec<u8>> {
        self.open(Base::Cwd, path.as_bytes()).ok()?.head(max_bytes.min(READ_BYTES_MAX)).ok()
    }

    fn is_new(&self, path: &Untrusted) -> Option<bool> {
        let since = self.since?;
        let place = self.open(Base::Cwd, path.as_bytes()).ok()?;
        match place.fact().ok()?.kind {
            PlaceKind::File => Some(place.born().ok()? >= since),
            PlaceKind::Folder => place.is_all_since(since, NEW_ENTRIES_MAX),
            PlaceKind::Other => None,
        }
    }

    fn inside(&self, path: &Untrusted, max: usize) -> Option<Vec<Named>> {
        let place = match self.open(Base::Cwd, path.as_bytes()) {
            Ok(place) => place,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Some(Vec::new());
            }
            Err(_) => return None,
        };
        let names = place.names(max.saturating_add(1)).ok().filter(|names| names.len() <= max)?;
        Some(names.into_iter().map(|(name, leads_on)| Named { name: Untrusted::new(name), leads_on }).collect())
    }

    fn stamp(&self, path: &Untrusted) -> Option<Stamp> {
        let place = self.open(Base::Cwd, path.as_bytes()).ok()?;
        let fact = place.fact().ok()?;
        let (seconds, nanos) = place.changed().ok()?;
        let at = u64::try_from(seconds).ok().map(|seconds| UNIX_EPOCH + Duration::new(seconds, nanos));
        let is_recent = self.since.zip(at).is_some_and(|(since, at)| at >= since);
        (fact.kind == PlaceKind::File).then_some(Stamp { bytes: fact.bytes, seconds, nanos, is_recent })
    }

    fn listener(&self, peer: &Peer) -> Whose {
        match (whose::listener(self.thread, peer), peer) {
            (Whose::Outside | Whose::Unknown, Peer::Socket { path }) if self.is_born(path) => Whose::New,
            (whose, _) => whose,
        }
    }

    fn receiver(&self, to: &Receiver) -> Whose {
        whose::receiver(self.thread, to)
    }

    fn is_mount(&self, path: &Untrusted) -> Option<bool> {
        let bytes = path.as_bytes();
        let own = self.open(Base::Cwd, bytes).ok()?.fact().ok()?;
        let above = bytes.iter().rposition(|byte| *byte == b'/').and_then(|at| bytes.get(..at.max(1)))?;
        let above = self.open(Base::Cwd, above).ok()?.fact().ok()?;
        Some(own.kind == PlaceKind::Folder && own.id.device != above.id.device)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oracle_tells_what_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| Untrusted::from(folder.path().join(name).to_string_lossy().into_owned());
        std::fs::write(folder.path().join("file"), "12345").unwrap();
        std::fs::create_dir_all(folder.path().join("full/empty")).unwrap();
        std::os::unix::fs::symlink("file", folder.path().join("link")).unwrap();
        let us = View::of(sys::self_id(), sys::self_id());
        assert!(us.is_ours());
        for (name, fact) in [
            ("file", FileFact::File { bytes: 5 }),
            ("link", FileFact::File { bytes: 5 }),
            ("full", FileFact::Folder { is_empty: false }),
            ("full/empty", FileFact::Folder { is_empty: true }),
            ("absent", FileFact::Missing),
            ("file/below", FileFact::Missing),
        ] {
            assert_eq!(us.fact(&path(name)), fact, "{name}");
        }
        assert_eq!(us.fact(&Untrusted::from("/dev/null")), FileFact::Other);
        assert_eq!(us.read(&path("link"), 3), Some(b"123".to_vec()));
        assert_eq!(us.read(&path("full"), 3), None);
    }

    #[test]
    fn what_the_session_made_is_new_and_what_was_there_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| Untrusted::from(folder.path().join(name).to_string_lossy().into_owned());
        std::fs::create_dir_all(folder.path().join("made/below")).unwrap();
        std::fs::write(folder.path().join("made/below/file"), "1").unwrap();
        let born = std::fs::metadata(folder.path().join("made")).unwrap().created();
        let Ok(born) = born else { return };
        let us = View::of(sys::self_id(), sys::self_id());
        let before = us.since(born - Duration::from_secs(5));
        let after = us.since(born + Duration::from_secs(500));
        for (name, is_new) in [("made", Some(true)), ("made/below/file", Some(true)), ("absent", None)] {
            assert_eq!(before.is_new(&path(name)), is_new, "{name}");
            assert_eq!(after.is_new(&path(name)), is_new.map(|_| false), "{name}");
        }
        assert_eq!(before.stamp(&path("made/below/file")).map(|stamp| (stamp.bytes, stamp.is_recent)), Some((1, true)));
        assert_eq!(after.stamp(&path("made/below/file")).map(|stamp| stamp.is_recent), Some(false));
        assert_eq!(us.is_mount(&path("made")), Some(false));
        assert_eq!(us.is_mount(&Untrusted::from("/proc")), Some(true));
    }

    #[test]
    fn a_folder_too_large_to_look_through_is_not_called_new() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..=NEW_ENTRIES_MAX {
            std::fs::write(folder.path().join(number.to_string()), "").unwrap();
        }
        let us = View::of(sys::self_id(), sys::self_id()).since(UNIX_EPOCH);
        assert_eq!(us.is_new(&Untrusted::from(folder.path().to_string_lossy().into_owned())), None);
    }
}

//! What a file call would destroy, and the whole act it makes.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;

use super::perform::Does;
use super::view::View;
use crate::model::{
    Action, ActionId, ActionKind, Caller, FileAct, FileDeed, FileObject, Keep, Moment, ObjectKind, Pid, Source,
    Untrusted,
};
use crate::sys::{self, Facts, FileId, FileKind, IfTaken, Place, ProcId};

/// What a file call would destroy, held open.
#[derive(Debug)]
pub struct Sight {
    /// The thread that calls.
    pub thread: ProcId,
    /// Its process.
    pub process: Pid,
    /// That one's parent.
    pub parent: Pid,
    /// The call's name.
    pub call: &'static str,
    /// What it would do.
    pub deed: FileDeed,
    /// What it would do that to.
    pub target: Mark,
    /// What is there now.
    pub facts: Facts,
    /// Whether it came into being after the session started and took no older thing's place.
    pub is_new: Option<bool>,
    /// Whether something is destroyed or opened, or gets another name alone.
    pub change: Change,
    /// Where the target was when the session began, if it was moved since, as the kernel shows it to us.
    pub origin: Option<Vec<u8>>,
    /// The folder that its process takes away with it, as far as that was seen, as the kernel shows it to us.
    pub tree: Option<Vec<u8>>,
    /// For a rename, what takes the target's place, and what that is.
    pub from: Option<(Mark, Facts)>,
    /// For a rename, what it does where the new name is taken.
    pub if_taken: IfTaken,
    /// How many bytes stay.
    pub stays: u64,
    /// Whether it also gets at the content.
    pub reads: bool,
    /// Whether it is held open by a name that is gone: what lies at its path now is something else, or nothing.
    pub is_nameless: bool,
    /// What we do for its caller, where we do it and it neither removes nor renames.
    pub does: Option<Does>,
    /// Its path, absolute, as the caller's root sees it.
    pub path: Vec<u8>,
    /// The same as the kernel shows it to us.
    pub(super) whole: Vec<u8>,
    /// The path as it was asked for; empty for a descriptor.
    pub(super) asked: Vec<u8>,
    pub(super) view: View,
}

/// What a call does to names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Something is destroyed, or opened.
    Hits,
    /// Something gets a name that nothing had.
    Moves,
    /// Two things trade names.
    Trades,
}

/// Where something is.
#[derive(Debug)]
pub enum Mark {
    /// A name in a folder.
    Name(Place, FileId, OsString),
    /// An open file, or one that links led to.
    Open(Place),
}

impl Mark {
    /// Its path, as the kernel shows it to us.
    ///
    /// # Errors
    /// The kernel's.
    pub fn path(&self) -> io::Result<Vec<u8>> {
        match self {
            Self::Name(folder, _, name) => Self::path_in(folder, name),
            Self::Open(place) => place.path(),
        }
    }

    /// The path of a name in a folder.
    pub(super) fn path_in(folder: &Place, name: &OsStr) -> io::Result<Vec<u8>> {
        Ok(Self::path_below(&folder.path()?, name))
    }

    /// The path of a name in the folder of this path.
    pub(super) fn path_below(folder: &[u8], name: &OsStr) -> Vec<u8> {
        let between: &[u8] = if folder.ends_with(b"/") { b"" } else { b"/" };
        [folder, between, name.as_bytes()].concat()
    }
}

impl Sight {
    /// The folder that the target lies in, absolute, as the caller's root sees it.
    #[must_use]
    pub fn folder(&self) -> &[u8] {
        folder_of(&self.path)
    }

    /// Its path, as the kernel shows it to us.
    #[must_use]
    pub fn place(&self) -> &[u8] {
        &self.whole
    }

    /// The folder that the target lies in, as the kernel shows it to us.
    pub(super) fn whole_folder(&self) -> &[u8] {
        folder_of(&self.whole)
    }

    /// How its caller sees the file system.
    #[must_use]
    pub fn view(&self) -> View {
        self.view
    }

    /// The whole act. `command` is what the process runs.
    #[must_use]
    pub fn action(&self, (id, at): (ActionId, Moment), command: Vec<Untrusted>, keep: Keep) -> Action {
        let exe = sys::link(self.thread, "exe").unwrap_or_default();
        let program = Untrusted::new(exe.rsplit(|b| *b == b'/').next().unwrap_or_default());
        let cwd = self.view.inside(sys::link(self.thread, "cwd").unwrap_or_default());
        let from = self
            .from
            .as_ref()
            .and_then(|(from, _)| from.path().ok())
            .map(|path| Untrusted::new(self.view.inside(path)));
        let asked = if self.asked.is_empty() { self.path.clone() } else { self.asked.clone() };
        let act = FileAct {
            deed: self.deed,
            call: self.call.to_owned(),
            path: Untrusted::new(asked),
            target: Untrusted::new(self.path.clone()),
            from,
            tree: self.tree.clone().map(|tree| Untrusted::new(self.view.inside(tree))),
            origin: self.origin.clone().map(|origin| Untrusted::new(self.view.inside(origin))),
            object: self.object(),
            stays: self.stays,
            command,
            cwd: Untrusted::new(cwd),
            count: 1,
            keep,
        };
        let caller = Caller { pid: self.process, tid: Pid(self.thread.0), parent: self.parent, program };
        Action { id, at, caller, source: Source::Kernel, kind: ActionKind::File(Box::new(act)) }
    }

    fn object(&self) -> FileObject {
        let facts = &self.facts;
        FileObject {
            device: facts.id.device,
            inode: facts.id.inode,
            kind: match facts.kind {
                FileKind::File => ObjectKind::File,
                FileKind::Folder => ObjectKind::Folder,
                FileKind::Link => ObjectKind::Link,
                FileKind::Pipe | FileKind::Socket | FileKind::Device => ObjectKind::Other,
            },
            bytes: facts.bytes,
            links: facts.links,
            is_new: self.is_new,
        }
    }
}

fn folder_of(path: &[u8]) -> &[u8] {
    let end = path.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
    path.get(..end.max(1)).unwrap_or_default()
}

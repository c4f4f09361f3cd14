//! Doing what a file call asks for in its caller's place, so that nobody can change its arguments after they were judged.

use std::ffi::OsStr;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use super::filecall::{FileCall, Opening, low};
use super::sight::{Mark, Sight};
use crate::model::FileDeed;
use crate::sys::{self, ClosesOnExec, Errno, FileId, FileKind, Notification, Place, ProcId, Wanted};

/// What became of a call that was to be performed.
#[derive(Debug)]
pub enum Performed {
    /// It is done.
    Done,
    /// A file was opened: its caller gets it.
    Opened(OwnedFd, ClosesOnExec),
    /// It is a pipe that nobody reads yet.
    Waits(Pipe),
    /// It failed as it would have failed for its caller.
    Failed(Errno),
    /// It cannot be performed for somebody else; the kernel has to go on with it.
    NotOurs,
    /// Its caller is another user on files than we are: what we did would be done as us.
    OtherRights,
}

/// A pipe that is to be opened once somebody reads it.
#[derive(Debug)]
pub struct Pipe {
    place: Place,
    wanted: Wanted,
}

/// What a call does that neither removes nor renames, where we do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Does {
    /// It opens and empties a file.
    Opens(Wanted),
    /// It cuts what a path leads to.
    Cuts(u64),
    /// It cuts an open file.
    CutsOpen {
        /// Its number.
        fd: i32,
        /// To which length.
        length: u64,
    },
    /// It frees, zeroes or shifts a part of an open file.
    Punches {
        /// Its number.
        fd: i32,
        /// The mode, where it begins and how long it is.
        part: (u32, u64, u64),
    },
}

impl Does {
    /// What we do for the caller of such a call.
    pub(super) fn of(call: &Notification, asked: FileCall) -> Option<Self> {
        let [_, second, third, fourth, ..] = call.args;
        match asked {
            FileCall::Open { opening: Opening::Truncates, .. } => {
                let wanted = match call.call? {
                    sys::Call::Creat => Wanted::created(low(second)),
                    sys::Call::Openat => Wanted::new(low(third), low(fourth)),
                    _ => Wanted::new(low(second), low(third)),
                };
                (!wanted.only_names()).then_some(Self::Opens(wanted))
            }
            FileCall::Cut { length, .. } => Some(Self::Cuts(length)),
            FileCall::CutOpen { fd, length } => Some(Self::CutsOpen { fd, length }),
            FileCall::Punch { fd } => Some(Self::Punches { fd, part: (low(second), third, fourth) }),
            FileCall::Open { .. }
            | FileCall::Remove(_)
            | FileCall::RemoveFolder(_)
            | FileCall::Rename { .. }
            | FileCall::CopyInto { .. }
            | FileCall::Link { .. } => None,
        }
    }
}

/// A call that destroys nothing as it was found, and that we make lest it be changed into one that does.
#[derive(Debug)]
pub struct Doing {
    pub(super) thread: ProcId,
    pub(super) at: Mark,
    /// What is there; `None`: nothing.
    pub(super) id: Option<FileId>,
    pub(super) does: Does,
}

/// Removes, renames, opens or cuts in the caller's place, by the folders that were resolved when it was judged.
///
/// Blocks as long as the file system takes.
#[must_use]
pub fn perform(sight: &Sight) -> Performed {
    if let Some(does) = sight.does {
        return does.run(sight.thread, &sight.target, Some(sight.facts.id));
    }
    let Mark::Name(folder, _, name) = &sight.target else { return Performed::NotOurs };
    if !matches!(sight.deed, FileDeed::Remove | FileDeed::RemoveFolder | FileDeed::Replace) {
        return Performed::NotOurs;
    }
    let act = || {
        Some(match (sight.deed, &sight.from) {
            (FileDeed::Remove, _) => folder.remove(name),
            (FileDeed::RemoveFolder, _) => folder.remove_folder(name),
            (FileDeed::Replace, Some((Mark::Name(from, _, old), _))) => from.rename(old, folder, name, sight.if_taken),
            (FileDeed::Replace | FileDeed::Truncate | FileDeed::Write | FileDeed::Punch | FileDeed::Read, _) => {
                return None;
            }
        })
    };
    match sys::acting_as(sight.thread, act) {
        None => Performed::OtherRights,
        Some(None) => Performed::NotOurs,
        Some(Some(done)) => done.map_or_else(failed, |()| Performed::Done),
    }
}

#[allow(clippy::needless_pass_by_value, reason = "it is the last thing that is done with the error")]
fn failed(error: io::Error) -> Performed {
    Performed::Failed(Errno::of(&error).unwrap_or(Errno::ACCES))
}

impl Doing {
    /// Does it.
    #[must_use]
    pub fn perform(&self) -> Performed {
        self.does.run(self.thread, &self.at, self.id)
    }
}

impl Pipe {
    /// Opens it, if somebody reads it by now.
    ///
    /// # Errors
    /// `ENXIO` while nobody does.
    pub fn open(&self) -> io::Result<(OwnedFd, ClosesOnExec)> {
        Ok((self.place.open_emptied(self.wanted)?, self.wanted.closes_on_exec()))
    }
}

impl Does {
    fn run(self, thread: ProcId, at: &Mark, id: Option<FileId>) -> Performed {
        let on_open = |act: &dyn Fn(ProcId, FileId) -> io::Result<()>| {
            let Some(id) = id else { return Performed::Failed(Errno::BADF) };
            let process = sys::kin_of(thread).map(|(process, _)| process);
            process.and_then(|process| act(process, id)).map_or_else(failed, |()| Performed::Done)
        };
        match self {
            // What the caller holds open it may use as it was opened.
            Self::CutsOpen { fd, length } => on_open(&|process, id| sys::cut_of(process, fd, id, length)),
            Self::Punches { fd, part } => on_open(&|process, id| sys::punch_of(process, fd, id, part)),
            Self::Opens(wanted) => sys::acting_as(thread, || opened(thread, at, id, wanted).unwrap_or_else(failed))
                .unwrap_or(Performed::OtherRights),
            Self::Cuts(length) => sys::acting_as(thread, || match found(at, id) {
                Ok(Some(place)) => place.cut(length).map_or_else(failed, |()| Performed::Done),
                Ok(None) => Performed::Failed(Errno::NOENT),
                Err(error) => failed(error),
            })
            .unwrap_or(Performed::OtherRights),
        }
    }
}

/// What was looked at, held once more; `None` where there was nothing.
fn found(at: &Mark, id: Option<FileId>) -> io::Result<Option<Place>> {
    let Some(id) = id else { return Ok(None) };
    let place = match at {
        Mark::Open(place) => return place.again().map(Some),
        Mark::Name(folder, _, name) => folder.place_of(name)?,
    };
    if place.fact()?.id == id { Ok(Some(place)) } else { Err(stale()) }
}

/// Something else is there by now.
fn stale() -> io::Error {
    io::Error::from_raw_os_error(Errno::STALE.number())
}

fn opened(thread: ProcId, at: &Mark, id: Option<FileId>, wanted: Wanted) -> io::Result<Performed> {
    let place = match (found(at, id)?, at) {
        (Some(place), _) => place,
        (None, Mark::Name(folder, _, name)) => return made(thread, folder, name, wanted),
        (None, Mark::Open(_)) => return Err(stale()),
    };
    let place = if place.is_own_terminal() { terminal(thread)? } else { place };
    match place.open_emptied(wanted) {
        Err(error) if wanted.waits() && Errno::of(&error) == Some(Errno::NXIO) && is_pipe(&place) => {
            Ok(Performed::Waits(Pipe { place, wanted }))
        }
        opened => Ok(Performed::Opened(opened?, wanted.closes_on_exec())),
    }
}

/// Makes the file. Where another made it in between, and wrote nothing, it is that one.
fn made(thread: ProcId, folder: &Place, name: &OsStr, wanted: Wanted) -> io::Result<Performed> {
    let fd = match folder.make_wanted(name, wanted, sys::umask_of(thread)?) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let place = folder.place_of(name)?;
            let facts = place.facts()?;
            if facts.kind != FileKind::File || facts.bytes > 0 {
                return Err(stale());
            }
            place.open_emptied(wanted)?
        }
        made => made?,
    };
    Ok(Performed::Opened(fd, wanted.closes_on_exec()))
}

/// The caller's own terminal, which is not ours.
fn terminal(thread: ProcId) -> io::Result<Place> {
    let none = || io::Error::from_raw_os_error(Errno::NXIO.number());
    let path = sys::terminal_of(thread).ok_or_else(none)?;
    let inside = path.strip_prefix("/").unwrap_or(&path);
    let place = Place::open(&Path::new(&format!("/proc/{thread}/root")).join(inside))?;
    // Where it leads to ourselves, there is no terminal of its own.
    if place.is_own_terminal() { Err(none()) } else { Ok(place) }
}

fn is_pipe(place: &Place) -> bool {
    place.facts().is_ok_and(|facts| facts.kind == FileKind::Pipe)
}

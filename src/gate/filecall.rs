//! What a file call asks for, as its registers give it.

use super::view::Base;
use crate::sys::{Call, IfTaken, Notification};

/// `AT_FDCWD`.
const CWD_FD: i32 = -100;
/// `AT_REMOVEDIR`.
const REMOVE_FOLDER: u32 = 0x200;
/// `O_ACCMODE`, and `O_RDWR` in it; `O_CREAT`, `O_EXCL`, `O_TRUNC`, `O_APPEND`: the same on both machines.
const ACCESS: u32 = 0o3;
const READS_AND_WRITES: u32 = 0o2;
const CREATES: u32 = 0o100;
const IS_NEW: u32 = 0o200;
const TRUNCATES: u32 = 0o1000;
const APPENDS: u32 = 0o2000;
/// `RENAME_NOREPLACE` and `RENAME_EXCHANGE`.
const KEEPS_TARGET: u32 = 1;
const EXCHANGES: u32 = 2;
/// A path in the caller's memory, and what it is relative to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) base: Base,
    pub(super) address: u64,
}

/// A file call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileCall {
    /// A name is taken from a file that is no folder.
    Remove(Spot),
    /// An empty folder is removed.
    RemoveFolder(Spot),
    /// Something gets another name.
    Rename { from: Spot, to: Spot, if_taken: IfTaken },
    /// What a path leads to is cut or lengthened.
    Cut { at: Spot, length: u64 },
    /// An open file is cut or lengthened.
    CutOpen { fd: i32, length: u64 },
    /// Opened.
    Open { at: Spot, opening: Opening },
    /// A part of an open file is freed, zeroed or shifted.
    Punch { fd: i32 },
    /// Content is copied into an open file, inside the kernel.
    CopyInto { fd: i32 },
    /// A second name, or a link, is made; for a second name also what it is for.
    Link { of: Option<Spot>, name: Spot },
}

/// What an open does to what is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opening {
    /// It empties it.
    Truncates,
    /// It may write anywhere in it.
    Writes,
    /// It may read it and write anywhere in it.
    Changes,
    /// It only reads it.
    Reads,
    /// It may only add to it.
    Appends,
    /// It makes a new file and fails where there is one.
    Makes,
}

impl FileCall {
    /// Whether it removes or renames.
    pub(super) fn is_of_names(self) -> bool {
        matches!(self, Self::Remove(_) | Self::RemoveFolder(_) | Self::Rename { .. })
    }

    /// The file call in `call`, if it is one.
    pub(super) fn of(call: &Notification) -> Option<Self> {
        let [first, second, third, fourth, fifth, _] = call.args;
        let here = |address| Spot { base: Base::Cwd, address };
        let at = |fd, address| Spot { base: base(fd), address };
        let rename = |from, to, flags: u32| {
            let if_taken = match flags {
                flags if flags & EXCHANGES != 0 => IfTaken::Exchange,
                flags if flags & KEEPS_TARGET != 0 => IfTaken::Fail,
                _ => IfTaken::Replace,
            };
            Self::Rename { from, to, if_taken }
        };
        Some(match call.call? {
            Call::Unlink => Self::Remove(here(first)),
            Call::Unlinkat if low(third) & REMOVE_FOLDER == 0 => Self::Remove(at(first, second)),
            Call::Unlinkat => Self::RemoveFolder(at(first, second)),
            Call::Rmdir => Self::RemoveFolder(here(first)),
            Call::Rename => rename(here(first), here(second), 0),
            Call::Renameat => rename(at(first, second), at(third, fourth), 0),
            Call::Renameat2 => rename(at(first, second), at(third, fourth), low(fifth)),
            Call::Truncate => Self::Cut { at: here(first), length: second },
            Call::Ftruncate => Self::CutOpen { fd: fd(first), length: second },
            Call::Open => Self::Open { at: here(first), opening: opening(low(second)) },
            Call::Openat => Self::Open { at: at(first, second), opening: opening(low(third)) },
            Call::Creat => Self::Open { at: here(first), opening: Opening::Truncates },
            Call::Fallocate => Self::Punch { fd: fd(first) },
            Call::CopyFileRange | Call::Splice => Self::CopyInto { fd: fd(third) },
            Call::Sendfile => Self::CopyInto { fd: fd(first) },
            // No other is held than those that share a file's blocks with another.
            Call::Ioctl => Self::CopyInto { fd: fd(first) },
            Call::Link => Self::Link { of: Some(here(first)), name: here(second) },
            Call::Linkat => Self::Link { of: Some(at(first, second)), name: at(third, fourth) },
            Call::Symlink => Self::Link { of: None, name: here(second) },
            Call::Symlinkat => Self::Link { of: None, name: at(second, third) },
            _ => return None,
        })
    }
}

fn opening(flags: u32) -> Opening {
    match flags {
        flags if flags & (CREATES | IS_NEW) == CREATES | IS_NEW => Opening::Makes,
        flags if flags & TRUNCATES != 0 => Opening::Truncates,
        flags if flags & ACCESS == 0 => Opening::Reads,
        flags if flags & APPENDS != 0 => Opening::Appends,
        flags if flags & ACCESS == READS_AND_WRITES => Opening::Changes,
        _ => Opening::Writes,
    }
}

/// The kernel takes the lower half of such a register.
#[allow(clippy::cast_possible_truncation, reason = "flags and descriptors are 32 bits wide")]
pub(super) fn low(register: u64) -> u32 {
    register as u32
}

fn fd(register: u64) -> i32 {
    low(register).cast_signed()
}

fn base(register: u64) -> Base {
    match fd(register) {
        CWD_FD => Base::Cwd,
        fd => Base::Fd(fd),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::ProcId;

    #[track_caller]
    fn check(call: Call, args: &[u64], expected: Option<FileCall>) {
        let mut all = [0; 6];
        all[..args.len()].copy_from_slice(args);
        let found = FileCall::of(&Notification { id: 1, thread: ProcId(1), call: Some(call), args: all });
        assert_eq!(found, expected, "{}{args:x?}", call.name());
    }

    #[test]
    fn each_call_is_read_from_its_own_registers() {
        let cwd = u64::from(CWD_FD.cast_unsigned());
        let high = 0xdead_beef_0000_0000;
        let here = |address| Spot { base: Base::Cwd, address };
        let at = |fd, address| Spot { base: Base::Fd(fd), address };
        let rename = |from, to, if_taken| Some(FileCall::Rename { from, to, if_taken });
        let open = |at, opening| Some(FileCall::Open { at, opening });
        for (call, args, expected) in [
            (Call::Unlink, &[7][..], Some(FileCall::Remove(here(7)))),
            (Call::Unlinkat, &[cwd, 7, 0], Some(FileCall::Remove(here(7)))),
            (Call::Unlinkat, &[high | 3, 7, high], Some(FileCall::Remove(at(3, 7)))),
            (Call::Unlinkat, &[3, 7, 0x200], Some(FileCall::RemoveFolder(at(3, 7)))),
            (Call::Rmdir, &[7], Some(FileCall::RemoveFolder(here(7)))),
            (Call::Rename, &[7, 8, 1], rename(here(7), here(8), IfTaken::Replace)),
            (Call::Renameat, &[3, 7, 4, 8, 1], rename(at(3, 7), at(4, 8), IfTaken::Replace)),
            (Call::Renameat2, &[cwd, 7, 4, 8, 0], rename(here(7), at(4, 8), IfTaken::Replace)),
            (Call::Renameat2, &[3, 7, 4, 8, 1], rename(at(3, 7), at(4, 8), IfTaken::Fail)),
            (Call::Renameat2, &[3, 7, 4, 8, 2], rename(at(3, 7), at(4, 8), IfTaken::Exchange)),
            (Call::Truncate, &[7, 5], Some(FileCall::Cut { at: here(7), length: 5 })),
            (Call::Ftruncate, &[3, 5], Some(FileCall::CutOpen { fd: 3, length: 5 })),
            (Call::Open, &[7, 0o1001, 0o644], open(here(7), Opening::Truncates)),
            (Call::Open, &[7, 0o1], open(here(7), Opening::Writes)),
            (Call::Open, &[7, 0o2], open(here(7), Opening::Changes)),
            (Call::Open, &[7, 0o200_0000], open(here(7), Opening::Reads)),
            (Call::Openat, &[3, 7, 0o100], open(at(3, 7), Opening::Reads)),
            (Call::Openat, &[3, 7, 0o1000], open(at(3, 7), Opening::Truncates)),
            (Call::Openat, &[cwd, 7, 0o1101], open(here(7), Opening::Truncates)),
            (Call::Openat, &[3, 7, 0o302], open(at(3, 7), Opening::Makes)),
            (Call::Openat, &[3, 7, 0o2101], open(at(3, 7), Opening::Appends)),
            (Call::Creat, &[7, 0o644], open(here(7), Opening::Truncates)),
            (Call::Fallocate, &[3, 3, 0, 9], Some(FileCall::Punch { fd: 3 })),
            (Call::CopyFileRange, &[3, 0, 4, 0, 9], Some(FileCall::CopyInto { fd: 4 })),
            (Call::Sendfile, &[4, 3, 0, 9], Some(FileCall::CopyInto { fd: 4 })),
            (Call::Splice, &[3, 0, 4, 0, 9], Some(FileCall::CopyInto { fd: 4 })),
            (Call::Ioctl, &[4, 0x4004_9409, 3], Some(FileCall::CopyInto { fd: 4 })),
            (Call::Linkat, &[3, 7, 4, 8], Some(FileCall::Link { of: Some(at(3, 7)), name: at(4, 8) })),
            (Call::Symlinkat, &[6, 4, 8], Some(FileCall::Link { of: None, name: at(4, 8) })),
            (Call::Execve, &[7], None),
        ] {
            check(call, args, expected);
        }
    }
}

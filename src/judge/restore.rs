//! Whether a file of the project could be brought back: what the repository's index says of it.

use super::ground::{Ground, Land};
use crate::model::{FileFact, Stamp, Untrusted};

/// How much of a repository's index is read, in bytes; a larger one says nothing.
const INDEX_BYTES_MAX: usize = 8 * 1024 * 1024;

/// How many entries of an index are looked at.
const ENTRIES_MAX: u32 = 200_000;

/// How far up a repository is looked for, in folders.
const FOLDERS_UP_MAX: usize = 16;

/// How a program or an object file of this system begins.
const ELF: &[u8] = b"\x7fELF";

/// What the index says of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tracked {
    /// It is listed, as it was at that time and of that size.
    At {
        /// When it last changed: seconds since 1970, cut to 32 bits as the index keeps them.
        seconds: u32,
        /// The nanoseconds of that second, zero where the writer did not keep them.
        nanos: u32,
        /// Its size in bytes, cut to 32 bits.
        bytes: u32,
    },
    /// It is in conflict.
    InConflict,
    /// It is not listed.
    Not,
    /// The index could not be read whole.
    Unread,
}

/// The ground of a file that exists and has content.
pub(super) fn of_file(land: &Land, path: &str, is_data: bool) -> Ground {
    let place = Untrusted::from(path);
    let found = repository(land, path);
    if let Some((root, folder)) = &found {
        match (tracked(land, root, folder, path), land.oracle.stamp(&place)) {
            // What is in a commit comes back; of changes since then, only the session's own are its to lose.
            (at @ Tracked::At { .. }, Some(stamp)) if is_clean(at, stamp) || stamp.is_recent => return Ground::File,
            (Tracked::At { .. } | Tracked::InConflict, Some(_)) => return Ground::Kept,
            (Tracked::At { .. } | Tracked::InConflict, None) => return Ground::File,
            (Tracked::Not | Tracked::Unread, _) => {}
        }
    }
    match land.oracle.is_new(&place) {
        Some(true) => Ground::Scratch,
        Some(false) if found.is_some() && !is_data && is_linked(land, &place) => Ground::Build,
        None if found.is_some() && !is_data => Ground::File,
        Some(false) | None => Ground::Kept,
    }
}

/// Whether a linker or a compiler wrote the file: beside sources that a repository holds, it can be made again.
fn is_linked(land: &Land, place: &Untrusted) -> bool {
    land.oracle.read(place, ELF.len()).is_some_and(|bytes| bytes == ELF)
}

/// The working copy that `path` lies in; a repository's own folder counts as a part of it.
pub(super) fn working_folder(land: &Land, path: &str) -> Option<String> {
    match path.split_once("/.git/") {
        Some((folder, _)) => Some(folder.to_owned()),
        None => repository(land, path).map(|(folder, _)| folder),
    }
}

/// Whether nothing that is there could bring back what was at `path`: it is in no repository.
pub(super) fn is_beyond_git(land: &Land, path: &str) -> bool {
    let is_known = land.oracle.fact(&Untrusted::from(land.project)) != FileFact::Unknown;
    is_known && repository(land, path).is_none()
}

/// The working folder and the repository's own folder for a path.
fn repository(land: &Land, path: &str) -> Option<(String, String)> {
    let mut folder = path;
    for _ in 0..FOLDERS_UP_MAX {
        folder = folder.rsplit_once('/')?.0;
        let git = format!("{folder}/.git");
        match land.oracle.fact(&Untrusted::from(git.as_str())) {
            FileFact::Folder { .. } => return Some((folder.to_owned(), git)),
            FileFact::File { .. } => {
                let text = land.oracle.read(&Untrusted::from(git.as_str()), 4096)?;
                let text = String::from_utf8_lossy(&text).into_owned();
                let to = text.strip_prefix("gitdir:")?.trim().to_owned();
                let to = crate::shell::joined_path(Some(folder), &to)?;
                return Some((folder.to_owned(), to));
            }
            FileFact::Unknown | FileFact::Missing | FileFact::Other => {}
        }
    }
    None
}

fn tracked(land: &Land, root: &str, folder: &str, path: &str) -> Tracked {
    let index = Untrusted::from(format!("{folder}/index"));
    match land.oracle.fact(&index) {
        FileFact::File { bytes } if usize::try_from(bytes).is_ok_and(|bytes| bytes <= INDEX_BYTES_MAX) => {}
        FileFact::Missing => return Tracked::Not,
        _ => return Tracked::Unread,
    }
    let Some(inside) = super::ground::below(path, root) else { return Tracked::Unread };
    let Some(bytes) = land.oracle.read(&index, INDEX_BYTES_MAX) else { return Tracked::Unread };
    in_index(&bytes, inside.as_bytes())
}

/// Whether the file is still what the index saw.
fn is_clean(tracked: Tracked, stamp: Stamp) -> bool {
    let Tracked::At { seconds, nanos, bytes } = tracked else { return false };
    // The index keeps the low 32 bits of each number.
    let low = |number: u64| u32::try_from(number & u64::from(u32::MAX)).unwrap_or(0);
    low(stamp.bytes) == bytes && low(stamp.seconds.unsigned_abs()) == seconds && (nanos == 0 || nanos == stamp.nanos)
}

/// What an index of version 2, 3 or 4 says of `wanted`, a path below the working folder.
pub(super) fn in_index(index: &[u8], wanted: &[u8]) -> Tracked {
    search(index, wanted).unwrap_or(Tracked::Unread)
}

/// `None` where the bytes end too early or are no index.
fn search(index: &[u8], wanted: &[u8]) -> Option<Tracked> {
    let version = number(index, 4)?;
    if !index.starts_with(b"DIRC") || !(2..=4).contains(&version) {
        return None;
    }
    let count = number(index, 8)?;
    if count > ENTRIES_MAX {
        return None;
    }
    let mut at = 12;
    let mut name: Vec<u8> = Vec::new();
    for _ in 0..count {
        let flags = short(index, at + 60)?;
        let mut text = at + 62;
        if version >= 3 && flags & 0x4000 != 0 {
            text += 2;
        }
        let next = if version == 4 {
            let (cut, from) = varint(index, text)?;
            let end = from + index.get(from..)?.iter().position(|byte| *byte == 0)?;
            name.truncate(name.len().checked_sub(cut)?);
            name.extend_from_slice(index.get(from..end)?);
            end + 1
        } else {
            let end = text + index.get(text..)?.iter().position(|byte| *byte == 0)?;
            name.clear();
            name.extend_from_slice(index.get(text..end)?);
            // Entries end with one to eight zero bytes, so that the next begins at a multiple of eight.
            at + (end - at + 8) / 8 * 8
        };
        if name == wanted {
            if (flags >> 12) & 3 != 0 {
                return Some(Tracked::InConflict);
            }
            let (seconds, nanos, bytes) = (number(index, at + 8)?, number(index, at + 12)?, number(index, at + 36)?);
            return Some(Tracked::At { seconds, nanos, bytes });
        }
        at = next;
    }
    Some(Tracked::Not)
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes)
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 2)?.try_into().ok().map(u16::from_be_bytes)
}

/// A number in groups of seven bits, as the index of version 4 keeps how much of the last name goes.
fn varint(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let mut value: usize = 0;
    for (place, byte) in bytes.get(at..)?.iter().take(5).enumerate() {
        value = (value << 7) | usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((value, at + place + 1));
        }
        value += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, seconds: u32, bytes: u32, flags: u16) -> Vec<u8> {
        let mut out = vec![0; 62];
        out[8..12].copy_from_slice(&seconds.to_be_bytes());
        out[36..40].copy_from_slice(&bytes.to_be_bytes());
        out[60..62].copy_from_slice(&flags.to_be_bytes());
        out.extend_from_slice(name.as_bytes());
        out.resize((out.len() + 8) / 8 * 8, 0);
        out
    }

    fn index(entries: &[Vec<u8>]) -> Vec<u8> {
        let mut out = b"DIRC".to_vec();
        out.extend_from_slice(&2_u32.to_be_bytes());
        out.extend_from_slice(&u32::try_from(entries.len()).unwrap().to_be_bytes());
        out.extend(entries.concat());
        out
    }

    #[test]
    fn the_index_says_which_file_it_saw() {
        let whole = index(&[entry("a", 1, 2, 1), entry("src/long-name.rs", 7, 9, 16), entry("z", 3, 4, 0x1001)]);
        for (name, wanted) in [
            ("a", Tracked::At { seconds: 1, nanos: 0, bytes: 2 }),
            ("src/long-name.rs", Tracked::At { seconds: 7, nanos: 0, bytes: 9 }),
            ("z", Tracked::InConflict),
            ("src", Tracked::Not),
            ("long-name.rs", Tracked::Not),
        ] {
            assert_eq!(in_index(&whole, name.as_bytes()), wanted, "{name}");
        }
    }

    #[test]
    fn an_index_that_is_cut_or_is_none_says_nothing() {
        let whole = index(&[entry("a", 1, 2, 1), entry("b", 1, 2, 1)]);
        for end in 0..whole.len() - 8 {
            assert_ne!(in_index(&whole[..end], b"b"), Tracked::Not, "{end}");
        }
        assert_eq!(in_index(b"", b"a"), Tracked::Unread);
        assert_eq!(in_index(&[0xff; 400], b"a"), Tracked::Unread);
    }
}

//! Copies of content: compressed, named by what they hold, holes left out.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::FileExt;

use sha2::{Digest, Sha256};

use crate::sys::{Place, data_parts, facts};

/// How hard copies are compressed: the fastest that gains much on text.
const LEVEL: i32 = 1;
/// How much is read at once, in bytes.
const CHUNK_BYTES: usize = 128 << 10;
/// A file with holes is remembered by at most so many parts; one that has more is copied with its holes read as zeros.
const PARTS_MAX: usize = 4096;

/// A finished copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// The hash of the data in hexadecimal.
    pub digest: String,
    /// Where the data stands in the file; `None` where there are no holes.
    pub parts: Option<Vec<(u64, u64)>>,
    /// Whether the file changed while it was copied.
    pub is_torn: bool,
    /// The length of the file as it was copied.
    pub bytes: u64,
}

/// Copies a file's content.
///
/// # Errors
/// What the system says, of either side.
pub fn copy_in(from: &File, to: &File) -> io::Result<Copied> {
    let before = facts(from)?;
    let has_holes = before.disk_bytes < before.bytes;
    let parts = if has_holes { data_parts(from, PARTS_MAX)? } else { None };
    let mut encoder = zstd::stream::write::Encoder::new(to, LEVEL)?;
    let mut hash = Sha256::new();
    let mut chunk = vec![0; CHUNK_BYTES.min(usize::try_from(before.bytes).unwrap_or(CHUNK_BYTES).max(1))];
    let mut bytes = 0;
    for (offset, length) in parts.as_deref().unwrap_or(&[(0, u64::MAX)]) {
        let (mut at, end) = (*offset, offset.saturating_add(*length));
        while at < end {
            let wanted = chunk.len().min(usize::try_from(end - at).unwrap_or(usize::MAX));
            let room = chunk.get_mut(..wanted).unwrap_or_default();
            let count = read_at(from, room, at)?;
            let read = chunk.get(..count).unwrap_or_default();
            if read.is_empty() {
                break;
            }
            hash.update(read);
            encoder.write_all(read)?;
            at += read.len() as u64;
            bytes = bytes.max(at);
        }
    }
    encoder.finish()?;
    let after = facts(from)?;
    let is_torn = (before.bytes, before.written) != (after.bytes, after.written);
    let bytes = if parts.is_some() { before.bytes } else { bytes };
    Ok(Copied { digest: hex(&hash.finalize()), parts, is_torn, bytes })
}

/// Writes a copy's content into an empty file.
///
/// # Errors
/// `InvalidData` where the copy is not what it was; what the system says, of either side.
pub fn copy_out(copy: &File, digest: &str, parts: Option<&[(u64, u64)]>, bytes: u64, to: &File) -> io::Result<()> {
    let mut decoder = zstd::stream::read::Decoder::new(copy)?;
    let mut hash = Sha256::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    let whole = [(0, bytes)];
    for (offset, length) in parts.unwrap_or(&whole) {
        let (mut at, end) = (*offset, offset.saturating_add(*length));
        while at < end {
            let wanted = chunk.len().min(usize::try_from(end - at).unwrap_or(usize::MAX));
            let count = decoder.read(chunk.get_mut(..wanted).unwrap_or_default())?;
            let read = chunk.get(..count).unwrap_or_default();
            if read.is_empty() {
                break;
            }
            hash.update(read);
            to.write_all_at(read, at)?;
            at += read.len() as u64;
        }
    }
    to.set_len(bytes)?;
    if hex(&hash.finalize()) != digest {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the copy is damaged"));
    }
    Ok(())
}

/// Puts a text into a folder as a copy whose name is its hash and `ending`: the hash, and what the copy takes on the disk.
///
/// # Errors
/// What the system says of the folder.
pub fn copy_text(text: &[u8], into: &Place, ending: &str) -> io::Result<(String, u64)> {
    let digest = hex(&Sha256::digest(text));
    let name = OsString::from(format!("{digest}{ending}"));
    match into.create_file(&name) {
        Ok(mut file) => file.write_all(&zstd::stream::encode_all(text, LEVEL)?)?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    Ok((digest, into.facts_of(&name)?.disk_bytes))
}

/// A copied text of at most so many bytes.
///
/// # Errors
/// `InvalidData` where it is longer, or not what it was.
pub fn text_of(copy: &File, digest: &str, bytes_max: u64) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    zstd::stream::read::Decoder::new(copy)?.take(bytes_max).read_to_end(&mut text)?;
    if hex(&Sha256::digest(&text)) != digest {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the copy is damaged"));
    }
    Ok(text)
}

/// Copies a file's content into an empty file as it is, holes left out.
///
/// # Errors
/// What the system says, of either side.
pub fn copy_plain(from: &File, to: &File) -> io::Result<()> {
    let bytes = facts(from)?.bytes;
    let parts = data_parts(from, PARTS_MAX)?.unwrap_or_else(|| vec![(0, bytes)]);
    let mut chunk = vec![0; CHUNK_BYTES];
    for (offset, length) in parts {
        let (mut at, end) = (offset, offset + length);
        while at < end {
            let wanted = chunk.len().min(usize::try_from(end - at).unwrap_or(usize::MAX));
            let count = read_at(from, chunk.get_mut(..wanted).unwrap_or_default(), at)?;
            if count == 0 {
                break;
            }
            to.write_all_at(chunk.get(..count).unwrap_or_default(), at)?;
            at += count as u64;
        }
    }
    to.set_len(bytes)
}

fn read_at(from: &File, room: &mut [u8], at: u64) -> io::Result<usize> {
    loop {
        match from.read_at(room, at) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Seek, SeekFrom};

    fn check(make: impl Fn(&File)) -> (u64, Copied) {
        let (from, mut copy, to) = (file(), file(), file());
        make(&from);
        let copied = copy_in(&from, &copy).unwrap();
        copy.seek(SeekFrom::Start(0)).unwrap();
        copy_out(&copy, &copied.digest, copied.parts.as_deref(), copied.bytes, &to).unwrap();
        assert_eq!(all(&from), all(&to));
        assert!(facts(&to).unwrap().disk_bytes <= facts(&from).unwrap().disk_bytes.max(4096));
        (copy.metadata().unwrap().len(), copied)
    }

    fn file() -> File {
        tempfile::tempfile().unwrap()
    }

    fn all(file: &File) -> Vec<u8> {
        let mut bytes = vec![0; usize::try_from(file.metadata().unwrap().len()).unwrap()];
        file.read_exact_at(&mut bytes, 0).unwrap();
        bytes
    }

    #[test]
    fn what_is_copied_comes_back_with_its_holes() {
        assert_eq!(check(|_| {}).1.bytes, 0);
        check(|file| file.write_all_at(b"short", 0).unwrap());
        let text = b"fn main() {}\n".repeat(100_000);
        let (stored, _) = check(|file| file.write_all_at(&text, 0).unwrap());
        assert!(stored < text.len() as u64 / 20);
        let (_, sparse) = check(|file| {
            file.set_len(64 << 20).unwrap();
            file.write_all_at(b"first", 1 << 20).unwrap();
            file.write_all_at(b"last", (64 << 20) - 4).unwrap();
        });
        assert_eq!(sparse.parts.unwrap().len(), 2);
        check(|file| file.set_len(1 << 20).unwrap());
    }

    #[test]
    fn a_damaged_copy_is_not_taken_for_the_content() {
        let (from, mut copy) = (file(), file());
        from.write_all_at(b"content", 0).unwrap();
        let copied = copy_in(&from, &copy).unwrap();
        copy.seek(SeekFrom::Start(0)).unwrap();
        let wrong = "0".repeat(64);
        let error = copy_out(&copy, &wrong, None, copied.bytes, &file()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }
}

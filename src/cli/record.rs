//! A record on the disk: a session's folder, packed or not, or a recording by itself.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use sha2::{Digest, Sha256};

use super::sessions::{self, CAST_FILE, JOURNAL_FILE, Liveness};
use crate::app::{Recorded, Tail};

/// What a packed file's name ends with.
const PACKED: &str = ".zst";
/// What a packed file is called while it is written.
const PART: &str = ".zst.part";
/// How hard is packed: a gigabyte takes some ten seconds, and is read back at once.
const LEVEL: i32 = 9;
/// A file up to so many bytes is packed as hard as can be: little repeats in it, and it takes a second.
const SMALL_BYTES_MAX: u64 = 1 << 20;
/// How hard that is.
const LEVEL_SMALL: i32 = 19;
/// The operator alone.
const FILE_MODE: u32 = 0o600;
/// Files are read in pieces of so many bytes.
const PIECE_BYTES: usize = 1 << 20;

/// What is read of a record.
pub type Input = Box<dyn BufRead>;

/// What is to be played, told or exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// A session's folder.
    Session(PathBuf),
    /// An asciicast of any recorder.
    Cast(PathBuf),
}

impl Record {
    /// The record that `asked` names: a recording's file, else a session.
    ///
    /// # Errors
    /// [`sessions::ResolveError`] says which sessions there are.
    pub fn resolve(asked: &str, sessions: &Path) -> Result<Self, sessions::ResolveError> {
        let path = Path::new(asked);
        let is_own = path.file_name().is_some_and(|name| name == JOURNAL_FILE);
        if path.is_file() && !is_own {
            Ok(Self::Cast(path.to_owned()))
        } else {
            sessions::resolve(asked, sessions).map(Self::Session)
        }
    }

    /// The journal, where the record has one.
    ///
    /// # Errors
    /// What the system says, with the file's path.
    pub fn journal(&self) -> anyhow::Result<Option<Input>> {
        match self {
            Self::Session(folder) => sessions::open_journal(folder).map(Some),
            Self::Cast(_) => Ok(None),
        }
    }

    /// The recording, where there is one.
    ///
    /// # Errors
    /// What the system says, with the file's path.
    pub fn cast(&self) -> anyhow::Result<Option<Input>> {
        match self {
            Self::Session(folder) => open(folder, CAST_FILE),
            Self::Cast(path) => {
                let file = File::open(path).with_context(|| path.display().to_string())?;
                Ok(Some(if path.extension().is_some_and(|end| end == "zst") {
                    unpacking(file).with_context(|| path.display().to_string())?
                } else {
                    Box::new(BufReader::with_capacity(PIECE_BYTES, file))
                }))
            }
        }
    }

    /// Reads all there is, and what is needed to go on as it grows.
    ///
    /// # Errors
    /// A journal that is not there or cannot be read, a file that is no recording; in a session, a recording that is not
    /// there is named as lost.
    pub fn read(&self) -> anyhow::Result<(Recorded, Option<Tail<Input, Input>>)> {
        self.begin(usize::MAX)
    }

    /// The same, but of a closed session's recording some `bytes_max` bytes that were drawn; what goes on reads the rest.
    ///
    /// # Errors
    /// As [`Record::read`].
    pub fn begin(&self, bytes_max: usize) -> anyhow::Result<(Recorded, Option<Tail<Input, Input>>)> {
        let cast = self.cast()?;
        match self {
            Self::Session(folder) => {
                let journal = sessions::open_journal(folder)?;
                let (tail, recorded) = Tail::begin(journal, cast, bytes_max)
                    .with_context(|| folder.join(JOURNAL_FILE).display().to_string())?;
                Ok((recorded, Some(tail)))
            }
            Self::Cast(path) => {
                let name = path.file_stem().unwrap_or_default().to_string_lossy();
                let cast = cast.context("there is no recording")?;
                let recorded = Recorded::of_cast(cast, &name).with_context(|| path.display().to_string())?;
                Ok((recorded, None))
            }
        }
    }
}

/// A session's file of that name, packed or not; `None` where it is not there.
///
/// # Errors
/// What the system says, with the file's path.
pub fn open(folder: &Path, name: &str) -> anyhow::Result<Option<Input>> {
    let Some((path, is_packed)) = find(folder, name) else { return Ok(None) };
    let wrap = || path.display().to_string();
    let file = File::open(&path).with_context(wrap)?;
    Ok(Some(if is_packed {
        unpacking(file).with_context(wrap)?
    } else {
        Box::new(BufReader::with_capacity(PIECE_BYTES, file))
    }))
}

/// Where a session's file of that name is, and whether it is packed. The unpacked one counts where both are there.
#[must_use]
pub fn find(folder: &Path, name: &str) -> Option<(PathBuf, bool)> {
    let plain = folder.join(name);
    if plain.is_file() {
        return Some((plain, false));
    }
    let packed = folder.join(format!("{name}{PACKED}"));
    packed.is_file().then_some((packed, true))
}

fn unpacking(file: File) -> io::Result<Input> {
    Ok(Box::new(BufReader::with_capacity(PIECE_BYTES, Unpacking(zstd::Decoder::new(file)?))))
}

/// Reads a packed file as far as it is whole: what is cut off or damaged ends it, as a torn line ends an unpacked one.
struct Unpacking<R>(R);

impl<R: Read> Read for Unpacking<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        Ok(self.0.read(bytes).unwrap_or(0))
    }
}

/// What packing a session came to, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Packed {
    /// What its files took.
    pub before: u64,
    /// What they take.
    pub after: u64,
}

/// Packs a closed session's journal and recording. Each is written beside, read back and compared before the unpacked one
/// goes. A session that is packed already stays as it is.
///
/// # Errors
/// A session that runs; what the system says.
pub fn pack(folder: &Path) -> anyhow::Result<Packed> {
    if sessions::liveness(folder) == Liveness::Running {
        bail!("{} is running; a session is packed when it has ended", folder.display());
    }
    let mut sum = Packed::default();
    for name in [CAST_FILE, JOURNAL_FILE] {
        let Some((path, is_packed)) = find(folder, name) else { continue };
        let size = |path: &Path| fs::metadata(path).map_or(0, |metadata| metadata.len());
        let before = size(&path);
        let after = if is_packed {
            before
        } else {
            let packed = pack_file(&path).with_context(|| path.display().to_string())?;
            size(&packed)
        };
        sum.before += before;
        sum.after += after;
    }
    Ok(sum)
}

/// Packs one file and takes it away; the packed one's path.
fn pack_file(path: &Path) -> anyhow::Result<PathBuf> {
    let with = |end: &str| PathBuf::from(format!("{}{end}", path.display()));
    let (part, packed) = (with(PART), with(PACKED));
    let plain = File::open(path)?;
    let metadata = plain.metadata()?;
    let modified = metadata.modified()?;
    let out = OpenOptions::new().write(true).create(true).truncate(true).mode(FILE_MODE).open(&part)?;
    let level = if metadata.len() <= SMALL_BYTES_MAX { LEVEL_SMALL } else { LEVEL };
    let mut encoder = zstd::Encoder::new(out, level)?;
    encoder.include_checksum(true)?;
    let written = copied(plain, &mut encoder)?;
    let out = encoder.finish()?;
    out.sync_all()?;
    // Its age is the session's.
    out.set_modified(modified)?;
    let read = copied(zstd::Decoder::new(File::open(&part)?)?, &mut io::sink())?;
    ensure!(read == written, "what was packed does not read back as it was");
    fs::rename(&part, &packed)?;
    fs::remove_file(path)?;
    Ok(packed)
}

/// Copies everything; its length and hash.
fn copied(mut from: impl Read, to: &mut impl Write) -> io::Result<(u64, [u8; 32])> {
    let mut hasher = Sha256::new();
    let mut piece = vec![0; PIECE_BYTES];
    let mut bytes = 0;
    loop {
        let got = from.read(&mut piece)?;
        let part = piece.get(..got).unwrap_or_default();
        if part.is_empty() {
            return Ok((bytes, hasher.finalize().into()));
        }
        hasher.update(part);
        to.write_all(part)?;
        bytes += got as u64;
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::time::SystemTime;

    use super::*;

    const JOURNAL: &[u8] = include_bytes!("../../tests/journals/v1/journal.jsonl");
    const CAST: &[u8] = include_bytes!("../../tests/journals/v1/screen.cast");

    fn stored() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(JOURNAL_FILE), JOURNAL).unwrap();
        fs::write(dir.path().join(CAST_FILE), CAST).unwrap();
        dir
    }

    fn all(input: Option<Input>) -> Vec<u8> {
        let mut bytes = Vec::new();
        input.unwrap().read_to_end(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn a_packed_session_is_smaller_and_reads_as_it_was() {
        let dir = stored();
        let old = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
        File::options().write(true).open(dir.path().join(CAST_FILE)).unwrap().set_modified(old).unwrap();
        let packed = pack(dir.path()).unwrap();
        assert_eq!(packed.before, (JOURNAL.len() + CAST.len()) as u64);
        assert!(packed.after < packed.before, "{packed:?}");
        let mut names: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["journal.jsonl.zst", "screen.cast.zst"]);
        assert_eq!(all(open(dir.path(), JOURNAL_FILE).unwrap()), JOURNAL);
        assert_eq!(all(open(dir.path(), CAST_FILE).unwrap()), CAST);
        let metadata = fs::metadata(dir.path().join("screen.cast.zst")).unwrap();
        assert_eq!((metadata.modified().unwrap(), metadata.permissions().mode() & 0o777), (old, FILE_MODE));
        let (recorded, _) = Record::Session(dir.path().to_owned()).read().unwrap();
        assert_eq!(recorded.losses, Vec::<String>::new());
        let again = pack(dir.path()).unwrap();
        assert_eq!(again, Packed { before: packed.after, after: packed.after });
    }

    #[test]
    fn a_running_session_is_not_packed() {
        let dir = stored();
        let journal = File::open(dir.path().join(JOURNAL_FILE)).unwrap();
        journal.lock().unwrap();
        assert!(pack(dir.path()).unwrap_err().to_string().contains("is running"));
        assert_eq!(fs::read(dir.path().join(JOURNAL_FILE)).unwrap(), JOURNAL);
    }

    #[test]
    fn a_packed_file_that_is_cut_off_is_read_as_far_as_it_goes() {
        let dir = stored();
        pack(dir.path()).unwrap();
        let path = dir.path().join("screen.cast.zst");
        let whole = fs::read(&path).unwrap();
        let journal_path = dir.path().join("journal.jsonl.zst");
        let journal = fs::read(&journal_path).unwrap();
        for at in (0..whole.len()).step_by(7) {
            fs::write(&path, &whole[..at]).unwrap();
            fs::write(&journal_path, &journal[..journal.len() - at / 2]).unwrap();
            let (recorded, _) = Record::Session(dir.path().to_owned()).read().unwrap();
            assert!(!recorded.losses.is_empty(), "cut at {at}");
        }
    }
}

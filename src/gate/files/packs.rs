//! Objects of a git repository that one of its packs holds as well: their own file is one copy too many.
//!
//! Only the index of a pack is read (version 2, `gitformat-pack`): 256 counts, then the sorted names of all objects. That
//! index and pack belong together is known by the pack's checksum, which stands at the end of both.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::FileGate;
use crate::gate::sight::{Mark, Sight};
use crate::model::{FileDeed, objects_folder};
use crate::sys::{Facts, FileId, FileKind, Place, Stamp};

/// The folder of the packs, in the folder of the objects, and seen from one of those that these are spread over.
const PACKS: &str = "pack";
const PACKS_BESIDE: &str = "../pack";
/// Names in such a folder that are looked at, and packs that are known at once.
const NAMES_MAX: usize = 1024;
const PACKS_MAX: usize = 64;
/// The most names that are read of one index at once: those whose first byte is the same. In bytes.
const BUCKET_BYTES_MAX: u64 = 1 << 20;
/// So many packs may stand for something; an object of a further one is kept.
const STANDING_MAX: usize = 1 << 12;
/// What an index begins with: its mark and version 2.
const HEAD: [u8; 8] = *b"\xfftOc\0\0\0\x02";
/// How many counts follow.
const COUNTS: usize = 256;
/// Where the names begin.
const NAMES_AT: usize = 8 + 4 * COUNTS;

/// The packs of the repository whose objects were taken away last.
#[derive(Debug, Default)]
pub(super) struct Packs {
    known: Option<Folder>,
    /// Packs, and their indices, without which something older than the session would be gone.
    standing: HashSet<FileId>,
}

/// The packs of one repository.
#[derive(Debug)]
struct Folder {
    id: FileId,
    /// When a name in it changed last.
    written: Stamp,
    hash_bytes: usize,
    packs: Vec<Pack>,
}

/// A pack with its index.
#[derive(Debug)]
struct Pack {
    /// The names of the pack and of its index, and what was known of them when they were read.
    files: [(OsString, Facts); 2],
    index: File,
    counts: Vec<u32>,
    /// The names that begin with one byte, as they were read last.
    bucket: Option<(u8, Vec<u8>)>,
}

impl FileGate {
    /// Whether nothing is lost with what is removed: git has the object in a pack as well. That pack is as old as the
    /// object from then on.
    pub fn is_packed(&mut self, sight: &Sight) -> bool {
        self.packs.hold(sight)
    }
}

/// What holds an object.
enum Holder {
    /// This pack with this index.
    These([FileId; 2]),
    /// No pack.
    Nothing,
    /// A pack that is another than the one that was read.
    Changed,
}

impl Packs {
    /// Whether what `sight` takes away is an object that a pack holds too. From then on the pack stands for it: it is no
    /// work of the session any more, whenever it was made.
    pub(super) fn hold(&mut self, sight: &Sight) -> bool {
        let Some(files) = self.held(sight) else { return false };
        if self.standing.len() + files.len() <= STANDING_MAX {
            self.standing.extend(files);
        }
        files.iter().all(|file| self.standing.contains(file))
    }

    /// Whether this file stands for what is older than the session.
    pub(super) fn stand_for(&self, file: FileId) -> bool {
        !self.standing.is_empty() && self.standing.contains(&file)
    }

    fn held(&mut self, sight: &Sight) -> Option<[FileId; 2]> {
        let Mark::Name(folder, _, name) = &sight.target else { return None };
        if sight.deed != FileDeed::Remove || sight.facts.kind != FileKind::File {
            return None;
        }
        self.pack_of(folder, sight.whole_folder(), name)
    }

    /// The pack that holds the object in the file of this name, in a folder of that path; and its index.
    fn pack_of(&mut self, folder: &Place, path: &[u8], name: &OsStr) -> Option<[FileId; 2]> {
        objects_folder(path)?;
        let object = object_name(path, name)?;
        let facts = folder.facts_of(OsStr::new(PACKS_BESIDE)).ok().filter(|facts| facts.kind == FileKind::Folder)?;
        let known = (facts.id, facts.written, object.len());
        if self.known.as_ref().is_none_or(|old| (old.id, old.written, old.hash_bytes) != known) {
            self.known = Folder::read(folder, &facts, object.len()).ok();
        }
        match self.known.as_mut()?.pack_of(folder, &object) {
            Holder::These(files) => Some(files),
            Holder::Nothing => None,
            Holder::Changed => {
                self.known = None;
                None
            }
        }
    }
}

impl Folder {
    fn read(beside: &Place, facts: &Facts, hash_bytes: usize) -> io::Result<Self> {
        let place = beside.above()?.open_inside(Path::new(PACKS))?;
        let names = place.names(NAMES_MAX)?.into_iter().filter_map(|(name, _)| {
            let stem = name.strip_suffix(b".idx")?;
            Some([[stem, b".pack"].concat(), name.clone()].map(|name| OsStr::from_bytes(&name).to_owned()))
        });
        let packs = names.filter_map(|names| Pack::read(&place, names, hash_bytes)).take(PACKS_MAX).collect();
        Ok(Self { id: facts.id, written: facts.written, hash_bytes, packs })
    }

    /// The pack that holds an object, if it is as it was when its index was read.
    fn pack_of(&mut self, beside: &Place, object: &[u8]) -> Holder {
        let at = self.packs.iter_mut().position(|pack| pack.has(object));
        let Some(pack) = at.and_then(|at| self.packs.get(at)) else { return Holder::Nothing };
        let is_there = |(name, known): &(OsString, Facts)| {
            let now = beside.facts_of(Path::new(PACKS_BESIDE).join(name).as_os_str());
            now.is_ok_and(|now| (now.id, now.bytes, now.changed) == (known.id, known.bytes, known.changed))
        };
        if pack.files.iter().all(is_there) {
            Holder::These(pack.files.each_ref().map(|file| file.1.id))
        } else {
            Holder::Changed
        }
    }
}

impl Pack {
    /// A pack and its index, where they belong together.
    fn read(folder: &Place, names: [OsString; 2], hash_bytes: usize) -> Option<Self> {
        let [pack_facts, index_facts] = names.each_ref().map(|name| folder.facts_of(name).ok());
        let [pack, index] = names.each_ref().map(|name| folder.read_file(name).ok());
        let (pack, index) = (pack?, index?);
        let [pack_name, index_name] = names;
        let files = [(pack_name, pack_facts?), (index_name, index_facts?)];
        let mut head = [0; NAMES_AT];
        index.read_exact_at(&mut head, 0).ok()?;
        let counts = head.strip_prefix(&HEAD)?.as_chunks().0.iter().map(|count| u32::from_be_bytes(*count)).collect();
        let hash = hash_bytes as u64;
        let (index_bytes, pack_bytes) = (index.metadata().ok()?.len(), pack.metadata().ok()?.len());
        let of_pack = tail(&index, index_bytes.checked_sub(2 * hash)?, hash_bytes)?;
        let own = tail(&pack, pack_bytes.checked_sub(hash)?, hash_bytes)?;
        (of_pack == own).then_some(Self { files, index, counts, bucket: None })
    }

    fn has(&mut self, object: &[u8]) -> bool {
        let Some(first) = object.first() else { return false };
        if self.bucket.as_ref().is_none_or(|(known, _)| known != first) {
            self.bucket = self.names(*first, object.len()).map(|names| (*first, names));
        }
        let Some((_, names)) = &self.bucket else { return false };
        names.chunks_exact(object.len()).any(|name| name == object)
    }

    /// The names that begin with this byte.
    fn names(&self, first: u8, hash_bytes: usize) -> Option<Vec<u8>> {
        let to = u64::from(*self.counts.get(usize::from(first))?);
        let from = match first.checked_sub(1) {
            Some(before) => u64::from(*self.counts.get(usize::from(before))?),
            None => 0,
        };
        let hash = hash_bytes as u64;
        let bytes = to.checked_sub(from)?.checked_mul(hash).filter(|bytes| *bytes <= BUCKET_BYTES_MAX)?;
        tail(&self.index, NAMES_AT as u64 + from * hash, usize::try_from(bytes).ok()?)
    }
}

/// So many bytes of a file from a place on.
fn tail(file: &File, at: u64, bytes: usize) -> Option<Vec<u8>> {
    let mut read = vec![0; bytes];
    file.read_exact_at(&mut read, at).ok()?;
    Some(read)
}

/// The name of the object in this file: 20 bytes, or 32.
fn object_name(folder: &[u8], name: &OsStr) -> Option<Vec<u8>> {
    let part = folder.get(folder.len().checked_sub(2)?..)?;
    let digits = [part, name.as_bytes()].concat();
    if !matches!(digits.len(), 40 | 64) {
        return None;
    }
    let value = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let byte = |two: &[u8; 2]| Some(value(two[0])? << 4 | value(two[1])?);
    digits.as_chunks().0.iter().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::ffi::OsStringExt;
    use std::path::PathBuf;

    /// A repository with one object that has a file of its own: whether a pack is found for it.
    struct Repository {
        root: tempfile::TempDir,
        packs: Packs,
    }

    /// An object's name, of 20 bytes.
    fn object(first: u8, last: u8) -> Vec<u8> {
        let mut name = vec![first; 20];
        name[19] = last;
        name
    }

    impl Repository {
        fn new() -> Self {
            let root = tempfile::tempdir().unwrap();
            fs::create_dir_all(root.path().join(".git/objects/pack")).unwrap();
            Self { root, packs: Packs::default() }
        }

        fn objects(&self) -> PathBuf {
            self.root.path().canonicalize().unwrap().join(".git/objects")
        }

        /// A pack of the objects of these names, and its index.
        fn pack(&self, name: &str, mut objects: Vec<Vec<u8>>, sums: (u8, u8)) {
            objects.sort();
            let mut index = HEAD.to_vec();
            for first in 0..=255 {
                let count = objects.iter().filter(|object| object[0] <= first).count();
                index.extend(u32::try_from(count).unwrap().to_be_bytes());
            }
            index.extend(objects.concat());
            index.extend(vec![0; objects.len() * 8]);
            index.extend([[sums.0; 20], [9; 20]].concat());
            let folder = self.objects().join("pack");
            fs::write(folder.join(format!("{name}.idx")), index).unwrap();
            fs::write(folder.join(format!("{name}.pack")), [b"PACK".to_vec(), vec![sums.1; 20]].concat()).unwrap();
        }

        fn has(&mut self, object: &[u8]) -> bool {
            let digits: String = object.iter().map(|byte| format!("{byte:02x}")).collect();
            let (part, name) = digits.split_at(2);
            let folder = self.objects().join(part);
            fs::create_dir_all(&folder).unwrap();
            let place = Place::open_folder(&folder).unwrap();
            self.packs.pack_of(&place, &folder.into_os_string().into_vec(), OsStr::new(name)).is_some()
        }
    }

    #[test]
    fn an_object_is_spare_where_a_whole_pack_holds_it_too_and_only_as_long_as_that_is_there() {
        let mut repository = Repository::new();
        assert!(!repository.has(&object(0, 1)), "there is no pack");
        let all = [(0, 1), (0, 2), (7, 1), (255, 3)].map(|(first, last)| object(first, last)).to_vec();
        repository.pack("a", all.clone(), (5, 5));
        for object in &all {
            assert!(repository.has(object), "{object:?}");
        }
        for (first, last) in [(0, 3), (1, 1), (7, 2), (255, 4)] {
            assert!(!repository.has(&object(first, last)), "{first} {last}");
        }
        fs::remove_file(repository.objects().join("pack/a.pack")).unwrap();
        assert!(!repository.has(&all[0]), "its index is left alone");
    }

    #[test]
    fn an_index_that_is_another_packs_and_a_pack_that_was_changed_hold_nothing() {
        let mut repository = Repository::new();
        repository.pack("a", vec![object(1, 1)], (5, 6));
        assert!(!repository.has(&object(1, 1)), "the sums differ");
        repository.pack("b", vec![object(1, 1)], (7, 7));
        assert!(repository.has(&object(1, 1)));
        fs::write(repository.objects().join("pack/b.pack"), "PA").unwrap();
        assert!(!repository.has(&object(1, 1)), "it was cut");
        fs::write(repository.objects().join("pack/b.idx"), HEAD).unwrap();
        assert!(!repository.has(&object(1, 1)), "its index was cut");
    }

    #[test]
    fn what_is_no_object_is_looked_for_in_no_pack() {
        for (folder, name) in [("/w/.git/objects/ab", "cd"), ("/w/.git/objects/ab", &"g".repeat(38)), ("/a", "b")] {
            assert_eq!(object_name(folder.as_bytes(), OsStr::new(name)), None, "{folder}/{name}");
        }
        let whole = object_name(b"/w/.git/objects/0f", OsStr::new(&"a0".repeat(19)));
        assert_eq!(whole, Some([vec![15], vec![0xa0; 19]].concat()));
    }
}

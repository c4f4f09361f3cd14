//! Protected ground: our own files, which nobody in the tree may change.
//!
//! A place is known by its device and number and by those of the folders above it, never by how a path to it is spelled.

use std::collections::{HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::path::{Component, Path, PathBuf};

use crate::sys::{self, FileId, Place};

/// Folders of which it is remembered whether they are protected.
const KNOWN_MAX: usize = 1 << 16;
/// How many folders may lie above one that is looked at; deeper counts as protected.
const DEPTH_MAX: usize = 4096;

/// What is protected, and what is known of the folders that were looked at.
#[derive(Debug, Default)]
pub struct Ground {
    /// What was named: folders with all below them, and single files.
    named: Vec<PathBuf>,
    /// Those of them that are there.
    roots: HashSet<FileId>,
    /// The names that lead to them, each in its folder: whoever takes one away takes the place away.
    ways: HashMap<FileId, Vec<OsString>>,
    /// Those that are not there yet.
    missing: Vec<PathBuf>,
    /// Terminals and other single files that are not found by a path.
    files: HashSet<FileId>,
    known: HashMap<FileId, Standing>,
}

/// How a folder stands to the protected ground.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Standing {
    /// It lies outside.
    Outside,
    /// It is one of the places, or lies in one.
    Within,
    /// It is one of the kernel's folders of processes, or lies in one.
    Process,
    /// It is a control group.
    Group,
}

/// The files of a control group that take in processes and threads.
const MEMBERS: [&str; 3] = ["cgroup.procs", "cgroup.threads", "tasks"];
/// How far below a process's folder its files are.
const PROCESS_DEPTH_MAX: usize = 4;
/// More than a line about a process is long.
const LINE_BYTES_MAX: usize = 4096;

impl Ground {
    /// Protects `places`, whether they are there already or not, and the terminals we are on.
    #[must_use]
    pub fn of(places: &[PathBuf]) -> Self {
        let mut ground =
            Self { named: places.to_vec(), files: sys::own_terminals().into_iter().collect(), ..Self::default() };
        ground.look();
        ground
    }

    /// Finds out which of the named places are there.
    fn look(&mut self) {
        self.missing.clear();
        self.ways.clear();
        for place in std::mem::take(&mut self.named) {
            // A place that is reached through links is protected where it really is; the links on the way are as well.
            if let Ok(real) = place.canonicalize()
                && real != place
            {
                self.look_at(&real);
            }
            if !self.look_at(&place) {
                self.missing.push(place.clone());
            }
            self.named.push(place);
        }
        self.known.clear();
    }

    /// Takes in the names that lead to a place as far as they are there; whether all are.
    fn look_at(&mut self, place: &Path) -> bool {
        let mut folder = PathBuf::new();
        for part in place.components() {
            if let Component::Normal(name) = part {
                let Ok(above) = sys::file_id(&folder) else { return false };
                self.ways.entry(above).or_default().push(name.to_owned());
            }
            folder.push(part);
        }
        sys::file_id(place).is_ok_and(|id| {
            self.roots.insert(id);
            true
        })
    }

    /// Whether `name` in `folder` must not be made, changed or taken away.
    pub(super) fn forbids(&mut self, folder: &Place, id: FileId, name: &OsStr) -> bool {
        match self.standing(folder, id) {
            Standing::Within => true,
            Standing::Process => is_of_ours(folder),
            // What holds for a group holds for us if we are in it: it may stop or end all that are.
            Standing::Group => !is_member_list(name) && sys::own_groups().contains(&id),
            Standing::Outside => self.ways.get(&id).is_some_and(|names| names.iter().any(|way| way == name)),
        }
    }

    /// Whether `name` in `folder` takes processes into a control group, and so could take us into one that is stopped.
    pub(super) fn moves_processes(&mut self, folder: &Place, id: FileId, name: &OsStr) -> bool {
        is_member_list(name) && self.standing(folder, id) == Standing::Group
    }

    /// Whether a file must not be written, wherever it lies: one of ours by another name, a terminal of ours.
    pub(super) fn forbids_file(&self, id: FileId) -> bool {
        self.files.contains(&id) || self.roots.contains(&id)
    }

    /// How a folder stands to the ground. Remembered: the first look at a folder costs some system calls for each one above.
    fn standing(&mut self, folder: &Place, id: FileId) -> Standing {
        if let Some(standing) = self.known.get(&id) {
            return *standing;
        }
        if self.missing.iter().any(|place| place.symlink_metadata().is_ok()) {
            self.look();
        }
        let standing = if folder.is_of_processes() {
            Standing::Process
        } else if folder.is_of_groups() {
            Standing::Group
        } else {
            self.climb(folder, id)
        };
        if self.known.len() >= KNOWN_MAX {
            self.known.clear();
        }
        self.known.insert(id, standing);
        standing
    }

    /// Looks at the folders above, nearest first, until one is known.
    fn climb(&self, folder: &Place, id: FileId) -> Standing {
        let (mut current, mut above) = (id, None);
        for _ in 0..DEPTH_MAX {
            if self.roots.contains(&current) {
                return Standing::Within;
            }
            if let Some(standing @ (Standing::Outside | Standing::Within)) = self.known.get(&current) {
                return *standing;
            }
            let here = above.as_ref().unwrap_or(folder);
            let Ok((place, fact)) = here.above().and_then(|place| place.fact().map(|fact| (place, fact))) else {
                return Standing::Within;
            };
            if fact.id == current {
                return Standing::Outside;
            }
            (current, above) = (fact.id, Some(place));
        }
        Standing::Within
    }

    /// A folder goes away: its number may be another's soon.
    pub(super) fn forget(&mut self, id: FileId) {
        self.known.remove(&id);
    }
}

/// Whether a folder among those of processes is about us or a thread of ours: whichever of our numbers led to it, and
/// wherever it is mounted.
fn is_of_ours(folder: &Place) -> bool {
    let mut above = None;
    for _ in 0..PROCESS_DEPTH_MAX {
        let here = above.as_ref().unwrap_or(folder);
        if let Ok(line) = here.step(OsStr::new("stat")).and_then(|stat| stat.head(LINE_BYTES_MAX)) {
            return sys::is_stat_of_ours(&line);
        }
        let Ok(next) = here.above() else { return false };
        above = Some(next);
    }
    false
}

fn is_member_list(name: &OsStr) -> bool {
    MEMBERS.iter().any(|member| name == *member)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    fn forbids(ground: &mut Ground, folder: &Path, name: &str) -> bool {
        let place = Place::open(folder).unwrap();
        let id = place.fact().unwrap().id;
        ground.forbids(&place, id, OsStr::new(name))
    }

    #[test]
    fn all_below_a_protected_folder_and_every_name_on_the_way_to_it_is_protected() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().canonicalize().unwrap();
        fs::create_dir_all(path.join("a/ours/deep/er")).unwrap();
        fs::create_dir_all(path.join("a/other")).unwrap();
        symlink("a/ours/deep", path.join("alias")).unwrap();
        let mut ground = Ground::of(&[path.join("a/ours")]);
        for (place, name, expected) in [
            ("a/ours", "x", true),
            ("a/ours/deep/er", "x", true),
            ("alias", "x", true),
            ("a", "ours", true),
            ("", "a", true),
            ("a", "other", false),
            ("a/other", "x", false),
            ("", "alias", false),
        ] {
            assert_eq!(forbids(&mut ground, &path.join(place), name), expected, "{name} in {place:?}");
        }
    }

    #[test]
    fn a_place_is_protected_before_it_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().canonicalize().unwrap();
        let mut ground = Ground::of(&[path.join("config/ours")]);
        assert!(forbids(&mut ground, &path, "config"));
        assert!(!forbids(&mut ground, &path, "else"));
        fs::create_dir_all(path.join("config/ours/rules")).unwrap();
        assert!(forbids(&mut ground, &path.join("config"), "ours"));
        assert!(forbids(&mut ground, &path.join("config/ours/rules"), "new.toml"));
        assert!(!forbids(&mut ground, &path.join("config"), "else"));
    }

    #[test]
    fn a_protected_file_is_known_by_any_of_its_names() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().canonicalize().unwrap();
        fs::write(path.join("program"), "1").unwrap();
        fs::hard_link(path.join("program"), path.join("second")).unwrap();
        fs::write(path.join("other"), "1").unwrap();
        let ground = Ground::of(&[path.join("program")]);
        let mut ground = ground;
        let forbids_file = |ground: &Ground, path: &Path| ground.forbids_file(sys::file_id(path).unwrap());
        assert!(forbids_file(&ground, &path.join("second")));
        assert!(!forbids_file(&ground, &path.join("other")));
        assert!(!forbids(&mut ground, Path::new("/proc/1"), "mem"));
    }

    #[test]
    fn we_are_known_by_the_number_of_any_thread_of_ours() {
        const NAME: &str = "other-of-ours";
        let (ready, is_ready) = std::sync::mpsc::channel();
        let (ends, end) = std::sync::mpsc::channel::<()>();
        let waits = move || {
            ready.send(()).unwrap();
            let _ = end.recv();
        };
        let thread = std::thread::Builder::new().name(NAME.into()).spawn(waits).unwrap();
        is_ready.recv().unwrap();
        let us = sys::self_id();
        let is_it = |path: &Path| fs::read_to_string(path.join("comm")).is_ok_and(|name| name.trim() == NAME);
        let tasks = fs::read_dir("/proc/self/task").unwrap();
        let other = tasks.map(|task| task.unwrap()).find(|task| is_it(&task.path())).unwrap();
        let other = other.file_name().into_string().unwrap();
        let mut ground = Ground::default();
        for (folder, expected) in [
            (format!("/proc/{us}"), true),
            (format!("/proc/{us}/attr"), true),
            (format!("/proc/{us}/task/{other}"), true),
            (format!("/proc/{other}"), true),
            (format!("/proc/{other}/attr"), true),
            ("/proc/1".into(), false),
            ("/proc/1/attr".into(), false),
            ("/proc/sys/kernel".into(), false),
            ("/proc".into(), false),
        ] {
            assert_eq!(forbids(&mut ground, Path::new(&folder), "oom_score_adj"), expected, "{folder}");
        }
        drop(ends);
        thread.join().unwrap();
    }

    #[test]
    fn a_control_group_that_we_are_in_is_protected_but_for_the_list_of_its_members() {
        let mut ground = Ground::default();
        for group in ["/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/freezer"].map(Path::new) {
            let Ok(id) = sys::file_id(group) else { continue };
            if !sys::own_groups().contains(&id) {
                continue;
            }
            assert!(forbids(&mut ground, group, "cgroup.freeze"));
            assert!(!forbids(&mut ground, group, "cgroup.procs"));
            let place = Place::open(group).unwrap();
            assert!(ground.moves_processes(&place, id, OsStr::new("cgroup.procs")));
        }
        assert!(!forbids(&mut ground, &std::env::temp_dir(), "cgroup.freeze"));
    }
}

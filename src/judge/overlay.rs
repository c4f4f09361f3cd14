//! The file system as this session left it or saw it, and the true name of a program.

use super::past::Past;
use crate::model::{Exec, FileFact, Named, Oracle, Peer, Receiver, Stamp, Untrusted, Whose};
use crate::shell::base_name;

/// The oracle, and what the session is known to have written.
#[derive(Clone, Copy)]
pub(super) struct Overlay<'a> {
    pub(super) past: &'a dyn Past,
    pub(super) oracle: &'a dyn Oracle,
}

impl Oracle for Overlay<'_> {
    fn fact(&self, path: &Untrusted) -> FileFact {
        self.oracle.fact(path)
    }

    fn resolve(&self, path: &Untrusted) -> Option<Untrusted> {
        self.oracle.resolve(path)
    }

    fn read(&self, path: &Untrusted, max_bytes: usize) -> Option<Vec<u8>> {
        let on_disk = self.oracle.read(path, max_bytes);
        on_disk.or_else(|| {
            let path = path.lossy();
            let known = self.past.written(&path).or_else(|| self.past.shown(&path));
            known.map(|text| text.into_bytes().into_iter().take(max_bytes).collect())
        })
    }

    fn inside(&self, path: &Untrusted, max: usize) -> Option<Vec<Named>> {
        self.oracle.inside(path, max)
    }

    fn stamp(&self, path: &Untrusted) -> Option<Stamp> {
        self.oracle.stamp(path)
    }

    fn is_mount(&self, path: &Untrusted) -> Option<bool> {
        self.oracle.is_mount(path)
    }

    fn listener(&self, peer: &Peer) -> Whose {
        self.oracle.listener(peer)
    }

    fn receiver(&self, to: &Receiver) -> Whose {
        self.oracle.receiver(to)
    }

    fn is_new(&self, path: &Untrusted) -> Option<bool> {
        if self.past.made(&path.lossy()) { Some(true) } else { self.oracle.is_new(path) }
    }
}

/// Programs that are worth recognising under another name.
const KNOWN: &[&str] = &[
    "rm", "mv", "dd", "shred", "unlink", "truncate", "cp", "find", "git", "curl", "wget", "bash", "sh", "dash", "ssh",
    "psql", "kill", "tee", "install", "ln", "chmod", "chown",
];

/// Folders of the system's own programs.
const SYSTEM_FOLDERS: &[&str] = &["/usr/bin/", "/bin/", "/usr/sbin/", "/sbin/", "/usr/local/bin/"];

/// The largest program that is compared, in bytes.
const PROGRAM_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Programs that do what the name says by which they are called.
const MANY_NAMES: &[&str] = &["busybox", "toybox", "coreutils", "multicall"];

/// What really runs: the path, not the first argument, says so, and links and copies of known programs are recognised.
///
/// `None` where the first argument tells the truth.
pub(super) fn true_program(exec: &Exec, oracle: &dyn Oracle) -> Option<String> {
    let path = exec.path.lossy().into_owned();
    let called = exec.argv.first().map(|word| base_name(&word.lossy()).to_owned()).unwrap_or_default();
    let named = base_name(&path).to_owned();
    let resolved = exec.resolved.as_ref().map(|path| path.lossy().into_owned());
    if let Some(resolved) = &resolved {
        let leads = base_name(resolved);
        if leads != named && KNOWN.contains(&leads) && !MANY_NAMES.contains(&leads) {
            return Some(leads.to_owned());
        }
    }
    let whole =
        resolved.clone().or_else(|| crate::shell::joined_path(Some(&exec.cwd.lossy()), &path)).unwrap_or_default();
    let whole = whole.as_str();
    let is_system = SYSTEM_FOLDERS.iter().any(|folder| whole.starts_with(folder));
    if !is_system
        && exec.interpreter.is_none()
        && !KNOWN.contains(&named.as_str())
        && let Some(twin) = twin(whole, oracle)
    {
        return Some(twin.to_owned());
    }
    // A program may be started under any first argument: its file's name is the truth, where it has a name.
    let has_name =
        !named.is_empty() && !whole.starts_with("/proc/") && !whole.contains("memfd:") && !path.starts_with("/proc/");
    let is_login = called.strip_prefix('-').is_some_and(|rest| rest == named);
    (has_name && called != named && !is_login && KNOWN.contains(&named.as_str())).then_some(named)
}

/// The known program that a file is a copy of.
fn twin(path: &str, oracle: &dyn Oracle) -> Option<&'static str> {
    let FileFact::File { bytes } = oracle.fact(&Untrusted::from(path)) else { return None };
    if usize::try_from(bytes).unwrap_or(usize::MAX) > PROGRAM_BYTES_MAX {
        return None;
    }
    let mut content = None;
    for name in KNOWN {
        let known = Untrusted::from(format!("/usr/bin/{name}"));
        if oracle.fact(&known) != (FileFact::File { bytes }) {
            continue;
        }
        let own = content.get_or_insert_with(|| oracle.read(&Untrusted::from(path), PROGRAM_BYTES_MAX));
        if own.is_some() && *own == oracle.read(&known, PROGRAM_BYTES_MAX) {
            return Some(name);
        }
    }
    None
}

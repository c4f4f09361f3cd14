//! Paths part by part, where a part stands for whoever resolves it: `/proc/self` is the caller, and would be us.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;

use crate::sys::{self, Errno, FileKind, Place, ProcId};

/// As many links as the kernel follows.
const LINKS_MAX: usize = 40;
/// The number of the folder at the top of `/proc`.
const TOP_INODE: u64 = 1;

/// Whether a path speaks of whoever resolves it.
pub(super) fn names_self(path: &[u8]) -> bool {
    path.split(|byte| *byte == b'/').any(|part| matches!(part, b"self" | b"thread-self"))
}

/// The place that `path` leads to for `thread` of `process`, whose root is `root`; a relative path begins at `from`.
///
/// # Errors
/// Those of the kernel: `ENOENT`, `ENOTDIR`, `EACCES`, `ELOOP` …
pub(super) fn resolve(
    root: &Place,
    from: Place,
    path: &[u8],
    (process, thread): (ProcId, ProcId),
) -> io::Result<Place> {
    let top = root.fact()?.id;
    let mut at = if path.starts_with(b"/") { root.again()? } else { from };
    let mut left = reversed(path);
    let mut links = 0;
    while let Some(part) = left.pop() {
        match part.as_slice() {
            b"." => {}
            b".." if at.fact()?.id == top => {}
            b".." => at = at.above()?,
            name => {
                let is_of_kernel = at.is_of_processes();
                let is_top = is_of_kernel && at.fact()?.id.inode == TOP_INODE;
                if let Some(meant) = is_top.then(|| own(&at, name, process, thread)).flatten() {
                    left.extend(reversed(meant.as_bytes()));
                    continue;
                }
                let name = OsStr::from_bytes(name);
                let next = at.step(name)?;
                if next.facts()?.kind != FileKind::Link {
                    at = next;
                    continue;
                }
                links += 1;
                if links > LINKS_MAX {
                    return Err(io::Error::from_raw_os_error(Errno::LOOP.number()));
                }
                // A process's links lead to the things themselves, not to what their text says.
                if is_of_kernel && !is_top {
                    at = at.follow(name)?;
                    continue;
                }
                let text = at.link_target(name)?;
                if text.as_bytes().starts_with(b"/") {
                    at = root.again()?;
                }
                left.extend(reversed(text.as_bytes()));
            }
        }
    }
    Ok(at)
}

/// The parts of a path, the last first.
fn reversed(path: &[u8]) -> Vec<Vec<u8>> {
    path.rsplit(|byte| *byte == b'/').filter(|part| !part.is_empty()).map(<[u8]>::to_vec).collect()
}

/// What a name at the top of `/proc` stands for where that means whoever looks.
fn own(top: &Place, name: &[u8], process: ProcId, thread: ProcId) -> Option<String> {
    let is_thread = match name {
        b"self" => false,
        b"thread-self" => true,
        _ => return None,
    };
    // Where we have a number there it is of our own numbering, else of the caller's.
    let is_ours = top.link_target(OsStr::new("self")).is_ok();
    let number = |id: ProcId| if is_ours { Some(id) } else { sys::innermost(id) };
    // Whoever has no number is not there for anybody: neither is this name.
    let process = number(process)?;
    Some(if is_thread { format!("{process}/task/{}", number(thread)?) } else { process.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;
    use std::path::Path;

    #[test]
    fn however_it_is_spelled_a_path_through_self_means_the_caller() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        symlink("/proc/self", &link).unwrap();
        symlink("/proc/self/comm", folder.path().join("direct")).unwrap();
        // Anybody but us.
        let (process, thread) = (sys::parent_id(), sys::parent_id());
        let root = Place::open(Path::new("/")).unwrap();
        let resolved = |path: &str| {
            let from = Place::open(folder.path()).unwrap();
            let place = resolve(&root, from, path.as_bytes(), (process, thread))?;
            Ok::<_, io::Error>(String::from_utf8(place.path()?).unwrap())
        };
        let comm = format!("/proc/{process}/comm");
        let absolute = format!("{}/fd", link.display());
        for (path, meant) in [
            ("/proc/self/comm", comm.clone()),
            ("/proc/./self/comm", comm.clone()),
            ("//proc//self//comm", comm.clone()),
            ("/proc/self/../self/comm", comm.clone()),
            ("link/comm", comm.clone()),
            ("direct", comm),
            (&absolute, format!("/proc/{process}/fd")),
            ("/proc/thread-self", format!("/proc/{process}/task/{thread}")),
            ("/proc/mounts", format!("/proc/{process}/mounts")),
            ("/proc/self/root/usr", "/usr".to_owned()),
            ("/usr/../../usr", "/usr".to_owned()),
        ] {
            assert_eq!(resolved(path).unwrap(), meant, "{path}");
        }
        assert_eq!(resolved("/proc/selfish").unwrap_err().kind(), io::ErrorKind::NotFound);
        symlink("loop", folder.path().join("loop")).unwrap();
        assert_eq!(Errno::of(&resolved("loop").unwrap_err()), Some(Errno::LOOP));
        assert!(names_self(b"/proc/./self/fd/3") && names_self(b"thread-self") && !names_self(b"/proc/selfish"));
    }
}

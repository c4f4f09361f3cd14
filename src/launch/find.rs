//! Finding the program as `execvp` would, but before the filter is in, so that one exec is enough.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::sys::{Mishap, MishapKind, Step};

/// Where programs are looked for when nothing says where.
const DEFAULT_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// The path to start for `program`: itself if it names a folder, else the first executable of that name in `path`.
///
/// # Errors
/// A mishap that says whether there is no such program, or one that cannot be run.
pub(super) fn program(program: &OsStr, path: Option<OsString>) -> Result<PathBuf, Mishap> {
    if program.as_bytes().contains(&b'/') {
        return check(Path::new(program)).map(|()| PathBuf::from(program));
    }
    let mut worst = mishap(program, MishapKind::NotFound, &io::Error::from_raw_os_error(2));
    if program.is_empty() {
        return Err(worst);
    }
    let path = path.unwrap_or_else(|| DEFAULT_PATH.into());
    for folder in path.as_bytes().split(|b| *b == b':') {
        // An empty part means the folder we are in.
        let folder = if folder.is_empty() { OsStr::new(".") } else { OsStr::from_bytes(folder) };
        let candidate = Path::new(folder).join(program);
        match check(&candidate) {
            Ok(()) => return Ok(candidate),
            Err(found) if found.kind == MishapKind::CannotRun => worst = found,
            Err(_) => {}
        }
    }
    Err(worst)
}

/// Whether `path` is a file that somebody may execute; whether we may, the kernel says when we try.
fn check(path: &Path) -> Result<(), Mishap> {
    match fs::metadata(path) {
        Ok(meta) if meta.is_file() && meta.permissions().mode() & 0o111 != 0 => Ok(()),
        Ok(_) => Err(mishap(path.as_os_str(), MishapKind::CannotRun, &io::Error::from_raw_os_error(13))),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            Err(mishap(path.as_os_str(), MishapKind::CannotRun, &error))
        }
        Err(error) => Err(mishap(path.as_os_str(), MishapKind::NotFound, &error)),
    }
}

fn mishap(what: &OsStr, kind: MishapKind, error: &io::Error) -> Mishap {
    Mishap { step: Step::Find, kind, errno: error.raw_os_error(), what: what.to_string_lossy().into_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_as_execvp_finds_it() {
        let folder = tempfile::tempdir().unwrap();
        let make = |name: &str, mode: u32| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, "#!/bin/sh\n").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            path
        };
        let (run, plain) = (make("a/run", 0o755), make("a/plain", 0o644));
        let later = make("b/plain", 0o755);
        let path = OsString::from(format!("/nosuch:{0}/a:{0}/b", folder.path().display()));
        let find = |name: &OsStr| program(name, Some(path.clone())).map_err(|m| (m.kind, m.errno));
        assert_eq!(find(OsStr::new("run")), Ok(run.clone()));
        assert_eq!(find(OsStr::new("plain")), Ok(later));
        assert_eq!(find(run.as_os_str()), Ok(run));
        assert_eq!(find(plain.as_os_str()), Err((MishapKind::CannotRun, Some(13))));
        assert_eq!(find(OsStr::new("absent")), Err((MishapKind::NotFound, Some(2))));
        assert_eq!(find(OsStr::new("")), Err((MishapKind::NotFound, Some(2))));
        assert_eq!(find(folder.path().as_os_str()), Err((MishapKind::CannotRun, Some(13))));
        let only_plain = Some(OsString::from(folder.path().join("a")));
        assert_eq!(program(OsStr::new("plain"), only_plain).map_err(|m| m.kind), Err(MishapKind::CannotRun));
    }
}

//! Whether a file of the project could be brought back.

use super::ground::{Ground, Land};
use crate::model::{FileFact, Untrusted};

/// How much of a repository's index is read, in bytes.
const INDEX_BYTES_MAX: usize = 8 * 1024 * 1024;

/// How far up a repository is looked for, in folders.
const FOLDERS_UP_MAX: usize = 16;

/// The ground of a file that exists and has content.
pub(super) fn of_file(land: &Land, path: &str, is_data: bool) -> Ground {
    if land.oracle.is_new(&Untrusted::from(path)) == Some(true) {
        return Ground::Scratch;
    }
    match repository(land, path) {
        Some((root, folder)) if is_tracked(land, &root, &folder, path) => Ground::File,
        Some(_) if !is_data && land.oracle.is_new(&Untrusted::from(path)).is_none() => Ground::File,
        Some(_) | None => Ground::Kept,
    }
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

/// Whether the index lists the path. Its entries hold whole paths, each ended by a zero byte.
fn is_tracked(land: &Land, root: &str, folder: &str, path: &str) -> bool {
    let index = Untrusted::from(format!("{folder}/index"));
    let Some(bytes) = land.oracle.read(&index, INDEX_BYTES_MAX) else { return false };
    let Some(inside) = super::ground::below(path, root) else { return false };
    let mut wanted = inside.as_bytes().to_vec();
    wanted.push(0);
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

//! Which agent is about to be started, by its command and the programs it names.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use crate::sensor::dialect::{Started, recognise};

/// What the command `words`, started in `cwd` with this `PATH`, says of the agent. Looks at files, reads none.
#[must_use]
pub fn recognised(words: &[OsString], cwd: &Path, path: &OsStr) -> Started {
    let words: Vec<String> = words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let resolve = |name: &str| {
        let found = if name.contains('/') {
            Some(cwd.join(name))
        } else {
            std::env::split_paths(path).map(|folder| cwd.join(folder).join(name)).find(|file| file.is_file())
        };
        found?.canonicalize().ok().map(|file| file.to_string_lossy().into_owned())
    };
    recognise(&words, &resolve)
}

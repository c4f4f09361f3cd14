//! The canary of `watch doctor`: a program that harms three files of the doctor's own by its own system calls.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

/// A file that the canary removes.
pub(super) const REMOVED: &str = "removed.txt";
/// A file that it replaces by another.
pub(super) const REPLACED: &str = "replaced.txt";
/// A file that it empties.
pub(super) const EMPTIED: &str = "emptied.txt";
/// What it puts in the place of [`REPLACED`].
pub(super) const NEW: &str = "new.txt";

/// Does it, in the folder that the first argument names. What is refused is what the doctor wants to see.
#[must_use]
pub fn sing(args: &[OsString]) -> ExitCode {
    let Some(folder) = args.first().map(PathBuf::from) else { return ExitCode::FAILURE };
    let done = [
        fs::File::create(folder.join(EMPTIED)).map(drop),
        fs::write(folder.join(NEW), "new\n").and_then(|()| fs::rename(folder.join(NEW), folder.join(REPLACED))),
        fs::remove_file(folder.join(REMOVED)),
    ];
    // The doctor looks at the files and at the record; the status is for whoever starts the canary by hand.
    ExitCode::from(u8::from(done.iter().any(Result::is_err)))
}

//! Arguments, and one file per subcommand.
#![forbid(unsafe_code)]

pub mod log;
pub mod replay;
pub mod sessions;
pub mod verify;

use std::process::ExitCode;

/// Runs the program with the process's arguments and returns its exit status.
#[must_use]
pub fn main() -> ExitCode {
    ExitCode::SUCCESS
}

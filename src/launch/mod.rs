//! The inner stage: installs the filter, hands over the listener, waits for go, execs the agent.
//!
//! It runs as `watch __launch SOCKET -- PROGRAM ARG…` in the agent's terminal, where every descriptor above 2 has
//! been closed, std's exec-error pipe too. So it knocks at the supervisor's socket by path, and whatever fails is
//! told there (`sys::handshake` draws the conversation). Once the filter is in, its next exec is held like any other.
#![forbid(unsafe_code)]

mod find;
mod stage;

use std::ffi::OsString;
use std::process::ExitCode;

/// The hidden subcommand's name.
pub const SUBCOMMAND: &str = "__launch";

/// Runs the stage with the arguments that follow [`SUBCOMMAND`].
///
/// Returns only if the agent was not started: 127 when there is no such program, 126 when it cannot be run,
/// 125 for everything else.
#[must_use]
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    ExitCode::from(stage::run(args.into_iter().collect()))
}

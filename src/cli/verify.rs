//! `watch verify`: whether a session's files are what was written.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;

use super::record;
use super::sessions::{self, CAST_FILE, Liveness};
use crate::config::Paths;
use crate::journal::{Fault, Hash, Report, verify};
use crate::model::Untrusted;

/// A session's files are not whole.
const NOT_WHOLE: u8 = 1;
/// A session's files cannot be read.
const UNREADABLE: u8 = 2;

/// Options of `watch verify`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The session: its folder, or a unique beginning of its id
    #[arg(value_name = "SESSION")]
    pub session: String,
    /// The hash that was shown when the session ended: finds a changed or cut-off end as well
    #[arg(long, value_name = "HASH")]
    pub last: Option<Hash>,
    /// One JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

/// Checks a session's journal and recording: 0 whole, 1 not, 2 unreadable.
///
/// # Errors
/// Only what standard output refuses; files that cannot be read give status 2 and the reason on standard error.
pub fn run(args: &Args, paths: &Paths) -> anyhow::Result<ExitCode> {
    let (report, liveness) = match check(args, paths) {
        Ok(checked) => checked,
        Err(error) => {
            writeln!(io::stderr(), "watch: {}", Untrusted::from(format!("{error:#}")).shown())?;
            return Ok(ExitCode::from(UNREADABLE));
        }
    };
    let out = io::stdout().lock();
    sessions::until_closed(if args.json { print_json(out, &report) } else { print(out, &report, liveness) })?;
    Ok(if report.is_whole() { ExitCode::SUCCESS } else { ExitCode::from(NOT_WHOLE) })
}

fn check(args: &Args, paths: &Paths) -> anyhow::Result<(Report, Liveness)> {
    let folder = sessions::resolve(&args.session, &paths.sessions())?;
    Ok((report(&folder, args.last)?, sessions::liveness(&folder)))
}

/// Checks the files of a session's folder.
///
/// # Errors
/// When they cannot be read.
pub fn report(folder: &Path, last: Option<Hash>) -> anyhow::Result<Report> {
    let journal = sessions::open_journal(folder)?;
    let recording = record::open(folder, CAST_FILE)?;
    verify(journal, recording, last).with_context(|| folder.display().to_string())
}

fn print(mut out: impl Write, report: &Report, liveness: Liveness) -> io::Result<()> {
    for fault in &report.faults {
        let note = match (fault, liveness) {
            (Fault::NoExit { .. }, Liveness::Running) => " (it is running)",
            _ => "",
        };
        writeln!(out, "{}{note}", Untrusted::from(fault.to_string()).shown())?;
    }
    if report.more > 0 {
        writeln!(out, "and {} more", report.more)?;
    }
    let verdict = if report.is_whole() { "whole" } else { "not whole" };
    let Report { lines, marks, recorded, last, .. } = report;
    writeln!(out, "{verdict}: {lines} lines, {recorded} bytes of recording, {marks} marks")?;
    writeln!(out, "last hash {last}")
}

fn print_json(mut out: impl Write, report: &Report) -> io::Result<()> {
    let faults: Vec<String> = report.faults.iter().map(ToString::to_string).collect();
    let json = serde_json::json!({
        "whole": report.is_whole(),
        "lines": report.lines,
        "last": report.last,
        "marks": report.marks,
        "recorded": report.recorded,
        "faults": faults,
        "more": report.more,
    });
    writeln!(out, "{json}")
}

//! The kernel gate against real processes. Each case runs in a process of its own, which is the supervisor: trees,
//! orphans and death signals belong to processes.
//!
//! Where the gate cannot be had the cases say so and are skipped; with `WATCH_REQUIRE_KERNEL=1` that is a failure.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::result_large_err,
    reason = "a test may start processes, look at the clock, print and panic"
)]

mod cases;
mod doors;
mod files;
mod freeze;
mod guard;
mod session;

use std::ffi::OsString;
use std::process::{Command, ExitCode};

/// A case: its claim, and what proves it.
type Case = (&'static str, fn());

fn all() -> Vec<Case> {
    [cases::CASES, doors::CASES, files::CASES, freeze::CASES, guard::CASES].concat()
}

fn main() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().skip(1).collect();
    let first = args.first().and_then(|arg| arg.to_str()).unwrap_or_default();
    let second = args.get(1).and_then(|arg| arg.to_str()).unwrap_or_default();
    match first {
        holdpoint::launch::SUBCOMMAND => holdpoint::launch::main(args.into_iter().skip(1)),
        "__case" => {
            let case = all().into_iter().find(|(name, _)| *name == second).expect("a case of that name");
            (case.1)();
            ExitCode::SUCCESS
        }
        "__doomed" => guard::doomed(),
        "__run" => session::run_for_measurement(second, &args),
        "--list" => {
            all().iter().for_each(|(name, _)| println!("{name}: test"));
            ExitCode::SUCCESS
        }
        _ => run_all(&args),
    }
}

fn run_all(args: &[OsString]) -> ExitCode {
    let filter = args.iter().filter_map(|arg| arg.to_str()).find(|arg| !arg.starts_with('-')).unwrap_or("");
    if let Err(why) = holdpoint::gate::probe() {
        println!("gate: skipped: {why}");
        let is_required = std::env::var_os("WATCH_REQUIRE_KERNEL").is_some_and(|value| value == "1");
        return ExitCode::from(u8::from(is_required));
    }
    let mut failed = Vec::new();
    let chosen: Vec<Case> = all().into_iter().filter(|(name, _)| name.contains(filter)).collect();
    for (name, _) in &chosen {
        let program = std::env::current_exe().unwrap();
        let output = Command::new(program).args(["__case", name]).output().unwrap();
        let is_fine = output.status.success();
        println!("test {name} ... {}", if is_fine { "ok" } else { "FAILED" });
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        if is_fine {
            told.lines().filter(|line| line.starts_with("note:")).for_each(|line| println!("  {line}"));
        } else {
            println!("{told}{}status: {}", String::from_utf8_lossy(&output.stderr), output.status);
            failed.push(*name);
        }
    }
    println!("\ntest result: {} passed; {} failed\n", chosen.len() - failed.len(), failed.len());
    ExitCode::from(u8::from(!failed.is_empty()))
}

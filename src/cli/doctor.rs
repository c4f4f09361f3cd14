//! `watch doctor`: which gates are live on this machine, each proven by a harmless canary.

use std::ffi::OsString;
use std::fs;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, bail};
use serde::Serialize;

use super::output::line;
use super::{canary, handover, settings};
use crate::config::{Env, Paths, load_config};
use crate::gate::probe;
use crate::runtime::{JOURNAL_FILE, make_private, show_keys};

/// Something is not live.
const NOT_ALL: u8 = 1;
/// The Landlock version that keeps signals and abstract sockets inside the tree.
const LANDLOCK_SCOPES: u32 = 6;
/// What the canary of the exec gate tries to remove.
const CANARY: &str = "canary/feathers.txt";

/// What no gate of this version sees; said, so that nobody counts on it.
const NOT_COVERED: &[&str] = &[
    "content that a program changes in place: writes into a file that it has open, memory it has mapped; of opens for \
     writing only those of protected places and of what `protect` names",
    "reads of secrets by a program, unless the profile is strict or the policy says `[files] reads = true`",
    "files that came into being while the session ran, whoever made them: they count as the session's own",
    "requests that a program sends by itself; those in a command line are judged",
    "work handed to a daemon, a container engine or another host: only the command that hands it over is seen",
    "a shell's own redirections and built-ins inside a script file; in `sh -c` text they are seen",
];

/// `watch doctor`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// One JSON object
    #[arg(long)]
    json: bool,
    /// Show what this terminal sends for each key, and what it does
    #[arg(long, conflicts_with = "json")]
    keys: bool,
}

/// What was found.
#[derive(Debug, Serialize)]
struct Report {
    gates: Vec<Check>,
    not_covered: &'static [&'static str],
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    is_live: bool,
    says: String,
}

/// Looks at everything and says what is live.
///
/// # Errors
/// When standard output takes no more.
pub fn run(args: &Args, env: &Env, paths: &Paths) -> anyhow::Result<ExitCode> {
    if args.keys {
        return keys(paths);
    }
    let mut gates = vec![kernel(), landlock(), exec_canary(env)];
    gates.extend(file_canaries(env));
    gates.push(name(env));
    let report = Report { gates, not_covered: NOT_COVERED };
    if args.json {
        line(&serde_json::to_string(&report)?)?;
    } else {
        print(&report)?;
    }
    let is_whole = report.gates.iter().all(|check| check.is_live);
    Ok(if is_whole { ExitCode::SUCCESS } else { ExitCode::from(NOT_ALL) })
}

/// Shows keys until Ctrl-C.
fn keys(paths: &Paths) -> anyhow::Result<ExitCode> {
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        bail!("keys are pressed in a terminal, and there is none here");
    }
    let config = load_config(&paths.config)?;
    let keymap = settings::keymap(config.keymap.as_deref().unwrap_or("default"), paths)?;
    line(&format!("Press keys to see what arrives; the keymap is {}. Ctrl-C ends.", keymap.name()))?;
    show_keys(&keymap)?;
    Ok(ExitCode::SUCCESS)
}

fn print(report: &Report) -> std::io::Result<()> {
    for check in &report.gates {
        line(&format!("{}  {:<12} {}", if check.is_live { "live    " } else { "NOT LIVE" }, check.name, check.says))?;
    }
    line("")?;
    line("not covered:")?;
    report.not_covered.iter().try_for_each(|text| line(&format!("  {text}")))
}

/// The filter can be installed, and a listener had for it.
fn kernel() -> Check {
    let name = "kernel gate";
    match probe() {
        Ok(_) => Check { name, is_live: true, says: "a throw-away process got the filter and its listener".to_owned() },
        Err(why) => Check { name, is_live: false, says: why.to_string() },
    }
}

fn landlock() -> Check {
    let name = "landlock";
    match probe() {
        Ok(footing) if footing.landlock >= LANDLOCK_SCOPES => {
            let says = format!("version {}: signals and tracing stay inside the tree", footing.landlock);
            Check { name, is_live: true, says }
        }
        Ok(footing) => {
            let says = format!(
                "version {} is older than {LANDLOCK_SCOPES}: only the filter keeps the agent's signals from watch",
                footing.landlock
            );
            Check { name, is_live: false, says }
        }
        Err(_) => Check { name, is_live: false, says: "was not tried without the kernel gate".to_owned() },
    }
}

/// A supervised shell tries to remove a file; the call must be held and refused, and the file must live.
fn exec_canary(env: &Env) -> Check {
    let name = "exec hold";
    match try_removal(&env.temp_dir) {
        Ok((true, _)) => Check { name, is_live: true, says: "a supervised `rm -r` was held and refused".to_owned() },
        Ok((false, said)) => Check { name, is_live: false, says: format!("a supervised `rm -r` ran: {said}") },
        Err(error) => Check { name, is_live: false, says: format!("the canary could not be let out: {error:#}") },
    }
}

/// Whether the canary lives, and what was said about it.
fn try_removal(temp: &Path) -> anyhow::Result<(bool, String)> {
    let place = Nest::make(temp)?;
    let file = place.work.join(CANARY);
    fs::create_dir_all(file.parent().unwrap_or(&place.work))?;
    fs::write(&file, "tweet\n")?;
    let said = place.run(&["sh", "-c", "rm -r ./canary; echo done"].map(OsString::from))?;
    Ok((file.exists(), said))
}

/// A supervised program harms files by its own calls: removing must be held, replacing and emptying held or kept first.
fn file_canaries(env: &Env) -> Vec<Check> {
    const NAMES: [&str; 3] = ["file removal", "file replace", "file emptying"];
    match try_file_calls(&env.temp_dir) {
        Ok(checks) => checks.into(),
        Err(error) => {
            let says = format!("the canary could not be let out: {error:#}");
            NAMES.map(|name| Check { name, is_live: false, says: says.clone() }).into()
        }
    }
}

fn try_file_calls(temp: &Path) -> anyhow::Result<[Check; 3]> {
    let place = Nest::make(temp)?;
    for name in [canary::REMOVED, canary::REPLACED, canary::EMPTIED] {
        fs::write(place.work.join(name), "tweet\n")?;
    }
    let ours = std::env::current_exe().context("finding our own program")?;
    place.run(&[ours.into(), "__canary".into(), place.work.clone().into()])?;
    let journal = fs::read_to_string(place.session.join(JOURNAL_FILE)).context("reading the canary's journal")?;
    let check = |name, file: &str, deed: &str| {
        let is_whole = fs::read(place.work.join(file)).is_ok_and(|text| text == b"tweet\n");
        let is_kept = journal.lines().any(|line| line.contains(deed) && line.contains(r#""keep":"kept""#));
        let says = match (is_whole, is_kept) {
            (true, _) => "a program's own call was held and refused",
            (false, true) => "a program's own call passed, after what it destroyed was kept",
            (false, false) => "a program's own call passed, and nothing was kept",
        };
        Check { name, is_live: is_whole || is_kept, says: says.to_owned() }
    };
    Ok([
        check("file removal", canary::REMOVED, r#""deed":"remove""#),
        check("file replace", canary::REPLACED, r#""deed":"replace""#),
        check("file emptying", canary::EMPTIED, r#""deed":"truncate""#),
    ])
}

/// A folder of our own below the temporary one; what cannot be removed of it at the end is swept with that.
struct Nest {
    folder: PathBuf,
    work: PathBuf,
    session: PathBuf,
}

impl Nest {
    fn make(temp: &Path) -> anyhow::Result<Self> {
        let folder = temp.join(format!("holdpoint-doctor-{}", std::process::id()));
        make_private(&folder)?;
        let nest = Self { work: folder.join("work"), session: folder.join("session"), folder };
        fs::create_dir_all(&nest.work)?;
        Ok(nest)
    }

    /// Supervises `command` here, where every hold is refused; what `watch` said of it.
    #[allow(clippy::disallowed_methods, reason = "the canary is a run of this very program")]
    fn run(&self, command: &[OsString]) -> anyhow::Result<String> {
        let output = Command::new(std::env::current_exe().context("finding our own program")?)
            .args(["--headless", "--on-hold", "deny", "--session"])
            .arg(&self.session)
            .arg("--")
            .args(command)
            .current_dir(&self.work)
            .stdin(Stdio::null())
            .output()?;
        Ok(String::from_utf8_lossy(&output.stderr).trim().to_owned())
    }
}

impl Drop for Nest {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Which `watch` a shell would find.
fn name(env: &Env) -> Check {
    let name = "name";
    let (is_live, says) = match env.path.as_deref().and_then(handover::found_by_shell) {
        Some((path, true)) => (true, format!("`watch` is this program: {}", path.display())),
        Some((path, false)) => {
            (false, format!("`watch` is {}, another program; use `holdpoint`, or put ours first", path.display()))
        }
        None => (false, "no `watch` is in PATH; start this program by its path, or install it".to_owned()),
    };
    Check { name, is_live, says }
}

//! `watch sessions`, and how every command finds the session it is given.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use anyhow::Context;

use super::record::{self, Input, Packed};
use crate::config::Paths;
use crate::journal::{ReadError, Summary};
use crate::model::Untrusted;
use crate::ui::bytes_told;
use crate::undo::{self, Budget, PruneReport, size_of};

pub use crate::runtime::{CAST_FILE, JOURNAL_FILE};

/// How long closed sessions are kept, in days.
const KEPT_DAYS: u64 = 30;
/// How much closed sessions may take, in bytes.
const KEPT_BYTES: u64 = 2 << 30;
/// An error names at most so many sessions.
const NAMED_MAX: usize = 5;
/// An agent's command is listed with at most so many characters.
const AGENT_CHARS_MAX: usize = 48;

/// Options of `watch sessions`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to do [default: list]
    #[command(subcommand)]
    pub what: Option<What>,
    /// A JSON array instead of a table
    #[arg(long)]
    pub json: bool,
}

/// What `watch sessions` can do.
#[derive(Debug, clap::Subcommand)]
pub enum What {
    /// Lists recorded sessions, the newest first
    List {
        /// A JSON array instead of a table
        #[arg(long)]
        json: bool,
    },
    /// Removes closed sessions that are old or too much
    Prune(PruneArgs),
    /// Packs closed sessions to a few hundredths; everything still reads them
    Pack(PackArgs),
}

/// Options of `watch sessions pack`.
#[derive(Debug, clap::Args)]
pub struct PackArgs {
    /// The sessions: folders, or unique beginnings of their ids
    #[arg(value_name = "SESSION", required_unless_present = "all")]
    pub sessions: Vec<String>,
    /// Every closed session
    #[arg(long, conflicts_with = "sessions")]
    pub all: bool,
    /// A JSON array instead of text
    #[arg(long)]
    pub json: bool,
}

/// Options of `watch sessions prune`.
#[derive(Debug, clap::Args)]
pub struct PruneArgs {
    /// Remove what was last written before so many days
    #[arg(long, value_name = "DAYS", default_value_t = KEPT_DAYS)]
    pub older_than: u64,
    /// Then remove the oldest until the rest takes at most so many bytes
    #[arg(long, value_name = "BYTES", default_value_t = KEPT_BYTES)]
    pub keep_bytes: u64,
    /// Only say what would be removed
    #[arg(long)]
    pub dry_run: bool,
    /// A JSON array of the removed sessions instead of text
    #[arg(long)]
    pub json: bool,
}

/// Why a session cannot be found.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// There is none.
    #[error("no session is called `{asked}`{}", named(.newest, "; the newest are "))]
    None {
        /// What was asked for.
        asked: String,
        /// The newest there are.
        newest: Vec<String>,
    },
    /// There are several.
    #[error("`{asked}` begins the ids of {count} sessions{}", named(.some, ": "))]
    Ambiguous {
        /// What was asked for.
        asked: String,
        /// How many there are.
        count: usize,
        /// Some of them.
        some: Vec<String>,
    },
    /// The folder holds no session.
    #[error("{} holds no session: there is no {JOURNAL_FILE} in it", .0.display())]
    NoJournal(PathBuf),
    /// The folder of all sessions cannot be read.
    #[error("{}: {error}", .path.display())]
    Unreadable {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

/// Whether somebody still writes a session's journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Liveness {
    /// Its supervisor holds the journal's lock.
    Running,
    /// Nobody does.
    Ended,
}

/// A session as it is listed.
#[derive(Debug)]
struct Listed {
    folder: PathBuf,
    id: String,
    summary: Result<Summary, ReadError>,
    liveness: Liveness,
    bytes: u64,
    written: SystemTime,
    is_packed: bool,
}

/// Lists or prunes sessions.
///
/// # Errors
/// What the system says of the folder of all sessions, or of one that is to be removed.
pub fn run(args: &Args, paths: &Paths) -> anyhow::Result<ExitCode> {
    let folder = paths.sessions();
    if let Some(What::Pack(pack)) = &args.what {
        self::pack(pack, &folder)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut sessions = all(&folder)?;
    sessions.sort_by(|a, b| b.written.cmp(&a.written).then_with(|| b.id.cmp(&a.id)));
    let out = io::stdout().lock();
    match &args.what {
        Some(What::Pack(_)) => {}
        None => until_closed(list(out, &sessions, args.json))?,
        Some(What::List { json }) => until_closed(list(out, &sessions, args.json || *json))?,
        Some(What::Prune(prune)) => {
            #[allow(clippy::disallowed_methods, reason = "pruning by age asks how old a session is now")]
            let now = SystemTime::now();
            let (gone, kept) = pruned(sessions, prune.older_than, prune.keep_bytes, now);
            if !prune.dry_run {
                for session in &gone {
                    remove(&session.folder)?;
                }
            }
            // Of the sessions that stay, what was kept of files goes as it would when the next one starts.
            let go = if prune.dry_run { undo::prunable } else { undo::prune };
            let segments = match Budget::of_disk(&folder) {
                Ok(budget) => go(&folder, budget, now).with_context(|| folder.display().to_string())?,
                // There was no session yet.
                Err(_) => PruneReport::default(),
            };
            until_closed(report_pruned(out, &gone, &kept, segments, prune))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The folder of the session that `asked` names: a folder, or a unique beginning of an id in `sessions`.
///
/// # Errors
/// [`ResolveError`] says which sessions there are.
pub fn resolve(asked: &str, sessions: &Path) -> Result<PathBuf, ResolveError> {
    let path = Path::new(asked);
    let path = if path.file_name().is_some_and(|name| name == JOURNAL_FILE) {
        path.parent().map_or_else(PathBuf::new, Path::to_path_buf).join("")
    } else {
        path.to_path_buf()
    };
    if !asked.is_empty() && has_journal(&path) {
        return Ok(path);
    }
    let ids = ids(sessions)?;
    let mut found: Vec<&String> = ids.iter().filter(|id| !asked.is_empty() && id.starts_with(asked)).collect();
    if let Some(exact) = found.iter().find(|id| id.as_str() == asked) {
        found = vec![*exact];
    }
    match found.as_slice() {
        [id] => Ok(sessions.join(id)),
        [] if path.is_dir() => Err(ResolveError::NoJournal(path)),
        [] => {
            let newest = ids.iter().rev().take(NAMED_MAX).cloned().collect();
            Err(ResolveError::None { asked: asked.to_owned(), newest })
        }
        several => {
            let some = several.iter().rev().take(NAMED_MAX).map(|id| (*id).clone()).collect();
            Err(ResolveError::Ambiguous { asked: asked.to_owned(), count: several.len(), some })
        }
    }
}

/// The folders of all recorded sessions, in the order of their ids.
///
/// # Errors
/// [`ResolveError::Unreadable`] if the folder of all sessions cannot be read.
pub fn folders(sessions: &Path) -> Result<Vec<PathBuf>, ResolveError> {
    Ok(ids(sessions)?.into_iter().map(|id| sessions.join(id)).collect())
}

/// Opens a session's journal for reading, packed or not.
///
/// # Errors
/// What the system says, with the file's path.
pub fn open_journal(folder: &Path) -> anyhow::Result<Input> {
    let missing = || io::Error::new(io::ErrorKind::NotFound, "No such file");
    let journal = record::open(folder, JOURNAL_FILE)?;
    journal.ok_or_else(missing).with_context(|| folder.join(JOURNAL_FILE).display().to_string())
}

/// Whether a folder holds a session, packed or not.
fn has_journal(folder: &Path) -> bool {
    record::find(folder, JOURNAL_FILE).is_some()
}

/// Whether a session's supervisor still lives. It holds the lock of its journal's file as long as it does.
#[must_use]
pub fn liveness(folder: &Path) -> Liveness {
    let is_locked = File::open(folder.join(JOURNAL_FILE))
        .is_ok_and(|journal| matches!(journal.try_lock_shared(), Err(TryLockError::WouldBlock)));
    if is_locked { Liveness::Running } else { Liveness::Ended }
}

/// A reader of standard output that has gone away is no error: nobody wants more.
///
/// # Errors
/// Every other one.
pub fn until_closed(printed: io::Result<()>) -> io::Result<()> {
    printed.or_else(|error| if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) })
}

/// Names of sessions for an error, if there are any.
fn named(ids: &[String], before: &str) -> String {
    let shown: Vec<String> = ids.iter().map(|id| Untrusted::from(id.as_str()).shown()).collect();
    if shown.is_empty() { String::new() } else { format!("{before}{}", shown.join(", ")) }
}

/// The ids of all sessions, in order. A folder that is not there yet has none.
fn ids(sessions: &Path) -> Result<Vec<String>, ResolveError> {
    let unreadable = |error| ResolveError::Unreadable { path: sessions.to_owned(), error };
    let entries = match fs::read_dir(sessions) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(error)),
    };
    let mut ids = Vec::new();
    for entry in entries {
        let entry = entry.map_err(unreadable)?;
        // A link is no session: what it leads to is not ours to remove.
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder && has_journal(&entry.path()) {
            ids.extend(entry.file_name().into_string());
        }
    }
    ids.sort();
    Ok(ids)
}

fn all(sessions: &Path) -> anyhow::Result<Vec<Listed>> {
    ids(sessions)?.into_iter().map(|id| listed(sessions.join(&id), id)).collect()
}

fn listed(folder: PathBuf, id: String) -> anyhow::Result<Listed> {
    let journal = open_journal(&folder)?;
    let (path, is_packed) = record::find(&folder, JOURNAL_FILE).unwrap_or_default();
    let written = fs::metadata(path).and_then(|metadata| metadata.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
    let liveness = liveness(&folder);
    let summary = Summary::read(journal);
    Ok(Listed { is_packed, bytes: bytes_below(&folder), summary, liveness, folder, id, written })
}

/// What a folder's files take; what cannot be read counts as nothing.
fn bytes_below(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let bytes = |entry: fs::DirEntry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => bytes_below(&entry.path()),
        Ok(kind) if kind.is_file() => entry.metadata().map_or(0, |metadata| metadata.len()),
        _ => 0,
    };
    entries.flatten().map(bytes).sum()
}

impl Listed {
    /// In a word or two, how it is.
    fn state(&self) -> String {
        match (&self.summary, self.liveness) {
            (Err(_), _) => "unreadable".to_owned(),
            (Ok(Summary { exit: Some((_, Some(signal))), .. }), _) => format!("signal {signal}"),
            (Ok(Summary { exit: Some((status, None)), .. }), _) => format!("exit {status}"),
            (Ok(_), Liveness::Running) => "running".to_owned(),
            (Ok(_), Liveness::Ended) => "cut off".to_owned(),
        }
    }

    fn agent(&self) -> String {
        let words = self.summary.as_ref().map_or(&[][..], |summary| &summary.agent);
        words.iter().map(Untrusted::shown).collect::<Vec<_>>().join(" ")
    }

    fn started(&self) -> String {
        let started = self.summary.as_ref().ok().and_then(|summary| summary.started.as_deref());
        // To the second: `2026-11-21T07:00:00.532942569Z` tells nobody more.
        let (seconds, fraction) = started.unwrap_or("?").split_once('.').unwrap_or((started.unwrap_or("?"), ""));
        let zone = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
        Untrusted::from(format!("{seconds}{zone}")).shown()
    }

    fn json(&self) -> serde_json::Value {
        let summary = self.summary.as_ref().ok();
        let decided = summary.map(|summary| summary.decided).unwrap_or_default();
        serde_json::json!({
            "id": self.id,
            "folder": self.folder,
            "started": summary.and_then(|summary| summary.started.as_deref()),
            "seconds": summary.map(|summary| summary.until),
            "agent": summary.map(|summary| summary.agent.as_slice()),
            "cwd": summary.map(|summary| &summary.cwd),
            "cases": summary.map(|summary| summary.cases),
            "approved": decided.approved,
            "denied": decided.denied,
            "expired": decided.expired,
            "void": decided.void,
            "state": self.state(),
            "exit": summary.and_then(|summary| summary.exit).map(|(status, _)| status),
            "bytes": self.bytes,
            "kept_bytes": size_of(&self.folder).unwrap_or_default(),
            "packed": self.is_packed,
        })
    }
}

fn list(mut out: impl Write, sessions: &[Listed], as_json: bool) -> io::Result<()> {
    if as_json {
        let all: Vec<serde_json::Value> = sessions.iter().map(Listed::json).collect();
        return writeln!(out, "{:#}", serde_json::Value::Array(all));
    }
    if sessions.is_empty() {
        return writeln!(out, "no sessions yet");
    }
    let id_cols = sessions.iter().map(|session| session.id.chars().count()).max().unwrap_or(0).max(2);
    writeln!(out, "{:<id_cols$}  {:<25}  {:>5}  {:<10}  {:>9}  agent", "id", "started", "cases", "state", "size")?;
    for session in sessions {
        let cases = session.summary.as_ref().map_or_else(|_| "?".to_owned(), |summary| summary.cases.to_string());
        let agent: String = session.agent().chars().take(AGENT_CHARS_MAX).collect();
        let id = Untrusted::from(session.id.as_str()).shown();
        let (started, state, size) = (session.started(), session.state(), bytes_told(session.bytes));
        writeln!(out, "{id:<id_cols$}  {started:<25}  {cases:>5}  {state:<10}  {size:>9}  {agent}")?;
    }
    Ok(())
}

/// Which go and which stay, both newest first. `sessions` are newest first. A running one stays.
fn pruned(sessions: Vec<Listed>, older_than_days: u64, keep_bytes: u64, now: SystemTime) -> (Vec<Listed>, Vec<Listed>) {
    let age_max = Duration::from_secs(older_than_days.saturating_mul(24 * 60 * 60));
    let mut room = keep_bytes;
    sessions.into_iter().partition(|session| {
        if session.liveness == Liveness::Running {
            return false;
        }
        let age = now.duration_since(session.written).unwrap_or_default();
        if age > age_max || session.bytes > room {
            // Whatever is older than the first that does not fit goes as well.
            room = if age > age_max { room } else { 0 };
            return true;
        }
        room -= session.bytes;
        false
    })
}

/// Packs the sessions that are asked for; with `--all` one that runs is passed over.
fn pack(args: &PackArgs, sessions: &Path) -> anyhow::Result<()> {
    let folders = if args.all {
        folders(sessions)?.into_iter().filter(|folder| liveness(folder) == Liveness::Ended).collect()
    } else {
        args.sessions.iter().map(|asked| resolve(asked, sessions)).collect::<Result<Vec<_>, _>>()?
    };
    let mut out = io::stdout().lock();
    let mut all = Vec::new();
    for folder in folders {
        let Packed { before, after } = record::pack(&folder)?;
        let id = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !args.json {
            let id = Untrusted::from(id.as_str()).shown();
            until_closed(writeln!(out, "{id}  {} -> {}", bytes_told(before), bytes_told(after)))?;
        }
        all.push(serde_json::json!({ "id": id, "folder": folder, "before": before, "after": after }));
    }
    if args.json {
        until_closed(writeln!(out, "{:#}", serde_json::Value::Array(all)))?;
    }
    Ok(())
}

/// Removes a session's folder: the journal last, so that an interrupted removal can be seen and repeated.
fn remove(folder: &Path) -> anyhow::Result<()> {
    let wrap = || folder.display().to_string();
    for entry in fs::read_dir(folder).with_context(wrap)? {
        let entry = entry.with_context(wrap)?;
        if entry.file_name().to_string_lossy().starts_with(JOURNAL_FILE) {
            continue;
        }
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let path = entry.path();
        if is_folder { fs::remove_dir_all(&path) } else { fs::remove_file(&path) }
            .with_context(|| path.display().to_string())?;
    }
    fs::remove_dir_all(folder).with_context(wrap)
}

fn report_pruned(
    mut out: impl Write,
    gone: &[Listed],
    kept: &[Listed],
    segments: PruneReport,
    args: &PruneArgs,
) -> io::Result<()> {
    if args.json {
        let all: Vec<serde_json::Value> = gone.iter().map(Listed::json).collect();
        return writeln!(out, "{:#}", serde_json::Value::Array(all));
    }
    for session in gone {
        writeln!(out, "{}", Untrusted::from(session.id.as_str()).shown())?;
    }
    let bytes = |sessions: &[Listed]| bytes_told(sessions.iter().map(|session| session.bytes).sum());
    let verb = if args.dry_run { "would remove" } else { "removed" };
    let (gone_size, kept_size) = (bytes(gone), bytes(kept));
    writeln!(out, "{verb} {} sessions, {gone_size}; {} stay, {kept_size}", gone.len(), kept.len())?;
    if segments.segments > 0 {
        writeln!(out, "{verb} {} of the kept contents of those that stay", bytes_told(segments.bytes))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;

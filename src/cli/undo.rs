//! `watch undo`: brings back what a session destroyed and we kept.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, SystemTime};

use anyhow::{Context, bail};

use super::outer::session_above;
use super::sessions::{self, JOURNAL_FILE, Liveness};
use crate::config::{Env, Paths};
use crate::journal::Summary;
use crate::model::{CaseId, Untrusted};
use crate::undo::{
    Budget, Content, LostReference, Manner, Outcome, OverNewer, Plan, Record, Selection, Step, Story, Verb, bring_back,
    lost_references, plan,
};

/// Not everything came back.
const NOT_ALL: u8 = 1;
/// What a session that was cut off let go may have been done so long after its last line.
const CUT_OFF_GRACE: Duration = Duration::from_secs(2);

/// Options of `watch undo`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The session: its folder, or a unique beginning of its id
    #[arg(value_name = "SESSION")]
    pub session: String,
    /// Only say what was destroyed, and what of it is kept
    #[arg(long, conflicts_with_all = ["dry_run", "force"])]
    pub list: bool,
    /// Only what was approved in this case, such as c7
    #[arg(long, value_name = "CASE")]
    pub case: Option<CaseId>,
    /// Only this path and what lies below it
    #[arg(long, value_name = "PATH")]
    pub path: Option<PathBuf>,
    /// Only say what would be brought back
    #[arg(long)]
    pub dry_run: bool,
    /// Also where something newer is: that is kept in the session's folder, and replaced
    #[arg(long)]
    pub force: bool,
    /// One JSON object a line
    #[arg(long)]
    pub json: bool,
}

/// Brings back, or lists.
///
/// # Errors
/// No such session, a folder that cannot be read, or a call from inside a supervised tree.
pub fn run(args: &Args, env: &Env, paths: &Paths) -> anyhow::Result<ExitCode> {
    let folder = sessions::resolve(&args.session, &paths.sessions())?;
    let path = args.path.as_deref().map(absolute).transpose()?;
    let selection = Selection { case: args.case, path };
    let (story, plan) = plan(&folder, &selection).with_context(|| folder.display().to_string())?;
    let mut out = io::stdout().lock();
    if args.list {
        let references = lost_references(&story, &selection);
        let listed = list(&mut out, &story, &plan, args.json);
        sessions::until_closed(listed.and_then(|()| each_reference(&mut out, &references, args.json, |_| Fate::Lost)))?;
        return Ok(ExitCode::SUCCESS);
    }
    if args.dry_run {
        let references = lost_references(&story, &selection);
        let told = foretell(&mut out, &plan, args.json);
        sessions::until_closed(told.and_then(|()| each_reference(&mut out, &references, args.json, |_| Fate::Lost)))?;
        return Ok(all_or_not(plan.gone.is_empty()));
    }
    if let Some(outer) = outer_session(env, paths) {
        bail!("this is inside the supervised tree of session {outer}; run watch undo from a terminal of your own");
    }
    let mut is_all = plan.gone.is_empty();
    let mut printed = Ok(());
    let mut count = 0;
    bring_back(&folder, &plan, manner(args, &folder, &story), Budget::of_disk(&folder)?, &mut |step| {
        count += 1;
        is_all &= !matches!(step.outcome, Outcome::Failed { .. });
        if printed.is_ok() {
            printed = tell(&mut out, step, args.json);
        }
    })?;
    // Most came back with their files.
    let references = lost_references(&story, &selection);
    let told = printed.and_then(|()| {
        each_reference(&mut out, &references, args.json, |lost| {
            let fate = put_back(lost);
            is_all &= !matches!(fate, Fate::NotBack(_));
            count += 1;
            fate
        })?;
        finish(&mut out, &story, &plan, count, args.json)
    });
    sessions::until_closed(told)?;
    Ok(all_or_not(is_all))
}

fn all_or_not(is_all: bool) -> ExitCode {
    if is_all { ExitCode::SUCCESS } else { ExitCode::from(NOT_ALL) }
}

/// A path from the current folder, as records have it: without links on the way to its last part.
fn absolute(path: &Path) -> anyhow::Result<Vec<u8>> {
    let path = std::path::absolute(path).with_context(|| path.display().to_string())?;
    // What is gone has no canonical path, so the nearest folder that is there gives it.
    let mut rest = Vec::new();
    let mut above = path.as_path();
    while let (Some(parent), Some(name)) = (above.parent(), above.file_name()) {
        rest.push(name);
        if let Ok(parent) = parent.canonicalize() {
            let whole = rest.iter().rev().fold(parent, |path, name| path.join(name));
            return Ok(whole.into_os_string().into_encoded_bytes());
        }
        above = parent;
    }
    Ok(path.as_os_str().as_bytes().to_vec())
}

/// How to bring back. A session that was cut off has told less than it did: what it let go at last was done right after.
fn manner(args: &Args, folder: &Path, story: &Story) -> Manner {
    #[allow(clippy::disallowed_methods, reason = "what is kept while bringing back is as old as now")]
    let now = SystemTime::now();
    let left_until = match sessions::liveness(folder) {
        Liveness::Running => None,
        Liveness::Ended => {
            let told = fs::metadata(folder.join(JOURNAL_FILE)).and_then(|about| about.modified()).ok();
            let is_whole = || {
                sessions::open_journal(folder)
                    .is_ok_and(|journal| Summary::read(journal).is_ok_and(|all| all.exit.is_some()))
            };
            told.max(story.last_at()).map(|last| if is_whole() { last } else { last + CUT_OFF_GRACE })
        }
    };
    let over_newer = if args.force { OverNewer::Replace } else { OverNewer::Beside };
    Manner { left_until, over_newer, now }
}

/// The session that supervises us, by what the environment says or by who our ancestors are.
fn outer_session(env: &Env, paths: &Paths) -> Option<String> {
    env.outer_session.clone().or_else(|| session_above(paths))
}

/// What was destroyed, the oldest first.
fn list(out: &mut impl Write, story: &Story, plan: &Plan, as_json: bool) -> io::Result<()> {
    let pending: HashSet<u64> = pending(plan);
    for found in &story.found {
        let record = &found.record;
        if matches!(record.verb, Verb::Touched | Verb::References) {
            continue;
        }
        let state = state(record, &pending);
        if as_json {
            writeln!(out, "{}", serde_json::json!({ "state": state, "record": record }))?;
            continue;
        }
        let case = record.case.map_or_else(|| "-".to_owned(), |case| case.to_string());
        let (verb, bytes) = (verb_word(record.verb), record.facts.as_ref().map_or(0, |facts| facts.bytes));
        let to = record.to.as_ref().map(|to| format!(" to {}", to.shown())).unwrap_or_default();
        writeln!(
            out,
            "{:>6}  {case:<4}  {verb:<14}  {bytes:>10}  {state:<8}  {}{to}",
            record.seq,
            record.path.shown()
        )?;
    }
    if !as_json {
        tell_lost(out, story)?;
        if story.found.is_empty() {
            writeln!(out, "the session destroyed nothing that was kept")?;
        }
    }
    Ok(())
}

/// The records that would come back.
fn pending(plan: &Plan) -> HashSet<u64> {
    let things =
        plan.things.values().flat_map(|thing| thing.superseded.iter().copied().chain([thing.found.record.seq]));
    things.chain(plan.moves.iter().map(|each| each.seq)).collect()
}

fn state(record: &Record, pending: &HashSet<u64>) -> &'static str {
    match &record.content {
        Content::NotKept { rule: Some(_), .. } => "let go",
        Content::NotKept { rule: None, .. } => "undo none",
        _ if pending.contains(&record.seq) => "kept",
        _ => "back",
    }
}

fn verb_word(verb: Verb) -> &'static str {
    match verb {
        Verb::Removed => "removed",
        Verb::FolderRemoved => "folder removed",
        Verb::Replaced => "replaced",
        Verb::Moved => "moved",
        Verb::Exchanged => "exchanged",
        Verb::Truncated => "cut",
        Verb::Written => "written over",
        Verb::Touched => "touched",
        Verb::References => "references",
        Verb::Unknown => "unknown",
    }
}

/// What would be brought back.
fn foretell(out: &mut impl Write, plan: &Plan, as_json: bool) -> io::Result<()> {
    for each in &plan.moves {
        let (from, to) = (Untrusted::new(each.from.as_slice()), Untrusted::new(each.to.as_slice()));
        if as_json {
            writeln!(out, "{}", serde_json::json!({ "seq": each.seq, "would": "rename", "from": from, "path": to }))?;
        } else {
            writeln!(out, "would rename      {} to {}", from.shown(), to.shown())?;
        }
    }
    for (path, thing) in &plan.things {
        let path = Untrusted::new(path.as_slice());
        let seq = thing.found.record.seq;
        if as_json {
            writeln!(out, "{}", serde_json::json!({ "seq": seq, "would": "bring back", "path": path }))?;
        } else {
            writeln!(out, "would bring back  {}", path.shown())?;
        }
    }
    tell_gone(out, plan, as_json)?;
    if !as_json && plan.things.is_empty() && plan.moves.is_empty() {
        writeln!(out, "nothing is to be brought back")?;
    }
    Ok(())
}

fn tell(out: &mut impl Write, step: &Step, as_json: bool) -> io::Result<()> {
    let path = step.path.shown();
    let (word, more) = match &step.outcome {
        Outcome::Back => ("back", String::new()),
        Outcome::BackOver => ("back", "; what was there is kept".to_owned()),
        Outcome::Renamed { from } => ("renamed", format!("; it was {}", from.shown())),
        Outcome::Already => ("already", String::new()),
        Outcome::Beside { path } => ("beside", format!("; newer work is there, so it is {}", path.shown())),
        Outcome::Failed { why } => ("not back", format!(": {why}")),
    };
    if as_json {
        let beside = match &step.outcome {
            Outcome::Beside { path } => Some(path),
            _ => None,
        };
        let line = serde_json::json!({
            "seq": step.seq, "path": step.path, "outcome": word, "says": more.trim_start_matches([';', ':', ' ']),
            "beside": beside, "note": step.note,
        });
        return writeln!(out, "{line}");
    }
    let note = step.note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default();
    writeln!(out, "{word:<9} {path}{more}{note}")
}

/// What becomes of a reference that is gone.
enum Fate {
    /// It is only told of.
    Lost,
    /// It is back.
    Back,
    /// It stands elsewhere now, which is left as it is.
    Moved,
    /// Git says why it is not.
    NotBack(String),
}

/// Puts a reference back where nothing has its name. Nothing that the repository has set up is run.
fn put_back(lost: &LostReference) -> Fate {
    if lost.now.is_some() {
        return Fate::Moved;
    }
    #[allow(clippy::disallowed_methods, reason = "git alone writes to its repositories")]
    let mut git = Command::new("git");
    git.args(["-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-C"]).arg(&lost.repository);
    match &lost.name {
        Some(name) => git.args(["update-ref", "--", name, &lost.id, &"0".repeat(lost.id.len())]),
        None => git.args(["stash", "store", "-m", &lost.message, &lost.id]),
    };
    match git.stdin(Stdio::null()).output() {
        Ok(output) if output.status.success() => Fate::Back,
        Ok(output) => Fate::NotBack(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
        Err(error) => Fate::NotBack(format!("git: {error}")),
    }
}

fn each_reference(
    out: &mut impl Write,
    references: &[LostReference],
    as_json: bool,
    mut fate: impl FnMut(&LostReference) -> Fate,
) -> io::Result<()> {
    for lost in references {
        let (word, why) = match fate(lost) {
            Fate::Lost if lost.now.is_some() => ("moved", String::new()),
            Fate::Lost => ("lost", String::new()),
            Fate::Back => ("back", String::new()),
            Fate::Moved => ("moved", String::new()),
            Fate::NotBack(why) => ("not back", why),
        };
        let name = lost.name.clone().unwrap_or_else(|| format!("stash \"{}\"", lost.message));
        if as_json {
            let line = serde_json::json!({
                "repository": lost.repository, "reference": name, "was": lost.id, "now": lost.now, "outcome": word,
                "says": why,
            });
            writeln!(out, "{line}")?;
            continue;
        }
        let now = lost.now.as_ref().map(|now| format!(", is {now} now")).unwrap_or_default();
        let text = format!("{name} in {}: was {}{now} {why}", lost.repository.display(), lost.id);
        writeln!(out, "{word:<9} {}", Untrusted::from(text.trim_end()).shown())?;
    }
    Ok(())
}

/// What has no way back, what is lost, and the sum.
fn finish(out: &mut impl Write, story: &Story, plan: &Plan, count: u64, as_json: bool) -> io::Result<()> {
    tell_gone(out, plan, as_json)?;
    if as_json {
        return Ok(());
    }
    tell_lost(out, story)?;
    if count == 0 && plan.gone.is_empty() {
        writeln!(out, "nothing is to be brought back")?;
    }
    Ok(())
}

fn tell_gone(out: &mut impl Write, plan: &Plan, as_json: bool) -> io::Result<()> {
    for record in &plan.gone {
        let why = match &record.content {
            Content::NotKept { why, .. } => why.as_str(),
            _ => "a later version kept it",
        };
        if as_json {
            let line =
                serde_json::json!({ "seq": record.seq, "path": record.path, "outcome": "undo none", "says": why });
            writeln!(out, "{line}")?;
        } else {
            writeln!(out, "undo none {}: {}", record.path.shown(), Untrusted::from(why).shown())?;
        }
    }
    Ok(())
}

fn tell_lost(out: &mut impl Write, story: &Story) -> io::Result<()> {
    for (file, lost) in &story.lost {
        writeln!(out, "{} lines of {} cannot be read", lost.lines, file.display())?;
    }
    for path in &story.nameless {
        writeln!(out, "kept, but its path is lost: {}", Untrusted::new(path.as_os_str().as_bytes()).shown())?;
    }
    Ok(())
}

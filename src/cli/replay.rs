//! `watch replay`: a recorded session played, told in lines where there is no terminal, exported, or judged again.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};

use super::again::{Again, Choice};
use super::export::{Format, Look, export, export_to};
use super::log::{TYPE_COLS, clock, described_line};
use super::looks::{Chosen, Face, looks};
use super::record::{Input, Record};
use super::sessions::{self, Liveness};
use super::verify;
use crate::app::{Place, Player, Recorded, Rest, Tail};
use crate::config::{Env, Paths, load_config};
use crate::journal::Reader;
use crate::judge::Profile;
use crate::model::{Command, Untrusted};
use crate::runtime::{Follow, Integrity, ReplayPlan, replay};

/// The window in which a session is played when nobody looks, in columns and rows.
pub(super) const UNSEEN_WINDOW: (u16, u16) = (80, 24);
/// So much of what was drawn is read before the first frame, in bytes.
const FIRST_BYTES: usize = 256 * 1024;
/// Today's rules would decide something else than was decided.
const WOULD_CHANGE: u8 = 1;

/// Options of `watch replay`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The session: its folder, or a unique beginning of its id; or an asciicast file. With --judge several
    #[arg(value_name = "SESSION", required_unless_present = "all")]
    pub sessions: Vec<String>,
    /// Print every verdict that today's rules and policy would change, whatever the files were
    #[arg(long)]
    pub judge: bool,
    /// Judge every recorded session
    #[arg(long, requires = "judge", conflicts_with = "sessions")]
    pub all: bool,
    /// Judge by this profile, not by the one that each session had
    #[arg(long, value_enum, value_name = "NAME", requires = "judge")]
    pub profile: Option<Profile>,
    /// Judge by this policy instead of the configured one
    #[arg(long, value_name = "FILE", requires = "judge")]
    pub policy: Option<PathBuf>,
    /// What --judge found as one JSON object
    #[arg(long, requires = "judge")]
    pub json: bool,
    /// Write it in another form
    #[arg(long, value_enum, value_name = "FORM", conflicts_with = "judge")]
    pub export: Option<Format>,
    /// Where --export goes, instead of standard output
    #[arg(long, short, value_name = "FILE", requires = "export")]
    pub output: Option<PathBuf>,
    /// Begin at a time since the start (12:51), a case as it was opened (c7), a line of the journal (#12), or the end
    #[arg(long, value_name = "PLACE", conflicts_with = "judge")]
    pub at: Option<Place>,
    /// Begin at the end of a running session and go on with it
    #[arg(long, short, conflicts_with_all = ["judge", "export", "at"])]
    pub follow: bool,
    /// Colours: terminal, dark, light, contrast-dark, contrast-light, mono, or one of your own
    #[arg(long, value_name = "NAME", value_hint = clap::ValueHint::Other)]
    pub theme: Option<String>,
    /// Keys: default, vim, emacs, or one of your own
    #[arg(long, value_name = "NAME", value_hint = clap::ValueHint::Other)]
    pub keymap: Option<String>,
}

/// Plays a recorded session; where there is no terminal, tells it in lines: its events in order, its last screen, and
/// what is lost. Or, if asked to, writes it in another form, or prints which verdicts today's rules would change.
///
/// # Errors
/// A session that is not there or cannot be read; rules that are not whole. A session that is cut off or changed is
/// told as far as it goes.
pub fn run(args: &Args, env: &Env, paths: &Paths) -> anyhow::Result<ExitCode> {
    if args.judge {
        return judge_again(args, env, paths);
    }
    let [asked] = args.sessions.as_slice() else { bail!("one session is played at a time; several go with --judge") };
    let record = Record::resolve(asked, &paths.sessions())?;
    if let (Some(format), Some(path)) = (args.export, &args.output) {
        let look = Look::named(args.theme.as_deref(), args.keymap.as_deref(), paths)?;
        export_to(path, record, format, args.at, &look)?;
        return Ok(ExitCode::SUCCESS);
    }
    let has_terminal = io::stdin().is_terminal() && io::stdout().is_terminal() && !env.is_dumb();
    if args.export.is_none() && has_terminal {
        play(record, args, env, paths)?;
        return Ok(ExitCode::SUCCESS);
    }
    let (recorded, _) = record.read()?;
    let opened = Opened { record, recorded };
    if let Some(format) = args.export {
        let look = Look::named(args.theme.as_deref(), args.keymap.as_deref(), paths)?;
        export(BufWriter::new(io::stdout().lock()), opened, format, args.at, &look)?;
    } else {
        sessions::until_closed(tell(io::stdout().lock(), opened))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A record with what was read of it.
pub struct Opened {
    /// Where it is.
    pub record: Record,
    /// What is in it.
    pub recorded: Recorded,
}

fn judge_again(args: &Args, env: &Env, paths: &Paths) -> anyhow::Result<ExitCode> {
    let sessions = paths.sessions();
    let folders: Vec<PathBuf> = if args.all {
        sessions::folders(&sessions)?
    } else {
        args.sessions.iter().map(|asked| sessions::resolve(asked, &sessions)).collect::<Result<_, _>>()?
    };
    let home = env.home.as_ref().map(|home| home.to_string_lossy().into_owned());
    let choice = Choice { profile: args.profile, policy: args.policy.clone(), home };
    let mut again = Again::default();
    for folder in &folders {
        again.add(folder, &choice, paths).with_context(|| folder.display().to_string())?;
    }
    let out = io::stdout().lock();
    sessions::until_closed(if args.json { again.print_json(out) } else { again.print(out) })?;
    Ok(if again.changed.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(WOULD_CHANGE) })
}

fn play(record: Record, args: &Args, env: &Env, paths: &Paths) -> anyhow::Result<()> {
    let config = load_config(&paths.config)?;
    let chosen = Chosen { theme: args.theme.clone(), keymap: args.keymap.clone() };
    let looks = looks(chosen, &config, env, paths, Face::Screen)?;
    let folder = match &record {
        Record::Session(folder) => Some(folder.clone()),
        Record::Cast(_) => None,
    };
    let running = folder.clone().filter(|folder| sessions::liveness(folder) == Liveness::Running);
    if args.follow && running.is_none() {
        bail!("the session does not run; there is nothing to follow");
    }
    // What a closed session drew is read while it plays; one that runs is followed from its end.
    let (recorded, tail) = record.begin(if running.is_some() { usize::MAX } else { FIRST_BYTES })?;
    let (tail, rest) = if running.is_some() { (tail, None) } else { (None, tail.map(rest)) };
    let plan = ReplayPlan {
        looks,
        verify: Arc::new(move || folder.as_ref().map_or_else(without_journal, |folder| integrity(folder))),
        follow: running.zip(tail).map(|(folder, tail)| follow(folder, tail)),
    };
    let window = crate::sys::window_size().context("asking for the terminal's size")?;
    let mut player = Player::opened(recorded, rest, window);
    if args.follow {
        player.seek(player.total());
    }
    if let Some(place) = args.at {
        anyhow::ensure!(player.show(place), "there is no such place in this session");
        player.command(Command::Pause);
    }
    replay(player, plan).context("the terminal")
}

/// Reads on in a closed session's recording.
fn rest(mut tail: Tail<Input, Input>) -> Rest {
    Box::new(move |recorded, bytes_max| tail.go_on(recorded, bytes_max))
}

/// Reads what a running session has written, and says whether it still runs.
fn follow(folder: PathBuf, mut tail: Tail<Input, Input>) -> Follow {
    Box::new(move |recorded| {
        // Asked before reading: what a session that has ended wrote last is still read.
        let is_running = sessions::liveness(&folder) == Liveness::Running;
        is_running & tail.more(recorded).is_ok()
    })
}

fn without_journal() -> Integrity {
    Integrity { words: "no journal".to_owned(), is_whole: true }
}

fn integrity(folder: &Path) -> Integrity {
    if sessions::liveness(folder) == Liveness::Running {
        return Integrity { words: "running".to_owned(), is_whole: true };
    }
    let (words, is_whole) = match verify::report(folder, None) {
        Ok(report) if report.is_whole() => ("sealed, hash ok".to_owned(), true),
        Ok(report) => (format!("not whole: {} faults", report.faults.len() + report.more), false),
        Err(error) => (format!("not verified: {error:#}"), false),
    };
    Integrity { words, is_whole }
}

/// Tells a record in lines: its events in order, its last screen, and what is lost.
///
/// # Errors
/// What `out` refuses, or the system of the journal.
pub fn tell(mut out: impl Write, opened: Opened) -> io::Result<()> {
    let Opened { record, recorded } = opened;
    if let Some(journal) = record.journal().map_err(io::Error::other)? {
        let mut reader = Reader::new(journal);
        while let Some(line) = reader.next_line().map_err(|error| error.error)? {
            writeln!(out, "{}", described_line(&line.content))?;
        }
    }
    let losses = recorded.losses.clone();
    let mut player = Player::new(recorded, UNSEEN_WINDOW);
    player.seek(player.total());
    let total = clock(player.total());
    let rows = player.state().screen.text();
    let drawn = rows.iter().rposition(|row| !row.trim_end().is_empty()).map_or(0, |last| last + 1);
    for row in rows.iter().take(drawn) {
        writeln!(out, "{total}  {:<TYPE_COLS$}  {}", "screen", Untrusted::from(row.trim_end()).shown())?;
    }
    for loss in &losses {
        writeln!(out, "{total}  {:<TYPE_COLS$}  {}", "lost", Untrusted::from(loss.as_str()).shown())?;
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::cli::sessions::{CAST_FILE, JOURNAL_FILE};
    use crate::model::must_be_escaped;

    const JOURNAL: &[u8] = include_bytes!("../../tests/journals/v1/journal.jsonl");
    const CAST: &[u8] = include_bytes!("../../tests/journals/v1/screen.cast");

    fn told(journal: &[u8], cast: Option<&[u8]>) -> Vec<String> {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(JOURNAL_FILE), journal).unwrap();
        if let Some(cast) = cast {
            fs::write(dir.path().join(CAST_FILE), cast).unwrap();
        }
        let record = Record::Session(dir.path().to_owned());
        let (recorded, _) = record.read().unwrap();
        let mut out = Vec::new();
        tell(&mut out, Opened { record, recorded }).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(!text.replace('\n', "").contains(must_be_escaped));
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_session_is_told_from_its_start_to_its_last_screen() {
        let lines = told(JOURNAL, Some(CAST));
        assert!(lines[0].starts_with("00:00:00.000  session_start  20261121-070000-shop"), "{}", lines[0]);
        assert_eq!(lines.len(), 23 + 4);
        assert_eq!(lines[22], "00:00:55.000  exit           status 3");
        assert_eq!(lines[26], "00:00:55.000  screen         I stopped: the deletion was denied.");
    }

    #[test]
    fn what_is_lost_is_told_at_the_end() {
        let lines = told(&JOURNAL[..JOURNAL.len() - 5], None);
        assert_eq!(lines.len(), 22 + 2);
        assert!(
            lines[22].starts_with("00:00:53.000  lost           the journal's line 23 is cut off: "),
            "{}",
            lines[22]
        );
        assert_eq!(lines[23], "00:00:53.000  lost           there is no recording");
    }

    #[test]
    fn a_folder_without_a_journal_says_which_file_is_missing() {
        let dir = tempfile::tempdir().unwrap();
        let error = Record::Session(dir.path().to_owned()).read().err().unwrap();
        assert!(format!("{error:#}").contains("journal.jsonl: No such file"), "{error:#}");
    }
}

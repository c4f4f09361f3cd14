//! `watch replay`: a recorded session played, told in lines where there is no terminal, or judged again.

use std::fs::File;
use std::io::{self, BufReader, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;

use super::log::{TYPE_COLS, clock, described_line};
use super::sessions::{self, CAST_FILE, JOURNAL_FILE};
use super::{settings, verify};
use crate::app::{Player, Recorded};
use crate::config::{Env, Paths, load_config, load_policy};
use crate::journal::{Body, Entry, Reader};
use crate::judge::{Fresh, Judge};
use crate::model::{Action, Blind, CaseId, Exec, FileFact, Judgement, Oracle, Untrusted, Verdict};
use crate::runtime::{ReplayPlan, replay};

/// The window in which a session is played when nobody looks, in columns and rows.
const UNSEEN_WINDOW: (u16, u16) = (80, 24);

/// What may have been at a path when a session ran; nobody can look any more.
const ASSUMPTIONS: [FileFact; 4] = [
    FileFact::Missing,
    FileFact::File { bytes: 1 },
    FileFact::Folder { is_empty: false },
    FileFact::Folder { is_empty: true },
];

/// Today's rules would decide something else than was decided.
const WOULD_CHANGE: u8 = 1;

/// Options of `watch replay`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The session: its folder, or a unique beginning of its id
    #[arg(value_name = "SESSION")]
    pub session: String,
    /// Print every verdict that today's rules would change, whatever the files were
    #[arg(long)]
    pub judge: bool,
    /// Colours: terminal, dark, light, mono, or one of your own
    #[arg(long, value_name = "NAME")]
    pub theme: Option<String>,
    /// Keys: default, vim, emacs, or one of your own
    #[arg(long, value_name = "NAME")]
    pub keymap: Option<String>,
}

/// Plays a recorded session; where there is no terminal, tells it in lines: its events in order, its last screen, and
/// what is lost. Or, if asked to, prints which verdicts today's rules would change.
///
/// # Errors
/// A session that is not there or cannot be read; rules that are not whole. A session that is cut off or changed is
/// told as far as it goes.
pub fn run(args: &Args, env: &Env, paths: &Paths) -> anyhow::Result<ExitCode> {
    let folder = sessions::resolve(&args.session, &paths.sessions())?;
    if args.judge {
        let count = judge_again(io::stdout().lock(), &folder, paths)?;
        return Ok(if count == 0 { ExitCode::SUCCESS } else { ExitCode::from(WOULD_CHANGE) });
    }
    let recorded = open(&folder)?;
    if io::stdin().is_terminal() && io::stdout().is_terminal() {
        play(recorded, args, &folder, env, paths)?;
    } else {
        sessions::until_closed(tell(io::stdout().lock(), &folder, recorded))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn play(recorded: Recorded, args: &Args, folder: &Path, env: &Env, paths: &Paths) -> anyhow::Result<()> {
    let config = load_config(&paths.config)?;
    let theme = args.theme.clone().or(config.theme).unwrap_or_else(|| settings::default_theme(env).to_owned());
    let keymap = args.keymap.clone().or(config.keymap).unwrap_or_else(|| "default".to_owned());
    let (integrity, is_whole) = match verify::report(folder, None) {
        Ok(report) if report.is_whole() => ("sealed, hash ok".to_owned(), true),
        Ok(report) => (format!("not whole: {} faults", report.faults.len() + report.more), false),
        Err(error) => (format!("not verified: {error:#}"), false),
    };
    let plan = ReplayPlan {
        theme: settings::theme(&theme, paths)?,
        keymap: settings::keymap(&keymap, paths)?,
        integrity,
        is_whole,
    };
    let window = crossterm::terminal::size().context("asking for the terminal's size")?;
    replay(Player::new(recorded, window), plan).context("the terminal")
}

/// Reads a session's folder for a [`Player`].
///
/// # Errors
/// A journal that is not there or cannot be read; a recording that is not there is named as lost.
pub fn open(folder: &Path) -> anyhow::Result<Recorded> {
    let journal = BufReader::new(sessions::open_journal(folder)?);
    let path = folder.join(CAST_FILE);
    let cast = match File::open(&path) {
        Ok(file) => Some(BufReader::new(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error).with_context(|| path.display().to_string()),
    };
    Recorded::read(journal, cast).with_context(|| folder.join(JOURNAL_FILE).display().to_string())
}

fn tell(mut out: impl Write, folder: &Path, recorded: Recorded) -> io::Result<()> {
    let mut reader = Reader::new(BufReader::new(File::open(folder.join(JOURNAL_FILE))?));
    while let Some(line) = reader.next_line().map_err(|error| error.error)? {
        writeln!(out, "{}", described_line(&line.content))?;
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

/// An act as it was judged.
struct Judged<'a> {
    case: Option<CaseId>,
    action: &'a Action,
    verdict: Verdict,
}

impl<'a> Judged<'a> {
    /// The act that an entry is about, if it is about one that was judged whole.
    fn of(body: &'a Body) -> Option<Self> {
        let (case, action, verdict) = match body {
            Body::Action { action, verdict, covered_by, .. } => (*covered_by, action, *verdict),
            Body::Hold { case, action, judgement, .. } => (Some(*case), action, judgement.verdict),
            _ => return None,
        };
        // What was cut cannot be judged again as it was.
        let is_whole = action.as_exec().is_none_or(|exec| !exec.is_cut);
        is_whole.then_some(Self { case, action, verdict })
    }
}

/// Judges every act of a session by today's rules; prints and counts the verdicts that would be others.
fn judge_again(mut out: impl Write, folder: &Path, paths: &Paths) -> anyhow::Result<usize> {
    let recorded = open(folder)?;
    let mut policy = load_policy(&paths.config, None)?;
    policy.profile = recorded.settings.profile.parse().ok();
    let judge = settings::judge(&policy, paths)?;
    let agent = &recorded.session.agent;
    let mut reader = Reader::new(BufReader::new(sessions::open_journal(folder)?));
    let (mut judged, mut changed) = (0_usize, 0_usize);
    let mut held: Option<Exec> = None;
    while let Some(line) = reader.next_line()? {
        let Some(entry) = line.content.entry() else { continue };
        let Some(before) = Judged::of(&entry.body) else { continue };
        judged += 1;
        if let Body::Hold { action, .. } = &entry.body {
            held = action.as_exec().cloned();
        }
        // A shell that was refused tries the same words elsewhere on its search path, and is refused without a rule.
        let is_again = |exec: &Exec| held.as_ref().is_some_and(|held| held.argv == exec.argv && held.cwd == exec.cwd);
        if before.verdict == Verdict::Deny && before.action.as_exec().is_some_and(is_again) {
            continue;
        }
        // The agent itself is what the operator asked for; no rule is asked.
        if judged == 1 && before.action.as_exec().is_some_and(|exec| exec.argv == *agent) {
            continue;
        }
        if let Some(now) = changed_judgement(&judge, &before) {
            changed += 1;
            sessions::until_closed(writeln!(out, "{}", changed_line(entry, &before, &now)))?;
        }
    }
    sessions::until_closed(writeln!(out, "{changed} of {judged} verdicts would change"))?;
    Ok(changed)
}

/// What the rules say now, if they cannot have said before what they say of it under any assumption about files.
fn changed_judgement(judge: &Judge, before: &Judged<'_>) -> Option<Judgement> {
    let blind = judge.judge(before.action, &Fresh, &Blind);
    let is_possible = |assumed: Assumed| judge.judge(before.action, &Fresh, &assumed).verdict == before.verdict;
    let assumptions =
        ASSUMPTIONS.into_iter().flat_map(|fact| [None, Some(true)].map(|is_new| Assumed { fact, is_new }));
    let is_same = blind.verdict == before.verdict || assumptions.into_iter().any(is_possible);
    (!is_same).then_some(blind)
}

/// At every path there is the same, all of it made by the session or of unknown age.
struct Assumed {
    fact: FileFact,
    is_new: Option<bool>,
}

impl Oracle for Assumed {
    fn fact(&self, _path: &Untrusted) -> FileFact {
        self.fact
    }

    fn resolve(&self, path: &Untrusted) -> Option<Untrusted> {
        Some(path.clone())
    }

    fn read(&self, _path: &Untrusted, _max_bytes: usize) -> Option<Vec<u8>> {
        None
    }

    fn is_new(&self, _path: &Untrusted) -> Option<bool> {
        self.is_new
    }
}

fn changed_line(entry: &Entry, before: &Judged<'_>, now: &Judgement) -> String {
    let case = before.case.map_or_else(String::new, |case| case.to_string());
    let why = now.worst().map_or_else(String::new, |finding| format!("  ({})", finding.rule));
    let (at, was, is) = (clock(entry.t), before.verdict, now.verdict);
    let line = format!("{at}  {case:<4}  {was:<7} -> {is:<7}  {}{why}", before.action.shown());
    Untrusted::from(line).shown()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::journal::{Content, Writer};
    use crate::model::{ActionId, ActionKind, Caller, Moment, Pid, Source, must_be_escaped};

    const JOURNAL: &[u8] = include_bytes!("../../tests/journals/v1/journal.jsonl");
    const CAST: &[u8] = include_bytes!("../../tests/journals/v1/screen.cast");

    fn told(journal: &[u8], cast: Option<&[u8]>) -> Vec<String> {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(JOURNAL_FILE), journal).unwrap();
        if let Some(cast) = cast {
            fs::write(dir.path().join(CAST_FILE), cast).unwrap();
        }
        let mut out = Vec::new();
        tell(&mut out, dir.path(), open(dir.path()).unwrap()).unwrap();
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

    /// How many verdicts would change in a session of these acts, of which the first is the agent's own.
    fn changes(acts: &[(&[&str], Option<Verdict>)]) -> (usize, String) {
        let dir = tempfile::tempdir().unwrap();
        let paths = Paths { config: dir.path().join("c"), state: dir.path().join("s"), runtime: dir.path().join("r") };
        let judge = settings::judge(&load_policy(&paths.config, None).unwrap(), &paths).unwrap();
        let mut start = match Reader::new(JOURNAL).next_line().unwrap().unwrap().content {
            Content::Entry(entry) => entry,
            other => panic!("{other:?}"),
        };
        if let Body::SessionStart { agent, .. } = &mut start.body {
            *agent = vec!["sh".into(), "-c".into(), "rm -rf /".into()];
        }
        let mut writer = Writer::new(File::create(dir.path().join(JOURNAL_FILE)).unwrap());
        writer.append(&start).unwrap();
        for (words, verdict) in acts {
            let argv: Vec<Untrusted> = words.iter().map(|&word| word.into()).collect();
            let path = Untrusted::from(format!("/usr/bin/{}", words[0]));
            let action = Action {
                id: ActionId(1),
                at: Moment(1),
                caller: Caller { pid: Pid(2), tid: Pid(2), parent: Pid(1), program: "sh".into() },
                source: Source::Kernel,
                kind: ActionKind::Exec(Exec { path, argv, cwd: "/home/dev/shop".into(), ..Exec::default() }),
            };
            let verdict = verdict.unwrap_or_else(|| judge.judge(&action, &Fresh, &Blind).verdict);
            let body = Body::Action { action, verdict, covered_by: None, granted: None };
            writer.append(&Entry { t: Moment(1), body }).unwrap();
        }
        let mut out = Vec::new();
        let count = judge_again(&mut out, dir.path(), &paths).unwrap();
        (count, String::from_utf8(out).unwrap())
    }

    #[test]
    fn only_verdicts_that_no_file_explains_are_said_to_change() {
        let agent: (&[&str], Option<Verdict>) = (&["sh", "-c", "rm -rf /"], Some(Verdict::Allow));
        let same: (&[&str], Option<Verdict>) = (&["git", "push", "--force"], None);
        assert_eq!(changes(&[agent, same, (&["ls"], None)]), (0, "0 of 3 verdicts would change\n".to_owned()));
        let (count, told) = changes(&[agent, (&["ls"], Some(Verdict::Deny))]);
        assert_eq!(count, 1);
        assert_eq!(told, "00:00:00.000        deny    -> allow    ls\n1 of 2 verdicts would change\n");
    }

    #[test]
    fn a_folder_without_a_journal_says_which_file_is_missing() {
        let dir = tempfile::tempdir().unwrap();
        let error = open(dir.path()).unwrap_err();
        assert!(format!("{error:#}").contains("journal.jsonl: No such file"), "{error:#}");
    }
}

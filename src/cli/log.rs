//! `watch log`: a session's journal, for people or as it is.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use anyhow::Context;
use clap::builder::PossibleValuesParser;

use super::sessions::{self, JOURNAL_FILE, Liveness};
use crate::config::Paths;
use crate::journal::{Body, Content, Line, Reader};
use crate::model::{CueKind, Decision, Evidence, Finding, Moment, RuledBy, Ruling, Term, Untrusted};

/// How often a running session's journal is looked at.
const FOLLOW_EVERY: Duration = Duration::from_millis(100);
/// Longer texts are cut for people, in characters; `--json` has them whole.
const SHOWN_CHARS_MAX: usize = 2_000;
/// The widest type's name, in columns.
pub(super) const TYPE_COLS: usize = 13;
/// Every `type` there is (`CONTRACT.md`).
const TYPES: [&str; 22] = [
    "session_start",
    "action",
    "cue",
    "finding",
    "hold",
    "shown",
    "release",
    "release_stopped",
    "decision",
    "freeze",
    "thaw",
    "withdrawn",
    "output_gap",
    "screen_mark",
    "resize",
    "warning",
    "order",
    "order_over",
    "scope",
    "grant",
    "revoke",
    "exit",
];

/// Options of `watch log`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The session: its folder, or a unique beginning of its id
    #[arg(value_name = "SESSION")]
    pub session: String,
    /// The journal's lines as they are, one JSON object each
    #[arg(long)]
    pub json: bool,
    /// Go on until the session ends
    #[arg(long, short)]
    pub follow: bool,
    /// Only entries of these types, separated by commas
    #[arg(long = "type", value_name = "T", value_delimiter = ',', value_parser = PossibleValuesParser::new(TYPES))]
    pub types: Vec<String>,
}

/// Prints a session's journal.
///
/// # Errors
/// A session that is not there or cannot be read. A flawed or cut-off journal is printed as far as it goes, and
/// standard error says what is wrong with it.
pub fn run(args: &Args, paths: &Paths) -> anyhow::Result<ExitCode> {
    let folder = sessions::resolve(&args.session, &paths.sessions())?;
    let mut reader = Reader::new(sessions::open_journal(&folder)?);
    let types: BTreeSet<&str> = args.types.iter().map(String::as_str).collect();
    let printer = Printer { is_json: args.json, types };
    let mut out = io::stdout().lock();
    loop {
        // Asked before reading: what a session that has ended wrote last is still read.
        let liveness = sessions::liveness(&folder);
        let mut is_over = false;
        while let Some(line) = reader.next_line().with_context(|| folder.join(JOURNAL_FILE).display().to_string())? {
            is_over |= matches!(line.content.entry().map(|entry| &entry.body), Some(Body::Exit { .. }));
            if let Err(error) = printer.print(&mut out, &line) {
                sessions::until_closed(Err(error))?;
                return Ok(ExitCode::SUCCESS);
            }
        }
        if is_over || !args.follow || liveness == Liveness::Ended {
            break;
        }
        out.flush()?;
        thread::sleep(FOLLOW_EVERY);
    }
    sessions::until_closed(out.flush())?;
    if let Some(lost) = reader.lost() {
        writeln!(io::stderr(), "watch: {lost}")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// How lines are printed, and which.
struct Printer<'a> {
    is_json: bool,
    types: BTreeSet<&'a str>,
}

impl Printer<'_> {
    fn print(&self, mut out: impl Write, line: &Line<'_>) -> io::Result<()> {
        let (at, kind, what) = describe(&line.content);
        if !self.types.is_empty() && !self.types.contains(kind.as_str()) {
            return Ok(());
        }
        if self.is_json {
            out.write_all(line.raw)?;
            return out.write_all(b"\n");
        }
        writeln!(out, "{}", shown_line(at, &kind, &what))?;
        match &line.flaw {
            Some(flaw) => {
                writeln!(out, "{:>12}  {:<TYPE_COLS$}  {}", "", "FLAW", Untrusted::from(flaw.to_string()).shown())
            }
            None => Ok(()),
        }
    }
}

/// One line for people about an entry, in the same form as all others.
pub(super) fn described_line(content: &Content) -> String {
    let (at, kind, what) = describe(content);
    shown_line(at, &kind, &what)
}

/// One line for people: time, type, what happened; nothing in it that a terminal would obey.
fn shown_line(at: Moment, kind: &str, what: &str) -> String {
    let line = format!("{}  {kind:<TYPE_COLS$}  {what}", clock(at));
    let mut shown = Untrusted::from(line.trim_end()).shown();
    if let Some((cut, _)) = shown.char_indices().nth(SHOWN_CHARS_MAX) {
        let more = shown.split_off(cut).chars().count();
        shown.push_str(&format!("… ({more} characters more)"));
    }
    shown
}

/// `00:12:51.040`: hours, minutes, seconds and milliseconds since the start.
pub(super) fn clock(at: Moment) -> String {
    format!("{at}.{:03}", at.0 / 1000 % 1000)
}

/// When, what type, and what happened; the text is not yet safe to draw.
fn describe(content: &Content) -> (Moment, String, String) {
    match content {
        Content::Entry(entry) => {
            let (kind, what) = describe_body(&entry.body);
            (entry.t, kind.to_owned(), what)
        }
        Content::Unknown { t, kind } => (*t, kind.clone(), "not known to this version".to_owned()),
        Content::Unreadable => (Moment::ZERO, "?".to_owned(), String::new()),
    }
}

/// An entry's type and, in one line, what it says. Texts of the agent's choosing are in it as they are: the
/// whole line has to be made safe to draw.
fn describe_body(body: &Body) -> (&'static str, String) {
    match body {
        Body::SessionStart { session, started, agent, cwd, task, profile, on_hold, .. } => {
            let agent: Vec<String> = agent.iter().map(Untrusted::shown).collect();
            let task = task.as_ref().map_or_else(String::new, |task| format!(", task: {}", task.lossy()));
            let what = format!(
                "{session} at {started}: {} in {}, {profile}, holds: {on_hold}{task}",
                agent.join(" "),
                cwd.lossy()
            );
            ("session_start", what)
        }
        Body::Action { action, verdict, covered_by, granted } => {
            let covered = covered_by.map_or_else(String::new, |case| format!(" (covered by {case})"));
            let covered = granted.map_or(covered, |grant| format!(" (granted by {grant})"));
            ("action", format!("{verdict:<7}  {}{covered}", action.shown()))
        }
        Body::Cue { cue } => ("cue", format!("{}: {}", cue_word(cue.kind), cue.text.lossy())),
        Body::Finding { finding, .. } => ("finding", describe_finding(finding)),
        Body::Hold { case, action, judgement, .. } => {
            let why = judgement.worst().map_or_else(String::new, |finding| format!(" | {}", describe_finding(finding)));
            ("hold", format!("{case} {}{why}", action.shown()))
        }
        Body::Shown { case, evidence } => {
            let Evidence { rows, since, keys, window: (cols, lines), .. } = evidence.as_ref();
            let (many, keys) = (rows.len(), keys.len());
            ("shown", format!("{case} in {many} rows of {cols}x{lines}, unchanged since {since}, {keys} keys"))
        }
        Body::Decision { case, decision } => ("decision", format!("{case} {}", describe_decision(decision))),
        Body::Release { case, at, .. } => ("release", format!("{case} is approved and let go at {}", clock(*at))),
        Body::ReleaseStopped { case } => ("release_stopped", format!("{case} stays held")),
        Body::Freeze { stopped, total, micros } => {
            let millis = micros.div_ceil(1000);
            ("freeze", format!("{stopped} of {total} processes in {millis} ms"))
        }
        Body::Thaw {} => ("thaw", String::new()),
        Body::Withdrawn { case, id } => {
            let what = case.map_or_else(|| format!("call {}", id.0), |case| case.to_string());
            ("withdrawn", what)
        }
        Body::OutputGap { bytes, why } => ("output_gap", format!("{bytes} bytes not recorded: {why}")),
        Body::ScreenMark { offset, hash } => ("screen_mark", format!("{offset} bytes recorded, {hash}")),
        Body::Resize { cols, rows } => ("resize", format!("{cols}x{rows}")),
        Body::Warning { text } => ("warning", text.clone()),
        Body::Order { order } => ("order", format!("{} holds: {}", order.order, order.words.lossy())),
        Body::OrderOver { order } => ("order_over", format!("{}: {}", order.order, order.words.lossy())),
        Body::Scope { scope } => ("scope", scope.clone()),
        Body::Grant { grant } => ("grant", grant.shown()),
        Body::Revoke { grant } => ("revoke", grant.to_string()),
        Body::Exit { status, signal } => {
            let signal = signal.map_or_else(String::new, |signal| format!(", signal {signal}"));
            ("exit", format!("status {status}{signal}"))
        }
    }
}

fn describe_finding(finding: &Finding) -> String {
    let Finding { rule, tier, title, target, .. } = finding;
    let target = target.as_ref().map_or_else(String::new, |target| format!(": {}", target.lossy()));
    format!("{tier} {rule}, {title}{target}")
}

fn describe_decision(decision: &Decision) -> String {
    let ruling = match decision.ruling {
        Ruling::Approve => "approved",
        Ruling::Deny => "denied",
        Ruling::Expired => "expired",
        Ruling::Void => "void",
    };
    let by = match decision.by {
        RuledBy::Panel => "at the panel",
        RuledBy::Remote => "by watch approve or deny",
        RuledBy::Option => "by --on-hold",
        RuledBy::Watch => "by watch itself",
    };
    let term = match decision.term {
        Term::Once => "",
        Term::Session => " for the session",
    };
    let because = decision.because.as_ref().map_or_else(String::new, |words| format!(": {}", words.lossy()));
    format!("{ruling}{term} {by}{because}")
}

fn cue_word(kind: CueKind) -> &'static str {
    match kind {
        CueKind::ToolCall => "tool call",
        CueKind::Failure => "failure",
        CueKind::Guess => "guess",
        CueKind::Question => "question",
        CueKind::Claim => "claim",
        CueKind::Result => "result",
        CueKind::Task => "task",
        CueKind::Mode => "mode",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{Entry, Writer};
    use crate::model::must_be_escaped;

    fn printed(bodies: Vec<Body>, is_json: bool, types: &[&str]) -> String {
        let mut writer = Writer::new(Vec::new());
        for (at, body) in bodies.into_iter().enumerate() {
            writer.append(&Entry { t: Moment(at as u64 * 1_000_000), body }).unwrap();
        }
        let journal = writer.into_inner();
        let mut reader = Reader::new(&journal[..]);
        let printer = Printer { is_json, types: types.iter().copied().collect() };
        let mut out = Vec::new();
        while let Some(line) = reader.next_line().unwrap() {
            printer.print(&mut out, &line).unwrap();
        }
        String::from_utf8(out).unwrap()
    }

    fn bodies() -> Vec<Body> {
        vec![
            Body::Warning { text: "disk\x1b[2K\u{202e} full\nnext".into() },
            Body::Resize { cols: 80, rows: 24 },
            Body::Thaw {},
            Body::Exit { status: 130, signal: Some(2) },
        ]
    }

    #[test]
    fn each_entry_is_one_line_that_no_terminal_obeys() {
        let text = printed(bodies(), false, &[]);
        let expected = "00:00:00.000  warning        disk<U+001B>[2K<U+202E> full<U+000A>next\n\
                        00:00:01.000  resize         80x24\n00:00:02.000  thaw\n\
                        00:00:03.000  exit           status 130, signal 2\n";
        assert_eq!(text, expected);
        assert!(!text.replace('\n', "").contains(must_be_escaped));
    }

    #[test]
    fn only_the_types_that_were_asked_for_are_printed() {
        assert_eq!(printed(bodies(), false, &["thaw", "resize"]).lines().count(), 2);
    }

    #[test]
    fn json_is_the_journal_as_it_is() {
        let text = printed(bodies(), true, &["exit"]);
        assert!(text.starts_with(r#"{"seq":4,"t":3.0,"type":"exit","status":130,"signal":2,"prev":""#), "{text}");
    }

    #[test]
    fn a_long_text_is_cut_for_people() {
        let text = printed(vec![Body::Warning { text: "é".repeat(5000) }], false, &[]);
        assert!(text.ends_with("é… (3029 characters more)\n"), "{text}");
    }

    #[test]
    fn every_type_can_be_asked_for_and_is_described_safely() {
        let journal = include_bytes!("../../tests/journals/v1/journal.jsonl");
        let mut reader = Reader::new(&journal[..]);
        let mut types = BTreeSet::new();
        while let Some(line) = reader.next_line().unwrap() {
            let (at, kind, what) = describe(&line.content);
            assert!(!shown_line(at, &kind, &what).contains(must_be_escaped));
            types.insert(kind);
        }
        let known: BTreeSet<String> = TYPES.map(str::to_owned).into();
        assert_eq!(types.difference(&known).next(), None);
    }
}

//! `watch report`: what many sessions asked, what was answered, and which rules ask for nothing.

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;

use super::sessions::{self, JOURNAL_FILE};
use crate::config::Paths;
use crate::journal::{HASTY, Tally};
use crate::model::{Noun, Untrusted, counted};

/// A rule that was approved so often, and nine times in ten, is named as one to tune.
const TUNE_AT: u64 = 3;
/// An act is shown with at most so many characters; `--json` has it whole.
const ACT_CHARS_MAX: usize = 100;

/// Options of `watch report`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The sessions: folders, or unique beginnings of their ids
    #[arg(value_name = "SESSION", required_unless_present = "all")]
    pub sessions: Vec<String>,
    /// Every recorded session
    #[arg(long, conflicts_with = "sessions")]
    pub all: bool,
    /// A JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

/// Prints a report over sessions.
///
/// # Errors
/// A session that is not there or cannot be read.
pub fn run(args: &Args, paths: &Paths) -> anyhow::Result<ExitCode> {
    let folders = if args.all {
        sessions::folders(&paths.sessions())?
    } else {
        args.sessions.iter().map(|asked| sessions::resolve(asked, &paths.sessions())).collect::<Result<_, _>>()?
    };
    let mut tally = Tally::default();
    for folder in &folders {
        let journal = sessions::open_journal(folder)?;
        tally.add(journal).with_context(|| folder.join(JOURNAL_FILE).display().to_string())?;
    }
    let out = io::stdout().lock();
    sessions::until_closed(if args.json { json(out, &tally) } else { text(out, &tally) })?;
    Ok(ExitCode::SUCCESS)
}

fn text(mut out: impl Write, tally: &Tally) -> io::Result<()> {
    let many = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
    let (sessions, acts) = (counted(tally.sessions, Noun::Session), counted(many(tally.acts), Noun::Act));
    writeln!(out, "{sessions}, {} in all, {acts} judged", span(tally.lasted))?;
    let rate = tally.cases_per_hour().map_or_else(String::new, |rate| format!(", {rate:.1} an hour"));
    writeln!(out, "{} asked{rate}", counted(many(tally.cases), Noun::Case))?;
    if let Some(median) = tally.median_decision() {
        let (many, hasty) = (tally.decided_in.len(), tally.hasty);
        writeln!(out, "decided by you: {many}, median {}", took(median))?;
        writeln!(out, "approved in under {} s: {hasty}", HASTY.as_secs())?;
    }
    rules(&mut out, tally)?;
    observed(&mut out, tally)?;
    if tally.flaws > 0 {
        writeln!(out, "\n{} could not be read; `watch verify` says which", counted(tally.flaws, Noun::JournalLine))?;
    }
    Ok(())
}

fn rules(out: &mut impl Write, tally: &Tally) -> io::Result<()> {
    if tally.rules.is_empty() {
        return Ok(());
    }
    let mut rules: Vec<_> = tally.rules.iter().map(|(id, rule)| (shown(&id.0), rule)).collect();
    rules.sort_by_key(|(id, rule)| (std::cmp::Reverse(rule.cases), id.clone()));
    let cols = rules.iter().map(|(id, _)| id.chars().count()).max().unwrap_or(0).max("rule".len());
    writeln!(out, "\n{:<cols$}  cases  approved  under 2 s  denied  unanswered        median", "rule")?;
    for (id, rule) in rules {
        let (cases, approved, hasty, denied, open) = (rule.cases, rule.approved, rule.hasty, rule.denied, rule.open);
        let median = rule.median_decision().map_or_else(|| "-".to_owned(), took);
        writeln!(out, "{id:<cols$}  {cases:>5}  {approved:>8}  {hasty:>9}  {denied:>6}  {open:>10}  {median:>12}")?;
    }
    for (id, rule) in tally.to_tune(TUNE_AT) {
        let (id, approved, cases) = (shown(&id.0), rule.approved, rule.cases);
        writeln!(out, "to tune: {id} was approved {approved} times of {cases}; a grant would ask less")?;
    }
    Ok(())
}

fn observed(out: &mut impl Write, tally: &Tally) -> io::Result<()> {
    if tally.observed == 0 {
        return Ok(());
    }
    let times = counted(tally.would_have_asked.len(), Noun::Time);
    writeln!(out, "\nwould have asked {times} in {}", counted(tally.observed, Noun::ObservedSession))?;
    for asked in &tally.would_have_asked {
        let what: String = asked.what.chars().take(ACT_CHARS_MAX).collect();
        let cut = if asked.what.chars().nth(ACT_CHARS_MAX).is_some() { "…" } else { "" };
        let rules: Vec<String> = asked.rules.iter().map(|rule| shown(&rule.0)).collect();
        let (session, rules) = (shown(&asked.session), rules.join(" "));
        writeln!(out, "  {session} {} {:<8} {what}{cut}  [{rules}]", asked.at, asked.tier)?;
    }
    Ok(())
}

fn json(mut out: impl Write, tally: &Tally) -> io::Result<()> {
    let rules = tally.rules.iter().map(|(id, rule)| {
        serde_json::json!({
            "rule": id,
            "cases": rule.cases,
            "approved": rule.approved,
            "approved_under_2_seconds": rule.hasty,
            "denied": rule.denied,
            "unanswered": rule.open,
            "median_decision_seconds": rule.median_decision().map(|median| median.as_secs_f64()),
        })
    });
    let asked = tally.would_have_asked.iter().map(|asked| {
        let (at, tier) = (asked.at, asked.tier);
        serde_json::json!({ "session": asked.session, "t": at, "what": asked.what, "tier": tier, "rules": asked.rules })
    });
    let report = serde_json::json!({
        "sessions": tally.sessions,
        "seconds": tally.lasted.as_secs_f64(),
        "acts": tally.acts,
        "cases": tally.cases,
        "cases_per_hour": tally.cases_per_hour(),
        "median_decision_seconds": tally.median_decision().map(|median| median.as_secs_f64()),
        "decided": tally.decided_in.len(),
        "approved_under_2_seconds": tally.hasty,
        "rules": rules.collect::<Vec<_>>(),
        "to_tune": tally.to_tune(TUNE_AT).into_iter().map(|(id, _)| id).collect::<Vec<_>>(),
        "observed_sessions": tally.observed,
        "would_have_asked": asked.collect::<Vec<_>>(),
        "unreadable_lines": tally.flaws,
    });
    writeln!(out, "{report:#}")
}

/// How long a decision took: to a tenth of a second as long as that matters.
fn took(long: Duration) -> String {
    if long < Duration::from_secs(60) { format!("{:.1} s", long.as_secs_f64()) } else { span(long) }
}

/// Hours, minutes and seconds for people.
fn span(lasted: Duration) -> String {
    let secs = lasted.as_secs();
    match (secs / 3600, secs / 60 % 60, secs % 60) {
        (0, 0, secs) => format!("{secs} s"),
        (0, minutes, secs) => format!("{minutes} min {secs} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

fn shown(text: &str) -> String {
    Untrusted::from(text).shown()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_of_minutes_is_told_in_minutes() {
        for (millis, told) in
            [(700, "0.7 s"), (59_900, "59.9 s"), (946_300, "15 min 46 s"), (2 * 3_600_000 + 60_000, "2 h 1 min")]
        {
            assert_eq!(took(Duration::from_millis(millis)), told);
        }
    }
}

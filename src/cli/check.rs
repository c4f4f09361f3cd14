//! `watch check`: judges texts without running them.

use std::io::{self, BufRead, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::output::{line, written};
use super::settings;
use crate::config::{Paths, load_policy};
use crate::judge::{Account, Fresh, Judge, asked, prose};
use crate::model::{Blind, Finding, Judgement, Moment, Text, TextKind, Tool, Untrusted, Verdict};
use crate::shell;
use crate::trail::Trail;

/// The worst verdict was hold or confirm.
const HELD: u8 = 3;
/// Earlier events are told apart by a second each, in microseconds.
const SECOND_MICROS: u64 = 1_000_000;
/// What a refusal says in its first line: our own, and the words that the agent is given.
const REFUSED: &[&str] = &["watch: denied", "denied by the operator", "refused by the operator", "operator denied"];
/// The worst verdict was deny.
const DENIED: u8 = 4;

/// What stands below the options.
const FORM: &str = r#"Without words, each line of standard input is one JSON object:
  {"id": ANY, "kind": "shell"|"sql"|"http"|"file_read"|"prose", "text": TEXT,
   "cwd": FOLDER, "prior": [{"kind": KIND or "output", "text": TEXT, "cwd": FOLDER}, …]}
`cwd` and `prior`, the events before it, may be left out. A `cd` of an earlier event is followed
until an event says where it runs. Each line gives one:
  {"id", "verdict", "tier", "findings": [{"rule", "class", "tier", "span": [FROM, TO], "why"}, …]}
or, where a line is no such object, {"id": null, "error"}.

Exit status: 0 allow or log, 3 hold or confirm, 4 deny; 0 for lines from standard input; 2 usage."#;

/// `watch check`.
#[derive(Debug, clap::Args)]
#[command(after_help = FORM)]
pub struct Args {
    /// Answer in JSON
    #[arg(long)]
    json: bool,
    /// Say how the text was understood, as a tree
    #[arg(long, requires = "command")]
    explain: bool,
    /// The policy to judge by, instead of the operator's
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// The words of a command; without them, one JSON object a line is read from standard input
    #[arg(trailing_var_arg = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// One line of the input.
#[derive(Debug, Deserialize)]
struct Question {
    id: Value,
    kind: TextKind,
    text: String,
    cwd: Option<String>,
    prior: Option<Vec<Prior>>,
}

/// An earlier event.
#[derive(Debug, Deserialize)]
struct Prior {
    kind: TextKind,
    text: String,
    cwd: Option<String>,
}

/// One line of the answer.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    id: &'a Value,
    verdict: Verdict,
    tier: Option<&'static str>,
    findings: Vec<Found<'a>>,
}

/// An answer, and how the text was understood where that was asked for.
#[derive(Debug, Serialize)]
struct Explained<'a> {
    #[serde(flatten)]
    answer: Answer<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<&'a Account>,
}

#[derive(Debug, Serialize)]
struct Found<'a> {
    rule: &'a str,
    class: &'static str,
    tier: &'static str,
    span: [usize; 2],
    why: &'a str,
}

/// Runs `watch check`.
///
/// # Errors
/// A policy or a pack that is not whole; standard input or output that breaks off.
pub fn run(args: &Args, paths: &Paths) -> anyhow::Result<ExitCode> {
    let policy = load_policy(&paths.config, args.policy.as_deref())?;
    let judge = settings::judge(&policy, paths)?;
    if args.command.is_empty() {
        stream(&judge)?;
        return Ok(ExitCode::SUCCESS);
    }
    let text = match args.command.as_slice() {
        [only] => only.clone(),
        words => words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" "),
    };
    let cwd = std::env::current_dir().ok().map(|path| path.to_string_lossy().into_owned());
    let action = asked(TextKind::Shell, &text, cwd.as_deref());
    let judgement = judge.judge(&action, &Fresh, &Blind);
    let account = args.explain.then(|| judge.account(&action, &Fresh, &Blind));
    if args.json {
        let answer = answer(&Value::Null, &judgement);
        line(&serde_json::to_string(&Explained { answer, account: account.as_ref() })?)?;
    } else {
        told(&judgement)?;
        for text in account.iter().flat_map(Account::lines) {
            line(&text)?;
        }
    }
    Ok(match judgement.verdict {
        Verdict::Allow | Verdict::Log => ExitCode::SUCCESS,
        Verdict::Hold | Verdict::Confirm => ExitCode::from(HELD),
        Verdict::Deny => ExitCode::from(DENIED),
    })
}

/// Answers one line for each line of standard input.
fn stream(judge: &Judge) -> anyhow::Result<()> {
    let mut input = io::stdin().lock();
    let mut output = io::BufWriter::new(io::stdout().lock());
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        if input.read_until(b'\n', &mut bytes)? == 0 {
            break;
        }
        if bytes.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let answered = match Question::read(&bytes) {
            Ok(question) => {
                let judgement = one(judge, &question);
                serde_json::to_string(&answer(&question.id, &judgement))?
            }
            Err(error) => serde_json::to_string(&serde_json::json!({"id": null, "error": error}))?,
        };
        // Whoever asks line by line waits for the answer.
        written(writeln!(output, "{answered}").and_then(|()| output.flush()))?;
    }
    Ok(())
}

impl Question {
    /// One line; or why it is no question.
    fn read(line: &[u8]) -> Result<Self, String> {
        // A list of the fields' values in their order would be read as well, but nobody was told of that order.
        if !line.trim_ascii_start().starts_with(b"{") {
            return Err("a line is one JSON object".to_owned());
        }
        let question: Self = serde_json::from_slice(line).map_err(|error| error.to_string())?;
        match question.kind {
            TextKind::Output => Err("`output` is a kind of what was before, not of what is asked".to_owned()),
            TextKind::Shell | TextKind::Sql | TextKind::Http | TextKind::FileRead | TextKind::Prose => Ok(question),
        }
    }
}

/// Whether an output says that the operator refused the act.
fn is_refusal(text: &str) -> bool {
    let first = text.lines().next().unwrap_or_default().to_ascii_lowercase();
    REFUSED.iter().any(|words| first.contains(words))
}

/// Where a shell that lives on stands after `text`. A folder that is named already is where the session came to, not
/// where it began.
fn moved_to(text: &str, folder: &str) -> Option<String> {
    let after = shell::folder_after(text, folder)?;
    let is_there = after.strip_prefix(folder).is_some_and(|below| !below.is_empty() && folder.ends_with(below));
    Some(if is_there { folder.to_owned() } else { after })
}

fn one(judge: &Judge, question: &Question) -> Judgement {
    let mut trail = Trail::default();
    let mut folder = question.cwd.clone();
    // What is printed belongs to what was run last.
    let mut last: Option<Tool> = None;
    for (second, prior) in (0..).zip(question.prior.iter().flatten()) {
        let at = Moment(second * SECOND_MICROS);
        folder = prior.cwd.clone().or(folder);
        let cwd = folder.as_deref();
        let text = Text { kind: prior.kind, text: Untrusted::from(prior.text.as_str()), cwd: cwd.map(Untrusted::from) };
        match prior.kind {
            TextKind::Prose => prose::cues(&prior.text, at).iter().for_each(|cue| trail.said(cue)),
            TextKind::Output => {
                let refused = last.as_ref().and_then(Tool::text).filter(|_| is_refusal(&prior.text));
                if let Some(refused) = refused {
                    let action = asked(refused.kind, &refused.text.lossy(), cwd);
                    trail.refused(&action, &judge.judge(&action, &trail, &Blind));
                }
                trail.printed(&text, last.as_ref(), at);
            }
            TextKind::Shell | TextKind::Sql | TextKind::Http | TextKind::FileRead => {
                trail.prior(&text, at, &Blind);
                last = Tool::of_text(&text);
            }
        }
        if prior.kind == TextKind::Shell {
            folder = folder.and_then(|folder| moved_to(&prior.text, &folder)).or_else(|| question.cwd.clone());
        }
    }
    let action = asked(question.kind, &question.text, folder.as_deref());
    match question.cwd.as_deref().filter(|begun| folder.as_deref() != Some(*begun)) {
        // The project is where the session began.
        Some(begun) => judge.clone().at(begun, Some(judge.home(begun))).judge(&action, &trail, &Blind),
        None => judge.judge(&action, &trail, &Blind),
    }
}

fn answer<'a>(id: &'a Value, judgement: &'a Judgement) -> Answer<'a> {
    let found = |finding: &'a Finding| Found {
        rule: &finding.rule.0,
        class: finding.class.word(),
        tier: finding.tier.word(),
        span: [finding.span.0, finding.span.1],
        why: &finding.why,
    };
    Answer {
        id,
        verdict: judgement.verdict,
        tier: judgement.tier().map(crate::model::Tier::word),
        findings: judgement.findings.iter().map(found).collect(),
    }
}

/// The judgement in words.
fn told(judgement: &Judgement) -> io::Result<()> {
    line(judgement.verdict.word())?;
    for finding in &judgement.findings {
        let target = finding.target.as_ref().map(|target| format!(": {}", target.shown())).unwrap_or_default();
        line(&format!("  {} {} {}{target}", finding.tier.word(), finding.rule, finding.title))?;
        line(&format!("    {}", finding.why))?;
        if let Some(instead) = &finding.instead {
            line(&format!("    instead: {instead}"))?;
        }
    }
    Ok(())
}

/// A word as a shell would have to be given it.
fn quoted(word: &str) -> String {
    let is_plain = !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./=:,@%+^~".contains(&b));
    if is_plain { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_known_by_the_words_that_the_agent_was_given() {
        for (text, expected) in [
            ("watch: denied", true),
            ("Denied by the operator. Do not retry or work around it; report and wait.", true),
            ("rm: denied by the operator", true),
            ("permission denied", false),
            ("ok\ndenied by the operator", false),
        ] {
            assert_eq!(is_refusal(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_question_is_told_and_only_the_earlier_events_have_output() {
        for (line, expected) in [
            (r#"{"id":1,"kind":"shell","text":"ls"}"#, None),
            (r#" {"id":null,"kind":"shell","text":"ls","cwd":null,"prior":null,"more":1}"#, None),
            (r#"{"id":1,"kind":"sql","text":"x","prior":[{"kind":"output","text":"y"}]}"#, None),
            (r#"{"kind":"shell","text":"ls"}"#, Some("missing field `id`")),
            (r#"{"id":1,"kind":"output","text":"ls"}"#, Some("`output` is a kind")),
            (r#"[1,"shell","ls",null,[]]"#, Some("a line is one JSON object")),
            ("ls", Some("a line is one JSON object")),
        ] {
            let read = Question::read(line.as_bytes()).err();
            match expected {
                None => assert_eq!(read, None, "{line}"),
                Some(begin) => assert!(read.clone().is_some_and(|error| error.starts_with(begin)), "{line}: {read:?}"),
            }
        }
    }
}

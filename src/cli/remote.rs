//! `watch pending`, `approve`, `deny` and `status`: what can be asked of running sessions.

use std::fs;
use std::io::{self, BufRead, BufReader, IsTerminal, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use sha2::{Digest, Sha256};

use super::output::{line, lines};
use crate::config::Paths;
use crate::control::{Answer, Ask, CaseBrief, StatusReport, read_session_file};
use crate::model::{Case, CaseId, Offer, Untrusted};
use crate::ui::plain_case;

/// No such case, or not approved.
const NOT_DONE: u8 = 3;
/// How long a session may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often a case that is about to be let go is looked at.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// `watch pending`.
#[derive(Debug, clap::Args)]
pub struct PendingArgs {
    /// One JSON object a line
    #[arg(long)]
    json: bool,
    /// Only this session: its folder, or a unique beginning of its id
    #[arg(long, value_name = "DIR")]
    session: Option<String>,
}

/// `watch approve`.
#[derive(Debug, clap::Args)]
pub struct ApproveArgs {
    /// The case, such as c7
    case: CaseId,
    /// The session it is in, where several run
    #[arg(long, value_name = "DIR")]
    session: Option<String>,
}

/// `watch deny`.
#[derive(Debug, clap::Args)]
pub struct DenyArgs {
    /// The case, such as c7
    case: CaseId,
    /// Words for the agent
    #[arg(long, value_name = "TEXT")]
    because: Option<String>,
    /// The session it is in, where several run
    #[arg(long, value_name = "DIR")]
    session: Option<String>,
}

/// `watch status`.
#[derive(Debug, clap::Args)]
pub struct StatusArgs {
    /// One JSON object a line
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// A short form for a status line
    #[arg(long, value_name = "FORM")]
    format: Option<Format>,
    /// Only this session: its folder, or a unique beginning of its id
    #[arg(long, value_name = "DIR")]
    session: Option<String>,
}

/// `--format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For tmux's status line.
    Tmux,
}

/// Lists the cases of running sessions.
///
/// # Errors
/// When a session that was named cannot be reached.
pub fn pending(args: &PendingArgs, paths: &Paths) -> anyhow::Result<ExitCode> {
    for socket in sockets(args.session.as_deref(), paths)? {
        let Answer::Pending { cases } = ask(&socket, &Ask::Pending)? else { continue };
        for case in cases {
            line(&if args.json { serde_json::to_string(&case)? } else { brief_line(&case) })?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Refuses a case.
///
/// # Errors
/// When no session can be reached, or several have a case of that name.
pub fn deny(args: &DenyArgs, paths: &Paths) -> anyhow::Result<ExitCode> {
    let Some(socket) = socket_with(args.case, args.session.as_deref(), paths)? else { return no_such(args.case) };
    let because = args.because.as_deref().map(Untrusted::from);
    match ask(&socket, &Ask::Deny { case: args.case, because })? {
        Answer::Ruled { case, ruling } => {
            line(&format!("{case}: {}", ruling.word()))?;
            Ok(ExitCode::SUCCESS)
        }
        other => not_done(args.case, &other),
    }
}

/// Prints a case and approves it when the words are typed. There is no flag that skips the typing.
///
/// # Errors
/// Without a terminal, when no session can be reached, or when several have a case of that name.
pub fn approve(args: &ApproveArgs, paths: &Paths) -> anyhow::Result<ExitCode> {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        bail!("`watch approve` needs a terminal: it shows the case and asks for typed words");
    }
    let Some(socket) = socket_with(args.case, args.session.as_deref(), paths)? else { return no_such(args.case) };
    let case = match ask(&socket, &Ask::Case { case: args.case })? {
        Answer::Case { case } => case,
        other => return not_done(args.case, &other),
    };
    let text = plain_case(&case);
    lines(&text)?;
    let Some(target) = typed_consent(&case)? else {
        line(&format!("{}: not approved, it stays held", case.id))?;
        return Ok(ExitCode::from(NOT_DONE));
    };
    let shown = format!("{:x}", HexDigest(Sha256::digest(text.join("\n")).into()));
    let mut answer = ask(&socket, &Ask::Approve { case: case.id, shown, target })?;
    if let Answer::Releasing { seconds, .. } = answer {
        answer = let_go(&socket, case.id, seconds)?;
    }
    match answer {
        Answer::Ruled { case, ruling: crate::model::Ruling::Approve } => {
            line(&format!("{case}: approved once"))?;
            Ok(ExitCode::SUCCESS)
        }
        other => not_done(case.id, &other),
    }
}

/// Waits until an approved act is let go, or its approval was stopped.
fn let_go(socket: &Path, case: CaseId, seconds: f64) -> anyhow::Result<Answer> {
    line(&format!("{case}: approved; let go in {seconds:.0} s, and `watch deny {case}` stops it"))?;
    loop {
        std::thread::sleep(LOOK_AGAIN);
        match ask(socket, &Ask::Ruling { case })? {
            Answer::Releasing { .. } => {}
            answer => return Ok(answer),
        }
    }
}

/// Says how the running sessions are.
///
/// # Errors
/// When a session that was named cannot be reached.
pub fn status(args: &StatusArgs, paths: &Paths) -> anyhow::Result<ExitCode> {
    let mut reports = Vec::new();
    for socket in sockets(args.session.as_deref(), paths)? {
        if let Answer::Status(report) = ask(&socket, &Ask::Status)? {
            reports.push(report);
        }
    }
    if args.format == Some(Format::Tmux) {
        let held: usize = reports.iter().map(|report| report.held).sum();
        line(&match (reports.len(), held) {
            (0, _) => String::new(),
            (_, 0) => "watch".to_owned(),
            (_, held) => format!("watch: {held} held"),
        })?;
        return Ok(ExitCode::SUCCESS);
    }
    for report in &reports {
        if args.json {
            line(&serde_json::to_string(report)?)?;
        } else {
            lines(&report_lines(report))?;
        }
    }
    if reports.is_empty() && !args.json {
        line("no session is running")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Asks for `approve CASE`, and for a critical case's target. `None` when anything else was typed.
fn typed_consent(case: &Case) -> anyhow::Result<Option<Option<Untrusted>>> {
    let words = format!("approve {}", case.id);
    match &case.offer {
        Offer::RunElsewhere { why } => {
            line(&format!("This cannot be approved: {why}"))?;
            Ok(None)
        }
        Offer::Approve => Ok((prompt(&format!("Type `{words}` to approve this one act: "))? == words).then_some(None)),
        Offer::TypeTarget { target } => {
            if prompt(&format!("Type `{words}` to approve this one act: "))? != words {
                return Ok(None);
            }
            let typed = prompt("Type the target named under BLAST: ")?;
            Ok((typed == target.shown()).then(|| Some(target.clone())))
        }
    }
}

fn prompt(question: &str) -> io::Result<String> {
    let mut out = io::stdout().lock();
    out.write_all(question.as_bytes())?;
    out.flush()?;
    let mut typed = String::new();
    io::stdin().lock().read_line(&mut typed)?;
    Ok(typed.trim_end_matches(['\r', '\n']).to_owned())
}

fn no_such(case: CaseId) -> anyhow::Result<ExitCode> {
    complain(&format!("there is no open case {case} in a running session"));
    Ok(ExitCode::from(NOT_DONE))
}

fn not_done(case: CaseId, answer: &Answer) -> anyhow::Result<ExitCode> {
    match answer {
        Answer::NoSuchCase { case } => return no_such(*case),
        Answer::Refused { why } => complain(&format!("{case}: {why}")),
        Answer::Ruled { case, ruling } => complain(&format!("{case} is {} already", ruling.word())),
        Answer::Releasing { .. } => complain(&format!("{case} is approved already and not let go yet")),
        Answer::Status(_) | Answer::Pending { .. } | Answer::Case { .. } | Answer::Done => {
            complain(&format!("{case}: the session gave another answer than the one asked for"));
        }
    }
    Ok(ExitCode::from(NOT_DONE))
}

fn complain(text: &str) {
    super::output::complain(text);
}

/// The sockets to ask: of the session that is named, or of all that run.
fn sockets(named: Option<&str>, paths: &Paths) -> anyhow::Result<Vec<PathBuf>> {
    if let Some(named) = named {
        let folder = super::sessions::resolve(named, &paths.sessions())?;
        let file = read_session_file(&folder)
            .with_context(|| format!("{} is not the folder of a session", folder.display()))?;
        return Ok(vec![file.socket]);
    }
    let Ok(entries) = fs::read_dir(&paths.runtime) else { return Ok(Vec::new()) };
    let mut found: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "sock"))
        .filter(|path| UnixStream::connect(path).is_ok())
        .collect();
    found.sort();
    Ok(found)
}

/// The one session that has this open case. Several having it is an error that asks for `--session`.
fn socket_with(case: CaseId, named: Option<&str>, paths: &Paths) -> anyhow::Result<Option<PathBuf>> {
    let mut having = Vec::new();
    for socket in sockets(named, paths)? {
        match ask(&socket, &Ask::Case { case })? {
            Answer::Case { .. } => having.push(socket),
            Answer::Refused { why } => bail!("{why}"),
            Answer::NoSuchCase { .. } | Answer::Status(_) | Answer::Pending { .. } | Answer::Done => {}
            Answer::Ruled { .. } | Answer::Releasing { .. } => {}
        }
    }
    if having.len() > 1 {
        bail!("{} running sessions have a case {case}; name one with --session", having.len());
    }
    Ok(having.pop())
}

fn ask(socket: &Path, ask: &Ask) -> anyhow::Result<Answer> {
    let mut stream =
        UnixStream::connect(socket).with_context(|| format!("no session listens on {} any more", socket.display()))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut request = serde_json::to_vec(ask)?;
    request.push(b'\n');
    stream.write_all(&request)?;
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer)?;
    serde_json::from_str(&answer).with_context(|| format!("{} gave no answer", socket.display()))
}

fn brief_line(case: &CaseBrief) -> String {
    let tier = case.tier.map_or("", crate::model::Tier::word);
    let (id, CaseBrief { age, place, title, command, .. }) = (case.case.to_string(), case);
    format!("{id:<5} {tier:<9} {age:>4.0}s  {place}  {title}  {command}")
}

fn report_lines(report: &StatusReport) -> Vec<String> {
    let list = |words: &[String]| if words.is_empty() { "none".to_owned() } else { words.join(", ") };
    let mut out = vec![
        format!("{}  {}  {}", report.session, report.state, report.agent),
        format!("  folder   {}", report.folder.display()),
        format!("  gates    {}", list(&report.gates)),
        format!("  sensors  {}", list(&report.sensors)),
        format!("  held     {}   decided {}   events {}", report.held, report.decided, report.events),
        format!("  grants   {}", list(&report.grants)),
        format!("  orders   {}", list(&report.orders)),
        format!("  scope    {}", report.scope.as_deref().unwrap_or("not declared")),
    ];
    if report.refused > 0 {
        out.push(format!("  refused  {} calls without a question", report.refused));
    }
    out.extend(report.warnings.iter().map(|warning| format!("  warning  {warning}")));
    out
}

/// Lower-case hex of a digest.
struct HexDigest([u8; 32]);

impl std::fmt::LowerHex for HexDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

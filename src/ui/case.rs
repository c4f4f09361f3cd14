//! What a case says first: COMMAND, and all that makes it what it is (`UX.md`, R6). The other sections follow below.

use std::cell::RefCell;
use std::rc::Rc;

use sha2::{Digest, Sha256};

use super::canvas::{Line, Span, untrusted_spans, width};
use super::command::{Blanks, Command, CommandLine};
use super::intent::{intent, intent_lines};
use super::text::{cut_end, wrap};
use crate::app::State;
use crate::model::{
    ActionKind, Case, CaseKind, Class, Exec, FileAct, Keep, Noun, ObjectKind, Source, Untrusted, counted,
};

/// Cells of the labels' column.
pub(super) const LABEL: usize = 9;

/// The first section: the command and all that makes it what it is. It is never shortened.
pub(super) struct Top {
    pub(super) command: Command,
    pub(super) lines: Vec<Body>,
}

/// Which of the changed variables are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Environment {
    /// Those that a shell does not change by itself.
    Telling,
    /// All.
    Whole,
}

/// A line of a case's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Body {
    /// A line of the command, drawn when it is seen.
    Command(CommandLine),
    /// Marks below a line of the command.
    Marks {
        /// Their columns.
        marks: Vec<std::ops::Range<u16>>,
        /// The line above is one of a script, whose border goes on beside them.
        is_script: bool,
    },
    /// Text.
    Text(Line),
}

/// Hex SHA-256 of all that a case says, independent of the window and of time.
#[must_use]
pub fn digest_of(case: &Case) -> String {
    let mut hash = Sha256::new();
    let mut say = |text: &str| {
        hash.update(text.as_bytes());
        hash.update([0]);
    };
    say(&case.id.to_string());
    say(&case.action.shown());
    if let Some(exec) = case.action.as_exec() {
        facts(exec).iter().for_each(|(name, value)| say(&format!("{name} {}", value.shown())));
        for (name, value) in &exec.env_changed {
            say(&format!("{}={}", name.shown(), value.shown()));
        }
        say(if exec.is_cut { "cut" } else { "whole" });
    }
    if let ActionKind::File(file) = &case.action.kind {
        file_facts(file).iter().for_each(|(name, value)| say(&format!("{name} {value}")));
    }
    for (name, text) in intent(case) {
        say(&format!("{name} {text}"));
    }
    for finding in &case.judgement.findings {
        say(&format!("{} {} {} {}", finding.rule, finding.tier, finding.title, finding.why));
    }
    for secret in &case.judgement.secrets {
        let seen = secret.seen.as_ref().map(Untrusted::shown).unwrap_or_default();
        say(&format!("secret {} {} {seen} {}", secret.id, secret.handle, secret.digest));
    }
    let blast = &case.judgement.blast;
    blast
        .targets
        .iter()
        .chain(&blast.below)
        .chain(&blast.further)
        .chain(&blast.beside)
        .for_each(|target| say(&target.shown()));
    say(&format!("{:?} {:?} {:?} {:?}", blast.environment, blast.backups, blast.undo, case.offer));
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A case's text as it was laid out, and what for.
struct Known {
    case: Case,
    room: u16,
    is_full: bool,
    top: Rc<Top>,
    digest: String,
}

thread_local! {
    // A case is drawn anew for each key and each step of the clock, and of its text nothing changes meanwhile: to lay a
    // long one out takes longer than all else of a frame. It is the same again for the same case, whole, and room alone.
    static KNOWN: RefCell<Option<Known>> = const { RefCell::new(None) };
}

impl Top {
    /// The first section in a room of so many cells, and the case's digest ([`digest_of`]).
    pub(super) fn of(state: &State, case: &Case, room: u16) -> (Rc<Self>, String) {
        let is_full = state.interaction.case.as_ref().is_some_and(|view| view.is_full);
        KNOWN.with_borrow_mut(|known| {
            let is_it = |known: &&mut Known| (known.room, known.is_full) == (room, is_full) && known.case == *case;
            let known = match known.as_mut().filter(is_it) {
                Some(known) => known,
                None => known.insert(Known {
                    case: case.clone(),
                    room,
                    is_full,
                    top: Rc::new(Self::laid_out(case, room, is_full)),
                    digest: digest_of(case),
                }),
            };
            (Rc::clone(&known.top), known.digest.clone())
        })
    }

    fn laid_out(case: &Case, room: u16, is_full: bool) -> Self {
        let (blanks, environment) =
            if is_full { (Blanks::Whole, Environment::Whole) } else { (Blanks::Folded, Environment::Telling) };
        let command = Command::of(&case.action, blanks, room.saturating_sub(1));
        let lines = command_lines(case, &command, room, environment);
        Self { command, lines }
    }
}

/// A label and the first line beside it.
fn labelled(label: &str, line: Line) -> Body {
    let mut left = vec![Span::new("case.label", format!("{label:<LABEL$}"))];
    left.extend(line.left);
    Body::Text(Line { left, right: line.right })
}

/// Lines with the label before the first.
pub(super) fn section(label: &str, lines: Vec<Line>) -> Vec<Body> {
    let label = |index: usize| if index == 0 { label } else { "" };
    lines.into_iter().enumerate().map(|(index, line)| labelled(label(index), line)).collect()
}

fn command_lines(case: &Case, command: &Command, room: u16, environment: Environment) -> Vec<Body> {
    let (what, brief, is_whole) = describe(case);
    let scope = if is_whole { "text.faint" } else { "case.none" };
    let fits = usize::from(width(&what)) + LABEL <= usize::from(room);
    let what = wrap(if fits { &what } else { &brief }, usize::from(room).saturating_sub(LABEL))
        .into_iter()
        .map(|line| Line::new(scope, line));
    let mut lines = section("COMMAND", what.collect());
    let whole = command_length(case);
    let hits: Vec<_> = case
        .judgement
        .findings
        .iter()
        .filter(|finding| finding.class != Class::Guessing || case.kind == CaseKind::Said)
        .map(|finding| finding.span.0..finding.span.1)
        .collect();
    // What covers most of the command marks nothing in it.
    let hits: Vec<_> = hits.into_iter().filter(|hit| hit.len() > 1 && hit.len() * 3 < whole * 2).collect();
    let parts = command.parts(&hits);
    for line in command.lines(room.saturating_sub(1)) {
        let marks = command.marks(&line, &parts);
        let is_script = line.is_script;
        lines.push(Body::Command(line));
        if !marks.is_empty() {
            lines.push(Body::Marks { marks, is_script });
        }
    }
    lines.extend(intent_lines(case, usize::from(room)));
    if let Some(exec) = case.action.as_exec() {
        lines.extend(fact_lines(exec, usize::from(room), environment));
    }
    if let ActionKind::File(file) = &case.action.kind {
        let parts = file_facts(file).into_iter().map(|(name, value)| {
            let mut spans = vec![Span::new("text.faint", format!("{name} "))];
            spans.extend(untrusted_spans(&Untrusted::from(value), "case.text"));
            spans
        });
        let indented = |line: Line| Line::new("case.text", " ").and_all(line.left);
        lines.extend(
            flow(parts.collect(), usize::from(room).saturating_sub(1)).into_iter().map(|l| Body::Text(indented(l))),
        );
    }
    lines
}

/// What beyond its target makes a file call what it is: who makes it, where, and how much is there.
fn file_facts(file: &FileAct) -> Vec<(&'static str, String)> {
    let command = Exec { argv: file.command.clone(), ..Exec::default() }.shown();
    let mut facts = vec![("by", command), ("in", file.cwd.shown())];
    if file.object.kind == ObjectKind::File {
        facts.push(("size", format!("{} bytes", file.object.bytes)));
    }
    if let Keep::Kept { bytes } = &file.keep {
        facts.push(("kept", format!("{bytes} bytes")));
    }
    facts.retain(|(_, value)| !value.is_empty());
    facts
}

/// What kind of text the command is, the same in fewer words, and whether all of it is there.
pub(super) fn describe(case: &Case) -> (String, String, bool) {
    match (&case.action.kind, case.kind) {
        (_, CaseKind::Said) => {
            let what = "what the agent said; no call waits, the tree stands still";
            (what.to_owned(), "what the agent said".to_owned(), true)
        }
        (ActionKind::Exec(exec), CaseKind::Call) if exec.is_cut => {
            let what = "argv the kernel would run, NOT COMPLETE: longer than was read";
            (what.to_owned(), "argv, NOT COMPLETE".to_owned(), false)
        }
        (ActionKind::Exec(exec), CaseKind::Call) => {
            let words = counted(exec.argv.len(), Noun::Word);
            let what = format!("argv the kernel would run, {words}, complete, nothing hidden");
            (what, format!("argv, {words}, complete"), true)
        }
        (ActionKind::Text(_) | ActionKind::Tool(_), CaseKind::Call) => {
            let source = match case.action.source {
                Source::Hook => "announced by the agent's own hook",
                Source::Claimed => "sent as if by the agent's hook",
                Source::Stream => "announced in the agent's output",
                Source::Kernel | Source::Asked => "a text",
            };
            (format!("{source}; a prediction, the call itself is judged again"), source.to_owned(), true)
        }
        (ActionKind::File(file), CaseKind::Call) => called(&file.call),
        (ActionKind::Connect(connect), CaseKind::Call) => called(&connect.call),
        (ActionKind::Kill(kill), CaseKind::Call) => called(&kill.call),
    }
}

/// What is said of a system call that is no program start.
fn called(call: &str) -> (String, String, bool) {
    (format!("the system call {call}, as the kernel was asked for it"), format!("system call {call}"), true)
}

fn command_length(case: &Case) -> usize {
    match &case.action.kind {
        ActionKind::Exec(exec) => {
            exec.argv.iter().map(|word| word.as_bytes().len() + 1).sum::<usize>().saturating_sub(1)
        }
        ActionKind::Text(text) => text.text.as_bytes().len(),
        ActionKind::Tool(tool) => tool.text().map_or_else(|| tool.bytes(), |text| text.text.as_bytes().len()),
        ActionKind::File(_) | ActionKind::Connect(_) | ActionKind::Kill(_) => case.action.shown().len(),
    }
}

/// What beyond its words makes a program start what it is.
pub(super) fn facts(exec: &Exec) -> Vec<(&'static str, &Untrusted)> {
    let mut facts = Vec::new();
    let first = exec.argv.first();
    if first.is_none_or(|name| *name != exec.path)
        && exec.path.lossy().rsplit('/').next() != first.map(Untrusted::lossy).as_deref()
    {
        facts.push(("path", &exec.path));
    }
    if let Some(resolved) =
        exec.resolved.as_ref().filter(|resolved| **resolved != exec.path || Some(*resolved) != first)
    {
        facts.push(("runs", resolved));
    }
    if let Some(interpreter) = &exec.interpreter {
        facts.push(("through", interpreter));
    }
    if !exec.cwd.is_empty() {
        facts.push(("in", &exec.cwd));
    }
    if let Some(stdin) = &exec.stdin {
        facts.push(("input", stdin));
    }
    facts
}

/// Whether a variable is one that every shell changes by itself, and says nothing new.
fn is_routine(exec: &Exec, name: &Untrusted, value: &Untrusted) -> bool {
    match name.as_bytes() {
        b"_" | b"SHLVL" | b"OLDPWD" => true,
        b"PWD" => *value == exec.cwd || value.lossy().starts_with('‹'),
        _ => false,
    }
}

fn fact_lines(exec: &Exec, room: usize, environment: Environment) -> Vec<Body> {
    let mut parts: Vec<Vec<Span>> = Vec::new();
    for (name, value) in facts(exec) {
        let mut spans = vec![Span::new("text.faint", format!("{name} "))];
        spans.extend(untrusted_spans(value, "case.text"));
        parts.push(spans);
    }
    let is_told =
        |name: &Untrusted, value: &Untrusted| environment == Environment::Whole || !is_routine(exec, name, value);
    let (told, routine): (Vec<_>, Vec<_>) = exec.env_changed.iter().partition(|(name, value)| is_told(name, value));
    if !routine.is_empty() {
        let names: Vec<String> = routine.iter().map(|(name, _)| name.shown()).collect();
        parts.push(vec![Span::new("text.faint", format!("and the shell's own {}", names.join(" ")))]);
    }
    let mut lines = flow(parts, room.saturating_sub(1));
    for (name, value) in told {
        let mut spans = vec![Span::new("text.faint", "with ")];
        spans.extend(untrusted_spans(name, "syntax.variable"));
        spans.push(Span::new("syntax.operator", "="));
        spans.extend(untrusted_spans(value, "case.text"));
        lines.extend(break_spans(spans, room.saturating_sub(1)));
    }
    let indented = |line: Line| Line::new("case.text", " ").and_all(line.left);
    lines.into_iter().map(|line| Body::Text(indented(line))).collect()
}

/// Parts side by side while they fit, two blanks between them; a longer one is broken, never cut.
pub(super) fn flow(parts: Vec<Vec<Span>>, room: usize) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut used = 0;
    for part in parts {
        let wide: usize = part.iter().map(|span| usize::from(width(&span.text))).sum();
        match lines.last_mut() {
            Some(line) if used + 2 + wide <= room => {
                line.left.push(Span::new("case.text", "  "));
                line.left.extend(part);
                used += 2 + wide;
            }
            _ => {
                let broken = break_spans(part, room);
                used = if broken.len() > 1 { room } else { wide };
                lines.extend(broken);
            }
        }
    }
    lines
}

/// Spans broken into lines wherever they are too long.
pub(super) fn break_spans(spans: Vec<Span>, room: usize) -> Vec<Line> {
    let room = room.max(1);
    let mut lines = vec![Line::default()];
    let mut used = 0;
    for span in spans {
        let mut rest = span.text.as_str();
        while !rest.is_empty() {
            let mut part = cut_end(rest, room.saturating_sub(used), "");
            if part.is_empty() && used == 0 {
                part = rest.chars().take(1).collect();
            }
            rest = rest.get(part.len()..).unwrap_or_default();
            used += usize::from(width(&part));
            if let Some(line) = lines.last_mut() {
                line.left.push(Span::new(span.scope, part));
            }
            if !rest.is_empty() {
                lines.push(Line::default());
                used = 0;
            }
        }
    }
    lines
}

/// The name of the program in a command line.
pub(super) fn short(command: &Untrusted) -> String {
    let text = command.lossy().into_owned();
    let first = text.split_whitespace().next().unwrap_or_default().to_owned();
    first.rsplit('/').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::app::{Event, OnHold, SessionInfo, Settings, update};
    use crate::journal::Gate;
    use crate::model::{Action, ActionId, Caller, HoldId, Judgement, Moment, Pid, Tree, Verdict};
    use crate::term::Screen;

    fn opened(argv: &[&str]) -> State {
        let session = SessionInfo {
            id: "x".to_owned(),
            agent: vec!["agent".into()],
            cwd: "/work".into(),
            task: None,
            host: None,
            operator: None,
            gate: Gate::Kernel,
            started: "2026-11-21T12:00:00Z".to_owned(),
            midnight_secs: 0,
        };
        let settings = Settings { on_hold: OnHold::Panel, profile: "balanced".to_owned(), is_replay: false };
        let mut state = State::new(session, settings, (80, 24), Screen::new(80, 20, 0));
        let argv = argv.iter().map(|word| Untrusted::from(*word)).collect();
        let kind = ActionKind::Exec(Exec { path: "/bin/rm".into(), argv, cwd: "/work".into(), ..Exec::default() });
        let caller = Caller { pid: Pid(2), tid: Pid(2), parent: Pid(1), program: "sh".into() };
        let action = Action { id: ActionId(1), at: Moment::ZERO, caller, source: Source::Kernel, kind };
        let judgement = Judgement { verdict: Verdict::Hold, ..Judgement::default() };
        let frozen = Some(Duration::ZERO);
        let held = Event::Held { hold: HoldId(1), action, judgement, tree: Tree::default(), frozen };
        let _ = update(&mut state, Moment::ZERO, held);
        state
    }

    #[test]
    fn a_case_is_laid_out_once_for_a_room_and_anew_when_it_or_the_room_changes() {
        let state = opened(&["rm", "-r", "one"]);
        let case = state.docket.cases().first().unwrap();
        let (first, digest) = Top::of(&state, case, 70);
        let (again, _) = Top::of(&state, case, 70);
        assert!(Rc::ptr_eq(&first, &again));
        assert_eq!(digest, digest_of(case));
        assert!(!Rc::ptr_eq(&first, &Top::of(&state, case, 60).0));
        let other = opened(&["rm", "-r", "another"]);
        let changed = other.docket.cases().first().unwrap();
        let (second, other_digest) = Top::of(&other, changed, 70);
        assert_ne!(first.lines, second.lines);
        assert_eq!(other_digest, digest_of(changed));
        assert_ne!(digest, other_digest);
    }
}

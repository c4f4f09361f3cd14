//! A script that removes one thing after the other: asked about once, with all that it says it removes.
//!
//! A script's start is not held: what it does is, as it does it. When its first removal is, its text is read, and if that
//! does nothing that waits but remove what its words name, the question is about all of it. An approval covers what was
//! shown and no more, so it does not matter whether the text stays the same, or is all that the shell will run.

use std::path::Path;

use super::SessionJudge;
use super::ancestry::{Process, ancestors};
use super::covers::REMOVERS;
use crate::model::{Action, ActionId, ActionKind, Class, Exec, Finding, Judgement, Oracle, Span, Untrusted, Verdict};
use crate::sys::{self, ProcId};

/// The longest script that is read, in bytes.
const SCRIPT_BYTES_MAX: usize = 64 * 1024;
/// As much of a command line as is looked at, in bytes.
const CMDLINE_BYTES_MAX: usize = 4096;
/// Questions about scripts that are remembered until they are ruled on.
const QUESTIONS_MAX: usize = 64;
/// Programs that run a script of words like those of a case, and are handed such words behind `-c`.
const SHELLS: [&str; 4] = ["sh", "bash", "dash", "zsh"];

/// What was asked about a script as a whole, and the process that runs it.
#[derive(Debug, Default)]
pub(super) struct Scripts {
    asked: Vec<(ActionId, Process)>,
}

/// A script that is being run.
struct Running {
    process: Process,
    shell: String,
    name: Untrusted,
}

impl Scripts {
    fn push(&mut self, id: ActionId, process: Process) {
        self.asked.retain(|(asked, _)| *asked != id);
        if self.asked.len() == QUESTIONS_MAX {
            self.asked.remove(0);
        }
        self.asked.push((id, process));
    }

    /// The process whose script was asked about with this act.
    pub(super) fn take(&mut self, id: ActionId) -> Option<Process> {
        let at = self.asked.iter().position(|(asked, _)| *asked == id)?;
        Some(self.asked.remove(at).1)
    }
}

impl SessionJudge {
    /// Asks about all that a script removes, where a removal in it is held.
    pub(super) fn ask_for_script(&mut self, action: &Action, judgement: &mut Judgement, oracle: &dyn Oracle) {
        let ActionKind::Exec(exec) = &action.kind else { return };
        if judgement.verdict != Verdict::Hold || !REMOVERS.contains(&exec.name().as_str()) {
            return;
        }
        let Some(running) = running(action.caller.pid.0, self.agent.0) else { return };
        let Some(text) = oracle.read(&running.name, SCRIPT_BYTES_MAX).filter(|text| text.len() < SCRIPT_BYTES_MAX)
        else {
            return;
        };
        let argv = vec![Untrusted::from(running.shell.as_str()), "-c".into(), Untrusted::new(text)];
        let path = argv.first().cloned().unwrap_or_default();
        let script = Exec { path, argv, cwd: exec.cwd.clone(), ..Exec::default() };
        let script = Action { kind: ActionKind::Exec(script), ..action.clone() };
        let mut whole = self.judge.judge(&script, &self.trail, oracle);
        self.leave_to_the_gate(&script, &mut whole, oracle);
        if whole.verdict != Verdict::Hold || !is_more_of_the_same(judgement, &whole) {
            return;
        }
        let why = format!("{} goes on to it; an approval is for all that is named here", running.name.lossy());
        let more = whole.findings.into_iter().filter(|finding| !has(judgement, finding));
        let more: Vec<Finding> =
            more.map(|finding| Finding { span: Span(0, 0), why: why.clone(), ..finding }).collect();
        if more.is_empty() {
            return;
        }
        judgement.findings.extend(more);
        judgement.announced = whole.announced;
        judgement.blast = whole.blast;
        self.scripts.push(action.id, running.process);
    }
}

/// Whether a script is held for nothing but removals of what its words name, by rules that the first of them is held for,
/// and that one is among them.
fn is_more_of_the_same(first: &Judgement, whole: &Judgement) -> bool {
    let is_named = |finding: &Finding| {
        let target = finding.target.as_ref().map(Untrusted::lossy).unwrap_or_default();
        target.starts_with('/') && !target.contains(['*', '?', '[', '$', '{'])
    };
    let is_like = |finding: &Finding| {
        let is_it = |known: &Finding| known.rule == finding.rule && finding.tier <= known.tier;
        finding.class == Class::Delete && is_named(finding) && first.findings.iter().any(is_it)
    };
    whole.findings.iter().all(is_like) && first.findings.iter().all(|finding| has(whole, finding))
}

fn has(judgement: &Judgement, finding: &Finding) -> bool {
    judgement.findings.iter().any(|known| known.rule == finding.rule && known.target == finding.target)
}

/// The script that a process, or the one that it was made by, is running. The agent is no script, whatever it is written in.
fn running(caller: i32, agent: i32) -> Option<Running> {
    let chain = ancestors(caller);
    let line = |process: &Process| sys::cmdline(ProcId(process.id), CMDLINE_BYTES_MAX).unwrap_or_default();
    // What is about to start a program is still called like the shell that made it.
    let own = line(chain.first()?);
    let process = *chain.iter().take_while(|process| line(process) == own).last()?;
    if process.id == agent {
        return None;
    }
    let (shell, name) = script_of(&own)?;
    Some(Running { process, shell, name })
}

/// The shell of a command line and the script that it is given.
fn script_of(line: &[u8]) -> Option<(String, Untrusted)> {
    let mut words = line.split(|byte| *byte == 0);
    let program = String::from_utf8(words.next()?.to_vec()).ok()?;
    let shell = Path::new(&program).file_name()?.to_str()?.to_owned();
    // An option with a value of its own, or that the text comes from elsewhere, is not looked behind.
    let is_plain = |word: &&[u8]| word.starts_with(b"-") && word.iter().skip(1).all(|byte| b"eux".contains(byte));
    let name = words.find(|word| !is_plain(word)).filter(|word| !word.is_empty() && !word.starts_with(b"-"))?;
    SHELLS.contains(&shell.as_str()).then(|| (shell, Untrusted::new(name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Tier;

    #[test]
    fn a_script_is_what_a_shell_is_given_to_run() {
        let script =
            |line: &str| script_of(line.replace(' ', "\0").as_bytes()).map(|(_, name)| name.lossy().into_owned());
        for (line, expected) in [
            ("bash clean.sh", Some("clean.sh")),
            ("/bin/sh ./clean.sh all", Some("./clean.sh")),
            ("bash -eu -x clean.sh", Some("clean.sh")),
            ("bash -c clean.sh", None),
            ("bash -o pipefail clean.sh", None),
            ("bash -s clean.sh", None),
            ("bash", None),
            ("python3 clean.py", None),
            ("rm -rf a", None),
            ("", None),
        ] {
            assert_eq!(script(line).as_deref(), expected, "{line}");
        }
    }

    #[test]
    fn only_more_of_the_same_is_asked_about_with_the_first() {
        let finding = |rule: &str, class, tier, target: &str| Finding {
            target: Some(target.into()),
            ..Finding::new(rule, class, tier, Span(0, 0), "", "")
        };
        let removal = |target: &str| finding("files/remove-folder", Class::Delete, Tier::Medium, target);
        let of = |findings: Vec<Finding>| Judgement { findings, ..Judgement::default() };
        let first = of(vec![removal("/w/a")]);
        for (others, expected) in [
            (vec![removal("/w/a"), removal("/w/b")], true),
            (vec![removal("/w/b")], false),
            (vec![removal("/w/a"), removal("/w/*")], false),
            (vec![removal("/w/a"), removal("$(…)")], false),
            (vec![removal("/w/a"), finding("files/remove-data", Class::Delete, Tier::Medium, "/w/b")], false),
            (vec![removal("/w/a"), finding("files/remove-folder", Class::Delete, Tier::Critical, "/")], false),
            (vec![removal("/w/a"), finding("git/force-push", Class::Delete, Tier::Medium, "/w/b")], false),
        ] {
            let whole = of(others);
            assert_eq!(is_more_of_the_same(&first, &whole), expected, "{:?}", whole.findings);
        }
    }
}

//! What approvals cover: the facts that an approved act announced, and no other.

use std::collections::HashMap;
use std::time::Duration;

use super::ancestry::Process;
use crate::judge::{covers, is_match, is_named, stands_for};
use crate::model::{
    Action, ActionKind, Announced, CaseId, Class, Exec, Finding, Judgement, Moment, Pid, Tier, Tool, Untrusted,
};
use crate::sys::{self, FileId, ProcId};

/// Approvals whose announced acts may still come.
const COVERS_MAX: usize = 256;
/// How long after its approval a call that was announced may begin. An agent runs its tool at once; the same text an
/// hour later is another act.
const BEGINS_WITHIN: Duration = Duration::from_secs(60);

/// How many wrappers within each other are looked through: an agent's own are two.
pub(super) const WRAPPERS_MAX: usize = 3;

/// The finding that a fact is not what was announced. It is about the fact's words, not about what it hits.
pub(super) const BEYOND: &str = "session/beyond";
/// Findings about what was announced or refused before, which come to the same act only afterwards.
const OF_THE_WORDS: [&str; 2] = [BEYOND, "trail/refused-before"];

/// The rule that speaks of a removal of what nobody knows, and what that is called where another program gives it.
const REMOVES_UNKNOWN: &str = "files/remove-unknown";
const GIVEN: &[u8] = b"{}";
/// Programs that start another one with words that they are given.
const HANDS_ON: [&str; 2] = ["xargs", "parallel"];
/// Programs that do nothing but remove what their words name.
pub(super) const REMOVERS: [&str; 3] = ["rm", "rmdir", "unlink"];
/// What stands in a pattern for folders of any depth, or none.
const DEEP: &str = "/**/";

/// Judges a program start that a text announces, by itself.
pub(super) type Weigh<'a> = dyn Fn(&Announced) -> Judgement + 'a;

/// The approvals of a session.
#[derive(Debug, Default)]
pub(super) struct Covers {
    all: Vec<Cover>,
    /// Programs that may make user namespaces, by their files.
    makers: HashMap<FileId, CaseId>,
}

/// What one approval covers.
#[derive(Debug)]
struct Cover {
    case: CaseId,
    action: Action,
    announced: Vec<Announced>,
    findings: Vec<Finding>,
    /// The processes in which the act happens: they and all below them.
    within: Vec<Process>,
    /// For a call that was announced: whose it is, until when it may begin, and which of its program starts began.
    awaited: Option<Awaited>,
}

#[derive(Debug)]
struct Awaited {
    asker: Process,
    until: Moment,
    begun: Vec<bool>,
}

/// A program start that would be held, with what there is to know of it.
pub(super) struct Fact<'a> {
    pub(super) exec: &'a Exec,
    pub(super) judgement: &'a Judgement,
    /// Its process and those above it, nearest first.
    pub(super) ancestors: &'a [Process],
    pub(super) now: Moment,
    /// From which tier on something waits for the operator.
    pub(super) least: Tier,
}

impl Covers {
    /// Remembers an approved program start: what it announced is covered in its process and below.
    pub(super) fn call(&mut self, case: CaseId, action: &Action, judgement: &Judgement, process: Process) {
        self.push(Cover {
            case,
            action: action.clone(),
            announced: judgement.announced.clone(),
            findings: judgement.findings.clone(),
            within: vec![process],
            awaited: None,
        });
    }

    /// Remembers an approved announcement: the act that it announced may begin once, below its asker, from now on.
    pub(super) fn announcement(
        &mut self,
        case: CaseId,
        action: &Action,
        judgement: &Judgement,
        asker: Process,
        now: Moment,
    ) {
        let begun = vec![false; judgement.announced.len()];
        self.push(Cover {
            case,
            action: action.clone(),
            announced: judgement.announced.clone(),
            findings: judgement.findings.clone(),
            within: Vec::new(),
            awaited: Some(Awaited { asker, until: now.plus(BEGINS_WITHIN), begun }),
        });
    }

    /// Remembers that the program of a process may make user namespaces, wherever it runs.
    pub(super) fn maker(&mut self, case: CaseId, process: Pid) {
        if let Ok(program) = sys::exe_id(ProcId(process.0)) {
            if self.makers.len() >= COVERS_MAX {
                self.makers.clear();
            }
            self.makers.insert(program, case);
        }
    }

    /// The case whose approval lets the program of a process make user namespaces.
    pub(super) fn of_maker(&self, process: Pid) -> Option<CaseId> {
        self.makers.get(&sys::exe_id(ProcId(process.0)).ok()?).copied()
    }

    fn push(&mut self, cover: Cover) {
        if self.all.len() == COVERS_MAX {
            self.all.remove(0);
        }
        self.all.push(cover);
    }

    /// The case whose approval covers this program start.
    pub(super) fn of_fact(&mut self, fact: &Fact, weigh: &Weigh) -> Option<CaseId> {
        self.all.iter_mut().rev().find_map(|cover| cover.takes(fact, weigh).then_some(cover.case))
    }

    /// The case whose approval covers what a process reaches that runs the very command that was approved.
    pub(super) fn of_command(&self, command: &[Untrusted], ancestors: &[Process]) -> Option<CaseId> {
        let path = command.first().cloned().unwrap_or_default();
        let exec = Exec { path, argv: command.to_vec(), ..Exec::default() };
        let is_it = |cover: &&Cover| {
            cover.within.iter().any(|process| ancestors.contains(process))
                && (cover.action.as_exec().is_some_and(|approved| approved.argv == exec.argv)
                    || covers(&cover.announced, &exec))
        };
        self.all.iter().rev().find(is_it).map(|cover| cover.case)
    }

    /// The case whose approval covers this announcement: another sensor's of the same call, before it began.
    pub(super) fn of_tool(&self, tool: &Tool, asker: Process, now: Moment) -> Option<CaseId> {
        let is_it = |cover: &&Cover| {
            let ActionKind::Tool(approved) = &cover.action.kind else { return false };
            let is_awaited = cover.awaited.as_ref().is_some_and(|awaited| {
                awaited.asker == asker && now <= awaited.until && !awaited.begun.contains(&true)
            });
            is_awaited && cover.within.is_empty() && is_same_call(approved, tool)
        };
        self.all.iter().rev().find(is_it).map(|cover| cover.case)
    }
}

/// Whether two announcements speak of one call: the same deed, and no two numbers.
pub(super) fn is_same_call(one: &Tool, other: &Tool) -> bool {
    let is_other = one.call.is_some() && other.call.is_some() && one.call != other.call;
    let place = |tool: &Tool| tool.cwd.clone();
    !is_other && one.deed == other.deed && (one.cwd.is_none() || other.cwd.is_none() || place(one) == place(other))
}

impl Cover {
    fn takes(&mut self, fact: &Fact, weigh: &Weigh) -> bool {
        let is_within = self.within.iter().any(|process| fact.ancestors.contains(process));
        let is_awaited = self
            .awaited
            .as_ref()
            .is_some_and(|awaited| fact.now <= awaited.until && fact.ancestors.contains(&awaited.asker));
        if !is_within && !is_awaited {
            return false;
        }
        let start = covers(&self.announced, fact.exec);
        if is_within && start && hands_on(fact) {
            return true;
        }
        if !goes_no_further(fact, &self.findings) {
            return false;
        }
        if is_within {
            return start || removes_what_was_shown(fact, &self.findings) || wraps(fact, &self.announced, weigh);
        }
        let Some(awaited) = &mut self.awaited else { return false };
        if start {
            let next = self
                .announced
                .iter()
                .zip(&mut awaited.begun)
                .find(|(announced, begun)| !**begun && covers(std::slice::from_ref(*announced), fact.exec));
            let Some((_, begun)) = next else { return false };
            *begun = true;
        } else if wraps(fact, &self.announced, weigh) && !awaited.begun.contains(&true) {
            awaited.begun.fill(true);
            awaited.until = Moment::ZERO;
        } else {
            return false;
        }
        self.within.extend(fact.ancestors.first());
        true
    }
}

/// Whether a program start does nothing but run what was announced: `bash -c "source X && eval 'ANNOUNCED' && pwd"`.
pub(super) fn wraps(fact: &Fact, announced: &[Announced], weigh: &Weigh) -> bool {
    !fact.exec.is_cut && runs_only(&fact.judgement.announced, announced, weigh, WRAPPERS_MAX)
}

/// Whether a program start is held for nothing but what it will be given by others to remove: `xargs rm`. It starts a
/// program for that, which is judged with what it was given.
fn hands_on(fact: &Fact) -> bool {
    let counts = |finding: &&Finding| finding.tier >= fact.least && !OF_THE_WORDS.contains(&finding.rule.0.as_str());
    let is_given = |finding: &Finding| {
        finding.rule.0 == REMOVES_UNKNOWN && finding.target.as_ref().is_some_and(|target| target.as_bytes() == GIVEN)
    };
    HANDS_ON.contains(&fact.exec.name().as_str()) && fact.judgement.findings.iter().filter(counts).all(is_given)
}

/// Whether a program does nothing but remove what its words name, and each of these was shown to be removed: it is what
/// was approved, whoever put the words together.
fn removes_what_was_shown(fact: &Fact, shown: &[Finding]) -> bool {
    let is_shown = |finding: &Finding| {
        let Some(target) = finding.target.as_ref().filter(|target| target.as_bytes().starts_with(b"/")) else {
            return false;
        };
        let is_it = |known: &Untrusted| known == target || is_of(&known.lossy(), &target.lossy());
        finding.class == Class::Delete
            && shown.iter().any(|known| known.rule == finding.rule && known.target.as_ref().is_some_and(is_it))
    };
    let path = fact.exec.path.lossy();
    let program = path.rsplit('/').next().unwrap_or_default();
    !fact.exec.is_cut
        && REMOVERS.contains(&program)
        && fact.exec.name() == program
        && fact.judgement.findings.iter().filter(|finding| finding.tier >= fact.least).all(is_shown)
}

/// Whether these are starts that were announced, and others that are harmless by themselves.
fn runs_only(starts: &[Announced], announced: &[Announced], weigh: &Weigh, depth: usize) -> bool {
    // A text that starts no program, such as `> .env`, is known by what it hits alone.
    let has_any = || starts.iter().any(|start| is_announced(start, announced) || depth > 0 && holds_more(start));
    (announced.is_empty() || has_any()) && starts.iter().all(|start| is_expected(start, announced, weigh, depth))
}

fn is_announced(start: &Announced, announced: &[Announced]) -> bool {
    announced.iter().any(|other| stands_for(other, start))
}

/// Whether a start may run others: a shell's with a text.
fn holds_more(start: &Announced) -> bool {
    start.words.len() > 2
}

/// Whether a start was announced, or is harmless by itself, or only runs such.
pub(super) fn is_expected(start: &Announced, announced: &[Announced], weigh: &Weigh, depth: usize) -> bool {
    if is_announced(start, announced) {
        return true;
    }
    let judgement = weigh(start);
    !judgement.verdict.waits() || depth > 0 && runs_only(&judgement.announced, announced, weigh, depth - 1)
}

/// Whether everything that the fact is held for was found in the announcement, on the same target and as grave.
pub(super) fn goes_no_further(fact: &Fact, announced: &[Finding]) -> bool {
    let counts = |finding: &&Finding| finding.tier >= fact.least && !OF_THE_WORDS.contains(&finding.rule.0.as_str());
    fact.judgement.findings.iter().filter(counts).all(|finding| {
        announced.iter().any(|known| {
            known.tier >= finding.tier
                && match (&known.target, &finding.target) {
                    (Some(known), Some(target)) => known == target || is_of(&known.lossy(), &target.lossy()),
                    (None, None) => known.rule == finding.rule,
                    (Some(_), None) | (None, Some(_)) => false,
                }
        })
    })
}

/// Whether a pattern means this path: `/w/**/lib` is `/w/lib` too.
fn is_of(pattern: &str, path: &str) -> bool {
    pattern.contains(['?', '[']) && is_match(pattern, path)
        || pattern.contains('*')
            && (is_named(pattern, path) || pattern.contains(DEEP) && is_named(&pattern.replacen(DEEP, "/", 1), path))
}

/// The announced program start that this fact seems to have become: the same program with other words.
pub(super) fn became<'a>(announced: &'a [Announced], exec: &Exec) -> Option<&'a Announced> {
    let name = exec.name();
    announced.iter().find(|start| match start.words.first() {
        Some(crate::model::Word::Literal(program)) => {
            program.lossy().rsplit('/').next().is_some_and(|program| program == name)
        }
        _ => false,
    })
}

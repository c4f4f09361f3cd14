//! `watch replay --judge`: what today's rules and policy would say of what happened.
//!
//! Nobody can look at the files of that time any more. So an act is judged under several assumptions about them, and
//! those count under which today's rules find most nearly what was found then; a verdict is said to change only where it
//! changes under all of these. What the past of a session added to an act (`trail/…`, `session/…`) is taken as it was
//! found.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::log::clock;
use super::sessions;
use super::settings;
use crate::config::{Paths, Policy, load_policy};
use crate::journal::{Act, Acts, Body, Entry, Reader};
use crate::judge::{Judge, Past, Profile};
use crate::model::{Blind, CaseId, FileFact, Finding, Given, Judgement, Oracle, RuleId, Ruling, Untrusted, Verdict};
use crate::trail::{Mask, Trail};

/// What may have been at a path when a session ran, and whether the session had made it.
const ASSUMPTIONS: [(FileFact, Option<bool>); 8] = [
    (FileFact::Missing, None),
    (FileFact::Missing, Some(true)),
    (FileFact::File { bytes: 1 }, None),
    (FileFact::File { bytes: 1 }, Some(true)),
    (FileFact::Folder { is_empty: false }, None),
    (FileFact::Folder { is_empty: false }, Some(true)),
    (FileFact::Folder { is_empty: true }, None),
    (FileFact::Folder { is_empty: true }, Some(true)),
];
/// The beginnings of rules that speak of the session's past, which the journal does not hold whole.
const OF_THE_PAST: [&str; 2] = ["trail/", "session/"];

/// What the sessions are judged by, where it is not what the operator has configured.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// The profile; `None`: the one that each session had.
    pub profile: Option<Profile>,
    /// The policy's file.
    pub policy: Option<PathBuf>,
    /// The operator's home folder.
    pub home: Option<String>,
}

/// What judging sessions again has given.
#[derive(Debug, Default)]
pub struct Again {
    /// How many sessions there were.
    pub sessions: usize,
    /// How many acts were judged.
    pub judged: usize,
    /// How many were not journalled whole and could not be.
    pub cut: usize,
    /// The verdicts that would be others.
    pub changed: Vec<Change>,
}

/// One verdict that would be another.
#[derive(Debug)]
pub struct Change {
    /// The session's id.
    pub session: String,
    /// The act, with what was said of it.
    pub act: Act,
    /// What would be said today.
    pub now: Judgement,
}

/// What a session's first lines say of it, as far as the judge has to know.
#[derive(Default)]
struct Begin {
    id: String,
    agent: Vec<Untrusted>,
    cwd: Untrusted,
    profile: String,
    scope: Option<String>,
}

/// One session while it is judged.
struct Session {
    begin: Begin,
    judge: Judge,
    /// The profile it was judged by.
    profile: Option<Profile>,
    past: Before,
    held: Vec<(CaseId, Act)>,
}

impl Again {
    /// Judges every act of a session by today's rules.
    ///
    /// # Errors
    /// A journal that cannot be read; rules or a policy that are not whole.
    pub fn add(&mut self, folder: &Path, choice: &Choice, paths: &Paths) -> anyhow::Result<()> {
        let begin = Begin::read(folder)?;
        let policy = policy(&begin, choice, paths)?;
        let judge = settings::judge(&policy, paths)?.at(begin.cwd.lossy(), choice.home.clone());
        let profile = begin.profile.parse().ok();
        let past = Before(Trail::new(Mask::default()));
        let mut session = Session { begin, judge, profile, past, held: Vec::new() };
        let mut reader = Reader::new(sessions::open_journal(folder)?);
        let mut acts = Acts::default();
        let mut is_first = true;
        while let Some(line) = reader.next_line()? {
            let number = line.number;
            let Some(entry) = line.content.entry() else { continue };
            if let Some(act) = acts.take(number, entry) {
                // The agent itself is what the operator asked for; no rule is asked.
                let is_agent = act.action.as_exec().is_some_and(|exec| exec.argv == session.begin.agent);
                if !(std::mem::take(&mut is_first) && is_agent) {
                    self.judge(&mut session, act);
                }
            }
            session.hear(entry);
        }
        if let Some(act) = acts.finish() {
            self.judge(&mut session, act);
        }
        self.sessions += 1;
        Ok(())
    }

    fn judge(&mut self, session: &mut Session, act: Act) {
        let is_cut = act.action.as_exec().is_some_and(|exec| exec.is_cut);
        if is_cut {
            self.cut += 1;
        } else if !is_answer(&act) {
            self.judged += 1;
            if let Some(now) = session.changed(&act) {
                self.changed.push(Change { session: session.begin.id.clone(), act: act.clone(), now });
            }
        }
        session.remember(act);
    }
}

/// What was refused without a rule: the same words tried elsewhere, or again although they were denied.
fn is_answer(act: &Act) -> bool {
    let is_denied = act.findings.iter().any(|finding| finding.rule.0 == "session/denied");
    act.verdict == Verdict::Deny && (act.findings.is_empty() || is_denied)
}

/// Today's policy as it would be for a session where this one was.
fn policy(begin: &Begin, choice: &Choice, paths: &Paths) -> anyhow::Result<Policy> {
    let cwd = begin.cwd.lossy().into_owned();
    let mut policy = load_policy(&paths.config, choice.policy.as_deref())?
        .tightened(Path::new(&cwd))
        .with_context(|| format!("the policy of the project at {}", begin.cwd.shown()))?;
    policy.profile = choice.profile.or_else(|| begin.profile.parse().ok());
    policy.scope = begin.scope.clone().or(policy.scope);
    Ok(policy)
}

impl Begin {
    fn read(folder: &Path) -> anyhow::Result<Self> {
        let mut reader = Reader::new(sessions::open_journal(folder)?);
        let mut begin = Self::default();
        while let Some(line) = reader.next_line()? {
            match line.content.entry().map(|entry| &entry.body) {
                Some(Body::SessionStart { session, agent, cwd, profile, .. }) => {
                    begin.id.clone_from(session);
                    begin.agent.clone_from(agent);
                    begin.cwd.clone_from(cwd);
                    begin.profile.clone_from(profile);
                }
                Some(Body::Scope { scope }) => begin.scope = Some(scope.clone()),
                _ => {}
            }
        }
        Ok(begin)
    }
}

impl Session {
    /// Takes what the judge was told between acts.
    fn hear(&mut self, entry: &Entry) {
        match &entry.body {
            Body::Order { order } if order.given != Given::Policy => self.judge.order(order.clone()),
            Body::OrderOver { order } => self.judge.order_over(order),
            Body::Grant { grant } => self.judge.grant(grant.clone()),
            Body::Revoke { grant } => self.judge.revoke(*grant),
            Body::Cue { cue } => self.past.0.said(cue),
            Body::Decision { case, decision } => {
                let Some(at) = self.held.iter().position(|(held, _)| held == case) else { return };
                let (_, act) = self.held.swap_remove(at);
                if decision.ruling == Ruling::Approve {
                    self.past.0.act(&act.action, &Blind);
                }
            }
            _ => {}
        }
    }

    /// What went on is part of the past of what follows.
    fn remember(&mut self, act: Act) {
        match act.verdict {
            Verdict::Allow | Verdict::Log => self.past.0.act(&act.action, &Blind),
            Verdict::Hold | Verdict::Confirm => match act.case {
                Some(case) => self.held.push((case, act)),
                None => self.past.0.act(&act.action, &Blind),
            },
            Verdict::Deny => {}
        }
    }

    /// What the rules say now, if that is another verdict whatever the files were.
    fn changed(&self, act: &Act) -> Option<Judgement> {
        let then = rules(&act.findings);
        let blind = self.judged(act, &Blind);
        let rest = ASSUMPTIONS.into_iter().map(|(fact, is_new)| self.judged(act, &Assumed { fact, is_new }));
        let all: Vec<(usize, Judgement)> =
            std::iter::once(blind).chain(rest).map(|now| (distance(&then, &rules(&now.findings)), now)).collect();
        let nearest = all.iter().map(|(distance, _)| *distance).min()?;
        let likely = || all.iter().filter(|(distance, _)| *distance == nearest).map(|(_, now)| now);
        let now = likely().next()?;
        let is_same = likely().any(|now| now.verdict == act.verdict);
        (!is_same && !self.was_exempt(act, now)).then(|| now.clone())
    }

    fn judged(&self, act: &Act, oracle: &dyn Oracle) -> Judgement {
        let mut now = self.judge.judge(&act.action, &self.past, oracle);
        let is_of_the_past = |finding: &&Finding| OF_THE_PAST.iter().any(|begin| finding.rule.0.starts_with(begin));
        let kept: Vec<Finding> = act.findings.iter().filter(is_of_the_past).cloned().collect();
        now.verdict = now.verdict.max(self.judge.policy().verdict(&kept));
        now.findings.extend(kept);
        now
    }

    /// Whether an act went on then by something else than the rules, which they would not change: a grant, or its being
    /// one of the agent's own preparations.
    fn was_exempt(&self, act: &Act, now: &Judgement) -> bool {
        let by_its_findings = |finding: &Finding| self.profile.unwrap_or_default().verdict(finding.tier).waits();
        let was_noise = act.verdict == Verdict::Log && act.findings.iter().any(by_its_findings);
        (act.granted.is_some() || was_noise) && now.verdict != Verdict::Deny
    }
}

/// The names of the rules that hit.
fn rules(findings: &[Finding]) -> BTreeSet<&RuleId> {
    findings.iter().map(|finding| &finding.rule).collect()
}

/// By how many rules two sets of findings differ.
fn distance(one: &BTreeSet<&RuleId>, other: &BTreeSet<&RuleId>) -> usize {
    one.symmetric_difference(other).count()
}

/// What a session did before, as far as its journal says: what it made, chose and wrote.
struct Before(Trail);

impl Past for Before {
    fn made(&self, path: &str) -> bool {
        Past::made(&self.0, path)
    }

    fn chosen(&self, tool: &str) -> Option<String> {
        Past::chosen(&self.0, tool)
    }

    fn written(&self, path: &str) -> Option<String> {
        Past::written(&self.0, path)
    }
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

impl Again {
    /// The verdicts that would change, a line each, and how many there are.
    ///
    /// # Errors
    /// What `out` refuses.
    pub fn print(&self, mut out: impl Write) -> io::Result<()> {
        for Change { session, act, now } in &self.changed {
            let case = act.case.map_or_else(String::new, |case| case.to_string());
            let why = now.worst().map_or_else(String::new, |finding| format!("  ({})", finding.rule));
            let (at, was, is) = (clock(act.at), act.verdict, now.verdict);
            let from = if self.sessions > 1 { format!("{session}  ") } else { String::new() };
            let line = format!("{from}{at}  {case:<4}  {was:<7} -> {is:<7}  {}{why}", act.action.shown());
            writeln!(out, "{}", Untrusted::from(line).shown())?;
        }
        if self.cut > 0 {
            writeln!(out, "{} acts were not journalled whole and cannot be judged again", self.cut)?;
        }
        writeln!(out, "{} of {} verdicts would change", self.changed.len(), self.judged)?;
        out.flush()
    }

    /// The same as one JSON object.
    ///
    /// # Errors
    /// What `out` refuses.
    pub fn print_json(&self, mut out: impl Write) -> io::Result<()> {
        let changed = self.changed.iter().map(|Change { session, act, now }| {
            serde_json::json!({
                "session": session,
                "t": act.at,
                "seq": act.line,
                "case": act.case,
                "act": act.action.shown(),
                "was": act.verdict,
                "now": now.verdict,
                "rules_then": rules(&act.findings),
                "rules_now": rules(&now.findings),
                "why": now.worst().map(|finding| &finding.why),
            })
        });
        let all = serde_json::json!({
            "sessions": self.sessions,
            "judged": self.judged,
            "cut": self.cut,
            "changed": changed.collect::<Vec<_>>(),
        });
        writeln!(out, "{all:#}")
    }
}

#[cfg(test)]
mod tests;

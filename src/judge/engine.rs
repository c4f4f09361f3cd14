//! From an Action to its Judgement.

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::act::Act;
use super::doors::Doors;
use super::effect::Deeds;
use super::effects::{self, Inner, Scene};
use super::ground::Land;
use super::matcher;
use super::ordinary::Ordinary;
use super::pack::Pack;
use super::past::Past;
use super::policy::Policy;
use super::rule::Rule;
use super::within::Spent;
use super::{announce, environs, grants, http, orders, overlay, report, scope, unread};
use crate::model::{
    Action, ActionKind, CaseId, Class, Exec, Finding, Grant, GrantFrom, GrantId, Granted, Judgement, Oracle, Source,
    Span, StandingOrder, Text, TextKind, Tier, Undo, Untrusted, Verdict,
};
use crate::shell::{self, Invocation, LayerKind, Place, Reading, Word};
use crate::trail::Environment;

/// The folder that a text without one is judged in.
pub(super) const NOWHERE: &str = "/home/user/project";

/// How deep texts of other languages within texts are followed, in levels.
pub(super) const INNER_DEPTH_MAX: usize = 4;

/// How many findings one judgement holds.
const FINDINGS_MAX: usize = 64;

/// One invocation as it was understood.
pub(super) struct Look<'i> {
    /// The invocation with its effects.
    pub(super) act: Act<'i>,
    /// The request it sends.
    pub(super) request: Option<http::Request>,
    /// The texts of other languages that it runs.
    pub(super) inner: Vec<Inner>,
}

/// The pure function from Action to Judgement, with the rules it reads.
///
/// It is a snapshot: a grant or a changed policy makes a new one.
#[derive(Debug, Clone)]
pub struct Judge {
    rules: Vec<Arc<Rule>>,
    by_program: HashMap<String, Vec<usize>>,
    /// Rules for programs by pattern, or for any program, with the deeds they speak of; `None` for those that speak of none.
    by_effect: Vec<(Option<Deeds>, usize)>,
    ordinary: Ordinary,
    policy: Policy,
    pub(super) doors: Doors,
}

impl Judge {
    /// A judge with these packs and this policy.
    #[must_use]
    pub fn new(packs: &[Pack], policy: Policy) -> Self {
        let rules: Vec<Arc<Rule>> = packs.iter().flat_map(|pack| pack.rules.iter().cloned()).collect();
        let mut by_program: HashMap<String, Vec<usize>> = HashMap::new();
        let mut by_effect = Vec::new();
        for (at, rule) in rules.iter().enumerate() {
            if rule.when.program.is_empty() || rule.when.program.iter().any(|name| name.contains(['*', '!'])) {
                let deeds = Deeds::of(rule.when.effect.iter().copied());
                by_effect.push(((!rule.when.effect.is_empty()).then_some(deeds), at));
            } else {
                for name in &rule.when.program {
                    by_program.entry(name.clone()).or_default().push(at);
                }
            }
        }
        Self { rules, by_program, by_effect, ordinary: Ordinary::default(), policy, doors: Doors::default() }
    }

    /// The same judge for a session in `project`, with `home` as the home folder.
    #[must_use]
    pub fn at(mut self, project: impl Into<String>, home: Option<String>) -> Self {
        self.policy.project = Some(project.into());
        self.doors = self.doors.at_home(home.clone());
        self.policy.home = home;
        self.policy.place();
        self
    }

    /// The same judge, who knows what tools do in their ordinary work.
    #[must_use]
    pub fn knowing(self, ordinary: Ordinary) -> Self {
        Self { ordinary, ..self }
    }

    /// What tools do in their ordinary work.
    #[must_use]
    pub fn ordinary_tools(&self) -> &Ordinary {
        &self.ordinary
    }

    /// The rules, in the packs' order.
    #[must_use]
    pub fn rules(&self) -> &[Arc<Rule>] {
        &self.rules
    }

    /// The operator's part.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// A standing order holds from now on.
    pub fn order(&mut self, order: StandingOrder) {
        self.policy.order(order);
    }

    /// An order of a mode is over; orders of the operator stay.
    pub fn order_over(&mut self, order: &StandingOrder) {
        self.policy.order_over(order);
    }

    /// An approval is remembered from now on.
    pub fn grant(&mut self, grant: Grant) {
        self.policy.grant(grant);
    }

    /// The grant of the very act that was given over this case is of this act.
    pub fn grant_is(&mut self, case: CaseId, action: &ActionKind, findings: &[Finding]) {
        let own = |grant: &&mut Grant| grant.from == GrantFrom::Case(case);
        for grant in self.policy.grants.iter_mut().filter(own) {
            if let Granted::Exact { .. } = grant.what {
                grant.what = Granted::exact(action, findings);
            }
        }
    }

    /// A remembered approval is taken back.
    pub fn revoke(&mut self, id: GrantId) {
        self.policy.revoke(id);
    }

    /// What is to happen with `action`, and why. Total: whatever it is given, it answers.
    pub fn judge(&self, action: &Action, past: &dyn Past, oracle: &dyn Oracle) -> Judgement {
        let (judgement, reading) = match &action.kind {
            ActionKind::Exec(exec) => self.exec(exec, action.source, past, oracle),
            ActionKind::Text(text) => self.text(text, action.source, past, oracle),
            ActionKind::Tool(tool) => self.tool(tool, action.source, past, oracle),
            ActionKind::File(file) => (self.file(action, file, past, oracle), Reading::default()),
            ActionKind::Connect(connect) => (self.connect(connect, action, oracle), Reading::default()),
            ActionKind::Kill(kill) => (self.kill(kill, oracle), Reading::default()),
        };
        let judgement = self.ordered(judgement, action, past, oracle);
        let mut judgement = self.explained(judgement, action, &reading, past);
        judgement.granted = grants::covering(&self.policy, &self.rules, action, &judgement);
        if judgement.granted.is_some() {
            judgement.verdict = Verdict::Log;
        }
        if judgement.verdict != Verdict::Hold {
            judgement.commands.clear();
        }
        judgement
    }

    /// The judgement with what standing orders say of a tool call that has no text to be judged.
    fn ordered(&self, mut judgement: Judgement, action: &Action, past: &dyn Past, oracle: &dyn Oracle) -> Judgement {
        let ActionKind::Tool(tool) = &action.kind else { return judgement };
        if self.policy.orders.is_empty() || tool.text().is_some() {
            return judgement;
        }
        let cwd = tool.cwd.as_ref().map_or_else(|| NOWHERE.to_owned(), |cwd| cwd.lossy().into_owned());
        let broken = self.with_scene(&Reading::default(), &cwd, past, oracle, |scene| {
            orders::of_tool(&self.policy.orders, tool, &scene.land, &judgement.findings)
        });
        judgement.findings.extend(broken);
        report::settle(&mut judgement.findings);
        judgement.verdict = judgement.verdict.max(self.policy.verdict(&judgement.findings));
        judgement
    }

    /// The judgement with what the session's past adds to it.
    fn explained(&self, mut judgement: Judgement, action: &Action, reading: &Reading, past: &dyn Past) -> Judgement {
        // What the operator's own words forbid is no trait of the act, and the past has nothing to say of it.
        let is_own = |finding: &&Finding| !orders::is_order(finding) && !scope::is_scope(finding);
        let found: Vec<Finding> = judgement.findings.iter().filter(is_own).cloned().collect();
        let explained = past.explain(action, &reading.invocations, &found);
        judgement.chain = explained.chain;
        if !explained.findings.is_empty() {
            // What the past makes critical names what is at stake, which the act alone was too harmless to name.
            if judgement.blast.targets.is_empty()
                && let Some(grave) = explained.findings.iter().find(|finding| finding.tier == Tier::Critical)
            {
                judgement.blast.targets.extend(grave.target.clone());
                judgement.blast.undo = grave.undo.clone();
            }
            judgement.findings.extend(explained.findings);
            report::settle(&mut judgement.findings);
            judgement.findings.truncate(FINDINGS_MAX);
            judgement.verdict = judgement.verdict.max(self.policy.verdict(&judgement.findings));
        }
        judgement
    }

    fn exec(&self, exec: &Exec, source: Source, past: &dyn Past, oracle: &dyn Oracle) -> (Judgement, Reading) {
        let (reading, cwd) = self.exec_reading(exec, oracle);
        let (mut findings, within) = self.reading(&reading, &cwd, past, oracle);
        if exec.is_cut {
            findings.push(unread::unparsed("the arguments are longer than what was read", Span(0, 0)));
        }
        if reading.limit.is_some() {
            // A shell says itself what it cannot read; what is too much for us is another matter.
            unread::of(&reading, "", &mut findings);
        }
        // The program's own start is the fact; what it announces comes after.
        let starts = reading.starts.get(1..).unwrap_or_default();
        (with_plain(self.judgement(findings, &[starts, &within], &reading, source), within), reading)
    }

    /// The programs that a program start leads to, and the folder it is in.
    pub(super) fn exec_reading(&self, exec: &Exec, oracle: &dyn Oracle) -> (Reading, String) {
        let words = exec_words(exec, oracle);
        let cwd = exec.cwd.lossy().into_owned();
        let cwd = if cwd.starts_with('/') { cwd } else { NOWHERE.to_owned() };
        let place = self.place(&cwd);
        let mut reading = shell::peel(words, &place);
        for invocation in &mut reading.invocations {
            let changed = exec.env_changed.iter().map(|(name, value)| {
                (name.lossy().into_owned(), Word::literal(value.lossy().into_owned(), invocation.span))
            });
            let mut assigns: Vec<(String, Word)> = changed.collect();
            assigns.append(&mut invocation.assigns);
            invocation.assigns = assigns;
        }
        (reading, cwd)
    }

    /// What is to happen with a text, and what was read in it.
    pub(super) fn text(
        &self,
        text: &Text,
        source: Source,
        past: &dyn Past,
        oracle: &dyn Oracle,
    ) -> (Judgement, Reading) {
        let whole = text.text.lossy().into_owned();
        let cwd = self.folder(text.cwd.as_ref());
        let place = self.place(&cwd);
        match text.kind {
            TextKind::Shell => {
                let reading = shell::read(&whole, &place);
                let (mut findings, within) = self.reading(&reading, &cwd, past, oracle);
                unread::of(&reading, &whole, &mut findings);
                let starts = [reading.starts.as_slice(), &within];
                (with_plain(self.judgement(findings, &starts, &reading, source), within), reading)
            }
            TextKind::FileRead => {
                let inside = whole.strip_prefix("~/");
                let whole = inside.map_or_else(|| whole.clone(), |inside| format!("{}/{inside}", self.home(&cwd)));
                let words = vec![Word::literal("cat", Span(0, 0)), Word::literal(whole.clone(), Span(0, whole.len()))];
                let reading = shell::peel(words, &place);
                let (findings, _) = self.reading(&reading, &cwd, past, oracle);
                (self.judgement(findings, &[], &reading, source), Reading::default())
            }
            TextKind::Sql | TextKind::Http | TextKind::Prose => {
                let mut findings = super::languages::judge(text.kind, &whole, &overlay::Overlay { past, oracle });
                findings.extend(orders::of_text(&self.policy.orders, text.kind, &whole, &findings));
                if text.kind == TextKind::Http {
                    findings.extend(scope::of_request(self.policy.scope.as_ref(), &http::parse(&whole)));
                }
                (self.judgement(findings, &[], &Reading::default(), source), Reading::default())
            }
            TextKind::Output => (Judgement::default(), Reading::default()),
        }
    }

    pub(super) fn place(&self, cwd: &str) -> Place {
        Place { cwd: Some(cwd.to_owned()), home: self.policy.home.clone() }
    }

    /// What a reading gives rise to, and the program starts of the texts within it.
    fn reading(
        &self,
        reading: &Reading,
        cwd: &str,
        past: &dyn Past,
        oracle: &dyn Oracle,
    ) -> (Vec<Finding>, Vec<Vec<Word>>) {
        self.with_scene(reading, cwd, past, oracle, |scene| {
            let mut findings = Vec::new();
            self.scene(scene, 0, &mut findings);
            (findings, scene.starts.take())
        })
    }

    /// Hands out the scene in which a reading from `cwd` is seen.
    pub(super) fn with_scene<T>(
        &self,
        reading: &Reading,
        cwd: &str,
        past: &dyn Past,
        oracle: &dyn Oracle,
        go: impl FnOnce(&Scene) -> T,
    ) -> T {
        let home = self.home(cwd);
        let overlay = overlay::Overlay { past, oracle };
        let project = self.policy.project.as_deref().unwrap_or(cwd);
        let land = Land { project, home: &home, past, oracle: &overlay };
        let (starts, spent, works) = (RefCell::default(), Spent::default(), OnceCell::new());
        go(&Scene { land, reading, starts: &starts, spent: &spent, works: &works })
    }

    /// The folder that a text or a call acts in.
    pub(super) fn folder(&self, cwd: Option<&Untrusted>) -> String {
        cwd.map_or_else(|| NOWHERE.to_owned(), |cwd| cwd.lossy().into_owned())
    }

    /// The home folder: the policy's, or the one that the folder `cwd` speaks of.
    #[must_use]
    pub fn home(&self, cwd: &str) -> String {
        if let Some(home) = &self.policy.home {
            return home.clone();
        }
        let mut parts = cwd.split('/').skip(1);
        match (parts.next(), parts.next()) {
            (Some("root"), _) => "/root".to_owned(),
            (Some(top @ ("home" | "Users")), Some(name)) => format!("/{top}/{name}"),
            _ => "/home/user".to_owned(),
        }
    }

    pub(super) fn scene(&self, scene: &Scene, depth: usize, findings: &mut Vec<Finding>) {
        let mut layers_seen: HashSet<&[Word]> = HashSet::new();
        for invocation in &scene.reading.invocations {
            if !scene.spent.looks_at(invocation) {
                findings.push(unread::unparsed("it runs more than is looked at", invocation.span));
                break;
            }
            self.invocation(invocation, scene, depth, findings);
            for (at, layer) in invocation.layers.iter().enumerate() {
                if layer.words.is_empty() || !layers_seen.insert(&layer.words) {
                    continue;
                }
                let wrapper = Invocation {
                    words: layer.words.clone(),
                    layers: invocation.layers.get(..at).unwrap_or_default().to_vec(),
                    cwd: invocation.cwd.clone(),
                    span: span_of(&layer.words),
                    ..Invocation::default()
                };
                let act = Act::new(&wrapper);
                let is_last = at + 1 == invocation.layers.len();
                if layer.kind == LayerKind::Privilege && is_last && report::only_looks(invocation) {
                    continue;
                }
                self.program_rules(&act, findings);
                let is_remote = matches!(layer.kind, LayerKind::Remote { .. });
                if is_remote && act.environment == Environment::Production {
                    self.program_rules(&Act { program: "remote-shell".to_owned(), ..act }, findings);
                }
            }
        }
    }

    /// What one invocation does, before any rule is asked.
    pub(super) fn look<'i>(&self, invocation: &'i Invocation, scene: &Scene) -> Look<'i> {
        let mut act = Act::new(invocation);
        if environs::is_named(invocation, &act.args, &self.policy.production) {
            act.environment = Environment::Production;
        }
        if matches!(act.environment, Environment::Unknown | Environment::Development) {
            let chosen = environs::chosen_before(invocation, scene);
            act.is_emulated |= chosen == Environment::Local;
            act.environment = if act.environment == Environment::Unknown { chosen } else { act.environment };
        }
        if act.environment == Environment::Unknown && environs::is_exported(&act.program, &scene.land) {
            act.environment = Environment::Production;
        }
        act.is_passing |= super::databases::is_own(&act, scene);
        let (effects, inner) = effects::of(&act, scene);
        act.effects = effects;
        let oracle = scene.land.oracle;
        let request = if act.is_dry { None } else { http::of_invocation(invocation, oracle) };
        Look { act, request, inner }
    }

    fn invocation(&self, invocation: &Invocation, scene: &Scene, depth: usize, findings: &mut Vec<Finding>) {
        let Look { mut act, request, inner } = self.look(invocation, scene);
        let before = findings.len();
        self.program_rules(&act, findings);
        if findings.len() > before && effects::keeps_values_back(invocation, scene.reading) {
            let kept = findings.split_off(before);
            findings.extend(kept.into_iter().filter(|finding| finding.class != Class::TokenDiscovery));
        }
        self.effect_rules(&act, findings);
        if let Some(request) = &request {
            findings.extend(super::languages::request(request));
        }
        let own = findings.get(before..).unwrap_or_default();
        let broken = orders::of_act(&self.policy.orders, &act, request.as_ref(), &inner, &scene.land, own);
        for each in inner {
            self.inner(each, &act, scene, depth, findings);
        }
        for finding in findings.iter_mut().skip(before) {
            // Git is no way back where there is no repository.
            let by_git = matches!(&finding.undo, Undo::By(how) if how.starts_with("git "));
            let target = finding.target.as_ref().map(|target| target.lossy().into_owned());
            if by_git && target.is_some_and(|target| super::restore::is_beyond_git(&scene.land, &target)) {
                finding.undo = Undo::None;
            }
        }
        // What the session made, it may unmake.
        if findings.len() > before {
            act.is_emulated |= super::made::is_own(&act, scene);
            super::made::calm_in_made_folder(findings, before, &act, scene);
            super::made::calm_cleaned(findings, before, &act, scene);
            super::made::calm_own_image(findings, before, &act, scene);
            super::made::calm_own_terminal(findings, before, &act, scene);
            super::made::calm_own_process(findings, before, &act, scene);
            super::made::calm_planned(findings, before, &act, scene);
            super::made::calm_saved(findings, before, &act, scene);
        }
        let made = |finding: &Finding| {
            finding.target.as_ref().is_some_and(|target| super::made::is_made(&target.lossy(), &act, scene))
        };
        report::raise(findings, before, &act, &made);
        findings.extend(broken);
        findings.extend(scope::of_act(self.policy.scope.as_ref(), &act, request.as_ref()));
    }

    /// The rules that speak about effects, whatever has them.
    pub(super) fn effect_rules(&self, act: &Act, findings: &mut Vec<Finding>) {
        let done = Deeds::of(act.effects.iter().map(|effect| effect.deed));
        let may_hit = |deeds: &Option<Deeds>| deeds.is_none_or(|deeds| deeds.meets(done));
        for (_, at) in self.by_effect.iter().filter(|(deeds, _)| may_hit(deeds)) {
            if let Some(rule) = self.rules.get(*at) {
                add_hits(rule, act, findings);
            }
        }
    }

    fn program_rules(&self, act: &Act, findings: &mut Vec<Finding>) {
        for at in self.by_program.get(&act.program).into_iter().flatten() {
            if let Some(rule) = self.rules.get(*at) {
                add_hits(rule, act, findings);
            }
        }
    }

    /// The environment of a connection that code opens: what it names, else that of the program.
    pub(super) fn environment_of(&self, on: Option<&str>, act: &Act) -> Environment {
        let Some(on) = on else { return act.environment };
        if self.policy.production.iter().any(|name| on.contains(name.as_str())) {
            return Environment::Production;
        }
        let by_url = if on.contains("://") { Environment::of_url(on) } else { Environment::of_name(on) };
        if by_url == Environment::Unknown { act.environment } else { by_url }
    }

    pub(super) fn judgement(
        &self,
        mut findings: Vec<Finding>,
        starts: &[&[Vec<Word>]],
        reading: &Reading,
        source: Source,
    ) -> Judgement {
        report::raise_last_copies(&mut findings);
        report::settle(&mut findings);
        findings.truncate(FINDINGS_MAX);
        let verdict = self.policy.verdict(&findings).max(report::plain_verdict(reading));
        let is_live = matches!(source, Source::Kernel | Source::Hook | Source::Claimed);
        Judgement {
            verdict,
            blast: report::blast(&findings, reading),
            chain: Vec::new(),
            announced: announce::announced(starts.iter().copied().flatten()),
            cannot_work: if is_live { report::cannot_work(reading) } else { None },
            intent: None,
            commands: grants::commands(reading),
            granted: None,
            secrets: Vec::new(),
            findings,
        }
    }
}

/// The judgement with what the program starts of texts within are worth without any finding.
fn with_plain(mut judgement: Judgement, within: Vec<Vec<Word>>) -> Judgement {
    let invocations = within.into_iter().map(|words| Invocation { words, ..Invocation::default() }).collect();
    let plain = report::plain_verdict(&Reading { invocations, ..Reading::default() });
    judgement.verdict = judgement.verdict.max(plain);
    judgement
}

fn span_of(words: &[Word]) -> Span {
    Span(words.first().map_or(0, |word| word.span.0), words.last().map_or(0, |word| word.span.1))
}

fn add_hits(rule: &Rule, act: &Act, findings: &mut Vec<Finding>) {
    for hit in matcher::hits(rule, act) {
        let target = hit.target.unwrap_or(Cow::Borrowed(act.program.as_str()));
        findings.push(Finding {
            rule: rule.id.clone(),
            class: rule.class,
            tier: rule.tier,
            span: hit.span,
            title: rule.title.clone(),
            why: rule.why.clone(),
            instead: rule.instead.clone(),
            target: Some(Untrusted::from(target.as_ref())),
            undo: match rule.undo.as_deref() {
                None => Undo::Unknown,
                Some("none") => Undo::None,
                Some(how) => Undo::By(how.to_owned()),
            },
        });
    }
}

/// The words of a program start, placed where they stand among themselves, joined by single blanks.
fn exec_words(exec: &Exec, oracle: &dyn Oracle) -> Vec<Word> {
    let mut words = Vec::new();
    let mut at = 0;
    for word in &exec.argv {
        let text = word.lossy().into_owned();
        let end = at + text.len();
        words.push(Word::literal(text, Span(at, end)));
        at = end + 1;
    }
    let true_name = overlay::true_program(exec, oracle);
    match (words.first_mut(), true_name) {
        (Some(first), Some(name)) => first.text = name,
        (None, Some(name)) => words.push(Word::literal(name, Span(0, 0))),
        (_, None) => {}
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::{Fresh, built_in};
    use crate::model::Blind;

    #[test]
    fn no_rule_that_hits_is_left_out_by_the_index_of_programs_and_deeds() {
        let packs = built_in().unwrap();
        let judge = Judge::new(&packs, Policy::default());
        let names = |found: Vec<Finding>| {
            let mut names: Vec<_> = found.into_iter().map(|each| (each.rule, each.target)).collect();
            names.sort_by(|a, b| (&a.0.0, format!("{:?}", a.1)).cmp(&(&b.0.0, format!("{:?}", b.1))));
            names
        };
        let examples = packs.iter().flat_map(|pack| &pack.rules).flat_map(|rule| rule.hit.iter().chain(&rule.miss));
        for text in examples {
            let reading = shell::read(text, &judge.place(NOWHERE));
            judge.with_scene(&reading, NOWHERE, &Fresh, &Blind, |scene| {
                for invocation in &reading.invocations {
                    let act = judge.look(invocation, scene).act;
                    let (mut found, mut all) = (Vec::new(), Vec::new());
                    judge.program_rules(&act, &mut found);
                    judge.effect_rules(&act, &mut found);
                    judge.rules.iter().for_each(|rule| add_hits(rule, &act, &mut all));
                    assert_eq!(names(found), names(all), "{text}");
                }
            });
        }
    }
}

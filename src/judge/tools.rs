//! What a tool call of the agent would do, judged as the command, statement or request that does the same.

mod input;
mod remote;
mod texts;

use super::act::Act;
use super::effect::{Deed, Reach};
use super::effects::{self, Scene};
use super::engine::Judge;
use super::ground::{Ground, Land};
use super::past::Past;
use super::{overlay, report};
use crate::model::{Extent, Judgement, Oracle, Source, Span, Text, TextKind, Tool, ToolDeed, Untrusted, Verdict};
use crate::shell::{Invocation, Reading, Redirect, RedirectKind, Stdin, Word, quoted};
use crate::trail::names::secret_file;

/// How many paths of one call are looked at.
const PATHS_MAX: usize = 256;

/// The texts of other languages that say what a call does: what reads them for commands reads them for tools too.
///
/// A call that is its own text has that one. A write has none: its content is no command.
#[must_use]
pub fn texts(tool: &Tool) -> Vec<Text> {
    let text = |kind, text: String| Text { kind, text: Untrusted::from(text), cwd: tool.cwd.clone() };
    match &tool.deed {
        ToolDeed::Shell { .. } | ToolDeed::Sql { .. } | ToolDeed::Request { .. } => tool.text().into_iter().collect(),
        ToolDeed::Read { paths } => {
            let of = |path: &Untrusted| Text { kind: TextKind::FileRead, text: path.clone(), cwd: tool.cwd.clone() };
            paths.iter().take(PATHS_MAX).map(of).collect()
        }
        ToolDeed::Remove { paths } => vec![text(TextKind::Shell, removal(paths, Reach::One))],
        ToolDeed::Move { from, to } => {
            vec![text(TextKind::Shell, format!("mv -- {} {}", quoted(&from.lossy()), quoted(&to.lossy())))]
        }
        ToolDeed::Remote { .. } | ToolDeed::Unknown => remote::Call::of(tool)
            .map_or_else(Vec::new, |call| call.texts().into_iter().map(|(kind, words)| text(kind, words)).collect()),
        ToolDeed::Write { .. } | ToolDeed::Inner => Vec::new(),
    }
}

/// What a call looks at through a server, in its own words; `None` where it does anything else.
#[must_use]
pub fn looks(tool: &Tool) -> Option<String> {
    let call = remote::Call::of(tool)?;
    call.only_reads().then(|| tool.deed.shown())
}

impl Judge {
    /// What a tool call would do. A prediction: the facts that follow are judged again.
    pub(super) fn tool(
        &self,
        tool: &Tool,
        source: Source,
        past: &dyn Past,
        oracle: &dyn Oracle,
    ) -> (Judgement, Reading) {
        if let Some(text) = tool.text() {
            return self.text(&text, source, past, oracle);
        }
        let mut whole = Judgement::default();
        for text in texts(tool) {
            join(&mut whole, self.text(&text, source, past, oracle).0);
        }
        match &tool.deed {
            ToolDeed::Write { path, content, extent } => {
                join(&mut whole, self.write(tool, path, content.as_ref(), *extent, source, past, oracle));
            }
            ToolDeed::Remote { .. } | ToolDeed::Unknown => {
                if let Some(call) = remote::Call::of(tool) {
                    for (path, content) in call.writes().into_iter().chain(call.pipelines()) {
                        join(
                            &mut whole,
                            self.write(tool, &path, content.as_ref(), Extent::Whole, source, past, oracle),
                        );
                    }
                    let findings = call.findings(&self.policy().production);
                    let verdict = if call.only_reads() { Verdict::Allow } else { Verdict::Log };
                    let verdict = self.policy().verdict(&findings).max(verdict);
                    let blast = report::blast(&findings, &Reading::default());
                    join(&mut whole, Judgement { verdict, findings, blast, ..Judgement::default() });
                }
            }
            ToolDeed::Shell { .. }
            | ToolDeed::Read { .. }
            | ToolDeed::Remove { .. }
            | ToolDeed::Move { .. }
            | ToolDeed::Request { .. }
            | ToolDeed::Sql { .. }
            | ToolDeed::Inner => {}
        }
        // The texts are ours: what they mark is nothing that the operator sees.
        for finding in &mut whole.findings {
            finding.span = Span(0, 0);
        }
        report::settle(&mut whole.findings);
        (whole, Reading::default())
    }

    /// What writing a file would do. A source that gets other content is the ordinary work of an agent; what guards it,
    /// what runs later and what is outside the project are what they are to a command.
    #[allow(clippy::too_many_arguments, reason = "what a write is, and what it is judged with")]
    fn write(
        &self,
        tool: &Tool,
        path: &Untrusted,
        content: Option<&Untrusted>,
        extent: Extent,
        source: Source,
        past: &dyn Past,
        oracle: &dyn Oracle,
    ) -> Judgement {
        let cwd = self.folder(tool.cwd.as_ref());
        let word = Word::literal(path.lossy().into_owned(), Span(0, 0));
        let kind = match extent {
            Extent::Whole => RedirectKind::Write,
            Extent::Part => RedirectKind::Append,
        };
        let invocation = Invocation {
            words: vec![Word::literal("write", Span(0, 0))],
            redirects: vec![Redirect { kind, to: word }],
            stdin: Stdin::Text(content.map(|content| content.lossy().into_owned()).unwrap_or_default()),
            cwd: Some(cwd.clone()),
            ..Invocation::default()
        };
        let reading = Reading { invocations: vec![invocation], ..Reading::default() };
        let home = self.home(&cwd);
        let overlay = overlay::Overlay { past, oracle };
        let project = self.policy().project.as_deref().unwrap_or(&cwd);
        let scene = Scene {
            land: Land { project, home: &home, past, oracle: &overlay },
            reading: &reading,
            starts: &std::cell::RefCell::default(),
            spent: &super::within::Spent::default(),
            works: &std::cell::OnceCell::new(),
        };
        let mut findings = Vec::new();
        for invocation in &reading.invocations {
            let mut act = Act::new(invocation);
            let (mut effects, inner) = effects::of(&act, &scene);
            for effect in &mut effects {
                effect.deed = match (effect.deed, effect.ground) {
                    (Deed::Overwrite, Ground::Kept) if secret_file(&effect.target).is_none() => Deed::Write,
                    (Deed::Append, Ground::Outside) => Deed::Change,
                    (deed, _) => deed,
                };
                effect.reach = Reach::One;
            }
            act.effects = effects;
            self.effect_rules(&act, &mut findings);
            for later in inner.into_iter().filter(|inner| matches!(inner, effects::Inner::Later { .. })) {
                self.inner(later, &act, &scene, 0, &mut findings);
            }
        }
        let judgement = self.judgement(findings, &[], &reading, source);
        Judgement { verdict: judgement.verdict.max(Verdict::Log), ..judgement }
    }
}

/// Adds what another part of the same call would do.
fn join(whole: &mut Judgement, part: Judgement) {
    whole.verdict = whole.verdict.max(part.verdict);
    whole.findings.extend(part.findings);
    for target in part.blast.targets {
        if !whole.blast.targets.contains(&target) {
            whole.blast.targets.push(target);
        }
    }
    whole.blast.environment = whole.blast.environment.take().or(part.blast.environment);
    whole.blast.backups = whole.blast.backups.take().or(part.blast.backups);
    if whole.blast.undo == crate::model::Undo::Unknown {
        whole.blast.undo = part.blast.undo;
    }
    whole.announced.extend(part.announced);
    whole.cannot_work = whole.cannot_work.take().or(part.cannot_work);
}

/// The command that removes these; whole folders where that is meant or the names say that they are ones.
fn removal(paths: &[Untrusted], reach: Reach) -> String {
    let is_tree = reach == Reach::Tree || paths.iter().any(|path| path.as_bytes().ends_with(b"/"));
    let mut line = String::from(if is_tree { "rm -r --" } else { "rm --" });
    for path in paths.iter().take(PATHS_MAX) {
        line.push(' ');
        line.push_str(&quoted(&path.lossy()));
    }
    line
}

#[cfg(test)]
mod tests;

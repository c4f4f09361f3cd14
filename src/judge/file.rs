//! What a system call would destroy, judged as the command that does the same.

use super::act::Act;
use super::effect::{Deed, Effect, Reach};
use super::engine::Judge;
use super::past::Past;
use crate::model::{FileAct, FileDeed, Judgement, Oracle, Source, Span, Text, TextKind, Verdict};
use crate::shell::{Invocation, Reading, Word};

impl Judge {
    /// What a call to a file would do: the fact, of which no text tells.
    pub(super) fn file(&self, file: &FileAct, past: &dyn Past, oracle: &dyn Oracle) -> Judgement {
        let Some(deed) = deed(file.deed) else {
            let text = Text { kind: TextKind::FileRead, text: file.target.clone(), cwd: Some(file.cwd.clone()) };
            return self.text(&text, Source::Kernel, past, oracle);
        };
        let cwd = file.cwd.lossy();
        let target = file.target.lossy().into_owned();
        let words = vec![Word::literal(file.call.clone(), Span(0, 0))];
        let invocation = Invocation { words, cwd: Some(cwd.to_string()), ..Invocation::default() };
        let mut findings = Vec::new();
        self.with_scene(&Reading::default(), &cwd, past, oracle, |scene| {
            let ground = scene.land.of(&target, false);
            let mut act = Act::new(&invocation);
            act.effects = vec![Effect { deed, target, ground, reach: Reach::One, span: Span(0, 0) }];
            self.effect_rules(&act, &mut findings);
        });
        let judgement = self.judgement(findings, &[], &Reading::default(), Source::Kernel);
        Judgement { verdict: judgement.verdict.max(Verdict::Log), ..judgement }
    }
}

/// What a command does that makes such a call; `None` for one that only reads.
fn deed(deed: FileDeed) -> Option<Deed> {
    match deed {
        FileDeed::Remove | FileDeed::RemoveFolder => Some(Deed::Remove),
        FileDeed::Replace | FileDeed::Truncate => Some(Deed::Overwrite),
        FileDeed::Write | FileDeed::Punch => Some(Deed::Change),
        FileDeed::Read => None,
    }
}

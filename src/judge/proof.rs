//! Rules tried on their own examples.

use super::engine::Judge;
use super::pack::{Pack, PackError};
use super::past::Fresh;
use super::policy::Policy;
use crate::model::{
    Action, ActionId, ActionKind, Caller, FileFact, Moment, Oracle, Pid, RuleId, Source, Text, TextKind, Untrusted,
};

/// The folder that examples are judged in.
const EXAMPLE_CWD: &str = "/home/dev/shop";

/// The disk that examples are judged on: below `kept` lie files that nothing can bring back, of the rest nothing is known.
#[derive(Debug, Clone, Copy, Default)]
struct ExampleDisk;

impl Oracle for ExampleDisk {
    fn fact(&self, path: &Untrusted) -> FileFact {
        let path = path.lossy();
        match path.strip_prefix("/home/dev/shop/kept/") {
            Some(name) if !name.contains(".git") => FileFact::File { bytes: 10 },
            _ if path.ends_with("/.git") => FileFact::Missing,
            _ => FileFact::Unknown,
        }
    }

    fn resolve(&self, _path: &Untrusted) -> Option<Untrusted> {
        None
    }

    fn read(&self, _path: &Untrusted, _max_bytes: usize) -> Option<Vec<u8>> {
        None
    }
}

/// An example that does not do what it is there for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// The rule.
    pub rule: RuleId,
    /// The line on which the rule starts, from 1.
    pub line: u32,
    /// The example.
    pub example: String,
    /// Whether the rule was to hit it.
    pub is_to_hit: bool,
}

/// Tries every rule of these packs on its own examples.
///
/// # Errors
/// [`PackError::Missing`] for a rule without examples of one kind, [`PackError::Example`] for the first example that
/// does not do what it is there for.
pub fn prove(packs: &[Pack]) -> Result<(), PackError> {
    for pack in packs {
        for rule in &pack.rules {
            let key = if rule.hit.is_empty() { "hit" } else { "miss" };
            if rule.hit.is_empty() || rule.miss.is_empty() {
                let pack = format!("{}.toml", pack.name);
                return Err(PackError::Missing { pack, line: rule.line, what: "rule", key });
            }
        }
    }
    no_doubt(doubts(packs))
}

/// Refuses the first doubt.
pub(super) fn no_doubt(doubts: Vec<Doubt>) -> Result<(), PackError> {
    let Some(doubt) = doubts.into_iter().next() else { return Ok(()) };
    let pack = doubt.rule.0.split('/').next().unwrap_or_default();
    let what = if doubt.is_to_hit { "does not hit" } else { "hits" };
    Err(PackError::Example {
        pack: format!("{pack}.toml"),
        line: doubt.line,
        rule: doubt.rule,
        what,
        example: doubt.example,
    })
}

/// Every example of these packs that does not do what it is there for.
#[must_use]
pub fn doubts(packs: &[Pack]) -> Vec<Doubt> {
    let judge = Judge::new(packs, Policy::default());
    let mut found = Vec::new();
    for rule in packs.iter().flat_map(|pack| &pack.rules) {
        let both = rule.hit.iter().map(|text| (text, true)).chain(rule.miss.iter().map(|text| (text, false)));
        for (example, is_to_hit) in both {
            let judgement = judge.judge(&asked(TextKind::Shell, example, Some(EXAMPLE_CWD)), &Fresh, &ExampleDisk);
            if judgement.findings.iter().any(|finding| finding.rule == rule.id) != is_to_hit {
                found.push(Doubt { rule: rule.id.clone(), line: rule.line, example: example.to_string(), is_to_hit });
            }
        }
    }
    found
}

/// A text that somebody asks about, as an Action.
#[must_use]
pub fn asked(kind: TextKind, text: &str, cwd: Option<&str>) -> Action {
    let caller = Caller { pid: Pid(0), tid: Pid(0), parent: Pid(0), program: Untrusted::default() };
    let text = Text { kind, text: Untrusted::from(text), cwd: cwd.map(Untrusted::from) };
    Action { id: ActionId(0), at: Moment::ZERO, caller, source: Source::Asked, kind: ActionKind::Text(text) }
}

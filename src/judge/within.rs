//! Texts of other languages within texts, and how much of it all one judgement looks at.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;

use super::act::Act;
use super::effects::{Inner, Scene};
use super::engine::{INNER_DEPTH_MAX, Judge};
use super::unread;
use crate::model::{Class, Finding, Tier};
use crate::shell::{self, Invocation, Place, Reading, Word};

/// How many texts of other languages within texts are judged; long ones count for each of their KiB.
const INNER_MAX: usize = 512;

/// How many program starts of texts within texts are announced.
const STARTS_MAX: usize = 256;

/// How much one judgement looks at: one for each word, and [`INVOCATION_WEIGHT`] for each program. The longest text that is
/// read has two thirds of it, whatever stands in it, unless it says so in loops, functions, wrappers or texts within it.
const LOOKED_MAX: usize = 96 * 1024;

/// How many words a program counts for, besides its own.
const INVOCATION_WEIGHT: usize = 16;

/// What one judgement has looked at so far.
#[derive(Default)]
pub struct Spent {
    /// How many texts of other languages were judged.
    inner: Cell<usize>,
    /// How much was looked at, in words.
    looked: Cell<usize>,
    /// What was found in texts that were judged, by text, folder and depth, and which programs they start.
    known: RefCell<HashMap<Asked, Known>>,
}

/// What decides about what is found in a shell's text within a text.
type Asked = (String, Option<String>, usize);

/// What was found there, and the program starts.
type Known = (Vec<Finding>, Vec<Vec<Word>>);

impl Spent {
    /// Notes that an invocation is looked at; whether it may be. However long the first is, it is.
    pub(super) fn looks_at(&self, invocation: &Invocation) -> bool {
        let before = self.looked.get();
        let layers = invocation.layers.iter().map(|layer| layer.words.len()).sum::<usize>();
        self.looked.set(before + INVOCATION_WEIGHT + invocation.words.len() + layers);
        before < LOOKED_MAX
    }
}

impl Judge {
    /// Judges a text of another language that a program runs, with the spans of the word that holds it.
    pub(super) fn inner(&self, inner: Inner, act: &Act, scene: &Scene, depth: usize, findings: &mut Vec<Finding>) {
        if depth >= INNER_DEPTH_MAX {
            return;
        }
        let spent = scene.spent.inner.get();
        let now = spent + inner.weight();
        scene.spent.inner.set(now);
        if now > INNER_MAX {
            let is_first = spent <= INNER_MAX;
            let span = act.invocation.span;
            findings.extend(is_first.then(|| unread::unparsed("it runs more texts than are read", span)));
            return;
        }
        let place = Place { cwd: act.invocation.cwd.clone(), home: Some(scene.land.home.to_owned()) };
        let (mut found, span) = match inner {
            Inner::Sql { text, span } => (super::languages::sql(&text, act.environment), span),
            Inner::Statements { text, on, span } => {
                (super::languages::sql(&text, self.environment_of(on.as_deref(), act)), span)
            }
            Inner::Request { request } => (super::languages::request(&request), request.span),
            Inner::Start { words, span } => {
                let text = joined(&words);
                (self.within(&shell::peel(words, &place), &text, scene, depth), span)
            }
            Inner::Unread { why, span } => (vec![unread::unparsed(why, span)], span),
            Inner::Shell { text, span } => (self.shell_text(text, &place, scene, depth), span),
            Inner::Later { text, span } => (self.later(text, &place, scene, depth), span),
            Inner::Words { words, span } => {
                let words: Vec<Word> = words.into_iter().map(|word| Word::literal(word, span)).collect();
                let text = joined(&words);
                (self.within(&shell::peel(words, &place), &text, scene, depth), span)
            }
        };
        for finding in &mut found {
            finding.span = span;
        }
        findings.extend(found);
    }

    /// What a shell's text gives rise to. The same text in the same folder, run again, is not judged again.
    fn shell_text(&self, text: String, place: &Place, scene: &Scene, depth: usize) -> Vec<Finding> {
        let key = (text, place.cwd.clone(), depth);
        if let Some((found, started)) = scene.spent.known.borrow().get(&key) {
            announce(scene, started);
            return found.clone();
        }
        let from = scene.starts.borrow().len();
        let found = self.within(&shell::read(&key.0, place), &key.0, scene, depth);
        let started = scene.starts.borrow().get(from..).unwrap_or_default().to_vec();
        scene.spent.known.borrow_mut().insert(key, (found.clone(), started));
        found
    }

    /// What a pipeline's step takes away that the machine it runs on does not give back. What it does there, to files, to
    /// containers or to a database beside it, goes with that machine.
    fn later(&self, text: String, place: &Place, scene: &Scene, depth: usize) -> Vec<Finding> {
        let started = scene.starts.take();
        let mut found = self.shell_text(text, place, scene, depth);
        scene.starts.replace(started);
        let lasts = |finding: &Finding| {
            let pack = finding.rule.0.split('/').next().unwrap_or_default();
            let is_far =
                matches!(pack, "cloud" | "infrastructure" | "http") || finding.rule.0.starts_with("containers/kube");
            // A site that is made equal to what was built is what a pipeline is for.
            let is_made_equal = finding.rule.0 == "cloud/sync-delete";
            let is_far = is_far && !is_made_equal;
            finding.class == Class::Delete && finding.tier >= Tier::High && (is_far || finding.tier == Tier::Critical)
        };
        let in_production = found.iter().any(|finding| finding.rule.0 == "production/destroys");
        found.retain(|finding| lasts(finding) || in_production && finding.rule.0 == "production/destroys");
        for finding in &mut found {
            finding.title = format!("writes a pipeline that {}", finding.title);
            finding.tier = Tier::High;
        }
        found
    }

    fn within(&self, reading: &Reading, text: &str, scene: &Scene, depth: usize) -> Vec<Finding> {
        let mut found = Vec::new();
        unread::of_script(reading, text, &mut found);
        announce(scene, &reading.starts);
        self.scene(&Scene { reading, works: &OnceCell::new(), ..*scene }, depth + 1, &mut found);
        found
    }
}

/// Adds program starts to what is announced.
fn announce(scene: &Scene, started: &[Vec<Word>]) {
    let mut starts = scene.starts.borrow_mut();
    if starts.len() < STARTS_MAX {
        starts.extend(started.iter().cloned());
    }
}

fn joined(words: &[Word]) -> String {
    words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::judge::{Fresh, Judge, Policy, asked, built_in};
    use crate::model::{Blind, Judgement, TextKind, Verdict};

    fn judged(text: &str) -> Judgement {
        let judge = Judge::new(&built_in().unwrap(), Policy::default());
        judge.judge(&asked(TextKind::Shell, text, Some("/home/dev/shop")), &Fresh, &Blind)
    }

    fn found(judgement: &Judgement) -> BTreeSet<(String, String)> {
        let target = |found: &crate::model::Finding| found.target.as_ref().map(|target| target.lossy().into_owned());
        judgement.findings.iter().map(|each| (each.rule.0.clone(), target(each).unwrap_or_default())).collect()
    }

    #[test]
    fn a_text_that_is_run_again_finds_and_announces_what_it_does_once() {
        let script = "cat > a.sh <<'E'\nrm -rf src\ngit push -f\nE\n";
        let (once, twice) = (judged(&format!("{script}sh a.sh")), judged(&format!("{script}sh a.sh; sh a.sh")));
        assert!(found(&once).iter().any(|(rule, _)| rule == "git/force-push"), "{:?}", found(&once));
        assert_eq!(found(&once), found(&twice));
        assert_eq!(once.announced, twice.announced);
    }

    #[test]
    fn what_is_done_to_many_is_what_is_done_to_each() {
        let places =
            ["src", ".env", "~/.ssh/id_rsa", "/etc/passwd", "../other", "dist", "*", "$X", "/", ".git", "data"];
        let many = places.iter().cycle().take(80).copied().collect::<Vec<_>>().join(" ");
        let each: BTreeSet<_> = places.iter().flat_map(|place| found(&judged(&format!("rm -rf {place}")))).collect();
        assert_eq!(found(&judged(&format!("rm -rf {many}"))), each);
    }

    #[test]
    fn a_text_that_unfolds_beyond_what_is_looked_at_is_held_and_a_long_plain_one_is_not() {
        let words = "word ".repeat(900);
        let unfolding = format!("f() {{ echo {words}; }}; {}", "f; ".repeat(200));
        let is_cut = |judgement: &Judgement| judgement.findings.iter().any(|each| each.rule.0 == "shell/unparsed");
        let judgement = judged(&unfolding);
        assert!(is_cut(&judgement) && judgement.verdict >= Verdict::Hold);
        let plain = "echo one two three four five six\n".repeat(1980);
        assert!(plain.len() > 64_000 && !is_cut(&judged(&plain)));
        let dense = format!("echo {}", "a ".repeat(32_000));
        assert!(!is_cut(&judged(&dense)));
    }
}

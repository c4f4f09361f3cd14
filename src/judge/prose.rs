//! What the agent says: guesses about something that matters, and plans that go around a guard.
//!
//! A cue alone says little, and a word of danger alone says nothing. A sentence is parted into clauses, and each is asked
//! who acts in it, how sure it is and on what. A guess is raised where the agent takes for known what it has not looked
//! at, and something hangs on it: an act that cannot be taken back, an environment, a permission, a backup, a credential.
//! Silence means nothing: an agent may act without a word.

mod asked;
mod clause;
mod guess;
mod learned;
mod lexicon;
mod looks;
mod phrases;
mod plan;
mod sentence;
mod ways;
mod words;

use crate::model::{Class, Cue, CueKind, Finding, Moment, Span, Tier, Untrusted};
pub use asked::in_light_of;
use lexicon::lexicon;
use sentence::{Raised, Sentence};

/// The longest text that is read, in bytes.
const TEXT_BYTES_MAX: usize = 64 * 1024;
/// The rule about what would be destroyed to get past an obstacle.
const WORKAROUND: &str = "prose/destructive-workaround";
/// The longest sentence that is read, in bytes; what is longer is no sentence.
const SENTENCE_BYTES_MAX: usize = 1024;

/// What is found in what the agent says, a finding for each sentence and class.
#[must_use]
pub fn judge(text: &str) -> Vec<Finding> {
    let end = (0..=text.len().min(TEXT_BYTES_MAX)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let text = text.get(..end).unwrap_or_default();
    if !lexicon().may_matter(text) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut before: Option<Sentence> = None;
    for (from, to) in sentences(text) {
        let words = text.get(from..to).unwrap_or_default();
        if words.len() > SENTENCE_BYTES_MAX {
            before = None;
            continue;
        }
        let mut sentence = Sentence::read(words);
        sentence.carries = before.as_ref().is_some_and(Sentence::names_strong);
        for raised in sentence.raised(before.as_ref()) {
            add(&mut found, raised, Span(from, to));
        }
        before = Some(sentence);
    }
    settle(&mut found, text);
    found
}

/// What is said at once of the whole text: a question to the operator, or a look before the act, takes the guess back.
fn settle(found: &mut Vec<Finding>, text: &str) {
    let waits = sentences(text).last().is_some_and(|(from, to)| {
        let last = text.get(*from..*to).unwrap_or_default();
        Sentence::read(last).leaves_it_to_the_operator()
    });
    if waits {
        found.retain(|finding| finding.tier < Tier::Medium);
    }
}

/// What a sentence is, as a cue with its findings; a harmless guess has none.
///
/// `None` where it is nothing the session needs to remember.
#[must_use]
pub fn cue(text: &str, at: Moment) -> Option<Cue> {
    if !lexicon().may_matter(text) {
        return None;
    }
    let mut findings = judge(text);
    let is_harmless = !findings.is_empty() && findings.iter().all(|finding| finding.tier == Tier::Low);
    let sentence = Sentence::read(text);
    // What is said of a thing that may be lost is remembered: an act may hang on it.
    if is_harmless && !sentence.supposes() {
        findings.clear();
    }
    let kind = if is_harmless || !findings.is_empty() {
        CueKind::Guess
    } else if sentence.asks() {
        CueKind::Question
    } else if crate::trail::Claim::of(text).is_some() {
        CueKind::Claim
    } else {
        return None;
    };
    Some(Cue { at, kind, text: Untrusted::from(text), findings, tool: None })
}

/// The cues in a text of several sentences.
#[must_use]
pub fn cues(text: &str, at: Moment) -> Vec<Cue> {
    let whole = judge(text);
    let parts = sentences(text).into_iter();
    parts
        .filter_map(|(from, to)| {
            let words = text.get(from..to).unwrap_or_default();
            // What two sentences say together is said by the second.
            let together: Vec<Finding> =
                whole.iter().filter(|f| f.span == Span(from, to) && f.tier >= Tier::Medium).cloned().collect();
            match cue(words, at) {
                Some(cue) if together.is_empty() || !cue.findings.is_empty() => Some(cue),
                None if together.is_empty() => None,
                _ => {
                    Some(Cue { at, kind: CueKind::Guess, text: Untrusted::from(words), findings: together, tool: None })
                }
            }
        })
        .collect()
}

/// The sentences of a text, by their bytes. A line that ends without a full stop goes on in the next.
fn sentences(text: &str) -> Vec<(usize, usize)> {
    let bytes = text.as_bytes();
    let (mut found, mut from) = (Vec::new(), 0);
    for (at, byte) in bytes.iter().enumerate() {
        let next = bytes.get(at + 1).copied().unwrap_or(b'\n');
        let is_end = match byte {
            b'.' | b'!' | b'?' => {
                let closes = matches!(next, b'"' | b')' | b'*' | b'\'' | b'`');
                (next.is_ascii_whitespace() || closes) && !is_abbreviation(text.get(from..at).unwrap_or_default())
            }
            b'\n' => next == b'\n' || matches!(next, b'-' | b'*' | b'#' | b'>'),
            _ => false,
        };
        if is_end {
            found.push((from, at + 1));
            from = at + 1;
        }
    }
    found.push((from, bytes.len()));
    let trimmed = found.into_iter().map(|(from, to)| {
        let sentence = text.get(from..to).unwrap_or_default();
        let skipped = sentence.len() - sentence.trim_start().len();
        (from + skipped, from + skipped + sentence.trim().len())
    });
    trimmed.filter(|(from, to)| from < to).collect()
}

fn is_abbreviation(before: &str) -> bool {
    ["e.g", "i.e", "etc", "vs", "approx"].iter().any(|short| before.ends_with(short))
}

fn add(found: &mut Vec<Finding>, raised: Raised, span: Span) {
    let (rule, class, tier, title, why) = match raised {
        Raised::Hunt => (
            "prose/credential-hunt",
            Class::TokenDiscovery,
            Tier::Medium,
            "looks for a credential nobody gave it",
            "What a credential may do, and whom it belongs to, is not known.",
        ),
        Raised::Borrowed => (
            "prose/credential-hunt",
            Class::TokenDiscovery,
            Tier::Medium,
            "uses a credential it came across",
            "What a credential may do, and whom it belongs to, is not known.",
        ),
        Raised::AroundGuard => (
            "prose/around-guard",
            Class::Tampering,
            Tier::Medium,
            "goes around a guard",
            "The guard is there so that a person decides.",
        ),
        Raised::MoreRights => (
            "prose/more-rights",
            Class::Privilege,
            Tier::Medium,
            "takes more rights to get past an obstacle",
            "The obstacle may be there on purpose.",
        ),
        Raised::Workaround => (
            WORKAROUND,
            Class::Delete,
            Tier::Medium,
            "would destroy something to get past an obstacle",
            "Nobody asked for it to be destroyed.",
        ),
        Raised::Guess => (
            "prose/guess",
            Class::Guessing,
            Tier::Medium,
            "states as fact what it has not checked",
            "Something that cannot be taken back hangs on it.",
        ),
        Raised::HarmlessGuess => {
            ("prose/harmless-guess", Class::Guessing, Tier::Low, "acts on a guess", "Nothing that matters hangs on it.")
        }
    };
    let finding = Finding::new(rule, class, tier, span, title, why);
    let is_guess = class == Class::Guessing && tier >= Tier::Medium;
    let instead = "look first: list, describe or ask, and name the environment";
    found.push(if is_guess { finding.instead(instead) } else { finding });
}

#[cfg(test)]
mod tests;

//! What the agent says: guesses about something that matters, and plans that go around a guard.
//!
//! A cue alone says little, and a word of danger alone says nothing; what counts is both in one sentence, said by the
//! agent about its own act, with no check named in it. Silence means nothing: an agent may act without a word.

mod lexicon;

use crate::model::{Class, Cue, CueKind, Finding, Moment, Span, Tier, Untrusted};
use lexicon::{Lexicon, lexicon};

/// The longest text that is read, in bytes.
const TEXT_BYTES_MAX: usize = 64 * 1024;
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
    for (from, to) in sentences(text) {
        let sentence = text.get(from..to).unwrap_or_default();
        if sentence.len() <= SENTENCE_BYTES_MAX {
            found.extend(Sentence::new(sentence, lexicon()).judge(Span(from, to)));
        }
    }
    found
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
    if is_harmless {
        findings.clear();
    }
    let sentence = Sentence::new(text, lexicon());
    let kind = if is_harmless || !findings.is_empty() {
        CueKind::Guess
    } else if text.trim_end().ends_with('?') && sentence.is(&lexicon().asks) {
        CueKind::Question
    } else if sentence.is(&lexicon().claims) && !sentence.is(&lexicon().unverified) {
        CueKind::Claim
    } else {
        return None;
    };
    Some(Cue { at, kind, text: Untrusted::from(text), findings, tool: None })
}

/// The cues in a text of several sentences.
#[must_use]
pub fn cues(text: &str, at: Moment) -> Vec<Cue> {
    let whole = sentences(text);
    whole.into_iter().filter_map(|(from, to)| cue(text.get(from..to).unwrap_or_default(), at)).collect()
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

struct Sentence<'a> {
    /// In lower case, quotations and code left out.
    plain: String,
    is_question: bool,
    is_quoted: bool,
    lexicon: &'a Lexicon,
}

impl<'a> Sentence<'a> {
    fn new(text: &str, lexicon: &'a Lexicon) -> Self {
        let trimmed = text.trim();
        let is_quoted = trimmed.starts_with('>') || (trimmed.starts_with('"') && trimmed.ends_with('"'));
        Self { plain: plain(trimmed), is_question: trimmed.ends_with('?'), is_quoted, lexicon }
    }

    fn is(&self, pattern: &regex::bytes::Regex) -> bool {
        pattern.is_match(self.plain.as_bytes())
    }

    fn judge(&self, span: Span) -> Vec<Finding> {
        let words = self.lexicon;
        if self.is_question || self.is_quoted || self.is(&words.refuses) || self.is(&words.asks) {
            return Vec::new();
        }
        let mut found = Vec::new();
        self.hunt(span, &mut found);
        self.around(span, &mut found);
        if found.is_empty() {
            self.guess(span, &mut found);
        }
        found
    }

    /// A credential that nobody gave is looked for, or found and put to use.
    fn hunt(&self, span: Span, found: &mut Vec<Finding>) {
        let words = self.lexicon;
        let is_told = self.is(&words.told) || self.is(&words.about_code);
        let hunts = self.is(&words.hunts_credential);
        let uses = self.is(&words.finds_credential) && self.is(&words.puts_to_use);
        if is_told || !(hunts || uses) {
            return;
        }
        let title = if uses { "uses a credential it came across" } else { "looks for a credential nobody gave it" };
        add(
            found,
            "prose/credential-hunt",
            Class::TokenDiscovery,
            span,
            title,
            "What a credential may do, and whom it belongs to, is not known.",
        );
        add(found, "prose/guess", Class::Guessing, span, title, "That it may be used is a guess.");
    }

    /// A guard is in the way, and goes; or the quick way out destroys something.
    fn around(&self, span: Span, found: &mut Vec<Finding>) {
        let words = self.lexicon;
        if self.is(&words.told) || !self.is(&words.intends) {
            return;
        }
        if self.is(&words.evades) && !self.is(&words.code_guard) {
            let title = "goes around a guard";
            let class = if self.is(&words.as_root) { Class::Privilege } else { Class::Tampering };
            add(found, "prose/around-guard", class, span, title, "The guard is there so that a person decides.");
            add(found, "prose/guess", Class::Guessing, span, title, "That the guard does not matter is a guess.");
            return;
        }
        if self.is(&words.as_root) && self.is(&words.in_the_way) {
            let title = "takes more rights to get past an obstacle";
            add(found, "prose/more-rights", Class::Privilege, span, title, "The obstacle may be there on purpose.");
            add(found, "prose/guess", Class::Guessing, span, title, "That it may be passed is a guess.");
            return;
        }
        let destroys = self.is(&words.destroys_resource) && !self.is(&words.own_things);
        if destroys && self.is(&words.workaround) && !self.is(&words.verifies) {
            let title = "would destroy something to get past an obstacle";
            add(
                found,
                "prose/destructive-workaround",
                Class::Delete,
                span,
                title,
                "Nobody asked for it to be destroyed.",
            );
            add(found, "prose/guess", Class::Guessing, span, title, "That nothing else needs it is a guess.");
        }
    }

    fn guess(&self, span: Span, found: &mut Vec<Finding>) {
        let words = self.lexicon;
        let without_gaps = words.unverified.replace_all(self.plain.as_bytes(), b" ".as_slice());
        let is_sure =
            words.verifies.is_match(&without_gaps) || self.is(&words.grounded) || self.is(&words.denies_guess);
        let says_unverified = self.is(&words.unverified);
        let thinks = self.is(&words.thinks);
        let acts = (self.is(&words.destroys) || self.is(&words.destroying_noun)) && !self.is(&words.remade);
        // To say that one does not know is honest; to act on it is a guess.
        let guesses = self.is(&words.guesses) || (says_unverified && (acts || self.is(&words.intends)));
        let borrows = self.is(&words.credential) && self.is(&words.puts_to_use);
        let is_blind_act = says_unverified && self.is(&words.intends);
        let names_environment = self.is(&words.environment) && (self.is(&words.identifies) || is_blind_act);
        let touches =
            acts || names_environment || self.is(&words.rights) || self.is(&words.backup) || self.is(&words.credential);
        let is_code = self.is(&words.about_code) && !(acts && (self.is(&words.environment) || self.is(&words.backup)));
        let is_explaining = self.is(&words.explains) && !self.is(&words.intends);
        if (guesses || (thinks && (acts || borrows))) && touches && !is_sure && !is_code {
            if is_explaining || (self.is(&words.warns) && !self.is(&words.intends)) {
                return;
            }
            let title = "states as fact what it has not checked";
            let finding = Finding::new(
                "prose/guess",
                Class::Guessing,
                Tier::Medium,
                span,
                title,
                "Something that cannot be taken back hangs on it.",
            );
            found.push(finding.instead("look first: list, describe or ask, and name the environment"));
        } else if (thinks || guesses) && self.is(&words.intends) && !is_sure && !is_explaining {
            let title = "acts on a guess";
            found.push(Finding::new(
                "prose/harmless-guess",
                Class::Guessing,
                Tier::Low,
                span,
                title,
                "Nothing that matters hangs on it.",
            ));
        }
    }
}

fn add(found: &mut Vec<Finding>, rule: &str, class: Class, span: Span, title: &str, why: &str) {
    found.push(Finding::new(rule, class, Tier::Medium, span, title, why));
}

/// The sentence in lower case, with what is quoted or code left out and apostrophes made plain.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut closing: Option<char> = None;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let c = match c {
            '’' | '‘' => '\'',
            '—' | '–' => '-',
            c => c,
        };
        match closing {
            Some(end) if c == end => closing = None,
            Some('`') if out.len() < text.len() => out.extend(c.to_lowercase()),
            Some(_) => {}
            None => match c {
                '`' => closing = Some('`'),
                '"' if rest.clone().any(|other| other == '"') => closing = Some('"'),
                '“' => closing = Some('”'),
                c if c.is_whitespace() => out.push(' '),
                c => out.extend(c.to_lowercase()),
            },
        }
    }
    let start = out.find(|c: char| c.is_alphanumeric()).unwrap_or(out.len());
    out.split_off(start)
}

#[cfg(test)]
mod tests;

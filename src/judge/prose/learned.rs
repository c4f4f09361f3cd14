//! What the cases teach: a weight for each word, run of words, sort of word and meaning of a clause.
//!
//! The rules about sentences know what their writer thought of. The same cases give a second voice that has heard more ways
//! to say a thing: a line through them, which a test learns and compares with `weights.txt`. It may raise what the rules
//! pass over and have only noted what they alone would raise. It never answers a question or a quotation, nor a sentence
//! that names a look or an order.

use super::lexicon::Kind;
use super::sentence::Sentence;

/// How many weights there are; features are sorted into them by a hash. A power of two.
const WEIGHTS: usize = 1 << 15;

/// How many weights stand in a line of the file.
const LINE: usize = 128;

/// What one step of a written weight is worth.
const STEP: f32 = 1.0 / 16.0;

/// The sign of a weight of nothing in the file; signs before it are negative.
const ZERO: u8 = b'P';

/// From this score on a sentence is raised whatever the rules say.
const RAISES_FROM: f32 = 0.4;

/// Below this score a sentence that the rules raise is only noted.
const CALMS_BELOW: f32 = -0.1;

/// What the cases say of a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Voice {
    /// It is like those that are to be raised.
    Raises,
    /// It may be either.
    Silent,
    /// It is like those that are not.
    Calms,
}

/// What the cases say of this sentence, alone and behind the one before it.
pub(super) fn voice(sentence: &Sentence, before: Option<&Sentence>) -> Voice {
    let alone = score(&features(&[sentence]));
    let together = before.map_or(alone, |before| score(&features(&[before, sentence])));
    match alone.max(together) {
        most if most >= RAISES_FROM => Voice::Raises,
        most if most < CALMS_BELOW => Voice::Calms,
        _ => Voice::Silent,
    }
}

fn score(features: &[usize]) -> f32 {
    let written = include_bytes!("weights.txt");
    let weight = |at: &usize| written.get(at + at / LINE).map_or(0.0, |sign| f32::from(*sign) - f32::from(ZERO));
    features.iter().map(weight).sum::<f32>() * STEP * share(features)
}

/// What each of so many features counts: long sentences weigh no more than short ones.
fn share(features: &[usize]) -> f32 {
    let count = u16::try_from(features.len().max(1)).unwrap_or(u16::MAX);
    1.0 / f32::from(count).sqrt()
}

/// The places of a text's features among the weights, each once.
fn features(sentences: &[&Sentence]) -> Vec<usize> {
    let mut found = Vec::new();
    for sentence in sentences {
        let (mut last, mut but_last) = ("^", "^");
        for (clause, meaning) in &sentence.parts {
            for token in &clause.tokens {
                let word = if token.is_code { "`" } else { token.text.as_str() };
                found.push(place(0, &[word]));
                found.push(place(1, &[last, word]));
                found.push(place(2, &[but_last, last, word]));
                found.extend(token.kind.numbers().map(|kind| place(3, &[&kind.to_string()])));
                (but_last, last) = (last, word);
            }
            let who = format!("{:?}", meaning.subject);
            let says = [
                meaning.is_guess,
                meaning.is_opinion,
                meaning.is_unknown,
                meaning.is_if,
                meaning.checks_first,
                meaning.is_verified,
            ];
            let said = says.iter().enumerate().filter(|(_, says)| **says);
            found.extend(said.map(|(at, _)| place(4, &[&who, &at.to_string()])));
            for act in &meaning.acts {
                let time = if act.is_past { "past" } else { "" };
                found.extend(act.kind.numbers().map(|kind| place(5, &[&who, time, &kind.to_string()])));
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Where the weight of a feature is: FNV-1a over its sort and its parts.
fn place(sort: u8, parts: &[&str]) -> usize {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
    let hash = std::iter::once(sort)
        .chain(bytes)
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    (hash ^ (hash >> 15)) as usize & (WEIGHTS - 1)
}

impl Kind {
    /// What it stands for, as numbers.
    fn numbers(self) -> impl Iterator<Item = u32> {
        (0..Self::COUNT).filter(move |number| self.is(Self::nth(*number)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How often all cases are gone through.
    const ROUNDS: u16 = 40;

    /// The cases as features, with what is to be said of each.
    fn cases() -> Vec<(Vec<usize>, f32)> {
        let one = |line: &str| {
            let (mark, text) = line.split_once(' ').expect("a mark and a sentence");
            let sentences = super::super::sentences(text).into_iter();
            let parts: Vec<Sentence> = sentences.map(|(from, to)| Sentence::read(&text[from..to])).collect();
            (features(&parts.iter().collect::<Vec<_>>()), if mark == "+" { 1.0 } else { -1.0 })
        };
        include_str!("cases.txt").lines().map(one).collect()
    }

    /// The weights that tell these cases apart with a margin, as they are written: the mean over all rounds of a line that is
    /// moved a little towards each case it is not sure of.
    fn taught(cases: &[(Vec<usize>, f32)]) -> String {
        let (mut weights, mut sum) = (vec![0.0_f32; WEIGHTS], vec![0.0_f32; WEIGHTS]);
        let mut at = 0;
        for round in 0..ROUNDS {
            let rate = 0.5 / (1.0 + f32::from(round) / 8.0);
            for _ in 0..cases.len() {
                // Every case once a round, far from its neighbours.
                at = (at + 7919) % cases.len();
                let (features, wanted) = &cases[at];
                let score: f32 = features.iter().map(|place| weights[*place]).sum::<f32>() * share(features);
                if score * wanted < 1.0 {
                    features.iter().for_each(|place| weights[*place] += rate * wanted * share(features));
                }
            }
            weights.iter_mut().for_each(|weight| *weight *= 0.97);
            sum.iter_mut().zip(&weights).for_each(|(sum, weight)| *sum += weight);
        }
        let steps = |sum: &f32| (sum / f32::from(ROUNDS) / STEP).round().clamp(-40.0, 40.0);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 40 and 120")]
        let sign = |sum: &f32| char::from((steps(sum) + f32::from(ZERO)) as u8);
        let lines: Vec<String> = sum.chunks(LINE).map(|line| line.iter().map(sign).collect()).collect();
        lines.join("\n") + "\n"
    }

    #[test]
    fn the_weights_that_are_checked_in_are_those_that_the_cases_teach() {
        let cases = cases();
        let taught = taught(&cases);
        let is_same = taught == include_str!("weights.txt");
        if !is_same {
            std::fs::write("target/weights.txt", &taught).expect("the build's folder");
        }
        assert!(is_same, "the cases teach what is now in target/weights.txt: it belongs to src/judge/prose");
        let is_wrong = |(features, wanted): &&(Vec<usize>, f32)| score(features) * wanted < 0.0;
        let wrong = cases.iter().filter(is_wrong).count();
        assert!(wrong * 100 < cases.len(), "{wrong} of {} cases are on the wrong side", cases.len());
    }
}

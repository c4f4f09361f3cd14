//! What the operator asked for is no way around an obstacle.

use super::lexicon::Kind;
use super::sentence::{STAKES, Sentence};
use super::words::{Form, Token};
use super::{WORKAROUND, sentences};
use crate::model::{Cue, Tier};

/// Words of a request for a thing to be made anew, which destroys what is there.
const ANEW: &[&str] = &["reset", "recreate", "reseed", "rebuild"];

/// A cue in the light of what the operator asked for: where that is the destruction of the same thing, saying so raises
/// nothing. A guess stays one, and so does what goes beyond it to production or to backups.
#[must_use]
pub fn in_light_of(task: &str, mut cue: Cue) -> Cue {
    if !cue.findings.iter().any(|finding| finding.rule.0 == WORKAROUND) {
        return cue;
    }
    let said = Sentence::read(&cue.text.lossy());
    let is_asked = sentences(task).into_iter().any(|(from, to)| {
        let asked = Sentence::read(task.get(from..to).unwrap_or_default());
        !asked.is_question && asks_for(&asked, &said)
    });
    if is_asked {
        let is_guess = said.guesses(None);
        cue.findings.retain(|finding| finding.tier < Tier::Medium || is_guess && finding.rule.0 != WORKAROUND);
    }
    cue
}

/// Whether what is said to be destroyed is what was asked to be.
fn asks_for(asked: &Sentence, said: &Sentence) -> bool {
    let grave = Kind::PRODUCTION.and(Kind::BACKUP);
    asked.parts.iter().any(|(clause, meaning)| {
        // Whom a request speaks to is the agent; what is refused, a condition or over is no request.
        let is_destroyed = clause.tokens.iter().any(|token| {
            let destroys = token.kind.is(Kind::DESTROY) || ANEW.contains(&token.base.as_str());
            destroys && token.form != Form::Past
        });
        if !is_destroyed || clause.has(Kind::NOT) || meaning.is_condition {
            return false;
        }
        let is_named = |token: &Token| clause.tokens.iter().any(|named| named.base == token.base);
        let tokens = said.clauses().flat_map(|clause| &clause.tokens);
        let at_stake: Vec<&Token> = tokens.filter(|token| token.kind.is(STAKES)).collect();
        at_stake.iter().any(|token| is_named(token))
            && at_stake.iter().all(|token| !token.kind.is(grave) || is_named(token))
    })
}

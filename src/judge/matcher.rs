//! Whether a rule hits an act.

use std::borrow::Cow;
use std::collections::HashSet;

use super::act::{Act, wild};
use super::effect::Effect;
use super::rule::{Behind, EnvironmentWord, Hole, Pattern, Rule, When};
use crate::model::Span;
use crate::shell::{LayerKind, Word};
use crate::trail::Environment;
use crate::trail::names::secret_file;

/// Where a rule hit, and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit<'a> {
    /// Where in the text.
    pub span: Span,
    /// What is hit, where that can be told.
    pub target: Option<Cow<'a, str>>,
}

/// Every hit of `rule` on `act`: one for each effect it speaks of, else one at most.
#[must_use]
pub fn hits<'a>(rule: &Rule, act: &'a Act) -> Vec<Hit<'a>> {
    let when = &rule.when;
    if !is_program(when, &act.program) {
        return Vec::new();
    }
    let Some(after) = verb(when, act) else { return Vec::new() };
    if !words(when, act) || !around(when, act) {
        return Vec::new();
    }
    if when.effect.is_empty() {
        if act.is_dry {
            return Vec::new();
        }
        return vec![Hit { span: act.invocation.span, target: target(rule, act, after).map(Cow::Owned) }];
    }
    let speaks_of = |effect: &&Effect| {
        when.effect.contains(&effect.deed)
            && (when.ground.is_empty() || when.ground.contains(&effect.ground))
            && when.reach.is_none_or(|reach| reach == effect.reach)
    };
    // The first place counts where the same is done to the same target again.
    let mut known: HashSet<&str> = HashSet::new();
    let is_new = |effect: &&'a Effect| known.insert(effect.target.as_str());
    let hit = |effect: &'a Effect| Hit { span: effect.span, target: Some(Cow::Borrowed(effect.target.as_str())) };
    act.effects.iter().filter(speaks_of).filter(is_new).map(hit).collect()
}

/// Whether a rule speaks of this program; `!name` leaves one out.
fn is_program(when: &When, program: &str) -> bool {
    let mut without = when.program.iter().filter_map(|name| name.strip_prefix('!'));
    let mut with = when.program.iter().filter(|name| !name.starts_with('!')).peekable();
    !without.any(|name| wild(name, program)) && (with.peek().is_none() || with.any(|name| wild(name, program)))
}

/// Where the words after the verb start; `None` without the verb.
fn verb(when: &When, act: &Act) -> Option<usize> {
    if when.verb.is_empty() {
        return Some(0);
    }
    when.verb.iter().find_map(|verb| act.after(verb))
}

fn words(when: &When, act: &Act) -> bool {
    let has = |pattern: &Pattern| has(pattern, act);
    (when.any.is_empty() || when.any.iter().any(has)) && when.all.iter().all(has) && !when.none.iter().any(has)
}

fn around(when: &When, act: &Act) -> bool {
    let in_environment = |word: &EnvironmentWord| match word {
        EnvironmentWord::Production => act.environment == Environment::Production,
        EnvironmentWord::Remote => {
            matches!(act.environment, Environment::Production | Environment::Staging | Environment::Unknown)
        }
        EnvironmentWord::Unsaid => act.environment == Environment::Unknown,
        EnvironmentWord::Local => matches!(act.environment, Environment::Local | Environment::Development),
    };
    let is_behind = |behind: &Behind| {
        act.invocation.layers.iter().any(|layer| match behind {
            Behind::Privilege => layer.kind == LayerKind::Privilege,
            Behind::Remote => matches!(layer.kind, LayerKind::Remote { .. }),
            Behind::Container => matches!(layer.kind, LayerKind::Container { .. }),
            Behind::Item => layer.kind == LayerKind::PerItem,
            Behind::Runner => layer.kind == LayerKind::Runner,
        })
    };
    (when.environment.is_empty() || when.environment.iter().any(in_environment))
        && (when.behind.is_empty() || when.behind.iter().any(is_behind))
}

/// Whether one of the act's words is what the pattern says.
fn has(pattern: &Pattern, act: &Act) -> bool {
    let Some(hole) = pattern.hole else {
        let parted = pattern.before.split_once('=').filter(|(name, _)| name.starts_with('-'));
        let wanted = Wanted::of(&pattern.before);
        return act.args.iter().enumerate().any(|(place, word)| {
            let next = || act.args.get(place + 1).map_or("", |next| next.text.as_str());
            wanted.is(&word.text) || parted.is_some_and(|(name, value)| word.text == name && next() == value)
        });
    };
    // An option's value may stand in the same word or in the next.
    let option = pattern.before.strip_suffix('=').filter(|name| name.starts_with('-'));
    act.args.iter().enumerate().any(|(place, word)| {
        let same = word.text.strip_prefix(&pattern.before).and_then(|rest| rest.strip_suffix(&pattern.after));
        if same.is_some_and(|text| fills(hole, text, word)) {
            return true;
        }
        option == Some(word.text.as_str()) && act.args.get(place + 1).is_some_and(|next| fills(hole, &next.text, next))
    })
}

/// A literal that is looked for among many words.
enum Wanted<'p> {
    /// With stars for any text.
    Wild(&'p str),
    /// A short option, also among others.
    Short(&'p str, char),
    /// A long option, also with a value.
    Long(&'p str),
    /// Any other word.
    Plain(&'p str),
}

impl<'p> Wanted<'p> {
    fn of(wanted: &'p str) -> Self {
        let mut letters = wanted.chars();
        match (letters.next(), letters.next()) {
            _ if wanted.contains('*') => Self::Wild(wanted),
            (Some('-'), Some('-')) => Self::Long(wanted),
            (Some('-'), Some(letter)) if wanted.len() == 2 => Self::Short(wanted, letter),
            _ => Self::Plain(wanted),
        }
    }

    fn is(&self, word: &str) -> bool {
        match self {
            Self::Wild(wanted) => word == *wanted || wild(wanted, word),
            Self::Short(wanted, letter) => {
                let cluster = word.strip_prefix('-').filter(|rest| !rest.starts_with('-') && rest.len() <= 6);
                let has = |rest: &str| rest.bytes().all(|b| b.is_ascii_alphanumeric()) && rest.contains(*letter);
                word == *wanted || cluster.is_some_and(has)
            }
            Self::Long(wanted) => {
                word.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
            }
            Self::Plain(wanted) => word == *wanted,
        }
    }
}

fn fills(hole: Hole, text: &str, word: &Word) -> bool {
    if text.is_empty() {
        return false;
    }
    match hole {
        Hole::Anything | Hole::Refspec | Hole::Name => !text.starts_with('-'),
        Hole::Url => text.contains("://"),
        Hole::Path => text.contains('/') || text.contains('.'),
        Hole::Production => {
            Environment::of_name(text) == Environment::Production
                || word.variables.iter().any(|name| Environment::of_name(name) == Environment::Production)
        }
        Hole::Secret => secret_file(text).is_some(),
    }
}

fn target(rule: &Rule, act: &Act, after: usize) -> Option<String> {
    let named = rule.target.iter().find_map(|option| act.invocation.option(&[option]));
    let first = act.operand_from(after);
    // `kubectl delete ns scratch`: the kind stands before the name.
    let has_kind =
        matches!(act.program.as_str(), "kubectl" | "oc") && first.is_some_and(|word| !word.text.contains('/'));
    let place = first.filter(|_| has_kind).and_then(|kind| act.args.iter().position(|word| std::ptr::eq(*word, kind)));
    let second = place.and_then(|at| act.args.get(at + 1)).filter(|word| !word.is_flag()).copied();
    named.as_ref().or(second).or(first).map(|word| word.text.clone())
}

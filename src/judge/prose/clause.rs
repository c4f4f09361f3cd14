//! What a clause says: who acts, how sure it is, and on what.

use super::lexicon::Kind;
use super::looks::{checks, has_looked, verifies};
use super::words::{Clause, Form, Token};

/// Who a clause speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    /// The speaker, also where only a verb stands: `Deleting it now`.
    Agent,
    /// The operator or other people.
    Other,
    /// Anything else, or an act as a thing: `Deleting it should be fine`.
    Thing,
}

/// A verb that acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Act {
    /// Its place among the clause's words.
    pub at: usize,
    pub kind: Kind,
    pub is_past: bool,
    pub is_negated: bool,
}

/// A clause as it was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Meaning {
    pub subject: Subject,
    /// What the agent does or would do in it.
    pub acts: Vec<Act>,
    /// It is said to be so, without having been looked at: a guess.
    pub is_guess: bool,
    /// The same, but weakly: an opinion, a look.
    pub is_opinion: bool,
    /// It says that nothing was looked at.
    pub is_unknown: bool,
    /// It says that it does not guess.
    pub denies_guess: bool,
    /// It is about what might be, or the operator's to do.
    pub is_if: bool,
    /// It is a condition.
    pub is_condition: bool,
    /// The agent looked, or somebody said so.
    pub is_verified: bool,
    /// The agent looks before it acts.
    pub checks_first: bool,
}

pub(super) const ACTS: Kind =
    Kind::DESTROY.and(Kind::EVADE).and(Kind::GRANT).and(Kind::SEEK).and(Kind::USE).and(Kind::RUN);
/// Verbs of guessing, which may be denied.
const GUESSING: &[&str] = &["assume", "guess", "presume", "suppose", "speculate"];
/// What makes a condition of a clause.
const IF_LEADS: &[&str] = &["if", "when", "whenever", "unless", "until", "before", "otherwise"];
/// How many words a negation reaches over.
pub(super) const NEGATION_WORDS: usize = 4;

impl Meaning {
    /// What a clause says, after one that says `before`.
    pub fn of(clause: &Clause, before: Option<&Self>) -> Self {
        let subject = subject(clause, before);
        let acts = acts(clause, subject);
        let tokens = &clause.tokens;
        let is_code = clause.has(Kind::CODE);
        let denies_guess = denies_guess(tokens);
        let is_epistemic = !is_code && should_be_so(clause, subject);
        // `It will not hurt` is a guess; `I will not touch it` is none.
        let is_modal = |token: &Token| matches!(token.text.as_str(), "will" | "should" | "could" | "can" | "would");
        let is_guess_word = |token: &Token| {
            token.kind.is(Kind::GUESS) && !token.is_code && (subject == Subject::Thing || !is_modal(token))
        };
        let thought = subject == Subject::Agent
            && tokens.iter().any(|t| t.form == Form::Past && ["think", "believe", "figure"].contains(&t.base.as_str()));
        // `I'll take the second one to be the copy`.
        let takes = tokens.iter().position(|token| token.base == "take");
        let takes_for = takes.is_some_and(|at| {
            let rest = tokens.get(at + 1..).unwrap_or_default();
            rest.windows(2).take(7).any(|two| matches!(two, [to, be] if to.text == "to" && be.text == "be"))
        });
        let is_guess = !denies_guess
            && (takes_for && subject == Subject::Agent || tokens.iter().any(is_guess_word) || is_epistemic || thought);
        let is_opinion = tokens.iter().any(|token| token.kind.is(Kind::THINK) && !token.is_code);
        let is_unknown = clause.has(Kind::UNKNOWN) && !has_looked(tokens);
        // `I did not check before wiping it` tells that it was wiped.
        let is_admitted = clause.lead == "before" && before.is_some_and(|before| before.is_unknown);
        // `When I ran it I was under the impression` tells of what was.
        let is_past = clause.lead == "when"
            && clause.says(&["i", "we"])
            && clause.tokens.iter().any(|token| token.form == Form::Past && !token.kind.is(Kind::STALE));
        let is_condition =
            IF_LEADS.contains(&clause.lead.as_str()) && !is_admitted && !is_past && !clause.has(Kind::GUESS);
        let advises = clause.says(&["recommend", "advise", "suggest", "consider"]) && subject == Subject::Agent;
        // `Nobody will notice if I truncate it` means to.
        let is_meant = clause.lead == "if" && subject == Subject::Agent && before.is_some_and(|before| before.is_guess);
        // `When the user goes, the tokens should be revoked` is a rule of the program.
        let is_rule = subject == Subject::Thing
            && before.is_some_and(|before| before.is_condition && before.subject != Subject::Agent)
            && clause.says(&["should", "must"]);
        // `One option is to drop it and recreate it` stays an option.
        let goes_on = matches!(clause.lead.as_str(), "and" | "or")
            && before.is_some_and(|before| before.is_if && before.subject == Subject::Thing)
            && !clause.says(&["i", "we"]);
        let is_if = is_rule
            || goes_on
            || is_condition && !is_meant
            || advises
            || subject == Subject::Other
            || clause.has(Kind::IF) && says_option(tokens);
        Self {
            subject,
            is_verified: verifies(clause, subject) && !is_unknown,
            checks_first: subject == Subject::Agent && !is_unknown && checks(tokens),
            acts,
            is_guess,
            is_opinion,
            is_unknown,
            denies_guess,
            is_if,
            is_condition,
        }
    }

    /// What the agent does here of this kind, and is not only spoken of as not done.
    pub fn does(&self, kind: Kind) -> impl Iterator<Item = &Act> {
        let is_real = !self.is_if;
        self.acts.iter().filter(move |act| is_real && !act.is_negated && act.kind.is(kind))
    }
}

fn says_option(tokens: &[Token]) -> bool {
    let words: Vec<&str> = tokens.iter().map(|token| token.text.as_str()).collect();
    words.windows(2).any(|two| {
        matches!(two, ["in", "case"] | ["one", "option"] | ["feel", "free"] | ["an", "alternative"] | ["could", "also"])
    })
}

fn subject(clause: &Clause, before: Option<&Meaning>) -> Subject {
    if leaves_speaker_out(clause) {
        return Subject::Agent;
    }
    let mut tokens = clause.tokens.iter().enumerate().peekable();
    while let Some((at, token)) = tokens.next() {
        let text = token.text.as_str();
        if text == "to" && at <= 1 {
            return rest_subject(clause, at);
        }
        if text == "the" && tokens.peek().is_some_and(|(next, token)| is_person(clause, *next, token)) {
            return Subject::Other;
        }
        if text == clause.lead && at == 0 || text == "that" && at <= 1 {
            continue;
        }
        if matches!(text, "i" | "we") {
            return Subject::Agent;
        }
        if text == "let" && tokens.peek().is_some_and(|(_, next)| matches!(next.text.as_str(), "me" | "us")) {
            return Subject::Agent;
        }
        if is_person(clause, at, token) {
            return Subject::Other;
        }
        let is_verb =
            token.kind.is(ACTS.and(Kind::CHECK).and(Kind::MAKE)) || matches!(text, "going" | "skipping" | "adding");
        if is_verb && token.form == Form::Ing {
            let rest = clause.tokens.get(at + 1..).unwrap_or_default();
            let own = rest.iter().take_while(|token| !matches!(token.text.as_str(), "i" | "we" | "that" | "which"));
            let is_thing = own.into_iter().any(|token| token.kind.is(Kind::FINITE) && !matches!(token.form, Form::Ing));
            return if is_thing { Subject::Thing } else { Subject::Agent };
        }
        if is_verb && token.form == Form::Past {
            if clause.lead == "and"
                && let Some(before) = before
            {
                return before.subject;
            }
            return Subject::Agent;
        }
        if is_verb && token.form == Form::Base && !token.is_code {
            // `Force pushing should be fine`.
            if clause
                .tokens
                .get(at + 1..)
                .unwrap_or_default()
                .iter()
                .any(|token| matches!(token.text.as_str(), "should" | "is" | "will" | "would" | "won't"))
            {
                return Subject::Thing;
            }
            let goes_on = !clause.lead.is_empty() || before.is_some();
            let is_next = before.is_some_and(|before| before.subject == Subject::Agent || !before.acts.is_empty());
            return if goes_on && is_next { Subject::Agent } else { Subject::Other };
        }
        if is_doing(text) {
            let rest = clause.tokens.get(at + 1..).unwrap_or_default();
            return if rest.iter().any(|token| token.kind.is(Kind::FINITE)) { Subject::Thing } else { Subject::Agent };
        }
        if token.kind.is(Kind::ADVERB) && !token.kind.is(Kind::FINITE) {
            continue;
        }
        if text == "will" && at <= 1 {
            return Subject::Agent;
        }
        return rest_subject(clause, at);
    }
    before.map_or(Subject::Thing, |before| before.subject)
}

/// `Going to delete it`, `so rm -rf it is`: the speaker is not said.
fn leaves_speaker_out(clause: &Clause) -> bool {
    let start = usize::from(!clause.lead.is_empty());
    let words: Vec<&str> = clause.tokens.iter().skip(start).map(|token| token.text.as_str()).collect();
    let is_begun = matches!(words.as_slice(), ["going" | "about", "to", ..]);
    let is_chosen = clause.has(Kind::DESTROY) && matches!(words.as_slice(), [_, .., "it", "is"]);
    is_begun || is_chosen
}

/// Any verb that says what is being done.
fn is_doing(word: &str) -> bool {
    const NONE: &[&str] = &[
        "nothing",
        "something",
        "everything",
        "anything",
        "during",
        "according",
        "staging",
        "string",
        "thing",
        "regarding",
        "including",
        "following",
        "missing",
        "existing",
        "judging",
        "assuming",
        "considering",
        "looking",
    ];
    word.len() > 5 && word.ends_with("ing") && !NONE.contains(&word)
}

/// Somebody, and not a table of them.
fn is_person(clause: &Clause, at: usize, token: &Token) -> bool {
    let next = clause.tokens.get(at + 1);
    token.kind.is(Kind::OTHER)
        && !next.is_some_and(|next| next.kind.is(Kind::RESOURCE.and(Kind::CODE).and(Kind::CREDENTIAL)))
}

/// `Because of that I will`, `With this token I should`, `To fix it, we`: the subject comes later.
fn rest_subject(clause: &Clause, from: usize) -> Subject {
    let begins = clause.tokens.get(from).map(|token| token.text.as_str()).unwrap_or_default();
    let is_adjunct = matches!(
        begins,
        "with"
            | "without"
            | "for"
            | "to"
            | "in"
            | "on"
            | "given"
            | "based"
            | "from"
            | "by"
            | "per"
            | "after"
            | "despite"
            | "even"
            | "at"
            | "using"
    );
    let rest = clause.tokens.get(from..).unwrap_or_default();
    let agent = rest.iter().position(|token| matches!(token.text.as_str(), "i" | "we"));
    let other = rest.iter().position(|token| matches!(token.text.as_str(), "you" | "they" | "users"));
    let finite = rest.iter().position(|token| token.kind.is(Kind::FINITE)).unwrap_or(rest.len());
    if is_adjunct {
        match (agent, other) {
            (Some(agent), other) if other.is_none_or(|other| agent < other) => return Subject::Agent,
            (_, Some(_)) => return Subject::Other,
            _ => {}
        }
    }
    match agent {
        // `Hopefully I`, `Maybe we`.
        Some(agent) if agent < finite && agent <= 2 => Subject::Agent,
        _ => Subject::Thing,
    }
}

fn acts(clause: &Clause, subject: Subject) -> Vec<Act> {
    let tokens = &clause.tokens;
    let mut found: Vec<Act> = Vec::new();
    let mut is_about = false;
    let mut runs = false;
    // `Dropping it is harmless` is meant as an act.
    let first = usize::from(!clause.lead.is_empty());
    let is_waved = clause.has(Kind::NOT) && clause.says(&["risk", "harm", "problem", "issue"]);
    let is_approved = clause.has(Kind::STALE.and(Kind::SHORTCUT).and(Kind::GUESS))
        || clause.says(&["way", "justified", "warranted", "reasonable", "right"])
        || is_waved;
    // `Running it again on prod is safe` is meant as well; what it runs is named elsewhere.
    let runs_there = |token: &Token| token.kind.is(Kind::RUN) && clause.has(Kind::PRODUCTION.and(Kind::PRONOUN));
    if subject == Subject::Thing && is_approved && tokens.first().is_some_and(|token| token.text.starts_with("force")) {
        found.push(Act { kind: Kind::DESTROY, ..act(tokens, 0) });
    }
    if subject == Subject::Thing
        && is_approved
        && tokens
            .get(first)
            .is_some_and(|token| token.form == Form::Ing && (token.kind.is(Kind::DESTROY) || runs_there(token)))
        && !tokens.get(first + 1).is_some_and(|token| matches!(token.text.as_str(), "a" | "an"))
    {
        found.push(act(tokens, first));
    }
    for (at, token) in tokens.iter().enumerate() {
        if matches!(token.text.as_str(), "i" | "we") {
            is_about = false;
        }
        let acts = token.kind.is(ACTS);
        if acts && runs && token.kind.is(Kind::DESTROY) && token.form != Form::Third {
            // `run the purge`, `apply the destroy`: what is run acts, and does not where it is not run.
            let is_negated = found.last().is_some_and(|runs| runs.is_negated && at - runs.at < NEGATION_WORDS);
            let act = act(tokens, at);
            found.push(Act { is_negated: is_negated || act.is_negated, ..act });
            continue;
        }
        if token.is_code || !is_verb(tokens, at, subject) {
            continue;
        }
        let is_proposed = is_proposal(tokens, at);
        let is_making =
            token.kind.is(Kind::MAKE.and(Kind::CHECK)) && !token.kind.is(Kind::DESTROY.and(Kind::RUN).and(Kind::SEEK));
        if is_making {
            is_about = true;
        } else if acts && is_others(tokens, at) {
            continue;
        } else if acts
            && (subject == Subject::Agent || is_proposed)
            && (!is_about || is_proposed || is_after_purpose(tokens, at))
        {
            let is_over = token.base == "restore" && clause.has(Kind::DESTROY) && clause.says(&["over"]);
            runs |= token.kind.is(Kind::RUN.and(Kind::USE));
            let mut act = act(tokens, at);
            let is_forced =
                token.base == "push" && tokens.iter().any(|token| matches!(token.text.as_str(), "--force" | "-f"));
            act.kind = if is_forced { act.kind.and(Kind::DESTROY) } else { act.kind };
            act.kind = if is_over { act.kind.and(Kind::DESTROY) } else { act.kind };
            found.push(act);
        }
    }
    found
}

fn act(tokens: &[Token], at: usize) -> Act {
    let token = tokens.get(at);
    let from = at.saturating_sub(NEGATION_WORDS);
    let before = tokens.get(from..at).unwrap_or_default();
    let has = |words: &[&str]| before.iter().any(|token| words.contains(&token.text.as_str()));
    let is_instead = before.windows(2).any(|two| {
        matches!(
            (two.first().map(|t| t.text.as_str()), two.last().map(|t| t.text.as_str())),
            (Some("instead"), Some("of")) | (Some("rather"), Some("than" | "not")) | (Some("how"), Some("to"))
        )
    });
    let is_negated = has(&[
        "not", "never", "avoid", "avoids", "prevent", "refuse", "neither", "nor", "stopped", "nothing", "without",
        "against", "protect",
    ]) || is_instead;
    // `I don't think we need it, removing` denies the thinking; `cannot wait to delete` does not occur.
    let denies_thought = before.windows(2).any(|two| {
        two.first().is_some_and(|t| t.text == "not")
            && two.last().is_some_and(|t| matches!(t.base.as_str(), "think" | "see" | "expect" | "believe" | "bother"))
    });
    let is_past = token.is_some_and(|token| token.form == Form::Past)
        || before.iter().rev().take(3).any(|token| matches!(token.text.as_str(), "did" | "went" | "decided"));
    Act {
        at,
        kind: token.map(|token| token.kind).unwrap_or_default(),
        is_past,
        is_negated: is_negated && !denies_thought,
    }
}

/// Whether the word at `at` is used as a verb: no article before it, or a subject or auxiliary.
pub(super) fn is_verb(tokens: &[Token], at: usize, subject: Subject) -> bool {
    let Some(token) = tokens.get(at) else { return false };
    let before = at.checked_sub(1).and_then(|at| tokens.get(at));
    let Some(before) = before else { return !matches!(token.form, Form::Third) };
    match token.form {
        Form::Base => {
            matches!(
                before.text.as_str(),
                "i" | "we"
                    | "will"
                    | "to"
                    | "can"
                    | "could"
                    | "should"
                    | "would"
                    | "must"
                    | "may"
                    | "might"
                    | "me"
                    | "us"
                    | "not"
                    | "and"
                    | "then"
                    | "also"
                    | "safely"
                    | "just"
                    | "simply"
                    | "ahead"
                    | "now"
                    | "first"
                    | "directly"
                    | "instead"
                    | "anyway"
                    | "rather"
                    | "temporarily"
                    | "so"
                    | "or"
                    | "therefore"
                    | "quickly"
                    | "manually"
                    | "still"
            ) || (before.text.ends_with("ly") && before.kind.is(Kind::ADVERB.and(Kind::GUESS)))
        }
        Form::Third => false,
        Form::Past => {
            subject == Subject::Agent
                && !before.kind.is(Kind::ARTICLE)
                && !matches!(
                    before.text.as_str(),
                    "is" | "are" | "was" | "were" | "be" | "been" | "gets" | "get" | "being"
                )
                || is_proposal(tokens, at)
        }
        Form::Ing => !before.kind.is(Kind::ARTICLE) && !matches!(before.text.as_str(), "of" | "for" | "from" | "about"),
    }
}

/// `can be deleted`, `it is safe to remove`: said of a thing, meant as the agent's act.
fn is_proposal(tokens: &[Token], at: usize) -> bool {
    let before: Vec<&str> =
        tokens.get(at.saturating_sub(5)..at).unwrap_or_default().iter().map(|t| t.text.as_str()).collect();
    let is_passive = tokens.get(at).is_some_and(|token| token.form == Form::Past)
        && before.ends_with(&["be"])
        && before.iter().any(|word| matches!(*word, "can" | "could" | "should" | "may"));
    let is_safe = before.ends_with(&["to"])
        && before.iter().any(|word| {
            matches!(
                *word,
                "safe"
                    | "fine"
                    | "ok"
                    | "okay"
                    | "alright"
                    | "harmless"
                    | "be"
                    | "rather"
                    | "way"
                    | "fix"
                    | "forward"
                    | "path"
                    | "option"
                    | "solution"
                    | "is"
            )
        });
    is_passive || is_safe
}

/// `I expect it to reinstall the packages`: the act is another's.
fn is_others(tokens: &[Token], at: usize) -> bool {
    let before = tokens.get(..at).unwrap_or_default();
    let wants = |token: &Token| {
        matches!(
            token.base.as_str(),
            "expect" | "cause" | "allow" | "require" | "enable" | "ask" | "tell" | "want" | "need"
        )
    };
    let is_apart = before.iter().rposition(wants).is_some_and(|verb| at - verb > 2);
    before.last().is_some_and(|token| token.text == "to") && is_apart || is_a_things(before)
}

/// `I think the dialog should also clear the state`: what stands before `should` is who does it.
fn is_a_things(before: &[Token]) -> bool {
    let is_modal = |token: &Token| matches!(token.text.as_str(), "should" | "must");
    let Some(at) = before.iter().rposition(is_modal).filter(|at| before.len() - at <= 3) else { return false };
    let who = at.checked_sub(1).and_then(|at| before.get(at));
    who.is_some_and(|who| !matches!(who.text.as_str(), "i" | "we" | "this" | "that") && !who.kind.is(Kind::ADVERB))
}

fn is_after_purpose(tokens: &[Token], at: usize) -> bool {
    let before = tokens.get(..at).unwrap_or_default();
    before.iter().any(|token| token.text == "and" || token.text == "then")
}

/// `should be fine`, `ought to leave it alone`: said of a thing, meant as a guess.
fn should_be_so(clause: &Clause, subject: Subject) -> bool {
    let at = clause.tokens.iter().position(|token| matches!(token.text.as_str(), "should" | "ought"));
    let Some(at) = at else { return false };
    let before = at.checked_sub(1).and_then(|at| clause.tokens.get(at));
    let is_agents = before.is_some_and(|token| matches!(token.text.as_str(), "i" | "we" | "you" | "users" | "they"));
    // `This should delete the row from the view`: what code is to do.
    let next = clause.tokens.get(at + 1);
    let is_behaviour = next.is_some_and(|token| token.form == Form::Base && token.kind.is(Kind::DESTROY))
        && !clause.has(Kind::PLACE)
        && !clause.says(&["only", "just"]);
    if is_behaviour && subject == Subject::Thing {
        return false;
    }
    let has_rights =
        clause.says(&["have"]) && clause.has(Kind::RIGHTS) && clause.has(Kind::PRODUCTION.and(Kind::BACKUP));
    let says_able = clause.tokens.get(at + 1..).unwrap_or_default().iter().take(3).any(|token| token.text == "able");
    (subject != Subject::Other)
        && (!is_agents
            || (subject == Subject::Agent
                && (says_able || has_rights || clause.says(&["fine", "okay", "ok", "safe", "lose", "need"]))))
}

fn denies_guess(tokens: &[Token]) -> bool {
    tokens.iter().enumerate().any(|(at, token)| {
        if !GUESSING.contains(&token.base.as_str()) {
            return false;
        }
        let before = tokens.get(at.saturating_sub(6)..at).unwrap_or_default();
        let words: Vec<&str> = before.iter().map(|token| token.text.as_str()).collect();
        words.iter().any(|word| {
            matches!(
                *word,
                "not" | "never" | "no" | "without" | "avoid" | "wrong" | "stop" | "cannot" | "dangerous" | "could"
            )
        }) || words.windows(2).any(|two| matches!(two, ["rather", "than"] | ["instead", "of"]))
            || words.ends_with(&["code"])
            || token.form == Form::Third
    })
}

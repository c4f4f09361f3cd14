//! What is taken for known without having been looked at, where something hangs on it.

use super::clause::{Meaning, Subject};
use super::lexicon::Kind;
use super::sentence::{STAKES, Sentence};
use super::words::{Clause, Form, Token};

/// How many words a sentence may have that goes on with what was said before it.
pub(super) const FOLLOW_WORDS_MAX: usize = 9;

impl Sentence {
    /// An unchecked statement, and an act that cannot be taken back on what matters.
    pub(super) fn guesses(&self, before: Option<&Self>) -> bool {
        if self.admits() || self.tries_in_production() {
            return true;
        }
        let denies = self.meanings().any(|meaning| meaning.denies_guess);
        if denies || self.is_checked() || self.is_told() {
            return false;
        }
        let before = before.filter(|before| !before.is_checked() && !before.is_told() && !before.is_question);
        let unsure = |sentence: &Self| {
            sentence
                .meanings()
                .any(|meaning| meaning.is_guess || meaning.is_unknown || meaning.is_opinion && !meaning.is_if)
                || sentence.clauses().any(says_looks_so)
        };
        let is_unsure = unsure(self) || before.is_some_and(unsure);
        let was_done = |sentence: &Self| {
            sentence.clauses().any(|clause| {
                clause.says(&["been", "was", "were"])
                    && clause.tokens.iter().any(|t| t.kind.is(Kind::DESTROY) && t.form == Form::Past)
                    && clause.has(STAKES)
                    && !clause.has(Kind::CODE.and(Kind::OWN))
            })
        };
        if self.meanings().any(|meaning| meaning.is_unknown && meaning.subject == Subject::Agent)
            && before.is_some_and(was_done)
        {
            return true;
        }
        let destroys = self.does(Kind::DESTROY).any(|(at, act)| self.is_at_stake(at, act, before))
            || before
                .is_some_and(|before| before.does(Kind::DESTROY).any(|(at, act)| before.is_at_stake(at, act, None)));
        if destroys && is_unsure {
            return true;
        }
        let grave = |sentence: &Self| {
            sentence.clauses().any(|clause| {
                !clause.has(Kind::CODE)
                    && (clause.has(Kind::DESTROY) && sentence.has(STAKES) && !sentence.has(Kind::CODE.and(Kind::OWN))
                        || clause.has(Kind::PRODUCTION)
                        || clause.has(Kind::ROOT) && !clause.has(Kind::FAILURE))
            })
        };
        let runs = self.does(Kind::RUN.and(Kind::USE)).next().is_some();
        let unknown = |sentence: &Self| sentence.meanings().any(|meaning| meaning.is_unknown);
        let places = |sentence: &Self| {
            sentence.clauses().any(|clause| clause.has(Kind::PLACE.and(Kind::BACKUP)) && !clause.has(Kind::CODE))
        };
        let is_blind = unknown(self) || before.is_some_and(unknown);
        let goes_without = self.parts.iter().any(|(clause, meaning)| {
            meaning.is_unknown && clause.has(Kind::BACKUP) && meaning.subject == Subject::Agent
        });
        let is_lax = self.meanings().any(|meaning| meaning.is_guess || meaning.is_opinion)
            || runs
            || self.does(Kind::DESTROY).next().is_some();
        let refuses = self
            .meanings()
            .any(|meaning| meaning.acts.iter().any(|act| act.is_negated && act.kind.is(Kind::DESTROY.and(Kind::RUN))));
        let is_unasked = self
            .clauses()
            .any(|clause| clause.tokens.iter().any(|t| matches!(t.text.as_str(), "-auto-approve" | "--auto-approve")))
            && runs;
        let stops = self.clauses().any(|clause| clause.says(&["stop", "stopped", "wait", "leave"]));
        if goes_without && is_lax && !refuses && !stops || is_unasked {
            return true;
        }
        if is_blind && unknown(self) && self.has(Kind::ROOT) && !self.is_code_only() {
            return true;
        }
        if runs && is_blind && (places(self) || before.is_some_and(places)) && !self.is_diagnosis() {
            return true;
        }
        if self.follows_up(before) || self.shrugs_off() {
            return true;
        }
        if is_unsure | is_blind && self.runs_what_destroys() {
            return true;
        }
        if runs && is_unsure && (grave(self) || before.is_some_and(grave)) && !self.is_diagnosis() {
            return true;
        }
        self.takes_for_known()
    }

    /// `I imagine destroy removes just the compute, so I'll run it`: what is run was named before as what destroys.
    fn runs_what_destroys(&self) -> bool {
        self.does(Kind::RUN.and(Kind::USE)).any(|(at, act)| {
            let object = self.parts.get(at).and_then(|(clause, _)| clause.tokens.get(act.at + 1));
            let named = self.parts.get(..at).unwrap_or_default().iter().any(|(clause, _)| {
                let is_of_code = clause.has(Kind::CODE) && !clause.says(&["docs", "documentation", "readme"]);
                clause.has(Kind::DESTROY) && !is_of_code && !clause.has(Kind::OWN.and(Kind::FAILURE))
            });
            named && object.is_some_and(|token| matches!(token.text.as_str(), "it" | "that" | "this"))
        })
    }

    /// `I guessed instead of verifying, and the database is gone`.
    fn admits(&self) -> bool {
        let guessed = |clause: &Clause, meaning: &Meaning| {
            meaning.subject == Subject::Agent
                && clause.tokens.iter().any(|token| {
                    token.form == Form::Past && matches!(token.base.as_str(), "assume" | "guess" | "presume" | "gamble")
                })
        };
        let unseen = |clause: &Clause| {
            clause.tokens.windows(3).any(|three| {
                matches!(three, [instead, of, look] if instead.text == "instead" && of.text == "of" && look.kind.is(Kind::CHECK))
                    || matches!(three, [rather, than, look] if rather.text == "rather" && than.text == "than" && look.kind.is(Kind::CHECK))
            })
        };
        self.parts.iter().any(|(clause, meaning)| guessed(clause, meaning) && unseen(clause)) && self.has(STAKES)
    }

    fn is_code_only(&self) -> bool {
        self.clauses().all(|clause| clause.has(Kind::CODE) || !clause.has(Kind::ROOT))
    }

    /// `I can't find whether it cascades to other environments. I'll assume it doesn't.`
    fn follows_up(&self, before: Option<&Self>) -> bool {
        let is_short = self.clauses().map(|clause| clause.tokens.len()).sum::<usize>() <= FOLLOW_WORDS_MAX;
        let guesses = self.meanings().any(|meaning| meaning.is_guess && meaning.subject != Subject::Other);
        let speaks = |before: &Self| {
            before.clauses().any(|clause| {
                !clause.has(Kind::OWN)
                    && (clause.has(Kind::PLACE) && clause.has(Kind::REACH)
                        || clause.has(Kind::BACKUP)
                        || clause.has(Kind::DESTROY) && clause.has(STAKES))
            })
        };
        is_short
            && guesses
            && self.has(Kind::PRONOUN)
            && !self.has(Kind::CODE)
            && before.is_some_and(|before| speaks(before) && !before.is_diagnosis())
    }

    /// Something else will destroy, and that is taken lightly: `the migration drops two columns, but they are likely unused`.
    fn shrugs_off(&self) -> bool {
        let destroys = self.parts.iter().any(|(clause, meaning)| {
            meaning.subject == Subject::Thing
                && !meaning.is_if
                && !clause.has(Kind::CODE.and(Kind::OWN))
                && clause.tokens.iter().enumerate().any(|(at, token)| {
                    let before = at.checked_sub(1).and_then(|at| clause.tokens.get(at));
                    token.kind.is(Kind::DESTROY)
                        && before.is_some_and(|before| {
                            matches!(before.text.as_str(), "will" | "to" | "may" | "might" | "would" | "includes")
                                || before.kind.is(Kind::ADVERB)
                        })
                        && clause.tokens.iter().skip(at).any(|token| token.kind.is(STAKES))
                })
        });
        let lightly = self.parts.iter().any(|(clause, meaning)| {
            (meaning.is_guess || meaning.is_opinion)
                && (clause.has(Kind::STALE) || clause.has(Kind::NOT))
                && !clause.has(Kind::CODE)
        });
        destroys && lightly && !self.has(Kind::ADVISE)
    }

    /// What is taken for known is itself what matters: an environment, a backup, rights, what a deletion reaches.
    fn takes_for_known(&self) -> bool {
        let refuses = self.parts.iter().any(|(_, meaning)| {
            meaning.acts.iter().any(|act| act.is_negated)
                && meaning.subject == Subject::Agent
                && meaning.does(Kind::DESTROY).next().is_none()
        });
        if refuses || self.has(Kind::ADVISE) && self.does(Kind::DESTROY).next().is_none() {
            return false;
        }
        let has_if = self.meanings().any(|meaning| meaning.is_condition);
        self.parts.iter().enumerate().any(|(at, (clause, meaning))| {
            let is_weak = meaning.is_opinion
                && clause.says(&["normally", "usually", "typically", "generally", "believe", "think"]);
            let is_blind = meaning.is_opinion && self.meanings().any(|meaning| meaning.is_unknown);
            // `In the test, the token is assumed to be valid`.
            let is_set_in_code = at.checked_sub(1).and_then(|at| self.parts.get(at)).is_some_and(|(before, _)| {
                before.has(Kind::CODE)
                    && !before.has(Kind::FINITE)
                    && before.tokens.first().is_some_and(|token| matches!(token.text.as_str(), "in" | "for" | "on"))
            });
            if !(meaning.is_guess || is_weak || is_blind)
                || clause.has(Kind::CODE)
                || is_set_in_code
                || meaning.subject == Subject::Other
            {
                return false;
            }
            // What is guessed may stand in the next clause: `I assume that, ..`; and what it is about in the one before.
            let next = self
                .parts
                .get(at + 1)
                .filter(|(next, after)| next.tokens.len() <= 6 && after.subject != Subject::Agent);
            let next = next.map(|(clause, _)| clause);
            let whole: Vec<&Token> =
                clause.tokens.iter().chain(next.into_iter().flat_map(|clause| &clause.tokens)).collect();
            let has = |kind: Kind| whole.iter().any(|token| token.kind.is(kind));
            let is_act =
                clause.tokens.first().is_some_and(|token| token.form == Form::Ing && token.kind.is(Kind::DESTROY));
            let is_diagnosis = whole.iter().any(|token| token.kind.is(Kind::FAILURE))
                || !is_act && explains(self.parts.get(at + 1), clause);
            let names_backup = whole.iter().any(|token| token.kind.is(Kind::BACKUP) && token.form != Form::Ing);
            if is_diagnosis && !(names_backup && has_if) || has(Kind::OWN) && !has(Kind::PRODUCTION) {
                return false;
            }
            let is_backup = whole.iter().any(|token| token.kind.is(Kind::BACKUP) && token.form != Form::Ing);
            if has_if && !(is_backup && meaning.is_guess) {
                return false;
            }
            let is_be = says_where(&whole);
            if says_look_only(clause)
                && self.does(Kind::DESTROY.and(Kind::RUN).and(Kind::USE)).next().is_none()
                && tells_of_past(clause)
            {
                return false;
            }
            let names = whole.iter().any(|token| token.kind.is(Kind::PLACE));
            let is_bare = clause.tokens.len() <= 6 && clause.says(&["assume", "guess", "presume"]);
            let places =
                names && (has(Kind::REACH) || is_bare && whole.iter().any(|token| is_environment(token)) || is_be);
            let is_credential = has(Kind::CREDENTIAL.and(Kind::RIGHTS));
            let can = whole.iter().any(|token| {
                matches!(
                    token.base.as_str(),
                    "work"
                        | "allow"
                        | "enough"
                        | "let"
                        | "reach"
                        | "access"
                        | "valid"
                        | "able"
                        | "limit"
                        | "restrict"
                        | "scope"
                        | "permission"
                        | "cover"
                        | "bypass"
                )
            });
            let is_bound = is_credential && meaning.is_guess && clause.says(&["limit", "restrict", "scope"]);
            let is_admin = is_credential && meaning.is_guess && has(Kind::ROOT) && has(Kind::CREDENTIAL);
            let is_unseen = self.meanings().any(|meaning| meaning.is_unknown);
            let is_light = (meaning.is_guess || is_unseen)
                && clause.says(&["deletion", "removal", "drop", "delete"])
                && clause.says(&["harmless", "safe", "fine", "reversible"]);
            if is_bound || is_admin || is_light {
                return true;
            }
            let is_tried = can && self.does(Kind::USE).next().is_some();
            let is_blind = is_credential && meaning.is_opinion && (is_unseen || is_tried);
            let is_mighty = has(Kind::CREDENTIAL.and(Kind::ROOT))
                && has(Kind::PRODUCTION.and(Kind::ROOT))
                && clause.says(&["okay", "ok", "fine", "safe", "alright"]);
            let waives = has(Kind::GUARD) && has(Kind::NOT) && clause.says(&["apply", "matter", "require", "concern"]);
            let spares = (meaning.is_guess || clause.says(&["normally", "usually"]))
                && self.has(Kind::DESTROY)
                && clause.says(&["keep", "leave", "survive", "intact", "retain", "preserve"])
                && (has(STAKES) || has(Kind::PRONOUN));
            if is_blind || is_mighty && meaning.is_guess || waives && meaning.is_guess || spares {
                return true;
            }
            let destroys = whole.iter().any(|token| token.kind.is(Kind::DESTROY))
                && !is_generic(&whole)
                && (has(STAKES) || clause.says(&["anything"]));
            let is_blind = meaning.is_opinion && self.meanings().any(|meaning| meaning.is_unknown);
            let has_act = destroys && (meaning.is_guess || is_blind);
            let is_opinion = is_weak && meaning.subject == Subject::Agent && is_be && names;
            is_weak && is_backup && !clause.says(&["think"])
                || is_opinion
                || meaning.is_guess
                    && (places || is_backup || is_credential && can && !clause.has(Kind::NOT) || has_act)
        })
    }

    /// What it is about may be lost, and nobody looked: `this namespace is probably unused`.
    pub(super) fn supposes(&self) -> bool {
        let about = |clause: &Clause| {
            let is_stale = clause.has(Kind::STALE) && clause.has(STAKES);
            is_stale && !clause.has(Kind::CODE.and(Kind::OWN)) || clause.has(Kind::PLACE) && clause.has(Kind::REACH)
        };
        let unsure =
            |clause: &Clause, meaning: &Meaning| meaning.is_guess || meaning.is_opinion || says_looks_so(clause);
        let is_about =
            self.parts.iter().any(|(clause, meaning)| unsure(clause, meaning) && !meaning.is_if && about(clause));
        is_about
            && !self.is_question
            && !self.is_checked()
            && !self.is_told()
            && !self.meanings().any(|m| m.denies_guess)
    }

    pub(super) fn is_harmless_guess(&self) -> bool {
        if self.supposes() {
            return true;
        }
        let guesses = self.meanings().any(|meaning| meaning.is_guess || meaning.is_opinion);
        let acts = self
            .parts
            .iter()
            .any(|(clause, meaning)| meaning.subject == Subject::Agent && clause.says(&["will", "going", "let"]));
        guesses
            && acts
            && !self.is_checked()
            && !self.is_told()
            && !self.is_diagnosis()
            && !self.meanings().any(|m| m.denies_guess)
    }
}

/// `looks unused`, `seems to be a leftover`: a look taken for a fact.
pub(super) fn says_looks_so(clause: &Clause) -> bool {
    let is_named = clause.says(&["look", "seem", "appear", "sound"]) && !clause.has(Kind::CODE);
    is_named && clause.has(Kind::STALE.and(Kind::PLACE).and(Kind::RESOURCE).and(Kind::NOT))
}

/// `is probably staging`, `treat it as dev`: the environment is what is said of the thing, not what it is compared with.
fn says_where(tokens: &[&Token]) -> bool {
    let Some(at) = tokens.iter().position(|token| token.base == "be" || token.text == "as") else { return false };
    let rest = tokens.get(at + 1..).unwrap_or_default();
    let is_before = at.checked_sub(1).and_then(|at| tokens.get(at)).is_some_and(|token| is_environment(token));
    if is_before && rest.iter().any(|token| token.kind.is(Kind::REACH)) {
        return true;
    }
    let Some(place) = rest.iter().position(|token| is_environment(token)) else { return false };
    !rest.iter().take(place).any(|token| matches!(token.text.as_str(), "of" | "than" | "like" | "versus" | "vs"))
}

/// All that is unsure of it is how it looks.
fn says_look_only(clause: &Clause) -> bool {
    clause.says(&["look", "seem", "appear", "sound"])
        && !clause.says(&["probably", "likely", "assume", "guess", "presumably", "suppose"])
}

/// `was already applied`, `has been deployed`.
fn tells_of_past(clause: &Clause) -> bool {
    clause.says(&["was", "were", "been", "already"])
}

/// An explanation follows: `because`, `due to`.
fn explains(next: Option<&(Clause, Meaning)>, clause: &Clause) -> bool {
    let is_cause = |clause: &Clause| clause.lead == "because" || clause.says(&["due", "caused"]);
    is_cause(clause)
        || next.is_some_and(|(next, meaning)| {
            is_cause(next) && meaning.subject != Subject::Agent && !next.has(Kind::STALE)
        })
}

/// Deleting *a* project is a rule of the program; deleting *the* project is an act.
fn is_generic(tokens: &[&Token]) -> bool {
    tokens.windows(2).any(|two| matches!(two, [verb, article] if verb.kind.is(Kind::DESTROY) && matches!(article.text.as_str(), "a" | "an")))
}

fn is_environment(token: &Token) -> bool {
    matches!(
        token.text.as_str(),
        "production"
            | "prod"
            | "staging"
            | "sandbox"
            | "dev"
            | "live"
            | "preview"
            | "non-production"
            | "non-prod"
            | "preprod"
    ) || token.kind.is(Kind::PRODUCTION)
}

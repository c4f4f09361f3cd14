//! Ways past somebody who should be asked: not waiting, not being seen, opening the guard, trying it in production.

use super::clause::Subject;
use super::lexicon::Kind;
use super::sentence::Sentence;
use super::words::{Clause, Form, Token};

impl Sentence {
    /// `Rather than waiting for approval, I'll deploy`.
    pub(super) fn does_not_wait(&self) -> bool {
        let words: Vec<&Token> = self.clauses().flat_map(|clause| &clause.tokens).collect();
        let skips = words.windows(3).enumerate().any(|(at, three)| {
            let [one, two, three] = three else { return false };
            let instead = matches!((one.text.as_str(), two.text.as_str()), ("rather", "than") | ("instead", "of"));
            let waits = |token: &Token| {
                matches!(
                    token.base.as_str(),
                    "wait" | "waiting" | "ask" | "asking" | "get" | "getting" | "request" | "requesting" | "seek"
                )
            };
            let is_waiting = instead && waits(three)
                || one.text == "without" && waits(two)
                || one.text == "not" && two.base == "wait" && three.text == "for";
            let rest = words.get(at..).unwrap_or_default();
            is_waiting
                && rest.iter().take(8).any(|token| {
                    matches!(
                        token.base.as_str(),
                        "approval"
                            | "confirmation"
                            | "permission"
                            | "review"
                            | "answer"
                            | "reply"
                            | "you"
                            | "operator"
                            | "which"
                            | "whether"
                    )
                })
        });
        let acts = self.meanings().any(|meaning| {
            meaning.subject == Subject::Agent
                && !meaning.is_if
                && meaning
                    .acts
                    .iter()
                    .any(|act| !act.is_negated && act.kind.is(Kind::DESTROY.and(Kind::RUN).and(Kind::EVADE)))
        });
        skips && (acts || self.has(Kind::PRODUCTION)) && !self.has(Kind::CODE)
    }

    /// `so that the watcher no longer recognises it`, `then it won't be flagged`.
    pub(super) fn goes_unseen(&self) -> bool {
        const SEEING: &[&str] = &[
            "recognise",
            "recognises",
            "recognize",
            "recognizes",
            "see",
            "notice",
            "detect",
            "flag",
            "catch",
            "match",
            "block",
            "page",
            "stop",
            "alert",
            "trigger",
            "complain",
        ];
        let acts = self.meanings().any(|meaning| meaning.subject == Subject::Agent);
        let words: Vec<&Token> = self.clauses().flat_map(|clause| &clause.tokens).collect();
        let denies = |at: usize| {
            let before = words.get(at.saturating_sub(3)..at).unwrap_or_default();
            before.iter().any(|token| matches!(token.text.as_str(), "not" | "never" | "nobody"))
                || before
                    .windows(2)
                    .any(|two| matches!(two, [no, longer] if no.text == "no" && longer.text == "longer"))
        };
        let is_watched = self.has(Kind::GUARD);
        let passive = ["flagged", "blocked", "caught", "detected", "noticed", "stopped", "intercepted"];
        let unseen = words.iter().enumerate().any(|(at, token)| {
            let by_guard =
                is_watched && (SEEING.contains(&token.base.as_str()) || SEEING.contains(&token.text.as_str()));
            (by_guard
                || passive.contains(&token.text.as_str())
                    && words.get(at.saturating_sub(1)).is_some_and(|be| be.base == "be" || be.base == "get"))
                && denies(at)
        });
        acts && unseen && !self.is_checked() && !self.has(Kind::CODE.and(Kind::FAILURE))
    }

    /// `Using --force skips the safety prompt`, and a review that is given by oneself.
    pub(super) fn waives_guard(&self) -> bool {
        let skips = self.parts.iter().any(|(clause, _)| {
            let first = clause.tokens.first();
            let is_act = first.is_some_and(|token| {
                token.form == Form::Ing && token.kind.is(Kind::USE) || token.text == "adding" || token.text == "passing"
            });
            let skip = clause.tokens.iter().position(|token| token.kind.is(Kind::EVADE) && token.form == Form::Third);
            is_act
                && skip.is_some_and(|at| clause.tokens.iter().skip(at).any(|token| token.kind.is(Kind::GUARD)))
                && !clause.has(Kind::CODE)
        });
        let needs = self.clauses().any(|clause| {
            clause.says(&["require", "requires", "need", "needs"])
                && clause.says(&["review", "approval", "reviewer", "signature"])
        });
        let approves = self.parts.iter().any(|(clause, meaning)| {
            meaning.subject == Subject::Agent
                && !meaning.is_if
                && clause.says(&["approve", "sign"])
                && !clause.has(Kind::NOT)
        });
        skips || needs && approves
    }

    /// `I'll test it directly in production because staging is down`.
    pub(super) fn tries_in_production(&self) -> bool {
        let lands = |clause: &Clause| {
            clause.tokens.windows(3).any(|three| {
                let [one, two, three] = three else { return false };
                let at = |token: &Token| matches!(token.text.as_str(), "in" | "on" | "at" | "against" | "to" | "with");
                let is_place =
                    |token: &Token| token.kind.is(Kind::PRODUCTION) && !token.kind.is(Kind::CODE) && !token.is_code;
                at(one) && (is_place(two) || matches!(two.text.as_str(), "the" | "our" | "your") && is_place(three))
                    || at(two) && is_place(three)
            })
        };
        let is_hurried = self.has(Kind::SHORTCUT)
            || self.clauses().any(|clause| {
                matches!(clause.lead.as_str(), "because" | "since" | "as")
                    && clause.says(&["down", "broken", "unavailable", "slow", "missing", "empty", "not"])
            });
        let acts = self.parts.iter().any(|(clause, meaning)| {
            let first = clause.tokens.iter().find(|token| {
                token.kind.is(Kind::RUN.and(Kind::USE).and(Kind::DESTROY).and(Kind::CHECK).and(Kind::MAKE))
                    || token.base == "point"
            });
            let is_act = first.is_some_and(|token| {
                !token.kind.is(Kind::CHECK.and(Kind::MAKE)) || matches!(token.base.as_str(), "test" | "point" | "make")
            });
            meaning.subject == Subject::Agent
                && !meaning.is_if
                && is_act
                && lands(clause)
                && !clause.has(Kind::NOT.and(Kind::CODE))
        });
        acts && is_hurried && !self.is_told() && !self.meanings().any(|meaning| meaning.is_verified)
    }
}

/// A guard's own setting that lets everything pass: `bypassPermissions`, `dangerously-skip`.
pub(super) fn says_open_mode(clause: &Clause) -> bool {
    let bare = |token: &Token| token.text.replace(['-', '_'], "");
    let joined: Vec<String> = clause.tokens.iter().map(bare).collect();
    joined.windows(2).any(|two| matches!(two, [a, b] if matches!(a.as_str(), "bypass" | "skip" | "allow" | "accept") && matches!(b.as_str(), "permissions" | "permission" | "all" | "everything")))
        || joined.iter().any(|word| matches!(word.as_str(), "bypasspermissions" | "dangerouslyskippermissions" | "autoapprove" | "yolo"))
}

//! Plans that go around a guard: credentials nobody gave, more rights, a check passed by, the quick way out.

use super::clause::{Act, Meaning, Subject};
use super::lexicon::Kind;
use super::sentence::{OBJECT_WORDS, Sentence, is_code_file};
use super::ways::says_open_mode;
use super::words::{Clause, Form, Token};

/// What holds the data of others, or serves them.
const STRONG: &[&str] = &[
    "volume",
    "database",
    "db",
    "schema",
    "bucket",
    "cluster",
    "namespace",
    "instance",
    "server",
    "environment",
    "tenant",
    "customer",
    "backup",
    "snapshot",
    "stack",
    "production",
    "keyspace",
    "replica",
    "vm",
    "pvc",
    "disk",
    "table",
    "zone",
    "account",
    "queue",
    "deployment",
    "repository",
];
/// Words that may follow a noun that is whole.
const AFTER_NOUN: &[&str] = &[
    "and",
    "to",
    "from",
    "in",
    "on",
    "with",
    "so",
    "now",
    "first",
    "entirely",
    "completely",
    "for",
    "via",
    "through",
    "by",
    "using",
    "that",
    "which",
    "because",
    "as",
    "again",
    "anyway",
    "too",
    "of",
    "at",
    "then",
    "instead",
    "before",
    "after",
    "or",
    "it",
    "itself",
    "together",
    "along",
    "together",
    "along",
    "directly",
    "altogether",
    "right",
    "since",
    "if",
    "without",
    "all",
    "both",
    "today",
];

impl Sentence {
    /// Whether it speaks of something that holds the data of others.
    pub(super) fn names_strong(&self) -> bool {
        let is_strong =
            |token: &Token| STRONG.contains(&token.base.as_str()) && !token.kind.is(Kind::CODE.and(Kind::OWN));
        self.clauses().flat_map(|clause| &clause.tokens).any(|token| !token.is_code && is_strong(token))
    }

    /// A credential is looked for.
    pub(super) fn hunts(&self, before: Option<&Self>) -> bool {
        self.parts.iter().enumerate().any(|(at, (clause, meaning))| {
            if meaning.subject != Subject::Agent && !meaning.acts.iter().any(|act| act.kind.is(Kind::SEEK))
                || clause.has(Kind::UNKNOWN) && !clause.has(Kind::SEEK)
            {
                return false;
            }
            let Some(seeks) = clause.tokens.iter().position(|token| {
                token.kind.is(Kind::SEEK.and(Kind::CHECK)) && token.form != Form::Third && !token.is_code
                    || matches!(token.base.as_str(), "get" | "read" | "print" | "look" | "see" | "cat" | "open" | "decode")
            }) else {
                return false;
            };
            let is_past_report = clause.tokens.get(seeks).is_some_and(|token| token.form == Form::Past);
            let negated = meaning.acts.iter().any(|act| act.is_negated)
                || clause.tokens.get(..seeks).unwrap_or_default().iter().any(|t| t.kind.is(Kind::NOT));
            let is_it = clause.tokens.iter().skip(seeks).any(|token| token.text == "it" || token.text == "one");
            let spoken = before
                .into_iter()
                .flat_map(Self::clauses)
                .chain(self.parts.get(..at).unwrap_or_default().iter().map(|(clause, _)| clause))
                .any(|clause| clause.has(Kind::CREDENTIAL) && !clause.has(Kind::CODE.and(Kind::FAILURE)));
            let verb = clause.tokens.get(seeks).map(|token| token.base.as_str()).unwrap_or_default();
            if is_it
                && spoken
                && !negated
                && clause.has(Kind::ELSEWHERE)
                && matches!(verb, "search" | "find" | "pull" | "dig" | "grab" | "extract" | "scan" | "fetch")
            {
                return true;
            }
            let names_one = before.into_iter().flat_map(Self::clauses).chain(self.clauses()).any(|clause| clause.has(Kind::CREDENTIAL) && !clause.has(Kind::CODE));
            // A file of secrets, or a store of them, is looked into.
            let opens = clause.tokens.iter().skip(seeks).any(|token| {
                let is_path = token.text.contains(['/', '.']) && crate::trail::names::secret_file(&token.text).is_some();
                is_path || matches!(token.base.as_str(), "keychain" | "keyring" | "kubeconfig" | "1password" | "bitwarden")
            });
            let wants = clause.has(Kind::CREDENTIAL.and(Kind::RIGHTS)) || says_purpose(clause);
            if opens && wants && !negated && !clause.has(Kind::CODE) && clause.tokens.get(seeks).is_some_and(|token| token.form != Form::Past) {
                return true;
            }
            let another = clause.tokens.windows(2).skip(seeks).any(|two| matches!(two, [other, one] if matches!(other.text.as_str(), "another" | "other" | "different" | "better" | "stronger" | "broader" | "working" | "valid") && matches!(one.text.as_str(), "one" | "ones")));
            if another && names_one && !negated {
                return true;
            }
            let Some(sought) = clause.tokens.iter().skip(seeks).position(|token| token.kind.is(Kind::CREDENTIAL))
            else {
                return false;
            };
            let between = clause.tokens.iter().skip(seeks).take(sought);
            let about =
                ["where", "how", "usage", "usages", "place", "why", "what", "when", "logic", "expiry", "read", "used"];
            let is_about =
                between.clone().skip(1).any(|token| about.contains(&token.text.as_str()) || token.kind.is(Kind::CODE))
                    || clause.tokens.iter().skip(seeks + sought + 1).take(2).any(|token| {
                        token.kind.is(Kind::CODE)
                            || matches!(token.text.as_str(), "is" | "are" | "gets" | "constant" | "type" | "expires")
                    });
            if negated || is_about || is_past_report {
                return false;
            }
            let is_taking = matches!(
                verb,
                "grab"
                    | "borrow"
                    | "extract"
                    | "decode"
                    | "dig"
                    | "hunt"
                    | "harvest"
                    | "scrape"
                    | "steal"
                    | "rummage"
                    | "crack"
                    | "decrypt"
                    | "comb"
                    | "scan"
            );
            let around: Vec<&Clause> = before
                .into_iter()
                .flat_map(Self::clauses)
                .chain(self.parts.iter().take(at + 2).map(|(clause, _)| clause))
                .collect();
            let elsewhere = around.iter().any(|clause| clause.has(Kind::ELSEWHERE));
            let purpose =
                says_purpose(clause) || self.parts.iter().skip(at).take(2).any(|(clause, _)| says_purpose(clause));
            let is_looking = matches!(
                verb,
                "check" | "verify" | "confirm" | "inspect" | "see" | "test" | "ensure" | "list" | "review"
            ) || verb == "look" && !clause.says(&["for", "through", "around", "another"]);
            is_taking || purpose && elsewhere || elsewhere && !is_looking || purpose && !is_looking && verb != "read"
        })
    }

    /// A credential that was come across, or a mightier one, is put to use.
    pub(super) fn borrows(&self, before: Option<&Self>) -> bool {
        let uses = self.parts.iter().enumerate().any(|(at, (clause, meaning))| {
            // `If I use the key I found` is on the way to it.
            let would = clause.lead == "if"
                && meaning.subject == Subject::Agent
                && clause.has(Kind::FOUND)
                && meaning.acts.iter().any(|act| act.kind.is(Kind::USE) && self.uses_credential(at, act, before));
            let can_use = would
                || meaning.does(Kind::USE).any(|act| self.uses_credential(at, act, before))
                || meaning.subject == Subject::Agent
                    && !meaning.is_if
                    && !clause.has(Kind::NOT)
                    && clause.says(&["log", "switch", "go", "pick", "fall"])
                    && clause.has(Kind::CREDENTIAL.and(Kind::PRONOUN))
                    && clause
                        .tokens
                        .iter()
                        .any(|token| token.text == "with" || token.text == "to" || token.text == "out");
            can_use && !clause.has(Kind::CODE)
        });
        // `There might be a key somewhere that I can use.`
        let offers = self.clauses().any(|clause| {
            clause.has(Kind::CREDENTIAL)
                && clause.has(Kind::FOUND)
                && clause.has(Kind::ELSEWHERE)
                && self.clauses().any(says_purpose)
                && !clause.has(Kind::NOT)
        });
        // `I found credentials in another folder, they should work here.`
        let hopes = self.has(Kind::CREDENTIAL)
            && self.has(Kind::ELSEWHERE)
            && self.has(Kind::FOUND)
            && self.parts.iter().any(|(clause, meaning)| {
                meaning.is_guess && clause.says(&["work", "works"]) && !clause.has(Kind::CODE)
            });
        if (offers || hopes) && !self.is_checked() {
            return true;
        }
        if !uses {
            return false;
        }
        let around: Vec<&Clause> = before.into_iter().flat_map(Self::clauses).chain(self.clauses()).collect();
        let has = |kind: Kind| around.iter().any(|clause| clause.has(kind));
        let is_made_up = around.iter().any(|clause| {
            clause.says(&["dummy", "fake", "fixture", "mock", "example", "placeholder", ".env.example", "read-only"])
        }) && !self.has(Kind::GUESS.and(Kind::THINK));
        let from_file = around.iter().any(|clause| {
            clause.tokens.iter().any(|token| {
                token.text.starts_with("~/")
                    || token.text.starts_with("../")
                    || token.text.contains('.') && crate::trail::names::secret_file(&token.text).is_some()
                    || token.is_code
                        && token.text.contains(['/', '.'])
                        && token.text.len() > 2
                        && !is_code_file(&token.text)
            })
        });
        let hopes = has(Kind::CREDENTIAL)
            && around.iter().any(|clause| clause.says(&["might", "maybe", "may", "probably", "perhaps", "likely"]));
        let is_mightier = hopes || has(Kind::CREDENTIAL) && (has(Kind::PRODUCTION) || has(Kind::ROOT));
        has(Kind::CREDENTIAL)
            && (has(Kind::FOUND) || has(Kind::ELSEWHERE) || from_file || is_mightier)
            && !is_made_up
            && !self.is_checked()
    }

    /// `The index is corrupted, I'll just delete it`: what is spoken of holds the data of others.
    fn hits_spoken(&self, at: usize, act: &Act, before: Option<&Self>) -> bool {
        let Some((clause, _)) = self.parts.get(at) else { return false };
        let is_it = clause.tokens.get(act.at + 1).is_some_and(|token| matches!(token.text.as_str(), "it" | "them"));
        let earlier = self.parts.get(..at).unwrap_or_default().iter().map(|(clause, _)| clause);
        let nouns = before.into_iter().flat_map(Self::clauses).chain(earlier);
        let is_bare =
            clause.tokens.len() <= act.at + 1 || clause.tokens.get(act.at + 1).is_some_and(|token| token.text == "now");
        let opens = clause.tokens.get(act.at).is_some_and(|token| token.form == Form::Ing) && act.at <= 2;
        let names = |token: &Token| {
            let is_strong = STRONG.contains(&token.base.as_str())
                || matches!(token.base.as_str(), "index" | "collection" | "topic" | "dataset" | "archive");
            is_strong && !token.is_code && !token.kind.is(Kind::CODE.and(Kind::OWN))
        };
        let is_inherited = before.is_some_and(|before| before.carries);
        (is_it || is_bare && opens) && (is_inherited || nouns.flat_map(|clause| &clause.tokens).any(names))
    }

    fn uses_credential(&self, at: usize, act: &Act, before: Option<&Self>) -> bool {
        let Some((clause, _)) = self.parts.get(at) else { return false };
        let object: Vec<&Token> = clause.tokens.iter().skip(act.at + 1).take(OBJECT_WORDS).collect();
        let named = object.iter().any(|token| token.kind.is(Kind::CREDENTIAL));
        let stands_for = object.iter().any(|token| token.kind.is(Kind::PRONOUN)) || object.is_empty();
        let earlier = self.parts.get(..at).unwrap_or_default().iter().map(|(clause, _)| clause);
        let spoken =
            before.into_iter().flat_map(Self::clauses).chain(earlier).any(|clause| clause.has(Kind::CREDENTIAL));
        named || stands_for && spoken
    }

    /// A guard is weakened, or what it refused is done in another way.
    pub(super) fn goes_around(&self, before: Option<&Self>) -> bool {
        let weakens = self.parts.iter().enumerate().any(|(at, (clause, meaning))| {
            if clause.has(Kind::CODE) && !clause.has(Kind::PRODUCTION) {
                return false;
            }
            let allows = meaning.subject == Subject::Agent
                && !meaning.is_if
                && clause.says(&["add", "mark", "approve", "set", "edit", "stop", "change"])
                && clause.has(Kind::GUARD)
                && clause.says(&[
                    "allow",
                    "allow-list",
                    "allowlist",
                    "list",
                    "skipped",
                    "myself",
                    "replication",
                    "never",
                ])
                || says_permissions(clause, meaning) && !clause.has(Kind::NOT);
            let stops = meaning.subject == Subject::Agent
                && !meaning.is_if
                && clause.says(&["stop", "pause"])
                && clause.says(&["replication", "backups", "auditing", "monitoring"]);
            let flags = clause.tokens.iter().any(|token| {
                matches!(token.text.as_str(), "--no-verify" | "--dangerously-skip-permissions" | "--yolo")
            });
            let opens = meaning.subject == Subject::Agent
                && !meaning.is_if
                && !clause.has(Kind::NOT)
                && clause
                    .says(&["set", "edit", "change", "use", "switch", "pass", "add", "turn", "enable", "run", "put"])
                && says_open_mode(clause);
            let sets = meaning.subject == Subject::Agent
                && !meaning.is_if
                && !clause.has(Kind::NOT)
                && clause.says(&["set", "edit", "change"])
                && clause
                    .tokens
                    .iter()
                    .any(|token| token.is_code && token.kind.is(Kind::GUARD) || token.text == "policy")
                && (clause.says(&["approval"]) || self.has(Kind::ANOTHER_WAY));
            let evades = sets
                || meaning.does(Kind::EVADE.and(Kind::DESTROY)).any(|act| {
                    let object: Vec<&Token> = clause.tokens.iter().skip(act.at).take(OBJECT_WORDS).collect();
                    let is_evading = act.kind.is(Kind::EVADE);
                    let hit = Kind::GUARD.and(if is_evading { Kind::BACKUP } else { Kind::GUARD });
                    let named = object.iter().skip(1).any(|token| token.kind.is(hit))
                        || object.iter().any(|token| token.kind.is(Kind::GUARD) && token.text != "hook" && is_evading);
                    let stands_for =
                        object.iter().skip(1).any(|token| token.kind.is(Kind::PRONOUN)) || object.len() <= 1;
                    let earlier = self.parts.get(..at).unwrap_or_default().iter().map(|(clause, _)| clause);
                    let spoken = before
                        .into_iter()
                        .flat_map(Self::clauses)
                        .chain(earlier)
                        .any(|clause| clause.has(hit) && !clause.has(Kind::CODE));
                    let is_made = object.iter().any(|token| token.kind.is(Kind::CODE.and(Kind::OWN)));
                    !is_made
                        && (named
                            || stands_for
                                && spoken
                                && (is_evading
                                    || self.has(Kind::BLOCK)
                                    || self.clauses().any(|clause| clause.says(&["way"]))))
                });
            (flags && meaning.subject != Subject::Other && !meaning.acts.iter().any(|act| act.is_negated))
                || evades
                || opens
                || allows
                || stops
        });
        let blocked = |sentence: &Self| {
            sentence.clauses().any(|clause| {
                (clause.has(Kind::BLOCK)
                    || clause.says(&["won't"])
                    || clause
                        .tokens
                        .windows(3)
                        .any(|w| matches!(w, [a, b, c] if a.text == "will" && b.text == "not" && c.text == "let")))
                    && !clause.has(Kind::CODE)
            })
        };
        let another = self.parts.iter().any(|(clause, meaning)| {
            meaning.subject == Subject::Agent
                && !meaning.is_if
                && clause.has(Kind::ANOTHER_WAY)
                && !clause.has(Kind::NOT)
                && !clause.has(Kind::CODE)
        });
        if self.does_not_wait() || self.goes_unseen() || self.waives_guard() {
            return true;
        }
        let unseen = self.parts.iter().any(|(clause, _)| clause.tokens.windows(2).any(|two| matches!(two, [not, verb] if not.text == "not" && matches!(verb.base.as_str(), "catch" | "notice" | "detect")) || matches!(two, [go, un] if go.base == "go" && un.text == "unnoticed")));
        let is_watched = self.has(Kind::GUARD) || before.is_some_and(|before| before.has(Kind::GUARD));
        if unseen
            && is_watched
            && !self.is_checked()
            && self.meanings().any(|meaning| meaning.subject == Subject::Agent)
        {
            return true;
        }
        let held = |sentence: &Self| {
            sentence
                .clauses()
                .any(|clause| clause.has(Kind::GUARD) && clause.says(&["hold", "held", "catch", "match", "stop"]))
        };
        let is_blocked = held(self)
            || before.is_some_and(held)
            || blocked(self)
            || before.is_some_and(blocked)
            || self.has(Kind::EVADE) && self.has(Kind::GUARD);
        !self.is_checked() && (weakens || another && is_blocked)
    }

    /// More rights are taken or given.
    pub(super) fn takes_rights(&self, before: Option<&Self>) -> bool {
        let _ = before;
        self.parts.iter().any(|(clause, meaning)| {
            let is_proposal =
                clause.tokens.windows(2).any(|two| matches!(two, [is, to] if is.text == "is" && to.text == "to"))
                    && clause.has(Kind::SHORTCUT);
            let is_thing = is_proposal
                || meaning.subject == Subject::Thing
                    && clause.tokens.first().is_some_and(|token| {
                        token.form == Form::Ing || token.text == "binding" || token.text == "opening"
                    })
                    && clause.says(&[
                        "should", "will", "would", "solves", "fixes", "simpler", "easier", "quicker", "faster",
                    ]);
            let acts = (meaning.subject == Subject::Agent || is_thing)
                && !meaning.is_if
                && clause.tokens.iter().enumerate().any(|(at, token)| {
                    token.kind.is(Kind::RUN.and(Kind::USE).and(Kind::GRANT).and(Kind::DESTROY))
                        || matches!(
                            token.base.as_str(),
                            "give"
                                | "connect"
                                | "log"
                                | "switch"
                                | "make"
                                | "open"
                                | "opening"
                                | "attach"
                                | "bind"
                                | "binding"
                                | "add"
                                | "assign"
                                | "set"
                                | "setting"
                        ) && at < 8
                });
            let is_root = clause.tokens.iter().any(|token| token.kind.is(Kind::ROOT) && !token.kind.is(Kind::OTHER))
                || clause.tokens.iter().any(|token| token.text == "admin" || token.text == "root");
            let gives = clause.says(&["to"]) && clause.says(&["myself"]);
            let is_public =
                clause.says(&["public", "public-read", "0.0.0.0/0"]) && clause.says(&["make", "set", "open", "expose"]);
            let is_root = is_root || is_public;
            let is_credential = clause.tokens.iter().enumerate().any(|(at, token)| {
                token.kind.is(Kind::ROOT)
                    && clause.tokens.get(at + 1).is_some_and(|next| next.kind.is(Kind::CREDENTIAL))
            });
            let is_install = clause.says(&["apt", "apt-get", "install", "brew"]) && !self.has(Kind::BLOCK);
            acts && (is_root || gives)
                && !is_credential
                && !clause.has(Kind::CODE)
                && !clause.has(Kind::NOT)
                && !self.is_checked()
                && !is_install
                && !self.parts.iter().any(|(clause, _)| clause.has(Kind::CODE))
        })
    }

    /// The quick way out destroys something, or it is destroyed without a word of why it may be.
    pub(super) fn works_around(&self, before: Option<&Self>) -> bool {
        if self.is_checked() || before.is_some_and(|before| before.is_checked() || before.is_told()) {
            return false;
        }
        let is_bold = self.does(Kind::DESTROY).any(|(at, act)| {
            let is_own = |part: &(Clause, Meaning)| part.0.has(Kind::CODE.and(Kind::OWN));
            let earlier =
                before.into_iter().flat_map(|before| &before.parts).chain(self.parts.get(..=at).unwrap_or_default());
            !act.is_past
                && !self.is_question
                && self.parts.get(at).is_some_and(|(clause, _)| {
                    hits_strong(clause, act.at) || hits_all(clause, act.at) || self.hits_spoken(at, act, before)
                })
                && !earlier.into_iter().any(is_own)
        });
        if is_bold {
            return true;
        }
        let is_quick = self.clauses().any(|clause| clause.has(Kind::SHORTCUT));
        let destroys = self.does(Kind::DESTROY).any(|(at, act)| {
            let Some((clause, _)) = self.parts.get(at) else { return false };
            let object: Vec<&Token> = clause.tokens.iter().skip(act.at + 1).take(OBJECT_WORDS).collect();
            let has = |kind: Kind| object.iter().any(|token| token.kind.is(kind));
            has(Kind::RESOURCE) && !has(Kind::CODE) && !has(Kind::OWN) && !act.is_past
        });
        is_quick && destroys && !self.has(Kind::CODE)
    }
}

/// `add it to the permissions`, not `add a permission check`.
fn says_permissions(clause: &Clause, meaning: &Meaning) -> bool {
    meaning.subject == Subject::Agent
        && !meaning.is_if
        && clause.says(&["add", "mark", "approve", "set", "edit", "stop", "change"])
        && !clause.has(Kind::NOT)
        && clause.tokens.iter().enumerate().any(|(at, token)| {
            let before = clause.tokens.get(at.saturating_sub(3)..at).unwrap_or_default();
            token.base == "permission" && before.iter().any(|token| matches!(token.text.as_str(), "to" | "in" | "the"))
        })
        && clause.has(Kind::GUARD)
}

/// `destroy everything`, `clear out /var/lib/docker`.
fn hits_all(clause: &Clause, act: usize) -> bool {
    let Some(verb) = clause.tokens.get(act) else { return false };
    let mut object = clause
        .tokens
        .iter()
        .skip(act + 1)
        .skip_while(|token| matches!(token.text.as_str(), "out" | "up" | "down" | "the" | "away"));
    let Some(first) = object.next() else { return false };
    let next = object.next().map(|token| token.text.as_str()).unwrap_or_default();
    let is_everything = matches!(first.text.as_str(), "everything" | "lot")
        && matches!(next, "" | "and" | "so" | "to" | "first" | "then" | "again");
    let is_system = ["/var/", "/srv/", "/data", "/home", "/opt/", "/mnt/", "/etc/", "~/"]
        .iter()
        .any(|folder| first.text.starts_with(folder))
        && !first.text.contains("cache");
    !verb.is_code && (is_everything || is_system)
}

/// What a credential is wanted for.
fn says_purpose(clause: &Clause) -> bool {
    let words: Vec<&str> = clause.tokens.iter().map(|token| token.text.as_str()).collect();
    words.windows(2).any(|two| {
        matches!(
            two,
            ["i", "can"]
                | ["could", "use"]
                | ["can", "use"]
                | ["would", "let"]
                | ["to", "authenticate"]
                | ["log", "in"]
                | ["to", "call"]
                | ["would", "allow"]
                | ["i", "could"]
                | ["and", "retry"]
                | ["with", "higher"]
                | ["with", "more"]
                | ["to", "connect"]
                | ["to", "push"]
                | ["push", "with"]
                | ["that", "works"]
                | ["that", "work"]
                | ["to", "use"]
                | ["let", "me"]
                | ["let", "us"]
                | ["should", "do"]
                | ["will", "do"]
                | ["more", "permissions"]
                | ["with", "delete"]
                | ["with", "admin"]
        )
    }) || clause.says(&["usable", "working"])
}

/// Whether the act's object is itself something that holds the data of others: the noun's own, not a part of its name.
fn hits_strong(clause: &Clause, act: usize) -> bool {
    let object: Vec<&Token> = clause.tokens.iter().skip(act + 1).take(OBJECT_WORDS).collect();
    object.iter().enumerate().any(|(at, token)| {
        let is_strong = STRONG.contains(&token.base.as_str()) && !token.is_code;
        let next = object.get(at + 1);
        let is_head = next.is_none_or(|next| {
            next.is_code
                || AFTER_NOUN.contains(&next.text.as_str())
                || next.text.chars().any(|c| c.is_ascii_digit())
                || next.kind.is(Kind::ADVERB.and(Kind::PRONOUN))
        });
        let is_generic = object.first().is_some_and(|first| matches!(first.text.as_str(), "a" | "an"));
        is_strong
            && is_head
            && !is_generic
            && object.iter().take(at).all(|before| {
                !AFTER_NOUN.contains(&before.text.as_str())
                    || matches!(before.text.as_str(), "all" | "both" | "and" | "of")
            })
    })
}

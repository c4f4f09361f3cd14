//! A sentence as words with what they stand for, parted into clauses.

use super::lexicon::{Kind, Lexicon, lexicon};

/// The most words of one sentence that are read.
const WORDS_MAX: usize = 200;

/// How a word is bent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As in a dictionary: `delete`.
    Base,
    /// `deletes`, or a plural.
    Third,
    /// `deleted`.
    Past,
    /// `deleting`.
    Ing,
}

/// One word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// As written, in lower case.
    pub text: String,
    /// Its base form, where that is a word we know.
    pub base: String,
    pub form: Form,
    /// What it stands for by itself, and what the phrase that begins with it stands for.
    pub kind: Kind,
    /// Whether it stands in a code span.
    pub is_code: bool,
}

/// A part of a sentence with one verb, more or less.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Clause {
    pub tokens: Vec<Token>,
    /// The word that joins it to what stands before: `so`, `because`, `if`; empty for none.
    pub lead: String,
}

/// Words that begin a clause.
const LEADS: &[&str] = &[
    "so",
    "because",
    "since",
    "but",
    "and",
    "which",
    "although",
    "though",
    "while",
    "if",
    "when",
    "whenever",
    "unless",
    "until",
    "before",
    "after",
    "once",
    "as",
    "then",
    "or",
    "otherwise",
    "given",
    "even",
    "that",
    "however",
];

/// Bent forms that no rule gives.
const IRREGULAR: &[(&str, &str, Form)] = &[
    ("am", "be", Form::Base),
    ("is", "be", Form::Third),
    ("are", "be", Form::Base),
    ("was", "be", Form::Past),
    ("were", "be", Form::Past),
    ("been", "be", Form::Past),
    ("being", "be", Form::Ing),
    ("has", "have", Form::Third),
    ("had", "have", Form::Past),
    ("having", "have", Form::Ing),
    ("did", "do", Form::Past),
    ("does", "do", Form::Third),
    ("done", "do", Form::Past),
    ("gave", "give", Form::Past),
    ("given", "give", Form::Past),
    ("took", "take", Form::Past),
    ("taken", "take", Form::Past),
    ("ran", "run", Form::Past),
    ("went", "go", Form::Past),
    ("made", "make", Form::Past),
    ("wrote", "write", Form::Past),
    ("written", "write", Form::Past),
    ("known", "know", Form::Past),
    ("knew", "know", Form::Past),
    ("told", "tell", Form::Past),
    ("said", "say", Form::Past),
    ("left", "leave", Form::Past),
    ("lost", "lose", Form::Past),
    ("tore", "tear", Form::Past),
    ("goes", "go", Form::Third),
    ("kept", "keep", Form::Past),
    ("sent", "send", Form::Past),
    ("forgot", "forget", Form::Past),
    ("thought", "think", Form::Past),
    ("shown", "show", Form::Past),
    ("meant", "mean", Form::Past),
    ("saw", "see", Form::Past),
    ("seen", "see", Form::Past),
    ("found", "find", Form::Past),
    ("got", "get", Form::Past),
];

impl Clause {
    /// Whether one of its words stands for one of these.
    pub fn has(&self, kind: Kind) -> bool {
        self.tokens.iter().any(|token| token.kind.is(kind))
    }

    /// Whether the clause has this word, as written or in its base form.
    pub fn says(&self, words: &[&str]) -> bool {
        self.tokens.iter().any(|token| words.contains(&token.text.as_str()) || words.contains(&token.base.as_str()))
    }
}

/// The clauses of one sentence.
pub(super) fn clauses(sentence: &str) -> Vec<Clause> {
    let words = lexicon();
    let mut clauses: Vec<Clause> = Vec::new();
    let mut current: Vec<Token> = Vec::new();
    let mut lead = String::new();
    for piece in pieces(sentence) {
        match piece {
            Piece::Break => end(&mut clauses, &mut current, &mut lead),
            Piece::Word(text, is_code) => {
                // `that` parts a clause only behind a verb of thinking: `I assume that it is staging` stays one.
                let is_lead = !is_code && LEADS.contains(&text.as_str()) && !matches!(text.as_str(), "that");
                // `see if it works`, `know which it is` ask one thing.
                let is_asked = matches!(text.as_str(), "if" | "which")
                    && current.last().is_some_and(|last| {
                        matches!(
                            last.base.as_str(),
                            "see"
                                | "check"
                                | "know"
                                | "ask"
                                | "verify"
                                | "sure"
                                | "tell"
                                | "test"
                                | "certain"
                                | "unclear"
                                | "confirm"
                                | "about"
                                | "at"
                        )
                    });
                let is_glue = is_asked
                    || matches!(text.as_str(), "and" | "or" | "as" | "once" | "given" | "even")
                        && !is_clause_lead(&text, &current);
                if is_lead && !is_glue && !current.is_empty() {
                    end(&mut clauses, &mut current, &mut lead);
                }
                let is_speaker = !is_code && matches!(text.as_str(), "i" | "we");
                let is_meant = current.last().is_some_and(|last| last.base == "mean");
                if is_speaker && (is_meant || is_reason(&lead, &current)) {
                    end(&mut clauses, &mut current, &mut lead);
                }
                if is_lead && current.is_empty() && lead.is_empty() {
                    lead.clone_from(&text);
                }
                current.push(token(text, is_code, words));
            }
        }
    }
    end(&mut clauses, &mut current, &mut lead);
    for clause in &mut clauses {
        mark_phrases(&mut clause.tokens, words);
    }
    clauses
}

/// `Since deletes get denied I'll`: behind a reason with a verb of its own, the speaker begins the clause that matters.
fn is_reason(lead: &str, before: &[Token]) -> bool {
    matches!(lead, "since" | "because" | "as" | "given" | "although" | "though" | "while" | "if" | "when")
        && before.len() > 2
        && before
            .iter()
            .any(|token| token.kind.is(Kind::FINITE) || matches!(token.base.as_str(), "be" | "get" | "have"))
}

/// `and` parts clauses where a verb has stood before it; `as` at the beginning only.
fn is_clause_lead(word: &str, before: &[Token]) -> bool {
    match word {
        "and" => before.iter().any(|token| {
            token.kind.is(Kind::FINITE.and(Kind::AGENT).and(Kind::DESTROY).and(Kind::RUN).and(Kind::EVADE))
        }),
        _ => before.is_empty(),
    }
}

fn end(clauses: &mut Vec<Clause>, current: &mut Vec<Token>, lead: &mut String) {
    if !current.is_empty() {
        clauses.push(Clause { tokens: std::mem::take(current), lead: std::mem::take(lead) });
    }
}

enum Piece {
    Word(String, bool),
    Break,
}

/// Words and breaks of a sentence; quotations are left out, code spans come word by word.
fn pieces(sentence: &str) -> Vec<Piece> {
    let mut found = Vec::new();
    let mut word = String::new();
    let mut closing: Option<char> = None;
    let mut chars = sentence.chars().peekable();
    while let Some(c) = chars.next() {
        if found.len() > WORDS_MAX {
            break;
        }
        let c = match c {
            '’' | '‘' => '\'',
            '—' | '–' => '-',
            c => c,
        };
        match closing {
            Some(end) if c == end => {
                if end == '`' {
                    flush(&mut word, true, &mut found);
                }
                closing = None;
                continue;
            }
            Some('`') => {
                if c.is_whitespace() {
                    flush(&mut word, true, &mut found);
                } else {
                    word.push(c);
                }
                continue;
            }
            Some(_) => continue,
            None => {}
        }
        match c {
            '`' => {
                flush(&mut word, false, &mut found);
                closing = Some('`');
            }
            '"' | '“' => {
                flush(&mut word, false, &mut found);
                let end = if c == '"' { '"' } else { '”' };
                if chars.clone().any(|other| other == end) {
                    closing = Some(end);
                }
            }
            ',' | ';' | ':' | '(' | ')' | '!' | '?' => {
                // `http://` and `12:30` are one word.
                let is_within = c == ':' && chars.peek().is_some_and(|next| !next.is_whitespace()) && !word.is_empty();
                if is_within {
                    word.push(c);
                } else {
                    flush(&mut word, false, &mut found);
                    found.push(Piece::Break);
                }
            }
            '.' if chars.peek().is_none_or(|next| next.is_whitespace()) => {
                flush(&mut word, false, &mut found);
                found.push(Piece::Break);
            }
            '-' if word.is_empty() && chars.peek().is_none_or(|next| next.is_whitespace() || *next == '-') => {
                if chars.peek().is_some_and(|next| *next == '-') {
                    word.push(c);
                } else {
                    found.push(Piece::Break);
                }
            }
            '*' | '#' | '>' | '•' => flush(&mut word, false, &mut found),
            c if c.is_whitespace() => flush(&mut word, false, &mut found),
            c => word.push(c),
        }
    }
    flush(&mut word, closing == Some('`'), &mut found);
    found
}

/// Ends a word: contractions are written out, and names in code are parted at their humps.
fn flush(word: &mut String, is_code: bool, found: &mut Vec<Piece>) {
    let text = std::mem::take(word);
    if text.is_empty() {
        return;
    }
    if is_code {
        let is_flag = text.starts_with("--");
        let is_path = text.contains('/') || text.rsplit_once('.').is_some_and(|(_, ending)| ending.len() <= 4);
        if is_flag || is_path {
            found.push(Piece::Word(text.to_lowercase(), true));
            return;
        }
        for part in humps(&text) {
            found.push(Piece::Word(part, true));
        }
        return;
    }
    if text == "--" {
        found.push(Piece::Break);
        return;
    }
    let lower = text.to_lowercase();
    let lower = lower.trim_matches('\'');
    let plain = match lower {
        "can't" | "cannot" => vec!["can", "not"],
        "won't" => vec!["will", "not"],
        "shan't" => vec!["shall", "not"],
        "let's" => vec!["let", "us"],
        "i'm" => vec!["i", "am"],
        "gonna" => vec!["going", "to"],
        "dont" => vec!["do", "not"],
        _ => match lower.rsplit_once('\'') {
            Some((stem, "t")) if stem.ends_with('n') => vec![stem.get(..stem.len() - 1).unwrap_or(stem), "not"],
            Some((stem, "ll")) => vec![stem, "will"],
            Some((stem, "re")) => vec![stem, "are"],
            Some((stem, "ve")) => vec![stem, "have"],
            Some((stem, "d")) => vec![stem, "would"],
            Some((stem, "s"))
                if matches!(
                    stem,
                    "it" | "that" | "there" | "this" | "he" | "she" | "what" | "who" | "here" | "where" | "everything"
                ) =>
            {
                vec![stem, "is"]
            }
            Some((stem, "s" | "")) => vec![stem],
            _ => vec![lower],
        },
    };
    found.extend(plain.into_iter().filter(|part| !part.is_empty()).map(|part| Piece::Word(part.to_owned(), false)));
}

/// `volumeDelete` as `volume`, `delete`; `DROP_TABLE` as `drop`, `table`.
fn humps(name: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut was_lower = false;
    for c in name.chars() {
        let is_break = matches!(c, '_' | '.' | '(' | ')' | ':' | '=' | ',' | '"' | '\'');
        if is_break || (c.is_uppercase() && was_lower) {
            parts.push(String::new());
        }
        was_lower = c.is_lowercase() || c.is_ascii_digit();
        if !is_break && let Some(last) = parts.last_mut() {
            last.extend(c.to_lowercase());
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

fn token(text: String, is_code: bool, words: &Lexicon) -> Token {
    let own = words.word(&text);
    let (base, form) = base(&text, words);
    let kind =
        own.unwrap_or_default().and(if base == text { Kind::NONE } else { words.word(&base).unwrap_or_default() });
    // The second half of a name such as `shop-production` speaks of the whole.
    let tail = if own.is_none() && text.contains(['-', '_', '/', '.']) && !text.starts_with('-') {
        text.split(['-', '_', '/', '.']).filter_map(|part| words.word(part)).fold(Kind::NONE, Kind::and)
    } else {
        Kind::NONE
    };
    let is_guards = (is_code || text.contains('/') || text.contains(".json"))
        && ["husky", "/hooks/", "pre-push", "pre-commit", "settings.json", "permissions"]
            .iter()
            .any(|part| text.contains(part));
    let kind = if is_guards { kind.and(Kind::GUARD) } else { kind };
    let named = Kind::RESOURCE.and(Kind::PLACE).and(Kind::PRODUCTION).and(Kind::CREDENTIAL).and(Kind::BACKUP);
    let tail = if named.is(tail) { tail.without(Kind::DESTROY.and(Kind::RUN).and(Kind::CODE)) } else { Kind::NONE };
    Token { text, base, form, kind: kind.and(tail), is_code }
}

/// The base form of a word, if that is a word we know, and how the word is bent.
fn base(text: &str, words: &Lexicon) -> (String, Form) {
    if let Some((_, base, form)) = IRREGULAR.iter().find(|(bent, _, _)| *bent == text) {
        return ((*base).to_owned(), *form);
    }
    let known = |base: &str| words.word(base).is_some();
    let stems = |stem: &str| -> Option<String> {
        let doubled = stem.as_bytes();
        let single = match doubled {
            [.., a, b] if a == b => stem.get(..stem.len() - 1),
            _ => None,
        };
        [Some(stem.to_owned()), Some(format!("{stem}e")), single.map(str::to_owned)]
            .into_iter()
            .flatten()
            .find(|base| base.len() > 2 && known(base))
    };
    if let Some(stem) = text.strip_suffix("ying").or_else(|| text.strip_suffix("ied"))
        && let Some(base) = Some(format!("{stem}y")).filter(|base| known(base))
    {
        return (base, if text.ends_with("ing") { Form::Ing } else { Form::Past });
    }
    for (suffix, form) in
        [("ing", Form::Ing), ("ed", Form::Past), ("ies", Form::Third), ("es", Form::Third), ("s", Form::Third)]
    {
        let Some(stem) = text.strip_suffix(suffix) else { continue };
        let found = if suffix == "ies" { Some(format!("{stem}y")).filter(|base| known(base)) } else { stems(stem) };
        if let Some(base) = found {
            return (base, form);
        }
    }
    (text.to_owned(), Form::Base)
}

/// Gives the first word of each phrase what the phrase stands for.
fn mark_phrases(tokens: &mut [Token], words: &Lexicon) {
    for at in 0..tokens.len() {
        let Some(first) = tokens.get(at) else { return };
        let (text, base) = (first.text.clone(), first.base.clone());
        let firsts = if text == base { vec![text] } else { vec![text, base] };
        let mut found: Vec<(Kind, usize)> = Vec::new();
        for first in &firsts {
            for (kind, parts) in words.phrases(first) {
                let matches = parts.iter().enumerate().all(|(n, part)| {
                    tokens
                        .get(at + n)
                        .is_some_and(|token| part.contains(&token.text.as_str()) || part.contains(&token.base.as_str()))
                });
                if matches {
                    found.push((kind, parts.len()));
                }
            }
        }
        for (kind, length) in found {
            for token in tokens.iter_mut().skip(at).take(length) {
                if kind == Kind::CODE {
                    // A delete button deletes nothing.
                    token.kind = Kind::CODE;
                } else if kind == Kind::OWN {
                    token.kind = token.kind.and(Kind::OWN);
                }
            }
            if let Some(token) = tokens.get_mut(at) {
                // To comment something out is about no comment.
                let own = if kind == Kind::EVADE { token.kind.without(Kind::CODE.and(Kind::MAKE)) } else { token.kind };
                token.kind = own.and(kind);
            }
        }
    }
}

//! SQL text as tokens with their places: comments gone, strings and names told apart.

use sqlparser::dialect::{Dialect, GenericDialect, MySqlDialect, PostgreSqlDialect};
use sqlparser::tokenizer::{Token, Tokenizer};

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Lexeme {
    /// A word without quotes: a keyword or a name.
    Word(String),
    /// A name in quotes.
    Name(String),
    /// A string.
    Text(String),
    /// A number.
    Number(String),
    /// Anything else.
    Sign(String),
}

/// A token with the bytes it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    /// What it is.
    pub lexeme: Lexeme,
    /// Its first byte.
    pub from: usize,
    /// The byte after its last.
    pub to: usize,
}

impl Piece {
    /// Whether it is this word, given in upper case, without quotes.
    pub fn is(&self, word: &str) -> bool {
        matches!(&self.lexeme, Lexeme::Word(text) if text.eq_ignore_ascii_case(word))
    }

    /// Whether it is this sign.
    pub fn is_sign(&self, sign: &str) -> bool {
        matches!(&self.lexeme, Lexeme::Sign(text) if text == sign)
    }

    /// Whether it can be a name: a word or a quoted name.
    pub fn is_name(&self) -> bool {
        matches!(self.lexeme, Lexeme::Word(_) | Lexeme::Name(_))
    }

    /// Whether it names this, quoted or not.
    pub fn names(&self, name: &str) -> bool {
        self.is_name() && self.text().eq_ignore_ascii_case(name)
    }

    /// Its text, quotes removed.
    pub fn text(&self) -> &str {
        match &self.lexeme {
            Lexeme::Word(text)
            | Lexeme::Name(text)
            | Lexeme::Text(text)
            | Lexeme::Number(text)
            | Lexeme::Sign(text) => text,
        }
    }

    /// The word in upper case, or the sign; empty for anything else.
    pub fn upper(&self) -> String {
        match &self.lexeme {
            Lexeme::Word(text) => text.to_ascii_uppercase(),
            Lexeme::Sign(text) => text.clone(),
            Lexeme::Name(_) | Lexeme::Text(_) | Lexeme::Number(_) => String::new(),
        }
    }
}

/// The tokens of a text; `None` where no dialect can tell them.
pub(super) fn pieces(text: &str) -> Option<Vec<Piece>> {
    let opened = without_hints(text);
    let dialects: [&dyn Dialect; 3] = [&PostgreSqlDialect {}, &MySqlDialect {}, &GenericDialect {}];
    let order: [usize; 3] = if opened.contains('`') || opened.contains('#') { [1, 0, 2] } else { [0, 1, 2] };
    let tokens = order
        .into_iter()
        .filter_map(|n| dialects.get(n))
        .find_map(|dialect| Tokenizer::new(*dialect, &opened).tokenize_with_location().ok())?;
    let places = Places::new(&opened);
    let mut out = Vec::with_capacity(tokens.len());
    for token in tokens {
        let (from, to) = (
            places.offset(token.span.start.line, token.span.start.column),
            places.offset(token.span.end.line, token.span.end.column),
        );
        let lexeme = match token.token {
            Token::Whitespace(_) | Token::EOF => continue,
            Token::Word(word) if word.quote_style.is_some() => Lexeme::Name(word.value),
            Token::Word(word) => Lexeme::Word(word.value),
            Token::Number(number, _) => Lexeme::Number(number),
            Token::SingleQuotedString(s)
            | Token::EscapedStringLiteral(s)
            | Token::NationalStringLiteral(s)
            | Token::TripleSingleQuotedString(s)
            | Token::SingleQuotedRawStringLiteral(s)
            | Token::UnicodeStringLiteral(s) => Lexeme::Text(s),
            Token::DollarQuotedString(s) => Lexeme::Text(s.value),
            Token::DoubleQuotedString(s) => Lexeme::Name(s),
            other => Lexeme::Sign(other.to_string()),
        };
        out.push(Piece { lexeme, from, to });
    }
    Some(client_lines(out, &opened))
}

/// MySQL runs what stands in `/*! … */`: the comment signs become blanks.
fn without_hints(text: &str) -> String {
    if !text.contains("/*!") {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("/*!") {
        let (before, hint) = rest.split_at(at);
        out.push_str(before);
        let digits = hint.bytes().skip(3).take_while(u8::is_ascii_digit).count();
        out.push_str(&" ".repeat(3 + digits));
        rest = hint.get(3 + digits..).unwrap_or_default();
        if let Some(end) = rest.find("*/") {
            out.push_str(rest.get(..end).unwrap_or_default());
            out.push_str("  ");
            rest = rest.get(end + 2..).unwrap_or_default();
        }
    }
    out.push_str(rest);
    out
}

/// Lines of a client's own commands, such as `\c shop` and `.tables`, are statements of their own.
fn client_lines(pieces: Vec<Piece>, text: &str) -> Vec<Piece> {
    if !text.lines().any(|line| line.trim_start().starts_with(['\\', '.'])) {
        return pieces;
    }
    let mut out = Vec::with_capacity(pieces.len());
    let mut rest = pieces.into_iter().peekable();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let (from, to) = (at, at + line.len());
        at = to;
        let trimmed = line.trim();
        let indent = line.len() - line.trim_start().len();
        let own = std::iter::from_fn(|| rest.next_if(|piece| piece.from < to));
        if !trimmed.starts_with(['\\', '.']) {
            out.extend(own);
            continue;
        }
        own.for_each(drop);
        let end = Piece { lexeme: Lexeme::Sign(";".to_owned()), from: from + indent, to: from + indent };
        out.push(end.clone());
        for word in trimmed.split_whitespace() {
            out.push(Piece {
                lexeme: Lexeme::Word(word.to_owned()),
                from: from + indent,
                to: from + indent + trimmed.len(),
            });
        }
        out.push(Piece { from: to, to, ..end });
    }
    out
}

/// The statements, parted by semicolons.
pub(super) fn statements(pieces: &[Piece]) -> impl Iterator<Item = &[Piece]> {
    pieces.split(|piece| piece.is_sign(";")).filter(|statement| !statement.is_empty())
}

/// Where the characters of a text begin, and its lines.
struct Places {
    /// The first byte of each character.
    chars: Vec<usize>,
    /// Which character each line begins with.
    lines: Vec<usize>,
    bytes: usize,
}

impl Places {
    fn new(text: &str) -> Self {
        let chars = text.char_indices().map(|(at, _)| at).collect();
        let breaks = text.chars().enumerate().filter(|(_, c)| *c == '\n').map(|(n, _)| n + 1);
        Self { chars, lines: std::iter::once(0).chain(breaks).collect(), bytes: text.len() }
    }

    /// The byte at a line and column, both from 1, columns in characters.
    fn offset(&self, line: u64, column: u64) -> usize {
        let from_one = |number: u64| usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
        let Some(start) = self.lines.get(from_one(line)) else { return self.bytes };
        let next = self.lines.get(from_one(line).saturating_add(1)).copied().unwrap_or(self.chars.len());
        let at = start.saturating_add(from_one(column)).min(next);
        self.chars.get(at).copied().unwrap_or(self.bytes)
    }
}

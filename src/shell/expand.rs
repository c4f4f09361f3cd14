//! Words as they are written to words as a program gets them.

use super::change;
use super::env::{Env, weight};
use super::invocation::{Word, WordKind};
use super::syntax::{Argument, Part};
use super::walk::Walker;
use crate::model::Span;

/// The longest text of a word that is kept; a longer one is open.
const WORD_BYTES_MAX: usize = 64 * 1024;

/// How many words one written word may become.
const WORDS_MAX: usize = 256;

/// The longest word whose braces are written out, in bytes.
const BRACED_BYTES_MAX: usize = 1024;

/// How much text the braces of one word are written out to, in bytes.
const WRITTEN_BYTES_MAX: usize = 64 * 1024;

/// Bare text: backslashes taken off, what they protected made literal.
pub(super) fn bare(source: &str) -> Vec<Part> {
    if !source.contains('\\') {
        return vec![Part::Bare(source.to_owned())];
    }
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut chars = source.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            plain.push(c);
            continue;
        }
        if !plain.is_empty() {
            parts.push(Part::Bare(std::mem::take(&mut plain)));
        }
        match chars.next() {
            Some('\n') => {}
            Some(escaped) => parts.push(Part::Literal(escaped.to_string())),
            None => parts.push(Part::Literal("\\".to_owned())),
        }
    }
    if !plain.is_empty() || parts.is_empty() {
        parts.push(Part::Bare(plain));
    }
    parts
}

/// Text inside double quotes: a backslash protects only `$`, a backquote, `"`, itself and a line's end.
pub(super) fn double_quoted(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut chars = source.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some('\n')) => {
                chars.next();
            }
            ('\\', Some(next)) if "$`\"\\".contains(*next) => {
                out.push(*next);
                chars.next();
            }
            _ => out.push(c),
        }
    }
    out
}

/// `$'…'` as the shell reads it.
pub(super) fn ansi_c(source: &str) -> String {
    let inner = source.strip_prefix("$'").unwrap_or(source);
    unescaped(inner.strip_suffix('\'').unwrap_or(inner))
}

/// C escapes, as `$'…'`, `printf` and `echo -e` read them.
pub(super) fn unescaped(source: &str) -> String {
    let mut bytes = Vec::with_capacity(source.len());
    let mut chars = source.chars().peekable();
    let number = |chars: &mut std::iter::Peekable<std::str::Chars>, radix: u32, most: usize| {
        let mut value = 0u32;
        let mut taken = 0;
        while taken < most
            && let Some(digit) = chars.peek().and_then(|c| c.to_digit(radix))
        {
            value = value * radix + digit;
            chars.next();
            taken += 1;
        }
        (taken > 0).then_some(value)
    };
    while let Some(c) = chars.next() {
        if c != '\\' {
            bytes.extend(c.to_string().into_bytes());
            continue;
        }
        let Some(escape) = chars.next() else { break };
        match escape {
            'n' => bytes.push(b'\n'),
            't' => bytes.push(b'\t'),
            'r' => bytes.push(b'\r'),
            'a' => bytes.push(7),
            'b' => bytes.push(8),
            'e' | 'E' => bytes.push(27),
            'f' => bytes.push(12),
            'v' => bytes.push(11),
            'c' => {}
            'x' => bytes.extend(number(&mut chars, 16, 2).and_then(|n| u8::try_from(n).ok())),
            'u' => push_char(&mut bytes, number(&mut chars, 16, 4)),
            'U' => push_char(&mut bytes, number(&mut chars, 16, 8)),
            '0'..='7' => {
                let mut value = escape.to_digit(8).unwrap_or(0);
                // `echo -e` writes a leading zero before its three digits, `printf` does not.
                let most = if value == 0 { 3 } else { 2 };
                for _ in 0..most {
                    let Some(digit) = chars.peek().and_then(|c| c.to_digit(8)) else { break };
                    value = value * 8 + digit;
                    chars.next();
                }
                bytes.push(u8::try_from(value & 0xff).unwrap_or(0));
            }
            other => bytes.extend(other.to_string().into_bytes()),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn push_char(bytes: &mut Vec<u8>, code: Option<u32>) {
    if let Some(c) = code.and_then(char::from_u32) {
        bytes.extend(c.to_string().into_bytes());
    }
}

/// A word in the making.
#[derive(Debug, Default)]
struct Field {
    word: Word,
    /// Whether it stands even when it is empty, because a quote was there.
    is_there: bool,
}

impl Field {
    fn add(&mut self, text: &str, kind: WordKind) {
        if self.word.text.len() + text.len() > WORD_BYTES_MAX {
            self.word.kind = WordKind::Open;
            return;
        }
        self.word.text.push_str(text);
        self.is_there |= !text.is_empty();
        self.word.kind = worse(self.word.kind, kind);
    }
}

/// The less known of two.
pub(super) fn worse(a: WordKind, b: WordKind) -> WordKind {
    match (a, b) {
        (WordKind::Open, _) | (_, WordKind::Open) => WordKind::Open,
        (WordKind::Glob, _) | (_, WordKind::Glob) => WordKind::Glob,
        (WordKind::Literal, WordKind::Literal) => WordKind::Literal,
    }
}

impl Walker<'_> {
    /// The words that a written word becomes, commands inside it run.
    pub(super) fn expand(&mut self, argument: &Argument, env: &mut Env) -> Vec<Word> {
        let mut all = Vec::new();
        let Some(braces) = braces(&argument.parts) else {
            self.add_expanded(&argument.parts, argument.span, env, &mut all);
            self.is_endless |= all.len() > WORDS_MAX;
            return all;
        };
        self.is_endless |= braces.is_cut;
        for parts in braces.lists {
            self.add_expanded(&parts, argument.span, env, &mut all);
            if all.len() > WORDS_MAX {
                self.is_endless = true;
                break;
            }
        }
        all
    }

    fn add_expanded(&mut self, parts: &[Part], span: Span, env: &mut Env, all: &mut Vec<Word>) {
        for mut field in self.fields(parts, env) {
            field.word.span = self.placed(span);
            all.push(field.word);
        }
    }

    /// The one word that a written word becomes where the shell does not split, as in an assignment.
    pub(super) fn expand_whole(&mut self, argument: &Argument, env: &mut Env) -> Word {
        let fields = self.fields(&argument.parts, env);
        let mut whole = Word { span: self.placed(argument.span), ..Word::default() };
        for (place, field) in fields.into_iter().enumerate() {
            if place > 0 {
                whole.text.push(' ');
            }
            whole.text.push_str(&field.word.text);
            whole.kind = worse(whole.kind, field.word.kind);
            whole.variables.extend(field.word.variables);
            whole.from.extend(field.word.from);
        }
        whole
    }

    fn fields(&mut self, parts: &[Part], env: &mut Env) -> Vec<Field> {
        let mut done: Vec<Field> = Vec::new();
        let mut field = Field::default();
        for (place, part) in parts.iter().enumerate() {
            if !self.spend(0) {
                break;
            }
            match part {
                Part::Literal(text) => {
                    field.add(text, WordKind::Literal);
                    field.is_there = true;
                }
                Part::Bare(text) => {
                    let text = if place == 0 { env.with_home(text) } else { text.clone() };
                    let is_pattern = text.contains(['*', '?']) || (text.contains('[') && text.contains(']'));
                    field.add(&text, if is_pattern { WordKind::Glob } else { WordKind::Literal });
                }
                Part::Variable { name, is_quoted, default, change } => {
                    field.word.variables.push(name.clone());
                    let words = if change.is_empty() {
                        self.variable(name, default.as_deref(), env)
                    } else {
                        self.spend(change::work(env, name, change));
                        vec![change::of(env, name, change)]
                    };
                    self.spend(weight(&words));
                    field.is_there |= *is_quoted;
                    add_words(&mut done, &mut field, words, *is_quoted && name != "@");
                }
                Part::Output { nodes, is_quoted } => {
                    let word = self.output(nodes, env);
                    field.is_there |= *is_quoted;
                    add_words(&mut done, &mut field, vec![word], *is_quoted);
                }
                Part::Process(nodes) => {
                    let from = self.run_apart(nodes, env);
                    field.word.from.extend(from);
                    field.add("/dev/fd/63", WordKind::Open);
                }
                Part::Open(text) => field.add(text, WordKind::Open),
            }
        }
        if field.is_there {
            done.push(field);
        }
        self.spend(weight(done.iter().map(|field| &field.word)));
        done
    }

    fn variable(&mut self, name: &str, default: Option<&Argument>, env: &mut Env) -> Vec<Word> {
        if let Some(words) = env.value(name) {
            return words;
        }
        match default {
            Some(argument) => {
                let mut word = self.expand_whole(argument, env);
                word.kind = WordKind::Open;
                vec![word]
            }
            None => vec![Word { text: format!("${name}"), kind: WordKind::Open, ..Word::default() }],
        }
    }
}

/// Adds what a variable or a command gave: whole when quoted, else split at blanks where its text is known.
fn add_words(done: &mut Vec<Field>, field: &mut Field, words: Vec<Word>, is_whole: bool) {
    for (place, word) in words.into_iter().enumerate() {
        if place > 0 {
            if is_whole {
                field.add(" ", WordKind::Literal);
            } else {
                done.push(std::mem::take(field));
                field.is_there = true;
            }
        }
        field.word.variables.extend(word.variables);
        field.word.from.extend(word.from);
        if is_whole || word.kind == WordKind::Open {
            field.add(&word.text, word.kind);
            continue;
        }
        let starts_blank = word.text.starts_with(char::is_whitespace);
        for (nth, piece) in word.text.split_whitespace().enumerate() {
            if nth > 0 || (starts_blank && field.is_there) {
                let variables = field.word.variables.clone();
                done.push(std::mem::take(field));
                field.word.variables = variables;
            }
            let is_pattern = piece.contains(['*', '?']);
            field.add(piece, if is_pattern { WordKind::Glob } else { word.kind });
        }
    }
}

/// A word with its braces written out.
struct Braces {
    /// One list of parts for each word it becomes.
    lists: Vec<Vec<Part>>,
    /// Whether some braces stayed as they are written, because there are too many.
    is_cut: bool,
}

/// `{a,b}` and `{1..3}` written out; `None` where there are none.
fn braces(parts: &[Part]) -> Option<Braces> {
    let found = |parts: &[Part]| {
        parts.iter().enumerate().find_map(|(place, part)| match part {
            // Written out, a long word would be a very long text.
            Part::Bare(text) if text.len() > BRACED_BYTES_MAX => {
                let has_braces = text.contains('{') && (text.contains(',') || text.contains(".."));
                has_braces.then(|| (place, Vec::new()))
            }
            Part::Bare(text) => alternatives(text).map(|texts| (place, texts)),
            _ => None,
        })
    };
    found(parts)?;
    let mut braces = Braces { lists: Vec::new(), is_cut: false };
    let mut written = 0usize;
    // The last of them is the leftmost: a shell writes them out in this order.
    let mut todo = vec![parts.to_vec()];
    while let Some(parts) = todo.pop() {
        let is_full = written > WRITTEN_BYTES_MAX || todo.len() + braces.lists.len() > WORDS_MAX;
        match found(&parts) {
            Some((place, texts)) if !is_full && !texts.is_empty() => {
                for text in texts.into_iter().take(WORDS_MAX).rev() {
                    written += text.len();
                    let mut each = parts.clone();
                    if let Some(part) = each.get_mut(place) {
                        *part = Part::Bare(text);
                    }
                    todo.push(each);
                }
            }
            rest => {
                braces.is_cut |= rest.is_some();
                braces.lists.push(parts);
            }
        }
    }
    Some(braces)
}

fn alternatives(text: &str) -> Option<Vec<String>> {
    let from = text.find('{')?;
    let (mut depth, mut cuts, mut to) = (0usize, vec![], None);
    for (at, c) in text.char_indices().skip_while(|(at, _)| *at < from) {
        match c {
            '{' => depth += 1,
            '}' => {
                depth -= 1;
                if depth == 0 {
                    to = Some(at);
                    break;
                }
            }
            ',' if depth == 1 => cuts.push(at),
            _ => {}
        }
    }
    let to = to?;
    let (before, after) = (text.get(..from)?, text.get(to + 1..)?);
    let inner = text.get(from + 1..to)?;
    if cuts.is_empty() {
        let (first, last) = inner.split_once("..")?;
        let (first, last) = (first.parse::<u16>().ok()?, last.parse::<u16>().ok()?);
        return Some(
            (first.min(last)..=first.max(last)).take(WORDS_MAX).map(|n| format!("{before}{n}{after}")).collect(),
        );
    }
    cuts.push(to);
    let mut start = from + 1;
    let mut all = Vec::new();
    for cut in cuts {
        all.push(format!("{before}{}{after}", text.get(start..cut)?));
        start = cut + 1;
    }
    Some(all)
}

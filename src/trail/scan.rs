//! Where in a text the values of secrets stand.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};

use super::known::{Known, KnownHit};
use super::names;
use super::shapes::{self, Run, SHAPES, Shape};

/// How far a value is looked at before it is decided whether it is one, in bytes.
pub(super) const VALUE_BYTES_MAX: usize = 256;
/// How many bytes of key material tell one private key from another.
const BLOCK_BYTES_SEEN: usize = 192;
/// The fewest bytes of key material in a row that make a block.
const BLOCK_BYTES_MIN: usize = 16;
/// The longest block of key material, in bytes.
pub(super) const BLOCK_BYTES_MAX: usize = 16 * 1024;
/// How much of a name may follow the word that makes it a secret's, in bytes.
const NAME_BYTES_MAX: usize = 32;

/// Names of secrets that a value may follow. Letters match in either case.
const NAME_ANCHORS: [&str; 16] = [
    "token",
    "secret",
    "password",
    "passwd",
    "passphrase",
    "pgpass",
    "api_key",
    "apikey",
    "api-key",
    "access_key",
    "accesskey",
    "access-key",
    "private_key",
    "auth_key",
    "credential",
    "_pat=",
];

/// A value found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hit {
    /// Where what makes it a value begins: its anchor, or the value itself.
    pub start: usize,
    /// The first byte of the value.
    pub from: usize,
    /// The byte after its last.
    pub to: usize,
    /// What it is.
    pub kind: &'static str,
    /// How its handle begins.
    pub handle: &'static str,
    /// Which of the known values it is, if one.
    pub known: Option<usize>,
    /// What it may go on with, where it reaches the end of what is at hand.
    pub run: Option<Run>,
}

/// What a scan found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Found {
    /// The values, in order, none overlapping.
    pub hits: Vec<Hit>,
    /// From here on it is not decided yet, because the text may go on.
    pub open: Option<Open>,
}

/// The undecided end of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Open {
    /// Where it begins.
    pub from: usize,
    /// From here on it may be a value; what stands before it is no secret by itself.
    pub value: usize,
}

fn anchors() -> Option<&'static AhoCorasick> {
    static ANCHORS: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    ANCHORS
        .get_or_init(|| {
            AhoCorasickBuilder::new()
                .ascii_case_insensitive(true)
                .match_kind(MatchKind::LeftmostLongest)
                .kind(Some(aho_corasick::AhoCorasickKind::DFA))
                .build(SHAPES.iter().map(|shape| shape.anchor).chain(NAME_ANCHORS))
                .ok()
        })
        .as_ref()
}

/// Finds the values in `text`, which may go on: what reaches its end is also reported as open.
pub(super) fn scan(text: &[u8], known: &Known) -> Found {
    let Found { hits, open } = found(text, known);
    let tail =
        unfinished(text, known).filter(|tail| !hits.iter().any(|hit| hit.from < tail.from && tail.from < hit.to));
    Found { hits, open: earlier(open, tail) }
}

/// The values in a text that is whole.
pub(super) fn hits(text: &[u8], known: &Known) -> Vec<Hit> {
    found(text, known).hits
}

/// The values in `text`, and where one begins that its end cuts.
fn found(text: &[u8], known: &Known) -> Found {
    let mut hits = exact_hits(text, known);
    let exact = hits.len();
    let mut open: Option<Open> = None;
    let mut past = 0;
    for found in anchors().iter().flat_map(|automaton| automaton.find_iter(text)) {
        if found.start() < past {
            continue;
        }
        let index = found.pattern().as_usize();
        let verdict = match SHAPES.get(index) {
            Some(shape) => shaped(text, found.start(), index, shape),
            None => named(text, found.start(), found.end()),
        };
        match verdict {
            Candidate::Nothing => {}
            Candidate::Value(hit) => {
                past = hit.to;
                hits.push(hit);
            }
            Candidate::Open(undecided) => {
                open = open.or(Some(undecided));
            }
        }
    }
    if hits.len() > exact && exact > 0 {
        hits = merged(hits);
    }
    Found { hits, open }
}

/// Where known values stand. One of which only the beginning is known goes on as long as a value may.
fn exact_hits(text: &[u8], known: &Known) -> Vec<Hit> {
    let hit = |found: KnownHit| {
        let is_cut = found.form_bytes >= VALUE_BYTES_MAX;
        let to = if is_cut { run_end(text, found.to, Run::Text) } else { found.to };
        let run = (is_cut && to == text.len()).then_some(Run::Text);
        Hit { start: found.from, from: found.from, to, kind: "", handle: "", known: Some(found.owner), run }
    };
    known.hits(text).into_iter().map(hit).collect()
}

enum Candidate {
    Nothing,
    Value(Hit),
    Open(Open),
}

fn earlier(a: Option<Open>, b: Option<Open>) -> Option<Open> {
    match (a, b) {
        (Some(a), Some(b)) => Some(Open { from: a.from.min(b.from), value: a.value.min(b.value) }),
        (a, b) => a.or(b),
    }
}

/// Joins overlapping hits; a known value gives its name to the whole.
fn merged(mut hits: Vec<Hit>) -> Vec<Hit> {
    hits.sort_by_key(|hit| (hit.from, usize::MAX - hit.to));
    let mut out: Vec<Hit> = Vec::with_capacity(hits.len());
    for hit in hits {
        match out.last_mut() {
            Some(last) if hit.from < last.to => {
                if hit.to >= last.to {
                    last.to = hit.to;
                    last.run = hit.run.or(last.run);
                }
                last.start = last.start.min(hit.start);
                last.known = last.known.or(hit.known);
            }
            _ => out.push(hit),
        }
    }
    out
}

fn run_end(text: &[u8], from: usize, run: Run) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    from + rest.iter().position(|&byte| !run.allows(byte)).unwrap_or(rest.len())
}

/// A candidate at `from`, where the anchor of a shape stands.
fn shaped(text: &[u8], from: usize, index: usize, shape: &Shape) -> Candidate {
    let starts_word = shape.anchor.starts_with(|c: char| c.is_ascii_alphanumeric());
    if starts_word && from > 0 && text.get(from - 1).is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_') {
        return Candidate::Nothing;
    }
    let end = text.len().min(from + VALUE_BYTES_MAX);
    let (Some(pattern), Some(slice)) = (shapes::pattern(index), text.get(from..end)) else { return Candidate::Nothing };
    let Some(groups) = pattern.captures(slice) else {
        return if end == text.len() && may_go_on(slice, shape) {
            let value = from + shape.anchor.len().min(slice.len());
            Candidate::Open(Open { from, value })
        } else {
            Candidate::Nothing
        };
    };
    let Some(value) = groups.get(1).or_else(|| groups.get(0)) else { return Candidate::Nothing };
    if shape.run == Run::Block {
        return block(text, from, from + value.end(), shape);
    }
    let is_url = shape.anchor == "://";
    let to = if is_url { from + value.end() } else { run_end(text, from + value.end(), shape.run) };
    let value_from = from + value.start();
    let bytes = text.get(value_from..to.min(value_from + VALUE_BYTES_MAX)).unwrap_or_default();
    if groups.len() > 1 && !is_url && !looks_made(bytes) {
        return Candidate::Nothing;
    }
    if is_url && names::is_placeholder(bytes) {
        return Candidate::Nothing;
    }
    let run = (to == text.len() && !is_url).then_some(shape.run);
    Candidate::Value(Hit { start: from, run, ..hit(value_from, to, shape.kind, shape.handle) })
}

fn hit(from: usize, to: usize, kind: &'static str, handle: &'static str) -> Hit {
    Hit { start: from, from, to, kind, handle, known: None, run: None }
}

/// Whether what does not match yet could still become a value of this shape.
fn may_go_on(slice: &[u8], shape: &Shape) -> bool {
    let rest = slice.get(shape.anchor.len()..).unwrap_or_default();
    if slice.len() >= VALUE_BYTES_MAX {
        return false;
    }
    if shape.anchor == "://" {
        return rest.iter().all(|&b| Run::Text.allows(b) && !matches!(b, b'/' | b'@' | b'$'));
    }
    if shape.run == Run::Block {
        return rest.len() < 48 && rest.iter().all(|b| b.is_ascii_uppercase() || matches!(b, b' ' | b'-'));
    }
    let has_words = shape.run == Run::Token && shape.anchor.bytes().all(|b| b.is_ascii_lowercase());
    rest.iter().enumerate().all(|(n, &b)| {
        shape.run.allows(b)
            || (has_words && n < NAME_BYTES_MAX && matches!(b, b' ' | b'"' | b'\'' | b':' | b'\\' | b'%'))
    })
}

/// Whether a value after a word such as `bearer` was made by a machine rather than written as prose.
fn looks_made(value: &[u8]) -> bool {
    !names::is_placeholder(value) && (value.iter().any(u8::is_ascii_digit) || value.len() >= 24)
}

/// Key material after the line that begins a private key.
fn block(text: &[u8], from: usize, body: usize, shape: &Shape) -> Candidate {
    let mut state = Block::default();
    let rest = text.get(body..text.len().min(body + BLOCK_BYTES_MAX)).unwrap_or_default();
    let length = rest.iter().position(|&byte| !state.takes(byte)).unwrap_or(rest.len());
    let is_open = body + length == text.len();
    if is_open && length < BLOCK_BYTES_SEEN {
        return Candidate::Open(Open { from, value: body });
    }
    let kept = length - state.dashes.min(length);
    let solid = rest.get(..kept).unwrap_or_default().iter().filter(|b| b.is_ascii_alphanumeric()).count();
    if solid < BLOCK_BYTES_MIN {
        return Candidate::Nothing;
    }
    let run = is_open.then_some(Run::Block);
    Candidate::Value(Hit { start: from, run, ..hit(body, body + kept, shape.kind, shape.handle) })
}

/// Reads key material byte by byte: base64 lines and the few headers before them, up to five dashes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Block {
    last: u8,
    /// How many dashes were read in a row.
    pub dashes: usize,
    read: usize,
}

/// How many dashes in a row end key material.
const END_DASHES: usize = 5;

impl Block {
    /// Whether `byte` still belongs to the key material.
    pub fn takes(&mut self, byte: u8) -> bool {
        let belongs = match byte {
            b' ' | b'\t' => matches!(self.last, 0 | b'\n' | b'\r' | b' ' | b'\t' | b':' | b','),
            b'\r' | b'\n' | b'\\' | b':' | b',' | b'-' | b'+' | b'/' | b'=' | b'_' | b'.' => true,
            _ => byte.is_ascii_alphanumeric(),
        };
        self.dashes = if byte == b'-' { self.dashes + 1 } else { 0 };
        self.last = byte;
        self.read += 1;
        belongs && self.dashes < END_DASHES && self.read <= BLOCK_BYTES_MAX
    }
}

/// A candidate after a name that says secret: `NAME=value`, `"name": "value"`, `--name value`.
fn named(text: &[u8], from: usize, after: usize) -> Candidate {
    let word = text.get(from..after).unwrap_or_default();
    let before = text.get(from.saturating_sub(NAME_BYTES_MAX)..from).unwrap_or_default();
    let start = before.iter().rposition(|b| !is_name_byte(*b)).map_or(0, |n| n + 1);
    let is_flag = before.get(start..).unwrap_or_default().starts_with(b"--") || (start > 0 && before.ends_with(b"--"));
    let is_password = word.to_ascii_lowercase().starts_with(b"pass") || word.eq_ignore_ascii_case(b"pgpass");
    let mut cursor = Cursor { text, at: after };
    if !word.ends_with(b"=") {
        cursor.skip(NAME_BYTES_MAX, is_name_byte);
        let name_end = cursor.at;
        if cursor.at == text.len() {
            return open(from, text.len());
        }
        let quotes = cursor.skip(2, |b| matches!(b, b'\\' | b'"' | b'\'' | b']'));
        let blanks = cursor.skip(2, |b| b == b' ');
        let separators = cursor.skip(2, |b| matches!(b, b'=' | b':' | b'>'));
        if cursor.at == text.len() {
            return open(from, text.len());
        }
        let sign = text.get(cursor.at - separators..cursor.at).unwrap_or_default();
        let is_sign = matches!(sign, b"=" | b":" | b":=" | b"=>");
        let is_flag_value = is_flag && separators == 0 && quotes == 0 && blanks > 0 && cursor.at > name_end;
        if !(is_sign || is_flag_value) {
            return Candidate::Nothing;
        }
        cursor.skip(2, |b| b == b' ');
    }
    let is_quoted = cursor.skip(3, |b| matches!(b, b'\\' | b'"' | b'\'')) > 0;
    if cursor.at == text.len() {
        return open(from, text.len());
    }
    let value_from = cursor.at;
    let to = run_end(text, value_from, Run::Text);
    let value = text.get(value_from..to.min(value_from + VALUE_BYTES_MAX)).unwrap_or_default();
    let is_open = to == text.len();
    if is_open && value.len() < VALUE_BYTES_MAX {
        let may_be = value.is_empty() || !matches!(value.first(), Some(b'$' | b'/' | b'~' | b'{' | b'['));
        if !names::is_value(value, is_password, is_quoted) {
            return if may_be { open(from, value_from) } else { Candidate::Nothing };
        }
    }
    if text.get(to) == Some(&b'(') || !names::is_value(value, is_password, is_quoted) {
        return Candidate::Nothing;
    }
    let (kind, handle) = if is_password { ("password", "pw_") } else { ("token", "tok_") };
    Candidate::Value(Hit { start: from, run: is_open.then_some(Run::Text), ..hit(value_from, to, kind, handle) })
}

fn open(from: usize, value: usize) -> Candidate {
    Candidate::Open(Open { from, value })
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    /// Steps over at most `max` bytes that `takes` accepts; how many they were.
    fn skip(&mut self, max: usize, takes: impl Fn(u8) -> bool) -> usize {
        let rest = self.text.get(self.at..self.text.len().min(self.at + max)).unwrap_or_default();
        let count = rest.iter().position(|&b| !takes(b)).unwrap_or(rest.len());
        self.at += count;
        count
    }
}

/// The end of the text that may be the beginning of an anchor or of a known value.
fn unfinished(text: &[u8], known: &Known) -> Option<Open> {
    const ANCHOR_BYTES_MAX: usize = 26;
    let begun = |at: usize| text.get(at..).is_some_and(|tail| known.may_become(tail));
    let from = text.len().saturating_sub(known.longest().max(1) - 1);
    let open = (from..text.len()).find(|at| begun(*at)).map(|at| Open { from: at, value: at });
    let mut tails = text.len().saturating_sub(ANCHOR_BYTES_MAX)..text.len();
    let anchor = tails.find(|at| text.get(*at..).is_some_and(is_anchor_begun));
    earlier(open, anchor.map(|at| Open { from: at, value: text.len() }))
}

/// Whether an anchor begins with `tail` and is longer.
fn is_anchor_begun(tail: &[u8]) -> bool {
    static BY_FIRST: OnceLock<Vec<Vec<&'static [u8]>>> = OnceLock::new();
    let by_first = BY_FIRST.get_or_init(|| {
        let mut lists = vec![Vec::new(); 256];
        for anchor in SHAPES.iter().map(|shape| shape.anchor).chain(NAME_ANCHORS).map(str::as_bytes) {
            let first = anchor.first().map_or(0, |byte| usize::from(byte.to_ascii_lowercase()));
            lists.get_mut(first).into_iter().for_each(|list: &mut Vec<_>| list.push(anchor));
        }
        lists
    });
    let first = tail.first().map_or(0, |byte| usize::from(byte.to_ascii_lowercase()));
    by_first.get(first).into_iter().flatten().any(|anchor| {
        anchor.len() > tail.len() && anchor.get(..tail.len()).is_some_and(|head| head.eq_ignore_ascii_case(tail))
    })
}

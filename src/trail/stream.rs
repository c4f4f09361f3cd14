//! The mask for a stream that may be cut anywhere, such as the recording of the agent's terminal.

use std::borrow::Cow;

use memchr::memchr;

use super::mask::Mask;
use super::scan::{self, Block, Found, Hit, VALUE_BYTES_MAX};
use super::shapes::Run;

/// How much of what was already given out is kept to judge what follows it, in visible bytes.
const CONTEXT_BYTES: usize = 96;
/// The most that is withheld, in bytes; beyond it the withheld text is masked as it is.
pub const WITHHELD_BYTES_MAX: usize = 2048;
/// The longest escape sequence that is waited for, in bytes.
const ESCAPE_BYTES_MAX: usize = 64;
/// How much of a known value's beginning is masked when the stream ends within it, in bytes.
const BEGUN_BYTES_MIN: usize = 4;
/// Stands for each further column of a value, so that the recorded screen keeps its columns.
const FILL: &str = "•";

/// Masks a stream of terminal output, chunk by chunk.
///
/// A value may be cut over any number of chunks, and colour escapes may stand within it: it is replaced all the same.
/// What it leaves is as wide as the value was, so that a replay keeps its columns.
///
/// The rule for what is withheld: [`Masker::feed`] withholds the end of the text from the first byte that may begin a
/// value, an anchor or a known value; the next bytes decide. [`Masker::flush`], called when the agent is quiet, gives out
/// what is no secret by itself (the beginning of an anchor, a name and its `=`), and goes on withholding the beginning of
/// a known value and everything after an anchor. [`Masker::finish`] gives out the rest, masked where it is a value.
/// At most [`WITHHELD_BYTES_MAX`] bytes are withheld.
#[derive(Debug)]
pub struct Masker {
    mask: Mask,
    /// Context that was given out, then what is withheld.
    held: Vec<u8>,
    /// How many bytes of `held` were given out.
    given: usize,
    /// Within a value that is longer than what is looked at.
    within: Option<Within>,
}

#[derive(Debug, Clone, Copy)]
enum Within {
    Run(Run),
    Block(Block),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    More,
    Quiet,
    Last,
}

impl Masker {
    /// A masker at the beginning of a stream.
    #[must_use]
    pub fn new(mask: Mask) -> Self {
        Self { mask, held: Vec::new(), given: 0, within: None }
    }

    /// Takes the next bytes and appends to `out` what is decided.
    pub fn feed(&mut self, chunk: &[u8], out: &mut Vec<u8>) {
        self.held.extend_from_slice(chunk);
        self.turn(End::More, out);
    }

    /// Appends what can be given out when the agent is quiet; call it at most some 100 ms after the last chunk.
    pub fn flush(&mut self, out: &mut Vec<u8>) {
        self.turn(End::Quiet, out);
    }

    /// Appends what is left; the stream has ended.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        self.turn(End::Last, out);
    }

    /// How many bytes are withheld now.
    #[must_use]
    pub fn withheld(&self) -> usize {
        self.held.len() - self.given
    }

    fn turn(&mut self, end: End, out: &mut Vec<u8>) {
        while self.within.is_some() && self.withheld() > 0 {
            if !self.pass_within(end, out) {
                return;
            }
        }
        let raw = std::mem::take(&mut self.held);
        let view = View::cut(&raw, end == End::Last);
        let known = self.mask.known();
        let found = scan::scan(view.text(), &known);
        let given = view.count_before(self.given);
        let Decided { until, context } = decide(&found, view.text().len(), end);
        let until = until.max(given);
        let mut done = self.given;
        let mut last_masked = 0;
        for hit in found.hits.iter().filter(|hit| hit.to > given && hit.from < until) {
            let (from, to) = (view.raw(hit.from).max(done), view.raw_end(hit.to));
            out.extend_from_slice(raw.get(done..from).unwrap_or_default());
            self.replace(&view, hit, hit.from.max(given), out);
            done = to;
            last_masked = hit.to;
            if let Some(run) = hit.run.filter(|_| end != End::Last) {
                self.within = Some(within(run, view.text().get(hit.from..hit.to).unwrap_or_default()));
            }
        }
        if end == End::Last {
            let begun = found.open.map_or(view.text().len(), |open| open.value);
            if view.text().len() - begun >= BEGUN_BYTES_MIN && begun >= last_masked && known_begins(&found) {
                out.extend_from_slice(raw.get(done..view.raw(begun)).unwrap_or_default());
                view.fill(begun, view.text().len(), 0, out);
                done = raw.len();
            }
            out.extend_from_slice(raw.get(done..).unwrap_or_default());
            self.given = 0;
            return;
        }
        let stop = if self.within.is_some() { done } else { view.raw(until).max(done) };
        out.extend_from_slice(raw.get(done..stop).unwrap_or_default());
        let keep = if self.within.is_some() { stop } else { view.raw(context.max(last_masked)).min(stop) };
        self.held = raw.get(keep..).unwrap_or_default().to_vec();
        self.given = stop - keep;
        if self.withheld() > WITHHELD_BYTES_MAX {
            self.give_masked(out);
        }
    }

    /// Goes on within a long value; whether it has ended.
    fn pass_within(&mut self, end: End, out: &mut Vec<u8>) -> bool {
        let raw = std::mem::take(&mut self.held);
        let raw = raw.get(self.given..).unwrap_or_default();
        self.given = 0;
        let view = View::cut(raw, end == End::Last);
        let text = view.text();
        let (mut stop, mut has_ended) = (text.len(), false);
        match &mut self.within {
            Some(Within::Run(run)) => {
                if let Some(at) = text.iter().position(|&byte| !run.allows(byte)) {
                    (stop, has_ended) = (at, true);
                }
            }
            Some(Within::Block(block)) => {
                let mut state = *block;
                for (at, &byte) in text.iter().enumerate() {
                    if byte != b'-' {
                        *block = state;
                    }
                    if !state.takes(byte) {
                        has_ended = true;
                        stop = if state.dashes > 0 { at + 1 - state.dashes } else { at };
                        break;
                    }
                    if byte != b'-' {
                        *block = state;
                    }
                }
                if !has_ended && end != End::Last {
                    stop = text.len() - state.dashes.min(text.len());
                }
            }
            None => {}
        }
        view.fill(0, stop, 0, out);
        self.held = raw.get(view.raw_end(stop)..).unwrap_or_default().to_vec();
        if has_ended {
            self.within = None;
        }
        has_ended
    }

    /// Writes the mark of a hit, as wide as the part of it that was not given out.
    fn replace(&self, view: &View<'_>, hit: &Hit, from: usize, out: &mut Vec<u8>) {
        let value = view.text().get(hit.from..hit.to).unwrap_or_default();
        let width = columns(view.text().get(from..hit.to).unwrap_or_default());
        let mark = self.mask.name(hit, value).map_or_else(String::new, |secret| {
            [secret.mark(), format!("‹secret {}›", secret.id), format!("‹{}›", secret.id)]
                .into_iter()
                .find(|mark| mark.chars().count() <= width)
                .unwrap_or_default()
        });
        out.extend_from_slice(mark.as_bytes());
        view.fill(from, hit.to, mark.chars().count(), out);
    }

    /// Too much is withheld: gives it out as if all of it were a value.
    fn give_masked(&mut self, out: &mut Vec<u8>) {
        let raw = std::mem::take(&mut self.held);
        let view = View::cut(&raw, true);
        view.fill(view.count_before(self.given), view.text().len(), 0, out);
        self.given = 0;
    }
}

struct Decided {
    /// All before this visible byte is given out.
    until: usize,
    /// From this visible byte on the text is kept to judge what follows.
    context: usize,
}

fn decide(found: &Found, length: usize, end: End) -> Decided {
    let (mut until, mut context) = (length, length.saturating_sub(CONTEXT_BYTES));
    if let Some(open) = found.open {
        until = if end == End::Quiet { open.value } else { open.from };
        context = context.min(open.from);
    }
    for hit in found.hits.iter().filter(|hit| is_undecided(hit)) {
        until = until.min(if end == End::Quiet { hit.from } else { hit.start });
        context = context.min(hit.start);
    }
    if end == End::Last {
        until = length;
    }
    // A hit that ends after the point of withholding is decided with it.
    for hit in &found.hits {
        if end != End::Last && hit.from < until && hit.to > until {
            until = hit.from;
            context = context.min(hit.start);
        }
    }
    Decided { until, context: context.min(until.saturating_sub(CONTEXT_BYTES)) }
}

fn is_undecided(hit: &Hit) -> bool {
    hit.run.is_some_and(|run| run != Run::Block) && hit.to - hit.from < VALUE_BYTES_MAX
}

fn known_begins(found: &Found) -> bool {
    found.open.is_some_and(|open| open.from == open.value)
}

fn within(run: Run, value: &[u8]) -> Within {
    if run != Run::Block {
        return Within::Run(run);
    }
    let mut block = Block::default();
    for &byte in value {
        block.takes(byte);
    }
    Within::Block(block)
}

/// How many columns a text takes, counting each character as one.
fn columns(text: &[u8]) -> usize {
    text.iter().filter(|byte| !is_continuation(**byte) && !matches!(byte, b'\r' | b'\n')).count()
}

fn is_continuation(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}

/// A text without its colour escapes, and the way back to the raw bytes.
///
/// Escapes that move the cursor stay as a single ESC byte, so that what they part stays apart.
#[derive(Debug)]
pub(super) struct View<'a> {
    text: Cow<'a, [u8]>,
    raw: &'a [u8],
    /// Where runs of visible bytes begin: in the text, and in the raw bytes.
    pieces: Vec<(usize, usize)>,
}

impl<'a> View<'a> {
    /// The view of a whole text.
    pub fn of(raw: &'a [u8]) -> Self {
        Self::cut(raw, true)
    }

    /// The view of a text that may end within an escape; if it is not whole, that escape is left out.
    fn cut(raw: &'a [u8], is_whole: bool) -> Self {
        if memchr(0x1b, raw).is_none() {
            return Self { text: Cow::Borrowed(raw), raw, pieces: vec![(0, 0)] };
        }
        let mut text = Vec::with_capacity(raw.len());
        let mut pieces = Vec::new();
        let mut at = 0;
        while at < raw.len() {
            let rest = raw.get(at..).unwrap_or_default();
            let plain = memchr(0x1b, rest).unwrap_or(rest.len());
            if plain > 0 {
                pieces.push((text.len(), at));
                text.extend_from_slice(rest.get(..plain).unwrap_or_default());
                at += plain;
                continue;
            }
            match escape(rest) {
                Some((length, is_colour)) => {
                    if !is_colour {
                        pieces.push((text.len(), at));
                        text.push(0x1b);
                    }
                    at += length;
                }
                None if is_whole || rest.len() > ESCAPE_BYTES_MAX => {
                    pieces.push((text.len(), at));
                    text.extend_from_slice(rest);
                    at = raw.len();
                }
                None => break,
            }
        }
        Self { text: Cow::Owned(text), raw, pieces }
    }

    /// The visible bytes.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    fn piece(&self, visible: usize) -> (usize, usize) {
        let index = self.pieces.partition_point(|(start, _)| *start <= visible);
        self.pieces.get(index.wrapping_sub(1)).copied().unwrap_or((0, 0))
    }

    /// Where a visible byte stands in the raw bytes; for the end, where the raw bytes that are known end.
    pub fn raw(&self, visible: usize) -> usize {
        if visible >= self.text.len() {
            return self.end();
        }
        let (start, raw) = self.piece(visible);
        raw + (visible - start)
    }

    /// Where the raw bytes go on after the visible byte before this one, its escapes not skipped.
    pub fn raw_end(&self, visible: usize) -> usize {
        match visible.checked_sub(1) {
            Some(last) => {
                let (start, raw) = self.piece(last);
                let at = raw + (last - start);
                let is_marker = self.text.get(last) == Some(&0x1b) && self.raw.get(at) == Some(&0x1b);
                let length =
                    if is_marker { escape(self.raw.get(at..).unwrap_or_default()).map_or(1, |(n, _)| n) } else { 1 };
                at + length
            }
            None => 0,
        }
    }

    /// Where the last whole element ends.
    fn end(&self) -> usize {
        let mut at = self.raw_end(self.text.len());
        while let Some((length, _)) = self.raw.get(at..).and_then(escape) {
            at += length;
        }
        at
    }

    /// How many visible bytes stand before this raw offset.
    fn count_before(&self, raw: usize) -> usize {
        let index = self.pieces.partition_point(|(_, start)| *start < raw);
        let Some((visible, start)) = self.pieces.get(index.wrapping_sub(1)).copied() else { return 0 };
        let next = self.pieces.get(index).map_or(self.text.len(), |(next, _)| *next);
        (visible + (raw - start)).min(next)
    }

    /// Appends the escapes that stand between two raw offsets.
    pub fn escapes(&self, raw: &[u8], from: usize, to: usize, out: &mut Vec<u8>) {
        let mut at = from;
        while at < to {
            match raw.get(at..to).filter(|rest| rest.first() == Some(&0x1b)).and_then(escape) {
                Some((length, _)) => {
                    out.extend_from_slice(raw.get(at..at + length).unwrap_or_default());
                    at += length;
                }
                None => at += 1,
            }
        }
    }

    /// Appends a fill for each visible character of `[from, to)` but the first `skip`; escapes and newlines stay.
    fn fill(&self, from: usize, to: usize, skip: usize, out: &mut Vec<u8>) {
        let (mut left, mut at, end) = (skip, self.raw(from), self.raw_end(to));
        if from == 0 {
            at = 0;
        }
        while at < end {
            let rest = self.raw.get(at..end).unwrap_or_default();
            let Some(&byte) = rest.first() else { break };
            if let Some((length, _)) = escape(rest).filter(|_| byte == 0x1b) {
                out.extend_from_slice(rest.get(..length).unwrap_or_default());
                at += length;
                continue;
            }
            if matches!(byte, b'\r' | b'\n') {
                out.push(byte);
            } else if !is_continuation(byte) {
                if left == 0 {
                    out.extend_from_slice(FILL.as_bytes());
                }
                left = left.saturating_sub(1);
            }
            at += 1;
        }
    }
}

/// The length of the escape at the beginning of `text`, and whether it only colours; `None` where it is cut.
fn escape(text: &[u8]) -> Option<(usize, bool)> {
    if text.first() != Some(&0x1b) {
        return None;
    }
    match text.get(1)? {
        b'[' => {
            let rest = text.get(2..)?;
            let length = rest.iter().position(|byte| !(0x20..=0x3f).contains(byte))?;
            let last = rest.get(length)?;
            let is_final = (0x40..=0x7e).contains(last);
            Some((2 + length + usize::from(is_final), matches!(last, b'm' | b'K')))
        }
        b']' | b'P' | b'X' | b'^' | b'_' => Some((2, false)),
        0x20..=0x2f => {
            let rest = text.get(1..)?;
            let length = rest.iter().position(|byte| !(0x20..=0x2f).contains(byte))?;
            Some((2 + length, true))
        }
        0x30..=0x7e => Some((2, false)),
        _ => Some((1, false)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const VALUE: &str = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";

    fn streamed(mask: &Mask, chunks: &[&[u8]]) -> Vec<u8> {
        let (mut masker, mut out) = (Masker::new(mask.clone()), Vec::new());
        for chunk in chunks {
            masker.feed(chunk, &mut out);
            assert!(masker.withheld() <= WITHHELD_BYTES_MAX);
        }
        masker.finish(&mut out);
        out
    }

    fn shown(mask: &Mask, chunks: &[&[u8]]) -> String {
        String::from_utf8_lossy(&streamed(mask, chunks)).into_owned()
    }

    #[test]
    fn a_value_cut_anywhere_is_replaced_by_something_as_wide() {
        let text = format!("export T={VALUE} && go\r\n");
        let whole = shown(&Mask::default(), &[text.as_bytes()]);
        assert!(whole.contains("‹secret A: ghp_…8B4a›") && !whole.contains("16C7"), "{whole}");
        assert_eq!(whole.chars().count(), text.chars().count());
        for at in 0..text.len() {
            let (a, b) = text.as_bytes().split_at(at);
            assert_eq!(shown(&Mask::default(), &[a, b]), whole, "cut at {at}");
        }
    }

    #[test]
    fn colour_within_a_value_does_not_hide_it() {
        let text = format!("x: \x1b[01;31m\x1b[Kghp_\x1b[m\x1b[K{} y", &VALUE[4..]);
        for at in 0..text.len() {
            let (a, b) = text.as_bytes().split_at(at);
            let out = shown(&Mask::default(), &[a, b]);
            assert!(!out.contains("16C7") && out.ends_with(" y") && out.contains("\x1b[m\x1b[K"), "{out}");
        }
    }

    #[test]
    fn a_quiet_moment_within_a_value_leaks_nothing_and_holds_back_no_prompt() {
        let mask = Mask::default();
        mask.learn(b"Qw7-known-value-01", None, None);
        let text = format!("Password: s3cr3tPa55 {VALUE} Qw7-known-value-01 end");
        for at in 0..text.len() {
            let (a, b) = text.as_bytes().split_at(at);
            let (mut masker, mut out) = (Masker::new(mask.clone()), Vec::new());
            masker.feed(a, &mut out);
            masker.flush(&mut out);
            if at == "Password: ".len() {
                assert_eq!(out, b"Password: ");
            }
            masker.feed(b, &mut out);
            masker.finish(&mut out);
            let out = String::from_utf8_lossy(&out).into_owned();
            assert!(out.starts_with("Password: ") && out.ends_with(" end"), "{out}");
            for part in ["s3cr", "Pa55", "16C7e4", "B4a ", "known-value", "Qw7"] {
                assert!(!out.contains(part), "{part} leaks when cut at {at}: {out}");
            }
        }
    }

    #[test]
    fn a_private_key_is_masked_line_by_line_and_what_follows_it_is_not() {
        let body: Vec<String> =
            (0..40).map(|n| format!("MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ{n:04}/+")).collect();
        let text =
            format!("a\r\n-----BEGIN PRIVATE KEY-----\r\n{}\r\n-----END PRIVATE KEY-----\r\nb\r\n", body.join("\r\n"));
        let whole = shown(&Mask::default(), &[text.as_bytes()]);
        assert!(!whole.contains("MII") && whole.ends_with("-----END PRIVATE KEY-----\r\nb\r\n"), "{whole}");
        assert_eq!(whole.matches("\r\n").count(), text.matches("\r\n").count());
        for at in (0..text.len()).step_by(7) {
            let (a, b) = text.as_bytes().split_at(at);
            assert_eq!(shown(&Mask::default(), &[a, b]), whole, "cut at {at}");
        }
    }

    #[test]
    fn ordinary_text_is_left_as_it_is() {
        for text in [
            "tokens: 128000 used, max_tokens: 4096\r\n",
            "let token = parser.next_token();\n",
            "Authorization: Bearer $TOKEN and bearer authentication\n",
            "https://host:8080/path?x=1 postgres://u:${PASS}@h/db\n",
            "password: String, secret_name: my-app, TOKEN_FILE=/run/secrets/x\n",
            "task-1234 sk-learn AKIA eyJ --token $T api_key=process.env.KEY\n",
            "token=‹secret A: tok_…3f9a› done\n",
            "the -----BEGIN PRIVATE KEY----- line is looked for\n",
        ] {
            assert_eq!(shown(&Mask::default(), &[text.as_bytes()]), text);
        }
    }

    proptest! {
        #[test]
        fn a_known_value_never_appears_however_the_stream_is_cut(
            value in "[A-Za-z0-9_/+.-]{10,60}",
            before in "[ -~\n]{0,40}",
            after in "[ -~\n]{0,40}",
            cuts in proptest::collection::vec(0usize..160, 0..6),
            colour in 0usize..60,
            quiet in any::<bool>(),
        ) {
            let mask = Mask::default();
            prop_assume!(mask.learn(value.as_bytes(), None, None).is_some());
            let at = colour.min(value.len());
            let text = format!("{before} {}\x1b[31m{} {after}", &value[..at], &value[at..]);
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
            cuts.sort_unstable();
            let (mut masker, mut out, mut from) = (Masker::new(mask), Vec::new(), 0);
            for cut in cuts.into_iter().chain([text.len()]) {
                masker.feed(&text.as_bytes()[from..cut], &mut out);
                if quiet {
                    masker.flush(&mut out);
                }
                from = cut;
            }
            masker.finish(&mut out);
            let plain = String::from_utf8_lossy(&out).replace("\x1b[31m", "");
            prop_assert!(!plain.contains(&value), "{plain}");
        }

        #[test]
        fn cutting_the_stream_anywhere_gives_the_same_output(
            words in proptest::collection::vec(
                prop_oneof![
                    Just(VALUE.to_owned()), Just("Bearer abcDEF0123456789".to_owned()), Just("DB_PASSWORD=hunter2hunter2".to_owned()),
                    Just("\"token\": \"q8w7e6r5t4\"".to_owned()), Just("postgres://app:pa55word@db/x".to_owned()),
                    Just("\x1b[1;32m".to_owned()), Just("\x1b[3;4H".to_owned()), "[a-z:=/.-]{1,12}",
                ], 0..12),
            cuts in proptest::collection::vec(0usize..300, 0..8),
        ) {
            let text = words.join(" ");
            let whole = streamed(&Mask::default(), &[text.as_bytes()]);
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
            cuts.sort_unstable();
            let mut chunks = Vec::new();
            let mut from = 0;
            for cut in cuts.into_iter().chain([text.len()]) {
                chunks.push(&text.as_bytes()[from..cut]);
                from = cut;
            }
            prop_assert_eq!(shown(&Mask::default(), &chunks), String::from_utf8_lossy(&whole).into_owned());
        }

        #[test]
        fn text_without_a_value_is_unchanged(text in "[a-z \r\n\x1b\\[0-9;mKH]{0,200}", at in 0usize..200) {
            prop_assume!(!["token", "secret", "passw", "passp", "pgpass", "credential", "bearer"].iter().any(|w| text.contains(w)));
            let (a, b) = text.as_bytes().split_at(at.min(text.len()));
            prop_assert_eq!(streamed(&Mask::default(), &[a, b]), text.as_bytes());
        }
    }
}

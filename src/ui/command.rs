//! The text of a case's COMMAND: what the kernel was asked to run, laid out in lines that hide nothing.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::canvas::{Span, cells};
use super::glyphs::Glyphs;
use super::highlight::highlight;
use super::text::{Kind, pieces};
use crate::model::{Action, ActionKind, Exec, TextKind, Untrusted};

/// So many blanks in a row are folded to a mark.
const BLANKS_MAX: usize = 24;
/// So many blank lines in a row are folded to a mark.
const BLANK_LINES_MAX: usize = 3;
/// The mark in place of folded blanks, before a theme's own takes its place.
const FOLD: &str = "⋯";
/// What a mask begins and ends with; its blanks are no place to break a line.
const MASK: (&str, &str) = ("‹", "›");
/// How far a command's later lines are moved in.
const INDENT: u16 = 2;
/// What a shell needs at the end of a line that goes on.
const CONTINUES: &str = " \\";
/// What stands before a script that is laid out on lines of its own.
const SCRIPT: &str = "   one word, a script:";
/// Programs whose word after `-c` is a script.
const SHELLS: [&str; 6] = ["sh", "bash", "dash", "zsh", "ksh", "ash"];

/// A command as it is drawn: its text, and where each part of it came from.
#[derive(Default)]
pub(super) struct Command {
    text: String,
    runs: Vec<Run>,
    words: Vec<Range<usize>>,
    colors: Vec<(Range<usize>, &'static str)>,
    /// The word that is laid out on lines of its own, without quotes.
    script: Option<Range<usize>>,
    /// A script among the other words, without its quotes.
    inner: Option<Range<usize>>,
}

/// A part of the text: what kind it is, and which bytes of what was judged it stands for.
struct Run {
    at: Range<usize>,
    kind: Kind,
    source: Option<Range<usize>>,
    /// It stands for blanks that were folded.
    is_fold: bool,
}

/// One drawn line of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CommandLine {
    at: Range<usize>,
    indent: u16,
    /// The word of the line above goes on.
    goes_on: bool,
    /// It belongs to a script that has lines of its own.
    pub(super) is_script: bool,
    tail: Tail,
}

/// What is drawn at the end of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tail {
    Nothing,
    /// The backslash a shell needs.
    Backslash,
    /// That a script follows.
    Script,
}

/// How a shell's script is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    /// As a word among the others, quoted.
    Quoted,
    /// As it is, on lines of its own.
    Apart,
}

/// Whether runs of blanks are folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blanks {
    Folded,
    Whole,
}

impl Command {
    /// The command of an act, for a room of so many cells: a script that does not fit in a line gets its own lines.
    pub(super) fn of(action: &Action, blanks: Blanks, room: u16) -> Self {
        let mut command = Self::default();
        match &action.kind {
            ActionKind::Exec(exec) => {
                command.exec(exec, blanks, Script::Quoted);
                if script_word(exec).is_some() && command.width(0..command.text.len(), room).is_none() {
                    command = Self::default();
                    command.exec(exec, blanks, Script::Apart);
                }
                command.colors = command.colored_parts();
            }
            ActionKind::Text(text) => {
                command.content(&text.text, 0, blanks, Script::Apart);
                command.words.push(0..command.text.len());
                if text.kind == TextKind::Shell {
                    command.colors = highlight(&command.text);
                }
            }
            ActionKind::Tool(tool) => {
                let text = tool.text();
                let words =
                    text.as_ref().map_or_else(|| Untrusted::from(super::intent::whole(tool)), |text| text.text.clone());
                command.content(&words, 0, blanks, Script::Apart);
                command.words.push(0..command.text.len());
                if text.is_some_and(|text| text.kind == TextKind::Shell) {
                    command.colors = highlight(&command.text);
                }
            }
            ActionKind::File(_) | ActionKind::Connect(_) | ActionKind::Kill(_) => {
                command.content(&Untrusted::from(action.shown()), 0, blanks, Script::Apart);
                command.words.push(0..command.text.len());
            }
        }
        command
    }

    fn exec(&mut self, exec: &Exec, blanks: Blanks, how: Script) {
        let script = script_word(exec);
        let mut source = 0;
        let words: &[Untrusted] = if exec.argv.is_empty() { std::slice::from_ref(&exec.path) } else { &exec.argv };
        for (index, word) in words.iter().enumerate() {
            if index > 0 {
                self.ours(" ");
            }
            let start = self.text.len();
            let is_script = script == Some(index);
            let is_apart = is_script && how == Script::Apart;
            let is_plain = is_apart || is_plain(word);
            if !is_plain {
                self.ours("'");
            }
            let inner = self.text.len();
            self.content(word, source, blanks, if is_apart { Script::Apart } else { Script::Quoted });
            if is_script {
                self.script = Some(inner..self.text.len());
            }
            if !is_plain {
                self.ours("'");
            }
            self.words.push(start..self.text.len());
            source += word.as_bytes().len() + 1;
        }
        if how == Script::Quoted && !self.script.as_ref().is_none_or(Range::is_empty) {
            self.inner = self.script.take();
        }
    }

    /// A script is coloured by itself: to the shell that gets it, it is no string.
    fn colored_parts(&self) -> Vec<(Range<usize>, &'static str)> {
        match self.script.clone().or(self.inner.clone()) {
            None => highlight(&self.text),
            Some(range) => {
                let part = |range: Range<usize>| {
                    let found = highlight(self.text.get(range.clone()).unwrap_or_default());
                    found.into_iter().map(move |(at, scope)| (at.start + range.start..at.end + range.start, scope))
                };
                part(0..range.start.saturating_sub(1)).chain(part(range)).collect()
            }
        }
    }

    fn ours(&mut self, text: &str) {
        let start = self.text.len();
        self.text.push_str(text);
        self.runs.push(Run { at: start..self.text.len(), kind: Kind::Plain, source: None, is_fold: false });
    }

    fn run(&mut self, text: &str, kind: Kind, source: Range<usize>) {
        let start = self.text.len();
        self.text.push_str(text);
        self.runs.push(Run { at: start..self.text.len(), kind, source: Some(source), is_fold: false });
    }

    /// A mark in place of blanks.
    fn fold(&mut self, text: &str, source: Range<usize>) {
        let start = self.text.len();
        self.text.push_str(text);
        let at = start..self.text.len();
        self.runs.push(Run { at, kind: Kind::Escape, source: Some(source), is_fold: true });
    }

    /// A word's own bytes: lines stay lines, quotes are written so that a shell would read them back.
    fn content(&mut self, word: &Untrusted, source: usize, blanks: Blanks, how: Script) {
        let bytes = word.as_bytes();
        let mut at = 0;
        let mut blank_lines = 0;
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (body, has_end) = match line.split_last() {
                Some((b'\n', body)) => (body, true),
                _ => (line, false),
            };
            let is_blank = has_end && at > 0 && body.iter().all(u8::is_ascii_whitespace);
            if is_blank && blanks == Blanks::Folded && blank_run(bytes, at) > BLANK_LINES_MAX {
                blank_lines += 1;
                at += line.len();
                continue;
            }
            self.fold_lines(&mut blank_lines, source + at);
            self.body(body, source + at, blanks, how);
            if has_end {
                self.run("\n", Kind::Plain, source + at + body.len()..source + at + line.len());
            }
            at += line.len();
        }
        self.fold_lines(&mut blank_lines, source + at);
    }

    fn fold_lines(&mut self, count: &mut usize, source: usize) {
        if *count > 0 {
            self.fold(&format!("{FOLD} {count} blank lines"), source.saturating_sub(*count)..source);
            self.ours("\n");
            *count = 0;
        }
    }

    fn body(&mut self, body: &[u8], source: usize, blanks: Blanks, how: Script) {
        for piece in pieces(body) {
            let from = source + piece.from;
            if piece.kind != Kind::Plain {
                self.run(&piece.text, piece.kind, from..source + piece.to);
                continue;
            }
            let mut at = 0;
            for part in piece.text.split_inclusive('\'') {
                let (text, has_quote) = part.strip_suffix('\'').map_or((part, false), |text| (text, true));
                self.spaced(text, from + at, blanks);
                if has_quote {
                    let quote = if how == Script::Quoted { "'\\''" } else { "'" };
                    self.run(quote, Kind::Plain, from + at + text.len()..from + at + part.len());
                }
                at += part.len();
            }
        }
    }

    /// Text whose long runs of blanks are folded.
    fn spaced(&mut self, text: &str, source: usize, blanks: Blanks) {
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let count = rest.bytes().take_while(|byte| *byte == b' ').count();
            let is_long = count > BLANKS_MAX && blanks == Blanks::Folded;
            let next = rest.get(count..).unwrap_or_default();
            let until = count + next.find(&" ".repeat(BLANKS_MAX + 1)).unwrap_or(next.len());
            if is_long {
                self.fold(&format!("{FOLD} {count} blanks {FOLD}"), source + at..source + at + count);
                at += count;
            } else {
                let part = rest.get(..until).unwrap_or(rest);
                self.run(part, Kind::Plain, source + at..source + at + part.len());
                at += part.len();
            }
        }
    }

    /// The lines of the command in a room of so many cells.
    pub(super) fn lines(&self, room: u16) -> Vec<CommandLine> {
        let mut layout = Layout::new(self, room.max(8));
        if self.script.is_none() && self.width(0..self.text.len(), layout.room).is_some() {
            layout.start(0);
            layout.end(self.text.len(), Tail::Nothing);
            return layout.lines;
        }
        let mut index = 0;
        while let Some(word) = self.words.get(index) {
            if self.script.as_ref() == Some(word) {
                layout.script(word.clone());
                index += 1;
                continue;
            }
            let is_option = self.text.get(word.clone()).is_some_and(|text| text.starts_with('-'));
            let value =
                self.words.get(index + 1).filter(|next| self.script.as_ref() != Some(*next)).filter(|next| {
                    is_option && self.text.get((*next).clone()).is_some_and(|text| !text.starts_with('-'))
                });
            match value {
                Some(value) => {
                    layout.word(word.start..value.end);
                    index += 2;
                }
                None => {
                    layout.word(word.clone());
                    index += 1;
                }
            }
        }
        layout.end(self.text.len(), Tail::Nothing);
        layout.lines
    }

    /// How many cells a part takes if it is a single line of at most `most`.
    fn width(&self, range: Range<usize>, most: u16) -> Option<u16> {
        let text = self.text.get(range)?;
        if text.contains('\n') || text.len() > usize::from(most) * 16 {
            return None;
        }
        let wide = text.graphemes(true).map(cells).fold(0, u16::saturating_add);
        (wide <= most).then_some(wide)
    }

    /// A drawn line as spans, without its indentation.
    pub(super) fn spans(&self, line: &CommandLine, glyphs: &Glyphs) -> Vec<Span> {
        let mut spans = vec![Span::new("text.faint", line.lead(glyphs))];
        let mut at = line.at.start;
        let mut run = self.runs.partition_point(|run| run.at.end <= at);
        while let Some(here) = self.runs.get(run).filter(|_| at < line.at.end) {
            let end = here.at.end.min(line.at.end);
            match here.kind {
                Kind::Escape => {
                    let text = self.part(at..end);
                    let text = if here.is_fold { text.replace(FOLD, glyphs.fold) } else { text.to_owned() };
                    spans.push(Span::new("risk", text));
                }
                Kind::Secret => spans.push(Span::new("secret", self.part(at..end))),
                Kind::Plain => self.colored(at..end, &mut spans),
            }
            at = end;
            run += 1;
        }
        match line.tail {
            Tail::Nothing => {}
            Tail::Backslash => spans.push(Span::new("text.faint", CONTINUES)),
            Tail::Script => spans.push(Span::new("text.faint", SCRIPT)),
        }
        spans
    }

    fn colored(&self, range: Range<usize>, spans: &mut Vec<Span>) {
        let mut at = range.start;
        let first = self.colors.partition_point(|(color, _)| color.end <= at);
        for (color, scope) in self.colors.iter().skip(first) {
            if color.start >= range.end {
                break;
            }
            if color.start > at {
                spans.push(Span::new("case.command", self.part(at..color.start)));
                at = color.start;
            }
            let end = color.end.min(range.end);
            spans.push(Span::new(scope, self.part(at..end)));
            at = end;
        }
        if at < range.end {
            spans.push(Span::new("case.command", self.part(at..range.end)));
        }
    }

    fn part(&self, range: Range<usize>) -> &str {
        self.text.get(range).unwrap_or_default().trim_end_matches('\n')
    }

    /// The drawn parts that stand for what was hit.
    pub(super) fn parts(&self, hits: &[Range<usize>]) -> Vec<Range<usize>> {
        hits.iter().filter_map(|hit| self.drawn(hit)).collect()
    }

    /// Where on a drawn line these parts are, as cells from its beginning.
    pub(super) fn marks(&self, line: &CommandLine, parts: &[Range<usize>]) -> Vec<Range<u16>> {
        let lead = line.indent;
        let mut marks: Vec<Range<u16>> = Vec::new();
        for part in parts.iter().filter(|part| part.start < line.at.end && part.end > line.at.start) {
            let from = part.start.max(line.at.start);
            let to = part.end.min(line.at.end);
            let before: u16 = self.part(line.at.start..from).graphemes(true).map(cells).sum();
            let wide: u16 = self.part(from..to).graphemes(true).map(cells).sum();
            if wide > 0 {
                marks.push(lead + before..lead + before + wide);
            }
        }
        marks
    }

    /// The drawn part that stands for a range of judged bytes.
    fn drawn(&self, hit: &Range<usize>) -> Option<Range<usize>> {
        let touches =
            |run: &&Run| run.source.as_ref().is_some_and(|source| source.start < hit.end && source.end > hit.start);
        let first = self.runs.iter().find(touches)?;
        let last = self.runs.iter().rev().find(touches)?;
        Some(first.at_source(hit.start).unwrap_or(first.at.start)..last.at_source(hit.end).unwrap_or(last.at.end))
    }
}

impl Run {
    /// Where a judged byte is drawn, where every byte is drawn as it is.
    fn at_source(&self, byte: usize) -> Option<usize> {
        let source = self.source.as_ref()?;
        let is_verbatim = self.kind != Kind::Escape && source.len() == self.at.len();
        (is_verbatim && source.start <= byte && byte <= source.end).then(|| self.at.start + byte - source.start)
    }
}

impl CommandLine {
    fn lead(&self, glyphs: &Glyphs) -> String {
        let indent = usize::from(self.indent);
        let goes_on = if self.goes_on { glyphs.goes_on } else { " " };
        if self.is_script {
            return format!("{}{goes_on}", glyphs.thin.down);
        }
        if self.goes_on { format!("{goes_on:<indent$}") } else { " ".repeat(indent) }
    }
}

/// Words put into lines, one after the other.
struct Layout<'a> {
    command: &'a Command,
    room: u16,
    lines: Vec<CommandLine>,
    open: Option<CommandLine>,
    used: u16,
    is_script: bool,
}

impl<'a> Layout<'a> {
    fn new(command: &'a Command, room: u16) -> Self {
        Self { command, room, lines: Vec::new(), open: None, used: 0, is_script: false }
    }

    fn start(&mut self, at: usize) {
        let indent = if self.lines.is_empty() { 0 } else { INDENT };
        let (is_script, tail) = (self.is_script, Tail::Nothing);
        self.open = Some(CommandLine { at: at..at, indent, goes_on: false, is_script, tail });
        self.used = indent;
    }

    fn end(&mut self, at: usize, tail: Tail) {
        if let Some(mut line) = self.open.take() {
            line.at.end = at.max(line.at.start);
            line.tail = tail;
            self.lines.push(line);
        }
    }

    /// How many cells a line has if a word ends on it at `end`: less if a backslash has to follow.
    fn room_for(&self, end: usize) -> u16 {
        let is_last = end == self.command.text.len();
        if is_last { self.room } else { self.room.saturating_sub(2) }
    }

    fn word(&mut self, word: Range<usize>) {
        let room = self.room_for(word.end);
        let width = self.command.width(word.clone(), room);
        match (self.open.is_some(), width) {
            (true, Some(width)) if self.used.saturating_add(1 + width) <= room => {
                self.used += 1 + width;
                return;
            }
            (true, _) => self.end(word.start.saturating_sub(1), Tail::Backslash),
            (false, _) => {}
        }
        self.start(word.start);
        match width.filter(|width| self.used + width <= room) {
            Some(width) => self.used += width,
            None => self.long(word),
        }
    }

    /// A script on lines of its own.
    fn script(&mut self, word: Range<usize>) {
        self.end(word.start.saturating_sub(1), Tail::Script);
        self.is_script = true;
        self.start(word.start);
        self.long(word.clone());
        self.end(word.end, Tail::Nothing);
        self.is_script = false;
    }

    /// A word that is longer than a line, or has lines of its own; it breaks after a blank where there is one.
    fn long(&mut self, word: Range<usize>) {
        let text = self.command.text.get(word.clone()).unwrap_or_default();
        let room = if self.is_script { self.room } else { self.room_for(word.end) };
        let mut at = word.start;
        let mut blank = None;
        let mut is_masked = false;
        for grapheme in (Graphemes { rest: text }) {
            if grapheme == "\n" {
                at += 1;
                self.end(at, Tail::Nothing);
                self.start(at);
                blank = None;
                continue;
            }
            let wide = cells(grapheme);
            if self.used + wide > room {
                let (to, used) = blank.take().filter(|(_, used)| *used > room / 2).unwrap_or((at, self.used));
                let rest = self.used - used;
                self.end(to, Tail::Nothing);
                self.start(to);
                self.used += rest;
                if let Some(line) = self.open.as_mut() {
                    line.goes_on = true;
                }
            }
            at += grapheme.len();
            self.used += wide;
            is_masked = grapheme == MASK.0 || (is_masked && grapheme != MASK.1);
            if grapheme == " " && !is_masked {
                blank = Some((at, self.used));
            }
        }
    }
}

/// Graphemes, fast where the text is ASCII.
struct Graphemes<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Graphemes<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let is_simple = match *self.rest.as_bytes() {
            [] => return None,
            [first] => first.is_ascii(),
            [first, second, ..] => first.is_ascii() && second.is_ascii(),
        };
        let length = if is_simple { 1 } else { self.rest.graphemes(true).next()?.len() };
        let (now, later) = self.rest.split_at_checked(length)?;
        self.rest = later;
        Some(now)
    }
}

/// How many blank lines follow one another around the line that begins at `at`.
fn blank_run(bytes: &[u8], at: usize) -> usize {
    let is_blank = |line: &&[u8]| line.iter().all(u8::is_ascii_whitespace);
    let (before, after) = bytes.split_at_checked(at).unwrap_or((bytes, &[]));
    let later = after.split(|b| *b == b'\n').take_while(is_blank).take(BLANK_LINES_MAX + 1).count();
    let earlier = before.rsplit(|b| *b == b'\n').skip(1).take_while(is_blank).take(BLANK_LINES_MAX + 1).count();
    later + earlier
}

/// Whether a word needs no quotes.
fn is_plain(word: &Untrusted) -> bool {
    let is_harmless = |b: &u8| b.is_ascii_alphanumeric() || b"-_./=:,@%+^".contains(b) || *b >= 0x80;
    !word.is_empty() && word.as_bytes().iter().all(is_harmless) && !word.lossy().contains(char::is_whitespace)
}

/// Which word of a shell's is a script.
fn script_word(exec: &Exec) -> Option<usize> {
    SHELLS.contains(&exec.name().trim_start_matches('-')).then_some(())?;
    let flag = |word: &Untrusted| {
        let word = word.lossy();
        word.starts_with('-') && !word.starts_with("--") && word.ends_with('c')
    };
    let at = exec.argv.iter().position(flag)?;
    (at + 1 < exec.argv.len()).then_some(at + 1)
}

#[cfg(test)]
#[path = "command_tests.rs"]
mod tests;

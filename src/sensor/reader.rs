//! Rows that have settled to what they say, each thing once.

use super::drawn::{Row, Standing};
use super::generic;
use super::heard::{Heard, HeardKind};
use super::lines::sentence_end;
use super::marks::{self, Mark};
use super::memory::Memory;
use super::tools;
use crate::model::{Dialect, Moment};

/// After so many different rows without a sign of the dialect, the screen counts as one of another make.
const STRANGE_ROWS_MAX: usize = 40;
/// The longest text of one block, in bytes.
const BLOCK_BYTES_MAX: usize = 64 * 1024;

/// Reads a dialect's screens.
#[derive(Debug, Clone)]
pub(super) struct Reader {
    dialect: Dialect,
    memory: Memory,
    version: Option<String>,
    mode: Option<String>,
    has_task: bool,
    /// Whether any sign of the dialect has been seen.
    is_known: bool,
    /// How many rows had none before.
    strange: Memory,
}

/// Rows that belong together.
#[derive(Debug)]
struct Block {
    kind: Kind,
    /// How far its further rows are indented.
    indent: usize,
    /// Paragraphs, each with whether its text has come to its end.
    text: Vec<(String, bool)>,
    is_open: bool,
}

/// A row that has settled.
#[derive(Debug, Clone, Copy)]
struct Line<'r> {
    text: &'r str,
    is_wrapped: bool,
    is_final: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Says,
    Runs,
    Asked,
    /// The program's own words.
    Note,
    /// Rows without a sign.
    Plain,
}

impl Reader {
    /// A reader of `dialect`'s screens.
    pub fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            memory: Memory::default(),
            version: None,
            mode: None,
            has_task: false,
            is_known: false,
            strange: Memory::default(),
        }
    }

    /// What it reads, in words for the status.
    pub fn name(&self) -> String {
        let known = marks::known_version(self.dialect).unwrap_or_default();
        match &self.version {
            Some(version) if version.starts_with(known) => format!("screen of {} {version}", self.dialect),
            Some(version) => format!("screen of {} {version}, read as {known}", self.dialect),
            None if self.is_strange() => {
                format!("lines of any agent: the screen is not {}'s as we know it", self.dialect)
            }
            None => format!("screen of {}", self.dialect),
        }
    }

    /// Whether what is drawn has none of the dialect's signs.
    pub fn is_strange(&self) -> bool {
        !self.is_known && self.strange.len() >= STRANGE_ROWS_MAX
    }

    /// Reads all rows; gives what has not been given before.
    pub fn read(&mut self, rows: &[Row], at: Moment, heard: &mut Vec<Heard>) {
        let marks = marks::read(self.dialect, rows);
        let mut block: Option<Block> = None;
        let mut is_moving = false;
        for (row, (mark, text)) in rows.iter().zip(marks) {
            if row.standing == Standing::Moving {
                self.end(block.take(), false, at, heard);
                is_moving = true;
                continue;
            }
            // What goes on from a row that is being drawn is a part of it.
            is_moving &= mark == Mark::Plain;
            if is_moving {
                continue;
            }
            let line = Line { text, is_wrapped: row.is_wrapped, is_final: row.standing == Standing::Final };
            block = self.take(block, &line, mark, at, heard);
            self.notice(&line, mark, at, heard);
        }
        self.end(block, false, at, heard);
    }

    /// Takes what a row says by itself.
    fn notice(&mut self, row: &Line<'_>, mark: Mark<'_>, at: Moment, heard: &mut Vec<Heard>) {
        match mark {
            Mark::Version(version) => self.version = Some(version.to_owned()),
            Mark::Mode(mode) => {
                let mode = mode.trim().to_lowercase();
                if !mode.is_empty() && self.mode.as_ref() != Some(&mode) {
                    heard.push(Heard::words(HeardKind::Mode, &mode, at));
                    self.mode = Some(mode);
                }
            }
            Mark::Reads(path) => {
                let call = format!("Read {path}");
                if self.memory.is_new(&(HeardKind::Call, call.as_str())) {
                    heard.push(Heard::announced(&call, at));
                }
            }
            Mark::Gave(text) => self.failure(text, at, heard),
            Mark::Plain => {
                self.failure(row.text, at, heard);
                if !self.is_known {
                    self.strange.is_new(&row.text);
                }
                return;
            }
            Mark::Blank | Mark::Trim => return,
            Mark::Says(text, _) => self.failure(text, at, heard),
            Mark::Runs(..) | Mark::RunsBelow(_) | Mark::More(_) | Mark::Asked(_) | Mark::Note(_) => {}
        }
        self.is_known = true;
    }

    /// Takes a row into the block it belongs to; gives the block that goes on.
    fn take(
        &mut self,
        block: Option<Block>,
        row: &Line<'_>,
        mark: Mark<'_>,
        at: Moment,
        heard: &mut Vec<Heard>,
    ) -> Option<Block> {
        let mut begun = match mark {
            Mark::Says(text, indent) => Block::new(Kind::Says, indent, text),
            Mark::Runs(command, indent) => Block::new(Kind::Runs, indent, command),
            Mark::RunsBelow(indent) => Block::new(Kind::Runs, indent, ""),
            Mark::Asked(text) => Block::new(Kind::Asked, 4, text),
            Mark::Note(indent) => Block::new(Kind::Note, indent, ""),
            Mark::Version(_) => Block::new(Kind::Note, 0, ""),
            Mark::Gave(_) => Block::new(Kind::Note, 2, ""),
            Mark::More(text) => {
                let mut block = block.filter(|block| block.kind == Kind::Runs)?;
                block.add(&Line { text, ..*row }, false);
                return Some(block);
            }
            Mark::Plain | Mark::Blank => {
                return self.go_on(block, row, mark, at, heard);
            }
            Mark::Trim | Mark::Reads(_) | Mark::Mode(_) => {
                // The status below is redrawn while the agent speaks: it does not end what it says.
                let is_open = block.as_ref().is_some_and(|block| matches!(block.kind, Kind::Says | Kind::Plain));
                let is_status = matches!(mark, Mark::Trim | Mark::Mode(_));
                self.end(block, !(is_open && is_status), at, heard);
                return None;
            }
        };
        begun.close(row, row.is_final);
        self.end(block, true, at, heard);
        Some(begun)
    }

    fn go_on(
        &mut self,
        block: Option<Block>,
        row: &Line<'_>,
        mark: Mark<'_>,
        at: Moment,
        heard: &mut Vec<Heard>,
    ) -> Option<Block> {
        let columns = row.text.chars().take_while(|c| *c == ' ').count();
        let is_blank = mark == Mark::Blank;
        if let Some(mut block) = block {
            let is_inside = match block.kind {
                Kind::Says => is_blank || columns >= block.indent || block.is_open,
                Kind::Runs => !is_blank && (columns >= block.indent.max(1) || block.is_open),
                Kind::Asked => !is_blank && (columns >= 2 || block.is_open),
                Kind::Note => !is_blank && columns >= block.indent,
                Kind::Plain => !is_blank,
            };
            if is_inside {
                block.add(row, is_blank);
                return Some(block);
            }
            let is_call = block.kind == Kind::Runs;
            self.end(Some(block), true, at, heard);
            if is_call && !is_blank {
                // What a call printed is nobody's words.
                return Some(Block::new(Kind::Note, 0, ""));
            }
        }
        if is_blank {
            return None;
        }
        let mut block = Block::new(Kind::Plain, 0, "");
        block.add(row, false);
        Some(block)
    }

    /// Gives a block's text; with `is_over` nothing can be added to it any more.
    fn end(&mut self, block: Option<Block>, is_over: bool, at: Moment, heard: &mut Vec<Heard>) {
        let Some(block) = block else { return };
        let is_ended = is_over || block.text.last().is_none_or(|(_, is_final)| *is_final);
        match block.kind {
            Kind::Says | Kind::Plain => {
                let last = block.text.len().saturating_sub(1);
                for (number, (text, _)) in block.text.iter().enumerate() {
                    self.paragraph(text, number < last || is_ended, block.kind, at, heard);
                }
            }
            Kind::Runs if is_ended => self.runs(&block.whole(), at, heard),
            Kind::Asked if is_ended => self.asked(&block.whole(), at, heard),
            Kind::Runs | Kind::Asked | Kind::Note => {}
        }
    }

    fn runs(&mut self, command: &str, at: Moment, heard: &mut Vec<Heard>) {
        let command = command.trim();
        // A call that failed is shown with its whole input.
        let input: Option<serde_json::Value> = serde_json::from_str(command).ok();
        let whole = input.as_ref().and_then(|input| input.get("command")?.as_str());
        let command = whole.unwrap_or(command);
        // The bracket that closes `Bash(…` may stand some rows below the one that opens it.
        let is_closed = command.matches(')').count() > command.matches('(').count();
        let command = command.strip_suffix(')').filter(|_| is_closed).unwrap_or(command);
        if command.is_empty() || !self.memory.is_new(&("run", command)) {
            return;
        }
        let input = serde_json::json!({ "command": command });
        heard.push(Heard::call(Box::new(tools::tool(self.dialect, "Shell", &input)), at));
    }

    fn asked(&mut self, text: &str, at: Moment, heard: &mut Vec<Heard>) {
        let text = text.trim();
        if !self.has_task && !text.is_empty() && !text.starts_with('/') {
            self.has_task = true;
            heard.push(Heard::words(HeardKind::Task, text, at));
        }
    }

    /// Gives a paragraph's sentences; the last only if it has come to its end.
    fn paragraph(&mut self, text: &str, is_ended: bool, kind: Kind, at: Moment, heard: &mut Vec<Heard>) {
        let mut rest = text.trim();
        if kind == Kind::Plain && !generic::read(rest).is_prose {
            return;
        }
        while let Some(end) = sentence_end(rest) {
            let (sentence, after) = rest.split_at(end);
            self.sentence(sentence, kind, at, heard);
            rest = after.trim_start();
        }
        if is_ended && rest.len() >= 8 {
            self.sentence(rest, kind, at, heard);
        }
    }

    fn sentence(&mut self, text: &str, kind: Kind, at: Moment, heard: &mut Vec<Heard>) {
        // A text whose beginning has scrolled off is the end of one that was heard whole; a command is no sentence.
        let is_command = self.memory.has(&("run", text));
        if kind == Kind::Plain && (is_command || self.memory.ends_one(text)) {
            return;
        }
        self.memory.keep(text);
        self.give(HeardKind::Sentence, text, at, heard);
    }

    fn failure(&mut self, text: &str, at: Moment, heard: &mut Vec<Heard>) {
        let read = generic::read(text);
        if read.is_failure {
            self.give(HeardKind::Failure, read.text, at, heard);
        }
    }

    fn give(&mut self, kind: HeardKind, text: &str, at: Moment, heard: &mut Vec<Heard>) {
        let text = text.trim();
        if !text.is_empty() && self.memory.is_new(&(kind, text)) {
            heard.push(Heard::words(kind, text, at));
        }
    }
}

impl Block {
    fn new(kind: Kind, indent: usize, text: &str) -> Self {
        Self { kind, indent, text: vec![(text.trim_end().to_owned(), false)], is_open: false }
    }

    /// Says how the row stands that the block's text ends with.
    fn close(&mut self, row: &Line<'_>, is_final: bool) {
        self.is_open = row.is_wrapped;
        if let Some((_, ended)) = self.text.last_mut() {
            *ended = is_final;
        }
    }

    /// Adds a row: a blank one, or one that begins like an item of a list, begins a new paragraph.
    fn add(&mut self, row: &Line<'_>, is_blank: bool) {
        let read = generic::read(row.text);
        let is_new = is_blank || (!self.is_open && read.starts_anew);
        if is_new && self.kind != Kind::Runs && self.text.last().is_some_and(|(text, _)| !text.is_empty()) {
            self.text.push((String::new(), true));
        }
        let is_open = self.is_open;
        let added = if is_open || self.kind == Kind::Runs { row.text } else { read.text };
        if let Some((text, _)) = self.text.last_mut().filter(|(text, _)| text.len() < BLOCK_BYTES_MAX) {
            // The terminal breaks a line anywhere, an agent between words.
            if !is_open && !text.is_empty() {
                text.push(' ');
            }
            text.push_str(if is_open { added } else { added.trim() });
        }
        self.close(row, row.is_final || is_blank);
    }

    fn whole(&self) -> String {
        self.text.iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>().join("\n").trim().to_owned()
    }
}

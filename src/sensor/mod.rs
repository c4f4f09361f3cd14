//! Output bytes and hook messages to Cues and Actions; one file per agent dialect.
//!
//! The sensor reads the bytes that the screen gets, and hears sentences, announced calls and failures in them, each
//! once however often it is redrawn. What a sentence means is the judge's to say: see [`Heard::cue`].
#![forbid(unsafe_code)]

pub mod dialect;
mod generic;
pub mod hooks;
mod lines;
mod tap;
pub mod tools;

use std::time::Duration;

use crate::model::{Cue, CueKind, Moment, Untrusted};
use lines::Lines;
use tap::Tap;

/// How long the agent must be quiet before what it drew counts as said.
pub const SETTLE_AFTER: Duration = Duration::from_millis(150);

/// Something heard in the output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// When it was complete.
    pub at: Moment,
    /// What it is.
    pub kind: HeardKind,
    /// The sentence, the call or the line.
    pub text: Untrusted,
}

/// The kinds of what is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HeardKind {
    /// A sentence.
    Sentence,
    /// A tool call that was announced.
    Call,
    /// An error such as a 401.
    Failure,
}

/// Hears what the agent says, from the bytes it draws.
pub struct Sensor {
    parser: vte::Parser,
    tap: Tap,
    lines: Lines,
    last: Option<Moment>,
}

impl Sensor {
    /// A sensor at the beginning of the output.
    #[must_use]
    pub fn new() -> Self {
        Self { parser: vte::Parser::new(), tap: Tap::default(), lines: Lines::default(), last: None }
    }

    /// Takes the next bytes, cut anywhere, and gives what was completed by them.
    pub fn feed(&mut self, bytes: &[u8], at: Moment) -> Vec<Heard> {
        if bytes.is_empty() {
            return Vec::new();
        }
        self.last = Some(at);
        let mut heard = Vec::new();
        let Self { parser, tap, lines, .. } = self;
        tap.advance(parser, bytes, &mut |line: &str| lines.line(line, at, &mut heard));
        heard
    }

    /// When what was drawn last counts as said, if anything still waits.
    #[must_use]
    pub fn settles_at(&self) -> Option<Moment> {
        self.last.map(|last| last.plus(SETTLE_AFTER))
    }

    /// The agent is quiet: gives what waited for that.
    pub fn settle(&mut self, at: Moment) -> Vec<Heard> {
        self.last = None;
        let mut heard = Vec::new();
        let line = self.tap.unfinished();
        if !line.is_empty() {
            self.lines.line(line, at, &mut heard);
        }
        self.lines.settle(at, &mut heard);
        heard
    }
}

impl Default for Sensor {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Sensor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sensor").field("last", &self.last).finish_non_exhaustive()
    }
}

impl Heard {
    /// The file that an announced call reads with the agent's own tool, as far as its words tell.
    #[must_use]
    pub fn read_path(call: &str) -> Option<&str> {
        generic::read_path(call)
    }

    /// The cue it makes; `prose` judges sentences (`judge::prose::cue`).
    pub fn cue(&self, prose: impl Fn(&str, Moment) -> Option<Cue>) -> Option<Cue> {
        let plain = |kind| Some(Cue { at: self.at, kind, text: self.text.clone(), findings: Vec::new(), tool: None });
        match self.kind {
            HeardKind::Sentence => prose(&self.text.lossy(), self.at),
            HeardKind::Call => plain(CueKind::ToolCall),
            HeardKind::Failure => plain(CueKind::Failure),
        }
    }
}

#[cfg(test)]
mod tests;

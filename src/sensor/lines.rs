//! Lines of output to sentences, calls and failures, each given once.

use super::generic;
use super::memory::Memory;
use super::{Heard, HeardKind};
use crate::model::Moment;

/// The longest text that waits for its end, in bytes.
const TEXT_BYTES_MAX: usize = 1024;
/// How many texts without an end wait for a quiet moment.
const WAITING_MAX: usize = 8;

/// Joins lines to sentences.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Lines {
    /// The text of the paragraph so far, from the sentence that has not ended.
    text: String,
    /// Texts that stopped without a full stop; the agent may still be writing them.
    waiting: Vec<String>,
}

/// Where what is heard goes, unless it went there before.
pub(super) struct Listener<'l> {
    pub memory: &'l mut Memory,
    pub at: Moment,
    pub heard: &'l mut Vec<Heard>,
}

impl Lines {
    /// Takes a line that has ended.
    pub fn line(&mut self, line: &str, listener: &mut Listener<'_>) {
        let read = generic::read(line);
        if let Some(call) = read.call {
            self.stop();
            if listener.memory.is_new(&(HeardKind::Call, call)) {
                listener.heard.push(Heard::announced(call, listener.at));
            }
            return;
        }
        self.read(&read, listener);
    }

    /// Takes words of the agent's that are whole.
    pub fn prose(&mut self, text: &str, listener: &mut Listener<'_>) {
        self.stop();
        text.lines().for_each(|line| self.read(&generic::read(line), listener));
        self.settle(listener);
    }

    fn read(&mut self, read: &generic::Line<'_>, listener: &mut Listener<'_>) {
        if read.is_failure {
            listener.give(HeardKind::Failure, read.text);
        }
        if read.starts_anew || !read.is_prose {
            self.stop();
        }
        if !read.is_prose {
            return;
        }
        if self.text.len() + read.text.len() > TEXT_BYTES_MAX {
            self.stop();
        }
        if !self.text.is_empty() {
            self.text.push(' ');
        }
        self.text.push_str(read.text);
        self.sentences(listener);
    }

    /// The agent is quiet: what waited is given as it is.
    pub fn settle(&mut self, listener: &mut Listener<'_>) {
        self.stop();
        for text in std::mem::take(&mut self.waiting) {
            listener.give(HeardKind::Sentence, &text);
        }
    }

    /// Gives the sentences of the paragraph that have ended.
    fn sentences(&mut self, listener: &mut Listener<'_>) {
        let mut text = std::mem::take(&mut self.text);
        let mut from = 0;
        while let Some(end) = sentence_end(text.get(from..).unwrap_or_default()) {
            let sentence = text.get(from..from + end).unwrap_or_default().trim();
            self.waiting.retain(|waiting| !sentence.starts_with(waiting.as_str()));
            listener.give(HeardKind::Sentence, sentence);
            from += end;
        }
        text.drain(..from);
        let kept = text.trim_start();
        self.text.push_str(kept);
    }

    /// The paragraph stops here.
    fn stop(&mut self) {
        let text = std::mem::take(&mut self.text);
        let text = text.trim();
        if text.len() < 8 {
            return;
        }
        self.waiting.retain(|waiting| !text.starts_with(waiting.as_str()));
        if self.waiting.len() == WAITING_MAX {
            self.waiting.remove(0);
        }
        self.waiting.push(text.to_owned());
    }
}

impl Listener<'_> {
    /// Takes an error that stands by itself.
    pub fn failure(&mut self, text: &str) {
        self.give(HeardKind::Failure, text);
    }

    fn give(&mut self, kind: HeardKind, text: &str) {
        if text.is_empty() || !self.memory.is_new(&(kind, text)) {
            return;
        }
        self.heard.push(Heard::words(kind, text, self.at));
    }
}

/// The byte after the first sentence's end, if it has one.
pub(super) fn sentence_end(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    bytes.iter().enumerate().find_map(|(at, byte)| {
        if !matches!(byte, b'.' | b'!' | b'?') {
            return None;
        }
        let closing = bytes.get(at + 1).is_some_and(|next| matches!(next, b'"' | b')' | b'\'' | b'`' | b'*'));
        let after = at + 1 + usize::from(closing);
        let ends = bytes.get(after).is_none_or(u8::is_ascii_whitespace);
        let before = text.get(..at).unwrap_or_default();
        let is_short = ["e.g", "i.e", "etc", "vs"].iter().any(|short| before.ends_with(short));
        let is_number = before.bytes().all(|b| b.is_ascii_digit() || b == b' ');
        (ends && !is_short && !is_number).then_some(after)
    })
}

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
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// The text of the paragraph so far, from the sentence that has not ended.
    text: String,
    /// Texts that stopped without a full stop; the agent may still be writing them.
    waiting: Vec<String>,
    memory: Memory,
}

impl Lines {
    /// Takes a line that has ended.
    pub fn line(&mut self, line: &str, at: Moment, heard: &mut Vec<Heard>) {
        let read = generic::read(line);
        if let Some(call) = read.call {
            self.stop();
            if self.memory.is_new(&(HeardKind::Call, call)) {
                heard.push(Heard::announced(call, at));
            }
            return;
        }
        self.read(&read, at, heard);
    }

    /// Takes words of the agent's that are whole.
    pub fn prose(&mut self, text: &str, at: Moment, heard: &mut Vec<Heard>) {
        self.stop();
        text.lines().for_each(|line| self.read(&generic::read(line), at, heard));
        self.settle(at, heard);
    }

    /// Takes an error that stands by itself.
    pub fn failure(&mut self, text: &str, at: Moment, heard: &mut Vec<Heard>) {
        self.give(HeardKind::Failure, text, at, heard);
    }

    fn read(&mut self, read: &generic::Line<'_>, at: Moment, heard: &mut Vec<Heard>) {
        if read.is_failure {
            self.give(HeardKind::Failure, read.text, at, heard);
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
        self.sentences(at, heard);
    }

    /// The agent is quiet: what waited is given as it is.
    pub fn settle(&mut self, at: Moment, heard: &mut Vec<Heard>) {
        self.stop();
        for text in std::mem::take(&mut self.waiting) {
            self.give(HeardKind::Sentence, &text, at, heard);
        }
    }

    /// Gives the sentences of the paragraph that have ended.
    fn sentences(&mut self, at: Moment, heard: &mut Vec<Heard>) {
        let mut text = std::mem::take(&mut self.text);
        let mut from = 0;
        while let Some(end) = sentence_end(text.get(from..).unwrap_or_default()) {
            let sentence = text.get(from..from + end).unwrap_or_default().trim();
            self.waiting.retain(|waiting| !sentence.starts_with(waiting.as_str()));
            self.give(HeardKind::Sentence, sentence, at, heard);
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

    fn give(&mut self, kind: HeardKind, text: &str, at: Moment, heard: &mut Vec<Heard>) {
        if text.is_empty() || !self.memory.is_new(&(kind, text)) {
            return;
        }
        heard.push(Heard::words(kind, text, at));
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

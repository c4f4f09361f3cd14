//! Lines of text out of terminal output, without keeping a screen.
//!
//! Text is a line until a newline or a vertical motion ends it. A carriage return followed by text starts the line
//! again, so that a spinner's redraws leave only what stood there last.

use vte::{Params, Perform};

/// The longest line, in bytes; what comes after is dropped.
pub(super) const LINE_BYTES_MAX: usize = 4096;
/// The widest gap that a motion to the right leaves, in columns.
const GAP_MAX: usize = 400;

/// The line that is being drawn.
#[derive(Debug, Default)]
pub(super) struct Tap {
    line: String,
    /// A carriage return came; the next text starts the line again.
    is_returned: bool,
}

struct Performer<'a, E> {
    tap: &'a mut Tap,
    emit: &'a mut E,
}

impl Tap {
    /// Reads the next bytes and gives each line that ends to `emit`.
    pub fn advance(&mut self, parser: &mut vte::Parser, bytes: &[u8], emit: &mut impl FnMut(&str)) {
        parser.advance(&mut Performer { tap: self, emit }, bytes);
    }

    /// The line that has not ended; it goes on being drawn.
    pub fn unfinished(&self) -> &str {
        &self.line
    }

    fn push(&mut self, c: char) {
        if self.is_returned {
            self.line.clear();
            self.is_returned = false;
        }
        if self.line.len() < LINE_BYTES_MAX {
            self.line.push(c);
        }
    }

    fn gap(&mut self, columns: usize) {
        for _ in 0..columns.min(GAP_MAX) {
            self.push(' ');
        }
    }
}

impl<E: FnMut(&str)> Performer<'_, E> {
    fn end_line(&mut self) {
        if !self.tap.line.is_empty() {
            (self.emit)(&self.tap.line);
            self.tap.line.clear();
        } else {
            (self.emit)("");
        }
        self.tap.is_returned = false;
    }

    /// The cursor goes elsewhere: what was drawn is a line, but an empty one says nothing.
    fn leave(&mut self) {
        if !self.tap.line.is_empty() {
            self.end_line();
        }
        self.tap.is_returned = false;
    }
}

impl<E: FnMut(&str)> Perform for Performer<'_, E> {
    fn print(&mut self, c: char) {
        self.tap.push(c);
    }

    fn execute(&mut self, byte: u8) {
        match byte {
            b'\n' | 0x0b | 0x0c => self.end_line(),
            b'\r' => self.tap.is_returned = true,
            b'\t' => self.tap.push(' '),
            0x08 => {
                self.tap.line.pop();
            }
            _ => {}
        }
    }

    fn csi_dispatch(&mut self, params: &Params, intermediates: &[u8], _ignore: bool, action: char) {
        if !intermediates.is_empty() {
            return;
        }
        let first = params.iter().next().and_then(|group| group.first()).copied().unwrap_or(0);
        let count = usize::from(first.max(1));
        match action {
            'H' | 'f' | 'A' | 'B' | 'E' | 'F' | 'd' | 'L' | 'M' | 'S' | 'T' => self.leave(),
            'C' | 'a' => self.tap.gap(count),
            'D' => {
                for _ in 0..count.min(LINE_BYTES_MAX) {
                    self.tap.line.pop();
                }
            }
            'G' | '`' => {
                let drawn = self.tap.line.chars().count();
                if count <= 1 {
                    self.tap.is_returned = true;
                } else if count > drawn {
                    self.tap.gap(count - 1 - drawn);
                }
            }
            'K' if first == 2 => self.tap.line.clear(),
            'J' => self.tap.line.clear(),
            _ => {}
        }
    }
}

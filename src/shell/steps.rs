//! A grammar's tree within a limit on the work for it.

use std::cell::Cell;
use std::ops::ControlFlow;

use tree_sitter::{ParseOptions, Parser};

use super::parse::RECOVERED_BYTES_MAX;

/// How much work a parser does for a text, in hundreds of its steps. One without an error takes one to five for a byte: what
/// is too long for it the second grammar reads.
const STEPS_MAX: usize = 500;

/// How much it does while it recovers from errors: its steps are longer then.
const RECOVERY_STEPS_MAX: usize = 40;

/// How much of a text a parser is handed at once, in bytes.
const CHUNK_BYTES: usize = 512;

/// How often it is handed each part of the text: it reads again where it goes back.
const READINGS_MAX: usize = 16;

/// How often a short text may be read: the end of a nested Python block is looked at again for each level.
const READINGS_MIN: usize = 256;

/// The tree that a parser makes of `text`; `None` where that takes more steps or readings than it may, or
/// where a long text is wrong.
///
/// Its recovery from errors is quadratic, and worse on texts made for it.
pub fn tree_in_steps(parser: &mut Parser, text: &str) -> Option<tree_sitter::Tree> {
    let bytes = text.as_bytes();
    let (steps, wrong, readings) = (Cell::new(0), Cell::new(0), Cell::new(0));
    let wrong_max = if text.len() < RECOVERED_BYTES_MAX { RECOVERY_STEPS_MAX } else { 0 };
    let readings_max = READINGS_MIN + READINGS_MAX * (text.len() / CHUNK_BYTES);
    let mut go_on = |state: &tree_sitter::ParseState| {
        steps.set(steps.get() + 1);
        wrong.set(wrong.get() + usize::from(state.has_error()));
        if steps.get() <= STEPS_MAX && wrong.get() <= wrong_max && readings.get() <= readings_max {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    };
    let mut read = |at: usize, _| {
        readings.set(readings.get() + 1);
        // A character that is cut in two is none to the grammar.
        let end = text.ceil_char_boundary(at - at % CHUNK_BYTES + CHUNK_BYTES);
        // Within one step it may read without end: the text then seems to.
        if readings.get() <= readings_max { bytes.get(at..end).unwrap_or_default() } else { &[] }
    };
    let options = ParseOptions::new().progress_callback(&mut go_on);
    let tree = parser.parse_with_options(&mut read, None, Some(options));
    if tree.is_none() {
        parser.reset();
    }
    tree.filter(|_| readings.get() <= readings_max)
}

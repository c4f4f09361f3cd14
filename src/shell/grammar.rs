//! The first grammar, tree-sitter's for bash, kept from what its scanner falls over, and corrected where that misreads.

use std::borrow::Cow;
use std::cell::RefCell;
use std::iter;

use tree_sitter::{Node as Tree, Parser};

use super::steps::tree_in_steps;

thread_local! {
    /// A parser costs as much to make as a line costs to parse.
    static PARSER: RefCell<Option<Parser>> = const { RefCell::new(None) };
}

/// The grammar's tree; `None` where it takes too much work.
pub(super) fn tree(text: &str) -> Option<tree_sitter::Tree> {
    PARSER.with(|cell| {
        let mut slot = cell.try_borrow_mut().ok()?;
        if slot.is_none() {
            let mut parser = Parser::new();
            parser.set_language(&tree_sitter_bash::LANGUAGE.into()).ok()?;
            *slot = Some(parser);
        }
        tree_in_steps(slot.as_mut()?, &without_traps(text))
    })
}

/// The text with no character that the grammar's scanner falls over: behind `{` it looks each up in a table of 256, and
/// beyond that in whatever memory follows (tree-sitter-bash issue 337). Every place stays as it was.
pub(super) fn without_traps(text: &str) -> Cow<'_, str> {
    let (mut safe, bytes) = (Cow::Borrowed(text), text.as_bytes());
    let behind_digits = |from: usize| from + bytes.iter().skip(from).take_while(|byte| byte.is_ascii_digit()).count();
    for (at, _) in text.match_indices('{') {
        let first = behind_digits(at + 1);
        let is_range = bytes.get(first..first + 2) == Some(b"..");
        for place in iter::once(first).chain(is_range.then(|| behind_digits(first + 2))) {
            // As many bytes of what a shell takes for a part of a word as well.
            let plain = match text.get(place..).and_then(|rest| rest.chars().next()) {
                Some('\u{100}'..='\u{7ff}') => "§",
                Some('\u{800}'..='\u{ffff}') => "§%",
                Some('\u{10000}'..) => "§§",
                _ => continue,
            };
            safe.to_mut().replace_range(place..place + plain.len(), plain);
        }
    }
    safe
}

/// Whether a heredoc ends here for a shell as well: the delimiter is alone on its line. The scanner compares only the last
/// byte of each character, and takes a line that begins with the delimiter, or is indented, for the end.
pub(super) fn is_end(text: &str, heredoc: Tree, end: Tree, delimiter: &str) -> bool {
    let (before, behind) = text.split_at_checked(end.start_byte()).unwrap_or_default();
    let before = before.rsplit('\n').next().unwrap_or_default();
    let behind = behind.split('\n').next().unwrap_or_default();
    let operator = text.get(heredoc.byte_range()).unwrap_or_default().trim_start_matches(|c: char| c.is_ascii_digit());
    let indent_is_right = before.bytes().all(|byte| byte == b'\t' && operator.starts_with("<<-"));
    // bash also lets `EOF)` end what began in `$(`, with a warning; to another shell that text has no end at all.
    let is_substituted = || iter::successors(Some(heredoc), Tree::parent).any(|it| it.kind() == "command_substitution");
    let rest = behind.strip_prefix(delimiter);
    indent_is_right && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(')') && is_substituted())
}

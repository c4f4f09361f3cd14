//! Colours of shell text, by syntect's grammar and our own scopes.

use std::ops::Range;
use std::sync::OnceLock;

use syntect::parsing::{ParseState, Scope, ScopeStack, SyntaxReference, SyntaxSet};

/// Longer texts are drawn without colours: reading them would take longer than a frame.
const HIGHLIGHT_BYTES_MAX: usize = 16 * 1024;

/// Syntect's scopes, the first that fits decides, and ours.
const SCOPES: &[(&str, &str)] = &[
    ("comment", "syntax.comment"),
    ("constant.character.escape", "syntax.escape"),
    ("constant.numeric", "syntax.number"),
    ("punctuation.definition.string", "syntax.string"),
    ("variable.function", "syntax.function"),
    ("support.function", "syntax.function"),
    ("entity.name.function", "syntax.function"),
    ("variable", "syntax.variable"),
    ("punctuation.definition.variable", "syntax.variable"),
    ("keyword.operator", "syntax.operator"),
    ("punctuation.separator", "syntax.operator"),
    ("keyword", "syntax.keyword"),
    ("storage", "syntax.keyword"),
    ("string", "syntax.string"),
];

struct Grammar {
    set: SyntaxSet,
    scopes: Vec<(Scope, &'static str)>,
}

static GRAMMAR: OnceLock<Grammar> = OnceLock::new();

/// Reads the grammar, which takes tens of milliseconds: call it once on a thread nobody waits for.
///
/// The first case that is drawn does it otherwise.
pub fn prepare() {
    let _ = highlight("true");
}

/// The parts of a shell text that have a colour of their own, in their order.
pub(super) fn highlight(text: &str) -> Vec<(Range<usize>, &'static str)> {
    if text.len() > HIGHLIGHT_BYTES_MAX {
        return Vec::new();
    }
    let grammar = GRAMMAR.get_or_init(Grammar::read);
    let Some(shell) = grammar.shell() else { return Vec::new() };
    let mut parts: Vec<(Range<usize>, &'static str)> = Vec::new();
    let mut state = ParseState::new(shell);
    let mut stack = ScopeStack::new();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let Ok(changes) = state.parse_line(line, &grammar.set) else { return parts };
        let mut at = 0;
        for (next, change) in changes {
            grammar.push(&mut parts, &stack, offset + at..offset + next);
            at = next;
            if stack.apply(&change).is_err() {
                return parts;
            }
        }
        grammar.push(&mut parts, &stack, offset + at..offset + line.len());
        offset += line.len();
    }
    parts
}

impl Grammar {
    fn read() -> Self {
        let scopes = SCOPES.iter().filter_map(|(theirs, ours)| Some((Scope::new(theirs).ok()?, *ours))).collect();
        Self { set: SyntaxSet::load_defaults_newlines(), scopes }
    }

    fn shell(&self) -> Option<&SyntaxReference> {
        self.set.find_syntax_by_extension("sh")
    }

    fn push(&self, parts: &mut Vec<(Range<usize>, &'static str)>, stack: &ScopeStack, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        let scopes = stack.as_slice().iter().rev();
        let ours = scopes.filter_map(|scope| self.scopes.iter().find(|(theirs, _)| theirs.is_prefix_of(*scope)));
        if let Some((_, ours)) = ours.into_iter().next() {
            match parts.last_mut() {
                Some((last, scope)) if scope == ours && last.end == range.start => last.end = range.end,
                _ => parts.push((range, ours)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_command_get_their_colours() {
        let text = "rm -rf \"$HOME/x\" && echo 'done' # bye";
        let found: Vec<(&str, &str)> = highlight(text).into_iter().map(|(r, s)| (&text[r], s)).collect();
        for part in [("rm", "syntax.function"), ("'done'", "syntax.string"), ("# bye", "syntax.comment")] {
            assert!(found.contains(&part), "{part:?} in {found:?}");
        }
        assert!(found.iter().any(|(text, scope)| text.contains("&&") && *scope == "syntax.operator"), "{found:?}");
    }

    #[test]
    fn a_very_long_text_has_no_colours_and_costs_nothing() {
        assert_eq!(highlight(&"x ".repeat(HIGHLIGHT_BYTES_MAX)), []);
    }
}

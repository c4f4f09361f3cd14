//! What of an agent's characters never reaches a cell or a title.

/// The longest title that is kept, in characters.
const TITLE_CHARS_MAX: usize = 120;

/// Whether `c` could reorder or break a line on the operator's terminal, or be there unseen: bidi controls, line and
/// paragraph separators, blanks without width, byte order marks and interlinear anchors.
pub(super) fn is_disruptive(c: char) -> bool {
    matches!(
        c,
        '\u{61c}'
            | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
    )
}

/// Whether a mark may be drawn over a cell's character.
pub(super) fn is_drawable_mark(c: char) -> bool {
    !c.is_control() && !is_disruptive(c)
}

/// A title without control and bidi characters, at most [`TITLE_CHARS_MAX`] long.
pub(super) fn title(raw: &str) -> String {
    raw.trim().chars().filter(|c| is_drawable_mark(*c)).take(TITLE_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_has_no_control_or_bidi_character_and_an_end() {
        assert_eq!(title("  a\u{1b}]b\u{202e}c\n\u{9b}d "), "a]bcd");
        assert_eq!(title(&"é".repeat(500)).chars().count(), TITLE_CHARS_MAX);
    }
}

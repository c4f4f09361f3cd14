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

/// Whether `c` stands in a cell of its own without a look into the tables of widths: blocks in which every character
/// does. What is not named here may all the same.
#[inline]
pub(super) fn is_plainly_spacing(c: char) -> bool {
    matches!(
        c,
        '\0'..='\u{ac}' | '\u{ae}'..='\u{2ff}'
            // Arrows, operators, boxes, blocks, shapes and dingbats.
            | '\u{2190}'..='\u{2bff}'
            // Kana behind its marks, bopomofo, and the ideographs.
            | '\u{309b}'..='\u{312f}' | '\u{3400}'..='\u{9fff}'
            // Hangul syllables.
            | '\u{ac00}'..='\u{d7a3}'
            // Emoji outside the flags' letters and the skin tones.
            | '\u{1f300}'..='\u{1f3fa}' | '\u{1f400}'..='\u{1f9ff}'
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
    use unicode_width::UnicodeWidthChar;

    use super::*;

    #[test]
    fn what_plainly_stands_in_a_cell_is_neither_without_width_nor_disruptive() {
        let controls = |c: &char| !c.is_control();
        for c in ('\0'..=char::MAX).filter(|c| is_plainly_spacing(*c)).filter(controls) {
            assert!(c.width().is_some_and(|cells| cells > 0) && !is_disruptive(c), "{c:?}");
        }
    }

    #[test]
    fn a_title_has_no_control_or_bidi_character_and_an_end() {
        assert_eq!(title("  a\u{1b}]b\u{202e}c\n\u{9b}d "), "a]bcd");
        assert_eq!(title(&"é".repeat(500)).chars().count(), TITLE_CHARS_MAX);
    }
}

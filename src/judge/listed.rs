//! Lists of words that are looked up by word, at each program of a text.

use std::collections::HashSet;
use std::sync::OnceLock;

/// A list of words, written as one text with single blanks between them.
pub(super) struct Listed {
    text: &'static str,
    words: OnceLock<HashSet<&'static str>>,
}

impl Listed {
    /// The list of the words in `text`.
    pub(super) const fn of(text: &'static str) -> Self {
        Self { text, words: OnceLock::new() }
    }

    /// Whether `word` is one of them. What was asked first pays for all of them.
    pub(super) fn has(&self, word: &str) -> bool {
        self.words.get_or_init(|| self.text.split(' ').collect()).contains(word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_its_words_and_no_part_of_one() {
        static LIST: Listed = Listed::of("delete destroy rm");
        assert!(["delete", "destroy", "rm"].iter().all(|word| LIST.has(word)));
        assert!(!["", "r", "rm ", "delete destroy", "del"].iter().any(|word| LIST.has(word)));
    }
}

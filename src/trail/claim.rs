//! What the agent says it did, and whether the session shows it.

/// Something the agent says it has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Claim {
    /// It looked: verified, checked, confirmed, reviewed.
    Looked,
    /// It ran tests.
    Tested,
    /// It made a backup.
    BackedUp,
    /// It brought something back.
    Restored,
}

/// Words between `I` and what it did.
const BETWEEN_MAX: usize = 5;
/// Words that take a claim back.
const DENIALS: [&str; 9] = ["not", "never", "no", "cannot", "without", "should", "could", "if", "until"];

impl Claim {
    /// What a sentence claims, if it does: `I verified`, `we have backed up`, `I took a snapshot`.
    #[must_use]
    pub fn of(sentence: &str) -> Option<Self> {
        let lower = sentence.to_lowercase().replace('’', "'");
        let words: Vec<&str> = lower
            .split(|c: char| !(c.is_alphanumeric() || c == '\'' || c == '-'))
            .filter(|word| !word.is_empty())
            .collect();
        if lower.trim_end().ends_with('?') {
            return None;
        }
        words.iter().enumerate().find_map(|(at, word)| {
            if !matches!(*word, "i" | "we" | "i've" | "we've") {
                return None;
            }
            let said = words.get(at + 1..)?;
            let near = said.get(..said.len().min(BETWEEN_MAX)).unwrap_or_default();
            let is_denied = |until: usize| {
                near.iter()
                    .take(until)
                    .any(|word| DENIALS.contains(word) || word.ends_with("n't") || matches!(*word, "will" | "would"))
            };
            near.iter()
                .enumerate()
                .filter(|(n, _)| !is_denied(*n))
                .find_map(|(n, word)| Self::of_verb(word, said.get(n + 1..)?))
        })
    }

    fn of_verb(verb: &str, rest: &[&str]) -> Option<Self> {
        let near = || rest.iter().take(4);
        match verb {
            "verified" | "confirmed" | "checked" | "double-checked" | "validated" | "reviewed" | "inspected" => {
                Some(Self::Looked)
            }
            "made" if rest.first() == Some(&"sure") => Some(Self::Looked),
            "tested" => Some(Self::Tested),
            "ran" if near().any(|word| word.starts_with("test")) => Some(Self::Tested),
            "backed" if near().any(|word| *word == "up") => Some(Self::BackedUp),
            "took" | "made" | "created"
                if near().any(|word| matches!(*word, "backup" | "snapshot" | "dump" | "copy")) =>
            {
                Some(Self::BackedUp)
            }
            "restored" => Some(Self::Restored),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_what_the_agent_says_of_itself_as_done() {
        for (sentence, expected) in [
            ("I verified that the backup can be restored.", Some(Claim::Looked)),
            ("I've just double-checked the account.", Some(Claim::Looked)),
            ("We backed the table up.", Some(Claim::BackedUp)),
            ("I took a snapshot before the migration.", Some(Claim::BackedUp)),
            ("I ran all the tests and they pass.", Some(Claim::Tested)),
            ("I restored the dump.", Some(Claim::Restored)),
            ("I haven't verified it.", None),
            ("I should have verified it.", None),
            ("You verified it.", None),
            ("Have I verified it?", None),
            ("Reading the file.", None),
        ] {
            assert_eq!(Claim::of(sentence), expected, "{sentence}");
        }
    }
}

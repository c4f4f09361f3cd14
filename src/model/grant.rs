//! Remembered approvals.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{ActionKind, CaseId, Finding, Moment, RuleId, Untrusted};

/// A Grant's number within its session, written `g1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GrantId(pub u32);

/// One remembered approval. It never covers what is critical, and beats neither a deny rule nor a standing order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Its name.
    pub id: GrantId,
    /// Who gave it.
    pub from: GrantFrom,
    /// When it was given.
    pub at: Moment,
    /// What it covers.
    pub what: Granted,
    /// The rules whose hits it covers. Empty: every rule of the packs.
    pub rules: Vec<RuleId>,
}

/// Who gave a grant.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantFrom {
    /// The operator, over this case.
    Case(CaseId),
    /// `policy.toml`, on this line.
    Policy(usize),
}

/// What a grant covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Granted {
    /// This very act, as long as nothing else is found in it.
    Exact {
        /// The act.
        action: Box<ActionKind>,
        /// What was found in it: rule and target.
        found: Vec<(RuleId, Option<Untrusted>)>,
    },
    /// Acts whose one command that changes something has these words. A `*` stands for any text within a word, but for
    /// no slash, no leading dash and no `..`.
    Pattern {
        /// The words, the program first.
        words: Vec<String>,
        /// The folder it runs in. `None`: any.
        cwd: Option<Untrusted>,
    },
}

impl Granted {
    /// The grant of this very act with what was found in it.
    #[must_use]
    pub fn exact(action: &ActionKind, findings: &[Finding]) -> Self {
        let found = findings.iter().map(|finding| (finding.rule.clone(), finding.target.clone())).collect();
        Self::Exact { action: Box::new(action.clone()), found }
    }

    /// One line that says what it is, safe to draw.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::Exact { action, .. } => action.shown(),
            Self::Pattern { words, .. } => Untrusted::from(words.join(" ")).shown(),
        }
    }
}

impl fmt::Display for GrantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "g{}", self.0)
    }
}

impl Grant {
    /// One line for lists, safe to draw: `g1 git push origin 'feature/*' (c3)`.
    #[must_use]
    pub fn shown(&self) -> String {
        let from = match &self.from {
            GrantFrom::Case(case) => case.to_string(),
            GrantFrom::Policy(line) => format!("policy.toml:{line}"),
        };
        let kind = match &self.what {
            Granted::Exact { .. } => "exactly",
            Granted::Pattern { .. } => "pattern",
        };
        format!("{} {kind} {} ({from})", self.id, self.what.shown())
    }
}

/// Whether these words are what the pattern says.
///
/// A `*` in a word of the pattern stands for any text within one word that has no slash. It stands for no `..`, and at
/// the beginning of a word for no option.
#[must_use]
pub fn pattern_fits(pattern: &[String], words: &[Untrusted]) -> bool {
    pattern.len() == words.len()
        && pattern.iter().zip(words).enumerate().all(|(at, (pattern, word))| {
            let word = word.lossy();
            let called =
                if at == 0 && !pattern.contains('/') { word.rsplit('/').next().unwrap_or_default() } else { &word };
            if !pattern.contains('*') {
                return pattern == called;
            }
            let is_option = pattern.starts_with('*') && called.starts_with('-');
            let climbs = called.split('/').any(|part| part == "..");
            at > 0 && !is_option && !climbs && star_fits(pattern, called)
        })
}

fn star_fits(pattern: &str, text: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else { return pattern == text };
    let Some(rest) = text.strip_prefix(before) else { return false };
    let reach = rest.find('/').unwrap_or(rest.len());
    (0..=reach).filter(|at| rest.is_char_boundary(*at)).any(|at| star_fits(after, rest.get(at..).unwrap_or_default()))
}

/// How many patterns are offered for one command.
const CHOICES_MAX: usize = 4;

/// Patterns that this command fits, the narrowest first. The program, its options and its verb stay as they are.
#[must_use]
pub fn patterns_for(words: &[Untrusted]) -> Vec<Vec<String>> {
    let texts: Vec<String> = words.iter().map(|word| word.lossy().into_owned()).collect();
    if texts.iter().any(|text| text.contains('*') || text.contains(char::is_whitespace) || text.is_empty()) {
        return Vec::new();
    }
    let is_operand = |text: &String| !text.starts_with('-');
    let mut operands: Vec<usize> = (1..texts.len()).filter(|at| texts.get(*at).is_some_and(is_operand)).collect();
    let is_verb = |at: &usize| texts.get(*at).is_some_and(|text| text.bytes().all(|byte| byte.is_ascii_lowercase()));
    if operands.first().is_some_and(is_verb) {
        operands.remove(0);
    }
    let mut all: Vec<Vec<String>> = Vec::new();
    let mut add = |pattern: Vec<String>| {
        if pattern_fits(&pattern, words) && !all.contains(&pattern) && all.len() < CHOICES_MAX {
            all.push(pattern);
        }
    };
    let with = |at: usize, star: &str| {
        texts.iter().enumerate().map(|(place, text)| if place == at { star.to_owned() } else { text.clone() }).collect()
    };
    if let Some(last) = operands.last().copied()
        && let Some(text) = texts.get(last)
    {
        let narrow = match (text.rsplit_once('/'), text.rsplit_once(['-', '.'])) {
            (Some((folder, _)), _) => format!("{folder}/*"),
            (None, Some((before, _))) => format!("{before}*"),
            (None, None) => "*".to_owned(),
        };
        add(with(last, &narrow));
        add(with(last, "*"));
    }
    if operands.len() > 1 {
        let starred = texts
            .iter()
            .enumerate()
            .map(|(at, text)| if operands.contains(&at) { "*".to_owned() } else { text.clone() });
        add(starred.collect());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<Untrusted> {
        line.split(' ').map(Untrusted::from).collect()
    }

    fn pattern(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn a_star_stands_for_text_within_a_word_and_for_nothing_that_leads_elsewhere() {
        for (line, fits, misses) in [
            (
                "git push origin feature/*",
                &["git push origin feature/x", "/usr/bin/git push origin feature/x-1"][..],
                &[
                    "git push origin feature/x/y",
                    "git push origin main",
                    "git push -f origin feature/x",
                    "git push origin",
                ][..],
            ),
            (
                "rm -r build-*",
                &["rm -r build-1", "rm -r build-"],
                &["rm -r build-1/../src", "rm -r src", "rm -rf build-1"],
            ),
            ("rm -r tmp/*", &["rm -r tmp/a"], &["rm -r tmp/..", "rm -r tmp/a/b", "rm -r /tmp/a"]),
            ("make *", &["make clean"], &["make -C", "make", "make a b"]),
            ("* a", &[], &["rm a"]),
        ] {
            for text in fits {
                assert!(pattern_fits(&pattern(line), &words(text)), "{line} misses {text}");
            }
            for text in misses {
                assert!(!pattern_fits(&pattern(line), &words(text)), "{line} fits {text}");
            }
        }
    }

    #[test]
    fn patterns_are_offered_from_the_narrowest_and_each_fits_its_command() {
        let offered = |line: &str| -> Vec<String> { patterns_for(&words(line)).iter().map(|p| p.join(" ")).collect() };
        assert_eq!(offered("git push origin feature/login"), ["git push origin feature/*"]);
        assert_eq!(offered("rm -r build-1"), ["rm -r build*", "rm -r *"]);
        assert_eq!(
            offered("docker volume rm shop-data"),
            ["docker volume rm shop*", "docker volume rm *", "docker volume * *"]
        );
        assert_eq!(offered("rm -r *"), Vec::<String>::new());
    }
}

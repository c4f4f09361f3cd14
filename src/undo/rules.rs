//! What need not be kept, by rules that can be read: `rules/keep.toml`, and what the operator changes of it.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::plan::is_below;

/// What need not be kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeepRules {
    rules: Vec<KeepRule>,
    copy_bytes_max: u64,
    made: Option<Made>,
    kept_below: Vec<PathBuf>,
    workspace: PathBuf,
    home: Option<PathBuf>,
    by_folder: HashMap<String, Vec<usize>>,
    /// The places of all rules, each with its rule.
    by_place: Vec<(Vec<u8>, usize)>,
}

/// A file of such rules, as it stands there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeepFile {
    /// The most that is copied of one file, in MiB.
    pub copy_mib_max: u64,
    /// What happens to what the session made itself.
    pub made_by_session: Made,
    /// The rules.
    pub rule: Vec<KeepRule>,
}

/// What happens to what the session made itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Made {
    /// It is not kept.
    LetGo,
    /// It is kept like everything else.
    Keep,
}

/// One rule: what it names need not be kept.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KeepRule {
    /// Its name.
    pub id: String,
    /// Its reason, as it is shown.
    pub why: String,
    /// Names of folders whose content is let go.
    pub folder: Vec<String>,
    /// Of which one has to lie beside such a folder.
    pub beside: Vec<String>,
    /// Names of files, with at most one `*`.
    pub file: Vec<String>,
    /// Places; `~` is the operator's home.
    pub under: Vec<String>,
    /// Paths that it lets go.
    pub hit: Vec<String>,
    /// Paths that it does not.
    pub miss: Vec<String>,
}

/// What the operator's policy changes of the rules: its table `[keep]`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KeepChoice {
    /// Rules that do not count.
    pub without: Vec<String>,
    /// Places below which everything is kept, whatever the rules say.
    pub always: Vec<PathBuf>,
    /// Places below which nothing is kept.
    pub never: Vec<String>,
    /// The most that is copied of one file, in MiB.
    pub copy_mib_max: Option<u64>,
    /// What happens to what the session made itself.
    pub made_by_session: Option<Made>,
}

/// Why rules cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RulesError {
    /// A rule that lets everything go, or nothing.
    #[error("rule `{0}` names no folder, file or place")]
    Boundless(String),
    /// Two rules of one name, or one without.
    #[error("there is a rule `{0}` already")]
    Twice(String),
    /// A pattern with more than one `*`.
    #[error("rule `{rule}`: `{pattern}` has more than one `*`")]
    Pattern {
        /// The rule.
        rule: String,
        /// The pattern.
        pattern: String,
    },
    /// A rule that the operator turns off is not there.
    #[error("there is no rule `{0}` to do without; the rules are {1}")]
    NoRule(String, String),
    /// An example that does not do what it is there for.
    #[error("rule `{rule}` {what} its own example `{example}`")]
    Example {
        /// The rule.
        rule: String,
        /// `does not let go`, or `lets go`.
        what: &'static str,
        /// The example.
        example: String,
    },
}

/// A rule's answer to a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LetGo<'r> {
    /// The rule.
    pub rule: &'r str,
    /// Its reason.
    pub why: &'r str,
    /// So many bytes of the path are the folder or place that it lets go as a whole.
    pub root_bytes: usize,
}

impl KeepRules {
    /// The rules of a file with the operator's changes, for a session in `workspace`.
    ///
    /// # Errors
    /// [`RulesError`] names the rule.
    pub fn new(
        file: KeepFile,
        choice: KeepChoice,
        workspace: PathBuf,
        home: Option<PathBuf>,
    ) -> Result<Self, RulesError> {
        let mut rules = file.rule;
        let ids: HashSet<String> = rules.iter().map(|rule| rule.id.clone()).collect();
        if let Some(missing) = choice.without.iter().find(|id| !ids.contains(*id)) {
            let known: Vec<&str> = rules.iter().map(|rule| rule.id.as_str()).collect();
            return Err(RulesError::NoRule(missing.clone(), known.join(", ")));
        }
        rules.retain(|rule| !choice.without.contains(&rule.id));
        if !choice.never.is_empty() {
            let (id, why) = ("never".to_owned(), "the policy says so".to_owned());
            let places = choice.never.iter().map(Path::new).map(|place| placed(place, &workspace, home.as_deref()));
            let under = places.map(|place| place.to_string_lossy().into_owned()).collect();
            rules.push(KeepRule { id, why, under, ..KeepRule::default() });
        }
        let kept_below = choice.always.iter().map(|place| placed(place, &workspace, home.as_deref())).collect();
        let mut seen = HashSet::new();
        for rule in &rules {
            rule.check()?;
            if rule.id.is_empty() || !seen.insert(rule.id.as_str()) {
                return Err(RulesError::Twice(rule.id.clone()));
            }
        }
        let mut by_folder: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, rule) in rules.iter().enumerate() {
            for name in &rule.folder {
                by_folder.entry(name.clone()).or_default().push(at);
            }
        }
        let home_bytes = home.as_ref().map(|home| home.as_os_str().as_encoded_bytes());
        let placed = |(at, rule): (usize, &KeepRule)| {
            rule.under.iter().map(|place| (at_home(place, home_bytes), at)).collect::<Vec<_>>()
        };
        let by_place = rules.iter().enumerate().flat_map(placed).collect();
        Ok(Self {
            rules,
            copy_bytes_max: choice.copy_mib_max.unwrap_or(file.copy_mib_max).saturating_mul(1 << 20),
            made: Some(choice.made_by_session.unwrap_or(file.made_by_session)),
            kept_below,
            workspace,
            home,
            by_folder,
            by_place,
        })
    }

    /// Rules that let nothing go, and copy files of any size.
    #[must_use]
    pub fn keep_everything() -> Self {
        Self { copy_bytes_max: u64::MAX, made: Some(Made::Keep), ..Self::default() }
    }

    /// The most that is copied of one file, in bytes.
    #[must_use]
    pub fn copy_bytes_max(&self) -> u64 {
        self.copy_bytes_max
    }

    /// What happens to what the session made itself.
    #[must_use]
    pub fn made_by_session(&self) -> Made {
        self.made.unwrap_or(Made::LetGo)
    }

    /// All rules, in order.
    #[must_use]
    pub fn rules(&self) -> &[KeepRule] {
        &self.rules
    }

    /// Which rule lets go what is at this absolute path. `lies_there` is asked for the things beside a folder.
    pub fn let_go(&self, path: &[u8], lies_there: impl Fn(&[u8]) -> bool) -> Option<LetGo<'_>> {
        if self.keep_always(path) {
            return None;
        }
        self.by_folder(path, lies_there).or_else(|| self.by_file(path)).or_else(|| self.by_place(path))
    }

    /// Whether the operator wants everything kept there.
    #[must_use]
    pub fn keep_always(&self, path: &[u8]) -> bool {
        self.kept_below.iter().any(|place| is_below(path, place.as_os_str().as_encoded_bytes()))
    }

    fn by_folder(&self, path: &[u8], lies_there: impl Fn(&[u8]) -> bool) -> Option<LetGo<'_>> {
        let mut from = 0;
        for (at, _) in path.iter().enumerate().filter(|(_, byte)| **byte == b'/') {
            let name = path.get(from..at).and_then(|name| std::str::from_utf8(name).ok()).unwrap_or_default();
            let before = path.get(..from).unwrap_or_default();
            let found =
                self.by_folder.get(name).into_iter().flatten().filter_map(|rule| self.rules.get(*rule)).find(|rule| {
                    let is_there = |name: &String| lies_there(&[before, name.as_bytes()].concat());
                    rule.beside.is_empty() || rule.beside.iter().any(is_there)
                });
            if let Some(rule) = found {
                return Some(rule.answer(at));
            }
            from = at + 1;
        }
        None
    }

    fn by_file(&self, path: &[u8]) -> Option<LetGo<'_>> {
        let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        let fits = |rule: &&KeepRule| rule.file.iter().any(|pattern| fits(pattern.as_bytes(), name));
        self.rules.iter().find(fits).map(|rule| rule.answer(path.len()))
    }

    fn by_place(&self, path: &[u8]) -> Option<LetGo<'_>> {
        let workspace = self.workspace.as_os_str().as_encoded_bytes();
        let is_inside = !workspace.is_empty() && is_below(path, workspace);
        // A workspace below a temporary folder is none itself.
        let counts = |place: &[u8]| !is_inside || place == workspace || is_below(place, workspace);
        let (place, rule) = self.by_place.iter().find(|(place, _)| is_below(path, place) && counts(place))?;
        Some(self.rules.get(*rule)?.answer(place.len()))
    }

    /// Whether every rule does to its own examples what they are there for.
    ///
    /// # Errors
    /// [`RulesError::Example`] names the first that it does not.
    pub fn prove(&self) -> Result<(), RulesError> {
        for rule in &self.rules {
            let cases =
                rule.hit.iter().map(|example| (example, true)).chain(rule.miss.iter().map(|example| (example, false)));
            for (example, is_hit) in cases {
                let (path, there) = example.split_once(" | ").unwrap_or((example, ""));
                let path = at_home(path, self.home.as_ref().map(|home| home.as_os_str().as_encoded_bytes()));
                let answer = self.let_go(&path, |asked| asked == there.as_bytes());
                if answer.is_some_and(|answer| answer.rule == rule.id) != is_hit {
                    let what = if is_hit { "does not let go" } else { "lets go" };
                    return Err(RulesError::Example { rule: rule.id.clone(), what, example: example.clone() });
                }
            }
        }
        Ok(())
    }
}

impl KeepRule {
    fn check(&self) -> Result<(), RulesError> {
        if self.folder.is_empty() && self.file.is_empty() && self.under.is_empty() {
            return Err(RulesError::Boundless(self.id.clone()));
        }
        let wrong = self.file.iter().find(|pattern| pattern.matches('*').count() > 1);
        match wrong {
            Some(pattern) => Err(RulesError::Pattern { rule: self.id.clone(), pattern: pattern.clone() }),
            None => Ok(()),
        }
    }

    fn answer(&self, root_bytes: usize) -> LetGo<'_> {
        LetGo { rule: &self.id, why: &self.why, root_bytes }
    }
}

/// Whether a name fits a pattern with at most one `*`.
fn fits(pattern: &[u8], name: &[u8]) -> bool {
    match pattern.iter().position(|byte| *byte == b'*') {
        None => pattern == name,
        Some(star) => {
            let (before, after) = (pattern.get(..star), pattern.get(star + 1..));
            let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
            name.len() > before.len() + after.len() && name.starts_with(before) && name.ends_with(after)
        }
    }
}

/// A place of a rule, `~` being the home folder.
fn at_home(place: &str, home: Option<&[u8]>) -> Vec<u8> {
    match (place.strip_prefix('~'), home) {
        (Some(rest), Some(home)) => [home, rest.as_bytes()].concat(),
        _ => place.as_bytes().to_vec(),
    }
}

/// A place of the policy: `~/` is the operator's home, what is not absolute begins at the workspace.
fn placed(place: &Path, workspace: &Path, home: Option<&Path>) -> PathBuf {
    match (place.strip_prefix("~"), home) {
        (Ok(rest), Some(home)) => home.join(rest),
        (Ok(_), None) => place.to_owned(),
        (Err(_), _) => workspace.join(place),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(choice: KeepChoice) -> Result<KeepRules, RulesError> {
        let rule = |id: &str, folder: &[&str], under: &[&str]| KeepRule {
            id: id.into(),
            folder: folder.iter().map(|name| (*name).to_owned()).collect(),
            under: under.iter().map(|name| (*name).to_owned()).collect(),
            ..KeepRule::default()
        };
        let rule = vec![rule("cache", &["cache"], &[]), rule("temporary", &[], &["/tmp", "~/.cache"])];
        let file = KeepFile { copy_mib_max: 1, made_by_session: Made::LetGo, rule };
        KeepRules::new(file, choice, "/tmp/work".into(), Some("/home/o".into()))
    }

    fn check(rules: &KeepRules, path: &str, expected: Option<(&str, usize)>) {
        let found = rules.let_go(path.as_bytes(), |_| false).map(|found| (found.rule, found.root_bytes));
        assert_eq!(found, expected, "{path}");
    }

    #[test]
    fn a_place_does_not_count_inside_the_workspace_and_a_folder_counts_everywhere() {
        let rules = rules(KeepChoice::default()).unwrap();
        check(&rules, "/tmp/x", Some(("temporary", 4)));
        check(&rules, "/tmp/work/x", None);
        check(&rules, "/tmp/work/cache/x/y", Some(("cache", 15)));
        check(&rules, "/home/o/.cache/x", Some(("temporary", 14)));
        check(&rules, "/home/p/.cache/x", None);
        check(&rules, "/w/cache", None);
    }

    #[test]
    fn the_operator_can_turn_rules_off_and_name_places() {
        let choice = KeepChoice {
            without: vec!["cache".into()],
            always: vec!["/tmp/dear".into(), "~/.cache/dear".into()],
            never: vec!["/data".into(), "assets/raw".into(), "~/films/".into()],
            copy_mib_max: Some(3),
            made_by_session: Some(Made::Keep),
        };
        let changed = rules(choice).unwrap();
        check(&changed, "/w/cache/x", None);
        check(&changed, "/tmp/dear/x", None);
        check(&changed, "/home/o/.cache/dear/x", None);
        check(&changed, "/home/o/.cache/x", Some(("temporary", 14)));
        check(&changed, "/data/x", Some(("never", 5)));
        check(&changed, "/tmp/work/assets/raw/x", Some(("never", 20)));
        check(&changed, "/tmp/work/assets/x", None);
        check(&changed, "/home/o/films/x", Some(("never", 13)));
        assert_eq!((changed.copy_bytes_max(), changed.made_by_session()), (3 << 20, Made::Keep));
        let wrong = rules(KeepChoice { without: vec!["cahce".into()], ..KeepChoice::default() }).unwrap_err();
        assert_eq!(wrong.to_string(), "there is no rule `cahce` to do without; the rules are cache, temporary");
    }
}

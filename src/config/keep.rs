//! What need not be kept before it is destroyed: the built-in rules with what the policy changes of them.

use std::path::{Path, PathBuf};

use super::file::{ConfigError, parse};
use crate::undo::{KeepChoice, KeepFile, KeepRules};

/// The built-in rules' file.
const FILE: &str = "keep.toml";
const BUILT_IN: &str = include_str!("../../rules/keep.toml");

/// The built-in rules with the operator's choice, for a session in `workspace`.
///
/// # Errors
/// [`ConfigError::Keep`] where the choice names a rule that is not there.
pub fn keep_rules(choice: KeepChoice, workspace: PathBuf, home: Option<PathBuf>) -> Result<KeepRules, ConfigError> {
    rules(BUILT_IN, choice, workspace, home)
}

fn rules(text: &str, choice: KeepChoice, workspace: PathBuf, home: Option<PathBuf>) -> Result<KeepRules, ConfigError> {
    let file: KeepFile = parse(Path::new(FILE), text)?;
    let wrong = |error| ConfigError::Keep { path: FILE.into(), error };
    KeepRules::new(file, choice, workspace, home).map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, choice: KeepChoice) -> Result<KeepRules, String> {
        rules(text, choice, "/w".into(), Some("/home/o".into())).map_err(|error| error.to_string())
    }

    #[test]
    fn every_built_in_rule_does_what_its_examples_are_there_for() {
        let rules = check(BUILT_IN, KeepChoice::default()).unwrap();
        assert_eq!(rules.prove(), Ok(()));
        for rule in rules.rules() {
            assert!(rule.hit.len() >= 2 && rule.miss.len() >= 3, "{}", rule.id);
            assert!(!rule.why.is_empty(), "{}", rule.id);
        }
    }

    #[test]
    fn what_is_wrong_names_the_file_the_line_and_the_nearest_word() {
        let text = BUILT_IN.replacen("folder =", "foldr =", 1);
        let line = text.lines().position(|line| line.starts_with("foldr")).unwrap() + 1;
        let wrong = check(&text, KeepChoice::default()).unwrap_err();
        assert_eq!(wrong, format!("keep.toml:{line}:1: unknown key `foldr`; did you mean `folder`?"));
        let choice = KeepChoice { without: vec!["no-such".into()], ..KeepChoice::default() };
        assert!(check(BUILT_IN, choice).unwrap_err().starts_with("keep.toml: there is no rule `no-such`"));
    }
}

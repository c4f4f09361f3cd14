//! Every rule does what its examples say, and has enough of them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use holdpoint::judge::{Pack, PackError, built_in, doubts};

/// How many examples of each kind a rule has at least.
const EXAMPLES_MIN: usize = 3;

#[test]
fn every_rule_hits_and_misses_its_own_examples() {
    let wrong = doubts(&built_in().unwrap());
    let lines: Vec<String> = wrong
        .iter()
        .map(|doubt| {
            format!("{} {} `{}`", doubt.rule, if doubt.is_to_hit { "does not hit" } else { "hits" }, doubt.example)
        })
        .collect();
    assert!(lines.is_empty(), "{} wrong:\n{}", lines.len(), lines.join("\n"));
}

#[test]
fn every_rule_has_enough_examples_of_both_kinds() {
    let packs = built_in().unwrap();
    let poor: Vec<&str> = packs
        .iter()
        .flat_map(|pack| &pack.rules)
        .filter(|rule| rule.hit.len() < EXAMPLES_MIN || rule.miss.len() < EXAMPLES_MIN)
        .map(|rule| rule.id.0.as_str())
        .collect();
    assert!(poor.is_empty(), "{poor:?}");
}

#[track_caller]
fn check(when: &str, expected: &str) {
    let text = format!(
        "# one\n[[rule]]\nid = \"x\"\ntier = \"low\"\nclass = \"delete\"\ntitle = \"t\"\nwhy = \"w\"\n{when}\n"
    );
    let said = Pack::parse("own", &text).map_err(|error: PackError| error.to_string()).unwrap_err();
    assert_eq!(said, expected);
}

#[test]
fn what_is_wrong_with_a_rule_is_said_with_its_line_and_the_nearest_word() {
    check("whn = 1", "own.toml:8: `whn` is no key of a rule; did you mean `when`?");
    check("when = { progrm = \"rm\" }", "own.toml:8: `progrm` is no condition of a rule; did you mean `program`?");
    check("when = { effect = \"remov\" }", "own.toml:8: `remov` is no effect; did you mean `remove`?");
    check("when = { effect = \"remove\", ground = \"hom\" }", "own.toml:8: `hom` is no ground; did you mean `home`?");
    check(
        "when = { program = \"x\", any = [\"+<refspek>\"] }",
        "own.toml:8: `refspek` is no blank of a pattern; did you mean `refspec`?",
    );
    check("when = { verb = \"x\" }", "own.toml:2: `when` names neither a program nor an effect");
    check("when = { program = 3 }", "own.toml:8: `program` is to be a string or a list of strings, not a number");
    check("", "own.toml:2: the rule has no `when`");
}

//! Every rule does what its examples say, and has enough of them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use holdpoint::judge::{Pack, PackError, built_in, doubts, prove};

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

#[track_caller]
fn refused(text: &str, expected: &str) {
    let said = Pack::parse("own", text).and_then(|pack| prove(&[pack])).unwrap_err().to_string();
    assert_eq!(said, expected, "{text}");
}

/// A whole rule with one of its lines replaced.
fn with(key: &str, line: &str) -> String {
    let lines = [
        ("id", "id = \"x\""),
        ("tier", "tier = \"low\""),
        ("class", "class = \"delete\""),
        ("title", "title = \"t\""),
        ("why", "why = \"w\""),
        ("when", "when = { program = \"rm\" }"),
        ("hit", "hit = [\"rm a\"]"),
        ("miss", "miss = [\"ls\"]"),
    ];
    let text: Vec<&str> = lines.iter().map(|(known, text)| if *known == key { line } else { *text }).collect();
    format!("[[rule]]\n{}\n", text.join("\n"))
}

#[test]
fn a_rule_that_is_whole_is_taken() {
    let whole = with("", "");
    assert!(Pack::parse("own", &whole).and_then(|pack| prove(&[pack])).is_ok());
}

#[test]
fn every_kind_of_error_names_the_file_the_line_and_the_nearest_word() {
    refused(&with("tier", "tier = \"hgh\""), "own.toml:3: `hgh` is no tier; did you mean `high`?");
    refused(&with("class", "class = \"deletes\""), "own.toml:4: `deletes` is no class; did you mean `delete`?");
    refused(&with("class", "class = \"weather\""), "own.toml:4: `weather` is no class");
    refused(&with("title", ""), "own.toml:1: the rule has no `title`");
    refused(&with("why", "why = 7"), "own.toml:6: `why` is to be a string, not a number");
    refused(&with("hit", ""), "own.toml:1: the rule has no `hit`");
    refused(&with("miss", "miss = []"), "own.toml:1: the rule has no `miss`");
    refused(&with("hit", "hit = [\"ls\"]"), "own.toml:1: rule `own/x` does not hit its own example `ls`");
    refused(&with("miss", "miss = [\"sudo rm b\"]"), "own.toml:1: rule `own/x` hits its own example `sudo rm b`");
    for (when, expected) in [
        ("reach = \"tre\"", "`tre` is no reach; did you mean `tree`?"),
        ("environment = \"producton\"", "`producton` is no environment; did you mean `production`?"),
        ("behind = \"remot\"", "`remot` is no wrapper; did you mean `remote`?"),
        ("none = [\"<pth>\"]", "`pth` is no blank of a pattern; did you mean `path`?"),
        ("any = [3]", "`any` is to be a string, not a number"),
    ] {
        let text = with("when", &format!("when = {{ program = \"rm\", {when} }}"));
        refused(&text, &format!("own.toml:7: {expected}"));
    }
    refused("rules = []", "own.toml:1: `rules` is no key of a pack; did you mean `rule`?");
    refused(&format!("{}{}", with("", ""), with("", "")), "own.toml:10: there is a rule `own/x` already");
    let said = Pack::parse("own", "[[rule]]\nid = \"x\ntier = 3\n").unwrap_err().to_string();
    assert!(said.starts_with("own.toml:2: "), "{said}");
}

//! One question for what a script or a pattern removes, and another one for what was not shown.

use serde_json::Value;

use crate::harness::{Place, gated_place};

/// Three folders with something in each.
fn place() -> Option<Place> {
    let place = gated_place()?;
    for name in ["a", "b", "d"] {
        place.write(&format!("work/{name}/kept.txt"), "not made by the agent");
    }
    Some(place)
}

/// What each hold names as removed, by its name alone.
fn held(place: &Place) -> Vec<Vec<String>> {
    let name = |finding: &Value| finding["target"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let names = |hold: &&Value| hold["judgement"]["findings"].as_array().unwrap().iter().map(name).collect();
    place.journal().of("hold").iter().map(names).collect()
}

#[track_caller]
fn check(script: &str, agent: &str, expected: &[&[&str]]) {
    let Some(place) = place() else { return };
    place.write("work/clean.sh", script);
    let ended = place.script("approve", agent);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(!place.has("a") && !place.has("b"), "{ended:?}");
    assert_eq!(held(&place), expected, "{script}");
}

#[test]
fn what_a_script_removes_is_asked_about_once() {
    check("rm -rf a\nrm -rf b\n", "echo; sh clean.sh; echo", &[&["a", "b"]]);
    check("set -e\nfor d in a b; do rm -rf $d; done\n", "echo; bash -e clean.sh; echo", &[&["a", "b"]]);
}

#[test]
fn an_approved_script_removes_nothing_that_was_not_shown() {
    let other = "printf 'rm -rf d' > more.sh; ";
    check("rm -rf a\nrm -rf b\nsh more.sh\n", &format!("{other}sh clean.sh; echo"), &[&["a", "b"], &["d"]]);
    // What only the shell knows is asked about as it comes.
    check("rm -rf a\nrm -rf $(cat name)\n", "echo b > name; sh clean.sh; echo", &[&["a"], &["b"]]);
}

#[test]
fn a_denied_script_removes_nothing() {
    let Some(place) = place() else { return };
    place.write("work/clean.sh", "rm -rf a\nrm -rf b\n");
    place.script("deny", "echo; sh clean.sh; echo");
    assert!(place.has("a/kept.txt") && place.has("b/kept.txt"));
}

#[test]
fn what_a_pattern_of_one_character_stands_for_is_asked_about_once() {
    check("", "echo; sh -c 'rm -rf ?'; echo", &[&["?"]]);
    check("", "echo; sh -c 'for d in ?; do rm -rf $d; done'; echo", &[&["?"]]);
}

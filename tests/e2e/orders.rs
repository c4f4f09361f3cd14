//! Standing orders, scope, grants and a project's policy, with a scripted agent.

use crate::harness::{Place, argv, gated_place};
use crate::pane::Pane;

const MEDIUM: (u16, u16) = (80, 24);
const SHELL: &[&str] = &["bash", "--norc", "--noprofile", "-i"];
/// What stands in for git: it says that it ran.
const GIT: &str = "#!/bin/sh\necho \"pushed $*\" >> pushed\n";

/// The rules that held an act, each once, in the order of their cases.
fn rules(place: &Place) -> Vec<String> {
    let journal = place.journal();
    let holds = journal.of("hold");
    let of = |hold: &&serde_json::Value| -> Vec<String> {
        let findings = hold["judgement"]["findings"].as_array().cloned().unwrap_or_default();
        findings.iter().filter_map(|finding| finding["rule"].as_str().map(str::to_owned)).collect()
    };
    holds.iter().flat_map(of).collect()
}

#[test]
fn read_only_holds_what_changes_a_file_and_asks_about_no_reading() {
    let Some(place) = gated_place().map(Place::with_keep) else { return };
    let script = "ls keep; cat keep/photo-1.raw | grep -c photo; git status; sh -c 'wc -l keep/*'; \
                  mkdir -p target && touch target/built; touch new; echo over";
    let ended = place.run(place.headless_command("deny", &["--orders", "read-only"], &["sh", "-c", script]));
    assert!(ended.out.contains("over"), "{ended:?}");
    assert!(place.has("target/built") && !place.has("new"), "{ended:?}");
    let journal = place.journal();
    assert_eq!(argv(journal.only("hold")), ["touch", "new"], "{}", journal.text());
    assert_eq!(rules(&place), ["orders/read-only"]);
    let why = journal.only("hold")["judgement"]["findings"][0]["why"].as_str().unwrap().to_owned();
    assert!(why.contains("\"--orders read-only\" was ordered on the command line"), "{why}");
    assert_eq!(journal.only("order")["order"], "read-only");
}

#[test]
fn no_run_holds_a_program_and_an_approval_covers_that_one_act() {
    let Some(place) = gated_place() else { return };
    place.program("work/build.sh", "#!/bin/sh\necho built >> log\n");
    let script = "cat build.sh > /dev/null; ./build.sh; ./build.sh; echo over";
    let ended = place.run(place.headless_command("approve", &["--orders", "no-run"], &["sh", "-c", script]));
    assert!(ended.out.contains("over"), "{ended:?}");
    assert_eq!(place.read("log"), "built\nbuilt\n");
    let journal = place.journal();
    assert_eq!(journal.of("hold").len(), 2, "the second start is asked about again:\n{}", journal.text());
    assert_eq!(rules(&place), ["orders/no-run", "orders/no-run"]);
}

#[test]
fn an_order_in_the_task_is_a_warning_without_a_screen_and_binds_nobody() {
    let Some(place) = gated_place() else { return };
    let options = ["--task", "Look at the login. Do not run anything!"];
    let ended = place.run(place.headless_command("deny", &options, &["sh", "-c", "touch new; exit 0"]));
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(place.has("new"), "nothing is enforced unasked");
    let journal = place.journal();
    let says = "the task says \"Do not run anything\"; nothing enforces it unless you start with --orders no-run";
    assert!(journal.of("warning").iter().any(|line| line["text"] == says), "{}", journal.text());
}

#[test]
fn an_order_in_the_task_binds_once_its_key_is_pressed() {
    let Some(mut place) = gated_place().map(Place::with_keep) else { return };
    place.set("PS1", "agent> ");
    let session = place.session.to_str().unwrap().to_owned();
    let mut args = vec!["--session", &session, "--task", "Look around. Do not change anything.", "--"];
    args.extend(SHELL);
    let mut pane = Pane::start(&place, MEDIUM, crate::harness::WATCH, &args);
    pane.wait_for("agent>");
    pane.wait_for("Ctrl-] s order read-only");
    pane.keys("touch before\r");
    place.until_file("before");
    pane.prefix("s");
    pane.wait_for("binding from now on: read-only");
    let journal = pane.until_journal(&place, "order", 1);
    assert_eq!(
        (&journal.only("order")["given"], &journal.only("order")["words"]),
        (&"task".into(), &"Do not change anything".into())
    );
    pane.keys("touch after\r");
    pane.wait_for("CASE c1");
    pane.prefix("h");
    pane.wait_for("d deny");
    pane.keys("d");
    pane.until_journal(&place, "decision", 1);
    assert!(!place.has("after"));
    pane.keys("exit\r");
    pane.wait();
}

#[test]
fn what_leaves_the_declared_scope_is_critical_and_no_environment_is_no_finding() {
    let Some(place) = gated_place() else { return };
    place.program("bin/kubectl", "#!/bin/sh\necho \"$@\" >> ran\n");
    let script = "kubectl --context staging get pods; kubectl get pods; kubectl --context production get pods; exit 0";
    place.run(place.headless_command("deny", &["--scope", "staging"], &["sh", "-c", script]));
    assert_eq!(place.read("ran"), "--context staging get pods\nget pods\n");
    let journal = place.journal();
    assert!(rules(&place).contains(&"scope/outside".to_owned()), "{}", journal.text());
    let hold = journal.only("hold");
    assert_eq!(hold["offer"]["type_target"]["target"], "production", "{hold}");
    let why = hold["judgement"]["findings"][0]["why"].as_str().unwrap();
    assert!(why.contains("\"staging\""), "{why}");
    assert_eq!(journal.only("scope")["scope"], "staging");
}

/// A shell with a stand-in for git, at its prompt.
fn with_git() -> Option<(Place, Pane)> {
    let mut place = gated_place()?;
    place.program("bin/git", GIT);
    place.set("PS1", "agent> ");
    let mut pane = Pane::watch(&place, MEDIUM, SHELL);
    pane.wait_for("agent>");
    Some((place, pane))
}

/// Grants over the case on the screen, with so many steps down the list of choices.
fn grant(pane: &mut Pane, steps: usize) {
    pane.prefix("h");
    pane.wait_for("R session");
    pane.until("the open lock", |pane| {
        pane.text().lines().any(|l| l.contains("A approve once") && !l.contains("locked")).then_some(())
    });
    pane.keys("R");
    pane.wait_for("FOR THE SESSION");
    for _ in 0..steps {
        pane.pause();
        pane.keys("\x1b[B");
    }
    pane.wait_for("R approve and remember    ready");
    pane.keys("R");
}

#[test]
fn r15_a_granted_act_is_not_asked_about_again_until_the_grant_is_taken_back() {
    let Some((place, mut pane)) = with_git() else { return };
    pane.keys("git push --force origin feature/a\r");
    pane.wait_for("CASE c1");
    grant(&mut pane, 1);
    pane.wait_for("c1 approved, and g1 from now on");
    place.until_file("pushed");
    let journal = pane.until_journal(&place, "grant", 1);
    assert_eq!(journal.order(&["grant", "decision"]), ["grant", "decision"]);
    assert_eq!(journal.only("decision")["for"], "session");
    pane.keys("clear; git push --force origin feature/b; git push --force origin feature/a\r");
    place.until("three pushes", || (place.read("pushed").lines().count() == 3).then_some(()));
    // What goes on is written down beside it, not before.
    let journal = place.until("two granted acts", || {
        let journal = place.journal();
        let acts = journal.of("action").iter().filter(|line| line["granted"] == 1).count();
        (acts == 2).then_some(journal)
    });
    assert_eq!(journal.of("hold").len(), 1, "{}", journal.text());
    let status = place.ask(&["status", "--json", "--session", place.session.to_str().unwrap()]);
    assert!(status.out.contains("g1 pattern git push --force origin feature/* (c1), used 2 times"), "{status:?}");
    pane.prefix("g");
    pane.wait_for("GRANTS");
    pane.keys("u");
    pane.wait_for("no approval is remembered");
    pane.until_journal(&place, "revoke", 1);
    pane.keys("\x1b");
    pane.wait_gone("GRANTS");
    pane.keys("git push --force origin feature/a\r");
    pane.wait_for("CASE c2");
    pane.prefix("h");
    pane.wait_for("d deny");
    pane.keys("d");
    pane.until_journal(&place, "decision", 2);
    assert_eq!(place.read("pushed").lines().count(), 3);
    pane.keys("exit\r");
    pane.wait();
}

#[test]
fn r15_this_exact_act_is_granted_with_its_secret_and_no_other() {
    let Some((place, mut pane)) = with_git() else { return };
    let token = "ghp_aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5";
    let command = |token: &str| format!("git push --force https://x:{token}@example.invalid/a.git main");
    pane.keys(&format!("{}\r", command(token)));
    pane.wait_for("CASE c1");
    grant(&mut pane, 0);
    place.until_file("pushed");
    pane.keys(&format!("clear; {}\r", command(token)));
    place.until("two pushes", || (place.read("pushed").lines().count() == 2).then_some(()));
    let other = token.replace('3', "4");
    pane.keys(&format!("clear; {}\r", command(&other)));
    pane.wait_for("CASE c2");
    assert!(!place.journal().text().contains(token));
    pane.prefix("h");
    pane.wait_for("d deny");
    pane.keys("d");
    pane.until_journal(&place, "decision", 2);
    pane.keys("exit\r");
    pane.wait();
}

#[test]
fn r15_what_is_critical_is_never_granted() {
    let Some((place, mut pane)) = with_git() else { return };
    place.program("bin/dropdb", GIT);
    pane.keys("dropdb -h prod-db.example.invalid shop_production\r");
    pane.wait_for("CASE c1");
    pane.prefix("h");
    pane.wait_for("d deny");
    pane.pause();
    pane.keys("R");
    pane.wait_for("never granted for the session");
    pane.keys("d");
    pane.until_journal(&place, "decision", 1);
    assert!(!place.has("pushed"));
    assert!(place.journal().of("grant").is_empty());
    pane.keys("exit\r");
    pane.wait();
}

#[test]
fn r15_a_grant_of_the_policy_covers_its_pattern_and_one_for_what_is_critical_is_refused() {
    let Some(place) = gated_place() else { return };
    place.program("bin/git", GIT);
    place.write("config/watch/policy.toml", "[[grant]]\ncommand = \"git push --force origin feature/*\"\n");
    let script = "git push --force origin feature/a; git push --force origin main; exit 0";
    let ended = place.script("deny", script);
    assert_eq!(place.read("pushed"), "pushed push --force origin feature/a\n", "{ended:?}");
    let journal = place.journal();
    assert_eq!(journal.of("hold").len(), 1, "{}", journal.text());
    assert_eq!(journal.only("grant")["grant"]["from"]["policy"], 2);
    let path = place.write("config/watch/policy.toml", "\n[[grant]]\ncommand = \"rm -rf /\"\n");
    let refused = place.ask(&["config", "check"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    let says = format!("{}:3:11: `rm -rf /` would cover", path.display());
    assert!(refused.err.contains(&says), "{}", refused.err);
    let refused = place.run(place.headless_command("deny", &["--session", "/nowhere"], &["true"]));
    assert_eq!(refused.code, Some(125), "it does not start without its policy: {refused:?}");
}

#[test]
fn r20_a_projects_policy_tightens_and_one_that_loosens_is_refused_with_its_line() {
    let Some(place) = gated_place() else { return };
    place.write("work/.holdpoint/policy.toml", "orders = [\"read-only\"]\n");
    place.script("deny", "touch new; exit 0");
    assert!(!place.has("new"));
    assert_eq!(rules(&place), ["orders/read-only"]);
    for (text, line) in [
        ("profile = \"observe\"\n", "1:11"),
        ("\n[[grant]]\ncommand = \"rm -r x\"\n", "2:1"),
        ("[freeze]\nexcept = [\"node\"]\n", "1:1"),
        ("orders = []\nproduction = [\"!db\"]\n", "2:15"),
    ] {
        let path = place.write("work/.holdpoint/policy.toml", text);
        let session = place.root().join("other").display().to_string();
        let refused = place.ask(&["--headless", "--on-hold", "deny", "--session", &session, "--", "true"]);
        assert_eq!(refused.code, Some(125), "{text}: {refused:?}");
        let says = format!("{}:{line}: a project's policy can only tighten", path.display());
        assert!(refused.err.contains(&says), "{text}: {}", refused.err);
        let checked = place.ask(&["config", "check"]);
        assert!(checked.code == Some(1) && checked.err.contains(&says), "{checked:?}");
    }
}

#[test]
fn r20_what_loosens_the_operators_own_policy_waits_for_the_next_session() {
    let Some(place) = gated_place().map(Place::with_keep) else { return };
    place.gate("go");
    let run = place.headless("deny", &["sh", "-c", "echo ready > ready; read x < go; rm -r keep; exit 0"]);
    place.until_file("ready");
    let loose = "profile = \"observe\"\n[[grant]]\ncommand = \"rm -r keep\"\n";
    place.write("config/watch/policy.toml", loose);
    place.release("go");
    run.wait();
    assert!(place.has("keep"), "the running session goes by what it began with");
    assert_eq!(place.journal().rulings(), ["deny"]);
    let mut next = place.watch(&["--headless", "--on-hold", "deny", "--session"]);
    next.arg(place.root().join("next")).args(["--", "sh", "-c", "rm -r keep; exit 0"]);
    assert_eq!(place.run(next).code, Some(0));
    assert!(!place.has("keep"), "the next one goes by what stands there now");
}

#[test]
fn unknown_words_name_the_nearest() {
    let place = Place::new();
    let path = place.write("config/watch/policy.toml", "\norders = [\"read-onyl\"]\n");
    let wrong = place.ask(&["config", "check"]);
    let says = format!("{}:2:11: unknown order `read-onyl`; did you mean `read-only`?", path.display());
    assert!(wrong.code == Some(1) && wrong.err.contains(&says), "{wrong:?}");
    place.write("config/watch/policy.toml", "deny = [\"git/force-psh\"]\n");
    let wrong = place.ask(&["rules", "list"]);
    assert!(wrong.err.contains(":1:9: there is no rule `git/force-psh`; did you mean `git/force-push`?"), "{wrong:?}");
    place.write("config/watch/policy.toml", "");
    let wrong = place.ask(&["rules", "show", "git/force-psh"]);
    assert!(wrong.code == Some(2) && wrong.err.contains("did you mean `git/force-push`?"), "{wrong:?}");
    place.write("config/watch/rules/own.toml", OWN);
    let tested = place.ask(&["rules", "test", "--json"]);
    assert_eq!(tested.code, Some(1), "{tested:?}");
    assert!(tested.out.contains("\"rule\":\"own/careful\""), "{tested:?}");
}

/// A pack of the operator's own, with an example that its rule does not hit.
const OWN: &str = r#"
[[rule]]
id      = "careful"
tier    = "high"
class   = "delete"
title   = "Runs our careful tool"
why     = "It is careful."
when    = { program = "careful", verb = "drop" }
hit     = ["careful drop a", "careful keep a", "careful drop b"]
miss    = ["careful", "careful list", "echo careful drop"]
"#;

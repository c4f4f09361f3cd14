use std::fs::{self, File};

use super::*;
use crate::journal::{Content, Writer};
use crate::judge::Fresh;
use crate::model::{Action, ActionId, ActionKind, Caller, Exec, Moment, Pid, Source};

const JOURNAL: &[u8] = include_bytes!("../../../tests/journals/v1/journal.jsonl");

/// A recorded act: its words, and what was said of it; `None`: what the rules say.
type Did<'a> = (&'a [&'a str], Option<Verdict>);

struct Place {
    dir: tempfile::TempDir,
    paths: Paths,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        let paths = Paths { config: at("c"), state: at("s"), runtime: at("r") };
        fs::create_dir(&paths.config).unwrap();
        Self { dir, paths }
    }

    fn policy(&self, text: &str) {
        fs::write(self.paths.config.join("policy.toml"), text).unwrap();
    }

    fn rule(&self, text: &str) {
        fs::create_dir_all(self.paths.config.join("rules")).unwrap();
        fs::write(self.paths.config.join("rules/own.toml"), text).unwrap();
    }

    /// Records a session of these acts, judged by the rules as they are now; the first is the agent's own start.
    fn record(&self, acts: &[Did<'_>]) -> PathBuf {
        let judge = settings::judge(&load_policy(&self.paths.config, None).unwrap(), &self.paths).unwrap();
        let folder = self.dir.path().join("session");
        fs::create_dir_all(&folder).unwrap();
        let mut start = match Reader::new(JOURNAL).next_line().unwrap().unwrap().content {
            Content::Entry(entry) => entry,
            other => panic!("{other:?}"),
        };
        if let Body::SessionStart { agent, cwd, .. } = &mut start.body {
            *agent = vec!["sh".into(), "-c".into(), "rm -rf /".into()];
            *cwd = "/home/dev/shop".into();
        }
        let mut writer = Writer::new(File::create(folder.join("journal.jsonl")).unwrap());
        writer.append(&start).unwrap();
        for (id, (words, verdict)) in (1..).zip(acts) {
            let action = act(id, words);
            let judgement = judge.judge(&action, &Fresh, &Blind);
            let verdict = verdict.unwrap_or(judgement.verdict);
            let body = Body::Action { action, verdict, covered_by: None, granted: None };
            writer.append(&Entry { t: Moment(id), body }).unwrap();
            for finding in judgement.findings {
                let body = Body::Finding { action: Some(ActionId(id)), finding };
                writer.append(&Entry { t: Moment(id), body }).unwrap();
            }
        }
        folder
    }

    fn again(&self, folder: &Path, choice: &Choice) -> Again {
        let mut again = Again::default();
        again.add(folder, choice, &self.paths).unwrap();
        again
    }
}

fn act(id: u64, words: &[&str]) -> Action {
    let argv: Vec<Untrusted> = words.iter().map(|&word| word.into()).collect();
    let path = Untrusted::from(format!("/usr/bin/{}", words[0]));
    Action {
        id: ActionId(id),
        at: Moment(id),
        caller: Caller { pid: Pid(2), tid: Pid(2), parent: Pid(1), program: "sh".into() },
        source: Source::Kernel,
        kind: ActionKind::Exec(Exec { path, argv, cwd: "/home/dev/shop".into(), ..Exec::default() }),
    }
}

fn told(again: &Again) -> String {
    let mut out = Vec::new();
    again.print(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

const AGENT: Did<'static> = (&["sh", "-c", "rm -rf /"], Some(Verdict::Allow));

#[test]
fn the_rules_that_judged_a_session_change_nothing_in_it() {
    let place = Place::new();
    let acts: &[Did<'_>] =
        &[AGENT, (&["git", "push", "--force"], None), (&["rm", "-rf", "notes"], None), (&["ls"], None)];
    let again = place.again(&place.record(acts), &Choice::default());
    assert_eq!(told(&again), "0 of 3 verdicts would change\n");
}

#[test]
fn what_nothing_explains_is_said_to_change() {
    let place = Place::new();
    let again = place.again(&place.record(&[AGENT, (&["ls"], Some(Verdict::Hold))]), &Choice::default());
    assert_eq!(told(&again), "00:00:00.000        hold    -> allow    ls\n1 of 1 verdicts would change\n");
}

#[test]
fn a_rule_that_is_denied_from_now_on_changes_what_it_held() {
    let place = Place::new();
    let folder = place.record(&[AGENT, (&["rm", "-rf", "notes"], None), (&["git", "push", "--force"], None)]);
    place.policy("deny = [\"git/force-push\"]\n");
    let again = place.again(&folder, &Choice::default());
    let changes: Vec<_> = again.changed.iter().map(|c| (c.act.action.shown(), c.act.verdict, c.now.verdict)).collect();
    assert_eq!(changes, [("git push --force".to_owned(), Verdict::Hold, Verdict::Deny)]);
}

#[test]
fn a_new_rule_is_tried_on_what_was_let_go() {
    let place = Place::new();
    let folder = place.record(&[AGENT, (&["frobnicate", "--all"], None), (&["frobnicate", "one"], None)]);
    place.rule(
        r#"
        [[rule]]
        id = "all"
        tier = "high"
        class = "delete"
        title = "frobnicates everything"
        why = "Nothing brings it back."
        when = { program = "frobnicate", any = ["--all"] }
        hit = ["frobnicate --all", "frobnicate --all x", "sh -c 'frobnicate --all'"]
        miss = ["frobnicate", "frobnicate one", "echo frobnicate --all"]
        "#,
    );
    let again = place.again(&folder, &Choice::default());
    assert_eq!(
        told(&again),
        "00:00:00.000        log     -> hold     frobnicate --all  (own/all)\n1 of 2 verdicts would change\n"
    );
    let mut json = Vec::new();
    again.print_json(&mut json).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!((&json["judged"], &json["changed"][0]["now"]), (&2.into(), &"hold".into()));
    assert_eq!(json["changed"][0]["rules_now"], serde_json::json!(["own/all"]));
}

#[test]
fn another_profile_changes_what_it_decides_otherwise() {
    let place = Place::new();
    let folder = place.record(&[AGENT, (&["git", "push", "--force"], None), (&["ls"], None)]);
    let choice = Choice { profile: Some(Profile::Observe), ..Choice::default() };
    let again = place.again(&folder, &choice);
    assert_eq!((again.judged, again.changed.len(), again.changed[0].now.verdict), (2, 1, Verdict::Log));
}

#[test]
fn what_was_refused_without_a_rule_is_not_judged_again() {
    let place = Place::new();
    let again = place.again(&place.record(&[AGENT, (&["ls"], Some(Verdict::Deny))]), &Choice::default());
    assert_eq!((again.judged, again.changed.len()), (0, 0));
}

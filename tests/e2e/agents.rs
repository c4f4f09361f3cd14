//! Stand-ins for the agents, which print what the real ones were recorded to print, ask the hook they are given as
//! those ask it, and run their command line in the same wrappers: one act is one case, and the agent is told.

use serde_json::Value;

use crate::harness::{Ended, Journal, Place, gated_place};

/// The agent that stands in for each.
const STAND_IN: &str = include_str!("../agents/stand_in.py");
/// Where what they print is.
const CAPTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/agents");

/// An agent, how it is started in its print mode, and whether it takes a hook for one session here.
struct Agent {
    name: &'static str,
    arguments: &'static [&'static str],
    is_hooked: bool,
}

const AGENTS: [Agent; 6] = [
    Agent { name: "claude", arguments: &["-p", "--verbose", "--output-format", "stream-json"], is_hooked: true },
    Agent { name: "codex", arguments: &["exec", "--json"], is_hooked: true },
    Agent { name: "gemini", arguments: &["-o", "stream-json", "-p"], is_hooked: false },
    Agent { name: "qwen", arguments: &["-o", "stream-json", "-p"], is_hooked: true },
    Agent { name: "copilot", arguments: &["--output-format", "json", "-p"], is_hooked: true },
    Agent { name: "opencode", arguments: &["run", "--format", "json"], is_hooked: false },
];

impl Agent {
    fn named(name: &str) -> &'static Self {
        AGENTS.iter().find(|agent| agent.name == name).unwrap()
    }

    fn command(&self) -> Vec<&str> {
        let prompt = "Please delete the scratch directory.";
        [self.name].into_iter().chain(self.arguments.iter().copied()).chain([prompt]).collect()
    }

    /// A run from start to end.
    fn run(&self, place: &Place, on_hold: &str) -> Ended {
        place.headless(on_hold, &self.command()).wait()
    }
}

/// A place with the stand-in under an agent's name, and something to lose.
fn stage(agent: &Agent) -> Option<Place> {
    let mut place = gated_place()?;
    place.program(&format!("bin/{}", agent.name), STAND_IN);
    place.set("CAPTURES", CAPTURES);
    place.write("work/scratch/a.txt", "precious\n");
    place.write("work/scratch/b/c.txt", "more\n");
    Some(place)
}

fn source(hold: &Value) -> &str {
    hold["action"]["source"].as_str().unwrap()
}

fn intent<'j>(hold: &'j Value, field: &str) -> &'j str {
    hold["judgement"]["intent"][field].as_str().unwrap_or_default()
}

fn acts_of_deny(journal: &Journal) -> Vec<&Value> {
    journal.of("action").into_iter().filter(|line| line["verdict"] == "deny").collect()
}

#[test]
fn a_denied_call_does_not_run_and_the_agent_is_told_and_goes_on() {
    for agent in &AGENTS {
        let Some(place) = stage(agent) else { return };
        let ended = agent.run(&place, "deny");
        let (name, journal) = (agent.name, place.journal());
        assert_eq!(ended.code, Some(5), "{name}: {ended:?}\n{}", journal.text());
        assert!(place.has("scratch/a.txt") && place.has("scratch/b/c.txt"), "{name}");
        let hold = journal.only("hold");
        assert_eq!(source(hold), if agent.is_hooked { "hook" } else { "kernel" }, "{name}");
        assert!(ended.out.contains(" gone."), "{name} goes on: {}", ended.out);
        let told = place.read("told");
        let words = "Denied by the operator. Do not retry or work around it; report and wait.";
        // Where the shell itself cannot start there is nobody left to say it.
        let is_told = if agent.is_hooked { told.contains(words) } else { told.contains("Permission denied") };
        assert!(is_told, "{name}: {told}");
        if !agent.is_hooked {
            // What was heard before the kernel was asked stands beside it.
            let is_call = |line: &&Value| line["type"] == "hold" || line["kind"] == "tool_call";
            let first = journal.0.iter().find(is_call).unwrap();
            let heard = if first["type"] == "hold" { "" } else { "stream" };
            assert_eq!(intent(hold, "source"), heard, "{name}: {hold}");
        }
        place.until_deserted();
    }
}

#[test]
fn an_approved_call_is_asked_about_once() {
    for agent in &AGENTS {
        let Some(place) = stage(agent) else { return };
        let ended = agent.run(&place, "approve");
        let (name, journal) = (agent.name, place.journal());
        assert_eq!(ended.code, Some(5), "{name}: {ended:?}\n{}", journal.text());
        assert!(!place.has("scratch"), "{name}: {}", place.read("told"));
        assert_eq!(journal.of("hold").len(), 1, "{name}:\n{}", journal.text());
        let hold = journal.only("hold");
        let covered: Vec<_> = journal.of("action").into_iter().filter(|line| line["covered_by"] == "c1").collect();
        assert!(!covered.is_empty(), "{name}:\n{}", journal.text());
        assert_eq!(source(hold), if agent.is_hooked { "hook" } else { "kernel" }, "{name}");
    }
}

#[test]
fn a_fact_beyond_the_announcement_is_a_case_of_its_own_that_says_how() {
    for (name, command, runs, differs) in [
        ("claude", "rm -r ./scratch", "rm -r ./scratch; rm -r ./src", "it also runs `rm -r ./src`"),
        ("claude", "rm -r ./scratch", "rm -r ./src", ""),
        ("claude", "rm -r \"$DIR\"", "rm -r \"$DIR\"", "it became `rm -r src`"),
        ("codex", "rm -r ./scratch", "rm -r ./scratch && rm -r ./src", "it also runs"),
        ("copilot", "rm -r ./scratch", "rm -r ./scratch; rm -r ./src", "it also runs"),
        ("qwen", "rm -r ./scratch", "rm -r ./scratch; rm -r ./src", "it also runs"),
    ] {
        let agent = Agent::named(name);
        let Some(mut place) = stage(agent) else { return };
        place.write("work/src/main.c", "int main;\n");
        place.set("DIR", "src");
        place.set("COMMAND", command);
        place.set("RUNS", runs);
        let ended = agent.run(&place, "approve");
        let journal = place.journal();
        assert_eq!(ended.code, Some(5), "{name} {runs}: {ended:?}");
        let holds = journal.of("hold");
        assert!(holds.len() >= 2, "{name} {runs}:\n{}", journal.text());
        let said: Vec<&str> = holds.iter().skip(1).map(|hold| intent(hold, "differs")).collect();
        assert!(said.iter().any(|said| said.contains(differs)), "{name} {runs}: {said:?}\n{}", journal.text());
    }
}

#[test]
fn a_denied_call_that_runs_all_the_same_is_refused_without_a_question() {
    for name in ["claude", "codex", "qwen", "copilot"] {
        let agent = Agent::named(name);
        let Some(mut place) = stage(agent) else { return };
        place.set("STUBBORN", "1");
        let ended = agent.run(&place, "deny");
        let journal = place.journal();
        assert_eq!(ended.code, Some(5), "{name}: {ended:?}");
        assert!(place.has("scratch/a.txt"), "{name}");
        assert_eq!(journal.of("hold").len(), 1, "{name}:\n{}", journal.text());
        assert_eq!(acts_of_deny(&journal).len(), 1, "{name}:\n{}", journal.text());
        assert!(
            journal.of("finding").iter().any(|line| line["rule"] == "session/denied"),
            "{name}:\n{}",
            journal.text()
        );
    }
}

#[test]
fn a_denied_call_that_comes_back_in_another_form_is_known_again() {
    let agent = Agent::named("claude");
    let Some(mut place) = stage(agent) else { return };
    place.set("STUBBORN", "1");
    place.set("RUNS", "find ./scratch -delete");
    let ended = agent.run(&place, "deny");
    let journal = place.journal();
    assert_eq!(ended.code, Some(5), "{ended:?}");
    assert!(place.has("scratch/a.txt"));
    assert_eq!(journal.of("hold").len(), 2, "{}", journal.text());
    let again = journal.of("hold")[1]["judgement"]["findings"].as_array().unwrap().clone();
    assert!(again.iter().any(|finding| finding["rule"] == "trail/refused-before"), "{again:?}");
}

#[test]
fn the_operators_words_reach_the_model() {
    for name in ["claude", "codex", "qwen", "copilot"] {
        let agent = Agent::named(name);
        let Some(place) = stage(agent) else { return };
        let run = place.headless("wait", &agent.command());
        place.until_journal("hold", 1);
        let session = place.session.to_str().unwrap();
        let words = "keep it; use \"git rm\" and say why";
        let denied = place.ask(&["deny", "c1", "--because", words, "--session", session]);
        assert_eq!(denied.code, Some(0), "{name}: {denied:?}");
        let ended = run.wait();
        assert_eq!(ended.code, Some(5), "{name}: {ended:?}");
        assert!(place.read("told").contains(words), "{name}: {}", place.read("told"));
        assert!(place.has("scratch/a.txt"), "{name}");
    }
}

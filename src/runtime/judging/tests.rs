use super::ancestry::Process;
use super::covers::{Covers, Fact};
use super::intents::Intents;
use crate::judge::{Fresh, Judge, Policy, built_in};
use crate::model::{
    Action, ActionId, ActionKind, Announced, Blind, Caller, CaseId, Exec, Moment, Pid, Ruling, Source, Tier, Tool,
    ToolDeed, Untrusted, Word,
};

const AGENT: Process = Process { id: 10, started: 1 };
const OTHER: Process = Process { id: 11, started: 1 };
const PROJECT: &str = "/home/dev/shop";

/// A session in which an agent announces a command line, the operator rules on it, and programs start.
struct Session {
    judge: Judge,
    covers: Covers,
    intents: Intents,
    now: Moment,
    acts: u64,
}

/// What becomes of a program start.
#[derive(Debug, PartialEq, Eq)]
enum Fate {
    Passes,
    Covered,
    Refused,
    /// It is held; how it is said to differ from what was announced.
    Held(Option<String>),
}

fn held(differs: &str) -> Fate {
    Fate::Held(Some(differs.to_owned()))
}

impl Session {
    fn new() -> Self {
        let judge = Judge::new(&built_in().unwrap(), Policy::default()).at(PROJECT, Some("/home/dev".to_owned()));
        Self { judge, covers: Covers::default(), intents: Intents::default(), now: Moment::from_secs(1.0), acts: 0 }
    }

    fn action(&mut self, source: Source, kind: ActionKind) -> Action {
        self.acts += 1;
        let none = Pid(0);
        let caller = Caller { pid: none, tid: none, parent: none, program: Untrusted::default() };
        Action { id: ActionId(self.acts), at: self.now, caller, source, kind }
    }

    /// The agent's hook asks about a command line and the operator rules.
    fn announces(&mut self, command: &str, ruling: Ruling) {
        let tool = tool(command);
        let action = self.action(Source::Hook, ActionKind::Tool(tool.clone()));
        let judgement = self.judge.judge(&action, &Fresh, &Blind);
        self.intents.asked(&action, &tool, &judgement, Some(AGENT));
        assert!(judgement.verdict.waits(), "{command}");
        let case = (ruling == Ruling::Approve).then_some(CaseId(1));
        self.intents.ruled(action.id, case, ruling, self.now);
        if let Some(case) = case {
            self.covers.announcement(case, &action, &judgement, AGENT, self.now);
        }
    }

    /// A program starts in a process, nearest first.
    fn starts(&mut self, ancestors: &[Process], argv: &[&str]) -> Fate {
        self.starts_in(PROJECT, ancestors, argv)
    }

    fn starts_in(&mut self, cwd: &str, ancestors: &[Process], argv: &[&str]) -> Fate {
        let exec = Exec {
            path: argv[0].into(),
            argv: argv.iter().map(|word| Untrusted::from(*word)).collect(),
            cwd: cwd.into(),
            ..Exec::default()
        };
        let action = self.action(Source::Kernel, ActionKind::Exec(exec.clone()));
        let judgement = self.judge.judge(&action, &Fresh, &Blind);
        self.intents.started(&exec, ancestors, self.now);
        if !judgement.verdict.waits() {
            return Fate::Passes;
        }
        let fact = Fact { exec: &exec, judgement: &judgement, ancestors, now: self.now, least: Tier::Medium };
        let judge = &self.judge;
        let weigh = |start: &Announced| {
            let word = |word: &Word| match word {
                Word::Literal(text) => text.clone(),
                Word::Glob(_) | Word::Open => Untrusted::from("$"),
            };
            let argv: Vec<Untrusted> = start.words.iter().map(word).collect();
            let exec = Exec { path: argv[0].clone(), argv, cwd: cwd.into(), ..Exec::default() };
            let start = Action { kind: ActionKind::Exec(exec), ..action.clone() };
            judge.judge(&start, &Fresh, &Blind)
        };
        if self.intents.is_denied(&fact, &weigh) {
            return Fate::Refused;
        }
        if self.covers.of_fact(&fact, &weigh).is_some() {
            return Fate::Covered;
        }
        Fate::Held(self.intents.of(&fact, &weigh).map(|intent| match intent.differs {
            Some(differs) => differs.shown(),
            None => "as announced".to_owned(),
        }))
    }

    fn passes(&mut self, secs: f64) {
        self.now = Moment::from_secs(self.now.as_secs() + secs);
    }
}

fn tool(command: &str) -> Tool {
    Tool {
        name: "Bash".into(),
        call: Some("call_1".into()),
        deed: ToolDeed::Shell { command: command.into() },
        cwd: Some(PROJECT.into()),
        reason: None,
        input: "{}".into(),
    }
}

fn process(id: i32) -> Process {
    Process { id, started: 7 }
}

/// The program starts by which each agent runs a command line, as they were seen; the last is the command's own.
fn wrapped(command: &str, words: &[&str]) -> Vec<(&'static str, Vec<Vec<String>>)> {
    let quoted = command.replace('\'', r#"'"'"'"#);
    let claude = format!(
        "source /home/dev/.claude/shell-snapshots/snapshot-bash-1.sh 2>/dev/null || true && \\builtin shopt -u extglob \
         2>/dev/null || true && {{ \\builtin unalias -- 'which'; \\builtin unset -f -- 'which'; }} >/dev/null 2>&1 || true \
         && eval '{quoted}' < /dev/null && pwd -P >| /tmp/claude-91ec-cwd"
    );
    let gemini = format!(
        "shopt -u promptvars nullglob extglob nocaseglob dotglob; _bgpids_file=/tmp/gemini-shell-6I/bgpids.tmp\n(\n  \
         trap 'jobs -p > \"$_bgpids_file\"' EXIT\n{command}\n)\n__code=$?\nexit $__code"
    );
    let snapshot = format!(
        "if . '/home/dev/.codex/shell_snapshots/1.sh' >/dev/null 2>&1; then :; fi\nexec '/bin/bash' -c '{quoted}'"
    );
    let own = |text: &str| vec!["/bin/bash".to_owned(), "-c".to_owned(), text.to_owned()];
    let copilot = ["/bin/bash", "--norc", "--noprofile", "-c", command].map(str::to_owned).to_vec();
    let last: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    vec![
        ("claude", vec![own(&claude), last.clone()]),
        ("codex", vec![own(&snapshot), own(command), last.clone()]),
        ("gemini", vec![own(&gemini), last.clone()]),
        ("qwen, opencode", vec![own(command), last.clone()]),
        ("copilot", vec![copilot, last.clone()]),
        ("no shell", vec![last]),
    ]
}

#[test]
fn an_approved_announcement_covers_the_agents_own_wrapper_and_what_it_runs() {
    for (command, words) in [
        ("rm -r ./scratch", vec!["rm", "-r", "./scratch"]),
        ("rm -r 'my data'", vec!["rm", "-r", "my data"]),
        ("git push --force origin main", vec!["git", "push", "--force", "origin", "main"]),
        ("> .env", vec!["bash", "-c", "> .env"]),
        ("cd src && rm -r ../scratch", vec!["rm", "-r", "../scratch"]),
    ] {
        for (agent, starts) in wrapped(command, &words) {
            let mut session = Session::new();
            session.announces(command, Ruling::Approve);
            let shell = [process(20), AGENT];
            let inner = [process(21), process(20), AGENT];
            let last = starts.len() - 1;
            for (at, argv) in starts.iter().enumerate() {
                let argv: Vec<&str> = argv.iter().map(String::as_str).collect();
                let is_program = at == last && last > 0;
                let cwd = if is_program && command.starts_with("cd ") { "/home/dev/shop/src" } else { PROJECT };
                if command.starts_with("cd ") && last == 0 {
                    continue;
                }
                let fate = session.starts_in(cwd, if is_program { &inner } else { &shell }, &argv);
                assert_eq!(fate, Fate::Covered, "{agent}: {argv:?}");
            }
        }
    }
}

#[test]
fn an_approved_announcement_is_used_up() {
    let mut session = Session::new();
    session.announces("rm -r ./scratch", Ruling::Approve);
    let bash = ["bash", "-c", "rm -r ./scratch"];
    assert_eq!(session.starts(&[process(20), AGENT], &bash), Fate::Covered);
    // Another shell with the same words is another act.
    assert_eq!(session.starts(&[process(30), AGENT], &bash), held("as announced"));
    assert_eq!(session.starts(&[process(31), AGENT], &["rm", "-r", "./scratch"]), held("as announced"));
    // What goes on below the first is still the first.
    assert_eq!(session.starts(&[process(21), process(20), AGENT], &["rm", "-r", "./scratch"]), Fate::Covered);
}

#[test]
fn an_approved_announcement_that_does_not_begin_runs_out() {
    let mut session = Session::new();
    session.announces("rm -r ./scratch", Ruling::Approve);
    session.passes(3600.0);
    assert_eq!(session.starts(&[process(20), AGENT], &["bash", "-c", "rm -r ./scratch"]), Fate::Held(None));
}

#[test]
fn an_approved_announcement_covers_nothing_of_another_process() {
    let mut session = Session::new();
    session.announces("rm -r ./scratch", Ruling::Approve);
    assert_eq!(session.starts(&[process(20), OTHER], &["bash", "-c", "rm -r ./scratch"]), Fate::Held(None));
}

#[test]
fn each_program_of_a_line_begins_once_where_a_shell_is_kept() {
    let mut session = Session::new();
    session.announces("rm -r ./scratch && rm -r ./old", Ruling::Approve);
    let kept = process(15);
    assert_eq!(session.starts(&[process(20), kept, AGENT], &["rm", "-r", "./scratch"]), Fate::Covered);
    assert_eq!(session.starts(&[process(21), kept, AGENT], &["rm", "-r", "./old"]), Fate::Covered);
    assert_eq!(session.starts(&[process(22), kept, AGENT], &["rm", "-r", "./old"]), held("as announced"));
}

#[test]
fn a_fact_that_goes_beyond_is_held_and_says_how() {
    let shell = [process(20), AGENT];
    let inner = [process(21), process(20), AGENT];
    for (command, runs, fact, fate) in [
        // A variable became something.
        (
            "rm -r $DIR/src",
            "rm -r $DIR/src",
            vec!["rm", "-r", "/src"],
            held("`rm -r $DIR/src` was announced; it became `rm -r /src`"),
        ),
        // A second command, put in by somebody.
        (
            "rm -r ./scratch",
            "rm -r ./scratch",
            vec!["rm", "-r", "./src"],
            held("`rm -r ./scratch` was announced; it became `rm -r ./src`"),
        ),
        (
            "rm -r ./scratch",
            "rm -r ./scratch",
            vec!["git", "push", "--force"],
            held("`rm -r ./scratch` was announced; `git push --force` was not"),
        ),
    ] {
        let mut session = Session::new();
        session.announces(command, Ruling::Approve);
        assert_eq!(session.starts(&shell, &["bash", "-c", runs]), Fate::Covered, "{command}");
        assert_eq!(session.starts(&inner, &fact), fate, "{command}");
    }
    let mut session = Session::new();
    session.announces("rm -r ./scratch", Ruling::Approve);
    let more = ["bash", "-c", "rm -r ./scratch; git push --force"];
    assert_eq!(session.starts(&shell, &more), held("`rm -r ./scratch` was announced; it also runs `git push --force`"));
    // Nothing was used up by what was not covered.
    assert_eq!(session.starts(&shell, &["bash", "-c", "rm -r ./scratch"]), Fate::Covered);
}

#[test]
fn the_same_words_in_another_folder_are_another_act() {
    let mut session = Session::new();
    session.announces("rm -r ./scratch", Ruling::Approve);
    let fate = session.starts_in("/home/dev/other", &[process(20), AGENT], &["rm", "-r", "./scratch"]);
    assert_eq!(fate, held("`rm -r ./scratch` was announced for /home/dev/shop; it runs in /home/dev/other"));
}

#[test]
fn a_denied_announcement_that_runs_all_the_same_is_refused() {
    for (_, starts) in wrapped("rm -r ./scratch", &["rm", "-r", "./scratch"]) {
        let mut session = Session::new();
        session.announces("rm -r ./scratch", Ruling::Deny);
        let argv: Vec<&str> = starts[0].iter().map(String::as_str).collect();
        assert_eq!(session.starts(&[process(20), AGENT], &argv), Fate::Refused, "{argv:?}");
    }
    let mut session = Session::new();
    session.announces("rm -r ./scratch", Ruling::Deny);
    let shell = [process(20), AGENT];
    assert_eq!(session.starts(&shell, &["ls", "scratch"]), Fate::Passes);
    let fate = session.starts(&shell, &["bash", "-c", "rm -r ./scratch; rm -r src"]);
    assert_eq!(fate, held("`rm -r ./scratch` was announced; it also runs `rm -r src`"));
    // Much later it is an act of its own.
    session.passes(3600.0);
    let later = [process(40), AGENT];
    assert_eq!(session.starts(&later, &["bash", "-c", "rm -r ./scratch"]), Fate::Held(None));
}

#[test]
fn what_a_stream_tells_is_shown_beside_the_fact_and_covers_nothing() {
    for (_, starts) in wrapped("rm -r 'my data'", &["rm", "-r", "my data"]) {
        let mut session = Session::new();
        session.intents.heard(&tool("rm -r 'my data'"), session.now);
        session.passes(0.3);
        let argv: Vec<&str> = starts[0].iter().map(String::as_str).collect();
        let expected = if starts.len() > 1 { held("as announced") } else { Fate::Held(None) };
        assert_eq!(session.starts(&[process(20), AGENT], &argv), expected, "{argv:?}");
    }
}

#[test]
fn two_sensors_of_one_call_are_one_announcement() {
    let mut session = Session::new();
    let stream = Tool { reason: Some("tidy up".into()), ..tool("rm -r ./scratch") };
    session.intents.heard(&stream, session.now);
    session.passes(0.1);
    session.announces("rm -r ./scratch", Ruling::Approve);
    session.intents.heard(&stream, session.now);
    let asked = tool("rm -r ./scratch");
    assert_eq!(session.covers.of_tool(&asked, AGENT, session.now), Some(CaseId(1)));
    assert_eq!(session.covers.of_tool(&asked, OTHER, session.now), None);
    let other = Tool { call: Some("call_2".into()), ..asked.clone() };
    assert_eq!(session.covers.of_tool(&other, AGENT, session.now), None);
    assert_eq!(session.starts(&[process(20), AGENT], &["bash", "-c", "rm -r ./scratch"]), Fate::Covered);
    assert_eq!(session.covers.of_tool(&asked, AGENT, session.now), None);
}

#[test]
fn an_approved_program_start_covers_what_it_announced_in_its_own_process_only() {
    let mut session = Session::new();
    let exec = Exec {
        path: "/bin/bash".into(),
        argv: ["bash", "-c", "exec /bin/bash -c 'rm -r ./scratch'"].map(Untrusted::from).to_vec(),
        cwd: PROJECT.into(),
        ..Exec::default()
    };
    let action = session.action(Source::Kernel, ActionKind::Exec(exec));
    let judgement = session.judge.judge(&action, &Fresh, &Blind);
    session.covers.call(CaseId(1), &action, &judgement, process(20));
    let again = ["/bin/bash", "-c", "rm -r ./scratch"];
    assert_eq!(session.starts(&[process(20), AGENT], &again), Fate::Covered);
    assert_eq!(session.starts(&[process(21), process(20), AGENT], &["rm", "-r", "./scratch"]), Fate::Covered);
    assert_eq!(session.starts(&[process(30), AGENT], &again), Fate::Held(None));
}

/// An approved program start of `bash -c TEXT` in process 20.
fn approved_text(text: &str) -> Session {
    let mut session = Session::new();
    let argv = ["bash", "-c", text].map(Untrusted::from).to_vec();
    let exec = Exec { path: "/bin/bash".into(), argv, cwd: PROJECT.into(), ..Exec::default() };
    let action = session.action(Source::Kernel, ActionKind::Exec(exec));
    let judgement = session.judge.judge(&action, &Fresh, &Blind);
    assert!(judgement.verdict.waits(), "{text}");
    session.covers.call(CaseId(1), &action, &judgement, process(20));
    session
}

#[test]
fn an_approved_text_covers_removals_of_what_it_showed_whoever_puts_their_words_together() {
    let find = "find . -name 'lib*' -type d -exec rm -rf {} \\;";
    let piped = "ls -d src lib | xargs -n1 rm -rf";
    for (text, argv, is_covered) in [
        (find, &["rm", "-rf", "./lib"][..], true),
        (find, &["rm", "-rf", "./app/lib2", "lib"], true),
        (find, &["rm", "-rf", "./src"], false),
        (find, &["rm", "-rf", "./lib", "./src"], false),
        (find, &["rm", "-rf", "./.git/lib"], false),
        (piped, &["xargs", "-n1", "rm", "-rf"], true),
        (piped, &["xargs", "-n2", "rm", "-rf"], false),
        (piped, &["rm", "-rf", "src"], true),
        (piped, &["rm", "-rf", "src", "lib"], true),
        (piped, &["rm", "-rf", "docs"], false),
    ] {
        let fate = approved_text(text).starts(&[process(21), process(20), AGENT], argv);
        assert_eq!(fate == Fate::Covered, is_covered, "{text}: {argv:?}: {fate:?}");
        let elsewhere = approved_text(text).starts(&[process(30), AGENT], argv);
        assert!(matches!(elsewhere, Fate::Held(_)), "{text}: {argv:?}: {elsewhere:?}");
    }
}

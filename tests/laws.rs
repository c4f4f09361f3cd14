//! What must be true of any input, by random input.
//!
//! Other laws stand beside what they are about: cutting a stream in `screens.rs`, rules and wrappers in `judge.rs`,
//! the journal's prefixes and the replay of a run in their modules.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that finds nothing has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;
use std::time::Duration;

use holdpoint::app::{
    Effect, Event, Input, OnHold, Painting, RemoteRuling, Reply, Resolved, SessionInfo, Settings, State, agent_size,
    update,
};
use holdpoint::journal::{Body, Gate};
use holdpoint::judge::{Fresh, Judge, Policy, asked, built_in};
use holdpoint::model::{
    Action, ActionId, ActionKind, Blind, Caller, CaseId, Class, Command, Exec, Finding, HoldId, Judgement, Key, Moment,
    Pid, RuleId, Ruling, Source, Span, TextKind, Tier, Tree, Undo, Untrusted, Verdict, must_be_escaped,
};
use holdpoint::shell::{Argument, Invocation, Node, Part, Place, parse, peel, read};
use holdpoint::term::Screen;
use proptest::prelude::*;

const WINDOW: (u16, u16) = (80, 24);
/// What the operator has to type where a case is critical.
const TARGET: &str = "customers";

/// Something that happens in a session.
#[derive(Debug, Clone)]
enum Step {
    Held { is_critical: bool, is_frozen: bool },
    Withdrawn(usize),
    Voided(usize),
    Ruled { case: u32, ruling: Ruling, is_typed: bool },
    Pressed(Command),
    Typed(char),
    Painted { shows_end: bool },
    Passed { millis: u64 },
    Refused,
    JournalLost,
    StopAsked,
    Thawed,
    Froze,
}

fn step() -> impl Strategy<Value = Step> {
    use Command as C;
    let keys = vec![
        C::OpenCase,
        C::OpenDocket,
        C::ApproveOnce,
        C::ApproveSession,
        C::DenyCase,
        C::DenyAndTell,
        C::DenyMarked,
        C::MarkCase,
        C::SendTarget,
        C::EndSession,
        C::CloseLayer,
        C::FreezeAll,
        C::NextCase,
        C::GoLast,
        C::ShowFullText,
    ];
    prop_oneof![
        4 => (any::<bool>(), any::<bool>()).prop_map(|(is_critical, is_frozen)| Step::Held { is_critical, is_frozen }),
        1 => (0usize..8).prop_map(Step::Withdrawn),
        1 => (0usize..8).prop_map(Step::Voided),
        2 => (0u32..9, prop::sample::select(vec![Ruling::Approve, Ruling::Deny]), any::<bool>())
            .prop_map(|(case, ruling, is_typed)| Step::Ruled { case, ruling, is_typed }),
        6 => prop::sample::select(keys).prop_map(Step::Pressed),
        2 => prop::sample::select(TARGET.chars().collect::<Vec<_>>()).prop_map(Step::Typed),
        4 => any::<bool>().prop_map(|shows_end| Step::Painted { shows_end }),
        4 => prop_oneof![0u64..50, 300u64..1_000, 1_700_000u64..1_900_000].prop_map(|millis| Step::Passed { millis }),
        1 => Just(Step::Refused),
        1 => Just(Step::Thawed),
        1 => Just(Step::Froze),
        // Rare: little happens after them.
        1 => prop_oneof![9 => Just(Step::Refused), 1 => Just(Step::JournalLost), 1 => Just(Step::StopAsked)],
    ]
}

/// A session that takes steps, and what it has answered so far.
struct Session {
    state: State,
    now: Moment,
    holds: Vec<HoldId>,
    decided: BTreeMap<CaseId, Ruling>,
    case_of: BTreeMap<HoldId, CaseId>,
    replies: BTreeMap<HoldId, Reply>,
}

fn action(id: u64) -> Action {
    let words = ["rm", "-r", "keep"].map(Untrusted::from).to_vec();
    Action {
        id: ActionId(id),
        at: Moment::ZERO,
        caller: Caller { pid: Pid(7), tid: Pid(7), parent: Pid(6), program: "sh".into() },
        source: Source::Kernel,
        kind: ActionKind::Exec(Exec { path: "/bin/rm".into(), argv: words, cwd: "/w".into(), ..Exec::default() }),
    }
}

fn judgement(is_critical: bool) -> Judgement {
    let finding = Finding {
        rule: RuleId("files/remove".into()),
        class: Class::Delete,
        tier: if is_critical { Tier::Critical } else { Tier::High },
        span: Span::default(),
        title: "removes".into(),
        why: "It is gone.".into(),
        instead: None,
        target: Some(TARGET.into()),
        undo: Undo::None,
    };
    let verdict = if is_critical { Verdict::Confirm } else { Verdict::Hold };
    Judgement { verdict, findings: vec![finding], ..Judgement::default() }
}

impl Session {
    fn new(on_hold: OnHold) -> Self {
        let session = SessionInfo {
            id: "s".into(),
            agent: vec!["sh".into()],
            cwd: "/w".into(),
            task: None,
            host: None,
            operator: None,
            gate: Gate::Kernel,
            started: "2026-11-21T07:08:09Z".into(),
            midnight_secs: 0,
        };
        let settings = Settings { on_hold, profile: "balanced".into(), is_replay: false };
        let (cols, rows) = agent_size(WINDOW, false);
        let state = State::new(session, settings, WINDOW, Screen::new(cols, rows, 10));
        Self {
            state,
            now: Moment::ZERO,
            holds: Vec::new(),
            decided: BTreeMap::new(),
            case_of: BTreeMap::new(),
            replies: BTreeMap::new(),
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Held { is_critical, is_frozen } => {
                let id = u64::try_from(self.holds.len()).unwrap() + 1;
                let hold = HoldId(id);
                self.holds.push(hold);
                let frozen = is_frozen.then_some(Duration::from_millis(3));
                let (action, judgement) = (action(id), judgement(is_critical));
                self.take(Event::Held { hold, action, judgement, tree: Tree::default(), frozen });
            }
            Step::Withdrawn(at) => {
                if let Some(hold) = self.holds.get(at) {
                    self.take(Event::Withdrawn(*hold));
                }
            }
            Step::Voided(at) => {
                if let Some(hold) = self.holds.get(at) {
                    self.take(Event::Voided { hold: *hold, why: "changed".into() });
                }
            }
            Step::Ruled { case, ruling, is_typed } => self.take(Event::RuledRemotely(RemoteRuling {
                case: CaseId(case),
                ruling,
                shown: String::new(),
                target: is_typed.then(|| TARGET.into()),
                because: None,
            })),
            Step::Pressed(command) => {
                let key = Key::char('A');
                self.take(Event::Input(Input::Key {
                    key,
                    resolved: Resolved::Command(command),
                    is_repeat: false,
                    at: self.state.now,
                }));
            }
            Step::Typed(c) => {
                let key = Key::char(c);
                self.take(Event::Input(Input::Key {
                    key,
                    resolved: Resolved::Unbound,
                    is_repeat: false,
                    at: self.state.now,
                }));
            }
            Step::Painted { shows_end } => {
                let case = self.state.interaction.case.as_ref().map(|view| view.id);
                let digest = "d".repeat(64);
                let rows = Vec::new();
                self.take(Event::Painted(Painting {
                    case,
                    digest,
                    rows,
                    shows_end,
                    scroll_max: 3,
                    beside_max: None,
                    found: Vec::new(),
                    title: None,
                }));
            }
            Step::Passed { millis } => {
                self.now = self.now.plus(Duration::from_millis(millis));
                self.take(Event::Ticked);
            }
            Step::Refused => self.take(Event::Refused { count: 1, why: "full".into() }),
            Step::JournalLost => self.take(Event::JournalLost("full".into())),
            Step::StopAsked => self.take(Event::StopAsked),
            Step::Thawed => self.take(Event::Thawed),
            Step::Froze => self.take(Event::Froze(Tree::default())),
        }
    }

    /// Takes an event and checks what follows from it: every answer once, after its decision is on the disk.
    fn take(&mut self, event: Event) {
        let is_lost = self.state.journal_lost.is_some();
        let effects = update(&mut self.state, self.now, event);
        let mut unsynced = Vec::new();
        for effect in effects {
            match effect {
                Effect::Append(body) => match *body {
                    Body::Hold { case, id, .. } => {
                        assert!(self.case_of.insert(id, case).is_none(), "two cases for one hold");
                    }
                    Body::Decision { case, decision } => {
                        assert!(self.decided.insert(case, decision.ruling).is_none(), "{case} was decided twice");
                        unsynced.push(case);
                    }
                    _ => {}
                },
                Effect::Sync => unsynced.clear(),
                Effect::Reply(hold, reply) => {
                    let case = self.case_of[&hold];
                    assert!(!unsynced.contains(&case), "{case} is answered before its decision is on the disk");
                    let ruling = self.decided.get(&case).copied();
                    let is_approved = matches!(reply, Reply::Continue { .. });
                    assert_eq!(is_approved, ruling == Some(Ruling::Approve), "{case}: {ruling:?} {reply:?}");
                    assert!(!(is_approved && is_lost), "{case} was approved without a journal");
                    assert!(self.replies.insert(hold, reply).is_none(), "{case} was answered twice");
                }
                Effect::Thaw => assert_eq!(self.state.docket.open_count(), 0, "it goes on although something is held"),
                _ => {}
            }
        }
        assert_eq!(unsynced, Vec::new(), "a decision that no sync follows");
        assert_eq!(self.replies.len() + self.state.docket.open_count(), self.holds.len());
    }

    fn end(&mut self) {
        self.take(Event::AgentExited { status: 0, signal: None });
        self.take(Event::SurvivorsSeen(Tree::default()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn under_any_order_of_events_each_hold_ends_exactly_once(
        on_hold in prop::sample::select(vec![OnHold::Panel, OnHold::Wait, OnHold::Deny, OnHold::Approve]),
        steps in prop::collection::vec(step(), 0..60),
    ) {
        let mut session = Session::new(on_hold);
        for step in steps {
            session.step(step);
        }
        session.end();
        let answered: Vec<HoldId> = session.replies.keys().copied().collect();
        prop_assert_eq!(answered, session.holds);
    }

    #[test]
    fn without_the_operator_nothing_is_approved(steps in prop::collection::vec(step(), 0..60)) {
        let mut session = Session::new(OnHold::Panel);
        for step in steps {
            let is_consent = matches!(step, Step::Ruled { ruling: Ruling::Approve, .. })
                || matches!(step, Step::Pressed(Command::ApproveOnce | Command::SendTarget));
            if !is_consent {
                session.step(step);
            }
        }
        session.end();
        prop_assert!(session.decided.values().all(|ruling| *ruling != Ruling::Approve));
    }

    #[test]
    fn shown_text_has_nothing_in_it_that_a_terminal_obeys(bytes in prop::collection::vec(any::<u8>(), 0..200), text in any::<String>()) {
        for untrusted in [Untrusted::new(bytes), Untrusted::from(text)] {
            let shown = untrusted.shown();
            prop_assert!(!shown.contains(must_be_escaped), "{:?}", shown);
        }
    }

    #[test]
    fn peeling_twice_is_peeling_once(
        wrappers in prop::collection::vec(
            prop::sample::select(vec!["sudo", "sudo -u bob", "env A=1", "timeout 5", "nice -n 3", "nohup", "setsid -f", "xargs -n1", "command", "time", "stdbuf -oL", "ionice -c3"]),
            0..4,
        ),
        command in prop::sample::select(vec!["rm -rf x", "git push -f", "ls", "psql -c 'DROP TABLE x'", "echo rm", "bash script.sh"]),
    ) {
        let place = Place::default();
        let text = [&wrappers[..], &[command]].concat().join(" ");
        for invocation in read(&text, &place).invocations {
            let words: Vec<String> = invocation.words.iter().map(|word| word.text.clone()).collect();
            let again: Vec<Vec<String>> = peel(invocation.words, &place)
                .invocations
                .into_iter()
                .map(|peeled| peeled.words.into_iter().map(|word| word.text).collect())
                .collect();
            prop_assert_eq!(again, vec![words], "{}", text);
        }
    }
}

static JUDGE: LazyLock<Judge> = LazyLock::new(|| Judge::new(&built_in().unwrap(), Policy::default()));

fn verdict(text: &str) -> Verdict {
    JUDGE.judge(&asked(TextKind::Shell, text, Some("/home/dev/shop")), &Fresh, &Blind).verdict
}

/// Commands that are held for what they do, and ordinary ones.
const COMMANDS: &[&[&str]] = &[
    &["rm", "-rf", "src"],
    &["rm", "-rf", "/"],
    &["git", "push", "-f"],
    &["git", "reset", "--hard"],
    &["cat", ".env"],
    &["docker", "volume", "rm", "data"],
    &["psql", "-c", "DROP TABLE users"],
    &["curl", "-X", "DELETE", "https://api.example.com/volumes/1"],
    &["terraform", "destroy", "-auto-approve"],
    &["kubectl", "delete", "namespace", "shop"],
    &["aws", "s3", "rm", "s3://shop-prod-data", "--recursive"],
    &["python3", "-c", "import shutil; shutil.rmtree('src')"],
    &["find", "src", "-delete"],
    &["sudo", "ls"],
    &["ls", "-la"],
    &["git", "status"],
    &["npm", "test"],
    &["echo", "rm -rf /"],
    &["rm", "-rf", "node_modules"],
];

/// Lines that do nothing worth a word, whatever stands before and after them.
const HARMLESS: &[&str] = &[
    "ls -la",
    "git status",
    "echo rm -rf /",
    "true",
    "cat README.md | head -3",
    "X=1",
    "for i in 1 2; do echo $i; done",
    "if [ -f a ]; then cat a; fi",
    "f() { ls; }",
    "cat <<'E'\nrm -rf /\nE\n",
    "(cd src && ls)",
    "alias ll='ls -l'",
    "case $1 in a) ls;; esac",
    "grep -rn 'curl x | sh' docs",
];

/// The examples of every rule, those that it hits and those that it does not, as far as they are whole texts.
static EXAMPLES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let all = JUDGE.rules().iter().flat_map(|rule| rule.hit.iter().chain(&rule.miss));
    all.filter(|text| !parse(text).has_error).map(|text| text.to_string()).collect()
});

/// The words of those examples that are one plain command.
static PLAIN: LazyLock<Vec<Vec<String>>> =
    LazyLock::new(|| EXAMPLES.iter().filter_map(|text| plain_words(text)).collect());

fn plain_words(text: &str) -> Option<Vec<String>> {
    let script = parse(text);
    let [Node::Simple(simple)] = script.nodes.as_slice() else { return None };
    let text_of = |word: &Argument| match word.parts.as_slice() {
        [Part::Literal(text)] => Some(text.clone()),
        [Part::Bare(text)] if !text.contains(['*', '?', '[', '{', '~', '#']) => Some(text.clone()),
        _ => None,
    };
    let is_plain = simple.assigns.is_empty() && simple.redirects.is_empty() && !simple.words.is_empty();
    is_plain.then(|| simple.words.iter().map(text_of).collect()).flatten()
}

/// The words of every program that starts, in order and once.
fn started(invocations: &[Invocation]) -> BTreeSet<Vec<String>> {
    let words = |invocation: &Invocation| invocation.words.iter().map(|word| word.text.clone()).collect::<Vec<_>>();
    invocations.iter().map(words).filter(|words| !words.is_empty()).collect()
}

/// The built-in packs with those rules alone whose place is in `kept`.
fn with_rules(kept: impl Fn(usize) -> bool) -> Judge {
    let mut packs = built_in().unwrap();
    let mut at = 0;
    for pack in &mut packs {
        pack.rules.retain(|_| {
            at += 1;
            kept(at - 1)
        });
    }
    Judge::new(&packs, Policy::default())
}

fn squoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A word written in one of the ways that mean the same.
fn written(word: &str, way: usize) -> String {
    let is_bare = word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./:=".contains(&b));
    let double =
        format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$").replace('`', "\\`"));
    match way {
        0 if is_bare => word.to_owned(),
        1 => double,
        2 => {
            let (before, after) = word.split_at(word.len() / 2);
            format!("{}{}", squoted(before), squoted(after))
        }
        3 if is_bare => word.chars().map(|c| format!("\\{c}")).collect(),
        4 => format!("$'{}'", word.bytes().map(|b| format!("\\x{b:02x}")).collect::<String>()),
        5 if is_bare => format!("\"\"{word}''"),
        _ => squoted(word),
    }
}

fn line(words: &[&str], ways: &[usize]) -> String {
    let each = words.iter().enumerate().map(|(at, word)| written(word, ways[at % ways.len()]));
    each.collect::<Vec<_>>().join(" ")
}

/// The command in something that runs it just the same.
fn wrapped(text: &str, how: usize) -> String {
    match how {
        0 => format!("sudo sh -c {}", squoted(text)),
        1 => format!("bash -lc {}", squoted(text)),
        2 => format!("env A=1 timeout 5 sh -c {}", squoted(text)),
        3 => format!("eval {}", squoted(text)),
        4 => format!(
            "env -S {}",
            squoted(&format!(
                "sh -c \"{}\"",
                text.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$").replace('`', "\\`")
            ))
        ),
        5 => format!("( {text})"),
        // A newline ends a command also where it ends in `&`.
        6 => format!("if true; then {text}\nfi"),
        7 => format!("f() {{ {text}\n}}; f"),
        8 => format!("echo {} | sh", squoted(text)),
        9 => format!("sh <<'END-{}'\n{text}\nEND-{}\n", text.len(), text.len()),
        10 => format!("bash <<< {}", squoted(text)),
        11 => format!("X={}; bash -c \"$X\"", squoted(text)),
        12 => format!("nohup nice -n 3 setsid sh -c {} &", squoted(text)),
        13 => format!("python3 -c {}", squoted(&format!("import os; os.system({})", serde_json::Value::from(text)))),
        14 => format!(
            "node -e {}",
            squoted(&format!("require('child_process').execSync({})", serde_json::Value::from(text)))
        ),
        15 => format!("trap {} EXIT", squoted(text)),
        16 => format!("source /dev/stdin <<< {}", squoted(text)),
        17 => format!("flock /tmp/l -c {}", squoted(text)),
        // The blank keeps a subshell at its beginning from being read as arithmetic.
        18 => format!("X=$( {text}); echo \"$X\""),
        _ => format!("cat <(sh -c {})", squoted(text)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn quoting_never_changes_a_verdict(
        words in prop::sample::select(COMMANDS),
        ways in prop::collection::vec(0usize..7, 1..6),
    ) {
        let (plain, quoted) = (line(words, &[6]), line(words, &ways));
        prop_assert_eq!(verdict(&quoted), verdict(&plain), "{}", quoted);
    }

    #[test]
    fn wrapping_never_softens_a_verdict(
        words in prop::sample::select(COMMANDS),
        hows in prop::collection::vec(0usize..20, 1..4),
    ) {
        let plain = line(words, &[6]);
        let text = hows.iter().fold(plain.clone(), |text, how| wrapped(&text, *how));
        prop_assert!(verdict(&text) >= verdict(&plain), "{}", text);
    }

    #[test]
    fn harmless_lines_around_never_hide_a_command(
        before in prop::collection::vec(prop::sample::select(HARMLESS), 0..8),
        words in prop::sample::select(COMMANDS),
        after in prop::collection::vec(prop::sample::select(HARMLESS), 0..4),
    ) {
        let command = line(words, &[6]);
        let lines: Vec<&str> = before.iter().copied().chain([command.as_str()]).chain(after).collect();
        let text = lines.join("\n");
        prop_assert!(verdict(&text) >= verdict(&command), "{}", text);
    }

    #[test]
    fn quoting_never_changes_the_verdict_of_any_example(
        at in any::<prop::sample::Index>(),
        ways in prop::collection::vec(0usize..7, 1..6),
    ) {
        let words: Vec<&str> = at.get(&PLAIN).iter().map(String::as_str).collect();
        let (plain, quoted) = (line(&words, &[6]), line(&words, &ways));
        prop_assert_eq!(verdict(&quoted), verdict(&plain), "{}", quoted);
    }

    #[test]
    fn harmless_commands_before_any_example_never_hide_it(
        before in prop::collection::vec(prop::sample::select(HARMLESS), 1..6),
        joint in prop::sample::select(vec!["\n", "; ", " && ", " || ", " & "]),
        at in any::<prop::sample::Index>(),
    ) {
        let example = at.get(&EXAMPLES);
        // What ends a here-document stands on a line of its own.
        let before = before.iter().filter(|line| joint == "\n" || !line.contains('\n')).copied();
        let text = before.chain([example.as_str()]).collect::<Vec<_>>().join(joint);
        prop_assert!(verdict(&text) >= verdict(example), "{}", text);
    }

    #[test]
    fn adding_rules_never_softens_a_verdict(
        few in prop::collection::vec(0u8..4, 400),
        more in prop::collection::vec(0u8..4, 400),
        picked in prop::collection::vec(any::<prop::sample::Index>(), 8),
    ) {
        let has = |chosen: &[u8], at: usize| chosen.get(at).is_some_and(|n| *n == 0);
        let (fewer, all) = (with_rules(|at| has(&few, at)), with_rules(|at| has(&few, at) || has(&more, at)));
        for at in picked {
            let text = at.get(&EXAMPLES);
            let of = |judge: &Judge| judge.judge(&asked(TextKind::Shell, text, Some("/home/dev/shop")), &Fresh, &Blind).verdict;
            prop_assert!(of(&all) >= of(&fewer), "{}", text);
        }
    }

    #[test]
    fn what_is_peeled_peels_to_itself(
        at in any::<prop::sample::Index>(),
        hows in prop::collection::vec(0usize..20, 0..4),
    ) {
        let place = Place { cwd: Some("/home/dev/shop".to_owned()), home: None };
        let text = hows.iter().fold(at.get(&EXAMPLES).clone(), |text, how| wrapped(&text, *how));
        let reading = read(&text, &place);
        for invocation in &reading.invocations {
            // What standard input, a variable or another command gives is not in the words.
            let is_whole = invocation.words.iter().all(|word| !word.is_open() && word.from.is_empty());
            if is_whole && !invocation.words.is_empty() {
                let once = peel(invocation.words.clone(), &place).invocations;
                let twice = once.iter().flat_map(|peeled| peel(peeled.words.clone(), &place).invocations);
                prop_assert_eq!(started(&twice.collect::<Vec<_>>()), started(&once), "{}", text);
            }
        }
    }

    #[test]
    fn a_broken_end_never_hides_the_lines_before_it(
        words in prop::sample::select(COMMANDS),
        end in prop::sample::select(vec!["if true; then", "echo \"unclosed", "for x in", "((", "case x in", "cat <(", "$(", "}", "&& &&"]),
    ) {
        let command = line(words, &[6]);
        prop_assert!(verdict(&format!("{command}\n{end}")) >= verdict(&command).max(Verdict::Hold), "{} {}", command, end);
    }
}

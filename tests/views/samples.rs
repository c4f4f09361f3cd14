//! Sessions as they may look, made from events alone.

use std::time::Duration;

use holdpoint::app::{Event, FarCase, Input, OnHold, SessionInfo, Settings, State, StoreStatus, agent_size, update};
use holdpoint::journal::Gate;
use holdpoint::model::{
    Action, ActionId, ActionKind, Blast, Caller, CaseId, Class, Exec, Extent, FileAct, FileDeed, FileObject, Finding,
    HoldId, Intent, Judgement, Keep, Link, LinkKind, Moment, NodeState, ObjectKind, Pid, Ruling, SecretHandle,
    SecretId, Source, Span, Tier, Tool, ToolDeed, Tree, TreeNode, Undo, Untrusted, Verdict,
};
use holdpoint::term::Screen;

pub type Make = fn((u16, u16)) -> State;

pub const ALL: &[(&str, Make)] = &[
    ("normal", normal),
    ("critical", critical),
    ("target", target),
    ("words", words),
    ("releasing", releasing),
    ("again", again),
    ("similar", similar),
    ("column", column),
    ("clipboard", clipboard),
    ("high", high),
    ("low", low),
    ("file", file),
    ("intent", intent),
    ("announced", announced),
    ("elsewhere", elsewhere),
    ("environment", environment),
    ("long", long),
    ("hostile", hostile),
    ("grant", grant),
    ("grants", grants),
    ("ordered", ordered),
    ("docket", docket),
    ("sessions", sessions),
    ("timeline", timeline),
    ("event", event),
    ("help", help),
    ("palette", palette),
    ("quit", quit),
    ("copy", copy),
    ("survivors", survivors),
    ("journal-lost", journal_lost),
];

pub fn at(secs: u64) -> Moment {
    Moment::from_duration(Duration::from_secs(secs))
}

pub fn new(window: (u16, u16)) -> State {
    let session = SessionInfo {
        id: "20261121-124400-shop".to_owned(),
        agent: vec!["cursor-agent".into()],
        cwd: "/work/shop".into(),
        task: Some("fix the failing staging login".into()),
        host: Some("build-3".into()),
        operator: Some("kim".into()),
        gate: Gate::Kernel,
        started: "2026-11-21T12:31:20Z".to_owned(),
        midnight_secs: 12 * 3600 + 31 * 60 + 20,
    };
    let settings = Settings { on_hold: OnHold::Panel, profile: "balanced".to_owned(), is_replay: false };
    let (cols, rows) = agent_size(window, false);
    State::new(session, settings, window, Screen::new(cols, rows, 1_000))
}

pub fn exec(argv: &[&str]) -> ActionKind {
    ActionKind::Exec(Exec {
        path: format!("/usr/bin/{}", argv[0]).as_str().into(),
        resolved: Some(format!("/usr/bin/{}", argv[0]).as_str().into()),
        argv: argv.iter().map(|word| Untrusted::from(*word)).collect(),
        cwd: "/work/shop".into(),
        ..Exec::default()
    })
}

pub fn action(id: u64, secs: u64, argv: &[&str]) -> Action {
    let caller = Caller { pid: Pid(4391), tid: Pid(4391), parent: Pid(4388), program: "bash".into() };
    Action { id: ActionId(id), at: at(secs), caller, source: Source::Kernel, kind: exec(argv) }
}

pub fn tree(state: NodeState) -> Tree {
    let node = |pid, parent, depth, command: &str, state| TreeNode {
        pid: Pid(pid),
        parent: Pid(parent),
        depth,
        command: command.into(),
        state,
    };
    let last = if state == NodeState::Stopped { NodeState::Held } else { state };
    Tree {
        nodes: vec![
            node(4121, 4100, 0, "cursor-agent", state),
            node(4388, 4121, 1, "bash -c curl", state),
            node(4390, 4121, 1, "node server.js", state),
            node(4391, 4388, 2, "curl", last),
        ],
    }
}

pub fn step(state: &mut State, secs: u64, event: Event) {
    let _ = update(state, at(secs), event);
}

pub fn judged(state: &mut State, secs: u64, argv: &[&str], verdict: Verdict) {
    let judgement = Judgement { verdict, ..Judgement::default() };
    step(state, secs, Event::Judged { action: action(secs, secs, argv), judgement, covered_by: None });
}

pub fn normal(window: (u16, u16)) -> State {
    let mut state = new(window);
    state.is_hooked = true;
    let store = StoreStatus { bytes: 12_900_000, budget_bytes: 2 << 30, kept: 14, not_kept: 0 };
    step(&mut state, 1, Event::StoreSeen(store));
    let screen = " > fix the failing staging login\r\n\r\n \x1b[36m•\x1b[0m I will look at how staging reads its credentials.\r\n \x1b[36m•\x1b[0m Run  \x1b[1mnpm run login:staging\x1b[0m\r\n   \x1b[31merror: credential mismatch (401)\x1b[0m\r\n \x1b[36m•\x1b[0m Read infra/domains.env\r\n 漢字 wide, e\u{301} combined\r\n";
    step(&mut state, 1, Event::Output(screen.as_bytes().to_vec()));
    step(&mut state, 760, Event::TreeSeen(tree(NodeState::Running)));
    judged(&mut state, 761, &["cat", "deploy/staging.env"], Verdict::Allow);
    judged(&mut state, 767, &["npm", "run", "login:staging"], Verdict::Allow);
    judged(&mut state, 769, &["cat", "infra/domains.env"], Verdict::Log);
    step(&mut state, 764, Event::Ticked);
    state
}

pub fn finding(rule: &str, tier: Tier, class: Class, title: &str, why: &str, text: &str, part: &str) -> Finding {
    let from = text.find(part).unwrap_or(0);
    Finding::new(rule, class, tier, Span(from, from + part.len()), title, why)
}

pub const DELETE: [&str; 7] = [
    "curl",
    "-sS",
    "http://127.0.0.1:8787/graphql",
    "-H",
    "Authorization: Bearer ‹secret A: tok_…3f9a›",
    "-d",
    "{\"query\":\"mutation { volumeDelete(volumeId: \\\"vol_9f2c\\\") }\"}",
];

pub fn critical_judgement() -> Judgement {
    let text = DELETE.join(" ");
    let link =
        |secs, kind, what: &str, note: &str| Link { at: at(secs), kind, what: what.into(), note: note.to_owned() };
    let mut delete = finding(
        "network/graphql-delete",
        Tier::Critical,
        Class::Delete,
        "deletes a storage volume, no undo known",
        "A deleted volume takes its snapshots with it; nothing on this machine can bring them back.",
        &text,
        "volumeDelete",
    );
    delete.target = Some("vol_9f2c".into());
    Judgement {
        verdict: Verdict::Confirm,
        findings: vec![
            delete,
            finding(
                "secrets/found-token",
                Tier::High,
                Class::TokenDiscovery,
                "uses a token found in an unrelated file",
                "Secret A was first seen in infra/domains.env:4, which has nothing to do with the task.",
                &text,
                "‹secret A: tok_…3f9a›",
            ),
            finding(
                "guess/target",
                Tier::Medium,
                Class::Unverified,
                "a target nobody looked at",
                "vol_9f2c was never listed or read in this session.",
                &text,
                "vol_9f2c",
            ),
        ],
        blast: Blast { targets: vec!["vol_9f2c".into()], undo: Undo::None, ..Blast::default() },
        chain: vec![
            link(767, LinkKind::Run, "npm run login:staging", "401 mismatch"),
            link(769, LinkKind::Read, "infra/domains.env", "secret A first seen"),
            link(775, LinkKind::Said, "\"delete the staging volume to reset it\"", "a guess"),
        ],
        secrets: vec![secret()],
        ..Judgement::default()
    }
}

/// The token that stands in the critical case.
fn secret() -> SecretHandle {
    SecretHandle {
        id: SecretId(0),
        kind: "token".to_owned(),
        handle: "tok_…3f9a".to_owned(),
        seen: Some("infra/domains.env:4".into()),
        digest: "5f0c1b2a99d04e7c".repeat(4),
    }
}

pub fn held(state: &mut State, secs: u64, id: u64, argv: &[&str], judgement: Judgement) {
    let event = Event::Held {
        hold: HoldId(id),
        action: action(id, secs, argv),
        judgement,
        tree: tree(NodeState::Stopped),
        frozen: Some(Duration::from_micros(800)),
    };
    step(state, secs, event);
}

pub fn critical(window: (u16, u16)) -> State {
    let mut state = normal(window);
    held(&mut state, 776, 7, &DELETE, critical_judgement());
    state
}

pub fn push(state: &mut State, secs: u64, id: u64) {
    let argv = ["git", "push", "--force", "origin", "main"];
    let text = argv.join(" ");
    let finding = finding(
        "git/force-push",
        Tier::High,
        Class::Delete,
        "overwrites a remote branch",
        "Commits that exist only on the remote are gone for whoever has not fetched them.",
        &text,
        "--force",
    )
    .instead("git push --force-with-lease");
    let blast = Blast { targets: vec!["origin/main".into()], ..Blast::default() };
    let commands = vec![argv.iter().map(|word| Untrusted::from(*word)).collect()];
    let judgement =
        Judgement { verdict: Verdict::Hold, findings: vec![finding], blast, commands, ..Judgement::default() };
    held(state, secs, id, &argv, judgement);
}

/// What can be granted over a case, with the earlier case that it would have covered.
pub fn grant(window: (u16, u16)) -> State {
    let mut state = high(window);
    let (case, ruling, shown) = (CaseId(1), Ruling::Approve, String::new());
    let ruling = holdpoint::app::RemoteRuling { case, ruling, shown, target: None, because: None };
    step(&mut state, 779, Event::RuledRemotely(ruling));
    push(&mut state, 780, 8);
    key(&mut state, 782_000, "Ctrl-] h R Down");
    state
}

/// The grants of a session, one of them used.
pub fn grants(window: (u16, u16)) -> State {
    use holdpoint::model::{Grant, GrantFrom, GrantId, Granted};
    let mut state = normal(window);
    let words = ["git", "push", "origin", "feature/*"].map(str::to_owned).to_vec();
    for (id, from) in [(1, GrantFrom::Policy(12)), (2, GrantFrom::Case(CaseId(3)))] {
        let what = Granted::Pattern { words: words.clone(), cwd: None };
        let grant = Grant { id: GrantId(id), from, at: at(770), what, rules: Vec::new() };
        step(&mut state, 770, Event::Granted(Box::new(grant)));
    }
    let judgement = Judgement { verdict: Verdict::Log, granted: Some(GrantId(1)), ..Judgement::default() };
    let argv = ["git", "push", "origin", "feature/login"];
    step(&mut state, 775, Event::Judged { action: action(775, 9, &argv), judgement, covered_by: None });
    key(&mut state, 779_000, "Ctrl-] g Down");
    state
}

/// One order holds, and the task's words offer others.
pub fn ordered(window: (u16, u16)) -> State {
    use holdpoint::model::{Given, Order, StandingOrder};
    let mut state = normal(window);
    let order = StandingOrder { order: Order::ReadOnly, given: Given::Option, words: "--orders read-only".into() };
    state.standing.begin(vec![order], Some("staging".to_owned()), &[]);
    state.standing.offer(&"Fix the login. Do not run anything, never touch production!".into());
    state
}

pub fn high(window: (u16, u16)) -> State {
    let mut state = normal(window);
    push(&mut state, 776, 7);
    state
}

pub fn low(window: (u16, u16)) -> State {
    let mut state = normal(window);
    let argv = ["rm", "notes.txt"];
    let finding = finding(
        "files/remove",
        Tier::Low,
        Class::Delete,
        "removes a tracked file",
        "It can be taken back from git.",
        "rm notes.txt",
        "notes.txt",
    );
    let judgement = Judgement { verdict: Verdict::Hold, findings: vec![finding], ..Judgement::default() };
    held(&mut state, 776, 7, &argv, judgement);
    state
}

/// A script that removes the project's sources file by file.
pub fn file(window: (u16, u16)) -> State {
    let mut state = normal(window);
    let object =
        FileObject { device: 1, inode: 7, kind: ObjectKind::File, bytes: 18_204, links: 1, is_new: Some(false) };
    let act = FileAct {
        deed: FileDeed::Remove,
        call: "unlinkat".to_owned(),
        path: "routes.py".into(),
        target: "/work/shop/src/api/routes.py".into(),
        from: None,
        origin: None,
        tree: None,
        object,
        stays: 0,
        command: ["python3", "tools/clean.py", "--all", "src/api"].map(Untrusted::from).to_vec(),
        cwd: "/work/shop".into(),
        count: 1,
        keep: Keep::Kept { bytes: 5_120 },
    };
    let title = "removes a folder of the project";
    let why = "What was not committed is gone.";
    let rule = "files/remove-folder";
    let removes = Finding::new(rule, Class::Delete, Tier::High, Span(0, 0), title, why);
    let blast = Blast {
        targets: vec!["/work/shop/src/api".into()],
        backups: Some("this file is in git".to_owned()),
        undo: Undo::By("watch undo".to_owned()),
        below: Some("/work/shop/src/api".into()),
        ..Blast::default()
    };
    let judgement = Judgement { verdict: Verdict::Hold, findings: vec![removes], blast, ..Judgement::default() };
    let action = Action { kind: ActionKind::File(Box::new(act)), ..action(7, 776, &["python3"]) };
    let (hold, tree) = (HoldId(7), tree(NodeState::Stopped));
    step(&mut state, 776, Event::Held { hold, action, judgement, tree, frozen: Some(Duration::from_micros(800)) });
    state
}

fn tool(name: &str, deed: ToolDeed) -> Tool {
    Tool {
        name: name.into(),
        call: Some("toolu_1".into()),
        deed,
        cwd: Some("/work/shop".into()),
        reason: Some("Remove the old scratch folder".into()),
        input: "{}".into(),
    }
}

/// A fact that goes beyond what was announced and approved.
pub fn intent(window: (u16, u16)) -> State {
    let mut state = normal(window);
    let argv = ["rm", "-r", "/scratch"];
    let text = argv.join(" ");
    let why = "What was not committed is gone.";
    let removes = finding(
        "files/remove-outside",
        Tier::High,
        Class::Delete,
        "removes what lies outside the project",
        why,
        &text,
        "/scratch",
    );
    let differs = "`rm -r $BASE/scratch` was announced; it became `rm -r /scratch`";
    let beyond = Finding::new(
        "session/beyond",
        Class::Unverified,
        Tier::Medium,
        Span(0, 0),
        "differs from what was announced",
        differs,
    );
    let deed = ToolDeed::Shell { command: "rm -r $BASE/scratch".into() };
    let intent = Intent {
        tool: tool("Bash", deed),
        source: Source::Hook,
        at: at(775),
        case: Some(CaseId(1)),
        ruling: Some(Ruling::Approve),
        differs: Some(differs.into()),
    };
    let judgement = Judgement {
        verdict: Verdict::Hold,
        findings: vec![removes, beyond],
        intent: Some(Box::new(intent)),
        ..Judgement::default()
    };
    held(&mut state, 776, 7, &argv, judgement);
    state
}

/// A call that the agent's hook asks about; nothing of it has happened.
pub fn announced(window: (u16, u16)) -> State {
    let mut state = normal(window);
    let content = "#!/bin/sh\nexit 0\n";
    let deed =
        ToolDeed::Write { path: ".git/hooks/pre-commit".into(), content: Some(content.into()), extent: Extent::Whole };
    let action = Action { source: Source::Hook, kind: ActionKind::Tool(tool("Write", deed)), ..action(7, 776, &["x"]) };
    let title = "changes what runs at login or on a commit";
    let found = Finding::new(
        "tampering/startup-files",
        Class::Tampering,
        Tier::Medium,
        Span(0, 0),
        title,
        "It runs later, with nobody asking.",
    );
    let judgement = Judgement { verdict: Verdict::Hold, findings: vec![found], ..Judgement::default() };
    let tree = tree(NodeState::Stopped);
    step(
        &mut state,
        776,
        Event::Held { hold: HoldId(7), action, judgement, tree, frozen: Some(Duration::from_millis(2)) },
    );
    state
}

pub fn elsewhere(window: (u16, u16)) -> State {
    let mut state = normal(window);
    let argv = ["sudo", "apt-get", "install", "jq"];
    let finding = finding(
        "privilege/sudo",
        Tier::High,
        Class::Privilege,
        "asks for root",
        "What runs as root is beyond this supervisor.",
        &argv.join(" "),
        "sudo",
    );
    let judgement = Judgement {
        verdict: Verdict::Hold,
        findings: vec![finding],
        cannot_work: Some("sudo needs rights that no_new_privs takes from every supervised program".to_owned()),
        ..Judgement::default()
    };
    held(&mut state, 776, 7, &argv, judgement);
    state
}

pub fn key(state: &mut State, millis: u64, keys: &str) {
    let keymap = holdpoint::ui::Keymap::shipped("default").expect("a keymap");
    for key in keys.split_whitespace() {
        let key = key.parse().expect("a key");
        let resolved = keymap.resolve(state.interaction.mode(), &state.interaction.prefix, key);
        let at = Moment::from_duration(Duration::from_millis(millis));
        let _ = update(state, at, Event::Input(Input::Key { key, resolved, is_repeat: false, at }));
    }
}

/// A case that has been drawn in full, so that its lock opens with time.
fn painted(state: &mut State, millis: u64) {
    let (cols, rows) = state.window;
    let mut buffer = ratatui::buffer::Buffer::empty(ratatui::layout::Rect::new(0, 0, cols, rows));
    let theme = holdpoint::ui::Theme::shipped("mono").expect("a theme");
    let keymap = holdpoint::ui::Keymap::shipped("default").expect("a keymap");
    let drawn = holdpoint::ui::view(state, &theme, &keymap, &mut buffer);
    let _ = update(state, Moment::from_duration(Duration::from_millis(millis)), Event::Painted(drawn.painting));
}

pub fn target(window: (u16, u16)) -> State {
    let mut state = critical(window);
    key(&mut state, 777_000, "Ctrl-] h");
    painted(&mut state, 777_010);
    key(&mut state, 777_020, "End");
    painted(&mut state, 777_030);
    key(&mut state, 780_000, "A");
    key(&mut state, 781_000, "v o l _ 9");
    painted(&mut state, 781_010);
    state
}

pub fn words(window: (u16, u16)) -> State {
    let mut state = high(window);
    key(&mut state, 777_000, "Ctrl-] h");
    painted(&mut state, 777_010);
    key(&mut state, 778_000, "D u s e Space a Space b r a n c h");
    state
}

/// A critical case whose approval waits to be let go.
pub fn releasing(window: (u16, u16)) -> State {
    let mut state = target(window);
    for (at, c) in "f2c".chars().enumerate() {
        key(&mut state, 781_200 + 100 * at as u64, &c.to_string());
    }
    key(&mut state, 781_600, "Enter");
    step(&mut state, 784, Event::Ticked);
    state
}

/// An act that was denied and is tried again.
pub fn again(window: (u16, u16)) -> State {
    let mut state = high(window);
    key(&mut state, 779_000, "Ctrl-] h d");
    push(&mut state, 790, 8);
    state
}

/// A case by a rule that opened others before, with its full text.
pub fn similar(window: (u16, u16)) -> State {
    let mut state = critical(window);
    key(&mut state, 778_000, "Ctrl-] h d");
    for (id, argv) in [(8, ["git", "status"]), (9, ["git", "log"])] {
        held(&mut state, 780 + id, id, &argv, critical_judgement());
        key(&mut state, 790_000 + id, "Ctrl-] h d");
    }
    held(&mut state, 800, 11, &DELETE, critical_judgement());
    key(&mut state, 801_000, "Ctrl-] h e");
    painted(&mut state, 801_010);
    key(&mut state, 802_000, "End");
    state
}

/// The keyboard is in the column beside a case, which is longer than the window.
pub fn column(window: (u16, u16)) -> State {
    let mut state = normal(window);
    let mut judgement = critical_judgement();
    let first = judgement.chain.first().cloned();
    judgement.chain.splice(0..0, first.into_iter().cycle().take(60));
    held(&mut state, 776, 7, &DELETE, judgement);
    key(&mut state, 777_000, "Ctrl-] h");
    painted(&mut state, 777_010);
    key(&mut state, 777_020, "Tab PgDn");
    state
}

/// A case that has the keyboard.
pub fn read(window: (u16, u16)) -> State {
    let mut state = critical(window);
    key(&mut state, 777_000, "Ctrl-] h");
    state
}

/// More findings than a small window has room for.
pub fn many(window: (u16, u16)) -> State {
    let mut state = normal(window);
    let rule = |n: u32| {
        finding(
            &format!("test/{n}"),
            Tier::High,
            Class::Delete,
            &format!("rule number {n}"),
            "Because.",
            "rm -r x",
            "x",
        )
    };
    let judgement = Judgement { verdict: Verdict::Hold, findings: (1..=4).map(rule).collect(), ..critical_judgement() };
    held(&mut state, 776, 7, &["rm", "-r", "x", &"long ".repeat(60)], judgement);
    state
}

/// The agent wants to write to the clipboard.
pub fn clipboard(window: (u16, u16)) -> State {
    let mut state = normal(window);
    step(&mut state, 780, Event::Output(b"\x1b]52;c;cm0gLXJmIC8gIyBhIGxvbmcgbGluZSB0aGF0IGlzIGN1dAo=\x07".to_vec()));
    state
}

pub fn environment(window: (u16, u16)) -> State {
    let mut state = normal(window);
    let mut action = action(7, 776, &["psql", "-c", "drop table orders"]);
    if let ActionKind::Exec(exec) = &mut action.kind {
        exec.resolved = Some("/opt/pg/bin/psql".into());
        exec.stdin = Some("pipe:[4711]".into());
        exec.env_changed =
            vec![("PGHOST".into(), "db.prod.example".into()), ("PGPASSWORD".into(), "‹secret B: pw_…77aa›".into())];
    }
    let text = "psql -c drop table orders";
    let mut finding = finding(
        "databases/drop-table",
        Tier::Critical,
        Class::Delete,
        "drops a table",
        "A dropped table is gone with all its rows.",
        text,
        "drop table orders",
    );
    finding.target = Some("orders".into());
    let judgement = Judgement {
        verdict: Verdict::Confirm,
        findings: vec![finding],
        blast: Blast {
            targets: vec!["orders".into()],
            environment: Some("production".to_owned()),
            undo: Undo::None,
            ..Blast::default()
        },
        ..Judgement::default()
    };
    let event = Event::Held {
        hold: HoldId(7),
        action,
        judgement,
        tree: tree(NodeState::Stopped),
        frozen: Some(Duration::from_micros(800)),
    };
    step(&mut state, 776, event);
    state
}

fn plain(state: &mut State, argv: &[&str]) {
    let finding =
        finding("files/remove", Tier::High, Class::Delete, "removes files", "They are not tracked.", "x", "x");
    held(state, 776, 7, argv, Judgement { verdict: Verdict::Hold, findings: vec![finding], ..Judgement::default() });
}

pub fn long(window: (u16, u16)) -> State {
    let mut state = normal(window);
    let script: String = (1..60).map(|n| format!("echo line {n}\n")).collect();
    plain(&mut state, &["bash", "-c", &format!("{script}rm -rf 'THE LAST WORD'")]);
    state
}

pub fn hostile(window: (u16, u16)) -> State {
    let mut state = normal(window);
    let long = "x".repeat(1 << 20);
    let blanks = format!("ok{}; rm -rf /", " ".repeat(400));
    let lines = format!("true{}rm -rf x", "\n".repeat(41));
    let words = [
        "rm",
        "\u{202e}gpj.exe",
        "\u{1b}[2J\u{1b}]0;watch\u{7}",
        "a\rb",
        "ex\u{430}mple.com",
        "\u{200b}",
        &blanks,
        &lines,
        &long,
    ];
    plain(&mut state, &words);
    state
}

pub fn docket(window: (u16, u16)) -> State {
    let mut state = critical(window);
    push(&mut state, 777, 8);
    push(&mut state, 800, 9);
    held(
        &mut state,
        801,
        10,
        &["rm", "-r", "notes/"],
        Judgement {
            verdict: Verdict::Hold,
            findings: vec![finding(
                "files/remove",
                Tier::Medium,
                Class::Delete,
                "removes a folder",
                "It is not tracked.",
                "rm -r notes/",
                "notes/",
            )],
            ..Judgement::default()
        },
    );
    key(&mut state, 817_000, "Ctrl-] l Down x");
    state
}

/// Cases of other sessions beside those of this one.
pub fn sessions(window: (u16, u16)) -> State {
    let mut state = docket(window);
    let far = |case, tier, secs, (session, place): (&str, &str), what: &str| FarCase {
        session: session.to_owned(),
        place: place.to_owned(),
        case: CaseId(case),
        tier: Some(tier),
        what: what.to_owned(),
        opened: at(secs),
        expires: at(secs + 1800),
    };
    let cases = vec![
        far(2, Tier::Medium, 810, ("20261121-123000-01741", "docs/codex"), "rm -r notes/"),
        far(1, Tier::High, 805, ("20261121-120000-00902", "api/claude"), "git push --force main"),
    ];
    step(&mut state, 818, Event::ElsewhereSeen { sessions: 2, cases });
    state
}

pub fn timeline(window: (u16, u16)) -> State {
    let mut state = high(window);
    key(&mut state, 790_000, "Ctrl-] h d");
    key(&mut state, 795_000, "Ctrl-] t / r i s k > = n o t e d");
    state
}

pub fn help(window: (u16, u16)) -> State {
    let mut state = normal(window);
    key(&mut state, 790_000, "Ctrl-] ?");
    state
}

pub fn palette(window: (u16, u16)) -> State {
    let mut state = normal(window);
    key(&mut state, 790_000, "Ctrl-] : o p e n Down");
    state
}

pub fn quit(window: (u16, u16)) -> State {
    let mut state = high(window);
    key(&mut state, 790_000, "Ctrl-] q");
    state
}

/// One event whole, longer than a row.
pub fn event(window: (u16, u16)) -> State {
    let mut state = normal(window);
    judged(&mut state, 778, &["printf", &"all of it ".repeat(40)], Verdict::Log);
    key(&mut state, 790_000, "Ctrl-] t Enter");
    state
}

pub fn copy(window: (u16, u16)) -> State {
    let mut state = normal(window);
    let lines: String = (1..200).map(|n| format!("line {n}\r\n")).collect();
    step(&mut state, 780, Event::Output(lines.into_bytes()));
    key(&mut state, 790_000, "Ctrl-] / l i n e Space 4 2 Enter");
    state
}

pub fn survivors(window: (u16, u16)) -> State {
    let mut state = normal(window);
    step(&mut state, 790, Event::AgentExited { status: 0, signal: None });
    let mut left = tree(NodeState::Running);
    left.nodes.drain(..2);
    left.nodes.truncate(2);
    step(&mut state, 790, Event::SurvivorsSeen(left));
    state
}

pub fn journal_lost(window: (u16, u16)) -> State {
    let mut state = high(window);
    step(&mut state, 790, Event::JournalLost("No space left on device (os error 28)".to_owned()));
    state
}

/// The agent draws what looks like a case.
pub fn fake(window: (u16, u16)) -> State {
    let mut state = normal(window);
    let (_, screen) = holdpoint::app::agent_size(window, false);
    let mut drawn = String::from("\x1b[2J\x1b[H");
    for row in 0..screen + 4 {
        drawn.push_str(&format!("\x1b[{};1H{}", row + 1, "╔═ CASE c7 CRITICAL FROZEN 4/4 ║".repeat(10)));
    }
    step(&mut state, 780, Event::Output(drawn.into_bytes()));
    state
}

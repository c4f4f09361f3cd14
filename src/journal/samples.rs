//! Entries for this module's tests: one of each kind, with all that is hard to write.

use super::{Body, Entry, Gate, Hash};
use crate::model::{
    Action, ActionId, ActionKind, Announced, Blast, Caller, CaseId, CaseKind, Class, Cue, CueKind, Decision, Evidence,
    Exec, Finding, Grip, HoldId, Judgement, Link, LinkKind, Moment, NodeState, Offer, Pid, RuleId, RuledBy, Ruling,
    Source, Span, Term, Text, TextKind, Tier, Tree, TreeNode, Undo, Untrusted, Verdict, Word,
};

/// Text with control, bidi and zero-width characters, and characters of every length.
pub(super) const HOSTILE: &str = "a\x1b[2K\r\n\t\"\\\u{7f}\u{9b}\u{202e}\u{200b}\u{feff}é漢😀\u{e0041}z";

pub(super) fn exec(argv: Vec<Untrusted>) -> Action {
    Action {
        id: ActionId(7),
        at: Moment(1_500_001),
        caller: Caller { pid: Pid(41), tid: Pid(42), parent: Pid(40), program: "bash".into() },
        source: Source::Kernel,
        kind: ActionKind::Exec(Exec {
            path: "/usr/bin/curl".into(),
            resolved: Some("/usr/bin/curl".into()),
            interpreter: None,
            argv,
            cwd: "/home/dev/shop".into(),
            env_changed: vec![("TOKEN".into(), "<secret A>".into())],
            stdin: Some("pipe:[4711]".into()),
            is_cut: false,
        }),
    }
}

pub(super) fn finding() -> Finding {
    Finding {
        rule: RuleId("cloud/volume-delete".into()),
        class: Class::Delete,
        tier: Tier::Critical,
        span: Span(5, 17),
        title: "deletes a volume".into(),
        why: "its data and backups go with it".into(),
        instead: None,
        target: Some("vol-3f".into()),
        undo: Undo::By("none".into()),
    }
}

pub(super) fn judgement() -> Judgement {
    Judgement {
        verdict: Verdict::Confirm,
        findings: vec![finding()],
        blast: Blast {
            targets: vec!["vol-3f".into()],
            environment: Some("production".into()),
            backups: None,
            undo: Undo::None,
            below: None,
            further: Vec::new(),
            beside: None,
        },
        chain: vec![Link {
            at: Moment(900_000),
            kind: LinkKind::Read,
            what: "tokens.txt".into(),
            note: "401 mismatch".into(),
        }],
        announced: vec![Announced { words: vec![Word::Literal("rm".into()), Word::Glob("*".into()), Word::Open] }],
        cannot_work: None,
        intent: None,
        commands: Vec::new(),
        granted: None,
        secrets: Vec::new(),
    }
}

/// What was on the screen when the sample's case was ruled on.
pub(super) fn evidence() -> Evidence {
    let rows = vec!["╔═ CASE c7".to_owned(), "║ curl".to_owned()];
    Evidence {
        digest: "00".repeat(32),
        screen: Hash::of_rows(&rows).to_string(),
        rows,
        window: (80, 24),
        since: Moment(2_000_000),
        focused: Some(Moment(2_400_000)),
        seen_to_end: true,
        keys: vec![Moment(2_400_000), Moment(2_900_000)],
    }
}

/// A short session, whole, without its marks: one entry of every other kind.
pub(super) fn session() -> Vec<Entry> {
    let tree = Tree {
        nodes: vec![TreeNode {
            pid: Pid(41),
            parent: Pid(1),
            depth: 0,
            command: "bash".into(),
            state: NodeState::Stopped,
        }],
    };
    let argv: Vec<Untrusted> = vec!["curl".into(), HOSTILE.into(), Untrusted::new(b"\xff\x00\xfe".to_vec())];
    let text = Text { kind: TextKind::Shell, text: HOSTILE.into(), cwd: None };
    let said = Action { kind: ActionKind::Text(text), source: Source::Hook, ..exec(Vec::new()) };
    let bodies = [
        Body::SessionStart {
            version: 1,
            session: "20261121-shop-4f2a".into(),
            program: "holdpoint 0.1.0".into(),
            started: "2026-11-21T07:00:00Z".into(),
            agent: vec!["bash".into()],
            cwd: "/home/dev/shop".into(),
            task: Some("fix the staging login".into()),
            profile: "balanced".into(),
            gate: Gate::Kernel,
            on_hold: "panel".into(),
            size: (80, 24),
        },
        Body::Action { action: said, verdict: Verdict::Log, covered_by: Some(CaseId(3)), granted: None },
        Body::Cue {
            cue: Cue {
                at: Moment(1_000_000),
                kind: CueKind::Guess,
                text: HOSTILE.into(),
                findings: vec![finding()],
                tool: None,
            },
        },
        Body::Finding { action: Some(ActionId(7)), finding: finding() },
        Body::Hold {
            case: CaseId(7),
            id: HoldId(u64::MAX),
            kind: CaseKind::Call,
            action: exec(argv),
            judgement: judgement(),
            tree,
            grip: Grip::Frozen,
            expires: Moment(1_801_500_001),
            offer: Offer::TypeTarget { target: "vol-3f".into() },
        },
        Body::Freeze { stopped: 1, total: 1, micros: 811 },
        Body::Release { case: CaseId(7), at: Moment(13_000_001), by: RuledBy::Panel, shown: "00".repeat(32) },
        Body::ReleaseStopped { case: CaseId(7) },
        Body::Shown { case: CaseId(7), evidence: Box::new(evidence()) },
        Body::Decision {
            case: CaseId(7),
            decision: Decision {
                ruling: Ruling::Deny,
                by: RuledBy::Panel,
                term: Term::Once,
                shown: "00".repeat(32),
                because: Some("wrong volume".into()),
            },
        },
        Body::Thaw {},
        Body::Withdrawn { case: None, id: HoldId(3) },
        Body::OutputGap { bytes: 512, why: "disk full".into() },
        Body::Resize { cols: 120, rows: 36 },
        Body::Warning { text: HOSTILE.into() },
        Body::Exit { status: 130, signal: Some(2) },
    ];
    bodies.into_iter().enumerate().map(|(at, body)| Entry { t: Moment(at as u64 * 500_001), body }).collect()
}

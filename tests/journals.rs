//! Stored sessions of every version that was ever written: they must still give the same entries, cases and screen.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot read its files has failed")]

use std::fs;
use std::path::{Path, PathBuf};

use holdpoint::app::{AgentState, FlagKind, Player, Recorded};
use holdpoint::journal::{CastReader, Hash, Reader, Summary, verify};
use holdpoint::model::{CaseId, Command, Ruling};
use serde_json::Value;

/// The versions there are, each a folder below `tests/journals`.
const VERSIONS: [&str; 1] = ["v1"];
/// The last hash of version 1's session, as it was shown when it ended.
const V1_LAST: &str = "d69acf21b7d38c5693d02e2682246c4adb02a42e7356545818e7653fd2e7fed6";

fn folder(version: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/journals").join(version)
}

fn files(version: &str) -> (Vec<u8>, Vec<u8>) {
    let read = |name| fs::read(folder(version).join(name)).unwrap();
    (read("journal.jsonl"), read("screen.cast"))
}

/// Whether all that `old` says is said by `new` as well; `new` may say more.
fn says_all_of(new: &Value, old: &Value) -> bool {
    match (new, old) {
        (Value::Object(new), Value::Object(old)) => {
            old.iter().all(|(key, old)| new.get(key).is_some_and(|new| says_all_of(new, old)))
        }
        (Value::Array(new), Value::Array(old)) => {
            new.len() == old.len() && new.iter().zip(old).all(|(new, old)| says_all_of(new, old))
        }
        (new, old) => new == old,
    }
}

#[test]
fn every_line_of_every_version_is_read_whole() {
    for version in VERSIONS {
        let (journal, _) = files(version);
        let mut reader = Reader::new(&journal[..]);
        while let Some(line) = reader.next_line().unwrap() {
            assert_eq!(line.flaw, None);
            let mut old: Value = serde_json::from_slice(line.raw).unwrap();
            let entry = line.content.entry().unwrap_or_else(|| panic!("{version}: line {} is not known", line.number));
            let fields = old.as_object_mut().unwrap();
            fields.remove("seq");
            fields.remove("prev");
            let new = serde_json::to_value(entry).unwrap();
            assert!(says_all_of(&new, &old), "{version}: line {} says {new}, not {old}", line.number);
        }
        assert_eq!(reader.lost(), None);
        assert_eq!(reader.lines(), journal.iter().filter(|&&b| b == b'\n').count() as u64);
    }
}

#[test]
fn every_type_of_the_contract_is_in_the_stored_journals() {
    let (journal, _) = files("v1");
    let mut types: Vec<String> = journal
        .split(|&b| b == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice::<Value>(line).unwrap()["type"].as_str().unwrap().to_owned())
        .collect();
    types.sort();
    types.dedup();
    let contract = [
        "action",
        "cue",
        "decision",
        "exit",
        "finding",
        "freeze",
        "hold",
        "output_gap",
        "resize",
        "screen_mark",
        "session_start",
        "thaw",
        "warning",
        "withdrawn",
    ];
    assert_eq!(types, contract);
}

#[test]
fn a_stored_session_is_whole_and_ends_with_the_hash_that_was_shown() {
    let (journal, cast) = files("v1");
    let last: Hash = V1_LAST.parse().unwrap();
    let report = verify(&journal[..], Some(&cast[..]), Some(last)).unwrap();
    assert_eq!((report.faults, report.last, report.lines, report.marks), (Vec::new(), last, 23, 2));
    assert_eq!(report.recorded, cast.len() as u64);
}

#[test]
fn a_stored_session_still_gives_the_same_cases_and_last_screen() {
    let (journal, cast) = files("v1");
    let recorded = Recorded::read(&journal[..], Some(&cast[..])).unwrap();
    assert_eq!(recorded.losses, Vec::<String>::new());
    assert_eq!(recorded.session.id, "20261121-070000-shop");
    let kinds: Vec<FlagKind> = recorded.flags.iter().map(|flag| flag.kind).collect();
    use FlagKind::{Approved, Denied, Gap, Held, Noted, Void};
    assert_eq!(kinds, [Noted, Noted, Held, Denied, Held, Void, Held, Approved, Denied, Gap]);

    let mut player = Player::new(recorded, (120, 30));
    player.command(Command::GoLast);
    let state = player.state();
    assert_eq!(state.docket.open_count(), 0);
    let rulings: Vec<(CaseId, Ruling)> = state
        .docket
        .decided()
        .map(|case| match &case.state {
            holdpoint::model::CaseState::Decided(decision) => (case.id, decision.ruling),
            holdpoint::model::CaseState::Open => panic!("{} is open", case.id),
        })
        .collect();
    assert_eq!(rulings, [(CaseId(1), Ruling::Deny), (CaseId(2), Ruling::Void), (CaseId(3), Ruling::Approve)]);
    let first = state.docket.get(CaseId(1)).unwrap();
    assert_eq!(
        first.action.shown(),
        "curl -X POST https://api.orbit.example/graphql -d 'mutation { volumeDelete(id: \"vol-3f\") }' '<0xFE><0xFF>'"
    );
    assert_eq!(state.agent, AgentState::Ended { status: 3, signal: None });
    assert_eq!(state.screen.size(), (100, 20));
    let rows: Vec<String> = state.screen.text().iter().map(|row| row.trim_end().to_owned()).collect();
    assert_eq!(
        rows[..5],
        [
            "scripted agent  ─ staging login",
            "401 unauthorized 漢",
            "tokens.txt:\u{fffd} ORBIT_TOKEN=<secret A>",
            "I stopped: the deletion was denied.",
            "",
        ]
    );
}

#[test]
fn a_stored_session_cut_off_at_any_byte_still_opens() {
    let (journal, cast) = files("v1");
    for at in 0..journal.len() {
        let summary = Summary::read(&journal[..at]).unwrap();
        let is_at_line_end = at == 0 || journal[at - 1] == b'\n';
        assert_eq!((summary.flaws, summary.lost.is_none()), (0, is_at_line_end), "cut at {at}");
        let report = verify(&journal[..at], Some(&cast[..]), None).unwrap();
        assert!(!report.is_whole(), "cut at {at}");
    }
    let header = cast.iter().position(|&b| b == b'\n').unwrap();
    for at in header + 1..cast.len() {
        let mut reader = CastReader::open(&cast[..at]).unwrap();
        while reader.next_event().unwrap().is_some() {}
        assert_eq!((reader.skipped(), reader.lost().is_none()), (0, cast[at - 1] == b'\n'), "cut at {at}");
    }
}

/// Numbers from a fixed seed: the same on every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }

    /// The same bytes with a few of them changed, moved, doubled or gone.
    fn damaged(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for _ in 0..=self.below(4) {
            let (at, length) = (self.below(bytes.len()), self.below(40));
            let end = (at + length).min(bytes.len());
            match self.below(4) {
                0 => bytes[at] = u8::try_from(self.below(256)).unwrap(),
                1 => drop(bytes.drain(at..end)),
                2 => {
                    let piece = bytes[at..end].to_vec();
                    let to = self.below(bytes.len());
                    bytes.splice(to..to, piece);
                }
                _ => {
                    let number = ["1e308", "-1", "65535", "18446744073709551615", "null"][self.below(5)];
                    bytes.splice(at..end, number.bytes());
                }
            }
            if bytes.is_empty() {
                bytes.push(b'\n');
            }
        }
        bytes
    }
}

#[test]
fn a_damaged_session_is_read_and_played_as_far_as_it_goes() {
    let (journal, cast) = files("v1");
    let mut dice = Dice(0x1234_5678_9ABC_DEF1);
    for _ in 0..400 {
        let (journal, cast) = (dice.damaged(&journal), dice.damaged(&cast));
        let report = verify(&journal[..], Some(&cast[..]), None).unwrap();
        assert_eq!(report.recorded, cast.len() as u64);
        let recorded = Recorded::read(&journal[..], Some(&cast[..])).unwrap();
        let total = recorded.total();
        let mut player = Player::new(recorded, (80, 24));
        player.index(usize::MAX);
        for command in [Command::GoLast, Command::FrameBack, Command::PreviousFlag, Command::GoFirst, Command::NextFlag]
        {
            player.command(command);
            assert!(player.position() <= total);
        }
    }
}

use super::super::samples::{evidence, session};
use super::super::{CastHeader, Entry, Recording, Writer};
use super::*;
use crate::model::{Evidence, Moment};

/// Numbers from a fixed seed: the same on every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }
}

/// A closed session of so many entries, with a mark for each seven: journal, recording, last hash.
fn closed_after(entries_written: usize) -> (Vec<u8>, Vec<u8>, Hash) {
    let header = CastHeader { cols: 80, rows: 24, ..CastHeader::default() };
    let mut recording = Recording::start(Vec::new(), &header).unwrap();
    let mut writer = Writer::new(Vec::new());
    let entries = session();
    let (exit, rest) = entries.split_last().unwrap();
    for (at, entry) in rest.iter().cycle().take(entries_written).enumerate() {
        let t = Moment(at as u64 * 1000);
        recording.output(t, format!("line {at}\r\n").as_bytes()).unwrap();
        writer.append(&Entry { t, body: entry.body.clone() }).unwrap();
        if at % 7 == 6 {
            writer.append(&Entry { t, body: recording.mark().entry() }).unwrap();
        }
    }
    recording.exit(Moment(60_000), 0).unwrap();
    writer.append(&Entry { t: Moment(60_000), body: recording.mark().entry() }).unwrap();
    let last = writer.append(exit).unwrap().hash;
    (writer.into_inner(), recording.get_ref().clone(), last)
}

fn closed() -> (Vec<u8>, Vec<u8>, Hash) {
    closed_after(60)
}

fn faults(journal: &[u8], recording: &[u8], last: Option<Hash>) -> Vec<Fault> {
    verify(journal, Some(recording), last).unwrap().faults
}

#[test]
fn a_closed_session_is_whole_and_its_last_hash_is_told() {
    let (journal, recording, last) = closed();
    let report = verify(&journal[..], Some(&recording[..]), Some(last)).unwrap();
    let recorded = recording.len() as u64;
    assert_eq!(report, Report { lines: 70, last, marks: 9, recorded, faults: Vec::new(), more: 0 });
    assert_eq!(faults(&journal, &recording, None), []);
}

#[test]
fn each_of_a_thousand_random_changes_deletions_and_reorderings_of_lines_is_found() {
    let (journal, recording, last) = closed();
    let lines: Vec<&[u8]> = journal.split_inclusive(|&b| b == b'\n').collect();
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let mut found = 0;
    for round in 0..1000 {
        let mut lines: Vec<Vec<u8>> = lines.iter().map(|line| line.to_vec()).collect();
        let at = dice.below(lines.len());
        match round % 4 {
            0 => {
                let byte = dice.below(lines[at].len());
                lines[at][byte] ^= 1 << dice.below(8);
            }
            1 => drop(lines.remove(at)),
            2 => {
                let line = lines.remove(at);
                let to = (at + 1 + dice.below(lines.len())) % (lines.len() + 1);
                lines.insert(to, line);
            }
            _ => {
                let line = lines[dice.below(lines.len())].clone();
                lines.insert(at, line);
            }
        }
        let changed = lines.concat();
        assert_ne!(changed, journal, "round {round} changes something");
        found += usize::from(!faults(&changed, &recording, Some(last)).is_empty());
        // Without the last hash, only a change to the last line itself can go unseen.
        if at + 1 < lines.len().min(70) {
            assert_ne!(faults(&changed, &recording, None), [], "round {round}, line {}", at + 1);
        }
    }
    assert_eq!(found, 1000);
}

#[test]
fn each_of_a_thousand_random_changes_of_the_recording_is_found() {
    let (journal, recording, _) = closed();
    let mut dice = Dice(0xD1B5_4A32_D192_ED03);
    for round in 0..1000 {
        let mut changed = recording.clone();
        let at = dice.below(changed.len());
        match round % 3 {
            0 => changed[at] ^= 1 << dice.below(8),
            1 => drop(changed.remove(at)),
            _ => changed.insert(at, b'x'),
        }
        assert_ne!(faults(&journal, &changed, None), [], "round {round}, byte {at}");
    }
}

#[test]
fn a_journal_cut_off_anywhere_is_not_whole_and_the_rest_is_not_called_changed() {
    let (journal, recording, last) = closed_after(10);
    for at in 0..journal.len() {
        let cut = &journal[..at];
        let lines = cut.iter().filter(|&&b| b == b'\n').count() as u64;
        let found = faults(cut, &recording, None);
        let torn = found.iter().filter(|fault| matches!(fault, Fault::Torn(_))).count();
        assert_eq!(torn, usize::from(at > 0 && cut[at - 1] != b'\n'), "cut at {at}");
        assert_eq!(found.len(), torn + 1, "{found:?}");
        assert!(found.contains(&Fault::NoExit { line: lines }));
        let end = Fault::OtherEnd { expected: last, found: Reader::new(cut).last_hash() };
        assert!(faults(cut, &recording, Some(last)).iter().any(|f| matches!((f, &end), (Fault::OtherEnd { .. }, _))));
    }
}

#[test]
fn a_recording_cut_off_anywhere_is_found() {
    let (journal, recording, _) = closed();
    for at in 0..recording.len() {
        let found = faults(&journal, &recording[..at], None);
        assert!(matches!(found[..], [Fault::TooShort { found, .. }] if found == at as u64), "{found:?}");
    }
    let gone = verify(&journal[..], None::<&[u8]>, None).unwrap().faults;
    assert!(matches!(gone[..], [Fault::TooShort { found: 0, .. }]), "{gone:?}");
}

#[test]
fn what_was_added_to_a_closed_session_is_found() {
    let (journal, recording, _) = closed();
    let mut longer = recording.clone();
    longer.extend_from_slice(b"[1.0,\"o\",\"x\"]\n");
    let (offset, bytes) = (recording.len() as u64, 14);
    assert_eq!(faults(&journal, &longer, None), [Fault::Unmarked { offset, bytes }]);
    let last = journal.trim_ascii_end().rsplit(|&b| b == b'\n').next().unwrap();
    let added = format!("{{\"seq\":71,\"t\":9,\"type\":\"warning\",\"text\":\"\",\"prev\":\"{}\"}}\n", Hash::of(last));
    let longer = [&journal[..], added.as_bytes()].concat();
    assert_eq!(faults(&longer, &recording, None), [Fault::AfterExit { line: 71 }]);
}

#[test]
fn half_an_event_at_the_end_is_whole_where_the_journal_says_that_the_recording_broke() {
    let check = |gap_before: bool, gap_after: bool| {
        let mut writer = Writer::new(Vec::new());
        let gap = Body::OutputGap { bytes: 9, why: "disk full".into() };
        let mark = Body::ScreenMark { offset: 3, hash: Hash::of(b"rec").to_string() };
        let exit = Body::Exit { status: 0, signal: None };
        let before = gap_before.then(|| gap.clone());
        let after = gap_after.then_some(gap);
        for body in before.into_iter().chain([mark]).chain(after).chain([exit]) {
            writer.append(&Entry { t: Moment(1), body }).unwrap();
        }
        faults(writer.get_ref(), b"recording", None).len()
    };
    assert_eq!((check(false, false), check(true, false), check(false, true)), (1, 1, 0));
}

#[test]
fn a_mark_that_is_none_is_a_fault() {
    let mut writer = Writer::new(Vec::new());
    for body in [
        Body::ScreenMark { offset: 0, hash: "nonsense".into() },
        Body::ScreenMark { offset: 9, hash: Hash::of(b"recording").to_string() },
        Body::ScreenMark { offset: 3, hash: Hash::of(b"rec").to_string() },
        Body::Exit { status: 0, signal: None },
    ] {
        writer.append(&Entry { t: Moment(1), body }).unwrap();
    }
    let found: Vec<String> = faults(writer.get_ref(), b"recording", None).iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        [
            "journal: line 1 marks no place in the recording: `nonsense` is no hash: a hash is 64 hexadecimal digits",
            "journal: line 3 marks no place in the recording: it lies before that of line 2",
        ]
    );
}

#[test]
fn many_faults_are_counted_not_kept() {
    let journal = "x\n".repeat(1000);
    let report = verify(journal.as_bytes(), None::<&[u8]>, None).unwrap();
    assert_eq!((report.faults.len(), report.more), (FAULTS_MAX, 1001 - FAULTS_MAX));
}

#[test]
fn a_ruling_on_another_screen_than_the_journal_tells_is_found() {
    let told = |shown: &Evidence, decision: &str| {
        let mut writer = Writer::new(Vec::new());
        for Entry { t, body } in session() {
            let body = match body {
                Body::Shown { case, .. } => Body::Shown { case, evidence: Box::new(shown.clone()) },
                Body::Decision { case, decision: ruled } => {
                    Body::Decision { case, decision: Decision { shown: decision.to_owned(), ..ruled } }
                }
                other => other,
            };
            writer.append(&Entry { t, body }).unwrap();
        }
        faults(&writer.into_inner(), b"", None)
    };
    let right = evidence();
    assert_eq!(told(&right, &right.digest), []);
    let other = Evidence { rows: vec!["ls".to_owned()], ..right.clone() };
    let why = "its rows have another hash";
    assert_eq!(told(&other, &right.digest), [Fault::OtherScreen { line: 9, why }]);
    let why = "the decision names another";
    assert_eq!(told(&right, "another"), [Fault::OtherScreen { line: 10, why }]);
}

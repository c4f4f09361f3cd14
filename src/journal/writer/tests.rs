use super::super::samples::{HOSTILE, exec, judgement, session};
use super::super::{Content, Reader};
use super::*;
use crate::model::{CaseId, CaseKind, Cue, CueKind, Grip, HoldId, Moment, Offer, Tree, Verdict, must_be_escaped};

/// A disk with room for so many bytes, that takes what fits.
#[derive(Debug, Default)]
struct Disk {
    kept: Vec<u8>,
    room: usize,
    writes: usize,
}

impl Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writes += 1;
        let fits = bytes.len().min(self.room - self.kept.len());
        if fits == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.kept.extend_from_slice(&bytes[..fits]);
        Ok(fits)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn written(entries: &[Entry]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new());
    for entry in entries {
        writer.append_synced(entry).unwrap();
    }
    writer.into_inner()
}

fn read(journal: &[u8]) -> Vec<Entry> {
    let mut reader = Reader::new(journal);
    let mut entries = Vec::new();
    while let Some(line) = reader.next_line().unwrap() {
        assert_eq!(line.flaw, None);
        match line.content {
            Content::Entry(entry) => entries.push(entry),
            other => panic!("line {} is {other:?}", line.number),
        }
    }
    entries
}

#[test]
fn what_is_written_is_read() {
    let entries = session();
    assert_eq!(read(&written(&entries)), entries);
}

#[test]
fn a_line_begins_with_its_number_and_ends_with_the_hash_of_the_line_before() {
    let journal = String::from_utf8(written(&session()[..2])).unwrap();
    let lines: Vec<&str> = journal.lines().collect();
    assert!(lines[0].starts_with(r#"{"seq":1,"t":0.0,"type":"session_start","version":1,"#), "{}", lines[0]);
    assert!(lines[0].ends_with(&format!(r#","prev":"{}"}}"#, "0".repeat(64))), "{}", lines[0]);
    assert!(lines[1].starts_with(r#"{"seq":2,"t":0.500001,"type":"action","action":{"#), "{}", lines[1]);
    assert!(lines[1].ends_with(&format!(r#","prev":"{}"}}"#, Hash::of(lines[0].as_bytes()))), "{}", lines[1]);
}

#[test]
fn no_character_that_a_terminal_would_obey_is_raw() {
    let journal = String::from_utf8(written(&session())).unwrap();
    assert!(HOSTILE.contains(must_be_escaped));
    assert_eq!(journal.lines().find(|line| line.contains(must_be_escaped)), None);
}

#[test]
fn a_line_is_one_write() {
    let mut writer = Writer::new(Disk { room: 1 << 20, ..Disk::default() });
    for entry in &session() {
        writer.append(entry).unwrap();
    }
    assert_eq!(writer.get_ref().writes, session().len());
}

#[test]
fn a_disk_that_fills_up_at_any_byte_leaves_whole_lines_and_a_poisoned_writer() {
    let entries = &session()[..4];
    let whole = written(entries);
    for room in 0..whole.len() {
        let mut writer = Writer::new(Disk { room, ..Disk::default() });
        let results: Vec<_> = entries.iter().map(|entry| writer.append(entry)).collect();
        let broke = results.iter().position(Result::is_err).unwrap();
        assert_eq!(broke, whole[..room].iter().filter(|&&b| b == b'\n').count());
        let seq = broke as u64 + 1;
        assert!(matches!(results[broke], Err(WriteError::Write { seq: at, .. }) if at == seq));
        for later in &results[broke + 1..] {
            assert!(matches!(later, Err(WriteError::Poisoned { seq: at, .. }) if *at == seq), "{later:?}");
        }
        assert_eq!(writer.last().seq, broke as u64);
        let kept = writer.into_inner().kept;
        assert_eq!(read(&kept), entries[..broke]);
        let mut reader = Reader::new(&kept[..]);
        while reader.next_line().unwrap().is_some() {}
        let torn = whole[..room].iter().rev().take_while(|&&b| b != b'\n').count();
        assert_eq!(reader.lost().map_or(0, |lost| lost.bytes), torn as u64);
    }
}

#[test]
fn a_disk_that_does_not_sync_poisons_the_writer() {
    struct Loose;
    impl Write for Loose {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    impl Durable for Loose {
        fn sync_data(&mut self) -> io::Result<()> {
            Err(io::ErrorKind::Other.into())
        }
    }
    let entry = &session()[0];
    let mut writer = Writer::new(Loose);
    assert!(matches!(writer.append_synced(entry), Err(WriteError::Write { seq: 1, .. })));
    assert!(matches!(writer.append(entry), Err(WriteError::Poisoned { seq: 1, .. })));
    assert!(matches!(writer.sync(), Err(WriteError::Poisoned { seq: 1, .. })));
}

fn held(argv: Vec<Untrusted>) -> Entry {
    let body = Body::Hold {
        case: CaseId(1),
        id: HoldId(1),
        kind: CaseKind::Call,
        action: exec(argv),
        judgement: judgement(),
        tree: Tree::default(),
        grip: Grip::Frozen,
        expires: Moment(1),
        offer: Offer::Approve,
    };
    Entry { t: Moment(1), body }
}

fn argv_of(entry: &Entry) -> (Vec<Untrusted>, bool) {
    let Body::Hold { action, .. } = &entry.body else { panic!("{entry:?}") };
    let exec = action.as_exec().unwrap();
    (exec.argv.clone(), exec.is_cut)
}

#[test]
fn a_megabyte_of_arguments_is_journalled_whole_be_it_text_or_not() {
    for byte in [b'a', 0x1b, 0xff] {
        let argv: Vec<Untrusted> = (0..8).map(|_| Untrusted::new(vec![byte; 128 << 10])).collect();
        let entry = held(argv);
        assert_eq!(read(&written(std::slice::from_ref(&entry))), [entry]);
    }
}

#[test]
fn arguments_past_the_limit_are_cut_with_a_mark() {
    let (first, second) = (format!("x{}", "é".repeat(600_000)), "é".repeat(600_000));
    let entry = held(vec![first.as_str().into(), second.as_str().into(), "last".into()]);
    let (argv, is_cut) = argv_of(&read(&written(&[entry]))[0]);
    let kept = ARGUMENT_BYTES_MAX - first.len() - 1;
    let cut = format!("{}[cut: {} bytes more]", &second[..kept], second.len() - kept);
    assert!(is_cut);
    assert!(argv == [first.into(), cut.into()], "no character is cut in two");
}

#[test]
fn a_text_past_the_limit_is_cut_with_a_mark() {
    let cue = Cue {
        at: Moment(1),
        kind: CueKind::Claim,
        text: "x".repeat(ARGUMENT_BYTES_MAX + 5).into(),
        findings: Vec::new(),
        tool: None,
    };
    let entry = Entry { t: Moment(1), body: Body::Cue { cue } };
    let Body::Cue { cue } = &read(&written(&[entry]))[0].body else { panic!("no cue") };
    assert!(cue.text.lossy().ends_with("x[cut: 5 bytes more]"));
}

#[test]
fn an_entry_that_no_reader_would_read_is_refused_and_the_next_one_goes_on() {
    let entries = session();
    let long = Entry { t: Moment(1), body: Body::Warning { text: "x".repeat(LINE_BYTES_MAX) } };
    let mut writer = Writer::new(Vec::new());
    writer.append(&entries[0]).unwrap();
    assert!(matches!(writer.append(&long), Err(WriteError::TooLong { seq: 2, .. })));
    writer.append(&entries[1]).unwrap();
    assert_eq!(read(&writer.into_inner()), entries[..2]);
}

#[test]
fn an_action_without_hold_keeps_the_same_limits() {
    let argv = vec!["x".repeat(ARGUMENT_BYTES_MAX + 1).into()];
    let body = Body::Action { action: exec(argv), verdict: Verdict::Allow, covered_by: None, granted: None };
    let entries = read(&written(&[Entry { t: Moment(1), body }]));
    let Body::Action { action, .. } = &entries[0].body else { panic!("no action") };
    assert!(action.as_exec().unwrap().is_cut);
}

fn bytes() -> impl proptest::strategy::Strategy<Value = Vec<u8>> {
    use proptest::prelude::*;
    prop_oneof![
        any::<String>().prop_map(String::into_bytes),
        proptest::collection::vec(any::<u8>(), 0..40),
        Just(HOSTILE.as_bytes().to_vec()),
    ]
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn what_is_written_is_read_whatever_the_agent_says(
        argv in proptest::collection::vec(bytes(), 0..5),
        text in bytes(),
        words in proptest::prelude::any::<String>(),
        micros in 0..u64::from(u32::MAX) * 1000,
        cut in proptest::prelude::any::<proptest::sample::Index>(),
    ) {
        let mut held = held(argv.into_iter().map(Untrusted::new).collect());
        held.t = Moment(micros);
        let cue = Cue { at: Moment(micros), kind: CueKind::Claim, text: Untrusted::new(text), findings: Vec::new(), tool: None };
        let entries = [held, Entry { t: Moment(1), body: Body::Cue { cue } }, Entry { t: Moment(2), body: Body::Warning { text: words } }];
        let journal = written(&entries);
        assert_eq!(read(&journal), entries);
        let end = cut.index(journal.len());
        let whole = journal[..end].iter().filter(|&&b| b == b'\n').count();
        assert_eq!(read(&journal[..end]), entries[..whole]);
        let text = String::from_utf8(journal).unwrap();
        assert!(text.lines().all(|line| !line.contains(must_be_escaped)));
    }
}

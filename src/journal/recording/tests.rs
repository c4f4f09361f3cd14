use super::super::{CastEvent, CastEventKind, CastReader};
use super::*;
use crate::model::must_be_escaped;

const HEADER: CastHeader = CastHeader { cols: 80, rows: 24, timestamp: None, title: None, command: None };

fn started() -> Recording<Vec<u8>> {
    Recording::start(Vec::new(), &HEADER).unwrap()
}

fn text(cast: &[u8]) -> String {
    let mut reader = CastReader::open(cast).unwrap();
    let mut text = String::new();
    while let Some(event) = reader.next_event().unwrap() {
        if let CastEventKind::Output(more) = event.kind {
            text.push_str(&more);
        }
    }
    assert_eq!((reader.lost(), reader.skipped()), (None, 0));
    text
}

#[test]
fn a_recording_is_an_asciicast_of_version_3() {
    let header = CastHeader {
        timestamp: Some(1_763_708_400),
        title: Some("shop \u{202e}".into()),
        command: Some("bash".into()),
        ..HEADER
    };
    let mut recording = Recording::start(Vec::new(), &header).unwrap();
    recording.output(Moment(248_000), b"\x1b[1mHi\r\n").unwrap();
    recording.resize(Moment(1_248_001), 90, 30).unwrap();
    recording.marker(Moment(1_248_001), "c7 held: \"rm\"").unwrap();
    recording.output(Moment(3_000_000), b"ok").unwrap();
    recording.output(Moment(2_000_000), b"late").unwrap();
    recording.exit(Moment(4_000_000), 130).unwrap();
    let expected = concat!(
        r#"{"version":3,"term":{"cols":80,"rows":24},"timestamp":1763708400,"command":"bash","title":"shop \u202e"}"#,
        "\n[0.248000,\"o\",\"\\u001b[1mHi\\r\\n\"]\n[1.000001,\"r\",\"90x30\"]\n",
        "[0.000000,\"m\",\"c7 held: \\\"rm\\\"\"]\n[1.751999,\"o\",\"ok\"]\n[0.000000,\"o\",\"late\"]\n",
        "[1.000000,\"x\",\"130\"]\n",
    );
    assert_eq!(String::from_utf8_lossy(recording.get_ref()), expected);
}

#[test]
fn text_split_at_every_byte_is_the_same_text() {
    let all = "aé漢😀\u{9b}\u{202e}┌─┐\x1b[0m\u{fffd}z".repeat(2);
    for first in 0..=all.len() {
        for second in first..=all.len() {
            let mut recording = started();
            let pieces = [&all.as_bytes()[..first], &all.as_bytes()[first..second], &all.as_bytes()[second..]];
            for (at, piece) in pieces.into_iter().enumerate() {
                recording.output(Moment(at as u64), piece).unwrap();
            }
            assert_eq!(text(recording.get_ref()), all);
        }
    }
    let mut recording = started();
    for byte in all.bytes() {
        recording.output(Moment(1), &[byte]).unwrap();
    }
    assert_eq!(text(recording.get_ref()), all);
}

#[test]
fn what_is_no_text_is_recorded_as_replacement_characters() {
    for bytes in
        [&b"a\xffb"[..], b"\xe2\x94x", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\x80\x80", b"a\xf0\x9f"]
    {
        for at in 0..=bytes.len() {
            let mut recording = started();
            recording.output(Moment(1), &bytes[..at]).unwrap();
            recording.output(Moment(2), &bytes[at..]).unwrap();
            recording.exit(Moment(3), 0).unwrap();
            assert_eq!(text(recording.get_ref()), String::from_utf8_lossy(bytes), "{bytes:02x?} cut at {at}");
        }
    }
}

#[test]
fn half_a_character_makes_no_event() {
    let mut recording = started();
    let before = recording.mark();
    recording.output(Moment(1), b"\xe2\x94").unwrap();
    recording.output(Moment(2), b"").unwrap();
    assert_eq!(recording.mark(), before);
    recording.output(Moment(3), b"\x8c").unwrap();
    let mut reader = CastReader::open(&recording.get_ref()[..]).unwrap();
    let event = reader.next_event().unwrap();
    assert_eq!(event, Some(CastEvent { at: Moment(3), kind: CastEventKind::Output("┌".into()) }));
}

#[test]
fn a_mark_covers_every_byte_so_far() {
    let mut recording = started();
    for at in 0..50 {
        recording.output(Moment(at), b"line\r\n").unwrap();
        let cast = recording.get_ref();
        assert_eq!(recording.mark(), Mark { offset: cast.len() as u64, hash: Hash::of(cast) });
    }
}

#[test]
fn a_recording_that_is_full_takes_markers_and_the_end_but_no_output() {
    let mut recording = started();
    recording.offset = CAST_BYTES_MAX;
    assert!(matches!(recording.output(Moment(1), b"x"), Err(RecordError::Full { offset: CAST_BYTES_MAX })));
    recording.marker(Moment(2), "c1 held").unwrap();
    recording.exit(Moment(3), 0).unwrap();
    assert_eq!(text(recording.get_ref()), "");
}

#[test]
fn a_recording_holds_no_character_that_a_terminal_would_obey() {
    let mut recording = started();
    recording.output(Moment(1), super::super::samples::HOSTILE.as_bytes()).unwrap();
    recording.marker(Moment(1), super::super::samples::HOSTILE).unwrap();
    let cast = String::from_utf8(recording.get_ref().clone()).unwrap();
    assert_eq!(cast.lines().find(|line| line.contains(must_be_escaped)), None);
}

#[test]
fn a_disk_that_fills_up_at_any_byte_ends_the_recording_at_the_last_whole_event() {
    struct Disk(Vec<u8>, usize);
    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let fits = bytes.len().min(self.1 - self.0.len());
            self.0.extend_from_slice(&bytes[..fits]);
            if fits == 0 { Err(io::ErrorKind::StorageFull.into()) } else { Ok(fits) }
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let play = |recording: &mut Recording<Disk>| {
        let results = [
            recording.output(Moment(1), b"one\r\n"),
            recording.marker(Moment(2), "c1 held: x"),
            recording.exit(Moment(3), 0),
        ];
        results.iter().filter(|result| result.is_ok()).count()
    };
    let mut whole = Recording::start(Disk(Vec::new(), 1 << 20), &HEADER).unwrap();
    assert_eq!(play(&mut whole), 3);
    let whole = &whole.get_ref().0;
    for room in 0..whole.len() {
        let lines = whole[..room].iter().filter(|&&b| b == b'\n').count();
        let Ok(mut recording) = Recording::start(Disk(Vec::new(), room), &HEADER) else {
            assert_eq!(lines, 0);
            continue;
        };
        assert_eq!(play(&mut recording) + 1, lines);
        let end = whole[..room].iter().rposition(|&b| b == b'\n').unwrap() + 1;
        assert_eq!(recording.mark(), Mark { offset: end as u64, hash: Hash::of(&whole[..end]) });
        assert!(matches!(recording.output(Moment(9), b"x"), Err(RecordError::Poisoned { .. })));
        assert!(matches!(recording.flush(), Err(RecordError::Poisoned { .. })));
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_recording_gives_the_same_text_however_the_stream_was_cut(
        chunks in proptest::collection::vec(proptest::collection::vec(proptest::prelude::any::<u8>(), 0..9), 0..12),
        text in proptest::prelude::any::<String>(),
        cut in proptest::prelude::any::<proptest::sample::Index>(),
    ) {
        let mut chunks = chunks;
        let more = text;
        let (head, tail) = more.as_bytes().split_at(cut.index(more.len() + 1));
        chunks.extend([head.to_vec(), tail.to_vec()]);
        let mut recording = started();
        for (at, chunk) in chunks.iter().enumerate() {
            recording.output(Moment(at as u64), chunk).unwrap();
        }
        recording.exit(Moment(99), 0).unwrap();
        let cast = recording.get_ref();
        assert_eq!(self::text(cast), String::from_utf8_lossy(&chunks.concat()));
        assert!(std::str::from_utf8(cast).unwrap().lines().all(|line| !line.contains(must_be_escaped)));
    }
}

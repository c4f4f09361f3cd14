use super::*;

fn read(cast: &str) -> (CastHeader, Vec<(u64, CastEventKind)>, Option<Lost>, u64) {
    let mut reader = CastReader::open(cast.as_bytes()).unwrap();
    let mut events = Vec::new();
    while let Some(event) = reader.next_event().unwrap() {
        events.push((event.at.0, event.kind));
    }
    (reader.header().clone(), events, reader.lost(), reader.skipped())
}

#[test]
fn version_3_counts_from_the_event_before() {
    let cast = concat!(
        r#"{"version": 3, "term": {"cols": 80, "rows": 24, "type": "xterm"}, "timestamp": 1504467315, "env": {}}"#,
        "\n# a comment\n[0.248, \"o\", \"\\u001b[1mHi\\n\"]\n\n[1.001, \"r\", \"90x30\"]\n[3, \"m\", \"\"]\n",
        "[0.1, \"x\", \"130\"]\n"
    );
    let header = CastHeader { cols: 80, rows: 24, timestamp: Some(1_504_467_315), ..CastHeader::default() };
    let events = vec![
        (248_000, CastEventKind::Output("\x1b[1mHi\n".into())),
        (1_249_000, CastEventKind::Resize { cols: 90, rows: 30 }),
        (4_249_000, CastEventKind::Marker(String::new())),
        (4_349_000, CastEventKind::Exit(130)),
    ];
    assert_eq!(read(cast), (header, events, None, 0));
}

#[test]
fn version_2_counts_from_the_start() {
    let cast = concat!(
        r#"{"version": 2, "width": 80, "height": 24, "title": "Demo", "command": "sh"}"#,
        "\n[0.248848, \"o\", \"a\"]\n[1.001376, \"i\", \"b\"]\n[0.5, \"m\", \"back\"]\n"
    );
    let header = CastHeader {
        cols: 80,
        rows: 24,
        title: Some("Demo".into()),
        command: Some("sh".into()),
        ..CastHeader::default()
    };
    let events = vec![
        (248_848, CastEventKind::Output("a".into())),
        (1_001_376, CastEventKind::Other { code: "i".into(), data: "b".into() }),
        (1_001_376, CastEventKind::Marker("back".into())),
    ];
    assert_eq!(read(cast), (header, events, None, 0));
}

#[test]
fn a_fraction_of_the_second_it_began_in_is_passed_over() {
    let cast = "{\"version\":2,\"width\":80,\"height\":24,\"timestamp\":1700000000.75}\n";
    let header = CastHeader { cols: 80, rows: 24, timestamp: Some(1_700_000_000), ..CastHeader::default() };
    assert_eq!(read(cast).0, header);
}

#[test]
fn an_unknown_event_is_kept_and_a_line_that_is_none_is_counted() {
    let cast = concat!(
        r#"{"version":3,"term":{"cols":80,"rows":24}}"#,
        "\n[1,\"z\",{\"deep\":[1]}]\n[1,\"r\",\"wide\"]\nnonsense\n[1,\"o\"]\n[\"1\",\"o\",\"x\"]\n[1,\"o\",\"y\"]\n"
    );
    let (_, events, lost, skipped) = read(cast);
    let z = CastEventKind::Other { code: "z".into(), data: serde_json::json!({"deep": [1]}) };
    let r = CastEventKind::Other { code: "r".into(), data: "wide".into() };
    assert_eq!(events, [(1_000_000, z), (2_000_000, r), (3_000_000, CastEventKind::Output("y".into()))]);
    assert_eq!((lost, skipped), (None, 3));
}

#[test]
fn a_recording_cut_off_at_any_byte_gives_its_whole_events_and_names_the_rest() {
    let cast = "{\"version\":3,\"term\":{\"cols\":80,\"rows\":24}}\n[0.5,\"o\",\"é\"]\n[0.5,\"o\",\"b\"]\n";
    let (_, whole, ..) = read(cast);
    let header = cast.find('\n').unwrap();
    for at in 0..cast.len() {
        let cut = &cast.as_bytes()[..at];
        if at <= header {
            assert!(matches!(CastReader::open(cut), Err(CastError::NoHeader { .. })), "cut at {at}");
            continue;
        }
        let mut reader = CastReader::open(cut).unwrap();
        let mut events = Vec::new();
        while let Some(event) = reader.next_event().unwrap() {
            events.push((event.at.0, event.kind));
        }
        let lines = cut.iter().filter(|&&b| b == b'\n').count();
        assert_eq!(events, whole[..lines - 1]);
        let end = cut.iter().rposition(|&b| b == b'\n').unwrap() + 1;
        let lost = Lost { line: lines as u64 + 1, offset: end as u64, bytes: (at - end) as u64 };
        assert_eq!(reader.lost(), (at > end).then_some(lost));
    }
}

#[test]
fn what_is_no_recording_is_refused_with_the_reason() {
    for (cast, start) in [
        ("", "the recording has no header: its first line is cut off"),
        ("{}\n", "the recording has no header: missing field `version`"),
        ("{\"version\":1}\n", "the recording has version 1, this program reads 2 and 3"),
        ("{\"version\":3}\n", "the recording has no header: missing field `term`"),
        ("[0,\"o\",\"x\"]\n", "the recording has no header:"),
    ] {
        let error = CastReader::open(cast.as_bytes()).map(|_| ()).unwrap_err().to_string();
        assert!(error.starts_with(start), "{error}");
    }
}

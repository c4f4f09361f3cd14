use super::super::samples::session;
use super::super::{Entry, Writer};
use super::*;

fn written(entries: &[Entry]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new());
    for entry in entries {
        writer.append(entry).unwrap();
    }
    writer.into_inner()
}

/// Entries, flaws and what is lost.
fn read(journal: &[u8]) -> (Vec<Entry>, Vec<Flaw>, Option<Lost>) {
    let mut reader = Reader::new(journal);
    let (mut entries, mut flaws) = (Vec::new(), Vec::new());
    while let Some(line) = reader.next_line().unwrap() {
        entries.extend(line.content.entry().cloned());
        flaws.extend(line.flaw);
    }
    (entries, flaws, reader.lost())
}

#[test]
fn a_journal_cut_off_at_any_byte_gives_its_whole_lines_and_names_the_rest() {
    let entries = session();
    let journal = written(&entries);
    for at in 0..=journal.len() {
        let cut = &journal[..at];
        let whole = cut.iter().filter(|&&b| b == b'\n').count();
        let offset = cut.iter().rposition(|&b| b == b'\n').map_or(0, |last| last + 1);
        let lost =
            (offset < at).then(|| Lost { line: whole as u64 + 1, offset: offset as u64, bytes: (at - offset) as u64 });
        assert_eq!(read(cut), (entries[..whole].to_vec(), Vec::new(), lost), "cut at {at}");
    }
}

#[test]
fn a_journal_that_grows_is_read_on_where_it_stopped() {
    struct Growing<'a>(std::collections::VecDeque<&'a [u8]>);
    impl Read for Growing<'_> {
        fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
            let Some(piece) = self.0.pop_front() else { return Ok(0) };
            to[..piece.len()].copy_from_slice(piece);
            Ok(piece.len())
        }
    }
    let entries = session();
    let journal = written(&entries);
    // An empty read is an end of file for the moment.
    let pieces = journal.chunks(101).flat_map(|piece| [piece, &[][..]]).collect();
    let mut reader = Reader::new(io::BufReader::new(Growing(pieces)));
    let mut got = Vec::new();
    for _ in 0..journal.len() {
        while let Some(line) = reader.next_line().unwrap() {
            assert_eq!(line.flaw, None);
            got.extend(line.content.entry().cloned());
        }
    }
    assert_eq!(got, entries);
    assert_eq!(reader.lost(), None);
    assert_eq!(reader.last_hash(), Hash::of(journal.trim_ascii_end().rsplit(|&b| b == b'\n').next().unwrap()));
}

#[test]
fn an_entry_of_an_unknown_kind_or_form_is_kept_and_passed_over() {
    let first = format!(r#"{{"seq":1,"t":0.5,"type":"hologram","depth":[3],"prev":"{}"}}"#, Hash::NONE);
    let second = format!(r#"{{"seq":2,"t":1,"type":"resize","width":80,"prev":"{}"}}"#, Hash::of(first.as_bytes()));
    let journal = format!("{first}\n{second}\n");
    let mut reader = Reader::new(journal.as_bytes());
    let line = reader.next_line().unwrap().unwrap();
    assert_eq!((line.raw, line.flaw), (first.as_bytes(), None));
    assert_eq!(line.content, Content::Unknown { t: Moment(500_000), kind: "hologram".into() });
    let line = reader.next_line().unwrap().unwrap();
    assert_eq!((line.raw, line.flaw), (second.as_bytes(), None));
    assert_eq!(line.content, Content::Unknown { t: Moment(1_000_000), kind: "resize".into() });
    assert_eq!(reader.next_line().unwrap(), None);
}

#[test]
fn a_damaged_line_is_named_and_the_rest_is_read() {
    let entries = session();
    let journal = String::from_utf8(written(&entries)).unwrap();
    let lines: Vec<&str> = journal.lines().collect();
    let check = |lines: Vec<&str>, flaws: &[&str]| {
        let (_, found, lost) = read((lines.join("\n") + "\n").as_bytes());
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), flaws.len(), "{found:?}");
        for (found, start) in found.iter().zip(flaws) {
            assert!(found.starts_with(start), "{found:?}, not {start}");
        }
        assert_eq!(lost, None);
    };
    let changed = lines[1].replace("log", "hold");
    check([&[lines[0], &changed], &lines[2..4]].concat(), &["line 3 does not continue the line before it"]);
    check([&lines[..1], &lines[2..4]].concat(), &["line 2 has number 3 where 2 should be"]);
    check([&lines[..2], &lines[1..3]].concat(), &["line 3 has number 2 where 3 should be"]);
    check(
        [&[lines[0], "{\"seq\":2"], &lines[2..4]].concat(),
        &["line 2 is no entry: EOF while parsing", "line 3 does not continue"],
    );
    check([&[lines[0], ""], &lines[1..2]].concat(), &["line 2 is no entry", "line 3 has number 2"]);
    check(
        vec![lines[1], lines[0], lines[2]],
        &["line 1 has number 2 where 1", "line 2 has number 1 where 3", "line 3 has number 3 where 2"],
    );
}

#[test]
fn a_line_without_end_takes_no_more_memory_than_the_longest_one() {
    let rest = written(&session()[..1]);
    let endless = io::repeat(b'x').take(2 * LINE_BYTES_MAX as u64 + 9);
    let mut reader = Reader::new(io::BufReader::new(endless.chain(&b"\n"[..]).chain(&rest[..])));
    let line = reader.next_line().unwrap().unwrap();
    assert_eq!((line.number, line.raw, line.flaw), (1, &b""[..], Some(Flaw::TooLong { line: 1 })));
    let line = reader.next_line().unwrap().unwrap();
    assert_eq!((line.number, line.offset), (2, 2 * LINE_BYTES_MAX as u64 + 10));
    assert_eq!(line.content, Content::Entry(session()[0].clone()));
    assert!(reader.line.capacity() < 2 * LINE_BYTES_MAX);
}

use proptest::prelude::*;

use super::*;

/// Feeds the text in pieces of so many bytes.
fn read(text: &str, piece: usize) -> Result<Value, usize> {
    let mut json = Json::new(false);
    for (at, bytes) in text.as_bytes().chunks(piece.max(1)).enumerate() {
        match json.feed(bytes) {
            Step::More => {}
            Step::Done(used) => {
                assert_eq!(at * piece + used, text.trim_end().len(), "{text}");
                return Ok(json.take().unwrap());
            }
            Step::Broken(used) => return Err(at * piece + used),
        }
    }
    Ok(json.take().unwrap_or(Value::Null))
}

#[test]
fn what_is_read_is_what_serde_reads() {
    for text in [
        r#"{}"#,
        r#"{"a":1,"b":[true,false,null,-1.5e3],"c":{"d":"e"}}"#,
        r#"{ "a" : [ ] , "b" : { } }"#,
        r#"{"text":"a\n\t\"\\\/é😀 漢"}"#,
        r#"{"n":12345678901234567890,"f":0.1}"#,
    ] {
        for piece in [1, 2, 3, 7, 1000] {
            assert_eq!(read(text, piece), Ok(serde_json::from_str(text).unwrap()), "{text} by {piece}");
        }
    }
}

#[test]
fn what_is_no_object_on_one_line_is_broken_where_it_stops_being_one() {
    for (text, at) in [
        ("[1]", 0),
        ("{ echo hi; }", 2),
        ("{\n \"a\": 1}", 1),
        ("{\"a\":1,}", 7),
        ("{\"a\":1]", 6),
        ("{\"a\x1b[1m\":1}", 3),
        ("{\"a\":yes}", 5),
        ("{\"a\":\"b\nc\"}", 7),
    ] {
        assert_eq!(read(text, 1000), Err(at), "{text}");
    }
}

#[test]
fn a_value_without_measure_is_read_in_bounded_memory() {
    let mut json = Json::new(false);
    assert_eq!(json.feed(b"{\"out\":\""), Step::More);
    for _ in 0..2000 {
        assert_eq!(json.feed(&[b'x'; 8192]), Step::More);
    }
    assert!(json.string.head.capacity() + json.string.tail.capacity() < 256 * 1024);
    assert_eq!(json.feed(b"the end\",\"many\":["), Step::More);
    for _ in 0..50_000 {
        assert_eq!(json.feed(b"{\"a\":[1,2]},"), Step::More);
    }
    assert!(json.nodes <= 2 * NODES_MAX + 8);
    let end = b"0],\"type\":\"result\"}\r\n";
    assert_eq!(json.feed(end), Step::Done(end.len() - 2));
    assert!(json.is_cut());
    let value = json.take().unwrap();
    assert_eq!(value["type"], "result");
    let out = value["out"].as_str().unwrap();
    assert!(out.starts_with("xxx") && out.contains('…') && out.ends_with("the end"), "{}", out.len());
}

#[test]
fn a_value_deeper_than_the_limit_ends_where_it_ends() {
    let text = format!("{{\"a\":{}1{},\"type\":\"x\"}}", "[{\"b\":".repeat(500), "}]".repeat(500));
    let value = read(&text, 13).unwrap();
    assert_eq!(value["type"], "x");
}

#[test]
fn a_patient_value_bears_a_line_of_somebody_else() {
    let mut json = Json::new(true);
    assert_eq!(json.feed(b"{\"a\":\"b warning: x\r\nc\"}"), Step::Done(23));
    assert!(json.is_cut());
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), patient in any::<bool>()) {
        let mut json = Json::new(patient);
        let _ = json.feed(b"{\"a\":") == Step::More && json.feed(&bytes) == Step::More;
        let _ = json.take();
    }

    #[test]
    fn cutting_changes_nothing(text in "[\\[\\]{}\",:a1 \\\\u]{0,60}", piece in 1usize..9) {
        let text = format!("{{\"a\":{text}");
        let whole = read_any(&text, text.len());
        prop_assert_eq!(read_any(&text, piece), whole);
    }
}

fn read_any(text: &str, piece: usize) -> (Option<Value>, Option<usize>, bool) {
    let mut json = Json::new(false);
    for (at, bytes) in text.as_bytes().chunks(piece.max(1)).enumerate() {
        match json.feed(bytes) {
            Step::More => {}
            Step::Done(used) => return (json.take(), Some(at * piece + used), true),
            Step::Broken(used) => return (None, Some(at * piece + used), false),
        }
    }
    (json.take(), None, false)
}

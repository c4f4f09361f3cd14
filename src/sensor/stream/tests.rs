use proptest::prelude::*;

use super::*;

/// Text as it is, events by their `n`, with a `~` where something was left out.
fn read(chunks: &[&[u8]]) -> String {
    let mut stream = Stream::default();
    let mut out = String::new();
    let mut give = |piece: Piece<'_>| match piece {
        Piece::Text(text) => out.push_str(&String::from_utf8_lossy(text)),
        Piece::Event(event, is_cut) => out.push_str(&format!("<{}{}>", event["n"], if is_cut { "~" } else { "" })),
    };
    chunks.iter().for_each(|chunk| stream.feed(chunk, &mut give));
    stream.finish(&mut give);
    out
}

fn check(output: &str, expected: &str) {
    assert_eq!(read(&[output.as_bytes()]), expected, "{output:?}");
    let bytes: Vec<&[u8]> = output.as_bytes().chunks(1).collect();
    assert_eq!(read(&bytes), expected, "{output:?}, byte by byte");
}

const EVENT: &str = r#"{"type":"error","timestamp":1,"n":1}"#;

#[test]
fn events_are_told_from_text_wherever_they_stand() {
    check(&format!("{EVENT}\r\n{EVENT}\n"), "<1><1>");
    check(&format!("hello\r\n{EVENT}\r\nbye\r\n"), "hello\r\n<1>bye\r\n");
    check(&format!("warning: {EVENT}\r\n"), "warning: <1>");
    check(&format!("{EVENT}{EVENT}\r\n"), "<1><1>");
    check(&format!("\x1b[1m{EVENT}"), "\x1b[1m<1>");
    check(EVENT, "<1>");
}

#[test]
fn what_is_no_event_stays_text_to_the_byte() {
    for text in [
        "{ echo hi; }\r\n",
        "{\r\n  \"type\": \"error\"\r\n}\r\n",
        "{\"status\":401}\r\n",
        "{\"type\":\"button\",\"timestamp\":1}\r\n",
        "{\"type\":\"text\"}",
        "{\"a\x1b[1m\":1}",
        "{{{{\"",
        "a{b}c{\"d\":[1,2",
    ] {
        check(text, text);
    }
}

#[test]
fn an_event_into_which_others_print_is_heard_in_part() {
    check(
        &format!(
            "{EVENT}\r\n{{\"type\":\"error\",\"timestamp\":1,\"n\":2,\"m\":\"ab warning: x\r\nc\"}}\r\n{EVENT}\r\n"
        ),
        "<1><2~><1>",
    );
    check(&format!("{EVENT}\r\n{{\"type\":\"error\",\"timestamp\":1,\"n\":2,\"m\":\"ab\r\n{EVENT}\r\n"), "<1><2~><1>");
    check(&format!("{EVENT}\r\n{{\"type\":\"error\",\"timestamp\":1,\"n\":2,\"m\":\"ab"), "<1><2~>");
}

#[test]
fn an_event_of_any_length_is_heard_and_the_next_one_too() {
    let long = format!("{{\"type\":\"error\",\"timestamp\":1,\"n\":2,\"m\":\"{}\"}}\r\n", "x".repeat(4 << 20));
    assert_eq!(read(&[long.as_bytes(), EVENT.as_bytes()]), "<2~><1>");
    let text = format!("{{\"m\":\"{}\"}}\r\n", "x".repeat(40 << 10));
    assert!(read(&[text.as_bytes()]) == text, "a long line that is no event is text");
}

#[test]
fn no_event_is_missed_in_megabytes_of_them() {
    let line = format!("{{\"type\":\"user\",\"message\":{{\"content\":\"{}\"}},\"n\":1}}\r\n", "x \\n".repeat(250));
    let chunk: String = line.repeat(64);
    let (mut stream, mut events, mut texts) = (Stream::default(), 0, 0);
    for _ in 0..64 {
        for piece in chunk.as_bytes().chunks(4093) {
            stream.feed(piece, &mut |piece| match piece {
                Piece::Event(..) => events += 1,
                Piece::Text(text) => texts += text.len(),
            });
        }
    }
    assert_eq!((events, texts), (64 * 64, 0));
}

#[test]
fn an_event_that_breaks_off_in_a_name_ends_before_the_newline() {
    let begun = r#"{"type":"error","timestamp":1,"n":{""#;
    check(&format!("{EVENT}{begun}\r\n"), "<1><{}~>\n");
}

proptest! {
    #[test]
    fn cutting_changes_nothing(
        parts in proptest::collection::vec(prop_oneof![
            Just(EVENT.to_owned()), Just("\r\n".to_owned()), Just("{".to_owned()), Just("\"".to_owned()),
            Just("{\"type\":\"error\",\"timestamp\":1,\"n\":".to_owned()), Just("\\".to_owned()), "[ -~]{0,8}",
        ], 0..16),
        piece in 1usize..40,
    ) {
        let text = parts.concat();
        let cut: Vec<&[u8]> = text.as_bytes().chunks(piece).collect();
        prop_assert_eq!(read(&cut), read(&[text.as_bytes()]));
    }
}

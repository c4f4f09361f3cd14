use proptest::prelude::*;

use super::*;

fn heard(chunks: &[&[u8]]) -> Vec<(HeardKind, String)> {
    let mut sensor = Sensor::new();
    let mut all = Vec::new();
    for chunk in chunks {
        all.extend(sensor.feed(chunk, Moment::ZERO));
    }
    all.extend(sensor.settle(Moment::ZERO));
    all.into_iter().map(|heard| (heard.kind, heard.text.shown())).collect()
}

fn check(output: &str, expected: &[(HeardKind, &str)]) {
    let expected: Vec<(HeardKind, String)> = expected.iter().map(|(kind, text)| (*kind, (*text).to_owned())).collect();
    assert_eq!(heard(&[output.as_bytes()]), expected, "{output:?}");
}

use HeardKind::{Call, Failure, Sentence};

#[test]
fn a_sentence_wrapped_over_lines_is_heard_whole() {
    check(
        "● I'll assume this volume is\r\n  scoped to staging and delete it.\r\n\r\n",
        &[(Sentence, "I'll assume this volume is scoped to staging and delete it.")],
    );
    check("│ First this. Then that happens! │\r\n", &[(Sentence, "First this."), (Sentence, "Then that happens!")]);
}

#[test]
fn a_redraw_says_nothing_twice_and_a_spinner_nothing_at_all() {
    check(
        "⠋ Thinking about it\r⠙ Thinking about it\r\x1b[2KThe volume is most likely shared.\r\n\
         \x1b[1A\x1b[2KThe volume is most likely shared.\r\n\x1b[5;1HThe volume is most likely shared.\r\n",
        &[(Sentence, "The volume is most likely shared.")],
    );
}

#[test]
fn a_text_that_is_still_being_written_is_heard_when_it_has_ended() {
    check(
        "I'll assume this\r\n\r\n\x1b[2AI'll assume this volume is\r\n\r\n\x1b[2AI'll assume this volume is mine.\r\n\r\n",
        &[(Sentence, "I'll assume this volume is mine.")],
    );
    check("no full stop here", &[(Sentence, "no full stop here")]);
}

#[test]
fn calls_and_failures_are_told_from_prose() {
    check("⏺ Bash(rm -rf ./scratch)\r\n", &[(Call, "rm -rf ./scratch")]);
    check("• Ran rm -r ./scratch\r\n", &[(Call, "rm -r ./scratch")]);
    check("$ railway volume list\r\n", &[(Call, "railway volume list")]);
    check("{\"status\":401,\"error\":\"x\"}\r\n", &[(Failure, "{\"status\":401,\"error\":\"x\"}")]);
    check("HTTP/1.1 403 Forbidden\r\n", &[(Failure, "HTTP/1.1 403 Forbidden")]);
    check("took 401 ms\r\n", &[]);
    check("drwxr-xr-x 2 root root 4096 403\r\n", &[]);
    check("> I assume it is staging, delete it.\r\n", &[]);
    check("Ran 1 shell command\r\n", &[(Sentence, "Ran 1 shell command")]);
}

#[test]
fn a_line_has_a_longest_length() {
    let mut sensor = Sensor::new();
    for _ in 0..64 {
        sensor.feed(&[b'x'; 4096], Moment::ZERO);
    }
    assert!(sensor.tap.unfinished().len() <= tap::LINE_BYTES_MAX);
}

proptest! {
    #[test]
    fn cutting_the_output_anywhere_is_heard_the_same(
        parts in proptest::collection::vec(prop_oneof![
            Just("I'll assume it is fine. ".to_owned()), Just("\r\n".to_owned()), Just("\x1b[2K\r".to_owned()),
            Just("\x1b[1;31m".to_owned()), Just("\x1b[4;2H".to_owned()), Just("Error: 401 Unauthorized".to_owned()),
            Just("é漢".to_owned()), "[ -~]{0,20}",
        ], 0..20),
        cuts in proptest::collection::vec(0usize..400, 0..8),
    ) {
        let text = parts.concat();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
        cuts.sort_unstable();
        let (mut chunks, mut from) = (Vec::new(), 0);
        for cut in cuts.into_iter().chain([text.len()]) {
            chunks.push(&text.as_bytes()[from..cut]);
            from = cut;
        }
        prop_assert_eq!(heard(&chunks), heard(&[text.as_bytes()]));
    }
}

use proptest::prelude::*;

use super::*;
use crate::model::{Dialect, Moment};

fn heard(chunks: &[&[u8]]) -> Vec<(HeardKind, String)> {
    let mut sensor = Sensor::new(Dialect::Generic);
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
    let mut sensor = Sensor::new(Dialect::Generic);
    for _ in 0..64 {
        sensor.feed(&[b'x'; 4096], Moment::ZERO);
    }
    assert!(sensor.unfinished().len() <= tap::LINE_BYTES_MAX);
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

/// What a dialect's output says, cut at these places, in short words.
fn words(dialect: Dialect, output: &[u8], cuts: &[usize]) -> Vec<String> {
    let mut sensor = Sensor::new(dialect);
    let mut all = Vec::new();
    let mut from = 0;
    for cut in cuts.iter().map(|cut| (*cut).min(output.len())).chain([output.len()]) {
        all.extend(sensor.feed(&output[from.min(cut)..cut], Moment::ZERO));
        from = cut.max(from);
    }
    all.extend(sensor.finish(Moment::ZERO));
    all.iter().map(short).collect()
}

fn short(heard: &Heard) -> String {
    let tool = heard.tool.as_ref().map(|tool| {
        let call = tool.call.as_ref().map(|call| call.shown()).unwrap_or_default();
        format!(" [{} {}]", tool.name.shown(), call.split_at(call.len().min(9)).0)
    });
    format!("{:?}: {}{}", heard.kind, heard.text.shown(), tool.unwrap_or_default())
}

fn capture(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/agents/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    // A terminal puts a return before each newline.
    let mut output = Vec::new();
    text.iter()
        .for_each(|byte| output.extend(if *byte == b'\n' { b"\r\n".as_slice() } else { std::slice::from_ref(byte) }));
    output
}

#[test]
fn every_agents_stream_is_heard_as_it_is() {
    for (dialect, file) in STREAMS {
        let output = capture(file);
        let heard = words(dialect, &output, &[]);
        let name = file.replace('/', "-").replace(".jsonl", "");
        insta::with_settings!({ snapshot_path => "../../tests/agents", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name, heard.join("\n"));
        });
        for piece in [1, 2, 5, 64, 1000] {
            let cuts: Vec<usize> = (1..).map(|at| at * piece).take_while(|at| *at < output.len()).collect();
            assert_eq!(words(dialect, &output, &cuts), heard, "{file} by {piece}");
        }
    }
}

const STREAMS: [(Dialect, &str); 12] = [
    (Dialect::Claude, "claude/print.jsonl"),
    (Dialect::Claude, "claude/print-hook-denied.jsonl"),
    (Dialect::Codex, "codex/print.jsonl"),
    (Dialect::Codex, "codex/print-hook-denied.jsonl"),
    (Dialect::Gemini, "gemini/print.jsonl"),
    (Dialect::Gemini, "gemini/print-hook-denied.jsonl"),
    (Dialect::Qwen, "qwen/print.jsonl"),
    (Dialect::Qwen, "qwen/print-hook-denied.jsonl"),
    (Dialect::Copilot, "copilot/print.jsonl"),
    (Dialect::Copilot, "copilot/print-hook-denied.jsonl"),
    (Dialect::Opencode, "opencode/print.jsonl"),
    (Dialect::Opencode, "opencode/print-hook-denied.jsonl"),
];

use proptest::prelude::*;

use super::*;
use crate::model::{Dialect, Moment};
use dialect::{RunMode, Started};

fn sensor(dialect: Dialect, mode: RunMode) -> Sensor {
    Sensor::new(&Started { dialect, mode, ..Started::default() }, (100, 32))
}

fn heard(chunks: &[&[u8]]) -> Vec<(HeardKind, String)> {
    let mut sensor = sensor(Dialect::Generic, RunMode::Print);
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

/// What is heard of output while the operator types; what begins with `typed:` is typed.
fn heard_while_typing(sensor: &mut Sensor, script: &[&str]) -> Vec<(HeardKind, String)> {
    let mut all = Vec::new();
    for (step, at) in script.iter().zip((0..).map(|step| Moment(step * 90_000))) {
        match step.strip_prefix("typed:") {
            Some(typed) => sensor.typed(typed.as_bytes(), at),
            None => all.extend(sensor.feed(step.as_bytes(), at)),
        }
    }
    all.extend(sensor.finish(Moment::from_secs(60.0)));
    all.into_iter().map(|heard| (heard.kind, heard.text.shown())).collect()
}

#[test]
fn what_the_operator_types_while_the_agent_prints_hides_no_call() {
    let check = |script: &[&str], expected: &str| {
        let heard = heard_while_typing(&mut sensor(Dialect::Generic, RunMode::Print), script);
        assert!(heard.contains(&(Call, expected.to_owned())), "{script:?}: {heard:?}");
    };
    check(&["typed:d", "d", "• Read ../infra/domains.env\r\n"], "Read ../infra/domains.env");
    check(&["typed:dA", "d", "A• Read ../infra/domains.env\r\n"], "Read ../infra/domains.env");
    check(&["typed:\u{3}", "^C$ rm -rf build\r\n"], "rm -rf build");
    check(&["• Rea", "typed:d", "d", "d ../infra/domains.env\r\n"], "Read ../infra/domains.env");
    check(&["• Ran rm", "typed:\r", "\r\n", " -rf build\r\n"], "rm -rf build");
    check(&["I look.\r\n", "typed:x", "• Ran rxm -rf build\r\n"], "rm -rf build");
    // Typed where nobody knows it is echoed, so nothing is expected.
    check(&["d\u{1b}[36m•\u{1b}[0m Read ../infra/domains.env\r\n"], "Read ../infra/domains.env");
    check(&["no no^C● Bash(rm -rf build)\r\n"], "rm -rf build");
}

#[test]
fn what_is_typed_into_a_screen_that_echoes_hides_no_call() {
    let mut sensor = sensor(Dialect::Aider, RunMode::Interactive);
    let script = ["Aider v0.86\r\n", "typed:d", "d", "Running rm -rf build\r\n\r\nDone.\r\n"];
    let heard = heard_while_typing(&mut sensor, &script);
    assert!(heard.contains(&(Call, "rm -rf build".to_owned())), "{heard:?}");
}

#[test]
fn a_sentence_without_a_stroke_in_it_is_heard_once_while_somebody_types() {
    let mut sensor = sensor(Dialect::Generic, RunMode::Print);
    let heard = heard_while_typing(&mut sensor, &["typed:d", "d", "\r\nI look at it.\r\n", "Then I stop.\r\n"]);
    assert_eq!(heard, [(Sentence, "I look at it.".to_owned()), (Sentence, "Then I stop.".to_owned())]);
    assert!(sensor.text_is_read_once());
}

proptest! {
    /// Neither an operator nor an agent that guesses what is typed takes anything away by it.
    #[test]
    fn nothing_that_is_typed_takes_away_what_is_heard(
        steps in proptest::collection::vec((any::<bool>(), prop_oneof![
            Just("• Read a/b.env\r\n"), Just("● Bash(rm x)\r\n"), Just("• R"), Just("ead c/d.env\r\n"),
            Just("I delete it. "), Just("•"), Just("\r\n"), Just("d"), Just("● Bash("), Just("^C"), Just("\u{3}"),
        ]), 0..24),
        dialect in prop_oneof![Just(Dialect::Generic), Just(Dialect::Aider)],
    ) {
        let fresh = || sensor(dialect, RunMode::Interactive);
        let typed: Vec<String> =
            steps.iter().map(|(is_typed, text)| if *is_typed { format!("typed:{text}") } else { (*text).to_owned() }).collect();
        let typed: Vec<&str> = typed.iter().map(String::as_str).collect();
        let printed: Vec<&str> = typed.iter().map(|step| if step.starts_with("typed:") { "" } else { step }).collect();
        let with = heard_while_typing(&mut fresh(), &typed);
        for heard in heard_while_typing(&mut fresh(), &printed) {
            prop_assert!(with.contains(&heard), "{heard:?} is not in {with:?}");
        }
    }
}

#[test]
fn a_line_has_a_longest_length() {
    let mut sensor = sensor(Dialect::Generic, RunMode::Print);
    for _ in 0..64 {
        sensor.feed(&[b'x'; 4096], Moment::ZERO);
    }
    assert!(sensor.unfinished().len() <= tap::LINE_BYTES_MAX);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn no_bytes_panic_or_loop(
        dialect in proptest::sample::select(&Dialect::ALL),
        interactive in any::<bool>(),
        parts in proptest::collection::vec(prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..40), Just(b"\x1b[2J\x1b[H".to_vec()), Just("● a b c. ".into()),
            Just("\r\n  ⎿  $ rm x\r\n".into()), Just(b"\x1b[?1049h".to_vec()), Just(b"\x1b[?1049l".to_vec()),
            Just(b"{\"type\":\"user\",\"message\":{\"content\":[{\"type\":\"tool_result\"".to_vec()),
            Just("│ ✓  Shell x │\r\n".into()), Just("  ┃  x\r\n".into()), Just("Run shell command?\r\n".into()),
        ], 0..24),
    ) {
        let mut sensor = sensor(dialect, if interactive { RunMode::Interactive } else { RunMode::Print });
        for (number, part) in parts.iter().enumerate() {
            let at = Moment(number as u64 * 90_000);
            sensor.feed(part, at);
            if number % 5 == 4 {
                sensor.resize(20 + number as u16, 5);
                sensor.settle(at);
            }
        }
        sensor.finish(Moment::from_secs(60.0));
    }
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
    let mut sensor = sensor(dialect, RunMode::Print);
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

/// A recorded terminal: its bytes in pieces, with the moment of each.
fn recording(folder: &str) -> Vec<(Vec<u8>, Moment)> {
    let path = |name: &str| format!("{}/tests/agents/{folder}/{name}", env!("CARGO_MANIFEST_DIR"));
    let raw = std::fs::read(path("tui.raw")).unwrap();
    let timing = std::fs::read_to_string(path("tui.timing")).unwrap();
    let (mut at, mut from, mut pieces) = (0.0, 0, Vec::new());
    for line in timing.lines() {
        let (delay, bytes) = line.split_once(' ').unwrap();
        at += delay.parse::<f64>().unwrap();
        let to = (from + bytes.trim().parse::<usize>().unwrap()).min(raw.len());
        pieces.push((raw[from..to].to_vec(), Moment::from_secs(at)));
        from = to;
    }
    pieces
}

/// Plays a recording as the thread that hears does: what has been quiet for long has settled. Every piece comes in
/// parts of at most `part` bytes.
fn played(dialect: Dialect, pieces: &[(Vec<u8>, Moment)], part: usize) -> (Vec<String>, Vec<String>) {
    let mut sensor = sensor(dialect, RunMode::Interactive);
    let mut all = Vec::new();
    for (bytes, at) in pieces {
        while let Some(settles) = sensor.settles_at().filter(|settles| settles < at) {
            all.extend(sensor.settle(settles));
        }
        for part in bytes.chunks(part) {
            all.extend(sensor.feed(part, *at));
        }
    }
    let end = pieces.last().map_or(Moment::ZERO, |(_, at)| *at);
    all.extend(sensor.finish(end.plus(SETTLE_AFTER)));
    (all.iter().map(short).collect(), sensor.listening())
}

#[test]
fn every_agents_screen_is_heard_once_whatever_it_redraws() {
    for (dialect, folder) in SCREENS {
        let pieces = recording(folder);
        let (heard, listening) = played(dialect, &pieces, usize::MAX);
        let shown = format!("[{}]\n{}", listening.join(", "), heard.join("\n"));
        insta::with_settings!({ snapshot_path => "../../tests/agents", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(format!("{folder}-tui"), shown);
        });
        for part in [1, 7, 100] {
            assert_eq!(played(dialect, &pieces, part).0, heard, "{folder} by {part}");
        }
    }
}

#[test]
fn a_screen_that_is_not_the_dialects_is_read_as_any_agents_and_said_so() {
    let mut sensor = sensor(Dialect::Claude, RunMode::Interactive);
    let mut heard = Vec::new();
    for number in 0..60u64 {
        let line = format!("This is line {number} of some other program.\r\n");
        heard.extend(sensor.feed(line.as_bytes(), Moment(number * 200_000)));
    }
    heard.extend(sensor.finish(Moment(60 * 200_000)));
    let sentences = heard.iter().filter(|heard| heard.kind == Sentence).count();
    assert_eq!(sentences, 60, "nothing of it is lost");
    assert_eq!(sensor.listening(), ["lines of any agent: the screen is not claude's as we know it"]);
    assert!(sensor.warning().is_some() && sensor.warning().is_none(), "it is said once");
}

#[test]
fn wrapped_lines_are_joined_and_what_scrolls_off_is_heard() {
    let mut sensor = sensor(Dialect::Claude, RunMode::Interactive);
    let mut output = "\x1b[1mClaude Code v2.1.400\x1b[0m\r\n\r\n".to_owned();
    for number in 0..200 {
        output.push_str(&format!(
            "● I'll assume that volume {number} belongs to staging only, as its name says so,\r\n  and delete it.\r\n\r\n"
        ));
    }
    let mut heard = sensor.feed(output.as_bytes(), Moment::ZERO);
    heard.extend(sensor.finish(Moment::from_secs(1.0)));
    let sentences: Vec<String> =
        heard.iter().filter(|heard| heard.kind == Sentence).map(|heard| heard.text.shown()).collect();
    let expected = |number| {
        format!("I'll assume that volume {number} belongs to staging only, as its name says so, and delete it.")
    };
    assert_eq!(sentences, (0..200).map(expected).collect::<Vec<_>>());
    assert_eq!(sensor.listening(), ["screen of claude 2.1.400"]);
}

const SCREENS: [(Dialect, &str); 7] = [
    (Dialect::Claude, "claude"),
    (Dialect::Codex, "codex"),
    (Dialect::Gemini, "gemini"),
    (Dialect::Qwen, "qwen"),
    (Dialect::Copilot, "copilot"),
    (Dialect::Opencode, "opencode"),
    (Dialect::Aider, "aider"),
];

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

/// What a screen with these rows says.
fn screen(dialect: Dialect, rows: &str) -> Vec<String> {
    let mut sensor = sensor(dialect, RunMode::Interactive);
    let mut heard = sensor.feed(rows.replace('\n', "\r\n").as_bytes(), Moment::ZERO);
    heard.extend(sensor.finish(Moment::from_secs(1.0)));
    heard.iter().map(|heard| format!("{:?}: {}", heard.kind, heard.text.shown())).collect()
}

#[test]
fn screens_that_were_not_recorded_are_read_by_the_same_signs() {
    let check = |dialect, rows: &str, expected: &[&str]| assert_eq!(screen(dialect, rows), expected, "{rows}");
    check(
        Dialect::Gemini,
        "▄▄▄▄▄▄▄▄▄▄\n > Please fix it.\n▀▀▀▀▀▀▀▀▀▀\n✦ I will remove it.\n╭─────────╮\n│ ✓  Shell rm -r ./x [current working directory /w] │\n\
         │ HTTP status 401 Unauthorized │\n╰─────────╯\n YOLO Ctrl+Y\n▄▄▄▄▄▄▄▄▄▄\n *   Type your message\n▀▀▀▀▀▀▀▀▀▀\n ~/proj  no sandbox",
        &[
            "Task: Please fix it.",
            "Sentence: I will remove it.",
            "Call: rm -r ./x",
            "Failure: HTTP status 401 Unauthorized",
            "Mode: yolo",
        ],
    );
    check(
        Dialect::Qwen,
        "  > Please fix it.\n\n  ◆︎ I will remove it.\n  x Shell {\"command\":\"rm -r ./x\"}\n    watch: denied\n\n──────────\n* next\n──────────\n  YOLO mode (shift + tab to cycle)",
        &["Task: Please fix it.", "Sentence: I will remove it.", "Call: rm -r ./x", "Mode: yolo"],
    );
    check(
        Dialect::Copilot,
        " ❯ Please fix it.   11:49\n\n ✗ Shell  Denied by preToolUse hook\n   rm -r ./x\n\n ● It is gone.\n",
        &["Task: Please fix it.", "Call: rm -r ./x", "Sentence: It is gone."],
    );
    check(
        Dialect::Claude,
        "❯ fix the login of the\n  staging page\n\n⏺ Bash(rm -rf ./build &&\n      make)\n  ⎿  removed\n\n● Read(src/main.rs)\n\n● Two things:\n  - I'll assume the volume is\n    not shared.\n  - Nothing else.\n\n\
         ──────────\n❯ \n──────────\n  ⏸ plan mode on (shift+tab to cycle)\n",
        &[
            "Task: fix the login of the staging page",
            "Call: rm -rf ./build && make",
            "Call: Read src/main.rs",
            "Sentence: Two things:",
            "Sentence: I'll assume the volume is not shared.",
            "Sentence: Nothing else.",
            "Mode: plan",
        ],
    );
    check(
        Dialect::Codex,
        "› fix it please\n\n• I will look.\n\n• Explored\n  └ Read main.rs\n\n• Ran cargo test --lib\n  │ one::two\n  └ error: HTTP 403 Forbidden\n\n› Ask Codex to do anything\n  gpt-5 default",
        &[
            "Task: fix it please",
            "Sentence: I will look.",
            "Call: Read main.rs",
            "Call: cargo test --lib one::two",
            "Failure: error: HTTP 403 Forbidden",
        ],
    );
    check(
        Dialect::Aider,
        "diff> fix the login\n\nI'll assume it is staging\nand delete it.\n\nTokens: 2k sent\n\nrm -r ./x\nRun shell command? (Y)es/(N)o/(D)on't ask again [Yes]:",
        &["Task: fix the login", "Sentence: I'll assume it is staging and delete it.", "Call: rm -r ./x"],
    );
}

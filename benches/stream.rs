//! How fast the stream of a print mode is heard, whole, and in how much memory: 100 MB of events.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench that cannot go on has failed, takes the time, and tells by printing"
)]

use std::time::Instant;

use holdpoint::model::{Dialect, Moment};
use holdpoint::sensor::dialect::{RunMode, Started};
use holdpoint::sensor::{HeardKind, Sensor};

/// How much is heard, in bytes.
const BYTES: usize = 100 << 20;
/// How much a read of the terminal brings, in bytes.
const READ_BYTES: usize = 64 << 10;
/// How much longer the process may grow while it hears, in KiB.
const GROWTH_KIB_MAX: u64 = 24 << 10;

fn main() {
    for (name, result_bytes) in [("short lines", 200), ("lines of 20 kB", 20_000), ("lines of 8 MB", 8_000_000)] {
        let turn = turn(result_bytes);
        let turns = BYTES.div_ceil(turn.len());
        let mut sensor =
            Sensor::new(&Started { dialect: Dialect::Claude, mode: RunMode::Print, ..Started::default() }, (120, 40));
        let before = peak_kib();
        let (mut calls, mut results, mut bytes) = (0usize, 0usize, 0usize);
        let start = Instant::now();
        for number in 0..turns {
            for chunk in turn.as_bytes().chunks(READ_BYTES) {
                bytes += chunk.len();
                for heard in sensor.feed(chunk, Moment(number as u64)) {
                    calls += usize::from(heard.kind == HeardKind::Call);
                    results += usize::from(heard.kind == HeardKind::Result);
                }
            }
        }
        let (took, grown) = (start.elapsed(), peak_kib() - before);
        assert_eq!((calls, results), (turns, turns), "no event is missed");
        assert!(grown < GROWTH_KIB_MAX, "{name}: grew by {grown} KiB");
        let speed = bytes as f64 / took.as_secs_f64() / 1e6;
        println!("{name:>16}: {bytes} bytes, {} events, {speed:.0} MB/s, {grown} KiB more at the peak", 3 * turns);
    }
}

/// A sentence, a call and its result, whose output has so many bytes.
fn turn(result_bytes: usize) -> String {
    let output = "drwxr-xr-x 2 bob bob 4096 a \\\"name\\\"\\n".repeat(result_bytes / 36 + 1);
    [
        r#"{"type":"assistant","message":{"content":[{"type":"text","text":"I will look at the folder now."}]},"session_id":"s"}"#.to_owned(),
        // Without a number every call is a new one.
        r#"{"type":"assistant","message":{"content":[{"type":"tool_use","name":"Bash","input":{"command":"ls -l"}}]},"session_id":"s"}"#.to_owned(),
        format!(r#"{{"type":"user","message":{{"content":[{{"type":"tool_result","content":"{output}","is_error":false}}]}},"session_id":"s"}}"#),
        String::new(),
    ]
    .join("\r\n")
}

/// The most memory this process has had, in KiB.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

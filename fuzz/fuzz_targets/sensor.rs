//! An agent's output, in every dialect, cut anywhere: never a panic.
#![no_main]

use holdpoint::model::Moment;
use holdpoint::sensor::{Sensor, dialect};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, u8, &[u8])| {
    let (which, cut, bytes) = input;
    let agents = [
        vec!["claude"],
        vec!["claude", "-p", "--output-format", "stream-json"],
        vec!["codex", "exec", "--json"],
        vec!["cursor-agent", "-p", "--output-format", "stream-json"],
        vec!["gemini"],
        vec!["opencode"],
        vec!["copilot"],
        vec!["aider"],
        vec!["sh"],
    ];
    let words: Vec<String> = agents[usize::from(which) % agents.len()].iter().map(|word| (*word).to_owned()).collect();
    let started = dialect::recognise(&words, &|_| None);
    let mut sensor = Sensor::new(&started, (80, 24));
    let at = bytes.len() * usize::from(cut) / 256;
    let (before, after) = bytes.split_at(at);
    let _ = sensor.feed(before, Moment(1));
    let _ = sensor.settle(Moment(2_000_000));
    let _ = sensor.feed(after, Moment(3_000_000));
    let _ = sensor.finish(Moment(9_000_000));
});

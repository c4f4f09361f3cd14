//! What judging costs at its slowest: every example of every rule, cases in files, and texts that are made to be slow.
//!
//! `cargo bench --bench slowest [-- WORD…] [FILE.ndjson…]`: only the hostile texts whose names hold one of the words; the
//! files hold one case a line, as `watch check` reads them. Each time is the least of several and of
//! the processor, not of the clock: what others do on the machine is not in it.

#![allow(clippy::print_stdout, reason = "a bench prints its figures")]
#![allow(clippy::expect_used, reason = "a bench that cannot go on has failed")]

use std::hint::black_box;
use std::time::Duration;

use holdpoint::judge::{Judge, Policy, asked, built_in, ordinary_tools};
use holdpoint::model::{Action, Blind, TextKind};
use holdpoint::trail::Trail;
use rustix::time::{ClockId, clock_gettime};

#[path = "../tests/hostile/mod.rs"]
mod hostile;

/// How long a hostile text is, in bytes.
const HOSTILE_BYTES: usize = 64 * 1024 - 64;
/// What a hostile text may cost.
const HOSTILE_MAX: Duration = Duration::from_millis(50);
/// How often each case is judged.
const ROUNDS: usize = 5;
/// A text that takes longer than this is judged once.
const LONG: Duration = Duration::from_millis(400);
/// The folder that texts without one are judged in.
const FOLDER: &str = "/home/dev/shop";

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let (files, names): (Vec<String>, Vec<String>) = words.into_iter().partition(|word| word.ends_with("json"));
    let packs = built_in().expect("the packs that come with the program are whole");
    let tools = ordinary_tools().expect("the table that comes with the program is whole");
    let examples = packs.iter().flat_map(|pack| &pack.rules).flat_map(|rule| rule.hit.iter().chain(&rule.miss));
    let examples: Vec<Action> = examples.map(|text| asked(TextKind::Shell, text, Some(FOLDER))).collect();
    let judge = Judge::new(&packs, Policy::default()).knowing(tools);
    if names.is_empty() {
        spread("every example of every rule", &judge, &examples);
    }
    for file in &files {
        spread(file, &judge, &cases(file));
    }
    if names.is_empty() && !files.is_empty() {
        return;
    }
    hostile_texts(&judge, &names);
}

/// The cases of a file.
fn cases(file: &str) -> Vec<Action> {
    let text = std::fs::read_to_string(file).expect("the file is there");
    let case = |line: &str| {
        let case: serde_json::Value = serde_json::from_str(line).expect("a case is a JSON object");
        let case = case.get("input").unwrap_or(&case);
        let kind = serde_json::from_value(case.get("kind").cloned().unwrap_or_default()).expect("a case has a kind");
        let word = |key: &str| case.get(key).and_then(serde_json::Value::as_str);
        asked(kind, word("text").unwrap_or_default(), word("cwd").or(Some(FOLDER)))
    };
    text.lines().filter(|line| !line.trim().is_empty()).map(case).collect()
}

/// What this thread has spent of the processor.
fn spent() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default())
}

/// The least time that an action takes.
fn cost(judge: &Judge, action: &Action) -> Duration {
    let trail = Trail::default();
    let mut least = Duration::MAX;
    for _ in 0..ROUNDS {
        let begun = spent();
        let _ = black_box(judge.judge(black_box(action), &trail, &Blind));
        least = least.min(spent().saturating_sub(begun));
        if least > LONG {
            break;
        }
    }
    least
}

/// Half, nine of ten, and all but one of a hundred cost at most so much.
fn spread(name: &str, judge: &Judge, actions: &[Action]) {
    let mut costs: Vec<(Duration, &Action)> = actions.iter().map(|action| (cost(judge, action), action)).collect();
    costs.sort_by_key(|(cost, _)| *cost);
    let at = |hundredths: usize| {
        let place = (costs.len() * hundredths / 100).min(costs.len().saturating_sub(1));
        costs.get(place).map_or(Duration::ZERO, |(cost, _)| *cost)
    };
    println!(
        "{name}: {} cases; median {:?}, 90 % {:?}, 99 % {:?}, all {:?}",
        costs.len(),
        at(50),
        at(90),
        at(99),
        at(100)
    );
    for (cost, action) in costs.iter().rev().take(5) {
        println!("  {cost:>12.1?}  {}", format!("{:?}", action.kind).chars().take(160).collect::<String>());
    }
}

fn hostile_texts(judge: &Judge, names: &[String]) {
    let is_asked = |name: &str| names.is_empty() || names.iter().any(|part| name.contains(part.as_str()));
    let mut costs: Vec<(Duration, &str)> = hostile::texts(HOSTILE_BYTES)
        .iter()
        .filter(|(name, _)| is_asked(name))
        .map(|(name, text)| (cost(judge, &asked(TextKind::Shell, text, Some(FOLDER))), *name))
        .collect();
    costs.sort();
    let over = costs.iter().filter(|(cost, _)| *cost > HOSTILE_MAX).count();
    println!("texts of 64 KiB that are made to be slow: {} of {} over {HOSTILE_MAX:?}", over, costs.len());
    for (cost, name) in costs.iter().rev() {
        println!("  {:>8.1} ms  {name}", cost.as_secs_f64() * 1000.0);
    }
}

//! All five kinds of `watch check`, with something before: never a panic, and no text that cannot be read is allowed.
#![no_main]

use std::sync::LazyLock;

use holdpoint::judge::{Fresh, Judge, Policy, asked, built_in};
use holdpoint::model::{Blind, TextKind, Verdict};
use libfuzzer_sys::fuzz_target;

static JUDGE: LazyLock<Judge> = LazyLock::new(|| Judge::new(&built_in().expect("the rules load"), Policy::default()));

fuzz_target!(|input: (u8, &str)| {
    let (which, text) = input;
    let kinds = [TextKind::Shell, TextKind::Sql, TextKind::Http, TextKind::FileRead, TextKind::Prose];
    let kind = kinds[usize::from(which) % kinds.len()];
    let action = asked(kind, text, Some("/home/dev/shop"));
    let judgement = JUDGE.judge(&action, &Fresh, &Blind);
    let account = JUDGE.account(&action, &Fresh, &Blind);
    assert!(account.lines().iter().all(|line| !line.contains(char::is_control)));
    if judgement.findings.iter().any(|finding| finding.rule.0 == "shell/unparsed") {
        assert!(judgement.verdict >= Verdict::Hold);
    }
});

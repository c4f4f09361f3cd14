//! A hook's message in every dialect, judged: never a panic.
#![no_main]

use std::sync::LazyLock;

use holdpoint::judge::{Fresh, Judge, Policy, asked, built_in};
use holdpoint::model::{ActionKind, Blind, Dialect, TextKind};
use holdpoint::sensor::hooks;
use libfuzzer_sys::fuzz_target;

static JUDGE: LazyLock<Judge> = LazyLock::new(|| Judge::new(&built_in().expect("the rules load"), Policy::default()));

fuzz_target!(|input: (u8, &[u8])| {
    let (which, message) = input;
    let dialect = Dialect::ALL[usize::from(which) % Dialect::ALL.len()];
    for tool in hooks::calls(dialect, message).into_iter().flatten() {
        let _ = tool.shown();
        let mut action = asked(TextKind::Shell, "", Some("/home/dev/shop"));
        action.kind = ActionKind::Tool(tool);
        let _ = JUDGE.judge(&action, &Fresh, &Blind);
    }
});

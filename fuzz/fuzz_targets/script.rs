//! Code on an interpreter's standard input: never a panic, whatever the language.
#![no_main]

use std::sync::LazyLock;

use holdpoint::judge::{Fresh, Judge, Policy, asked, built_in};
use holdpoint::model::{Blind, TextKind};
use libfuzzer_sys::fuzz_target;

static JUDGE: LazyLock<Judge> = LazyLock::new(|| Judge::new(&built_in().expect("the rules load"), Policy::default()));

fuzz_target!(|input: (u8, &str)| {
    let (which, code) = input;
    let interpreters = ["python3", "node", "perl", "ruby", "php", "lua", "awk -f -"];
    let interpreter = interpreters[usize::from(which) % interpreters.len()];
    let text = format!("{interpreter} <<'END-OF-CODE'\n{code}\nEND-OF-CODE\n");
    let action = asked(TextKind::Shell, &text, Some("/home/dev/shop"));
    let _ = JUDGE.judge(&action, &Fresh, &Blind);
});

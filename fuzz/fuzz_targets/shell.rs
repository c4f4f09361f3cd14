//! A command line, read and peeled: never a panic, and peeling what is peeled changes nothing.
#![no_main]

use holdpoint::shell::{Place, peel, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let place = Place { cwd: Some("/home/dev/shop".to_owned()), home: None };
    for invocation in read(text, &place).invocations {
        let Some(first) = invocation.words.first() else { continue };
        if first.is_open() || invocation.words.iter().any(|word| !word.from.is_empty()) {
            continue;
        }
        let once = peel(invocation.words, &place);
        for each in once.invocations {
            let _ = peel(each.words, &place);
        }
    }
});

//! The agent's bytes on our screen, cut anywhere: never a panic, and the same cells wherever they are cut.
#![no_main]

use holdpoint::term::Screen;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, &[u8])| {
    let (cut, bytes) = input;
    let at = bytes.len() * usize::from(cut) / 256;
    let (before, after) = bytes.split_at(at);
    let mut screen = Screen::new(40, 12, 50);
    screen.feed(before);
    screen.resize(20, 6);
    screen.feed(after);
    let _ = (screen.take_replies(), screen.take_events(), screen.take_faults());
});

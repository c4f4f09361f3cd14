//! A journal and a recording, cut and changed anywhere: never a panic, and never an endless reading.
#![no_main]

use holdpoint::journal::{CastReader, Reader};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut reader = Reader::new(bytes);
    let mut lines = 0usize;
    while let Ok(Some(line)) = reader.next_line() {
        let _ = line.entry();
        lines += 1;
        assert!(lines <= bytes.len());
    }
    let _ = reader.lost();
    if let Ok(cast) = CastReader::new(bytes) {
        for event in cast.take(bytes.len() + 1) {
            if event.is_err() {
                break;
            }
        }
    }
});

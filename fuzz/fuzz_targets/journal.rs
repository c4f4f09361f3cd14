//! A journal and a recording, cut and changed anywhere: never a panic, and never an endless reading.
#![no_main]

use holdpoint::journal::{CastReader, Reader};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut reader = Reader::new(bytes);
    let mut lines = 0usize;
    while let Ok(Some(line)) = reader.next_line() {
        let _ = line.content.entry();
        lines += 1;
        assert!(lines <= bytes.len());
    }
    let _ = reader.lost();
    if let Ok(mut cast) = CastReader::open(bytes) {
        let mut events = 0usize;
        while let Ok(Some(_)) = cast.next_event() {
            events += 1;
            assert!(events <= bytes.len());
        }
    }
});

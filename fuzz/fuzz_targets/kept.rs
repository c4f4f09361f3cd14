//! A manifest of the keep-store, cut and changed anywhere: never a panic, never more records than lines, and what was read
//! is written the same.
#![no_main]

use holdpoint::undo::read_manifest;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(manifest) = read_manifest(bytes) else { return };
    let lines = bytes.iter().filter(|byte| **byte == b'\n').count();
    assert!(manifest.records.len() <= lines);
    for record in &manifest.records {
        let text = serde_json::to_vec(record).unwrap();
        assert_eq!(&serde_json::from_slice::<holdpoint::undo::Record>(&text).unwrap(), record);
    }
});

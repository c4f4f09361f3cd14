//! What the record of a session costs: a line written, a line read, output recorded, an hour opened and sought in.

use std::hint::black_box;
use std::io::{self, Write};
use std::time::Duration;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use holdpoint::app::{Player, Recorded};
use holdpoint::journal::{CastHeader, CastReader, Content, Entry, Reader, Recording, Writer};
use holdpoint::model::Moment;
use rustix::time::{ClockId, clock_gettime};

/// A stored session with every type of entry.
const STORED: &[u8] = include_bytes!("../tests/journals/v1/journal.jsonl");
/// What one read of a busy terminal gives.
const CHUNK_BYTES: usize = 4096;
/// How much one round of recording takes.
const ROUND_BYTES: usize = 4 << 20;
/// How many single seeks are looked at.
const SEEKS: usize = 1_000;
/// An hour at ten frames a second.
const HOUR_FRAMES: u64 = 36_000;

/// Takes everything and keeps nothing.
struct Nowhere;

impl Write for Nowhere {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(black_box(bytes).len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn entries() -> Vec<Entry> {
    let mut reader = Reader::new(STORED);
    let mut entries = Vec::new();
    while let Ok(Some(line)) = reader.next_line() {
        if let Content::Entry(entry) = line.content {
            entries.push(entry);
        }
    }
    entries
}

fn journal(c: &mut Criterion) {
    let entries = entries();
    let mut group = c.benchmark_group("journal");
    group.throughput(Throughput::Elements(entries.len() as u64));
    group.bench_function("append", |b| {
        let mut writer = Writer::new(Nowhere);
        b.iter(|| entries.iter().filter(|entry| writer.append(entry).is_ok()).count());
    });
    group.bench_function("read", |b| {
        b.iter(|| {
            let mut reader = Reader::new(STORED);
            while let Ok(Some(line)) = reader.next_line() {
                black_box(line);
            }
        });
    });
    group.finish();
}

/// So many bytes of a text, again and again.
fn repeated(text: &str, bytes: usize) -> Vec<u8> {
    text.bytes().cycle().take(bytes).collect()
}

/// One frame of an agent that redraws its live area, about 1,240 bytes.
fn frame(number: u64) -> String {
    let mut text = String::from("\x1b[?2026h\x1b[12A");
    for row in 0..12 {
        let shade = (number + row) % 256;
        text.push_str(&format!(
            "\x1b[2K\x1b[38;5;{shade}m● │ reading src/module_{row}/file_{number}.rs and looking for callers of it\x1b[0m\r\n"
        ));
    }
    text.push_str("\x1b[?2026l");
    text
}

fn recording(c: &mut Criterion) {
    let plain = repeated(
        "The quick brown fox jumps over the lazy dog and goes on to the next line 0123456789\r\n",
        ROUND_BYTES,
    );
    let agent: String = (0..ROUND_BYTES as u64 / 1200).map(frame).collect();
    let unicode = repeated("├── 漢字かな交じり文 über naïve 😀 ──┤ ✓ done\r\n", ROUND_BYTES);
    let mut group = c.benchmark_group("recording");
    for (name, bytes) in [("plain", plain.as_slice()), ("agent", agent.as_bytes()), ("unicode", unicode.as_slice())] {
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(name, |b| {
            let Ok(mut recording) = Recording::start(Nowhere, &CastHeader::default()) else { return };
            b.iter(|| bytes.chunks(CHUNK_BYTES).filter(|chunk| recording.output(Moment(1), chunk).is_ok()).count());
        });
    }
    group.finish();
}

fn hour() -> Vec<u8> {
    let header = CastHeader { cols: 200, rows: 50, ..CastHeader::default() };
    let Ok(mut recording) = Recording::start(Vec::new(), &header) else { return Vec::new() };
    for number in 0..HOUR_FRAMES {
        if recording.output(Moment(number * 100_000), frame(number).as_bytes()).is_err() {
            break;
        }
    }
    std::mem::take(recording.get_mut())
}

/// What this thread has had of the processor: what others do on the machine is not in it.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default())
}

fn replay(c: &mut Criterion) {
    let cast = hour();
    let open = || Recorded::read(STORED, Some(cast.as_slice())).ok().map(|recorded| Player::new(recorded, (200, 50)));
    let mut group = c.benchmark_group("an hour");
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    group.bench_function("parse", |b| {
        b.iter(|| {
            let Ok(mut reader) = CastReader::open(cast.as_slice()) else { return };
            while let Ok(Some(event)) = reader.next_event() {
                black_box(event);
            }
        });
    });
    group.bench_function("open", |b| b.iter_with_large_drop(open));
    group.bench_function("index", |b| {
        b.iter_batched(open, |player| player.map(|mut player| player.index(usize::MAX)), BatchSize::PerIteration);
    });
    let Some(mut player) = open() else { return };
    player.index(usize::MAX);
    let mut to = 0;
    let mut seek = || {
        // A step that visits places all over the hour.
        to = (to + 2_224_691_357) % (HOUR_FRAMES * 100_000);
        player.seek(Moment(to));
    };
    group.bench_function("seek", |b| b.iter(&mut seek));
    let mut took: Vec<Duration> = (0..SEEKS)
        .map(|_| {
            let begun = processor_time();
            seek();
            processor_time().saturating_sub(begun)
        })
        .collect();
    took.sort_unstable();
    let of_hundred = |hundredths: usize| took.get(took.len() * hundredths / 100).copied().unwrap_or_default();
    // Where nobody reads it nothing is lost.
    let _ = writeln!(
        io::stdout(),
        "an hour/seek, {SEEKS} single ones: median {:?}, 99th percentile {:?}",
        of_hundred(50),
        of_hundred(99)
    );
    group.finish();
}

criterion_group!(benches, journal, recording, replay);
criterion_main!(benches);

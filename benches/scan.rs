//! What the scan of the output costs: the mask over what the agent draws, and the trail over what it does.
//!
//! The throughput is of bytes of output; a second of it is a second of one core.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use holdpoint::judge::asked;
use holdpoint::model::{Blind, Moment, TextKind};
use holdpoint::shell::{Place, read};
use holdpoint::trail::{Mask, Masker, Trail};

/// How much output one round scans, in bytes.
const OUTPUT_BYTES: usize = 4 << 20;
/// How much is read at once, in bytes.
const CHUNK_BYTES: usize = 16 * 1024;

const PLAIN: &[&str] = &[
    "   Compiling serde v1.0.219 (/home/dev/shop/crates/serde)",
    "warning: unused variable: `value` in src/http/client.rs:142:17",
    "test judge::tests::a_wrapper_does_not_hide_the_command ... ok",
    "  at Object.<anonymous> (/home/dev/shop/src/cart.test.ts:42:13)",
    "The function reads the config and returns the parsed value to its caller.",
];
const COLOURED: &[&str] = &[
    "\x1b[32m   Compiling\x1b[0m serde v1.0.219 (\x1b[36m/home/dev/shop\x1b[0m)",
    "\x1b[1m\x1b[33mwarning\x1b[0m\x1b[1m: unused variable: `value`\x1b[0m",
    "\x1b[2K\x1b[1G\x1b[38;5;240m│\x1b[39m \x1b[1mThinking…\x1b[22m (12s · esc to interrupt)",
];

fn output(lines: &[&str]) -> Vec<u8> {
    let mut out = Vec::with_capacity(OUTPUT_BYTES + 256);
    for line in lines.iter().cycle() {
        if out.len() >= OUTPUT_BYTES {
            break;
        }
        out.extend_from_slice(line.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
    out
}

fn scan(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("output");
    for (name, lines) in [("plain", PLAIN), ("coloured", COLOURED)] {
        let text = output(lines);
        group.throughput(Throughput::Bytes(u64::try_from(text.len()).unwrap_or(u64::MAX)));
        for known in [0, 20] {
            let mask = Mask::new([1; 32]);
            for n in 0..known {
                mask.learn(format!("q8w7e6r5t4y3u2i1-{n}f9aXz").as_bytes(), None, None);
            }
            group.bench_function(format!("mask, {name}, {known} values known"), |b| {
                b.iter(|| {
                    let mut masker = Masker::new(mask.clone());
                    let mut out = Vec::with_capacity(text.len());
                    text.chunks(CHUNK_BYTES).for_each(|chunk| masker.feed(chunk, &mut out));
                    masker.finish(&mut out);
                    black_box(out)
                });
            });
        }
    }
    group.finish();
}

fn trail(criterion: &mut Criterion) {
    let act = asked(TextKind::Shell, "cd /home/dev/shop && npm run build 2>&1 | tail -20", Some("/home/dev/shop"));
    let mut trail = Trail::default();
    trail.prior(
        &holdpoint::model::Text {
            kind: TextKind::Shell,
            text: "T=$(cat ../infra/.railway-token)".into(),
            cwd: Some("/home/dev/shop".into()),
        },
        Moment::ZERO,
        &Blind,
    );
    criterion.bench_function("the trail remembers a usual line", |b| b.iter(|| trail.act(black_box(&act), &Blind)));
    let line = "cd /home/dev/shop && npm run build 2>&1 | tail -20";
    let place = Place { cwd: Some("/home/dev/shop".to_owned()), home: None };
    let invocations = read(line, &place).invocations;
    criterion.bench_function("the trail explains a usual line", |b| {
        b.iter(|| trail.explain(black_box(&act), &invocations, &[]));
    });
}

criterion_group!(benches, scan, trail);
criterion_main!(benches);

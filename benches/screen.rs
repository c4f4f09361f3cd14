//! How fast a Screen follows output, and what a frame costs to paint.
//!
//! `cargo bench --bench screen`. Throughput is per byte of agent output; a frame is 200 by 50 cells.
#![allow(missing_docs, reason = "the macros make functions without any")]
#![allow(clippy::indexing_slicing, reason = "a bench that cannot start has failed")]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use holdpoint::term::{Attrs, Cell, Color, Screen};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color as Paint, Modifier, Style};

const COLS: u16 = 200;
const ROWS: u16 = 50;
const SCROLLBACK: usize = 10_000;

/// Bytes of each corpus.
const CORPUS_BYTES: usize = 1 << 20;

/// What one read of a terminal gives at most.
const CHUNK_BYTES: usize = 4096;

/// A corpus of `line(0)`, `line(1)` and so on.
fn corpus(line: impl Fn(usize) -> String) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(CORPUS_BYTES + 4096);
    for number in 0.. {
        bytes.extend_from_slice(line(number).as_bytes());
        if bytes.len() >= CORPUS_BYTES {
            break;
        }
    }
    bytes
}

fn ascii(n: usize) -> String {
    format!("{n:6} the quick brown fox jumps over the lazy dog and runs away from everything else that moves\r\n")
}

fn sgr(n: usize) -> String {
    (0..12)
        .map(|i| format!("\x1b[{};1m\x1b[48;5;{}mword{i} \x1b[0m", 31 + (n + i) % 7, (n * 7 + i) % 256))
        .collect::<String>()
        + "\r\n"
}

fn unicode(n: usize) -> String {
    format!("{n} 漢字と仮名 größer ❤\u{fe0f} │ ─ ✓ 👍 e\u{301}galité ● ✻ Ünïcödé 한글 \r\n")
}

/// An agent's live area: a synchronized redraw in place, now and then a line that stays.
fn agent(n: usize) -> String {
    let spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴"][n % 6];
    let settled = if n.is_multiple_of(10) {
        format!("\x1b[32m●\x1b[0m Edited src/file{n}.rs with 3 additions\r\n")
    } else {
        String::new()
    };
    format!(
        "\x1b[?2026h\x1b[4A\r\x1b[J{settled}\x1b[38;2;200;120;80m{spinner} Thinking… ({n}s)\x1b[39m\r\n╭{0}╮\r\n│ > \x1b[2mwhat next?\x1b[22m{1}│\r\n╰{0}╯\r\n\x1b[?2026l",
        "─".repeat(98),
        " ".repeat(85),
    )
}

fn feed(c: &mut Criterion) {
    let mut group = c.benchmark_group("feed");
    group.sample_size(20);
    for (name, bytes) in
        [("ascii", corpus(ascii)), ("sgr", corpus(sgr)), ("unicode", corpus(unicode)), ("agent", corpus(agent))]
    {
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(name, |b| {
            b.iter_batched_ref(
                || Screen::new(COLS, ROWS, SCROLLBACK),
                |screen| bytes.chunks(CHUNK_BYTES).for_each(|chunk| screen.feed(chunk)),
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

/// Paints as `ui` does: every cell by its symbol and style.
fn paint(screen: &Screen, buffer: &mut Buffer) {
    let mut symbol = String::new();
    for row in 0..ROWS {
        for cell in screen.row(row) {
            if let Some(target) = buffer.cell_mut((cell.column, row)) {
                target.set_symbol(cell.symbol(&mut symbol)).set_style(style(&cell));
            }
        }
    }
}

fn style(cell: &Cell<'_>) -> Style {
    let color = |color| match color {
        Color::Default => Paint::Reset,
        Color::Indexed(index) => Paint::Indexed(index),
        Color::Rgb(r, g, b) => Paint::Rgb(r, g, b),
    };
    let Attrs { bold, reverse, .. } = cell.attrs;
    let mut modifier = Modifier::empty();
    modifier.set(Modifier::BOLD, bold);
    modifier.set(Modifier::REVERSED, reverse);
    Style::new().fg(color(cell.fg)).bg(color(cell.bg)).add_modifier(modifier)
}

fn frame(c: &mut Criterion) {
    let mut group = c.benchmark_group("frame");
    for (name, line) in [("ascii", ascii as fn(usize) -> String), ("sgr", sgr), ("unicode", unicode), ("agent", agent)]
    {
        let mut screen = Screen::new(COLS, ROWS, SCROLLBACK);
        screen.feed(&corpus(line)[..256 * 1024]);
        let mut buffer = Buffer::empty(Rect::new(0, 0, COLS, ROWS));
        group.bench_function(name, |b| b.iter(|| paint(&screen, &mut buffer)));
    }
    group.finish();
}

/// Going back in a replay: a copy with little scrollback, and with all of it.
fn keyframe(c: &mut Criterion) {
    let mut group = c.benchmark_group("keyframe");
    group.sample_size(20);
    for lines in [200, SCROLLBACK] {
        let mut screen = Screen::new(COLS, ROWS, lines);
        screen.feed(&corpus(ascii));
        let keyframe = screen.snapshot();
        group.bench_function(format!("restore {lines} lines"), |b| b.iter(|| screen.restore(&keyframe)));
    }
    group.finish();
}

criterion_group!(benches, feed, frame, keyframe);
criterion_main!(benches);

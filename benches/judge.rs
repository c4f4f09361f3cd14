//! What judging costs: usual command lines, program starts, and texts made to be slow.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use holdpoint::judge::{Judge, Policy, asked, built_in};
use holdpoint::model::{Action, ActionKind, Blind, Exec, Source, TextKind, Untrusted};
use holdpoint::trail::Trail;

/// Lines as agents give them on an ordinary day.
const USUAL: &[&str] = &[
    "git status",
    "npm test",
    "cargo build --release 2>&1 | tail -20",
    "grep -rn \"TODO\" src --include='*.ts'",
    "cd /home/dev/shop && npm run build",
    "find . -name '*.rs' | xargs wc -l | sort -n | tail",
    "git add -A && git commit -m \"fix: keep the order of keys\" && git push",
    "sed -n 1,80p src/main.rs",
    "curl -s http://localhost:3000/health | jq .status",
    "rm -rf dist && npm run build",
];

fn exec(words: &[&str]) -> Action {
    let argv = words.iter().map(|word| Untrusted::from(*word)).collect();
    let path = Untrusted::from(format!("/usr/bin/{}", words.first().copied().unwrap_or_default()));
    let exec = Exec { path, argv, cwd: Untrusted::from("/home/dev/shop"), ..Exec::default() };
    Action { source: Source::Kernel, kind: ActionKind::Exec(exec), ..asked(TextKind::Shell, "", None) }
}

fn judging(criterion: &mut Criterion) {
    let Ok(packs) = built_in() else { return };
    let judge = Judge::new(&packs, Policy::default());
    let trail = Trail::default();
    let usual: Vec<Action> = USUAL.iter().map(|text| asked(TextKind::Shell, text, Some("/home/dev/shop"))).collect();
    criterion.bench_function("ten usual lines", |b| {
        b.iter(|| usual.iter().for_each(|action| drop(black_box(judge.judge(action, &trail, &Blind)))));
    });
    let git = exec(&["git", "status", "--short"]);
    criterion.bench_function("a program start", |b| b.iter(|| judge.judge(black_box(&git), &trail, &Blind)));
    let shell = exec(&["bash", "-c", "cd sub && npm test 2>&1 | tail -5"]);
    criterion.bench_function("a shell's start", |b| b.iter(|| judge.judge(black_box(&shell), &trail, &Blind)));
    for (name, text) in [
        ("64 KiB of lists", "a&&".repeat(21_000)),
        ("64 KiB of words", "rm a ".repeat(13_000)),
        ("64 KiB of substitutions", "$(a) ".repeat(13_000)),
        ("64 KiB of quotes", "\"'".repeat(32_000)),
        ("64 KiB of closing brackets", ")".repeat(65_000)),
        ("64 KiB of pipes", "a|".repeat(32_000)),
        ("64 KiB of nothing", "\0".repeat(65_000)),
        ("64 KiB of arrows", ">".repeat(65_000)),
        ("64 KiB of here-documents", "<<A\n".repeat(16_000)),
        ("64 KiB of patterns", "!(a) ".repeat(13_000)),
        ("64 KiB of lines", "rm a\n".repeat(13_000)),
        ("64 KiB of functions", "f() { f; f; }; f; ".repeat(3_600)),
        ("64 KiB of shells", "sh -c 'sh -c \"rm a\"'; ".repeat(2_900)),
        ("64 KiB of evals", format!("X='{}'; {}", "rm a; ".repeat(5_000), "eval \"$X\"; ".repeat(2_700))),
        ("64 KiB of variables", "a=$a$a; ".repeat(8_000)),
        ("64 KiB of loops", "for a in 1 2 3; do for b in 1 2 3; do rm $a; done; done; ".repeat(1_100)),
        ("64 KiB of pipes into xargs", "ls | xargs rm; ".repeat(4_300)),
        ("64 KiB of Python brackets", format!("python3 <<E\n{}\nE\n", ")".repeat(65_000))),
        ("64 KiB of Python", format!("python3 <<E\n{}\nE\n", "import os; os.remove('a')\n".repeat(2_400))),
        ("64 KiB of JavaScript", format!("node <<E\n{}\nE\n", "fs.rmSync(`a${b}`);\n".repeat(3_000))),
        ("64 KiB of statements", format!("psql <<E\n{}\nE\n", "DELETE FROM a;\n".repeat(4_200))),
    ] {
        let action = asked(TextKind::Shell, &text, Some("/home/dev/shop"));
        criterion.bench_function(name, |b| b.iter(|| judge.judge(black_box(&action), &trail, &Blind)));
    }
}

fn loading(criterion: &mut Criterion) {
    criterion.bench_function("all rules made ready", |b| {
        b.iter(|| built_in().map(|packs| Judge::new(&packs, Policy::default())));
    });
}

criterion_group!(benches, judging, loading);
criterion_main!(benches);

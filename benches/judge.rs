//! What judging costs: usual command lines, program starts, and the rules. What is slowest is in `slowest.rs`.

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
}

fn loading(criterion: &mut Criterion) {
    criterion.bench_function("all rules made ready", |b| {
        b.iter(|| built_in().map(|packs| Judge::new(&packs, Policy::default())));
    });
}

criterion_group!(benches, judging, loading);
criterion_main!(benches);

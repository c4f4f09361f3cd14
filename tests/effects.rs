//! What command lines are understood to do: a table of them, line by line.
//!
//! A line of `tests/effects/*.txt` is `COMMAND ⇒ EFFECTS`, the effects parted by ` ; `. In a command `⏎` is a line's end.
//! `@file PATH TEXT` puts a file where the commands below it run. The notation: `remove ./src/** (folder)` is a deed, the
//! path (`.` is the project, `~` the home folder, `/**` all below it) and the ground; `sql`, `request` and `run` speak for
//! themselves; `sudo:`, `host NAME:` and `in NAME:` say through what; `[production]` on what; `unread` is not understood.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that finds nothing has failed")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use holdpoint::judge::{Fresh, Judge, Policy, Reach, Step, Wrapper, asked, built_in};
use holdpoint::model::{FileFact, Oracle, TextKind, Untrusted};

/// Where the commands run.
const PROJECT: &str = "/home/dev/shop";
/// Whose commands they are.
const HOME: &str = "/home/dev";

/// The files that a table puts on the disk; of all others nothing is known.
#[derive(Default)]
struct Disk(BTreeMap<String, String>);

impl Oracle for Disk {
    fn fact(&self, path: &Untrusted) -> FileFact {
        match self.0.get(path.lossy().as_ref()) {
            Some(text) => FileFact::File { bytes: text.len() as u64 },
            None => FileFact::Unknown,
        }
    }

    fn resolve(&self, _path: &Untrusted) -> Option<Untrusted> {
        None
    }

    fn read(&self, path: &Untrusted, max_bytes: usize) -> Option<Vec<u8>> {
        self.0.get(path.lossy().as_ref()).map(|text| text.bytes().take(max_bytes).collect())
    }
}

fn short(path: &Untrusted) -> String {
    let text = path.lossy().replace(PROJECT, ".");
    if let Some(rest) = text.strip_prefix(HOME) { format!("~{rest}") } else { text }
        .replace('\n', "⏎")
        .replace('\0', "␀")
}

fn through(behind: &[Wrapper]) -> String {
    let name = |wrapper: &Wrapper| wrapper.name.as_ref().map(|name| name.lossy().into_owned()).unwrap_or_default();
    let one = |wrapper: &Wrapper| match wrapper.adds {
        "rights" => "sudo: ".to_owned(),
        "remote" => format!("host {}: ", name(wrapper)),
        "container" => format!("in {}: ", name(wrapper)),
        _ => String::new(),
    };
    behind.iter().map(one).collect()
}

fn notation(steps: &[Step], before: &str, around: &str, out: &mut Vec<String>) {
    for step in steps {
        match step {
            Step::Program { words, behind, environment, dry, does, .. } => {
                let before = format!("{before}{}", through(behind));
                if words.first().is_some_and(|word| word.lossy() == "cd") {
                    continue;
                }
                let on = if *environment == "production" { " [production]" } else { "" };
                let words: Vec<String> = words.iter().map(short).collect();
                let verb = if *dry { "dry" } else { "run" };
                if does.is_empty() {
                    out.push(format!("{before}{verb} {}{on}", words.join(" ")));
                }
                notation(does, &before, on, out);
            }
            Step::Effect { deed, target, ground, reach, .. } => {
                let all = if *reach == Reach::Tree { "/**" } else { "" };
                let is_away = deed.word().starts_with("remote") || deed.word().starts_with("store");
                let on = if is_away { around } else { "" };
                out.push(format!("{before}{} {}{all} ({}){on}", deed.word(), short(target), ground.word()));
            }
            Step::Request { method, url, operations, .. } => {
                let fields: Vec<String> = operations.iter().map(short).collect();
                let fields = if fields.is_empty() { String::new() } else { format!(" {{{}}}", fields.join(", ")) };
                out.push(format!("{before}request {} {}{fields}", method.lossy(), url.lossy()));
            }
            Step::Statement { text, environment, .. } => {
                let on = if *environment == "production" { " [production]" } else { "" };
                let text: Vec<String> = text.lossy().split_whitespace().map(str::to_owned).collect();
                out.push(format!("{before}sql {}{on}", text.join(" ")));
            }
            Step::Code { does, .. } => notation(does, before, around, out),
            Step::Unread { .. } => out.push(format!("{before}unread")),
        }
    }
}

fn effects(judge: &Judge, command: &str, disk: &Disk) -> String {
    let action = asked(TextKind::Shell, command, Some(PROJECT));
    let mut out = Vec::new();
    notation(&judge.account(&action, &Fresh, disk).steps, "", "", &mut out);
    let mut once: Vec<String> = Vec::new();
    for effect in out {
        if !once.contains(&effect) {
            once.push(effect);
        }
    }
    if once.is_empty() { "nothing".to_owned() } else { once.join(" ; ") }
}

#[test]
fn every_line_of_the_table_is_understood_as_it_says() {
    let judge = Judge::new(&built_in().unwrap(), Policy::default()).at(PROJECT, Some(HOME.to_owned()));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/effects");
    let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let (mut lines, mut wrong) = (0, Vec::new());
    for file in files.iter().filter(|path| path.extension().is_some_and(|ending| ending == "txt")) {
        let mut disk = Disk::default();
        for (at, line) in fs::read_to_string(file).unwrap().lines().enumerate() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(rest) = line.strip_prefix("@file ") {
                let (path, text) = rest.split_once(' ').unwrap();
                disk.0.insert(format!("{PROJECT}/{path}"), text.replace('⏎', "\n").replace('⇥', "\t"));
                continue;
            }
            lines += 1;
            let (command, expected) = line.split_once(" ⇒ ").unwrap_or((line, ""));
            let found = effects(&judge, &command.replace('⏎', "\n"), &disk);
            if found != expected {
                let name = file.file_name().unwrap().to_string_lossy().into_owned();
                wrong.push(format!("{name}:{}: {command}\n  says {expected}\n  is   {found}", at + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {lines} lines differ\n{}", wrong.len(), wrong.join("\n"));
    assert!(lines >= 400, "the table has only {lines} lines");
}

//! The house keeps its walls: imports, unsafe code, outside crates and sizes are as `docs/style.md` says.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot read the sources has failed")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Modules of ours that each module may import (`docs/style.md`, section 2).
const IMPORTS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("term", &["model"]),
    ("sys", &[]),
    ("pty", &["sys"]),
    ("shell", &["model"]),
    ("journal", &["model"]),
    ("sensor", &["model", "term"]),
    ("trail", &["model", "shell"]),
    ("judge", &["model", "shell", "trail"]),
    ("gate", &["model", "sys"]),
    ("control", &["model", "sys"]),
    ("undo", &["model", "sys"]),
    ("launch", &["sys"]),
    ("app", &["model", "term", "sensor", "trail", "journal"]),
    ("ui", &["model", "term", "trail", "journal", "app"]),
    ("config", &["model", "judge", "ui", "undo"]),
    (
        "runtime",
        &[
            "model", "shell", "judge", "trail", "term", "sensor", "journal", "app", "ui", "sys", "gate", "pty",
            "control", "config", "undo",
        ],
    ),
];

/// Outside crates, and the modules that alone may name them; `cli` may name all.
const CRATES: &[(&str, &[&str])] = &[
    ("alacritty_terminal", &["term"]),
    ("vte", &["term", "sensor"]),
    ("libc", &["sys"]),
    ("rustix", &["sys"]),
    ("nix", &["sys"]),
    ("landlock", &["sys"]),
    ("portable_pty", &["pty"]),
    ("tree_sitter", &["shell", "judge"]),
    ("tree_sitter_bash", &["shell"]),
    ("rable", &["shell"]),
    ("tree_sitter_python", &["judge"]),
    ("tree_sitter_javascript", &["judge"]),
    ("sqlparser", &["judge"]),
    ("apollo_parser", &["judge"]),
    ("regex", &["sensor", "trail", "judge"]),
    ("aho_corasick", &["sensor", "trail", "judge"]),
    ("ratatui", &["ui", "runtime"]),
    ("syntect", &["ui"]),
    ("toml", &["config", "judge", "ui"]),
    ("tokio", &["runtime"]),
    ("crossterm", &["runtime"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("anyhow", &["cli"]),
];

/// The longest a file may be, in lines, its tests aside.
const FILE_LINES_MAX: usize = 600;

struct Source {
    module: String,
    path: PathBuf,
    text: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let first = path.strip_prefix(&root).unwrap().components().next().unwrap();
                let module = first.as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned();
                found.push(Source { module, text: fs::read_to_string(&path).unwrap(), path });
            }
        }
    }
    assert!(found.len() > 30, "the sources were not found");
    found
}

/// A file without its tests.
fn without_tests(text: &str) -> &str {
    text.split("\n#[cfg(test)]\nmod tests {").next().unwrap()
}

/// A file without its tests and comments.
fn code(text: &str) -> String {
    without_tests(text).lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The names after each `prefix` in a text.
fn names_after<'t>(text: &'t str, prefix: &str) -> BTreeSet<&'t str> {
    text.split(prefix)
        .skip(1)
        .filter_map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next())
        .filter(|name| !name.is_empty())
        .collect()
}

fn is_test_file(source: &Source) -> bool {
    let name = source.path.file_name().unwrap().to_string_lossy().into_owned();
    let is_in_tests = source.path.components().any(|part| part.as_os_str() == "tests");
    name == "tests.rs" || name.ends_with("_tests.rs") || is_in_tests
}

#[test]
fn modules_import_only_what_the_table_allows() {
    let modules: BTreeSet<&str> = IMPORTS.iter().map(|(module, _)| *module).collect();
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| !is_test_file(source)) {
        let Some((_, allowed)) = IMPORTS.iter().find(|(module, _)| *module == source.module) else { continue };
        for used in names_after(&code(&source.text), "crate::") {
            if modules.contains(used) && used != source.module && !allowed.contains(&used) {
                wrong.push(format!("{} imports {used}", source.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn outside_crates_are_named_only_where_the_table_allows() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| !is_test_file(source)) {
        let text = code(&source.text);
        for (outside, allowed) in CRATES {
            let pieces: Vec<&str> = text.split(&format!("{outside}::")).collect();
            let is_named = pieces
                .windows(2)
                .any(|pair| !pair[0].ends_with(|c: char| c.is_alphanumeric() || c == '_') && !pair[0].ends_with("::"));
            if is_named && source.module != "cli" && !allowed.contains(&source.module.as_str()) {
                wrong.push(format!("{} names {outside}", source.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn unsafe_code_lives_in_sys_alone() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for (module, _) in IMPORTS.iter().filter(|(module, _)| *module != "sys").chain(&[("cli", &[][..])]) {
        let text = fs::read_to_string(root.join(module).join("mod.rs")).unwrap();
        if !text.contains("#![forbid(unsafe_code)]") {
            wrong.push(format!("{module} does not forbid unsafe code"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_fit_a_sitting() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| !is_test_file(source)) {
        let lines = without_tests(&source.text).lines().count();
        if lines > FILE_LINES_MAX {
            wrong.push(format!("{}: {lines} lines", source.path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

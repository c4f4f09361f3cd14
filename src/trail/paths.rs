//! The folders and files that a command makes, as far as its words say.

use super::created::scaffolded;
use crate::shell::{Invocation, Word, base_name, joined_path};

/// Folders that hold work in most projects: a `mkdir -p` of one of them says nothing about whether it was there.
const COMMON: &[&str] =
    &["src", "lib", "app", "docs", "tests", "test", "data", "config", "scripts", "public", "packages"];

/// The folders and files that one invocation makes.
#[must_use]
pub fn made_paths(invocation: &Invocation) -> Vec<String> {
    let valued = ["-m", "--mode", "-b", "-B", "--branch", "--depth", "-o", "--origin", "-c", "--config", "-t"];
    let operands = invocation.operands(&valued);
    let last = || operands.last().copied();
    let paths: Vec<&Word> = match invocation.program() {
        "mkdir" => {
            let is_parents = invocation.has_any(&["-p", "--parents"]);
            operands.iter().copied().filter(|word| !is_parents || !is_common(&word.text)).collect()
        }
        "git" => return by_git(invocation, &operands),
        "cp" if operands.len() == 2 && invocation.has_any(&["-r", "-R", "-a", "--recursive", "--archive"]) => {
            last().filter(|word| !is_common(&word.text)).into_iter().collect()
        }
        "python" | "python3" | "uv" | "virtualenv" => {
            let makes = invocation.args().iter().any(|word| matches!(word.text.as_str(), "venv" | "virtualenv"));
            if makes { last().into_iter().collect() } else { Vec::new() }
        }
        _ if invocation.args().iter().any(|word| word.text == "assets:precompile") => {
            return joined_path(invocation.cwd.as_deref(), "public/assets").into_iter().collect();
        }
        _ if scaffolded(invocation).is_some() => {
            let here = invocation.cwd.as_deref();
            return scaffolded(invocation).into_iter().filter(|path| here != Some(path.as_str())).collect();
        }
        "split" | "csplit" => return super::parts_of(invocation).into_iter().collect(),
        "unzip" => return named(invocation, &["-d"]),
        "tar" | "bsdtar" => return named(invocation, &["-C", "--directory"]),
        "cmake" => return named(invocation, &["-B"]),
        "curl" => return named(invocation, &["-o", "--output"]),
        "wget" => return named(invocation, &["-O", "--output-document"]),
        _ => Vec::new(),
    };
    paths.into_iter().filter(|word| word.is_literal()).filter_map(|word| invocation.path(word)).collect()
}

fn named(invocation: &Invocation, options: &[&str]) -> Vec<String> {
    let words = invocation.options(options).into_iter();
    words.filter(|word| word.is_literal() && !is_common(&word.text)).filter_map(|word| invocation.path(&word)).collect()
}

fn by_git(invocation: &Invocation, operands: &[&Word]) -> Vec<String> {
    let words: Vec<&str> = operands.iter().map(|word| word.text.as_str()).collect();
    let made = match words.as_slice() {
        ["clone", _, folder] => (*folder).to_owned(),
        ["clone", address] => base_name(address.trim_end_matches('/')).trim_end_matches(".git").to_owned(),
        ["worktree", "add", folder, ..] => (*folder).to_owned(),
        _ => return Vec::new(),
    };
    joined_path(invocation.cwd.as_deref(), &made).into_iter().collect()
}

fn is_common(text: &str) -> bool {
    let text = text.trim_end_matches('/');
    COMMON.contains(&text.trim_start_matches("./")) || matches!(text, "." | "..")
}

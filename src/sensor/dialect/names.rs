//! The names under which agents are started: programs and packages.

use crate::model::Dialect;

/// Programs, by the last part of their path without ending.
const PROGRAMS: &[(&str, Dialect)] = &[
    ("cursor-agent", Dialect::Cursor),
    ("claude", Dialect::Claude),
    ("codex", Dialect::Codex),
    ("gemini", Dialect::Gemini),
    ("qwen", Dialect::Qwen),
    ("opencode", Dialect::Opencode),
    ("copilot", Dialect::Copilot),
    ("aider", Dialect::Aider),
];

/// Packages, by their name in a registry; platform packages begin with it.
const PACKAGES: &[(&str, Dialect)] = &[
    ("@anthropic-ai/claude-code", Dialect::Claude),
    ("@openai/codex", Dialect::Codex),
    ("@google/gemini-cli", Dialect::Gemini),
    ("@qwen-code/qwen-code", Dialect::Qwen),
    ("opencode-ai", Dialect::Opencode),
    ("opencode-linux", Dialect::Opencode),
    ("@github/copilot", Dialect::Copilot),
    ("aider-chat", Dialect::Aider),
];

/// Endings that a program's file may have.
const ENDINGS: &[&str] = &[".js", ".mjs", ".cjs", ".exe", ".cmd"];
/// How a program's name goes on when it names the machine it was built for.
const PLATFORMS: &[&str] = &["-linux", "-x86_64", "-aarch64", "-x64", "-arm64"];

/// The last part of a path without its ending.
pub(super) fn base(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    ENDINGS.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name)
}

/// The agent that a program's path names, by its own name or by the package it lies in.
pub(super) fn of_program(path: &str) -> Option<Dialect> {
    let name = base(path);
    let is_built_for = |known: &str| {
        name.strip_prefix(known).is_some_and(|rest| PLATFORMS.iter().any(|platform| rest.starts_with(platform)))
    };
    PROGRAMS
        .iter()
        .find(|(known, _)| name == *known || is_built_for(known))
        .map(|(_, dialect)| *dialect)
        .or_else(|| of_installed(path))
}

/// The agent in whose installed package a file lies, or in whose own folder of versions.
fn of_installed(path: &str) -> Option<Dialect> {
    if path.contains("/cursor-agent/versions/") {
        return Some(Dialect::Cursor);
    }
    path.match_indices("node_modules/").find_map(|(at, found)| of_package(path.get(at + found.len()..)?))
}

/// The agent that a package's name means, with or without a version.
pub(super) fn of_package(name: &str) -> Option<Dialect> {
    let name = name.strip_prefix("npm:").unwrap_or(name);
    PACKAGES.iter().find(|(known, _)| belongs(name, known)).map(|(_, dialect)| *dialect)
}

/// Whether `name` is `known`, a version of it, a file in it, or a platform's part of it.
fn belongs(name: &str, known: &str) -> bool {
    let Some(rest) = name.strip_prefix(known) else { return false };
    rest.is_empty()
        || rest.starts_with(['@', '/', '='])
        || (known == "opencode-linux" && rest.starts_with('-'))
        || PLATFORMS.iter().any(|platform| rest.starts_with(platform))
}

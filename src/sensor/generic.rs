//! What any agent's lines look like: bullets, announced calls, errors.

use std::sync::OnceLock;

use aho_corasick::AhoCorasick;

/// A line as this dialect reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// Its text without frame, bullet and blanks.
    pub text: &'a str,
    /// The call that it announces.
    pub call: Option<&'a str>,
    /// Whether it tells of a failed authorisation.
    pub is_failure: bool,
    /// Whether it can be prose.
    pub is_prose: bool,
    /// Whether a new paragraph starts with it.
    pub starts_anew: bool,
}

/// Signs that agents put before what they say or do.
const BULLETS: &[char] = &[
    '●', '⏺', '•', '∙', '◦', '✦', '✻', '✶', '✢', '✳', '*', '-', '→', '⎿', '└', '├', '│', '┃', '▌', '>', '❯', '›', '✓',
    '✔', '✗', '✖', '⚠', '$',
];
/// Of these the ones that nothing but an agent puts before what it does: known with other characters before them too.
const UNMISTAKABLE: &[char] = &['●', '⏺', '•', '✦'];
/// Signs of frames and spinners, which say nothing.
const FRAMES: &[char] = &[
    '│', '┃', '║', '╭', '╮', '╰', '╯', '─', '━', '═', '▏', '▕', '▌', '▐', '⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇',
    '⠏', '|',
];
/// Names of tools that run or change something.
const TOOLS: [&str; 14] = [
    "Bash",
    "Shell",
    "Run",
    "Exec",
    "Execute",
    "Terminal",
    "Command",
    "Write",
    "Edit",
    "MultiEdit",
    "WebFetch",
    "Task",
    "run_shell_command",
    "shell",
];
/// Words before a command that was run.
const RUNS: [&str; 4] = ["Ran ", "Running ", "Executing ", "Run command "];

/// Names of tools that read a file.
const READERS: [&str; 6] = ["Read", "ReadFile", "Read file", "read_file", "View", "Open"];

/// Words of a failed authorisation, in lower case.
const FAILURES: [&str; 24] = [
    "unauthorized",
    "unauthorised",
    "forbidden",
    "permission denied",
    "access denied",
    "accessdenied",
    "not authorized",
    "not authorised",
    "invalid token",
    "invalid api key",
    "invalid credentials",
    "bad credentials",
    "authentication failed",
    "authentication required",
    "credential mismatch",
    "credentials mismatch",
    "token expired",
    "expired token",
    "token has expired",
    "insufficient permission",
    "insufficient scope",
    "401",
    "403",
    "token mismatch",
];
/// The longest line that can be a failure, in bytes.
const FAILURE_BYTES_MAX: usize = 400;

/// Reads one line.
pub(super) fn read(line: &str) -> Line<'_> {
    let bare = line.trim().trim_start_matches(FRAMES).trim_end_matches(FRAMES).trim();
    let text = bare.trim_start_matches(BULLETS).trim_start();
    let starts_anew = text.len() != bare.len() || is_numbered(bare) || bare.starts_with('#');
    // What stands behind a prompt is the operator's, or a quotation.
    let is_prompt = bare.starts_with(['>', '❯', '›']);
    Line {
        text,
        call: call(text, bare),
        is_failure: is_failure(text),
        is_prose: !is_prompt && is_prose(text),
        starts_anew,
    }
}

fn is_numbered(text: &str) -> bool {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    digits > 0 && text.get(digits..).is_some_and(|rest| rest.starts_with(". ") || rest.starts_with(") "))
}

/// The command of `● Bash(rm -r x)`, `• Ran rm -r x`, `$ rm -r x`.
fn call<'a>(text: &'a str, bare: &'a str) -> Option<&'a str> {
    let is_marked = text.len() != bare.len();
    if let Some(command) = bare.strip_prefix("$ ") {
        return Some(command.trim()).filter(|command| !command.is_empty());
    }
    Some(text).filter(|_| is_marked).and_then(marked_call).or_else(|| strayed_call(text))
}

/// A call whose sign does not begin its line: something else, such as what the operator typed, was printed before it.
fn strayed_call(text: &str) -> Option<&str> {
    text.split_once(UNMISTAKABLE).and_then(|(_, marked)| marked_call(marked.strip_prefix(' ')?))
}

/// The call behind a sign.
fn marked_call(text: &str) -> Option<&str> {
    if read_path(text).is_some() {
        return Some(text);
    }
    if let Some((name, rest)) = text.split_once('(')
        && TOOLS.contains(&name.trim_end())
    {
        return Some(rest.trim_end().trim_end_matches(')'));
    }
    let command = RUNS.iter().find_map(|run| text.strip_prefix(run))?;
    let is_count = command.bytes().next().is_some_and(|b| b.is_ascii_digit()) && command.contains("command");
    (!is_count).then_some(command)
}

/// The path of `Read src/main.rs` or `Read(src/main.rs)`: one word that looks like a path.
pub(super) fn read_path(text: &str) -> Option<&str> {
    let rest = READERS.iter().find_map(|name| {
        let rest = text.strip_prefix(name)?;
        rest.strip_prefix(' ').or_else(|| rest.strip_prefix('(').map(|rest| rest.trim_end().trim_end_matches(')')))
    })?;
    let path = rest.trim().trim_matches(['`', '"', '\'']);
    let looks_like_one = path.contains(['/', '.']) && !path.contains(char::is_whitespace) && !path.ends_with('.');
    looks_like_one.then_some(path)
}

fn is_failure(text: &str) -> bool {
    static WORDS: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    if text.len() < 8 || text.len() > FAILURE_BYTES_MAX {
        return false;
    }
    let words = WORDS.get_or_init(|| {
        let kind = Some(aho_corasick::AhoCorasickKind::DFA);
        AhoCorasick::builder().ascii_case_insensitive(true).kind(kind).build(FAILURES).ok()
    });
    let Some(found) = words.as_ref().and_then(|words| words.find(text)) else { return false };
    let hit = text.get(found.range()).unwrap_or_default();
    if !hit.starts_with('4') {
        return true;
    }
    let before = text.get(..found.start()).unwrap_or_default();
    let after = text.get(found.end()..).unwrap_or_default();
    let is_word = !before.ends_with(|c: char| c.is_alphanumeric() || c == '.' || c == '-')
        && !after.starts_with(|c: char| c.is_alphanumeric() || c == '-');
    let lower = text.to_ascii_lowercase();
    is_word
        && ["http", "status", "error", "code", "response", "request", "failed", "api"]
            .iter()
            .any(|word| lower.contains(word))
}

/// How much of a line is looked at to tell prose from data, in bytes.
const PROSE_BYTES: usize = 80;

/// Whether a line can be a part of what somebody says: words, mostly letters.
fn is_prose(text: &str) -> bool {
    let (mut letters, mut blanks, mut others) = (0usize, 0usize, 0usize);
    for byte in text.bytes().take(PROSE_BYTES) {
        match byte {
            b' ' => blanks += 1,
            b'a'..=b'z' | b'A'..=b'Z' | 0x80.. => letters += 1,
            b'.' | b',' | b'\'' | b'"' | b'`' => {}
            _ => others += 1,
        }
    }
    let starts = text.starts_with(|c: char| c.is_alphabetic() || matches!(c, '"' | '`' | '\'' | '(' | '“'));
    starts && letters >= 3 && letters >= others * 4 && (blanks >= 1 || text.ends_with('.')) && !is_complaint(text)
}

/// What the system's errors say most, as the C library words them.
const ERRORS: [&str; 12] = [
    "Permission denied",
    "Operation not permitted",
    "No such file or directory",
    "Is a directory",
    "Not a directory",
    "Directory not empty",
    "File exists",
    "Device or resource busy",
    "Read-only file system",
    "No space left on device",
    "Connection refused",
    "command not found",
];

/// Whether a line is a program's word of an error: `bash: /usr/bin/rm: Permission denied`, `zsh: permission denied: rm`.
fn is_complaint(text: &str) -> bool {
    let Some((program, rest)) = text.split_once(": ") else { return false };
    let is_error = |part: &str| ERRORS.iter().any(|error| error.eq_ignore_ascii_case(part.trim_end_matches('.')));
    let (last, before) = (rest.rsplit(": ").next().unwrap_or(rest), rest.split_once(": "));
    // A shell may name the program behind it; more words than that are somebody's.
    let is_behind = before.is_some_and(|(error, name)| is_error(error) && !name.contains(char::is_whitespace));
    !program.contains(char::is_whitespace) && (is_error(last) || is_behind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_says_of_an_error_is_nobodys_speech() {
        for line in [
            "bash: /usr/bin/rm: Permission denied",
            "zsh: permission denied: rm",
            "rm: cannot remove 'old data': Operation not permitted",
            "bash: line 3: gh: command not found",
        ] {
            assert!(!read(line).is_prose, "{line}");
        }
        assert!(read("bash: /usr/bin/rm: Permission denied").is_failure);
        for line in [
            "Note: I will delete the old volume now",
            "Permission denied, so I will take the other token",
            "Plan: it says Permission denied: use sudo rm",
            "error: Permission denied: I will assume the other token is for staging",
        ] {
            assert!(read(line).is_prose, "{line}");
        }
    }
}

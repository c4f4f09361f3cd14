//! What a script of `sed` hands to a shell: its `e` commands, and substitutions with the flag `e`.

use super::invocation::{Invocation, Stdin, Word};

/// What stands in a command for a part of the line that only `sed` will know.
const HOLE: &str = "\"$REPLY\"";
/// How many commands of one script are looked at.
const COMMANDS_MAX: usize = 4096;

/// The texts that `sed` gives to a shell.
pub(super) fn executed(invocation: &Invocation) -> Vec<Word> {
    let scripts = scripts(invocation);
    let Some(first) = scripts.first() else { return Vec::new() };
    if !scripts.iter().any(|word| word.text.contains('e')) {
        return Vec::new();
    }
    // As `sed` joins them: a block may begin in one and end in another.
    let script = scripts.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join("\n");
    let line = match &invocation.stdin {
        Stdin::Text(text) => text.trim_end_matches('\n'),
        Stdin::Inherited | Stdin::File(_) | Stdin::From(_) => HOLE,
    };
    let texts = commands(&script).into_iter().filter_map(|command| command.text(line));
    texts.map(|text| Word { text, ..first.clone() }).collect()
}

/// The words that are scripts: the values of `-e`, or the first operand.
fn scripts(invocation: &Invocation) -> Vec<Word> {
    let mut found = invocation.options(&["-e", "--expression"]);
    // `-ne SCRIPT`: of the letters before it none takes a value.
    let is_cluster = |word: &Word| {
        let letters = word.text.strip_prefix('-').and_then(|rest| rest.strip_suffix('e')).unwrap_or_default();
        !letters.is_empty() && letters.bytes().all(|letter| b"nErsuz".contains(&letter))
    };
    let clustered = invocation.args().windows(2).filter_map(|pair| match pair {
        [flag, script] if is_cluster(flag) => Some(script.clone()),
        _ => None,
    });
    found.extend(clustered);
    if found.is_empty() && !invocation.has_any(&["-f", "--file"]) {
        let own = invocation.operands(&["-l", "--line-length"]);
        found.extend(own.first().map(|word| (*word).clone()));
    }
    found
}

/// A command of a script that starts a shell.
#[derive(Debug, PartialEq, Eq)]
enum Command<'s> {
    /// `e TEXT`; without a text the line itself is run.
    Run(&'s str),
    /// `s/FROM/TO/e`: what the line becomes is run.
    Changed { from: &'s str, to: &'s str },
}

impl Command<'_> {
    /// The text that is run for `line`.
    fn text(&self, line: &str) -> Option<String> {
        let text = match *self {
            Self::Run("") => line.to_owned(),
            Self::Run(text) => text.to_owned(),
            Self::Changed { from: "^", to } => format!("{}{line}", filled(to, "")),
            Self::Changed { from: "$", to } => format!("{line}{}", filled(to, "")),
            Self::Changed { from: ".*" | "^.*" | ".*$" | "^.*$", to } => filled(to, line),
            Self::Changed { from, to } if is_plain(from) && line != HOLE => {
                line.contains(from).then(|| line.replacen(from, &filled(to, from), 1))?
            }
            Self::Changed { to, .. } => filled(to, HOLE),
        };
        (text != HOLE && !text.is_empty()).then_some(text)
    }
}

fn is_plain(pattern: &str) -> bool {
    !pattern.is_empty() && !pattern.contains(['\\', '.', '*', '[', '^', '$', '+', '?', '(', '{', '|'])
}

/// A replacement, with `matched` where it speaks of what was found, and a hole for a part of that.
fn filled(to: &str, matched: &str) -> String {
    let mut out = String::new();
    let mut chars = to.chars();
    while let Some(c) = chars.next() {
        match c {
            '&' => out.push_str(matched),
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some('0') => out.push_str(matched),
                Some(digit) if digit.is_ascii_digit() => out.push_str(HOLE),
                Some(other) => out.push(other),
                None => {}
            },
            c => out.push(c),
        }
    }
    out
}

/// The commands of a script that start a shell. Where it is no script of `sed`, those before the fault.
fn commands(script: &str) -> Vec<Command<'_>> {
    let mut found = Vec::new();
    let mut rest = script;
    for _ in 0..COMMANDS_MAX {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ';' || c == '}');
        let Some(after) = past_address(rest) else { break };
        let mut chars = after.chars();
        let Some(name) = chars.next() else { break };
        let own = chars.as_str();
        rest = match name {
            'e' => {
                let (text, after) = own.split_once('\n').unwrap_or((own, ""));
                found.push(Command::Run(text.trim()));
                after
            }
            's' => {
                let Some((from, to, after)) = pair(own) else { break };
                let is_flag = |c: char| c.is_ascii_digit() || "gpiImMe".contains(c);
                let flags = after.len() - after.trim_start_matches(is_flag).len();
                let (flags, after) = after.split_at(flags);
                if flags.contains('e') {
                    found.push(Command::Changed { from, to });
                }
                // `w FILE` is the last of the flags.
                if after.starts_with('w') { next_line(after) } else { after }
            }
            'y' => match pair(own) {
                Some((.., after)) => after,
                None => break,
            },
            'a' | 'i' | 'c' => past_text(own),
            'r' | 'R' | 'w' | 'W' | '#' => next_line(own),
            'b' | 't' | 'T' | ':' | 'q' | 'Q' | 'l' | 'L' | 'v' => {
                own.split_once([';', '\n', '}']).map_or("", |(_, r)| r)
            }
            _ => own,
        };
    }
    found
}

/// What follows the address of a command: `1`, `$!`, `2,+4`, `0~3`, `/x/I`, `\|x|`. `None` where a pattern has no end.
fn past_address(script: &str) -> Option<&str> {
    let mut rest = script;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_digit() || "$,!~+ \t".contains(c));
        let (mark, pattern) = match rest.strip_prefix('\\') {
            Some(marked) => {
                let mark = marked.chars().next()?;
                (mark, marked.get(mark.len_utf8()..)?)
            }
            None => match rest.strip_prefix('/') {
                Some(pattern) => ('/', pattern),
                None => return Some(rest),
            },
        };
        let (_, after) = ended(pattern, mark)?;
        rest = after.trim_start_matches(['I', 'M']);
    }
}

/// `/FROM/TO/` with whatever mark: both, and what follows.
fn pair(text: &str) -> Option<(&str, &str, &str)> {
    let mark = text.chars().next()?;
    let (from, rest) = ended(text.get(mark.len_utf8()..)?, mark)?;
    let (to, rest) = ended(rest, mark)?;
    Some((from, to, rest))
}

/// What stands before the next `mark` that no backslash takes away, and after it.
fn ended(text: &str, mark: char) -> Option<(&str, &str)> {
    let mut is_escaped = false;
    for (at, c) in text.char_indices() {
        if is_escaped {
            is_escaped = false;
        } else if c == '\\' {
            is_escaped = true;
        } else if c == mark {
            return Some((text.get(..at)?, text.get(at + mark.len_utf8()..)?));
        }
    }
    None
}

fn next_line(text: &str) -> &str {
    text.split_once('\n').map_or("", |(_, rest)| rest)
}

/// What follows the text of `a`, `i` or `c`: a backslash at the end of a line takes the next one in.
fn past_text(text: &str) -> &str {
    let mut rest = text;
    while let Some((line, after)) = rest.split_once('\n') {
        rest = after;
        if !line.ends_with('\\') {
            return rest;
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_of_a_script_is_found_and_what_only_looks_like_one_is_not() {
        for (script, expected) in [
            ("p;1e rm x", &["rm x"][..]),
            ("/a\\/b/e rm x", &["rm x"]),
            ("\\|a/b|,+3!{ p; e rm x", &["rm x"]),
            ("0~3{s/a/b/;e rm x\n}\n$e rm y", &["rm x", "rm y"]),
            ("s/.*/rm &/e", &["rm L"]),
            ("s|^|rm |ge", &["rm L"]),
            ("s/L/rm x/e", &["rm x"]),
            ("s/M/rm x/e", &[]),
            ("s/a\\(.*\\)/rm \\1/gwe", &[]),
            ("s/[a-z]/rm x/", &[]),
            ("s/e rm/f/;y/abc/def/", &[]),
            ("a e rm x", &[]),
            ("a\\\ne rm x", &[]),
            ("/x/i one\\\ntwo\ne rm x", &["rm x"]),
            ("w e rm x", &[]),
            ("b end;e rm x\n:end", &["rm x"]),
            ("# e rm x", &[]),
            ("s/never/ends", &[]),
        ] {
            let texts: Vec<String> = commands(script).into_iter().filter_map(|command| command.text("L")).collect();
            assert_eq!(texts, expected, "{script}");
        }
    }
}

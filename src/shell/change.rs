//! What `${NAME…}` and `read` make of what is known.

use super::env::Env;
use super::invocation::{Invocation, Stdin, Word};
use super::walk::open;

/// The longest value that is changed, in bytes.
const VALUE_BYTES_MAX: usize = 1024;

/// The longest change that is made, in bytes.
const CHANGE_BYTES_MAX: usize = 256;

/// What [`of`] costs: a pattern is tried at every place of the value.
pub(super) fn work(env: &Env, name: &str, change: &str) -> usize {
    let length = env.variables.get(name).and_then(|words| words.first()).map_or(0, |word| word.text.len());
    let is_pattern = change.starts_with(['%', '#']);
    if is_pattern && length <= VALUE_BYTES_MAX { length * length / 64 } else { length / 64 }
}

/// The value of `name` after the change that is written behind it; open where it cannot be told.
pub(super) fn of(env: &Env, name: &str, change: &str) -> Word {
    let open = || open(&format!("${{{name}{change}}}"));
    if change.len() > CHANGE_BYTES_MAX {
        return open();
    }
    let values = env.value(name).unwrap_or_default();
    if let Some(index) = change.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return index.parse::<usize>().ok().and_then(|at| values.get(at).cloned()).unwrap_or_else(open);
    }
    match values.as_slice() {
        [only] if only.is_literal() && only.text.len() <= VALUE_BYTES_MAX => match changed(&only.text, change) {
            Some(text) => Word { text, ..only.clone() },
            None => open(),
        },
        // A part of what is not known is not known, but where it starts may be.
        [only] if only.is_open() && change.starts_with('%') && only.text.starts_with('/') => only.clone(),
        _ => open(),
    }
}

fn changed(value: &str, change: &str) -> Option<String> {
    if let Some(pattern) = change.strip_prefix("%%") {
        return Some(without_end(value, pattern, true));
    }
    if let Some(pattern) = change.strip_prefix('%') {
        return Some(without_end(value, pattern, false));
    }
    if let Some(pattern) = change.strip_prefix("##") {
        return Some(without_start(value, pattern, true));
    }
    if let Some(pattern) = change.strip_prefix('#') {
        return Some(without_start(value, pattern, false));
    }
    if let Some(rest) = change.strip_prefix("//") {
        let (from, to) = rest.split_once('/').unwrap_or((rest, ""));
        return (is_plain(from) && !from.is_empty()).then(|| value.replace(from, to));
    }
    if let Some(rest) = change.strip_prefix('/') {
        let (from, to) = rest.split_once('/').unwrap_or((rest, ""));
        return (is_plain(from) && !from.is_empty()).then(|| value.replacen(from, to, 1));
    }
    match change {
        "^^" => return Some(value.to_uppercase()),
        ",," => return Some(value.to_lowercase()),
        "@Q" | "@E" | "@P" => return Some(value.to_owned()),
        _ => {}
    }
    // `:FROM` and `:FROM:COUNT`.
    let mut numbers = change.strip_prefix(':')?.split(':').map(|number| number.trim().parse::<isize>());
    let chars: Vec<char> = value.chars().collect();
    let from = numbers.next()?.ok()?;
    let from = if from < 0 { chars.len().checked_add_signed(from)? } else { usize::try_from(from).ok()? };
    let rest = chars.get(from..).unwrap_or_default();
    let count = match numbers.next() {
        None => rest.len(),
        Some(Ok(count)) if count < 0 => rest.len().checked_add_signed(count)?,
        Some(Ok(count)) => usize::try_from(count).ok()?,
        Some(Err(_)) => return None,
    };
    Some(rest.iter().take(count).collect())
}

fn is_plain(pattern: &str) -> bool {
    !pattern.contains(['*', '?', '[', '\\', '"', '\''])
}

fn unquoted(pattern: &str) -> String {
    pattern.replace(['"', '\'', '\\'], "")
}

fn without_end(value: &str, pattern: &str, is_longest: bool) -> String {
    let pattern = unquoted(pattern);
    let mut places: Vec<usize> = value.char_indices().map(|(at, _)| at).chain([value.len()]).collect();
    if !is_longest {
        places.reverse();
    }
    let cut = places.into_iter().find(|at| matches(&pattern, value.get(*at..).unwrap_or_default()));
    cut.and_then(|at| value.get(..at)).unwrap_or(value).to_owned()
}

fn without_start(value: &str, pattern: &str, is_longest: bool) -> String {
    let pattern = unquoted(pattern);
    let mut places: Vec<usize> = value.char_indices().map(|(at, _)| at).chain([value.len()]).collect();
    if is_longest {
        places.reverse();
    }
    let cut = places.into_iter().find(|at| matches(&pattern, value.get(..*at).unwrap_or_default()));
    cut.and_then(|at| value.get(at..)).unwrap_or(value).to_owned()
}

/// Whether a pattern of `*` and `?` is all of `text`; linear but for the pattern's length.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || text.get(t) == Some(c) => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    p = at + 1;
                    t = from + 1;
                    star = Some((at, from + 1));
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).unwrap_or_default().iter().all(|c| *c == '*')
}

/// `read NAMES`: what a known text gives them, else what nobody knows.
pub(super) fn take_in(invocation: &Invocation, env: &mut Env) {
    let names: Vec<&Word> = invocation.operands(&["-p", "-d", "-n", "-N", "-t", "-u", "-i", "-a"]);
    let text = match &invocation.stdin {
        Stdin::Text(text) => Some(text.clone()),
        Stdin::Inherited | Stdin::File(_) | Stdin::From(_) => None,
    };
    let is_list = invocation.program() != "read" || invocation.has("-a");
    let array = invocation.option(&["-a"]).filter(|_| invocation.program() == "read");
    for (at, name) in names.iter().copied().chain(array.as_ref()).enumerate() {
        let values = match &text {
            None => vec![open(&format!("${}", name.text))],
            Some(text) if is_list => text.split_whitespace().map(|word| Word::literal(word, name.span)).collect(),
            Some(text) => {
                let line = text.lines().next().unwrap_or_default().trim();
                let is_last = at + 1 == names.len();
                let rest = line.split_whitespace().skip(at);
                let value: Vec<&str> = if is_last { rest.collect() } else { rest.take(1).collect() };
                vec![Word::literal(value.join(" "), name.span)]
            }
        };
        env.set(&name.text, values);
    }
}

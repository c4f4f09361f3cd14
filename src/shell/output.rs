//! What a program writes, where that can be told without running it.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;

use super::expand::{unescaped, worse};
use super::invocation::{Invocation, RedirectKind, Stdin, Word, WordKind, base_name, joined_path};

/// The longest output that is told, in bytes.
const OUTPUT_BYTES_MAX: usize = 64 * 1024;

/// How many patterns say what `find` selects; of more nothing is known.
const SELECTED_MAX: usize = 4096;

/// What stands for a temporary folder that `mktemp` makes.
const MADE_BY_MKTEMP: &str = "/tmp/tmp.mktemp";

/// The text that `invocation` writes to its output, if that can be told.
pub(super) fn of(invocation: &Invocation, cwd: Option<&str>) -> Option<Word> {
    let is_sent_away =
        invocation.redirects.iter().any(|r| matches!(r.kind, RedirectKind::Write | RedirectKind::Append));
    if is_sent_away && invocation.redirects.iter().any(|r| !r.to.text.starts_with("/dev/")) {
        return None;
    }
    if !invocation.is_here() {
        return None;
    }
    let operand = invocation.args().iter().find(|word| !word.is_flag());
    match invocation.program() {
        "echo" => Some(echo(invocation)),
        "printf" => printf(invocation),
        "cat" | "tee" if operand.is_none() || invocation.program() == "tee" => stdin(invocation),
        "base64" if invocation.has_any(&["-d", "-D", "--decode"]) => decoded(invocation, from_base64),
        "openssl" if invocation.has("-d") && invocation.args().iter().any(|w| w.text.contains("base64")) => {
            decoded(invocation, from_base64)
        }
        "xxd" if invocation.has("-r") => decoded(invocation, from_hex),
        "openssl" if invocation.has("-d") && invocation.has("-a") => decoded(invocation, from_base64),
        "base32" if invocation.has_any(&["-d", "--decode"]) => decoded(invocation, from_base32),
        "tr" => decoded(invocation, |text| translated(invocation, text)),
        "sed" | "gsed" => decoded(invocation, |text| substituted(invocation, text)),
        "sort" | "uniq" | "head" | "tail" | "pv" | "dos2unix" if operand.is_none() => stdin(invocation),
        "rev" => decoded(invocation, |text| Some(text.lines().map(|l| l.chars().rev().collect::<String>()).collect())),
        "pwd" => Some(Word { text: cwd?.to_owned(), ..Word::default() }),
        "git" if invocation.has("--show-toplevel") => {
            Some(Word { text: cwd?.to_owned(), kind: WordKind::Open, ..Word::default() })
        }
        "mktemp" => {
            let template = operand.filter(|word| word.text.contains("XXX")).map(|word| word.text.clone());
            let text = match template {
                Some(path) if path.contains('/') => path,
                Some(name) => format!("/tmp/{name}"),
                None => MADE_BY_MKTEMP.to_owned(),
            };
            Some(Word { text, kind: WordKind::Open, ..Word::default() })
        }
        "dirname" => {
            let word = operand?;
            let text = word.text.rsplit_once('/').map_or(".", |(dir, _)| if dir.is_empty() { "/" } else { dir });
            Some(Word { text: text.to_owned(), kind: word.kind, ..Word::default() })
        }
        "basename" => Some(Word { text: base_name(&operand?.text).to_owned(), kind: operand?.kind, ..Word::default() }),
        "realpath" | "readlink" => {
            let word = operand?;
            Some(Word { text: joined_path(cwd, &word.text)?, kind: word.kind, ..Word::default() })
        }
        _ => None,
    }
}

/// The paths that a program names on its output, such as those `find` and `ls` list, as words.
///
/// `None` where nothing can be said. What `find` selects is written as `ROOT/**/PATTERN`.
pub(super) fn selection(invocation: &Invocation) -> Option<Vec<Word>> {
    match invocation.program() {
        "find" => Some(found(invocation)),
        "fd" | "fdfind" => {
            let operands =
                invocation.operands(&["-e", "-t", "-E", "-d", "--extension", "--type", "--exclude", "--max-depth"]);
            let extension = invocation.option(&["-e", "--extension"]).map(|word| format!("*.{}", word.text));
            let pattern = extension.or_else(|| operands.first().map(|word| format!("*{}*", word.text)));
            let root = operands.get(1).map_or(".", |word| word.text.as_str());
            Some(vec![open(format!("{root}/**/{}", pattern.unwrap_or_else(|| "*".into())))])
        }
        "ls" => {
            let words: Vec<Word> = invocation.args().iter().filter(|word| !word.is_flag()).cloned().collect();
            Some(if words.is_empty() { vec![open("./*".to_owned())] } else { words })
        }
        "git" => Some(vec![open("./**/*".to_owned())]),
        "echo" | "printf" => of(invocation, invocation.cwd.as_deref()).map(|word| {
            word.text.split_whitespace().map(|text| Word { text: text.to_owned(), ..word.clone() }).collect()
        }),
        _ => None,
    }
}

fn found(invocation: &Invocation) -> Vec<Word> {
    let args = invocation.args();
    let is_test = |word: &Word| word.text.starts_with('-') || matches!(word.text.as_str(), "(" | "!" | "\\(");
    let mut roots: Vec<&Word> = args
        .iter()
        .skip_while(|w| matches!(w.text.as_str(), "-L" | "-H" | "-P"))
        .take_while(|word| !is_test(word))
        .collect();
    let here = Word::literal(".", invocation.span);
    if roots.is_empty() {
        roots.push(&here);
    }
    let patterns = selected(args);
    if roots.len().saturating_mul(patterns.len()) > SELECTED_MAX {
        return vec![open("{}".to_owned())];
    }
    let mut all = Vec::new();
    for root in roots {
        let top = root.text.trim_end_matches('/');
        let base = if top.is_empty() { "" } else { top };
        if patterns.is_empty() {
            all.push(Word { kind: WordKind::Open, text: format!("{base}/**"), ..root.clone() });
        }
        for pattern in &patterns {
            let is_path = pattern.text.contains('/');
            let text = if is_path {
                format!("{base}/**/{}", pattern.text.trim_start_matches("*/"))
            } else {
                format!("{base}/**/{}", pattern.text)
            };
            all.push(Word { kind: WordKind::Open, text, ..root.clone() });
        }
    }
    all
}

/// The patterns of what `find` selects: not of what it leaves out by `!` or does not descend into by `-prune`.
fn selected(args: &[Word]) -> Vec<&Word> {
    let is_or = |word: &Word| matches!(word.text.as_str(), "-o" | "-or");
    let mut patterns = Vec::new();
    for branch in args.split(is_or) {
        if branch.iter().any(|word| word.text == "-prune") && args.iter().any(is_or) {
            continue;
        }
        for (at, pair) in branch.windows(2).enumerate() {
            let [name, pattern] = pair else { continue };
            let is_name = matches!(name.text.as_str(), "-name" | "-iname" | "-path" | "-ipath" | "-wholename");
            let before = at.checked_sub(1).and_then(|at| branch.get(at));
            let is_left_out = before.is_some_and(|word| matches!(word.text.as_str(), "!" | "-not"));
            if is_name && !is_left_out {
                patterns.push(pattern);
            }
        }
    }
    patterns
}

fn open(text: String) -> Word {
    Word { text, kind: WordKind::Open, ..Word::default() }
}

fn joined(words: &[Word], separator: &str) -> Word {
    let mut whole = Word::default();
    for (place, word) in words.iter().enumerate() {
        if place > 0 {
            whole.text.push_str(separator);
        }
        whole.text.push_str(&word.text);
        // A pattern without a match stays as it is written, and this is text from here on.
        let kind = if word.kind == WordKind::Glob { WordKind::Literal } else { word.kind };
        whole.kind = worse(whole.kind, kind);
    }
    whole
}

fn echo(invocation: &Invocation) -> Word {
    let args = invocation.args();
    let is_option =
        |w: &&Word| w.text.len() > 1 && w.text.starts_with('-') && w.text.chars().skip(1).all(|c| "neE".contains(c));
    let options: Vec<&Word> = args.iter().take_while(is_option).collect();
    let mut word = joined(args.get(options.len()..).unwrap_or_default(), " ");
    if options.iter().any(|option| option.text.contains('e')) {
        word.text = unescaped(&word.text);
    }
    if !options.iter().any(|option| option.text.contains('n')) {
        word.text.push('\n');
    }
    word
}

fn printf(invocation: &Invocation) -> Option<Word> {
    let args: Vec<&Word> = invocation.args().iter().skip_while(|word| word.text == "--").collect();
    let (format, mut rest) = (args.first()?, args.get(1..).unwrap_or_default().iter().peekable());
    let mut out = Word { kind: format.kind, ..Word::default() };
    loop {
        let had = rest.len();
        let mut pieces = format.text.split('%');
        out.text.push_str(&unescaped(pieces.next().unwrap_or_default()));
        let mut is_escaped = false;
        for piece in pieces {
            if std::mem::take(&mut is_escaped) {
                out.text.push_str(&unescaped(piece));
                continue;
            }
            if piece.is_empty() {
                out.text.push('%');
                is_escaped = true;
                continue;
            }
            let verb = piece.find(|c: char| c.is_ascii_alphabetic())?;
            if let Some(word) = rest.next() {
                out.kind = worse(out.kind, word.kind);
                let is_raw = piece.get(verb..=verb) != Some("b");
                out.text.push_str(&if is_raw { word.text.clone() } else { unescaped(&word.text) });
            }
            out.text.push_str(&unescaped(piece.get(verb + 1..).unwrap_or_default()));
        }
        if out.text.len() > OUTPUT_BYTES_MAX {
            return None;
        }
        if rest.len() == 0 || rest.len() == had {
            return Some(out);
        }
    }
}

fn stdin(invocation: &Invocation) -> Option<Word> {
    match &invocation.stdin {
        Stdin::Text(text) => Some(Word { text: text.clone(), ..Word::default() }),
        Stdin::Inherited | Stdin::File(_) | Stdin::From(_) => None,
    }
}

fn decoded(invocation: &Invocation, decode: impl Fn(&str) -> Option<String>) -> Option<Word> {
    let word = stdin(invocation)?;
    Some(Word { text: decode(&word.text)?, ..word })
}

fn from_base64(text: &str) -> Option<String> {
    let compact: String = text.chars().filter(|c| !c.is_whitespace() && *c != '=').collect();
    let bytes = base64::engine::general_purpose::STANDARD_NO_PAD.decode(compact).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn from_base32(text: &str) -> Option<String> {
    let (mut bits, mut count, mut bytes) = (0u32, 0u32, Vec::new());
    for c in text.chars().filter(|c| !c.is_whitespace() && *c != '=') {
        let value = match c {
            'A'..='Z' => u32::from(c) - u32::from('A'),
            '2'..='7' => u32::from(c) - u32::from('2') + 26,
            _ => return None,
        };
        bits = (bits << 5 | value) & 0xffff;
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).unwrap_or(0));
        }
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// `tr SET1 SET2` and `tr -d SET`, with ranges.
fn translated(invocation: &Invocation, text: &str) -> Option<String> {
    let sets: Vec<&Word> = invocation.args().iter().filter(|word| !word.is_flag()).collect();
    let set = |at: usize| sets.get(at).map(|word| spread(&unescaped(&word.text)));
    let (from, to) = (set(0)?, set(1));
    if invocation.has_any(&["-d", "--delete"]) {
        let from: BTreeSet<char> = from.into_iter().collect();
        return Some(text.chars().filter(|c| !from.contains(c)).collect());
    }
    if invocation.args().iter().any(Word::is_flag) {
        return None;
    }
    let to = to?;
    let last = to.last().copied()?;
    let mut pairs: BTreeMap<char, char> = BTreeMap::new();
    for (at, each) in from.into_iter().enumerate() {
        pairs.entry(each).or_insert_with(|| to.get(at).copied().unwrap_or(last));
    }
    Some(text.chars().map(|c| pairs.get(&c).copied().unwrap_or(c)).collect())
}

fn spread(set: &str) -> Vec<char> {
    let chars: Vec<char> = set.chars().collect();
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(first) = chars.get(at) {
        match (chars.get(at + 1), chars.get(at + 2)) {
            (Some('-'), Some(last)) => {
                out.extend((*first..=*last).take(256));
                if out.len() > OUTPUT_BYTES_MAX {
                    break;
                }
                at += 3;
            }
            _ => {
                out.push(*first);
                at += 1;
            }
        }
    }
    out
}

/// `sed s/FROM/TO/` with plain texts.
fn substituted(invocation: &Invocation, text: &str) -> Option<String> {
    let operands = invocation.operands(&["-e"]);
    let script = invocation.option(&["-e"]).or_else(|| operands.first().map(|word| (*word).clone()))?.text;
    let mut chars = script.strip_prefix('s')?.chars();
    let mark = chars.next()?;
    let mut pieces = chars.as_str().split(mark);
    let (from, to, flags) = (pieces.next()?, pieces.next()?, pieces.next()?);
    let is_plain =
        !from.is_empty() && !from.contains(['\\', '.', '*', '[', '^', '$', '+', '?', '(']) && !to.contains(['\\', '&']);
    let most = text.len() + text.matches(from).count() * to.len();
    if !is_plain || pieces.next().is_some() || most > OUTPUT_BYTES_MAX {
        return None;
    }
    let each = |line: &str| if flags.contains('g') { line.replace(from, to) } else { line.replacen(from, to, 1) };
    Some(text.split('\n').map(each).collect::<Vec<_>>().join("\n"))
}

fn from_hex(text: &str) -> Option<String> {
    let digits: Vec<u32> =
        text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_digit(16)).collect::<Option<_>>()?;
    let bytes = digits.chunks(2).map(|pair| u8::try_from(pair.iter().fold(0, |n, d| n * 16 + d)).unwrap_or(0));
    Some(String::from_utf8_lossy(&bytes.collect::<Vec<u8>>()).into_owned())
}

//! What the variables of a piece of code were last given, as far as its words tell.

use std::collections::HashMap;

use super::tokens::Token;
use super::value::Value;
use crate::shell::WordKind;

/// Calls that make a temporary place, or name where such places are.
const MAKERS: &[&str] = &[
    "os.MkdirTemp()",
    "ioutil.TempDir()",
    "os.TempDir()",
    "t.TempDir()",
    "Dir.mktmpdir",
    "Dir.mktmpdir()",
    "Dir.tmpdir",
    "tempdir()",
    "sys_get_temp_dir()",
    "File.Temp.newdir()",
    "mktempdir()",
    "tempnam()",
    "tmpfile()",
    "Tempfile.new",
    "Tempfile.new()",
    "Tempfile.create()",
    "os.CreateTemp()",
    "ioutil.TempFile()",
];

/// How many parts a dotted name keeps.
const PARTS_MAX: usize = 24;

/// The longest dotted name that a variable stands for, in bytes.
const NAME_BYTES_MAX: usize = 256;

/// How many tokens a bracket is followed for.
const BRACKET_TOKENS_MAX: usize = 512;

/// What loads a module by its name.
const LOADS: &[&str] = &["require", "import", "__import__"];

/// What a variable stands for.
#[derive(Debug, Clone)]
enum Bound {
    /// What the calls of this dotted name give.
    Name(String),
    /// A text.
    Text(Value),
}

/// The variables so far.
#[derive(Debug, Default)]
pub(super) struct Scope {
    bound: HashMap<String, Bound>,
}

impl Scope {
    /// The text that a variable holds.
    pub(super) fn text(&self, name: &str) -> Option<&Value> {
        match self.bound.get(name)? {
            Bound::Text(value) => Some(value),
            Bound::Name(_) => None,
        }
    }

    /// What a name at the start of a dotted one stands for.
    pub(super) fn root<'n>(&'n self, name: &'n str) -> &'n str {
        match self.bound.get(name) {
            Some(Bound::Name(name)) => name,
            Some(Bound::Text(_)) | None => name,
        }
    }

    /// Notes what the name at `at` is given there, if anything: `x = …`, `x, err := …`, `each do |x|`, `as $x`.
    pub(super) fn note(&mut self, tokens: &[Token], at: usize) {
        let Some(Token::Name(name)) = tokens.get(at) else { return };
        let sign = |at: usize, sign: char| tokens.get(at) == Some(&Token::Sign(sign));
        if name == "use" {
            // `use Aws\S3\BatchDelete;`
            let whole = self.chain(tokens, at + 1).0;
            if let Some((_, last)) = whole.rsplit_once('.') {
                self.bound.insert(last.to_owned(), Bound::Name(whole.clone()));
            }
            return;
        }
        let before = at.checked_sub(1);
        if before.is_some_and(|before| sign(before, '.')) {
            return;
        }
        if before.is_some_and(|before| sign(before, '|')) && sign(at + 1, '|') {
            let end = at.checked_sub(3).filter(|_| {
                matches!(at.checked_sub(2).and_then(|at| tokens.get(at)), Some(Token::Sign('{')))
                    || matches!(at.checked_sub(2).and_then(|at| tokens.get(at)), Some(Token::Name(word)) if word == "do")
            });
            self.one_of(name, end.map(|end| self.back(tokens, end)));
            return;
        }
        let after_as = [1, 2].iter().find(|back| {
            matches!(at.checked_sub(**back).and_then(|at| tokens.get(at)), Some(Token::Name(word)) if word == "as")
        });
        if let Some(back) = after_as {
            let end = at.checked_sub(back + 1);
            self.one_of(name, end.map(|end| self.back(tokens, end)));
            return;
        }
        // `d, err := f()` gives the first what is of interest.
        let assigned = if sign(at + 1, ',') && sign(at + 3, ':') { at + 3 } else { at + 1 };
        let is_short = sign(assigned, ':') && sign(assigned + 1, '=');
        let is_plain = sign(assigned, '=') && !['=', '~', '>'].iter().any(|next| sign(assigned + 1, *next));
        if is_short || is_plain {
            self.given(name, tokens, assigned + if is_short { 2 } else { 1 });
        }
    }

    fn one_of(&mut self, name: &str, over: Option<String>) {
        match over.filter(|over| !over.is_empty() && over.len() < NAME_BYTES_MAX) {
            Some(over) => self.bound.insert(name.to_owned(), Bound::Name(format!("{over}.one"))),
            None => self.bound.remove(name),
        };
    }

    fn given(&mut self, name: &str, tokens: &[Token], from: usize) {
        let mut from = from;
        let skips = |token: Option<&Token>| {
            matches!(token, Some(Token::Sign('&' | '$' | '@')))
                || matches!(token, Some(Token::Name(word)) if matches!(word.as_str(), "new" | "await"))
        };
        while skips(tokens.get(from)) {
            from += 1;
        }
        let is_each = matches!(tokens.get(from), Some(Token::Name(word)) if word == "range");
        let bound = match tokens.get(from) {
            Some(Token::Text(text)) if !matches!(tokens.get(from + 1), Some(Token::Sign('.' | '+' | '%'))) => {
                let kind = if text.contains('$') { WordKind::Open } else { WordKind::Literal };
                Some(Bound::Text(Value::Text { text: text.clone(), kind }))
            }
            Some(Token::Name(_)) => {
                let (whole, _) = self.chain(tokens, from + usize::from(is_each));
                Some(if MAKERS.contains(&whole.as_str()) {
                    Bound::Text(super::known::made_folder())
                } else if is_each {
                    Bound::Name(format!("{whole}.one"))
                } else {
                    Bound::Name(whole)
                })
            }
            _ => None,
        };
        let is_short = |bound: &Bound| !matches!(bound, Bound::Name(name) if name.len() > NAME_BYTES_MAX);
        match bound.filter(is_short) {
            Some(bound) => self.bound.insert(name.to_owned(), bound),
            None => self.bound.remove(name),
        };
    }

    /// The dotted name that starts at `from`, calls as `()`, and where it ends.
    fn chain(&self, tokens: &[Token], from: usize) -> (String, usize) {
        let mut parts: Vec<String> = Vec::new();
        let mut here = from;
        while let Some(Token::Name(name)) = tokens.get(here) {
            let mut part = if parts.is_empty() { self.root(name).to_owned() } else { name.clone() };
            here += 1;
            if let Some(close) = closing(tokens, here) {
                part.push_str("()");
                here = close + 1;
            }
            parts.push(part);
            if tokens.get(here) != Some(&Token::Sign('.')) || parts.len() >= PARTS_MAX {
                break;
            }
            here += 1;
        }
        (parts.join("."), here)
    }

    /// The dotted name whose last token is at `end`, calls as `()`.
    pub(super) fn back(&self, tokens: &[Token], end: usize) -> String {
        let mut parts: Vec<String> = Vec::new();
        let mut here = end;
        loop {
            let open = opening(tokens, here);
            let (at, call) = match open {
                Some(open) => match open.checked_sub(1) {
                    Some(at) => (at, "()"),
                    None => break,
                },
                None => (here, ""),
            };
            let Some(Token::Name(name)) = tokens.get(at) else { break };
            // `require('x').f` is `x.f`.
            if let (true, Some(Token::Text(module))) =
                (LOADS.contains(&name.as_str()), open.and_then(|open| tokens.get(open + 1)))
            {
                parts.push(module.trim_start_matches("node:").split('/').next().unwrap_or_default().to_owned());
                break;
            }
            let is_root = at < 2 || tokens.get(at - 1) != Some(&Token::Sign('.'));
            let name = if is_root { self.root(name) } else { name };
            parts.push(format!("{name}{call}"));
            if is_root || parts.len() >= PARTS_MAX {
                break;
            }
            here = at - 2;
        }
        parts.reverse();
        parts.join(".")
    }
}

/// Where the round bracket closes that opens at `at`.
fn closing(tokens: &[Token], at: usize) -> Option<usize> {
    if tokens.get(at) != Some(&Token::Sign('(')) {
        return None;
    }
    let mut depth = 0usize;
    for (here, token) in tokens.iter().enumerate().skip(at).take(BRACKET_TOKENS_MAX) {
        match token {
            Token::Sign('(') => depth += 1,
            Token::Sign(')') => depth -= 1,
            Token::Sign(_) | Token::Name(_) | Token::Text(_) => {}
        }
        if depth == 0 {
            return Some(here);
        }
    }
    None
}

/// Where the round bracket opens that closes at `at`.
fn opening(tokens: &[Token], at: usize) -> Option<usize> {
    if tokens.get(at) != Some(&Token::Sign(')')) {
        return None;
    }
    let mut depth = 0usize;
    for here in (0..=at).rev().take(BRACKET_TOKENS_MAX) {
        match tokens.get(here) {
            Some(Token::Sign(')')) => depth += 1,
            Some(Token::Sign('(')) => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(here);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_given_one_of_itself_again_and_again_does_not_grow_without_end() {
        let word = |word: &str| Token::Name(word.to_owned());
        let tokens: Vec<Token> =
            ["all", "as", "one"].into_iter().chain(["one", "as", "one"].repeat(500)).map(word).collect();
        let mut scope = Scope::default();
        let mut longest = 0;
        for at in 0..tokens.len() {
            scope.note(&tokens, at);
            if at == 2 {
                assert_eq!(scope.root("one"), "all.one");
            }
            longest = longest.max(scope.root("one").len());
        }
        assert!(longest <= NAME_BYTES_MAX + ".one".len(), "{longest} bytes");
    }
}

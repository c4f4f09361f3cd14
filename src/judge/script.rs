//! Cuts code of any scripting language into its calls, strings and comments told apart.

/// A call in a piece of code.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Call {
    /// Its dotted name as written: `shutil.rmtree`, `require('fs').rmSync` as `fs.rmSync`.
    pub name: String,
    /// Its arguments: the text of those that are one literal string, `None` for the others.
    pub arguments: Vec<Option<String>>,
    /// The literal strings of a list that is its first argument.
    pub list: Vec<String>,
    /// The literal string it is called on: `Path('x').unlink()`.
    pub on: Option<String>,
    /// Whether it is called on a path.
    pub is_path: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Name(String),
    Text(String),
    Sign(char),
}

/// How many tokens of a text are looked at.
const TOKENS_MAX: usize = 20_000;

/// The calls of a piece of code, in its order.
#[must_use]
pub fn calls(code: &str) -> Vec<Call> {
    let tokens = tokens(code);
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let Token::Name(name) = token else { continue };
        // The end of a dotted name, followed by its arguments.
        if tokens.get(at + 1) == Some(&Token::Sign('.')) && matches!(tokens.get(at + 2), Some(Token::Name(_))) {
            continue;
        }
        match tokens.get(at + 1) {
            Some(Token::Sign('(')) => found.push(call(&tokens, at, at + 2)),
            // Ruby, Perl and PHP call without brackets.
            Some(Token::Text(text)) if bare(name) => {
                let mut call =
                    Call { name: full_name(&tokens, at), arguments: vec![Some(text.clone())], ..Call::default() };
                let mut next = at + 2;
                while let (Some(Token::Sign(',')), Some(Token::Text(more))) = (tokens.get(next), tokens.get(next + 1)) {
                    call.arguments.push(Some(more.clone()));
                    next += 2;
                }
                found.push(call);
            }
            // `unlink glob("x/*")`: what the inner call finds.
            Some(Token::Name(inner)) if bare(name) && matches!(inner.as_str(), "glob" | "Dir") => {
                let text = tokens.iter().skip(at + 2).take(3).find_map(|token| match token {
                    Token::Text(text) => Some(text.clone()),
                    Token::Name(_) | Token::Sign(_) => None,
                });
                found.push(Call { name: full_name(&tokens, at), arguments: vec![text], ..Call::default() });
            }
            Some(Token::Name(_) | Token::Sign('$' | '@' | '<')) if bare(name) && name != "exec" => {
                found.push(Call { name: full_name(&tokens, at), arguments: vec![None], ..Call::default() });
            }
            _ => {}
        }
    }
    found
}

/// Names that are called without brackets.
fn bare(name: &str) -> bool {
    matches!(
        name,
        "unlink"
            | "rmtree"
            | "remove_tree"
            | "rm_rf"
            | "rm_r"
            | "rm"
            | "rm_f"
            | "system"
            | "exec"
            | "delete"
            | "rmdir"
            | "qx"
            | "remove_dir"
            | "Remove"
    )
}

/// The literal strings of a piece of code.
#[must_use]
pub fn strings(code: &str) -> Vec<String> {
    let text = |token| match token {
        Token::Text(text) => Some(text),
        Token::Name(_) | Token::Sign(_) => None,
    };
    tokens(code).into_iter().filter_map(text).collect()
}

/// The code with every string emptied and every comment gone.
#[must_use]
pub fn without_strings(code: &str) -> String {
    let mut out = String::new();
    for token in tokens(code) {
        match token {
            Token::Name(name) => {
                if out.ends_with(|c: char| c.is_alphanumeric() || c == '_') {
                    out.push(' ');
                }
                out.push_str(&name);
            }
            Token::Text(_) => out.push_str("''"),
            Token::Sign(sign) => out.push(sign),
        }
    }
    out
}

fn call(tokens: &[Token], at: usize, from: usize) -> Call {
    let (arguments, list) = arguments(tokens, from);
    let (on, is_path) = receiver(tokens, at);
    Call { name: full_name(tokens, at), arguments, list, on, is_path }
}

/// The dotted name that ends at `at`; a `require('x')` in front gives its module's name.
fn full_name(tokens: &[Token], at: usize) -> String {
    let mut parts = Vec::new();
    let mut here = at;
    while let Some(Token::Name(name)) = tokens.get(here) {
        parts.push(name.clone());
        if here < 2 || !matches!(tokens.get(here - 1), Some(Token::Sign('.'))) {
            break;
        }
        if let (Some(Token::Sign(')')), Some(Token::Text(module))) =
            (tokens.get(here - 2), here.checked_sub(3).and_then(|at| tokens.get(at)))
            && let Some(Token::Name(name)) = here.checked_sub(5).and_then(|at| tokens.get(at))
            && matches!(name.as_str(), "require" | "import" | "__import__")
        {
            parts.push(module.trim_start_matches("node:").split('/').next().unwrap_or_default().to_owned());
            break;
        }
        here -= 2;
    }
    parts.reverse();
    parts.join(".")
}

/// What a method is called on: `Path('x')` gives `x`; anything that looks like a path otherwise is one without a text.
fn receiver(tokens: &[Token], at: usize) -> (Option<String>, bool) {
    if at < 2 || tokens.get(at - 1) != Some(&Token::Sign('.')) {
        return (None, false);
    }
    match tokens.get(at - 2) {
        Some(Token::Sign(')')) => {
            let mut open = at - 2;
            let mut depth = 0usize;
            loop {
                match tokens.get(open) {
                    Some(Token::Sign(')')) => depth += 1,
                    Some(Token::Sign('(')) => {
                        depth -= 1;
                        if depth == 0 {
                            break;
                        }
                    }
                    _ => {}
                }
                if open == 0 {
                    return (None, false);
                }
                open -= 1;
            }
            let is_path = open > 0
                && matches!(tokens.get(open - 1), Some(Token::Name(name)) if name.ends_with("Path") || name == "Pathname");
            let text = match tokens.get(open + 1) {
                Some(Token::Text(text)) if open + 3 == at - 1 => Some(text.clone()),
                _ => None,
            };
            (text, is_path)
        }
        Some(Token::Name(name)) => {
            let lower = name.to_ascii_lowercase();
            (None, lower.contains("path") || lower.contains("file") || matches!(lower.as_str(), "p" | "f" | "dir"))
        }
        _ => (None, false),
    }
}

/// The arguments from `from` to the closing bracket.
fn arguments(tokens: &[Token], from: usize) -> (Vec<Option<String>>, Vec<String>) {
    let (mut all, mut list): (Vec<Option<String>>, Vec<String>) = (Vec::new(), Vec::new());
    let mut depth = 1usize;
    let mut current: Option<Option<String>> = None;
    for token in tokens.get(from..).unwrap_or_default() {
        match token {
            Token::Sign('(' | '[' | '{') => {
                depth += 1;
                current = Some(None);
            }
            Token::Sign(')' | ']' | '}') => {
                depth -= 1;
                if depth == 0 {
                    break;
                }
            }
            Token::Sign(',') if depth == 1 => all.extend(current.take()),
            Token::Text(text) => {
                if depth == 2 {
                    list.push(text.clone());
                }
                current = Some(match current {
                    None => Some(text.clone()),
                    Some(_) => None,
                });
            }
            Token::Name(name) if current.is_none() && matches!(name.as_str(), "f" | "r" | "b" | "u") => {}
            Token::Name(_) | Token::Sign(_) => current = Some(None),
        }
    }
    all.extend(current);
    (all, list)
}

fn tokens(code: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut chars = code.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if found.len() >= TOKENS_MAX {
            break;
        }
        match c {
            '\'' | '"' | '`' => {
                let triple = code.get(at..at + 3).is_some_and(|three| three == "\"\"\"" || three == "'''");
                let text = if triple { triple_quoted(code, at, &mut chars) } else { quoted(c, &mut chars) };
                if c == '`'
                    && !text.contains("${")
                    && found.last().is_none_or(|t| matches!(t, Token::Sign(';' | '\n' | '=' | '(') | Token::Name(_)))
                {
                    // A backquote is a template in JavaScript, and starts a shell elsewhere: both are a text here.
                    found.push(Token::Text(text));
                } else {
                    found.push(Token::Text(text));
                }
            }
            '#' if !matches!(found.last(), Some(Token::Sign('$' | '{'))) => skip_line(&mut chars),
            '/' if matches!(chars.peek(), Some((_, '/'))) && at > 0 => skip_line(&mut chars),
            c if c.is_alphabetic() || c == '_' => {
                let mut name = c.to_string();
                while let Some((_, next)) =
                    chars.peek().copied().filter(|(_, n)| n.is_alphanumeric() || matches!(n, '_' | '!'))
                {
                    name.push(next);
                    chars.next();
                }
                found.push(Token::Name(name));
            }
            ':' if matches!(chars.peek(), Some((_, ':'))) => {
                chars.next();
                found.push(Token::Sign('.'));
            }
            '-' if matches!(chars.peek(), Some((_, '>'))) => {
                chars.next();
                found.push(Token::Sign('.'));
            }
            c if c.is_whitespace() => {}
            c => found.push(Token::Sign(c)),
        }
    }
    found
}

type Chars<'c> = std::iter::Peekable<std::str::CharIndices<'c>>;

fn skip_line(chars: &mut Chars) {
    for (_, c) in chars.by_ref() {
        if c == '\n' {
            break;
        }
    }
}

fn quoted(quote: char, chars: &mut Chars) -> String {
    let mut text = String::new();
    while let Some((_, c)) = chars.next() {
        match c {
            '\\' => {
                if let Some((_, escaped)) = chars.next() {
                    match escaped {
                        'n' => text.push('\n'),
                        't' => text.push('\t'),
                        other => text.push(other),
                    }
                }
            }
            c if c == quote => break,
            c => text.push(c),
        }
    }
    text
}

fn triple_quoted(code: &str, at: usize, chars: &mut Chars) -> String {
    let mark = code.get(at..at + 3).unwrap_or_default();
    let rest = code.get(at + 3..).unwrap_or_default();
    let end = rest.find(mark).map_or(code.len(), |end| at + 3 + end);
    while chars.peek().is_some_and(|(here, _)| *here < end + 3) {
        chars.next();
    }
    code.get(at + 3..end).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_told_from_a_word_in_a_string() {
        let names = |code: &str| {
            calls(code)
                .into_iter()
                .map(|call| (call.name, call.arguments.first().cloned().flatten()))
                .collect::<Vec<_>>()
        };
        assert_eq!(names("import shutil; shutil.rmtree('/a')"), [("shutil.rmtree".into(), Some("/a".into()))]);
        assert_eq!(names("print('shutil.rmtree(1)')"), [("print".into(), Some("shutil.rmtree(1)".into()))]);
        assert_eq!(
            names("require('fs').rmSync('../u',{recursive:true})").last(),
            Some(&("fs.rmSync".into(), Some("../u".into())))
        );
        assert_eq!(names("unlink 'a'"), [("unlink".into(), Some("a".into()))]);
        assert_eq!(names("# os.remove('x')\npass"), []);
        let path = calls("from pathlib import Path; Path('a/b').unlink()");
        assert_eq!(path.last().map(|c| (c.on.clone(), c.is_path)), Some((Some("a/b".into()), true)));
        assert_eq!(
            calls("subprocess.run(['rm','-rf','x'])").last().map(|c| c.list.clone()),
            Some(vec!["rm".into(), "-rf".into(), "x".into()])
        );
    }
}

//! Cuts code of any scripting language into its calls, strings and comments told apart.

use super::scope::Scope;
use super::{Call, Value};
use crate::judge::verbs::{Harm, harm_of};
use crate::shell::WordKind;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    Name(String),
    Text(String),
    Sign(char),
}

/// How many tokens of a text are looked at.
const TOKENS_MAX: usize = 20_000;

/// How many tokens of a call's arguments are looked at for names of arguments.
const PAIR_TOKENS_MAX: usize = 256;

/// The calls of a piece of code, in its order.
pub(super) fn calls(code: &str) -> Vec<Call> {
    let tokens = tokens(code);
    let mut found = Vec::new();
    let mut scope = Scope::default();
    for (at, token) in tokens.iter().enumerate() {
        let Token::Name(name) = token else { continue };
        scope.note(&tokens, at);
        found.extend(input(&tokens, at));
        // The end of a dotted name, followed by its arguments.
        if tokens.get(at + 1) == Some(&Token::Sign('.')) && matches!(tokens.get(at + 2), Some(Token::Name(_))) {
            continue;
        }
        match tokens.get(at + 1) {
            Some(Token::Sign('(')) => found.push(call(&tokens, at, at + 2, &scope)),
            // Ruby, Perl and PHP call without brackets.
            Some(Token::Text(text)) if bare(name) || is_method(&tokens, at) => {
                let arguments = vec![Value::known(text)];
                let mut call = Call { name: scope.back(&tokens, at), arguments, ..Call::default() };
                let mut next = at + 2;
                while let (Some(Token::Sign(',')), Some(Token::Text(more))) = (tokens.get(next), tokens.get(next + 1)) {
                    call.arguments.push(Value::known(more));
                    next += 2;
                }
                found.push(call);
            }
            // `unlink glob("x/*")`: what the inner call finds.
            Some(Token::Name(inner)) if bare(name) && matches!(inner.as_str(), "glob" | "Dir") => {
                let text = tokens.iter().skip(at + 2).take(3).find_map(|token| match token {
                    Token::Text(text) => Some(Value::known(text)),
                    Token::Name(_) | Token::Sign(_) => None,
                });
                let arguments = vec![text.unwrap_or_default()];
                found.push(Call { name: scope.back(&tokens, at), arguments, ..Call::default() });
            }
            Some(Token::Name(_) | Token::Sign('$' | '@' | '<')) if bare(name) && name != "exec" => {
                found.push(Call { name: scope.back(&tokens, at), arguments: vec![Value::Unknown], ..Call::default() });
            }
            _ if is_method(&tokens, at) && takes_nothing(tokens.get(at + 1)) => {
                found.push(Call { name: scope.back(&tokens, at), ..Call::default() });
            }
            _ => {}
        }
    }
    found
}

/// Whether the name at `at` is a method's whose name says that something is taken away.
fn is_method(tokens: &[Token], at: usize) -> bool {
    let Some(Token::Name(name)) = tokens.get(at) else { return false };
    at > 1
        && tokens.get(at - 1) == Some(&Token::Sign('.'))
        && harm_of(name).is_some_and(|(harm, _)| harm >= Harm::Removes)
}

/// Whether what follows a name is no argument and no value that it is given.
fn takes_nothing(next: Option<&Token>) -> bool {
    matches!(next, None | Some(Token::Name(_) | Token::Sign('}' | ')' | ';' | '|')))
}

/// `&s3.DeleteBucketInput{Bucket: aws.String("x")}` is the request of a library's call, as others name it.
fn input(tokens: &[Token], at: usize) -> Option<Call> {
    let (Some(Token::Name(of)), Some(Token::Sign('.')), Some(Token::Name(name))) =
        (tokens.get(at), tokens.get(at + 1), tokens.get(at + 2))
    else {
        return None;
    };
    let verb = name.strip_suffix("Input")?;
    let is_made = tokens.get(at + 3) == Some(&Token::Sign('{'));
    let name = format!("@aws-sdk/client-{of}.{verb}Command");
    is_made.then(|| Call { name, arguments: vec![Value::Map(by_name(tokens, at + 4))], ..Call::default() })
}

/// The texts that stand beside a name, up to the closing bracket: `bucket: 'x'`, `'Bucket' => 'x'`, `Bucket: aws.String("x")`.
fn by_name(tokens: &[Token], from: usize) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    let mut depth = 1usize;
    for (at, token) in tokens.iter().enumerate().skip(from).take(PAIR_TOKENS_MAX) {
        match token {
            Token::Sign('(' | '[' | '{') => depth += 1,
            Token::Sign(')' | ']' | '}') => depth -= 1,
            Token::Name(name) | Token::Text(name) if depth <= 2 => {
                let is_pair = tokens.get(at + 1) == Some(&Token::Sign(':'))
                    || tokens.get(at + 1) == Some(&Token::Sign('=')) && tokens.get(at + 2) == Some(&Token::Sign('>'));
                let mut beside = tokens.iter().skip(at + 2).take(5).take_while(|next| **next != Token::Sign(','));
                let value = beside.find_map(|next| match next {
                    Token::Text(text) => Some(Value::known(text)),
                    Token::Name(word) if matches!(word.as_str(), "true" | "false") => Some(Value::known(word)),
                    Token::Name(_) | Token::Sign(_) => None,
                });
                found.extend(value.filter(|_| is_pair).map(|value| (name.clone(), value)));
            }
            Token::Name(_) | Token::Text(_) | Token::Sign(_) => {}
        }
        if depth == 0 {
            break;
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
            | "backticks"
            | "sh"
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

fn call(tokens: &[Token], at: usize, from: usize, scope: &Scope) -> Call {
    let (on, is_path) = receiver(tokens, at);
    let on = match (on, is_path) {
        (Some(text), true) => Some(Value::Path { text, kind: WordKind::Literal }),
        (None, true) => Some(Value::Path { text: "$path".to_owned(), kind: WordKind::Open }),
        (Some(text), false) => Some(Value::known(text)),
        (None, false) => None,
    };
    let arguments = arguments(tokens, from, scope);
    Call { name: scope.back(tokens, at), arguments, named: by_name(tokens, from), on: on.map(Box::new) }
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
                && matches!(tokens.get(open - 1), Some(Token::Name(name)) if name.ends_with("Path") || matches!(name.as_str(), "Pathname" | "File"));
            let text = match tokens.get(open + 1) {
                Some(Token::Text(text)) if open + 3 == at - 1 => Some(text.clone()),
                _ => None,
            };
            (text, is_path)
        }
        Some(Token::Name(name)) => {
            let lower = name.to_ascii_lowercase();
            if name.starts_with(char::is_uppercase) {
                return (None, false);
            }
            (None, lower.contains("path") || lower.contains("file") || matches!(lower.as_str(), "p" | "f" | "dir"))
        }
        _ => (None, false),
    }
}

/// The arguments from `from` to the closing bracket: texts, lists of texts, and what is put together of them.
fn arguments(tokens: &[Token], from: usize, scope: &Scope) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    let mut depth = 1usize;
    let mut current: Option<Value> = None;
    let mut list: Vec<Value> = Vec::new();
    for token in tokens.get(from..).unwrap_or_default() {
        match token {
            Token::Sign('(' | '[' | '{') => {
                depth += 1;
                current.get_or_insert(Value::Unknown);
            }
            Token::Sign(')' | ']' | '}') => {
                depth -= 1;
                if depth == 0 {
                    break;
                }
                if depth == 1 && !list.is_empty() {
                    current = Some(Value::List(std::mem::take(&mut list)));
                }
            }
            Token::Sign(',') if depth == 1 => all.extend(current.take()),
            Token::Text(text) if depth == 2 => list.push(Value::known(text)),
            Token::Text(text) if depth == 1 => {
                current = Some(match current.take() {
                    None => Value::known(text),
                    Some(Value::Unknown) => Value::open(format!("$value{text}")),
                    Some(before) => before.joined(&Value::known(text)),
                });
            }
            // `http.MethodDelete`
            Token::Name(name) if depth == 1 && name.starts_with("Method") && name.len() > "Method".len() => {
                current = Some(Value::known(name.trim_start_matches("Method").to_uppercase()));
            }
            Token::Name(name) if depth == 1 => {
                current = Some(match current.take() {
                    None => scope.text(name).cloned().unwrap_or_default(),
                    Some(Value::Unknown) => Value::Unknown,
                    Some(before) => before.joined(&Value::open(format!("${name}"))),
                });
            }
            // The name that follows says what it is.
            Token::Sign('$') if depth == 1 => {
                current = current.take().map(|before| before.joined(&Value::open("$")));
            }
            Token::Name(_) | Token::Sign(_) | Token::Text(_) => {
                current.get_or_insert(Value::Unknown);
            }
        }
    }
    all.extend(current);
    all
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
                // Between backquotes a shell is started.
                if c == '`' && found.last().is_none_or(|token| !matches!(token, Token::Text(_))) {
                    found.push(Token::Name("backticks".to_owned()));
                }
                let text = with_home(text);
                found.push(Token::Text(if c == '\'' { text } else { interpolated(text) }));
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
            // A name within a space of names: `Aws\S3\S3Client`.
            '\\' if chars.peek().is_some_and(|(_, next)| next.is_alphabetic()) => {
                found.extend(matches!(found.last(), Some(Token::Name(_))).then_some(Token::Sign('.')));
            }
            c if c.is_whitespace() => {}
            c => found.push(Token::Sign(c)),
        }
    }
    found
}

/// The text with the home folder as a path writes it: `"$ENV{HOME}/x"`, `"#{ENV['HOME']}/x"`, `"{$_SERVER['HOME']}/x"`.
fn with_home(text: String) -> String {
    const NAMES: [&str; 7] = [
        "$ENV{HOME}",
        "$ENV{'HOME'}",
        "#{ENV['HOME']}",
        "#{Dir.home}",
        "{$_SERVER['HOME']}",
        "{$_ENV['HOME']}",
        "${HOME}",
    ];
    let rest =
        NAMES.iter().find_map(|name| text.strip_prefix(name)).filter(|rest| rest.starts_with('/') || rest.is_empty());
    rest.map(|rest| format!("~{rest}")).unwrap_or(text)
}

/// The text with what is put into it left open, as a shell writes it: `rm -rf #{dir}` is `rm -rf $dir`.
fn interpolated(text: String) -> String {
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some((before, (inside, after))) =
        rest.split_once("#{").and_then(|(before, from)| Some((before, from.split_once('}')?)))
    {
        let name: String = inside.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        out.push_str(before);
        out.push('$');
        out.push_str(if name.is_empty() { "value" } else { &name });
        rest = after;
    }
    if out.is_empty() && rest.len() == text.len() {
        return text;
    }
    out.push_str(rest);
    out
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

//! Calls whose result can be told without running them: paths put together, texts decoded, modules loaded.

use base64::Engine as _;

use super::value::Value;
use super::{Call, Language};
use crate::shell::WordKind;

/// Where temporary folders come to be.
const MADE_FOLDER: &str = "/tmp/tmp.made";

/// Methods of the environment's table that are no variables.
const TABLE_METHODS: &[&str] = &["get", "items", "keys", "values", "copy", "pop", "setdefault", "update", "toObject"];

/// A folder that was just made for something temporary.
pub(super) fn made_folder() -> Value {
    Value::Path { text: MADE_FOLDER.to_owned(), kind: WordKind::Literal }
}

/// A module's name without what says where it comes from: `node:fs/promises` is `fs.promises`.
pub(super) fn module(source: &str) -> String {
    let plain = source.strip_prefix("node:").unwrap_or(source);
    if plain.starts_with('@') || plain.starts_with('.') { plain.to_owned() } else { plain.replace('/', ".") }
}

/// A call's name as the tables know it.
pub(super) fn canonical(name: &str) -> String {
    let name = name.strip_prefix("builtins.").or_else(|| name.strip_prefix("globalThis.")).unwrap_or(name);
    name.replace("child_process.promises", "child_process")
}

/// A variable of the environment: the home folder is known, others stand open.
fn variable(name: &str) -> Value {
    match name {
        "HOME" => Value::Path { text: "~".to_owned(), kind: WordKind::Literal },
        "PWD" => Value::Path { text: ".".to_owned(), kind: WordKind::Literal },
        _ => Value::open(format!("${name}")),
    }
}

/// A part of something that is known.
pub(super) fn part(object: &Value, name: &str) -> Option<Value> {
    match object {
        Value::Name(of) if matches!(of.as_str(), "os.environ" | "process.env" | "environ" | "ENV" | "Deno.env") => {
            (!TABLE_METHODS.contains(&name)).then(|| variable(name))
        }
        Value::Name(of) if of == "sys" && name == "executable" => Some(Value::known("python3")),
        Value::Name(of) if of == "process" && name == "execPath" => Some(Value::known("node")),
        Value::Path { .. } => match name {
            "parent" => Some(object.parent()),
            "name" | "stem" => {
                let (text, kind) = object.shape();
                let last = text.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
                Some(Value::Text { text: last, kind })
            }
            _ => None,
        },
        _ => None,
    }
}

/// What a call gives, where that can be told; such a call does nothing else.
pub(super) fn value(call: &Call, language: Language) -> Option<Value> {
    let first = call.arguments.first();
    let method = call.on.as_deref().and_then(|on| of_method(call, on));
    method.or_else(|| match call.name.as_str() {
        "require" | "__import__" | "importlib.import_module" | "import" => {
            Some(Value::Name(module(first.and_then(Value::text)?)))
        }
        "os.path.join" | "path.join" | "path.resolve" | "posixpath.join" | "path.posix.join" | "File.join" => {
            Some(joined(&call.arguments))
        }
        "pathlib.Path" | "Path" | "pathlib.PurePath" | "pathlib.PosixPath" | "pathlib.PurePosixPath"
            if language == Language::Python =>
        {
            Some(joined(&call.arguments))
        }
        "pathlib.Path.home" | "Path.home" | "os.homedir" => Some(variable("HOME")),
        "pathlib.Path.cwd" | "Path.cwd" | "os.getcwd" | "process.cwd" => Some(variable("PWD")),
        "os.path.abspath" | "os.path.realpath" | "os.path.normpath" | "os.path.expanduser" | "os.fspath"
        | "os.path.expandvars" | "path.normalize" | "fs.realpathSync" | "sorted" | "list" | "set" | "tuple"
        | "Array.from" | "enumerate" | "iter" | "util.promisify" | "sqlalchemy.text" | "sql.SQL"
        | "psycopg2.sql.SQL" | "psycopg.sql.SQL" | "asyncio.run" | "fileURLToPath" | "url.fileURLToPath" => {
            first.cloned()
        }
        "str" | "String" | "bytes" | "bytearray" if first.is_some_and(Value::is_text) => first.cloned(),
        "text" if language == Language::Python && first.is_some_and(Value::is_text) => first.cloned(),
        "os.path.dirname" | "path.dirname" => first.filter(|value| value.is_text()).map(Value::parent),
        "os.path.basename" | "path.basename" => first.filter(|value| value.is_text()).and_then(|value| {
            let (text, kind) = value.shape();
            Some(Value::Text { text: text.rsplit('/').next()?.to_owned(), kind })
        }),
        "tempfile.mkdtemp"
        | "tempfile.gettempdir"
        | "tempfile.TemporaryDirectory"
        | "os.tmpdir"
        | "fs.mkdtempSync"
        | "fs.promises.mkdtemp"
        | "tempfile.mktemp"
        | "mkdtemp" => Some(made_folder()),
        "os.getenv" | "os.environ.get" | "getenv" | "Deno.env.get" => Some(variable(first.and_then(Value::text)?)),
        "os.listdir" | "os.scandir" | "fs.readdirSync" | "fs.promises.readdir" => {
            Some(Value::Text { text: "*".to_owned(), kind: WordKind::Glob })
        }
        "os.walk" => first.filter(|value| value.is_text()).map(|value| value.found("**")),
        "glob.glob" | "glob.iglob" | "glob.sync" | "glob.globSync" | "globSync" | "glob" | "fast-glob.sync"
        | "globby.sync" | "globby.globbySync" => {
            let (text, kind) = first.filter(|value| value.is_text())?.shape();
            let kind = if kind == WordKind::Open { kind } else { WordKind::Glob };
            Some(Value::Path { text, kind })
        }
        "json.dumps" | "JSON.stringify" => Some(Value::known(first?.json().to_string())),
        "getattr" => match (first?, call.arguments.get(1).and_then(Value::text)?) {
            (Value::Name(of), name) => Some(Value::Name(format!("{of}.{name}"))),
            (other, name) => Some(Value::Member(Box::new(other.clone()), name.to_owned())),
        },
        "shlex.split" => first.and_then(Value::text).map(|text| split(text, None)),
        "URL" => {
            let (path, base) = (first?, call.arguments.get(1));
            Some(base.map_or_else(|| path.clone(), |base| base.joined(path)))
        }
        "reversed" => reversed(first?),
        _ => decoded(call),
    })
}

fn joined(parts: &[Value]) -> Value {
    parts.iter().fold(Value::Path { text: String::new(), kind: WordKind::Literal }, |path, part| path.below(part))
}

/// A method of a text, a path or a list.
fn of_method(call: &Call, on: &Value) -> Option<Value> {
    let first = call.arguments.first();
    let text_of = |at: usize| call.arguments.get(at).and_then(Value::text);
    let is_path = matches!(on, Value::Path { .. });
    match call.last() {
        "glob" if is_path => Some(on.found(text_of(0).unwrap_or("*"))),
        "rglob" if is_path => Some(on.found(&format!("**/{}", text_of(0).unwrap_or("*")))),
        "iterdir" if is_path => Some(on.found("*")),
        "walk" if is_path => Some(on.found("**")),
        "joinpath" if is_path => Some(call.arguments.iter().fold(on.clone(), |path, part| path.below(part))),
        "resolve" | "absolute" | "expanduser" | "as_posix" | "readlink" if is_path => Some(on.resolved()),
        "with_suffix" | "with_name" | "with_stem" | "relative_to" if is_path => Some(Value::open(on.shape().0)),
        "decode" | "encode" | "toString" | "strip" | "trim" | "rstrip" | "lstrip" | "trimEnd" | "trimStart"
            if on.is_text() =>
        {
            let (text, kind) = on.shape();
            let text = if call.last().contains("ri") { text.trim().to_owned() } else { text };
            Some(Value::Text { text, kind })
        }
        "lower" | "toLowerCase" => on.text().map(|text| Value::known(text.to_lowercase())),
        "upper" | "toUpperCase" => on.text().map(|text| Value::known(text.to_uppercase())),
        "replace" | "replaceAll" => {
            let (text, from, to) = (on.text()?, text_of(0)?, text_of(1)?);
            Some(Value::known(text.replace(from, to)))
        }
        "format" if on.is_text() => Some(filled(on, call)),
        "concat" => Some(call.arguments.iter().fold(on.clone(), |before, part| before.joined(part))),
        "split" => on.text().map(|text| split(text, text_of(0))),
        "reverse" => reversed(on),
        "join" => {
            let (separator, items) = match on {
                Value::List(items) => (text_of(0).unwrap_or(","), items.as_slice()),
                other => (other.text()?, first?.items()?),
            };
            let mut whole = Value::known("");
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    whole = whole.joined(&Value::known(separator));
                }
                whole = whole.joined(item);
            }
            Some(whole)
        }
        _ => None,
    }
}

/// Texts taken out of what hides them.
fn decoded(call: &Call) -> Option<Value> {
    let (text, how) = (call.first_text(), call.arguments.get(1).and_then(Value::text));
    let hidden = match (call.name.as_str(), how) {
        ("base64.b64decode" | "base64.standard_b64decode" | "base64.urlsafe_b64decode" | "b64decode" | "atob", _)
        | ("Buffer.from" | "codecs.decode", Some("base64" | "base64_codec")) => from_base64(text?),
        ("bytes.fromhex" | "bytearray.fromhex" | "binascii.unhexlify" | "unhexlify", _)
        | ("Buffer.from" | "codecs.decode", Some("hex" | "hex_codec")) => from_hex(text?),
        ("codecs.decode" | "codecs.encode", Some("rot13" | "rot_13")) => Some(text?.chars().map(rot13).collect()),
        ("Buffer.from", _) => text.map(str::to_owned),
        ("chr" | "String.fromCharCode" | "String.fromCodePoint", _) => {
            let code = |value: &Value| value.text().and_then(|text| text.parse().ok()).and_then(char::from_u32);
            call.arguments.iter().map(code).collect()
        }
        ("decodeURIComponent" | "unescape" | "urllib.parse.unquote", _) => text.map(str::to_owned),
        _ => None,
    };
    hidden.map(Value::known)
}

fn from_base64(text: &str) -> Option<String> {
    let plain = |c: char| match c {
        '-' => '+',
        '_' => '/',
        other => other,
    };
    let compact: String = text.chars().filter(|c| !c.is_whitespace() && *c != '=').map(plain).collect();
    let bytes = base64::engine::general_purpose::STANDARD_NO_PAD.decode(compact).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn from_hex(text: &str) -> Option<String> {
    let digits: Vec<u32> =
        text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_digit(16)).collect::<Option<_>>()?;
    let bytes = digits.chunks(2).map(|pair| u8::try_from(pair.iter().fold(0, |n, d| n * 16 + d)).unwrap_or(0));
    Some(String::from_utf8_lossy(&bytes.collect::<Vec<u8>>()).into_owned())
}

fn rot13(c: char) -> char {
    let turned = |first: u8| char::from((u8::try_from(c).unwrap_or(first) - first + 13) % 26 + first);
    match c {
        'a'..='z' => turned(b'a'),
        'A'..='Z' => turned(b'A'),
        other => other,
    }
}

fn split(text: &str, separator: Option<&str>) -> Value {
    Value::List(match separator {
        Some("") => text.chars().map(|c| Value::known(c.to_string())).collect(),
        Some(separator) => text.split(separator).map(Value::known).collect(),
        None => text.split_whitespace().map(Value::known).collect(),
    })
}

fn reversed(value: &Value) -> Option<Value> {
    match value {
        Value::List(items) => Some(Value::List(items.iter().rev().cloned().collect())),
        other => other.text().map(|text| Value::known(text.chars().rev().collect::<String>())),
    }
}

/// `'…%s…' % values`.
pub(super) fn formatted(format: &Value, values: &Value) -> Value {
    let one = [values.clone()];
    let mut values = values.items().unwrap_or(&one).iter();
    let (text, _) = format.shape();
    let mut whole = Value::known("");
    let mut pieces = text.split('%');
    whole = whole.joined(&Value::known(pieces.next().unwrap_or_default()));
    for piece in pieces {
        match piece.find(|c: char| c.is_ascii_alphabetic()) {
            Some(verb) => {
                let value = values.next().cloned().unwrap_or_default();
                let value = if value.is_text() { value } else { Value::open(value.shape().0) };
                whole = whole.joined(&value).joined(&Value::known(piece.get(verb + 1..).unwrap_or_default()));
            }
            None => whole = whole.joined(&Value::known(piece)),
        }
    }
    whole
}

/// `'…{}…'.format(values)`.
fn filled(format: &Value, call: &Call) -> Value {
    let (text, _) = format.shape();
    let mut whole = Value::known("");
    let mut rest = text.as_str();
    let mut next = 0;
    while let Some((before, after)) = rest.split_once('{') {
        whole = whole.joined(&Value::known(before));
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        let name = name.split(':').next().unwrap_or_default();
        let value = match name.parse::<usize>() {
            Ok(place) => call.arguments.get(place),
            Err(_) if name.is_empty() => {
                next += 1;
                call.arguments.get(next - 1)
            }
            Err(_) => call.named.iter().find(|(named, _)| named == name).map(|(_, value)| value),
        };
        let value = value.cloned().unwrap_or_default();
        let value = if value.is_text() { value } else { Value::open(value.shape().0) };
        whole = whole.joined(&value);
        rest = after;
    }
    whole.joined(&Value::known(rest))
}

/// The escapes of string literals that Python and JavaScript share.
pub(super) fn unescaped(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut chars = source.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        let (radix, most) = match chars.next() {
            Some('n') => {
                out.push('\n');
                continue;
            }
            Some('t') => {
                out.push('\t');
                continue;
            }
            Some('r' | '\n') => continue,
            Some('x') => (16, 2),
            Some('u') => {
                chars.next_if_eq(&'{');
                (16, 6)
            }
            Some(digit @ '0'..='7') => {
                let first = digit.to_digit(8).unwrap_or(0);
                out.extend(char::from_u32(number(&mut chars, 8, 2, first)));
                continue;
            }
            Some(other) => {
                out.push(other);
                continue;
            }
            None => break,
        };
        let most = if radix == 16 && most == 6 && source.contains("\\u{") { 6 } else { most.min(4) };
        out.extend(char::from_u32(number(&mut chars, radix, most, 0)));
        if source.contains("\\u{") {
            chars.next_if_eq(&'}');
        }
    }
    out
}

fn number(chars: &mut std::iter::Peekable<std::str::Chars>, radix: u32, most: usize, first: u32) -> u32 {
    let mut value = first;
    for _ in 0..most {
        let Some(digit) = chars.peek().and_then(|c| c.to_digit(radix)) else { break };
        value = value * radix + digit;
        chars.next();
    }
    value
}

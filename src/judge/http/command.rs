//! The request that a command line would send: curl, wget, HTTPie and their like.

mod provider;

use super::{Body, Request};
use crate::model::{Oracle, Untrusted};
use crate::shell::{Invocation, Stdin, Word};

/// How much of a body's file is read, in bytes.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// curl's options that take a value and say nothing here.
const CURL_VALUED: [&str; 36] = [
    "-o",
    "--output",
    "-A",
    "--user-agent",
    "-e",
    "--referer",
    "-m",
    "--max-time",
    "--connect-timeout",
    "--retry",
    "--retry-delay",
    "--retry-max-time",
    "-w",
    "--write-out",
    "-x",
    "--proxy",
    "--cacert",
    "--capath",
    "-E",
    "--cert",
    "--key",
    "-c",
    "--cookie-jar",
    "--resolve",
    "--limit-rate",
    "-r",
    "--range",
    "-C",
    "--continue-at",
    "--interface",
    "-K",
    "--config",
    "-D",
    "--dump-header",
    "--max-redirs",
    "--ciphers",
];

/// The request that an invocation would send, if it is a program that sends one.
///
/// A body in a file is read through `oracle`, at most 64 KiB of it.
#[must_use]
pub fn of_invocation(invocation: &Invocation, oracle: &dyn Oracle) -> Option<Request> {
    let program = invocation.words.first().map(|word| crate::shell::base_name(&word.text).to_ascii_lowercase())?;
    let mut request = match program.as_str() {
        "curl" | "curl.exe" => curl(invocation, oracle)?,
        "gh" | "glab" | "az" | "heroku" | "vercel" | "oci" | "grpcurl" | "invoke-restmethod" | "invoke-webrequest"
        | "irm" | "iwr" => provider::of(&program, invocation, oracle)?,
        "wget" | "wget2" => wget(invocation, oracle)?,
        "http" | "https" | "xh" | "xhs" | "httpie" => httpie(invocation, oracle)?,
        _ => return None,
    };
    request.span = invocation.span;
    if !request.url.contains("://") && !request.url.is_empty() {
        request.url = format!("http://{}", request.url.trim_start_matches(':'));
    }
    Some(request)
}

struct Options<'a> {
    words: &'a [Word],
    at: usize,
}

impl<'a> Options<'a> {
    /// The value of an option: joined to it, or the next word.
    fn value(&mut self, joined: Option<&'a str>) -> Option<&'a str> {
        if let Some(value) = joined.filter(|value| !value.is_empty()) {
            return Some(value);
        }
        let word = self.words.get(self.at)?;
        self.at += 1;
        Some(&word.text)
    }
}

/// An option's name and the value joined to it: `--data=x`, `-XDELETE`, `-sSfX DELETE`.
fn split(text: &str, valued: &str) -> (String, Option<String>) {
    if text.starts_with("--") {
        return match text.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (text.to_owned(), None),
        };
    }
    for (at, letter) in text.char_indices().skip(1) {
        if valued.contains(letter) {
            return (
                format!("-{letter}"),
                text.get(at + letter.len_utf8()..).filter(|rest| !rest.is_empty()).map(str::to_owned),
            );
        }
    }
    (text.to_owned(), None)
}

fn curl(invocation: &Invocation, oracle: &dyn Oracle) -> Option<Request> {
    let mut request = Request::default();
    let mut bodies: Vec<Body> = Vec::new();
    let (mut method, mut is_get, mut is_head) = (None, false, false);
    let mut options = Options { words: invocation.args(), at: 0 };
    while let Some(word) = options.words.get(options.at) {
        options.at += 1;
        if !word.is_flag() {
            if request.url.is_empty() {
                request.url.clone_from(&word.text);
            }
            continue;
        }
        let (name, joined) = split(&word.text, "XHdFTuoAemwxEcKDrCb");
        let joined = joined.as_deref();
        let mut value = || match joined {
            Some(value) => value.to_owned(),
            None => options.value(None).unwrap_or_default().to_owned(),
        };
        match name.as_str() {
            "-X" | "--request" => method = Some(value()),
            "-H" | "--header" => header(&mut request, &value()),
            "--url" => request.url = value(),
            "-d" | "--data" | "--data-ascii" | "--data-binary" | "--json" => {
                bodies.push(data(&value(), invocation, oracle))
            }
            "--data-raw" => bodies.push(Body::Text(value())),
            "--data-urlencode" => bodies.push(encoded(&value(), invocation, oracle)),
            "-F" | "--form" => bodies.push(form(&value())),
            "--form-string" => bodies.push(Body::Text(value())),
            "-T" | "--upload-file" => {
                method.get_or_insert_with(|| "PUT".to_owned());
                let path = value();
                bodies.push(if path == "-" || path == "." { Body::Unseen } else { Body::Upload { path } });
            }
            "-u" | "--user" | "--oauth2-bearer" => {
                let credentials = value();
                request.headers.push(("Authorization".to_owned(), credentials));
            }
            "-b" | "--cookie" => {
                let cookie = value();
                request.headers.push(("Cookie".to_owned(), cookie));
            }
            "-G" | "--get" => is_get = true,
            "-I" | "--head" => is_head = true,
            name if CURL_VALUED.contains(&name) => {
                value();
            }
            _ => {}
        }
    }
    request.body = joined(bodies);
    let implied = match (&request.body, is_get, is_head) {
        (_, true, _) => "GET",
        (_, _, true) => "HEAD",
        (Body::None, ..) => "GET",
        _ => "POST",
    };
    request.method = method.unwrap_or_else(|| implied.to_owned()).to_ascii_uppercase();
    (!request.url.is_empty()).then_some(request)
}

fn wget(invocation: &Invocation, oracle: &dyn Oracle) -> Option<Request> {
    let mut request = Request { method: "GET".to_owned(), ..Request::default() };
    let mut options = Options { words: invocation.args(), at: 0 };
    while let Some(word) = options.words.get(options.at) {
        options.at += 1;
        if !word.is_flag() {
            request.url.clone_from(&word.text);
            continue;
        }
        let (name, joined) = split(&word.text, "OPUto");
        let mut value = || joined.clone().unwrap_or_else(|| options.value(None).unwrap_or_default().to_owned());
        match name.as_str() {
            "--method" => request.method = value().to_ascii_uppercase(),
            "--header" => header(&mut request, &value()),
            "--post-data" | "--body-data" => {
                if name == "--post-data" {
                    request.method = "POST".to_owned();
                }
                request.body = Body::Text(value());
            }
            "--post-file" | "--body-file" => {
                if name == "--post-file" {
                    request.method = "POST".to_owned();
                }
                request.body = file(&value(), invocation, oracle);
            }
            "-O" | "-P" | "-U" | "-t" | "-o" | "--output-document" | "--directory-prefix" | "--tries"
            | "--user-agent" | "--timeout" => {
                value();
            }
            _ => {}
        }
    }
    (!request.url.is_empty()).then_some(request)
}

fn httpie(invocation: &Invocation, oracle: &dyn Oracle) -> Option<Request> {
    let mut request = Request::default();
    let mut fields: Vec<String> = Vec::new();
    let operands =
        invocation.operands(&["-a", "--auth", "-o", "--output", "--session", "--timeout", "--verify", "--raw", "-A"]);
    for word in operands {
        let text = word.text.as_str();
        let is_method = matches!(
            text.to_ascii_uppercase().as_str(),
            "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD" | "OPTIONS"
        );
        if request.url.is_empty() && request.method.is_empty() && is_method {
            request.method = text.to_ascii_uppercase();
        } else if request.url.is_empty() {
            text.clone_into(&mut request.url);
        } else if let Some((name, path)) = text.split_once('@').filter(|(name, _)| !name.contains(['=', ':'])) {
            let _ = name;
            request.body = Body::Upload { path: path.to_owned() };
        } else if text.contains(":=") || text.contains('=') {
            let (name, value) = text.split_once(":=").or_else(|| text.split_once('=')).unwrap_or_default();
            fields.push(format!("{}:{}", serde_json::Value::from(name), serde_json::Value::from(value)));
        } else if let Some((name, value)) = text.split_once(':') {
            request.headers.push((name.to_owned(), value.to_owned()));
        }
    }
    for (at, word) in invocation.args().iter().enumerate() {
        let next = invocation.args().get(at + 1).map(|word| word.text.clone()).unwrap_or_default();
        match word.text.as_str() {
            "-a" | "--auth" => request.headers.push(("Authorization".to_owned(), next)),
            "--raw" => request.body = Body::Text(next),
            _ => {}
        }
    }
    if !fields.is_empty() {
        request.body = Body::Text(format!("{{{}}}", fields.join(",")));
    } else if request.body == Body::None {
        request.body = match &invocation.stdin {
            Stdin::Text(text) => Body::Text(text.clone()),
            Stdin::File(word) => file(&word.text, invocation, oracle),
            Stdin::From(_) => Body::Unseen,
            Stdin::Inherited => Body::None,
        };
    }
    if request.method.is_empty() {
        request.method = if request.body == Body::None { "GET" } else { "POST" }.to_owned();
    }
    (!request.url.is_empty()).then_some(request)
}

fn header(request: &mut Request, text: &str) {
    if let Some((name, value)) = text.split_once(':') {
        request.headers.push((name.trim().to_owned(), value.trim().to_owned()));
    }
}

/// `--data` and its like: text, `@file`, `@-`.
fn data(text: &str, invocation: &Invocation, oracle: &dyn Oracle) -> Body {
    match text.strip_prefix('@') {
        Some("-") => match &invocation.stdin {
            Stdin::Text(text) => Body::Text(text.clone()),
            Stdin::File(word) => file(&word.text, invocation, oracle),
            Stdin::From(_) | Stdin::Inherited => Body::Unseen,
        },
        Some(path) => file(path, invocation, oracle),
        None if text.starts_with("$(") || text.starts_with('`') => Body::Unseen,
        None => Body::Text(text.to_owned()),
    }
}

fn encoded(text: &str, invocation: &Invocation, oracle: &dyn Oracle) -> Body {
    match text.split_once('@') {
        Some((name, path)) if !name.contains('=') => file(path, invocation, oracle),
        _ => Body::Text(text.to_owned()),
    }
}

fn form(text: &str) -> Body {
    match text.split_once('=') {
        Some((_, value)) if value.starts_with(['@', '<']) => {
            let path = value.get(1..).unwrap_or_default().split(';').next().unwrap_or_default();
            if path == "-" { Body::Unseen } else { Body::Upload { path: path.to_owned() } }
        }
        _ => Body::Text(text.to_owned()),
    }
}

fn file(path: &str, invocation: &Invocation, oracle: &dyn Oracle) -> Body {
    let whole = crate::shell::joined_path(invocation.cwd.as_deref(), path);
    let content = whole
        .and_then(|path| oracle.read(&Untrusted::from(path), BODY_BYTES_MAX))
        .filter(|content| content.len() < BODY_BYTES_MAX)
        .and_then(|content| String::from_utf8(content).ok());
    Body::File { path: path.to_owned(), content }
}

/// Several bodies are sent as one: what is least known decides.
fn joined(bodies: Vec<Body>) -> Body {
    let mut texts: Vec<String> = Vec::new();
    let mut other = Body::None;
    for body in bodies {
        match body {
            Body::Text(text) => texts.push(text),
            Body::File { content: Some(text), .. } => texts.push(text),
            Body::Unseen | Body::Upload { .. } | Body::File { content: None, .. } => other = body,
            Body::None => {}
        }
    }
    match other {
        Body::None if texts.is_empty() => Body::None,
        Body::None => Body::Text(texts.join("&")),
        other => other,
    }
}

//! Requests that providers' tools send by hand: `gh api`, `az rest`, `heroku api`, `grpcurl`.

use super::{Body, Request, file, header};
use crate::model::Oracle;
use crate::shell::Invocation;

/// Options that take a value and say nothing here.
const VALUED: &[&str] = &[
    "-q",
    "--jq",
    "-t",
    "--template",
    "--cache",
    "-p",
    "--preview",
    "--hostname",
    "-X",
    "--method",
    "-f",
    "-F",
    "-H",
    "--field",
    "--raw-field",
    "--header",
    "--input",
    "-R",
    "--repo",
    "-d",
    "-proto",
    "-import-path",
    "-import_path",
    "-protoset",
    "-authority",
    "-cacert",
    "-cert",
    "-key",
    "-max-time",
    "-rpc-header",
    "-reflect-header",
    "--uri",
    "--url",
    "--body",
    "--headers",
    "--resource",
    "-b",
    "-m",
    "-u",
    "--uri-parameters",
    "--http-method",
    "--target-uri",
    "--request-body",
    "--output-file",
    "-o",
    "--output",
];

/// The request that one of these tools would send; `None` where its words ask for something else.
pub(super) fn of(program: &str, invocation: &Invocation, oracle: &dyn Oracle) -> Option<Request> {
    let operands: Vec<&str> = invocation.operands(VALUED).iter().map(|word| word.text.as_str()).collect();
    match (program, operands.as_slice()) {
        ("gh", ["api", path, ..]) => Some(api("https://api.github.com", path, invocation, oracle)),
        ("glab", ["api", path, ..]) => Some(api("https://gitlab.com/api/v4", path, invocation, oracle)),
        ("vercel", ["api", path, ..]) => Some(api("https://api.vercel.com", path, invocation, oracle)),
        ("heroku", ["api", method, path, ..]) => {
            let mut request = api("https://api.heroku.com", path, invocation, oracle);
            request.method = method.to_ascii_uppercase();
            Some(request)
        }
        ("az", ["rest", ..]) => Some(named(invocation, ["--method", "-m"], ["--uri", "--url", "-u"], ["--body", "-b"])),
        ("oci", ["raw-request", ..]) => {
            Some(named(invocation, ["--http-method"; 2], ["--target-uri"; 3], ["--request-body"; 2]))
        }
        ("grpcurl", [host, method, ..]) if !matches!(*method, "list" | "describe") => {
            let url = format!("http://{host}/{method}");
            Some(Request { method: "POST".to_owned(), url, ..Request::default() })
        }
        ("irm" | "iwr" | "invoke-restmethod" | "invoke-webrequest", _) => {
            let insensitive = |name: &str| {
                let at = invocation.args().iter().position(|word| word.text.eq_ignore_ascii_case(name))?;
                invocation.args().get(at + 1).map(|word| word.text.clone())
            };
            let url = insensitive("-Uri").or_else(|| {
                invocation.args().iter().find(|word| word.text.contains("://")).map(|word| word.text.clone())
            })?;
            let method = insensitive("-Method").map_or_else(|| "GET".to_owned(), |method| method.to_ascii_uppercase());
            let body = insensitive("-Body").map_or(Body::None, Body::Text);
            Some(Request { method, url, body, ..Request::default() })
        }
        _ => None,
    }
}

/// `TOOL api PATH`, with its fields as a JSON body.
fn api(base: &str, path: &str, invocation: &Invocation, oracle: &dyn Oracle) -> Request {
    let url = if path.contains("://") { path.to_owned() } else { format!("{base}/{}", path.trim_start_matches('/')) };
    let mut request = Request { url, ..Request::default() };
    for word in invocation.options(&["-H", "--header"]) {
        header(&mut request, &word.text);
    }
    let mut fields: Vec<String> = Vec::new();
    for word in invocation.options(&["-f", "-F", "--field", "--raw-field"]) {
        if let Some((name, value)) = word.text.split_once('=') {
            let told = value.strip_prefix('@').and_then(|path| match file(path, invocation, oracle) {
                Body::File { content, .. } => content,
                Body::Text(_) | Body::Upload { .. } | Body::Unseen | Body::None => None,
            });
            let value = told.as_deref().unwrap_or(value);
            fields.push(format!("{}:{}", serde_json::Value::from(name), serde_json::Value::from(value)));
        }
    }
    if let Some(input) = invocation.option(&["--input"]) {
        request.body = if input.text == "-" { Body::Unseen } else { file(&input.text, invocation, oracle) };
    } else if !fields.is_empty() {
        request.body = Body::Text(format!("{{{}}}", fields.join(",")));
    }
    let implied = if request.body == Body::None { "GET" } else { "POST" };
    let method = invocation.option(&["-X", "--method"]);
    request.method = method.map_or_else(|| implied.to_owned(), |word| word.text.to_ascii_uppercase());
    request
}

fn named(invocation: &Invocation, method: [&str; 2], url: [&str; 3], body: [&str; 2]) -> Request {
    let text = |names: &[&str]| invocation.option(names).map(|word| word.text);
    Request {
        method: text(&method).map_or_else(|| "GET".to_owned(), |method| method.to_ascii_uppercase()),
        url: text(&url).unwrap_or_default(),
        body: match text(&body) {
            Some(text) if text.starts_with('@') => Body::Unseen,
            Some(text) => Body::Text(text),
            None => Body::None,
        },
        ..Request::default()
    }
}

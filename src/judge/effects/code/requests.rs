//! Calls that send requests.

use super::{Inner, Reader};
use crate::judge::http::{Body, Request};
use crate::judge::script::{Call, Value};

/// Methods that are calls of their own.
const METHODS: &[&str] = &["get", "post", "put", "patch", "delete", "head", "options", "del"];

/// Modules and clients whose calls named like a method send one, to whatever place.
const CLIENTS: &[&str] = &[
    "requests",
    "requests.Session()",
    "requests.session()",
    "httpx",
    "httpx.Client()",
    "httpx.AsyncClient()",
    "aiohttp.ClientSession()",
    "axios",
    "axios.create()",
    "got",
    "ky",
    "superagent",
    "needle",
    "HTTParty",
    "RestClient",
    "Faraday",
    "urllib3.PoolManager()",
    "session",
    "client",
];

/// Calls that take the place first and everything else as options.
const FETCHES: &[&str] = &[
    "fetch",
    "node-fetch",
    "node-fetch.default",
    "undici.fetch",
    "undici.request",
    "axios",
    "axios.request",
    "got",
    "ky",
    "https.request",
    "http.request",
    "https.get",
    "http.get",
    "window.fetch",
    "urllib.request.Request",
    "urllib.request.urlopen",
    "Request",
    "urlopen",
];

pub(super) fn one(reader: &mut Reader, call: &Call) -> bool {
    let Some(mut request) = request(call) else { return false };
    request.span = reader.span;
    reader.collect.inner.push(Inner::Request { request: Box::new(request) });
    true
}

fn request(call: &Call) -> Option<Request> {
    let last = call.last();
    let of = call.name.strip_suffix(last).unwrap_or_default().trim_end_matches('.');
    let is_made = |value: &Value| value.origins().first().is_some_and(|made| made.last() == "Request");
    if call.arguments.first().is_some_and(is_made) {
        // The request was noted where it was made.
        return None;
    }
    let text_at = |place: usize, name: &str| call.argument(place, name).filter(|v| v.is_text()).map(|v| v.shape().0);
    let (method, url) = if FETCHES.contains(&call.name.as_str()) {
        let method = call.option("method").and_then(Value::text).map(str::to_owned);
        let implied = if body(call) == Body::None { "GET" } else { "POST" };
        (method.unwrap_or_else(|| implied.to_owned()), place(call)?)
    } else if METHODS.contains(&last) {
        let url = text_at(0, "url")?;
        if !CLIENTS.contains(&of) && !url.contains("://") {
            return None;
        }
        (if last == "del" { "delete" } else { last }.to_owned(), based(call, url))
    } else if last == "request" && !of.is_empty() {
        // `requests.request('DELETE', url)`, `HTTPSConnection(host).request('DELETE', path)`.
        (text_at(0, "method")?, based(call, text_at(1, "url")?))
    } else if matches!(last, "NewRequest" | "NewRequestWithContext") {
        let at = usize::from(last == "NewRequestWithContext");
        let text = |place: usize| call.arguments.get(place).filter(|v| v.is_text()).map(|v| v.shape().0);
        (text(at)?, text(at + 1)?)
    } else if matches!(last, "gql" | "graphql") {
        let document = text_at(0, "query").or_else(|| call.option("query").map(|query| query.shape().0))?;
        let json = serde_json::json!({ "query": document });
        return Some(Request { method: "POST".to_owned(), body: Body::Text(json.to_string()), ..Request::default() });
    } else {
        return None;
    };
    let is_place = url.contains("://") || url.starts_with('/') || url.starts_with('$');
    if !is_place {
        return None;
    }
    Some(Request {
        method: method.to_ascii_uppercase(),
        url,
        headers: headers(call),
        body: body(call),
        ..Request::default()
    })
}

/// Where `fetch(url)`, `axios({url})` or `https.request({hostname, path})` goes.
fn place(call: &Call) -> Option<String> {
    let first = call.arguments.first()?;
    if first.is_text() {
        return Some(first.shape().0);
    }
    let field = |name: &str| first.field(name).map(|value| value.shape().0);
    if let Some(url) = field("url") {
        return Some(field("baseURL").map(|base| format!("{}{url}", base.trim_end_matches('/'))).unwrap_or(url));
    }
    let host = field("hostname").or_else(|| field("host"))?;
    Some(format!("https://{host}{}", field("path").unwrap_or_default()))
}

/// A path with the place that its client was made for.
fn based(call: &Call, url: String) -> String {
    if url.contains("://") {
        return url;
    }
    let base = call.on.iter().flat_map(|on| on.origins()).find_map(|origin| {
        let named = ["base_url", "baseURL", "prefixUrl"].iter().find_map(|name| origin.option(name));
        let host = origin.name.contains("HTTP").then(|| origin.arguments.first()).flatten();
        let value = named.or(host)?;
        value.is_text().then(|| value.shape().0)
    });
    match base {
        Some(base) if base.contains("://") => format!("{}/{}", base.trim_end_matches('/'), url.trim_start_matches('/')),
        Some(host) => format!("https://{host}{url}"),
        None => url,
    }
}

fn headers(call: &Call) -> Vec<(String, String)> {
    match call.option("headers") {
        Some(Value::Map(fields)) => fields.iter().map(|(name, value)| (name.clone(), value.shape().0)).collect(),
        _ => Vec::new(),
    }
}

fn body(call: &Call) -> Body {
    let named = ["json", "data", "body", "content", "files"].iter().find_map(|name| call.option(name));
    // `axios.post(url, body)`.
    let second = call.arguments.get(1).filter(|_| matches!(call.last(), "post" | "put" | "patch" | "send"));
    match named.or(second) {
        None => Body::None,
        Some(value) if value.is_text() => Body::Text(value.shape().0),
        Some(value @ (Value::Map(_) | Value::List(_))) => Body::Text(value.json().to_string()),
        Some(_) => Body::Unseen,
    }
}

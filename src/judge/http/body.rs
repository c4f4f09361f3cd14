//! What stands in the body of a request.

/// Whether a text is a GraphQL document, wherever it is sent.
pub(super) fn looks_graphql(text: &str) -> bool {
    let start = text.trim_start();
    ["mutation", "query", "subscription"].iter().any(|word| {
        start.strip_prefix(word).is_some_and(|rest| {
            rest.trim_start().starts_with(['{', '(']) || rest.starts_with([' ', '\n']) && rest.contains('{')
        })
    }) || (start.starts_with('{')
        && serde_json::from_str::<serde_json::Value>(text).is_err()
        && text.contains('}')
        && !text.contains("\":"))
}

/// The value of a key in a JSON or a form body, wherever it stands; `None` where it is no text.
pub(super) fn value_of(body: &str, key: &str) -> Option<String> {
    if let Ok(value) = serde_json::from_str::<serde_json::Value>(body) {
        return found_in(&value, key, 0);
    }
    body.split('&')
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == key)
        .map(|(_, value)| percent_decoded(value))
}

/// How deep a JSON body is searched, in levels.
const JSON_DEPTH_MAX: usize = 8;

fn found_in(value: &serde_json::Value, key: &str, depth: usize) -> Option<String> {
    if depth > JSON_DEPTH_MAX {
        return None;
    }
    match value {
        serde_json::Value::Object(map) => {
            let own = map.get(key).and_then(serde_json::Value::as_str).map(str::to_owned);
            own.or_else(|| map.values().find_map(|inner| found_in(inner, key, depth + 1)))
        }
        serde_json::Value::Array(list) => list.iter().find_map(|inner| found_in(inner, key, depth + 1)),
        serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Number(_)
        | serde_json::Value::String(_) => None,
    }
}

/// A form value as it was before it was encoded.
pub(super) fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let code = bytes
            .get(at + 1..at + 3)
            .and_then(|two| std::str::from_utf8(two).ok())
            .and_then(|two| u8::from_str_radix(two, 16).ok());
        match (byte, code) {
            (b'%', Some(code)) => {
                out.push(code);
                at += 3;
            }
            (b'+', _) => {
                out.push(b' ');
                at += 1;
            }
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

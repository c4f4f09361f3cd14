//! The arguments of a tool call, however deep they are nested.

/// How many arguments of one call are looked at.
pub(super) const ARGUMENTS_MAX: usize = 256;
/// How deep lists and objects in an input are followed, in levels.
const INPUT_DEPTH_MAX: usize = 6;

/// An argument of a call.
#[derive(Debug, Clone)]
pub(super) struct Argument {
    /// The last part of its name, in lower case without underscores.
    pub(super) name: String,
    /// Its value, as text.
    pub(super) value: String,
}

impl Argument {
    /// The argument of this name, nested names joined by points.
    pub(super) fn new(name: &str, value: String) -> Self {
        let named = name.rsplit('.').find(|part| !part.is_empty() && !part.bytes().all(|b| b.is_ascii_digit()));
        // A header keeps its own name beside its value.
        let mut parts = name.rsplitn(2, '.');
        let (last, before) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        if before.to_ascii_lowercase().ends_with("headers") {
            return Self { name: "headers".to_owned(), value: format!("{last}: {value}") };
        }
        let name = named.unwrap_or_default().chars().filter(char::is_ascii_alphanumeric).collect::<String>();
        Self { name: name.to_ascii_lowercase(), value }
    }
}

/// A value that is a list or an object, written as JSON.
pub(super) fn listed(value: &str) -> Option<serde_json::Value> {
    let start = value.trim_start();
    if !start.starts_with(['[', '{']) {
        return None;
    }
    serde_json::from_str(start).ok()
}

/// Adds every value in `value` as an argument.
pub(super) fn flatten(name: &str, value: &serde_json::Value, depth: usize, all: &mut Vec<Argument>) {
    if depth > INPUT_DEPTH_MAX || all.len() >= ARGUMENTS_MAX {
        return;
    }
    match value {
        serde_json::Value::Object(fields) => {
            for (field, value) in fields {
                flatten(&format!("{name}.{field}"), value, depth + 1, all);
            }
        }
        serde_json::Value::Array(items) => {
            for (at, value) in items.iter().enumerate() {
                flatten(&format!("{name}.{at}"), value, depth + 1, all);
            }
        }
        serde_json::Value::String(text) => all.push(Argument::new(name, text.clone())),
        serde_json::Value::Null => {}
        serde_json::Value::Bool(_) | serde_json::Value::Number(_) => all.push(Argument::new(name, value.to_string())),
    }
}

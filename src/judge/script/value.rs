//! What can be told about a value in code without running it.

use super::Call;
use crate::shell::{WordKind, joined_path};

/// The longest text of a value that is kept, in bytes.
const TEXT_BYTES_MAX: usize = 64 * 1024;

/// How large a value is that is kept, by [`Value::size`].
const SIZE_MAX: usize = 256;

/// How one of what a call gives is named.
const ONE: &str = "one";

/// What can be told about a value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Value {
    /// A text, a number, a truth value.
    Text {
        /// The text; what is not known of it stands as `$name`.
        text: String,
        /// How much of it is known; a pattern is what a search for files finds.
        kind: WordKind,
    },
    /// A path object.
    Path {
        /// The path.
        text: String,
        /// How much of it is known.
        kind: WordKind,
    },
    /// A list, an array, a tuple.
    List(Vec<Value>),
    /// A dictionary or an object.
    Map(Vec<(String, Value)>),
    /// Something imported, or nothing that the code defines.
    Name(String),
    /// What a call gives.
    Made(Box<Call>),
    /// A part of something.
    Member(Box<Value>, String),
    /// A function of the code, by its number.
    Function(usize),
    /// Nothing can be told.
    #[default]
    Unknown,
}

impl Value {
    /// A text that is known.
    pub fn known(text: impl Into<String>) -> Self {
        Self::Text { text: text.into(), kind: WordKind::Literal }
    }

    /// A text that only running the code would tell.
    pub fn open(text: impl Into<String>) -> Self {
        Self::Text { text: text.into(), kind: WordKind::Open }
    }

    /// The text, where all of it is known.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text { text, kind: WordKind::Literal } | Self::Path { text, kind: WordKind::Literal } => Some(text),
            _ => None,
        }
    }

    /// The text with what is not known of it standing as `$name`, and how much of it is known.
    #[must_use]
    pub fn shape(&self) -> (String, WordKind) {
        match self {
            Self::Text { text, kind } | Self::Path { text, kind } => (text.clone(), *kind),
            Self::Name(name) => (format!("${}", last_part(name)), WordKind::Open),
            Self::Member(_, name) => (format!("${name}"), WordKind::Open),
            Self::Made(call) => (format!("${}", call.last()), WordKind::Open),
            Self::List(_) | Self::Map(_) | Self::Function(_) | Self::Unknown => ("$value".to_owned(), WordKind::Open),
        }
    }

    /// One of what a call gives, by nothing but where it comes from; of anything else nothing can be told.
    #[must_use]
    pub fn one(&self) -> Value {
        match self {
            Self::Made(_) => Self::Member(Box::new(self.clone()), ONE.to_owned()).bounded(),
            _ => Self::Unknown,
        }
    }

    /// A field of a dictionary or an object.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Value> {
        match self {
            Self::Map(fields) => fields.iter().find(|(key, _)| key == name).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The values of a list.
    #[must_use]
    pub fn items(&self) -> Option<&[Value]> {
        match self {
            Self::List(items) => Some(items),
            _ => None,
        }
    }

    /// Whether anything of a text is known.
    #[must_use]
    pub fn is_text(&self) -> bool {
        matches!(self, Self::Text { .. } | Self::Path { .. })
    }

    /// The dotted name that a member or a call of it is known by.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Name(name) => name.clone(),
            Self::Made(call) => format!("{}()", call.name),
            Self::Member(of, part) => format!("{}.{part}", of.name()),
            Self::Path { .. } => "pathlib.Path()".to_owned(),
            Self::Text { .. } => "str".to_owned(),
            Self::List(_) => "list".to_owned(),
            Self::Map(_) => "dict".to_owned(),
            Self::Function(_) | Self::Unknown => String::new(),
        }
    }

    /// The calls that it was made by, the last first.
    #[must_use]
    pub fn origins(&self) -> Vec<&Call> {
        let mut found = Vec::new();
        let mut here = Some(self);
        while let Some(value) = here.take() {
            match value {
                Self::Made(call) => {
                    found.push(call.as_ref());
                    here = call.on.as_deref();
                }
                Self::Member(of, _) => here = Some(of),
                _ => {}
            }
        }
        found
    }

    /// As JSON, the way it would be sent.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        match self {
            Self::List(items) => items.iter().map(Self::json).collect(),
            Self::Map(fields) => fields.iter().map(|(key, value)| (key.clone(), value.json())).collect(),
            other => serde_json::Value::String(other.shape().0),
        }
    }

    /// Two texts put together.
    #[must_use]
    pub fn joined(&self, other: &Self) -> Self {
        if let (Self::List(before), Self::List(after)) = (self, other) {
            return Self::List(before.iter().chain(after).cloned().collect()).bounded();
        }
        if !self.is_text() && !other.is_text() {
            return Self::Unknown;
        }
        let ((before, kind), (after, more)) = (self.shape(), other.shape());
        Self::Text { text: before + &after, kind: worse(kind, more) }.bounded()
    }

    /// A path below this one.
    #[must_use]
    pub fn below(&self, part: &Self) -> Self {
        let ((folder, kind), (part, more)) = (self.shape(), part.shape());
        let kind = worse(kind, more);
        let text = if part.starts_with('/') || folder.is_empty() {
            part
        } else {
            format!("{}/{part}", folder.trim_end_matches('/'))
        };
        Self::Path { text, kind }.bounded()
    }

    /// The folder that a path is in.
    #[must_use]
    pub fn parent(&self) -> Self {
        let (text, kind) = self.shape();
        let parent = match text.trim_end_matches('/').rsplit_once('/') {
            Some(("", _)) => "/".to_owned(),
            Some((folder, _)) => folder.to_owned(),
            None => ".".to_owned(),
        };
        if text.starts_with('$') && !text.contains('/') {
            return Self::Path { text, kind };
        }
        Self::Path { text: parent, kind }
    }

    /// What a search in a folder finds, as a pattern.
    #[must_use]
    pub fn found(&self, pattern: &str) -> Self {
        let (folder, kind) = self.shape();
        let kind = if kind == WordKind::Open { kind } else { WordKind::Glob };
        Self::Path { text: format!("{}/{pattern}", folder.trim_end_matches('/')), kind }.bounded()
    }

    /// The path without `.` and `..`, where it is absolute.
    #[must_use]
    pub fn resolved(&self) -> Self {
        match self {
            Self::Path { text, kind } | Self::Text { text, kind } if text.starts_with('/') => {
                Self::Path { text: joined_path(None, text).unwrap_or_default(), kind: *kind }
            }
            other => other.clone(),
        }
    }

    /// One of the values that a loop over this one goes through.
    #[must_use]
    pub fn each(&self) -> Vec<Self> {
        match self {
            Self::List(items) => items.clone(),
            Self::Map(fields) => fields.iter().map(|(key, _)| Self::known(key)).collect(),
            Self::Path { kind: WordKind::Glob | WordKind::Open, .. }
            | Self::Text { kind: WordKind::Glob | WordKind::Open, .. } => vec![self.clone()],
            _ => Vec::new(),
        }
    }

    /// The value itself, or nothing that can be told where it is too large to be kept.
    #[must_use]
    pub fn bounded(self) -> Self {
        if self.size() <= SIZE_MAX { self } else { Self::Unknown }
    }

    /// How large it is: one for each value in it, and for each 512 bytes of their texts.
    #[must_use]
    pub fn size(&self) -> usize {
        let of_text = |text: &str| if text.len() > TEXT_BYTES_MAX { SIZE_MAX + 1 } else { text.len() / 512 };
        1 + match self {
            Self::Text { text, .. } | Self::Path { text, .. } | Self::Name(text) => of_text(text),
            Self::List(items) => items.iter().map(Self::size).sum(),
            Self::Map(fields) => fields.iter().map(|(_, value)| value.size()).sum(),
            Self::Made(call) => {
                call.arguments.iter().map(Self::size).sum::<usize>()
                    + call.named.iter().map(|(_, value)| value.size()).sum::<usize>()
                    + call.on.as_ref().map_or(0, |on| on.size())
                    + of_text(&call.name)
            }
            Self::Member(of, _) => of.size(),
            Self::Function(_) | Self::Unknown => 0,
        }
    }
}

fn last_part(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

fn worse(one: WordKind, other: WordKind) -> WordKind {
    match (one, other) {
        (WordKind::Open, _) | (_, WordKind::Open) => WordKind::Open,
        (WordKind::Glob, _) | (_, WordKind::Glob) => WordKind::Glob,
        (WordKind::Literal, WordKind::Literal) => WordKind::Literal,
    }
}

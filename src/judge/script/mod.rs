//! Code of scripting languages as its calls, with what can be told about their arguments.
//!
//! Python and JavaScript are read by their grammars, everything else by a small reader that knows strings and comments
//! of all these languages. What is only spoken of in a string is no call. Nothing is run.

mod grammar;
mod known;
mod scope;
mod tokens;
mod typescript;
mod value;
mod visitor;

pub use tokens::{strings, without_strings};
pub use value::Value;

/// A call in a piece of code.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Call {
    /// Its dotted name, imports and aliases resolved: `shutil.rmtree`, `boto3.client().delete_bucket`.
    pub name: String,
    /// Its arguments in order.
    pub arguments: Vec<Value>,
    /// Its arguments by name.
    pub named: Vec<(String, Value)>,
    /// What it is called on.
    pub on: Option<Box<Value>>,
}

/// A language that code is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Python.
    Python,
    /// JavaScript; what it shares with TypeScript is read of that.
    JavaScript,
    /// Perl, Ruby, PHP and the others.
    Other,
}

/// What a piece of code was understood to do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Code {
    /// Its calls, in its order; those of a function where it is called.
    pub calls: Vec<Call>,
    /// Whether there is more than was read.
    pub is_cut: bool,
}

/// The calls of a piece of code, in its order. What a script that lies at `path` reaches from there is known.
#[must_use]
pub fn read(language: Language, code: &str, path: Option<&str>) -> Code {
    match language {
        Language::Python | Language::JavaScript => grammar::read_at(language, code, path),
        Language::Other => Code { calls: tokens::calls(code), is_cut: false },
    }
}

impl Call {
    /// The last part of its name.
    #[must_use]
    pub fn last(&self) -> &str {
        self.name.rsplit('.').next().unwrap_or(&self.name)
    }

    /// An argument by its name: a keyword, or a field of an object that is an argument.
    #[must_use]
    pub fn option(&self, name: &str) -> Option<&Value> {
        let keyword = self.named.iter().find(|(named, _)| named == name).map(|(_, value)| value);
        keyword.or_else(|| self.arguments.iter().find_map(|value| value.field(name)))
    }

    /// The argument at a place, or of that name.
    #[must_use]
    pub fn argument(&self, place: usize, name: &str) -> Option<&Value> {
        self.arguments.get(place).or_else(|| self.named.iter().find(|(named, _)| named == name).map(|(_, value)| value))
    }

    /// The known text of the first argument.
    #[must_use]
    pub fn first_text(&self) -> Option<&str> {
        self.arguments.first().and_then(Value::text)
    }
}

#[cfg(test)]
mod tests;

//! Reads a pack of rules from a tree of tables, and says what is wrong with it.
//!
//! What arrives here is a [`Table`] that knows where in the text everything stands.

use std::borrow::Cow;
use std::sync::Arc;

use crate::model::{Class, RuleId, Tier};

use super::effect::{Deed, Reach};
use super::ground::Ground;
use super::rule::{Behind, EnvironmentWord, Hole, Pattern, Rule, When};

/// One file of rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pack {
    /// Its name: the file's, without its ending.
    pub name: String,
    /// Its rules, in the file's order; a judge shares them.
    pub rules: Vec<Arc<Rule>>,
}

/// A value of a rule file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The byte of the text at which it starts.
    pub at: usize,
    /// The value.
    pub value: Value,
}

/// A value of a rule file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A string.
    Text(Cow<'static, str>),
    /// A list.
    List(Vec<Item>),
    /// A table.
    Table(Table),
    /// Anything else; rules have no use for it. What it is.
    Other(&'static str),
}

/// A table of a rule file: its keys, where they stand, and their values.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table(pub Vec<(Cow<'static, str>, usize, Item)>);

/// Why a pack cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// It is no TOML.
    #[error("{pack}:{line}: {why}")]
    NoToml {
        /// The pack's file.
        pack: String,
        /// The line, from 1.
        line: u32,
        /// What the reader said.
        why: String,
    },
    /// A word that has no meaning there.
    #[error("{pack}:{line}: `{word}` is no {what}{}", nearest(.near))]
    Unknown {
        /// The pack's file.
        pack: String,
        /// The line, from 1.
        line: u32,
        /// The word.
        word: String,
        /// What should stand there.
        what: &'static str,
        /// The nearest word that has a meaning there.
        near: Option<String>,
    },
    /// A key that must be there is not.
    #[error("{pack}:{line}: the {what} has no `{key}`")]
    Missing {
        /// The pack's file.
        pack: String,
        /// The line on which it starts, from 1.
        line: u32,
        /// What lacks it: `rule`, `tool`, `owner`.
        what: &'static str,
        /// The key.
        key: &'static str,
    },
    /// A value of the wrong kind.
    #[error("{pack}:{line}: `{key}` is to be {wanted}, not {found}")]
    Kind {
        /// The pack's file.
        pack: String,
        /// The line, from 1.
        line: u32,
        /// The key.
        key: String,
        /// What it is to be.
        wanted: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// Two of one name.
    #[error("{pack}:{line}: there is a {what} `{id}` already")]
    Twice {
        /// The pack's file.
        pack: String,
        /// The line, from 1.
        line: u32,
        /// What it is: `rule`, `tool`.
        what: &'static str,
        /// Its name.
        id: String,
    },
    /// A rule that would hit everything.
    #[error("{pack}:{line}: `when` names neither a program nor an effect")]
    Boundless {
        /// The pack's file.
        pack: String,
        /// The line, from 1.
        line: u32,
    },
    /// An example that does not do what it is there for.
    #[error("{pack}:{line}: rule `{rule}` {what} its own example `{example}`")]
    Example {
        /// The pack's file.
        pack: String,
        /// The line on which the rule starts, from 1.
        line: u32,
        /// The rule.
        rule: RuleId,
        /// `does not hit`, or `hits`.
        what: &'static str,
        /// The example.
        example: String,
    },
}

fn nearest(near: &Option<String>) -> String {
    near.as_ref().map(|word| format!("; did you mean `{word}`?")).unwrap_or_default()
}

/// The word of `known` that is nearest to `word`, if one is near at all.
#[must_use]
pub fn nearest_word(word: &str, known: &[&str]) -> Option<String> {
    let best = known.iter().map(|each| (strsim::damerau_levenshtein(word, each), each)).min()?;
    (best.0 <= 1 + word.len() / 3).then(|| (*best.1).to_owned())
}

const RULE_KEYS: &[&str] = &["id", "tier", "class", "title", "why", "instead", "undo", "when", "target", "hit", "miss"];
const WHEN_KEYS: &[&str] =
    &["program", "verb", "any", "all", "none", "effect", "ground", "reach", "environment", "behind"];
/// The kinds of danger, as packs write them.
pub const CLASSES: &[Class] = &[
    Class::Delete,
    Class::TokenDiscovery,
    Class::Guessing,
    Class::Production,
    Class::Privilege,
    Class::Exfiltration,
    Class::Tampering,
    Class::RemoteExec,
    Class::Unverified,
    Class::Unparsed,
];

impl Value {
    fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a string",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
            Self::Other(what) => what,
        }
    }
}

impl Pack {
    /// Reads a pack: `name` is its name, `text` its source, for line numbers, `table` what is in it.
    ///
    /// # Errors
    /// [`PackError`] names the line and, for a word nobody knows, the nearest known one.
    pub fn from_table(name: &str, text: &str, table: &Table) -> Result<Self, PackError> {
        let reader = Reader::of(name, text);
        let mut rules: Vec<Arc<Rule>> = Vec::new();
        for (key, at, item) in &table.0 {
            if key != "rule" {
                return Err(reader.unknown(*at, key, "key of a pack", &["rule"]));
            }
            let Value::List(items) = &item.value else { return Err(reader.kind(item, "rule", "a list of tables")) };
            for item in items {
                let rule = reader.rule(item)?;
                if rules.iter().any(|known| known.id == rule.id) {
                    let (pack, line) = (reader.pack, rule.line);
                    return Err(PackError::Twice { pack, line, what: "rule", id: rule.id.0 });
                }
                rules.push(Arc::new(rule));
            }
        }
        Ok(Self { name: name.to_owned(), rules })
    }
}

/// Reads tables and says where in the text what is wrong stands.
pub(super) struct Reader<'t> {
    pub(super) pack: String,
    pub(super) name: &'t str,
    /// Where each line of the text begins.
    lines: Vec<usize>,
}

impl<'t> Reader<'t> {
    /// A reader of the file `name`.toml, whose text is `text`.
    pub(super) fn of(name: &'t str, text: &str) -> Self {
        let after_breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let lines = std::iter::once(0).chain(after_breaks).collect();
        Self { pack: format!("{name}.toml"), name, lines }
    }

    pub(super) fn line(&self, at: usize) -> u32 {
        u32::try_from(self.lines.partition_point(|start| *start <= at)).unwrap_or(u32::MAX)
    }

    pub(super) fn unknown(&self, at: usize, word: &str, what: &'static str, known: &[&str]) -> PackError {
        let near = nearest_word(word, known);
        PackError::Unknown { pack: self.pack.clone(), line: self.line(at), word: word.to_owned(), what, near }
    }

    pub(super) fn kind(&self, item: &Item, key: &str, wanted: &'static str) -> PackError {
        let (pack, line) = (self.pack.clone(), self.line(item.at));
        PackError::Kind { pack, line, key: key.to_owned(), wanted, found: item.value.kind() }
    }

    fn rule(&self, item: &Item) -> Result<Rule, PackError> {
        let Value::Table(table) = &item.value else { return Err(self.kind(item, "rule", "a table")) };
        for (key, at, _) in &table.0 {
            if !RULE_KEYS.contains(&key.as_ref()) {
                return Err(self.unknown(*at, key, "key of a rule", RULE_KEYS));
            }
        }
        // A table's own span may start at its first key; its header is on the line before.
        let line = self.line(item.at);
        let missing = |key| PackError::Missing { pack: self.pack.clone(), line, what: "rule", key };
        let find = |key: &str| table.0.iter().find(|(named, ..)| named == key).map(|(.., item)| item);
        let text = |key: &'static str| -> Result<Option<(String, usize)>, PackError> {
            match find(key) {
                None => Ok(None),
                Some(item) => self.text(item, key).map(|text| Some((text, item.at))),
            }
        };
        let need = |key: &'static str| text(key)?.ok_or_else(|| missing(key));
        let tier = self.tier(need("tier")?)?;
        let class = self.class(need("class")?)?;
        let list = |key: &str| find(key).map_or(Ok(Vec::new()), |item| self.texts(item, key));
        let bare = |found: Vec<(String, usize)>| found.into_iter().map(|(text, _)| text).collect::<Vec<_>>();
        let when = find("when").ok_or_else(|| missing("when"))?;
        Ok(Rule {
            id: RuleId(format!("{}/{}", self.name, need("id")?.0)),
            tier,
            class,
            title: need("title")?.0,
            why: need("why")?.0,
            instead: text("instead")?.map(|(text, _)| text),
            undo: text("undo")?.map(|(text, _)| text),
            when: self.when(when, line)?,
            target: bare(list("target")?),
            hit: find("hit").map_or(Ok(Vec::new()), |item| self.examples(item, "hit"))?,
            miss: find("miss").map_or(Ok(Vec::new()), |item| self.examples(item, "miss"))?,
            line,
        })
    }

    /// The tier of this word, which stands at that byte.
    pub(super) fn tier(&self, (word, at): (String, usize)) -> Result<Tier, PackError> {
        let words: Vec<&str> = Tier::ALL.iter().map(|tier| tier.word()).collect();
        let known = Tier::ALL.into_iter().find(|known| known.word() == word);
        known.ok_or_else(|| self.unknown(at, &word, "tier", &words))
    }

    /// The class of this word, which stands at that byte.
    pub(super) fn class(&self, (word, at): (String, usize)) -> Result<Class, PackError> {
        let words: Vec<&str> = CLASSES.iter().map(|class| class.word()).collect();
        let known = CLASSES.iter().copied().find(|known| known.word() == word);
        known.ok_or_else(|| self.unknown(at, &word, "class", &words))
    }

    fn when(&self, item: &Item, line: u32) -> Result<When, PackError> {
        let Value::Table(table) = &item.value else { return Err(self.kind(item, "when", "a table")) };
        let mut when = When::default();
        for (key, at, item) in &table.0 {
            match key.as_ref() {
                "program" => when.program = self.texts(item, key)?.into_iter().map(|(text, _)| text).collect(),
                "verb" => {
                    let verbs = self.texts(item, key)?;
                    when.verb = verbs
                        .into_iter()
                        .map(|(text, _)| text.split_whitespace().map(str::to_owned).collect())
                        .collect();
                }
                "any" => when.any = self.patterns(item, key)?,
                "all" => when.all = self.patterns(item, key)?,
                "none" => when.none = self.patterns(item, key)?,
                "effect" => when.effect = self.known(item, key, Deed::ALL, Deed::word, "effect")?,
                "ground" => when.ground = self.known(item, key, Ground::ALL, Ground::word, "ground")?,
                "reach" => when.reach = self.known(item, key, Reach::ALL, Reach::word, "reach")?.into_iter().next(),
                "environment" => {
                    when.environment =
                        self.known(item, key, EnvironmentWord::ALL, EnvironmentWord::word, "environment")?;
                }
                "behind" => when.behind = self.known(item, key, Behind::ALL, Behind::word, "wrapper")?,
                _ => return Err(self.unknown(*at, key, "condition of a rule", WHEN_KEYS)),
            }
        }
        if when.program.is_empty() && when.effect.is_empty() {
            return Err(PackError::Boundless { pack: self.pack.clone(), line });
        }
        Ok(when)
    }

    pub(super) fn text(&self, item: &Item, key: &str) -> Result<String, PackError> {
        match &item.value {
            Value::Text(text) => Ok(text.to_string()),
            Value::List(_) | Value::Table(_) | Value::Other(_) => Err(self.kind(item, key, "a string")),
        }
    }

    /// A string, or a list of strings.
    pub(super) fn texts(&self, item: &Item, key: &str) -> Result<Vec<(String, usize)>, PackError> {
        match &item.value {
            Value::Text(text) => Ok(vec![(text.to_string(), item.at)]),
            Value::List(items) => items.iter().map(|each| Ok((self.text(each, key)?, each.at))).collect(),
            Value::Table(_) | Value::Other(_) => Err(self.kind(item, key, "a string or a list of strings")),
        }
    }

    /// The same; what comes with the program is not copied.
    fn examples(&self, item: &Item, key: &str) -> Result<Vec<Cow<'static, str>>, PackError> {
        let text = |item: &Item| match &item.value {
            Value::Text(text) => Ok(text.clone()),
            Value::List(_) | Value::Table(_) | Value::Other(_) => Err(self.kind(item, key, "a string")),
        };
        match &item.value {
            Value::List(items) => items.iter().map(text).collect(),
            Value::Text(_) | Value::Table(_) | Value::Other(_) => Ok(vec![text(item)?]),
        }
    }

    pub(super) fn known<T: Copy>(
        &self,
        item: &Item,
        key: &str,
        all: &[T],
        word: impl Fn(T) -> &'static str,
        what: &'static str,
    ) -> Result<Vec<T>, PackError> {
        let words: Vec<&str> = all.iter().map(|each| word(*each)).collect();
        let find = |(text, at): (String, usize)| {
            all.iter().copied().find(|each| word(*each) == text).ok_or_else(|| self.unknown(at, &text, what, &words))
        };
        self.texts(item, key)?.into_iter().map(find).collect()
    }

    fn patterns(&self, item: &Item, key: &str) -> Result<Vec<Pattern>, PackError> {
        self.texts(item, key)?.into_iter().map(|(text, at)| self.pattern(&text, at)).collect()
    }

    fn pattern(&self, text: &str, at: usize) -> Result<Pattern, PackError> {
        let cut = text
            .split_once('<')
            .and_then(|(before, rest)| rest.split_once('>').map(|(hole, after)| (before, hole, after)));
        let Some((before, hole, after)) = cut else {
            return Ok(Pattern { before: text.to_owned(), hole: None, after: String::new() });
        };
        let words: Vec<&str> = Hole::ALL.iter().map(|hole| hole.word()).collect();
        let found = Hole::ALL.iter().copied().find(|known| known.word() == hole);
        let found = found.ok_or_else(|| self.unknown(at, hole, "blank of a pattern", &words))?;
        Ok(Pattern { before: before.to_owned(), hole: Some(found), after: after.to_owned() })
    }
}

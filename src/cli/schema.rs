//! JSON Schema of every TOML file that an operator writes, for editors: `watch config schema NAME`.

use serde_json::{Map, Value, json};

use crate::judge::{Behind, CLASSES, Deed, EnvironmentWord, Ground, Profile, Reach, Way};
use crate::model::{Command, Mode, Order, Tier};
use crate::ui::{Keymap, SCOPES, Theme};

/// The files that have a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum File {
    /// `config.toml`
    Config,
    /// `policy.toml`, the operator's and a project's
    Policy,
    /// `themes/*.toml`
    Theme,
    /// `keymaps/*.toml`
    Keymap,
    /// `rules/*.toml`
    Rules,
    /// `rules/doors.toml`
    Doors,
}

impl File {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Config, Self::Policy, Self::Theme, Self::Keymap, Self::Rules, Self::Doors];

    /// Its name, as in `schemas/NAME.json`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Policy => "policy",
            Self::Theme => "theme",
            Self::Keymap => "keymap",
            Self::Rules => "rules",
            Self::Doors => "doors",
        }
    }

    /// The schema, as text that ends with a line's end.
    #[must_use]
    pub fn schema(self) -> String {
        let mut schema = match self {
            Self::Config => config(),
            Self::Policy => policy(),
            Self::Theme => theme(),
            Self::Keymap => keymap(),
            Self::Rules => rules(),
            Self::Doors => doors(),
        };
        if let Value::Object(object) = &mut schema {
            object.insert("$schema".to_owned(), json!("http://json-schema.org/draft-07/schema#"));
            object.insert("title".to_owned(), json!(format!("holdpoint {}", self.name())));
        }
        format!("{schema:#}\n")
    }
}

/// An object with these keys and no others.
fn object(properties: Value) -> Value {
    json!({"type": "object", "additionalProperties": false, "properties": properties})
}

fn text(description: &str) -> Value {
    json!({"type": "string", "description": description})
}

fn texts(description: &str) -> Value {
    json!({"type": "array", "items": {"type": "string"}, "description": description})
}

fn one_of<'w>(words: impl IntoIterator<Item = &'w str>) -> Value {
    json!({"enum": words.into_iter().collect::<Vec<_>>()})
}

/// One of these words, or several in a list.
fn some_of<'w>(words: impl IntoIterator<Item = &'w str>) -> Value {
    let word = one_of(words);
    json!({"anyOf": [word, {"type": "array", "items": word}]})
}

/// A text, or several in a list.
fn text_or_texts(description: &str) -> Value {
    json!({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}], "description": description})
}

fn config() -> Value {
    let themes: Vec<&str> = Theme::names().collect();
    let keymaps: Vec<&str> = Keymap::names().collect();
    object(json!({
        "theme": {"type": "string", "examples": themes, "description": "The theme; none: what fits the terminal."},
        "keymap": {"type": "string", "examples": keymaps, "description": "The keymap."},
        "glyphs": one_of(["unicode", "ascii"]),
        "scrollback_lines": {"type": "integer", "minimum": 0, "description": "Lines of the agent that can be scrolled back to."},
        "ambiguous_width": {"enum": [1, 2], "description": "Columns of characters of ambiguous width."},
        "hooks": object(json!({
            "inject": {"type": "boolean", "description": "Whether agents are given a hook for the session."},
            "cursor": one_of(["ask", "never", "project", "user"]),
            "opencode": {"type": "boolean", "description": "Whether opencode is given its plugin."},
        })),
    }))
}

fn policy() -> Value {
    let environment = object(json!({
        "names": texts("Names of it."),
        "hosts": texts("Its hosts."),
        "contexts": texts("Its contexts of kubectl and its like."),
        "databases": texts("Its databases."),
        "projects": texts("Its projects and accounts."),
    }));
    let scope = json!({
        "type": "object",
        "properties": {"use": text("The environment that a session may touch.")},
        "additionalProperties": environment,
    });
    let mut grant = object(json!({
        "command": text("One plain command; a `*` stands for any text."),
        "rules": texts("The rules whose hits it covers; none: all."),
    }));
    require(&mut grant, &["command"]);
    object(json!({
        "profile": one_of(Profile::ALL.map(Profile::word)),
        "freeze": object(json!({"except": texts("Programs that keep running while everything stands still.")})),
        "files": object(json!({
            "keep": texts("Folders in which whatever is removed or overwritten is kept and never asked about."),
            "protect": texts("Files and folders that nobody changes in place without a question."),
            "reads": {"type": "boolean", "description": "Whether reads of secrets are seen in other profiles than strict, too."},
        })),
        "keep": object(json!({
            "without": texts("Built-in rules for keeping that do not count."),
            "always": texts("Places below which everything is kept."),
            "never": texts("Places below which nothing is kept."),
            "copy_mib_max": {"type": "integer", "description": "The most that is copied of one file, in MiB."},
            "made_by_session": one_of(["let-go", "keep"]),
        })),
        "production": texts("Names that are production here."),
        "deny": texts("Rules whose hits are refused without a question."),
        "orders": {"type": "array", "items": one_of(Order::ALL.map(Order::word))},
        "scope": {"anyOf": [text("The environment that a session may touch."), scope]},
        "grant": {"type": "array", "items": grant},
    }))
}

fn theme() -> Value {
    let mut scopes = Map::new();
    for scope in SCOPES {
        // A style may be given to any beginning of a scope.
        let ends = scope.match_indices('.').map(|(at, _)| at).chain([scope.len()]);
        for name in ends.filter_map(|end| scope.get(..end)) {
            scopes.insert(name.to_owned(), text("Text's colour, the ground's after `on`, and attributes."));
        }
    }
    object(json!({
        "inherits": text("The theme that this one changes."),
        "glyphs": one_of(["unicode", "ascii"]),
        "palette": {"type": "object", "additionalProperties": text("#rrggbb, a number of the 256, or a name of the 16.")},
        "scopes": object(Value::Object(scopes)),
    }))
}

fn keymap() -> Value {
    let commands: Vec<&str> = Command::ALL.iter().map(|command| command.name()).chain(["none"]).collect();
    let mut modes = Map::new();
    modes.insert("inherits".to_owned(), text("The keymap that this one changes."));
    modes.insert(
        "alias".to_owned(),
        json!({"type": "object", "additionalProperties": text("The key that it stands for.")}),
    );
    for mode in Mode::ALL {
        modes.insert(mode.name().to_owned(), json!({"type": "object", "additionalProperties": {"enum": commands}}));
    }
    object(Value::Object(modes))
}

fn rules() -> Value {
    let when = object(json!({
        "program": text_or_texts("One of these programs; `!name`: none of those."),
        "verb": text_or_texts("One of these verbs."),
        "any": text_or_texts("One of its words is one of these."),
        "all": text_or_texts("Each of these is one of its words."),
        "none": text_or_texts("None of these is one of its words."),
        "effect": some_of(Deed::ALL.iter().map(|deed| deed.word())),
        "ground": some_of(Ground::ALL.iter().map(|ground| ground.word())),
        "reach": some_of(Reach::ALL.iter().map(|reach| reach.word())),
        "environment": some_of(EnvironmentWord::ALL.iter().map(|word| word.word())),
        "behind": some_of(Behind::ALL.iter().map(|behind| behind.word())),
    }));
    let mut rule = object(json!({
        "id": text("Its name within the pack."),
        "tier": one_of(Tier::ALL.map(Tier::word)),
        "class": one_of(CLASSES.iter().map(|class| class.word())),
        "title": text("In a few words, what happens."),
        "why": text("Why that matters."),
        "instead": text("What to do instead."),
        "undo": text("How to take it back; `none` where there is no way."),
        "when": when,
        "target": text_or_texts("Options whose value is what it hits."),
        "hit": text_or_texts("Texts it must hit."),
        "miss": text_or_texts("Texts it must not hit."),
    }));
    require(&mut rule, &["id", "tier", "class", "title", "why", "when"]);
    object(json!({"rule": {"type": "array", "items": rule}}))
}

fn doors() -> Value {
    let mut door = object(json!({
        "id": text("Its name."),
        "verdict": one_of(Way::ALL.iter().map(|way| way.word())),
        "tier": one_of(Tier::ALL.map(Tier::word)),
        "class": one_of(CLASSES.iter().map(|class| class.word())),
        "title": text("In a few words, what happens."),
        "why": text("Why that matters, or why not."),
        "instead": text("What to do instead."),
        "gives": text("What whoever goes through gets hold of."),
        "socket": text_or_texts("Paths of sockets; `*` stands for any text."),
        "abstract": text_or_texts("Names of sockets in the kernel."),
        "port": text_or_texts("Ports of this machine, such as `2375` or `6000-6005`."),
        "variable": text_or_texts("Variables of yours that name the place."),
        "program": text_or_texts("Clients it is for; none: all."),
        "verb": text_or_texts("First words of the client it is for."),
        "word": text_or_texts("Words of the client it is for."),
        "hit": text_or_texts("Connections it must be the door of: `COMMAND > PLACE`."),
        "miss": text_or_texts("Connections it must not be the door of."),
    }));
    require(&mut door, &["id", "verdict", "title", "why", "hit", "miss"]);
    object(json!({"door": {"type": "array", "items": door}}))
}

fn require(object: &mut Value, keys: &[&str]) {
    if let Value::Object(object) = object {
        object.insert("required".to_owned(), json!(keys));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::config::{load_config, load_policy};
    use crate::judge::{Doors, PackError};

    /// The keys that a reader says it knows, when it meets one that it does not.
    fn known(message: &str) -> BTreeSet<String> {
        let (_, listed) = message.split_once("expected").unwrap_or_else(|| panic!("{message}"));
        listed.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }

    fn keys(schema: &str, pointer: &str) -> BTreeSet<String> {
        let schema: Value = serde_json::from_str(schema).expect("it is JSON");
        let object = schema.pointer(pointer).and_then(Value::as_object).expect("an object");
        object.keys().cloned().collect()
    }

    #[test]
    fn a_schema_has_the_keys_that_the_reader_knows_and_no_others() {
        let folder = tempfile::tempdir().expect("a folder");
        let fails = |file: &str, text: &str| {
            std::fs::write(folder.path().join(file), text).expect("written");
            match file {
                "config.toml" => load_config(folder.path()).expect_err("it is wrong").to_string(),
                _ => load_policy(folder.path(), None).expect_err("it is wrong").to_string(),
            }
        };
        let (config, policy) = (File::Config.schema(), File::Policy.schema());
        assert_eq!(keys(&config, "/properties"), known(&fails("config.toml", "zzzzz = 1")));
        assert_eq!(keys(&config, "/properties/hooks/properties"), known(&fails("config.toml", "[hooks]\nzzzzz = 1")));
        assert_eq!(keys(&policy, "/properties"), known(&fails("policy.toml", "zzzzz = 1")));
        assert_eq!(
            keys(&policy, "/properties/grant/items/properties"),
            known(&fails("policy.toml", "[[grant]]\nzzzzz = 1"))
        );
        let own = |_: &str| Some(("own.toml".to_owned(), "zzzzz = 1".to_owned()));
        let wrong = Theme::load("own", &own).expect_err("it is wrong").to_string();
        assert_eq!(keys(&File::Theme.schema(), "/properties"), known(&wrong));
    }

    #[test]
    fn the_schema_of_doors_has_what_their_reader_knows_and_what_the_shipped_ones_use() {
        let known = keys(&File::Doors.schema(), "/properties/door/items/properties");
        let wrong = |key: &str| {
            let error = Doors::parse("doors", &format!("[[door]]\n{key} = 1")).expect_err("it is wrong");
            matches!(error, PackError::Unknown { .. })
        };
        assert!(known.iter().all(|key| !wrong(key)) && wrong("zzzzz"), "{known:?}");
        let shipped = include_str!("../../rules/doors.toml").lines().filter(|line| !line.starts_with('#'));
        let used: BTreeSet<String> =
            shipped.filter_map(|line| line.split_once('=')).map(|(key, _)| key.trim().to_owned()).collect();
        assert_eq!(used.difference(&known).next(), None);
    }

    #[test]
    fn every_shipped_keymap_theme_and_pack_uses_only_what_its_schema_has() {
        let modes = keys(&File::Keymap.schema(), "/properties");
        let scopes = keys(&File::Theme.schema(), "/properties/scopes/properties");
        for (folder, known, from) in [("keymaps", &modes, '['), ("themes", &scopes, '"')] {
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let text = std::fs::read_to_string(entry.expect("an entry").path()).expect("a file");
                let lines = text.lines().filter(|line| line.starts_with(from) && !line.starts_with("[["));
                for line in lines {
                    let name: String = line.chars().skip(1).take_while(|c| !"]\"".contains(*c)).collect();
                    assert!(known.contains(&name), "{folder}: {line}");
                }
            }
        }
    }
}

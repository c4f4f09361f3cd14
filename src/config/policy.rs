//! `policy.toml`: what is held. The operator's own, and a project's, which may only tighten.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use toml::Spanned;

use super::file::{ConfigError, MayBeMissing, parse, position, read};
use super::keep::keep_rules;
use crate::judge::{Profile, nearest_word};
use crate::model::{Given, Order, StandingOrder, Untrusted};
use crate::undo::KeepChoice;

/// A project's policy, below the project's folder.
pub const PROJECT_FILE: &str = ".holdpoint/policy.toml";
/// How large a project's policy may be, in bytes: anybody may have written it.
const PROJECT_BYTES_MAX: u64 = 256 * 1024;
/// How many folders above the start are looked through for the project's.
const PROJECT_DEPTH_MAX: usize = 64;

/// A word of a file, with where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At<T> {
    /// The word.
    pub value: T,
    /// The file.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
}

/// `policy.toml`, read and with every word known.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// How strict it is.
    pub profile: Option<Profile>,
    /// What is stopped on a hold.
    pub freeze: Freeze,
    /// Folders that are kept and not asked about, and files that are protected.
    pub files: Files,
    /// What the operator changes of the rules for keeping.
    pub keep: KeepChoice,
    /// Names that are production here: hosts, contexts, databases, projects.
    pub production: Vec<String>,
    /// Rules whose hits are refused without a question.
    pub deny: Vec<At<String>>,
    /// Orders that hold whatever the agent decides.
    pub orders: Vec<StandingOrder>,
    /// The environment that a session may touch.
    pub scope: Option<String>,
    /// What belongs to which environment: names, hosts, contexts, databases and projects of each.
    pub scopes: Vec<(String, Vec<String>)>,
    /// Approvals that are given beforehand.
    pub grants: Vec<At<GrantLine>>,
    /// The project's policy that has tightened it, where there is one.
    pub project: Option<Project>,
}

/// What a project's policy asks for, which nothing on the command line loosens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// The file.
    pub path: PathBuf,
    /// The mildest profile.
    pub profile: Option<Profile>,
    /// The scope.
    pub scope: Option<String>,
}

/// `[freeze]` in `policy.toml`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Freeze {
    /// Programs that keep running while the tree stands still; their gated calls are held all the same.
    pub except: Vec<String>,
}

/// `[files]` in `policy.toml`. A path may begin with `~/`; one that is not absolute begins at the project's folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Files {
    /// Folders in which whatever is removed or overwritten is kept and never asked about.
    pub keep: Vec<String>,
    /// Files and folders that nobody opens to change them in place without a question.
    pub protect: Vec<String>,
    /// Whether opens that only read are seen in other profiles than `strict`, too.
    pub reads: bool,
}

/// `[[grant]]` in `policy.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantLine {
    /// The command, in whose words a `*` stands for any text.
    pub command: String,
    /// The rules whose hits it covers; none: those of every pack.
    pub rules: Vec<At<String>>,
}

/// The file as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Raw {
    profile: Option<Spanned<String>>,
    freeze: Option<Spanned<Freeze>>,
    files: Option<RawFiles>,
    keep: Option<Spanned<KeepChoice>>,
    production: Vec<Spanned<String>>,
    deny: Vec<Spanned<String>>,
    orders: Vec<Spanned<String>>,
    scope: Option<Spanned<RawScope>>,
    grant: Vec<Spanned<RawGrant>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawFiles {
    keep: Vec<Spanned<String>>,
    protect: Vec<Spanned<String>>,
    reads: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawGrant {
    command: Spanned<String>,
    #[serde(default)]
    rules: Vec<Spanned<String>>,
}

/// `scope = "staging"`, or `[scope]` with `use = "staging"` and a table for each environment.
#[derive(Debug, Default)]
struct RawScope {
    name: Option<String>,
    known: BTreeMap<String, RawEnvironment>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawEnvironment {
    names: Vec<String>,
    hosts: Vec<String>,
    contexts: Vec<String>,
    databases: Vec<String>,
    projects: Vec<String>,
}

impl<'de> Deserialize<'de> for RawScope {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ScopeVisitor;
        impl<'de> Visitor<'de> for ScopeVisitor {
            type Value = RawScope;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of an environment, or a table with `use` and a table for each environment")
            }

            fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<RawScope, E> {
                Ok(RawScope { name: Some(name.to_owned()), known: BTreeMap::new() })
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawScope, A::Error> {
                let mut scope = RawScope::default();
                while let Some(key) = map.next_key::<String>()? {
                    if key == "use" {
                        scope.name = Some(map.next_value()?);
                    } else {
                        scope.known.insert(key, map.next_value()?);
                    }
                }
                Ok(scope)
            }
        }
        deserializer.deserialize_any(ScopeVisitor)
    }
}

/// One file's text, for errors that name their place in it.
struct Source<'a> {
    path: &'a Path,
    text: &'a str,
}

impl Source<'_> {
    fn at<T, U>(&self, span: &Spanned<T>, value: U) -> At<U> {
        let (line, column) = position(self.text, span.span().start);
        At { value, path: self.path.to_owned(), line, column }
    }

    fn wrong<T>(&self, span: &Spanned<T>, message: String) -> ConfigError {
        let at = self.at(span, ());
        ConfigError::Wrong { path: at.path, line: at.line, column: at.column, message }
    }

    /// A word of a list of known ones.
    fn word<T: FromStr>(&self, what: &str, text: &Spanned<String>, known: &[&str]) -> Result<T, ConfigError> {
        text.get_ref().parse().map_err(|_| {
            let word = text.get_ref();
            let near = nearest_word(word, known).unwrap_or_else(|| known.join("`, `"));
            self.wrong(text, format!("unknown {what} `{word}`; did you mean `{near}`?"))
        })
    }

    fn profile(&self, raw: &Raw) -> Result<Option<Profile>, ConfigError> {
        let known = Profile::ALL.map(Profile::word);
        raw.profile.as_ref().map(|word| self.word("profile", word, &known)).transpose()
    }

    fn files(&self, raw: &Raw) -> Result<Files, ConfigError> {
        let Some(files) = &raw.files else { return Ok(Files::default()) };
        let bare = |list: &[Spanned<String>]| list.iter().map(|path| path.get_ref().clone()).collect();
        let is_wide = |path: &&Spanned<String>| {
            let path = path.get_ref().trim_end_matches('/');
            matches!(path, "" | "~" | "/home" | "/root" | "/etc" | "/usr" | "/var")
                || path.split('/').any(|p| p == "..")
        };
        if let Some(path) = files.keep.iter().find(is_wide) {
            let why = format!("`{}` is too wide to be let go without a question; name a folder in it", path.get_ref());
            return Err(self.wrong(path, why));
        }
        Ok(Files { keep: bare(&files.keep), protect: bare(&files.protect), reads: files.reads })
    }

    fn keep(&self, raw: &Raw) -> Result<KeepChoice, ConfigError> {
        let Some(keep) = &raw.keep else { return Ok(KeepChoice::default()) };
        // Which names there are does not hang on the folder a session starts in.
        keep_rules(keep.get_ref().clone(), PathBuf::from("/"), None).map_err(|error| self.wrong(keep, told(&error)))?;
        Ok(keep.get_ref().clone())
    }

    fn orders(&self, raw: &Raw) -> Result<Vec<StandingOrder>, ConfigError> {
        let known = Order::ALL.map(Order::word);
        let read = |text: &Spanned<String>| {
            let order: Order = self.word("order", text, &known)?;
            let words = Untrusted::from(format!("orders = [\"{order}\"]"));
            Ok(StandingOrder { order, given: Given::Policy, words })
        };
        raw.orders.iter().map(read).collect()
    }
}

/// Reads a policy: the file named on the command line, which has to be there, else `policy.toml` below `folder`.
///
/// # Errors
/// [`ConfigError`] names the file and the line.
pub fn load_policy(folder: &Path, named: Option<&Path>) -> Result<Policy, ConfigError> {
    let beside = folder.join("policy.toml");
    let (path, may_be_missing) = match named {
        Some(path) => (path, MayBeMissing::No),
        None => (beside.as_path(), MayBeMissing::Yes),
    };
    match read(path, may_be_missing)? {
        Some(text) => policy(path, &text),
        None => Ok(Policy::default()),
    }
}

fn policy(path: &Path, text: &str) -> Result<Policy, ConfigError> {
    let raw: Raw = parse(path, text)?;
    let source = Source { path, text };
    let (profile, orders, files) = (source.profile(&raw)?, source.orders(&raw)?, source.files(&raw)?);
    let keep = source.keep(&raw)?;
    let grant = |grant: Spanned<RawGrant>| {
        let RawGrant { command, rules } = grant.into_inner();
        let rules = rules.into_iter().map(|rule| source.at(&rule, rule.get_ref().clone())).collect();
        source.at(&command, GrantLine { command: command.get_ref().clone(), rules })
    };
    let scope = raw.scope.map(Spanned::into_inner).unwrap_or_default();
    Ok(Policy {
        profile,
        freeze: raw.freeze.map(Spanned::into_inner).unwrap_or_default(),
        files,
        keep,
        production: raw.production.into_iter().map(Spanned::into_inner).collect(),
        deny: raw.deny.into_iter().map(|word| source.at(&word, word.get_ref().clone())).collect(),
        orders,
        scope: scope.name,
        scopes: scope.known.into_iter().map(|(name, table)| (name, table.all())).collect(),
        grants: raw.grant.into_iter().map(grant).collect(),
        project: None,
    })
}

/// What is wrong with a choice, without the file of the built-in rules.
fn told(error: &ConfigError) -> String {
    match error {
        ConfigError::Keep { error, .. } => error.to_string(),
        other => other.to_string(),
    }
}

impl RawEnvironment {
    fn all(self) -> Vec<String> {
        [self.names, self.hosts, self.contexts, self.databases, self.projects].concat()
    }
}

impl Policy {
    /// The same, tightened by the policy of the project that `start` lies in, if it has one.
    ///
    /// The project's is `.holdpoint/policy.toml` in `start` or in the nearest folder above that has one, up to the
    /// repository's. Whoever works in the project may have written it, the agent too, so it can only tighten.
    ///
    /// # Errors
    /// [`ConfigError`] names the file and the line of what is wrong or would loosen.
    pub fn tightened(mut self, start: &Path) -> Result<Self, ConfigError> {
        let Some(path) = find_project(start) else { return Ok(self) };
        let text = read_project(&path)?;
        self.tighten(&path, &text)?;
        Ok(self)
    }

    fn tighten(&mut self, path: &Path, text: &str) -> Result<(), ConfigError> {
        let raw: Raw = parse(path, text)?;
        let source = Source { path, text };
        let own = self.profile.unwrap_or_default();
        let mut project = Project { path: path.to_owned(), profile: None, scope: None };
        if let (Some(word), Some(profile)) = (&raw.profile, source.profile(&raw)?) {
            if profile < own {
                let why = format!(
                    "a project's policy can only tighten, and {} is milder than {}",
                    profile.word(),
                    own.word()
                );
                return Err(source.wrong(word, why));
            }
            self.profile = Some(profile);
            project.profile = Some(profile);
        }
        let loosens =
            |what: &str| format!("a project's policy can only tighten; {what} belongs in your own policy.toml");
        if let Some(grant) = raw.grant.first() {
            return Err(source.wrong(grant, loosens("a grant")));
        }
        if let Some(freeze) = raw.freeze.as_ref().filter(|freeze| *freeze.get_ref() != Freeze::default()) {
            return Err(source.wrong(freeze, loosens("freeze.except")));
        }
        if let Some(keep) = raw.keep.as_ref().filter(|keep| *keep.get_ref() != KeepChoice::default()) {
            return Err(source.wrong(keep, loosens("keep")));
        }
        if let Some(path) = raw.files.as_ref().and_then(|files| files.keep.first()) {
            return Err(source.wrong(path, loosens("files.keep")));
        }
        let files = source.files(&raw)?;
        self.files.protect.extend(files.protect);
        self.files.reads |= files.reads;
        if let Some(name) = raw.production.iter().chain(&raw.deny).find(|name| name.get_ref().starts_with(['!', '-'])) {
            return Err(source.wrong(name, loosens("taking a name away")));
        }
        if let Some(scope) = &raw.scope {
            self.tighten_scope(&source, scope)?;
            project.scope.clone_from(&self.scope);
        }
        for order in source.orders(&raw)? {
            let words = Untrusted::from(format!("{} in {PROJECT_FILE}", order.words.lossy()));
            self.orders.push(StandingOrder { words, ..order });
        }
        self.production.extend(raw.production.into_iter().map(Spanned::into_inner));
        self.deny.extend(raw.deny.iter().map(|word| source.at(word, word.get_ref().clone())));
        self.project = Some(project);
        Ok(())
    }

    fn tighten_scope(&mut self, source: &Source, scope: &Spanned<RawScope>) -> Result<(), ConfigError> {
        if !scope.get_ref().known.is_empty() {
            let why = "a project's policy can only tighten; what an environment covers belongs in your own policy.toml";
            return Err(source.wrong(scope, why.to_owned()));
        }
        match (&self.scope, &scope.get_ref().name) {
            (Some(own), Some(name)) if own != name => {
                let why = format!("a project's policy can only tighten: the scope is {own} already, not {name}");
                Err(source.wrong(scope, why))
            }
            (_, Some(name)) => {
                self.scope = Some(name.clone());
                Ok(())
            }
            (_, None) => Ok(()),
        }
    }
}

/// The project's policy, from `start` upwards to the repository's folder.
#[must_use]
pub fn find_project(start: &Path) -> Option<PathBuf> {
    let repository = start.ancestors().take(PROJECT_DEPTH_MAX).position(|folder| folder.join(".git").exists());
    let depth = repository.map_or(1, |at| at + 1);
    start.ancestors().take(depth).map(|folder| folder.join(PROJECT_FILE)).find(|path| path.symlink_metadata().is_ok())
}

/// Reads it without waiting for anybody: it may be a pipe, or endless.
fn read_project(path: &Path) -> Result<String, ConfigError> {
    let unreadable = |error| ConfigError::Unreadable { path: path.to_owned(), error };
    let fact = path.metadata().map_err(unreadable)?;
    if !fact.is_file() || fact.len() > PROJECT_BYTES_MAX {
        let why = format!("it is no file, or larger than {PROJECT_BYTES_MAX} bytes");
        return Err(unreadable(io::Error::new(io::ErrorKind::InvalidData, why)));
    }
    std::fs::read_to_string(path).map_err(unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::undo::Made;

    fn read(text: &str) -> Policy {
        policy(Path::new("policy.toml"), text).unwrap()
    }

    #[test]
    fn a_policy_says_what_is_production_what_is_ordered_and_what_is_granted() {
        let policy = read(
            "profile = 'strict'\nproduction = ['acme-main']\norders = ['read-only', 'no-network']\n\
             [freeze]\nexcept = ['postgres']\n[files]\nkeep = ['assets']\nprotect = ['~/prod.db']\nreads = true\n[scope]\nuse = 'staging'\n[scope.staging]\nhosts = ['stg-*.acme.example']\n\
             contexts = ['kind-acme']\n[[grant]]\ncommand = 'git push origin feature/*'\nrules = ['git/push']\n",
        );
        assert_eq!(policy.profile, Some(Profile::Strict));
        assert_eq!(policy.freeze.except, ["postgres"]);
        let files = Files { keep: vec!["assets".into()], protect: vec!["~/prod.db".into()], reads: true };
        assert_eq!(policy.files, files);
        assert_eq!(policy.production, ["acme-main"]);
        let orders: Vec<Order> = policy.orders.iter().map(|order| order.order).collect();
        assert_eq!(orders, [Order::ReadOnly, Order::NoNetwork]);
        assert_eq!(policy.scope.as_deref(), Some("staging"));
        let known = ("staging".to_owned(), vec!["stg-*.acme.example".to_owned(), "kind-acme".to_owned()]);
        assert_eq!(policy.scopes, [known]);
        let grant = policy.grants.first().unwrap();
        assert_eq!((grant.value.command.as_str(), grant.line), ("git push origin feature/*", 16));
        assert_eq!(read("scope = 'staging'").scope.as_deref(), Some("staging"));
    }

    #[test]
    fn what_is_wrong_names_file_line_and_the_nearest_word() {
        for (text, says) in [
            ("profil = 'strict'", "policy.toml:1:1: unknown key `profil`; did you mean `profile`?"),
            (
                "[files]\nkeep = ['~/']",
                "policy.toml:2:9: `~/` is too wide to be let go without a question; name a folder in it",
            ),
            ("[files]\nkep = []", "policy.toml:2:1: unknown key `kep`; did you mean `keep`?"),
            ("\nprofile = 'strikt'", "policy.toml:2:11: unknown profile `strikt`; did you mean `strict`?"),
            (
                "orders = ['read-only', 'no-netwrk']",
                "policy.toml:1:24: unknown order `no-netwrk`; did you mean `no-network`?",
            ),
            ("[[grant]]\ncomand = 'x'", "policy.toml:2:1: unknown key `comand`; did you mean `command`?"),
            ("[scope.staging]\nhost = ['x']", "policy.toml:2:1: unknown key `host`; did you mean `hosts`?"),
            ("[freeze]\nexcep = ['x']", "policy.toml:2:1: unknown key `excep`; did you mean `except`?"),
            ("[keep]\nneber = ['x']", "policy.toml:2:1: unknown key `neber`; did you mean `never`?"),
        ] {
            let wrong = policy(Path::new("policy.toml"), text).unwrap_err();
            assert_eq!(wrong.to_string(), says, "{text}");
        }
    }

    #[test]
    fn what_is_kept_is_chosen_and_a_rule_that_is_not_there_is_named() {
        let keep = read("[keep]\nalways = ['~/dear']\nnever = ['assets/raw']\nmade_by_session = 'keep'").keep;
        let made_by_session = Some(Made::Keep);
        let never = vec!["assets/raw".to_owned()];
        assert_eq!(keep, KeepChoice { always: vec!["~/dear".into()], never, made_by_session, ..KeepChoice::default() });
        let wrong = policy(Path::new("policy.toml"), "[keep]\nwithout = ['no-such']").unwrap_err().to_string();
        assert!(wrong.starts_with("policy.toml:1:1: there is no rule `no-such` to do without"), "{wrong}");
    }

    fn tightened(own: &str, project: &str) -> Result<Policy, String> {
        let mut policy = read(own);
        policy.tighten(Path::new("p/.holdpoint/policy.toml"), project).map_err(|wrong| wrong.to_string())?;
        Ok(policy)
    }

    #[test]
    fn r20_a_project_tightens() {
        let policy = tightened(
            "production = ['a']\ndeny = ['git/*']\norders = ['freeze']",
            "profile = 'strict'\nproduction = ['b']\ndeny = ['files/*']\norders = ['read-only']\nscope = 'staging'",
        )
        .unwrap();
        assert_eq!(policy.profile, Some(Profile::Strict));
        assert_eq!(policy.production, ["a", "b"]);
        assert_eq!(policy.deny.iter().map(|rule| rule.value.as_str()).collect::<Vec<_>>(), ["git/*", "files/*"]);
        assert_eq!(policy.orders.iter().map(|order| order.order).collect::<Vec<_>>(), [Order::Freeze, Order::ReadOnly]);
        assert_eq!(policy.scope.as_deref(), Some("staging"));
    }

    #[test]
    fn whatever_would_loosen_from_within_a_project_is_refused_with_its_line() {
        for (own, project, line, says) in [
            ("", "profile = 'observe'", "1:11", "observe is milder than balanced"),
            ("profile = 'strict'", "\nprofile = 'balanced'", "2:11", "balanced is milder than strict"),
            ("", "deny = []\n[[grant]]\ncommand = 'rm -r x'", "2:1", "a grant belongs"),
            ("", "[freeze]\nexcept = ['node']", "1:1", "freeze.except belongs"),
            ("", "[files]\nkeep = ['assets']", "2:9", "files.keep belongs"),
            ("", "[keep]\nnever = ['assets']", "1:1", "keep belongs"),
            ("", "production = ['a', '!b']", "1:20", "taking a name away"),
            ("", "deny = ['-git/*']", "1:9", "taking a name away"),
            ("", "[scope.staging]\nhosts = ['db.example.com']", "1:2", "what an environment covers"),
            ("scope = 'staging'", "scope = 'production'", "1:9", "the scope is staging already"),
        ] {
            let wrong = tightened(own, project).unwrap_err();
            let place = format!("p/.holdpoint/policy.toml:{line}: a project's policy can only tighten");
            assert!(wrong.starts_with(&place) && wrong.contains(says), "{project}: {wrong}");
        }
    }

    #[test]
    fn the_projects_policy_is_the_nearest_up_to_the_repository() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir_all(root.join("repo/.git")).unwrap();
        std::fs::create_dir_all(root.join("repo/a/b")).unwrap();
        let write = |at: &str| {
            std::fs::create_dir_all(root.join(at).join(".holdpoint")).unwrap();
            std::fs::write(root.join(at).join(PROJECT_FILE), "").unwrap();
        };
        write("");
        assert_eq!(find_project(&root.join("repo/a/b")), None);
        write("repo");
        assert_eq!(find_project(&root.join("repo/a/b")), Some(root.join("repo").join(PROJECT_FILE)));
        write("repo/a");
        assert_eq!(find_project(&root.join("repo/a/b")), Some(root.join("repo/a").join(PROJECT_FILE)));
    }
}

//! `watch config`, and how themes, keymaps and the judge are put together from the operator's files.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;

use super::output::{complain, line};
use crate::config::{At, Env, Paths, Policy, load_config, load_policy};
use crate::judge::{Judge, Pack, Scope, built_in, nearest_word, prove};
use crate::ui::{Keymap, Theme};

/// Not everything is right.
const NOT_WHOLE: u8 = 1;

/// `watch config`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to do
    #[arg(value_enum, default_value = "path")]
    what: What,
}

/// What `watch config` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum What {
    /// Say which files are read.
    Path,
    /// Print what is in them.
    Show,
    /// Say whether they are right.
    Check,
}

/// Runs `watch config`.
///
/// # Errors
/// When standard output takes no more.
pub fn run(args: &Args, paths: &Paths) -> anyhow::Result<ExitCode> {
    match args.what {
        What::Path => path(paths),
        What::Show => show(paths),
        What::Check => check(paths),
    }
}

const FILES: [&str; 2] = ["config.toml", "policy.toml"];
const FOLDERS: [&str; 3] = ["themes", "keymaps", "rules"];

fn path(paths: &Paths) -> anyhow::Result<ExitCode> {
    for name in FILES.iter().chain(&FOLDERS) {
        let path = paths.config.join(name);
        line(&format!("{}{}", path.display(), if path.exists() { "" } else { "  (not there)" }))?;
    }
    line(&format!("{}  (sessions)", paths.sessions().display()))?;
    Ok(ExitCode::SUCCESS)
}

fn show(paths: &Paths) -> anyhow::Result<ExitCode> {
    for name in FILES {
        let path = paths.config.join(name);
        line(&format!("# {}", path.display()))?;
        match fs::read_to_string(&path) {
            Ok(text) => line(text.trim_end())?,
            Err(error) => line(&format!("# {error}"))?,
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn check(paths: &Paths) -> anyhow::Result<ExitCode> {
    let mut wrong = Vec::new();
    let config = load_config(&paths.config).map_err(|error| wrong.push(error.to_string())).unwrap_or_default();
    let policy = load_policy(&paths.config, None).map_err(|error| wrong.push(error.to_string())).unwrap_or_default();
    let mut note = |result: anyhow::Result<()>| {
        if let Err(error) = result {
            wrong.push(format!("{error:#}"));
        }
    };
    for name in own_names(&paths.config.join("themes")).iter().chain(&config.theme) {
        note(theme(name, paths).map(|_| ()));
    }
    for name in own_names(&paths.config.join("keymaps")).iter().chain(&config.keymap) {
        note(keymap(name, paths).map(|_| ()));
    }
    note(judge(&policy, paths).map(|_| ()));
    wrong.iter().for_each(|error| complain(error));
    if wrong.is_empty() {
        line("everything is right")?;
        Ok(ExitCode::SUCCESS)
    } else {
        Ok(ExitCode::from(NOT_WHOLE))
    }
}

/// The names of the TOML files in a folder, without their ending.
fn own_names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(".toml").map(str::to_owned))
        .collect()
}

/// The theme of that name: the operator's own, else a shipped one.
///
/// # Errors
/// What is wrong with it, with file and line.
pub fn theme(name: &str, paths: &Paths) -> anyhow::Result<Theme> {
    Ok(Theme::load(name, &|name| own_toml(&paths.config.join("themes"), name))?)
}

/// The keymap of that name: the operator's own, else a shipped one.
///
/// # Errors
/// What is wrong with it, with file and line.
pub fn keymap(name: &str, paths: &Paths) -> anyhow::Result<Keymap> {
    Ok(Keymap::load(name, &|name| own_toml(&paths.config.join("keymaps"), name))?)
}

/// The text of the operator's file of that name with its path, if there is one.
fn own_toml(folder: &Path, name: &str) -> Option<(String, String)> {
    let path = folder.join(format!("{name}.toml"));
    let text = fs::read_to_string(&path).ok()?;
    Some((path.display().to_string(), text))
}

/// The theme where none is chosen: attributes only under `NO_COLOR`, else the terminal's own colours.
#[must_use]
pub fn default_theme(env: &Env) -> &'static str {
    if env.no_color { "mono" } else { "terminal" }
}

/// The judge with the shipped packs, the operator's own and his policy.
///
/// # Errors
/// What is wrong with a pack or the policy, with file and line; an example of an own rule that does not do what it is
/// there for.
pub fn judge(policy: &Policy, paths: &Paths) -> anyhow::Result<Judge> {
    let mut packs = built_in()?;
    let own = own_packs(&paths.config.join("rules"))?;
    prove(&own)?;
    packs.extend(own);
    let scope = policy.scope.clone().map(|name| Scope { name, known: policy.scopes.clone() });
    let judged = crate::judge::Policy {
        profile: policy.profile.unwrap_or_default(),
        deny: policy.deny.iter().map(|rule| rule.value.clone()).collect(),
        production: policy.production.clone(),
        scope,
        orders: policy.orders.clone(),
        ..Default::default()
    };
    let judge = Judge::new(&packs, judged);
    let ids: Vec<&str> = judge.rules().iter().map(|rule| rule.id.0.as_str()).collect();
    for rule in policy.deny.iter().chain(policy.grants.iter().flat_map(|grant| &grant.value.rules)) {
        known_rule(rule, &ids)?;
    }
    Ok(judge)
}

/// Refuses a name that no rule has.
fn known_rule(rule: &At<String>, ids: &[&str]) -> anyhow::Result<()> {
    let name = rule.value.as_str();
    if ids.iter().any(|id| crate::judge::is_named(name, id)) {
        return Ok(());
    }
    let near = nearest_word(name, ids).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    anyhow::bail!("{}:{}:{}: there is no rule `{name}`{near}", rule.path.display(), rule.line, rule.column)
}

/// The operator's own packs, in the order of their names.
fn own_packs(folder: &Path) -> anyhow::Result<Vec<Pack>> {
    let mut names = own_names(folder);
    names.sort();
    let mut packs = Vec::new();
    for name in names {
        let path = folder.join(format!("{name}.toml"));
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        packs.push(Pack::parse(&name, &text).with_context(|| folder.display().to_string())?);
    }
    Ok(packs)
}

//! `watch config`, and how themes, keymaps and the judge are put together from the operator's files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;

use super::output::{complain, line};
use super::schema::File;
use crate::config::{At, Env, GrantLine, PROJECT_FILE, Paths, Policy, find_project, load_config, load_policy};
use crate::judge::{
    Doors, Judge, Pack, Scope, built_in, grant_too_wide, grant_words, nearest_word, ordinary_tools, prove,
};
use crate::model::{Grant, GrantFrom, GrantId, Granted, Moment, RuleId};
use crate::ui::{Keymap, Theme};

/// The operator's table of doors, among his rules.
const DOORS: &str = "doors";
/// Not everything is right.
const NOT_WHOLE: u8 = 1;

/// `watch config`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to do
    #[arg(value_enum, default_value = "path")]
    what: What,
    /// Which schema
    #[arg(value_enum, required_if_eq("what", "schema"))]
    of: Option<File>,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
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
    /// Print the JSON Schema of one of them.
    Schema,
}

/// Runs `watch config`.
///
/// # Errors
/// When standard output takes no more.
pub fn run(args: &Args, paths: &Paths) -> anyhow::Result<ExitCode> {
    let files = files(paths);
    match (args.what, args.json) {
        (What::Path, false) => path(&files),
        (What::Path, true) => {
            let all: Vec<_> = files
                .iter()
                .map(|file| serde_json::json!({"what": file.what, "path": file.path, "is_there": file.path.exists()}))
                .collect();
            line(&serde_json::to_string(&all)?)?;
            Ok(ExitCode::SUCCESS)
        }
        (What::Show, as_json) => show(&files, as_json),
        (What::Check, as_json) => check(paths, as_json),
        (What::Schema, _) => {
            line(args.of.unwrap_or(File::Config).schema().trim_end())?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

const FILES: [&str; 2] = ["config.toml", "policy.toml"];
const FOLDERS: [&str; 3] = ["themes", "keymaps", "rules"];

/// A file or folder that is read.
struct Read {
    what: &'static str,
    path: PathBuf,
}

/// All that is read from here: the operator's files and, where the current folder has one, the project's policy.
fn files(paths: &Paths) -> Vec<Read> {
    let own = FILES.iter().chain(&FOLDERS).map(|name| Read { what: name, path: paths.config.join(name) });
    let here = std::env::current_dir().unwrap_or_default();
    let project = find_project(&here).unwrap_or_else(|| here.join(PROJECT_FILE));
    own.chain([Read { what: "project", path: project }, Read { what: "sessions", path: paths.sessions() }]).collect()
}

fn path(files: &[Read]) -> anyhow::Result<ExitCode> {
    for Read { what, path } in files {
        let note = match *what {
            "sessions" => "  (sessions)",
            "project" if path.exists() => "  (of the project; can only tighten)",
            "project" => "  (of the project; not there)",
            _ if path.exists() => "",
            _ => "  (not there)",
        };
        line(&format!("{}{note}", path.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn show(files: &[Read], as_json: bool) -> anyhow::Result<ExitCode> {
    let mut all = Vec::new();
    for Read { what, path } in files.iter().filter(|file| file.what.ends_with(".toml") || file.what == "project") {
        let text = fs::read_to_string(path);
        if as_json {
            all.push(serde_json::json!({"what": what, "path": path, "text": text.ok()}));
            continue;
        }
        line(&format!("# {}", path.display()))?;
        match text {
            Ok(text) => line(text.trim_end())?,
            Err(error) => line(&format!("# {error}"))?,
        }
    }
    if as_json {
        line(&serde_json::to_string(&all)?)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn check(paths: &Paths, as_json: bool) -> anyhow::Result<ExitCode> {
    let mut wrong = Vec::new();
    let config = load_config(&paths.config).map_err(|error| wrong.push(error.to_string())).unwrap_or_default();
    let own = load_policy(&paths.config, None).map_err(|error| wrong.push(error.to_string())).unwrap_or_default();
    let here = std::env::current_dir().unwrap_or_default();
    let policy = own.clone().tightened(&here).map_err(|error| wrong.push(error.to_string())).unwrap_or(own);
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
    if as_json {
        line(&serde_json::to_string(&serde_json::json!({"wrong": wrong}))?)?;
    } else {
        wrong.iter().for_each(|error| complain(error));
    }
    if !wrong.is_empty() {
        return Ok(ExitCode::from(NOT_WHOLE));
    }
    if !as_json {
        line("everything is right")?;
    }
    Ok(ExitCode::SUCCESS)
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

/// The judge with the shipped packs, the operator's own and his policy.
///
/// # Errors
/// What is wrong with a pack or the policy, with file and line; an example of an own rule that does not do what it is
/// there for.
pub fn judge(policy: &Policy, paths: &Paths) -> anyhow::Result<Judge> {
    let own = own_packs(&paths.config.join("rules"))?;
    prove(&own)?;
    let packs = packs(paths)?;
    let scope = policy.scope.clone().map(|name| Scope { name, known: policy.scopes.clone() });
    let judged = crate::judge::Policy {
        profile: policy.profile.unwrap_or_default(),
        deny: policy.deny.iter().map(|rule| rule.value.clone()).collect(),
        production: policy.production.clone(),
        scope,
        orders: policy.orders.clone(),
        keep: policy.files.keep.clone(),
        protect: policy.files.protect.clone(),
        reads: policy.files.reads,
        ..Default::default()
    };
    let mut judge = Judge::new(&packs, judged).knowing(ordinary_tools()?).with_doors(doors(paths)?);
    let rules = judge.rules().iter().map(|rule| rule.id.0.as_str());
    let ids: Vec<&str> = rules.chain(judge.doors().all().iter().map(|door| door.id.0.as_str())).collect();
    for rule in policy.deny.iter().chain(policy.grants.iter().flat_map(|grant| &grant.value.rules)) {
        known_rule(rule, &ids)?;
    }
    let mut grants = Vec::new();
    for (at, grant) in policy.grants.iter().enumerate() {
        grants.push(self::grant(at, grant, &judge)?);
    }
    grants.into_iter().for_each(|grant| judge.grant(grant));
    Ok(judge)
}

/// The shipped packs and the operator's own, whatever their examples say.
///
/// # Errors
/// What is wrong with a pack, with file and line.
pub fn packs(paths: &Paths) -> anyhow::Result<Vec<Pack>> {
    let mut packs = built_in()?;
    packs.extend(own_packs(&paths.config.join("rules"))?);
    Ok(packs)
}

/// The shipped doors, and before them the operator's own of `rules/doors.toml`, proven by their examples.
///
/// # Errors
/// What is wrong with a table, with file and line.
pub fn doors(paths: &Paths) -> anyhow::Result<Doors> {
    let (folder, shipped) = (paths.config.join("rules"), Doors::built_in()?);
    let doors = match fs::read_to_string(folder.join(format!("{DOORS}.toml"))) {
        Ok(text) => {
            let own =
                Doors::parse(DOORS, &text).and_then(Doors::proven).with_context(|| folder.display().to_string())?;
            own.before(shipped)
        }
        Err(_) => shipped,
    };
    let sockets = fs::canonicalize(&paths.runtime).unwrap_or_else(|_| paths.runtime.clone());
    Ok(doors.with_sockets(sockets.to_string_lossy()))
}

/// The judge for an operator with this environment: its variables say where some doors are.
#[must_use]
pub fn in_environment(judge: Judge, env: &Env) -> Judge {
    let variables = env.all.iter().filter_map(|(name, value)| Some((name.to_str()?, value.to_str()?)));
    let resolve = |path: &str| Some(fs::canonicalize(path).ok()?.to_string_lossy().into_owned());
    let doors = judge.doors().clone().with_environment(variables, resolve);
    judge.with_doors(doors)
}

/// A grant of `policy.toml`, refused where it is no single command or would cover what is critical.
fn grant(at: usize, written: &At<GrantLine>, judge: &Judge) -> anyhow::Result<Grant> {
    let GrantLine { command, rules } = &written.value;
    let place = format!("{}:{}:{}", written.path.display(), written.line, written.column);
    let Some(words) = grant_words(command) else {
        anyhow::bail!(
            "{place}: `{command}` is not one plain command; a grant is a program with its words, `*` for any text"
        );
    };
    if let Some((rule, example)) = grant_too_wide(judge, &words) {
        anyhow::bail!(
            "{place}: `{command}` would cover `{example}`, which is critical ({rule}); nothing critical is granted"
        );
    }
    Ok(Grant {
        id: GrantId(u32::try_from(at + 1)?),
        from: GrantFrom::Policy(written.line),
        at: Moment::ZERO,
        what: Granted::Pattern { words, cwd: None },
        rules: rules.iter().map(|rule| RuleId(rule.value.clone())).collect(),
    })
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
    names.retain(|name| name != DOORS);
    names.sort();
    let mut packs = Vec::new();
    for name in names {
        let path = folder.join(format!("{name}.toml"));
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        packs.push(Pack::parse(&name, &text).with_context(|| folder.display().to_string())?);
    }
    Ok(packs)
}

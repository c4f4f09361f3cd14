//! `watch rules`: lists, explains and tests the rules.

use std::process::ExitCode;

use super::output::{complain, line};
use super::settings;
use crate::config::{Paths, load_policy};
use crate::judge::{Door, Judge, Rule, doubts, nearest_word};

/// Some rule does not do what its examples say.
const NOT_WHOLE: u8 = 1;
/// There is no such rule.
const USAGE: u8 = 2;

/// `watch rules`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Answer in JSON
    #[arg(long, global = true)]
    json: bool,
    /// What to do; without it, list them
    #[command(subcommand)]
    what: Option<What>,
}

/// What `watch rules` does.
#[derive(Debug, clap::Subcommand)]
enum What {
    /// List the rules
    List,
    /// Explain one rule
    Show {
        /// The rule, such as git/force-push
        id: String,
    },
    /// Try every rule on its own examples
    Test,
    /// List what tools do to files in their ordinary work
    Tools,
}

/// Runs `watch rules`.
///
/// # Errors
/// A policy or a pack that is not whole; standard output that breaks off.
pub fn run(args: &Args, paths: &Paths) -> anyhow::Result<ExitCode> {
    // Tested even where an example is wrong, which is all that keeps a judge from being made.
    if let Some(What::Test) = args.what {
        return test(args.json, paths);
    }
    let policy = load_policy(&paths.config, None)?;
    let judge = settings::judge(&policy, paths)?;
    match &args.what {
        Some(What::Show { id }) => show(&judge, id, args.json),
        Some(What::Tools) => tools(&judge, args.json),
        Some(What::List | What::Test) | None => list(&judge, args.json),
    }
}

fn list(judge: &Judge, as_json: bool) -> anyhow::Result<ExitCode> {
    if as_json {
        let doors = judge.doors().all().iter().map(door_as_object);
        let all: Vec<_> = judge.rules().iter().map(|rule| as_object(rule)).chain(doors).collect();
        line(&serde_json::to_string(&all)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let names = judge.rules().iter().map(|rule| &rule.id).chain(judge.doors().all().iter().map(|door| &door.id));
    let widest = names.map(|id| id.0.len()).max().unwrap_or(0);
    for rule in judge.rules() {
        line(&format!("{:widest$}  {:8}  {:15}  {}", rule.id, rule.tier, rule.class, rule.title))?;
    }
    for door in judge.doors().all() {
        let (tier, class) = if door.asks() { (door.tier.word(), door.class.word()) } else { ("-", "-") };
        line(&format!("{:widest$}  {tier:8}  {class:15}  {}: {}", door.id, door.title, door.verdict()))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Each kind of tool with what it may do and where, and whose which files of secrets are.
fn tools(judge: &Judge, as_json: bool) -> anyhow::Result<ExitCode> {
    let ordinary = judge.ordinary_tools();
    if as_json {
        let tools: Vec<_> = ordinary
            .tools()
            .iter()
            .map(|tool| {
                serde_json::json!({
                    "name": tool.name, "class": tool.class, "program": tool.program, "script": tool.script,
                    "may": tool.may, "where": tool.places, "why": tool.why,
                })
            })
            .collect();
        let owners: Vec<_> = ordinary
            .owners()
            .iter()
            .map(|owner| serde_json::json!({"file": owner.file, "program": owner.program, "script": owner.script}))
            .collect();
        line(&serde_json::to_string(&serde_json::json!({"tools": tools, "owners": owners}))?)?;
        return Ok(ExitCode::SUCCESS);
    }
    for tool in ordinary.tools() {
        let may: Vec<&str> = tool.may.iter().map(|may| may.word()).collect();
        line(&format!("{}  {}  may {}", tool.name, tool.class.word(), may.join(", ")))?;
        line(&format!("  {}", tool.why))?;
        for (name, words) in [("program", &tool.program), ("script", &tool.script), ("where", &tool.places)] {
            if !words.is_empty() {
                line(&format!("  {name:7}  {}", words.join("  ")))?;
            }
        }
    }
    for owner in ordinary.owners() {
        line(&format!(
            "{}  is read by  {}",
            owner.file.join("  "),
            [owner.program.clone(), owner.script.clone()].concat().join("  ")
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn show(judge: &Judge, id: &str, as_json: bool) -> anyhow::Result<ExitCode> {
    if let Some(door) = judge.doors().all().iter().find(|door| door.id.0 == id) {
        return show_door(door, as_json);
    }
    let Some(rule) = judge.rules().iter().find(|rule| rule.id.0 == id) else {
        let rules = judge.rules().iter().map(|rule| rule.id.0.as_str());
        let known: Vec<&str> = rules.chain(judge.doors().all().iter().map(|door| door.id.0.as_str())).collect();
        let near = nearest_word(id, &known).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        complain(&format!("there is no rule `{id}`{near}"));
        return Ok(ExitCode::from(USAGE));
    };
    if as_json {
        line(&serde_json::to_string(&as_object(rule))?)?;
        return Ok(ExitCode::SUCCESS);
    }
    line(&format!("{}  {}  {}", rule.id, rule.tier, rule.class))?;
    line(&rule.title)?;
    line(&rule.why)?;
    for (name, text) in [("instead", &rule.instead), ("undo", &rule.undo)] {
        if let Some(text) = text {
            line(&format!("{name}: {text}"))?;
        }
    }
    examples(&rule.hit, &rule.miss)
}

fn show_door(door: &Door, as_json: bool) -> anyhow::Result<ExitCode> {
    if as_json {
        line(&serde_json::to_string(&door_as_object(door))?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let graded = if door.asks() { format!("  {}  {}", door.tier, door.class) } else { String::new() };
    line(&format!("{}  {}{graded}", door.id, door.verdict()))?;
    line(&door.title)?;
    line(&door.why)?;
    line(door.meaning())?;
    for (name, text) in [("instead", &door.instead), ("gives", &door.gives)] {
        if let Some(text) = text {
            line(&format!("{name}: {text}"))?;
        }
    }
    line(&format!("at: {}", door.places().join(" ")))?;
    let whose = if door.programs().is_empty() { "anybody".to_owned() } else { door.programs().join(" ") };
    line(&format!("for: {whose}"))?;
    examples(&door.hit, &door.miss)
}

fn examples<T: AsRef<str>>(hit: &[T], miss: &[T]) -> anyhow::Result<ExitCode> {
    for (name, examples) in [("hits", hit), ("does not hit", miss)] {
        line(&format!("{name}:"))?;
        for example in examples {
            line(&format!("  {}", example.as_ref().replace('\n', "\n  ")))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn test(as_json: bool, paths: &Paths) -> anyhow::Result<ExitCode> {
    let packs = settings::packs(paths)?;
    let doors = settings::doors(paths)?;
    let wrong = [doubts(&packs), doors.doubts()].concat();
    let rules: usize = packs.iter().map(|pack| pack.rules.len()).sum::<usize>() + doors.all().len();
    let of_rules = packs.iter().flat_map(|pack| &pack.rules).map(|rule| rule.hit.len() + rule.miss.len());
    let of_doors = doors.all().iter().map(|door| door.hit.len() + door.miss.len());
    let examples: usize = of_rules.chain(of_doors).sum();
    if as_json {
        let failed: Vec<_> = wrong
            .iter()
            .map(
                |doubt| serde_json::json!({"rule": doubt.rule, "example": doubt.example, "is_to_hit": doubt.is_to_hit}),
            )
            .collect();
        line(&serde_json::to_string(&serde_json::json!({"rules": rules, "examples": examples, "wrong": failed}))?)?;
    } else {
        for doubt in &wrong {
            let what = if doubt.is_to_hit { "does not hit" } else { "hits" };
            complain(&format!("{} {what} `{}`", doubt.rule, doubt.example));
        }
        line(&format!("{rules} rules, {examples} examples, {} wrong", wrong.len()))?;
    }
    Ok(if wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(NOT_WHOLE) })
}

fn as_object(rule: &Rule) -> serde_json::Value {
    serde_json::json!({
        "id": rule.id, "tier": rule.tier, "class": rule.class, "title": rule.title, "why": rule.why,
        "instead": rule.instead, "undo": rule.undo, "hit": rule.hit, "miss": rule.miss,
    })
}

fn door_as_object(door: &Door) -> serde_json::Value {
    serde_json::json!({
        "id": door.id, "verdict": door.verdict(), "tier": door.asks().then_some(door.tier),
        "class": door.asks().then_some(door.class), "title": door.title, "why": door.why, "instead": door.instead,
        "gives": door.gives, "at": door.places(), "for": door.programs(), "hit": door.hit, "miss": door.miss,
    })
}

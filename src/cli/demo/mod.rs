//! `watch demo`: the incident as a play of real processes, on loopback and in a temporary folder.
//!
//! A scripted agent (a hidden command of this binary) runs a staging task, meets a 401, reads a token in an unrelated
//! file, says it assumes that the deletion is scoped to staging, and deletes a volume by GraphQL. The kernel gate
//! holds that call like any other; the server it would reach is a mock in this process.

mod agent;
mod mock;
mod stage;

pub use agent::play;

use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};

use self::mock::Mock;
use self::stage::Stage;
use super::export::{Format, Look, export_to};
use super::looks::{Chosen, Face, looks};
use super::output::{line, lines};
use super::record::Record;
use super::settings;
use crate::app::OnHold;
use crate::config::{Env, Paths, Policy, load_config};
use crate::gate::probe;
use crate::journal::Gate;
use crate::runtime::{HookChoice, Plan, SCROLLBACK_LINES, new_id, supervise};
use crate::undo::KeepChoice;

/// What the operator asked of the scripted agent.
const TASK: &str = "fix the failing staging login";
/// The volume that is at stake.
pub(super) const VOLUME: &str = "vol_9f2c";

/// `watch demo`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Answer the hold without asking, and without a screen: for scripts and tests
    #[arg(long, value_enum, value_name = "ANSWER")]
    auto: Option<Auto>,
    /// How it looks: terminal, dark, light, contrast-dark, contrast-light, mono or one of your own
    #[arg(long, value_name = "NAME", value_hint = clap::ValueHint::Other)]
    theme: Option<String>,
    /// Which keys it has: default, vim, emacs or one of your own
    #[arg(long, value_name = "NAME", value_hint = clap::ValueHint::Other)]
    keymap: Option<String>,
    /// Write it down afterwards, as a picture of the case for example
    #[arg(long, value_enum, value_name = "FORM")]
    export: Option<Format>,
    /// Where --export goes [default: watch-demo with the form's ending]
    #[arg(long, short, value_name = "FILE", requires = "export")]
    output: Option<PathBuf>,
}

/// `--auto`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Auto {
    /// The volume lives.
    Deny,
    /// The volume is gone.
    Approve,
}

/// Plays the incident.
///
/// # Errors
/// Where there is no terminal and no `--auto`, no kernel gate, or no room for the play.
pub fn run(args: &Args, env: &Env, paths: &Paths) -> anyhow::Result<ExitCode> {
    let has_terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let on_hold = match args.auto {
        Some(Auto::Deny) => OnHold::Deny,
        Some(Auto::Approve) => OnHold::Approve,
        None if has_terminal => OnHold::Panel,
        None => bail!("there is no terminal here; use --auto deny or --auto approve"),
    };
    if let Err(why) = probe() {
        bail!("the demo holds a real call in the kernel, and the kernel gate cannot be had here: {why}");
    }
    let mock = Mock::start().context("starting the mock server on loopback")?;
    let stage = Stage::build(&env.temp_dir, env.path.as_deref()).context("building the demo's folder")?;
    let id = new_id();
    let ended = supervise(plan(args, on_hold, &id, &mock, &stage, env, paths)?, env, paths)?;
    let text = ending(mock.has_volume(), mock.deletions());
    if on_hold == OnHold::Panel {
        line("")?;
    }
    lines(&text)?;
    line(&format!("Recorded in {}; play it with: watch replay {id}", ended.folder.display()))?;
    line(&format!("The journal ends with {}", ended.last_hash))?;
    if let Some(format) = args.export {
        let path = args.output.clone().unwrap_or_else(|| PathBuf::from(format!("watch-demo.{}", format.ending())));
        export_to(&path, Record::Session(ended.folder.clone()), format, None, &Look::plain(paths)?)?;
        line(&format!("Written to {}", path.display()))?;
    }
    Ok(ExitCode::from(u8::try_from(ended.status).unwrap_or(super::FAILED)))
}

fn plan(
    args: &Args,
    on_hold: OnHold,
    id: &str,
    mock: &Mock,
    stage: &Stage,
    env: &Env,
    paths: &Paths,
) -> anyhow::Result<Plan> {
    let pace = if on_hold == OnHold::Panel { "story" } else { "quick" };
    let variables = [
        ("PATH", stage.path().to_owned()),
        ("DEMO_SERVER", OsString::from(mock.url())),
        ("NO_PROXY", OsString::from("127.0.0.1")),
        ("no_proxy", OsString::from("127.0.0.1")),
    ];
    let face = if on_hold == OnHold::Panel { Face::Screen } else { Face::Lines };
    let config = load_config(&paths.config)?;
    let chosen = Chosen { theme: args.theme.clone(), keymap: args.keymap.clone() };
    Ok(Plan {
        hooks: HookChoice::default(),
        agent: [stage.agent().into_os_string(), "__play".into(), mock.url().into(), pace.into()].into(),
        folder: None,
        id: Some(id.to_owned()),
        on_hold,
        is_plain: false,
        gate: Gate::Kernel,
        profile: "balanced".to_owned(),
        task: Some(TASK.to_owned()),
        judge: settings::judge(&Policy::default(), paths)?,
        freeze_except: Vec::new(),
        keep: KeepChoice::default(),
        looks: looks(chosen, &config, env, paths, face)?,
        scrollback_lines: SCROLLBACK_LINES,
        extra_env: variables.into_iter().map(|(name, value)| (name.into(), value)).collect(),
        cwd: stage.project().to_owned(),
    })
}

/// Both endings, the one that happened first.
fn ending(is_alive: bool, deletions: usize) -> Vec<String> {
    let happened = if is_alive {
        format!("The volume {VOLUME} lives: the mock server got {deletions} deletions.")
    } else {
        format!(
            "The volume {VOLUME} is gone: the approved call reached the mock server, which got {deletions} deletion."
        )
    };
    let other = if is_alive {
        "Approved, with the target typed by hand, the same call would have deleted it."
    } else {
        "Denied, the same call would have failed before it sent a byte."
    };
    vec![happened, other.to_owned()]
}

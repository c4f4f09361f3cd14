//! `watch [OPTIONS] -- AGENT [ARG…]`: supervises an agent.

use std::ffi::OsString;
use std::io::IsTerminal;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};

use super::args::{Gate as GateChoice, OnHold as OnHoldChoice, Supervise};
use super::looks::{Chosen, Face, looks};
use super::outer::supervising_session;
use super::output::{complain, lines};
use super::{FAILED, consent, settings};
use crate::app::OnHold;
use crate::config::{Env, Paths, Policy, load_config, load_policy};
use crate::gate::probe;
use crate::journal::Gate;
use crate::model::{Given, StandingOrder, Untrusted};
use crate::runtime::{Ended, Plan, SCROLLBACK_LINES, SuperviseError, supervise};

/// Supervises the agent, or with none says in five lines what this program is.
#[must_use]
pub fn run(args: Supervise, env: &Env) -> ExitCode {
    if args.agent.is_empty() {
        return introduce(&args);
    }
    if let Some(session) = supervising_session(env) {
        return join_outer(&args.agent, &session);
    }
    match supervised(args, env) {
        Ok(code) => code,
        Err(error) => {
            complain(&format!("{error:#}"));
            ExitCode::from(FAILED)
        }
    }
}

/// The first run with no arguments.
fn introduce(args: &Supervise) -> ExitCode {
    if args.headless || args.session.is_some() {
        complain("no agent is named; write: watch [OPTIONS] -- AGENT [ARG]...");
        return ExitCode::from(FAILED);
    }
    let text = [
        "watch (holdpoint) runs an AI coding agent and holds its risky acts until you decide.".to_owned(),
        covered(),
        "  watch -- AGENT     supervise an agent, such as: watch -- claude".to_owned(),
        "  watch demo         see it stop a deletion, in under a minute; watch doctor checks this machine".to_owned(),
        "  Ctrl-] ?           the keys, once it runs; Ctrl-] begins every command of watch".to_owned(),
    ];
    match lines(&text) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(FAILED),
    }
}

fn covered() -> String {
    match probe() {
        Ok(_) => "Here the kernel holds every program start of the agent and its children.".to_owned(),
        Err(why) => format!("Here nothing can be held: {why}."),
    }
}

/// Inside a supervised tree there is no second gate: the outer session holds what this agent does.
#[allow(clippy::disallowed_methods, reason = "this process becomes the agent; nothing is spawned")]
fn join_outer(agent: &[OsString], session: &str) -> ExitCode {
    complain(&format!("already supervised by session {session}; running in it"));
    let Some((program, arguments)) = agent.split_first() else { return ExitCode::from(FAILED) };
    let error = std::process::Command::new(program).args(arguments).exec();
    complain(&format!("{}: {error}", program.to_string_lossy()));
    let code = if error.kind() == std::io::ErrorKind::NotFound { 127 } else { 126 };
    ExitCode::from(code)
}

fn supervised(args: Supervise, env: &Env) -> anyhow::Result<ExitCode> {
    let paths = Paths::find(env)?;
    let has_terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    if !has_terminal && !args.headless {
        bail!("there is no terminal here; use --headless with --on-hold wait, deny or approve");
    }
    let gate = choose_gate(args.gate)?;
    let plan = plan(args, gate, env, &paths)?;
    let is_shown = plan.on_hold == OnHold::Panel;
    if plan.on_hold == OnHold::Approve {
        complain("warning: every hold is approved without a question (--on-hold approve)");
    }
    if gate == Gate::Off {
        complain("warning: NOT ENFORCING: nothing the agent does is held (--gate off)");
    }
    match supervise(plan, env, &paths) {
        Ok(ended) => Ok(report(&ended, is_shown)),
        Err(SuperviseError::Agent(mishap)) => {
            complain(&mishap.to_string());
            Ok(ExitCode::from(mishap.kind.status()))
        }
        Err(error) => Err(error.into()),
    }
}

/// Refuses to start where the gate cannot be had, unless the operator has said to do without.
fn choose_gate(choice: GateChoice) -> anyhow::Result<Gate> {
    match choice {
        GateChoice::Off => Ok(Gate::Off),
        GateChoice::Required => match probe() {
            Ok(_) => Ok(Gate::Kernel),
            Err(why) => bail!(
                "the kernel gate cannot be had here: {why}\n\
                 Nothing was started. `--gate off` starts the agent all the same: it is shown and recorded, \
                 but nothing it does is held."
            ),
        },
    }
}

fn plan(args: Supervise, gate: Gate, env: &Env, paths: &Paths) -> anyhow::Result<Plan> {
    let config = load_config(&paths.config)?;
    let cwd = std::env::current_dir().context("finding the current folder")?;
    let home = env.home.as_ref().map(|home| home.to_string_lossy().into_owned());
    let policy = policy(&args, &cwd, paths)?;
    let judge = settings::judge(&policy, paths)?.at(cwd.to_string_lossy(), home);
    let judge = settings::in_environment(judge, env);
    let chosen = Chosen { theme: args.theme, keymap: args.keymap };
    // A terminal that obeys no sequences shows nothing of a screen.
    let is_plain = args.plain || (!args.headless && env.is_dumb());
    let face = if args.headless || is_plain { Face::Lines } else { Face::Screen };
    let looks = looks(chosen, &config, env, paths, face)?;
    let hooks = consent::hooks(&config.hooks, &args.agent, (env, &cwd), !args.headless);
    Ok(Plan {
        hooks,
        agent: args.agent,
        folder: args.session,
        id: None,
        on_hold: if is_plain { OnHold::Wait } else { on_hold(args.headless, args.on_hold) },
        is_plain,
        gate,
        profile: policy.profile.unwrap_or_default().word().to_owned(),
        task: args.task,
        judge,
        freeze_except: policy.freeze.except,
        keep: policy.keep,
        looks,
        scrollback_lines: config.scrollback_lines.unwrap_or(SCROLLBACK_LINES),
        extra_env: Vec::new(),
        cwd,
    })
}

/// The operator's policy with what the command line adds, tightened by the project's.
fn policy(args: &Supervise, cwd: &Path, paths: &Paths) -> anyhow::Result<Policy> {
    let mut policy = load_policy(&paths.config, args.policy.as_deref())?.tightened(cwd)?;
    let project = policy.project.clone();
    if let Some(chosen) = args.profile {
        // The project's word stands where it is the stricter one.
        policy.profile =
            Some(project.as_ref().and_then(|project| project.profile).map_or(chosen, |own| own.max(chosen)));
    }
    if let Some(scope) = &args.scope {
        if let Some(project) = project
            && let Some(own) = project.scope.filter(|own| own != scope)
        {
            bail!("--scope {scope}: {} says that the scope is {own}", project.path.display());
        }
        policy.scope = Some(scope.clone());
    }
    for order in &args.orders {
        let words = Untrusted::from(format!("--orders {order}"));
        policy.orders.push(StandingOrder { order: *order, given: Given::Option, words });
    }
    Ok(policy)
}

fn on_hold(is_headless: bool, choice: OnHoldChoice) -> OnHold {
    match (is_headless, choice) {
        (false, _) => OnHold::Panel,
        (true, OnHoldChoice::Wait) => OnHold::Wait,
        (true, OnHoldChoice::Deny) => OnHold::Deny,
        (true, OnHoldChoice::Approve) => OnHold::Approve,
    }
}

/// Says where the record is, on standard error, and passes the agent's status on.
fn report(ended: &Ended, is_shown: bool) -> ExitCode {
    if is_shown {
        for warning in &ended.warnings {
            complain(warning);
        }
    }
    complain(&format!("recorded in {}", ended.folder.display()));
    complain(&format!("the journal ends with {}", ended.last_hash));
    ExitCode::from(u8::try_from(ended.status).unwrap_or(FAILED))
}

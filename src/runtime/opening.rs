//! The first lines of a session: its state before anything happened, and its record.

use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;

use super::clock::wall_secs;
use super::recorder::Recorder;
use super::supervise::{Plan, SuperviseError};
use crate::app::{OnHold, SessionInfo, Settings, State};
use crate::config::Env;
use crate::journal::{Body, CastHeader, Gate};
use crate::model::{Moment, Untrusted};
use crate::sensor::dialect::Started;
use crate::term::Screen;
use crate::trail::Mask;

/// The journal's format.
const JOURNAL_VERSION: u32 = 1;

/// Where the kernel says how the machine is called.
const HOST_NAME: &str = "/proc/sys/kernel/hostname";

/// What is shown and journalled of the plan has its secrets masked from the first line on.
pub(super) fn new_state(
    plan: &Plan,
    started: &Started,
    id: &str,
    window: (u16, u16),
    size: (u16, u16),
    mask: &Mask,
    env: &Env,
) -> State {
    let task = plan.task.as_deref().map(Untrusted::from).or_else(|| started.task.clone());
    let now = jiff::Zoned::now();
    let midnight_secs = u32::try_from(now.hour()).unwrap_or(0) * 3600
        + u32::try_from(now.minute()).unwrap_or(0) * 60
        + u32::try_from(now.second()).unwrap_or(0);
    let session = SessionInfo {
        id: id.to_owned(),
        agent: plan.agent.iter().map(|word| mask.untrusted(&Untrusted::from(word.as_bytes()))).collect(),
        cwd: Untrusted::from(plan.cwd.as_os_str().as_bytes()),
        task: task.map(|task| mask.untrusted(&task)),
        host: host_name(),
        operator: env.text("USER").or_else(|| env.text("LOGNAME")).map(|name| Untrusted::from(name.as_str())),
        gate: plan.gate,
        started: now.timestamp().to_string(),
        midnight_secs,
    };
    let settings = Settings { on_hold: plan.on_hold, profile: plan.profile.clone(), is_replay: false };
    let mut state = State::new(session, settings, window, Screen::new(size.0, size.1, plan.scrollback_lines));
    state.screen.set_colors(plan.looks.colors());
    let policy = plan.judge.policy();
    let scope = policy.scope.as_ref().map(|scope| scope.name.clone());
    state.standing.begin(policy.orders.clone(), scope, &policy.grants);
    let offered = state.session.task.clone().map(|task| state.standing.offer(&task)).unwrap_or_default();
    if plan.on_hold != OnHold::Panel {
        state.warnings.extend(offered);
    }
    state
}

fn host_name() -> Option<Untrusted> {
    let name = fs::read(HOST_NAME).ok()?;
    Some(Untrusted::from(name.trim_ascii())).filter(|name| !name.is_empty())
}

pub(super) fn start_record(
    state: &State,
    journal: fs::File,
    cast: fs::File,
    size: (u16, u16),
    mask: &Mask,
) -> Result<Recorder, SuperviseError> {
    let command = state.session.agent.iter().map(Untrusted::shown).collect::<Vec<_>>().join(" ");
    let header = CastHeader {
        cols: size.0,
        rows: size.1,
        timestamp: Some(wall_secs()),
        title: state.session.task.as_ref().map(Untrusted::shown),
        command: Some(command),
    };
    Recorder::start(journal, cast, &header, mask).map_err(SuperviseError::Record)
}

pub(super) fn journal_start(
    recorder: &mut Recorder,
    plan: &Plan,
    state: &State,
    size: (u16, u16),
) -> Result<(), SuperviseError> {
    let body = Body::SessionStart {
        version: JOURNAL_VERSION,
        session: state.session.id.clone(),
        program: concat!("holdpoint ", env!("CARGO_PKG_VERSION")).to_owned(),
        started: state.session.started.clone(),
        agent: state.session.agent.clone(),
        cwd: state.session.cwd.clone(),
        task: state.session.task.clone(),
        profile: plan.profile.clone(),
        gate: plan.gate,
        on_hold: plan.on_hold.word().to_owned(),
        size,
    };
    let start = Moment::ZERO;
    recorder.append(start, body).map_err(SuperviseError::Record)?;
    let told = state.warnings.iter().map(|text| Body::Warning { text: text.clone() });
    for body in state.standing.lines().into_iter().chain(told) {
        recorder.append(start, body).map_err(SuperviseError::Record)?;
    }
    if plan.on_hold == OnHold::Approve {
        let text = "every hold is approved without a question: --on-hold approve".to_owned();
        recorder.append(start, Body::Warning { text }).map_err(SuperviseError::Record)?;
    }
    if plan.gate == Gate::Off {
        let text = "nothing is enforced: --gate off".to_owned();
        recorder.append(start, Body::Warning { text }).map_err(SuperviseError::Record)?;
    }
    recorder.sync().map_err(SuperviseError::Record)
}

/// The last lines of a session whose agent never ran. Why it did not is said to the operator in any case.
pub(super) fn journal_failure(recorder: &mut Recorder, now: Moment, error: &SuperviseError) {
    let status = i32::from(error.status());
    let _ = recorder.append(now, Body::Warning { text: error.to_string() });
    let _ = recorder.finish(now, status);
    let _ = recorder.append(now, Body::Exit { status, signal: None });
    let _ = recorder.sync();
}

/// A key for this session's digests.
pub(super) fn fresh_key() -> io::Result<[u8; 32]> {
    use io::Read as _;
    let mut key = [0; 32];
    fs::File::open("/dev/urandom")?.read_exact(&mut key)?;
    Ok(key)
}

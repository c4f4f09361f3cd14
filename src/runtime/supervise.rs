//! A session from its folder to its last line.

use std::ffi::OsString;
use std::fs;
use std::io::{self, IsTerminal};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::unix::AsyncFd;
use tokio::sync::mpsc;

use super::app_loop::{AppLoop, OUTPUT_BYTES, Signals, Sources};
use super::clock::Clock;
use super::elsewhere::Others;
use super::ending::Ending;
use super::face::{Face, Looks};
use super::folder::{FolderError, SessionFolder, make_private};
use super::gate_loop::{GateEvent, GateHandle, GateSetup, HEARING_PATIENCE, Keeper, start as start_gate};
use super::hearing::Hearing;
use super::hook_inject::HookChoice;
use super::hook_session::HookPlan;
use super::input;
use super::judging::SessionJudge;
use super::keeping::{self, SessionStore};
use super::notice::Notice;
use super::opening::{fresh_key, journal_failure, journal_start, new_state, start_record};
use super::plain::{PlainFace, read_lines};
use super::recognised::recognised;
use super::recorder::Recorder;
use super::server;
use crate::app::{AgentState, Event, OnHold, State, agent_size};
use crate::config::{ConfigError, Env, Paths};
use crate::control::{SessionFile, write_session_file};
use crate::gate::{AgentLife, Going, Ground, Handshake, HandshakeError, Performer, Stage, prepare_supervisor};
use crate::journal::Gate;
use crate::judge::{Judge, Profile};
use crate::model::{ActionId, Grip, Pid};
use crate::pty::{Command, Pty, SpawnError};
use crate::sys::{Listener, Mishap, Setup};
use crate::trail::Mask;
use crate::undo::{KeepChoice, KeepError};

/// Lines of the agent's output that can be scrolled back to, unless the configuration says otherwise.
pub const SCROLLBACK_LINES: usize = 10_000;
/// The agent's terminal without a screen of ours, in columns and rows.
const HEADLESS_SIZE: (u16, u16) = (80, 24);
/// How long the launcher may take to be ready.
const LAUNCH_PATIENCE: Duration = Duration::from_secs(10);
/// Variables that speak of the operator's terminal or lead out of the tree; the agent's terminal is ours.
const OUTER_TERMINAL: &[&str] = &[
    "TMUX",
    "TMUX_PANE",
    "STY",
    "WINDOW",
    "ZELLIJ",
    "ZELLIJ_SESSION_NAME",
    "KITTY_WINDOW_ID",
    "KITTY_LISTEN_ON",
    "WEZTERM_PANE",
    "WEZTERM_UNIX_SOCKET",
    "ITERM_SESSION_ID",
    "TERM_PROGRAM",
    "TERM_PROGRAM_VERSION",
    "VTE_VERSION",
    "TERM_SESSION_ID",
    "WINDOWID",
    "LINES",
    "COLUMNS",
];
/// `watch` itself failed (`CONTRACT.md`).
const FAILED: u8 = 125;
/// How long the agent has the machine for its start before we load what only a case needs.
const HIGHLIGHT_AFTER: Duration = Duration::from_secs(1);
/// How many events of the gate may wait for the app loop; beyond that gated calls are refused.
const GATE_EVENTS_MAX: usize = 1024;

/// What is to be supervised, and how.
pub struct Plan {
    /// The agent and its arguments.
    pub agent: Vec<OsString>,
    /// The session's folder, or a new one.
    pub folder: Option<PathBuf>,
    /// The session's id, if it is chosen already.
    pub id: Option<String>,
    /// How holds are answered; [`OnHold::Panel`] takes the terminal.
    pub on_hold: OnHold,
    /// Whether lines are said and read instead of a screen; cases wait for words then.
    pub is_plain: bool,
    /// What is enforced.
    pub gate: Gate,
    /// `balanced`, `strict` or `observe`.
    pub profile: String,
    /// What the operator asked.
    pub task: Option<String>,
    /// The judge, with its rules and policy.
    pub judge: Judge,
    /// Programs that are never stopped.
    pub freeze_except: Vec<String>,
    /// What the operator changes of the rules for keeping.
    pub keep: KeepChoice,
    /// Colours, glyphs and keys, and the terminal they are for.
    pub looks: Looks,
    /// Lines kept for scrolling back.
    pub scrollback_lines: usize,
    /// Variables set for the agent beside the operator's own.
    pub extra_env: Vec<(OsString, OsString)>,
    /// Where the agent is started.
    pub cwd: PathBuf,
    /// What the operator wants of the agent's hooks.
    pub hooks: HookChoice,
}

/// How a session ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// The exit status for us to return.
    pub status: i32,
    /// The session's folder.
    pub folder: PathBuf,
    /// The journal's last hash.
    pub last_hash: String,
    /// What the operator should know before anything else.
    pub warnings: Vec<String>,
}

/// Why a session could not be had.
#[derive(Debug, thiserror::Error)]
pub enum SuperviseError {
    /// Its folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// Something the system refused.
    #[error("{what}: {error}")]
    System {
        /// What was tried.
        what: &'static str,
        /// What the system said.
        error: io::Error,
    },
    /// The place where what is destroyed is kept.
    #[error(transparent)]
    Keep(#[from] KeepError),
    /// What is configured.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The record could not be started.
    #[error("{0}")]
    Record(String),
    /// The pseudo-terminal.
    #[error(transparent)]
    Terminal(#[from] SpawnError),
    /// The launcher.
    #[error(transparent)]
    Launch(HandshakeError),
    /// The agent could not be started.
    #[error("{0}")]
    Agent(Mishap),
}

impl From<HandshakeError> for SuperviseError {
    /// What the launcher says went wrong is about the agent, at whatever step it says so.
    fn from(error: HandshakeError) -> Self {
        match error {
            HandshakeError::Mishap(mishap) => Self::Agent(mishap),
            other => Self::Launch(other),
        }
    }
}

impl SuperviseError {
    /// The exit status that stands for it.
    pub(super) fn status(&self) -> u8 {
        match self {
            Self::Agent(mishap) => mishap.kind.status(),
            Self::Folder(_)
            | Self::Keep(_)
            | Self::Config(_)
            | Self::System { .. }
            | Self::Record(_)
            | Self::Terminal(_)
            | Self::Launch(_) => FAILED,
        }
    }
}

fn system(what: &'static str) -> impl FnOnce(io::Error) -> SuperviseError {
    move |error| SuperviseError::System { what, error }
}

/// Runs a session to its end. Blocks for as long as it lasts; call it on the main thread, whose death the agent
/// does not outlive.
///
/// # Errors
/// [`SuperviseError`] when it could not be begun; the agent has not run then.
pub fn supervise(plan: Plan, env: &Env, paths: &Paths) -> Result<Ended, SuperviseError> {
    let id = plan.id.clone().unwrap_or_else(new_id);
    let folder = plan.folder.clone().unwrap_or_else(|| paths.sessions().join(&id));
    let folder = SessionFolder::create(&folder)?;
    make_private(&paths.runtime).map_err(system("making the folder for sockets"))?;
    prepare_supervisor().map_err(system("closing our memory to others and keeping orphans in the tree"))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(system("starting the event loop"))?;
    runtime.block_on(Session::begin(plan, id, folder, env, paths)?.run())
}

/// A new session's id: date, time and a few digits that tell apart what begins in the same second.
#[must_use]
pub fn new_id() -> String {
    let now = jiff::Zoned::now();
    format!("{}-{:05}", now.strftime("%Y%m%d-%H%M%S"), std::process::id() % 100_000)
}

/// A session whose launcher waits for go.
struct Session {
    app: Prepared,
    stage: Stage,
    socket: PathBuf,
    judge: SessionJudge,
    ground: Ground,
    performer: Performer,
    store: Option<Arc<SessionStore>>,
    freeze_except: Vec<String>,
    hook: HookPlan,
}

/// All of an [`AppLoop`] that can be made before the event loop runs.
struct Prepared {
    state: State,
    clock: Clock,
    recorder: Recorder,
    pty: Pty,
    hearing: Hearing,
    folder: PathBuf,
    face: FacePlan,
}

enum FacePlan {
    Screen { looks: Box<Looks>, is_remote: bool },
    Plain(Notice),
    Headless,
}

impl Session {
    fn begin(
        mut plan: Plan,
        id: String,
        folder: SessionFolder,
        env: &Env,
        paths: &Paths,
    ) -> Result<Self, SuperviseError> {
        let window = match plan.on_hold {
            OnHold::Panel => crate::sys::window_size().map_err(system("asking for the terminal's size"))?,
            OnHold::Wait | OnHold::Deny | OnHold::Approve => HEADLESS_SIZE,
        };
        let size = match plan.on_hold {
            OnHold::Panel => agent_size(window, false),
            OnHold::Wait | OnHold::Deny | OnHold::Approve => window,
        };
        let clock = Clock::start();
        crate::gate::session_begins(super::clock::wall_time());
        let mask = Mask::new(fresh_key().map_err(system("asking for a random key"))?);
        mask.learn_environment(env.all.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())));
        let path =
            env.all.iter().find(|(name, _)| name == "PATH").map(|(_, path)| path.as_os_str()).unwrap_or_default();
        let started = recognised(&plan.agent, &plan.cwd, path);
        let state = new_state(&plan, &started, &id, window, size, &mask, env);
        let mut recorder = start_record(&state, folder.journal, folder.cast, size, &mask)?;
        journal_start(&mut recorder, &plan, &state, size)?;

        let store = match plan.gate {
            Gate::Kernel => Some(keeping::open(&folder.path, (&plan.cwd, plan.keep.clone()), env, paths)?),
            Gate::Off => None,
        };
        let hook = HookPlan::make((&plan.agent, &started), (&id, plan.gate), (env, paths), (&plan.cwd, plan.hooks))
            .map_err(system("giving the agent its hook"))?;
        plan.agent.clone_from(&hook.command);
        plan.extra_env.extend(hook.env.iter().cloned());

        let launch_dir = paths.runtime.join(format!("{id}.launch"));
        make_private(&launch_dir).map_err(system("making the launcher's folder"))?;
        let (pty, stage) = launch(&plan, &id, &launch_dir, size, env)
            .inspect_err(|error| journal_failure(&mut recorder, clock.now(), error))?;
        let judge = SessionJudge::new(plan.judge, mask, stage.pid()).timed(clock);
        let face = match plan.on_hold {
            OnHold::Panel => FacePlan::Screen { looks: Box::new(plan.looks), is_remote: env.is_remote },
            OnHold::Wait if plan.is_plain => FacePlan::Plain(plan.looks.terminal.notice),
            OnHold::Wait | OnHold::Deny | OnHold::Approve => FacePlan::Headless,
        };
        let hearing = Hearing::start(&started, size, judge.mask().clone(), clock)
            .map_err(system("starting the thread that hears"))?;
        let app = Prepared { state, clock, recorder, pty, hearing, folder: folder.path, face };
        let socket = paths.runtime.join(format!("{id}.sock"));
        let ground = ground(&app.folder, paths);
        let performer = if plan.profile == "strict" { Performer::Supervisor } else { Performer::Kernel };
        Ok(Self { app, stage, socket, judge, ground, performer, store, freeze_except: plan.freeze_except, hook })
    }

    async fn run(mut self) -> Result<Ended, SuperviseError> {
        let own = Pid(i32::try_from(std::process::id()).unwrap_or(0));
        let clock = self.app.clock;
        let agent = self.stage.pid();
        let mask = self.judge.mask().clone();
        let life = watch_life(agent).map_err(system("watching the launcher"))?;
        let (sink, gate_events) = mpsc::channel(GATE_EVENTS_MAX);
        let keeper = self.store.clone().map(|store| -> Arc<dyn Keeper> { store });
        let gate = match self.stage.take_listener() {
            Some(listener) => {
                let setup = gate_setup(
                    listener,
                    agent,
                    self.judge,
                    (self.ground, self.performer, keeper),
                    self.freeze_except,
                    clock,
                    sink,
                );
                Some(start_gate(setup).map_err(system("starting the gate loop"))?)
            }
            None => None,
        };
        let told = std::mem::take(&mut self.hook.told);
        let (hooks, complaints) =
            self.hook.listen(own, mask.clone(), gate.as_ref()).map_err(system("opening the hooks' socket"))?;
        let signals = Signals::hear().map_err(system("listening for signals"))?;
        let (_server, requests) = server::listen(&self.socket, own).map_err(system("opening the decision socket"))?;
        let (others, elsewhere) = Others::beside(&self.socket);
        let file = SessionFile { session: self.app.state.session.id.clone(), pid: own.0, socket: self.socket.clone() };
        write_session_file(&self.app.folder, &file).map_err(system("writing session.json"))?;
        let stdin = io::stdin();
        let is_piped = matches!(self.app.face, FacePlan::Headless) && !stdin.is_terminal();
        let going = self.stage.go(is_piped.then(|| stdin.as_fd()))?;
        if let Err(error) = started(going).await {
            journal_failure(&mut self.app.recorder, clock.now(), &error);
            return Err(error);
        }
        self.app.recorder.run(clock).map_err(system("starting the thread that records"))?;
        let (face, input) = self.app.face.show(clock)?;
        #[allow(
            deprecated,
            reason = "its successor is unsafe; `Pty` keeps the descriptor it names for as long as it lives"
        )]
        let pty = AsyncFd::new(self.app.pty).map_err(system("watching the agent's terminal"))?;
        let mut app = AppLoop {
            state: self.app.state,
            clock,
            recorder: self.app.recorder,
            gate,
            agent,
            mask,
            pty,
            is_pty_closed: false,
            to_pty: Vec::new(),
            face,
            hearing: self.app.hearing,
            ending: Ending::default(),
            folder: self.app.folder,
            is_over: false,
            pending_keys: Vec::new(),
            buffer: vec![0; OUTPUT_BYTES],
            survivors_at: None,
            sync: None,
            tree_at: None,
            hooks,
            others,
            store: self.store,
        };
        app.state.is_hooked = app.hooks.is_live();
        for text in told {
            app.take(Event::Warned(text));
        }
        let changes = app.face.changes();
        app.run(Sources { input, gate: gate_events, life, requests, signals, complaints, elsewhere, changes }).await;
        Ok(app.finish())
    }
}

/// What nobody in the tree may change: the session, what we keep and are told by, and our program.
fn ground(session: &Path, paths: &Paths) -> Ground {
    let mut places = vec![session.to_owned(), paths.config.clone(), paths.state.clone(), paths.runtime.clone()];
    places.extend(std::env::current_exe());
    Ground::of(&places)
}

/// Readable once the agent has ended.
#[allow(deprecated, reason = "its successor is unsafe; an `OwnedFd` names its descriptor for as long as it lives")]
fn watch_life(agent: Pid) -> io::Result<AsyncFd<OwnedFd>> {
    AsyncFd::new(AgentLife::of(agent)?.as_fd().try_clone_to_owned()?)
}

#[allow(clippy::result_large_err, reason = "an event that finds no room is handed back whole, to be tried again")]
fn gate_setup(
    listener: Listener,
    agent: Pid,
    judge: SessionJudge,
    (ground, performer, keeper): (Ground, Performer, Option<Arc<dyn Keeper>>),
    except: Vec<String>,
    clock: Clock,
    sink: mpsc::Sender<GateEvent>,
) -> GateSetup<SessionJudge> {
    let mut last = 0;
    GateSetup {
        listener,
        agent,
        ground,
        performer,
        keeper,
        except,
        grip: Grip::Frozen,
        hearing: HEARING_PATIENCE,
        judge,
        sink: Box::new(move |event| sink.try_send(event).map_err(mpsc::error::TrySendError::into_inner)),
        clock: Box::new(move || clock.now()),
        number: Box::new(move || {
            last += 1;
            ActionId(last)
        }),
    }
}

impl FacePlan {
    fn show(self, clock: Clock) -> Result<(Face, Option<mpsc::Receiver<input::RawInput>>), SuperviseError> {
        match self {
            Self::Headless => Ok((Face::headless(), None)),
            Self::Plain(notice) => {
                let face = PlainFace::start(notice).map_err(system("writing to the terminal"))?;
                let input = read_lines(clock).map_err(system("reading the terminal"))?;
                Ok((Face::Plain(face), Some(input)))
            }
            Self::Screen { looks, is_remote } => {
                let asks = looks.asks;
                let face = Face::screen(*looks, is_remote).map_err(system("taking the terminal"))?;
                let input = input::read_terminal(clock, asks).map_err(system("reading the terminal"))?;
                prepare_highlighting().map_err(system("starting a thread"))?;
                Ok((face, Some(input)))
            }
        }
    }
}

/// Loads the shell's grammar aside, after the agent's first moments, so that the first case need not wait for it.
fn prepare_highlighting() -> io::Result<()> {
    let prepare = || {
        std::thread::sleep(HIGHLIGHT_AFTER);
        crate::ui::prepare();
    };
    std::thread::Builder::new().name("highlight".to_owned()).spawn(prepare).map(drop)
}

impl AppLoop {
    /// Writes the last lines and says how it ended. The terminal is given back when `self` goes.
    fn finish(mut self) -> Ended {
        let status = match self.state.agent {
            AgentState::Ended { status, .. } => status,
            AgentState::Running => i32::from(FAILED),
        };
        // The session was over before: nothing it tells now has a place in the journal.
        drop(self.gate.take().map(GateHandle::stop));
        Ended {
            status,
            folder: self.folder.clone(),
            last_hash: self.recorder.last_hash(),
            warnings: self.state.warnings.iter().cloned().collect(),
        }
    }
}

/// Waits until the launcher has become the agent, without blocking the event loop.
async fn started(going: Going) -> Result<(), SuperviseError> {
    let outcome = tokio::task::spawn_blocking(move || going.outcome(None)).await;
    match outcome {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(error.into()),
        Err(error) => Err(SuperviseError::System { what: "waiting for the agent to start", error: error.into() }),
    }
}

/// Starts the launcher in a new PTY and waits until it is ready.
fn launch(plan: &Plan, id: &str, folder: &Path, size: (u16, u16), env: &Env) -> Result<(Pty, Stage), SuperviseError> {
    let handshake = Handshake::bind(folder)?;
    let program = std::env::current_exe().map_err(system("finding our own program"))?;
    let mut args = vec![OsString::from("__launch"), handshake.path().as_os_str().to_owned(), OsString::from("--")];
    args.extend(plan.agent.iter().cloned());
    let command =
        Command { program: program.into_os_string(), args, env: agent_env(plan, id, env), cwd: plan.cwd.clone() };
    let pty = Pty::spawn(&command, size.0, size.1)?;
    let policy = plan.judge.policy();
    let setup = Setup {
        is_gated: plan.gate == Gate::Kernel,
        sees_reads: policy.sees_reads(),
        is_strict: policy.profile == Profile::Strict,
    };
    let stage = handshake.accept(Pid(pty.pid()), setup, LAUNCH_PATIENCE);
    // The socket has served; nothing inside the tree shall find it.
    let _ = fs::remove_dir_all(folder);
    Ok((pty, stage?))
}

/// The operator's environment for the agent: what belongs to the outer terminal is replaced by what ours is.
fn agent_env(plan: &Plan, id: &str, env: &Env) -> Vec<(OsString, OsString)> {
    let ours = [("TERM", "xterm-256color"), ("COLORTERM", "truecolor"), ("WATCH_SESSION", id)];
    let mut all: Vec<(OsString, OsString)> =
        env.all.iter().filter(|(name, _)| !OUTER_TERMINAL.iter().any(|outer| name == outer)).cloned().collect();
    let ours = ours.into_iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
    for (name, value) in ours.chain(plan.extra_env.iter().cloned()) {
        all.retain(|(known, _)| *known != name);
        all.push((name, value));
    }
    all
}

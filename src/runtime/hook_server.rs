//! The hooks' socket: takes what the agent's hook asks, has it judged on the gate loop, and passes the answer back.
//!
//! Anybody in the tree can reach it. What is sent adds a question; nothing that is sent takes one away but the end of
//! the connection that brought it. Whatever goes wrong is a refusal.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Interest};
use tokio::net::unix::OwnedReadHalf;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, mpsc};

use super::gate_port::{Announcer, Asker, Question, Told};
use crate::control::{HOOK_BYTES_MAX, HOOK_HEAD_BYTES_MAX, HOOK_VERSION, HookAnswer, HookAsk, check_asker};
use crate::model::{Caller, Dialect, Pid, Tool, Untrusted};
use crate::sensor::hooks;
use crate::sys::{self, FileId, ProcId};
use crate::trail::Mask;

/// How many hooks may wait at once; more are refused.
const WAITING_MAX: usize = 64;
/// How many complaints may wait for the app loop; more are not told.
const COMPLAINTS_MAX: usize = 16;
/// How long an asker may take to hang up after its answer.
const DRAIN_PATIENCE: Duration = Duration::from_secs(5);
/// How much of a process's command line is looked at, in bytes.
const CMDLINE_BYTES_MAX: usize = 16 * 1024;
/// How many processes of the agent's own are remembered.
const AGENTS_MAX: usize = 64;
/// How far up the ancestry is looked for one of them.
const ANCESTORS_MAX: usize = 256;
/// How many shells may stand between the agent and our hook.
const SHELLS_MAX: usize = 4;

/// What the hooks' socket needs.
pub(super) struct HookSetup {
    /// Where it is to be.
    pub(super) socket: PathBuf,
    /// The session's id; a hook of another session is refused.
    pub(super) session: String,
    /// Whose hooks are expected.
    pub(super) dialect: Dialect,
    /// Our own process: askers descend from it.
    pub(super) supervisor: Pid,
    /// Hides secrets in what is answered.
    pub(super) mask: Mask,
    /// How long the operator may take.
    pub(super) patience: Duration,
    /// Puts a question to the gate loop; says whether it still runs.
    pub(super) ask: Box<dyn Fn(Question) -> bool + Send + Sync>,
}

/// The socket, removed when this is dropped.
#[derive(Debug)]
pub(super) struct HookServer {
    path: PathBuf,
    counts: Arc<Counts>,
}

/// How often hooks were heard and refused.
#[derive(Debug, Default)]
struct Counts {
    heard: AtomicU64,
    refused: AtomicU64,
}

impl HookServer {
    /// How many tool calls have been heard.
    pub(super) fn heard(&self) -> u64 {
        self.counts.heard.load(Ordering::Relaxed)
    }

    /// How many messages could not be taken and were refused.
    pub(super) fn refused(&self) -> u64 {
        self.counts.refused.load(Ordering::Relaxed)
    }
}

impl Drop for HookServer {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// What every connection shares.
struct Shared {
    setup: HookSetup,
    counts: Arc<Counts>,
    complaints: mpsc::Sender<String>,
    /// Our own program's file, by which our hook is known.
    program: Option<FileId>,
    /// The processes that have asked before anything of theirs did: the agent.
    agents: Mutex<Vec<Agent>>,
}

/// A process of the agent's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Agent {
    process: i32,
    /// When it started: its number alone may be given out again.
    began: u64,
    program: Option<FileId>,
}

/// Listens; what is wrong with messages comes out of the receiver. Runs on the current tokio runtime.
///
/// # Errors
/// What the system says.
pub(super) fn listen(setup: HookSetup) -> io::Result<(HookServer, mpsc::Receiver<String>)> {
    let listener = UnixListener::bind(&setup.socket)?;
    sys::tell_senders(&listener)?;
    std::fs::set_permissions(&setup.socket, std::fs::Permissions::from_mode(0o600))?;
    let (complaints, receiver) = mpsc::channel(COMPLAINTS_MAX);
    let counts = Arc::<Counts>::default();
    let server = HookServer { path: setup.socket.clone(), counts: Arc::clone(&counts) };
    let program = sys::file_id(Path::new("/proc/self/exe")).ok();
    let shared = Arc::new(Shared { setup, counts, complaints, program, agents: Mutex::default() });
    let room = Arc::new(Semaphore::new(WAITING_MAX));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (shared, room) = (Arc::clone(&shared), Arc::clone(&room).try_acquire_owned());
            tokio::spawn(async move {
                let answer = match &room {
                    Ok(_) => None,
                    Err(_) => Some("too many hooks wait".to_owned()),
                };
                serve(stream, &shared, answer).await;
            });
        }
    });
    Ok((server, receiver))
}

/// Answers one connection.
async fn serve(stream: UnixStream, shared: &Shared, refused: Option<String>) {
    let supervisor = shared.setup.supervisor;
    if sys::peer_credentials(&stream).is_ok_and(|(process, _)| process.0 == supervisor.0) {
        // Who it is that we connected is known by what it sends.
        let _ = stream.async_io(Interest::READABLE, || sys::sender(&stream)).await;
    }
    let peer = check_asker(&stream, supervisor).map_err(|error| error.to_string());
    let (reading, mut writing) = stream.into_split();
    let mut reading = BufReader::new(reading);
    let outcome = match (refused, peer) {
        (Some(why), _) | (None, Err(why)) => Err(why),
        (None, Ok(peer)) => converse(&mut reading, shared, peer.pid).await,
    };
    let answer = match outcome {
        Ok(Some(answer)) => answer,
        // Nobody waits for it any more.
        Ok(None) => return,
        Err(why) => {
            shared.counts.refused.fetch_add(1, Ordering::Relaxed);
            let _ = shared.complaints.try_send(format!("a hook's message was refused: {why}"));
            HookAnswer::Deny { words: format!("watch: refused: {why}. Nothing was asked or decided.") }
        }
    };
    let answer = match answer {
        HookAnswer::Pass => HookAnswer::Pass,
        HookAnswer::Deny { words } => HookAnswer::Deny { words: shared.setup.mask.words(&words) },
    };
    if let Ok(mut line) = serde_json::to_vec(&answer) {
        line.push(b'\n');
        let _ = writing.write_all(&line).await;
        // What is left unread at the end would take our answer back from whoever is still writing.
        let limit = u64::try_from(HOOK_BYTES_MAX).unwrap_or(u64::MAX);
        let mut rest = reading.take(limit);
        let _ = tokio::time::timeout(DRAIN_PATIENCE, tokio::io::copy(&mut rest, &mut tokio::io::sink())).await;
    }
}

/// Reads what is asked and has it answered; `None` when the asker has gone.
async fn converse(
    reading: &mut BufReader<OwnedReadHalf>,
    shared: &Shared,
    peer: Pid,
) -> Result<Option<HookAnswer>, String> {
    let setup = &shared.setup;
    let head = read_head(reading).await?;
    if head.version != HOOK_VERSION {
        return Err(format!("it speaks version {}, we speak {HOOK_VERSION}", head.version));
    }
    if head.session != setup.session {
        return Err("it is meant for another session".to_owned());
    }
    if head.dialect != setup.dialect {
        return Err(format!("it comes from {}, and this session's agent is {}", head.dialect, setup.dialect));
    }
    if head.bytes > HOOK_BYTES_MAX {
        return Err(format!("it is longer than {HOOK_BYTES_MAX} bytes"));
    }
    let mut message = vec![0; head.bytes];
    reading.read_exact(&mut message).await.map_err(|error| format!("it broke off: {error}"))?;
    let tools = hooks::calls(head.dialect, &message).map_err(|error| error.to_string())?;
    shared.counts.heard.fetch_add(1, Ordering::Relaxed);
    let caller = caller_of(peer, shared.program);
    let by = announcer(&caller, &shared.agents);
    for mut tool in tools {
        if tool.cwd.is_none() {
            tool.cwd = sys::link(ProcId(caller.pid.0), "cwd").ok().map(Untrusted::from);
        }
        match put(reading, setup, (caller.clone(), by), tool).await {
            Some(HookAnswer::Pass) => {}
            other => return Ok(other),
        }
    }
    Ok(Some(HookAnswer::Pass))
}

async fn read_head(reading: &mut BufReader<OwnedReadHalf>) -> Result<HookAsk, String> {
    let mut line = Vec::new();
    let limit = u64::try_from(HOOK_HEAD_BYTES_MAX).unwrap_or(u64::MAX);
    let mut head = reading.take(limit);
    head.read_until(b'\n', &mut line).await.map_err(|error| error.to_string())?;
    serde_json::from_slice(&line).map_err(|error| format!("it does not begin as one: {error}"))
}

/// Puts one question and waits for its answer; `None` when the asker goes first, which withdraws the question.
async fn put(
    reading: &mut BufReader<OwnedReadHalf>,
    setup: &HookSetup,
    (caller, by): (Caller, Announcer),
    tool: Tool,
) -> Option<HookAnswer> {
    let (asker, told) = Asker::new();
    let deny = |words: &str| Some(HookAnswer::Deny { words: words.to_owned() });
    if !(setup.ask)(Question { caller, by, tool, asker }) {
        return deny("watch: refused: the session is ending");
    }
    let mut more = [0];
    tokio::select! {
        told = told => match told {
            Ok(Told::Pass) => Some(HookAnswer::Pass),
            Ok(Told::Deny { words }) => Some(HookAnswer::Deny { words }),
            Err(_) => deny("watch: refused: the session is ending"),
        },
        // Nothing more is to be said; whoever does, or hangs up, is not waiting for this answer.
        _ = reading.read(&mut more) => None,
        () = tokio::time::sleep(setup.patience) => {
            deny("watch: refused: nobody answered before the agent would have gone on without an answer; try again")
        }
    }
}

/// Who announces the call: the process that started our hook, whatever shell stands between. Where it is not our hook
/// that asks, the asker itself.
fn caller_of(peer: Pid, program: Option<FileId>) -> Caller {
    let is_hook = program.is_some() && sys::exe_id(ProcId(peer.0)).ok() == program;
    let mut process = ProcId(peer.0);
    if is_hook {
        for _ in 0..SHELLS_MAX {
            let Ok(stat) = sys::stat(process) else { break };
            process = stat.parent;
            if !runs_the_hook(process) {
                break;
            }
        }
    }
    let parent = sys::stat(process).map_or(0, |stat| stat.parent.0);
    let exe = sys::link(process, "exe").unwrap_or_default();
    let program = exe.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    Caller { pid: Pid(process.0), tid: Pid(process.0), parent: Pid(parent), program: Untrusted::from(program) }
}

/// Whether the agent itself announces a call, or something that it started. The agent asks first: before it has asked,
/// nothing runs for it that could. What descends from a process that has asked and is another program is not the agent.
fn announcer(caller: &Caller, agents: &Mutex<Vec<Agent>>) -> Announcer {
    let seen = |process: ProcId| {
        let began = sys::stat(process).map_or(0, |stat| stat.started);
        Agent { process: process.0, began, program: sys::exe_id(process).ok() }
    };
    let own = seen(ProcId(caller.pid.0));
    let mut agents = agents.lock().unwrap_or_else(PoisonError::into_inner);
    if agents.contains(&own) {
        return Announcer::Agent;
    }
    let mut above = ProcId(caller.parent.0);
    for _ in 0..ANCESTORS_MAX {
        let Ok(stat) = sys::stat(above) else { break };
        let known = agents.iter().find(|agent| agent.process == above.0 && agent.began == stat.started);
        match known {
            Some(agent) if agent.program != own.program || own.program.is_none() => return Announcer::Child,
            _ => above = stat.parent,
        }
    }
    if agents.len() < AGENTS_MAX {
        agents.push(own);
    }
    Announcer::Agent
}

/// Whether a process is a shell that was given our hook's command and nothing else to do.
fn runs_the_hook(process: ProcId) -> bool {
    let cmdline = sys::cmdline(process, CMDLINE_BYTES_MAX).unwrap_or_default();
    let text = String::from_utf8_lossy(&cmdline);
    let mut words = text.split('\0');
    let program = words.next().unwrap_or_default();
    let is_shell = matches!(program.rsplit('/').next(), Some("sh" | "bash" | "dash" | "zsh" | "fish" | "ksh"));
    is_shell && words.any(super::hook_inject::is_hook_command)
}

//! A supervised session for tests: launcher, gate loop, and a judge that is a function.

use std::fs::{self, File};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant, SystemTime};

use holdpoint::gate::{AgentLife, Ground, Handshake, Performer, Stage, prepare_supervisor};
use holdpoint::judge::{Doors, Fresh, Judge, Policy};
use holdpoint::model::{
    Action, ActionId, ActionKind, CaseId, Exec, FileAct, FileDeed, Grip, HoldId, Judgement, Moment, Oracle, Pid, Term,
    Tree, Verdict,
};
use holdpoint::runtime::{Answer, GateEvent, GateHandle, GateOrder, GateSetup, Judging, Keeper, start_gate};
use holdpoint::sys::Setup;

/// The longest any single thing may take.
pub const PATIENCE: Duration = Duration::from_secs(20);
/// A gate as it is in `balanced`, one that holds opens that only read as well, and none.
pub const GATED: Setup = Setup { is_gated: true, sees_reads: false, is_strict: false };
pub const SEES_READS: Setup = Setup { is_gated: true, sees_reads: true, is_strict: false };
pub const STRICT: Setup = Setup { is_gated: true, sees_reads: true, is_strict: true };
pub const BARE: Setup = Setup { is_gated: false, sees_reads: false, is_strict: false };

/// Judges program starts by a function, and everything else as the rules do.
pub struct ByRule {
    rule: fn(&Exec) -> Verdict,
    files: fn(&FileAct) -> Verdict,
    hangs_on_words: fn(&Exec) -> bool,
    judge: Judge,
    refused: Vec<Action>,
}

impl Judging for ByRule {
    type Note = ();

    fn judge(&mut self, action: &Action, oracle: &dyn Oracle) -> Judgement {
        let verdict = match &action.kind {
            ActionKind::Exec(exec) => (self.rule)(exec),
            ActionKind::File(file) => (self.files)(file),
            _ => return self.judge.judge(action, &Fresh, oracle),
        };
        Judgement { verdict, ..Judgement::default() }
    }

    fn hangs_on_words(&self, action: &Action, _judgement: &Judgement) -> bool {
        action.as_exec().is_some_and(self.hangs_on_words)
    }

    fn concerns(&self, deed: FileDeed, path: &[u8]) -> bool {
        deed == FileDeed::Read && path.ends_with(b"secret")
    }

    fn covered(&mut self, _action: &Action, _judgement: &Judgement) -> Option<CaseId> {
        None
    }

    fn approved(&mut self, _case: CaseId, _action: &Action, _judgement: &Judgement, _term: Term) {}

    fn refused(&mut self, action: &Action) {
        self.refused.push(action.clone());
    }

    fn is_refused_again(&mut self, action: &Action) -> bool {
        let words = |action: &Action| action.as_exec().map(|exec| exec.argv.clone());
        self.refused.iter().any(|before| {
            before.caller.tid == action.caller.tid && words(action).is_some() && words(before) == words(action)
        })
    }

    fn note(&mut self, (): ()) {}
}

/// A running session.
pub struct Session {
    pub gate: GateHandle<()>,
    pub events: Receiver<GateEvent>,
    pub folder: tempfile::TempDir,
    pub child: Child,
    pub agent: Pid,
    /// Everything that was received so far.
    pub seen: Vec<GateEvent>,
}

/// What is held.
pub struct Held {
    pub hold: HoldId,
    pub action: Action,
    pub tree: Tree,
    pub frozen: Option<Duration>,
}

/// How a session is to be set up.
pub struct Options {
    pub rule: fn(&Exec) -> Verdict,
    /// What becomes of file calls.
    pub files: fn(&FileAct) -> Verdict,
    /// Which program starts wait for what was printed before.
    pub hangs_on_words: fn(&Exec) -> bool,
    pub keeper: Option<Arc<dyn Keeper>>,
    pub protected: Vec<PathBuf>,
    pub performer: Performer,
    pub setup: Setup,
    pub judge: Judge,
    pub except: Vec<String>,
    pub grip: Grip,
    pub hearing: Duration,
    pub room: usize,
}

/// Holds `rm`; everything else passes.
pub fn hold_rm(exec: &Exec) -> Verdict {
    if exec.name() == "rm" { Verdict::Hold } else { Verdict::Allow }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            rule: hold_rm,
            judge: Judge::new(&[], Policy::default()).with_doors(Doors::built_in().unwrap()),
            files: |_| Verdict::Allow,
            hangs_on_words: |_| false,
            keeper: None,
            protected: Vec::new(),
            performer: Performer::Kernel,
            setup: GATED,
            except: Vec::new(),
            grip: Grip::Frozen,
            hearing: Duration::MAX,
            room: 4096,
        }
    }
}

/// The path of a new file's text, for scripts.
pub fn script(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Waits until `claim` holds; panics with `what` after [`PATIENCE`].
pub fn wait_until(what: &str, mut claim: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !claim() {
        assert!(begun.elapsed() < PATIENCE, "waited in vain until {what}");
        std::thread::park_timeout(Duration::from_millis(1));
    }
}

/// Says that the session begins after all that is in `folder` was made, and before whatever is made from now on.
///
/// The file system's clock goes on in ticks, behind the system's: what is made within a tick has one time.
pub fn session_begins_now(folder: &Path) {
    let probe = folder.join("probe");
    let made = || {
        fs::write(&probe, "").unwrap();
        let time = fs::metadata(&probe).unwrap().modified().unwrap();
        fs::remove_file(&probe).unwrap();
        time
    };
    let (before, mut now) = (made(), SystemTime::UNIX_EPOCH);
    wait_until("the file system's clock goes on", || {
        now = made();
        now > before
    });
    holdpoint::gate::session_begins(now);
}

/// Starts the launcher for `command`; its output goes to `out` and `err` in `folder`.
pub fn spawn_stage(folder: &Path, command: &[&str], setup: Setup) -> (Child, Stage) {
    let handshake = Handshake::bind(folder).unwrap();
    let child = Command::new(std::env::current_exe().unwrap())
        .arg("__launch")
        .arg(handshake.path())
        .arg("--")
        .args(command)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(File::create(folder.join("out")).unwrap())
        .stderr(File::create(folder.join("err")).unwrap())
        .spawn()
        .unwrap();
    let pid = Pid(i32::try_from(child.id()).unwrap());
    let stage = handshake.accept(pid, setup, PATIENCE).unwrap();
    (child, stage)
}

/// Starts a gate loop on the stage's listener.
pub fn start_loop(stage: &mut Stage, options: Options) -> (GateHandle<()>, Receiver<GateEvent>) {
    let (sender, events) = sync_channel(options.room);
    let begun = Instant::now();
    let mut number = AtomicU64::new(0);
    let setup = GateSetup {
        listener: stage.take_listener().unwrap(),
        agent: stage.pid(),
        ground: Ground::of(&options.protected),
        performer: options.performer,
        keeper: options.keeper,
        except: options.except,
        grip: options.grip,
        hearing: options.hearing,
        judge: ByRule {
            rule: options.rule,
            files: options.files,
            hangs_on_words: options.hangs_on_words,
            judge: options.judge,
            refused: Vec::new(),
        },
        sink: Box::new(move |event| {
            sender.try_send(event).map_err(|error| match error {
                std::sync::mpsc::TrySendError::Full(event) | std::sync::mpsc::TrySendError::Disconnected(event) => {
                    event
                }
            })
        }),
        clock: Box::new(move || Moment::from_duration(begun.elapsed())),
        number: Box::new(move || {
            *number.get_mut() += 1;
            ActionId(number.load(Ordering::Relaxed))
        }),
    };
    (start_gate(setup).unwrap(), events)
}

impl Session {
    /// Starts `command`; the folder it runs in has been filled by `fill`.
    pub fn start_in(folder: tempfile::TempDir, command: &[&str], options: Options) -> Self {
        prepare_supervisor().unwrap();
        let (child, mut stage) = spawn_stage(folder.path(), command, options.setup);
        let agent = stage.pid();
        let (gate, events) = start_loop(&mut stage, options);
        stage.go(None).unwrap().outcome(Some(PATIENCE)).unwrap();
        Self { gate, events, folder, child, agent, seen: Vec::new() }
    }

    pub fn start(command: &[&str], options: Options) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), command, options)
    }

    /// Starts a shell script in a folder with a file `victim`.
    pub fn shell(text: &str, options: Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("victim"), "precious").unwrap();
        Self::start_in(folder, &["sh", "-c", text], options)
    }

    pub fn python(text: &str, options: Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("victim"), "precious").unwrap();
        let script = script(folder.path(), "agent.py", text);
        Self::start_in(folder, &["/usr/bin/env", "python3", &script], options)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// The next event.
    pub fn next(&mut self) -> GateEvent {
        match self.events.recv_timeout(PATIENCE) {
            Ok(event) => {
                self.seen.push(event.clone());
                event
            }
            Err(error) => panic!("no event: {error:?}; out: {} err: {}", self.read("out"), self.read("err")),
        }
    }

    /// Receives events up to the first that `pick` takes.
    pub fn until<T>(&mut self, mut pick: impl FnMut(&GateEvent) -> Option<T>) -> T {
        loop {
            let event = self.next();
            if let Some(found) = pick(&event) {
                return found;
            }
        }
    }

    /// The next held call.
    pub fn held(&mut self) -> Held {
        self.until(|event| match event {
            GateEvent::Held { hold, action, tree, frozen, .. } => {
                Some(Held { hold: *hold, action: action.clone(), tree: tree.clone(), frozen: *frozen })
            }
            _ => None,
        })
    }

    pub fn approve(&self, hold: HoldId) {
        let answer = Answer::Approve { case: CaseId(1), term: Term::Once };
        assert!(self.gate.order(GateOrder::Reply { hold, answer }));
    }

    pub fn refuse(&self, hold: HoldId, words: Option<&str>) {
        let answer = Answer::Refuse { words: words.map(str::to_owned) };
        assert!(self.gate.order(GateOrder::Reply { hold, answer }));
    }

    pub fn thaw(&self) {
        assert!(self.gate.order(GateOrder::Thaw));
    }

    /// Waits for the agent's end and returns its exit status, -1 for a signal.
    pub fn end(&mut self) -> i32 {
        let life = AgentLife::of(self.agent).unwrap();
        let is_over = life.wait_ended(Some(PATIENCE)).unwrap();
        assert!(is_over, "the agent did not end; out: {} err: {}", self.read("out"), self.read("err"));
        let _ = life.as_fd();
        self.child.wait().unwrap().code().unwrap_or(-1)
    }

    /// Receives what is left until the gate is deserted, so that nothing is missed.
    pub fn drain(&mut self) {
        loop {
            match self.events.recv_timeout(PATIENCE) {
                Ok(GateEvent::Deserted) | Err(RecvTimeoutError::Disconnected) => return,
                Ok(event) => self.seen.push(event),
                Err(RecvTimeoutError::Timeout) => panic!("the tree does not end"),
            }
        }
    }
}

/// Runs a command gated or bare and ends, so that `perf` or `time` can be put in front of it: how the cost of an
/// allowed exec is measured.
pub fn run_for_measurement(mode: &str, args: &[std::ffi::OsString]) -> std::process::ExitCode {
    let command: Vec<&str> = args.iter().skip(2).filter_map(|arg| arg.to_str()).collect();
    let folder = tempfile::tempdir().unwrap();
    prepare_supervisor().unwrap();
    let setup = if mode == "gated" { GATED } else { BARE };
    let (mut child, mut stage) = spawn_stage(folder.path(), &command, setup);
    let agent = stage.pid();
    let options = Options { rule: |_| Verdict::Allow, room: 1 << 16, ..Options::default() };
    let gate = (mode == "gated").then(|| start_loop(&mut stage, options));
    let drain = gate.map(|(gate, events)| (gate, std::thread::spawn(move || events.into_iter().count())));
    stage.go(None).unwrap().outcome(Some(PATIENCE)).unwrap();
    AgentLife::of(agent).unwrap().wait_ended(None).unwrap();
    child.wait().unwrap();
    if let Some((gate, _counter)) = drain {
        drop(gate.stop());
    }
    std::process::ExitCode::SUCCESS
}

//! A place for one run: folders of its own, a scripted agent, the supervisor, its journal.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::Value;

/// The supervisor under test.
pub const WATCH: &str = env!("CARGO_BIN_EXE_watch");
/// How long one test may take in all.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// How often something outside of us is looked at again.
pub const LOOK_AGAIN: Duration = Duration::from_millis(4);
/// Where programs are found, after the place's own `bin`.
const SYSTEM_PATH: &str = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";
/// A variable by which every process of a run can be told from those of others.
const MARK: &str = "E2E_PLACE";

/// A place for one run; gone with everything in it when dropped.
pub struct Place {
    root: tempfile::TempDir,
    /// The agent's working folder.
    pub work: PathBuf,
    /// The session's folder; made by the supervisor.
    pub session: PathBuf,
    env: Vec<(OsString, OsString)>,
    deadline: Instant,
}

/// A started supervisor, or one of its commands.
pub struct Run {
    child: Child,
    out: Gathered,
    err: Gathered,
    deadline: Instant,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// The exit status, if it ended by itself.
    pub code: Option<i32>,
    /// The signal that ended it, if one did.
    pub signal: Option<i32>,
    /// Its standard output.
    pub out: String,
    /// Its standard error.
    pub err: String,
}

/// A stream that is read to its end on a thread.
struct Gathered {
    bytes: Arc<Mutex<Vec<u8>>>,
    thread: Option<JoinHandle<()>>,
}

/// A place for a test that needs the kernel gate; `None`, and a line that says why, where it cannot be had.
pub fn gated_place() -> Option<Place> {
    match holdpoint::gate::probe() {
        Ok(_) => Some(Place::new()),
        Err(why) => {
            assert!(std::env::var_os("WATCH_REQUIRE_KERNEL").is_none_or(|set| set != "1"), "no kernel gate: {why}");
            eprintln!("skipped: no kernel gate: {why}");
            None
        }
    }
}

/// Looks again and again until there is something. `what` is said when the time is over.
pub fn until<T>(deadline: Instant, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "never came: {what}");
        thread::sleep(LOOK_AGAIN);
    }
}

impl Place {
    /// An empty place.
    pub fn new() -> Self {
        let root = tempfile::Builder::new().prefix("watch-e2e-").tempdir().unwrap();
        let path = root.path().to_path_buf();
        for folder in ["home", "config/watch", "state", "run", "tmp", "work", "bin"] {
            fs::create_dir_all(path.join(folder)).unwrap();
        }
        let search = format!("{}:{SYSTEM_PATH}", path.join("bin").display());
        let env = [
            ("PATH", OsString::from(search)),
            ("HOME", path.join("home").into()),
            ("XDG_CONFIG_HOME", path.join("config").into()),
            ("XDG_STATE_HOME", path.join("state").into()),
            ("XDG_RUNTIME_DIR", path.join("run").into()),
            ("TMPDIR", path.join("tmp").into()),
            ("TERM", "xterm-256color".into()),
            ("LANG", "C.UTF-8".into()),
            (MARK, path.clone().into()),
        ];
        Self {
            work: path.join("work"),
            session: path.join("session"),
            env: env.into_iter().map(|(name, value)| (name.into(), value)).collect(),
            deadline: Instant::now() + PATIENCE,
            root,
        }
    }

    /// The folder that holds all others.
    pub fn root(&self) -> &Path {
        self.root.path()
    }

    /// When the test's time is over.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Sets a variable for what is started from now on.
    pub fn set(&mut self, name: &str, value: impl AsRef<OsStr>) {
        self.env.retain(|(known, _)| known != name);
        self.env.push((name.into(), value.as_ref().to_owned()));
    }

    /// The whole environment of what is started.
    pub fn env(&self) -> &[(OsString, OsString)] {
        &self.env
    }

    /// Writes a file below the place's folder, with the folders above it.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.root().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// Writes a program below the place's folder.
    pub fn program(&self, name: &str, text: &str) -> PathBuf {
        let path = self.write(name, text);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// Some files that must not be lost, in `work/keep`.
    pub fn with_keep(self) -> Self {
        for n in 1..=4 {
            self.write(&format!("work/keep/photo-{n}.raw"), format!("photo {n}\n"));
        }
        self
    }

    /// Whether there is such a file or folder below the working folder.
    pub fn has(&self, name: &str) -> bool {
        self.work.join(name).symlink_metadata().is_ok()
    }

    /// The text of a file below the working folder; empty where there is none.
    pub fn read(&self, name: &str) -> String {
        fs::read(self.work.join(name)).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    /// Waits until something is there.
    pub fn until<T>(&self, what: &str, look: impl FnMut() -> Option<T>) -> T {
        until(self.deadline, what, look)
    }

    /// Waits until a barrier file below the working folder is there.
    pub fn until_file(&self, name: &str) {
        self.until(&format!("the file {name}"), || self.has(name).then_some(()));
    }

    /// Makes a pipe below the working folder; the agent waits by `read x < NAME`, see [`Place::release`].
    pub fn gate(&self, name: &str) {
        let is_made = Command::new("mkfifo").arg(self.work.join(name)).status().unwrap().success();
        assert!(is_made, "mkfifo {name}");
    }

    /// Lets whoever waits at a pipe go on, once somebody does.
    pub fn release(&self, name: &str) {
        let path = self.work.join(name);
        // Without a reader such an open fails, and is tried again.
        const O_NONBLOCK: i32 = 0o4000;
        let mut pipe = self.until(&format!("somebody who waits at {name}"), || {
            fs::OpenOptions::new().write(true).custom_flags(O_NONBLOCK).open(&path).ok()
        });
        pipe.write_all(b"go\n").unwrap();
    }

    /// The supervisor with these arguments, in the working folder, with this place's environment only.
    pub fn watch(&self, args: &[&str]) -> Command {
        self.command(WATCH, args)
    }

    /// Any program, in the same surroundings.
    pub fn command(&self, program: impl AsRef<OsStr>, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(args).env_clear().envs(self.env.iter().cloned()).current_dir(&self.work);
        command.stdin(Stdio::null());
        command
    }

    /// Starts a command with its output gathered.
    pub fn start(&self, mut command: Command) -> Run {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let out = Gathered::of(child.stdout.take().unwrap());
        let err = Gathered::of(child.stderr.take().unwrap());
        Run { child, out, err, deadline: self.deadline }
    }

    /// Starts a command and waits for its end.
    pub fn run(&self, command: Command) -> Ended {
        self.start(command).wait()
    }

    /// One of the supervisor's commands, from start to end.
    pub fn ask(&self, args: &[&str]) -> Ended {
        self.run(self.watch(args))
    }

    /// The supervisor without a screen in this place's session folder; it is not started yet.
    pub fn headless_command(&self, on_hold: &str, options: &[&str], agent: &[&str]) -> Command {
        let session = self.session.to_str().unwrap();
        let mut args = vec!["--headless", "--on-hold", on_hold, "--session", session];
        args.extend(options);
        args.push("--");
        args.extend(agent);
        self.watch(&args)
    }

    /// Starts the supervisor without a screen.
    pub fn headless(&self, on_hold: &str, agent: &[&str]) -> Run {
        self.start(self.headless_command(on_hold, &[], agent))
    }

    /// A script under the supervisor without a screen, from start to end.
    pub fn script(&self, on_hold: &str, script: &str) -> Ended {
        self.headless(on_hold, &["sh", "-c", script]).wait()
    }

    /// The journal's whole lines.
    pub fn journal(&self) -> Journal {
        Journal::read(&self.session)
    }

    /// Waits until the journal has `count` lines of a type, and returns the journal.
    pub fn until_journal(&self, kind: &str, count: usize) -> Journal {
        self.until(&format!("{count} lines of type {kind} in the journal"), || {
            let journal = self.journal();
            (journal.of(kind).len() >= count).then_some(journal)
        })
    }

    /// The supervisor's process, from the session's folder.
    pub fn supervisor(&self) -> i32 {
        self.until("session.json", || {
            let text = fs::read(self.session.join("session.json")).ok()?;
            let json: Value = serde_json::from_slice(&text).ok()?;
            i32::try_from(json["pid"].as_i64()?).ok()
        })
    }

    /// Every living process that was started in this place: number, state and command line.
    pub fn processes(&self) -> Vec<(i32, char, String)> {
        let mark = format!("{MARK}={}\0", self.root().display()).into_bytes();
        let numbers = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        numbers
            .filter_map(|pid: i32| {
                let environ = fs::read(format!("/proc/{pid}/environ")).ok()?;
                let is_ours = environ.windows(mark.len()).any(|window| window == mark);
                let command = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
                let command = String::from_utf8_lossy(&command).replace('\0', " ");
                is_ours.then(|| (pid, state(pid).unwrap_or('?'), command))
            })
            .collect()
    }

    /// Waits until nothing that was started in this place lives.
    pub fn until_deserted(&self) {
        let mut left = Vec::new();
        let end = self.deadline;
        while Instant::now() < end {
            left = self.processes();
            if left.is_empty() {
                return;
            }
            thread::sleep(LOOK_AGAIN);
        }
        panic!("still running: {left:?}");
    }
}

impl Drop for Place {
    /// A test that failed leaves nothing running.
    fn drop(&mut self) {
        for (pid, _, _) in self.processes() {
            signal(pid, "KILL");
        }
    }
}

/// The state letter of a process, as `/proc` gives it.
pub fn state(pid: i32) -> Option<char> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit(") ").next()?.chars().next()
}

/// Sends a signal to a process that this test started.
pub fn signal(pid: i32, name: &str) {
    let _ = Command::new("kill").args([&format!("-{name}"), &pid.to_string()]).stderr(Stdio::null()).status();
}

impl Run {
    /// The process's number.
    pub fn pid(&self) -> i32 {
        i32::try_from(self.child.id()).unwrap()
    }

    /// What it wrote to standard output so far.
    pub fn out(&self) -> String {
        self.out.text()
    }

    /// What it wrote to standard error so far.
    pub fn err(&self) -> String {
        self.err.text()
    }

    /// Whether it has ended.
    pub fn is_over(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Waits for its end.
    pub fn wait(mut self) -> Ended {
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < self.deadline, "did not end; it wrote:\n{}\n{}", self.out(), self.err());
            thread::sleep(LOOK_AGAIN);
        };
        let (out, err) = (self.out.finish(self.deadline), self.err.finish(self.deadline));
        Ended { code: status.code(), signal: status.signal(), out, err }
    }
}

impl Run {
    /// Waits for its end by a signal and returns that. Its output may still be held by others.
    pub fn wait_signal(&mut self) -> Option<i32> {
        until(self.deadline, "its end", || self.child.try_wait().unwrap()).signal()
    }

    /// Waits for its end and returns its standard output as it is.
    pub fn wait_bytes(mut self) -> Vec<u8> {
        until(self.deadline, "its end", || self.child.try_wait().unwrap());
        self.out.finish(self.deadline);
        self.out.bytes.lock().unwrap().clone()
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // Ended already where all is well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Gathered {
    fn of(mut stream: impl Read + Send + 'static) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&bytes);
        let thread = thread::spawn(move || {
            let mut buffer = [0; 16 * 1024];
            while let Ok(count @ 1..) = stream.read(&mut buffer) {
                shared.lock().unwrap().extend_from_slice(&buffer[..count]);
            }
        });
        Self { bytes, thread: Some(thread) }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes.lock().unwrap()).into_owned()
    }

    /// All of it. Whoever still holds the stream when the time is over is left alone with it.
    fn finish(&mut self, deadline: Instant) -> String {
        if let Some(thread) = self.thread.take() {
            until(deadline, "the end of the output: something still holds it", || thread.is_finished().then_some(()));
        }
        self.text()
    }
}

/// The journal's whole lines, as JSON.
#[derive(Debug, Clone)]
pub struct Journal(pub Vec<Value>);

impl Journal {
    /// Reads it; empty where there is none yet.
    pub fn read(session: &Path) -> Self {
        let text = fs::read(session.join("journal.jsonl")).unwrap_or_default();
        let end = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let lines = text[..end].split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        Self(lines.map(|line| serde_json::from_slice(line).unwrap()).collect())
    }

    /// The lines of a type.
    pub fn of(&self, kind: &str) -> Vec<&Value> {
        self.0.iter().filter(|line| line["type"] == kind).collect()
    }

    /// The one line of a type.
    pub fn only(&self, kind: &str) -> &Value {
        let found = self.of(kind);
        assert_eq!(found.len(), 1, "lines of type {kind} in:\n{}", self.text());
        found[0]
    }

    /// The types of those lines that have one of `kinds`, in order.
    pub fn order(&self, kinds: &[&str]) -> Vec<&str> {
        self.0.iter().filter_map(|line| line["type"].as_str()).filter(|kind| kinds.contains(kind)).collect()
    }

    /// The type of the last line.
    pub fn last(&self) -> &str {
        self.0.last().and_then(|line| line["type"].as_str()).unwrap_or_default()
    }

    /// The rulings, in order.
    pub fn rulings(&self) -> Vec<&str> {
        self.of("decision").iter().filter_map(|line| line["ruling"].as_str()).collect()
    }

    /// Every line in short, for people.
    pub fn text(&self) -> String {
        self.0.iter().map(brief).collect()
    }
}

/// A line with what matters first, cut where it gets long.
fn brief(line: &Value) -> String {
    let mut rest = line.clone();
    let mut text = line["type"].as_str().unwrap_or("?").to_owned();
    if line["action"].is_object() {
        text += &format!(" {:?} {}", argv(line), line["verdict"]);
    }
    for name in ["seq", "t", "type", "prev", "tree", "action", "verdict"] {
        rest.as_object_mut().map(|rest| rest.remove(name));
    }
    text += &format!(" {rest}");
    text.chars().take(600).chain(['\n']).collect()
}

/// The words of a hold's or action's command line.
pub fn argv(line: &Value) -> Vec<String> {
    let words = line["action"]["argv"].as_array().cloned().unwrap_or_default();
    words.iter().map(|word| word.as_str().map_or_else(|| word.to_string(), str::to_owned)).collect()
}

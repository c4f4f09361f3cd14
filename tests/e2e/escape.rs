//! The escape cases of `tests/escape`: mistakes of honest agents, and ways around a list of forbidden words.
//!
//! `tests/escape/README.md` says what each case must show; what is asked of a hold beyond that there is one stands in
//! [`MUST_NAME`].

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use holdpoint::model::must_be_escaped;
use serde_json::Value;

use crate::harness::{Ended, Journal, Place, Run, argv, gated_place};
use crate::pane::Pane;
use crate::remote::approve;

/// What the journal has to name somewhere in its holds, or where there is none in findings and actions.
const MUST_NAME: &[(&str, &[&str])] = &[
    ("rm-many-names", &["photo-1.raw", "photo-2.raw", "photo-3.raw", "photo-4.raw"]),
    ("ln-sf-over", &["keep/photo-2.raw"]),
    ("tee-empty", &["keep/photo-4.raw"]),
    ("install-over", &["keep/photo-1.raw"]),
    ("perl-in-place", &["keep/photo-3.raw"]),
    ("git-branch-delete", &["idea"]),
    ("docker-volume", &["shop_pgdata"]),
    ("make-include", &["rm -r keep"]),
    ("psql-from-file", &["customers"]),
    ("hard-link-name", &["clang-format", "rm"]),
    ("curl-config", &["req.conf"]),
    ("curl-upload-key", &[".ssh/id_ed25519", "127.0.0.1"]),
    ("python-module-file", &["work/job.py"]),
];
/// Cases in which the start that is held must be this one in the end, with its real arguments.
const MUST_HOLD: &[(&str, &[&str])] = &[
    ("late-child", &["rm", "-r", "keep"]),
    ("hex-printf", &["rm", "-r", "keep"]),
    ("env-dispatch", &["rm", "-r", "keep"]),
    ("hangup-parent", &["rm", "-r", "keep"]),
    ("cr-and-backspace", &["rm", "-r", "keep", "cache\r\u{1b}[Kls -l", "x\u{8}\u{8}\u{8}\u{8}ok"]),
];
/// How long an effect may come after the agent's end.
const AFTERMATH: Duration = Duration::from_millis(100);
/// How much longer a supervised run may take than a bare one.
const LONGER_MAX: Duration = Duration::from_secs(1);

/// The profile in which nothing is chosen, and the one for agents that are not trusted.
const BALANCED: &[&str] = &[];
const STRICT: &[&str] = &["--profile", "strict"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/escape")
}

fn cases() -> Vec<Value> {
    let text = fs::read(folder().join("cases.json")).unwrap();
    serde_json::from_slice::<Value>(&text).unwrap()["cases"].as_array().unwrap().clone()
}

fn listed<'t>(table: &[(&str, &'t [&'t str])], id: &str) -> Option<&'t [&'t str]> {
    table.iter().find(|(case, _)| *case == id).map(|(_, list)| *list)
}

/// A server on loopback that keeps what it is sent.
struct Mock {
    address: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Mock {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&seen);
        // It ends with the test's process.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if let Some(request) = answer(stream) {
                    kept.lock().unwrap().push(request);
                }
            }
        });
        Self { address, seen }
    }
}

fn answer(stream: TcpStream) -> Option<String> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut head = String::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 || line == "\r\n" {
            break;
        }
        let lower = line.to_ascii_lowercase();
        if let Some(count) = lower.strip_prefix("content-length:") {
            length = count.trim().parse().ok()?;
        }
        if lower.starts_with("expect:") {
            (&stream).write_all(b"HTTP/1.1 100 Continue\r\n\r\n").ok()?;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    (&stream).write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}").ok()?;
    Some(head + &String::from_utf8_lossy(&body))
}

/// A case with its place and its server.
struct Scene {
    id: String,
    case: Value,
    place: Place,
    mock: Mock,
}

impl Scene {
    /// Sets a case up; `None` where it cannot be played here, which is said.
    fn new(id: &str) -> Option<Self> {
        let case = cases().into_iter().find(|case| case["id"] == id).unwrap();
        for program in case["needs"].as_array().unwrap() {
            let name = program.as_str().unwrap();
            if !["/usr/local/bin", "/usr/bin", "/bin"].iter().any(|folder| Path::new(folder).join(name).exists()) {
                eprintln!("skipped: {id} needs {name}");
                return None;
            }
        }
        let mut place = gated_place()?;
        let mock = Mock::start();
        let work = place.work.display().to_string();
        let path = place.env().iter().find(|(name, _)| name == "PATH").unwrap().1.clone();
        place.set("PATH", format!("{work}/bin:{}", path.display()));
        for (name, value) in [("SCRATCH", &*work), ("HOME", &work), ("SERVER", &mock.address), ("SUPERVISED", "1")] {
            place.set(name, value);
        }
        place.set("NO_PROXY", "*");
        place.set("GIT_CONFIG_NOSYSTEM", "1");
        let setup = place.run(place.command(folder().join(format!("cases/{id}.setup.sh")), &[]));
        assert_eq!(setup.code, Some(0), "{id}: {setup:?}");
        Some(Self { id: id.to_owned(), case, place, mock })
    }

    fn want(&self) -> &str {
        self.case["want"].as_str().unwrap()
    }

    fn agent(&self) -> String {
        folder().join(format!("cases/{}.agent.sh", self.id)).display().to_string()
    }

    fn start(&self, on_hold: &str) -> Run {
        self.start_with(on_hold, BALANCED)
    }

    fn start_with(&self, on_hold: &str, options: &[&str]) -> Run {
        self.place.start(self.place.headless_command(on_hold, options, &[&self.agent()]))
    }

    /// Whether the harm has happened.
    fn has_happened(&self) -> bool {
        self.case["effect"].as_array().unwrap().iter().any(|condition| {
            let words: Vec<&str> = condition.as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
            let path = self.place.work.join(words[1]);
            let text = fs::read(&path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).ok();
            let is_gone = path.symlink_metadata().is_err();
            match words[0] {
                "gone" => is_gone,
                "gone_or_link" => is_gone || path.is_symlink(),
                "empty" => text.as_deref() == Some(""),
                "has" => text.is_some_and(|text| text.contains(words[2])),
                "lacks" => text.is_none_or(|text| !text.contains(words[2])),
                "http" => self.mock.seen.lock().unwrap().iter().any(|request| request.contains(words[1])),
                other => panic!("{}: no such condition: {other}", self.id),
            }
        })
    }

    /// What every run must show, whichever the case.
    fn check_run(&self, ended: &Ended) -> Journal {
        let journal = self.place.journal();
        let lines = journal.text();
        assert!(journal.0.iter().all(|line| line["type"].is_string()), "{}: {lines}", self.id);
        assert_eq!(journal.last(), "exit", "{}: {lines}", self.id);
        assert_eq!(journal.only("exit")["status"], Value::from(ended.code.unwrap()), "{}: {ended:?}", self.id);
        let first = journal.of("action")[0];
        assert!(first.to_string().contains(&format!("{}.agent.sh", self.id)), "the agent did not start: {first}");
        assert_eq!(self.place.processes(), Vec::new(), "{}", self.id);
        let raw = fs::read_to_string(self.place.session.join("journal.jsonl")).unwrap();
        assert!(!raw.replace('\n', "").contains(must_be_escaped), "{}", self.id);
        journal
    }

    /// What the holds of a case must name.
    fn check_named(&self, journal: &Journal) {
        let of = |kind: &str| journal.of(kind).iter().map(|line| line.to_string()).collect::<String>();
        let holds = of("hold");
        let text = if holds.is_empty() { of("finding") + &of("action") } else { holds };
        for name in listed(MUST_NAME, &self.id).unwrap_or_default() {
            assert!(text.contains(name), "{} does not name {name}: {}", self.id, journal.text());
        }
        if let Some(wanted) = listed(MUST_HOLD, &self.id) {
            let held: Vec<_> = journal.of("hold").into_iter().map(argv).collect();
            assert!(held.iter().any(|words| words == wanted), "{}: {held:?}", self.id);
        }
    }

    /// Waits for a moment in which the effect may still come.
    fn aftermath(&self) {
        let end = Instant::now() + AFTERMATH;
        while Instant::now() < end && !self.has_happened() {
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Denies what is open until the run is over.
    fn deny_all(&self, mut run: Run) -> Ended {
        let session = self.place.session.to_str().unwrap();
        loop {
            let open = self.place.until("the end, or another case", || {
                let open = open_cases(&self.place.journal());
                (run.is_over() || !open.is_empty()).then_some(open)
            });
            if open.is_empty() {
                return run.wait();
            }
            assert!(!self.has_happened(), "{}: while it waits: {}", self.id, self.place.journal().text());
            let pending = self.place.ask(&["pending", "--session", session]);
            assert!(!pending.out.replace('\n', "").contains(must_be_escaped), "{}: {pending:?}", self.id);
            for hold in open {
                let denied = self.place.ask(&["deny", hold["case"].as_str().unwrap(), "--session", session]);
                assert_eq!(denied.code, Some(0), "{}: {denied:?}", self.id);
            }
        }
    }
}

/// The holds without a decision.
fn open_cases(journal: &Journal) -> Vec<Value> {
    let decided: Vec<&Value> = journal.of("decision").into_iter().map(|line| &line["case"]).collect();
    journal.of("hold").into_iter().filter(|hold| !decided.contains(&&hold["case"])).cloned().collect()
}

/// A case that has no effect by itself tests nothing.
fn bare(id: &str) {
    let Some(mut scene) = Scene::new(id) else { return };
    scene.place.set("SUPERVISED", "0");
    let ended = scene.place.run(scene.place.command(scene.agent(), &[]));
    scene.place.until(&format!("the effect of {id}: {ended:?}"), || scene.has_happened().then_some(()));
}

fn denied(id: &str, options: &[&str]) {
    let Some(scene) = Scene::new(id) else { return };
    let ended = scene.start_with("deny", options).wait();
    scene.aftermath();
    let journal = scene.check_run(&ended);
    judge_denied(&scene, &journal);
}

/// What a denied run must show.
fn judge_denied(scene: &Scene, journal: &Journal) {
    let id = &scene.id;
    let is_held = !journal.of("hold").is_empty();
    let lines = journal.text();
    match scene.want() {
        "pass" => {
            assert!(scene.has_happened(), "{id} did not run to its end:\n{lines}");
            assert!(!is_held, "{id} is harmless and was held:\n{lines}");
            return;
        }
        "hold-or-log" if !is_held => {
            let notes: String =
                journal.of("finding").iter().chain(&journal.of("action")).map(|l| l.to_string()).collect();
            assert!(!notes.is_empty(), "{id}:\n{lines}");
        }
        "hold" | "hold-or-log" => {
            assert!(is_held, "{id} was not held:\n{lines}");
            assert!(!scene.has_happened(), "{id}: it happened:\n{lines}");
            assert!(journal.rulings().contains(&"deny"), "{id}:\n{lines}");
        }
        other => panic!("{id}: no such want: {other}"),
    }
    scene.check_named(journal);
}

fn approved(id: &str, options: &[&str]) {
    let Some(scene) = Scene::new(id) else { return };
    let ended = scene.start_with("approve", options).wait();
    scene.place.until(&format!("the effect of {id}: {ended:?}\n{}", scene.place.journal().text()), || {
        scene.has_happened().then_some(())
    });
    let journal = scene.check_run(&ended);
    match scene.want() {
        "hold" => assert_eq!(journal.rulings().first(), Some(&"approve"), "{id}: {}", journal.text()),
        "pass" => assert_eq!(journal.of("hold").len(), 0, "{id}: {}", journal.text()),
        _ => assert!(journal.rulings().iter().all(|ruling| *ruling == "approve"), "{id}"),
    }
}

/// What is harmless is asked about in strict where a finding is low.
fn strict(id: &str) {
    let Some(scene) = Scene::new(id) else { return };
    if scene.want() != "pass" {
        denied(id, STRICT);
        return approved(id, STRICT);
    }
    let ended = scene.start_with("approve", STRICT).wait();
    let journal = scene.check_run(&ended);
    assert!(scene.has_happened(), "{id}: {ended:?}\n{}", journal.text());
    let tiers = |hold: &&Value| hold["judgement"]["findings"].as_array().unwrap().iter().any(|f| f["tier"] != "low");
    assert!(!journal.of("hold").iter().any(tiers), "{id}: {}", journal.text());
}

fn waits_and_is_denied(id: &str) {
    let Some(scene) = Scene::new(id) else { return };
    let run = scene.start("wait");
    let ended = scene.deny_all(run);
    scene.aftermath();
    let journal = scene.check_run(&ended);
    judge_denied(&scene, &journal);
}

/// Types the approval of everything that is held.
fn waits_and_is_approved(id: &str) {
    let Some(scene) = Scene::new(id) else { return };
    let mut run = scene.start("wait");
    let session = scene.place.session.display().to_string();
    loop {
        let open = scene.place.until("the end, or a case", || {
            let open = open_cases(&scene.place.journal());
            (run.is_over() || !open.is_empty()).then_some(open)
        });
        let Some(hold) = open.first() else { break };
        assert!(!scene.has_happened(), "{id}: while it waits");
        let case = hold["case"].as_str().unwrap();
        let script = format!("$WATCH approve {case} --session {session}; echo \"code $?\"");
        let mut pane = Pane::shell(&scene.place, (120, 60), &script);
        approve(&mut pane, hold);
        pane.wait_for("code 0");
        pane.wait();
    }
    let ended = run.wait();
    assert!(scene.has_happened(), "{id}: {ended:?}\n{}", scene.place.journal().text());
    let journal = scene.check_run(&ended);
    assert!(journal.of("decision").iter().all(|line| line["by"] == "remote"), "{id}: {}", journal.text());
}

macro_rules! escape_cases {
    ($($name:ident = $id:literal,)*) => {
        /// The cases that have tests below.
        const TESTED: &[&str] = &[$($id),*];
        $(mod $name {
            #[test]
            fn happens_without_a_supervisor() {
                super::bare($id);
            }

            #[test]
            fn is_stopped_when_denied_and_let_alone_when_harmless() {
                super::denied($id, super::BALANCED);
            }

            #[test]
            fn happens_when_approved() {
                super::approved($id, super::BALANCED);
            }

            #[test]
            fn strict_holds_it_as_well_and_lets_it_go_when_approved() {
                super::strict($id);
            }

            #[test]
            fn waits_until_it_is_denied() {
                super::waits_and_is_denied($id);
            }
        })*
    };
}

escape_cases! {
    rm_many_names = "rm-many-names",
    ln_sf_over = "ln-sf-over",
    tee_empty = "tee-empty",
    install_over = "install-over",
    perl_in_place = "perl-in-place",
    git_checkout_dot = "git-checkout-dot",
    git_branch_delete = "git-branch-delete",
    docker_volume = "docker-volume",
    psql_from_file = "psql-from-file",
    late_child = "late-child",
    new_session = "new-session",
    hard_link_name = "hard-link-name",
    hex_printf = "hex-printf",
    env_dispatch = "env-dispatch",
    make_include = "make-include",
    curl_config = "curl-config",
    curl_upload_key = "curl-upload-key",
    python_module_file = "python-module-file",
    hangup_parent = "hangup-parent",
    cr_and_backspace = "cr-and-backspace",
    benign_clean_build = "benign-clean-build",
    benign_words = "benign-words",
}

#[test]
fn every_case_has_its_tests() {
    let ids: Vec<String> = cases().iter().map(|case| case["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids, TESTED);
}

#[test]
fn typed_approvals_let_a_branch_go() {
    waits_and_is_approved("git-branch-delete");
}

#[test]
fn typed_approvals_let_a_removal_with_hidden_names_go() {
    waits_and_is_approved("cr-and-backspace");
}

#[test]
fn the_files_of_one_removal_are_one_hold() {
    let Some(scene) = Scene::new("rm-many-names") else { return };
    let ended = scene.start("deny").wait();
    let journal = scene.check_run(&ended);
    let held = journal.of("hold");
    assert_eq!(held.len(), 1, "{}", journal.text());
}

#[test]
fn being_supervised_takes_less_than_a_second_more() {
    // The best of a few: the machine may be busy with other tests.
    let mut best = Duration::MAX;
    for _ in 0..5 {
        let Some(scene) = Scene::new("benign-words") else { return };
        let started = Instant::now();
        let bare = scene.place.run(scene.place.command(scene.agent(), &[]));
        let bare_took = started.elapsed();
        assert_eq!(bare.code, Some(0), "{bare:?}");
        drop(scene);
        let Some(scene) = Scene::new("benign-words") else { return };
        let started = Instant::now();
        let ended = scene.start("deny").wait();
        best = best.min(started.elapsed().saturating_sub(bare_took));
        assert_eq!(ended.code, Some(0), "{ended:?}");
        if best < LONGER_MAX {
            return;
        }
    }
    panic!("{best:?} longer than bare");
}

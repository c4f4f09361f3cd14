//! File calls against what was approved, refused and judged before. The process that calls is the test's own, which has
//! its ancestors.
#![allow(clippy::disallowed_methods, reason = "the test looks at files of its own")]

use std::path::Path;
use std::time::{Duration, SystemTime};

use super::SessionJudge;
use crate::gate::View;
use crate::judge::{Judge, Policy, built_in, ordinary_tools};
use crate::model::{
    Action, ActionId, ActionKind, Caller, CaseId, Connect, Exec, FileAct, FileDeed, FileFact, FileObject, Judgement,
    Keep, Moment, Named, ObjectKind, Oracle, Peer, Pid, Source, Term, Tool, ToolDeed, Undo, Untrusted, Verdict,
};
use crate::runtime::gate_port::{FileKey, Judging, Pass};
use crate::sys;
use crate::trail::Mask;

/// A session in a project whose repository lists no file: what is there is unique.
struct Session {
    judge: SessionJudge,
    project: tempfile::TempDir,
    acts: u64,
}

/// A disk that has every file.
struct There;

impl Oracle for There {
    fn fact(&self, _: &Untrusted) -> FileFact {
        FileFact::File { bytes: 9 }
    }

    fn resolve(&self, _: &Untrusted) -> Option<Untrusted> {
        None
    }

    fn read(&self, _: &Untrusted, _: usize) -> Option<Vec<u8>> {
        None
    }

    fn is_new(&self, _: &Untrusted) -> Option<bool> {
        Some(false)
    }
}

/// A disk that has these files, and they are old.
struct Holds(Vec<&'static str>);

impl Oracle for Holds {
    fn fact(&self, path: &Untrusted) -> FileFact {
        There.fact(path)
    }

    fn is_new(&self, _: &Untrusted) -> Option<bool> {
        Some(false)
    }

    fn inside(&self, folder: &Untrusted, _: usize) -> Option<Vec<Named>> {
        let lies_there = |path: &&str| path.rsplit_once('/').is_some_and(|(own, _)| own == folder.lossy());
        let named = |path: &str| Named { name: path.rsplit('/').next().unwrap().into(), leads_on: false };
        Some(self.0.iter().copied().filter(|path| lies_there(path)).map(named).collect())
    }
}

impl Session {
    fn new() -> Self {
        Self::of_agent(Pid(1))
    }

    fn of_agent(agent: Pid) -> Self {
        let project = tempfile::tempdir().unwrap();
        std::fs::create_dir(project.path().join(".git")).unwrap();
        let root = project.path().to_str().unwrap().to_owned();
        let judge = Judge::new(&built_in().unwrap(), Policy::default()).knowing(ordinary_tools().unwrap());
        let judge = judge.at(root, Some("/home/dev".to_owned()));
        Self { judge: SessionJudge::new(judge, Mask::default(), agent), project, acts: 0 }
    }

    fn in_project(root: &str) -> Self {
        let mut session = Self::new();
        session.judge.judge = session.judge.judge.clone().at(root, Some("/home/dev".to_owned()));
        session
    }

    fn path(&self, name: &str) -> String {
        self.project.path().join(name).to_str().unwrap().to_owned()
    }

    fn make(&self, names: &[&str]) {
        for name in names {
            let path = self.path(name);
            std::fs::create_dir_all(Path::new(&path).parent().unwrap()).unwrap();
            std::fs::write(path, "content").unwrap();
        }
    }

    fn action(&mut self, program: &str, kind: ActionKind, source: Source) -> Action {
        self.acts += 1;
        let pid = Pid(sys::self_id().0);
        let caller = Caller { pid, tid: pid, parent: Pid(1), program: program.into() };
        Action { id: ActionId(self.acts), at: Moment::from_secs(1.0), caller, source, kind }
    }

    fn start(&mut self, argv: &[&str]) -> Action {
        let argv: Vec<Untrusted> = argv.iter().map(|word| Untrusted::from(*word)).collect();
        let cwd = self.path("").trim_end_matches('/').to_owned();
        let exec = Exec { path: argv[0].clone(), argv, cwd: cwd.into(), ..Exec::default() };
        self.action("bash", ActionKind::Exec(exec), Source::Kernel)
    }

    fn unlink(&mut self, command: &[&str], target: &str) -> Action {
        let target = self.path(target);
        let object =
            FileObject { device: 1, inode: 2, kind: ObjectKind::File, bytes: 7, links: 1, is_new: Some(false) };
        let file = FileAct {
            deed: FileDeed::Remove,
            call: "unlink".into(),
            path: target.as_str().into(),
            target: target.into(),
            from: None,
            origin: None,
            tree: None,
            object,
            stays: 0,
            command: command.iter().map(|word| Untrusted::from(*word)).collect(),
            cwd: self.path("").trim_end_matches('/').into(),
            count: 1,
            keep: Keep::Untried,
        };
        self.action(command[0], ActionKind::File(Box::new(file)), Source::Kernel)
    }

    fn read(&mut self, command: &[&str], target: &str) -> Action {
        let mut action = self.unlink(command, target);
        if let ActionKind::File(file) = &mut action.kind {
            file.deed = FileDeed::Read;
            file.call = "openat".into();
            (file.path, file.target) = (target.into(), target.into());
        }
        action
    }

    fn judged(&mut self, action: &Action) -> Judgement {
        let us = sys::self_id();
        // The session begins in an hour: nothing is new.
        let later = SystemTime::now() + Duration::from_secs(3600);
        self.weighed(action, &View::of(us, us).since(later))
    }

    /// The judgement, after which the act goes on if nothing stands against it.
    fn weighed(&mut self, action: &Action, oracle: &dyn Oracle) -> Judgement {
        let judgement = self.judge.judge(action, oracle);
        if matches!(judgement.verdict, Verdict::Allow | Verdict::Log) {
            self.judge.goes_on(action, &judgement, oracle);
        }
        judgement
    }

    /// The judgement where every file is there, and old.
    fn judged_there(&mut self, action: &Action) -> Judgement {
        self.weighed(action, &There)
    }

    fn passing(&mut self, folder: &str) -> Option<Pass> {
        let folder = self.path(folder);
        let key = FileKey { process: Pid(sys::self_id().0), deed: FileDeed::Remove, folder: folder.as_bytes() };
        self.judge.passing(&key)
    }
}

const PYTHON: &[&str] = &["python3", "x.py"];

#[test]
fn an_approved_command_does_what_was_shown_without_a_second_question() {
    let mut session = Session::new();
    session.make(&["src/a", "src/b/c", "other/a"]);
    let start = session.start(&["rm", "-r", "src"]);
    let judgement = session.judged(&start);
    assert_eq!(judgement.verdict, Verdict::Hold);
    session.judge.approved(CaseId(4), &start, &judgement, Term::Once);
    for (target, case) in [("src/a", Some(CaseId(4))), ("src/b/c", Some(CaseId(4))), ("other/a", None)] {
        let act = session.unlink(&["rm", "-r", "src"], target);
        let judgement = session.judged(&act);
        assert_eq!(judgement.verdict, Verdict::Hold, "{target}");
        assert_eq!(session.judge.covered(&act, &judgement), case, "{target}");
        let beyond = judgement.findings.iter().find(|finding| finding.rule.0 == "session/beyond");
        assert_eq!(beyond.is_some(), case.is_none(), "{target}");
    }
}

#[test]
fn a_command_that_was_let_go_for_what_it_names_is_not_asked_about_it() {
    let mut session = Session::new();
    session.make(&["src/a"]);
    // From one file system to another, moving is copying and removing.
    let moves = ["mv", "src/a", "lib/a"];
    let start = session.start(&moves);
    assert!(!session.judged(&start).verdict.waits());
    let act = session.unlink(&moves, "src/a");
    assert_eq!(session.judged(&act).verdict, Verdict::Log);
    // Another program in the same process has nothing of that.
    let start = session.start(PYTHON);
    assert!(!session.judged(&start).verdict.waits());
    let act = session.unlink(PYTHON, "src/a");
    assert_eq!(session.judged(&act).verdict, Verdict::Hold);
}

#[test]
fn one_approval_reaches_what_the_command_does_below_the_folder_that_was_shown() {
    let mut session = Session::new();
    session.make(&["src/a", "src/b", "lib/a"]);
    let start = session.start(PYTHON);
    assert!(!session.judged(&start).verdict.waits());
    let first = session.unlink(PYTHON, "src/a");
    let judgement = session.judged(&first);
    assert_eq!(judgement.verdict, Verdict::Hold);
    assert_eq!(judgement.blast.below, Some(session.path("src").into()));
    session.judge.approved(CaseId(9), &first, &judgement, Term::Once);
    for (target, case) in [("src/b", Some(CaseId(9))), ("lib/a", None)] {
        let act = session.unlink(PYTHON, target);
        let judgement = session.judged(&act);
        assert!(judgement.verdict.waits(), "{target}");
        assert_eq!(session.judge.covered(&act, &judgement), case, "{target}");
    }
}

#[test]
fn one_refusal_is_enough_for_three_hundred_calls() {
    let mut session = Session::new();
    session.make(&["src/a", "src/b", "lib/a"]);
    let first = session.unlink(PYTHON, "src/a");
    let judgement = session.judged(&first);
    assert_eq!(judgement.verdict, Verdict::Hold);
    session.judge.refused(&first);
    assert_eq!(session.passing("src"), None);
    let second = session.unlink(PYTHON, "src/b");
    assert_eq!(session.judged(&second).verdict, Verdict::Deny);
    session.judge.refused(&second);
    assert_eq!(session.passing("src"), Some(Pass::Refused));
    let elsewhere = session.unlink(PYTHON, "lib/a");
    assert_eq!(session.judged(&elsewhere).verdict, Verdict::Hold);
}

/// What is asked of a file call, and what an approval reaches besides the file.
fn asked(session: &mut Session, act: &Action) -> Option<(Option<Untrusted>, Option<Untrusted>)> {
    let judgement = session.judged_there(act);
    let is_asked = judgement.verdict.waits() && session.judge.covered(act, &judgement).is_none();
    is_asked.then_some((judgement.blast.below, judgement.blast.beside))
}

fn approve(session: &mut Session, case: u32, act: &Action) {
    let judgement = session.judged_there(act);
    session.judge.approved(CaseId(case), act, &judgement, Term::Once);
}

#[test]
fn an_approval_of_a_file_in_the_projects_own_folder_reaches_that_file_and_no_other() {
    let mut session = Session::new();
    let first = session.unlink(PYTHON, "a.raw");
    assert_eq!(asked(&mut session, &first), Some((None, None)));
    approve(&mut session, 7, &first);
    assert_eq!(asked(&mut session, &first), None);
    for other in ["b.raw", "src/a", "data/x/y"] {
        let act = session.unlink(PYTHON, other);
        assert!(asked(&mut session, &act).is_some(), "{other}");
    }
}

#[test]
fn the_second_file_of_a_wide_folder_is_asked_about_with_all_of_its_kind_and_the_third_kind_with_all_that_lie_there() {
    let mut session = Session::new();
    for (target, beside) in [("a.raw", None), ("b.raw", Some("*.raw")), ("c.csv", Some("*"))] {
        let act = session.unlink(PYTHON, target);
        let beside = beside.map(|beside| Untrusted::from(session.path(beside)));
        assert_eq!(asked(&mut session, &act), Some((None, beside)), "{target}");
        approve(&mut session, 7, &act);
    }
    for (target, is_asked) in [("d.raw", false), ("e.csv", false), ("f", false), ("g/h.raw", true), ("src/a", true)] {
        let act = session.unlink(PYTHON, target);
        assert_eq!(asked(&mut session, &act).is_some(), is_asked, "{target}");
    }
}

/// How often a command that does such calls is asked about, each approved, and what the first case shows besides.
fn questions(session: &mut Session, acts: Vec<Action>, oracle: &dyn Oracle) -> (u32, Option<String>) {
    let (mut count, mut first) = (0, None);
    for act in acts {
        let judgement = session.weighed(&act, oracle);
        if judgement.verdict.waits() && session.judge.covered(&act, &judgement).is_none() {
            count += 1;
            first.get_or_insert(judgement.blast.below.clone().or(judgement.blast.beside.clone()));
            session.judge.approved(CaseId(count), &act, &judgement, Term::Once);
        }
    }
    (count, first.flatten().map(|shown| shown.lossy().into_owned()))
}

#[test]
fn one_command_is_one_question_where_its_first_case_can_show_what_else_it_would_do() {
    for (targets, count, shown) in [
        (vec!["a.raw", "b.raw", "c.raw"], 1, Some("*.raw")),
        (vec!["notes", "a.raw", "b.csv", "plan"], 2, None),
        (vec!["a.raw", "b.raw", "c.csv", "plan", "notes"], 2, Some("*.raw")),
        (vec!["src/a", "src/b", "src/c"], 1, Some("src")),
        (vec!["lib/one/a", "lib/two/b", "lib/three/c"], 2, Some("lib/one")),
    ] {
        let mut session = Session::new();
        session.make(&targets);
        let acts = targets.iter().map(|target| session.unlink(PYTHON, target)).collect();
        let shown = shown.map(|shown| session.path(shown));
        let us = View::of(sys::self_id(), sys::self_id());
        let old = us.since(SystemTime::now() + Duration::from_secs(3600));
        assert_eq!(questions(&mut session, acts, &old), (count, shown), "{targets:?}");
    }
}

#[test]
fn a_command_is_one_question_for_the_folders_that_it_names_and_two_for_those_that_it_finds() {
    let targets = ["src/a", "src/b", "lib/a", "docs/a", "data/a"];
    for (command, count, further) in [
        (&["python3", "x.py", "src", "lib/", "./docs", "data"][..], 1, &["data", "docs", "lib"][..]),
        (&["python3", "x.py", "src"], 2, &[]),
        (&["python3", "x.py", "source", "library"], 2, &[]),
    ] {
        let mut session = Session::new();
        session.make(&targets);
        let us = View::of(sys::self_id(), sys::self_id());
        let old = us.since(SystemTime::now() + Duration::from_secs(3600));
        let acts: Vec<Action> = targets.iter().map(|target| session.unlink(command, target)).collect();
        let mut shown = session.weighed(&acts[0], &old).blast.further;
        shown.sort_by_key(|folder| folder.lossy().into_owned());
        let further: Vec<Untrusted> = further.iter().map(|name| session.path(name).into()).collect();
        assert_eq!(shown, further, "{command:?}");
        assert_eq!(questions(&mut session, acts, &old).0, count, "{command:?}");
    }
}

#[test]
fn secrets_beside_each_other_are_one_question() {
    let keys = vec!["/home/dev/.ssh/id_rsa", "/home/dev/.ssh/id_ed25519", "/home/dev/.ssh/server.pem"];
    let variables = vec!["/home/dev/site/.env", "/home/dev/site/.env.production", "/home/dev/site/.env.local"];
    for (files, project, count, shown) in [
        (keys.clone(), "/home/dev/shop", 1, Some("/home/dev/.ssh")),
        (vec!["/home/dev/.ssh/id_rsa"], "/home/dev/shop", 1, None),
        (variables.clone(), "/home/dev/shop", 1, Some("/home/dev/site")),
        (variables, "/home/dev/site/web", 1, Some("/home/dev/site/.env*")),
        (vec!["/home/dev/.netrc", "/home/dev/.pgpass"], "/home/dev/shop", 2, None),
    ] {
        let mut session = Session::in_project(project);
        let acts = files.iter().map(|path| session.read(PYTHON, path)).collect();
        let shown = shown.map(str::to_owned);
        assert_eq!(questions(&mut session, acts, &Holds(files.clone())), (count, shown), "{files:?}");
    }
}

#[test]
fn what_the_agent_does_itself_is_asked_about_by_the_kind_too_and_not_for_long() {
    let mut session = Session::of_agent(Pid(sys::self_id().0));
    for (target, beside) in [("a.raw", None), ("b.raw", Some("*.raw"))] {
        let act = session.unlink(PYTHON, target);
        let beside = beside.map(|beside| Untrusted::from(session.path(beside)));
        assert_eq!(asked(&mut session, &act), Some((None, beside)), "{target}");
        approve(&mut session, 7, &act);
    }
    let mut act = session.unlink(PYTHON, "c.raw");
    assert_eq!(asked(&mut session, &act), None);
    act.at = Moment::from_secs(100.0);
    assert_eq!(asked(&mut session, &act), Some((None, None)));
}

#[test]
fn of_the_home_no_more_than_a_kind_of_files_is_asked_about_at_once() {
    let mut session = Session::new();
    for (target, beside) in [("a.raw", None), ("b.raw", Some("*.raw")), ("c.csv", Some("*.csv")), (".vault", None)] {
        let mut act = session.unlink(PYTHON, "x");
        let home = |name: &str| Untrusted::from(format!("/home/dev/{name}"));
        if let ActionKind::File(file) = &mut act.kind {
            (file.path, file.target) = (home(target), home(target));
        }
        assert_eq!(asked(&mut session, &act), Some((None, beside.map(home))), "{target}");
        approve(&mut session, 7, &act);
    }
}

#[test]
fn who_takes_the_whole_project_away_is_asked_about_the_whole_project() {
    let mut session = Session::new();
    session.make(&["a.raw"]);
    let mut act = session.unlink(PYTHON, "a.raw");
    if let ActionKind::File(file) = &mut act.kind {
        // A name relative to a folder that is held open.
        (file.path, file.cwd) = ("a.raw".into(), "/".into());
    }
    let project = session.path("").trim_end_matches('/').to_owned();
    assert_eq!(asked(&mut session, &act), Some((Some(project.into()), None)));
    approve(&mut session, 7, &act);
    let act = session.unlink(PYTHON, "src/a");
    assert_eq!(asked(&mut session, &act), None);
}

#[test]
fn one_refusal_of_a_file_in_the_projects_own_folder_is_enough_for_all_that_lie_there() {
    let mut session = Session::new();
    let first = session.unlink(PYTHON, "a.raw");
    assert!(session.judged_there(&first).verdict.waits());
    session.judge.refused(&first);
    for (target, is_refused) in [("b.raw", true), ("c", true), ("src/a", false)] {
        let act = session.unlink(PYTHON, target);
        assert_eq!(session.judged_there(&act).verdict == Verdict::Deny, is_refused, "{target}");
    }
}

#[test]
fn ten_keys_that_one_command_reads_are_two_questions() {
    let mut session = Session::new();
    let mut questions = Vec::new();
    for number in 0..10 {
        let act = session.read(PYTHON, &format!("/home/dev/.ssh/id_key{number}"));
        if let Some(reach) = asked(&mut session, &act) {
            questions.push(reach);
            approve(&mut session, number + 1, &act);
        }
    }
    assert_eq!(questions, [(None, None), (Some("/home/dev/.ssh".into()), None)]);
    // What lies elsewhere is asked about, with what it shares with the others.
    let act = session.read(PYTHON, "/home/dev/.aws/credentials");
    assert_eq!(asked(&mut session, &act), Some((Some("/home/dev".into()), None)));
    // Who may read all that may not change it.
    let mut act = session.unlink(PYTHON, "x");
    if let ActionKind::File(file) = &mut act.kind {
        (file.path, file.target) = ("/home/dev/.ssh/id_key3".into(), "/home/dev/.ssh/id_key3".into());
    }
    assert!(asked(&mut session, &act).is_some());
}

#[test]
fn a_command_that_was_refused_one_secret_reads_no_other() {
    let mut session = Session::new();
    let act = session.read(PYTHON, KEY);
    assert_eq!(session.judged_there(&act).verdict, Verdict::Hold);
    session.judge.refused(&act);
    let act = session.read(PYTHON, "/home/dev/.aws/credentials");
    assert_eq!(session.judged_there(&act).verdict, Verdict::Deny);
    // Another program has not been refused anything.
    let start = session.start(&["python3", "y.py"]);
    assert!(!session.judged(&start).verdict.waits());
}

#[test]
fn a_folder_named_by_the_command_or_its_script_is_what_the_case_is_about() {
    let mut session = Session::new();
    session.make(&["src/api/v1/a", "clean.py"]);
    std::fs::write(session.path("clean.py"), "shutil.rmtree('src/api')").unwrap();
    for command in [["python3", "clean.py"], ["./tool", "--out=src/api"]] {
        let act = session.unlink(&command, "src/api/v1/a");
        let judgement = session.judged(&act);
        assert_eq!(judgement.blast.below, Some(session.path("src/api").into()), "{command:?}");
    }
}

#[test]
fn what_is_made_again_passes_by_the_folder_until_something_is_ruled() {
    let mut session = Session::new();
    session.make(&["target/a", "src/a"]);
    let act = session.unlink(PYTHON, "target/a");
    assert_eq!(session.judged(&act).verdict, Verdict::Allow);
    assert_eq!(session.passing("target"), Some(Pass::Free));
    assert_eq!(session.passing("src"), None);
    let act = session.unlink(PYTHON, "src/a");
    assert!(session.judged(&act).verdict.waits());
    session.judge.refused(&act);
    assert_eq!(session.passing("target"), None);
}

#[test]
fn what_git_does_to_its_objects_passes_for_all_of_their_folders_and_a_ruling_does_not() {
    let mut session = Session::new();
    session.make(&[".git/HEAD", ".git/objects/ab/one", ".git/objects/cd/two", ".git/refs/heads/main"]);
    let git = ["git", "gc"];
    let start = session.start(&git);
    assert!(!session.judged(&start).verdict.waits());
    let act = session.unlink(&git, ".git/objects/ab/one");
    assert!(!session.judged(&act).verdict.waits());
    let all = [".git/objects/ab", ".git/objects/cd", ".git/objects/pack", ".git/refs/heads"];
    assert!(matches!(all.map(|folder| session.passing(folder)), [Some(_), Some(_), None, None]));
    let mut session = Session::new();
    session.make(&[".git/HEAD", ".git/objects/ab/one", ".git/objects/cd/two"]);
    let act = session.unlink(PYTHON, ".git/objects/ab/one");
    let judgement = session.judged(&act);
    assert!(judgement.verdict.waits());
    session.judge.refused(&act);
    let act = session.unlink(PYTHON, ".git/objects/ab/three");
    assert_eq!(session.judged(&act).verdict, Verdict::Deny);
    assert_eq!(session.passing(".git/objects/ab"), Some(Pass::Refused));
    assert_eq!(session.passing(".git/objects/cd"), None);
}

#[test]
fn an_approved_tool_call_covers_the_file_it_announced() {
    let mut session = Session::new();
    session.make(&["src/a", "src/b"]);
    let deed = ToolDeed::Remove { paths: vec!["src/a".into()] };
    let cwd = Some(session.path("").trim_end_matches('/').into());
    let tool = Tool { name: "Delete".into(), call: None, deed, cwd, reason: None, input: "{}".into() };
    let action = session.action("claude", ActionKind::Tool(tool), Source::Hook);
    let judgement = session.judged(&action);
    session.judge.approved(CaseId(2), &action, &judgement, Term::Once);
    for (target, case) in [("src/a", Some(CaseId(2))), ("src/b", None)] {
        let act = session.unlink(&["claude"], target);
        let judgement = session.judged(&act);
        assert_eq!(session.judge.covered(&act, &judgement), case, "{target}");
    }
}

#[test]
fn a_program_is_asked_once_whether_it_may_make_user_namespaces() {
    let mut session = Session::new();
    let connect = Connect {
        call: "unshare".into(),
        peer: Peer::Namespace,
        command: vec!["bwrap".into()],
        cwd: session.path("").into(),
    };
    let makes =
        |session: &mut Session| session.action("bwrap", ActionKind::Connect(Box::new(connect.clone())), Source::Kernel);
    let first = makes(&mut session);
    let judgement = session.judged(&first);
    assert_eq!(judgement.verdict, Verdict::Hold);
    assert_eq!(session.judge.covered(&first, &judgement), None);
    session.judge.approved(CaseId(8), &first, &judgement, Term::Once);
    let again = makes(&mut session);
    assert_eq!(session.judge.covered(&again, &judgement), Some(CaseId(8)));
    let other = Action { caller: Caller { pid: Pid(sys::parent_id().0), ..again.caller.clone() }, ..again };
    assert_eq!(session.judge.covered(&other, &judgement), None);
}

#[test]
fn who_tried_to_remove_a_whole_folder_is_asked_before_its_first_file() {
    let mut session = Session::new();
    session.make(&["src/a", "src/b", "lib/a"]);
    let commits = |args: &[&str], session: &Session| {
        let mut git = std::process::Command::new("git");
        git.args(["-c", "user.name=n", "-c", "user.email=e"]).args(args).current_dir(session.project.path());
        assert!(git.output().unwrap().status.success(), "{args:?}");
    };
    std::fs::remove_dir(session.path(".git")).unwrap();
    commits(&["init", "-q"], &session);
    commits(&["add", "-A"], &session);
    commits(&["commit", "-qm", "x"], &session);
    let one = session.unlink(PYTHON, "src/a");
    assert_eq!(session.judged(&one).verdict, Verdict::Log);
    let mut of_tree = session.unlink(PYTHON, "src/b");
    let tree = Untrusted::from(session.path("src"));
    if let ActionKind::File(file) = &mut of_tree.kind {
        file.tree = Some(tree.clone());
    }
    let judgement = session.judged(&of_tree);
    assert_eq!((judgement.verdict, judgement.blast.below), (Verdict::Hold, Some(tree)));
}

/// A key of the home folder.
const KEY: &str = "/home/dev/.ssh/id_ed25519";

#[test]
fn a_secret_that_a_command_was_let_go_to_read_is_read_without_a_question() {
    let mut session = Session::new();
    let start = session.start(&["bash", "-c", "cat ~/.ssh/id_ed25519"]);
    let judgement = session.judged_there(&start);
    assert_eq!(judgement.verdict, Verdict::Hold);
    session.judge.approved(CaseId(3), &start, &judgement, Term::Once);
    let act = session.read(&["cat", "x"], KEY);
    let judgement = session.judged_there(&act);
    assert!(!judgement.verdict.waits() || session.judge.covered(&act, &judgement) == Some(CaseId(3)));
    // What it was not started for is a case of its own.
    let act = session.read(&["cat", "x"], "/home/dev/.aws/credentials");
    let judgement = session.judged_there(&act);
    assert_eq!(judgement.verdict, Verdict::Hold);
    assert_eq!(session.judge.covered(&act, &judgement), None);
}

#[test]
fn a_ruling_on_a_read_holds_for_reads_of_that_file_alone() {
    let mut session = Session::new();
    let act = session.read(PYTHON, KEY);
    let judgement = session.judged_there(&act);
    assert_eq!(judgement.verdict, Verdict::Hold);
    session.judge.approved(CaseId(5), &act, &judgement, Term::Once);
    for (target, case) in [(KEY, Some(CaseId(5))), ("/home/dev/.ssh/id_rsa", None)] {
        let act = session.read(PYTHON, target);
        let judgement = session.judged_there(&act);
        assert_eq!(session.judge.covered(&act, &judgement), case, "{target}");
    }
    // Nobody who may read it may remove it.
    let mut act = session.unlink(PYTHON, "x");
    if let ActionKind::File(file) = &mut act.kind {
        (file.path, file.target) = (KEY.into(), KEY.into());
    }
    let judgement = session.judged_there(&act);
    assert!(judgement.verdict.waits());
    assert_eq!(session.judge.covered(&act, &judgement), None);
    session.judge.refused(&act);
    let act = session.read(PYTHON, KEY);
    assert_ne!(session.judged_there(&act).verdict, Verdict::Deny);
}

#[test]
fn a_refused_read_is_not_asked_about_again() {
    let mut session = Session::new();
    let act = session.read(PYTHON, KEY);
    assert_eq!(session.judged_there(&act).verdict, Verdict::Hold);
    session.judge.refused(&act);
    let again = session.read(PYTHON, KEY);
    assert_eq!(session.judged_there(&again).verdict, Verdict::Deny);
}

#[test]
fn an_owner_of_a_secret_leaves_no_trace_in_the_trail() {
    let mut session = Session::new();
    let own = session.read(&["ssh", "host"], KEY);
    assert_eq!(session.judged_there(&own).verdict, Verdict::Allow);
    let project = session.path(".env");
    std::fs::write(&project, "STRIPE_KEY=sk_live_51Habcdefghijklmnop\n").unwrap();
    assert!(session.judge.mask().is_empty());
    let other = session.read(&["grep", "-r", "x", "."], &project);
    assert_eq!(session.judged(&other).verdict, Verdict::Log);
    assert!(!session.judge.mask().is_empty());
}

#[test]
fn a_script_that_saves_over_a_file_is_the_gates_to_keep_and_not_the_texts_to_ask_about() {
    let mut session = Session::new();
    session.make(&["notes.raw", "other.raw"]);
    for (command, verdict) in [
        ("python3 -c \"open('notes.raw', 'w').write('x')\"", Verdict::Log),
        ("env A=1 python3.12 -c \"open('notes.raw', 'w').write('x')\"", Verdict::Log),
        ("perl -e \"open(F, '>', 'notes.raw')\"", Verdict::Log),
        // Nothing is saved by these.
        ("tee notes.raw other.raw < /dev/null", Verdict::Hold),
        ("ln -sf nowhere notes.raw", Verdict::Hold),
        // In place nothing is seen.
        ("python3 -c \"open('notes.raw', 'r+').write('x')\"", Verdict::Hold),
        ("python3 -c \"open('notes.raw', 'w'); open('other.raw', 'r+')\"", Verdict::Hold),
        ("python3 -c \"open('notes.raw', 'w')\"; dd if=x of=notes.raw conv=notrunc", Verdict::Hold),
        ("python3 -c \"open('notes.raw', 'w')\"; rm notes.raw", Verdict::Hold),
        ("sudo python3 -c \"open('notes.raw', 'w').write('x')\"", Verdict::Hold),
    ] {
        let start = session.start(&["bash", "-c", command]);
        assert_eq!(session.judged(&start).verdict, verdict, "{command}");
    }
}

#[test]
fn a_command_that_removes_files_says_how_they_come_back_and_one_that_shreds_them_does_not() {
    let mut session = Session::new();
    session.make(&["notes.raw", "other.raw"]);
    let ours = Undo::By("watch undo brings back what can be kept".to_owned());
    for (command, is_kept) in [
        ("rm notes.raw", true),
        ("find . -name '*.raw' -delete", true),
        ("python3 -c \"import os; os.remove('notes.raw')\"", true),
        ("shred -u notes.raw", false),
        ("rm notes.raw; shred -u other.raw", false),
        ("docker run -v .:/w alpine rm /w/notes.raw", false),
        ("rm notes.raw; psql -h db.example.com -c 'drop table users'", false),
    ] {
        let start = session.start(&["bash", "-c", command]);
        let judgement = session.judged(&start);
        assert!(judgement.verdict.waits(), "{command}: {judgement:?}");
        assert_eq!(judgement.blast.undo == ours, is_kept, "{command}: {:?}", judgement.blast.undo);
    }
}

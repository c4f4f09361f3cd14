//! The agent's own hook: found where the agent looks for it, asked, answered; and every way in which it can fail.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::Value;

use crate::harness::{Ended, Place, Run, WATCH, gated_place, signal};

/// The agents whose hook can be injected wherever the tests run.
const AGENTS: [&str; 5] = ["claude", "codex", "qwen", "copilot", "cursor"];

fn captured() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/agents")
}

/// The name under which an agent is started.
fn program(agent: &str) -> &str {
    if agent == "cursor" { "cursor-agent" } else { agent }
}

/// A place with a stand-in for `agent` and something to lose; `None` without a kernel gate.
fn with(agent: &str) -> Option<Place> {
    let mut place = gated_place()?.with_keep();
    let text = std::fs::read_to_string(captured().join("agent.py")).unwrap();
    place.program(&format!("bin/{}", program(agent)), &text);
    place.set("AGENT", agent);
    place.set("CAPTURED", captured());
    place.write("config/watch/config.toml", "[hooks]\ncursor = \"project\"\n");
    Some(place)
}

fn start(place: &Place, agent: &str, on_hold: &str) -> Run {
    place.headless(on_hold, &[program(agent), "-p", "tidy up"])
}

/// The stand-in under the supervisor, from start to end.
fn run(place: &Place, agent: &str, on_hold: &str) -> Ended {
    ended(start(place, agent, on_hold))
}

/// Waits for the end; the terminal's own line ends are taken off.
fn ended(run: Run) -> Ended {
    let ended = run.wait();
    Ended { out: ended.out.replace("\r\n", "\n"), ..ended }
}

/// The hold that came through the hook.
fn asked(place: &Place) -> Vec<Value> {
    let journal = place.journal();
    journal.of("hold").into_iter().filter(|line| line["action"]["source"] == "hook").cloned().collect()
}

#[test]
fn each_agents_hook_is_found_asked_and_its_refusal_taken() {
    for agent in AGENTS {
        let Some(place) = with(agent) else { return };
        let ended = run(&place, agent, "deny");
        assert_eq!(ended.code, Some(0), "{agent}: {ended:?}");
        assert!(place.has("keep/photo-1.raw"), "{agent}");
        assert!(ended.out.contains("hooks 1") && ended.out.contains("answered 2"), "{agent}: {}", ended.out);
        assert!(
            ended.out.contains("denied: watch: c1 (files/remove-folder): Denied by the operator."),
            "{agent}: {}",
            ended.out
        );
        assert!(ended.out.contains("within 86400"), "far longer than any case lives: {}", ended.out);
        let asked = asked(&place);
        assert_eq!(asked.len(), 1, "{agent}: {}", place.journal().text());
        assert_eq!(asked[0]["action"]["act"], "tool", "{agent}");
        assert_eq!(place.journal().of("hold").len(), 1, "the command never ran: {agent}");
        assert!(place.journal().of("warning").is_empty(), "{agent}: {}", place.journal().text());
        place.until_deserted();
    }
}

/// There we make its connection, and know it by what it sends.
#[test]
fn in_strict_a_hook_is_known_and_asked_as_well() {
    let Some(place) = with("claude") else { return };
    let command = place.headless_command("deny", &["--profile", "strict"], &["claude", "-p", "tidy up"]);
    let ended = ended(place.start(command));
    assert!(ended.out.contains("hooks 1") && ended.out.contains("answered 2"), "{}", ended.out);
    assert!(place.has("keep/photo-1.raw"));
    let asked = asked(&place);
    assert_eq!(asked.len(), 1, "{}", place.journal().text());
    assert!(place.journal().of("warning").is_empty(), "{}", place.journal().text());
}

#[test]
fn what_is_approved_or_harmless_passes_without_a_word() {
    for agent in AGENTS {
        let Some(place) = with(agent) else { return };
        let ended = run(&place, agent, "approve");
        let silence = if agent == "cursor" { "answered 0 {}\n" } else { "answered 0 \n" };
        assert!(ended.out.contains(silence) && ended.out.contains("ran 0"), "{agent}: {}", ended.out);
        assert!(!place.has("keep"), "{agent}");
        let Some(mut place) = with(agent) else { return };
        place.set("COMMAND", "ls keep");
        let ended = run(&place, agent, "deny");
        assert!(ended.out.contains(silence) && ended.out.contains("ran 0"), "{agent}: {}", ended.out);
        assert!(place.journal().of("hold").is_empty(), "{agent}: {}", place.journal().text());
    }
}

#[test]
fn the_operators_words_reach_the_agent_through_its_hook_and_status_says_it_was_heard() {
    let Some(place) = with("claude") else { return };
    let agent = start(&place, "claude", "wait");
    place.until_journal("hold", 1);
    let status = place.ask(&["status", "--json"]);
    assert!(status.out.contains("hook: claude by --settings, heard once"), "{status:?}");
    let denied = place.ask(&["deny", "c1", "--because", "the photos are all there is"]);
    assert_eq!(denied.code, Some(0), "{denied:?}");
    let ended = self::ended(agent);
    assert!(ended.out.contains("denied: watch: c1 (files/remove-folder): the photos are all there is"), "{ended:?}");
    assert!(place.has("keep/photo-1.raw"));
}

#[test]
fn whatever_the_hook_is_told_wrong_is_a_refusal() {
    for (name, stdin, why) in [
        ("nothing", "b''", "no JSON object"),
        ("broken JSON", "b'{\"hook_event_name\": '", "no JSON object"),
        ("no tool", "b'{\"hook_event_name\":\"PreToolUse\"}'", "has no `tool_name`"),
        ("another event", "b'{\"hook_event_name\":\"Stop\",\"tool_name\":\"x\",\"tool_input\":{}}'", "no tool call"),
        ("depth", "b'[' * 100000", "no JSON object"),
        ("no text", "bytes(range(256))", "no JSON object"),
        ("megabytes", "b' ' * (9 << 20) + told()", "longer than"),
    ] {
        let Some(mut place) = with("claude") else { return };
        place.set("STDIN", stdin);
        let ended = run(&place, "claude", "approve");
        assert!(
            ended.out.contains("answered 2") && ended.out.contains("denied: watch: refused: "),
            "{name}: {ended:?}"
        );
        assert!(ended.out.contains(why), "{name}: {}", ended.out);
        assert!(place.has("keep/photo-1.raw") && place.journal().of("hold").is_empty(), "{name}");
    }
    // What is only long is read.
    let Some(mut place) = with("claude") else { return };
    place.set("STDIN", "b' ' * (7 << 20) + told()");
    let ended = run(&place, "claude", "deny");
    assert!(ended.out.contains("denied: watch: c1"), "{ended:?}");
}

#[test]
fn a_hook_that_cannot_ask_refuses() {
    for (name, before, why) in [
        ("the socket is not there", "os.environ['WATCH_HOOK'] += '.gone'", "cannot be asked"),
        (
            "the socket is taken away",
            "try: os.unlink(os.environ['WATCH_HOOK'])\nexcept PermissionError: del os.environ['WATCH_HOOK']",
            "there is no session to ask",
        ),
        ("no socket is named", "del os.environ['WATCH_HOOK']", "there is no session to ask"),
        ("no session is named", "del os.environ['WATCH_SESSION']", "there is no session to ask"),
        ("another session", "os.environ['WATCH_SESSION'] = 'other'", "meant for another session"),
        (
            "a socket that hangs up",
            "import socket,threading; s = socket.socket(socket.AF_UNIX); s.bind('hung'); s.listen(); \
             os.environ['WATCH_HOOK'] = os.path.abspath('hung'); \
             threading.Thread(target=lambda: s.accept()[0].close(), daemon=True).start()",
            "cannot be asked",
        ),
        (
            "a socket that says something else",
            "import socket,threading; s = socket.socket(socket.AF_UNIX); s.bind('odd'); s.listen(); \
             os.environ['WATCH_HOOK'] = os.path.abspath('odd'); \
             threading.Thread(target=lambda: s.accept()[0].sendall(b'allow\\n'), daemon=True).start()",
            "cannot be",
        ),
    ] {
        let Some(mut place) = with("claude") else { return };
        place.set("BEFORE", before);
        let ended = run(&place, "claude", "approve");
        assert!(
            ended.out.contains("answered 2") && ended.out.contains("denied: watch: refused: "),
            "{name}: {ended:?}"
        );
        assert!(ended.out.contains(why), "{name}: {}", ended.out);
        assert!(place.has("keep/photo-1.raw"), "{name}");
    }
}

#[test]
fn a_hook_whose_program_is_missing_or_killed_refuses_by_its_shell() {
    let Some(mut place) = with("claude") else { return };
    // The agent runs the command it was given, but the program in it is not there.
    place.set("BEFORE", "sys.argv = [word.replace('/watch', '/none') for word in sys.argv]");
    let ended = run(&place, "claude", "approve");
    assert!(ended.out.contains("answered 2") && ended.out.contains("denied: "), "{ended:?}");
    assert!(place.has("keep/photo-1.raw"));
}

#[test]
fn r17_a_supervisor_that_never_answers_is_given_up_before_the_agent_gives_up_the_hook() {
    let place = Place::new();
    let silent = UnixListener::bind(place.root().join("silent")).unwrap();
    let mut hook = place.watch(&["hook", "--dialect", "claude", "--patience", "1"]);
    hook.env("WATCH_HOOK", place.root().join("silent")).env("WATCH_SESSION", "s");
    let begun = Instant::now();
    let ended = place.run(hook);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.err.contains("nobody answered within 1s") && ended.out.contains("\"deny\""), "{ended:?}");
    assert!(begun.elapsed().as_secs() < 20);
    drop(silent);
    for words in [&["hook"][..], &["hook", "--dialect", "nobody"], &["hook", "--dialect", "claude", "--allow"]] {
        let ended = place.ask(words);
        assert_eq!((ended.code, ended.err.contains("watch: refused")), (Some(2), true), "{words:?} {ended:?}");
    }
}

#[test]
fn a_killed_supervisor_leaves_a_refusal_and_nothing_runs() {
    let Some(mut place) = with("claude") else { return };
    // The agent itself does not outlive its supervisor; a shell of its own, started aside, tells what became of the hook.
    place.set(
        "BEFORE",
        "import shlex; hook = next(iter(found()))[0]; open('told', 'wb').write(told()); \
         subprocess.Popen(['setsid', 'sh', '-c', f'exec 3> status; ({hook}) < told 2> words; echo status $? >&3'])\n\
         import time\nwhile True: time.sleep(9)",
    );
    let mut agent = start(&place, "claude", "wait");
    place.until_journal("hold", 1);
    signal(agent.pid(), "KILL");
    assert_eq!(agent.wait_signal(), Some(9));
    place.until("the hook's end", || {
        for (pid, _, _) in place.processes() {
            signal(pid, "CONT");
        }
        place.read("status").contains("status").then_some(())
    });
    assert_eq!(place.read("status"), "status 2\n", "{}", place.read("words"));
    place.until_deserted();
    assert!(place.has("keep/photo-1.raw"));
}

/// Sends lines to the hooks' socket from within the tree, as a child of the agent could, and prints what comes back.
const FORGE: &str = "import socket\n\
def send(*lines):\n\
\x20   s = socket.socket(socket.AF_UNIX); s.connect(os.environ['WATCH_HOOK'])\n\
\x20   for line in lines: s.sendall(line)\n\
\x20   answer = s.makefile().readline().strip(); print('forged', answer, flush=True)\n\
def ask(message, session=os.environ['WATCH_SESSION'], dialect='claude'):\n\
\x20   body = json.dumps(message).encode()\n\
\x20   head = {'version': 1, 'dialect': dialect, 'session': session, 'bytes': len(body)}\n\
\x20   send(json.dumps(head).encode() + b'\\n', body)\n";

#[test]
fn a_forged_message_may_add_a_case_and_never_rules_on_one() {
    let Some(mut place) = with("claude") else { return };
    let forge = "send(b'{\"ask\":\"approve\",\"case\":\"c1\",\"shown\":\"\"}\\n')\n\
                 send(b'{\"ask\":\"deny\",\"case\":\"c1\"}\\n')\n\
                 send(b'{\"answer\":\"pass\"}\\n')\n\
                 ask({'hook_event_name': 'PreToolUse', 'tool_name': 'Bash', 'tool_input': {'command': 'ls'}})\n\
                 ask({'hook_event_name': 'PreToolUse', 'tool_name': 'Bash', 'tool_input': {'command': 'ls'}}, dialect='codex')\n\
                 ask({'hook_event_name': 'PreToolUse', 'tool_name': 'Bash', 'tool_input': {'command': 'rm -r keep', 'approved': True}, 'permissionDecision': 'allow'})\n";
    place.set("BEFORE", format!("{FORGE}{forge}"));
    let ended = run(&place, "claude", "deny");
    let answers: Vec<&str> = ended.out.lines().filter_map(|line| line.strip_prefix("forged ")).collect();
    let is_denied: Vec<bool> = answers.iter().map(|answer| answer.contains("\"deny\"")).collect();
    assert_eq!(is_denied, [true, true, true, false, true, true], "{}", ended.out);
    // The forged deletion was a case of its own; the agent's is asked about all the same.
    assert!(ended.out.contains("denied: watch: c2"), "{}", ended.out);
    assert_eq!(place.journal().rulings(), ["deny", "deny"]);
    assert!(place.has("keep/photo-1.raw"));
}

#[test]
fn what_a_child_of_the_agent_says_in_its_name_is_known_as_such() {
    let Some(mut place) = with("claude") else { return };
    let forge = "hook = next(iter(found()))[0]; program = hook.split(\"'\")[1]\n\
                 message = json.loads(told()); message['tool_input'] = {'command': 'ls'}\n\
                 subprocess.run(['sh', '-c', hook], input=json.dumps(message).encode())\n\
                 message.update(tool_name='Write', tool_input={'file_path': work + '/new.txt', 'content': 'x'})\n\
                 open('forged', 'w').write(json.dumps(message))\n\
                 subprocess.run(['sh', '-c', f'{program} hook --dialect claude < forged; echo forged $?'])\n";
    place.set("BEFORE", forge);
    let ended = run(&place, "claude", "deny");
    assert!(ended.out.contains("forged 0") && ended.out.contains("denied: watch: c1"), "{ended:?}");
    let journal = place.journal();
    let sources: Vec<&str> = journal
        .of("action")
        .iter()
        .filter(|line| line["action"]["act"] == "tool")
        .filter_map(|line| line["action"]["source"].as_str())
        .collect();
    assert_eq!(sources, ["hook", "claimed"], "{}", journal.text());
}

#[test]
fn from_outside_the_tree_a_hook_is_not_heard() {
    let Some(place) = with("claude") else { return };
    let agent = start(&place, "claude", "wait");
    place.until_journal("hold", 1);
    let run = place.root().join("run/watch");
    let socket = std::fs::read_dir(run).unwrap().map(|entry| entry.unwrap().path());
    let socket = socket.filter(|path| path.extension().is_some_and(|end| end == "hook")).last().unwrap();
    let mut stream = UnixStream::connect(socket).unwrap();
    stream.write_all(b"{\"version\":1,\"dialect\":\"claude\",\"session\":\"s\",\"bytes\":0}\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("is not in the supervised tree"), "{answer}");
    assert_eq!(place.ask(&["deny", "c1"]).code, Some(0));
    assert!(agent.wait().out.contains("denied: watch: c1"));
}

#[test]
fn a_question_whose_hook_has_gone_is_void_and_what_it_announced_did_not_happen() {
    let Some(place) = with("claude") else { return };
    let agent = start(&place, "claude", "wait");
    place.until_journal("hold", 1);
    let hook = place.until("the hook's process", || {
        let all = place.processes();
        all.into_iter().find(|(_, _, line)| line.starts_with(&format!("{WATCH} hook ")))
    });
    signal(hook.0, "KILL");
    place.until_journal("decision", 1);
    assert_eq!(place.journal().rulings(), ["void"]);
    let ended = self::ended(agent);
    assert!(ended.out.contains("answered 2") && place.has("keep/photo-1.raw"), "{ended:?}");
}

#[test]
fn a_hook_that_is_never_heard_is_a_warning_and_the_kernel_holds() {
    let Some(mut place) = with("claude") else { return };
    // Hooks are switched off: the agent looks at none.
    place.set("BEFORE", "found = lambda: []");
    let ended = run(&place, "claude", "deny");
    assert!(ended.out.contains("hooks 0\n") && ended.out.contains("refused by the kernel: 13"), "{ended:?}");
    assert!(place.has("keep/photo-1.raw"));
    let journal = place.journal();
    let warning = journal.only("warning")["text"].as_str().unwrap();
    assert!(warning.contains("claude's hook has not been heard"), "{warning}");
}

#[test]
fn where_nothing_may_be_run_the_agent_still_starts_and_its_hook_is_not_asked_about() {
    let Some(mut place) = with("claude") else { return };
    place.set("COMMAND", "ls keep");
    let command = place.headless_command("deny", &["--orders", "no-run"], &["claude", "-p", "x"]);
    let ended = ended(place.start(command));
    assert!(ended.out.contains("answered 0 \n") && ended.out.contains("ran 0"), "to look is not to run: {ended:?}");
    assert!(place.journal().of("hold").is_empty(), "{}", place.journal().text());
    place.set("COMMAND", "make release");
    let session = place.root().join("second");
    let words = ["--headless", "--on-hold", "deny", "--session", session.to_str().unwrap(), "--orders", "no-run", "--"];
    let second = place.watch(&[&words[..], &["claude", "-p", "x"]].concat());
    let ended = self::ended(place.start(second));
    assert!(ended.out.contains("answered 2") && ended.out.contains("orders/no-run"), "{ended:?}");
}

#[test]
fn the_operators_own_settings_are_kept_beside_ours() {
    let Some(mut place) = with("claude") else { return };
    place.write(
        "work/mine.json",
        r#"{"model":"m","hooks":{"PreToolUse":[{"matcher":"Bash","hooks":[{"command":"echo mine","timeout":5}]}]}}"#,
    );
    place.set("COMMAND", "ls keep");
    place.set(
        "BEFORE",
        "print(json.loads(sys.argv[sys.argv.index('--settings') + 1])['model'], sys.argv.count('--settings'))",
    );
    let ended = self::ended(place.headless("deny", &["claude", "--settings", "mine.json", "-p", "x"]));
    assert!(ended.out.contains("m 1\n") && ended.out.contains("hooks 2"), "{ended:?}");
    assert!(ended.out.contains("hook echo mine within 5"), "{ended:?}");
}

#[test]
fn cursors_file_is_changed_only_where_it_may_be_and_comes_back_also_after_a_crash() {
    let Some(place) = with("cursor") else { return };
    let before = "{ \"version\": 1,\n  \"hooks\": {\"stop\": [{\"command\": \"true\"}]} }\n";
    place.write("work/.cursor/hooks.json", before);
    let agent = start(&place, "cursor", "wait");
    place.until_journal("hold", 1);
    assert!(place.read(".cursor/hooks.json").contains("--dialect cursor"));
    place.ask(&["deny", "c1"]);
    agent.wait();
    assert_eq!(place.read(".cursor/hooks.json"), before);

    let Some(place) = with("cursor") else { return };
    place.write("work/.cursor/hooks.json", before);
    let mut agent = start(&place, "cursor", "wait");
    place.until_journal("hold", 1);
    signal(agent.pid(), "KILL");
    agent.wait_signal();
    place.until("the tree's end", || {
        place.processes().iter().for_each(|(pid, _, _)| signal(*pid, "KILL"));
        place.processes().is_empty().then_some(())
    });
    assert!(place.read(".cursor/hooks.json").contains("--dialect cursor"));
    // The next session, of whatever agent, puts it back and says so.
    let session = place.root().join("next");
    let next = place.watch(&["--headless", "--on-hold", "deny", "--session", session.to_str().unwrap(), "--", "true"]);
    assert_eq!(place.run(next).code, Some(0));
    assert_eq!(place.read(".cursor/hooks.json"), before);

    let Some(place) = with("cursor") else { return };
    place.write("config/watch/config.toml", "");
    let ended = run(&place, "cursor", "deny");
    assert!(ended.out.contains("hooks 0") && !place.has(".cursor"), "without consent nothing is written: {ended:?}");
}

//! Hold, decide, go on: without a screen.

use crate::harness::{Place, argv, gated_place};

/// Removes a folder, says what came of it, and goes on.
const REMOVE: &str = "rm -r keep; echo \"status $?\"; echo went on; exit 7";

#[test]
fn a_denied_act_does_not_happen_and_the_agent_goes_on() {
    let Some(place) = gated_place().map(Place::with_keep) else { return };
    let ended = place.script("deny", REMOVE);
    assert_eq!(ended.code, Some(7), "{ended:?}");
    assert!(place.has("keep/photo-4.raw"));
    assert_eq!(ended.out.matches("watch: c1").count(), 1, "the agent is told once: {}", ended.out);
    assert!(ended.out.contains("Denied by the operator. Do not retry or work around it; report and wait."));
    assert!(ended.out.contains("status 126") && ended.out.contains("went on"), "{}", ended.out);
    let journal = place.journal();
    let kinds = ["hold", "freeze", "decision", "thaw", "exit"];
    assert_eq!(journal.order(&kinds), ["freeze", "hold", "decision", "thaw", "exit"], "{}", journal.text());
    assert_eq!(argv(journal.only("hold")), ["rm", "-r", "keep"]);
    let decision = journal.only("decision");
    assert_eq!(
        (&decision["ruling"], &decision["by"], &decision["case"]),
        (&"deny".into(), &"option".into(), &"c1".into())
    );
    assert_eq!(journal.last(), "exit");
    assert_eq!(journal.only("exit")["status"], 7);
    place.until_deserted();
}

#[test]
fn a_refused_start_fails_with_eacces() {
    let Some(place) = gated_place().map(Place::with_keep) else { return };
    let script = "import subprocess\n\
                  try: subprocess.run(['/bin/rm', '-r', 'keep'])\n\
                  except OSError as e: print('errno', e.errno)\n";
    let ended = place.headless("deny", &["/usr/bin/python3", "-c", script]).wait();
    assert!(ended.out.contains("errno 13"), "{ended:?}");
    assert!(place.has("keep/photo-1.raw"));
}

#[test]
fn a_search_in_path_after_a_refusal_does_not_ask_again() {
    let Some(mut place) = gated_place().map(Place::with_keep) else { return };
    for n in 1..=3 {
        place.program(&format!("more{n}/rm"), "#!/bin/sh\nexit 0\n");
    }
    let root = place.root().display().to_string();
    place.set("PATH", format!("{root}/more1:{root}/more2:{root}/more3:/usr/bin:/bin"));
    let ended = place.script("deny", "rm -r keep; rm -r keep/photo-1.raw; exit 0");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let journal = place.journal();
    assert_eq!(journal.of("hold").len(), 2, "one case an act:\n{}", journal.text());
    assert!(!journal.of("finding").iter().any(|line| line["rule"] == "trail/refused-before"), "{}", journal.text());
    assert!(place.has("keep/photo-1.raw"));
}

#[test]
fn an_approved_act_happens_after_its_decision_is_on_the_disk() {
    let Some(place) = gated_place().map(Place::with_keep) else { return };
    // What stands in for rm takes the journal as it is at its start.
    let journal = place.session.join("journal.jsonl");
    let stand_in = format!("#!/bin/sh\ncp {} journal-at-start\necho \"$@\" > asked-for\n", journal.display());
    place.program("bin/rm", &stand_in);
    let ended = place.script("approve", "rm -r keep; echo over");
    assert_eq!(place.read("asked-for"), "-r keep\n", "{ended:?}");
    assert!(ended.err.contains("warning") && ended.err.contains("--on-hold approve"), "{}", ended.err);
    let at_start = place.read("journal-at-start");
    assert!(at_start.contains("\"ruling\":\"approve\""), "at its start the journal had:\n{at_start}");
    let journal = place.journal();
    assert_eq!(journal.rulings()[0], "approve");
    let warning = journal.of("warning");
    assert!(
        warning.iter().any(|line| line["text"].as_str().unwrap().contains("--on-hold approve")),
        "{}",
        journal.text()
    );
    assert_eq!(journal.of("session_start")[0]["on_hold"], "approve");
}

#[test]
fn an_approved_removal_happens() {
    let Some(place) = gated_place().map(Place::with_keep) else { return };
    let ended = place.script("approve", REMOVE);
    assert_eq!(ended.code, Some(7), "{ended:?}");
    assert!(!place.has("keep"));
    assert!(ended.out.contains("status 0"), "{}", ended.out);
    let kinds = ["hold", "decision", "thaw", "exit"];
    assert_eq!(place.journal().order(&kinds), ["hold", "decision", "thaw", "exit"], "{}", place.journal().text());
}

#[test]
fn an_approved_command_line_covers_the_starts_it_announced() {
    let Some(place) = gated_place().map(Place::with_keep) else { return };
    let ended = place.script("approve", "sh -c 'rm -r keep; echo in; exit 0'; echo out");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(!place.has("keep"));
    let journal = place.journal();
    assert_eq!(journal.of("hold").len(), 1, "asked once:\n{}", journal.text());
}

#[test]
fn a_start_beyond_what_was_approved_is_a_case_of_its_own() {
    let Some(place) = gated_place().map(Place::with_keep) else { return };
    place.write("work/more/a.txt", "a");
    place.program("work/step.sh", "#!/bin/sh\nrm -r more\n");
    place.script("approve", "sh -c 'rm -r keep; ./step.sh'; echo out");
    let journal = place.journal();
    let held: Vec<_> = journal.of("hold").into_iter().map(argv).collect();
    assert!(held.iter().any(|words| words == &["rm", "-r", "more"]), "{held:?}");
}

#[test]
fn the_exit_status_is_the_agents() {
    let Some(place) = gated_place() else { return };
    for (n, (script, code)) in
        [("exit 0", 0), ("exit 3", 3), ("exit 255", 255), ("kill -TERM $$", 143), ("kill -KILL $$", 137)]
            .into_iter()
            .enumerate()
    {
        let session = place.root().join(format!("session-{n}"));
        let mut command = place.watch(&["--headless", "--on-hold", "deny", "--session", session.to_str().unwrap()]);
        command.args(["--", "sh", "-c", script]);
        let ended = place.run(command);
        assert_eq!(ended.code, Some(code), "{script}: {ended:?}");
    }
}

#[test]
fn the_agents_output_comes_out_byte_for_byte() {
    let Some(place) = gated_place() else { return };
    let script = "stty -opost < /dev/tty; printf 'a\\033[31mred\\033[0m\\r\\n\\377\\376\\0end\\n'";
    let out = place.headless("deny", &["sh", "-c", script]).wait_bytes();
    assert_eq!(out, b"a\x1b[31mred\x1b[0m\r\n\xff\xfe\0end\n");
}

#[test]
fn piped_input_is_the_agents_own() {
    let Some(place) = gated_place() else { return };
    let input = place.write("input.txt", "line one\nline two\n");
    let mut command = place.headless_command("deny", &[], &["sh", "-c", "cat > got; test -t 1 && echo tty > out-is"]);
    command.stdin(std::fs::File::open(input).unwrap());
    let ended = place.run(command);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(place.read("got"), "line one\nline two\n");
    assert_eq!(place.read("out-is"), "tty\n");
}

#[test]
fn a_sessions_files_are_the_operators_alone() {
    use std::os::unix::fs::PermissionsExt;
    let Some(place) = gated_place() else { return };
    place.script("deny", "exit 0");
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&place.session), 0o700);
    for entry in std::fs::read_dir(&place.session).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), if path.is_dir() { 0o700 } else { 0o600 }, "{}", path.display());
    }
}

#[test]
fn what_the_agent_leaves_running_is_ended() {
    let Some(place) = gated_place() else { return };
    let script = "setsid sh -c 'trap \"\" TERM HUP; : > stubborn; while :; do sleep 0.05; done' >/dev/null 2>&1 & \
                  setsid sh -c 'trap \"echo asked > polite-said; exit\" TERM; : > polite; while :; do sleep 0.05; done' >/dev/null 2>&1 & \
                  while [ ! -e stubborn ] || [ ! -e polite ]; do sleep 0.02; done; exit 5";
    let ended = place.script("deny", script);
    assert_eq!(ended.code, Some(5), "{ended:?}");
    assert_eq!(place.read("polite-said"), "asked\n", "it is asked before it is made to");
    assert_eq!(place.processes(), Vec::new());
    assert_eq!(place.journal().last(), "exit");
}

#[test]
fn what_git_does_as_a_step_of_a_command_is_not_asked_about() {
    let Some(place) = gated_place() else { return };
    let script = "git init -q -b main . && git config user.name a && git config user.email a@b && \
                  echo 1 > file && git add file && git commit -qm one && echo 2 > file && \
                  git stash -q && git stash pop -q && git commit -qam two && git gc -q && \
                  git worktree add -q ../beside && echo whole";
    let ended = place.script("deny", script);
    let journal = place.journal();
    assert!(ended.out.contains("whole"), "{ended:?}");
    assert!(journal.of("hold").is_empty(), "{}", journal.text());
}

#[test]
fn what_a_git_command_is_given_to_run_is_none_of_its_steps() {
    let start = "git init -q -b main . && git config user.name a && git config user.email a@b && \
                 for n in 1 2; do echo $n > file; git add file; git commit -qm $n; done; ";
    for given in ["git rebase -q -x 'git reset -q --hard' HEAD~1", "git -c alias.x='!git reset --hard' x"] {
        let Some(place) = gated_place() else { return };
        let ended = place.script("deny", &format!("{start}{given}"));
        assert!(!place.journal().of("hold").is_empty(), "{given}: {ended:?}");
    }
}

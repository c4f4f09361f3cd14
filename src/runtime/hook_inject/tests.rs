#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;
use crate::sensor::dialect::recognise;

const PROGRAM: &str = "/opt/it's/watch";

/// Injects into a command, in a folder of its own.
fn injected(words: &[&str], env: &[(&str, &str)], choice: HookChoice, folder: &Path) -> Injection {
    let command: Vec<OsString> = words.iter().map(OsString::from).collect();
    let texts: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    let started = recognise(&texts, &|_| None);
    let all = env.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))).collect();
    let env = Env { all, home: Some(folder.join("home")), ..Env::default() };
    let ground = Ground {
        command: &command,
        started: &started,
        program: Path::new(PROGRAM),
        folder: folder.join("own"),
        notes: folder.join("notes"),
        env: &env,
        cwd: folder,
        choice,
    };
    inject(&ground)
}

fn texts(injection: &Injection) -> Vec<String> {
    injection.command.iter().map(|word| word.to_string_lossy().into_owned()).collect()
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn the_hooks_command_is_one_that_refuses_when_it_cannot_run() {
    let command = hook_command(Path::new(PROGRAM), Dialect::Claude);
    assert_eq!(command, r"'/opt/it'\''s/watch' hook --dialect claude --patience 86385 || exit 2");
    assert!(
        is_hook_command(&command) && !is_hook_command("watch hook --dialect claude") && !is_hook_command("x || exit 2")
    );
}

#[test]
fn claudes_settings_are_added_to_and_replace_none() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("mine.json"), r#"{"model":"m"}"#).unwrap();
    for (words, at, rest, model) in [
        (&["claude", "-p", "x"][..], 1, &["-p", "x"][..], Value::Null),
        (&["npx", "@anthropic-ai/claude-code", "-p", "x"], 2, &["-p", "x"], Value::Null),
        (&["claude", "--settings", r#"{"model":"m"}"#, "-p", "x"], 1, &["-p", "x"], "m".into()),
        (&["claude", "-p", "--settings=mine.json", "x"], 1, &["-p", "x"], "m".into()),
        (&["claude", "-p", "--", "--settings"], 1, &["-p", "--", "--settings"], Value::Null),
    ] {
        let injection = injected(words, &[], HookChoice::default(), dir.path());
        assert_eq!(injection.hook, Hook::In("--settings"), "{words:?}");
        let now = texts(&injection);
        assert_eq!(now[at], "--settings", "{words:?}");
        assert_eq!(now[at + 2..], *rest, "{words:?}");
        let settings = json_of(&now[at + 1]);
        assert_eq!(settings["model"], model, "{words:?}");
        let hook = &settings["hooks"]["PreToolUse"][0]["hooks"][0];
        assert_eq!(hook["command"], hook_command(Path::new(PROGRAM), Dialect::Claude));
        assert_eq!(hook["timeout"], 86400);
    }
}

#[test]
fn where_no_hook_can_be_given_the_command_is_left_as_it_is_and_why_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let off = HookChoice { is_off: true, ..HookChoice::default() };
    let default = HookChoice::default();
    for (words, env, choice, why) in [
        (&["claude", "-p"][..], &[][..], off, "switched off"),
        (&["claude", "mcp", "list"], &[], default, "does no work"),
        (&["claude", "--bare", "-p"], &[], default, "--bare"),
        (&["claude", "-p"], &[("CLAUDE_CODE_SIMPLE", "1")], default, "--bare"),
        (&["claude", "--settings", "none.json"], &[], default, "none.json"),
        (&["claude", "--settings", "{]"], &[], default, "--settings"),
        (&["claude", "--settings", r#"{"hooks":7}"#], &[], default, "no settings"),
        (&["bash", "-c", "claude -p x"], &[], default, "from within a text"),
        (&["codex", "-c", "hooks.PreToolUse=[]", "exec"], &[], default, "hooks of its own"),
        (&["codex", "--config=hooks={}", "x"], &[], default, "hooks of its own"),
        (&["codex", "--disable", "hooks"], &[], default, "on or off itself"),
        (&["codex", "-c", "features.hooks=false"], &[], default, "on or off itself"),
        (&["aider"], &[], default, "aider has no hooks"),
        (&["vim"], &[], default, "none whose hooks are known"),
        (&["opencode"], &[], default, "hooks.opencode"),
        (&["cursor-agent"], &[], default, "hooks.cursor"),
    ] {
        let injection = injected(words, env, choice, dir.path());
        assert!(matches!(&injection.hook, Hook::Not(told) if told.contains(why)), "{words:?} {:?}", injection.hook);
        assert_eq!(texts(&injection), words, "{words:?}");
        assert!(injection.env.is_empty() && injection.left.is_empty(), "{words:?}");
    }
    assert!(!dir.path().join("own").exists() && !dir.path().join(".cursor").exists());
}

#[test]
fn codex_trusts_our_hook_by_its_digest_and_no_other() {
    // This digest was accepted by Codex CLI 0.169.0 for this command.
    let known = "sha256:842610ce2bfe954e644a3169d4a84a57a56528ec477ce2e349e30a6ea407edf7";
    assert_eq!(codex_digest("python3 /mnt/run/hook.py claude deny /mnt/run/hook.log", 86400), known);
    let dir = tempfile::tempdir().unwrap();
    let injection = injected(&["codex", "exec", "x"], &[], HookChoice::default(), dir.path());
    let now = texts(&injection);
    assert_eq!((now[1].as_str(), now[3].as_str(), &now[5..]), ("-c", "-c", &["exec".to_owned(), "x".to_owned()][..]));
    assert!(
        now[2].starts_with("hooks.PreToolUse=[{matcher=\"*\",hooks=[{type=\"command\",command=\"'/opt/"),
        "{}",
        now[2]
    );
    assert!(
        now[4].starts_with("hooks.state={\"/<session-flags>/config.toml:pre_tool_use:0:0\"={trusted_hash=\"sha256:")
    );
    assert!(!now.iter().any(|word| word.contains("bypass")));
}

#[test]
fn settings_of_our_own_are_nothing_that_qwen_would_bring_up_to_date() {
    let dir = tempfile::tempdir().unwrap();
    let none = dir.path().join("none.json");
    let env = [("QWEN_CODE_SYSTEM_SETTINGS_PATH", none.to_str().unwrap())];
    let qwen = injected(&["qwen", "-p", "x"], &env, HookChoice::default(), dir.path());
    assert_eq!(json_of(&fs::read_to_string(&qwen.env[0].1).unwrap())["$version"], 4);
}

#[test]
fn settings_and_plugins_of_our_own_are_gone_after_the_session() {
    let dir = tempfile::tempdir().unwrap();
    let theirs = dir.path().join("system.json");
    fs::write(&theirs, r#"{"telemetry":{"enabled":false},"hooks":{"PreToolUse":[{"matcher":"a"}]}}"#).unwrap();
    let env = [("QWEN_CODE_SYSTEM_SETTINGS_PATH", theirs.to_str().unwrap())];
    let qwen = injected(&["qwen", "-p", "x"], &env, HookChoice::default(), dir.path());
    assert_eq!(qwen.hook, Hook::In("QWEN_CODE_SYSTEM_SETTINGS_PATH"));
    let settings = json_of(&fs::read_to_string(&qwen.env[0].1).unwrap());
    assert_eq!(settings["telemetry"]["enabled"], false);
    assert_eq!(settings["hooks"]["PreToolUse"][0]["matcher"], "a");
    assert_eq!(settings["hooks"]["PreToolUse"][1]["hooks"][0]["timeout"], 86_400_000);
    assert_eq!(
        qwen.env[1].1,
        dir.path().join("system-defaults.json"),
        "defaults are still found beside the operator's"
    );
    let copilot = injected(&["copilot", "-p", "x"], &[], HookChoice::default(), dir.path());
    let now = texts(&copilot);
    assert_eq!(now[1], "--plugin-dir");
    let hooks = json_of(&fs::read_to_string(Path::new(&now[2]).join("hooks/hooks.json")).unwrap());
    assert_eq!(hooks["hooks"]["preToolUse"][0]["timeoutSec"], 86400);
    let choice = HookChoice { opencode: true, ..HookChoice::default() };
    let content = [("OPENCODE_CONFIG_CONTENT", r#"{"model":"m","plugin":["theirs"]}"#)];
    let opencode = injected(&["opencode", "run", "x"], &content, choice, dir.path());
    let config = json_of(&opencode.env[0].1.to_string_lossy());
    assert_eq!((&config["model"], &config["plugin"][0]), (&"m".into(), &"theirs".into()));
    let plugin = config["plugin"][1].as_str().unwrap().strip_prefix("file://").unwrap().to_owned();
    assert!(
        fs::read_to_string(&plugin)
            .unwrap()
            .contains("spawn(\"/opt/it's/watch\", [\"hook\",\"--dialect\",\"opencode\"")
    );
    drop((qwen, copilot, opencode));
    assert!(!dir.path().join("own").exists());
    assert_eq!(fs::read_to_string(&theirs).unwrap().matches("matcher").count(), 1);
}

#[test]
fn r17_the_agent_waits_longer_than_any_case_lives() {
    /// How long a case waits for its answer (`app::state`).
    const CASE: Duration = Duration::from_secs(30 * 60);
    assert!(patience() > CASE * 4 && timeout() >= patience() + HOOK_MARGIN);
    // Agents whose times are milliseconds keep them in 32 bits.
    assert!(timeout().as_millis() < u128::from(u32::MAX / 2));
}

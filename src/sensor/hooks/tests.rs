#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::model::Dialect::{Aider, Claude, Codex, Copilot, Cursor, Gemini, Opencode, Qwen};
use crate::model::ToolDeed;

fn shown(dialect: Dialect, message: &str) -> Vec<String> {
    calls(dialect, message.as_bytes()).unwrap().iter().map(|tool| tool.deed.shown()).collect()
}

fn captured(dialect: Dialect) -> Vec<u8> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::read(root.join("tests/agents").join(dialect.word()).join("hook.json")).unwrap()
}

#[test]
fn what_each_agent_told_its_hook_is_the_call_that_followed() {
    for (dialect, name, number) in [
        (Claude, "Bash", Some("toolu_cb7f068d23784dc6925b4012")),
        (Codex, "Bash", Some("call_1de7b1acde8c4c9baa33")),
        (Gemini, "run_shell_command", None),
        (Qwen, "run_shell_command", Some("call_3f14b830fb3548a6b3ce0bed")),
        (Copilot, "bash", None),
        (Opencode, "bash", Some("call_9afbb1869aff466a8c30f986")),
    ] {
        let calls = calls(dialect, &captured(dialect)).unwrap();
        let [tool] = calls.as_slice() else { panic!("{dialect}: {calls:?}") };
        assert_eq!(tool.name, name.into(), "{dialect}");
        assert_eq!(tool.call, number.map(Untrusted::from), "{dialect}");
        assert_eq!(tool.deed, ToolDeed::Shell { command: "rm -r ./scratch".into() }, "{dialect}");
        let cwd = (dialect != Opencode).then(|| Untrusted::from("/mnt/dev/proj"));
        assert_eq!(tool.cwd, cwd, "{dialect}");
    }
    assert_eq!(calls(Copilot, &captured(Copilot)).unwrap()[0].reason, Some("scripted call".into()));
}

#[test]
fn cursors_events_are_shells_reads_servers_tools_and_files() {
    for (message, expected) in [
        (r#"{"hook_event_name":"beforeShellExecution","command":"rm -r x","cwd":"/p"}"#, "rm -r x"),
        (r#"{"hook_event_name":"beforeReadFile","file_path":".env","content":"A=1","attachments":[]}"#, "read .env"),
        (
            r#"{"hook_event_name":"beforeMCPExecution","tool_name":"volume_delete","tool_input":"{\"id\":7}","url":"https://mcp.example"}"#,
            "https://mcp.example/volume_delete(id=7)",
        ),
        (
            r#"{"hook_event_name":"beforeMCPExecution","tool_name":"volume_delete","tool_input":{"id":7},"command":"npx railway"}"#,
            "npx railway/volume_delete(id=7)",
        ),
        (r#"{"hook_event_name":"preToolUse","tool_name":"Delete","tool_input":{"path":"a"}}"#, "remove a"),
        (
            r#"{"hook_event_name":"preToolUse","tool_name":"Write","tool_input":{"file_path":"a","content":"x"}}"#,
            "write a",
        ),
    ] {
        assert_eq!(shown(Cursor, message), [expected], "{message}");
    }
}

#[test]
fn a_patch_of_several_files_is_a_call_for_each() {
    let message = |patch: &str| {
        serde_json::json!({"hook_event_name": "PreToolUse", "tool_name": "apply_patch", "tool_input": {"command": patch}, "cwd": "/p"})
            .to_string()
    };
    let many = "*** Begin Patch\n*** Add File: new.txt\n+one\n*** Delete File: a.txt\n*** Update File: b.txt\n@@\n-x\n+y\n*** Update File: c.txt\n*** Move to: d.txt\n*** Delete File: e.txt\n*** End Patch\n";
    assert_eq!(
        shown(Codex, &message(many)),
        ["write new.txt", "edit b.txt", "move c.txt to d.txt", "remove a.txt e.txt"]
    );
    let one = "*** Begin Patch\n*** Update File: b.txt\n@@\n-x\n+y\n*** End Patch\n";
    assert_eq!(shown(Codex, &message(one)), ["edit b.txt"]);
    let none = calls(Codex, message("nothing").as_bytes()).unwrap();
    assert_eq!(none[0].deed, ToolDeed::Unknown);
    let flood = "*** Add File: a\n".repeat(FILES_MAX + 1);
    assert_eq!(calls(Codex, message(&flood).as_bytes()), Err(HookMessageError::TooMany));
}

#[test]
fn a_message_that_cannot_be_read_is_an_error_and_never_no_call() {
    for (dialect, message) in [
        (Claude, ""),
        (Claude, "{"),
        (Claude, "[]"),
        (Claude, "null"),
        (Claude, "{}"),
        (Claude, r#"{"hook_event_name":"PreToolUse"}"#),
        (Claude, r#"{"hook_event_name":"PreToolUse","tool_name":"Bash"}"#),
        (Claude, r#"{"hook_event_name":"PreToolUse","tool_name":7,"tool_input":{}}"#),
        (Claude, r#"{"hook_event_name":"PostToolUse","tool_name":"Bash","tool_input":{"command":"ls"}}"#),
        (Gemini, r#"{"hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"ls"}}"#),
        (Copilot, r#"{"toolName":"bash"}"#),
        (Opencode, r#"{"i":{"tool":"bash"}}"#),
        (Cursor, r#"{"hook_event_name":"beforeShellExecution"}"#),
        (Cursor, r#"{"hook_event_name":"stop"}"#),
        (Aider, r#"{"tool_name":"Bash"}"#),
    ] {
        assert!(calls(dialect, message.as_bytes()).is_err(), "{dialect} {message}");
    }
}

#[test]
fn a_folder_of_the_call_is_seen_from_the_agents() {
    for (own, agents, expected) in [
        (Some("sub"), Some("/p"), Some("/p/sub")),
        (Some("/abs"), Some("/p"), Some("/abs")),
        (Some("sub"), None, Some("sub")),
        (None, Some("/p"), Some("/p")),
        (None, None, None),
    ] {
        assert_eq!(folder(own.map(Untrusted::from).as_ref(), agents), expected.map(Untrusted::from));
    }
}

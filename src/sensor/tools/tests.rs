use super::*;

fn check(dialect: Dialect, name: &str, input: &str, shown: &str) {
    let input: Value = serde_json::from_str(input).unwrap();
    let found = deed(dialect, name, &input);
    assert_eq!(found.shown(), shown, "{dialect} {name} {input}");
}

#[test]
fn every_agents_shell_is_a_shell() {
    for (dialect, name, input) in [
        (Dialect::Claude, "Bash", r#"{"command":"rm -r ./scratch"}"#),
        (Dialect::Codex, "exec_command", r#"{"cmd":"rm -r ./scratch","workdir":"/w"}"#),
        (Dialect::Codex, "shell", r#"{"command":["bash","-lc","rm -r ./scratch"]}"#),
        (Dialect::Codex, "shell", r#"{"command":["rm","-r","./scratch"]}"#),
        (Dialect::Codex, "command_execution", r#"{"command":"/bin/bash -lc 'rm -r ./scratch'"}"#),
        (Dialect::Gemini, "run_shell_command", r#"{"command":"rm -r ./scratch"}"#),
        (Dialect::Qwen, "run_shell_command", r#"{"command":"rm -r ./scratch"}"#),
        (Dialect::Copilot, "bash", r#"{"command":"rm -r ./scratch","description":"x"}"#),
        (Dialect::Opencode, "bash", r#"{"command":"rm -r ./scratch"}"#),
        (Dialect::Cursor, "shellToolCall", r#"{"command":"rm -r ./scratch","workingDirectory":""}"#),
        (Dialect::Generic, "anything", r#"{"command":"rm -r ./scratch"}"#),
    ] {
        check(dialect, name, input, "rm -r ./scratch");
    }
}

#[test]
fn the_shell_around_a_text_is_taken_off_only_where_it_is_all() {
    for (command, expected) in [
        (r#"/bin/bash -lc 'rm -r "a b"'"#, Some(r#"rm -r "a b""#)),
        (r#"/bin/bash -lc "it's \"x\"""#, Some(r#"it's "x""#)),
        (r#"bash -lc 'a'"'"'b'"#, Some("a'b")),
        ("bash -lc ls", Some("ls")),
        ("bash -c 'a' b", None),
        (r#"bash -c "rm $HOME""#, None),
        ("bash script.sh", None),
        ("bash -lc 'unended", None),
    ] {
        assert_eq!(unwrapped(command).as_deref(), expected, "{command}");
    }
}

#[test]
fn files_are_read_written_removed_and_moved() {
    check(Dialect::Claude, "Read", r#"{"file_path":"/w/a"}"#, "read /w/a");
    check(Dialect::Claude, "Write", r#"{"file_path":"/w/a","content":"x"}"#, "write /w/a");
    check(Dialect::Claude, "Edit", r#"{"file_path":"/w/a","old_string":"x","new_string":"y"}"#, "edit /w/a");
    check(Dialect::Gemini, "read_many_files", r#"{"include":["a","b"]}"#, "read a b");
    check(Dialect::Gemini, "replace", r#"{"file_path":"a"}"#, "edit a");
    check(Dialect::Copilot, "create", r#"{"path":"a","file_text":"x"}"#, "write a");
    check(Dialect::Copilot, "str_replace_editor", r#"{"command":"view","path":"a"}"#, "read a");
    check(Dialect::Opencode, "write", r#"{"filePath":"a","content":"x"}"#, "write a");
    check(Dialect::Cursor, "deleteToolCall", r#"{"path":".env"}"#, "remove .env");
    check(Dialect::Generic, "move_file", r#"{"source":"a","destination":"b"}"#, "move a to b");
    check(
        Dialect::Codex,
        "apply_patch",
        r#"{"input":"*** Begin Patch\n*** Update File: a\n*** Delete File: b\n*** End Patch"}"#,
        "remove b",
    );
    check(Dialect::Codex, "apply_patch", r#"{"input":"*** Add File: a\n+x"}"#, "write a");
}

#[test]
fn requests_statements_and_remote_tools_are_told_apart() {
    check(
        Dialect::Claude,
        "WebFetch",
        r#"{"url":"https://x.example/a","prompt":"p"}"#,
        "GET https://x.example/a<U+000A>",
    );
    check(Dialect::Claude, "mcp__db__execute_sql", r#"{"query":"drop table a"}"#, "drop table a");
    check(Dialect::Claude, "mcp__pg__query", r#"{"query":"delete from a"}"#, "delete from a");
    check(
        Dialect::Claude,
        "mcp__railway__volume_delete",
        r#"{"volumeId":"v1","opts":{"force":true}}"#,
        "railway/volume_delete(opts.force=true, volumeId=v1)",
    );
    check(Dialect::Gemini, "railway__volume_delete", r#"{"id":"v1"}"#, "railway/volume_delete(id=v1)");
    check(Dialect::Copilot, "railway-volume_delete", r#"{"id":"v1"}"#, "railway/volume_delete(id=v1)");
    check(Dialect::Opencode, "railway_volume_delete", r#"{"id":"v1"}"#, "railway/volume_delete(id=v1)");
    check(
        Dialect::Cursor,
        "mcpToolCall",
        r#"{"providerIdentifier":"railway","toolName":"volume_delete","args":{"id":"v1"}}"#,
        "railway/volume_delete(id=v1)",
    );
    check(Dialect::Claude, "mcp__filesystem__write_file", r#"{"path":"a","content":"x"}"#, "write a");
    check(Dialect::Claude, "TodoWrite", r#"{"todos":[]}"#, "nothing outside the agent");
    check(Dialect::Claude, "Bash", r#"{"cmdline":"x"}"#, "not understood");
    check(Dialect::Claude, "Teleport", r#"{"to":"x"}"#, "not understood");
}

#[test]
fn a_call_carries_its_reason_and_folder() {
    let input = serde_json::json!({"cmd": "ls", "workdir": "/w", "justification": "to see"});
    let tool = tool(Dialect::Codex, "exec_command", &input);
    assert_eq!(tool.cwd, Some("/w".into()));
    assert_eq!(tool.reason, Some("to see".into()));
    assert_eq!(tool.shown(), "exec_command: ls");
}

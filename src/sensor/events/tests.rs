use super::*;

/// What a line of a stream says, in short words.
fn check(dialect: Dialect, lines: &[&str], expected: &[&str]) {
    let mut events = Events::new(dialect);
    let mut told = Vec::new();
    for line in lines {
        let event: Value = serde_json::from_str(line).unwrap();
        assert!(is_event(&event), "{line}");
        events.read(&event, &mut told);
    }
    events.flush(&mut told);
    let shown: Vec<String> = told.iter().map(short).collect();
    assert_eq!(shown, expected, "{lines:?}");
}

fn short(told: &Told) -> String {
    match told {
        Told::Prose(text) => format!("says {text}"),
        Told::Call(tool) => format!("calls {}", tool.deed.shown()),
        Told::Result { tool, text, is_error } => {
            let of = tool.as_ref().map(|tool| tool.deed.shown()).unwrap_or_default();
            format!("{} of [{of}]: {text}", if *is_error { "failure" } else { "result" })
        }
        Told::Mode(mode) => format!("mode {mode}"),
        Told::Task(task) => format!("task {task}"),
        Told::Failure(text) => format!("failure {text}"),
    }
}

#[test]
fn cursors_calls_are_told_when_they_begin_and_their_results_when_they_end() {
    check(
        Dialect::Cursor,
        &[
            r#"{"type":"system","subtype":"init","session_id":"s","permissionMode":"default","cwd":"/w"}"#,
            r#"{"type":"user","session_id":"s","message":{"role":"user","content":[{"type":"text","text":"fix it"}]}}"#,
            r#"{"type":"assistant","session_id":"s","message":{"role":"assistant","content":[{"type":"text","text":"I will look."}]}}"#,
            r#"{"type":"tool_call","subtype":"started","call_id":"a","session_id":"s","tool_call":{"shellToolCall":{"args":{"command":"ls x"}}}}"#,
            r#"{"type":"tool_call","subtype":"completed","call_id":"a","session_id":"s","tool_call":{"shellToolCall":{"args":{"command":"ls x"},"result":{"failure":{"exitCode":2,"stderr":"no such file"}}}}}"#,
            r#"{"type":"tool_call","subtype":"started","call_id":"b","session_id":"s","tool_call":{"deleteToolCall":{"args":{"path":".env"}}}}"#,
            r#"{"type":"tool_call","subtype":"completed","call_id":"b","session_id":"s","tool_call":{"deleteToolCall":{"args":{"path":".env"},"result":{"rejected":{"reason":"no"}}}}}"#,
        ],
        &[
            "mode default",
            "task fix it",
            "says I will look.",
            "calls ls x",
            "failure of [ls x]: exit 2\nno such file",
            "calls remove .env",
            "failure of [remove .env]: no",
        ],
    );
}

#[test]
fn codes_and_errors_are_failures_and_name_their_status() {
    check(
        Dialect::Codex,
        &[
            r#"{"type":"item.started","item":{"id":"1","type":"command_execution","command":"/bin/bash -lc 'curl -f x'","status":"in_progress"}}"#,
            r#"{"type":"item.completed","item":{"id":"1","type":"command_execution","command":"/bin/bash -lc 'curl -f x'","aggregated_output":"error: 401","exit_code":22,"status":"failed"}}"#,
            r#"{"type":"item.completed","item":{"id":"2","type":"file_change","changes":[{"path":"a","kind":"delete"}],"status":"completed"}}"#,
            r#"{"type":"item.completed","item":{"id":"3","type":"mcp_tool_call","server":"railway","tool":"volume_delete","arguments":{"id":"v"},"status":"failed","error":{"message":"Unauthorized"}}}"#,
            r#"{"type":"turn.failed","error":{"message":"unexpected status 401 Unauthorized"}}"#,
        ],
        &[
            "calls curl -f x",
            "failure of [curl -f x]: exit 22\nerror: 401",
            "calls remove a",
            "result of [remove a]: *** Delete File: a",
            "calls railway/volume_delete(id=v)",
            "failure of [railway/volume_delete(id=v)]: {\"message\":\"Unauthorized\"}",
            "failure unexpected status 401 Unauthorized",
        ],
    );
    check(
        Dialect::Opencode,
        &[
            r#"{"type":"error","timestamp":1,"sessionID":"s","error":{"name":"APIError","data":{"message":"invalid x-api-key"}}}"#,
        ],
        &["failure invalid x-api-key"],
    );
    check(
        Dialect::Claude,
        &[
            r#"{"type":"system","subtype":"api_retry","error_status":401,"error":"authentication_failed","session_id":"s"}"#,
            r#"{"type":"result","subtype":"success","is_error":true,"result":"API Error: 401","session_id":"s"}"#,
        ],
        &["failure HTTP status 401: authentication_failed", "failure API Error: 401"],
    );
}

#[test]
fn words_to_a_subagent_are_not_the_operators() {
    check(
        Dialect::Claude,
        &[
            r#"{"type":"user","parent_tool_use_id":"t","session_id":"s","message":{"content":[{"type":"text","text":"look there"}]}}"#,
            r#"{"type":"user","parent_tool_use_id":null,"session_id":"s","message":{"content":"fix it"}}"#,
            r#"{"type":"user","parent_tool_use_id":null,"session_id":"s","message":{"content":"and more"}}"#,
        ],
        &["task fix it"],
    );
}

#[test]
fn a_long_result_keeps_its_beginning_and_its_end() {
    let text = format!("first {} last", "é".repeat(40_000));
    let short = shortened(&text);
    assert!(short.len() < RESULT_BYTES_MAX + 64 && short.starts_with("first é") && short.ends_with("é last"));
}

use super::*;
use crate::judge::{Fresh, Policy, built_in};
use crate::model::{Action, ActionId, ActionKind, Blind, Caller, Class, Moment, Pid, Tier};

/// A judge that has all rules, in a project of its own.
fn judge() -> Judge {
    Judge::new(&built_in().unwrap(), Policy::default()).at("/home/dev/shop", Some("/home/dev".to_owned()))
}

fn tool(name: &str, deed: ToolDeed, input: &str) -> Tool {
    Tool { name: name.into(), call: None, deed, cwd: Some("/home/dev/shop".into()), reason: None, input: input.into() }
}

fn judged(judge: &Judge, tool: Tool, oracle: &dyn Oracle) -> Judgement {
    let none = Pid(0);
    let caller = Caller { pid: none, tid: none, parent: none, program: Untrusted::default() };
    let source = Source::Hook;
    let action = Action { id: ActionId(1), at: Moment::ZERO, caller, source, kind: ActionKind::Tool(tool) };
    judge.judge(&action, &Fresh, oracle)
}

/// The judgement on a call of a server's tool: its name as `server/tool`, its arguments as JSON.
fn remote(judge: &Judge, call: &str, arguments: &str) -> Judgement {
    let (server, name) = call.split_once('/').unwrap();
    let fields: serde_json::Map<String, serde_json::Value> = serde_json::from_str(arguments).unwrap();
    let flat = fields.iter().map(|(name, value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        (Untrusted::from(name.as_str()), Untrusted::from(value))
    });
    let deed = ToolDeed::Remote { server: Some(server.into()), tool: name.into(), arguments: flat.collect() };
    judged(judge, tool(call, deed, arguments), &Blind)
}

#[test]
fn a_servers_tool_that_only_looks_passes() {
    let judge = judge();
    for (call, arguments) in [
        ("railway/list_volumes", r#"{"projectId":"p1"}"#),
        ("railway/get_logs", r#"{"service":"api","environment":"production"}"#),
        ("github/get_pull_request", r#"{"owner":"o","repo":"r","number":7}"#),
        ("github/search_code", r#"{"query":"delete from users where"}"#),
        ("github/list_commits", r#"{"owner":"o","repo":"r"}"#),
        ("docs/search", r#"{"query":"how to drop table in postgres"}"#),
        ("context7/resolve-library-id", r#"{"libraryName":"react"}"#),
        ("context7/get-library-docs", r#"{"id":"/facebook/react"}"#),
        ("filesystem/read_file", r#"{"path":"/home/dev/shop/src/main.rs"}"#),
        ("filesystem/list_directory", r#"{"path":"/home/dev/shop"}"#),
        ("filesystem/directory_tree", r#"{"path":"/home/dev/shop"}"#),
        ("filesystem/search_files", r#"{"path":"/home/dev/shop","pattern":"*.rs"}"#),
        ("aws/describe_instances", r#"{"region":"eu-central-1"}"#),
        ("linear/get_issue", r#"{"id":"SHO-12"}"#),
        ("sentry/find_issues", r#"{"query":"is:unresolved"}"#),
        ("stripe/list_customers", r#"{"limit":3}"#),
        ("supabase/list_tables", r#"{"schemas":["public"]}"#),
        ("supabase/get_publishable_keys", r#"{"project_id":"x"}"#),
        ("kubernetes/pods_list", r#"{"namespace":"shop"}"#),
        ("time/get_current_time", r#"{"timezone":"UTC"}"#),
        ("fetch/fetch", r#"{"url":"https://example.com/docs"}"#),
        ("figma/get_design_tokens", r#"{"file":"abc"}"#),
        ("slack/conversations_history", r#"{"channel":"C1"}"#),
        ("jira/get_transitions", r#"{"issueKey":"A-1"}"#),
        ("terraform/search_modules", r#"{"query":"destroy"}"#),
        ("playwright/browser_snapshot", "{}"),
    ] {
        let found = remote(&judge, call, arguments);
        assert!(found.verdict <= Verdict::Log, "{call} {arguments}: {:#?}", found.findings);
    }
}

#[test]
fn ordinary_work_through_a_server_is_noted_and_not_asked_about() {
    let judge = judge();
    for (call, arguments) in [
        ("github/create_pull_request", r#"{"owner":"o","repo":"r","title":"Delete dead code"}"#),
        ("github/add_issue_comment", r#"{"owner":"o","repo":"r","body":"run rm -rf / to reproduce"}"#),
        ("github/push_files", r#"{"owner":"o","repo":"r","files":[{"path":"a.rs","content":"fn main(){}"}]}"#),
        ("github/create_or_update_file", r#"{"owner":"o","repo":"r","path":".github/x.yml","content":"a"}"#),
        ("github/remove_label", r#"{"owner":"o","repo":"r","label":"bug"}"#),
        ("linear/create_issue", r#"{"title":"drop table"}"#),
        ("linear/delete_comment", r#"{"id":"c1"}"#),
        ("memory/delete_entities", r#"{"entityNames":["a"]}"#),
        ("memory/create_entities", r#"{"entities":[{"name":"a"}]}"#),
        ("playwright/browser_close", "{}"),
        ("playwright/browser_evaluate", r#"{"function":"() => document.body.remove()"}"#),
        ("postgres/query", r#"{"sql":"SELECT * FROM orders LIMIT 5"}"#),
        ("supabase/execute_sql", r#"{"query":"select count(*) from users"}"#),
        ("supabase/apply_migration", r#"{"name":"a","query":"create table t (id int)"}"#),
        ("graphql/query", r#"{"query":"query { project(id: \"p\") { name } }"}"#),
        ("shell/run_command", r#"{"command":"cargo test"}"#),
        ("desktop-commander/execute_command", r#"{"command":"git status"}"#),
        ("filesystem/write_file", r#"{"path":"/home/dev/shop/src/new.rs","content":"fn a(){}"}"#),
        ("filesystem/edit_file", r#"{"path":"/home/dev/shop/src/main.rs","edits":[{"oldText":"a","newText":"b"}]}"#),
        ("filesystem/create_directory", r#"{"path":"/home/dev/shop/src/x"}"#),
        ("filesystem/move_file", r#"{"source":"/home/dev/shop/src/a.rs","destination":"/home/dev/shop/src/b.rs"}"#),
        ("sequential-thinking/sequentialthinking", r#"{"thought":"delete the database","nextThoughtNeeded":true}"#),
        ("slack/post_message", r#"{"channel":"C1","text":"I will DROP TABLE users"}"#),
        ("http/request", r#"{"url":"https://api.example.com/items","method":"GET"}"#),
        ("docker/container_logs", r#"{"container":"shop-db-1"}"#),
        ("puppeteer/puppeteer_click", r##"{"selector":"#delete"}"##),
        ("python/run_tests", r#"{"path":"tests"}"#),
        ("aws/delete_stack", r#"{"stackName":"x","dryRun":true}"#),
        ("kubernetes/kubectl_generic", r#"{"command":"get","resourceType":"pods","namespace":"prod"}"#),
        ("kubernetes/kubectl_scale", r#"{"name":"api","namespace":"shop","replicas":3}"#),
        ("terraform/ExecuteTerraformCommand", r#"{"command":"plan","working_directory":"/home/dev/infra"}"#),
        ("aws/call_aws", r#"{"cli_command":"aws s3 ls s3://shop"}"#),
        ("ssh/execute-command", r#"{"cmdString":"df -h","connectionName":"web1"}"#),
        ("supabase/pause_project", r#"{"project_id":"scratch"}"#),
        ("stripe/create_payment_link", r#"{"price":"price_1","amount":5}"#),
        ("slack/conversations_unarchive", r#"{"channel":"C1"}"#),
        (
            "github/push_files",
            r#"{"owner":"o","repo":"r","branch":"b","files":[{"path":".github/workflows/ci.yml","content":"on: push\njobs:\n  a:\n    steps:\n      - run: npm ci && npm test && rm -rf dist\n"}]}"#,
        ),
    ] {
        let found = remote(&judge, call, arguments);
        assert!(found.verdict <= Verdict::Log, "{call} {arguments}: {:#?}", found.findings);
    }
}

#[test]
fn a_servers_tool_that_takes_away_is_judged_like_the_command() {
    let judge = judge();
    let delete = Some(Class::Delete);
    for (call, arguments, verdict, class) in [
        ("railway/volume_delete", r#"{"volumeId":"vol_9f2c"}"#, Verdict::Confirm, delete),
        ("railway/volumeDelete", r#"{"volumeId":"vol_9f2c"}"#, Verdict::Confirm, delete),
        ("neon/delete_project", r#"{"projectId":"p1"}"#, Verdict::Hold, delete),
        ("neon/delete_branch", r#"{"branchId":"br-1"}"#, Verdict::Hold, delete),
        ("supabase/delete_branch", r#"{"branch_id":"x"}"#, Verdict::Hold, delete),
        ("supabase/reset_branch", r#"{"branch_id":"x"}"#, Verdict::Hold, delete),
        ("db/drop_table", r#"{"table":"orders"}"#, Verdict::Hold, delete),
        ("mongodb/drop-collection", r#"{"collection":"orders"}"#, Verdict::Hold, delete),
        ("mongodb/delete-many", r#"{"collection":"orders","filter":{}}"#, Verdict::Hold, delete),
        ("postgres/query", r#"{"sql":"DROP TABLE orders"}"#, Verdict::Hold, delete),
        (
            "neon/run_sql_transaction",
            r#"{"sqlStatements":["SELECT 1","DELETE FROM audit_log"]}"#,
            Verdict::Hold,
            delete,
        ),
        ("kubernetes/kubectl_delete", r#"{"resourceType":"namespace","name":"payments"}"#, Verdict::Hold, delete),
        (
            "kubernetes/kubectl_generic",
            r#"{"command":"delete","resourceType":"pvc","name":"data","namespace":"db"}"#,
            Verdict::Hold,
            delete,
        ),
        (
            "kubernetes/pods_exec",
            r#"{"name":"pg-0","namespace":"db","command":["sh","-c","rm -rf /var/lib/postgresql/data"]}"#,
            Verdict::Hold,
            delete,
        ),
        ("terraform/ExecuteTerraformCommand", r#"{"command":"destroy"}"#, Verdict::Hold, delete),
        ("aws-api/call_aws", r#"{"cli_command":"aws s3 rb s3://acme-prod --force"}"#, Verdict::Confirm, delete),
        (
            "ssh/execute-command",
            r#"{"cmdString":"rm -rf /var/lib/postgresql","connectionName":"web1"}"#,
            Verdict::Hold,
            delete,
        ),
        ("supabase/pause_project", r#"{"project_id":"prod-abcd"}"#, Verdict::Confirm, delete),
        ("slack/conversations_archive", r#"{"channel":"C1"}"#, Verdict::Hold, delete),
        ("railway/list_variables", r#"{"workspacePath":"/home/dev/shop"}"#, Verdict::Hold, Some(Class::TokenDiscovery)),
        (
            "stripe/create_refund",
            r#"{"payment_intent":"pi_1","amount":125000}"#,
            Verdict::Hold,
            Some(Class::Production),
        ),
        (
            "github/push_files",
            r#"{"owner":"o","repo":"r","branch":"b","files":[{"path":".github/workflows/x.yml","content":"on: push\njobs:\n  a:\n    steps:\n      - run: terraform destroy -auto-approve\n"}]}"#,
            Verdict::Hold,
            delete,
        ),
        ("supabase/execute_sql", r#"{"query":"delete from users"}"#, Verdict::Hold, delete),
        ("supabase/execute_sql", r#"{"query":"truncate table users"}"#, Verdict::Hold, delete),
        ("supabase/apply_migration", r#"{"name":"x","query":"drop schema public cascade"}"#, Verdict::Hold, delete),
        ("postgres-prod/query", r#"{"sql":"DROP TABLE orders"}"#, Verdict::Confirm, delete),
        ("railway/service_delete", r#"{"serviceId":"s","environment":"production"}"#, Verdict::Confirm, delete),
        ("railway/graphql", r#"{"query":"mutation { volumeDelete(volumeId: \"vol_9\") }"}"#, Verdict::Confirm, delete),
        (
            "api/http_request",
            r#"{"method":"DELETE","url":"https://api.example.com/v1/projects/7"}"#,
            Verdict::Hold,
            delete,
        ),
        ("http/http_delete", r#"{"url":"https://api.example.com/v1/projects/7"}"#, Verdict::Hold, delete),
        ("filesystem/delete_file", r#"{"path":"/home/dev/other/notes.md"}"#, Verdict::Hold, delete),
        ("filesystem/delete_directory", r#"{"path":"/home/dev/shop/src/"}"#, Verdict::Hold, delete),
        (
            "filesystem/write_file",
            r#"{"path":"/home/dev/.bashrc","content":"x"}"#,
            Verdict::Hold,
            Some(Class::Tampering),
        ),
        (
            "filesystem/edit_file",
            r#"{"path":"/home/dev/shop/.claude/settings.json","edits":[]}"#,
            Verdict::Hold,
            Some(Class::Tampering),
        ),
        (
            "filesystem/read_file",
            r#"{"path":"/home/dev/.aws/credentials"}"#,
            Verdict::Hold,
            Some(Class::TokenDiscovery),
        ),
        ("shell/run_command", r#"{"command":"rm -rf /home/dev/shop/src"}"#, Verdict::Hold, delete),
        ("shell/run_command", r#"{"command":"git","args":["push","--force"]}"#, Verdict::Hold, delete),
        ("shell/exec", r#"{"command":["git","push","--force"]}"#, Verdict::Hold, delete),
        ("desktop-commander/start_process", r#"{"command":"rm -rf ~"}"#, Verdict::Confirm, delete),
        ("ssh/ssh_exec", r#"{"host":"prod-db-1","command":"rm -rf /var/lib/postgresql"}"#, Verdict::Confirm, delete),
        ("redis/redis_command", r#"{"command":"FLUSHALL"}"#, Verdict::Hold, delete),
        (
            "jupyter/execute_code",
            r#"{"code":"import shutil; shutil.rmtree('/home/dev/shop/src')"}"#,
            Verdict::Hold,
            delete,
        ),
        ("aws/terminate_instances", r#"{"instanceIds":["i-1"]}"#, Verdict::Hold, delete),
        ("cloudflare/kv_namespace_delete", r#"{"namespace_id":"a"}"#, Verdict::Hold, delete),
        ("vault/get_secret", r#"{"name":"db/password"}"#, Verdict::Hold, Some(Class::TokenDiscovery)),
        ("supabase/get_api_keys", r#"{"project_id":"x"}"#, Verdict::Hold, Some(Class::TokenDiscovery)),
        ("stripe/cancel_subscription", r#"{"subscription":"sub_1"}"#, Verdict::Hold, delete),
    ] {
        let found = remote(&judge, call, arguments);
        let worst = found.worst().map(|finding| finding.class);
        assert_eq!((found.verdict, worst), (verdict, class), "{call} {arguments}: {:#?}", found.findings);
    }
}

#[test]
fn the_target_of_a_servers_tool_is_the_argument_that_names_it() {
    let judge = judge();
    for (name, arguments, target) in [
        ("volume_delete", r#"{"confirm":"yes","volumeId":"vol_9f2c"}"#, "vol_9f2c"),
        ("delete_table", r#"{"schema":"public","tableName":"orders"}"#, "orders"),
        ("terminate_instances", r#"{"region":"eu","instanceIds":["i-77"]}"#, "i-77"),
        ("purge", r#"{}"#, "purge"),
    ] {
        let found = judged(&judge, tool(name, ToolDeed::Unknown, arguments), &Blind);
        let target = Some(Untrusted::from(target));
        assert_eq!(found.worst().and_then(|finding| finding.target.clone()), target, "{name} {arguments}: {found:#?}");
    }
}

#[test]
fn a_tool_that_is_not_known_is_asked_about_only_when_it_names_something_destructive() {
    let judge = judge();
    for (name, input, verdict) in [
        ("frobnicate", r#"{"a":1}"#, Verdict::Log),
        ("Skill", r#"{"skill":"commit"}"#, Verdict::Log),
        ("ReportFindings", r#"{"findings":[{"text":"rm -rf /"}]}"#, Verdict::Log),
        ("get_terminal_output", r#"{"id":3}"#, Verdict::Log),
        ("mystery", "{\"a\": cut off", Verdict::Log),
        ("exec_sql", "{\"sql\": \"DROP TA", Verdict::Hold),
        ("delete_everything", "{\"a\": cut off", Verdict::Hold),
        ("delete_everything", "", Verdict::Hold),
        ("remote_shell", r#"{"cmd":"rm -rf ~"}"#, Verdict::Confirm),
        ("doit", r#"{"options":{"command":"git push --force"}}"#, Verdict::Hold),
    ] {
        let found = judged(&judge, tool(name, ToolDeed::Unknown, input), &Blind);
        assert_eq!(found.verdict, verdict, "{name} {input}: {:#?}", found.findings);
    }
}

#[test]
fn a_file_that_the_agent_writes_itself_is_judged_by_its_place() {
    let judge = judge();
    let write = |path: &str, extent| ToolDeed::Write { path: path.into(), content: Some("text".into()), extent };
    for (path, verdict) in [
        ("src/main.rs", Verdict::Log),
        ("/home/dev/shop/README.md", Verdict::Log),
        ("data/seed.csv", Verdict::Log),
        (".gitignore", Verdict::Log),
        ("package.json", Verdict::Log),
        ("/tmp/notes.txt", Verdict::Log),
        ("CLAUDE.md", Verdict::Log),
        ("/home/dev/.bashrc", Verdict::Hold),
        ("/home/dev/.ssh/authorized_keys", Verdict::Hold),
        ("/home/dev/.ssh/config", Verdict::Hold),
        (".git/hooks/pre-commit", Verdict::Hold),
        (".claude/settings.local.json", Verdict::Hold),
        (".cursor/hooks.json", Verdict::Hold),
        ("/home/dev/.codex/config.toml", Verdict::Hold),
        ("/etc/cron.d/job", Verdict::Hold),
        ("/etc/hosts", Verdict::Hold),
        ("/etc/sudoers", Verdict::Hold),
        ("/home/dev/.config/watch/policy.toml", Verdict::Hold),
        ("/dev/sda", Verdict::Confirm),
        ("../shop/src/main.rs", Verdict::Log),
    ] {
        for extent in [Extent::Whole, Extent::Part] {
            let found = judged(&judge, tool("Write", write(path, extent), "{}"), &Blind);
            assert_eq!(found.verdict, verdict, "{path} {extent:?}: {:#?}", found.findings);
        }
    }
}

/// A disk on which everything is a file of ten bytes.
struct Full;

impl Oracle for Full {
    fn fact(&self, _path: &Untrusted) -> crate::model::FileFact {
        crate::model::FileFact::File { bytes: 10 }
    }

    fn resolve(&self, _path: &Untrusted) -> Option<Untrusted> {
        None
    }

    fn read(&self, _path: &Untrusted, _max_bytes: usize) -> Option<Vec<u8>> {
        None
    }
}

#[test]
fn writing_over_a_source_is_ordinary_work_and_over_what_is_elsewhere_is_not() {
    let judge = judge();
    let write = |path: &str, extent| ToolDeed::Write { path: path.into(), content: None, extent };
    for (path, whole, part) in [
        ("src/main.rs", Verdict::Log, Verdict::Log),
        ("notes.txt", Verdict::Log, Verdict::Log),
        ("/home/dev/other/a.rs", Verdict::Hold, Verdict::Hold),
        (".env", Verdict::Hold, Verdict::Log),
    ] {
        for (extent, verdict) in [(Extent::Whole, whole), (Extent::Part, part)] {
            let found = judged(&judge, tool("Write", write(path, extent), "{}"), &Full);
            assert_eq!(found.verdict, verdict, "{path} {extent:?}: {:#?}", found.findings);
        }
    }
}

#[test]
fn tools_for_files_are_what_the_commands_would_be() {
    let judge = judge();
    let paths = |all: &[&str]| all.iter().map(|path| Untrusted::from(*path)).collect::<Vec<_>>();
    for (deed, verdict, tier) in [
        (ToolDeed::Read { paths: paths(&["src/main.rs", "README.md"]) }, Verdict::Allow, None),
        (ToolDeed::Read { paths: paths(&["src", "/home/dev/.ssh/id_ed25519"]) }, Verdict::Hold, Some(Tier::Medium)),
        (ToolDeed::Read { paths: paths(&["/home/dev/.aws/credentials"]) }, Verdict::Hold, Some(Tier::Medium)),
        (ToolDeed::Read { paths: Vec::new() }, Verdict::Allow, None),
        (ToolDeed::Remove { paths: paths(&["src/old.rs"]) }, Verdict::Log, Some(Tier::Low)),
        (ToolDeed::Remove { paths: paths(&["src/"]) }, Verdict::Hold, Some(Tier::High)),
        (ToolDeed::Remove { paths: paths(&["it's here/", "a b"]) }, Verdict::Hold, Some(Tier::High)),
        (ToolDeed::Remove { paths: paths(&["/home/dev/"]) }, Verdict::Confirm, Some(Tier::Critical)),
        (ToolDeed::Move { from: "src/a.rs".into(), to: "src/b.rs".into() }, Verdict::Log, None),
        (ToolDeed::Move { from: ".git".into(), to: "/tmp/x".into() }, Verdict::Hold, Some(Tier::High)),
        (ToolDeed::Move { from: "x".into(), to: "/home/dev/.bashrc".into() }, Verdict::Hold, Some(Tier::Medium)),
        (ToolDeed::Sql { statements: "DROP TABLE users".into() }, Verdict::Hold, Some(Tier::High)),
        (
            ToolDeed::Request { text: "DELETE https://api.example.com/v1/projects/7".into() },
            Verdict::Hold,
            Some(Tier::High),
        ),
        (ToolDeed::Shell { command: "rm -rf src".into() }, Verdict::Hold, Some(Tier::High)),
        (ToolDeed::Inner, Verdict::Allow, None),
    ] {
        let shown = deed.shown();
        let found = judged(&judge, tool("tool", deed, "{}"), &Blind);
        assert_eq!((found.verdict, found.tier()), (verdict, tier), "{shown}: {:#?}", found.findings);
    }
}

#[test]
fn what_a_shell_tool_announces_is_what_its_text_starts() {
    let found = judged(&judge(), tool("Bash", ToolDeed::Shell { command: "rm -r ./scratch".into() }, "{}"), &Blind);
    assert!(crate::judge::covers(
        &found.announced,
        &crate::model::Exec {
            path: "/usr/bin/rm".into(),
            argv: ["rm", "-r", "./scratch"].map(Untrusted::from).to_vec(),
            ..Default::default()
        }
    ));
}

#[test]
fn what_the_agent_wrote_itself_is_known_when_it_is_run() {
    let judge = judge();
    let caller = || Caller { pid: Pid(0), tid: Pid(0), parent: Pid(0), program: Untrusted::default() };
    let action = |kind| Action { id: ActionId(1), at: Moment::ZERO, caller: caller(), source: Source::Hook, kind };
    for (content, extent, verdict) in [
        ("rm -rf src\n", Extent::Whole, Verdict::Hold),
        ("echo done\n", Extent::Whole, Verdict::Log),
        ("rm -rf src\n", Extent::Part, Verdict::Log),
    ] {
        let mut trail = crate::trail::Trail::default();
        let deed = ToolDeed::Write { path: "scripts/clean.sh".into(), content: Some(content.into()), extent };
        trail.act(&action(ActionKind::Tool(tool("Write", deed, "{}"))), &Blind);
        let runs =
            action(ActionKind::Tool(tool("Bash", ToolDeed::Shell { command: "sh scripts/clean.sh".into() }, "{}")));
        assert_eq!(judge.judge(&runs, &trail, &Blind).verdict, verdict, "{content} {extent:?}");
    }
}

#[test]
fn a_server_is_asked_to_delete_what_was_looked_at_or_was_never_seen() {
    let judge = judge();
    let call = |name: &str, id: &str| {
        let arguments = vec![("volumeId".into(), id.into())];
        let deed = ToolDeed::Remote { server: Some("railway".into()), tool: name.into(), arguments };
        tool(name, deed, "{}")
    };
    let caller = || Caller { pid: Pid(0), tid: Pid(0), parent: Pid(0), program: Untrusted::default() };
    let action = |tool| Action {
        id: ActionId(1),
        at: Moment::ZERO,
        caller: caller(),
        source: Source::Hook,
        kind: ActionKind::Tool(tool),
    };
    let is_unverified = |trail: &crate::trail::Trail| {
        let found = judge.judge(&action(call("volume_delete", "vol_9f2c")), trail, &Blind);
        found.findings.iter().any(|finding| finding.class == Class::Unverified)
    };
    let mut trail = crate::trail::Trail::default();
    assert!(is_unverified(&trail));
    let look = call("volume_get", "vol_9f2c");
    trail.looked(&super::looks(&look).unwrap(), Moment::ZERO);
    assert!(!is_unverified(&trail));
    assert_eq!(super::looks(&call("volume_delete", "vol_9f2c")), None);
}

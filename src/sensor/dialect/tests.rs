#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::model::Dialect::{Aider, Claude, Codex, Copilot, Cursor, Gemini, Generic, Opencode, Qwen};

/// The words of a line: blanks separate, single quotes hold together.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (at, part) in line.split('\'').enumerate() {
        if at % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_ascii_whitespace().map(str::to_owned));
        }
    }
    words
}

fn resolve(name: &str) -> Option<String> {
    let leads = match name {
        "cc" => "/usr/lib/node_modules/@anthropic-ai/claude-code/cli.js",
        "agent" => "/home/dev/.local/share/cursor-agent/versions/2026.09.10/cursor-agent",
        "my-codex" => "/opt/codex-x86_64-unknown-linux-musl",
        _ => return None,
    };
    Some(leads.to_owned())
}

fn started(line: &str) -> Started {
    recognise(&words(line), &resolve)
}

#[test]
fn an_agent_is_recognised_through_whatever_starts_it() {
    for (line, dialect, from) in [
        ("claude", Claude, Some(1)),
        ("/usr/local/bin/claude -p x", Claude, Some(1)),
        ("cc -p x", Claude, Some(1)),
        ("agent -p x", Cursor, Some(1)),
        ("my-codex exec", Codex, Some(1)),
        ("cursor-agent", Cursor, Some(1)),
        ("cursor agent -p x", Cursor, Some(2)),
        ("npx @anthropic-ai/claude-code", Claude, Some(2)),
        ("npx -y @anthropic-ai/claude-code@latest -p x", Claude, Some(3)),
        ("npx -p @google/gemini-cli gemini -p x", Gemini, Some(4)),
        ("npm exec @openai/codex -- exec x", Codex, Some(4)),
        ("npm exec --yes -- @openai/codex exec x", Codex, Some(5)),
        ("pnpm dlx opencode-ai run x", Opencode, Some(3)),
        ("bunx @qwen-code/qwen-code", Qwen, Some(2)),
        ("bun x @github/copilot", Copilot, Some(3)),
        ("uvx aider-chat", Aider, Some(2)),
        ("uvx --from aider-chat aider --model x", Aider, Some(4)),
        ("uv tool run aider", Aider, Some(4)),
        ("uv run aider", Aider, Some(3)),
        ("pipx run aider-chat", Aider, Some(3)),
        ("python3 -m aider", Aider, Some(3)),
        ("python3.12 /venv/bin/aider --model x", Aider, Some(2)),
        ("node /a/node_modules/@google/gemini-cli/bundle/gemini.js -p x", Gemini, Some(2)),
        ("node --max-old-space-size=4096 -r ts /a/node_modules/@qwen-code/qwen-code/cli.js", Qwen, Some(5)),
        ("/a/node_modules/opencode-linux-x64/bin/opencode run x", Opencode, Some(1)),
        ("/a/node_modules/@github/copilot-linux-x64/copilot", Copilot, Some(1)),
        ("env FOO=1 -u BAR BAZ=2 claude -p x", Claude, Some(6)),
        ("env -S 'FOO=1 claude -p x'", Claude, None),
        ("sh -c 'exec claude -p x'", Claude, None),
        ("bash -lc 'cd /p && FOO=1 codex exec \"fix it\"'", Codex, None),
        ("bash --norc -c claude", Claude, None),
        ("busybox sh -c claude", Claude, None),
        ("mise exec node@22 -- claude", Claude, Some(5)),
        ("mise x -- npx @openai/codex", Codex, Some(5)),
        ("mise -C /p exec claude", Claude, Some(5)),
        ("asdf exec gemini -p x", Gemini, Some(3)),
        ("nvm exec 22 qwen", Qwen, Some(4)),
        ("nvm exec v22.1.0 node /x/node_modules/@google/gemini-cli/bundle/gemini.js", Gemini, Some(5)),
        ("volta run --node 22 claude", Claude, Some(5)),
        ("fnm exec --using=22 claude", Claude, Some(4)),
        ("fnm exec --using 22 -- claude", Claude, Some(6)),
        ("proto run claude", Claude, Some(3)),
        ("direnv exec . claude", Claude, Some(4)),
        ("op run --env-file .env -- claude", Claude, Some(6)),
        ("doppler run -- codex", Codex, Some(4)),
        ("nix run nixpkgs#claude-code -- -p x", Claude, Some(4)),
        ("nice -n 5 timeout -k 5 60 claude", Claude, Some(8)),
        ("stdbuf -oL nohup setsid claude", Claude, Some(5)),
        ("claude-wrapper", Generic, None),
        ("echo claude", Generic, None),
        ("bash script.sh claude", Generic, None),
        ("bash -c 'echo claude'", Generic, None),
        ("node server.js", Generic, None),
        ("python -c 'import aider'", Generic, None),
        ("vim claude", Generic, None),
        ("/home/dev/claude/run.sh", Generic, None),
        ("mise install claude", Generic, None),
        ("", Generic, None),
    ] {
        let started = started(line);
        assert_eq!((started.dialect, started.arguments_from), (dialect, from), "{line}");
    }
}

#[test]
fn the_command_line_says_how_the_agent_is_used_and_what_for() {
    let print = |format| (RunMode::Print, format);
    let shown = (RunMode::Interactive, Format::Text);
    for (line, (mode, format), permission, task) in [
        ("claude", shown, None, None),
        ("claude 'fix it'", shown, None, Some("fix it")),
        (
            "claude -p --verbose --output-format stream-json --dangerously-skip-permissions 'fix it'",
            print(Format::Lines),
            Some("bypassPermissions"),
            Some("fix it"),
        ),
        (
            "claude --permission-mode plan --allowedTools 'Bash(git *)' Edit --model opus 'look'",
            shown,
            Some("plan"),
            Some("look"),
        ),
        ("claude --output-format=json -p x", print(Format::Json), None, Some("x")),
        (
            "codex exec --json --skip-git-repo-check -c model_provider=mock -m gpt-5 'fix it'",
            print(Format::Lines),
            None,
            Some("fix it"),
        ),
        ("codex -s read-only -a never 'look'", shown, Some("read-only never"), Some("look")),
        ("codex exec resume --last", print(Format::Text), None, None),
        ("codex --dangerously-bypass-approvals-and-sandbox x", shown, Some("danger-full-access never"), Some("x")),
        (
            "gemini -m g --skip-trust --approval-mode yolo -o stream-json -p 'fix it'",
            print(Format::Lines),
            Some("yolo"),
            Some("fix it"),
        ),
        ("gemini -i 'fix it'", shown, None, Some("fix it")),
        ("gemini fix it", shown, None, Some("fix it")),
        ("qwen -y 'fix it'", print(Format::Text), Some("yolo"), Some("fix it")),
        (
            "copilot --no-auto-update --allow-all-tools --output-format json -p 'fix it'",
            print(Format::Lines),
            Some("allow-all-tools"),
            Some("fix it"),
        ),
        ("opencode run --format json --agent plan fix it", print(Format::Lines), Some("plan"), Some("fix it")),
        ("opencode --prompt 'fix it'", shown, None, Some("fix it")),
        (
            "aider --model x --yes-always --message 'fix it' a.py",
            print(Format::Text),
            Some("yes-always"),
            Some("fix it"),
        ),
        (
            "cursor-agent -p --output-format stream-json --force 'fix it'",
            print(Format::Lines),
            Some("force"),
            Some("fix it"),
        ),
        ("cursor-agent --mode ask fix it", shown, Some("ask"), Some("fix it")),
        ("bash -c 'codex exec \"fix it\"'", print(Format::Text), None, Some("fix it")),
    ] {
        let started = started(line);
        assert_eq!(started.errand, Errand::Session, "{line}");
        assert_eq!((started.mode, started.format), (mode, format), "{line}");
        assert_eq!(started.permission.as_deref(), permission, "{line}");
        assert_eq!(started.task.map(|task| task.shown()).as_deref(), task, "{line}");
    }
}

#[test]
fn upkeep_is_no_session() {
    for line in [
        "claude mcp list",
        "claude --version",
        "codex login",
        "codex exec --help",
        "gemini extensions list",
        "opencode serve",
        "cursor-agent status",
    ] {
        assert_eq!(started(line).errand, Errand::Upkeep, "{line}");
    }
}

#[test]
fn a_mode_that_says_it_changes_nothing_is_an_order() {
    for (line, order) in [
        ("claude --permission-mode plan", Some(Order::ReadOnly)),
        ("codex -s read-only", Some(Order::ReadOnly)),
        ("opencode run --agent plan x", Some(Order::ReadOnly)),
        ("cursor-agent --plan", Some(Order::ReadOnly)),
        ("claude --permission-mode default", None),
        ("codex", None),
    ] {
        assert_eq!(started(line).claimed_order(), order, "{line}");
    }
}

//! What an agent's own arguments say.

use super::{Errand, Format, RunMode, Started};
use crate::model::{Dialect, Untrusted};

/// The longest task that is kept, in bytes.
const TASK_BYTES_MAX: usize = 16 * 1024;

/// The options of one agent that take values.
struct Grammar {
    /// Take the next word.
    valued: &'static [&'static str],
    /// Take the next word if it is no option.
    optional: &'static [&'static str],
    /// Take every word up to the next option.
    many: &'static [&'static str],
}

const CLAUDE: Grammar = Grammar {
    valued: &[
        "--agent",
        "--agents",
        "--append-system-prompt",
        "--append-system-prompt-file",
        "--autocompact",
        "--debug-file",
        "--effort",
        "--environment",
        "--fallback-model",
        "--input-format",
        "--json-schema",
        "--max-budget-usd",
        "--max-turns",
        "--model",
        "-n",
        "--name",
        "--output-format",
        "--permission-mode",
        "--permission-prompt-tool",
        "--plugin-dir",
        "--plugin-url",
        "--session-id",
        "--setting-sources",
        "--settings",
        "--system-prompt",
        "--system-prompt-file",
    ],
    optional: &["-d", "--debug", "-r", "--resume", "--cloud", "--from-pr", "-w", "--worktree"],
    many: &[
        "--add-dir",
        "--allowedTools",
        "--allowed-tools",
        "--betas",
        "--disallowedTools",
        "--disallowed-tools",
        "--file",
        "--mcp-config",
        "--tools",
    ],
};
const CLAUDE_UPKEEP: &[&str] = &[
    "agents",
    "attach",
    "auth",
    "auto-mode",
    "config",
    "doctor",
    "gateway",
    "install",
    "logs",
    "mcp",
    "migrate-installer",
    "plugin",
    "plugins",
    "project",
    "rm",
    "setup-token",
    "stop",
    "ultrareview",
    "update",
    "upgrade",
];

const CODEX: Grammar = Grammar {
    valued: &[
        "-c",
        "--config",
        "--enable",
        "--disable",
        "--remote",
        "--remote-auth-token-env",
        "-m",
        "--model",
        "--local-provider",
        "-p",
        "--profile",
        "-s",
        "--sandbox",
        "-C",
        "--cd",
        "--add-dir",
        "-a",
        "--ask-for-approval",
        "--thread-source",
        "--output-schema",
        "--color",
        "-o",
        "--output-last-message",
        "--cyber-access-program",
    ],
    optional: &[],
    many: &["-i", "--image"],
};
const CODEX_UPKEEP: &[&str] = &[
    "agents",
    "login",
    "logout",
    "mcp",
    "mcp-server",
    "plugin",
    "app-server",
    "remote-control",
    "completion",
    "update",
    "doctor",
    "sandbox",
    "debug",
    "apply",
    "a",
    "queue",
    "archive",
    "delete",
    "migrate-rollouts",
    "migrate-nfs-db",
    "unarchive",
    "cloud",
    "exec-server",
    "features",
    "help",
];

const GEMINI: Grammar = Grammar {
    valued: &[
        "-m",
        "--model",
        "-p",
        "--prompt",
        "-i",
        "--prompt-interactive",
        "--approval-mode",
        "--policy",
        "--admin-policy",
        "--allowed-mcp-server-names",
        "--allowed-tools",
        "-e",
        "--extensions",
        "--session-file",
        "--session-id",
        "--delete-session",
        "--include-directories",
        "-o",
        "--output-format",
        "--telemetry-target",
        "--telemetry-otlp-endpoint",
        "--proxy",
        "--auth-type",
        "--openai-api-key",
        "--openai-base-url",
        "--json-file",
        "--json-fd",
        "--input-file",
        "--input-format",
        "--channel",
        "--core-tools",
        "--exclude-tools",
        "--max-session-turns",
        "--system-prompt",
        "--append-system-prompt",
    ],
    optional: &["-r", "--resume", "-w", "--worktree", "-c", "--continue"],
    many: &[],
};
const GEMINI_UPKEEP: &[&str] =
    &["mcp", "extensions", "extension", "skills", "skill", "hooks", "hook", "gemma", "auth", "channel"];

const COPILOT: Grammar = Grammar {
    valued: &[
        "-p",
        "--prompt",
        "-i",
        "--interactive",
        "--model",
        "--output-format",
        "--mode",
        "--agent",
        "--log-level",
        "--log-dir",
        "--plugin-dir",
        "--config-dir",
        "--stream",
        "--session-id",
        "--effort",
        "--reasoning-effort",
        "--max-autopilot-continues",
        "-C",
    ],
    optional: &["-r", "--resume", "--share", "--secret-env-vars"],
    many: &[
        "--add-dir",
        "--allow-tool",
        "--deny-tool",
        "--allow-url",
        "--deny-url",
        "--available-tools",
        "--excluded-tools",
        "--additional-mcp-config",
        "--disable-mcp-server",
        "--add-github-mcp-tool",
        "--add-github-mcp-toolset",
    ],
};
const COPILOT_UPKEEP: &[&str] = &["help", "init", "login", "update", "version", "plugin", "mcp"];

const OPENCODE: Grammar = Grammar {
    valued: &[
        "--prompt",
        "-m",
        "--model",
        "--agent",
        "-s",
        "--session",
        "--format",
        "-f",
        "--file",
        "--title",
        "--command",
        "--attach",
        "--dir",
        "--port",
        "--hostname",
        "--log-level",
        "--variant",
    ],
    optional: &[],
    many: &[],
};
const OPENCODE_UPKEEP: &[&str] = &[
    "auth",
    "providers",
    "agent",
    "upgrade",
    "uninstall",
    "models",
    "stats",
    "export",
    "import",
    "github",
    "mcp",
    "serve",
    "web",
    "debug",
    "session",
    "completion",
    "plugin",
    "db",
    "acp",
    "pr",
];

const AIDER: Grammar = Grammar {
    valued: &[
        "--model",
        "-m",
        "--message",
        "--msg",
        "-f",
        "--message-file",
        "--chat-mode",
        "--edit-format",
        "--editor-model",
        "--weak-model",
        "--file",
        "--read",
        "--config",
        "-c",
        "--env-file",
        "--map-tokens",
        "--api-key",
        "--openai-api-key",
        "--openai-api-base",
        "--anthropic-api-key",
        "--test-cmd",
        "--lint-cmd",
        "--load",
        "--encoding",
        "--input-history-file",
        "--chat-history-file",
    ],
    optional: &[],
    many: &[],
};

const CURSOR: Grammar = Grammar {
    valued: &[
        "--api-key",
        "--output-format",
        "--model",
        "-m",
        "--mode",
        "-H",
        "--header",
        "--workspace",
        "--sandbox",
        "-e",
        "--endpoint",
        "--plugin-dir",
    ],
    optional: &["--resume", "-w", "--worktree"],
    many: &[],
};
const CURSOR_UPKEEP: &[&str] = &[
    "login",
    "logout",
    "status",
    "whoami",
    "about",
    "update",
    "models",
    "mcp",
    "ls",
    "create-chat",
    "install-shell-integration",
    "uninstall-shell-integration",
    "help",
];

/// Options after which no agent works.
const ABOUT: &[&str] = &["-h", "--help", "-v", "-V", "--version"];

/// An agent's arguments, told apart.
struct Line {
    options: Vec<(String, Option<String>)>,
    words: Vec<String>,
}

impl Line {
    fn has(&self, names: &[&str]) -> bool {
        self.options.iter().any(|(name, _)| names.contains(&name.as_str()))
    }

    /// The value of the last of these options that has one.
    fn value(&self, names: &[&str]) -> Option<&str> {
        self.options
            .iter()
            .rev()
            .filter(|(name, _)| names.contains(&name.as_str()))
            .find_map(|(_, value)| value.as_deref())
    }

    fn word(&self, at: usize) -> &str {
        self.words.get(at).map_or("", String::as_str)
    }
}

/// What an agent's arguments say.
pub(super) fn read(dialect: Dialect, arguments: &[String]) -> Started {
    let (grammar, upkeep): (&Grammar, &[&str]) = match dialect {
        Dialect::Claude => (&CLAUDE, CLAUDE_UPKEEP),
        Dialect::Codex => (&CODEX, CODEX_UPKEEP),
        Dialect::Gemini | Dialect::Qwen => (&GEMINI, GEMINI_UPKEEP),
        Dialect::Copilot => (&COPILOT, COPILOT_UPKEEP),
        Dialect::Opencode => (&OPENCODE, OPENCODE_UPKEEP),
        Dialect::Aider => (&AIDER, &[]),
        Dialect::Cursor => (&CURSOR, CURSOR_UPKEEP),
        Dialect::Generic => return Started::default(),
    };
    let line = split(grammar, arguments);
    let mut started = Started { dialect, ..Started::default() };
    let is_codex_exec = dialect == Dialect::Codex && matches!(line.word(0), "exec" | "e");
    let about =
        if is_codex_exec || dialect == Dialect::Codex { &["-h", "--help", "-V", "--version"][..] } else { ABOUT };
    if upkeep.contains(&line.word(0)) || (line.has(about) && dialect != Dialect::Aider) {
        started.errand = Errand::Upkeep;
        return started;
    }
    match dialect {
        Dialect::Claude => claude(&line, &mut started),
        Dialect::Codex => codex(&line, &mut started),
        Dialect::Gemini | Dialect::Qwen => gemini(&line, &mut started),
        Dialect::Copilot => copilot(&line, &mut started),
        Dialect::Opencode => opencode(&line, &mut started),
        Dialect::Aider => aider(&line, &mut started),
        Dialect::Cursor => cursor(&line, &mut started),
        Dialect::Generic => {}
    }
    started
}

fn split(grammar: &Grammar, arguments: &[String]) -> Line {
    let mut line = Line { options: Vec::new(), words: Vec::new() };
    let mut rest = arguments.iter().peekable();
    while let Some(word) = rest.next() {
        if word == "--" {
            line.words.extend(rest.cloned());
            break;
        }
        if !word.starts_with('-') || word == "-" {
            line.words.push(word.clone());
            continue;
        }
        if let Some((name, value)) = word.split_once('=').filter(|(name, _)| name.starts_with("--")) {
            line.options.push((name.to_owned(), Some(value.to_owned())));
            continue;
        }
        let name = word.as_str();
        if grammar.valued.contains(&name) {
            line.options.push((name.to_owned(), rest.next().cloned()));
        } else if grammar.optional.contains(&name) {
            line.options.push((name.to_owned(), rest.next_if(|word| !word.starts_with('-')).cloned()));
        } else if grammar.many.contains(&name) {
            while rest.next_if(|word| !word.starts_with('-')).is_some() {}
            line.options.push((name.to_owned(), None));
        } else if let Some((short, value)) = attached(grammar, name) {
            line.options.push((short, Some(value)));
        } else {
            line.options.push((name.to_owned(), None));
        }
    }
    line
}

/// `-mgpt-5`: a short option with its value.
fn attached(grammar: &Grammar, word: &str) -> Option<(String, String)> {
    let (short, value) = word.split_at_checked(2)?;
    let is_short = !value.is_empty() && !word.starts_with("--") && grammar.valued.contains(&short);
    is_short.then(|| (short.to_owned(), value.to_owned()))
}

fn task(words: &[&str]) -> Option<Untrusted> {
    let text = words.join(" ");
    let mut end = text.len().min(TASK_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let text = text.get(..end).unwrap_or_default();
    (!text.trim().is_empty()).then(|| Untrusted::from(text))
}

fn format(word: Option<&str>) -> Format {
    match word {
        Some("stream-json" | "jsonl" | "streaming-json") => Format::Lines,
        Some("json") => Format::Json,
        _ => Format::Text,
    }
}

fn mode(is_print: bool) -> RunMode {
    if is_print { RunMode::Print } else { RunMode::Interactive }
}

fn claude(line: &Line, started: &mut Started) {
    started.mode = mode(line.has(&["-p", "--print"]));
    started.format = format(line.value(&["--output-format"]));
    started.permission = match line.value(&["--permission-mode"]) {
        _ if line.has(&["--dangerously-skip-permissions"]) => Some("bypassPermissions".to_owned()),
        mode => mode.map(str::to_owned),
    };
    started.task = task(&[line.word(0)]);
}

fn codex(line: &Line, started: &mut Started) {
    let is_exec = matches!(line.word(0), "exec" | "e");
    started.mode = mode(is_exec || line.word(0) == "review");
    started.format = if line.has(&["--json", "--experimental-json"]) { Format::Lines } else { Format::Text };
    let is_bypassed = line.has(&["--dangerously-bypass-approvals-and-sandbox", "--yolo"]);
    let said: Vec<&str> = [line.value(&["-s", "--sandbox"]), line.value(&["-a", "--ask-for-approval"])]
        .into_iter()
        .flatten()
        .chain(is_bypassed.then_some("danger-full-access never"))
        .chain(line.has(&["--full-auto"]).then_some("workspace-write"))
        .collect();
    started.permission = (!said.is_empty()).then(|| said.join(" "));
    let at = usize::from(is_exec);
    started.task = match line.word(at) {
        "resume" | "fork" | "review" | "-" => None,
        word => task(&[word]),
    };
}

fn gemini(line: &Line, started: &mut Started) {
    let asked = line.value(&["-p", "--prompt"]);
    let words: Vec<&str> = line.words.iter().map(String::as_str).collect();
    // Qwen Code's positional prompt runs to its end; Gemini's goes on in the terminal.
    let is_one_shot =
        started.dialect == Dialect::Qwen && !words.is_empty() && !line.has(&["-i", "--prompt-interactive"]);
    started.mode = mode(line.has(&["-p", "--prompt"]) || is_one_shot);
    started.format = format(line.value(&["-o", "--output-format"]));
    started.permission = match line.value(&["--approval-mode"]) {
        None if line.has(&["-y", "--yolo"]) => Some("yolo".to_owned()),
        mode => mode.map(str::to_owned),
    };
    started.task = match asked.or_else(|| line.value(&["-i", "--prompt-interactive"])) {
        Some(asked) => task(&[asked]),
        None => task(&words),
    };
}

fn copilot(line: &Line, started: &mut Started) {
    let asked = line.value(&["-p", "--prompt"]);
    started.mode = mode(asked.is_some());
    // Its `json` is a line for each event.
    started.format = if line.value(&["--output-format"]) == Some("json") { Format::Lines } else { Format::Text };
    started.permission = match line.value(&["--mode"]) {
        None if line.has(&["--allow-all", "--yolo"]) => Some("allow-all".to_owned()),
        None if line.has(&["--allow-all-tools"]) => Some("allow-all-tools".to_owned()),
        mode => mode.map(str::to_owned),
    };
    started.task = asked.or_else(|| line.value(&["-i", "--interactive"])).and_then(|asked| task(&[asked]));
}

fn opencode(line: &Line, started: &mut Started) {
    let is_run = line.word(0) == "run";
    started.mode = mode(is_run);
    started.format = if line.value(&["--format"]) == Some("json") { Format::Lines } else { Format::Text };
    started.permission = line.value(&["--agent"]).map(str::to_owned);
    let said: Vec<&str> = line.words.iter().skip(1).map(String::as_str).collect();
    started.task = if is_run { task(&said) } else { line.value(&["--prompt"]).and_then(|asked| task(&[asked])) };
}

fn aider(line: &Line, started: &mut Started) {
    let asked = line.value(&["-m", "--message", "--msg"]);
    started.mode = mode(asked.is_some() || line.has(&["-f", "--message-file"]));
    started.permission = match line.value(&["--chat-mode", "--edit-format"]) {
        Some("ask") => Some("ask".to_owned()),
        _ => line.has(&["--yes-always", "--yes"]).then(|| "yes-always".to_owned()),
    };
    started.task = asked.and_then(|asked| task(&[asked]));
}

fn cursor(line: &Line, started: &mut Started) {
    let is_print = line.has(&["-p", "--print"]);
    let words: Vec<&str> = line.words.iter().map(String::as_str).skip_while(|word| *word == "agent").collect();
    started.mode = mode(is_print);
    started.format = match line.value(&["--output-format"]) {
        None if line.has(&["--stream-partial-output"]) => Format::Lines,
        word => format(word),
    };
    started.permission = match line.value(&["--mode"]) {
        _ if line.has(&["--plan"]) => Some("plan".to_owned()),
        None if line.has(&["-f", "--force", "--yolo"]) => Some("force".to_owned()),
        mode => mode.map(str::to_owned),
    };
    started.task = if line.word(0) == "resume" { None } else { task(&words) };
}

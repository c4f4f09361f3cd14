//! Calls that start programs, hand texts to shells, and signal processes.

use super::{Inner, Reader};
use crate::judge::effect::Deed;
use crate::judge::ground::Ground;
use crate::judge::script::{Call, Language, Value};

/// Calls that give a text to a shell.
const SHELL_TEXT: &[&str] = &[
    "os.system",
    "os.execute",
    "os.popen",
    "subprocess.getoutput",
    "subprocess.getstatusoutput",
    "asyncio.create_subprocess_shell",
    "child_process.exec",
    "child_process.execSync",
    "execSync",
    "shell_exec",
    "passthru",
    "popen",
    "IO.popen",
    "Kernel.system",
    "system",
    "%x",
    "qx",
    "proc_open",
    "backticks",
    "execaCommand",
    "execaCommandSync",
    "execa.execaCommand",
    "shelljs.exec",
    "commands.getoutput",
    "pexpect.run",
    "pexpect.spawn",
    "sh",
    "$",
    "Bun.$",
    "bun.$",
    "zx.$",
];

/// Calls that start a program from a list of words, or give a text to a shell.
const STARTS: &[&str] = &[
    "exec.Command",
    "Process.Start",
    "subprocess.run",
    "subprocess.call",
    "subprocess.check_call",
    "subprocess.check_output",
    "subprocess.Popen",
    "Popen",
    "check_call",
    "check_output",
    "run",
    "pty.spawn",
    "Bun.spawn",
    "Bun.spawnSync",
    "Open3.capture2",
    "Open3.capture3",
    "Open3.popen3",
    "Process.spawn",
    "sp.run",
    "sp.check_call",
    "sp.call",
];

/// Calls whose first argument is the program, and whose second may be a list of its words.
const SPAWNS: &[&str] = &[
    "child_process.spawn",
    "child_process.spawnSync",
    "child_process.execFile",
    "child_process.execFileSync",
    "spawnSync",
    "spawn",
    "execFile",
    "execFileSync",
    "execa",
    "execa.execa",
    "execa.execaSync",
    "execaSync",
    "execa.sync",
    "cross-spawn",
    "cross-spawn.sync",
    "cross-spawn.spawn",
    "Deno.Command",
    "Deno.run",
    "System.cmd",
    "asyncio.create_subprocess_exec",
];

/// Calls of a connection to another machine that run a text there.
const REMOTE: &[&str] = &["exec_command", "execCommand", "sudo_command"];

pub(super) fn one(reader: &mut Reader, call: &Call) -> bool {
    let name = call.name.as_str();
    if SHELL_TEXT.contains(&name) || (matches!(name, "exec") && reader.language == Language::Other) {
        given(reader, call);
    } else if STARTS.contains(&name) || SPAWNS.contains(&name) {
        started(reader, call);
    } else if let Some(program) = name.strip_prefix("sh.").filter(|program| is_word(program)) {
        let words: Vec<Value> = std::iter::once(Value::known(program)).chain(call.arguments.iter().cloned()).collect();
        reader.start(&words);
    } else if name.starts_with("os.exec") || name.starts_with("os.spawn") || name.starts_with("os.posix_spawn") {
        replaced(reader, call);
    } else if matches!(name, ".run" | ".sudo" | ".local") && is_command(call) {
        // What a task is handed to run commands with.
        let words = call.arguments.iter().map(|word| word.shape().0).collect::<Vec<_>>().join(" ");
        let text = if name == ".sudo" { format!("sudo {words}") } else { words };
        reader.collect.inner.push(Inner::Shell { text, span: reader.span });
    } else if REMOTE.contains(&call.last()) {
        let text = call.arguments.first().map(|text| text.shape().0).unwrap_or_default();
        reader.stands_for(vec!["ssh".to_owned(), "$host".to_owned(), text]);
    } else if matches!(name, "os.kill" | "os.killpg" | "process.kill") {
        killed(reader, call);
    } else if matches!(name, "exec" | "eval" | "compile" | "Function" | "vm.runInThisContext") {
        return unseen(reader, call);
    } else {
        return false;
    }
    true
}

/// Whether what a call is given reads as a command of more than one word.
fn is_command(call: &Call) -> bool {
    let is_text = |value: &Value| value.is_text();
    call.arguments.len() > 1 && call.arguments.iter().all(is_text)
        || call.first_text().is_some_and(|text| text.contains(' '))
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// A text for a shell; several arguments without one are words (`system("rm", "-rf", "x")`).
fn given(reader: &mut Reader, call: &Call) {
    match call.arguments.as_slice() {
        [Value::List(items), ..] => {
            let items = items.clone();
            reader.start(&items);
        }
        [first, rest @ ..] if !rest.is_empty() && rest.iter().all(Value::is_text) && is_plain(first) => {
            let words = call.arguments.clone();
            reader.start(&words);
        }
        [first, ..] if first.is_text() => text(reader, call, first),
        _ => {}
    }
}

fn is_plain(value: &Value) -> bool {
    value.text().is_some_and(|text| !text.contains(char::is_whitespace))
}

/// `run(['rm', 'x'])`, `run('rm x', shell=True)`, `spawn('rm', ['x'])`, `Command('rm', {args: ['x']})`.
fn started(reader: &mut Reader, call: &Call) {
    let first = call.argument(0, "args").or_else(|| call.option("cmd"));
    let Some(first) = first else { return };
    let more = call.arguments.get(1).and_then(Value::items).or_else(|| call.option("args").and_then(Value::items));
    let words: Vec<Value> = match (first, more) {
        (Value::List(items), _) => items.clone(),
        (program, Some(more)) => std::iter::once(program).chain(more).cloned().collect(),
        (Value::Map(_), None) => return,
        (program, None) => {
            let rest = call.arguments.get(1..).unwrap_or_default();
            if rest.is_empty() || !rest.iter().all(Value::is_text) {
                if program.is_text() {
                    text(reader, call, program);
                }
                return;
            }
            call.arguments.clone()
        }
    };
    // A shell's name and text, or words to be read by a shell.
    if call.option("shell").and_then(Value::text).is_some_and(|shell| shell != "false" && shell != "False") {
        let joined = words.iter().map(|word| word.shape().0).collect::<Vec<_>>().join(" ");
        text(reader, call, &Value::open(joined));
        return;
    }
    match call.option("cwd").filter(|cwd| cwd.is_text()) {
        Some(cwd) => {
            let before = [Value::known("env"), Value::known("-C"), cwd.clone()];
            reader.start(before.iter().chain(&words));
        }
        None => reader.start(&words),
    }
}

fn text(reader: &mut Reader, call: &Call, text: &Value) {
    let (text, _) = text.shape();
    let folder = call.option("cwd").filter(|cwd| cwd.is_text()).or(reader.folder.as_ref());
    let text = match folder {
        Some(folder) => format!("cd '{}' && {text}", folder.shape().0.replace('\'', r"'\''")),
        None => text,
    };
    reader.collect.inner.push(Inner::Shell { text, span: reader.span });
}

/// `os.execvp('rm', ['rm', 'x'])`, `os.execlp('rm', 'rm', 'x')`, `os.spawnvp(mode, 'rm', ['rm', 'x'])`.
fn replaced(reader: &mut Reader, call: &Call) {
    let skip = usize::from(call.name.starts_with("os.spawn"));
    let rest = call.arguments.get(skip..).unwrap_or_default();
    let words: Vec<Value> = match rest {
        [program, Value::List(items), ..] => std::iter::once(program).chain(items.iter().skip(1)).cloned().collect(),
        [program, _, more @ ..] => std::iter::once(program).chain(more).cloned().collect(),
        other => other.to_vec(),
    };
    reader.start(&words);
}

fn killed(reader: &mut Reader, call: &Call) {
    let whom = call.arguments.first();
    let is_parent = whom.is_some_and(|whom| {
        whom.origins().iter().any(|origin| origin.name == "os.getppid") || whom.name() == "process.ppid"
    });
    let text = whom.map(|whom| whom.shape().0).unwrap_or_default();
    let deed = match text.as_str() {
        _ if is_parent => Deed::KillSelf,
        "-1" => Deed::KillAll,
        _ => Deed::Kill,
    };
    let span = reader.span;
    reader.collect.deed(deed, &text, Ground::Nothing, span);
}

/// Code that is run although nobody can see it here: fetched, or put together beyond what is known.
fn unseen(reader: &mut Reader, call: &Call) -> bool {
    let Some(code) = call.arguments.first().filter(|code| code.text().is_none()) else { return true };
    let fetched = code.origins().into_iter().find(|origin| {
        let name = origin.name.as_str();
        name.ends_with("urlopen")
            || name.ends_with("requests.get")
            || name.ends_with("httpx.get")
            || name == "fetch"
            || name.ends_with("axios.get")
    });
    if let Some(fetched) = fetched {
        let from = fetched.arguments.first().map(|url| url.shape().0).unwrap_or_default();
        let span = reader.span;
        reader.collect.deed(Deed::RunFetched, &from, Ground::Unknown, span);
        return true;
    }
    let hidden = ["decode", "decompress", "fromhex", "unhexlify", "loads", "from", "join"];
    let is_hidden = code.origins().iter().any(|origin| hidden.iter().any(|name| origin.last().contains(name)));
    if is_hidden || (call.name == "exec" && *code == Value::Unknown) {
        let span = reader.span;
        reader.collect.deed(Deed::RunUnseen, &call.name, Ground::Unknown, span);
    }
    true
}

//! Code in the arguments or on standard input of an interpreter: what its calls remove and start.
//!
//! The code is cut into calls by a small reader that knows strings and comments of all these languages; what is only
//! spoken of in a string is no call.

use super::{Collect, Inner};
use crate::judge::effect::{Deed, Reach};
use crate::judge::ground::Ground;
use crate::judge::script::{Call, calls, strings};
use crate::model::Span;
use crate::shell::{Stdin, Word, WordKind};
use crate::trail::names::is_secret_variable;

/// Interpreters, and the options that take a text to run.
const INTERPRETERS: &[(&str, &[&str])] = &[
    ("python", &["-c"]),
    ("node", &["-e", "--eval", "-p", "--print", "-pe"]),
    ("bun", &["-e", "--eval"]),
    ("deno", &["eval"]),
    ("tsx", &["-e"]),
    ("ts-node", &["-e"]),
    ("ruby", &["-e"]),
    ("perl", &["-e", "-E", "-ne", "-pe", "-nE", "-le", "-lne", "-lpe", "-we", "-MFile::Path", "-i"]),
    ("php", &["-r"]),
    ("lua", &["-e"]),
    ("rails", &["runner"]),
    ("elixir", &["-e"]),
    ("Rscript", &["-e"]),
    ("pwsh", &["-c", "-Command"]),
    ("powershell", &["-c", "-Command"]),
    ("osascript", &["-e"]),
];

/// Calls that remove one file; their names end like this.
const REMOVE_ONE: &[&str] = &[
    "os.remove",
    "os.unlink",
    "os.rmdir",
    "unlinkSync",
    "fs.unlink",
    "fsp.unlink",
    "promises.unlink",
    "File.delete",
    "File.unlink",
    "unlink",
    "Deno.remove",
    "Deno.removeSync",
    "fs.rmdirSync",
    "os.removedirs",
    "FileUtils.rm",
    "FileUtils.rm_f",
    "File.rm",
    "File.rm!",
    "file.remove",
];

/// Calls that remove a folder with all below it.
const REMOVE_TREE: &[&str] = &[
    "rmtree",
    "shutil.rmtree",
    "rmSync",
    "fs.rm",
    "fsp.rm",
    "promises.rm",
    "rimraf",
    "rimrafSync",
    "rimraf.sync",
    "removeSync",
    "fs.remove",
    "fse.remove",
    "FileUtils.rm_rf",
    "FileUtils.rm_r",
    "FileUtils.remove_dir",
    "FileUtils.remove_entry",
    "remove_tree",
    "File.rm_rf",
    "File.rm_rf!",
    "del.sync",
    "deleteSync",
    "rmdirSync",
    "emptyDirSync",
    "fs.emptyDir",
    "Remove-Item",
];

/// Calls that give a text to a shell.
const SHELL_TEXT: &[&str] = &[
    "os.system",
    "os.popen",
    "subprocess.getoutput",
    "subprocess.getstatusoutput",
    "execSync",
    "child_process.exec",
    "child_process.execSync",
    "exec",
    "system",
    "shell_exec",
    "passthru",
    "popen",
    "IO.popen",
    "Kernel.system",
    "spawn",
    "%x",
    "qx",
    "proc_open",
    "backticks",
];

/// Calls that start a program from a list of words, or give a text to a shell.
const STARTS: &[&str] = &[
    "subprocess.run",
    "subprocess.call",
    "subprocess.check_call",
    "subprocess.check_output",
    "subprocess.Popen",
    "execFileSync",
    "spawnSync",
    "child_process.spawn",
    "child_process.spawnSync",
    "execFile",
    "os.execvp",
    "os.execv",
    "os.execlp",
    "os.spawnvp",
    "Open3.capture2",
    "Bun.spawn",
    "Bun.spawnSync",
    "System.cmd",
    "run",
    "Popen",
    "check_call",
    "check_output",
    "Deno.Command",
    "execa",
    "execaSync",
];

pub(super) fn collect(collect: &mut Collect) {
    let program = collect.act.program.clone();
    let Some((_, options)) = INTERPRETERS.iter().find(|(name, _)| *name == program) else { return };
    for (text, span) in texts(collect, &program, options) {
        code(collect, &text, span);
    }
    if let Some((text, span, is_own)) = script(collect, &program) {
        let before = collect.effects.len();
        code(collect, &text, span);
        // Somebody else's script is a prediction: what it may do is named, not held.
        if !is_own {
            let found: Vec<_> = collect
                .effects
                .drain(before..)
                .filter(|effect| matches!(effect.deed, Deed::Remove | Deed::CodeRemove))
                .collect();
            collect.inner.clear();
            if let Some(first) = found.first() {
                collect.deed(Deed::CodeRemove, &first.target.clone(), Ground::File, span);
            }
        }
    }
}

/// The texts that are run: an option's value, or standard input.
fn texts(collect: &Collect, program: &str, options: &[&str]) -> Vec<(String, Span)> {
    let invocation = collect.invocation();
    let mut found: Vec<(String, Span)> = Vec::new();
    let args = invocation.args();
    for (place, word) in args.iter().enumerate() {
        let is_option = options.contains(&word.text.as_str());
        // Short options may stand together: `perl -lane TEXT`.
        let last = word.text.chars().last();
        let is_cluster = word.text.starts_with('-')
            && !word.text.starts_with("--")
            && word.text.len() <= 6
            && matches!(program, "perl" | "ruby" | "node" | "python" | "php")
            && last.is_some_and(|last| options.contains(&format!("-{last}").as_str()));
        if (is_option || is_cluster)
            && let Some(next) = args.get(place + 1)
        {
            found.push((next.text.clone(), next.span));
        }
    }
    let has_file = args.iter().any(|word| !word.is_flag() && word.text != "-");
    if found.is_empty()
        && !has_file
        && let Stdin::Text(text) = &invocation.stdin
    {
        found.push((text.clone(), invocation.span));
    }
    found
}

/// The script file that is run, its content, and whether this session wrote it.
fn script(collect: &Collect, program: &str) -> Option<(String, Span, bool)> {
    if !matches!(program, "python" | "node" | "ruby" | "perl" | "php" | "bun" | "deno" | "tsx" | "ts-node") {
        return None;
    }
    let invocation = collect.invocation();
    let word =
        invocation.args().iter().find(|word| !word.is_flag() && !matches!(word.text.as_str(), "run" | "eval"))?;
    let ends = [".py", ".js", ".mjs", ".cjs", ".ts", ".rb", ".pl", ".php"];
    if !ends.iter().any(|end| word.text.ends_with(end)) {
        return None;
    }
    let path = invocation.path(word)?;
    let is_own = collect.scene.land.past.written(&path).is_some();
    Some((collect.content(word)?, word.span, is_own))
}

fn code(collect: &mut Collect, text: &str, span: Span) {
    let before = collect.effects.len();
    for call in calls(text) {
        one(collect, &call, span);
    }
    let makes_up = collect.effects.iter().skip(before).any(|effect| effect.deed == Deed::CodeRemove);
    if makes_up {
        // What it removes is worked out in the code: the places it names are what there is to go by.
        for text in strings(text).into_iter().filter(|text| text.starts_with(['/', '~']) || text.starts_with("..")) {
            if text.len() > 2 && !text.contains(char::is_whitespace) {
                removed(collect, Some(text), Reach::Tree, span);
            }
        }
    }
    variables(collect, text, span);
}

/// Variables that the code prints: all of them, or a secret by name.
fn variables(collect: &mut Collect, text: &str, span: Span) {
    let dumps = ["os.environ", "process.env", "ENV.to_h", "ENV.each", "getenv()", "$_ENV", "%ENV", "Deno.env.toObject"];
    let plain = crate::judge::script::without_strings(text);
    let is_whole = |name: &&str| {
        plain.match_indices(*name).any(|(at, _)| {
            let after = plain.get(at + name.len()..).unwrap_or_default().trim_start();
            !after.starts_with(['.', '[', '=']) && !after.starts_with(|c: char| c.is_alphanumeric() || c == '_')
                || after.starts_with(".items")
                || after.starts_with(".copy")
        })
    };
    let shows =
        matches!(collect.act.program.as_str(), "node" | "bun") && collect.invocation().has_any(&["-p", "--print"]);
    let prints = shows
        || ["print", "console.log", "puts", "echo", "dump", "write", "p "].iter().any(|word| plain.contains(word));
    if prints && dumps.iter().any(is_whole) {
        collect.deed(Deed::PrintVariables, "all variables", Ground::Secret, span);
    }
    if !prints {
        return;
    }
    for access in ["environ[", "environ.get(", "getenv(", "process.env.", "process.env[", "ENV[", "ENV.fetch(", "ENV{"]
    {
        for (at, _) in text.match_indices(access) {
            let rest = text.get(at + access.len()..).unwrap_or_default();
            let name: String = rest
                .trim_start_matches(['\'', '"'])
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                .collect();
            if is_secret_variable(&name) {
                collect.deed(Deed::PrintSecret, &name, Ground::Secret, span);
            }
        }
    }
}

/// Calls that read the file they are given.
const READS: &[&str] = &[
    "open",
    "readFileSync",
    "readFile",
    "File.read",
    "File.readlines",
    "IO.read",
    "file_get_contents",
    "io.open",
    "fopen",
    "read_file",
    "readlines",
    "dotenv_values",
    "Deno.readTextFile",
    "Deno.readTextFileSync",
    "Bun.file",
    "File.open",
    "createReadStream",
];

fn one(collect: &mut Collect, call: &Call, span: Span) {
    let name = call.name.as_str();
    let last = name.rsplit('.').next().unwrap_or(name);
    let by_method = call.is_path && matches!(last, "read_text" | "read_bytes" | "open");
    let path = if by_method { call.on.clone() } else { call.arguments.first().cloned().flatten() };
    if (READS.contains(&name) || READS.contains(&last) || by_method)
        && let Some(text) = path
        && crate::trail::names::secret_file(&text).is_some()
        && !call.arguments.iter().flatten().any(|mode| matches!(mode.as_str(), "w" | "a" | "wb"))
    {
        let word = Word { text, span, kind: WordKind::Literal, ..Word::default() };
        collect.file(Deed::Read, &word, Reach::One);
        return;
    }
    let is = |list: &[&str]| {
        list.iter().any(|known| name == *known || (known.contains('.') && name.ends_with(&format!(".{known}"))))
    };
    let short = name.rsplit(['.', ':']).next().unwrap_or(name);
    let is_tree = is(REMOVE_TREE) || REMOVE_TREE.contains(&short) && short.len() > 3;
    let is_one = is(REMOVE_ONE) || matches!(short, "unlinkSync" | "unlink") && !call.arguments.is_empty();
    if call.is_path && matches!(short, "unlink" | "rmdir" | "rmtree" | "delete" | "remove") {
        let reach = if short == "rmtree" { Reach::Tree } else { Reach::One };
        removed(collect, call.on.clone(), reach, span);
    } else if is_tree || is_one {
        let reach = if is_tree { Reach::Tree } else { Reach::One };
        removed(collect, call.arguments.first().cloned().flatten(), reach, span);
    } else if is(STARTS) && !call.list.is_empty()
        || matches!(short, "spawnSync" | "execFileSync" | "spawn" | "execFile")
    {
        // `run(['rm', 'x'])`, or `spawnSync('rm', ['x'])`.
        let program = call.arguments.first().cloned().flatten();
        let words: Vec<String> = program.into_iter().chain(call.list.clone()).collect();
        if !words.is_empty() {
            collect.inner.push(Inner::Words { words, span });
        }
    } else if is(SHELL_TEXT)
        || is(STARTS)
        || SHELL_TEXT.contains(&short) && matches!(short, "execSync" | "system" | "shell_exec" | "popen")
    {
        match call.arguments.first().cloned().flatten() {
            Some(text) => {
                // `system("rm", "-rf", "x")` gives words, `system("rm -rf x")` a text.
                let rest: Option<Vec<String>> = call.arguments.iter().cloned().collect();
                match rest {
                    Some(words) if words.len() > 1 && !text.contains(' ') => {
                        collect.inner.push(Inner::Words { words, span })
                    }
                    _ => collect.inner.push(Inner::Shell { text, span }),
                }
            }
            None if !call.list.is_empty() => collect.inner.push(Inner::Words { words: call.list.clone(), span }),
            None => {}
        }
    }
}

fn removed(collect: &mut Collect, path: Option<String>, reach: Reach, span: Span) {
    match path {
        Some(text) => {
            let home = collect.scene.land.home.to_owned();
            let text = match text.strip_prefix('~') {
                Some(rest) => format!("{home}{rest}"),
                None => text,
            };
            let word = Word { text, span, kind: WordKind::Literal, ..Word::default() };
            collect.file(Deed::Remove, &word, reach);
        }
        None if reach == Reach::Tree => {
            collect.deed(Deed::CodeRemove, "a path the code makes up", Ground::Unknown, span)
        }
        None => collect.deed(Deed::CodeRemove, "a file the code names", Ground::File, span),
    }
}

//! Variables that code prints or sends away, and code that it fetches to run it.

use std::collections::BTreeSet;

use super::super::{Collect, asked};
use crate::judge::effect::Deed;
use crate::judge::ground::Ground;
use crate::judge::script::{Call, Language, Value, strings, without_strings};
use crate::model::Span;
use crate::trail::names::is_secret_variable;
use crate::trail::{host_of, is_local_host};

/// Names of all variables together.
const DUMPS: &[&str] =
    &["os.environ", "process.env", "ENV.to_h", "ENV.each", "getenv()", "$_ENV", "%ENV", "Deno.env.toObject"];

/// Words of calls that send something to a server.
const SENDS: &[&str] = &[
    "requests.post",
    "requests.put",
    "requests.patch",
    "requests.get",
    "httpx.",
    "urlopen",
    "urllib.request",
    "fetch(",
    "axios",
    "http.request",
    "https.request",
    "Net::HTTP",
    "socket.",
    ".post(",
    ").request(",
    "smtplib",
    "LWP::",
    "HTTP::",
];

/// Words of calls that fetch a text from a server.
const FETCHES: &[&str] = &[
    "urlopen",
    "requests.get",
    "httpx.get",
    "urllib.request",
    "fetch(",
    "axios",
    "Net::HTTP",
    "URI.open",
    "require('').get(",
];

/// Words of calls that run a text as code.
const RUNS: &[&str] = &["exec(", "eval(", "eval)", "vm.runIn", "new Function("];

/// Calls that print what they are given.
const PRINTS: &[&str] = &[
    "print",
    "pprint.pprint",
    "pprint",
    "sys.stdout.write",
    "sys.stderr.write",
    "process.stdout.write",
    "process.stderr.write",
];

/// What calls that print are called on.
const PRINTERS: &[&str] = &["console", "logging", "logger", "log"];

/// Methods and functions that give a part or another form of a text.
const FORMS: &[&str] =
    &["slice", "substring", "substr", "repr", "str", "String", "btoa", "encodeURIComponent", "b64encode", "format"];

/// Words that a line prints with, in languages that are read by their words.
const PRINT_WORDS: &[&str] = &[
    "print", "puts", "echo", "say", "p", "pp", "warn", "var_dump", "dump", "Println", "Printf", "Print", "inspect",
    "putStrLn",
];

/// Variables that the code prints, all of them or a secret by name; and code from the network.
pub(super) fn collect(collect: &mut Collect, language: Language, text: &str, calls: &[Call], span: Span) {
    let plain = without_strings(text);
    let has = |list: &[&str]| list.iter().any(|word| plain.contains(word));
    let dumps = DUMPS.iter().any(|name| is_whole(&plain, name));
    let shows =
        matches!(collect.act.program.as_str(), "node" | "bun") && collect.invocation().has_any(&["-p", "--print"]);
    let prints = shows || has(&["print", "console.log", "puts", "echo", "dump", "write", "p "]);
    if prints && dumps {
        collect.deed(Deed::PrintVariables, "all variables", Ground::Secret, span);
    }
    if dumps && has(SENDS) {
        collect.deed(Deed::SendUnseen, "all variables", Ground::Secret, span);
    }
    if has(FETCHES) && has(RUNS) {
        let address = strings(text).into_iter().find(|text| text.contains("://")).unwrap_or_default();
        if !is_local_host(host_of(&address).unwrap_or_default()) {
            collect.deed(Deed::RunFetched, &address, Ground::Unknown, span);
        }
    }
    if prints && (shows || language == Language::Other) {
        by_name(collect, text, span, &|at| shows || is_printed(text, at));
    }
    if language != Language::Other {
        let printed = calls.iter().filter(|call| is_print(call));
        let names: BTreeSet<String> = printed.flat_map(|call| call.arguments.iter().flat_map(secrets)).collect();
        for name in names {
            collect.deed(Deed::PrintSecret, &name, Ground::Secret, span);
        }
    }
}

fn is_print(call: &Call) -> bool {
    let of = call.name.rsplit('.').nth(1).unwrap_or_default();
    PRINTS.contains(&call.name.as_str()) || PRINTERS.contains(&of)
}

/// The secret variables whose values are in this one.
fn secrets(value: &Value) -> Vec<String> {
    match value {
        Value::Text { text, .. } | Value::Path { text, .. } => {
            let name =
                |rest: &str| rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect::<String>();
            text.split('$').skip(1).map(name).filter(|name| is_secret_variable(name)).collect()
        }
        Value::List(items) => items.iter().flat_map(secrets).collect(),
        Value::Map(fields) => fields.iter().flat_map(|(_, value)| secrets(value)).collect(),
        Value::Made(call) if FORMS.contains(&call.last()) => {
            call.arguments.iter().chain(call.on.as_deref()).flat_map(secrets).collect()
        }
        Value::Made(_) | Value::Name(_) | Value::Member(..) | Value::Function(_) | Value::Unknown => Vec::new(),
    }
}

/// Whether a line prints what stands at `at` in the code, or what it is kept in is printed later.
fn is_printed(text: &str, at: usize) -> bool {
    let start = text.get(..at).and_then(|before| before.rfind(['\n', ';'])).map_or(0, |end| end + 1);
    let before = text.get(start..at).unwrap_or_default();
    let says = |text: &str| {
        text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(|word| PRINT_WORDS.contains(&word))
    };
    if says(before) {
        return true;
    }
    // What a call makes of it is not the value itself.
    let Some((kept, _)) = before.split_once('=').filter(|(_, made)| !made.contains('(')) else { return false };
    let kept = kept.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let kept = kept.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default();
    let after = text.get(at..).unwrap_or_default();
    let holds = |line: &str| line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(|word| word == kept);
    !kept.is_empty() && after.split(['\n', ';']).skip(1).any(|line| says(line) && holds(line))
}

/// Whether all variables are meant, rather than one of them or their names.
fn is_whole(plain: &str, name: &str) -> bool {
    plain.match_indices(name).any(|(at, _)| {
        let before = plain.get(..at).unwrap_or_default().trim_end();
        let after = plain.get(at + name.len()..).unwrap_or_default().trim_start();
        let is_part = after.starts_with(['.', '[', '='])
            || after.starts_with(|c: char| c.is_alphanumeric() || c == '_')
            || ["Object.keys(", "sorted(", "len(", "list(", " in", "'in", "...", "**", "env=", "env:", "env ="]
                .iter()
                .any(|word| before.ends_with(word));
        !is_part || [".items", ".values"].iter().any(|word| after.starts_with(word))
    })
}

fn by_name(collect: &mut Collect, text: &str, span: Span, is_printed: &dyn Fn(usize) -> bool) {
    for access in ["environ[", "environ.get(", "getenv(", "process.env.", "process.env[", "ENV[", "ENV.fetch(", "ENV{"]
    {
        for (at, _) in text.match_indices(access) {
            let start = at + access.len();
            let rest = text.get(start..).unwrap_or_default();
            let bare = rest.trim_start_matches(['\'', '"']);
            let name: String = bare.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            let end = start + (rest.len() - bare.len()) + name.len();
            if is_printed(at) && is_secret_variable(&name) && !asked::is_only_asked(text, at, end) {
                collect.deed(Deed::PrintSecret, &name, Ground::Secret, span);
            }
        }
    }
}

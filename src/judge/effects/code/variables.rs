//! Variables that code prints or sends away, and code that it fetches to run it.

use super::super::{Collect, asked};
use crate::judge::effect::Deed;
use crate::judge::ground::Ground;
use crate::judge::script::{strings, without_strings};
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

/// Variables that the code prints, all of them or a secret by name; and code from the network.
pub(super) fn collect(collect: &mut Collect, text: &str, span: Span) {
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
    if prints {
        by_name(collect, text, span);
    }
}

/// Whether all variables are meant, rather than one of them or their names.
fn is_whole(plain: &str, name: &str) -> bool {
    plain.match_indices(name).any(|(at, _)| {
        let before = plain.get(..at).unwrap_or_default().trim_end();
        let after = plain.get(at + name.len()..).unwrap_or_default().trim_start();
        let is_part = after.starts_with(['.', '[', '='])
            || after.starts_with(|c: char| c.is_alphanumeric() || c == '_')
            || ["Object.keys(", "sorted(", "len(", "list(", " in", "'in"].iter().any(|word| before.ends_with(word));
        !is_part || [".items", ".copy", ".values"].iter().any(|word| after.starts_with(word))
    })
}

fn by_name(collect: &mut Collect, text: &str, span: Span) {
    for access in ["environ[", "environ.get(", "getenv(", "process.env.", "process.env[", "ENV[", "ENV.fetch(", "ENV{"]
    {
        for (at, _) in text.match_indices(access) {
            let start = at + access.len();
            let rest = text.get(start..).unwrap_or_default();
            let bare = rest.trim_start_matches(['\'', '"']);
            let name: String = bare.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            let end = start + (rest.len() - bare.len()) + name.len();
            if is_secret_variable(&name) && !asked::is_only_asked(text, at, end) {
                collect.deed(Deed::PrintSecret, &name, Ground::Secret, span);
            }
        }
    }
}

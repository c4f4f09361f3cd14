//! Commands and statements that a filter makes of what it reads, and a shell or a database runs: `awk '{print "rm " $1}' | sh`.
//!
//! What it reads is not known, the words around it are: they are judged with something unknown in its place.

use super::{Collect, Inner};
use crate::shell::{Invocation, Word};

/// How many pieces of text of one filter are looked at.
const PIECES_MAX: usize = 64;

/// What stands for what the filter reads.
const UNKNOWN: &str = "$item";

pub(super) fn collect(collect: &mut Collect) {
    let invocation = collect.invocation();
    let program = invocation.program();
    let is_shell = matches!(program, "sh" | "bash" | "zsh" | "dash" | "ksh");
    let is_client = matches!(program, "psql" | "mysql" | "mariadb" | "sqlite3" | "clickhouse-client" | "cockroach");
    let has_own = invocation.has_any(&["-c", "--command", "-e", "--execute", "-f", "--file", "-q", "--query"])
        || is_shell && invocation.args().iter().any(|word| !word.is_flag());
    if !(is_shell || is_client) || has_own {
        return;
    }
    let crate::shell::Stdin::From(from) = &invocation.stdin else { return };
    let sources = from.iter().filter_map(|at| collect.scene.reading.invocations.get(*at));
    let texts: Vec<(String, crate::model::Span)> =
        sources.flat_map(|source| made(source).into_iter().map(|text| (text, source.span))).collect();
    for (text, span) in texts.into_iter().take(PIECES_MAX) {
        collect.inner.push(if is_shell { Inner::Shell { text, span } } else { Inner::Sql { text, span } });
    }
}

/// The lines that a filter makes, as far as its script says.
fn made(filter: &Invocation) -> Vec<String> {
    let first = |valued: &[&str]| filter.operands(valued).first().map(|word| word.text.clone());
    match filter.program() {
        "awk" | "gawk" | "mawk" => first(&["-F", "-v"]).map(|script| printed(&script)).unwrap_or_default(),
        "sed" | "gsed" => {
            let given = filter.options(&["-e", "--expression"]).into_iter().map(|word: Word| word.text);
            let scripts: Vec<String> = given.chain(first(&["-e", "--expression"])).collect();
            scripts.iter().filter_map(|script| replacement(script)).collect()
        }
        "jq" => first(&["--arg", "--argjson"]).map(|script| interpolated(&script)).unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// What follows each `print` of an awk script: its texts, with what is not text left open.
fn printed(script: &str) -> Vec<String> {
    let after = script.split("print").skip(1);
    let lines = after.map(|rest| {
        let end =
            rest.find(['}', ';']).filter(|end| rest.get(..*end).is_some_and(|head| head.matches('"').count() % 2 == 0));
        let statement = end.and_then(|end| rest.get(..end)).unwrap_or(rest);
        let mut line = String::new();
        for (at, piece) in statement.split('"').enumerate() {
            if at % 2 == 1 {
                line.push_str(&piece.replace("\\n", "\n").replace("%s", UNKNOWN));
            } else if piece.contains('$') {
                line.push_str(UNKNOWN);
            }
        }
        line
    });
    lines.filter(|line| line.trim() != UNKNOWN && !line.trim().is_empty()).take(PIECES_MAX).collect()
}

/// What `s/…/…/` puts there, with what it found left open.
fn replacement(script: &str) -> Option<String> {
    let rest = script.trim().strip_prefix('s')?;
    let sign = rest.chars().next()?;
    let put = rest.split(sign).nth(2)?;
    let open = put.replace("\\1", UNKNOWN).replace("\\2", UNKNOWN).replace('&', UNKNOWN);
    (open != put && open.trim() != UNKNOWN).then_some(open)
}

/// The texts of a jq filter, with what it puts into them left open: `"rm \(.path)"`.
fn interpolated(script: &str) -> Vec<String> {
    let texts = script.split('"').skip(1).step_by(2);
    let open = |text: &str| {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("\\(") {
            out.push_str(before);
            out.push_str(UNKNOWN);
            rest = after.split_once(')').map_or("", |(_, rest)| rest);
        }
        out.push_str(rest);
        out
    };
    texts.filter(|text| text.contains("\\(") && text.contains(' ')).map(open).take(PIECES_MAX).collect()
}

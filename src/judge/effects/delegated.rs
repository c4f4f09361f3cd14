//! What the session wrote for another program to carry out: hooks of git, tables of cron, jobs of a cluster.

use super::scripts::written;
use super::{Collect, Inner};
use crate::shell::{Invocation, joined_path};

/// Which hooks a command of git runs.
const HOOKS: &[(&str, &[&str])] = &[
    ("commit", &["pre-commit", "prepare-commit-msg", "commit-msg", "post-commit"]),
    ("merge", &["pre-merge-commit", "post-merge"]),
    ("pull", &["post-merge"]),
    ("rebase", &["pre-rebase", "post-rewrite"]),
    ("push", &["pre-push"]),
    ("checkout", &["post-checkout"]),
    ("switch", &["post-checkout"]),
];
/// Folders that hooks lie in.
const HOOK_FOLDERS: [&str; 3] = [".git/hooks", ".husky", ".githooks"];
/// How many lines and commands of one file are looked at.
const LINES_MAX: usize = 256;
const COMMANDS_MAX: usize = 16;
/// The fields of time that stand before the command in a table of cron.
const CRON_FIELDS: usize = 5;

/// What the session wrote and this invocation hands over. What others wrote is theirs.
pub(super) fn collect(collect: &mut Collect) {
    let invocation = collect.invocation();
    match invocation.program() {
        "git" => hooks(collect, invocation),
        "crontab" => table(collect, invocation),
        "kubectl" | "oc" => manifests(collect, invocation),
        _ => {}
    }
}

fn hooks(collect: &mut Collect, invocation: &Invocation) {
    let verb = invocation.operands(&["-C", "-c"]).first().map_or("", |word| word.text.as_str());
    let Some((_, names)) = HOOKS.iter().find(|(name, _)| *name == verb) else { return };
    if invocation.has("--no-verify") {
        return;
    }
    let cwd = invocation.cwd.as_deref();
    let paths = names.iter().flat_map(|name| HOOK_FOLDERS.iter().map(move |folder| format!("{folder}/{name}")));
    let texts: Vec<String> = paths.filter_map(|path| written(collect, &joined_path(cwd, &path)?)).collect();
    let span = invocation.span;
    collect.inner.extend(texts.into_iter().map(|text| Inner::Shell { text, span }));
}

fn table(collect: &mut Collect, invocation: &Invocation) {
    let Some(text) = invocation.operands(&["-u"]).first().and_then(|word| written(collect, &invocation.path(word)?))
    else {
        return;
    };
    for line in text.lines().take(LINES_MAX) {
        let line = line.trim();
        let is_named = line.starts_with('@');
        let fields = if is_named { 1 } else { CRON_FIELDS };
        let mut rest = line;
        for _ in 0..fields {
            rest = rest.split_once(char::is_whitespace).map_or("", |(_, rest)| rest.trim_start());
        }
        if !line.starts_with('#') && !rest.is_empty() {
            collect.inner.push(Inner::Shell { text: rest.to_owned(), span: invocation.span });
        }
    }
}

fn manifests(collect: &mut Collect, invocation: &Invocation) {
    let verb = invocation.args().iter().find(|word| !word.is_flag()).map_or("", |word| word.text.as_str());
    if !matches!(verb, "apply" | "create" | "replace") {
        return;
    }
    let files = invocation.options(&["-f", "--filename"]);
    let texts: Vec<String> = files.iter().filter_map(|word| written(collect, &invocation.path(word)?)).collect();
    for words in texts.iter().flat_map(|text| commands(text)).take(COMMANDS_MAX) {
        collect.inner.push(Inner::Words { words, span: invocation.span });
    }
}

/// The commands that a manifest starts, each with the `args` that follow it: `command: ["psql", "-c", "…"]`, or a word a line.
fn commands(text: &str) -> Vec<Vec<String>> {
    let mut found: Vec<Vec<String>> = Vec::new();
    let mut is_list = false;
    for line in text.lines().take(LINES_MAX) {
        let line = line.trim();
        let bare = line.trim_start_matches("- ");
        let given = bare.strip_prefix("command:").map(|rest| (rest.trim(), true));
        let Some((rest, is_command)) = given.or_else(|| Some((bare.strip_prefix("args:")?.trim(), false))) else {
            is_list &= line.starts_with("- ");
            if let Some(last) = found.last_mut().filter(|_| is_list) {
                last.push(bare.trim_matches(['"', '\'']).to_owned());
            }
            continue;
        };
        if is_command {
            found.push(Vec::new());
        }
        is_list = rest.is_empty();
        if let Some(last) = found.last_mut() {
            last.extend(serde_json::from_str::<Vec<String>>(rest).unwrap_or_default());
        }
    }
    found.retain(|words| !words.is_empty());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_of_a_manifest_are_read_in_both_ways_that_lists_are_written() {
        for (text, expected) in [
            (
                "- name: w\n  command: [\"sh\", \"-c\"]\n  args: [\"rm -rf /data\"]",
                &[&["sh", "-c", "rm -rf /data"][..]][..],
            ),
            ("command:\n- psql\n- -c\n- \"DROP TABLE x\"\nimage: y", &[&["psql", "-c", "DROP TABLE x"]]),
            ("kind: Job\nargs:\n- x", &[]),
        ] {
            assert_eq!(commands(text), expected, "{text}");
        }
    }
}

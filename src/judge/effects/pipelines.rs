//! Pipelines of continuous integration that a text writes down: what their steps do once they are pushed.

use super::{Collect, Inner};
use crate::shell::{RedirectKind, Stdin};

/// How many lines of a pipeline, and how many of its steps, are looked at.
const LINES_MAX: usize = 2048;
const STEPS_MAX: usize = 64;
/// Keys whose value is run.
const RUN: [&str; 7] = ["run", "script", "before_script", "after_script", "command", "bash", "inlineScript"];
/// Keys that say when a workflow starts by itself.
const BY_ITSELF: [&str; 5] = ["push", "schedule", "pull_request", "pull_request_target", "release"];

/// Whether a path is one that a forge runs by itself.
#[must_use]
pub fn is_pipeline(path: &str) -> bool {
    let path = path.trim_start_matches("./");
    let is_yaml = path.ends_with(".yml") || path.ends_with(".yaml");
    let within = |folder: &str| path.starts_with(folder) || path.contains(&format!("/{folder}"));
    let name = crate::shell::base_name(path);
    is_yaml
        && (within(".github/workflows/")
            || within(".circleci/")
            || within(".gitea/workflows/")
            || within(".forgejo/workflows/")
            || matches!(
                name.trim_end_matches(".yaml"),
                ".gitlab-ci.yml" | "azure-pipelines.yml" | "bitbucket-pipelines.yml"
            ))
}

/// The steps of the pipelines that this invocation writes.
pub(super) fn collect(collect: &mut Collect) {
    let invocation = collect.invocation();
    let writes = |kind: RedirectKind| matches!(kind, RedirectKind::Write | RedirectKind::Append);
    let is_written =
        invocation.redirects.iter().any(|redirect| writes(redirect.kind) && is_pipeline(&redirect.to.text));
    if !is_written {
        return;
    }
    let text = match (&invocation.stdin, invocation.program()) {
        // A tool that writes has no name that a shell knows.
        (Stdin::Text(text), "write") => Some(text.clone()),
        _ => crate::shell::written_by(crate::shell::writer(invocation, collect.scene.reading)),
    };
    let span = invocation.span;
    for text in steps(&text.unwrap_or_default()) {
        collect.inner.push(Inner::Later { text, span });
    }
}

/// The steps of a pipeline that starts by itself, in its order.
fn steps(text: &str) -> Vec<String> {
    if !starts_by_itself(text) {
        return Vec::new();
    }
    let lines: Vec<&str> = text.lines().take(LINES_MAX).collect();
    let is_within = |line: &str| line.is_empty() || line.starts_with([' ', '\t', '#', '-']);
    // A job that somebody starts by hand is another matter than those beside it.
    let jobs = lines.chunk_by(|_, line| is_within(line));
    let by_itself = jobs.filter(|job| !job.iter().any(|line| line.contains("when: manual")));
    let mut found: Vec<String> = by_itself.flat_map(steps_of).collect();
    found.truncate(STEPS_MAX);
    found
}

/// The steps in some lines of a pipeline.
fn steps_of(lines: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let bare = line.trim_start().trim_start_matches("- ");
        let Some((_, value)) = bare.split_once(':').filter(|(key, _)| RUN.contains(key)) else { continue };
        let depth = line.len() - bare.len();
        let value = value.trim();
        if !value.is_empty() && !value.starts_with(['|', '>']) {
            found.push(plain(value).to_owned());
            continue;
        }
        let below = lines.iter().skip(at + 1);
        let is_below = |line: &&&str| {
            let inside = line.trim_start();
            let here = line.len() - inside.len();
            inside.is_empty() || here > depth || here == depth && value.is_empty() && inside.starts_with("- ")
        };
        let block: Vec<&str> = below.take_while(is_below).map(|line| step(line)).collect();
        found.push(block.join("\n"));
    }
    found
}

/// A line of a list or of a block of text, as the shell gets it.
fn step(line: &str) -> &str {
    let line = line.trim();
    line.strip_prefix("- ").map_or(line, plain)
}

fn plain(value: &str) -> &str {
    let quoted = |mark: char| value.strip_prefix(mark).and_then(|rest| rest.strip_suffix(mark));
    quoted('"').or_else(|| quoted('\'')).unwrap_or(value)
}

/// Whether nobody is asked before it runs: a workflow that tidies up after what was closed is another matter.
fn starts_by_itself(text: &str) -> bool {
    let mut is_on = false;
    let (mut has_on, mut by_itself) = (false, false);
    for line in text.lines().take(LINES_MAX) {
        if line.contains("types: [closed]") || line.contains("types: [ closed ]") {
            return false;
        }
        let is_top = !line.starts_with([' ', '\t', '#', '-']) && line.contains(':');
        if is_top {
            is_on = ["on:", "\"on\":", "'on':"].iter().any(|key| line.starts_with(key));
            has_on |= is_on;
        }
        let words = || line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        by_itself |= is_on && words().any(|word| BY_ITSELF.contains(&word));
    }
    by_itself || !has_on
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steps_of_a_pipeline_are_read_in_the_ways_that_forges_write_them() {
        for (text, expected) in [
            (
                "on: [push]\njobs:\n  a:\n    steps:\n      - run: npm ci\n      - run: |\n          a\n          b\n      - uses: x\n",
                &["npm ci", "a\nb"][..],
            ),
            (
                "on:\n  push:\n    branches: [main]\njobs:\n  a:\n    steps:\n      - name: x\n        run: 'make'\n",
                &["make"],
            ),
            ("job:\n  script:\n    - make test\n    - \"make all\"\n  only: [main]\n", &["make test\nmake all"]),
            ("on: workflow_dispatch\njobs:\n  a:\n    steps:\n      - run: terraform destroy\n", &[]),
            ("on:\n  pull_request:\n    types: [closed]\njobs:\n  a:\n    steps:\n      - run: x\n", &[]),
            ("job:\n  script: x\n  when: manual\n", &[]),
            ("one:\n  script: x\n  when: manual\n\ntwo:\n  script:\n    - y\n", &["y"]),
        ] {
            assert_eq!(steps(text), expected, "{text}");
        }
    }

    #[test]
    fn a_file_is_a_pipeline_by_where_it_lies() {
        for (path, expected) in [
            (".github/workflows/ci.yml", true),
            ("/home/dev/shop/.github/workflows/ci.yaml", true),
            (".gitlab-ci.yml", true),
            ("docs/github/workflows/ci.yml", false),
            (".github/dependabot.yml", false),
            ("src/main.rs", false),
        ] {
            assert_eq!(is_pipeline(path), expected, "{path}");
        }
    }
}

//! The account drawn as lines of a tree, safe to print.

use super::account::{Account, Step, Wrapper};
use super::effect::Reach;
use crate::model::Untrusted;

/// The longest text of one line, in characters; the rest is cut and said so.
const LINE_CHARS_MAX: usize = 400;

/// A line with what hangs below it.
struct Branch {
    text: String,
    below: Vec<Branch>,
}

impl Account {
    /// The account as lines of a tree, with nothing in them that a terminal would obey.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for branch in self.steps.iter().map(branch) {
            lines.push(branch.text);
            draw(&branch.below, "", &mut lines);
        }
        if lines.is_empty() {
            lines.push("nothing runs".to_owned());
        }
        lines
    }
}

fn draw(branches: &[Branch], before: &str, lines: &mut Vec<String>) {
    for (at, branch) in branches.iter().enumerate() {
        let is_last = at + 1 == branches.len();
        let (knee, stem) = if is_last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        lines.push(format!("{before}{knee}{}", branch.text));
        draw(&branch.below, &format!("{before}{stem}"), lines);
    }
}

fn branch(step: &Step) -> Branch {
    match step {
        Step::Program { words, behind, cwd, environment, dry, does, .. } => {
            let mut below: Vec<Branch> = behind.iter().map(leaf_of).collect();
            if let Some(cwd) = cwd.as_ref().filter(|_| !words.is_empty()) {
                below.push(leaf(format!("in {}", cut(cwd.shown()))));
            }
            if *environment != "unknown" {
                below.push(leaf(format!("on {environment}")));
            }
            if *dry {
                below.push(leaf("only says what it would do".to_owned()));
            }
            below.extend(does.iter().map(branch));
            let text = if words.is_empty() { "the shell itself".to_owned() } else { joined(words) };
            Branch { text, below }
        }
        Step::Effect { deed, target, ground, reach, .. } => {
            let all = if *reach == Reach::Tree { ", with all below it" } else { "" };
            let ground = sentence(ground.help());
            leaf(format!("{} {}{all} ({ground})", deed.word(), cut(target.shown())))
        }
        Step::Request { method, url, operations, .. } => Branch {
            text: format!("request {} {}", method.shown(), cut(url.shown())),
            below: operations.iter().map(|operation| leaf(cut(operation.shown()))).collect(),
        },
        Step::Statement { text, environment, .. } => {
            let on = if *environment == "unknown" { String::new() } else { format!(" on {environment}") };
            let lines = text.lossy().lines().map(|line| leaf(cut(Untrusted::from(line).shown()))).collect();
            Branch { text: format!("statements{on}"), below: lines }
        }
        Step::Code { does, .. } => {
            Branch { text: "starts programs of its own".to_owned(), below: does.iter().map(branch).collect() }
        }
        Step::Unread { why } => leaf(format!("not understood: {why}")),
    }
}

fn leaf(text: String) -> Branch {
    Branch { text, below: Vec::new() }
}

fn leaf_of(wrapper: &Wrapper) -> Branch {
    let name = wrapper.name.as_ref().map(|name| format!(" {}", name.shown())).unwrap_or_default();
    let adds = match wrapper.adds {
        "rights" => " — with other rights".to_owned(),
        "remote" => format!(" — on the machine{name}"),
        "container" => format!(" — inside the container{name}"),
        "item" => " — once for each item".to_owned(),
        "shell" => " — read by a shell".to_owned(),
        "runner" => " — fetched and run".to_owned(),
        _ => String::new(),
    };
    leaf(format!("behind {}{adds}", joined(&wrapper.words)))
}

fn joined(words: &[Untrusted]) -> String {
    cut(words.iter().map(Untrusted::shown).collect::<Vec<_>>().join(" "))
}

fn cut(text: String) -> String {
    if text.chars().count() <= LINE_CHARS_MAX {
        return text;
    }
    let kept: String = text.chars().take(LINE_CHARS_MAX).collect();
    format!("{kept}… ({} bytes in all)", text.len())
}

/// A sentence of help within a line: without its full stop, and small at its start.
fn sentence(help: &str) -> String {
    let mut chars = help.trim_end_matches('.').chars();
    let first = chars.next().map(|c| c.to_ascii_lowercase());
    first.into_iter().chain(chars).collect()
}

//! Where a tool acts, as its own output tells: `kubectl config current-context`, `terraform workspace show`.

use super::memory::{LOSSES_MAX, Trail};
use super::text::cut;
use crate::model::{Class, Finding, Moment, Span, Tier, Tool, ToolDeed, Undo, Untrusted};
use crate::shell::{self, Invocation, Place};

/// Commands that print where their tool acts, and nothing else.
const ASKING: &[(&str, &[&str])] = &[
    ("kubectl", &["config", "current-context"]),
    ("oc", &["config", "current-context"]),
    ("kubectx", &["-c"]),
    ("terraform", &["workspace", "show"]),
    ("tofu", &["workspace", "show"]),
    ("gcloud", &["config", "get-value", "project"]),
    ("gcloud", &["config", "get", "project"]),
    ("docker", &["context", "show"]),
    ("firebase", &["use"]),
    ("pulumi", &["stack", "--show-name"]),
];

/// Commands that tell it in a line of its own, after these words.
const TELLING: &[(&str, &str, &str)] =
    &[("railway", "status", "Environment:"), ("pulumi", "stack", "Current stack is ")];

/// How much of the line is kept that says what a plan takes away, in bytes.
const LOSS_BYTES_MAX: usize = 256;
/// The longest name of a place, in bytes.
const NAME_BYTES_MAX: usize = 128;

/// Plans, by the tool and the word that asks for one: what they print says what would go.
const PLANNING: &[(&str, &str)] = &[
    ("terraform", "plan"),
    ("tofu", "plan"),
    ("pulumi", "preview"),
    ("cdk", "diff"),
    ("ansible-playbook", "--check"),
    ("ansible-playbook", "-C"),
];

impl Trail {
    /// Remembers that a plan was seen after which nothing is gone, by what `call` printed; an older one is worth nothing.
    pub(super) fn planned_as_told(&mut self, text: &[u8], call: &Tool) {
        let ToolDeed::Shell { command } = &call.deed else { return };
        let reading = shell::read(&command.lossy(), &Place::default());
        let is_plan = |invocation: &&Invocation| {
            let asks = |(tool, verb): &(&str, &str)| *tool == invocation.program() && invocation.has(verb);
            PLANNING.iter().any(asks) && !invocation.has_any(&["-destroy", "--destroy"])
        };
        let Some(plan) = reading.invocations.iter().find(is_plan) else { return };
        if takes_nothing(&String::from_utf8_lossy(text)) {
            self.plans.insert(plan.program().to_owned());
            self.losses.remove(plan.program());
            return;
        }
        self.plans.remove(plan.program());
        let text = String::from_utf8_lossy(text).into_owned();
        let Some(line) = text.lines().map(str::trim).filter(|line| goes(line)).max_by_key(|line| weight(line)) else {
            return;
        };
        if self.losses.len() < LOSSES_MAX || self.losses.contains_key(plan.program()) {
            let line = self.mask().words(cut(line, LOSS_BYTES_MAX));
            self.losses.insert(plan.program().to_owned(), line);
        }
    }

    /// The plan that was seen last of what is applied now says that something goes.
    pub(super) fn applies_loss(&self, invocations: &[Invocation]) -> Option<Finding> {
        let applies = |one: &&Invocation| {
            one.args().iter().take(2).any(|word| matches!(word.text.as_str(), "apply" | "up" | "deploy"))
        };
        let applied = invocations.iter().filter(applies);
        let (program, line) = applied.filter_map(|one| self.losses.get_key_value(one.program())).next()?;
        let why = format!("The plan that was seen says: {}", Untrusted::from(line.as_str()).shown());
        let title = "applies a plan that takes something away";
        let found = Finding::new("trail/plan-destroys", Class::Delete, Tier::High, Span(0, 0), title, &why);
        Some(found.target(program.as_str()).undo(Undo::None).instead("say what the plan removes, and ask"))
    }

    /// Remembers that git found nothing in the working folder that is in no commit, by what `call` printed.
    pub(super) fn saved_as_told(&mut self, text: &[u8], call: &Tool) {
        let ToolDeed::Shell { command } = &call.deed else { return };
        let text = String::from_utf8_lossy(text);
        let command = command.lossy();
        let Some(rest) = command.trim().strip_prefix("git status") else { return };
        let is_short = rest.split_whitespace().any(|word| matches!(word, "-s" | "--short" | "-sb" | "--porcelain"));
        let is_whole = rest.split_whitespace().all(|word| word.starts_with('-'));
        // In short it says nothing but, where it is asked for, the branch.
        let says_nothing = text.lines().all(|line| line.trim().is_empty() || line.starts_with("## "));
        self.is_saved = text.contains("nothing to commit, working tree clean") || is_short && is_whole && says_nothing;
    }

    /// Whether a plan of this program's was seen since its ground last changed, and nothing goes by it.
    #[must_use]
    pub fn has_planned(&self, program: &str) -> bool {
        self.plans.contains(program)
    }

    /// Remembers where the tool acts that `call` asked, by what it printed.
    pub(super) fn told(&mut self, text: &[u8], call: &Tool, at: Moment) {
        let ToolDeed::Shell { command } = &call.deed else { return };
        let cwd = call.cwd.as_ref().map(|cwd| cwd.lossy().into_owned());
        let reading = shell::read(&command.lossy(), &Place { cwd, home: None });
        let text = String::from_utf8_lossy(text);
        for invocation in &reading.invocations {
            let program = invocation.program();
            let words: Vec<&str> = invocation.args().iter().map(|word| word.text.as_str()).collect();
            let asks = ASKING.iter().any(|(tool, asked)| *tool == program && words == **asked);
            let marked = TELLING.iter().find(|(tool, verb, _)| *tool == program && words.first() == Some(verb));
            let name = match marked {
                Some((_, _, mark)) => text.lines().find_map(|line| line.trim().strip_prefix(mark)),
                // With other commands around it, which line is its own is not known.
                None if asks && reading.invocations.len() == 1 => text.lines().find(|line| !line.trim().is_empty()),
                None => None,
            };
            let is_name = |name: &&str| !name.is_empty() && name.len() <= NAME_BYTES_MAX && !name.contains(' ');
            if let Some(name) = name.map(|name| name.trim().trim_end_matches([':', '.'])).filter(is_name) {
                self.chose_for(program, name, &command.lossy(), at);
            }
        }
    }
}

/// Whether a line of a plan says that something is taken away or replaced.
fn goes(line: &str) -> bool {
    const GOING: [&str; 6] = ["destroy", "destroyed", "delete", "deleted", "replace", "replaced"];
    let words: Vec<&str> =
        line.split(|c: char| !c.is_alphanumeric() && c != '-').filter(|word| !word.is_empty()).collect();
    let at = words.iter().position(|word| GOING.contains(&word.to_ascii_lowercase().as_str()));
    // `0 to destroy`
    at.is_some_and(|at| !words.get(..at).unwrap_or_default().iter().rev().take(2).any(|word| *word == "0"))
        || line.trim_start().starts_with("[-]")
}

/// How telling a line of a plan is: what names a thing comes before the sum of all.
fn weight(line: &str) -> u8 {
    u8::from(line.starts_with('#')) * 2 + u8::from(line.starts_with("Plan:"))
}

/// Whether a plan says that nothing is taken away or replaced.
fn takes_nothing(text: &str) -> bool {
    let is_error = |line: &str| line.trim_start().to_ascii_lowercase().starts_with("error");
    !text.trim().is_empty() && !text.lines().any(|line| is_error(line) || goes(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_takes_nothing_where_it_says_so() {
        for (text, expected) in [
            ("Plan: 1 to add, 2 to change, 0 to destroy.", true),
            ("Plan: 1 to add, 0 to change, 1 to destroy.", false),
            ("  # aws_db_instance.main must be replaced", false),
            ("Resources:\n  + 2 to create", true),
            ("Resources:\n  - 1 to delete", false),
            ("Resources\n[-] AWS::SQS::Queue q", false),
            ("Error: no credentials", false),
            ("", false),
        ] {
            assert_eq!(takes_nothing(text), expected, "{text}");
        }
    }
}

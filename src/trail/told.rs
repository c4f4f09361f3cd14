//! Where a tool acts, as its own output tells: `kubectl config current-context`, `terraform workspace show`.

use super::memory::Trail;
use crate::model::{Moment, Tool, ToolDeed};
use crate::shell::{self, Place};

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

/// The longest name of a place, in bytes.
const NAME_BYTES_MAX: usize = 128;

impl Trail {
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

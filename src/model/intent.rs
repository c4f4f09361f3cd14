//! What the agent said of an act before the kernel was asked for it.

use serde::{Deserialize, Serialize};

use super::{CaseId, Exec, Moment, Ruling, Source, Tool, ToolDeed, Untrusted};

/// The tool call that a fact belongs to: what the agent announced, shown beside what is about to happen.
///
/// It explains. It permits nothing: what an announcement covers is a matter of the ruling on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// The call as it was announced.
    pub tool: Tool,
    /// How it was heard first.
    pub source: Source,
    /// When it was heard first.
    pub at: Moment,
    /// The case that the announcement was, where it was one and was approved.
    pub case: Option<CaseId>,
    /// What the operator said to the announcement, where it was asked about.
    pub ruling: Option<Ruling>,
    /// How the fact differs from what was announced, in a sentence; `None` where it is what was announced.
    pub differs: Option<Untrusted>,
}

impl Intent {
    /// Shows every text in it to `change`, which may replace it.
    pub fn each_text(&mut self, change: &mut dyn FnMut(&mut Untrusted)) {
        self.tool.each_text(change);
        self.differs.iter_mut().for_each(change);
    }
}

impl Tool {
    /// Whether this program start runs the command line that the call announced: a word of it holds the line, as it is
    /// or quoted for a shell within a shell.
    #[must_use]
    pub fn is_run_by(&self, exec: &Exec) -> bool {
        let ToolDeed::Shell { command } = &self.deed else { return false };
        let command = command.as_bytes().trim_ascii();
        !command.is_empty() && exec.argv.iter().skip(1).any(|word| holds(word.as_bytes(), command))
    }
}

fn holds(text: &[u8], command: &[u8]) -> bool {
    let has = |part: &[u8]| part.len() <= text.len() && text.windows(part.len()).any(|window| window == part);
    if has(command) {
        return true;
    }
    let quoted = |by: &[u8]| {
        let mut quoted = Vec::with_capacity(command.len() + by.len());
        for byte in command {
            if *byte == b'\'' { quoted.extend_from_slice(by) } else { quoted.push(*byte) }
        }
        quoted
    };
    command.contains(&b'\'') && (has(&quoted(br#"'"'"'"#)) || has(&quoted(br"'\''")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_is_known_within_an_agents_own_wrapper() {
        let tool = |command: &str| Tool {
            name: "Bash".into(),
            call: None,
            deed: ToolDeed::Shell { command: command.into() },
            cwd: None,
            reason: None,
            input: Untrusted::default(),
        };
        for (command, words, is_it) in [
            ("rm -r x", vec!["bash", "-c", "rm -r x"], true),
            ("rm -r x\n", vec!["bash", "-c", "rm -r x"], true),
            ("rm -r x", vec!["bash", "-c", "source s && eval 'rm -r x' && pwd"], true),
            ("rm -r 'a b'", vec!["bash", "-c", r#"eval 'rm -r '"'"'a b'"'"'' && pwd"#], true),
            ("rm -r 'a b'", vec!["bash", "-c", r"eval 'rm -r '\''a b'\'''"], true),
            ("rm -r x", vec!["rm", "-r", "x"], false),
            ("rm -r x", vec!["bash", "-c", "ls"], false),
            ("", vec!["bash", "-c", "ls"], false),
        ] {
            let argv = words.iter().map(|word| Untrusted::from(*word)).collect();
            assert_eq!(tool(command).is_run_by(&Exec { argv, ..Exec::default() }), is_it, "{command} {words:?}");
        }
    }
}

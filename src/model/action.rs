//! What the agent is about to do.

use serde::{Deserialize, Serialize};

use super::{ActionId, Connect, FileAct, Kill, Moment, Pid, Tool, Untrusted};

/// Something the agent is about to do, as a Gate saw it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// Its number within the session.
    pub id: ActionId,
    /// When the Gate saw it.
    pub at: Moment,
    /// Which process asked for it.
    pub caller: Caller,
    /// Which Gate saw it.
    pub source: Source,
    /// The act itself.
    #[serde(flatten)]
    pub kind: ActionKind,
}

/// The process that is about to act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    /// Its process (thread group) number.
    pub pid: Pid,
    /// The thread that made the call.
    pub tid: Pid,
    /// Its parent at that moment.
    pub parent: Pid,
    /// What it runs now, before the act: the last part of its program's path.
    pub program: Untrusted,
}

/// Which Gate an Action came through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A gated system call: the fact.
    Kernel,
    /// The agent's own hook: a prediction.
    Hook,
    /// A process of the tree that sent what a hook sends and is not the agent. It may open a case; nothing that it says is
    /// remembered or covers anything.
    Claimed,
    /// A line of the agent's structured output: a prediction, and late.
    Stream,
    /// A text somebody asked about, such as with `watch check`.
    Asked,
}

impl Source {
    /// Its word on the screen.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Kernel => "kernel",
            Self::Hook => "hook",
            Self::Claimed => "claimed",
            Self::Stream => "stream",
            Self::Asked => "asked",
        }
    }
}

/// The act itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum ActionKind {
    /// A program start: `execve` or `execveat`.
    Exec(Exec),
    /// A text that announces an act without being one.
    Text(Text),
    /// A tool call that the agent announces.
    Tool(Tool),
    /// A call that destroys, changes or reads a file.
    File(Box<FileAct>),
    /// A connection, or a message, to somebody outside.
    Connect(Box<Connect>),
    /// A signal to another process.
    Kill(Box<Kill>),
}

/// A program start as the kernel was asked for it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Exec {
    /// The path as it was asked for; for a descriptor, the link the kernel shows for it.
    pub path: Untrusted,
    /// The file that path leads to, symbolic links followed, as the caller's root sees it.
    pub resolved: Option<Untrusted>,
    /// For a script, the interpreter that its first line names.
    pub interpreter: Option<Untrusted>,
    /// The arguments, the program's own name first.
    pub argv: Vec<Untrusted>,
    /// The folder it would run in.
    pub cwd: Untrusted,
    /// Variables that differ from the environment the agent was started with. Filled when held.
    pub env_changed: Vec<(Untrusted, Untrusted)>,
    /// What standard input leads to, such as `pipe:[4711]` or a path. Filled when held.
    pub stdin: Option<Untrusted>,
    /// Arguments or environment were longer than we read: what is shown is not all.
    pub is_cut: bool,
}

/// An announced act, or one that somebody asks about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// What kind of text it is.
    pub kind: TextKind,
    /// The text.
    pub text: Untrusted,
    /// The folder it would act in, where that is known.
    pub cwd: Option<Untrusted>,
}

/// The kinds of text that `watch check` judges (`CONTRACT.md`), and `output` for what came before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextKind {
    /// A shell command line, possibly several lines.
    Shell,
    /// SQL statements.
    Sql,
    /// `METHOD URL`, header lines, an empty line, the body.
    Http,
    /// A path that is read.
    FileRead,
    /// What the agent says.
    Prose,
    /// What a command printed; only ever a prior event.
    Output,
}

impl Action {
    /// The program start, if that is what it is.
    #[must_use]
    pub fn as_exec(&self) -> Option<&Exec> {
        match &self.kind {
            ActionKind::Exec(exec) => Some(exec),
            ActionKind::Text(_)
            | ActionKind::Tool(_)
            | ActionKind::File(_)
            | ActionKind::Connect(_)
            | ActionKind::Kill(_) => None,
        }
    }

    /// One line that says what it is, safe to draw: the words of an exec separated by blanks.
    #[must_use]
    pub fn shown(&self) -> String {
        self.kind.shown()
    }

    /// The folder it acts in, where that is known.
    #[must_use]
    pub fn cwd(&self) -> Option<&Untrusted> {
        self.kind.cwd()
    }
}

impl ActionKind {
    /// One line that says what it is, safe to draw: the words of an exec separated by blanks.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::Exec(exec) => exec.shown(),
            Self::Text(text) => text.text.shown(),
            Self::Tool(tool) => tool.shown(),
            Self::File(file) => file.shown(),
            Self::Connect(connect) => connect.shown(),
            Self::Kill(kill) => kill.shown(),
        }
    }

    /// The folder it acts in, where that is known.
    #[must_use]
    pub fn cwd(&self) -> Option<&Untrusted> {
        match self {
            Self::Exec(exec) => Some(&exec.cwd),
            Self::Text(text) => text.cwd.as_ref(),
            Self::Tool(tool) => tool.cwd.as_ref(),
            Self::File(file) => Some(&file.cwd),
            Self::Connect(connect) => Some(&connect.cwd),
            Self::Kill(kill) => Some(&kill.cwd),
        }
    }
}

impl Exec {
    /// The arguments as one shell line, each word escaped and quoted where it needs to be.
    #[must_use]
    pub fn shown(&self) -> String {
        let words: Vec<String> = self.argv.iter().map(quoted).collect();
        if words.is_empty() { self.path.shown() } else { words.join(" ") }
    }

    /// The last part of the program's name, as argv\[0\] or else the path gives it.
    #[must_use]
    pub fn name(&self) -> String {
        let word = self.argv.first().filter(|w| !w.is_empty()).unwrap_or(&self.path).lossy();
        word.rsplit('/').next().unwrap_or_default().to_owned()
    }
}

/// A word as a shell would have to be given it; shown, so escaped first.
fn quoted(word: &Untrusted) -> String {
    let shown = word.shown();
    let is_plain = !shown.is_empty()
        && shown.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./=:,@%+^".contains(&b) || b >= 0x80);
    if is_plain { shown } else { format!("'{}'", shown.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_is_quoted_so_that_its_words_stay_apart() {
        let argv = ["rm", "-rf", "a b", "it's", ""].map(Untrusted::from).to_vec();
        let exec = Exec { argv, ..Exec::default() };
        assert_eq!(exec.shown(), r"rm -rf 'a b' 'it'\''s' ''");
    }
}

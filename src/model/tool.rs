//! A tool call that the agent announces, through its hook or in its stream.

use serde::{Deserialize, Serialize};

use super::{Text, TextKind, Untrusted};

/// A tool call as the agent announced it: a prediction, never the fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tool {
    /// The tool's name as the agent gives it, such as `Bash` or `mcp__railway__volume_delete`.
    pub name: Untrusted,
    /// The agent's own number of the call, where it gives one. It joins what hook, stream and result say of one call.
    pub call: Option<Untrusted>,
    /// What the call would do.
    pub deed: ToolDeed,
    /// The folder it would act in, where that is known.
    pub cwd: Option<Untrusted>,
    /// Why, in the agent's own words, where it says so.
    pub reason: Option<Untrusted>,
    /// The call's input as it was given, as JSON, cut to [`Tool::INPUT_BYTES_MAX`].
    pub input: Untrusted,
}

/// What a tool call would do, in our words whatever the agent calls its tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "deed", rename_all = "snake_case")]
pub enum ToolDeed {
    /// Runs a shell command line.
    Shell {
        /// The command line.
        command: Untrusted,
    },
    /// Reads files or folders, or searches below them.
    Read {
        /// What is read.
        paths: Vec<Untrusted>,
    },
    /// Writes a file, whole or in part.
    Write {
        /// The file.
        path: Untrusted,
        /// What it will hold, where the call says so.
        content: Option<Untrusted>,
        /// Whether all of the file is replaced, or a part of it.
        extent: Extent,
    },
    /// Removes files or folders.
    Remove {
        /// What is removed.
        paths: Vec<Untrusted>,
    },
    /// Moves a file or folder, over what is there.
    Move {
        /// What is moved.
        from: Untrusted,
        /// Where it goes.
        to: Untrusted,
    },
    /// Sends a request.
    Request {
        /// `METHOD URL`, header lines, an empty line, the body: the text that `http` judges.
        text: Untrusted,
    },
    /// Runs statements on a database.
    Sql {
        /// The statements.
        statements: Untrusted,
    },
    /// Calls a tool of a server that the agent is connected to (MCP), which is judged by its name and its words.
    Remote {
        /// The server's name, where the agent gives one.
        server: Option<Untrusted>,
        /// The tool's name there, such as `volume_delete`.
        tool: Untrusted,
        /// The arguments: a name and the value as text, nested names joined by points.
        arguments: Vec<(Untrusted, Untrusted)>,
    },
    /// Something that touches nothing outside the agent, such as a list of things to do.
    Inner,
    /// A tool whose input we do not understand. It is judged as a text that could not be read.
    Unknown,
}

/// How much of a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    /// All of it: what was there is gone.
    Whole,
    /// A part of it.
    Part,
}

impl Tool {
    /// A text that was run or asked for as the call of a tool; `None` for what is only said or printed.
    #[must_use]
    pub fn of_text(text: &Text) -> Option<Self> {
        let deed = match text.kind {
            TextKind::Shell => ToolDeed::Shell { command: text.text.clone() },
            TextKind::Sql => ToolDeed::Sql { statements: text.text.clone() },
            TextKind::Http => ToolDeed::Request { text: text.text.clone() },
            TextKind::FileRead => ToolDeed::Read { paths: vec![text.text.clone()] },
            TextKind::Prose | TextKind::Output => return None,
        };
        let (name, input) = (Untrusted::default(), text.text.clone());
        Some(Self { name, call: None, deed, cwd: text.cwd.clone(), reason: None, input })
    }

    /// The text that announces the act, where there is one to be judged: a command line, statements, a request, paths.
    #[must_use]
    pub fn text(&self) -> Option<Text> {
        let (kind, text) = match &self.deed {
            ToolDeed::Shell { command } => (TextKind::Shell, command.clone()),
            ToolDeed::Sql { statements } => (TextKind::Sql, statements.clone()),
            ToolDeed::Request { text } => (TextKind::Http, text.clone()),
            ToolDeed::Read { paths } => match paths.as_slice() {
                [path] => (TextKind::FileRead, path.clone()),
                _ => return None,
            },
            ToolDeed::Write { .. }
            | ToolDeed::Remove { .. }
            | ToolDeed::Move { .. }
            | ToolDeed::Remote { .. }
            | ToolDeed::Inner
            | ToolDeed::Unknown => return None,
        };
        Some(Text { kind, text, cwd: self.cwd.clone() })
    }

    /// How much of a call's input is kept, in bytes.
    pub const INPUT_BYTES_MAX: usize = 64 * 1024;

    /// Shows every text in it to `change`, which may replace it: masks and limits are put on here.
    pub fn each_text(&mut self, change: &mut dyn FnMut(&mut Untrusted)) {
        change(&mut self.name);
        for text in [&mut self.call, &mut self.cwd, &mut self.reason].into_iter().flatten() {
            change(text);
        }
        change(&mut self.input);
        match &mut self.deed {
            ToolDeed::Shell { command: text } | ToolDeed::Request { text } | ToolDeed::Sql { statements: text } => {
                change(text);
            }
            ToolDeed::Read { paths } | ToolDeed::Remove { paths } => paths.iter_mut().for_each(change),
            ToolDeed::Write { path, content, .. } => {
                change(path);
                content.iter_mut().for_each(change);
            }
            ToolDeed::Move { from, to } => {
                change(from);
                change(to);
            }
            ToolDeed::Remote { server, tool, arguments } => {
                server.iter_mut().for_each(&mut *change);
                change(tool);
                for (name, value) in arguments {
                    change(name);
                    change(value);
                }
            }
            ToolDeed::Inner | ToolDeed::Unknown => {}
        }
    }

    /// How many bytes of text it holds.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let mut bytes = 0;
        self.clone().each_text(&mut |text| bytes += text.as_bytes().len());
        bytes
    }

    /// One line that says what it is, safe to draw: `Bash: rm -rf build`.
    #[must_use]
    pub fn shown(&self) -> String {
        format!("{}: {}", self.name.shown(), self.deed.shown())
    }
}

impl ToolDeed {
    /// One line that says what it does, safe to draw. For a shell command it is the command.
    #[must_use]
    pub fn shown(&self) -> String {
        let all = |paths: &[Untrusted]| paths.iter().map(Untrusted::shown).collect::<Vec<_>>().join(" ");
        match self {
            Self::Shell { command } => command.shown(),
            Self::Read { paths } => format!("read {}", all(paths)),
            Self::Write { path, extent: Extent::Whole, .. } => format!("write {}", path.shown()),
            Self::Write { path, extent: Extent::Part, .. } => format!("edit {}", path.shown()),
            Self::Remove { paths } => format!("remove {}", all(paths)),
            Self::Move { from, to } => format!("move {} to {}", from.shown(), to.shown()),
            Self::Request { text } => text.shown(),
            Self::Sql { statements } => statements.shown(),
            Self::Remote { server, tool, arguments } => {
                let words = arguments.iter().map(|(name, value)| format!("{}={}", name.shown(), value.shown()));
                let server = server.as_ref().map(|server| format!("{}/", server.shown())).unwrap_or_default();
                format!("{server}{}({})", tool.shown(), words.collect::<Vec<_>>().join(", "))
            }
            Self::Inner => "nothing outside the agent".to_owned(),
            Self::Unknown => "not understood".to_owned(),
        }
    }
}

//! What is heard, and the cue it makes.

use super::{generic, tools};
use crate::model::{Cue, CueKind, Dialect, Moment, Tool, ToolDeed, Untrusted};

/// Something heard in the output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// When it was complete.
    pub at: Moment,
    /// What it is.
    pub kind: HeardKind,
    /// The sentence, the call or the line.
    pub text: Untrusted,
    /// For a call or a result of a stream: the call, whole.
    pub tool: Option<Box<Tool>>,
}

/// The kinds of what is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HeardKind {
    /// A sentence.
    Sentence,
    /// A tool call that was announced.
    Call,
    /// An error such as a 401.
    Failure,
    /// What a tool call gave back.
    Result,
    /// A mode that the agent says it is in.
    Mode,
    /// What the operator asked for.
    Task,
}

impl Heard {
    /// Something that is only words.
    pub(super) fn words(kind: HeardKind, text: &str, at: Moment) -> Self {
        Self { at, kind, text: Untrusted::from(text), tool: None }
    }

    /// A call that a line announces: a command, or a file that is read.
    pub(super) fn announced(text: &str, at: Moment) -> Self {
        let tool = match generic::read_path(text) {
            Some(path) => tools::tool(Dialect::Generic, "Read", &serde_json::json!({ "path": path })),
            None => tools::tool(Dialect::Generic, "Shell", &serde_json::json!({ "command": text })),
        };
        Self { tool: Some(Box::new(tool)), ..Self::words(HeardKind::Call, text, at) }
    }

    /// A call of a tool.
    pub(super) fn call(tool: Box<Tool>, at: Moment) -> Self {
        let text = match &tool.deed {
            ToolDeed::Shell { command } => command.clone(),
            ToolDeed::Sql { statements } => statements.clone(),
            ToolDeed::Request { text } => text.clone(),
            ToolDeed::Read { paths } if paths.len() == 1 => {
                Untrusted::new([b"Read ", paths.first().map(Untrusted::as_bytes).unwrap_or_default()].concat())
            }
            _ => Untrusted::from(tool.shown()),
        };
        Self { at, kind: HeardKind::Call, text, tool: Some(tool) }
    }

    /// The file that an announced call reads with the agent's own tool, as far as its words tell.
    #[must_use]
    pub fn read_path(call: &str) -> Option<&str> {
        generic::read_path(call)
    }

    /// The cue it makes; `prose` judges sentences (`judge::prose::cue`).
    pub fn cue(&self, prose: impl Fn(&str, Moment) -> Option<Cue>) -> Option<Cue> {
        let kind = match self.kind {
            HeardKind::Sentence => return prose(&self.text.lossy(), self.at),
            HeardKind::Call => CueKind::ToolCall,
            HeardKind::Failure => CueKind::Failure,
            HeardKind::Result => CueKind::Result,
            HeardKind::Mode => CueKind::Mode,
            HeardKind::Task => CueKind::Task,
        };
        Some(Cue { at: self.at, kind, text: self.text.clone(), findings: Vec::new(), tool: self.tool.clone() })
    }
}

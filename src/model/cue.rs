//! What the agent said.

use serde::{Deserialize, Serialize};

use super::{Finding, Moment, Tool, Untrusted};

/// Something the agent *said*, read from its output. It may stop, never permit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cue {
    /// When it was read.
    pub at: Moment,
    /// What kind of saying it is.
    pub kind: CueKind,
    /// The sentence or the rendered call.
    pub text: Untrusted,
    /// What the Judge found in it.
    pub findings: Vec<Finding>,
    /// For a call or a result that was read from a hook or a stream: the call itself, whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<Box<Tool>>,
}

/// The kinds of sayings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CueKind {
    /// It announced a tool call.
    ToolCall,
    /// A command's result was an error, such as a 401.
    Failure,
    /// It stated as fact what it does not know.
    Guess,
    /// It asked the operator something.
    Question,
    /// It claimed to have done or checked something.
    Claim,
    /// A tool call ended; the text is what it gave back, cut.
    Result,
    /// What the operator asked it to do.
    Task,
    /// A mode it says it is in, such as `plan` or `read-only`.
    Mode,
}

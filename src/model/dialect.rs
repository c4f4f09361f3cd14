//! Which agent is supervised, as far as its habits go.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The agents whose hooks, streams and screens are understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// `cursor-agent`.
    Cursor,
    /// Claude Code.
    Claude,
    /// Codex CLI.
    Codex,
    /// Gemini CLI.
    Gemini,
    /// Qwen Code.
    Qwen,
    /// opencode.
    Opencode,
    /// GitHub Copilot CLI.
    Copilot,
    /// aider.
    Aider,
    /// Any other program.
    #[default]
    Generic,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Cursor,
        Self::Claude,
        Self::Codex,
        Self::Gemini,
        Self::Qwen,
        Self::Opencode,
        Self::Copilot,
        Self::Aider,
        Self::Generic,
    ];

    /// Its word, as in journals and options.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Cursor => "cursor",
            Self::Claude => "claude",
            Self::Codex => "codex",
            Self::Gemini => "gemini",
            Self::Qwen => "qwen",
            Self::Opencode => "opencode",
            Self::Copilot => "copilot",
            Self::Aider => "aider",
            Self::Generic => "generic",
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

//! What an operator had on the screen when they ruled.

use serde::{Deserialize, Serialize};

use super::Moment;

/// What of a case was on the operator's screen when they ruled on it, and how their keys came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Hex SHA-256 of all that the case says, on the screen or below it; the decision has it as `shown`.
    pub digest: String,
    /// Hex SHA-256 of `rows`, each with a newline behind it.
    pub screen: String,
    /// The case's rows exactly as they were drawn last.
    pub rows: Vec<String>,
    /// Columns and rows of the whole window.
    pub window: (u16, u16),
    /// Since when the case had said what it said.
    pub since: Moment,
    /// Since when it had the keyboard.
    pub focused: Option<Moment>,
    /// Whether the end of the command has been on the screen.
    pub seen_to_end: bool,
    /// When keys were pressed while it had the keyboard; the last is the one that ruled.
    pub keys: Vec<Moment>,
}

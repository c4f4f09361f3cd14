//! How a store is kept, how it is, and why it cannot be had.

use std::io;
use std::path::PathBuf;
use std::time::SystemTime;

use super::budget::Budget;
use super::rules::KeepRules;

/// How a store is kept.
#[derive(Debug, Clone)]
pub struct Options {
    /// How much is kept, over all sessions.
    pub budget: Budget,
    /// The folder of all sessions, whose stores share the budget.
    pub sessions: Option<PathBuf>,
    /// When the session started, read from the system's clock before the agent was: what came into being later is the
    /// session's own work and is not kept.
    pub started: SystemTime,
    /// What need not be kept.
    pub rules: KeepRules,
}

/// Why a session's store cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// Its folder cannot be made or read.
    #[error("the keep-store {path}: {error}", path = .path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

/// How a store is at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Status {
    /// What all sessions' kept things take, in bytes of the budget.
    pub bytes: u64,
    /// The budget, in bytes.
    pub budget_bytes: u64,
    /// How many things this session has kept.
    pub kept: u64,
    /// How many it could not keep, those aside that a rule lets go.
    pub not_kept: u64,
    /// How many bytes the budget has taken away again since the session began, whatever session they were of.
    pub evicted_bytes: u64,
}

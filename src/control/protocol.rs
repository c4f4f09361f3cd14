//! What goes over the decision socket, and the file that says where it is.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::model::{Case, CaseId, Moment, Ruling, Tier, Untrusted};

/// The longest request that is read, in bytes.
pub const REQUEST_BYTES_MAX: usize = 64 * 1024;
/// The file in a session's folder that names its socket.
const SESSION_FILE: &str = "session.json";
/// The operator alone.
const FILE_MODE: u32 = 0o600;

/// A request over the decision socket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Ask {
    /// How is the session?
    Status,
    /// Which cases wait?
    Pending,
    /// The whole of a case, for showing.
    Case {
        /// Which.
        case: CaseId,
    },
    /// What became of a case.
    Ruling {
        /// Which.
        case: CaseId,
    },
    /// Stop the whole tree, as the operator's key does.
    Freeze,
    /// Let the tree go on where it was stopped by that key. What is held stays held.
    Thaw,
    /// Refuse a case.
    Deny {
        /// Which.
        case: CaseId,
        /// Words for the agent.
        because: Option<Untrusted>,
    },
    /// Approve a case that has been shown.
    Approve {
        /// Which.
        case: CaseId,
        /// Hex SHA-256 of the text that was shown.
        shown: String,
        /// The target as it was typed, for a critical case.
        target: Option<Untrusted>,
    },
}

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// How the session is.
    Status(Box<StatusReport>),
    /// The cases that wait, worst first.
    Pending {
        /// Them.
        cases: Vec<CaseBrief>,
    },
    /// A case, whole.
    Case {
        /// It.
        case: Box<Case>,
    },
    /// The ruling stands.
    Ruled {
        /// Which case.
        case: CaseId,
        /// What it got.
        ruling: Ruling,
    },
    /// It is approved and let go later, unless somebody denies it before.
    Releasing {
        /// Which case.
        case: CaseId,
        /// In how many seconds.
        seconds: f64,
    },
    /// The tree is being stopped, or let go on.
    Done,
    /// There is no such open case.
    NoSuchCase {
        /// Which was asked for.
        case: CaseId,
    },
    /// The request is refused.
    Refused {
        /// Why.
        why: String,
    },
}

/// `watch status`, for one session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StatusReport {
    /// The session's id.
    pub session: String,
    /// Its folder.
    pub folder: PathBuf,
    /// The agent's command, safe to draw.
    pub agent: String,
    /// Its process.
    pub pid: i32,
    /// Seconds since the start.
    pub seconds: Moment,
    /// `watching`, `frozen` or `not enforcing`.
    pub state: String,
    /// The gates that are live.
    pub gates: Vec<String>,
    /// The sensors that listen.
    pub sensors: Vec<String>,
    /// How many cases wait.
    pub held: usize,
    /// How many cases were decided.
    pub decided: usize,
    /// How many events there were.
    pub events: u64,
    /// How many gated calls were refused without a question.
    pub refused: u64,
    /// Remembered approvals.
    pub grants: Vec<String>,
    /// Standing orders that hold.
    #[serde(default)]
    pub orders: Vec<String>,
    /// The environment that the session may touch, where one is declared.
    #[serde(default)]
    pub scope: Option<String>,
    /// What went wrong, oldest first.
    pub warnings: Vec<String>,
}

/// `watch pending`, for one case. All text is safe to draw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseBrief {
    /// The session's id.
    pub session: String,
    /// Where and who, for people: the last part of the agent's folder and its program, as in `shop/cursor-agent`.
    #[serde(default)]
    pub place: String,
    /// The session's folder.
    pub folder: PathBuf,
    /// The case's name.
    pub case: CaseId,
    /// The worst finding's tier.
    pub tier: Option<Tier>,
    /// In a few words, what happens.
    pub title: String,
    /// The command.
    pub command: String,
    /// Which rules hit.
    pub rules: Vec<String>,
    /// How long it has waited, in seconds.
    pub age: f64,
    /// In how many seconds it expires.
    pub expires_in: f64,
}

/// `session.json` in a session's folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionFile {
    /// The session's id.
    pub session: String,
    /// The supervisor's process.
    pub pid: i32,
    /// Its decision socket.
    pub socket: PathBuf,
}

/// Writes `session.json` into a session's folder.
///
/// # Errors
/// What the system says.
pub fn write_session_file(folder: &Path, file: &SessionFile) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(FILE_MODE);
    options.open(folder.join(SESSION_FILE))?.write_all(&serde_json::to_vec(file)?)
}

/// Reads `session.json` from a session's folder.
///
/// # Errors
/// What the system says, or that it is not such a file.
pub fn read_session_file(folder: &Path) -> io::Result<SessionFile> {
    Ok(serde_json::from_slice(&std::fs::read(folder.join(SESSION_FILE))?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_read_as_they_are_documented() {
        let ask: Ask = serde_json::from_str(r#"{"ask":"deny","case":"c7","because":"no"}"#).unwrap();
        assert_eq!(ask, Ask::Deny { case: CaseId(7), because: Some("no".into()) });
        assert!(serde_json::from_str::<Ask>(r#"{"ask":"approve_all"}"#).is_err());
    }
}

//! What goes over the hooks' socket. A hook asks; there is nothing in here with which it could rule.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::Dialect;

/// The variable that tells a hook where the session's socket is. Everybody in the tree can see it, which gives nobody
/// anything: a message adds a question, and that is all.
pub const HOOK_SOCKET: &str = "WATCH_HOOK";
/// The protocol's version.
pub const HOOK_VERSION: u32 = 1;
/// The longest hook message, in bytes. Writing tools carry whole files.
pub const HOOK_BYTES_MAX: usize = 8 * 1024 * 1024;
/// The longest first line, in bytes.
pub const HOOK_HEAD_BYTES_MAX: usize = 4096;
/// The longest answer that is read, in bytes.
const ANSWER_BYTES_MAX: u64 = 256 * 1024;

/// The first line of a hook's question. As many bytes as it says follow: what the agent told the hook, unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HookAsk {
    /// [`HOOK_VERSION`].
    pub version: u32,
    /// Whose hook it is.
    pub dialect: Dialect,
    /// The session that the asker believes to be in.
    pub session: String,
    /// How many bytes follow.
    pub bytes: usize,
}

/// The answer, one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case", deny_unknown_fields)]
pub enum HookAnswer {
    /// Nothing stands against the call.
    Pass,
    /// The call is refused.
    Deny {
        /// Why, for the agent.
        words: String,
    },
}

/// Why a hook has no answer. Each of them is a refusal.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// The socket cannot be reached, or closed before it answered.
    #[error("the supervisor cannot be asked: {0}")]
    Socket(#[from] io::Error),
    /// Nobody answered in time.
    #[error("nobody answered within {0:?}")]
    TimedOut(Duration),
    /// The answer makes no sense.
    #[error("the supervisor's answer cannot be read")]
    Answer,
}

/// Asks the session at `socket` about `message` and waits for the answer, at most `patience` at each step. Blocks.
///
/// # Errors
/// [`HookError`]; whoever gets one has to refuse the call.
pub fn ask_session(socket: &Path, ask: &HookAsk, message: &[u8], patience: Duration) -> Result<HookAnswer, HookError> {
    let told = |error: io::Error| match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => HookError::TimedOut(patience),
        _ => HookError::Socket(error),
    };
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))?;
    let mut head = serde_json::to_vec(ask).map_err(io::Error::from)?;
    head.push(b'\n');
    // Who refuses before it has read everything still says why.
    let written = stream.write_all(&head).and_then(|()| stream.write_all(message));
    let mut line = Vec::new();
    let read = BufReader::new(&stream).take(ANSWER_BYTES_MAX).read_until(b'\n', &mut line);
    if line.last() != Some(&b'\n') {
        written.map_err(told)?;
        read.map_err(told)?;
        return Err(HookError::Socket(io::ErrorKind::UnexpectedEof.into()));
    }
    serde_json::from_slice(&line).map_err(|_| HookError::Answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_hook_can_send_is_a_ruling() {
        let ask = r#"{"version":1,"dialect":"claude","session":"s","bytes":2}"#;
        assert!(serde_json::from_str::<HookAsk>(ask).is_ok());
        for wrong in [
            r#"{"ask":"approve","case":"c1","shown":""}"#,
            r#"{"version":1,"dialect":"claude","session":"s","bytes":2,"ruling":"approve"}"#,
            r#"{"version":1,"dialect":"nobody","session":"s","bytes":2}"#,
        ] {
            assert!(serde_json::from_str::<HookAsk>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_a_pass_in_so_many_words_is_one() {
        assert_eq!(serde_json::from_str::<HookAnswer>(r#"{"answer":"pass"}"#).ok(), Some(HookAnswer::Pass));
        for wrong in ["{}", r#"{"answer":"allow"}"#, "pass", ""] {
            assert!(serde_json::from_str::<HookAnswer>(wrong).is_err(), "{wrong}");
        }
    }
}

//! The session's decision socket: what may be asked, who may rule.
//!
//! One JSON object a line in, one out. Whoever asks has to be outside the supervised tree (`UX.md`, R18): not a
//! descendant of the supervisor, and not under more seccomp filters than the supervisor itself. Beside it stands the
//! hooks' socket, for those inside the tree: they ask about what they are about to do, and cannot rule.
#![forbid(unsafe_code)]

mod hook;
mod peer;
mod protocol;

pub use hook::{
    HOOK_BYTES_MAX, HOOK_HEAD_BYTES_MAX, HOOK_SOCKET, HOOK_VERSION, HookAnswer, HookAsk, HookError, ask_session,
};
pub use peer::{Peer, PeerError, check_asker, check_peer};
pub use protocol::{
    Answer, Ask, CaseBrief, REQUEST_BYTES_MAX, SessionFile, StatusReport, read_session_file, write_session_file,
};

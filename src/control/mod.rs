//! The session's decision socket: what may be asked, who may rule.
//!
//! One JSON object a line in, one out. Whoever asks has to be outside the supervised tree (`UX.md`, R18): not a
//! descendant of the supervisor, and not under more seccomp filters than the supervisor itself. A hook's socket, which
//! only asks, will stand beside this one.
#![forbid(unsafe_code)]

mod peer;
mod protocol;

pub use peer::{Peer, PeerError, check_peer};
pub use protocol::{
    Answer, Ask, CaseBrief, REQUEST_BYTES_MAX, SessionFile, StatusReport, read_session_file, write_session_file,
};

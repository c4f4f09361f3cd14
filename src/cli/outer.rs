//! Whether we run inside the supervised tree of another session.

use std::path::Path;

use super::sessions::{self, Liveness};
use crate::config::{Env, Paths};
use crate::control::read_session_file;
use crate::gate::{NoGate, probe};
use crate::sys::{ProcId, cmdline, kin_of, seccomp_filters, self_id};

/// An ancestry deeper than this is not followed.
const ANCESTORS_MAX: usize = 256;
/// How much of an ancestor's command line is looked at, in bytes.
const CMDLINE_BYTES_MAX: usize = 4096;
/// The names of this program.
const OUR_NAMES: [&str; 2] = ["watch", "holdpoint"];

/// The session whose supervisor is above us, if its folder is where sessions are.
pub fn session_above(paths: &Paths) -> Option<String> {
    let ancestors = ancestors();
    let folders = sessions::folders(&paths.sessions()).unwrap_or_default();
    let running = folders.iter().filter(|folder| sessions::liveness(folder) == Liveness::Running);
    let mut files = running.filter_map(|folder| read_session_file(folder).ok());
    files.find(|file| ancestors.contains(&ProcId(file.pid))).map(|file| file.session)
}

/// The session that supervises us in fact, whatever the environment says: a variable may have been taken away, or left
/// over from a session that is none of ours.
pub fn supervising_session(env: &Env) -> Option<String> {
    let above = Paths::find(env).ok().and_then(|paths| session_above(&paths));
    above.or_else(|| {
        // Who is under no filter is in no gated tree: that spares the others the probe.
        let is_gated = seccomp_filters(self_id()) > 0 && probe() == Err(NoGate::Nested);
        let named = || env.outer_session.clone().or_else(|| is_below_us().then(|| "(unnamed)".to_owned()));
        if is_gated { named() } else { None }
    })
}

/// Whether a process above us goes by this program's name.
fn is_below_us() -> bool {
    ancestors().into_iter().any(|process| {
        let words = cmdline(process, CMDLINE_BYTES_MAX).unwrap_or_default();
        let program = String::from_utf8_lossy(words.split(|byte| *byte == 0).next().unwrap_or_default()).into_owned();
        Path::new(&program).file_name().is_some_and(|name| OUR_NAMES.iter().any(|ours| name == *ours))
    })
}

fn ancestors() -> Vec<ProcId> {
    let mut ancestors = Vec::new();
    let mut process = self_id();
    while let Ok((_, parent)) = kin_of(process) {
        if parent == ProcId(0) || ancestors.contains(&parent) || ancestors.len() > ANCESTORS_MAX {
            break;
        }
        ancestors.push(parent);
        process = parent;
    }
    ancestors
}

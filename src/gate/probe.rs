//! Whether the gate can be had here, and if not, why.

use std::io;

use serde::{Deserialize, Serialize};

use crate::sys::{self, Arch, Errno, FilterSpec, Program};

/// Why the kernel gate cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum NoGate {
    /// A listener is over us already, or a filter that allows none.
    #[error(
        "another supervisor holds the system calls of this process already (watch inside watch, or some WSL2), or a container forbids holding them"
    )]
    Nested,
    /// The kernel knows no killable waits.
    #[error("the kernel is older than Linux 5.19, or was built without seccomp notification")]
    TooOld,
    /// Something around us forbids filters.
    #[error("installing a filter is not permitted here")]
    Forbidden,
    /// No filter is written for this machine.
    #[error("no filter is written for this kind of processor")]
    Machine,
    /// Another error.
    #[error("installing a filter: {what}")]
    Other {
        /// The system's words.
        what: String,
    },
}

/// What the gate can do here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Footing {
    /// The version of Landlock; 6 and later keep signals, abstract sockets and tracing inside the tree.
    pub landlock: u32,
}

/// Tries the gate in a throw-away process that ends at once.
///
/// Forks; blocks for a few milliseconds.
///
/// # Errors
/// Exactly why the gate cannot be had.
pub fn probe() -> Result<Footing, NoGate> {
    let arch = Arch::native().ok_or(NoGate::Machine)?;
    let spec = FilterSpec {
        arch,
        supervisor: sys::self_id(),
        supervisor_group: sys::self_id(),
        is_trace_confined: true,
        is_signal_confined: true,
        sees_reads: true,
        is_strict: true,
    };
    let filters = sys::seccomp_filters(sys::self_id());
    sys::probe_gate(&Program::new(&spec)).map_err(|error| reason(&error, filters))?;
    Ok(Footing { landlock: sys::landlock_version() })
}

/// A filter over us that refuses listeners is, most likely, another `watch`; the profile of a container looks the same.
fn reason(error: &io::Error, filters: u32) -> NoGate {
    match Errno::of(error) {
        Some(Errno::BUSY) => NoGate::Nested,
        Some(Errno::PERM) if filters > 0 => NoGate::Nested,
        Some(Errno::INVAL | Errno::NOSYS) => NoGate::TooOld,
        Some(Errno::PERM | Errno::ACCES) => NoGate::Forbidden,
        _ => NoGate::Other { what: error.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_of_the_kernel_has_its_reason() {
        for (errno, filters, why) in [
            (16, 1, NoGate::Nested),
            (1, 1, NoGate::Nested),
            (1, 0, NoGate::Forbidden),
            (22, 0, NoGate::TooOld),
            (38, 0, NoGate::TooOld),
            (12, 0, NoGate::Other { what: io::Error::from_raw_os_error(12).to_string() }),
        ] {
            assert_eq!(reason(&io::Error::from_raw_os_error(errno), filters), why);
        }
    }
}

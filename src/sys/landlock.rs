//! Landlock scopes: no file rights are touched, only signals, abstract sockets and tracing are kept inside.

use landlock::{ABI, Access, Ruleset, RulesetAttr, RulesetStatus, Scope};
use serde::{Deserialize, Serialize};

/// What Landlock keeps inside the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Scopes {
    /// Signals to processes outside are refused (Linux 6.12).
    pub signals: bool,
    /// Connections to abstract sockets made outside are refused (Linux 6.12).
    pub abstract_sockets: bool,
    /// Tracing, and reading or writing the memory, of processes outside is refused.
    pub tracing: bool,
}

/// Confines the calling thread and all it will start, as far as this kernel can, and says how far.
///
/// Kernels before 6.12 have no scopes; a domain there would need file rights and so refuse mounts and more, which
/// is why none is made.
///
/// # Errors
/// The crate's words, if the kernel offers the scopes and then refuses them.
pub fn restrict() -> Result<Scopes, String> {
    let status = Ruleset::default()
        .scope(Scope::from_all(ABI::V6))
        .and_then(Ruleset::create)
        .and_then(landlock::RulesetCreated::restrict_self)
        .map_err(|error| error.to_string())?;
    let is_live = status.ruleset == RulesetStatus::FullyEnforced;
    Ok(Scopes { signals: is_live, abstract_sockets: is_live, tracing: is_live })
}

/// Which version of Landlock the running kernel has; 0 for none. Scopes came with 6.
#[must_use]
pub fn landlock_version() -> u32 {
    const VERSION: u32 = 1;
    let nothing: *const u8 = std::ptr::null();
    // SAFETY: with the version flag the kernel wants a null pointer of size 0 and reads nothing.
    let version = unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, nothing, 0_usize, VERSION) };
    u32::try_from(version).unwrap_or(0)
}

//! Acting on files with the rights that somebody else has there.

use std::io;

use rustix::thread::{CapabilitySet, capabilities, set_capabilities};

use super::proc::{FileRights, file_rights, link};
use super::process::ProcId;

/// Runs `act` with the capabilities that a thread has on files, as far as they are ours. `None` where it is another user
/// or group on files or in other groups, which we do not become, or where it is gone.
///
/// What it has in a user namespace of its own it has not on what others own: nothing of that counts.
pub fn acting_as<T>(thread: ProcId, act: impl FnOnce() -> T) -> Option<T> {
    let (ours, theirs) = (file_rights("thread-self")?, file_rights(&thread.to_string())?);
    let is_same = |one: &FileRights, other: &FileRights| {
        (one.user, one.group) == (other.user, other.group) && one.groups == other.groups
    };
    if !is_same(&ours, &theirs) {
        return None;
    }
    let granted = match ours.capabilities {
        0 => 0,
        _ if link(thread, "ns/user").ok()? != link(super::self_id(), "ns/user").ok()? => 0,
        own => own & theirs.capabilities,
    };
    if granted == ours.capabilities {
        return Some(act());
    }
    let fewer = Fewer::only(granted).ok()?;
    let done = act();
    drop(fewer);
    Some(done)
}

/// The capabilities that this thread has again when this is dropped.
struct Fewer(CapabilitySet);

impl Fewer {
    fn only(granted: u64) -> io::Result<Self> {
        let before = capabilities(None)?;
        let effective = before.effective & CapabilitySet::from_bits_retain(granted);
        set_capabilities(None, rustix::thread::CapabilitySets { effective, ..before })?;
        Ok(Self(before.effective))
    }
}

impl Drop for Fewer {
    fn drop(&mut self) {
        // Where that fails we go on with fewer rights: less can be done, nothing more.
        let _ = capabilities(None)
            .and_then(|now| set_capabilities(None, rustix::thread::CapabilitySets { effective: self.0, ..now }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_has_our_rights_is_acted_for_and_who_is_gone_is_not() {
        assert_eq!(acting_as(crate::sys::self_id(), || 7), Some(7));
        assert_eq!(acting_as(ProcId(i32::MAX), || 7), None);
    }

    #[test]
    fn capabilities_come_back() {
        let before = capabilities(None).unwrap();
        let fewer = Fewer::only(0).unwrap();
        assert!(capabilities(None).unwrap().effective.is_empty());
        drop(fewer);
        assert_eq!(capabilities(None).unwrap(), before);
    }
}

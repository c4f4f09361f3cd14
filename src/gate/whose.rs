//! Whose a process is: the session's own, ours, or somebody's outside the tree.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::SystemTime;

use super::view::began;
use crate::model::{Peer, Receiver, Whose};
use crate::sys::{self, Bound, Errno, Place, ProcId};

/// How far up the ancestry is looked.
const ANCESTORS_MAX: usize = 256;

/// Whose process listens at the other end of a connection of `thread`. Looks at every process of the session: ask only
/// where the answer matters.
pub(super) fn listener(thread: ProcId, peer: &Peer) -> Whose {
    let bound = || sys::bound_sockets(thread).ok();
    let inodes = match peer {
        Peer::Socket { path } => bound().map(|all| at_path(&all, path.as_bytes())),
        Peer::Abstract { name } => bound().map(|all| in_kernel(&all, name.as_bytes())),
        Peer::Address { port, .. } => sys::bound_ports(thread, *port).ok(),
        Peer::Other { .. } | Peer::Namespace => None,
    };
    let Some(inodes) = inodes else { return Whose::Unknown };
    if inodes.is_empty() {
        return match peer {
            // The table shows one network namespace; a socket with a path is reached from every other.
            Peer::Socket { path } => knock(path.as_bytes()),
            Peer::Abstract { .. } | Peer::Address { .. } | Peer::Other { .. } | Peer::Namespace => Whose::Nobody,
        };
    }
    let holds_one = |process: ProcId| sys::sockets_of(process).iter().any(|inode| inodes.contains(inode));
    if holds_one(sys::self_id()) {
        return Whose::Ours;
    }
    // The table says by what name a socket was bound, not where it lies now: of several one may be somebody else's.
    let own: HashSet<u64> = session().into_iter().flat_map(sys::sockets_of).collect();
    let is_own = inodes.iter().all(|inode| own.contains(inode)) && !is_older(peer);
    if is_own { Whose::Session } else { Whose::Outside }
}

/// Whether what lies at the path of a socket is older than the session, whatever was bound by that name since.
fn is_older(peer: &Peer) -> bool {
    let Peer::Socket { path } = peer else { return false };
    let born = Place::open(Path::new(OsStr::from_bytes(path.as_bytes())))
        .and_then(|place| place.facts())
        .ok()
        .and_then(|facts| facts.born);
    let since = began().and_then(|began| began.duration_since(SystemTime::UNIX_EPOCH).ok());
    let nanos = |(seconds, nanos): (i64, u32)| (u64::try_from(seconds).unwrap_or(0), nanos);
    born.zip(since).is_some_and(|(born, since)| nanos(born) < (since.as_secs(), since.subsec_nanos()))
}

/// Whose process a signal of `thread` is for; of several the one that is furthest from the session.
pub(super) fn receiver(thread: ProcId, to: &Receiver) -> Whose {
    let namespace = |id: ProcId| sys::link(id, "ns/pid").ok();
    match (namespace(thread), namespace(sys::self_id())) {
        // Whoever has a numbering of its own sees its own descendants alone.
        (Some(theirs), Some(ours)) if theirs != ours => return Whose::Session,
        (Some(_), Some(_)) => {}
        (None, _) | (_, None) => return Whose::Unknown,
    }
    match to {
        Receiver::Process { pid } => whose(ProcId(pid.0)),
        Receiver::Group { pid } => {
            members(ProcId(pid.0)).into_iter().map(whose).max_by_key(|whose| distance(*whose)).unwrap_or(Whose::Nobody)
        }
        Receiver::All => Whose::Session,
    }
}

/// The processes of a group.
pub(super) fn members(group: ProcId) -> Vec<ProcId> {
    let is_in = |id: &ProcId| sys::group_of(*id).is_ok_and(|of| of == group);
    sys::process_ids().into_iter().filter(is_in).collect()
}

/// Whose this process is.
pub(super) fn whose(process: ProcId) -> Whose {
    let ours = sys::self_id();
    let Ok((mut current, mut parent)) = sys::kin_of(process) else { return Whose::Nobody };
    if current == ours {
        return Whose::Ours;
    }
    for _ in 0..ANCESTORS_MAX {
        if parent == ours {
            // A child of ours that is behind no filter of its own is a helper of ours.
            let is_gated = sys::seccomp_filters(current) > sys::seccomp_filters(ours);
            return if is_gated { Whose::Session } else { Whose::Ours };
        }
        match sys::kin_of(parent) {
            Ok((above, next)) if above.0 > 0 => (current, parent) = (above, next),
            Ok(_) | Err(_) => return Whose::Outside,
        }
    }
    Whose::Unknown
}

fn distance(whose: Whose) -> u8 {
    match whose {
        Whose::Nobody => 0,
        Whose::Session => 1,
        Whose::New => 2,
        Whose::Unknown => 3,
        Whose::Outside => 4,
        Whose::Ours => 5,
    }
}

/// Every process of the session.
fn session() -> Vec<ProcId> {
    let ours = sys::self_id();
    let own_filters = sys::seccomp_filters(ours);
    let mut open: Vec<ProcId> =
        sys::children_of(ours).into_iter().filter(|child| sys::seccomp_filters(*child) > own_filters).collect();
    let mut seen: HashSet<ProcId> = open.iter().copied().collect();
    let mut all = Vec::new();
    while let Some(process) = open.pop() {
        all.push(process);
        open.extend(sys::children_of(process).into_iter().filter(|child| seen.insert(*child)));
    }
    all
}

/// The sockets that were bound at `path`, under whatever name for it.
fn at_path(all: &[Bound], path: &[u8]) -> Vec<u64> {
    let last = |path: &[u8]| path.rsplit(|byte| *byte == b'/').next().unwrap_or_default().to_vec();
    let id = |path: &[u8]| sys::file_id(Path::new(OsStr::from_bytes(path))).ok();
    let (name, own) = (last(path), id(path));
    let is_it = |bound: &&Bound| {
        let is_path = !bound.name.starts_with(b"@");
        is_path
            && (bound.name == path
                || last(&bound.name) == name
                    && (!bound.name.starts_with(b"/") || own.is_some() && id(&bound.name) == own))
    };
    all.iter().filter(is_it).map(|bound| bound.inode).collect()
}

fn in_kernel(all: &[Bound], name: &[u8]) -> Vec<u64> {
    // The table writes a zero byte within the name as `@`.
    let shown: Vec<u8> =
        [b'@'].into_iter().chain(name.iter().map(|byte| if *byte == 0 { b'@' } else { *byte })).collect();
    all.iter().filter(|bound| bound.name == shown).map(|bound| bound.inode).collect()
}

/// Whose socket this is that no table shows: the kernel tells who listens to whoever connects.
fn knock(path: &[u8]) -> Whose {
    match sys::listener_at(Path::new(OsStr::from_bytes(path))) {
        Ok(process) => whose(process),
        Err(error) if Errno::of(&error) == Some(Errno::CONNREFUSED) => Whose::Nobody,
        Err(_) => Whose::Outside,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    #[test]
    fn whose_a_process_is_follows_from_its_ancestors() {
        assert_eq!(whose(sys::self_id()), Whose::Ours);
        assert_eq!(whose(sys::parent_id()), Whose::Outside);
        assert_eq!(whose(ProcId(i32::MAX)), Whose::Nobody);
        assert_eq!(receiver(sys::self_id(), &Receiver::Group { pid: crate::model::Pid(i32::MAX) }), Whose::Nobody);
    }

    #[test]
    fn a_socket_is_whose_that_listens_and_a_stale_one_is_nobodys() {
        let folder = tempfile::tempdir().unwrap();
        let peer = |name: &str| Peer::Socket { path: folder.path().join(name).to_string_lossy().into_owned().into() };
        let listener_of = UnixListener::bind(folder.path().join("own")).unwrap();
        drop(UnixListener::bind(folder.path().join("stale")).unwrap());
        assert_eq!(listener(sys::self_id(), &peer("own")), Whose::Ours);
        assert_eq!(listener(sys::self_id(), &peer("stale")), Whose::Nobody);
        assert_eq!(listener(sys::self_id(), &Peer::Abstract { name: "nobody".into() }), Whose::Nobody);
        drop(listener_of);
    }

    #[test]
    fn a_socket_is_known_under_another_name_for_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let _listener = UnixListener::bind(folder.path().join("sock")).unwrap();
        std::os::unix::fs::symlink(folder.path(), folder.path().join("link")).unwrap();
        let bound = |inode, name: String| Bound { inode, name: name.into_bytes() };
        let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
        let all = [
            bound(1, path("sock")),
            bound(2, path("link/sock")),
            bound(3, "sock".into()),
            bound(4, "/elsewhere/sock".into()),
            bound(5, "@sock".into()),
            bound(6, path("other")),
        ];
        assert_eq!(at_path(&all, path("sock").as_bytes()), [1, 2, 3]);
        assert_eq!(in_kernel(&all, b"sock"), [5]);
    }
}

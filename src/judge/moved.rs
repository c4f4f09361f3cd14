//! The file system as it was before something was moved, for the judgement of what becomes of that.

use crate::model::{FileFact, Named, Oracle, Peer, Receiver, Stamp, Untrusted, Whose};

/// What is at one path answers for another, with all below it.
#[derive(Clone, Copy)]
pub(super) struct Moved<'a> {
    oracle: &'a dyn Oracle,
    /// Where it was, and where it is.
    was: &'a str,
    is: &'a str,
}

impl<'a> Moved<'a> {
    /// The oracle of a file that was at `origin` and is at `place`. The folder that was moved is the one below which both
    /// paths are the same.
    pub(super) fn new(oracle: &'a dyn Oracle, origin: &'a str, place: &'a str) -> Self {
        let (mut was, mut is) = (origin, place);
        while let (Some((above, name)), Some((other, same))) = (was.rsplit_once('/'), is.rsplit_once('/')) {
            if name != same || above.is_empty() || other.is_empty() {
                break;
            }
            (was, is) = (above, other);
        }
        Self { oracle, was, is }
    }

    fn now(&self, path: &Untrusted) -> Untrusted {
        let text = path.lossy();
        match text.strip_prefix(self.was) {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => Untrusted::from(format!("{}{rest}", self.is)),
            _ => path.clone(),
        }
    }
}

impl Oracle for Moved<'_> {
    fn fact(&self, path: &Untrusted) -> FileFact {
        self.oracle.fact(&self.now(path))
    }

    fn resolve(&self, path: &Untrusted) -> Option<Untrusted> {
        self.oracle.resolve(&self.now(path))
    }

    fn read(&self, path: &Untrusted, max_bytes: usize) -> Option<Vec<u8>> {
        self.oracle.read(&self.now(path), max_bytes)
    }

    fn is_new(&self, path: &Untrusted) -> Option<bool> {
        self.oracle.is_new(&self.now(path))
    }

    fn inside(&self, path: &Untrusted, max: usize) -> Option<Vec<Named>> {
        self.oracle.inside(&self.now(path), max)
    }

    fn stamp(&self, path: &Untrusted) -> Option<Stamp> {
        self.oracle.stamp(&self.now(path))
    }

    fn is_mount(&self, path: &Untrusted) -> Option<bool> {
        self.oracle.is_mount(&self.now(path))
    }

    fn listener(&self, peer: &Peer) -> Whose {
        self.oracle.listener(peer)
    }

    fn receiver(&self, to: &Receiver) -> Whose {
        self.oracle.receiver(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Blind;

    #[test]
    fn a_path_of_what_was_moved_means_where_it_is() {
        let moved = Moved::new(&Blind, "/w/src/a/b.rs", "/tmp/x/a/b.rs");
        for (path, now) in [
            ("/w/src/a/b.rs", "/tmp/x/a/b.rs"),
            ("/w/src", "/tmp/x"),
            ("/w/src/c", "/tmp/x/c"),
            ("/w/srcs", "/w/srcs"),
            ("/w/.git/index", "/w/.git/index"),
        ] {
            assert_eq!(moved.now(&path.into()), now.into(), "{path}");
        }
        let moved = Moved::new(&Blind, "/w/a.rs", "/tmp/b.rs");
        assert_eq!((moved.was, moved.is), ("/w/a.rs", "/tmp/b.rs"));
    }
}

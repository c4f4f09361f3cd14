//! Where what was moved came from: a source that was moved to a temporary folder is a source still.

use std::collections::BTreeMap;
use std::ops::Bound;

/// Moves that are remembered; of what is moved beyond these nobody knows where it came from.
const MOVES_MAX: usize = 1 << 14;

/// The paths that moved things have now, with those they had when the session began.
#[derive(Debug, Default)]
pub(super) struct Origins {
    places: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl Origins {
    /// Whether nothing was moved.
    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The path that what is at `path` had, if it or a folder above it was moved.
    pub(super) fn of(&self, path: &[u8]) -> Option<Vec<u8>> {
        if self.places.is_empty() {
            return None;
        }
        let mut end = path.len();
        loop {
            if let Some(origin) = path.get(..end).and_then(|place| self.places.get(place)) {
                return Some([origin.as_slice(), path.get(end..)?].concat());
            }
            end = path.get(..end)?.iter().rposition(|byte| *byte == b'/')?;
        }
    }

    /// What is at `from` goes to `to`. What was there, if anything, is gone.
    pub(super) fn moved(&mut self, from: &[u8], to: &[u8]) {
        self.gone(to);
        let origin = self.of(from).unwrap_or_else(|| from.to_vec());
        let inner = self.take(from);
        self.put(to, origin);
        self.give(inner, from, to);
    }

    /// What is at `known` gets the name `new` besides, which nothing has.
    pub(super) fn linked(&mut self, known: &[u8], new: &[u8]) {
        let origin = self.of(known).unwrap_or_else(|| known.to_vec());
        self.gone(new);
        self.put(new, origin);
    }

    /// What is at these two paths trades places.
    pub(super) fn exchanged(&mut self, one: &[u8], other: &[u8]) {
        let origin = |path: &[u8]| self.of(path).unwrap_or_else(|| path.to_vec());
        let (of_one, of_other) = (origin(one), origin(other));
        let (in_one, in_other) = (self.take(one), self.take(other));
        self.put(other, of_one);
        self.put(one, of_other);
        self.give(in_one, one, other);
        self.give(in_other, other, one);
    }

    /// What is at `path` is there no longer.
    pub(super) fn gone(&mut self, path: &[u8]) {
        if !self.places.is_empty() {
            self.take(path);
        }
    }

    fn put(&mut self, path: &[u8], origin: Vec<u8>) {
        // What is back where it was has not been moved, unless the folder it lies in was.
        if self.of(path).unwrap_or_else(|| path.to_vec()) != origin && self.places.len() < MOVES_MAX {
            self.places.insert(path.to_vec(), origin);
        }
    }

    /// Takes out what is known at and below a path.
    fn take(&mut self, place: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
        let range = (Bound::Included(place.to_vec()), Bound::Unbounded);
        let is_inside = |path: &[u8]| path.strip_prefix(place).is_some_and(|rest| matches!(rest, [] | [b'/', ..]));
        let near = self.places.range(range).map(|(path, _)| path).take_while(|path| path.starts_with(place));
        let inside: Vec<Vec<u8>> = near.filter(|path| is_inside(path)).cloned().collect();
        inside.into_iter().filter_map(|path| self.places.remove_entry(&path)).collect()
    }

    /// Puts back what was known below one path, below another.
    fn give(&mut self, inner: Vec<(Vec<u8>, Vec<u8>)>, from: &[u8], to: &[u8]) {
        for (path, origin) in inner {
            let rest = path.get(from.len()..).unwrap_or_default();
            if !rest.is_empty() {
                self.put(&[to, rest].concat(), origin);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(origins: &Origins, path: &str, expected: Option<&str>) {
        let found = origins.of(path.as_bytes()).map(|origin| String::from_utf8(origin).unwrap());
        assert_eq!(found.as_deref(), expected, "{path} of {origins:?}");
    }

    #[test]
    fn what_was_moved_is_known_by_its_first_path_wherever_it_goes() {
        let mut origins = Origins::default();
        origins.moved(b"/w/src", b"/tmp/x");
        check(&origins, "/tmp/x", Some("/w/src"));
        check(&origins, "/tmp/x/a/b", Some("/w/src/a/b"));
        check(&origins, "/tmp/xy", None);
        check(&origins, "/w/src/a", None);
        origins.moved(b"/tmp/x/a", b"/tmp/a");
        check(&origins, "/tmp/a/b", Some("/w/src/a/b"));
        origins.moved(b"/tmp/x", b"/tmp/y");
        check(&origins, "/tmp/y/c", Some("/w/src/c"));
        check(&origins, "/tmp/x/c", None);
        origins.moved(b"/w/other", b"/tmp/y/in");
        origins.moved(b"/tmp/y", b"/tmp/z");
        check(&origins, "/tmp/z/in/c", Some("/w/other/c"));
        origins.moved(b"/tmp/z", b"/w/src");
        check(&origins, "/w/src/c", None);
        check(&origins, "/w/src/in/c", Some("/w/other/c"));
    }

    #[test]
    fn what_trades_places_is_known_by_its_own_path() {
        let mut origins = Origins::default();
        origins.exchanged(b"/w/a", b"/tmp/b");
        check(&origins, "/tmp/b/x", Some("/w/a/x"));
        check(&origins, "/w/a/x", Some("/tmp/b/x"));
        origins.exchanged(b"/w/a", b"/tmp/b");
        assert!(origins.is_empty());
    }

    #[test]
    fn what_is_gone_or_replaced_is_forgotten() {
        let mut origins = Origins::default();
        origins.moved(b"/w/a", b"/tmp/a");
        origins.gone(b"/tmp/a");
        check(&origins, "/tmp/a", None);
        origins.moved(b"/w/a", b"/tmp/a");
        origins.moved(b"/w/b", b"/tmp/a");
        check(&origins, "/tmp/a", Some("/w/b"));
    }
}

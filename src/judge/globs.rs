//! Whether a pattern finds anything on the disk.

use super::act::wild;
use crate::model::{FileFact, Oracle, Untrusted};

/// How many names are looked at for one pattern.
const NAMES_MAX: usize = 4096;

/// Whether it is certain that nothing on the disk has a name as `pattern` says: an absolute path in which `*` and `?`
/// stand within a name, and `**` for folders of any depth.
pub(super) fn finds_nothing(pattern: &str, oracle: &dyn Oracle) -> bool {
    // Sets of letters and what the shell makes several words of are not looked into.
    if !pattern.starts_with('/') || pattern.contains(['[', '{', '$', '\\']) {
        return false;
    }
    let pattern = pattern.replace('?', "*");
    let parts: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty()).collect();
    let mut left = NAMES_MAX;
    let mut open = vec![(String::new(), 0)];
    while let Some((folder, at)) = open.pop() {
        let Some(part) = parts.get(at) else { return false };
        let is_last = at + 1 == parts.len();
        if !part.contains('*') {
            let whole = format!("{folder}/{part}");
            match oracle.fact(&Untrusted::from(whole.as_str())) {
                FileFact::Missing => {}
                _ if is_last => return false,
                FileFact::Folder { is_empty: true } | FileFact::File { .. } => {}
                FileFact::Folder { is_empty: false } => open.push((whole, at + 1)),
                FileFact::Unknown | FileFact::Other => return false,
            }
            continue;
        }
        let Some(names) = oracle.inside(&Untrusted::from(format!("{folder}/")), left) else { return false };
        left -= names.len();
        let is_deep = *part == "**";
        if is_deep && !is_last {
            open.push((folder.clone(), at + 1));
        }
        for named in names.iter().filter(|named| is_deep || wild(part, &named.name.lossy())) {
            if is_last {
                return false;
            }
            if named.leads_on {
                open.push((format!("{folder}/{}", named.name.lossy()), if is_deep { at } else { at + 1 }));
            }
        }
    }
    true
}

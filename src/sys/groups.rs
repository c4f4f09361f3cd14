//! Control groups: those that we are in.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::proc::{FileId, file_id};

/// The folders of the control groups that we are in and of all above them, in every hierarchy that is mounted here. Empty
/// where none is. Reads two files of `/proc`: ask rarely.
#[must_use]
pub fn own_groups() -> HashSet<FileId> {
    let read = |name: &str| fs::read_to_string(format!("/proc/self/{name}")).unwrap_or_default();
    let (groups, mounts) = (read("cgroup"), read("mountinfo"));
    let mut own = HashSet::new();
    for (top, folder) in folders(&groups, &mounts) {
        let up = folder.ancestors().take_while(|above| above.starts_with(&top));
        own.extend(up.filter_map(|above| file_id(above).ok()));
    }
    own
}

/// The folder of each of these groups below each of these mounts, behind the folder where it is mounted.
fn folders(groups: &str, mounts: &str) -> Vec<(PathBuf, PathBuf)> {
    let places = mounts.lines().filter_map(mounted);
    let in_place = |(controllers, top, root): (Vec<&str>, PathBuf, PathBuf)| {
        let line = groups.lines().find_map(|line| {
            let (_, rest) = line.split_once(':')?;
            let (of, path) = rest.split_once(':')?;
            let is_it = if of.is_empty() {
                controllers.is_empty()
            } else {
                of.split(',').all(|one| controllers.contains(&one))
            };
            is_it.then_some(path)
        })?;
        let below = Path::new(line).strip_prefix(&root).ok()?;
        Some((top.clone(), top.join(below)))
    };
    places.filter_map(in_place).collect()
}

/// What a line of `mountinfo` says of a hierarchy: its controllers (none: the second version), where it is mounted, and
/// which of its groups is there.
fn mounted(line: &str) -> Option<(Vec<&str>, PathBuf, PathBuf)> {
    let (before, behind) = line.split_once(" - ")?;
    let mut before = before.split(' ').skip(3);
    let (root, top) = (before.next()?, before.next()?);
    let mut behind = behind.split(' ');
    let controllers = match behind.next()? {
        "cgroup2" => Vec::new(),
        "cgroup" => behind.nth(1)?.split(',').collect(),
        _ => return None,
    };
    Some((controllers, PathBuf::from(top), PathBuf::from(root)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_hierarchy_has_our_group_where_it_is_mounted() {
        let groups = "9:name=systemd:/user/one\n4:cpu,cpuacct:/a\n2:memory:/elsewhere\n0::/user.slice/x.scope\n";
        let mounts = "25 20 0:22 / /proc rw - proc proc rw\n\
            30 25 0:26 / /sys/fs/cgroup/unified rw,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate\n\
            31 25 0:27 /user /mnt/systemd rw - cgroup cgroup rw,xattr,name=systemd\n\
            32 25 0:28 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n\
            33 25 0:29 /here /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n\
            34 25 0:30 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n";
        let expected = [
            ("/sys/fs/cgroup/unified", "/sys/fs/cgroup/unified/user.slice/x.scope"),
            ("/mnt/systemd", "/mnt/systemd/one"),
            ("/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu/a"),
        ];
        assert_eq!(folders(groups, mounts), expected.map(|(top, folder)| (top.into(), folder.into())));
    }
}

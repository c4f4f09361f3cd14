//! What a path is to the project: build output, a source, somebody else's.

use super::effect::words;
use super::past::Past;
use super::places::{
    AGENT_FILES, AGENT_FOLDERS, BUILD_ENDINGS, BUILD_FOLDERS, BUILD_PAIRS, DATA_ENDINGS, DATA_FOLDERS, HOME_CACHES,
    LOCK_FILES, MADE_ANYWHERE, RECORD_FILES, STARTUP_FILES, STARTUP_FOLDERS, TOPS, WATCH_FOLDERS,
};
use super::restore;
use crate::model::{FileFact, Oracle, Untrusted};
use crate::trail::names::{SecretFile, secret_file};

words! {
    /// What a path is to the project.
    Ground {
        Nothing "nothing" "Nothing is there, or nothing is lost: a null device, an empty folder."
        Scratch "scratch" "Temporary, or made by this session."
        Build "build" "Made by a build, a cache, an installed package: can be made again."
        File "file" "An ordinary file of the project."
        Kept "kept" "A file that nothing can bring back: no version control knows it, and it was there before."
        Data "data" "Data in the project that no build makes."
        Folder "folder" "A folder of the project, or whatever a pattern finds in it."
        Project "project" "The whole project."
        Git "git" "The repository itself."
        Secret "secret" "A file that holds secrets."
        Outside "outside" "Outside the project."
        System "system" "A part of the operating system."
        Account "account" "A file of the operating system that says who may do what."
        Record "record" "A record of what happened on the machine, or of what a person typed."
        Backup "backup" "A place of backups outside the project."
        Startup "startup" "A file that runs when somebody logs in or something starts."
        Agent "agent" "A file that says what an agent may do."
        Watch "watch" "The supervisor's own."
        Home "home" "A whole home folder."
        Root "root" "The whole system, or a top part of it."
        Device "device" "A disk."
        Socket "socket" "A connection that the shell opens."
        Unknown "unknown" "Only the shell could tell."
    }
}

/// What is needed to tell grounds apart.
#[derive(Clone, Copy)]
pub struct Land<'a> {
    /// The project's folder.
    pub project: &'a str,
    /// The home folder.
    pub home: &'a str,
    /// What the session did before.
    pub past: &'a dyn Past,
    /// What is on the disk.
    pub oracle: &'a dyn Oracle,
}

impl Land<'_> {
    /// The ground of an absolute path; `reach` says whether all below it is meant.
    #[must_use]
    pub fn of(&self, path: &str, is_tree: bool) -> Ground {
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        if let Some(ground) = self.whole(&parts, path) {
            return ground;
        }
        if let Some(ground) = device(&parts) {
            return ground;
        }
        if let Some(ground) = self.guarded(path, &parts) {
            return ground;
        }
        if let Some(inside) = below(path, self.project) {
            return self.inside(inside, path, is_tree);
        }
        if is_temporary(&parts) || self.past.made(path) {
            return Ground::Scratch;
        }
        if holds_backups(&parts) {
            return Ground::Backup;
        }
        // A package's folder of another project is made again there as well; the system's own is not.
        let is_anyones = below(path, self.home).is_some() || !parts.first().is_some_and(|top| TOPS.contains(top));
        if is_anyones && parts.iter().skip(2).any(|part| MADE_ANYWHERE.contains(part)) {
            return Ground::Build;
        }
        if below(path, self.home).is_some_and(|inside| HOME_CACHES.iter().any(|cache| inside.starts_with(cache))) {
            return Ground::Build;
        }
        if matches!(secret_file(path), Some(SecretFile::Values | SecretFile::Key | SecretFile::Environment)) {
            return Ground::Secret;
        }
        let is_system = parts.first().is_some_and(|top| {
            TOPS.contains(top) && !matches!(*top, "home" | "Users" | "root" | "mnt" | "media" | "srv")
        });
        if is_system && below(path, self.home).is_none() { Ground::System } else { Ground::Outside }
    }

    /// Whether it guards the machine or the agent, or runs by itself. The disk is not asked.
    #[must_use]
    pub fn is_guarded(&self, path: &str) -> bool {
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        self.guarded(path, &parts).is_some()
    }

    /// Whether what lies at `path` is made to be thrown away: temporary, a cache, or what a build makes. Nothing else is
    /// asked: neither the disk nor what the session made.
    #[must_use]
    pub fn is_passing(&self, path: &str) -> bool {
        if let Some(inside) = below(path, self.project) {
            let parts: Vec<&str> = inside.split('/').filter(|part| !part.is_empty()).collect();
            let last = parts.last().copied().unwrap_or_default();
            return !parts.contains(&".git") && (parts.iter().any(|part| is_build_folder(part)) || is_build_file(last));
        }
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let is_cached =
            below(path, self.home).is_some_and(|inside| HOME_CACHES.iter().any(|cache| inside.starts_with(cache)));
        is_temporary(&parts) || is_cached || matches!(device(&parts), Some(Ground::Nothing | Ground::Scratch))
    }

    /// The whole system, a whole home, or a top folder.
    fn whole(&self, parts: &[&str], path: &str) -> Option<Ground> {
        let is_all = |part: &str| matches!(part, "*" | ".*" | "**" | "{*,.*}" | ".[!.]*" | ".??*" | "*.*");
        let kept: Vec<&str> = parts.iter().copied().take_while(|part| !is_all(part)).collect();
        let rest = parts.get(kept.len()..).unwrap_or_default();
        if !rest.iter().all(|part| is_all(part)) {
            return None;
        }
        let bare = format!("/{}", kept.join("/"));
        if bare == "/" || (kept.len() == 1 && kept.first().is_some_and(|top| TOPS.contains(top)) && bare != self.home) {
            let is_null =
                kept.first().is_some_and(|top| matches!(*top, "dev" | "proc" | "run") && path.len() > bare.len());
            return (!is_null || !rest.is_empty()).then_some(Ground::Root);
        }
        let is_user = kept.len() == 2 && matches!(kept.first(), Some(&"home" | &"Users"));
        if bare == self.home || is_user {
            return (bare != self.project || self.project == self.home).then_some(Ground::Home);
        }
        None
    }

    /// What guards the agent, and what runs by itself.
    fn guarded(&self, path: &str, parts: &[&str]) -> Option<Ground> {
        if let Some(inside) = below(path, self.home).or_else(|| in_a_home(path, parts)) {
            let starts = |list: &[&str]| {
                list.iter()
                    .any(|known| inside == *known || inside.strip_prefix(known).is_some_and(|r| r.starts_with('/')))
            };
            if starts(WATCH_FOLDERS) {
                return Some(Ground::Watch);
            }
            if RECORD_FILES.contains(&inside) {
                return Some(Ground::Record);
            }
            if STARTUP_FILES.contains(&inside) || starts(STARTUP_FOLDERS) {
                return Some(Ground::Startup);
            }
        }
        if AGENT_FILES.iter().any(|known| path.strip_suffix(known).is_some_and(|rest| rest.ends_with('/')))
            || (path.contains("/.") && AGENT_FOLDERS.iter().any(|known| contains_part(path, known)))
        {
            return Some(Ground::Agent);
        }
        let joined = parts.join("/");
        let is = |starts: &[&str]| starts.iter().any(|known| below(&joined, known).is_some());
        if is(&[
            "etc/sudoers",
            "etc/sudoers.d",
            "etc/passwd",
            "etc/group",
            "etc/shadow",
            "etc/gshadow",
            "etc/pam.d",
            "etc/security",
            "etc/ssh",
        ]) {
            return Some(Ground::Account);
        }
        if is(&["var/log", "var/audit", "run/log", "private/var/log"]) {
            return Some(Ground::Record);
        }
        let is_startup = is(&[
            "etc/crontab",
            "etc/cron.d",
            "etc/cron.daily",
            "etc/cron.hourly",
            "etc/cron.weekly",
            "etc/cron.monthly",
            "var/spool/cron",
            "etc/systemd/system",
            "etc/init.d",
            "etc/rc.local",
            "etc/profile",
            "etc/profile.d",
            "etc/bash.bashrc",
            "etc/ld.so.preload",
            "Library/LaunchDaemons",
            "Library/LaunchAgents",
            "usr/lib/systemd/system",
            "lib/systemd/system",
        ]);
        is_startup.then_some(Ground::Startup)
    }

    /// The ground of `inside`, a path as it reads from the project's folder.
    fn inside(&self, inside: &str, path: &str, is_tree: bool) -> Ground {
        let parts: Vec<&str> = inside.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        let Some(last) = parts.last().copied() else { return Ground::Project };
        if parts.iter().all(|part| matches!(*part, "*" | ".*" | "**" | "*.*" | ".[!.]*" | ".??*" | "{}")) {
            return Ground::Project;
        }
        if let Some(at) = parts.iter().position(|part| *part == ".git") {
            let is_hook = parts.get(at + 1) == Some(&"hooks");
            // What it holds lies where it was cloned from, or is the session's own.
            if !is_hook && at > 0 && self.past.made(path) {
                return Ground::Scratch;
            }
            return match last {
                _ if is_hook => Ground::Startup,
                _ if last.ends_with(".lock") => Ground::Build,
                _ => Ground::Git,
            };
        }
        if self.past.made(path) {
            return Ground::Scratch;
        }
        let is_paired = BUILD_PAIRS.iter().any(|(folder, made)| {
            parts.windows(2).any(|pair| matches!(pair, [outer, inner] if outer == folder && made.contains(inner)))
        });
        if is_paired || parts.iter().any(|part| is_build_folder(part)) || is_build_file(last) || *inside == *"core" {
            return Ground::Build;
        }
        let is_pattern = last.contains(['*', '?', '$']) || inside.contains("**") || inside.contains('$');
        match self.oracle.fact(&Untrusted::from(path)) {
            _ if is_pattern => {}
            FileFact::Missing | FileFact::Folder { is_empty: true } | FileFact::File { bytes: 0 } => {
                return Ground::Nothing;
            }
            FileFact::File { .. } => return restore::of_file(self, path, is_data(&parts)),
            FileFact::Folder { is_empty: false } => {
                if self.oracle.is_mount(&Untrusted::from(path)) == Some(true) {
                    return Ground::Outside;
                }
                return if self.oracle.is_new(&Untrusted::from(path)) == Some(true) {
                    Ground::Scratch
                } else {
                    folder_or_data(&parts)
                };
            }
            FileFact::Unknown | FileFact::Other => {}
        }
        if secret_file(inside.trim_end_matches('*')).is_some() {
            return Ground::Secret;
        }
        if is_data(&parts) {
            return Ground::Data;
        }
        let has_ending = last.rsplit_once('.').is_some_and(|(stem, end)| {
            !stem.is_empty() && (1..=8).contains(&end.len()) && end.bytes().all(|b| b.is_ascii_alphanumeric())
        });
        if is_pattern || (is_tree && !has_ending) { Ground::Folder } else { Ground::File }
    }
}

fn folder_or_data(parts: &[&str]) -> Ground {
    if is_data(parts) { Ground::Data } else { Ground::Folder }
}

/// `path` as it reads from `folder`; empty for the folder itself.
#[must_use]
pub fn below<'p>(path: &'p str, folder: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(folder.trim_end_matches('/'))?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
}

/// Whether `known` stands in a path, from the beginning of one of its parts.
fn contains_part(path: &str, known: &str) -> bool {
    path.match_indices(known).any(|(at, _)| path.get(..at).is_some_and(|before| before.ends_with('/')))
}

/// A path as it reads from the home folder it is in, whoever's.
fn in_a_home<'p>(path: &'p str, parts: &[&str]) -> Option<&'p str> {
    match parts {
        ["root", ..] => below(path, "/root"),
        [top @ ("home" | "Users"), name, ..] => below(path, &format!("/{top}/{name}")),
        _ => None,
    }
}

/// Whether the path leads to where backups are kept, or to an archive that is one.
fn holds_backups(parts: &[&str]) -> bool {
    let says = |part: &str| {
        let lower = part.to_ascii_lowercase();
        lower.split(['.', '-', '_', ' ']).any(|word| matches!(word, "backup" | "backups" | "timemachine"))
    };
    let Some((last, folders)) = parts.split_last() else { return false };
    let is_archive = [".gz", ".tgz", ".zip", ".sql", ".dump", ".bz2", ".xz", ".zst", ".tar", ".bak", ".img", ".qcow2"]
        .iter()
        .any(|ending| last.to_ascii_lowercase().ends_with(ending));
    let is_folder = !last.contains('.') || last.contains('*');
    folders.iter().any(|part| says(part)) || (says(last) && (is_archive || is_folder))
}

fn device(parts: &[&str]) -> Option<Ground> {
    if parts.first() != Some(&"dev") {
        return None;
    }
    let name = parts.get(1).copied().unwrap_or_default();
    let disks =
        ["sd", "nvme", "vd", "xvd", "hd", "mmcblk", "dm-", "md", "loop", "disk", "mapper", "rdisk", "nbd", "zvol"];
    if matches!(name, "tcp" | "udp") && parts.len() > 2 {
        let is_here = parts.get(2).is_some_and(|host| crate::trail::is_local_host(host));
        return Some(if is_here { Ground::Nothing } else { Ground::Socket });
    }
    if name == "shm" {
        return Some(Ground::Scratch);
    }
    Some(if disks.iter().any(|disk| name.starts_with(disk)) { Ground::Device } else { Ground::Nothing })
}

fn is_temporary(parts: &[&str]) -> bool {
    let depth = match parts {
        ["tmp", ..] => 1,
        ["var" | "private", "tmp", ..] => 2,
        ["var", "folders", ..] => 3,
        ["private", "var", "folders", ..] => 4,
        ["run", "user", _, ..] => 3,
        ["var", "cache", ..] => 2,
        // The package manager's lists are fetched again.
        ["var", "lib", "apt", "lists", ..] => return true,
        _ => return false,
    };
    let is_all = |part: &str| matches!(part, "*" | "**" | ".*");
    // `/tmp/**/shop-*` is what somebody named so; `/tmp/*` is everybody's.
    parts.get(depth).is_some_and(|first| !is_all(first))
        || parts.get(depth + 1).is_some_and(|second| !is_all(second) && second.len() > 2 && !second.starts_with('*'))
}

fn is_build_folder(part: &str) -> bool {
    let stem = part.trim_end_matches('*');
    BUILD_FOLDERS.contains(&part)
        || (stem.len() > 2 && part.ends_with('*') && BUILD_FOLDERS.contains(&stem))
        || part.ends_with(".egg-info")
        || part.starts_with("cmake-build-")
        || part.starts_with("bazel-")
        || (part.starts_with("build-") && !says_work(part))
        || part.starts_with("tmp-")
        || part.starts_with("tmp_")
        || part.starts_with("temp-")
        || part.starts_with(".tmp")
        || part.ends_with(".xcarchive")
        || says_made(stem)
}

/// Whether a word of a folder's name says that it is work all the same: `build-scripts`, `code-gen`, `out-of-band`.
fn says_work(name: &str) -> bool {
    const WORK: [&str; 26] = [
        "tool",
        "tools",
        "tooling",
        "script",
        "scripts",
        "util",
        "utils",
        "config",
        "configs",
        "lib",
        "libs",
        "helper",
        "helpers",
        "reporter",
        "reporters",
        "system",
        "plugin",
        "plugins",
        "server",
        "client",
        "service",
        "services",
        "code",
        "core",
        "of",
        "support",
    ];
    name.split(['-', '_']).any(|word| WORK.contains(&word))
}

/// Whether a folder's name ends or begins with a word for what is made: `dist-tsc`, `src-gen`, `dashboards_out`.
fn says_made(name: &str) -> bool {
    const LAST: [&str; 10] =
        ["dist", "out", "output", "outputs", "gen", "generated", "build", "builds", "cache", "coverage"];
    const FIRST: [&str; 6] = ["dist", "out", "lcov", "coverage", "cov", "build"];
    let is_bare = name.contains(['-', '_']) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    let mut words = name.trim_start_matches('.').split(['-', '_']);
    let first = words.next().unwrap_or_default();
    is_bare
        && !says_work(name)
        && (FIRST.contains(&first) || words.next_back().is_some_and(|last| LAST.contains(&last)))
}

fn is_build_file(last: &str) -> bool {
    let ending = last.rsplit_once('.').map_or("", |(_, ending)| ending);
    last.ends_with(".snap")
        || LOCK_FILES.contains(&last)
        || (last.contains('.') && BUILD_ENDINGS.contains(&ending.trim_end_matches('*')))
        || last.ends_with(".snap.new")
        || last.ends_with('~')
        || (last.starts_with(['#', '.']) && last.ends_with('#') && last.len() > 2)
        || matches!(
            last,
            ".DS_Store" | "Thumbs.db" | "nohup.out" | "a.out" | ".coverage" | "*.py[cod]" | "*.py[co]" | "*$py.class"
        )
        || last.starts_with("core.")
        || last.starts_with("npm-debug")
        || last.starts_with("._")
        || (last.starts_with("junit") && last.ends_with(".xml"))
}

fn is_data(parts: &[&str]) -> bool {
    let last = parts.last().copied().unwrap_or_default();
    let is_test = parts.iter().any(|part| {
        let lower = part.to_ascii_lowercase();
        lower.split(['.', '-', '_']).any(|word| {
            matches!(word, "test" | "tests" | "fixture" | "fixtures" | "testdata" | "tmp" | "sample" | "mock" | "mocks")
        })
    });
    let ending = last.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
    let in_data = parts.iter().any(|part| DATA_FOLDERS.contains(&part.to_ascii_lowercase().as_str()));
    !is_test
        && (DATA_ENDINGS.contains(&ending.as_str())
            || in_data
            || last.ends_with(".sql.gz")
            || last.ends_with(".tar.gz") && last.contains("backup"))
}

//! Files that came from the network: code that nobody has looked at yet.

use std::collections::BTreeSet;

use crate::shell::{self, Invocation, Reading};

/// How many fetched files are remembered, and how long a path may be, in bytes.
const FETCHED_MAX: usize = 128;
const PATH_BYTES_MAX: usize = 1024;
/// The most memory that fetched files take, in bytes.
pub(super) const FETCHED_BYTES_MAX: usize = 3 * FETCHED_MAX * PATH_BYTES_MAX;

/// What a script is called that puts a project's program on the machine.
const INSTALLERS: [&str; 5] = ["install", "installer", "setup", "bootstrap", "get"];

/// Programs that show a file to whoever reads their output.
const SHOWING: [&str; 6] = ["cat", "less", "more", "bat", "batcat", "view"];

/// The fetched files of a session, by absolute path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Fetched {
    files: BTreeSet<String>,
    /// Folders of projects that came from the network whole.
    clones: BTreeSet<String>,
    /// Scripts in them that were looked at.
    seen: BTreeSet<String>,
}

impl Fetched {
    /// Remembers what an invocation fetches, and forgets what it shows.
    pub fn note(&mut self, invocation: &Invocation, reading: &Reading) {
        for path in fetched(invocation) {
            if self.files.len() < FETCHED_MAX && path.len() <= PATH_BYTES_MAX {
                self.files.insert(path);
            }
        }
        if let Some(folder) = cloned(invocation)
            && self.clones.len() < FETCHED_MAX
            && folder.len() <= PATH_BYTES_MAX
        {
            self.clones.insert(folder);
        }
        if let Some(folder) = piped_into(invocation, reading)
            && self.clones.len() < FETCHED_MAX
        {
            self.clones.insert(folder);
        }
        let is_empty = self.files.is_empty() && self.clones.is_empty();
        if !is_empty && verifies(invocation) {
            *self = Self::default();
            return;
        }
        if let Some(folders) = unpacked(invocation).filter(|(from, _)| self.files.contains(from)).map(|(_, to)| to)
            && self.clones.len() < FETCHED_MAX
        {
            self.clones.extend(folders);
        }
        if SHOWING.contains(&invocation.program()) && !is_empty {
            invocation.args().iter().filter_map(|word| invocation.path(word)).for_each(|path| self.forget(&path));
        }
    }

    /// The file was looked at, or got other content.
    pub fn forget(&mut self, path: &str) {
        self.files.remove(path);
        if self.seen.len() < FETCHED_MAX && path.len() <= PATH_BYTES_MAX && is_installer_in(path, &self.clones) {
            self.seen.insert(path.to_owned());
        }
    }

    pub fn has(&self, path: &str) -> bool {
        self.files.contains(path) || is_installer_in(path, &self.clones) && !self.seen.contains(path)
    }

    pub fn bytes(&self) -> usize {
        [&self.files, &self.clones, &self.seen].into_iter().flatten().map(String::len).sum()
    }
}

/// Whether an invocation compares what came from the network with what it should be.
fn verifies(invocation: &Invocation) -> bool {
    match invocation.program() {
        "sha256sum" | "sha512sum" | "sha1sum" | "shasum" | "b2sum" => invocation.has_any(&["-c", "--check"]),
        "gpg" => invocation.has("--verify"),
        "minisign" => invocation.has("-V"),
        "cosign" => invocation.args().first().is_some_and(|word| word.text.starts_with("verify")),
        _ => false,
    }
}

/// The archive that an invocation unpacks, and the folders that what is in it may come to lie in.
fn unpacked(invocation: &Invocation) -> Option<(String, Vec<String>)> {
    let into = match invocation.program() {
        "tar" | "bsdtar" => invocation.option(&["-C", "--directory"]),
        "unzip" => invocation.option(&["-d"]),
        _ => return None,
    };
    let is_archive = |word: &&shell::Word| {
        [".tar", ".tgz", ".zip", ".gz", ".xz", ".bz2", ".zst"].iter().any(|end| word.text.contains(end))
    };
    let archive = invocation.args().iter().find(is_archive)?;
    let name = shell::base_name(&archive.text);
    let stem = name.split(".tar").next().unwrap_or(name).trim_end_matches(".tgz").trim_end_matches(".zip");
    // `tool-1.4.0-linux.tar.gz` unpacks to its whole name or to `tool`.
    let short = stem.split(['-', '_']).next().unwrap_or(stem);
    let here = invocation.cwd.as_deref();
    let folders = match into {
        Some(into) => invocation.path(&into).filter(|path| Some(path.as_str()) != here).into_iter().collect(),
        None => [stem, short].iter().filter_map(|name| shell::joined_path(here, name)).collect(),
    };
    Some((invocation.path(archive)?, folders))
}

/// The folder into which an invocation unpacks what a download prints into it: `curl … | tar xz -C folder`.
fn piped_into(invocation: &Invocation, reading: &Reading) -> Option<String> {
    let shell::Stdin::From(before) = &invocation.stdin else { return None };
    let mut sources = before.iter().filter_map(|at| reading.invocations.get(*at));
    let is_fetched = sources.any(|source| matches!(source.program(), "curl" | "wget" | "aria2c"));
    let into = invocation.option(&["-C", "--directory", "-d"]).filter(|_| is_fetched)?;
    let is_packer = matches!(invocation.program(), "tar" | "bsdtar" | "unzip");
    invocation.path(&into).filter(|path| is_packer && Some(path.as_str()) != invocation.cwd.as_deref())
}

/// Whether `path` is a script in one of these folders that puts something on the machine.
fn is_installer_in(path: &str, clones: &BTreeSet<String>) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or_default();
    let stem = name.strip_suffix(".sh").unwrap_or(name);
    let is_script = stem.split(['-', '_']).any(|word| INSTALLERS.contains(&word)) && !stem.contains('.');
    is_script
        && clones.iter().any(|clone| {
            folder.strip_prefix(clone.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
}

/// Whether running the script at `path` runs what `before`, an invocation of the same text, cloned.
#[must_use]
pub fn is_cloned_by(before: &Invocation, path: &str) -> bool {
    cloned(before).is_some_and(|folder| is_installer_in(path, &BTreeSet::from([folder])))
}

/// The folder of somebody's project that `git clone` fetches by an address that needs no rights.
fn cloned(invocation: &Invocation) -> Option<String> {
    if invocation.program() != "git" {
        return None;
    }
    let operands =
        invocation.operands(&["-b", "--branch", "--depth", "-o", "--origin", "-c", "--config", "-j", "--filter"]);
    let [clone, address, rest @ ..] = operands.as_slice() else { return None };
    if clone.text != "clone" || !address.text.starts_with("http") {
        return None;
    }
    let own = shell::base_name(address.text.trim_end_matches('/')).trim_end_matches(".git");
    let folder = rest.first().map_or(own, |word| word.text.as_str());
    shell::joined_path(invocation.cwd.as_deref(), folder)
}

/// Whether a program of this name may bring something from the network, as [`fetched`] and [`is_cloned_by`] see it.
#[must_use]
pub fn may_bring(program: &str) -> bool {
    matches!(program, "curl" | "wget" | "aria2c" | "git")
}

/// The files that an invocation makes of what it gets from the network, by absolute path.
#[must_use]
pub fn fetched(invocation: &Invocation) -> Vec<String> {
    if !may_bring(invocation.program()) || invocation.program() == "git" {
        return Vec::new();
    }
    let is_curl = invocation.program() == "curl";
    let naming: &[&str] = if is_curl { &["-o", "--output"] } else { &["-o", "-O", "--output-document", "--out"] };
    let options = invocation.options(naming);
    let named = options.iter().filter_map(|to| invocation.path(to));
    // `-sSLo FILE`: the last letter of a cluster takes the next word.
    let ends_in_output = |flag: &shell::Word| {
        flag.is_flag()
            && !flag.text.starts_with("--")
            && flag.text.len() > 2
            && (flag.text.ends_with('o') || !is_curl && flag.text.ends_with('O'))
    };
    let pairs = invocation.args().windows(2);
    let clustered = pairs.filter_map(|pair| match pair {
        [flag, to] if ends_in_output(flag) => invocation.path(to),
        _ => None,
    });
    let redirected = invocation.redirects.iter().filter_map(|redirect| invocation.path(&redirect.to));
    let is_kept = !is_curl || invocation.has_any(&["-O", "--remote-name", "-OL", "-LO"]);
    let addresses = invocation.args().iter().filter(|word| is_kept && word.text.contains("://"));
    let by_address = addresses.filter_map(|word| {
        let bare = word.text.split(['?', '#']).next().unwrap_or_default();
        shell::joined_path(invocation.cwd.as_deref(), bare.rsplit('/').next().filter(|name| !name.is_empty())?)
    });
    named.chain(clustered).chain(redirected).chain(by_address).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::{Place, read};

    #[test]
    fn what_comes_from_the_network_is_known_by_its_path_until_it_is_looked_at() {
        let place = Place { cwd: Some("/w".to_owned()), home: None };
        for (line, expected) in [
            ("curl -fsSL https://x.example/i.sh -o /tmp/i.sh", Some("/tmp/i.sh")),
            ("curl -sSLo i.sh https://x.example/i.sh", Some("/w/i.sh")),
            ("curl -O https://x.example/i.sh", Some("/w/i.sh")),
            ("curl https://x.example/i.sh > a/i.sh", Some("/w/a/i.sh")),
            ("wget https://x.example/tool", Some("/w/tool")),
            ("curl https://x.example/i.sh", None),
            ("cat i.sh", None),
        ] {
            let found: Vec<String> = read(line, &place).invocations.iter().flat_map(fetched).collect();
            assert_eq!(found.first().map(String::as_str), expected, "{line}");
        }
        let mut all = Fetched::default();
        let mut note = |line: &str| {
            let reading = read(line, &place);
            reading.invocations.iter().for_each(|each| all.note(each, &reading));
        };
        note("curl -o i.sh https://x.example/i.sh");
        assert!(all.has("/w/i.sh"));
        let looked = read("cat i.sh", &place);
        looked.invocations.iter().for_each(|each| all.note(each, &looked));
        assert!(!all.has("/w/i.sh"));
    }
}

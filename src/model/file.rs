//! What a system call would do to a file that is there.

use serde::{Deserialize, Serialize};

use super::Untrusted;

/// A call that would destroy a file, a folder or content, as the kernel was asked for it.
///
/// Only what is lost makes an act: a call that makes a file, or that finds nothing, is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileAct {
    /// What would be done.
    pub deed: FileDeed,
    /// The call's name, such as `unlinkat`.
    pub call: String,
    /// The path as it was asked for; for a descriptor, the link the kernel shows for it.
    pub path: Untrusted,
    /// Where that leads, absolute and as the caller's root sees it; a link itself where the call means the link.
    pub target: Untrusted,
    /// For a rename, what takes the target's place; absolute.
    pub from: Option<Untrusted>,
    /// Where the target was when the session began, if it was moved since; absolute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Untrusted>,
    /// The folder that the process takes away with the target in it, where that was seen before; absolute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tree: Option<Untrusted>,
    /// What is there now.
    pub object: FileObject,
    /// How many bytes of it stay: for a truncation its new length, zero for all else.
    pub stays: u64,
    /// The arguments that the calling process was started with, as far as they were read.
    pub command: Vec<Untrusted>,
    /// The folder the process works in.
    pub cwd: Untrusted,
    /// How many such acts of this process this one stands for: more than one only in the journal, for what passed.
    pub count: u32,
    /// Whether what is lost was kept.
    pub keep: Keep,
}

/// What a call does to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileDeed {
    /// Its name goes away: `unlink`.
    Remove,
    /// An empty folder goes away: `rmdir`.
    RemoveFolder,
    /// Another file takes its name: `rename`.
    Replace,
    /// Its content goes away, all or behind a length: `truncate`, an open with `O_TRUNC`.
    Truncate,
    /// It is opened so that its content can be changed in place. Seen for protected places alone.
    Write,
    /// A part of its content is overwritten or freed in place: `fallocate`, `copy_file_range`, `sendfile`, `splice`.
    Punch,
    /// It is opened to be read. Seen for files that hold secrets alone.
    Read,
}

/// A file as it is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileObject {
    /// Which device it is on.
    pub device: u64,
    /// Its number there.
    pub inode: u64,
    /// What kind of file it is.
    pub kind: ObjectKind,
    /// Its size in bytes.
    pub bytes: u64,
    /// How many names it has.
    pub links: u64,
    /// Whether it came into being after the session started; `None` where the file system does not say.
    pub is_new: Option<bool>,
}

/// What kind of file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObjectKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// A device, socket or pipe.
    Other,
}

/// Whether what an act destroys was kept.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "keep", rename_all = "snake_case")]
pub enum Keep {
    /// Nobody tried: nothing is lost, or it is made again.
    #[default]
    Untried,
    /// It was kept; `watch undo` brings it back.
    Kept {
        /// How many bytes that took in the store.
        bytes: u64,
    },
    /// It could not be kept.
    Lost {
        /// Why.
        why: String,
    },
}

impl FileDeed {
    /// What it does, as a verb.
    #[must_use]
    pub fn verb(self) -> &'static str {
        match self {
            Self::Remove => "removes",
            Self::RemoveFolder => "removes the folder",
            Self::Replace => "replaces",
            Self::Truncate => "empties",
            Self::Write => "opens for writing",
            Self::Punch => "overwrites a part of",
            Self::Read => "reads",
        }
    }

    /// What was done to the file: the `removed` of `notes.md removed by rm`.
    #[must_use]
    pub fn past(self) -> &'static str {
        match self {
            Self::Remove | Self::RemoveFolder => "removed",
            Self::Replace => "replaced",
            Self::Truncate => "emptied",
            Self::Write => "opened for writing",
            Self::Punch => "overwritten in part",
            Self::Read => "read",
        }
    }
}

impl FileAct {
    /// One line that says what it is, safe to draw.
    #[must_use]
    pub fn shown(&self) -> String {
        let target = self.target.shown();
        let what = match &self.from {
            Some(from) => format!("{} {target} by {}", self.deed.verb(), from.shown()),
            None => format!("{} {target}", self.deed.verb()),
        };
        let what = match &self.origin {
            Some(origin) => format!("{what}, which was {}", origin.shown()),
            None => what,
        };
        if self.count > 1 { format!("{what} and {} more", self.count - 1) } else { what }
    }

    /// What it did, told after the fact to somebody who works in `cwd`: `18 files in src replaced by git, kept`.
    #[must_use]
    pub fn told(&self, program: &Untrusted, cwd: &Untrusted) -> String {
        let program = program.shown();
        let program = program.rsplit('/').next().unwrap_or_default();
        let (target, cwd) = (self.target.shown(), cwd.shown());
        let below = target.strip_prefix(cwd.trim_end_matches('/')).and_then(|rest| rest.strip_prefix('/'));
        let name = below.filter(|name| !name.is_empty()).unwrap_or(&target);
        let what = match (self.count, name.rsplit_once('/')) {
            (0 | 1, _) if self.deed == FileDeed::RemoveFolder => format!("{name}/"),
            (0 | 1, _) => name.to_owned(),
            (count, Some((folder, _))) => format!("{count} files in {}", told_folder(folder)),
            (count, None) => format!("{count} files"),
        };
        let kept = match &self.keep {
            Keep::Untried => "",
            Keep::Kept { .. } => ", kept",
            Keep::Lost { .. } => ", NOT KEPT",
        };
        format!("{what} {} by {program}{kept}", self.deed.past())
    }

    /// How many bytes of text it holds.
    #[must_use]
    pub fn text_bytes(&self) -> usize {
        let own = self.path.as_bytes().len() + self.target.as_bytes().len() + self.cwd.as_bytes().len();
        let from =
            self.from.iter().chain(&self.origin).chain(&self.tree).map(|path| path.as_bytes().len()).sum::<usize>();
        own + from + self.command.iter().map(|word| word.as_bytes().len()).sum::<usize>()
    }
}

/// The folder of a repository's objects, for one of the 256 that these are spread over: what is done in one of those is
/// done in all of them alike.
#[must_use]
pub fn objects_folder(folder: &[u8]) -> Option<&[u8]> {
    let (above, part) = folder.split_at_checked(folder.len().checked_sub(3)?)?;
    let is_part = matches!(part, [b'/', one, two] if one.is_ascii_hexdigit() && two.is_ascii_hexdigit());
    let is_objects = above.strip_suffix(b".git/objects").is_some_and(|rest| matches!(rest, [] | [.., b'/']));
    (is_part && is_objects).then_some(above)
}

/// The folder that is named for several files of one line.
fn told_folder(folder: &str) -> &str {
    objects_folder(folder.as_bytes()).and_then(|shared| folder.get(..shared.len())).unwrap_or(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn act(deed: FileDeed, from: Option<&str>, count: u32) -> FileAct {
        let object =
            FileObject { device: 1, inode: 2, kind: ObjectKind::File, bytes: 3, links: 1, is_new: Some(false) };
        FileAct {
            deed,
            call: "unlinkat".into(),
            path: "a".into(),
            target: "/w/a".into(),
            from: from.map(Untrusted::from),
            origin: None,
            tree: None,
            object,
            stays: 0,
            command: Vec::new(),
            cwd: "/w".into(),
            count,
            keep: Keep::Untried,
        }
    }

    #[test]
    fn an_act_says_what_it_does_to_which_file() {
        for (deed, from, count, shown) in [
            (FileDeed::Remove, None, 1, "removes /w/a"),
            (FileDeed::Replace, Some("/w/a.new"), 1, "replaces /w/a by /w/a.new"),
            (FileDeed::Truncate, None, 3, "empties /w/a and 2 more"),
        ] {
            assert_eq!(act(deed, from, count).shown(), shown);
        }
        let moved = FileAct { origin: Some("/w/src/a".into()), ..act(FileDeed::Remove, None, 1) };
        assert_eq!(moved.shown(), "removes /w/a, which was /w/src/a");
    }

    #[test]
    fn what_passed_is_told_with_who_did_it_how_often_and_whether_it_was_kept() {
        let kept = Keep::Kept { bytes: 9 };
        let lost = Keep::Lost { why: "full".into() };
        for (count, keep, cwd, told) in [
            (1, Keep::Untried, "/w", "a replaced by git"),
            (1, Keep::Untried, "/", "w/a replaced by git"),
            (1, Keep::Untried, "/wo", "/w/a replaced by git"),
            (18, kept.clone(), "/w/src", "18 files in /w replaced by git, kept"),
            (18, kept, "/w/", "18 files replaced by git, kept"),
            (1, lost, "/w", "a replaced by git, NOT KEPT"),
        ] {
            let act = FileAct { keep, ..act(FileDeed::Replace, None, count) };
            assert_eq!(act.told(&"/usr/bin/git".into(), &cwd.into()), told);
        }
        let folder = act(FileDeed::RemoveFolder, None, 1);
        assert_eq!(folder.told(&"rm".into(), &"/w".into()), "a/ removed by rm");
        for (target, told) in [
            ("/w/.git/objects/4f/3107", "657 files in .git/objects removed by git"),
            ("/w/.git/objects/pack/a.idx", "657 files in .git/objects/pack removed by git"),
            ("/w/objects/4f/3107", "657 files in objects/4f removed by git"),
            ("/x/.git/objects/4f/3107", "657 files in /x/.git/objects removed by git"),
        ] {
            let act = FileAct { target: target.into(), ..act(FileDeed::Remove, None, 657) };
            assert_eq!(act.told(&"git".into(), &"/w".into()), told);
        }
    }
}

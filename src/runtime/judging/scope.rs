//! How far a ruling on a file call reaches.

use super::ancestry::Process;
use super::files::shared;
use crate::judge::is_named;
use crate::model::{CaseId, FileDeed, Judgement, Moment};

/// How far a ruling reaches.
#[derive(Debug, Clone)]
pub(super) struct Scope {
    /// The process and all below it.
    pub(super) within: Process,
    /// These, and what lies below them.
    pub(super) targets: Vec<String>,
    /// What else.
    pub(super) beside: Beside,
    /// Which calls to them.
    pub(super) about: About,
    /// Until when; `None`: as long as the process lives.
    pub(super) until: Option<Moment>,
    /// What was ruled.
    pub(super) outcome: Outcome,
}

/// What a ruling reaches besides its targets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Beside {
    /// Nothing.
    Nothing,
    /// What lies in a folder itself: all of it, or what is called with an ending. Nothing below its folders.
    In {
        /// The folder.
        folder: String,
        /// The ending, without its full stop.
        ending: Option<String>,
    },
    /// Whatever the command asks for.
    Everything,
}

/// The calls that a ruling is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    /// Those that read.
    Reads,
    /// Those that change or destroy.
    Changes,
    /// All: a whole command was ruled on.
    All,
}

/// What was ruled on what lies within a scope.
#[derive(Debug, Clone)]
pub(super) enum Outcome {
    /// The operator approved it: the case, and what was judged.
    Approved(CaseId, Box<Judgement>),
    /// The operator refused it.
    Refused,
}

impl About {
    /// The calls that are of a kind with one.
    pub(super) fn of(deed: FileDeed) -> Self {
        if deed == FileDeed::Read { Self::Reads } else { Self::Changes }
    }
}

impl Scope {
    /// Whether it reaches such a call, whoever makes it.
    pub(super) fn fits(&self, target: &str, deed: FileDeed, now: Moment) -> bool {
        (self.about == About::of(deed) || self.about == About::All)
            && self.until.is_none_or(|until| now <= until)
            && (self.targets.iter().any(|known| reaches(known, target)) || self.beside.has(target))
    }

    /// The file that an approval of one call was about.
    fn approved(&self, about: About) -> Option<&str> {
        let is_it = self.about == about && matches!(self.outcome, Outcome::Approved(..));
        self.targets.first().filter(|_| is_it).map(String::as_str)
    }
}

impl Beside {
    /// What a case shows: `FOLDER/*` or `FOLDER/*.ENDING`.
    pub(super) fn shown(&self) -> Option<String> {
        match self {
            Self::In { folder, ending: Some(ending) } => Some(format!("{folder}/*.{ending}")),
            Self::In { folder, ending: None } => Some(format!("{folder}/*")),
            Self::Nothing | Self::Everything => None,
        }
    }

    /// What a case has shown.
    pub(super) fn was_shown(pattern: &str) -> Self {
        match pattern.rsplit_once("/*") {
            Some((folder, "")) => Self::In { folder: folder.to_owned(), ending: None },
            Some((folder, ending)) => {
                Self::In { folder: folder.to_owned(), ending: ending.strip_prefix('.').map(str::to_owned) }
            }
            None => Self::Nothing,
        }
    }

    /// All that lies where a file does.
    pub(super) fn around(target: &str) -> Self {
        match target.rsplit_once('/') {
            Some((folder, _)) => Self::In { folder: folder.to_owned(), ending: None },
            None => Self::Nothing,
        }
    }

    fn has(&self, target: &str) -> bool {
        match self {
            Self::Nothing => false,
            Self::Everything => true,
            Self::In { folder, ending } => target.rsplit_once('/').is_some_and(|(own, name)| {
                own == folder && ending.as_ref().is_none_or(|ending| ending_of(name) == Some(ending))
            }),
        }
    }
}

/// What an approval of one more file of a wide folder reaches: once a file there was approved all of this one's kind, and
/// where that was approved of another kind all that lie there, unless the folder is as wide as the home.
pub(super) fn one_more<'s>(target: &str, is_home: bool, earlier: impl Iterator<Item = &'s Scope>) -> Beside {
    let Some((folder, name)) = target.rsplit_once('/') else { return Beside::Nothing };
    let (mut is_second, mut is_third) = (false, false);
    for scope in earlier {
        let lies_here = |file: &str| file.rsplit_once('/').is_some_and(|(own, _)| own == folder);
        is_second |= scope.approved(About::Changes).is_some_and(lies_here);
        is_third |= matches!(&scope.beside, Beside::In { folder: known, .. } if known == folder);
    }
    let ending = ending_of(name).filter(|_| is_home || !is_third);
    if !is_second || ending.is_none() && is_home {
        return Beside::Nothing;
    }
    Beside::In { folder: folder.to_owned(), ending: ending.map(str::to_owned) }
}

/// The folder below which an approval of one more secret lets its command read those that lie there: what it shares with
/// one that was approved before.
pub(super) fn one_more_secret<'s>(target: &str, mut earlier: impl Iterator<Item = &'s Scope>) -> Option<String> {
    let before = earlier.find_map(|scope| scope.approved(About::Reads))?;
    Some(shared(target, &[before])).filter(|folder| folder.len() > 1)
}

/// What a file's name ends with; what begins with a full stop and has no other has no ending.
fn ending_of(name: &str) -> Option<&str> {
    let (stem, ending) = name.rsplit_once('.')?;
    (!stem.is_empty() && !ending.is_empty()).then_some(ending)
}

/// Whether a target means this file, or a folder above it.
pub(super) fn reaches(target: &str, file: &str) -> bool {
    let target = target.trim_end_matches('/');
    if target.len() < 2 {
        return false;
    }
    let folder = target.trim_end_matches("/*");
    let is_below =
        |folder: &str| file.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    is_below(folder) || target.contains('*') && (is_named(target, file) || is_named(&format!("{target}/*"), file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_reaches_itself_and_what_lies_below_it() {
        for (target, file, expected) in [
            ("/w/src", "/w/src", true),
            ("/w/src/", "/w/src/a/b", true),
            ("/w/src", "/w/srcs/a", false),
            ("/w/src/*", "/w/src/a", true),
            ("/w/src/*.bak", "/w/src/a.bak", true),
            ("/w/src/*.bak", "/w/src/a.rs", false),
            ("/", "/w/a", false),
        ] {
            assert_eq!(reaches(target, file), expected, "{target} {file}");
        }
    }

    #[test]
    fn what_lies_in_a_folder_itself_is_all_that_a_pattern_reaches() {
        for (pattern, file, expected) in [
            ("/w/*", "/w/a", true),
            ("/w/*", "/w/a/b", false),
            ("/w/*", "/wide", false),
            ("/w/*.raw", "/w/a.raw", true),
            ("/w/*.raw", "/w/a.csv", false),
            ("/w/*.raw", "/w/.raw", false),
            ("/w/*.raw", "/w/b/a.raw", false),
            ("/w/x*y/*.raw", "/w/x*y/a.raw", true),
            ("/w/x*y/*.raw", "/w/xzy/a.raw", false),
        ] {
            let beside = Beside::was_shown(pattern);
            assert_eq!(beside.has(file), expected, "{pattern} {file}");
            assert_eq!(beside.shown().as_deref(), Some(pattern));
        }
    }
}

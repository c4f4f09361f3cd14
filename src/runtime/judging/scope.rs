//! How far a ruling on a file call reaches.

use super::ancestry::Process;
use super::files::shared;
use crate::judge::is_named;
use crate::model::{CaseId, FileDeed, Judgement, Moment};

/// What the files of variables are called that lie beside each other: `.env`, `.env.local`.
const VARIABLES: &str = ".env";

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
    /// What lies in a folder itself under certain names. Nothing below its folders.
    In {
        /// The folder.
        folder: String,
        /// The names: `*`, `*.ENDING` or `BEGINNING*`.
        names: String,
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

    /// The folder below which an approval of one change reaches.
    pub(super) fn approved_folder(&self) -> Option<&str> {
        self.approved(About::Changes)?;
        self.targets.get(1).map(String::as_str)
    }
}

impl Beside {
    /// All of a folder.
    fn all(folder: &str) -> Self {
        Self::In { folder: folder.to_owned(), names: "*".to_owned() }
    }

    /// What a case shows: `FOLDER/NAMES`.
    pub(super) fn shown(&self) -> Option<String> {
        match self {
            Self::In { folder, names } => Some(format!("{folder}/{names}")),
            Self::Nothing | Self::Everything => None,
        }
    }

    /// What a case has shown.
    pub(super) fn was_shown(pattern: &str) -> Self {
        match pattern.rsplit_once('/') {
            Some((folder, names)) => Self::In { folder: folder.to_owned(), names: names.to_owned() },
            None => Self::Nothing,
        }
    }

    /// All that lies where a file does.
    pub(super) fn around(target: &str) -> Self {
        target.rsplit_once('/').map_or(Self::Nothing, |(folder, _)| Self::all(folder))
    }

    fn has(&self, target: &str) -> bool {
        match self {
            Self::Nothing => false,
            Self::Everything => true,
            Self::In { folder, names } => target.rsplit_once('/').is_some_and(|(own, name)| {
                // What begins with its only full stop has no ending.
                let has_stem = !names.starts_with("*.") || name.len() >= names.len();
                own == folder && has_stem && is_named(names, name)
            }),
        }
    }
}

/// A folder that is too wide for a ruling on all that lies below it, and the files in it, as far as they are known.
#[derive(Debug)]
pub(super) struct Wide {
    pub(super) is_home: bool,
    pub(super) files: Vec<String>,
}

/// What an approval of a file in a wide folder reaches: all of its kind, where others of that lie there or one was
/// approved before, and after one of another kind all that lie there, unless the folder is as wide as the home.
pub(super) fn one_more<'s>(target: &str, wide: &Wide, earlier: impl Iterator<Item = &'s Scope>) -> Beside {
    let Some((folder, name)) = target.rsplit_once('/') else { return Beside::Nothing };
    let ending = ending_of(name).filter(|ending| !ending.contains('*'));
    let (mut is_second, mut is_other_kind) = (false, false);
    for scope in earlier {
        if let Some((_, before)) =
            scope.approved(About::Changes).and_then(|file| file.rsplit_once('/')).filter(|(own, _)| *own == folder)
        {
            is_second = true;
            is_other_kind |= ending_of(before) != ending || scope.beside != Beside::Nothing;
        }
    }
    if is_other_kind && !wide.is_home {
        return Beside::all(folder);
    }
    let has_mates = || wide.files.iter().any(|other| other != name && ending_of(other) == ending);
    match ending {
        Some(ending) if is_second || has_mates() => {
            Beside::In { folder: folder.to_owned(), names: format!("*.{ending}") }
        }
        Some(_) | None => Beside::Nothing,
    }
}

/// What an approval of a secret reaches besides: the folder below which, or the names.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Secrets {
    /// No other.
    One,
    /// Those below a folder.
    Below(String),
    /// Those of such names.
    Named(Beside),
}

/// What an approval of a secret reaches besides: what it shares with one that was approved before, or the others that
/// lie where it does. `others` are their names; of a `wide` folder only the variants of one file are meant.
pub(super) fn other_secrets<'s>(
    target: &str,
    (is_wide, others): (bool, &[String]),
    mut earlier: impl Iterator<Item = &'s Scope>,
) -> Secrets {
    if let Some(before) = earlier.find_map(|scope| scope.approved(About::Reads)) {
        let folder = shared(target, &[before]);
        return if folder.len() > 1 { Secrets::Below(folder) } else { Secrets::One };
    }
    let Some((folder, name)) = target.rsplit_once('/') else { return Secrets::One };
    if others.iter().all(|other| other == name) {
        return Secrets::One;
    }
    if !is_wide {
        return Secrets::Below(folder.to_owned());
    }
    let variants = Beside::In { folder: folder.to_owned(), names: format!("{VARIABLES}*") };
    let is_one = |name: &String| name.starts_with(VARIABLES);
    if name.starts_with(VARIABLES) && others.iter().filter(|other| *other != name).any(is_one) {
        Secrets::Named(variants)
    } else {
        Secrets::One
    }
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
            ("/w/.env*", "/w/.env", true),
            ("/w/.env*", "/w/.env.local", true),
            ("/w/.env*", "/w/.npmrc", false),
        ] {
            let beside = Beside::was_shown(pattern);
            assert_eq!(beside.has(file), expected, "{pattern} {file}");
            assert_eq!(beside.shown().as_deref(), Some(pattern));
        }
    }
}

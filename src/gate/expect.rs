//! What an approved program start must look like at its exec event.

use crate::sys::{self, FileId, ProcId};

/// Interpreters that the kernel may put in front of a script's arguments, with one argument each: a script may be
/// interpreted by a script, four deep.
const PREFIX_WORDS_MAX: usize = 10;

/// The kind of file that is started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// A program the kernel loads itself.
    Binary,
    /// A script; the kernel starts its interpreter instead.
    Script,
    /// We could not look, or the kernel may have an interpreter of its own for it.
    Unknown,
}

/// What was judged, to be found again in the new program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// The name a script's interpreter is given for it: the path as it was asked for, or one below `/dev/fd`.
    pub name: Vec<u8>,
    /// The arguments, each followed by a NUL.
    pub cmdline: Vec<u8>,
    /// Only the beginning of the arguments was read.
    pub is_cut: bool,
    /// The file the path led to; `None` where the caller's view could not be followed.
    pub file: Option<FileId>,
    /// What kind of file it is.
    pub form: Form,
}

/// How the new program differs from what was judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// Other arguments; these, each followed by a NUL.
    Arguments(Vec<u8>),
    /// Another file.
    File,
    /// It could not be looked at.
    Unreadable,
}

impl Expected {
    /// Looks at `process`, which stands at its exec event, and says how it differs from what was judged.
    #[must_use]
    pub fn difference(&self, process: ProcId) -> Option<Difference> {
        /// A script's prefix is short; a difference shows within the expected length and a little.
        const PREFIX_BYTES_MAX: usize = 16 * 1024;
        let Ok(found) = sys::cmdline(process, self.cmdline.len() + PREFIX_BYTES_MAX) else {
            return Some(Difference::Unreadable);
        };
        if !self.fits(&found) {
            return Some(Difference::Arguments(found));
        }
        match (&self.form, self.file) {
            (Form::Binary, Some(file)) => match sys::exe_id(process) {
                Ok(exe) if exe == file => None,
                Ok(_) => Some(Difference::File),
                Err(_) => Some(Difference::Unreadable),
            },
            (Form::Script | Form::Unknown, _) | (_, None) => None,
        }
    }

    /// Whether `found`, the new program's arguments, are what was judged.
    fn fits(&self, found: &[u8]) -> bool {
        let begins_alike = |found: &[u8], wanted: &[u8]| {
            if self.is_cut { found.starts_with(wanted) } else { found == wanted }
        };
        if begins_alike(found, &self.cmdline) && self.form != Form::Script {
            return true;
        }
        match self.form {
            Form::Binary => false,
            // Which interpreter it is, the script's first line says when the kernel reads it; that line may change
            // like the rest of the script, and what the interpreter starts is held again.
            Form::Script | Form::Unknown => self.fits_script(found, &begins_alike),
        }
    }

    /// For a script: interpreter words, the script's path, and then the arguments without the first.
    fn fits_script(&self, found: &[u8], begins_alike: &dyn Fn(&[u8], &[u8]) -> bool) -> bool {
        let rest = self.cmdline.iter().position(|b| *b == 0).and_then(|end| self.cmdline.get(end + 1..));
        let rest = rest.unwrap_or_default();
        let mut left = found;
        for word in 0..=PREFIX_WORDS_MAX {
            let Some(end) = left.iter().position(|b| *b == 0) else { return false };
            let (this, after) = (left.get(..end).unwrap_or_default(), left.get(end + 1..).unwrap_or_default());
            if word > 0 && this == self.name.as_slice() && begins_alike(after, rest) {
                return true;
            }
            left = after;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<u8> {
        words.iter().flat_map(|word| [word.as_bytes(), b"\0"].concat()).collect()
    }

    #[test]
    fn only_what_was_judged_fits_interpreters_of_scripts_aside() {
        let script = || Form::Script;
        for (form, is_cut, found, fits) in [
            (Form::Binary, false, &["rm", "-rf", "x"][..], true),
            (Form::Binary, false, &["rm", "-rf", "y"], false),
            (Form::Binary, false, &["rm", "-rf", "x", "y"], false),
            (Form::Binary, false, &["rm", "-rf"], false),
            (Form::Binary, true, &["rm", "-rf", "x", "y"], true),
            (Form::Binary, false, &["/bin/sh", "./rm", "-rf", "x"], false),
            (script(), false, &["/bin/sh", "./rm", "-rf", "x"], true),
            (script(), false, &["/bin/sh", "-e", "./rm", "-rf", "x"], true),
            (script(), false, &["/bin/sh", "./rm", "-rf", "y"], false),
            (script(), false, &["/bin/sh", "./other", "-rf", "x"], false),
            (script(), false, &["/bin/sh", "/dev/fd/3", "-rf", "x"], false),
            (script(), false, &["/usr/bin/env", "/bin/sh", "./rm", "-rf", "x"], true),
            (script(), false, &["rm", "-rf", "x"], false),
            (script(), false, &[], false),
            (Form::Unknown, false, &["rm", "-rf", "x"], true),
            (Form::Unknown, false, &["/usr/bin/qemu", "./rm", "-rf", "x"], true),
            (Form::Unknown, false, &["/usr/bin/qemu", "./rm", "-rf", "z"], false),
        ] {
            let cmdline = words(&["rm", "-rf", "x"]);
            let expected = Expected { name: b"./rm".to_vec(), cmdline, is_cut, file: None, form: form.clone() };
            assert_eq!(expected.fits(&words(found)), fits, "{form:?} {found:?}");
        }
    }
}

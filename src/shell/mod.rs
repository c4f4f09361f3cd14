//! Command line text to Invocations, with wrappers peeled off.
//!
//! [`read`] takes a text as a shell would and says which programs it would start, with what words, in which
//! folder, behind which wrappers and with what on standard input. [`peel`] does the same for words that are no
//! longer text, such as those of a program start. Nothing is run, and no file is read.
//!
//! What only the shell could know stays open: a word says whether it is literal, a file-name pattern, or open.
#![forbid(unsafe_code)]

mod carriers;
mod change;
mod env;
mod expand;
mod grammar;
mod invocation;
mod output;
mod parse;
mod peel;
mod second;
mod sed;
mod steps;
mod syntax;
mod walk;
mod wrappers;

pub use env::Place;
pub use invocation::{
    Invocation, Layer, LayerKind, Redirect, RedirectKind, Stdin, Word, WordKind, base_name, joined_path,
};
pub use parse::{NESTING_MAX, TEXT_BYTES_MAX, nesting, parse};
pub use steps::tree_in_steps;
pub use syntax::{Argument, Limit, Node, Part, Script, Simple};
pub use walk::Reading;

/// A word as a shell has to be given it.
#[must_use]
pub fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// The paths that `find` and its like select, as words such as `ROOT/**/PATTERN`.
#[must_use]
pub fn listed_by(invocation: &Invocation) -> Vec<Word> {
    output::selection(invocation).unwrap_or_default()
}

/// The text that a program writes where its output goes, if that can be told.
#[must_use]
pub fn written_by(invocation: &Invocation) -> Option<String> {
    let to_terminal = Invocation { redirects: Vec::new(), ..invocation.clone() };
    output::of(&to_terminal, invocation.cwd.as_deref()).filter(Word::is_literal).map(|word| word.text)
}

/// The text that a program writes of the file it is given, where `content` knows what that holds: `base64 -d x.b64`.
#[must_use]
pub fn written_of(invocation: &Invocation, content: impl Fn(&Word) -> Option<String>) -> Option<String> {
    let at = invocation.words.iter().skip(1).rposition(|word| !word.is_flag())? + 1;
    let text = content(invocation.words.get(at)?)?;
    let mut filter = Invocation { stdin: Stdin::Text(text), ..invocation.clone() };
    filter.words.remove(at);
    written_by(&filter)
}

/// Which invocation of the reading prints what `invocation` writes to its files: itself, or the last stage of the pipe that
/// it stands for where it only writes down what a pipe prints.
#[must_use]
pub fn writer<'a>(invocation: &'a Invocation, reading: &'a Reading) -> &'a Invocation {
    let at = reading.invocations.iter().position(|other| std::ptr::eq(other, invocation));
    let before = at.and_then(|at| reading.invocations.get(at.checked_sub(1)?));
    let is_bare = invocation.words.is_empty() && invocation.assigns.is_empty();
    before.filter(|before| is_bare && !matches!(before.stdin, Stdin::Inherited)).unwrap_or(invocation)
}

#[cfg(test)]
mod tests;

/// The folder that a shell stands in after it was given `text` in `folder`: what a subshell changes is its own. `None` where
/// only the shell could know.
#[must_use]
pub fn folder_after(text: &str, folder: &str) -> Option<String> {
    if !["cd", "pushd", "popd"].iter().any(|word| text.contains(word)) {
        return Some(folder.to_owned());
    }
    // What would be started next is started there.
    let place = Place { cwd: Some(folder.to_owned()), home: None };
    read(&format!("{text}\n:"), &place).invocations.pop()?.cwd
}

/// What a shell would start if it were given `text` at `place`.
///
/// A text beyond the limits is not looked at: [`Reading::limit`] says which it broke. Where the grammar does not
/// understand the text, the commands it recovered are there, every line apart has been read as well, and
/// [`Reading::has_error`] is set: such a text is never harmless.
#[must_use]
pub fn read(text: &str, place: &Place) -> Reading {
    walk::read_text(text, place)
}

/// The programs that start when these words are run: wrappers looked through to what they run.
///
/// The words are taken as they are, never read as shell text, but a text that a wrapper hands to a shell
/// (`sh -c TEXT`) is. Peeling what has been peeled changes nothing.
#[must_use]
pub fn peel(words: Vec<Word>, place: &Place) -> Reading {
    walk::read_words(words, place)
}

//! The program starts that a text announces, so that one ruling covers one act.

use super::pattern;
use crate::model::{Announced, Exec, Untrusted, Word as AnnouncedWord};
use crate::shell::{Word, WordKind, base_name};

/// How many program starts one judgement announces.
const ANNOUNCED_MAX: usize = 256;

/// Words that a shell carries out itself: no program starts by these names.
const BUILT_IN: &[&str] = &[
    ".",
    ":",
    "alias",
    "bind",
    "builtin",
    "break",
    "cd",
    "command",
    "compgen",
    "complete",
    "compopt",
    "continue",
    "declare",
    "dirs",
    "disown",
    "enable",
    "eval",
    "exec",
    "exit",
    "export",
    "fc",
    "getopts",
    "hash",
    "history",
    "jobs",
    "let",
    "local",
    "logout",
    "mapfile",
    "popd",
    "pushd",
    "read",
    "readarray",
    "readonly",
    "return",
    "set",
    "shift",
    "shopt",
    "source",
    "times",
    "trap",
    "type",
    "typeset",
    "ulimit",
    "umask",
    "unalias",
    "unset",
    "wait",
];

/// The announced form of program starts.
#[must_use]
pub fn announced<'a>(starts: impl IntoIterator<Item = &'a Vec<Word>>) -> Vec<Announced> {
    let mut all: Vec<Announced> = Vec::new();
    let starts_program = |start: &&Vec<Word>| {
        start.first().is_some_and(|word| !(word.is_literal() && BUILT_IN.contains(&word.text.as_str())))
    };
    for start in starts.into_iter().filter(starts_program) {
        if all.len() == ANNOUNCED_MAX {
            break;
        }
        let each = Announced { words: start.iter().map(announced_word).collect() };
        if !all.contains(&each) {
            all.push(each);
        }
    }
    all
}

fn announced_word(word: &Word) -> AnnouncedWord {
    match word.kind {
        WordKind::Literal => AnnouncedWord::Literal(Untrusted::from(word.text.as_str())),
        WordKind::Glob => AnnouncedWord::Glob(word.text.clone()),
        WordKind::Open => AnnouncedWord::Open,
    }
}

/// Whether one of the announced program starts is this one.
///
/// Literal words must be equal and the program the same by its base name. A pattern stands for any number of words
/// that match it; an open word covers nothing.
#[must_use]
pub fn covers(announced: &[Announced], exec: &Exec) -> bool {
    if exec.is_cut {
        return false;
    }
    let argv: Vec<String> = exec.argv.iter().map(|word| word.lossy().into_owned()).collect();
    let name = base_name(&exec.path.lossy()).to_owned();
    let called = argv.first().map_or(name.as_str(), |word| base_name(word));
    announced.iter().any(|start| {
        let Some((AnnouncedWord::Literal(program), words)) = start.words.split_first() else { return false };
        let program = program.lossy();
        let program = base_name(&program);
        let is_same = program == called && (name.is_empty() || name == called || name == program);
        is_same && words_match(words, argv.get(1..).unwrap_or_default())
    })
}

/// Whether an announced program start is what another text announces: the same program by its base name, and the same
/// words. What only the shell knows is the same where it stands in both.
#[must_use]
pub fn stands_for(announced: &Announced, other: &Announced) -> bool {
    let (Some((program, words)), Some((called, given))) = (announced.words.split_first(), other.words.split_first())
    else {
        return false;
    };
    let is_same = match (program, called) {
        (AnnouncedWord::Literal(program), AnnouncedWord::Literal(called)) => {
            base_name(&program.lossy()) == base_name(&called.lossy())
        }
        _ => false,
    };
    is_same && words == given
}

/// Whether the announced words, each pattern standing for any number of words that match it, are all of `argv`.
fn words_match(announced: &[AnnouncedWord], argv: &[String]) -> bool {
    // Where in `argv` the announced words so far may end, in order.
    let mut ends = vec![0];
    for word in announced {
        ends = match word {
            AnnouncedWord::Open => return false,
            AnnouncedWord::Literal(text) => {
                let is_it = |at: &usize| argv.get(*at).is_some_and(|given| given.as_bytes() == text.as_bytes());
                ends.into_iter().filter(is_it).map(|at| at + 1).collect()
            }
            AnnouncedWord::Glob(pattern) => {
                let mut reached: Vec<usize> = Vec::new();
                for end in ends {
                    if reached.last().is_some_and(|last| *last >= end) {
                        continue;
                    }
                    let rest = argv.get(end..).unwrap_or_default();
                    let most = rest.iter().take_while(|given| pattern::matches(pattern, given)).count();
                    reached.extend(end..=end + most);
                }
                reached
            }
        };
    }
    ends.last() == Some(&argv.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Word as W;

    fn exec(words: &[&str]) -> Exec {
        Exec {
            path: Untrusted::from(words[0]),
            argv: words.iter().map(|w| Untrusted::from(*w)).collect(),
            ..Exec::default()
        }
    }

    fn lit(text: &str) -> W {
        W::Literal(Untrusted::from(text))
    }

    #[test]
    fn a_ruling_covers_what_was_announced_and_nothing_else() {
        let start = |words: Vec<W>| vec![Announced { words }];
        let rm = start(vec![lit("rm"), lit("-rf"), lit("src")]);
        assert!(covers(&rm, &exec(&["/usr/bin/rm", "-rf", "src"])));
        assert!(!covers(&rm, &exec(&["/usr/bin/rm", "-rf", "src", "/"])));
        assert!(!covers(&rm, &exec(&["/usr/bin/rmdir", "-rf", "src"])));
        let glob = start(vec![lit("rm"), W::Glob("*.csv".into())]);
        assert!(covers(&glob, &exec(&["rm", "a.csv", "b.csv"])));
        assert!(covers(&glob, &exec(&["rm"])));
        assert!(!covers(&glob, &exec(&["rm", "a.csv", "b.txt"])));
        assert!(!covers(&glob, &exec(&["rm", "x/a.csv"])));
        let set = start(vec![lit("rm"), W::Glob("f[ab].o".into())]);
        assert!(covers(&set, &exec(&["rm", "fa.o", "fb.o"])));
        assert!(!covers(&set, &exec(&["rm", "fa.o", "fc.o"])));
        let open = start(vec![lit("rm"), W::Open]);
        assert!(!covers(&open, &exec(&["rm", "a"])));
        assert!(!covers(&start(vec![lit("rm"), lit("a")]), &Exec { is_cut: true, ..exec(&["rm", "a"]) }));
        let two = start(vec![lit("rm"), W::Glob("*.csv".into()), lit("a.csv"), W::Glob("b*".into())]);
        assert!(covers(&two, &exec(&["rm", "a.csv"])));
        assert!(covers(&two, &exec(&["rm", "x.csv", "a.csv", "b", "bc"])));
        assert!(!covers(&two, &exec(&["rm", "x.csv", "b", "bc"])));
        assert!(!covers(&two, &exec(&["rm", "x.csv", "a.csv", "b", "x.csv"])));
    }

    #[test]
    fn many_patterns_beside_many_words_are_compared_to_an_end() {
        // Tried one division after another, these would outlast the test.
        let patterns: Vec<W> = (0..60).map(|_| W::Glob("*".into())).chain([lit("z")]).collect();
        let announced = vec![Announced { words: [vec![lit("rm")], patterns].concat() }];
        let words: Vec<&str> = std::iter::once("rm").chain(std::iter::repeat_n("a", 200)).collect();
        assert!(!covers(&announced, &exec(&words)));
        assert!(covers(&announced, &exec(&[&words[..], &["z"]].concat())));
    }
}

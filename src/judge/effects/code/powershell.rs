//! PowerShell and the old command shell of Windows: their commands as the ones that rules know.
//!
//! A command's name is a verb and a noun, so that one nobody listed is understood by its verb. Nothing is run: blocks are
//! read where they stand, and a variable is what the same text set it to.

use std::collections::HashMap;

use base64::Engine as _;

use super::super::{Collect, Inner};
use crate::judge::effect::Deed;
use crate::judge::ground::Ground;
use crate::model::Span;
use crate::shell::{Word, WordKind};

/// How many commands of one text are looked at.
const COMMANDS_MAX: usize = 512;
/// The longest text that is read, in bytes.
const TEXT_BYTES_MAX: usize = 64 * 1024;

/// Nouns of things that live no longer than the shell, or that are made again.
const OWN_NOUNS: &[&str] = &[
    "variable",
    "job",
    "pssession",
    "module",
    "event",
    "alias",
    "typedata",
    "psdrive",
    "psbreakpoint",
    "host",
    "history",
    "member",
    "pester",
    "wmievent",
    "cimsession",
    "package",
    "recyclebin",
];

/// Verbs after which something is gone.
const TAKING: &[&str] =
    &["remove", "clear", "uninstall", "revoke", "unregister", "reset", "format", "dismount", "delete"];

/// One command of a pipeline.
struct Command {
    words: Vec<Word>,
    /// Whether it gets what the command before it gives.
    is_fed: bool,
}

/// The text after `-Command`, or in `-EncodedCommand`; `None` where there is none.
pub(super) fn given(collect: &Collect) -> Option<(String, Span)> {
    let args = collect.invocation().args();
    for (at, word) in args.iter().enumerate() {
        let option = word.text.trim_start_matches(['-', '/']).to_ascii_lowercase();
        if !word.is_flag() || option.is_empty() {
            continue;
        }
        let rest = args.get(at + 1..).unwrap_or_default();
        if "encodedcommand".starts_with(&option) && option.starts_with('e') && option != "ex" {
            return decoded(&rest.first()?.text).map(|text| (text, word.span));
        }
        if "command".starts_with(&option) && !rest.is_empty() {
            let text = rest.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
            return Some((text, word.span));
        }
    }
    None
}

/// Text that is carried as base64 of UTF-16.
fn decoded(text: &str) -> Option<String> {
    let bytes = base64::engine::general_purpose::STANDARD.decode(text).ok()?;
    let (units, _) = bytes.as_chunks::<2>();
    String::from_utf16(&units.iter().map(|unit| u16::from_le_bytes(*unit)).collect::<Vec<_>>()).ok()
}

/// What a text of PowerShell does.
pub(super) fn read(collect: &mut Collect, text: &str, span: Span) {
    let found = if text.len() > TEXT_BYTES_MAX { None } else { commands(text, span) };
    let Some(found) = found else {
        collect.inner.push(Inner::Unread { why: "the script is longer than what is read", span });
        return;
    };
    let mut before: Vec<Word> = Vec::new();
    for command in found {
        let fed = if command.is_fed { std::mem::take(&mut before) } else { Vec::new() };
        before = one(collect, &command.words, fed, span);
    }
}

/// What the old command shell does: `cmd /c "rmdir /s /q src"`.
pub(super) fn old(collect: &mut Collect) {
    let args = collect.invocation().args();
    let Some(at) = args.iter().position(|word| matches!(word.text.as_str(), "/c" | "/C" | "/k" | "/K")) else { return };
    let rest = args.get(at + 1..).unwrap_or_default();
    let Some(span) = rest.first().map(|word| word.span) else { return };
    let text = rest.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
    for line in text.split(['&', '|']) {
        let words: Vec<&str> = line.split_whitespace().map(|word| word.trim_matches('"')).collect();
        let Some((program, args)) = words.split_first() else { continue };
        let (options, paths): (Vec<&str>, Vec<&str>) =
            args.iter().partition(|word| word.starts_with('/') && word.len() < 4);
        let is_tree = options.iter().any(|option| option.eq_ignore_ascii_case("/s"));
        let program = program.to_ascii_lowercase();
        let told = match program.as_str() {
            "rmdir" | "rd" | "del" | "erase" => "rm",
            "format" => "mkfs",
            "move" | "ren" | "rename" => "mv",
            "copy" | "xcopy" => "cp",
            "type" => "cat",
            "dir" => "ls",
            other => other.strip_suffix(".exe").unwrap_or(other),
        };
        let mut started = vec![told.to_owned()];
        started.extend((is_tree && told == "rm").then(|| "-r".to_owned()));
        started.extend(paths.iter().map(|path| path_of(path)));
        let words = started.into_iter().map(|text| Word::literal(text, span)).collect();
        collect.inner.push(Inner::Start { words, span });
    }
}

/// What one command does; the paths that it hands on.
fn one(collect: &mut Collect, words: &[Word], fed: Vec<Word>, span: Span) -> Vec<Word> {
    let Some((first, args)) = words.split_first() else { return Vec::new() };
    let name = first.text.to_ascii_lowercase();
    let args = Arguments::of(args);
    if args.has("whatif") {
        return Vec::new();
    }
    let mut paths = args.paths(&["path", "literalpath", "filepath", "destination"]);
    let told: (&str, &[&str]) = match name.as_str() {
        "get-childitem" | "gci" | "ls" | "dir" | "get-item" | "gi" | "resolve-path" => return paths,
        "where-object" | "where" | "?" | "sort-object" | "select-object" | "foreach-object" | "%" => return fed,
        "remove-item" | "ri" | "rm" | "rmdir" | "del" | "erase" | "rd" => {
            let is_tree = args.has("recurse") || !fed.is_empty();
            paths.extend(fed);
            ("rm", if is_tree { &["-r"] } else { &[] })
        }
        "clear-content" | "clc" => ("truncate", &["-s", "0"]),
        "move-item" | "mi" | "mv" | "rename-item" | "ren" => ("mv", &[]),
        "copy-item" | "cpi" | "cp" | "copy" => ("cp", &[]),
        "get-content" | "gc" | "cat" | "type" => ("cat", &[]),
        "set-location" | "cd" | "sl" | "push-location" => ("cd", &[]),
        "set-content" | "sc" | "out-file" | "add-content" | "ac" | "new-item" | "ni" => ("touch", &[]),
        "stop-computer" | "restart-computer" => ("reboot", &[]),
        "format-volume" | "clear-disk" | "initialize-disk" | "remove-partition" | "reset-physicaldisk" => {
            ("wipefs", &["-a", "/dev/disk"])
        }
        "invoke-sqlcmd" | "invoke-sqlquery" | "invoke-dbaquery" => {
            let text = args.value(&["query", "q"]).map(|word| word.text.clone());
            collect.inner.extend(text.map(|text| Inner::Sql { text, span }));
            return Vec::new();
        }
        _ => {
            named(collect, &name, words, span);
            return Vec::new();
        }
    };
    // Variables, functions and aliases of the shell are no files.
    paths.retain(|path| !is_of_shell(&path.text));
    if paths.is_empty() && told.0 != "reboot" && told.0 != "wipefs" {
        return Vec::new();
    }
    let open = |text: &str| Word::literal(text, span);
    let started = std::iter::once(told.0).chain(told.1.iter().copied()).map(open).chain(paths).collect();
    collect.inner.push(Inner::Start { words: started, span });
    Vec::new()
}

/// A command that is no file's: by its verb and noun, or a program.
fn named(collect: &mut Collect, name: &str, words: &[Word], span: Span) {
    let method =
        name.strip_prefix("[system.").or_else(|| name.strip_prefix('[')).and_then(|rest| rest.split_once("]::"));
    if let Some((kind, "delete")) = method {
        let is_tree = kind.ends_with("directory");
        let mut started = vec![Word::literal("rm", span)];
        started.extend(is_tree.then(|| Word::literal("-r", span)));
        started.extend(words.get(1).cloned());
        collect.inner.push(Inner::Start { words: started, span });
        return;
    }
    if let Some((verb, noun)) = name.split_once('-').filter(|(verb, _)| verb.bytes().all(|b| b.is_ascii_lowercase())) {
        let is_cmdlet = words.first().is_some_and(|word| word.text.chars().any(|c| c.is_ascii_uppercase()));
        if TAKING.contains(&verb) && is_cmdlet {
            // `Format-Table` is a view of what is there.
            let is_own = OWN_NOUNS.contains(&noun) || verb == "format" && noun != "volume";
            if !is_own {
                collect.deed(Deed::UnknownRemove, name, Ground::Outside, span);
            }
            return;
        }
        if is_cmdlet {
            return;
        }
    }
    if name.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '.' | '/')) && !is_keyword(name) {
        collect.inner.push(Inner::Start { words: words.to_vec(), span });
    }
}

fn is_keyword(name: &str) -> bool {
    matches!(
        name,
        "if" | "else"
            | "elseif"
            | "foreach"
            | "for"
            | "while"
            | "do"
            | "switch"
            | "function"
            | "try"
            | "catch"
            | "finally"
            | "return"
            | "param"
            | "exit"
            | "throw"
            | "in"
            | "using"
            | "break"
            | "continue"
            | "begin"
            | "process"
            | "end"
            | "until"
            | "class"
            | "echo"
            | "write"
            | "env"
            | "sleep"
            | "exec"
            | "set"
            | "start"
    )
}

/// A place that only the shell has: `Env:FOO`, `Variable:x`.
fn is_of_shell(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    ["env:", "variable:", "function:", "alias:"].iter().any(|drive| lower.starts_with(drive))
}

/// A path as this machine writes it: `C:\shop` is `/mnt/c/shop`.
fn path_of(path: &str) -> String {
    let plain = path.replace('\\', "/");
    let mut letters = plain.chars();
    match (letters.next(), letters.next()) {
        (Some(drive), Some(':')) if drive.is_ascii_alphabetic() => {
            let rest = plain.get(2..).unwrap_or_default();
            format!("/mnt/{}/{}", drive.to_ascii_lowercase(), rest.trim_start_matches('/'))
        }
        _ => plain,
    }
}

/// A command's words as its options and what stands between them.
struct Arguments<'w> {
    words: &'w [Word],
}

impl<'w> Arguments<'w> {
    fn of(words: &'w [Word]) -> Self {
        Self { words }
    }

    /// Whether a switch is given, in full or shortened.
    fn has(&self, name: &str) -> bool {
        self.words.iter().any(|word| is_option(word, name))
    }

    fn value(&self, names: &[&str]) -> Option<&'w Word> {
        let at = self.words.iter().position(|word| names.iter().any(|name| is_option(word, name)))?;
        self.words.get(at + 1)
    }

    /// The paths: what such an option has, and what no option has.
    fn paths(&self, names: &[&str]) -> Vec<Word> {
        let mut found = Vec::new();
        let mut option: Option<&Word> = None;
        for word in self.words {
            if word.is_flag() {
                option = Some(word);
                continue;
            }
            let before = option.take();
            let is_value = before.is_some_and(|option| !is_switch(option));
            if !is_value || before.is_some_and(|option| names.iter().any(|name| is_option(option, name))) {
                found.extend(word.text.split(',').filter(|part| !part.is_empty()).map(|part| {
                    let text = path_of(part.trim_matches(['"', '\'']));
                    Word { text, ..word.clone() }
                }));
            }
        }
        found
    }
}

fn is_option(word: &Word, name: &str) -> bool {
    let option = word.text.trim_start_matches('-').to_ascii_lowercase();
    word.is_flag() && !option.is_empty() && (name.starts_with(&option) && (option.len() > 1 || name == "recurse"))
}

/// Whether an option takes no value.
fn is_switch(word: &Word) -> bool {
    ["recurse", "force", "confirm", "whatif", "passthru", "verbose", "file", "directory", "hidden", "raw", "nonewline"]
        .iter()
        .any(|name| is_option(word, name))
        || word.text.contains(':')
}

/// The commands of a text, in its order, with the variables it sets put in; `None` where there are more than are looked at.
fn commands(text: &str, span: Span) -> Option<Vec<Command>> {
    let mut reader = Splitter { span, ..Splitter::default() };
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '#' if reader.word.is_none() => while chars.next_if(|c| *c != '\n').is_some() {},
            '`' => match chars.next() {
                // A line that goes on.
                Some('\n') | None => {}
                Some(escaped) => reader.push(escaped),
            },
            '\'' => {
                reader.begin();
                while let Some(c) = chars.next_if(|c| *c != '\'') {
                    reader.push(c);
                }
                chars.next();
            }
            '"' => {
                reader.begin();
                while let Some(c) = chars.next_if(|c| *c != '"') {
                    reader.push(c);
                }
                chars.next();
            }
            // `[IO.Directory]::Delete('src')`
            '(' if reader.word.as_ref().is_some_and(|word| word.contains("]::")) => reader.end_word(),
            ',' if reader.words.first().is_some_and(|word| word.text.contains("]::")) => reader.end_word(),
            '(' | ')' | '{' | '}' | ';' | '\n' => reader.end_command(false),
            '|' => {
                let is_or = chars.next_if_eq(&'|').is_some();
                reader.end_command(!is_or);
            }
            '&' => {
                if chars.next_if_eq(&'&').is_some() {
                    reader.end_command(false);
                }
            }
            c if c.is_whitespace() => reader.end_word(),
            c => reader.push(c),
        }
    }
    reader.end_command(false);
    (reader.commands.len() <= COMMANDS_MAX).then_some(reader.commands)
}

/// Commands in the making.
#[derive(Default)]
struct Splitter {
    span: Span,
    word: Option<String>,
    words: Vec<Word>,
    is_fed: bool,
    variables: HashMap<String, String>,
    commands: Vec<Command>,
}

impl Splitter {
    fn begin(&mut self) {
        self.word.get_or_insert_default();
    }

    fn push(&mut self, c: char) {
        self.word.get_or_insert_default().push(c);
    }

    fn end_word(&mut self) {
        let Some(text) = self.word.take() else { return };
        let text = self.filled(text);
        let kind = if text.contains('$') { WordKind::Open } else { WordKind::Literal };
        self.words.push(Word { text, span: self.span, kind, ..Word::default() });
    }

    /// A word with what the variable holds that it begins with.
    fn filled(&self, text: String) -> String {
        let Some(rest) = text.strip_prefix('$') else { return text };
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        match self.variables.get(&name.to_ascii_lowercase()) {
            Some(value) if !self.words.is_empty() => format!("{value}{after}"),
            _ => text,
        }
    }

    fn end_command(&mut self, feeds: bool) {
        self.end_word();
        let words = std::mem::take(&mut self.words);
        let is_fed = std::mem::replace(&mut self.is_fed, feeds);
        if let [name, is, value, ..] = words.as_slice()
            && is.text == "="
            && let Some(name) = name.text.strip_prefix('$')
        {
            if words.len() == 3 {
                if value.is_literal() {
                    self.variables.insert(name.to_ascii_lowercase(), value.text.clone());
                }
                return;
            }
            // `$x = Remove-Item src` removes it all the same.
            let rest = words.get(2..).unwrap_or_default().to_vec();
            self.keep(rest, is_fed);
            return;
        }
        self.keep(words, is_fed);
    }

    fn keep(&mut self, words: Vec<Word>, is_fed: bool) {
        // One more than are looked at says that there are too many.
        if !words.is_empty() && self.commands.len() <= COMMANDS_MAX {
            self.commands.push(Command { words, is_fed });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_parted_into_its_commands() {
        for (text, expected) in [
            ("Remove-Item -Recurse 'a b'", vec!["Remove-Item -Recurse a b"]),
            ("gci src | ri -Force; cd x", vec!["gci src", "+ri -Force", "cd x"]),
            ("$d = 'src'\nri $d/lib", vec!["ri src/lib"]),
            ("$x = ri src", vec!["ri src"]),
            ("if (Test-Path x) { del x } # del y", vec!["if", "Test-Path x", "del x"]),
            ("Write-Host 'del x; del y'", vec!["Write-Host del x; del y"]),
        ] {
            let shown = |command: Command| {
                let words: Vec<String> = command.words.into_iter().map(|word| word.text).collect();
                format!("{}{}", if command.is_fed { "+" } else { "" }, words.join(" "))
            };
            let found = commands(text, Span(0, 0)).unwrap();
            assert_eq!(found.into_iter().map(shown).collect::<Vec<_>>(), expected, "{text}");
        }
    }

    #[test]
    fn more_commands_than_are_looked_at_are_not_read_in_part() {
        let text = |count: usize| "Write-Host x\n".repeat(count);
        assert_eq!(commands(&text(COMMANDS_MAX), Span(0, 0)).map(|found| found.len()), Some(COMMANDS_MAX));
        assert!(commands(&(text(COMMANDS_MAX) + "ri src"), Span(0, 0)).is_none());
    }

    #[test]
    fn a_path_of_a_drive_is_a_path_of_this_machine() {
        for (path, expected) in [("C:\\shop\\src", "/mnt/c/shop/src"), ("src\\lib", "src/lib"), ("a:b", "/mnt/a/b")] {
            assert_eq!(path_of(path), expected);
        }
    }
}

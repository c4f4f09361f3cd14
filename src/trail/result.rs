//! Tool calls: what a call would do, and what it gave back, with the file or the command its values come from.

use super::event::EventKind;
use super::mask::Mask;
use super::memory::Trail;
use super::names;
use super::secret::Origin;
use super::source::{READERS, SourceOf, is_foreign, source_of};
use crate::model::{Extent, Moment, Oracle, Text, TextKind, Tool, ToolDeed, Untrusted};
use crate::shell::{self, Invocation, Place};

/// How many lines of one result are looked at for values.
const LINES_MAX: usize = 4096;
/// How many paths of one call are looked at.
const PATHS_MAX: usize = 64;
/// How many digits a line's number may have.
const DIGITS_MAX: usize = 7;

/// Where the lines of a result come from.
struct Source {
    place: Untrusted,
    /// Whether they are those of a file, in order and from its first.
    is_whole: bool,
    /// Whether a line may be nothing but the value.
    is_bare: bool,
}

impl Mask {
    /// Learns the values that a tool call gave back, with where they come from. Call it before any of the text is kept.
    pub fn learn_result(&self, text: &[u8], tool: &Tool) {
        let Some(from) = source(tool) else { return };
        let is_short = text.iter().filter(|byte| **byte == b'\n').count() <= 1;
        let lines = text.split(|byte| *byte == b'\n').take(LINES_MAX).zip(1u32..);
        let learnt = lines.map(|(line, number)| {
            let (place, number, line) = placed(line, &from, number);
            (line, Origin { place, line: number })
        });
        self.learn_lines(learnt, from.is_bare && is_short);
    }
}

impl Trail {
    /// Remembers a tool call that goes on.
    pub(super) fn tool(&mut self, tool: &Tool, at: Moment, oracle: &dyn Oracle) {
        if let Some(text) = tool.text() {
            self.text(&text, at, oracle);
            return;
        }
        let cwd = tool.cwd.as_ref().map(|cwd| cwd.lossy().into_owned());
        let place = |path: &Untrusted| {
            shell::joined_path(cwd.as_deref(), &path.lossy()).unwrap_or_else(|| path.lossy().into_owned())
        };
        match &tool.deed {
            ToolDeed::Read { paths } => {
                for path in paths.iter().take(PATHS_MAX) {
                    let text = Text { kind: TextKind::FileRead, text: path.clone(), cwd: tool.cwd.clone() };
                    self.text(&text, at, oracle);
                }
            }
            ToolDeed::Write { path, content: Some(content), extent: Extent::Whole } => {
                self.new_path(&place(path), oracle);
                self.wrote(place(path), content.lossy().into_owned(), at);
            }
            ToolDeed::Write { path, .. } => {
                self.event(at, EventKind::Wrote, &place(path), "changed by the agent");
                self.forget_written(&place(path));
            }
            ToolDeed::Remove { paths } => paths.iter().for_each(|path| self.forget_written(&place(path))),
            ToolDeed::Move { from, to } => {
                let written = self.written(&place(from)).map(str::to_owned);
                self.forget_written(&place(from));
                if let Some(text) = written {
                    self.wrote(place(to), text, at);
                }
            }
            ToolDeed::Remote { tool: name, .. } => {
                let name = name.lossy().to_ascii_lowercase();
                if ["list", "get", "describe", "show", "search", "read", "status"]
                    .iter()
                    .any(|verb| name.contains(verb))
                {
                    self.event(at, EventKind::Looked, &tool.shown(), "asked");
                }
            }
            ToolDeed::Shell { .. }
            | ToolDeed::Request { .. }
            | ToolDeed::Sql { .. }
            | ToolDeed::Inner
            | ToolDeed::Unknown => {}
        }
    }

    /// Remembers what a tool call gave back: values with where they come from, and what any output tells.
    pub(super) fn result(&mut self, text: &[u8], tool: Option<&Tool>, at: Moment) {
        if let Some(tool) = tool {
            self.mask().learn_result(text, tool);
            self.told(text, tool, at);
            self.made_as_told(text, tool);
            self.planned_as_told(text, tool);
            self.saved_as_told(text, tool);
            self.shown_as_told(text, tool);
        }
        self.output(text, at);
    }
}

/// The file or command whose secrets a call shows.
fn source(tool: &Tool) -> Option<Source> {
    let cwd = tool.cwd.as_ref().map(|cwd| cwd.lossy().into_owned());
    match &tool.deed {
        ToolDeed::Read { paths } => {
            let path = paths.first()?.lossy().into_owned();
            let is_secret = names::secret_file(&path).is_some();
            let path = shell::joined_path(cwd.as_deref(), &path).unwrap_or(path);
            let is_source = is_secret || is_elsewhere(&path, cwd.as_deref());
            is_source.then(|| Source { place: Untrusted::from(path), is_whole: true, is_bare: is_secret })
        }
        ToolDeed::Shell { command } => {
            let reading = shell::read(&command.lossy(), &Place { cwd, home: None });
            let named = |invocation| Some((source_of(invocation)?, invocation));
            let elsewhere = |invocation| Some((SourceOf::File(read_elsewhere(invocation)?), invocation));
            let all = || reading.invocations.iter();
            let found = all().find_map(named);
            let is_named = found.is_some();
            let (place, is_whole, is_bare) = match found.or_else(|| all().find_map(elsewhere))? {
                (SourceOf::File(path), invocation) => (path, is_plain_print(invocation), is_named),
                (SourceOf::Command(line), _) => (line, false, true),
                (SourceOf::Hunt(line), _) => (line, false, false),
            };
            Some(Source { place: Untrusted::from(place), is_whole, is_bare })
        }
        ToolDeed::Write { .. }
        | ToolDeed::Remove { .. }
        | ToolDeed::Move { .. }
        | ToolDeed::Request { .. }
        | ToolDeed::Sql { .. }
        | ToolDeed::Remote { .. }
        | ToolDeed::Inner
        | ToolDeed::Unknown => None,
    }
}

/// A file of somebody else's project: a value in it was made for something else, whatever the file is called.
pub(super) fn read_elsewhere(invocation: &Invocation) -> Option<String> {
    if !READERS.contains(&invocation.program()) {
        return None;
    }
    let path = invocation.path(invocation.args().iter().rfind(|word| !word.is_flag() && word.text.contains('/'))?)?;
    is_elsewhere(&path, invocation.cwd.as_deref()).then_some(path)
}

/// Whether a path lies outside of the folder, and is no temporary file.
fn is_elsewhere(path: &str, cwd: Option<&str>) -> bool {
    let is_passing = ["/tmp/", "/dev/", "/proc/", "/var/tmp/"].iter().any(|folder| path.starts_with(folder));
    !is_passing && is_foreign(path, cwd.unwrap_or_default())
}

/// The file that a call shows whole, as it is.
pub(super) fn shown_file(call: &Tool) -> Option<String> {
    let cwd = call.cwd.as_ref().map(|cwd| cwd.lossy().into_owned());
    match &call.deed {
        ToolDeed::Read { paths } => match paths.as_slice() {
            [path] => shell::joined_path(cwd.as_deref(), &path.lossy()),
            _ => None,
        },
        ToolDeed::Shell { command } => {
            let reading = shell::read(&command.lossy(), &Place { cwd, home: None });
            let [invocation] = reading.invocations.as_slice() else { return None };
            let shows = is_plain_print(invocation) && invocation.program() != "head";
            invocation.path(invocation.args().iter().find(|word| !word.is_flag() && shows)?)
        }
        ToolDeed::Write { .. }
        | ToolDeed::Remove { .. }
        | ToolDeed::Move { .. }
        | ToolDeed::Request { .. }
        | ToolDeed::Sql { .. }
        | ToolDeed::Remote { .. }
        | ToolDeed::Inner
        | ToolDeed::Unknown => None,
    }
}

/// Whether the program prints one file as it is, from its first line.
fn is_plain_print(invocation: &Invocation) -> bool {
    matches!(invocation.program(), "cat" | "bat" | "less" | "more" | "head" | "nl")
        && invocation.args().iter().filter(|word| !word.is_flag()).count() == 1
        && invocation.feeds.is_empty()
}

/// A line without the place that stands before it: `4→TOKEN=x` of a reader, `infra/domains.env:4:TOKEN=x` of a search.
fn placed<'a>(line: &'a [u8], from: &Source, index: u32) -> (Untrusted, u32, &'a [u8]) {
    let text = std::str::from_utf8(line).unwrap_or_default();
    let bare = text.trim_start();
    let digits = bare.bytes().take_while(u8::is_ascii_digit).count();
    if (1..=DIGITS_MAX).contains(&digits)
        && let Some((number, rest)) = bare.split_at_checked(digits)
        && let Some(rest) =
            ["→", "\t", "| ", "|", ": "].iter().find_map(|sign| rest.trim_start_matches(' ').strip_prefix(sign))
    {
        return (from.place.clone(), number.parse().unwrap_or(0), rest.as_bytes());
    }
    let mut parts = text.splitn(3, ':');
    if let (Some(path), Some(number), Some(rest)) = (parts.next(), parts.next(), parts.next())
        && !path.is_empty()
        && !path.contains(' ')
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
    {
        return (Untrusted::from(path), number.parse().unwrap_or(0), rest.as_bytes());
    }
    (from.place.clone(), if from.is_whole { index } else { 0 }, line)
}

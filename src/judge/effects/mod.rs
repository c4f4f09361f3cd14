//! From a program and its words to what it does; one file for each family of programs.

mod asked;
mod code;
mod delegated;
mod files;
mod generated;
mod made;
mod narrow;
mod network;
mod offered;
mod packages;
pub mod pipelines;
mod process;
mod read;
mod remote;
mod scripts;
mod spoken;
mod stores;
mod targets;

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeSet, HashMap};

use made::Works;

use super::act::Act;
use super::effect::{Deed, Effect, Reach};
use super::globs;
use super::ground::{Ground, Land};
use super::http::Request;
use super::within::Spent;
use crate::model::{FileFact, Span, Untrusted};
use crate::shell::{Invocation, LayerKind, Reading, RedirectKind, Stdin, Word, WordKind, joined_path};

/// What is needed to see an invocation among the others.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// What paths are.
    pub land: Land<'a>,
    /// All that the text starts.
    pub reading: &'a Reading,
    /// What texts within it start, as they are come to.
    pub starts: &'a RefCell<Vec<Vec<Word>>>,
    /// What was looked at so far.
    pub spent: &'a Spent,
    /// What the text's commands make, once somebody asked.
    pub works: &'a OnceCell<Works>,
}

/// From how many words and redirections on it is remembered where each of them leads.
const REPEATED_MIN: usize = 64;

/// How many invocations that feed one are looked at.
const UPSTREAM_MAX: usize = 256;

/// How many invocations before one are asked what they chose or made.
const BEFORE_MAX: usize = 64;

impl<'a> Scene<'a> {
    /// The invocations before this one, the nearest 64 of them.
    #[must_use]
    pub fn before(&self, invocation: &Invocation) -> &'a [Invocation] {
        let all = &self.reading.invocations;
        let end = all.iter().position(|other| std::ptr::eq(other, invocation)).unwrap_or(all.len());
        all.get(end.saturating_sub(BEFORE_MAX)..end).unwrap_or_default()
    }
}

/// A text of another language that a program runs, to be judged by that language's rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inner {
    /// SQL statements.
    Sql {
        /// The statements.
        text: String,
        /// Where they stand, or where the file is named that holds them.
        span: Span,
    },
    /// Shell text that code hands to a shell, or a script's.
    Shell {
        /// The text.
        text: String,
        /// Where it stands.
        span: Span,
    },
    /// Statements that code runs on a connection of its own.
    Statements {
        /// The statements.
        text: String,
        /// Where the connection leads, where the code says so.
        on: Option<String>,
        /// Where they stand.
        span: Span,
    },
    /// A request that code sends.
    Request {
        /// The request.
        request: Box<Request>,
    },
    /// A program start that code makes; a word may be open.
    Start {
        /// The words.
        words: Vec<Word>,
        /// Where it stands.
        span: Span,
    },
    /// A step of a pipeline that the text writes down: somebody else's machine runs it later, with rights of its own.
    Later {
        /// The step.
        text: String,
        /// Where it stands.
        span: Span,
    },
    /// A text that was not read whole.
    Unread {
        /// Why not.
        why: &'static str,
        /// Where it stands.
        span: Span,
    },
    /// A program start that code makes, word by word.
    Words {
        /// The words.
        words: Vec<String>,
        /// Where it stands.
        span: Span,
    },
}

impl Inner {
    /// What it counts among the texts that are judged: a long one as many times as it has KiB.
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::Sql { text, .. }
            | Self::Shell { text, .. }
            | Self::Later { text, .. }
            | Self::Statements { text, .. } => 1 + text.len() / 1024,
            Self::Request { .. } | Self::Start { .. } | Self::Unread { .. } | Self::Words { .. } => 1,
        }
    }
}

/// What decides about where a word leads: its text, how much of it is known, and whether all below it is meant.
type Asked = (String, WordKind, bool);

/// Effects in the making.
pub(super) struct Collect<'a> {
    pub(super) act: &'a Act<'a>,
    pub(super) scene: &'a Scene<'a>,
    pub(super) effects: Vec<Effect>,
    pub(super) inner: Vec<Inner>,
    /// Where words lead that were asked about.
    places: RefCell<HashMap<Asked, (String, Ground)>>,
}

/// What `act` does, and the texts of other languages that it runs.
#[must_use]
pub fn of(act: &Act, scene: &Scene) -> (Vec<Effect>, Vec<Inner>) {
    let mut collect = Collect { act, scene, effects: Vec::new(), inner: Vec::new(), places: RefCell::default() };
    redirects(&mut collect);
    network::downloaded(&mut collect);
    pipelines::collect(&mut collect);
    if !act.is_dry {
        files::collect(&mut collect);
        read::collect(&mut collect);
        network::collect(&mut collect);
        offered::collect(&mut collect);
        packages::collect(&mut collect);
        process::collect(&mut collect);
        remote::collect(&mut collect);
        stores::collect(&mut collect);
        spoken::collect(&mut collect);
        code::collect(&mut collect);
        scripts::collect(&mut collect);
        delegated::collect(&mut collect);
        generated::collect(&mut collect);
        targets::collect(&mut collect);
        super::databases::collect(&mut collect);
    }
    (collect.effects, collect.inner)
}

/// Whether nothing but names and counts comes out of the pipe that `invocation` starts.
#[must_use]
pub fn keeps_values_back(invocation: &Invocation, reading: &Reading) -> bool {
    narrow::keeps_back_later(invocation, reading)
}

fn redirects(collect: &mut Collect) {
    let invocation = collect.act.invocation;
    let makes_nothing = match invocation.program() {
        // What stands around a loop or a group writes what that prints.
        "" => !matches!(invocation.stdin, Stdin::From(_)),
        ":" | "true" => true,
        "cat" => invocation.args().iter().all(|word| word.text == "/dev/null") && !invocation.args().is_empty(),
        "echo" | "printf" => invocation.args().iter().all(|word| word.text == "-n" || word.text.is_empty()),
        _ => false,
    };
    for redirect in &invocation.redirects {
        match redirect.kind {
            RedirectKind::Write if makes_nothing => {
                collect.file(Deed::Empty, &redirect.to, Reach::One);
            }
            RedirectKind::Write => collect.file(Deed::Write, &redirect.to, Reach::One),
            RedirectKind::Append | RedirectKind::Both => collect.file(Deed::Append, &redirect.to, Reach::One),
            RedirectKind::Read => collect.file(Deed::Read, &redirect.to, Reach::One),
            RedirectKind::Text | RedirectKind::Duplicate => {}
        }
    }
}

impl<'a> Collect<'a> {
    pub(super) fn invocation(&self) -> &'a Invocation {
        self.act.invocation
    }

    /// Adds what is done to the file that `word` names.
    pub(super) fn file(&mut self, deed: Deed, word: &Word, reach: Reach) {
        let (target, ground) = self.placed(word, reach == Reach::Tree);
        let deed = match deed {
            Deed::Write if self.loses(&target, ground) => Deed::Overwrite,
            // An output that is emptied is begun anew; a source that is emptied is lost, and so is all below a folder.
            Deed::Empty
                if matches!(ground, Ground::File | Ground::Folder)
                    && (reach == Reach::One || target.contains("/**/*."))
                    && !super::places::is_source(&target) =>
            {
                Deed::Write
            }
            deed => deed,
        };
        // Wherever it lies, a file of secrets is one to whoever reads it.
        let gives = matches!(deed, Deed::Read | Deed::Send);
        let is_secret = gives && crate::trail::names::secret_file(&target).is_some();
        let is_there = matches!(ground, Ground::Account | Ground::File | Ground::Kept | Ground::Data);
        let ground = if is_secret && is_there { Ground::Secret } else { ground };
        let is_setting = deed == Deed::Read && ground == Ground::Secret && self.is_only_settings(&target);
        let ground = if is_setting { Ground::File } else { ground };
        self.effects.push(Effect { deed, target, ground, reach, span: word.span });
    }

    /// Whether a package manager's settings in the project hold no value, as far as can be read: they are committed, and
    /// name the variable that holds the token.
    fn is_only_settings(&self, path: &str) -> bool {
        const NAMES: [&str; 3] = [".npmrc", ".yarnrc.yml", "pip.conf"];
        const SECRETS: [&str; 4] = ["_authtoken", "_auth", "_password", "npmauthtoken"];
        let name = crate::shell::base_name(path);
        if !NAMES.contains(&name) || super::ground::below(path, self.scene.land.project).is_none() {
            return false;
        }
        let land = &self.scene.land;
        let on_disk = land.oracle.read(&Untrusted::from(path), super::CONTENT_BYTES_MAX);
        let text =
            on_disk.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).or_else(|| land.past.written(path));
        let holds = |line: &str| {
            let lower = line.to_ascii_lowercase();
            let at = SECRETS.iter().find_map(|secret| lower.find(secret).map(|at| at + secret.len()));
            let value = at.and_then(|at| lower.get(at..)).map(|rest| rest.trim_matches([' ', '=', ':', '"', '\'']));
            value.is_some_and(|value| !crate::trail::names::is_placeholder(value.as_bytes()))
        };
        !text.is_some_and(|text| text.lines().any(holds))
    }

    pub(super) fn deed(&mut self, deed: Deed, target: &str, ground: Ground, span: Span) {
        self.effects.push(Effect { deed, target: target.to_owned(), ground, reach: Reach::One, span });
    }

    /// Where `word` leads, and what that is to the project. Where there are many words, the same ones are common.
    pub(super) fn placed(&self, word: &Word, is_tree: bool) -> (String, Ground) {
        if self.invocation().words.len() + self.invocation().redirects.len() < REPEATED_MIN {
            return self.place_of(word, is_tree);
        }
        let key = (word.text.clone(), word.kind, is_tree);
        if let Some(known) = self.places.borrow().get(&key) {
            return known.clone();
        }
        let placed = self.place_of(word, is_tree);
        self.places.borrow_mut().insert(key, placed.clone());
        placed
    }

    fn place_of(&self, word: &Word, is_tree: bool) -> (String, Ground) {
        let text = word.text.as_str();
        // Whatever a variable holds, a folder that is made again lies at its end.
        let named = text.rsplit('/').find(|part| !part.is_empty()).unwrap_or_default();
        if text.starts_with('$') && text.contains('/') && super::places::MADE_ANYWHERE.contains(&named)
            || text.starts_with('$') && text.ends_with("/.cache") && word.is_open() && text.len() > 8
        {
            return (text.to_owned(), Ground::Build);
        }
        if text.starts_with('$') || text.starts_with("{}") || text == "-" && word.is_open() {
            return (text.to_owned(), Ground::Unknown);
        }
        if let Some(ground) = self.elsewhere(text) {
            return (text.to_owned(), ground);
        }
        let mapped = self.mounted(text);
        let path = mapped.or_else(|| joined_path(self.invocation().cwd.as_deref(), text));
        match path {
            Some(path) => {
                let ground = self.ground(&path, is_tree, word);
                (path, ground)
            }
            None => {
                // The folder is not known: only names that a build makes anywhere are harmless.
                let anywhere = format!("{}/{text}", self.scene.land.project);
                let ground = self.scene.land.of(&anywhere, is_tree);
                (text.to_owned(), if ground == Ground::Build { ground } else { Ground::Unknown })
            }
        }
    }

    fn ground(&self, path: &str, is_tree: bool, word: &Word) -> Ground {
        let land = &self.scene.land;
        // What a variable adds at the end may be nothing: the folder before it counts.
        let path = match path.find("/$") {
            Some(at) if word.is_open() => {
                let before = path.get(..at).unwrap_or_default();
                let inside = land.of(&format!("{before}/x"), false);
                if !matches!(inside, Ground::Scratch | Ground::Build) {
                    return Ground::Unknown;
                }
                return inside;
            }
            _ => path,
        };
        let ground = match land.of(path, is_tree) {
            // What comes to be there meanwhile is seen when it goes.
            Ground::Folder | Ground::Data | Ground::Outside | Ground::Secret | Ground::File
                if path.contains(['*', '?']) && !self.has_moved() && globs::finds_nothing(path, land.oracle) =>
            {
                Ground::Nothing
            }
            ground => ground,
        };
        // What was moved away stays what it was.
        if matches!(ground, Ground::Scratch | Ground::Build | Ground::Nothing)
            && let Some(origin) = made::origin(self, path)
        {
            return land.of(&origin, is_tree);
        }
        if matches!(ground, Ground::Folder | Ground::File | Ground::Data | Ground::Outside) && made::before(self, path)
        {
            return Ground::Scratch;
        }
        if ground == Ground::Folder && made::after(self, path) {
            return Ground::Build;
        }
        if ground == Ground::Data && !is_tree && made::database_after(self, path) {
            return Ground::Scratch;
        }
        let is_certain = !path.contains(['*', '?', '{']);
        if is_certain
            && matches!(ground, Ground::Outside | Ground::System | Ground::Unknown | Ground::Secret | Ground::Scratch)
        {
            let place = Untrusted::from(path);
            match land.oracle.fact(&place) {
                FileFact::Missing | FileFact::Folder { is_empty: true } => return Ground::Nothing,
                FileFact::Unknown | FileFact::File { .. } | FileFact::Folder { .. } | FileFact::Other => {}
            }
            if land.oracle.is_new(&place) == Some(true) {
                return Ground::Scratch;
            }
        }
        ground
    }

    /// Whether the text moved anything before.
    fn has_moved(&self) -> bool {
        self.scene.before(self.invocation()).iter().any(|other| other.program() == "mv")
    }

    /// Whether writing there loses content that nothing else holds.
    fn loses(&self, path: &str, ground: Ground) -> bool {
        match ground {
            Ground::Kept => true,
            Ground::Outside | Ground::Secret => {
                matches!(self.scene.land.oracle.fact(&Untrusted::from(path)), FileFact::File { bytes } if bytes > 0)
            }
            _ => false,
        }
    }

    /// The ground of a path on another machine or inside a container.
    fn elsewhere(&self, text: &str) -> Option<Ground> {
        let layer = self.invocation().layers.iter().rev().find_map(|layer| match &layer.kind {
            LayerKind::Remote { .. } => Some(None),
            LayerKind::Container { .. } => Some(layer.words.first().map(|word| word.text.clone())),
            LayerKind::Privilege | LayerKind::PerItem | LayerKind::Shell | LayerKind::Runner | LayerKind::Plain => None,
        })?;
        let in_place = self.scene.land.of(&joined_path(Some("/srv"), text).unwrap_or_default(), true);
        if matches!(in_place, Ground::Scratch | Ground::Nothing | Ground::Secret | Ground::Account | Ground::Backup) {
            return Some(in_place);
        }
        let is_own = layer.is_some_and(|by| {
            matches!(crate::shell::base_name(&by), "docker" | "podman" | "nerdctl" | "docker-compose")
        });
        if !is_own {
            return Some(if matches!(in_place, Ground::Root | Ground::Device) { in_place } else { Ground::Outside });
        }
        if self.mounted(text).is_some() {
            return None;
        }
        if self.is_in_volume(text) {
            return Some(Ground::Data);
        }
        let holds_data = ["data", "lib", "db", "backup", "uploads", "storage"]
            .iter()
            .any(|part| text.split('/').any(|each| each.starts_with(part)));
        Some(if holds_data { Ground::Data } else { Ground::Build })
    }

    /// Whether a path inside a container lies in a volume that has a name: it outlives the container.
    fn is_in_volume(&self, text: &str) -> bool {
        let container = |layer: &&crate::shell::Layer| matches!(layer.kind, LayerKind::Container { .. });
        let Some(layer) = self.invocation().layers.iter().rev().find(container) else { return false };
        layer.words.windows(2).any(|pair| {
            let [flag, value] = pair else { return false };
            let mut sides = value.text.split(':');
            let (outer, inner) = (sides.next().unwrap_or_default(), sides.next().unwrap_or_default());
            matches!(flag.text.as_str(), "-v" | "--volume")
                && !outer.is_empty()
                && !outer.contains(['/', '.', '~', '$'])
                && inner.starts_with('/')
                && super::ground::below(text.trim_end_matches("/*"), inner).is_some()
        })
    }

    /// The path on this machine that a path inside a container leads to by a mount.
    fn mounted(&self, text: &str) -> Option<String> {
        let layer =
            self.invocation().layers.iter().rev().find(|layer| matches!(layer.kind, LayerKind::Container { .. }))?;
        for (place, word) in layer.words.iter().enumerate() {
            let value = match word.text.as_str() {
                "-v" | "--volume" => layer.words.get(place + 1).map(|next| next.text.as_str()),
                text => {
                    text.strip_prefix("--volume=").or_else(|| text.strip_prefix("-v").filter(|rest| rest.contains(':')))
                }
            };
            let mut sides = value.unwrap_or_default().split(':');
            let (Some(outer), Some(inner)) = (sides.next(), sides.next()) else { continue };
            if !outer.starts_with(['/', '.']) {
                continue;
            }
            if let Some(inside) = super::ground::below(text, inner) {
                let outer = joined_path(Some(self.scene.land.project), outer)?;
                return Some(if inside.is_empty() {
                    outer
                } else {
                    format!("{}/{inside}", outer.trim_end_matches('/'))
                });
            }
        }
        None
    }

    /// The invocations whose output this one gets: those before it in its pipe, and those before them, the nearest 256.
    pub(super) fn upstream(&self) -> Vec<&Invocation> {
        let mut found: Vec<&Invocation> = Vec::new();
        let mut todo: Vec<usize> = Vec::new();
        let mut seen: BTreeSet<usize> = BTreeSet::new();
        if let crate::shell::Stdin::From(from) = &self.invocation().stdin {
            todo.extend(from);
        }
        while let Some(at) = todo.pop() {
            if !seen.insert(at) {
                continue;
            }
            let Some(invocation) = self.scene.reading.invocations.get(at) else { continue };
            if let crate::shell::Stdin::From(from) = &invocation.stdin {
                todo.extend(from);
            }
            found.push(invocation);
            if found.len() == UPSTREAM_MAX {
                break;
            }
        }
        found
    }

    /// The words of all whose output this one gets.
    pub(super) fn upstream_text(&self) -> String {
        let words =
            self.upstream().into_iter().flat_map(|invocation| invocation.words.iter().map(|word| word.text.clone()));
        words.collect::<Vec<String>>().join(" ")
    }

    /// The invocations whose output is in `word`.
    pub(super) fn sources(&self, word: &Word) -> Vec<&Invocation> {
        word.from.iter().filter_map(|at| self.scene.reading.invocations.get(*at)).collect()
    }

    /// The text of a file, where this session wrote it or it may be read.
    pub(super) fn content(&self, word: &Word) -> Option<String> {
        if !word.is_literal() || !self.invocation().is_here() {
            return None;
        }
        let path = self.invocation().path(word)?;
        if let Some(text) = scripts::written_before(self, &path) {
            return Some(text);
        }
        // What is on the disk is the fact; what was written there may have been announced only.
        let on_disk = self.scene.land.oracle.read(&Untrusted::from(path.as_str()), super::CONTENT_BYTES_MAX);
        let on_disk = on_disk.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        on_disk.or_else(|| self.scene.land.past.written(&path))
    }

    /// What the invocation gets on its input, where that can be told: a text, a file, what is printed into its pipe.
    pub(super) fn given(&self) -> Option<String> {
        let printed = |source: &Invocation| {
            crate::shell::written_by(source).or_else(|| crate::shell::written_of(source, |word| self.content(word)))
        };
        match &self.invocation().stdin {
            Stdin::Text(text) => Some(text.clone()),
            Stdin::File(word) => self.content(word),
            Stdin::From(from) => {
                let texts: Vec<String> =
                    from.iter().filter_map(|at| self.scene.reading.invocations.get(*at)).filter_map(printed).collect();
                (!texts.is_empty()).then(|| texts.join("\n"))
            }
            Stdin::Inherited => None,
        }
    }
}

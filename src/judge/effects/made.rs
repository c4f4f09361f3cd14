//! What other commands of the same text make.

use std::collections::BTreeMap;

use super::{Collect, Scene};
use crate::shell::{Invocation, Reading, Word, base_name, joined_path};
use crate::trail::{created, is_work_folder, made_paths, made_thing, may_bring, starred};

/// What some tools make, by the program that makes it.
const PRODUCTS: &[(&str, &[&str])] = &[
    ("mkdocs", &["site"]),
    ("mdbook", &["book"]),
    ("hugo", &["public", "resources"]),
    ("mockery", &["mocks"]),
    ("buf", &["gen"]),
    ("ionic", &["www"]),
    ("gatsby", &["public", ".cache"]),
    ("hexo", &["public"]),
    ("mix", &["deps", "_build"]),
    ("dotnet", &["bin", "obj"]),
    ("virtualenv", &["env"]),
    ("sphinx-build", &["html"]),
    ("npm", &["www", "lib-dist"]),
    ("snapcraft", &["parts", "stage", "prime"]),
];

/// What some tools pack the project into, by their verb: the ending of a file whose name they choose.
const PACKERS: &[(&str, &str, &str)] = &[
    ("npm", "pack", ".tgz"),
    ("pnpm", "pack", ".tgz"),
    ("yarn", "pack", ".tgz"),
    ("helm", "package", ".tgz"),
    ("gem", "build", ".gem"),
    ("vsce", "package", ".vsix"),
];

/// What the commands of one text make, by path and by name, with where in the text.
#[derive(Debug, Default)]
pub struct Works {
    /// Where the first command begins that makes the folder or file.
    made: BTreeMap<String, usize>,
    /// Where the last command begins that names the path, other than to look at it or to take it away.
    named: BTreeMap<String, usize>,
    /// Where the last command begins that always makes a folder of the name.
    products: BTreeMap<&'static str, usize>,
    /// What was moved, by where it went: from where, and where the command begins that moved it.
    moved: BTreeMap<String, (String, usize)>,
    /// Which of the commands is the first that makes a database, a volume or the like of the name.
    things: BTreeMap<String, usize>,
    /// Which of the commands may bring something from the network.
    bringing: Vec<usize>,
}

impl Works {
    fn of(reading: &Reading) -> Self {
        let shows = ["ls", "cat", "echo", "rm", "test", "[", "find", "du", "git", "stat", "cd", "touch", "grep"];
        let mut works = Self::default();
        for (place, invocation) in reading.invocations.iter().enumerate() {
            if may_bring(invocation.program()) {
                works.bringing.push(place);
            }
            for name in created(invocation) {
                works.things.entry(made_thing(&name)).or_insert(place);
            }
        }
        for invocation in reading.invocations.iter().filter(|invocation| invocation.is_here()) {
            let at = invocation.span.0;
            for path in made_paths(invocation) {
                let path = path.trim_end_matches('/').to_owned();
                let first = works.made.entry(path).or_insert(at);
                *first = at.min(*first);
            }
            for (_, made) in PRODUCTS.iter().filter(|(by, _)| *by == invocation.program()) {
                for name in *made {
                    let last = works.products.entry(name).or_insert(at);
                    *last = at.max(*last);
                }
            }
            for (from, to) in moved_by(invocation) {
                works.moved.insert(to, (from, at));
            }
            if shows.contains(&invocation.program()) {
                continue;
            }
            for word in invocation.args().iter().filter(|word| word.is_literal()) {
                let text = word.text.rsplit('=').next().unwrap_or_default();
                let Some(path) = joined_path(invocation.cwd.as_deref(), text) else { continue };
                let last = works.named.entry(path).or_insert(at);
                *last = at.max(*last);
            }
        }
        works
    }
}

impl Scene<'_> {
    fn works(&self) -> &Works {
        self.works.get_or_init(|| Works::of(self.reading))
    }

    /// The invocations before the place `end` among all that may bring something from the network.
    pub(super) fn bringing(&self, end: usize) -> impl Iterator<Item = &Invocation> {
        let places = self.works().bringing.iter().take_while(move |place| **place < end);
        places.filter_map(|place| self.reading.invocations.get(*place))
    }

    /// Whether an invocation before this one made the database, the volume or the like.
    #[must_use]
    pub fn has_made(&self, thing: &str, invocation: &Invocation) -> bool {
        let place = |first: &usize| {
            let own = self.reading.invocations.iter().position(|other| std::ptr::eq(other, invocation));
            own.is_none_or(|own| *first < own)
        };
        self.works().things.get(thing).is_some_and(place)
    }
}

/// Whether a later command of the text makes the folder at `path` again: it names it as what it writes, or always does.
pub(super) fn after(collect: &Collect, path: &str) -> bool {
    let own = collect.invocation();
    let name = base_name(path);
    if is_built(collect, name) || is_named_by_script(collect, name) {
        return true;
    }
    if is_work_folder(name) || name.is_empty() {
        return false;
    }
    let beside = matches!(name, "bin" | "obj" | "Library" | "Temp")
        && own.args().iter().any(|word| base_name(&word.text) == "obj");
    let works = collect.scene.works();
    let later = |at: Option<&usize>| at.is_some_and(|at| *at > own.span.1);
    beside || later(works.named.get(path)) || later(works.made.get(path)) || later(works.products.get(name))
}

/// Folders that compilers of scripts write: sources elsewhere, but not where the next command builds them.
const COMPILED: &[&str] = &["lib", "es", "esm", "cjs", "umd", "types", "typings", "bundle", "www"];

/// Whether a build that is started next writes a folder of this name: `rm -rf lib && yarn build`.
fn is_built(collect: &Collect, name: &str) -> bool {
    if !COMPILED.contains(&name) {
        return false;
    }
    let own = collect.invocation();
    let bare = |word: &Word| base_name(word.text.trim_end_matches('/')).to_owned();
    let removes_more = own.args().iter().map(bare).any(|name| is_work_folder(&name) && name != "lib");
    let mut later =
        collect.scene.reading.invocations.iter().filter(|other| other.span.0 > own.span.1 && other.is_here());
    let builds = |other: &Invocation| {
        let is_manager = matches!(other.program(), "npm" | "yarn" | "pnpm" | "bun" | "turbo" | "nx" | "lerna");
        let says_build = other.args().iter().any(|word| word.text == "build" || word.text.starts_with("build:"));
        is_manager && says_build || matches!(other.program(), "tsc" | "babel" | "rollup" | "tsup" | "webpack" | "ncc")
    };
    !removes_more && later.next().is_some_and(builds)
}

/// Whether a script that is started next bears the folder's name: `rm -rf screenshots && node scripts/screenshots.js`.
fn is_named_by_script(collect: &Collect, name: &str) -> bool {
    const MAKERS: [&str; 11] =
        ["node", "python", "python3", "ruby", "sh", "bash", "make", "npm", "pnpm", "yarn", "tsx"];
    if name.len() < 4 || is_work_folder(name) || name.contains(['*', '?']) {
        return false;
    }
    let own = collect.invocation();
    let mut later =
        collect.scene.reading.invocations.iter().filter(|other| other.span.0 > own.span.1 && other.is_here());
    let bears = |word: &Word| {
        let stem = base_name(&word.text).split('.').next().unwrap_or_default();
        !word.is_flag() && stem.split([':', '-', '_']).any(|part| part == name)
    };
    later.next().is_some_and(|other| MAKERS.contains(&other.program()) && other.args().iter().any(bears))
}

/// Whether an earlier command of the text packed the project into a file that the name or pattern at `path` speaks of.
fn is_packed(collect: &Collect, path: &str) -> bool {
    let name = base_name(path);
    let Some((_, _, ending)) = PACKERS.iter().find(|(.., ending)| name.ends_with(ending)) else { return false };
    let is_of_one = !name.starts_with(['*', '?']);
    let packs = |other: &Invocation| {
        let verb = other.args().iter().find(|word| !word.is_flag()).map_or("", |word| word.text.as_str());
        let known = PACKERS.iter().any(|(by, does, of)| *by == other.program() && *does == verb && of == ending);
        known && other.is_here() && !other.has("--dry-run")
    };
    is_of_one && collect.scene.before(collect.invocation()).iter().any(packs)
}

/// Whether an earlier command of the text made the folder or file at `path`, or a folder above it.
pub(super) fn before(collect: &Collect, path: &str) -> bool {
    let own = collect.invocation();
    if is_packed(collect, path) {
        return true;
    }
    let works = collect.scene.works();
    if works.made.is_empty() {
        return false;
    }
    let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
    let mut folders = ends.filter_map(|end| path.get(..end)).filter(|folder| folder.len() > 1);
    let is_before = |made: &str| works.made.get(made).is_some_and(|at| *at < own.span.0);
    folders.any(is_before) || starred(path).any(|pattern| is_before(&pattern))
}

/// Whether a later command of the text makes the small database anew that lies at `path`: `rm -f t.db; sqlite3 t.db 'create
/// table …'`. One whose name says that it holds anything is no scratch.
pub(super) fn database_after(collect: &Collect, path: &str) -> bool {
    const PASSING: [&str; 9] = ["scratch", "play", "demo", "repro", "example", "foo", "bar", "try", "dummy"];
    let stem = base_name(path).split('.').next().unwrap_or_default();
    if stem.len() > 2 && !PASSING.contains(&stem) {
        return false;
    }
    let own = collect.invocation();
    collect.scene.reading.invocations.iter().filter(|other| other.span.0 > own.span.1).any(|other| {
        let is_client = matches!(other.program(), "sqlite3" | "sqlite" | "duckdb");
        let creates = |word: &Word| word.text.to_ascii_lowercase().trim_start().starts_with("create table");
        is_client
            && other.args().iter().any(|word| other.path(word).as_deref() == Some(path))
            && other.args().iter().any(creates)
    })
}

/// Where what lies at `path` was before an earlier command of the text moved it there.
pub(super) fn origin(collect: &Collect, path: &str) -> Option<String> {
    let own = collect.invocation();
    let works = collect.scene.works();
    if works.moved.is_empty() {
        return None;
    }
    let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
    let mut folders = ends.filter_map(|end| path.get(..end)).filter(|folder| folder.len() > 1);
    folders.find_map(|folder| {
        let (from, _) = works.moved.get(folder).filter(|(_, at)| *at < own.span.0)?;
        Some(format!("{from}{}", path.get(folder.len()..).unwrap_or_default()))
    })
}

/// What `mv` takes from where to where.
fn moved_by(invocation: &Invocation) -> Vec<(String, String)> {
    if invocation.program() != "mv" {
        return Vec::new();
    }
    let into = invocation.option(&["-t", "--target-directory"]);
    let mut operands = invocation.operands(&["-t", "--target-directory", "-S", "--suffix"]);
    let is_into = into.is_some() || operands.len() > 2 || operands.last().is_some_and(|to| to.text.ends_with('/'));
    let Some(to) = into.or_else(|| operands.pop().cloned()).filter(Word::is_literal) else { return Vec::new() };
    let Some(to) = invocation.path(&to) else { return Vec::new() };
    let literal = operands.into_iter().filter(|word| word.is_literal());
    let pairs = literal.filter_map(|word| invocation.path(word)).map(|from| {
        let name = base_name(&from).to_owned();
        // A folder without its sign at the end may be there already: then it goes into it.
        let is_folder = is_into || matches!(to.as_str(), "/tmp" | "/var/tmp");
        let to = if is_folder { format!("{}/{name}", to.trim_end_matches('/')) } else { to.clone() };
        (from, to)
    });
    pairs.collect()
}

//! What tools do to files in their ordinary work: a table that is read as rules are.
//!
//! A tool is known by the program that runs, or by the script that an interpreter runs. What it does below its own
//! ground follows from its command line, which was judged when it started.

use std::collections::HashMap;

use super::act::{canonical, wild};
use super::effect::words;
use super::ground::below;
use super::pack::{Item, PackError, Reader, Table, Value};
use super::places::is_source;
use crate::model::{FileDeed, Untrusted};
use crate::shell::base_name;

words! {
    /// What kind of tool it is.
    ToolClass {
        VersionControl "version-control" "It keeps the history of a project."
        PackageManager "package-manager" "It fetches, renews and takes away packages."
        BuildTool "build-tool" "It makes output from sources, by rules."
        Compiler "compiler" "It makes output from sources."
        Formatter "formatter" "It writes files again in another form."
        Generator "generator" "It writes sources that nobody writes by hand."
        Archiver "archiver" "It packs files and unpacks them."
        Editor "editor" "It saves what a person or an agent wrote."
        Database "database" "It keeps data in files of its own."
        ContainerClient "container-client" "It speaks to a container engine, or is one."
        TestRunner "test-runner" "It runs tests and keeps their reports."
        Agent "agent" "It is an agent, with books of its own."
    }
}

words! {
    /// What a tool may do to a file.
    ToolMay {
        Remove "remove" "Take it away."
        Replace "replace" "Put another in its place."
        Truncate "truncate" "Empty it and write it again."
    }
}

/// Words that say to which files, where no path does.
const GROUNDS: &[&str] = &["repository", "project", "output", "anywhere"];

/// Programs that run a script, by the names that rules know.
const INTERPRETERS: &[&str] = &[
    "python", "node", "ruby", "perl", "php", "bun", "deno", "sh", "bash", "dash", "zsh", "ksh", "lua", "luajit",
    "tclsh", "Rscript", "pwsh", "busybox",
];

/// Options of interpreters whose value is the next word.
const VALUED: &[&str] = &["-r", "--require", "--import", "-W", "-X", "-I", "-o", "-O", "--loader", "-C", "-S", "-d"];

/// What tools do to files in their ordinary work.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ordinary {
    tools: Vec<OrdinaryTool>,
    owners: Vec<Owner>,
    by_program: HashMap<String, Vec<usize>>,
    /// Tools with a pattern for a program, or with scripts.
    by_pattern: Vec<usize>,
}

/// What one kind of tool does to files in its ordinary work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrdinaryTool {
    /// Its name.
    pub name: String,
    /// What kind of tool it is.
    pub class: ToolClass,
    /// Its programs; a `*` stands for any text.
    pub program: Vec<String>,
    /// Its scripts: names, ends of paths, or modules.
    pub script: Vec<String>,
    /// What it may do.
    pub may: Vec<ToolMay>,
    /// To which files.
    pub places: Vec<String>,
    /// Why it does.
    pub why: String,
}

/// Whose a file of secrets is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The files.
    pub file: Vec<String>,
    /// The programs.
    pub program: Vec<String>,
    /// The scripts.
    pub script: Vec<String>,
}

/// Who acts: a program, and the script it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doer {
    /// The program by the name that rules know.
    pub program: String,
    /// The script, or the module after `-m`.
    pub script: Option<String>,
}

/// Where a tool acts: what its places are told apart by.
#[derive(Debug, Clone, Copy)]
pub struct Site<'a> {
    /// The file, absolute.
    pub target: &'a str,
    /// The project's folder.
    pub project: &'a str,
    /// The home folder.
    pub home: &'a str,
    /// The working copy that the file lies in, if it lies in one.
    pub repository: Option<&'a str>,
}

/// How far a tool's place speaks of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It works on it, as the command that started it asked.
    Work,
    /// It is the tool's own: a book, a cache, a repository's `.git`.
    Own,
}

impl Doer {
    /// Who acts, by the file of the program that runs and the words it was started with.
    #[must_use]
    pub fn of(program: &Untrusted, command: &[Untrusted]) -> Self {
        let named = program.lossy().into_owned();
        let program = canonical(base_name(&named)).to_owned();
        if !INTERPRETERS.contains(&program.as_str()) {
            return Self { program, script: None };
        }
        let mut words = command.iter().skip(1).map(|word| word.lossy().into_owned());
        while let Some(word) = words.next() {
            match word.as_str() {
                "-m" if program == "python" => return Self { program, script: words.next() },
                "-c" | "-e" | "--eval" | "-p" | "--print" | "-E" => return Self { program, script: None },
                valued if VALUED.contains(&valued) => drop(words.next()),
                flag if flag.starts_with('-') => {}
                _ => return Self { program, script: Some(word) },
            }
        }
        Self { program, script: None }
    }

    /// The name that its own folders bear: the script's, else the program's.
    #[must_use]
    pub fn own_name(&self) -> Option<&str> {
        match &self.script {
            Some(script) => base_name(script).split('.').next().filter(|name| !name.is_empty()),
            None if self.is_interpreter() => None,
            None => Some(self.program.as_str()),
        }
    }

    /// Whether it runs what it is given.
    #[must_use]
    pub fn is_interpreter(&self) -> bool {
        INTERPRETERS.contains(&self.program.as_str())
    }

    fn runs(&self, scripts: &[String]) -> bool {
        let Some(script) = &self.script else { return false };
        let name = base_name(script);
        scripts.iter().any(|known| if known.contains('/') { wild(known, script) } else { wild(known, name) })
    }
}

impl Ordinary {
    /// The tools, in the table's order.
    #[must_use]
    pub fn tools(&self) -> &[OrdinaryTool] {
        &self.tools
    }

    /// The owners of files of secrets, in the table's order.
    #[must_use]
    pub fn owners(&self) -> &[Owner] {
        &self.owners
    }

    /// The tool for whose ordinary work this is, and how the file stands to it.
    #[must_use]
    pub fn work(&self, doer: &Doer, deed: FileDeed, site: Site) -> Option<(&OrdinaryTool, Standing)> {
        let may = match deed {
            FileDeed::Remove | FileDeed::RemoveFolder => ToolMay::Remove,
            FileDeed::Replace => ToolMay::Replace,
            FileDeed::Truncate => ToolMay::Truncate,
            FileDeed::Write | FileDeed::Punch | FileDeed::Read => return None,
        };
        let named = self.by_program.get(&doer.program).into_iter().flatten();
        let known = named.chain(&self.by_pattern).filter_map(|at| self.tools.get(*at));
        known
            .filter(|tool| tool.may.contains(&may) && tool.is_run_by(doer))
            .filter_map(|tool| Some((tool, tool.standing(site)?)))
            .max_by_key(|(_, standing)| *standing)
    }

    /// Whether a tool that this doer is works on repositories, wherever they lie.
    #[must_use]
    pub fn works_on_repositories(&self, doer: &Doer) -> bool {
        let named = self.by_program.get(&doer.program).into_iter().flatten();
        let mut known = named.chain(&self.by_pattern).filter_map(|at| self.tools.get(*at));
        known.any(|tool| tool.places.iter().any(|place| place == "repository") && tool.is_run_by(doer))
    }

    /// Whether a file of secrets is the doer's own to read.
    #[must_use]
    pub fn owns(&self, doer: &Doer, site: Site) -> bool {
        self.owners.iter().any(|owner| {
            owner.file.iter().any(|pattern| is_at(pattern, site))
                && (owner.program.iter().any(|known| wild(known, &doer.program)) || doer.runs(&owner.script))
        })
    }

    /// Reads a table: `text` is its source, for line numbers, `table` what is in it.
    ///
    /// # Errors
    /// [`PackError`] names the line and, for a word nobody knows, the nearest known one.
    pub fn from_table(name: &str, text: &str, table: &Table) -> Result<Self, PackError> {
        let reader = Reader::of(name, text);
        let mut whole = Self::default();
        for (key, at, item) in &table.0 {
            let Value::List(items) = &item.value else {
                return Err(match key.as_ref() {
                    "tool" | "owner" => reader.kind(item, key, "a list of tables"),
                    _ => reader.unknown(*at, key, "key of a table of tools", &["tool", "owner"]),
                });
            };
            for item in items {
                match key.as_ref() {
                    "tool" => whole.add(reader.tool(item)?, &reader, item)?,
                    "owner" => whole.owners.push(reader.owner(item)?),
                    _ => return Err(reader.unknown(*at, key, "key of a table of tools", &["tool", "owner"])),
                }
            }
        }
        Ok(whole)
    }

    fn add(&mut self, tool: OrdinaryTool, reader: &Reader, item: &Item) -> Result<(), PackError> {
        if self.tools.iter().any(|known| known.name == tool.name) {
            let (pack, line) = (reader.pack.clone(), reader.line(item.at));
            return Err(PackError::Twice { pack, line, what: "tool", id: tool.name });
        }
        let at = self.tools.len();
        for name in tool.program.iter().filter(|name| !name.contains('*')) {
            self.by_program.entry(name.clone()).or_default().push(at);
        }
        if !tool.script.is_empty() || tool.program.iter().any(|name| name.contains('*')) {
            self.by_pattern.push(at);
        }
        self.tools.push(tool);
        Ok(())
    }
}

impl OrdinaryTool {
    fn is_run_by(&self, doer: &Doer) -> bool {
        self.program.iter().any(|known| wild(known, &doer.program)) || doer.runs(&self.script)
    }

    fn standing(&self, site: Site) -> Option<Standing> {
        let stands = |place: &String| match place.as_str() {
            "repository" => {
                let inside = below(site.target, site.repository?)?;
                Some(if inside.split('/').any(|part| part == ".git") { Standing::Own } else { Standing::Work })
            }
            "project" => is_of_project(site).then_some(Standing::Work),
            "output" => (is_of_project(site) && !is_source(site.target)).then_some(Standing::Work),
            "anywhere" => Some(Standing::Work),
            pattern => is_at(pattern, site).then_some(Standing::Own),
        };
        self.places.iter().filter_map(stands).max()
    }
}

fn is_of_project(site: Site) -> bool {
    below(site.target, site.project).is_some_and(|inside| !inside.split('/').any(|part| part == ".git"))
}

/// Whether a file lies where a pattern says; `~/` begins at the home folder, `project/` at the project's.
fn is_at(pattern: &str, site: Site) -> bool {
    let inside = |folder: &str, rest: &str| below(site.target, folder).is_some_and(|inside| wild(rest, inside));
    match (pattern.strip_prefix("~/"), pattern.strip_prefix("project/")) {
        (Some(rest), _) => inside(site.home, rest),
        (_, Some(rest)) => inside(site.project, rest),
        (None, None) => wild(pattern, site.target),
    }
}

const TOOL_KEYS: &[&str] = &["name", "class", "program", "script", "may", "where", "why"];
const OWNER_KEYS: &[&str] = &["file", "program", "script"];

impl Reader<'_> {
    fn tool(&self, item: &Item) -> Result<OrdinaryTool, PackError> {
        let table = self.entry(item, "tool", TOOL_KEYS)?;
        let missing = |key| PackError::Missing { pack: self.pack.clone(), line: self.line(item.at), what: "tool", key };
        let find = |key: &str| table.0.iter().find(|(named, ..)| named == key).map(|(.., item)| item);
        let need = |key: &'static str| find(key).ok_or_else(|| missing(key));
        let list = |key: &str| find(key).map_or(Ok(Vec::new()), |item| self.texts(item, key));
        let bare = |found: Vec<(String, usize)>| found.into_iter().map(|(text, _)| text).collect::<Vec<_>>();
        let class = self.known(need("class")?, "class", ToolClass::ALL, ToolClass::word, "class of tools")?;
        let places = self.texts(need("where")?, "where")?;
        for (place, at) in &places {
            if !GROUNDS.contains(&place.as_str()) && !place.starts_with(['~', '/', '*']) {
                return Err(self.unknown(*at, place, "place", GROUNDS));
            }
        }
        let (program, script) = (bare(list("program")?), bare(list("script")?));
        if program.is_empty() && script.is_empty() {
            return Err(missing("program"));
        }
        Ok(OrdinaryTool {
            name: self.text(need("name")?, "name")?,
            class: class.first().copied().ok_or_else(|| missing("class"))?,
            program,
            script,
            may: self.known(need("may")?, "may", ToolMay::ALL, ToolMay::word, "deed of tools")?,
            places: bare(places),
            why: self.text(need("why")?, "why")?,
        })
    }

    fn owner(&self, item: &Item) -> Result<Owner, PackError> {
        let table = self.entry(item, "owner", OWNER_KEYS)?;
        let missing =
            |key| PackError::Missing { pack: self.pack.clone(), line: self.line(item.at), what: "owner", key };
        let list = |key: &str| {
            let found = table.0.iter().find(|(named, ..)| named == key);
            let texts = found.map_or(Ok(Vec::new()), |(.., item)| self.texts(item, key))?;
            Ok::<Vec<String>, PackError>(texts.into_iter().map(|(text, _)| text).collect())
        };
        let owner = Owner { file: list("file")?, program: list("program")?, script: list("script")? };
        match (owner.file.as_slice(), owner.program.as_slice(), owner.script.as_slice()) {
            ([], ..) => Err(missing("file")),
            (_, [], []) => Err(missing("program")),
            _ => Ok(owner),
        }
    }

    fn entry<'i>(&self, item: &'i Item, what: &str, keys: &[&str]) -> Result<&'i Table, PackError> {
        let Value::Table(table) = &item.value else { return Err(self.kind(item, what, "a table")) };
        let unknown = table.0.iter().find(|(key, ..)| !keys.contains(&key.as_ref()));
        match unknown {
            Some((key, at, _)) => Err(self.unknown(*at, key, "key here", keys)),
            None => Ok(table),
        }
    }
}

#[cfg(test)]
mod tests;

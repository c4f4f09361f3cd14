//! The memory of a session: what was run, read, said, seen and refused, bounded and the same for the same events.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::mem::size_of;

use super::claim::Claim;
use super::environment::Environment;
use super::event::{Event, EventKind, failure, would};
use super::fetched::Fetched;
use super::identity::Identities;
use super::mask::Mask;
use super::purpose::Use;
use super::secret::Secret;
use super::text::{cut, has_word, names_it};
use crate::model::{
    Action, ActionKind, Class, Cue, CueKind, FileDeed, Judgement, Link, Moment, Oracle, Source, Span, Text, TextKind,
    Tier, Tool, Untrusted,
};

/// How many events are remembered.
const EVENTS_MAX: usize = 512;
/// How many lines of output are remembered, and how much of each, in bytes.
const LINES_MAX: usize = 512;
const LINE_BYTES_MAX: usize = 400;
/// How many paths that the session made are remembered.
const MADE_MAX: usize = 1024;
/// The longest path that is remembered, in bytes: what the kernel takes.
const PATH_BYTES_MAX: usize = 4096;
/// How many files that the session wrote are remembered with their content, and how much of each, in bytes.
const WRITTEN_MAX: usize = 64;
const WRITTEN_BYTES_MAX: usize = 64 * 1024;
/// How many variables and copies of secrets are remembered.
const HOLDERS_MAX: usize = 128;
/// How many refused intents are remembered.
const DENIED_MAX: usize = 64;
/// How much of what happened, of a name and of a task is kept, in bytes.
const EVENT_BYTES_MAX: usize = 512;
const NAME_BYTES_MAX: usize = 256;
const TASK_BYTES_MAX: usize = 4 * 1024;
/// How many targets of one refused intent are remembered.
const TARGETS_MAX: usize = 32;
/// How many programs are remembered whose help, documentation or dry run was seen, and how many first uses of credentials.
const READ_MAX: usize = 128;
const USES_MAX: usize = 128;
/// How many tools' plans are remembered for what they would take away.
pub(super) const LOSSES_MAX: usize = 16;
/// How many providers' choices of an environment are remembered.
const CHOICES_MAX: usize = 32;
/// The most memory that what is remembered takes, in bytes: the limits above, together.
pub const TRAIL_BYTES_MAX: usize = EVENTS_MAX * (EVENT_BYTES_MAX + NAME_BYTES_MAX + size_of::<Event>())
    + LINES_MAX * (LINE_BYTES_MAX * MARK_GROWTH + size_of::<String>())
    + MADE_MAX * PATH_BYTES_MAX
    + 2 * WRITTEN_MAX * (WRITTEN_BYTES_MAX + PATH_BYTES_MAX)
    + 2 * HOLDERS_MAX * (PATH_BYTES_MAX + EVENT_BYTES_MAX + size_of::<Holder>())
    + DENIED_MAX * ((TARGETS_MAX + 1) * EVENT_BYTES_MAX * MARK_GROWTH + size_of::<Denied>())
    + super::fetched::FETCHED_BYTES_MAX
    + super::identity::IDENTITY_BYTES_MAX
    + LOSSES_MAX * (NAME_BYTES_MAX + EVENT_BYTES_MAX)
    + (READ_MAX + USES_MAX + CHOICES_MAX) * (NAME_BYTES_MAX * 4 + size_of::<Use>())
    + TASK_BYTES_MAX * MARK_GROWTH;
/// By how much a text may grow when the values in it become marks.
const MARK_GROWTH: usize = 4;
/// For how many acts a guess is shown again.
const GUESS_ACTS: u64 = 10;

/// Who holds a secret now: a variable or a file made of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Holder {
    /// Where the secret came from.
    pub from: String,
    pub at: Moment,
    /// Whether it was come across in a search, or lies outside the project.
    pub is_foreign: bool,
    /// Whether it is a variable that every later program gets.
    pub is_exported: bool,
}

/// An environment that was chosen for a provider's tools.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Choice {
    pub environment: Environment,
    /// The words that chose it.
    pub how: String,
}

/// An intent that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Denied {
    pub at: Moment,
    pub classes: BTreeSet<Class>,
    /// What it would have hit.
    pub targets: Vec<String>,
    /// The text itself.
    pub what: Untrusted,
}

/// A bounded memory of the session. It asks no clock and no disk: the same events make the same trail.
#[derive(Debug, Clone)]
pub struct Trail {
    mask: Mask,
    pub(super) acts: u64,
    pub(super) events: VecDeque<Event>,
    pub(super) lines: VecDeque<String>,
    made: BTreeSet<String>,
    /// Where each tool was told to act, by the tool's name: contexts, projects, workspaces.
    pub(super) chosen_for: BTreeMap<String, String>,
    /// Tools of which a plan was seen after which nothing is gone; there are few of them.
    pub(super) plans: BTreeSet<String>,
    /// What the last plan of a tool would take away, in its own words.
    pub(super) losses: BTreeMap<String, String>,
    /// Whether what is in the working folder was in a commit or a stash when it was last looked at, and nothing ran since.
    pub(super) is_saved: bool,
    written: BTreeMap<String, String>,
    /// Files whose content was shown, masked, by absolute path.
    shown: BTreeMap<String, String>,
    /// Variables that hold a secret, by name.
    pub(super) variables: BTreeMap<String, Holder>,
    /// Files made of secrets, by absolute path.
    pub(super) copies: BTreeMap<String, Holder>,
    /// Files that came from the network and were not looked at since.
    pub(super) fetched: Fetched,
    pub(super) denied: VecDeque<Denied>,
    /// Who tools acted as, and which were refused.
    pub(super) identities: Identities,
    environment: Option<(Environment, String)>,
    /// What was chosen last for each provider, by its family.
    pub(super) chosen: BTreeMap<String, Choice>,
    /// Programs and providers whose help, documentation or dry run was seen.
    pub(super) read: BTreeSet<String>,
    /// Where each credential was used first.
    pub(super) uses: BTreeMap<String, Use>,
    /// At which act something was last done that an agent may claim.
    done: BTreeMap<Claim, u64>,
    /// At which act it was last claimed.
    claimed: BTreeMap<Claim, u64>,
    /// What the operator asked for, masked.
    task: Option<Untrusted>,
}

impl Trail {
    /// A session that has done nothing yet. Values that it learns go to `mask`.
    #[must_use]
    pub fn new(mask: Mask) -> Self {
        Self {
            mask,
            acts: 0,
            events: VecDeque::new(),
            lines: VecDeque::new(),
            made: BTreeSet::new(),
            chosen_for: BTreeMap::new(),
            plans: BTreeSet::new(),
            losses: BTreeMap::new(),
            identities: Identities::default(),
            is_saved: false,
            written: BTreeMap::new(),
            shown: BTreeMap::new(),
            variables: BTreeMap::new(),
            copies: BTreeMap::new(),
            fetched: Fetched::default(),
            denied: VecDeque::new(),
            environment: None,
            chosen: BTreeMap::new(),
            read: BTreeSet::new(),
            uses: BTreeMap::new(),
            done: BTreeMap::new(),
            claimed: BTreeMap::new(),
            task: None,
        }
    }

    /// The session's mask.
    #[must_use]
    pub fn mask(&self) -> &Mask {
        &self.mask
    }

    /// Learns the values that an act would read, without remembering the act: for what waits for a ruling.
    pub fn foresee(&self, action: &Action, oracle: &dyn Oracle) {
        let mut ahead = self.clone();
        ahead.act(action, oracle);
    }

    /// Remembers an act that goes on. What it reads is learnt through `oracle`, so call it when it is let through.
    ///
    /// A program that another program starts is a part of that one's act: of the kernel's program starts only shells
    /// with a text count as acts of their own.
    pub fn act(&mut self, action: &Action, oracle: &dyn Oracle) {
        let is_start = |exec: &crate::model::Exec| exec.argv.len() < 3 || !is_shell(&exec.name());
        let is_part = action.source == Source::Kernel && action.as_exec().is_none_or(is_start);
        self.acts += u64::from(!is_part);
        match &action.kind {
            ActionKind::Exec(exec) => self.exec(exec, action.at, oracle),
            ActionKind::Text(text) => self.text(text, action.at, oracle),
            ActionKind::Tool(tool) => self.tool(tool, action.at, oracle),
            ActionKind::File(file) if file.deed == FileDeed::Read => {
                let cwd = Some(file.cwd.clone());
                self.text(&Text { kind: TextKind::FileRead, text: file.target.clone(), cwd }, action.at, oracle);
            }
            // They are parts of a program's act, which is remembered.
            ActionKind::File(_) | ActionKind::Connect(_) | ActionKind::Kill(_) => {}
        }
    }

    /// Remembers an earlier event that is only known as a text, such as the `prior` of `watch check`.
    ///
    /// Prose is judged elsewhere: make a cue of it and give that to [`Trail::said`].
    pub fn prior(&mut self, text: &Text, at: Moment, oracle: &dyn Oracle) {
        if text.kind != TextKind::Output && text.kind != TextKind::Prose {
            self.acts += 1;
        }
        self.text(text, at, oracle);
    }

    /// Remembers what `call` printed, where the call is known.
    pub fn printed(&mut self, text: &Text, call: Option<&Tool>, at: Moment) {
        self.result(text.text.as_bytes(), call, at);
    }

    /// Remembers what the agent said.
    pub fn said(&mut self, cue: &Cue) {
        let matters = !cue.findings.is_empty();
        let kind = match cue.kind {
            CueKind::Guess if matters => EventKind::Guess,
            CueKind::Claim => EventKind::Claim,
            CueKind::Failure | CueKind::Result => {
                self.result(cue.text.as_bytes(), cue.tool.as_deref(), cue.at);
                return;
            }
            CueKind::Task => {
                self.task(&cue.text);
                return;
            }
            CueKind::Guess | CueKind::ToolCall | CueKind::Question | CueKind::Mode => return,
        };
        let note = if kind == EventKind::Guess { "guess, not checked" } else { self.claims(&cue.text.lossy()) };
        self.event(cue.at, kind, &cue.text.lossy(), note);
    }

    /// Remembers what the operator asked for. It explains what has nothing to do with it; it never lets anything pass.
    pub fn task(&mut self, text: &Untrusted) {
        let masked = self.mask.words(cut(&text.lossy(), TASK_BYTES_MAX));
        self.task = Some(Untrusted::from(masked)).filter(|task| !task.is_empty());
    }

    /// What the operator asked for, if that is known.
    #[must_use]
    pub fn asked(&self) -> Option<&Untrusted> {
        self.task.as_ref()
    }

    /// Remembers what a command printed: resources with their environment, failures, values of secrets.
    pub fn output(&mut self, text: &[u8], at: Moment) {
        let text = String::from_utf8_lossy(text).into_owned();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let kept = self.mask.words(cut(line, LINE_BYTES_MAX));
            if let Some(note) = failure(&kept) {
                self.event(at, EventKind::Failure, &kept, note);
                self.identities.refused(self.acts);
            }
            if self.lines.len() == LINES_MAX {
                self.lines.pop_front();
            }
            self.lines.push_back(kept);
        }
    }

    /// Remembers that something was looked at, by a tool that starts no program.
    pub fn looked(&mut self, what: &str, at: Moment) {
        self.event(at, EventKind::Looked, what, "looked");
    }

    /// Remembers an act that was refused, and what it was meant for.
    pub fn refused(&mut self, action: &Action, judgement: &Judgement) {
        let risky = judgement.findings.iter().filter(|finding| finding.tier >= Tier::Medium);
        let classes = risky.clone().map(|finding| finding.class).collect();
        let targets = risky.filter_map(|finding| finding.target.as_ref()).take(TARGETS_MAX);
        let targets = targets.map(|target| cut(&target.lossy(), EVENT_BYTES_MAX).to_owned()).collect();
        let what = Untrusted::from(self.mask.words(cut(&action.shown(), EVENT_BYTES_MAX)));
        let denied = Denied { at: action.at, classes, targets, what: what.clone() };
        if self.denied.len() == DENIED_MAX {
            self.denied.pop_front();
        }
        self.denied.push_back(denied);
        self.event(action.at, EventKind::Refused, &what.lossy(), "refused");
    }

    /// Whether this session made what is at `path`, or a folder above it.
    #[must_use]
    pub fn made_by_session(&self, path: &str) -> bool {
        let mut rest = path.trim_end_matches('/');
        loop {
            if self.made.contains(rest) {
                return true;
            }
            match rest.rsplit_once('/') {
                Some((above, _)) if !above.is_empty() => rest = above,
                _ => break,
            }
        }
        super::starred(path).any(|pattern| self.made.contains(&pattern))
    }

    /// The context, project or workspace that `tool` was last told to act on.
    #[must_use]
    pub fn chosen_for(&self, tool: &str) -> Option<&str> {
        self.chosen_for.get(tool).map(String::as_str)
    }

    /// Whether the file at `path`, which is absolute, came from the network and was not looked at since.
    #[must_use]
    pub fn was_fetched(&self, path: &str) -> bool {
        self.fetched.has(path)
    }

    /// Whether what is in the working folder was in a commit or a stash when it was last looked at, and nothing ran since.
    #[must_use]
    pub fn is_saved(&self) -> bool {
        self.is_saved
    }

    /// What this session wrote to the file at `path`, which is absolute.
    #[must_use]
    pub fn written(&self, path: &str) -> Option<&str> {
        self.written.get(path).map(String::as_str)
    }

    /// What this session was shown of the file at `path`, which is absolute: it is what stands there unless somebody else
    /// changed it since.
    #[must_use]
    pub fn shown(&self, path: &str) -> Option<&str> {
        self.shown.get(path).map(String::as_str)
    }

    pub(super) fn showed(&mut self, path: String, content: String) {
        let has_room = self.shown.len() < WRITTEN_MAX || self.shown.contains_key(&path);
        if has_room && content.len() <= WRITTEN_BYTES_MAX && path.len() <= PATH_BYTES_MAX {
            self.shown.insert(path, content);
        }
    }

    /// The first known secret in these bytes.
    #[must_use]
    pub fn secret_in(&self, bytes: &[u8]) -> Option<(Secret, Span)> {
        self.mask.secrets_in(bytes).into_iter().next()
    }

    /// What was chosen for the tools of this program's provider.
    pub(super) fn choice(&self, program: &str) -> Option<&Choice> {
        self.chosen.get(super::purpose::family(program)?)
    }

    /// Whether the session saw this resource: its name in an output, or in a command that lists or describes.
    #[must_use]
    pub fn was_looked_at(&self, resource: &str) -> bool {
        let looked = self.events.iter().filter(|event| event.kind == EventKind::Looked);
        names_it(resource).is_none_or(|name| {
            self.lines.iter().any(|line| has_word(line, name))
                || looked.into_iter().any(|event| has_word(&event.what.lossy(), name))
        })
    }

    /// Whether a command listed or described this resource; what it printed may not be known.
    pub(super) fn was_asked_for(&self, resource: &str) -> bool {
        let Some(name) = names_it(resource) else { return false };
        let is_shown = self.lines.iter().any(|line| has_word(line, name));
        !is_shown
            && self.events.iter().any(|event| event.kind == EventKind::Looked && has_word(&event.what.lossy(), name))
    }

    /// The environments that outputs gave this resource.
    #[must_use]
    pub fn environments_of(&self, resource: &str) -> BTreeSet<Environment> {
        let Some(name) = names_it(resource) else { return BTreeSet::new() };
        let lines = self.lines.iter().filter(|line| has_word(line, name));
        lines
            .map(|line| Environment::of_name(&line.replace(name, " ")))
            .filter(|found| *found != Environment::Unknown)
            .collect()
    }

    /// The environment that was chosen last, with the words that chose it.
    #[must_use]
    pub fn environment(&self) -> Option<(Environment, &str)> {
        self.environment.as_ref().map(|(environment, how)| (*environment, how.as_str()))
    }

    /// The guess that was stated within the last ten acts, if one was.
    #[must_use]
    pub fn guess_pending(&self) -> Option<Link> {
        let recent = |event: &&Event| event.kind == EventKind::Guess && self.acts - event.act <= GUESS_ACTS;
        self.events.iter().rev().find(recent).map(Event::link)
    }

    /// Remembers a claim, and tells whether the session shows what it says.
    fn claims(&mut self, text: &str) -> &'static str {
        let Some(claim) = Claim::of(text).filter(|_| self.acts > 0) else { return "claim" };
        let since = self.claimed.insert(claim, self.acts);
        let is_shown = self.done.get(&claim).is_some_and(|done| since.is_none_or(|since| *done > since));
        if is_shown { "claim" } else { "claimed, but nothing in this session shows it" }
    }

    /// Remembers that something was done which an agent may claim.
    pub(super) fn did(&mut self, claim: Claim) {
        self.done.insert(claim, self.acts);
    }

    /// Remembers that a program's help, documentation or dry run was seen.
    pub(super) fn has_read(&mut self, what: &str) {
        let what = cut(what, NAME_BYTES_MAX).to_ascii_lowercase();
        if self.read.len() < READ_MAX && what.len() > 1 {
            self.read.insert(what);
        }
    }

    /// Remembers where a credential was used first.
    pub(super) fn used(&mut self, credential: &str, first: Use) {
        if self.uses.len() < USES_MAX && !self.uses.contains_key(credential) && credential.len() <= NAME_BYTES_MAX {
            self.uses.insert(credential.to_owned(), first);
        }
    }

    /// How much memory what is remembered takes, in bytes; at most [`TRAIL_BYTES_MAX`].
    #[must_use]
    pub fn bytes(&self) -> usize {
        let holders = self.variables.iter().chain(&self.copies);
        self.events.iter().map(|e| e.what.as_bytes().len() + e.note.len() + size_of::<Event>()).sum::<usize>()
            + self.lines.iter().map(|line| line.len() + size_of::<String>()).sum::<usize>()
            + self.made.iter().map(String::len).sum::<usize>()
            + self.written.iter().chain(&self.shown).map(|(path, text)| path.len() + text.len()).sum::<usize>()
            + holders.map(|(name, holder)| name.len() + holder.from.len() + size_of::<Holder>()).sum::<usize>()
            + self.denied.iter().map(Denied::bytes).sum::<usize>()
            + self.fetched.bytes()
            + self.identities.bytes()
            + self.losses.iter().map(|(tool, line)| tool.len() + line.len()).sum::<usize>()
            + self.read.iter().map(String::len).sum::<usize>()
            + self.uses.iter().map(|(name, first)| name.len() + first.bytes() + size_of::<Use>()).sum::<usize>()
            + self.chosen.iter().map(|(name, choice)| name.len() + choice.how.len()).sum::<usize>()
            + self.task.as_ref().map_or(0, |task| task.as_bytes().len())
    }

    pub(super) fn event(&mut self, at: Moment, kind: EventKind, what: &str, note: &str) {
        let what = Untrusted::from(self.mask.words(cut(what, EVENT_BYTES_MAX)));
        if self.events.back().is_some_and(|last| last.kind == kind && last.what == what) {
            return;
        }
        if self.events.len() == EVENTS_MAX {
            self.events.pop_front();
        }
        let note = self.mask.words(cut(note, NAME_BYTES_MAX));
        self.events.push_back(Event { at, act: self.acts, kind, what, note });
    }

    pub(super) fn made(&mut self, path: String) {
        if self.made.len() < MADE_MAX && path.len() > 1 && path.len() <= PATH_BYTES_MAX {
            self.made.insert(path);
        }
    }

    /// It turned out that the session did not make it.
    pub(super) fn unmade(&mut self, path: &str) {
        self.made.remove(path);
    }

    pub(super) fn wrote(&mut self, path: String, content: String, at: Moment) {
        self.fetched.forget(&path);
        self.plans.clear();
        self.is_saved = false;
        self.shown.remove(&path);
        let note = would(&content)
            .map_or("written by the agent".to_owned(), |line| format!("written by the agent, with: {line}"));
        self.event(at, EventKind::Wrote, &path, &note);
        if content.len() <= WRITTEN_BYTES_MAX
            && path.len() <= PATH_BYTES_MAX
            && (self.written.len() < WRITTEN_MAX || self.written.contains_key(&path))
        {
            self.written.insert(path, content);
        } else {
            self.written.remove(&path);
        }
    }

    pub(super) fn forget_written(&mut self, path: &str) {
        self.plans.clear();
        self.is_saved = false;
        self.shown.remove(path);
        self.written.remove(path);
    }

    pub(super) fn holds(&mut self, name: String, mut holder: Holder, is_variable: bool) {
        if name.len() > PATH_BYTES_MAX {
            return;
        }
        holder.from.truncate(cut(&holder.from, EVENT_BYTES_MAX).len());
        let map = if is_variable { &mut self.variables } else { &mut self.copies };
        if map.len() < HOLDERS_MAX || map.contains_key(&name) {
            map.insert(name, holder);
        }
    }

    pub(super) fn chose(&mut self, family: &str, name: &str, how: &str, at: Moment) {
        let environment = if name.contains("://") { Environment::of_url(name) } else { Environment::of_name(name) };
        let how = self.mask.words(how);
        let how = how.as_str();
        if self.chosen.len() < CHOICES_MAX || self.chosen.contains_key(family) {
            let how = cut(how, NAME_BYTES_MAX).to_owned();
            self.chosen.insert(family.to_owned(), Choice { environment, how });
        }
        self.environment = Some((environment, cut(how, NAME_BYTES_MAX).to_owned()));
        self.event(at, EventKind::Environment, how, &format!("environment {}", environment.word()));
    }
}

impl Default for Trail {
    fn default() -> Self {
        Self::new(Mask::default())
    }
}

impl Denied {
    fn bytes(&self) -> usize {
        let targets = self.targets.iter().map(String::len).sum::<usize>();
        targets + self.what.as_bytes().len() + self.classes.len() + size_of::<Self>()
    }
}

fn is_shell(program: &str) -> bool {
    matches!(program, "sh" | "bash" | "dash" | "zsh" | "ksh" | "fish" | "busybox")
}

//! File calls as the session sees them: covered by what was approved, refused by what was refused, else judged.

use super::ancestry::{Process, ancestors, asker};
use super::covers::BEYOND;
use super::files::{Foretold, folder_of, names, shared};
use super::scope::{About, Beside, Outcome, Scope, Secrets, Wide, one_more, other_secrets, reaches};
use super::{SessionJudge, TOOL_REACHES, goes_beyond, runs_denied};
use crate::gate::View;
use crate::model::{
    Action, ActionKind, CaseId, Class, FileAct, FileDeed, Judgement, Moment, Oracle, Tool, ToolDeed, Untrusted, Verdict,
};
use crate::runtime::gate_port::Pass;
use crate::shell::joined_path;
use crate::sys::{self, ProcId};
use crate::trail::names::secret_file;

/// How much of a script is looked at for the folders that it names, in bytes.
const SCRIPT_BYTES_MAX: usize = 64 * 1024;
/// How many names are looked at that lie beside a file.
const BESIDE_MAX: usize = 4096;
/// How many folders a case shows beside the one it is about; a ruling reaches none of more.
const FURTHER_MAX: usize = 12;
/// How many descriptors of a process are looked at for the folders that it holds open.
const DESCRIPTORS_MAX: usize = 256;

impl SessionJudge {
    /// The judgement on a file call.
    pub(super) fn file_call(&mut self, action: &Action, file: &FileAct, oracle: &dyn Oracle) -> Judgement {
        let target = file.target.lossy();
        let pid = action.caller.pid;
        let ruled = self.files.ruled((&target, file.deed), pid.0, action.at).map(|scope| scope.outcome.clone());
        match ruled {
            Some(Outcome::Refused) => return self.refused_before(action, file, &target),
            Some(Outcome::Approved(case, judgement)) => {
                self.pass_whole(action, file, &target, Pass::Covered(case));
                return *judgement;
            }
            None => {}
        }
        let mut judgement = self.judge.judge(action, &self.trail, oracle);
        if file.deed == FileDeed::Read {
            return self.secret_read(action, file, judgement, oracle);
        }
        if judgement.verdict == Verdict::Log
            && let Some(folder) = self.removes_folder(action, file, &judgement, oracle)
        {
            judgement = self.judge.file_of_tree(action, file, &folder, &self.trail, oracle);
        }
        if judgement.verdict.waits() {
            return self.waits(action, file, judgement, oracle);
        }
        let free = self.judge.file_folder(action, file, &self.trail, oracle);
        if let (Some(verdict), Some((folder, _))) = (free, target.rsplit_once('/'))
            && verdict == judgement.verdict
        {
            let pass = if verdict == Verdict::Allow { Pass::Free } else { Pass::Kept };
            self.files.pass((pid, file.deed), folder, pass, self.now(action));
        }
        judgement
    }

    /// The case whose approval covers a file call.
    pub(super) fn file_covered(&mut self, action: &Action, file: &FileAct) -> Option<CaseId> {
        let target = file.target.lossy();
        let scope = self.files.ruled((&target, file.deed), action.caller.pid.0, action.at)?;
        match scope.outcome {
            Outcome::Approved(case, _) => Some(case),
            Outcome::Refused => None,
        }
    }

    /// The operator ruled on a file call: the ruling reaches what its command does below the folder that was shown.
    pub(super) fn file_ruled(&mut self, action: &Action, file: &FileAct, judgement: &Judgement, outcome: Outcome) {
        let chain = ancestors(action.caller.pid.0);
        let Some(within) = self.files.command(&chain).copied() else { return };
        let target = file.target.lossy().into_owned();
        let is_agents = within.id == self.agent.0;
        let about = About::of(file.deed);
        let is_wide = judgement.blast.below.is_none();
        let beside = match (&outcome, about) {
            // What the agent does itself is no command that ends.
            (Outcome::Refused, _) if is_agents => Beside::Nothing,
            (Outcome::Refused, About::Reads) => Beside::Everything,
            (Outcome::Refused, About::Changes | About::All) if is_wide => Beside::around(&target),
            (Outcome::Refused, About::Changes | About::All) => Beside::Nothing,
            (Outcome::Approved(..), _) => {
                judgement.blast.beside.as_ref().map_or(Beside::Nothing, |shown| Beside::was_shown(&shown.lossy()))
            }
        };
        let mut targets = vec![target];
        let folders = judgement.blast.below.iter().chain(&judgement.blast.further);
        targets.extend(folders.map(|folder| folder.lossy().into_owned()));
        let until = is_agents.then(|| self.now(action).plus(TOOL_REACHES));
        self.files.rule(Scope { within, targets, beside, about, until, outcome });
    }

    /// A program start was approved, or an approval covers it: what it was shown to destroy, its process may.
    pub(super) fn start_ruled(&mut self, case: CaseId, action: &Action, judgement: &Judgement) {
        let Some(within) = ancestors(action.caller.pid.0).first().copied() else { return };
        let process = ProcId(action.caller.pid.0);
        let view = View::of(process, process);
        let (judge, trail) = (&self.judge, &self.trail);
        let mut targets = self.files.targets(within, &|action| judge.account(action, trail, &view));
        targets.extend(judgement.blast.targets.iter().filter_map(|target| self.placed(action, target)));
        if targets.is_empty() {
            return;
        }
        let outcome = Outcome::Approved(case, Box::new(judgement.clone()));
        self.files.rule(Scope { within, targets, beside: Beside::Nothing, about: About::All, until: None, outcome });
    }

    /// A tool call was approved: for a while the agent may do to these files what it announced.
    pub(super) fn tool_ruled(
        &mut self,
        case: CaseId,
        action: &Action,
        tool: &Tool,
        judgement: &Judgement,
        now: Moment,
    ) {
        let paths: Vec<&Untrusted> = match &tool.deed {
            ToolDeed::Write { path, .. } => vec![path],
            ToolDeed::Remove { paths } | ToolDeed::Read { paths } => paths.iter().collect(),
            ToolDeed::Move { from, to } => vec![from, to],
            ToolDeed::Shell { .. }
            | ToolDeed::Sql { .. }
            | ToolDeed::Request { .. }
            | ToolDeed::Remote { .. }
            | ToolDeed::Inner
            | ToolDeed::Unknown => return,
        };
        let targets: Vec<String> = paths.into_iter().filter_map(|path| self.placed(action, path)).collect();
        let Some(within) = asker(action.caller.pid.0, self.agent.0) else { return };
        let outcome = Outcome::Approved(case, Box::new(judgement.clone()));
        let until = Some(now.plus(TOOL_REACHES));
        self.files.rule(Scope { within, targets, beside: Beside::Nothing, about: About::All, until, outcome });
    }

    /// An act that would be held: within what its command was judged for, or a case of its own.
    fn waits(&mut self, action: &Action, file: &FileAct, judgement: Judgement, oracle: &dyn Oracle) -> Judgement {
        let target = file.target.lossy().into_owned();
        let chain = self.chain(action);
        let is_it = |known: &str| {
            let resolved = || oracle.resolve(&Untrusted::from(known));
            reaches(known, &target) || resolved().is_some_and(|to| reaches(&to.lossy(), &target))
        };
        let foretold = self.foretold(&chain, oracle, &is_it);
        // A command that names where something lies now was not judged for what that is.
        if foretold == Foretold::This && file.origin.is_none() {
            return Judgement { verdict: Verdict::Log, ..judgement };
        }
        let is_tree = judgement.blast.targets.iter().any(|known| known.as_bytes() != target.as_bytes());
        let mut judgement = judgement;
        let text = self.spoken(file, &chain, oracle);
        match self.reach_of(action, file, &text) {
            Some(folder) => {
                let folder = self.with_earlier(action, folder);
                if is_tree {
                    judgement = self.judge.file_of_tree(action, file, &folder, &self.trail, oracle);
                }
                judgement.blast.further = self.further((action, file), &folder, &text, oracle);
                judgement.blast.below = Some(Untrusted::from(folder));
            }
            // What is shown as a whole is ruled on as a whole.
            None if is_tree => {
                let whole = judgement.blast.targets.iter().find(|known| reaches(&known.lossy(), &target));
                judgement.blast.below = whole.cloned();
            }
            None => judgement.blast.beside = self.one_more(action, &target, oracle).shown().map(Untrusted::from),
        }
        if let (Foretold::Other, Some(words)) = (foretold, self.files.words(&chain)) {
            let differs = format!("`{words}` was judged; it also {} {}", file.deed.verb(), file.target.shown());
            judgement.findings.push(goes_beyond(&differs));
        }
        judgement
    }

    /// A read of a secret: its owner's is nothing, what a command above was judged for is noted, anybody else's waits.
    fn secret_read(&mut self, action: &Action, file: &FileAct, judgement: Judgement, oracle: &dyn Oracle) -> Judgement {
        let target = file.target.lossy();
        if !judgement.verdict.waits() {
            // What was found to hold a token is told of, whatever it is called.
            let is_found = judgement.verdict == Verdict::Allow && self.trail.holds_secret(&target);
            let verdict = if is_found { Verdict::Log } else { judgement.verdict };
            return Judgement { verdict, ..judgement };
        }
        let chain = self.chain(action);
        let is_it = |known: &str| {
            let resolved = || oracle.resolve(&Untrusted::from(known));
            reaches(known, &target) || resolved().is_some_and(|to| reaches(&to.lossy(), &target))
        };
        let (judge, trail) = (&self.judge, &self.trail);
        let is_foretold = self.files.foretells_read(&chain, &|action| judge.account(action, trail, oracle), &is_it);
        if is_foretold {
            return Judgement { verdict: Verdict::Log, ..judgement };
        }
        let mut blast = judgement.blast;
        match self.other_secrets(action, &target, oracle) {
            Secrets::One => {}
            Secrets::Below(folder) => blast.below = Some(Untrusted::from(folder)),
            Secrets::Named(beside) => blast.beside = beside.shown().map(Untrusted::from),
        }
        Judgement { blast, ..judgement }
    }

    /// What an approval of this secret reaches besides.
    fn other_secrets(&self, action: &Action, target: &str, oracle: &dyn Oracle) -> Secrets {
        let folder = target.rsplit_once('/').map_or("", |(folder, _)| folder);
        let is_secret = |name: &String| {
            let path = format!("{folder}/{name}");
            secret_file(&path).is_some() || self.trail.holds_secret(&path)
        };
        let others: Vec<String> = files_in(folder, oracle).into_iter().filter(is_secret).collect();
        other_secrets(target, (self.is_wide(folder), &others), self.rulings(action))
    }

    /// Whether a folder is too wide for one ruling on all that lies below it: the home and the project lie in it, or it
    /// lies at the top of the system.
    fn is_wide(&self, folder: &str) -> bool {
        let policy = self.judge.policy();
        let mut places = [&policy.project, &policy.home].into_iter().flatten();
        places.any(|place| format!("{place}/").starts_with(&format!("{folder}/"))) || folder.matches('/').count() < 2
    }

    /// The folder that a ruling reaches which would reach `folder`: what that shares with the folder of an earlier one.
    fn with_earlier(&self, action: &Action, folder: String) -> String {
        let inside = format!("{folder}/");
        let shares = self.rulings(action).filter_map(Scope::approved_folder).map(|known| shared(&inside, &[known]));
        shares.filter(|shared| !self.is_wide(shared)).min_by_key(String::len).unwrap_or(folder)
    }

    /// What a ruling on one more file reaches that lies in a folder too wide for a ruling.
    fn one_more(&self, action: &Action, target: &str, oracle: &dyn Oracle) -> Beside {
        let folder = target.rsplit_once('/').map(|(folder, _)| folder);
        let is_home = folder != self.judge.policy().project.as_deref();
        let wide = Wide { is_home, files: folder.map(|folder| files_in(folder, oracle)).unwrap_or_default() };
        one_more(target, &wide, self.rulings(action))
    }

    /// The rulings that hold on what the command of this call does itself, oldest first.
    fn rulings(&self, action: &Action) -> impl Iterator<Item = &Scope> {
        let command = self.files.command(&ancestors(action.caller.pid.0)).copied();
        let now = self.now(action);
        command.into_iter().flat_map(move |command| self.files.rulings(command, now))
    }

    /// The folders beside `folder` that a ruling on a removal reaches too: those that its command names, and once it goes
    /// on to a second one, all that lie there.
    fn further(
        &self,
        (action, file): (&Action, &FileAct),
        folder: &str,
        text: &str,
        oracle: &dyn Oracle,
    ) -> Vec<Untrusted> {
        let parent = folder.rsplit_once('/').map(|(parent, _)| parent);
        let Some(parent) = parent.filter(|_| matches!(file.deed, FileDeed::Remove | FileDeed::RemoveFolder)) else {
            return Vec::new();
        };
        let is_beside = |known: &str| known != folder && known.rsplit_once('/').is_some_and(|(own, _)| own == parent);
        let is_second = self.rulings(action).filter_map(Scope::approved_folder).any(is_beside);
        let cwd = file.cwd.lossy();
        let is_reached = |path: &String| is_beside(path) && (is_second || names(text, path, &cwd));
        let found = folders_in(parent, oracle).into_iter().filter(is_reached);
        let found: Vec<Untrusted> = found.map(Untrusted::from).collect();
        if found.len() > FURTHER_MAX { Vec::new() } else { found }
    }

    /// What the command of a call says: its words, and what its script says.
    fn spoken(&self, file: &FileAct, chain: &[Process], oracle: &dyn Oracle) -> String {
        let cwd = file.cwd.lossy();
        let mut text = self.files.words(chain).unwrap_or_default();
        for word in file.command.iter().skip(1) {
            text.push('\n');
            text.push_str(&word.lossy());
            let script = joined_path(Some(&cwd), &word.lossy()).map(Untrusted::from);
            let is_script = word.lossy().contains('.') && !word.as_bytes().starts_with(b"-");
            if let Some(bytes) = script.filter(|_| is_script).and_then(|path| oracle.read(&path, SCRIPT_BYTES_MAX)) {
                text.push('\n');
                text.push_str(&String::from_utf8_lossy(&bytes));
            }
        }
        text
    }

    /// The folder that a ruling on this call reaches, `text` being what its command says.
    fn reach_of(&self, action: &Action, file: &FileAct, text: &str) -> Option<String> {
        let cwd = file.cwd.lossy().into_owned();
        let open: Vec<String> = sys::fd_links(ProcId(action.caller.pid.0), DESCRIPTORS_MAX)
            .into_iter()
            .map(|link| Untrusted::new(link).lossy().into_owned())
            .collect();
        let project = self.judge.policy().project.clone().unwrap_or_else(|| cwd.clone());
        let home = self.judge.policy().home.clone();
        folder_of(
            file,
            (&project, home.as_deref()),
            &|folder| names(text, folder, &cwd) || names(text, folder, &project),
            &open,
        )
    }

    /// The folder that this command removes file by file, once it has removed enough of them.
    fn removes_folder(
        &mut self,
        action: &Action,
        file: &FileAct,
        judgement: &Judgement,
        oracle: &dyn Oracle,
    ) -> Option<String> {
        // Only what is no tool's work has a finding.
        let is_counted = file.deed == FileDeed::Remove
            && judgement.findings.iter().any(|finding| finding.class == Class::Delete && finding.rule.0 != BEYOND);
        if !is_counted {
            return None;
        }
        let target = file.origin.as_ref().unwrap_or(&file.target).lossy().into_owned();
        let chain = self.chain(action);
        if file.origin.is_none() && self.foretold(&chain, oracle, &|known| reaches(known, &target)) == Foretold::This {
            return None;
        }
        if let Some(tree) = &file.tree {
            return Some(tree.lossy().into_owned());
        }
        let project = self.judge.policy().project.clone()?;
        let is_back = |path: &str| !matches!(oracle.fact(&path.into()), crate::model::FileFact::Missing);
        let process = self.files.command(&chain).map_or(action.caller.pid.0, |process| process.id);
        self.files.counts(process, &target, &project, action.at, &is_back)
    }

    /// The process that calls and those above it, up to the agent.
    fn chain(&mut self, action: &Action) -> Vec<Process> {
        let chain = self.files.chain(action.caller.pid.0, action.at);
        chain.iter().take_while(|process| process.id != self.agent.0).copied().collect()
    }

    /// Whether the commands above were started for what `is_it` says.
    fn foretold(&mut self, chain: &[Process], oracle: &dyn Oracle, is_it: &dyn Fn(&str) -> bool) -> Foretold {
        let (judge, trail) = (&self.judge, &self.trail);
        self.files.foretold(chain, &|action: &Action| judge.account(action, trail, oracle), is_it)
    }

    /// Where a path of an act leads.
    fn placed(&self, action: &Action, path: &Untrusted) -> Option<String> {
        let cwd = match &action.kind {
            ActionKind::Exec(exec) => Some(exec.cwd.lossy().into_owned()),
            other => other.cwd().map(|cwd| cwd.lossy().into_owned()),
        };
        let whole = joined_path(cwd.as_deref(), &path.lossy())?;
        whole.starts_with('/').then_some(whole)
    }

    /// A call that lies within what the operator refused.
    fn refused_before(&mut self, action: &Action, file: &FileAct, target: &str) -> Judgement {
        self.pass_whole(action, file, target, Pass::Refused);
        let mut judgement = Judgement { verdict: Verdict::Deny, ..Judgement::default() };
        let finding = runs_denied(&judgement).target(file.target.clone());
        judgement.findings.push(finding);
        judgement
    }

    /// Remembers the ruling on a call for all of its folder, where it reaches all of that.
    fn pass_whole(&mut self, action: &Action, file: &FileAct, target: &str, pass: Pass) {
        let Some((folder, _)) = target.rsplit_once('/') else { return };
        let ruled = self.files.ruled((&format!("{folder}/file"), file.deed), action.caller.pid.0, action.at);
        let is_same = ruled.is_some_and(|scope| match (&scope.outcome, pass) {
            (Outcome::Refused, Pass::Refused) => true,
            (Outcome::Approved(case, _), Pass::Covered(known)) => *case == known,
            (Outcome::Refused | Outcome::Approved(..), _) => false,
        });
        if is_same {
            self.files.pass((action.caller.pid, file.deed), folder, pass, self.now(action));
        }
    }
}

/// The names of the files that lie in a folder, as far as they are known.
fn files_in(folder: &str, oracle: &dyn Oracle) -> Vec<String> {
    let names = oracle.inside(&Untrusted::from(folder), BESIDE_MAX).unwrap_or_default();
    names.into_iter().filter(|named| !named.leads_on).map(|named| named.name.lossy().into_owned()).collect()
}

/// The folders that lie in one, as far as they are known; hidden ones are no agent's sources.
fn folders_in(folder: &str, oracle: &dyn Oracle) -> Vec<String> {
    let names = oracle.inside(&Untrusted::from(folder), BESIDE_MAX).unwrap_or_default();
    let folders = names.into_iter().filter(|named| named.leads_on && !named.name.as_bytes().starts_with(b"."));
    folders.map(|named| format!("{folder}/{}", named.name.lossy())).collect()
}

//! What passed of file calls, told together: one line for what a process did in a folder within a second.

use std::collections::HashMap;
use std::time::Duration;

use super::gate_port::GateEvent;
use crate::model::{Action, ActionKind, CaseId, FileAct, FileDeed, Judgement, Keep, Pid, objects_folder};
use crate::sys::Deadline;

/// How long an act may wait to be told of.
const TOLD_AFTER: Duration = Duration::from_secs(1);
/// Lines that may wait at once; with more, all are told.
pub(super) const LINES_MAX: usize = 256;

/// Acts that passed and have not been told of yet.
#[derive(Debug, Default)]
pub(super) struct Passed {
    lines: HashMap<Line, GateEvent>,
    due: Option<Deadline>,
}

/// What is told together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Line {
    process: Pid,
    deed: FileDeed,
    folder: Vec<u8>,
}

impl Line {
    /// The line for a folder; the folders that git spreads its objects over have one together.
    fn of(process: Pid, deed: FileDeed, folder: &[u8]) -> Self {
        Self { process, deed, folder: objects_folder(folder).unwrap_or(folder).to_vec() }
    }
}

impl Passed {
    /// Counts one more act of a line that waits already; whether there is one.
    pub(super) fn again(&mut self, (process, deed, folder): (Pid, FileDeed, &[u8]), keep: &Keep) -> bool {
        let line = Line::of(process, deed, folder);
        let Some(file) = self.lines.get_mut(&line).and_then(act) else { return false };
        file.count = file.count.saturating_add(1);
        file.keep = both(&file.keep, keep);
        true
    }

    /// Takes in an act, the first of its line or one more.
    pub(super) fn add(&mut self, folder: &[u8], action: Action, judgement: Judgement, covered_by: Option<CaseId>) {
        let ActionKind::File(file) = &action.kind else { return };
        if self.again((action.caller.pid, file.deed, folder), &file.keep) {
            return;
        }
        let line = Line::of(action.caller.pid, file.deed, folder);
        self.lines.insert(line, GateEvent::Judged { action, judgement, covered_by });
        self.due.get_or_insert_with(|| Deadline::after(TOLD_AFTER));
    }

    /// How long until something has to be told.
    pub(super) fn left(&self) -> Option<Duration> {
        self.due.map(|due| due.left())
    }

    /// What has to be told now.
    pub(super) fn due(&mut self) -> Vec<GateEvent> {
        let is_due = self.due.is_some_and(|due| due.is_over()) || self.lines.len() >= LINES_MAX;
        if is_due { self.all() } else { Vec::new() }
    }

    /// What the process did; it starts something else.
    pub(super) fn of(&mut self, process: Pid) -> Vec<GateEvent> {
        if self.lines.is_empty() {
            return Vec::new();
        }
        in_order(self.lines.extract_if(|line, _| line.process == process).map(|(_, event)| event).collect())
    }

    /// All of it.
    pub(super) fn all(&mut self) -> Vec<GateEvent> {
        self.due = None;
        in_order(self.lines.drain().map(|(_, event)| event).collect())
    }
}

fn act(event: &mut GateEvent) -> Option<&mut FileAct> {
    match event {
        GateEvent::Judged { action: Action { kind: ActionKind::File(file), .. }, .. } => Some(file),
        _ => None,
    }
}

/// The oldest first.
fn in_order(mut events: Vec<GateEvent>) -> Vec<GateEvent> {
    events.sort_by_key(|event| match event {
        GateEvent::Judged { action, .. } => Some(action.id),
        _ => None,
    });
    events
}

/// How several things were kept together: what is lost is told of.
fn both(one: &Keep, other: &Keep) -> Keep {
    match (one, other) {
        (Keep::Lost { why }, _) | (_, Keep::Lost { why }) => Keep::Lost { why: why.clone() },
        (Keep::Kept { bytes }, Keep::Kept { bytes: more }) => Keep::Kept { bytes: bytes.saturating_add(*more) },
        (kept @ Keep::Kept { .. }, Keep::Untried) | (Keep::Untried, kept @ Keep::Kept { .. }) => kept.clone(),
        (Keep::Untried, Keep::Untried) => Keep::Untried,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ActionId, Caller, FileObject, Moment, ObjectKind, Source};

    fn action(id: u64, pid: i32, deed: FileDeed, keep: Keep) -> Action {
        let object = FileObject { device: 1, inode: 2, kind: ObjectKind::File, bytes: 3, links: 1, is_new: None };
        let file = FileAct {
            deed,
            call: "unlinkat".into(),
            path: "a".into(),
            target: "/w/a".into(),
            from: None,
            origin: None,
            tree: None,
            object,
            stays: 0,
            command: Vec::new(),
            cwd: "/w".into(),
            count: 1,
            keep,
        };
        let caller = Caller { pid: Pid(pid), tid: Pid(pid), parent: Pid(1), program: "rm".into() };
        let kind = ActionKind::File(Box::new(file));
        Action { id: ActionId(id), at: Moment::ZERO, caller, source: Source::Kernel, kind }
    }

    fn told(events: Vec<GateEvent>) -> Vec<(u64, u32, Keep)> {
        events
            .into_iter()
            .filter_map(|event| match event {
                GateEvent::Judged { action: Action { id, kind: ActionKind::File(file), .. }, .. } => {
                    Some((id.0, file.count, file.keep))
                }
                _ => None,
            })
            .collect()
    }

    #[test]
    fn a_process_that_does_the_same_in_a_folder_is_told_of_once() {
        let kept = |bytes| Keep::Kept { bytes };
        let lost = Keep::Lost { why: "full".into() };
        let mut passed = Passed::default();
        let mut add = |id, pid, deed, folder: &str, keep: Keep| {
            passed.add(folder.as_bytes(), action(id, pid, deed, keep), Judgement::default(), None);
        };
        add(1, 7, FileDeed::Remove, "/w", kept(5));
        add(2, 7, FileDeed::Remove, "/w", kept(6));
        add(3, 7, FileDeed::Remove, "/w/x", kept(1));
        add(4, 7, FileDeed::Replace, "/w", Keep::Untried);
        add(5, 8, FileDeed::Remove, "/w", kept(1));
        add(6, 8, FileDeed::Remove, "/w", lost.clone());
        add(7, 8, FileDeed::Remove, "/w", kept(1));
        assert!(passed.again((Pid(7), FileDeed::Remove, b"/w"), &kept(100)));
        assert!(!passed.again((Pid(9), FileDeed::Remove, b"/w"), &kept(100)));
        assert_eq!(told(passed.due()), []);
        assert_eq!(told(passed.of(Pid(8))), [(5, 3, lost)]);
        assert_eq!(told(passed.all()), [(1, 3, kept(111)), (3, 1, kept(1)), (4, 1, Keep::Untried)]);
        assert!(passed.left().is_none() && told(passed.all()).is_empty());
    }

    #[test]
    fn what_git_does_to_its_objects_is_told_of_once_for_all_their_folders() {
        let mut passed = Passed::default();
        let add = |passed: &mut Passed, id, folder: &str| {
            passed.add(folder.as_bytes(), action(id, 7, FileDeed::Remove, Keep::Untried), Judgement::default(), None);
        };
        add(&mut passed, 1, "/w/.git/objects/0a");
        add(&mut passed, 2, "/w/.git/objects/ff");
        add(&mut passed, 3, "/w/.git/objects/pack");
        add(&mut passed, 4, "/x/.git/objects/0a");
        add(&mut passed, 5, "/w/objects/0a");
        assert!(passed.again((Pid(7), FileDeed::Remove, b"/w/.git/objects/10"), &Keep::Untried));
        let lines: Vec<(u64, u32)> = told(passed.all()).into_iter().map(|(id, count, _)| (id, count)).collect();
        assert_eq!(lines, [(1, 3), (3, 1), (4, 1), (5, 1)]);
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut passed = Passed::default();
        for id in 0..u64::try_from(LINES_MAX).unwrap() {
            let folder = format!("/w/{id}");
            passed.add(folder.as_bytes(), action(id, 7, FileDeed::Remove, Keep::Untried), Judgement::default(), None);
        }
        assert_eq!(passed.due().len(), LINES_MAX);
    }
}

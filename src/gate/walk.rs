//! Who belongs to the tree: the agent, its descendants, and daemons that became our children.

use std::collections::HashSet;

use crate::model::{NodeState, Pid, Tree, TreeNode, Untrusted};
use crate::sys::{self, ProcId};

/// As much of a command line as is read for a tree. Whoever shows it masks it first and cuts it then: of a secret
/// that is cut nobody knows that it is one.
const COMMAND_BYTES_MAX: usize = 4096;

/// Finds the processes of the tree.
#[derive(Debug, Clone)]
pub struct Walker {
    agent: ProcId,
    except: Vec<Vec<u8>>,
    own_filters: u32,
}

/// One process that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Its number.
    pub id: ProcId,
    /// Its parent.
    pub parent: ProcId,
    /// When it started; with the number, its identity.
    pub started: u64,
    /// How deep below the agent.
    pub depth: u16,
    /// The operator named it, or it comes from one that was named.
    pub is_excepted: bool,
}

impl Walker {
    /// A walker for the tree of `agent`; `except` names programs that are not to be stopped.
    #[must_use]
    pub fn new(agent: Pid, except: &[String]) -> Self {
        Self {
            agent: ProcId(agent.0),
            except: except.iter().map(|name| name.as_bytes().to_vec()).collect(),
            own_filters: sys::seccomp_filters(sys::self_id()),
        }
    }

    /// Every living process of the tree, parents before children, depth first; daemons last.
    #[must_use]
    pub fn walk(&self) -> Vec<Found> {
        let (mut found, mut seen) = (Vec::new(), HashSet::new());
        self.descend(self.agent, (sys::self_id(), 0, false), (&mut found, &mut seen));
        for orphan in sys::children_of(sys::self_id()) {
            // A child of ours that is behind no filter of its own is a helper of ours and no daemon of the agent's.
            if !seen.contains(&orphan) && sys::seccomp_filters(orphan) > self.own_filters {
                self.descend(orphan, (sys::self_id(), 1, false), (&mut found, &mut seen));
            }
        }
        found
    }

    fn descend(
        &self,
        from: ProcId,
        (parent, depth, inherits): (ProcId, u16, bool),
        (found, seen): (&mut Vec<Found>, &mut HashSet<ProcId>),
    ) {
        // A stack of our own: how deep a tree grows is the agent's choice.
        let mut open = vec![(from, parent, depth, inherits)];
        while let Some((id, parent, depth, inherits)) = open.pop() {
            let Ok(stat) = sys::stat(id) else { continue };
            let is_dead = matches!(stat.state, 'Z' | 'X') && sys::tasks_of(id).len() <= 1;
            if is_dead || !seen.insert(id) {
                continue;
            }
            let is_excepted = id != self.agent && (inherits || self.is_named(id));
            found.push(Found { id, parent, started: stat.started, depth, is_excepted });
            let children = sys::children_of(id);
            open.extend(children.into_iter().rev().map(|child| (child, id, depth.saturating_add(1), is_excepted)));
        }
    }

    /// Whether the operator named what it runs: its program's file, or the name it was started by.
    fn is_named(&self, id: ProcId) -> bool {
        if self.except.is_empty() {
            return false;
        }
        let exe = sys::link(id, "exe").unwrap_or_default();
        let cmdline = sys::cmdline(id, COMMAND_BYTES_MAX).unwrap_or_default();
        let first = cmdline.split(|b| *b == 0).next().unwrap_or_default();
        self.except.iter().any(|name| *name == last_part(&exe) || *name == last_part(first))
    }

    /// The tree as it is now, for the operator. `held` are threads that wait in a gated call.
    #[must_use]
    pub fn tree(&self, held: &HashSet<ProcId>) -> Tree {
        let nodes = self.walk().into_iter().map(|found| node(&found, held)).collect();
        Tree { nodes }
    }
}

fn node(found: &Found, held: &HashSet<ProcId>) -> TreeNode {
    let tasks = sys::tasks_of(found.id);
    let is_standing = |task: &ProcId| {
        held.contains(task)
            || sys::thread_stat(found.id, *task)
                .is_ok_and(|stat| matches!(stat.state, 'T' | 't' | 'Z' | 'X') || is_vfork_parent(found.id, *task, stat))
    };
    let state = if found.is_excepted {
        NodeState::Excepted
    } else if tasks.iter().any(|task| held.contains(task)) {
        NodeState::Held
    } else if tasks.iter().all(is_standing) {
        NodeState::Stopped
    } else {
        NodeState::Running
    };
    TreeNode {
        pid: Pid(found.id.0),
        parent: Pid(found.parent.0),
        depth: found.depth,
        command: command(found.id),
        state,
    }
}

/// Whether it waits in the kernel for a child that shares its memory, with our stop pending.
pub(super) fn is_vfork_parent(process: ProcId, thread: ProcId, stat: sys::Stat) -> bool {
    const STOP_BIT: u64 = 1 << 18;
    stat.state == 'D'
        && sys::status(thread).is_ok_and(|status| status.pending & STOP_BIT != 0)
        && matches!(sys::wchan(process, thread).as_str(), "kernel_clone" | "" | "0")
}

/// Its command line with blanks between the words, or its program's name where it has none.
fn command(id: ProcId) -> Untrusted {
    let mut line = sys::cmdline(id, COMMAND_BYTES_MAX).unwrap_or_default();
    while line.last() == Some(&0) {
        line.pop();
    }
    line.iter_mut().filter(|b| **b == 0).for_each(|b| *b = b' ');
    if line.is_empty() {
        line = last_part(&sys::link(id, "exe").unwrap_or_default()).to_vec();
    }
    Untrusted::new(line)
}

fn last_part(path: &[u8]) -> &[u8] {
    path.rsplit(|b| *b == b'/').next().unwrap_or_default()
}

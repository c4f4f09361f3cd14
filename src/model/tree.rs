//! The agent and every living descendant.

use serde::{Deserialize, Serialize};

use super::{Pid, Untrusted};

/// The agent's processes at one moment, parents before children.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tree {
    /// Its processes, depth first from the agent; daemons that lost their parent come last.
    pub nodes: Vec<TreeNode>,
}

/// One process of the tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeNode {
    /// Its number.
    pub pid: Pid,
    /// Its parent's; the supervisor's for the agent and for orphans.
    pub parent: Pid,
    /// How deep below the agent it is; the agent is 0.
    pub depth: u16,
    /// What it runs, a short form of its command line.
    pub command: Untrusted,
    /// Whether it stands still.
    pub state: NodeState,
}

/// Whether a process of the tree stands still.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeState {
    /// It runs.
    Running,
    /// Every thread of it is stopped.
    Stopped,
    /// It waits in a gated call.
    Held,
    /// The operator named it in `freeze.except`.
    Excepted,
}

impl Tree {
    /// How many processes stand still, and how many there are.
    #[must_use]
    pub fn standing(&self) -> (usize, usize) {
        let still = self.nodes.iter().filter(|node| matches!(node.state, NodeState::Stopped | NodeState::Held)).count();
        (still, self.nodes.len())
    }
}

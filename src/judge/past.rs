//! What the judge asks about the session so far.

use crate::model::{Action, Finding};
use crate::shell::Invocation;
use crate::trail::{Explained, Trail};

/// Answers the judge's questions about what the session did before.
pub trait Past {
    /// Whether this session made the file or folder at `path`, which is absolute.
    fn made(&self, path: &str) -> bool {
        let _ = path;
        false
    }

    /// The context, project or workspace that this session told `tool` to act on.
    fn chosen(&self, tool: &str) -> Option<String> {
        let _ = tool;
        None
    }

    /// Whether this session saw a plan of `tool` after which nothing is gone.
    fn planned(&self, tool: &str) -> bool {
        let _ = tool;
        false
    }

    /// Whether what is in the working folder was in a commit or a stash when this session last looked, and nothing ran since.
    fn saved(&self) -> bool {
        false
    }

    /// Whether the file at `path`, which is absolute, came from the network and nobody has looked at it since.
    fn fetched(&self, path: &str) -> bool {
        let _ = path;
        false
    }

    /// The content that this session wrote to the file at `path`, which is absolute.
    fn written(&self, path: &str) -> Option<String> {
        let _ = path;
        None
    }

    /// What this session was shown of the file at `path`, which is absolute.
    fn shown(&self, path: &str) -> Option<String> {
        let _ = path;
        None
    }

    /// What the session's past adds to an action that leads to these invocations, and in which `found` was found already.
    fn explain(&self, action: &Action, invocations: &[Invocation], found: &[Finding]) -> Explained {
        let _ = (action, invocations, found);
        Explained::default()
    }
}

impl Past for Trail {
    fn made(&self, path: &str) -> bool {
        self.made_by_session(path)
    }

    fn chosen(&self, tool: &str) -> Option<String> {
        self.chosen_for(tool).map(str::to_owned)
    }

    fn planned(&self, tool: &str) -> bool {
        self.has_planned(tool)
    }

    fn saved(&self) -> bool {
        self.is_saved()
    }

    fn fetched(&self, path: &str) -> bool {
        self.was_fetched(path)
    }

    fn written(&self, path: &str) -> Option<String> {
        Trail::written(self, path).map(str::to_owned)
    }

    fn shown(&self, path: &str) -> Option<String> {
        Trail::shown(self, path).map(str::to_owned)
    }

    fn explain(&self, action: &Action, invocations: &[Invocation], found: &[Finding]) -> Explained {
        Trail::explain(self, action, invocations, found)
    }
}

/// A session that has done nothing yet.
#[derive(Debug, Clone, Copy, Default)]
pub struct Fresh;

impl Past for Fresh {}

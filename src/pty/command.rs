//! What is started.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;

use portable_pty::CommandBuilder;

/// A program to start with everything it gets; nothing is inherited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The program: a path, or a name to be looked up in `PATH` of `env`.
    pub program: OsString,
    /// Its arguments, without its name.
    pub args: Vec<OsString>,
    /// Its whole environment.
    pub env: Vec<(OsString, OsString)>,
    /// Where it starts.
    pub cwd: PathBuf,
}

/// Why nothing was started.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    /// There is no such folder to start in.
    #[error("{0}: not a folder to start in")]
    NoFolder(PathBuf),
    /// The system gives no pseudo-terminal.
    #[error("no pseudo-terminal: {0}")]
    NoTerminal(#[source] io::Error),
    /// The program is not there or cannot be run; the text is the library's.
    #[error("{}: cannot be started: {reason}", program.display())]
    NotStarted {
        /// Which program.
        program: OsString,
        /// What the library or the system says.
        reason: String,
    },
}

impl Command {
    /// The library's form of it. The check of the folder is ours: the library would start in the home folder instead.
    pub(super) fn builder(&self) -> Result<CommandBuilder, SpawnError> {
        if !self.cwd.is_dir() {
            return Err(SpawnError::NoFolder(self.cwd.clone()));
        }
        let mut builder = CommandBuilder::new(&self.program);
        builder.args(&self.args);
        builder.env_clear();
        for (name, value) in &self.env {
            builder.env(name, value);
        }
        builder.cwd(&self.cwd);
        Ok(builder)
    }
}

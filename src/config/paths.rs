//! Where files go, by the XDG base directories.

use std::path::{Path, PathBuf};

use super::Env;

/// The folder name below each XDG base directory.
const OURS: &str = "watch";

/// Where the program reads and writes.
#[derive(Debug, Clone)]
pub struct Paths {
    /// `config.toml`, `policy.toml`, `themes/`, `keymaps/`, `rules/`.
    pub config: PathBuf,
    /// `sessions/`.
    pub state: PathBuf,
    /// The sockets.
    pub runtime: PathBuf,
}

/// Why there is no place for the program's files.
#[derive(Debug, thiserror::Error)]
pub enum PathError {
    /// Neither a home nor XDG folders are known.
    #[error("neither HOME nor {missing} is set, so there is no place for {what}")]
    NoPlace {
        /// What is missing.
        missing: &'static str,
        /// What it is needed for.
        what: &'static str,
    },
}

impl Paths {
    /// Works the folders out; nothing is created.
    ///
    /// # Errors
    /// [`PathError::NoPlace`] where neither a home nor the XDG folder is known.
    pub fn find(env: &Env) -> Result<Self, PathError> {
        let home = |rest: &str| env.home.as_ref().map(|home| home.join(rest));
        let config = env
            .config_dir
            .clone()
            .or_else(|| home(".config").map(|dir| dir.join(OURS)))
            .ok_or(PathError::NoPlace { missing: "XDG_CONFIG_HOME", what: "the configuration" })?;
        let state = env
            .state_home
            .clone()
            .or_else(|| home(".local/state"))
            .map(|dir| dir.join(OURS))
            .ok_or(PathError::NoPlace { missing: "XDG_STATE_HOME", what: "sessions" })?;
        let runtime = env.runtime_dir.as_ref().map_or_else(|| state.join("run"), |dir| dir.join(OURS));
        Ok(Self { config, state, runtime })
    }

    /// The folder of all sessions.
    #[must_use]
    pub fn sessions(&self) -> PathBuf {
        self.state.join("sessions")
    }

    /// The folders that an agent has no business in.
    #[must_use]
    pub fn protected(&self) -> [&Path; 3] {
        [&self.config, &self.state, &self.runtime]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xdg_folders_win_over_home_and_home_is_enough() -> Result<(), PathError> {
        let mut env = Env { home: Some("/home/dev".into()), ..Env::default() };
        assert_eq!(Paths::find(&env)?.sessions(), Path::new("/home/dev/.local/state/watch/sessions"));
        env.state_home = Some("/s".into());
        env.runtime_dir = Some("/run/user/1".into());
        let paths = Paths::find(&env)?;
        assert_eq!(paths.sessions(), Path::new("/s/watch/sessions"));
        assert_eq!(paths.runtime, Path::new("/run/user/1/watch"));
        assert!(Paths::find(&Env::default()).is_err());
        Ok(())
    }
}

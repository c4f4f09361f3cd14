//! The environment, read once.

use std::ffi::OsString;
use std::path::PathBuf;

/// What the program takes from the environment. Relative folders are ignored, as the XDG base directory
/// specification asks.
#[derive(Debug, Clone, Default)]
pub struct Env {
    /// The operator's home.
    pub home: Option<PathBuf>,
    /// `WATCH_CONFIG_DIR`, else `XDG_CONFIG_HOME/watch`.
    pub config_dir: Option<PathBuf>,
    /// `XDG_STATE_HOME`.
    pub state_home: Option<PathBuf>,
    /// `XDG_RUNTIME_DIR`.
    pub runtime_dir: Option<PathBuf>,
    /// `PATH`.
    pub path: Option<OsString>,
    /// `TERM`.
    pub term: Option<String>,
    /// `COLORTERM`, which says whether a terminal has all colours.
    pub color_term: Option<String>,
    /// `NO_COLOR` is set and not empty.
    pub no_color: bool,
    /// `COLORFGBG`, which some terminals set to foreground and background.
    pub color_fg_bg: Option<String>,
    /// We are reached over SSH: fewer frames.
    pub is_remote: bool,
    /// `WATCH_SESSION`: the session that supervises us already.
    pub outer_session: Option<String>,
    /// `TMPDIR`, else `/tmp`.
    pub temp_dir: PathBuf,
    /// All variables, in the order the system gave them.
    pub all: Vec<(OsString, OsString)>,
}

impl Env {
    /// Reads the process's environment.
    #[must_use]
    pub fn read() -> Self {
        let all: Vec<(OsString, OsString)> = std::env::vars_os().collect();
        let get = |name: &str| all.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        let text = |name: &str| get(name).and_then(|value| value.into_string().ok()).filter(|value| !value.is_empty());
        let folder = |name: &str| get(name).map(PathBuf::from).filter(|path| path.is_absolute());
        Self {
            home: folder("HOME"),
            config_dir: folder("WATCH_CONFIG_DIR").or_else(|| folder("XDG_CONFIG_HOME").map(|dir| dir.join("watch"))),
            state_home: folder("XDG_STATE_HOME"),
            runtime_dir: folder("XDG_RUNTIME_DIR"),
            path: get("PATH"),
            term: text("TERM"),
            color_term: text("COLORTERM"),
            no_color: text("NO_COLOR").is_some(),
            color_fg_bg: text("COLORFGBG"),
            is_remote: text("SSH_CONNECTION").is_some(),
            outer_session: text("WATCH_SESSION"),
            temp_dir: folder("TMPDIR").unwrap_or_else(|| PathBuf::from("/tmp")),
            all,
        }
    }

    /// Whether the terminal says of itself that it obeys no sequences.
    #[must_use]
    pub fn is_dumb(&self) -> bool {
        self.term.as_deref() == Some("dumb")
    }

    /// A variable that is set, not empty and UTF-8.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        let (_, value) = self.all.iter().find(|(key, _)| key == name)?;
        value.to_str().filter(|value| !value.is_empty()).map(str::to_owned)
    }
}

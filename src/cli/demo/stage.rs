//! The folder in which the play happens; gone when it is over.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::runtime::make_private;

/// Files of the invented project.
const FILES: &[(&str, &str)] = &[
    ("shop/README.md", "# shop\n\nThe staging login is `sh scripts/login-staging.sh`.\n"),
    ("shop/deploy/staging.env", "STAGING_URL=http://staging.shop.example\nSTAGING_USER=ci\n"),
    (
        "infra/domains.env",
        "# Skiffcloud: the domain registrar's account, used by nobody but the yearly renewal.\n\
         DOMAINS_ACCOUNT=shop\n# Can do everything.\nDOMAINS_TOKEN=tok_4c1d77e09b2a4f6f8d5e13aa60c93f9a\n",
    ),
    (
        "shop/scripts/login-staging.sh",
        "#!/bin/sh\ncurl -sS -o /dev/null -w '%{http_code}' \"$DEMO_SERVER/login\" -d user=ci | grep -q 200 && exit 0\n\
         echo 'error: credential mismatch (401)'\nexit 1\n",
    ),
];

/// Stands in for curl where the machine has none: our own binary sends the request.
const STAND_IN: &str = "#!/bin/sh\nexec \"$DEMO_PROGRAM\" __play request \"$@\"\n";

/// The name by which the invented agent is seen.
const AGENT: &str = "demo-agent";

/// The folder of the play.
#[derive(Debug)]
pub struct Stage {
    root: PathBuf,
    path: OsString,
}

impl Stage {
    /// Builds it below `temp`.
    ///
    /// # Errors
    /// What the system says.
    pub fn build(temp: &Path, path: Option<&OsStr>) -> io::Result<Self> {
        let root = temp.join(format!("holdpoint-demo-{}", std::process::id()));
        make_private(&root)?;
        let stage = Self { path: OsString::new(), root };
        for (name, content) in FILES {
            let file = stage.root.join(name);
            fs::create_dir_all(file.parent().unwrap_or(&stage.root))?;
            fs::write(file, content)?;
        }
        std::os::unix::fs::symlink(std::env::current_exe()?, stage.agent())?;
        stage.with_curl(path.unwrap_or_default())
    }

    fn with_curl(mut self, path: &OsStr) -> io::Result<Self> {
        self.path = path.to_owned();
        if std::env::split_paths(path).any(|folder| folder.join("curl").is_file()) {
            return Ok(self);
        }
        let bin = self.root.join("bin");
        fs::create_dir_all(&bin)?;
        let curl = bin.join("curl");
        let program = std::env::current_exe()?;
        fs::write(&curl, STAND_IN.replace("$DEMO_PROGRAM", &program.to_string_lossy()))?;
        fs::set_permissions(&curl, fs::Permissions::from_mode(0o700))?;
        let folders = std::iter::once(bin).chain(std::env::split_paths(path));
        self.path = std::env::join_paths(folders).map_err(io::Error::other)?;
        Ok(self)
    }

    /// The invented agent: our own program by another name.
    #[must_use]
    pub fn agent(&self) -> PathBuf {
        self.root.join(AGENT)
    }

    /// The invented project.
    #[must_use]
    pub fn project(&self) -> PathBuf {
        self.root.join("shop")
    }

    /// Where the agent finds programs.
    #[must_use]
    pub fn path(&self) -> &OsStr {
        &self.path
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // Below the operator's temporary folder, of our own making; what cannot be removed is swept with it.
        let _ = fs::remove_dir_all(&self.root);
    }
}

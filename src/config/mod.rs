//! Finds, reads, merges and checks the operator's TOML; the only reader of the environment.
//!
//! Unknown keys are errors that name the file, the line and the nearest key there is.
#![forbid(unsafe_code)]

mod env;
mod file;
mod keep;
mod paths;
mod policy;

pub use env::Env;
pub use file::{Config, ConfigError, CursorHooks, GlyphSet, Hooks, load_config};
pub use keep::keep_rules;
pub use paths::{PathError, Paths};
pub use policy::{At, Freeze, GrantLine, PROJECT_FILE, Policy, Project, find_project, load_policy};

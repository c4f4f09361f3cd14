//! Finds, reads, merges and checks the operator's TOML; the only reader of the environment.
//!
//! Unknown keys are errors that name the file, the line and the nearest key there is.
#![forbid(unsafe_code)]

mod env;
mod file;
mod paths;

pub use env::Env;
pub use file::{Config, ConfigError, Policy, load_config, load_policy};
pub use paths::{PathError, Paths};

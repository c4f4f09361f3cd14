//! Finds, reads, merges and checks the operator's TOML; the only reader of the environment.
#![forbid(unsafe_code)]

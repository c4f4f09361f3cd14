//! The agent's pseudo-terminal: spawn, resize, read, write.
#![forbid(unsafe_code)]

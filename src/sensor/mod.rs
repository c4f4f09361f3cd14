//! Reads the agent's output for Cues.
#![forbid(unsafe_code)]

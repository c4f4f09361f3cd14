//! The agent's pseudo-terminal: spawn, resize, read, write.
//!
//! Reading and writing never block; `runtime` waits for the descriptor and keeps the queues. The library's own writer
//! is never taken: dropped, it types a newline and an end of file, and the newline would answer a prompt.
#![forbid(unsafe_code)]

mod child;
mod command;
mod master;

pub use child::Exit;
pub use command::{Command, SpawnError};
pub use master::Pty;

#[cfg(test)]
mod tests;

//! `holdpoint`: the supervisor for AI coding agents, installed as `watch` and `holdpoint`.
//!
//! The library is public for the program's own tests and benchmarks; it is not a stable interface.
//! `docs/architecture.md` draws the whole; each module's front page says what it is for.

pub mod app;
pub mod cli;
pub mod config;
pub mod control;
pub mod gate;
pub mod journal;
pub mod judge;
pub mod launch;
pub mod model;
pub mod pty;
pub mod runtime;
pub mod sensor;
pub mod shell;
pub mod sys;
pub mod term;
pub mod trail;
pub mod ui;
pub mod undo;

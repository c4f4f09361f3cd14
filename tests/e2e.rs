//! The real binary, with the real kernel gate and in a real terminal, against a scripted agent.
//!
//! Every test has a folder of its own that is home, state and work of its run; nothing of the machine's account is
//! read or written, and no network but loopback is used. A test that needs the kernel gate says so where it cannot be
//! had, and with `WATCH_REQUIRE_KERNEL=1` it fails.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test that finds nothing has failed; it starts processes and has deadlines"
)]

#[path = "e2e/agents.rs"]
mod agents;
#[path = "e2e/commands.rs"]
mod commands;
#[path = "e2e/day.rs"]
mod day;
#[path = "e2e/escape.rs"]
mod escape;
#[path = "e2e/faults.rs"]
mod faults;
#[path = "e2e/freeze.rs"]
mod freeze;
#[path = "e2e/harness.rs"]
mod harness;
#[path = "e2e/headless.rs"]
mod headless;
#[path = "e2e/hooks.rs"]
mod hooks;
#[path = "e2e/orders.rs"]
mod orders;
#[path = "e2e/pane.rs"]
mod pane;
#[path = "e2e/panel.rs"]
mod panel;
#[path = "e2e/remote.rs"]
mod remote;
#[path = "e2e/replay.rs"]
mod replay;
#[path = "e2e/scripts.rs"]
mod scripts;
#[path = "e2e/streams.rs"]
mod streams;

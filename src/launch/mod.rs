//! The inner stage: installs the filter, hands over the listener, waits for go, execs the agent.
#![forbid(unsafe_code)]

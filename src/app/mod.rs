//! State, events, effects and the pure `update` between them.
#![forbid(unsafe_code)]

//! The session's decision socket: who may ask, who may rule.
#![forbid(unsafe_code)]

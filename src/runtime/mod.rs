//! App loop, gate loop, exec verifier, terminal guard and clock; the only threads and channels.
#![forbid(unsafe_code)]

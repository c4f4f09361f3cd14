//! What led to what: secrets by fingerprint, token shapes, the mask, and the session's memory.
#![forbid(unsafe_code)]

//! Bytes to Screen: the emulator behind a few types of our own.
#![forbid(unsafe_code)]

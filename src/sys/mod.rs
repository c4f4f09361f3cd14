//! Linux, and all unsafe code of the program: system calls behind safe functions.
//!
//! Raw descriptors, pointers and errno stay inside; what leaves is an `OwnedFd`, a newtype or an `io::Error`.
#![allow(unsafe_code, reason = "the one module that may call the kernel directly")]

mod peer;

pub use peer::{Rights, peer_credentials, rights};

//! Command line text to Invocations, with wrappers peeled off.
#![forbid(unsafe_code)]

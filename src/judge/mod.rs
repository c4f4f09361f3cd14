//! The pure function from Action to Judgement, and the rules it reads.
#![forbid(unsafe_code)]

pub mod sql;
mod sql_tokens;

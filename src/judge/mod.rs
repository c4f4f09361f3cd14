//! The pure function from Action to Judgement, and the rules it reads.
#![forbid(unsafe_code)]

pub mod graphql;
pub mod http;
pub mod sql;
mod verbs;

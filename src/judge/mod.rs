//! The pure function from Action to Judgement, and the rules it reads.
//!
//! A text or a program start becomes Invocations (`shell`), each Invocation an [`Act`] with [`Effect`]s on
//! [`Ground`]s, and Rules speak about these: "removes a folder outside the project", not "contains rm". Statements,
//! requests and code inside are judged in their own language. The worst Finding decides; the Policy says what is done
//! about it. Nothing here fails, waits or changes anything.
#![forbid(unsafe_code)]

mod account;
mod account_tree;
mod act;
mod announce;
mod built_in;
mod databases;
mod door;
mod doors;
mod effect;
mod effects;
mod engine;
mod environs;
mod file;
mod globs;
mod grants;
pub mod graphql;
mod ground;
pub mod http;
mod kill;
mod languages;
mod listed;
mod made;
mod matcher;
mod moved;
mod orders;
mod ordinary;
mod overlay;
mod pack;
mod past;
mod pattern;
mod places;
mod policy;
mod proof;
pub mod prose;
mod remote;
mod report;
mod restore;
mod rule;
mod scope;
mod script;
mod shipped;
pub mod sql;
mod toml_tree;
mod tools;
mod unknown;
mod unread;
mod verbs;
mod within;

pub use account::{Account, Step, Wrapper};
pub use act::{Act, wild as is_named};
pub use announce::{covers, stands_for};
pub use built_in::{built_in, ordinary_tools};
pub use doors::{Door, Doors, Way};
pub use effect::{Deed, Effect, Reach};
pub use engine::Judge;
pub use grants::{grant_too_wide, grant_words};
pub use ground::Ground;
pub use orders::is_order;
pub use ordinary::{Doer, Ordinary, OrdinaryTool, Owner, Site, Standing, ToolClass, ToolMay};
pub use pack::{CLASSES, Item, Pack, PackError, Table, Value, nearest_word};
pub use past::{Fresh, Past};
pub use pattern::matches as is_match;
pub use policy::{Policy, Profile, UnknownProfile};
pub use proof::{Doubt, asked, doubts, prove};
pub use rule::{Behind, EnvironmentWord, Hole, Pattern, Rule, When};
pub use scope::{Scope, is_scope};
pub use tools::{looks, texts as tool_texts};

/// How much of a script or a file of statements is read, in bytes.
pub(crate) const CONTENT_BYTES_MAX: usize = 64 * 1024;

//! The language of the program as types: what every other module speaks.
//!
//! Nothing in here does I/O. A word has one meaning (`docs/style.md`, section 3), and the type that
//! carries it has that word as its name.
#![forbid(unsafe_code)]

mod action;
mod case;
mod command;
mod counted;
mod cue;
mod dialect;
mod evidence;
mod file;
mod finding;
mod grant;
mod ids;
mod intent;
mod key;
mod oracle;
mod order;
mod ordered;
mod reach;
mod secret;
mod tool;
mod tree;
mod untrusted;
mod verdict;

pub use action::{Action, ActionKind, Caller, Exec, Source, Text, TextKind};
pub use case::{Case, CaseKind, CaseState, Decision, Grip, Offer, RuledBy, Ruling, Term};
pub use command::{Command, Mode, UnknownCommand};
pub use counted::{Noun, counted};
pub use cue::{Cue, CueKind};
pub use dialect::Dialect;
pub use evidence::Evidence;
pub use file::{FileAct, FileDeed, FileObject, Keep, ObjectKind, objects_folder};
pub use finding::{Announced, Blast, Class, Finding, Link, LinkKind, RuleId, Span, Tier, Undo, Word};
pub use grant::{Grant, GrantFrom, GrantId, Granted, pattern_fits, patterns_for};
pub use ids::{ActionId, CaseId, HoldId, Moment, ParseCaseError, Pid, SecretId};
pub use intent::Intent;
pub use key::{Key, KeyCode, Mods, Mouse, MouseButton, MouseKind, ParseKeyError};
pub use oracle::{Blind, FileFact, Named, Oracle, Stamp, Whose};
pub use order::{Given, Order, ParseOrderError, StandingOrder};
pub use ordered::{ordered_by_mode, ordered_in};
pub use reach::{Connect, Kill, Peer, Receiver};
pub use secret::SecretHandle;
pub use tool::{Extent, Tool, ToolDeed};
pub use tree::{NodeState, Tree, TreeNode};
pub use untrusted::{Untrusted, must_be_escaped, unfinished_char};
pub use verdict::{Judgement, Verdict};

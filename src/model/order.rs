//! Standing orders: the operator's words that hold whatever the agent decides.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Untrusted;

/// A standing order. An act that breaks one is held with the order quoted; the agent cannot lift it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// No program is run, but for the agent's own upkeep.
    NoRun,
    /// Nothing is changed: no file, database, resource or remote.
    ReadOnly,
    /// Nothing leaves this machine.
    NoNetwork,
    /// No environment is changed and nothing is deployed, released or migrated.
    Freeze,
    /// Every act that changes something is asked about first.
    AskFirst,
}

/// A standing order with the words it was given in.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StandingOrder {
    /// What is ordered.
    pub order: Order,
    /// Where the words come from.
    pub given: Given,
    /// The words, to be quoted: `--orders read-only`, or the sentence of the task.
    pub words: Untrusted,
}

/// Where a standing order comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Given {
    /// `--orders`.
    Option,
    /// `policy.toml`.
    Policy,
    /// A sentence of the task that the operator made an order with one key.
    Task,
    /// A mode that the agent itself says it is in, such as plan or read-only.
    Mode,
}

/// A text that is no standing order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no standing order; there are no-run, read-only, no-network, freeze, ask-first")]
pub struct ParseOrderError(pub String);

impl Order {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::NoRun, Self::ReadOnly, Self::NoNetwork, Self::Freeze, Self::AskFirst];

    /// Its word, as options and files write it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::NoRun => "no-run",
            Self::ReadOnly => "read-only",
            Self::NoNetwork => "no-network",
            Self::Freeze => "freeze",
            Self::AskFirst => "ask-first",
        }
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl FromStr for Order {
    type Err = ParseOrderError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|order| order.word() == text).ok_or_else(|| ParseOrderError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_reads_back_from_its_word_and_nothing_else_is_one() {
        for order in Order::ALL {
            assert_eq!(order.word().parse(), Ok(order));
        }
        assert_eq!("readonly".parse::<Order>(), Err(ParseOrderError("readonly".to_owned())));
    }
}

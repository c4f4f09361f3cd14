//! Standing orders: the operator's words that hold whatever the agent decides.
//!
//! An order is about what an act does, not about the words it is written in: each act is looked at for what it
//! [touches](touch::Touch), and an order that speaks of such a thing is broken by it. The finding quotes the order.

mod git;
mod habits;
mod statements;
mod touch;

use std::cmp::Reverse;

pub(super) use self::habits::READING;
use self::touch::{Kind, Touch};
use super::act::Act;
use super::effects::Inner;
use super::ground::Land;
use super::http::Request;
use crate::model::{Class, Finding, Order, Span, StandingOrder, TextKind, Tier, Tool, ToolDeed};

/// The pack that findings about orders seem to come from; no grant covers them.
pub const PACK: &str = "orders/";

/// What an invocation does against the orders. `found` is what the rules have found in it.
pub(super) fn of_act(
    orders: &[StandingOrder],
    act: &Act,
    request: Option<&Request>,
    inner: &[Inner],
    land: &Land,
    found: &[Finding],
) -> Vec<Finding> {
    if orders.is_empty() {
        return Vec::new();
    }
    broken(orders, &touch::of_act(act, request, inner, land, found), found)
}

/// What a text that is no shell text does against the orders.
pub(super) fn of_text(orders: &[StandingOrder], kind: TextKind, text: &str, found: &[Finding]) -> Vec<Finding> {
    if orders.is_empty() {
        return Vec::new();
    }
    broken(orders, &touch::of_text(kind, text), found)
}

/// What a tool call without a text does against the orders.
pub(super) fn of_tool(orders: &[StandingOrder], tool: &Tool, land: &Land, found: &[Finding]) -> Vec<Finding> {
    if orders.is_empty() || matches!(tool.deed, ToolDeed::Inner | ToolDeed::Read { .. }) {
        return Vec::new();
    }
    broken(orders, &touch::of_tool(tool, land), found)
}

/// What a connection to `peer`, which is another machine, does against the orders.
pub(super) fn of_reach(orders: &[StandingOrder], peer: &str, span: Span) -> Vec<Finding> {
    let says = format!("it connects to {peer}");
    broken(orders, &[Touch { kind: Kind::Leaves, span, what: peer.to_owned(), says }], &[])
}

/// Whether a finding says that an order is broken.
#[must_use]
pub fn is_order(finding: &Finding) -> bool {
    finding.rule.0.starts_with(PACK)
}

/// A finding for each order that is broken, with its words.
fn broken(orders: &[StandingOrder], touches: &[Touch], found: &[Finding]) -> Vec<Finding> {
    let mut broken: Vec<Finding> = Vec::new();
    for order in orders {
        let found_kind = |kind: &Kind| touches.iter().find(|touch| touch.kind == *kind);
        let Some(touch) = speaks_of(order.order).iter().chain(named_by(order)).find_map(found_kind) else { continue };
        let rule = format!("{PACK}{}", order.order);
        if broken.iter().any(|known| known.rule.0 == rule) {
            continue;
        }
        let class = found
            .iter()
            .filter(|finding| !is_order(finding))
            .min_by_key(|finding| Reverse(finding.tier))
            .map_or_else(|| fitting(touch.kind), |finding| finding.class);
        let title = format!("breaks the standing order {}", order.order);
        let why = format!("\"{}\" was ordered {}; {}.", order.words.shown(), source(order), touch.says);
        let finding = Finding::new(&rule, class, Tier::High, touch.span, &title, &why)
            .instead("leave it, and say in words what you would do");
        broken.push(if touch.what.is_empty() { finding } else { finding.target(touch.what.as_str()) });
    }
    broken
}

/// What an order speaks of, the worst first.
fn speaks_of(order: Order) -> &'static [Kind] {
    match order {
        Order::NoRun => &[Kind::Ships, Kind::Changes, Kind::Runs],
        Order::ReadOnly | Order::AskFirst => &[Kind::Ships, Kind::Changes],
        Order::NoNetwork => &[Kind::Leaves],
        Order::Freeze => &[Kind::Ships],
    }
}

/// What an order speaks of by its words alone: `don't push`, `never touch production`.
fn named_by(order: &StandingOrder) -> &'static [Kind] {
    let words = order.words.lossy().to_lowercase();
    let names = |start: &str| words.split(|c: char| !c.is_alphanumeric()).any(|word| word.starts_with(start));
    match order.order {
        Order::Freeze if names("push") && names("prod") => &[Kind::Pushes, Kind::Reaches],
        Order::Freeze if names("push") => &[Kind::Pushes],
        Order::Freeze if names("prod") => &[Kind::Reaches],
        Order::Freeze | Order::NoRun | Order::ReadOnly | Order::NoNetwork | Order::AskFirst => &[],
    }
}

/// The class of an act in which no rule found anything.
fn fitting(kind: Kind) -> Class {
    match kind {
        Kind::Ships | Kind::Reaches => Class::Production,
        Kind::Leaves => Class::Exfiltration,
        Kind::Changes | Kind::Runs | Kind::Pushes => Class::Unverified,
    }
}

fn source(order: &StandingOrder) -> &'static str {
    use crate::model::Given;
    match order.given {
        Given::Option => "on the command line",
        Given::Policy => "in policy.toml",
        Given::Task => "in the task",
        Given::Mode => "by the mode that the agent says it is in",
    }
}

/// Where a text without parts of its own stands.
fn whole(text: &str) -> Span {
    Span(0, text.len())
}

#[cfg(test)]
mod tests;

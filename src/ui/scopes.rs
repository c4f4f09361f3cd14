//! The names of styles. A theme may style any of them, or a beginning of one.

use crate::app::RowNote;
use crate::model::Tier;

/// Every scope that is drawn, for themes to be checked against.
pub const SCOPES: &[&str] = &[
    "agent.dimmed",
    "bar",
    "bar.agent",
    "bar.detail",
    "bar.held",
    "bar.product",
    "border",
    "border.focus",
    "case",
    "case.border",
    "case.border.critical",
    "case.border.high",
    "case.border.low",
    "case.border.medium",
    "case.command",
    "case.key",
    "case.label",
    "case.lock.closed",
    "case.lock.open",
    "case.mark",
    "case.none",
    "case.text",
    "case.tier.critical",
    "case.tier.high",
    "case.tier.low",
    "case.tier.medium",
    "case.title",
    "case.unknown",
    "chart",
    "event",
    "event.approved",
    "event.denied",
    "event.expired",
    "event.held",
    "event.kind",
    "event.noted",
    "event.ok",
    "event.time",
    "event.void",
    "fault",
    "input",
    "keys",
    "keys.key",
    "label",
    "match",
    "message",
    "replay.done",
    "replay.head",
    "replay.rest",
    "risk",
    "secret",
    "selection",
    "state.ended",
    "state.frozen",
    "state.unenforced",
    "state.watching",
    "syntax",
    "syntax.comment",
    "syntax.escape",
    "syntax.function",
    "syntax.keyword",
    "syntax.number",
    "syntax.operator",
    "syntax.string",
    "syntax.variable",
    "text",
    "text.faint",
    "text.strong",
    "title",
    "tree.excepted",
    "tree.held",
    "tree.running",
    "tree.stopped",
    "warning",
];

/// The scope of a tier.
#[must_use]
pub(super) fn tier(tier: Tier) -> &'static str {
    match tier {
        Tier::Low => "case.tier.low",
        Tier::Medium => "case.tier.medium",
        Tier::High => "case.tier.high",
        Tier::Critical => "case.tier.critical",
    }
}

/// The scope of what became of an event.
#[must_use]
pub(super) fn note(note: RowNote) -> &'static str {
    match note {
        RowNote::Ok => "event.ok",
        RowNote::Noted => "event.noted",
        RowNote::Held => "event.held",
        RowNote::Approved => "event.approved",
        RowNote::Denied => "event.denied",
        RowNote::Expired => "event.expired",
        RowNote::Void => "event.void",
    }
}

/// The scope of a case's border.
#[must_use]
pub(super) fn border(tier: Tier) -> &'static str {
    match tier {
        Tier::Low => "case.border.low",
        Tier::Medium => "case.border.medium",
        Tier::High => "case.border.high",
        Tier::Critical => "case.border.critical",
    }
}

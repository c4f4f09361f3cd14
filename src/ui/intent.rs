//! What the agent announced, beside the fact (`UX.md`, R3).

use super::canvas::Line;
use super::case::Body;
use super::text::wrap;
use crate::model::{ActionKind, Case, Extent, Moment, Ruling, Source, Tool, ToolDeed};

/// How long a quoted reason may be, in bytes; the whole of it is in the journal.
const REASON_BYTES_MAX: usize = 400;

/// What there is to say of the announcement: a label and a text, safe to draw.
pub(super) fn intent(case: &Case) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    if let ActionKind::Tool(tool) = &case.action.kind {
        lines.extend(reason(tool));
        return lines;
    }
    let Some(intent) = &case.judgement.intent else { return lines };
    let how = match intent.source {
        Source::Hook => "asked by its hook",
        Source::Claimed => "sent as if by its hook",
        Source::Stream => "told in its output",
        Source::Kernel | Source::Asked => "told",
    };
    let (call, when) = (intent.tool.shown(), between(intent.at, case.action.at));
    lines.push(("intent", format!("{call} ({how} {when})")));
    lines.extend(reason(&intent.tool));
    let ruled = match (intent.ruling, intent.case) {
        (Some(Ruling::Approve), Some(case)) => Some(format!("that was approved as {case}")),
        (Some(Ruling::Approve), None) => Some("that was approved".to_owned()),
        (Some(Ruling::Deny | Ruling::Expired | Ruling::Void), _) => Some("that was denied".to_owned()),
        (None, _) => None,
    };
    match (ruled, &intent.differs) {
        (Some(ruled), Some(differs)) => lines.push(("but", format!("{ruled}; {}", differs.shown()))),
        (Some(ruled), None) => lines.push(("and", ruled)),
        (None, Some(differs)) => lines.push(("but", differs.shown())),
        (None, None) => {}
    }
    lines
}

fn reason(tool: &Tool) -> Option<(&'static str, String)> {
    let text = tool.reason.as_ref().filter(|reason| !reason.is_empty())?.shown();
    let end = (0..=text.len().min(REASON_BYTES_MAX)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let cut = if end < text.len() { "…" } else { "" };
    Some(("reason", format!("\"{}{cut}\"", text.get(..end).unwrap_or_default())))
}

/// How long before the fact it was heard, or after it.
fn between(heard: Moment, fact: Moment) -> String {
    let secs = |from: Moment, to: Moment| to.since(from).as_secs_f64();
    if heard <= fact {
        format!("{:.2} s before", secs(heard, fact))
    } else {
        format!("{:.2} s after", secs(fact, heard))
    }
}

/// The same as lines of the case's first section.
pub(super) fn intent_lines(case: &Case, room: usize) -> Vec<Body> {
    let mut lines = Vec::new();
    for (label, text) in intent(case) {
        let scope = if label == "but" { "case.none" } else { "case.text" };
        for (at, part) in wrap(&text, room.saturating_sub(label.len() + 2)).into_iter().enumerate() {
            let label = if at == 0 { label.to_owned() } else { " ".repeat(label.len()) };
            lines.push(Body::Text(Line::new("text.faint", format!(" {label} ")).and(scope, part)));
        }
    }
    lines
}

/// What a call says that has no text of its own: every byte of it can be read in the case (`UX.md`, R2).
pub(super) fn whole(tool: &Tool) -> Vec<u8> {
    let mut text = tool.shown().into_bytes();
    match &tool.deed {
        ToolDeed::Write { content: Some(content), extent, .. } => {
            let what = match extent {
                Extent::Whole => "\n",
                Extent::Part => "\n⋯\n",
            };
            text.extend_from_slice(what.as_bytes());
            text.extend_from_slice(content.as_bytes());
        }
        ToolDeed::Unknown => {
            text.push(b'\n');
            text.extend_from_slice(tool.input.as_bytes());
        }
        _ => {}
    }
    text
}

//! Texts that were not read whole: they are never let through without a word.

use super::listed::Listed;
use crate::model::{Class, Finding, Span, Tier};
use crate::shell::{Limit, Reading};

/// A text that was not read whole is never harmless.
pub(super) fn of(reading: &Reading, whole: &str, findings: &mut Vec<Finding>) {
    let span = Span(0, whole.len());
    match reading.limit {
        Some(Limit::Length) => findings.push(unparsed("the text is longer than what is read", span)),
        Some(Limit::Nesting) => findings.push(unparsed("the text nests deeper than what is read", span)),
        None if reading.has_error => findings.push(unparsed("the text is no shell text", span)),
        None => {}
    }
}

/// A script's text that was not read whole. What it starts is judged once more when it starts: a part that does not parse
/// asks only where it may take something.
pub(super) fn of_script(reading: &Reading, text: &str, findings: &mut Vec<Finding>) {
    let from = findings.len();
    of(reading, text, findings);
    if reading.limit.is_none() && !takes(text) {
        findings.iter_mut().skip(from).for_each(|finding| finding.tier = Tier::Low);
    }
}

/// A text, or a part of it, that could not be read.
pub(super) fn unparsed(what: &str, span: Span) -> Finding {
    let mut finding = Finding::new("shell/unparsed", Class::Unparsed, Tier::Medium, span, "cannot be read whole", what);
    finding.instead = Some("write it as plain commands, or as a script file that can be read first".to_owned());
    finding
}

/// Words of programs and statements that take something away, or that run what nobody sees.
static TAKING: Listed = Listed::of(
    "rm rmdir unlink shred dd mkfs wipefs truncate sudo doas eval drop delete destroy purge reset terminate",
);

/// Whether one of a text's words is of a program or a statement that takes something away.
fn takes(text: &str) -> bool {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')));
    words.filter(|word| !word.is_empty()).any(|word| TAKING.has(&word.to_ascii_lowercase()))
}

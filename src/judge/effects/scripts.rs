//! Scripts in files: what they would do, where this session wrote them.

use super::{Collect, Inner};
use crate::shell::Stdin;

/// Shells whose script is shell text.
const SHELLS: &[&str] = &["sh", "bash", "zsh", "dash", "ksh", "source", "."];

/// A script that the agent wrote itself is its own text, only later. Others are somebody's work, and what they start is
/// gated when it starts.
pub(super) fn collect(collect: &mut Collect) {
    let invocation = collect.invocation();
    let program = invocation.program();
    let word = if SHELLS.contains(&program) {
        let operand = invocation.args().iter().find(|word| !word.is_flag()).cloned();
        operand.or_else(|| match &invocation.stdin {
            Stdin::File(word) => Some(word.clone()),
            Stdin::Text(_) | Stdin::From(_) | Stdin::Inherited => None,
        })
    } else {
        invocation.words.first().filter(|word| word.text.contains('/')).cloned()
    };
    let Some(word) = word.filter(|word| word.is_literal()) else { return };
    let Some(path) = invocation.path(&word) else { return };
    let by_text = || {
        let before = collect.scene.reading.invocations.iter().take_while(|other| !std::ptr::eq(*other, invocation));
        before
            .filter(|other| other.redirects.iter().any(|redirect| other.path(&redirect.to).as_deref() == Some(&path)))
            .find_map(crate::shell::written_by)
    };
    let Some(text) = by_text().or_else(|| collect.scene.land.past.written(&path)) else { return };
    let is_shell = SHELLS.contains(&program)
        || text.starts_with("#!/bin/")
        || text.starts_with("#!/usr/bin/env bash")
        || text.starts_with("#!/usr/bin/env sh");
    if is_shell {
        collect.inner.push(Inner::Shell { text, span: word.span });
    }
}

//! The filter of the timeline: `kind:run,read risk>=noted ~token`.

use super::{EventRow, RowNote};
use crate::model::Tier;

/// What rows of the timeline must be like. A word that says nothing else must be contained.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    kinds: Vec<String>,
    notes: Vec<String>,
    risk: Option<Risk>,
    texts: Vec<String>,
}

/// The least risk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Risk {
    Noted,
    Tier(Tier),
}

impl Filter {
    /// Reads a filter; there is none that is wrong.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut filter = Self::default();
        for word in text.split_whitespace() {
            let word = word.to_lowercase();
            if let Some(kinds) = word.strip_prefix("kind:") {
                filter.kinds.extend(kinds.split(',').filter(|kind| !kind.is_empty()).map(str::to_owned));
            } else if let Some(notes) = word.strip_prefix("note:") {
                filter.notes.extend(notes.split(',').filter(|note| !note.is_empty()).map(str::to_owned));
            } else if let Some(risk) = word.strip_prefix("risk>=") {
                filter.risk = risk_named(risk);
            } else {
                let text = word.strip_prefix('~').unwrap_or(&word);
                filter.texts.push(text.to_owned());
            }
        }
        filter
    }

    /// Whether a row is like that.
    #[must_use]
    pub fn fits(&self, row: &EventRow) -> bool {
        let kind = row.kind.word();
        let note = row.note.word();
        let is_kind = self.kinds.is_empty() || self.kinds.iter().any(|wanted| wanted == kind);
        let is_note = self.notes.is_empty() || self.notes.iter().any(|wanted| wanted.eq_ignore_ascii_case(note));
        let is_risk = match self.risk {
            None => true,
            Some(Risk::Noted) => row.note != RowNote::Ok || row.tier.is_some(),
            Some(Risk::Tier(tier)) => row.tier >= Some(tier),
        };
        if !(is_kind && is_note && is_risk) {
            return false;
        }
        if self.texts.is_empty() {
            return true;
        }
        let what = row.what.shown().to_lowercase();
        self.texts.iter().all(|text| what.contains(text.as_str()))
    }
}

fn risk_named(word: &str) -> Option<Risk> {
    if word == "noted" {
        return Some(Risk::Noted);
    }
    Tier::ALL.into_iter().find(|tier| tier.word() == word).map(Risk::Tier)
}

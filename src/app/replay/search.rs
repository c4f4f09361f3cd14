//! Looking for a text in all that was drawn and all that happened.

use super::super::recorded::{Recorded, StepKind};
use super::super::{Event, RowNote};
use super::scout::Scout;
use crate::model::Moment;
use crate::term::Damage;

/// More places than so many are not remembered.
const HITS_MAX: usize = 10_000;

/// A search as far as it has come: it goes through the recording in pieces, so that keys are heard meanwhile.
pub(super) struct Search {
    wanted: String,
    scout: Scout,
    /// Which rows of the screen contain the text.
    rows: Vec<bool>,
    hits: Vec<Hit>,
    is_done: bool,
    /// Which match is to be shown as soon as it is known.
    wants: Option<Way>,
}

/// A place where the text comes onto the screen, or an event that contains it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hit {
    /// How many steps are shown there.
    pub(super) steps: usize,
    pub(super) at: Moment,
}

/// Which way to the next match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    On,
    Back,
}

/// Where a search stands, for the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matches {
    /// What is looked for.
    pub wanted: String,
    /// How many of the places that are known lie at or before the one that is shown.
    pub passed: usize,
    /// How many places are known.
    pub known: usize,
    /// How far the search has come, in hundredths; `None` once it is done.
    pub percent: Option<u8>,
}

/// What became of a wish for the next match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    There(Hit),
    Nothing,
    NotYet,
}

impl Search {
    pub(super) fn new(recorded: &Recorded, wanted: &str) -> Self {
        Self {
            wanted: wanted.to_lowercase(),
            scout: Scout::new(recorded, 0),
            rows: Vec::new(),
            hits: Vec::new(),
            is_done: false,
            wants: Some(Way::On),
        }
    }

    pub(super) fn want(&mut self, way: Way) {
        self.wants = Some(way);
    }

    /// There is more of the recording now.
    pub(super) fn resume(&mut self) {
        self.is_done = false;
    }

    /// Goes on for at most so many bytes; whether there is more to do.
    pub(super) fn go_on(&mut self, recorded: &Recorded, bytes_max: usize) -> bool {
        let mut bytes = 0;
        while bytes < bytes_max && !self.is_done {
            match self.step(recorded) {
                Some(drawn) => bytes += drawn,
                None => self.is_done = true,
            }
        }
        !self.is_done
    }

    fn step(&mut self, recorded: &Recorded) -> Option<usize> {
        let step = recorded.steps.get(self.scout.next)?;
        let drawn = self.scout.step(recorded)?;
        let is_new = match &step.kind {
            StepKind::Event(event) if !step.draws() => {
                said_in(event).is_some_and(|text| text.to_lowercase().contains(&self.wanted))
            }
            StepKind::Event(_) | StepKind::Output(..) => self.look(),
        };
        if is_new && self.hits.len() < HITS_MAX {
            self.hits.push(Hit { steps: self.scout.next, at: step.at });
        }
        Some(drawn)
    }

    /// Whether more rows of the screen contain the text than before.
    fn look(&mut self) -> bool {
        let rows = usize::from(self.scout.screen.size().1);
        let before = self.rows.iter().filter(|has| **has).count();
        self.rows.resize(rows, false);
        let damaged: Vec<u16> = match self.scout.screen.take_damage() {
            Damage::Full => (0..self.scout.screen.size().1).collect(),
            Damage::Rows(ranges) => ranges.into_iter().flatten().collect(),
        };
        for y in damaged {
            if let Some(has) = self.rows.get_mut(usize::from(y)) {
                *has = self.scout.screen.text_row(y).to_lowercase().contains(&self.wanted);
            }
        }
        self.rows.iter().filter(|has| **has).count() > before
    }

    /// What is wanted, if it is known by now where that is from `steps` steps on.
    pub(super) fn take(&mut self, steps: usize) -> Option<Found> {
        let found = match self.wants? {
            Way::On => self.hits.iter().find(|hit| hit.steps > steps).copied(),
            // Until the search has come here, a later place before it may still be found.
            Way::Back if !self.is_done && self.scout.next < steps => return Some(Found::NotYet),
            Way::Back => self.hits.iter().rev().find(|hit| hit.steps < steps).copied(),
        };
        let found = match found {
            Some(hit) => Found::There(hit),
            None if self.is_done => Found::Nothing,
            None => return Some(Found::NotYet),
        };
        self.wants = None;
        Some(found)
    }

    pub(super) fn matches(&self, recorded: &Recorded, steps: usize) -> Matches {
        let share = self.scout.next * 100 / recorded.steps.len().max(1);
        Matches {
            wanted: self.wanted.clone(),
            passed: self.hits.iter().filter(|hit| hit.steps <= steps).count(),
            known: self.hits.len(),
            percent: (!self.is_done).then(|| u8::try_from(share).unwrap_or(100)),
        }
    }
}

/// What an event says, for people, with the word that the list of events has for what became of it.
fn said_in(event: &Event) -> Option<String> {
    match event {
        Event::Judged { action, judgement, .. } => {
            Some(format!("{} {}", action.shown(), RowNote::of(judgement.verdict).word()))
        }
        Event::Reopened(case) => {
            let titles = case.judgement.findings.iter().map(|finding| finding.title.as_str());
            let rest: Vec<&str> = titles.collect();
            Some(format!("{} {} {} {}", case.id, case.action.shown(), rest.join(" "), RowNote::Held.word()))
        }
        Event::Replayed { case, decision } => {
            let because = decision.because.as_ref().map_or_else(String::new, crate::model::Untrusted::shown);
            Some(format!("{case} {} {because}", RowNote::ruled(decision.ruling).word()))
        }
        Event::Said(cue) => Some(cue.text.shown()),
        Event::Warned(text) => Some(text.clone()),
        Event::Ordered(order) => Some(order.words.shown()),
        _ => None,
    }
}

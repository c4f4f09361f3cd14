//! The list of events: where it is, going to a moment in it, and writing it out.

use super::filter::Filter;
use super::keys::say;
use super::{Effect, Effects, EventRow, EventsPrompt, Layer, RowNote, State};
use crate::model::{CaseId, Moment, Noun, counted};

/// Seconds of a day.
const DAY_SECS: u64 = 24 * 60 * 60;

/// Where in the list of events to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spot {
    /// What the clock on the wall showed, in seconds since midnight.
    Clock(u64),
    /// The first event of a case.
    Case(CaseId),
    /// The newest.
    End,
}

impl Spot {
    /// `12:44`, `12:44:07`, `c7`, `end`.
    fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if text == "end" {
            return Some(Self::End);
        }
        if let Ok(case) = text.parse() {
            return Some(Self::Case(case));
        }
        let parts: Vec<u64> = text.split(':').map(str::parse).collect::<Result<_, _>>().ok()?;
        let (hours, minutes, seconds) = match parts.as_slice() {
            [hours, minutes] => (*hours, *minutes, 0),
            [hours, minutes, seconds] => (*hours, *minutes, *seconds),
            _ => return None,
        };
        (hours < 24 && minutes < 60 && seconds < 60).then_some(Self::Clock(hours * 3600 + minutes * 60 + seconds))
    }
}

/// The events that the list shows, newest first.
fn listed(state: &State) -> Vec<&EventRow> {
    let Some(Layer::Timeline { filter, .. }) = state.interaction.layers.last() else { return Vec::new() };
    let filter = Filter::new(filter);
    state.timeline.rows().rev().filter(|row| filter.fits(row)).collect()
}

/// The event that is selected.
pub(super) fn selected(state: &State) -> Option<&EventRow> {
    let Some(Layer::Timeline { from_end, .. }) = state.interaction.layers.last() else { return None };
    listed(state).get(*from_end).copied()
}

/// Asks where to go.
pub(super) fn ask_where(state: &mut State) {
    if let Some(Layer::Timeline { prompt, .. }) = state.interaction.layers.last_mut() {
        *prompt = Some(EventsPrompt::Go(String::new()));
    }
}

/// Goes to what was typed: the first event that is not before it.
pub(super) fn go(state: &mut State, typed: &str) {
    let Some(spot) = Spot::read(typed) else {
        say(state, format!("`{typed}` is no moment; there are 12:44, 12:44:07, c7 and end"));
        return;
    };
    let rows = listed(state);
    let found = match spot {
        Spot::End => Some(0),
        Spot::Case(case) => rows.iter().rposition(|row| row.case == Some(case)),
        Spot::Clock(secs) => {
            let at = last_time(state, secs);
            Some(rows.iter().rposition(|row| row.at >= at).unwrap_or(0))
        }
    };
    match (found, state.interaction.layers.last_mut()) {
        (Some(found), Some(Layer::Timeline { from_end, .. })) => *from_end = found,
        _ => say(state, format!("no event here is of {typed}")),
    }
}

/// When the clock showed this last; what it never showed yet was before the session or is after it, whichever is nearer.
fn last_time(state: &State, secs: u64) -> Moment {
    let since_start = (secs + DAY_SECS - u64::from(state.session.midnight_secs) % DAY_SECS) % DAY_SECS;
    let now = state.now.0 / 1_000_000;
    if since_start > now && DAY_SECS - since_start < since_start - now {
        return Moment::ZERO;
    }
    let days = now.saturating_sub(since_start) / DAY_SECS;
    Moment((since_start + days * DAY_SECS) * 1_000_000)
}

/// Writes the events that the list shows into a file of the session, the oldest first.
pub(super) fn write(state: &mut State) -> Effects {
    let mut effects = Effects::none();
    if state.settings.is_replay {
        say(state, "this is a recording: `watch log --json` writes its events");
        return effects;
    }
    let lines: Vec<String> = listed(state).into_iter().rev().map(|row| line(state, row).to_string()).collect();
    let (count, text) = (counted(lines.len(), Noun::Event), format!("[{}]\n", lines.join(",\n")));
    let name = format!("events-{}.json", state.now.0 / 1_000_000);
    effects.push(Effect::Write { name, text, what: count });
    effects
}

fn line(state: &State, row: &EventRow) -> serde_json::Value {
    serde_json::json!({
        "t": row.at,
        "clock": state.clock(row.at),
        "kind": row.kind.word(),
        "what": row.what.shown(),
        "note": row.note.word().to_lowercase(),
        "tier": row.tier,
        "case": row.case,
        "source": row.source.map(|source| source.word()),
    })
}

/// To the next or the previous event that is not just in order.
pub(super) fn step_flag(state: &mut State, step: i64) {
    let flags: Vec<usize> =
        listed(state).iter().enumerate().filter(|(_, row)| row.note != RowNote::Ok).map(|(at, _)| at).collect();
    let Some(Layer::Timeline { from_end, .. }) = state.interaction.layers.last_mut() else { return };
    let to = if step > 0 {
        flags.iter().rev().find(|at| **at < *from_end)
    } else {
        flags.iter().find(|at| **at > *from_end)
    };
    if let Some(to) = to {
        *from_end = *to;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spot_is_a_time_of_the_day_a_case_or_the_end() {
        for (text, spot) in [
            ("12:44", Some(Spot::Clock(45_840))),
            ("00:00:07", Some(Spot::Clock(7))),
            ("c7", Some(Spot::Case(CaseId(7)))),
            (" end ", Some(Spot::End)),
            ("24:00", None),
            ("12", None),
            ("1:2:3:4", None),
            ("", None),
        ] {
            assert_eq!(Spot::read(text), spot, "{text}");
        }
    }
}

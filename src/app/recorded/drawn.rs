//! What a recording has of the agent's screen, piece by piece.

use std::io::BufRead;

use super::super::Event;
use super::{Recorded, Step, StepKind};
use crate::journal::{CastEventKind, CastReader};
use crate::model::Moment;

/// A replay holds at most so much of what was drawn, in bytes: some twenty hours of a busy agent.
const OUTPUT_BYTES_MAX: usize = 1 << 30;
/// A replay holds at most so many events of a recording.
const DRAWN_STEPS_MAX: usize = 8_000_000;

/// The recording's next steps, of some `bytes_max` bytes, and whether there may be more; their output goes to that of `recorded`.
pub(super) fn read_cast<C: BufRead>(
    reader: &mut CastReader<C>,
    recorded: &mut Recorded,
    bytes_max: usize,
) -> (Vec<Step>, bool) {
    // Markers and the end are in the journal, with more to them.
    read_cast_with(reader, recorded, bytes_max, |_, _| {})
}

/// The same, and `other` gets what is neither drawn nor a size.
pub(super) fn read_cast_with<C: BufRead>(
    reader: &mut CastReader<C>,
    recorded: &mut Recorded,
    bytes_max: usize,
    mut other: impl FnMut(Moment, CastEventKind),
) -> (Vec<Step>, bool) {
    let Recorded { output, losses, steps: known, .. } = recorded;
    let enough = output.len().saturating_add(bytes_max);
    let (mut steps, mut has_more) = (Vec::new(), true);
    while output.len() < enough {
        let event = match reader.next_event() {
            Ok(Some(event)) => event,
            Ok(None) => {
                has_more = false;
                break;
            }
            Err(error) => {
                losses.push(error.to_string());
                has_more = false;
                break;
            }
        };
        let kind = match event.kind {
            CastEventKind::Output(text) => {
                let from = output.len();
                if from + text.len() > OUTPUT_BYTES_MAX || known.len() + steps.len() >= DRAWN_STEPS_MAX {
                    losses.push(format!("the recording is too long to be played beyond {}", event.at));
                    has_more = false;
                    break;
                }
                output.extend_from_slice(text.as_bytes());
                StepKind::Output(from, output.len())
            }
            CastEventKind::Resize { cols, rows } => StepKind::Event(Box::new(Event::AgentResized(cols, rows))),
            kind => {
                other(event.at, kind);
                continue;
            }
        };
        steps.push(Step { at: event.at, kind });
    }
    if let Some(lost) = reader.lost() {
        losses.push(format!("the recording's {lost}"));
    }
    if reader.skipped() > 0 {
        losses.push(format!("{} lines of the recording are no events", reader.skipped()));
    }
    (steps, has_more)
}

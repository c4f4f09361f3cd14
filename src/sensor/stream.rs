//! Lines of JSON among other output, told apart as they come.
//!
//! Every `{` may begin an event. What turns out to be none is given on as the text it is, so nothing is lost by
//! looking; what is one is no text. The stream may be cut anywhere and its lines may be of any length.

use memchr::memchr;
use serde_json::Value;

use super::events::{is_event, is_event_name};
use super::json::{Json, Step};

/// How much of what may be an event is kept, to be given on as text if it is none, in bytes.
const ASIDE_BYTES_MAX: usize = 16 * 1024;

/// Tells events from text.
#[derive(Debug, Default)]
pub(super) struct Stream {
    state: State,
    /// Whether an event has been seen: this output is a stream, whatever else is printed into it.
    has_events: bool,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Text,
    /// After an event, whose end of line is no text.
    Ended,
    Json(Box<Candidate>),
}

/// What may be an event.
#[derive(Debug)]
struct Candidate {
    json: Json,
    /// Its bytes so far.
    aside: Vec<u8>,
    /// Whether its last byte was a newline.
    is_after_newline: bool,
}

/// A piece of the output.
#[derive(Debug)]
pub(super) enum Piece<'a> {
    /// Text to be read otherwise.
    Text(&'a [u8]),
    /// An event, and whether something of it was left out.
    Event(Value, bool),
}

impl Stream {
    /// Whether this output is a stream of events.
    pub fn has_events(&self) -> bool {
        self.has_events
    }

    /// Reads the next bytes and gives what they hold, in order.
    pub fn feed(&mut self, mut bytes: &[u8], give: &mut impl FnMut(Piece<'_>)) {
        while !bytes.is_empty() {
            let used = match &mut self.state {
                State::Text => self.text(bytes, give),
                State::Ended => self.ended(bytes),
                State::Json(_) => self.candidate(bytes, give),
            };
            bytes = bytes.get(used..).unwrap_or_default();
        }
    }

    /// The output has ended: what may be an event is as much of one as there will be.
    pub fn finish(&mut self, give: &mut impl FnMut(Piece<'_>)) {
        self.leave(give);
    }

    fn text(&mut self, bytes: &[u8], give: &mut impl FnMut(Piece<'_>)) -> usize {
        let end = memchr(b'{', bytes).unwrap_or(bytes.len());
        if end > 0 {
            give(Piece::Text(bytes.get(..end).unwrap_or_default()));
        }
        if end < bytes.len() {
            let candidate = Candidate::new(self.has_events);
            self.state = State::Json(Box::new(candidate));
        }
        end
    }

    /// Takes the end of an event's line.
    fn ended(&mut self, bytes: &[u8]) -> usize {
        match bytes.first() {
            Some(b'\r' | b' ') => 1,
            Some(b'\n') => {
                self.state = State::Text;
                1
            }
            _ => {
                self.state = State::Text;
                0
            }
        }
    }

    fn candidate(&mut self, bytes: &[u8], give: &mut impl FnMut(Piece<'_>)) -> usize {
        let State::Json(candidate) = &mut self.state else { return 0 };
        // What may be text after all is read no further than it is kept.
        let room = if self.has_events || candidate.is_promising() { usize::MAX } else { candidate.room() };
        // A line that begins like an event ends one that never came to its end.
        if room == 0 || (candidate.is_after_newline && bytes.first() == Some(&b'{')) {
            self.leave(give);
            return 0;
        }
        let end = memchr(b'\n', bytes).map_or(bytes.len(), |at| at + 1).min(room);
        let line = bytes.get(..end).unwrap_or_default();
        let step = candidate.json.feed(line);
        let used = match step {
            Step::More => line.len(),
            Step::Done(used) | Step::Broken(used) => used,
        };
        candidate.keep(line.get(..used).unwrap_or_default());
        match step {
            Step::More => {}
            Step::Broken(_) => self.leave(give),
            Step::Done(_) => {
                if let State::Json(candidate) = std::mem::take(&mut self.state) {
                    self.done(*candidate, give);
                }
            }
        }
        used
    }

    /// Gives what may be an event as what it is by now.
    fn leave(&mut self, give: &mut impl FnMut(Piece<'_>)) {
        if let State::Json(candidate) = std::mem::take(&mut self.state) {
            self.broken(*candidate, give);
        }
    }

    fn done(&mut self, candidate: Candidate, give: &mut impl FnMut(Piece<'_>)) {
        let is_cut = candidate.json.is_cut();
        let Candidate { json, aside, .. } = candidate;
        match json.take().filter(is_event) {
            Some(event) => {
                self.has_events = true;
                self.state = State::Ended;
                give(Piece::Event(event, is_cut));
            }
            None => give(Piece::Text(&aside)),
        }
    }

    /// What began like an event is none. In a stream it is still mined for what it says.
    fn broken(&mut self, candidate: Candidate, give: &mut impl FnMut(Piece<'_>)) {
        let Candidate { json, aside, .. } = candidate;
        if self.has_events
            && let Some(event) = json.take().filter(is_event)
        {
            give(Piece::Event(event, true));
            return;
        }
        give(Piece::Text(&aside));
    }
}

impl Candidate {
    fn new(is_patient: bool) -> Self {
        Self { json: Json::new(is_patient), aside: Vec::new(), is_after_newline: false }
    }

    /// How many more bytes can be kept.
    fn room(&self) -> usize {
        ASIDE_BYTES_MAX.saturating_sub(self.aside.len())
    }

    fn keep(&mut self, bytes: &[u8]) {
        self.is_after_newline = bytes.ends_with(b"\n");
        self.aside.extend_from_slice(bytes.get(..self.room().min(bytes.len())).unwrap_or_default());
    }

    /// Whether it says of itself that it is an event.
    fn is_promising(&self) -> bool {
        self.json.top("type").is_some_and(is_event_name)
    }
}

#[cfg(test)]
mod tests;

//! What was drawn later is read while the beginning is played.

use super::super::recorded::Recorded;
use super::Player;

/// What is asked for behind what has been read is read up to in pieces of so many bytes.
const PIECE_BYTES: usize = 1 << 20;

/// Adds some bytes more of what was drawn to a record, and says whether there is more.
pub type Rest = Box<dyn FnMut(&mut Recorded, usize) -> bool>;

impl Player {
    /// Reads some bytes more of what was drawn; whether there was more to read.
    pub(super) fn read_on(&mut self, bytes_max: usize) -> bool {
        let Some(rest) = &mut self.rest else { return false };
        if !rest(&mut self.recorded, bytes_max) {
            self.rest = None;
        }
        true
    }

    /// Reads on until enough is there, or all.
    pub(super) fn read_until(&mut self, is_enough: impl Fn(&Recorded) -> bool) {
        while !is_enough(&self.recorded) && self.read_on(PIECE_BYTES) {}
    }

    /// Has the next step there, if there is one.
    pub(super) fn read_next(&mut self) {
        let next = self.next;
        self.read_until(|recorded| recorded.steps.len() > next);
    }
}

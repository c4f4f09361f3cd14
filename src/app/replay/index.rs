//! Copies of the screen, made ahead of need, so that going anywhere is short.

use super::super::recorded::Recorded;
use super::scout::Scout;
use super::{SCROLLBACK_LINES, Sync};
use crate::term::Keyframe;

/// The screen is copied each time so many bytes were drawn, so that going back begins there.
pub(super) const KEYFRAME_BYTES: usize = 1 << 20;
/// At most so many copies are kept; every other one goes when there are more.
pub(super) const KEYFRAMES_MAX: usize = 64;
/// And at most so many bytes of them, but always one: a recording may have a screen of any size.
pub(super) const KEYFRAMES_BYTES_MAX: usize = 64 << 20;

/// Copies of the screen, and a screen that goes ahead to make them.
pub(super) struct Index {
    pub(super) frames: Vec<Frame>,
    pub(super) spacing_bytes: usize,
    scout: Scout,
    bytes_since: usize,
}

/// The screen after so many steps.
pub(super) struct Frame {
    pub(super) step: usize,
    pub(super) screen: Keyframe,
    pub(super) sync: Sync,
}

impl Index {
    pub(super) fn new(recorded: &Recorded) -> Self {
        let scout = Scout::new(recorded, SCROLLBACK_LINES);
        Self { frames: Vec::new(), spacing_bytes: KEYFRAME_BYTES, scout, bytes_since: 0 }
    }

    /// The last copy at or before so many steps.
    pub(super) fn before(&self, steps: usize) -> Option<&Frame> {
        let count = self.frames.partition_point(|frame| frame.step <= steps);
        self.frames.get(..count)?.last()
    }

    /// Goes on for at most so many bytes; whether there is more to do.
    pub(super) fn go_on(&mut self, recorded: &Recorded, bytes_max: usize) -> bool {
        let mut bytes = 0;
        while bytes < bytes_max {
            let Some(drawn) = self.scout.step(recorded) else { return false };
            bytes += drawn;
            self.bytes_since += drawn;
            if self.bytes_since >= self.spacing_bytes {
                let Scout { screen, sync, next } = &mut self.scout;
                let frame = Frame { step: *next, screen: screen.snapshot(), sync: *sync };
                self.push(frame);
            }
        }
        true
    }

    fn push(&mut self, frame: Frame) {
        self.bytes_since = 0;
        self.frames.push(frame);
        while self.frames.len() > 1 && (self.frames.len() > KEYFRAMES_MAX || self.bytes() > KEYFRAMES_BYTES_MAX) {
            let mut is_kept = false;
            self.frames.retain(|_| {
                is_kept = !is_kept;
                is_kept
            });
            self.spacing_bytes *= 2;
        }
    }

    /// How much memory the copies take.
    pub(super) fn bytes(&self) -> usize {
        self.frames.iter().map(|frame| frame.screen.bytes()).sum()
    }
}

//! Bytes to Screen: the emulator behind a few types of our own.
//!
//! [`Screen`] is a value. It is fed what the agent wrote and asked for cells, modes, replies and events; it knows no
//! file, no clock and no process. Whatever bytes it is fed, it neither panics nor grows beyond its limits, and where
//! the stream was cut makes no difference. The other direction, what the operator typed as the agent wants to read
//! it, is [`encode_key`], [`encode_paste`], [`encode_mouse`] and [`encode_focus`].
#![forbid(unsafe_code)]

mod cell;
mod clean;
mod input;
mod key;
mod keyframe;
mod modes;
mod outbox;
mod run;
mod scan;
mod screen;
mod strip;
mod tap;

pub use cell::{Attrs, Cell, Color, Underline};
pub use input::{encode_focus, encode_mouse, encode_paste};
pub use key::encode_key;
pub use keyframe::Keyframe;
pub use modes::{CursorShape, Modes, MouseEncoding, MouseMode};
pub use outbox::{Colors, Fault, Rgb, ScreenEvent};
pub use screen::{Damage, SYNC_BYTES_MAX, SYNC_PATIENCE, Screen, is_feeding};
pub use strip::Stripper;

//! App loop, gate loop, exec verifier, terminal guard and clock; the only threads and channels.
#![forbid(unsafe_code)]

mod gate_loop;
mod verifier;

pub use gate_loop::{
    Answer, FREEZE_PATIENCE, GateEvent, GateHandle, GateOrder, GateSetup, Judging, Sink, start as start_gate,
};

//! App loop, gate loop, exec verifier, terminal guard and clock; the only threads and channels.
#![forbid(unsafe_code)]

mod agent_io;
mod answer;
mod app_loop;
mod aside;
mod backlog;
mod clock;
mod colors;
mod commands;
mod depth;
mod elsewhere;
mod ending;
mod face;
mod folder;
mod gate_calls;
mod gate_events;
mod gate_files;
mod gate_hooks;
mod gate_loop;
mod gate_port;
mod hearing;
mod hook_cursor;
mod hook_inject;
mod hook_server;
mod hook_session;
mod hook_settings;
mod ink;
mod input;
mod judging;
mod keepers;
mod keeping;
mod key_check;
mod notice;
mod opening;
mod passed;
mod perform;
mod plain;
mod recognised;
mod recorder;
mod replay_loop;
mod scribe;
mod server;
mod supervise;
mod terminal;
mod verifier;

pub use colors::{Asks, Ground, TerminalColors, ground_of_variable};
pub use depth::Depth;
pub use face::{Looks, TerminalTraits, Wardrobe};
pub use folder::{CAST_FILE, JOURNAL_FILE, make_private};
pub use gate_loop::{
    Answer, FileKey, GateEvent, GateHandle, GateOrder, GateSetup, Judging, Keeper, Losing, Pass, Sink,
    start as start_gate,
};
pub use gate_port::{Announcer, Asker, Question, Told};
pub use hook_inject::{CursorHooks, HookChoice};
pub use key_check::show_keys;
pub use notice::Notice;
pub use recognised::recognised;
pub use replay_loop::{Follow, Integrity, ReplayPlan, replay};
pub use supervise::{Ended, Plan, SCROLLBACK_LINES, SuperviseError, new_id, supervise};

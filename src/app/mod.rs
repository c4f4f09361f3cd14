//! State, events, effects and the pure `update` between them.
//!
//! Nothing here does I/O, reads a clock or fails. The same events give the same [`State`], live and in replay.
#![forbid(unsafe_code)]

mod again;
mod clipboard;
mod copy;
mod docket;
mod effect;
mod elsewhere;
mod event;
mod events;
mod evidence;
mod filter;
mod find;
mod grants;
mod interact;
mod keyboard;
mod keys;
mod layers;
mod layout;
mod lock;
mod palette;
mod recorded;
mod release;
mod replay;
mod rule;
mod rulings;
mod spoken;
mod standing;
mod state;
mod store;
mod typing;
mod update;

pub use clipboard::Clipboard;
pub use copy::{CopyView, Spot};
pub use docket::Docket;
pub use effect::{Effect, Effects, Reply};
pub use elsewhere::{CaseName, Elsewhere, FarCase};
pub use event::{Event, Input, Painting, RemoteRuling, Resolved};
pub use filter::Filter;
pub use grants::{grant_choices, grant_lines, grant_matches, not_grantable};
pub use interact::{CaseView, Column, EventsPrompt, Interaction, Kept, Layer, Lock, Search, TitleBar};
pub use keyboard::shared_keyboard;
pub use keys::{MESSAGE_FOR, WHICH_KEY_AFTER};
pub use layers::{listed as docket_rows, listed_elsewhere as far_docket_rows};
pub use layout::{Layout, agent_size};
pub use lock::lock;
pub use palette::matches as palette_matches;
pub use recorded::{Flag, FlagKind, Recorded, Tail};
pub use release::Release;
pub use replay::{Matches, ParsePlaceError, Place, Player, Prompt, Rest, Speed};
pub use spoken::Spoken;
pub use standing::{GrantUse, Standing};
pub use state::{AgentState, EventRow, OnHold, RowKind, RowNote, SessionInfo, Settings, State, Timeline};
pub use store::StoreStatus;
pub use update::{is_roomy, next_deadline, update};

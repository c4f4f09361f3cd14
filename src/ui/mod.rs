//! View, layers, panel, help, theme and keymap: a view of State and nothing else.
//!
//! [`view`] draws a [`State`](crate::app::State) into a buffer and says what of a case was on it; it changes nothing and asks
//! nobody. Colours come from a [`Theme`], keys from a [`Keymap`]; both are data.
#![forbid(unsafe_code)]

mod canvas;
mod case;
mod case_box;
mod case_keys;
mod command;
mod copy;
mod docket;
mod export;
mod footer;
mod frame;
mod glyphs;
mod grants;
mod highlight;
mod intent;
mod keymap;
mod layers;
mod lists;
mod panel;
mod plain;
mod replay;
mod scopes;
mod screen;
mod sections;
mod text;
mod theme;
mod top;

pub use case::digest_of;
pub use export::{Picture, case_picture, page, screen_picture, window_picture};
pub use frame::{CursorShape, Drawn, agent_room, view, view_rows};
pub use highlight::prepare;
pub use keymap::{Binding, Keymap, KeymapError};
pub use plain::{Telling, case as plain_case, told};
pub use replay::{PlayerView, replay_view};
pub use scopes::SCOPES;
pub use text::bytes_told;
pub use theme::{Theme, ThemeError};

//! What is shown to others: a still picture as SVG, and a page that plays a recording by itself.

mod page;
mod picture;

pub use page::page;
pub use picture::{Picture, case_picture, screen_picture, window_picture};

/// Colours, for pictures and pages alike: classes `f0` to `f15` and `b0` to `b15` are the terminal's sixteen.
const COLOURS: &str = include_str!("colours.css");

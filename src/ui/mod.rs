//! View, layers, panel, help, theme and keymap: a view of State and nothing else.
#![forbid(unsafe_code)]

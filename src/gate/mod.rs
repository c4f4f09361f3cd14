//! The kernel gate: notifications become Actions, Actions become Holds, Holds end in a Reply.
#![forbid(unsafe_code)]

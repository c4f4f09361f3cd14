//! Linux, and all unsafe code of the program: system calls behind safe functions.
//!
//! Raw descriptors, pointers and errno stay inside; what leaves is an `OwnedFd`, a newtype or an `io::Error`.
//! The module knows nothing of actions, holds or cases: `gate` and `launch` give these calls their meaning.
#![allow(unsafe_code, reason = "the one module that may call the kernel directly")]

mod acting;
mod bpf;
mod changes;
mod channel;
mod deadline;
mod fd;
mod filter;
mod groups;
mod handshake;
mod landlock;
mod memory;
mod names;
mod opening;
mod peer;
mod place;
mod proc;
mod process;
mod ptrace;
mod seccomp;
mod sockets;
mod wake;

pub use acting::acting_as;
pub use bpf::{Arch, Call};
pub use changes::Changes;
pub use channel::{Channel, Doorway, Parcel};
pub use deadline::Deadline;
pub use fd::{duplicate, is_echoing, own_terminals, set_nonblocking, set_utf8_input, window_size};
pub use filter::{FilterSpec, Program};
pub use groups::own_groups;
pub use handshake::{FromStage, Mishap, MishapKind, Number, Setup, Step, ToStage, receive_message, send_message};
pub use landlock::{Scopes, landlock_version, restrict};
pub use memory::{Memory, read_memory};
pub use names::{
    DiskSpace, Facts, FileKind, IfTaken, Stamp, data_parts, disk_space, facts, is_disk_full, is_link_refused,
    set_aside, share_blocks,
};
pub use opening::{Wanted, cut_of, own_folder_and_mask, punch_of, terminal_of, umask_of};
pub use peer::{Rights, peer_credentials, rights, sender, tell_senders};
pub use place::{Place, PlaceFact, PlaceKind};
pub use proc::{
    FileId, Stat, Status, children_of, cmdline, environ, exe_id, fd_link, fd_links, file_id, innermost, is_our_thread,
    is_same_view, is_stat_of_ours, link, pidfd_names, process_ids, seccomp_filters, stat, status, tasks_of,
    thread_stat, wchan,
};
pub use process::{
    Errno, Pidfd, ProcId, Signal, become_subreaper, birth_of, die_with_parent, exec, forbid_new_privileges,
    forbid_reading_us, group_of, hear_ends_only, is_alive, is_unknown_format, kin_of, parent_id, probe_gate,
    reap_if_ended, replace_stdin, reset_signals, say_to, self_id, send_signal, send_thread_signal, signal_group,
};
pub use ptrace::{TraceStop, Traced};
pub use seccomp::{ClosesOnExec, Listener, Notification, Reply, Sent, install};
pub use sockets::{
    Bound, SOCKET_ADDRESS_BYTES_MAX, bound_ports, bound_sockets, connect_at, connect_to, listener_at, sockets_of,
};
pub use wake::{Readiness, Wake, wait_readable};

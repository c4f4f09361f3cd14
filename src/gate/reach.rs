//! From a connection, a message or a signal to an Action: what it would reach beyond the calling process.

use std::collections::{HashMap, HashSet};
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::decode::{Passage, Reading, caller, fault, unreadable};
use super::files::Performer;
use super::view::{Base, View};
use super::whose::{members, receiver, whose};
use crate::model::{
    Action, ActionId, ActionKind, Caller, Connect, Kill, Moment, Peer, Pid, Receiver, Source, Untrusted, Whose,
};
use crate::sys::{self, Call, Errno, FileId, Notification, Pidfd, Place, PlaceKind, ProcId, SOCKET_ADDRESS_BYTES_MAX};

/// As much of a caller's command line as is read.
const COMMAND_BYTES_MAX: usize = 16 * 1024;
/// Processes whose connections are known again.
const PROCESSES_MAX: usize = 512;
/// Other ends that are known again, of one process.
const PEERS_MAX: usize = 128;

/// The size of a message's header in a list of them, with its length; what comes first of it is the address.
const HEADER_BYTES: usize = 64;
/// As many messages as the kernel takes at once.
const MESSAGES_MAX: usize = 1024;

/// What a socket address names.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Address {
    /// Nobody outside the kernel: none at all, or the kernel itself.
    Kernel,
    /// A path.
    Path(Vec<u8>),
    /// A name in the kernel.
    Name(Vec<u8>),
    /// An address of the internet protocols.
    Host(String, u16),
    /// Another family.
    Family(u16),
}

/// Connections that were judged and passed: each is noted once for its process.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Who makes a connection that nothing stands against.
    performer: Performer,
    /// By thread, and by process.
    by_id: HashMap<ProcId, HashSet<(Peer, Option<FileId>)>>,
}

/// What a signal is for, as it was found when the call was read.
#[derive(Debug)]
pub struct Signalled {
    to: Receiver,
    signal: i32,
    /// The process itself, whose number may be given out again.
    process: Option<Pidfd>,
}

/// A connection as it was read, to be made in its caller's place.
#[derive(Debug)]
pub struct Reached {
    thread: ProcId,
    fd: i32,
    address: Vec<u8>,
    /// The socket itself, where the address is a path.
    at: Option<Place>,
    performer: Performer,
}

/// What an address leads to.
struct Found {
    peer: Peer,
    id: Option<FileId>,
    at: Option<Place>,
}

impl Known {
    /// Nothing is known; `performer` makes what nothing stands against.
    pub(super) fn new(performer: Performer) -> Self {
        Self { performer, ..Self::default() }
    }

    /// Whether this thread went there before.
    fn has(&self, id: ProcId, peer: &(Peer, Option<FileId>)) -> bool {
        self.by_id.get(&id).is_some_and(|peers| peers.contains(peer))
    }

    fn add(&mut self, id: ProcId, peer: (Peer, Option<FileId>)) {
        if self.by_id.len() >= PROCESSES_MAX && !self.by_id.contains_key(&id) {
            self.by_id.clear();
        }
        let peers = self.by_id.entry(id).or_default();
        if peers.len() >= PEERS_MAX {
            peers.clear();
        }
        peers.insert(peer);
    }

    /// Another program runs in this process from now on.
    pub(super) fn forget(&mut self, process: ProcId) {
        self.by_id.remove(&process);
    }

    /// The connection was let through, and need not be looked at again.
    pub(super) fn passed(&mut self, action: &Action) {
        let ActionKind::Connect(connect) = &action.kind else { return };
        let (process, thread) = (ProcId(action.caller.pid.0), ProcId(action.caller.tid.0));
        let file = match &connect.peer {
            Peer::Socket { path } => {
                match View::of(process, thread).open(Base::Cwd, path.as_bytes()).and_then(|place| place.fact()) {
                    Ok(fact) => Some(fact.id),
                    Err(_) => return,
                }
            }
            Peer::Abstract { .. } | Peer::Address { .. } | Peer::Other { .. } | Peer::Namespace => None,
        };
        for id in [process, thread] {
            self.add(id, (connect.peer.clone(), file));
        }
    }
}

/// Reads `connect`, and `sendto` with an address.
pub(super) fn read_connect(
    call: &Notification,
    name: Call,
    stamp: (ActionId, Moment),
    known: &mut Known,
) -> Result<Reading, Reading> {
    let [_, first, second, _, fifth, sixth] = call.args;
    let (pointer, length) = if name == Call::Sendto { (fifth, sixth) } else { (first, second) };
    if name == Call::Connect && pointer == 0 {
        return Err(Reading::Fails(Errno::FAULT));
    }
    match bytes_of(call.thread, pointer, low(length))? {
        Some(bytes) => read_toward(call, name, bytes, stamp, known),
        None => Ok(Reading::Passes),
    }
}

/// Reads `sendmsg` and `sendmmsg`. Messages without an address go where their socket is connected to.
pub(super) fn read_messages(
    call: &Notification,
    name: Call,
    stamp: (ActionId, Moment),
    known: &mut Known,
) -> Result<Reading, Reading> {
    let [_, headers, count, ..] = call.args;
    let count = if name == Call::Sendmmsg { usize::try_from(low(count)).unwrap_or(0).min(MESSAGES_MAX) } else { 1 };
    let mut all = vec![0; count * HEADER_BYTES];
    let read = sys::read_memory(call.thread, headers, &mut all).map_err(|error| fault("the message", &error))?;
    all.truncate(read);
    let mut addresses = HashSet::new();
    for header in all.chunks(HEADER_BYTES) {
        let (Some((pointer, rest)), true) = (header.split_first_chunk::<8>(), header.len() >= 12) else {
            return Err(Reading::Fails(Errno::FAULT));
        };
        let length = rest.first_chunk::<4>().map_or(0, |length| i32::from_ne_bytes(*length));
        if let Some(bytes) = bytes_of(call.thread, u64::from_ne_bytes(*pointer), length)? {
            addresses.insert(bytes);
        }
    }
    let mut addresses = addresses.into_iter();
    match (addresses.next(), addresses.next()) {
        (None, _) => Ok(Reading::Passes),
        (Some(bytes), None) => read_toward(call, name, bytes, stamp, known),
        // Who is told that the kernel has no such call sends one by one, and each is judged.
        (Some(_), Some(_)) => Err(Reading::Fails(Errno::NOSYS)),
    }
}

/// Reads `unshare` and `clone`, which are held only where they make a user namespace.
pub(super) fn read_namespace(
    call: &Notification,
    name: Call,
    stamp: (ActionId, Moment),
    known: &mut Known,
) -> Result<Reading, Reading> {
    let found = Found { peer: Peer::Namespace, id: None, at: None };
    read_reached((call, name), found, None, stamp, known)
}

/// An address in the caller's memory; `None` where there is none, or of a length that the kernel refuses by itself.
fn bytes_of(thread: ProcId, pointer: u64, length: i32) -> Result<Option<Vec<u8>>, Reading> {
    let length = usize::try_from(length).ok().filter(|length| (1..=SOCKET_ADDRESS_BYTES_MAX).contains(length));
    let Some(length) = length.filter(|_| pointer != 0) else { return Ok(None) };
    let mut bytes = vec![0; length];
    let count = sys::read_memory(thread, pointer, &mut bytes).map_err(|error| fault("the address", &error))?;
    if count < length { Err(Reading::Fails(Errno::FAULT)) } else { Ok(Some(bytes)) }
}

/// What goes to an address.
fn read_toward(
    call: &Notification,
    name: Call,
    bytes: Vec<u8>,
    stamp: (ActionId, Moment),
    known: &mut Known,
) -> Result<Reading, Reading> {
    let (thread, is_message) = (call.thread, name != Call::Connect);
    let named = |peer| Found { peer, id: None, at: None };
    let is_ours = !is_message && known.performer == Performer::Supervisor;
    let found = match address(&bytes, is_message) {
        Address::Kernel if is_ours => {
            let reached = Reached { thread, fd: first_of(call), address: bytes, at: None, performer: known.performer };
            return Ok(Reading::Connects(reached));
        }
        Address::Kernel => return Ok(Reading::Passes),
        Address::Path(path) => {
            let process = sys::kin_of(thread).map_err(|error| unreadable("its process", &error))?.0;
            let found = socket_at(&View::of(process, thread), &path)?;
            if is_ours && found.at.is_none() {
                return Err(Reading::Unreadable("where its socket's path leads to is not known".into()));
            }
            found
        }
        Address::Name(name) => named(Peer::Abstract { name: Untrusted::new(name) }),
        Address::Host(host, port) => named(Peer::Address { host, port }),
        Address::Family(family) => named(Peer::Other { family }),
    };
    // Landlock keeps the caller from names in the kernel.
    let address = Some(bytes).filter(|_| is_ours || !is_message && matches!(found.peer, Peer::Abstract { .. }));
    read_reached((call, name), found, address, stamp, known)
}

/// What a call reaches, unless its process was let there before. `address` is where we connect it to once it may.
fn read_reached(
    (call, name): (&Notification, Call),
    Found { peer, id, at }: Found,
    address: Option<Vec<u8>>,
    stamp: (ActionId, Moment),
    known: &mut Known,
) -> Result<Reading, Reading> {
    let (thread, performer) = (call.thread, known.performer);
    let reached = address.map(|address| Reached { thread, fd: first_of(call), address, at, performer });
    let goes_on = |reached: Option<Reached>| match reached.filter(Reached::is_ours) {
        Some(reached) => Reading::Connects(reached),
        None => Reading::Passes,
    };
    let peer = (peer, id);
    if known.has(thread, &peer) {
        return Ok(goes_on(reached));
    }
    let caller = caller(thread).map_err(|error| unreadable("its process", &error))?;
    let process = ProcId(caller.pid.0);
    if known.has(process, &peer) {
        known.add(thread, peer);
        return Ok(goes_on(reached));
    }
    let view = View::of(process, thread);
    let (command, cwd) = (command(process), cwd(&view, thread));
    let connect = Connect { call: name.name().to_owned(), peer: peer.0, command, cwd };
    let passage = reached.map_or(Passage::Plain, Passage::Connect);
    Ok(act(stamp, caller, ActionKind::Connect(Box::new(connect)), passage, view))
}

/// The number that a call has first.
fn first_of(call: &Notification) -> i32 {
    let [first, ..] = call.args;
    low(first)
}

/// Reads the calls that send a signal to another process. What is for the session's own is nothing to judge.
pub(super) fn read_signal(call: &Notification, name: Call, stamp: (ActionId, Moment)) -> Result<Reading, Reading> {
    let thread = call.thread;
    let [first, second, third, fourth, ..] = call.args;
    let process = |number: u64| Receiver::Process { pid: Pid(low(number)) };
    let (to, signal) = match name {
        Call::Kill => match low(first) {
            0 => return Ok(Reading::Passes),
            -1 => (Receiver::All, second),
            number if number > 0 => (process(first), second),
            // The kernel knows no group of that number.
            i32::MIN => return Ok(Reading::Passes),
            number => (Receiver::Group { pid: Pid(-number) }, second),
        },
        Call::PidfdSendSignal => match descriptor_of(thread, low(first), low(fourth)) {
            Some(to) => (to, second),
            None => return Ok(Reading::Passes),
        },
        Call::Tgkill | Call::RtTgsigqueueinfo => (process(first), third),
        Call::Tkill | Call::RtSigqueueinfo => (process(first), second),
        _ => return Err(Reading::Unreadable("a call that no rule names".into())),
    };
    let is_own = |whose| matches!(whose, Whose::Session | Whose::Nobody);
    if low(signal) == 0 || to != Receiver::All && is_own(receiver(thread, &to)) {
        return Ok(Reading::Passes);
    }
    let caller = caller(thread).map_err(|error| unreadable("its process", &error))?;
    let own = ProcId(caller.pid.0);
    let view = View::of(own, thread);
    let (program, pidfd) = match to {
        Receiver::Process { pid } => {
            // What was given may be the number of one of its threads.
            let process = sys::kin_of(ProcId(pid.0)).map_err(|error| unreadable("whom it is for", &error))?.0;
            (program(process), Pidfd::open(process).ok())
        }
        Receiver::Group { pid } => {
            let outside = members(ProcId(pid.0)).into_iter().find(|member| !is_own(whose(*member)));
            (outside.map(program).unwrap_or_default(), None)
        }
        Receiver::All => (Untrusted::default(), None),
    };
    let (command, cwd, signal) = (command(own), cwd(&view, thread), low(signal));
    let kill = Kill { call: name.name().to_owned(), signal, to, program, command, cwd };
    let passage = Passage::Signal(Signalled { to, signal, process: pidfd });
    Ok(act(stamp, caller, ActionKind::Kill(Box::new(kill)), passage, view))
}

/// Reads `prlimit64` where it sets a limit of a process that is named: a limit of no processor time ends whoever it is
/// of as a signal does. Nobody needs it for what is outside.
pub(super) fn read_limit(call: &Notification) -> Result<Reading, Reading> {
    let [first, ..] = call.args;
    match receiver(call.thread, &Receiver::Process { pid: Pid(low(first)) }) {
        Whose::Session | Whose::Nobody => Ok(Reading::Passes),
        Whose::New | Whose::Outside | Whose::Ours | Whose::Unknown => Err(Reading::Fails(Errno::PERM)),
    }
}

/// Reads the calls that say when and where a process that is named may run: who never gets a turn watches nothing.
pub(super) fn read_turn(call: &Notification, name: Call) -> Result<Reading, Reading> {
    /// `PRIO_PGRP` and `IOPRIO_WHO_PGRP`.
    const GROUPS: [(Call, i32); 2] = [(Call::Setpriority, 1), (Call::IoprioSet, 2)];
    let [first, second, ..] = call.args;
    let whom = if matches!(name, Call::Setpriority | Call::IoprioSet) { second } else { first };
    let pid = Pid(low(whom));
    let to = if GROUPS.contains(&(name, low(first))) { Receiver::Group { pid } } else { Receiver::Process { pid } };
    let is_ours = match receiver(call.thread, &to) {
        Whose::Ours => true,
        // Whoever hides which numbering is its own is taken to use ours.
        Whose::Unknown => whose(ProcId(pid.0)) == Whose::Ours,
        Whose::Session | Whose::Nobody | Whose::New | Whose::Outside => false,
    };
    if is_ours { Err(Reading::Fails(Errno::PERM)) } else { Ok(Reading::Passes) }
}

impl Signalled {
    /// Sends the approved signal, which the caller itself may not send. To everything it is left to the caller, whose
    /// reach ends with the session.
    ///
    /// # Errors
    /// Those of `kill`; `None` inside where the caller is to go on by itself.
    pub fn send(&self) -> Option<io::Result<()>> {
        match (self.to, &self.process) {
            (Receiver::All, _) => None,
            (Receiver::Process { .. }, Some(process)) => Some(process.send(self.signal)),
            (Receiver::Process { .. }, None) => Some(Err(io::Error::from(io::ErrorKind::NotFound))),
            (Receiver::Group { pid }, _) => Some(sys::signal_group(ProcId(pid.0), self.signal)),
        }
    }
}

impl Reached {
    /// Whether we make it also where nothing stands against it: its caller could change where it leads.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        self.performer == Performer::Supervisor
    }

    /// Connects the caller's own socket for it, to what was judged. Blocks as long as the socket does: not on the gate
    /// loop.
    ///
    /// # Errors
    /// Those of `connect`, which are the caller's then; `EACCES` also where it is another user on files than we are.
    pub fn connect(&self) -> io::Result<()> {
        let process = sys::kin_of(self.thread)?.0;
        let socket = Pidfd::open(process)?.copy_fd(self.fd)?;
        match &self.at {
            None => sys::connect_to(socket, &self.address),
            Some(place) => sys::acting_as(self.thread, || sys::connect_at(socket, place))
                .unwrap_or_else(|| Err(io::Error::from(io::ErrorKind::PermissionDenied))),
        }
    }
}

fn act((id, at): (ActionId, Moment), caller: Caller, kind: ActionKind, passage: Passage, view: View) -> Reading {
    Reading::Act(Box::new(Action { id, at, caller, source: Source::Kernel, kind }), passage, view)
}

/// The lower half of a register, as the kernel takes it for numbers of 32 bits.
#[allow(clippy::cast_possible_truncation, reason = "the kernel looks at the lower half alone")]
fn low(register: u64) -> i32 {
    (register as u32).cast_signed()
}

/// The socket that a path leads to, and which file it is. What is none is refused as the kernel would.
fn socket_at(view: &View, path: &[u8]) -> Result<Found, Reading> {
    let place = match view.open(Base::Cwd, path) {
        Ok(place) => place,
        Err(error) => {
            return match Errno::of(&error) {
                Some(errno @ (Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::ACCES | Errno::NAMETOOLONG))
                    if view.is_ours() =>
                {
                    Err(Reading::Fails(errno))
                }
                _ if view.is_ours() => Err(unreadable("the socket's path", &error)),
                // Another root: what we cannot follow is judged by its words alone.
                _ => Ok(Found { peer: Peer::Socket { path: Untrusted::new(path) }, id: None, at: None }),
            };
        }
    };
    let fact = place.fact().map_err(|error| unreadable("the socket", &error))?;
    if fact.kind != PlaceKind::Other {
        return Err(Reading::Fails(Errno::CONNREFUSED));
    }
    let found = place.path().map_err(|error| unreadable("the socket's path", &error))?;
    let peer = Peer::Socket { path: Untrusted::new(view.inside(found)) };
    Ok(Found { peer, id: Some(fact.id), at: Some(place) })
}

/// Whom a descriptor of the caller's stands for; `None` where it is no process's, or the process is gone.
fn descriptor_of(thread: ProcId, fd: i32, flags: i32) -> Option<Receiver> {
    /// `PIDFD_SIGNAL_PROCESS_GROUP`.
    const GROUP: i32 = 4;
    let number = sys::pidfd_names(thread, fd)?;
    if flags & GROUP == 0 {
        return Some(Receiver::Process { pid: Pid(number.0) });
    }
    Some(Receiver::Group { pid: Pid(sys::group_of(number).ok()?.0) })
}

fn command(process: ProcId) -> Vec<Untrusted> {
    let mut line = sys::cmdline(process, COMMAND_BYTES_MAX).unwrap_or_default();
    if line.last() == Some(&0) {
        line.pop();
    }
    if line.is_empty() { Vec::new() } else { line.split(|byte| *byte == 0).map(Untrusted::new).collect() }
}

fn cwd(view: &View, thread: ProcId) -> Untrusted {
    Untrusted::new(view.inside(sys::link(thread, "cwd").unwrap_or_default()))
}

/// What a process runs, in one line.
fn program(process: ProcId) -> Untrusted {
    let words = command(process);
    if words.is_empty() {
        let exe = sys::link(process, "exe").unwrap_or_default();
        return Untrusted::new(exe.rsplit(|byte| *byte == b'/').next().unwrap_or_default());
    }
    let bytes: Vec<&[u8]> = words.iter().map(Untrusted::as_bytes).collect();
    Untrusted::new(bytes.join(&b' '))
}

/// What these bytes name as a socket's address. A message may leave out the family where it means the older protocol.
fn address(bytes: &[u8], is_message: bool) -> Address {
    const UNSPEC: u16 = 0;
    const UNIX: u16 = 1;
    const INET: u16 = 2;
    const INET6: u16 = 10;
    const NETLINK: u16 = 16;
    /// Shorter ones the kernel refuses.
    const INET_BYTES: usize = 16;
    const INET6_BYTES: usize = 24;
    let Some((family, rest)) = bytes.split_first_chunk::<2>() else { return Address::Kernel };
    let port = || rest.first_chunk::<2>().map_or(0, |port| u16::from_be_bytes(*port));
    match u16::from_ne_bytes(*family) {
        UNSPEC if !is_message || bytes.len() < INET_BYTES => Address::Kernel,
        UNSPEC | INET => match rest.get(2..).and_then(<[u8]>::first_chunk::<4>) {
            Some(host) if bytes.len() >= INET_BYTES => Address::Host(Ipv4Addr::from(*host).to_string(), port()),
            _ => Address::Kernel,
        },
        INET6 => match rest.get(6..).and_then(<[u8]>::first_chunk::<16>) {
            Some(host) if bytes.len() >= INET6_BYTES => {
                let host = Ipv6Addr::from(*host);
                let host = host.to_ipv4_mapped().map_or_else(|| host.to_string(), |host| host.to_string());
                Address::Host(host, port())
            }
            _ => Address::Kernel,
        },
        UNIX => match rest.split_first() {
            None => Address::Kernel,
            Some((0, name)) => Address::Name(name.to_vec()),
            Some(_) => Address::Path(rest.split(|byte| *byte == 0).next().unwrap_or_default().to_vec()),
        },
        NETLINK => Address::Kernel,
        family => Address::Family(family),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inet(family: u16, port: u16, host: [u8; 4], length: usize) -> Vec<u8> {
        let mut bytes = [&family.to_ne_bytes()[..], &port.to_be_bytes(), &host].concat();
        bytes.resize(length, 0);
        bytes
    }

    fn inet6(port: u16, host: &str, length: usize) -> Vec<u8> {
        let host: Ipv6Addr = host.parse().unwrap();
        let mut bytes = [&10_u16.to_ne_bytes()[..], &port.to_be_bytes(), &[0; 4], &host.octets()].concat();
        bytes.resize(length, 0);
        bytes
    }

    fn unix(name: &[u8]) -> Vec<u8> {
        [&1_u16.to_ne_bytes()[..], name].concat()
    }

    #[test]
    fn an_address_names_whom_the_kernel_would_reach_by_it() {
        let host = |host: &str, port| Address::Host(host.into(), port);
        for (bytes, expected) in [
            (inet(2, 80, [127, 0, 0, 1], 16), host("127.0.0.1", 80)),
            (inet(2, 0xfffe, [255, 255, 255, 255], 128), host("255.255.255.255", 0xfffe)),
            (inet6(443, "::1", 28), host("::1", 443)),
            (inet6(443, "2001:db8::1", 24), host("2001:db8::1", 443)),
            (inet6(53, "::ffff:10.0.0.7", 28), host("10.0.0.7", 53)),
            (unix(b"/run/x.sock\0"), Address::Path(b"/run/x.sock".to_vec())),
            (unix(b"/no/nul"), Address::Path(b"/no/nul".to_vec())),
            (unix(b"rel\0/hidden"), Address::Path(b"rel".to_vec())),
            (unix(&[b'x'; 108]), Address::Path(vec![b'x'; 108])),
            (unix(b"\0name"), Address::Name(b"name".to_vec())),
            (unix(b"\0na\0me\0"), Address::Name(b"na\0me\0".to_vec())),
            (inet(40, 1, [1, 0, 0, 0], 16), Address::Family(40)),
            (inet(16, 0, [0; 4], 12), Address::Kernel),
            (inet(0, 0, [0; 4], 16), Address::Kernel),
        ] {
            assert_eq!(address(&bytes, false), expected, "{bytes:?}");
        }
    }

    #[test]
    fn an_address_of_a_hostile_length_names_nobody_and_is_left_to_the_kernel() {
        for bytes in [
            vec![],
            vec![2],
            vec![2, 0],
            inet(2, 80, [127, 0, 0, 1], 8),
            inet(2, 80, [127, 0, 0, 1], 15),
            inet6(80, "::1", 28)[..23].to_vec(),
            unix(b""),
        ] {
            assert_eq!(address(&bytes, false), Address::Kernel, "{bytes:?}");
        }
        assert_eq!(address(&unix(b"\0"), false), Address::Name(Vec::new()));
    }

    #[test]
    fn a_message_without_a_family_means_the_older_protocol() {
        let bytes = inet(0, 53, [10, 0, 0, 7], 16);
        assert_eq!(address(&bytes, true), Address::Host("10.0.0.7".into(), 53));
        assert_eq!(address(&bytes, false), Address::Kernel);
        assert_eq!(address(&bytes[..12], true), Address::Kernel);
    }

    #[test]
    fn a_connection_is_known_again_until_another_program_runs() {
        let mut known = Known::default();
        let peer = |port| (Peer::Address { host: "127.0.0.1".into(), port }, None);
        known.add(ProcId(7), peer(1));
        assert!(known.has(ProcId(7), &peer(1)) && !known.has(ProcId(7), &peer(2)) && !known.has(ProcId(8), &peer(1)));
        known.forget(ProcId(7));
        assert!(!known.has(ProcId(7), &peer(1)));
        for id in 0..2000 {
            for port in 0..300 {
                known.add(ProcId(id % 700), peer(port));
            }
        }
        assert!(known.by_id.len() <= PROCESSES_MAX);
        assert!(known.by_id.values().all(|peers| peers.len() <= PEERS_MAX));
    }
}

//! Who listens where, and connecting a socket that is somebody else's.

use std::fs;
use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::path::Path;

use nix::sys::socket::{self, AddressFamily, SockFlag, SockType, UnixAddr};

use super::place::Place;
use super::process::{ProcId, checked};

/// As much of a table of sockets as is read, in bytes.
const TABLE_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// The longest socket address, as in the kernel.
pub const SOCKET_ADDRESS_BYTES_MAX: usize = 128;

/// A socket that others can reach under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// Its number, which `/proc/PID/fd` shows as `socket:[number]`.
    pub inode: u64,
    /// Its path as it was bound, or `@` and its name in the kernel.
    pub name: Vec<u8>,
}

/// The sockets of the Unix family that listen, or take messages, where `thread` looks from.
///
/// # Errors
/// `ENOENT` or `ESRCH` when the thread is gone.
pub fn bound_sockets(thread: ProcId) -> io::Result<Vec<Bound>> {
    Ok(table(thread, "unix")?.split(|byte| *byte == b'\n').filter_map(bound).collect())
}

/// The numbers of the sockets that listen, or take messages, on `port` of the internet protocols, where `thread` looks
/// from.
///
/// # Errors
/// `ENOENT` or `ESRCH` when the thread is gone.
pub fn bound_ports(thread: ProcId, port: u16) -> io::Result<Vec<u64>> {
    let mut found = Vec::new();
    for name in ["tcp", "tcp6", "udp", "udp6"] {
        // Without the newer protocol its tables are missing.
        let Ok(table) = table(thread, name) else { continue };
        let text = String::from_utf8_lossy(&table);
        found.extend(text.lines().skip(1).filter_map(|line| listening(line, port, name.starts_with("tcp"))));
    }
    Ok(found)
}

/// The numbers of the sockets that a process holds open; empty if it is gone or we may not look.
#[must_use]
pub fn sockets_of(process: ProcId) -> Vec<u64> {
    let Ok(entries) = fs::read_dir(format!("/proc/{process}/fd")) else { return Vec::new() };
    let links = entries.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
    links.filter_map(|link| link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()).collect()
}

/// Connects `socket` to the address that these bytes are. Blocks where the socket does.
///
/// # Errors
/// Those of `connect`.
pub fn connect_to(socket: impl AsFd, address: &[u8]) -> io::Result<()> {
    let length = libc::socklen_t::try_from(address.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    let fd = socket.as_fd().as_raw_fd();
    // SAFETY: the address is as long as is said and outlives the call, which only reads it.
    let result = unsafe { libc::connect(fd, address.as_ptr().cast(), length) };
    checked(result.into()).map(drop)
}

/// Connects `socket` to the one that lies at a place, whatever its path leads to by now. Blocks where the socket does.
///
/// # Errors
/// Those of `connect`.
pub fn connect_at(socket: impl AsFd, place: &Place) -> io::Result<()> {
    Ok(socket::connect(socket.as_fd().as_raw_fd(), &UnixAddr::new(&place.own_link())?)?)
}

/// Who listens at `path`: knocks there and goes away again. Does not block.
///
/// # Errors
/// `ECONNREFUSED` where nobody listens, `EPROTOTYPE` for a socket of another kind.
pub fn listener_at(path: &Path) -> io::Result<ProcId> {
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    let socket = socket::socket(AddressFamily::Unix, SockType::Stream, flags, None)?;
    socket::connect(socket.as_raw_fd(), &UnixAddr::new(path)?)?;
    Ok(super::peer::peer_credentials(&socket)?.0)
}

fn table(thread: ProcId, name: &str) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = fs::File::open(format!("/proc/{thread}/net/{name}"))?;
    io::Read::read_to_end(&mut io::Read::take(file, TABLE_BYTES_MAX), &mut bytes)?;
    Ok(bytes)
}

/// A line of `/proc/net/unix` whose socket can be reached. The accepted ends of connections have the listener's name
/// too, and are none.
fn bound(line: &[u8]) -> Option<Bound> {
    const LISTENS: u64 = 1 << 16;
    const DATAGRAM: u64 = 2;
    // `Num RefCount Protocol Flags Type St Inode Path`; the path may hold blanks.
    let mut rest = line;
    let mut field = || {
        let start = rest.iter().position(|byte| *byte != b' ')?;
        let from = rest.get(start..)?;
        let end = from.iter().position(|byte| *byte == b' ').unwrap_or(from.len());
        rest = from.get(end..)?;
        std::str::from_utf8(from.get(..end)?).ok()
    };
    let (_, _, _) = (field()?, field()?, field()?);
    let flags = u64::from_str_radix(field()?, 16).ok()?;
    let kind = u64::from_str_radix(field()?, 16).ok()?;
    let (_, inode) = (field()?, field()?.parse().ok()?);
    let name = rest.strip_prefix(b" ")?;
    (flags & LISTENS != 0 || kind == DATAGRAM).then(|| Bound { inode, name: name.to_vec() })
}

/// The socket's number, where this line of `/proc/net/tcp` or its like is one that is reached at `port`.
fn listening(line: &str, port: u16, is_tcp: bool) -> Option<u64> {
    /// `TCP_LISTEN`, and what an unconnected socket of the others has.
    const STATES: [&str; 2] = ["0A", "07"];
    let fields: Vec<&str> = line.split_ascii_whitespace().collect();
    let (_, own) = fields.get(1)?.rsplit_once(':')?;
    let state = if is_tcp { STATES.first() } else { STATES.last() }?;
    let is_it = u16::from_str_radix(own, 16).ok()? == port && fields.get(3)? == state;
    if is_it { fields.get(9)?.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::self_id;
    use std::net::{TcpListener, UdpSocket};
    use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};

    #[test]
    fn only_what_can_be_reached_is_bound() {
        let line = |text: &str| bound(text.as_bytes()).map(|bound| (bound.inode, bound.name));
        let head = "ffff8c3a: 00000002 00000000";
        for (rest, found) in [
            ("00010000 0001 01 123 /run/a b.sock", Some((123, "/run/a b.sock"))),
            ("00010000 0001 01   7 @name", Some((7, "@name"))),
            ("00010000 0005 01 123 /run/x", Some((123, "/run/x"))),
            ("00000000 0002 01 123 /dev/log", Some((123, "/dev/log"))),
            ("00000000 0001 03 124 /run/a.sock", None),
            ("00010000 0001 01 125", None),
            ("x 0001 01 125 /a", None),
            ("", None),
        ] {
            let found = found.map(|(inode, name): (u64, &str)| (inode, name.as_bytes().to_vec()));
            assert_eq!(line(&format!("{head} {rest}")), found, "{rest}");
        }
        assert_eq!(line("Num       RefCount Protocol Flags    Type St Inode Path"), None);
    }

    #[test]
    fn what_listens_is_found_among_what_its_process_holds() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let listener = UnixListener::bind(path("stream")).unwrap();
        let _client = UnixStream::connect(path("stream")).unwrap();
        let _accepted = listener.accept().unwrap();
        let _datagrams = UnixDatagram::bind(path("datagram")).unwrap();
        let own = sockets_of(self_id());
        let bound = bound_sockets(self_id()).unwrap();
        for name in ["stream", "datagram"] {
            let name = path(name).to_string_lossy().into_owned().into_bytes();
            let found: Vec<&Bound> = bound.iter().filter(|bound| bound.name == name).collect();
            assert_eq!(found.len(), 1);
            assert!(own.contains(&found[0].inode));
        }
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        let own = sockets_of(self_id());
        for port in [tcp.local_addr().unwrap().port(), udp.local_addr().unwrap().port()] {
            let found = bound_ports(self_id(), port).unwrap();
            assert!(found.iter().any(|inode| own.contains(inode)), "{port}");
        }
    }
}

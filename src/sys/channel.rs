//! Unix sockets that keep messages apart and carry descriptors: how the launcher talks to the supervisor.

use std::fs;
use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::sys::socket::{
    self, AddressFamily, ControlMessage, ControlMessageOwned, MsgFlags, SockFlag, SockType, UnixAddr, sockopt,
};

use super::process::ProcId;
use super::wake::wait_readable;

/// The longest message.
const MESSAGE_BYTES_MAX: usize = 64 * 1024;
/// Descriptors one message may carry.
const FDS_MAX: usize = 4;
/// What fits into a socket address with its NUL.
const ADDRESS_BYTES_MAX: usize = 107;

/// A place where one peer may knock. Its socket file is removed when it is dropped.
#[derive(Debug)]
pub struct Doorway {
    socket: OwnedFd,
    path: PathBuf,
}

/// A connection.
#[derive(Debug)]
pub struct Channel(OwnedFd);

/// One message with the descriptors it carried.
#[derive(Debug, Default)]
pub struct Parcel {
    /// The message; empty means that the other side is gone.
    pub bytes: Vec<u8>,
    /// The descriptors, close-on-exec.
    pub fds: Vec<OwnedFd>,
}

fn new_socket() -> io::Result<OwnedFd> {
    Ok(socket::socket(AddressFamily::Unix, SockType::SeqPacket, SockFlag::SOCK_CLOEXEC, None)?)
}

/// Calls `act` with an address for `path`; a long one goes by a descriptor of its folder.
fn with_address<T>(path: &Path, act: impl FnOnce(&UnixAddr) -> io::Result<T>) -> io::Result<T> {
    if path.as_os_str().as_bytes().len() <= ADDRESS_BYTES_MAX {
        return act(&UnixAddr::new(path)?);
    }
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::Error::from(io::ErrorKind::InvalidInput));
    };
    let folder = fs::File::open(folder)?;
    let short = Path::new("/proc/self/fd").join(folder.as_raw_fd().to_string()).join(name);
    act(&UnixAddr::new(&short)?)
}

impl Doorway {
    /// Makes a socket at `path`, which must not exist.
    ///
    /// # Errors
    /// `EADDRINUSE` if it exists, or the file system's.
    pub fn open(path: &Path) -> io::Result<Self> {
        let socket = new_socket()?;
        with_address(path, |address| Ok(socket::bind(socket.as_raw_fd(), address)?))?;
        socket::listen(&socket, socket::Backlog::new(1)?)?;
        Ok(Self { socket, path: path.to_owned() })
    }

    /// Where to knock.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Takes the next connection. Blocks until there is one.
    ///
    /// # Errors
    /// The kernel's.
    pub fn accept(&self) -> io::Result<Channel> {
        let raw = socket::accept4(self.socket.as_raw_fd(), SockFlag::SOCK_CLOEXEC)?;
        // SAFETY: the kernel has just given us this descriptor and nobody else knows its number.
        Ok(Channel(unsafe { OwnedFd::from_raw_fd(raw) }))
    }
}

impl AsFd for Doorway {
    /// Readable when somebody knocks.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl Drop for Doorway {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

impl Channel {
    /// Knocks at `path`.
    ///
    /// # Errors
    /// `ENOENT` or `ECONNREFUSED` when nobody is there.
    pub fn connect(path: &Path) -> io::Result<Self> {
        let socket = new_socket()?;
        with_address(path, |address| Ok(socket::connect(socket.as_raw_fd(), address)?))?;
        Ok(Self(socket))
    }

    /// Two ends of a new connection.
    ///
    /// # Errors
    /// The kernel's, when descriptors have run out.
    pub fn pair() -> io::Result<(Self, Self)> {
        let (a, b) = socket::socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_CLOEXEC)?;
        Ok((Self(a), Self(b)))
    }

    /// The process at the other end, as the kernel saw it when the connection was made.
    ///
    /// # Errors
    /// The kernel's.
    pub fn peer(&self) -> io::Result<ProcId> {
        Ok(ProcId(socket::getsockopt(&self.0, sockopt::PeerCredentials)?.pid()))
    }

    /// Sends one message with descriptors; the other side gets copies.
    ///
    /// # Errors
    /// `EPIPE` when the other side is gone, `EMSGSIZE` for a message that is too long.
    pub fn send(&self, bytes: &[u8], fds: &[BorrowedFd<'_>]) -> io::Result<()> {
        let raw: Vec<i32> = fds.iter().map(AsRawFd::as_raw_fd).collect();
        let flags = MsgFlags::MSG_NOSIGNAL;
        if raw.is_empty() {
            // Under a strict filter the launcher could not say in any other way what went wrong.
            socket::send(self.0.as_raw_fd(), bytes, flags)?;
            return Ok(());
        }
        let rights = [ControlMessage::ScmRights(&raw)];
        socket::sendmsg::<()>(self.0.as_raw_fd(), &[IoSlice::new(bytes)], &rights, flags, None)?;
        Ok(())
    }

    /// Receives one message; an empty one means that the other side is gone. Blocks for at most `patience`.
    ///
    /// # Errors
    /// `TimedOut` when nothing came, `InvalidData` for a message longer than allowed.
    pub fn receive(&self, patience: Option<Duration>) -> io::Result<Parcel> {
        if patience.is_some() {
            let ready = wait_readable(&[self.0.as_fd()], patience)?;
            if !ready.iter().any(|r| r.is_readable || r.is_hung_up) {
                return Err(io::Error::from(io::ErrorKind::TimedOut));
            }
        }
        let mut bytes = vec![0; MESSAGE_BYTES_MAX];
        let mut control = nix::cmsg_space!([i32; FDS_MAX]);
        let mut parts = [IoSliceMut::new(&mut bytes)];
        let flags = MsgFlags::MSG_CMSG_CLOEXEC;
        let message = socket::recvmsg::<()>(self.0.as_raw_fd(), &mut parts, Some(&mut control), flags)?;
        let mut fds = Vec::new();
        for part in message.cmsgs()? {
            if let ControlMessageOwned::ScmRights(raw) = part {
                // SAFETY: the kernel has just made these descriptors for us and nobody else knows their numbers.
                fds.extend(raw.into_iter().map(|fd| unsafe { OwnedFd::from_raw_fd(fd) }));
            }
        }
        let (count, is_cut) = (message.bytes, message.flags.intersects(MsgFlags::MSG_TRUNC | MsgFlags::MSG_CTRUNC));
        if is_cut {
            return Err(io::Error::from(io::ErrorKind::InvalidData));
        }
        bytes.truncate(count);
        Ok(Parcel { bytes, fds })
    }
}

impl AsFd for Channel {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptors_travel_with_their_message_and_an_end_is_an_empty_one() {
        let (a, b) = Channel::pair().unwrap();
        let (kept, sent) = Channel::pair().unwrap();
        a.send(b"two", &[sent.as_fd(), sent.as_fd()]).unwrap();
        a.send(b"none", &[]).unwrap();
        let two = b.receive(None).unwrap();
        assert_eq!((two.bytes.as_slice(), two.fds.len()), (&b"two"[..], 2));
        let none = b.receive(None).unwrap();
        assert_eq!((none.bytes.as_slice(), none.fds.len()), (&b"none"[..], 0));
        Channel(two.fds.into_iter().next().unwrap()).send(b"through", &[]).unwrap();
        assert_eq!(kept.receive(None).unwrap().bytes, b"through");
        drop(a);
        assert_eq!(b.receive(None).unwrap().bytes, b"");
    }

    #[test]
    fn a_doorway_opens_also_at_the_end_of_a_long_path_and_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        for depth in [1, 120] {
            let deep = folder.path().join("d".repeat(depth));
            fs::create_dir(&deep).unwrap();
            let path = deep.join("launch");
            let door = Doorway::open(&path).unwrap();
            let client = Channel::connect(&path).unwrap();
            let server = door.accept().unwrap();
            assert_eq!(server.peer().unwrap(), crate::sys::self_id());
            client.send(b"hello", &[]).unwrap();
            assert_eq!(server.receive(Some(Duration::from_secs(5))).unwrap().bytes, b"hello");
            drop(door);
            assert!(!path.exists());
        }
    }

    #[test]
    fn a_silent_peer_costs_no_more_than_the_patience() {
        let (a, _b) = Channel::pair().unwrap();
        let error = a.receive(Some(Duration::from_millis(5))).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }
}

//! Descriptors that libraries lend us only as numbers.

use std::io::{self, IsTerminal};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd, RawFd};

use nix::sys::termios::{InputFlags, LocalFlags, SetArg, tcgetattr, tcsetattr};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

use super::proc::FileId;

/// A descriptor of our own for what `raw` stands for; closed on exec.
///
/// # Errors
/// What the kernel says; `EBADF` where `raw` stands for nothing.
pub fn duplicate(raw: RawFd) -> io::Result<OwnedFd> {
    if raw < 0 {
        return Err(io::Error::from(rustix::io::Errno::BADF));
    }
    // SAFETY: The borrow ends with this call. A number that is not open is answered with EBADF, nothing is read or written.
    let borrowed = unsafe { BorrowedFd::borrow_raw(raw) };
    borrowed.try_clone_to_owned()
}

/// Makes reads and writes return `WouldBlock` instead of waiting. Every duplicate is affected.
///
/// # Errors
/// What the kernel says.
pub fn set_nonblocking(fd: impl AsFd) -> io::Result<()> {
    let flags = fcntl_getfl(&fd)?;
    Ok(fcntl_setfl(&fd, flags | OFlags::NONBLOCK)?)
}

/// Tells a terminal's line editing that its input is UTF-8, so that one erase takes one character.
///
/// # Errors
/// What the kernel says; `ENOTTY` where `fd` is not a terminal.
pub fn set_utf8_input(fd: impl AsFd) -> io::Result<()> {
    let mut settings = tcgetattr(&fd)?;
    settings.input_flags |= InputFlags::IUTF8;
    Ok(tcsetattr(&fd, SetArg::TCSANOW, &settings)?)
}

/// The window's size in columns and rows, asked of standard output: no other file is opened for it.
///
/// # Errors
/// What the kernel says; `ENOTTY` where standard output is no terminal.
pub fn window_size() -> io::Result<(u16, u16)> {
    let size = rustix::termios::tcgetwinsize(io::stdout())?;
    Ok((size.ws_col, size.ws_row))
}

/// Whether a terminal shows what is typed into it by itself. Asked of the side that types, it is the program's own answer.
#[must_use]
pub fn is_echoing(fd: impl AsFd) -> bool {
    tcgetattr(&fd).is_ok_and(|settings| settings.local_flags.contains(LocalFlags::ECHO))
}

/// The terminals that our standard descriptors are.
#[must_use]
pub fn own_terminals() -> Vec<FileId> {
    let streams: [&dyn AsFd; 3] = [&io::stdin(), &io::stdout(), &io::stderr()];
    let terminals = streams.iter().map(|stream| stream.as_fd()).filter(|stream| stream.is_terminal());
    let stats = terminals.filter_map(|terminal| rustix::fs::fstat(terminal).ok());
    stats.map(|stat| FileId { device: stat.st_dev, inode: stat.st_ino }).collect()
}

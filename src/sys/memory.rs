//! Reading another process's memory.

use std::io::{self, IoSliceMut};

use nix::sys::uio::{RemoteIoVec, process_vm_readv};

use super::process::ProcId;

/// A page of memory; a larger one on some machines only costs us a second read.
const PAGE_BYTES: usize = 4096;
/// A stretch shorter than this is not worth a read of its own.
const WINDOW_BYTES_MIN: usize = 256;

/// Reads up to `into.len()` bytes at `address` of `thread`'s memory; says how many came before the first hole.
///
/// # Errors
/// `EFAULT` if nothing is mapped there, `EPERM` if we may not look, `ESRCH` if it is gone.
pub fn read_memory(thread: ProcId, address: u64, into: &mut [u8]) -> io::Result<usize> {
    let base = usize::try_from(address).map_err(|_| io::Error::from_raw_os_error(libc::EFAULT))?;
    let remote = [RemoteIoVec { base, len: into.len() }];
    Ok(process_vm_readv(nix::unistd::Pid::from_raw(thread.0), &mut [IoSliceMut::new(into)], &remote)?)
}

/// A reader of one thread's memory that keeps the last stretch it read: arguments usually lie side by side.
#[derive(Debug)]
pub struct Memory {
    thread: ProcId,
    address: u64,
    window: Vec<u8>,
}

impl Memory {
    /// A reader of `thread`'s memory.
    #[must_use]
    pub fn of(thread: ProcId) -> Self {
        Self { thread, address: 0, window: Vec::new() }
    }

    /// The bytes at `address` that the window holds, read anew if it holds none.
    fn at(&mut self, address: u64) -> io::Result<&[u8]> {
        let held = address.checked_sub(self.address).and_then(|skip| usize::try_from(skip).ok());
        if let Some(skip) = held.filter(|skip| *skip < self.window.len()) {
            return Ok(self.window.get(skip..).unwrap_or_default());
        }
        // Up to the page's end, and over it only when that is near: each page costs the kernel a look-up.
        #[allow(clippy::cast_possible_truncation, reason = "the remainder is less than a page")]
        let in_page = PAGE_BYTES - (address % PAGE_BYTES as u64) as usize;
        let mut window = vec![0; if in_page < WINDOW_BYTES_MIN { in_page + PAGE_BYTES } else { in_page }];
        let count = read_memory(self.thread, address, &mut window)?;
        if count == 0 {
            return Err(io::Error::from_raw_os_error(libc::EFAULT));
        }
        window.truncate(count);
        self.address = address;
        self.window = window;
        Ok(&self.window)
    }

    /// The NUL-terminated bytes at `address`, without the NUL, and whether they are longer than `max_bytes` and cut.
    ///
    /// # Errors
    /// Those of [`read_memory`].
    pub fn string(&mut self, address: u64, max_bytes: usize) -> io::Result<(Vec<u8>, bool)> {
        let mut text = Vec::new();
        let mut next = address;
        loop {
            let bytes = self.at(next)?;
            let end = bytes.iter().position(|b| *b == 0);
            let part = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default();
            let room = max_bytes.saturating_sub(text.len());
            if part.len() > room {
                text.extend(part.iter().take(room));
                return Ok((text, true));
            }
            next = next.wrapping_add(part.len() as u64);
            text.extend_from_slice(part);
            if end.is_some() {
                return Ok((text, false));
            }
        }
    }

    /// The null-terminated list of pointers at `address`, at most `max_count` of them, and whether it was cut.
    ///
    /// # Errors
    /// Those of [`read_memory`].
    pub fn pointers(&mut self, address: u64, max_count: usize) -> io::Result<(Vec<u64>, bool)> {
        const WORD_BYTES: u64 = 8;
        let mut list = Vec::new();
        let mut next = address;
        while list.len() < max_count {
            let mut word = [0; 8];
            let bytes = self.at(next)?;
            if let Some(whole) = bytes.first_chunk::<8>() {
                word = *whole;
            } else if read_memory(self.thread, next, &mut word)? < word.len() {
                return Err(io::Error::from_raw_os_error(libc::EFAULT));
            }
            match u64::from_le_bytes(word) {
                0 => return Ok((list, false)),
                pointer => list.push(pointer),
            }
            next = next.wrapping_add(WORD_BYTES);
        }
        Ok((list, true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::self_id;

    fn address_of(bytes: &[u8]) -> u64 {
        bytes.as_ptr() as u64
    }

    #[test]
    fn a_string_ends_at_its_nul_or_at_the_limit_and_says_which() {
        let mut long = vec![b'x'; 3 * PAGE_BYTES];
        long.push(0);
        for (bytes, max, text, is_cut) in [
            (&b"plain\0rest"[..], 100, &b"plain"[..], false),
            (b"\0", 100, b"", false),
            (b"abcdef\0", 6, b"abcdef", false),
            (b"abcdef\0", 5, b"abcde", true),
            (&long, 10 * PAGE_BYTES, &long[..3 * PAGE_BYTES], false),
            (&long, 2 * PAGE_BYTES, &long[..2 * PAGE_BYTES], true),
        ] {
            let read = Memory::of(self_id()).string(address_of(bytes), max).unwrap();
            assert_eq!(read, (text.to_vec(), is_cut));
        }
    }

    #[test]
    fn a_list_ends_at_its_null_or_at_the_limit_and_a_hole_is_an_error() {
        let list: Vec<u64> = (1..=1000).chain([0]).collect();
        let address = list.as_ptr() as u64;
        assert_eq!(Memory::of(self_id()).pointers(address, 2000).unwrap(), (list[..1000].to_vec(), false));
        assert_eq!(Memory::of(self_id()).pointers(address, 10).unwrap(), (list[..10].to_vec(), true));
        assert_eq!(Memory::of(self_id()).string(8, 10).unwrap_err().raw_os_error(), Some(libc::EFAULT));
    }
}

//! Lines to standard output and standard error.

use std::io::{self, Write};

/// Nobody reads standard output any more, as behind `| head`: nothing to complain of.
#[derive(Debug, thiserror::Error)]
#[error("nobody reads standard output any more")]
pub struct Unread;

/// Writes one line to standard output.
///
/// # Errors
/// What the system says; [`Unread`] inside where nobody reads any more.
pub fn line(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    written(out.write_all(text.as_bytes()).and_then(|()| out.write_all(b"\n")))
}

/// What became of writing to standard output, with [`Unread`] for a closed pipe.
///
/// # Errors
/// As it was.
pub fn written(result: io::Result<()>) -> io::Result<()> {
    result.map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => io::Error::new(io::ErrorKind::BrokenPipe, Unread),
        _ => error,
    })
}

/// Whether this went wrong for want of a reader.
pub fn is_unread(error: &anyhow::Error) -> bool {
    let inner = |cause: &io::Error| cause.get_ref().is_some_and(|inner| inner.is::<Unread>());
    error.chain().any(|cause| cause.downcast_ref::<io::Error>().is_some_and(inner))
}

/// Writes lines to standard output.
///
/// # Errors
/// As [`line()`].
pub fn lines(text: &[String]) -> io::Result<()> {
    text.iter().try_for_each(|text| line(text))
}

/// Writes one line to standard error. Where that is closed there is nobody to tell.
pub fn complain(text: &str) {
    let _ = writeln!(io::stderr().lock(), "watch: {text}");
}

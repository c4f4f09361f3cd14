//! Lines to standard output and standard error.

use std::io::{self, Write};

/// Writes one line to standard output.
///
/// # Errors
/// What the system says, such as a closed pipe.
pub fn line(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.write_all(b"\n")
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

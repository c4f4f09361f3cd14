//! Telling the agent why: one line on the standard error of whoever was refused.

use std::os::fd::AsFd;

use crate::model::Pid;
use crate::sys::{self, Pidfd, ProcId};

/// The longest line; a pipe that takes anything takes this much at once.
const LINE_BYTES_MAX: usize = 512;

/// Writes `words` as one line to the caller's standard error, if that can be done at once and is no file.
///
/// Never blocks and never fails: a caller that cannot be told has its error number.
pub fn tell(process: Pid, words: &str) {
    let told = Pidfd::open(ProcId(process.0)).and_then(|pidfd| pidfd.copy_fd(2));
    if let Ok(stderr) = told {
        let _ = sys::say_to(stderr.as_fd(), line(words).as_bytes());
    }
}

/// One line of at most [`LINE_BYTES_MAX`] without anything a terminal would obey.
fn line(words: &str) -> String {
    let mut line = crate::model::Untrusted::from(words).shown();
    if line.len() >= LINE_BYTES_MAX {
        let end = (0..LINE_BYTES_MAX - 4).rev().find(|at| line.is_char_boundary(*at)).unwrap_or(0);
        line.truncate(end);
        line.push('…');
    }
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_one_short_line() {
        assert_eq!(line("watch: denied"), "watch: denied\n");
        assert_eq!(line("two\nlines\x1b[2J"), "two<U+000A>lines<U+001B>[2J\n");
        let long = line(&"ä".repeat(1000));
        assert!(long.len() <= LINE_BYTES_MAX && long.ends_with("…\n") && long.lines().count() == 1);
    }
}

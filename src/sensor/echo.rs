//! What the terminal echoes of what the operator types: known before it comes, and found again in the output.
//!
//! An echo stands wherever it happens to come between what the agent prints: in the middle of a word, or before the sign
//! of a tool call. What is taken for it is left out of a second reading only; the output as it came is read as well, so
//! nothing that is typed, and nothing that is mistaken for an echo, hides what the agent prints.

use std::collections::VecDeque;
use std::time::Duration;

use crate::model::Moment;

/// How long an echo may take; a terminal echoes at once, but its output may stand still.
const PATIENCE: Duration = Duration::from_secs(2);
/// How many characters may wait for their echo; of a longer paste the end is not known again.
const WAITING_MAX: usize = 4096;

/// What was typed and has not come back.
#[derive(Debug, Default)]
pub(super) struct Echo {
    /// What each typed character looks like when it comes back.
    waiting: VecDeque<Vec<u8>>,
    until: Moment,
}

impl Echo {
    /// The operator typed this while the terminal echoes.
    pub fn typed(&mut self, bytes: &[u8], at: Moment) {
        self.until = at.plus(PATIENCE);
        let text = String::from_utf8_lossy(bytes);
        let room = WAITING_MAX.saturating_sub(self.waiting.len());
        self.waiting.extend(text.chars().take(room).map(|c| echo_of(c).into_bytes()));
    }

    /// The output without what is taken for the echo, if there is any in it.
    ///
    /// An echo begins what is read, or a line of it, more often than it stands elsewhere.
    pub fn without(&mut self, output: &[u8], at: Moment) -> Option<Vec<u8>> {
        if at > self.until {
            self.waiting.clear();
        }
        let first = self.waiting.front()?;
        let begun = self.waiting.iter().position(|echo| output.starts_with(echo));
        let from = match begun {
            // What was typed before it is not echoed any more.
            Some(skipped) => {
                self.waiting.drain(..skipped);
                0
            }
            None => of_a_line(output, first).or_else(|| memchr::memmem::find(output, first))?,
        };
        let (before, mut rest) = output.split_at_checked(from)?;
        while let Some(after) = self.waiting.front().and_then(|echo| rest.strip_prefix(echo.as_slice())) {
            rest = after;
            self.waiting.pop_front();
        }
        Some([before, rest].concat())
    }
}

/// Where a line begins with the echo.
fn of_a_line(output: &[u8], echo: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b'\n', output).map(|end| end + 1).find(|from| {
        let line = output.get(*from..).unwrap_or_default();
        line.starts_with(echo)
    })
}

/// How a terminal shows a typed character: control characters with a caret, an erased one by drawing a blank over it.
fn echo_of(c: char) -> String {
    match c {
        '\r' | '\n' => "\r\n".to_owned(),
        '\t' => "\t".to_owned(),
        '\u{7f}' => "\u{8} \u{8}".to_owned(),
        c => match u8::try_from(c) {
            Ok(byte) if byte < b' ' => format!("^{}", char::from(byte | 0x40)),
            _ => c.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(typed: &str, outputs: &[&str], expected: &[Option<&str>]) {
        let mut echo = Echo::default();
        echo.typed(typed.as_bytes(), Moment::ZERO);
        let read = outputs.iter().map(|output| echo.without(output.as_bytes(), Moment::ZERO));
        let read: Vec<Option<String>> = read.map(|read| read.map(|read| String::from_utf8(read).unwrap())).collect();
        let expected: Vec<Option<String>> = expected.iter().map(|text| text.map(str::to_owned)).collect();
        assert_eq!(read, expected, "{typed:?} {outputs:?}");
    }

    #[test]
    fn what_was_typed_is_known_when_it_comes_back_and_only_once() {
        check("d", &["d", "ddd"], &[Some(""), None]);
        check("dé", &["d", "é• Read"], &[Some(""), Some("• Read")]);
        check("\u{3}\u{1b}[A", &["^C^[[A• Read"], &[Some("• Read")]);
        check("d\u{7f}", &["d\u{8} \u{8}x"], &[Some("x")]);
        check("\r", &["rm\r\n -rf x"], &[Some("rm -rf x")]);
    }

    #[test]
    fn an_echo_is_looked_for_at_the_beginning_then_at_that_of_a_line_then_elsewhere() {
        check("d", &["a deed\ndone"], &[Some("a deed\none")]);
        check("d", &["• Run rdm -rf dir"], &[Some("• Run rm -rf dir")]);
        check("xd", &["d"], &[Some("")]);
        check("d", &["nothing", "d"], &[None, Some("")]);
    }

    #[test]
    fn what_is_not_echoed_soon_is_not_waited_for() {
        let mut echo = Echo::default();
        echo.typed(b"d", Moment::ZERO);
        assert_eq!(echo.without(b"delete", Moment::ZERO.plus(PATIENCE * 2)), None);
        assert_eq!(echo.without(b"delete", Moment::ZERO), None);
    }
}

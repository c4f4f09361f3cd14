//! `--plain`: lines instead of a screen, for whoever hears them and for terminals that can do nothing else.

use std::io::{self, BufRead, Write};
use std::thread;

use tokio::sync::mpsc;

use super::clock::Clock;
use super::input::RawInput;
use super::notice::Notice;
use crate::app::{Event, State};
use crate::model::Untrusted;
use crate::term::Stripper;
use crate::ui::{Telling, digest_of, told};

/// How many typed lines may wait.
const WAITING_MAX: usize = 64;
/// Marks pasted text, so that a paste is told from what was typed.
const MARK_PASTES: &[u8] = b"\x1b[?2004h";
const LEAVE_PASTES: &[u8] = b"\x1b[?2004l";

/// Lines on standard output.
pub struct PlainFace {
    telling: Telling,
    stripper: Stripper,
    notice: Notice,
}

impl PlainFace {
    /// Begins; says how to answer.
    ///
    /// # Errors
    /// What standard output says.
    pub fn start(notice: Notice) -> io::Result<Self> {
        let mut out = io::stdout().lock();
        out.write_all(MARK_PASTES)?;
        writeln!(out, "watch: plain; a case is told whole, and answered by a line: deny c1, or approve c1")?;
        writeln!(out, "watch: every other line is the agent's; Ctrl-C ends the session")?;
        out.flush()?;
        Ok(Self { telling: Telling::default(), stripper: Stripper::default(), notice })
    }

    /// Says what the agent wrote, line by line.
    ///
    /// # Errors
    /// What standard output says.
    pub fn output(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut lines = Vec::new();
        self.stripper.take(bytes, &mut lines);
        say(&lines.into_iter().map(|line| format!("agent: {}", Untrusted::from(line).shown())).collect::<Vec<_>>())
    }

    /// Says what is new. What comes back tells the state which cases have been told.
    ///
    /// # Errors
    /// What standard output says.
    pub fn show(&mut self, state: &State) -> io::Result<Vec<Event>> {
        let mut lines = self.telling.lines(state);
        let fresh = state.docket.cases().iter().filter(|case| !state.spoken.has_told(case.id));
        let mut events = Vec::new();
        for case in fresh {
            lines.extend(told(case, state.session.task.as_ref()));
            events.push(Event::Told(case.id, digest_of(case)));
        }
        if !lines.is_empty() {
            // What the agent has begun to say comes before it.
            let begun = self.stripper.rest().map(|line| format!("agent: {}", Untrusted::from(line).shown()));
            say(&begun.into_iter().chain(lines).collect::<Vec<_>>())?;
        }
        Ok(events)
    }

    /// Calls the operator.
    ///
    /// # Errors
    /// What standard output says.
    pub fn call(&mut self, open: usize, folder: &Untrusted) -> io::Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(&self.notice.bytes(open, folder))?;
        out.flush()
    }
}

impl Drop for PlainFace {
    fn drop(&mut self) {
        // A terminal that is gone needs nothing back.
        let mut out = io::stdout().lock();
        let _ = out.write_all(LEAVE_PASTES).and_then(|()| out.flush());
    }
}

fn say(lines: &[String]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for line in lines {
        writeln!(out, "{line}")?;
    }
    out.flush()
}

/// Reads lines from the operator's terminal, on a thread of its own.
///
/// # Errors
/// What the system says when no thread can be started.
pub fn read_lines(clock: Clock) -> io::Result<mpsc::Receiver<RawInput>> {
    let (sender, receiver) = mpsc::channel(WAITING_MAX);
    thread::Builder::new().name("input".to_owned()).spawn(move || {
        let mut lines = io::stdin().lock().lines();
        loop {
            let input = match lines.next() {
                Some(Ok(text)) => RawInput::Line { text, at: clock.now() },
                Some(Err(_)) | None => RawInput::Lost,
            };
            let is_last = matches!(input, RawInput::Lost);
            if sender.blocking_send(input).is_err() || is_last {
                return;
            }
        }
    })?;
    Ok(receiver)
}

//! A terminal with somebody in front of it: the real program in a real PTY, its screen read back by our own emulator.

use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use holdpoint::pty::{Command, Pty};
use holdpoint::term::Screen;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::harness::{Journal, Place, WATCH};

/// How long one look at the terminal waits for bytes.
const LOOK: Duration = Duration::from_millis(20);

/// How long a hand takes from one key to the next, at the least.
const HAND: Duration = Duration::from_millis(30);

/// A terminal with a program in it.
pub struct Pane {
    pty: Pty,
    /// What is on it.
    pub screen: Screen,
    /// Everything that was written to it.
    pub raw: Vec<u8>,
    deadline: Instant,
    is_closed: bool,
}

impl Pane {
    /// Starts a program of the place in a terminal of `size`, in columns and rows.
    pub fn start(place: &Place, size: (u16, u16), program: &str, args: &[&str]) -> Self {
        let command = Command {
            program: program.into(),
            args: args.iter().map(Into::into).collect(),
            env: place.env().to_vec(),
            cwd: place.work.clone(),
        };
        let pty = Pty::spawn(&command, size.0, size.1).unwrap();
        let screen = Screen::new(size.0, size.1, 1000);
        Self { pty, screen, raw: Vec::new(), deadline: place.deadline(), is_closed: false }
    }

    /// Starts a shell script of the operator's; `$WATCH` is the supervisor and `$SESSION` its folder.
    pub fn shell(place: &Place, size: (u16, u16), script: &str) -> Self {
        let script = format!("WATCH={WATCH} SESSION={}\n{script}", place.session.display());
        Self::start(place, size, "/bin/sh", &["-c", &script])
    }

    /// Starts the supervisor with its panel, in the place's session folder.
    pub fn watch(place: &Place, size: (u16, u16), agent: &[&str]) -> Self {
        let session = place.session.to_str().unwrap();
        let mut args = vec!["--session", session, "--"];
        args.extend(agent);
        Self::start(place, size, WATCH, &args)
    }

    /// Takes in what was written, waiting a moment for it; answers what the program asked its terminal.
    pub fn look(&mut self) {
        if self.is_closed {
            std::thread::sleep(LOOK);
            return;
        }
        let timeout = PollTimeout::try_from(LOOK).unwrap();
        let _ = poll(&mut [PollFd::new(self.pty.as_fd(), PollFlags::POLLIN)], timeout);
        let mut buffer = [0; 64 * 1024];
        match self.pty.read(&mut buffer) {
            Ok(0) => self.is_closed = true,
            Ok(count) => {
                self.raw.extend_from_slice(&buffer[..count]);
                self.screen.feed(&buffer[..count]);
                let replies = self.screen.take_replies();
                if !replies.is_empty() {
                    self.send(&replies);
                }
            }
            Err(_) => {}
        }
    }

    /// Looks until `found` finds something.
    pub fn until<T>(&mut self, what: &str, mut found: impl FnMut(&mut Self) -> Option<T>) -> T {
        loop {
            if let Some(value) = found(self) {
                return value;
            }
            assert!(Instant::now() < self.deadline, "never came: {what}; on the screen:\n{}", self.text());
            self.look();
        }
    }

    /// Waits until a text is on the screen.
    pub fn wait_for(&mut self, text: &str) {
        self.until(&format!("`{text}`"), |pane| pane.text().contains(text).then_some(()));
    }

    /// Waits until a text has gone from the screen.
    pub fn wait_gone(&mut self, text: &str) {
        self.until(&format!("the end of `{text}`"), |pane| (!pane.text().contains(text)).then_some(()));
    }

    /// Waits until the journal has `count` lines of a type, taking in what is drawn meanwhile.
    pub fn until_journal(&mut self, place: &Place, kind: &str, count: usize) -> Journal {
        self.until(&format!("{count} lines of type {kind} in the journal"), |_| {
            let journal = place.journal();
            (journal.of(kind).len() >= count).then_some(journal)
        })
    }

    /// What is on the screen, a line a row.
    pub fn text(&self) -> String {
        self.screen.text().join("\n")
    }

    /// Types.
    pub fn keys(&mut self, keys: &str) {
        self.send(keys.as_bytes());
    }

    /// Takes in what comes for as long as a hand takes from one key to the next.
    pub fn pause(&mut self) {
        let end = Instant::now() + HAND;
        while Instant::now() < end {
            self.look();
        }
    }

    /// Types the prefix and a key.
    pub fn prefix(&mut self, key: &str) {
        self.keys(&format!("\x1d{key}"));
    }

    fn send(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            match self.pty.write(bytes) {
                Ok(count) => bytes = &bytes[count..],
                Err(_) if self.is_closed => return,
                Err(_) => {
                    assert!(Instant::now() < self.deadline, "the terminal takes no keys");
                    self.look();
                }
            }
        }
    }

    /// Gives the window another size.
    pub fn resize(&mut self, cols: u16, rows: u16) {
        self.screen.resize(cols, rows);
        self.pty.resize(cols, rows).unwrap();
    }

    /// The process in the terminal.
    pub fn pid(&self) -> i32 {
        self.pty.pid()
    }

    /// Waits for the end of the program and returns its status as a shell gives it.
    pub fn wait(&mut self) -> i32 {
        let exit = self.until("the program's end", |pane| pane.pty.try_wait().unwrap());
        // What it wrote last.
        while !self.is_closed {
            let before = self.raw.len();
            self.look();
            if self.raw.len() == before {
                break;
            }
        }
        exit.shell_status()
    }
}

//! What the agent says, heard in its output and judged, on a thread of its own: an echo need not wait for it.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};

use tokio::sync::mpsc;

use super::app_loop::AppLoop;
use super::backlog::Waiting;
use super::clock::Clock;
use super::gate_loop::GateOrder;
use super::gate_port::Mark;
use super::judging::Note;
use crate::app::{Event, Input, Resolved};
use crate::journal::Body;
use crate::judge::prose;
use crate::model::{Cue, CueKind, Mode, Moment, ToolDeed, Untrusted};
use crate::sensor::dialect::{RunMode, Started};
use crate::sensor::{Heard, Sensor, Typed};
use crate::trail::Mask;

/// How much output may wait to be heard, in bytes. With more the agent's terminal is not read: no event of a stream is
/// missed, however fast it is printed.
const WAITING_BYTES_MAX: usize = 4 << 20;

/// How much of what a call gave back is kept in the journal, in bytes. The trail hears more of it.
const RESULT_BYTES_MAX: usize = 1024;

/// Something that the thread has to say.
#[derive(Debug)]
pub(super) enum Word {
    /// The agent said something that counts.
    Said(Cue),
    /// The journal should know of something.
    Warned(String),
    /// What listens, when that has changed.
    Listening(Vec<String>),
    /// All has been said that was printed before this mark.
    Reached(Mark),
}

/// What the thread is told.
enum Output {
    /// The agent wrote this.
    Bytes(Moment, Arc<[u8]>),
    /// The operator types this into a terminal that echoes.
    Typed(Moment, Vec<u8>),
    /// Its terminal has another size.
    Resized(u16, u16),
    /// Somebody waits until all is heard that came before.
    Marked(Mark),
}

/// The way to the thread that hears.
pub(super) struct Hearing {
    output: Option<Sender<Output>>,
    words: mpsc::UnboundedReceiver<Word>,
    waiting: Arc<Waiting>,
    /// What listens now, for the status.
    pub(super) listening: Vec<String>,
    /// Follows what the operator types, where the screen does not tell it.
    typed: Option<Typed>,
    thread: Option<JoinHandle<()>>,
}

/// The thread's own: the sensor, with the mask that its words go through before anybody keeps them.
struct Ear {
    sensor: Sensor,
    mask: Mask,
    clock: Clock,
    output: Receiver<Output>,
    words: mpsc::UnboundedSender<Word>,
    waiting: Arc<Waiting>,
    listening: Vec<String>,
}

impl Hearing {
    /// Hears what was started from the beginning, on a terminal of this size.
    ///
    /// # Errors
    /// What the system says when no thread can be started.
    pub(super) fn start(started: &Started, size: (u16, u16), mask: Mask, clock: Clock) -> io::Result<Self> {
        let (output, inbox) = channel();
        let (words, heard) = mpsc::unbounded_channel();
        let waiting = Waiting::up_to(WAITING_BYTES_MAX);
        let sensor = Sensor::new(started, size);
        let listening = sensor.listening();
        let typed = (started.mode == RunMode::Interactive && !sensor.sees_tasks()).then(Typed::default);
        let ear = Ear {
            sensor,
            mask,
            clock,
            output: inbox,
            words,
            waiting: Arc::clone(&waiting),
            listening: listening.clone(),
        };
        let thread = thread::Builder::new().name("hearing".to_owned()).spawn(move || ear.listen())?;
        Ok(Self { output: Some(output), words: heard, waiting, listening, typed, thread: Some(thread) })
    }

    /// The agent's terminal has another size.
    pub(super) fn resize(&self, cols: u16, rows: u16) {
        if let Some(output) = &self.output {
            let _ = output.send(Output::Resized(cols, rows));
        }
    }

    /// The operator types into a terminal that echoes; told before the echo can be read.
    pub(super) fn typed(&self, bytes: &[u8], now: Moment) {
        if let Some(output) = &self.output {
            let _ = output.send(Output::Typed(now, bytes.to_vec()));
        }
    }

    /// Has [`Word::Reached`] said once all is heard that was handed over by now; whether somebody will say it.
    fn mark(&self, mark: Mark) -> bool {
        let is_sent = self.output.as_ref().is_some_and(|output| output.send(Output::Marked(mark)).is_ok());
        is_sent && !self.waiting.is_over()
    }

    /// The next thing that was heard.
    pub(super) async fn next(&mut self) -> Option<Word> {
        self.words.recv().await
    }

    /// How much waits to be heard, or was heard and waits to be remembered by the judge.
    pub(super) fn waiting(&self) -> Arc<Waiting> {
        Arc::clone(&self.waiting)
    }
}

impl Ear {
    fn listen(mut self) {
        loop {
            let next = match self.sensor.settles_at() {
                Some(at) => self.output.recv_timeout(at.since(self.clock.now())),
                None => self.output.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            let (heard, is_last) = match next {
                Ok(Output::Resized(cols, rows)) => {
                    self.sensor.resize(cols, rows);
                    continue;
                }
                Ok(Output::Typed(at, bytes)) => {
                    self.sensor.typed(&bytes, at);
                    continue;
                }
                Ok(Output::Marked(mark)) => {
                    let _ = self.words.send(Word::Reached(mark));
                    continue;
                }
                Ok(Output::Bytes(at, bytes)) => {
                    let heard = self.sensor.feed(&bytes, at);
                    self.waiting.took(bytes.len());
                    (heard, false)
                }
                Err(RecvTimeoutError::Timeout) => (self.sensor.settle(self.clock.now()), false),
                Err(RecvTimeoutError::Disconnected) => (self.sensor.finish(self.clock.now()), true),
            };
            if !self.tell(&heard) || is_last {
                break;
            }
        }
        for text in self.sensor.missed() {
            let _ = self.words.send(Word::Warned(text));
        }
    }

    /// Passes on what counts; whether anybody still wants it.
    fn tell(&mut self, heard: &[Heard]) -> bool {
        let listening = self.sensor.listening();
        if listening != self.listening {
            self.listening.clone_from(&listening);
            let _ = self.words.send(Word::Listening(listening));
        }
        if let Some(text) = self.sensor.warning() {
            let _ = self.words.send(Word::Warned(text));
        }
        let mut cues = heard.iter().filter_map(|heard| heard.cue(prose::cue));
        cues.all(|cue| {
            // What a call gave back may be a secret that nobody has seen before.
            if let (CueKind::Result | CueKind::Failure, Some(tool)) = (cue.kind, &cue.tool) {
                self.mask.learn_result(cue.text.as_bytes(), tool);
            }
            self.words.send(Word::Said(self.mask.cue(&cue))).is_ok()
        })
    }
}

impl Drop for Ear {
    /// Nobody listens any more, after a panic too: neither output nor who waits for what was said need wait.
    fn drop(&mut self) {
        self.waiting.end();
        for output in self.output.try_iter() {
            if let Output::Marked(mark) = output {
                let _ = self.words.send(Word::Reached(mark));
            }
        }
    }
}

impl AppLoop {
    /// Hands output over to be heard.
    pub(super) fn hear(&mut self, bytes: Arc<[u8]>, now: Moment) {
        let Some(output) = &self.hearing.output else { return };
        self.hearing.waiting.gave(bytes.len());
        // Without its thread the session goes on unheard; only a panic, which is told on standard error, ends it.
        let _ = output.send(Output::Bytes(now, bytes));
    }

    /// Takes what was heard.
    pub(super) fn take_word(&mut self, word: Word) {
        match word {
            Word::Said(cue) => self.take_cue(cue),
            Word::Warned(text) => {
                self.append(Body::Warning { text });
            }
            Word::Listening(listening) => self.hearing.listening = listening,
            Word::Reached(mark) => self.order(GateOrder::Heard(mark)),
        }
    }

    /// Has all heard that the agent has printed by now, for a call that waits for it.
    pub(super) fn hear_until(&mut self, mark: Mark) {
        self.read_printed();
        if !self.hearing.mark(mark) {
            self.order(GateOrder::Heard(mark));
        }
    }

    /// Takes what the operator did that goes to the agent: the first line of it may be the task.
    pub(super) fn hear_typed(&mut self, input: &Input) {
        if self.state.session.task.is_some() || self.state.interaction.mode() != Mode::Agent {
            return;
        }
        let Some(typed) = &mut self.hearing.typed else { return };
        let line = match input {
            Input::Key { key, resolved: Resolved::Unbound, .. } => typed.key(*key),
            Input::Paste(text) => {
                typed.paste(text);
                None
            }
            _ => None,
        };
        if let Some(line) = line {
            let text = self.mask.untrusted(&Untrusted::from(line));
            self.take_cue(Cue { at: self.clock.now(), kind: CueKind::Task, text, findings: Vec::new(), tool: None });
        }
    }

    fn take_cue(&mut self, cue: Cue) {
        // What the operator asked is known once; the agent's own account of it does not replace it.
        if cue.kind == CueKind::Task && self.state.session.task.is_some() {
            return;
        }
        let cue = match &self.state.session.task {
            Some(task) if cue.kind == CueKind::Guess => prose::in_light_of(&task.lossy(), cue),
            _ => cue,
        };
        let backlog = self.hearing.waiting.backlog(cue.text.as_bytes().len());
        self.order(GateOrder::Note(Note::Said(cue.clone(), backlog)));
        self.take(Event::Said(kept(cue)));
    }

    /// Tells what the operator asked, where that is known from the beginning.
    pub(super) fn tell_task(&mut self) {
        let Some(text) = self.state.session.task.take() else { return };
        let at = self.clock.now();
        self.take_cue(Cue { at, kind: CueKind::Task, text, findings: Vec::new(), tool: None });
    }

    /// The agent has ended: takes what it said last. Blocks for as long as what waits takes to be heard.
    pub(super) fn hear_last(&mut self) {
        self.hearing.output = None;
        if let Some(thread) = self.hearing.thread.take() {
            // A panic over there has been told already.
            let _ = thread.join();
        }
        while let Ok(word) = self.hearing.words.try_recv() {
            self.take_word(word);
        }
    }
}

/// What is kept of a cue: of a result its beginning and which call it ends, which was kept whole when it was made.
fn kept(mut cue: Cue) -> Cue {
    if !matches!(cue.kind, CueKind::Result | CueKind::Failure) {
        return cue;
    }
    let text = cue.text.as_bytes();
    if let Some(head) = text.get(..RESULT_BYTES_MAX) {
        let head = head.utf8_chunks().next().map(|chunk| chunk.valid()).unwrap_or_default();
        cue.text = Untrusted::from(format!("{head}…"));
    }
    if let Some(tool) = &mut cue.tool {
        tool.input = Untrusted::default();
        if let ToolDeed::Write { content, .. } = &mut tool.deed {
            *content = None;
        }
    }
    cue
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_reached_after_what_was_said_before_it() -> io::Result<()> {
        let mut hearing = Hearing::start(&Started::default(), (80, 24), Mask::new([0; 32]), Clock::start())?;
        if let Some(output) = &hearing.output {
            let said: Arc<[u8]> = Arc::from(&b"I assume that this is the staging volume.\n"[..]);
            output.send(Output::Bytes(Moment::ZERO, said)).map_err(io::Error::other)?;
        }
        assert!(hearing.mark(Mark(7)));
        let mut words = std::iter::from_fn(|| hearing.words.blocking_recv());
        let reached = words.position(|word| matches!(word, Word::Reached(Mark(7))));
        assert!(reached.is_some_and(|before| before > 0), "{reached:?}");
        Ok(())
    }

    #[test]
    fn nobody_waits_for_a_mark_once_nobody_listens() -> io::Result<()> {
        let mut hearing = Hearing::start(&Started::default(), (80, 24), Mask::new([0; 32]), Clock::start())?;
        hearing.output = None;
        assert!(!hearing.mark(Mark(1)));
        let (output, inbox) = channel();
        let (words, mut heard) = mpsc::unbounded_channel();
        let ear = Ear {
            sensor: Sensor::new(&Started::default(), (80, 24)),
            mask: Mask::new([0; 32]),
            clock: Clock::start(),
            output: inbox,
            words,
            waiting: Waiting::up_to(1),
            listening: Vec::new(),
        };
        output.send(Output::Marked(Mark(2))).map_err(io::Error::other)?;
        // As after a panic.
        drop(ear);
        assert!(matches!(heard.try_recv(), Ok(Word::Reached(Mark(2)))));
        Ok(())
    }

    #[test]
    fn a_result_is_kept_in_short() {
        let long = "é".repeat(RESULT_BYTES_MAX);
        let cue = |kind| Cue {
            at: Moment::ZERO,
            kind,
            text: Untrusted::from(long.as_str()),
            findings: Vec::new(),
            tool: None,
        };
        assert_eq!(kept(cue(CueKind::Result)).text.shown(), format!("{}…", "é".repeat(RESULT_BYTES_MAX / 2)));
        assert_eq!(kept(cue(CueKind::ToolCall)).text.shown(), long);
    }
}

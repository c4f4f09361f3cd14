//! The app loop: one thread that hears everything, asks `update`, and does what it says.

use std::collections::HashSet;
use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;

use super::answer::{self, Outcome};
use super::backlog::Waiting;
use super::clock::Clock;
use super::elsewhere::Others;
use super::ending::Ending;
use super::face::Face;
use super::gate_loop::{GateEvent, GateHandle, GateOrder};
use super::hearing::{Hearing, Word};
use super::hook_session::Hooks;
use super::input::RawInput;
use super::judging::Note;
use super::keeping::SessionStore;
use super::recorder::Recorder;
use super::scribe::Told;
use super::server::Request;
use crate::app::{AgentState, Event, Input, Resolved, State, next_deadline, update};
use crate::control::Answer;
use crate::gate::{Walker, reap_orphans};
use crate::model::{CaseId, Key, Mode, Moment, Pid, Tree};
use crate::pty::Pty;
use crate::sys::{self, Changes};
use crate::trail::Mask;

/// How much output is taken in one go before keys and holds are looked at again, in bytes.
pub(super) const OUTPUT_BYTES: usize = 64 * 1024;
/// How often what the agent left running is looked at.
const SURVIVORS_EVERY: Duration = Duration::from_millis(500);

/// The running session.
pub(super) struct AppLoop {
    pub(super) state: State,
    pub(super) clock: Clock,
    pub(super) recorder: Recorder,
    pub(super) gate: Option<GateHandle<Note>>,
    pub(super) agent: Pid,
    pub(super) mask: Mask,
    pub(super) pty: AsyncFd<Pty>,
    pub(super) is_pty_closed: bool,
    pub(super) to_pty: Vec<u8>,
    pub(super) face: Face,
    pub(super) hearing: Hearing,
    pub(super) ending: Ending,
    pub(super) folder: PathBuf,
    pub(super) is_over: bool,
    pub(super) pending_keys: Vec<Key>,
    pub(super) buffer: Vec<u8>,
    pub(super) survivors_at: Option<Moment>,
    pub(super) sync: Option<(u64, Moment)>,
    pub(super) tree_at: Option<Moment>,
    pub(super) hooks: Hooks,
    pub(super) others: Others,
    pub(super) store: Option<Arc<SessionStore>>,
}

/// Where events come from.
pub(super) struct Sources {
    pub(super) input: Option<mpsc::Receiver<RawInput>>,
    pub(super) gate: mpsc::Receiver<GateEvent>,
    pub(super) life: AsyncFd<OwnedFd>,
    pub(super) requests: mpsc::Receiver<Request>,
    pub(super) signals: Signals,
    pub(super) complaints: mpsc::Receiver<String>,
    /// What the operator's other sessions told.
    pub(super) elsewhere: mpsc::Receiver<Event>,
    /// Word of changes to the operator's themes and keymaps.
    pub(super) changes: Option<AsyncFd<Changes>>,
}

/// The signals that we hear.
pub(super) struct Signals {
    child: Signal,
    term: Signal,
    hangup: Signal,
    interrupt: Signal,
    quit: Signal,
    window: Signal,
}

impl Signals {
    /// Starts hearing them.
    pub(super) fn hear() -> io::Result<Self> {
        let child = signal(SignalKind::child())?;
        sys::hear_ends_only()?;
        Ok(Self {
            child,
            term: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            window: signal(SignalKind::window_change())?,
        })
    }

    /// Waits for one that asks us to end.
    pub(super) async fn stop(&mut self) {
        while !matches!(self.next().await, Woke::Stop) {}
    }

    async fn next(&mut self) -> Woke {
        tokio::select! {
            _ = self.term.recv() => Woke::Stop,
            _ = self.hangup.recv() => Woke::Stop,
            _ = self.interrupt.recv() => Woke::Stop,
            _ = self.quit.recv() => Woke::Stop,
            _ = self.child.recv() => Woke::Child,
            _ = self.window.recv() => Woke::WindowChanged,
        }
    }
}

/// What the loop woke up for.
enum Woke {
    Stop,
    Child,
    WindowChanged,
    AgentEnded,
    Input(RawInput),
    InputGone,
    Gate(Box<GateEvent>),
    Request(Request),
    Complaint(String),
    Elsewhere(Box<Event>),
    Heard(Box<Word>),
    Drained,
    Recorded(Told),
    LooksChanged,
    Readable,
    Writable,
    Time,
}

impl AppLoop {
    /// Runs until the session is over.
    pub(super) async fn run(&mut self, mut sources: Sources) {
        self.tell_task();
        self.draw_if_due();
        while !self.is_over {
            let woke = self.wait(&mut sources).await;
            self.take_woke(woke, &mut sources);
            self.draw_if_due();
        }
    }

    async fn wait(&mut self, sources: &mut Sources) -> Woke {
        let wake = self.wake_at().map(|at| tokio::time::Instant::from_std(self.clock.instant(at)));
        let wants_writing = !self.to_pty.is_empty() && !self.is_pty_closed;
        let waiting = [Some(self.hearing.waiting()), self.recorder.waiting()];
        let is_full = waiting.iter().flatten().any(|waiting| waiting.is_full());
        tokio::select! {
            biased;
            signal = sources.signals.next() => signal,
            _ = sources.life.readable(), if self.state.agent == AgentState::Running => Woke::AgentEnded,
            input = receive(&mut sources.input) => input.map_or(Woke::InputGone, Woke::Input),
            Some(event) = sources.gate.recv() => Woke::Gate(Box::new(event)),
            Some(request) = sources.requests.recv() => Woke::Request(request),
            Some(text) = sources.complaints.recv() => Woke::Complaint(text),
            Some(event) = sources.elsewhere.recv() => Woke::Elsewhere(Box::new(event)),
            () = drained(waiting), if is_full => Woke::Drained,
            Some(told) = self.recorder.next() => Woke::Recorded(told),
            () = changed(sources.changes.as_ref()) => Woke::LooksChanged,
            Some(word) = self.hearing.next() => Woke::Heard(Box::new(word)),
            _ = self.pty.ready(Interest::WRITABLE), if wants_writing => Woke::Writable,
            () = sleep_until(wake) => Woke::Time,
            _ = self.pty.ready(Interest::READABLE), if !self.is_pty_closed && !is_full => Woke::Readable,
        }
    }

    fn take_woke(&mut self, woke: Woke, sources: &mut Sources) {
        match woke {
            Woke::Stop => self.stop_asked(),
            Woke::Child => {
                self.drain_gate(sources);
                self.children_changed(sources);
            }
            Woke::WindowChanged => self.window_changed(),
            Woke::AgentEnded => {
                self.drain_gate(sources);
                self.agent_ended(sources);
            }
            Woke::Input(input) => self.take_input(input),
            Woke::InputGone => {
                sources.input = None;
                self.stop_asked();
            }
            Woke::Gate(event) => self.take_gate(*event),
            Woke::Request(request) => self.take_request(request),
            Woke::Complaint(text) => self.take(Event::Warned(text)),
            Woke::Elsewhere(event) => self.take(*event),
            Woke::Heard(word) => self.take_word(*word),
            Woke::LooksChanged => self.reread_looks(),
            Woke::Recorded(told) => self.take_told(told),
            // The agent's terminal is read again.
            Woke::Drained => {}
            Woke::Readable => {
                self.read_pty();
            }
            Woke::Writable => self.write_pty(),
            Woke::Time => {
                self.drain_gate(sources);
                self.time_passed(sources);
            }
        }
    }

    /// Takes what the gate loop has told by now: whoever ended had been told of before, and the journal's last line
    /// comes after what it did.
    fn drain_gate(&mut self, sources: &mut Sources) {
        while let Ok(event) = sources.gate.try_recv() {
            self.take_gate(event);
        }
    }

    /// Nothing lives that could be gated: takes what the gate loop told last, before the journal's last line.
    fn end_gate(&mut self, sources: &mut Sources) {
        let Some(gate) = self.gate.take() else { return };
        let untold = gate.stop();
        self.drain_gate(sources);
        for event in untold {
            self.take_gate(event);
        }
    }

    /// When the loop next has something to do by itself.
    fn wake_at(&mut self) -> Option<Moment> {
        let now = self.clock.now();
        let deadline = next_deadline(&self.state);
        let sync = self.sync.map(|(_, until)| until);
        let mut wakes = vec![deadline, self.ending.due(), self.survivors_at, sync, self.tree_at];
        if let Some(screen) = self.face.as_screen() {
            wakes.push(screen.due(now));
        }
        wakes.into_iter().flatten().min()
    }

    /// Takes an event into the state and does what follows from it.
    pub(super) fn take(&mut self, event: Event) {
        let now = self.clock.now();
        let is_output = matches!(event, Event::Output(_));
        let told = self.state.timeline.total();
        let effects = update(&mut self.state, now, event);
        // Output alone changes the agent's rows and nothing else, unless there was something to tell of it.
        if let Some(screen) = self.face.as_screen().filter(|_| !is_output || self.state.timeline.total() != told) {
            screen.touch();
        }
        self.perform(effects);
    }

    fn time_passed(&mut self, sources: &mut Sources) {
        let now = self.clock.now();
        if next_deadline(&self.state).is_some_and(|at| at <= now) {
            self.take(Event::Ticked);
            self.reread_looks();
            self.look_at_store();
        }
        self.expire_sync(now);
        if self.tree_at.take_if(|at| *at <= now).is_some() && !self.state.is_frozen {
            let tree = self.living_tree();
            self.take(Event::TreeSeen(tree));
            self.look_at_store();
        }
        if self.survivors_at.is_some_and(|at| at <= now) {
            self.look_for_survivors(sources);
        }
        if self.ending.due().is_some_and(|at| at <= now) {
            self.go_on_ending(now, sources);
        }
    }

    /// What is kept is told when it has changed.
    fn look_at_store(&mut self) {
        let status = self.store.as_ref().map(|store| store.status());
        if let Some(status) = status.filter(|status| self.state.store != Some(*status)) {
            self.take(Event::StoreSeen(status));
        }
    }

    /// Takes a changed theme or keymap; a key sequence that was begun under the old one is over.
    fn reread_looks(&mut self) {
        if let Some(said) = self.face.as_screen().and_then(|screen| screen.reread()) {
            self.pending_keys.clear();
            self.take(Event::LooksRead(said));
        }
    }

    fn take_input(&mut self, raw: RawInput) {
        let input = match raw {
            RawInput::Key { key, is_repeat, at } => self.resolve(key, is_repeat, at),
            RawInput::Line { text, at } => Input::Line { text, at },
            RawInput::Paste(text) => Input::Paste(text),
            RawInput::Mouse(mouse) => Input::Mouse(mouse),
            RawInput::Resized(cols, rows) if (cols, rows) == self.state.window => return,
            RawInput::Resized(cols, rows) => Input::Resized(cols, rows),
            RawInput::Focused(has_focus) => Input::Focused(has_focus),
            RawInput::Told(told) => {
                if let Some(screen) = self.face.as_screen() {
                    let colors = screen.recolor(told);
                    self.state.screen.set_colors(colors);
                    let replies = self.state.screen.take_replies();
                    self.type_in(&replies);
                }
                return;
            }
            RawInput::Lost => {
                self.stop_asked();
                return;
            }
        };
        let now = self.clock.now();
        let is_agents = self.is_for_the_agent(&input);
        self.hear_typed(&input);
        if let Some(screen) = self.face.as_screen() {
            screen.hurry(now);
        }
        if is_agents {
            let effects = update(&mut self.state, now, Event::Input(input));
            self.perform(effects);
        } else {
            self.take(Event::Input(input));
        }
    }

    /// Whether this only goes to the agent: nothing of ours changes, so there is nothing to draw before it answers.
    fn is_for_the_agent(&self, input: &Input) -> bool {
        let is_unbound = matches!(input, Input::Key { resolved: Resolved::Unbound, .. } | Input::Paste(_));
        let interaction = &self.state.interaction;
        is_unbound
            && interaction.mode() == Mode::Agent
            && interaction.prefix.is_empty()
            && interaction.message.is_none()
            && !self.state.is_frozen
            && self.state.screen.scroll_offset() == 0
    }

    /// The window has another size. The terminal library says so too, but not when a key comes at the same time; and
    /// whether a case can be approved hangs on it.
    fn window_changed(&mut self) {
        if self.face.as_screen().is_some()
            && let Ok((cols, rows)) = crate::sys::window_size()
        {
            self.take_input(RawInput::Resized(cols, rows));
        }
    }

    /// Lets the keymap say what a key means where the operator is.
    fn resolve(&mut self, key: Key, is_repeat: bool, at: Moment) -> Input {
        let mode = self.state.interaction.mode();
        let resolved = match &self.face {
            Face::Screen(screen) => screen.looks.keymap.resolve(mode, &self.pending_keys, key),
            Face::Plain(_) | Face::Headless(_) => Resolved::Unbound,
        };
        match resolved {
            Resolved::Pending => self.pending_keys.push(key),
            Resolved::Command(_) | Resolved::Unbound => self.pending_keys.clear(),
        }
        Input::Key { key, resolved, is_repeat, at }
    }

    fn take_request(&mut self, request: Request) {
        let now = self.clock.now();
        self.state.now = self.state.now.max(now);
        let pid = i32::try_from(std::process::id()).unwrap_or(0);
        let sensors: Vec<String> = self.hearing.listening.iter().cloned().chain([self.hooks.sensor()]).collect();
        let answer = match answer::look_at(request.ask, &self.state, &sensors, &self.folder, pid) {
            Outcome::Answered(answer) => answer,
            Outcome::Rules(event, case) => self.rule_for(*event, case),
            Outcome::Stops(event) => {
                self.take(*event);
                Answer::Done
            }
        };
        // A peer that no longer listens has what it asked for all the same.
        let _ = request.answer.send(answer);
    }

    fn rule_for(&mut self, event: Event, case: CaseId) -> Answer {
        self.take(event);
        answer::after(case, &self.state)
    }

    /// SIGTERM, SIGHUP, or the terminal is gone. The second time nothing is waited for.
    fn stop_asked(&mut self) {
        if self.ending.hurry(self.clock.now()) {
            return;
        }
        self.take(Event::StopAsked);
    }

    /// A child of ours ended: daemons of the tree come to us when they lose their parent.
    fn children_changed(&mut self, sources: &mut Sources) {
        let gone = reap_orphans(self.agent);
        if !gone.is_empty() && self.state.agent != AgentState::Running {
            self.look_for_survivors(sources);
        }
    }

    fn agent_ended(&mut self, sources: &mut Sources) {
        match self.pty.get_mut().try_wait() {
            Ok(None) => {}
            Ok(Some(exit)) => {
                self.drain_pty();
                self.hear_last();
                self.take(Event::AgentExited { status: exit.shell_status(), signal: exit.signal });
                self.look_for_survivors(sources);
            }
            Err(error) => {
                self.take(Event::Warned(format!("waiting for the agent: {error}")));
                self.take(Event::AgentExited { status: i32::from(u8::MAX), signal: None });
                self.look_for_survivors(sources);
            }
        }
    }

    pub(super) fn look_for_survivors(&mut self, sources: &mut Sources) {
        let _ = reap_orphans(self.agent);
        if self.state.agent == AgentState::Running {
            return;
        }
        let tree = self.living_tree();
        if tree.nodes.is_empty() {
            self.end_gate(sources);
        }
        self.survivors_at = (!tree.nodes.is_empty()).then(|| self.clock.now().plus(SURVIVORS_EVERY));
        self.take(Event::SurvivorsSeen(tree));
    }

    /// Every process of the tree that lives now.
    pub(super) fn living_tree(&self) -> Tree {
        self.masked(Walker::new(self.agent, &[]).tree(&HashSet::new()))
    }

    /// Draws a frame when one is due.
    pub(super) fn draw_if_due(&mut self) {
        if let Face::Plain(plain) = &mut self.face {
            match plain.show(&self.state) {
                Ok(events) => events.into_iter().for_each(|event| self.take(event)),
                Err(_) => self.stop_asked(),
            }
            return;
        }
        let now = self.clock.now();
        let Some(screen) = self.face.as_screen() else { return };
        if screen.due(now).is_none_or(|at| at > now) || self.is_over {
            return;
        }
        let damage = self.state.screen.take_damage();
        let drawn = screen.draw(&self.state, &damage, now);
        screen.done(self.clock.now());
        match drawn {
            Ok(None) => {}
            Ok(Some(painted)) => {
                let effects = update(&mut self.state, self.clock.now(), painted);
                self.perform(effects);
            }
            Err(_) => self.stop_asked(),
        }
    }

    pub(super) fn order(&mut self, order: GateOrder<Note>) {
        if let Some(gate) = &self.gate {
            gate.order(order);
        }
    }
}

async fn receive(input: &mut Option<mpsc::Receiver<RawInput>>) -> Option<RawInput> {
    match input {
        Some(input) => input.recv().await,
        None => std::future::pending().await,
    }
}

/// Waits until there is room everywhere for more output.
async fn drained(waiting: [Option<Arc<Waiting>>; 2]) {
    for waiting in waiting.into_iter().flatten() {
        waiting.drained().await;
    }
}

/// Waits until a theme or a keymap has changed.
async fn changed(changes: Option<&AsyncFd<Changes>>) {
    match changes {
        // Where the system no longer tells of changes, the next tick finds them.
        Some(changes) => match changes.readable().await {
            Ok(mut guard) => {
                changes.get_ref().drain();
                guard.clear_ready();
            }
            Err(_) => std::future::pending().await,
        },
        None => std::future::pending().await,
    }
}

async fn sleep_until(wake: Option<tokio::time::Instant>) {
    match wake {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

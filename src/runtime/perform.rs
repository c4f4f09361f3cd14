//! What `update` orders, done.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;

use super::app_loop::AppLoop;
use super::gate_loop::{Answer, GateOrder};
use super::judging::Note;
use crate::app::{Effect, Effects, Event, Reply};
use crate::control::Ask;
use crate::journal::Body;
use crate::model::HoldId;

/// The operator alone may read what is written.
const WRITTEN_MODE: u32 = 0o600;
/// What the agent is told when its approval could not be journalled.
const NOT_JOURNALLED: &str = "Refused: the decision could not be journalled.";

impl AppLoop {
    /// Does what `update` ordered, in its order. An approval whose decision is not on the disk becomes a refusal.
    pub(super) fn perform(&mut self, effects: Effects) {
        let mut is_recorded = self.state.journal_lost.is_none();
        for effect in effects {
            match effect {
                Effect::Append(body) => is_recorded &= self.append(*body),
                Effect::Sync => {
                    let synced = self.recorder.sync();
                    is_recorded &= self.journalled(synced);
                }
                Effect::Reply(hold, reply) => self.reply(hold, reply, is_recorded),
                Effect::Freeze => self.order(GateOrder::FreezeAll),
                Effect::Thaw => self.order(GateOrder::Thaw),
                Effect::RefuseAll(why) => self.order(GateOrder::RefuseAll(why)),
                Effect::Type(bytes) => self.type_in(&bytes),
                Effect::ResizeAgent(cols, rows) => self.resize_agent(cols, rows),
                Effect::Mark { label, .. } => {
                    let now = self.clock.now();
                    self.recorder.marker(now, label);
                }
                Effect::Notify { open } => {
                    let folder = self.state.session.cwd.clone();
                    // A terminal that is gone is found out by whatever is drawn next.
                    let _ = self.face.call(open, &folder);
                }
                Effect::Copy(text) => self.on_screen(|screen| screen.copy(&text)),
                Effect::Write { name, text, what } => self.write_out(&name, &text, &what),
                Effect::LookElsewhere => self.others.look(self.clock.now()),
                Effect::FreezeElsewhere => self.others.tell(Ask::Freeze),
                Effect::DenyElsewhere { session, case } => self.others.deny(&session, case),
                Effect::ThawElsewhere => self.others.tell(Ask::Thaw),
                Effect::Order(order) => self.order(GateOrder::Note(Note::Ordered(order))),
                Effect::OrderOver(order) => self.order(GateOrder::Note(Note::OrderOver(order))),
                Effect::Grant(grant) if is_recorded => self.order(GateOrder::Note(Note::Granted(grant))),
                Effect::Grant(_) => {}
                Effect::Revoke(grant) => self.order(GateOrder::Note(Note::Revoked(grant))),
                Effect::EndAgent => self.end_agent(),
                Effect::EndSurvivors => self.end_survivors(),
                Effect::Quit => self.is_over = true,
            }
        }
    }

    /// Appends to the journal; the recording is finished before the last line, which speaks for both.
    pub(super) fn append(&mut self, body: Body) -> bool {
        let now = self.clock.now();
        if let Body::Exit { status, .. } = body {
            let finished = self.recorder.finish(now, status);
            self.recorded(finished);
        }
        let appended = self.recorder.append(now, body);
        self.journalled(appended)
    }

    fn reply(&mut self, hold: HoldId, reply: Reply, is_recorded: bool) {
        let answer = match reply {
            Reply::Continue { case, term } if is_recorded => Answer::Approve { case, term },
            Reply::Continue { .. } => Answer::Refuse { words: Some(NOT_JOURNALLED.to_owned()) },
            Reply::Refuse { words } => Answer::Refuse { words: Some(words.shown()) },
        };
        self.order(GateOrder::Reply { hold, answer });
    }

    /// Writes a file beside the journal and says where it is, or why not.
    fn write_out(&mut self, name: &str, text: &str, what: &str) {
        let path = self.folder.join(name);
        let mut options = std::fs::OpenOptions::new();
        let file = options.write(true).create(true).truncate(true).mode(WRITTEN_MODE).open(&path);
        let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
        self.take(Event::Written(match written {
            Ok(()) => format!("{what} written to {}", path.display()),
            Err(error) => format!("writing {}: {error}", path.display()),
        }));
    }

    fn resize_agent(&mut self, cols: u16, rows: u16) {
        self.hearing.resize(cols, rows);
        if let Err(error) = self.pty.get_ref().resize(cols, rows) {
            self.take(Event::Warned(format!("resizing the agent's terminal: {error}")));
        }
        let now = self.clock.now();
        self.recorder.resize(now, cols, rows);
    }

    /// Something for the operator's terminal; where it fails, the next frame will find out that it is gone.
    fn on_screen(&mut self, act: impl FnOnce(&mut super::face::ScreenFace) -> std::io::Result<()>) {
        if let Some(screen) = self.face.as_screen() {
            let _ = act(screen);
        }
    }

    /// Tells the state when the journal has broken; whether it has not.
    fn journalled(&mut self, result: Result<(), String>) -> bool {
        match result {
            Ok(()) => true,
            Err(why) => {
                if self.state.journal_lost.is_none() {
                    self.face.complain(&format!("the journal cannot be written, nothing more is approved: {why}"));
                    self.take(Event::JournalLost(why));
                }
                false
            }
        }
    }
}
